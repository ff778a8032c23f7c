/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/dpdk_compat.h"
#include "tests/support/cu.h"
#include "tests/support/hostplanefix.h"

#include <stdio.h>
#include <string.h>

/* Packets of the host plane in the data plane: what is punted, and how the host's packets leave. The limits are in
 * scn_host_limits.c. */

static struct rte_mbuf *
esp(struct fx *fx, const char *src, const char *dst)
{
	return pg_ip4(fx->mp, &(struct pg_ip4){ .src = src, .dst = dst, .proto = ESP }, "esp data",
			8);
}

/* L-HOST-1, L-IPS-4: all protocols to local addresses are punted, whole. */
static void
packets_to_local_addresses_are_punted(void)
{
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *ike = pg_udp(fx->mp, P1, IKE, LOCAL, IKE, 3000);
	struct rte_mbuf *frag[8];
	unsigned int n;

	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, esp(fx, R1, LOCAL)));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_LOCAL), 1);
	CU_ASSERT_TRUE(is_punted(fx, FX_INSIDE, esp(fx, H1, LOCAL_IN)));
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, pg_tcp(fx->mp, R1, 4000, LOCAL, BGP, 2, 0)));
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, pg_udp(fx->mp, P1, IKE, LOCAL, IKE, 100)));
	/* IKE with certificates comes in fragments. */
	n = pg_fragment(fx->mp, ike, 1500, frag, RTE_DIM(frag));
	rte_pktmbuf_free(ike);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_EQUAL(is_punted(fx, FX_OUTSIDE, frag[i]), i == n - 1);
	CU_ASSERT_EQUAL(fx->punted[0].len, 3028);
	/* Nobody else's ESP. */
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, esp(fx, R1, "192.0.2.3")));
	fx_free(fx);
}

/* L-HOST-1: a pool of one address that is the port's own. */
static void
a_shared_address_gives_the_host_other_protocols(void)
{
	for (int is_on = 0; is_on < 2; is_on++) {
		struct fx *fx = host_fx();

		fx->conf.host.is_on = is_on != 0;
		fx_pool_clear(fx, 0);
		fx_pool_add(fx, 0, LOCAL, LOCAL);
		fx_start(fx);
		CU_ASSERT_EQUAL(is_punted(fx, FX_OUTSIDE, esp(fx, R1, LOCAL)), is_on != 0);
		if (!is_on)
			FX_DROPPED(fx, CGN_V_PROTOCOL);
		/* A router solicitation, which is no query and no error. */
		CU_ASSERT_EQUAL(is_punted(fx, FX_OUTSIDE,
						pg_icmp_query(fx->mp, R1, LOCAL, 10, 0, 8)),
				is_on != 0);
		if (!is_on)
			FX_DROPPED(fx, CGN_V_ICMP_TYPE);
		fx_free(fx);
	}
}

/* L-IPS-4: on a shared address, the host keeps the ports of IKE and BFD, and no subscriber gets them. */
static void
a_shared_address_keeps_the_ports_of_the_host(void)
{
	static const uint16_t ports[] = { IKE, 4500, BFD, 4784 };
	struct fx *fx = host_fx();

	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, LOCAL, LOCAL);
	fx->pools[0].port_min = 448;
	fx_start(fx);
	for (size_t i = 0; i < RTE_DIM(ports); i++) {
		struct fx_ep x = { .port = ports[i] };

		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, ports[i], &x, 600), 0);
		CU_ASSERT_STRING_EQUAL(x.addr, LOCAL);
		CU_ASSERT_NOT_EQUAL(x.port, ports[i]);
		CU_ASSERT_NOT_EQUAL(fx_udp_out(fx, H2, ports[i], P1, ports[i])->sport, ports[i]);
		CU_ASSERT_TRUE(is_punted(
				fx, FX_OUTSIDE, pg_udp(fx->mp, P1, 9, LOCAL, ports[i], 20)));
	}
	/* Others stay the NAT's. */
	CU_ASSERT_EQUAL(fx_udp_out(fx, H2, 4501, P1, 53)->port, FX_OUTSIDE);
	fx_free(fx);
}

