/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What clients of NAT-PMP and PCP are told is what the packet path does. The servers of both protocols share the lease
 * service, the leases and real engines. Clients send random requests and packets, and time passes. A slow model
 * (tests/support/toldmodel.h) says what each answer must be, and which mappings there are.
 *
 * The traces are random (tests/support/seeds.h).
 *
 * Times are seconds. The clock moves in multiples of four. Lifetimes and the idle time-out are 1 modulo 4. So whatever
 * has ended has ended at least three seconds ago, and it does not matter in which second the NAT notices.
 */
#include "tests/support/seeds.h"
#include "tests/support/toldmodel.h"

#include <stdlib.h>

/* --- requests ------------------------------------------------------------------------------ */

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct run *r = RTE_PTR_SUB(ctx, offsetof(struct run, lf));

	(void)to;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(r->answer));
	memcpy(r->answer, data, len);
	r->answer_len = len;
	r->n_answers++;
}

static const struct cgn_natpmp_server_ops natpmp_ops = { .send = take_answer };

static void
put(uint8_t *at, uint32_t v, unsigned int octets)
{
	for (unsigned int i = 0; i < octets; i++)
		at[i] = (uint8_t)(v >> (8 * (octets - 1 - i)));
}

static uint32_t
get(const uint8_t *at, unsigned int octets)
{
	uint32_t v = 0;

	for (unsigned int i = 0; i < octets; i++)
		v = v << 8 | at[i];
	return v;
}

/* The engines carry out the commands of the control thread. */
static void
carry_out(struct run *r)
{
	for (unsigned int i = 0; i < r->lf.n_calls; i++) {
		struct lf_call *c = &r->lf.calls[i];
		struct cgn_cmd cmd = { .op = c->op, .u.map = c->map };
		const char *host = text(rte_be_to_cpu_32(c->map.in.addr));
		struct cgn_evt reply;
		int ret;

		if (c->extra != NULL)
			cmd.u.filters = c->extra->filters;
		ret = fx_cmd(r->fx, fx_owner(r->fx, host), &cmd, &reply);
		cgn_lessor_replied(c->call, ret, &reply.u.map, r->lf.now_ms);
	}
	r->lf.n_calls = 0;
	lf_advance(&r->lf, 0);
}

static struct cgn_return_addr
sender(unsigned int host)
{
	return (struct cgn_return_addr){ .remote = { .ip4 = address(host) },
		.local = { .ip4 = LF_GW },
		.remote_port = 7777,
		.mac = { 2, 0, 0, 0, 0, 9 } };
}

/* Send a datagram to a server. @return whether there is one answer, of this length or longer */
static bool
tell(struct run *r, unsigned int host, bool is_pcp, const uint8_t *data, size_t len,
		size_t expected)
{
	const struct cgn_return_addr from = sender(host);
	unsigned int n = r->n_answers;
	bool is_taken_in = is_pcp
			? cgn_pcp_server_input(r->pcp, &from, data, len, r->lf.now_ms)
			: cgn_natpmp_server_input(r->natpmp, &from, data, len, r->lf.now_ms);

	carry_out(r);
	if (!is_taken_in || r->n_answers != n + 1 || r->answer_len < expected) {
		fail(r, "%u answers, the last one of %zu octets", r->n_answers - n, r->answer_len);
		return false;
	}
	return true;
}

/* Carry out a request of NAT-PMP. RFC 6886 section 3.3 */
static bool
ask_natpmp(struct run *r, struct req *q, uint16_t in_port)
{
	uint8_t data[PMP_LEN] = { 0, (uint8_t)(q->proto == 0 ? 1 : 2) };

	put(data + 4, in_port, 2);
	put(data + 6, q->suggested, 2);
	put(data + 8, q->lifetime, 4);
	if (!tell(r, q->host, false, data, sizeof(data), 16))
		return false;
	q->result = get(r->answer + 2, 2);
	q->epoch = get(r->answer + 4, 4);
	q->ext_port = (uint16_t)get(r->answer + 10, 2);
	q->granted = get(r->answer + 12, 4);
	if (r->answer[0] != 0 || r->answer[1] != data[1] + 128 || get(r->answer + 8, 2) != in_port)
		fail(r, "another request is answered");
	return !r->failed;
}

