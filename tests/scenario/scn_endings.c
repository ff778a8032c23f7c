/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Endings of many things at once, what a lease's end says to whom, and refusals, which must cost nothing.
 */

#include "shared/tcpstate.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG
#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

/* What a segment says of its numbers. */
struct numbers {
	uint32_t seq;
	uint32_t ack;
};

static struct rte_mbuf *
segment(struct fx *fx, const char *src, uint16_t sport, const char *dst, uint16_t dport,
		uint8_t flags, struct numbers n)
{
	struct rte_mbuf *m = pg_tcp(fx->mp, src, sport, dst, dport, flags, 0);
	rte_be32_t be[2] = { rte_cpu_to_be_32(n.seq), rte_cpu_to_be_32(n.ack) };

	memcpy((char *)pg_l4(m) + 4, be, sizeof(be));
	pg_fix(m);
	return m;
}

static uint16_t
port_of(unsigned int i)
{
	return (uint16_t)(2000 + i);
}

/* The sequence number of a segment that left. */
static uint32_t
seq_of(const struct fx_pkt *p)
{
	rte_be32_t be;

	memcpy(&be, p->ip + 20 + 4, sizeof(be));
	return rte_be_to_cpu_32(be);
}

static struct fx_ep
serve(struct fx *fx, uint32_t lifetime_s)
{
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL_FATAL(fx_lease(fx, TCP, H1, 5000, &x, lifetime_s), 0);
	return x;
}

/* A connection from P2 to H1's lease; both ends have numbers of their own. */
static void
connect_in(struct fx *fx, const struct fx_ep *x, unsigned int i)
{
	uint32_t out = 0x10000000 + 16 * i, in = 0xa0000000 + 16 * i;
	uint16_t p = port_of(i);

	fx_outside(fx, segment(fx, P2, p, x->addr, x->port, SYN, (struct numbers){ in, 0 }));
	fx_inside(fx, segment(fx, H1, 5000, P2, p, SYN | ACK, (struct numbers){ out, in + 1 }));
	fx_outside(fx,
			segment(fx, P2, p, x->addr, x->port, ACK,
					(struct numbers){ in + 1, out + 1 }));
	CU_ASSERT_TRUE(fx_first(fx)->left);
	/* Two octets each way. */
	fx_inside(fx, segment(fx, H1, 5000, P2, p, ACK, (struct numbers){ out + 1, in + 3 }));
	fx_outside(fx,
			segment(fx, P2, p, x->addr, x->port, ACK,
					(struct numbers){ in + 3, out + 3 }));
	CU_ASSERT_TRUE(fx_first(fx)->left);
}

/* Both ends of connections 0 to n - 1 were reset with the number that each expects next. */
static void
check_resets(struct fx *fx, const struct fx_ep *x, unsigned int n)
{
	unsigned int inside = 0, outside = 0;

	for (unsigned int i = 0; i < fx->n_out; i++) {
		const struct fx_pkt *p = &fx->out[i];
		unsigned int k = (p->port == FX_INSIDE ? p->sport : p->dport) - 2000U;

		if ((p->tcp_flags & RST) == 0)
			continue;
		CU_ASSERT_TRUE(k < n);
		if (p->port == FX_INSIDE) {
			inside++;
			FX_PKT(p, FX_INSIDE, P2, port_of(k), H1, 5000);
			CU_ASSERT_EQUAL(seq_of(p), 0xa0000000 + 16 * k + 3);
		} else {
			outside++;
			FX_PKT(p, FX_OUTSIDE, x->addr, x->port, P2, port_of(k));
			CU_ASSERT_EQUAL(seq_of(p), 0x10000000 + 16 * k + 3);
		}
	}
	CU_ASSERT_EQUAL(inside, n);
	CU_ASSERT_EQUAL(outside, n);
}

/* A-TCP-12, B-DEL-6: all connections from outside are reset, each with its own numbers; those that the
 * inside opened, the first and the further ones, live on. Deleted or expired, it is the same. */
