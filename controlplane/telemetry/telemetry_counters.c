/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counters, gauges and their help texts as telemetry data, for cgnctl and dpdk-telemetry.py.
 *
 * Counters are printed by the lists that define them, so that a new row needs no line here. Gauges
 * are read here; the compiler warns about one that has no case.
 */
#include "controlplane/telemetry/telemetry_counters.h"

#include "controlplane/report.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/control_counters.h"
#include "shared/counter_help.h"
#include "shared/dpdk_compat.h"
#include "shared/log.h"

#include <errno.h>
#include <string.h>

#include <rte_mempool.h>
#include <rte_telemetry.h>

static void
put_number(struct rte_tel_data *d, const char *name, uint64_t value)
{
	rte_tel_data_add_dict_uint(d, name, value);
}

#define PUT_FIELD(field, name, help) put_number(d, name, s->field);

/* Makes put_WHAT(d, s), which prints the fields that a list has made in a structure. */
#define PUT_STATS(what, ROWS, type)                                   \
	static void put_##what(struct rte_tel_data *d, const type *s) \
	{                                                             \
		ROWS(PUT_FIELD)                                       \
	}

PUT_STATS(control_stats, CGN_CONTROL_COUNTERS, struct cgn_control_stats)
PUT_STATS(resolver, CGN_RESOLVER_COUNTERS, struct cgn_resolver_stats)
PUT_STATS(responder, CGN_IP_RESPONDER_COUNTERS, struct cgn_ip_responder_stats)
PUT_STATS(host, CGN_HOST_COUNTERS, struct cgn_host_plane_stats)
PUT_STATS(ipsec, CGN_HOST_IPSEC_COUNTERS, struct cgn_host_ipsec_stats)
PUT_STATS(dpclient, CGN_DPCLIENT_COUNTERS, struct cgn_dpclient_stats)
PUT_STATS(export, CGN_EXPORT_COUNTERS, struct cgn_export_stats)
PUT_STATS(announce, CGN_NATPMP_ANNOUNCE_COUNTERS, struct cgn_natpmp_announce_stats)
PUT_STATS(lessor, CGN_LESSOR_COUNTERS, struct cgn_lessor_stats)
PUT_STATS(relay_announced, CGN_RELAY_COUNTERS, struct cgn_relay_stats)
PUT_STATS(relay_transactions, CGN_RELAY_TRANSACTION_COUNTERS, struct cgn_relay_transactions_stats)
PUT_STATS(relay_pass, CGN_RELAY_PASS_COUNTERS, struct cgn_relay_pass_stats)
PUT_STATS(relay_b4, CGN_RELAY_B4_COUNTERS, struct cgn_relay_b4_stats)
PUT_STATS(relay_proxy, CGN_RELAY_PROXY_COUNTERS, struct cgn_relay_proxy_stats)

/* --- verdicts ---------------------------------------------------------------------------------- */

int
cgn_telemetry_counters_verdicts(struct rte_tel_data *out, const struct cgn_planes *planes,
		unsigned int first, unsigned int end)
{
	struct cgn_report r = { 0 };
	struct rte_tel_data *d;

	for (unsigned int w = first; w < end; w++)
		cgn_report_add(&r, planes->workers[w].stats);
	rte_tel_data_start_dict(out);
	put_number(out, "received", r.received);
	put_number(out, "held", r.held);
	for (int class = CGN_VC_FORWARDED; class <= CGN_VC_DROPPED; class ++) {
		d = cgn_telemetry_rows_child(
				out, cgn_verdict_class_name((enum cgn_verdict_class) class));
		if (d == NULL)
			return -ENOMEM;
		for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
			if (cgn_verdict_class(v) == (enum cgn_verdict_class) class)
				put_number(d, cgn_verdict_name(v), r.verdict[v]);
		}
	}
	return 0;
}

/* --- the control thread ------------------------------------------------------------------------ */

