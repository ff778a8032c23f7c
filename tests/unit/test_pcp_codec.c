/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/pcp/pcp_codec.h"
#include "tests/support/cu.h"
#include "tests/support/pcpvectors.h"

#include <string.h>

/* Read a request. @return its result; -1: it gets no answer */
static int
parse_request(struct cgn_pcp_request *out, const void *data, size_t len)
{
	enum cgn_pcp_result result = CGN_PCP_RESULTS;

	memset(out, 0xa5, sizeof(*out));
	return cgn_pcp_codec_parse(out, &result, data, len) ? (int)result : -1;
}

/* An error answer, in a message that was full before. */
static struct cgn_pcp_message
error_answer(const void *data, size_t len, enum cgn_pcp_result result)
{
	struct cgn_pcp_message m;

	memset(&m, 0x5a, sizeof(m));
	cgn_pcp_codec_error(&m, data, len, result, 1800, 258);
	return m;
}

/* E-RX-2: a request of each opcode, for both families. */
static void
requests_are_read(void)
{
	struct cgn_pcp_request r;

	for (size_t i = 0; i < COUNT(requests); i++) {
		CU_ASSERT_EQUAL(parse_request(&r, requests[i].octets, requests[i].len), 0);
		CU_ASSERT_EQUAL(r.opcode, requests[i].request.opcode);
		CU_ASSERT_EQUAL(r.lifetime_s, requests[i].request.lifetime_s);
		CU_ASSERT_TRUE(is_ip(&r.client, &requests[i].request.client));
		CU_ASSERT_TRUE(is_mapping(&r.mapping, &requests[i].request.mapping));
		CU_ASSERT_PTR_EQUAL(r.rest.at, requests[i].octets + requests[i].len);
		CU_ASSERT_EQUAL(r.rest.len, 0);
		CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, 0), 0);
	}
}

/* RFC 7648 section 3: what a proxy asks the next server, octet by octet. */
static void
requests_are_written(void)
{
	struct cgn_pcp_message m;

	for (size_t i = 0; i < COUNT(requests); i++) {
		memset(&m, 0xa5, sizeof(m));
		CU_ASSERT_TRUE(cgn_pcp_codec_request(&m, &requests[i].request));
		CU_ASSERT_EQUAL_FATAL(m.len, requests[i].len);
		CU_ASSERT_EQUAL(memcmp(m.octets, requests[i].octets, m.len), 0);
	}
}

/* RFC 7648 section 3.3: with the client as third party; the options come behind the data of the opcode. */
static void
request_has_its_options(void)
{
	static const uint8_t options[] = { 1, 0, 0, 16, MAPPED, 192, 168, 1, 10, 2, 0, 0, 0 };
	struct cgn_pcp_request r = requests[0].request, again;
	struct cgn_pcp_message m;

	r.options.has_third_party = r.options.prefer_failure = true;
	r.options.third_party = (struct cgn_ip){ .ip4 = RTE_BE32(0xc0a8010a) };
	CU_ASSERT_TRUE(cgn_pcp_codec_request(&m, &r));
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(map_request) + sizeof(options));
	CU_ASSERT_EQUAL(memcmp(m.octets, map_request, sizeof(map_request)), 0);
	CU_ASSERT_EQUAL(memcmp(m.octets + sizeof(map_request), options, sizeof(options)), 0);
	CU_ASSERT_EQUAL(parse_request(&again, m.octets, m.len), 0);
	CU_ASSERT_EQUAL(again.rest.len, sizeof(options));
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&again, 0), CGN_PCP_UNSUPP_OPTION);
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&again, CGN_PCP_DO_ALL), 0);
	CU_ASSERT_TRUE(again.options.has_third_party && again.options.prefer_failure);
}

/* RFC 6887 sections 7.1, 11.1 and 12.1: whatever the reserved fields say. */
static void
reserved_fields_of_requests_are_ignored(void)
{
	static const size_t reserved[] = { 2, 3, 37, 38, 39, 62, 63 };
	uint8_t data[sizeof(peer_request)];
	struct cgn_pcp_request r;

	memcpy(data, peer_request, sizeof(data));
	for (size_t i = 0; i < COUNT(reserved); i++)
		data[reserved[i]] = 0xff;
	CU_ASSERT_EQUAL(parse_request(&r, data, sizeof(data)), 0);
	CU_ASSERT_EQUAL(r.lifetime_s, requests[2].request.lifetime_s);
	CU_ASSERT_TRUE(is_mapping(&r.mapping, &requests[2].request.mapping));
}

