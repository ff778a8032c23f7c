/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each row of the lists of counters reaches the metrics, with its name, type and help text, and with the right value
 * for each worker, pool, group and port. And the whole way through HTTP.
 */
#include "controlplane/metrics/metrics.h"
#include "controlplane/metrics/metrics_control.h"
#include "controlplane/metrics/metrics_workers.h"
#include "shared/counter_help.h"
#include "tests/support/conftext.h"
#include "tests/support/httpask.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include <rte_ethdev.h>

#define HOME                                                                                       \
	"ports:\n"                                                                                 \
	"  - {name: in0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n"          \
	"  - {name: out0, device: net_null1, side: outside, addresses: [100.64.0.2/10, "           \
	"\"2001:db8::2/64\"]}\n"                                                                   \
	"routes: [{prefix: 0.0.0.0/0, via: 100.64.0.1}, {prefix: 10.0.0.0/8, via: 192.168.1.9}]\n" \
	"neighbours: [{address: 192.168.1.9, mac: \"02:00:00:00:00:09\"}]\n"                       \
	"store: {path: \"\"}\n"
#define NAT                                             \
	"pools: [{name: p, addresses: [100.64.0.2]}]\n" \
	"groups: [{name: g, prefixes: [192.168.1.0/24], pool: p}]\n"
#define NATS                                                                               \
	"pools: [{name: p, addresses: [100.64.0.2]}, {name: q, addresses: [192.0.2.1]}]\n" \
	"groups: [{name: g, prefixes: [192.168.1.0/24], pool: p},"                         \
	" {name: h, prefixes: [10.0.0.0/8], pool: q}]\n"
#define RELAY "natpmp: {role: relay, upstream: 100.64.0.1}\n"
#define B4                                             \
	"natpmp: {role: relay, upstream: 192.0.0.1}\n" \
	"softwire: {role: b4, local: \"2001:db8::2\", remote: \"2001:db8:f::1\"}\n"

#define PROXY                                                                          \
	"natpmp: {role: relay, upstream: \"2001:db8:f::1\", upstream_protocol: pcp}\n" \
	"softwire: {role: b4, local: \"2001:db8::2\", remote: \"2001:db8:f::1\"}\n"

#define HZ       UINT64_C(1000000000)    /* cycles per second: a cycle is a nanosecond */
#define AHEAD_MS UINT64_C(1000000000000) /* no wait by the real clock ends before this */
#define START_MS INT64_C(1732887221304)

static char *text; /* with a NUL */
static bool are_devices_silent;

/* In place of that of DPDK, for this program. */
int
rte_eth_stats_get(uint16_t port, struct rte_eth_stats *stats)
{
	(void)port;
	if (are_devices_silent)
		return -ENODEV;
	*stats = (struct rte_eth_stats){ .imissed = 7, .rx_nombuf = 8 };
	return 0;
}

/* Make the text without HTTP. */
static void
make(void)
{
	struct cgn_openmetrics om;
	size_t len;

	free(text);
	cgn_openmetrics_begin(&om, START_MS);
	cgn_metrics_control_write(&om, pf.control);
	cgn_metrics_workers_write(&om, &pf.planes, HZ);
	CU_ASSERT_EQUAL_FATAL(cgn_openmetrics_end(&om, &text, &len), 0);
	text = realloc(text, len + 1);
	text[len] = '\0';
}

/* Whether the text has a line. */
__attribute__((format(printf, 1, 2))) static bool
has(const char *fmt, ...)
{
	char line[1024] = "\n";
	va_list ap;
	bool is_there;
	size_t n;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(line + 1, sizeof(line) - 2, fmt, ap);
	va_end(ap);
	memcpy(line + 1 + n, "\n", 2);
	is_there = strstr(text, line) != NULL || strncmp(text, line + 1, n + 1) == 0;
	if (!is_there)
		printf("\nno line%s", line);
	return is_there;
}

/* The first part of the name of a family, by the group of its counter. */
static const char *
room_of(const struct cgn_counter_help *row)
{
	if (strcmp(row->name, "mbufs_free") == 0)
		return "process";
	return strcmp(row->group, "counters") == 0 || strcmp(row->group, "gauges") == 0
			? "worker"
			: row->group;
}

/* Whether a text of some configuration has the head of a family. */
static bool
has_family(const char *name, const char *help)
{
	char line[1024];
	const char *at;

	snprintf(line, sizeof(line), "# HELP %s %s\n", name, help);
	at = strstr(text, line);
	snprintf(line, sizeof(line), "# TYPE %s ", name);
	return at != NULL && strstr(text, line) != NULL;
}

