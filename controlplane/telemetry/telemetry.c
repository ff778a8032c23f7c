/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paths below /cgn of DPDK's telemetry socket: parses the parameters and answers, at once or after
 * the workers have replied.
 */
#include "controlplane/telemetry/telemetry.h"

#include "controlplane/loop/request_queue.h"
#include "controlplane/telemetry/telemetry_config.h"
#include "controlplane/telemetry/telemetry_counters.h"
#include "controlplane/telemetry/telemetry_params.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "controlplane/telemetry/telemetry_subscriber.h"
#include "shared/addr_text.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"
#include "shared/log.h"
#include "shared/percent.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#define PARAMS_MAX  512
#define CONFIG_STEP 6000 /* octets of JSON text; an answer must hold them with escaped quotes */

CGN_LOG_TYPE("telemetry");

/** A question, on the stack of the telemetry thread that waits for its answer. */
struct question {
	const struct path *path;
	struct cgn_control *control;
	struct cgn_request_queue_req *req;
	struct rte_tel_data *out;
	char params[PARAMS_MAX];
	struct cgn_table_reader_page page;
	struct cgn_who_info who;
	struct cgn_ip addr; /* of the subscriber */
	struct cgn_subscriber_detail detail;
	struct cgn_lessor_wait wait;
	struct cgn_reload_request reload;
	uint32_t n_deleted;
	union {
		struct cgn_mapping_info mappings[CGN_TELEMETRY_ROWS_MAPPINGS];
		struct cgn_subscriber_info subscribers[CGN_TELEMETRY_ROWS_SUBSCRIBERS];
		struct cgn_drain_info drains[CGN_TELEMETRY_ROWS_DRAINS];
		struct cgn_lessor_info leases[CGN_TELEMETRY_ROWS_LEASES];
		struct cgn_host_peers_row peers[CGN_TELEMETRY_ROWS_PEERS];
	} rows;
};

struct path {
	const char *name;
	const char *help;
	/** Keys of its parameters, with a comma behind each. A word in capitals is one without a key. */
	const char *keys;
	/** Begin to answer. @return 0: it is answered, or will be; otherwise the reason why not */
	int (*answer)(struct question *q, uint64_t now_ms);
	/** It ends later, with cgn_request_queue_done(). */
	bool is_slow;
};

static struct {
	pthread_rwlock_t lock;         /* written only to start and stop */
	struct cgn_request_queue *ask; /* NULL: not started */
	struct cgn_control *control;
} telemetry = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* --- parameters ---------------------------------------------------------------------------- */

static bool
param(const struct question *q, const char *key, char *buf, size_t size)
{
	return cgn_telemetry_params_find(q->params, key, buf, size);
}

/* Parse an inside address, or the IPv6 address or prefix of a home, as the tables show it. */
static int
parse_subscriber(char *text, struct question *q)
{
	struct cgn_ip addr;

	text[strcspn(text, "/")] = '\0';
	if (cgn_addr_text_parse_ip(text, &addr) < 0)
		return -EINVAL;
	if (addr.is_ip6)
		q->page.filter6 = addr.ip6;
	else
		q->page.filter = addr.ip4;
	return 0;
}

/* A page's cursor: "worker:place". */
static int
page_params(struct question *q, uint16_t op, uint32_t max, void *rows)
{
	char text[PARAMS_MAX];
	char *end;

	q->page = (struct cgn_table_reader_page){ .op = op, .max = max, .rows = rows };
	if (param(q, "cursor", text, sizeof(text))) {
		q->page.cursor.worker = (uint32_t)strtoul(text, &end, 10);
		if (*end != ':')
			return -EINVAL;
		q->page.cursor.at = strtoull(end + 1, &end, 10);
		if (*end != '\0')
			return -EINVAL;
	}
	if (param(q, "subscriber", text, sizeof(text)) || param(q, "", text, sizeof(text))) {
		if (parse_subscriber(text, q) < 0)
			return -EINVAL;
		q->page.has_filter = true;
	}
	return 0;
}

