/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

/* One external address for each worker, so that neighbours meet on it. */
static struct fx *
new_shared(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 1);
	fx->groups[0].leases_max = 1000;
	return fx;
}

/* The k-th subscriber of H1's worker. */
static const char *
neighbour(const struct fx *fx, unsigned int k)
{
	static char text[4][16];
	static unsigned int turn;
	char *t = text[turn++ % 4];

	for (unsigned int i = 1; i < 255; i++) {
		snprintf(t, sizeof(text[0]), "100.64.77.%u", i);
		if (fx_owner(fx, t) == fx_owner(fx, H1) && k-- == 0)
			break;
	}
	return t;
}

static uint16_t
lease(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port, uint16_t wanted)
{
	struct fx_ep x = { .port = wanted };

	CU_ASSERT_EQUAL(fx_lease(fx, proto, in, in_port, &x, 600), 0);
	return x.port;
}

static int
command(struct fx *fx, enum cgn_cmd_op op, const struct cgn_cmd_map *map, struct cgn_evt *reply)
{
	struct cgn_cmd cmd = { .op = (uint16_t)op };
	char text[16];

	cmd.u.map = *map;
	inet_ntop(AF_INET, &map->in.addr, text, sizeof(text));
	return fx_cmd(fx, fx_owner(fx, text), &cmd, reply);
}

/* B-MAP-15, B-MAP-5: the first SYN behind the worker's reply passes, from anybody. */
static void
connection_right_after_the_reply_passes(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };
	const struct fx_pkt *p;

	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
	p = fx_tcp_in(fx, P2, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_PKT(p, FX_INSIDE, P2, 4000, H1, 80);
	p = fx_tcp_in(fx, P1, 4001, x.addr, x.port, RTE_TCP_SYN_FLAG);
	FX_PKT(p, FX_INSIDE, P1, 4001, H1, 80);
	fx_free(fx);
}

/* B-MAP-1: the other protocol is neither made nor delivered. */
static void
other_protocol_is_not_let_in(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	fx_free(fx);
}

/* B-MAP-2, B-MAP-3: the port asked for, or else another one; without a wish an anonymous one. */
static void
suggestion_never_makes_a_request_fail(void)
{
	struct fx *fx = fx_start(new_shared());
	const char *k = neighbour(fx, 0);
	uint16_t port = lease(fx, TCP, H1, 80, 20000);
	unsigned int same = 0;

	CU_ASSERT_EQUAL(port, 20000);
	CU_ASSERT_NOT_EQUAL(lease(fx, TCP, k, 80, 20000), 20000);
	CU_ASSERT_TRUE(lease(fx, TCP, k, 81, 80) >= 1024);
	for (uint16_t i = 0; i < 50; i++) {
		port = lease(fx, UDP, H1, (uint16_t)(1000 + i), 0);
		CU_ASSERT_TRUE(port >= 1024);
		same += port == 1000 + i;
	}
	CU_ASSERT_TRUE(same <= 1);
	fx_free(fx);
}

/* B-MAP-4: traffic first: its port, whatever is suggested. */
static void
mapping_made_by_traffic_becomes_the_lease(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = { .port = 30000 };

	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &y, 600), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	CU_ASSERT_STRING_EQUAL(y.addr, x.addr);
	fx_free(fx);
}

/* B-MAP-8, B-MAP-9: the companion is the same client's, against requests and against traffic. */
static void
companion_is_kept_for_the_same_client(void)
{
	struct fx *fx = new_shared();
	const char *k;
	uint16_t e;

	fx->groups[0].blocks_max = 200;
	fx->conf.nat.mappings_max = 100000;
	fx->groups[0].mappings_per_s = 0;
	fx_start(fx);
	k = neighbour(fx, 0);
	e = lease(fx, TCP, H1, 80, 20000);
	CU_ASSERT_EQUAL(e, 20000);
	CU_ASSERT_NOT_EQUAL(lease(fx, UDP, k, 80, e), e);
	/* Traffic of the neighbour takes all that it can get, but not that. */
	for (unsigned int i = 0; i < 60000; i++)
		CU_ASSERT_NOT_EQUAL_FATAL(fx_udp_out(fx, k, (uint16_t)(1 + i), P1, 53)->sport, e);
	CU_ASSERT_EQUAL(lease(fx, UDP, H1, 80, 0), e);
	fx_free(fx);
}