/* G-CNT-1, G-CNT-2, G-CNT-3: one list serves cgnctl, telemetry and metrics. */
static void
each_row_of_the_lists_is_a_family(void)
{
	/* Between them these have all that cgnd counts. */
	static const char *const configurations[] = { HOME NAT, HOME NAT RELAY, HOME B4,
		HOME PROXY };
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	bool *found = calloc(n, sizeof(*found));

	for (size_t c = 0; c < RTE_DIM(configurations); c++) {
		pf_begin(configurations[c], "");
		make();
		pf_end();
		for (size_t i = 0; i < n; i++) {
			char name[128];

			snprintf(name, sizeof(name), "cgnd_%s_%s", room_of(&rows[i]), rows[i].name);
			found[i] |= has_family(name, rows[i].help);
		}
	}
	for (size_t i = 0; i < n; i++) {
		enum cgn_verdict v;

		for (v = 0; v < CGN_V_COUNT; v++) {
			if (strcmp(rows[i].group, cgn_verdict_class_name(cgn_verdict_class(v))) ==
							0 &&
					strcmp(rows[i].name, cgn_verdict_name(v)) == 0)
				found[i] = has("cgnd_verdict_info{class=\"%s\",verdict=\"%s\",meaning=\"%s\"} 1",
						rows[i].group, rows[i].name, rows[i].help);
		}
		CU_ASSERT_TRUE(found[i]);
		if (!found[i])
			printf("\n%s %s is not in the metrics\n", rows[i].group, rows[i].name);
	}
	free(found);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No line twice: neither a family nor the labels of a value. And the lines of a family stand together. */
static void
no_line_is_there_twice(void)
{
	static char *lines[100000];
	size_t n = 0;

	pf_begin(HOME NATS, "");
	make();
	pf_end();
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *value = strrchr(line, ' ');

		if (line[0] != '#')
			*value = '\0';
		CU_ASSERT_TRUE_FATAL(n < RTE_DIM(lines));
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), compare);
	for (size_t i = 1; i < n; i++) {
		CU_ASSERT_STRING_NOT_EQUAL(lines[i - 1], lines[i]);
		if (strcmp(lines[i - 1], lines[i]) == 0)
			printf("\ntwice: %s\n", lines[i]);
	}
	CU_ASSERT_TRUE(n > 500);
}

/* G-CNT-1: since when they count. */
static void
workers_have_values_of_their_own(void)
{
	pf_begin(HOME NAT, "");
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		pf.stats[w].verdict[CGN_V_TTL] = 10 + w;
		pf.stats[w].counter[CGN_C_MAPPINGS_MADE_TCP] = (UINT64_C(1) << 40) + w;
		pf.stats[w].gauge[CGN_G_MAPPINGS_UDP] = 30 + w;
		pf.stats[w].turns = 40 + w;
	}
	make();
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		CU_ASSERT_TRUE(has(
				"cgnd_packets_total{worker=\"%u\",class=\"dropped\",verdict=\"ttl\"} %u",
				w, 10 + w));
		CU_ASSERT_TRUE(has(
				"cgnd_packets_created{worker=\"%u\",class=\"dropped\",verdict=\"ttl\"} 1732887221.304",
				w));
		CU_ASSERT_TRUE(has("cgnd_worker_mappings_made_tcp_total{worker=\"%u\"} %lu", w,
				(1UL << 40) + w));
		CU_ASSERT_TRUE(has("cgnd_worker_mappings_udp{worker=\"%u\"} %u", w, 30 + w));
		CU_ASSERT_TRUE(has("cgnd_worker_turns_total{worker=\"%u\"} %u", w, 40 + w));
	}
	CU_ASSERT_TRUE(has("# UNIT cgnd_packets packets"));
	CU_ASSERT_PTR_NULL(strstr(text, "worker=\"2\""));
	pf_end();
}

