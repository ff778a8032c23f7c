/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a home router passes on to the NAT in front without understanding it: opcodes and options. The tests answer for
 * the NAT in front by hand.
 */
#include "tests/support/relayfix_pcp.h"

#include <string.h>

#define TCP       6
#define NPMP_TCP  2
#define OPCODE    50
#define MESSAGE   36         /* octets of the messages of unknown opcodes here */
#define UP_EPOCH  0x01020304 /* of the NAT in front, at the start */
#define OWN_EPOCH 100        /* of the home router: relayfix.h */
#define PUBLIC    RTE_BE32(0xcb007163)

/* Options that nobody knows: the first one must be processed, the second one may be ignored. */
static const uint8_t mandatory[8] = { 60, 0, 0, 3, 'a', 'b', 'c', 0 };
static const uint8_t optional[8] = { 200, 0, 0, 4, 1, 2, 3, 4 };
static const uint8_t third_party[20] = { 1, 0, 0, 16, [14] = 0xff, 0xff, 192, 168, 1, 12 };

static struct rf f;

static void
begin_with(enum cgn_upstream_protocol protocol)
{
	rf_begin_with(&f, protocol);
	f.conf.pcp.enabled = f.conf.pcp.relay_unknown = true;
	f.is_silent = true;
}

static void
begin(void)
{
	begin_with(CGN_UPSTREAM_PCP);
}

/* Seconds since the start of the test. */
static uint32_t
gone_s(void)
{
	return (uint32_t)((f.lf.now_ms - 1000000) / 1000);
}

static const struct cgn_relay_pass_stats *
stats(void)
{
	return cgn_relay_pass_stats(cgn_relay_get_pass(f.relay));
}

static uint64_t
counted(enum cgn_pcp_counter c)
{
	return cgn_pcp_server_stats(f.pcp)->counter[c];
}

/* A request of an unknown opcode. The data are this octet. */
static void
write_unknown(uint8_t out[static MESSAGE], rte_be32_t client, uint8_t opcode, uint8_t data)
{
	memset(out, data, MESSAGE);
	out[0] = 2;
	out[1] = opcode;
	out[2] = 0xaa;
	out[3] = 0xbb;
	rf_put32(out + 4, 0x11223344);
	rf_put_ip4(out + 8, client);
}

static void
ask_unknown(rte_be32_t client, uint8_t opcode, uint8_t data)
{
	uint8_t r[MESSAGE];

	write_unknown(r, client, opcode, data);
	rf_pcp_client(&f, client, r, sizeof(r));
	rf_settle(&f);
}

/* The answer of the NAT in front. */
static void
write_answer(uint8_t out[static MESSAGE], uint8_t opcode, uint8_t result, uint8_t data)
{
	memset(out, data, MESSAGE);
	out[0] = 2;
	out[1] = 0x80 | opcode;
	out[2] = 0xcc;
	out[3] = result;
	rf_put32(out + 4, 0x55667788);
	rf_put32(out + 8, UP_EPOCH + gone_s());
	memset(out + 12, 0, 12);
}

static void
answer_unknown(uint8_t opcode, uint8_t data)
{
	uint8_t a[MESSAGE];

	write_answer(a, opcode, 0, data);
	rf_say(&f, a, sizeof(a));
	rf_settle(&f);
}

/* Whether the last message upstream is the request of this client. */
static bool
is_sent(uint8_t opcode, uint8_t data)
{
	const struct rf_sent *s = &f.sent[f.n_sent - 1];
	uint8_t up[MESSAGE];

	write_unknown(up, RF_WAN, opcode, data);
	return f.n_sent > 0 && s->len == sizeof(up) && memcmp(s->data, up, sizeof(up)) == 0;
}

/* Whether the last answer went to this client, and has these data. */
static bool
is_told(rte_be32_t client, uint8_t opcode, uint8_t data)
{
	const struct rf_answer *a = rf_last(&f);
	uint8_t down[MESSAGE];

	write_answer(down, opcode, 0, data);
	rf_put32(down + 8, OWN_EPOCH + gone_s());
	return a->to.remote.ip4 == client && a->len == sizeof(down) &&
			memcmp(a->data, down, sizeof(down)) == 0;
}