/* --- answers over several replies ---------------------------------------------------------- */

static void
question_fail(struct question *q, int ret)
{
	static const struct {
		int error;
		const char *text;
	} known[] = {
		{ -EINVAL, "bad parameters" },
		{ -ENOENT, "no such thing" },
		{ -ENODATA, "no reload waits for a confirmation" },
		{ -ENXIO, "no group has this address" },
		{ -ENAMETOOLONG, "an identity has 1 to 127 octets" },
		{ -EILSEQ, "an identity has only printable ASCII" },
		{ -EUSERS, "the list of peers is full" },
		{ -ETIMEDOUT, "a worker does not answer" },
		{ -EBUSY, "the control thread does not answer" },
		{ -ENOBUFS, CGN_CTL_BUSY },
		{ -ESHUTDOWN, "cgnd is stopping" },
		{ -ECANCELED, "cgnd is stopping" },
	};
	const char *text = strerror(-ret);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].error == ret)
			text = known[i].text;
	}
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_string(q->out, "error", text);
}

static void
question_page_done(void *arg, int ret)
{
	struct question *q = arg;
	char next[32] = "";

	if (ret == 0) {
		if (!q->page.is_end)
			snprintf(next, sizeof(next), "%u:%llu", q->page.cursor.worker,
					(unsigned long long)q->page.cursor.at);
		if (q->page.op == CGN_CMD_READ_MAPPINGS)
			ret = cgn_telemetry_rows_mappings(
					q->out, q->rows.mappings, q->page.n, next);
		else if (q->page.op == CGN_CMD_READ_DRAINS)
			ret = cgn_telemetry_rows_drains(q->out, q->rows.drains, q->page.n, next,
					cgn_control_conf(q->control));
		else
			ret = cgn_telemetry_rows_subscribers(q->out, q->rows.subscribers, q->page.n,
					next, cgn_control_conf(q->control));
	}
	if (ret < 0)
		question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

/* Read a page of a table of the workers. */
static int
answer_page(struct question *q, uint16_t op, uint32_t max, void *rows, uint64_t now_ms)
{
	int ret = page_params(q, op, max, rows);

	if (ret == 0)
		ret = cgn_table_reader_page(cgn_control_client(q->control),
				cgn_control_planes(q->control), &q->page, question_page_done, q,
				now_ms);
	return ret;
}

static int
answer_mappings(struct question *q, uint64_t now_ms)
{
	return answer_page(q, CGN_CMD_READ_MAPPINGS, CGN_TELEMETRY_ROWS_MAPPINGS, q->rows.mappings,
			now_ms);
}

static int
answer_subscribers(struct question *q, uint64_t now_ms)
{
	return answer_page(q, CGN_CMD_READ_SUBSCRIBERS, CGN_TELEMETRY_ROWS_SUBSCRIBERS,
			q->rows.subscribers, now_ms);
}

static int
answer_drains(struct question *q, uint64_t now_ms)
{
	return answer_page(
			q, CGN_CMD_READ_DRAINS, CGN_TELEMETRY_ROWS_DRAINS, q->rows.drains, now_ms);
}

/* Parse "ADDR:PORT/PROTO". */
static int
parse_endpoint(char *text, struct cgn_ep4 *ep)
{
	char *proto = strchr(text, '/');
	uint16_t port;

	if (proto == NULL)
		return -EINVAL;
	*proto++ = '\0';
	if (cgn_addr_text_parse_ep4(text, &ep->addr, &port) < 0 ||
			cgn_telemetry_rows_parse_proto(proto, &ep->proto) < 0)
		return -EINVAL;
	ep->port = rte_cpu_to_be_16(port);
	return 0;
}

static void
who_done(void *arg, int ret)
{
	struct question *q = arg;

	if (ret == 0)
		ret = cgn_telemetry_rows_who(q->out, &q->who, cgn_control_conf(q->control),
				cgn_host_peers(cgn_control_host(q->control)));
	if (ret < 0)
		question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_who(struct question *q, uint64_t now_ms)
{
	struct cgn_ep4 ep = { 0 };
	char text[PARAMS_MAX];

	if (!param(q, "", text, sizeof(text)) || parse_endpoint(text, &ep) < 0)
		return -EINVAL;
	return cgn_table_reader_who(cgn_control_client(q->control), cgn_control_planes(q->control),
			&ep, &q->who, who_done, q, now_ms);
}

static void
subscriber_done(void *arg, int ret)
{
	struct question *q = arg;

	if (ret == 0 && !q->detail.is_member)
		ret = -ENXIO;
	if (ret == 0)
		ret = cgn_telemetry_subscriber(q->out, &q->addr, &q->detail,
				cgn_control_conf(q->control),
				cgn_host_peers(cgn_control_host(q->control)));
	if (ret < 0)
		question_fail(q, ret);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_subscriber(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX];

	if (!param(q, "", text, sizeof(text)))
		return -EINVAL;
	text[strcspn(text, "/")] = '\0';
	if (cgn_addr_text_parse_ip(text, &q->addr) < 0)
		return -EINVAL;
	return cgn_table_reader_subscriber(cgn_control_client(q->control),
			cgn_control_planes(q->control), &q->addr, &q->detail, subscriber_done, q,
			now_ms);
}

/* The deletion is committed, or has failed. It is answered only now, so that a deleted lease does not come
 * back after a restart. */
static void
deletion_kept(void *arg, int ret, uint64_t now_ms)
{
	struct question *q = arg;

	(void)now_ms;
	if (ret < 0) {
		question_fail(q, ret);
	} else {
		rte_tel_data_start_dict(q->out);
		rte_tel_data_add_dict_uint(q->out, "deleted", q->n_deleted);
	}
	cgn_request_queue_done(q->req, 0);
}

static void
revoked(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct question *q = arg;
	int ret = a->ret == 0 && a->n == 0 ? -ENOENT : a->ret;

	q->n_deleted = a->n;
	q->wait = (struct cgn_lessor_wait){ .done = deletion_kept, .arg = q };
	if (ret < 0)
		deletion_kept(q, ret, now_ms);
	else
		cgn_lessor_wait(cgn_portmap_lessor(cgn_control_portmap(q->control)), &q->wait,
				now_ms);
}

/* Parse the IPv6 address or prefix of a home. */
static bool
parse_home(const char *text, struct cgn_ip6 *home)
{
	char addr[PARAMS_MAX];
	struct cgn_ip ip;

	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "/"), text);
	/* The zero address stands for no home. */
	if (cgn_addr_text_parse_ip(addr, &ip) < 0 || !ip.is_ip6 || cgn_ip6_is_zero(&ip.ip6))
		return false;
	*home = ip.ip6;
	return true;
}

