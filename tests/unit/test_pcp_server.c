/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PCP server over a lease service with a worker that the test plays. Requests and answers are octets written by
 * hand.
 */
#include "controlplane/pcp/pcp_server.h"
#include "tests/support/cu.h"
#include "tests/support/leasefix.h"

#include <errno.h>
#include <string.h>

#define MAP_LEN    60
#define FILTER_LEN 24 /* octets of an option, with its head */
#define LIFETIME   3600

static struct lf f;
static struct cgn_pcp_server *server;
static struct cgn_realms *realms;
static uint8_t answer[1500];
static size_t answer_len;
static unsigned int n_answers;

static struct cgn_conf_port ports[1] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 } };
static struct cgn_conf_group groups[1];
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = groups,
	.n_groups = 1,
	.natpmp = { .requests_per_s = 100 },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)to;
	CU_ASSERT_PTR_EQUAL(ctx, &f);
	CU_ASSERT_TRUE_FATAL(len <= sizeof(answer));
	memcpy(answer, data, len);
	answer_len = len;
	n_answers++;
}

static void
begin(void)
{
	struct cgn_pcp_server_cfg cfg = { .conf = &conf, .send = take_answer, .ctx = &f };

	groups[0] = (struct cgn_conf_group){ .prefixes = residents,
		.n_prefixes = 1,
		.subscriber_prefix_len = 32,
		.leases_max = 64 };
	conf.pcp = (struct cgn_conf_pcp){
		.enabled = true, .map = true, .lifetime_min_s = 120, .lifetime_max_s = 86400
	};
	conf.pcp.filters_max = 2;
	n_answers = 0;
	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 1), 0);
	cfg.leases = lf_serve(&f, &conf, realms, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	cgn_pcp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(realms);
}

static struct cgn_return_addr
sender(rte_be32_t addr)
{
	return (struct cgn_return_addr){
		.remote = { .ip4 = addr }, .local = { .ip4 = LF_GW }, .remote_port = 7777
	};
}

/* Send a datagram of an address, and let the worker reply. @return the result code of the answer, -1: none */
static int
ask(rte_be32_t addr, const void *data, size_t len)
{
	const struct cgn_return_addr from = sender(addr);
	unsigned int n = n_answers;

	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, data, len, f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_TRUE_FATAL(n_answers <= n + 1);
	if (n_answers == n)
		return -1;
	CU_ASSERT_EQUAL(answer[0], 2);
	CU_ASSERT_EQUAL(answer[1] & 0x80, 0x80);
	CU_ASSERT_EQUAL(answer[2], 0);
	return answer[3];
}

static uint32_t
word_at(size_t at)
{
	return (uint32_t)answer[at] << 24 | (uint32_t)answer[at + 1] << 16 |
			(uint32_t)answer[at + 2] << 8 | answer[at + 3];
}

static uint32_t
port_at(size_t at)
{
	return (uint32_t)answer[at] << 8 | answer[at + 1];
}

