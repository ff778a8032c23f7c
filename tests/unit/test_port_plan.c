/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/port_plan.h"
#include "tests/support/cu.h"

#include <errno.h>

#include <rte_ethdev.h>

/* A NIC that can do everything. */
static const struct cgn_port_caps nic = {
	.max_rxq = 128,
	.max_txq = 128,
	.has_flow = true,
	.min_mtu = 68,
	.max_mtu = 9702,
	.max_frame = 9728,
	.reta_size = 512,
	.key_size = 52,
	.rss = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_IPV6,
	.rx_offloads = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_SCATTER |
			RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	.tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
};

/* net_af_packet with one queue pair, as it announces itself. */
static const struct cgn_port_caps packet_socket = {
	.max_rxq = 1,
	.max_txq = 1,
	.queues_fixed = true,
	.is_socket = true,
	.mtu_outside = true,
	.min_mtu = 46,
	.max_mtu = UINT16_MAX,
	.max_frame = 1518,
	.rx_offloads = RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	.tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
};

static struct cgn_port_need
need(unsigned int n_workers, enum cgn_side side)
{
	return (struct cgn_port_need){
		.n_workers = n_workers,
		.index = 1,
		.side = side,
		.mtu = 1500,
		.n_dst = 16,
	};
}

static struct cgn_port_plan
plan_of(const struct cgn_port_caps *caps, const struct cgn_port_need *n)
{
	struct cgn_port_plan plan = { 0 };

	CU_ASSERT_EQUAL_FATAL(cgn_port_plan_make(&plan, caps, n), 0);
	return plan;
}

static void
one_worker_needs_one_queue_and_no_steering(void)
{
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p = plan_of(&nic, &n);

	CU_ASSERT_EQUAL(p.steering, CGN_STEER_SINGLE);
	CU_ASSERT_EQUAL(p.n_rxq, 1);
	CU_ASSERT_EQUAL(p.n_txq, 1);
	CU_ASSERT_EQUAL(p.first_worker, 0);
	CU_ASSERT_EQUAL(p.rss, 0);
}

static void
inside_port_hashes_the_source_over_a_queue_per_worker(void)
{
	struct cgn_port_need n = need(4, CGN_SIDE_INSIDE);
	struct cgn_port_plan p = plan_of(&nic, &n);

	CU_ASSERT_EQUAL(p.steering, CGN_STEER_RSS_SRC);
	CU_ASSERT_EQUAL(p.n_rxq, 4);
	CU_ASSERT_EQUAL(p.n_txq, 4);
	CU_ASSERT_EQUAL(p.rss, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_L3_SRC_ONLY);
	for (uint16_t q = 0; q < 4; q++)
		CU_ASSERT_EQUAL(cgn_port_plan_worker(&p, q, 4), q);
}

static void
device_that_cannot_hash_the_source_alone_hands_over(void)
{
	struct cgn_port_caps bad[] = { nic, nic, nic, nic };
	struct cgn_port_need n = need(4, CGN_SIDE_INSIDE);

	bad[0].rss &= ~RTE_ETH_RSS_L3_SRC_ONLY;
	bad[1].reta_size = 64;
	bad[2].key_size = 16;
	bad[3].max_rxq = 3;
	for (unsigned int i = 0; i < 4; i++) {
		struct cgn_port_plan p = plan_of(&bad[i], &n);

		CU_ASSERT_EQUAL(p.steering, CGN_STEER_HANDOVER);
		CU_ASSERT_EQUAL(p.n_rxq, 1);
		CU_ASSERT_EQUAL(p.n_txq, 4);
		CU_ASSERT_EQUAL(p.rss, 0);
	}
}

static void
outside_port_matches_destinations_when_they_fit(void)
{
	struct cgn_port_need n = need(2, CGN_SIDE_OUTSIDE);
	struct cgn_port_plan p = plan_of(&nic, &n);

	CU_ASSERT_EQUAL(p.steering, CGN_STEER_FLOW);
	CU_ASSERT_EQUAL(p.n_rxq, 2);
	CU_ASSERT_EQUAL(p.first_worker, 0);
	n.n_dst = CGN_PORT_PLAN_RULES + 1;
	CU_ASSERT_EQUAL(plan_of(&nic, &n).steering, CGN_STEER_HANDOVER);
	n.n_dst = 0;
	CU_ASSERT_EQUAL(plan_of(&nic, &n).steering, CGN_STEER_HANDOVER);
}

