/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/host/host_peers.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_log.h>

#define SEED 7

static struct cgn_host_peers *peers;

static struct cgn_ip
ip4(uint32_t n)
{
	return (struct cgn_ip){ .ip4 = rte_cpu_to_be_32(0x64400000 + n) };
}

static struct cgn_ip
ip6(uint8_t n)
{
	return (struct cgn_ip){ .is_ip6 = true, .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = n } } };
}

static void
begin(uint32_t max)
{
	CU_ASSERT_EQUAL_FATAL(cgn_host_peers_create(&peers, max, SEED), 0);
}

static void
end(void)
{
	cgn_host_peers_destroy(peers);
}

static int
set(const struct cgn_ip addr, const char *identity, uint32_t sa)
{
	return cgn_host_peers_set(peers, &addr, identity, sa, 1000);
}

static bool
unset(const struct cgn_ip addr, const char *identity, uint32_t sa)
{
	return cgn_host_peers_unset(peers, &addr, identity, sa);
}

static bool
is(const struct cgn_ip addr, const char *identity)
{
	const char *found = cgn_host_peers_find(peers, &addr);

	return identity == NULL || found == NULL ? found == identity : strcmp(found, identity) == 0;
}

/* L-IPS-6: each address has its own peer; IPv4 and IPv6 are told apart. */
static void
each_address_has_its_own_peer(void)
{
	/* The first octets are those of an IPv4 address. */
	const struct cgn_ip like = { .is_ip6 = true, .ip6 = { .b = { 0x64, 0x40, 0, 1 } } };

	begin(10);
	CU_ASSERT_TRUE(is(ip4(1), NULL));
	CU_ASSERT_EQUAL(set(ip4(1), "home", 0), 0);
	CU_ASSERT_EQUAL(set(ip4(2), "office", 0), 0);
	CU_ASSERT_EQUAL(set(ip6(1), "six", 0), 0);
	CU_ASSERT_EQUAL(set(ip6(2), "seven", 0), 0);
	CU_ASSERT_TRUE(is(ip4(1), "home"));
	CU_ASSERT_TRUE(is(ip4(2), "office"));
	CU_ASSERT_TRUE(is(ip6(1), "six"));
	CU_ASSERT_TRUE(is(ip6(2), "seven"));
	CU_ASSERT_TRUE(is(ip4(3), NULL));
	CU_ASSERT_TRUE(is(like, NULL));
	CU_ASSERT_EQUAL(set(ip4(1), "new owner", 0), 0);
	CU_ASSERT_TRUE(is(ip4(1), "new owner"));
	CU_ASSERT_EQUAL(cgn_host_peers_count(peers), 4);
	CU_ASSERT_TRUE(unset(ip4(2), NULL, 0));
	CU_ASSERT_FALSE(unset(ip4(2), NULL, 0));
	CU_ASSERT_TRUE(is(ip4(2), NULL));
	CU_ASSERT_EQUAL(cgn_host_peers_count(peers), 3);
	end();
}

/* L-IPS-6: the end of an SA that is not the last one at the address leaves the peer alone. */
static void
end_of_an_older_sa_leaves_the_peer(void)
{
	begin(10);
	CU_ASSERT_EQUAL(set(ip4(1), "home", 5), 0);
	CU_ASSERT_EQUAL(set(ip4(1), "office", 6), 0);
	CU_ASSERT_FALSE(unset(ip4(1), "home", 5));
	CU_ASSERT_FALSE(unset(ip4(1), "home", 0));
	CU_ASSERT_TRUE(is(ip4(1), "office"));
	/* The same peer again, before its old SA has ended. */
	CU_ASSERT_EQUAL(set(ip4(1), "office", 7), 0);
	CU_ASSERT_FALSE(unset(ip4(1), "office", 6));
	CU_ASSERT_TRUE(is(ip4(1), "office"));
	CU_ASSERT_TRUE(unset(ip4(1), "office", 7));
	CU_ASSERT_TRUE(is(ip4(1), NULL));
	/* New keys have given the SA a greater number. */
	CU_ASSERT_EQUAL(set(ip4(1), "office", 7), 0);
	CU_ASSERT_TRUE(unset(ip4(1), "office", 8));
	/* Who does not know the number of the SA removes by the identity alone. */
	CU_ASSERT_EQUAL(set(ip4(1), "office", 8), 0);
	CU_ASSERT_TRUE(unset(ip4(1), "office", 0));
	CU_ASSERT_EQUAL(set(ip4(1), "office", 0), 0);
	CU_ASSERT_TRUE(unset(ip4(1), "office", 9));
	end();
}

