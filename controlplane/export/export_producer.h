/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_PRODUCER_H
#define CGN_EXPORT_PRODUCER_H

/**
 * @file
 * Numbers of the producers of records: the workers have theirs, from 0 on. The others follow.
 */

#include <stdint.h>

/** The control thread. */
static inline uint16_t
cgn_export_producer_control(unsigned int n_workers)
{
	return (uint16_t)n_workers;
}

/** The exporter. */
static inline uint16_t
cgn_export_producer_self(unsigned int n_workers)
{
	return (uint16_t)(n_workers + 1);
}

/** How many there are. */
static inline unsigned int
cgn_export_producer_count(unsigned int n_workers)
{
	return n_workers + 2;
}

#endif /* CGN_EXPORT_PRODUCER_H */
