/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What telemetry says: each number comes from the right place, of the right workers, under the right name, and no
 * answer is longer than DPDK sends. Every place that a number may come from holds another number.
 */
#include "controlplane/report.h"
#include "controlplane/telemetry/telemetry_counters.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/tcpstate.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <errno.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#define TEXT                                                                              \
	"workers: 2\n"                                                                    \
	"ports:\n"                                                                        \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n"  \
	"  - {name: in1, device: net_null1, side: inside, addresses: [10.0.0.1/24]}\n"    \
	"  - {name: out0, device: net_null2, side: outside, addresses: [192.0.2.2/24]}\n" \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                      \
	"groups:\n"                                                                       \
	"  - {name: homes, prefixes: [100.64.0.0/10], pool: p}\n"                         \
	"  - {name: offices, prefixes: [10.0.0.0/24], pool: p}\n"

/* Addresses as the rows have them: network order. */
#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* --- devices: three, with other numbers than cgnd's ports ---------------------------------- */

int
rte_eth_stats_get(uint16_t port, struct rte_eth_stats *stats)
{
	*stats = (struct rte_eth_stats){ .imissed = 7000 + port, .rx_nombuf = 8000 + port };
	return port == 7 ? -ENOTSUP : 0;
}

/* --- numbers ------------------------------------------------------------------------------- */

static void
set(cgn_counter *c, uint64_t n)
{
	cgn_counter_add(c, n - cgn_counter_get(c));
}

/* What one place of one worker holds. */
static uint64_t
value(unsigned int w, unsigned int kind, unsigned int i)
{
	return (w == 0 ? UINT64_C(1000000) : UINT64_C(30000000000)) + kind * 1000 + i;
}

enum {
	VERDICT = 1,
	COUNTER,
	GAUGE,
	RX_PKTS,
	RX_BYTES,
	TX_PKTS,
	TX_BYTES
};

static void
begin(const char *more)
{
	tel_n_wrong = 0;
	pf_begin(TEXT, more);
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		struct cgn_stats *s = &pf.stats[w];

		for (unsigned int i = 0; i < CGN_V_COUNT; i++)
			set(&s->verdict[i], value(w, VERDICT, i));
		for (unsigned int i = 0; i < CGN_C_COUNT; i++)
			set(&s->counter[i], value(w, COUNTER, i));
		for (unsigned int i = 0; i < CGN_G_COUNT; i++)
			set(&s->gauge[i], value(w, GAUGE, i));
		for (unsigned int i = 0; i < CGN_PORTS_MAX; i++) {
			set(&s->port[i].rx_pkts, value(w, RX_PKTS, i));
			set(&s->port[i].rx_bytes, value(w, RX_BYTES, i));
			set(&s->port[i].tx_pkts, value(w, TX_PKTS, i));
			set(&s->port[i].tx_bytes, value(w, TX_BYTES, i));
		}
		pf.planes.workers[w].lcore = 40 + w;
	}
	for (unsigned int i = 0; i < pf.planes.n_ports; i++) {
		pf.planes.ports[i].dpdk_port = (uint16_t)(7 - i);
		pf.planes.ports[i].n_rxq = (uint16_t)(2 + i);
		pf.planes.ports[i].n_txq = (uint16_t)(10 + i);
		pf.planes.ports[i].steering = (enum cgn_steering)(i + 1);
	}
}

static void
end(void)
{
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf_end();
}

/* Of the workers first..end-1. */
static uint64_t
sum(unsigned int kind, unsigned int i, unsigned int first, unsigned int behind)
{
	uint64_t n = 0;

	for (unsigned int w = first; w < behind; w++)
		n += value(w, kind, i);
	return n;
}

static void
expect_number(const json_t *d, const char *name, uint64_t n)
{
	const json_t *found = json_object_get(d, name);

	CU_ASSERT_TRUE(json_is_integer(found));
	CU_ASSERT_EQUAL((uint64_t)json_integer_value(found), n);
	if ((uint64_t)json_integer_value(found) != n)
		printf("\n%s: %llu\n", name, (unsigned long long)json_integer_value(found));
}

