/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* An ICMP error about a packet, which is freed. */
static struct rte_mbuf *
error_about(struct fx *fx, const char *from, const char *to, uint8_t type, uint8_t code,
		uint32_t rest, struct rte_mbuf *about, size_t quote_len)
{
	struct rte_mbuf *m = pg_icmp_error(fx->mp, from, to, type, code, rest, about, quote_len);

	rte_pktmbuf_free(about);
	return m;
}

/* What x sent to P1:53, as it was seen outside. */
static struct rte_mbuf *
sent(struct fx *fx, const struct fx_ep *x)
{
	return pg_udp(fx->mp, x->addr, x->port, P1, 53, 64);
}

/* An error that came in shows H1 its own packet. */
static void
check_shown_to_h1(const struct fx_pkt *p, const char *from, uint8_t type, uint8_t code)
{
	FX_PKT(p, FX_INSIDE, from, 0, H1, 0);
	CU_ASSERT_EQUAL(p->icmp_type, type);
	CU_ASSERT_EQUAL(p->icmp_code, code);
	CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, P1);
	CU_ASSERT_EQUAL(p->quote.dport, 53);
}

/* A-ICE-1: a wrong outer checksum, RFC 5508 REQ-3. */
static void
error_with_a_wrong_checksum_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = error_about(fx, R1, x.addr, 3, 1, 0, sent(fx, &x), 60);

	((struct rte_icmp_hdr *)pg_l4(m))->icmp_cksum ^= 1;
	fx_outside(fx, m);
	FX_DROPPED(fx, CGN_V_ICMP_CHECKSUM);
	m = error_about(fx, H1, P1, 3, 3, 0, pg_udp(fx->mp, P1, 53, H1, 5000, 64), 60);
	((struct rte_icmp_hdr *)pg_l4(m))->icmp_cksum ^= 1;
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_ICMP_CHECKSUM);
	fx_free(fx);
}

/* A-ICE-1: a wrong checksum of the quoted header, RFC 5508 REQ-3a. */
static void
error_that_quotes_a_wrong_header_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *about = sent(fx, &x);

	pg_ip(about)->hdr_checksum ^= 1;
	fx_outside(fx, error_about(fx, R1, x.addr, 3, 1, 0, about, 60));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	about = pg_udp(fx->mp, P1, 53, H1, 5000, 64);
	pg_ip(about)->hdr_checksum ^= 1;
	fx_inside(fx, error_about(fx, H1, P1, 3, 3, 0, about, 60));
	FX_DROPPED(fx, CGN_V_ICMP_EMBEDDED);
	fx_free(fx);
}

/* A-ICE-2: options in the quoted header, RFC 5508 REQ-3b. */
static void
options_of_the_quoted_header_are_walked(void)
{
	static const uint8_t nop[12] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 };
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct pg_ip4 h = {
		.src = x.addr, .dst = P1, .proto = IPPROTO_UDP, .opt = nop, .opt_len = sizeof(nop)
	};
	uint8_t udp[24] = { (uint8_t)(x.port >> 8), (uint8_t)x.port, 0, 53, 0, sizeof(udp) };

	fx_outside(fx,
			error_about(fx, R1, x.addr, 3, 1, 0, pg_ip4(fx->mp, &h, udp, sizeof(udp)),
					56));
	check_shown_to_h1(fx_first(fx), R1, 3, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->payload[0], 0x48);
	fx_free(fx);
}

/* A-ICE-3: eight octets of the quoted transport are enough, RFC 5508 REQ-3c. */
static void
eight_quoted_octets_are_enough(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 53), u = fx_map_udp(fx, H1, 5000);

	fx_outside(fx,
			error_about(fx, R1, x.addr, 3, 1, 0,
					pg_tcp(fx->mp, x.addr, x.port, P1, 53, 0x10, 40), 28));
	check_shown_to_h1(fx_first(fx), R1, 3, 1);
	fx_outside(fx, error_about(fx, R1, u.addr, 11, 0, 0, sent(fx, &u), 28));
	check_shown_to_h1(fx_first(fx), R1, 11, 0);
	fx_free(fx);
}

