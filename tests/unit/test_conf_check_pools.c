/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

/* A-POOL-5 */
static void
address_is_in_one_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28]}\n"
		      "- {name: q, addresses: [203.0.113.1, 198.51.100.15-198.51.100.20]}\n"
		      "- {name: p, addresses: [203.0.113.0/30]}\n" GROUPS,
			"t:6:38: pools[1].addresses[1]: 198.51.100.15-198.51.100.20: must have each address once; 198.51.100.15 is in pools[0].addresses[0] as well\n"
			"t:7:10: pools[2].name: p: must be another name; pools[0] has it as well\n"
			"t:7:25: pools[2].addresses[0]: 203.0.113.0/30: must have each address once; 203.0.113.1 is in pools[1].addresses[0] as well\n");
}

/* A-POOL-5 */
static void
address_is_listed_once_in_a_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28, 203.0.113.1, 198.51.100.5]}\n" GROUPS,
			"t:5:55: pools[0].addresses[2]: 198.51.100.5: must have each address once; 198.51.100.5 is in pools[0].addresses[0] as well\n");
}

static void
excluded_addresses_are_in_the_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28, 203.0.113.1], exclude: [198.51.100.3, 198.51.100.16, 203.0.113.0/31]}\n" GROUPS,
			"t:5:80: pools[0].exclude[1]: 198.51.100.16: must be inside the addresses of pool p\n"
			"t:5:95: pools[0].exclude[2]: 203.0.113.0/31: must be inside the addresses of pool p\n");
}

/* N-DRAIN-1 */
static void
drained_addresses_are_in_the_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28], exclude: [198.51.100.3], drain: [198.51.100.2, 198.51.100.3, 198.51.100.15-198.51.100.16]}\n" GROUPS,
			"t:5:90: pools[0].drain[1]: 198.51.100.3: must be inside the addresses of pool p, without the excluded ones\n"
			"t:5:104: pools[0].drain[2]: 198.51.100.15-198.51.100.16: must be inside the addresses of pool p, without the excluded ones\n");
}

/* N-DRAIN-1: all addresses of a pool may drain. Ranges may overlap. */
static void
drained_addresses_are_sorted(void)
{
	struct cgn_conf *c = accepted(PORTS
			"pools:\n"
			"- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.8/29, 198.51.100.0/28], drain_max_s: 60}\n" GROUPS);

	CU_ASSERT_EQUAL(c->pools[0].n_drained, 1);
	CU_ASSERT_EQUAL(c->pools[0].drained[0].first, 0xc6336400);
	CU_ASSERT_EQUAL(c->pools[0].drained[0].last, 0xc633640f);
	CU_ASSERT_EQUAL(c->pools[0].n_addresses, 16);
	CU_ASSERT_EQUAL(c->pools[0].drain_max_s, 60);
	cgn_conf_free(c);
}

/* N-DRAIN-1 */
static void
static_mapping_is_not_on_a_drained_address(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.1]}\n" GROUPS
		      "nat:\n"
		      "  static_mappings:\n"
		      "  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.1:80}\n",
			"t:10:54: nat.static_mappings[0].external: 198.51.100.1:80: must be an address that pool p does not drain\n");
}

/* N-DRAIN-1: the formula could give its subscribers no other address. */
static void
deterministic_pool_drains_nothing(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28], drain: [198.51.100.1]}\n"
		      "groups:\n"
		      "- {name: g, prefixes: [10.0.0.0/24], pool: p, deterministic: {}}\n",
			"t:5:50: pools[0].drain: list: must be an empty list, since groups[0] is deterministic\n");
}

static void
pool_has_an_address_for_each_worker(void)
{
	refused("workers: 3\n" PORTS "pools:\n"
		"- {name: p, addresses: [198.51.100.0/30], exclude: [198.51.100.0/31]}\n" GROUPS,
			"t:6:24: pools[0].addresses: list: must have an address for each of 3 workers, here are 2\n");
}

static void
pool_is_not_larger_than_any_real_one(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [16.0.0.0/8]}\n" GROUPS,
			"t:5:24: pools[0].addresses: list: must be 1048576 addresses at most, here are 16777216\n");
}