/* The answer is this JSON, not counting the order of names. */
static void
expect_json(json_t *answer, const char *text)
{
	json_t *wanted = json_loads(text, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(wanted);
	CU_ASSERT_TRUE(json_equal(answer, wanted));
	if (!json_equal(answer, wanted)) {
		printf("\n");
		json_dumpf(answer, stdout, JSON_COMPACT);
		printf("\n");
	}
	json_decref(wanted);
	json_decref(answer);
}

static const struct {
	unsigned int first, behind;
} some_workers[] = { { 0, 2 }, { 0, 1 }, { 1, 2 } };

static void
every_verdict_is_the_sum_of_the_workers_asked_for(void)
{
	begin("");
	for (size_t i = 0; i < RTE_DIM(some_workers); i++) {
		unsigned int first = some_workers[i].first, behind = some_workers[i].behind;
		struct rte_tel_data *d = tel_new();
		uint64_t received = 0;
		size_t n = 0;
		json_t *answer;

		CU_ASSERT_EQUAL(cgn_telemetry_counters_verdicts(d, &pf.planes, first, behind), 0);
		answer = tel_json(d);
		for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
			const char *class = cgn_verdict_class_name(cgn_verdict_class(v));
			const json_t *group = json_object_get(answer, class);

			if (cgn_verdict_class(v) >= CGN_VC_FORWARDED &&
					cgn_verdict_class(v) <= CGN_VC_DROPPED)
				expect_number(group, cgn_verdict_name(v),
						sum(VERDICT, v, first, behind));
		}
		for (unsigned int p = 0; p < CGN_PORTS_MAX; p++)
			received += sum(RX_PKTS, p, first, behind);
		expect_number(answer, "received", received);
		expect_number(answer, "held",
				sum(GAUGE, CGN_G_HELD_FRAGMENTS, first, behind) +
						sum(GAUGE, CGN_G_HELD_NEIGH, first, behind));
		n = json_object_size(answer);
		CU_ASSERT_EQUAL(n, 6);
		CU_ASSERT_TRUE(tel_size("/cgn/verdicts", answer) < TEL_ANSWER_MAX);
		json_decref(answer);
	}
	end();
}

static void
every_counter_and_gauge_is_the_sum_of_the_workers_asked_for(void)
{
	begin("");
	for (size_t i = 0; i < RTE_DIM(some_workers); i++) {
		unsigned int first = some_workers[i].first, behind = some_workers[i].behind;
		struct rte_tel_data *d = tel_new();
		const json_t *counters, *gauges;
		json_t *answer;

		CU_ASSERT_EQUAL(cgn_telemetry_counters_all(d, pf.control, first, behind), 0);
		answer = tel_json(d);
		counters = json_object_get(answer, "counters");
		gauges = json_object_get(answer, "gauges");
		for (unsigned int c = 0; c < CGN_C_COUNT; c++)
			expect_number(counters, cgn_stats_counter_name(c),
					sum(COUNTER, c, first, behind));
		for (unsigned int g = 0; g < CGN_G_COUNT; g++)
			expect_number(gauges, cgn_stats_gauge_name(g),
					sum(GAUGE, g, first, behind));
		CU_ASSERT_EQUAL(json_object_size(counters), CGN_C_COUNT);
		CU_ASSERT_EQUAL(json_object_size(gauges), CGN_G_COUNT + 1);
		CU_ASSERT_TRUE(tel_size("/cgn/counters", answer) < TEL_ANSWER_MAX);
		json_decref(answer);
	}
	end();
}

/* A counter of the control thread, where it is and what it is called. */
struct own {
	const char *name;
	const uint64_t *place;
};

static void
expect_own(const char *group, const struct own *own, size_t n)
{
	struct rte_tel_data *d = tel_new();
	json_t *answer;

	for (size_t i = 0; i < n; i++)
		*(uint64_t *)(uintptr_t)own[i].place = UINT64_C(70000000000) + i;
	CU_ASSERT_EQUAL(cgn_telemetry_counters_all(d, pf.control, 0, PF_WORKERS), 0);
	answer = tel_json(d);
	for (size_t i = 0; i < n; i++)
		expect_number(json_object_get(answer, group), own[i].name,
				UINT64_C(70000000000) + i);
	CU_ASSERT_TRUE(tel_size("/cgn/counters", answer) < TEL_ANSWER_MAX);
	json_decref(answer);
}

