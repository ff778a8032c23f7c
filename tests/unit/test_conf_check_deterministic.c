/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

/* A pool of one address, and the group of RFC 7422 section 2.3 with more keys. */
#define ONE        \
	"pools:\n" \
	"- {name: p, addresses: [192.0.2.1]}\n"
#define TWO                                           \
	"pools:\n"                                    \
	"- {name: p, addresses: [198.51.100.0/28]}\n" \
	"- {name: q, addresses: [203.0.113.1]}\n"
#define GROUP(keys) \
	"groups:\n" \
	"- {name: g, prefixes: [198.51.100.0/28], pool: p, " keys "}\n"
#define EXAMPLE GROUP("deterministic: {dynamic: 2, ports_max: 5040, reserved: [5004, 5060-5061]}")

static void
keys_are_read(void)
{
	struct cgn_conf *conf = accepted(PORTS ONE EXAMPLE);
	const struct cgn_conf_deterministic *d = &conf->groups[0].deterministic;

	CU_ASSERT_TRUE(d->is_on);
	CU_ASSERT_EQUAL(d->dynamic, 2);
	CU_ASSERT_EQUAL(d->ports_max, 5040);
	CU_ASSERT_EQUAL_FATAL(d->n_reserved, 2);
	CU_ASSERT_TRUE(d->reserved[0].first == 5004 && d->reserved[0].last == 5004);
	CU_ASSERT_TRUE(d->reserved[1].first == 5060 && d->reserved[1].last == 5061);
	cgn_conf_free(conf);
}

static void
section_switches_it_on(void)
{
	struct cgn_conf *conf = accepted(PORTS ONE GROUP("deterministic: {}"));

	CU_ASSERT_TRUE(conf->groups[0].deterministic.is_on);
	CU_ASSERT_EQUAL(conf->groups[0].deterministic.dynamic, 0);
	CU_ASSERT_EQUAL(conf->groups[0].deterministic.ports_max, 65535);
	CU_ASSERT_EQUAL(conf->groups[0].deterministic.n_reserved, 0);
	cgn_conf_free(conf);
	conf = accepted(PORTS ONE GROUP("blocks_max: 4"));
	CU_ASSERT_FALSE(conf->groups[0].deterministic.is_on);
	cgn_conf_free(conf);
}

static void
values_have_limits(void)
{
	refused(PORTS ONE GROUP("deterministic: {dynamic: 1009, ports_max: 63, "
				"reserved: [0, 7-5, 1-65535, x], other: 1}"),
			"t:7:76: groups[0].deterministic.dynamic: 1009: must be 0..1008 shares\n"
			"t:7:93: groups[0].deterministic.ports_max: 63: must be 64..65535 ports\n"
			"t:7:108: groups[0].deterministic.reserved[0]: 0: must be a port or first-last, within 1..65535\n"
			"t:7:111: groups[0].deterministic.reserved[1]: 7-5: must be a port or first-last, within 1..65535\n"
			"t:7:125: groups[0].deterministic.reserved[3]: x: must be a port or first-last, within 1..65535\n"
			"t:7:129: groups[0].deterministic.other: unknown key: did you mean host.punts_per_s.other? Here it must be one of dynamic, ports_max, use_high_percent, reserved\n");
}

/* Otherwise a port would not tell the group. */
static void
group_has_a_pool_of_its_own(void)
{
	refused(PORTS POOLS "groups:\n"
			    "- {name: a, prefixes: [10.0.0.0/24], pool: p}\n"
			    "- {name: b, prefixes: [10.0.1.0/24], pool: p, deterministic: {}}\n"
			    "- {name: c, prefixes: [10.0.2.0/24], pool: p, deterministic: {}}\n",
			"t:7:44: groups[0].pool: p: must be another pool: groups[1] is deterministic and needs p for itself\n"
			"t:9:44: groups[2].pool: p: must be another pool: groups[1] is deterministic and needs p for itself\n");
}

static void
own_range_has_64_ports(void)
{
	refused(PORTS ONE "groups:\n"
			  "- {name: g, prefixes: [10.0.0.0/22], pool: p, deterministic: {}}\n",
			"t:7:62: groups[0].deterministic: empty map: must leave 64 ports or more for each subscriber: here are 63, "
			"since 1022 subscribers share 1 addresses, 1022 and 0 dynamic shares on each\n");
	refused(PORTS ONE GROUP("deterministic: {reserved: [1-65535]}"),
			"t:7:66: groups[0].deterministic: map: must leave 64 ports or more for each subscriber: here are 0, "
			"since 14 subscribers share 1 addresses, 14 and 0 dynamic shares on each\n");
}

