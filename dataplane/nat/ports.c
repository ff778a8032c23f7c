/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Choice of a port: random within the blocks of a subscriber, with parity, preservation and room for
 * leases.
 */
#include "dataplane/nat/ports.h"

#include <errno.h>

#include <rte_common.h>

#define BLOCK_SIZE_DEFAULT 512 /* ports, of a pool that no group uses */

/* A search for a port. */
struct search {
	struct cgn_ports *p;
	const struct cgn_ports_ask *ask;
	uint64_t mask; /* of acceptable numbers, per 64 */
	uint32_t own;  /* the own block; CGN_BLOCK_NONE: the subscriber has none */
};

/* The block size of each pool. All groups of a pool have the same one, because an address is cut into
 * blocks once. A pool that no group uses any more stays as it was. */
static int
block_sizes(const struct cgn_conf *conf, uint16_t *sizes)
{
	bool is_set[CGN_POOLS_MAX] = { 0 };

	if (conf->n_pools > CGN_POOLS_MAX)
		return -EINVAL;
	for (size_t g = 0; g < conf->n_groups; g++) {
		const struct cgn_conf_group *group = &conf->groups[g];

		if (group->is_gone)
			continue;
		if (group->pool >= conf->n_pools)
			return -EINVAL;
		if (is_set[group->pool] && sizes[group->pool] != group->block_size)
			return -EINVAL;
		is_set[group->pool] = true;
		sizes[group->pool] = group->block_size;
	}
	for (size_t p = 0; p < conf->n_pools; p++) {
		if (sizes[p] == 0)
			sizes[p] = BLOCK_SIZE_DEFAULT;
	}
	return 0;
}

int
cgn_ports_init(struct cgn_ports *p, const struct cgn_nat_plan *plan, const struct cgn_ext *ext,
		struct cgn_rand *rnd, cgn_same_client_fn same, const void *ctx,
		struct cgn_pool_stats *stats)
{
	const struct cgn_conf *conf = plan->conf;
	int ret;

	*p = (struct cgn_ports){ .ext = ext,
		.rnd = rnd,
		.same = same,
		.same_ctx = ctx,
		.guard_s = conf->nat.block_guard_s };
	ret = block_sizes(conf, p->sizes);
	if (ret == 0)
		ret = cgn_block_map_init(&p->map, ext, conf, p->sizes, &plan->dets);
	if (ret == 0)
		ret = cgn_pool_set_init(&p->pools, ext, &p->map, (uint32_t)conf->n_pools, stats);
	if (ret == 0)
		ret = cgn_hold_init(&p->hold, conf->nat.hold_down_max);
	if (ret < 0)
		cgn_ports_fini(p);
	return ret;
}

void
cgn_ports_set_plan(struct cgn_ports *p, const struct cgn_nat_plan *plan, const struct cgn_conf *old)
{
	/* A pool address may become or cease to be an address of a port, or the host may get other services there. */
	cgn_block_map_keep_again(&p->map, plan->conf, old);
	cgn_block_map_keep_again(&p->map, plan->conf, plan->conf);
	p->guard_s = plan->conf->nat.block_guard_s;
	p->pools.n_pools = (uint32_t)plan->conf->n_pools;
	(void)block_sizes(plan->conf,
			p->sizes); /* the check of the configuration has made sure that they fit */
	cgn_block_map_set_dets(&p->map, &plan->dets);
}

void
cgn_ports_fini(struct cgn_ports *p)
{
	cgn_hold_fini(&p->hold);
	cgn_pool_set_fini(&p->pools);
	cgn_block_map_fini(&p->map);
}

/* Record that a subscriber gets or loses a block of its paired address. */
static void
record_block(struct cgn_ports *p, enum cgn_record_event event, const struct cgn_subscriber *pub,
		uint32_t block)
{
	struct cgn_block_span span;

	if (!cgn_record_door_wants(p->records, CGN_RECORD_KIND_BLOCKS))
		return;
	span = cgn_block_span_of(&p->map, pub->ext_ord, block);
	cgn_nat_record_write_block(p->records, event, p->ext, pub, pub->ext_ord,
			(uint16_t)span.first, (uint16_t)(span.end - 1));
}

