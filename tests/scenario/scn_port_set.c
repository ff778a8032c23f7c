/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of ports in a row: RFC 7753. */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>
#include <errno.h>

#define UDP CGN_PROTO_UDP

/* One worker and one external address. Blocks have 64 ports. */
static struct fx *
new_blocks(unsigned int blocks_max)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = (uint16_t)blocks_max;
	fx->groups[0].leases_max = 1000;
	return fx;
}

/* Ask for a set of H1. x->port is the suggestion, then the first external port. @return its size, or -errno */
static int
set(struct fx *fx, uint16_t in_port, uint16_t size, bool parity, struct fx_ep *x)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;
	int ret;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(H1), .port = rte_cpu_to_be_16(in_port), .proto = UDP },
		.ext = { .port = rte_cpu_to_be_16(x->port), .proto = UDP },
		.lifetime_s = 600,
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES,
		.set_size = size,
		.set_parity = parity,
	};
	ret = fx_cmd(fx, 0, &cmd, &reply);
	if (ret < 0)
		return ret;
	inet_ntop(AF_INET, &reply.u.map.ext.addr, x->addr, sizeof(x->addr));
	x->port = rte_be_to_cpu_16(reply.u.map.ext.port);
	return reply.u.map.set_size;
}

/* Whether each port of a set is reached from outside, and the next one not. */
static void
is_reached(struct fx *fx, uint16_t in_port, int size, const struct fx_ep *x)
{
	for (int i = 0; i < size; i++) {
		const struct fx_pkt *p = fx_udp_in(fx, P1, 53, x->addr, (uint16_t)(x->port + i));

		FX_PKT(p, FX_INSIDE, P1, 53, H1, (uint16_t)(in_port + i));
	}
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x->addr, (uint16_t)(x->port + size))->left);
}

/* E-OPT-4: all ports of a set are in a row and reached. A renewal has the same ports. */
static void
set_is_in_a_row_and_reached(void)
{
	struct fx *fx = fx_start(new_blocks(1));
	struct fx_ep x = { .port = 0 }, y = { .port = 0 };

	CU_ASSERT_EQUAL(set(fx, 5000, 20, false, &x), 20);
	is_reached(fx, 5000, 20, &x);
	fx_advance_s(fx, 500);
	CU_ASSERT_EQUAL(set(fx, 5000, 20, false, &y), 20);
	CU_ASSERT_EQUAL(x.port, y.port);
	fx_advance_s(fx, 500);
	is_reached(fx, 5000, 20, &x);
	/* A part of it, and more of it: renewals of what there is. */
	y.port = 0;
	CU_ASSERT_EQUAL(set(fx, 5010, 10, false, &y), 10);
	CU_ASSERT_EQUAL(y.port, x.port + 10);
	FX_BOOKS(fx);
	fx_advance_s(fx, 200);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	is_reached(fx, 5010, 10, &y);
	fx_free(fx);
}

/* E-OPT-4: a block of 64 ports is left, 100 are asked for: the set has the whole block. */
static void
set_is_as_long_as_what_is_left(void)
{
	struct fx *fx = fx_start(new_blocks(1));
	struct fx_ep x = { .port = 0 }, y = { .port = 0 };

	CU_ASSERT_EQUAL(set(fx, 5000, 100, false, &x), 64);
	is_reached(fx, 5000, 64, &x);
	CU_ASSERT_EQUAL(x.port % 64, 0);
	CU_ASSERT_EQUAL(set(fx, 6000, 100, false, &y), -EDQUOT);
	FX_BOOKS(fx);
	fx_free(fx);
	/* One port of the block is in use, so the longer side is taken. */
	fx = fx_start(new_blocks(1));
	x = fx_map_udp(fx, H1, 4000);
	y.port = 0;
	CU_ASSERT_EQUAL(set(fx, 5000, 64, false, &y),
			x.port % 64 < 32 ? 63 - x.port % 64 : x.port % 64);
	FX_BOOKS(fx);
	fx_free(fx);
	/* Another block is longer than what is left of the first one. */
	fx = fx_start(new_blocks(2));
	x = fx_map_udp(fx, H1, 4000);
	y.port = 0;
	CU_ASSERT_EQUAL(set(fx, 5000, 64, false, &y), 64);
	CU_ASSERT_NOT_EQUAL(x.port / 64, y.port / 64);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-OPT-4, RFC 7753 section 4: a client that has lost its state suggests its old ports. */
static void
suggested_ports_are_given_if_they_are_free(void)
{
	struct fx *fx = fx_start(new_blocks(4));
	struct fx_ep x = { .port = 40000 };

	CU_ASSERT_EQUAL(set(fx, 5000, 8, false, &x), 8);
	CU_ASSERT_EQUAL(x.port, 40000);
	x.port = 40007;
	CU_ASSERT_EQUAL(set(fx, 6000, 8, false, &x), 8);
	CU_ASSERT_NOT_EQUAL(x.port, 40007);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* RFC 7753 section 4.2: parity of the first port. */
static void
parity_is_kept(void)
{
	struct fx *fx = fx_start(new_blocks(4));

	for (uint16_t i = 0; i < 20; i++) {
		struct fx_ep x = { .port = 0 };
		uint16_t in_port = (uint16_t)(5000 + 9 * i);

		CU_ASSERT_EQUAL(set(fx, in_port, 8, true, &x), 8);
		CU_ASSERT_EQUAL(x.port & 1, in_port & 1);
	}
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-MAP-5: each port counts. What ends a set early is no refusal. */
static void
each_port_of_a_set_counts(void)
{
	struct fx *fx = new_blocks(4);
	struct fx_ep x = { .port = 0 }, y = { .port = 0 };

	fx->groups[0].leases_max = 10;
	fx_start(fx);
	CU_ASSERT_EQUAL(set(fx, 5000, 8, false, &x), 8);
	CU_ASSERT_EQUAL(set(fx, 6000, 8, false, &y), 2);
	CU_ASSERT_EQUAL(set(fx, 7000, 8, false, &y), -EDQUOT);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 5007), 0);
	y.port = 0;
	CU_ASSERT_EQUAL(set(fx, 7000, 8, false, &y), 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A mapping with another external port ends the set, and so does the last port. */
static void
set_ends_before_what_does_not_fit(void)
{
	struct fx *fx = fx_start(new_blocks(4));
	struct fx_ep x = { .port = 0 };

	(void)fx_map_udp(fx, H1, 5003);
	CU_ASSERT_EQUAL(set(fx, 5000, 8, false, &x), 3);
	x.port = 0;
	CU_ASSERT_EQUAL(set(fx, 65534, 8, false, &x), 2);
	FX_BOOKS(fx);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(set_is_in_a_row_and_reached),
	CU_TEST_ROW(set_is_as_long_as_what_is_left),
	CU_TEST_ROW(suggested_ports_are_given_if_they_are_free),
	CU_TEST_ROW(parity_is_kept),
	CU_TEST_ROW(each_port_of_a_set_counts),
	CU_TEST_ROW(set_ends_before_what_does_not_fit),
};

CU_MAIN("scn_port_set", tests)