/* Ask for TCP port 8000 with these options behind the request. */
static void
ask_map(uint32_t lifetime_s, const void *options, size_t len)
{
	uint8_t r[RF_PCP_MAP + 64];

	rf_write_pcp_map(r, RF_H1, TCP, 8000, 40080, lifetime_s, 7);
	memcpy(r + RF_PCP_MAP, options, len);
	rf_pcp_client(&f, RF_H1, r, RF_PCP_MAP + len);
	rf_settle(&f);
}

static uint16_t
wan_port(void)
{
	return rf_wan_port(&f, RF_H1, NPMP_TCP, 8000);
}

/* The NAT in front answers the last MAP request that it got, with these options. */
static void
answer_map(uint8_t result, const void *options, size_t len)
{
	const struct rf_sent *s = &f.sent[f.n_sent - 1];
	uint8_t a[1100];

	memcpy(a, s->data, RF_PCP_MAP);
	a[1] |= 0x80;
	a[3] = result;
	rf_put32(a + 8, UP_EPOCH + gone_s());
	memset(a + 12, 0, 12);
	rf_put_ip4(a + 44, RF_X);
	memcpy(a + RF_PCP_MAP, options, len);
	rf_say(&f, a, RF_PCP_MAP + len);
	rf_settle(&f);
}

/* Whether the last MAP request upstream is the translated one, with these options. */
static bool
is_map_sent(uint32_t lifetime_s, uint16_t wan, const void *options, size_t len)
{
	const struct rf_sent *s = &f.sent[f.n_sent - 1];
	uint8_t up[RF_PCP_MAP + 64];

	rf_write_pcp_map(up, RF_WAN, TCP, wan, lifetime_s == 0 ? 0 : 40080, lifetime_s, 7);
	memcpy(up + RF_PCP_MAP, options, len);
	return f.n_sent > 0 && s->len == RF_PCP_MAP + len && memcmp(s->data, up, s->len) == 0;
}

/* Whether the last answer has these options and this result. */
static bool
is_map_told(uint8_t result, const void *options, size_t len)
{
	const struct rf_answer *a = rf_last(&f);

	return rf_pcp_result(&f) == result && a->len == RF_PCP_MAP + len &&
			memcmp(a->data + RF_PCP_MAP, options, len) == 0;
}

/* E-PX-6, E-PX-4: only the client's address and the epoch change on the way. */
static void
unknown_opcode_goes_up_and_back(void)
{
	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_TRUE(is_sent(OPCODE, 1));
	CU_ASSERT_EQUAL(f.n_answers, 0);
	CU_ASSERT_EQUAL(cgn_relay_pass_open(cgn_relay_get_pass(f.relay)), 1);
	answer_unknown(OPCODE, 2);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_TRUE(is_told(RF_H1, OPCODE, 2));
	CU_ASSERT_EQUAL(rf_last(&f)->to.remote_port, 7777);
	CU_ASSERT_EQUAL(cgn_relay_pass_open(cgn_relay_get_pass(f.relay)), 0);
	CU_ASSERT_EQUAL(cgn_lease_service_open(f.lf.service), 0);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REQUESTS_PASS), 1);
	CU_ASSERT_TRUE(stats()->sent == 1 && stats()->answered == 1);
	/* An answer that nobody waits for. */
	answer_unknown(OPCODE, 2);
	answer_unknown(OPCODE + 1, 2);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_stats(cgn_relay_get_upstream(f.relay))
					->counter[CGN_RELAY_C_STRAY],
			2);
	rf_end(&f);
}

/* E-PX-4: the answer that shows that the NAT in front has lost its state has a new epoch, too. */
static void
loss_is_told_with_the_answer(void)
{
	uint8_t a[MESSAGE];

	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	answer_unknown(OPCODE, 2);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), OWN_EPOCH);
	ask_unknown(RF_H1, OPCODE, 1);
	write_answer(a, OPCODE, 0, 2);
	rf_put32(a + 8, 7);
	rf_say(&f, a, sizeof(a));
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 2);
	CU_ASSERT_TRUE(rf_pcp_epoch(&f) <= 7);
	rf_end(&f);
}