static void
pool_addresses_can_be_a_hosts(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [0.0.0.1, 127.0.0.1, 224.0.0.0/24, 198.51.100.1, 169.254.1.1]}\n" GROUPS,
			"t:5:25: pools[0].addresses[0]: 0.0.0.1: must be unicast addresses, not of 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16\n"
			"t:5:34: pools[0].addresses[1]: 127.0.0.1: must be unicast addresses, not of 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16\n"
			"t:5:45: pools[0].addresses[2]: 224.0.0.0/24: must be unicast addresses, not of 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16\n"
			"t:5:73: pools[0].addresses[4]: 169.254.1.1: must be unicast addresses, not of 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16\n");
}

static void
own_addresses_are_not_swallowed_by_a_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [192.0.2.0/28]}\n" GROUPS,
			"t:5:25: pools[0].addresses[0]: 192.0.2.0/28: must not have 192.0.2.2, an address of port out0: exclude it, or list it by itself to share it\n");
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.1, 100.64.0.1]}\n" GROUPS,
			"t:5:39: pools[0].addresses[1]: 100.64.0.1: must not have 100.64.0.1, an address of inside port in0: exclude it\n");
}

static void
next_hops_are_not_in_a_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28, 192.0.2.1, 192.0.2.64/29]}\n" GROUPS
		      "routes:\n"
		      "- {prefix: 0.0.0.0/0, via: 192.0.2.1}\n"
		      "neighbours:\n"
		      "- {address: 192.0.2.70, mac: 02:00:00:00:00:01}\n",
			"t:9:28: routes[0].via: 192.0.2.1: must be a neighbour; pool p has this address: exclude it there\n"
			"t:11:13: neighbours[0].address: 192.0.2.70: must be a neighbour; pool p has this address: exclude it there\n");
}

/* A-ADR-1: an inside next hop is another address than that of a pool. */
static void
next_hop_may_be_excluded_or_inside(void)
{
	struct cgn_conf *c = accepted(
			"ports:\n"
			"- {name: in0, device: d0, side: inside, addresses: [192.0.2.9/24]}\n"
			"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" GROUPS
			"pools:\n"
			"- {name: p, addresses: [192.0.2.0/29, 192.0.2.129], exclude: [192.0.2.1, 192.0.2.2]}\n"
			"routes:\n"
			"- {prefix: 0.0.0.0/0, via: 192.0.2.1, port: out0}\n"
			"- {prefix: 10.0.0.0/8, via: 192.0.2.129, port: in0}\n"
			"- {prefix: '::/0', via: 'fe80::1', port: out0}\n");

	CU_ASSERT_EQUAL(c->n_routes, 3);
	cgn_conf_free(c);
}

static void
port_range_is_within_1_to_65535(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.1], port_range: 0-65535}\n"
		      "- {name: q, addresses: [198.51.100.2], port_range: 2048-1024}\n"
		      "- {name: r, addresses: [198.51.100.3], port_range: 1024}\n" GROUPS,
			"t:5:52: pools[0].port_range: 0-65535: must be first-last within 1..65535\n"
			"t:6:52: pools[1].port_range: 2048-1024: must be first-last within 1..65535\n"
			"t:7:52: pools[2].port_range: 1024: must be first-last within 1..65535, such as 1024-65535\n");
}

static void
pool_entries_are_ipv4_addresses_prefixes_or_ranges(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.1/28, 2001:db8::/64, 198.51.100.9-198.51.100.8, x, [198.51.100.1]]}\n" GROUPS,
			"t:5:25: pools[0].addresses[0]: 198.51.100.1/28: must be an IPv4 address, prefix or range first-last, such as 198.51.100.0/28\n"
			"t:5:42: pools[0].addresses[1]: 2001:db8::/64: must be an IPv4 address, prefix or range first-last\n"
			"t:5:57: pools[0].addresses[2]: 198.51.100.9-198.51.100.8: must be an IPv4 address, prefix or range first-last, such as 198.51.100.8-198.51.100.9\n"
			"t:5:84: pools[0].addresses[3]: x: must be an IPv4 address, prefix or range first-last\n"
			"t:5:87: pools[0].addresses[4]: list: must be an IPv4 address, prefix or range first-last\n");
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: []}\n"
		      "- {name: q, addresses: 198.51.100.1}\n"
		      "- {name: r}\n" GROUPS,
			"t:5:24: pools[0].addresses: empty list: must be a list of 1..4096 entries\n"
			"t:6:24: pools[1].addresses: 198.51.100.1: must be a list, such as [a, b]\n"
			"t:7:3: pools[2].addresses: missing: must be given: a list of an IPv4 address, prefix or range first-last\n");
}

