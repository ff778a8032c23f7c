/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/b4homefix.h"

/* E-PX-5, RFC 7648 section 3.3: NAT-PMP becomes PCP with THIRD_PARTY, and its answer NAT-PMP again. */
static void
request_of_natpmp_is_asked_for_its_host(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 1);
	IS_SENT(&up, REQUEST(1, 7200, B4_OCTETS),
			MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, NONE),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40081, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(answer.to, H1);
	CU_ASSERT_EQUAL(answer.to_port, CLIENT);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 8000, 40081, 3600));
	/* UDP, and the end of a mapping: no suggestion, lifetime 0. Traffic keeps it (RFC 6887 section 15). */
	FROM_HOME(H1, 0, 1, 0, 0, U16(9000), U16(40082), U32(0));
	IS_SENT(&up, REQUEST(1, 0, B4_OCTETS),
			MAPPING(NATPMP_NONCE(11, 17, 9000), 17, 9000, 0, NONE), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 9, 500), MAPPING(NATPMP_NONCE(11, 17, 9000), 17, 9000, 777, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, NATPMP_SAID(1, 0, 500, 9000, 0, 0));
	CU_ASSERT_EQUAL(n_passed + n_down, 0);
	end();
}

/* E-PX-5, RFC 7648 section 3.4.1: all of a PCP request is copied, its options in their order, and THIRD_PARTY is before them. */
static void
request_of_pcp_is_copied_with_third_party(void)
{
#define OPTIONS 2, 0, 0, 0, 77, 0, 0, 3, 1, 2, 3, 0, 128, 0, 0, 2, 'h', 'i', 0, 0
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 40080, EXT), OPTIONS);
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1), OPTIONS);
	FROM_AFTR(ANSWER(1, 0, 3000, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), 2, 0, 0, 0,
			THIRD_PARTY(HOST1), 99, 0, 0, 1, 9, 0, 0, 0);
	IS_SENT(&answer, ANSWER(1, 0, 3000, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), 2, 0, 0, 0,
			99, 0, 0, 1, 9, 0, 0, 0);
	/* PEER, with a lifetime below pcp.lifetime_min_s */
	FROM_HOME(H1, REQUEST(2, 5, HOST1), MAPPING(NONCE, 17, 8000, 0, NONE), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9));
	IS_SENT(&up, REQUEST(2, 120, B4_OCTETS), MAPPING(NONCE, 17, 8000, 0, NONE), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(2, 0, 120, 500), MAPPING(NONCE, 17, 8000, 700, EXT), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9), THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(2, 0, 120, 500), MAPPING(NONCE, 17, 8000, 700, EXT), U16(53), 0, 0,
			MAPPED(203, 0, 113, 9));
	CU_ASSERT_EQUAL(n_answers, 2);
	end();
}

/* RFC 6887 section 13.2: a host insists on a port, and leaves the address to the AFTR. */
static void
preferred_port_has_any_address(void)
{
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 40080, NONE), 2, 0, 0, 0);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1),
			2, 0, 0, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), 2, 0, 0, 0);
	/* Another port is not what the host has asked for. */
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8001, 40081, NONE), 2, 0, 0, 0);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8001, 40082, EXT), THIRD_PARTY(HOST1),
			2, 0, 0, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

/* RFC 6887 section 7.3: there must be room for THIRD_PARTY. */
static void
request_without_room_for_third_party_is_malformed(void)
{
	static const uint8_t head[] = { REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE),
		200, 0 };
	uint8_t m[1100] = { 0 };

	memcpy(m, head, sizeof(head));
	for (size_t len = 1080; len <= 1100; len += 4) {
		begin();
		m[62] = (uint8_t)((len - 64) >> 8);
		m[63] = (uint8_t)(len - 64);
		from_home(H1, CLIENT, m, len);
		CU_ASSERT_EQUAL(n_up, len == 1080);
		CU_ASSERT_EQUAL(n_answers, len != 1080);
		if (len == 1080) {
			CU_ASSERT_EQUAL(up.len, 1100);
		} else {
			CU_ASSERT_EQUAL(answer.len, len);
			CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
		}
		end();
	}
}

/* RFC 6886 section 3.3: what stands behind a request is ignored. RFC 6887 section 7: more than 1100 octets are malformed.
 * Only what passes in the softwire must be short. */
