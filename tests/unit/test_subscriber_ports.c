/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_warm.h"
#include "tests/support/subfix.h"

#include <errno.h>

#include <rte_common.h>

#define T0 UINT32_C(1000)

static const struct cgn_subscriber *
at(struct subfix *f, uint32_t sub)
{
	const struct cgn_subscriber *pub = cgn_subscribers_at(f->subs, sub);

	CU_ASSERT_PTR_NOT_NULL_FATAL(pub);
	return pub;
}

static void
release(struct subfix *f, uint32_t sub, const struct cgn_client *c, uint16_t port, bool hold,
		cgn_tick now)
{
	cgn_subscribers_release(f->subs, sub, c, at(f, sub)->ext_ord, port,
			hold ? CGN_PORT_HELD : CGN_PORT_FREE, now);
}

/* --- choice of ports ----------------------------------------------------------------------- */

/* @param foresees  the ports are chosen ahead, as in a burst */
static void
check_randomness(bool foresees)
{
	struct subfix *f = subfix_conf(512, 1, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	uint32_t count[512] = { 0 }, sub, base, n = 51200, same_step = 0, last_step = 0,
		 n_foreseen = 0;
	double chi2 = 0, dof = 511, sum = 0, product = 0, square = 0;
	uint16_t port, last = 0;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	port = subfix_take(f, sub, &c, T0, NULL); /* stays, so that the block does */
	base = port / 512U * 512U;
	for (uint32_t i = 0; i < n; i++) {
		uint16_t foreseen = foresees ? cgn_subscriber_warm_port(f->subs, sub, &c, T0) : 0;

		port = subfix_take_foreseen(f, sub, &c, foreseen, T0, NULL);
		CU_ASSERT_TRUE(foreseen == 0 || port == foreseen);
		n_foreseen += foreseen != 0;
		release(f, sub, &c, port, false, T0);
		f->n_mappings--;
		CU_ASSERT_FATAL(port >= base && port < base + 512);
		count[port - base]++;
		sum += port - base;
		square += (double)(port - base) * (port - base);
		product += (double)(port - base) * last;
		same_step += i > 0 && (uint16_t)(port - base - last) == last_step;
		last_step = (uint16_t)(port - base - last);
		last = (uint16_t)(port - base);
	}
	for (unsigned int i = 0; i < 512; i++)
		chi2 += ((double)count[i] - n / 511.0) * ((double)count[i] - n / 511.0) /
				(n / 511.0);
	chi2 -= n / 511.0; /* the one that is taken never comes: its own term */
	dof -= 1;
	CU_ASSERT_TRUE((chi2 - dof) * (chi2 - dof) <= 16 * 2 * dof);
	/* Serial correlation: (E[xy] - m^2) / var, deviation 1 / sqrt(n). */
	sum /= n;
	product = (product / n - sum * sum) / (square / n - sum * sum);
	CU_ASSERT_TRUE(product * product <= 16.0 / n);
	/* A-PORT-3: no steps that repeat, either. */
	CU_ASSERT_TRUE(same_step < 4 * n / 512);
	CU_ASSERT_EQUAL(n_foreseen, foresees ? n : 0);
	subfix_end(f);
}

/* A-PORT-4: uniform and without order over the subscriber's blocks. */
static void
ports_of_10000_mappings_are_uniform_and_uncorrelated(void)
{
	check_randomness(false);
}

/* A-PORT-4: the same if they are chosen ahead. */
static void
foreseen_ports_are_as_random(void)
{
	check_randomness(true);
}

/* A-PORT-4: a port that was chosen ahead is one of the subscriber, and is given out once. */
static void
foreseen_port_is_taken_only_if_it_is_free_and_ones_own(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 1, CGN_PROTO_UDP);
	struct cgn_client second = subfix_client(subfix_host(0, 1), 2, CGN_PROTO_UDP);
	struct cgn_client tcp = subfix_client(subfix_host(0, 1), 3, CGN_PROTO_TCP);
	struct cgn_client other = subfix_client(subfix_host(0, 2), 1, CGN_PROTO_UDP);
	uint32_t sub, stranger;
	uint16_t port;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	stranger = subfix_sub(f, subfix_host(0, 2), T0);
	CU_ASSERT_EQUAL(cgn_subscriber_warm_port(f->subs, CGN_SUB_NONE, &c, T0), 0);
	port = cgn_subscriber_warm_port(f->subs, sub, &c, T0);
	CU_ASSERT_NOT_EQUAL_FATAL(port, 0);
	CU_ASSERT_TRUE(cgn_subscribers_has_port(f->subs, sub, port));
	/* It was only foreseen: nothing is counted. */
	CU_ASSERT_EQUAL(at(f, sub)->n_mappings[CGN_PROTO_UDP], 0);
	/* Of another subscriber. */
	CU_ASSERT_NOT_EQUAL(subfix_take_foreseen(f, stranger, &other, port, T0, NULL), port);
	CU_ASSERT_EQUAL(subfix_take_foreseen(f, sub, &c, port, T0, NULL), port);
	/* Two packets of a burst may foresee the same one. A fresh number comes before a companion, too. */
	CU_ASSERT_NOT_EQUAL(subfix_take_foreseen(f, sub, &second, port, T0, NULL), port);
	CU_ASSERT_NOT_EQUAL(subfix_take_foreseen(f, sub, &tcp, port, T0, NULL), port);
	subfix_end(f);
}

