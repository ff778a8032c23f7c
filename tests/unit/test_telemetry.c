/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The paths of telemetry: what they take, what they refuse, and the pages of long answers.
 */
#include "controlplane/conf/conf_show.h"
#include "controlplane/telemetry/telemetry.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <errno.h>
#include <stdlib.h>

#define TEXT                                                  \
	"workers: 2\n" CONFTEXT_PORTS "store: {path: \"\"}\n" \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p0}]\n"

#define POOLS          90
#define WATCH_MS       125000
#define AHEAD_MS       UINT64_C(1000000000000) /* no wait by the real clock ends before this */
#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static unsigned int n_rows[PF_WORKERS]; /* of each worker's tables */
static struct cgn_cmd_read last_read;
static unsigned int who_worker; /* which has the external address; PF_WORKERS: nobody */

/* A table of a worker: row i has port or address i. Slices of seven, so that pages have many. */
static int
read_table(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	const struct cgn_cmd_read *r = &cmd->u.read;
	uint32_t n = 0;
	uint64_t i;

	last_read = *r;
	for (i = r->cursor; i < n_rows[w] && n < r->max && n < 7; i++, n++) {
		if (cmd->op == CGN_CMD_READ_MAPPINGS)
			((struct cgn_mapping_info *)r->out)[n] = (struct cgn_mapping_info){
				.in = { .addr = IP(100, 64, 0, 9),
						.port = rte_cpu_to_be_16(
								(uint16_t)(1000 * w + i)) },
			};
		else
			((struct cgn_subscriber_info *)r->out)[n] = (struct cgn_subscriber_info){
				.addr.ip4 = rte_cpu_to_be_32((uint32_t)(0x64400000 + 1000 * w + i)),
				.prefix_len = 32,
				.worker = (uint16_t)w,
			};
	}
	evt->u.read = (struct cgn_evt_read){ .cursor = i, .n = n, .done = i >= n_rows[w] };
	return 0;
}

static int
carry_out(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	if (cmd->op == CGN_CMD_READ_MAPPINGS || cmd->op == CGN_CMD_READ_SUBSCRIBERS)
		return read_table(w, cmd, evt);
	last_read = cmd->u.read;
	if (w != who_worker)
		return -EXDEV;
	*(struct cgn_who_info *)cmd->u.read.out = (struct cgn_who_info){ .is_pool_addr = true,
		.is_held = true };
	return 0;
}

static void
begin_with(const char *text, const char *more)
{
	pf_begin(text, more);
	pf.read = carry_out;
	pf_pass(WATCH_MS, 1000); /* what follows a start has an end */
	pf.now_ms += AHEAD_MS;
	pf_work();
	tel_n_wrong = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_telemetry_start(pf.control, "1.2.3"), 0);
}

static void
begin(void)
{
	static char pools[POOLS * 60];
	size_t n = 0;

	n += (size_t)snprintf(pools, sizeof(pools), "pools:\n");
	for (unsigned int i = 0; i < POOLS; i++)
		n += (size_t)snprintf(pools + n, sizeof(pools) - n,
				"  - {name: p%u, addresses: [192.0.%u.2-192.0.%u.5]}\n", i, 3 + i,
				3 + i);
	begin_with(TEXT, pools);
}

static void
end(void)
{
	cgn_telemetry_stop();
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf.read = NULL;
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

static const char *
error_of(const json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "error"));

	return why == NULL ? "" : why;
}

static const char *
state_of(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));

	return state == NULL ? "" : state;
}

