/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_ROW_H
#define CGN_SUBSCRIBER_ROW_H

/**
 * @file
 * Ports in a row, for sets of leases (RFC 7753).
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"

/**
 * Find ports in a row for the leases of one subscriber, in one of its blocks or in a new one. They are not marked used:
 * the caller claims each of them.
 *
 * @param max        ports that are wanted
 * @param mask       CGN_BLOCK_ANY, _EVEN or _ODD: the first port
 * @param[out] port  the first one, host order
 * @return length of the row, 0 to @p max
 */
unsigned int cgn_subscriber_row_find(struct cgn_subscribers *s, uint32_t sub, unsigned int max,
		uint64_t mask, uint16_t *port);

#endif /* CGN_SUBSCRIBER_ROW_H */
