/* SPDX-License-Identifier: BSD-3-Clause */
/* The PCP server: MAP and ANNOUNCE, and what is no good request. */
#include "tests/support/pcpfix.h"

/* --- MAP ----------------------------------------------------------------------------------- */

/* E-MAP-1, E-RX-7: the answer has the nonce, and the external address and port. */
static void
map_is_answered_with_the_external_endpoint(void)
{
	uint8_t request[MAP_LEN], ext[16] = { [10] = 0xff, [11] = 0xff };

	begin();
	lf_advance(&f, 5000);
	make_map(request, LIFETIME, 7, 6, 8080);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(answer[1], 0x81);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME);
	CU_ASSERT_EQUAL(word_at(8), 5); /* epoch */
	CU_ASSERT_EQUAL(word_at(12) | word_at(16) | word_at(20), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 24, request + 24, 18), 0);
	CU_ASSERT_EQUAL(port_at(42), 40000);
	memcpy(ext + 12, &(rte_be32_t){ LF_X }, 4);
	CU_ASSERT_EQUAL(memcmp(answer + 44, ext, sizeof(ext)), 0);
	/* E-MAP-3: a renewal. */
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(port_at(42), 40000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* E-LIFE-1 */
static void
lifetimes_have_limits(void)
{
	begin();
	CU_ASSERT_EQUAL(ask_map(1, 7, 6, 1), 0);
	CU_ASSERT_EQUAL(word_at(4), 120);
	CU_ASSERT_EQUAL(ask_map(1000000000, 7, 6, 1), 0);
	CU_ASSERT_EQUAL(word_at(4), 86400);
	CU_ASSERT_EQUAL(ask_map(UINT32_MAX, 7, 6, 1), 0);
	CU_ASSERT_EQUAL(word_at(4), 86400);
	end();
}

/* E-MAP-2: all ports, or all protocols, cannot be mapped on a shared address. */
static void
wildcards_and_unknown_protocols_are_refused(void)
{
	static const struct {
		uint8_t proto;
		uint16_t port;
		int result;
	} rows[] = { { 6, 0, 9 }, { 17, 0, 9 }, { 0, 0, 9 }, { 0, 80, 3 }, { 132, 80, 9 },
		{ 255, 80, 9 }, { 17, 80, 0 } };

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, rows[i].proto, rows[i].port), rows[i].result);
		if (rows[i].result != 0)
			CU_ASSERT_EQUAL(word_at(4), 1800);
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	/* E-LIFE-2: there is no such mapping, so its deletion succeeds. */
	CU_ASSERT_EQUAL(ask_map(0, 7, 6, 0), 0);
	CU_ASSERT_EQUAL(ask_map(0, 7, 132, 80), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* E-MAP-3, D-SEC-4: the answer tells how long the mapping of another client lives. */
static void
another_nonce_is_not_authorized(void)
{
	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	lf_advance(&f, 600000);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 6, 80), 2);
	CU_ASSERT_EQUAL(word_at(4), 3000);
	CU_ASSERT_EQUAL(ask_map(0, 8, 6, 80), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_NONCE), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* E-LIFE-2: a deletion copies what the request suggests, also if there is nothing to delete. */
static void
deletion_copies_the_suggestion(void)
{
	uint8_t request[MAP_LEN];

	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 17, 80), 0);
	make_map(request, 0, 7, 17, 80);
	request[42] = 0x12;
	request[43] = 0x34;
	request[56] = 9;
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
		CU_ASSERT_EQUAL(word_at(4), 0);
		CU_ASSERT_EQUAL(memcmp(answer + 24, request + 24, 36), 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	}
	end();
}

/* E-LIFE-5: what is in use lives on, and the client is told, also if it asks again. It still has its owner. */
static void
deletion_tells_what_is_left(void)
{
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_UDP };

	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 17, 80), 0);
	lf_find(&f, &in)->used_s = 250;
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ask_map(0, 7, 17, 80), 0);
		CU_ASSERT_EQUAL(word_at(4), 250);
	}
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 17, 80), 2);
	CU_ASSERT_EQUAL(word_at(4), 250);
	/* E-LIFE-2: what traffic alone has made is not the client's to delete. */
	lf_advance(&f, 250000);
	lf_find(&f, &in)->flags = CGN_MAPPING_IMPLICIT;
	CU_ASSERT_EQUAL(ask_map(0, 7, 17, 80), 2);
	end();
}

