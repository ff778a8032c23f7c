/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

static void
port_names_are_unique(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: a, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" POOLS GROUPS,
			"t:3:10: ports[1].name: a: must be another name; ports[0] has it as well\n");
}

static void
one_device_is_not_two_ports(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: b, device: d0, side: outside, addresses: [192.0.2.2/24], vlan: 7}\n" POOLS
					GROUPS,
			"t:3:21: ports[1].device: d0: must be another device; ports[0] has it as well\n");
	refused("ports:\n"
		"- {name: a, device: \"v0,iface=x\", side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: b, device: \"v0,iface=y\", side: outside, addresses: [192.0.2.2/24]}\n" POOLS
					GROUPS,
			"t:3:21: ports[1].device: v0,iface=y: must be another device; ports[0] has it as well\n");
}

static void
both_sides_need_a_port(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n" POOLS GROUPS,
			"t:2:1: ports: list: must have at least one outside port\n");
	refused("ports:\n"
		"- {name: a, device: d0, side: outside, addresses: [192.0.2.2/24]}\n" POOLS GROUPS,
			"t:2:1: ports: list: must have at least one inside port\n");
	refused("ports: []\n" POOLS GROUPS,
			"t:1:8: ports: empty list: must be a list of 1..16 entries\n");
}

static void
own_addresses_are_addresses_of_a_host(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.0/10, 127.0.0.1/8, 224.0.0.1/4]}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.255/24, '::/64', 'ff02::1/64', 192.0.2.2]}\n" POOLS
					GROUPS,
			"t:2:51: ports[0].addresses[0]: 100.64.0.0/10: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:2:66: ports[0].addresses[1]: 127.0.0.1/8: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:2:79: ports[0].addresses[2]: 224.0.0.1/4: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:52: ports[1].addresses[0]: 192.0.2.255/24: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:68: ports[1].addresses[1]: ::/64: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:77: ports[1].addresses[2]: ff02::1/64: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:91: ports[1].addresses[3]: 192.0.2.2: must be an own address with the length of its link's prefix, such as 192.0.2.2/24; did you mean 192.0.2.2/24?\n");
}

/* RFC 1122 section 3.2.1.3, RFC 3927 section 2.7 */
static void
own_addresses_are_no_martians(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [169.254.0.1/16, 0.0.0.1/8]}\n"
		"- {name: b, device: d1, side: outside, addresses: [240.0.0.1/24, 127.1.1.1/30]}\n" POOLS
					GROUPS,
			"t:2:51: ports[0].addresses[0]: 169.254.0.1/16: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:2:67: ports[0].addresses[1]: 0.0.0.1/8: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:52: ports[1].addresses[0]: 240.0.0.1/24: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:3:66: ports[1].addresses[1]: 127.1.1.1/30: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n");
}

static void
own_link_is_not_the_whole_world(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/0, 100.64.0.1/1]}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.2/32, '2001:db8::1/0']}\n" POOLS
					GROUPS,
			"t:2:51: ports[0].addresses[0]: 100.64.0.1/0: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n"
			"t:2:65: ports[0].addresses[1]: 100.64.0.1/1: must be there once on a side; ports[0] has it as well\n"
			"t:3:66: ports[1].addresses[1]: 2001:db8::1/0: must be a host's address with the length of its link's prefix, such as 192.0.2.2/24\n");
}

/* RFC 6598 section 4: equal numbers on the two sides are different addresses. */
static void
own_addresses_are_unique_on_their_side_only(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [192.0.2.2/24, 192.0.2.2/25]}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" POOLS GROUPS,
			"t:2:65: ports[0].addresses[1]: 192.0.2.2/25: must be there once on a side; ports[0] has it as well\n");
}

static void
vlan_and_mtu_have_limits(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10], vlan: 4095, mtu: 575}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.2/24], vlan: -1, mtu: 9601}\n" POOLS
					GROUPS,
			"t:2:73: ports[0].vlan: 4095: must be 0..4094\n"
			"t:2:84: ports[0].mtu: 575: must be 576..9600 octets\n"
			"t:3:73: ports[1].vlan: -1: must be 0..4094\n"
			"t:3:82: ports[1].mtu: 9601: must be 576..9600 octets\n");
}

static void
next_hop_is_on_a_link(void)
{
	refused(PORTS POOLS GROUPS "routes:\n"
				   "- {prefix: 0.0.0.0/0, via: 203.0.113.1}\n"
				   "- {prefix: 10.0.0.0/8, via: 192.0.2.1, port: in0}\n",
			"t:9:28: routes[0].via: 203.0.113.1: must be an address on the link of a port\n"
			"t:10:29: routes[1].via: 192.0.2.1: must be an address on a link of port in0\n");
}

/* RFC 2644, RFC 1812 section 5.3.5.2; RFC 3021: a link of /31 has no such addresses. */
static void
next_hop_is_a_host_of_its_link(void)
{
	struct cgn_conf *c;

	refused(PORTS POOLS GROUPS "routes:\n"
				   "- {prefix: 0.0.0.0/0, via: 192.0.2.255}\n"
				   "- {prefix: 10.0.0.0/8, via: 192.0.2.0, port: out0}\n"
				   "- {prefix: 11.0.0.0/8, via: 100.127.255.255}\n"
				   "neighbours:\n"
				   "- {address: 192.0.2.255, mac: 02:00:00:00:00:01}\n",
			"t:9:28: routes[0].via: 192.0.2.255: must be a host; this is a network or broadcast address of port out0's link\n"
			"t:10:29: routes[1].via: 192.0.2.0: must be a host; this is a network or broadcast address of port out0's link\n"
			"t:11:29: routes[2].via: 100.127.255.255: must be a host; this is a network or broadcast address of port in0's link\n"
			"t:13:13: neighbours[0].address: 192.0.2.255: must be a host; this is a network or broadcast address of port out0's link\n");
	c = accepted("ports:\n"
		     "- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		     "- {name: out0, device: d1, side: outside, addresses: [192.0.2.1/31, '2001:db8::1/64']}\n" POOLS
					GROUPS "routes:\n"
		     "- {prefix: 0.0.0.0/0, via: 192.0.2.0}\n"
		     "- {prefix: '::/0', via: '2001:db8::ffff:ffff:ffff:ffff'}\n");
	CU_ASSERT_EQUAL(c->n_routes, 2);
	cgn_conf_free(c);
}

