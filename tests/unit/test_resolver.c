/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/resolvefix.h"

static struct cgn_conf_neighbour neighbour = { .mac = { 2, 0, 0, 0, 7, 7 }, .port = 1 };

static void
a_wanted_next_hop_is_asked_for_at_once_and_all_workers_are_told(void)
{
	begin();
	want(1, IP4(192, 0, 2, 1));
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 2), IP4(192, 0, 2, 1)));
	CU_ASSERT_EQUAL(sent[0].port, 1);
	CU_ASSERT_EQUAL(sent[0].data[0], 0xff);
	want(1, IP4(192, 0, 2, 1));
	CU_ASSERT_EQUAL(n_sent, 1);
	peer_answers(1, &peer, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_TRUE(told[0].is_known);
	CU_ASSERT_EQUAL(told[0].n.port, 1);
	CU_ASSERT_EQUAL(memcmp(told[0].n.mac, &peer, 6), 0);
	pass(5000);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

static void
without_an_answer_three_requests_go_out_and_the_workers_drop(void)
{
	begin();
	want(1, IP4(192, 0, 2, 1));
	pass(999);
	CU_ASSERT_EQUAL(n_sent, 1);
	pass(1002);
	CU_ASSERT_EQUAL(n_sent, 3);
	CU_ASSERT_EQUAL(n_told, 0);
	pass(1000);
	CU_ASSERT_EQUAL(n_sent, 3);
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_FALSE(told[0].is_known);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end();
}

static void
frames_carry_the_vlan_of_their_port(void)
{
	begin();
	want(0, IP4(100, 64, 0, 9));
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_EQUAL(sent[0].data[12], 0x81);
	CU_ASSERT_EQUAL(sent[0].data[15], 7);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(100, 64, 0, 1), IP4(100, 64, 0, 9)));
	end();
}

static void
an_ip6_next_hop_is_solicited_and_its_advertisement_believed(void)
{
	static const uint8_t group[6] = { 0x33, 0x33, 0xff, 0, 0, 9 };

	begin();
	want(1, ip6(9));
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, ip6(2), ip6(9)));
	CU_ASSERT_EQUAL(memcmp(sent[0].data, group, 6), 0);
	peer_answers(1, &peer, ip6(9), ip6(2));
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_TRUE(told[0].is_known);
	CU_ASSERT_EQUAL(memcmp(told[0].n.mac, &peer, 6), 0);
	end();
}

static void
solicitations_for_own_ip6_addresses_are_answered_and_for_no_others(void)
{
	begin();
	peer_asks(1, ip6(9), ip6(2));
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_ANSWER, ip6(2), ip6(2)));
	CU_ASSERT_EQUAL(memcmp(sent[0].data, &peer, 6), 0);
	peer_asks(1, ip6(9), ip6(3));
	CU_ASSERT_EQUAL(n_sent, 1);
	/* A probe for duplicates is answered to all nodes. */
	peer_asks(1, (struct cgn_ip){ .is_ip6 = true }, ip6(2));
	CU_ASSERT_EQUAL(n_sent, 2);
	CU_ASSERT_EQUAL(sent[1].data[0], 0x33);
	end();
}

/* A-ADR-3: pool addresses on a connected LAN are answered for. */
static void
pool_addresses_are_answered_for_on_the_outside_link_they_lie_on(void)
{
	begin();
	peer_asks(1, IP4(192, 0, 2, 1), IP4(192, 0, 2, 100));
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_ANSWER, IP4(192, 0, 2, 100), IP4(192, 0, 2, 1)));
	CU_ASSERT_EQUAL(memcmp(sent[0].data + 6, &macs[1], 6), 0);
	end();
}