/* L-HOST-1: IPv6 goes to the host where the port lists it. */
static void
listed_ipv6_is_punted(void)
{
	static const struct {
		uint8_t next;
		uint16_t dport;
		bool is_punted;
	} rows[] = {
		{ IPPROTO_TCP, BGP, true },
		{ IPPROTO_UDP, BFD, true },
		{ IPPROTO_UDP, IKE, true },
		{ IPPROTO_UDP, 5351, false },
		{ ESP, 0, true },
		{ 59, 0, false },
	};
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *m;

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		CU_ASSERT_EQUAL(is_punted(fx, FX_OUTSIDE, ip6(fx, rows[i].next, rows[i].dport)),
				rows[i].is_punted);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_IP6), !rows[i].is_punted);
	}
	/* The inside port lists nothing. */
	CU_ASSERT_FALSE(is_punted(fx, FX_INSIDE, ip6(fx, IPPROTO_TCP, BGP)));
	m = ip6(fx, IPPROTO_TCP, BGP);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 24)[15] = 9;
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m)); /* another address */
	m = ip6(fx, IPPROTO_TCP, BGP);
	memset(rte_pktmbuf_mtod(m, uint8_t *), 0xff, 6);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m)); /* a broadcast frame */
	fx_free(fx);
}

/* Without a host plane, IPv6 is for nobody. */
static void
ipv6_is_dropped_without_a_host_plane(void)
{
	struct fx *fx = host_fx();

	fx->conf.host.is_on = false;
	fx->ports[FX_OUTSIDE].n_host = 0;
	fx_start(fx);
	fx_rx(fx, FX_OUTSIDE, ip6(fx, IPPROTO_TCP, BGP));
	FX_DROPPED(fx, CGN_V_IP6);
	fx_free(fx);
}

/* L-HOST-1: the kernel answers by its own routes, so a source must be where it came from. */
static void
forged_sources_do_not_reach_the_host(void)
{
	static const struct {
		const char *src;
		enum cgn_verdict v;
	} rows[] = {
		{ H1, CGN_V_LOCAL },
		{ R1, CGN_V_SPOOFED }, /* the router outside, by the inside port */
		{ P1, CGN_V_SPOOFED },
		{ L1, CGN_V_SPOOFED }, /* of another inside port */
		{ LOCAL, CGN_V_SPOOFED },
		{ "127.0.0.1", CGN_V_MARTIAN },
	};
	static const char *const bad6[] = { "2001:db8::2", "2001:db8:1::1", "ff02::1", "::", "::1",
		"::ffff:192.0.2.1", "2001:db8:1::9" };
	struct fx *fx = host_fx();
	struct cgn_conf_port *in = &fx->ports[FX_INSIDE];
	struct rte_mbuf *m;

	fx_use_inside2(fx);
	in->host[0] = CGN_HOST_ESP;
	in->n_host = 1;
	in->addresses[in->n_addresses++] = (struct cgn_prefix){
		.ip6 = wx_addr("2001:db8:1::1"), .len = 64, .is_ip6 = true
	};
	fx_start(fx);
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		fx_rx(fx, FX_INSIDE, esp(fx, rows[i].src, LOCAL_IN));
		CU_ASSERT_EQUAL(fx_rose(fx, rows[i].v), 1);
		CU_ASSERT_EQUAL(fx->n_punted, rows[i].v == CGN_V_LOCAL);
	}
	for (size_t i = 0; i < RTE_DIM(bad6); i++) {
		struct cgn_ip6 src = wx_addr(bad6[i]);

		m = ip6(fx, IPPROTO_TCP, BGP);
		memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8), &src, sizeof(src));
		CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m));
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_MARTIAN), 1);
	}
	/* An address of an inside port is another host outside. */
	for (int is_icmp = 0; is_icmp < 2; is_icmp++) {
		m = ip6(fx, is_icmp ? IPPROTO_ICMPV6 : IPPROTO_TCP, BGP);
		memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 24), in->addresses[1].ip6.b,
				16);
		CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m));
		FX_DROPPED(fx, CGN_V_IP6);
	}
	fx_free(fx);
}

/* Give worker 0 the packet of a frame, without its Ethernet header. */
static const struct fx_pkt *
send_host(struct fx *fx, enum cgn_pktmsg_op op, struct rte_mbuf *m)
{
	const struct cgn_pktmsg msg = { .m = m, .op = (uint8_t)op, .verdict = CGN_V_NONE };

	rte_pktmbuf_adj(m, PG_ETH);
	return fx_inject(fx, &msg);
}

