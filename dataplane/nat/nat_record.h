/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_RECORD_H
#define CGN_NAT_RECORD_H

/**
 * @file
 * The door through which the NAT tells of what is worth a record: pairings and port blocks.
 *
 * Without an export there is no door, and each of these functions is one predicted branch. They are called only when a
 * pairing or a block begins or ends, never for packets of known mappings.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/client.h"
#include "dataplane/nat/ext.h"
#include "shared/record_door.h"

/** Record a pairing: CGN_RECORD_BINDING_CREATED or _DELETED. The subscriber is paired with pub->ext_ord. */
void cgn_nat_record_write_binding(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub);

/**
 * Record a block: CGN_RECORD_BLOCK_ALLOCATED or _RELEASED.
 *
 * @param ord          ordinal of the external address
 * @param first, last  its ports, host order
 */
void cgn_nat_record_write_block(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub, uint32_t ord,
		uint16_t first, uint16_t last);

/** The same as cgn_nat_record_write_binding(), if bindings are exported. @param d  NULL: nothing is exported */
static inline void
cgn_nat_record_binding(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub)
{
	if (cgn_record_door_wants(d, CGN_RECORD_KIND_BINDINGS))
		cgn_nat_record_write_binding(d, event, ext, pub);
}

/** The same as cgn_nat_record_write_block(), if blocks are exported. @param d  NULL: nothing is exported */
static inline void
cgn_nat_record_block(struct cgn_record_door *d, enum cgn_record_event event,
		const struct cgn_ext *ext, const struct cgn_subscriber *pub, uint32_t ord,
		uint16_t first, uint16_t last)
{
	if (cgn_record_door_wants(d, CGN_RECORD_KIND_BLOCKS))
		cgn_nat_record_write_block(d, event, ext, pub, ord, first, last);
}

#endif /* CGN_NAT_RECORD_H */
