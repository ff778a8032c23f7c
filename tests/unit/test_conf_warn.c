/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

#define ROUTES "routes: [{prefix: 0.0.0.0/0, via: 192.0.2.1}]\n"

/* Check that a text is accepted with exactly these lines of warnings. REQ: G-DAY-30 */
static void
warned(const char *yaml, const char *expected)
{
	struct cgn_conf_errors errs = { .want_warnings = true };
	struct cgn_conf *conf = NULL;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_EQUAL(cgn_conf_load_text("t", yaml, strlen(yaml), &conf, &errs), 0);
	CU_ASSERT_PTR_NOT_NULL(conf);
	CU_ASSERT_TRUE(cgn_conf_errors_none(&errs));
	CU_ASSERT_EQUAL(cgn_conf_errors_has_warnings(&errs), expected[0] != '\0');
	cgn_conf_free(conf);
	cgn_conf_errors_print(&errs, out);
	cgn_conf_errors_fini(&errs);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected) != 0)
		fprintf(stderr, "said:\n%sexpected:\n%s", text, expected);
	free(text);
}

static void
good_file_has_no_warning(void)
{
	warned(PORTS ROUTES POOLS GROUPS, "");
	/* An address of an outside link may lie in the space of the subscribers, as at a home router. */
	warned("ports:\n"
	       "- {name: in0, device: d0, side: inside, addresses: [192.168.1.1/24]}\n"
	       "- {name: out0, device: d1, side: outside, addresses: [100.64.0.2/10]}\n"
	       "routes: [{prefix: 0.0.0.0/0, via: 100.64.0.1}]\n"
	       "pools: [{name: p, addresses: [100.64.0.2]}]\n"
	       "groups: [{name: g, prefixes: [192.168.1.0/24], pool: p, block_size: 64, blocks_max: 64}]\n",
			"");
}

/* Who does not ask for warnings gets none: a reload is not told twice what the start has said. */
static void
warnings_must_be_wanted(void)
{
	cgn_conf_free(accepted(PORTS POOLS GROUPS));
}

static void
error_hides_warnings(void)
{
	refused(PORTS POOLS GROUPS "nat: {hold_down_s: no}\n",
			"t:8:20: nat.hold_down_s: no: must be 0..86400 s\n");
}

static void
pool_without_a_group_is_told(void)
{
	warned(PORTS ROUTES POOLS "- {name: spare, addresses: [203.0.113.1]}\n" GROUPS,
			"t:7:10: warning: pools[1].name: spare: no group uses this pool\n");
}

static void
pool_that_is_drained_as_a_whole_is_told(void)
{
	warned(PORTS ROUTES
			"pools:\n- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.0/29], drain_max_s: 60}\n" GROUPS,
			"");
	warned(PORTS ROUTES
			"pools:\n- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.0/28], drain_max_s: 60}\n" GROUPS,
			"t:6:50: warning: pools[0].drain: list: all 16 addresses of the pool are drained, so nobody gets a port\n");
}

static void
drain_that_ends_at_once_is_told(void)
{
	warned(PORTS ROUTES
			"pools:\n- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.0/29], drain_max_s: 0}\n" GROUPS,
			"t:6:82: warning: pools[0].drain_max_s: 0: connections on the addresses of drain end at once\n");
}

static void
pool_inside_subscriber_space_is_told(void)
{
	warned(PORTS ROUTES
			"pools:\n- {name: p, addresses: [198.51.100.0/28, 100.65.0.0/28]}\n" GROUPS,
			"t:6:24: warning: pools[0].addresses: list: the pool has addresses of group g, which has 100.64.0.0/10: no subscriber can use them\n");
}

static void
pass_through_that_covers_a_pool_is_told(void)
{
	warned(PORTS ROUTES POOLS GROUPS "nat: {pass_through: [203.0.113.0/24, 198.51.100.0/24]}\n",
			"t:9:38: warning: nat.pass_through[1]: 198.51.100.0/24: this has addresses of pool p: subscribers cannot reach each other by them\n");
	warned(PORTS ROUTES POOLS GROUPS "nat: {pass_through: [0.0.0.0/0]}\n",
			"t:9:22: warning: nat.pass_through[0]: 0.0.0.0/0: nothing at all is translated\n");
}

static void
reserve_of_a_quarter_is_told(void)
{
	warned(PORTS ROUTES POOLS
			"groups:\n- {name: g, prefixes: [100.64.0.0/10], pool: p, block_size: 64, blocks_max: 1, mappings_max: 0}\n",
			"t:8:3: warning: groups[0].leases_reserve: default 16: 16 of the 64 ports that a subscriber can have are kept for leases; traffic gets 48\n");
	warned(PORTS ROUTES POOLS
			"groups:\n- {name: g, prefixes: [100.64.0.0/10], pool: p, block_size: 64, blocks_max: 1, leases_reserve: 15}\n",
			"");
	warned(PORTS ROUTES POOLS
			"groups:\n- {name: g, prefixes: [100.64.0.0/10], pool: p, block_size: 64, blocks_max: 1, leases_reserve: 0}\n",
			"");
}

