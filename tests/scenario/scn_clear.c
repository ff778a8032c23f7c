/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mappings that the operator ends: which ones, what stays, and what becomes of their connections, ports and records.
 */
#include "dataplane/engine/engine.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/recordfix.h"

#include <errno.h>
#include <string.h>

#define SYN  RTE_TCP_SYN_FLAG
#define ACK  RTE_TCP_ACK_FLAG
#define RST  RTE_TCP_RST_FLAG
#define UDP  CGN_PROTO_UDP
#define TCP  CGN_PROTO_TCP

#define MANY 1400 /* more than one command looks at */
#define RING 64   /* records of a small ring */

static const struct cgn_table_filter everything = {
	.proto = CGN_PROTO_COUNT,
	.tcp_state = UINT8_MAX,
};

/* What a clearing did, and how many commands it took. */
struct cleared {
	unsigned int ended;
	unsigned int leases;
	unsigned int statics;
	unsigned int commands;
};

static struct cleared
clear(struct fx *fx, const struct cgn_table_filter *f)
{
	struct cleared sum = { 0 };

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_CLEAR, .u.read.filter = f };
		struct cgn_evt reply;

		do {
			CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, w, &cmd, &reply), 0);
			/* Packets wait meanwhile. */
			CU_ASSERT_TRUE(reply.u.clear.ended <= 32);
			CU_ASSERT_TRUE(reply.u.clear.cursor - cmd.u.read.cursor <= 513);
			sum.ended += reply.u.clear.ended;
			sum.leases += reply.u.clear.leases;
			sum.statics += reply.u.clear.statics;
			sum.commands++;
			cmd.u.read.cursor = reply.u.clear.cursor;
		} while (reply.u.clear.done == 0);
	}
	return sum;
}

static unsigned int
mappings(struct fx *fx)
{
	static struct cgn_mapping_info rows[2 * MANY];

	return fx_mappings(fx, NULL, rows, 2 * MANY);
}

/* REQ: G-DAY-15 */
static void
mappings_of_traffic_end_and_others_stay(void)
{
	struct fx *fx = fx_new();
	struct fx_ep lease = { .port = 0 }, x;
	struct cgn_mapping_info info;
	struct cleared c;

	fx_add_static(fx, UDP, K1, 5000, "198.51.100.7", 5000);
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 99, &lease, 600), 0);
	x = fx_map_udp(fx, H1, 5000);
	fx_connect(fx, H1, 6000, P1, 80);
	fx_ping_out(fx, H2, P1, 7);
	fx_map_udp(fx, H2, 5000);
	c = clear(fx, &everything);
	CU_ASSERT_EQUAL(c.ended, 4);
	CU_ASSERT_EQUAL(c.leases, 1);
	CU_ASSERT_EQUAL(c.statics, 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_CLEARED), 4);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_CUT), 0);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(mappings(fx), 2);
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, H1, 99, &info));
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, K1, 5000, &info));
	FX_PKT(fx_udp_in(fx, P2, 9, lease.addr, lease.port), FX_INSIDE, P2, 9, H1, 99);
	FX_PKT(fx_udp_in(fx, P2, 9, "198.51.100.7", 5000), FX_INSIDE, P2, 9, K1, 5000);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	/* What sends again gets a mapping again. */
	fx_map_udp(fx, H1, 5000);
	c = clear(fx, &everything);
	CU_ASSERT_EQUAL(c.ended, 1);
	c = clear(fx, &everything);
	CU_ASSERT_EQUAL(c.ended, 0);
	CU_ASSERT_EQUAL(c.leases + c.statics, 2);
	fx_free(fx);
}