/* A-PORT-2: parity and the reserve for leases hold for foreseen ports as well. */
static void
foreseen_port_keeps_parity_and_reserve(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 4001, CGN_PROTO_UDP);
	enum cgn_verdict v;
	uint32_t sub;
	uint16_t port;

	f->conf.nat.port_parity = true;
	f->groups[0].leases_reserve = 50;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 14; i++) {
		port = cgn_subscriber_warm_port(f->subs, sub, &c, T0);
		CU_ASSERT_EQUAL(port % 2, 1);
		CU_ASSERT_EQUAL(subfix_take_foreseen(f, sub, &c, port, T0, NULL), port);
	}
	port = cgn_subscriber_warm_port(f->subs, sub, &c, T0);
	CU_ASSERT_NOT_EQUAL(port, 0);
	CU_ASSERT_EQUAL(subfix_take_foreseen(f, sub, &c, port, T0, &v), 0);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_PORTS);
	subfix_end(f);
}

/* A-PORT-2: UDP keeps odd and even while it can; then it takes what there is. */
static void
udp_port_keeps_parity_where_configured(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_client c;
	uint32_t sub, kept = 0;
	uint16_t port;

	f->conf.nat.port_parity = true;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 64; i++) {
		c = subfix_client(subfix_host(0, 1), (uint16_t)(4001 + 2 * i), CGN_PROTO_UDP);
		port = subfix_take(f, sub, &c, T0, NULL);
		CU_ASSERT_EQUAL(port % 2, 1);
	}
	CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 2);
	for (unsigned int i = 0; i < 64; i++) {
		c = subfix_client(subfix_host(0, 1), (uint16_t)(8001 + 2 * i), CGN_PROTO_UDP);
		port = subfix_take(f, sub, &c, T0, NULL);
		CU_ASSERT_NOT_EQUAL(port, 0);
		kept += port % 2;
	}
	CU_ASSERT_EQUAL(kept, 0);
	subfix_end(f);
}

/* A-PORT-5: alone it gets its own port; taken or outside of the blocks, a random one. */
static void
inside_port_is_preserved_where_configured_and_possible(void)
{
	struct subfix *f = subfix_conf(512, 1, 1024, 65535);
	struct cgn_client c, other;
	uint32_t sub;
	uint16_t any, port;

	f->groups[0].subscriber_prefix_len = 24;
	f->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	c = subfix_client(subfix_host(0, 1), 1, CGN_PROTO_UDP);
	any = subfix_take(f, sub, &c, T0, NULL);
	CU_ASSERT_NOT_EQUAL(any, 1);
	c.port = rte_cpu_to_be_16(any ^ 1);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0, NULL), any ^ 1);
	/* The companion is its own ... */
	c.proto = CGN_PROTO_TCP;
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0, NULL), any ^ 1);
	/* ... and nobody else's, not even another host of the subscriber (B-MAP-8). */
	other = subfix_client(subfix_host(0, 2), any ^ 1, CGN_PROTO_ICMP);
	port = subfix_take(f, sub, &other, T0, NULL);
	CU_ASSERT_TRUE(port != 0 && port != (any ^ 1));
	subfix_end(f);
}

