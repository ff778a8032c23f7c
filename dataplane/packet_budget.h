/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PACKET_BUDGET_H
#define CGN_PACKET_BUDGET_H

/**
 * @file
 * How many packet buffers the control thread needs for what it sends.
 *
 * A buffer is free again when a device has sent the packet, and a device may keep what it has sent until its
 * descriptor is used again: on a quiet link that is for ever. A pool that is smaller than all that can keep
 * its buffers runs dry, and then cgnd answers no ARP request.
 *
 * Threads: any; pure.
 */

/** What can keep buffers of the control thread. */
struct cgn_packet_budget {
	unsigned int n_workers;
	unsigned int n_ports;
	unsigned int n_inject;   /* elements of the ring from the control thread to worker 0 */
	unsigned int n_handover; /* elements of a ring from worker to worker; 0: one worker */
	unsigned int n_txd;      /* tx descriptors that keep buffers, over all ports and queues */
};

/**
 * Buffers that the control thread's pool must have, so that the ring to worker 0 can be filled whatever
 * else keeps buffers. The pool must have no caches, since each lcore's would keep some.
 *
 * Counted is one buffer for each packet. Only answers to very large echo requests take more, which are
 * limited by rate and wait for no neighbour.
 */
unsigned int cgn_packet_budget_control(const struct cgn_packet_budget *b);

#endif /* CGN_PACKET_BUDGET_H */
