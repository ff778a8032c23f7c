/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The plan for a device: number of queues, steering, offloads and buffer size.
 */
#include "dataplane/device/port_plan.h"

#include "dataplane/device/steer.h"
#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>

/* The size of a ring of net_memif is 2 to this power (its argument rsize). */
#define MEMIF_RING_DEFAULT 10ul
#define MEMIF_RING_MAX     14ul

#define RSS_SRC            (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_L3_SRC_ONLY)

static const struct cgn_port_quirk quirks[] = {
	{ "net_af_packet", .queues_fixed = true, .copies = true, .is_socket = true,
			.mtu_outside = true, .is_interface = true },
	{ "net_af_xdp", .queues_fixed = true, .is_umem = true, .is_interface = true },
	{ "net_memif", .copies = true, .mtu_outside = true },
	{ "net_null", .copies = true },
	{ "net_pcap", .queues_fixed = true, .copies = true, .is_interface = true },
	{ "net_ring", .queues_fixed = true },
	{ "net_tap", .queues_equal = true },
};

const struct cgn_port_quirk *
cgn_port_plan_quirk(const char *device)
{
	size_t name = strcspn(device, "0123456789,");

	for (unsigned int i = 0; i < RTE_DIM(quirks); i++) {
		if (strlen(quirks[i].driver) == name && memcmp(quirks[i].driver, device, name) == 0)
			return &quirks[i];
	}
	return NULL;
}

static int
read_is_yes(const char *key, const char *value, void *is_yes)
{
	(void)key;
	*(bool *)is_yes = value != NULL && strcmp(value, "yes") == 0;
	return 0;
}

/* The driver refuses values that are out of range, and the port with them. */
static int
read_exponent(const char *key, const char *value, void *exponent)
{
	(void)key;
	*(unsigned long *)exponent = value == NULL ? 0 : strtoul(value, NULL, 10);
	return 0;
}

uint16_t
cgn_port_plan_memif_slots(const char *args)
{
	unsigned long exponent = MEMIF_RING_DEFAULT;
	struct rte_kvargs *list = rte_kvargs_parse(args, NULL);
	bool is_zero_copy = false;

	if (list == NULL)
		return 0;
	rte_kvargs_process(list, "zero-copy", read_is_yes, &is_zero_copy);
	rte_kvargs_process(list, "rsize", read_exponent, &exponent);
	rte_kvargs_free(list);
	return (uint16_t)(is_zero_copy ? 1u << RTE_MIN(exponent, MEMIF_RING_MAX) : 0);
}