/* E-RX-2, B-VER-4: two octets, then the R bit, then the version, then 24 octets. */
static void
tests_of_the_header_have_an_order(void)
{
	uint8_t data[1104] = { 0 };
	struct cgn_pcp_request r;

	for (unsigned int version = 0; version < 256; version++) {
		for (unsigned int op = 0; op < 256; op++) {
			int want = op >= 128 ? -1 : CGN_PCP_UNSUPP_VERSION;

			data[0] = (uint8_t)version;
			data[1] = (uint8_t)op;
			if (version != 2 || op >= 128) {
				CU_ASSERT_EQUAL(parse_request(&r, data, 0), -1);
				CU_ASSERT_EQUAL(parse_request(&r, data, 1), -1);
				CU_ASSERT_EQUAL(parse_request(&r, data, 2), want);
				CU_ASSERT_EQUAL(parse_request(&r, data, 23), want);
				CU_ASSERT_EQUAL(parse_request(&r, data, 60), want);
				CU_ASSERT_EQUAL(parse_request(&r, data, sizeof(data)), want);
				continue;
			}
			CU_ASSERT_EQUAL(parse_request(&r, data, 2), -1);
			CU_ASSERT_EQUAL(parse_request(&r, data, 23), -1);
			CU_ASSERT_EQUAL(parse_request(&r, data, sizeof(data)),
					CGN_PCP_MALFORMED_REQUEST);
			CU_ASSERT_EQUAL(parse_request(&r, data, 1100),
					op > 2 ? CGN_PCP_UNSUPP_OPCODE : CGN_PCP_SUCCESS);
			CU_ASSERT_EQUAL(r.opcode, op);
		}
	}
}

/* E-RX-2: a multiple of four, long enough for the opcode, not above 1100. */
static void
length_of_a_request_has_bounds(void)
{
	static const size_t least[] = { 24, 60, 80 };
	uint8_t data[1200] = { 2 };
	struct cgn_pcp_request r;

	for (uint8_t op = 0; op < COUNT(least); op++) {
		data[1] = op;
		for (size_t len = 24; len <= sizeof(data); len++) {
			bool is_valid = len % 4 == 0 && len >= least[op] && len <= 1100;

			CU_ASSERT_EQUAL(parse_request(&r, data, len),
					is_valid ? CGN_PCP_SUCCESS : CGN_PCP_MALFORMED_REQUEST);
			if (is_valid)
				CU_ASSERT_EQUAL(r.rest.len, len - least[op]);
		}
	}
}

/* RFC 7648 section 3.4: the header of an unknown opcode is read, for a proxy. */
static void
unknown_opcode_has_a_header(void)
{
	uint8_t data[sizeof(map_request)];
	struct cgn_pcp_request r;

	memcpy(data, map_request, sizeof(data));
	data[1] = 50;
	CU_ASSERT_EQUAL(parse_request(&r, data, 24), CGN_PCP_UNSUPP_OPCODE);
	CU_ASSERT_EQUAL(parse_request(&r, data, 27), CGN_PCP_MALFORMED_REQUEST);
	CU_ASSERT_EQUAL(parse_request(&r, data, sizeof(data)), CGN_PCP_UNSUPP_OPCODE);
	CU_ASSERT_TRUE(r.opcode == 50 && r.lifetime_s == 7200);
	CU_ASSERT_TRUE(is_ip(&r.client, &client4));
}

/* E-MAP-2: one port of all protocols is no mapping; a delete, too. */
static void
map_has_a_protocol_or_all_ports(void)
{
	static const struct {
		uint32_t lifetime_s;
		uint8_t proto;
		uint16_t in_port;
		enum cgn_pcp_result result;
	} cases[] = {
		{ 60, 17, 80, CGN_PCP_SUCCESS },
		{ 60, 17, 0, CGN_PCP_SUCCESS },
		{ 60, 0, 0, CGN_PCP_SUCCESS },
		{ 60, 0, 80, CGN_PCP_MALFORMED_REQUEST },
		{ 0, 0, 80, CGN_PCP_MALFORMED_REQUEST },
		{ 0, 0, 0, CGN_PCP_SUCCESS },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgn_pcp_request r = requests[0].request;

		r.lifetime_s = cases[i].lifetime_s;
		r.mapping.proto = cases[i].proto;
		r.mapping.in_port = cases[i].in_port;
		CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, 0), cases[i].result);
	}
}

