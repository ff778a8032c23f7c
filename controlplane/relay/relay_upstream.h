/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_UPSTREAM_H
#define CGN_RELAY_UPSTREAM_H

/**
 * @file
 * The client side of the relay: sends requests to the server in the NAT in front, and repeats them on the schedule of
 * its protocol. It also remembers the last external address and epoch that the server has told.
 *
 * A request is sent when the one before has been answered, or was not answered within 250 ms. So a lost
 * packet delays only the client to which it belongs. At most CGN_RELAY_UPSTREAM_OPEN requests are under way.
 *
 * A request fails if it has no answer after all its packets. If the server was heard since the first of them, it is
 * there, and only this request fails. If it was not heard, or refuses a request with ICMP, it counts as down. Then all
 * requests fail, also those that wait in the queue. Until the server sends something again, a request has only
 * CGN_RELAY_UPSTREAM_DOWN packets.
 *
 * The server may have several addresses. The one that answers stays in use. If a request gets no answer after
 * CGN_RELAY_UPSTREAM_EACH packets, or ICMP refuses it, all requests under way go to the next address. The server is down
 * when all addresses have failed in a row. Then each new request tries all of them again, from the first one. The relay
 * itself asks for the address every CGN_RELAY_POLL_MS, which is more often than the 15 minutes of RFC 7488.
 *
 * PCP's waits differ by up to a tenth at random, so that many relays do not ask at the same time (RFC 6887 section
 * 8.1.1).
 *
 * A reload may change the addresses and the protocol. If the address in use stays, nothing else changes, unless the
 * protocol in use may not be spoken any more. If it goes, the first new address is used, and what the server before has
 * told is forgotten. Requests under way begin anew then.
 *
 * The protocol is NAT-PMP, PCP, or found out: PCP is tried first. A version error says that the server speaks only the
 * other protocol. Some servers do not answer a protocol that they do not speak. So while nothing was answered, the
 * fourth packet of a request and each second one after it are of the other protocol. The protocol that was found stays
 * until the server loses its state, is down, announces itself by the other protocol, or another address is used.
 *
 * The caller passes on only datagrams from the address and port of the server. Each of them tells the epoch, and some
 * tell the external address. An answer also ends the request under way to which it belongs.
 *
 * Source:  RFC 6886 sections 3.1, 3.2.1 and 3.6, RFC 6887 sections 8.1.1, 8.5 and 9, RFC 7488 sections 3 and 4.
 * Units:   milliseconds of the loop's clock, seconds in lifetimes.
 * Threads: the control thread. All I/O goes through struct cgn_relay_upstream_ops.
 */

#include "controlplane/loop/timerq.h"
#include "controlplane/relay/relay_queue.h"
#include "controlplane/relay/relay_wire.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

#define CGN_RELAY_UPSTREAM_DOWN  3  /* packets of a request while the server is down */
#define CGN_RELAY_UPSTREAM_EACH  4  /* packets to each of several addresses (RFC 7488 section 3) */
#define CGN_RELAY_UPSTREAM_OPEN  32 /* most requests under way; others wait in the queue */
#define CGN_RELAY_UPSTREAM_OTHER 3  /* packets of a request before the other protocol is tried */

struct cgn_relay_upstream;

/** The result of a request. */
struct cgn_relay_reply {
	bool is_down; /* there was no answer; by, result and ret say so, and the other fields mean nothing */
	enum cgn_lease_by by; /* whose result code it is */
	uint16_t result;
	int ret;             /* the result as -errno; 0: success */
	rte_be32_t ext;      /* external address; 0: there is none, or it is not known */
	uint16_t ext_port;   /* of a mapping */
	uint32_t lifetime_s; /* granted; of a PCP server also: of the error */
	const struct cgn_relay_said
			*said; /* the whole answer, valid during done() only; NULL: is_down */
	uint32_t took_s; /* time since the request was first sent; the lease may have begun then */
};

/** A request. The caller provides its memory, and keeps it in place until done() is called. */
struct cgn_relay_ask {
	struct cgn_relay_item item; /* item.client: the client in whose turn it is sent */
	struct cgn_relay_question question;
	void (*done)(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms);
	void *arg;
	/* the fields below are set by relay_upstream.c */
	struct cgn_relay_upstream *owner;
	struct cgn_relay_ask *next; /* next request under way */
	uint64_t first_ms;
	uint64_t wait_ms;
	uint64_t due_ms;
	unsigned int n_sent;
};