/* A-ADR-3: and nothing else is. */
static void
other_addresses_are_not_answered_for(void)
{
	begin();
	peer_asks(1, IP4(192, 0, 2, 1), IP4(192, 0, 2, 102));  /* neither own nor pool */
	peer_asks(1, IP4(192, 0, 2, 1), IP4(198, 51, 100, 1)); /* pool, another link */
	peer_asks(1, IP4(192, 0, 2, 1), IP4(100, 64, 0, 1));   /* own, another port */
	peer_asks(0, IP4(100, 64, 0, 9), IP4(100, 64, 0, 5));  /* a pool's number, inside */
	peer_asks(0, IP4(100, 64, 0, 9), IP4(192, 0, 2, 100)); /* pool, asked inside */
	CU_ASSERT_EQUAL(n_sent, 0);
	peer_asks(0, IP4(100, 64, 0, 9), IP4(100, 64, 0, 1));
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* A-ADR-3: the link learns of own addresses and of pool addresses on it. */
static void
own_and_pool_addresses_are_announced_once_at_start(void)
{
	unsigned int n;

	begin_with(64, 0);
	n = n_sent;
	CU_ASSERT_EQUAL(n, 1);
	pass(100);
	CU_ASSERT_EQUAL(n_sent, 5);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(100, 64, 0, 1), IP4(100, 64, 0, 1)));
	CU_ASSERT_TRUE(sent_is(1, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 2), IP4(192, 0, 2, 2)));
	CU_ASSERT_TRUE(sent_is(2, CGN_ARP_ND_ANSWER, ip6(2), ip6(2)));
	CU_ASSERT_TRUE(sent_is(3, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 100), IP4(192, 0, 2, 100)));
	CU_ASSERT_TRUE(sent_is(4, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 101), IP4(192, 0, 2, 101)));
	end();
}

/* 100 announcements per second: a whole /16 must not flood the link. */
static void
announcements_leave_one_after_the_other(void)
{
	unsigned int n;

	begin_with(64, 0);
	n = n_sent;
	for (unsigned int i = 0; i < 50; i++) {
		pass(10);
		CU_ASSERT_TRUE(n_sent <= n + 1);
		n = n_sent;
	}
	CU_ASSERT_EQUAL(n_sent, 5);
	end();
}

