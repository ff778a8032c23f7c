/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_QUEUE_H
#define CGN_QUEUE_H

/**
 * @file
 * Queues of sessions that can be evicted. When a subscriber or the table has no room, the oldest session of
 * a queue is evicted.
 *
 * Only sessions that a remote host opened can be evicted, and only two kinds of them:
 *
 * - Unproven ones. A remote host proves its source address when it acknowledges the SYN-ACK of the inside
 *   host. A sender that forges the address does not see the sequence number of the SYN-ACK. An unproven
 *   session does not hold its mapping (as in a SYN cache).
 * - Closed ones. The inside host has sent its FIN, or one end has reset the connection.
 *
 * A session is in the queues of at most one kind. All other sessions stay until their timer ends. Mappings
 * are never evicted (RFC 6888 REQ-11 D). That rule does not cover sessions.
 *
 * Threads: single owner.
 */

#include <stdint.h>

/** A queue of sessions, by their index in the table; 0: none. */
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
