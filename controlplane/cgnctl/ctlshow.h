/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSHOW_H
#define CGN_CTLSHOW_H

/**
 * @file
 * Commands of cgnctl that ask one question.
 *
 * Errors: 0 or a positive exit status; -EIO: cgn_ctlsock_error() tells why; other -errno.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** End leases of an address. */
int cgn_ctlshow_leases_delete(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Add an IPsec peer. */
int cgn_ctlshow_peers_set(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Remove an IPsec peer. It may be gone already. */
int cgn_ctlshow_peers_unset(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Carry out the lines of stdin. */
int cgn_ctlshow_peers_load(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Who holds an external port. @return 1: the address is not one of a pool */
int cgn_ctlshow_who(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLSHOW_H */