/* Add the options FILTER and PORT_SET. RFC 6887 section 13.3, RFC 7753 section 4 @return octets */
static size_t
put_options(uint8_t *data, const struct req *q)
{
	const rte_be32_t addr = pg_addr(remotes[q->filter == 2 ? 1 : 0]);
	size_t len = 0;

	if (q->filter != 0) {
		data[0] = 3;
		data[3] = 20;
		data[5] = q->filter == CLEAR ? 0 : 128;
		if (q->filter != CLEAR) {
			put(data + 18, 0xffff, 2);
			memcpy(data + 20, &addr, 4);
		}
		len = FILTER_LEN;
	}
	if (q->set_size != 0) {
		data[len] = 130;
		data[len + 3] = 5;
		put(data + len + 4, q->set_size, 2);
		put(data + len + 6, PORT0 + q->port, 2);
		len += SET_LEN;
	}
	return len;
}

/* Carry out a request of PCP. RFC 6887 sections 7, 11.1 and 12.1 */
static bool
ask_pcp(struct run *r, struct req *q, bool is_peer)
{
	const rte_be32_t addr = address(q->host), remote = pg_addr(remotes[0]);
	size_t len = is_peer ? PEER_LEN : MAP_LEN;
	uint8_t data[MAP_LEN + FILTER_LEN + SET_LEN] = { 2, is_peer ? 2 : 1 };

	put(data + 4, q->lifetime, 4);
	put(data + 18, 0xffff, 2);
	memcpy(data + 20, &addr, 4);
	data[24] = q->nonce;
	data[36] = numbers[q->proto];
	put(data + 40, PORT0 + q->port, 2);
	put(data + 42, q->suggested, 2);
	put(data + 54, 0xffff, 2);
	if (is_peer) {
		put(data + 60, 53, 2);
		put(data + 74, 0xffff, 2);
		memcpy(data + 76, &remote, 4);
	} else {
		len += put_options(data + MAP_LEN, q);
	}
	if (!tell(r, q->host, true, data, len, is_peer ? PEER_LEN : MAP_LEN))
		return false;
	q->result = r->answer[3];
	q->granted = get(r->answer + 4, 4);
	q->epoch = get(r->answer + 8, 4);
	q->ext_port = (uint16_t)get(r->answer + 42, 2);
	q->ext = get(r->answer + 56, 4);
	if (r->answer[0] != 2 || r->answer[1] != (data[1] | 0x80) ||
			memcmp(r->answer + 24, data + 24, 18) != 0)
		fail(r, "another request is answered");
	return !r->failed;
}

static bool
ask(struct run *r, struct req *q)
{
	bool ok = q->nonce == IS_NATPMP ? ask_natpmp(r, q, (uint16_t)(PORT0 + q->port))
					: ask_pcp(r, q, false);

	/* E-EP-1: no lease is lost here. */
	if (ok && q->epoch != r->now)
		fail(r, "epoch %u", q->epoch);
	return ok && !r->failed;
}

static void
expect(struct run *r, const struct req *q, unsigned int result, uint32_t lifetime)
{
	if (q->result != result || q->granted != lifetime)
		fail(r, "result %u lifetime %u, must be %u and %u", q->result, q->granted, result,
				lifetime);
}

/* The code of a subscriber at its limit. */
static unsigned int
over_quota(const struct req *q)
{
	return q->nonce == IS_NATPMP ? 4 : 10;
}

/* Whether a lease belongs to somebody else. E-MAP-3, E-MAP-6 */
static bool
is_foreign(const struct entry *e, const struct req *q)
{
	return e->has_map && e->nonce != IS_NATPMP && e->nonce != q->nonce;
}