/* All pages of a path. @param[out] rows  in their order; released with it @return how many pages */
static unsigned int
all_pages(const char *path, const char *params, json_t **rows)
{
	char question[200];
	char cursor[64] = "";
	unsigned int n = 0;
	bool has_more = true;

	*rows = json_array();
	while (has_more) {
		json_t *answer, *page, *row;
		const char *key, *next;
		unsigned int i = 0;

		snprintf(question, sizeof(question), "%s%s%s%s", params,
				params[0] != '\0' && cursor[0] != '\0' ? "," : "",
				cursor[0] != '\0' ? "cursor=" : "", cursor);
		answer = tel_ask(path, question[0] == '\0' ? NULL : question);
		CU_ASSERT_STRING_EQUAL_FATAL(error_of(answer), "");
		CU_ASSERT_TRUE(tel_size(path, answer) < TEL_ANSWER_MAX);
		page = json_object_get(answer, "rows");
		CU_ASSERT_PTR_NOT_NULL_FATAL(page);
		json_object_foreach(page, key, row)
		{
			CU_ASSERT_EQUAL(strtoul(key, NULL, 10), i++);
			json_array_append(*rows, row);
		}
		next = json_string_value(json_object_get(answer, "next"));
		has_more = next != NULL;
		snprintf(cursor, sizeof(cursor), "%s", has_more ? next : "");
		json_decref(answer);
		CU_ASSERT_TRUE_FATAL(++n < 50);
	}
	return n;
}

static const unsigned int sizes[][PF_WORKERS] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 40, 40 },
	{ 63, 1 }, { 64, 64 }, { 65, 0 }, { 150, 230 } };

/* Each row of each worker once, in order, whatever the sizes of tables, slices and pages. */
static void
pages_have_each_row_of_each_worker_once(void)
{
	static const char *const paths[] = { "/cgn/mappings", "/cgn/subscribers" };

	begin();
	for (size_t p = 0; p < RTE_DIM(paths); p++) {
		for (size_t s = 0; s < RTE_DIM(sizes); s++) {
			size_t i = 0;
			json_t *rows;

			memcpy(n_rows, sizes[s], sizeof(n_rows));
			all_pages(paths[p], "", &rows);
			CU_ASSERT_EQUAL(json_array_size(rows), sizes[s][0] + sizes[s][1]);
			for (unsigned int w = 0; w < PF_WORKERS; w++) {
				for (unsigned int k = 0; k < sizes[s][w]; k++) {
					const json_t *row = json_array_get(rows, i++);
					char want[64];

					if (p == 0)
						snprintf(want, sizeof(want), "100.64.0.9:%u",
								1000 * w + k);
					else
						snprintf(want, sizeof(want), "100.64.%u.%u",
								(1000 * w + k) / 256,
								(1000 * w + k) % 256);
					CU_ASSERT_STRING_EQUAL(
							json_string_value(json_object_get(row,
									p == 0 ? "in"
									       : "subscriber")),
							want);
				}
			}
			json_decref(rows);
		}
	}
	end();
}

/* The worker is told whom the rows are to be of, on every page. */
static void
filter_reaches_the_workers_on_every_page(void)
{
	static const struct cgn_ip6 home = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 7 } };
	static const struct cgn_ip6 none;
	static const struct {
		const char *params;
		bool has_filter;
		rte_be32_t addr;
		const struct cgn_ip6 *b4;
	} cases[] = {
		{ "", false, 0, &none },
		{ "subscriber=100.64.0.9", true, IP(100, 64, 0, 9), &none },
		{ "100.64.0.10", true, IP(100, 64, 0, 10), &none },
		{ "100.64.0.11/32", true, IP(100, 64, 0, 11), &none },
		{ "100.64.0.0/24", false, 0, &none },
		{ "subscriber=2001:db8::7", true, 0, &home },
		{ "2001:db8::/56", false, 0, &none },
	};

	begin();
	n_rows[0] = 70;
	n_rows[1] = 90;
	for (unsigned int p = 0; p < 2; p++) {
		for (size_t i = 0; i < RTE_DIM(cases); i++) {
			json_t *rows;

			memset(&last_read, 0xff, sizeof(last_read));
			CU_ASSERT_TRUE(all_pages(p == 0 ? "/cgn/mappings" : "/cgn/subscribers",
						       cases[i].params, &rows) > 2);
			CU_ASSERT_EQUAL(last_read.has_filter, cases[i].has_filter);
			CU_ASSERT_EQUAL(last_read.ep.addr, cases[i].addr);
			CU_ASSERT_EQUAL(memcmp(&last_read.b4, cases[i].b4, sizeof(none)), 0);
			json_decref(rows);
		}
	}
	end();
}

