/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/pool.h"
#include "tests/support/bookfix.h"
#include "tests/support/cu.h"

#include <string.h>

#include <rte_common.h>

#define ADDRS  2
#define LIVE   512 /* blocks of the model */
#define CLAIMS 64
#define GUARD  1000
#define STEPS  60000

/* A block of the model. */
struct live {
	uint32_t ord;
	uint32_t block;
	uint32_t first;
	uint32_t end;
	bool is_guarded;
	cgn_tick since;
	uint32_t n_ports; /* in use, from the first one on, if they were free */
	uint16_t ports[8];
};

/* A single number in use. */
struct claim {
	uint32_t ord;
	uint16_t port;
};

/* One pool of two addresses, and what is known of it. */
struct fix {
	struct cgn_range4 range;
	struct cgn_conf_pool pool;
	struct cgn_conf conf;
	struct cgn_ext ext;
	struct cgn_det_set dets;
	struct cgn_block_map map;
	struct cgn_pool_set set;
	struct cgn_pool_stats stats[1];
	struct cgn_rand rnd;
	struct live live[LIVE];
	uint32_t n_live;
	struct claim claims[CLAIMS];
	uint32_t n_claims;
	uint8_t used[ADDRS][65536]; /* 0: free, 1: in a block, 2: claimed */
	cgn_tick now;
};

/* @param n_dets  deterministic groups of other pools */
static struct fix *
start(uint16_t size, uint16_t port_max, size_t n_dets)
{
	static const uint8_t seed[32] = "mixed";
	struct fix *f = calloc(1, sizeof(*f));

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	f->range = (struct cgn_range4){ 0xc6336401, 0xc6336400 + ADDRS };
	f->pool = (struct cgn_conf_pool){
		.ranges = &f->range, .n_ranges = 1, .port_min = 1024, .port_max = port_max
	};
	f->conf = (struct cgn_conf){ .workers = 1, .pools = &f->pool, .n_pools = 1 };
	f->dets.n = n_dets;
	cgn_rand_init(&f->rnd, seed);
	bookfix_ext_init(&f->ext, &f->conf, 0);
	CU_ASSERT_EQUAL_FATAL(cgn_block_map_init(&f->map, &f->ext, &f->conf, &size, &f->dets), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_pool_set_init(&f->set, &f->ext, &f->map, 1, f->stats), 0);
	f->now = 1;
	return f;
}

static void
end(struct fix *f)
{
	cgn_pool_set_fini(&f->set);
	cgn_block_map_fini(&f->map);
	bookfix_ext_fini(&f->ext);
	free(f);
}

static uint32_t
below(struct fix *f, uint32_t n)
{
	return cgn_rand_below(&f->rnd, n);
}

/* --- steps --------------------------------------------------------------------------------- */

static void
take(struct fix *f)
{
	uint32_t ord = below(f, ADDRS), b;
	unsigned int n = cgn_pool_free_blocks(&f->set, ord);
	struct cgn_block_span span;
	uint32_t guard_cut = (uint32_t)cgn_counter_get(&f->stats[0].guard_cut);

	if (f->n_live == LIVE)
		return;
	b = cgn_pool_take_block(&f->set, ord, &f->rnd);
	CU_ASSERT_EQUAL_FATAL(b == CGN_BLOCK_NONE, n == 0);
	if (b == CGN_BLOCK_NONE)
		return;
	span = cgn_block_span_of(&f->map, ord, b);
	/* It may be the one whose guard was cut. */
	for (uint32_t i = 0; i < f->n_live; i++) {
		struct live *l = &f->live[i];

		if (guard_cut != cgn_counter_get(&f->stats[0].guard_cut) && l->ord == ord &&
				l->block == b) {
			CU_ASSERT_TRUE(l->is_guarded);
			*l = f->live[--f->n_live];
			break;
		}
	}
	for (uint32_t i = 0; i < f->n_live; i++) {
		const struct live *l = &f->live[i];

		CU_ASSERT_TRUE_FATAL(l->ord != ord || span.end <= l->first || l->end <= span.first);
	}
	CU_ASSERT_EQUAL(f->map.blocks[b].owner, 0);
	CU_ASSERT_EQUAL(f->map.blocks[b].n_counted, 0);
	f->map.blocks[b].owner = 1;
	f->live[f->n_live++] = (struct live){
		.ord = ord, .block = b, .first = span.first, .end = span.end
	};
}

