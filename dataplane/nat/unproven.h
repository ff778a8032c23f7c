/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_UNPROVEN_H
#define CGN_UNPROVEN_H

/**
 * @file
 * Sessions that a stranger began and that prove nothing yet, in the order in which they came.
 *
 * A host outside proves that it has the address it sends from when it acknowledges the SYN-ACK of the
 * inside host: whoever forges the address does not see that number. Until then the session holds no
 * mapping, and it is the first to go when its subscriber or the table has no room (as in a SYN cache).
 * Mappings are never evicted (RFC 6888 REQ-11 D); a session is no mapping.
 *
 * Threads: single owner.
 */

#include <stdint.h>

/** A queue of sessions of a table; 0: none. */
struct cgn_unproven {
	uint32_t oldest;
	uint32_t newest;
	uint32_t n;
};

/** Neighbours of a session in a queue; 0: none. */
struct cgn_unproven_link {
	uint32_t older;
	uint32_t newer;
};

#endif /* CGN_UNPROVEN_H */
