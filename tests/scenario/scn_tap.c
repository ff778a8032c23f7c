/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/tap_filter.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/tapfix.h"
#include "tests/support/wirefix.h"

#include <stdlib.h>

static void
ask_all(struct fx *fx)
{
	const struct cgn_tap_ask all = tapfix_all();

	tapfix_start(fx, &all);
}

static const struct cgn_tap_record *
the_record(struct fx *fx, enum cgn_verdict v)
{
	static const struct cgn_tap_record none;
	const struct cgn_tap_record *r = tapfix_next(fx);

	CU_ASSERT_PTR_NOT_NULL(r);
	if (r == NULL)
		return &none;
	CU_ASSERT_EQUAL(r->verdict, v);
	CU_ASSERT_EQUAL(r->fate, CGN_TAP_DECIDED);
	return r;
}

static struct cgn_ep4
ep(const char *addr, uint16_t port, enum cgn_proto proto)
{
	return (struct cgn_ep4){
		.addr = pg_addr(addr), .port = rte_cpu_to_be_16(port), .proto = (uint8_t)proto
	};
}

static void
check_mapping(const struct cgn_tap_mapping *m, enum cgn_tap_found found, struct cgn_ep4 in,
		struct cgn_ep4 ext)
{
	CU_ASSERT_EQUAL(m->found, found);
	CU_ASSERT_EQUAL(memcmp(&m->in, &in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(memcmp(&m->ext, &ext, sizeof(ext)), 0);
}

/* G-DAY-20: what a packet outwards needs: key, mapping, next hop, where it went. */
static void
first_packet_outwards_shows_the_mapping_that_it_makes(void)
{
	struct fx *fx = fx_default();
	const struct cgn_tap_record *r;
	const struct cgn_tap_frame *f;
	struct fx_ep x;

	ask_all(fx);
	x = fx_map_udp(fx, H1, 5000);
	/* The first packet waits for its next hop to be resolved. */
	r = tapfix_next(fx);
	CU_ASSERT_EQUAL(r->fate, CGN_TAP_HELD);
	CU_ASSERT_TRUE(r->has_asked);
	check_mapping(&r->from, CGN_TAP_MADE, ep(H1, 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	CU_ASSERT_EQUAL(r->hop.state, CGN_TAP_HOP_UNRESOLVED);
	r = the_record(fx, CGN_V_OUT);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LATER);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	/* The second one goes out at once. */
	fx_udp_out(fx, H1, 5000, P1, 53);
	r = the_record(fx, CGN_V_OUT);
	check_mapping(&r->from, CGN_TAP_FOUND, ep(H1, 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	CU_ASSERT_STRING_EQUAL(r->group, fx->groups[0].name);
	CU_ASSERT_EQUAL(r->hop.state, CGN_TAP_HOP_KNOWN);
	CU_ASSERT_EQUAL(r->hop.addr.ip4, pg_addr(R1));
	CU_ASSERT_EQUAL(r->hop.port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(r->n_frames, 2);
	f = tapfix_frame(r, 1);
	CU_ASSERT_TRUE(f->is_sent);
	CU_ASSERT_EQUAL(f->port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(f->len, fx_first(fx)->n_bytes);
	CU_ASSERT_EQUAL(memcmp(f + 1, fx_first(fx)->bytes, f->caplen), 0);
	fx_free(fx);
}

/* G-DAY-20: inwards the external endpoint is the key. */
static void
packet_inwards_shows_whose_mapping_it_meets(void)
{
	struct fx *fx = fx_default();
	const struct cgn_tap_record *r;
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask_all(fx);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	r = the_record(fx, CGN_V_IN);
	check_mapping(&r->to, CGN_TAP_FOUND, ep(H1, 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	CU_ASSERT_EQUAL(r->hop.to.ip4, pg_addr(H1));
	CU_ASSERT_EQUAL(r->hop.port, FX_INSIDE);
	CU_ASSERT_EQUAL(r->from.found, CGN_TAP_NOT_SOUGHT);
	/* Another port of the address has no mapping. */
	fx_udp_in(fx, P1, 53, x.addr, (uint16_t)(x.port ^ 1));
	r = the_record(fx, CGN_V_NO_MAPPING);
	CU_ASSERT_EQUAL(r->to.found, CGN_TAP_NONE);
	CU_ASSERT_EQUAL(r->to.ext.port, rte_cpu_to_be_16((uint16_t)(x.port ^ 1)));
	CU_ASSERT_EQUAL(r->n_frames, 1);
	fx_free(fx);
}

/* A route leads to the address of cgnd, too, but no packet to it is sent on. G-DAY-88 */
static void
packet_to_cgnd_itself_has_no_next_hop(void)
{
	struct fx *fx = fx_default();
	const struct cgn_tap_record *r;

	ask_all(fx);
	fx_udp_out(fx, H1, 4000, "100.64.0.1", 5351);
	r = the_record(fx, CGN_V_LOCAL);
	CU_ASSERT_EQUAL(r->hop.state, CGN_TAP_HOP_NOT_SOUGHT);
	fx_udp_in(fx, P1, 4000, "192.0.2.2", 179);
	r = tapfix_next(fx);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->hop.state, CGN_TAP_HOP_NOT_SOUGHT);
	fx_free(fx);
}

static struct rte_mbuf *
with_ttl(struct rte_mbuf *m, uint8_t ttl)
{
	pg_ip(m)->time_to_live = ttl;
	pg_fix(m);
	return m;
}

static struct rte_mbuf *
with_df(struct rte_mbuf *m)
{
	pg_ip(m)->fragment_offset |= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_fix(m);
	return m;
}

/* G-DAY-21: each drop has its verdict, and the ICMP error is where it went. */
static void
drops_show_their_verdicts_and_the_errors_that_are_sent(void)
{
	struct fx *fx = fx_default();
	const struct cgn_tap_record *r;
	struct rte_mbuf *m;
	struct fx_ep x;

	x = fx_map_udp(fx, H1, 5000);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask_all(fx);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	r = the_record(fx, CGN_V_TTL);
	CU_ASSERT_EQUAL(r->n_frames, 2);
	CU_ASSERT_EQUAL(tapfix_frame(r, 1)->port, FX_INSIDE);
	tapfix_forget(fx);
	fx_inside(fx, with_df(pg_udp(fx->mp, H1, 5000, P1, 53, 1473)));
	r = the_record(fx, CGN_V_MTU);
	CU_ASSERT_EQUAL(r->hop.mtu, 1500);
	CU_ASSERT_EQUAL(tapfix_frame(r, 0)->len, 1515);
	CU_ASSERT_EQUAL(tapfix_frame(r, 0)->caplen, CGN_TAP_SNAP_TRACE);
	m = pg_udp(fx->mp, H1, 5000, P1, 53, 8);
	pg_ip(m)->hdr_checksum ^= 1;
	fx_inside(fx, m);
	r = the_record(fx, CGN_V_L3_CHECKSUM);
	CU_ASSERT_EQUAL(r->parsed, CGN_V_L3_CHECKSUM);
	CU_ASSERT_EQUAL(r->from.found, CGN_TAP_NOT_SOUGHT);
	fx_udp_out(fx, "10.9.9.9", 5000, P1, 53);
	r = the_record(fx, CGN_V_NOT_SUBSCRIBER);
	CU_ASSERT_STRING_EQUAL(r->group, "");
	fx_udp_in(fx, P1, 53, "203.0.113.99", 9);
	(void)the_record(fx, CGN_V_NOT_POOL);
	fx_tcp_out(fx, H1, 5001, P1, 80, RTE_TCP_ACK_FLAG);
	r = the_record(fx, CGN_V_NO_SESSION);
	CU_ASSERT_EQUAL(r->from.found, CGN_TAP_NONE);
	CU_ASSERT_EQUAL(r->from.in.port, RTE_BE16(5001));
	fx_free(fx);
}

/* G-DAY-22: a packet that is held is told of twice, the second time with its verdict. */
static void
next_hop_that_does_not_answer_is_told_later(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_DEL };
	const struct cgn_tap_record *r;
	unsigned int worker;
	struct cgn_evt reply;

	fx->no_resolve = true;
	fx_start(fx);
	ask_all(fx);
	fx_udp_out(fx, H1, 5000, P1, 53);
	r = tapfix_next(fx);
	CU_ASSERT_EQUAL(r->fate, CGN_TAP_HELD);
	CU_ASSERT_EQUAL(r->verdict, CGN_V_NONE);
	worker = r->worker;
	cmd.u.neigh = (struct cgn_cmd_neigh){ .addr = { .ip4 = pg_addr(R1) }, .port = FX_OUTSIDE };
	fx_cmd(fx, worker, &cmd, &reply);
	r = the_record(fx, CGN_V_NEIGH_FAILED);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LATER);
	CU_ASSERT_EQUAL(r->from.in.port, RTE_BE16(5000));
	fx_free(fx);
}

/* G-DAY-22: the engine gives a packet up that has waited for too long, and the next one waits for the same next hop. The
 * answer for this one is not told of the other one. */
static void
packet_that_was_given_up_is_not_told_again(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_DEL };
	const struct cgn_tap_record *r;
	struct rte_mbuf *second;
	struct cgn_evt reply;
	uint32_t number;

	fx->no_resolve = fx->single_worker = true;
	fx_start(fx);
	ask_all(fx);
	second = pg_udp(fx->mp, H1, 5001, P1, 53, 8);
	fx_udp_out(fx, H1, 5000, P1, 53);
	fx_advance_s(fx, 12);
	fx_inside(fx, second);
	r = tapfix_next(fx);
	CU_ASSERT_EQUAL(r->from.in.port, RTE_BE16(5000));
	r = tapfix_next(fx);
	CU_ASSERT_EQUAL(r->fate, CGN_TAP_HELD);
	number = r->number;
	cmd.u.neigh = (struct cgn_cmd_neigh){ .addr = { .ip4 = pg_addr(R1) }, .port = FX_OUTSIDE };
	fx_cmd(fx, 0, &cmd, &reply);
	r = the_record(fx, CGN_V_NEIGH_FAILED);
	CU_ASSERT_EQUAL(r->number, number);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_free(fx);
}

static unsigned int
cut(struct fx *fx, struct rte_mbuf *m, struct rte_mbuf **f)
{
	unsigned int n = pg_fragment(fx->mp, m, 1500, f, 4);

	rte_pktmbuf_free(m);
	return n;
}

/* G-DAY-22: fragments wait, and become part of the datagram that the last one completes. */
static void
fragments_are_told_of_with_their_datagram(void)
{
	struct fx *fx = fx_default();
	struct rte_mbuf *f[4];
	const struct cgn_tap_record *r;

	fx_map_udp(fx, H1, 5000);
	ask_all(fx);
	CU_ASSERT_EQUAL(cut(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 2000), f), 2);
	fx_inside(fx, f[0]);
	r = tapfix_next(fx);
	CU_ASSERT_EQUAL(r->fate, CGN_TAP_HELD);
	CU_ASSERT_TRUE(r->is_fragment);
	fx_inside(fx, f[1]);
	r = the_record(fx, CGN_V_OUT);
	CU_ASSERT_TRUE(r->is_fragment);
	CU_ASSERT_EQUAL(r->n_parts, 1);
	CU_ASSERT_EQUAL(r->n_frames, 3);
	r = the_record(fx, CGN_V_REASSEMBLED);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LATER);
	/* One whose rest does not come. */
	CU_ASSERT_EQUAL(cut(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 2000), f), 2);
	rte_pktmbuf_free(f[1]);
	fx_inside(fx, f[0]);
	tapfix_forget(fx);
	fx_advance_s(fx, 60);
	r = the_record(fx, CGN_V_FRAG_TIMEOUT);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LATER);
	fx_free(fx);
}

/* G-DAY-23: only the packets of a subscriber, an external endpoint, or with a verdict. */
static void
questions_choose_packets(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = fx_map_udp(fx, H2, 5000);
	struct cgn_tap_ask ask = tapfix_all();

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	ask.subscriber = (struct cgn_prefix){ .ip4 = pg_addr(H1), .len = 32 };
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H2, 5000, P1, 53);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_udp_out(fx, H1, 5000, P1, 53);
	(void)the_record(fx, CGN_V_OUT);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	(void)the_record(fx, CGN_V_IN);