/* E-PX-6, RFC 6887 section 7.2: errors pass, too. Their reserved bits may have a part of the client's address. */
static void
error_has_the_address_of_the_client(void)
{
	uint8_t a[MESSAGE], address[16];

	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	write_answer(a, OPCODE, 4, 1);
	rf_put_ip4(address, RF_WAN);
	memcpy(a + 12, address + 4, 12);
	rf_say(&f, a, sizeof(a));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	rf_put_ip4(address, RF_H1);
	memcpy(a + 12, address + 4, 12);
	rf_put32(a + 8, OWN_EPOCH);
	CU_ASSERT_EQUAL(rf_last(&f)->len, sizeof(a));
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data, a, sizeof(a)), 0);
	CU_ASSERT_EQUAL(cgn_pcp_server_stats(f.pcp)->result[4], 1);
	rf_end(&f);
}

/* E-PX-6: switched off, the relay refuses, and ignores what may be ignored. A reload is enough. */
static void
switched_off_it_refuses(void)
{
	begin();
	f.conf.pcp.relay_unknown = false;
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 1800);
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(5, mandatory, sizeof(mandatory)));
	CU_ASSERT_EQUAL(f.n_sent, 0);
	ask_map(3600, optional, sizeof(optional));
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_TRUE(is_map_sent(3600, wan_port(), "", 0));
	answer_map(0, optional, sizeof(optional));
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	f.conf.pcp.relay_unknown = true;
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_TRUE(is_sent(OPCODE, 1));
	rf_end(&f);
}

/* E-PX-6: unknown options of both kinds go with the translated MAP, and come back with the answer. */
static void
unknown_options_go_with_the_mapping(void)
{
	uint8_t both[16], known[28], back[16];

	begin();
	memcpy(both, mandatory, 8);
	memcpy(both + 8, optional, 8);
	/* The relay knows DESCRIPTION. It is not passed on, and comes first in the answer. */
	memcpy(known, both, 8);
	memcpy(known + 8, "\x80\0\0\4text", 8);
	memcpy(known + 16, optional, 8);
	ask_map(3600, known, 24);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_TRUE(is_map_sent(3600, wan_port(), both, sizeof(both)));
	/* The NAT in front has another value, and does not know the other option. */
	memcpy(back, mandatory, 8);
	back[4] = 'z';
	answer_map(0, back, 8);
	memcpy(known, "\x80\0\0\4text", 8);
	memcpy(known + 8, back, 8);
	CU_ASSERT_TRUE(is_map_told(0, known, 16));
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), OWN_EPOCH);
	CU_ASSERT_EQUAL(rf_get_ip4(rf_last(&f)->data + 44), RF_X);
	/* RFC 7648 section 3: a renewal would be answered at once, but the option may say something new. */
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_TRUE(is_map_sent(3600, wan_port(), mandatory, sizeof(mandatory)));
	answer_map(0, "", 0);
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	ask_map(3600, "", 0);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	rf_end(&f);
}

/* E-PX-6: the NAT in front may refuse an option. Then no mapping is left. */
static void
refusal_of_an_option_comes_back(void)
{
	begin();
	ask_map(3600, mandatory, sizeof(mandatory));
	answer_map(5, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(5, mandatory, sizeof(mandatory)));
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 3600);
	CU_ASSERT_EQUAL(wan_port(), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lf.lessor), 0);
	rf_end(&f);
}

