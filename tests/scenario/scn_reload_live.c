/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads that change services and parts of the NAT: softwires, records and static mappings. What they do not
 * name goes on.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/recordfix.h"
#include "tests/support/wirefix.h"

#include <stdio.h>
#include <string.h>

#define HOST "192.168.1.10"
#define SYN  RTE_TCP_SYN_FLAG
#define FIN  RTE_TCP_FIN_FLAG
#define ACK  RTE_TCP_ACK_FLAG
#define MANY 1024 /* records of a ring */

/* --- softwires ------------------------------------------------------------------------------ */

/* All workers take fx->conf as it is now. @param next  valid until the next reload or the end */
static void
reload(struct fx *fx, struct cgn_conf *next)
{
	*next = fx->conf;
	fx_reload(fx, next);
}

/* A packet from P1 with DF, as long as asked. */
static const struct fx_pkt *
down(struct fx *fx, const struct fx_ep *x, size_t ip_len)
{
	struct rte_mbuf *m = pg_udp(fx->mp, P1, 53, x->addr, x->port, ip_len - 28);

	pg_ip(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	pg_ip(m)->type_of_service = 46 << 2;
	pg_fix(m);
	return fx_outside(fx, m);
}

/* REQ: N-LIVE-40: packets follow the new values, there and back. */
static void
softwires_follow_a_reload(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct cgn_conf_softwire *wire = &fx->conf.softwire;
	const struct cgn_conf_softwire old = *wire;
	struct fx_ep x = wx_map(fx, B1, HOST, 5000);
	struct cgn_conf next[2];

	for (unsigned int i = 0; i < 4; i++) {
		bool is_new = i % 2 == 1;

		WX_PKT(down(fx, &x, 1000), FX_INSIDE, B1, P1, 53, HOST, 5000);
		CU_ASSERT_EQUAL(fx_first(fx)->outer.hop_limit, is_new ? 17 : 64);
		CU_ASSERT_EQUAL(fx_first(fx)->outer.tc >> 2, is_new ? 0 : 46);
		CU_ASSERT_EQUAL(fx_first(fx)->tos >> 2, 46);
		down(fx, &x, 1400);
		CU_ASSERT_EQUAL(fx->n_out, is_new ? 2 : 1);
		CU_ASSERT_EQUAL(wx_whole(fx)->len, 1400);
		down(fx, &x, 1480);
		CU_ASSERT_EQUAL(fx->n_out, is_new ? 2 : 1);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_MTU), is_new ? 0 : 1);
		*wire = old;
		if (!is_new) {
			wire->hop_limit = 17;
			wire->dscp = CGN_SOFTWIRE_DSCP_PIPE;
			wire->df = CGN_SOFTWIRE_DF_FRAGMENT;
			wire->tunnel_mtu = 1300;
		}
		reload(fx, &next[i % 2]);
	}
	/* The home has kept its mapping all the time. */
	CU_ASSERT_EQUAL(wx_map(fx, B1, HOST, 5000).port, x.port);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	fx_free(fx);
}

/* REQ: N-LIVE-40: the time since the last move counts, whichever value was in force then. */
static void
moves_of_a_home_follow_a_reload(void)
{
	struct fx *fx = fx_start(wx_aftr());
	struct cgn_conf next[2];

	fx->conf.softwire.move_min_s = 100;
	reload(fx, &next[0]);
	wx_map(fx, B1, HOST, 5000);
	fx_advance_s(fx, 101);
	CU_ASSERT_TRUE(wx_udp(fx, B1B, HOST, 5000, P1, 53)->left);
	fx_advance_s(fx, 50);
	wx_udp(fx, B1, HOST, 5000, P1, 53);
	FX_DROPPED(fx, CGN_V_SOFTWIRE_MOVED);
	fx->conf.softwire.move_min_s = 40;
	reload(fx, &next[1]);
	CU_ASSERT_TRUE(wx_udp(fx, B1, HOST, 5000, P1, 53)->left);
	fx_free(fx);
}

