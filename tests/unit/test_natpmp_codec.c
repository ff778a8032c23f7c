/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_codec.h"
#include "tests/support/cu.h"

#include <string.h>

static struct cgn_natpmp_request
parse(const void *data, size_t len)
{
	struct cgn_natpmp_request r;

	memset(&r, 0xa5, sizeof(r));
	cgn_natpmp_codec_parse(&r, data, len);
	return r;
}

/* B-EXT-1: 00 00 asks for the address. */
static void
address_request_is_read(void)
{
	static const uint8_t request[] = { 0, 0 };
	struct cgn_natpmp_request r = parse(request, sizeof(request));

	CU_ASSERT_EQUAL(r.kind, CGN_NATPMP_GET_ADDRESS);
	CU_ASSERT_EQUAL(r.opcode, 0);
}

static void
mapping_requests_are_read(void)
{
	static const uint8_t udp[] = { 0, 1, 0, 0, 0x1f, 0x90, 0xc3, 0x50, 0, 0, 0x1c, 0x20 };
	static const uint8_t tcp[] = { 0, 2, 0, 0, 0, 80, 0, 0, 0xff, 0xff, 0xff, 0xfe };
	struct cgn_natpmp_request r = parse(udp, sizeof(udp));

	CU_ASSERT_EQUAL(r.kind, CGN_NATPMP_MAP);
	CU_ASSERT_EQUAL(r.opcode, 1);
	CU_ASSERT_EQUAL(r.proto, CGN_PROTO_UDP);
	CU_ASSERT_EQUAL(r.in_port, 8080);
	CU_ASSERT_EQUAL(r.ext_port, 50000);
	CU_ASSERT_EQUAL(r.lifetime_s, 7200);
	r = parse(tcp, sizeof(tcp));
	CU_ASSERT_EQUAL(r.kind, CGN_NATPMP_MAP);
	CU_ASSERT_EQUAL(r.opcode, 2);
	CU_ASSERT_EQUAL(r.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(r.in_port, 80);
	CU_ASSERT_EQUAL(r.ext_port, 0);
	CU_ASSERT_EQUAL(r.lifetime_s, UINT32_MAX - 1);
}

/* B-RX-7: whatever the reserved field says. */
static void
reserved_field_is_ignored(void)
{
	static const uint8_t plain[] = { 0, 1, 0, 0, 0, 7, 0, 9, 0, 0, 0, 60 };
	static const uint8_t set[] = { 0, 1, 0xff, 0xff, 0, 7, 0, 9, 0, 0, 0, 60 };
	struct cgn_natpmp_request a = parse(plain, sizeof(plain)), b = parse(set, sizeof(set));

	CU_ASSERT_EQUAL(b.kind, CGN_NATPMP_MAP);
	CU_ASSERT_EQUAL(b.in_port, a.in_port);
	CU_ASSERT_EQUAL(b.ext_port, a.ext_port);
	CU_ASSERT_EQUAL(b.lifetime_s, a.lifetime_s);
}

/* B-RX-6: too short is nothing, longer is the same. */
static void
length_is_looked_at_first(void)
{
	static const uint8_t request[1100] = { 0, 2, 0, 0, 0, 7, 0, 9, 0, 0, 0, 60, 0xee };
	static const uint8_t address[1100] = { 0, 0, 0xee };

	CU_ASSERT_EQUAL(parse(request, 0).kind, CGN_NATPMP_IGNORE);
	CU_ASSERT_EQUAL(parse(request, 1).kind, CGN_NATPMP_IGNORE);
	for (size_t len = 2; len < 12; len++)
		CU_ASSERT_EQUAL(parse(request, len).kind, CGN_NATPMP_IGNORE);
	for (size_t len = 12; len <= sizeof(request); len += 17)
		CU_ASSERT_EQUAL(parse(request, len).kind, CGN_NATPMP_MAP);
	CU_ASSERT_EQUAL(parse(request, 13).lifetime_s, 60);
	CU_ASSERT_EQUAL(parse(address, 3).kind, CGN_NATPMP_GET_ADDRESS);
	CU_ASSERT_EQUAL(parse(address, sizeof(address)).kind, CGN_NATPMP_GET_ADDRESS);
}

/* B-RX-5, B-VER-4: responses are nothing, whatever their version; then the version, of two octets. */
static void
responses_are_ignored_before_the_version_is_looked_at(void)
{
	uint8_t octets[12] = { 0 };

	for (unsigned int version = 0; version < 256; version++) {
		for (unsigned int op = 0; op < 256; op++) {
			enum cgn_natpmp_kind kind;

			octets[0] = (uint8_t)version;
			octets[1] = (uint8_t)op;
			kind = parse(octets, 2).kind;
			if (op >= 128) {
				CU_ASSERT_EQUAL(kind, CGN_NATPMP_IGNORE);
				CU_ASSERT_EQUAL(parse(octets, 12).kind, CGN_NATPMP_IGNORE);
			} else if (version != 0) {
				CU_ASSERT_EQUAL(kind, CGN_NATPMP_UNKNOWN_VERSION);
			} else if (op > 2) {
				CU_ASSERT_EQUAL(kind, CGN_NATPMP_UNKNOWN_OPCODE);
			}
		}
	}
}

/* B-EXT-1, B-EXT-3 */
static void
address_response_has_these_octets(void)
{
	static const uint8_t good[] = { 0, 0x80, 0, 0, 0, 1, 0xe2, 0x40, 198, 51, 100, 7 };
	static const uint8_t bad[] = { 0, 0x80, 0, 3, 0xff, 0, 0, 1, 0, 0, 0, 0 };
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	cgn_natpmp_codec_address(buf, 0, 123456, RTE_BE32(0xc6336407));
	CU_ASSERT_EQUAL(sizeof(buf), sizeof(good));
	CU_ASSERT_EQUAL(memcmp(buf, good, sizeof(good)), 0);
	cgn_natpmp_codec_address(buf, CGN_NATPMP_NETWORK, 0xff000001, 0);
	CU_ASSERT_EQUAL(memcmp(buf, bad, sizeof(bad)), 0);
}

/* B-ERR-1, B-DEL-2: 16 octets, whatever the result. */
static void
mapping_response_has_these_octets(void)
{
	static const uint8_t made[] = { 0, 0x81, 0, 0, 0, 0, 0, 9, 0x1f, 0x90, 0xc3, 0x50, 0, 0,
		0x1c, 0x20 };
	static const uint8_t deleted[] = { 0, 0x82, 0, 0, 0, 0, 1, 0, 0, 80, 0, 0, 0, 0, 0, 0 };
	static const uint8_t refused[] = { 0, 0x82, 0, 6, 0, 0, 1, 0, 0, 80, 0, 0, 0, 0, 0, 0 };
	struct cgn_natpmp_map_answer a = {
		.opcode = 1, .epoch_s = 9, .in_port = 8080, .ext_port = 50000, .lifetime_s = 7200
	};
	uint8_t buf[CGN_NATPMP_MAP_LEN];

	cgn_natpmp_codec_map(buf, &a);
	CU_ASSERT_EQUAL(sizeof(buf), sizeof(made));
	CU_ASSERT_EQUAL(memcmp(buf, made, sizeof(made)), 0);
	a = (struct cgn_natpmp_map_answer){ .opcode = 2, .epoch_s = 256, .in_port = 80 };
	cgn_natpmp_codec_map(buf, &a);
	CU_ASSERT_EQUAL(memcmp(buf, deleted, sizeof(deleted)), 0);
	a.result = CGN_NATPMP_SUBSCRIBER_LIMIT;
	cgn_natpmp_codec_map(buf, &a);
	CU_ASSERT_EQUAL(memcmp(buf, refused, sizeof(refused)), 0);
}

/* B-VER-3 */
static void
version_response_has_these_octets(void)
{
	static const uint8_t printed[] = { 0, 0, 0, 1, 0, 0, 0, 5 };
	static const uint8_t marked[] = { 0, 0x81, 0, 1, 0, 0, 0, 5 };
	uint8_t buf[CGN_NATPMP_VERSION_LEN];

	cgn_natpmp_codec_version(buf, 0, 5);
	CU_ASSERT_EQUAL(memcmp(buf, printed, sizeof(printed)), 0);
	cgn_natpmp_codec_version(buf, 0x81, 5);
	CU_ASSERT_EQUAL(memcmp(buf, marked, sizeof(marked)), 0);
}

/* B-ERR-5: 2, 8 and 40 octets. */
static void
opcode_response_echoes_the_request(void)
{
	static const uint8_t short_answer[] = { 0, 0x91, 0, 5, 0, 0, 0x10, 0 };
	uint8_t request[40] = { 0, 17, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	uint8_t buf[64];

	for (size_t i = 8; i < sizeof(request); i++)
		request[i] = (uint8_t)i;
	for (size_t len = 2; len <= sizeof(request); len++) {
		size_t n;

		memset(buf, 0x5a, sizeof(buf));
		n = cgn_natpmp_codec_opcode(buf, request, len, 4096);
		CU_ASSERT_EQUAL(n, len < 8 ? 8 : len);
		CU_ASSERT_EQUAL(memcmp(buf, short_answer, sizeof(short_answer)), 0);
		CU_ASSERT_EQUAL(memcmp(buf + 8, request + 8, n - 8), 0);
		CU_ASSERT_EQUAL(buf[n], 0x5a);
	}
}

/* C-N-1: what is asked of another server, octet by octet. */
static void
requests_are_written(void)
{
	static const uint8_t address[] = { 0, 0 };
	static const uint8_t udp[] = { 0, 1, 0, 0, 0x1f, 0x90, 0xc3, 0x50, 0, 0, 0x1c, 0x20 };
	static const uint8_t unmap[] = { 0, 2, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0 };
	struct cgn_natpmp_request r = { .opcode = 0, .in_port = 7 };
	uint8_t buf[CGN_NATPMP_ASK_MAX];

	memset(buf, 0xa5, sizeof(buf));
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_codec_ask(buf, &r), sizeof(address));
	CU_ASSERT_EQUAL(memcmp(buf, address, sizeof(address)), 0);
	r = (struct cgn_natpmp_request){
		.opcode = 1, .in_port = 8080, .ext_port = 50000, .lifetime_s = 7200
	};
	memset(buf, 0xa5, sizeof(buf));
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_codec_ask(buf, &r), sizeof(udp));
	CU_ASSERT_EQUAL(memcmp(buf, udp, sizeof(udp)), 0);
	r = (struct cgn_natpmp_request){ .opcode = 2, .in_port = 80 };
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_codec_ask(buf, &r), sizeof(unmap));
	CU_ASSERT_EQUAL(memcmp(buf, unmap, sizeof(unmap)), 0);
}

