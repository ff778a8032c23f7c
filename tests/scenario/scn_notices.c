/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits and thresholds, and the records about them: what is refused, how often it is told, and what is counted.
 */
#include "dataplane/nat/notice.h"
#include "dataplane/nat/subscriber.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/recordfix.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MANY     65536 /* records */
#define INTERVAL 20    /* seconds, of the default configuration */
#define SYN      RTE_TCP_SYN_FLAG

static struct cgn_record_door doors[CGN_WORKERS_MAX];
static struct cgn_record log_of[MANY];
static unsigned int n_log;

/* Record quotas and thresholds. */
static struct fx *
notices(struct fx *fx)
{
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		recordfix_open(&doors[w], MANY, (uint16_t)w);
		doors[w].kinds = UINT32_C(1) << CGN_RECORD_KIND_QUOTAS |
				UINT32_C(1) << CGN_RECORD_KIND_THRESHOLDS;
	}
	fx->doors = doors;
	n_log = 0;
	return fx;
}

/* Take what was recorded since the last call. @return how many records */
static unsigned int
take(struct fx *fx)
{
	n_log = 0;
	for (unsigned int w = 0; w < fx->n_workers; w++)
		n_log += recordfix_take(&doors[w], &log_of[n_log], MANY - n_log);
	return n_log;
}

static void
end(struct fx *fx)
{
	fx_free(fx);
	/* A test with a single worker has opened more. */
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		recordfix_close(&doors[w]);
}

/* The one record that was made says that a limit of a subscriber has refused. */
static void
check_limit(struct fx *fx, enum cgn_record_limit limit, const char *host, uint32_t max,
		uint32_t refused)
{
	const struct cgn_record_quota *q = &log_of[0].quota;

	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_QUOTA_EXCEEDED);
	CU_ASSERT_EQUAL(q->limit, limit);
	CU_ASSERT_EQUAL(q->max, max);
	CU_ASSERT_EQUAL(q->refused, refused);
	CU_ASSERT_EQUAL(q->suppressed, 0);
	CU_ASSERT_EQUAL(q->addr_len, host == NULL ? 0 : 32);
	if (host != NULL)
		CU_ASSERT_EQUAL(q->addr.ip4, pg_addr(host));
}

/* Send a packet that the next verdict refuses. */
static void
refuse(struct fx *fx, const char *host, uint16_t port, enum cgn_verdict v)
{
	fx_udp_out(fx, host, port, P1, 53);
	FX_REFUSED(fx, v, 3, 1);
}

/* G-LOG-6, A-RES-3: of a burst there is one record at once, and one with the rest when the interval is over. */
static void
a_burst_of_refusals_makes_two_records(void)
{
	struct fx *fx = notices(fx_new());

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	for (unsigned int i = 0; i < 1000; i++)
		fx_udp_out(fx, H1, (uint16_t)(6000 + i), P1, 53);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_MAPPINGS), 1000);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS, H1, 1, 1);
	fx_advance_s(fx, INTERVAL - 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_advance_s(fx, 4);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS, H1, 1, 999);
	/* What comes soon after it waits again. */
	fx_udp_out(fx, H1, 6000, P1, 53);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_advance_s(fx, INTERVAL + 2);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS, H1, 1, 1);
	/* After a quiet interval it is news again. */
	fx_advance_s(fx, INTERVAL + 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_udp_out(fx, H1, 6000, P1, 53);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS, H1, 1, 1);
	end(fx);
}

/* G-LOG-6: each subscriber and each limit has records of its own. */
static void
subscribers_and_limits_are_told_apart(void)
{
	struct fx *fx = notices(fx_new());

	fx->groups[0].mappings_max = 2;
	fx->groups[0].mappings_of_max[CGN_PROTO_UDP] = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	refuse(fx, H1, 6000, CGN_V_SUB_PROTOCOL);
	refuse(fx, H2, 6000, CGN_V_SUB_PROTOCOL);
	CU_ASSERT_TRUE(fx_tcp_out(fx, H1, 6000, P1, 80, SYN)->left);
	fx_tcp_out(fx, H1, 6001, P1, 80, SYN);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	CU_ASSERT_EQUAL(take(fx), 3);
	end(fx);
}

