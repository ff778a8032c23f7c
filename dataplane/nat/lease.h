/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_LEASE_H
#define CGN_NAT_LEASE_H

/**
 * @file
 * Explicit and static mappings of a worker. The control thread asks for them by command.
 *
 * A lease ends when its lifetime is over; traffic does not extend it (RFC 6886 section 3.4). When a lease
 * ends, connections that were opened from outside are reset on both sides. Connections that the inside
 * opened go on. After a lease with CGN_MAPPING_AGES, which is one of PCP, a UDP mapping in use goes on as one that
 * traffic has made (RFC 6887 sections 11.3 and 15).
 *
 * A lease may have filters (shared/filter.h). Then all packets from outside to its mapping need one that they match, also
 * those of connections that the inside has opened (RFC 6887 section 13.3). An ICMP error passes if the packet that it
 * quotes was sent to a host that the filters let in. The filters end with the lease, even if its mapping goes on.
 *
 * A lease with CGN_MAPPING_PEER is one of the opcode PEER: the remote endpoint is treated as if the inside had sent it a
 * packet, and connections that the inside has opened live as long as the lease (RFC 6887 section 12.3). If it is not
 * CGN_MAPPING_EXPLICIT, too, then packets from outside are filtered as those to a mapping that traffic has made.
 *
 * An address that drains (drain.h) gets no new lease. A lease that is there can be renewed, but only up to the end of the
 * address's time. So its client asks again in time, and is told when the time is over.
 */

#include "dataplane/nat/nat_state.h"
#include "shared/msg.h"

/**
 * Make a static mapping, make a lease, or renew one.
 *
 * An existing mapping of the inside endpoint keeps its external port, whatever is suggested (RFC 6886
 * section 3.3). A new mapping gets the suggested port if that port is free. Otherwise it gets the external
 * port that the same inside port has in the other transport protocol. Otherwise it gets any free port.
 *
 * @param[in,out] cmd  with CGN_MAPPING_EXACT only the given port will do: the lease had it before. With
 *   CGN_MAPPING_AS_ASKED only a port that is not 0 and an address that is not 0 will do, as given. On success ext and
 *   flags describe the mapping.
 *   With CGN_MAPPING_IF_LOST a lease that is there stays as it is; if lifetime_s is 0, too, no lease is made.
 * @param filters  cmd->n_filters of them, which replace all filters of the lease; not used if there are none
 * @return
 *   - 0
 *   - -EACCES: the address belongs to no subscriber
 *   - -EADDRNOTAVAIL: the worker has no external address at all
 *   - -EDQUOT: a limit of the subscriber is reached (leases_max, blocks; of PEER: sessions_max)
 *   - -ENOSPC: a table of this worker or the pool is full, or the subscriber's address drains
 *   - -EBUSY: the exact port is in use or not given out; with CGN_MAPPING_AS_ASKED: the mapping has another external
 *     port, the port is not free, or the subscriber has another external address
 *   - -EXDEV: another worker owns the external address
 *   - -ENOENT: CGN_MAPPING_IF_LOST: there is no lease
 *   - -EEXIST: a static mapping is asked for, and the endpoint has one already
 *   - -EPERM: the endpoint has a static mapping, which cannot have filters
 *   - -EINVAL: there are more than CGN_FILTERS_MAX filters, or the endpoint is none
 */
int cgn_lease_add(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		cgn_tick now);

/**
 * Make or renew leases of inside ports in a row, whose external ports are in a row, too (RFC 7753). There may be fewer
 * of them than cmd->set_size says. The first one is made or renewed as by cgn_lease_add(), and the others only with the
 * external ports that follow. The set ends before the first port for which that is not possible, and at the subscriber's
 * limit. A set that begins in a block of the subscriber ends with its blocks.
 *
 * @param[in,out] cmd  set_size is 1 or more. With set_parity, the first ports are both odd or both even if possible. On
 *   success set_size is the number of leases, 1 or more, and ext and flags describe the first one
 * @return as cgn_lease_add() for the first lease
 */
int cgn_lease_add_set(struct cgn_nat *n, struct cgn_cmd_map *cmd, const struct cgn_filter *filters,
		cgn_tick now);

/**
 * End the lease of an inside endpoint.
 *
 *   - Usually it ends at once (RFC 6886 section 3.4).
 *   - With CGN_MAPPING_UNDO, a UDP mapping that the inside has used goes on as one that traffic has made.
 *   - With CGN_MAPPING_AGES, the lease of a mapping that is in use stays for the idle time-out after its last use (RFC
 *     6887 section 15). If traffic goes on, the mapping then goes on without a lease.
 *   - If only PEER has kept the lease, it ends at once. With CGN_MAPPING_AGES, a mapping in use goes on.
 *
 * Connections that PEER has kept end by idleness from then on, unless the command has CGN_MAPPING_PEER.
 *
 * @param[in,out] cmd  on success lifetime_s is the time that the lease has left, 0: it has ended
 * @return
 *   - 0
 *   - -ENOENT: the endpoint has no mapping
 *   - -EADDRINUSE: it has a mapping that traffic has made, and no lease
 *   - -EPERM: its mapping is static
 */
int cgn_lease_del(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now);

/**
 * Pair a subscriber with an external address, or tell which one it is paired with. The pairing lasts 300 s
 * without use.
 *
 * @param[in,out] cmd  in.addr is read, ext.addr is written
 * @return 0, -EACCES and -ENOSPC as cgn_lease_add(), -EADDRNOTAVAIL: the pool has no address left for the
 *   subscriber
 */
int cgn_lease_bind(struct cgn_nat *n, struct cgn_cmd_map *cmd, cgn_tick now);

/** End a lease whose lifetime is over. */
void cgn_lease_over(struct cgn_nat *n, uint32_t ref, cgn_tick now);

/**
 * End a mapping that is not static, because of the configuration (cut.h). Both ends of its TCP connections are told.
 *
 * @return connections that were told
 */
unsigned int cgn_lease_cut(struct cgn_nat *n, uint32_t ref, cgn_tick now);

#endif /* CGN_NAT_LEASE_H */
