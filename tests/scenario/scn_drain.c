/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * External addresses that are taken out of use (pools[].drain): who stays, who moves, and how the rest is ended.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYN     RTE_TCP_SYN_FLAG
#define ACK     RTE_TCP_ACK_FLAG
#define RST     RTE_TCP_RST_FLAG
#define UDP     CGN_PROTO_UDP
#define TCP     CGN_PROTO_TCP

#define PER     3  /* addresses of a worker */
#define BLOCK   64 /* ports */
#define HOSTS   40
#define CROWD   2400 /* with a block each, in the pool of a worker */
#define RELOADS 8

/* Configurations that differ in what pool 0 drains. */
struct reloads {
	struct cgn_conf conf[RELOADS];
	struct cgn_conf_pool pools[RELOADS][2];
	struct cgn_range4 drained[RELOADS];
	unsigned int n;
};

static struct reloads reloads;

static struct fx *
configure(uint32_t guard_s)
{
	struct fx *fx = fx_new();

	fx->conf.nat.block_guard_s = guard_s;
	fx_pool_per_worker(fx, PER);
	fx->groups[0].block_size = BLOCK;
	fx->groups[0].blocks_max = 4;
	fx->groups[0].leases_reserve = 0;
	fx->groups[0].mappings_per_s = 0;
	reloads.n = 0;
	return fx;
}

static struct fx *
start_with_guard(uint32_t guard_s)
{
	return fx_start(configure(guard_s));
}

static struct fx *
start(void)
{
	return start_with_guard(0);
}

/* A configuration in which pool 0 drains the addresses first to last. */
static const struct cgn_conf *
drained_range(const struct fx *fx, uint32_t first, uint32_t last, uint32_t max_s)
{
	unsigned int i = reloads.n++;

	CU_ASSERT_FATAL(i < RELOADS);
	reloads.conf[i] = fx->conf;
	memcpy(reloads.pools[i], fx->pools, sizeof(fx->pools));
	reloads.conf[i].pools = reloads.pools[i];
	reloads.drained[i] = (struct cgn_range4){ .first = first, .last = last };
	reloads.pools[i][0].drained = &reloads.drained[i];
	reloads.pools[i][0].n_drained = first <= last;
	reloads.pools[i][0].drain_max_s = max_s;
	return &reloads.conf[i];
}

/* Every worker gets it. */
static void
drain_range(struct fx *fx, uint32_t first, uint32_t last, uint32_t max_s)
{
	fx_reload(fx, drained_range(fx, first, last, max_s));
}

static void
drain(struct fx *fx, const char *addr, uint32_t max_s)
{
	uint32_t a = rte_be_to_cpu_32(pg_addr(addr));

	drain_range(fx, a, a, max_s);
	fx_advance_s(fx, 0.2);
}

static void
drain_nothing(struct fx *fx)
{
	drain_range(fx, 1, 0, 0);
	fx_advance_s(fx, 0.2);
}

/* All addresses that are not open. */
static unsigned int
read_drains(struct fx *fx, struct cgn_drain_info *rows, unsigned int max)
{
	unsigned int n = 0;

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_DRAINS };
		struct cgn_evt reply = { 0 };

		while (!reply.u.read.done && n < max) {
			cmd.u.read = (struct cgn_cmd_read){
				.cursor = reply.u.read.cursor, .out = &rows[n], .max = max - n
			};
			CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
			n += reply.u.read.n;
		}
	}
	return n;
}

/* The only address that is not open. */
static struct cgn_drain_info
read_one(struct fx *fx)
{
	struct cgn_drain_info rows[8];

	memset(rows, 0, sizeof(rows));
	CU_ASSERT_EQUAL(read_drains(fx, rows, RTE_DIM(rows)), 1);
	return rows[0];
}

static const char *
host(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.9.%u", i + 1);
	return text;
}

static uint32_t
seq_of(const struct fx_pkt *p)
{
	rte_be32_t be;

	memcpy(&be, p->ip + 20 + 4, sizeof(be));
	return rte_be_to_cpu_32(be);
}

static struct rte_mbuf *
segment(struct fx *fx, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct rte_mbuf *m = pg_tcp(fx->mp, src, sport, dst, dport, flags, 0);
	rte_be32_t be[2] = { rte_cpu_to_be_32(seq), rte_cpu_to_be_32(ack) };

	memcpy((char *)pg_l4(m) + 4, be, sizeof(be));
	pg_fix(m);
	return m;
}

