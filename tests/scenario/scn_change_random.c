/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads, drains and restarts at random between random packets and leases. After each of them the engine does what a slow
 * model does, and all counts and records are right.
 *
 * tests/support/seeds.h tells how to run other seeds. CGN_TEST_SHOW=1 prints the configurations.
 */

#include "tests/support/confplan.h"
#include "tests/support/cu.h"
#include "tests/support/seeds.h"
#include "tests/support/statefix.h"
#include "tests/support/textreload.h"

#include <stdlib.h>
#include <string.h>

#define TIME_MS UINT64_C(7000000) /* of the clock of saved state */
#define PAUSE_S 2                 /* between two processes; as long again until the next event */

struct change {
	struct mr r;
	struct confplan plan; /* what is in force */
	struct textreload t;
	unsigned int n_reloads;
	unsigned int n_refused;
	unsigned int n_restarts;
};

/* --- configurations ------------------------------------------------------------------------- */

/* Read a plan as a file. NULL: it is refused */
static struct cgn_conf *
load(struct change *c, const struct confplan *plan)
{
	char *text = confplan_text(plan);
	struct cgn_conf *conf;

	if (c->t.shows)
		printf("--- step %u\n%s", c->r.step, text);
	conf = textreload_read(&c->t, text);
	free(text);
	return conf;
}

/* Let all workers take a configuration. @return whether they have */
static bool
take(struct change *c, struct cgn_conf *conf)
{
	struct cgn_conf *before;

	c->t.fx = c->r.fx;
	before = textreload_take(&c->t, conf);
	if (before == NULL)
		return false;
	mo_set_conf(c->r.mo, c->t.conf);
	cgn_conf_free(before);
	return true;
}

static void
reload(struct change *c)
{
	struct confplan next = c->plan;
	uint32_t n = 1 + mr_below(&c->r, 4);
	struct cgn_conf *conf;

	for (uint32_t i = 0; i < n; i++)
		confplan_change(&next, &c->r);
	if (mr_below(&c->r, 6) == 0)
		confplan_spoil(&next, &c->plan, &c->r);
	conf = load(c, &next);
	if (conf == NULL || !take(c, conf)) {
		c->n_refused++;
		return;
	}
	if (next.fault != CP_NO_FAULT)
		mr_fail(&c->r, "a configuration with fault %u is taken", next.fault);
	c->plan = next;
	c->n_reloads++;
}

/* --- restarts ------------------------------------------------------------------------------- */

/* A configuration of the next process: with another number of workers, and perhaps other changes. */
static struct cgn_conf *
load_next(struct change *c, struct confplan *next)
{
	static const unsigned int workers[] = { 1, 2, 4 };
	struct cgn_conf *conf = NULL;

	while (conf == NULL) {
		*next = c->plan;
		next->workers = workers[mr_below(&c->r, RTE_DIM(workers))];
		if (mr_below(&c->r, 3) == 0)
			confplan_change(next, &c->r);
		confplan_new_times(next, &c->r);
		conf = load(c, next);
	}
	return conf;
}

/* Of some things the model does not know whether they came back: ask the engine. */
static void
learn_kept(struct change *c)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		struct mo_mapping *map = &c->r.mo->maps[i];
		struct cgn_mapping_info info;

		if (!map->is_live || !map->is_unsure)
			continue;
		map->is_unsure = false;
		if (!fx_mapping(c->r.fx, (enum cgn_proto)map->proto, mr_text(map->in.addr),
				    map->in.port, &info))
			map->is_live = false;
	}
}

/* One bit of the saved state is wrong. */
static void
damage(struct change *c, struct sx *s)
{
	if (s->len == 0)
		return;
	s->octets[mr_below(&c->r, (uint32_t)s->len)] ^= (uint8_t)(1u << mr_below(&c->r, 8));
}

enum kept {
	KEPT_ALL,
	KEPT_DAMAGED,
	KEPT_NOTHING,
};