static uint64_t
control_gauge(struct cgn_control *control, enum cgn_control_gauge g)
{
	switch (g) {
	case CGN_CONTROL_G_NEIGHBOURS:
		return cgn_resolver_count(cgn_control_resolver(control));
	case CGN_CONTROL_G_PEERS:
		return cgn_host_peers_count(cgn_host_peers(cgn_control_host(control)));
	case CGN_CONTROL_G_LOG_LINES_LOST:
		return cgn_log_lost();
	case CGN_CONTROL_G_COUNT:
		break;
	}
	return 0;
}

/* Sums over the ports. */
static struct cgn_host_plane_stats
host_stats(const struct cgn_control *control)
{
	struct cgn_host_plane_stats sum = { 0 };

	for (uint16_t i = 0; cgn_host_ports(cgn_control_host(control)) != NULL &&
			i < cgn_control_conf(control)->n_ports;
			i++) {
		const struct cgn_host_plane_stats *s = cgn_host_plane_stats(
				cgn_host_ports(cgn_control_host(control)), i);

#define ADD_FIELD(field, name, help) sum.field += s->field;
		CGN_HOST_COUNTERS(ADD_FIELD)
#undef ADD_FIELD
	}
	return sum;
}

static void
put_control(struct rte_tel_data *d, struct cgn_control *control)
{
	const struct cgn_host_ipsec_stats ipsec = cgn_host_protected_stats(
			cgn_control_host(control));
	const struct cgn_host_plane_stats host = host_stats(control);
	const struct cgn_export_stats export = cgn_export_stats(cgn_control_export(control));

	put_control_stats(d, cgn_control_stats(control));
	put_resolver(d, cgn_resolver_stats(cgn_control_resolver(control)));
	put_responder(d, cgn_ip_responder_stats(cgn_control_responder(control)));
	put_host(d, &host);
	put_ipsec(d, &ipsec);
	put_dpclient(d, cgn_dpclient_stats(cgn_control_client(control)));
	put_export(d, &export);
#define PUT_GAUGE(id, name, help) put_number(d, name, control_gauge(control, CGN_CONTROL_G_##id));
	CGN_CONTROL_GAUGES(PUT_GAUGE)
#undef PUT_GAUGE
}

/* --- port mapping ------------------------------------------------------------------------------ */

static uint64_t
portmap_gauge(struct cgn_portmap *m, enum cgn_portmap_gauge g)
{
	switch (g) {
	case CGN_PORTMAP_G_NATPMP_OPEN:
		return cgn_natpmp_server_open(cgn_portmap_server(m));
	case CGN_PORTMAP_G_ANNOUNCE_OPEN:
		return cgn_natpmp_announce_open(cgn_portmap_announce(m));
	case CGN_PORTMAP_G_LEASES:
		return cgn_lessor_count(cgn_portmap_lessor(m));
	case CGN_PORTMAP_G_LEASE_EPOCHS:
		return cgn_lessor_count_epochs(cgn_portmap_lessor(m));
	case CGN_PORTMAP_G_LEASE_REALMS:
		return cgn_portmap_realms(m);
	case CGN_PORTMAP_G_STORE_BUSY:
		return cgn_portmap_store_is_busy(m);
	case CGN_PORTMAP_G_STORE_FAILING:
		return cgn_portmap_store(m) == CGN_KEEPER_FAILING;
	case CGN_PORTMAP_G_STORE_MISSING:
		return cgn_portmap_store(m) == CGN_KEEPER_MISSING;
	case CGN_PORTMAP_G_COUNT:
		break;
	}
	return 0;
}

static void
put_natpmp(struct rte_tel_data *d, const struct cgn_natpmp_server_stats *s)
{
#define PUT_COUNTER(id, name, help) put_number(d, name, s->counter[CGN_NATPMP_C_##id]);
	CGN_NATPMP_COUNTERS(PUT_COUNTER)
#undef PUT_COUNTER
#define PUT_RESULT(id, name, help) put_number(d, name, s->result[CGN_NATPMP_##id]);
	CGN_NATPMP_RESULT_COUNTERS(PUT_RESULT)
#undef PUT_RESULT
}

