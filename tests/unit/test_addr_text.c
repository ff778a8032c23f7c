/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/addr_text.h"
#include "tests/support/cu.h"

#include <errno.h>

static void
addresses_and_prefixes_come_back_as_they_were_written(void)
{
	static const char *const texts[] = { "0.0.0.0/0", "100.64.0.1/10", "192.0.2.1/32", "::/0",
		"2001:db8::1/64", "2001:db8::ffff/128" };
	char buf[CGN_ADDR_TEXT_MAX];
	struct cgn_prefix p;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_addr_text_parse_prefix(texts[i], &p), 0);
		CU_ASSERT_STRING_EQUAL(cgn_addr_text_format_prefix(&p, buf), texts[i]);
	}
}

static void
address_alone_is_a_prefix_of_full_length(void)
{
	struct cgn_prefix p;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("192.0.2.1", &p), 0);
	CU_ASSERT_EQUAL(p.len, 32);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("2001:db8::1", &p), 0);
	CU_ASSERT_EQUAL(p.len, 128);
	CU_ASSERT_TRUE(p.is_ip6);
}

static void
text_that_is_no_prefix_is_refused_and_leaves_the_output_alone(void)
{
	static const char *const texts[] = { "", "/", "/8", "192.0.2.1/", "192.0.2.1/33",
		"192.0.2.1/-1", "192.0.2.1/08", "192.0.2.1/8 ", " 192.0.2.1/8", "192.0.2/24",
		"192.0.02.1", "2001:db8::/129", "2001:db8:::/32", "1.2.3.4.5", "192.0.2.256",
		"192.0.2.1/8/8", "0x7f.1.1.1",
		"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/64" };
	struct cgn_prefix p = { .len = 77 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix(texts[i], &p), -EINVAL);
	CU_ASSERT_EQUAL(p.len, 77);
}

static void
host_bits_are_kept_and_found(void)
{
	struct cgn_prefix p;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("10.0.0.1/8", &p), 0);
	CU_ASSERT_TRUE(cgn_addr_text_has_host_bits(&p));
	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("10.0.0.0/8", &p), 0);
	CU_ASSERT_FALSE(cgn_addr_text_has_host_bits(&p));
	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("2001:db8:0:80::/56", &p), 0);
	CU_ASSERT_TRUE(cgn_addr_text_has_host_bits(&p));
	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("2001:db8:0:100::/56", &p), 0);
	CU_ASSERT_FALSE(cgn_addr_text_has_host_bits(&p));
	CU_ASSERT_EQUAL(cgn_addr_text_parse_prefix("255.255.255.255/32", &p), 0);
	CU_ASSERT_FALSE(cgn_addr_text_has_host_bits(&p));
}

/* A-POOL-4 */
static void
ranges_are_addresses_prefixes_or_first_and_last(void)
{
	struct cgn_range4 r;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_range4("192.0.2.1", &r), 0);
	CU_ASSERT_EQUAL(r.first, 0xc0000201);
	CU_ASSERT_EQUAL(r.last, 0xc0000201);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_range4("198.51.100.0/30", &r), 0);
	CU_ASSERT_EQUAL(r.first, 0xc6336400);
	CU_ASSERT_EQUAL(r.last, 0xc6336403);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_range4("192.0.2.7-192.0.2.9", &r), 0);
	CU_ASSERT_EQUAL(r.first, 0xc0000207);
	CU_ASSERT_EQUAL(r.last, 0xc0000209);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_range4("0.0.0.0/0", &r), 0);
	CU_ASSERT_EQUAL(r.first, 0);
	CU_ASSERT_EQUAL(r.last, UINT32_MAX);
}

static void
ranges_that_are_backwards_or_have_host_bits_are_refused(void)
{
	static const char *const texts[] = { "192.0.2.9-192.0.2.7", "192.0.2.1/30", "192.0.2.1-",
		"-192.0.2.1", "2001:db8::/64", "192.0.2.1-192.0.2.2-192.0.2.3", "" };
	struct cgn_range4 r = { .first = 1, .last = 2 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_range4(texts[i], &r), -EINVAL);
	CU_ASSERT_EQUAL(r.first, 1);
	CU_ASSERT_EQUAL(r.last, 2);
}

static void
ranges_are_written_in_the_shortest_form(void)
{
	static const struct {
		struct cgn_range4 range;
		const char *text;
	} rows[] = {
		{ { 0xc0000201, 0xc0000201 }, "192.0.2.1" },
		{ { 0xc0000200, 0xc00002ff }, "192.0.2.0/24" },
		{ { 0xc0000201, 0xc0000202 }, "192.0.2.1-192.0.2.2" },
		{ { 0xc0000200, 0xc0000202 }, "192.0.2.0-192.0.2.2" },
		{ { 0, UINT32_MAX }, "0.0.0.0/0" },
	};
	char buf[CGN_ADDR_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(
				cgn_addr_text_format_range4(&rows[i].range, buf), rows[i].text);
}

static void
endpoints_have_an_address_and_a_port_from_1(void)
{
	static const char *const bad[] = { "192.0.2.1", "192.0.2.1:", "192.0.2.1:0",
		"192.0.2.1:65536", "192.0.2.1:080", ":80", "2001:db8::1:80", "192.0.2.1:80:80" };
	char buf[CGN_ADDR_TEXT_MAX];
	rte_be32_t addr = 0;
	uint16_t port = 0;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_ep4("192.0.2.1:65535", &addr, &port), 0);
	CU_ASSERT_EQUAL(addr, rte_cpu_to_be_32(0xc0000201));
	CU_ASSERT_EQUAL(port, 65535);
	CU_ASSERT_STRING_EQUAL(cgn_addr_text_format_ep4(addr, port, buf), "192.0.2.1:65535");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ep4(bad[i], &addr, &port), -EINVAL);
	CU_ASSERT_EQUAL(port, 65535);
}