/* E-MAP-3: a mapping of the operator does not end, and is not deleted. */
static void
static_mapping_is_told_as_it_is(void)
{
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };

	begin();
	lf_add(&f, &in, 4444, CGN_MAPPING_STATIC);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(port_at(42), 4444);
	CU_ASSERT_EQUAL(word_at(4), UINT32_MAX);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 6, 80), 0); /* the nonce is not kept */
	CU_ASSERT_EQUAL(ask_map(0, 7, 6, 80), 2);
	end();
}

/* E-MAP-5: limits and what is used up, with their lifetimes. What is not known gets no answer. */
static void
refusals_have_their_codes(void)
{
	static const struct {
		int ret, result;
		uint32_t lifetime_s;
	} rows[] = { { -EDQUOT, 10, 30 }, { -ENOSPC, 8, 30 }, { -EADDRNOTAVAIL, 8, 30 },
		{ -EACCES, 2, 1800 }, { -EIO, -1, 0 } };

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		f.refuse = rows[i].ret;
		CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), rows[i].result);
		if (rows[i].result > 0)
			CU_ASSERT_EQUAL(word_at(4), rows[i].lifetime_s);
	}
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNANSWERED), 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_SUBSCRIBER), 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_BOX), 2);
	f.refuse = 0;
	conf.pcp.map = false;
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 2);
	conf.pcp.map = true;
	groups[0].leases_max = 0;
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_POLICY), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* --- what is no good request --------------------------------------------------------------- */

/* E-RX-2: each rule. The datagrams that get no answer change nothing. */
static void
bad_requests_get_their_codes(void)
{
	uint8_t request[1200] = { 0 };

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_EQUAL(ask(LF_H1, request, 1), -1);
	CU_ASSERT_EQUAL(ask(LF_H1, request, 20), -1);
	CU_ASSERT_EQUAL(ask(LF_H1, request, 59), 3);
	CU_ASSERT_EQUAL(ask(LF_H1, request, 56), 3);
	CU_ASSERT_EQUAL(ask(LF_H1, request, 1104), 3);
	CU_ASSERT_EQUAL(answer_len, 1100);
	request[1] = 0x81;
	CU_ASSERT_EQUAL(ask(LF_H1, request, MAP_LEN), -1);
	request[1] = 50;
	CU_ASSERT_EQUAL(ask(LF_H1, request, MAP_LEN), 4);
	request[1] = 1;
	CU_ASSERT_EQUAL(ask(LF_H2, request, MAP_LEN), 12);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_MISMATCH), 1);
	/* E-VER-1: the nearest version that cgnd has is in the answer. */
	request[0] = 3;
	CU_ASSERT_EQUAL(ask(LF_H1, request, MAP_LEN), 1);
	request[0] = 1;
	CU_ASSERT_EQUAL(ask(LF_H1, request, MAP_LEN), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_IGNORED), 3);
	end();
}

/* E-RX-3, E-RX-4: an error answer is a copy, and nothing has changed. The client's address in it stays where the answer
 * has reserved bits only if the request could not be read. */
static void
error_answers_are_copies(void)
{
	uint8_t request[MAP_LEN + 8];

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	memcpy(request + MAP_LEN, (const uint8_t[8]){ 60, 0, 0, 4, 1, 2, 3, 4 }, 8);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 5); /* E-RX-5: it must be processed */
	CU_ASSERT_EQUAL(answer_len, sizeof(request));
	CU_ASSERT_EQUAL(memcmp(answer + 24, request + 24, sizeof(request) - 24), 0);
	CU_ASSERT_EQUAL(word_at(4), 1800);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* E-RX-5: this one may be ignored, and is not in the answer. */
	request[MAP_LEN] = 200;
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	end();
}

