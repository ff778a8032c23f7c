/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The paths of telemetry about leases.
 */
#include "controlplane/loop/request_queue.h"
#include "controlplane/telemetry/telemetry_question.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/addr_text.h"
#include "shared/dpdk_compat.h"

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
	bool has_home = cgn_telemetry_question_param(q, "home", of, sizeof(of));

	if (!cgn_telemetry_question_param(q, "", text, sizeof(text)) ||
			(has_home && !parse_home(of, home)))
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

static int
answer_leases(struct cgn_telemetry_question *q, uint64_t now_ms)
{
	struct cgn_portmap *m = cgn_control_portmap(q->control);
	const struct cgn_lessor *l = m == NULL ? NULL : cgn_portmap_lessor(m);
	char text[CGN_TELEMETRY_PARAMS_MAX], next[16] = "";
	uint32_t cursor = 0, n = 0, realm = 0;
	struct cgn_ip6 home;
	struct cgn_prefix prefix;
	rte_be32_t addr;

	if (cgn_telemetry_question_param(q, "cursor", text, sizeof(text)) &&
			cgn_addr_text_parse_u32(text, &cursor) < 0)
		return -EINVAL;
	if (cgn_telemetry_question_param(q, "subscriber", text, sizeof(text)) ||
			cgn_telemetry_question_param(q, "", text, sizeof(text))) {
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

const struct cgn_telemetry_path cgn_telemetry_leases_paths[] = {
	{ "/cgn/leases", "Leases, a page. Parameters: [ADDR][,cursor=NEXT]",
			"ADDR,subscriber,cursor,", answer_leases, false },
	{ "/cgn/leases/delete", "End leases. Parameters: ADDR[:PORT/PROTO][,home=HOME] or HOME",
			"ADDR,home,", answer_leases_delete, true },
	{ .name = NULL },
};