static void
end_of_a_lease_resets_every_connection_from_outside(void)
{
	static const unsigned int counts[] = { 1, 2, 7, 40 };

	for (unsigned int c = 0; c < 2 * RTE_DIM(counts); c++) {
		unsigned int n = counts[c / 2];
		struct fx *fx = fx_default();
		struct fx_ep x = serve(fx, 600);

		fx_connect(fx, H1, 5000, P1, 80);
		fx_connect(fx, H1, 5000, P1, 81);
		for (unsigned int i = 0; i < n; i++)
			connect_in(fx, &x, i);
		fx_connect(fx, H1, 5000, P1, 82);
		if (c % 2 == 0) {
			CU_ASSERT_EQUAL(fx_unlease(fx, TCP, H1, 5000), 0);
		} else {
			fx_advance_s(fx, 601);
		}
		check_resets(fx, &x, n);
		FX_BOOKS(fx);
		for (unsigned int i = 0; i < n; i++) {
			fx_tcp_in(fx, P2, port_of(i), x.addr, x.port, ACK);
			FX_DROPPED(fx, CGN_V_NO_SESSION);
		}
		for (uint16_t p = 80; p <= 82; p++) {
			FX_PKT(fx_tcp_in(fx, P1, p, x.addr, x.port, ACK), FX_INSIDE, P1, p, H1,
					5000);
			FX_PKT(fx_tcp_out(fx, H1, 5000, P1, p, ACK), FX_OUTSIDE, x.addr, x.port, P1,
					p);
		}
		fx_free(fx);
	}
}

/* The inside opens connections to P1's ports 80 and 81, and the first one ends. So many connections from outside
 * stand before the other that it is not found then. */
static void
end_first_before_another(struct fx *fx, const struct fx_ep *x)
{
	fx_connect(fx, H1, 5000, P1, 80);
	fx_connect(fx, H1, 5000, P1, 81);
	for (unsigned int i = 0; i < 40; i++)
		connect_in(fx, x, i);
	fx_tcp_in(fx, P1, 80, x->addr, x->port, RST);
	fx_advance_s(fx, 242);
}

/* A-TCP-12, B-DEL-6: what the inside opened lives on even if its first connection has ended and many
 * connections from outside stand before the others. */
static void
end_of_a_lease_whose_first_connection_has_ended(void)
{
	for (unsigned int deleted = 0; deleted < 2; deleted++) {
		struct fx *fx = fx_default();
		struct fx_ep x = serve(fx, 600);

		end_first_before_another(fx, &x);
		if (deleted != 0) {
			CU_ASSERT_EQUAL(fx_unlease(fx, TCP, H1, 5000), 0);
		} else {
			fx_advance_s(fx, 360);
		}
		check_resets(fx, &x, 40);
		fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
		FX_DROPPED(fx, CGN_V_NO_SESSION);
		FX_PKT(fx_tcp_in(fx, P1, 81, x.addr, x.port, ACK), FX_INSIDE, P1, 81, H1, 5000);
		FX_PKT(fx_tcp_out(fx, H1, 5000, P1, 81, ACK), FX_OUTSIDE, x.addr, x.port, P1, 81);
		fx_free(fx);
	}
}

/* A-TCP-5, A-TCP-9: a connection that becomes the first one of a long lease late ends in its own time. */
static void
connection_that_becomes_the_first_one_late_ends_in_time(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = serve(fx, 86400);

	fx->drain_s = 90000;
	end_first_before_another(fx, &x);
	fx_tcp_out(fx, H1, 5000, P1, 81, ACK);
	FX_BOOKS(fx);
	fx_advance_s(fx, 7441);
	fx_tcp_in(fx, P1, 81, x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A-TCP-12: more than 256 connections all end; the first 256 are told. */
static void
end_of_a_lease_with_very_many_connections(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->single_worker = true;
	fx_start(fx);
	x = serve(fx, 600);
	for (unsigned int i = 0; i < 260; i++)
		connect_in(fx, &x, i);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 260);
	CU_ASSERT_EQUAL(fx_unlease(fx, TCP, H1, 5000), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_TCP_RESETS_MADE), 2 * 256);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	fx_free(fx);
}

