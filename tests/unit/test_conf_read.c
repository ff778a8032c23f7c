/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

#include <rte_common.h>

static void
unknown_keys_are_refused_at_every_level(void)
{
	refused(PORTS POOLS GROUPS "nat: {timeout: 5, timeouts: {udp: 5}}\n"
				   "worker: 2\n",
			"t:8:7: nat.timeout: unknown key: did you mean timeouts? It must be one of mapping, filtering, hairpin, port_choice, port_parity, inbound_refresh, pool_echo, syn_unreachable, hold_down_s, hold_down_max, block_guard_s, mappings_max, sessions_max, fragments_max, subscribers_max, mappings_high, sessions_high, subscribers_high, notify_interval_s, syn_hold_max, icmp_errors_per_s, pass_through, static_mappings, timeouts\n"
			"t:8:30: nat.timeouts.udp: unknown key: did you mean udp_s? It must be one of udp_s, icmp_s, tcp_established_s, tcp_opening_s, tcp_closing_s, fragment_s\n"
			"t:9:1: worker: unknown key: did you mean workers? It must be one of workers, eal, runtime_dir, prefault, ports, routes, neighbours, pools, groups, nat, natpmp, pcp, softwire, host, export, limits, store, restart, telemetry, metrics, allow_rfc_violations\n");
	refused("ports:\n"
		"- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10], nat: {}}\n"
		"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" POOLS
					GROUPS,
			"t:2:69: ports[0].nat: unknown key: did you mean nat in the first column? Here it must be one of name, device, side, addresses, vlan, mtu, ttl_exceeded, source_check, host\n");
}

static void
duplicate_keys_are_refused_at_every_level(void)
{
	refused(PORTS POOLS GROUPS "workers: 1\n"
				   "nat: {hairpin: true, hairpin: true}\n"
				   "workers: 2\n",
			"t:9:22: nat.hairpin: duplicate key: must be given once (first in line 9)\n"
			"t:10:1: workers: duplicate key: must be given once (first in line 8)\n");
}

static void
missing_keys_are_named(void)
{
	refused("nat: {}\n",
			"t:1:1: groups: not given: must have at least one group\n"
			"t:1:1: pools: not given: must have at least one pool\n"
			"t:1:1: ports: missing: must be given: a list of maps of keys\n");
	refused("ports:\n"
		"- {}\n"
		"-\n" POOLS GROUPS,
			"t:2:3: ports[0].addresses: missing: must be given: a list of an own address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:2:3: ports[0].device: missing: must be given: a PCI address or vdev, 1..255 octets without white space\n"
			"t:2:3: ports[0].name: missing: must be given: 1..31 letters, digits, '_', '-', '.'\n"
			"t:2:3: ports[0].side: missing: must be given: inside or outside\n"
			"t:3:2: ports[1]: : must be a map of keys\n");
}

static void
values_have_the_type_of_their_key(void)
{
	refused(PORTS POOLS GROUPS "workers: [1]\n"
				   "eal: x\n"
				   "runtime_dir: {a: b}\n"
				   "nat: {hairpin: 1, timeouts: [udp_s], port_choice: Random}\n"
				   "natpmp: {upstream: example.net, announce: yes}\n"
				   "softwire: {local: 192.0.2.1}\n"
				   "store: none\n",
			"t:8:10: workers: list: must be 1..64 lcores\n"
			"t:9:6: eal: x: must be a list, such as [a, b]\n"
			"t:10:14: runtime_dir: map: must be a text of 1..80 octets\n"
			"t:11:16: nat.hairpin: 1: must be true or false; did you mean true?\n"
			"t:11:29: nat.timeouts: list: must be a map of keys\n"
			"t:11:51: nat.port_choice: Random: must be random or preserve; did you mean random?\n"
			"t:12:20: natpmp.upstream: example.net: must be an IPv4 or IPv6 address\n"
			"t:12:43: natpmp.announce: yes: must be true or false; did you mean true?\n"
			"t:13:19: softwire.local: 192.0.2.1: must be an IPv6 address\n"
			"t:14:8: store: none: must be a map of keys\n");
}

static void
numbers_are_plain_decimal(void)
{
	refused(PORTS POOLS GROUPS
			"nat: {timeouts: {udp_s: 0x100, icmp_s: 1_000, tcp_opening_s: 0300, tcp_closing_s: 300s, fragment_s: '-3'}, mappings_max: 99999999999}\n"
			"workers: 0\n",
			"t:8:25: nat.timeouts.udp_s: 0x100: must be 1..604800 s\n"
			"t:8:40: nat.timeouts.icmp_s: 1_000: must be 1..604800 s\n"
			"t:8:62: nat.timeouts.tcp_opening_s: 0300: must be 1..604800 s\n"
			"t:8:83: nat.timeouts.tcp_closing_s: 300s: must be 1..604800 s\n"
			"t:8:101: nat.timeouts.fragment_s: -3: must be 1..60 s\n"
			"t:8:122: nat.mappings_max: 99999999999: must be 0..268435456 mappings per worker\n"
			"t:9:10: workers: 0: must be 1..64 lcores\n");
}

