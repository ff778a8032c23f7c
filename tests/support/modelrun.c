/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/modelrun.h"

#include "dataplane/engine/snapshot.h"
#include "tests/support/cu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A packet of the trace. */
struct ev {
	uint8_t proto;
	struct mo_ep a; /* inside endpoint, or the remote one */
	struct mo_ep b; /* where it goes */
	enum mo_event tcp;
};

uint32_t
mr_below(struct mr *r, uint32_t n)
{
	/* xorshift64* */
	r->rng ^= r->rng >> 12;
	r->rng ^= r->rng << 25;
	r->rng ^= r->rng >> 27;
	return (uint32_t)((r->rng * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

void
mr_fail(struct mr *r, const char *fmt, ...)
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

const char *
mr_text(uint32_t addr)
{
	static char ring[8][16];
	static unsigned int k;
	rte_be32_t be = rte_cpu_to_be_32(addr);
	char *to = ring[k++ % 8];

	inet_ntop(AF_INET, &be, to, 16);
	return to;
}

uint32_t
mr_number(const char *addr)
{
	return rte_be_to_cpu_32(pg_addr(addr));
}

/* --- begin and end ------------------------------------------------------------------------- */

static unsigned int
owner(void *ctx, uint32_t addr)
{
	const struct mr *r = ctx;

	return cgn_owner_of(&r->fx->snapshot->owner, rte_cpu_to_be_32(addr));
}

static unsigned int
worker_of(void *ctx, uint32_t addr)
{
	const struct mr *r = ctx;

	return cgn_book_find(r->fx->snapshot->nat.book, rte_cpu_to_be_32(addr))->worker;
}

static void
note_record(void *arg, const struct cgn_record *rec)
{
	struct mr *r = arg;

	if (r->n_records == MR_RECORDS)
		abort();
	r->records[r->n_records++] = *rec;
}

void
mr_take_records(struct mr *r)
{
	for (unsigned int i = 0; i < r->n_records; i++)
		mo_record(r->mo, &r->records[i]);
	r->n_records = 0;
	if (r->mo->wrong[0] != '\0' && !r->failed)
		mr_fail(r, "%s", r->mo->wrong);
}

void
mr_init(struct mr *r, uint32_t seed)
{
	*r = (struct mr){ .seed = seed, .rng = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1) };
	r->mo = calloc(1, sizeof(*r->mo));
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->mo);
	r->mo->asks = (struct mo_asks){ owner, worker_of, r };
}

void
mr_fini(struct mr *r)
{
	free(r->mo->past);
	free(r->mo);
}

void
mr_listen(struct mr *r, struct fx *fx)
{
	r->fx = fx;
	r->tap = (struct flowledger_tap){ note_record, r };
	fx->tap = &r->tap;
}

/* --- what may happen ----------------------------------------------------------------------- */

static struct mo_ep
some_inside(struct mr *r)
{
	return (struct mo_ep){ r->hosts[mr_below(r, r->n_hosts)],
		(uint16_t)(5000 + mr_below(r, r->n_ports)) };
}

static struct mo_ep
some_remote(struct mr *r)
{
	return (struct mo_ep){ mr_number("203.0.113.4") + mr_below(r, 4),
		(uint16_t)(80 + mr_below(r, 2)) };
}

static struct mo_ep
some_external(struct mr *r, uint8_t proto)
{
	uint32_t k = mr_below(r, MO_MAPPINGS);
	const struct cgn_conf_pool *p;
	const struct mo_addr *a;

	for (unsigned int i = 0; i < MO_MAPPINGS && mr_below(r, 10) < 8; i++, k++) {
		const struct mo_mapping *map = &r->mo->maps[k % MO_MAPPINGS];

		if (map->is_live && map->proto == proto)
			return map->ext;
	}
	if (r->mo->n_held > 0 && mr_below(r, 2) == 0)
		return r->mo->held[mr_below(r, r->mo->n_held)].ext;
	a = &r->mo->addrs[mr_below(r, r->mo->n_addrs)];
	p = &r->mo->conf->pools[a->pool];
	return (struct mo_ep){ a->addr,
		(uint16_t)(p->port_min + mr_below(r, (uint32_t)(p->port_max - p->port_min + 1))) };
}

/* One of the events of a mask. @return false: there is none */
static bool
choose(struct mr *r, unsigned int mask, enum mo_event *ev)
{
	uint32_t k = mr_below(r, MO_EVENTS);

	for (unsigned int i = 0; i < MO_EVENTS; i++, k++) {
		if ((mask >> (k % MO_EVENTS) & 1) != 0) {
			*ev = (enum mo_event)(k % MO_EVENTS);
			/* Resets end most stories too early. */
			if (*ev != MO_RST || mr_below(r, 4) == 0)
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
packet(struct mr *r, const struct ev *e, bool is_out)
{
	static const uint8_t flags[MO_EVENTS] = { [MO_SYN] = 0x02,
		[MO_SYNACK] = 0x12,
		[MO_ACK] = 0x10,
		[MO_FIN] = 0x11,
		[MO_RST] = 0x04 };
	const char *src = mr_text(e->a.addr), *dst = mr_text(e->b.addr);

	if (e->proto == CGN_PROTO_UDP)
		return pg_udp(r->fx->mp, src, e->a.port, dst, e->b.port, 16);
	if (e->proto == CGN_PROTO_TCP)
		return pg_tcp(r->fx->mp, src, e->a.port, dst, e->b.port, flags[e->tcp], 0);
	return pg_icmp_query(
			r->fx->mp, src, dst, is_out ? 8 : 0, is_out ? e->a.port : e->b.port, 16);
}

/* --- comparing ----------------------------------------------------------------------------- */

static void
show(const struct mr *r, const struct ev *e, const char *what)
{
	if (r->shows)
		printf("%u: %u s: %s %u %s:%u > %s:%u tcp %u\n", r->step, r->mo->now, what,
				e->proto, mr_text(e->a.addr), e->a.port, mr_text(e->b.addr),
				e->b.port, e->tcp);
}

/* Whether a frame is a reset for the sender of the packet, in place of a connection that was ended. */
static bool
is_reset(const struct ev *e, const struct fx_pkt *p)
{
	return p->proto == IPPROTO_TCP && p->tcp_flags == RTE_TCP_RST_FLAG && e->tcp != MO_RST &&
			p->dport == e->a.port && mr_number(p->dst) == e->a.addr;
}

/* Whether the packet itself left; an ICMP error about it or an answer to it does not count. */
static bool
passed(const struct mr *r, const struct ev *e)
{
	const struct fx_pkt *p = fx_first(r->fx);

	return p->left && (p->proto != IPPROTO_ICMP || e->proto == CGN_PROTO_ICMP) &&
			p->icmp_type != 3 && !is_reset(e, p);
}

static void
expect_dropped(struct mr *r, const struct ev *e, const char *why)
{
	const struct fx_pkt *p = fx_first(r->fx);

	if (passed(r, e))
		mr_fail(r, "%s passed: %s", why, p->dst);
	else if (is_reset(e, p) && r->mo->now > r->mo->reset_end)
		mr_fail(r, "%s is reset, but nothing was ended", why);
}

static void
expect_packet(struct mr *r, const struct ev *e, unsigned int port, struct mo_ep src,
		struct mo_ep dst)
{
	const struct fx_pkt *p = fx_first(r->fx);

	if (!passed(r, e)) {
		mr_fail(r, "packet to %s:%u did not pass", mr_text(dst.addr), dst.port);
		return;
	}
	if (e->proto == CGN_PROTO_ICMP && port == FX_OUTSIDE)
		dst.port = src.port;
	if (e->proto == CGN_PROTO_ICMP && port == FX_INSIDE)
		src.port = dst.port;
	if (p->port != port || strcmp(p->src, mr_text(src.addr)) != 0 || p->sport != src.port ||
			strcmp(p->dst, mr_text(dst.addr)) != 0 || p->dport != dst.port)
		mr_fail(r, "port %u %s:%u > %s:%u, not port %u %s:%u > %s:%u", p->port, p->src,
				p->sport, p->dst, p->dport, port, mr_text(src.addr), src.port,
				mr_text(dst.addr), dst.port);
}

/* The external endpoint of a mapping that was just made. */
static struct mo_ep
learn(struct mr *r, const struct ev *e)
{
	const struct fx_pkt *p = fx_first(r->fx);
	struct cgn_mapping_info info;

	if (passed(r, e) && e->proto != CGN_PROTO_ICMP)
		return (struct mo_ep){ mr_number(p->src), p->sport };
	if (passed(r, e) && p->port == FX_OUTSIDE)
		return (struct mo_ep){ mr_number(p->src), p->sport };
	if (!fx_mapping(r->fx, (enum cgn_proto)e->proto, mr_text(e->a.addr), e->a.port, &info))
		mr_fail(r, "new mapping is not in the table");
	return (struct mo_ep){ rte_be_to_cpu_32(info.ext.addr), rte_be_to_cpu_16(info.ext.port) };
}

static struct mo_mapping *
learn_mapping(struct mr *r, uint8_t proto, struct mo_ep in, struct mo_ep ext)
{
	const char *wrong;
	struct mo_mapping *map;

	mr_take_records(r);
	wrong = mo_judge(r->mo, proto, in, ext);
	if (wrong != NULL)
		mr_fail(r, "%s:%u -> %s:%u: %s", mr_text(in.addr), in.port, mr_text(ext.addr),
				ext.port, wrong);
	if (r->shows)
		printf("%u: %u s: mapping %u %s:%u at %s:%u\n", r->step, r->mo->now, proto,
				mr_text(in.addr), in.port, mr_text(ext.addr), ext.port);
	map = mo_make(r->mo, proto, mo_sub(r->mo, in.addr), in, ext);
	if (map == NULL)
		mr_fail(r, "model is full");
	return map;
}

/* --- events -------------------------------------------------------------------------------- */

/* Whether the target of a new hairpin remembers connections of ports that are somebody else's now. */
static bool
has_stale_sessions(const struct mr *r, const struct mo_mapping *target)
{
	for (unsigned int i = 0; target != NULL && i < MO_SESSIONS; i++) {
		const struct mo_session *s = &target->sessions[i];

		if (s->state != MO_NONE && mo_addr(r->mo, s->remote.addr) != NULL &&
				mo_find_ext(r->mo, CGN_PROTO_TCP, s->remote) == NULL)
			return true;
	}
	return false;
}

/* Choose the segment of an outbound TCP event. @return false: none makes sense */
static bool
choose_out(struct mr *r, struct ev *e, bool is_hairpin)
{
	struct mo_mapping *map = mo_find_in(r->mo, CGN_PROTO_TCP, e->a), *target;
	unsigned int mask = mo_sensible(state_of(map, e->b), true);

	if (is_hairpin && r->mo->conf->nat.hairpin) {
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
turn_round(struct mr *r, const struct ev *e, struct mo_ep src, bool did_pass)
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
made(const struct mr *r)
{
	return fx_counted(r->fx, CGN_C_MAPPINGS_MADE_UDP) +
			fx_counted(r->fx, CGN_C_MAPPINGS_MADE_TCP) +
			fx_counted(r->fx, CGN_C_MAPPINGS_MADE_ICMP);
}

/* Send a packet for which there is no mapping yet. @return the mapping, NULL: none was made */
static struct mo_mapping *
send_new(struct mr *r, const struct ev *e)
{
	bool is_syn = e->proto != CGN_PROTO_TCP || e->tcp == MO_SYN;
	enum mo_verdict may;

	mr_take_records(r);
	mo_ask(r->mo, e->a.addr);
	may = mo_may_make(r->mo, e->proto, e->a, false);
	if (!is_syn)
		may = MO_MUST_NOT;
	fx_inside(r->fx, packet(r, e, true));
	if (made(r) != 0 && may == MO_MUST_NOT)
		mr_fail(r, "mapping is made above a limit or without a SYN");
	if (made(r) == 0 && may == MO_MUST)
		mr_fail(r, "mapping is not made although there is room");
	if (made(r) == 0) {
		expect_dropped(r, e, "packet without a mapping");
		return NULL;
	}
	return learn_mapping(r, e->proto, e->a, learn(r, e));
}

void
mr_send_out(struct mr *r)
{
	struct ev e = { .proto = (uint8_t)mr_below(r, CGN_PROTO_COUNT) };
	bool is_hairpin = mr_below(r, 5) == 0, did_pass;
	struct mo_mapping *map;

	e.a = some_inside(r);
	e.b = is_hairpin ? some_external(r, e.proto) : some_remote(r);
	is_hairpin = mo_addr(r->mo, e.b.addr) != NULL;
	if (e.proto == CGN_PROTO_TCP && !choose_out(r, &e, is_hairpin))
		return;
	show(r, &e, "out");
	if (is_hairpin && !r->mo->conf->nat.hairpin) {
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
			mr_fail(r, "a second mapping is made");
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

void
mr_send_in(struct mr *r)
{
	struct ev e = { .proto = (uint8_t)mr_below(r, CGN_PROTO_COUNT) };
	struct mo_mapping *map;

	e.a = some_remote(r);
	e.b = some_external(r, e.proto);
	map = mo_find_ext(r->mo, e.proto, e.b);
	if (e.proto == CGN_PROTO_TCP && !choose(r, mo_sensible(state_of(map, e.a), false), &e.tcp))
		return;
	show(r, &e, "in");
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
count_leases(const struct mr *r, mo_sub_t sub)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		n += r->mo->maps[i].is_live && r->mo->maps[i].is_lease && r->mo->maps[i].sub == sub;
	return n;
}

static void
make_lease(struct mr *r, struct mo_ep in, struct mo_mapping *map)
{
	const struct cgn_conf_group *g = mo_group(r->mo, in.addr);
	bool is_full = g == NULL || count_leases(r, mo_sub(r->mo, in.addr)) >= g->leases_max;
	uint32_t lifetime = 1 + 4 * mr_below(r, 200);
	struct fx_ep x = { .port = 0 };
	enum mo_verdict may = MO_MUST;
	struct mo_ep ext;
	int ret;

	mr_take_records(r);
	mo_ask(r->mo, in.addr);
	if (map == NULL)
		may = mo_may_make(r->mo, CGN_PROTO_UDP, in, true);
	if (is_full && (map == NULL || !map->is_lease))
		may = MO_MUST_NOT;
	if (r->shows)
		printf("%u: %u s: lease of %s:%u for %u s\n", r->step, r->mo->now, mr_text(in.addr),
				in.port, lifetime);
	ret = fx_lease(r->fx, CGN_PROTO_UDP, mr_text(in.addr), in.port, &x, lifetime);
	if ((ret == 0 && may == MO_MUST_NOT) || (ret != 0 && may == MO_MUST))
		mr_fail(r, "lease: %d", ret);
	if (ret != 0 || r->failed)
		return;
	ext = (struct mo_ep){ mr_number(x.addr), x.port };
	if (map == NULL)
		map = learn_mapping(r, CGN_PROTO_UDP, in, ext);
	if (r->failed)
		return;
	if (map->ext.addr != ext.addr || map->ext.port != ext.port)
		mr_fail(r, "lease has another endpoint than its mapping");
	map->is_lease = true;
	map->lease_end = mo_lease_end(r->mo, ext, lifetime);
}

void
mr_lease(struct mr *r)
{
	struct mo_ep in = some_inside(r);
	struct mo_mapping *map = mo_find_in(r->mo, CGN_PROTO_UDP, in);
	int ret, want = map == NULL ? -ENOENT : map->is_lease ? 0 : -EADDRINUSE;

	if (mr_below(r, 3) != 0) {
		make_lease(r, in, map);
		return;
	}
	ret = fx_unlease(r->fx, CGN_PROTO_UDP, mr_text(in.addr), in.port);
	if (ret != want)
		mr_fail(r, "deleting a lease: %d, not %d", ret, want);
	if (ret == 0 && !r->failed)
		mo_end(r->mo, map);
}

void
mr_send_error(struct mr *r)
{
	struct ev quoted = { .proto = (uint8_t)mr_below(r, CGN_PROTO_COUNT), .tcp = MO_ACK };
	struct mo_mapping *map;
	struct rte_mbuf *about;
	const struct fx_pkt *p;

	quoted.a = some_external(r, quoted.proto);
	quoted.b = some_remote(r);
	map = mo_find_ext(r->mo, quoted.proto, quoted.a);
	about = packet(r, &quoted, true);
	p = fx_outside(r->fx,
			pg_icmp_error(r->fx->mp, R1, mr_text(quoted.a.addr), 11, 0, 0, about,
					28 + 8 * mr_below(r, 2)));
	rte_pktmbuf_free(about);
	if (p->left != (map != NULL))
		mr_fail(r, "ICMP error about %s mapping %s", map == NULL ? "no" : "a",
				p->left ? "passed" : "did not pass");
	else if (map != NULL &&
			(strcmp(p->dst, mr_text(map->in.addr)) != 0 ||
					p->quote.sport != map->in.port))
		mr_fail(r, "ICMP error shows %s:%u", p->dst, p->quote.sport);
}

/* --- tables, counts and records ---------------------------------------------------------------- */

static struct mo_ep
endpoint(const struct cgn_ep4 *ep)
{
	return (struct mo_ep){ rte_be_to_cpu_32(ep->addr), rte_be_to_cpu_16(ep->port) };
}

/* Each mapping of the engines is one of the model. */
static unsigned int
check_rows(struct mr *r, const struct cgn_mapping_info *rows, unsigned int n)
{
	for (unsigned int i = 0; i < n && !r->failed; i++) {
		struct mo_ep in = endpoint(&rows[i].in), ext = endpoint(&rows[i].ext);
		const struct mo_mapping *map = mo_find_in(r->mo, rows[i].in.proto, in);
		bool is_lease = (rows[i].flags & CGN_MAPPING_LEASE) != 0;

		if (map == NULL)
			mr_fail(r, "only the engine has %u %s:%u, flags %u state %u left %u",
					rows[i].in.proto, mr_text(in.addr), in.port, rows[i].flags,
					rows[i].tcp_state, rows[i].expires_s);
		else if (map->ext.addr != ext.addr || map->ext.port != ext.port ||
				map->is_lease != is_lease)
			mr_fail(r, "%u %s:%u is %s:%u, lease %u", rows[i].in.proto,
					mr_text(in.addr), in.port, mr_text(ext.addr), ext.port,
					is_lease);
	}
	return n;
}

static bool
has_row(const struct cgn_mapping_info *rows, unsigned int n, const struct mo_mapping *map)
{
	for (unsigned int i = 0; i < n; i++) {
		struct mo_ep in = endpoint(&rows[i].in);

		if (rows[i].in.proto == map->proto && in.addr == map->in.addr &&
				in.port == map->in.port)
			return true;
	}
	return false;
}

static void
check_mappings(struct mr *r)
{
	static struct cgn_mapping_info rows[2 * MO_MAPPINGS];
	unsigned int n = check_rows(r, rows, fx_mappings(r->fx, NULL, rows, RTE_DIM(rows)));

	for (unsigned int k = 0; k < MO_MAPPINGS && !r->failed; k++) {
		const struct mo_mapping *map = &r->mo->maps[k];

		if (map->is_live && !has_row(rows, n, map))
			mr_fail(r, "only the model has %u %s:%u at %s:%u", map->proto,
					mr_text(map->in.addr), map->in.port, mr_text(map->ext.addr),
					map->ext.port);
	}
}

static void
check_count(struct mr *r, const char *what, size_t of, uint64_t is, uint64_t want)
{
	if (is != want && !r->failed)
		mr_fail(r, "%s of %zu: %lu, not %lu", what, of, (unsigned long)is,
				(unsigned long)want);
}

static size_t
pool_of(const struct mr *r, uint32_t addr)
{
	const struct mo_addr *a = mo_addr(r->mo, addr);

	return a == NULL ? SIZE_MAX : a->pool;
}

static void
check_pool(struct mr *r, size_t p)
{
	struct fx_pool is = fx_pool_stats(r->fx, (unsigned int)p);
	uint64_t ports[CGN_PROTO_COUNT] = { 0 }, sure = 0, maybe = 0, blocks = 0, addrs = 0;
	uint64_t closed = 0;
	const struct mo *m = r->mo;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		ports[m->maps[i].proto] += m->maps[i].is_live &&
				pool_of(r, m->maps[i].ext.addr) == p;
	for (unsigned int i = 0; i < m->n_held; i++) {
		sure += m->now < m->held[i].sure && pool_of(r, m->held[i].ext.addr) == p;
		maybe += pool_of(r, m->held[i].ext.addr) == p;
	}
	for (unsigned int i = 0; i < m->n_blocks; i++)
		blocks += m->blocks[i].first != m->blocks[i].last &&
				pool_of(r, m->blocks[i].addr) == p;
	for (unsigned int i = 0; i < m->n_addrs; i++) {
		addrs += m->addrs[i].pool == p;
		closed += m->addrs[i].pool == p && m->addrs[i].drains;
	}
	for (unsigned int k = 0; k < CGN_PROTO_COUNT; k++)
		check_count(r, "ports of pool", p, is.ports_used[k], ports[k]);
	if (is.ports_held < sure || is.ports_held > maybe)
		mr_fail(r, "held ports of pool %zu: %lu, not %lu to %lu", p,
				(unsigned long)is.ports_held, (unsigned long)sure,
				(unsigned long)maybe);
	check_count(r, "blocks of pool", p, is.blocks_used, blocks);
	check_count(r, "addresses of pool", p, is.addresses, addrs);
	check_count(r, "closed addresses of pool", p, is.addresses_closed, closed);
}

static void
check_group(struct mr *r, size_t g)
{
	struct fx_group is = fx_group_stats(r->fx, (unsigned int)g);
	uint64_t maps = 0, leases = 0;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		const struct mo_mapping *map = &r->mo->maps[i];

		if (!map->is_live || mo_group(r->mo, map->in.addr) != &r->mo->conf->groups[g])
			continue;
		maps++;
		leases += map->is_lease;
	}
	check_count(r, "mappings of group", g, is.mappings, maps);
	check_count(r, "leases of group", g, is.leases, leases);
}

/* The records say who had a port now, and who had one before. */
static void
check_records(struct mr *r)
{
	struct mr_sample *s = &r->samples[r->n_samples++ % MR_SAMPLES];
	const struct mo_mapping *map = &r->mo->maps[mr_below(r, MO_MAPPINGS)];

	*s = (struct mr_sample){ r->mo->step, map->ext, map->is_live ? map->sub : 0 };
	for (unsigned int i = 0; i < 4 && !r->failed; i++) {
		s = &r->samples[mr_below(r, RTE_MIN(r->n_samples, (unsigned int)MR_SAMPLES))];
		if (s->sub != 0 && mo_resolve(r->mo, s->step, s->ext) != s->sub)
			mr_fail(r, "records of step %u: %s:%u is not of %s", s->step,
					mr_text(s->ext.addr), s->ext.port,
					mr_text(mo_sub_addr(s->sub)));
	}
}

void
mr_check(struct mr *r)
{
	if (r->failed)
		return;
	check_mappings(r);
	mr_take_records(r);
	for (size_t p = 0; p < r->mo->conf->n_pools && !r->failed; p++)
		check_pool(r, p);
	for (size_t g = 0; g < r->mo->conf->n_groups && !r->failed; g++)
		check_group(r, g);
	mo_check_blocks(r->mo);
	if (r->mo->wrong[0] != '\0' && !r->failed)
		mr_fail(r, "%s", r->mo->wrong);
	if (!r->failed)
		check_records(r);
}

/* --- time --------------------------------------------------------------------------------------- */

void
mr_advance(struct mr *r, uint32_t s)
{
	fx_advance_s(r->fx, s);
	mo_advance(r->mo, r->mo->now + s);
	mo_drain(r->mo);
	mr_take_records(r);
}

void
mr_let_time_pass(struct mr *r)
{
	uint32_t kind = mr_below(r, 20), s = 4 + 4 * mr_below(r, 5);

	if (kind == 0)
		s = 4 * mr_below(r, 2000);
	else if (kind < 8)
		s = 4 * mr_below(r, 50);
	mr_advance(r, s);
	mr_check(r);
}
