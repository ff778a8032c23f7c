/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLLISTS_H
#define CGN_CTLLISTS_H

/**
 * @file
 * The tables of cgnd: which keys a row has, and what each means.
 *
 * Each word of a heading is a word of its key, so that a reader of a table finds the key, and the other way round.
 */

#include "controlplane/cgnctl/ctllist.h"

extern const struct cgn_ctllist cgn_ctllists_drains;
extern const struct cgn_ctllist cgn_ctllists_groups;
extern const struct cgn_ctllist cgn_ctllists_host;
extern const struct cgn_ctllist cgn_ctllists_latency;
extern const struct cgn_ctllist cgn_ctllists_leases;
extern const struct cgn_ctllist cgn_ctllists_mappings;
extern const struct cgn_ctllist cgn_ctllists_neighbours;
extern const struct cgn_ctllist cgn_ctllists_peers;
extern const struct cgn_ctllist cgn_ctllists_pools;
extern const struct cgn_ctllist cgn_ctllists_ports;
extern const struct cgn_ctllist cgn_ctllists_routes;
extern const struct cgn_ctllist cgn_ctllists_sinks;
extern const struct cgn_ctllist cgn_ctllists_subscribers;
extern const struct cgn_ctllist cgn_ctllists_warnings;
extern const struct cgn_ctllist cgn_ctllists_workers;

#endif /* CGN_CTLLISTS_H */