/* A-ICE-3: the quoted transport checksum is not verified. */
static void
wrong_quoted_transport_checksum_does_not_matter(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *about = sent(fx, &x);

	((struct rte_udp_hdr *)pg_l4(about))->dgram_cksum ^= 0x5555;
	fx->no_verify = true;
	fx_outside(fx, error_about(fx, R1, x.addr, 3, 1, 0, about, 92));
	check_shown_to_h1(fx_first(fx), R1, 3, 1);
	fx_free(fx);
}

/* A-ICE-4: extensions behind the quote stay as they are, RFC 5508 REQ-3d, RFC 4884. */
static void
extensions_are_forwarded_untouched(void)
{
	/* Extension header, then an MPLS label stack object (RFC 4950). */
	static const uint8_t ext[] = { 0x20, 0, 0, 0, 0, 8, 1, 1, 0x12, 0x34, 0x51, 0x40 };
	static uint8_t l4[8 + 128 + sizeof(ext)];
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct pg_ip4 h = { .src = R1, .dst = x.addr, .proto = IPPROTO_ICMP };
	struct rte_mbuf *about = sent(fx, &x);

	memset(l4, 0, sizeof(l4));
	l4[0] = 11;
	l4[5] = 128 / 4;
	rte_memcpy(l4 + 8, rte_pktmbuf_mtod_offset(about, void *, PG_ETH), 92);
	memcpy(l4 + 8 + 128, ext, sizeof(ext));
	rte_pktmbuf_free(about);
	fx_outside(fx, pg_ip4(fx->mp, &h, l4, sizeof(l4)));
	check_shown_to_h1(fx_first(fx), R1, 11, 0);
	CU_ASSERT_EQUAL(fx_first(fx)->payload_len, 128 + sizeof(ext));
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 128 / 4 << 16);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->payload + 128, ext, sizeof(ext)), 0);
	for (unsigned int i = 92; i < 128; i++)
		CU_ASSERT_EQUAL(fx_first(fx)->payload[i], 0);
	fx_free(fx);
}

/* A-ICE-5, A-CK-6: errors from outside show the inside host its packet, RFC 5508 REQ-4. */
static void
error_from_outside_shows_the_inside_packet(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_outside(fx, error_about(fx, R1, x.addr, 11, 0, 0, sent(fx, &x), 92));
	check_shown_to_h1(fx_first(fx), R1, 11, 0);
	fx_outside(fx, error_about(fx, P1, x.addr, 3, 3, 0, sent(fx, &x), 92));
	check_shown_to_h1(fx_first(fx), P1, 3, 3);
	fx_outside(fx, error_about(fx, R1, x.addr, 12, 0, 0x01000000, sent(fx, &x), 92));
	check_shown_to_h1(fx_first(fx), R1, 12, 0);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 0x01000000);
	fx_free(fx);
}

/* A-ICE-5, A-CK-2: a quoted UDP checksum of zero stays zero. */
static void
quoted_udp_checksum_of_zero_stays_zero(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *about = sent(fx, &x);

	((struct rte_udp_hdr *)pg_l4(about))->dgram_cksum = 0;
	fx_outside(fx, error_about(fx, R1, x.addr, 3, 1, 0, about, 92));
	check_shown_to_h1(fx_first(fx), R1, 3, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->payload[26], 0);
	CU_ASSERT_EQUAL(fx_first(fx)->payload[27], 0);
	fx_free(fx);
}

/* A-ICE-5: the same about an ICMP query: the identifier is translated. */
static void
error_about_a_query_shows_the_inside_identifier(void)
{
	struct fx *fx = fx_default();
	uint16_t id = fx_ping_out(fx, H1, P1, 7)->sport;
	struct fx_ep x = { .port = id };

	memcpy(x.addr, fx_first(fx)->src, sizeof(x.addr));
	fx_outside(fx,
			error_about(fx, R1, x.addr, 11, 0, 0,
					pg_icmp_query(fx->mp, x.addr, P1, 8, x.port, 32), 60));
	FX_PKT(fx_first(fx), FX_INSIDE, R1, 0, H1, 0);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->quote.src, H1);
	CU_ASSERT_EQUAL(fx_first(fx)->quote.sport, 7);
	fx_free(fx);
}