/* Parse what is to be deleted: A or A:PORT/PROTO, and the home of A if it is behind a softwire. Or a home alone. */
static int
parse_deletion(const struct question *q, struct cgn_lessor_request *r, struct cgn_ip6 *home)
{
	char text[PARAMS_MAX], of[PARAMS_MAX];
	bool has_home = param(q, "home", of, sizeof(of));

	if (!param(q, "", text, sizeof(text)) || (has_home && !parse_home(of, home)))
		return -EINVAL;
	if (!has_home && parse_home(text, home)) {
		r->in.addr = CGN_LESSOR_ALL;
		return 0;
	}
	return strchr(text, '/') == NULL ? cgn_addr_text_parse_ip4(text, &r->in.addr)
					 : parse_endpoint(text, &r->in);
}

static int
answer_leases_delete(struct question *q, uint64_t now_ms)
{
	struct cgn_lessor_request r = { .in = { .proto = CGN_PROTO_COUNT } };
	struct cgn_portmap *m = cgn_control_portmap(q->control);
	struct cgn_ip6 home = { 0 };

	if (parse_deletion(q, &r, &home) < 0)
		return -EINVAL;
	if (m == NULL)
		return -ENOENT;
	if (!cgn_ip6_is_zero(&home)) {
		r.realm = cgn_portmap_realm_of(m, &home);
		if (r.realm == 0)
			return -ENOENT;
	}
	cgn_lessor_revoke(cgn_portmap_lessor(m), &r, revoked, q, now_ms);
	return 0;
}