/* N-DRAIN-2: nobody is paired with an address that drains. Those that were keep it. */
static void
new_subscribers_get_other_addresses(void)
{
	struct fx *fx = start();
	uint32_t first = rte_be_to_cpu_32(pg_addr("198.51.100.0"));
	char kept[HOSTS][16];
	bool was_there = false;

	for (unsigned int i = 0; i < HOSTS / 2; i++)
		memcpy(kept[i], fx_map_udp(fx, host(i), 5000).addr, sizeof(kept[0]));
	/* One address of each worker. */
	drain_range(fx, first, first + fx->n_workers - 1, 600);
	fx_advance_s(fx, 1);
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct fx_ep x = fx_map_udp(fx, host(i), 6000);
		bool drains = rte_be_to_cpu_32(pg_addr(x.addr)) - first < fx->n_workers;

		if (i < HOSTS / 2)
			CU_ASSERT_STRING_EQUAL(x.addr, kept[i]);
		if (i >= HOSTS / 2)
			CU_ASSERT_FALSE(drains);
		was_there |= drains;
	}
	CU_ASSERT_TRUE(was_there);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, fx->n_workers);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses, PER * fx->n_workers);
	fx_free(fx);
}

/* N-DRAIN-3: a subscriber uses up the blocks that it has there, but gets no further one. */
static void
subscriber_gets_no_further_block(void)
{
	struct fx *fx = start();
	struct fx_ep x = fx_map_udp(fx, H1, 1000);

	drain(fx, x.addr, 600);
	for (uint16_t i = 1; i < BLOCK; i++)
		CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, (uint16_t)(1000 + i)).addr, x.addr);
	fx_udp_out(fx, H1, 1000 + BLOCK, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_PORTS, 3, 1);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 1000);
	FX_PKT(fx_udp_out(fx, H1, 1000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	fx_free(fx);
}

/* N-DRAIN-4: a subscriber without ports leaves at once, and gets another address when it comes again. */
static void
idle_subscriber_leaves_at_once(void)
{
	struct fx *fx = start();
	struct cgn_subscriber_info info;
	struct fx_ep x = fx_map_udp(fx, H1, 1000);

	/* The mapping and its hold-down end. The pairing would last longer. */
	fx_advance_s(fx, 300 + 122);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	drain(fx, x.addr, 600);
	CU_ASSERT_FALSE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H1, 1000).addr, x.addr);
	fx_free(fx);
}

/* N-DRAIN-4: the same if it becomes idle while the address drains. */
static void
subscriber_leaves_when_it_becomes_idle(void)
{
	struct fx *fx = start_with_guard(180);
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	struct cgn_drain_info row;

	drain(fx, x.addr, 3600);
	fx_advance_s(fx, 300 + 122);
	row = read_one(fx);
	CU_ASSERT_EQUAL(row.subscribers + row.blocks + row.ports, 0);
	/* The guard of its block ends by itself. */
	CU_ASSERT_EQUAL(row.state, CGN_DRAIN_DRAINING);
	fx_advance_s(fx, 180);
	row = read_one(fx);
	CU_ASSERT_EQUAL(row.state, CGN_DRAIN_EMPTY);
	CU_ASSERT_EQUAL(row.ended, 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H1, 1000).addr, x.addr);
	fx_free(fx);
}

/* N-DRAIN-5: there is no new lease on the address. One that is there is renewed up to the end of the time. */
static void
lease_is_renewed_up_to_the_end(void)
{
	struct fx *fx = start();
	struct fx_ep x = { .port = 4000 }, y = { .port = 0 };
	struct cgn_mapping_info m;

	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, UDP, H1, 5000, &x, 3600), 0);
	drain(fx, x.addr, 600);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5001, &y, 3600), -ENOSPC);
	fx_advance_s(fx, 100);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &x, 3600), 0);
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, H1, 5000, &m));
	CU_ASSERT_TRUE(m.expires_s > 495 && m.expires_s <= 500);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &x, 60), 0);
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, H1, 5000, &m));
	CU_ASSERT_TRUE(m.expires_s > 58 && m.expires_s <= 60);
	CU_ASSERT_EQUAL(read_one(fx).leases, 1);
	/* It ends before its address does, and its subscriber may leave then. */
	fx_advance_s(fx, 61 + 121);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5001, &y, 3600), 0);
	CU_ASSERT_STRING_NOT_EQUAL(y.addr, x.addr);
	fx_free(fx);
}

