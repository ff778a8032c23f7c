/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/link/neigh.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HOLD 8 /* packets kept for a next hop */

static struct fx *
new_unresolved(void)
{
	struct fx *fx = fx_default();

	fx->no_resolve = true;
	return fx;
}

/* A neighbour answers, or goes, at the worker that asked. */
static void
neighbour(struct fx *fx, unsigned int op, const struct cgn_evt *evt, const uint8_t mac[6])
{
	struct cgn_cmd cmd = { .op = (uint16_t)op };
	struct cgn_evt reply, copy = *evt;

	cmd.u.neigh = copy.u.neigh;
	memcpy(cmd.u.neigh.mac, mac, 6);
	CU_ASSERT_EQUAL(fx_cmd(fx, copy.worker, &cmd, &reply), 0);
}

/* What the fixture expects of every neighbour: 02:01 and the address. */
static const uint8_t gateway_mac[6] = { 2, 1, 192, 0, 2, 1 };

/* Packets wait in order while the next hop is asked for, and go when it answers. */
static void
packets_wait_for_their_next_hop(void)
{
	struct fx *fx = new_unresolved();
	struct cgn_evt asked;

	for (unsigned int i = 0; i < HOLD; i++) {
		fx_udp_out(fx, H1, (uint16_t)(5000 + i), P1, (uint16_t)(100 + i));
		CU_ASSERT_EQUAL(fx->n_out, 0);
		CU_ASSERT_EQUAL(fx->n_events, i == 0 ? 1 : 0);
		if (i == 0)
			asked = fx->events[0];
	}
	CU_ASSERT_EQUAL(asked.op, CGN_EVT_NEIGH_WANTED);
	CU_ASSERT_EQUAL(asked.u.neigh.port, FX_OUTSIDE);
	CU_ASSERT_EQUAL(asked.u.neigh.addr.ip4, pg_addr(R1));
	fx_advance_s(fx, 0.5);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), HOLD);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), 0);
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, HOLD);
	for (unsigned int i = 0; i < fx->n_out; i++)
		CU_ASSERT_EQUAL(fx->out[i].dport, 100 + i);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), HOLD);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P1, 53)->left);
	fx_free(fx);
}

/* The queue is bounded. */
static void
queue_of_a_next_hop_is_bounded(void)
{
	struct fx *fx = new_unresolved();
	struct cgn_evt asked;

	fx_udp_out(fx, H1, 5000, P1, 53);
	asked = fx->events[0];
	for (unsigned int i = 1; i < HOLD; i++)
		fx_udp_out(fx, H1, 5000, P1, 53);
	for (unsigned int i = 0; i < 20; i++) {
		fx_udp_out(fx, H1, 5000, P1, 53);
		FX_DROPPED(fx, CGN_V_NEIGH_FULL);
	}
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, HOLD);
	fx_free(fx);
}

/* A next hop that does not answer loses what waits for it, counted, and is asked for again. */
static void
next_hop_that_does_not_answer_drops_what_waits(void)
{
	struct fx *fx = new_unresolved();
	struct cgn_evt asked;

	fx_udp_out(fx, H1, 5000, P1, 53);
	asked = fx->events[0];
	fx_udp_out(fx, H1, 5000, P1, 53);
	neighbour(fx, CGN_CMD_NEIGH_DEL, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NEIGH_FAILED), 2);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	/* Told again, it is the same one. */
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_NEIGHBOURS), 1);
	/* Aged out later: packets wait again. */
	neighbour(fx, CGN_CMD_NEIGH_DEL, &asked, gateway_mac);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	fx_free(fx);
}

/* A host of a wide link is forgotten when it is given up: more hosts than fit may come and go. */
static void
more_hosts_of_a_link_than_fit_may_come_and_go(void)
{
	struct fx *fx = new_unresolved();
	struct cgn_cmd cmd = { .u.neigh = { .port = FX_INSIDE } };
	struct cgn_evt reply;
	unsigned int refused = 0;

	for (uint32_t i = 0; i < 70000; i++) {
		cmd.u.neigh.addr.ip4 = rte_cpu_to_be_32(0x64420000 + i);
		cmd.op = CGN_CMD_NEIGH_SET;
		refused += fx_cmd(fx, 0, &cmd, &reply) != 0;
		cmd.op = CGN_CMD_NEIGH_DEL;
		(void)fx_cmd(fx, 0, &cmd, &reply);
	}
	CU_ASSERT_EQUAL(refused, 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_NEIGHBOURS), 0);
	fx_free(fx);
}

/* The control thread may have lost the question: it is asked again with later packets. */
static void
unanswered_question_is_repeated(void)
{
	struct fx *fx = new_unresolved();

	fx->event_full = true;
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_EVENTS_LOST), 1);
	fx->event_full = false;
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	fx_advance_s(fx, 2);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	fx_free(fx);
}