/* L-IPS-6: no octet of an identity can control a terminal or a log, and none is cut off. */
static void
identities_are_printable_and_of_limited_length(void)
{
	char text[CGN_CTL_IDENTITY_MAX + 2] = "";

	begin(10);
	CU_ASSERT_EQUAL(set(ip4(1), "", 0), -ENAMETOOLONG);
	for (int c = 1; c < 256; c++) {
		const char identity[] = { 'a', (char)c, 'b', '\0' };

		CU_ASSERT_EQUAL(set(ip4(1), identity, 0), c >= ' ' && c <= '~' ? 0 : -EILSEQ);
		CU_ASSERT_TRUE(cgn_host_peers_count(peers) == (c >= ' '));
	}
	CU_ASSERT_TRUE(is(ip4(1), "a~b"));
	memset(text, 'x', CGN_CTL_IDENTITY_MAX);
	CU_ASSERT_EQUAL(set(ip4(1), text, 0), 0);
	CU_ASSERT_TRUE(is(ip4(1), text));
	text[CGN_CTL_IDENTITY_MAX] = 'x';
	CU_ASSERT_EQUAL(set(ip4(1), text, 0), -ENAMETOOLONG);
	text[CGN_CTL_IDENTITY_MAX] = '\0';
	CU_ASSERT_TRUE(is(ip4(1), text));
	end();
}

/* A full list says so, still changes what it has, and has room again. */
static void
full_list_takes_no_new_peer(void)
{
	begin(3);
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(set(ip4(i), "home", 0), 0);
	CU_ASSERT_EQUAL(set(ip4(3), "home", 0), -EUSERS);
	CU_ASSERT_TRUE(is(ip4(3), NULL));
	CU_ASSERT_EQUAL(set(ip4(2), "office", 0), 0);
	CU_ASSERT_TRUE(unset(ip4(0), NULL, 0));
	CU_ASSERT_EQUAL(set(ip4(3), "home", 0), 0);
	CU_ASSERT_EQUAL(cgn_host_peers_count(peers), 3);
	end();
}

/* Read all in pages. @return number of rows; @p seen counts each of ip4(0) ... */
static uint32_t
read_all(uint32_t page, unsigned int *seen, uint32_t n)
{
	struct cgn_host_peers_row rows[8];
	uint32_t cursor = 0, sum = 0;

	memset(seen, 0, n * sizeof(*seen));
	do {
		uint32_t k = cgn_host_peers_read(peers, &cursor, rows, page);

		for (uint32_t i = 0; i < k; i++)
			seen[rte_be_to_cpu_32(rows[i].addr.ip4) - 0x64400000]++;
		sum += k;
	} while (cursor != 0);
	return sum;
}

