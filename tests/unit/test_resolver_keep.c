/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours that a restart keeps: known at once, asked soon, forgotten without an answer. */
#include "controlplane/link/resolver_keep.h"
#include "tests/support/resolvefix.h"

static uint8_t rows[1 << 20];
static size_t rows_len;

/* The rows name the ports. */
static void
begin_named(void)
{
	begin();
	strcpy(ports[0].name, "in");
	strcpy(ports[1].name, "out");
}

static int
put(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(rows_len + len <= sizeof(rows));
	CU_ASSERT_TRUE(len <= CGN_RESOLVER_KEEP_MAX);
	memcpy(rows + rows_len, data, len);
	rows_len += len;
	return 0;
}

static const struct rte_ether_addr group = { .addr_bytes = { 1, 0, 0x5e, 0, 0, 1 } };
static struct cgn_ip in, out, silent;

/* A neighbour inside and one outside have answered; a third one has not. */
static void
save_two(void)
{
	in = IP4(100, 64, 7, 7);
	out = IP4(192, 0, 2, 9);
	silent = IP4(192, 0, 2, 10);
	rows_len = 0;
	begin_named();
	want(0, in);
	want(1, out);
	want(1, silent);
	peer_answers(0, &peer, in, IP4(100, 64, 0, 1));
	peer_answers(1, &other, out, IP4(192, 0, 2, 2));
	CU_ASSERT_EQUAL(cgn_resolver_keep_write(table, put, NULL), 0);
	end();
}

/* REQ: N-KEEP-27 */
static void
neighbours_are_known_at_once_and_asked_soon(void)
{
	save_two();
	begin_named();
	CU_ASSERT_EQUAL(cgn_resolver_keep_take(table, rows, rows_len, now), 2);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_TRUE(workers_know(in) && workers_know(out));
	CU_ASSERT_FALSE(workers_know(silent));
	CU_ASSERT_TRUE(cgn_resolver_has(table, 1, &out));
	pass(2000);
	/* Each station is asked by its own address. The outside one answers. */
	CU_ASSERT_TRUE(n_sent >= 2);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_TRUE(is_sent_to(i, sent[i].port == 0 ? &peer : &other));
	peer_answers(1, &other, out, IP4(192, 0, 2, 2));
	pass(3000);
	CU_ASSERT_FALSE(workers_know(in));
	CU_ASSERT_FALSE(cgn_resolver_has(table, 0, &in));
	CU_ASSERT_TRUE(workers_know(out));
	end();
}

/* A station that has taken the place of another one while cgnd was away is followed. REQ: N-KEEP-27 */
static void
neighbour_that_has_moved_is_followed(void)
{
	save_two();
	begin_named();
	(void)cgn_resolver_keep_take(table, rows, rows_len, now);
	peer_answers(1, &peer, out, IP4(192, 0, 2, 2));
	pass(1500);
	CU_ASSERT_TRUE(workers_know(out));
	CU_ASSERT_EQUAL(memcmp(told[n_told - 1].n.mac, &peer, sizeof(peer)), 0);
	end();
}

/* Change the row of the outside neighbour, and count what is taken. */
static uint32_t
take_changed(size_t at, const void *octets, size_t len)
{
	uint8_t changed[sizeof(rows)];
	size_t row = rows_len / 2;
	size_t base = memcmp(rows + CGN_NAME_MAX, &out.ip4, sizeof(out.ip4)) == 0 ? 0 : row;
	uint32_t n;

	memcpy(changed, rows, rows_len);
	memcpy(changed + base + at, octets, len);
	begin_named();
	n = cgn_resolver_keep_take(table, changed + base, row, now);
	CU_ASSERT_EQUAL(n_told, n);
	end();
	return n;
}

/* REQ: N-KEEP-27 */
static void
rows_that_do_not_fit_are_passed_over(void)
{
	static const uint8_t zero[6];
	struct cgn_ip a;

	save_two();
	CU_ASSERT_EQUAL(take_changed(0, "o", 1), 1);
	CU_ASSERT_EQUAL(take_changed(0, "x", 1), 0); /* no port of this name */
	a = IP4(192, 0, 3, 9);                       /* of no link */
	CU_ASSERT_EQUAL(take_changed(CGN_NAME_MAX, &a.ip4, 4), 0);
	a = IP4(192, 0, 2, 2); /* cgnd itself */
	CU_ASSERT_EQUAL(take_changed(CGN_NAME_MAX, &a.ip4, 4), 0);
	a = IP4(192, 0, 2, 100); /* of a pool */
	CU_ASSERT_EQUAL(take_changed(CGN_NAME_MAX, &a.ip4, 4), 0);
	CU_ASSERT_EQUAL(take_changed(CGN_NAME_MAX + 16, &group, 6), 0);
	CU_ASSERT_EQUAL(take_changed(CGN_NAME_MAX + 16, zero, 6), 0);
	/* Twice, and cut off. */
	begin_named();
	CU_ASSERT_EQUAL(cgn_resolver_keep_take(table, rows, rows_len, now), 2);
	CU_ASSERT_EQUAL(cgn_resolver_keep_take(table, rows, rows_len, now), 0);
	CU_ASSERT_EQUAL(cgn_resolver_keep_take(table, rows, rows_len / 2 - 1, now), 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(neighbours_are_known_at_once_and_asked_soon),
	CU_TEST_ROW(neighbour_that_has_moved_is_followed),
	CU_TEST_ROW(rows_that_do_not_fit_are_passed_over),
};

CU_MAIN("resolver_keep", tests)
