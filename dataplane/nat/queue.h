/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_QUEUE_H
#define CGN_QUEUE_H

/**
 * @file
 * Queues of sessions that are evicted when their subscriber or the table has no room, oldest first.
 *
 * Two kinds of sessions that a host outside opened can be evicted:
 *
 * - Unproven ones. A host outside proves its source address when it acknowledges the SYN-ACK of the inside
 *   host: whoever forges the address does not see that number. Until then the session does not hold its
 *   mapping (as in a SYN cache).
 * - Closed ones. The inside host has sent its FIN, or one end has reset the connection.
 *
 * A session is in at most one kind of queue. All other sessions stay until their timer ends. Mappings are
 * never evicted (RFC 6888 REQ-11 D); a session is not a mapping.
 *
 * Threads: single owner.
 */

#include <stdint.h>

/** A queue of sessions of a table; 0: none. */
struct cgn_queue {
	uint32_t oldest;
	uint32_t newest;
	uint32_t n;
};

/** Neighbours of a session in a queue; 0: none. */
struct cgn_queue_link {
	uint32_t older;
	uint32_t newer;
};

#endif /* CGN_QUEUE_H */
