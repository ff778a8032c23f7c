/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCOUNTERS_H
#define CGN_CTLCOUNTERS_H

/**
 * @file
 * The command `cgnctl counters show`: what became of all packets, counters and gauges, each with its help.
 */

#include "controlplane/cgnctl/ctlargs.h"

/**
 * Show them. Counters that are 0 are left out without --zero. With --worker, only counters of workers are shown.
 *
 * @return 0; 1: there is no such worker, and a line on stderr says so; -EIO: cgn_ctlsock_error() tells why
 */
int cgn_ctlcounters_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLCOUNTERS_H */
