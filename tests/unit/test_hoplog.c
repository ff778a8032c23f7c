/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/hoplog.h"
#include "shared/addr_text.h"
#include "tests/support/cu.h"

#include <string.h>

#include <rte_log.h>

static struct cgn_hoplog hops;
static char said[8192];
static FILE *log_file;

static struct cgn_ip
ip(const char *text)
{
	struct cgn_ip a = { 0 };

	CU_ASSERT_EQUAL_FATAL(cgn_addr_text_parse_ip(text, &a), 0);
	return a;
}

static void
begin(void)
{
	memset(&hops, 0, sizeof(hops));
	memset(said, 0, sizeof(said));
	log_file = fmemopen(said, sizeof(said), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	rte_openlog_stream(log_file);
}

static void
end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
}

/* REQ: G-DAY-34 */
static void
next_hop_has_one_line_when_it_is_down_and_one_when_it_is_up(void)
{
	const struct cgn_ip a = ip("192.0.2.1"), b = ip("fe80::1");

	begin();
	cgn_hoplog_up(&hops, &a, 1, 500);
	for (unsigned int i = 0; i < 50; i++)
		cgn_hoplog_down(&hops, &a, 1, "outside0", 1000 + i * 3000);
	cgn_hoplog_down(&hops, &b, 1, "outside0", 2000);
	cgn_hoplog_down(&hops, &b, 0, "inside0", 2000);
	cgn_hoplog_up(&hops, &a, 1, 201999);
	cgn_hoplog_up(&hops, &a, 1, 203000);
	end();
	CU_ASSERT_STRING_EQUAL(said,
			"cgnd: warning next-hop-down: next hop does not answer address=192.0.2.1 port=outside0\n"
			"cgnd: warning next-hop-down: next hop does not answer address=fe80::1 port=outside0\n"
			"cgnd: warning next-hop-down: next hop does not answer address=fe80::1 port=inside0\n"
			"cgnd: notice next-hop-up: next hop answers again address=192.0.2.1 port=outside0 after_s=200\n");
}

/* REQ: G-DAY-70 */
static void
next_hop_that_gets_a_configured_address_is_over(void)
{
	const struct cgn_ip a = ip("192.0.2.1");

	begin();
	cgn_hoplog_configured(&hops, &a, 1, 500);
	cgn_hoplog_down(&hops, &a, 1, "outside0", 1000);
	cgn_hoplog_configured(&hops, &a, 1, 6000);
	cgn_hoplog_configured(&hops, &a, 1, 7000);
	end();
	CU_ASSERT_STRING_EQUAL(said,
			"cgnd: warning next-hop-down: next hop does not answer address=192.0.2.1 port=outside0\n"
			"cgnd: notice next-hop-up: next hop is in neighbours now, so it is not asked any more address=192.0.2.1 port=outside0 after_s=5\n");
}

static bool
is_inside(const void *arg, const struct cgn_hoplog_hop *hop)
{
	return hop->port == *(const uint16_t *)arg;
}

static void
next_hop_of_no_route_is_over(void)
{
	const struct cgn_ip a = ip("192.0.2.1");
	const uint16_t inside = 0;

	begin();
	cgn_hoplog_down(&hops, &a, 0, "inside0", 1000);
	cgn_hoplog_down(&hops, &a, 1, "outside0", 1000);
	memset(said, 0, sizeof(said));
	rewind(log_file);
	cgn_hoplog_keep(&hops, is_inside, &inside);
	fflush(log_file);
	CU_ASSERT_STRING_EQUAL(said,
			"cgnd: notice next-hop-unused: no route has the next hop any more address=192.0.2.1 port=outside0\n");
	memset(said, 0, sizeof(said));
	rewind(log_file);
	cgn_hoplog_up(&hops, &a, 1, 2000);
	cgn_hoplog_up(&hops, &a, 0, 2000);
	end();
	CU_ASSERT_STRING_EQUAL(said,
			"cgnd: notice next-hop-up: next hop answers again address=192.0.2.1 port=inside0 after_s=1\n");
}

static void
more_than_fit_have_no_lines(void)
{
	struct cgn_ip a = ip("10.0.0.0");

	begin();
	for (unsigned int i = 0; i < 2 * CGN_HOPLOG_MAX; i++) {
		a.ip4 = rte_cpu_to_be_32(0x0a000000u + i);
		cgn_hoplog_down(&hops, &a, 0, "inside0", 1000);
	}
	CU_ASSERT_EQUAL(hops.n, CGN_HOPLOG_MAX);
	end();
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "address=10.0.0.63 "));
	CU_ASSERT_PTR_NULL(strstr(said, "address=10.0.0.64 "));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(next_hop_has_one_line_when_it_is_down_and_one_when_it_is_up),
	CU_TEST_ROW(next_hop_that_gets_a_configured_address_is_over),
	CU_TEST_ROW(next_hop_of_no_route_is_over),
	CU_TEST_ROW(more_than_fit_have_no_lines),
};

CU_MAIN("hoplog", tests)
