/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_QUOTA_H
#define CGN_QUOTA_H

/**
 * @file
 * Limits of further sessions, per subscriber and for the worker's table. Also the choice of the session
 * that is evicted for a new one.
 *
 * Connections that remote hosts opened get at most three quarters of a limit, so that they cannot keep
 * inside hosts from opening connections. There are three kinds of such connections:
 *
 * - unproven (queue.h): at most half of the limit; when it is reached, the oldest one is evicted for the
 *   next;
 * - closed (queue.h): they live until their timer ends, but are evicted for new sessions when there is no
 *   room;
 * - kept (all others): they are never evicted. A remote host keeps at most its share (remotes.h). Further
 *   connections of this host are refused until some of its connections have ended.
 *
 * A half-closed connection has the long timer of an established one (RFC 5382 REQ-5, RFC 7857 section 2.1).
 * It lives that long if there is room. A limit may end it earlier (RFC 6888 REQ-4, REQ-5).
 */

#include "dataplane/nat/nat_state.h"

/**
 * Make room for one more session of a subscriber. Other sessions are evicted if necessary.
 *
 * @param sub         number of the subscriber
 * @param addr        remote address
 * @param is_inbound  a remote host opens the session
 * @return CGN_V_NONE, CGN_V_SUB_SESSIONS, CGN_V_SESSIONS_FULL, CGN_V_REMOTE_SHARE
 */
enum cgn_verdict cgn_quota_room(struct cgn_nat *n, uint32_t sub, rte_be32_t addr, bool is_inbound);

/** Whether the remote host of an unproven session may keep the session. @return as cgn_quota_room() */
enum cgn_verdict
cgn_quota_may_keep(const struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session);

/** From now on count a session as opened from outside and unproven. */
void cgn_quota_doubt(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

/** From now on count an unproven session as kept, because its remote host has proved its address. */
void cgn_quota_trust(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

/** Change the state of a session, which may close or reopen it. */
void cgn_quota_set_state(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session,
		enum cgn_tcp_state state);

/** End a session: take it out of all counts and remove it. */
void cgn_quota_end(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session);

#endif /* CGN_QUOTA_H */
