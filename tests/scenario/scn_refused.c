/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/refused.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define B4 "2001:db8:100:900::9"

/* One address with two blocks, which H1 and H2 have. */
static struct fx *
new_full(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	return fx;
}

static uint64_t
refused(struct fx *fx, const char *in)
{
	struct cgn_subscriber_info info;

	return fx_subscriber(fx, in, &info) ? info.refused_total : 0;
}

static int
lease(struct fx *fx, const char *in, uint16_t port)
{
	struct fx_ep x = { .port = 0 };

	return fx_lease(fx, CGN_PROTO_UDP, in, port, &x, 600);
}

/* The control thread has refused a request without asking the worker. */
static void
refused_by_control(struct fx *fx, const char *in)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };
	struct cgn_evt reply;

	cmd.u.refused.host.ip4 = pg_addr(in);
	cmd.u.refused.why = CGN_REFUSAL_NOT_AUTHORIZED;
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, in), &cmd, &reply), 0);
}

/* All rows of all workers. @return how many there are, of these in *n those without an external address */
static unsigned int
read_all(struct fx *fx, unsigned int *n)
{
	struct cgn_subscriber_info rows[CGN_READ_SLICE];
	unsigned int all = 0;

	*n = 0;
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_SUBSCRIBERS };
		struct cgn_evt reply;

		do {
			cmd.u.read.out = rows;
			cmd.u.read.max = CGN_READ_SLICE;
			CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, w, &cmd, &reply), 0);
			all += reply.u.read.n;
			for (unsigned int i = 0; i < reply.u.read.n; i++)
				*n += rows[i].ext_addr == 0 && rows[i].refused_total > 0;
			cmd.u.read.cursor = reply.u.read.cursor;
		} while (reply.u.read.done == 0);
	}
	return all;
}

/* A-RES-3, D-LIM-1: port mapping requests count with the traffic, whoever refuses them. */
static void
refused_requests_count_for_the_subscriber(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].leases_max = 1;
	fx->groups[0].mappings_max = 5;
	fx_start(fx);
	CU_ASSERT_EQUAL(lease(fx, H1, 80), 0);
	CU_ASSERT_EQUAL(refused(fx, H1), 0);
	CU_ASSERT_EQUAL(lease(fx, H1, 81), -EDQUOT);
	CU_ASSERT_EQUAL(refused(fx, H1), 1);
	/* A mapping of traffic that would become a lease. */
	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(lease(fx, H1, 5000), -EDQUOT);
	CU_ASSERT_EQUAL(refused(fx, H1), 2);
	refused_by_control(fx, H1);
	CU_ASSERT_EQUAL(refused(fx, H1), 3);
	/* A renewal is not refused. */
	CU_ASSERT_EQUAL(lease(fx, H1, 80), 0);
	CU_ASSERT_EQUAL(refused(fx, H1), 3);
	CU_ASSERT_EQUAL(refused(fx, H2), 0);
	fx_free(fx);
}

/* A-RES-3: a lease for which no port is left counts once. */
static void
request_without_a_port_counts_once(void)
{
	struct fx *fx = new_full();
	unsigned int n = 0;

	for (uint16_t i = 0; i < 64; i++)
		n += lease(fx, H1, (uint16_t)(7000 + i)) == 0;
	CU_ASSERT_EQUAL(n, 63);
	CU_ASSERT_EQUAL(refused(fx, H1), 1);
	fx_free(fx);
}

/* A-RES-3: what the store brings back was asked for by nobody. */
static void
lease_that_does_not_come_back_is_no_refusal(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_who_info who;
	struct cgn_evt reply;
	struct fx_ep x;

	fx->single_worker = true;
	fx->groups[0].leases_max = 1;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, x.addr, x.port, &who), 0);
	cmd.u.map = (struct cgn_cmd_map){ .in = { pg_addr(H2), rte_cpu_to_be_16(80), CGN_PROTO_UDP,
							  0 },
		.ext = who.mapping.ext,
		.lifetime_s = 600,
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT };
	CU_ASSERT_TRUE(fx_cmd(fx, who.subscriber.worker, &cmd, &reply) < 0);
	CU_ASSERT_EQUAL(refused(fx, H2), 0);
	fx_free(fx);
}

