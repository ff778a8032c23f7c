/* SPDX-License-Identifier: BSD-3-Clause */
/* Leases of the opcode PEER of PCP: RFC 6887 section 12.3. */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <errno.h>

#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

static struct fx *
new_filtering(enum cgn_filtering filtering)
{
	struct fx *fx = fx_new();

	fx->conf.nat.filtering[UDP] = filtering;
	fx->conf.nat.filtering[TCP] = filtering;
	fx->groups[0].leases_max = 2;
	return fx_start(fx);
}

/* Ask for a lease of PEER of H1 with P1. x is the suggestion, then the external endpoint. @return 0 or -errno */
static int
peer(struct fx *fx, enum cgn_proto proto, uint16_t in_port, uint16_t rem_port, uint32_t lifetime_s,
		uint8_t flags, struct fx_ep *x)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;
	int ret;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(H1),
				.port = rte_cpu_to_be_16(in_port),
				.proto = (uint8_t)proto },
		.ext = { .port = rte_cpu_to_be_16(x->port), .proto = (uint8_t)proto },
		.lifetime_s = lifetime_s,
		.flags = CGN_MAPPING_PEER | CGN_MAPPING_AGES | flags,
		.rem_addr = pg_addr(P1),
		.rem_port = rte_cpu_to_be_16(rem_port),
	};
	ret = fx_cmd(fx, fx_owner(fx, H1), &cmd, &reply);
	if (ret == 0) {
		inet_ntop(AF_INET, &reply.u.map.ext.addr, x->addr, sizeof(x->addr));
		x->port = rte_be_to_cpu_16(reply.u.map.ext.port);
	}
	return ret;
}

/* E-PEER-3: a mapping without traffic lives for the lifetime. After it, idleness ends it as it ends others. */
static void
peer_keeps_a_udp_mapping_for_its_lifetime(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = { .port = 0 };

	CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 3600, 0, &y), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	fx_advance_s(fx, 1000);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->port, FX_INSIDE);
	fx_advance_s(fx, 2500);
	CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5000, P1, 53)->sport, x.port);
	FX_BOOKS(fx);
	fx_advance_s(fx, 200);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->port, FX_INSIDE);
	FX_BOOKS(fx);
	fx_advance_s(fx, 202);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	fx_free(fx);
}

/* E-PEER-3: an established connection that is idle for longer than 7440 s. One that ends is not kept. */
static void
peer_keeps_a_connection_for_its_lifetime(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80), y = { .port = 0 };
	struct fx_ep z = fx_connect(fx, H1, 5001, P1, 80);

	(void)fx_connect(fx, H1, 5000, P1, 81); /* the second one of this mapping */
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 20000, 0, &y), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	fx_advance_s(fx, 8000);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x10)->port, FX_INSIDE);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 80, z.addr, z.port, 0x10)->left);
	/* Both ends close the first one. */
	(void)fx_tcp_out(fx, H1, 5000, P1, 80, 0x11);
	(void)fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x11);
	(void)fx_tcp_out(fx, H1, 5000, P1, 80, 0x10);
	fx_advance_s(fx, 300);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->left);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x10)->port, FX_INSIDE);
	/* The other one was used shortly before the lease ends. */
	fx_advance_s(fx, 11500);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P1, 81, 0x10)->sport, x.port);
	fx_advance_s(fx, 7000);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x10)->port, FX_INSIDE);
	fx_advance_s(fx, 7500);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x10)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-PEER-3: PEER keeps what the inside has opened. What the outside has opened lives as long as without PEER. */
static void
connections_from_outside_live_as_without_peer(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	fx->drain_s = 20000;
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 600, 0, &x), 0);
	(void)fx_tcp_in(fx, P2, 4000, x.addr, x.port, 2);
	(void)fx_tcp_out(fx, H1, 5000, P2, 4000, 0x12);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P2, 4000, x.addr, x.port, 0x10)->port, FX_INSIDE);
	fx_advance_s(fx, 700);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_TCP_RESETS_MADE), 0);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P2, 4000, 0x10)->dport, 4000);
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 20000, 0, &x), 0);
	FX_BOOKS(fx);
	fx_advance_s(fx, 8000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->port, FX_INSIDE);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P2, 4000, x.addr, x.port, 0x10)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-LIFE-5: a deletion says whether PEER still keeps the mapping. If not, idleness ends it. */
static void
deletion_ends_what_peer_no_longer_keeps(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 20000, CGN_MAPPING_EXPLICIT, &x), 0);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P1, 80, 0x10)->sport, x.port);
	CU_ASSERT_EQUAL(fx_end_lease(fx, TCP, H1, 5000, CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES),
			0);
	fx_advance_s(fx, 7000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->port, FX_INSIDE);
	FX_BOOKS(fx);
	fx_advance_s(fx, 7500);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* How a lease of PEER ends early, or will end earlier. */
enum early_end {
	DELETED_IN_USE, /* by PCP: the lease stays as one of MAP */
	REVOKED,
	PEER_OVER, /* MAP goes on */
	SHORTENED, /* MAP is over, and PEER ends earlier than MAP */
	EARLY_ENDS,
};

