/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_MODEL_H
#define CGN_TEST_MODEL_H

/**
 * @file
 * A slow and simple model of what a NAT must do, written from tests/requirements.md. It uses arrays and
 * linear search. The model says whether a packet passes, and with which endpoints. Sometimes the
 * requirements leave a choice (which port, whether a companion number is tried). Then the model says what
 * is legal and learns what was chosen. model_ports.h has the part about addresses and ports.
 *
 * Times are seconds. The clock moves in multiples of four, and the timeouts of mappings, sessions and drains
 * are 1 modulo 4. When a timer has ended, it has therefore ended at least three seconds ago. It does not
 * matter in which second the NAT notices the end. Addresses and ports are in host order.
 */

#include "shared/addr.h"
#include "shared/conf.h"
#include "shared/record.h"

#define MO_MAPPINGS 128
#define MO_SESSIONS 40 /* remotes of one mapping */
#define MO_HELD     4096
#define MO_ADDRS    64
#define MO_BLOCKS   512
#define MO_WRONG    160 /* octets of a text that says what is wrong */

/** A subscriber: address and length of its prefix. 0: none. */
typedef uint64_t mo_sub_t;

struct mo_ep {
	uint32_t addr;
	uint16_t port;
};

/* The state of a TCP connection: which side has sent what (RFC 7857 section 2, RFC 5382 section 5). */
enum mo_state {
	MO_NONE,
	MO_SYN_OUT,
	MO_SYN_IN, /* no answer from inside yet: does not hold the mapping */
	MO_SYN_BOTH,
	MO_WAIT_OUT, /* the inside host has not acknowledged yet */
	MO_WAIT_IN,
	MO_ESTABLISHED,
	MO_FIN_OUT,
	MO_FIN_IN,
	MO_CLOSING,
	MO_RESET_OPENING,
	MO_RESET,
	MO_STATES,
};

enum mo_event {
	MO_SYN,
	MO_SYNACK,
	MO_ACK,
	MO_FIN,
	MO_RST,
	MO_EVENTS,
};

struct mo_session {
	struct mo_ep remote;
	enum mo_state state;
	uint32_t last;
	bool is_unproven; /* opened from outside, no acknowledgement from there: does not hold the mapping */
};

struct mo_filter {
	struct mo_ep remote;
	uint32_t last;
	bool is_used;
	enum cgn_filtering kind; /* in force when it was noted */
};

struct mo_mapping {
	bool is_live;
	bool is_lease;
	bool is_unsure; /* the NAT may have lost it over a restart */
	uint8_t proto;  /* enum cgn_proto */
	mo_sub_t sub;
	struct mo_ep in;
	struct mo_ep ext;
	uint32_t last;
	uint32_t lease_end;
	struct mo_session sessions[MO_SESSIONS];
	struct mo_filter filters[MO_SESSIONS]; /* who was sent to (TCP: sent a SYN) */
};

/* A released port. No other endpoint may have it before `sure`. After `maybe` it is free. */
struct mo_held {
	uint8_t proto;
	mo_sub_t sub;
	struct mo_ep in;
	struct mo_ep ext;
	uint32_t sure;
	uint32_t maybe;
};

/* An external address of a pool. */
struct mo_addr {
	uint32_t addr;
	uint16_t pool;
	unsigned int worker;
	bool drains;
	bool is_over;   /* the time of the drain is over, so nothing is there */
	bool is_mixed;  /* its blocks may be of several sizes */
	uint32_t since; /* drains: when it began */
};

/* Ports that belong to a subscriber, as the records say. */
struct mo_block {
	mo_sub_t sub;
	uint32_t addr;
	uint16_t first;
	uint16_t last;
	uint32_t begin; /* steps */
	uint32_t end;
	uint32_t used; /* second in which a port of it was last in use or held */
};

/* The answers of the NAT under test to what only it can know. */
struct mo_asks {
	unsigned int (*owner)(void *ctx, uint32_t in_addr);      /* worker of an inside address */
	unsigned int (*worker_of)(void *ctx, uint32_t ext_addr); /* worker of an external address */
	void *ctx;
};

struct mo {
	const struct cgn_conf *conf;
	struct mo_asks asks;
	uint32_t now;
	uint32_t start; /* of the process: what had ended before ends then */
	uint32_t step;
	uint32_t reset_end; /* up to then, segments without a mapping may be answered with a reset */
	struct mo_mapping maps[MO_MAPPINGS];
	struct mo_held held[MO_HELD];
	unsigned int n_held;
	struct mo_addr addrs[MO_ADDRS];
	unsigned int n_addrs;
	struct mo_block blocks[MO_BLOCKS]; /* that are somebody's now */
	unsigned int n_blocks;
	struct mo_block *past; /* that were */
	size_t n_past;
	char wrong[MO_WRONG]; /* the first thing that is wrong; "": nothing */
};

/** Whether something must happen, must not happen, or may happen. */
enum mo_verdict {
	MO_MUST,
	MO_MUST_NOT,
	MO_MAY,
};

/** Move the clock, and end everything whose time is over. mo_drain() must follow. */
void mo_advance(struct mo *m, uint32_t now);

/** The mapping of an inside endpoint, NULL: none. */
struct mo_mapping *mo_find_in(struct mo *m, uint8_t proto, struct mo_ep in);

/** The mapping of an external endpoint, NULL: none. */
struct mo_mapping *mo_find_ext(struct mo *m, uint8_t proto, struct mo_ep ext);

/** The session of a mapping with a remote endpoint, NULL: none. */
struct mo_session *mo_session(struct mo_mapping *map, struct mo_ep remote);

/** Learn a mapping that was made. NULL: no room in the model. */
struct mo_mapping *
mo_make(struct mo *m, uint8_t proto, mo_sub_t sub, struct mo_ep in, struct mo_ep ext);

/** End a mapping by command. */
void mo_end(struct mo *m, struct mo_mapping *map);

/** End a mapping whose address is out of use for its subscriber: there is no hold-down. */
void mo_cut(struct mo *m, struct mo_mapping *map);

/** Process an outbound packet with its mapping. @return whether the packet passes */
bool mo_out(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev);

/** Process an inbound packet with its mapping (not NULL). */
enum mo_verdict mo_in(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev);

/** Learn that the NAT has passed an inbound packet. */
void mo_in_passed(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev);

/**
 * Segments that make sense in a state and whose effect the requirements define: one bit per enum mo_event.
 */
unsigned int mo_sensible(enum mo_state s, bool is_out);

#endif /* CGN_TEST_MODEL_H */