static void
every_counter_of_the_control_thread_has_its_own_name(void)
{
	const struct cgn_control_stats *c;
	const struct cgn_resolver_stats *n;
	const struct cgn_ip_responder_stats *r;
	const struct cgn_dpclient_stats *p;

	begin("");
	c = cgn_control_stats(pf.control);
	n = cgn_resolver_stats(cgn_control_resolver(pf.control));
	r = cgn_ip_responder_stats(cgn_control_responder(pf.control));
	p = cgn_dpclient_stats(cgn_control_client(pf.control));
	{
		const struct own own[] = {
			{ "punted", &c->punted },
			{ "injected", &c->injected },
			{ "inject_full", &c->inject_full },
			{ "neigh_requests", &n->requests },
			{ "neigh_answers", &n->answers },
			{ "neigh_announced", &n->announced },
			{ "neigh_resolved", &n->resolved },
			{ "neigh_failed", &n->failed },
			{ "neigh_expired", &n->expired },
			{ "neigh_full", &n->full },
			{ "neigh_displaced", &n->displaced },
			{ "neigh_conflicts", &n->conflicts },
			{ "neigh_refused", &n->refused },
			{ "neigh_moved", &n->moved },
			{ "neigh_malformed", &n->malformed },
			{ "echoes_answered", &r->echoes },
			{ "udp_taken", &r->udp },
			{ "unreachable_sent", &r->unreachable },
			{ "resets_sent", &r->resets },
			{ "refusals_limited", &r->limited },
			{ "local_ignored", &r->ignored },
			{ "commands_sent", &p->sent },
			{ "commands_refused", &p->refused },
			{ "commands_failed", &p->failed },
			{ "command_timeouts", &p->timeouts },
			{ "replies_late", &p->late },
			{ "replies_unknown", &p->unknown },
		};

		expect_own("control", own, RTE_DIM(own));
	}
	end();
}

static void
every_counter_of_port_mapping_has_its_own_name(void)
{
	const struct cgn_natpmp_server_stats *s;
	const struct cgn_natpmp_announce_stats *a;
	const struct cgn_lessor_stats *l;
	struct cgn_portmap *m;

	begin("");
	m = cgn_control_portmap(pf.control);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	s = cgn_natpmp_server_stats(cgn_portmap_server(m));
	a = cgn_natpmp_announce_stats(cgn_portmap_announce(m));
	l = cgn_lessor_stats(cgn_portmap_lessor(m));
	{
		const struct own own[] = {
			{ "natpmp_requests_address", &s->counter[CGN_NATPMP_C_REQUESTS_ADDRESS] },
			{ "natpmp_requests_map", &s->counter[CGN_NATPMP_C_REQUESTS_MAP] },
			{ "natpmp_requests_unmap", &s->counter[CGN_NATPMP_C_REQUESTS_UNMAP] },
			{ "natpmp_refused_policy", &s->counter[CGN_NATPMP_C_REFUSED_POLICY] },
			{ "natpmp_refused_subscriber",
					&s->counter[CGN_NATPMP_C_REFUSED_SUBSCRIBER] },
			{ "natpmp_refused_box", &s->counter[CGN_NATPMP_C_REFUSED_BOX] },
			{ "natpmp_ignored", &s->counter[CGN_NATPMP_C_IGNORED] },
			{ "natpmp_not_inside", &s->counter[CGN_NATPMP_C_NOT_INSIDE] },
			{ "natpmp_no_group", &s->counter[CGN_NATPMP_C_NO_GROUP] },
			{ "natpmp_limited", &s->counter[CGN_NATPMP_C_LIMITED] },
			{ "natpmp_overload", &s->counter[CGN_NATPMP_C_OVERLOAD] },
			{ "natpmp_repeated", &s->counter[CGN_NATPMP_C_REPEATED] },
			{ "natpmp_late", &s->counter[CGN_NATPMP_C_LATE] },
			{ "natpmp_unanswered", &s->counter[CGN_NATPMP_C_UNANSWERED] },
			{ "natpmp_result_0", &s->result[0] },
			{ "natpmp_result_5", &s->result[5] },
			{ "announce_series", &a->series },
			{ "announce_sent", &a->sent },
			{ "announce_failed", &a->failed },
			{ "leases_made", &l->made },
			{ "leases_renewed", &l->renewed },
			{ "leases_deleted", &l->deleted },
			{ "leases_expired", &l->expired },
			{ "leases_revoked", &l->revoked },
			{ "leases_moved", &l->moved },
			{ "leases_restored", &l->restored },
			{ "leases_lost", &l->lost },
			{ "leases_ended_before", &l->ended },
		};

		expect_own("portmap", own, RTE_DIM(own));
	}
	end();
	/* Without port mapping there is no such group. */
	begin("natpmp: {role: off}\n");
	{
		struct rte_tel_data *d = tel_new();
		json_t *answer;

		CU_ASSERT_EQUAL(cgn_telemetry_counters_all(d, pf.control, 0, PF_WORKERS), 0);
		answer = tel_json(d);
		CU_ASSERT_EQUAL(json_object_size(answer), 4);
		json_decref(answer);
	}
	end();
}