static void
refused_rules_leave_one_queue_and_hand_over(void)
{
	struct cgn_port_need n = need(2, CGN_SIDE_OUTSIDE);
	struct cgn_port_plan p = plan_of(&nic, &n);

	cgn_port_plan_unsteered(&p, &nic, &n);
	CU_ASSERT_EQUAL(p.steering, CGN_STEER_HANDOVER);
	CU_ASSERT_EQUAL(p.n_rxq, 1);
	CU_ASSERT_EQUAL(p.n_txq, 2);
	CU_ASSERT_EQUAL(p.first_worker, 1);
}

static void
ports_with_one_queue_take_turns_at_the_workers(void)
{
	struct cgn_port_need n = need(3, CGN_SIDE_INSIDE);

	for (n.index = 0; n.index < 6; n.index++) {
		struct cgn_port_plan p = plan_of(&packet_socket, &n);

		CU_ASSERT_EQUAL(p.n_rxq, 1);
		CU_ASSERT_EQUAL(p.n_txq, 1);
		CU_ASSERT_EQUAL(cgn_port_plan_worker(&p, 0, 3), n.index % 3);
	}
}

static void
every_queue_given_by_device_arguments_is_polled(void)
{
	struct cgn_port_caps caps = packet_socket;
	struct cgn_port_need n = need(2, CGN_SIDE_INSIDE);
	struct cgn_port_plan p;

	caps.max_rxq = 4;
	caps.max_txq = 4;
	p = plan_of(&caps, &n);
	CU_ASSERT_EQUAL(p.n_rxq, 4);
	CU_ASSERT_EQUAL(p.n_txq, 2);
	CU_ASSERT_EQUAL(cgn_port_plan_worker(&p, 0, 2), 1);
	CU_ASSERT_EQUAL(cgn_port_plan_worker(&p, 3, 2), 0);
	n.n_workers = 1;
	CU_ASSERT_EQUAL(plan_of(&caps, &n).n_rxq, 4);
}

static void
device_that_wants_equal_queues_gets_them(void)
{
	struct cgn_port_caps tap = nic;
	struct cgn_port_need n = need(4, CGN_SIDE_INSIDE);
	struct cgn_port_plan p;

	tap.queues_equal = true;
	tap.max_rxq = 2;
	p = plan_of(&tap, &n);
	CU_ASSERT_EQUAL(p.n_rxq, 2);
	CU_ASSERT_EQUAL(p.n_txq, 2);
	CU_ASSERT_EQUAL(p.steering, CGN_STEER_HANDOVER);
}

static void
jumbo_frames_are_scattered_or_get_larger_buffers(void)
{
	struct cgn_port_caps caps = nic;
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p;

	n.mtu = 9000;
	p = plan_of(&caps, &n);
	CU_ASSERT_EQUAL(p.room, CGN_PORT_PLAN_ROOM);
	CU_ASSERT_NOT_EQUAL(p.rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER, 0);
	caps.rx_offloads &= ~RTE_ETH_RX_OFFLOAD_SCATTER;
	p = plan_of(&caps, &n);
	CU_ASSERT_EQUAL(p.room, 16384);
	CU_ASSERT_EQUAL(p.rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER, 0);
	n.mtu = 1500;
	CU_ASSERT_EQUAL(plan_of(&nic, &n).rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER, 0);
}

static void
mtu_that_the_device_does_not_take_is_refused(void)
{
	struct cgn_port_caps caps = nic;
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p = { 0 };

	caps.max_mtu = 1500;
	n.mtu = 1501;
	CU_ASSERT_EQUAL(cgn_port_plan_make(&p, &caps, &n), -ERANGE);
	caps.max_mtu = UINT16_MAX;
	caps.max_frame = 1518;
	CU_ASSERT_EQUAL(cgn_port_plan_make(&p, &caps, &n), -ERANGE);
	n.mtu = 1500;
	CU_ASSERT_EQUAL(cgn_port_plan_make(&p, &caps, &n), 0);
}

/* net_af_packet announces 1518 octets whatever its ring takes: the interface's MTU counts. */
static void
announced_frame_length_of_a_packet_socket_is_not_believed(void)
{
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p;

	n.mtu = 8000;
	p = plan_of(&packet_socket, &n);
	CU_ASSERT_EQUAL(p.mtu, 1500);
	CU_ASSERT_EQUAL(p.room, 8192);
	n.mtu = 8150;
	CU_ASSERT_EQUAL(plan_of(&packet_socket, &n).room, 16384);
}

static void
ring_frames_of_a_packet_socket_fit_the_mtu_and_the_buffers(void)
{
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);

	CU_ASSERT_EQUAL(cgn_port_plan_ring_frame(1500), 8192);
	CU_ASSERT_EQUAL(cgn_port_plan_ring_frame(9000), 16384);
	for (n.mtu = CGN_MTU_MIN; n.mtu <= CGN_MTU_MAX; n.mtu++) {
		uint32_t frame = cgn_port_plan_ring_frame(n.mtu);

		CU_ASSERT_TRUE(frame >= (uint32_t)n.mtu + CGN_PORT_PLAN_L2 + CGN_PORT_PLAN_TPACKET);
		CU_ASSERT_EQUAL(plan_of(&packet_socket, &n).room, frame);
	}
}

