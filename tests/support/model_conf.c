/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/model_conf.h"

#include <limits.h>

static void
cut_held(struct mo *m, uint32_t addr, mo_sub_t sub)
{
	for (unsigned int i = 0; i < m->n_held; i++) {
		if (m->held[i].ext.addr == addr && (sub == 0 || m->held[i].sub == sub))
			m->held[i--] = m->held[--m->n_held];
	}
}

/* End all that is on an address, or all that one subscriber has there. */
static void
cut_all(struct mo *m, uint32_t addr, mo_sub_t sub)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		struct mo_mapping *map = &m->maps[i];

		if (map->is_live && map->ext.addr == addr && (sub == 0 || map->sub == sub))
			mo_cut(m, map);
	}
	cut_held(m, addr, sub);
}

/* --- a new configuration -------------------------------------------------------------------- */

/* Addresses that are in no pool any more, or in another one. */
static void
remove_addrs(struct mo *m, const struct cgn_conf *conf)
{
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		if (mo_pool_of(conf, m->addrs[i].addr) == m->addrs[i].pool)
			continue;
		cut_all(m, m->addrs[i].addr, 0);
		m->addrs[i--] = m->addrs[--m->n_addrs];
	}
}

static void
set_addr(struct mo *m, const struct cgn_conf *conf, uint32_t addr, uint16_t pool)
{
	const struct cgn_conf_pool *p = &conf->pools[pool];
	bool drains = mo_has_range(p->drained, p->n_drained, addr);
	unsigned int worker = m->asks.worker_of(m->asks.ctx, addr);
	struct mo_addr *a = mo_addr(m, addr);

	if (a == NULL && m->n_addrs == MO_ADDRS) {
		mo_wrong(m, "too many addresses");
		return;
	}
	if (a == NULL) {
		a = &m->addrs[m->n_addrs++];
		*a = (struct mo_addr){ .addr = addr, .pool = pool, .worker = worker };
	}
	if (a->worker == UINT_MAX)
		a->worker = worker;
	if (a->worker != worker)
		mo_wrong(m, "address %08x has moved to worker %u", addr, worker);
	if (drains && !a->drains)
		a->since = m->now;
	a->is_over &= drains;
	a->drains = drains;
}

static void
set_addrs(struct mo *m, const struct cgn_conf *conf)
{
	for (size_t p = 0; p < conf->n_pools; p++) {
		for (size_t r = 0; r < conf->pools[p].n_ranges; r++) {
			const struct cgn_range4 *range = &conf->pools[p].ranges[r];

			for (uint32_t a = range->first; a <= range->last; a++)
				set_addr(m, conf, a, (uint16_t)p);
		}
	}
}

/* Whether what a subscriber has on an address may stay. */
static bool
may_stay(const struct mo *m, mo_sub_t sub, uint32_t ext_addr)
{
	const struct cgn_conf_group *g = mo_group(m, mo_sub_addr(sub));
	const struct mo_addr *a = mo_find_addr(m, ext_addr);

	return g != NULL && a != NULL && mo_sub(m, mo_sub_addr(sub)) == sub && g->pool == a->pool &&
			m->asks.owner(m->asks.ctx, mo_sub_addr(sub)) == a->worker;
}

static void
cut_subscribers(struct mo *m)
{
	struct mo_use u;

	for (unsigned int k = 0; mo_use_at(m, k, &u); k++) {
		if (mo_is_nothing(&u) || may_stay(m, u.sub, u.ext.addr))
			continue;
		cut_all(m, u.ext.addr, u.sub);
		if (u.is_held)
			k = MO_MAPPINGS - 1; /* the array has moved */
	}
}

/* Addresses whose blocks are cut anew have blocks of both cuts for a while. */
static void
mix(struct mo *m, const struct cgn_conf *before)
{
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		struct mo_addr *a = &m->addrs[i];
		const struct cgn_conf_pool *p = &m->conf->pools[a->pool], *was;

		if (a->pool >= before->n_pools)
			continue;
		was = &before->pools[a->pool];
		a->is_mixed |= p->port_min != was->port_min || p->port_max != was->port_max ||
				mo_cut_of(m->conf, a->pool) != mo_cut_of(before, a->pool);
	}
}

void
mo_set_conf(struct mo *m, const struct cgn_conf *conf)
{
	const struct cgn_conf *before = m->conf;

	remove_addrs(m, conf);
	set_addrs(m, conf);
	m->conf = conf;
	if (before != NULL)
		mix(m, before);
	cut_subscribers(m);
	mo_drain(m);
}

void
mo_drain(struct mo *m)
{
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		struct mo_addr *a = &m->addrs[i];

		if (!a->drains || a->is_over ||
				m->now - a->since < m->conf->pools[a->pool].drain_max_s)
			continue;
		a->is_over = true;
		cut_all(m, a->addr, 0);
		/* What has ended by itself meanwhile may have been cut before. */
		m->reset_end = m->now + 60;
	}
}

/* The configuration of a new process has pools and groups at other places. */
static void
move_addrs(struct mo *m, const struct cgn_conf *conf)
{
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		struct mo_addr *a = &m->addrs[i];
		size_t pool = mo_pool_of(conf, a->addr);

		if (pool == conf->n_pools) {
			cut_all(m, a->addr, 0);
			m->addrs[i--] = m->addrs[--m->n_addrs];
			continue;
		}
		*a = (struct mo_addr){
			.addr = a->addr, .pool = (uint16_t)pool, .worker = UINT_MAX
		};
	}
}

/* Ports of addresses that are in no pool any more are lost. All others come back, also those of no block. */
static void
doubt(struct mo *m, const struct cgn_conf *conf, bool is_whole)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		m->maps[i].is_unsure = !is_whole ||
				mo_pool_of(conf, m->maps[i].ext.addr) == conf->n_pools;
	for (unsigned int i = 0; i < m->n_held; i++) {
		if (!is_whole || mo_pool_of(conf, m->held[i].ext.addr) == conf->n_pools ||
				conf->nat.hold_down_s == 0)
			m->held[i].sure = 0;
	}
}

void
mo_lose(struct mo *m)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		m->maps[i].is_live = false;
	m->n_held = 0;
}

void
mo_delay_held(struct mo *m)
{
	uint32_t last = m->now + m->conf->nat.hold_down_s + 3;

	for (unsigned int i = 0; i < m->n_held; i++)
		last = m->held[i].maybe > last ? m->held[i].maybe : last;
	for (unsigned int i = 0; i < m->n_held; i++)
		m->held[i].maybe = last;
}

void
mo_restart(struct mo *m, const struct cgn_conf *conf, bool is_whole)
{
	doubt(m, conf, is_whole);
	move_addrs(m, conf);
	while (m->n_blocks > 0)
		mo_put_away(m, m->n_blocks - 1);
	m->conf = conf;
}