/* A reload has ended. */
static void
reloaded(void *arg, const char *report)
{
	struct question *q = arg;

	if (report == NULL)
		question_fail(q, -ESHUTDOWN);
	else
		rte_tel_data_string(q->out, report);
	cgn_request_queue_done(q->req, 0);
}

static int
answer_config_reload(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX];

	q->reload = (struct cgn_reload_request){ .done = reloaded, .arg = q };
	if (param(q, "confirm_s", text, sizeof(text)) &&
			(cgn_addr_text_parse_u32(text, &q->reload.confirm_s) < 0 ||
					q->reload.confirm_s == 0 ||
					q->reload.confirm_s > CGN_RELOAD_CONFIRM_MAX_S))
		return -EINVAL;
	cgn_reload_ask(cgn_control_reload(q->control), &q->reload, now_ms);
	return 0;
}

/* --- answers at once ----------------------------------------------------------------------- */

/* Read which workers the question is about: all, or one. */
static int
worker_params(const struct question *q, unsigned int *first, unsigned int *end)
{
	char text[PARAMS_MAX];
	uint32_t w;

	*first = 0;
	*end = cgn_control_planes(q->control)->n_workers;
	if (!param(q, "worker", text, sizeof(text)) && !param(q, "", text, sizeof(text)))
		return 0;
	if (cgn_addr_text_parse_u32(text, &w) < 0 || w >= *end)
		return -EINVAL;
	*first = w;
	*end = w + 1;
	return 0;
}

static int
answer_verdicts(struct question *q, uint64_t now_ms)
{
	unsigned int first;
	unsigned int end;
	int ret = worker_params(q, &first, &end);

	(void)now_ms;
	if (ret == 0)
		ret = cgn_telemetry_counters_verdicts(
				q->out, cgn_control_planes(q->control), first, end);
	return ret;
}

static int
answer_counters(struct question *q, uint64_t now_ms)
{
	unsigned int first;
	unsigned int end;
	int ret = worker_params(q, &first, &end);

	(void)now_ms;
	if (ret == 0)
		ret = cgn_telemetry_counters_all(q->out, q->control, first, end);
	return ret;
}

static int
answer_help(struct question *q, uint64_t now_ms)
{
	char group[PARAMS_MAX] = "";

	(void)now_ms;
	(void)param(q, "", group, sizeof(group));
	return cgn_telemetry_counters_help(q->out, group);
}

static int
answer_pools(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX];
	uint32_t first = 0;

	(void)now_ms;
	if (param(q, "cursor", text, sizeof(text)) && cgn_addr_text_parse_u32(text, &first) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_pools(q->out, cgn_control_planes(q->control), first,
			CGN_TELEMETRY_ROWS_POOLS, cgn_control_conf(q->control));
}

