/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random traces against a slow model that keeps every port of every address in plain arrays and
 * scans them.
 */
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_state.h"
#include "dataplane/nat/subscriber_warm.h"
#include "tests/support/subfix.h"

#include <errno.h>

#define N_ORD     2 /* of pool 0 */
#define BLOCK     64
#define PORT_MIN  4992 /* the sixth block has NAT-PMP's ports */
#define N_BLOCKS  8
#define PORT_MAX  (PORT_MIN + N_BLOCKS * BLOCK - 1)
#define BLOCKS    3 /* blocks_max */
#define N_SUBS    20
#define HOLD_MAX  40
#define N_PORTS   (PORT_MAX - PORT_MIN + 1)
#define IDX(port) ((port)-PORT_MIN)

enum state {
	FREE,
	USED,
	HELD
};

struct cell {
	enum state state;
	struct cgn_client c;
	unsigned int who; /* subscriber */
	cgn_tick end;
	uint64_t serial; /* order of release */
};

struct model {
	struct subfix *f;
	struct cell cell[N_ORD][CGN_PROTO_COUNT][N_PORTS];
	bool is_claim[N_ORD][N_PORTS]; /* number does not count for its block */
	int paired[N_SUBS];            /* ordinal, -1: not known */
	uint16_t foreseen[N_SUBS];     /* port chosen ahead; 0: none */
	uint64_t serial;
	uint64_t short_holds;
	uint32_t rng;
	cgn_tick now;
};

/* The subscriber of a block by the code under test; a claimed number has an owner of its own. */
static uint32_t
block_owner(const struct model *m, uint32_t ord, unsigned int block)
{
	for (unsigned int i = 0; i < BLOCK; i++) {
		unsigned int n = block * BLOCK + i;

		if (!m->is_claim[ord][n])
			return cgn_subscriber_read_owner(m->f->subs, ord, (uint16_t)(PORT_MIN + n));
	}
	return CGN_SUB_NONE;
}

/* Whether a block is in guard, by the code under test. */
static bool
is_guarded(const struct model *m, uint32_t ord, unsigned int block)
{
	const struct cgn_ports *p = &m->f->subs->ports;

	return cgn_pool_is_guarded(&p->pools,
			cgn_block_of(&p->map, ord, (uint16_t)(PORT_MIN + block * BLOCK)));
}

static uint32_t
random_below(struct model *m, uint32_t n)
{
	m->rng = m->rng * UINT32_C(1664525) + UINT32_C(1013904223);
	return (uint32_t)(((uint64_t)m->rng * n) >> 32);
}

static bool
is_excluded(unsigned int port)
{
	return port == 5350 || port == 5351;
}

/* What model and client say about a number: free for the client but for its own protocols? */
static bool
others_allow(const struct model *m, uint32_t ord, unsigned int n, const struct cgn_client *c)
{
	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++) {
		const struct cell *x = &m->cell[ord][p][n];

		if (p != c->proto && x->state != FREE && x->c.addr != c->addr)
			return false;
	}
	return true;
}

static bool
is_number_free(const struct model *m, uint32_t ord, unsigned int n)
{
	return m->cell[ord][0][n].state == FREE && m->cell[ord][1][n].state == FREE &&
			m->cell[ord][2][n].state == FREE;
}

static unsigned int
own_in_block(const struct model *m, uint32_t ord, unsigned int block)
{
	unsigned int own = 0;

	for (unsigned int n = block * BLOCK; n < (block + 1) * BLOCK; n++) {
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
			own += m->cell[ord][p][n].state != FREE && !m->is_claim[ord][n];
	}
	return own;
}

static void
model_use(struct model *m, uint32_t ord, unsigned int n, const struct cgn_client *c,
		unsigned int who, bool claim)
{
	struct cell *x = &m->cell[ord][c->proto][n];

	if (is_number_free(m, ord, n))
		m->is_claim[ord][n] = claim;
	*x = (struct cell){ .state = USED, .c = *c, .who = who };
}

