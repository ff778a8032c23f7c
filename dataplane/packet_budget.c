/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/packet_budget.h"

#include "dataplane/link/neigh.h"
#include "shared/limits.h"

unsigned int
cgn_packet_budget_control(const struct cgn_packet_budget *b)
{
	/* Each worker holds packets for neighbours that it does not know yet, and gathers a burst for each
	 * port. Worker 0 and the ring to one other worker may be full of packets to be handed over. */
	unsigned int per_worker = CGN_NEIGH_HELD_MAX + b->n_ports * CGN_BURST + CGN_BURST;

	return b->n_inject + b->n_workers * per_worker + b->n_handover + b->n_txd;
}