static void
long_datagrams_get_an_answer(void)
{
	static const uint8_t natpmp[] = { NATPMP_TCP(8000, 40080, 7200) };
	static const uint8_t pcp[] = { REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE) };
	uint8_t m[1460] = { 0 };

	begin();
	memcpy(m, natpmp, sizeof(natpmp));
	from_home(H1, CLIENT, m, sizeof(m));
	CU_ASSERT_EQUAL(n_up, 1);
	memcpy(m, pcp, sizeof(pcp));
	from_home(H1, CLIENT, m, sizeof(m));
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
	CU_ASSERT_EQUAL(cgn_relay_b4_stats(relay)->ignored, 0);
	end();
}

/* E-PX-7, and RFC 7648 section 3.3: a host speaks neither for another one nor for the B4. */
static void
some_requests_are_answered_without_the_aftr(void)
{
	begin();
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 0));
	FROM_HOME(H1, REQUEST(0, 0, HOST1), 77, 0, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	CU_ASSERT_EQUAL(answer.len, 80);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE), 13, 0, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_OPTION);
	FROM_HOME(H1, REQUEST(1, 3600, MAPPED(192, 168, 1, 12)), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_ADDRESS_MISMATCH);
	FROM_HOME(H1, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_ADDRESS_MISMATCH);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), NONCE);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
	FROM_HOME(H1, 3, 1, 0, 0);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_UNSUPP_VERSION);
	CU_ASSERT_EQUAL(n_answers, 8);
	conf.pcp.map = conf.pcp.peer = false;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_NOT_AUTHORIZED);
	FROM_HOME(H1, REQUEST(2, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE), U16(53), 0, 0,
			EXT);
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_NOT_AUTHORIZED);
	conf.pcp.enabled = false;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	IS_SENT(&answer, 0, 0x81, 0, 1, U32(0));
	FROM_HOME(H1, 0, 9, 7, 7);
	IS_SENT(&answer, 0, 0x89, 0, 5, U32(0));
	FROM_HOME(H1, NATPMP_TCP(0, 40080, 7200));
	IS_SENT(&answer, NATPMP_SAID(2, 2, 0, 0, 0, 0));
	CU_ASSERT_EQUAL(n_answers, 13);
	/* What gets no answer */
	FROM_HOME(H1, 0, 0x82, 0, 0);
	FROM_HOME(H1, 0);
	conf.pcp.enabled = true;
	FROM_HOME(H1, ANSWER(1, 0, 3600, 5), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_HOME(H1, 2, 1, 0, 0);
	CU_ASSERT_EQUAL(n_answers, 13);
	CU_ASSERT_EQUAL(n_up + n_passed, 0);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->local, 13);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->ignored, 4);
	end();
}

/* RFC 7648 section 3.4.1: an unknown opcode has no THIRD_PARTY. It passes in the softwire, from the host itself. */
static void
unknown_opcode_passes_in_the_softwire(void)
{
	static const uint8_t reply[] = { ANSWER(50, 0, 9, 500), 1, 2, 3, 4 };

	begin();
	cgn_relay_b4_start(relay, now);
	now += 10000;
	FROM_HOME(H1, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_passed, 1);
	CU_ASSERT_EQUAL(passed.from, H1);
	CU_ASSERT_EQUAL(passed.to, CGN_SOFTWIRE_AFTR_ADDR);
	IS_SENT(&passed, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_up, 1); /* the address */
	CU_ASSERT_TRUE(in_softwire(H1, CLIENT, reply, sizeof(reply)));
	CU_ASSERT_EQUAL(n_down, 1);
	CU_ASSERT_EQUAL(down.from, GW);
	/* E-PX-4: the epoch is the proxy's, which has begun ten seconds ago. */
	IS_SENT(&down, ANSWER(50, 0, 9, 10), 1, 2, 3, 4);
	/* What a host has asked the AFTR directly, and announcements to it, go there as they are. */
	CU_ASSERT_FALSE(in_softwire(H2, CLIENT, reply, sizeof(reply)));
	CU_ASSERT_FALSE(in_softwire(H1, 5350, reply, sizeof(reply)));
	end();
}

/* Ask by PCP, and let the AFTR refuse. @return the code in the answer to the host */
static uint8_t
refused(uint8_t result, bool has_option)
{
	static const uint8_t request[] = { REQUEST(1, 3600, HOST1),
		MAPPING(NONCE, 6, 8000, 0, NONE), 200, 0, 0, 0 };
	uint8_t error[] = { ANSWER(1, 0, 77, 500), MAPPING(NONCE, 6, 8000, 0, NONE),
		THIRD_PARTY(HOST1) };
	size_t len = sizeof(request) - (has_option ? 0 : 4);

	begin();
	error[3] = result;
	from_home(H1, CLIENT, request, len);
	from6(1, &aftr, 5351, &b4, error, sizeof(error));
	CU_ASSERT_EQUAL(n_answers, 1);
	/* A copy of the request of the host, not of that of the B4 (RFC 6887 section 8.2) */
	CU_ASSERT_EQUAL_FATAL(answer.len, len);
	CU_ASSERT_EQUAL(memcmp(answer.data + 24, request + 24, len - 24), 0);
	CU_ASSERT_EQUAL(cgn_pcp_wire_get32(answer.data + 4),
			answer.data[3] == result ? 77 : cgn_pcp_codes_lifetime_s(answer.data[3]));
	end();
	return answer.data[3];
}

