/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paths of telemetry about leases.
 */
#include "controlplane/loop/request_queue.h"
#include "controlplane/telemetry/clearlog.h"
#include "controlplane/telemetry/telemetry_filter.h"
#include "controlplane/telemetry/telemetry_question.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/addr_text.h"
#include "shared/dpdk_compat.h"
#include "shared/group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>

/* Parse the IPv6 address or prefix of a home. */
static bool
parse_home(const char *text, struct cgn_ip6 *home)
{
	char addr[CGN_TELEMETRY_PARAMS_MAX];
	struct cgn_ip ip;

	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "/"), text);
	/* The zero address stands for no home. */
	if (cgn_addr_text_parse_ip(addr, &ip) < 0 || !ip.is_ip6 || cgn_ip6_is_zero(&ip.ip6))
		return false;
	*home = ip.ip6;
	return true;
}

/* The deletion is committed, or has failed. It is answered only now, so that a deleted lease does not come
 * back after a restart. */
static void
deletion_kept(void *arg, int ret, uint64_t now_ms)
{
	struct cgn_telemetry_question *q = arg;

	(void)now_ms;
	if (q->n_deleted > 0)
		cgn_clearlog_leases(q->params, q->n_deleted, ret == 0);
	if (ret < 0) {
		cgn_telemetry_question_fail(q, ret);
	} else {
		rte_tel_data_start_dict(q->out);
		rte_tel_data_add_dict_uint(q->out, "deleted", q->n_deleted);
	}
	cgn_request_queue_done(q->req, 0);
}

static void
revoked(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct cgn_telemetry_question *q = arg;
	int ret = a->ret == 0 && a->n == 0 ? -ENOENT : a->ret;

	q->n_deleted = a->n;
	q->wait = (struct cgn_lessor_wait){ .done = deletion_kept, .arg = q };
	if (ret < 0)
		deletion_kept(q, ret, now_ms);
	else
		cgn_lessor_wait(cgn_portmap_lessor(cgn_control_portmap(q->control)), &q->wait,
				now_ms);
}

/* Parse what is to be deleted: A or A:PORT/PROTO, and the home of A if it is behind a softwire. Or a home alone. */
static int
parse_deletion(const struct cgn_telemetry_question *q, struct cgn_lessor_request *r,
		struct cgn_ip6 *home)
{
	char text[CGN_TELEMETRY_PARAMS_MAX], of[CGN_TELEMETRY_PARAMS_MAX];
	bool has_home = cgn_telemetry_question_param(q, "home", of);

	if (!cgn_telemetry_question_param(q, "", text) || (has_home && !parse_home(of, home)))
		return -EINVAL;
	if (!has_home && parse_home(text, home)) {
		r->in.addr = CGN_LESSOR_ALL;
		return 0;
	}
	return strchr(text, '/') == NULL ? cgn_addr_text_parse_ip4(text, &r->in.addr)
					 : cgn_telemetry_question_endpoint(text, &r->in);
}