/* Every field another number, by worker and pool. */
static void
fill_pool(unsigned int w, unsigned int pool)
{
	uint64_t k = pool + 1000 * (w + 1);

	pf.stats[w].pool[pool] = (struct cgn_pool_stats){
		.addresses = k,
		.blocks = 10000 + k,
		.blocks_used = 20000 + k,
		.ports_used = { 30000 + k, 40000 + k, 50000 + k },
		.ports_held = 60000 + k,
		.subscribers = 70000 + k,
		.addresses_used = 80000 + k,
		.pairings = 90000 + k,
		.mappings_made = 100000 + k,
		.address_failures = 110000 + k,
		.port_failures = 120000 + k,
		.blocks_guarded = 130000 + k,
		.guard_cut = 140000 + k,
		.addresses_closed = 150000 + k,
	};
}

/* Pools in pages, by their names, each the sum of both workers. */
static void
every_pool_is_the_sum_of_the_workers(void)
{
	static const struct {
		const char *name;
		uint32_t base;
	} fields[] = { { "addresses", 0 }, { "blocks", 10000 }, { "blocks_used", 20000 },
		{ "udp_ports_used", 30000 }, { "tcp_ports_used", 40000 },
		{ "icmp_ids_used", 50000 }, { "ports_held", 60000 }, { "subscribers", 70000 },
		{ "addresses_used", 80000 }, { "pairings", 90000 }, { "mappings_made", 100000 },
		{ "address_failures", 110000 }, { "port_failures", 120000 },
		{ "blocks_guarded", 130000 }, { "guard_cut", 140000 },
		{ "addresses_closed", 150000 } };
	json_t *rows, *answer;

	begin();
	for (unsigned int i = 0; i < POOLS; i++) {
		fill_pool(0, i);
		fill_pool(1, i);
	}
	CU_ASSERT_EQUAL(all_pages("/cgn/pools", "", &rows), 4);
	CU_ASSERT_EQUAL(json_array_size(rows), POOLS);
	for (unsigned int i = 0; i < POOLS; i++) {
		const json_t *row = json_array_get(rows, i);
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "pool")), name);
		CU_ASSERT_EQUAL(json_object_size(row), 3 + RTE_DIM(fields));
		for (size_t f = 0; f < RTE_DIM(fields); f++)
			CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, fields[f].name)),
					2 * (fields[f].base + i) + 3000);
	}
	json_decref(rows);
	answer = tel_ask("/cgn/pools", "cursor=90");
	CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), 0);
	CU_ASSERT_PTR_NULL(json_object_get(answer, "next"));
	json_decref(answer);
	/* The control thread would ask about closed addresses in the next tests. */
	memset(pf.stats, 0, sizeof(pf.stats));
	end();
}

/* Asked of one worker after the other until one has the address. */
static void
external_port_is_asked_of_the_worker_that_has_it(void)
{
	static const uint8_t protos[] = { CGN_PROTO_UDP, CGN_PROTO_TCP, CGN_PROTO_ICMP };
	static const char *const names[] = { "udp", "tcp", "icmp" };

	begin();
	for (unsigned int w = 0; w <= PF_WORKERS; w++) {
		for (size_t i = 0; i < RTE_DIM(protos); i++) {
			char params[64];
			json_t *answer;

			who_worker = w;
			snprintf(params, sizeof(params), "192.0.3.2:1024/%s", names[i]);
			answer = tel_ask("/cgn/who", params);
			CU_ASSERT_STRING_EQUAL(state_of(answer), w < PF_WORKERS ? "hold_down" : "");
			CU_ASSERT_STRING_EQUAL(
					error_of(answer), w < PF_WORKERS ? "" : "no such thing");
			CU_ASSERT_EQUAL(last_read.ep.addr, IP(192, 0, 3, 2));
			CU_ASSERT_EQUAL(last_read.ep.port, RTE_BE16(1024));
			CU_ASSERT_EQUAL(last_read.ep.proto, protos[i]);
			json_decref(answer);
		}
	}
	end();
}