static void
put_word(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A MAP request of LF_H1: RFC 6887 sections 7.1 and 11.1. */
static void
make_map(uint8_t out[static MAP_LEN], uint32_t lifetime_s, uint8_t nonce, uint8_t proto,
		uint16_t in_port)
{
	memset(out, 0, MAP_LEN);
	out[0] = 2;
	out[1] = 1;
	put_word(out + 4, lifetime_s);
	out[18] = out[19] = 0xff;
	memcpy(out + 20, &(rte_be32_t){ LF_H1 }, 4);
	memset(out + 24, nonce, 12);
	out[36] = proto;
	out[40] = (uint8_t)(in_port >> 8);
	out[41] = (uint8_t)in_port;
	out[54] = out[55] = 0xff;
}

static int
ask_map(uint32_t lifetime_s, uint8_t nonce, uint8_t proto, uint16_t in_port)
{
	uint8_t request[MAP_LEN];

	make_map(request, lifetime_s, nonce, proto, in_port);
	return ask(LF_H1, request, sizeof(request));
}

static uint64_t
counted(enum cgn_pcp_counter c)
{
	return cgn_pcp_server_stats(server)->counter[c];
}

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

/* E-MAP-3: the answer tells how long the mapping of another client lives. */
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

/* --- options ------------------------------------------------------------------------------- */

/* Ask for a mapping with options behind the request. */
static int
ask_with(uint32_t lifetime_s, uint16_t in_port, uint16_t ext_port, const void *options, size_t len)
{
	uint8_t request[1100];

	make_map(request, lifetime_s, 7, 17, in_port);
	request[42] = (uint8_t)(ext_port >> 8);
	request[43] = (uint8_t)ext_port;
	if (len != 0)
		memcpy(request + MAP_LEN, options, len);
	return ask(LF_H1, request, MAP_LEN + len);
}

/* E-OPT-2: the worker is told that only the suggested port will do, and the client that it cannot be had. */
static void
prefer_failure_insists_on_the_suggestion(void)
{
	static const uint8_t option[] = { 2, 0, 0, 0 };
	uint8_t request[MAP_LEN + 4];

	begin();
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 5000, option, sizeof(option)), 0);
	CU_ASSERT_EQUAL(f.last.ext.port, RTE_BE16(5000));
	CU_ASSERT_EQUAL(f.last.ext.addr, 0);
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_AS_ASKED, CGN_MAPPING_AS_ASKED);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + 4);
	CU_ASSERT_EQUAL(memcmp(answer + MAP_LEN, option, sizeof(option)), 0);
	f.refuse = -EBUSY;
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 81, 5000, option, sizeof(option)), 11);
	CU_ASSERT_EQUAL(word_at(4), 30);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 81, 0, option, sizeof(option)), 6);
	CU_ASSERT_EQUAL(ask_with(0, 81, 5000, option, sizeof(option)), 6);
	f.refuse = 0;
	/* The address counts, too. There are no external IPv6 addresses. */
	make_map(request, LIFETIME, 7, 17, 82);
	memcpy(request + MAP_LEN, option, sizeof(option));
	request[43] = 99;
	memcpy(request + 56, &(rte_be32_t){ LF_X2 }, 4);
	(void)ask(LF_H1, request, sizeof(request));
	CU_ASSERT_EQUAL(f.last.ext.addr, LF_X2);
	memset(request + 44, 0x20, 16);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 11);
	/* Without the option, a suggestion is only a wish. */
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 83, 5000, NULL, 0), 0);
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_AS_ASKED, 0);
	CU_ASSERT_EQUAL(f.last.ext.addr, 0);
	end();
}

static void
is_described(uint16_t in_port, const char *text)
{
	const struct cgn_ep4 in = {
		.addr = LF_H1, .port = rte_cpu_to_be_16(in_port), .proto = CGN_PROTO_UDP
	};
	struct cgn_lessor_info info;

	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &in, &info, f.now_ms));
	CU_ASSERT_EQUAL(info.description_len, strlen(text));
	CU_ASSERT_EQUAL(memcmp(info.description, text, strlen(text)), 0);
}

/* E-OPT-5: a description is kept until another one comes. It is told only to who sends one. */
static void
description_is_kept_and_replaced(void)
{
	static const uint8_t game[] = { 128, 0, 0, 4, 'g', 'a', 'm', 'e' },
			     film[] = { 128, 0, 0, 5, 'f', 'i', 'l', 'm', 's', 0, 0, 0 },
			     none[] = { 128, 0, 0, 0 }, bad[] = { 128, 0, 0, 2, 0xc3, 0x28, 0, 0 };

	begin();
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, game, sizeof(game)), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + sizeof(game));
	CU_ASSERT_EQUAL(memcmp(answer + MAP_LEN, game, sizeof(game)), 0);
	is_described(80, "game");
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	is_described(80, "game");
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, bad, sizeof(bad)), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	is_described(80, "game");
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, film, sizeof(film)), 0);
	is_described(80, "films");
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, none, sizeof(none)), 0);
	CU_ASSERT_EQUAL(memcmp(answer + MAP_LEN, none, sizeof(none)), 0);
	is_described(80, "");
	/* A deletion has nothing to describe. The next mapping does not inherit. */
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, game, sizeof(game)), 0);
	CU_ASSERT_EQUAL(ask_with(0, 80, 0, film, sizeof(film)), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, NULL, 0), 0);
	is_described(80, "");
	end();
}