static bool
parse_answer(struct cgn_natpmp_answer *a, const void *data, size_t len)
{
	memset(a, 0xa5, sizeof(*a));
	return cgn_natpmp_codec_parse_answer(a, data, len);
}

/* C-N-1: the answers of another server, octet by octet. */
static void
answers_are_read(void)
{
	static const uint8_t address[] = { 0, 128, 0, 0, 0, 0, 1, 2, 203, 0, 113, 7, 99 };
	static const uint8_t mapped[] = { 0, 129, 0, 0, 0, 0, 1, 2, 0x1f, 0x90, 0xc3, 0x50, 0, 0,
		0x1c, 0x20 };
	struct cgn_natpmp_answer a;

	CU_ASSERT_TRUE(parse_answer(&a, address, sizeof(address)));
	CU_ASSERT_TRUE(a.has_ext && !a.has_ports && a.opcode == 0 && a.result == 0);
	CU_ASSERT_EQUAL(a.epoch_s, 258);
	CU_ASSERT_EQUAL(a.ext, RTE_BE32(0xcb007107));
	CU_ASSERT_TRUE(parse_answer(&a, mapped, sizeof(mapped)));
	CU_ASSERT_TRUE(!a.has_ext && a.has_ports && a.opcode == 1 && a.result == 0);
	CU_ASSERT_EQUAL(a.in_port, 8080);
	CU_ASSERT_EQUAL(a.ext_port, 50000);
	CU_ASSERT_EQUAL(a.lifetime_s, 7200);
	/* Successes are whole or nothing. */
	for (size_t len = 0; len < sizeof(mapped); len++)
		CU_ASSERT_FALSE(parse_answer(&a, mapped, len));
	for (size_t len = 0; len < 12; len++)
		CU_ASSERT_FALSE(parse_answer(&a, address, len));
}