/* What is missing, wrong, too much or too long is refused, and nobody is asked. */
static void
wrong_parameters_are_refused(void)
{
	static const struct {
		const char *path, *params;
	} cases[] = {
		{ "/cgn/verdicts", "worker=2" },
		{ "/cgn/verdicts", "worker=x" },
		{ "/cgn/verdicts", "worker=-1" },
		{ "/cgn/verdicts", "worker=" },
		{ "/cgn/verdicts", "2" },
		{ "/cgn/verdicts", "0,1" },
		{ "/cgn/verdicts", "0,worker=1" },
		{ "/cgn/verdicts", "cursor=0" },
		{ "/cgn/counters", "worker=2" },
		{ "/cgn/counters", "worker=4294967296" },
		{ "/cgn/counters", "subscriber=100.64.0.9" },
		{ "/cgn/mappings", "cursor=1" },
		{ "/cgn/mappings", "cursor=x" },
		{ "/cgn/mappings", "cursor=0:x" },
		{ "/cgn/mappings", "cursor=0:1:2" },
		{ "/cgn/mappings", "cursor=2:0" },
		{ "/cgn/mappings", "cursor=" },
		{ "/cgn/mappings", "cursor=0:0,cursor=1:0" },
		{ "/cgn/mappings", "subscriber=100.64.0.9,100.64.0.10" },
		{ "/cgn/mappings", "worker=0" },
		{ "/cgn/subscribers", "100.64.0.9,cursor=7" },
		{ "/cgn/leases", "cursor=x" },
		{ "/cgn/leases", "100.64.0.9,100.64.0.10" },
		{ "/cgn/leases/delete", NULL },
		{ "/cgn/leases/delete", "" },
		{ "/cgn/leases/delete", "nobody" },
		{ "/cgn/leases/delete", "100.64.0.9:80" },
		{ "/cgn/leases/delete", "100.64.0.9:80/sctp" },
		{ "/cgn/leases/delete", "100.64.0.9:65536/tcp" },
		{ "/cgn/leases/delete", "100.64.0.9/tcp" },
		{ "/cgn/leases/delete", "100.64.0.9,100.64.0.10" },
		{ "/cgn/leases/delete", "subscriber=100.64.0.9" },
		{ "/cgn/leases/delete", "home=2001:db8::1" },
		{ "/cgn/leases/delete", "192.168.1.2,home=192.168.1.1" },
		{ "/cgn/leases/delete", "192.168.1.2,home=home" },
		{ "/cgn/leases/delete", "2001:db8::1,home=2001:db8::1" },
		{ "/cgn/leases/delete", "192.168.1.2,home=2001:db8::1,home=2001:db8::2" },
		{ "/cgn/leases/delete", "2001:db8::1:80/tcp/udp,home=2001:db8::1" },
		{ "/cgn/peers", "cursor=x" },
		{ "/cgn/peers", "100.64.0.9" },
		{ "/cgn/peers/set", NULL },
		{ "/cgn/peers/set", "id=home" },
		{ "/cgn/peers/set", "100.64.0.9/32,id=home" },
		{ "/cgn/peers/set", "nobody,id=home" },
		{ "/cgn/peers/set", "100.64.0.9,id=" },
		{ "/cgn/peers/set", "100.64.0.9,id=home,id=office" },
		{ "/cgn/peers/set", "100.64.0.9,id=a%" },
		{ "/cgn/peers/set", "100.64.0.9,id=a%00b" },
		{ "/cgn/peers/set", "100.64.0.9,id=home,sa=x" },
		{ "/cgn/peers/set", "100.64.0.9,id=home,sa=1,sa=2" },
		{ "/cgn/peers/set", "100.64.0.9,id=home,cursor=1" },
		{ "/cgn/peers/set", "100.64.0.9,100.64.0.10,id=home" },
		{ "/cgn/peers/unset", NULL },
		{ "/cgn/peers/unset", "id=home" },
		{ "/cgn/peers/unset", "100.64.0.9,id=%zz" },
		{ "/cgn/pools", "cursor=x" },
		{ "/cgn/pools", "p0" },
		{ "/cgn/ports", "0" },
		{ "/cgn/workers", "0" },
		{ "/cgn/latency", "cursor=x" },
		{ "/cgn/latency", "0" },
		{ "/cgn/who", NULL },
		{ "/cgn/who", "192.0.3.2" },
		{ "/cgn/who", "192.0.3.2:80" },
		{ "/cgn/who", "192.0.3.2/tcp" },
		{ "/cgn/who", "192.0.3.2:80/gre" },
		{ "/cgn/who", "2001:db8::1:80/tcp" },
		{ "/cgn/who", "192.0.3.2:80/tcp,192.0.3.2:81/tcp" },
		{ "/cgn/config", "x" },
		{ "/cgn/config", "-1" },
		{ "/cgn/config", "0,0" },
	};

	begin();
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		json_t *answer;

		pf_forget();
		answer = tel_ask(cases[i].path, cases[i].params);
		CU_ASSERT_STRING_EQUAL(error_of(answer), "bad parameters");
		CU_ASSERT_PTR_NULL(json_object_get(answer, "rows"));
		CU_ASSERT_EQUAL(pf.n_log, 0);
		if (strcmp(error_of(answer), "bad parameters") != 0)
			printf("\n%s,%s", cases[i].path, cases[i].params);
		json_decref(answer);
	}
	end();
}