/* A-ICE-5: about what nobody sent: silence. */
static void
error_about_an_unknown_packet_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), other = x;

	other.port ^= 1;
	fx_outside(fx, error_about(fx, R1, x.addr, 3, 1, 0, sent(fx, &other), 60));
	FX_DROPPED(fx, CGN_V_ICMP_NO_MAPPING);
	fx_outside(fx,
			error_about(fx, R1, x.addr, 3, 1, 0,
					pg_tcp(fx->mp, x.addr, x.port, P1, 53, 0x10, 0), 40));
	FX_DROPPED(fx, CGN_V_ICMP_NO_MAPPING);
	/* The quoted source has to be the address that the error is sent to. */
	fx_outside(fx, error_about(fx, R1, "198.51.100.14", 3, 1, 0, sent(fx, &x), 60));
	FX_DROPPED(fx, CGN_V_ICMP_NO_MAPPING);
	fx_inside(fx, error_about(fx, H1, P1, 3, 3, 0, pg_udp(fx->mp, P1, 53, H1, 5001, 8), 36));
	FX_DROPPED(fx, CGN_V_ICMP_NO_MAPPING);
	fx_free(fx);
}

/* A-ICE-6: an error of the inside host comes from its external address, RFC 5508 REQ-5. */
static void
error_of_an_inside_host_comes_from_its_external_address(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	const struct fx_pkt *p;

	fx_inside(fx, error_about(fx, H1, P2, 3, 3, 0, pg_udp(fx->mp, P2, 9, H1, 5000, 64), 92));
	p = fx_first(fx);
	FX_PKT(p, FX_OUTSIDE, x.addr, 0, P2, 0);
	CU_ASSERT_EQUAL(p->icmp_type, 3);
	CU_ASSERT_EQUAL(p->icmp_code, 3);
	CU_ASSERT_STRING_EQUAL(p->quote.src, P2);
	CU_ASSERT_STRING_EQUAL(p->quote.dst, x.addr);
	CU_ASSERT_EQUAL(p->quote.dport, x.port);
	fx_free(fx);
}

/* A-FRG-5: an error that may be cut on its way gets a number of its external address, as other hosts behind that
 * address use the same numbers. One with DF set keeps its own. */
static void
error_of_an_inside_host_gets_an_identification_of_its_external_address(void)
{
	struct fx *fx = fx_default();
	uint16_t last = 0;

	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 2; i++) {
		fx_inside(fx,
				error_about(fx, H1, P2, 3, 3, 0,
						pg_udp(fx->mp, P2, 9, H1, 5000, 64), 92));
		CU_ASSERT_TRUE(fx_first(fx)->left);
		CU_ASSERT_NOT_EQUAL(fx_first(fx)->id, last);
		last = fx_first(fx)->id;
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct rte_mbuf *m = error_about(
				fx, H1, P2, 3, 3, 0, pg_udp(fx->mp, P2, 9, H1, 5000, 64), 92);

		pg_ip(m)->fragment_offset = RTE_BE16(0x4000);
		pg_fix(m);
		fx_inside(fx, m);
		CU_ASSERT_EQUAL(fx_first(fx)->id, 0x1234);
	}
	fx_free(fx);
}

/* A-ICE-6: one of a router inside from an address of cgnd. */
static void
error_of_an_inside_router_comes_from_an_address_of_cgnd(void)
{
	static const char *const routers[] = { "100.64.200.1", "100.64.200.2", "100.64.200.3",
		"100.64.200.4", "172.16.9.9" };
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < RTE_DIM(routers); i++) {
		const struct fx_pkt *p;

		fx_inside(fx,
				error_about(fx, routers[i], P2, 11, 0, 0,
						pg_udp(fx->mp, P2, 9, H1, 5000, 64), 92));
		p = fx_first(fx);
		FX_PKT(p, FX_OUTSIDE, "192.0.2.2", 0, P2, 0);
		CU_ASSERT_STRING_EQUAL(p->quote.dst, x.addr);
		CU_ASSERT_EQUAL(p->quote.dport, x.port);
	}
	fx_free(fx);
}