/* E-PX-6: a deletion has options, too. */
static void
unknown_options_go_with_a_deletion(void)
{
	uint16_t wan;

	begin();
	ask_map(3600, "", 0);
	answer_map(0, "", 0);
	wan = wan_port();
	ask_map(0, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_TRUE(is_map_sent(0, wan, mandatory, sizeof(mandatory)));
	answer_map(0, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(0, mandatory, sizeof(mandatory)));
	CU_ASSERT_EQUAL(wan_port(), 0);
	rf_end(&f);
}

/* E-RX-4, E-PX-6: a deletion is no success if nobody has processed an option that must be processed. */
static void
deletion_needs_the_nat_in_front(void)
{
	begin();
	/* The relay guesses the port of a mapping that it does not know. Its answer counts now. */
	ask_map(0, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	answer_map(5, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(5, mandatory, sizeof(mandatory)));
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 1800);
	ask_map(0, optional, sizeof(optional));
	answer_map(2, "", 0);
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	ask_map(0, mandatory, sizeof(mandatory));
	answer_map(0, "", 0);
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	rf_end(&f);
}

/* RFC 6887 section 7.3: the options of the relay and of the NAT in front do not fit into one answer. */
static void
answer_may_be_too_long(void)
{
	uint8_t known[16], back[1036] = { 60, 0, 4, 8 };

	begin();
	memcpy(known, mandatory, 8);
	memcpy(known + 8, "\x80\0\0\4text", 8);
	ask_map(3600, known, sizeof(known));
	answer_map(0, back, sizeof(back));
	CU_ASSERT_TRUE(is_map_told(3, known, sizeof(known)));
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 1800);
	rf_end(&f);
}

/* E-PX-6: NAT-PMP has neither opcodes nor options of PCP. */
static void
natpmp_in_front_knows_nothing(void)
{
	begin_with(CGN_UPSTREAM_NATPMP);
	f.is_silent = false;
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 5);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	ask_map(3600, optional, sizeof(optional));
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	rf_end(&f);
}

/* E-PX-6: the relay learns only from the answer that there is no PCP. */
static void
natpmp_is_found_out(void)
{
	begin_with(CGN_UPSTREAM_AUTO);
	f.is_silent = false;
	f.no_pcp = true;
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(5, mandatory, sizeof(mandatory)));
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 1800);
	CU_ASSERT_EQUAL(f.sent[0].data[0], 2);
	for (unsigned int i = 1; i < f.n_sent; i++)
		CU_ASSERT_TRUE(f.sent[i].data[0] == 0 && f.sent[i].data[1] == 0);
	CU_ASSERT_EQUAL(wan_port(), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	rf_end(&f);
	begin_with(CGN_UPSTREAM_AUTO);
	f.is_silent = false;
	f.no_pcp = true;
	ask_map(3600, optional, sizeof(optional));
	CU_ASSERT_TRUE(is_map_told(0, "", 0));
	CU_ASSERT_NOT_EQUAL(wan_port(), 0);
	rf_end(&f);
}

/* C-G-12: without a NAT in front, this router is the one that does not know it. */
static void
outermost_nat_refuses(void)
{
	begin();
	f.range.first = f.range.last = rte_be_to_cpu_32(PUBLIC);
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 5);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

/* E-PX-7, E-PX-6: ANNOUNCE is answered here, and PEER is an opcode that the relay knows. */
static void
known_opcodes_are_not_passed_on(void)
{
	uint8_t announce[32] = { 2 }, peer[80] = { 2, 2 };

	begin();
	rf_put_ip4(announce + 8, RF_H1);
	memcpy(announce + 24, mandatory, 8);
	rf_pcp_client(&f, RF_H1, announce, sizeof(announce));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 5);
	memcpy(announce + 24, optional, 8);
	rf_pcp_client(&f, RF_H1, announce, sizeof(announce));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL(rf_last(&f)->len, 24);
	rf_put_ip4(peer + 8, RF_H1);
	rf_pcp_client(&f, RF_H1, peer, sizeof(peer));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

/* E-PX-6: only the opcode says to whom an answer belongs. */
static void
one_request_of_an_opcode_at_a_time(void)
{
	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	ask_unknown(RF_H2, OPCODE, 2);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	ask_unknown(RF_H2, OPCODE + 1, 3);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_TRUE(is_sent(OPCODE + 1, 3));
	answer_unknown(OPCODE, 4);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_TRUE(is_told(RF_H1, OPCODE, 4));
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 3);
	CU_ASSERT_TRUE(is_sent(OPCODE, 2));
	answer_unknown(OPCODE, 5);
	CU_ASSERT_TRUE(is_told(RF_H2, OPCODE, 5));
	answer_unknown(OPCODE + 1, 6);
	CU_ASSERT_TRUE(is_told(RF_H2, OPCODE + 1, 6));
	CU_ASSERT_EQUAL(f.n_answers, 3);
	rf_end(&f);
}

