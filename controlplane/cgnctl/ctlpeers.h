/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLPEERS_H
#define CGN_CTLPEERS_H

/**
 * @file
 * Changes cgnd's list of IPsec peers. An IKE daemon's scripts do this by `cgnctl peers`.
 *
 * Errors: -EIO: cgn_ctlsock_error() tells why.
 */

#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/** A peer, in the words of the command line. */
struct cgn_ctlpeers_peer {
	const char *address;  /* at most 100 octets */
	const char *identity; /* at most CGN_CTL_IDENTITY_MAX octets; NULL: any */
	const char *sa;       /* at most 100 octets; NULL: unknown */
};

/** Add a peer. @param[out] answer  {"set": 1}; the caller releases it @return 0 or -EIO */
int cgn_ctlpeers_set(struct cgn_ctlsock *s, const struct cgn_ctlpeers_peer *p, json_t **answer);

/** Remove a peer. @param[out] answer  {"removed": 0 or 1}; the caller releases it @return 0 or -EIO */
int cgn_ctlpeers_unset(struct cgn_ctlsock *s, const struct cgn_ctlpeers_peer *p, json_t **answer);

/**
 * Carry out the lines "set ADDRESS SA IDENTITY" and "unset ADDRESS SA IDENTITY" of a file. An SA of 0 or - is unknown.
 * The identity is the rest of the line. What is wrong with a line is printed to stderr, and the next line is taken.
 *
 * @param[out] answer  {"set": n, "removed": n, "refused": n}; the caller releases it
 * @return 0; -EBADMSG: many lines were refused, and the rest was not read; -ENOMEM
 */
int cgn_ctlpeers_load(struct cgn_ctlsock *s, FILE *in, json_t **answer);

#endif /* CGN_CTLPEERS_H */
