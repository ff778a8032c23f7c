/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/statefix.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG

#ifdef __SANITIZE_ADDRESS__
#define ROUNDS 60u
#else
#define ROUNDS 300u
#endif

/* xorshift64: the same numbers in each run. */
static uint32_t
draw(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 32) % below;
}

static const char *
host(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.%u.%u", i / 3, 10 + i);
	return text;
}

/* What all fixtures here have: everything that is saved can come up. */
static struct fx *
configured(void)
{
	struct fx *fx = wx_aftr();

	fx->conf.natpmp.role = CGN_NATPMP_SERVER;
	fx->conf.nat.block_guard_s = 1500;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 20;
	fx->keeps = 0;
	return fx;
}

/* One random thing happens. */
static void
happen(struct fx *fx, uint64_t *seed)
{
	static const uint8_t flags[] = { SYN, SYN, SYN, SYN | ACK, ACK, ACK, FIN | ACK, RST };
	const struct cgn_filter filter = { .addr = pg_addr(P1), .len = 24 };
	const char *h = host(draw(seed, 12)), *p = draw(seed, 2) == 0 ? P1 : P2;
	uint16_t hp = (uint16_t)(5000 + draw(seed, 8)), pp = (uint16_t)(80 + draw(seed, 4));
	uint8_t f = flags[draw(seed, RTE_DIM(flags))];
	struct fx_ep x = { .port = 0 };
	struct cgn_mapping_info info;

	switch (draw(seed, 12)) {
	case 0:
		fx->filters = &filter;
		fx->n_filters = (uint8_t)draw(seed, 2);
		(void)fx_lease(fx, (enum cgn_proto)draw(seed, 2), h, hp, &x, 100 + draw(seed, 900));
		fx->n_filters = 0;
		break;
	case 1:
		(void)fx_unlease(fx, (enum cgn_proto)draw(seed, 2), h, hp);
		break;
	case 2:
		fx_advance_s(fx, draw(seed, 6) == 0 ? 310 : draw(seed, 25));
		break;
	case 3:
		fx_ping_out(fx, h, p, hp);
		break;
	case 4:
		wx_udp(fx, draw(seed, 2) == 0 ? B1 : B2, "192.168.1.10", hp, p, pp);
		break;
	case 5:
	case 6:
		fx_udp_out(fx, h, hp, p, pp);
		break;
	case 7:
	case 8:
		if (fx_mapping(fx, CGN_PROTO_TCP, h, hp, &info)) {
			struct cgn_ip ip = { .ip4 = info.ext.addr };
			char text[16];

			snprintf(text, sizeof(text), "%u.%u.%u.%u", ip.ip6.b[0], ip.ip6.b[1],
					ip.ip6.b[2], ip.ip6.b[3]);
			fx_tcp_in(fx, p, pp, text, rte_be_to_cpu_16(info.ext.port), f);
		}
		break;
	default:
		fx_tcp_out(fx, h, hp, p, pp, f);
		break;
	}
}

/* A fixture with a past. */
static struct fx *
lived(uint64_t seed, unsigned int n)
{
	struct fx *fx = fx_start(configured());

	for (unsigned int i = 0; i < n; i++)
		happen(fx, &seed);
	for (uint16_t port = 1; port <= 9; port++)
		fx_tcp_out(fx, H1, 4999, P1, port, SYN);
	return fx;
}

static struct sx *
saved(uint64_t seed, unsigned int n, uint64_t time_ms)
{
	struct fx *fx = lived(seed, n);
	struct sx *s = sx_save(fx, time_ms);

	FX_BOOKS(fx);
	fx_free(fx);
	return s;
}

static int
compare(const void *a, const void *b)
{
	const struct sx_record *x = a, *y = b;

	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return memcmp(x->p, y->p, x->length);
}

/* How many records two saved states do not have in common, in whatever order they are. */
static size_t
differences(const struct sx *a, const struct sx *b)
{
	size_t n, k, i = 0, j = 0, bad = 0;
	struct sx_record *x = sx_records(a, &n), *y = sx_records(b, &k);

	qsort(x, n, sizeof(*x), compare);
	qsort(y, k, sizeof(*y), compare);
	while (i < n || j < k) {
		int c = i == n ? 1 : j == k ? -1 : compare(&x[i], &y[j]);

		bad += c != 0;
		i += c <= 0;
		j += c >= 0;
	}
	free(x);
	free(y);
	return bad;
}