/* A-RES-3: the table of mappings is full, for traffic and for leases. */
static void
full_mapping_table_counts_for_the_subscriber(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->conf.nat.mappings_max = 16;
	fx_start(fx);
	for (uint16_t i = 0; i < 16; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_udp_out(fx, H1, 5016, P1, 53);
	FX_REFUSED(fx, CGN_V_MAPPINGS_FULL, 3, 1);
	CU_ASSERT_EQUAL(refused(fx, H1), 1);
	CU_ASSERT_EQUAL(lease(fx, H2, 80), -ENOSPC);
	CU_ASSERT_EQUAL(refused(fx, H2), 1);
	fx_free(fx);
}

/* A-RES-3, A-RES-1: a host that never got a block is shown, with all that it was refused. */
static void
host_without_a_block_is_shown(void)
{
	struct cgn_subscriber_info info;
	struct fx *fx = new_full();
	unsigned int n;

	fx_udp_out(fx, K1, 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_FULL, 3, 1);
	CU_ASSERT_EQUAL(lease(fx, K1, 80), -ENOSPC);
	refused_by_control(fx, K1);
	CU_ASSERT_TRUE_FATAL(fx_subscriber(fx, K1, &info));
	CU_ASSERT_EQUAL(info.refused_total, 3);
	CU_ASSERT_EQUAL(info.addr.ip4, pg_addr(K1));
	CU_ASSERT_FALSE(info.addr.is_ip6);
	CU_ASSERT_EQUAL(info.prefix_len, 32);
	CU_ASSERT_EQUAL(info.ext_addr, 0);
	CU_ASSERT_EQUAL(info.blocks + info.mappings + info.leases, 0);
	CU_ASSERT_EQUAL(read_all(fx, &n), 3);
	CU_ASSERT_EQUAL(n, 1);
	fx_free(fx);
}

/* A-RES-3: when it gets a block at last, its refusals go along. */
static void
refusals_of_before_go_along(void)
{
	struct cgn_subscriber_info info;
	struct fx *fx = new_full();
	unsigned int n;

	for (unsigned int i = 0; i < 3; i++)
		fx_udp_out(fx, K1, 5000, P1, 53);
	fx_advance_s(fx, 1000);
	fx_map_udp(fx, K1, 5000);
	CU_ASSERT_TRUE_FATAL(fx_subscriber(fx, K1, &info));
	CU_ASSERT_EQUAL(info.refused_total, 3);
	CU_ASSERT_EQUAL(info.blocks, 1);
	CU_ASSERT_EQUAL(info.mappings, 1);
	(void)read_all(fx, &n);
	CU_ASSERT_EQUAL(n, 0);
	fx_free(fx);
}

/* A-RES-3, D-LIM-3: many hosts are refused: the rows stay few, the newest is among them, and none
 * is left a day later. */
static void
crowd_of_refused_hosts_is_bounded(void)
{
	struct fx *fx = new_full();
	unsigned int n;
	char h[16];

	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(h, sizeof(h), "100.64.%u.%u", 100 + i / 250, 1 + i % 250);
		refused_by_control(fx, h);
		CU_ASSERT_EQUAL_FATAL(refused(fx, h), 1);
	}
	(void)read_all(fx, &n);
	CU_ASSERT_TRUE(n > CGN_REFUSED_MAX / 2);
	CU_ASSERT_TRUE(n <= CGN_REFUSED_MAX);
	fx_advance_s(fx, CGN_REFUSED_S + 1500);
	CU_ASSERT_EQUAL(read_all(fx, &n), 0);
	fx_free(fx);
}

/* A-RES-3: an address of no group is nobody's refusal. */
static void
host_of_no_group_is_not_shown(void)
{
	struct fx *fx = new_full();
	unsigned int n;

	refused_by_control(fx, P1);
	CU_ASSERT_EQUAL(read_all(fx, &n), 2);
	fx_free(fx);
}

/* A-RES-3: a home behind a softwire is one subscriber, by its prefix. */
static void
home_behind_a_softwire_is_shown(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };
	struct cgn_subscriber_info info;
	struct fx *fx = fx_start(wx_aftr());
	struct cgn_evt reply;
	unsigned int n;

	for (unsigned int i = 0; i < 2; i++) {
		cmd.u.refused.host = (struct cgn_ip){ .is_ip6 = true, .ip6 = wx_addr(B4) };
		CU_ASSERT_EQUAL(fx_cmd(fx, 0, &cmd, &reply), 0);
	}
	CU_ASSERT_TRUE_FATAL(wx_subscriber(fx, B4, &info));
	CU_ASSERT_TRUE(info.addr.is_ip6);
	CU_ASSERT_EQUAL(info.prefix_len, 56);
	CU_ASSERT_EQUAL(info.refused_total, 2);
	CU_ASSERT_EQUAL(info.ext_addr, 0);
	CU_ASSERT_EQUAL(read_all(fx, &n), 1);
	fx_free(fx);
}