static void
use(struct fix *f)
{
	struct live *l;
	uint16_t port;

	if (f->n_live == 0)
		return;
	l = &f->live[below(f, f->n_live)];
	if (l->is_guarded || l->n_ports == RTE_DIM(l->ports) ||
			!cgn_block_choose(&f->map, l->ord, l->block, CGN_BLOCK_ANY, &f->rnd, &port))
		return;
	CU_ASSERT_TRUE(port >= l->first && port < l->end);
	CU_ASSERT_EQUAL(f->used[l->ord][port], 0);
	cgn_block_use(&f->map, l->ord, CGN_PROTO_UDP, port, CGN_BLOCK_NONE);
	f->used[l->ord][port] = 1;
	l->ports[l->n_ports++] = port;
}

static void
give_back(struct fix *f)
{
	uint32_t i = f->n_live == 0 ? 0 : below(f, f->n_live);
	struct live *l = &f->live[i];

	if (f->n_live == 0 || l->is_guarded)
		return;
	while (l->n_ports > 0) {
		uint16_t port = l->ports[--l->n_ports];

		CU_ASSERT_TRUE(cgn_block_unuse(&f->map, l->ord, CGN_PROTO_UDP, port));
		f->used[l->ord][port] = 0;
	}
	CU_ASSERT_EQUAL(f->map.blocks[l->block].n_counted, 0);
	f->map.blocks[l->block].owner = 0;
	if (below(f, 2) == 0) {
		cgn_pool_guard_block(&f->set, l->ord, l->block, f->now);
		l->is_guarded = true;
		l->since = f->now;
	} else {
		cgn_pool_put_block(&f->set, l->ord, l->block);
		*l = f->live[--f->n_live];
	}
}

static void
claim(struct fix *f)
{
	uint32_t ord = below(f, ADDRS);
	uint16_t port = (uint16_t)(512 + below(f, 65024));

	if (f->n_claims < CLAIMS && f->used[ord][port] == 0) {
		cgn_block_use(&f->map, ord, CGN_PROTO_TCP, port, 7);
		f->used[ord][port] = 2;
		f->claims[f->n_claims++] = (struct claim){ ord, port };
	} else if (f->n_claims > 0) {
		struct claim *c = &f->claims[below(f, f->n_claims)];

		CU_ASSERT_FALSE(cgn_block_unuse(&f->map, c->ord, CGN_PROTO_TCP, c->port));
		f->used[c->ord][c->port] = 0;
		*c = f->claims[--f->n_claims];
	}
}

static void
pass_time(struct fix *f)
{
	f->now += 1 + below(f, GUARD / 4);
	cgn_pool_unguard(&f->set, f->now, GUARD);
	for (uint32_t i = 0; i < f->n_live; i++) {
		const struct live *l = &f->live[i];

		if (!l->is_guarded || cgn_pool_is_guarded(&f->set, l->block))
			continue;
		CU_ASSERT_TRUE(cgn_tick_reached(f->now, l->since + GUARD));
		f->live[i--] = f->live[--f->n_live];
	}
}

static void
cut(struct fix *f)
{
	static const uint16_t sizes[] = { 64, 128, 256, 512, 1024, 4096 };
	uint32_t ord = below(f, ADDRS);
	uint16_t size = sizes[below(f, RTE_DIM(sizes))];
	struct cgn_block_grid g;

	f->pool.port_min = (uint16_t)(1024 * below(f, 8));
	f->pool.port_max = (uint16_t)(65535 - 4096 * below(f, 4));
	g = cgn_block_map_plan(&f->pool, size);
	(void)cgn_pool_cut(&f->set, ord, &g);
}

