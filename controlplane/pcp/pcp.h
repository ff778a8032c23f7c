/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_H
#define CGN_PCP_H

/**
 * @file
 * Creates the PCP server, and receives and sends its datagrams.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/leases.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/pcp/pcp_server.h"

struct cgn_pcp;

#define CGN_PCP_ANNOUNCE_LEN 24 /* octets of an announcement */

/** What cgn_pcp_create() needs. All pointers outlive the struct cgn_pcp. */
struct cgn_pcp_cfg {
	const struct cgn_conf *conf;
	struct cgn_ip_responder *responder;
	struct cgn_leases *leases; /* cgn_leases_serve() was called */
	struct cgn_timerq *timers;
	/** Send a UDP datagram through the SA of its receiver, by the host plane. It is lost if there is none. */
	void (*protected)(
			void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	void *ctx;
	uint32_t seed; /* random; for a hash */
};

/** Create it. @return 0 or -ENOMEM */
int cgn_pcp_create(struct cgn_pcp **out, const struct cgn_pcp_cfg *cfg);

/** Release it, after cgn_leases_stop(). NULL is allowed. */
void cgn_pcp_destroy(struct cgn_pcp *p);

/** Use another configuration. */
void cgn_pcp_set_conf(struct cgn_pcp *p, const struct cgn_conf *conf);

/** Whether PCP is on. It is never on without NAT-PMP. */
bool cgn_pcp_is_on(const struct cgn_pcp *p);

/** Take a datagram that was sent to UDP port 5351. See cgn_pcp_server_input(). */
bool cgn_pcp_input(struct cgn_pcp *p, const struct cgn_ip_responder_udp *d, uint64_t now_ms);

/** Take a datagram to UDP port 5351 that came through an IPsec SA. */
void cgn_pcp_input_protected(struct cgn_pcp *p, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms);

/** The operator has ended a lease. See cgn_pcp_server_revoked(). */
void cgn_pcp_revoked(struct cgn_pcp *p, const struct cgn_lessor_info *lease, uint64_t now_ms);

/** A lease has another external endpoint. See cgn_pcp_server_moved(). */
bool cgn_pcp_moved(struct cgn_pcp *p, const struct cgn_lessor_info *lease, uint64_t now_ms);

/** Write an unsolicited ANNOUNCE (RFC 6887 section 14.1.3). @return octets; 0: PCP is off */
size_t cgn_pcp_announcement(const struct cgn_pcp *p, uint32_t epoch_s,
		uint8_t out[static CGN_PCP_ANNOUNCE_LEN]);

/** The server, for its counters. */
const struct cgn_pcp_server *cgn_pcp_get_server(const struct cgn_pcp *p);

#endif /* CGN_PCP_H */