/* A-RES-4: mappings with more sessions than are freed at once, all in one second, by any filter's entries
 * and connections; nothing of them is left. */
static void
many_mappings_with_many_sessions_end_at_once(void)
{
	for (unsigned int kind = 0; kind < 3; kind++) {
		struct fx *fx = fx_new();

		fx->single_worker = true;
		fx->conf.nat.filtering[UDP] = CGN_FILTERING_APD;
		fx_start(fx);
		for (unsigned int round = 0; round < 2; round++) {
			for (unsigned int k = 0; k < 4 * 40; k++) {
				uint16_t port = (uint16_t)(5000 + k % 4);

				if (kind == 0)
					fx_udp_out(fx, H1, port, P1, port_of(k));
				else
					fx_tcp_out(fx, H1, port, P1, port_of(k), SYN);
			}
			CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), kind == 0 ? 160 : 156);
			for (uint16_t i = 0; kind == 2 && i < 4; i++) {
				struct fx_ep x = { .port = 0 };

				/* They are leases that end in the same second. */
				CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, (uint16_t)(5000 + i), &x, 9),
						0);
			}
			fx_advance_s(fx, 12);
			FX_BOOKS(fx);
			fx_advance_s(fx, 302);
			FX_BOOKS(fx);
			CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
		}
		fx_free(fx);
	}
}

/* A mapping with many sessions that is deleted at once, and another one before the first is buried. */
static void
deleted_mappings_with_many_sessions_are_buried(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->conf.nat.filtering[UDP] = CGN_FILTERING_APD;
	fx_start(fx);
	for (uint16_t port = 5000; port < 5003; port++) {
		for (unsigned int k = 0; k < 100; k++)
			fx_udp_out(fx, H1, port, P1, port_of(k));
	}
	for (uint16_t port = 5000; port < 5003; port++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_MAP_DEL };
		struct cgn_evt reply;
		struct fx_ep x = { .port = 0 };

		CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, port, &x, 600), 0);
		cmd.u.map = (struct cgn_cmd_map){
			.in = { .addr = pg_addr(H1), .port = rte_cpu_to_be_16(port), .proto = UDP },
			.flags = CGN_MAPPING_EXPLICIT
		};
		/* The engine is not polled in between. */
		cgn_engine_cmd(fx->engines[0], &cmd, &reply, fx->now);
		CU_ASSERT_EQUAL(reply.ret, 0);
	}
	FX_BOOKS(fx);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A-PORT-6: a connection that was seen closing or reset leaves a port that is free; others are held. */
static void
only_unfinished_connections_hold_their_port(void)
{
	static const struct {
		const char *name;
		uint8_t out, in; /* what ends it, 0: nothing */
		bool is_open;
		uint32_t wait_s;
		bool is_held;
	} rows[] = {
		{ "closed", FIN | ACK, FIN | ACK, true, 242, false },
		{ "reset by the inside", RST, 0, true, 242, false },
		{ "reset by the outside", 0, RST, true, 242, false },
		{ "half closed by the inside", FIN | ACK, 0, true, 7442, true },
		{ "half closed by the outside", 0, FIN | ACK, true, 7442, true },
		{ "idle", 0, 0, true, 7442, true },
		{ "not opened", 0, 0, false, 242, true },
		{ "refused", 0, RST | ACK, false, 242, true },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct fx *fx = fx_default();
		const struct fx_pkt *p = fx_tcp_out(fx, H1, 5000, P1, 80, SYN);
		struct fx_ep x = { .port = p->sport };

		memcpy(x.addr, p->src, sizeof(x.addr));
		if (rows[i].is_open) {
			fx_tcp_in(fx, P1, 80, x.addr, x.port, SYN | ACK);
			fx_tcp_out(fx, H1, 5000, P1, 80, ACK);
		}
		if (rows[i].out != 0)
			fx_tcp_out(fx, H1, 5000, P1, 80, rows[i].out);
		if (rows[i].in != 0)
			fx_tcp_in(fx, P1, 80, x.addr, x.port, rows[i].in);
		fx_advance_s(fx, rows[i].wait_s);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 0);
		if (fx_gauge(fx, CGN_G_PORTS_HELD) != rows[i].is_held)
			printf("\n  %s\n", rows[i].name);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), rows[i].is_held);
		fx_free(fx);
	}
}

