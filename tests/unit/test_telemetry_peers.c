/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What telemetry says about IPsec peers: their own rows, and their names in the rows of leases.
 */
#include "controlplane/telemetry/telemetry.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#define TEXT                                                  \
	"workers: 2\n" CONFTEXT_PORTS "store: {path: \"\"}\n" \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p0}]\n"

#define AHEAD_MS       UINT64_C(1000000000000) /* no wait by the real clock ends before this */
#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static void
begin(void)
{
	pf_begin(TEXT, "pools: [{name: p0, addresses: [192.0.3.2-192.0.3.5]}]\n");
	pf.now_ms += AHEAD_MS;
	pf_work();
	tel_n_wrong = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_telemetry_start(pf.control, "1.2.3"), 0);
}

static void
end(void)
{
	cgn_telemetry_stop();
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

static void
take_lease(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)now_ms;
	CU_ASSERT_EQUAL(a->ret, 0);
	++*(unsigned int *)arg;
}

static void
make_lease(rte_be32_t addr)
{
	const struct cgn_lessor_request r = {
		.in = { .addr = addr, .port = RTE_BE16(100), .proto = CGN_PROTO_UDP },
		.lifetime_s = 3600,
		.gateway = IP(100, 64, 0, 1),
	};
	unsigned int n = 0;

	cgn_lessor_map(cgn_portmap_lessor(cgn_control_portmap(pf.control)), &r, take_lease, &n,
			pf.now_ms);
	pf_work();
	CU_ASSERT_EQUAL(n, 1);
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

static void
expect_answer(const char *path, const char *params, const char *want)
{
	expect_json(tel_ask(path, params), want);
}

/* L-IPS-6: a peer is named in its own row and in the rows of the leases at its address, until its SA ends. */
static void
peers_are_named_until_their_sa_ends(void)
{
	static const struct {
		const char *path, *params, *answer;
		const char *peer_9, *peer_10; /* of the leases; NULL: none */
	} steps[] = {
		{ "/cgn/peers/set", "100.64.0.9,id=C%3DCH%2C%20CN%3D%22a%5Cb%22,sa=5",
				"{\"set\":1}", "C=CH, CN=\"a\\b\"", NULL },
		{ "/cgn/peers/set", "100.64.0.10,id=office", "{\"set\":1}", "C=CH, CN=\"a\\b\"",
				"office" },
		{ "/cgn/peers/set", "2001:db8::9,id=six", "{\"set\":1}", "C=CH, CN=\"a\\b\"",
				"office" },
		{ "/cgn/peers/set", "100.64.0.9,id=home,sa=6", "{\"set\":1}", "home", "office" },
		{ "/cgn/peers/set", "100.64.0.9,id=a%1b%5b2J",
				"{\"error\":\"an identity has only printable ASCII\"}", "home",
				"office" },
		{ "/cgn/peers/set", "100.64.0.9,sa=7",
				"{\"error\":\"an identity has 1 to 127 octets\"}", "home",
				"office" },
		{ "/cgn/peers/unset", "100.64.0.9,id=home,sa=5", "{\"removed\":0}", "home",
				"office" },
		{ "/cgn/peers/unset", "100.64.0.9,id=office", "{\"removed\":0}", "home", "office" },
		{ "/cgn/peers/unset", "100.64.0.9,id=home,sa=6", "{\"removed\":1}", NULL,
				"office" },
		{ "/cgn/peers/unset", "100.64.0.9,id=home,sa=6", "{\"removed\":0}", NULL,
				"office" },
		{ "/cgn/peers/unset", "100.64.0.10", "{\"removed\":1}", NULL, NULL },
	};

	begin();
	make_lease(IP(100, 64, 0, 9));
	make_lease(IP(100, 64, 0, 10));
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		json_t *answer, *rows, *row;
		const char *k;

		expect_answer(steps[i].path, steps[i].params, steps[i].answer);
		answer = tel_ask("/cgn/leases", NULL);
		rows = json_object_get(answer, "rows");
		CU_ASSERT_EQUAL(json_object_size(rows), 2);
		json_object_foreach(rows, k, row)
		{
			const char *in = json_string_value(json_object_get(row, "in"));
			const char *peer = json_string_value(json_object_get(row, "peer"));
			const char *want = strcmp(in, "100.64.0.9:100") == 0 ? steps[i].peer_9
									     : steps[i].peer_10;

			CU_ASSERT_EQUAL(peer == NULL, want == NULL);
			if (peer != NULL && want != NULL)
				CU_ASSERT_STRING_EQUAL(peer, want);
		}
		json_decref(answer);
	}
	expect_answer("/cgn/peers", NULL,
			"{\"rows\":{\"0\":{\"address\":\"2001:db8::9\",\"since_s\":0,"
			"\"identity\":\"six\"}}}");
	pf.now_ms += 61000;
	expect_answer("/cgn/peers/set", "2001:db8::9,id=six", "{\"set\":1}");
	expect_answer("/cgn/peers", NULL,
			"{\"rows\":{\"0\":{\"address\":\"2001:db8::9\",\"since_s\":61,"
			"\"identity\":\"six\"}}}");
	end();
}

