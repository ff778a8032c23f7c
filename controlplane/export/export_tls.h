/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_TLS_H
#define CGN_EXPORT_TLS_H

/**
 * @file
 * TLS over a connected TCP socket, as a client (RFC 5425, RFC 7011 section 11).
 *
 * TLS 1.2 or later. The certificate of the collector must be signed by one that is trusted, must be valid now, and must
 * be for the host of the target: its address, or its name. The certificates are read for each connection, so that new
 * ones need no restart.
 *
 * Threads: that of the sink.
 */

#include "shared/target.h"

#include <stddef.h>
#include <sys/types.h>

/** Octets of a reason, with its NUL. */
#define CGN_EXPORT_TLS_WHY_MAX 256

/** Whom to trust, and who cgnd is. */
struct cgn_export_tls_cfg {
	const struct cgn_target *to; /* its host is what the certificate must be for */
	const char *ca;              /* file of certificates; "": those of the system */
	const char *cert;            /* file of cgnd's own certificate; "": none */
	const char *key;             /* file of its private key */
};

struct cgn_export_tls;

/**
 * Read the files, and prepare TLS on a socket.
 *
 * @param fd        does not block; stays with the caller
 * @param[out] why  reason of an error, printable
 * @return 0 or -errno; -EPROTO: a file cannot be used
 */
int cgn_export_tls_create(struct cgn_export_tls **out, const struct cgn_export_tls_cfg *cfg, int fd,
		char why[static CGN_EXPORT_TLS_WHY_MAX]);

/** Release it. NULL is allowed. */
void cgn_export_tls_destroy(struct cgn_export_tls *t);

/** Go on with the handshake. @return 0: done; -EINPROGRESS: poll for cgn_export_tls_events(); -EPROTO: see @p why */
int cgn_export_tls_shake(struct cgn_export_tls *t, char why[static CGN_EXPORT_TLS_WHY_MAX]);

/**
 * Encrypt and send.
 *
 * @return octets that were taken; -EINPROGRESS: poll for cgn_export_tls_events(), and call it again with the same octets,
 *         more may follow; -EPROTO: see @p why
 */
ssize_t cgn_export_tls_send(struct cgn_export_tls *t, const void *data, size_t len,
		char why[static CGN_EXPORT_TLS_WHY_MAX]);

/** Read what the collector sends, and drop it. @return 0; -EPROTO: it has left or refused, see @p why */
int cgn_export_tls_drain(struct cgn_export_tls *t, char why[static CGN_EXPORT_TLS_WHY_MAX]);

/** Tell the collector that nothing more will come (RFC 5425 section 4.4), without waiting. */
void cgn_export_tls_end(struct cgn_export_tls *t);

/** What the last call waits for: POLLIN or POLLOUT. */
short cgn_export_tls_events(const struct cgn_export_tls *t);

#endif /* CGN_EXPORT_TLS_H */