/* G-LOG-6: a flood of very many subscribers does not fill the ring, and each refusal is in some record in the end. */
static void
a_flood_of_many_subscribers_is_limited(void)
{
	struct fx *fx = notices(fx_new());
	const unsigned int n_hosts = 2000;
	uint64_t sum = 0, refused;
	unsigned int n;

	fx->groups[0].mappings_max = 1;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx_start(fx);
	for (unsigned int i = 0; i < n_hosts; i++) {
		char host[16];

		snprintf(host, sizeof(host), "100.64.%u.%u", 4 + i / 200, 1 + i % 200);
		fx_map_udp(fx, host, 5000);
		for (uint16_t k = 0; k < 5; k++)
			fx_udp_out(fx, host, (uint16_t)(6000 + k), P1, 53);
	}
	refused = fx_verdict(fx, CGN_V_SUB_MAPPINGS);
	CU_ASSERT_EQUAL(refused, 5 * n_hosts);
	n = take(fx);
	CU_ASSERT_TRUE(n <= CGN_NOTICE_BURST * fx->n_workers);
	for (unsigned int i = 0; i < n; i++)
		sum += log_of[i].quota.refused + log_of[i].quota.suppressed;
	for (unsigned int s = 0; s < 200; s += 10) {
		fx_advance_s(fx, 10);
		n = take(fx);
		CU_ASSERT_TRUE(n <= (CGN_NOTICE_BURST + 10 * CGN_NOTICE_PER_S) * fx->n_workers);
		for (unsigned int i = 0; i < n; i++)
			sum += log_of[i].quota.refused + log_of[i].quota.suppressed;
	}
	/* What was suppressed after the last record of a worker is told by its next one. */
	CU_ASSERT_EQUAL(sum, refused);
	CU_ASSERT_TRUE(fx->n_workers > 1 || fx_counter(fx, CGN_C_NOTICES_SUPPRESSED) > 0);
	fx->drain_s += 200;
	end(fx);
}

/* G-LOG-6: without records of quotas nothing is told, and nothing is kept. */
static void
what_is_not_exported_is_not_told(void)
{
	struct fx *fx = notices(fx_new());

	for (unsigned int w = 0; w < fx->n_workers; w++)
		doors[w].kinds = UINT32_C(1) << CGN_RECORD_KIND_THRESHOLDS;
	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	refuse(fx, H1, 6000, CGN_V_SUB_MAPPINGS);
	fx_advance_s(fx, INTERVAL + 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	end(fx);
}

/* G-LIM-1, A-RES-3: mappings of a subscriber, and those of one protocol. The fourth is refused, other protocols are not. */
static void
mappings_of_a_subscriber_and_protocol_are_limited(void)
{
	struct fx *fx = notices(fx_new());

	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		fx->groups[0].mappings_of_max[p] = 3;
	fx->groups[0].mappings_max = 8;
	fx_start(fx);
	for (uint16_t i = 0; i < 3; i++) {
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
		CU_ASSERT_TRUE(fx_tcp_out(fx, H1, (uint16_t)(5000 + i), P1, 80, SYN)->left);
	}
	refuse(fx, H1, 5003, CGN_V_SUB_PROTOCOL);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS_UDP, H1, 3, 1);
	CU_ASSERT_EQUAL(log_of[0].quota.proto, CGN_PROTO_UDP);
	fx_tcp_out(fx, H1, 5003, P1, 80, SYN);
	FX_REFUSED(fx, CGN_V_SUB_PROTOCOL, 3, 1);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS_TCP, H1, 3, 1);
	CU_ASSERT_TRUE(fx_ping_out(fx, H1, P1, 1)->left);
	CU_ASSERT_TRUE(fx_ping_out(fx, H1, P1, 2)->left);
	fx_ping_out(fx, H1, P1, 3);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS, H1, 8, 1);
	/* Another subscriber has its own. */
	fx_map_udp(fx, H2, 5003);
	end(fx);
}

