/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Table of the pool addresses with their owners, and memory of the external index.
 */
#include "dataplane/nat/ext.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>

#define PORTS    ((size_t)1 << 16)
#define HUGE_MAX ((size_t)1 << 30) /* octets of an index in huge pages: 4096 addresses */

static void
add_pool_addr(struct cgn_ext *e, const struct cgn_ext_addr *pa)
{
	uint32_t i = cgn_ext_start(e, pa->addr);

	while (e->addrs[i & e->addrs_mask].addr != 0)
		i++;
	e->addrs[i & e->addrs_mask] = *pa;
}

/* Assign the pool addresses to the workers in turn. The first pass counts, the second enters them. */
static void
assign_addresses(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker, bool enter)
{
	uint64_t k = 0;
	uint32_t n_owned = 0;

	for (size_t p = 0; p < conf->n_pools; p++) {
		const struct cgn_conf_pool *pool = &conf->pools[p];

		for (size_t r = 0; r < pool->n_ranges; r++) {
			for (uint64_t a = pool->ranges[r].first; a <= pool->ranges[r].last;
					a++, k++) {
				struct cgn_ext_addr pa = {
					.addr = rte_cpu_to_be_32((uint32_t)a),
					.worker = (uint16_t)(k % conf->workers),
					.pool = (uint16_t)p,
					.ord = (uint32_t)(k / conf->workers),
				};

				if (enter)
					add_pool_addr(e, &pa);
				if (pa.worker != worker)
					continue;
				if (enter) {
					e->owned_addr[pa.ord] = pa.addr;
					e->owned_pool[pa.ord] = pa.pool;
				}
				n_owned++;
			}
		}
	}
	e->n_owned = n_owned;
}

static size_t
count_addresses(const struct cgn_conf *conf)
{
	size_t n = 0;

	for (size_t p = 0; p < conf->n_pools; p++) {
		for (size_t r = 0; r < conf->pools[p].n_ranges; r++)
			n += (size_t)conf->pools[p].ranges[r].last -
					conf->pools[p].ranges[r].first + 1;
	}
	return n;
}

/* TCP and UDP use huge pages where every address soon has ports in use: there they cost little more memory
 * than small pages. In a very large pool with few subscribers, huge pages would commit all of the table.
 * ICMP identifiers are always sparse. */
static uint32_t *
map_index(size_t n_addresses, enum cgn_proto proto)
{
	size_t bytes = n_addresses * PORTS * sizeof(uint32_t);

	return proto == CGN_PROTO_ICMP || bytes > HUGE_MAX ? cgn_mem_map_sparse(bytes)
							   : cgn_mem_map(bytes);
}

int
cgn_ext_init(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker)
{
	size_t n = count_addresses(conf), slots = 2;

	*e = (struct cgn_ext){ 0 };
	while (slots < 2 * n)
		slots *= 2;
	e->addrs_mask = (uint32_t)(slots - 1);
	/* Slots are a power of two and at most half full, so searches are short. */
	e->addrs_shift = 32 - (uint32_t)__builtin_ctzll(slots);
	assign_addresses(e, conf, worker, false);
	e->addrs = cgn_mem_map(slots * sizeof(*e->addrs));
	e->owned_addr = calloc((size_t)e->n_owned + 1, sizeof(*e->owned_addr));
	e->owned_pool = calloc((size_t)e->n_owned + 1, sizeof(*e->owned_pool));
	if (e->addrs == NULL || e->owned_addr == NULL || e->owned_pool == NULL)
		goto fini;
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		e->index[proto] = map_index(e->n_owned, (enum cgn_proto)proto);
		if (e->index[proto] == NULL)
			goto fini;
	}
	assign_addresses(e, conf, worker, true);
	return 0;

fini:
	cgn_ext_fini(e);
	return -ENOMEM;
}

void
cgn_ext_fini(struct cgn_ext *e)
{
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++)
		cgn_mem_unmap(e->index[proto], e->n_owned * PORTS * sizeof(uint32_t));
	cgn_mem_unmap(e->addrs, ((size_t)e->addrs_mask + 1) * sizeof(*e->addrs));
	free(e->owned_addr);
	free(e->owned_pool);
	*e = (struct cgn_ext){ 0 };
}