/* A-PORT-1: the low class is withheld: a high port, always. */
static void
ports_outside_of_the_range_are_never_taken(void)
{
	struct subfix *f = subfix_conf(64, 1008, 1024, 65535);
	uint32_t sub, n = 0;
	uint16_t port;

	f->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (uint32_t i = 1; i <= UINT16_MAX; i++) {
		struct cgn_client c = subfix_client(subfix_host(0, 1), (uint16_t)i, CGN_PROTO_UDP);

		port = subfix_take(f, sub, &c, T0, NULL);
		/* A-PORT-9: and never those of NAT-PMP. */
		CU_ASSERT_TRUE(port == 0 || (port >= 1024 && port != 5350 && port != 5351));
		n += port != 0;
		f->n_mappings = 1;
	}
	CU_ASSERT_EQUAL(n, 65536 - 1024 - 2);
	subfix_end(f);
}

/* A-PORT-9: not even to the client whose own port it is. */
static void
ports_of_natpmp_are_not_preserved(void)
{
	struct subfix *f = subfix_conf(64, 1, 5312, 5375);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 5350, CGN_PROTO_UDP);
	uint32_t sub;
	uint16_t port;

	f->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	port = subfix_take(f, sub, &c, T0, NULL);
	CU_ASSERT_TRUE(port != 0 && port != 5350 && port != 5351);
	c.port = rte_cpu_to_be_16(5349);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &c, T0, NULL), port == 5349 ? 0 : 5349);
	subfix_end(f);
}

/* A-PORT-10, B-MAP-8: blocks run out: the client's own companions are left, no one else's. */
static void
companions_are_used_when_no_free_number_is_left(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client udp = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	struct cgn_client tcp = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_TCP);
	struct cgn_client other = subfix_client(subfix_host(0, 2), 0, CGN_PROTO_TCP);
	struct cgn_pool_stats g;
	uint32_t sub, ord;
	enum cgn_verdict v;

	f->groups[0].subscriber_prefix_len = 24;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	for (unsigned int i = 0; i < 64; i++)
		CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &udp, T0, NULL), 0);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &other, T0, &v), 0);
	CU_ASSERT_EQUAL(v, CGN_V_SUB_PORTS);
	for (unsigned int i = 0; i < 64; i++) {
		uint16_t port = subfix_take(f, sub, &tcp, T0, NULL);

		CU_ASSERT_NOT_EQUAL_FATAL(port, 0);
		CU_ASSERT_NOT_EQUAL(*cgn_ext_slot(&f->ext, ord, CGN_PROTO_UDP, port), 0);
	}
	CU_ASSERT_EQUAL(subfix_take(f, sub, &tcp, T0, &v), 0);
	g = f->stats.pool[0];
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_UDP], 64);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_TCP], 64);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_ICMP], 0);
	subfix_end(f);
}

/* --- claims -------------------------------------------------------------------------------- */

/* B-MAP-8: H1 holds TCP e; nobody else gets UDP e, H1 does. */
static void
companion_of_a_lease_goes_to_its_client_only(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client h1 = subfix_client(subfix_host(0, 1), 80, CGN_PROTO_TCP);
	struct cgn_client h2 = subfix_client(subfix_host(0, 2), 80, CGN_PROTO_UDP);
	struct cgn_client k1 = subfix_client(subfix_host(1, 1), 80, CGN_PROTO_UDP);
	uint32_t a, b, ord;

	f->groups[0].subscriber_prefix_len = 24;
	subfix_start(f, 1);
	a = subfix_sub(f, subfix_host(0, 1), T0);
	b = subfix_sub(f, subfix_host(1, 1), T0);
	ord = at(f, a)->ext_ord;
	CU_ASSERT_EQUAL(subfix_claim(f, a, &h1, ord, 40000, T0), 0);
	CU_ASSERT_EQUAL(subfix_claim(f, a, &h1, ord, 40000, T0), -EBUSY);
	CU_ASSERT_EQUAL(subfix_claim(f, a, &h2, ord, 40000, T0), -EBUSY);
	CU_ASSERT_EQUAL(subfix_claim(f, b, &k1, ord, 40000, T0), -EBUSY);
	h1.proto = CGN_PROTO_UDP;
	CU_ASSERT_EQUAL(subfix_claim(f, a, &h1, ord, 40000, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, ord, 40000), a);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, ord, 40001), CGN_SUB_NONE);
	subfix_end(f);
}