static void
put_pcp(struct rte_tel_data *d, const struct cgn_pcp_server_stats *s)
{
#define PUT_COUNTER(id, name, help) put_number(d, name, s->counter[CGN_PCP_C_##id]);
	CGN_PCP_COUNTERS(PUT_COUNTER)
#undef PUT_COUNTER
#define PUT_RESULT(id, name, help) put_number(d, name, s->result[CGN_PCP_##id]);
	CGN_PCP_RESULT_COUNTERS(PUT_RESULT)
#undef PUT_RESULT
}

static uint64_t
relay_gauge(struct cgn_relay *relay, enum cgn_relay_gauge g)
{
	const struct cgn_relay_transactions *t = cgn_relay_get_transactions(relay);
	const struct cgn_relay_pass *pass = cgn_relay_get_pass(relay);

	switch (g) {
	case CGN_RELAY_G_OPEN:
		return cgn_relay_upstream_open(cgn_relay_get_upstream(relay));
	case CGN_RELAY_G_TRANSACTIONS_OPEN:
		return t == NULL ? 0 : cgn_relay_transactions_open(t);
	case CGN_RELAY_G_PASS_OPEN:
		return pass == NULL ? 0 : cgn_relay_pass_open(pass);
	case CGN_RELAY_G_COUNT:
		break;
	}
	return 0;
}

static void
put_relay_upstream(struct rte_tel_data *d, const struct cgn_relay_upstream_stats *s)
{
#define PUT_COUNTER(id, name, help) put_number(d, name, s->counter[CGN_RELAY_C_##id]);
	CGN_RELAY_UPSTREAM_COUNTERS(PUT_COUNTER)
#undef PUT_COUNTER
}

/* Port mapping through the NAT in front. */
static void
put_relay(struct rte_tel_data *d, struct cgn_relay *relay)
{
	/* A B4 has no NAT of its own, so it makes no mapping in two NATs. It passes all requests on. */
	static const struct cgn_relay_transactions_stats none;
	static const struct cgn_relay_pass_stats none_passed;
	const struct cgn_relay_transactions *t = cgn_relay_get_transactions(relay);
	const struct cgn_relay_pass *pass = cgn_relay_get_pass(relay);
	const struct cgn_relay_stats announced = cgn_relay_stats(relay);

	put_relay_upstream(d, cgn_relay_upstream_stats(cgn_relay_get_upstream(relay)));
	put_relay_announced(d, &announced);
	put_relay_transactions(d, t == NULL ? &none : cgn_relay_transactions_stats(t));
	put_relay_pass(d, pass == NULL ? &none_passed : cgn_relay_pass_stats(pass));
#define PUT_GAUGE(id, name, help) put_number(d, name, relay_gauge(relay, CGN_RELAY_G_##id));
	CGN_RELAY_GAUGES(PUT_GAUGE)
#undef PUT_GAUGE
}

/* Port mapping: what was asked, answered, leased and announced. */
static void
put_portmap(struct rte_tel_data *d, struct cgn_portmap *m)
{
	put_natpmp(d, cgn_natpmp_server_stats(cgn_portmap_server(m)));
	put_pcp(d, cgn_pcp_server_stats(cgn_portmap_pcp(m)));
	put_announce(d, cgn_natpmp_announce_stats(cgn_portmap_announce(m)));
	put_lessor(d, cgn_lessor_stats(cgn_portmap_lessor(m)));
#define PUT_GAUGE(id, name, help) put_number(d, name, portmap_gauge(m, CGN_PORTMAP_G_##id));
	CGN_PORTMAP_GAUGES(PUT_GAUGE)
#undef PUT_GAUGE
	if (cgn_portmap_relay(m) != NULL)
		put_relay(d, cgn_portmap_relay(m));
}

/* --- all of them ------------------------------------------------------------------------------- */

/* Add the free buffers of a pool. Threads move buffers meanwhile, so some may be missed or counted twice.
 * The number is exact only when nothing moves. */