/* N-DRAIN-6: at the end of the time everything there ends, and nothing elsewhere. */
static void
rest_ends_with_the_time(void)
{
	struct fx *fx = start_with_guard(180);
	struct fx_ep x = fx_map_udp(fx, H1, 1000), y = { .port = 0 }, lease = { .port = 4321 };
	const char *other = NULL;
	struct cgn_mapping_info m;
	struct cgn_drain_info row;

	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, TCP, H1, 5000, &lease, 3600), 0);
	CU_ASSERT_TRUE(fx_ping_out(fx, H1, P1, 7)->left);
	fx_udp_out(fx, H1, 1002, P1, 53);
	for (unsigned int i = 0; other == NULL && i < HOSTS; i++) {
		y = fx_map_udp(fx, host(i), 1000);
		if (strcmp(y.addr, x.addr) != 0)
			other = host(i);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	drain(fx, x.addr, 30);
	fx_advance_s(fx, 28);
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, H1, 1000, &m));
	row = read_one(fx);
	CU_ASSERT_EQUAL(row.state, CGN_DRAIN_DRAINING);
	CU_ASSERT_TRUE(row.left_s >= 1 && row.left_s <= 2);
	CU_ASSERT_TRUE(row.subscribers >= 1 && row.blocks >= 1 && row.ports >= 4);
	CU_ASSERT_EQUAL(row.leases, 1);
	fx_advance_s(fx, 3);
	row = read_one(fx);
	CU_ASSERT_EQUAL(row.state, CGN_DRAIN_EMPTY);
	CU_ASSERT_EQUAL(row.subscribers + row.blocks + row.ports + row.leases, 0);
	CU_ASSERT_TRUE(row.ended >= 4);
	CU_ASSERT_FALSE(fx_mapping(fx, UDP, H1, 1000, &m));
	CU_ASSERT_FALSE(fx_mapping(fx, TCP, H1, 5000, &m));
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	/* No hold-down and no guard is left, and a new pairing comes at once. */
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H1, 1000).addr, x.addr);
	FX_PKT(fx_udp_in(fx, P1, 53, y.addr, y.port), FX_INSIDE, P1, 53, other, 1000);
	fx_free(fx);
}

/* The segments that left: how many with these flags on a port. */
static unsigned int
count(const struct fx *fx, unsigned int port, uint8_t flags)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fx->n_out; i++)
		n += fx->out[i].port == port && fx->out[i].proto == IPPROTO_TCP &&
				fx->out[i].tcp_flags == flags;
	return n;
}

/* N-DRAIN-7: the ends of a connection of the inside are asked for their numbers, and reset when they answer. */
static void
connection_of_the_inside_is_reset_both_ways(void)
{
	struct fx *fx = start();
	struct fx_ep x = fx_connect(fx, H1, 1000, P1, 80);
	const struct fx_pkt *p;

	drain_range(fx, rte_be_to_cpu_32(pg_addr(x.addr)), rte_be_to_cpu_32(pg_addr(x.addr)), 0);
	CU_ASSERT_EQUAL(count(fx, FX_INSIDE, ACK), 1);
	CU_ASSERT_EQUAL(count(fx, FX_OUTSIDE, ACK), 1);
	CU_ASSERT_EQUAL(count(fx, FX_INSIDE, RST) + count(fx, FX_OUTSIDE, RST), 0);
	for (unsigned int i = 0; i < fx->n_out; i++) {
		p = &fx->out[i];
		if (p->port == FX_INSIDE)
			FX_PKT(p, FX_INSIDE, P1, 80, H1, 1000);
		else
			FX_PKT(p, FX_OUTSIDE, x.addr, x.port, P1, 80);
		CU_ASSERT_EQUAL(seq_of(p), 0);
		CU_ASSERT_EQUAL(p->payload_len, 0);
	}
	p = fx_inside(fx, segment(fx, H1, 1000, P1, 80, ACK, 7001, 9001));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_SESSION), 1);
	FX_PKT(p, FX_INSIDE, P1, 80, H1, 1000);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	CU_ASSERT_EQUAL(seq_of(p), 9001);
	p = fx_outside(fx, segment(fx, P1, 80, x.addr, x.port, ACK, 9001, 7001));
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_MAPPING), 1);
	FX_PKT(p, FX_OUTSIDE, x.addr, x.port, P1, 80);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	CU_ASSERT_EQUAL(seq_of(p), 7001);
	/* A reset is not answered, and a SYN is the begin of something new. */
	fx_tcp_in(fx, P1, 80, x.addr, x.port, RST);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	CU_ASSERT_STRING_NOT_EQUAL(fx_tcp_out(fx, H1, 1000, P1, 80, SYN)->src, x.addr);
	fx_free(fx);
}

