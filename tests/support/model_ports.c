/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/model_ports.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_S  300 /* an idle subscriber keeps its address */
#define PCP     5351
#define PCP_ANN 5350

void
mo_wrong(struct mo *m, const char *fmt, ...)
{
	va_list ap;

	if (m->wrong[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(m->wrong, sizeof(m->wrong), fmt, ap);
	va_end(ap);
}

static bool
same(struct mo_ep a, struct mo_ep b)
{
	return a.addr == b.addr && a.port == b.port;
}

/* --- groups and addresses ------------------------------------------------------------------- */

const struct cgn_conf_group *
mo_group(const struct mo *m, uint32_t addr)
{
	const struct cgn_conf_group *best = NULL;
	unsigned int len = 0;

	for (size_t g = 0; g < m->conf->n_groups; g++) {
		for (size_t i = 0; i < m->conf->groups[g].n_prefixes; i++) {
			const struct cgn_prefix *p = &m->conf->groups[g].prefixes[i];

			if (!cgn_prefix_has4(p, rte_cpu_to_be_32(addr)) ||
					(best != NULL && p->len < len))
				continue;
			best = &m->conf->groups[g];
			len = p->len;
		}
	}
	return best;
}

static mo_sub_t
sub_of(uint32_t addr, uint8_t len)
{
	return (uint64_t)len << 32 | (addr & cgn_mask4(len));
}

mo_sub_t
mo_sub(const struct mo *m, uint32_t addr)
{
	const struct cgn_conf_group *g = mo_group(m, addr);

	return g == NULL ? 0 : sub_of(addr, g->subscriber_prefix_len);
}

struct mo_addr *
mo_addr(struct mo *m, uint32_t addr)
{
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		if (m->addrs[i].addr == addr)
			return &m->addrs[i];
	}
	return NULL;
}

const struct mo_addr *
mo_find_addr(const struct mo *m, uint32_t addr)
{
	return mo_addr((struct mo *)(uintptr_t)m, addr);
}

/* --- uses of ports -------------------------------------------------------------------------- */

bool
mo_use_at(const struct mo *m, unsigned int k, struct mo_use *u)
{
	if (k < MO_MAPPINGS) {
		const struct mo_mapping *map = &m->maps[k];

		*u = (struct mo_use){ map->sub, map->in.addr, map->proto, map->in, map->ext, false,
			map->is_live };
		return true;
	}
	k -= MO_MAPPINGS;
	if (k >= m->n_held)
		return false;
	*u = (struct mo_use){ m->held[k].sub, m->held[k].in.addr, m->held[k].proto, m->held[k].in,
		m->held[k].ext, true, m->now < m->held[k].sure };
	return true;
}

/* --- configurations -------------------------------------------------------------------------- */

bool
mo_has_range(const struct cgn_range4 *r, size_t n, uint32_t addr)
{
	for (size_t i = 0; i < n; i++) {
		if (addr >= r[i].first && addr <= r[i].last)
			return true;
	}
	return false;
}

size_t
mo_pool_of(const struct cgn_conf *conf, uint32_t addr)
{
	size_t p = 0;

	while (p < conf->n_pools &&
			!mo_has_range(conf->pools[p].ranges, conf->pools[p].n_ranges, addr))
		p++;
	return p;
}

uint16_t
mo_cut_of(const struct cgn_conf *conf, size_t pool)
{
	uint16_t size = 0;

	for (size_t g = 0; g < conf->n_groups; g++) {
		const struct cgn_conf_group *at = &conf->groups[g];

		if (!at->is_gone && at->pool == pool)
			size = at->block_size;
	}
	return size;
}

/* --- blocks by their records ---------------------------------------------------------------- */

static bool
is_claim(const struct mo_block *b)
{
	return b->first == b->last;
}

static bool
is_in(const struct mo_block *b, struct mo_ep ext)
{
	return b->addr == ext.addr && ext.port >= b->first && ext.port <= b->last;
}

static bool
overlap(const struct mo_block *a, const struct mo_block *b)
{
	return a->addr == b->addr && a->first <= b->last && b->first <= a->last;
}

/* Blocks that a subscriber has, without its claims. @param[out] addr  where */
static uint32_t
count_blocks(const struct mo *m, mo_sub_t sub, uint32_t *addr)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < m->n_blocks; i++) {
		if (m->blocks[i].sub != sub || is_claim(&m->blocks[i]))
			continue;
		*addr = m->blocks[i].addr;
		n++;
	}
	return n;
}

