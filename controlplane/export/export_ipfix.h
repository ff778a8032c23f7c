/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_IPFIX_H
#define CGN_EXPORT_IPFIX_H

/**
 * @file
 * A sink that sends messages of IPFIX (RFC 7011) with records of RFC 8158 to a collector, over UDP, TCP or TLS.
 *
 * A collector gets templates before all else: once for each connection, or over UDP several times at the beginning and
 * then again and again. The sequence number counts data records since the beginning of the connection, or over UDP since
 * the start of cgnd. Over TCP and TLS, a message stays in the buffer until the other end has received it. If the
 * connection breaks before, the message is sent again over the next one.
 *
 * Threads: as export_sink.h.
 */

#include "controlplane/export/export_net.h"
#include "controlplane/export/export_origin.h"
#include "controlplane/export/export_sink.h"

/** Messages that may wait. Over a path of 100 ms, that is enough for 100 000 records a second. */
#define CGN_EXPORT_IPFIX_MESSAGES 512

/** How often templates are sent at the beginning over UDP (RFC 7011 section 8.4: multiple copies). */
#define CGN_EXPORT_IPFIX_COPIES 3

/** The functions of the sink; the argument is a struct cgn_export_ipfix. */
extern const struct cgn_export_sink_ops cgn_export_ipfix_ops;

struct cgn_export_ipfix;

/** What the sink needs. */
struct cgn_export_ipfix_cfg {
	struct cgn_export_net_cfg net;
	uint32_t domain;            /* observation domain */
	uint32_t templates_every_s; /* UDP: how often templates are sent again */
	uint32_t connect_every_s;   /* TCP and TLS: at least this between two attempts to connect */
};

/**
 * Create the sink. It connects later.
 *
 * @param origin  complete; outlives the sink
 * @return 0 or -ENOMEM
 */
int cgn_export_ipfix_create(struct cgn_export_ipfix **out, const struct cgn_export_ipfix_cfg *cfg,
		const struct cgn_export_origin *origin);

#endif /* CGN_EXPORT_IPFIX_H */