static uint32_t
expires(struct fx *fx, enum cgn_proto proto, uint16_t port)
{
	struct cgn_mapping_info info;

	return fx_mapping(fx, proto, H1, port, &info) ? info.expires_s : 0;
}

/* A-ICE-7: no ICMP error ends, shortens or refreshes anything, RFC 5382 REQ-10. */
static void
errors_do_not_touch_timers(void)
{
	static const uint8_t kinds[][2] = { { 3, 16 }, { 11, 2 }, { 12, 3 } };
	struct fx *fx = fx_default();
	struct fx_ep u = fx_map_udp(fx, H1, 5000), t = fx_connect(fx, H1, 5000, P1, 53);
	uint32_t left_u, left_t;

	fx_ping_out(fx, H1, P1, 7);
	fx_advance_s(fx, 30);
	left_u = expires(fx, CGN_PROTO_UDP, 5000);
	left_t = expires(fx, CGN_PROTO_TCP, 5000);
	for (unsigned int k = 0; k < RTE_DIM(kinds); k++) {
		for (uint8_t code = 0; code < kinds[k][1]; code++) {
			uint8_t type = kinds[k][0];

			fx_outside(fx,
					error_about(fx, R1, u.addr, type, code, 1000, sent(fx, &u),
							28));
			CU_ASSERT_EQUAL(fx->n_out, 1);
			fx_outside(fx,
					error_about(fx, R1, t.addr, type, code, 1000,
							pg_tcp(fx->mp, t.addr, t.port, P1, 53, 2,
									0),
							40));
			CU_ASSERT_EQUAL(fx->n_out, 1);
			fx_inside(fx,
					error_about(fx, H1, P1, type, code, 1000,
							pg_udp(fx->mp, P1, 53, H1, 5000, 8), 36));
			CU_ASSERT_EQUAL(fx->n_out, 1);
		}
	}
	CU_ASSERT_EQUAL(expires(fx, CGN_PROTO_UDP, 5000), left_u);
	CU_ASSERT_EQUAL(expires(fx, CGN_PROTO_TCP, 5000), left_t);
	CU_ASSERT_EQUAL(expires(fx, CGN_PROTO_ICMP, 7), 30);
	FX_PKT(fx_udp_in(fx, P2, 9, u.addr, u.port), FX_INSIDE, P2, 9, H1, 5000);
	FX_PKT(fx_tcp_in(fx, P1, 53, t.addr, t.port, 0x10), FX_INSIDE, P1, 53, H1, 5000);
	fx_free(fx);
}

/* A-ICE-8: errors are not filtered by who sends them, RFC 4787 REQ-12a. */
static void
error_of_an_unknown_address_passes(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->conf.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_APD;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	fx_outside(fx, error_about(fx, "203.0.113.201", x.addr, 11, 0, 0, sent(fx, &x), 60));
	check_shown_to_h1(fx_first(fx), "203.0.113.201", 11, 0);
	fx_free(fx);
}

/* A-ICE-9: "too big" keeps its MTU, RFC 4787 REQ-12b. */
static void
too_big_keeps_its_mtu(void)
{
	struct fx *fx = fx_default();
	struct fx_ep t = fx_connect(fx, H1, 5000, P1, 53), u = fx_map_udp(fx, H1, 5000);

	fx_outside(fx,
			error_about(fx, R1, t.addr, 3, 4, 1400,
					pg_tcp(fx->mp, t.addr, t.port, P1, 53, 0x10, 1400), 28));
	check_shown_to_h1(fx_first(fx), R1, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 1400);
	fx_outside(fx, error_about(fx, R1, u.addr, 3, 4, 1280, sent(fx, &u), 28));
	check_shown_to_h1(fx_first(fx), R1, 3, 4);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_rest, 1280);
	fx_free(fx);
}

