/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Number of packet buffers of the control thread.
 */
#include "dataplane/packet_budget.h"

#include "dataplane/link/neigh.h"
#include "shared/limits.h"

unsigned int
cgn_packet_budget_control(const struct cgn_packet_budget *b)
{
	/* Each worker may hold packets for unknown neighbours, and one burst for each port. The hand-over
	 * queue of worker 0 (one burst) and the ring to one other worker may be full. */
	unsigned int per_worker = CGN_NEIGH_HELD_MAX + b->n_ports * CGN_BURST + CGN_BURST;

	return b->n_inject + b->n_workers * per_worker + b->n_handover + b->n_txd;
}