/* B-MAP-10: over random traces no two clients hold the halves of one number. */
static void
halves_of_a_number_are_never_two_clients(void)
{
	static struct cgn_mapping_info rows[8192];
	struct fx *fx = new_shared();
	uint64_t seed = 20260101;
	unsigned int n;

	fx->groups[0].subscriber_prefix_len = 28; /* several clients with the same blocks */
	fx->groups[0].leases_max = 10000;
	fx->groups[0].mappings_per_s = 0;
	fx->pools[0].port_min = 10240;
	fx->pools[0].port_max = 10240 + 1023;
	fx->groups[0].block_size = 64;
	fx_start(fx);
	for (unsigned int i = 0; i < 6000; i++) {
		char in[16];
		uint16_t port;
		enum cgn_proto proto;
		struct fx_ep x;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		snprintf(in, sizeof(in), "100.64.77.%u", 1 + (unsigned int)(seed >> 33) % 6);
		port = (uint16_t)(1 + (seed >> 40) % 40);
		proto = (seed >> 50 & 1) != 0 ? UDP : TCP;
		x = (struct fx_ep){ .port = (uint16_t)(10240 + (seed >> 20) % 1024) };
		switch (seed >> 52 & 3) {
		case 0:
			fx_unlease(fx, proto, in, port);
			break;
		case 1:
			(void)fx_lease(fx, proto, in, port, &x, 600);
			break;
		case 2:
			if (proto == UDP)
				fx_udp_out(fx, in, port, P1, 53);
			else
				fx_tcp_out(fx, in, port, P1, 80, RTE_TCP_SYN_FLAG);
			break;
		default:
			fx_ping_out(fx, in, P1, port);
			break;
		}
		if (i % 100 == 0)
			fx_advance_s(fx, 20);
	}
	n = fx_mappings(fx, NULL, rows, 8192);
	CU_ASSERT_TRUE(n > 100);
	for (unsigned int a = 0; a < n; a++) {
		for (unsigned int b = 0; b < a; b++) {
			if (rows[a].ext.addr == rows[b].ext.addr &&
					rows[a].ext.port == rows[b].ext.port)
				CU_ASSERT_EQUAL(rows[a].in.addr, rows[b].in.addr);
		}
	}
	fx_free(fx);
}

/* B-DEL-7: at once, in the middle of traffic; held for others, not for the same endpoint. */
static void
deletion_takes_effect_at_once(void)
{
	struct fx *fx = fx_start(new_shared());
	struct fx_ep x = { .port = 20000 };

	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &x, 600), 0);
	fx_udp_out(fx, H1, 5000, P1, 53);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 5000), 0);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	CU_ASSERT_NOT_EQUAL(lease(fx, UDP, neighbour(fx, 0), 5000, x.port), x.port);
	CU_ASSERT_EQUAL(lease(fx, UDP, H1, 5000, x.port), x.port);
	fx_free(fx);
}

/* B-EXT-2: the address that is asked for is the one that mappings and flows get; kept for 300 s. */
static void
address_asked_for_is_the_one_used_later(void)
{
	struct fx *fx = fx_new();
	const struct cgn_cmd_map ask = { .in = { .addr = pg_addr(H1) } };
	struct cgn_evt reply;
	struct fx_ep x = { .port = 0 };
	char text[16];

	fx_pool_per_worker(fx, 8);
	fx_start(fx);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_BIND, &ask, &reply), 0);
	inet_ntop(AF_INET, &reply.u.map.ext.addr, text, sizeof(text));
	/* Others come in between. */
	for (unsigned int k = 0; k < 20; k++)
		fx_map_udp(fx, neighbour(fx, k), 5000);
	fx_advance_s(fx, 295);
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
	CU_ASSERT_STRING_EQUAL(x.addr, text);
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, 5000).addr, text);
	fx_free(fx);
}