/* The external endpoint is the mapping's, or a new one that nobody has. */
static void
learn(struct run *r, struct entry *e, const struct req *q)
{
	struct cgn_mapping_info row;

	/* NAT-PMP does not tell the address here. */
	if (!fx_mapping(r->fx, protos[q->proto], name_of(q->host), (uint16_t)(PORT0 + q->port),
			    &row)) {
		fail(r, "no mapping");
		return;
	}
	if (q->ext_port != rte_be_to_cpu_16(row.ext.port) ||
			(q->nonce != IS_NATPMP && q->ext != rte_be_to_cpu_32(row.ext.addr)))
		fail(r, "told port %u, the mapping has %u", q->ext_port,
				rte_be_to_cpu_16(row.ext.port));
	if (e->is_live && (e->ext_port != q->ext_port || e->ext != rte_be_to_cpu_32(row.ext.addr)))
		fail(r, "port %u, told before: %u", q->ext_port, e->ext_port);
	e->ext = rte_be_to_cpu_32(row.ext.addr);
	e->ext_port = q->ext_port;
	if (is_taken(r, e, q->proto, e->ext, e->ext_port))
		fail(r, "port %u is another one's", e->ext_port);
}

/* E-OPT-3: filters add up. A renewal without the option keeps them. */
static uint8_t
filters_after(const struct entry *e, const struct req *q)
{
	if (q->filter == CLEAR)
		return 0;
	if (q->filter == 0)
		return e->filters;
	return (uint8_t)(e->filters | 1u << (q->filter - 1));
}

/* The lease of MAP, or of one port of a set, is as it was told. */
static void
note_map(struct run *r, const struct req *q, struct entry *e, uint32_t lifetime)
{
	learn(r, e, q);
	e->filters = filters_after(e, q);
	e->is_live = e->has_map = true;
	e->ages = q->nonce != IS_NATPMP;
	e->nonce = q->nonce;
	e->end = r->now + lifetime;
}

/* E-OPT-4: the other ports of a set. Its size is told, and which ports may be in it is known. */
static void
map_set(struct run *r, const struct req *q, uint32_t lifetime)
{
	struct entry *e = &r->at[q->host][q->proto][q->port];
	bool is_set = r->answer_len == MAP_LEN + SET_LEN && r->answer[MAP_LEN] == 130;
	unsigned int n = is_set ? get(r->answer + MAP_LEN + 4, 2) : 1;
	struct req one = *q;

	if (n > q->set_size || (n > 1 && e->has_peer))
		fail(r, "a set of %u ports", n);
	for (unsigned int i = 1; i < n && !r->failed; i++) {
		one.port++;
		one.ext_port++;
		if (is_foreign(&e[i], q) || e[i].has_peer ||
				(e[i].has_map && e[i].filters != e->filters))
			fail(r, "port %u is in the set", i);
		e[i].filters = e->filters;
		note_map(r, &one, &e[i], lifetime);
	}
	if (leases_of(r, q->host) > LEASES)
		fail(r, "too many leases");
}

/* Make a lease, or renew it. */
static void
map(struct run *r, struct req *q, struct entry *e)
{
	uint32_t least = q->nonce == IS_NATPMP ? 1 : PCP_MIN;
	uint32_t lifetime = RTE_MIN(RTE_MAX(q->lifetime, least), (uint32_t)MOST);
	bool is_full = !is_lease(e) && leases_of(r, q->host) >= LEASES;

	if (!ask(r, q))
		return;
	if (is_foreign(e, q) && q->nonce == IS_NATPMP) {
		/* It is told what there is. */
		expect(r, q, 0, RTE_MIN(e->end - r->now, lifetime));
		learn(r, e, q);
		return;
	}
	if (is_foreign(e, q)) {
		expect(r, q, NOT_AUTHORIZED, e->end - r->now);
		return;
	}
	if (is_full) {
		expect(r, q, over_quota(q), q->nonce == IS_NATPMP ? q->granted : 30);
		return;
	}
	expect(r, q, 0, lifetime);
	note_map(r, q, e, lifetime);
	if (q->set_size != 0)
		map_set(r, q, lifetime);
}

/* E-PEER-2, E-PEER-3: PEER never shortens. It tells how long the mapping lives. */
static void
ask_for_peer(struct run *r, struct req *q, struct entry *e)
{
	uint32_t lifetime = RTE_MIN(RTE_MAX(q->lifetime, (uint32_t)PCP_MIN), (uint32_t)MOST);
	bool is_full = !is_lease(e) && leases_of(r, q->host) >= LEASES;

	q->suggested = 0;
	if (!ask_pcp(r, q, true))
		return;
	if (e->has_peer && e->peer_nonce != q->nonce) {
		expect(r, q, NOT_AUTHORIZED, e->peer_end - r->now);
		return;
	}
	if (is_full) {
		expect(r, q, over_quota(q), 30);
		return;
	}
	learn(r, e, q);
	e->is_live = true;
	e->peer_end = RTE_MAX(e->has_peer ? e->peer_end : 0, r->now + lifetime);
	e->has_peer = true;
	e->peer_nonce = q->nonce;
	expect(r, q, 0, RTE_MAX(end_of(e), is_in_use(r, e) ? e->last + IDLE : 0) - r->now);
}