/* C-G-10: refusals as servers write them, codes that nobody knows too. */
static void
refusals_are_read(void)
{
	static const uint8_t limit[] = { 0, 130, 0, 6, 0, 0, 0, 9, 0, 80, 0, 0, 0, 0, 0, 0 };
	static const uint8_t unknown[] = { 0, 130, 0x12, 0x34, 0, 0, 0, 9 };
	static const uint8_t version[] = { 0, 0, 0, 1, 0, 0, 0, 9 };
	static const uint8_t opcode[] = { 0, 129, 0, 5, 0, 0, 0, 9, 0, 0, 14, 16 };
	struct cgn_natpmp_answer a;

	CU_ASSERT_TRUE(parse_answer(&a, limit, sizeof(limit)));
	CU_ASSERT_TRUE(a.result == 6 && a.has_ports && a.in_port == 80);
	CU_ASSERT_TRUE(parse_answer(&a, unknown, sizeof(unknown)));
	CU_ASSERT_TRUE(a.result == 0x1234 && !a.has_ports);
	CU_ASSERT_TRUE(parse_answer(&a, version, sizeof(version)));
	CU_ASSERT_TRUE(a.result == 1 && !a.has_ports);
	CU_ASSERT_TRUE(parse_answer(&a, opcode, sizeof(opcode)));
	CU_ASSERT_TRUE(a.result == 5 && a.opcode == 1 && !a.has_ports);
}

