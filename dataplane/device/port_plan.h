/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_PLAN_H
#define CGN_PORT_PLAN_H

/**
 * @file
 * How to use a device: queues, steering, offloads. A pure function of the device's capabilities and of what
 * is needed, so that it can be tested without NICs.
 *
 * Correctness never depends on steering: the worker that receives a packet checks its owner and hands it
 * over if need be. Steering only saves that step.
 */

#include "shared/addr.h"
#include "shared/limits.h"
#include "shared/planes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Octets around an IP packet that a port must accept: Ethernet header and two VLAN tags. */
#define CGN_PORT_PLAN_L2 (14 + 2 * 4)

/** Octets that an ordinary packet buffer holds behind its headroom. */
#define CGN_PORT_PLAN_ROOM 2048

/** Octets of a packet socket's ring frame in front of the packet, rounded up. */
#define CGN_PORT_PLAN_TPACKET 80

/**
 * Smallest ring frame of a packet socket, octets. In a fan-out group, which net_af_packet always makes, the
 * kernel reassembles fragments first. Datagrams longer than a ring frame are lost.
 */
#define CGN_PORT_PLAN_DATAGRAM 8192

/** Largest indirection table that is supported. */
#define CGN_PORT_PLAN_RETA_MAX 4096

/** Most rte_flow rules tried: what common NICs hold in their exact-match tables. */
#define CGN_PORT_PLAN_RULES 4096

/** Capabilities of a device, as announced and as known of its driver. */
struct cgn_port_caps {
	uint16_t max_rxq;
	uint16_t max_txq;
	bool queues_fixed; /* the device's arguments fix the number; each receives, so each must be polled */
	bool queues_equal; /* wants as many rx queues as tx queues */
	bool copies;       /* its descriptors hold no packet buffers */
	bool is_socket;    /* packet socket: see CGN_PORT_PLAN_DATAGRAM */
	bool is_interface; /* takes the packets of a kernel interface and does not know its state */
	bool mtu_outside;  /* takes the MTU of its interface, whatever it announces */
	bool is_umem;      /* shares the buffer pool with the kernel: see packet_pool.h */
	bool has_dma;      /* reads and writes packet buffers itself */
	bool has_flow;     /* rte_flow */
	uint16_t min_mtu;
	uint16_t max_mtu;
	uint32_t max_frame; /* octets */
	uint16_t reta_size;
	uint8_t key_size;     /* octets of an RSS key; 0: any */
	uint64_t rss;         /* RTE_ETH_RSS_* */
	uint64_t rx_offloads; /* RTE_ETH_RX_OFFLOAD_* */
	uint64_t tx_offloads; /* RTE_ETH_TX_OFFLOAD_* */
};

/** What is needed of a device. */
struct cgn_port_need {
	unsigned int n_workers;
	unsigned int index; /* of the port: ports are polled by the workers in turn */
	enum cgn_side side;
	uint16_t mtu; /* octets of an IP packet */
	size_t n_dst; /* outside: pool addresses, each a rule */
};

/** How a device is used. */
struct cgn_port_plan {
	enum cgn_steering steering;
	uint16_t n_rxq;
	uint16_t n_txq;            /* worker w sends by queue w, or through the worker w % n_txq */
	unsigned int first_worker; /* polls rx queue 0; the next one queue 1, and so on */
	uint16_t mtu;              /* to configure */
	uint32_t room;             /* octets that a packet buffer must hold behind its headroom */
	uint64_t rss;
	uint64_t rx_offloads;
	uint64_t tx_offloads;
};

/**
 * Make the plan.
 *
 * @return
 *   - 0
 *   - -ERANGE: the device does not take packets of this MTU
 *   - -ENOTSUP: no queue to receive or to send by
 */
int cgn_port_plan_make(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need);

/** Change a plan to one without steering, for a device that refuses the rules. */
void cgn_port_plan_unsteered(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need);

/** Largest MTU the device takes. */
uint32_t cgn_port_plan_mtu_max(const struct cgn_port_caps *caps);

/** Octets of the ring frames of a packet socket for an MTU: a power of two, as its blocks are. */
uint32_t cgn_port_plan_ring_frame(uint16_t mtu);

/** The worker that polls an rx queue. */
static inline unsigned int
cgn_port_plan_worker(const struct cgn_port_plan *plan, uint16_t queue, unsigned int n_workers)
{
	return (plan->first_worker + queue) % n_workers;
}

#endif /* CGN_PORT_PLAN_H */
