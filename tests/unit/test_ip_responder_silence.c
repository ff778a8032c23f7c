/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/hostfix.h"

/* What cgnd must never answer, and how often it refuses. */

static void
expect_silence(const struct packet *p)
{
	uint64_t before = cgn_ip_responder_stats(responder)->ignored;

	receive(p, 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_EQUAL(cgn_ip_responder_stats(responder)->ignored, before + 1);
}

enum proto {
	ECHO,
	UDP,
	TCP,
	PROTOS
};

static struct packet *
make(enum proto proto, const struct way *w)
{
	switch (proto) {
	case ECHO:
		return make_echo(w, 0, 30);
	case UDP:
		return make_udp(w, 0, 9, 30);
	case TCP:
	case PROTOS:
		break;
	}
	return make_tcp(w, RTE_TCP_SYN_FLAG, 1, 0, 0, 30);
}

/* RFC 1812 section 4.3.2.7: whatever is asked, nothing answers these. */
static void
frames_to_or_from_groups_are_never_answered(void)
{
	static const struct rte_ether_addr bad_dst[] = {
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ { 0x01, 0, 0x5e, 0, 0, 1 } },
		{ { 0x33, 0x33, 0, 0, 0, 1 } },
	};
	static const struct rte_ether_addr bad_src[] = {
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ { 0x01, 0, 0x5e, 0, 0, 1 } },
		{ { 0 } },
	};

	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways) * PROTOS; i++) {
		struct packet *p = make(i % PROTOS, &ways[i / PROTOS]);

		for (unsigned int k = 0; k < RTE_DIM(bad_dst); k++) {
			p->f.dst = bad_dst[k];
			expect_silence(p);
		}
		p->f.dst = macs[p->f.port];
		for (unsigned int k = 0; k < RTE_DIM(bad_src); k++) {
			p->f.src = bad_src[k];
			expect_silence(p);
		}
		p->f.src = peer;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_sent, 1);
	}
	end();
}

static void
addresses_of_no_host_and_own_ones_are_never_answered(void)
{
	static const rte_be32_t bad[] = { IP4(0, 0, 0, 0), IP4(0, 1, 2, 3), IP4(127, 0, 0, 1),
		IP4(127, 255, 255, 255), IP4(224, 0, 0, 1), IP4(239, 255, 255, 255),
		IP4(240, 0, 0, 1), IP4(255, 255, 255, 255), IP4(100, 64, 0, 1), IP4(10, 1, 0, 1),
		IP4(10, 2, 0, 1), IP4(192, 0, 2, 2), CGN_SOFTWIRE_AFTR_ADDR };
	static const rte_be32_t good[] = { IP4(1, 0, 0, 0), IP4(126, 255, 255, 255),
		IP4(128, 0, 0, 1), IP4(223, 255, 255, 254), IP4(100, 64, 0, 2),
		CGN_SOFTWIRE_B4_ADDR };
	static const rte_be32_t not_own[] = { IP4(100, 64, 0, 2), IP4(10, 1, 0, 2),
		IP4(192, 0, 2, 3), IP4(198, 51, 100, 1), IP4(203, 0, 113, 255),
		CGN_SOFTWIRE_B4_ADDR };
	struct way w = ways[0];

	begin();
	for (enum proto proto = 0; proto < PROTOS; proto++) {
		for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
			w.src = bad[i];
			expect_silence(make(proto, &w));
		}
		for (unsigned int i = 0; i < RTE_DIM(good); i++) {
			w.src = good[i];
			receive(make(proto, &w), 0);
			CU_ASSERT_EQUAL(n_sent, 1);
		}
		w = ways[0];
		for (unsigned int i = 0; i < RTE_DIM(not_own); i++) {
			w.dst = not_own[i];
			expect_silence(make(proto, &w));
		}
		w = ways[0];
	}
	end();
}