/* The same addresses may be in use on several links; whose they are on one says nothing about the other. */
static void
one_address_on_two_links_is_two_neighbours(void)
{
	/* A table of few chains, so that some pairs share one. */
	begin_with(4, 0);
	pass(100);
	ports[1].addresses[0] = (struct cgn_prefix){ .ip4 = RTE_BE32(0x64400002), .len = 10 };
	for (uint32_t i = 0; i < 200; i++) {
		const struct cgn_ip a = { .ip4 = rte_cpu_to_be_32(0x64410000 + i) };

		n_sent = n_told = 0;
		want(0, a);
		peer_answers(0, &peer, a, IP4(100, 64, 0, 1));
		CU_ASSERT_EQUAL(n_told, 1);
		want(1, a);
		CU_ASSERT_EQUAL(n_sent, 2);
		CU_ASSERT_EQUAL(sent[1].port, 1);
		peer_answers(1, &other, a, IP4(100, 64, 0, 2));
		CU_ASSERT_EQUAL(n_told, 2);
		for (unsigned int k = 0; k < n_told; k++) {
			CU_ASSERT_TRUE(told[k].is_known);
			CU_ASSERT_EQUAL(told[k].n.port, k);
			CU_ASSERT_EQUAL(memcmp(told[k].n.mac, k == 0 ? &peer : &other, 6), 0);
		}
		/* Both are silent until they are lost. */
		now += 130000;
		pass(1);
		now += 2000;
		pass(5000);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

static void
somebody_who_asks_for_us_is_learned_and_others_are_not(void)
{
	begin();
	peer_asks(1, IP4(192, 0, 2, 1), IP4(192, 0, 2, 3));
	CU_ASSERT_EQUAL(n_told, 0);
	peer_asks(1, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	CU_ASSERT_EQUAL(n_told, 1);
	/* Not on the link, not a host, an answer to nothing, an announcement. */
	peer_asks(1, IP4(10, 0, 0, 1), IP4(192, 0, 2, 2));
	peer_asks(1, IP4(0, 0, 0, 0), IP4(192, 0, 2, 2));
	peer_answers(1, &peer, IP4(192, 0, 2, 9), IP4(192, 0, 2, 2));
	peer_asks(1, IP4(192, 0, 2, 8), IP4(192, 0, 2, 8));
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 1);
	end();
}

/* The next hop, known with the peer's MAC address. */
static void
begin_with_next_hop(struct cgn_ip a, struct cgn_ip own)
{
	begin();
	want(1, a);
	peer_answers(1, &peer, a, own);
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_EQUAL(memcmp(told[0].n.mac, &peer, 6), 0);
	n_sent = n_told = 0;
}

/* All ways to claim an address: answer, announcement, question to us. */
static void
claim(unsigned int how, struct cgn_ip a, struct cgn_ip own)
{
	struct cgn_arp_nd_from p = { .mac = other };
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len;

	if (how == 2) {
		len = cgn_arp_nd_request(buf, &p, &a, &own, NULL);
		CU_ASSERT_TRUE(input(1, buf, len));
	} else {
		peer_answers(1, &other, a, how == 0 ? own : a);
	}
}

static const struct next_hop {
	struct cgn_ip a;
	struct cgn_ip own;
} next_hops[] = {
	{ { .ip4 = RTE_BE32(0xc0000201) }, { .ip4 = RTE_BE32(0xc0000202) } },
	{ { .ip6.b = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, .is_ip6 = true },
			{ .ip6.b = { 0x20, 1, 0xd, 0xb8, [15] = 2 }, .is_ip6 = true } },
};

/* D-SEC-1: a known neighbour is asked before somebody else gets its traffic; within a second one that has
 * really moved is followed. */
static void
neighbour_that_moves_is_followed_when_its_old_station_is_silent(void)
{
	for (unsigned int i = 0; i < RTE_DIM(next_hops) * 3; i++) {
		const struct next_hop *h = &next_hops[i / 3];
		unsigned int n_asked = 0;

		begin_with_next_hop(h->a, h->own);
		claim(i % 3, h->a, h->own);
		pass(500);
		CU_ASSERT_EQUAL(n_told, 0);
		pass(500);
		for (unsigned int k = 0; k < n_sent; k++)
			n_asked += sent_is(k, CGN_ARP_ND_REQUEST, h->own, h->a) &&
					is_sent_to(k, &peer);
		CU_ASSERT_EQUAL(n_asked, 3);
		CU_ASSERT_EQUAL_FATAL(n_told, 1);
		CU_ASSERT_EQUAL(memcmp(told[0].n.mac, &other, 6), 0);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->moved, 1);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->refused, 0);
		/* From now on the new station is the known one. */
		n_sent = 0;
		pass(60000);
		CU_ASSERT_TRUE(is_sent_to(0, &other));
		end();
	}
}

/* D-SEC-1 */
static void
claim_is_refused_when_the_known_station_answers(void)
{
	for (unsigned int i = 0; i < RTE_DIM(next_hops) * 3; i++) {
		const struct next_hop *h = &next_hops[i / 3];

		begin_with_next_hop(h->a, h->own);
		claim(i % 3, h->a, h->own);
		pass(600); /* the first two answers are lost */
		peer_answers(1, &peer, h->a, h->own);
		pass(10000);
		CU_ASSERT_EQUAL(n_told, 0);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->refused, 1);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->moved, 0);
		/* It is probed as ever. */
		n_sent = 0;
		pass(51000);
		CU_ASSERT_TRUE(is_sent_to(0, &peer));
		end();
	}
}

/* A forger that does not stop makes few questions, and does not win while the known station answers. */
static void
claims_without_end_are_followed_up_once_a_second(void)
{
	const struct next_hop *h = &next_hops[0];
	unsigned int asked = 0;

	begin_with_next_hop(h->a, h->own);
	for (unsigned int ms = 0; ms < 10000; ms++) {
		n_sent = 0;
		claim(ms % 2, h->a, h->own);
		pass(1);
		asked += n_sent;
		if (n_sent != 0)
			peer_answers(1, &peer, h->a, h->own);
	}
	CU_ASSERT_TRUE(asked >= 9 && asked <= 11);
	CU_ASSERT_EQUAL(n_told, 0);
	/* It goes away: who claimed last while the entry was settled is followed all the same. */
	peer_answers(1, &peer, h->a, h->own);
	claim(0, h->a, h->own);
	pass(2000);
	CU_ASSERT_EQUAL(n_told, 1);
	end();
}

