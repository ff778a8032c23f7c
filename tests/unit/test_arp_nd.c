/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/arp_nd.h"
#include "tests/support/cu.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_ip.h>

/* Every message that is made, octet by octet, and every octet of a message that decides whether it is
 * believed. */

#define REQUEST 1
#define REPLY   2

static const struct cgn_ip6 own6 = { .b = { 0x20, 1, 0xd, 0xb8, [13] = 0xab, 0xcd, 0x01 } };
static const struct cgn_ip6 peer6 = { .b = { 0x20, 1, 0xd, 0xb8, [12] = 0xee, 0x12, 0x34, 0x56 } };
static const struct cgn_ip own4 = { .ip4 = RTE_BE32(0xc0000202) };
static const struct cgn_ip peer4 = { .ip4 = RTE_BE32(0xc0000209) };
static const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 0, 1 } };
static const struct rte_ether_addr peer_mac = { .addr_bytes = { 2, 0, 0, 0, 9, 9 } };
static const struct rte_ether_addr broadcast = { .addr_bytes = { 0xff, 0xff, 0xff, 0xff, 0xff,
								 0xff } };
static const struct rte_ether_addr none;

static const uint16_t vlans[] = { 0, 7, 4094 };

static struct cgn_ip
ip(const struct cgn_ip6 *a)
{
	return (struct cgn_ip){ .is_ip6 = true, .ip6 = *a };
}

/* --- made ---------------------------------------------------------------------------------- */

/* Check the Ethernet header. @return the octets in front of layer 3 */
static size_t
check_head(const uint8_t *buf, const struct rte_ether_addr *to, uint16_t vlan, uint16_t type)
{
	size_t off = vlan != 0 ? 18 : 14;

	CU_ASSERT_EQUAL(memcmp(buf, to, 6), 0);
	CU_ASSERT_EQUAL(memcmp(buf + 6, &mac, 6), 0);
	if (vlan != 0) {
		CU_ASSERT_EQUAL(buf[12] << 8 | buf[13], 0x8100);
		CU_ASSERT_EQUAL(buf[14] << 8 | buf[15], vlan);
	}
	CU_ASSERT_EQUAL(buf[off - 2] << 8 | buf[off - 1], type);
	return off;
}

static void
check_arp(const uint8_t *buf, size_t len, const struct rte_ether_addr *to, uint16_t vlan,
		uint16_t op, const struct rte_ether_addr *tha, rte_be32_t target)
{
	size_t off = check_head(buf, to, vlan, RTE_ETHER_TYPE_ARP);
	struct rte_arp_hdr arp;

	CU_ASSERT_EQUAL(len, 60);
	memcpy(&arp, buf + off, sizeof(arp));
	CU_ASSERT_EQUAL(arp.arp_hardware, RTE_BE16(1));
	CU_ASSERT_EQUAL(arp.arp_protocol, RTE_BE16(0x800));
	CU_ASSERT_EQUAL(arp.arp_hlen, 6);
	CU_ASSERT_EQUAL(arp.arp_plen, 4);
	CU_ASSERT_EQUAL(arp.arp_opcode, rte_cpu_to_be_16(op));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&arp.arp_data.arp_sha, &mac));
	CU_ASSERT_EQUAL(arp.arp_data.arp_sip, own4.ip4);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&arp.arp_data.arp_tha, tha));
	CU_ASSERT_EQUAL(arp.arp_data.arp_tip, target);
	/* What pads the frame tells nothing of this machine's memory. */
	for (size_t i = off + sizeof(arp); i < len; i++)
		CU_ASSERT_EQUAL(buf[i], 0);
}