/* L-IPS-1: NOT_AUTHORIZED, and nothing is made. */
static void
plain_requests_are_refused_where_ipsec_is_required(void)
{
	struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[MAP_LEN];

	begin();
	groups[0].natpmp_auth = CGN_NATPMP_AUTH_IPSEC;
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNAUTHORIZED), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	from.is_protected = true;
	make_map(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, sizeof(request), f.now_ms));
	lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* E-RX-6: who asks too often gets no answer; nor does a repetition of a request under way. */
static void
floods_and_repetitions_get_no_answer(void)
{
	const struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[MAP_LEN];

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(cgn_pcp_server_input(
				server, &from, request, sizeof(request), f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 2);
	for (int i = 0; i < 200; i++)
		(void)ask_map(LIFETIME, 7, 6, 80);
	CU_ASSERT_EQUAL(n_answers, 98);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_LIMITED), 103);
	end();
	/* None of them keeps a place. */
	begin();
	conf.natpmp.requests_per_s = 100000;
	for (unsigned int i = 0; i < 3 * CGN_LEASE_SERVICE_OPEN_MAX; i++)
		CU_ASSERT_TRUE(cgn_pcp_server_input(
				server, &from, request, sizeof(request), f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 81), 0);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_OVERLOAD), 0);
	conf.natpmp.requests_per_s = 100;
	end();
}

/* After this time the client has sent its request again. */
static void
late_answers_are_dropped(void)
{
	const struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[MAP_LEN];

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, sizeof(request), f.now_ms));
	lf_advance(&f, CGN_PCP_SERVER_LATE_MS + 1);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_LATE), 1);
	end();
}

/* E-RX-1: a host that is no subscriber has no NAT here, and outside nobody is served. */
static void
strangers_are_not_served(void)
{
	struct cgn_return_addr from = sender(RTE_BE32(0x0a000001));
	uint8_t request[MAP_LEN];

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_FALSE(cgn_pcp_server_input(server, &from, request, sizeof(request), f.now_ms));
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_NO_GROUP), 1); /* REQ: G-DAY-88 */
	from = sender(LF_H1);
	from.local.ip4 = RTE_BE32(0xc0000202);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, sizeof(request), f.now_ms));
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_NOT_INSIDE), 1);
	CU_ASSERT_EQUAL(n_answers, 0);
	end();
}

/* --- ANNOUNCE ------------------------------------------------------------------------------ */

/* E-ANN-3, E-EP-1: lifetime 0, and no state. The epoch grows by one a second. */
static void
announce_tells_the_epoch(void)
{
	uint8_t request[24] = { 2, 0, [18] = 0xff, 0xff };

	begin();
	memcpy(request + 20, &(rte_be32_t){ LF_H1 }, 4);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(answer_len, 24);
	CU_ASSERT_EQUAL(word_at(4), 0);
	CU_ASSERT_EQUAL(word_at(8), 0);
	lf_advance(&f, 60000);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(word_at(8), 60);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(map_is_answered_with_the_external_endpoint),
	CU_TEST_ROW(lifetimes_have_limits),
	CU_TEST_ROW(wildcards_and_unknown_protocols_are_refused),
	CU_TEST_ROW(another_nonce_is_not_authorized),
	CU_TEST_ROW(deletion_copies_the_suggestion),
	CU_TEST_ROW(deletion_tells_what_is_left),
	CU_TEST_ROW(static_mapping_is_told_as_it_is),
	CU_TEST_ROW(refusals_have_their_codes),
	CU_TEST_ROW(bad_requests_get_their_codes),
	CU_TEST_ROW(error_answers_are_copies),
	CU_TEST_ROW(plain_requests_are_refused_where_ipsec_is_required),
	CU_TEST_ROW(floods_and_repetitions_get_no_answer),
	CU_TEST_ROW(late_answers_are_dropped),
	CU_TEST_ROW(strangers_are_not_served),
	CU_TEST_ROW(announce_tells_the_epoch),
};

CU_MAIN("pcp_server", tests)