/* G-LIM-1: a lease counts for the limit of its protocol, but the limit does not refuse it. */
static void
leases_count_for_the_limit_of_a_protocol(void)
{
	struct fx *fx = notices(fx_new());
	struct fx_ep x = { .port = 0 };

	fx->groups[0].mappings_of_max[CGN_PROTO_UDP] = 2;
	fx->groups[0].leases_max = 3;
	fx_start(fx);
	for (uint16_t i = 0; i < 3; i++) {
		x.port = 0;
		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, (uint16_t)(7000 + i), &x, 60), 0);
	}
	refuse(fx, H1, 5000, CGN_V_SUB_PROTOCOL);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_MAPPINGS_UDP, H1, 2, 1);
	/* A-RES-3: and the fourth lease */
	x.port = 0;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 7003, &x, 60), -EDQUOT);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_LEASES, H1, 3, 1);
	end(fx);
}

/* G-LIM-1, A-RES-3: sessions of a subscriber and of the worker. */
static void
sessions_are_limited(void)
{
	struct fx *fx = notices(fx_new());

	fx->single_worker = true;
	fx->groups[0].sessions_max = 3;
	fx->conf.nat.sessions_max = 5;
	fx_start(fx);
	for (unsigned int h = 0; h < 2; h++) {
		const char *host = h == 0 ? H1 : H2;

		fx_connect(fx, host, 5000, P1, 80);
		for (uint16_t i = 0; i < 3 - h; i++)
			CU_ASSERT_TRUE(fx_tcp_out(fx, host, 5000, P2, (uint16_t)(1000 + i), SYN)
							->left);
	}
	fx_tcp_out(fx, H1, 5000, P2, 2000, SYN);
	FX_REFUSED(fx, CGN_V_SUB_SESSIONS, 3, 1);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_SESSIONS, H1, 3, 1);
	fx_tcp_out(fx, H2, 5000, P2, 2000, SYN);
	FX_REFUSED(fx, CGN_V_SESSIONS_FULL, 3, 1);
	check_limit(fx, CGN_RECORD_LIMIT_SESSIONS, NULL, 5, 1);
	end(fx);
}

/* G-LIM-1, A-RES-3: mappings of a worker, for traffic and for leases. */
static void
mappings_of_a_worker_are_limited(void)
{
	struct fx *fx = notices(fx_new());
	struct fx_ep x = { .port = 0 };

	fx->single_worker = true;
	fx->conf.nat.mappings_max = 3;
	fx_start(fx);
	for (uint16_t i = 0; i < 3; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	refuse(fx, H2, 5000, CGN_V_MAPPINGS_FULL);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 7000, &x, 60), -ENOSPC);
	check_limit(fx, CGN_RECORD_LIMIT_MAPPINGS, NULL, 3, 1);
	fx_advance_s(fx, INTERVAL + 2);
	check_limit(fx, CGN_RECORD_LIMIT_MAPPINGS, NULL, 3, 1);
	end(fx);
}

/* Ask for a set of four ports of H1. @param port  the suggestion @return 0 or -errno */
static int
ask_for_set(struct fx *fx, const char *host, uint16_t port)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(host),
				.port = rte_cpu_to_be_16(7000),
				.proto = CGN_PROTO_UDP },
		.ext = { .port = rte_cpu_to_be_16(port), .proto = CGN_PROTO_UDP },
		.lifetime_s = 600,
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES,
		.set_size = 4,
	};
	return fx_cmd(fx, fx_owner(fx, host), &cmd, &reply);
}

/* A-RES-3: a request for a set is refused once, with and without a suggestion. */
static void
a_set_is_refused_once(void)
{
	struct fx *fx = notices(fx_new());
	struct fx_ep x = { .port = 0 };

	fx->single_worker = true;
	fx->groups[0].leases_max = 1;
	fx->conf.nat.subscribers_max = 1;
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_EQUAL(ask_for_set(fx, H1, 2000), -EDQUOT);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 1);
	CU_ASSERT_EQUAL(ask_for_set(fx, H1, 0), -EDQUOT);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 2);
	CU_ASSERT_EQUAL(ask_for_set(fx, H2, 2000), -ENOSPC);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 3);
	CU_ASSERT_EQUAL(ask_for_set(fx, H2, 0), -ENOSPC);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 4);
	/* The first refusal of each kind has a record, and the second one is told after the interval. */
	CU_ASSERT_EQUAL(take(fx), 2);
	fx_advance_s(fx, INTERVAL + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	CU_ASSERT_EQUAL(log_of[0].quota.refused, 1);
	CU_ASSERT_EQUAL(log_of[1].quota.refused, 1);
	end(fx);
}

