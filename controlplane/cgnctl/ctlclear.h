/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCLEAR_H
#define CGN_CTLCLEAR_H

/**
 * @file
 * The command `cgnctl mappings clear`.
 */

#include "controlplane/cgnctl/ctlargs.h"

/**
 * End the mappings of traffic that the filters mean, or all with --all. Print how many were ended, and how many leases and
 * static mappings stay.
 *
 * @return 0; 1: no mapping was ended; -EIO: cgn_ctlsock_error() tells why
 */
int cgn_ctlclear(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLCLEAR_H */