/* RFC 5227 section 2.4, RFC 4862 appendix A: a link may give us our own frames back. That is no conflict, teaches
 * nothing and is not answered. */
static void
own_frames_that_come_back_mean_nothing(void)
{
	struct sent all[64];
	unsigned int n;

	begin_with(64, 0);
	pass(100);
	for (unsigned int i = 0; i < RTE_DIM(next_hops); i++)
		want(1, next_hops[i].a);
	peer_asks(0, IP4(100, 64, 0, 9), IP4(100, 64, 0, 1));
	peer_asks(1, ip6(9), ip6(2));
	n = n_sent;
	CU_ASSERT_TRUE_FATAL(n > 6 && n < RTE_DIM(all));
	memcpy(all, sent, n * sizeof(all[0]));
	for (unsigned int round = 0; round < 3; round++) {
		uint32_t count = cgn_resolver_count(table);

		n_told = 0;
		for (unsigned int i = 0; i < n; i++)
			CU_ASSERT_TRUE(input(all[i].port, all[i].data, all[i].len));
		CU_ASSERT_EQUAL(n_sent, n);
		CU_ASSERT_EQUAL(n_told, 0);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), count);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->conflicts, 0);
	}
	end();
}

/* RFC 4861 section 7.2.5: an advertisement without Override changes no known address. */
static void
weak_advertisement_replaces_nothing(void)
{
	const struct next_hop *h = &next_hops[1];
	struct cgn_arp_nd_from p = { .mac = other };
	struct cgn_arp_nd request = { .sender = h->own, .target = h->a };
	uint8_t buf[CGN_ARP_ND_MAX];
	struct rte_ipv6_hdr *ip = (void *)(buf + RTE_ETHER_HDR_LEN);
	uint8_t *icmp = (uint8_t *)(ip + 1);
	size_t len;

	begin_with_next_hop(h->a, h->own);
	len = cgn_arp_nd_answer(buf, &p, &h->a, &request, &macs[1]);
	icmp[4] &= (uint8_t)~0x20;
	memset(icmp + 2, 0, 2);
	memcpy(icmp + 2, &(uint16_t){ rte_ipv6_udptcp_cksum(ip, icmp) }, 2);
	CU_ASSERT_TRUE(input(1, buf, len));
	/* But the neighbour is asked. */
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(is_sent_to(0, &peer));
	peer_answers(1, &peer, h->a, h->own);
	pass(5000);
	CU_ASSERT_EQUAL(n_told, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* RFC 4861 section 7.2.5: nor do any number of them while the neighbour is asked, or when it is silent: then it is
 * lost, and what was said without Override is not taken for its new address. */
static void
weak_advertisements_never_replace_a_silent_neighbour(void)
{
	const struct next_hop *h = &next_hops[1];
	struct cgn_arp_nd_from p = { .mac = other };
	struct cgn_arp_nd request = { .sender = h->own, .target = h->a };
	uint8_t buf[CGN_ARP_ND_MAX];
	struct rte_ipv6_hdr *ip = (void *)(buf + RTE_ETHER_HDR_LEN);
	uint8_t *icmp = (uint8_t *)(ip + 1);
	size_t len;

	begin_with_next_hop(h->a, h->own);
	len = cgn_arp_nd_answer(buf, &p, &h->a, &request, &macs[1]);
	icmp[4] &= (uint8_t)~0x20;
	memset(icmp + 2, 0, 2);
	memcpy(icmp + 2, &(uint16_t){ rte_ipv6_udptcp_cksum(ip, icmp) }, 2);
	for (unsigned int i = 0; i < 40; i++) {
		CU_ASSERT_TRUE(input(1, buf, len));
		pass(100);
	}
	CU_ASSERT_EQUAL(n_sent, 3);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_TRUE(is_sent_to(i, &peer));
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_FALSE(told[0].is_known);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->moved, 0);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end();
}

/* Nobody asked, so nobody answers. */
static void
answer_about_a_lost_neighbour_is_not_taken(void)
{
	begin();
	want(1, next_hops[0].a);
	workers_full = true;
	pass(3500); /* given up, and the workers are not told yet */
	peer_answers(1, &other, next_hops[0].a, next_hops[0].own);
	workers_full = false;
	pass(100);
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_FALSE(told[0].is_known);
	end();
}

static void
a_known_neighbour_is_probed_by_unicast_and_forgotten_when_silent(void)
{
	begin();
	want(1, IP4(192, 0, 2, 1));
	peer_answers(1, &peer, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	pass(59999);
	CU_ASSERT_EQUAL(n_sent, 1);
	pass(2);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_EQUAL(memcmp(sent[1].data, &peer, 6), 0);
	/* It answers: another minute of peace, and the workers need not know. */
	peer_answers(1, &peer, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	pass(59999);
	CU_ASSERT_EQUAL(n_sent, 2);
	CU_ASSERT_EQUAL(n_told, 1);
	pass(3003);
	CU_ASSERT_EQUAL(n_sent, 5);
	CU_ASSERT_EQUAL_FATAL(n_told, 2);
	CU_ASSERT_FALSE(told[1].is_known);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end();
}

static void
configured_neighbours_are_told_at_start_and_never_change(void)
{
	neighbour.address = IP4(192, 0, 2, 1);
	conf.neighbours = &neighbour;
	conf.n_neighbours = 1;
	begin_with(64, 0);
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_TRUE(told[0].is_known);
	CU_ASSERT_EQUAL(memcmp(told[0].n.mac, neighbour.mac, 6), 0);
	pass(200000);
	n_sent = 0;
	peer_answers(1, &peer, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	want(1, IP4(192, 0, 2, 1));
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_EQUAL_FATAL(n_told, 2);
	CU_ASSERT_EQUAL(memcmp(told[1].n.mac, neighbour.mac, 6), 0);
	end();
	conf.n_neighbours = 0;
}

static void
what_the_workers_could_not_take_is_told_again(void)
{
	begin();
	want(1, IP4(192, 0, 2, 1));
	workers_full = true;
	peer_answers(1, &peer, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2));
	pass(100);
	CU_ASSERT_EQUAL(n_told, 0);
	workers_full = false;
	pass(100);
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_TRUE(told[0].is_known);
	workers_full = true;
	pass(64000);
	workers_full = false;
	pass(100);
	CU_ASSERT_EQUAL(n_told, 2);
	CU_ASSERT_FALSE(told[1].is_known);
	end();
}

static void
requests_per_second_are_bounded(void)
{
	begin_with(1000, 100);
	pass(100);
	n_sent = 0;
	for (uint32_t i = 0; i < 1000; i++)
		want(0, (struct cgn_ip){ .ip4 = rte_cpu_to_be_32(0x64500000 + i) });
	CU_ASSERT_TRUE(n_sent <= 64);
	pass(1000);
	CU_ASSERT_TRUE(n_sent >= 64 + 90 && n_sent <= 64 + 110);
	end();
}

static void
somebody_with_our_address_is_counted_and_never_learned(void)
{
	begin();
	want(1, IP4(192, 0, 2, 1));
	peer_answers(1, &peer, IP4(192, 0, 2, 2), IP4(192, 0, 2, 1));
	peer_asks(1, IP4(192, 0, 2, 100), IP4(192, 0, 2, 100));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->conflicts, 2);
	CU_ASSERT_EQUAL(n_told, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* A next hop at cgnd's own MAC address would send its packets back to cgnd. */
static void
somebody_who_claims_our_mac_address_is_not_believed(void)
{
	struct cgn_arp_nd_from p = { .mac = macs[1] };
	struct cgn_ip hop = IP4(192, 0, 2, 1);
	struct cgn_arp_nd request = { .sender = IP4(192, 0, 2, 2), .target = hop };
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len;

	begin();
	want(1, hop);
	len = cgn_arp_nd_answer(buf, &p, &hop, &request, &macs[1]);
	memcpy(buf + 6, &peer, sizeof(peer)); /* from another frame address, with ours inside */
	CU_ASSERT_TRUE(input(1, buf, len));
	CU_ASSERT_EQUAL(n_told, 0);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->conflicts, 1);
	peer_answers(1, &peer, hop, IP4(192, 0, 2, 2));
	CU_ASSERT_EQUAL(n_told, 1);
	end();
}

static void
malformed_frames_are_ignored(void)
{
	struct cgn_arp_nd_from p = { .mac = peer };
	struct cgn_ip own = ip6(9);
	struct cgn_ip target = ip6(2);
	uint8_t good[CGN_ARP_ND_MAX];
	uint8_t bad[CGN_ARP_ND_MAX];
	size_t len;

	begin();
	/* Every octet behind the Ethernet addresses and every length, for ND... */
	len = cgn_arp_nd_request(good, &p, &own, &target, NULL);
	for (size_t i = 12; i < len; i++) {
		if (i >= 15 && i <= 17)
			continue; /* traffic class and flow label may be anything */
		memcpy(bad, good, len);
		bad[i] ^= 0xff;
		input(1, bad, len);
	}
	for (size_t i = 14; i < len; i++)
		input(1, good, i);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_TRUE(input(1, good, len));
	CU_ASSERT_EQUAL(n_sent, 1);
	/* ...and ARP, which has no checksum: only the fixed fields. */
	own = IP4(192, 0, 2, 1);
	target = IP4(192, 0, 2, 2);
	len = cgn_arp_nd_request(good, &p, &own, &target, NULL);
	for (size_t i = 14; i < 22; i++) {
		memcpy(bad, good, len);
		bad[i] ^= 0xff;
		input(1, bad, len);
	}
	for (size_t i = 14; i < 42; i++)
		input(1, good, i);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_wanted_next_hop_is_asked_for_at_once_and_all_workers_are_told),
	CU_TEST_ROW(without_an_answer_three_requests_go_out_and_the_workers_drop),
	CU_TEST_ROW(frames_carry_the_vlan_of_their_port),
	CU_TEST_ROW(an_ip6_next_hop_is_solicited_and_its_advertisement_believed),
	CU_TEST_ROW(solicitations_for_own_ip6_addresses_are_answered_and_for_no_others),
	CU_TEST_ROW(pool_addresses_are_answered_for_on_the_outside_link_they_lie_on),
	CU_TEST_ROW(other_addresses_are_not_answered_for),
	CU_TEST_ROW(own_and_pool_addresses_are_announced_once_at_start),
	CU_TEST_ROW(announcements_leave_one_after_the_other),
	CU_TEST_ROW(own_frames_that_come_back_mean_nothing),
	CU_TEST_ROW(one_address_on_two_links_is_two_neighbours),
	CU_TEST_ROW(somebody_who_asks_for_us_is_learned_and_others_are_not),
	CU_TEST_ROW(neighbour_that_moves_is_followed_when_its_old_station_is_silent),
	CU_TEST_ROW(claim_is_refused_when_the_known_station_answers),
	CU_TEST_ROW(claims_without_end_are_followed_up_once_a_second),
	CU_TEST_ROW(weak_advertisement_replaces_nothing),
	CU_TEST_ROW(weak_advertisements_never_replace_a_silent_neighbour),
	CU_TEST_ROW(answer_about_a_lost_neighbour_is_not_taken),
	CU_TEST_ROW(a_known_neighbour_is_probed_by_unicast_and_forgotten_when_silent),
	CU_TEST_ROW(configured_neighbours_are_told_at_start_and_never_change),
	CU_TEST_ROW(what_the_workers_could_not_take_is_told_again),
	CU_TEST_ROW(requests_per_second_are_bounded),
	CU_TEST_ROW(somebody_with_our_address_is_counted_and_never_learned),
	CU_TEST_ROW(somebody_who_claims_our_mac_address_is_not_believed),
	CU_TEST_ROW(malformed_frames_are_ignored),
};

CU_MAIN("resolver", tests)
