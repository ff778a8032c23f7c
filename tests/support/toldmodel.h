/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TOLDMODEL_H
#define CGN_TEST_TOLDMODEL_H

/**
 * @file
 * The model of scn_told.c: what clients have been told of each inside endpoint, and what must be there now.
 */

#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/pcp/pcp_server.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/leasefix.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#define N_HOSTS        4
#define N_PORTS        4
#define PORT0          5000
#define N_PROTOS       2 /* CGN_PROTO_UDP, CGN_PROTO_TCP */
#define LEASES         5 /* leases_max */
#define IDLE           301
#define PCP_MIN        121
#define MOST           86401
#define REMOTES        2
#define FILTER_LEN     24
#define SET_LEN        12
#define PEER_LEN       80
#define MAP_LEN        60
#define PMP_LEN        12

#define NOT_AUTHORIZED 2 /* in both protocols */

#define IS_NATPMP      0             /* in place of a nonce */
#define CLEAR          (REMOTES + 1) /* the option FILTER that removes all filters */

/* One inside endpoint. It is free, has a mapping that traffic has made, or a lease. A lease is one of MAP (or NAT-PMP), of
 * PEER, or of both. */
struct entry {
	bool is_live, has_map, has_peer, is_used;
	bool ages;     /* the part of MAP was made or renewed by PCP */
	uint8_t nonce; /* IS_NATPMP: NAT-PMP's */
	uint8_t peer_nonce;
	uint8_t filters; /* bit i: remotes[i] may send; 0: all may */
	uint32_t ext, end, peer_end, last;
	uint16_t ext_port;
};

struct run {
	struct fx *fx;
	struct lf lf;
	struct cgn_natpmp_server *natpmp;
	struct cgn_pcp_server *pcp;
	struct entry at[N_HOSTS][N_PROTOS][N_PORTS];
	uint64_t rng;
	uint32_t seed, step, now;
	bool failed;
	uint8_t answer[1100];
	size_t answer_len;
	unsigned int n_answers;
	const char *what; /* the step, for the message */
};

/* A request of a client, and what it is told. */
struct req {
	unsigned int host, proto, port;
	uint8_t nonce;
	uint8_t filter; /* number of a remote host plus 1 that is let in; CLEAR: all are; 0: no such option */
	uint16_t set_size;
	uint32_t lifetime;
	uint16_t suggested;
	unsigned int result;
	uint32_t granted, epoch;
	uint32_t ext;
	uint16_t ext_port;
};

static const enum cgn_proto protos[N_PROTOS] = { CGN_PROTO_UDP, CGN_PROTO_TCP };
static const char *const remotes[REMOTES] = { "203.0.113.5", "203.0.113.6" };
static const uint8_t numbers[N_PROTOS] = { IPPROTO_UDP, IPPROTO_TCP };

static inline uint32_t
below(struct run *r, uint32_t n)
{
	/* xorshift64* */
	r->rng ^= r->rng >> 12;
	r->rng ^= r->rng << 25;
	r->rng ^= r->rng >> 27;
	return (uint32_t)((r->rng * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static inline void fail(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void
fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return;
	printf("\n  seed %u step %u second %u, %s: ", r->seed, r->step, r->now, r->what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	r->failed = true;
	CU_FAIL("told and done differ");
}

static inline rte_be32_t
address(unsigned int host)
{
	return rte_cpu_to_be_32(RTE_IPV4(100, 64, 1, 16) + host);
}

static inline const char *
text(uint32_t addr)
{
	static char ring[4][16];
	static unsigned int k;
	rte_be32_t be = rte_cpu_to_be_32(addr);
	char *to = ring[k++ % 4];

	inet_ntop(AF_INET, &be, to, 16);
	return to;
}

static inline const char *
name_of(unsigned int host)
{
	return text(rte_be_to_cpu_32(address(host)));
}

static inline bool
is_in_use(const struct run *r, const struct entry *e)
{
	return e->is_used && r->now < e->last + IDLE;
}

static inline bool
is_lease(const struct entry *e)
{
	return e->has_map || e->has_peer;
}

/* When all of a lease ends. */
static inline uint32_t
end_of(const struct entry *e)
{
	return RTE_MAX(e->has_map ? e->end : 0, e->has_peer ? e->peer_end : 0);
}

/* E-PEER-2: PEER goes on without MAP. */
static inline void
end_map(struct entry *e)
{
	e->has_map = e->ages = false;
	e->nonce = e->filters = 0;
	e->end = 0;
}

/* E-LIFE-5: a lease of PCP ends no mapping in use. */
static inline void
age(const struct run *r, struct entry *e)
{
	/* What ends last says how. */
	bool ages = e->has_peer && e->peer_end >= end_of(e) ? true : e->ages;
	bool was_lease = is_lease(e);

	if (e->has_peer && r->now >= e->peer_end)
		e->has_peer = false;
	if (e->has_map && r->now >= e->end)
		end_map(e);
	if (was_lease && !is_lease(e))
		e->is_live = ages && is_in_use(r, e);
	if (e->is_live && !is_lease(e))
		e->is_live = is_in_use(r, e);
	if (!e->is_live)
		*e = (struct entry){ 0 };
}

static inline void
age_all(struct run *r)
{
	for (unsigned int h = 0; h < N_HOSTS; h++) {
		for (unsigned int i = 0; i < N_PROTOS * N_PORTS; i++)
			age(r, &r->at[h][i / N_PORTS][i % N_PORTS]);
	}
}

static inline unsigned int
leases_of(const struct run *r, unsigned int host)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < N_PROTOS * N_PORTS; i++)
		n += is_lease(&r->at[host][i / N_PORTS][i % N_PORTS]);
	return n;
}

/* Whether another endpoint has an external one. B-MAP-8: a lease also keeps the port of the other protocol from others. */
static inline bool
is_taken(const struct run *r, const struct entry *but, unsigned int proto, uint32_t ext,
		uint16_t port)
{
	for (unsigned int h = 0; h < N_HOSTS; h++) {
		bool is_own = but >= &r->at[h][0][0] && but <= &r->at[h][N_PROTOS - 1][N_PORTS - 1];

		for (unsigned int i = 0; i < N_PROTOS * N_PORTS; i++) {
			const struct entry *e = &r->at[h][i / N_PORTS][i % N_PORTS];
			bool is_same = i / N_PORTS == proto;

			if (e != but && e->is_live && e->ext == ext && e->ext_port == port &&
					(is_same || (is_lease(e) && !is_own)))
				return true;
		}
	}
	return false;
}

#endif /* CGN_TEST_TOLDMODEL_H */
