/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_QUOTA_H
#define CGN_QUOTA_H

/**
 * @file
 * Limits of further sessions, per subscriber and for the worker's table, and which session makes room for a
 * new one.
 *
 * Connections that hosts outside opened get three quarters of a limit, so that strangers cannot keep the
 * inside from opening connections. There are three kinds of them:
 *
 * - unproven (queue.h): at most half of the limit; the oldest one is evicted for the next;
 * - closed (queue.h): they keep their timers, but are evicted for new sessions when there is no room;
 * - kept, all others: they are never evicted. A host outside keeps only as many as its share (remotes.h).
 *   Its further connections are refused until some of its connections have ended.
 *
 * A half-closed connection has the long timer of an established one (RFC 5382 REQ-5, RFC 7857 section 2.1).
 * The timer says how long it lives when there is room. A limit may end it earlier (RFC 6888 REQ-4, REQ-5).
 */

#include "dataplane/nat/nat_state.h"

/**
 * Make room for one more session of a subscriber, by eviction if need be.
 *
 * @param sub         number of the subscriber
 * @param addr        remote address
 * @param is_inbound  a host outside opens it
 * @return CGN_V_NONE, CGN_V_SUB_SESSIONS, CGN_V_SESSIONS_FULL, CGN_V_REMOTE_SHARE
 */
enum cgn_verdict cgn_quota_room(struct cgn_nat *n, uint32_t sub, rte_be32_t addr, bool is_inbound);

/** Whether the remote host of an unproven session may keep it. @return as cgn_quota_room() */
enum cgn_verdict
cgn_quota_may_keep(const struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session);

/** Count a session as opened from outside and unproven from now on. */
void cgn_quota_doubt(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

/** An unproven session is proven: it is kept from now on. */
void cgn_quota_trust(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

/** Change the state of a session, which may close or reopen it. */
void cgn_quota_set_state(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session,
		enum cgn_tcp_state state);

/** End a session: take it out of all counts and remove it. */
void cgn_quota_end(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

#endif /* CGN_QUOTA_H */
