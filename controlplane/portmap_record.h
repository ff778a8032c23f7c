/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORTMAP_RECORD_H
#define CGN_PORTMAP_RECORD_H

/**
 * @file
 * Records of leases: who has opened a port, by which protocol, and for how long.
 *
 * The remote endpoint of the opcode PEER is never recorded (RFC 6888 REQ-12).
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/leasetable.h"
#include "shared/record_door.h"

/** What the table of leases does not know about a client. */
struct cgn_portmap_record {
	const struct cgn_ip6 *b4; /* address of its B4; NULL: not behind a softwire */
	const char *peer;         /* identity of the authenticated peer; NULL: there is none */
};

/** Record an event of a lease. If there is no memory, the record lacks what is large. */
void cgn_portmap_record_put(struct cgn_record_door *d, const struct cgn_leasetable_lease *x,
		const struct cgn_portmap_record *who, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms);

#endif /* CGN_PORTMAP_RECORD_H */