/* N-DRAIN-7: resets are only for what drains, and only for a minute. */
static void
other_segments_are_not_answered(void)
{
	struct fx *fx = start();
	struct fx_ep x = fx_connect(fx, H1, 1000, P1, 80), y = { .port = 0 };

	for (unsigned int i = 0; i < HOSTS; i++) {
		y = fx_connect(fx, host(i), 1000, P1, 80);
		if (strcmp(y.addr, x.addr) != 0)
			break;
	}
	fx_tcp_in(fx, P1, 81, x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	drain(fx, x.addr, 0);
	/* The address of another subscriber. */
	fx_tcp_in(fx, P1, 81, y.addr, y.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_advance_s(fx, 62);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_tcp_out(fx, H1, 1000, P1, 80, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_free(fx);
}

/* N-DRAIN-7: connections from outside to a lease: their numbers are known. */
static void
connections_to_a_lease_are_reset_at_once(void)
{
	struct fx *fx = start();
	struct fx_ep x = { .port = 4321 };

	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, TCP, H1, 5000, &x, 3600), 0);
	fx_outside(fx, segment(fx, P2, 99, x.addr, x.port, SYN, 100, 0));
	fx_inside(fx, segment(fx, H1, 5000, P2, 99, SYN | ACK, 500, 101));
	fx_outside(fx, segment(fx, P2, 99, x.addr, x.port, ACK, 101, 501));
	fx_outside(fx, segment(fx, P2, 99, x.addr, x.port, ACK, 101, 501));
	fx_inside(fx, segment(fx, H1, 5000, P2, 99, ACK, 501, 101));
	drain_range(fx, rte_be_to_cpu_32(pg_addr(x.addr)), rte_be_to_cpu_32(pg_addr(x.addr)), 0);
	CU_ASSERT_EQUAL(fx->n_out, 2);
	CU_ASSERT_EQUAL(count(fx, FX_INSIDE, RST), 1);
	CU_ASSERT_EQUAL(count(fx, FX_OUTSIDE, RST), 1);
	for (unsigned int i = 0; i < fx->n_out; i++)
		CU_ASSERT_EQUAL(seq_of(&fx->out[i]), fx->out[i].port == FX_INSIDE ? 101 : 501);
	CU_ASSERT_EQUAL(read_one(fx).leases, 0);
	fx_free(fx);
}

/* N-DRAIN-8: a reload does not restart the time. One that no longer drains the address opens it again. */
static void
time_goes_on_through_reloads(void)
{
	struct fx *fx = start();
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	uint64_t blocks = fx_pool_stats(fx, 0).blocks;
	bool is_used = false;

	drain(fx, x.addr, 200);
	fx_advance_s(fx, 90);
	drain(fx, x.addr, 200);
	CU_ASSERT_TRUE(read_one(fx).age_s >= 90);
	CU_ASSERT_TRUE(read_one(fx).left_s <= 110);
	drain(fx, x.addr, 100);
	CU_ASSERT_TRUE(read_one(fx).left_s <= 10);
	drain_nothing(fx);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks, blocks);
	fx_advance_s(fx, 30);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 1000);
	for (unsigned int i = 0; i < HOSTS; i++)
		is_used |= strcmp(fx_map_udp(fx, host(i), 1000).addr, x.addr) == 0;
	CU_ASSERT_TRUE(is_used);
	/* Then the time begins anew. */
	drain(fx, x.addr, 100);
	CU_ASSERT_TRUE(read_one(fx).age_s <= 1);
	fx_free(fx);
}