static void
only_useful_offloads_are_asked_for(void)
{
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p = plan_of(&nic, &n);

	CU_ASSERT_EQUAL(p.rx_offloads, RTE_ETH_RX_OFFLOAD_IPV4_CKSUM);
	CU_ASSERT_EQUAL(p.tx_offloads, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
}

static void
device_without_queues_is_refused(void)
{
	struct cgn_port_caps caps = nic;
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan p = { 0 };

	caps.max_txq = 0;
	CU_ASSERT_EQUAL(cgn_port_plan_make(&p, &caps, &n), -ENOTSUP);
}

/* N-LIVE-12: packet buffers are made once. A port that was not set up to scatter takes no larger packets later. */
static void
larger_mtu_must_fit_what_the_port_was_set_up_for(void)
{
	struct cgn_port_need n = need(1, CGN_SIDE_INSIDE);
	struct cgn_port_plan small = plan_of(&nic, &n), large;

	CU_ASSERT_TRUE(cgn_port_plan_fits(&small, &nic, 1280));
	CU_ASSERT_TRUE(cgn_port_plan_fits(&small, &nic, 2000));
	CU_ASSERT_FALSE(cgn_port_plan_fits(&small, &nic, 4000));
	n.mtu = 9000;
	large = plan_of(&nic, &n);
	CU_ASSERT_TRUE(cgn_port_plan_fits(&large, &nic, 4000));
	CU_ASSERT_TRUE(cgn_port_plan_fits(&large, &nic, 1500));
	CU_ASSERT_FALSE(cgn_port_plan_fits(&large, &nic, UINT16_MAX));
	for (unsigned int i = 0; i < 2; i++) {
		const struct cgn_port_plan *p = i == 0 ? &small : &large;
		uint16_t max = cgn_port_plan_largest(p, &nic);

		CU_ASSERT_TRUE(cgn_port_plan_fits(p, &nic, max));
		CU_ASSERT_FALSE(cgn_port_plan_fits(p, &nic, (uint16_t)(max + 1)));
	}
	CU_ASSERT_TRUE(cgn_port_plan_largest(&small, &nic) < cgn_port_plan_largest(&large, &nic));
}

static void
memif_with_zero_copy_holds_a_buffer_in_each_slot(void)
{
	static const struct {
		const char *args;
		uint16_t slots;
	} rows[] = {
		{ "role=client,zero-copy=yes,rsize=12", 4096 },
		{ "zero-copy=yes", 1024 },
		{ "rsize=14,socket=/run/a.sock,zero-copy=yes", 16384 },
		{ "role=client,rsize=12", 0 },
		{ "zero-copy=no,rsize=12", 0 },
		{ "socket=/run/zero-copy=yes.sock", 0 },
		{ "zero-copy=yes,rsize=99", 16384 },
		{ "", 0 },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		CU_ASSERT_EQUAL(cgn_port_plan_memif_slots(rows[i].args), rows[i].slots);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(one_worker_needs_one_queue_and_no_steering),
	CU_TEST_ROW(inside_port_hashes_the_source_over_a_queue_per_worker),
	CU_TEST_ROW(device_that_cannot_hash_the_source_alone_hands_over),
	CU_TEST_ROW(outside_port_matches_destinations_when_they_fit),
	CU_TEST_ROW(refused_rules_leave_one_queue_and_hand_over),
	CU_TEST_ROW(ports_with_one_queue_take_turns_at_the_workers),
	CU_TEST_ROW(every_queue_given_by_device_arguments_is_polled),
	CU_TEST_ROW(device_that_wants_equal_queues_gets_them),
	CU_TEST_ROW(jumbo_frames_are_scattered_or_get_larger_buffers),
	CU_TEST_ROW(mtu_that_the_device_does_not_take_is_refused),
	CU_TEST_ROW(announced_frame_length_of_a_packet_socket_is_not_believed),
	CU_TEST_ROW(ring_frames_of_a_packet_socket_fit_the_mtu_and_the_buffers),
	CU_TEST_ROW(only_useful_offloads_are_asked_for),
	CU_TEST_ROW(device_without_queues_is_refused),
	CU_TEST_ROW(larger_mtu_must_fit_what_the_port_was_set_up_for),
	CU_TEST_ROW(memif_with_zero_copy_holds_a_buffer_in_each_slot),
};
CU_MAIN("port_plan", tests)