/* E-PEER-1: PEER needs all three, also with lifetime 0. */
static void
peer_has_protocol_and_ports(void)
{
	static const struct {
		uint8_t proto;
		uint16_t in_port, rem_port;
		enum cgn_pcp_result result;
	} cases[] = {
		{ 6, 1, 1, CGN_PCP_SUCCESS },
		{ 0, 1, 1, CGN_PCP_MALFORMED_REQUEST },
		{ 6, 0, 1, CGN_PCP_MALFORMED_REQUEST },
		{ 6, 1, 0, CGN_PCP_MALFORMED_REQUEST },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgn_pcp_request r = requests[2].request;

		r.mapping.proto = cases[i].proto;
		r.mapping.in_port = cases[i].in_port;
		r.mapping.rem_port = cases[i].rem_port;
		CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, 0), cases[i].result);
		r.lifetime_s = 0;
		CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, 0), cases[i].result);
	}
}

/* E-OPT-1, E-OPT-2, E-OPT-3: the options are checked with the fields of their request. */
static void
check_gives_options_the_request(void)
{
	static const uint8_t prefer_failure[] = { 2, 0, 0, 0 };
	static const uint8_t own[] = { 1, 0, 0, 16, MAPPED, 100, 64, 1, 11 };
	struct cgn_pcp_request r = requests[0].request;

	r.rest = (struct cgn_pcp_cursor){ prefer_failure, sizeof(prefer_failure) };
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL), CGN_PCP_SUCCESS);
	r.mapping.ext_port = 0;
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL), CGN_PCP_MALFORMED_OPTION);
	r.mapping.ext_port = 1;
	r.lifetime_s = 0;
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL), CGN_PCP_MALFORMED_OPTION);
	r.rest = (struct cgn_pcp_cursor){ own, sizeof(own) };
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL), CGN_PCP_MALFORMED_REQUEST);
	r = requests[2].request;
	r.rest = (struct cgn_pcp_cursor){ prefer_failure, sizeof(prefer_failure) };
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL), CGN_PCP_MALFORMED_REQUEST);
}

/* E-RX-7, RFC 6887 sections 14.1 and 14.2: each answer and each message that nobody asked for, octet by octet. */
static void
answers_are_written(void)
{
	struct cgn_pcp_message m;

	for (size_t i = 0; i < COUNT(answers); i++) {
		memset(&m, 0xa5, sizeof(m));
		CU_ASSERT_TRUE(cgn_pcp_codec_answer(&m, &answers[i].answer));
		CU_ASSERT_EQUAL_FATAL(m.len, answers[i].len);
		CU_ASSERT_EQUAL(memcmp(m.octets, answers[i].octets, m.len), 0);
	}
}

/* RFC 6887 section 15: the answer to a delete has lifetime 0 and the suggested fields of the request. */
static void
answer_to_a_delete_has_the_fields_of_the_request(void)
{
	struct cgn_pcp_answer a = { .opcode = CGN_PCP_MAP, .epoch_s = 9 };
	struct cgn_pcp_request r;
	struct cgn_pcp_message m;

	CU_ASSERT_EQUAL(parse_request(&r, map_request, sizeof(map_request)), 0);
	a.mapping = r.mapping;
	CU_ASSERT_TRUE(cgn_pcp_codec_answer(&m, &a));
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(map_request));
	CU_ASSERT_EQUAL(memcmp(m.octets, "\x02\x81\0\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0",
					24),
			0);
	CU_ASSERT_EQUAL(memcmp(m.octets + 24, map_request + 24, m.len - 24), 0);
}