/* Put a block that was taken from the pool into the list of a subscriber, behind its own one. */
static void
add_block(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub, uint32_t b)
{
	uint32_t own = cgn_own_of(&p->map, pub), *link = &pub->first_block;

	if (own != CGN_BLOCK_NONE)
		link = &p->map.blocks[own].next;
	p->map.blocks[b].owner = sub + 1;
	p->map.blocks[b].next = *link;
	*link = b;
	pub->n_blocks++;
	if (pub->n_blocks > pub->blocks_peak)
		pub->blocks_peak = pub->n_blocks;
	record_block(p, CGN_RECORD_BLOCK_ALLOCATED, pub, b);
}

uint32_t
cgn_ports_grow(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub)
{
	uint32_t b = cgn_pool_take_block(&p->pools, pub->ext_ord, p->rnd);

	if (b != CGN_BLOCK_NONE)
		add_block(p, pub, sub, b);
	return b;
}

bool
cgn_ports_give(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub, uint32_t block)
{
	if (!cgn_pool_take_this(&p->pools, pub->ext_ord, block))
		return false;
	add_block(p, pub, sub, block);
	return true;
}

/* Take a block out of the list of its owner. */
static void
drop_block(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block)
{
	uint32_t *link = &pub->first_block;

	/* A subscriber has few blocks (blocks_max), so the list is short. */
	while (*link != block)
		link = &p->map.blocks[*link].next;
	*link = p->map.blocks[block].next;
	p->map.blocks[block].owner = 0;
	pub->n_blocks--;
	record_block(p, CGN_RECORD_BLOCK_RELEASED, pub, block);
}

void
cgn_ports_shrink(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block)
{
	drop_block(p, pub, block);
	cgn_pool_put_block(&p->pools, pub->ext_ord, block);
}

void
cgn_ports_retire(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block, cgn_tick now)
{
	if (p->guard_s == 0) {
		cgn_ports_shrink(p, pub, block);
		return;
	}
	drop_block(p, pub, block);
	cgn_pool_guard_block(&p->pools, pub->ext_ord, block, now);
}

void
cgn_ports_take_back(struct cgn_ports *p, struct cgn_subscriber *pub, cgn_tick now)
{
	cgn_own_take_back(&p->map, pub);
	while (pub->first_block != CGN_BLOCK_NONE)
		cgn_ports_retire(p, pub, pub->first_block, now);
}

bool
cgn_ports_leave_some(const struct cgn_ports *p, const struct cgn_subscriber *pub,
		const struct cgn_conf_group *g, unsigned int proto)
{
	const struct cgn_block_map *map = &p->map;
	uint32_t reserve = g->leases_reserve - pub->n_leases, blocks = 0, free;
	uint32_t own = cgn_own_of(map, pub);
	uint32_t others = (uint32_t)pub->n_blocks - (own != CGN_BLOCK_NONE);

	if (others < g->blocks_max)
		blocks = RTE_MIN(g->blocks_max - others,
				cgn_pool_free_blocks(&p->pools, pub->ext_ord));
	free = blocks * map->grids[pub->ext_ord].size;
	for (uint32_t b = pub->first_block; free <= reserve && b != CGN_BLOCK_NONE;
			b = map->blocks[b].next) {
		if (b != own)
			free += cgn_block_free(map, pub->ext_ord, b);
	}
	if (unlikely(cgn_block_own(map, pub->ext_ord) != NULL))
		free = RTE_MIN(free, cgn_own_dynamic_room(map, pub, proto));
	if (own != CGN_BLOCK_NONE)
		free += cgn_block_free(map, pub->ext_ord, own);
	return free > reserve;
}

bool
cgn_ports_is_clients(
		const struct cgn_ports *p, uint32_t ord, uint16_t port, const struct cgn_client *c)
{
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		uint32_t slot = *cgn_ext_slot(p->ext, ord, proto, port);

		/* Only the other protocols are compared; the caller checks the client's. */
		if (slot == 0 || proto == c->proto)
			continue;
		if (cgn_ext_is_held(slot)) {
			const struct cgn_hold_entry *h = cgn_hold_at(
					&p->hold, slot & ~CGN_EXT_HELD);

			if (h->addr != c->addr || h->realm != c->realm)
				return false;
		} else if (!p->same(p->same_ctx, cgn_ext_mapping(p->ext, slot), c)) {
			return false;
		}
	}
	return true;
}

static bool
may_share(void *ctx, uint16_t port)
{
	const struct search *s = ctx;

	return cgn_ports_is_clients(s->p, s->ask->pub->ext_ord, port, s->ask->c);
}

/* The first block of the subscriber that is not its own block. */
static uint32_t
first_shared(const struct search *s)
{
	return s->own == CGN_BLOCK_NONE ? s->ask->pub->first_block : s->p->map.blocks[s->own].next;
}