/* L-HOST-2: packets of the host leave by their route with TTL and hop limit unchanged. */
static void
packets_of_the_host_leave_unchanged(void)
{
	struct fx *fx = host_fx();
	const struct fx_pkt *p;
	struct rte_mbuf *m;

	fx->no_verify = true; /* IPv6 with a pattern as payload */
	fx_start(fx);
	m = pg_udp(fx->mp, LOCAL, 49152, R1, BFD, 24);
	pg_ip(m)->time_to_live = 255;
	pg_fix(m);
	p = send_host(fx, CGN_PKT_ROUTE_OUT, m);
	FX_PKT(p, FX_OUTSIDE, LOCAL, 49152, R1, BFD);
	CU_ASSERT_EQUAL(p->ttl, 255);
	m = ip6(fx, IPPROTO_TCP, BGP);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH)[7] = 255;
	p = send_host(fx, CGN_PKT_ROUTE_OUT, m);
	CU_ASSERT_TRUE(p->left);
	CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(p->outer.hop_limit, 255);
	CU_ASSERT_EQUAL(p->outer.next, IPPROTO_TCP);
	fx_free(fx);
}

/* L-HOST-2: on a link with a VLAN they have the tag of the port. */
static void
packets_of_the_host_have_the_tag_of_the_port(void)
{
	static const uint8_t tag[] = { 0x81, 0x00, 0x00, 0x07 };
	struct fx *fx = host_fx();
	const struct fx_pkt *p;

	fx->no_verify = true;
	fx->ports[FX_OUTSIDE].vlan = 7;
	fx_start(fx);
	p = send_host(fx, CGN_PKT_ROUTE_OUT, pg_udp(fx->mp, LOCAL, 49152, R1, BFD, 24));
	FX_PKT(p, FX_OUTSIDE, LOCAL, 49152, R1, BFD);
	CU_ASSERT_EQUAL(memcmp(p->bytes + 12, tag, sizeof(tag)), 0);
	p = send_host(fx, CGN_PKT_ROUTE_OUT, ip6(fx, IPPROTO_TCP, BGP));
	CU_ASSERT_TRUE(p->left);
	CU_ASSERT_EQUAL(memcmp(p->bytes + 12, tag, sizeof(tag)), 0);
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE,
			pg_vlan(fx->mp, pg_udp(fx->mp, R1, 49152, LOCAL, BFD, 24), 7)));
	fx_free(fx);
}

/* A packet without a route, or longer than the link takes, is lost and counted. */
static void
packets_of_the_host_without_a_way_are_counted(void)
{
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *m = ip6(fx, IPPROTO_TCP, BGP);

	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 24)[0] = 0x30; /* 3001:db8::2 */
	CU_ASSERT_FALSE(send_host(fx, CGN_PKT_ROUTE_OUT, m)->left);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	CU_ASSERT_FALSE(send_host(fx, CGN_PKT_ROUTE, ip6(fx, IPPROTO_TCP, BGP))->left);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	CU_ASSERT_FALSE(send_host(fx, CGN_PKT_ROUTE_OUT, pg_ip6(fx->mp, 6, 1461))->left);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	CU_ASSERT_FALSE(send_host(fx, CGN_PKT_ROUTE_OUT, pg_udp(fx->mp, LOCAL, 9, R1, 9, 1473))
					->left);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	/* G-SPC-1: subscribers' addresses do not leave by the default route. */
	CU_ASSERT_FALSE(send_host(fx, CGN_PKT_ROUTE_OUT, pg_udp(fx->mp, LOCAL, 9, H1, 9, 20))
					->left);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	fx_free(fx);
}

/* --- IPv6 fragments ------------------------------------------------------------------------ */

/* An IPv6 packet to the address of outside0. @param net  last octet of the /64 of its source */
static struct rte_mbuf *
long6(struct fx *fx, uint8_t net, uint8_t next, uint16_t dport, size_t len)
{
	struct rte_mbuf *m = pg_ip6(fx->mp, next, len);
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH);

	ip[15] = net;
	ip[42] = (uint8_t)(dport >> 8);
	ip[43] = (uint8_t)dport;
	return m;
}