static void
static_mapping_is_inside_a_group(void)
{
	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 10.0.0.1:80, external: 198.51.100.1:80}\n",
			"t:10:29: nat.static_mappings[0].inside: 10.0.0.1:80: must be an inside address in a prefix of a group\n");
}

static void
static_mapping_takes_an_address_of_its_groups_pool(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28]}\n"
		      "- {name: q, addresses: [203.0.113.1]}\n"
		      "groups:\n"
		      "- {name: g, prefixes: [100.64.0.0/10], pool: p}\n"
		      "- {name: h, prefixes: [100.64.1.0/24], pool: q}\n"
		      "nat:\n"
		      "  static_mappings:\n"
		      "  - {protocol: tcp, inside: 100.64.0.9:80, external: 203.0.113.1:80}\n"
		      "  - {protocol: tcp, inside: 100.64.1.9:80, external: 203.0.113.1:80}\n"
		      "  - {protocol: tcp, inside: 100.64.1.9:81, external: 198.51.100.1:81}\n",
			"t:12:54: nat.static_mappings[0].external: 203.0.113.1:80: must be an address of pool p, which group g uses\n"
			"t:13:54: nat.static_mappings[1].external: 203.0.113.1:80: must be there once; nat.static_mappings[0] has it as well\n"
			"t:14:54: nat.static_mappings[2].external: 198.51.100.1:81: must be an address of pool q, which group h uses\n");
}

static void
static_mapping_leaves_natpmp_its_ports(void)
{
	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: udp, inside: 100.64.0.9:80, external: 198.51.100.1:5350}\n"
			"  - {protocol: udp, inside: 100.64.0.9:81, external: 198.51.100.1:5351}\n"
			"  - {protocol: tcp, inside: 100.64.0.9:82, external: 198.51.100.1:5351}\n",
			"t:10:54: nat.static_mappings[0].external: 198.51.100.1:5350: must have any port but 5350 and 5351, which are NAT-PMP's and PCP's\n"
			"t:11:54: nat.static_mappings[1].external: 198.51.100.1:5351: must have any port but 5350 and 5351, which are NAT-PMP's and PCP's\n"
			"t:12:54: nat.static_mappings[2].external: 198.51.100.1:5351: must have any port but 5350 and 5351, which are NAT-PMP's and PCP's\n");
}

/* L-IPS-4: a pool may be the address of an outside port, and the host keeps its ports there. */
static void
static_mapping_leaves_the_host_its_ports(void)
{
	static const char head[] =
			"ports:\n"
			"  - {name: in0, device: a, side: inside, addresses: [100.64.0.1/10]}\n"
			"  - {name: out0, device: b, side: outside, addresses: [198.51.100.1/28], host: [%s]}\n"
			"host: {}\n"
			"pools: [{name: p, addresses: [198.51.100.1, 203.0.113.1]}]\n"
			"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n"
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: udp, inside: 100.64.0.9:80, external: 198.51.100.1:4500}\n"
			"  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.1:500}\n"
			"  - {protocol: udp, inside: 100.64.0.9:81, external: 198.51.100.1:3784}\n"
			"  - {protocol: udp, inside: 100.64.0.8:82, external: 203.0.113.1:4500}\n";
	char text[sizeof(head) + 16];

	snprintf(text, sizeof(text), head, "ike, esp");
	refused(text,
			"t:9:54: nat.static_mappings[0].external: 198.51.100.1:4500: must have any port but 4500, which ports[].host gives the host on this address\n"
			"t:10:54: nat.static_mappings[1].external: 198.51.100.1:500: must have any port but 500, which ports[].host gives the host on this address\n");
}

/* RFC 4787 REQ-1 */
static void
static_mappings_share_no_endpoint(void)
{
	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: udp, inside: 100.64.0.9:80, external: 198.51.100.1:80}\n"
			"  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.1:80}\n"
			"  - {protocol: udp, inside: 100.64.0.8:80, external: 198.51.100.1:80}\n"
			"  - {protocol: udp, inside: 100.64.0.9:80, external: 198.51.100.1:81}\n",
			"t:12:54: nat.static_mappings[2].external: 198.51.100.1:80: must be there once; nat.static_mappings[0] has it as well\n"
			"t:13:29: nat.static_mappings[3].inside: 100.64.0.9:80: must be there once; nat.static_mappings[0] has it as well\n");
}