/* A-PORT-6: identifiers of queries are held as ports are. */
static void
identifiers_and_ports_of_udp_are_held(void)
{
	struct fx *fx = fx_default();

	fx_ping_out(fx, H1, P1, 5000);
	fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, 61);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx_advance_s(fx, 240);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx_free(fx);
}

/* A-RES-1: a full table refuses packets and leases, and keeps no port, no hold-down and no count of them. */
static void
refusals_of_a_full_table_cost_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_pool before, after;
	struct cgn_subscriber_info s;
	struct fx_ep x = { .port = 0 };

	fx->single_worker = true;
	fx->conf.nat.mappings_max = 20;
	fx_start(fx);
	for (uint16_t i = 0; i < 20; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	before = fx_pool_stats(fx, 0);
	for (uint16_t i = 0; i < 3; i++) {
		fx_udp_out(fx, H1, (uint16_t)(6000 + i), P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_MAPPINGS_FULL), 1);
		fx_tcp_out(fx, H1, (uint16_t)(6000 + i), P1, 53, SYN);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_MAPPINGS_FULL), 1);
		CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, (uint16_t)(7000 + i), &x, 600), -ENOSPC);
		FX_BOOKS(fx);
	}
	after = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &s));
	CU_ASSERT_EQUAL(s.leases, 0);
	CU_ASSERT_EQUAL(s.mappings, 20);
	fx_free(fx);
}

/* A-FIL-3, A-RES-4: a first packet whose filter entry finds no room makes no mapping. */
static void
first_packet_without_room_for_its_filter_makes_no_mapping(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.filtering[UDP] = CGN_FILTERING_APD;
	fx->groups[0].sessions_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	for (uint16_t i = 0; i < 3; i++) {
		fx_udp_out(fx, H1, (uint16_t)(5001 + i), P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_SESSIONS), 1);
		fx_advance_s(fx, 1);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
		FX_BOOKS(fx);
	}
	fx_free(fx);
}

/* A-RES-1: the table has room for the ports of all pools, however different they are. */
static void
table_of_mappings_has_room_for_all_pools(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->conf.nat.mappings_max = 0;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx_pool_add(fx, 1, "198.51.101.1", "198.51.101.1");
	fx->pools[0].port_min = 10240;
	fx->pools[0].port_max = 10240 + 127;
	fx->conf.n_groups = 2;
	fx->groups[0].block_size = 64;
	fx->groups[1].block_size = 512;
	fx->groups[1].blocks_max = 4;
	fx->groups[1].leases_reserve = 0;
	fx->groups[1].n_prefixes = 1;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr("10.0.0.0"), .len = 8 };
	fx->conf.n_ports = 3;
	fx_start(fx);
	for (uint16_t i = 0; i < 2000; i++)
		CU_ASSERT_EQUAL_FATAL(
				fx_udp_out(fx, L1, (uint16_t)(1000 + i), P1, 53)->port, FX_OUTSIDE);
	fx_free(fx);
}