	ask = tapfix_all();
	ask.ext_addr = pg_addr(y.addr);
	ask.ext_port = rte_cpu_to_be_16(y.port);
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_udp_out(fx, H2, 5000, P1, 53);
	(void)the_record(fx, CGN_V_OUT);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	(void)the_record(fx, CGN_V_IN);

	ask = tapfix_all();
	ask.has_verdicts = true;
	ask.verdicts[CGN_V_TTL] = 1;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	(void)the_record(fx, CGN_V_TTL);
	fx_free(fx);
}

/* G-DAY-24: no more records than asked for; what finds no room is counted. */
static void
records_are_bounded(void)
{
	struct fx *fx = fx_default();
	unsigned int n = 0;

	fx_map_udp(fx, H1, 5000);
	ask_all(fx);
	tapfix_set_left(fx, 3);
	for (unsigned int i = 0; i < 5; i++)
		fx_udp_out(fx, H1, 5000, P1, 53);
	while (tapfix_next(fx) != NULL)
		n++;
	CU_ASSERT_EQUAL(n, 3);
	tapfix_set_left(fx, 1000000);
	for (unsigned int i = 0; i < 3000; i++)
		fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_TRUE(tapfix_lost(fx) > 0);
	while (tapfix_next(fx) != NULL)
		n++;
	CU_ASSERT_EQUAL(n + tapfix_lost(fx), 3003);
	fx_free(fx);
}