static void
pages_have_each_row_once_with_its_time(void)
{
	struct cgn_host_peers_row row;
	unsigned int seen[20];
	uint32_t cursor = 0;

	begin(20);
	CU_ASSERT_EQUAL(read_all(8, seen, 20), 0);
	for (uint32_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(set(ip4(i), "home", i), 0);
	for (uint32_t page = 1; page <= 8; page++) {
		CU_ASSERT_EQUAL(read_all(page, seen, 20), 20);
		for (uint32_t i = 0; i < 20; i++)
			CU_ASSERT_EQUAL(seen[i], 1);
	}
	for (uint32_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(unset(ip4(i), NULL, 0), true);
	/* The time is that of the last change. */
	CU_ASSERT_EQUAL(cgn_host_peers_set(peers, &(struct cgn_ip){ .ip4 = 1 }, "a", 4, 1000), 0);
	CU_ASSERT_EQUAL(cgn_host_peers_set(peers, &(struct cgn_ip){ .ip4 = 1 }, "a", 4, 2000), 0);
	CU_ASSERT_EQUAL(cgn_host_peers_read(peers, &cursor, &row, 1), 1);
	CU_ASSERT_EQUAL(row.since_ms, 1000);
	CU_ASSERT_EQUAL(row.sa, 4);
	CU_ASSERT_STRING_EQUAL(row.identity, "a");
	CU_ASSERT_EQUAL(cgn_host_peers_set(peers, &(struct cgn_ip){ .ip4 = 1 }, "b", 4, 3000), 0);
	CU_ASSERT_EQUAL(cursor, 0);
	CU_ASSERT_EQUAL(cgn_host_peers_read(peers, &cursor, &row, 1), 1);
	CU_ASSERT_EQUAL(row.since_ms, 3000);
	end();
}

/* Four of twelve go. */
static bool
is_going(uint32_t i, uint32_t first)
{
	uint32_t k = (i + 12 - first) % 12;

	return k == 0 || k == 1 || k == 5 || k == 7;
}

/* Rows that stay are read, whatever is removed between two pages. */
static void
rows_that_stay_are_read_while_others_go(void)
{
	for (uint32_t gone = 0; gone < 12; gone++) {
		for (uint32_t when = 1; when < 6; when++) {
			struct cgn_host_peers_row rows[2];
			unsigned int seen[12] = { 0 };
			uint32_t cursor = 0, k, page = 0;

			begin(12);
			for (uint32_t i = 0; i < 12; i++)
				CU_ASSERT_EQUAL(set(ip4(i), "home", 0), 0);
			do {
				k = cgn_host_peers_read(peers, &cursor, rows, 2);
				for (uint32_t i = 0; i < k; i++)
					seen[rte_be_to_cpu_32(rows[i].addr.ip4) - 0x64400000]++;
				if (++page == when) {
					for (uint32_t i = 0; i < 12; i++) {
						if (is_going(i, gone))
							CU_ASSERT_TRUE(unset(ip4(i), NULL, 0));
					}
				}
			} while (cursor != 0 && page < 20);
			CU_ASSERT_EQUAL(cursor, 0);
			for (uint32_t i = 0; i < 12; i++)
				CU_ASSERT_TRUE(seen[i] > 0 || is_going(i, gone));
			end();
		}
	}
}

/* Many peers in any order, against a model. Also the memory of all must be released. */
static void
list_agrees_with_a_model(void)
{
	enum {
		ADDRS = 5000,
		STEPS = 100000
	};
	static char model[ADDRS][16];
	uint32_t n = 0, x = 3;

	memset(model, 0, sizeof(model));
	begin(CGN_HOST_PEERS_MAX);
	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t a;

		x = x * 1664525 + 1013904223;
		a = (x >> 8) % ADDRS;
		if (x >> 30 != 0) {
			char identity[16];

			snprintf(identity, sizeof(identity), "peer%u", x >> 20);
			n += model[a][0] == '\0';
			strcpy(model[a], identity);
			CU_ASSERT_EQUAL(set(ip4(a), identity, 0), 0);
		} else {
			CU_ASSERT_EQUAL(unset(ip4(a), NULL, 0), model[a][0] != '\0');
			n -= model[a][0] != '\0';
			model[a][0] = '\0';
		}
		CU_ASSERT_EQUAL(cgn_host_peers_count(peers), n);
	}
	for (uint32_t a = 0; a < ADDRS; a++)
		CU_ASSERT_TRUE(is(ip4(a), model[a][0] == '\0' ? NULL : model[a]));
	end();
}

/* A hundred thousand peers come and go: without an index this would take many minutes. */
static void
hundred_thousand_peers_come_and_go(void)
{
	enum {
		N = 100000
	};

	begin(CGN_HOST_PEERS_MAX);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(set(ip4(i), "home.isp.example", i), 0);
	CU_ASSERT_EQUAL(cgn_host_peers_count(peers), N);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_TRUE(is(ip4(i), "home.isp.example"));
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_TRUE(unset(ip4(i), "home.isp.example", i));
	CU_ASSERT_EQUAL(cgn_host_peers_count(peers), 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_address_has_its_own_peer),
	CU_TEST_ROW(end_of_an_older_sa_leaves_the_peer),
	CU_TEST_ROW(identities_are_printable_and_of_limited_length),
	CU_TEST_ROW(full_list_takes_no_new_peer),
	CU_TEST_ROW(pages_have_each_row_once_with_its_time),
	CU_TEST_ROW(rows_that_stay_are_read_while_others_go),
	CU_TEST_ROW(list_agrees_with_a_model),
	CU_TEST_ROW(hundred_thousand_peers_come_and_go),
};

int
main(void)
{
	/* Each change is a line of level INFO. */
	rte_log_set_global_level(RTE_LOG_NOTICE);
	return cu_main("host_peers", tests, RTE_DIM(tests));
}