/* A block that a subscriber gets now, and not one that a former process gave. */
static void
judge_block(struct mo *m, const struct mo_block *b)
{
	const struct cgn_conf_group *g = mo_group(m, mo_sub_addr(b->sub));
	const struct mo_addr *a = mo_addr(m, b->addr);
	const struct cgn_conf_pool *p;
	uint32_t addr = b->addr;

	if (g == NULL || a == NULL || a->pool != g->pool ||
			mo_sub(m, mo_sub_addr(b->sub)) != b->sub) {
		mo_wrong(m, "block of %08x is not of the pool of its subscriber %08x", b->addr,
				mo_sub_addr(b->sub));
		return;
	}
	p = &m->conf->pools[a->pool];
	if (a->drains)
		mo_wrong(m, "block of %08x, which drains", b->addr);
	if ((uint32_t)b->last - b->first + 1 != g->block_size)
		mo_wrong(m, "block of %u ports, not %u", (unsigned int)b->last - b->first + 1,
				g->block_size);
	if (b->first < p->port_min || b->last > p->port_max)
		mo_wrong(m, "block %u-%u is outside of the range", b->first, b->last);
	if (count_blocks(m, b->sub, &addr) >= g->blocks_max)
		mo_wrong(m, "more blocks than blocks_max");
	if (addr != b->addr)
		mo_wrong(m, "block on a second address");
}

static void
begin_block(struct mo *m, struct mo_block *b, bool is_restored)
{
	for (unsigned int i = 0; i < m->n_blocks; i++) {
		if (overlap(&m->blocks[i], b) && is_claim(&m->blocks[i]) == is_claim(b))
			mo_wrong(m, "block %08x:%u-%u is given twice", b->addr, b->first, b->last);
	}
	if (!is_restored && !is_claim(b))
		judge_block(m, b);
	if (m->n_blocks == MO_BLOCKS) {
		mo_wrong(m, "too many blocks");
		return;
	}
	b->begin = m->step;
	b->end = UINT32_MAX;
	b->used = m->now;
	m->blocks[m->n_blocks++] = *b;
}

void
mo_put_away(struct mo *m, unsigned int i)
{
	if ((m->n_past & (m->n_past + 1)) == 0) {
		m->past = realloc(m->past, 2 * (m->n_past + 1) * sizeof(*m->past));
		if (m->past == NULL)
			abort();
	}
	m->blocks[i].end = m->step;
	m->past[m->n_past++] = m->blocks[i];
	m->blocks[i] = m->blocks[--m->n_blocks];
}

static void
end_block(struct mo *m, const struct mo_block *b)
{
	for (unsigned int i = 0; i < m->n_blocks; i++) {
		const struct mo_block *is = &m->blocks[i];

		if (is->addr == b->addr && is->first == b->first && is->last == b->last &&
				is->sub == b->sub) {
			mo_put_away(m, i);
			return;
		}
	}
	mo_wrong(m, "block %08x:%u-%u ends, but was not given", b->addr, b->first, b->last);
}

void
mo_record(struct mo *m, const struct cgn_record *r)
{
	struct mo_block b = {
		.sub = sub_of(rte_be_to_cpu_32(r->nat.inside.ip4), r->nat.inside_len),
		.addr = rte_be_to_cpu_32(r->nat.ext_addr),
		.first = r->nat.port_first,
		.last = r->nat.port_last,
	};

	if (r->event == CGN_RECORD_BLOCK_ALLOCATED)
		begin_block(m, &b, r->is_restored);
	else if (r->event == CGN_RECORD_BLOCK_RELEASED)
		end_block(m, &b);
}

const struct mo_block *
mo_block_of(const struct mo *m, struct mo_ep ext)
{
	const struct mo_block *best = NULL;

	for (unsigned int i = 0; i < m->n_blocks; i++) {
		if (is_in(&m->blocks[i], ext) && (best == NULL || is_claim(&m->blocks[i])))
			best = &m->blocks[i];
	}
	return best;
}

static void
note_uses(struct mo *m)
{
	struct mo_use u;

	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		for (unsigned int i = 0; !mo_is_nothing(&u) && i < m->n_blocks; i++) {
			if (is_in(&m->blocks[i], u.ext) && m->blocks[i].sub == u.sub)
				m->blocks[i].used = m->now;
		}
	}
}