/* B-EP-4: exactly the port that was had, with its companion, or an error; others are kept off. */
static void
restored_lease_has_its_old_port_or_fails(void)
{
	struct fx *fx = fx_start(new_shared());
	struct cgn_cmd_map map = { .lifetime_s = 600,
		.in = { .addr = pg_addr(H1), .port = RTE_BE16(80), .proto = TCP },
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT };
	struct fx_ep x = { .port = 0 };
	struct cgn_evt reply;

	/* Another subscriber's lease shows the address. */
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, neighbour(fx, 1), 5000, &x, 600), 0);
	map.ext = (struct cgn_ep4){
		.addr = pg_addr(x.addr), .port = RTE_BE16(30000), .proto = TCP
	};
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.map.ext.port, RTE_BE16(30000));
	CU_ASSERT_EQUAL(lease(fx, UDP, H1, 80, 0), 30000);
	/* The same port for somebody else is refused; another address is another worker's. */
	map.in.addr = pg_addr(neighbour(fx, 0));
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	map.ext.addr = pg_addr("192.0.2.99");
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EXDEV);
	fx_free(fx);
}

/* E-OPT-2: the external port as asked for, or no mapping. A mapping that exists has to have it already. */
static void
client_may_insist_on_the_external_port(void)
{
	struct fx *fx = fx_start(new_shared());
	struct cgn_cmd_map map = { .lifetime_s = 600,
		.in = { .addr = pg_addr(H1), .port = RTE_BE16(80), .proto = TCP },
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_AS_ASKED };
	struct fx_ep x = { .port = 0 };
	struct cgn_evt reply;

	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &x, 600), 0);
	/* The address alone is wrong, then right. */
	map.ext = (struct cgn_ep4){
		.addr = pg_addr("192.0.2.99"), .port = RTE_BE16(30000), .proto = TCP
	};
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	map.ext.addr = pg_addr(x.addr);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.map.ext.port, RTE_BE16(30000));
	/* Another inside port, the same, and without an address. */
	map.in.port = RTE_BE16(81);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	map.ext.addr = 0;
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	map.in.port = RTE_BE16(80);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), 0);
	/* What exists with another port is not changed, and no lease is made of it. */
	map.ext.port = RTE_BE16(30001);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	CU_ASSERT_EQUAL(lease(fx, TCP, H1, 80, 0), 30000);
	FX_BOOKS(fx);
	fx_free(fx);
}

/*
 * A-POOL-1, B-EXT-2: a lease that was had on another address than the one its subscriber is paired with
 * now, by a new static mapping or by a neighbour that has become the same subscriber, is lost: its
 * client would be told the port of one address and the number of the other.
 */
static void
restored_lease_on_another_address_is_refused(void)
{
	struct fx *fx = fx_new();
	struct cgn_cmd_map map = { .lifetime_s = 600,
		.in = { .addr = pg_addr(H1), .port = RTE_BE16(81), .proto = TCP },
		.ext = { .addr = pg_addr("198.51.100.2"), .port = RTE_BE16(30001), .proto = TCP },
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT };
	struct cgn_evt reply;

	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.2");
	fx->single_worker = true;
	fx_add_static(fx, TCP, H1, 80, "198.51.100.1", 30000);
	fx_start(fx);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), -EBUSY);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_BIND, &map, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.map.ext.addr, pg_addr("198.51.100.1"));
	map.ext.addr = pg_addr("198.51.100.1");
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), 0);
	fx_free(fx);
}

/* What the k-th of the many subscribers of the next test is. */
static const char *
nth(unsigned int k)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.%u.%u", 80 + k / 200, 1 + k % 200);
	return text;
}