/* L-IPS-6 */
static void
peers_come_in_pages_and_are_counted(void)
{
	char params[100], cursor[40] = "";
	const char *k, *next;
	json_t *answer, *row;
	unsigned int n = 100;

	begin();
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(params, sizeof(params), "100.64.1.%u,id=home%u,sa=%u", i, i, i + 1);
		expect_answer("/cgn/peers/set", params, "{\"set\":1}");
	}
	for (unsigned int page = 0; page < 4; page++) {
		answer = tel_ask("/cgn/peers", cursor[0] == '\0' ? NULL : cursor);
		json_object_foreach(json_object_get(answer, "rows"), k, row)
		{
			n--;
			snprintf(params, sizeof(params), "home%u", n);
			CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "identity")),
					params);
			CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "sa")), n + 1);
		}
		next = json_string_value(json_object_get(answer, "next"));
		CU_ASSERT_EQUAL(next == NULL, page == 3);
		snprintf(cursor, sizeof(cursor), "cursor=%s", next == NULL ? "" : next);
		json_decref(answer);
	}
	CU_ASSERT_EQUAL(n, 0);
	answer = tel_ask("/cgn/counters", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
					json_object_get(answer, "control"), "peers")),
			100);
	json_decref(answer);
	end();
}

/* L-IPS-6 */
static void
every_field_of_a_lease_is_shown(void)
{
	static const struct cgn_lessor_info rows[] = {
		{ .in = { .addr = IP(100, 64, 0, 9), .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
				.ext = { .addr = IP(192, 0, 2, 100),
						.port = RTE_BE16(8080),
						.proto = CGN_PROTO_TCP },
				.lifetime_s = 3600,
				.left_s = 59 },
		{ .realm = 3,
				.in = { .addr = IP(192, 168, 1, 2),
						.port = RTE_BE16(81),
						.proto = CGN_PROTO_UDP },
				.ext = { .addr = IP(192, 0, 2, 101),
						.port = RTE_BE16(8081),
						.proto = CGN_PROTO_UDP },
				.lifetime_s = 7200,
				.left_s = 60,
				.by = { .by = CGN_LEASE_BY_PCP },
				.description_len = 10,
				.description = "a\x1b\"\xc2\x9b\xc3\xa4\x7f\nb" },
	};
	struct rte_tel_data *d = tel_new();

	begin();
	/* Two homes may have the inner address of the second one, so no peer is named there. */
	for (size_t i = 0; i < RTE_DIM(rows); i++)
		CU_ASSERT_EQUAL(cgn_host_peers_set(cgn_host_peers(cgn_control_host(pf.control)),
						&(struct cgn_ip){ .ip4 = rows[i].in.addr },
						i == 0 ? "home" : "other", 0, 0),
				0);
	CU_ASSERT_EQUAL(cgn_telemetry_rows_leases(d, rows, 2, "64", cgn_control_portmap(pf.control),
					cgn_host_peers(cgn_control_host(pf.control))),
			0);
	expect_json(tel_json(d),
			"{\"rows\":{\"0\":{\"protocol\":\"tcp\",\"in\":\"100.64.0.9:80\","
			"\"ext\":\"192.0.2.100:8080\",\"lifetime_s\":3600,\"left_s\":59,"
			"\"by\":\"natpmp\",\"opcode\":\"map\",\"peer\":\"home\"},"
			"\"1\":{\"protocol\":\"udp\",\"in\":\"192.168.1.2:81\",\"ext\":\"192.0.2.101:8081\","
			"\"realm\":3,\"lifetime_s\":7200,\"left_s\":60,\"by\":\"pcp\","
			"\"opcode\":\"map\","
			/* E-OPT-5 */
			"\"description_0\":\"a%1B%22%C2%9B%C3%A4%7F%0Ab\"}},\"next\":\"64\"}");
	end();
}

/* E-PEER-2: what NAT-PMP or MAP has asked for, and what PEER has, may be one lease. */
static void
opcode_of_a_lease_is_shown(void)
{
	static const struct {
		struct cgn_lessor_info lease;
		const char *opcode;
	} rows[] = {
		{ { .left_s = 5, .map_left_s = 5 }, "map" },
		{ { .left_s = 5, .peer_left_s = 5 }, "peer" },
		{ { .left_s = 5, .map_left_s = 3, .peer_left_s = 5 }, "map+peer" },
		{ { .left_s = 0 }, "map" }, /* it ends now */
	};

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct rte_tel_data *d = tel_new();
		json_t *page;

		CU_ASSERT_EQUAL(cgn_telemetry_rows_leases(d, &rows[i].lease, 1, "",
						cgn_control_portmap(pf.control),
						cgn_host_peers(cgn_control_host(pf.control))),
				0);
		page = tel_json(d);
		CU_ASSERT_STRING_EQUAL(
				json_string_value(json_object_get(
						json_object_get(json_object_get(page, "rows"), "0"),
						"opcode")),
				rows[i].opcode);
		json_decref(page);
	}
	end();
}