/* REQ: N-KEEP-1, N-KEEP-13 */
static void
what_was_loaded_is_saved_again_as_it_was(void)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct sx *s = saved(seed * 7919, 600, 1000), *again;
		struct fx *fx = sx_start(configured(), s);

		sx_load(fx, s, 1000, NULL);
		FX_BOOKS(fx);
		CU_ASSERT_TRUE(sx_count(s, CGN_STATE_MAPPING) > 20);
		again = sx_save(fx, 1000);
		CU_ASSERT_EQUAL(differences(s, again), 0);
		fx_free(fx);
		/* It works on with the state, and everything ends. */
		fx = sx_start(configured(), s);
		sx_load(fx, s, 1000 + 1000 * seed, NULL);
		for (unsigned int i = 0; i < 300; i++)
			happen(fx, &seed);
		FX_BOOKS(fx);
		fx_free(fx);
		sx_free(s);
		sx_free(again);
	}
}

/* REQ: N-KEEP-9 */
static void
of_a_damaged_chunk_nothing_is_taken(void)
{
	struct sx *s = saved(42, 300, 1000);
	struct fx *fx = sx_start(configured(), s);
	struct cgn_state_counts counts = { 0 }, none = { 0 };
	uint64_t seed = 4711;

	for (size_t at = 0; at < s->len;) {
		uint32_t len = cgn_state_scan_length(s->octets + at, s->len - at);

		for (unsigned int i = 0; i < 20; i++) {
			/* Not the version, which has a result of its own. */
			uint32_t bit = 8 * 10 + draw(&seed, 8 * (len - 10));

			s->octets[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
			CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets + at, len, 1000, &counts),
					-EBADMSG);
			s->octets[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
			CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets + at, draw(&seed, len), 1000,
							&counts),
					-EBADMSG);
		}
		at += len;
	}
	s->octets[offsetof(struct cgn_state_chunk, version)]++;
	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, (uint32_t)s->len, 1000, &counts),
			-EPROTONOSUPPORT);
	CU_ASSERT_EQUAL(memcmp(&counts, &none, sizeof(counts)), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_free(fx);
	sx_free(s);
}

/* REQ: N-KEEP-3 */
static void
a_chunk_from_the_future_is_refused(void)
{
	struct cgn_state_counts counts = { 0 };
	struct sx *s = saved(42, 100, 1000);
	struct fx *fx = sx_start(configured(), s);
	uint32_t len = cgn_state_scan_length(s->octets, s->len);

	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, len, 999, &counts), -ETIME);
	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, len, UINT64_MAX, &counts), -ETIME);
	CU_ASSERT_EQUAL(sx_load_chunk(fx, 0, s->octets, len, 1000, &counts), 0);
	fx_free(fx);
	sx_free(s);
}

/* Write records anew, some in each chunk, as if they were whole. */
static struct sx *
rewritten(const struct sx_record *r, size_t n, unsigned int n_workers)
{
	struct sx *s = sx_new(1000);
	size_t i = 0;

	while (i < n) {
		uint32_t len = sizeof(struct cgn_state_chunk);
		size_t from = i;

		while (i < n && len + r[i].length <= CGN_STATE_CHUNK_MAX)
			len += r[i++].length;
		sx_put(s, &r[from], (unsigned int)(i - from), 0, n_workers);
	}
	return s;
}

/* Load what may be wrong. Whatever it is, the books must be right, and everything must end. */
static void
load_any(const struct sx *s, struct cgn_state_counts *counts)
{
	struct fx *fx = sx_start(configured(), s);

	sx_load(fx, s, 1000, counts);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* REQ: N-KEEP-17 */
static void
records_in_another_order_do_no_harm(void)
{
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct sx *s = saved(seed * 104729, 400, 1000), *other;
		struct cgn_state_counts counts;
		size_t n;
		struct sx_record *r = sx_records(s, &n);
		uint64_t rnd = seed;

		for (size_t i = n - 1; i > 0; i--) {
			size_t j = draw(&rnd, (uint32_t)i + 1);
			struct sx_record t = r[i];

			r[i] = r[j];
			r[j] = t;
		}
		other = rewritten(r, n, 1);
		load_any(other, &counts);
		sx_free(other);
		/* Only some of them. */
		other = rewritten(r, n / 2, 1);
		load_any(other, &counts);
		sx_free(other);
		free(r);
		sx_free(s);
	}
}

