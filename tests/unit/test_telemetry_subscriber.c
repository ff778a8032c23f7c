/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The answer about one subscriber. Operators' tools read it, so config/JSON.md has all its keys, and no others.
 */
#include "controlplane/telemetry/telemetry_rows.h"
#include "controlplane/telemetry/telemetry_subscriber.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#define TEXT                                                                               \
	"ports:\n"                                                                         \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n"   \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"  \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                       \
	"groups: [{name: homes, prefixes: [100.64.0.0/10], pool: p, mappings_per_s: 50,\n" \
	"  mappings_max: 2000, sessions_max: 1000, blocks_max: 4, leases_max: 16, block_size: 512}]\n"
#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define DOC            CGN_SOURCE_DIR "/config/JSON.md"

/* A subscriber with something in every place. */
static const struct cgn_subscriber_detail full = {
	.is_member = true,
	.is_subscriber = true,
	.is_idle = true,
	.idle_s = 61,
	.blocks_peak = 3,
	.n_blocks = 1,
	.mappings_peak = 702,
	.sessions_peak = 95,
	.info = { .addr.ip4 = IP(100, 64, 0, 11),
			.prefix_len = 32,
			.blocks = 1,
			.worker = 1,
			.ext_addr = IP(192, 0, 2, 100),
			.b4.b = { 0x20, 0x01, [15] = 9 },
			.mappings = 41,
			.sessions = 12,
			.leases = 2,
			.mappings_total = 18112,
			.refused_total = 9 },
	.blocks = { { 1024, 1535 } },
	.ports = 512,
	.ports_used = { 400, 90, 1 },
	.refused = { [CGN_REFUSAL_SUB_PORTS] = { 8, 185 }, [CGN_REFUSAL_OTHER] = { 1, 7 } },
};

static json_t *
answer_of(const struct cgn_subscriber_detail *s)
{
	const struct cgn_ip addr = { .ip4 = IP(100, 64, 0, 11) };
	struct cgn_host_peers *peers = cgn_host_peers(cgn_control_host(pf.control));
	const struct cgn_ip b4 = { .is_ip6 = true, .ip6 = s->info.b4 };
	struct rte_tel_data *d = tel_new();

	CU_ASSERT_EQUAL(cgn_host_peers_set(peers, &b4, "home", 0, 1), 0);
	CU_ASSERT_EQUAL(cgn_telemetry_subscriber(d, &addr, s, cgn_control_conf(pf.control), peers),
			0);
	return tel_json(d);
}

/* A-RES-3, D-LIM-1: all of it, under the right names. */
static void
everything_of_a_subscriber_is_shown(void)
{
	json_t *want, *is;

	pf_begin(TEXT, "");
	want = json_loads(
			"{\"state\":\"idle\",\"subscriber\":\"100.64.0.11\",\"group\":\"homes\","
			"\"b4\":\"2001::9\",\"ext\":\"192.0.2.100\",\"peer\":\"home\",\"worker\":1,"
			"\"idle_s\":61,"
			"\"blocks\":{\"now\":1,\"peak\":3,\"max\":4,\"ports\":[\"1024-1535\"]},"
			"\"ports\":{\"udp\":400,\"tcp\":90,\"icmp\":1,\"of\":512},"
			"\"mappings\":{\"now\":41,\"peak\":702,\"max\":2000,\"per_s_max\":50,"
			"\"total\":18112},"
			"\"sessions\":{\"now\":12,\"peak\":95,\"max\":1000},"
			"\"leases\":{\"now\":2,\"max\":16},\"refused_total\":9,"
			"\"refusals\":{\"sub_ports\":{\"count\":8,\"ago_s\":185},"
			"\"other\":{\"count\":1,\"ago_s\":7}}}",
			0, NULL);
	is = answer_of(&full);
	CU_ASSERT_TRUE(json_equal(is, want));
	json_decref(is);
	json_decref(want);
	pf_end();
}

/* A-RES-3: what is no subscriber has a state, and no numbers that would be guesses. */
static void
hosts_that_are_no_subscribers_have_a_state(void)
{
	struct cgn_subscriber_detail s = { .is_member = true };
	json_t *is;

	pf_begin(TEXT, "");
	s.info = (struct cgn_subscriber_info){ .addr.ip4 = IP(100, 64, 0, 12), .prefix_len = 32 };
	is = answer_of(&s);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(is, "state")), "none");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(is, "group")), "homes");
	CU_ASSERT_PTR_NULL(json_object_get(is, "blocks"));
	CU_ASSERT_PTR_NULL(json_object_get(is, "worker"));
	json_decref(is);
	s.info.refused_total = 3;
	s.refused[CGN_REFUSAL_POOL_FULL].n = 3;
	is = answer_of(&s);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(is, "state")), "refused");
	json_decref(is);
	pf_end();
}