/* E-PX-6: the client repeats what is not answered. Another client does not get its late answer. */
static void
late_answer_does_not_go_to_another_client(void)
{
	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	ask_unknown(RF_H2, OPCODE, 2);
	rf_advance(&f, CGN_RELAY_PASS_WAIT_MS - 1);
	CU_ASSERT_EQUAL(stats()->unanswered, 0);
	rf_advance(&f, 1);
	CU_ASSERT_EQUAL(stats()->unanswered, 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNANSWERED), 1);
	CU_ASSERT_TRUE(f.n_answers == 0 && f.n_sent == 1);
	answer_unknown(OPCODE, 3);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	/* The repetition comes behind the other client. */
	rf_advance(&f, 200);
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_advance(&f, CGN_RELAY_PASS_QUIET_MS - CGN_RELAY_PASS_WAIT_MS - 201);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_advance(&f, 1);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_TRUE(is_sent(OPCODE, 2));
	answer_unknown(OPCODE, 4);
	CU_ASSERT_TRUE(is_told(RF_H2, OPCODE, 4));
	CU_ASSERT_EQUAL(f.n_sent, 3);
	CU_ASSERT_TRUE(is_sent(OPCODE, 1));
	rf_end(&f);
}

/* E-PX-6: the client itself may go on at once. Until both answers can have come, the others wait. */
static void
repetition_is_passed_on_at_once(void)
{
	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	rf_advance(&f, 3000);
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	answer_unknown(OPCODE, 2);
	CU_ASSERT_TRUE(is_told(RF_H1, OPCODE, 2));
	ask_unknown(RF_H2, OPCODE, 3);
	rf_advance(&f, CGN_RELAY_PASS_QUIET_MS - 1);
	answer_unknown(OPCODE, 4);
	CU_ASSERT_TRUE(f.n_sent == 2 && f.n_answers == 1);
	rf_advance(&f, 1);
	CU_ASSERT_EQUAL(f.n_sent, 3);
	CU_ASSERT_TRUE(is_sent(OPCODE, 3));
	answer_unknown(OPCODE, 5);
	CU_ASSERT_TRUE(is_told(RF_H2, OPCODE, 5));
	rf_end(&f);
}

/* E-PX-6: a server that does not answer an opcode is not down for that. */
static void
silence_is_not_the_end(void)
{
	begin();
	for (unsigned int i = 0; i < 20; i++) {
		ask_unknown(RF_H1, OPCODE, 1);
		rf_advance(&f, CGN_RELAY_PASS_WAIT_MS);
	}
	CU_ASSERT_TRUE(f.n_sent == 20 && f.n_answers == 0 && stats()->unanswered == 20);
	f.n_answered = f.n_sent;
	f.is_silent = false;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_stats(cgn_relay_get_upstream(f.relay))
					->counter[CGN_RELAY_C_DOWN],
			0);
	rf_end(&f);
}

/* E-PX-6: one client does not take the room of others, and nothing waits for ever. */
static void
room_is_limited(void)
{
	uint32_t next = rte_be_to_cpu_32(RF_H2);
	unsigned int n = 1;

	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 1);
	CU_ASSERT_EQUAL(stats()->dropped, 0);
	ask_unknown(RF_H1, OPCODE, 2);
	CU_ASSERT_EQUAL(stats()->dropped, 1);
	for (uint8_t i = 1; i < CGN_RELAY_PASS_CLIENT; i++, n++)
		ask_unknown(RF_H1, OPCODE + i, 1);
	CU_ASSERT_EQUAL(stats()->dropped, 1);
	ask_unknown(RF_H1, OPCODE + CGN_RELAY_PASS_CLIENT, 1);
	CU_ASSERT_EQUAL(stats()->dropped, 2);
	CU_ASSERT_EQUAL(f.n_sent, CGN_RELAY_PASS_CLIENT);
	for (; n < CGN_RELAY_PASS_MAX; n++)
		ask_unknown(rte_cpu_to_be_32(next + n / 4), (uint8_t)(100 + n % 4), 1);
	CU_ASSERT_EQUAL(stats()->dropped, 2);
	CU_ASSERT_EQUAL(cgn_relay_pass_open(cgn_relay_get_pass(f.relay)), CGN_RELAY_PASS_MAX);
	ask_unknown(RTE_BE32(0xc0a801f0), OPCODE, 1);
	CU_ASSERT_EQUAL(stats()->dropped, 3);
	rf_advance(&f, CGN_RELAY_PASS_TURN_MS + CGN_RELAY_PASS_WAIT_MS);
	CU_ASSERT_EQUAL(cgn_relay_pass_open(cgn_relay_get_pass(f.relay)), 0);
	CU_ASSERT_EQUAL(cgn_lease_service_open(f.lf.service), 0);
	CU_ASSERT_EQUAL(stats()->unanswered, CGN_RELAY_PASS_MAX);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_end(&f);
}