/* The next block of the subscriber, the first one after the last. */
static uint32_t
next_block(const struct search *s, uint32_t b)
{
	b = s->p->map.blocks[b].next;
	return b == CGN_BLOCK_NONE ? first_shared(s) : b;
}

/* How many blocks the subscriber has beside its own block. */
static inline uint32_t
n_shared(const struct search *s)
{
	return (uint32_t)s->ask->pub->n_blocks - (s->own != CGN_BLOCK_NONE);
}

/* One of @p n blocks in a list. It is random, because ports should be hard to guess (RFC 6056). */
static inline uint32_t
random_block(const struct cgn_ports *p, uint32_t first, uint32_t n)
{
	if (n > 1) {
		for (uint32_t k = cgn_rand_below(p->rnd, n); k > 0; k--)
			first = p->map.blocks[first].next;
	}
	return first;
}

/* Choose a port in the blocks that the subscriber has, beginning with a random block. Numbers that nobody
 * uses come first. */
static bool
find_in_hand(struct search *s, uint16_t *port)
{
	const struct cgn_block_map *map = &s->p->map;
	const struct cgn_subscriber *pub = s->ask->pub;
	uint8_t proto = s->ask->c->proto;
	uint32_t start, b;
	struct cgn_block_search shared = {
		.proto = proto,
		.mask = s->mask,
		.tries = CGN_PORTS_TRIES,
		.may = may_share,
		.ctx = s,
	};

	if (n_shared(s) == 0)
		return false;
	b = start = random_block(s->p, first_shared(s), n_shared(s));
	do {
		if (s->ask->wants_fresh && cgn_block_free(map, pub->ext_ord, b) > 0 &&
				cgn_block_choose(map, pub->ext_ord, b, s->mask, s->p->rnd, port))
			return true;
		b = next_block(s, b);
	} while (b != start);
	do {
		if (map->blocks[b].numbers > map->blocks[b].used[proto] &&
				cgn_block_choose_shared(
						map, pub->ext_ord, b, &shared, s->p->rnd, port))
			return true;
		b = next_block(s, b);
	} while (b != start && shared.tries > 0);
	return false;
}

/* Take the inside port itself, if it is in one of the subscriber's blocks and free. */
static bool
find_same(const struct search *s, uint16_t *port)
{
	const struct cgn_block_map *map = &s->p->map;
	const struct cgn_ports_ask *ask = s->ask;
	uint16_t want = rte_be_to_cpu_16(ask->c->port);
	uint32_t ord = ask->pub->ext_ord, b = cgn_block_of(map, ord, want);
	const struct cgn_block_cell *cell = cgn_block_cell(map, ord, want);
	uint64_t bit = UINT64_C(1) << (want & 63);

	if (b == CGN_BLOCK_NONE || map->blocks[b].owner != ask->sub + 1 ||
			cgn_block_is_excluded(map, ord, want) ||
			(cell->used[ask->c->proto] & bit) != 0)
		return false;
	/* A number that nobody uses is taken only if the request may take a fresh one. A number in use is
	 * taken only if this client uses it in another protocol. */
	if ((cgn_block_in_use(cell) & bit) == 0 ? !ask->wants_fresh
						: !cgn_ports_is_clients(s->p, ord, want, ask->c))
		return false;
	*port = want;
	return true;
}

/* Choose a port in the own block. Any number of it comes before one of the dynamic part (RFC 7422 section 2). */
static bool
find_in_own(struct search *s, uint64_t parity, uint16_t *port)
{
	const struct cgn_block_map *map = &s->p->map;
	const struct cgn_ports_ask *ask = s->ask;
	const uint64_t masks[] = { cgn_ports_preferred(ask->zone, parity), parity, CGN_BLOCK_ANY };
	uint32_t ord = ask->pub->ext_ord;
	uint8_t proto = ask->c->proto;
	struct cgn_block_search shared = {
		.proto = proto,
		.mask = CGN_BLOCK_ANY,
		.tries = CGN_PORTS_TRIES,
		.may = may_share,
		.ctx = s,
	};

	for (size_t i = 0; ask->wants_fresh && cgn_block_free(map, ord, s->own) > 0 &&
			i < RTE_DIM(masks);
			i++) {
		if ((i == 0 || masks[i] != masks[i - 1]) &&
				cgn_block_choose(map, ord, s->own, masks[i], s->p->rnd, port))
			return true;
	}
	return map->blocks[s->own].numbers > map->blocks[s->own].used[proto] &&
			cgn_block_choose_shared(map, ord, s->own, &shared, s->p->rnd, port);
}

