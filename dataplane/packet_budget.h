/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PACKET_BUDGET_H
#define CGN_PACKET_BUDGET_H

/**
 * @file
 * Number of packet buffers that the control thread needs for what it sends.
 *
 * A buffer is free again when a device has sent the packet, but a device may keep a sent packet until its
 * descriptor is used again: on a quiet link for ever. A pool smaller than everything that can keep its
 * buffers runs dry, and then cgnd answers no ARP request.
 *
 * Threads: any; pure.
 */

/** Everything that can keep buffers of the control thread. */
struct cgn_packet_budget {
	unsigned int n_workers;
	unsigned int n_ports;
	unsigned int n_inject;   /* elements of the ring from the control thread to worker 0 */
	unsigned int n_handover; /* elements of a ring from worker to worker; 0: one worker */
	unsigned int n_txd;      /* tx descriptors that keep buffers, over all ports and queues */
};

/**
 * Buffers that the control thread's pool must have, so that the ring to worker 0 can be filled whatever
 * else keeps buffers. The pool must have no caches, because each lcore's cache would keep some.
 *
 * One buffer is counted per packet. Only answers to very large echo requests take more; they are rate
 * limited and wait for no neighbour.
 */
unsigned int cgn_packet_budget_control(const struct cgn_packet_budget *b);

#endif /* CGN_PACKET_BUDGET_H */