/* B-EP-4: every lease comes back: blocks that others got before it do not stand in its way. */
static void
all_restored_leases_have_their_ports(void)
{
	enum {
		SUBS = 200
	};
	static struct fx_ep old[SUBS];

	for (int restart = 0; restart < 2; restart++) {
		struct fx *fx = fx_new();
		struct cgn_evt reply;

		fx_pool_clear(fx, 0);
		fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
		fx->single_worker = true;
		fx->groups[0].block_size = 64;
		fx->groups[0].blocks_max = 2;
		fx->pools[0].port_min = 10240;
		fx->pools[0].port_max = 10240 + 256 * 64 - 1;
		fx->seed = (uint8_t)(restart + 1);
		fx_start(fx);
		for (unsigned int k = 0; k < SUBS; k++) {
			struct cgn_cmd_map map = { .lifetime_s = 600,
				.in = { .addr = pg_addr(nth(k)),
						.port = RTE_BE16(80),
						.proto = TCP },
				.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT };

			if (restart == 0) {
				CU_ASSERT_EQUAL(fx_lease(fx, TCP, nth(k), 80, &old[k], 600), 0);
				continue;
			}
			map.ext = (struct cgn_ep4){ .addr = pg_addr(old[k].addr),
				.port = rte_cpu_to_be_16(old[k].port),
				.proto = TCP };
			CU_ASSERT_EQUAL(command(fx, CGN_CMD_MAP_ADD, &map, &reply), 0);
			CU_ASSERT_EQUAL(reply.u.map.ext.port, map.ext.port);
		}
		fx_free(fx);
	}
}

/* B-EP-5: nothing is remembered, traffic comes first, and yet clients get their old ports back. */
static void
forgotten_leases_get_their_ports_back_under_load(void)
{
	enum {
		SUBS = 100
	};
	static struct fx_ep old[SUBS];
	struct cgn_cmd grace = { .op = CGN_CMD_GRACE };
	struct cgn_evt reply;
	unsigned int same = 0;

	for (int restart = 0; restart < 2; restart++) {
		struct fx *fx = fx_new();

		fx_pool_clear(fx, 0);
		fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.2");
		fx->single_worker = true;
		fx->conf.nat.mappings_max = 20000;
		fx->seed = (uint8_t)(restart + 1);
		fx_start(fx);
		if (restart == 1) {
			grace.u.map.lifetime_s = 120;
			CU_ASSERT_EQUAL(fx_cmd(fx, 0, &grace, &reply), 0);
		}
		/* Every home browses before its clients renew. */
		for (unsigned int k = 0; k < SUBS; k++) {
			for (uint16_t i = 0; i < 100; i++)
				fx_udp_out(fx, nth(k), (uint16_t)(1000 + i), P1, 53);
		}
		for (unsigned int k = 0; k < SUBS; k++) {
			struct fx_ep x = { .port = restart == 0 ? 0 : old[k].port };

			CU_ASSERT_EQUAL(fx_lease(fx, TCP, nth(k), 80, &x, 600), 0);
			same += x.port == old[k].port && strcmp(x.addr, old[k].addr) == 0;
			old[k] = x;
		}
		fx_free(fx);
	}
	CU_ASSERT_TRUE(same >= SUBS * 99 / 100);
}

