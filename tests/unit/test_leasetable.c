/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of leases against a model: leases are made and deleted in any order, epochs come and end. After
 * each step every lease is found, every client is counted once, and nothing else is left.
 */
#include "controlplane/lease/leasetable.h"
#include "tests/support/cu.h"

#include <string.h>

#define CLIENTS 12 /* two of three in realm 0 */
#define PORTS   6
#define STEPS   20000
#define HOLD_MS 1000 /* how long an epoch of a client is kept */

static struct cgn_leasetable table;
static struct cgn_leasetable_lease *leases[CLIENTS][PORTS]; /* the model: NULL is no lease */
static int64_t epoch_ends[CLIENTS];                         /* 0: the client has no epoch */
static int64_t now_ms;
static unsigned int n_ended;

static uint32_t
rnd(uint32_t below)
{
	static uint32_t x = 3;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % below;
}

static uint32_t
realm_of(unsigned int c)
{
	return c % 3 == 2 ? 7 : 0;
}

/* Two clients have the same address in two realms. */
static rte_be32_t
addr_of(unsigned int c)
{
	return rte_cpu_to_be_32(0x64400000 + c - (c % 3 == 2 ? 1 : 0));
}

static struct cgn_ep4
in_of(unsigned int c, unsigned int port)
{
	return (struct cgn_ep4){ .addr = addr_of(c),
		.port = rte_cpu_to_be_16((uint16_t)(1000 + port / 2)),
		.proto = port % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP };
}

static void
begin(void)
{
	memset(leases, 0, sizeof(leases));
	memset(epoch_ends, 0, sizeof(epoch_ends));
	now_ms = 1;
	CU_ASSERT_EQUAL_FATAL(cgn_leasetable_init(&table, 5, NULL), 0);
}

static unsigned int
count_of(unsigned int c)
{
	unsigned int n = 0;

	for (unsigned int p = 0; p < PORTS; p++)
		n += leases[c][p] != NULL;
	return n;
}

/* One client is in the table exactly if it has a lease or an epoch. */
static void
check_client(unsigned int c)
{
	const struct cgn_leasetable_client *found = cgn_leasetable_find_client(
			&table, realm_of(c), addr_of(c));
	unsigned int n = count_of(c), in_list = 0;

	CU_ASSERT_EQUAL_FATAL(found != NULL, n != 0 || epoch_ends[c] != 0);
	if (found == NULL)
		return;
	CU_ASSERT_EQUAL(found->n_leases, n);
	CU_ASSERT_EQUAL(found->has_epoch, epoch_ends[c] != 0);
	for (const struct cgn_leasetable_lease *x = found->leases; x != NULL; x = x->client_next) {
		CU_ASSERT_PTR_EQUAL(x->client, found);
		in_list++;
	}
	CU_ASSERT_EQUAL(in_list, n);
}

static void
check(void)
{
	unsigned int n = 0, n_clients = 0, n_epochs = 0;

	for (unsigned int c = 0; c < CLIENTS; c++) {
		check_client(c);
		n += count_of(c);
		n_clients += count_of(c) != 0 || epoch_ends[c] != 0;
		n_epochs += epoch_ends[c] != 0;
		for (unsigned int p = 0; p < PORTS; p++) {
			const struct cgn_ep4 in = in_of(c, p);

			CU_ASSERT_PTR_EQUAL(cgn_leasetable_find(&table, realm_of(c), &in),
					leases[c][p]);
		}
	}
	CU_ASSERT_EQUAL_FATAL(table.n, n);
	CU_ASSERT_EQUAL_FATAL(table.n_clients, n_clients);
	CU_ASSERT_EQUAL_FATAL(table.n_epochs, n_epochs);
	/* The array that is walked in slices has each lease once. */
	for (uint32_t i = 0; i < table.n; i++)
		CU_ASSERT_EQUAL_FATAL(table.at[i]->place, i);
}

static void
toggle_lease(unsigned int c, unsigned int p)
{
	const struct cgn_ep4 in = in_of(c, p);

	if (leases[c][p] != NULL) {
		cgn_leasetable_del(&table, leases[c][p]);
		leases[c][p] = NULL;
		return;
	}
	leases[c][p] = cgn_leasetable_add(&table, realm_of(c), &in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(leases[c][p]);
}

static void
give_epoch(unsigned int c)
{
	struct cgn_leasetable_client *client = cgn_leasetable_get_client(
			&table, realm_of(c), addr_of(c));

	CU_ASSERT_PTR_NOT_NULL_FATAL(client);
	epoch_ends[c] = now_ms + HOLD_MS;
	cgn_leasetable_set_epoch(&table, client, now_ms, epoch_ends[c]);
}

static void
epoch_ended(void *ctx, const struct cgn_leasetable_client *client)
{
	CU_ASSERT_PTR_EQUAL(ctx, &table);
	CU_ASSERT_TRUE(client->epoch_end_ms <= now_ms);
	n_ended++;
}

static void
sweep(void)
{
	unsigned int n = 0;

	for (unsigned int c = 0; c < CLIENTS; c++) {
		if (epoch_ends[c] == 0 || epoch_ends[c] > now_ms)
			continue;
		epoch_ends[c] = 0;
		n++;
	}
	n_ended = 0;
	cgn_leasetable_sweep(&table, table.n_client_buckets, now_ms, epoch_ended, &table);
	CU_ASSERT_EQUAL(n_ended, n);
}

static void
everything_is_counted_and_found_in_any_order(void)
{
	begin();
	for (unsigned int step = 0; step < STEPS; step++) {
		now_ms += rnd(100);
		switch (rnd(8)) {
		case 0:
			give_epoch(rnd(CLIENTS));
			break;
		case 1:
			sweep();
			break;
		default:
			toggle_lease(rnd(CLIENTS), rnd(PORTS));
			break;
		}
		check();
	}
	cgn_leasetable_fini(&table);
}

/* A city that comes and goes, ten times: the tables are as large as for the first time. */
static void
tables_grow_no_further_for_those_who_come_again(void)
{
	static struct cgn_leasetable_lease *crowd[5000];
	uint32_t n_buckets = 0, n_client_buckets = 0;

	begin();
	for (unsigned int round = 0; round < 10; round++) {
		for (uint32_t i = 0; i < 5000; i++) {
			const struct cgn_ep4 in = { .addr = rte_cpu_to_be_32(0x64400000 + i),
				.port = RTE_BE16(80),
				.proto = CGN_PROTO_TCP };

			crowd[i] = cgn_leasetable_add(&table, 0, &in);
			CU_ASSERT_PTR_NOT_NULL_FATAL(crowd[i]);
		}
		CU_ASSERT_EQUAL(table.n, 5000);
		CU_ASSERT_EQUAL(table.n_clients, 5000);
		for (uint32_t i = 0; i < 5000; i++)
			cgn_leasetable_del(&table, crowd[(i * 7) % 5000]);
		CU_ASSERT_EQUAL(table.n, 0);
		CU_ASSERT_EQUAL(table.n_clients, 0);
		CU_ASSERT_TRUE(round == 0 || table.n_buckets == n_buckets);
		CU_ASSERT_TRUE(round == 0 || table.n_client_buckets == n_client_buckets);
		n_buckets = table.n_buckets;
		n_client_buckets = table.n_client_buckets;
	}
	CU_ASSERT_EQUAL(n_client_buckets, 8192);
	cgn_leasetable_fini(&table);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(everything_is_counted_and_found_in_any_order),
	CU_TEST_ROW(tables_grow_no_further_for_those_who_come_again),
};

CU_MAIN("leasetable", tests)
