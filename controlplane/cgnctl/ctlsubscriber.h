/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSUBSCRIBER_H
#define CGN_CTLSUBSCRIBER_H

/**
 * @file
 * The command `cgnctl subscribers show A`: all about one subscriber on one screen.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/** Show the subscriber args->subject. @return 0; -EIO: cgn_ctlsock_error() tells why, such as an address of no group */
int cgn_ctlsubscriber_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLSUBSCRIBER_H */