/* The sums of all workers, the device that belongs to the port, and only what the device has. */
static void
every_port_shows_its_own_traffic_and_device(void)
{
	static const struct cgn_port_reading readings[] = {
		{ .netif = { .link = CGN_LINK_DOWN, .name = "eth7" } },
		{ .netif = { .link = CGN_LINK_UP } },
		{ .netif = { .link = CGN_LINK_GONE, .name = "eth5" } },
	};
	struct rte_tel_data *d = tel_new();
	char text[2048];

	begin("");
	for (unsigned int i = 0; i < RTE_DIM(readings); i++)
		*(struct cgn_port_reading *)(uintptr_t)cgn_port_watch_reading(
				cgn_control_port_watch(pf.control), i) = readings[i];
	CU_ASSERT_EQUAL(cgn_telemetry_rows_ports(d, pf.control, 0, 3), 0);
	snprintf(text, sizeof(text),
			"{\"rows\":{"
			"\"0\":{\"port\":\"in0\",\"side\":\"inside\",\"device\":\"net_null0\","
			"\"mac\":\"02:00:00:00:00:01\",\"rx_queues\":2,\"tx_queues\":10,"
			"\"steering\":\"rss_source\",\"rx_pkts\":%1$llu,\"rx_bytes\":%2$llu,"
			"\"tx_pkts\":%3$llu,\"tx_bytes\":%4$llu,\"receiving\":\"yes\",\"link\":\"down\",\"interface\":\"eth7\"},"
			"\"1\":{\"port\":\"in1\",\"side\":\"inside\",\"device\":\"net_null1\","
			"\"mac\":\"02:00:00:00:00:02\",\"rx_queues\":3,\"tx_queues\":11,"
			"\"steering\":\"flow_destination\",\"rx_pkts\":%5$llu,\"rx_bytes\":%6$llu,"
			"\"tx_pkts\":%7$llu,\"tx_bytes\":%8$llu,\"receiving\":\"yes\",\"link\":\"up\",\"interface\":\"\","
			"\"rx_missed\":7006,\"rx_no_buffer\":8006},"
			"\"2\":{\"port\":\"out0\",\"side\":\"outside\",\"device\":\"net_null2\","
			"\"mac\":\"02:00:00:00:00:03\",\"rx_queues\":4,\"tx_queues\":12,"
			"\"steering\":\"handover\",\"rx_pkts\":%9$llu,\"rx_bytes\":%10$llu,"
			"\"tx_pkts\":%11$llu,\"tx_bytes\":%12$llu,\"receiving\":\"yes\",\"link\":\"gone\",\"interface\":\"eth5\","
			"\"rx_missed\":7005,\"rx_no_buffer\":8005}}}",
			(unsigned long long)sum(RX_PKTS, 0, 0, 2),
			(unsigned long long)sum(RX_BYTES, 0, 0, 2),
			(unsigned long long)sum(TX_PKTS, 0, 0, 2),
			(unsigned long long)sum(TX_BYTES, 0, 0, 2),
			(unsigned long long)sum(RX_PKTS, 1, 0, 2),
			(unsigned long long)sum(RX_BYTES, 1, 0, 2),
			(unsigned long long)sum(TX_PKTS, 1, 0, 2),
			(unsigned long long)sum(TX_BYTES, 1, 0, 2),
			(unsigned long long)sum(RX_PKTS, 2, 0, 2),
			(unsigned long long)sum(RX_BYTES, 2, 0, 2),
			(unsigned long long)sum(TX_PKTS, 2, 0, 2),
			(unsigned long long)sum(TX_BYTES, 2, 0, 2));
	expect_json(tel_json(d), text);
	end();
}

static void
every_worker_shows_what_it_holds(void)
{
	struct rte_tel_data *d = tel_new();
	json_t *answer, *rows;

	begin("");
	CU_ASSERT_EQUAL(cgn_telemetry_rows_workers(d, &pf.planes, NULL), 0);
	answer = tel_json(d);
	rows = json_object_get(answer, "rows");
	CU_ASSERT_EQUAL(json_object_size(rows), PF_WORKERS);
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		const char name[2] = { (char)('0' + w) };
		const json_t *row = json_object_get(rows, name);
		uint64_t received = 0;

		for (unsigned int p = 0; p < CGN_PORTS_MAX; p++)
			received += value(w, RX_PKTS, p);
		CU_ASSERT_EQUAL(json_object_size(row), 7);
		expect_number(row, "worker", w);
		expect_number(row, "lcore", 40 + w);
		expect_number(row, "received", received);
		expect_number(row, "subscribers", value(w, GAUGE, CGN_G_SUBSCRIBERS));
		expect_number(row, "mappings",
				value(w, GAUGE, CGN_G_MAPPINGS_UDP) +
						value(w, GAUGE, CGN_G_MAPPINGS_TCP) +
						value(w, GAUGE, CGN_G_MAPPINGS_ICMP));
		expect_number(row, "handover_in", value(w, COUNTER, CGN_C_HANDOVER_IN));
		expect_number(row, "handover_out", value(w, COUNTER, CGN_C_HANDOVER_OUT));
	}
	json_decref(answer);
	end();
}