static void
end_early(struct fx *fx, enum early_end how, struct fx_ep *x)
{
	switch (how) {
	case DELETED_IN_USE:
		CU_ASSERT_EQUAL(fx_end_lease(fx, TCP, H1, 5000,
						CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES),
				0);
		break;
	case REVOKED:
		CU_ASSERT_EQUAL(fx_end_lease(fx, TCP, H1, 5000, CGN_MAPPING_EXPLICIT), 0);
		break;
	case PEER_OVER:
		CU_ASSERT_EQUAL(fx_lease(fx, TCP, H1, 5000, x, 20000), 0);
		break;
	case SHORTENED:
		CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 60, 0, x), 0);
		break;
	case EARLY_ENDS:
		break;
	}
}

/* E-PEER-3: all idle connections of a lease that ends early end with it, not only the first one of the mapping. */
static void
idle_connections_end_with_a_lease_that_ends_early(void)
{
	for (enum early_end how = 0; how < EARLY_ENDS; how++) {
		struct fx *fx = new_filtering(CGN_FILTERING_EI);
		struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

		fx->drain_s = 20000;
		(void)fx_connect(fx, H1, 5000, P1, 81);
		(void)fx_connect(fx, H1, 5000, P1, 82);
		CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 20000, CGN_MAPPING_EXPLICIT, &x), 0);
		fx_advance_s(fx, 8000);
		CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->port, FX_INSIDE);
		CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 82, x.addr, x.port, 0x10)->port, FX_INSIDE);
		end_early(fx, how, &x);
		FX_BOOKS(fx);
		fx_advance_s(fx, 70);
		CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x10)->left);
		/* The others are in use. */
		CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->port, FX_INSIDE);
		CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 82, x.addr, x.port, 0x10)->port, FX_INSIDE);
		FX_BOOKS(fx);
		fx_advance_s(fx, 7500);
		CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 82, x.addr, x.port, 0x10)->left);
		FX_BOOKS(fx);
		fx_free(fx);
	}
}

/* The same for what a filter admits. */
static void
filter_entry_ends_with_a_lease_that_ends_early(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_APD);
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	(void)fx_udp_out(fx, H1, 5000, P2, 54);
	CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 20000, 0, &x), 0);
	fx_advance_s(fx, 1000);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P2, 54, x.addr, x.port)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_udp_out(fx, H1, 5000, P1, 53)->sport, x.port);
	CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 5000, CGN_MAPPING_AGES), 0);
	fx_advance_s(fx, 10);
	CU_ASSERT_FALSE(fx_udp_in(fx, P2, 54, x.addr, x.port)->left);
	CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->port, FX_INSIDE);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-PEER-2: a connection that is older than the NAT's state goes on with its old port. */
static void
peer_brings_a_lost_connection_back(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_APD);
	struct fx_ep x = { .port = 40001 };

	CU_ASSERT_FALSE(fx_tcp_out(fx, H1, 5000, P1, 80, 0x10)->left);
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 600, CGN_MAPPING_AS_ASKED, &x), 0);
	CU_ASSERT_EQUAL(x.port, 40001);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x18)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_out(fx, H1, 5000, P1, 80, 0x10)->sport, 40001);
	/* Only with this remote endpoint. */
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x18)->left);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P2, 80, x.addr, x.port, 2)->left);
	/* It counts as established: it outlives the lease and the time of one that opens. */
	fx_advance_s(fx, 5000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x18)->port, FX_INSIDE);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-PEER-2: before the first packet of the connection, which then opens as usual. */
static void
connection_opens_over_a_lease_of_peer(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_APD);
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 80, 600, 0, &x), 0);
	CU_ASSERT_EQUAL(fx_connect(fx, H1, 5000, P1, 80).port, x.port);
	CU_ASSERT_EQUAL(fx_connect(fx, H1, 5000, P2, 80).port, x.port);
	fx_advance_s(fx, 5000);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x18)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P2, 80, x.addr, x.port, 0x18)->port, FX_INSIDE);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-PEER-1: the suggestion counts for a new mapping. One that is there is told as it is. */
static void
suggestion_counts_for_a_new_mapping_only(void)
{
	const uint8_t as_asked = CGN_MAPPING_AS_ASKED | CGN_MAPPING_AS_IT_IS;
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = fx_map_udp(fx, H1, 5000), y = { .port = (uint16_t)(x.port + 1) };

	CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 600, as_asked, &y), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	CU_ASSERT_EQUAL(peer(fx, UDP, 5001, 53, 600, as_asked, &y), -EBUSY);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A-FIL-3: PEER opens a mapping no further than a packet of the inside to the remote endpoint would. */