void
mo_check_blocks(struct mo *m)
{
	struct mo_use u;

	note_uses(m);
	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		const struct mo_block *b = u.is_sure ? mo_block_of(m, u.ext) : NULL;

		if (u.is_sure && (b == NULL || b->sub != u.sub))
			mo_wrong(m, "%s port %08x:%u of %08x is %s by the records",
					u.is_held ? "held" : "live", u.ext.addr, u.ext.port,
					mo_sub_addr(u.sub), b == NULL ? "nobody's" : "another's");
	}
	for (unsigned int i = 0; i < m->n_blocks; i++) {
		const struct mo_block *b = &m->blocks[i];

		/* The first block stays with an idle subscriber. A second and the end of a timer are not exact. */
		if (m->now - b->used > IDLE_S + 8)
			mo_wrong(m, "block %08x:%u-%u is kept for nothing", b->addr, b->first,
					b->last);
		if (mo_find_addr(m, b->addr) == NULL || mo_find_addr(m, b->addr)->is_over)
			mo_wrong(m, "block of %08x, which is out of use", b->addr);
	}
}

/* Add what a block says about a port after a step: claims come before blocks. */
static void
add_answer(const struct mo_block *b, uint32_t step, struct mo_ep ext, mo_sub_t found[2],
		unsigned int n[2])
{
	if (b->begin > step || b->end <= step || !is_in(b, ext))
		return;
	found[is_claim(b)] = b->sub;
	n[is_claim(b)]++;
}

mo_sub_t
mo_resolve(const struct mo *m, uint32_t step, struct mo_ep ext)
{
	mo_sub_t found[2] = { 0 };
	unsigned int n[2] = { 0 };

	for (size_t i = 0; i < m->n_past; i++)
		add_answer(&m->past[i], step, ext, found, n);
	for (unsigned int i = 0; i < m->n_blocks; i++)
		add_answer(&m->blocks[i], step, ext, found, n);
	if (n[true] == 1)
		return found[true];
	return n[true] == 0 && n[false] == 1 ? found[false] : 0;
}

/* --- new mappings --------------------------------------------------------------------------- */

/* The address that a subscriber is paired with, 0: unknown. */
static uint32_t
paired(const struct mo *m, mo_sub_t sub)
{
	uint32_t addr = 0;
	struct mo_use u;

	if (count_blocks(m, sub, &addr) > 0)
		return addr;
	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		if (u.is_sure && u.sub == sub)
			return u.ext.addr;
	}
	return 0;
}

/* Numbers in the blocks of a subscriber that nobody uses or holds in any protocol. */
static uint32_t
fresh_numbers(const struct mo *m, mo_sub_t sub)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < m->n_blocks; i++) {
		const struct mo_block *b = &m->blocks[i];
		bool seen[65536] = { false };
		struct mo_use u;

		if (b->sub != sub || is_claim(b))
			continue;
		n += (uint32_t)b->last - b->first + 1;
		for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
			if (mo_is_nothing(&u) || !is_in(b, u.ext) || seen[u.ext.port])
				continue;
			seen[u.ext.port] = true;
			n--;
		}
		for (uint16_t port = PCP_ANN; port <= PCP; port++)
			n -= is_in(b, (struct mo_ep){ b->addr, port }) && !seen[port];
	}
	return n;
}

/* Whether a block of the present cut is surely free on an address. */
static bool
has_free_block(const struct mo *m, const struct mo_addr *a)
{
	const struct cgn_conf_pool *p = &m->conf->pools[a->pool];
	uint32_t size = mo_cut_of(m->conf, a->pool);

	if (a->drains || a->is_mixed || size == 0)
		return false;
	for (uint32_t first = p->port_min; first + size - 1 <= p->port_max; first += size) {
		struct mo_block cell = { .addr = a->addr,
			.first = (uint16_t)first,
			.last = (uint16_t)(first + size - 1) };
		bool is_free = true;

		for (unsigned int i = 0; i < m->n_blocks; i++)
			is_free &= !overlap(&m->blocks[i], &cell);
		if (is_free)
			return true;
	}
	return false;
}

static uint32_t
count_mappings(const struct mo *m, mo_sub_t sub, int proto)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		n += m->maps[i].is_live && m->maps[i].sub == sub &&
				(proto < 0 || m->maps[i].proto == proto);
	return n;
}

/* Whether a subscriber has, or may have, a port. Then it keeps its address, even if that is full. */
static bool
may_have_port(const struct mo *m, mo_sub_t sub)
{
	struct mo_use u;

	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		if (!mo_is_nothing(&u) && u.sub == sub)
			return true;
	}
	return false;
}