/* N-DRAIN-8: a reload that opens many addresses has another time, which would be over for them. Nothing ends. */
static void
new_time_is_not_for_addresses_that_open(void)
{
	struct fx *fx = configure(0);
	uint32_t first = rte_be_to_cpu_32(pg_addr("198.51.100.0")), n = 12 * fx->n_workers;
	struct fx_ep x[HOSTS];

	fx_pool_per_worker(fx, 12);
	fx_start(fx);
	for (unsigned int i = 0; i < HOSTS; i++)
		x[i] = fx_map_udp(fx, host(i), 5000);
	drain_range(fx, first, first + n - 1, 3600);
	fx_advance_s(fx, 200);
	drain_range(fx, first + n, first + n, 100);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, 0);
	for (unsigned int i = 0; i < HOSTS; i++)
		FX_PKT(fx_udp_in(fx, P1, 53, x[i].addr, x[i].port), FX_INSIDE, P1, 53, host(i),
				5000);
	fx_free(fx);
}

/* So many subscribers that a worker needs several turns to look at them. */
static void
fill(struct fx *fx, uint16_t port)
{
	char text[16];

	for (unsigned int i = 0; i < 600; i++) {
		snprintf(text, sizeof(text), "100.65.%u.%u", i / 200, 1 + i % 200);
		CU_ASSERT_TRUE(fx_udp_out(fx, text, port, P1, 53)->left);
	}
}

/* N-DRAIN-6, N-DRAIN-8: addresses come to the list and leave it in any order. What is on them ends, and nothing is mixed up. */
static void
list_may_change_in_any_order(void)
{
	static const struct {
		uint32_t from;
		uint32_t end;
	} lists[] = { { 0, 2 }, { 1, 2 }, { 1, 3 }, { 2, 3 }, { 0, 1 }, { 0, 2 } };
	uint32_t first = rte_be_to_cpu_32(pg_addr("198.51.100.0"));
	struct cgn_drain_info rows[8];
	struct fx *fx = configure(0);
	struct fx_ep x[HOSTS];

	fx->single_worker = true;
	fx->n_workers = 1;
	fx_pool_per_worker(fx, PER);
	fx_start(fx);
	for (unsigned int i = 0; i < RTE_DIM(lists); i++) {
		uint32_t n = lists[i].end - lists[i].from;

		fill(fx, (uint16_t)(1000 + i));
		for (unsigned int h = 0; h < HOSTS; h++)
			x[h] = fx_map_udp(fx, host(h), (uint16_t)(1000 + i));
		fx_advance_s(fx, 1);
		for (unsigned int h = 0; h < HOSTS; h++)
			FX_PKT(fx_udp_in(fx, P1, 53, x[h].addr, x[h].port), FX_INSIDE, P1, 53,
					host(h), 1000 + i);
		drain_range(fx, first + lists[i].from, first + lists[i].end - 1, 0);
		fx_advance_s(fx, 1);
		CU_ASSERT_EQUAL(read_drains(fx, rows, RTE_DIM(rows)), n);
		for (uint32_t k = 0; k < n; k++) {
			CU_ASSERT_EQUAL(rte_be_to_cpu_32(rows[k].addr), first + lists[i].from + k);
			CU_ASSERT_EQUAL(rows[k].state, CGN_DRAIN_EMPTY);
		}
	}
	fx_free(fx);
}

/* N-DRAIN-8: an empty address that comes back is used again, with all its blocks. */
static void
empty_address_can_come_back(void)
{
	struct fx *fx = start();
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	bool is_used = false;

	drain(fx, x.addr, 0);
	CU_ASSERT_EQUAL(read_one(fx).state, CGN_DRAIN_EMPTY);
	drain_nothing(fx);
	for (unsigned int i = 0; i < HOSTS; i++)
		is_used |= strcmp(fx_map_udp(fx, host(i), 1000).addr, x.addr) == 0;
	CU_ASSERT_TRUE(is_used);
	fx_free(fx);
}

/* N-DRAIN-12: the control thread reads once a second. If an address comes back sooner, it must look for the leases that were
 * ended there. */