/* REQ: N-KEEP-17 */
static void
records_that_come_twice_are_taken_once(void)
{
	struct sx *s = saved(5, 500, 1000), *again;
	struct fx *fx = sx_start(configured(), s);
	struct cgn_state_counts counts;

	sx_load(fx, s, 1000, NULL);
	sx_load(fx, s, 1000, &counts);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_MAPPING], 0);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_SESSION], 0);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_HOLD], 0);
	CU_ASSERT_EQUAL(counts.taken[CGN_STATE_GUARD], 0);
	CU_ASSERT_EQUAL(counts.dropped[CGN_STATE_MAPPING][CGN_STATE_DROP_TAKEN],
			sx_count(s, CGN_STATE_MAPPING));
	again = sx_save(fx, 1000);
	CU_ASSERT_EQUAL(differences(s, again), 0);
	fx_free(fx);
	sx_free(s);
	sx_free(again);
}

/* A lease may last for years. The test does not. */
static void
shorten(struct cgn_state_mapping *m)
{
	m->lease_left &= rte_cpu_to_le_32(0xffff);
}

/* REQ: N-KEEP-11 */
static void
records_with_any_values_do_no_harm(void)
{
	struct sx *s = saved(11, 500, 1000);
	size_t n;
	struct sx_record *r = sx_records(s, &n);
	uint64_t seed = 2026;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		alignas(8) static uint8_t copies[8][CGN_STATE_CHUNK_MAX];
		struct sx_record was[8], *at[8];
		struct cgn_state_counts counts;
		struct sx *bad;

		for (unsigned int k = 0; k < RTE_DIM(at); k++) {
			at[k] = &r[draw(&seed, (uint32_t)n)];
			was[k] = *at[k];
			memcpy(copies[k], was[k].p, was[k].length);
			/* Some octets behind the length of the record. */
			for (unsigned int b = draw(&seed, 4) + 1; b > 0; b--)
				copies[k][4 + draw(&seed, was[k].length - 4)] =
						(uint8_t)(draw(&seed, 3) == 0 ? 0
									      : draw(&seed, 256));
			if (was[k].type == CGN_STATE_MAPPING)
				shorten((struct cgn_state_mapping *)(void *)copies[k]);
			at[k]->p = copies[k];
		}
		bad = rewritten(r, n, 1);
		load_any(bad, &counts);
		sx_free(bad);
		for (unsigned int k = RTE_DIM(at); k-- > 0;)
			*at[k] = was[k];
	}
	free(r);
	sx_free(s);
}

/* REQ: N-KEEP-11 */
static void
a_port_that_is_never_given_out_does_not_come_back(void)
{
	struct sx *s = saved(11, 500, 1000), *bad;
	struct cgn_state_counts counts;
	alignas(8) static uint8_t copy[CGN_STATE_CHUNK_MAX];
	size_t n, k = 0;
	struct sx_record *r = sx_records(s, &n);

	while (r[k].type != CGN_STATE_MAPPING)
		k++;
	memcpy(copy, r[k].p, r[k].length);
	((struct cgn_state_mapping *)(void *)copy)->ext_port = RTE_BE16(5351);
	r[k].p = copy;
	bad = rewritten(r, n, 1);
	load_any(bad, &counts);
	CU_ASSERT_EQUAL(counts.dropped[CGN_STATE_MAPPING][CGN_STATE_DROP_PORT], 1);
	sx_free(bad);
	free(r);
	sx_free(s);
}

/* REQ: N-KEEP-11 */
static void
types_and_lengths_that_are_unknown_are_counted(void)
{
	static const struct cgn_state_record odd[2] = { { RTE_LE16(99), RTE_LE16(8) } };
	struct cgn_state_guard guard = {
		.hdr = { RTE_LE16(CGN_STATE_GUARD), RTE_LE16(24) },
	};
	uint8_t longer[24] = { 0 };
	const struct sx_record r[] = {
		{ (const uint8_t *)odd, 99, 8 },
		{ longer, CGN_STATE_GUARD, sizeof(longer) },
	};
	struct cgn_state_counts counts;
	struct sx *s = sx_new(1000);

	memcpy(longer, &guard, sizeof(guard));
	sx_put(s, r, RTE_DIM(r), 0, 1);
	load_any(s, &counts);
	CU_ASSERT_EQUAL(counts.dropped[0][CGN_STATE_DROP_UNKNOWN], 1);
	CU_ASSERT_EQUAL(counts.dropped[CGN_STATE_GUARD][CGN_STATE_DROP_MALFORMED], 1);
	sx_free(s);
}