/* A-POOL-1 */
static void
static_mappings_of_a_subscriber_have_one_external_address(void)
{
	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.3:80}\n"
			"  - {protocol: udp, inside: 100.64.0.9:80, external: 198.51.100.4:80}\n"
			"  - {protocol: tcp, inside: 100.64.0.8:80, external: 198.51.100.4:80}\n"
			"  - {protocol: udp, inside: 100.64.0.9:81, external: 198.51.100.3:81}\n"
			"  - {protocol: tcp, inside: 100.64.0.9:82, external: 198.51.100.5:82}\n",
			"t:11:54: nat.static_mappings[1].external: 198.51.100.4:80: must be 198.51.100.3 as nat.static_mappings[0] has it: a subscriber has one external address\n"
			"t:14:54: nat.static_mappings[4].external: 198.51.100.5:82: must be 198.51.100.3 as nat.static_mappings[0] has it: a subscriber has one external address\n");
	refused(PORTS POOLS
			"groups:\n"
			"- {name: g, prefixes: [100.64.0.0/10], pool: p, subscriber_prefix_len: 30}\n"
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.3:80}\n"
			"  - {protocol: tcp, inside: 100.64.0.7:80, external: 198.51.100.5:80}\n"
			"  - {protocol: tcp, inside: 100.64.0.10:80, external: 198.51.100.4:80}\n",
			"t:12:55: nat.static_mappings[2].external: 198.51.100.4:80: must be 198.51.100.3 as nat.static_mappings[0] has it: a subscriber has one external address\n");
}

/* A-ADR-1: the own address of an outside port is another one. */
static void
static_mapping_is_not_to_cgnd_itself(void)
{
	struct cgn_conf *c;

	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 100.64.0.1:80, external: 198.51.100.3:80}\n",
			"t:10:29: nat.static_mappings[0].inside: 100.64.0.1:80: must be a subscriber's address; this is an address of port in0\n");
	c = accepted(PORTS POOLS
			"groups:\n"
			"- {name: g, prefixes: [100.64.0.0/10, 192.0.2.0/24], pool: p}\n"
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 192.0.2.2:80, external: 198.51.100.3:80}\n");
	CU_ASSERT_EQUAL(c->nat.n_statics, 1);
	cgn_conf_free(c);
}

static void
static_mapping_has_all_its_keys(void)
{
	refused(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: icmp, inside: 100.64.0.9:0, external: 198.51.100.1}\n"
			"  - {inside: 100.64.0.9:80}\n"
			"  - tcp\n",
			"t:10:16: nat.static_mappings[0].protocol: icmp: must be udp or tcp\n"
			"t:10:30: nat.static_mappings[0].inside: 100.64.0.9:0: must be an IPv4 address:port, port 1..65535\n"
			"t:10:54: nat.static_mappings[0].external: 198.51.100.1: must be an IPv4 address:port, port 1..65535, such as 198.51.100.1:8080\n"
			"t:11:5: nat.static_mappings[1].external: missing: must be given: an IPv4 address:port, port 1..65535\n"
			"t:11:5: nat.static_mappings[1].protocol: missing: must be given: udp or tcp\n"
			"t:12:5: nat.static_mappings[2]: tcp: must be a map of keys\n");
}
/* A-POOL-4 */
static void
pool_is_what_is_listed_without_what_is_excluded(void)
{
	struct cgn_conf *c = accepted(PORTS GROUPS
			"pools:\n"
			"- name: p\n"
			"  addresses: [203.0.113.10-203.0.113.20, 198.51.100.0/28, 203.0.113.7, "
			"203.0.113.8]\n"
			"  exclude: [198.51.100.9, 198.51.100.0]\n");
	const struct cgn_conf_pool *p = &c->pools[0];

	CU_ASSERT_EQUAL(p->n_addresses, 11 + 14 + 2);
	CU_ASSERT_EQUAL_FATAL(p->n_ranges, 4);
	CU_ASSERT_EQUAL(p->ranges[0].first, 0xc6336401);
	CU_ASSERT_EQUAL(p->ranges[0].last, 0xc6336408);
	CU_ASSERT_EQUAL(p->ranges[1].first, 0xc633640a);
	CU_ASSERT_EQUAL(p->ranges[1].last, 0xc633640f);
	CU_ASSERT_EQUAL(p->ranges[2].first, 0xcb007107);
	CU_ASSERT_EQUAL(p->ranges[2].last, 0xcb007108);
	CU_ASSERT_EQUAL(p->ranges[3].first, 0xcb00710a);
	CU_ASSERT_EQUAL(p->ranges[3].last, 0xcb007114);
	cgn_conf_free(c);
}

