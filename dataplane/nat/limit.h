/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LIMIT_H
#define CGN_LIMIT_H

/**
 * @file
 * Tells of limits that have refused something, so that notice.h makes records of them.
 *
 * If no records of quotas are exported, each of these functions is one predicted branch. They are called only when
 * something is refused, never for packets of known mappings.
 *
 * Source:  RFC 8158 section 4.4. Limits of rates and shares of remote hosts are no quotas: they have no records.
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/nat_state.h"
#include "dataplane/nat/notice.h"

/** cgn_limit_tell_sub() if there are records. */
void cgn_limit_write_sub(
		struct cgn_nat *n, uint32_t sub, uint8_t proto, enum cgn_verdict v, cgn_tick now);

/** cgn_limit_tell_group() if there are records. */
void cgn_limit_write_group(struct cgn_nat *n, const struct cgn_conf_group *g, enum cgn_verdict v,
		cgn_tick now);

/** cgn_limit_tell_leases() if there are records. */
void cgn_limit_write_leases(struct cgn_nat *n, uint32_t sub, cgn_tick now);

/** cgn_limit_tell_fragments() if there are records. */
void cgn_limit_write_fragments(struct cgn_nat *n, const struct cgn_ip *source, cgn_tick now);

/**
 * A subscriber was refused a port, a mapping or a session.
 *
 * @param proto  of the mapping
 * @param v      why; nothing happens if it is not the verdict of a limit
 */
static inline void
cgn_limit_tell_sub(struct cgn_nat *n, uint32_t sub, uint8_t proto, enum cgn_verdict v, cgn_tick now)
{
	if (unlikely(n->notices != NULL))
		cgn_limit_write_sub(n, sub, proto, v, now);
}

/** A host of a group was refused: it did not become a subscriber. @param v  why */
static inline void
cgn_limit_tell_group(
		struct cgn_nat *n, const struct cgn_conf_group *g, enum cgn_verdict v, cgn_tick now)
{
	if (unlikely(n->notices != NULL))
		cgn_limit_write_group(n, g, v, now);
}

/** A subscriber was refused a lease: it has groups.leases_max of them. */
static inline void
cgn_limit_tell_leases(struct cgn_nat *n, uint32_t sub, cgn_tick now)
{
	if (unlikely(n->notices != NULL))
		cgn_limit_write_leases(n, sub, now);
}

/** A fragment was dropped because of nat.fragments_max. @param source  its source */
static inline void
cgn_limit_tell_fragments(struct cgn_nat *n, const struct cgn_ip *source, cgn_tick now)
{
	if (unlikely(n->notices != NULL))
		cgn_limit_write_fragments(n, source, now);
}

#endif /* CGN_LIMIT_H */
