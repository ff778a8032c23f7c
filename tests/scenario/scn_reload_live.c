/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads that change services and parts of the NAT: softwires, records and static mappings. What they do not
 * name goes on.
 */

#include "tests/support/cu.h"
#include "tests/support/recordfix.h"
#include "tests/support/wirefix.h"

#include <string.h>

#define HOST "192.168.1.10"
#define SYN  RTE_TCP_SYN_FLAG
#define FIN  RTE_TCP_FIN_FLAG
#define ACK  RTE_TCP_ACK_FLAG
#define MANY 1024 /* records of a ring */

/* --- softwires ------------------------------------------------------------------------------ */

/* All workers take fx->conf as it is now. The members that the workers read by pointers must stay. */
static void
reload(struct fx *fx, struct cgn_conf *next)
{
	*next = fx->conf;
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_CONF_SWAP, .u.conf = next };
		struct cgn_evt reply;

		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
		FX_BOOKS(fx);
	}
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

static const struct cu_test tests[] = {
	CU_TEST_ROW(softwires_follow_a_reload),
	CU_TEST_ROW(moves_of_a_home_follow_a_reload),
	CU_TEST_ROW(workers_record_only_while_the_export_is_on),
	CU_TEST_ROW(kinds_of_records_follow_a_reload),
	CU_TEST_ROW(a_larger_ring_gets_the_gap_of_the_smaller_one),
	CU_TEST_ROW(notices_begin_and_end_with_a_reload),
};

CU_MAIN("scn_reload_live", tests)