static void
leases_of_an_address_that_comes_back_at_once_are_told(void)
{
	struct fx *fx = start();
	struct fx_ep x = { .port = 4321 }, y = { .port = 4322 };

	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, UDP, H1, 5000, &x, 3600), 0);
	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, TCP, H1, 5001, &y, 3600), 0);
	fx_map_udp(fx, H1, 1000);
	drain(fx, x.addr, 0);
	CU_ASSERT_EQUAL(read_one(fx).state, CGN_DRAIN_EMPTY);
	/* As long as it is empty, the reading tells. */
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_LEASES_CUT), 0);
	drain_nothing(fx);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_LEASES_CUT), 2);
	/* Those of the time before are counted once. */
	drain(fx, x.addr, 0);
	drain_nothing(fx);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_LEASES_CUT), 2);
	fx_free(fx);
}

/* N-DRAIN-9: when all addresses of a pool drain, its subscribers get nothing new, and the rest ends. */
static void
whole_pool_can_drain(void)
{
	struct fx *fx = start();
	uint32_t first = rte_be_to_cpu_32(pg_addr("198.51.100.0"));
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	struct cgn_drain_info rows[PER * CGN_WORKERS_MAX];

	drain_range(fx, first, first + PER * fx->n_workers - 1, 60);
	fx_advance_s(fx, 1);
	fx_udp_out(fx, H2, 1000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_FULL, 3, 1);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 1000);
	fx_advance_s(fx, 61);
	CU_ASSERT_EQUAL(read_drains(fx, rows, RTE_DIM(rows)), PER * fx->n_workers);
	for (unsigned int i = 0; i < PER * fx->n_workers; i++)
		CU_ASSERT_EQUAL(rows[i].state, CGN_DRAIN_EMPTY);
	fx_udp_out(fx, H1, 1000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_FULL, 3, 1);
	drain_nothing(fx);
	fx_map_udp(fx, H1, 1000);
	fx_free(fx);
}

/* N-DRAIN-9: the static mapping of a subscriber waits, because its address is full. The subscriber leaves the address that
 * it has meanwhile. */
static void
subscriber_whose_static_mapping_waits_leaves(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.3");
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1024 + BLOCK - 1;
	fx->groups[0].block_size = BLOCK;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_reserve = 0;
	/* H1 has the only block of the address. */
	fx_add_static(fx, UDP, H1, 80, "198.51.100.1", 1030);
	fx_add_static(fx, UDP, H2, 80, "198.51.100.1", 80);
	reloads.n = 0;
	fx_start(fx);
	x = fx_map_udp(fx, H2, 5000);
	CU_ASSERT_STRING_NOT_EQUAL(x.addr, "198.51.100.1");
	drain(fx, x.addr, 0);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(read_one(fx).state, CGN_DRAIN_EMPTY);
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H2, 5001).addr, x.addr);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 1);
	fx->keeps--;
	fx_free(fx);
}

/* Many subscribers come and go. @return blocks in guard of a worker */
static uint64_t
fill_guard(struct fx *fx, unsigned int w)
{
	for (unsigned int i = 0; i < CROWD * fx->n_workers; i++) {
		char text[16];

		snprintf(text, sizeof(text), "100.64.%u.%u", i / 250 % 200 + 20, i % 250 + 1);
		(void)fx_map_udp(fx, text, 1000);
	}
	fx_advance_s(fx, 900);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	return cgn_counter_get(&cgn_engine_stats(fx->engines[w])->pool[0].blocks_guarded);
}

/* All addresses of a worker open or close. No turn touches the guarded blocks of two of them. */
static void
check_turns(struct fx *fx, unsigned int w, uint64_t all)
{
	const struct cgn_pool_stats *st = &cgn_engine_stats(fx->engines[w])->pool[0];
	unsigned int turns = 0;
	bool more = true;

	fx->now++;
	while (more && turns < 1000) {
		uint64_t closed = cgn_counter_get(&st->addresses_closed),
			 guarded = cgn_counter_get(&st->blocks_guarded);
		int64_t change;

		more = cgn_engine_poll(fx->engines[w], fx->now);
		change = (int64_t)(cgn_counter_get(&st->addresses_closed) - closed);
		CU_ASSERT_TRUE(change >= -1 && change <= 1);
		CU_ASSERT_TRUE(guarded - cgn_counter_get(&st->blocks_guarded) < all / 2);
		turns++;
	}
	CU_ASSERT_TRUE(turns >= PER && turns < 1000);
}