/* REQ: G-DAY-15 */
static void
only_what_the_filter_means_ends(void)
{
	struct fx *fx = fx_default();
	struct cgn_table_filter f = everything;
	struct fx_ep lease = { .port = 0 }, x = fx_map_udp(fx, H1, 5000);
	struct cgn_mapping_info info;
	struct cleared c;

	fx_map_udp(fx, H2, 5000);
	fx_map_udp(fx, K1, 5000);
	fx_connect(fx, K1, 6000, P1, 80);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H2, 99, &lease, 600), 0);
	f.ext_addr = pg_addr(x.addr);
	f.ext_port = rte_cpu_to_be_16(x.port);
	CU_ASSERT_EQUAL(clear(fx, &f).ended, 1);
	CU_ASSERT_FALSE(fx_mapping(fx, UDP, H1, 5000, &info));
	CU_ASSERT_EQUAL(mappings(fx), 4);
	f = everything;
	f.proto = TCP;
	CU_ASSERT_EQUAL(clear(fx, &f).ended, 1);
	CU_ASSERT_FALSE(fx_mapping(fx, TCP, K1, 6000, &info));
	f = everything;
	f.has_subscriber = true;
	f.subscriber = (struct cgn_prefix){ .ip4 = pg_addr("100.64.1.0"), .len = 24 };
	c = clear(fx, &f);
	CU_ASSERT_EQUAL(c.ended, 1);
	CU_ASSERT_EQUAL(c.leases, 1);
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, K1, 5000, &info));
	f = everything;
	f.kind = CGN_TABLE_EXPLICIT;
	c = clear(fx, &f);
	CU_ASSERT_EQUAL(c.ended, 0);
	CU_ASSERT_EQUAL(c.leases, 1);
	f = everything;
	f.has_group = true;
	f.group = 1;
	CU_ASSERT_EQUAL(clear(fx, &f).ended, 0);
	CU_ASSERT_EQUAL(mappings(fx), 2);
	fx_free(fx);
}

/* Nobody gets the port while it is held, and nothing that comes to it passes. REQ: G-DAY-15 */
static void
port_is_held(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y;
	struct cgn_who_info who;

	CU_ASSERT_EQUAL(clear(fx, &everything).ended, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	CU_ASSERT_EQUAL(fx_who(fx, UDP, x.addr, x.port, &who), 0);
	CU_ASSERT_TRUE(who.is_held);
	y = fx_map_udp(fx, H1, 5000);
	CU_ASSERT_STRING_EQUAL(y.addr, x.addr);
	CU_ASSERT_NOT_EQUAL(y.port, x.port);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
}

static unsigned int
count(const struct fx *fx, unsigned int port, uint8_t flags)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fx->n_out; i++)
		n += fx->out[i].port == port && fx->out[i].tcp_flags == flags ? 1 : 0;
	return n;
}

/* Both ends are asked for their numbers, and are reset when they answer. REQ: G-DAY-15 */
static void
connections_are_reset_at_both_ends(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 1000, P1, 80);
	struct cgn_cmd cmd = { .op = CGN_CMD_CLEAR, .u.read.filter = &everything };
	const struct fx_pkt *p;
	struct cgn_evt reply;

	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, H1), &cmd, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.clear.ended, 1);
	CU_ASSERT_EQUAL(count(fx, FX_INSIDE, ACK), 1);
	CU_ASSERT_EQUAL(count(fx, FX_OUTSIDE, ACK), 1);
	p = fx_tcp_out(fx, H1, 1000, P1, 80, ACK);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_SESSION), 1);
	FX_PKT(p, FX_INSIDE, P1, 80, H1, 1000);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	p = fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_MAPPING), 1);
	FX_PKT(p, FX_OUTSIDE, x.addr, x.port, P1, 80);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	fx_connect(fx, H1, 1000, P1, 80);
	fx_advance_s(fx, 62);
	fx_tcp_in(fx, P1, 81, x.addr, x.port, ACK);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* A long table takes several commands, and each of them is short. REQ: G-DAY-15 */