static void
model_free(struct model *m, uint32_t ord, unsigned int p, unsigned int n)
{
	bool was_claim = m->is_claim[ord][n];

	m->cell[ord][p][n].state = FREE;
	if (is_number_free(m, ord, n))
		m->is_claim[ord][n] = false;
	/* A block without anything of its owner is nobody's at once. */
	if (!was_claim && own_in_block(m, ord, n / BLOCK) == 0)
		CU_ASSERT_EQUAL(block_owner(m, ord, n / BLOCK), CGN_SUB_NONE);
}

static struct cell *
oldest_held(struct model *m, uint32_t *ord, unsigned int *p, unsigned int *n, unsigned int *count)
{
	struct cell *best = NULL;

	*ord = *p = *n = *count = 0;
	for (uint32_t o = 0; o < N_ORD; o++) {
		for (unsigned int q = 0; q < CGN_PROTO_COUNT; q++) {
			for (unsigned int i = 0; i < N_PORTS; i++) {
				struct cell *x = &m->cell[o][q][i];

				if (x->state != HELD)
					continue;
				++*count;
				if (best != NULL && x->serial > best->serial)
					continue;
				best = x;
				*ord = o;
				*p = q;
				*n = i;
			}
		}
	}
	return best;
}

static struct cgn_client
random_client(struct model *m, unsigned int who)
{
	/* Few inside ports, so that endpoints come back. */
	return subfix_client(subfix_host(1, who * 4 + random_below(m, 4)),
			(uint16_t)(5000 + random_below(m, 40)),
			(enum cgn_proto)random_below(m, CGN_PROTO_COUNT));
}

static unsigned int
blocks_of(const struct model *m, uint32_t ord, uint32_t sub)
{
	unsigned int n = 0;

	for (unsigned int b = 0; b < N_BLOCKS; b++)
		n += block_owner(m, ord, b) == sub;
	return n;
}

static bool
has_ports(const struct model *m, unsigned int who)
{
	for (uint32_t o = 0; o < N_ORD; o++) {
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++) {
			for (unsigned int n = 0; n < N_PORTS; n++) {
				if (m->cell[o][p][n].state != FREE && m->cell[o][p][n].who == who)
					return true;
			}
		}
	}
	return false;
}

/* Get the subscriber; its pairing must not have changed while it had anything. */
static uint32_t
get_sub(struct model *m, unsigned int who)
{
	uint32_t sub;
	bool had = has_ports(m, who);
	enum cgn_verdict v = cgn_subscribers_get4(
			m->f->subs, subfix_host(1, who * 4), m->now, &sub);

	if (v != CGN_V_NONE) {
		unsigned int free = 0;

		CU_ASSERT_EQUAL(v, CGN_V_POOL_FULL);
		CU_ASSERT_FALSE(had);
		for (uint32_t o = 0; o < N_ORD; o++)
			free += blocks_of(m, o, CGN_SUB_NONE);
		CU_ASSERT_EQUAL(free, 0);
		return CGN_SUB_NONE;
	}
	if (had)
		CU_ASSERT_EQUAL((int)cgn_subscribers_at(m->f->subs, sub)->ext_ord, m->paired[who]);
	m->paired[who] = (int)cgn_subscribers_at(m->f->subs, sub)->ext_ord;
	return sub;
}

/* A refusal must be true: no number free in hand, no block left to take. */
static void
check_refusal(const struct model *m, uint32_t sub, enum cgn_verdict v)
{
	uint32_t ord = cgn_subscribers_at(m->f->subs, sub)->ext_ord;
	unsigned int mine = 0, free_blocks = 0, free_numbers = 0;

	for (unsigned int b = 0; b < N_BLOCKS; b++) {
		uint32_t owner = block_owner(m, ord, b);

		free_blocks += owner == CGN_SUB_NONE;
		if (owner != sub)
			continue;
		mine++;
		for (unsigned int n = b * BLOCK; n < (b + 1) * BLOCK; n++)
			free_numbers += is_number_free(m, ord, n) && !is_excluded(PORT_MIN + n);
	}
	CU_ASSERT_EQUAL(free_numbers, 0);
	if (mine == BLOCKS) {
		CU_ASSERT_EQUAL(v, CGN_V_SUB_PORTS);
	} else {
		CU_ASSERT_EQUAL(v, CGN_V_POOL_PORTS);
		CU_ASSERT_EQUAL(free_blocks, 0);
	}
}