/* One fragment of UDP port 500: @p len octets of data from octet @p off on. */
static struct rte_mbuf *
part6(struct fx *fx, uint32_t id, uint16_t off, size_t len, bool more)
{
	struct rte_mbuf *m = long6(fx, 0, 44, 0, 8 + len);
	uint8_t *h = rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40);
	const uint8_t head[8] = { IPPROTO_UDP, 0, (uint8_t)(off >> 8), (uint8_t)(off | more),
		(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id };

	memcpy(h, head, sizeof(head));
	if (off == 0 && len >= 4) {
		h[10] = IKE >> 8;
		h[11] = (uint8_t)IKE;
	}
	return m;
}

/* L-IPS-4: fragments become the packet that was sent, whatever their order, and whichever worker gets them. */
static void
ipv6_fragments_reach_the_host_as_the_packet_that_was_sent(void)
{
	static const uint8_t orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
	struct fx *fx = host_fx();
	static uint8_t sent[PG_LEN_MAX];
	struct rte_mbuf *frag[4], *m;
	size_t len;

	fx->single_worker = false;
	fx_start(fx);
	for (uint32_t i = 0; i < RTE_DIM(orders); i++) {
		m = long6(fx, 0, IPPROTO_UDP, IKE, 3000);
		len = pg_read(m, sent, sizeof(sent));
		CU_ASSERT_EQUAL_FATAL(wx_fragment(fx, m, 1232, i, frag), 3);
		for (unsigned int k = 0; k < 3; k++)
			CU_ASSERT_EQUAL(is_punted(fx, FX_OUTSIDE, frag[orders[i][k]]), k == 2);
		CU_ASSERT_EQUAL_FATAL(fx->n_punted, 1);
		CU_ASSERT_EQUAL_FATAL(fx->punted[0].n_bytes, len);
		CU_ASSERT_EQUAL(memcmp(fx->punted[0].bytes, sent, len), 0);
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_LOCAL), 3);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_REASSEMBLED), 6);
	fx_free(fx);
}

/* L-IPS-4: the whole packet has the class, and only what the port lists reaches the host. */
static void
fragmented_ipv6_has_the_class_of_the_whole_packet(void)
{
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *frag[4];
	unsigned int taken = 0;

	for (uint32_t i = 0; i < 400; i++) {
		wx_fragment(fx, long6(fx, 0, IPPROTO_UDP, IKE, 2000), 1232, i, frag);
		fx_rx(fx, FX_OUTSIDE, frag[0]);
		taken += is_punted(fx, FX_OUTSIDE, frag[1]);
	}
	CU_ASSERT_EQUAL(taken, SHARE);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PUNT_LOST_IPSEC), 400 - SHARE);
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, ip6(fx, IPPROTO_UDP, BFD)));
	fx_rose(fx, CGN_V_IP6);
	wx_fragment(fx, long6(fx, 0, IPPROTO_UDP, 5351, 2000), 1232, 1000, frag);
	fx_rx(fx, FX_OUTSIDE, frag[0]);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, frag[1]));
	FX_DROPPED(fx, CGN_V_IP6);
	/* Neighbour discovery never comes in fragments (RFC 6980). */
	wx_fragment(fx, pg_ip6(fx->mp, IPPROTO_ICMPV6, 40), 32, 1001, frag);
	rte_pktmbuf_mtod_offset(frag[0], uint8_t *, PG_ETH + 48)[0] = 136;
	fx_rx(fx, FX_OUTSIDE, frag[0]);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, frag[1]));
	FX_DROPPED(fx, CGN_V_IP6);
	fx_free(fx);
}

/* L-IPS-4: what could hide the ports of a packet is refused (RFC 8200 section 4.5, RFC 7112). */
static void
ipv6_fragments_that_hide_something_are_dropped(void)
{
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *m;

	fx_rx(fx, FX_OUTSIDE, part6(fx, 1, 0, 64, true));
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, part6(fx, 1, 56, 64, true)));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_OVERLAP), 2);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, part6(fx, 1, 64, 64, false)));
	FX_DROPPED(fx, CGN_V_FRAG_OVERLAP);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, part6(fx, 2, 0, 60, true)));
	FX_DROPPED(fx, CGN_V_FRAG_LENGTH);
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, part6(fx, 2, 65528, 64, false)));
	FX_DROPPED(fx, CGN_V_FRAG_LENGTH);
	/* TCP flags are behind octet 13. */
	m = part6(fx, 3, 0, 16, true);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40)[0] = IPPROTO_TCP;
	fx_rx(fx, FX_OUTSIDE, m);
	FX_DROPPED(fx, CGN_V_FRAG_TINY);
	m = part6(fx, 4, 0, 24, true);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40)[0] = IPPROTO_TCP;
	fx_rx(fx, FX_OUTSIDE, m);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 1);
	/* A frame that ends inside the fragment header. */
	fx_rx(fx, FX_OUTSIDE, pg_ip6(fx->mp, 44, 7));
	FX_DROPPED(fx, CGN_V_L3_SHORT);
	fx_free(fx);
}