static int
answer_leases_delete(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	struct cgn_lessor_request r = { .in = { .proto = CGN_PROTO_COUNT } };
	struct cgn_portmap *m = cgn_control_portmap(q->control);
	struct cgn_ip6 home = { 0 };

	if (parse_deletion(q, &r, &home) < 0)
		return cgn_telemetry_question_wrong(q, -EINVAL, "lease", q->params,
				"an inside address, ADDR:PORT/PROTO, or a home");
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

/** Which leases are shown. */
struct selection {
	const struct cgn_table_filter *filter;
	const struct cgn_portmap *m;
	const struct cgn_conf *conf;
};

/* Whether a client is in the prefix that was named. A home is also meant by a part of its prefix. */
static bool
is_client_meant(const struct selection *x, uint32_t realm, rte_be32_t addr, uint32_t group)
{
	const struct cgn_prefix *named = &x->filter->subscriber;
	const struct cgn_ip6 *b4 = cgn_portmap_b4(x->m, realm);
	struct cgn_prefix home = { .is_ip6 = true, .len = 128 };

	if (realm == 0)
		return cgn_prefix_has4(named, addr);
	if (b4 == NULL)
		return false;
	home.ip6 = *b4;
	if (group != CGN_GROUP_NONE)
		home.len = x->conf->groups[group].subscriber_prefix6_len;
	return cgn_prefix_overlaps(named, &home);
}

static bool
is_lease_meant(const void *ctx, uint32_t realm, const struct cgn_ep4 *in, const struct cgn_ep4 *ext)
{
	const struct selection *x = ctx;
	const struct cgn_table_filter *f = x->filter;
	uint32_t group;

	if ((f->proto != CGN_PROTO_COUNT && in->proto != f->proto) ||
			(f->ext_addr != 0 && ext->addr != f->ext_addr) ||
			(f->ext_port != 0 && ext->port != f->ext_port))
		return false;
	if (!f->has_group && !f->has_subscriber)
		return true;
	group = cgn_portmap_group_of(x->m, realm, in->addr);
	return (!f->has_group || group == f->group) &&
			(!f->has_subscriber || is_client_meant(x, realm, in->addr, group));
}

/* Whether the leases of one native client are asked for, which need not be searched for. */
static bool
is_one_client(const struct cgn_table_filter *f)
{
	return f->has_subscriber && !f->subscriber.is_ip6 && f->subscriber.len == 32 &&
			!f->has_group && f->proto == CGN_PROTO_COUNT && f->ext_addr == 0;
}

/* Read a page. @param[out] next  its next one @return how many rows */
static uint32_t
read_leases(struct cgn_telemetry_question *q, const struct selection *x, uint32_t cursor,
		char next[static 16], uint64_t now_ms)
{
	const struct cgn_lessor_condition c = { .is_meant = is_lease_meant, .ctx = x };
	const struct cgn_lessor *l = cgn_portmap_lessor(cgn_control_portmap(q->control));
	struct cgn_lessor_info *rows = q->rows.leases;
	uint32_t n;
	bool has_more;

	if (is_one_client(x->filter)) {
		n = cgn_lessor_read_client(l, 0, x->filter->subscriber.ip4, &cursor, rows,
				CGN_TELEMETRY_ROWS_LEASES, now_ms);
		has_more = n == CGN_TELEMETRY_ROWS_LEASES;
	} else {
		n = cgn_lessor_read_if(l, &cursor, rows, CGN_TELEMETRY_ROWS_LEASES, &c, now_ms);
		has_more = cursor < cgn_lessor_count(l);
	}
	if (has_more)
		snprintf(next, 16, "%u", cursor);
	return n;
}

static int
answer_leases(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	struct cgn_portmap *m = cgn_control_portmap(q->control);
	char text[CGN_TELEMETRY_PARAMS_MAX], next[16] = "";
	struct cgn_table_filter filter;
	const struct selection x = {
		.filter = &filter, .m = m, .conf = cgn_control_conf(q->control)
	};
	uint32_t cursor = 0, n = 0;
	int ret = cgn_telemetry_filter_read(q, CGN_TELEMETRY_FILTER_LEASES, &filter);

	if (ret < 0)
		return ret;
	if (cgn_telemetry_question_param(q, "cursor", text) &&
			cgn_addr_text_parse_u32(text, &cursor) < 0)
		return -EINVAL;
	if (m != NULL)
		n = read_leases(q, &x, cursor, next, now_ms);
	return cgn_telemetry_rows_leases(q->out, q->rows.leases, n, next, m,
			cgn_host_peers(cgn_control_host(q->control)));
}

const struct cgn_telemetry_path cgn_telemetry_leases_paths[] = {
	{ "/cgn/leases", "Leases, a page. Parameters: [FILTERS][,cursor=NEXT]",
			CGN_TELEMETRY_FILTER_KEYS_LEASES "cursor,", answer_leases, false },
	{ "/cgn/leases/delete", "End leases. Parameters: ADDR[:PORT/PROTO][,home=HOME] or HOME",
			"ADDR,home,", answer_leases_delete, true },
	{ .name = NULL },
};