static void
next_hop_is_a_neighbour_of_the_same_family(void)
{
	refused(PORTS POOLS GROUPS "routes:\n"
				   "- {prefix: 0.0.0.0/0, via: 192.0.2.2}\n"
				   "- {prefix: 2001:db8::/32, via: 192.0.2.1}\n",
			"t:9:28: routes[0].via: 192.0.2.2: must be a neighbour; this is an address of port out0\n"
			"t:10:32: routes[1].via: 192.0.2.1: must be an address of the prefix's family\n");
}

static void
route_names_its_port_when_the_link_does_not_tell(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
		"- {name: c, device: d2, side: outside, addresses: [192.0.2.3/24]}\n" POOLS GROUPS
		"routes:\n"
		"- {prefix: 0.0.0.0/0, via: 192.0.2.1}\n"
		"- {prefix: '::/0', via: fe80::1}\n"
		"- {prefix: 8.0.0.0/8, via: 192.0.2.1, port: d}\n",
			"t:10:28: routes[0].via: 192.0.2.1: must have the key port beside it: 2 ports are on this link\n"
			"t:11:25: routes[1].via: fe80::1: must have the key port beside it: 3 ports are on this link\n"
			"t:12:45: routes[2].port: d: must be the name of a port\n");
}

static void
prefix_has_one_route_a_side(void)
{
	refused(PORTS POOLS GROUPS "routes:\n"
				   "- {prefix: 10.0.0.0/8, via: 192.0.2.1}\n"
				   "- {prefix: 10.0.0.0/8, via: 100.64.0.2}\n"
				   "- {prefix: 10.0.0.0/8, via: 192.0.2.3}\n",
			"t:11:12: routes[2].prefix: 10.0.0.0/8: must be there once on a side; routes[0] has it as well\n");
}

static void
neighbour_is_on_a_link_and_not_cgnds_own(void)
{
	refused(PORTS POOLS GROUPS "neighbours:\n"
				   "- {address: 203.0.113.1, mac: 02:00:00:00:00:01}\n"
				   "- {address: 192.0.2.1, mac: 02:00:00:00:00:01, port: in0}\n"
				   "- {address: 192.0.2.2, mac: 02:00:00:00:00:01}\n"
				   "- {address: 100.64.0.1, mac: 02:00:00:00:00:01, port: in0}\n",
			"t:9:13: neighbours[0].address: 203.0.113.1: must be an address on the link of a port\n"
			"t:10:13: neighbours[1].address: 192.0.2.1: must be an address on a link of port in0\n"
			"t:11:13: neighbours[2].address: 192.0.2.2: must be a neighbour; this is an address of port out0\n"
			"t:12:13: neighbours[3].address: 100.64.0.1: must be a neighbour; this is an address of port in0\n");
}

static void
neighbour_names_its_port_when_the_link_does_not_tell(void)
{
	refused("ports:\n"
		"- {name: a, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
		"- {name: b, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
		"- {name: c, device: d2, side: outside, addresses: [192.0.2.3/24]}\n" POOLS GROUPS
		"neighbours:\n"
		"- {address: 192.0.2.1, mac: 02:00:00:00:00:01}\n"
		"- {address: fe80::1, mac: 02:00:00:00:00:01}\n"
		"- {address: 192.0.2.1, mac: 02:00:00:00:00:01, port: d}\n"
		"- {address: 192.0.2.1, mac: 02:00:00:00:00:01, port: b}\n",
			"t:10:13: neighbours[0].address: 192.0.2.1: must have the key port beside it: 2 ports are on this link\n"
			"t:11:13: neighbours[1].address: fe80::1: must have the key port beside it: 3 ports are on this link\n"
			"t:12:54: neighbours[2].port: d: must be the name of a port\n");
}

static void
neighbour_stands_once_on_a_port(void)
{
	refused(PORTS POOLS GROUPS "neighbours:\n"
				   "- {address: 192.0.2.1, mac: 02:00:00:00:00:01}\n"
				   "- {address: fe80::1, mac: 02:00:00:00:00:01, port: in0}\n"
				   "- {address: fe80::1, mac: 02:00:00:00:00:02, port: out0}\n"
				   "- {address: 192.0.2.1, mac: 02:00:00:00:00:02, port: out0}\n"
				   "- {address: fe80::1, mac: 02:00:00:00:00:02, port: in0}\n",
			"t:12:13: neighbours[3].address: 192.0.2.1: must be there once on a port; neighbours[0] has it as well\n"
			"t:13:13: neighbours[4].address: fe80::1: must be there once on a port; neighbours[1] has it as well\n");
}