/* Hosts of different workers, as far as there are several. */
static const char *
host_of(unsigned int k)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.3.%u", k);
	return text;
}

/* G-LIM-1, A-RES-3: subscribers of all workers together, exactly. With ports, nobody makes room for another one. */
static void
subscribers_of_all_workers_are_limited(void)
{
	struct fx *fx = notices(fx_new());
	unsigned int n = 0;

	fx->conf.nat.subscribers_max = 3;
	fx_start(fx);
	for (unsigned int k = 1; k <= 40; k++)
		n += fx_udp_out(fx, host_of(k), 5000, P1, 53)->left &&
				fx_first(fx)->port == FX_OUTSIDE;
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 3);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUBSCRIBERS_MAX), 37);
	CU_ASSERT_TRUE(take(fx) >= 1 && n_log <= fx->n_workers);
	for (unsigned int i = 0; i < n_log; i++) {
		CU_ASSERT_EQUAL(log_of[i].quota.limit, CGN_RECORD_LIMIT_SUBSCRIBERS);
		CU_ASSERT_EQUAL(log_of[i].quota.max, 3);
	}
	/* When the three are idle, others may have their places. */
	fx_advance_s(fx, 300 + 120 + CGN_SUB_IDLE_S + 10);
	CU_ASSERT_EQUAL(fx->n_subscribers, 0);
	n = 0;
	for (unsigned int k = 41; k <= 80; k++)
		n += fx_udp_out(fx, host_of(k), 5000, P1, 53)->left &&
				fx_first(fx)->port == FX_OUTSIDE;
	CU_ASSERT_EQUAL(n, 3);
	end(fx);
}

/* G-LIM-1: an idle subscriber of the same worker makes room at once. */
static void
an_idle_subscriber_makes_room(void)
{
	struct fx *fx = notices(fx_new());

	fx->single_worker = true;
	fx->conf.nat.subscribers_max = 3;
	fx_start(fx);
	for (unsigned int k = 1; k <= 3; k++)
		fx_map_udp(fx, host_of(k), 5000);
	refuse(fx, host_of(4), 5000, CGN_V_SUBSCRIBERS_MAX);
	fx_advance_s(fx, 300 + 120 + CGN_SUB_FIRST_USE_S + 5);
	fx_map_udp(fx, host_of(4), 5000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 3);
	CU_ASSERT_EQUAL(fx->n_subscribers, 3);
	end(fx);
}

/* G-LIM-1, A-RES-3: fragments. The record names the source. */
static void
fragments_are_limited(void)
{
	struct fx *fx = notices(fx_new());
	struct rte_mbuf *m;

	fx->single_worker = true;
	fx->conf.nat.fragments_max = 8;
	fx_start(fx);
	m = pg_udp(fx->mp, P1, 53, "198.51.100.1", 5000, 4000);
	for (unsigned int i = 0; i < 20; i++) {
		struct rte_mbuf *lone = pg_slice(fx->mp, m, 1480, 1480, true);

		pg_ip(lone)->packet_id = rte_cpu_to_be_16((uint16_t)i);
		pg_ip(lone)->src_addr = pg_addr(P2);
		pg_fix(lone);
		fx_outside(fx, lone);
	}
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(fx_verdict(fx, CGN_V_FRAG_FULL) > 0);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].quota.limit, CGN_RECORD_LIMIT_FRAGMENTS);
	CU_ASSERT_EQUAL(log_of[0].quota.max, 8);
	CU_ASSERT_EQUAL(log_of[0].quota.addr_len, 0);
	CU_ASSERT_EQUAL(log_of[0].quota.addr.ip4, pg_addr(P2));
	end(fx);
}