static void
do_take(struct model *m)
{
	unsigned int who = random_below(m, N_SUBS), n;
	struct cgn_client c = random_client(m, who);
	uint32_t sub = get_sub(m, who), ord;
	enum cgn_verdict v;
	uint16_t port;

	if (sub == CGN_SUB_NONE)
		return;
	ord = (uint32_t)m->paired[who];
	port = subfix_take_foreseen(m->f, sub, &c, m->foreseen[who], m->now, &v);
	/* For a later one, which may come when much has changed. */
	m->foreseen[who] = random_below(m, 2) == 0
			? 0
			: cgn_subscriber_warm_port(m->f->subs, sub, &c, m->now);
	if (v != CGN_V_NONE) {
		check_refusal(m, sub, v);
		return;
	}
	CU_ASSERT_FATAL(port >= PORT_MIN && port <= PORT_MAX);
	CU_ASSERT_FALSE(is_excluded(port));
	n = IDX(port);
	CU_ASSERT_EQUAL(m->cell[ord][c.proto][n].state, FREE);
	CU_ASSERT_TRUE(others_allow(m, ord, n, &c));
	model_use(m, ord, n, &c, who, false);
	CU_ASSERT_EQUAL(block_owner(m, ord, n / BLOCK), sub);
	CU_ASSERT_TRUE(blocks_of(m, ord, sub) <= BLOCKS);
}

/* What claim() has to answer. */
static int
expected(const struct model *m, uint32_t sub, uint32_t ord, unsigned int port,
		const struct cgn_client *c)
{
	const struct cell *x;
	uint32_t owner;

	if (port < PORT_MIN || port > PORT_MAX || is_excluded(port))
		return -ERANGE;
	x = &m->cell[ord][c->proto][IDX(port)];
	if (x->state == USED)
		return -EBUSY;
	if (x->state == HELD)
		return x->c.addr == c->addr && x->c.port == c->port ? 0 : -EBUSY;
	if (!others_allow(m, ord, IDX(port), c))
		return -EBUSY;
	owner = block_owner(m, ord, IDX(port) / BLOCK);
	if (((owner != sub && owner != CGN_SUB_NONE) || is_guarded(m, ord, IDX(port) / BLOCK)) &&
			!m->is_claim[ord][IDX(port)])
		return -EBUSY;
	return 0;
}

static void
do_claim(struct model *m)
{
	unsigned int who = random_below(m, N_SUBS);
	struct cgn_client c = random_client(m, who);
	uint32_t sub = get_sub(m, who), ord;
	unsigned int port = PORT_MIN - 4 + random_below(m, N_PORTS + 8);
	uint32_t owner;
	int want, got;

	if (sub == CGN_SUB_NONE)
		return;
	ord = random_below(m, 8) != 0 ? (uint32_t)m->paired[who] : random_below(m, N_ORD);
	if (random_below(m, 2) == 0) {
		/* A number that the client already has, or had. */
		for (unsigned int i = 0, k = random_below(m, N_PORTS); i < N_PORTS; i++, k++) {
			const struct cell *x = &m->cell[ord][random_below(m, 3)][k % N_PORTS];

			if (x->state != FREE && x->who == who) {
				port = PORT_MIN + k % N_PORTS;
				c.addr = x->c.addr;
				if (x->state == HELD && random_below(m, 2) == 0)
					c = x->c;
				break;
			}
		}
	}
	want = expected(m, sub, ord, port, &c);
	owner = want == -ERANGE ? 0 : block_owner(m, ord, IDX(port) / BLOCK);
	got = subfix_claim(m->f, sub, &c, ord, (uint16_t)port, m->now);
	CU_ASSERT_EQUAL(got, want);
	if (got == 0)
		model_use(m, ord, IDX(port), &c, who, owner != sub);
}

