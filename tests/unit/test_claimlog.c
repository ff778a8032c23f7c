/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/claimlog.h"
#include "tests/support/cu.h"

static struct cgn_claimlog claims;

static bool
write_line(uint32_t last, uint16_t port, uint64_t now_ms)
{
	static const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 9, 9 } };
	const struct cgn_ip a = { .ip4 = rte_cpu_to_be_32(0x64400000 + last) };
	const struct cgn_claimlog_line line = {
		.event = "test", .port = "inside0", .port_index = port, .addr = &a, .mac = &mac
	};

	return cgn_claimlog_write(&claims, &line, now_ms);
}

static void
an_address_is_logged_once_an_hour(void)
{
	unsigned int n = 0;

	cgn_claimlog_init(&claims, 0);
	for (uint64_t ms = 0; ms < 2 * 3600000; ms += 500)
		n += write_line(1, 0, ms);
	CU_ASSERT_EQUAL(n, 2);
	/* The same address on another port is another neighbour. */
	CU_ASSERT_TRUE(write_line(1, 1, 2 * 3600000));
}

static void
many_addresses_make_few_lines(void)
{
	unsigned int n = 0;

	cgn_claimlog_init(&claims, 0);
	for (uint32_t i = 0; i < 100000; i++)
		n += write_line(i, 0, i / 10);
	CU_ASSERT_TRUE(n >= 10);
	CU_ASSERT_TRUE(n <= 21);
}

/* The newest addresses are remembered, whatever came before. */
static void
a_full_memory_forgets_the_oldest(void)
{
	const uint64_t step = 2000;

	cgn_claimlog_init(&claims, 0);
	for (uint32_t i = 0; i < CGN_CLAIMLOG_MAX + 1; i++)
		CU_ASSERT_TRUE(write_line(i, 0, i * step));
	CU_ASSERT_FALSE(write_line(CGN_CLAIMLOG_MAX, 0, (CGN_CLAIMLOG_MAX + 1) * step));
	CU_ASSERT_FALSE(write_line(1, 0, (CGN_CLAIMLOG_MAX + 1) * step));
	CU_ASSERT_TRUE(write_line(0, 0, (CGN_CLAIMLOG_MAX + 1) * step));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(an_address_is_logged_once_an_hour),
	CU_TEST_ROW(many_addresses_make_few_lines),
	CU_TEST_ROW(a_full_memory_forgets_the_oldest),
};
CU_MAIN("claimlog", tests)