/* The rules of senders are those of MAP. */
static void
not_everybody_may_ask(void)
{
	uint8_t r[MESSAGE];

	begin();
	write_unknown(r, RF_H2, OPCODE, 1);
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 12);
	f.group.leases_max = 0;
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_POLICY), 1);
	f.group.leases_max = 64;
	f.group.natpmp_auth = CGN_NATPMP_AUTH_IPSEC;
	ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNAUTHORIZED), 1);
	f.group.natpmp_auth = CGN_NATPMP_AUTH_NONE;
	CU_ASSERT_EQUAL(f.n_sent, 0);
	/* They count for the rate of the subscriber. */
	f.conf.natpmp.requests_per_s = 1;
	f.n_answers = 0;
	for (unsigned int i = 0; i < 4000; i++)
		ask_unknown(RF_H1, OPCODE, 1);
	CU_ASSERT_TRUE(counted(CGN_PCP_C_LIMITED) > 0);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_end(&f);
}

/* A host that may ask for others, and has no NAT itself, gets nothing for itself. */
static void
manager_has_no_nat(void)
{
	struct cgn_prefix manager = { .ip4 = RTE_BE32(0x0a000001), .len = 32 };
	rte_be32_t addr = RTE_BE32(0x0a000001);

	begin();
	f.conf.pcp.third_party = &manager;
	f.conf.pcp.n_third_party = 1;
	ask_unknown(addr, OPCODE, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 2);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

/* E-OPT-1, E-PX-6: for the NAT in front, all requests come from this router. So a client must not ask for others. */
static void
third_party_is_not_smuggled(void)
{
	uint8_t r[24 + 64 + sizeof(third_party) + sizeof(optional)];
	uint8_t party_id[8] = { 13, 0, 0, 1, 5 };

	begin();
	/* Where the data of the opcode end is not known. */
	for (size_t data = 0; data <= 64; data += 4) {
		size_t len = 24 + data;

		memset(r, 0xee, sizeof(r));
		write_unknown(r, RF_H1, OPCODE, 0xee);
		memcpy(r + len, third_party, sizeof(third_party));
		len += sizeof(third_party);
		rf_pcp_client(&f, RF_H1, r, len);
		CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
		memcpy(r + len, optional, sizeof(optional));
		len += sizeof(optional);
		rf_pcp_client(&f, RF_H1, r, len);
		CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
		memcpy(r + 24 + data, party_id, sizeof(party_id));
		rf_pcp_client(&f, RF_H1, r, 24 + data + sizeof(party_id));
		CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	}
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REFUSED_PASS), 3 * 17);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REQUESTS_PASS), 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	/* With MAP, the option has a rule. */
	ask_map(3600, third_party, sizeof(third_party));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 5);
	ask_map(3600, party_id, sizeof(party_id));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 5);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