static void
limit_out_of_reach_is_told(void)
{
	warned(PORTS ROUTES POOLS
			"groups:\n- {name: g, prefixes: [100.64.0.0/10], pool: p, block_size: 64, blocks_max: 2,\n"
			"   mappings_max: 385, mappings_tcp_max: 129, mappings_udp_max: 128}\n",
			"t:9:18: warning: groups[0].mappings_max: 385: a subscriber cannot have more than 384, since all its ports are 128\n"
			"t:9:41: warning: groups[0].mappings_tcp_max: 129: a subscriber cannot have more than 128, since all its ports are 128\n");
}

static void
group_without_a_way_back_is_told(void)
{
	warned(PORTS ROUTES POOLS
			"groups:\n- {name: g, prefixes: [100.64.0.0/16, 10.0.0.0/8], pool: p}\n",
			"t:8:39: warning: groups[0].prefixes[1]: 10.0.0.0/8: no link of an inside port and no route leads there, so these subscribers are not served\n");
	warned(PORTS "routes:\n- {prefix: 0.0.0.0/0, via: 192.0.2.1}\n- {prefix: 10.1.0.0/16, via: 100.64.0.2}\n" POOLS
		     "groups:\n- {name: g, prefixes: [100.64.0.0/16, 10.0.0.0/8], pool: p}\n",
			"");
}

static void
missing_route_outside_is_told(void)
{
	warned(PORTS POOLS GROUPS,
			"t:1:1: warning: routes: not given: no route leads outside, so only hosts on the links of outside ports are reached\n");
	warned(PORTS "routes: [{prefix: 10.0.0.0/8, via: 100.64.0.2}]\n" POOLS GROUPS,
			"t:4:9: warning: routes: list: no route leads outside, so only hosts on the links of outside ports are reached\n");
}

static void
ports_on_one_interface_are_told(void)
{
#define ONE_INTERFACE(inside, outside)                                                                     \
	"ports:\n"                                                                                         \
	"- {name: in0, device: 'net_af_packet0,iface=e1', side: inside, addresses: [100.64.0.1/10]" inside \
	"}\n"                                                                                              \
	"- {name: out0, device: 'net_af_packet1,iface=" outside                                            \
	", side: outside, addresses: [192.0.2.2/24]}\n" ROUTES POOLS GROUPS
	warned(ONE_INTERFACE("", "e1,blocksz=4096'"),
			"t:3:24: warning: ports[1].device: net_af_packet1,iface=e1,blocksz=4096: ports[0] has the same interface and VLAN\n");
	warned(ONE_INTERFACE("", "e10'"), "");
	warned(ONE_INTERFACE(", vlan: 7", "e1'"), "");
#undef ONE_INTERFACE
}

static void
smaller_mtu_inside_is_told(void)
{
	warned("ports:\n"
	       "- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10], mtu: 1400}\n"
	       "- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" ROUTES POOLS
					GROUPS,
			"t:2:74: warning: ports[0].mtu: 1400: smaller than the 1500 of the outside ports: larger packets to subscribers are fragmented or refused\n");
}

static void
tunnel_that_does_not_fit_is_told(void)
{
	warned("ports:\n"
	       "- {name: in0, device: d0, side: inside, addresses: ['2001:db8:1::1/64']}\n"
	       "- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" ROUTES POOLS
	       "groups:\n- {name: g, prefixes: ['2001:db8:1::/64'], subscriber_prefix6_len: 64, pool: p}\n"
	       "softwire: {role: aftr, local: '2001:db8:f::1', tunnel_mtu: 1540}\n",
			"t:9:60: warning: softwire.tunnel_mtu: 1540: greater than the mtu of the ports that softwires use, which is 1500\n");
}

static void
third_parties_that_are_all_subscribers_are_told(void)
{
	warned(PORTS ROUTES POOLS GROUPS "pcp: {third_party: [100.64.0.9/32, 100.0.0.0/8]}\n",
			"t:9:36: warning: pcp.third_party[1]: 100.0.0.0/8: this has all hosts of group g: each of them may open and close ports of all others\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(good_file_has_no_warning),
	CU_TEST_ROW(warnings_must_be_wanted),
	CU_TEST_ROW(error_hides_warnings),
	CU_TEST_ROW(pool_without_a_group_is_told),
	CU_TEST_ROW(pool_that_is_drained_as_a_whole_is_told),
	CU_TEST_ROW(drain_that_ends_at_once_is_told),
	CU_TEST_ROW(pool_inside_subscriber_space_is_told),
	CU_TEST_ROW(pass_through_that_covers_a_pool_is_told),
	CU_TEST_ROW(reserve_of_a_quarter_is_told),
	CU_TEST_ROW(limit_out_of_reach_is_told),
	CU_TEST_ROW(group_without_a_way_back_is_told),
	CU_TEST_ROW(missing_route_outside_is_told),
	CU_TEST_ROW(ports_on_one_interface_are_told),
	CU_TEST_ROW(smaller_mtu_inside_is_told),
	CU_TEST_ROW(tunnel_that_does_not_fit_is_told),
	CU_TEST_ROW(third_parties_that_are_all_subscribers_are_told),
};

CU_MAIN("conf_warn", tests)
