/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/ext.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>

#define PORTS    ((size_t)1 << 16)
#define HUGE_MAX ((size_t)1 << 30) /* octets of an index in huge pages: 4096 addresses */

static void
add_home(struct cgn_ext *e, const struct cgn_ext_home *home)
{
	uint32_t i = cgn_ext_start(e, home->addr);

	while (e->homes[i & e->homes_mask].addr != 0)
		i++;
	e->homes[i & e->homes_mask] = *home;
}

/* Visit the pool addresses in the order in which they are dealt; count or enter them. */
static void
deal(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker, bool enter)
{
	uint64_t k = 0;
	uint32_t n_own = 0;

	for (size_t p = 0; p < conf->n_pools; p++) {
		const struct cgn_conf_pool *pool = &conf->pools[p];

		for (size_t r = 0; r < pool->n_ranges; r++) {
			for (uint64_t a = pool->ranges[r].first; a <= pool->ranges[r].last;
					a++, k++) {
				struct cgn_ext_home home = {
					.addr = rte_cpu_to_be_32((uint32_t)a),
					.worker = (uint16_t)(k % conf->workers),
					.pool = (uint16_t)p,
					.ord = (uint32_t)(k / conf->workers),
				};

				if (enter)
					add_home(e, &home);
				if (home.worker != worker)
					continue;
				if (enter) {
					e->own_addr[home.ord] = home.addr;
					e->own_pool[home.ord] = home.pool;
				}
				n_own++;
			}
		}
	}
	e->n_own = n_own;
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

/* A port of every address is in use before long, so that huge pages take little more memory than
 * small ones; but few subscribers of a very large pool would take up all of it. ICMP is always sparse. */
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
	e->homes_mask = (uint32_t)(slots - 1);
	e->homes_shift = 32 - (uint32_t)__builtin_ctzll(slots);
	deal(e, conf, worker, false);
	e->homes = cgn_mem_map(slots * sizeof(*e->homes));
	e->own_addr = calloc((size_t)e->n_own + 1, sizeof(*e->own_addr));
	e->own_pool = calloc((size_t)e->n_own + 1, sizeof(*e->own_pool));
	if (e->homes == NULL || e->own_addr == NULL || e->own_pool == NULL)
		goto fini;
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		e->index[proto] = map_index(e->n_own, (enum cgn_proto)proto);
		if (e->index[proto] == NULL)
			goto fini;
	}
	deal(e, conf, worker, true);
	return 0;

fini:
	cgn_ext_fini(e);
	return -ENOMEM;
}

void
cgn_ext_fini(struct cgn_ext *e)
{
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++)
		cgn_mem_unmap(e->index[proto], e->n_own * PORTS * sizeof(uint32_t));
	cgn_mem_unmap(e->homes, ((size_t)e->homes_mask + 1) * sizeof(*e->homes));
	free(e->own_addr);
	free(e->own_pool);
	*e = (struct cgn_ext){ 0 };
}
