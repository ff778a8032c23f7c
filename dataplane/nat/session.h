/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SESSION_H
#define CGN_SESSION_H

/**
 * @file
 * Further sessions of a mapping. The mapping itself contains its first session. The further sessions are
 * TCP connections of the same inside port with other remote endpoints, and the entries of address-dependent
 * filters.
 *
 * A session holds its mapping if the inside host takes part in it. Such a session is in the mapping's list
 * `sessions`. The other sessions are in the mapping's list `pending`: an unanswered SYN from outside, a
 * filter entry, and an unproven session (queue.h). They do not hold the mapping, so that no remote host can
 * keep a mapping alive.
 *
 * Threads: single owner. Memory: rte_hash and an array for the configured maximum.
 */

#include "dataplane/nat/mapping.h"
#include "dataplane/nat/queue.h"
#include "dataplane/nat/tcpfsm.h"

struct rte_hash;

/** The queues that an unproven or closed session is in. */
enum cgn_queue_of {
	CGN_QUEUE_ALL, /* of the table */
	CGN_QUEUE_SUB, /* of its subscriber */
	CGN_QUEUE_COUNT,
};

/** A further session. Addresses and ports in network order. */
struct cgn_session {
	uint32_t mapping;
	rte_be32_t rem_addr;
	rte_be16_t rem_port; /* 0: filter entry for all ports of the address */
	uint8_t state;       /* enum cgn_tcp_state */
	bool from_outside:1; /* a remote host opened the session */
	bool is_unproven:1;  /* from_outside: the remote host has not proved its address */
	bool is_answered:1;  /* is_unproven: the inside host has sent from ack_out to sent_end */
	bool is_closed:1;    /* from_outside: in the closed queues; never if is_unproven */
	bool is_recorded:1;  /* its beginning was recorded (flow_record.h) */
	cgn_tick last_use;
	uint32_t next; /* next session of the same mapping in the same list */
	uint32_t prev;
	struct cgn_wheel_node node;
	/* The last acknowledgement number of each end, 0: none. The resets at the end of a lease need it. */
	rte_be32_t ack_in;  /* sent by the inside host: next number it expects */
	rte_be32_t ack_out; /* sent by the remote host; is_unproven: lowest that proves it */
	uint32_t sent_end;  /* is_unproven: highest number that proves it, host order */
	struct cgn_queue_link queue[CGN_QUEUE_COUNT];
};
static_assert(sizeof(struct cgn_session) == 64, "one cache line per further session");

/** All further sessions of a worker. */
struct cgn_sessions {
	struct cgn_session *at; /* element 0 unused */
	struct rte_hash *hash;
	uint32_t capacity;
	uint32_t count;
	uint32_t fresh;
	uint32_t free;             /* list through next */
	uint32_t n_inbound;        /* the part of count that was opened from outside */
	struct cgn_queue unproven; /* the part of n_inbound that is unproven */
	struct cgn_queue closed;   /* the part of n_inbound that is closed */
	struct cgn_wheel wheel;
};

/** Create the table. @param id  makes the hash's name unique in the process. @return 0, -ENOMEM */
int cgn_sessions_init(struct cgn_sessions *t, uint32_t capacity, unsigned int id, uint32_t now_s);

/** Release it. */
void cgn_sessions_fini(struct cgn_sessions *t);

/** The further session of a mapping with a remote endpoint, 0: none. */
uint32_t cgn_sessions_find(const struct cgn_sessions *t, uint32_t mapping, rte_be32_t rem_addr,
		rte_be16_t rem_port);

/** Add a session to a mapping (@p m is the mapping @p mapping). @return its index, 0: table is full */
uint32_t cgn_sessions_add(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t mapping,
		rte_be32_t rem_addr, rte_be16_t rem_port, enum cgn_tcp_state state, cgn_tick now);

/** Remove a session from its mapping and from the table. */
void cgn_sessions_del(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session);

/** Change the state of a session. The session moves to the other list of its mapping if necessary. */
void cgn_sessions_set_state(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session,
		enum cgn_tcp_state state);

/**
 * Mark a session as unproven or proven. The session moves to the other list of its mapping if necessary.
 * The caller changes the queues.
 */
void cgn_sessions_set_unproven(
		struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session, bool is_unproven);

/**
 * Put a session at the end of a queue of the table and at the end of the same queue of its subscriber.
 *
 * @param session  in no queue
 */
void cgn_sessions_enqueue(struct cgn_sessions *t, struct cgn_queue *of_all,
		struct cgn_queue *of_sub, uint32_t session);

/**
 * Take a session out of both queues.
 *
 * @param of_sub  queue of the subscriber, NULL: the subscriber was removed
 */
void cgn_sessions_dequeue(struct cgn_sessions *t, struct cgn_queue *of_all,
		struct cgn_queue *of_sub, uint32_t session);

/** Whether a session in this state holds its mapping. An unproven session never does. */
static inline bool
cgn_session_holds(enum cgn_tcp_state state)
{
	return state != CGN_TCP_SYN_IN && state != CGN_TCP_FILTER;
}

#endif /* CGN_SESSION_H */