static void
mac_is_six_pairs_of_digits_of_one_host(void)
{
	static const char *const bad[] = { "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
		"01:00:5e:00:00:01", "33:33:00:00:00:01", "02:00:00:00:00", "02:00:00:00:00:01:02",
		"02:00:00:00:00:1", "02:00:00:00:00:0g", "02:00:00:00:00:01 ", "",
		/* All digits are there, so it is told how to write them. */
		"02-00-00-00-00-01", "0200.0000.0001", "020000000001", "02:00:00:00:0:001" };
	char yaml[512], said[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(yaml, sizeof(yaml), "%sneighbours: [{address: 192.0.2.1, mac: '%s'}]\n",
				PORTS POOLS GROUPS, bad[i]);
		snprintf(said, sizeof(said),
				"t:8:40: neighbours[0].mac: %s: must be the MAC address of a host, such as "
				"02:00:5e:10:00:01; neither multicast nor zero%s\n",
				bad[i], i < 10 ? "" : "; did you mean 02:00:00:00:00:01?");
		refused(yaml, said);
	}
}

static void
group_names_a_pool_that_exists(void)
{
	refused(PORTS POOLS "groups:\n"
			    "- {name: g, prefixes: [100.64.0.0/10], pool: q}\n"
			    "- {name: g, prefixes: [10.0.0.0/8], pool: p}\n",
			"t:7:46: groups[0].pool: q: must be the name of a pool\n"
			"t:8:10: groups[1].name: g: must be another name; groups[0] has it as well\n");
}

static void
block_size_is_a_power_of_two_that_divides_the_port_range(void)
{
	refused(PORTS POOLS "groups:\n"
			    "- {name: a, prefixes: [10.0.0.0/8], pool: p, block_size: 500}\n"
			    "- {name: b, prefixes: [11.0.0.0/8], pool: p, block_size: 2048}\n"
			    "- {name: c, prefixes: [12.0.0.0/8], pool: p, block_size: 32}\n"
			    "- {name: d, prefixes: [13.0.0.0/8], pool: p, block_size: 8192}\n",
			"t:7:58: groups[0].block_size: 500: with port_range 1024-65535 it must be 64, 128, 256, 512 or 1024\n"
			"t:8:58: groups[1].block_size: 2048: with port_range 1024-65535 it must be 64, 128, 256, 512 or 1024\n"
			"t:9:58: groups[2].block_size: 32: must be 64..4096 ports\n"
			"t:10:58: groups[3].block_size: 8192: must be 64..4096 ports\n");
}

static void
groups_of_one_pool_have_one_block_size(void)
{
	refused(PORTS POOLS "groups:\n"
			    "- {name: a, prefixes: [10.0.0.0/8], pool: p, block_size: 1024}\n"
			    "- {name: b, prefixes: [11.0.0.0/8], pool: p, block_size: 256}\n",
			"t:8:58: groups[1].block_size: 256: must be 1024 as groups[0] has it: all groups of a pool have one block_size\n");
}

static void
blocks_start_at_multiples_of_64(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28], port_range: 1000-2023}\n"
		      "groups:\n"
		      "- {name: a, prefixes: [10.0.0.0/8], pool: p, block_size: 64}\n",
			"t:7:58: groups[0].block_size: 64: no block fits into port_range 1000-2023 of pool p: its first port and the number of its ports must be multiples of 64, such as 1024-65535\n");
}

/* RFC 6888 REQ-4 */
static void
subscriber_gets_no_more_blocks_than_an_address_has(void)
{
	refused(PORTS "pools:\n"
		      "- {name: p, addresses: [198.51.100.0/28], port_range: 1024-3071}\n"
		      "groups:\n"
		      "- {name: a, prefixes: [10.0.0.0/8], pool: p}\n"
		      "- {name: b, prefixes: [11.0.0.0/8], pool: p, blocks_max: 5}\n"
		      "- {name: c, prefixes: [12.0.0.0/8], pool: p, blocks_max: 0}\n",
			"t:8:58: groups[1].blocks_max: 5: must be 1..4: one address has no more blocks\n"
			"t:9:58: groups[2].blocks_max: 0: must be 1..1024 blocks\n");
}

static void
reserve_of_leases_leaves_ports_for_traffic(void)
{
	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/8], pool: p, block_size: 64, blocks_max: 2, leases_reserve: 128}\n",
			"t:7:93: groups[0].leases_reserve: 128: must be fewer than the 128 ports of all blocks of a subscriber\n");
}

static void
prefix_belongs_to_one_group(void)
{
	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/8, 11.0.0.0/8], pool: p}\n"
			"- {name: b, prefixes: [10.1.0.0/16, 11.0.0.0/8], pool: p}\n"
			"- {name: c, prefixes: [10.1.0.0/16, 12.0.0.0/8, 12.0.0.0/8], pool: p}\n",
			"t:8:37: groups[1].prefixes[1]: 11.0.0.0/8: must be there once; groups[0].prefixes[1] has it as well\n"
			"t:9:24: groups[2].prefixes[0]: 10.1.0.0/16: must be there once; groups[1].prefixes[0] has it as well\n"
			"t:9:49: groups[2].prefixes[2]: 12.0.0.0/8: must be there once; groups[2].prefixes[1] has it as well\n");
}