/* B-EP-5: after that time a number in somebody's block is not to be had any more. */
static void
grace_ends(void)
{
	struct cgn_cmd grace = { .op = CGN_CMD_GRACE };
	struct cgn_evt reply;
	struct fx *fx = fx_new();
	struct fx_ep theirs, x;
	const char *k;

	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx->single_worker = true;
	fx_start(fx);
	k = neighbour(fx, 0);
	grace.u.map.lifetime_s = 120;
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &grace, &reply), 0);
	theirs = fx_map_udp(fx, k, 5000);
	CU_ASSERT_EQUAL(lease(fx, UDP, H1, 80, (uint16_t)(theirs.port ^ 1)), theirs.port ^ 1);
	/* In use is in use. */
	CU_ASSERT_NOT_EQUAL(lease(fx, TCP, H1, 81, theirs.port), theirs.port);
	fx_advance_s(fx, 119);
	CU_ASSERT_EQUAL(lease(fx, UDP, H1, 82, (uint16_t)(theirs.port ^ 2)), theirs.port ^ 2);
	fx_advance_s(fx, 2);
	x = (struct fx_ep){ .port = theirs.port ^ 4 };
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 83, &x, 600), 0);
	CU_ASSERT_NOT_EQUAL(x.port, theirs.port ^ 4);
	fx_free(fx);
}

/* B-EP-5, A-RES-1: traffic keeps off as long as there is something else, and no longer. */
static void
grace_refuses_no_traffic(void)
{
	struct cgn_cmd grace = { .op = CGN_CMD_GRACE };
	struct cgn_evt reply;
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_reserve = 0;
	fx->groups[0].mappings_per_s = 0;
	fx->pools[0].port_min = 10240;
	fx_start(fx);
	grace.u.map.lifetime_s = 120;
	CU_ASSERT_EQUAL(fx_cmd(fx, 0, &grace, &reply), 0);
	for (uint16_t i = 0; i < 64; i++) {
		bool is_leases =
				(UINT64_C(0x4848484848484848) >>
								(fx_map_udp(fx, H1, 1000 + i).port &
										63) &
						1) != 0;

		CU_ASSERT_EQUAL(is_leases, i >= 48);
	}
	fx_udp_out(fx, H1, 2000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_PORTS), 1);
	fx_free(fx);
}

/* B-RX-4, D-SEC-1: a request from where its source does not belong goes no further. */
static void
spoofed_request_is_dropped_at_the_door(void)
{
	struct fx *fx = fx_new();

	fx_use_inside2(fx);
	fx_start(fx);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, H1, 7000, "100.64.0.1", 5351, 2));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, L1, 7000, "100.64.0.1", 5351, 2));
	FX_DROPPED(fx, CGN_V_SPOOFED);
	CU_ASSERT_EQUAL(fx->n_punted, 0);
	fx_free(fx);
}

/* B-ANN-4: what the control thread sends to a client takes the client's route. */
static void
packet_of_the_control_thread_is_routed(void)
{
	struct fx *fx = fx_new();
	struct cgn_pktmsg msg = { .op = CGN_PKT_ROUTE, .verdict = CGN_V_NONE };
	const struct fx_pkt *p;

	fx_use_inside2(fx);
	fx_start(fx);
	fx_udp_out(fx, L1, 5000, P1, 53); /* its neighbour is known then */
	msg.m = pg_udp(fx->mp, "10.0.0.1", 5351, L1, 5350, 12);
	rte_pktmbuf_adj(msg.m, RTE_ETHER_HDR_LEN);
	fx_pktmsg(fx, 0, &msg);
	p = fx_first(fx);
	FX_PKT(p, FX_INSIDE2, "10.0.0.1", 5351, L1, 5350);
	/* To nowhere. */
	msg.m = pg_udp(fx->mp, "10.0.0.1", 5351, P1, 5350, 12);
	rte_pktmbuf_adj(msg.m, RTE_ETHER_HDR_LEN);
	fx_pktmsg(fx, 0, &msg);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	CU_ASSERT_EQUAL(fx_counted(fx, CGN_C_OWN_TX_LOST), 1);
	fx_free(fx);
}

/* C-N-2: a lease that is taken back was never there: traffic of the port keeps its mapping, but no
 * mapping is left that traffic did not make. A deletion ends both (RFC 6886 section 3.4). */