static void
refusals_of_the_aftr_are_told(void)
{
	static const struct {
		uint8_t result, natpmp;
	} codes[] = { { 2, 2 }, { 4, 5 }, { 7, 3 }, { 8, 4 }, { 10, 6 }, { 1, 3 } };

	CU_ASSERT_EQUAL(refused(CGN_PCP_NO_RESOURCES, false), CGN_PCP_NO_RESOURCES);
	CU_ASSERT_EQUAL(refused(CGN_PCP_USER_EX_QUOTA, true), CGN_PCP_USER_EX_QUOTA);
	CU_ASSERT_EQUAL(refused(200, false), 200);
	CU_ASSERT_EQUAL(refused(CGN_PCP_ADDRESS_MISMATCH, false), CGN_PCP_NETWORK_FAILURE);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_VERSION, false), CGN_PCP_NETWORK_FAILURE);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_OPTION, false), CGN_PCP_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(refused(CGN_PCP_UNSUPP_OPTION, true), CGN_PCP_UNSUPP_OPTION);
	for (size_t i = 0; i < RTE_DIM(codes); i++) {
		uint8_t error[] = { ANSWER(1, 0, 77, 500),
			MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 0, NONE), THIRD_PARTY(HOST1) };

		begin();
		FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
		error[3] = codes[i].result;
		from6(1, &aftr, 5351, &b4, error, sizeof(error));
		CU_ASSERT_EQUAL(answer.len, 16);
		CU_ASSERT_EQUAL(answer.data[3], codes[i].natpmp);
		CU_ASSERT_EQUAL(memcmp(answer.data + 8, "\x1f\x40\0\0\0\0\0\0", 8), 0);
		end();
	}
}

/* RFC 6887 section 11.6: the address is that of a short mapping of the B4's own inner address. */
static void
address_is_asked_of_the_own_inner_address(void)
{
	begin();
	FROM_HOME(H1, 0, 0);
	FROM_HOME(H2, 0, 0);
	CU_ASSERT_EQUAL(n_up, 1);
	IS_SENT(&up, REQUEST(1, 120, B4_OCTETS), MAPPING(PROBE, 6, 5350, 0, NONE),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	CU_ASSERT_EQUAL(n_answers, 2);
	IS_SENT(&answer, 0, 0x80, 0, 0, U32(500), 203, 0, 113, 7);
	/* The address is known, so only the epoch is asked for. */
	FROM_HOME(H1, 0, 0);
	IS_SENT(&up, REQUEST(0, 0, B4_OCTETS));
	FROM_AFTR(ANSWER(0, 0, 0, 500));
	CU_ASSERT_EQUAL(n_answers, 3);
	end();
}

/* B-DEL-5: one by one, what this host has by NAT-PMP for this protocol. */
static void
all_mappings_of_a_natpmp_client_are_deleted(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 81);
	map_natpmp(IPPROTO_TCP, 82);
	map_natpmp(IPPROTO_TCP, 83);
	map_natpmp(IPPROTO_UDP, 84);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	n_up = n_answers = 0;
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	deleted(IPPROTO_TCP, 81, 0);
	deleted(IPPROTO_TCP, 82, CGN_PCP_NOT_AUTHORIZED);
	deleted(IPPROTO_TCP, 83, 0);
	CU_ASSERT_EQUAL(n_up, 3);
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, NATPMP_SAID(2, 2, 500, 0, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	CU_ASSERT_EQUAL(n_up, 3);
	/* The AFTR is silent: nothing is forgotten, so the client can try again. */
	map_natpmp(IPPROTO_TCP, 85);
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	advance(60000);
	IS_SENT(&answer, NATPMP_SAID(2, 3, 545, 0, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	deleted(IPPROTO_TCP, 85, 0);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	end();
}

/* E-PX-4: an epoch of its own, from the start of the proxy on. It falls when the AFTR has lost its state. */
static void
epoch_is_the_proxys_own(void)
{
	static const uint8_t lost[] = { ANSWER(0, 0, 0, 3) };

	begin();
	cgn_relay_b4_start(relay, now);
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	IS_SENT(&announced, ANSWER(0, 0, 0, 0));
	CU_ASSERT_EQUAL(n_announced, 2); /* NAT-PMP and PCP */
	advance(40000);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 40));
	/* The AFTR announces that it has restarted, in the softwire. PCP asks for the address anew. */
	n_up = n_announced = 0;
	CU_ASSERT_FALSE(in_softwire(H2, 5350, lost, sizeof(lost)));
	CU_ASSERT_EQUAL(n_up, 1);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 3));
	FROM_AFTR(ANSWER(1, 0, 120, 3), MAPPING(PROBE, 6, 5350, 999, EXT),
			THIRD_PARTY(MAPPED(192, 0, 0, 2)));
	CU_ASSERT_EQUAL(n_announced, 2);
	IS_SENT(&announced, ANSWER(0, 0, 0, 3));
	/* The clock of the AFTR is fast. */
	now += 10000;
	FROM_AFTR(ANSWER(0, 0, 0, 14));
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 13));
	end();
}