static int
answer_leases(struct question *q, uint64_t now_ms)
{
	struct cgn_portmap *m = cgn_control_portmap(q->control);
	const struct cgn_lessor *l = m == NULL ? NULL : cgn_portmap_lessor(m);
	char text[PARAMS_MAX], next[16] = "";
	uint32_t cursor = 0, n = 0, realm = 0;
	struct cgn_ip6 home;
	struct cgn_prefix prefix;
	rte_be32_t addr;

	if (param(q, "cursor", text, sizeof(text)) && cgn_addr_text_parse_u32(text, &cursor) < 0)
		return -EINVAL;
	if (param(q, "subscriber", text, sizeof(text)) || param(q, "", text, sizeof(text))) {
		if (parse_home(text, &home)) {
			realm = m == NULL ? 0 : cgn_portmap_realm_of(m, &home);
			if (realm != 0)
				n = cgn_lessor_read_home(l, realm, &cursor, q->rows.leases,
						CGN_TELEMETRY_ROWS_LEASES, now_ms);
		} else if (strchr(text, '/') != NULL) {
			if (cgn_addr_text_parse_prefix(text, &prefix) < 0 || prefix.is_ip6)
				return -EINVAL;
			if (l != NULL)
				n = cgn_lessor_read_prefix(l, &prefix, &cursor, q->rows.leases,
						CGN_TELEMETRY_ROWS_LEASES, now_ms);
		} else if (cgn_addr_text_parse_ip4(text, &addr) < 0) {
			return -EINVAL;
		} else if (l != NULL) {
			n = cgn_lessor_read_client(l, 0, addr, &cursor, q->rows.leases,
					CGN_TELEMETRY_ROWS_LEASES, now_ms);
		}
	} else if (l != NULL) {
		n = cgn_lessor_read(l, &cursor, q->rows.leases, CGN_TELEMETRY_ROWS_LEASES, now_ms);
	}
	if (n == CGN_TELEMETRY_ROWS_LEASES)
		snprintf(next, sizeof(next), "%u", cursor);
	return cgn_telemetry_rows_leases(q->out, q->rows.leases, n, next, m,
			cgn_host_peers(cgn_control_host(q->control)));
}

static int
answer_peers(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX], next[16] = "";
	uint32_t cursor = 0, n;

	if (param(q, "cursor", text, sizeof(text)) && cgn_addr_text_parse_u32(text, &cursor) < 0)
		return -EINVAL;
	n = cgn_host_peers_read(cgn_host_peers(cgn_control_host(q->control)), &cursor,
			q->rows.peers, CGN_TELEMETRY_ROWS_PEERS);
	if (cursor != 0)
		snprintf(next, sizeof(next), "%u", cursor);
	return cgn_telemetry_rows_peers(q->out, q->rows.peers, n, next, now_ms);
}

/* Read the parameters ADDR, id and sa. @param[out] identity  "": there is none */
static int
peer_params(const struct question *q, struct cgn_ip *addr, char identity[static PARAMS_MAX],
		uint32_t *sa)
{
	char text[PARAMS_MAX];

	*identity = '\0';
	*sa = 0;
	if (!param(q, "", text, sizeof(text)) || cgn_addr_text_parse_ip(text, addr) < 0)
		return -EINVAL;
	if (param(q, "sa", text, sizeof(text)) && cgn_addr_text_parse_u32(text, sa) < 0)
		return -EINVAL;
	return param(q, "id", identity, PARAMS_MAX) ? cgn_percent_decode(identity) : 0;
}

static int
answer_peers_set(struct question *q, uint64_t now_ms)
{
	char identity[PARAMS_MAX];
	struct cgn_ip addr;
	uint32_t sa;
	int ret = peer_params(q, &addr, identity, &sa);

	if (ret == 0)
		ret = cgn_host_peers_set(cgn_host_peers(cgn_control_host(q->control)), &addr,
				identity, sa, now_ms);
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "set", 1);
	return 0;
}

static int
answer_peers_unset(struct question *q, uint64_t now_ms)
{
	char identity[PARAMS_MAX];
	struct cgn_ip addr;
	uint32_t sa;
	int ret = peer_params(q, &addr, identity, &sa);
	bool is_removed;

	(void)now_ms;
	if (ret < 0)
		return ret;
	is_removed = cgn_host_peers_unset(cgn_host_peers(cgn_control_host(q->control)), &addr,
			identity[0] == '\0' ? NULL : identity, sa);
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "removed", is_removed);
	return 0;
}

static int
answer_ports(struct question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_rows_ports(q->out, q->control);
}

static int
answer_host(struct question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_rows_host(q->out, q->control);
}

static int
answer_workers(struct question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_rows_workers(q->out, cgn_control_planes(q->control));
}