/* --- records -------------------------------------------------------------------------------- */

/* Doors before and after a reload, by worker, and what was taken out of them. */
static struct cgn_record_door doors[2][CGN_WORKERS_MAX];
static struct cgn_record taken[MANY];

static struct fx *
with_doors(unsigned int n, uint32_t kinds)
{
	struct fx *fx = fx_new();

	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int w = 0; w < fx->n_workers; w++) {
			recordfix_open(&doors[i][w], n, (uint16_t)w);
			doors[i][w].kinds = kinds;
		}
	}
	fx->doors = doors[0];
	return fx;
}

static void
end_doors(struct fx *fx)
{
	fx_free(fx);
	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
			recordfix_close(&doors[i][w]);
	}
}

/* All workers record elsewhere. @param set  NULL: nowhere */
static void
record_in(struct fx *fx, struct cgn_record_door *set, uint32_t kinds, bool goes_on)
{
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_RECORDS };
		struct cgn_evt reply;

		cmd.u.records = (struct cgn_cmd_records){
			.door = set == NULL ? NULL : &set[w],
			.kinds = kinds,
			.goes_on = goes_on,
		};
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
}

#define KIND(name) (1u << CGN_RECORD_KIND_##name)

/* REQ: N-LIVE-48: while the export is off, nothing is recorded, and what began before ends in silence. */
static void
workers_record_only_while_the_export_is_on(void)
{
	const uint32_t kinds = KIND(BLOCKS) | KIND(MAPPINGS) | KIND(SESSIONS);
	struct fx *fx = fx_start(with_doors(MANY, kinds));
	unsigned int w = fx_owner(fx, H1);

	fx_connect(fx, H1, 5000, P1, 80);
	fx_connect(fx, H1, 5000, P2, 80);
	/* A block, a mapping and two sessions. */
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 4);
	record_in(fx, NULL, 0, false);
	fx_map_udp(fx, H1, 5001);
	for (unsigned int i = 0; i < 2; i++) {
		fx_tcp_out(fx, H1, 5000, i == 0 ? P1 : P2, 80, FIN | ACK);
		fx_tcp_in(fx, i == 0 ? P1 : P2, 80, fx_first(fx)->src, fx_first(fx)->sport,
				FIN | ACK);
	}
	fx_advance_s(fx, 1000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 0);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 0);
	/* Another run: its numbers begin with 1. */
	record_in(fx, doors[1], kinds, false);
	fx_map_udp(fx, H1, 5002);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 0);
	CU_ASSERT_EQUAL(recordfix_take(&doors[1][w], taken, MANY), 3);
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(taken[i].seq, i + 1);
	end_doors(fx);
}

/* REQ: N-LIVE-48: kinds change in the same door. */
static void
kinds_of_records_follow_a_reload(void)
{
	struct fx *fx = fx_start(with_doors(MANY, KIND(MAPPINGS)));
	unsigned int w = fx_owner(fx, H1);

	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 1);
	record_in(fx, doors[0], KIND(BINDINGS), true);
	fx_map_udp(fx, H1, 5001);
	fx_map_udp(fx, H2, 5000);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][fx_owner(fx, H2)], taken, MANY), 1);
	CU_ASSERT_EQUAL(taken[0].event, CGN_RECORD_BINDING_CREATED);
	record_in(fx, doors[0], KIND(MAPPINGS), true);
	fx_map_udp(fx, H1, 5002);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 1);
	CU_ASSERT_EQUAL(taken[0].event, CGN_RECORD_MAPPING_CREATED);
	end_doors(fx);
}