/* G-DAY-20: both halves of a hairpin. */
static void
hairpin_shows_both_mappings(void)
{
	struct fx *fx = fx_new();
	const struct cgn_tap_record *r;
	struct fx_ep x, y;

	fx->single_worker = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	y = fx_map_udp(fx, H2, 6000);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	ask_all(fx);
	fx_udp_out(fx, H1, 5000, y.addr, y.port);
	r = the_record(fx, CGN_V_HAIRPIN);
	check_mapping(&r->from, CGN_TAP_FOUND, ep(H1, 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	check_mapping(&r->to, CGN_TAP_FOUND, ep(H2, 6000, CGN_PROTO_UDP),
			ep(y.addr, y.port, CGN_PROTO_UDP));
	CU_ASSERT_EQUAL(r->hop.to.ip4, pg_addr(H2));
	fx_free(fx);
}

/* G-DAY-20: an ICMP error is looked up by the packet that it quotes. */
static void
icmp_error_shows_the_mapping_of_its_quote(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	const struct cgn_tap_record *r;
	struct rte_mbuf *about;

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	fx_udp_out(fx, H1, 5000, P1, 53);
	ask_all(fx);
	about = pg_udp(fx->mp, x.addr, x.port, P1, 53, 8);
	fx_outside(fx, pg_icmp_error(fx->mp, R1, x.addr, 3, 1, 0, about, 28));
	rte_pktmbuf_free(about);
	r = the_record(fx, CGN_V_IN);
	CU_ASSERT_TRUE(r->is_error);
	check_mapping(&r->to, CGN_TAP_FOUND, ep(H1, 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	fx_free(fx);
}

/* G-DAY-20: behind a softwire the home is part of the key. */
static void
softwire_shows_the_home(void)
{
	struct fx *fx = fx_start(wx_aftr());
	const struct cgn_tap_record *r;
	struct cgn_ip6 b4;
	struct fx_ep x;

	x = wx_map(fx, B1, "192.168.1.5", 5000);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask_all(fx);
	wx_udp(fx, B1, "192.168.1.5", 5000, P1, 53);
	r = the_record(fx, CGN_V_OUT);
	check_mapping(&r->from, CGN_TAP_FOUND, ep("192.168.1.5", 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	CU_ASSERT_NOT_EQUAL(r->from.realm, 0);
	b4 = wx_addr(B1);
	CU_ASSERT_EQUAL(memcmp(&r->b4, &b4, sizeof(b4)), 0);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	r = the_record(fx, CGN_V_IN);
	CU_ASSERT_TRUE(r->hop.to.is_ip6);
	CU_ASSERT_EQUAL(memcmp(&r->hop.to.ip6, &b4, sizeof(b4)), 0);
	fx_free(fx);
}

/* --- captures -------------------------------------------------------------------------------- */

static struct cgn_tap_ask
capture_all(void)
{
	return (struct cgn_tap_ask){
		.is_capture = true, .port = CGN_PORTS_MAX, .snap = CGN_TAP_SNAP_MAX
	};
}

/* Forget the record, and note its frames that the capture writes: the port of each, +100 if it was sent. @return how many */
static unsigned int
wanted(struct fx *fx, unsigned int port[static CGN_TAP_FRAMES_MAX], uint8_t *verdict)
{
	const struct cgn_tap_record *r = tapfix_next(fx);
	unsigned int n = 0;

	*verdict = CGN_V_NONE;
	if (r == NULL)
		return 0;
	*verdict = r->verdict;
	for (unsigned int i = 0; i < r->n_frames; i++) {
		const struct cgn_tap_frame *f = tapfix_frame(r, i);

		CU_ASSERT_EQUAL(f->len, f->caplen);
		if (f->is_wanted)
			port[n++] = f->port + (f->is_sent ? 100u : 0);
	}
	/* One without a frame that is wanted would take the place of one with. */
	CU_ASSERT_NOT_EQUAL(n, 0);
	return n;
}

static void
expect_frame(struct fx *fx, unsigned int port, enum cgn_verdict v)
{
	unsigned int got[CGN_TAP_FRAMES_MAX];
	uint8_t verdict;

	CU_ASSERT_EQUAL(wanted(fx, got, &verdict), 1);
	CU_ASSERT_EQUAL(got[0], port);
	CU_ASSERT_EQUAL(verdict, v);
}

static void
expect_frames(struct fx *fx, unsigned int first, unsigned int second, enum cgn_verdict v)
{
	unsigned int got[CGN_TAP_FRAMES_MAX];
	uint8_t verdict;

	CU_ASSERT_EQUAL(wanted(fx, got, &verdict), 2);
	CU_ASSERT_EQUAL(got[0], first);
	CU_ASSERT_EQUAL(got[1], second);
	CU_ASSERT_EQUAL(verdict, v);
}

#define SENT(port) (100u + (port))

/* G-DAY-26: what a port receives and what it sends, whole, with the verdict. */
static void
capture_has_both_directions_of_a_port(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct cgn_tap_ask ask = capture_all();

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	expect_frames(fx, FX_INSIDE, SENT(FX_OUTSIDE), CGN_V_OUT);
	ask.port = FX_INSIDE;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	expect_frame(fx, FX_INSIDE, CGN_V_OUT);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	expect_frame(fx, SENT(FX_INSIDE), CGN_V_IN);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	expect_frames(fx, FX_INSIDE, SENT(FX_INSIDE), CGN_V_TTL);
	ask.port = FX_OUTSIDE;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	expect_frame(fx, SENT(FX_OUTSIDE), CGN_V_OUT);
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_free(fx);
}

/* G-DAY-23, G-DAY-26: of one subscriber, also as its packets leave; of one verdict. */
static void
capture_is_of_a_subscriber_or_a_verdict(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = fx_map_udp(fx, H2, 5000);
	struct cgn_tap_ask ask = capture_all();

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	ask.subscriber = (struct cgn_prefix){ .ip4 = pg_addr(H1), .len = 32 };
	ask.port = FX_OUTSIDE;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H2, 5000, P1, 53);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_udp_out(fx, H1, 5000, P1, 53);
	expect_frame(fx, SENT(FX_OUTSIDE), CGN_V_OUT);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	expect_frame(fx, FX_OUTSIDE, CGN_V_IN);
	/* No frame of it is at this port, so that it does not count. */
	fx_inside(fx, with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1));
	CU_ASSERT_PTR_NULL(tapfix_next(fx));

	ask = capture_all();
	ask.port = FX_OUTSIDE;
	ask.has_verdicts = true;
	ask.verdicts[CGN_V_IN] = 1;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	expect_frame(fx, FX_OUTSIDE, CGN_V_IN);
	fx_free(fx);
}

/* G-DAY-26: a packet that is held is in the file once when it comes, and once when it leaves. */
static void
capture_has_held_packets_once(void)
{
	struct fx *fx = fx_default();
	struct cgn_tap_ask ask = capture_all();

	tapfix_start(fx, &ask);
	fx_map_udp(fx, H1, 5000);
	expect_frame(fx, FX_INSIDE, CGN_V_NONE);
	expect_frame(fx, SENT(FX_OUTSIDE), CGN_V_OUT);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_free(fx);
	/* A verdict that is asked for comes later: so does the frame. */
	fx = fx_default();
	ask.has_verdicts = true;
	ask.verdicts[CGN_V_OUT] = 1;
	tapfix_start(fx, &ask);
	fx_map_udp(fx, H1, 5000);
	expect_frames(fx, FX_INSIDE, SENT(FX_OUTSIDE), CGN_V_OUT);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_free(fx);
}

/* G-DAY-26: a frame that is captured only where it leaves has the mapping, too. */
static void
frame_that_leaves_shows_its_mapping(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct cgn_tap_ask ask = capture_all();
	const struct cgn_ep4 in = ep(H1, 5000, CGN_PROTO_UDP);
	const struct cgn_ep4 ext = ep(x.addr, x.port, CGN_PROTO_UDP);
	const struct cgn_tap_record *r;
	struct rte_mbuf *about;

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask.port = FX_OUTSIDE;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 53);
	r = the_record(fx, CGN_V_OUT);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LEFT);
	check_mapping(&r->to, CGN_TAP_FOUND, in, ext);
	CU_ASSERT_STRING_EQUAL(r->group, fx->groups[0].name);
	/* An ICMP error shows that of the packet that it quotes. */
	about = pg_udp(fx->mp, P1, 53, H1, 5000, 8);
	fx_inside(fx, pg_icmp_error(fx->mp, H1, P1, 3, 3, 0, about, 28));
	rte_pktmbuf_free(about);
	r = the_record(fx, CGN_V_OUT);
	check_mapping(&r->to, CGN_TAP_FOUND, in, ext);

	ask.port = FX_INSIDE;
	tapfix_start(fx, &ask);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	r = the_record(fx, CGN_V_IN);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LEFT);
	check_mapping(&r->from, CGN_TAP_FOUND, in, ext);
	CU_ASSERT_STRING_EQUAL(r->group, fx->groups[0].name);
	fx_free(fx);
}

/* G-DAY-26: behind a softwire the mapping tells of the home. */
static void
frame_that_leaves_shows_the_home(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct cgn_tap_ask ask = capture_all();
	const struct cgn_tap_record *r;
	struct fx_ep x = wx_map(fx, B1, "192.168.1.5", 5000);

	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask.port = FX_OUTSIDE;
	tapfix_start(fx, &ask);
	wx_udp(fx, B1, "192.168.1.5", 5000, P1, 53);
	r = the_record(fx, CGN_V_OUT);
	check_mapping(&r->to, CGN_TAP_FOUND, ep("192.168.1.5", 5000, CGN_PROTO_UDP),
			ep(x.addr, x.port, CGN_PROTO_UDP));
	CU_ASSERT_NOT_EQUAL(r->to.realm, 0);
	CU_ASSERT_STRING_EQUAL(r->group, fx->groups[0].name);
	ask.port = FX_INSIDE;
	tapfix_start(fx, &ask);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	r = the_record(fx, CGN_V_IN);
	CU_ASSERT_EQUAL(r->from.found, CGN_TAP_NOT_SOUGHT);
	fx_free(fx);
}

/* G-DAY-27 */
static void
filter_chooses_frames(void)
{
	/* udp dst port 53 in a packet without options, compiled by hand: ldh [36]; jeq 53 */
	static const struct bpf_insn code[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, 36 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 53 },
		{ BPF_RET | BPF_K, 0, 0, 1 },
		{ BPF_RET | BPF_K, 0, 0, 0 },
	};
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct cgn_tap_ask ask = capture_all();

	CU_ASSERT_TRUE(cgn_tap_filter_check(code, RTE_DIM(code)));
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	ask.filter = code;
	tapfix_start(fx, &ask);
	fx_udp_out(fx, H1, 5000, P1, 54);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_udp_out(fx, H1, 5000, P1, 53);
	expect_frames(fx, FX_INSIDE, SENT(FX_OUTSIDE), CGN_V_OUT);
	fx_free(fx);
}

