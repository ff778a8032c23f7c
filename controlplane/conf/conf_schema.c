/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of all configuration keys: one row a key. Parser, checks, reload, reference and
 * `cgnctl config show` read it.
 */
#include "controlplane/conf/conf_schema.h"

#include "shared/filter.h"
#include "shared/msg.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static_assert(offsetof(struct cgn_conf_pool, port_max) ==
				offsetof(struct cgn_conf_pool, port_min) + sizeof(uint16_t),
		"a port range is written as two numbers side by side");
static_assert(offsetof(struct cgn_conf_static, in_port) ==
				offsetof(struct cgn_conf_static, in_addr) + sizeof(rte_be32_t),
		"an endpoint is written as an address with the port behind it");
static_assert(offsetof(struct cgn_conf_static, ext_port) ==
				offsetof(struct cgn_conf_static, ext_addr) + sizeof(rte_be32_t),
		"an endpoint is written as an address with the port behind it");
static_assert(sizeof(struct cgn_port_range) == 2 * sizeof(uint16_t),
		"a port range is written as two numbers side by side");
static_assert(sizeof(enum cgn_side) == sizeof(uint32_t), "choices are stored as 32 bits");

/* clang-format off */
#define CHOICES(name) static const struct cgn_conf_choice name[]
CHOICES(sides) = { { "inside", CGN_SIDE_INSIDE }, { "outside", CGN_SIDE_OUTSIDE }, { NULL, 0 } };
CHOICES(source_checks) = {
	{ "neighbour", CGN_SOURCE_NEIGHBOUR },
	{ "route", CGN_SOURCE_ROUTE },
	{ NULL, 0 },
};
CHOICES(protocols) = { { "udp", CGN_PROTO_UDP }, { "tcp", CGN_PROTO_TCP }, { NULL, 0 } };
CHOICES(mappings) = { { "endpoint_independent", 0 }, { NULL, 0 } };
CHOICES(filterings) = {
	{ "endpoint_independent", CGN_FILTERING_EI },
	{ "address_dependent", CGN_FILTERING_AD },
	{ "address_and_port_dependent", CGN_FILTERING_APD },
	{ NULL, 0 },
};
CHOICES(port_choices) = {
	{ "random", CGN_PORT_CHOICE_RANDOM },
	{ "preserve", CGN_PORT_CHOICE_PRESERVE },
	{ NULL, 0 },
};
CHOICES(natpmp_roles) = {
	{ "off", CGN_NATPMP_OFF },
	{ "server", CGN_NATPMP_SERVER },
	{ "relay", CGN_NATPMP_RELAY },
	{ NULL, 0 },
};
CHOICES(upstream_protocols) = {
	{ "auto", CGN_UPSTREAM_AUTO },
	{ "pcp", CGN_UPSTREAM_PCP },
	{ "natpmp", CGN_UPSTREAM_NATPMP },
	{ NULL, 0 },
};
CHOICES(softwire_roles) = {
	{ "off", CGN_SOFTWIRE_OFF },
	{ "aftr", CGN_SOFTWIRE_AFTR },
	{ "b4", CGN_SOFTWIRE_B4 },
	{ NULL, 0 },
};
CHOICES(softwire_df) = {
	{ "icmp", CGN_SOFTWIRE_DF_ICMP },
	{ "fragment", CGN_SOFTWIRE_DF_FRAGMENT },
	{ NULL, 0 },
};
CHOICES(softwire_dscp) = {
	{ "uniform", CGN_SOFTWIRE_DSCP_UNIFORM },
	{ "pipe", CGN_SOFTWIRE_DSCP_PIPE },
	{ NULL, 0 },
};
CHOICES(natpmp_auths) = { { "none", CGN_NATPMP_AUTH_NONE }, { "ipsec", CGN_NATPMP_AUTH_IPSEC }, { NULL, 0 } };
CHOICES(ipsec_modes) = { { "transport", CGN_IPSEC_TRANSPORT }, { "tunnel", CGN_IPSEC_TUNNEL }, { NULL, 0 } };
CHOICES(host_services) = {
	{ "ike", CGN_HOST_IKE },
	{ "esp", CGN_HOST_ESP },
	{ "tcp", CGN_HOST_TCP },
	{ "bfd", CGN_HOST_BFD },
	{ "icmp", CGN_HOST_ICMP },
	{ NULL, 0 },
};
CHOICES(record_kinds) = {
	{ "blocks", CGN_RECORD_KIND_BLOCKS },
	{ "bindings", CGN_RECORD_KIND_BINDINGS },
	{ "leases", CGN_RECORD_KIND_LEASES },
	{ "quotas", CGN_RECORD_KIND_QUOTAS },
	{ "thresholds", CGN_RECORD_KIND_THRESHOLDS },
	{ "mappings", CGN_RECORD_KIND_MAPPINGS },
	{ "sessions", CGN_RECORD_KIND_SESSIONS },
	{ NULL, 0 },
};
CHOICES(export_types) = {
	{ "file", CGN_EXPORT_FILE },
	{ "syslog", CGN_EXPORT_SYSLOG },
	{ "ipfix", CGN_EXPORT_IPFIX },
	{ NULL, 0 },
};
CHOICES(limit_codes) = { { "4", 4 }, { "6", 6 }, { NULL, 0 } };

#define AT(type, field) .offset = offsetof(struct type, field), .size = sizeof(((struct type *)0)->field)
#define IN(type, field) .offset = offsetof(struct type, field), .size = sizeof(*((struct type *)0)->field)
#define COUNT(type, field) .is_list = true, .n_offset = offsetof(struct type, field), .n_size = sizeof(((struct type *)0)->field)

#define DAY UINT32_C(86400)

