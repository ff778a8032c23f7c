/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/pcp/pcp_codec.h"
#include "tests/support/cu.h"
#include "tests/support/pcpvectors.h"

#include <string.h>

/* Read an answer. Octets of 0xa5 show what was not set. */
static bool
parse_answer(struct cgn_pcp_answer *out, const void *data, size_t len)
{
	memset(out, 0xa5, sizeof(*out));
	return cgn_pcp_codec_parse_answer(out, data, len);
}

/* RFC 7648 section 3: the answers of another server, octet by octet, with reserved fields that must not matter. */
static void
answers_are_read(void)
{
	struct cgn_pcp_answer a;
	uint8_t data[80];

	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct cgn_pcp_answer *want = &answers[i].answer;

		memcpy(data, answers[i].octets, answers[i].len);
		data[2] = 0xff;
		memset(data + 12, 0xff, 12);
		if (answers[i].len > 24)
			memset(data + 37, 0xff, 3);
		if (answers[i].len > 60)
			memset(data + 62, 0xff, 2);
		CU_ASSERT_TRUE(parse_answer(&a, data, answers[i].len));
		CU_ASSERT_TRUE(a.version == 2 && a.opcode == want->opcode);
		CU_ASSERT_EQUAL(a.result, want->result);
		CU_ASSERT_EQUAL(a.lifetime_s, want->lifetime_s);
		CU_ASSERT_EQUAL(a.epoch_s, want->epoch_s);
		CU_ASSERT_TRUE(is_mapping(&a.mapping, &want->mapping));
		CU_ASSERT_EQUAL(a.rest.len, 0);
		CU_ASSERT_EQUAL(a.options.n_filters, 0);
	}
}

/* RFC 6887 section 8.3: R bit, version, 24 to 1100 octets in a multiple of four, and all data of the opcode. */
static void
what_is_no_answer_is_not_read(void)
{
	static const size_t least[] = { 24, 60, 80 };
	uint8_t data[1200] = { 2 };
	struct cgn_pcp_answer a;

	for (size_t i = 0; i < COUNT(requests); i++)
		CU_ASSERT_FALSE(parse_answer(&a, requests[i].octets, requests[i].len));
	for (uint8_t op = 0; op < COUNT(least); op++) {
		data[1] = 0x80 | op;
		for (size_t len = 0; len <= sizeof(data); len++) {
			CU_ASSERT_EQUAL(parse_answer(&a, data, len),
					len % 4 == 0 && len >= least[op] && len <= 1100);
		}
	}
	for (unsigned int version = 0; version < 256; version++) {
		data[0] = (uint8_t)version;
		CU_ASSERT_EQUAL(parse_answer(&a, data, 100), version == 2);
	}
}

/* B-VER-3: a NAT-PMP server says unsupported version in 8 octets; 4 are enough. The R bit must be there. */
static void
unsupported_version_is_read_in_each_version(void)
{
	static const uint8_t natpmp[] = { 0, 0x81, 0, 1, 0, 0, 0x30, 0x39 };
	static const uint8_t printed[] = { 0, 0, 0, 1, 0, 0, 0x30, 0x39 };
	static const uint8_t pcp[] = { 3, 0x81, 0, 1, 0, 0, 7, 8, 0, 0, 1, 2, 0, 0, 0, 0, ZERO8 };
	struct cgn_pcp_answer a;

	CU_ASSERT_TRUE(parse_answer(&a, natpmp, sizeof(natpmp)));
	CU_ASSERT_TRUE(a.version == 0 && a.opcode == 1 && a.result == CGN_PCP_UNSUPP_VERSION);
	CU_ASSERT_TRUE(a.lifetime_s == 0 && a.epoch_s == 0);
	CU_ASSERT_TRUE(parse_answer(&a, natpmp, 4));
	CU_ASSERT_FALSE(parse_answer(&a, natpmp, 3));
	CU_ASSERT_FALSE(parse_answer(&a, printed, sizeof(printed)));
	CU_ASSERT_TRUE(parse_answer(&a, pcp, sizeof(pcp)));
	CU_ASSERT_TRUE(a.version == 3 && a.result == CGN_PCP_UNSUPP_VERSION);
	CU_ASSERT_TRUE(a.lifetime_s == 1800 && a.epoch_s == 258);
	CU_ASSERT_TRUE(parse_answer(&a, pcp, 11));
	CU_ASSERT_TRUE(a.lifetime_s == 0 && a.epoch_s == 0);
}

/* RFC 6887 section 7.3: unknown results and options are no reason to ignore an answer. */
static void
answer_may_have_unknown_codes(void)
{
	uint8_t data[sizeof(map_answer) + 12];
	struct cgn_pcp_answer a;

	memcpy(data, map_answer, sizeof(map_answer));
	memcpy(data + sizeof(map_answer), "\x3c\0\0\0\x03\0\0\x01\0\0\0", 12);
	data[3] = 200;
	CU_ASSERT_TRUE(parse_answer(&a, data, sizeof(data)));
	CU_ASSERT_TRUE(a.result == 200 && a.rest.len == 12 && a.options.n_filters == 0);
	data[1] = 0x80 | 50;
	CU_ASSERT_TRUE(parse_answer(&a, data, sizeof(data)));
	CU_ASSERT_TRUE(a.opcode == 50 && a.rest.len == sizeof(data) - 24);
	data[1] = 0x81;
	memcpy(data + sizeof(map_answer),
			"\x80\0\0\x03"
			"abc\0\x02\0\0",
			12);
	CU_ASSERT_TRUE(parse_answer(&a, data, sizeof(data)));
	CU_ASSERT_TRUE(a.options.has_description && a.options.prefer_failure);
}