/* A-POOL-5 */
static void
excluded_address_may_be_in_another_pool(void)
{
	struct cgn_conf *c = accepted(PORTS GROUPS
			"pools:\n"
			"- {name: p, addresses: [198.51.100.0/28], exclude: [198.51.100.9]}\n"
			"- {name: q, addresses: [198.51.100.9]}\n");

	CU_ASSERT_EQUAL(c->pools[0].n_addresses, 15);
	CU_ASSERT_EQUAL(c->pools[1].n_addresses, 1);
	cgn_conf_free(c);
}

static void
home_router_shares_the_address_of_its_outside_port(void)
{
	struct cgn_conf *c = accepted(PORTS GROUPS "pools:\n- {name: p, addresses: [192.0.2.2]}\n");

	CU_ASSERT_EQUAL(c->pools[0].ranges[0].first, 0xc0000202);
	cgn_conf_free(c);
}

static void
own_address_may_be_excluded_from_a_pool(void)
{
	struct cgn_conf *c = accepted(PORTS GROUPS
			"pools:\n"
			"- {name: p, addresses: [192.0.2.0/28], exclude: [192.0.2.2]}\n");

	CU_ASSERT_EQUAL(c->pools[0].n_addresses, 15);
	cgn_conf_free(c);
}

/* RFC 6908 section 2.11: low ports are given out only where the file says so. */
static void
low_ports_are_named_explicitly(void)
{
	struct cgn_conf *c = accepted(PORTS
			"pools:\n"
			"- {name: p, addresses: [198.51.100.1], port_range: 512-65535}\n" GROUPS);

	CU_ASSERT_EQUAL(c->pools[0].port_min, 512);
	cgn_conf_free(c);
}

static void
static_mapping_may_have_any_other_port(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS
			"nat:\n"
			"  static_mappings:\n"
			"  - {protocol: udp, inside: 100.64.0.9:53, external: 198.51.100.1:53}\n"
			"  - {protocol: tcp, inside: 100.64.0.9:53, external: 198.51.100.1:5352}\n");

	CU_ASSERT_EQUAL(c->nat.n_statics, 2);
	cgn_conf_free(c);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_is_in_one_pool),
	CU_TEST_ROW(address_is_listed_once_in_a_pool),
	CU_TEST_ROW(excluded_addresses_are_in_the_pool),
	CU_TEST_ROW(drained_addresses_are_in_the_pool),
	CU_TEST_ROW(drained_addresses_are_sorted),
	CU_TEST_ROW(static_mapping_is_not_on_a_drained_address),
	CU_TEST_ROW(deterministic_pool_drains_nothing),
	CU_TEST_ROW(pool_has_an_address_for_each_worker),
	CU_TEST_ROW(pool_is_not_larger_than_any_real_one),
	CU_TEST_ROW(pool_addresses_can_be_a_hosts),
	CU_TEST_ROW(own_addresses_are_not_swallowed_by_a_pool),
	CU_TEST_ROW(next_hops_are_not_in_a_pool),
	CU_TEST_ROW(next_hop_may_be_excluded_or_inside),
	CU_TEST_ROW(port_range_is_within_1_to_65535),
	CU_TEST_ROW(pool_entries_are_ipv4_addresses_prefixes_or_ranges),
	CU_TEST_ROW(static_mapping_is_inside_a_group),
	CU_TEST_ROW(static_mapping_takes_an_address_of_its_groups_pool),
	CU_TEST_ROW(static_mapping_leaves_natpmp_its_ports),
	CU_TEST_ROW(static_mapping_leaves_the_host_its_ports),
	CU_TEST_ROW(static_mappings_share_no_endpoint),
	CU_TEST_ROW(static_mappings_of_a_subscriber_have_one_external_address),
	CU_TEST_ROW(static_mapping_is_not_to_cgnd_itself),
	CU_TEST_ROW(static_mapping_has_all_its_keys),
	CU_TEST_ROW(pool_is_what_is_listed_without_what_is_excluded),
	CU_TEST_ROW(excluded_address_may_be_in_another_pool),
	CU_TEST_ROW(home_router_shares_the_address_of_its_outside_port),
	CU_TEST_ROW(own_address_may_be_excluded_from_a_pool),
	CU_TEST_ROW(low_ports_are_named_explicitly),
	CU_TEST_ROW(static_mapping_may_have_any_other_port),
};

CU_MAIN("conf_check_pools", tests)
