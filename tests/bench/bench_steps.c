/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Measures the steps of a packet one by one: parse, look up, translate, queue.
 */
#include "tests/bench/bench_steps.h"

#include "dataplane/engine/context.h"
#include "dataplane/engine/inside.h"
#include "dataplane/nat/mapping.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/rewrite.h"
#include "shared/mem.h"

#include <rte_cycles.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

void
bench_floor(struct world *w, unsigned int burst, uint32_t rounds, double *parse, double *floor_)
{
	struct cgn_pkt pkt[WORLD_BURST];
	uint64_t parse_cycles = 0, all_cycles = 0, packets = 0, t0, t1, t2;

	for (uint32_t r = 0; r < rounds; r++) {
		for (unsigned int i = 0; i < burst; i++)
			world_frame(w, i, world_below(w, w->n_flows), WORLD_UDP_OUT, 0);
		t0 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < burst; i++) {
			pkt[i].m = w->m[i];
			pkt[i].port = 0;
			pkt[i].side = CGN_SIDE_INSIDE;
			if (cgn_parse(&pkt[i], &w->pkt_ports[0]) != CGN_V_NONE)
				return;
		}
		t1 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < burst; i++)
			cgn_rewrite(&pkt[i], true, RTE_BE32(0xc6120001), RTE_BE16(5000), 0x1234,
					0x4321, false, 0);
		t2 = rte_rdtsc_precise();
		if (world_is_whole(t2 - t0)) {
			parse_cycles += t1 - t0;
			all_cycles += t2 - t0;
			packets += burst;
		}
	}
	*parse = (double)parse_cycles / (double)RTE_MAX(packets, 1u);
	*floor_ = (double)all_cycles / (double)RTE_MAX(packets, 1u);
}

/** A key as the inside index knows it; compared as octets by rte_hash. */
struct key {
	uint32_t realm;
	rte_be32_t addr;
	rte_be16_t port;
	uint8_t proto;
	uint8_t pad;
};

static struct key
key_of(uint32_t flow)
{
	return (struct key){
		.addr = rte_cpu_to_be_32(RTE_IPV4(100, 64, 0, 2) + flow / WORLD_PER_SUB),
		.port = rte_cpu_to_be_16((uint16_t)(20000 + flow % WORLD_PER_SUB * 601u)),
		.proto = CGN_PROTO_UDP,
	};
}

static uint32_t
next_random(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(((*state >> 32) * n) >> 32);
}

double
bench_index(uint32_t n, unsigned int burst, uint32_t rounds)
{
	static const uint64_t seed[2] = { 0x0123456789abcdefull, 0xfedcba9876543210ull };
	static struct cgn_mappings t;
	struct key key[WORLD_BURST];
	uint64_t hash[WORLD_BURST], state = 1, cycles = 0, packets = 0, t0;
	uint32_t ref[WORLD_BURST], slot;

	if (cgn_mappings_init(&t, n, seed, 0) < 0)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		struct key k = key_of(i);
		struct cgn_mapping_key mk = {
			.in = { .addr = k.addr, .port = k.port, .proto = k.proto }
		};

		(void)cgn_mappings_add(&t, &mk, &slot, 0);
	}
	for (uint32_t r = 0; r < rounds; r++) {
		for (unsigned int i = 0; i < burst; i++)
			key[i] = key_of(next_random(&state, n));
		t0 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < burst; i++) {
			hash[i] = cgn_index_hash(
					&t.index, 0, key[i].addr, key[i].port, key[i].proto);
			rte_prefetch0(cgn_index_bucket(&t.index, hash[i]));
		}
		for (unsigned int i = 0; i < burst; i++) {
			ref[i] = cgn_index_probe(cgn_index_bucket(&t.index, hash[i]),
					cgn_index_sig(hash[i]));
			rte_prefetch0(&t.at[ref[i]]);
		}
		for (unsigned int i = 0; i < burst; i++) {
			struct cgn_mapping *m = &t.at[ref[i]];

			if (!cgn_mapping_is(m, 0, key[i].addr, key[i].port, key[i].proto))
				m = &t.at[cgn_mappings_find(&t, hash[i], 0, key[i].addr,
						key[i].port, key[i].proto)];
			m->last_use = r;
		}
		t0 = rte_rdtsc_precise() - t0;
		if (world_is_whole(t0)) {
			cycles += t0;
			packets += burst;
		}
	}
	cgn_mappings_fini(&t);
	return (double)cycles / (double)RTE_MAX(packets, 1u);
}

