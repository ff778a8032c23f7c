/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FLOW_RECORD_H
#define CGN_FLOW_RECORD_H

/**
 * @file
 * Records of mappings and of their sessions, if export.records asks for them.
 *
 * A connection of TCP is a session. A mapping of UDP or ICMP is a session, too, with the destination of its first
 * packet. If filtering depends on the remote endpoint, the NAT knows more destinations of UDP. Then each further filter
 * entry is a session. A static mapping is configuration and has no record; its connections have.
 *
 * Each created record is followed by exactly one deleted record with the same endpoints.
 *
 * Without an export, each function is one predicted branch. They are called only when a mapping or a session begins or
 * ends, never for packets of known sessions.
 *
 * Threads: single owner, the worker.
 *
 * Source: RFC 8158 sections 4.1 and 5.1 to 5.2.
 */

#include "dataplane/nat/nat_state.h"
#include "shared/record_door.h"

/** Record an event of a mapping or of a session. @param addr, port  the remote endpoint; 0: unknown */
void cgn_flow_record_write(const struct cgn_nat *n, enum cgn_record_event event,
		const struct cgn_mapping *m, rte_be32_t addr, rte_be16_t port);

/**
 * Record an event of a mapping, and of its session if its protocol has no connections.
 *
 * @param event  CGN_RECORD_MAPPING_CREATED or _DELETED
 */
void cgn_flow_record_mapping(
		const struct cgn_nat *n, enum cgn_record_event event, const struct cgn_mapping *m);

/**
 * Whether a further session is worth a record: whether it tells of a connection, or of a destination that no other
 * session of its mapping has.
 *
 * @param state  CGN_TCP_FILTER: the session is a filter entry
 */
bool cgn_flow_record_is_session(const struct cgn_mapping *m, rte_be32_t addr, rte_be16_t port,
		enum cgn_tcp_state state);

/** Whether mappings or sessions are recorded. */
static inline bool
cgn_flow_record_is_wanted(const struct cgn_nat *n)
{
	const uint32_t kinds = UINT32_C(1) << CGN_RECORD_KIND_MAPPINGS |
			UINT32_C(1) << CGN_RECORD_KIND_SESSIONS;

	return unlikely(n->records != NULL) && (n->records->kinds & kinds) != 0;
}

/** Record a new mapping. Its remote endpoint is set. */
static inline void
cgn_flow_record_made(const struct cgn_nat *n, const struct cgn_mapping *m)
{
	if (cgn_flow_record_is_wanted(n))
		cgn_flow_record_mapping(n, CGN_RECORD_MAPPING_CREATED, m);
}

/** Record that a mapping ends. The first session of a TCP mapping has ended before. */
static inline void
cgn_flow_record_ended(const struct cgn_nat *n, const struct cgn_mapping *m)
{
	if (cgn_flow_record_is_wanted(n))
		cgn_flow_record_mapping(n, CGN_RECORD_MAPPING_DELETED, m);
}

/** Record an event of the first session of a TCP mapping: CGN_RECORD_SESSION_CREATED or _DELETED. */
static inline void
cgn_flow_record_first(
		const struct cgn_nat *n, enum cgn_record_event event, const struct cgn_mapping *m)
{
	if (cgn_record_door_wants(n->records, CGN_RECORD_KIND_SESSIONS))
		cgn_flow_record_write(n, event, m, m->rem_addr, m->rem_port);
}

/** Record a further session, unless it has been recorded. It is one by cgn_flow_record_is_session(). */
static inline void
cgn_flow_record_opened(const struct cgn_nat *n, const struct cgn_mapping *m, struct cgn_session *s)
{
	if (!cgn_record_door_wants(n->records, CGN_RECORD_KIND_SESSIONS) || s->is_recorded)
		return;
	s->is_recorded = true;
	cgn_flow_record_write(n, CGN_RECORD_SESSION_CREATED, m, s->rem_addr, s->rem_port);
}

/** Record that a further session ends, if its beginning was recorded. */
static inline void
cgn_flow_record_closed(const struct cgn_nat *n, const struct cgn_mapping *m, struct cgn_session *s)
{
	if (likely(!s->is_recorded))
		return;
	s->is_recorded = false;
	/* The export may have been switched off since. */
	if (!cgn_record_door_wants(n->records, CGN_RECORD_KIND_SESSIONS))
		return;
	cgn_flow_record_write(n, CGN_RECORD_SESSION_DELETED, m, s->rem_addr, s->rem_port);
}

#endif /* CGN_FLOW_RECORD_H */