/* RFC 6887 sections 11.4, 12.4 and 13.2: a field that must be the same is changed in one answer after the other. */
static void
answer_belongs_to_its_request(void)
{
	struct cgn_pcp_request r = requests[2].request;
	struct cgn_pcp_answer good = { .opcode = CGN_PCP_PEER, .mapping = r.mapping }, a[9];

	good.mapping.ext_port = 40000;
	good.mapping.ext.ip4 = RTE_BE32(0xc6336407);
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&good, &r));
	for (size_t i = 0; i < COUNT(a); i++)
		a[i] = good;
	a[0].opcode = CGN_PCP_MAP;
	a[1].mapping.nonce[0]++;
	a[2].mapping.nonce[11]++;
	a[3].mapping.proto = 17;
	a[4].mapping.in_port++;
	a[5].mapping.rem_port++;
	a[6].mapping.rem.ip4++;
	a[7].mapping.rem.is_ip6 = true;
	a[8].options.has_third_party = true;
	for (size_t i = 0; i < COUNT(a); i++)
		CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a[i], &r));
	/* The fields of another version mean something else. */
	for (size_t i = 0; i < COUNT(a); i++) {
		a[i].result = CGN_PCP_UNSUPP_VERSION;
		CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a[i], &r));
		a[i].result = CGN_PCP_SUCCESS;
	}
	/* The remote peer is no field of MAP. */
	r.opcode = CGN_PCP_MAP;
	a[5].opcode = CGN_PCP_MAP;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a[5], &r));
	r.opcode = CGN_PCP_ANNOUNCE;
	a[5].opcode = CGN_PCP_ANNOUNCE;
	a[5].mapping.in_port++;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a[5], &r));
}

/* RFC 6887 sections 11.4 and 13.2 */
static void
answer_has_the_third_party_and_the_preferred_port(void)
{
	struct cgn_pcp_request r = requests[0].request;
	struct cgn_pcp_answer a = { .opcode = CGN_PCP_MAP, .mapping = r.mapping };

	r.options.has_third_party = true;
	r.options.third_party = (struct cgn_ip){ .ip4 = RTE_BE32(0xc0000209) };
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
	a.options.has_third_party = true;
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
	a.options.third_party = r.options.third_party;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	a.mapping.ext_port++;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	r.options.prefer_failure = true;
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
	a.result = CGN_PCP_CANNOT_PROVIDE_EXTERNAL;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	a.result = CGN_PCP_SUCCESS;
	a.mapping.ext_port = r.mapping.ext_port;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	a.mapping.ext.ip4++;
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
	/* A suggested address of 0 leaves the choice to the server. The port still counts. */
	r.mapping.ext = (struct cgn_ip){ .ip4 = 0 };
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	r.mapping.ext.is_ip6 = true;
	CU_ASSERT_TRUE(cgn_pcp_codec_belongs(&a, &r));
	r.mapping.ext.ip6.b[15] = 1;
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
	r.mapping.ext = (struct cgn_ip){ .ip4 = 0 };
	a.mapping.ext_port++;
	CU_ASSERT_FALSE(cgn_pcp_codec_belongs(&a, &r));
}

/* RFC 7648 sections 3 and 3.4: only addresses of clients and the epoch change. */
static void
proxy_passes_unknown_opcodes_on(void)
{
	uint8_t up[28], down[28];
	struct cgn_pcp_message m;

	for (size_t i = 0; i < sizeof(up); i++)
		up[i] = down[i] = (uint8_t)(0x80 + i);
	memset(&m, 0x5a, sizeof(m));
	cgn_pcp_codec_pass_request(&m, up, sizeof(up), &client4);
	memcpy(up + 8, map_request + 8, 16);
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(up));
	CU_ASSERT_EQUAL(memcmp(m.octets, up, sizeof(up)), 0);
	CU_ASSERT_EQUAL(m.octets[sizeof(up)], 0x5a);
	memset(&m, 0x5a, sizeof(m));
	cgn_pcp_codec_pass_answer(&m, down, sizeof(down), 0x01020304, &client4);
	memcpy(down + 8, "\x01\x02\x03\x04", 4);
	memcpy(down + 12, map_request + 12, 12);
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(down));
	CU_ASSERT_EQUAL(memcmp(m.octets, down, sizeof(down)), 0);
	CU_ASSERT_EQUAL(m.octets[sizeof(down)], 0x5a);
	/* Reserved bits that are 0 stay. One that is not says that they have an address. */
	memset(down + 12, 0, 12);
	cgn_pcp_codec_pass_answer(&m, down, sizeof(down), 0x01020304, &client4);
	CU_ASSERT_EQUAL(memcmp(m.octets, down, sizeof(down)), 0);
	down[23] = 1;
	cgn_pcp_codec_pass_answer(&m, down, sizeof(down), 0x01020304, &client4);
	CU_ASSERT_EQUAL(memcmp(m.octets + 12, map_request + 12, 12), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(answers_are_read),
	CU_TEST_ROW(what_is_no_answer_is_not_read),
	CU_TEST_ROW(unsupported_version_is_read_in_each_version),
	CU_TEST_ROW(answer_may_have_unknown_codes),
	CU_TEST_ROW(answer_belongs_to_its_request),
	CU_TEST_ROW(answer_has_the_third_party_and_the_preferred_port),
	CU_TEST_ROW(proxy_passes_unknown_opcodes_on),
};

CU_MAIN("pcp_client", tests)
