/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLYANG_H
#define CGN_CTLYANG_H

/**
 * @file
 * The state of cgnd as instance data of the YANG modules ietf-nat and ietf-dslite, in JSON.
 *
 * One cgnd is the NAT instance 1. A group of the configuration is a policy, and a prefix of a pool has a pool-id.
 * config/OPERATE.md tells which values are where, and which leaves are left out.
 *
 * Source: RFC 8512, RFC 8513, RFC 7951 (JSON).
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/**
 * Fetch everything and print it. Mappings are printed while they come, so they need no memory.
 *
 * @return 0; -EIO: cgn_ctlsock_error() tells why; -ENOMEM; -EPROTO: cgnd has answered something else than expected
 */
int cgn_ctlyang_show(struct cgn_ctlsock *s, FILE *out);

/** The same, as a command. */
int cgn_ctlyang_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLYANG_H */