/* E-LIFE-2, E-LIFE-5, B-DEL-3, B-DEL-7 */
static void
unmap(struct run *r, struct req *q, struct entry *e)
{
	bool is_pcp = q->nonce != IS_NATPMP;

	q->lifetime = 0;
	if (!ask(r, q))
		return;
	if (is_foreign(e, q)) {
		expect(r, q, NOT_AUTHORIZED, is_pcp ? e->end - r->now : q->granted);
		return;
	}
	if (!e->has_map) {
		/* What traffic or PEER has made is not the client's to delete. NAT-PMP is not told. */
		expect(r, q, is_pcp && e->is_live ? NOT_AUTHORIZED : 0,
				is_pcp && e->is_live ? 1800 : 0);
		return;
	}
	if (e->has_peer) {
		end_map(e);
		expect(r, q, 0, is_pcp ? e->peer_end - r->now : 0);
		return;
	}
	if (is_pcp && is_in_use(r, e)) {
		e->end = e->last + IDLE;
		expect(r, q, 0, e->end - r->now);
		return;
	}
	expect(r, q, 0, 0);
	*e = (struct entry){ 0 };
}

/* B-DEL-5: all leases of a host and protocol, but not those of PCP. */
static void
unmap_all(struct run *r, struct req *q)
{
	bool is_kept = false;

	q->lifetime = 0;
	q->suggested = 0;
	if (!ask_natpmp(r, q, 0))
		return;
	for (unsigned int p = 0; p < N_PORTS; p++) {
		struct entry *e = &r->at[q->host][q->proto][p];

		is_kept |= e->has_map && e->nonce != IS_NATPMP;
		if (e->has_map && e->nonce == IS_NATPMP && e->has_peer)
			end_map(e);
		else if (e->has_map && e->nonce == IS_NATPMP)
			*e = (struct entry){ 0 };
	}
	expect(r, q, is_kept ? 2 : 0, q->granted);
}

static void
request(struct run *r)
{
	static const uint32_t lifetimes[] = { 1, 61, 121, 601, 3601, 86401, 1000001 };
	struct req q = { .host = below(r, N_HOSTS),
		.proto = below(r, N_PROTOS),
		.port = below(r, N_PORTS),
		.nonce = (uint8_t)below(r, 4),
		.lifetime = lifetimes[below(r, RTE_DIM(lifetimes))],
		.suggested = (uint16_t)(below(r, 2) == 0 ? 0 : 1024 + below(r, 64)) };
	struct entry *e = &r->at[q.host][q.proto][q.port];
	uint32_t kind = below(r, 20);
	bool is_peer = q.proto == 0 && q.nonce != IS_NATPMP && kind >= 11 && kind < 14;
	char what[80];

	if (q.nonce != IS_NATPMP && kind < 5)
		q.filter = (uint8_t)below(r, CLEAR + 1);
	else if (q.nonce != IS_NATPMP && kind < 8)
		q.set_size = (uint16_t)(1 + below(r, N_PORTS - q.port));
	snprintf(what, sizeof(what), "%s of %u %s:%u nonce %u filter %u set %u",
			is_peer                     ? "peer"
					: kind < 14 ? "map"
						    : "unmap",
			numbers[q.proto], name_of(q.host), PORT0 + q.port, q.nonce, q.filter,
			q.set_size);
	r->what = what;
	if (kind == 0)
		unmap_all(r, &q);
	else if (is_peer)
		ask_for_peer(r, &q, e);
	else if (kind < 14)
		map(r, &q, e);
	else
		unmap(r, &q, e);
	r->what = "?";
}

/* --- packets and time ---------------------------------------------------------------------- */

