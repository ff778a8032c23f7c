/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

#define POOL(keys) \
	"pools:\n" \
	"- {name: p, addresses: [198.51.100.0/28], " keys "}\n"
#define GROUP(keys) \
	"groups:\n" \
	"- {name: g, prefixes: [100.64.0.0/10], pool: p, " keys "}\n"

/* G-NTF-1, G-LIM-1: everything is off by default. */
static void
nothing_is_limited_by_default(void)
{
	struct cgn_conf *conf = accepted(PORTS POOLS GROUPS);
	const struct cgn_conf_group *g = &conf->groups[0];

	CU_ASSERT_EQUAL(conf->pools[0].use_high_percent, 0);
	CU_ASSERT_EQUAL(conf->pools[0].use_low_percent, 0);
	CU_ASSERT_EQUAL(conf->nat.subscribers_max, 0);
	CU_ASSERT_EQUAL(conf->nat.mappings_high, 0);
	CU_ASSERT_EQUAL(conf->nat.sessions_high, 0);
	CU_ASSERT_EQUAL(conf->nat.subscribers_high, 0);
	CU_ASSERT_EQUAL(conf->nat.notify_interval_s, 20);
	CU_ASSERT_EQUAL(conf->softwire.homes_high, 0);
	CU_ASSERT_EQUAL(g->mappings_high, 0);
	CU_ASSERT_EQUAL(g->deterministic.use_high_percent, 0);
	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		CU_ASSERT_EQUAL(g->mappings_of_max[p], 0);
	cgn_conf_free(conf);
}

static void
keys_are_read(void)
{
	struct cgn_conf *conf = accepted(PORTS POOL("use_high_percent: 80, use_low_percent: 20") GROUP(
			"mappings_udp_max: 1, mappings_tcp_max: 2, mappings_icmp_max: 3, mappings_high: 4") "nat: {subscribers_max: 9, subscribers_high: 8, mappings_high: 7, sessions_high: 6, notify_interval_s: 3600}\n");
	const struct cgn_conf_group *g = &conf->groups[0];

	CU_ASSERT_EQUAL(conf->pools[0].use_high_percent, 80);
	CU_ASSERT_EQUAL(conf->pools[0].use_low_percent, 20);
	CU_ASSERT_EQUAL(g->mappings_of_max[CGN_PROTO_UDP], 1);
	CU_ASSERT_EQUAL(g->mappings_of_max[CGN_PROTO_TCP], 2);
	CU_ASSERT_EQUAL(g->mappings_of_max[CGN_PROTO_ICMP], 3);
	CU_ASSERT_EQUAL(g->mappings_high, 4);
	CU_ASSERT_EQUAL(conf->nat.subscribers_max, 9);
	CU_ASSERT_EQUAL(conf->nat.subscribers_high, 8);
	CU_ASSERT_EQUAL(conf->nat.mappings_high, 7);
	CU_ASSERT_EQUAL(conf->nat.sessions_high, 6);
	CU_ASSERT_EQUAL(conf->nat.notify_interval_s, 3600);
	cgn_conf_free(conf);
}

/* A threshold above its limit would never tell anything. */
static void
thresholds_can_be_reached(void)
{
	refused(PORTS POOL("use_high_percent: 20, use_low_percent: 20")
					GROUP("mappings_max: 9, mappings_high: 10"),
			"t:5:82: pools[0].use_low_percent: 20: must be less than use_high_percent, which is 20\n"
			"t:7:81: groups[0].mappings_high: 10: must be at most mappings_max, which is 9\n");
	refused("workers: 2\n" PORTS POOLS GROUPS
		"nat: {mappings_max: 100, mappings_high: 201, sessions_max: 64, sessions_high: 129, "
		"subscribers_max: 3, subscribers_high: 4}\n",
			"t:9:41: nat.mappings_high: 201: must be at most the limit of all workers together, which is 200\n"
			"t:9:79: nat.sessions_high: 129: must be at most the limit of all workers together, which is 128\n"
			"t:9:122: nat.subscribers_high: 4: must be at most the limit of all workers together, which is 3\n");
	cgn_conf_free(accepted("workers: 2\n" PORTS POOLS GROUP(
			"mappings_max: 0, mappings_high: 10") "nat: {mappings_max: 100, mappings_high: 200, sessions_max: 64, sessions_high: 128, "
							      "subscribers_max: 3, subscribers_high: 3}\n"));
}

static void
values_have_limits(void)
{
	refused(PORTS POOL("use_high_percent: 101, use_low_percent: 101") GROUPS
			"nat: {notify_interval_s: 0, fragments_max: 7}\n",
			"t:5:61: pools[0].use_high_percent: 101: must be 0..100 percent\n"
			"t:5:83: pools[0].use_low_percent: 101: must be 0..100 percent\n"
			"t:8:26: nat.notify_interval_s: 0: must be 1..3600 seconds\n"
			"t:8:44: nat.fragments_max: 7: must be 8..1048576 fragments per worker\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nothing_is_limited_by_default),
	CU_TEST_ROW(keys_are_read),
	CU_TEST_ROW(thresholds_can_be_reached),
	CU_TEST_ROW(values_have_limits),
};

CU_MAIN("conf_check_limits", tests)