static void
names_have_no_odd_characters(void)
{
	refused("ports:\n"
		"- {name: 'in 0', device: 'd 0', side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: out0_xxxxxxxxxxxxxxxxxxxxxxxxxxx, device: '', side: outside, addresses: [192.0.2.2/24]}\n" POOLS
					GROUPS "telemetry: {prefix: a/b}\n",
			"t:2:10: ports[0].name: in 0: must be 1..31 letters, digits, '_', '-', '.'\n"
			"t:2:26: ports[0].device: d 0: must be a PCI address or vdev, 1..255 octets without white space\n"
			"t:3:10: ports[1].name: out0_xxxxxxxxxxxxxxxxxxxxxxxxxxx: must be 1..31 letters, digits, '_', '-', '.'\n"
			"t:3:52: ports[1].device: : must be a PCI address or vdev, 1..255 octets without white space\n"
			"t:8:21: telemetry.prefix: a/b: must be 1..31 letters, digits, '_', '-', '.', the first no '.'\n");
}

static void
servers_listen_on_an_address_and_a_port(void)
{
	refused(PORTS POOLS GROUPS "metrics: {listen: localhost:80}\n",
			"t:8:19: metrics.listen: localhost:80: must be empty, or address:port or [IPv6 address]:port, port 1..65535\n");
	refused(PORTS POOLS GROUPS "metrics: {listen: '::1:80', port: 80}\n",
			"t:8:19: metrics.listen: ::1:80: must be empty, or address:port or [IPv6 address]:port, port 1..65535\n"
			"t:8:29: metrics.port: unknown key: must be one of listen\n");
	cgn_conf_free(accepted(PORTS POOLS GROUPS "metrics: {listen: '[::1]:9469'}\n"));
}

/* It becomes a part of paths below /run, where it is to lead nowhere else. */
static void
prefix_that_leads_elsewhere_is_refused(void)
{
	static const char *const bad[] = { "..", ".", "", "/", "../x", ".x", "a/b",
		"x2345678901234567890123456789012" };
	char text[1024], expected[256];

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		snprintf(text, sizeof(text), PORTS POOLS GROUPS "telemetry: {prefix: '%s'}\n",
				bad[i]);
		snprintf(expected, sizeof(expected),
				"t:8:21: telemetry.prefix: %s: must be 1..31 letters, digits, '_', '-', '.', the first no '.'\n",
				bad[i]);
		refused(text, expected);
	}
}

static void
all_errors_of_a_file_are_reported_at_once_and_in_order(void)
{
	refused("workers: 0\n"
		"ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		"pools:\n"
		"- {name: p, addresses: [198.51.100.0/28, 198.51.100.1]}\n"
		"groups:\n"
		"- {name: g, prefixes: [10.0.0.1/8], pool: q, block_size: 100}\n"
		"nat: {timeouts: {udp_s: 1}}\n"
		"colour: blue\n",
			"t:1:10: workers: 0: must be 1..64 lcores\n"
			"t:3:1: ports: list: must have at least one outside port\n"
			"t:5:42: pools[0].addresses[1]: 198.51.100.1: must have each address once; 198.51.100.1 is in pools[0].addresses[0] as well\n"
			"t:7:24: groups[0].prefixes[0]: 10.0.0.1/8: must be an IPv4 or IPv6 prefix, no bits set behind its length, such as 10.0.0.0/8\n"
			"t:7:43: groups[0].pool: q: must be the name of a pool\n"
			"t:7:58: groups[0].block_size: 100: must be a power of two, 64..4096\n"
			"t:8:25: nat.timeouts.udp_s: 1: must be 120 s or more by RFC 4787 REQ-5, or named in allow_rfc_violations\n"
			"t:9:1: colour: unknown key: must be one of workers, eal, runtime_dir, prefault, ports, routes, neighbours, pools, groups, nat, natpmp, pcp, softwire, host, export, limits, store, restart, telemetry, metrics, allow_rfc_violations\n");
}
/* E-PX-9: natpmp.upstream */
static void
list_may_stand_without_its_brackets(void)
{
	struct cgn_conf *c = accepted(
			PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 192.0.2.1}\n");

	CU_ASSERT_EQUAL(c->natpmp.n_upstreams, 1);
	CU_ASSERT_EQUAL(c->natpmp.upstreams[0].ip4, rte_cpu_to_be_32(0xc0000201));
	cgn_conf_free(c);
	c = accepted(PORTS POOLS GROUPS
			"natpmp: {role: relay, upstream: [192.0.2.1, 192.0.2.5]}\n");
	CU_ASSERT_EQUAL(c->natpmp.n_upstreams, 2);
	CU_ASSERT_EQUAL(c->natpmp.upstreams[1].ip4, rte_cpu_to_be_32(0xc0000205));
	cgn_conf_free(c);
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: [192.0.2.1, 100.64.0.1]}\n",
			"t:8:45: natpmp.upstream[1]: 100.64.0.1: must be another NAT's address; this is an address of port in0\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: [224.0.0.1]}\n",
			"t:8:34: natpmp.upstream[0]: 224.0.0.1: must be a host's address\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: []}\n",
			"t:8:33: natpmp.upstream: empty list: must be the address of the NAT in front, since natpmp.role is relay\n");
	refused(PORTS POOLS GROUPS
			"natpmp: {role: relay, upstream: [192.0.2.1, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6]}\n",
			"t:8:33: natpmp.upstream: list: must be a list of 0..4 entries\n");
}