static void
add_free_mbufs(struct rte_mempool *mp, void *sum)
{
	*(uint64_t *)sum += rte_mempool_avail_count(mp);
}

static uint64_t
process_gauge(enum cgn_process_gauge g)
{
	uint64_t sum = 0;

	switch (g) {
	case CGN_PROCESS_G_MBUFS_FREE:
		rte_mempool_walk(add_free_mbufs, &sum);
		return sum;
	case CGN_PROCESS_G_COUNT:
		break;
	}
	return 0;
}

static void
put_process(struct rte_tel_data *d)
{
#define PUT_GAUGE(id, name, help) put_number(d, name, process_gauge(CGN_PROCESS_G_##id));
	CGN_PROCESS_GAUGES(PUT_GAUGE)
#undef PUT_GAUGE
}

/* Sums of the workers first..end-1. */
static void
put_workers(struct rte_tel_data *counters, struct rte_tel_data *gauges,
		const struct cgn_planes *planes, unsigned int first, unsigned int end)
{
	uint64_t sum;

	for (unsigned int c = 0; c < CGN_C_COUNT; c++) {
		sum = 0;
		for (unsigned int w = first; w < end; w++)
			sum += cgn_counter_get(&planes->workers[w].stats->counter[c]);
		put_number(counters, cgn_stats_counter_name(c), sum);
	}
	for (unsigned int g = 0; g < CGN_G_COUNT; g++) {
		sum = 0;
		for (unsigned int w = first; w < end; w++)
			sum += cgn_counter_get(&planes->workers[w].stats->gauge[g]);
		put_number(gauges, cgn_stats_gauge_name(g), sum);
	}
}

int
cgn_telemetry_counters_all(struct rte_tel_data *out, struct cgn_control *control,
		unsigned int first, unsigned int end)
{
	struct rte_tel_data *counters, *gauges, *own, *portmap;

	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_uint(out, "since_ms", (uint64_t)cgn_control_since_ms(control));
	counters = cgn_telemetry_rows_child(out, "counters");
	gauges = cgn_telemetry_rows_child(out, "gauges");
	own = cgn_telemetry_rows_child(out, "control");
	if (counters == NULL || gauges == NULL || own == NULL)
		return -ENOMEM;
	put_workers(counters, gauges, cgn_control_planes(control), first, end);
	put_process(gauges);
	put_control(own, control);
	if (cgn_control_portmap(control) == NULL && cgn_control_relay_b4(control) == NULL)
		return 0;
	portmap = cgn_telemetry_rows_child(out, "portmap");
	if (portmap == NULL)
		return -ENOMEM;
	if (cgn_control_portmap(control) != NULL)
		put_portmap(portmap, cgn_control_portmap(control));
	if (cgn_control_relay_b4(control) != NULL) {
		if (cgn_relay_b4_proxy_stats(cgn_control_relay_b4(control)) != NULL)
			put_relay_proxy(portmap,
					cgn_relay_b4_proxy_stats(cgn_control_relay_b4(control)));
		put_relay_b4(portmap, cgn_relay_b4_stats(cgn_control_relay_b4(control)));
		put_relay(portmap, cgn_relay_b4_relay(cgn_control_relay_b4(control)));
	}
	return 0;
}

/* --- help -------------------------------------------------------------------------------------- */

/* How many counters each group has. Rows of a group stand together. */
static void
put_groups(struct rte_tel_data *d)
{
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	size_t first = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && strcmp(rows[i].group, rows[first].group) == 0)
			continue;
		put_number(d, rows[first].group, i - first);
		first = i;
	}
}

int
cgn_telemetry_counters_help(struct rte_tel_data *out, const char *group)
{
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	bool is_found = false;

	rte_tel_data_start_dict(out);
	if (group[0] == '\0') {
		put_groups(out);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].group, group) != 0)
			continue;
		is_found = true;
		rte_tel_data_add_dict_string(out, rows[i].name, rows[i].help);
	}
	return is_found ? 0 : -ENOENT;
}