/* Up to 511 octets are looked at; more are refused without a look. */
static void
long_parameters_are_refused(void)
{
	char params[2000];

	begin();
	for (size_t n = 490; n < sizeof(params); n = n < 530 ? n + 1 : 2 * n) {
		json_t *answer;

		memset(params, '1', n);
		params[n] = '\0';
		answer = tel_ask("/cgn/who", params);
		CU_ASSERT_STRING_EQUAL(error_of(answer), "bad parameters");
		json_decref(answer);
		memcpy(params, "worker=", 7);
		answer = tel_ask("/cgn/verdicts", params);
		CU_ASSERT_STRING_EQUAL(error_of(answer), "bad parameters");
		json_decref(answer);
	}
	end();
}

static void
one_worker_or_all_are_counted(void)
{
	static const struct {
		const char *params;
		json_int_t out, made;
	} cases[] = { { NULL, 507, 9011 }, { "", 507, 9011 }, { "worker=0", 7, 11 }, { "0", 7, 11 },
		{ "worker=1", 500, 9000 }, { "1", 500, 9000 } };

	begin();
	memset(pf.stats, 0, sizeof(pf.stats));
	cgn_counter_add(&pf.stats[0].verdict[CGN_V_OUT], 7);
	cgn_counter_add(&pf.stats[1].verdict[CGN_V_OUT], 500);
	cgn_counter_add(&pf.stats[0].counter[CGN_C_MAPPINGS_MADE_UDP], 11);
	cgn_counter_add(&pf.stats[1].counter[CGN_C_MAPPINGS_MADE_UDP], 9000);
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		json_t *answer = tel_ask("/cgn/verdicts", cases[i].params);

		CU_ASSERT_EQUAL(json_integer_value(json_object_get(
						json_object_get(answer, "forwarded"), "out")),
				cases[i].out);
		json_decref(answer);
		answer = tel_ask("/cgn/counters", cases[i].params);
		CU_ASSERT_EQUAL(json_integer_value(
						json_object_get(json_object_get(answer, "counters"),
								"mappings_made_udp")),
				cases[i].made);
		json_decref(answer);
	}
	end();
}

static void
take_lease(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)now_ms;
	CU_ASSERT_EQUAL(a->ret, 0);
	++*(unsigned int *)arg;
}

static void
make_lease(rte_be32_t addr, uint16_t port, uint8_t proto)
{
	const struct cgn_lessor_request r = {
		.in = { .addr = addr, .port = rte_cpu_to_be_16(port), .proto = proto },
		.lifetime_s = 3600,
		.gateway = IP(100, 64, 0, 1),
	};
	unsigned int n = 0;

	cgn_lessor_map(cgn_portmap_lessor(cgn_control_portmap(pf.control)), &r, take_lease, &n,
			pf.now_ms);
	pf_work();
	CU_ASSERT_EQUAL(n, 1);
}