/* E-RX-5, E-OPT-5: a success has the options that were processed, and no other. */
static void
answer_has_processed_options_only(void)
{
	static const uint8_t options[] = { 200, 0, 0, 0, 128, 0, 0, 2, 'h', 'i', 0, 0, 130, 0, 0, 5,
		0, 9, 0, 9, 0, 0, 0, 0, 3, 0xff, 0, 20, 0xff, 96, 0, 0, MAPPED, 0, 0, 0, 0 };
	static const uint8_t echoed[] = { 3, 0, 0, 20, 0, 96, 0, 0, MAPPED, 0, 0, 0, 0, 128, 0, 0,
		2, 'h', 'i', 0, 0 };
	struct cgn_pcp_request r = requests[0].request;
	struct cgn_pcp_answer a = answers[0].answer;
	struct cgn_pcp_message m;

	r.rest = (struct cgn_pcp_cursor){ options, sizeof(options) };
	CU_ASSERT_EQUAL(cgn_pcp_codec_check(&r, CGN_PCP_DO_FILTER | CGN_PCP_DO_DESCRIPTION), 0);
	a.options = r.options;
	CU_ASSERT_TRUE(cgn_pcp_codec_answer(&m, &a));
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(map_answer) + sizeof(echoed));
	CU_ASSERT_EQUAL(memcmp(m.octets, map_answer, sizeof(map_answer)), 0);
	CU_ASSERT_EQUAL(memcmp(m.octets + sizeof(map_answer), echoed, sizeof(echoed)), 0);
}

/* E-RX-5: an answer above 1100 octets is not made. */
static void
answer_has_at_most_1100_octets(void)
{
	struct cgn_pcp_answer a = answers[0].answer;
	struct cgn_pcp_request r = requests[0].request;
	struct cgn_pcp_message m;

	a.options.has_description = true;
	a.options.description_len = 1016;
	CU_ASSERT_TRUE(cgn_pcp_codec_answer(&m, &a));
	CU_ASSERT_EQUAL(m.len, 60 + 4 + 1016);
	a.options.has_third_party = true;
	CU_ASSERT_TRUE(cgn_pcp_codec_answer(&m, &a));
	CU_ASSERT_EQUAL(m.len, 1100);
	a.options.prefer_failure = true;
	CU_ASSERT_FALSE(cgn_pcp_codec_answer(&m, &a));
	r.options = a.options;
	CU_ASSERT_FALSE(cgn_pcp_codec_request(&m, &r));
}

/* E-RX-3: a copy of the request with the fields of the server. The reserved bits are 0 if the request was read. */
static void
error_answer_copies_the_request(void)
{
	struct cgn_pcp_message m;
	uint8_t want[64] = { 0 };

	memcpy(want, map_request, sizeof(map_request));
	memcpy(want + 60, "\xc8\0\0", 4);
	m = error_answer(want, 64, CGN_PCP_ADDRESS_MISMATCH);
	memcpy(want, "\x02\x81\0\x0c\0\0\x07\x08\0\0\x01\x02\0\0\0\0\0\0\0\0\0\0\0", 24);
	CU_ASSERT_EQUAL_FATAL(m.len, 64);
	CU_ASSERT_EQUAL(memcmp(m.octets, want, 64), 0);
}

/* E-RX-3: which results say that the request could not be read, so that the reserved bits are the client's. */
static void
reserved_bits_tell_whether_the_request_was_read(void)
{
	static const uint8_t zero[12];

	for (unsigned int result = 1; result < CGN_PCP_RESULTS; result++) {
		bool is_unread = result == 1 || result == 3 || result == 4 || result == 6;
		struct cgn_pcp_message m = error_answer(map_request, sizeof(map_request), result);

		CU_ASSERT_EQUAL(m.octets[3], result);
		CU_ASSERT_EQUAL(memcmp(m.octets + 12, is_unread ? map_request + 12 : zero, 12), 0);
		CU_ASSERT_EQUAL(memcmp(m.octets + 24, map_request + 24, 36), 0);
	}
}