/* Each worker's loops and bursts, in nanoseconds. */
static void
every_latency_is_of_its_own_worker_and_kind(void)
{
	struct rte_tel_data *d = tel_new();
	json_t *answer, *rows;

	begin("");
	for (unsigned int i = 0; i < PF_WORKERS * CGN_LATENCY_COUNT; i++) {
		struct cgn_latency *l =
				&pf.stats[i / CGN_LATENCY_COUNT].latency[i % CGN_LATENCY_COUNT];

		memset(l, 0, sizeof(*l));
		for (unsigned int k = 0; k < 10 + i; k++)
			cgn_latency_note(l, (i + 1) * rte_get_tsc_hz() / 1000000);
		for (unsigned int k = 0; k < i; k++)
			cgn_latency_note(l, rte_get_tsc_hz() / 1000);
	}
	CU_ASSERT_EQUAL(cgn_telemetry_rows_latency(d, &pf.planes, 0, 100), 0);
	answer = tel_json(d);
	rows = json_object_get(answer, "rows");
	CU_ASSERT_EQUAL(json_object_size(rows), PF_WORKERS * CGN_LATENCY_COUNT);
	for (unsigned int i = 0; i < PF_WORKERS * CGN_LATENCY_COUNT; i++) {
		const char name[2] = { (char)('0' + i) };
		const json_t *row = json_object_get(rows, name);
		double p50 = (double)json_integer_value(json_object_get(row, "p50_ns"));
		double max = (double)json_integer_value(json_object_get(row, "max_ns"));
		double mean = (double)json_integer_value(json_object_get(row, "mean_ns"));
		double want = (1000.0 * (i + 1) * (10 + i) + 1e6 * i) / (10 + 2 * i);

		CU_ASSERT_EQUAL(json_object_size(row), 10);
		expect_number(row, "worker", i / CGN_LATENCY_COUNT);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "of")),
				i % CGN_LATENCY_COUNT == 0 ? "loop" : "burst");
		expect_number(row, "count", 10 + 2 * i);
		expect_number(row, "over_100us", i);
		/* A bucket is up to a quarter wide. */
		CU_ASSERT_TRUE(p50 >= 1000.0 * (i + 1) && p50 <= 1260.0 * (i + 1));
		CU_ASSERT_TRUE(i == 0 || (max >= 1e6 && max <= 1.26e6));
		CU_ASSERT_TRUE(mean > want * 0.99 && mean < want * 1.01);
	}
	json_decref(answer);
	/* Nothing noted: nothing is divided by its count. */
	memset(pf.stats[1].latency, 0, sizeof(pf.stats[1].latency));
	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_latency(d, &pf.planes, 3, 1), 0);
	expect_json(tel_json(d),
			"{\"rows\":{\"0\":{\"worker\":1,\"of\":\"burst\",\"count\":0,\"cycles\":0,"
			"\"mean_ns\":0,\"p50_ns\":0,\"p99_ns\":0,\"p999_ns\":0,\"max_ns\":0,"
			"\"over_100us\":0}}}");
	end();
}

/* --- rows ---------------------------------------------------------------------------------- */

#define B4                                                      \
	{                                                       \
		.b = { 0x20, 1, 0x0d, 0xb8, 1, 2, 3, [15] = 9 } \
	}