static void
leases_are_shown_in_pages_and_deleted_one_by_one_or_all(void)
{
	static const struct {
		const char *params;
		int deleted; /* 0: "no such thing" */
		size_t left, left_of_9;
	} deletions[] = {
		{ "100.64.0.9:100/tcp", 0, 140, 50 },
		{ "100.64.0.9:100/udp", 1, 139, 49 },
		{ "100.64.0.9:100/udp", 0, 139, 49 },
		{ "100.64.0.11", 0, 139, 49 },
		{ "2001:db8::1", 0, 139, 49 }, /* a home that is not known */
		{ "100.64.0.9", 49, 90, 0 },
		{ "100.64.0.9", 0, 90, 0 },
		{ "100.64.0.10:159/udp", 1, 89, 0 },
	};
	json_t *rows;

	begin();
	for (uint16_t i = 0; i < 50; i++)
		make_lease(IP(100, 64, 0, 9), 100 + i, CGN_PROTO_UDP);
	for (uint16_t i = 0; i < 90; i++)
		make_lease(IP(100, 64, 0, 10), 100 + i, CGN_PROTO_UDP);
	CU_ASSERT_EQUAL(all_pages("/cgn/leases", "", &rows),
			(140 + CGN_TELEMETRY_ROWS_LEASES - 1) / CGN_TELEMETRY_ROWS_LEASES);
	CU_ASSERT_EQUAL(json_array_size(rows), 140);
	json_decref(rows);
	/* The zero address is no home, and ends nothing of all those without a softwire. */
	for (size_t i = 0; i < 3; i++) {
		static const char *const none[] = { "::", "::/0", "100.64.0.9,home=::" };
		json_t *answer = tel_ask("/cgn/leases/delete", none[i]);

		CU_ASSERT_STRING_NOT_EQUAL(error_of(answer), "");
		json_decref(answer);
	}
	for (size_t i = 0; i < RTE_DIM(deletions); i++) {
		json_t *answer = tel_ask("/cgn/leases/delete", deletions[i].params);

		CU_ASSERT_STRING_EQUAL(
				error_of(answer), deletions[i].deleted == 0 ? "no such thing" : "");
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(answer, "deleted")),
				deletions[i].deleted);
		json_decref(answer);
		all_pages("/cgn/leases", "", &rows);
		CU_ASSERT_EQUAL(json_array_size(rows), deletions[i].left);
		json_decref(rows);
		all_pages("/cgn/leases", "subscriber=100.64.0.9", &rows);
		CU_ASSERT_EQUAL(json_array_size(rows), deletions[i].left_of_9);
		json_decref(rows);
		all_pages("/cgn/leases", "100.64.0.10", &rows);
		CU_ASSERT_EQUAL(json_array_size(rows), deletions[i].left - deletions[i].left_of_9);
		json_decref(rows);
	}
	end();
}