static void
undone_lease_leaves_what_traffic_made(void)
{
	const uint8_t undo = CGN_MAPPING_EXPLICIT | CGN_MAPPING_UNDO;
	struct fx *fx = fx_new();
	struct fx_ep x, y = { 0 };

	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5000, &y, 600), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 5000, undo), 0);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5000, P1, 53)->sport, x.port);
	fx_advance_s(fx, 302);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	y = (struct fx_ep){ 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5001, &y, 600), 0);
	CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 5001, undo), 0);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, y.addr, y.port)->left);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	fx_free(fx);
}

/* A command of PCP about H1: a lease that ends no mapping in use. @return 0 or -errno
 * @param[in,out] life_s  lifetime; after a deletion what is left */
static int
pcp(struct fx *fx, enum cgn_cmd_op op, enum cgn_proto proto, uint16_t in_port, uint32_t *life_s,
		struct fx_ep *ext)
{
	struct cgn_cmd_map map = { .in = { .port = rte_cpu_to_be_16(in_port),
						   .proto = (uint8_t)proto },
		.lifetime_s = *life_s,
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES };
	struct cgn_evt reply = { 0 };
	int ret;

	inet_pton(AF_INET, H1, &map.in.addr);
	ret = command(fx, op, &map, &reply);
	if (op == CGN_CMD_MAP_DEL)
		*life_s = reply.u.map.lifetime_s;
	if (ext != NULL) {
		inet_ntop(AF_INET, &reply.u.map.ext.addr, ext->addr, sizeof(ext->addr));
		ext->port = rte_be_to_cpu_16(reply.u.map.ext.port);
	}
	return ret;
}

static struct fx_ep
pcp_lease(struct fx *fx, enum cgn_proto proto, uint16_t in_port, uint32_t lifetime_s)
{
	struct fx_ep ext = { 0 };

	CU_ASSERT_EQUAL(pcp(fx, CGN_CMD_MAP_ADD, proto, in_port, &lifetime_s, &ext), 0);
	return ext;
}

/* @return what is left, or -errno */
static int
pcp_delete(struct fx *fx, enum cgn_proto proto, uint16_t in_port)
{
	uint32_t left_s = 0;
	int ret = pcp(fx, CGN_CMD_MAP_DEL, proto, in_port, &left_s, NULL);

	return ret < 0 ? ret : (int)left_s;
}

/* E-LIFE-5: no request ends a mapping sooner than its idle time-out after the last packet of the inside, and the answer
 * tells how long that is. */
static void
deletion_by_pcp_ends_nothing_in_use(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->single_worker = true;
	fx_start(fx);
	/* The lease comes first, as with most clients. */
	x = pcp_lease(fx, UDP, 5000, 6000);
	CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5000, P1, 53)->sport, x.port);
	fx_advance_s(fx, 100);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5000), 200);
	fx_advance_s(fx, 50);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5000), 150);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P2, 99, x.addr, x.port)->port, FX_INSIDE);
	fx_advance_s(fx, 152);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5000), -ENOENT);
	/* Nobody has used this one. */
	(void)pcp_lease(fx, UDP, 5001, 600);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5001), 0);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5001), -ENOENT);
	/* Nobody has used this one for long. */
	x = fx_map_udp(fx, H1, 5002);
	(void)pcp_lease(fx, UDP, 5002, 6000);
	fx_advance_s(fx, 1000);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5002), 0);
	/* Traffic goes on behind a deletion. */
	x = pcp_lease(fx, UDP, 5003, 6000);
	(void)fx_udp_out(fx, H1, 5003, P1, 53);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5003), 300);
	fx_advance_s(fx, 200);
	(void)fx_udp_out(fx, H1, 5003, P1, 53);
	fx_advance_s(fx, 200);
	CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5003, P1, 53)->sport, x.port);
	CU_ASSERT_EQUAL(pcp_delete(fx, UDP, 5003), -EADDRINUSE);
	/* NAT-PMP ends it at once (RFC 6886 section 3.4). */
	x = pcp_lease(fx, UDP, 5004, 6000);
	(void)fx_udp_out(fx, H1, 5004, P1, 53);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 5004), 0);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-LIFE-5, E-MAP-3: a forger who asks for a short lifetime does not end the mapping of traffic. */