/* REQ: N-LIVE-44: numbers and a gap go over to the next ring. */
static void
a_larger_ring_gets_the_gap_of_the_smaller_one(void)
{
	struct fx *fx = fx_start(with_doors(16, KIND(MAPPINGS)));
	unsigned int w = fx_owner(fx, H1), n;
	uint64_t last;

	for (uint16_t i = 0; i < 20; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	record_in(fx, doors[1], KIND(MAPPINGS), true);
	n = recordfix_take(&doors[0][w], taken, MANY);
	CU_ASSERT_EQUAL(n, 16);
	last = taken[n - 1].seq;
	CU_ASSERT_EQUAL(last, 16);
	fx_map_udp(fx, H1, 5100);
	CU_ASSERT_EQUAL(recordfix_take(&doors[0][w], taken, MANY), 0);
	CU_ASSERT_EQUAL_FATAL(recordfix_take(&doors[1][w], taken, MANY), 2);
	CU_ASSERT_EQUAL(taken[0].event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(taken[0].gap.first, 17);
	CU_ASSERT_EQUAL(taken[0].seq, 20);
	CU_ASSERT_EQUAL(taken[1].seq, 21);
	end_doors(fx);
}

/* How many of the last records tell of a limit. */
static uint32_t
refusals(struct fx *fx, struct cgn_record_door *set)
{
	unsigned int n = recordfix_take(&set[fx_owner(fx, H1)], taken, MANY);
	uint32_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (cgn_record_kind_of(taken[i].event) == CGN_RECORD_KIND_QUOTAS)
			sum += taken[i].quota.refused;
	}
	return sum;
}

/* REQ: N-LIVE-48: refusals count from the reload on that switches their records on. */
static void
notices_begin_and_end_with_a_reload(void)
{
	struct fx *fx = with_doors(MANY, KIND(BLOCKS));

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	for (unsigned int turn = 0; turn < 3; turn++) {
		fx_map_udp(fx, H1, 5000);
		for (unsigned int i = 0; i < 5; i++)
			fx_udp_out(fx, H1, 5001, P1, 53);
		fx_advance_s(fx, 30);
		CU_ASSERT_EQUAL(refusals(fx, doors[0]), turn == 1 ? 5 : 0);
		for (unsigned int i = 0; i < 3; i++)
			fx_udp_out(fx, H1, 5001, P1, 53);
		record_in(fx, doors[0], turn == 0 ? KIND(QUOTAS) : KIND(BLOCKS), true);
		/* What was refused before the reload belongs to it, or is told no more. */
		(void)refusals(fx, doors[0]);
	}
	end_doors(fx);
}

/* --- static mappings ------------------------------------------------------------------------ */

#define WEB 8080

/* Address k of those that a worker owns. */
static const char *
address_of(const struct fx *fx, unsigned int worker, unsigned int k)
{
	static char text[8][32];
	static unsigned int turn;
	char *t = text[turn++ % 8];

	snprintf(t, sizeof(text[0]), "198.51.100.%u", worker + k * fx->n_workers);
	return t;
}

/* A fixture with three addresses for each worker. */
static struct fx *
with_addresses(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 3);
	return fx_start(fx);
}

/* A reload that has this one static mapping of TCP, or none. @param ext  NULL: none */
static void
reload_static(struct fx *fx, const char *in, uint16_t in_port, const char *ext, uint16_t ext_port)
{
	static struct cgn_conf next[2];
	static unsigned int turn;

	fx->conf.nat.n_statics = fx->keeps = 0;
	if (ext != NULL)
		fx_add_static(fx, CGN_PROTO_TCP, in, in_port, ext, ext_port);
	reload(fx, &next[turn++ % 2]);
	fx_advance_s(fx, 0.1);
	FX_BOOKS(fx);
}

/* A connection from outside through a static mapping. */
static void
connect_in(struct fx *fx, const char *p, uint16_t pp, const struct fx_ep *x, const char *h,
		uint16_t hp)
{
	FX_PKT(fx_tcp_in(fx, p, pp, x->addr, x->port, SYN), FX_INSIDE, p, pp, h, hp);
	FX_PKT(fx_tcp_out(fx, h, hp, p, pp, SYN | ACK), FX_OUTSIDE, x->addr, x->port, p, pp);
	FX_PKT(fx_tcp_in(fx, p, pp, x->addr, x->port, ACK), FX_INSIDE, p, pp, h, hp);
}