/* What the worker of a host says of it. */
static struct cgn_subscriber_detail
detail_of(struct fx *fx, const char *in)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_SUBSCRIBER };
	struct cgn_subscriber_detail d;
	struct cgn_evt reply;

	cmd.u.read.ep.addr = pg_addr(in);
	cmd.u.read.out = &d;
	CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, fx_owner(fx, in), &cmd, &reply), 0);
	return d;
}

/* A-RES-3, D-LIM-1: each refusal has its reason and its time, whoever refuses. */
static void
refusals_have_reasons(void)
{
	struct cgn_subscriber_detail d;
	struct fx *fx = fx_new();

	fx->groups[0].leases_max = 1;
	fx->groups[0].mappings_max = 3;
	fx_start(fx);
	CU_ASSERT_EQUAL(lease(fx, H1, 80), 0);
	CU_ASSERT_EQUAL(lease(fx, H1, 81), -EDQUOT);
	CU_ASSERT_EQUAL(lease(fx, H1, 82), -EDQUOT);
	fx_advance_s(fx, 20);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H1, 5001);
	fx_udp_out(fx, H1, 5002, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_MAPPINGS), 1);
	fx_advance_s(fx, 10);
	refused_by_control(fx, H1);
	d = detail_of(fx, H1);
	CU_ASSERT_TRUE(d.is_member && d.is_subscriber && !d.is_idle);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_SUB_LEASES].n, 2);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_SUB_LEASES].ago_s, 30);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_SUB_MAPPINGS].n, 1);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_SUB_MAPPINGS].ago_s, 10);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_NOT_AUTHORIZED].n, 1);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_NOT_AUTHORIZED].ago_s, 0);
	CU_ASSERT_EQUAL(d.info.refused_total, 4);
	fx_free(fx);
}

/* A-RES-3, D-LIM-1: a connection of the inside that sessions_max refuses. */
static void
refused_connection_counts_for_the_subscriber(void)
{
	struct cgn_subscriber_detail d;
	struct fx *fx = fx_new();
	unsigned int i;

	fx->groups[0].sessions_max = 4;
	fx_start(fx);
	/* The first connection is in the mapping itself. */
	for (i = 0; i < 5; i++)
		fx_tcp_out(fx, H1, 5000, P1, (uint16_t)(80 + i), RTE_TCP_SYN_FLAG);
	d = detail_of(fx, H1);
	CU_ASSERT_EQUAL(d.info.refused_total, 0);
	CU_ASSERT_EQUAL(d.sessions_peak, 4);
	fx_tcp_out(fx, H1, 5000, P1, 90, RTE_TCP_SYN_FLAG);
	d = detail_of(fx, H1);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_SUB_SESSIONS].n, 1);
	CU_ASSERT_EQUAL(d.info.refused_total, 1);
	fx_free(fx);
}

