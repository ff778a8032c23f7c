/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The values of the counters and gauges of the control thread and of the process.
 *
 * Counters are read by the lists that define them, so that a new row needs no line here. Gauges are read by
 * functions; the compiler warns about one that has no case.
 */
#include "controlplane/counters.h"

#include "controlplane/reload.h"
#include "shared/log.h"

#include <rte_mempool.h>

/** Who gets the values. */
struct visitor {
	cgn_counters_fn fn;
	void *arg;
};

static void
visit(const struct visitor *v, const char *name, const char *help, bool is_gauge, uint64_t value)
{
	const struct cgn_counters_value row = {
		.name = name, .help = help, .is_gauge = is_gauge, .value = value
	};

	v->fn(v->arg, &row);
}

#define VISIT_FIELD(field, name, help) visit(v, name, help, false, s->field);

/* Makes visit_WHAT(v, s), which visits the fields that a list has made in a structure. */
#define VISIT_STATS(what, ROWS, type)                                    \
	static void visit_##what(const struct visitor *v, const type *s) \
	{                                                                \
		ROWS(VISIT_FIELD)                                        \
	}

VISIT_STATS(control_stats, CGN_CONTROL_COUNTERS, struct cgn_control_stats)
VISIT_STATS(reload, CGN_RELOAD_COUNTERS, struct cgn_reload_stats)
VISIT_STATS(resolver, CGN_RESOLVER_COUNTERS, struct cgn_resolver_stats)
VISIT_STATS(responder, CGN_IP_RESPONDER_COUNTERS, struct cgn_ip_responder_stats)
VISIT_STATS(host, CGN_HOST_COUNTERS, struct cgn_host_plane_stats)
VISIT_STATS(ipsec, CGN_HOST_IPSEC_COUNTERS, struct cgn_host_ipsec_stats)
VISIT_STATS(dpclient, CGN_DPCLIENT_COUNTERS, struct cgn_dpclient_stats)
VISIT_STATS(export, CGN_EXPORT_COUNTERS, struct cgn_export_stats)
VISIT_STATS(announce, CGN_NATPMP_ANNOUNCE_COUNTERS, struct cgn_natpmp_announce_stats)
VISIT_STATS(lessor, CGN_LESSOR_COUNTERS, struct cgn_lessor_stats)
VISIT_STATS(relay_announced, CGN_RELAY_COUNTERS, struct cgn_relay_stats)
VISIT_STATS(relay_transactions, CGN_RELAY_TRANSACTION_COUNTERS, struct cgn_relay_transactions_stats)
VISIT_STATS(relay_pass, CGN_RELAY_PASS_COUNTERS, struct cgn_relay_pass_stats)
VISIT_STATS(relay_b4, CGN_RELAY_B4_COUNTERS, struct cgn_relay_b4_stats)
VISIT_STATS(relay_proxy, CGN_RELAY_PROXY_COUNTERS, struct cgn_relay_proxy_stats)

/* --- the control thread ------------------------------------------------------------------------ */