/* E-OPT-5: a long description is cut, and the client is told what is kept. No character is cut in two. */
static void
long_description_is_cut_between_characters(void)
{
	uint8_t option[4 + 132] = { 128, 0, 0, 131 };
	char text[CGN_LEASE_DESCRIPTION_MAX] = { 0 };

	begin();
	memset(option + 4, 'x', 127);
	memcpy(option + 4 + 127, "\xc3\xa4yz", 4);
	memset(text, 'x', 127);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, option, sizeof(option)), 0);
	CU_ASSERT_EQUAL(answer[MAP_LEN + 3], 127);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + 4 + 128);
	is_described(80, text);
	end();
}

/* Requests for one mapping wait for each other if they change what it has. A repetition is one request. */
static void
options_of_requests_under_way_do_not_mix(void)
{
	static const uint8_t game[] = { 128, 0, 0, 4, 'g', 'a', 'm', 'e' },
			     film[] = { 128, 0, 0, 4, 'f', 'i', 'l', 'm' };
	const struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[MAP_LEN + 8];
	const uint8_t *options[] = { game, game, film };

	begin();
	for (size_t i = 0; i < RTE_DIM(options); i++) {
		make_map(request, LIFETIME, 7, 17, 80);
		memcpy(request + MAP_LEN, options[i], 8);
		CU_ASSERT_TRUE(cgn_pcp_server_input(
				server, &from, request, sizeof(request), f.now_ms));
	}
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 2);
	is_described(80, "game");
	end();
}

/* A FILTER option of an IPv4 prefix (RFC 6887 section 13.3). A prefix length of 0 clears all. */
static void
make_filter(uint8_t out[static FILTER_LEN], uint8_t len, uint32_t addr, uint16_t port)
{
	memset(out, 0, FILTER_LEN);
	out[0] = 3;
	out[3] = 20;
	out[5] = len;
	out[6] = (uint8_t)(port >> 8);
	out[7] = (uint8_t)port;
	out[18] = out[19] = 0xff;
	put_word(out + 20, addr);
}

/* Check the filter that the last command has at a place. */
static void
is_sent(unsigned int place, uint32_t addr, uint8_t len, uint16_t port)
{
	const struct cgn_filter filter = {
		.addr = rte_cpu_to_be_32(addr), .port = rte_cpu_to_be_16(port), .len = len
	};

	CU_ASSERT_TRUE_FATAL(place < f.last.n_filters);
	CU_ASSERT_EQUAL(memcmp(&f.filters[place], &filter, sizeof(filter)), 0);
}

/* E-OPT-3: filters are added in their order, to those that are there, up to the limit. */
static void
filters_are_added_up_to_the_limit(void)
{
	uint8_t o[3 * FILTER_LEN];

	begin();
	make_filter(o, 128, 0xcb007105, 443);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 1);
	is_sent(0, 0xcb007105, 32, 443);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + FILTER_LEN);
	CU_ASSERT_EQUAL(memcmp(answer + MAP_LEN, o, FILTER_LEN), 0);
	/* The same filter is one; bits behind the prefix do not count. */
	make_filter(o + FILTER_LEN, 120, 0xcb0071ff, 0);
	make_filter(o + 2 * FILTER_LEN, 120, 0xcb007101, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 3 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 2);
	is_sent(0, 0xcb007105, 32, 443);
	is_sent(1, 0xcb007100, 24, 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN + sizeof(o));
	/* A renewal without the option keeps them. */
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 2);
	/* One more is too many. Then nothing changes. */
	make_filter(o + FILTER_LEN, 96, 0, 5000);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 2 * FILTER_LEN), 13);
	CU_ASSERT_EQUAL(word_at(4), 1800);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 2);
	is_sent(1, 0xcb007100, 24, 0);
	/* With a lower limit, what is there stays. */
	conf.pcp.filters_max = 1;
	make_filter(o, 128, 0xcb007105, 443);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 2);
	end();
}

