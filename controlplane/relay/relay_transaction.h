/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_TRANSACTION_H
#define CGN_RELAY_TRANSACTION_H

/**
 * @file
 * Mappings through two NATs, both or none: the local NAT gives a port w of its WAN address to the
 * client, then the NAT in front is asked to map an external port to w. If it refuses, or nobody
 * answers, the local mapping is removed again. The client is told its own inside port and the outermost
 * external port.
 *
 * A new mapping is put into the local NAT for CGN_RELAY_PENDING_S until the upstream has granted it;
 * then, and at each renewal, both have the lease that upstream granted. A renewal that is refused
 * keeps the local mapping as long as upstream's lasts. A deletion is carried out upstream first; one
 * that upstream refuses changes nothing. Deleting all of a client is so many single deletions: port 0
 * would upstream mean everybody's, since all clients share the WAN address.
 *
 * Requests for one inside endpoint are carried out one after the other. A suggested port of which
 * another client has the other protocol's half is not asked for (relay_grants.h).
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2.2, RFC 6886 sections 3.3 and 3.4, RFC 7648
 *          section 3.
 * Units:   milliseconds of the loop's clock, seconds in lifetimes.
 * Threads: the control thread.
 * Memory:  that of relay_grants.h, and about 300 octets a transaction. There are no more transactions than requests in
 *          the lease service.
 */

#include "controlplane/lease/lessor.h"
#include "controlplane/relay/relay_upstream.h"
#include "shared/control_counters.h"

#define CGN_RELAY_PENDING_S  300 /* longer than upstream may be silent and others wait for it */
#define CGN_RELAY_CLIENT_MAX 128 /* transactions of one client; more are dropped */

struct cgn_relay_transactions;

/** What transactions use. Both outlive them. */
struct cgn_relay_transactions_cfg {
	struct cgn_lessor *lessor;
	struct cgn_relay_upstream *upstream;
};

/** What the transactions count. */
struct cgn_relay_transactions_stats {
	CGN_RELAY_TRANSACTION_COUNTERS(CGN_STATS_FIELD)
};

/** Create it. @return 0 or -ENOMEM */
int cgn_relay_transactions_create(
		struct cgn_relay_transactions **out, const struct cgn_relay_transactions_cfg *cfg);

/** Nothing is asked any more; what workers still answer ends transactions without an answer. */
void cgn_relay_transactions_close(struct cgn_relay_transactions *t);

/** Release it; the lessor has no call of it under way. NULL is allowed. */
void cgn_relay_transactions_destroy(struct cgn_relay_transactions *t);

/**
 * Make or renew a mapping, or end one or all of a client's protocol: as the functions of the lessor.
 * The answer's ret is positive where it is upstream's result code, 3 if nobody answered.
 */
void
cgn_relay_transactions_map(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);
/** @copydoc cgn_relay_transactions_map */
void
cgn_relay_transactions_unmap(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);
/** @copydoc cgn_relay_transactions_map */
void cgn_relay_transactions_unmap_all(struct cgn_relay_transactions *t,
		const struct cgn_lessor_request *r, cgn_lessor_done done, void *arg,
		uint64_t now_ms);

/** Transactions under way. */
uint32_t cgn_relay_transactions_open(const struct cgn_relay_transactions *t);

/** The counters. */
const struct cgn_relay_transactions_stats *
cgn_relay_transactions_stats(const struct cgn_relay_transactions *t);

#endif /* CGN_RELAY_TRANSACTION_H */