/* E-PX-5: only the PCP proxy of a B4 asks over IPv6, and it does nothing else. */
static void
relay_asks_over_ip6_as_proxy_of_a_b4_only(void)
{
	static const char b4[] = PORTS
			"pools: []\ngroups: []\n"
			"softwire: {role: b4, local: '2001:db8::2', remote: '2001:db8:f::1'}\n";
	static const struct {
		const char *upstream, *error; /* NULL: accepted */
	} cases[] = {
		{ "upstream: '2001:db8:f::1', upstream_protocol: pcp", NULL },
		{ "upstream: ['2001:db8:f::1', '2001:1::1'], upstream_protocol: pcp", NULL },
		{ "upstream: 192.0.0.1, upstream_protocol: natpmp", NULL },
		{ "upstream: 192.0.0.1, upstream_protocol: pcp",
				"192.0.0.1: must be an IPv6 address of the AFTR, since softwire.role is b4 and natpmp.upstream_protocol is pcp" },
		{ "upstream: '2001:db8:f::1'",
				"2001:db8:f::1: must be an IPv4 address; only a B4 with natpmp.upstream_protocol pcp asks over IPv6" },
		{ "upstream: '2001:db8::2', upstream_protocol: pcp",
				"2001:db8::2: must be the address of the AFTR; this is softwire.local" },
		{ "upstream: '::', upstream_protocol: pcp",
				"::: must be the address of the NAT in front, since natpmp.role is relay" },
		{ "upstream: '::1', upstream_protocol: pcp", "::1: must be a host's address" },
		{ "upstream: 'ff02::1', upstream_protocol: pcp",
				"ff02::1: must be a host's address" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024], error[256];

		snprintf(text, sizeof(text), "%snatpmp: {role: relay, %s}\n", b4,
				cases[i].upstream);
		snprintf(error, sizeof(error), "t:7:33: natpmp.upstream: %s\n",
				cases[i].error != NULL ? cases[i].error : "");
		if (cases[i].error != NULL) {
			refused(text, error);
		} else {
			struct cgn_conf *c = accepted(text);

			CU_ASSERT_EQUAL(cgn_conf_is_proxy(&c->natpmp), i < 2);
			cgn_conf_free(c);
		}
	}
	refused(PORTS POOLS GROUPS
			"natpmp: {role: relay, upstream: '2001:db8::1', upstream_protocol: pcp}\n",
			"t:8:33: natpmp.upstream: 2001:db8::1: must be an IPv4 address; only a B4 with natpmp.upstream_protocol pcp asks over IPv6\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unknown_keys_are_refused_at_every_level),
	CU_TEST_ROW(duplicate_keys_are_refused_at_every_level),
	CU_TEST_ROW(missing_keys_are_named),
	CU_TEST_ROW(values_have_the_type_of_their_key),
	CU_TEST_ROW(numbers_are_plain_decimal),
	CU_TEST_ROW(names_have_no_odd_characters),
	CU_TEST_ROW(servers_listen_on_an_address_and_a_port),
	CU_TEST_ROW(prefix_that_leads_elsewhere_is_refused),
	CU_TEST_ROW(all_errors_of_a_file_are_reported_at_once_and_in_order),
	CU_TEST_ROW(list_may_stand_without_its_brackets),
	CU_TEST_ROW(relay_asks_over_ip6_as_proxy_of_a_b4_only),
};

CU_MAIN("conf_read", tests)