static void
check_nd(const uint8_t *buf, size_t len, const struct rte_ether_addr *to, uint16_t vlan,
		const struct cgn_ip6 *dst, uint8_t type, uint8_t flags,
		const struct cgn_ip6 *target, uint8_t option)
{
	size_t off = check_head(buf, to, vlan, RTE_ETHER_TYPE_IPV6);
	const struct rte_ipv6_hdr *h = (const void *)(buf + off);
	const uint8_t *nd = (const uint8_t *)(h + 1);
	static const uint8_t zero[4];

	CU_ASSERT_EQUAL_FATAL(len, off + 40 + 24 + 8);
	CU_ASSERT_EQUAL(h->vtc_flow, RTE_BE32(0x60000000));
	CU_ASSERT_EQUAL(h->payload_len, RTE_BE16(32));
	CU_ASSERT_EQUAL(h->proto, IPPROTO_ICMPV6);
	CU_ASSERT_EQUAL(h->hop_limits, 255);
	CU_ASSERT_EQUAL(memcmp(&h->src_addr, &own6, 16), 0);
	CU_ASSERT_EQUAL(memcmp(&h->dst_addr, dst, 16), 0);
	CU_ASSERT_EQUAL(nd[0], type);
	CU_ASSERT_EQUAL(nd[1], 0);
	CU_ASSERT_EQUAL(nd[4], flags);
	CU_ASSERT_EQUAL(memcmp(nd + 5, zero, 3), 0);
	CU_ASSERT_EQUAL(memcmp(nd + 8, target, 16), 0);
	CU_ASSERT_EQUAL(nd[24], option);
	CU_ASSERT_EQUAL(nd[25], 1);
	CU_ASSERT_EQUAL(memcmp(nd + 26, &mac, 6), 0);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(nd, 32, rte_ipv6_phdr_cksum(h, 0)));
}

/* RFC 826, RFC 4861 sections 4.3 and 7.2.2: to all at first, to the known station later. */
static void
requests_are_to_all_or_to_the_known_station(void)
{
	static const struct rte_ether_addr group = { { 0x33, 0x33, 0xff, 0x12, 0x34, 0x56 } };
	static const struct cgn_ip6 node = { .b = { 0xff, 2, [11] = 1, 0xff, 0x12, 0x34, 0x56 } };

	for (size_t i = 0; i < RTE_DIM(vlans); i++) {
		const struct cgn_arp_nd_from from = { .mac = mac, .vlan = vlans[i] };
		const struct cgn_ip own = ip(&own6), peer = ip(&peer6);
		uint8_t buf[CGN_ARP_ND_MAX];
		size_t len;

		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_request(buf, &from, &own4, &peer4, NULL);
		check_arp(buf, len, &broadcast, vlans[i], REQUEST, &none, peer4.ip4);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_request(buf, &from, &own4, &peer4, &peer_mac);
		check_arp(buf, len, &peer_mac, vlans[i], REQUEST, &peer_mac, peer4.ip4);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_request(buf, &from, &own, &peer, NULL);
		check_nd(buf, len, &group, vlans[i], &node, 135, 0, &peer6, 1);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_request(buf, &from, &own, &peer, &peer_mac);
		check_nd(buf, len, &peer_mac, vlans[i], &peer6, 135, 0, &peer6, 1);
	}
}

/* RFC 4861 section 7.2.4: to the asker, solicited; to all nodes and unsolicited if he has no address. */
static void
answers_go_to_the_asker(void)
{
	static const struct rte_ether_addr all_mac = { { 0x33, 0x33, 0, 0, 0, 1 } };
	static const struct cgn_ip6 all = { .b = { 0xff, 2, [15] = 1 } };

	for (size_t i = 0; i < RTE_DIM(vlans); i++) {
		const struct cgn_arp_nd_from from = { .mac = mac, .vlan = vlans[i] };
		const struct cgn_arp_nd request4 = { .sender = peer4 };
		const struct cgn_arp_nd request6 = { .sender = ip(&peer6) };
		const struct cgn_arp_nd probe = { .sender.is_ip6 = true };
		const struct cgn_ip own = ip(&own6);
		uint8_t buf[CGN_ARP_ND_MAX];
		size_t len;

		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_answer(buf, &from, &own4, &request4, &peer_mac);
		check_arp(buf, len, &peer_mac, vlans[i], REPLY, &peer_mac, peer4.ip4);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_answer(buf, &from, &own, &request6, &peer_mac);
		check_nd(buf, len, &peer_mac, vlans[i], &peer6, 136, 0xe0, &own6, 2);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_answer(buf, &from, &own, &probe, &peer_mac);
		check_nd(buf, len, &all_mac, vlans[i], &all, 136, 0xa0, &own6, 2);
		/* RFC 5227 section 3, RFC 4861 section 7.2.6. */
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_announce(buf, &from, &own4);
		check_arp(buf, len, &broadcast, vlans[i], REQUEST, &none, own4.ip4);
		memset(buf, 0xaa, sizeof(buf));
		len = cgn_arp_nd_announce(buf, &from, &own);
		check_nd(buf, len, &all_mac, vlans[i], &all, 136, 0xa0, &own6, 2);
	}
}