static void
endpoints_may_have_a_protocol(void)
{
	static const char *const good[] = { "192.0.2.1:80", "192.0.2.1:80/udp", "192.0.2.1:80/tcp",
		"192.0.2.1:80/icmp" };
	static const char *const bad[] = { "192.0.2.1:80/", "192.0.2.1:80/sctp",
		"192.0.2.1:80/udpx", "192.0.2.1/udp", "/udp", "192.0.2.1:80/udp/udp",
		"00000000000000000000000000000000000000000000000000000000000000192.0.2.1:80/udp" };
	rte_be32_t addr = 0;
	uint16_t port = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		addr = port = 0;
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ep4_any(good[i], &addr, &port), 0);
		CU_ASSERT_EQUAL(addr, RTE_BE32(0xc0000201));
		CU_ASSERT_EQUAL(port, 80);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ep4_any(bad[i], &addr, &port), -EINVAL);
}

static void
endpoints_of_both_families(void)
{
	static const char *const good[] = { "192.0.2.1:80", "0.0.0.0:65535", "[2001:db8::1]:1",
		"[::]:9469", "[1111:2222:3333:4444:5555:6666:7777:8888]:65535" };
	static const char *const bad[] = { "", "192.0.2.1", "192.0.2.1:0", "[192.0.2.1]:80",
		"2001:db8::1:80", "[2001:db8::1]", "[2001:db8::1]:", "[2001:db8::1]:0",
		"[2001:db8::1]:65536", "[2001:db8::1]80", "[2001:db8::1:80", "[]:80", "[::1]:80 ",
		"2001:db8::1]:80", "[::1]]:80" };
	char buf[CGN_ADDR_TEXT_MAX];
	struct cgn_ip addr = { 0 };
	uint16_t port = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ep(good[i], &addr, &port), 0);
		CU_ASSERT_EQUAL(addr.is_ip6, good[i][0] == '[');
		CU_ASSERT_STRING_EQUAL(cgn_addr_text_format_ep(&addr, port, buf), good[i]);
	}
	port = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ep(bad[i], &addr, &port), -EINVAL);
	CU_ASSERT_EQUAL(port, 7);
}

static void
port_ranges_are_in_order_and_within_1_to_65535(void)
{
	static const char *const bad[] = { "", "1024", "0-1024", "1024-65536", "2000-1999", "1-",
		"-1", "1-2-3", "1 - 2" };
	uint16_t first = 0, last = 0;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_ports("1-65535", &first, &last), 0);
	CU_ASSERT_EQUAL(first, 1);
	CU_ASSERT_EQUAL(last, 65535);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(cgn_addr_text_parse_ports(bad[i], &first, &last), -EINVAL);
}

static void
numbers_above_32_bits_are_out_of_range(void)
{
	uint32_t v = 7;

	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("4294967295", &v), 0);
	CU_ASSERT_EQUAL(v, UINT32_MAX);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("4294967296", &v), -ERANGE);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("99999999999999999999999999", &v), -ERANGE);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("010", &v), -EINVAL);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("-1", &v), -EINVAL);
	CU_ASSERT_EQUAL(cgn_addr_text_parse_u32("", &v), -EINVAL);
	CU_ASSERT_EQUAL(v, UINT32_MAX);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(addresses_and_prefixes_come_back_as_they_were_written),
	CU_TEST_ROW(address_alone_is_a_prefix_of_full_length),
	CU_TEST_ROW(text_that_is_no_prefix_is_refused_and_leaves_the_output_alone),
	CU_TEST_ROW(host_bits_are_kept_and_found),
	CU_TEST_ROW(ranges_are_addresses_prefixes_or_first_and_last),
	CU_TEST_ROW(ranges_that_are_backwards_or_have_host_bits_are_refused),
	CU_TEST_ROW(ranges_are_written_in_the_shortest_form),
	CU_TEST_ROW(endpoints_have_an_address_and_a_port_from_1),
	CU_TEST_ROW(endpoints_may_have_a_protocol),
	CU_TEST_ROW(endpoints_of_both_families),
	CU_TEST_ROW(port_ranges_are_in_order_and_within_1_to_65535),
	CU_TEST_ROW(numbers_above_32_bits_are_out_of_range),
};

CU_MAIN("addr_text", tests)
