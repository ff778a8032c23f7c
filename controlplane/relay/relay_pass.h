/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_PASS_H
#define CGN_RELAY_PASS_H

/**
 * @file
 * Passes PCP requests of unknown opcodes on to the NAT in front, and the answers back.
 *
 * A request is sent once, from the WAN address. The client repeats it if there is no answer, and then it is passed on
 * anew. So a server that does not answer an opcode does not count as down.
 *
 * Nobody here knows the fields of such a message, so only the opcode says to which request an answer belongs. Therefore
 * only one request of an opcode is sent at a time. The others of this opcode wait, and are sent in the order in which
 * they came. If a request gets no answer, its answer may still be on the way. So for CGN_RELAY_PASS_QUIET_MS, no request
 * of another client is sent with this opcode. Otherwise this client might get the answer of somebody else.
 *
 * A request ends without an answer CGN_RELAY_PASS_WAIT_MS after it was sent, which is before its client repeats it, or
 * when it has waited for CGN_RELAY_PASS_TURN_MS.
 *
 * Source:  RFC 7648 section 3.4.2, RFC 6887 section 8.1.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_relay_pass_cfg.
 * Memory:  4 KiB, and about 60 octets for each of CGN_RELAY_PASS_MAX requests. The octets belong to the protocol.
 */

#include "controlplane/lease/lessor_cfg.h"
#include "controlplane/loop/timerq.h"
#include "shared/control_counters.h"

#define CGN_RELAY_PASS_WAIT_MS  2500  /* a client repeats a request after 2700 ms at the earliest */
#define CGN_RELAY_PASS_QUIET_MS 5000  /* since a request was sent that got no answer */
#define CGN_RELAY_PASS_TURN_MS  30000 /* longest wait for the turn */
#define CGN_RELAY_PASS_MAX      256   /* requests under way */
#define CGN_RELAY_PASS_CLIENT   8     /* of one client; each of them has another opcode */

struct cgn_relay_pass;

/** What it needs. All pointers outlive it. */
struct cgn_relay_pass_cfg {
	struct cgn_timerq *timers;
	/** Send a datagram to the server in front. */
	void (*send)(void *ctx, const void *data, size_t len);
	/** The address that it leaves from. */
	struct cgn_ip (*source)(void *ctx);
	void *ctx;
};

/** What it counts. */
struct cgn_relay_pass_stats {
	CGN_RELAY_PASS_COUNTERS(CGN_STATS_FIELD)
};

/** Create it. @return 0 or -ENOMEM */
int cgn_relay_pass_create(struct cgn_relay_pass **out, const struct cgn_relay_pass_cfg *cfg);

/** Release it. done() is not called for requests that are still under way. NULL is allowed. */
void cgn_relay_pass_destroy(struct cgn_relay_pass *p);

/**
 * Pass a request on, now or when its turn comes.
 *
 * @param r     r->pass has the request, of 24 to 1100 octets. r->realm and r->in.addr are its client
 * @param done  0: r->pass has the answer as the NAT in front has sent it; -ETIMEDOUT: there is none; -ENOBUFS: too many
 *              requests are under way, or this client has one of the same opcode
 */
void cgn_relay_pass_ask(struct cgn_relay_pass *p, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/**
 * Take a PCP answer of the server in front.
 *
 * @param data  of 24 to 1100 octets
 * @return false: it belongs to no request here
 */
bool
cgn_relay_pass_input(struct cgn_relay_pass *p, const uint8_t *data, size_t len, uint64_t now_ms);

/** Let all requests fail with -ECANCELED. */
void cgn_relay_pass_cancel(struct cgn_relay_pass *p, uint64_t now_ms);

/** Number of requests under way. */
uint32_t cgn_relay_pass_open(const struct cgn_relay_pass *p);

/** The counters. */
const struct cgn_relay_pass_stats *cgn_relay_pass_stats(const struct cgn_relay_pass *p);

#endif /* CGN_RELAY_PASS_H */
