/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PACKET_BUDGET_H
#define CGN_PACKET_BUDGET_H

/**
 * @file
 * Numbers of packet buffers that the workers and the control thread need.
 *
 * The control thread has a pool of its own. A device may keep the buffer of a sent packet until its descriptor is used
 * again. On a quiet link that can take for ever. If this pool has fewer buffers than can be kept in this way, it becomes
 * empty, and cgnd can no longer answer ARP requests.
 *
 * Threads: any; pure.
 */

#include "shared/conf.h"

/** Packet buffers that each lcore may keep for itself. */
#define CGN_PACKET_BUDGET_CACHE 256u

/** Everything that can keep packet buffers. */
struct cgn_packet_budget {
	unsigned int n_workers;
	unsigned int n_ports;
	unsigned int n_inject;   /* elements of the ring from the control thread to worker 0 */
	unsigned int n_handover; /* elements of a ring from worker to worker; 0: one worker */
	unsigned int n_txd;      /* tx descriptors that keep buffers, over all ports and queues */
	unsigned int n_rings;    /* elements of all rings but n_inject: cgn_queues_mbufs() */
	unsigned int n_devices;  /* buffers that the devices keep, those of n_txd included */
};

/** Number of buffers that the pool of the workers must have. */
unsigned int
cgn_packet_budget_workers(const struct cgn_packet_budget *b, const struct cgn_conf *conf);

/**
 * Number of buffers that the control thread's pool must have, so that the ring to worker 0 can be filled
 * even if all other places keep as many buffers as they can. The pool must have no caches, because the
 * cache of each lcore would keep buffers too.
 *
 * One buffer is counted per packet. Only answers to very large echo requests take more. These answers are
 * rate limited and do not wait for a neighbour.
 */
unsigned int cgn_packet_budget_control(const struct cgn_packet_budget *b);

#endif /* CGN_PACKET_BUDGET_H */
