/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_SERVER_H
#define CGN_PCP_SERVER_H

/**
 * @file
 * The PCP server: MAP, PEER and ANNOUNCE. It turns a datagram into a request to the lease service, and the result into an
 * answer.
 *
 * The lease service (lease/lease_service.h) finds out who asks, limits how often, carries out the request, and waits
 * for the store. NAT-PMP uses the same service, so both protocols share leases and limits.
 *
 * A request is tested in this order. The names are the result codes of a refusal.
 *  1. version (UNSUPP_VERSION), length (MALFORMED_REQUEST), opcode (UNSUPP_OPCODE)
 *  2. the client's address in the request is the source of the packet (ADDRESS_MISMATCH)
 *  3. IPsec, where the group requires it, and pcp.map or pcp.peer (NOT_AUTHORIZED)
 *  4. fields and options (MALFORMED_REQUEST, UNSUPP_OPTION, MALFORMED_OPTION)
 *  5. the client is a subscriber, also if another host asks for it (NOT_AUTHORIZED)
 *  6. protocol (UNSUPP_PROTOCOL), and then what the lease service tests
 *
 * A relay may pass on what this server does not know (pcp.relay_unknown, pcp_pass.h). An unknown opcode then passes the
 * tests 2, 3 and 5, and must ask for nobody else.
 *
 * A host of pcp.third_party may name another client with the option THIRD_PARTY. The lease, its limits and the epoch in the
 * answer are those of this client. How often the host may ask counts for the host itself.
 *
 * A request gets no answer if the subscriber asks too often, if the same request is under way, or if a worker or the
 * store does not answer. The client then repeats it.
 *
 * Source:  RFC 6887 sections 8.2, 11.3, 14.1.2 and 15.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_pcp_server_cfg.
 * Memory:  1.1 MiB: each request under way is kept, because an error answer is a copy of it. A request
 *          that passes something on takes 2.2 KiB more.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/pcp/pcp_codes.h"
#include "shared/control_counters.h"

struct cgn_pcp_server;

#define CGN_PCP_SERVER_LATE_MS \
	2700 /* after this time a client repeats its request (RFC 6887 section 8.1.1) */

/** What the server needs. */
struct cgn_pcp_server_cfg {
	const struct cgn_conf *conf;
	struct cgn_lease_service *leases; /* outlives the server */
	/** Send a datagram to the address that a request came from. */
	void (*send)(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	void *ctx;
	struct cgn_timerq *timers; /* outlives the server; NULL: it sends no updates of mappings */
	uint32_t seed;             /* random; for a hash */
};

/** Indexes of the counters. */
enum cgn_pcp_counter {
#define CGN_PCP_ENUM(id, name, help) CGN_PCP_C_##id,
	CGN_PCP_COUNTERS(CGN_PCP_ENUM)
#undef CGN_PCP_ENUM
	CGN_PCP_C_COUNT,
};

/** What the server counts. */
struct cgn_pcp_server_stats {
	uint64_t counter[CGN_PCP_C_COUNT];
	uint64_t result[CGN_PCP_RESULTS]; /* answers by result code; a relay may pass on others */
};

/** Create it. @return 0 or -ENOMEM */
int cgn_pcp_server_create(struct cgn_pcp_server **out, const struct cgn_pcp_server_cfg *cfg);

/** Release the server. None of its requests may be under way. NULL is allowed. */
void cgn_pcp_server_destroy(struct cgn_pcp_server *s);

/** Use another configuration. */
void cgn_pcp_server_set_conf(struct cgn_pcp_server *s, const struct cgn_conf *conf);

/**
 * Take a datagram that was sent to port 5351 of a local address.
 *
 * @return false: the sender is no subscriber and not in pcp.third_party, so there is no NAT for it. The caller refuses
 *   the datagram as if nobody listened on the port
 */
bool cgn_pcp_server_input(struct cgn_pcp_server *s, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms);

/** The operator has ended a lease. Its client is told if natpmp.announce is on (pcp_update.h). */
void cgn_pcp_server_revoked(
		struct cgn_pcp_server *s, const struct cgn_lessor_info *lease, uint64_t now_ms);

/** A lease has another external endpoint. @return whether its client gets an update (pcp_update.h) */
bool cgn_pcp_server_moved(
		struct cgn_pcp_server *s, const struct cgn_lessor_info *lease, uint64_t now_ms);

/** The counters. */
const struct cgn_pcp_server_stats *cgn_pcp_server_stats(const struct cgn_pcp_server *s);

#endif /* CGN_PCP_SERVER_H */