/* RFC 1812 section 5.3.7: nothing from these is ever forwarded. */
static void
prefixes_of_a_group_are_no_martians(void)
{
	struct cgn_conf *c;

	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [127.0.0.0/8, 224.0.0.0/4, 240.0.0.0/4, 0.0.0.0/8], pool: p}\n"
			"- {name: b, prefixes: [169.254.7.0/24, 224.0.0.0/3, 255.255.255.255/32], pool: p}\n",
			"t:7:24: groups[0].prefixes[0]: 127.0.0.0/8: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:7:37: groups[0].prefixes[1]: 224.0.0.0/4: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:7:50: groups[0].prefixes[2]: 240.0.0.0/4: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:7:63: groups[0].prefixes[3]: 0.0.0.0/8: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:8:24: groups[1].prefixes[0]: 169.254.7.0/24: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:8:40: groups[1].prefixes[1]: 224.0.0.0/3: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n"
			"t:8:53: groups[1].prefixes[2]: 255.255.255.255/32: must be addresses of subscribers: nothing from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3 is forwarded\n");
	/* Whoever comes: a prefix that contains them next to others. */
	c = accepted(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [0.0.0.0/0, 128.0.0.0/1, 169.254.0.0/15], pool: p}\n");
	CU_ASSERT_EQUAL(c->groups[0].n_prefixes, 3);
	cgn_conf_free(c);
}

static void
prefixes_have_no_host_bits(void)
{
	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.1/8, 11.0.0.0, '2001:db8::1/32'], pool: p}\n"
			"routes:\n"
			"- {prefix: 10.0.0.1/8, via: 192.0.2.1}\n"
			"nat: {pass_through: [10.0.0.1/8, '2001:db8::/32']}\n",
			"t:7:24: groups[0].prefixes[0]: 10.0.0.1/8: must be an IPv4 or IPv6 prefix, no bits set behind its length, such as 10.0.0.0/8\n"
			"t:7:36: groups[0].prefixes[1]: 11.0.0.0: must be an IPv4 or IPv6 prefix, no bits set behind its length, such as 11.0.0.0/32\n"
			"t:7:46: groups[0].prefixes[2]: 2001:db8::1/32: must be an IPv4 or IPv6 prefix, no bits set behind its length, such as 2001:db8::/32\n"
			"t:9:12: routes[0].prefix: 10.0.0.1/8: must be an IPv4 or IPv6 prefix, no bits set behind its length, such as 10.0.0.0/8\n"
			"t:10:22: nat.pass_through[0]: 10.0.0.1/8: must be an IPv4 prefix, no bits set behind its length, such as 10.0.0.0/8\n"
			"t:10:34: nat.pass_through[1]: 2001:db8::/32: must be an IPv4 prefix, no bits set behind its length\n");
}

static void
subscriber_is_not_larger_than_its_groups_prefix(void)
{
	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/24], pool: p, subscriber_prefix_len: 16}\n"
			"- {name: b, prefixes: ['2001:db8::/64'], pool: p}\n"
			"softwire: {role: aftr, local: '2001:db8:f::1'}\n",
			"t:7:24: groups[0].prefixes[0]: 10.0.0.0/24: must be /16 or shorter, since subscriber_prefix_len is 16\n"
			"t:8:24: groups[1].prefixes[0]: 2001:db8::/64: must be /56 or shorter, since subscriber_prefix6_len is 56\n");
}

static void
subscriber_length_above_32_is_for_groups_of_b4s_only(void)
{
	refused(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: [10.0.0.0/8, '2001:db8::/32'], pool: p, subscriber_prefix_len: 56}\n"
			"- {name: b, prefixes: ['2001:db9::/32'], pool: p, subscriber_prefix_len: 60, subscriber_prefix6_len: 56}\n"
			"softwire: {role: aftr, local: '2001:db8:f::1'}\n",
			"t:7:86: groups[0].subscriber_prefix_len: 56: must be 1..32 bits in a group with IPv4 prefixes\n"
			"t:8:74: groups[1].subscriber_prefix_len: 60: must be 1..32 bits, since subscriber_prefix6_len is given\n");
}

static void
b4_prefixes_need_an_aftr(void)
{
	refused(PORTS POOLS "groups:\n"
			    "- {name: a, prefixes: ['2001:db8::/32'], pool: p}\n",
			"t:7:24: groups[0].prefixes[0]: 2001:db8::/32: must be an IPv4 prefix: IPv6 prefixes are B4s and need softwire.role aftr\n");
}

/* RFC 4787 REQ-5, RFC 5508 REQ-2, RFC 5382 REQ-5, RFC 6146 section 3.4 */
static void
timeouts_below_the_rfcs_minimum_are_refused(void)
{
	refused(PORTS POOLS GROUPS "nat:\n"
				   "  timeouts:\n"
				   "    udp_s: 119\n"
				   "    icmp_s: 59\n"
				   "    tcp_established_s: 7439\n"
				   "    tcp_opening_s: 239\n"
				   "    tcp_closing_s: 239\n"
				   "    fragment_s: 1\n",
			"t:10:12: nat.timeouts.udp_s: 119: must be 120 s or more by RFC 4787 REQ-5, or named in allow_rfc_violations\n"
			"t:11:13: nat.timeouts.icmp_s: 59: must be 60 s or more by RFC 5508 REQ-2, or named in allow_rfc_violations\n"
			"t:12:24: nat.timeouts.tcp_established_s: 7439: must be 7440 s or more by RFC 5382 REQ-5, or named in allow_rfc_violations\n"
			"t:13:20: nat.timeouts.tcp_opening_s: 239: must be 240 s or more by RFC 5382 REQ-5, or named in allow_rfc_violations\n"
			"t:14:20: nat.timeouts.tcp_closing_s: 239: must be 240 s or more by RFC 5382 REQ-5, or named in allow_rfc_violations\n"
			"t:15:17: nat.timeouts.fragment_s: 1: must be 2 s or more by RFC 6146 section 3.4, or named in allow_rfc_violations\n");
}

