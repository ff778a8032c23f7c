/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSTATUS_H
#define CGN_CTLSTATUS_H

/**
 * @file
 * The state of cgnd on one screen: `cgnctl status`.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Print the state. @return 0; -EIO: cgn_ctlsock_error() tells why; -ENOMEM */
int cgn_ctlstatus_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLSTATUS_H */
