/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_PLAN_H
#define CGN_PORT_PLAN_H

/**
 * @file
 * How to use a device: queues, steering, offloads. The plan depends only on the device's capabilities and
 * on what is needed, so it can be tested without NICs.
 *
 * Correctness never depends on steering. The worker that receives a packet finds the owner of the packet
 * and hands the packet over if necessary. Steering only saves the hand-over.
 */

#include "shared/addr.h"
#include "shared/limits.h"
#include "shared/planes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Octets in front of an IP packet that a port must accept: Ethernet header and two VLAN tags. */
#define CGN_PORT_PLAN_L2 (14 + 2 * 4)

/** Octets that an ordinary packet buffer holds behind its headroom. */
#define CGN_PORT_PLAN_ROOM 2048

/** Descriptors of a queue. At 10 Gbit/s they bridge 70 us of minimum-size packets. */
#define CGN_PORT_PLAN_DESCRIPTORS 1024

/**
 * Buffers that a queue pair of net_af_xdp holds besides its descriptors: those waiting to be filled, and those that are
 * sent and not yet returned.
 */
#define CGN_PORT_PLAN_UMEM (2048u + 2048u)

/** Octets in front of the packet in a ring frame of a packet socket, rounded up. */
#define CGN_PORT_PLAN_TPACKET 80

/**
 * Smallest ring frame of a packet socket, in octets. net_af_packet always makes a fan-out group, and for
 * such a group the kernel reassembles fragments first. A datagram that is longer than a ring frame is lost.
 */
#define CGN_PORT_PLAN_DATAGRAM 8192

/** Largest indirection table that is supported. */
#define CGN_PORT_PLAN_RETA_MAX 4096

/** Most rte_flow rules that are tried: common NICs can hold so many in their exact-match tables. */
#define CGN_PORT_PLAN_RULES 4096

/** Capabilities of a device: those that it announces, and those that are known of its driver. */
struct cgn_port_caps {
	uint16_t max_rxq;
	uint16_t max_txq;
	bool queues_fixed; /* the device's arguments fix the number of queues; all must be polled */
	bool queues_equal; /* needs as many rx queues as tx queues */
	bool copies;       /* its descriptors hold no packet buffers */
	bool is_socket;    /* packet socket: see CGN_PORT_PLAN_DATAGRAM */
	bool is_interface; /* takes the packets of a kernel interface but does not tell its state */
	bool mtu_outside;  /* takes packets up to its interface's MTU, whatever it announces */
	bool is_umem;      /* shares the buffer pool with the kernel: see packet_pool.h */
	uint16_t memif_slots; /* see cgn_port_plan_memif_slots() */
	bool has_dma; /* it, or the process at its other end, reads and writes packet buffers itself */
	bool has_flow; /* rte_flow */
	uint16_t min_mtu;
	uint16_t max_mtu;
	uint32_t max_frame; /* octets */
	uint16_t reta_size;
	uint8_t key_size;     /* octets of an RSS key; 0: any */
	uint64_t rss;         /* RTE_ETH_RSS_* */
	uint64_t rx_offloads; /* RTE_ETH_RX_OFFLOAD_* */
	uint64_t tx_offloads; /* RTE_ETH_TX_OFFLOAD_* */
};

/**
 * Properties that a driver does not announce: see struct cgn_port_caps. The kernel or the driver itself reads and writes
 * the packet buffers of these drivers. Of any other driver it is not known.
 */
struct cgn_port_quirk {
	const char *driver;
	bool queues_fixed;
	bool queues_equal;
	bool copies;
	bool is_socket;
	bool mtu_outside;
	bool is_umem;
	bool is_interface;
};

/**
 * Find the properties of a driver.
 *
 * @param device  name of the driver, or device of a port such as "net_tap0,iface=tap0"
 * @return NULL: it has none
 */
const struct cgn_port_quirk *cgn_port_plan_quirk(const char *device);

/**
 * Slots of each ring of a memif with zero-copy. A slot holds a packet buffer until the peer has taken the packet or has
 * filled the buffer.
 *
 * @param args  arguments of net_memif, such as "role=client,zero-copy=yes,rsize=12"
 * @return 0: this memif copies packets
 */
uint16_t cgn_port_plan_memif_slots(const char *args);

/** What a port needs of its device. */
struct cgn_port_need {
	unsigned int n_workers;
	unsigned int index; /* index of the port: the workers poll the ports in turn */
	enum cgn_side side;
	uint16_t mtu; /* octets of an IP packet */
	size_t n_dst; /* outside: number of pool addresses; each needs a rule */
};

/** How a device is used. */
struct cgn_port_plan {
	enum cgn_steering steering;
	uint16_t n_rxq;
	uint16_t n_txq;            /* worker w sends by queue w, or through worker w % n_txq */
	unsigned int first_worker; /* worker that polls rx queue 0; the next worker polls queue 1, ... */
	uint16_t mtu;              /* MTU to configure */
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
 *   - -ENOTSUP: the device has no queue to receive or no queue to send
 */
int cgn_port_plan_make(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need);

/** Change a plan to a plan without steering, for a device that refuses the steering rules. */
void cgn_port_plan_unsteered(struct cgn_port_plan *plan, const struct cgn_port_caps *caps,
		const struct cgn_port_need *need);

/** Largest MTU that the device takes. */
uint32_t cgn_port_plan_mtu_max(const struct cgn_port_caps *caps);

/**
 * Whether a port that was planned for one MTU can take packets of another one: its packet buffers are large enough.
 */
bool cgn_port_plan_fits(
		const struct cgn_port_plan *plan, const struct cgn_port_caps *caps, uint16_t mtu);

/** The largest MTU that fits. */
uint16_t cgn_port_plan_largest(const struct cgn_port_plan *plan, const struct cgn_port_caps *caps);

/**
 * Octets of the ring frames of a packet socket for an MTU. It is a power of two, like the size of the
 * ring's blocks.
 */
uint32_t cgn_port_plan_ring_frame(uint16_t mtu);

/** The worker that polls an rx queue. */
static inline unsigned int
cgn_port_plan_worker(const struct cgn_port_plan *plan, uint16_t queue, unsigned int n_workers)
{
	return (plan->first_worker + queue) % n_workers;
}

#endif /* CGN_PORT_PLAN_H */