static const struct cgn_conf_key keys[] = {
	{ "workers", CGN_CONF_UINT, AT(cgn_conf, workers), .min = 1, .max = CGN_WORKERS_MAX, .def = "1", .unit = "lcores",
		.help = "Threads that translate packets, each on a core of its own. The control thread uses one more core." },
	{ "eal", CGN_CONF_STRING, IN(cgn_conf, eal), COUNT(cgn_conf, n_eal), .n_max = 64, .min = 1, .max = 1024,
		.help = "Extra EAL arguments, one in each entry. cgnd adds those after `--` on its command line." },
	{ "runtime_dir", CGN_CONF_STRING, AT(cgn_conf, runtime_dir), .min = 1, .max = 80, .def = "/run/cgnd",
		.help = "Directory of state and sockets. cgnd makes it if it is missing. Each cgnd needs one of its own." },
	{ "prefault", CGN_CONF_BOOL, AT(cgn_conf, prefault), .def = "false",
		.help = "Touch the memory of all tables at the start, so that no packet waits for the kernel to zero a page. Set their size with nat.mappings_max." },

	{ "ports", CGN_CONF_SECTION, IN(cgn_conf, ports), COUNT(cgn_conf, n_ports), .n_min = 1, .n_max = CGN_PORTS_MAX,
		.help = "The devices. At least one inside and one outside." },
	{ "ports[].name", CGN_CONF_NAME, .is_key = true, AT(cgn_conf_port, name),
		.help = "Name in routes, counters and logs." },
	{ "ports[].device", CGN_CONF_DEVICE, AT(cgn_conf_port, device),
		.help = "A bound NIC's PCI address (`0000:3b:00.0`) or a vdev with its arguments (`net_af_packet0,iface=veth0`)." },
	{ "ports[].side", CGN_CONF_CHOICE, AT(cgn_conf_port, side), .choices = sides,
		.help = "The side of the NAT that the device is connected to. Subscribers are inside. Equal addresses on both sides are different hosts.",
		.rfc = "RFC 6598 section 4" },
	{ "ports[].addresses", CGN_CONF_INTERFACE, .is_live = true, IN(cgn_conf_port, addresses), COUNT(cgn_conf_port, n_addresses), .is_inline = true,
		.n_min = 1, .n_max = CGN_PORT_ADDRS_MAX,
		.help = "Addresses of cgnd on the link, with the length of the link's prefix. NAT-PMP answers on the addresses of inside ports." },
	{ "ports[].vlan", CGN_CONF_UINT, AT(cgn_conf_port, vlan), .max = 4094, .def = "0",
		.help = "VLAN id; 0 is untagged." },
	{ "ports[].mtu", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_port, mtu), .min = CGN_MTU_MIN, .max = CGN_MTU_MAX, .def = "1500", .unit = "octets",
		.help = "Largest IP packet on the link." },
	{ "ports[].ttl_exceeded", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf_port, ttl_exceeded), .def = "true", .rfc = "RFC 1812 section 5.3.1",
		.help = "Answer packets that came in here with an expired TTL with ICMP time exceeded." },
	{ "ports[].source_check", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf_port, source_check), .choices = source_checks, .def = "neighbour", .rfc = "RFC 6888 section 7",
		.help = "How an inside port checks an IPv4 source on its link before the source gets a mapping or an answer. `neighbour`: the frame must come from the station that ARP (or `neighbours`) knows for the address. `route`: the route to the source must lead to this port; use it for links whose stations do not answer ARP. Sources behind a router are always checked by their route." },

	{ "ports[].host", CGN_CONF_CHOICE, .is_live = true, .is_set = true, IN(cgn_conf_port, host), COUNT(cgn_conf_port, n_host), .is_inline = true, .n_max = CGN_HOST_SERVICE_COUNT,
		.choices = host_services,
		.help = "Which packets to local addresses go to the kernel (host plane), if they arrive by this port. `ike`: UDP 500 and 4500. `esp`: IP protocol 50. `tcp`: all TCP. `bfd`: UDP 3784 and 4784. `icmp`: ICMP and ICMPv6 but for echo requests and neighbour discovery, which cgnd answers itself. cgnd refuses what is not listed." },

	{ "routes", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, routes), COUNT(cgn_conf, n_routes), .n_max = 4096,
		.help = "Next hops, which ARP and ND resolve. On each side the longest prefix wins. Links need no route." },
	{ "routes[].prefix", CGN_CONF_PREFIX, .is_key = true, AT(cgn_conf_route, prefix),
		.help = "Destinations." },
	{ "routes[].via", CGN_CONF_IP, .is_live = true, AT(cgn_conf_route, via),
		.help = "Next hop, an address on a port's link." },
	{ "routes[].port", CGN_CONF_PORT_REF, .is_key = true, AT(cgn_conf_route, port), .def = "",
		.help = "The port whose link `via` is on. Needed only if it lies on the links of several ports or is link-local." },

	{ "neighbours", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, neighbours), COUNT(cgn_conf, n_neighbours), .n_max = 4096,
		.help = "Neighbours with a fixed MAC address. cgnd does not ask for them by ARP or ND." },
	{ "neighbours[].address", CGN_CONF_IP, .is_key = true, AT(cgn_conf_neighbour, address),
		.help = "The neighbour's address on a port's link. A port has each address once." },
	{ "neighbours[].mac", CGN_CONF_MAC, .is_live = true, AT(cgn_conf_neighbour, mac),
		.help = "Where packets to it are sent." },
	{ "neighbours[].port", CGN_CONF_PORT_REF, .is_key = true, AT(cgn_conf_neighbour, port), .def = "",
		.help = "The port whose link `address` is on. Needed only if it lies on the links of several ports or is link-local." },

	{ "pools", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, pools), COUNT(cgn_conf, n_pools), .gone_offset = offsetof(struct cgn_conf_pool, is_gone), .n_max = CGN_POOLS_MAX, .rfc = "RFC 6888 REQ-3",
		.help = "External addresses. No address may be in two pools (RFC 6333 section 8.1). The list is empty only with softwire.role b4." },
	{ "pools[].name", CGN_CONF_NAME, .is_key = true, AT(cgn_conf_pool, name),
		.help = "Name in groups." },
	{ "pools[].addresses", CGN_CONF_RANGE4, .is_set = true, .is_live = true, IN(cgn_conf_pool, listed), COUNT(cgn_conf_pool, n_listed), .n_min = 1, .n_max = 4096,
		.rfc = "RFC 6888 REQ-3",
		.help = "Addresses, prefixes and ranges, contiguous or not. Each worker needs at least one address. A pool of one address may use the address of an outside port, as a home router does." },
	{ "pools[].exclude", CGN_CONF_RANGE4, .is_set = true, .is_live = true, IN(cgn_conf_pool, excluded), COUNT(cgn_conf_pool, n_excluded), .n_max = 4096,
		.help = "Addresses of the pool that are not used." },
	{ "pools[].port_range", CGN_CONF_PORT_RANGE, .is_live = true, .offset = offsetof(struct cgn_conf_pool, port_min), .size = 4, .def = "1024-65535",
		.rfc = "RFC 6908 section 2.11",
		.help = "External ports that are handed out in blocks. cgnd does not use ports below 1024 unless the range includes them." },

	{ "pools[].use_high_percent", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_pool, use_high_percent), .max = 100, .def = "0", .unit = "percent", .rfc = "RFC 7659 section 3.1.2",
		.help = "Threshold: a log line and a record tell when so many of the pool's ports have a mapping, in the protocol that has most. They tell so again only after it was below nine tenths of that. 0: no threshold." },
	{ "pools[].use_low_percent", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_pool, use_low_percent), .max = 100, .def = "0", .unit = "percent", .rfc = "RFC 7659 section 3.1.2",
		.help = "Threshold: the same when the use falls to this or below. It is less than use_high_percent. 0: no threshold." },
	{ "pools[].blocks_high_percent", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_pool, blocks_high_percent), .max = 100, .def = "90", .unit = "percent",
		.help = "A log line warns when so many of the pool's port blocks belong to subscribers: the pool is nearly full. It warns again only after it was below nine tenths of that. 0: no warning." },

	{ "pools[].drain", CGN_CONF_RANGE4, .is_live = true, IN(cgn_conf_pool, drain), COUNT(cgn_conf_pool, n_drain), .n_max = 4096,
		.help = "Addresses of the pool that are taken out of use: they get no new subscriber, port block or lease. What is on them may go on for `drain_max_s`." },
	{ "pools[].drain_max_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_pool, drain_max_s), .max = 30 * DAY, .def = "0", .unit = "s",
		.help = "How long mappings and leases on an address of `drain` may go on. Then cgnd ends the rest: it resets TCP connections, and tells the clients of leases. With 0, which is the default, cgnd ends them at once." },

	{ "groups", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, groups), COUNT(cgn_conf, n_groups), .gone_offset = offsetof(struct cgn_conf_group, is_gone), .n_max = CGN_GROUPS_MAX,
		.help = "Who is a subscriber and what it may use. The list is empty only with softwire.role b4." },
	{ "groups[].name", CGN_CONF_NAME, .is_key = true, AT(cgn_conf_group, name),
		.help = "Name in counters and logs." },
	{ "groups[].prefixes", CGN_CONF_PREFIX, .is_live = true, IN(cgn_conf_group, prefixes), COUNT(cgn_conf_group, n_prefixes), .n_min = 1, .n_max = 65536,
		.rfc = "RFC 6888 REQ-4",
		.help = "Inside prefixes of the subscribers. IPv6 prefixes are those of B4s. Of all groups, the longest prefix wins." },
	{ "groups[].subscriber_prefix_len", CGN_CONF_UINT, AT(cgn_conf_group, subscriber_prefix_len), .min = 1, .max = 128, .def = "32", .unit = "bits",
		.help = "One subscriber is one prefix of this length. In a group of IPv6 prefixes only, a length above 32 is subscriber_prefix6_len." },
	{ "groups[].subscriber_prefix6_len", CGN_CONF_UINT, AT(cgn_conf_group, subscriber_prefix6_len), .min = 32, .max = 128, .def = "56", .unit = "bits",
		.rfc = "RFC 7785 section 3",
		.help = "One B4 subscriber is one IPv6 prefix of this length." },
	{ "groups[].pool", CGN_CONF_POOL_REF, .is_live = true, AT(cgn_conf_group, pool),
		.help = "Name of the pool that the subscribers use." },
	{ "groups[].block_size", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, block_size), .min = CGN_BLOCK_MIN, .max = CGN_BLOCK_MAX, .def = "512", .unit = "ports",
		.rfc = "RFC 6888 section 4",
		.help = "Ports per block, a power of two that divides the pool's port range. One block set for TCP, UDP and ICMP ids." },
	{ "groups[].blocks_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, blocks_max), .min = 1, .max = 1024, .def = "4", .unit = "blocks",
		.rfc = "RFC 6888 REQ-4",
		.help = "Blocks that one subscriber may hold, all on one address." },
	{ "groups[].mappings_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_max), .max = 1048576, .def = "2048", .unit = "mappings",
		.rfc = "RFC 6888 REQ-4",
		.help = "Mappings of one subscriber. With 0, only the blocks limit them." },
	{ "groups[].mappings_udp_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_of_max[CGN_PROTO_UDP]), .max = 1048576, .def = "0", .unit = "mappings",
		.rfc = "RFC 6888 REQ-4",
		.help = "UDP mappings of one subscriber. Leases and static mappings count, but only new implicit mappings are refused. 0: no limit of its own." },
	{ "groups[].mappings_tcp_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_of_max[CGN_PROTO_TCP]), .max = 1048576, .def = "0", .unit = "mappings",
		.rfc = "RFC 6888 REQ-4",
		.help = "The same for TCP." },
	{ "groups[].mappings_icmp_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_of_max[CGN_PROTO_ICMP]), .max = 1048576, .def = "0", .unit = "mappings",
		.rfc = "RFC 6888 REQ-4",
		.help = "The same for ICMP queries." },
	{ "groups[].mappings_high", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_high), .max = 1048576, .def = "0", .unit = "mappings",
		.rfc = "RFC 7659 section 3.1.2",
		.help = "Threshold: a record tells when a subscriber has so many mappings, and tells so again only after it had less than nine tenths of them. The log tells how many subscribers have reached it. 0: no threshold." },
	{ "groups[].mappings_per_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, mappings_per_s), .max = 1000000, .def = "200", .unit = "mappings per second",
		.rfc = "RFC 6888 REQ-4",
		.help = "New implicit mappings of one subscriber, limited by a token bucket. 0: no limit." },
	{ "groups[].sessions_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, sessions_max), .max = 16777216, .def = "8192", .unit = "sessions",
		.rfc = "RFC 6888 REQ-5",
		.help = "TCP remotes and filter entries of one subscriber. Hosts outside open at most three quarters of them. A host outside that has an eighth as many connections as there are free places gets no more, nor does a network of 256 addresses that has a quarter as many. Handshakes that are not complete have at most half of the limit; the oldest gives way to the next. When there is no room, the oldest connection from outside that the inside has closed (or a reset has ended) gives way; others are never evicted. 0 is no limit but nat.sessions_max." },
	{ "groups[].leases_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, leases_max), .max = 65535, .def = "64", .unit = "leases",
		.rfc = "RFC 7785 section 4",
		.help = "Explicit mappings (NAT-PMP, PCP) of one subscriber; 0: none, requests get result 2." },
	{ "groups[].leases_reserve", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, leases_reserve), .max = 65535, .def = "16", .unit = "ports",
		.help = "Ports of a subscriber that are kept for leases when traffic has used the rest." },

	{ "groups[].natpmp_auth", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf_group, natpmp_auth), .choices = natpmp_auths, .def = "none", .rfc = "RFC 6886 section 5",
		.help = "`ipsec`: cgnd refuses requests of these subscribers with result 2, unless they come through an IPsec SA. It needs the section host, and an IKE daemon. The first group that gets it needs a restart, unless cgnd still has CAP_NET_ADMIN to open its socket." },
	{ "groups[].ipsec_mark", CGN_CONF_MARK, .is_live = true, AT(cgn_conf_group, ipsec_mark), .def = "0/0",
		.help = "The mark that the kernel gives to requests from the SAs of these subscribers (`set_mark_in` of strongSwan), with its mask. 0/0: any SA will do." },

	{ "groups[].deterministic", CGN_CONF_SECTION, AT(cgn_conf_group, deterministic.is_on), .rfc = "RFC 7422",
		.help = "Deterministic NAT: a formula gives each subscriber an external address and a range of ports of its own, so that `cgnctl deterministic reverse` finds a subscriber without a log. The group needs a pool of its own, and all its addresses. Without this section the group is not deterministic." },
	{ "groups[].deterministic.dynamic", CGN_CONF_UINT, AT(cgn_conf_group, deterministic.dynamic), .max = 1008, .def = "0", .unit = "shares", .rfc = "RFC 7422 section 2",
		.help = "D: each address has C own ranges and D shares more of this size, which are the dynamic part. A subscriber whose own range is full gets blocks of it (block_size, blocks_max). 0: there is no dynamic part." },
	{ "groups[].deterministic.ports_max", CGN_CONF_UINT, AT(cgn_conf_group, deterministic.ports_max), .min = CGN_BLOCK_MIN, .max = 65535, .def = "65535", .unit = "ports", .rfc = "RFC 7422 section 2",
		.help = "M: ports of one subscriber in one protocol, the own range and the dynamic part together. It is at least the size of an own range." },
	{ "groups[].deterministic.use_high_percent", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_group, deterministic.use_high_percent), .max = 100, .def = "0", .unit = "percent", .rfc = "RFC 7422 section 2.2",
		.help = "Threshold: as mappings_high, for the use of a subscriber's own range: its ports in use or in hold-down, in the protocol that has most. 0: no threshold." },
	{ "groups[].deterministic.reserved", CGN_CONF_PORTS, .is_set = true, IN(cgn_conf_group, deterministic.reserved), COUNT(cgn_conf_group, deterministic.n_reserved), .n_max = 1024, .rfc = "RFC 7422 section 2",
		.help = "R: ports that no subscriber gets, besides those outside of the pool's port_range." },

	{ "nat", CGN_CONF_SECTION,
		.help = "How packets are translated." },
	{ "nat.mapping", CGN_CONF_CHOICE, .choices = mappings, .def = "endpoint_independent", .rfc = "RFC 4787 REQ-1",
		.help = "An inside endpoint has the same external endpoint for all remotes." },
	{ "nat.filtering", CGN_CONF_SECTION, .rfc = "RFC 4787 REQ-8, RFC 5382 REQ-3",
		.help = "Which remotes may send to an implicit mapping. Every remote may send to a lease or a static mapping." },
	{ "nat.filtering.udp", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, nat.filtering[CGN_PROTO_UDP]), .choices = filterings, .def = "endpoint_independent",
		.rfc = "RFC 4787 REQ-8",
		.help = "Filtering of UDP." },
	{ "nat.filtering.tcp", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, nat.filtering[CGN_PROTO_TCP]), .choices = filterings, .def = "endpoint_independent",
		.rfc = "RFC 5382 REQ-3",
		.help = "Filtering of TCP." },
	{ "nat.hairpin", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, nat.hairpin), .def = "true", .rfc = "RFC 4787 REQ-9",
		.help = "Subscribers reach each other at their external endpoints." },
	{ "nat.port_choice", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, nat.port_choice), .choices = port_choices, .def = "random",
		.rfc = "RFC 4787 REQ-3, RFC 6056",
		.help = "`preserve` takes the inside port where it lies in a block of the subscriber and is free." },
	{ "nat.port_parity", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, nat.port_parity), .def = "false", .rfc = "RFC 4787 REQ-4",
		.help = "Even inside ports get even external ports, odd ones odd." },
	{ "nat.inbound_refresh", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, nat.inbound_refresh), .def = "false", .rfc = "RFC 4787 REQ-6",
		.help = "Inbound packets keep a UDP mapping alive as well." },
	{ "nat.pool_echo", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, nat.pool_echo), .def = "false", .rfc = "RFC 6908 section 3.2.2",
		.help = "Answer ICMP echo to pool addresses." },
	{ "nat.syn_unreachable", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, nat.syn_unreachable), .def = "true", .rfc = "RFC 5382 REQ-4",
		.help = "Answer an unsolicited SYN with ICMP port unreachable after six seconds." },
	{ "nat.hold_down_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.hold_down_s), .max = DAY, .must = 120, .def = "120", .unit = "s",
		.rfc = "RFC 6888 REQ-8",
		.help = "For this time after its release, cgnd does not give an external port to a new mapping, also not to one of the same subscriber. Only a lease request of the inside address and port that had it gets it back." },
	{ "nat.hold_down_max", CGN_CONF_UINT, AT(cgn_conf, nat.hold_down_max), .max = 16777216, .def = "1000000", .unit = "ports per worker",
		.rfc = "RFC 6888 REQ-8",
		.help = "Ports in hold-down. When there are more, the oldest are free at once." },
	{ "nat.block_guard_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.block_guard_s), .max = DAY, .def = "180", .unit = "s",
		.rfc = "RFC 7768 section 2",
		.help = "For this time after its release, cgnd does not give a port block to a subscriber while others are free." },
	{ "nat.mappings_max", CGN_CONF_UINT, AT(cgn_conf, nat.mappings_max), .max = 268435456, .def = "0", .unit = "mappings per worker",
		.rfc = "RFC 6888 REQ-5",
		.help = "Size of the mapping table; 0 is what the pools can hold." },
	{ "nat.sessions_max", CGN_CONF_UINT, AT(cgn_conf, nat.sessions_max), .min = 64, .max = 268435456, .def = "1000000", .unit = "sessions per worker",
		.rfc = "RFC 6888 REQ-5",
		.help = "Further TCP remotes and filter entries. Connections from outside have the same rules here as in groups[].sessions_max." },
	{ "nat.fragments_max", CGN_CONF_UINT, AT(cgn_conf, nat.fragments_max), .min = 8, .max = 1048576, .def = "4096", .unit = "fragments per worker",
		.rfc = "RFC 4787 REQ-14",
		.help = "Fragments that cgnd holds until the first fragment of their datagram has come." },
	{ "nat.subscribers_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.subscribers_max), .max = 134217728, .def = "0", .unit = "subscribers",
		.rfc = "RFC 7659 section 3.1.1",
		.help = "Subscribers of all workers together that have an external address. Each has one, so this limits address mappings, too. A new subscriber takes the place of an idle one of its worker if it can. Subscribers with ports are never removed. 0: no limit but the pools." },
	{ "nat.mappings_high", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.mappings_high), .max = 1073741824, .def = "0", .unit = "mappings",
		.rfc = "RFC 7659 section 3.1.2",
		.help = "Threshold: a log line and a record tell when all workers together have so many mappings. They tell so again only after there were less than nine tenths of them. 0: no threshold." },
	{ "nat.sessions_high", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.sessions_high), .max = 1073741824, .def = "0", .unit = "sessions",
		.rfc = "RFC 7870 section 6.2",
		.help = "Threshold: the same for the sessions that nat.sessions_max counts." },
	{ "nat.subscribers_high", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.subscribers_high), .max = 134217728, .def = "0", .unit = "subscribers",
		.rfc = "RFC 7659 section 3.1.2",
		.help = "Threshold: the same for subscribers that have an external address." },
	{ "nat.notify_interval_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.notify_interval_s), .min = 1, .max = 3600, .def = "20", .unit = "seconds",
		.rfc = "RFC 7659 section 3.1.2",
		.help = "At least so long lies between two records or log lines about the same limit or threshold and the same subscriber, pool or address." },
	{ "nat.syn_hold_max", CGN_CONF_UINT, AT(cgn_conf, nat.syn_hold_max), .max = 1048576, .def = "4096", .unit = "SYNs per worker",
		.rfc = "RFC 5382 REQ-4",
		.help = "Unsolicited SYNs that cgnd holds before it answers them. One remote address gets an eighth of the places." },
	{ "nat.icmp_errors_per_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.icmp_errors_per_s), .max = 1000000, .def = "1000", .unit = "per second, worker and side",
		.rfc = "RFC 1812 section 4.3.2.8",
		.help = "ICMP errors that cgnd sends to one side. One host or home gets an eighth of them, but at least 64." },
	{ "nat.pass_through", CGN_CONF_PREFIX4, .is_set = true, .is_live = true, IN(cgn_conf, nat.pass_through), COUNT(cgn_conf, nat.n_pass_through), .n_max = 4096,
		.rfc = "RFC 6888 REQ-6",
		.help = "Destinations that are not translated." },
	{ "nat.static_mappings", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, nat.statics), COUNT(cgn_conf, nat.n_statics), .n_max = 65536,
		.help = "Mappings that are always there. One that a reload adds takes its external port from whoever has it." },
	{ "nat.static_mappings[].protocol", CGN_CONF_CHOICE, .is_key = true, AT(cgn_conf_static, proto), .choices = protocols,
		.help = "Transport protocol." },
	{ "nat.static_mappings[].inside", CGN_CONF_EP4, .is_live = true, .offset = offsetof(struct cgn_conf_static, in_addr), .size = 6,
		.help = "Inside endpoint; its address belongs to a group." },
	{ "nat.static_mappings[].external", CGN_CONF_EP4, .is_key = true, .offset = offsetof(struct cgn_conf_static, ext_addr), .size = 6,
		.help = "External endpoint; its address is one of that group's pool, the same for all mappings of a subscriber. Any port but 5350 and 5351." },
	{ "nat.timeouts", CGN_CONF_SECTION,
		.help = "Idle times after which implicit mappings and sessions go." },
	{ "nat.timeouts.udp_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.udp_s), .min = 1, .max = 7 * DAY, .must = 120, .def = "300", .unit = "s",
		.rfc = "RFC 4787 REQ-5",
		.help = "UDP." },
	{ "nat.timeouts.icmp_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.icmp_s), .min = 1, .max = 7 * DAY, .must = 60, .def = "60", .unit = "s",
		.rfc = "RFC 5508 REQ-2",
		.help = "ICMP queries." },
	{ "nat.timeouts.tcp_established_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.tcp_established_s), .min = 1, .max = 7 * DAY, .must = 7440,
		.def = "7440", .unit = "s", .rfc = "RFC 5382 REQ-5",
		.help = "Established TCP connections." },
	{ "nat.timeouts.tcp_opening_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.tcp_opening_s), .min = 1, .max = 7 * DAY, .must = 240, .def = "240",
		.unit = "s", .rfc = "RFC 5382 REQ-5",
		.help = "TCP connections that are not established yet." },
	{ "nat.timeouts.tcp_closing_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.tcp_closing_s), .min = 1, .max = 7 * DAY, .must = 240, .def = "240",
		.unit = "s", .rfc = "RFC 5382 REQ-5",
		.help = "TCP connections that both sides have closed, or that were reset. A connection that only one side has closed counts as established (RFC 6146 section 3.5.2.2)." },
	{ "nat.timeouts.fragment_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, nat.timeouts.fragment_s), .min = 1, .max = 60, .must = 2, .def = "2", .unit = "s",
		.rfc = "RFC 6146 section 3.4",
		.help = "How long cgnd holds the fragments of a datagram whose first fragment has not come." },

	{ "natpmp", CGN_CONF_SECTION, .rfc = "RFC 6886",
		.help = "NAT-PMP on the addresses of the inside ports." },
	{ "natpmp.role", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, natpmp.role), .choices = natpmp_roles, .def = "server",
		.help = "`server` opens ports itself. `relay` first asks the NAT in front of it. Leases stay when it changes, also with `off`. Between `server` and `relay`, clients are told to ask again." },
	{ "natpmp.upstream", CGN_CONF_IP, .is_live = true, IN(cgn_conf, natpmp.upstreams), COUNT(cgn_conf, natpmp.n_upstreams), .is_inline = true, .takes_one = true,
		.n_max = CGN_UPSTREAMS_MAX, .rfc = "RFC 7488",
		.help = "Relay only: the NAT in front, or a list of its addresses. The relay uses the first one that answers, and stays with it. If it does not answer four packets, or refuses one, the relay takes the next one. A B4 has IPv4 addresses here, or IPv6 addresses if upstream_protocol is `pcp`." },
	{ "natpmp.upstream_protocol", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, natpmp.upstream_protocol), .choices = upstream_protocols, .def = "auto", .rfc = "RFC 6887 section 9",
		.help = "Relay only: what it speaks with the NAT in front. `auto`: PCP, or NAT-PMP if the NAT in front does not speak PCP. In a B4, `auto` and `natpmp` pass both protocols on in the softwire, as they are. `pcp` makes the B4 a PCP proxy: it asks the AFTR over IPv6, for its hosts." },
	{ "natpmp.upstream_auth", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, natpmp.upstream_auth), .choices = natpmp_auths, .def = "none", .rfc = "RFC 6886 section 5",
		.help = "Relay only. `ipsec`: requests to the NAT in front go through an IPsec SA, and the relay believes only what comes through it. It needs the section host, and an IKE daemon. The first change to it needs a restart, unless cgnd still has CAP_NET_ADMIN to open its socket." },
	{ "natpmp.lifetime_max_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, natpmp.lifetime_max_s), .min = 1, .max = CGN_LEASE_MAX_S, .def = "86400", .unit = "s",
		.rfc = "RFC 6886 section 3.3",
		.help = "Longest lifetime that is granted." },
	{ "natpmp.subscriber_limit_code", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, natpmp.subscriber_limit_code), .choices = limit_codes, .def = "6",
		.help = "Result code when leases_max is reached: 4 is out of resources, 6 tells the subscriber's limit from the NAT's." },
	{ "natpmp.requests_per_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, natpmp.requests_per_s), .min = 1, .max = 100000, .def = "50", .unit = "requests per second",
		.help = "Requests of one subscriber that cgnd handles. It drops the others." },
	{ "natpmp.announce", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, natpmp.announce), .def = "true", .rfc = "RFC 6886 section 3.2.1",
		.help = "Tell subscribers when their external address or the epoch has changed." },
	{ "natpmp.announce_to_5351", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, natpmp.announce_to_5351), .def = "false", .rfc = "RFC 6886 section 3.2.1",
		.help = "Send announcements to port 5351 as well, where clients older than the RFC listen." },
	{ "natpmp.version_error_bit", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, natpmp.version_error_bit), .def = "true", .rfc = "RFC 6887 section 8.3",
		.help = "Answer unknown versions with the response bit set, so that PCP clients fall back to NAT-PMP. `false`: the bit is 0, as RFC 6886 section 3.5 says literally." },

	{ "pcp", CGN_CONF_SECTION, .rfc = "RFC 6887",
		.help = "PCP beside NAT-PMP, on the same port and with the same leases and limits. It is off if natpmp.role is off." },
	{ "pcp.enabled", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, pcp.enabled), .def = "true",
		.help = "Answer PCP requests: MAP, PEER and ANNOUNCE. `false`: cgnd answers PCP requests with the version error of NAT-PMP, so that clients fall back to NAT-PMP." },
	{ "pcp.map", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, pcp.map), .def = "true", .rfc = "RFC 6887 section 11",
		.help = "Serve MAP requests. `false`: cgnd refuses them with NOT_AUTHORIZED." },
	{ "pcp.peer", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, pcp.peer), .def = "true", .rfc = "RFC 6887 section 12",
		.help = "Serve PEER requests. `false`: cgnd refuses them with NOT_AUTHORIZED. A relay has no PEER." },
	{ "pcp.lifetime_min_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, pcp.lifetime_min_s), .min = 1, .max = CGN_LEASE_MAX_S, .def = "120", .unit = "s",
		.rfc = "RFC 6887 section 15",
		.help = "Shortest lifetime that is granted." },
	{ "pcp.lifetime_max_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, pcp.lifetime_max_s), .min = 1, .max = CGN_LEASE_MAX_S, .def = "86400", .unit = "s",
		.rfc = "RFC 6887 section 15",
		.help = "Longest lifetime that is granted." },
	{ "pcp.filters_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, pcp.filters_max), .min = 1, .max = CGN_FILTERS_MAX, .def = "8", .unit = "filters per mapping",
		.rfc = "RFC 6887 section 13.3",
		.help = "Most filters that a client can set for a mapping (option FILTER): prefixes of remote hosts that may send to it. Beyond that, cgnd answers EXCESSIVE_REMOTE_PEERS. Mappings that have more keep them." },
	{ "pcp.port_set_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, pcp.port_set_max), .max = CGN_PORT_SET_MAX, .def = "32", .unit = "ports",
		.rfc = "RFC 7753",
		.help = "Most ports that a client gets with one request (option PORT_SET). Each of them counts for leases_max. 0: cgnd ignores the option. A relay always does." },
	{ "pcp.anycast", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, pcp.anycast), .def = "true", .rfc = "RFC 7723",
		.help = "Answer subscribers that ask the anycast address 192.0.0.9, by PCP or NAT-PMP, and B4s that ask 2001:1::1 by PCP." },
	{ "pcp.relay_unknown", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, pcp.relay_unknown), .def = "false", .rfc = "RFC 7648 section 3.4.2",
		.help = "Relay only: pass PCP requests with unknown opcodes, and unknown options of MAP, on to the NAT in front. Addresses and ports in them are not translated. `false`: cgnd refuses unknown opcodes, and unknown options that must be processed. It ignores other unknown options." },
	{ "pcp.third_party", CGN_CONF_PREFIX, .is_set = true, .is_live = true, IN(cgn_conf, pcp.third_party), COUNT(cgn_conf, pcp.n_third_party), .n_max = 256,
		.rfc = "RFC 6887 section 13.1",
		.help = "Hosts inside that may ask for other clients, with the option THIRD_PARTY. cgnd believes their source addresses: see TRUST.md." },

	{ "softwire", CGN_CONF_SECTION, .rfc = "RFC 6333",
		.help = "IPv4 in IPv6 (DS-Lite)." },
	{ "softwire.role", CGN_CONF_CHOICE, AT(cgn_conf, softwire.role), .choices = softwire_roles, .def = "off",
		.help = "`aftr` serves B4s; `b4` is the other end: pools and groups are empty." },
	{ "softwire.local", CGN_CONF_IP6, AT(cgn_conf, softwire.local), .def = "::",
		.help = "The address of this end of the tunnel. Both roles need it." },
	{ "softwire.remote", CGN_CONF_IP6, AT(cgn_conf, softwire.remote), .def = "::",
		.help = "B4 only: the AFTR." },
	{ "softwire.tunnel_mtu", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, softwire.tunnel_mtu), .min = 1280, .max = CGN_MTU_MAX, .def = "1500", .unit = "octets",
		.rfc = "RFC 6333 section 5.3",
		.help = "Largest IPv6 packet in the tunnel. cgnd fragments larger IPv6 packets." },
	{ "softwire.df", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, softwire.df), .choices = softwire_df, .def = "icmp", .rfc = "RFC 2473 section 7.2",
		.help = "What cgnd does with IPv4 packets that do not fit and must not be fragmented. `icmp`: cgnd tells the sender the MTU. `fragment`: cgnd fragments the IPv6 packet around them." },
	{ "softwire.dscp", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf, softwire.dscp), .choices = softwire_dscp, .def = "uniform", .rfc = "RFC 6333 section 7.1",
		.help = "`uniform` copies the traffic class both ways; `pipe` leaves the inner one as it is (RFC 2983). Congestion marks follow RFC 6040 either way." },
	{ "softwire.hop_limit", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, softwire.hop_limit), .min = 1, .max = 255, .def = "64", .rfc = "RFC 2473 section 6.3",
		.help = "Hop limit of the IPv6 packets that cgnd makes." },
	{ "softwire.move_min_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, softwire.move_min_s), .max = 86400, .def = "1800", .unit = "s", .rfc = "RFC 7785 section 4",
		.help = "AFTR: the shortest time between two changes of a B4's address within its prefix." },
	{ "softwire.homes_high", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, softwire.homes_high), .max = 134217728, .def = "0", .unit = "softwires", .rfc = "RFC 7870 section 6.2",
		.help = "AFTR only. Threshold: a log line and a record tell when all workers together know so many softwires. They tell so again only after there were less than nine tenths of them. 0: no threshold." },

	{ "host", CGN_CONF_SECTION, AT(cgn_conf, host.is_on),
		.help = "The host plane: the kernel and programs of this machine use the addresses of the ports. Without this section there is no host plane." },
	{ "host.netns", CGN_CONF_STRING, AT(cgn_conf, host.netns), .max = 64, .def = "",
		.help = "Name of the network namespace that the interfaces are in, as `ip netns` shows it. Empty: the namespace that cgnd runs in." },
	{ "host.interface_prefix", CGN_CONF_WORD, AT(cgn_conf, host.interface_prefix), .min = 1, .max = 12, .def = "cgx",
		.help = "Each port has an interface (TUN) in the namespace. Its name is this prefix and the number of the port in the list. The first port has number 0." },
	{ "host.pools_interface", CGN_CONF_WORD, AT(cgn_conf, host.pools_interface), .max = 15, .def = "cgp0",
		.help = "An interface that stands for the pools. It has a carrier while cgnd translates. A routing daemon announces the pools only while it has one. Empty: no such interface." },
	{ "host.ipsec_mode", CGN_CONF_CHOICE, AT(cgn_conf, host.ipsec_mode), .choices = ipsec_modes, .def = "transport", .rfc = "RFC 4301 section 4.1",
		.help = "The mode of the SAs that protect NAT-PMP. `transport`: the kernel drops datagrams of SAs with another mode. `tunnel`: it drops datagrams that no policy of the IKE daemon allows." },
	{ "host.ipsec_interface", CGN_CONF_WORD, AT(cgn_conf, host.ipsec_interface), .max = 15, .def = "",
		.help = "Only for an IKE daemon that does ESP in user space: the interface by which decrypted datagrams arrive, `ipsec0` for kernel-libipsec of strongSwan. Then cgnd takes only datagrams that arrive by it. Empty: the kernel does ESP, and its policies drop all other datagrams." },
	{ "host.punts_per_s", CGN_CONF_SECTION,
		.help = "How many packets for local addresses a worker gives to the control thread, by class. Each class has limits of its own on each side. If the queue to the control thread fills up, `other` loses packets first, then `natpmp`, then `ipsec`, and `routing` last." },
	{ "host.punts_per_s.routing", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, host.punts_per_s[CGN_PUNT_ROUTING]), .min = 1, .max = 1000000, .def = "10000", .unit = "packets per second and worker",
		.help = "BGP and BFD. Neighbours on the link of the port do not share this limit with hosts that are further away." },
	{ "host.punts_per_s.ipsec", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, host.punts_per_s[CGN_PUNT_IPSEC]), .min = 1, .max = 1000000, .def = "10000", .unit = "packets per second and worker",
		.help = "IKE and ESP." },
	{ "host.punts_per_s.natpmp", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, host.punts_per_s[CGN_PUNT_NATPMP]), .min = 1, .max = 1000000, .def = "100000", .unit = "packets per second and worker",
		.help = "NAT-PMP. One subscriber gets natpmp.requests_per_s of it." },
	{ "host.punts_per_s.other", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, host.punts_per_s[CGN_PUNT_OTHER]), .min = 1, .max = 1000000, .def = "200000", .unit = "packets per second and worker",
		.help = "All other packets for local addresses." },

	{ "export", CGN_CONF_SECTION, .is_live = true, AT(cgn_conf, export.is_on), .rfc = "RFC 6888 section 4",
		.help = "Records of who had which external ports when. Without this section there are none." },
	{ "export.records", CGN_CONF_CHOICE, .is_live = true, .is_set = true, IN(cgn_conf, export.records), COUNT(cgn_conf, export.n_records), .is_inline = true,
		.n_max = CGN_RECORD_KIND_COUNT - 1, .choices = record_kinds, .rfc = "RFC 6888 REQ-12",
		.help = "Which records are made. `blocks`: a subscriber gets or returns a block of ports, or a single port outside of its blocks. `bindings`: a subscriber is paired with an external address, or its pairing ends. `leases`: a client opens, renews or closes a port with NAT-PMP or PCP. `quotas`: a limit refuses a subscriber, or a pool is exhausted. `thresholds`: a threshold is reached. `mappings`: each mapping of an inside endpoint begins or ends. `sessions`: each connection begins or ends. `mappings` and `sessions` make very many records. No record has an address or a port of a host outside, unless `destinations` is true." },
	{ "export.destinations", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, export.has_destinations), .def = "false", .rfc = "RFC 6888 REQ-12",
		.help = "Whether a record of a session has the address and the port of the host outside. Such records tell what subscribers do: the law may forbid them. Only with `sessions`." },
	{ "export.queue_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, export.queue_max), .min = 16, .max = 4194304, .def = "65536", .unit = "records",
		.help = "Records that may wait in one queue. Each worker, the control thread and each sink have a queue. A record takes 64 octets. What does not fit is lost, and a record `gap` tells what was lost." },
	{ "export.sinks", CGN_CONF_SECTION, .is_live = true, IN(cgn_conf, export.sinks), COUNT(cgn_conf, export.n_sinks), .n_max = 8,
		.help = "Where the records go. Each sink gets all of them, and none slows another." },
	{ "export.sinks[].name", CGN_CONF_NAME, .is_key = true, AT(cgn_conf_export_sink, name),
		.help = "Name in logs." },
	{ "export.sinks[].type", CGN_CONF_CHOICE, .is_live = true, AT(cgn_conf_export_sink, type), .choices = export_types, .rfc = "RFC 5424",
		.help = "`file`: a file of lines in the format of syslog. `syslog`: the same lines to a collector. `ipfix`: messages of IPFIX to a collector." },
	{ "export.sinks[].path", CGN_CONF_STRING, .is_live = true, AT(cgn_conf_export_sink, path), .max = 1024, .def = "",
		.help = "Only for `file`, which needs it: the file, an absolute path. cgnd makes it if it is missing, with mode 0640, and opens it again after SIGHUP. It is never a symbolic link. The file with `.boot` behind the name of the first one tells the next start how cgnd has ended." },
	{ "export.sinks[].target", CGN_CONF_STRING, .is_live = true, AT(cgn_conf_export_sink, target), .max = 300, .def = "", .rfc = "RFC 5425",
		.help = "Only for `syslog` and `ipfix`, which need it: the collector, as `udp://` (RFC 5426), `tcp://` (RFC 6587) or `tls://`, an IPv4 address, IPv6 address in brackets or host name, and a port, such as `tls://[2001:db8::1]:6514`. Without a port: for syslog 514 (UDP), 601 (TCP) or 6514 (TLS), for ipfix 4739, or 4740 (TLS). A host name is resolved at each connect. cgnd reaches collectors by the network of its machine, not by its ports, and connects again after SIGHUP." },
	{ "export.sinks[].ca", CGN_CONF_STRING, .is_live = true, AT(cgn_conf_export_sink, ca), .max = 1024, .def = "", .rfc = "RFC 5425 section 4.2.1",
		.help = "Only for `tls://`: the file of the certificates (PEM) that cgnd trusts to sign that of the collector, an absolute path. The certificate must be for the host of `target`. Empty: cgnd trusts those of the system." },
	{ "export.sinks[].cert", CGN_CONF_STRING, .is_live = true, AT(cgn_conf_export_sink, cert), .max = 1024, .def = "", .rfc = "RFC 5425 section 4.2.1",
		.help = "Only for `tls://`: the file of the certificate (PEM) that cgnd shows to a collector that asks for one, an absolute path. The certificates of those that signed it may follow. It needs `key`. Empty: none." },
	{ "export.sinks[].key", CGN_CONF_STRING, .is_live = true, AT(cgn_conf_export_sink, key), .max = 1024, .def = "",
		.help = "Only for `tls://`: the file of the private key (PEM, without a password) of `cert`, an absolute path." },
	{ "export.sinks[].domain", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_export_sink, domain), .max = UINT32_MAX, .def = "0", .rfc = "RFC 7011 section 3.1",
		.help = "Only for `ipfix`: the observation domain. Each cgnd that sends to one collector from the same address needs a domain of its own." },
	{ "export.sinks[].templates_every_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_export_sink, templates_every_s), .min = 1, .max = 86400, .def = "600", .unit = "s", .rfc = "RFC 7011 section 8.4",
		.help = "Only for `ipfix` over UDP: how often templates are sent again. Over TCP and TLS they are sent once for each connection." },
	{ "export.sinks[].connect_every_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf_export_sink, connect_every_s), .min = 1, .max = 3600, .def = "60", .unit = "s", .rfc = "RFC 7011 section 10.4.4",
		.help = "Only for `ipfix` over TCP and TLS: at least this time lies between two attempts to connect. Records wait meanwhile, so `queue_max` must be large enough. The RFC does not allow less than 60 by default." },

	{ "limits", CGN_CONF_SECTION,
		.help = "What one station of a link may use." },
	{ "limits.station_addresses_max", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, station_addresses_max), .max = 65536, .def = "1024", .unit = "addresses", .rfc = "RFC 6888 REQ-4",
		.help = "IPv4 addresses that one station (MAC address) may use as sources on the link of an inside port with `source_check: neighbour`. Of the addresses whose subscribers use the same pool, a station may use as many as a quarter of the pool's port blocks at most, or 16 if that is more. 0 is no limit at all, for links where one station answers for many subscribers (proxy ARP). Subscribers behind a router of `routes`, the router itself, and `neighbours` are not counted." },

	{ "store", CGN_CONF_SECTION,
		.help = "What cgnd keeps on disk over a restart: leases, epochs, homes behind softwires." },
	{ "store.path", CGN_CONF_STRING, AT(cgn_conf, store_path), .max = 1024, .def = "/var/lib/cgnd/state.db",
		.help = "Database file. Empty: leases are kept in memory only. If the file belongs to another program or cannot be opened, cgnd leaves it alone and works without a store." },

	{ "restart", CGN_CONF_SECTION,
		.help = "Whether a restart keeps what the workers know." },
	{ "restart.keep_state", CGN_CONF_BOOL, .is_live = true, AT(cgn_conf, restart.keep_state), .def = "false",
		.help = "At the stop, cgnd writes mappings, sessions, port blocks, pairings and leases to a file in `runtime_dir`, and withdraws no route. The next start reads it, so that connections go on. The file is used once. It should be on a tmpfs." },
	{ "restart.max_age_s", CGN_CONF_UINT, .is_live = true, AT(cgn_conf, restart.max_age_s), .min = 1, .max = 3600, .def = "60", .unit = "seconds",
		.help = "The start does not use a file that is older." },

	{ "telemetry", CGN_CONF_SECTION,
		.help = "Where cgnctl finds cgnd." },
	{ "telemetry.prefix", CGN_CONF_WORD, AT(cgn_conf, telemetry_prefix), .min = 1, .max = 31, .def = "cgnd",
		.help = "The EAL file prefix. Each cgnd on a machine needs a prefix of its own." },

	{ "metrics", CGN_CONF_SECTION, .rfc = "RFC 7659 section 3.1.4",
		.help = "Where Prometheus reads the counters and gauges, by HTTP in the format OpenMetrics." },
	{ "metrics.listen", CGN_CONF_LISTEN, .is_live = true, AT(cgn_conf, metrics_listen), .def = "",
		.help = "The address and TCP port of the HTTP server. It is an address of the network namespace that cgnd runs in, not of its ports. Whoever can connect can read all counters. Empty: there is no server. A reload cannot take a port that is in use, also by cgnd itself at another address." },

	{ "allow_rfc_violations", CGN_CONF_STRING, .is_set = true, .is_live = true, IN(cgn_conf, allow_rfc_violations), COUNT(cgn_conf, n_allow_rfc_violations),
		.n_max = 16, .min = 1, .max = 64,
		.help = "Keys whose value may be below the minimum of their RFC." },
};
/* clang-format on */