/* E-RX-2, E-RX-3: filled up to a multiple of four, cut at 1100. */
static void
error_answer_has_a_valid_length(void)
{
	static uint8_t data[1200];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i | 1);
	data[1] = 1;
	for (size_t len = 2; len <= sizeof(data); len++) {
		struct cgn_pcp_message m = error_answer(data, len, CGN_PCP_MALFORMED_REQUEST);
		size_t want = len <= 24 ? 24 : len >= 1100 ? 1100 : (len + 3) / 4 * 4;
		size_t copied = len < 1100 ? len : 1100;

		CU_ASSERT_EQUAL_FATAL(m.len, want);
		CU_ASSERT_EQUAL(memcmp(m.octets, "\x02\x81\0\x03\0\0\x07\x08\0\0\x01\x02", 12), 0);
		if (copied > 12)
			CU_ASSERT_EQUAL(memcmp(m.octets + 12, data + 12, copied - 12), 0);
		for (size_t i = copied > 12 ? copied : 12; i < want; i++)
			CU_ASSERT_EQUAL(m.octets[i], 0);
		for (size_t i = want; i < sizeof(m.octets); i++)
			CU_ASSERT_EQUAL(m.octets[i], 0x5a);
	}
}

/* E-VER-1, B-VER-2, B-VER-4: version 2, at once, with the R bit; NAT-PMP clients read octets 2 and 3 as result 1. */
static void
unsupported_version_is_answered_with_version_2(void)
{
	static const uint8_t asked[][12] = {
		{ 0, 0 },
		{ 0, 1, 0, 0, 0, 80, 0, 0, 0, 0, 14, 16 },
		{ 1, 1, 0xff, 0xff },
		{ 3, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
		{ 255, 0 },
	};
	struct cgn_pcp_request r;

	for (size_t i = 0; i < COUNT(asked); i++) {
		for (size_t len = 2; len <= sizeof(asked[0]); len++) {
			uint8_t want[24] = { 2, 0x80 | asked[i][1], 0, 1, 0, 0, 7, 8, 0, 0, 1, 2 };
			struct cgn_pcp_message m;

			CU_ASSERT_EQUAL(parse_request(&r, asked[i], len), CGN_PCP_UNSUPP_VERSION);
			m = error_answer(asked[i], len, CGN_PCP_UNSUPP_VERSION);
			CU_ASSERT_EQUAL_FATAL(m.len, sizeof(want));
			CU_ASSERT_EQUAL(memcmp(m.octets, want, sizeof(want)), 0);
		}
	}
}

/* E-RX-3: an unknown opcode is answered with all its octets, which nobody looks into. */
static void
unknown_opcode_is_answered_with_its_octets(void)
{
	uint8_t data[40] = { 2, 0x55, 0, 0, 0, 0, 0, 1, MAPPED, 100, 64, 1, 11, 0xff, 0xff, 0xff,
		0xff };
	struct cgn_pcp_message m = error_answer(data, sizeof(data), CGN_PCP_UNSUPP_OPCODE);

	memcpy(data, "\x02\xd5\0\x04\0\0\x07\x08\0\0\x01\x02", 12);
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(data));
	CU_ASSERT_EQUAL(memcmp(m.octets, data, sizeof(data)), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(requests_are_read),
	CU_TEST_ROW(requests_are_written),
	CU_TEST_ROW(request_has_its_options),
	CU_TEST_ROW(reserved_fields_of_requests_are_ignored),
	CU_TEST_ROW(tests_of_the_header_have_an_order),
	CU_TEST_ROW(length_of_a_request_has_bounds),
	CU_TEST_ROW(unknown_opcode_has_a_header),
	CU_TEST_ROW(map_has_a_protocol_or_all_ports),
	CU_TEST_ROW(peer_has_protocol_and_ports),
	CU_TEST_ROW(check_gives_options_the_request),
	CU_TEST_ROW(answers_are_written),
	CU_TEST_ROW(answer_to_a_delete_has_the_fields_of_the_request),
	CU_TEST_ROW(answer_has_processed_options_only),
	CU_TEST_ROW(answer_has_at_most_1100_octets),
	CU_TEST_ROW(error_answer_copies_the_request),
	CU_TEST_ROW(reserved_bits_tell_whether_the_request_was_read),
	CU_TEST_ROW(error_answer_has_a_valid_length),
	CU_TEST_ROW(unsupported_version_is_answered_with_version_2),
	CU_TEST_ROW(unknown_opcode_is_answered_with_its_octets),
};

CU_MAIN("pcp_codec", tests)