static int
answer_latency(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX];
	uint32_t first = 0;

	(void)now_ms;
	if (param(q, "cursor", text, sizeof(text)) && cgn_addr_text_parse_u32(text, &first) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_latency(q->out, cgn_control_planes(q->control), first,
			CGN_TELEMETRY_ROWS_LATENCIES);
}

static int
answer_config(struct question *q, uint64_t now_ms)
{
	char text[PARAMS_MAX];
	uint32_t offset = 0;

	(void)now_ms;
	if (param(q, "", text, sizeof(text)) && cgn_addr_text_parse_u32(text, &offset) < 0)
		return -EINVAL;
	return cgn_telemetry_rows_config(q->out, cgn_control_conf(q->control), offset, CONFIG_STEP);
}

static int
answer_config_confirm(struct question *q, uint64_t now_ms)
{
	int ret = cgn_reload_confirm(cgn_control_reload(q->control));

	(void)now_ms;
	if (ret < 0)
		return ret;
	rte_tel_data_start_dict(q->out);
	rte_tel_data_add_dict_uint(q->out, "confirmed", 1);
	return 0;
}

static int
answer_config_status(struct question *q, uint64_t now_ms)
{
	(void)now_ms;
	return cgn_telemetry_config_status(q->out, cgn_control_reload(q->control));
}

static const struct path paths[] = {
	{ "/cgn/verdicts", "What became of all packets. Parameters: [worker=N]", "N,worker,",
			answer_verdicts, false },
	{ "/cgn/counters", "Other counters and gauges. Parameters: [worker=N]", "N,worker,",
			answer_counters, false },
	{ "/cgn/counters/help", "What the counters of a group mean. Parameters: [GROUP]", "GROUP,",
			answer_help, false },
	{ "/cgn/mappings", "Mappings, a page. Parameters: [subscriber=ADDR][,cursor=NEXT]",
			"ADDR,subscriber,cursor,", answer_mappings, true },
	{ "/cgn/subscribers", "Subscribers, a page. Parameters: [ADDR][,cursor=NEXT]",
			"ADDR,subscriber,cursor,", answer_subscribers, true },
	{ "/cgn/subscriber", "One subscriber. Parameters: ADDR", "ADDR,", answer_subscriber, true },
	{ "/cgn/leases", "Leases, a page. Parameters: [ADDR][,cursor=NEXT]",
			"ADDR,subscriber,cursor,", answer_leases, false },
	{ "/cgn/leases/delete", "End leases. Parameters: ADDR[:PORT/PROTO][,home=HOME] or HOME",
			"ADDR,home,", answer_leases_delete, true },
	{ "/cgn/peers", "IPsec peers, a page. Parameters: [cursor=NEXT]", "cursor,", answer_peers,
			false },
	{ "/cgn/peers/set", "Add an IPsec peer. Parameters: ADDR,id=IDENTITY[,sa=N]", "ADDR,id,sa,",
			answer_peers_set, false },
	{ "/cgn/peers/unset", "Remove an IPsec peer. Parameters: ADDR[,id=IDENTITY][,sa=N]",
			"ADDR,id,sa,", answer_peers_unset, false },
	{ "/cgn/pools", "Pools, a page. Parameters: [cursor=NEXT]", "cursor,", answer_pools,
			false },
	{ "/cgn/drains", "Addresses that are taken out of use, a page. Parameters: [cursor=NEXT]",
			"cursor,", answer_drains, true },
	{ "/cgn/ports", "Ports and their steering.", "", answer_ports, false },
	{ "/cgn/host", "The host plane: interfaces and their packets.", "", answer_host, false },
	{ "/cgn/workers", "Workers and what they hold.", "", answer_workers, false },
	{ "/cgn/latency",
			"How long loops and bursts of the workers took, a page. Parameters: [cursor=NEXT]",
			"cursor,", answer_latency, false },
	{ "/cgn/who", "Who holds an external port. Parameters: ADDR:PORT/PROTO", "ADDR,",
			answer_who, true },
	{ "/cgn/config", "Configuration as JSON text, a piece. Parameters: [OFFSET]", "OFFSET,",
			answer_config, false },
	{ "/cgn/config/reload", "Read the configuration again. Parameters: [confirm_s=N]",
			"confirm_s,", answer_config_reload, true },
	{ "/cgn/config/confirm", "Confirm a reload.", "", answer_config_confirm, false },
	{ "/cgn/config/status", "The file, the last reload, and a confirmation that is missing.",
			"", answer_config_status, false },
};