/* Close an address and open it again, as draining does. */
static void
close_and_open(struct fix *f)
{
	uint32_t ord = below(f, ADDRS);

	cgn_pool_close(&f->set, ord);
	CU_ASSERT_EQUAL(cgn_pool_take_block(&f->set, ord, &f->rnd), CGN_BLOCK_NONE);
	cgn_pool_open(&f->set, ord, f->now);
	for (uint32_t i = 0; i < f->n_live; i++) {
		if (f->live[i].ord == ord)
			f->live[i].since = f->now;
	}
}

/* --- comparison ---------------------------------------------------------------------------- */

/* The block of the present cut must be free exactly if no live block has some of its ports. */
static unsigned int
count_free(const struct fix *f, uint32_t ord)
{
	const struct cgn_block_grid *g = &f->map.grids[ord];
	unsigned int n = 0;

	for (uint32_t i = 0; i < g->count; i++) {
		uint32_t first = g->base + i * g->size;
		bool is_free = true;

		for (uint32_t k = 0; k < f->n_live && is_free; k++)
			is_free = f->live[k].ord != ord || f->live[k].end <= first ||
					f->live[k].first >= first + g->size;
		n += is_free;
	}
	return n;
}

static void
compare(const struct fix *f)
{
	unsigned int n_used = 0, n_guarded = 0, n_blocks = 0;

	for (uint32_t i = 0; i < f->n_live; i++) {
		const struct live *l = &f->live[i];
		struct cgn_block_span span = cgn_block_span_of(&f->map, l->ord, l->block);
		unsigned int numbers = 0;

		CU_ASSERT_EQUAL(span.first, l->first);
		CU_ASSERT_EQUAL(span.end, l->end);
		CU_ASSERT_EQUAL(cgn_block_of(&f->map, l->ord, (uint16_t)l->first), l->block);
		CU_ASSERT_EQUAL(cgn_block_of(&f->map, l->ord, (uint16_t)(l->end - 1)), l->block);
		for (uint32_t port = l->first; port < l->end; port++)
			numbers += f->used[l->ord][port] != 0;
		CU_ASSERT_EQUAL(f->map.blocks[l->block].numbers, numbers);
		CU_ASSERT_EQUAL(f->map.blocks[l->block].n_counted, l->n_ports);
		n_used += !l->is_guarded;
		n_guarded += l->is_guarded;
		n_blocks += cgn_block_mixed_is_old(&f->map, l->ord, l->block);
	}
	for (uint32_t ord = 0; ord < ADDRS; ord++) {
		const struct cgn_block_grid *g = &f->map.grids[ord];

		CU_ASSERT_EQUAL(f->set.links[ord].n_free, count_free(f, ord));
		n_blocks += g->count - cgn_block_mixed_blocked(&f->map, ord);
		/* The counts of free blocks are those of the claims in them. */
		for (uint32_t i = 0; i < g->count; i++) {
			uint32_t first = g->base + i * g->size, numbers = 0;
			uint32_t b = cgn_block_of(&f->map, ord, (uint16_t)first);

			if (b != g->first + i)
				continue;
			for (uint32_t port = first; port < first + g->size; port++)
				numbers += f->used[ord][port] != 0;
			CU_ASSERT_EQUAL(f->map.blocks[b].numbers, numbers);
		}
	}
	CU_ASSERT_EQUAL(cgn_counter_get(&f->stats[0].blocks_used), n_used);
	CU_ASSERT_EQUAL(cgn_counter_get(&f->stats[0].blocks_guarded), n_guarded);
	CU_ASSERT_EQUAL(cgn_counter_get(&f->stats[0].blocks), n_blocks);
}