/* RFC 6888 REQ-8 */
static void
hold_down_below_120_seconds_is_refused(void)
{
	refused(PORTS POOLS GROUPS "nat: {hold_down_s: 119}\n",
			"t:8:20: nat.hold_down_s: 119: must be 120 s or more by RFC 6888 REQ-8, or named in allow_rfc_violations\n");
}

static void
violations_are_allowed_one_by_one(void)
{
	refused(PORTS POOLS GROUPS "nat: {timeouts: {udp_s: 30, icmp_s: 30}}\n"
				   "allow_rfc_violations: [nat.timeouts.udp_s]\n",
			"t:8:37: nat.timeouts.icmp_s: 30: must be 60 s or more by RFC 5508 REQ-2, or named in allow_rfc_violations\n");
	refused(PORTS POOLS GROUPS "allow_rfc_violations: [nat.timeouts, nat.hairpin, workers]\n",
			"t:8:24: allow_rfc_violations[0]: nat.timeouts: must be a key with an RFC's minimum, such as nat.timeouts.udp_s\n"
			"t:8:38: allow_rfc_violations[1]: nat.hairpin: must be a key with an RFC's minimum, such as nat.timeouts.udp_s\n"
			"t:8:51: allow_rfc_violations[2]: workers: must be a key with an RFC's minimum, such as nat.timeouts.udp_s\n");
}

static void
relay_needs_the_nat_in_front(void)
{
	refused(PORTS POOLS GROUPS "natpmp: {role: relay}\n",
			"t:8:9: natpmp.upstream: not given: must be the address of the NAT in front, since natpmp.role is relay\n");
	refused(PORTS POOLS GROUPS "pcp: {lifetime_min_s: 600, lifetime_max_s: 60}\n",
			"t:8:23: pcp.lifetime_min_s: 600: must be lifetime_max_s or less\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 0.0.0.0}\n",
			"t:8:33: natpmp.upstream: 0.0.0.0: must be the address of the NAT in front, since natpmp.role is relay\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 224.0.0.1}\n",
			"t:8:33: natpmp.upstream: 224.0.0.1: must be a host's address\n");
}

/* C-G-13: a relay that asks itself would ask for ever. */
static void
relay_does_not_ask_itself(void)
{
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 100.64.0.1}\n",
			"t:8:33: natpmp.upstream: 100.64.0.1: must be another NAT's address; this is an address of port in0\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 192.0.2.2}\n",
			"t:8:33: natpmp.upstream: 192.0.2.2: must be another NAT's address; this is an address of port out0\n");
	refused(PORTS POOLS GROUPS "natpmp: {role: relay, upstream: 198.51.100.7}\n",
			"t:8:33: natpmp.upstream: 198.51.100.7: must be another NAT's address; pool p has it\n");
}

#define HOME                                                                     \
	"ports:\n"                                                               \
	"- {name: in0, device: d0, side: inside, addresses: [192.168.1.1/24]}\n" \
	"- {name: out0, device: d1, side: outside, addresses: [100.64.0.2/10]}\n"
#define HOME_GROUPS                                                  \
	"groups: [{name: g, prefixes: [192.168.1.0/24], pool: p}]\n" \
	"natpmp: {role: relay, upstream: 100.64.0.1}\n"