double
bench_line(uint32_t n, unsigned int burst, uint32_t rounds)
{
	size_t octets = (size_t)n * RTE_CACHE_LINE_SIZE;
	uint8_t *at = cgn_mem_map(octets), *line[WORLD_BURST];
	uint64_t state = 1, cycles = 0, packets = 0, t0;

	if (at == NULL)
		return 0;
	memset(at, 1, octets);
	for (uint32_t r = 0; r < rounds; r++) {
		for (unsigned int i = 0; i < burst; i++)
			line[i] = at + (size_t)next_random(&state, n) * RTE_CACHE_LINE_SIZE;
		t0 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < RTE_MIN(burst, CGN_FETCH_AHEAD); i++)
			rte_prefetch0(line[i]);
		for (unsigned int i = 0; i < burst; i++) {
			if (i + CGN_FETCH_AHEAD < burst)
				rte_prefetch0(line[i + CGN_FETCH_AHEAD]);
			(*line[i])++;
		}
		t0 = rte_rdtsc_precise() - t0;
		if (world_is_whole(t0)) {
			cycles += t0;
			packets += burst;
		}
	}
	cgn_mem_unmap(at, octets);
	return (double)cycles / (double)RTE_MAX(packets, 1u);
}

double
bench_rte_hash(uint32_t n, unsigned int burst, uint32_t rounds)
{
	struct rte_hash_parameters params = { .name = "bench",
		.entries = RTE_MAX(n + n / 8, 64u),
		.key_len = sizeof(struct key),
		.hash_func = rte_hash_crc };
	struct rte_hash *h = rte_hash_create(&params);
	struct cgn_mapping *at = cgn_mem_map(((size_t)params.entries + 1) * sizeof(*at));
	struct key key[WORLD_BURST];
	const void *keys[WORLD_BURST];
	int32_t pos[WORLD_BURST];
	uint64_t state = 1, cycles = 0, packets = 0, t0;
	double per_packet = 0;

	if (h == NULL || at == NULL)
		goto out;
	for (uint32_t i = 0; i < n; i++) {
		struct key k = key_of(i);

		if (rte_hash_add_key(h, &k) < 0)
			goto out;
	}
	for (uint32_t r = 0; r < rounds; r++) {
		for (unsigned int i = 0; i < burst; i++) {
			key[i] = key_of(next_random(&state, n));
			keys[i] = &key[i];
		}
		t0 = rte_rdtsc_precise();
		(void)rte_hash_lookup_bulk(h, keys, burst, pos);
		for (unsigned int i = 0; i < burst; i++)
			rte_prefetch0(&at[pos[i] < 0 ? 0 : pos[i]]);
		for (unsigned int i = 0; i < burst; i++)
			at[pos[i] < 0 ? 0 : pos[i]].last_use = r;
		t0 = rte_rdtsc_precise() - t0;
		if (world_is_whole(t0)) {
			cycles += t0;
			packets += burst;
		}
	}
	per_packet = (double)cycles / (double)RTE_MAX(packets, 1u);
out:
	cgn_mem_unmap(at, ((size_t)params.entries + 1) * sizeof(*at));
	rte_hash_free(h);
	return per_packet;
}

/* Parse and find the packets of a burst; not measured. */
static bool
prepare(struct world *w, unsigned int burst)
{
	struct cgn_engine *e = w->engine;

	for (unsigned int i = 0; i < burst; i++) {
		struct cgn_pkt *p = &e->pkts[i];

		world_frame(w, i, world_below(w, w->n_flows), WORLD_UDP_OUT, 0);
		*p = (struct cgn_pkt){ .m = w->m[i], .side = CGN_SIDE_INSIDE };
		if (cgn_parse(p, &w->pkt_ports[0]) != CGN_V_NONE)
			return false;
		cgn_inside_ready(e, p, 0);
		p->ref = cgn_mappings_find(&e->nat.maps, p->hash, 0, p->src, p->sport, p->proto);
		if (p->ref == 0)
			return false;
	}
	return true;
}

void
bench_apply(struct world *w, unsigned int burst, uint32_t rounds, double *apply, double *out,
		double *poll)
{
	struct cgn_engine *e = w->engine;
	uint64_t apply_cycles = 0, out_cycles = 0, poll_cycles = 0, packets = 0;
	uint64_t t0, t1, t2, t3;

	for (uint32_t r = 0; r < rounds; r++) {
		if (!prepare(w, burst))
			return;
		w->n_sent = 0;
		t0 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < burst; i++)
			cgn_nat_apply_out(&e->nat, &e->pkts[i], &e->nat.maps.at[e->pkts[i].ref]);
		t1 = rte_rdtsc_precise();
		for (unsigned int i = 0; i < burst; i++) {
			struct cgn_pkt *p = &e->pkts[i];

			cgn_out_pkt(&e->out,
					cgn_routes_lookup(&e->routes[CGN_SIDE_OUTSIDE], p->dst), p,
					CGN_V_OUT);
		}
		cgn_out_flush(&e->out);
		t2 = rte_rdtsc_precise();
		cgn_engine_poll(e, w->now);
		t3 = rte_rdtsc_precise();
		if (world_is_whole(t3 - t0)) {
			apply_cycles += t1 - t0;
			out_cycles += t2 - t1;
			poll_cycles += t3 - t2;
			packets += burst;
		}
	}
	*apply = (double)apply_cycles / (double)RTE_MAX(packets, 1u);
	*out = (double)out_cycles / (double)RTE_MAX(packets, 1u);
	*poll = (double)poll_cycles / (double)RTE_MAX(packets, 1u);
}