/* B-MAP-10: the block of a claimed number goes to somebody else: without that number. */
static void
claimed_number_stays_out_of_the_block_of_another_subscriber(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 1024 + 2 * 64 - 1);
	struct cgn_client h1 = subfix_client(subfix_host(0, 1), 80, CGN_PROTO_TCP);
	struct cgn_client k1 = subfix_client(subfix_host(0, 2), 80, CGN_PROTO_UDP);
	uint32_t a, b, n = 0;
	uint16_t claimed = 1030, port;

	subfix_start(f, 1);
	a = subfix_sub(f, subfix_host(0, 1), T0);
	b = subfix_sub(f, subfix_host(0, 2), T0);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, b, at(f, a)->ext_ord, T0), 0);
	/* Each has one of the two blocks; the first host claims a number of a third party's. */
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, b, 1 - at(f, a)->ext_ord, T0), 0);
	if (cgn_subscriber_read_owner(f->subs, at(f, a)->ext_ord, claimed) == a)
		claimed += 64;
	CU_ASSERT_EQUAL(subfix_claim(f, a, &h1, at(f, a)->ext_ord, claimed, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscribers_pair(f->subs, b, at(f, a)->ext_ord, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, at(f, a)->ext_ord, claimed), a);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, at(f, a)->ext_ord, claimed + 1), b);
	for (unsigned int i = 0; i < 70; i++) {
		port = subfix_take(f, b, &k1, T0, NULL);
		CU_ASSERT_NOT_EQUAL(port, claimed);
		n += port != 0;
	}
	CU_ASSERT_EQUAL(n, 63);
	/* Released and over, it is the block owner's. */
	release(f, a, &h1, claimed, true, T0);
	CU_ASSERT_EQUAL(subfix_take(f, b, &k1, T0, NULL), 0);
	subfix_expire_all(f, T0 + cgn_ticks(120));
	CU_ASSERT_EQUAL(subfix_take(f, b, &k1, T0, NULL), claimed);
	subfix_end(f);
}

/* A-PORT-9, A-PORT-1 */
static void
claims_of_forbidden_numbers_are_refused(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 60000);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 80, CGN_PROTO_UDP);
	static const uint16_t never[] = { 0, 1, 80, 1023, 5350, 5351, 60001, 65535 };
	uint32_t sub;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
		c.proto = (uint8_t)proto;
		for (size_t i = 0; i < RTE_DIM(never); i++)
			CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 0, never[i], T0), -ERANGE);
	}
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 4, 2000, T0), -ERANGE);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 0, 60000, T0), 0);
	subfix_end(f);
}

/* An operator's static mapping may have a low port, at any address of the pool. */
static void
static_mapping_may_claim_what_it_names_outside_of_the_range(void)
{
	struct cgn_conf_static st = { CGN_PROTO_TCP, subfix_host(9, 9), 80, 0, 80 };
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(9, 9), 80, CGN_PROTO_TCP);
	uint64_t cursor = 0;
	uint32_t sub;

	st.ext_addr = rte_cpu_to_be_32(f->ranges[0].last);
	f->conf.nat.statics = &st;
	f->conf.nat.n_statics = 1;
	subfix_start(f, 1);
	sub = subfix_sub(f, c.addr, T0);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 0, 80, T0), -ERANGE);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 1, 81, T0), -ERANGE);
	c.proto = CGN_PROTO_UDP;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 1, 80, T0), -ERANGE);
	c.proto = CGN_PROTO_TCP;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, 1, 80, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, 1, 80), sub);
	CU_ASSERT_TRUE(cgn_subscriber_read_walk_ports(f->subs, sub, &cursor, 0, NULL, NULL) ==
			false);
	release(f, sub, &c, 80, false, T0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_owner(f->subs, 1, 80), CGN_SUB_NONE);
	subfix_expire_all(f, T0 + cgn_ticks(300));
	CU_ASSERT_EQUAL(cgn_subscriber_read_count(f->subs), 0);
	subfix_end(f);
}

/* --- hold-down ----------------------------------------------------------------------------- */

