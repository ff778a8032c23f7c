/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_LEASE_H
#define CGN_NAT_LEASE_H

/**
 * @file
 * Explicit and static mappings of a worker: the control thread asks for them by command.
 *
 * A lease lives by its lifetime, not by traffic (RFC 6886 section 3.4). When it ends, connections that were
 * opened from outside are reset on both sides; connections that the inside opened go on.
 */

#include "dataplane/nat/nat_state.h"
#include "shared/msg.h"

/**
 * Make a static mapping, make a lease, or renew one.
 *
 * An existing mapping of the inside endpoint keeps its external port, whatever is suggested
 * (RFC 6886 section 3.3). A new one gets the port suggested if it is free, else that of the other
 * transport protocol's mapping of the same inside port, else any.
 *
 * @param[in,out] cmd  CGN_MAPPING_EXACT: the port given or none. On success ext and flags say what
 *   the mapping is now.
 * @return
 *   - 0
 *   - -EACCES: the address is no subscriber's
 *   - -EADDRNOTAVAIL: the worker has no external address at all
 *   - -EDQUOT: a limit of the subscriber (leases_max, blocks)
 *   - -ENOSPC: a limit of the box or the pool: a full pool, too
 *   - -EBUSY: the exact port is not to be had; -EXDEV: not this worker's address
 *   - -EEXIST: static mapping asked for an endpoint that has one
 */
int cgn_lease_add(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now);

/**
 * End the lease of an inside endpoint, at once (RFC 6886 section 3.4).
 *
 * @return 0, -ENOENT: it has none, -EPERM: it is static
 */
int cgn_lease_del(struct cgn_nat *n, const struct cgn_cmd_map *cmd, cgn_tick now);

/**
 * Pair a subscriber with an external address, or say which one it has; kept for 300 s without use.
 *
 * @param[in,out] cmd  in.addr -> ext.addr
 * @return 0, -EACCES, -ENOSPC as above, -EADDRNOTAVAIL: the pool has no address left for it
 */
int cgn_lease_bind(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now);

/** A lease's time is over (the wheel has come round). */
void cgn_lease_over(struct cgn_nat *n, uint32_t ref, cgn_tick now);

#endif /* CGN_NAT_LEASE_H */
