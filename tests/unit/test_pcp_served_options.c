/* SPDX-License-Identifier: BSD-3-Clause */
/* The options that the PCP server processes for every client: PREFER_FAILURE and DESCRIPTION. */
#include "tests/support/pcpfix.h"

#define FILTER_LEN 24 /* octets of an option, with its head */

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

static const struct cu_test tests[] = {
	CU_TEST_ROW(prefer_failure_insists_on_the_suggestion),
	CU_TEST_ROW(description_is_kept_and_replaced),
	CU_TEST_ROW(long_description_is_cut_between_characters),
	CU_TEST_ROW(options_of_requests_under_way_do_not_mix),
	CU_TEST_ROW(filters_are_added_up_to_the_limit),
	CU_TEST_ROW(filters_are_cleared),
	CU_TEST_ROW(filters_that_fit_no_mapping_are_malformed),
	CU_TEST_ROW(filters_of_another_client_do_not_count),
};

CU_MAIN("pcp_served_options", tests)
