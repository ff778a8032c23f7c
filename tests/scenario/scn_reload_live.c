/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Reloads that change services and parts of the NAT: softwires, records and static mappings. What they do not
 * name goes on.
 */

#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <string.h>

#define HOST "192.168.1.10"

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

static const struct cu_test tests[] = {
	CU_TEST_ROW(softwires_follow_a_reload),
	CU_TEST_ROW(moves_of_a_home_follow_a_reload),
};

CU_MAIN("scn_reload_live", tests)