/* --- read ---------------------------------------------------------------------------------- */

struct nd {
	uint8_t data[40 + 24 + 64];
	size_t len; /* of the ICMPv6 message */
};

static struct nd
nd_message(uint8_t type, uint8_t flags, const struct cgn_ip6 *src, const struct cgn_ip6 *dst,
		const struct cgn_ip6 *target)
{
	struct nd m = { .len = 24 };

	m.data[0] = 0x60;
	m.data[6] = IPPROTO_ICMPV6;
	m.data[7] = 255;
	memcpy(m.data + 8, src, 16);
	memcpy(m.data + 24, dst, 16);
	m.data[40] = type;
	m.data[44] = flags;
	memcpy(m.data + 48, target, 16);
	return m;
}

static void
add_option(struct nd *m, uint8_t kind, uint8_t units, const struct rte_ether_addr *a)
{
	uint8_t *o = m->data + 40 + m->len;

	o[0] = kind;
	o[1] = units;
	memcpy(o + 2, a, 6);
	m->len += 8;
}

static bool
read_nd(struct nd *m, struct cgn_arp_nd *out)
{
	struct rte_ipv6_hdr *h = (void *)m->data;
	struct cgn_frame f = { .l3 = m->data, .l3_len = 40 + m->len };
	rte_be16_t csum;

	f.ethertype = RTE_ETHER_TYPE_IPV6;
	h->payload_len = rte_cpu_to_be_16((uint16_t)m->len);
	memset(m->data + 42, 0, 2);
	csum = rte_ipv6_udptcp_cksum(h, m->data + 40);
	memcpy(m->data + 42, &csum, 2);
	return cgn_arp_nd_parse(out, &f);
}

static struct nd
solicitation(void)
{
	struct nd m = nd_message(135, 0, &peer6, &own6, &own6);

	add_option(&m, 1, 1, &peer_mac);
	return m;
}

static struct nd
advertisement(uint8_t flags)
{
	struct nd m = nd_message(136, flags, &peer6, &own6, &peer6);

	add_option(&m, 2, 1, &peer_mac);
	return m;
}

static void
solicitations_and_advertisements_are_read(void)
{
	struct cgn_arp_nd out;
	struct nd m = solicitation();

	CU_ASSERT_TRUE(read_nd(&m, &out));
	CU_ASSERT_EQUAL(out.kind, CGN_ARP_ND_REQUEST);
	CU_ASSERT_TRUE(out.sender.is_ip6 && out.target.is_ip6);
	CU_ASSERT_EQUAL(memcmp(&out.sender.ip6, &peer6, 16), 0);
	CU_ASSERT_EQUAL(memcmp(&out.target.ip6, &own6, 16), 0);
	CU_ASSERT_TRUE(out.has_mac && rte_is_same_ether_addr(&out.mac, &peer_mac));
	m = advertisement(0x60);
	CU_ASSERT_TRUE(read_nd(&m, &out));
	CU_ASSERT_EQUAL(out.kind, CGN_ARP_ND_ANSWER);
	CU_ASSERT_EQUAL(memcmp(&out.sender.ip6, &peer6, 16), 0);
	CU_ASSERT_FALSE(out.is_announced);
	CU_ASSERT_TRUE(out.has_mac && rte_is_same_ether_addr(&out.mac, &peer_mac));
	m = advertisement(0x20);
	CU_ASSERT_TRUE(read_nd(&m, &out));
	CU_ASSERT_TRUE(out.is_announced);
}