/* A-POOL-5, D-LIM-3: a newcomer of a full pool takes the place of nobody in another pool. */
static void
full_pool_takes_nothing_from_another(void)
{
	struct fx *fx = fx_new();
	struct cgn_subscriber_info s;
	struct fx_ep x = { .port = 0 };

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx_pool_add(fx, 1, "198.51.101.1", "198.51.101.1");
	fx->groups[0].block_size = 64;
	fx->pools[0].port_min = 10240;
	fx->pools[0].port_max = 10240 + 2 * 64 - 1;
	fx->conf.n_groups = 2;
	fx->groups[1].n_prefixes = 1;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr("10.0.0.0"), .len = 8 };
	fx->conf.n_ports = 3;
	fx->conf.nat.hold_down_s = 0;
	fx_start(fx);
	/* One that holds nothing any more, but has its block. */
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, L1, 5000, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, L1, 5000), 0);
	fx_advance_s(fx, 20);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	for (unsigned int i = 0; i < 5; i++) {
		fx_udp_out(fx, K1, 5000, P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
		CU_ASSERT_TRUE(fx_subscriber(fx, L1, &s));
	}
	fx_free(fx);
}

/* B-MAP-2: the first and the last port of the range are ports as any other; those beside it are none. */
static void
range_of_ports_includes_its_ends(void)
{
	static const struct {
		uint16_t min, max;
	} rows[] = { { 1024, 65535 }, { 2000, 2999 }, { 1, 65535 }, { 10240, 10303 } };

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		uint16_t min = rows[i].min, max = rows[i].max;
		const struct {
			uint16_t port;
			bool is_had;
		} asks[] = { { min, true }, { max, true }, { (uint16_t)(min - 1), false },
			{ (uint16_t)(max + 1), false }, { (uint16_t)(min + 1), true },
			{ (uint16_t)(max - 1), true } };

		for (unsigned int k = 0; k < RTE_DIM(asks); k++) {
			struct fx *fx = fx_new();
			struct fx_ep x = { .port = asks[k].port };

			fx->groups[0].block_size = 64;
			fx->pools[0].port_min = min;
			fx->pools[0].port_max = max;
			fx_start(fx);
			CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
			if (asks[k].port != 0)
				CU_ASSERT_EQUAL(x.port == asks[k].port, asks[k].is_had);
			CU_ASSERT_TRUE(x.port >= min && x.port <= max);
			fx_free(fx);
		}
	}
}

/* B-MAP-8: what a static mapping names outside of the range is for its protocol only, and its number is
 * asked for at its own address only. */
static void
companions_of_static_mappings(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x = { .port = 0 };

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.2");
	fx_add_static(fx, TCP, H1, 80, "198.51.100.1", 80);
	fx_add_static(fx, TCP, H1, 82, "198.51.100.1", 30002);
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 80, &x, 600), 0);
	CU_ASSERT_STRING_EQUAL(x.addr, "198.51.100.1");
	CU_ASSERT_TRUE(x.port >= 1024);
	x.port = 0;
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 82, &x, 600), 0);
	CU_ASSERT_EQUAL(x.port, 30002);
	fx_free(fx);
}

/* --- strangers ------------------------------------------------------------------------------ */

#define LIMIT 20

static struct fx *
limited(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].sessions_max = LIMIT;
	return fx_start(fx);
}

/* All that fit of others push the session of P2, port 7, out if it has proved nothing. */
static bool
survives_others(struct fx *fx, const struct fx_ep *x)
{
	for (unsigned int i = 0; i < LIMIT; i++) {
		fx_tcp_in(fx, P1, port_of(i), x->addr, x->port, SYN);
		fx_tcp_out(fx, H1, 5000, P1, port_of(i), SYN | ACK);
	}
	FX_BOOKS(fx);
	return fx_tcp_in(fx, P2, 7, x->addr, x->port, ACK)->left;
}