#define AFTR                                                                                    \
	"workers: 2\n"                                                                          \
	"ports:\n"                                                                              \
	"  - {name: in0, device: net_null0, side: inside, addresses: [\"2001:db8:1::1/64\"]}\n" \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"       \
	"routes: [{prefix: \"2001:db8:100::/40\", via: \"2001:db8:1::2\"}]\n"                   \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                            \
	"groups: [{name: g, prefixes: [\"2001:db8:100::/40\"], pool: p}]\n"                     \
	"softwire: {role: aftr, local: \"2001:db8:f::1\"}\nstore: {path: \"\"}\n"

/* A host of a home opens a port with NAT-PMP. */
static void
open_port(uint8_t home, uint8_t host, uint8_t port)
{
	const uint8_t request[12] = { 0, 1, 0, 0, 0, port, 0, 0, 0, 0, 14, 16 };
	const struct cgn_ip6 b4 = { .b = { 0x20, 1, 0xd, 0xb8, 1, [6] = home, [15] = 1 } };
	const struct cgn_ep4 src = { .addr = IP(192, 168, 1, host), .port = RTE_BE16(4000) };
	const struct cgn_ep4 dst = { .addr = IP(192, 0, 0, 1), .port = RTE_BE16(5351) };

	pf_send_wire(0, 0, &b4, &src, &dst, request, sizeof(request));
	pf_turn();
	pf_work();
}

/* B-DEL-8, F-ID-1: clients behind softwires, whose inner addresses are those of others, too. */
static void
leases_of_a_home_are_shown_and_deleted(void)
{
	static const struct {
		const char *params;
		int deleted; /* 0: "no such thing" */
		size_t left, left_of_1;
	} deletions[] = {
		{ "192.168.1.2:80/udp", 0, 7, 4 },               /* a native client */
		{ "192.168.1.2,home=2001:db8:300::1", 0, 7, 4 }, /* no subscriber */
		{ "2001:db8:100:900::1", 0, 7, 4 },              /* it has nothing */
		{ "192.168.1.2:80/udp,home=2001:db8:100:100::1", 1, 6, 3 },
		{ "192.168.1.2,home=2001:db8:100:1ff::9", 1, 5, 2 },
		{ "2001:db8:100:100::/56", 2, 3, 0 },
		{ "2001:db8:100:100::1", 0, 3, 0 },
		{ "2001:db8:100:200::1", 3, 0, 0 },
	};
	/* By its prefix, by a part of it, or by any of its addresses. REQ: G-DAY-11 */
	static const char *const of_1[] = { "subscriber=2001:db8:100:100::/56",
		"subscriber=2001:db8:100:1f0::/60", "2001:db8:100:1ff::9" };
	json_t *rows;

	begin_with(AFTR, "");
	for (uint8_t home = 1; home <= 2; home++) {
		open_port(home, 2, 80);
		open_port(home, 2, 81);
		open_port(home, 3, 80);
	}
	open_port(1, 3, 81);
	all_pages("/cgn/leases", "", &rows);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(rows, 0), "b4")),
			"2001:db8:100:100::1");
	json_decref(rows);
	for (size_t i = 0; i < RTE_DIM(deletions); i++) {
		json_t *answer = tel_ask("/cgn/leases/delete", deletions[i].params);

		CU_ASSERT_STRING_EQUAL(
				error_of(answer), deletions[i].deleted == 0 ? "no such thing" : "");
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(answer, "deleted")),
				deletions[i].deleted);
		json_decref(answer);
		all_pages("/cgn/leases", "", &rows);
		CU_ASSERT_EQUAL(json_array_size(rows), deletions[i].left);
		json_decref(rows);
		for (size_t k = 0; k < RTE_DIM(of_1); k++) {
			all_pages("/cgn/leases", of_1[k], &rows);
			CU_ASSERT_EQUAL(json_array_size(rows), deletions[i].left_of_1);
			json_decref(rows);
		}
	}
	end();
}

/* The pieces are the whole text, and each fits although its quotes are escaped. */
static void
configuration_comes_in_pieces(void)
{
	char *whole, *text = NULL;
	size_t len = 0;
	json_t *answer;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_conf_show_json(cgn_control_conf(pf.control), &whole), 0);
	for (unsigned int n = 0; n < 20; n++) {
		char offset[24];
		size_t more;

		snprintf(offset, sizeof(offset), "%zu", len);
		answer = tel_ask("/cgn/config", n == 0 ? NULL : offset);
		more = json_string_length(answer);
		CU_ASSERT_TRUE(tel_size("/cgn/config", answer) < TEL_ANSWER_MAX);
		text = realloc(text, len + more + 1);
		memcpy(text + len, json_string_value(answer), more + 1);
		len += more;
		json_decref(answer);
		if (more == 0)
			break;
	}
	CU_ASSERT_STRING_EQUAL(text, whole);
	CU_ASSERT_TRUE(strlen(whole) > 6000);
	answer = tel_ask("/cgn/config", "4294967295");
	CU_ASSERT_STRING_EQUAL(json_string_value(answer), "");
	json_decref(answer);
	free(text);
	free(whole);
	end();
}

/* The answer to a path, of which one text or number is wanted. */
static const char *
answer_of(const char *path, const char *params, const char *key)
{
	static char text[4096];
	json_t *answer = tel_ask(path, params), *value = json_object_get(answer, key);

	if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else
		snprintf(text, sizeof(text), "%s",
				json_is_string(answer)                  ? json_string_value(answer)
						: json_is_string(value) ? json_string_value(value)
									: "");
	json_decref(answer);
	return text;
}