/* --- another configuration ----------------------------------------------------------------- */

static void
fewer_addresses(struct fx *fx)
{
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.0", "198.51.100.7");
}

static void
other_ports(struct fx *fx)
{
	fx->pools[0].port_min = 40000;
}

static void
other_blocks(struct fx *fx)
{
	fx->groups[0].block_size = 128;
}

static void
other_prefixes(struct fx *fx)
{
	fx->groups[0].subscriber_prefix_len = 30;
}

static void
no_softwires(struct fx *fx)
{
	fx->conf.softwire.role = CGN_SOFTWIRE_OFF;
}

static void
few_mappings(struct fx *fx)
{
	fx->conf.nat.mappings_max = 3;
}

static void
few_sessions(struct fx *fx)
{
	fx->conf.nat.sessions_max = 1;
}

static void
few_subscribers(struct fx *fx)
{
	fx->conf.nat.subscribers_max = 2;
}

static void
no_hold_down(struct fx *fx)
{
	fx->conf.nat.hold_down_s = 0;
}

static void
few_held(struct fx *fx)
{
	fx->conf.nat.hold_down_max = 1;
}

static void
no_guard(struct fx *fx)
{
	fx->conf.nat.block_guard_s = 0;
}

/* REQ: N-KEEP-11 */
static void
what_does_not_fit_is_dropped_with_its_reason(void)
{
	static const struct {
		void (*change)(struct fx *fx);
		enum cgn_state_type type;
		enum cgn_state_drop why;
	} rows[] = {
		{ fewer_addresses, CGN_STATE_SUBSCRIBER, CGN_STATE_DROP_ADDRESS },
		{ fewer_addresses, CGN_STATE_MAPPING, CGN_STATE_DROP_ADDRESS },
		{ other_ports, CGN_STATE_BLOCK, CGN_STATE_DROP_BLOCK },
		{ other_blocks, CGN_STATE_BLOCK, CGN_STATE_DROP_BLOCK },
		{ other_prefixes, CGN_STATE_SUBSCRIBER, CGN_STATE_DROP_GROUP },
		{ other_prefixes, CGN_STATE_MAPPING, CGN_STATE_DROP_SUBSCRIBER },
		{ no_softwires, CGN_STATE_HOME, CGN_STATE_DROP_SOFTWIRE },
		{ no_softwires, CGN_STATE_SUBSCRIBER, CGN_STATE_DROP_SOFTWIRE },
		{ no_softwires, CGN_STATE_MAPPING, CGN_STATE_DROP_SOFTWIRE },
		{ few_mappings, CGN_STATE_MAPPING, CGN_STATE_DROP_FULL },
		{ few_mappings, CGN_STATE_SESSION, CGN_STATE_DROP_MAPPING },
		{ few_sessions, CGN_STATE_SESSION, CGN_STATE_DROP_FULL },
		{ few_subscribers, CGN_STATE_SUBSCRIBER, CGN_STATE_DROP_LIMIT },
		{ no_hold_down, CGN_STATE_HOLD, CGN_STATE_DROP_OVER },
		{ few_held, CGN_STATE_HOLD, CGN_STATE_DROP_FULL },
		{ no_guard, CGN_STATE_GUARD, CGN_STATE_DROP_OVER },
	};
	struct sx *s = saved(17, 1500, 1000);

	CU_ASSERT_TRUE(sx_count(s, CGN_STATE_GUARD) > 0);
	CU_ASSERT_TRUE(sx_count(s, CGN_STATE_HOLD) > 2);
	CU_ASSERT_TRUE(sx_count(s, CGN_STATE_SESSION) > 4);
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct fx *fx = configured();
		struct cgn_state_counts counts;

		rows[i].change(fx);
		sx_start(fx, s);
		sx_load(fx, s, 1000, &counts);
		if (counts.dropped[rows[i].type][rows[i].why] == 0)
			fprintf(stderr, "row %zu\n", i);
		CU_ASSERT_TRUE(counts.dropped[rows[i].type][rows[i].why] > 0);
		FX_BOOKS(fx);
		fx_free(fx);
	}
	sx_free(s);
}