/** The functions that send requests, and tell of changes. */
struct cgn_relay_upstream_ops {
	/** Send a datagram to the server. */
	void (*send)(void *ctx, const void *data, size_t len);
	/** The address that datagrams to the server leave from. */
	struct cgn_ip (*source)(void *ctx);
	/** The server has lost its state, or has another external address, or answers again after it was down. */
	void (*changed)(void *ctx, uint64_t now_ms);
	/** The server has sent a mapping of PCP that no request under way asks for: an update, or a late answer. */
	void (*updated)(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms);
	/** The server has sent a PCP answer of an opcode that is not asked here. @return false: nobody else has asked it */
	bool (*passed)(void *ctx, const uint8_t *data, size_t len, uint64_t now_ms);
};

/** What cgn_relay_upstream_create() needs. All pointers outlive it. */
struct cgn_relay_upstream_cfg {
	struct cgn_timerq *timers;
	enum cgn_upstream_protocol protocol;
	unsigned int n_servers;   /* addresses of the server; 0 is 1 */
	bool prefers_natpmp;      /* CGN_UPSTREAM_AUTO tries NAT-PMP first */
	uint32_t (*random)(void); /* for the waits of PCP; NULL: the kernel's numbers */
	const struct cgn_relay_upstream_ops *ops;
	void *ctx;
};

/** What cgn_relay_upstream_change() changes. */
struct cgn_relay_upstream_servers {
	enum cgn_upstream_protocol protocol;
	unsigned int n;  /* addresses of the server; 0 is 1 */
	unsigned int at; /* the address in use, among these. n or more: it is gone */
};

/** Indexes of the counters. */
enum cgn_relay_upstream_counter {
#define CGN_RELAY_ENUM(id, name, help) CGN_RELAY_C_##id,
	CGN_RELAY_UPSTREAM_COUNTERS(CGN_RELAY_ENUM)
#undef CGN_RELAY_ENUM
	CGN_RELAY_C_COUNT,
};

/** The counters. */
struct cgn_relay_upstream_stats {
	uint64_t counter[CGN_RELAY_C_COUNT];
};

/** Create the client side. It sends nothing yet. @return 0 or -ENOMEM */
int cgn_relay_upstream_create(
		struct cgn_relay_upstream **out, const struct cgn_relay_upstream_cfg *cfg);

/** Release it. done() is not called for requests that are still under way. NULL is allowed. */
void cgn_relay_upstream_destroy(struct cgn_relay_upstream *u);

/**
 * The server has other addresses from now on, or speaks another protocol. changed() is not called, also if the address in
 * use is gone: the caller knows that what the server before has mapped is lost.
 */
void cgn_relay_upstream_change(struct cgn_relay_upstream *u,
		const struct cgn_relay_upstream_servers *servers, uint64_t now_ms);

/** Let all requests fail with -ECANCELED, also those that wait in the queue. */
void cgn_relay_upstream_cancel(struct cgn_relay_upstream *u, uint64_t now_ms);

/** Send a request, now or when its turn comes. @return false: too many wait; done() will not be called */
bool
cgn_relay_upstream_ask(struct cgn_relay_upstream *u, struct cgn_relay_ask *ask, uint64_t now_ms);

/** Take a datagram from the server: an answer or an announcement. */
void cgn_relay_upstream_input(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms);

/**
 * Read the epoch and address from an answer of the server to somebody else. It completes no request here, because it
 * belongs to a request of somebody else.
 */
void cgn_relay_upstream_overhear(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms);

/** Count a datagram or ICMP error that came to the same port, but not from the server. */
void cgn_relay_upstream_forged(struct cgn_relay_upstream *u);

/** An ICMP error tells that the server refuses requests. */
void cgn_relay_upstream_refused(struct cgn_relay_upstream *u, uint64_t now_ms);

/** The present epoch of the server. UINT32_MAX: not known */
uint32_t cgn_relay_upstream_epoch_s(const struct cgn_relay_upstream *u, uint64_t now_ms);

/** Seconds since the server has lost its state, by the clock here. UINT32_MAX: not known. See relay_epoch.h */
uint32_t cgn_relay_upstream_age_s(const struct cgn_relay_upstream *u, uint64_t now_ms);

/** The external address that the server has told last. 0: it has none, or it is not known */
rte_be32_t cgn_relay_upstream_ext(const struct cgn_relay_upstream *u);

/** Whether the server counts as down. In done(), it tells whether all requests have failed. */
bool cgn_relay_upstream_is_down(const struct cgn_relay_upstream *u);

/** The protocol of requests now. It may change. */
const struct cgn_relay_wire *cgn_relay_upstream_wire(const struct cgn_relay_upstream *u);

/** The address of the server that is used now: an index below n_servers. */
unsigned int cgn_relay_upstream_at(const struct cgn_relay_upstream *u);

/** Number of requests under way or waiting in the queue. */
uint32_t cgn_relay_upstream_open(const struct cgn_relay_upstream *u);

/** The counters. */
const struct cgn_relay_upstream_stats *cgn_relay_upstream_stats(const struct cgn_relay_upstream *u);

#endif /* CGN_RELAY_UPSTREAM_H */
