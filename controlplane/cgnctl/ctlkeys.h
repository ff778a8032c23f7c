/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLKEYS_H
#define CGN_CTLKEYS_H

/**
 * @file
 * The keys of JSON answers that are no tables, for documents. A key such as "mapping.*" stands for an object.
 */

#include "controlplane/cgnctl/ctllist.h"

extern const struct cgn_ctllist cgn_ctlkeys_cleared;
extern const struct cgn_ctllist cgn_ctlkeys_confirmed;
extern const struct cgn_ctllist cgn_ctlkeys_counters;
extern const struct cgn_ctllist cgn_ctlkeys_deleted;
extern const struct cgn_ctllist cgn_ctlkeys_deterministic;
extern const struct cgn_ctllist cgn_ctlkeys_peers_loaded;
extern const struct cgn_ctllist cgn_ctlkeys_peers_set;
extern const struct cgn_ctllist cgn_ctlkeys_peers_unset;
extern const struct cgn_ctllist cgn_ctlkeys_trace;
extern const struct cgn_ctllist cgn_ctlkeys_who;

#endif /* CGN_CTLKEYS_H */