/* A-RES-3, G-DAY-85: peaks stay when the load is gone, and the screen tells a host that is no subscriber. */
static void
peaks_stay(void)
{
	struct cgn_subscriber_detail d;
	struct fx *fx = fx_new();

	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 4;
	fx->groups[0].mappings_max = 0;
	fx->groups[0].mappings_per_s = 0;
	fx_start(fx);
	fx_map_udp(fx, H2, 5000);
	for (uint16_t i = 0; i < 100; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	d = detail_of(fx, H1);
	CU_ASSERT_EQUAL(d.info.mappings, 100);
	CU_ASSERT_EQUAL(d.mappings_peak, 100);
	CU_ASSERT_EQUAL(d.n_blocks, 2);
	CU_ASSERT_EQUAL(d.blocks[0].last - d.blocks[0].first, 63);
	CU_ASSERT_EQUAL(d.ports, 128);
	CU_ASSERT_EQUAL(d.ports_used[CGN_PROTO_UDP], 100);
	CU_ASSERT_EQUAL(d.ports_used[CGN_PROTO_TCP], 0);
	/* Ports in hold-down have no mapping, but they are taken. */
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 5);
	d = detail_of(fx, H1);
	CU_ASSERT_EQUAL(d.info.mappings, 0);
	CU_ASSERT_EQUAL(d.ports_used[CGN_PROTO_UDP], 100);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 5);
	d = detail_of(fx, H1);
	CU_ASSERT_EQUAL(d.ports, 0);
	CU_ASSERT_EQUAL(d.ports_used[CGN_PROTO_UDP], 0);
	CU_ASSERT_TRUE(d.is_subscriber && d.is_idle);
	CU_ASSERT_EQUAL(d.info.mappings, 0);
	CU_ASSERT_EQUAL(d.mappings_peak, 100);
	CU_ASSERT_EQUAL(d.blocks_peak, 2);
	CU_ASSERT_EQUAL(d.n_blocks, 0);
	CU_ASSERT_TRUE(d.idle_s > 0 && d.idle_s < 10);
	fx_advance_s(fx, 300);
	d = detail_of(fx, H1);
	CU_ASSERT_TRUE(d.is_member && !d.is_subscriber);
	CU_ASSERT_EQUAL(d.info.addr.ip4, pg_addr(H1));
	CU_ASSERT_EQUAL(d.info.prefix_len, 32);
	d = detail_of(fx, P1);
	CU_ASSERT_FALSE(d.is_member);
	fx_free(fx);
}

/* A-RES-3: the own range of a subscriber of a deterministic group is a block at its peak, too. */
static void
peak_has_the_own_range(void)
{
	static struct cgn_port_range reserved[1];
	struct cgn_subscriber_detail d;
	struct fx *fx = fx_new();
	struct cgn_conf_group *g = &fx->groups[0];

	fx_pool_per_worker(fx, 1);
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 65535;
	g->n_prefixes = fx->n_workers;
	for (unsigned int w = 0; w < fx->n_workers; w++)
		fx->prefixes[0][w] = (struct cgn_prefix){
			.ip4 = rte_cpu_to_be_32(0x64400100 + 16 * w), .len = 28
		};
	g->deterministic = (struct cgn_conf_deterministic){
		.is_on = true, .dynamic = 50, .ports_max = 65535, .reserved = reserved
	};
	fx_start(fx);
	fx_map_udp(fx, "100.64.1.1", 5000);
	d = detail_of(fx, "100.64.1.1");
	CU_ASSERT_EQUAL(d.info.blocks, 1);
	CU_ASSERT_EQUAL(d.blocks_peak, 1);
	fx_free(fx);
}

/* A-RES-3: the reasons of a host without a block; they stay when it gets one. */
static void
reasons_of_a_host_without_a_block(void)
{
	struct cgn_subscriber_detail d;
	struct fx *fx = new_full();

	for (unsigned int i = 0; i < 3; i++)
		fx_udp_out(fx, K1, 5000, P1, 53);
	d = detail_of(fx, K1);
	CU_ASSERT_TRUE(d.is_member && !d.is_subscriber);
	CU_ASSERT_EQUAL(d.info.refused_total, 3);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_POOL_FULL].n, 3);
	fx_advance_s(fx, 1000);
	fx_map_udp(fx, K1, 5000);
	d = detail_of(fx, K1);
	CU_ASSERT_TRUE(d.is_subscriber);
	CU_ASSERT_EQUAL(d.info.refused_total, 3);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_POOL_FULL].n, 3);
	CU_ASSERT_EQUAL(d.refused[CGN_REFUSAL_POOL_FULL].ago_s, 1000);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(refusals_have_reasons),
	CU_TEST_ROW(refused_connection_counts_for_the_subscriber),
	CU_TEST_ROW(peaks_stay),
	CU_TEST_ROW(peak_has_the_own_range),
	CU_TEST_ROW(reasons_of_a_host_without_a_block),
	CU_TEST_ROW(refused_requests_count_for_the_subscriber),
	CU_TEST_ROW(request_without_a_port_counts_once),
	CU_TEST_ROW(lease_that_does_not_come_back_is_no_refusal),
	CU_TEST_ROW(full_mapping_table_counts_for_the_subscriber),
	CU_TEST_ROW(host_without_a_block_is_shown),
	CU_TEST_ROW(refusals_of_before_go_along),
	CU_TEST_ROW(crowd_of_refused_hosts_is_bounded),
	CU_TEST_ROW(host_of_no_group_is_not_shown),
	CU_TEST_ROW(home_behind_a_softwire_is_shown),
};

CU_MAIN("scn_refused", tests)