/* --- threads ------------------------------------------------------------------------------- */

/* Begin to answer a question. This runs in the control thread. */
static void
question_begin(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms)
{
	struct question *q = arg;
	bool is_slow = q->path->is_slow; /* a slow answer may end q before answer() returns */
	int ret;

	q->req = req;
	ret = cgn_telemetry_params_check(q->params, q->path->keys) ? q->path->answer(q, now_ms)
								   : -EINVAL;
	if (ret < 0)
		question_fail(q, ret);
	if (ret < 0 || !is_slow)
		cgn_request_queue_done(req, 0);
}

/* Answer a call of the telemetry socket. This runs in a thread of DPDK, and waits for the control thread. */
static int
called(const char *cmd, const char *params, struct rte_tel_data *out)
{
	struct question q = { .out = out };
	int ret = -ESHUTDOWN;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(paths[i].name, cmd) == 0)
			q.path = &paths[i];
	}
	if (q.path == NULL)
		return -ENOENT;
	if (params != NULL && strlen(params) >= sizeof(q.params)) {
		question_fail(&q, -EINVAL);
		return 0;
	}
	if (params != NULL)
		strcpy(q.params, params);
	pthread_rwlock_rdlock(&telemetry.lock);
	q.control = telemetry.control;
	if (telemetry.ask != NULL)
		ret = cgn_request_queue_call(telemetry.ask, question_begin, &q, CGN_CTL_BEGIN_MS);
	pthread_rwlock_unlock(&telemetry.lock);
	if (ret < 0)
		question_fail(&q, ret == -ETIMEDOUT ? -EBUSY : ret);
	return 0;
}

static void
question_run(void *arg, uint64_t now_ms)
{
	cgn_request_queue_run(arg, now_ms);
}

int
cgn_telemetry_start(struct cgn_control *control)
{
	struct cgn_request_queue *ask;
	int ret = cgn_request_queue_create(&ask);

	if (ret < 0)
		return ret;
	ret = cgn_loop_add_fd(
			cgn_control_loop(control), cgn_request_queue_fd(ask), question_run, ask);
	if (ret < 0) {
		cgn_request_queue_destroy(ask);
		return ret;
	}
	pthread_rwlock_wrlock(&telemetry.lock);
	telemetry.ask = ask;
	telemetry.control = control;
	pthread_rwlock_unlock(&telemetry.lock);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ret = rte_telemetry_register_cmd(paths[i].name, called, paths[i].help);
		if (ret < 0)
			CGN_LOG(WARNING, "path cannot be registered path=%s errno=%d",
					paths[i].name, -ret);
	}
	return 0;
}

void
cgn_telemetry_stop(void)
{
	if (telemetry.ask == NULL)
		return;
	/* First no new questions. Then those under way end, so that their threads release the lock. */
	cgn_request_queue_close(telemetry.ask);
	cgn_loop_del_fd(cgn_control_loop(telemetry.control), cgn_request_queue_fd(telemetry.ask));
	cgn_reload_close(cgn_control_reload(telemetry.control));
	cgn_dpclient_cancel(cgn_control_client(telemetry.control));
	if (cgn_control_portmap(telemetry.control) != NULL)
		cgn_lessor_wait_cancel(cgn_portmap_lessor(cgn_control_portmap(telemetry.control)),
				cgn_loop_now_ms());
	pthread_rwlock_wrlock(&telemetry.lock);
	cgn_request_queue_destroy(telemetry.ask);
	telemetry.ask = NULL;
	pthread_rwlock_unlock(&telemetry.lock);
}