/* Whether the subscriber could have a further block, and its address has none. The ports that it has may be kept for
 * leases then, but the cause is the pool. */
static bool
lacks_blocks(const struct search *s)
{
	return n_shared(s) < s->ask->blocks_max &&
			cgn_pool_free_blocks(&s->p->pools, s->ask->pub->ext_ord) == 0;
}

/* Find a port in the blocks of the subscriber but for its own block, or in a new one. */
static __rte_always_inline enum cgn_verdict
find_in_blocks(struct search *s, uint64_t parity, uint16_t *port)
{
	const struct cgn_ports_ask *ask = s->ask;
	struct cgn_ports *p = s->p;

	s->mask = cgn_ports_preferred(ask->zone, parity);
	if (find_in_hand(s, port))
		return CGN_V_NONE;
	if (ask->zone == CGN_PORTS_LEASE) {
		/* Use what the subscriber has before taking another block. */
		s->mask = parity;
		if (find_in_hand(s, port))
			return CGN_V_NONE;
		s->mask = cgn_ports_preferred(ask->zone, parity);
	}
	while (ask->wants_fresh && n_shared(s) < ask->blocks_max) {
		/* A new block may have no number that is preferred, so more than one may be taken. */
		uint32_t b = cgn_ports_grow(p, ask->pub, ask->sub);

		if (b == CGN_BLOCK_NONE)
			break;
		if (cgn_block_choose(&p->map, ask->pub->ext_ord, b, s->mask, p->rnd, port))
			return CGN_V_NONE;
	}
	if (s->mask != CGN_BLOCK_ANY) {
		/* A port of the other parity is better than none (RFC 7857 section 8). Traffic is not
		 * refused to keep room for leases that may be restored. */
		s->mask = CGN_BLOCK_ANY;
		if (find_in_hand(s, port))
			return CGN_V_NONE;
	}
	return lacks_blocks(s) ? CGN_V_POOL_PORTS : CGN_V_SUB_PORTS;
}

/* The same for a subscriber of a deterministic group. */
static enum cgn_verdict
find_deterministic(struct search *s, uint64_t parity, uint16_t *port)
{
	const struct cgn_ports_ask *ask = s->ask;

	if (s->own != CGN_BLOCK_NONE) {
		if (ask->preserve &&
				cgn_block_of(&s->p->map, ask->pub->ext_ord,
						rte_be_to_cpu_16(ask->c->port)) == s->own &&
				find_same(s, port))
			return CGN_V_NONE;
		if (find_in_own(s, parity, port))
			return CGN_V_NONE;
	}
	if (s->p->map.grids[ask->pub->ext_ord].count == 0 ||
			cgn_own_dynamic_room(&s->p->map, ask->pub, ask->c->proto) == 0)
		return CGN_V_SUB_PORTS;
	if (ask->preserve && find_same(s, port))
		return CGN_V_NONE;
	return find_in_blocks(s, parity, port);
}

uint16_t
cgn_ports_foresee(struct cgn_ports *p, const struct cgn_subscriber *pub, uint64_t mask)
{
	uint32_t b, ord = pub->ext_ord;
	uint16_t port;

	/* If the own block has no number, it depends on more than this whether there is one. */
	b = unlikely(cgn_block_own(&p->map, ord) != NULL)
			? cgn_own_of(&p->map, pub)
			: random_block(p, pub->first_block, pub->n_blocks);
	if (b == CGN_BLOCK_NONE || cgn_block_free(&p->map, ord, b) == 0)
		return 0;
	return cgn_block_choose(&p->map, ord, b, mask, p->rnd, &port) ? port : 0;
}

enum cgn_verdict
cgn_ports_find(struct cgn_ports *p, const struct cgn_ports_ask *ask, uint16_t *port)
{
	struct search s = { .p = p, .ask = ask, .own = CGN_BLOCK_NONE };
	uint64_t parity = ask->parity ? cgn_ports_parity(ask->c->port) : CGN_BLOCK_ANY;

	if (unlikely(cgn_block_own(&p->map, ask->pub->ext_ord) != NULL)) {
		s.own = cgn_own_of(&p->map, ask->pub);
		return find_deterministic(&s, parity, port);
	}
	/* Preservation comes before parity: the same port has the same parity. */
	if (ask->preserve && find_same(&s, port))
		return CGN_V_NONE;
	return find_in_blocks(&s, parity, port);
}