static void
long_table_is_cleared_in_short_steps(void)
{
	struct fx *fx = fx_new();
	struct cleared c;

	fx->groups[0].mappings_per_s = 0;
	fx_start(fx);
	for (unsigned int i = 0; i < MANY; i++)
		fx_udp_out(fx, i % 2 == 0 ? H1 : K1, (uint16_t)(2000 + i), P1, 53);
	CU_ASSERT_EQUAL(mappings(fx), MANY);
	c = clear(fx, &everything);
	CU_ASSERT_EQUAL(c.ended, MANY);
	CU_ASSERT_TRUE(c.commands >= MANY / 32);
	CU_ASSERT_EQUAL(mappings(fx), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A mapping that has ended keeps its place until its sessions are freed. It is not ended again. REQ: G-DAY-15 */
static void
mapping_with_many_sessions_ends_once(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd cmd = { .op = CGN_CMD_CLEAR, .u.read.filter = &everything };
	struct cgn_mapping_info row;
	struct cgn_evt reply;

	fx->single_worker = true;
	fx->conf.nat.filtering[UDP] = CGN_FILTERING_APD;
	fx_start(fx);
	for (uint16_t k = 0; k < 100; k++)
		fx_udp_out(fx, H1, 5000, P1, (uint16_t)(1000 + k));
	/* The engine is not polled in between. */
	cgn_engine_cmd(fx->engines[0], &cmd, &reply, fx->now);
	CU_ASSERT_EQUAL(reply.u.clear.ended, 1);
	cgn_engine_cmd(fx->engines[0], &cmd, &reply, fx->now);
	CU_ASSERT_EQUAL(reply.u.clear.ended, 0);
	CU_ASSERT_EQUAL(reply.u.clear.done, 1);
	cmd = (struct cgn_cmd){ .op = CGN_CMD_READ_MAPPINGS, .u.read = { .out = &row, .max = 1 } };
	cgn_engine_cmd(fx->engines[0], &cmd, &reply, fx->now);
	CU_ASSERT_EQUAL(reply.u.read.n, 0);
	FX_BOOKS(fx);
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A full ring of records makes the clearing wait: each end is recorded. REQ: G-DAY-15 */
static void
every_end_is_recorded(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd cmd = { .op = CGN_CMD_CLEAR, .u.read.filter = &everything };
	struct cgn_record_door door;
	struct cgn_record rows[RING];
	unsigned int n_ended = 0, n_deleted = 0, n_lost = 0, n_empty = 0;
	struct cgn_evt reply = { 0 };

	recordfix_open(&door, RING, 0);
	door.kinds = 1u << CGN_RECORD_KIND_MAPPINGS;
	fx->doors = &door;
	fx->single_worker = true;
	fx->groups[0].mappings_per_s = 0;
	fx_start(fx);
	for (uint16_t i = 0; i < 4 * RING; i++) {
		fx_udp_out(fx, H1, (uint16_t)(2000 + i), P1, 53);
		(void)recordfix_take(&door, rows, RING);
	}
	while (reply.u.clear.done == 0) {
		unsigned int n = 0;

		cgn_engine_cmd(fx->engines[0], &cmd, &reply, fx->now);
		n_ended += reply.u.clear.ended;
		n_empty += reply.u.clear.ended == 0 ? 1 : 0;
		cmd.u.read.cursor = reply.u.clear.cursor;
		/* The exporter is slow. */
		if (reply.u.clear.ended == 0 || reply.u.clear.done != 0)
			n = recordfix_take(&door, rows, RING);
		for (unsigned int i = 0; i < n; i++) {
			n_deleted += rows[i].event == CGN_RECORD_MAPPING_DELETED ? 1 : 0;
			n_lost += rows[i].event == CGN_RECORD_GAP ? 1 : 0;
		}
	}
	CU_ASSERT_EQUAL(n_ended, 4 * RING);
	CU_ASSERT_EQUAL(n_deleted, 4 * RING);
	CU_ASSERT_EQUAL(n_lost, 0);
	CU_ASSERT_TRUE(n_empty >= 4);
	fx_free(fx);
	recordfix_close(&door);
}

/* A worker that stops keeps its mappings for the next process. REQ: G-DAY-15 */
static void
nothing_ends_when_the_worker_stops(void)
{
	struct fx *fx = fx_default();
	struct cgn_cmd cmd = { .op = CGN_CMD_QUIESCE };
	struct cgn_evt reply;
	unsigned int w = fx_owner(fx, H1);

	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	cmd = (struct cgn_cmd){ .op = CGN_CMD_CLEAR, .u.read.filter = &everything };
	CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), -ESHUTDOWN);
	CU_ASSERT_EQUAL(mappings(fx), 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mappings_of_traffic_end_and_others_stay),
	CU_TEST_ROW(only_what_the_filter_means_ends),
	CU_TEST_ROW(port_is_held),
	CU_TEST_ROW(connections_are_reset_at_both_ends),
	CU_TEST_ROW(long_table_is_cleared_in_short_steps),
	CU_TEST_ROW(mapping_with_many_sessions_ends_once),
	CU_TEST_ROW(every_end_is_recorded),
	CU_TEST_ROW(nothing_ends_when_the_worker_stops),
};

CU_MAIN("scn_clear", tests)