/* A new address of a neighbour is used from the next packet on. */
static void
changed_neighbour_is_used_at_once(void)
{
	static const uint8_t other[6] = { 2, 9, 9, 9, 9, 9 };
	struct fx *fx = fx_default();
	struct cgn_evt asked;

	fx_udp_out(fx, H1, 5000, P1, 53);
	asked = fx->events[0];
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, other);
	fx->any_mac = true;
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(memcmp(fx_first(fx)->bytes, other, 6), 0);
	fx_free(fx);
}

/* Own ICMP errors wait as well, and count for nothing that was received. */
static void
own_packets_wait_for_their_next_hop(void)
{
	struct fx *fx = new_unresolved();
	struct rte_mbuf *m = pg_udp(fx->mp, H1, 5000, P1, 53, 8);
	struct cgn_evt asked;

	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	fx_inside(fx, m);
	FX_DROPPED(fx, CGN_V_TTL);
	CU_ASSERT_EQUAL(fx->n_events, 1);
	asked = fx->events[0];
	CU_ASSERT_EQUAL(asked.u.neigh.addr.ip4, pg_addr(H1));
	CU_ASSERT_EQUAL(asked.u.neigh.port, FX_INSIDE);
	fx->no_resolve = false;
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, (const uint8_t[]){ 2, 1, 100, 64, 1, 11 });
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_first(fx)->icmp_type, 11);
	fx_free(fx);
}

/* A packet whose TTL ends, from the i-th of many hosts inside that do not exist. */
static void
expired_from(struct fx *fx, uint32_t i)
{
	char src[INET_ADDRSTRLEN];
	struct rte_mbuf *m;

	snprintf(src, sizeof(src), "100.%u.%u.%u", 65 + (i >> 16), i >> 8 & 0xff, i & 0xff);
	m = pg_udp(fx->mp, src, 5000, P1, 53, 8);
	pg_ip(m)->time_to_live = 1;
	pg_fix(m);
	fx_inside(fx, m);
}

/* The same from one more after the other, no faster than a worker asks for them: each of them waits. */
static void
expired_from_slowly(struct fx *fx, uint32_t i)
{
	if (i % 15 == 14)
		fx_advance_s(fx, 1.0 / 16);
	expired_from(fx, i);
}

/* Answers to hosts that do not exist wait too, but all of them together are bounded. What comes later has
 * room, since what has waited longest goes. */
static void
forged_neighbours_keep_nobodys_packets_out(void)
{
	struct fx *fx = fx_new();
	unsigned int before, least = UINT32_MAX;
	struct cgn_evt asked;

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 1000000;
	fx_start(fx);
	fx->no_resolve = true;
	before = rte_mempool_avail_count(fx->mp);
	for (uint32_t i = 0; i < 3 * CGN_NEIGH_HELD_MAX; i++) {
		expired_from_slowly(fx, i);
		FX_DROPPED(fx, CGN_V_TTL);
		least = RTE_MIN(least, rte_mempool_avail_count(fx->mp));
	}
	CU_ASSERT_EQUAL(least, before - CGN_NEIGH_HELD_MAX);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_OWN_TX_LOST), 2 * CGN_NEIGH_HELD_MAX);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 1);
	asked = fx->events[0];
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	fx_free(fx);
}

/* The packet that goes to make room has its verdict. */
static void
packet_that_makes_room_is_counted(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 1000000;
	fx_start(fx);
	fx->no_resolve = true;
	fx_udp_out(fx, H1, 5000, P1, 53);
	for (uint32_t i = 0; i < CGN_NEIGH_HELD_MAX; i++) {
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGH_FULL), 0);
		expired_from_slowly(fx, i);
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGH_FULL), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 0);
	fx_free(fx);
}

/* As many invented hosts as a table has places, and the control thread hears of none of them: no entry is left of
 * any, and other neighbours can be known. */
static void
invented_neighbours_leave_no_entry(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET, .u.neigh = { .port = FX_INSIDE } };
	struct fx *fx = fx_new();
	struct cgn_evt reply;
	unsigned int before;

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 1000000;
	fx_start(fx);
	fx->no_resolve = true;
	fx->event_full = true;
	before = rte_mempool_avail_count(fx->mp);
	for (uint32_t i = 0; i < CGN_NEIGH_MAX + 100; i++) {
		expired_from_slowly(fx, i);
		CU_ASSERT_EQUAL(fx->n_events, 0);
	}
	CU_ASSERT_TRUE(fx_counter(fx, CGN_C_EVENTS_LOST) > CGN_NEIGH_MAX);
	for (uint32_t i = 0; i < CGN_NEIGH_MAX - CGN_NEIGH_HELD_MAX - 1; i++) {
		cmd.u.neigh.addr.ip4 = rte_cpu_to_be_32(0x64440000 + i);
		CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	}
	/* What still waits is given up too, though nobody says that nobody answers. */
	fx_advance_s(fx, 11);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(fx->mp), before);
	cmd.u.neigh.addr.ip4 = pg_addr("100.71.0.9");
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	fx_free(fx);
}

/* A next hop whose answer, or its absence, is never told: packets wait for some seconds, not for ever, and the
 * next one asks again. */