/* C-N-1: upstream maps ports to the address that asks. */
static void
relay_has_one_private_address_its_own(void)
{
	static const char *const wrong[] = {
		HOME "pools: [{name: p, addresses: [100.64.0.3]}]\n" HOME_GROUPS,
		HOME "pools: [{name: p, addresses: [100.64.0.2, 100.64.0.3]}]\n" HOME_GROUPS,
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused(wrong[i],
				"t:4:30: pools[0].addresses: list: must be the address of an outside port, and no other address in any pool, since natpmp.role is relay\n");
	cgn_conf_free(accepted(HOME "pools: [{name: p, addresses: [100.64.0.2]}]\n" HOME_GROUPS));
}

static void
result_code_of_the_limit_is_4_or_6(void)
{
	refused(PORTS POOLS GROUPS "natpmp: {subscriber_limit_code: 5}\n",
			"t:8:33: natpmp.subscriber_limit_code: 5: must be 4 or 6\n");
}

static void
softwire_roles_need_their_endpoints(void)
{
	refused(PORTS POOLS GROUPS "softwire: {role: aftr}\n",
			"t:8:11: softwire.local: default ::: must be the address of this end of the tunnel, since softwire.role is aftr\n");
	refused(PORTS "softwire: {role: b4, tunnel_mtu: 1279}\n",
			"t:4:11: softwire.local: default ::: must be the address of this end of the tunnel, since softwire.role is b4\n"
			"t:4:11: softwire.remote: default ::: must be the AFTR's address, since softwire.role is b4\n"
			"t:4:34: softwire.tunnel_mtu: 1279: must be 1280..9600 octets\n");
}

/* A port that lists a word twice. */
#define PORTS_TWICE                                                             \
	"ports:\n"                                                              \
	"- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}\n" \
	"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24], host: [tcp, bfd, tcp]}\n"

/* L-HOST-5 */
static void
the_host_plane_has_rules(void)
{
	refused(PORTS_TWICE POOLS GROUPS,
			"t:3:76: ports[1].host: list: must be an empty list, since there is no section host\n"
			"t:3:87: ports[1].host[2]: tcp: must be there once\n");
	refused(PORTS POOLS GROUPS "host: {netns: a/b, interface_prefix: abcdefghijklm}\n",
			"t:8:15: host.netns: a/b: must be a name without '/', as `ip netns` shows it\n"
			"t:8:38: host.interface_prefix: abcdefghijklm: must be 1..12 letters, digits, '_', '-', '.', the first no '.'\n");
	refused(PORTS POOLS
			"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p, natpmp_auth: ipsec}]\n",
			"t:6:69: groups[0].natpmp_auth: ipsec: must be none, since there is no section host\n");
	refused(PORTS POOLS
			"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p, ipsec_mark: 1/1}]\nhost: {}\n",
			"t:6:68: groups[0].ipsec_mark: 1/1: must be 0/0, since natpmp_auth is none\n");
	refused(PORTS POOLS GROUPS "host: {interface_prefix: cgp, pools_interface: cgp17}\n",
			"t:8:48: host.pools_interface: cgp17: must be another name; the interfaces of ports are host.interface_prefix and a number\n");
	refused(PORTS POOLS GROUPS "host: {ipsec_interface: a/b}\n",
			"t:8:25: host.ipsec_interface: a/b: must be 0..15 letters, digits, '_', '-', '.', the first no '.'\n");
	refused(PORTS POOLS GROUPS "host: {pools_interface: cgp%d}\n",
			"t:8:25: host.pools_interface: cgp%d: must be 0..15 letters, digits, '_', '-', '.', the first no '.'\n");
	refused(PORTS POOLS GROUPS "host: {pools_interface: default}\n",
			"t:8:25: host.pools_interface: default: must be another name; the kernel keeps this one for its settings\n");
	refused(PORTS POOLS GROUPS "host: {netns: ..}\n",
			"t:8:15: host.netns: ..: must be a name without '/', as `ip netns` shows it\n");
	refused(PORTS "softwire: {role: b4, local: '2001:db8::1', remote: '2001:db8::2'}\nhost: {}\n",
			"t:5:7: host: empty map: must be left out, since softwire.role is b4\n");
}

static void
only_a_b4_has_no_pools_and_groups(void)
{
	refused(PORTS "pools: []\n"
		      "groups: []\n",
			"t:4:8: pools: empty list: must have at least one pool\n"
			"t:5:9: groups: empty list: must have at least one group\n");
	refused(PORTS POOLS GROUPS
			"softwire: {role: b4, local: '2001:db8::2', remote: '2001:db8:f::1'}\n",
			"t:5:1: pools: list: must be empty: a B4 does not translate\n"
			"t:7:1: groups: list: must be empty: a B4 does not translate\n");
}
static void
small_configuration_gets_the_defaults(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS);

	CU_ASSERT_EQUAL(c->workers, 1);
	CU_ASSERT_EQUAL(c->n_eal, 0);
	CU_ASSERT_STRING_EQUAL(c->runtime_dir, "/run/cgnd");
	CU_ASSERT_EQUAL(c->ports[0].mtu, 1500);
	CU_ASSERT_TRUE(c->ports[0].ttl_exceeded);
	CU_ASSERT_EQUAL(c->pools[0].port_min, 1024);
	CU_ASSERT_EQUAL(c->pools[0].port_max, 65535);
	CU_ASSERT_EQUAL(c->groups[0].pool, 0);
	CU_ASSERT_EQUAL(c->groups[0].block_size, 512);
	CU_ASSERT_EQUAL(c->groups[0].blocks_max, 4);
	CU_ASSERT_EQUAL(c->groups[0].subscriber_prefix_len, 32);
	CU_ASSERT_EQUAL(c->groups[0].subscriber_prefix6_len, 56);
	CU_ASSERT_EQUAL(c->groups[0].leases_max, 64);
	CU_ASSERT_EQUAL(c->natpmp.role, CGN_NATPMP_SERVER);
	CU_ASSERT_EQUAL(c->natpmp.subscriber_limit_code, 6);
	CU_ASSERT_EQUAL(c->softwire.role, CGN_SOFTWIRE_OFF);
	CU_ASSERT_STRING_EQUAL(c->store_path, "/var/lib/cgnd/state.db");
	CU_ASSERT_STRING_EQUAL(c->telemetry_prefix, "cgnd");
	cgn_conf_free(c);
}

static void
defaults_of_the_translator_are_the_rfcs(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS);

	CU_ASSERT_EQUAL(c->nat.timeouts.udp_s, 300);
	CU_ASSERT_EQUAL(c->nat.timeouts.icmp_s, 60);
	CU_ASSERT_EQUAL(c->nat.timeouts.tcp_established_s, 7440);
	CU_ASSERT_EQUAL(c->nat.timeouts.tcp_opening_s, 240);
	CU_ASSERT_EQUAL(c->nat.timeouts.tcp_closing_s, 240);
	CU_ASSERT_EQUAL(c->nat.timeouts.fragment_s, 2);
	CU_ASSERT_EQUAL(c->nat.hold_down_s, 120);
	CU_ASSERT_EQUAL(c->nat.filtering[CGN_PROTO_UDP], CGN_FILTERING_EI);
	CU_ASSERT_EQUAL(c->nat.filtering[CGN_PROTO_TCP], CGN_FILTERING_EI);
	CU_ASSERT_EQUAL(c->nat.filtering[CGN_PROTO_ICMP], CGN_FILTERING_EI);
	CU_ASSERT_EQUAL(c->nat.port_choice, CGN_PORT_CHOICE_RANDOM);
	CU_ASSERT_TRUE(c->nat.hairpin);
	CU_ASSERT_TRUE(c->nat.syn_unreachable);
	CU_ASSERT_FALSE(c->nat.inbound_refresh);
	cgn_conf_free(c);
}

