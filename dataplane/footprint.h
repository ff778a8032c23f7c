/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FOOTPRINT_H
#define CGN_FOOTPRINT_H

/**
 * @file
 * How much memory the data plane of a configuration takes, told without making it.
 *
 * The sizes are those of the structures, and the numbers those of packet_budget.h and nat/capacity.h, by which the data
 * plane is made. A NIC is taken to have a queue for each worker, and a worker an equal part of the addresses.
 *
 * Threads: any; pure.
 */

#include "shared/conf.h"

#include <stddef.h>
#include <stdint.h>

/** Octets, of all workers together unless said otherwise. */
struct cgn_footprint {
	unsigned int n_workers;
	unsigned int n_buffers; /* packet buffers, those of the control thread included */
	size_t buffers;         /* packet buffers */
	size_t heap;    /* what is in the memory of EAL beside packet buffers: hashes, rings */
	size_t full;    /* all tables with all entries: what prefault commits */
	size_t mapping; /* a mapping with its share of the index by the inside endpoint */
	size_t address; /* an external address with ports in use */
	size_t held;    /* a port in hold-down */
	size_t session; /* a further session: a TCP remote or a filter entry */
};

/** Compute all of it. @param n_workers  1 to CGN_WORKERS_MAX, in place of that of the configuration */
struct cgn_footprint cgn_footprint_of(const struct cgn_conf *conf, unsigned int n_workers);

#endif /* CGN_FOOTPRINT_H */