static const struct {
	struct cgn_mapping_info m;
	const char *json;
} mappings[] = {
	{ { .in = { .addr = IP(100, 64, 0, 9), .port = RTE_BE16(5000), .proto = CGN_PROTO_UDP },
			  .ext = { .addr = IP(192, 0, 2, 100),
					  .port = RTE_BE16(1030),
					  .proto = CGN_PROTO_UDP },
			  .rem_addr = IP(203, 0, 113, 1),
			  .rem_port = RTE_BE16(53),
			  .sessions = 3,
			  .expires_s = 300 },
			"{\"protocol\":\"udp\",\"in\":\"100.64.0.9:5000\",\"ext\":\"192.0.2.100:1030\","
			"\"rem\":\"203.0.113.1:53\",\"kind\":\"implicit\",\"sessions\":3,\"expires_s\":300}" },
	{ { .in = { .addr = IP(100, 64, 0, 9), .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
			  .ext = { .addr = IP(192, 0, 2, 100),
					  .port = RTE_BE16(8080),
					  .proto = CGN_PROTO_TCP },
			  .flags = CGN_MAPPING_EXPLICIT,
			  .expires_s = 0 },
			"{\"protocol\":\"tcp\",\"in\":\"100.64.0.9:80\",\"ext\":\"192.0.2.100:8080\","
			"\"kind\":\"explicit\",\"tcp_state\":\"none\",\"sessions\":0,\"expires_s\":0}" },
	{ { .in = { .addr = IP(192, 168, 1, 2), .port = RTE_BE16(1), .proto = CGN_PROTO_ICMP },
			  .ext = { .addr = IP(192, 0, 2, 101),
					  .port = RTE_BE16(65535),
					  .proto = CGN_PROTO_ICMP },
			  .realm = 4,
			  .b4 = B4,
			  .flags = CGN_MAPPING_STATIC | CGN_MAPPING_EXPLICIT,
			  .sessions = 1,
			  .expires_s = UINT32_MAX },
			"{\"protocol\":\"icmp\",\"in\":\"192.168.1.2:1\",\"ext\":\"192.0.2.101:65535\","
			"\"kind\":\"static\",\"b4\":\"2001:db8:102:300::9\",\"sessions\":1}" },
};

static void
every_field_of_a_mapping_is_shown(void)
{
	begin("");
	for (size_t i = 0; i < RTE_DIM(mappings); i++) {
		struct rte_tel_data *d = tel_new();
		char text[512];

		CU_ASSERT_EQUAL(cgn_telemetry_rows_mappings(d, &mappings[i].m, 1, ""), 0);
		snprintf(text, sizeof(text), "{\"rows\":{\"0\":%s}}", mappings[i].json);
		expect_json(tel_json(d), text);
	}
	{
		const struct cgn_mapping_info two[] = { mappings[1].m, mappings[0].m };
		struct rte_tel_data *d = tel_new();
		char text[1024];

		CU_ASSERT_EQUAL(cgn_telemetry_rows_mappings(d, two, 2, "1:77"), 0);
		snprintf(text, sizeof(text), "{\"rows\":{\"0\":%s,\"1\":%s},\"next\":\"1:77\"}",
				mappings[1].json, mappings[0].json);
		expect_json(tel_json(d), text);
	}
	end();
}

static void
every_field_of_a_subscriber_is_shown(void)
{
	static const struct {
		struct cgn_subscriber_info s;
		const char *json;
	} cases[] = {
		{ { .addr = { .ip4 = IP(10, 0, 0, 7) },
				  .prefix_len = 32,
				  .group = 1,
				  .blocks = 2,
				  .worker = 1,
				  .ext_addr = IP(192, 0, 2, 103),
				  .mappings = 3,
				  .sessions = 4,
				  .leases = 5,
				  .mappings_total = 6,
				  .refused_total = 7,
				  .has_refusal = true,
				  .refused_why = CGN_REFUSAL_SUB_PORTS,
				  .refused_ago_s = 8 },
				"{\"subscriber\":\"10.0.0.7\",\"group\":\"offices\",\"ext\":\"192.0.2.103\","
				"\"refused_reason\":\"sub_ports\",\"refused_ago_s\":8,"
				"\"state\":\"active\",\"worker\":1,\"blocks\":2,\"mappings\":3,\"sessions\":4,\"leases\":5,"
				"\"mappings_total\":6,\"refused_total\":7}" },
		{ { .addr = { .ip4 = IP(100, 64, 0, 0) }, .prefix_len = 24, .group = 0 },
				"{\"subscriber\":\"100.64.0.0/24\",\"group\":\"homes\",\"state\":\"refused\",\"worker\":0,"
				"\"blocks\":0,\"mappings\":0,\"sessions\":0,\"leases\":0,"
				"\"mappings_total\":0,\"refused_total\":0}" },
		{ { .addr = { .is_ip6 = true, .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8, 1, 2, 3 } } },
				  .prefix_len = 56,
				  .group = 200,
				  .b4 = B4 },
				"{\"subscriber\":\"2001:db8:102:300::/56\",\"b4\":\"2001:db8:102:300::9\","
				"\"state\":\"refused\",\"worker\":0,\"blocks\":0,\"mappings\":0,\"sessions\":0,\"leases\":0,"
				"\"mappings_total\":0,\"refused_total\":0}" },
	};

	begin("");
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct rte_tel_data *d = tel_new();
		char text[512];

		CU_ASSERT_EQUAL(cgn_telemetry_rows_subscribers(d, &cases[i].s, 1,
						i == 1 ? "0:5" : "", cgn_control_conf(pf.control)),
				0);
		snprintf(text, sizeof(text), "{\"rows\":{\"0\":%s}%s}", cases[i].json,
				i == 1 ? ",\"next\":\"0:5\"" : "");
		expect_json(tel_json(d), text);
	}
	end();
}