/* Pool addresses answer echo where that is configured, and nothing else, ever. */
static void
pool_addresses_answer_echo_and_nothing_else(void)
{
	static const rte_be32_t in_pool[] = { IP4(198, 51, 100, 0), IP4(198, 51, 100, 15),
		IP4(203, 0, 113, 0), IP4(203, 0, 113, 255), IP4(203, 0, 113, 77) };
	static const rte_be32_t outside[] = { IP4(198, 51, 99, 255), IP4(198, 51, 100, 16),
		IP4(203, 0, 112, 255), IP4(203, 0, 114, 0) };
	struct way w = ways[2];

	begin();
	conf.nat.pool_echo = true;
	for (unsigned int i = 0; i < RTE_DIM(in_pool); i++) {
		w.dst = in_pool[i];
		receive(make(ECHO, &w), 0);
		CU_ASSERT_EQUAL(n_sent, 1);
		expect_silence(make(UDP, &w));
		expect_silence(make(TCP, &w));
	}
	for (unsigned int i = 0; i < RTE_DIM(outside); i++) {
		w.dst = outside[i];
		expect_silence(make(ECHO, &w));
	}
	end();
}

/* No ICMP message but an echo request is answered, and that only with its own code. */
static void
no_icmp_message_but_echo_is_answered(void)
{
	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		for (unsigned int x = 0; x < 512; x++) {
			struct packet *p = make_echo(&ways[i], 0, 30);
			uint8_t *l4 = p->data + p->head;
			uint8_t want = ways[i].is_ip6 ? 128 : 8;
			size_t len = p->len - p->head;

			l4[0] = x < 256 ? (uint8_t)x : want;
			l4[1] = x < 256 ? 0 : (uint8_t)x;
			l4[2] = l4[3] = 0;
			finish(p, &ways[i], IPPROTO_ICMP, 0, len, 2);
			receive(p, 0);
			CU_ASSERT_EQUAL(n_sent, l4[0] == want && l4[1] == 0);
		}
	}
	end();
}

/* Any octet of layer 4 that changed on its way: the checksum tells. */
static void
damaged_packets_are_not_answered(void)
{
	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways) * PROTOS; i++) {
		struct packet *p = make(i % PROTOS, &ways[i / PROTOS]);

		for (size_t at = p->head; at < p->len; at++) {
			p->data[at] ^= 0x10;
			receive(p, 0);
			CU_ASSERT_EQUAL(n_sent, 0);
			p->data[at] ^= 0x10;
		}
		/* What follows the packet in its frame is not part of it. */
		memset(p->data + p->len, 0xee, 20);
		p->f.l3_len += 20;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_sent, 1);
	}
	end();
}

static void
fragments_are_not_answered_and_df_is_no_fragment(void)
{
	static const uint16_t bad[] = { 0x2000, 0x0001, 0x1fff, 0x2001, 0x6000, 0x8000 };

	begin();
	for (unsigned int i = 0; i < 4 * PROTOS; i++) {
		struct packet *p = make(i % PROTOS, &ways[i / PROTOS]);
		struct rte_ipv4_hdr *ip = (void *)p->data;

		for (unsigned int k = 0; k < RTE_DIM(bad); k++) {
			ip->fragment_offset = rte_cpu_to_be_16(bad[k]);
			expect_silence(p);
		}
		ip->fragment_offset = 0;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_sent, 1);
	}
	end();
}

static unsigned int n_heard;

static bool
hear(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	(void)arg;
	(void)d;
	(void)now_ms;
	n_heard++;
	return true;
}

/* UDP whose length differs from IP's, or whose source port is 0, is nobody's; without a checksum it is
 * heard by IPv4 and not by IPv6 (RFC 8200 section 8.1). */