/* REQ: N-CONF-3, N-CONF-5 */
static void
configuration_is_reloaded_and_confirmed(void)
{
	static const char *const pools =
			"pools: [{name: p0, addresses: [192.0.2.100-192.0.2.103]}]\n";
	static const char *const wrong[] = { "60", "confirm_s=0", "confirm_s=86401",
		"confirm_s=soon" };
	char more[200];

	begin_with(TEXT, pools);
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "file_state"), "in_use");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "by"), "start");
	for (size_t i = 0; i < RTE_DIM(wrong); i++)
		CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/reload", wrong[i], "error"),
				"bad parameters");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/confirm", "1", "error"), "bad parameters");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/confirm", NULL, "error"),
			"no reload waits for a confirmation");
	snprintf(more, sizeof(more), "%snat: {hold_down_s: 300}\n", pools);
	pf_write(TEXT, more);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer_of("/cgn/config/reload", "confirm_s=60", ""),
			"\"result\":\"reloaded\""));
	CU_ASSERT_EQUAL(cgn_control_conf(pf.control)->nat.hold_down_s, 300);
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "confirm_left_s"), "60");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "by"), "command");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "reloads"), "1");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/confirm", NULL, "confirmed"), "1");
	CU_ASSERT_STRING_EQUAL(answer_of("/cgn/config/status", NULL, "confirm_left_s"), "");
	CU_ASSERT_PTR_NOT_NULL(strstr(
			answer_of("/cgn/config/reload", NULL, ""), "\"result\":\"unchanged\""));
	end();
}

/* A worker that says nothing, and a cgnd that stops, are said to be that. */
static void
silence_is_told(void)
{
	static const char *const paths[][2] = { { "/cgn/mappings", "" }, { "/cgn/subscribers", "" },
		{ "/cgn/who", "192.0.3.2:1/udp" } };
	json_t *answer;

	begin();
	for (size_t i = 0; i < RTE_DIM(paths); i++) {
		answer = tel_ask_alone(paths[i][0], paths[i][1]);
		CU_ASSERT_STRING_EQUAL(error_of(answer), "a worker does not answer");
		json_decref(answer);
		pf_work();
	}
	/* Later answers are to the later questions. */
	n_rows[0] = n_rows[1] = 3;
	answer = tel_ask("/cgn/mappings", "");
	CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), 6);
	json_decref(answer);
	cgn_telemetry_stop();
	answer = tel_ask("/cgn/workers", NULL);
	CU_ASSERT_STRING_EQUAL(error_of(answer), "cgnd is stopping");
	json_decref(answer);
	end();
}

/* A second start, as the tests have it: the paths are known already, and the new cgnd answers. */
static void
second_start_answers_for_the_second(void)
{
	json_t *answer;

	begin();
	CU_ASSERT_EQUAL(tel_n_paths(), 30);
	end();
	begin();
	CU_ASSERT_EQUAL(tel_n_paths(), 30);
	n_rows[0] = 2;
	n_rows[1] = 1;
	answer = tel_ask("/cgn/mappings", NULL);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), 3);
	json_decref(answer);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(pages_have_each_row_of_each_worker_once),
	CU_TEST_ROW(filter_reaches_the_workers_on_every_page),
	CU_TEST_ROW(every_pool_is_the_sum_of_the_workers),
	CU_TEST_ROW(external_port_is_asked_of_the_worker_that_has_it),
	CU_TEST_ROW(wrong_parameters_are_refused),
	CU_TEST_ROW(long_parameters_are_refused),
	CU_TEST_ROW(one_worker_or_all_are_counted),
	CU_TEST_ROW(leases_are_shown_in_pages_and_deleted_one_by_one_or_all),
	CU_TEST_ROW(leases_of_a_home_are_shown_and_deleted),
	CU_TEST_ROW(configuration_comes_in_pieces),
	CU_TEST_ROW(configuration_is_reloaded_and_confirmed),
	CU_TEST_ROW(silence_is_told),
	CU_TEST_ROW(second_start_answers_for_the_second),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry", tests, RTE_DIM(tests));
}