/* A UDP packet from inside makes a mapping, or uses the one that is there. */
static void
send_out(struct run *r)
{
	unsigned int host = below(r, N_HOSTS), port = below(r, N_PORTS);
	struct entry *e = &r->at[host][0][port];
	const struct fx_pkt *p = fx_udp_out(
			r->fx, name_of(host), (uint16_t)(PORT0 + port), remotes[0], 53);
	uint32_t ext;

	r->what = "packet from inside";
	if (!p->left || p->port != FX_OUTSIDE) {
		fail(r, "%s:%u did not get out", name_of(host), PORT0 + port);
		return;
	}
	ext = rte_be_to_cpu_32(pg_addr(p->src));
	if (e->is_live && (e->ext != ext || e->ext_port != p->sport))
		fail(r, "port %u, told %u", p->sport, e->ext_port);
	if (is_taken(r, e, 0, ext, p->sport))
		fail(r, "port %u is another one's", p->sport);
	e->is_live = e->is_used = true;
	e->ext = ext;
	e->ext_port = p->sport;
	e->last = r->now;
}

/* The internet reaches what is mapped, if the filters let it. */
static void
send_in(struct run *r)
{
	unsigned int host = below(r, N_HOSTS), port = below(r, N_PORTS), proto = below(r, N_PROTOS);
	const struct entry *e = &r->at[host][proto][port];
	unsigned int remote = below(r, REMOTES);
	const char *from = remotes[remote];
	const struct fx_pkt *p;

	if (!e->is_live)
		return;
	r->what = "packet from outside";
	p = proto == 0 ? fx_udp_in(r->fx, from, 53, text(e->ext), e->ext_port)
		       : fx_tcp_in(r->fx, from, 53, text(e->ext), e->ext_port, 0x02);
	if (e->filters != 0 && (e->filters & 1u << remote) == 0) {
		if (p->left)
			fail(r, "%s:%u is reached from %s", text(e->ext), e->ext_port, from);
		return;
	}
	if (!p->left || strcmp(p->dst, name_of(host)) != 0 || p->dport != PORT0 + port)
		fail(r, "%s:%u goes to %s:%u", text(e->ext), e->ext_port, p->dst, p->dport);
}

/* The worker hears of the end of a part of a lease at once. @return seconds until the lessor may have something to say */
static uint32_t
step_to_event(const struct run *r, uint32_t most)
{
	uint64_t due = cgn_timerq_next(r->lf.timers);
	uint64_t s = due <= r->lf.now_ms ? 1 : (due - r->lf.now_ms + 999) / 1000;

	return s < most ? (uint32_t)s : most;
}

static void
let_time_pass(struct run *r)
{
	uint32_t kind = below(r, 20), s = 4 + 4 * below(r, 5);

	if (kind == 0)
		s = 4 * below(r, 2000);
	else if (kind < 8)
		s = 4 * below(r, 50);
	while (s > 0) {
		uint32_t part = step_to_event(r, s);

		fx_advance_s(r->fx, part);
		lf_advance(&r->lf, part * UINT64_C(1000));
		carry_out(r);
		r->now += part;
		age_all(r);
		s -= part;
	}
}

/* --- everything is as it was told ---------------------------------------------------------- */

static void
compare_one(struct run *r, unsigned int host, unsigned int proto, unsigned int port)
{
	const struct entry *e = &r->at[host][proto][port];
	const struct cgn_ep4 in = { .addr = address(host),
		.port = rte_cpu_to_be_16((uint16_t)(PORT0 + port)),
		.proto = (uint8_t)protos[proto] };
	struct cgn_mapping_info row = { 0 };
	struct cgn_lessor_info lease = { 0 };
	bool is_live = fx_mapping(
			r->fx, protos[proto], name_of(host), (uint16_t)(PORT0 + port), &row);
	bool has_lease = cgn_lessor_find(r->lf.lessor, 0, &in, &lease, r->lf.now_ms);

	if (is_live != e->is_live || has_lease != is_lease(e))
		fail(r, "%u %s:%u: mapping %d (must be %d), lease %d (must be %d)", numbers[proto],
				name_of(host), PORT0 + port, is_live, e->is_live, has_lease,
				is_lease(e));
	if (is_live &&
			(((row.flags & CGN_MAPPING_EXPLICIT) != 0) != e->has_map ||
					((row.flags & CGN_MAPPING_PEER) != 0) != e->has_peer ||
					((row.flags & CGN_MAPPING_FILTERED) != 0) !=
							(e->filters != 0)))
		fail(r, "%s:%u: flags %u", name_of(host), PORT0 + port, row.flags);
	if (has_lease &&
			(lease.left_s != end_of(e) - r->now || lease.by.nonce[0] != e->nonce ||
					lease.peer_left_s !=
							(e->has_peer ? e->peer_end - r->now : 0) ||
					rte_be_to_cpu_16(lease.ext.port) != e->ext_port))
		fail(r, "%s:%u: %u s left of nonce %u, must be %u of %u", name_of(host),
				PORT0 + port, lease.left_s, lease.by.nonce[0], end_of(e) - r->now,
				e->nonce);
}