/* --- the document -------------------------------------------------------------------------- */

/* Read the first words of the rows of a table of the document. @param title  of their column */
static json_t *
documented(const char *title)
{
	json_t *keys = json_object();
	char line[512], head[64];
	FILE *f = fopen(DOC, "r");
	bool is_in = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	snprintf(head, sizeof(head), "| %s |", title);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *key = line[0] == '|' ? strchr(line, '`') : NULL;

		if (strncmp(line, head, strlen(head)) == 0)
			is_in = true;
		else if (line[0] != '|')
			is_in = false;
		else if (is_in && key != NULL)
			json_object_set_new(keys, strtok(key, "`"), json_true());
	}
	fclose(f);
	return keys;
}

/* Add the keys of an object, with a point between those of an object and of one inside it. */
static void
add_keys(json_t *keys, json_t *object, const char *prefix)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		char name[128];

		snprintf(name, sizeof(name), "%s%s", prefix,
				strcmp(prefix, "refusals.") == 0 ? "REASON" : key);
		if (json_is_object(value)) {
			strcat(name, ".");
			add_keys(keys, value, name);
		} else {
			json_object_set_new(keys, name, json_true());
		}
	}
}

static void
expect_same(json_t *is, json_t *doc)
{
	CU_ASSERT_TRUE(json_equal(is, doc));
	if (!json_equal(is, doc)) {
		json_dumpf(is, stdout, JSON_SORT_KEYS);
		json_dumpf(doc, stdout, JSON_SORT_KEYS);
	}
	json_decref(is);
	json_decref(doc);
}

static void
document_has_all_keys_and_no_others(void)
{
	json_t *is = json_object(), *answer;

	pf_begin(TEXT, "");
	answer = answer_of(&full);
	add_keys(is, answer, "");
	/* cgnctl adds the list. */
	json_object_set_new(is, "leases.list", json_true());
	expect_same(is, documented("key"));
	json_decref(answer);
	pf_end();
}

static void
document_has_all_keys_of_a_lease(void)
{
	const struct cgn_lessor_info leases[] = {
		{ .in = { IP(100, 64, 0, 11), RTE_BE16(80), CGN_PROTO_TCP, 0 },
				.description_len = 1,
				.description = "x",
				.n_filters = 1,
				.filters = { { .len = 8 } } },
		{ .realm = 1 },
	};
	json_t *is = json_object(), *answer, *rows, *row;
	struct rte_tel_data *d = tel_new();
	const struct cgn_ip addr = { .ip4 = IP(100, 64, 0, 11) };
	const char *key;

	pf_begin(TEXT, "");
	CU_ASSERT_EQUAL(cgn_host_peers_set(cgn_host_peers(cgn_control_host(pf.control)), &addr,
					"home", 0, 1),
			0);
	CU_ASSERT_EQUAL(cgn_telemetry_rows_leases(d, leases, 2, "", NULL,
					cgn_host_peers(cgn_control_host(pf.control))),
			0);
	answer = tel_json(d);
	rows = json_object_get(answer, "rows");
	json_object_foreach(rows, key, row) add_keys(is, row, "");
	/* cgnctl joins the parts. Only a running home has a B4. */
	CU_ASSERT_EQUAL(json_object_del(is, "description_0"), 0);
	json_object_set_new(is, "description", json_true());
	json_object_set_new(is, "b4", json_true());
	expect_same(is, documented("key of a lease"));
	json_decref(answer);
	pf_end();
}

static void
document_has_all_reasons(void)
{
	json_t *is = json_object();

	for (int i = 0; i < CGN_REFUSAL_COUNT; i++)
		json_object_set_new(is, cgn_refusal_name((enum cgn_refusal)i), json_true());
	expect_same(is, documented("reason"));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(everything_of_a_subscriber_is_shown),
	CU_TEST_ROW(hosts_that_are_no_subscribers_have_a_state),
	CU_TEST_ROW(document_has_all_keys_and_no_others),
	CU_TEST_ROW(document_has_all_keys_of_a_lease),
	CU_TEST_ROW(document_has_all_reasons),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_subscriber", tests, RTE_DIM(tests));
}