/* A-RES-3: blocks of a subscriber; ports of its address; addresses of its pool. RFC 8158 sections 4.6.5 and 4.6.6. */
static void
ports_and_addresses_are_exhausted(void)
{
	struct fx *fx = notices(fx_new());
	struct fx_ep x[64];

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	fx_start(fx);
	for (uint16_t i = 0; i < 64; i++)
		x[i] = fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	refuse(fx, H1, 6000, CGN_V_SUB_PORTS);
	check_limit(fx, CGN_RECORD_LIMIT_SUB_BLOCKS, H1, 1, 1);
	fx_map_udp(fx, H2, 5000);
	refuse(fx, K1, 5000, CGN_V_POOL_FULL);
	refuse(fx, host_of(1), 5000, CGN_V_POOL_FULL);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_ADDRESSES_EXHAUSTED);
	CU_ASSERT_EQUAL(log_of[0].quota.pool, 1);
	fx->groups[0].blocks_max = 2;
	refuse(fx, H1, 6000, CGN_V_POOL_PORTS);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_PORTS_EXHAUSTED);
	CU_ASSERT_EQUAL(log_of[0].quota.addr.ip4, pg_addr(x[0].addr));
	CU_ASSERT_EQUAL(log_of[0].quota.proto, CGN_PROTO_UDP);
	end(fx);
}

/* --- thresholds -------------------------------------------------------------------------------- */

static void
check_threshold(struct fx *fx, enum cgn_record_threshold_id id, const char *host, uint32_t mark,
		uint32_t value, uint32_t entries)
{
	const struct cgn_record_threshold *t = &log_of[0].threshold;

	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_THRESHOLD_REACHED);
	CU_ASSERT_EQUAL(t->threshold, id);
	CU_ASSERT_EQUAL(t->inside.ip4, pg_addr(host));
	CU_ASSERT_EQUAL(t->inside_len, 32);
	CU_ASSERT_EQUAL(t->mark, mark);
	CU_ASSERT_EQUAL(t->value, value);
	CU_ASSERT_EQUAL(t->entries, entries);
}

static void
ping_many(struct fx *fx, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		CU_ASSERT_TRUE(fx_ping_out(fx, H1, P1, (uint16_t)(100 + i))->left);
}

/* G-NTF-1: reached twice within the interval: one record. Only nine tenths below it is it reached anew. */
static void
a_subscriber_reaches_its_threshold_once(void)
{
	struct fx *fx = notices(fx_new());

	fx->groups[0].mappings_high = 20;
	fx->conf.nat.timeouts.icmp_s = 2;
	fx->conf.nat.notify_interval_s = 60;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	ping_many(fx, 18);
	CU_ASSERT_EQUAL(take(fx), 0);
	ping_many(fx, 19);
	check_threshold(fx, CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH, H1, 20, 20, 20);
	ping_many(fx, 30);
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 1);
	/* It falls to one, and reaches it again. */
	fx_advance_s(fx, 5);
	ping_many(fx, 19);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	/* When the interval is over, it is told again. */
	fx_advance_s(fx, 62);
	CU_ASSERT_EQUAL(take(fx), 0);
	ping_many(fx, 19);
	check_threshold(fx, CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH, H1, 20, 20, 20);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 3);
	end(fx);
}

/* G-NTF-1: a little less than the threshold is not enough to reach it anew. */
static void
a_threshold_has_hysteresis(void)
{
	struct fx *fx = notices(fx_new());

	fx->groups[0].mappings_high = 20;
	fx->conf.nat.timeouts.icmp_s = 2;
	fx->conf.nat.notify_interval_s = 1;
	fx_start(fx);
	for (uint16_t i = 0; i < 18; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	ping_many(fx, 2);
	CU_ASSERT_EQUAL(take(fx), 1);
	for (unsigned int i = 0; i < 5; i++) {
		fx_advance_s(fx, 5);
		ping_many(fx, 2);
	}
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 1);
	end(fx);
}

/* G-NTF-1: a reload that changes the threshold of a group lets its subscribers reach the new one. Other groups, and reloads
 * that change nothing of it, do not. */