static void
values_of_the_file_reach_their_fields(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS
			"workers: 3\n"
			"eal: ['-m', 512]\n"
			"nat:\n"
			"  filtering: {udp: address_dependent, tcp: address_and_port_dependent}\n"
			"  port_choice: preserve\n"
			"  hairpin: false\n"
			"  pass_through: [203.0.113.0/24]\n"
			"  static_mappings:\n"
			"  - {protocol: tcp, inside: 100.64.0.9:80, external: 198.51.100.3:81}\n"
			"natpmp: {role: relay, upstream: 192.0.2.1, subscriber_limit_code: 4}\n"
			"store: {path: }\n");

	CU_ASSERT_EQUAL(c->workers, 3);
	CU_ASSERT_EQUAL_FATAL(c->n_eal, 2);
	CU_ASSERT_STRING_EQUAL(c->eal[1], "512");
	CU_ASSERT_EQUAL(c->nat.filtering[CGN_PROTO_UDP], CGN_FILTERING_AD);
	CU_ASSERT_EQUAL(c->nat.filtering[CGN_PROTO_TCP], CGN_FILTERING_APD);
	CU_ASSERT_EQUAL(c->nat.port_choice, CGN_PORT_CHOICE_PRESERVE);
	CU_ASSERT_FALSE(c->nat.hairpin);
	CU_ASSERT_EQUAL_FATAL(c->nat.n_pass_through, 1);
	CU_ASSERT_EQUAL(c->nat.pass_through[0].len, 24);
	CU_ASSERT_EQUAL_FATAL(c->nat.n_statics, 1);
	CU_ASSERT_EQUAL(c->nat.statics[0].proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(c->nat.statics[0].in_addr, rte_cpu_to_be_32(0x64400009));
	CU_ASSERT_EQUAL(c->nat.statics[0].in_port, 80);
	CU_ASSERT_EQUAL(c->nat.statics[0].ext_addr, rte_cpu_to_be_32(0xc6336403));
	CU_ASSERT_EQUAL(c->nat.statics[0].ext_port, 81);
	CU_ASSERT_EQUAL(c->natpmp.role, CGN_NATPMP_RELAY);
	CU_ASSERT_EQUAL(c->natpmp.upstreams[0].ip4, rte_cpu_to_be_32(0xc0000201));
	CU_ASSERT_EQUAL(c->natpmp.subscriber_limit_code, 4);
	CU_ASSERT_STRING_EQUAL(c->store_path, "");
	cgn_conf_free(c);
}

static void
route_finds_the_port_of_its_next_hop(void)
{
	struct cgn_conf *c = accepted(
			PORTS POOLS GROUPS "routes:\n"
					   "- {prefix: 0.0.0.0/0, via: 192.0.2.1}\n"
					   "- {prefix: 10.0.0.0/8, via: 100.64.0.2}\n"
					   "- {prefix: '::/0', via: 'fe80::1', port: out0}\n");

	CU_ASSERT_EQUAL(c->routes[0].port, 1);
	CU_ASSERT_EQUAL(c->routes[1].port, 0);
	CU_ASSERT_EQUAL(c->routes[2].port, 1);
	cgn_conf_free(c);
}

static void
neighbour_finds_the_port_of_its_link(void)
{
	static const uint8_t mac[] = { 0x02, 0xaB, 0x00, 0x9f, 0x10, 0x01 };
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS
			"neighbours:\n"
			"- {address: 192.0.2.1, mac: 02:aB:00:9f:10:01}\n"
			"- {address: 100.64.0.2, mac: 02:00:00:00:00:02}\n"
			"- {address: 'fe80::1', mac: 02:00:00:00:00:03, port: out0}\n"
			"- {address: 'fe80::1', mac: 02:00:00:00:00:03, port: in0}\n");

	CU_ASSERT_EQUAL_FATAL(c->n_neighbours, 4);
	CU_ASSERT_EQUAL(c->neighbours[0].port, 1);
	CU_ASSERT_EQUAL(c->neighbours[0].address.ip4, rte_cpu_to_be_32(0xc0000201));
	CU_ASSERT_EQUAL(memcmp(c->neighbours[0].mac, mac, sizeof(mac)), 0);
	CU_ASSERT_EQUAL(c->neighbours[1].port, 0);
	CU_ASSERT_EQUAL(c->neighbours[2].port, 1);
	CU_ASSERT_TRUE(c->neighbours[2].address.is_ip6);
	CU_ASSERT_EQUAL(c->neighbours[3].port, 0);
	cgn_conf_free(c);
}

static void
key_with_nothing_behind_it_is_an_empty_list_or_section(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS "routes:\neal:\nnat:\n");

	CU_ASSERT_EQUAL(c->n_routes, 0);
	CU_ASSERT_EQUAL(c->n_eal, 0);
	CU_ASSERT_EQUAL(c->nat.timeouts.udp_s, 300);
	cgn_conf_free(c);
}

static void
longer_prefix_may_belong_to_another_group(void)
{
	struct cgn_conf *c = accepted(
			PORTS POOLS "groups:\n"
				    "- {name: a, prefixes: [10.0.0.0/8], pool: p}\n"
				    "- {name: b, prefixes: [10.0.0.0/16], pool: p}\n");

	CU_ASSERT_EQUAL(c->n_groups, 2);
	cgn_conf_free(c);
}

static void
subscriber_length_of_a_b4_group_is_the_ipv6_length(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS
			"groups:\n"
			"- {name: a, prefixes: ['2001:db8::/32'], pool: p, subscriber_prefix_len: 60}\n"
			"- {name: b, prefixes: ['2001:db9::/32', 10.0.0.0/8], pool: p}\n"
			"softwire: {role: aftr, local: '2001:db8:f::1'}\n");

	CU_ASSERT_EQUAL(c->groups[0].subscriber_prefix6_len, 60);
	CU_ASSERT_EQUAL(c->groups[0].subscriber_prefix_len, 32);
	CU_ASSERT_EQUAL(c->groups[1].subscriber_prefix6_len, 56);
	cgn_conf_free(c);
}