static struct fx_ep
endpoint(const char *addr, uint16_t port)
{
	struct fx_ep x = { .port = port };

	snprintf(x.addr, sizeof(x.addr), "%s", addr);
	return x;
}

/* Resets among the packets that left. */
static unsigned int
count_resets(const struct fx *fx, unsigned int port)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fx->n_out; i++)
		n += fx->out[i].port == port && (fx->out[i].tcp_flags & RTE_TCP_RST_FLAG) != 0;
	return n;
}

/* REQ: N-LIVE-50, N-LIVE-51: with a reload, a static mapping comes, changes and goes. Others do not notice. */
static void
static_mappings_come_and_go_with_a_reload(void)
{
	struct fx *fx = with_addresses();
	struct fx_ep other = fx_connect(fx, H2, 5000, P1, 80);
	const char *addr = address_of(fx, fx_owner(fx, H1), 0);
	struct fx_ep x = endpoint(addr, WEB), y = endpoint(addr, WEB + 1);

	reload_static(fx, H1, 80, x.addr, x.port);
	connect_in(fx, P1, 1000, &x, H1, 80);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 0);
	/* Another external port: the connections of the old one end on both sides. */
	fx->conf.nat.n_statics = fx->keeps = 0;
	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, y.addr, y.port);
	{
		static struct cgn_conf next;

		reload(fx, &next);
	}
	CU_ASSERT_EQUAL(count_resets(fx, FX_INSIDE), 1);
	CU_ASSERT_EQUAL(count_resets(fx, FX_OUTSIDE), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P2, 1000, x.addr, x.port, SYN)->left);
	connect_in(fx, P1, 1000, &y, H1, 80);
	reload_static(fx, NULL, 0, NULL, 0);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P2, 1000, y.addr, y.port, SYN)->left);
	/* The connection of another subscriber goes on. */
	FX_PKT(fx_tcp_in(fx, P1, 80, other.addr, other.port, ACK), FX_INSIDE, P1, 80, H2, 5000);
	fx_free(fx);
}

/* REQ: N-LIVE-52: a static mapping takes its port from a lease, a mapping, a hold-down and another protocol. */
static void
static_mapping_takes_its_port_from_others(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct fx *fx = with_addresses();
		struct fx_ep x = { .port = 0 };
		enum cgn_proto proto = i == 3 ? CGN_PROTO_UDP : CGN_PROTO_TCP;
		struct cgn_mapping_info info;

		if (i == 0)
			x = fx_connect(fx, K1, 5000, P1, 80);
		else
			CU_ASSERT_EQUAL(fx_lease(fx, proto, K1, 5000, &x, 3600), 0);
		if (i == 2)
			CU_ASSERT_EQUAL(fx_unlease(fx, proto, K1, 5000), 0);
		reload_static(fx, H1, 80, x.addr, x.port);
		CU_ASSERT_FALSE(fx_mapping(fx, proto, K1, 5000, &info));
		connect_in(fx, P1, 1000, &x, H1, 80);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 0);
		/* The one that had it gets another port. */
		CU_ASSERT_TRUE(fx_map_udp(fx, K1, 5000).port != x.port);
		reload_static(fx, NULL, 0, NULL, 0);
		fx_free(fx);
	}
}

/* REQ: N-LIVE-53: the inside endpoint may have a mapping already. */
static void
static_mapping_replaces_that_of_its_inside_endpoint(void)
{
	struct fx *fx = with_addresses();
	struct fx_ep was = fx_connect(fx, H1, 80, P1, 7), x = endpoint(was.addr, WEB);

	reload_static(fx, H1, 80, x.addr, x.port);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 7, was.addr, was.port, ACK)->port == FX_INSIDE);
	connect_in(fx, P1, 1000, &x, H1, 80);
	FX_PKT(fx_tcp_out(fx, H1, 80, P2, 9, SYN), FX_OUTSIDE, x.addr, x.port, P2, 9);
	reload_static(fx, NULL, 0, NULL, 0);
	fx_free(fx);
}

