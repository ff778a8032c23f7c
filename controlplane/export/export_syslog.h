/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_SYSLOG_H
#define CGN_EXPORT_SYSLOG_H

/**
 * @file
 * A sink that sends lines to a syslog collector. The lines are those of the file (export_text.h), without their "\n".
 *
 * - UDP: one datagram a record (RFC 5426).
 * - TCP: each line behind its length (RFC 6587 section 3.4.1, octet counting).
 * - TLS: the same frames (RFC 5425 section 4.3).
 *
 * Syslog has no answers. Over TCP and TLS, the sink keeps each line until the other end has received it. If the
 * connection breaks, the next one begins with the first line that was perhaps not received. So a line may come twice. A
 * line is lost if the other end has received it, and its collector has ended before it read it.
 *
 * Threads: as export_sink.h.
 */

#include "controlplane/export/export_net.h"
#include "controlplane/export/export_origin.h"
#include "controlplane/export/export_sink.h"

/** Octets of frames that are kept: those that wait, and those that the other end has perhaps not received. */
#define CGN_EXPORT_SYSLOG_ROOM (1 << 20)

/** The functions of the sink; the argument is a struct cgn_export_syslog. */
extern const struct cgn_export_sink_ops cgn_export_syslog_ops;

struct cgn_export_syslog;

/**
 * Create the sink. It connects later.
 *
 * @param net     where to, copied
 * @param origin  outlives the sink
 * @return 0 or -ENOMEM
 */
int cgn_export_syslog_create(struct cgn_export_syslog **out, const struct cgn_export_net_cfg *net,
		const struct cgn_export_origin *origin);

#endif /* CGN_EXPORT_SYSLOG_H */