static void
start_next(struct change *c, const struct confplan *next, struct cgn_conf *conf, struct sx *s)
{
	struct fx *fx = fx_new();

	cgn_conf_free(c->t.conf);
	c->t.conf = conf;
	c->plan = *next;
	fx->n_workers = next->workers;
	fx->conf = *conf;
	fx->seed = (uint8_t)(c->r.seed + c->r.step);
	mr_listen(&c->r, fx);
	sx_start(fx, s);
}

static void
restart(struct change *c)
{
	enum kept kept = mr_below(&c->r, 5) == 0 ? (enum kept)(1 + mr_below(&c->r, 2)) : KEPT_ALL;
	struct cgn_state_counts counts = { 0 };
	struct confplan next;
	struct cgn_conf *conf = load_next(c, &next);
	struct sx *s = sx_save(c->r.fx, TIME_MS);
	struct mo *m = c->r.mo;

	mr_take_records(&c->r);
	fx_free(c->r.fx);
	mo_restart(m, conf, kept == KEPT_ALL);
	start_next(c, &next, conf, kept == KEPT_NOTHING ? NULL : s);
	if (kept == KEPT_DAMAGED)
		damage(c, s);
	if (kept == KEPT_NOTHING)
		mo_lose(m);
	else
		sx_load_any(c->r.fx, s, TIME_MS + PAUSE_S * 1000, &counts);
	if (c->t.shows) {
		printf("restart: %u\n", kept);
		sx_print_drops(&counts);
	}
	sx_free(s);
	c->r.fx->saved = NULL;
	m->now += PAUSE_S;
	m->start = m->now;
	mo_set_conf(m, conf);
	/* What has ended during the pause ends now. */
	mr_advance(&c->r, PAUSE_S);
	mo_delay_held(m);
	learn_kept(c);
	c->n_restarts++;
}

/* --- traces --------------------------------------------------------------------------------- */

static void
step(struct change *c)
{
	struct mr *r = &c->r;
	uint32_t kind = mr_below(r, 1000);

	r->mo->step = r->step;
	mr_take_records(r);
	if (kind < 450)
		mr_send_out(r);
	else if (kind < 700)
		mr_send_in(r);
	else if (kind < 760)
		mr_lease(r);
	else if (kind < 800)
		mr_send_error(r);
	else if (kind < 920)
		mr_let_time_pass(r);
	else if (kind < 995)
		reload(c);
	else
		restart(c);
	if (kind >= 920 && !r->failed) {
		mr_check(r);
		FX_BOOKS(r->fx);
	}
}

static void
begin(struct change *c, uint32_t seed)
{
	struct fx *fx = fx_new();

	memset(c, 0, sizeof(*c));
	mr_init(&c->r, seed);
	mr_listen(&c->r, fx);
	c->t.shows = seeds_number("CGN_TEST_SHOW", 0) != 0;
	c->r.shows = c->t.shows;
	c->r.n_hosts = confplan_hosts(c->r.hosts);
	c->r.n_ports = 3;
	while (c->t.conf == NULL) {
		confplan_init(&c->plan, &c->r, fx->n_workers);
		c->t.conf = load(c, &c->plan);
	}
	fx->conf = *c->t.conf;
	fx->seed = (uint8_t)seed;
	fx->now += mr_below(&c->r, CGN_TICK_HZ);
	fx_start(fx);
	mo_set_conf(c->r.mo, c->t.conf);
}

static void
trace(uint32_t seed, uint32_t steps)
{
	static struct change c;

	begin(&c, seed);
	for (; c.r.step < steps && !c.r.failed; c.r.step++)
		step(&c);
	if (c.r.shows)
		printf("%u reloads, %u refused, %u restarts\n", c.n_reloads, c.n_refused,
				c.n_restarts);
	fx_free(c.r.fx);
	cgn_conf_free(c.t.conf);
	mr_fini(&c.r);
}

/* REQ: N-CHANGE-1, N-CHANGE-2, N-CHANGE-3, N-CHANGE-4 */
static void
the_engine_agrees_with_the_model_through_all_changes(void)
{
	seeds_run(25, 2000, trace);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_engine_agrees_with_the_model_through_all_changes),
};

CU_MAIN("scn_change_random", tests)
