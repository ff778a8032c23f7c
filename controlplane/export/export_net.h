/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_NET_H
#define CGN_EXPORT_NET_H

/**
 * @file
 * The connection of a sink to a collector: UDP, TCP, or TLS over TCP.
 *
 * A function waits for CGN_EXPORT_NET_WAIT_MS at most, but for the resolver of host names. If there is more to wait for,
 * it returns -EINPROGRESS and is to be called again. So a sink notices soon that cgnd stops.
 *
 * Threads: that of the sink; cgn_export_net_destroy(): after it has ended.
 */

#include "shared/target.h"

#include <stddef.h>
#include <sys/types.h>

/** How long a call waits. */
#define CGN_EXPORT_NET_WAIT_MS 200

/** How long a collector may take to answer, or may take nothing, before the connection is given up. */
#define CGN_EXPORT_NET_TIMEOUT_MS 10000

/** Whom to connect to. */
struct cgn_export_net_cfg {
	const struct cgn_target *to; /* with a port; copied */
	const char *ca;              /* of TLS, see export_tls.h; copied, as the others */
	const char *cert;
	const char *key;
	uint32_t timeout_ms; /* CGN_EXPORT_NET_TIMEOUT_MS, less in tests */
};

struct cgn_export_net;

/** Create it. @return 0 or -ENOMEM */
int cgn_export_net_create(struct cgn_export_net **out, const struct cgn_export_net_cfg *cfg);

/** Close and release it. NULL is allowed. */
void cgn_export_net_destroy(struct cgn_export_net *n);

/**
 * Connect. A host name is resolved anew, and its addresses are tried in their order. The log tells why a connection
 * fails, but the same reason only once until something was sent.
 *
 * @return 0; -EINPROGRESS; -errno: failed
 */
int cgn_export_net_open(struct cgn_export_net *n);

/**
 * Send octets of the stream, or one datagram.
 *
 * A datagram after a pause waits for an ICMP error for CGN_EXPORT_NET_WAIT_MS. So a collector that is down is noticed,
 * and this datagram is not taken.
 *
 * @return octets that were taken: of a stream at least 1, or a whole datagram; -EINPROGRESS: call it again with the same
 *         octets, and perhaps more behind them; -errno: close the connection
 */
ssize_t cgn_export_net_send(struct cgn_export_net *n, const void *data, size_t len);

/**
 * Octets of the stream that send() has taken, and that the other end may not have received: at most this many, the last
 * ones. What the other end has received was perhaps not read. UDP: always 0.
 */
size_t cgn_export_net_unacked(const struct cgn_export_net *n);

/** Wait until the other end has received more. @return -EINPROGRESS; -ETIMEDOUT: it takes nothing any more */
int cgn_export_net_wait_acked(struct cgn_export_net *n);

/** Find out whether the other end has closed the stream. @return 0; -errno: close the connection */
int cgn_export_net_check(struct cgn_export_net *n);

/** Close the connection. What send() has taken is still delivered if the other end takes it. */
void cgn_export_net_close(struct cgn_export_net *n);

#endif /* CGN_EXPORT_NET_H */
