/* SPDX-License-Identifier: BSD-3-Clause */
/* The option PORT_SET (RFC 7753) at the PCP server. */
#include "tests/support/pcpfix.h"

#define OPTION_LEN 12

/* Ask for a set of UDP ports of LF_H1. */
static int
ask_set(uint32_t lifetime_s, uint8_t nonce, uint16_t in_port, uint16_t size)
{
	const uint8_t option[OPTION_LEN] = { 130, 0, 0, 5, (uint8_t)(size >> 8), (uint8_t)size,
		(uint8_t)(in_port >> 8), (uint8_t)in_port, 1 };
	uint8_t request[MAP_LEN + OPTION_LEN];

	make_map(request, lifetime_s, nonce, 17, in_port);
	memcpy(request + MAP_LEN, option, sizeof(option));
	return ask(LF_H1, request, sizeof(request));
}

static void
begin_sets(void)
{
	begin();
	conf.pcp.port_set_max = 32;
}

/* E-OPT-4: the answer tells the size, and each port has a lease. */
static void
set_is_told_with_its_size(void)
{
	begin_sets();
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(f.last.set_size, 10);
	CU_ASSERT_EQUAL(f.last.set_parity, 1);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + OPTION_LEN);
	CU_ASSERT_EQUAL(port_at(42), 40000);
	CU_ASSERT_EQUAL(answer[MAP_LEN], 130);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 10);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 6), 5000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 10);
	/* It is renewed as one. */
	lf_advance(&f, 600000);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 10), 0);
	lf_advance(&f, 3500000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 10);
	end();
}

/* E-OPT-4: a set of one port is none. The limit of the operator counts, and what the worker could make. */
static void
set_is_no_larger_than_it_may_be(void)
{
	begin_sets();
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 1000), 0);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 32);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 32);
	f.set_max = 3;
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 6000, 10), 0);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 3);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 35);
	f.set_max = 1;
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 7000, 10), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	f.set_max = 0;
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 65535, 10), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 7001, 1), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 7002, 0), 6);
	conf.pcp.port_set_max = 0;
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 8000, 10), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 39);
	end();
}

/* E-OPT-4, E-MAP-3: the set ends before a port of another client. */
static void
set_ends_before_the_port_of_another_client(void)
{
	begin_sets();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 17, 5004), 0);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 4);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5004, 10), 2);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME);
	/* One of the same client is renewed. */
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 17, 5002), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 5);
	end();
}

/* E-OPT-4, E-PEER-2: PEER has a lifetime of its own, so its port is in no set. */
static void
port_of_peer_is_in_no_set(void)
{
	uint8_t request[80];

	begin_sets();
	for (uint16_t port = 5000; port <= 5003; port += 3) {
		memset(request, 0, sizeof(request));
		make_map(request, LIFETIME, 7, 17, port);
		request[1] = 2;
		request[60] = request[61] = 80; /* remote port 20560 */
		request[74] = request[75] = 0xff;
		memcpy(request + 76, &(rte_be32_t){ LF_X2 }, 4);
		CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	}
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5001, 10), 0);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 4);
	CU_ASSERT_EQUAL(ask_set(0, 7, 5001, 10), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	end();
}

/* E-OPT-4, E-OPT-3: each port of a set has the filters of the set. One with others is in no set. */
static void
port_with_other_filters_is_in_no_set(void)
{
	uint8_t request[MAP_LEN + 24];

	begin_sets();
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 3), 0);
	make_map(request, LIFETIME, 7, 17, 5001);
	memset(request + MAP_LEN, 0, 24);
	request[MAP_LEN] = 3;
	request[MAP_LEN + 3] = 20;
	request[MAP_LEN + 5] = 128;
	request[MAP_LEN + 18] = request[MAP_LEN + 19] = 0xff;
	request[MAP_LEN + 20] = 203;
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 3), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(f.last.set_size, 1);
	end();
}

/* Requests for sets and for ports in them wait for each other: the second one has another nonce. */
static void
overlapping_requests_wait_for_each_other(void)
{
	const struct cgn_return_addr from = sender(LF_H1);
	const uint8_t option[OPTION_LEN] = { 130, 0, 0, 5, 0, 10, 5000 >> 8, 5000 & 0xff, 0 };
	uint8_t set[MAP_LEN + OPTION_LEN], one[MAP_LEN];

	begin_sets();
	make_map(set, LIFETIME, 7, 17, 5000);
	memcpy(set + MAP_LEN, option, sizeof(option));
	make_map(one, LIFETIME, 8, 17, 5005);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, set, sizeof(set), f.now_ms));
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, one, sizeof(one), f.now_ms));
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 1);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(ask(LF_H1, one, sizeof(one)), 2);
	/* The port behind the set is free. */
	make_map(one, LIFETIME, 8, 17, 5010);
	CU_ASSERT_EQUAL(ask(LF_H1, one, sizeof(one)), 0);
	end();
}

/* E-OPT-4: it is deleted as one, but nothing of another client. */
static void
set_is_deleted_as_one(void)
{
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(5003), .proto = CGN_PROTO_UDP };

	begin_sets();
	CU_ASSERT_EQUAL(ask_set(LIFETIME, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 17, 5010), 0);
	CU_ASSERT_EQUAL(ask_set(0, 9, 5000, 10), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 11);
	/* The answer tells what is left of those in use. */
	lf_find(&f, &in)->used_s = 250;
	CU_ASSERT_EQUAL(ask_set(0, 7, 5000, 11), 0);
	CU_ASSERT_EQUAL(word_at(4), 250);
	CU_ASSERT_EQUAL(port_at(MAP_LEN + 4), 11);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	lf_find(&f, &in)->used_s = 0;
	CU_ASSERT_EQUAL(ask_set(0, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(word_at(4), 0);
	CU_ASSERT_EQUAL(ask_set(0, 7, 5000, 10), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(set_is_told_with_its_size),
	CU_TEST_ROW(set_is_no_larger_than_it_may_be),
	CU_TEST_ROW(set_ends_before_the_port_of_another_client),
	CU_TEST_ROW(port_of_peer_is_in_no_set),
	CU_TEST_ROW(port_with_other_filters_is_in_no_set),
	CU_TEST_ROW(overlapping_requests_wait_for_each_other),
	CU_TEST_ROW(set_is_deleted_as_one),
};

CU_MAIN("pcp_port_set", tests)
