/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/model.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

/*
 * The engine beside a slow model on long random traces. CGN_TEST_SEED runs one seed, CGN_TEST_SEEDS
 * that many; CGN_TEST_STEPS sets the length.
 */

#define N_HOSTS 6
#define N_PORTS 4

struct run {
	struct fx *fx;
	struct mo *mo;
	uint64_t rng;
	uint32_t seed;
	uint32_t step;
	cgn_tick start;
	bool failed;
};

/* A packet of the trace. */
struct ev {
	uint8_t proto;
	struct mo_ep a; /* inside endpoint, or the remote one */
	struct mo_ep b; /* where it goes */
	enum mo_event tcp;
};

static uint32_t
below(struct run *r, uint32_t n)
{
	/* xorshift64* */
	r->rng ^= r->rng >> 12;
	r->rng ^= r->rng << 25;
	r->rng ^= r->rng >> 27;
	return (uint32_t)((r->rng * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static void fail(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
fail(struct run *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("\n  seed %u step %u second %u: %s\n", r->seed, r->step, r->mo->now, text);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		if (fx_rose(r->fx, (enum cgn_verdict)v) != 0)
			printf("  verdict %s\n", cgn_verdict_name((enum cgn_verdict)v));
	}
	r->failed = true;
	CU_FAIL("engine and model differ");
}

static const char *
text(uint32_t addr)
{
	static char ring[8][16];
	static unsigned int k;
	rte_be32_t be = rte_cpu_to_be_32(addr);
	char *to = ring[k++ % 8];

	inet_ntop(AF_INET, &be, to, 16);
	return to;
}

static uint32_t
number(const char *addr)
{
	return rte_be_to_cpu_32(pg_addr(addr));
}

static unsigned int
owner(const struct run *r, uint32_t addr)
{
	return fx_owner(r->fx, text(addr));
}

/* --- what may happen ----------------------------------------------------------------------- */

static struct mo_ep
some_inside(struct run *r)
{
	return (struct mo_ep){ number("100.64.1.16") + below(r, N_HOSTS),
		(uint16_t)(5000 + below(r, N_PORTS)) };
}

static struct mo_ep
some_remote(struct run *r)
{
	return (struct mo_ep){ number("203.0.113.4") + below(r, 4), (uint16_t)(80 + below(r, 2)) };
}

static struct mo_ep
some_external(struct run *r, uint8_t proto)
{
	const struct cgn_conf_pool *p = &r->fx->pools[0];
	uint32_t k = below(r, MO_MAPPINGS);

	for (unsigned int i = 0; i < MO_MAPPINGS && below(r, 10) < 8; i++, k++) {
		const struct mo_mapping *map = &r->mo->maps[k % MO_MAPPINGS];

		if (map->is_live && map->proto == proto)
			return map->ext;
	}
	if (r->mo->n_held > 0 && below(r, 2) == 0)
		return r->mo->held[below(r, r->mo->n_held)].ext;
	return (struct mo_ep){ p->ranges[0].first + below(r, (uint32_t)p->n_addresses),
		(uint16_t)(p->port_min + below(r, (uint32_t)(p->port_max - p->port_min + 1))) };
}

/* One of the events of a mask. @return false: there is none */
static bool
choose(struct run *r, unsigned int mask, enum mo_event *ev)
{
	uint32_t k = below(r, MO_EVENTS);

	for (unsigned int i = 0; i < MO_EVENTS; i++, k++) {
		if ((mask >> (k % MO_EVENTS) & 1) != 0) {
			*ev = (enum mo_event)(k % MO_EVENTS);
			/* Resets end most stories too early. */
			if (*ev != MO_RST || below(r, 4) == 0)
				return true;
		}
	}
	return false;
}

static enum mo_state
state_of(struct mo_mapping *map, struct mo_ep remote)
{
	const struct mo_session *s = map == NULL ? NULL : mo_session(map, remote);

	return s == NULL ? MO_NONE : s->state;
}

static struct rte_mbuf *
packet(struct run *r, const struct ev *e, bool is_out)
{
	static const uint8_t flags[MO_EVENTS] = { [MO_SYN] = 0x02,
		[MO_SYNACK] = 0x12,
		[MO_ACK] = 0x10,
		[MO_FIN] = 0x11,
		[MO_RST] = 0x04 };
	const char *src = text(e->a.addr), *dst = text(e->b.addr);

	if (e->proto == CGN_PROTO_UDP)
		return pg_udp(r->fx->mp, src, e->a.port, dst, e->b.port, 16);
	if (e->proto == CGN_PROTO_TCP)
		return pg_tcp(r->fx->mp, src, e->a.port, dst, e->b.port, flags[e->tcp], 0);
	return pg_icmp_query(
			r->fx->mp, src, dst, is_out ? 8 : 0, is_out ? e->a.port : e->b.port, 16);
}

/* --- comparing ----------------------------------------------------------------------------- */

/* Whether the packet itself left; an ICMP error about it does not count. */
static bool
passed(const struct run *r, const struct ev *e)
{
	const struct fx_pkt *p = fx_first(r->fx);

	return p->left && (p->proto != IPPROTO_ICMP || e->proto == CGN_PROTO_ICMP) &&
			p->icmp_type != 3;
}

static void
expect_dropped(struct run *r, const struct ev *e, const char *why)
{
	if (passed(r, e))
		fail(r, "%s passed: %s", why, fx_first(r->fx)->dst);
}

static void
expect_packet(struct run *r, const struct ev *e, unsigned int port, struct mo_ep src,
		struct mo_ep dst)
{
	const struct fx_pkt *p = fx_first(r->fx);

	if (!passed(r, e)) {
		fail(r, "packet to %s:%u did not pass", text(dst.addr), dst.port);
		return;
	}
	if (e->proto == CGN_PROTO_ICMP && port == FX_OUTSIDE)
		dst.port = src.port;
	if (e->proto == CGN_PROTO_ICMP && port == FX_INSIDE)
		src.port = dst.port;
	if (p->port != port || strcmp(p->src, text(src.addr)) != 0 || p->sport != src.port ||
			strcmp(p->dst, text(dst.addr)) != 0 || p->dport != dst.port)
		fail(r, "port %u %s:%u > %s:%u, not port %u %s:%u > %s:%u", p->port, p->src,
				p->sport, p->dst, p->dport, port, text(src.addr), src.port,
				text(dst.addr), dst.port);
}

/* The external endpoint of a mapping that was just made. */
static struct mo_ep
learn(struct run *r, const struct ev *e)
{
	const struct fx_pkt *p = fx_first(r->fx);
	struct cgn_mapping_info info;

	if (passed(r, e) && e->proto != CGN_PROTO_ICMP)
		return (struct mo_ep){ number(p->src), p->sport };
	if (passed(r, e) && p->port == FX_OUTSIDE)
		return (struct mo_ep){ number(p->src), p->sport };
	if (!fx_mapping(r->fx, (enum cgn_proto)e->proto, text(e->a.addr), e->a.port, &info))
		fail(r, "new mapping is not in the table");
	return (struct mo_ep){ rte_be_to_cpu_32(info.ext.addr), rte_be_to_cpu_16(info.ext.port) };
}

static struct mo_mapping *
learn_mapping(struct run *r, uint8_t proto, struct mo_ep in, struct mo_ep ext)
{
	const char *wrong = mo_judge(r->mo, proto, in, ext, owner(r, in.addr));
	struct mo_mapping *map;

	if (wrong != NULL)
		fail(r, "%s:%u -> %s:%u: %s", text(in.addr), in.port, text(ext.addr), ext.port,
				wrong);
	map = mo_make(r->mo, proto, in, ext);
	if (map == NULL)
		fail(r, "model is full");
	return map;
}

/* --- events -------------------------------------------------------------------------------- */

static bool
is_pool(const struct run *r, uint32_t addr)
{
	return addr >= r->fx->ranges[0][0].first && addr <= r->fx->ranges[0][0].last;
}

/* Whether the target of a new hairpin remembers connections of ports that are somebody else's now. */
static bool
has_stale_sessions(const struct run *r, const struct mo_mapping *target)
{
	for (unsigned int i = 0; target != NULL && i < MO_SESSIONS; i++) {
		const struct mo_session *s = &target->sessions[i];

		if (s->state != MO_NONE && is_pool(r, s->remote.addr) &&
				mo_find_ext(r->mo, CGN_PROTO_TCP, s->remote) == NULL)
			return true;
	}
	return false;
}

/* Choose the segment of an outbound TCP event. @return false: none makes sense */
static bool
choose_out(struct run *r, struct ev *e, bool is_hairpin)
{
	struct mo_mapping *map = mo_find_in(r->mo, CGN_PROTO_TCP, e->a), *target;
	unsigned int mask = mo_sensible(state_of(map, e->b), true);

	if (is_hairpin && r->fx->conf.nat.hairpin) {
		target = mo_find_ext(r->mo, CGN_PROTO_TCP, e->b);
		if (target != NULL &&
				(target == map || (map == NULL && has_stale_sessions(r, target))))
			return false;
		if (target != NULL && map != NULL)
			mask &= mo_sensible(state_of(target, map->ext), false);
	}
	return choose(r, mask, &e->tcp);
}

/* The second half of a hairpin. */
static void
turn_round(struct run *r, const struct ev *e, struct mo_ep src, bool did_pass)
{
	struct mo_mapping *target = mo_find_ext(r->mo, e->proto, e->b);

	if (target == NULL || e->proto == CGN_PROTO_ICMP) {
		expect_dropped(r, e, "hairpin to nobody");
		return;
	}
	switch (mo_in(r->mo, target, src, e->tcp)) {
	case MO_MUST_NOT:
		expect_dropped(r, e, "filtered hairpin");
		return;
	case MO_MAY:
		if (!did_pass)
			return;
		break;
	case MO_MUST:
		break;
	}
	expect_packet(r, e, FX_INSIDE, src, target->in);
	mo_in_passed(r->mo, target, src, e->tcp);
}

static uint64_t
made(const struct run *r)
{
	return fx_counted(r->fx, CGN_C_MAPPINGS_MADE_UDP) +
			fx_counted(r->fx, CGN_C_MAPPINGS_MADE_TCP) +
			fx_counted(r->fx, CGN_C_MAPPINGS_MADE_ICMP);
}

/* Send a packet for which there is no mapping yet. @return the mapping, NULL: none was made */
static struct mo_mapping *
send_new(struct run *r, const struct ev *e)
{
	enum mo_verdict may = mo_may_make(r->mo, e->proto, e->a, owner(r, e->a.addr), false);
	bool is_syn = e->proto != CGN_PROTO_TCP || e->tcp == MO_SYN;

	if (!is_syn)
		may = MO_MUST_NOT;
	fx_inside(r->fx, packet(r, e, true));
	if (made(r) != 0 && may == MO_MUST_NOT)
		fail(r, "mapping is made above a limit or without a SYN");
	if (made(r) == 0 && may == MO_MUST)
		fail(r, "mapping is not made although there is room");
	if (made(r) == 0) {
		expect_dropped(r, e, "packet without a mapping");
		return NULL;
	}
	return learn_mapping(r, e->proto, e->a, learn(r, e));
}

static void
send_out(struct run *r)
{
	struct ev e = { .proto = (uint8_t)below(r, CGN_PROTO_COUNT) };
	bool is_hairpin = below(r, 5) == 0, did_pass;
	struct mo_mapping *map;

	e.a = some_inside(r);
	e.b = is_hairpin ? some_external(r, e.proto) : some_remote(r);
	if (e.proto == CGN_PROTO_TCP && !choose_out(r, &e, is_hairpin))
		return;
	if (is_hairpin && !r->fx->conf.nat.hairpin) {
		fx_inside(r->fx, packet(r, &e, true));
		expect_dropped(r, &e, "hairpin");
		return;
	}
	map = mo_find_in(r->mo, e.proto, e.a);
	if (map == NULL) {
		map = send_new(r, &e);
	} else {
		fx_inside(r->fx, packet(r, &e, true));
		if (made(r) != 0)
			fail(r, "a second mapping is made");
	}
	/* Reading tables forgets what left: the model was told by then. */
	did_pass = passed(r, &e);
	if (map == NULL || r->failed)
		return;
	if (!mo_out(r->mo, map, e.b, e.tcp))
		expect_dropped(r, &e, "segment without a session");
	else if (is_hairpin)
		turn_round(r, &e, map->ext, did_pass);
	else
		expect_packet(r, &e, FX_OUTSIDE, map->ext, e.b);
}

static void
send_in(struct run *r)
{
	struct ev e = { .proto = (uint8_t)below(r, CGN_PROTO_COUNT) };
	struct mo_mapping *map;

	e.a = some_remote(r);
	e.b = some_external(r, e.proto);
	map = mo_find_ext(r->mo, e.proto, e.b);
	if (e.proto == CGN_PROTO_TCP && !choose(r, mo_sensible(state_of(map, e.a), false), &e.tcp))
		return;
	fx_outside(r->fx, packet(r, &e, false));
	if (map == NULL) {
		expect_dropped(r, &e, "packet to nobody");
		return;
	}
	switch (mo_in(r->mo, map, e.a, e.tcp)) {
	case MO_MUST_NOT:
		expect_dropped(r, &e, "filtered packet");
		return;
	case MO_MAY:
		if (!passed(r, &e))
			return;
		break;
	case MO_MUST:
		break;
	}
	expect_packet(r, &e, FX_INSIDE, e.a, map->in);
	mo_in_passed(r->mo, map, e.a, e.tcp);
}

static unsigned int
count_leases(const struct run *r, uint32_t sub)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		n += r->mo->maps[i].is_live && r->mo->maps[i].is_lease && r->mo->maps[i].sub == sub;
	return n;
}

static void
make_lease(struct run *r, struct mo_ep in, struct mo_mapping *map)
{
	bool is_full = count_leases(r, mo_sub(r->mo, in.addr)) >= r->fx->groups[0].leases_max;
	uint32_t lifetime = 1 + 4 * below(r, 200);
	struct fx_ep x = { .port = 0 };
	enum mo_verdict may = MO_MUST;
	struct mo_ep ext;
	int ret;

	if (map == NULL)
		may = mo_may_make(r->mo, CGN_PROTO_UDP, in, owner(r, in.addr), true);
	if (is_full && (map == NULL || !map->is_lease))
		may = MO_MUST_NOT;
	ret = fx_lease(r->fx, CGN_PROTO_UDP, text(in.addr), in.port, &x, lifetime);
	if ((ret == 0 && may == MO_MUST_NOT) || (ret != 0 && may == MO_MUST))
		fail(r, "lease: %d", ret);
	if (ret != 0 || r->failed)
		return;
	ext = (struct mo_ep){ number(x.addr), x.port };
	if (map == NULL)
		map = learn_mapping(r, CGN_PROTO_UDP, in, ext);
	if (r->failed)
		return;
	if (map->ext.addr != ext.addr || map->ext.port != ext.port)
		fail(r, "lease has another endpoint than its mapping");
	map->is_lease = true;
	map->lease_end = r->mo->now + lifetime;
}

static void
lease(struct run *r)
{
	struct mo_ep in = some_inside(r);
	struct mo_mapping *map = mo_find_in(r->mo, CGN_PROTO_UDP, in);
	int ret, want = map == NULL ? -ENOENT : map->is_lease ? 0 : -EADDRINUSE;

	if (below(r, 3) != 0) {
		make_lease(r, in, map);
		return;
	}
	ret = fx_unlease(r->fx, CGN_PROTO_UDP, text(in.addr), in.port);
	if (ret != want)
		fail(r, "deleting a lease: %d, not %d", ret, want);
	if (ret == 0 && !r->failed)
		mo_end(r->mo, map);
}

static void
send_error(struct run *r)
{
	struct ev quoted = { .proto = (uint8_t)below(r, CGN_PROTO_COUNT), .tcp = MO_ACK };
	struct mo_mapping *map;
	struct rte_mbuf *about;
	const struct fx_pkt *p;

	quoted.a = some_external(r, quoted.proto);
	quoted.b = some_remote(r);
	map = mo_find_ext(r->mo, quoted.proto, quoted.a);
	about = packet(r, &quoted, true);
	p = fx_outside(r->fx,
			pg_icmp_error(r->fx->mp, R1, text(quoted.a.addr), 11, 0, 0, about,
					28 + 8 * below(r, 2)));
	rte_pktmbuf_free(about);
	if (p->left != (map != NULL))
		fail(r, "ICMP error about %s mapping %s", map == NULL ? "no" : "a",
				p->left ? "passed" : "did not pass");
	else if (map != NULL &&
			(strcmp(p->dst, text(map->in.addr)) != 0 || p->quote.sport != map->in.port))
		fail(r, "ICMP error shows %s:%u", p->dst, p->quote.sport);
}

/* Say which mappings engine and model do not have in common. */
static void
show_difference(struct run *r)
{
	struct cgn_mapping_info rows[2 * MO_MAPPINGS];
	unsigned int n = fx_mappings(r->fx, NULL, rows, RTE_DIM(rows));

	for (unsigned int i = 0; i < n; i++) {
		struct mo_ep in = { rte_be_to_cpu_32(rows[i].in.addr),
			rte_be_to_cpu_16(rows[i].in.port) };

		if (mo_find_in(r->mo, rows[i].in.proto, in) == NULL)
			printf("  engine only: protocol %u %s:%u flags %u state %u left %u\n",
					rows[i].in.proto, text(in.addr), in.port, rows[i].flags,
					rows[i].tcp_state, rows[i].expires_s);
	}
	for (unsigned int k = 0; k < MO_MAPPINGS; k++) {
		const struct mo_mapping *map = &r->mo->maps[k];
		bool found = !map->is_live;

		for (unsigned int i = 0; i < n && !found; i++)
			found = rows[i].in.proto == map->proto &&
					rows[i].in.addr == rte_cpu_to_be_32(map->in.addr) &&
					rows[i].in.port == rte_cpu_to_be_16(map->in.port);
		if (!found)
			printf("  model only: protocol %u %s:%u\n", map->proto, text(map->in.addr),
					map->in.port);
	}
}

static void
let_time_pass(struct run *r)
{
	uint32_t kind = below(r, 20), s = 4 + 4 * below(r, 5);
	unsigned int live = 0;
	uint64_t is;

	if (kind == 0)
		s = 4 * below(r, 2000);
	else if (kind < 8)
		s = 4 * below(r, 50);
	fx_advance_s(r->fx, s);
	mo_advance(r->mo, r->mo->now + s);
	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		live += r->mo->maps[i].is_live;
	is = fx_gauge(r->fx, CGN_G_MAPPINGS_UDP) + fx_gauge(r->fx, CGN_G_MAPPINGS_TCP) +
			fx_gauge(r->fx, CGN_G_MAPPINGS_ICMP);
	if (is != live) {
		fail(r, "%lu mappings, not %u", (unsigned long)is, live);
		show_difference(r);
	}
}

/* --- traces -------------------------------------------------------------------------------- */

static void
configure(struct run *r)
{
	struct fx *fx = r->fx;
	struct cgn_conf_nat *nat = &fx->conf.nat;

	fx->seed = (uint8_t)r->seed;
	fx_pool_per_worker(fx, 1 + below(r, 2));
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = (uint16_t)(1 + below(r, 2));
	fx->groups[0].subscriber_prefix_len = below(r, 2) == 0 ? 32 : 31;
	fx->groups[0].mappings_max = below(r, 2) == 0 ? 0 : 8 + below(r, 20);
	fx->groups[0].leases_max = 1 + below(r, 4);
	fx->pools[0].port_min = below(r, 2) == 0 ? 1024 : 5312;
	fx->pools[0].port_max = (uint16_t)(fx->pools[0].port_min + 64 * (1 + below(r, 4)) - 1);
	nat->filtering[CGN_PROTO_UDP] = (enum cgn_filtering)below(r, 3);
	nat->filtering[CGN_PROTO_TCP] = (enum cgn_filtering)below(r, 3);
	nat->hairpin = below(r, 4) != 0;
	nat->port_choice = (enum cgn_port_choice)below(r, 2);
	nat->port_parity = below(r, 3) == 0;
	nat->syn_unreachable = below(r, 2) == 0;
	nat->hold_down_s = below(r, 3) == 0 ? 0 : 121;
	nat->inbound_refresh = nat->filtering[CGN_PROTO_UDP] == CGN_FILTERING_EI &&
			below(r, 2) == 0;
	nat->timeouts = (struct cgn_conf_timeouts){
		.udp_s = 301,
		.icmp_s = 61,
		.tcp_established_s = 7441,
		.tcp_opening_s = 241,
		.tcp_closing_s = 245,
		.fragment_s = 2,
	};
}

static void
trace(uint32_t seed, uint32_t steps)
{
	struct run r = { .seed = seed, .rng = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1) };

	r.fx = fx_new();
	r.mo = calloc(1, sizeof(*r.mo));
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.mo);
	configure(&r);
	r.fx->now += below(&r, CGN_TICK_HZ);
	fx_start(r.fx);
	r.mo->conf = &r.fx->conf;
	r.mo->n_workers = r.fx->n_workers;
	for (r.step = 0; r.step < steps && !r.failed; r.step++) {
		uint32_t kind = below(&r, 100);

		if (kind < 45)
			send_out(&r);
		else if (kind < 75)
			send_in(&r);
		else if (kind < 80)
			lease(&r);
		else if (kind < 85)
			send_error(&r);
		else
			let_time_pass(&r);
		if (r.step % 16 == 0)
			FX_BOOKS(r.fx);
	}
	fx_free(r.fx);
	free(r.mo);
}

static uint32_t
from_environment(const char *name, uint32_t def)
{
	const char *value = getenv(name);

	return value == NULL ? def : (uint32_t)strtoul(value, NULL, 10);
}

/* A-MAP-1, A-MAP-2, A-MAP-3, A-MAP-7, A-MAP-8, A-POOL-1, A-PORT-6, A-PORT-10, A-FIL-1, A-FIL-3, A-UDP-1,
 * A-UDP-3, A-UDP-4, A-TCP-1, A-TCP-5, A-TCP-6, A-ICE-5, A-ICE-7, A-HP-1, A-HP-2, A-RES-1, A-RES-4:
 * the engine does what a slow model does, whatever comes in which order. */
static void
engine_agrees_with_a_slow_model(void)
{
	uint32_t only = from_environment("CGN_TEST_SEED", UINT32_MAX);
	uint32_t n = from_environment("CGN_TEST_SEEDS", 60);
	uint32_t steps = from_environment("CGN_TEST_STEPS", 5000);

	if (only != UINT32_MAX) {
		trace(only, steps);
		return;
	}
	for (uint32_t seed = 1; seed <= n; seed++)
		trace(seed, steps);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(engine_agrees_with_a_slow_model),
};

CU_MAIN("scn_model", tests)