static void
do_release(struct model *m)
{
	unsigned int start = random_below(m, N_ORD * CGN_PROTO_COUNT * N_PORTS), oord, op, on, held;
	bool hold = random_below(m, 3) != 0;

	for (unsigned int i = 0; i < N_ORD * CGN_PROTO_COUNT * N_PORTS; i++) {
		unsigned int k = (start + i) % (N_ORD * CGN_PROTO_COUNT * N_PORTS);
		uint32_t ord = k / (CGN_PROTO_COUNT * N_PORTS);
		unsigned int p = k / N_PORTS % CGN_PROTO_COUNT, n = k % N_PORTS;
		struct cell *x = &m->cell[ord][p][n];
		struct cgn_client c = x->c;
		uint32_t sub;

		if (x->state != USED)
			continue;
		sub = cgn_subscribers_find4(m->f->subs, c.addr);
		CU_ASSERT_NOT_EQUAL_FATAL(sub, CGN_SUB_NONE);
		cgn_subscribers_release(m->f->subs, sub, &c, ord, (uint16_t)(PORT_MIN + n),
				hold ? CGN_PORT_HELD : CGN_PORT_FREE, m->now);
		if (hold) {
			const struct cell *old = oldest_held(m, &oord, &op, &on, &held);

			if (old != NULL && held == HOLD_MAX) {
				/* The block is looked at when both changes are made. */
				x->state = HELD;
				model_free(m, oord, op, on);
				m->short_holds++;
			}
			x->state = HELD;
			x->end = m->now + cgn_ticks(120);
			x->serial = ++m->serial;
		} else {
			model_free(m, ord, p, n);
		}
		return;
	}
}

static void
do_time(struct model *m)
{
	uint32_t ord = 0;
	unsigned int p = 0, n = 0, held;
	struct cell *x;

	m->now += random_below(m, cgn_ticks(8));
	while (cgn_subscribers_expire(m->f->subs, m->now, 3) != 0)
		;
	for (;;) {
		x = oldest_held(m, &ord, &p, &n, &held);
		if (x == NULL || !cgn_tick_reached(m->now, x->end))
			break;
		/* The slot is free in both. */
		CU_ASSERT_EQUAL(*cgn_ext_slot(&m->f->ext, ord, p, (uint16_t)(PORT_MIN + n)), 0);
		x->state = FREE;
		if (is_number_free(m, ord, n))
			m->is_claim[ord][n] = false;
	}
}

struct walked {
	const struct model *m;
	unsigned int who;
	unsigned int n;
};

static void
count_walked(void *ctx, uint32_t mapping)
{
	struct walked *w = ctx;

	w->n++;
	/* Subscriber by prefix: four hosts each. */
	CU_ASSERT_EQUAL((rte_be_to_cpu_32(w->m->f->mappings[mapping].addr) & 0xff) / 4, w->who);
}

/* Sums of the model against what the code says. */
static void
check_all(const struct model *m)
{
	unsigned int used[CGN_PROTO_COUNT] = { 0 }, held = 0, owned = 0, wrong = 0, subs = 0;
	struct cgn_pool_stats g;

	for (uint32_t o = 0; o < N_ORD; o++) {
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++) {
			for (unsigned int n = 0; n < N_PORTS; n++) {
				const struct cell *x = &m->cell[o][p][n];
				uint32_t slot = *cgn_ext_slot(
						&m->f->ext, o, p, (uint16_t)(PORT_MIN + n));

				used[p] += x->state == USED;
				held += x->state == HELD;
				wrong += x->state == FREE          ? slot != 0
						: x->state == HELD ? (slot & CGN_EXT_HELD) == 0
								   : (slot & CGN_EXT_HELD) != 0 ||
								!subfix_same(m->f, slot, &x->c);
			}
		}
		owned += N_BLOCKS - blocks_of(m, o, CGN_SUB_NONE);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	for (unsigned int who = 0; who < N_SUBS; who++) {
		uint32_t sub = cgn_subscribers_find4(m->f->subs, subfix_host(1, who * 4)), n = 0,
			 at = 0;
		const struct cgn_subscriber *pub;
		struct walked w = { .m = m, .who = who };
		uint64_t cursor = 0;

		CU_ASSERT_TRUE(sub != CGN_SUB_NONE || !has_ports(m, who));
		if (sub == CGN_SUB_NONE)
			continue;
		subs++;
		pub = cgn_subscribers_at(m->f->subs, sub);
		for (uint32_t o = 0; o < N_ORD; o++) {
			for (unsigned int i = 0; i < CGN_PROTO_COUNT * N_PORTS; i++) {
				const struct cell *x = &m->cell[o][i / N_PORTS][i % N_PORTS];

				n += x->state == USED && x->who == who;
				at += x->state == USED && x->who == who && o == pub->ext_ord;
			}
		}
		CU_ASSERT_EQUAL(cgn_subscriber_mappings(pub), n);
		CU_ASSERT_EQUAL(pub->n_blocks, blocks_of(m, pub->ext_ord, sub));
		while (!cgn_subscriber_read_walk_ports(
				m->f->subs, sub, &cursor, 5, count_walked, &w))
			;
		CU_ASSERT_EQUAL(w.n, at);
	}
	g = m->f->stats.pool[0];
	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		CU_ASSERT_EQUAL(g.ports_used[p], used[p]);
	CU_ASSERT_EQUAL(g.ports_held, held);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(m->f->subs), held);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held_short(m->f->subs), m->short_holds);
	CU_ASSERT_EQUAL(g.blocks, N_ORD * N_BLOCKS);
	CU_ASSERT_EQUAL(g.blocks_used, owned);
	CU_ASSERT_TRUE(owned + g.blocks_guarded <= g.blocks);
	CU_ASSERT_EQUAL(g.subscribers, subs);
	CU_ASSERT_EQUAL(cgn_subscriber_read_known(m->f->subs), subs);
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(m->f->subs), subs + owned + held);
}