/* A-PORT-6: K floods for ports; e is not seen again before 120 s. */
static void
released_port_is_kept_from_others_for_120_seconds(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client h = subfix_client(subfix_host(0, 1), 5000, CGN_PROTO_UDP);
	struct cgn_client k = subfix_client(subfix_host(0, 2), 5000, CGN_PROTO_UDP);
	uint32_t sub, ord;
	uint16_t held;

	f->groups[0].subscriber_prefix_len = 24;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	held = subfix_take(f, sub, &h, T0, NULL);
	release(f, sub, &h, held, true, T0);
	for (unsigned int i = 0; i < 63; i++)
		CU_ASSERT_NOT_EQUAL(subfix_take(f, sub, &k, T0, NULL), held);
	subfix_expire_all(f, T0 + cgn_ticks(120) - 1);
	CU_ASSERT_EQUAL(subfix_take(f, sub, &k, T0 + cgn_ticks(120) - 1, NULL), 0);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &k, ord, held, T0 + cgn_ticks(120) - 1), -EBUSY);
	/* Not its other protocols either, nor to the same address of another realm (A-ADR-2). */
	k.proto = CGN_PROTO_TCP;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &k, ord, held, T0), -EBUSY);
	k.addr = h.addr;
	k.realm = 1;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &k, ord, held, T0), -EBUSY);
	k.addr = subfix_host(0, 2);
	k.realm = 0;
	k.proto = CGN_PROTO_UDP;
	subfix_expire_all(f, T0 + cgn_ticks(120));
	CU_ASSERT_EQUAL(subfix_take(f, sub, &k, T0 + cgn_ticks(120), NULL), held);
	subfix_end(f);
}

/* A-PORT-6: a hold-down that is over but was not yet cleared away hinders no claim. */
static void
overdue_hold_down_does_not_stop_a_claim(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client h = subfix_client(subfix_host(0, 1), 5000, CGN_PROTO_UDP);
	struct cgn_client k = subfix_client(subfix_host(0, 2), 5000, CGN_PROTO_UDP);
	uint32_t sub;
	uint16_t held;

	f->groups[0].subscriber_prefix_len = 24;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	held = subfix_take(f, sub, &h, T0, NULL);
	release(f, sub, &h, held, true, T0);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &k, at(f, sub)->ext_ord, held, T0 + cgn_ticks(120)),
			0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 0);
	subfix_end(f);
}

/* A-PORT-7: the same endpoint gets it back at once; the same client with another port does not. */
static void
released_port_goes_back_to_its_endpoint_at_once(void)
{
	struct subfix *f = subfix_conf(64, 1, 1024, 65535);
	struct cgn_client h = subfix_client(subfix_host(0, 1), 5000, CGN_PROTO_UDP), c = h;
	struct cgn_pool_stats g;
	uint32_t sub, ord;
	uint16_t held;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	ord = at(f, sub)->ext_ord;
	held = subfix_take(f, sub, &h, T0, NULL);
	release(f, sub, &h, held, true, T0);
	g = f->stats.pool[0];
	CU_ASSERT_EQUAL(g.ports_held, 1);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_UDP], 0);
	c.port = rte_cpu_to_be_16(5001);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, ord, held, T0), -EBUSY);
	c = h;
	c.realm = 1;
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &c, ord, held, T0), -EBUSY);
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &h, ord, held, T0), 0);
	CU_ASSERT_EQUAL(cgn_subscriber_mappings(at(f, sub)), 1);
	g = f->stats.pool[0];
	CU_ASSERT_EQUAL(g.ports_held, 0);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_UDP], 1);
	/* Its old end is forgotten. */
	subfix_expire_all(f, T0 + cgn_ticks(120));
	CU_ASSERT_EQUAL(subfix_claim(f, sub, &h, ord, held, T0 + cgn_ticks(120)), -EBUSY);
	subfix_end(f);
}

/* A-PORT-6: the number of held ports is configurable; beyond it the oldest goes early, counted. */
static void
hold_down_beyond_its_limit_ends_the_oldest_early(void)
{
	struct subfix *f = subfix_conf(64, 2, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	uint16_t port[12];
	uint32_t sub;

	f->conf.nat.hold_down_max = 10;
	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (uint16_t i = 0; i < 12; i++)
		port[i] = subfix_take(f, sub, &c, T0, NULL);
	for (uint16_t i = 0; i < 12; i++) {
		c.port = rte_cpu_to_be_16(i);
		release(f, sub, &c, port[i], true, T0 + i);
		CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), i < 10 ? i + 1 : 10);
		CU_ASSERT_EQUAL(cgn_subscriber_read_held_short(f->subs), i < 10 ? 0 : i - 9);
	}
	for (uint16_t i = 0; i < 12; i++) {
		uint32_t slot = *cgn_ext_slot(&f->ext, at(f, sub)->ext_ord, CGN_PROTO_UDP, port[i]);

		CU_ASSERT_EQUAL((slot & CGN_EXT_HELD) != 0, i >= 2);
	}
	subfix_end(f);
}