static void
a_changed_threshold_is_reached_anew(void)
{
	struct fx *fx = notices(fx_new());
	struct cgn_conf_group groups[3][CGN_GROUPS_MAX];
	struct cgn_conf conf[3];

	fx->single_worker = true;
	fx->groups[0].mappings_high = 20;
	fx->conf.nat.notify_interval_s = 1;
	fx_start(fx);
	for (uint16_t i = 0; i < 20; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	CU_ASSERT_EQUAL(take(fx), 1);
	fx_advance_s(fx, 3);
	for (unsigned int i = 0; i < 3; i++) {
		memcpy(groups[i], fx->conf.groups, fx->conf.n_groups * sizeof(groups[i][0]));
		groups[i][0].mappings_high = i == 0 ? 20 : 22;
		conf[i] = fx->conf;
		conf[i].groups = groups[i];
		fx_reload(fx, &conf[i]);
		fx_map_udp(fx, H1, (uint16_t)(6000 + i));
		if (i == 1)
			check_threshold(fx, CGN_RECORD_THRESHOLD_SUB_MAPPINGS_HIGH, H1, 22, 22, 22);
		else
			CU_ASSERT_EQUAL(take(fx), 0);
		fx_advance_s(fx, 3);
	}
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 2);
	end(fx);
}

/* G-NTF-1: off by default. */
static void
without_a_threshold_nothing_is_told(void)
{
	struct fx *fx = fx_start(notices(fx_new()));

	ping_many(fx, 100);
	fx_advance_s(fx, INTERVAL + 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).thresholds, 0);
	end(fx);
}

/* G-DET-6: an own range is filled to the threshold: one alarm. 64 subscribers share 64512 ports: 1008 for each. */
static void
an_own_range_is_filled_to_its_threshold(void)
{
	static struct cgn_port_range reserved[1];
	struct fx *fx = notices(fx_new());
	struct cgn_conf_group *g = &fx->groups[0];
	uint16_t i;

	fx_pool_per_worker(fx, 1);
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 65535;
	g->n_prefixes = fx->n_workers;
	for (unsigned int w = 0; w < fx->n_workers; w++)
		fx->prefixes[0][w] = (struct cgn_prefix){
			.ip4 = rte_cpu_to_be_32(0x64400100 + 16 * w), .len = 28
		};
	g->deterministic = (struct cgn_conf_deterministic){ .is_on = true,
		.dynamic = 50,
		.ports_max = 65535,
		.reserved = reserved,
		.use_high_percent = 80 };
	fx_start(fx);
	/* 64512 / (14 + 50) = 1008; 80 percent are 806.4 */
	for (i = 0; i < 806; i++)
		fx_map_udp(fx, "100.64.1.1", (uint16_t)(5000 + i));
	CU_ASSERT_EQUAL(take(fx), 0);
	/* Another protocol has its own numbers. */
	CU_ASSERT_TRUE(fx_tcp_out(fx, "100.64.1.1", 4000, P1, 80, SYN)->left);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_map_udp(fx, "100.64.1.1", (uint16_t)(5000 + i));
	check_threshold(fx, CGN_RECORD_THRESHOLD_SUB_OWN_HIGH, "100.64.1.1", 80, 80, 807);
	CU_ASSERT_EQUAL(log_of[0].threshold.proto, CGN_PROTO_UDP);
	for (i = 807; i < 1000; i++)
		fx_map_udp(fx, "100.64.1.1", (uint16_t)(5000 + i));
	CU_ASSERT_EQUAL(take(fx), 0);
	end(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_burst_of_refusals_makes_two_records),
	CU_TEST_ROW(subscribers_and_limits_are_told_apart),
	CU_TEST_ROW(a_flood_of_many_subscribers_is_limited),
	CU_TEST_ROW(what_is_not_exported_is_not_told),
	CU_TEST_ROW(mappings_of_a_subscriber_and_protocol_are_limited),
	CU_TEST_ROW(leases_count_for_the_limit_of_a_protocol),
	CU_TEST_ROW(sessions_are_limited),
	CU_TEST_ROW(mappings_of_a_worker_are_limited),
	CU_TEST_ROW(a_set_is_refused_once),
	CU_TEST_ROW(subscribers_of_all_workers_are_limited),
	CU_TEST_ROW(an_idle_subscriber_makes_room),
	CU_TEST_ROW(fragments_are_limited),
	CU_TEST_ROW(ports_and_addresses_are_exhausted),
	CU_TEST_ROW(a_subscriber_reaches_its_threshold_once),
	CU_TEST_ROW(a_threshold_has_hysteresis),
	CU_TEST_ROW(a_changed_threshold_is_reached_anew),
	CU_TEST_ROW(without_a_threshold_nothing_is_told),
	CU_TEST_ROW(an_own_range_is_filled_to_its_threshold),
};

CU_MAIN("notices", tests)
