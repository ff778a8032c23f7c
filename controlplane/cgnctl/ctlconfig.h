/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCONFIG_H
#define CGN_CTLCONFIG_H

/**
 * @file
 * The commands `cgnctl config`: show, compare, reload and confirm the configuration of a running cgnd.
 *
 * Errors: 0 or a positive exit status; -EIO: cgn_ctlsock_error() tells why; other -errno.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/** The configuration in use. If the file is not what is in use, a line on stderr says so. */
int cgn_ctlconfig_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** The file, the last load, and a confirmation that is missing. */
int cgn_ctlconfig_status(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/**
 * What a file would change. This process reads and checks it, and compares it with the configuration in use.
 *
 * @return 0: nothing; 1: something; 2: the file has errors, which were printed
 */
int cgn_ctlconfig_diff(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Let cgnd read its file again, and wait for the end. @return 0; 1: it was refused; the reasons were printed */
int cgn_ctlconfig_reload(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Confirm a reload with --confirm-s. */
int cgn_ctlconfig_confirm(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLCONFIG_H */