/* E-ANN-4: the AFTR ends a mapping of a PCP client. The host is told by each of its updates. */
static void
update_of_a_mapping_is_passed_on(void)
{
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	/* A second answer is no news, and what is said of others is none. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(PROBE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8001, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	CU_ASSERT_EQUAL(n_answers, 1);
	for (unsigned int i = 0; i < 3; i++) {
		FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
				THIRD_PARTY(HOST1));
		CU_ASSERT_EQUAL(n_answers, 2 + i);
		CU_ASSERT_EQUAL(answer.to, H1);
		CU_ASSERT_EQUAL(answer.to_port, CLIENT);
		IS_SENT(&answer, ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	}
	/* It has moved. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40081, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 5);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->updates, 4);
	end();
}

/* A moved mapping may move again, also back, and its lifetime begins anew. The AFTR repeats its updates. */
static void
mapping_moves_again(void)
{
	begin();
	FROM_HOME(H1, REQUEST(1, 120, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	for (unsigned int i = 0; i < 2; i++) {
		FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40081, EXT),
				THIRD_PARTY(HOST1));
		CU_ASSERT_EQUAL(n_answers, 2 + i);
	}
	advance(200000);
	FROM_AFTR(ANSWER(1, 0, 3000, 700), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 4);
	IS_SENT(&answer, ANSWER(1, 0, 3000, 700), MAPPING(NONCE, 6, 8000, 40080, EXT));
	/* After a renewal, a second answer is no update. */
	FROM_HOME(H1, REQUEST(1, 120, HOST1), MAPPING(NONCE, 6, 8000, 40080, EXT));
	FROM_AFTR(ANSWER(1, 0, 120, 700), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 5);
	FROM_AFTR(ANSWER(1, 0, 120, 700), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 5);
	end();
}

/* NAT-PMP has no updates. The epoch begins anew once, so that all clients renew. */
static void
update_for_a_natpmp_client_begins_the_epoch_anew(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 500));
	n_answers = 0;
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	advance(5000);
	FROM_AFTR(ANSWER(1, 0, 0, 505), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	IS_SENT(&answer, ANSWER(0, 0, 0, 5));
	end();
}

/* lease_owner.h: PCP takes over what NAT-PMP has made, which the AFTR knows by another nonce. */
static void
pcp_takes_over_a_mapping_of_natpmp(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	n_answers = 0;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 8000, EXT));
	deleted(IPPROTO_TCP, 8000, 0);
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 8000, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 8000, EXT));
	/* Once */
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 8000, EXT));
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	end();
}

/* A request that cannot be sent must not cost the host the mapping that it has. */
static void
mapping_of_natpmp_outlives_a_malformed_request(void)
{
	static const uint8_t head[] = { REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE),
		200, 0, U16(1100 - 64) };
	uint8_t m[1100] = { 0 };

	memcpy(m, head, sizeof(head));
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	n_up = 0;
	from_home(H1, CLIENT, m, sizeof(m));
	CU_ASSERT_EQUAL(answer.data[3], CGN_PCP_MALFORMED_REQUEST);
	CU_ASSERT_EQUAL(n_up, 0);
	end();
}

/* If the AFTR refuses to delete it, the host still has it. */
static void
mapping_that_the_aftr_keeps_is_not_forgotten(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 8000, EXT));
	deleted(IPPROTO_TCP, 8000, CGN_PCP_NO_RESOURCES);
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 8000, EXT),
			THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 2, 30, 500), MAPPING(NONCE, 6, 8000, 8000, EXT), THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(1, 2, 30, 500), MAPPING(NONCE, 6, 8000, 8000, EXT));
	n_up = 0;
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	CU_ASSERT_EQUAL(n_up, 1);
	deleted(IPPROTO_TCP, 8000, 0);
	end();
}