/* A-ICE-13: forged tiny MTUs reach a host at a bounded rate only, the flow lives. */
static void
tiny_mtus_are_rate_limited(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	unsigned int passed = 0;

	for (unsigned int i = 0; i < 100; i++) {
		fx_advance_s(fx, 0.0625);
		fx_outside(fx, error_about(fx, R1, x.addr, 3, 4, 68, sent(fx, &x), 28));
		passed += fx->n_out;
		if (fx->n_out == 0)
			FX_DROPPED(fx, CGN_V_ICMP_RATE);
	}
	CU_ASSERT_TRUE(passed >= 5);
	CU_ASSERT_TRUE(passed <= 8);
	/* Not those of usual links: 576 is the first one that is not limited, 575 the last one that is. */
	for (unsigned int i = 0; i < 10; i++) {
		uint32_t mtu = i % 2 == 0 ? 1280 : 576;

		fx_outside(fx, error_about(fx, R1, x.addr, 3, 4, mtu, sent(fx, &x), 28));
		CU_ASSERT_EQUAL(fx->n_out, 1);
	}
	for (unsigned int i = 0; i < 5; i++)
		fx_outside(fx, error_about(fx, R1, x.addr, 3, 4, 575, sent(fx, &x), 28));
	FX_DROPPED(fx, CGN_V_ICMP_RATE);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	fx_free(fx);
}

static struct rte_mbuf *
with_ttl(struct rte_mbuf *m, uint8_t ttl)
{
	pg_ip(m)->time_to_live = ttl;
	pg_fix(m);
	return m;
}

/* A-ICE-11: no error about an error, a later fragment, a multicast or an invalid source, RFC 1812. */
static void
no_error_is_made_about_what_must_not_be_answered(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 3000);

	fx_inside(fx,
			with_ttl(error_about(fx, H1, P1, 3, 3, 0,
						 pg_udp(fx->mp, P1, 53, H1, 5000, 8), 36),
					1));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_outside(fx, with_ttl(error_about(fx, R1, x.addr, 3, 3, 0, sent(fx, &x), 60), 1));
	FX_DROPPED(fx, CGN_V_TTL);
	fx_inside(fx, with_ttl(pg_slice(fx->mp, m, 1480, 1480, true), 1));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	rte_pktmbuf_free(m);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, "224.1.2.3", 53, 8), 1));
	FX_DROPPED(fx, CGN_V_MULTICAST);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, "127.0.0.1", 5000, P1, 53, 8), 1));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, "224.0.0.5", 5000, P1, 53, 8), 1));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_outside(fx, with_ttl(pg_udp(fx->mp, "0.0.0.0", 5000, x.addr, x.port, 8), 1));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	m = with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1);
	pg_ip(m)->hdr_checksum ^= 1;
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_L3_CHECKSUM);
	m = with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1);
	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	fx_inside(fx, m);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_advance_s(fx, 10);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A-ICE-11: an error that quotes an error is dropped. */
static void
error_about_an_error_is_dropped(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct rte_mbuf *m = error_about(fx, x.addr, P1, 3, 3, 0, sent(fx, &x), 60);

	fx_outside(fx, error_about(fx, R1, x.addr, 3, 1, 0, m, 88));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_ICMP_EMBEDDED) + fx_rose(fx, CGN_V_ICMP_NO_MAPPING), 1);
	fx_free(fx);
}

/* A-ICE-12: own errors: 576 octets, own TTL, an address of the way back, DSCP of the packet. */
static void
own_errors_are_made_by_the_rules(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 1000);
	const struct fx_pkt *p;

	pg_ip(m)->type_of_service = 46 << 2 | 1;
	p = fx_inside(fx, with_ttl(m, 1));
	FX_PKT(p, FX_INSIDE, "100.64.0.1", 0, H1, 0);
	CU_ASSERT_EQUAL(p->icmp_type, 11);
	CU_ASSERT_EQUAL(p->icmp_code, 0);
	CU_ASSERT_EQUAL(p->tos >> 2, 46);
	CU_ASSERT_EQUAL(p->ttl, 64);
	CU_ASSERT_EQUAL(p->len, 576);
	CU_ASSERT_STRING_EQUAL(p->quote.src, H1);
	CU_ASSERT_EQUAL(p->quote.sport, 5000);
	fx_free(fx);
}