static void
short_lease_of_pcp_ends_nothing_in_use(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->single_worker = true;
	fx_start(fx);
	x = fx_map_udp(fx, H1, 5000);
	(void)pcp_lease(fx, UDP, 5000, 2);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5000, P1, 53)->sport, x.port);
		fx_advance_s(fx, 100);
	}
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->port, FX_INSIDE);
	fx_advance_s(fx, 202);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-LIFE-5: a connection from outside in which the inside has answered. */
static void
deletion_by_pcp_resets_no_connection_in_use(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;
	int left;

	fx->single_worker = true;
	fx_start(fx);
	x = pcp_lease(fx, TCP, 80, 6000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 4000, x.addr, x.port, 2)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 80, P1, 4000, 0x12)->sport, x.port);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 4000, x.addr, x.port, 0x10)->port, FX_INSIDE);
	left = pcp_delete(fx, TCP, 80);
	CU_ASSERT_TRUE(left > 7000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 4000, x.addr, x.port, 0x10)->port, FX_INSIDE);
	/* Without a connection it ends at once. The SYN of a stranger is none, also if the inside answers it. */
	x = pcp_lease(fx, TCP, 81, 6000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 4000, x.addr, x.port, 2)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 81, P1, 4000, 0x12)->sport, x.port);
	CU_ASSERT_EQUAL(pcp_delete(fx, TCP, 81), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/*
 * B-EXT-3, B-MAP-14: a full pool is a lack of resources to a mapping request (result 4), and no address to an
 * address request (result 3). Renewals go on.
 */
static void
full_pool_is_out_of_resources_for_a_mapping(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x = { .port = 0 };
	struct cgn_cmd_map bind = { 0 };
	struct cgn_evt reply;

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_max = 10;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H2, 80, &x, 600), 0);
	x.port = 0;
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, K1, 80, &x, 600), -ENOSPC);
	CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 80, &x, 600), 0);
	inet_pton(AF_INET, K1, &bind.in.addr);
	CU_ASSERT_EQUAL(command(fx, CGN_CMD_BIND, &bind, &reply), -EADDRNOTAVAIL);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(connection_right_after_the_reply_passes),
	CU_TEST_ROW(other_protocol_is_not_let_in),
	CU_TEST_ROW(suggestion_never_makes_a_request_fail),
	CU_TEST_ROW(full_pool_is_out_of_resources_for_a_mapping),
	CU_TEST_ROW(mapping_made_by_traffic_becomes_the_lease),
	CU_TEST_ROW(companion_is_kept_for_the_same_client),
	CU_TEST_ROW(halves_of_a_number_are_never_two_clients),
	CU_TEST_ROW(deletion_takes_effect_at_once),
	CU_TEST_ROW(address_asked_for_is_the_one_used_later),
	CU_TEST_ROW(restored_lease_has_its_old_port_or_fails),
	CU_TEST_ROW(client_may_insist_on_the_external_port),
	CU_TEST_ROW(restored_lease_on_another_address_is_refused),
	CU_TEST_ROW(all_restored_leases_have_their_ports),
	CU_TEST_ROW(forgotten_leases_get_their_ports_back_under_load),
	CU_TEST_ROW(grace_ends),
	CU_TEST_ROW(grace_refuses_no_traffic),
	CU_TEST_ROW(spoofed_request_is_dropped_at_the_door),
	CU_TEST_ROW(packet_of_the_control_thread_is_routed),
	CU_TEST_ROW(undone_lease_leaves_what_traffic_made),
	CU_TEST_ROW(deletion_by_pcp_ends_nothing_in_use),
	CU_TEST_ROW(short_lease_of_pcp_ends_nothing_in_use),
	CU_TEST_ROW(deletion_by_pcp_resets_no_connection_in_use),
};

CU_MAIN("lease", tests)
