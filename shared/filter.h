/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FILTER_H
#define CGN_FILTER_H

/**
 * @file
 * A filter of a lease: remote hosts whose packets may come in. A lease without filters is open to all hosts. Once it has
 * filters, a packet needs one that it matches.
 *
 * Source:  RFC 6887 section 13.3.
 */

#include "shared/addr.h"

/** Most filters of one lease: as many as fit into a request of PCP. */
#define CGN_FILTERS_MAX 43

/** Remote hosts, and the port that they send from. Network order. It can be compared and stored as bytes. */
struct cgn_filter {
	rte_be32_t addr; /* bits behind the prefix are 0 */
	rte_be16_t port; /* 0: all ports */
	uint8_t len;     /* of the prefix, 0 to 32 */
	uint8_t pad;     /* always 0 */
};
static_assert(sizeof(struct cgn_filter) == 8, "no padding: compared and stored as bytes");

#endif /* CGN_FILTER_H */