const struct cgn_conf_key *
cgn_conf_schema_keys(size_t *n)
{
	*n = sizeof(keys) / sizeof(keys[0]);
	return keys;
}

const struct cgn_conf_key *
cgn_conf_schema_find(const char *path)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].path, path) == 0)
			return &keys[i];
	}
	return NULL;
}

const char *
cgn_conf_schema_name(const struct cgn_conf_key *key)
{
	const char *dot = strrchr(key->path, '.');

	return dot != NULL ? dot + 1 : key->path;
}

const struct cgn_conf_key *
cgn_conf_schema_next(const char *level, const struct cgn_conf_key *prev)
{
	size_t i = prev == NULL ? 0 : (size_t)(prev - keys) + 1;
	size_t len = strlen(level);

	for (; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *name = cgn_conf_schema_name(&keys[i]);
		size_t parent = name == keys[i].path ? 0 : (size_t)(name - keys[i].path) - 1;

		if (parent == len && strncmp(keys[i].path, level, len) == 0)
			return &keys[i];
	}
	return NULL;
}

static void
allowed_uint(const struct cgn_conf_key *key, char *buf)
{
	snprintf(buf, CGN_CONF_ALLOWED_MAX, "%" PRIu32 "..%" PRIu32 "%s%s", key->min, key->max,
			key->unit != NULL ? " " : "", key->unit != NULL ? key->unit : "");
}