static uint64_t
control_gauge(struct cgn_control *control, enum cgn_control_gauge g)
{
	switch (g) {
	case CGN_CONTROL_G_NEIGHBOURS:
		return cgn_resolver_count(cgn_control_resolver(control));
	case CGN_CONTROL_G_PEERS:
		return cgn_host_peers_count(cgn_host_peers(cgn_control_host(control)));
	case CGN_CONTROL_G_RECORD_SINKS_FAILING:
		return cgn_records_stats(cgn_control_records(control)).failing;
	case CGN_CONTROL_G_CONFIG_LOADED_S:
		return (uint64_t)(cgn_reload_status(cgn_control_reload(control)).at_ms / 1000);
	case CGN_CONTROL_G_CONFIG_CONFIRM_LEFT_S:
		return cgn_reload_status(cgn_control_reload(control)).confirm_left_s;
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

/* The state of the run before: what was taken at the start, whether it was refused, what was dropped, by reason. */
static void
visit_kept(const struct visitor *v, const struct cgn_state_counts *kept)
{
	struct {
		uint64_t taken, refused;
	} sum = { .refused = kept->refused };

	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++)
		sum.taken += kept->taken[type];
#define VISIT_KEPT(field, name, help) visit(v, name, help, false, sum.field);
	CGN_KEPT_COUNTERS(VISIT_KEPT)
#undef VISIT_KEPT
#define VISIT_DROP(id, name, help)                                       \
	visit(v, "state_dropped_" name, "state not taken: " help, false, \
			cgn_state_counts_dropped(kept, CGN_STATE_DROP_##id));
	CGN_STATE_DROPS(VISIT_DROP)
#undef VISIT_DROP
}

void
cgn_counters_control(struct cgn_control *control, cgn_counters_fn fn, void *arg)
{
	const struct visitor to = { fn, arg }, *v = &to;
	const struct cgn_host_ipsec_stats ipsec = cgn_host_protected_stats(
			cgn_control_host(control));
	const struct cgn_host_plane_stats host = host_stats(control);
	const struct cgn_export_stats export = cgn_records_stats(cgn_control_records(control));

	visit_control_stats(v, cgn_control_stats(control));
	visit_reload(v, cgn_reload_stats(cgn_control_reload(control)));
	visit_resolver(v, cgn_resolver_stats(cgn_control_resolver(control)));
	visit_responder(v, cgn_ip_responder_stats(cgn_control_responder(control)));
	visit_host(v, &host);
	visit_ipsec(v, &ipsec);
	visit_dpclient(v, cgn_dpclient_stats(cgn_control_client(control)));
	visit_export(v, &export);
	visit_kept(v, cgn_control_kept(control));
#define VISIT_LOG(name, help) visit(v, name, help, false, cgn_log_lost());
	CGN_LOG_COUNTERS(VISIT_LOG)
#undef VISIT_LOG
#define VISIT_GAUGE(id, name, help) \
	visit(v, name, help, true, control_gauge(control, CGN_CONTROL_G_##id));
	CGN_CONTROL_GAUGES(VISIT_GAUGE)
#undef VISIT_GAUGE
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
visit_natpmp(const struct visitor *v, const struct cgn_natpmp_server_stats *s)
{
#define VISIT_COUNTER(id, name, help) visit(v, name, help, false, s->counter[CGN_NATPMP_C_##id]);
	CGN_NATPMP_COUNTERS(VISIT_COUNTER)
#undef VISIT_COUNTER
#define VISIT_RESULT(id, name, help) visit(v, name, help, false, s->result[CGN_NATPMP_##id]);
	CGN_NATPMP_RESULT_COUNTERS(VISIT_RESULT)
#undef VISIT_RESULT
}

static void
visit_pcp(const struct visitor *v, const struct cgn_pcp_server_stats *s)
{
#define VISIT_COUNTER(id, name, help) visit(v, name, help, false, s->counter[CGN_PCP_C_##id]);
	CGN_PCP_COUNTERS(VISIT_COUNTER)
#undef VISIT_COUNTER
#define VISIT_RESULT(id, name, help) visit(v, name, help, false, s->result[CGN_PCP_##id]);
	CGN_PCP_RESULT_COUNTERS(VISIT_RESULT)
#undef VISIT_RESULT
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
visit_relay_upstream(const struct visitor *v, const struct cgn_relay_upstream_stats *s)
{
#define VISIT_COUNTER(id, name, help) visit(v, name, help, false, s->counter[CGN_RELAY_C_##id]);
	CGN_RELAY_UPSTREAM_COUNTERS(VISIT_COUNTER)
#undef VISIT_COUNTER
}

/* Port mapping through the NAT in front. */
static void
visit_relay(const struct visitor *v, struct cgn_relay *relay)
{
	/* A B4 has no NAT of its own, so it makes no mapping in two NATs. */
	static const struct cgn_relay_transactions_stats none;
	static const struct cgn_relay_pass_stats none_passed;
	const struct cgn_relay_transactions *t = cgn_relay_get_transactions(relay);
	const struct cgn_relay_pass *pass = cgn_relay_get_pass(relay);
	const struct cgn_relay_stats announced = cgn_relay_stats(relay);

	visit_relay_upstream(v, cgn_relay_upstream_stats(cgn_relay_get_upstream(relay)));
	visit_relay_announced(v, &announced);
	visit_relay_transactions(v, t == NULL ? &none : cgn_relay_transactions_stats(t));
	visit_relay_pass(v, pass == NULL ? &none_passed : cgn_relay_pass_stats(pass));
#define VISIT_GAUGE(id, name, help) \
	visit(v, name, help, true, relay_gauge(relay, CGN_RELAY_G_##id));
	CGN_RELAY_GAUGES(VISIT_GAUGE)
#undef VISIT_GAUGE
}

/* Port mapping: what was asked, answered, leased and announced. */
static void
visit_portmap(const struct visitor *v, struct cgn_portmap *m)
{
	visit_natpmp(v, cgn_natpmp_server_stats(cgn_portmap_server(m)));
	visit_pcp(v, cgn_pcp_server_stats(cgn_portmap_pcp(m)));
	visit_announce(v, cgn_natpmp_announce_stats(cgn_portmap_announce(m)));
	visit_lessor(v, cgn_lessor_stats(cgn_portmap_lessor(m)));
#define VISIT_GAUGE(id, name, help) \
	visit(v, name, help, true, portmap_gauge(m, CGN_PORTMAP_G_##id));
	CGN_PORTMAP_GAUGES(VISIT_GAUGE)
#undef VISIT_GAUGE
	if (cgn_portmap_relay(m) != NULL)
		visit_relay(v, cgn_portmap_relay(m));
}

bool
cgn_counters_has_portmap(struct cgn_control *control)
{
	return cgn_control_portmap(control) != NULL || cgn_control_relay_b4(control) != NULL;
}

void
cgn_counters_portmap(struct cgn_control *control, cgn_counters_fn fn, void *arg)
{
	const struct visitor v = { fn, arg };
	struct cgn_relay_b4 *b4 = cgn_control_relay_b4(control);

	if (cgn_control_portmap(control) != NULL)
		visit_portmap(&v, cgn_control_portmap(control));
	if (b4 != NULL) {
		if (cgn_relay_b4_proxy_stats(b4) != NULL)
			visit_relay_proxy(&v, cgn_relay_b4_proxy_stats(b4));
		visit_relay_b4(&v, cgn_relay_b4_stats(b4));
		visit_relay(&v, cgn_relay_b4_relay(b4));
	}
}

/* --- the process ------------------------------------------------------------------------------- */

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

void
cgn_counters_process(cgn_counters_fn fn, void *arg)
{
	const struct visitor v = { fn, arg };

#define VISIT_GAUGE(id, name, help) visit(&v, name, help, true, process_gauge(CGN_PROCESS_G_##id));
	CGN_PROCESS_GAUGES(VISIT_GAUGE)
#undef VISIT_GAUGE
}
