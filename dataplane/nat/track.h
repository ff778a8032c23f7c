/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACK_H
#define CGN_TRACK_H

/**
 * @file
 * Tracking of the sessions of a mapping: TCP state per remote endpoint, and filter entries.
 */

#include "dataplane/nat/nat_state.h"

/** The second in which a deadline has passed. It is rounded up, so that nothing ends early. */
static inline uint32_t
cgn_track_due_s(cgn_tick deadline)
{
	return (deadline + CGN_TICK_HZ - 1) / CGN_TICK_HZ;
}

/**
 * Track a TCP segment. The segment changes the state of its session; a SYN opens a session.
 *
 * @param ref  index of @p m
 * @return CGN_V_NONE, CGN_V_NO_SESSION, CGN_V_FILTERED, CGN_V_SUB_SESSIONS, CGN_V_SESSIONS_FULL,
 *   CGN_V_REMOTE_SHARE
 */
enum cgn_verdict cgn_track_tcp(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref,
		const struct cgn_pkt *p, enum cgn_tcp_dir dir, cgn_tick now);

/** Track a UDP datagram: outbound ones make filter entries, inbound ones are checked against them. */
enum cgn_verdict cgn_track_udp(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref,
		const struct cgn_pkt *p, enum cgn_tcp_dir dir, cgn_tick now);

/**
 * PEER: enter a remote endpoint as if the inside had sent it a packet: a TCP connection, and what the filters need. One
 * that is there already stays as it is.
 *
 * @return CGN_V_NONE, CGN_V_SUB_SESSIONS, CGN_V_SESSIONS_FULL, CGN_V_REMOTE_SHARE
 */
enum cgn_verdict cgn_track_peer(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref,
		rte_be32_t addr, rte_be16_t port, cgn_tick now);

/**
 * When the last connection of a TCP mapping ends if nobody uses it. Connections that the inside has not answered do not
 * count. Only some of them are looked at if there are many.
 *
 * @return a time that is not after @p now: there is none
 */
cgn_tick
cgn_track_last_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now);

/** Deadline of the first session of a TCP mapping. */
cgn_tick cgn_track_first_deadline(const struct cgn_nat *n, const struct cgn_mapping *m);

/** Clear the first session. If a further session holds the mapping, it becomes the first session. */
void cgn_track_first_ended(struct cgn_nat *n, struct cgn_mapping *m);

/** Remove up to @p max further sessions of a mapping. @return true if none are left */
bool cgn_track_drop_sessions(struct cgn_nat *n, struct cgn_mapping *m, unsigned int max);

/**
 * The lease of a mapping ends earlier than before, or PEER no longer keeps its connections. Arm its further sessions
 * anew: they are armed for the former end.
 */
void cgn_track_arm_sessions(struct cgn_nat *n, const struct cgn_mapping *m);

/** Arm a further session for its deadline. */
void cgn_track_arm_session(struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session);

/** At the end of a lease: reset and remove its connections that were opened from outside. */
void cgn_track_reset_inbound(struct cgn_nat *n, struct cgn_mapping *m);

/**
 * The mapping is about to end, whatever uses it. Reset its TCP connections, or ask their ends for the sequence numbers, so
 * that they are reset when they answer (drain.h). Only some of them are told if there are many. The first session ends.
 *
 * @return connections that were told
 */
unsigned int cgn_track_reset_all(struct cgn_nat *n, struct cgn_mapping *m);

/** Callback of the wheel for a session whose second has come. @param ctx struct cgn_track_due */
void cgn_track_session_due(void *ctx, uint32_t session);

/** Context of cgn_track_session_due(). */
struct cgn_track_due {
	struct cgn_nat *nat;
	cgn_tick now;
};

#endif /* CGN_TRACK_H */