/* L-IPS-4: an atomic fragment is a whole packet, and never meets other fragments (RFC 6946). */
static void
an_atomic_fragment_is_a_whole_packet(void)
{
	struct fx *fx = fx_start(host_fx());

	fx_rx(fx, FX_OUTSIDE, part6(fx, 7, 0, 64, true));
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, part6(fx, 7, 0, 20, false)));
	CU_ASSERT_EQUAL(fx->punted[0].n_bytes, PG_ETH + 40 + 20);
	CU_ASSERT_EQUAL(fx->punted[0].bytes[PG_ETH + 6], IPPROTO_UDP);
	CU_ASSERT_EQUAL(fx->punted[0].bytes[PG_ETH + 5], 20);
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, part6(fx, 7, 64, 64, false)));
	CU_ASSERT_EQUAL(fx->punted[0].n_bytes, PG_ETH + 40 + 128);
	fx_free(fx);
}

/* L-IPS-4: other extension headers are refused, also in a fragment, and also after one. */
static void
ipv6_extension_headers_do_not_reach_the_host(void)
{
	static const uint8_t headers[] = { 0, 43, 60, 135, 51 };
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *m;

	for (size_t i = 0; i < RTE_DIM(headers); i++) {
		for (unsigned int more = 0; more < 2; more++) {
			m = part6(fx, 9 + (uint32_t)i, 0, 64, more != 0);
			rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 40)[0] = headers[i];
			CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m));
		}
		CU_ASSERT_FALSE(is_punted(
				fx, FX_OUTSIDE, part6(fx, 9 + (uint32_t)i, 64, 8, false)));
		CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, ip6(fx, headers[i], IKE)));
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_IP6), 3 * RTE_DIM(headers));
	fx_free(fx);
}

/* L-IPS-4, L-HOST-1: fragments need a source that the whole packet could have, each by its own port. */
static void
ipv6_fragments_have_a_right_source(void)
{
	struct fx *fx = fx_start(host_fx());
	struct cgn_ip6 src = wx_addr(LOCAL6);
	struct rte_mbuf *m = part6(fx, 1, 0, 64, true);

	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8), &src, sizeof(src));
	fx_rx(fx, FX_OUTSIDE, m);
	FX_DROPPED(fx, CGN_V_MARTIAN);
	/* Fragments of two senders, or with two identifications, make no packet. */
	fx_rx(fx, FX_OUTSIDE, part6(fx, 1, 0, 64, true));
	m = part6(fx, 1, 64, 64, false);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8)[14] = 7;
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, m));
	CU_ASSERT_FALSE(is_punted(fx, FX_OUTSIDE, part6(fx, 2, 64, 64, false)));
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, part6(fx, 1, 64, 64, false)));
	/* Nothing is held for ports without a host, and for other hosts. */
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 2);
	fx_rx(fx, FX_INSIDE, part6(fx, 3, 0, 64, true));
	FX_DROPPED(fx, CGN_V_IP6);
	m = part6(fx, 3, 0, 64, true);
	rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 24)[15] = 9;
	fx_rx(fx, FX_OUTSIDE, m);
	FX_DROPPED(fx, CGN_V_IP6);
	fx_free(fx);
}