/* Each octet of an identity may need two in JSON. */
static void
longest_pages_of_leases_and_peers_are_sent_whole(void)
{
	const struct cgn_ip client = { .ip4 = IP(100, 100, 100, 100) };
	struct cgn_lessor_info lease = {
		.in = { .addr = client.ip4, .port = UINT16_MAX, .proto = CGN_PROTO_ICMP },
		.ext = { .addr = IP(198, 198, 198, 198), .port = UINT16_MAX },
		.lifetime_s = UINT32_MAX,
		.left_s = UINT32_MAX,
		.map_left_s = UINT32_MAX,
		.peer_left_s = UINT32_MAX,
		.description_len = CGN_LEASE_DESCRIPTION_MAX,
		.n_filters = CGN_FILTERS_MAX,
	};
	struct cgn_host_peers_row peer = { .addr.is_ip6 = true, .sa = UINT32_MAX };
	struct cgn_lessor_info leases[CGN_TELEMETRY_ROWS_LEASES];
	struct cgn_host_peers_row rows[CGN_TELEMETRY_ROWS_PEERS];
	struct rte_tel_data *d;
	json_t *answer, *row;
	size_t described = 0;

	begin();
	memset(&peer.addr.ip6, 0xff, sizeof(peer.addr.ip6));
	memset(peer.identity, '"', CGN_CTL_IDENTITY_MAX);
	CU_ASSERT_EQUAL(cgn_host_peers_set(cgn_host_peers(cgn_control_host(pf.control)), &client,
					peer.identity, 0, 0),
			0);
	memset(lease.description, '"', sizeof(lease.description));
	for (unsigned int i = 0; i < CGN_FILTERS_MAX; i++)
		lease.filters[i] = (struct cgn_filter){
			.addr = IP(200, 200, 200, 200), .port = UINT16_MAX, .len = 32
		};
	for (size_t i = 0; i < RTE_DIM(leases); i++)
		leases[i] = lease;
	for (size_t i = 0; i < RTE_DIM(rows); i++)
		rows[i] = peer;

	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_leases(d, leases, RTE_DIM(leases), "4294967295", NULL,
					cgn_host_peers(cgn_control_host(pf.control))),
			0);
	answer = tel_json(d);
	CU_ASSERT_TRUE(tel_size("/cgn/leases", answer) < TEL_ANSWER_MAX);
	row = json_object_get(json_object_get(answer, "rows"), "0");
	CU_ASSERT_EQUAL(json_string_length(json_object_get(row, "peer")), CGN_CTL_IDENTITY_MAX);
	/* E-OPT-5: no part is missing. */
	for (unsigned int i = 0; i < 4; i++) {
		char name[32];

		snprintf(name, sizeof(name), CGN_CTL_DESCRIPTION "%u", i);
		described += json_string_length(json_object_get(row, name));
	}
	CU_ASSERT_EQUAL(described, 3 * CGN_LEASE_DESCRIPTION_MAX);
	json_decref(answer);

	d = tel_new();
	CU_ASSERT_EQUAL(cgn_telemetry_rows_peers(
					d, rows, RTE_DIM(rows), "4294967295", UINT64_MAX / 4),
			0);
	answer = tel_json(d);
	CU_ASSERT_TRUE(tel_size("/cgn/peers", answer) < TEL_ANSWER_MAX);
	json_decref(answer);
	end();
}

/* The leases of a subscriber whose prefix has several clients. */
static void
leases_of_a_prefix_are_shown(void)
{
	static const struct {
		const char *prefix;
		size_t n;
	} cases[] = {
		{ "100.64.0.8/31", 1 },
		{ "100.64.0.8/29", 2 },
		{ "100.64.0.10/32", 1 },
		{ "100.64.0.16/29", 0 },
	};
	json_t *answer;

	begin();
	make_lease(IP(100, 64, 0, 9));
	make_lease(IP(100, 64, 0, 10));
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		answer = tel_ask("/cgn/leases", cases[i].prefix);
		CU_ASSERT_EQUAL(json_object_size(json_object_get(answer, "rows")), cases[i].n);
		json_decref(answer);
	}
	answer = tel_ask("/cgn/leases", "100.64.0.8/33");
	CU_ASSERT_PTR_NOT_NULL(json_object_get(answer, "error"));
	json_decref(answer);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(leases_of_a_prefix_are_shown),
	CU_TEST_ROW(peers_are_named_until_their_sa_ends),
	CU_TEST_ROW(peers_come_in_pages_and_are_counted),
	CU_TEST_ROW(every_field_of_a_lease_is_shown),
	CU_TEST_ROW(opcode_of_a_lease_is_shown),
	CU_TEST_ROW(longest_pages_of_leases_and_peers_are_sent_whole),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_peers", tests, RTE_DIM(tests));
}