static void
allowed_choice(const struct cgn_conf_key *key, char *buf)
{
	size_t len = 0;

	for (const struct cgn_conf_choice *c = key->choices; c->name != NULL; c++) {
		int put = snprintf(buf + len, CGN_CONF_ALLOWED_MAX - len, "%s%s",
				c == key->choices ? "" : " or ", c->name);

		if (put < 0 || (size_t)put >= CGN_CONF_ALLOWED_MAX - len)
			return;
		len += (size_t)put;
	}
}

const char *
cgn_conf_schema_allowed(const struct cgn_conf_key *key, char buf[static CGN_CONF_ALLOWED_MAX])
{
	static const char *const texts[] = {
		[CGN_CONF_SECTION] = "a map of keys",
		[CGN_CONF_BOOL] = "true or false",
		[CGN_CONF_NAME] = "1..31 letters, digits, '_', '-', '.'",
		[CGN_CONF_DEVICE] = "a PCI address or vdev, 1..255 octets without white space",
		[CGN_CONF_IP4] = "an IPv4 address",
		[CGN_CONF_IP6] = "an IPv6 address",
		[CGN_CONF_IP] = "an IPv4 or IPv6 address",
		[CGN_CONF_MAC] = "the MAC address of a host, such as 02:00:5e:10:00:01; "
				 "neither multicast nor zero",
		[CGN_CONF_INTERFACE] = "an own address with the length of its link's prefix, "
				       "such as 192.0.2.2/24",
		[CGN_CONF_PREFIX] = "an IPv4 or IPv6 prefix, no bits set behind its length",
		[CGN_CONF_PREFIX4] = "an IPv4 prefix, no bits set behind its length",
		[CGN_CONF_RANGE4] = "an IPv4 address, prefix or range first-last",
		[CGN_CONF_PORT_RANGE] = "first-last within 1..65535",
		[CGN_CONF_PORTS] = "a port or first-last, within 1..65535",
		[CGN_CONF_EP4] = "an IPv4 address:port, port 1..65535",
		[CGN_CONF_MARK] = "a value/mask, 32 bits each, such as 0x1000/0xffff; "
				  "no bits outside the mask",
		[CGN_CONF_LISTEN] = "empty, or address:port or [IPv6 address]:port, port 1..65535",
		[CGN_CONF_PORT_REF] = "the name of a port",
		[CGN_CONF_POOL_REF] = "the name of a pool",
	};

	buf[0] = '\0';
	if (key->type == CGN_CONF_UINT)
		allowed_uint(key, buf);
	else if (key->type == CGN_CONF_CHOICE)
		allowed_choice(key, buf);
	else if (key->type == CGN_CONF_WORD)
		snprintf(buf, CGN_CONF_ALLOWED_MAX,
				"%" PRIu32 "..%" PRIu32
				" letters, digits, '_', '-', '.', the first no '.'",
				key->min, key->max);
	else if (key->type == CGN_CONF_STRING)
		snprintf(buf, CGN_CONF_ALLOWED_MAX, "a text of %" PRIu32 "..%" PRIu32 " octets",
				key->min, key->max);
	else
		snprintf(buf, CGN_CONF_ALLOWED_MAX, "%s", texts[key->type]);
	return buf;
}

const char *
cgn_conf_schema_list(const struct cgn_conf_key *key)
{
	if (key->takes_one)
		return "one or a list of: ";
	return key->is_list ? "list of: " : "";
}

const char *
cgn_conf_schema_default(const struct cgn_conf_key *key, char buf[static CGN_CONF_DEFAULT_MAX])
{
	if (key->is_list)
		return key->n_min > 0 ? "required" : "`[]`";
	if (key->def == NULL)
		return "required";
	if (key->def[0] == '\0')
		return "none";
	snprintf(buf, CGN_CONF_DEFAULT_MAX, "`%s`", key->def);
	return buf;
}