static void
malformed_udp_reaches_no_server(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), 0);
	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		struct packet *p = make_udp(&ways[i], 0, 5351, 12);
		struct rte_udp_hdr *uh = (void *)(p->data + p->head);

		n_heard = 0;
		uh->dgram_cksum = 0;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_heard, !ways[i].is_ip6);
		n_heard = 0;
		for (uint16_t len = 0; len < 40; len++) {
			if (len == 20)
				continue;
			uh->dgram_len = rte_cpu_to_be_16(len);
			finish(p, &ways[i], IPPROTO_UDP, 0, 20, 6);
			receive(p, 0);
		}
		/* Without a checksum the length alone tells. */
		for (uint16_t len = 0; len < 40; len++) {
			if (len == 20)
				continue;
			uh->dgram_len = rte_cpu_to_be_16(len);
			uh->dgram_cksum = 0;
			receive(p, 0);
		}
		uh->dgram_len = RTE_BE16(20);
		uh->src_port = 0;
		finish(p, &ways[i], IPPROTO_UDP, 0, 20, 6);
		receive(p, 0);
		CU_ASSERT_EQUAL(n_heard, 0);
	}
	end();
}

/* --- what only some servers hear ----------------------------------------------------------- */

static unsigned int n_refused;
static struct cgn_ip_responder_refusal refusal;

static void
take_refusal(void *arg, const struct cgn_ip_responder_refusal *r, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	n_refused++;
	refusal = *r;
}

/* One server for single hosts, one for announcements too. */
static void
listen_both(void)
{
	n_heard = n_refused = 0;
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), 0);
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5350, hear, NULL), 0);
	cgn_ip_responder_listen_more(responder, 5350, take_refusal);
}

/* RFC 6886 section 3.2.1: announcements are for who wants them, from outside alone, and nothing that is sent
 * to all is answered. */
static void
announcements_are_heard_from_outside_by_who_wants_them(void)
{
	static const uint16_t udp_ports[] = { 5350, 5351, 9 };
	static const rte_be32_t bad_src[] = { 0, IP4(127, 0, 0, 1), IP4(224, 0, 0, 1),
		IP4(192, 0, 2, 2), IP4(100, 64, 0, 1) };

	begin();
	listen_both();
	for (unsigned int i = 0; i < 3 * RTE_DIM(udp_ports); i++) {
		struct way w = ways[i % 3];
		uint16_t udp_port = udp_ports[i / 3];
		bool is_heard = w.port == 2 && udp_port == 5350;
		struct packet *p;

		w.dst = CGN_ALL_HOSTS;
		p = make_udp(&w, 0, udp_port, 12);
		p->f.dst = (struct rte_ether_addr){ { 0x01, 0, 0x5e, 0, 0, 1 } };
		n_heard = 0;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_heard, is_heard);
		CU_ASSERT_EQUAL(n_sent, 0);
		p->data[p->head + 9] ^= 1;
		receive(p, 0);
		CU_ASSERT_EQUAL(n_heard, is_heard);
		p = make_tcp(&w, RTE_TCP_SYN_FLAG, 1, 0, 0, 0);
		expect_silence(p);
	}
	for (unsigned int i = 0; i < RTE_DIM(bad_src); i++) {
		struct way w = ways[2];

		w.dst = CGN_ALL_HOSTS;
		w.src = bad_src[i];
		n_heard = 0;
		expect_silence(make_udp(&w, 0, 5350, 12));
		CU_ASSERT_EQUAL(n_heard, 0);
	}
	end();
}

struct quoted {
	uint8_t type, code;
	rte_be32_t src; /* of the packet that is quoted */
	uint8_t ihl, proto;
	uint16_t src_port;
	size_t len; /* octets of the quote */
};

/* From the host of ways[2] to cgnd: its error about a packet that cgnd may have sent. */
static struct packet *
make_error(const struct quoted *q)
{
	struct packet *p = start(&ways[2]);
	uint8_t *l4 = p->data + p->head;
	struct rte_ipv4_hdr *ip = (void *)(l4 + 8);
	struct rte_udp_hdr *uh = (void *)(ip + 1);

	l4[0] = q->type;
	l4[1] = q->code;
	ip->version_ihl = q->ihl;
	ip->total_length = RTE_BE16(40);
	ip->next_proto_id = q->proto;
	ip->src_addr = q->src;
	ip->dst_addr = IP4(192, 0, 2, 77);
	uh->src_port = rte_cpu_to_be_16(q->src_port);
	uh->dst_port = RTE_BE16(5351);
	finish(p, &ways[2], IPPROTO_ICMP, 0, 8 + q->len, 2);
	return p;
}