static void
peer_admits_what_a_packet_to_the_remote_would(void)
{
	static const enum cgn_filtering kinds[] = { CGN_FILTERING_EI, CGN_FILTERING_AD,
		CGN_FILTERING_APD };

	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		struct fx *fx = new_filtering(kinds[i]);
		struct fx_ep x = { .port = 0 }, y = { .port = 0 };

		CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 600, 0, &x), 0);
		CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, x.addr, x.port)->left, true);
		CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 54, x.addr, x.port)->left, i < 2);
		CU_ASSERT_EQUAL(fx_udp_in(fx, P2, 53, x.addr, x.port)->left, i < 1);
		/* A request of MAP opens it for all. */
		CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 600, CGN_MAPPING_EXPLICIT, &y), 0);
		CU_ASSERT_EQUAL(fx_udp_in(fx, P2, 53, x.addr, x.port)->left, true);
		FX_BOOKS(fx);
		fx_free(fx);
	}
}

/* E-MAP-5: leases of PEER count with the others. Where there is no room for the connection, there is no lease. */
static void
leases_of_peer_have_limits(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct fx_ep x = { .port = 0 };

	for (uint16_t i = 0; i < 2; i++, x.port = 0)
		CU_ASSERT_EQUAL(peer(fx, TCP, (uint16_t)(5000 + i), 80, 600, 0, &x), 0);
	CU_ASSERT_EQUAL(peer(fx, TCP, 5002, 80, 600, 0, &x), -EDQUOT);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 5003, &x, 600), -EDQUOT);
	/* A renewal, for another remote endpoint. */
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 81, 600, 0, &x), 0);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 81, x.addr, x.port, 0x18)->port, FX_INSIDE);
	CU_ASSERT_EQUAL(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x18)->port, FX_INSIDE);
	FX_BOOKS(fx);
	/* No connection is left, so the mappings end with their leases. */
	fx_advance_s(fx, 1000);
	x.port = 0;
	CU_ASSERT_EQUAL(peer(fx, UDP, 5004, 80, 600, 0, &x), 0);
	CU_ASSERT_EQUAL(peer(fx, UDP, 5005, 80, 600, 0, &x), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

static void
no_room_for_the_connection_leaves_no_lease(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x = { .port = 0 };

	fx->groups[0].sessions_max = 1;
	fx->conf.nat.filtering[UDP] = CGN_FILTERING_APD;
	fx_start(fx);
	CU_ASSERT_EQUAL(peer(fx, UDP, 5000, 53, 600, 0, &x), 0);
	x.port = 0;
	CU_ASSERT_EQUAL(peer(fx, UDP, 5001, 53, 600, 0, &x), -EDQUOT);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 5001), -ENOENT);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* The same for a mapping that exists: it is as before, and no lease counts. */
static void
no_room_for_the_connection_changes_nothing(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x, y = { .port = 0 };

	fx->groups[0].sessions_max = 1;
	fx->groups[0].leases_max = 1;
	fx_start(fx);
	x = fx_connect(fx, H1, 5000, P1, 80);
	CU_ASSERT_EQUAL(fx_connect(fx, H1, 5000, P1, 81).port, x.port);
	CU_ASSERT_EQUAL(peer(fx, TCP, 5000, 82, 20000, 0, &y), -EDQUOT);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 6000, &y, 600), 0);
	fx_advance_s(fx, 8000);
	CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 80, x.addr, x.port, 0x10)->left);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-PEER-2: the answer tells how long the mapping lives, which may be longer than was asked for. */
static void
peer_tells_how_long_the_mapping_lives(void)
{
	struct fx *fx = new_filtering(CGN_FILTERING_EI);
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;

	(void)fx_connect(fx, H1, 5000, P1, 80);
	fx_advance_s(fx, 100);
	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(H1), .port = RTE_BE16(5000), .proto = TCP },
		.lifetime_s = 120,
		.flags = CGN_MAPPING_PEER | CGN_MAPPING_AGES,
		.rem_addr = pg_addr(P1),
		.rem_port = RTE_BE16(80),
	};
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, H1), &cmd, &reply), 0);
	CU_ASSERT_TRUE(reply.u.map.lifetime_s > 7300 && reply.u.map.lifetime_s <= 7340);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(peer_keeps_a_udp_mapping_for_its_lifetime),
	CU_TEST_ROW(peer_keeps_a_connection_for_its_lifetime),
	CU_TEST_ROW(connections_from_outside_live_as_without_peer),
	CU_TEST_ROW(deletion_ends_what_peer_no_longer_keeps),
	CU_TEST_ROW(idle_connections_end_with_a_lease_that_ends_early),
	CU_TEST_ROW(filter_entry_ends_with_a_lease_that_ends_early),
	CU_TEST_ROW(peer_brings_a_lost_connection_back),
	CU_TEST_ROW(connection_opens_over_a_lease_of_peer),
	CU_TEST_ROW(suggestion_counts_for_a_new_mapping_only),
	CU_TEST_ROW(peer_admits_what_a_packet_to_the_remote_would),
	CU_TEST_ROW(leases_of_peer_have_limits),
	CU_TEST_ROW(no_room_for_the_connection_leaves_no_lease),
	CU_TEST_ROW(no_room_for_the_connection_changes_nothing),
	CU_TEST_ROW(peer_tells_how_long_the_mapping_lives),
};

CU_MAIN("scn_peer", tests)