/* A-TCP-6, A-RES-4: which acknowledgement of a stranger is a proof: of what the inside sent since the SYN. */
static void
proof_is_what_only_the_receiver_knows(void)
{
	static const struct {
		const char *name;
		bool is_answered;
		uint8_t more; /* flags of a second segment of the inside, 0: none */
		uint32_t ack;
		bool is_proof;
	} rows[] = {
		{ "of nothing", false, 0, 0, false },
		{ "before the answer", false, 0, 5001, false },
		{ "of the SYN-ACK", true, 0, 5001, true },
		{ "one less", true, 0, 5000, false },
		{ "one more", true, 0, 5002, false },
		{ "of the FIN", true, FIN | ACK, 5002, true },
		{ "beyond the FIN", true, FIN | ACK, 5003, false },
		{ "nothing behind a bare ACK", true, ACK, 5002, false },
		{ "half way round", true, 0, 5001 + 0x80000000, false },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct fx *fx = limited();
		struct fx_ep x = serve(fx, 600);
		bool is_proof;

		fx_outside(fx,
				segment(fx, P2, 7, x.addr, x.port, SYN,
						(struct numbers){ 9000, 0 }));
		if (rows[i].is_answered)
			fx_inside(fx,
					segment(fx, H1, 5000, P2, 7, SYN | ACK,
							(struct numbers){ 5000, 9001 }));
		if (rows[i].more != 0)
			fx_inside(fx,
					segment(fx, H1, 5000, P2, 7, rows[i].more,
							(struct numbers){ 5001, 9001 }));
		fx_outside(fx,
				segment(fx, P2, 7, x.addr, x.port, ACK,
						(struct numbers){ 9001, rows[i].ack }));
		is_proof = survives_others(fx, &x);
		if (is_proof != rows[i].is_proof)
			printf("\n  acknowledgement %s\n", rows[i].name);
		CU_ASSERT_EQUAL(is_proof, rows[i].is_proof);
		fx_free(fx);
	}
}

/* A-TCP-10: for a connection that is opened again, what was sent to the one before proves nothing. */
static void
old_number_is_no_proof_for_a_reopened_connection(void)
{
	struct fx *fx = limited();
	struct fx_ep x = serve(fx, 600);

	fx_outside(fx, segment(fx, P2, 7, x.addr, x.port, SYN, (struct numbers){ 9000, 0 }));
	fx_inside(fx, segment(fx, H1, 5000, P2, 7, SYN | ACK, (struct numbers){ 5000, 9001 }));
	fx_outside(fx, segment(fx, P2, 7, x.addr, x.port, ACK, (struct numbers){ 9001, 5001 }));
	fx_inside(fx, segment(fx, H1, 5000, P2, 7, FIN | ACK, (struct numbers){ 5001, 9001 }));
	fx_outside(fx,
			segment(fx, P2, 7, x.addr, x.port, FIN | ACK,
					(struct numbers){ 9001, 5002 }));
	for (uint32_t ack = 4999; ack <= 5003; ack++) {
		fx_outside(fx,
				segment(fx, P2, 7, x.addr, x.port, SYN,
						(struct numbers){ 9500, 0 }));
		fx_outside(fx,
				segment(fx, P2, 7, x.addr, x.port, ACK,
						(struct numbers){ 9501, ack }));
	}
	CU_ASSERT_FALSE(survives_others(fx, &x));
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(end_of_a_lease_resets_every_connection_from_outside),
	CU_TEST_ROW(end_of_a_lease_whose_first_connection_has_ended),
	CU_TEST_ROW(connection_that_becomes_the_first_one_late_ends_in_time),
	CU_TEST_ROW(end_of_a_lease_with_very_many_connections),
	CU_TEST_ROW(many_mappings_with_many_sessions_end_at_once),
	CU_TEST_ROW(deleted_mappings_with_many_sessions_are_buried),
	CU_TEST_ROW(only_unfinished_connections_hold_their_port),
	CU_TEST_ROW(identifiers_and_ports_of_udp_are_held),
	CU_TEST_ROW(refusals_of_a_full_table_cost_nothing),
	CU_TEST_ROW(first_packet_without_room_for_its_filter_makes_no_mapping),
	CU_TEST_ROW(table_of_mappings_has_room_for_all_pools),
	CU_TEST_ROW(full_pool_takes_nothing_from_another),
	CU_TEST_ROW(range_of_ports_includes_its_ends),
	CU_TEST_ROW(companions_of_static_mappings),
	CU_TEST_ROW(proof_is_what_only_the_receiver_knows),
	CU_TEST_ROW(old_number_is_no_proof_for_a_reopened_connection),
};

CU_MAIN("scn_endings", tests)