static void
what_is_no_answer_is_not_read(void)
{
	static const uint8_t none[][16] = {
		{ 0, 1, 0, 0, 0, 0, 0, 9, 0, 80, 0, 81, 0, 0, 0, 60 },   /* a request */
		{ 0, 0, 0, 2, 0, 0, 0, 9, 0, 80, 0, 81, 0, 0, 0, 60 },   /* another one */
		{ 2, 129, 0, 0, 0, 0, 0, 9, 0, 80, 0, 81, 0, 0, 0, 60 }, /* PCP */
		{ 0, 131, 0, 0, 0, 0, 0, 9, 0, 80, 0, 81, 0, 0, 0, 60 }, /* never asked */
	};
	struct cgn_natpmp_answer a;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_FALSE(parse_answer(&a, none[i], sizeof(none[i])));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_request_is_read),
	CU_TEST_ROW(mapping_requests_are_read),
	CU_TEST_ROW(reserved_field_is_ignored),
	CU_TEST_ROW(length_is_looked_at_first),
	CU_TEST_ROW(responses_are_ignored_before_the_version_is_looked_at),
	CU_TEST_ROW(address_response_has_these_octets),
	CU_TEST_ROW(mapping_response_has_these_octets),
	CU_TEST_ROW(version_response_has_these_octets),
	CU_TEST_ROW(opcode_response_echoes_the_request),
	CU_TEST_ROW(requests_are_written),
	CU_TEST_ROW(answers_are_read),
	CU_TEST_ROW(refusals_are_read),
	CU_TEST_ROW(what_is_no_answer_is_not_read),
};

CU_MAIN("natpmp_codec", tests)