static void
every_state_of_an_external_port_is_told_apart(void)
{
	static const struct {
		struct cgn_who_info who;
		const char *state;
		size_t n;
		uint16_t port;
	} cases[] = {
		{ { 0 }, "not_pool", 1, 2000 },
		{ { .is_pool_addr = true }, "outside_range", 4, 80 },
		{ { .is_pool_addr = true }, "outside_range", 4, 1023 },
		{ { .is_pool_addr = true }, "free", 1, 1024 },
		{ { .is_pool_addr = true, .is_held = true }, "hold_down", 1, 80 },
		{ { .is_pool_addr = true }, "free", 1, 2000 },
		{ { .is_pool_addr = true, .has_owner = true }, "free_in_block", 2, 2000 },
		{ { .is_pool_addr = true, .is_held = true, .has_owner = true }, "hold_down", 2,
				2000 },
		{ { .is_pool_addr = true, .is_held = true }, "hold_down", 1, 2000 },
		{ { .is_pool_addr = true, .has_mapping = true, .has_owner = true }, "mapped", 4,
				2000 },
		{ { .is_pool_addr = true, .has_mapping = true, .is_held = true, .has_owner = true },
				"mapped", 4, 2000 },
	};

	begin("");
	CU_ASSERT_EQUAL(cgn_host_peers_set(cgn_host_peers(cgn_control_host(pf.control)),
					&(struct cgn_ip){ .ip4 = mappings[0].m.in.addr }, "home", 0,
					0),
			0);
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct cgn_ep4 ep = { .addr = IP(192, 0, 2, 100),
			.port = rte_cpu_to_be_16(cases[i].port) };
		struct cgn_who_info who = cases[i].who;
		struct rte_tel_data *d = tel_new();
		json_t *answer, *want;

		who.mapping = mappings[0].m;
		who.subscriber = (struct cgn_subscriber_info){ .addr = { .ip4 = IP(10, 0, 0, 7) },
			.prefix_len = 32,
			.group = 1,
			.worker = 1 };
		CU_ASSERT_EQUAL(cgn_telemetry_rows_who(d, &ep, &who, cgn_control_conf(pf.control),
						cgn_host_peers(cgn_control_host(pf.control))),
				0);
		answer = tel_json(d);
		CU_ASSERT_EQUAL(json_object_size(answer), cases[i].n);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(answer, "state")),
				cases[i].state);
		CU_ASSERT_EQUAL(json_object_get(answer, "peer") != NULL, who.has_mapping);
		if (who.has_mapping)
			CU_ASSERT_STRING_EQUAL(
					json_string_value(json_object_get(answer, "peer")), "home");
		if (who.has_mapping) {
			want = json_loads(mappings[0].json, 0, NULL);
			CU_ASSERT_TRUE(json_equal(json_object_get(answer, "mapping"), want));
			json_decref(want);
		}
		if (who.has_owner)
			CU_ASSERT_STRING_EQUAL(
					json_string_value(json_object_get(
							json_object_get(answer, "subscriber"),
							"group")),
					"offices");
		json_decref(answer);
	}
	end();
}

/* --- sizes --------------------------------------------------------------------------------- */