/* RFC 4861 sections 7.1.1 and 7.1.2: each rule alone, on both messages. */
static void
each_rule_of_validation_is_looked_at(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 0x40 }, /* version */
		{ 6, IPPROTO_UDP },
		{ 7, 254 }, /* came through a router */
		{ 7, 0 },
		{ 40, 134 }, /* other types */
		{ 40, 137 },
		{ 41, 1 },    /* code */
		{ 48, 0xff }, /* target: a group */
		{ 65, 0 },    /* option of no length */
		{ 65, 2 },    /* option that is longer than the message */
		{ 65, 255 },
	};
	struct cgn_arp_nd out;

	for (unsigned int i = 0; i < 2 * RTE_DIM(bad); i++) {
		struct nd m = i % 2 == 0 ? solicitation() : advertisement(0x60);

		CU_ASSERT_TRUE(read_nd(&m, &out));
		m.data[bad[i / 2].at] = bad[i / 2].value;
		CU_ASSERT_FALSE(read_nd(&m, &out));
	}
}

static void
wrong_checksums_and_cut_messages_are_not_read(void)
{
	struct cgn_arp_nd out;

	for (unsigned int kind = 0; kind < 2; kind++) {
		struct nd m = kind == 0 ? solicitation() : advertisement(0x60);
		struct cgn_frame f = { .l3 = m.data, .ethertype = RTE_ETHER_TYPE_IPV6 };

		CU_ASSERT_TRUE(read_nd(&m, &out));
		for (size_t len = 0; len < 40 + m.len; len++) {
			f.l3_len = len;
			CU_ASSERT_FALSE(cgn_arp_nd_parse(&out, &f));
		}
		f.l3_len = 40 + m.len;
		CU_ASSERT_TRUE(cgn_arp_nd_parse(&out, &f));
		for (size_t at = 8; at < 40 + m.len; at++) {
			m.data[at] ^= 4;
			CU_ASSERT_FALSE(cgn_arp_nd_parse(&out, &f));
			m.data[at] ^= 4;
		}
		/* Lengths between whole options. */
		for (size_t len = 25; len < 32; len++) {
			m.len = len;
			CU_ASSERT_FALSE(read_nd(&m, &out));
		}
		m.len = 24;
		CU_ASSERT_TRUE(read_nd(&m, &out));
		CU_ASSERT_FALSE(out.has_mac);
	}
}

/* Options are walked to the end; only the right one tells an address. */
static void
only_the_fitting_option_tells_the_station(void)
{
	static const struct rte_ether_addr other = { { 2, 7, 7, 7, 7, 7 } };
	struct cgn_arp_nd out;

	for (unsigned int kind = 0; kind < 2; kind++) {
		uint8_t right = kind == 0 ? 1 : 2;
		struct nd m = kind == 0 ? nd_message(135, 0, &peer6, &own6, &own6)
					: nd_message(136, 0x60, &peer6, &own6, &peer6);

		add_option(&m, (uint8_t)(3 - right), 1, &other);
		CU_ASSERT_TRUE(read_nd(&m, &out));
		CU_ASSERT_FALSE(out.has_mac);
		add_option(&m, 14, 2, &other); /* a longer one that nobody knows */
		m.len += 8;
		add_option(&m, right, 1, &peer_mac);
		CU_ASSERT_TRUE(read_nd(&m, &out));
		CU_ASSERT_TRUE(out.has_mac && rte_is_same_ether_addr(&out.mac, &peer_mac));
		/* One that fills the message to its end, and one that goes on one unit beyond. */
		add_option(&m, 14, 2, &other);
		CU_ASSERT_FALSE(read_nd(&m, &out));
		m.len += 8;
		CU_ASSERT_TRUE(read_nd(&m, &out));
		CU_ASSERT_TRUE(out.has_mac);
	}
}