static void
violation_that_is_named_is_allowed(void)
{
	struct cgn_conf *c = accepted(PORTS POOLS GROUPS
			"nat: {hold_down_s: 0, timeouts: {udp_s: 5}}\n"
			"allow_rfc_violations: [nat.timeouts.udp_s, nat.hold_down_s]\n");

	CU_ASSERT_EQUAL(c->nat.timeouts.udp_s, 5);
	CU_ASSERT_EQUAL(c->nat.hold_down_s, 0);
	cgn_conf_free(c);
}

static void
b4_has_neither_pools_nor_groups(void)
{
	struct cgn_conf *c = accepted(PORTS
			"pools: []\n"
			"groups: []\n"
			"softwire: {role: b4, local: '2001:db8::2', remote: '2001:db8:f::1'}\n"
			"natpmp: {role: relay, upstream: 192.0.0.1}\n");

	CU_ASSERT_EQUAL(c->softwire.role, CGN_SOFTWIRE_B4);
	CU_ASSERT_EQUAL(c->softwire.local.b[15], 2);
	CU_ASSERT_EQUAL(c->softwire.remote.b[15], 1);
	cgn_conf_free(c);
}

/* Ticks are 32 bits: a lease of 2^31 seconds would be over at once. */
static void
leases_last_no_longer_than_the_clock_can_tell(void)
{
	refused(PORTS POOLS GROUPS "natpmp: {lifetime_max_s: 31536001}\n",
			"t:8:26: natpmp.lifetime_max_s: 31536001: must be 1..31536000 s\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(port_names_are_unique),
	CU_TEST_ROW(one_device_is_not_two_ports),
	CU_TEST_ROW(both_sides_need_a_port),
	CU_TEST_ROW(own_addresses_are_addresses_of_a_host),
	CU_TEST_ROW(own_addresses_are_no_martians),
	CU_TEST_ROW(own_link_is_not_the_whole_world),
	CU_TEST_ROW(own_addresses_are_unique_on_their_side_only),
	CU_TEST_ROW(vlan_and_mtu_have_limits),
	CU_TEST_ROW(next_hop_is_on_a_link),
	CU_TEST_ROW(next_hop_is_a_host_of_its_link),
	CU_TEST_ROW(next_hop_is_a_neighbour_of_the_same_family),
	CU_TEST_ROW(route_names_its_port_when_the_link_does_not_tell),
	CU_TEST_ROW(prefix_has_one_route_a_side),
	CU_TEST_ROW(neighbour_is_on_a_link_and_not_cgnds_own),
	CU_TEST_ROW(neighbour_names_its_port_when_the_link_does_not_tell),
	CU_TEST_ROW(neighbour_stands_once_on_a_port),
	CU_TEST_ROW(mac_is_six_pairs_of_digits_of_one_host),
	CU_TEST_ROW(group_names_a_pool_that_exists),
	CU_TEST_ROW(block_size_is_a_power_of_two_that_divides_the_port_range),
	CU_TEST_ROW(groups_of_one_pool_have_one_block_size),
	CU_TEST_ROW(blocks_start_at_multiples_of_64),
	CU_TEST_ROW(subscriber_gets_no_more_blocks_than_an_address_has),
	CU_TEST_ROW(reserve_of_leases_leaves_ports_for_traffic),
	CU_TEST_ROW(prefix_belongs_to_one_group),
	CU_TEST_ROW(prefixes_of_a_group_are_no_martians),
	CU_TEST_ROW(prefixes_have_no_host_bits),
	CU_TEST_ROW(subscriber_is_not_larger_than_its_groups_prefix),
	CU_TEST_ROW(subscriber_length_above_32_is_for_groups_of_b4s_only),
	CU_TEST_ROW(b4_prefixes_need_an_aftr),
	CU_TEST_ROW(timeouts_below_the_rfcs_minimum_are_refused),
	CU_TEST_ROW(hold_down_below_120_seconds_is_refused),
	CU_TEST_ROW(violations_are_allowed_one_by_one),
	CU_TEST_ROW(relay_needs_the_nat_in_front),
	CU_TEST_ROW(relay_does_not_ask_itself),
	CU_TEST_ROW(relay_has_one_private_address_its_own),
	CU_TEST_ROW(result_code_of_the_limit_is_4_or_6),
	CU_TEST_ROW(softwire_roles_need_their_endpoints),
	CU_TEST_ROW(the_host_plane_has_rules),
	CU_TEST_ROW(only_a_b4_has_no_pools_and_groups),
	CU_TEST_ROW(small_configuration_gets_the_defaults),
	CU_TEST_ROW(defaults_of_the_translator_are_the_rfcs),
	CU_TEST_ROW(values_of_the_file_reach_their_fields),
	CU_TEST_ROW(route_finds_the_port_of_its_next_hop),
	CU_TEST_ROW(neighbour_finds_the_port_of_its_link),
	CU_TEST_ROW(key_with_nothing_behind_it_is_an_empty_list_or_section),
	CU_TEST_ROW(longer_prefix_may_belong_to_another_group),
	CU_TEST_ROW(subscriber_length_of_a_b4_group_is_the_ipv6_length),
	CU_TEST_ROW(violation_that_is_named_is_allowed),
	CU_TEST_ROW(b4_has_neither_pools_nor_groups),
	CU_TEST_ROW(leases_last_no_longer_than_the_clock_can_tell),
};

CU_MAIN("conf_check", tests)