/* A count stands in the bucket of its upper bound and in all above. Never in a lower one. */
static void
latencies_are_cumulative(void)
{
	struct cgn_latency *l = &pf.stats[1].latency[CGN_LATENCY_LOOP];

	pf_begin(HOME NAT, "");
	cgn_latency_note(l, 900);        /* its bucket ends at 1024 ns: above a microsecond */
	cgn_latency_note(l, 700);        /* ends at 768 ns */
	cgn_latency_note(l, 90000);      /* 98304 ns */
	cgn_latency_note(l, 3000000000); /* above the last bound */
	cgn_latency_note(l, UINT64_C(1) << 60); /* in the last bucket, which has no bound */
	l->cycles = 2500000000;
	make();
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"1e-06\"} 1"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"2e-06\"} 2"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"5e-05\"} 2"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"0.0001\"} 3"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"1.0\"} 3"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"1\",le=\"+Inf\"} 5"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_count{worker=\"1\"} 5"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_sum{worker=\"1\"} 2.5"));
	CU_ASSERT_TRUE(has("cgnd_worker_loop_seconds_bucket{worker=\"0\",le=\"+Inf\"} 0"));
	CU_ASSERT_TRUE(has("cgnd_worker_burst_seconds_count{worker=\"1\"} 0"));
	CU_ASSERT_TRUE(has("# UNIT cgnd_worker_burst_seconds seconds"));
	pf_end();
}

/* G-CNT-1, G-CNT-2: for each pool and group, the sum of the workers. */
static void
pools_and_groups_are_sums_of_the_workers(void)
{
	pf_begin(HOME NATS, "");
	for (unsigned int w = 0; w < PF_WORKERS; w++) {
		pf.stats[w].pool[1].blocks_used = 100 + w;
		pf.stats[w].pool[1].port_failures = UINT64_C(1) << 33;
		pf.stats[w].pool[0].ports_used[CGN_PROTO_TCP] = 7;
		pf.stats[w].group[1].subscribers = 50 + w;
		pf.stats[w].group[0].refused = 5;
	}
	make();
	CU_ASSERT_TRUE(has("cgnd_pool_blocks_used{pool=\"q\"} 201"));
	CU_ASSERT_TRUE(has("cgnd_pool_blocks_used{pool=\"p\"} 0"));
	CU_ASSERT_TRUE(has("cgnd_pool_port_failures_total{pool=\"q\"} %lu", 1UL << 34));
	CU_ASSERT_TRUE(has("cgnd_pool_tcp_ports_used{pool=\"p\"} 14"));
	CU_ASSERT_TRUE(has("cgnd_group_subscribers{group=\"h\"} 101"));
	CU_ASSERT_TRUE(has("cgnd_group_refused_total{group=\"g\"} 10"));
	CU_ASSERT_TRUE(has("# TYPE cgnd_group_leases gauge"));
	pf_end();
}

/* A device that does not tell its counters has no samples. 0 would be wrong. */
static void
counters_of_devices_are_shown_if_they_are_known(void)
{
	pf_begin(HOME NAT, "");
	make();
	CU_ASSERT_TRUE(has("cgnd_port_rx_missed_packets_total{port=\"in0\",side=\"inside\"} 7"));
	CU_ASSERT_TRUE(has("cgnd_port_rx_no_buffer_packets_total{port=\"in0\",side=\"inside\"} 8"));
	are_devices_silent = true;
	make();
	are_devices_silent = false;
	CU_ASSERT_PTR_NULL(strstr(text, "cgnd_port_rx_missed_packets_total{"));
	CU_ASSERT_PTR_NULL(strstr(text, "cgnd_port_rx_no_buffer_packets_total{"));
	CU_ASSERT_TRUE(has("cgnd_port_rx_packets_total{port=\"in0\",side=\"inside\"} 0"));
	pf_end();
}

static void
ports_are_sums_of_the_workers(void)
{
	pf_begin(HOME NAT, "");
	for (unsigned int w = 0; w < PF_WORKERS; w++)
		pf.stats[w].port[1] = (struct cgn_port_stats){ 1 + w, 20 + w, 300 + w, 4000 + w };
	make();
	CU_ASSERT_TRUE(has("cgnd_port_rx_packets_total{port=\"out0\",side=\"outside\"} 3"));
	CU_ASSERT_TRUE(has("cgnd_port_rx_bytes_total{port=\"out0\",side=\"outside\"} 41"));
	CU_ASSERT_TRUE(has("cgnd_port_tx_packets_total{port=\"out0\",side=\"outside\"} 601"));
	CU_ASSERT_TRUE(has("cgnd_port_tx_bytes_total{port=\"out0\",side=\"outside\"} 8001"));
	CU_ASSERT_TRUE(has("cgnd_port_rx_bytes_total{port=\"in0\",side=\"inside\"} 0"));
	CU_ASSERT_TRUE(has("cgnd_port_receiving{port=\"in0\",side=\"inside\"} 1"));
	pf_end();
}

