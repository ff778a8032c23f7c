/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_UPSTREAM_H
#define CGN_RELAY_UPSTREAM_H

/**
 * @file
 * The client of the NAT in front: asks it, again and again on the schedule of RFC 6886, and knows what
 * it last said of its external address and its epoch.
 *
 * Requests leave one after the other, each when the one before is answered. One that is not answered
 * at once is repeated on its schedule and no longer holds up the others, so that a loss costs only
 * the client whose packet it was; at most CGN_RELAY_UPSTREAM_OPEN are under way.
 *
 * A server that has not answered nine times, or refuses with ICMP, is down: all that is under way or
 * waits fails with it. Until it says something again, each request is tried CGN_RELAY_UPSTREAM_DOWN
 * times only.
 *
 * An answer counts if it comes from the server's address and port and answers something that is under
 * way; an announcement, if it comes from there. Anything else changes nothing.
 *
 * Source:  RFC 6886 sections 3.1, 3.2.1 and 3.6.
 * Units:   milliseconds of the loop's clock, seconds in lifetimes.
 * Threads: the control thread. No I/O but through struct cgn_relay_upstream_ops.
 */

#include "controlplane/loop/timerq.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/relay/relay_epoch.h"
#include "controlplane/relay/relay_queue.h"
#include "shared/control_counters.h"

#define CGN_RELAY_UPSTREAM_TRIES 9   /* packets of a request: nobody is there after 127.75 s */
#define CGN_RELAY_UPSTREAM_GAP   250 /* ms after the first packet; each next wait is twice as long */
#define CGN_RELAY_UPSTREAM_DOWN  3   /* packets while the server is down */
#define CGN_RELAY_UPSTREAM_OPEN  32  /* requests under way; further ones wait */

struct cgn_relay_upstream;

/** What became of a request. */
struct cgn_relay_reply {
	bool is_down; /* no answer; the rest says nothing */
	uint16_t result;
	rte_be32_t ext;      /* of opcode 0 */
	uint16_t ext_port;   /* of opcodes 1 and 2 */
	uint32_t lifetime_s; /* granted */
	uint32_t took_s;     /* since the request was first sent: the lease may be that old */
};

/** A request; its memory is the caller's until it is done. */
struct cgn_relay_ask {
	struct cgn_relay_item item;        /* item.client: whose turn it takes */
	struct cgn_natpmp_request request; /* opcode, ports, lifetime */
	void (*done)(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms);
	void *arg;
	/* the client's own */
	struct cgn_relay_upstream *owner;
	struct cgn_relay_ask *next; /* under way */
	uint64_t first_ms;
	uint64_t wait_ms;
	uint64_t due_ms;
	unsigned int n_sent;
};

/** How requests leave, and who hears of a change. */
struct cgn_relay_upstream_ops {
	/** Send a datagram to the server. */
	void (*send)(void *ctx, const void *data, size_t len);
	/** The server has lost its state, or has another external address, or is there again. */
	void (*changed)(void *ctx, uint64_t now_ms);
};

/** What the client of the NAT in front uses. All pointers outlive it. */
struct cgn_relay_upstream_cfg {
	struct cgn_timerq *timers;
	const struct cgn_relay_upstream_ops *ops;
	void *ctx;
};

/** Indexes of the counters. */
enum cgn_relay_upstream_counter {
#define CGN_RELAY_ENUM(id, name, help) CGN_RELAY_C_##id,
	CGN_RELAY_UPSTREAM_COUNTERS(CGN_RELAY_ENUM)
#undef CGN_RELAY_ENUM
	CGN_RELAY_C_COUNT,
};

/** What the client of the NAT in front counts. */
struct cgn_relay_upstream_stats {
	uint64_t counter[CGN_RELAY_C_COUNT];
};

/** Create it; nothing is sent yet. @return 0 or -ENOMEM */
int cgn_relay_upstream_create(
		struct cgn_relay_upstream **out, const struct cgn_relay_upstream_cfg *cfg);

/** Release it; what is under way is never done. NULL is allowed. */
void cgn_relay_upstream_destroy(struct cgn_relay_upstream *u);

/** Ask. @return false: too many wait; done() will not be called */
bool
cgn_relay_upstream_ask(struct cgn_relay_upstream *u, struct cgn_relay_ask *ask, uint64_t now_ms);

/** Take a datagram of the server: an answer or an announcement. */
void cgn_relay_upstream_input(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms);

/**
 * Take note of an answer of the server to somebody else: of its epoch and address only, since it may refuse
 * what it was not asked here.
 */
void cgn_relay_upstream_overhear(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms);

/** Take note of a datagram that claims to be one, from somebody else. */
void cgn_relay_upstream_forged(struct cgn_relay_upstream *u);

/** The server refuses requests (ICMP). */
void cgn_relay_upstream_refused(struct cgn_relay_upstream *u, uint64_t now_ms);

/** What the server's epoch is; UINT32_MAX: unknown. */
uint32_t cgn_relay_upstream_epoch_s(const struct cgn_relay_upstream *u, uint64_t now_ms);

/** The external address that the server last spoke of. 0: none, or unknown */
rte_be32_t cgn_relay_upstream_ext(const struct cgn_relay_upstream *u);

/** The -errno that says the same as a result code of the server; -EREMOTEIO: none does. 0 for success. */
int cgn_relay_upstream_errno(uint16_t result);

/** Requests under way and waiting. */
uint32_t cgn_relay_upstream_open(const struct cgn_relay_upstream *u);

/** The counters. */
const struct cgn_relay_upstream_stats *cgn_relay_upstream_stats(const struct cgn_relay_upstream *u);

#endif /* CGN_RELAY_UPSTREAM_H */