static void
compare(struct run *r)
{
	unsigned int n = 0;

	for (unsigned int h = 0; h < N_HOSTS; h++) {
		for (unsigned int i = 0; i < N_PROTOS * N_PORTS; i++)
			compare_one(r, h, i / N_PORTS, i % N_PORTS);
		n += leases_of(r, h);
	}
	if (cgn_lessor_count(r->lf.lessor) != n)
		fail(r, "%u leases, must be %u", cgn_lessor_count(r->lf.lessor), n);
}

/* --- traces -------------------------------------------------------------------------------- */

static void
begin(struct run *r)
{
	struct cgn_natpmp_server_cfg natpmp = { .ops = &natpmp_ops, .ctx = &r->lf };
	struct cgn_pcp_server_cfg pcp = { .send = take_answer, .ctx = &r->lf };
	struct fx *fx = r->fx = fx_new();

	fx->seed = (uint8_t)r->seed;
	fx->groups[0].subscriber_prefix_len = 32;
	fx->groups[0].leases_max = LEASES;
	fx->conf.nat.timeouts.udp_s = IDLE;
	fx->conf.nat.inbound_refresh = false;
	fx->conf.natpmp.role = CGN_NATPMP_SERVER;
	fx->conf.natpmp.lifetime_max_s = MOST;
	fx->conf.natpmp.requests_per_s = 100000;
	fx->conf.natpmp.subscriber_limit_code = 4;
	fx->conf.pcp = (struct cgn_conf_pcp){
		.enabled = true,
		.map = true,
		.peer = true,
		.filters_max = REMOTES,
		.port_set_max = N_PORTS,
		.lifetime_min_s = PCP_MIN,
		.lifetime_max_s = MOST,
	};
	fx->drain_s = 2 * MOST;
	fx_start(fx);
	lf_begin(&r->lf);
	natpmp.conf = pcp.conf = &fx->conf;
	natpmp.leases = pcp.leases = lf_serve(&r->lf, &fx->conf, NULL, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&r->natpmp, &natpmp), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&r->pcp, &pcp), 0);
}

static void
trace(uint32_t seed, uint32_t steps)
{
	struct run *r = calloc(1, sizeof(*r));

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	*r = (struct run){
		.seed = seed, .rng = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1), .what = "?"
	};
	begin(r);
	for (r->step = 0; r->step < steps && !r->failed; r->step++) {
		uint32_t kind = below(r, 100);

		if (kind < 50)
			request(r);
		else if (kind < 65)
			send_out(r);
		else if (kind < 80)
			send_in(r);
		else
			let_time_pass(r);
		if (!r->failed)
			compare(r);
	}
	cgn_natpmp_server_destroy(r->natpmp);
	cgn_pcp_server_destroy(r->pcp);
	lf_end(&r->lf);
	fx_free(r->fx);
	free(r);
}

/* B-MAP-1, B-MAP-4, B-MAP-7, B-MAP-8, B-DEL-3, B-DEL-5, B-DEL-7, D-LIM-1, E-MAP-1, E-MAP-3, E-MAP-5, E-MAP-6, E-LIFE-1,
 * E-LIFE-2, E-LIFE-5, E-OPT-3, E-OPT-4, E-PEER-2, E-PEER-3 */
static void
clients_are_told_what_the_packet_path_does(void)
{
	seeds_run(20, 3000, trace);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(clients_are_told_what_the_packet_path_does),
};

CU_MAIN("scn_told", tests)