/* A host that may ask for others: the option is processed here, and the NAT in front sees the WAN address. */
static void
third_party_stays_here(void)
{
	uint8_t r[RF_PCP_MAP + sizeof(third_party) + sizeof(mandatory)];

	begin();
	f.conf.pcp.third_party = &f.lan;
	f.conf.pcp.n_third_party = 1;
	rf_write_pcp_map(r, RF_H1, TCP, 8000, 40080, 3600, 7);
	memcpy(r + RF_PCP_MAP, third_party, sizeof(third_party));
	memcpy(r + RF_PCP_MAP + sizeof(third_party), mandatory, sizeof(mandatory));
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_TRUE(is_map_sent(3600, rf_wan_port(&f, RF_H2, NPMP_TCP, 8000), mandatory,
			sizeof(mandatory)));
	answer_map(0, mandatory, sizeof(mandatory));
	CU_ASSERT_TRUE(is_map_told(0, r + RF_PCP_MAP, sizeof(third_party) + sizeof(mandatory)));
	/* It cannot be translated in a message that nobody can read. */
	write_unknown(r, RF_H1, OPCODE, 1);
	memcpy(r + 24, third_party, sizeof(third_party));
	rf_pcp_client(&f, RF_H1, r, 24 + sizeof(third_party));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	rf_end(&f);
}

/* What ends with THIRD_PARTY as data of another option, or is cut, asks for nobody. */
static void
other_octets_are_no_third_party(void)
{
	static const uint8_t inside[28] = { 200, 0, 0, 24, 1, 0, 0, 21, [27] = 1 };
	static const uint8_t cut[16] = { 1, 0, 0, 16 };
	uint8_t r[24 + 28];

	begin();
	write_unknown(r, RF_H1, OPCODE, 1);
	memcpy(r + 24, inside, sizeof(inside));
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	CU_ASSERT_EQUAL(f.n_sent, 1);
	r[1] = OPCODE + 1;
	memcpy(r + 24, cut, sizeof(cut));
	rf_pcp_client(&f, RF_H1, r, 24 + sizeof(cut));
	CU_ASSERT_EQUAL(f.n_sent, 2);
	r[1] = OPCODE + 2;
	rf_pcp_client(&f, RF_H1, r, 24);
	CU_ASSERT_EQUAL(f.n_sent, 3);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_end(&f);
}

/* The end of the relay comes in the middle of requests. */
static void
requests_end_with_the_relay(void)
{
	begin();
	ask_unknown(RF_H1, OPCODE, 1);
	ask_unknown(RF_H2, OPCODE, 1);
	ask_map(3600, mandatory, sizeof(mandatory));
	CU_ASSERT_EQUAL(f.n_sent, 2);
	cgn_relay_close(f.relay);
	ask_unknown(RF_H1, OPCODE + 1, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 4);
	answer_unknown(OPCODE, 2);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	rf_end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(unknown_opcode_goes_up_and_back),
	CU_TEST_ROW(loss_is_told_with_the_answer),
	CU_TEST_ROW(error_has_the_address_of_the_client),
	CU_TEST_ROW(switched_off_it_refuses),
	CU_TEST_ROW(unknown_options_go_with_the_mapping),
	CU_TEST_ROW(refusal_of_an_option_comes_back),
	CU_TEST_ROW(unknown_options_go_with_a_deletion),
	CU_TEST_ROW(deletion_needs_the_nat_in_front),
	CU_TEST_ROW(answer_may_be_too_long),
	CU_TEST_ROW(natpmp_in_front_knows_nothing),
	CU_TEST_ROW(natpmp_is_found_out),
	CU_TEST_ROW(outermost_nat_refuses),
	CU_TEST_ROW(known_opcodes_are_not_passed_on),
	CU_TEST_ROW(one_request_of_an_opcode_at_a_time),
	CU_TEST_ROW(late_answer_does_not_go_to_another_client),
	CU_TEST_ROW(repetition_is_passed_on_at_once),
	CU_TEST_ROW(silence_is_not_the_end),
	CU_TEST_ROW(room_is_limited),
	CU_TEST_ROW(not_everybody_may_ask),
	CU_TEST_ROW(manager_has_no_nat),
	CU_TEST_ROW(third_party_is_not_smuggled),
	CU_TEST_ROW(third_party_stays_here),
	CU_TEST_ROW(other_octets_are_no_third_party),
	CU_TEST_ROW(requests_end_with_the_relay),
};

CU_MAIN("relay_pass", tests)