/* N-DRAIN-10: the same if addresses have hundreds of blocks in guard. */
static void
turns_stay_short_with_blocks_in_guard(void)
{
	static const uint32_t limits_s[] = { 3600, 0 };

	for (size_t i = 0; i < RTE_DIM(limits_s); i++) {
		struct fx *fx = start_with_guard(100000);
		const struct cgn_pool_stats *st = &cgn_engine_stats(fx->engines[0])->pool[0];
		uint64_t all = fill_guard(fx, 0);

		CU_ASSERT_TRUE(all > 2000);
		fx_swap(fx, drained_range(fx, 0, UINT32_MAX, limits_s[i]));
		check_turns(fx, 0, all);
		if (limits_s[i] == 0) {
			CU_ASSERT_EQUAL(cgn_counter_get(&st->blocks_guarded), 0);
		} else {
			CU_ASSERT_EQUAL(cgn_counter_get(&st->addresses_closed), PER);
			fx_swap(fx, drained_range(fx, 1, 0, 0));
			check_turns(fx, 0, all);
			CU_ASSERT_EQUAL(cgn_counter_get(&st->addresses_closed), 0);
			CU_ASSERT_EQUAL(cgn_counter_get(&st->blocks_guarded), all);
		}
		fx_free(fx);
	}
}

/* N-DRAIN-8: a reload opens more addresses than one turn can. Nothing ends on those that still wait for it, whatever the
 * new limit is. */
static void
nothing_ends_where_draining_is_called_off(void)
{
	struct fx *fx = configure(0);

	fx_pool_per_worker(fx, 40);
	fx_start(fx);
	for (unsigned int i = 0; i < HOSTS; i++)
		fx_connect(fx, host(i), 1000, P1, 80);
	drain_range(fx, 0, UINT32_MAX, 3600);
	fx_advance_s(fx, 5);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), HOSTS);
	drain_range(fx, 1, 0, 0);
	fx_advance_s(fx, 5);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), HOSTS);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, 0);
	fx_free(fx);
}

/* N-DRAIN-1: the addresses that drain at the start are closed before the first packet. */
static void
addresses_drain_from_the_start(void)
{
	struct fx *fx = fx_new();
	struct cgn_range4 range;

	fx_pool_per_worker(fx, 2);
	range.first = rte_be_to_cpu_32(pg_addr("198.51.100.0"));
	range.last = range.first + fx->n_workers - 1;
	fx->pools[0].drained = &range;
	fx->pools[0].n_drained = 1;
	fx_start(fx);
	for (unsigned int i = 0; i < HOSTS; i++)
		CU_ASSERT_TRUE(rte_be_to_cpu_32(pg_addr(fx_map_udp(fx, host(i), 1000).addr)) >
				range.last);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(new_subscribers_get_other_addresses),
	CU_TEST_ROW(subscriber_gets_no_further_block),
	CU_TEST_ROW(idle_subscriber_leaves_at_once),
	CU_TEST_ROW(subscriber_leaves_when_it_becomes_idle),
	CU_TEST_ROW(lease_is_renewed_up_to_the_end),
	CU_TEST_ROW(rest_ends_with_the_time),
	CU_TEST_ROW(connection_of_the_inside_is_reset_both_ways),
	CU_TEST_ROW(other_segments_are_not_answered),
	CU_TEST_ROW(connections_to_a_lease_are_reset_at_once),
	CU_TEST_ROW(time_goes_on_through_reloads),
	CU_TEST_ROW(new_time_is_not_for_addresses_that_open),
	CU_TEST_ROW(list_may_change_in_any_order),
	CU_TEST_ROW(empty_address_can_come_back),
	CU_TEST_ROW(leases_of_an_address_that_comes_back_at_once_are_told),
	CU_TEST_ROW(whole_pool_can_drain),
	CU_TEST_ROW(subscriber_whose_static_mapping_waits_leaves),
	CU_TEST_ROW(turns_stay_short_with_blocks_in_guard),
	CU_TEST_ROW(nothing_ends_where_draining_is_called_off),
	CU_TEST_ROW(addresses_drain_from_the_start),
};

CU_MAIN("scn_drain", tests)