static void
run(uint32_t seed, bool preserve, bool parity, uint32_t guard_s, unsigned int steps)
{
	struct model *m = calloc(1, sizeof(*m));

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	m->f = subfix_conf(BLOCK, BLOCKS, PORT_MIN, PORT_MAX);
	m->f->groups[0].subscriber_prefix_len = 30;
	m->f->conf.nat.hold_down_max = HOLD_MAX;
	m->f->conf.nat.port_choice = preserve ? CGN_PORT_CHOICE_PRESERVE : CGN_PORT_CHOICE_RANDOM;
	m->f->conf.nat.port_parity = parity;
	m->f->conf.nat.block_guard_s = guard_s;
	subfix_start(m->f, (uint8_t)seed);
	m->rng = seed;
	m->now = UINT32_MAX - cgn_ticks(600); /* the clock wraps under way */
	for (unsigned int i = 0; i < steps; i++) {
		/* Fill, then empty, in turn. */
		uint32_t fill = i / 700 % 2 == 0 ? 60 : 15, r = random_below(m, 100);

		if (r < fill)
			do_take(m);
		else if (r < fill + 12)
			do_claim(m);
		else if (r < 97)
			do_release(m);
		else
			do_time(m);
		if (i % 16 == 0)
			check_all(m);
	}
	check_all(m);
	/* Everything ends: nothing is left. */
	for (unsigned int i = 0; i < N_ORD * CGN_PROTO_COUNT * N_PORTS; i++)
		do_release(m);
	m->now += cgn_ticks(120);
	do_time(m);
	check_all(m);
	m->now += cgn_ticks(CGN_SUB_IDLE_S + 1);
	do_time(m);
	check_all(m);
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(m->f->subs), 0);
	CU_ASSERT_EQUAL(cgn_subscribers_end(m->f->subs), 0);
	subfix_end(m->f);
	free(m);
}

/* B-MAP-8, B-MAP-10, A-PORT-10: no two clients ever hold parts of one port number.
 * A-PORT-6, A-PORT-7: a held port goes back to its endpoint and to nobody else.
 * A-POOL-1, A-POOL-3: one address a subscriber, refused when it is full.
 * A-RES-1: a refusal changes nothing that exists. A-PORT-9: never 5350 and 5351. */
static void
random_traces_agree_with_a_slow_model(void)
{
	for (uint32_t seed = 1; seed <= 12; seed++)
		run(seed, false, false, seed % 2 == 0 ? 180 : 0, 3000);
}

/* A-PORT-2, A-PORT-5: the same with the other ways to choose. */
static void
random_traces_with_preserved_ports_and_parity_agree_with_a_slow_model(void)
{
	for (uint32_t seed = 101; seed <= 104; seed++) {
		run(seed, true, false, 180, 2000);
		run(seed, false, true, 0, 2000);
		run(seed, true, true, 60, 2000);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(random_traces_agree_with_a_slow_model),
	CU_TEST_ROW(random_traces_with_preserved_ports_and_parity_agree_with_a_slow_model),
};

CU_MAIN("ports_model", tests)