/* The AFTR deletes a mapping of NAT-PMP only by its nonce. The answer has that of the host. */
static void
pcp_deletes_a_mapping_of_natpmp(void)
{
	begin();
	map_natpmp(IPPROTO_TCP, 8000);
	n_answers = 0;
	FROM_HOME(H1, REQUEST(1, 0, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE), 200, 0, 0, 0);
	IS_SENT(&up, REQUEST(1, 0, B4_OCTETS), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 0, NONE),
			THIRD_PARTY(HOST1), 200, 0, 0, 0);
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 0, NONE),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 0, NONE));
	/* Nothing is left to delete. */
	n_up = 0;
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	CU_ASSERT_EQUAL(n_up, 0);
	/* A refusal, and a mapping that is one of PCP */
	map_natpmp(IPPROTO_TCP, 8001);
	FROM_HOME(H1, REQUEST(1, 0, HOST1), MAPPING(NONCE, 6, 8001, 0, NONE));
	FROM_AFTR(ANSWER(1, 8, 30, 500), MAPPING(NATPMP_NONCE(11, 6, 8001), 6, 8001, 0, NONE),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(1, 8, 30, 500), MAPPING(NONCE, 6, 8001, 0, NONE));
	FROM_HOME(H1, REQUEST(1, 0, HOST1), MAPPING(NONCE, 6, 8002, 0, NONE));
	IS_SENT(&up, REQUEST(1, 0, B4_OCTETS), MAPPING(NONCE, 6, 8002, 0, NONE),
			THIRD_PARTY(HOST1));
	end();
}

/* D-SEC-5: only the AFTR answers: from its address and port, by the outside, to the address of the softwire. The answer
 * must have the third party and the nonce of the request. */
static void
others_answer_nothing(void)
{
	static const uint8_t good[] = { ANSWER(1, 0, 3600, 500),
		MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1) };
	const struct cgn_relay_upstream_stats *stats;
	struct cgn_ip6 other = aftr;

	begin();
	ports[1].n_addresses = 1;
	ports[1].addresses[0] = (struct cgn_prefix){ .ip6 = other, .is_ip6 = true, .len = 64 };
	ports[1].addresses[0].ip6.b[15] = 9;
	stats = cgn_relay_upstream_stats(cgn_relay_get_upstream(cgn_relay_b4_relay(relay)));
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	other.b[15] = 2;
	from6(1, &other, 5351, &b4, good, sizeof(good));
	from6(1, &aftr, 5352, &b4, good, sizeof(good));
	from6(0, &aftr, 5351, &b4, good, sizeof(good));
	from6(1, &aftr, 5351, &ports[1].addresses[0].ip6, good, sizeof(good));
	CU_ASSERT_EQUAL(stats->counter[CGN_RELAY_C_FORGED], 4);
	CU_ASSERT_EQUAL(n_errors, 1); /* to the inside */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(PROBE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 0);
	from6(1, &aftr, 5351, &b4, good, sizeof(good));
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(request_of_natpmp_is_asked_for_its_host),
	CU_TEST_ROW(request_of_pcp_is_copied_with_third_party),
	CU_TEST_ROW(preferred_port_has_any_address),
	CU_TEST_ROW(request_without_room_for_third_party_is_malformed),
	CU_TEST_ROW(long_datagrams_get_an_answer),
	CU_TEST_ROW(some_requests_are_answered_without_the_aftr),
	CU_TEST_ROW(unknown_opcode_passes_in_the_softwire),
	CU_TEST_ROW(refusals_of_the_aftr_are_told),
	CU_TEST_ROW(address_is_asked_of_the_own_inner_address),
	CU_TEST_ROW(all_mappings_of_a_natpmp_client_are_deleted),
	CU_TEST_ROW(epoch_is_the_proxys_own),
	CU_TEST_ROW(update_of_a_mapping_is_passed_on),
	CU_TEST_ROW(mapping_moves_again),
	CU_TEST_ROW(update_for_a_natpmp_client_begins_the_epoch_anew),
	CU_TEST_ROW(pcp_takes_over_a_mapping_of_natpmp),
	CU_TEST_ROW(mapping_of_natpmp_outlives_a_malformed_request),
	CU_TEST_ROW(mapping_that_the_aftr_keeps_is_not_forgotten),
	CU_TEST_ROW(pcp_deletes_a_mapping_of_natpmp),
	CU_TEST_ROW(others_answer_nothing),
};

CU_MAIN("relay_proxy", tests)
