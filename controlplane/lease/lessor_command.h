/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_COMMAND_H
#define CGN_LESSOR_COMMAND_H

/**
 * @file
 * Private to the lessor: the commands that it sends to the workers. A worker knows one lease for a mapping, although
 * NAT-PMP or MAP and PEER may have asked for it.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/**
 * Send a command to the worker of map->in.addr.
 *
 * @param template  what the call is for; its lessor need not be set
 * @return 0: cgn_lessor_replied() is called once; -errno: no reply will come, and the caller ends the request
 */
int cgn_lessor_command_send(struct cgn_lessor *l, const struct cgn_lessor_call *template,
		uint16_t op, const struct cgn_cmd_map *map, uint64_t now_ms);

/** A reply has come. Release the call. */
void cgn_lessor_command_close(struct cgn_lessor_call *call);

/** Whether a command of a request about a lease, or about a set with it, is under way. */
bool cgn_lessor_command_is_open(const struct cgn_lessor *l, const struct cgn_leasetable_lease *x);

/** Number of filters of an extra, which may be NULL. */
uint8_t cgn_lessor_command_filters(const struct cgn_lease_extra *extra);

/** The CGN_MAPPING_* of a lease. One of PCP ends no mapping that is in use. */
uint8_t cgn_lessor_command_flags(const struct cgn_lease_owner *by);

/**
 * Add what PEER has asked for to a command, so that the lease lasts as long as the longer of both. The connection is not
 * opened again: it may have been closed since.
 *
 * @param x  or NULL
 * @return whether PEER has asked for something
 */
bool cgn_lessor_command_add_peer(
		struct cgn_cmd_map *map, const struct cgn_leasetable_lease *x, uint64_t now_ms);

/** The endpoint of the i-th lease of a set. */
struct cgn_ep4 cgn_lessor_command_nth(const struct cgn_ep4 *first, unsigned int i);

#endif /* CGN_LESSOR_COMMAND_H */