/* As a reload of port_range leaves what is there, so does a restart. REQ: N-KEEP-38 */
static void
flows_outlive_their_port_range(void)
{
	struct fx *fx = fx_default(), *next;
	struct fx_ep udp = fx_map_udp(fx, H1, 5000), tcp = fx_connect(fx, H1, 6000, P1, 80), n;
	struct fx_ep lease = { .port = 0 };
	struct cgn_state_counts counts;
	uint16_t min = udp.port < 32768 ? 32768 : 1024;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 7000, &lease, 600), 0);
	for (unsigned int i = 0; i < 3; i++) {
		next = fx_new();
		next->n_workers = fx->n_workers;
		next->seed = 77;
		/* Without a change as well: a reload may have changed the range before. At the end it is as before. */
		next->pools[0].port_min = i == 2 ? 1024 : min;
		next->pools[0].port_max = i == 2 ? 65535 : (uint16_t)(min + 8191);
		fx = sx_restart(fx, next, 1000, &counts);
		CU_ASSERT_EQUAL(sx_dropped(&counts),
				counts.dropped[CGN_STATE_BLOCK][CGN_STATE_DROP_BLOCK]);
		FX_BOOKS(fx);
		FX_PKT(fx_udp_in(fx, P1, 53, udp.addr, udp.port), FX_INSIDE, P1, 53, H1, 5000);
		FX_PKT(fx_udp_in(fx, P1, 53, lease.addr, lease.port), FX_INSIDE, P1, 53, H1, 7000);
		FX_PKT(fx_tcp_in(fx, P1, 80, tcp.addr, tcp.port, ACK), FX_INSIDE, P1, 80, H1, 6000);
		n = fx_map_udp(fx, H1, (uint16_t)(5001 + i));
		CU_ASSERT_STRING_EQUAL(n.addr, udp.addr);
		CU_ASSERT_TRUE(i == 2 || (n.port >= min && n.port <= min + 8191));
	}
	fx_free(fx);
}

/* REQ: N-KEEP-7, N-KEEP-11 */
static void
a_static_mapping_comes_before_what_was_there(void)
{
	struct fx *fx = fx_start(configured()), *next = configured();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct cgn_state_counts counts;

	fx_add_static(next, CGN_PROTO_UDP, H2, 80, x.addr, x.port);
	fx = sx_restart(fx, next, 0, &counts);
	CU_ASSERT_EQUAL(counts.dropped[CGN_STATE_MAPPING][CGN_STATE_DROP_TAKEN], 1);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H2, 80);
	fx_free(fx);
}

/* REQ: N-KEEP-12 */
static void
a_subscriber_whose_packets_go_elsewhere_is_not_taken(void)
{
	static const struct sx no_pairings;
	struct sx *s = saved(3, 300, 1000);
	struct fx *fx = configured();
	struct cgn_state_counts counts;

	fx->n_workers = 3;
	sx_start(fx, s);
	sx_load(fx, s, 1000, &counts);
	CU_ASSERT_EQUAL(sx_dropped(&counts), 0);
	fx_free(fx);
	/* Without the pairings, their packets would go where the hash says. */
	fx = configured();
	fx->n_workers = 3;
	fx->saved = &no_pairings;
	fx_start(fx);
	sx_load(fx, s, 1000, &counts);
	CU_ASSERT_TRUE(counts.dropped[CGN_STATE_SUBSCRIBER][CGN_STATE_DROP_OWNER] > 0);
	CU_ASSERT_TRUE(counts.taken[CGN_STATE_SUBSCRIBER] > 0);
	FX_BOOKS(fx);
	fx_free(fx);
	sx_free(s);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(what_was_loaded_is_saved_again_as_it_was),
	CU_TEST_ROW(of_a_damaged_chunk_nothing_is_taken),
	CU_TEST_ROW(a_chunk_from_the_future_is_refused),
	CU_TEST_ROW(records_in_another_order_do_no_harm),
	CU_TEST_ROW(records_that_come_twice_are_taken_once),
	CU_TEST_ROW(records_with_any_values_do_no_harm),
	CU_TEST_ROW(a_port_that_is_never_given_out_does_not_come_back),
	CU_TEST_ROW(types_and_lengths_that_are_unknown_are_counted),
	CU_TEST_ROW(what_does_not_fit_is_dropped_with_its_reason),
	CU_TEST_ROW(flows_outlive_their_port_range),
	CU_TEST_ROW(a_static_mapping_comes_before_what_was_there),
	CU_TEST_ROW(a_subscriber_whose_packets_go_elsewhere_is_not_taken),
};

CU_MAIN("state_hostile", tests)