static void
next_hops_are_known_or_not(void)
{
	pf_begin(HOME NAT, "");
	make();
	CU_ASSERT_TRUE(has(
			"cgnd_route_next_hop_known{prefix=\"0.0.0.0/0\",via=\"100.64.0.1\",port=\"out0\"} 0"));
	CU_ASSERT_TRUE(has(
			"cgnd_route_next_hop_known{prefix=\"10.0.0.0/8\",via=\"192.168.1.9\",port=\"in0\"} 1"));
	pf_end();
}

/* --- by HTTP ----------------------------------------------------------------------------------- */

struct client {
	struct cgn_conf_listen at;
	char *answer;
	atomic_bool is_done;
};

static void *
ask(void *client)
{
	struct client *c = client;

	c->answer = httpask(&c->at, HTTPASK_GET("/metrics"));
	c->is_done = true;
	return NULL;
}

/* Ask while the control thread turns, or does not. The text is in `text` then. */
static void
ask_while(struct client *c, bool is_turning)
{
	pthread_t thread;

	c->is_done = false;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ask, c), 0);
	while (!c->is_done) {
		if (is_turning)
			pf_turn();
		usleep(1000);
	}
	pthread_join(thread, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->answer);
	CU_ASSERT_PTR_NOT_NULL(strstr(c->answer, "HTTP/1.1 200 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(c->answer,
			"Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
	free(text);
	text = strdup(httpask_body(c->answer));
	free(c->answer);
}

static struct cgn_metrics *
serve(struct client *c)
{
	struct cgn_metrics_cfg cfg = { .control = pf.control, .version = "1.2.3" };
	struct cgn_metrics *m = NULL;

	for (int i = 0; i < 20 && m == NULL; i++) {
		cfg.listen = c->at = httpask_free_port();
		(void)cgn_metrics_start(&m, &cfg);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return m;
}

static bool
is_whole(void)
{
	size_t len = strlen(text);

	return len > 6 && strcmp(text + len - 6, "# EOF\n") == 0;
}

static void
whole_text_comes_by_http(void)
{
	struct client c;
	struct cgn_metrics *m;

	pf_begin(HOME NAT, "");
	pf.now_ms += AHEAD_MS;
	pf_work();
	m = serve(&c);
	pf.stats[0].turns = 77;
	ask_while(&c, true);
	CU_ASSERT_TRUE(is_whole());
	CU_ASSERT_TRUE(has("cgnd_build_info{version=\"1.2.3\"} 1"));
	CU_ASSERT_TRUE(has("cgnd_start_time_seconds %ld",
			(long)(cgn_control_since_ms(pf.control) / 1000)));
	CU_ASSERT_TRUE(has("cgnd_control_answers 1"));
	CU_ASSERT_TRUE(has("cgnd_worker_turns_total{worker=\"0\"} 77"));
	CU_ASSERT_TRUE(has("cgnd_pool_addresses{pool=\"p\"} 0"));
	CU_ASSERT_TRUE(has("cgnd_pool_pairings_created{pool=\"p\"} %ld.%03ld",
			(long)(cgn_control_since_ms(pf.control) / 1000),
			(long)(cgn_control_since_ms(pf.control) % 1000)));
	/* All who ask within a second get the same text: many clients cost no more than one. */
	pf.stats[0].turns = 78;
	pf.now_ms += 999;
	ask_while(&c, true);
	CU_ASSERT_TRUE(has("cgnd_worker_turns_total{worker=\"0\"} 77"));
	pf.now_ms += 1;
	ask_while(&c, true);
	CU_ASSERT_TRUE(has("cgnd_worker_turns_total{worker=\"0\"} 78"));
	cgn_metrics_stop(m);
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

/* The clock is set back, so that the deadline is over at once. */
static void
workers_are_shown_without_the_control_thread(void)
{
	struct client c;
	struct cgn_metrics *m;
	uint64_t now_ms;

	pf_begin(HOME NAT, "");
	now_ms = pf.now_ms;
	m = serve(&c);
	pf.stats[1].turns = 9;
	pf.now_ms = 0;
	ask_while(&c, false);
	pf.now_ms = now_ms;
	CU_ASSERT_TRUE(is_whole());
	CU_ASSERT_TRUE(has("cgnd_control_answers 0"));
	CU_ASSERT_TRUE(has("cgnd_worker_turns_total{worker=\"1\"} 9"));
	CU_ASSERT_PTR_NULL(strstr(text, "cgnd_pool_"));
	cgn_metrics_stop(m);
	pf_end();
}

static void
a_taken_port_ends_the_start(void)
{
	struct cgn_metrics *m, *second = NULL;
	struct client c;
	struct cgn_metrics_cfg cfg = { .version = "1" };

	pf_begin(HOME NAT, "");
	m = serve(&c);
	cfg.control = pf.control;
	cfg.listen = c.at;
	CU_ASSERT_EQUAL(cgn_metrics_start(&second, &cfg), -EADDRINUSE);
	CU_ASSERT_PTR_NULL(second);
	cgn_metrics_stop(m);
	cgn_metrics_stop(NULL);
	pf_end();
}

/* Whether somebody listens at an address. */
static bool
is_served(const struct cgn_conf_listen *at)
{
	int fd = httpask_connect(at);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Prepare for an address that is free. */
static void
prepare_another(struct cgn_metrics *m, struct client *c)
{
	int ret = -1;

	for (int i = 0; i < 20 && ret < 0; i++) {
		c->at = httpask_free_port();
		ret = cgn_metrics_prepare(m, &c->at);
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
}

/* REQ: N-LIVE-62: the server moves, ends and begins again. What cannot be used leaves it where it is. */
static void
server_moves(void)
{
	const struct cgn_conf_listen none = { .port = 0 };
	struct client first, other;
	struct cgn_metrics *m, *second;

	pf_begin(HOME NAT, "");
	m = serve(&first);
	second = serve(&other);
	CU_ASSERT_EQUAL(cgn_metrics_prepare(m, &first.at), 0);
	cgn_metrics_commit(m, &first.at);
	CU_ASSERT_EQUAL(cgn_metrics_prepare(m, &other.at), -EADDRINUSE);
	ask_while(&first, true);
	cgn_metrics_stop(second);
	prepare_another(m, &other);
	cgn_metrics_abandon(m);
	CU_ASSERT_FALSE(is_served(&other.at));
	ask_while(&first, true);
	prepare_another(m, &other);
	cgn_metrics_commit(m, &other.at);
	ask_while(&other, true);
	CU_ASSERT_TRUE(is_whole());
	CU_ASSERT_FALSE(is_served(&first.at));
	CU_ASSERT_EQUAL(cgn_metrics_prepare(m, &none), 0);
	CU_ASSERT_TRUE(is_served(&other.at));
	cgn_metrics_commit(m, &none);
	CU_ASSERT_FALSE(is_served(&other.at));
	prepare_another(m, &first);
	cgn_metrics_commit(m, &first.at);
	ask_while(&first, true);
	CU_ASSERT_TRUE(is_whole());
	cgn_metrics_stop(m);
	pf_end();
}

/* REQ: N-LIVE-62: somebody waits for a text while the server moves: he is not waited for. */
static void
server_moves_while_somebody_waits(void)
{
	const struct cgn_conf_listen none = { .port = 0 };
	struct cgn_metrics *m;
	pthread_t thread;
	struct client c;

	pf_begin(HOME NAT, "");
	m = serve(&c);
	c.is_done = false;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ask, &c), 0);
	usleep(20000);
	CU_ASSERT_EQUAL(cgn_metrics_prepare(m, &none), 0);
	cgn_metrics_commit(m, &none);
	pthread_join(thread, NULL);
	free(c.answer);
	cgn_metrics_stop(m);
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_row_of_the_lists_is_a_family),
	CU_TEST_ROW(no_line_is_there_twice),
	CU_TEST_ROW(workers_have_values_of_their_own),
	CU_TEST_ROW(latencies_are_cumulative),
	CU_TEST_ROW(pools_and_groups_are_sums_of_the_workers),
	CU_TEST_ROW(counters_of_devices_are_shown_if_they_are_known),
	CU_TEST_ROW(ports_are_sums_of_the_workers),
	CU_TEST_ROW(next_hops_are_known_or_not),
	CU_TEST_ROW(whole_text_comes_by_http),
	CU_TEST_ROW(workers_are_shown_without_the_control_thread),
	CU_TEST_ROW(a_taken_port_ends_the_start),
	CU_TEST_ROW(server_moves),
	CU_TEST_ROW(server_moves_while_somebody_waits),
};

int
main(void)
{
	int ret;

	eal_start();
	ret = cu_main("metrics", tests, RTE_DIM(tests));
	free(text);
	return ret;
}
