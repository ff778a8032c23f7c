/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counters of kept connections per remote address and network.
 */
#include "dataplane/nat/remotes.h"

#include "shared/mem.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>

/* At most 64 MB of counters, with 4 octets each. */
#define COUNTERS_MIN (UINT32_C(1) << 10)
#define COUNTERS_MAX (UINT32_C(1) << 24)

/* Marks a network in a key, before its 24 bits. No host is in 255.0.0.0/8. */
#define IS_NETWORK UINT32_C(0xff000000)

unsigned int
cgn_remotes_bits(uint32_t sessions)
{
	/* A connection has four counters. */
	uint64_t want = RTE_MIN(RTE_MAX(4 * (uint64_t)sessions, COUNTERS_MIN), COUNTERS_MAX);

	return 64 - (unsigned int)__builtin_clzll(want - 1);
}

int
cgn_remotes_init(struct cgn_remotes *r, uint32_t sessions, uint64_t key)
{
	unsigned int bits = cgn_remotes_bits(sessions);

	memset(r, 0, sizeof(*r));
	r->at = cgn_mem_map_sparse(sizeof(*r->at) << bits);
	if (r->at == NULL)
		return -ENOMEM;
	r->n = UINT32_C(1) << bits;
	r->shift = 64 - bits;
	r->key = key;
	return 0;
}

void
cgn_remotes_fini(struct cgn_remotes *r)
{
	cgn_mem_unmap(r->at, r->n * sizeof(*r->at));
	r->at = NULL;
}

static uint32_t *
counter(const struct cgn_remotes *r, uint32_t sub, uint32_t who)
{
	/* A keyed hash, so that nobody can choose hosts that share a counter. The multipliers are those of
	 * SplitMix64. */
	uint64_t h = (((uint64_t)sub << 32 | who) ^ r->key) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &r->at[h >> r->shift];
}

static uint32_t *
of_address(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr)
{
	return counter(r, sub, rte_be_to_cpu_32(addr));
}

static uint32_t *
of_network(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr)
{
	return counter(r, sub, IS_NETWORK | rte_be_to_cpu_32(addr) >> 8);
}

void
cgn_remotes_add(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr)
{
	++*of_address(r, sub, addr);
	++*of_network(r, sub, addr);
	++*of_address(r, CGN_REMOTES_ALL, addr);
	++*of_network(r, CGN_REMOTES_ALL, addr);
}

void
cgn_remotes_del(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr)
{
	--*of_address(r, sub, addr);
	--*of_network(r, sub, addr);
	--*of_address(r, CGN_REMOTES_ALL, addr);
	--*of_network(r, CGN_REMOTES_ALL, addr);
}

/* A part of the free places. It is rounded up, so that a host without connections can take the last
 * place. */
static uint32_t
part(uint32_t free, uint32_t share)
{
	return free / share + (free % share != 0);
}

bool
cgn_remotes_may_add(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t free)
{
	return *of_address(r, sub, addr) < part(free, CGN_REMOTES_ADDRESS_SHARE) &&
			*of_network(r, sub, addr) < part(free, CGN_REMOTES_NETWORK_SHARE);
}

void
cgn_remotes_get(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t *of_addr,
		uint32_t *of_net)
{
	*of_addr = *of_address(r, sub, addr);
	*of_net = *of_network(r, sub, addr);
}