/* The longest rows that there can be fit into what DPDK sends: it leaves out what does not. */
static void
longest_pages_are_sent_whole(void)
{
	static struct cgn_planes many;
	static struct cgn_stats full;
	struct cgn_conf conf;
	struct cgn_conf_group group = { .name = "a-name-of-thirty-one-letters-it" };
	struct cgn_subscriber_info s = { .prefix_len = 127,
		.addr.is_ip6 = true,
		.blocks = UINT16_MAX,
		.worker = 63,
		.ext_addr = IP(198, 198, 198, 198),
		.mappings = UINT32_MAX,
		.sessions = UINT32_MAX,
		.leases = UINT32_MAX,
		.mappings_total = UINT64_MAX / 4,
		.refused_total = UINT64_MAX / 4,
		.has_refusal = true,
		.refused_why = CGN_REFUSAL_SUBSCRIBERS_FULL,
		.refused_ago_s = UINT32_MAX };
	struct cgn_subscriber_info subscribers[CGN_TELEMETRY_ROWS_SUBSCRIBERS];
	struct cgn_mapping_info m = { .in = { .addr = IP(100, 100, 100, 100),
						      .port = UINT16_MAX,
						      .proto = CGN_PROTO_TCP },
		.ext = { .addr = IP(198, 198, 198, 198),
				.port = UINT16_MAX,
				.proto = CGN_PROTO_TCP },
		.rem_addr = IP(203, 203, 203, 203),
		.rem_port = UINT16_MAX,
		.realm = 1,
		.sessions = UINT32_MAX,
		.expires_s = UINT32_MAX - 1,
		.tcp_state = CGN_TCP_ESTABLISHED };
	struct cgn_mapping_info rows[CGN_TELEMETRY_ROWS_MAPPINGS];
	struct rte_tel_data *d;
	json_t *answer;

	begin("");
	conf = *cgn_control_conf(pf.control);
	conf.groups = &group;
	conf.n_groups = 1;
	memset(&s.addr.ip6, 0xff, sizeof(s.addr.ip6));
	memset(&s.b4, 0xff, sizeof(s.b4));
	memset(&m.b4, 0xff, sizeof(m.b4));
	for (size_t i = 0; i < RTE_DIM(subscribers); i++)
		subscribers[i] = s;
	for (size_t i = 0; i < RTE_DIM(rows); i++)
		rows[i] = m;

	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_mappings(
					d, rows, RTE_DIM(rows), "63:18446744073709551615"),
			0);
	answer = tel_json(d);
	CU_ASSERT_TRUE(tel_size("/cgn/mappings", answer) < TEL_ANSWER_MAX);
	json_decref(answer);

	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_subscribers(d, subscribers, RTE_DIM(subscribers),
					"63:18446744073709551615", &conf),
			0);
	answer = tel_json(d);
	CU_ASSERT_TRUE(tel_size("/cgn/subscribers", answer) < TEL_ANSWER_MAX);
	json_decref(answer);

	/* As many workers as there may be, after years at full rate. */
	many.n_workers = CGN_WORKERS_MAX;
	for (unsigned int i = 0; i < CGN_LATENCY_COUNT; i++) {
		set(&full.latency[i].cycles, UINT64_MAX / 4);
		for (unsigned int b = 0; b < CGN_LATENCY_BUCKETS; b++)
			set(&full.latency[i].n[b], UINT64_MAX / 4 / CGN_LATENCY_BUCKETS);
	}
	for (unsigned int i = 0; i < CGN_PORTS_MAX; i++)
		set(&full.port[i].rx_pkts, UINT64_MAX / 4 / CGN_PORTS_MAX);
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		many.workers[w] = (struct cgn_plane_worker){ .stats = &full, .lcore = 127 };
	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_workers(d, &many, NULL), 0);
	answer = tel_json(d);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), CGN_WORKERS_MAX);
	CU_ASSERT_TRUE(tel_size("/cgn/workers", answer) < TEL_ANSWER_MAX);
	json_decref(answer);
	for (unsigned int first = 0, pages = 0; first < CGN_WORKERS_MAX * CGN_LATENCY_COUNT;) {
		const json_t *next;

		d = tel_new();
		CU_ASSERT_EQUAL(cgn_telemetry_rows_latency(
						d, &many, first, CGN_TELEMETRY_ROWS_LATENCIES),
				0);
		answer = tel_json(d);
		CU_ASSERT_TRUE(tel_size("/cgn/latency", answer) < TEL_ANSWER_MAX);
		first += (unsigned int)json_object_size(json_object_get(answer, "rows"));
		next = json_object_get(answer, "next");
		CU_ASSERT_EQUAL(next == NULL, first == CGN_WORKERS_MAX * CGN_LATENCY_COUNT);
		CU_ASSERT_TRUE(next == NULL || strtoul(json_string_value(next), NULL, 10) == first);
		json_decref(answer);
		CU_ASSERT_TRUE_FATAL(++pages < 10);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_verdict_is_the_sum_of_the_workers_asked_for),
	CU_TEST_ROW(every_counter_and_gauge_is_the_sum_of_the_workers_asked_for),
	CU_TEST_ROW(every_counter_of_the_control_thread_has_its_own_name),
	CU_TEST_ROW(every_counter_of_port_mapping_has_its_own_name),
	CU_TEST_ROW(every_port_shows_its_own_traffic_and_device),
	CU_TEST_ROW(every_worker_shows_what_it_holds),
	CU_TEST_ROW(every_latency_is_of_its_own_worker_and_kind),
	CU_TEST_ROW(every_field_of_a_mapping_is_shown),
	CU_TEST_ROW(every_field_of_a_subscriber_is_shown),
	CU_TEST_ROW(every_state_of_an_external_port_is_told_apart),
	CU_TEST_ROW(longest_pages_are_sent_whole),
};

int
main(void)
{
	eal_start();
	return cu_main("teldata", tests, RTE_DIM(tests));
}