/* G-DAY-26: the buffer of a packet that was held and given up has a packet that cgnd makes itself. That is another packet. */
static void
buffer_that_is_used_again_is_another_packet(void)
{
	/* ip proto \icmp or udp dst port X: ldb [23]; jeq 1; ldh [36]; jeq X */
	struct bpf_insn code[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 23 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1 },
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, 36 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0 },
		{ BPF_RET | BPF_K, 0, 0, 1 },
		{ BPF_RET | BPF_K, 0, 0, 0 },
	};
	struct fx *fx = fx_new();
	struct cgn_tap_ask ask = capture_all();
	const struct cgn_tap_record *r;
	struct rte_mbuf *expired, **all;
	struct fx_ep x, y;
	unsigned int n = 0;

	fx->single_worker = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	y = fx_map_udp(fx, H2, 5000);
	code[3].k = y.port;
	CU_ASSERT_TRUE(cgn_tap_filter_check(code, RTE_DIM(code)));
	ask.filter = code;
	fx->no_resolve = true;
	tapfix_start(fx, &ask);
	expired = with_ttl(pg_udp(fx->mp, H1, 5000, P1, 53, 8), 1);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	expect_frame(fx, FX_OUTSIDE, CGN_V_NONE);
	/* All other buffers are taken. So when the packet is given up, the engine has only its buffer for the error. */
	all = calloc(rte_mempool_avail_count(fx->mp) + 1, sizeof(struct rte_mbuf *));
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	while ((all[n] = rte_pktmbuf_alloc(fx->mp)) != NULL)
		n++;
	fx_advance_s(fx, 12);
	fx_inside(fx, expired);
	rte_pktmbuf_free_bulk(all, n);
	free(all);
	r = tapfix_next(fx);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->entry, CGN_TAP_LEFT);
	CU_ASSERT_EQUAL(r->port, FX_INSIDE);
	CU_ASSERT_PTR_NULL(tapfix_next(fx));
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(first_packet_outwards_shows_the_mapping_that_it_makes),
	CU_TEST_ROW(packet_inwards_shows_whose_mapping_it_meets),
	CU_TEST_ROW(packet_to_cgnd_itself_has_no_next_hop),
	CU_TEST_ROW(drops_show_their_verdicts_and_the_errors_that_are_sent),
	CU_TEST_ROW(next_hop_that_does_not_answer_is_told_later),
	CU_TEST_ROW(packet_that_was_given_up_is_not_told_again),
	CU_TEST_ROW(fragments_are_told_of_with_their_datagram),
	CU_TEST_ROW(questions_choose_packets),
	CU_TEST_ROW(records_are_bounded),
	CU_TEST_ROW(hairpin_shows_both_mappings),
	CU_TEST_ROW(icmp_error_shows_the_mapping_of_its_quote),
	CU_TEST_ROW(softwire_shows_the_home),
	CU_TEST_ROW(capture_has_both_directions_of_a_port),
	CU_TEST_ROW(capture_is_of_a_subscriber_or_a_verdict),
	CU_TEST_ROW(capture_has_held_packets_once),
	CU_TEST_ROW(frame_that_leaves_shows_its_mapping),
	CU_TEST_ROW(frame_that_leaves_shows_the_home),
	CU_TEST_ROW(filter_chooses_frames),
	CU_TEST_ROW(buffer_that_is_used_again_is_another_packet),
};

CU_MAIN("scn_tap", tests)
