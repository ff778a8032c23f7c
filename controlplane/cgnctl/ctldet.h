/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLDET_H
#define CGN_CTLDET_H

/**
 * @file
 * The commands `cgnctl deterministic`: who has which ports in deterministic groups (shared/det.h). They read a
 * configuration file and need no cgnd.
 *
 * Source:  RFC 7422 section 2 (both mapping functions for administrators).
 * Errors:  0, or after the reason was printed on stderr: -EINVAL: the arguments or the file are wrong; -ENOENT: there is
 *          no subscriber; -ENOMEM.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/** The range of the subscriber with an inside address, IPv4 or IPv6. */
int cgn_ctldet_forward(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out);

/** The subscriber of an outside endpoint: ADDRESS:PORT, with or without /PROTO behind it. */
int cgn_ctldet_reverse(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out);

/** All subscribers with their ranges, one a line. */
int cgn_ctldet_export(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out);

#endif /* CGN_CTLDET_H */