static void
check_random_cuts(size_t n_dets)
{
	struct fix *f = start(512, 65535, n_dets);
	unsigned int n_mixed = 0;

	for (unsigned int i = 0; i < STEPS; i++) {
		switch (below(f, 10)) {
		case 0:
		case 1:
		case 2:
			take(f);
			break;
		case 3:
		case 4:
			use(f);
			break;
		case 5:
		case 6:
			give_back(f);
			break;
		case 7:
			claim(f);
			break;
		case 8:
			pass_time(f);
			break;
		default:
			if (below(f, 40) == 0)
				cut(f);
			else if (below(f, 40) == 0)
				close_and_open(f);
		}
		n_mixed += f->map.grids[0].is_mixed;
		if (i % 64 == 0)
			compare(f);
	}
	CU_ASSERT_TRUE(n_mixed > STEPS / 10);
	/* After everything was given back, nothing is left of former cuts. */
	while (f->n_live > 0) {
		give_back(f);
		pass_time(f);
	}
	compare(f);
	for (uint32_t ord = 0; ord < ADDRS; ord++) {
		CU_ASSERT_FALSE(f->map.grids[ord].is_mixed);
		CU_ASSERT_EQUAL(f->set.links[ord].n_free, f->map.grids[ord].count);
	}
	CU_ASSERT_EQUAL(cgn_counter_get(&f->stats[0].addresses_used), 0);
	/* Numbers of blocks are used again: each cut takes a thousand at most. */
	CU_ASSERT_TRUE(f->map.n_blocks <= ADDRS * 8192);
	end(f);
}

static void
blocks_of_several_cuts_never_overlap(void)
{
	check_random_cuts(0);
}

static void
so_it_is_beside_a_deterministic_group(void)
{
	check_random_cuts(1);
}

/* At the fourth cut with blocks in use of each one, the address stays as it is. When one of them ends, it is cut. */
static void
an_address_has_a_limited_number_of_former_cuts(void)
{
	static const uint16_t sizes[] = { 64, 128, 256, 512 };
	struct fix *f = start(1024, 65535, 0);
	struct cgn_block_grid g;
	uint32_t first = cgn_pool_take_block(&f->set, 0, &f->rnd);

	for (unsigned int i = 0; i < CGN_BLOCK_OLD_MAX; i++) {
		g = cgn_block_map_plan(&f->pool, sizes[i]);
		CU_ASSERT_TRUE(cgn_pool_cut(&f->set, 0, &g));
		CU_ASSERT_NOT_EQUAL(cgn_pool_take_block(&f->set, 0, &f->rnd), CGN_BLOCK_NONE);
	}
	g = cgn_block_map_plan(&f->pool, 512);
	CU_ASSERT_FALSE(cgn_pool_cut(&f->set, 0, &g));
	CU_ASSERT_EQUAL(f->map.grids[0].size, sizes[CGN_BLOCK_OLD_MAX - 1]);
	cgn_pool_put_block(&f->set, 0, first);
	CU_ASSERT_TRUE(cgn_pool_cut(&f->set, 0, &g));
	CU_ASSERT_EQUAL(f->map.grids[0].size, 512);
	end(f);
}

/* Without a group, a pool may have fewer ports than a block. When it gets a group, its blocks have numbers of their own. */
static void
an_address_that_begins_without_blocks_has_its_own_numbers(void)
{
	static const uint16_t sizes[] = { 64, 256 };
	struct fix *f = start(512, 1024 + 255, 0);
	struct cgn_block_grid g, rows[ADDRS * RTE_DIM(sizes)];
	unsigned int n = 0;

	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		for (uint32_t ord = 0; ord < ADDRS; ord++, n++) {
			CU_ASSERT_EQUAL(f->map.grids[ord].count, i == 0 ? 0 : 4);
			g = cgn_block_map_plan(&f->pool, sizes[i]);
			CU_ASSERT_TRUE(cgn_pool_cut(&f->set, ord, &g));
			/* A block of the first cut stays in use, so its numbers do. */
			(void)cgn_pool_take_block(&f->set, ord, &f->rnd);
			rows[n] = f->map.grids[ord];
			for (unsigned int k = 0; k < n; k++)
				CU_ASSERT_TRUE(rows[n].first >= rows[k].first + rows[k].count ||
						rows[k].first >= rows[n].first + rows[n].count);
		}
	}
	end(f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(blocks_of_several_cuts_never_overlap),
	CU_TEST_ROW(so_it_is_beside_a_deterministic_group),
	CU_TEST_ROW(an_address_has_a_limited_number_of_former_cuts),
	CU_TEST_ROW(an_address_that_begins_without_blocks_has_its_own_numbers),
};

CU_MAIN("block_mixed", tests)