/* A-ICE-12: and at a bounded rate, RFC 1812 section 4.3.2.8. */
static void
own_errors_are_rate_limited(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 50;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 10000; i++) {
		n += fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1))->left;
		if (i % 625 == 624)
			fx_advance_s(fx, 1.0 / CGN_TICK_HZ);
	}
	CU_ASSERT_TRUE(n >= 50);
	CU_ASSERT_TRUE(n <= 101);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_ICMP_MADE), n);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_ICMP_SUPPRESSED), 10000 - n);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_TTL), 10000);
	fx_free(fx);
}

/* A-ICE-12: an eighth of the rate is for one host, whoever asks for more. */
static void
one_host_gets_its_share_of_the_errors(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->conf.nat.icmp_errors_per_s = 1600;
	fx_start(fx);
	for (unsigned int i = 0; i < 1000; i++)
		n += fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1))->left;
	CU_ASSERT_EQUAL(n, 200);
	fx_free(fx);
}

/* How many of 20 packets in a second that are too big are answered to a host while others flood. */
struct flood {
	const char *from; /* of the flood; NULL: another host every time */
	bool is_outside;
};

static unsigned int
answered_beside(const struct flood *f)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;
	struct fx_ep x;

	fx->ports[FX_OUTSIDE].mtu = 1400;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 6000; i++) {
		char other[INET_ADDRSTRLEN];

		snprintf(other, sizeof(other), "9.1.%u.%u", i >> 8, i & 0xff);
		if (f->is_outside)
			fx_outside(fx,
					with_ttl(pg_udp(fx->mp, f->from != NULL ? f->from : other,
								 7, x.addr, x.port, 8),
							1));
		else
			fx_inside(fx, with_ttl(pg_udp(fx->mp, f->from, 7, P1, 9, 8), 1));
		if (i % 300 == 299) {
			struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 1380);

			pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
			pg_fix(m);
			n += fx_inside(fx, m)->left;
			fx_advance_s(fx, 1.0 / 20);
		}
	}
	fx_free(fx);
	return n;
}

/* A-ICE-12: whoever provokes errors takes none from others, and one side none from the other. */
static void
errors_are_shared_fairly(void)
{
	static const struct flood floods[] = { { H2, false }, { P1, true }, { NULL, true } };

	for (unsigned int i = 0; i < RTE_DIM(floods); i++)
		CU_ASSERT_EQUAL(answered_beside(&floods[i]), 20);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(error_with_a_wrong_checksum_is_dropped),
	CU_TEST_ROW(error_that_quotes_a_wrong_header_is_dropped),
	CU_TEST_ROW(options_of_the_quoted_header_are_walked),
	CU_TEST_ROW(eight_quoted_octets_are_enough),
	CU_TEST_ROW(wrong_quoted_transport_checksum_does_not_matter),
	CU_TEST_ROW(extensions_are_forwarded_untouched),
	CU_TEST_ROW(error_from_outside_shows_the_inside_packet),
	CU_TEST_ROW(quoted_udp_checksum_of_zero_stays_zero),
	CU_TEST_ROW(error_about_a_query_shows_the_inside_identifier),
	CU_TEST_ROW(error_about_an_unknown_packet_is_dropped),
	CU_TEST_ROW(error_of_an_inside_host_gets_an_identification_of_its_external_address),
	CU_TEST_ROW(error_of_an_inside_host_comes_from_its_external_address),
	CU_TEST_ROW(error_of_an_inside_router_comes_from_an_address_of_cgnd),
	CU_TEST_ROW(errors_do_not_touch_timers),
	CU_TEST_ROW(error_of_an_unknown_address_passes),
	CU_TEST_ROW(too_big_keeps_its_mtu),
	CU_TEST_ROW(tiny_mtus_are_rate_limited),
	CU_TEST_ROW(no_error_is_made_about_what_must_not_be_answered),
	CU_TEST_ROW(error_about_an_error_is_dropped),
	CU_TEST_ROW(own_errors_are_made_by_the_rules),
	CU_TEST_ROW(own_errors_are_rate_limited),
	CU_TEST_ROW(one_host_gets_its_share_of_the_errors),
	CU_TEST_ROW(errors_are_shared_fairly),
};

CU_MAIN("scn_icmp_error", tests)