/* Probes for duplicates have no source, and then no option either; nobody says to all that he was asked. */
static void
messages_that_contradict_themselves_are_not_read(void)
{
	static const struct cgn_ip6 zero, all = { .b = { 0xff, 2, [15] = 1 } };
	struct nd m = nd_message(135, 0, &zero, &own6, &own6);
	struct cgn_arp_nd out;

	CU_ASSERT_TRUE(read_nd(&m, &out));
	CU_ASSERT_FALSE(out.has_mac);
	add_option(&m, 1, 1, &peer_mac);
	CU_ASSERT_FALSE(read_nd(&m, &out));
	m = nd_message(136, 0x60, &peer6, &all, &peer6);
	CU_ASSERT_FALSE(read_nd(&m, &out));
	m = nd_message(136, 0x20, &peer6, &all, &peer6);
	CU_ASSERT_TRUE(read_nd(&m, &out));
}

/* RFC 826: hardware and protocol first, then the operation. */
static void
each_field_of_arp_is_looked_at(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 1 },
		{ 1, 6 },
		{ 2, 0x86 },
		{ 3, 0xdd },
		{ 4, 8 },
		{ 5, 16 },
		{ 6, 1 },
		{ 7, 0 },
		{ 7, 3 },
		{ 7, 9 },
	};
	struct rte_arp_hdr arp = {
		.arp_hardware = RTE_BE16(1),
		.arp_protocol = RTE_BE16(0x800),
		.arp_hlen = 6,
		.arp_plen = 4,
		.arp_opcode = RTE_BE16(1),
		.arp_data = { .arp_sha = peer_mac, .arp_sip = peer4.ip4, .arp_tip = own4.ip4 },
	};
	uint8_t *octets = (void *)&arp;
	struct cgn_frame f = {
		.l3 = octets, .l3_len = sizeof(arp), .ethertype = RTE_ETHER_TYPE_ARP
	};
	struct cgn_arp_nd out;

	CU_ASSERT_TRUE(cgn_arp_nd_parse(&out, &f));
	CU_ASSERT_EQUAL(out.kind, CGN_ARP_ND_REQUEST);
	CU_ASSERT_FALSE(out.sender.is_ip6 || out.target.is_ip6 || out.is_announced);
	CU_ASSERT_EQUAL(out.sender.ip4, peer4.ip4);
	CU_ASSERT_EQUAL(out.target.ip4, own4.ip4);
	CU_ASSERT_TRUE(out.has_mac && rte_is_same_ether_addr(&out.mac, &peer_mac));
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		uint8_t was = octets[bad[i].at];

		octets[bad[i].at] = bad[i].value;
		CU_ASSERT_FALSE(cgn_arp_nd_parse(&out, &f));
		octets[bad[i].at] = was;
	}
	for (f.l3_len = 0; f.l3_len < sizeof(arp); f.l3_len++)
		CU_ASSERT_FALSE(cgn_arp_nd_parse(&out, &f));
	arp.arp_opcode = RTE_BE16(2);
	CU_ASSERT_TRUE(cgn_arp_nd_parse(&out, &f));
	CU_ASSERT_EQUAL(out.kind, CGN_ARP_ND_ANSWER);
	arp.arp_data.arp_tip = peer4.ip4;
	CU_ASSERT_TRUE(cgn_arp_nd_parse(&out, &f));
	CU_ASSERT_TRUE(out.is_announced);
	f.ethertype = RTE_ETHER_TYPE_IPV4;
	CU_ASSERT_FALSE(cgn_arp_nd_parse(&out, &f));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(requests_are_to_all_or_to_the_known_station),
	CU_TEST_ROW(answers_go_to_the_asker),
	CU_TEST_ROW(solicitations_and_advertisements_are_read),
	CU_TEST_ROW(each_rule_of_validation_is_looked_at),
	CU_TEST_ROW(wrong_checksums_and_cut_messages_are_not_read),
	CU_TEST_ROW(only_the_fitting_option_tells_the_station),
	CU_TEST_ROW(messages_that_contradict_themselves_are_not_read),
	CU_TEST_ROW(each_field_of_arp_is_looked_at),
};

CU_MAIN("arp_nd", tests)