static void
packets_do_not_wait_for_ever(void)
{
	struct fx *fx = new_unresolved();
	struct cgn_evt asked;

	for (unsigned int round = 0; round < 3; round++) {
		fx_udp_out(fx, H1, 5000, P1, 53);
		CU_ASSERT_EQUAL_FATAL(fx->n_events, 1);
		asked = fx->events[0];
		fx_advance_s(fx, 6);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 1);
		fx_advance_s(fx, 5);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 0);
		CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_NEIGH_FAILED), round + 1);
	}
	fx_udp_out(fx, H1, 5000, P1, 53);
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	fx_free(fx);
}

/* A flood of answers to hosts that do not exist makes few questions, takes no room beyond them, and does not keep
 * the next hop of a route from being asked for. */
static void
invented_neighbours_make_few_questions(void)
{
	struct fx *fx = fx_new();
	unsigned int asked = 0;

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 1000000;
	fx_start(fx);
	fx->no_resolve = true;
	for (unsigned int s = 0; s < 10; s++) {
		for (uint32_t i = 0; i < 6000; i++) {
			expired_from(fx, s * 6000 + i);
			asked += fx->n_events;
			if (i % 375 == 374)
				fx_advance_s(fx, 1.0 / 16);
		}
	}
	CU_ASSERT_TRUE(asked >= 10 * CGN_ASKS_PER_S / 2);
	CU_ASSERT_TRUE(asked <= 512 + 10 * CGN_ASKS_PER_S / 2);
	/* All that may be asked now is asked. */
	for (uint32_t i = 0; i < 600; i++)
		expired_from(fx, 100000 + i);
	CU_ASSERT_EQUAL(fx->n_events, 0);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL_FATAL(fx->n_events, 1);
	CU_ASSERT_EQUAL(fx->events[0].u.neigh.addr.ip4, pg_addr(R1));
	fx_free(fx);
}

/* The one entry whose packets have waited longest is asked for more: it makes room for itself. */
static void
neighbour_that_waits_longest_makes_room_for_its_own_packet(void)
{
	struct fx *fx = fx_new();
	struct cgn_evt asked = { 0 };

	fx->single_worker = true;
	fx->conf.nat.icmp_errors_per_s = 1000000;
	fx_start(fx);
	fx->no_resolve = true;
	for (uint32_t i = 0; i < CGN_NEIGH_HELD_MAX; i++) {
		expired_from_slowly(fx, i);
		if (i == 0)
			asked = fx->events[0];
	}
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_OWN_TX_LOST), 0);
	expired_from(fx, 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_OWN_TX_LOST), 1);
	fx->any_mac = true;
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	fx_free(fx);
}

/* All fragments of a datagram wait, or some do, but it is counted once. */
static void
fragments_wait_for_their_next_hop(void)
{
	struct fx *fx = fx_new();
	struct cgn_evt asked;

	fx->ports[FX_OUTSIDE].mtu = 1000;
	fx_start(fx);
	fx->no_resolve = true;
	fx_inside(fx, pg_udp(fx->mp, H1, 5000, P1, 53, 1400));
	CU_ASSERT_EQUAL(fx->n_out, 0);
	asked = fx->events[0];
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_HELD_NEIGH), 1);
	neighbour(fx, CGN_CMD_NEIGH_SET, &asked, gateway_mac);
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_TRUE(fx_has_pattern(fx, 1400, 0));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_OUT), 1);
	fx_free(fx);
}

/* What still waits when cgnd stops is counted; fx_free() checks the sum and the buffers. */
static void
packets_that_wait_at_the_end_are_counted(void)
{
	struct fx *fx = new_unresolved();

	fx_udp_out(fx, H1, 5000, P1, 53);
	fx_udp_out(fx, H2, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(packets_wait_for_their_next_hop),
	CU_TEST_ROW(queue_of_a_next_hop_is_bounded),
	CU_TEST_ROW(next_hop_that_does_not_answer_drops_what_waits),
	CU_TEST_ROW(more_hosts_of_a_link_than_fit_may_come_and_go),
	CU_TEST_ROW(unanswered_question_is_repeated),
	CU_TEST_ROW(changed_neighbour_is_used_at_once),
	CU_TEST_ROW(own_packets_wait_for_their_next_hop),
	CU_TEST_ROW(forged_neighbours_keep_nobodys_packets_out),
	CU_TEST_ROW(packet_that_makes_room_is_counted),
	CU_TEST_ROW(invented_neighbours_leave_no_entry),
	CU_TEST_ROW(packets_do_not_wait_for_ever),
	CU_TEST_ROW(invented_neighbours_make_few_questions),
	CU_TEST_ROW(neighbour_that_waits_longest_makes_room_for_its_own_packet),
	CU_TEST_ROW(fragments_wait_for_their_next_hop),
	CU_TEST_ROW(packets_that_wait_at_the_end_are_counted),
};

CU_MAIN("scn_neighbour", tests)