/* As many as fit, with ports below 1024. */
static void
own_ranges_may_fill_all_ports(void)
{
	struct cgn_conf *conf = accepted(
			PORTS "pools: [{name: p, addresses: [192.0.2.1], port_range: 1-65535}]\n"
			      "groups:\n"
			      "- {name: g, prefixes: [10.0.0.0/22], pool: p, deterministic: {}}\n");

	cgn_conf_free(conf);
}

static void
subscribers_are_not_too_many(void)
{
	refused(PORTS ONE "softwire: {role: aftr, local: '2001:db8:f::1'}\n"
			  "groups:\n"
			  "- {name: g, prefixes: ['2001:d00::/24'], pool: p, deterministic: {}}\n",
			"t:8:23: groups[0].prefixes: list: must be 2^30 subscribers at most, since the group is deterministic\n");
}

static void
sizes_fit_the_own_range(void)
{
	refused(PORTS ONE GROUP("leases_reserve: 4300, "
				"deterministic: {dynamic: 1, ports_max: 4299}"),
			"t:7:67: groups[0].leases_reserve: 4300: must be fewer than the 4300 ports of an own range\n"
			"t:7:112: groups[0].deterministic.ports_max: 4299: must be 4300 or more: an own range has that many ports\n");
}

static void
block_fits_the_dynamic_part(void)
{
	refused(PORTS ONE
			"groups:\n"
			"- {name: g, prefixes: [10.0.0.0/24], pool: p, block_size: 512, deterministic: {dynamic: 1}}\n",
			"t:7:59: groups[0].block_size: 512: must be 448 or less: the dynamic part has no more ports in whole words of 64\n");
}

/* A subscriber has one range, and the range one subscriber. A deterministic group may lie in another group. */
static void
prefixes_do_not_lie_in_those_of_a_deterministic_group(void)
{
	struct cgn_conf *conf;

	refused(PORTS TWO
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/24, 10.0.0.64/26], pool: p, deterministic: {}}\n"
			"- {name: b, prefixes: [10.0.0.0/8], pool: q}\n",
			"t:8:37: groups[0].prefixes[1]: 10.0.0.64/26: must have nothing of groups[0].prefixes[0], since groups[0] is deterministic\n");
	refused(PORTS TWO "groups:\n"
			  "- {name: a, prefixes: [10.0.0.0/24], pool: p, deterministic: {}}\n"
			  "- {name: b, prefixes: [10.0.0.0/8, 10.0.0.128/25], pool: q}\n",
			"t:9:36: groups[1].prefixes[1]: 10.0.0.128/25: must have nothing of groups[0].prefixes[0], since groups[0] is deterministic\n");
	conf = accepted(PORTS TWO
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/24], pool: p, deterministic: {}}\n"
			"- {name: b, prefixes: [10.0.0.0/8], pool: q}\n");
	cgn_conf_free(conf);
}

#define STATIC(inside, external)                                              \
	"nat: {static_mappings: [{protocol: tcp, inside: '198.51.100." inside \
	"', external: '192.0.2.1:" external "'}]}\n"

static void
static_mapping_lies_in_the_own_range(void)
{
	struct cgn_conf *conf = accepted(PORTS ONE EXAMPLE STATIC("1:80", "5003"));

	cgn_conf_free(conf);
	refused(PORTS ONE EXAMPLE STATIC("1:80", "5060"),
			"t:8:78: nat.static_mappings[0].external: 192.0.2.1:5060: must be an endpoint of 192.0.2.1, ports 1024-5055: the own range of this subscriber\n");
	refused(PORTS ONE EXAMPLE STATIC("2:80", "5055"),
			"t:8:78: nat.static_mappings[0].external: 192.0.2.1:5055: must be an endpoint of 192.0.2.1, ports 5056-9088: the own range of this subscriber\n");
	refused(PORTS ONE EXAMPLE STATIC("2:80", "65000"),
			"t:8:78: nat.static_mappings[0].external: 192.0.2.1:65000: must be an endpoint of 192.0.2.1, ports 5056-9088: the own range of this subscriber\n");
	refused(PORTS ONE EXAMPLE STATIC("15:80", "1024"),
			"t:8:49: nat.static_mappings[0].inside: 198.51.100.15:80: must be a host's address: the group is deterministic, and this one has no range\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(keys_are_read),
	CU_TEST_ROW(section_switches_it_on),
	CU_TEST_ROW(values_have_limits),
	CU_TEST_ROW(group_has_a_pool_of_its_own),
	CU_TEST_ROW(own_range_has_64_ports),
	CU_TEST_ROW(own_ranges_may_fill_all_ports),
	CU_TEST_ROW(subscribers_are_not_too_many),
	CU_TEST_ROW(sizes_fit_the_own_range),
	CU_TEST_ROW(block_fits_the_dynamic_part),
	CU_TEST_ROW(prefixes_do_not_lie_in_those_of_a_deterministic_group),
	CU_TEST_ROW(static_mapping_lies_in_the_own_range),
};

CU_MAIN("conf_check_deterministic", tests)
