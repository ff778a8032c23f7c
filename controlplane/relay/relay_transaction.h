/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_TRANSACTION_H
#define CGN_RELAY_TRANSACTION_H

/**
 * @file
 * Makes a mapping in two NATs, or in none of them. First the local NAT maps a port w of its WAN address to the client.
 * Then the NAT in front (upstream) is asked to map an external port to w. If it refuses or does not answer, the local
 * mapping is removed. The answer to the client has its inside port and the external port of the outermost NAT.
 *
 * A new local mapping has a lifetime of CGN_RELAY_PENDING_S at first. When upstream has granted its mapping, the local
 * one is renewed for the lifetime that upstream has granted. A renewal asks upstream first, and then sets the same
 * lifetime in the local NAT. If upstream refuses a renewal, the local mapping does not change: it ends with the
 * lifetime that upstream has granted before.
 *
 * If a PCP client renews a mapping that still has three quarters of the lifetime that it asks for, it is answered at once
 * (RFC 7648 section 3).
 *
 * A deletion of NAT-PMP asks upstream first. If upstream refuses it, nothing changes.
 *
 * A deletion of PCP ends the local lease first, and then the one upstream (RFC 7648 section 3). If traffic uses the
 * mapping, both leases are shortened to its idle time-out instead (RFC 6887 section 15).
 *
 * Requests for one inside endpoint are carried out one after the other. If a client suggests an external port that
 * another client has in the other protocol, upstream is asked for any port instead (relay_grants.h).
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2.2, RFC 6886 sections 3.3 and 3.4, RFC 7648
 *          section 3.
 * Units:   milliseconds of the loop's clock, seconds in lifetimes.
 * Threads: the control thread.
 * Memory:  that of relay_grants.h, and about 300 octets for each transaction. There are at most as many transactions as
 *          requests under way in the lease service.
 */

#include "controlplane/lease/lessor.h"
#include "controlplane/relay/relay_grants.h"
#include "controlplane/relay/relay_upstream.h"
#include "shared/control_counters.h"

#define CGN_RELAY_PENDING_S  300 /* longer than a request waits for its turn and for upstream */
#define CGN_RELAY_CLIENT_MAX 128 /* transactions of one client; more are dropped */

struct cgn_relay_transactions;

/** What transactions use. Both pointers outlive them. */
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

/**
 * Send no more requests, or send requests again. While it is closed, a transaction ends with -ECANCELED when the worker
 * has answered its last command.
 */
void cgn_relay_transactions_set_closed(struct cgn_relay_transactions *t, bool is_closed);

/** Release the transactions. None of their calls may be under way in the lessor. NULL is allowed. */
void cgn_relay_transactions_destroy(struct cgn_relay_transactions *t);

/**
 * Make or renew a mapping, or delete one. These functions are used like those of the lessor. If upstream has refused,
 * upstream_code of the answer has its result code. If upstream has not answered, upstream_code is 3.
 */
void
cgn_relay_transactions_map(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);
/** @copydoc cgn_relay_transactions_map */
void
cgn_relay_transactions_unmap(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** Whether a request has failed because upstream does not answer, or has no network itself. */
bool cgn_relay_transactions_is_silence(const struct cgn_lessor_answer *a);

/**
 * Find the external endpoint of the outermost NAT for a port of the WAN address.
 *
 * @return false: it is not known. After a restart, it is known again when the client has renewed its mapping
 */
bool cgn_relay_transactions_outermost(const struct cgn_relay_transactions *t,
		const struct cgn_ep4 *wan, struct cgn_ep4 *out, uint64_t now_ms);

/** Who has which port of the NAT in front. */
struct cgn_relay_grants *cgn_relay_transactions_grants(const struct cgn_relay_transactions *t);

/** Number of transactions under way. */
uint32_t cgn_relay_transactions_open(const struct cgn_relay_transactions *t);

/** The counters. */
const struct cgn_relay_transactions_stats *
cgn_relay_transactions_stats(const struct cgn_relay_transactions *t);

#endif /* CGN_RELAY_TRANSACTION_H */