/* E-OPT-3: a prefix length of 0 clears all filters before it. A new mapping has none of the old one. */
static void
filters_are_cleared(void)
{
	uint8_t o[3 * FILTER_LEN];

	begin();
	make_filter(o, 128, 0xcb007105, 0);
	make_filter(o + FILTER_LEN, 128, 0xcb007106, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 2 * FILTER_LEN), 0);
	make_filter(o, 128, 0xcb007107,
			0); /* there is no room for it, but nothing is carried out */
	make_filter(o + FILTER_LEN, 0, 0, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 2 * FILTER_LEN), 13);
	make_filter(o, 0, 0, 0);
	make_filter(o + FILTER_LEN, 96, 0, 53);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 2 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 1);
	is_sent(0, 0, 0, 53);
	memset(o + 8, 0, 16); /* the address of a clearing option does not matter */
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 0);
	make_filter(o, 128, 0xcb007105, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 0);
	CU_ASSERT_EQUAL(ask_with(0, 80, 0, o, FILTER_LEN), 6); /* MALFORMED_OPTION */
	CU_ASSERT_EQUAL(ask_with(0, 80, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(f.last.n_filters, 0);
	end();
}

/* E-OPT-3: filters that cannot be, and one of IPv6 hosts. */
static void
filters_that_fit_no_mapping_are_malformed(void)
{
	uint8_t o[FILTER_LEN];

	begin();
	make_filter(o, 95, 0xcb007105, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 6);
	make_filter(o, 129, 0xcb007105, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 6);
	make_filter(o, 64, 0xcb007105, 0);
	o[8] = 0x20;
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 1 * FILTER_LEN), 6);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* E-OPT-3, E-MAP-3: who has another nonce hears that, not how many filters the mapping has. */
static void
filters_of_another_client_do_not_count(void)
{
	uint8_t o[2 * FILTER_LEN], request[MAP_LEN + FILTER_LEN];

	begin();
	make_filter(o, 128, 0xcb007105, 0);
	make_filter(o + FILTER_LEN, 128, 0xcb007106, 0);
	CU_ASSERT_EQUAL(ask_with(LIFETIME, 80, 0, o, 2 * FILTER_LEN), 0);
	make_map(request, LIFETIME, 8, 17, 80);
	make_filter(request + MAP_LEN, 128, 0xcb007107, 0);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 2);
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

/* E-RX-3: an error answer is a copy. The client's address in it stays where the answer has reserved bits only if the
 * request could not be read. */
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
	/* E-RX-4 */
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
	CU_TEST_ROW(prefer_failure_insists_on_the_suggestion),
	CU_TEST_ROW(description_is_kept_and_replaced),
	CU_TEST_ROW(long_description_is_cut_between_characters),
	CU_TEST_ROW(filters_are_added_up_to_the_limit),
	CU_TEST_ROW(filters_are_cleared),
	CU_TEST_ROW(filters_that_fit_no_mapping_are_malformed),
	CU_TEST_ROW(filters_of_another_client_do_not_count),
	CU_TEST_ROW(options_of_requests_under_way_do_not_mix),
	CU_TEST_ROW(bad_requests_get_their_codes),
	CU_TEST_ROW(error_answers_are_copies),
	CU_TEST_ROW(plain_requests_are_refused_where_ipsec_is_required),
	CU_TEST_ROW(floods_and_repetitions_get_no_answer),
	CU_TEST_ROW(late_answers_are_dropped),
	CU_TEST_ROW(strangers_are_not_served),
	CU_TEST_ROW(announce_tells_the_epoch),
};

CU_MAIN("pcp_server", tests)