/* REQ: N-LIVE-54: a subscriber has one address for all its ports, also if a static mapping names another one. */
static void
subscriber_moves_to_the_address_of_its_static_mapping(void)
{
	struct fx *fx = with_addresses();
	unsigned int w = fx_owner(fx, H1), other = (w + 1) % fx->n_workers;
	struct fx_ep was = fx_connect(fx, H1, 5000, P1, 80),
		     stays = fx_connect(fx, H2, 5000, P1, 80);
	struct fx_ep x = endpoint(address_of(fx, other, 0), WEB), now;

	if (strcmp(x.addr, was.addr) == 0)
		x = endpoint(address_of(fx, other, 1), WEB);
	reload_static(fx, H1, 80, x.addr, x.port);
	connect_in(fx, P1, 1000, &x, H1, 80);
	/* Its connection has ended, and both ends are reset when they send again. */
	FX_PKT(fx_tcp_in(fx, P1, 80, was.addr, was.port, ACK), FX_OUTSIDE, was.addr, was.port, P1,
			80);
	CU_ASSERT_EQUAL(count_resets(fx, FX_OUTSIDE), 1);
	FX_PKT(fx_tcp_out(fx, H1, 5000, P1, 80, ACK), FX_INSIDE, P1, 80, H1, 5000);
	CU_ASSERT_EQUAL(count_resets(fx, FX_INSIDE), 1);
	/* The next one has the address of the static mapping. */
	now = fx_map_udp(fx, H1, 5001);
	CU_ASSERT_STRING_EQUAL(now.addr, x.addr);
	FX_PKT(fx_tcp_in(fx, P1, 80, stays.addr, stays.port, ACK), FX_INSIDE, P1, 80, H2, 5000);
	/* Without it, the subscriber belongs to its first worker again. */
	reload_static(fx, NULL, 0, NULL, 0);
	now = fx_map_udp(fx, H1, 5002);
	CU_ASSERT_EQUAL(rte_be_to_cpu_32(pg_addr(now.addr)) % 256 % fx->n_workers, w);
	FX_PKT(fx_udp_in(fx, P1, 53, now.addr, now.port), FX_INSIDE, P1, 53, H1, 5002);
	fx_free(fx);
}

/* REQ: N-LIVE-55: what cannot be made is tried again until it can. */
static void
static_mapping_that_finds_no_room_is_made_later(void)
{
	struct fx *fx = fx_new();
	const char *addr;

	fx_pool_per_worker(fx, 1);
	fx->conf.nat.mappings_max = 16;
	fx_start(fx);
	addr = address_of(fx, fx_owner(fx, H1), 0);
	for (unsigned int i = 0; i < 16; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	reload_static(fx, H1, 80, addr, WEB);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 1);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 5);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 0);
	FX_PKT(fx_tcp_in(fx, P1, 7, addr, WEB, SYN), FX_INSIDE, P1, 7, H1, 80);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(softwires_follow_a_reload),
	CU_TEST_ROW(moves_of_a_home_follow_a_reload),
	CU_TEST_ROW(workers_record_only_while_the_export_is_on),
	CU_TEST_ROW(kinds_of_records_follow_a_reload),
	CU_TEST_ROW(a_larger_ring_gets_the_gap_of_the_smaller_one),
	CU_TEST_ROW(notices_begin_and_end_with_a_reload),
	CU_TEST_ROW(static_mappings_come_and_go_with_a_reload),
	CU_TEST_ROW(static_mapping_takes_its_port_from_others),
	CU_TEST_ROW(static_mapping_replaces_that_of_its_inside_endpoint),
	CU_TEST_ROW(subscriber_moves_to_the_address_of_its_static_mapping),
	CU_TEST_ROW(static_mapping_that_finds_no_room_is_made_later),
};

CU_MAIN("scn_reload_live", tests)