/* L-IPS-4: a device may put a fragment into two segments, cut anywhere. */
static void
ipv6_fragments_may_lie_in_two_segments(void)
{
	static uint8_t sent[PG_LEN_MAX];
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *frag[4], *m;
	size_t len;

	for (size_t cut = PG_ETH; cut < PG_ETH + 60; cut++) {
		m = long6(fx, 0, IPPROTO_UDP, IKE, 100);
		len = pg_read(m, sent, sizeof(sent));
		wx_fragment(fx, m, 64, (uint32_t)cut, frag);
		fx_advance_s(fx, 1); /* the share of the sender */
		fx_rx(fx, FX_OUTSIDE, pg_split(fx->mp, frag[1], cut, false));
		CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, pg_split(fx->mp, frag[0], cut, false)));
		CU_ASSERT_EQUAL_FATAL(fx->punted[0].n_bytes, len);
		CU_ASSERT_EQUAL(memcmp(fx->punted[0].bytes, sent, len), 0);
	}
	fx_free(fx);
}

/* L-IPS-4: packets that do not become whole cost neither memory nor time for ever. */
static void
incomplete_ipv6_packets_end_after_a_minute(void)
{
	struct fx *fx = fx_start(host_fx());

	fx_rx(fx, FX_OUTSIDE, part6(fx, 1, 0, 64, true));
	fx_advance_s(fx, 59);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 1);
	fx_advance_s(fx, 2);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FRAG_TIMEOUT), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), 0);
	fx_free(fx);
}

/* L-HOST-4: a flood of fragments takes nothing from the classes, and IKE still comes up during it. */
static void
a_flood_of_ipv6_fragments_leaves_the_classes_alone(void)
{
	struct fx *fx = fx_start(host_fx());
	struct rte_mbuf *frag[4], *m;

	/* One /64, with many addresses. */
	for (uint32_t i = 0; i < 3 * CGN_FRAGMENTS6_MAX; i++) {
		m = part6(fx, i, 0, 64, true);
		rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8)[12] = (uint8_t)i;
		fx_rx(fx, FX_OUTSIDE, m);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_FRAGMENTS), CGN_FRAGMENTS6_MAX / 8);
	FX_DROPPED(fx, CGN_V_FRAG_FULL);
	/* Many /64. */
	for (uint32_t i = 0; i < 3 * CGN_FRAGMENTS6_MAX; i++) {
		m = part6(fx, i, 0, 64, true);
		rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8)[5] = (uint8_t)(i >> 8);
		rte_pktmbuf_mtod_offset(m, uint8_t *, PG_ETH + 8)[6] = (uint8_t)i;
		fx_rx(fx, FX_OUTSIDE, m);
	}
	CU_ASSERT_TRUE(fx_gauge(fx, CGN_G_HELD_FRAGMENTS) <= CGN_FRAGMENTS6_MAX);
	wx_fragment(fx, long6(fx, 99, IPPROTO_UDP, IKE, 2000), 1232, 1, frag);
	fx_rx(fx, FX_OUTSIDE, frag[0]);
	CU_ASSERT_TRUE(is_punted(fx, FX_OUTSIDE, frag[1]));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_PUNT_RATE), 0);
	CU_ASSERT_EQUAL(flood(fx, BGP, true, 100), 100);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(packets_to_local_addresses_are_punted),
	CU_TEST_ROW(a_shared_address_gives_the_host_other_protocols),
	CU_TEST_ROW(a_shared_address_keeps_the_ports_of_the_host),
	CU_TEST_ROW(listed_ipv6_is_punted),
	CU_TEST_ROW(ipv6_is_dropped_without_a_host_plane),
	CU_TEST_ROW(forged_sources_do_not_reach_the_host),
	CU_TEST_ROW(packets_of_the_host_leave_unchanged),
	CU_TEST_ROW(packets_of_the_host_have_the_tag_of_the_port),
	CU_TEST_ROW(packets_of_the_host_without_a_way_are_counted),
	CU_TEST_ROW(ipv6_fragments_reach_the_host_as_the_packet_that_was_sent),
	CU_TEST_ROW(fragmented_ipv6_has_the_class_of_the_whole_packet),
	CU_TEST_ROW(ipv6_fragments_that_hide_something_are_dropped),
	CU_TEST_ROW(an_atomic_fragment_is_a_whole_packet),
	CU_TEST_ROW(ipv6_extension_headers_do_not_reach_the_host),
	CU_TEST_ROW(ipv6_fragments_have_a_right_source),
	CU_TEST_ROW(ipv6_fragments_may_lie_in_two_segments),
	CU_TEST_ROW(incomplete_ipv6_packets_end_after_a_minute),
	CU_TEST_ROW(a_flood_of_ipv6_fragments_leaves_the_classes_alone),
};

CU_MAIN("scn_host", tests)