/* A-PORT-6: both knobs at 0 mean no hold-down. */
static void
hold_down_of_zero_frees_ports_at_once(void)
{
	for (unsigned int knob = 0; knob < 2; knob++) {
		struct subfix *f = subfix_conf(64, 2, 1024, 65535);
		struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
		uint32_t sub, ord;
		uint16_t port;

		if (knob == 0)
			f->conf.nat.hold_down_s = 0;
		else
			f->conf.nat.hold_down_max = 0;
		subfix_start(f, 1);
		sub = subfix_sub(f, subfix_host(0, 1), T0);
		ord = at(f, sub)->ext_ord;
		port = subfix_take(f, sub, &c, T0, NULL);
		release(f, sub, &c, port, true, T0);
		CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 0);
		CU_ASSERT_EQUAL(*cgn_ext_slot(&f->ext, ord, CGN_PROTO_UDP, port), 0);
		CU_ASSERT_EQUAL(at(f, sub)->n_blocks, 0);
		subfix_end(f);
	}
}

/* A reload that lowers the limit is reached step by step, not in one go. */
static void
lowered_limit_of_held_ports_is_reached_step_by_step(void)
{
	struct subfix *f = subfix_conf(512, 2, 1024, 65535);
	struct cgn_client c = subfix_client(subfix_host(0, 1), 0, CGN_PROTO_UDP);
	struct cgn_conf conf;
	uint32_t sub;

	subfix_start(f, 1);
	sub = subfix_sub(f, subfix_host(0, 1), T0);
	for (unsigned int i = 0; i < 100; i++)
		release(f, sub, &c, subfix_take(f, sub, &c, T0, NULL), true, T0);
	conf = f->conf;
	conf.nat.hold_down_max = 20;
	subfix_reload(f, &conf);
	release(f, sub, &c, subfix_take(f, sub, &c, T0, NULL), true, T0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 99);
	for (unsigned int i = 0; i < 100; i++)
		release(f, sub, &c, subfix_take(f, sub, &c, T0, NULL), true, T0);
	CU_ASSERT_EQUAL(cgn_subscriber_read_held(f->subs), 20);
	subfix_end(f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(ports_of_10000_mappings_are_uniform_and_uncorrelated),
	CU_TEST_ROW(foreseen_ports_are_as_random),
	CU_TEST_ROW(foreseen_port_is_taken_only_if_it_is_free_and_ones_own),
	CU_TEST_ROW(foreseen_port_keeps_parity_and_reserve),
	CU_TEST_ROW(udp_port_keeps_parity_where_configured),
	CU_TEST_ROW(inside_port_is_preserved_where_configured_and_possible),
	CU_TEST_ROW(ports_outside_of_the_range_are_never_taken),
	CU_TEST_ROW(ports_of_natpmp_are_not_preserved),
	CU_TEST_ROW(companions_are_used_when_no_free_number_is_left),
	CU_TEST_ROW(companion_of_a_lease_goes_to_its_client_only),
	CU_TEST_ROW(claimed_number_stays_out_of_the_block_of_another_subscriber),
	CU_TEST_ROW(claims_of_forbidden_numbers_are_refused),
	CU_TEST_ROW(static_mapping_may_claim_what_it_names_outside_of_the_range),
	CU_TEST_ROW(released_port_is_kept_from_others_for_120_seconds),
	CU_TEST_ROW(overdue_hold_down_does_not_stop_a_claim),
	CU_TEST_ROW(released_port_goes_back_to_its_endpoint_at_once),
	CU_TEST_ROW(hold_down_beyond_its_limit_ends_the_oldest_early),
	CU_TEST_ROW(hold_down_of_zero_frees_ports_at_once),
	CU_TEST_ROW(lowered_limit_of_held_ports_is_reached_step_by_step),
};

CU_MAIN("subscriber_ports", tests)