static uint16_t
min16(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

/* A driver without an MTU announces a frame length instead: the packet plus Ethernet header and CRC. */
uint32_t
cgn_port_plan_mtu_max(const struct cgn_port_caps *caps)
{
	uint32_t l2 = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	uint32_t by_frame = caps->max_frame > l2 ? caps->max_frame - l2 : 0;

	return caps->mtu_outside ? CGN_MTU_MAX : RTE_MIN(by_frame, (uint32_t)caps->max_mtu);
}

/* Whether the device can steer by the hash of cgn_steer: its indirection table must be a multiple of that
 * table, and its key must hold that key. */
static bool
can_hash_source(const struct cgn_port_caps *caps)
{
	return (caps->rss & RSS_SRC) == RSS_SRC && caps->reta_size >= CGN_STEER_RETA &&
			caps->reta_size <= CGN_PORT_PLAN_RETA_MAX &&
			caps->reta_size % CGN_STEER_RETA == 0 &&
			(caps->key_size == 0 || caps->key_size >= CGN_STEER_KEY);
}

static enum cgn_steering
choose_steering(const struct cgn_port_caps *caps, const struct cgn_port_need *need)
{
	if (need->n_workers == 1)
		return CGN_STEER_SINGLE;
	/* Steering needs as many rx queues as workers, which these devices cannot be given. */
	if (caps->queues_fixed || caps->queues_equal || caps->max_rxq < need->n_workers)
		return CGN_STEER_HANDOVER;
	if (need->side == CGN_SIDE_INSIDE && can_hash_source(caps))
		return CGN_STEER_RSS_SRC;
	if (need->side == CGN_SIDE_OUTSIDE && caps->has_flow && need->n_dst > 0 &&
			need->n_dst <= CGN_PORT_PLAN_RULES)
		return CGN_STEER_FLOW;
	return CGN_STEER_HANDOVER;
}

void
cgn_port_plan_unsteered(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need)
{
	plan->steering = need->n_workers == 1 ? CGN_STEER_SINGLE : CGN_STEER_HANDOVER;
	plan->rss = 0;
	plan->n_rxq = 1;
	if (caps->queues_fixed)
		plan->n_rxq = caps->max_rxq;
	else if (caps->queues_equal)
		plan->n_rxq = plan->n_txq;
	/* Ports with few queues begin with different workers, so that not all packets arrive at worker
	 * 0. */
	plan->first_worker = need->index % need->n_workers;
}

static void
plan_queues(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need)
{
	uint16_t n_workers = (uint16_t)need->n_workers;

	plan->n_txq = min16(n_workers, caps->max_txq);
	if (caps->queues_equal)
		plan->n_txq = min16(plan->n_txq, caps->max_rxq);
	cgn_port_plan_unsteered(plan, caps, need);
	plan->steering = choose_steering(caps, need);
	if (plan->steering == CGN_STEER_RSS_SRC || plan->steering == CGN_STEER_FLOW) {
		/* The tables and rules say "queue N" and mean "worker N". */
		plan->n_rxq = n_workers;
		plan->first_worker = 0;
	}
	if (plan->steering == CGN_STEER_RSS_SRC)
		plan->rss = RSS_SRC;
}

uint32_t
cgn_port_plan_ring_frame(uint16_t mtu)
{
	uint32_t frame = (uint32_t)mtu + CGN_PORT_PLAN_L2 + CGN_PORT_PLAN_TPACKET;

	return RTE_MAX(rte_align32pow2(frame), (uint32_t)CGN_PORT_PLAN_DATAGRAM);
}

/* A frame larger than a buffer is scattered over several if the device can do that; otherwise buffers get
 * larger. net_af_packet needs buffers for its whole ring frame. */
static void
plan_buffers(struct cgn_port_plan *plan, const struct cgn_port_caps *caps, uint16_t mtu)
{
	uint32_t frame = (uint32_t)mtu + CGN_PORT_PLAN_L2;

	plan->room = CGN_PORT_PLAN_ROOM;
	if (caps->is_socket)
		plan->room = cgn_port_plan_ring_frame(mtu);
	else if (frame <= CGN_PORT_PLAN_ROOM)
		return;
	else if ((caps->rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0)
		plan->rx_offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	else
		plan->room = rte_align32pow2(frame);
}

bool
cgn_port_plan_fits(const struct cgn_port_plan *plan, const struct cgn_port_caps *caps, uint16_t mtu)
{
	struct cgn_port_plan other = { 0 };

	if (mtu < caps->min_mtu || mtu > cgn_port_plan_mtu_max(caps))
		return false;
	plan_buffers(&other, caps, mtu);
	return other.room <= plan->room && (other.rx_offloads & ~plan->rx_offloads) == 0;
}

uint16_t
cgn_port_plan_largest(const struct cgn_port_plan *plan, const struct cgn_port_caps *caps)
{
	uint32_t mtu = cgn_port_plan_mtu_max(caps);

	while (mtu > caps->min_mtu && !cgn_port_plan_fits(plan, caps, (uint16_t)mtu))
		mtu--;
	return (uint16_t)mtu;
}

int
cgn_port_plan_make(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need)
{
	if (caps->max_rxq == 0 || caps->max_txq == 0)
		return -ENOTSUP;
	if (need->mtu < caps->min_mtu || need->mtu > cgn_port_plan_mtu_max(caps))
		return -ERANGE;
	*plan = (struct cgn_port_plan){
		.mtu = caps->mtu_outside ? min16(need->mtu, RTE_ETHER_MTU) : need->mtu,
		.rx_offloads = caps->rx_offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM,
		.tx_offloads = caps->tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	};
	plan_queues(plan, caps, need);
	plan_buffers(plan, caps, need->mtu);
	return 0;
}
