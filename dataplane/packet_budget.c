/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Numbers of packet buffers.
 */
#include "dataplane/packet_budget.h"

#include "dataplane/link/neigh.h"
#include "shared/limits.h"

#define LOOP_MBUFS (8 * CGN_BURST) /* packets that a worker processes, and answers it makes */

unsigned int
cgn_packet_budget_workers(const struct cgn_packet_budget *b, const struct cgn_conf *conf)
{
	const struct cgn_conf_nat *nat = &conf->nat;
	/* One worker's fragments: of IPv4, of IPv6 in softwires, of IPv6 to the host. */
	unsigned int fragments = nat->fragments_max;
	unsigned int n = b->n_rings + b->n_devices;

	if (conf->softwire.role != CGN_SOFTWIRE_OFF)
		fragments += nat->fragments_max;
	if (conf->host.is_on)
		fragments += CGN_FRAGMENTS6_MAX;
	n += b->n_workers * (fragments + nat->syn_hold_max + CGN_NEIGH_HELD_MAX + LOOP_MBUFS);
	/* a worker has a kept and a new burst of each of its queues */
	n += b->n_workers * b->n_ports * 2 * CGN_BURST;
	/* a cache is flushed when it exceeds its size by half */
	return n + (b->n_workers + 1) * CGN_PACKET_BUDGET_CACHE * 3 / 2;
}

unsigned int
cgn_packet_budget_control(const struct cgn_packet_budget *b)
{
	/* Each worker may hold packets for unknown neighbours, and one burst for each port. The hand-over
	 * queue of worker 0 (one burst) and the ring to one other worker may be full. */
	unsigned int per_worker = CGN_NEIGH_HELD_MAX + b->n_ports * CGN_BURST + CGN_BURST;

	return b->n_inject + b->n_workers * per_worker + b->n_handover + b->n_txd;
}