static void
refusals_are_heard_if_they_quote_what_was_sent(void)
{
	static const struct quoted good = { 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 };
	static const struct quoted bad[] = {
		{ 3, 0, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 1, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 4, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 13, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 11, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 5, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 3, IP4(192, 0, 2, 3), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 3, IP4(100, 64, 0, 1), 0x45, IPPROTO_UDP, 5350, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x46, IPPROTO_UDP, 5350, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x65, IPPROTO_UDP, 5350, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_TCP, 5350, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5351, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5349, 28 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 27 },
		{ 3, 3, IP4(192, 0, 2, 2), 0x45, IPPROTO_UDP, 5350, 0 },
	};
	struct packet *p;

	begin();
	listen_both();
	for (uint8_t code = 2; code <= 3; code++) {
		struct quoted q = good;

		q.code = code;
		receive(make_error(&q), 0);
		CU_ASSERT_EQUAL(n_refused, code - 1U);
		CU_ASSERT_EQUAL(n_sent, 0);
	}
	CU_ASSERT_EQUAL(refusal.from, ways[2].src);
	CU_ASSERT_EQUAL(refusal.src, IP4(192, 0, 2, 2));
	CU_ASSERT_EQUAL(refusal.dst, IP4(192, 0, 2, 77));
	CU_ASSERT_EQUAL(refusal.src_port, 5350);
	CU_ASSERT_EQUAL(refusal.dst_port, 5351);
	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		expect_silence(make_error(&bad[i]));
	p = make_error(&good);
	p->data[p->head + 20] ^= 1;
	expect_silence(p);
	CU_ASSERT_EQUAL(n_refused, 2);
	end();
}

/* --- rates --------------------------------------------------------------------------------- */

/* Over any time no more than the rate and a burst; a pause fills the bucket no higher, and a quiet hour
 * does not either. */
static void
refusals_keep_their_rate_for_ever(void)
{
	uint64_t now = 5 * SECOND;
	unsigned int n = 0;

	begin();
	conf.nat.icmp_errors_per_s = 10;
	cgn_ip_responder_set_conf(responder, &conf);
	for (unsigned int round = 0; round < 3; round++) {
		n = 0;
		for (unsigned int ms = 0; ms < 20 * SECOND; ms += 5) {
			receive(make((ms & 8) != 0 ? UDP : TCP, &ways[ms % 3]), now + ms);
			n += n_sent;
		}
		/* each of two sides */
		CU_ASSERT_TRUE(n >= 2 * 190 && n <= 2 * (20 * 10 + 32));
		now += 3600 * SECOND;
	}
	/* Echo is answered all the same. */
	receive(make(ECHO, &ways[0]), now);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(frames_to_or_from_groups_are_never_answered),
	CU_TEST_ROW(addresses_of_no_host_and_own_ones_are_never_answered),
	CU_TEST_ROW(pool_addresses_answer_echo_and_nothing_else),
	CU_TEST_ROW(no_icmp_message_but_echo_is_answered),
	CU_TEST_ROW(damaged_packets_are_not_answered),
	CU_TEST_ROW(fragments_are_not_answered_and_df_is_no_fragment),
	CU_TEST_ROW(malformed_udp_reaches_no_server),
	CU_TEST_ROW(announcements_are_heard_from_outside_by_who_wants_them),
	CU_TEST_ROW(refusals_are_heard_if_they_quote_what_was_sent),
	CU_TEST_ROW(refusals_keep_their_rate_for_ever),
};

CU_MAIN("ip_responder_silence", tests)