static bool
is_at_limit(const struct mo *m, const struct cgn_conf_group *g, mo_sub_t sub, uint8_t proto)
{
	if (g->mappings_max != 0 && count_mappings(m, sub, -1) >= g->mappings_max)
		return true;
	return g->mappings_of_max[proto] != 0 &&
			count_mappings(m, sub, proto) >= g->mappings_of_max[proto];
}

/* A subscriber that is paired. */
static enum mo_verdict
may_grow(const struct mo *m, const struct cgn_conf_group *g, mo_sub_t sub, uint32_t addr,
		bool is_lease)
{
	const struct mo_addr *a = mo_find_addr(m, addr);
	uint32_t own = count_blocks(m, sub, &addr);

	if (a != NULL && a->drains && is_lease)
		return MO_MAY; /* one without a port moves */
	if (fresh_numbers(m, sub) > (is_lease ? 0 : g->leases_reserve))
		return MO_MUST;
	if (g->leases_reserve == 0 && own < g->blocks_max && a != NULL && has_free_block(m, a))
		return MO_MUST;
	return MO_MAY;
}

/* A subscriber that has nothing: some address of its worker must have a block. */
static enum mo_verdict
may_pair(const struct mo *m, const struct cgn_conf_group *g, uint32_t in_addr)
{
	unsigned int worker = m->asks.owner(m->asks.ctx, in_addr);
	bool is_any_open = false;

	for (unsigned int i = 0; i < m->n_addrs; i++) {
		const struct mo_addr *a = &m->addrs[i];

		if (a->worker != worker || a->pool != g->pool)
			continue;
		if (g->leases_reserve == 0 && has_free_block(m, a))
			return MO_MUST;
		is_any_open |= !a->drains;
	}
	return is_any_open ? MO_MAY : MO_MUST_NOT;
}

uint32_t
mo_lease_end(const struct mo *m, struct mo_ep ext, uint32_t lifetime_s)
{
	const struct mo_addr *a = mo_find_addr(m, ext.addr);
	uint32_t end = m->now + lifetime_s, last;

	if (a == NULL || !a->drains)
		return end;
	last = a->since + m->conf->pools[a->pool].drain_max_s;
	return last < end ? last : end;
}

void
mo_ask(struct mo *m, uint32_t addr)
{
	mo_sub_t sub = mo_sub(m, addr);

	for (unsigned int i = 0; i < m->n_blocks; i++) {
		if (m->blocks[i].sub == sub)
			m->blocks[i].used = m->now;
	}
}

enum mo_verdict
mo_may_make(const struct mo *m, uint8_t proto, struct mo_ep in, bool is_lease)
{
	const struct cgn_conf_group *g = mo_group(m, in.addr);
	mo_sub_t sub = mo_sub(m, in.addr);
	uint32_t addr;

	if (g == NULL || (!is_lease && is_at_limit(m, g, sub, proto)))
		return MO_MUST_NOT;
	addr = paired(m, sub);
	if (addr == 0 && may_have_port(m, sub))
		return MO_MAY;
	return addr != 0 ? may_grow(m, g, sub, addr, is_lease) : may_pair(m, g, in.addr);
}

const char *
mo_judge(const struct mo *m, uint8_t proto, struct mo_ep in, struct mo_ep ext)
{
	const struct mo_block *b = mo_block_of(m, ext);
	const struct mo_addr *a = mo_find_addr(m, ext.addr);
	mo_sub_t sub = mo_sub(m, in.addr);
	uint32_t addr = paired(m, sub);
	struct mo_use u;

	if (a == NULL || a->pool != mo_group(m, in.addr)->pool)
		return "address is not in the pool";
	if (a->is_over)
		return "address is out of use";
	if (a->worker != m->asks.owner(m->asks.ctx, in.addr))
		return "address is another worker's";
	if (ext.port == PCP || ext.port == PCP_ANN)
		return "port is NAT-PMP's";
	if (b == NULL || b->sub != sub)
		return "port is not the subscriber's by the records";
	if (addr != 0 && addr != ext.addr)
		return "address is not the paired one";
	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		if (!u.is_sure || !same(u.ext, ext))
			continue;
		if (u.client != in.addr)
			return "number is another client's";
		if (u.proto == proto && !u.is_held)
			return "port is in use";
		if (u.proto == proto && !same(u.in, in))
			return "port is held for another endpoint";
	}
	return NULL;
}
