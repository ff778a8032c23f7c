/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/book.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 3
#define POOLS   4
#define BASE    UINT32_C(0xc6336400) /* 198.51.100.0 */
#define ADDRS   200

/* A configuration: the pool of each address, and what this makes of it. */
struct world {
	uint8_t pool[ADDRS]; /* POOLS: none */
	struct cgn_range4 ranges[POOLS][ADDRS];
	struct cgn_conf_pool pools[POOLS];
	struct cgn_conf conf;
};

static void
configure(struct world *w)
{
	memset(w->pools, 0, sizeof(w->pools));
	for (unsigned int p = 0; p < POOLS; p++) {
		struct cgn_conf_pool *pool = &w->pools[p];

		snprintf(pool->name, sizeof(pool->name), "p%u", p);
		pool->ranges = w->ranges[p];
		for (uint32_t i = 0; i < ADDRS; i++) {
			if (w->pool[i] == p)
				pool->ranges[pool->n_ranges++] = (struct cgn_range4){ BASE + i,
					BASE + i };
		}
		pool->n_addresses = pool->n_ranges;
	}
	w->conf = (struct cgn_conf){ .workers = WORKERS, .pools = w->pools, .n_pools = POOLS };
}

static rte_be32_t
addr_at(uint32_t i)
{
	return rte_cpu_to_be_32(BASE + i);
}

/* At the start, the addresses are given to the workers in turn. */
static void
addresses_are_given_out_in_turn_at_the_start(void)
{
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book;
	struct world w;
	uint32_t k = 0;

	for (uint32_t i = 0; i < ADDRS; i++)
		w.pool[i] = (uint8_t)(i < 7 ? 0 : i < 30 ? 1 : i < 40 ? POOLS : 2);
	configure(&w);
	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&book, &w.conf, NULL, why), 0);
	for (uint32_t i = 0; i < ADDRS; i++) {
		const struct cgn_ext_addr *a = cgn_book_find(book, addr_at(i));

		if (w.pool[i] == POOLS) {
			CU_ASSERT_PTR_NULL(a);
			continue;
		}
		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
		CU_ASSERT_EQUAL(a->worker, k % WORKERS);
		CU_ASSERT_EQUAL(a->ord, k / WORKERS);
		CU_ASSERT_EQUAL(a->pool, w.pool[i]);
		CU_ASSERT_FALSE(a->is_leaving);
		k++;
	}
	cgn_book_destroy(book);
}

/* What a book must be like, given the one before. */
static void
compare(const struct world *w, const struct cgn_book *book, const struct cgn_book *before)
{
	for (uint32_t i = 0; i < ADDRS; i++) {
		const struct cgn_ext_addr *a = cgn_book_find(book, addr_at(i));
		const struct cgn_ext_addr *old = cgn_book_find(before, addr_at(i));
		bool was_over = old == NULL ||
				(old->is_leaving && before->parts[old->worker].is_empty[old->ord]);

		if (w->pool[i] == POOLS && was_over) {
			CU_ASSERT_PTR_NULL(a);
			continue;
		}
		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
		CU_ASSERT_EQUAL(a->is_leaving, w->pool[i] == POOLS);
		CU_ASSERT_EQUAL(a->pool, w->pool[i] == POOLS ? old->pool : w->pool[i]);
		CU_ASSERT_TRUE(was_over || (a->worker == old->worker && a->ord == old->ord));
		CU_ASSERT_EQUAL(cgn_book_at(book, a->worker, a->ord).addr, a->addr);
		CU_ASSERT_EQUAL(cgn_book_at(book, a->worker, a->ord).pool,
				a->is_leaving ? CGN_BOOK_NO_POOL : a->pool);
	}
}

/* Each address of a pool is in the list of its pool once, in the order of the pool. */
static void
look_at_lists(const struct world *w, const struct cgn_book *book)
{
	for (unsigned int p = 0; p < POOLS; p++) {
		uint32_t n[WORKERS], next[WORKERS] = { 0 };
		const uint32_t *ords[WORKERS];

		for (unsigned int k = 0; k < WORKERS; k++)
			ords[k] = cgn_book_ords(book, k, p, &n[k]);
		for (uint32_t i = 0; i < ADDRS; i++) {
			const struct cgn_ext_addr *a = cgn_book_find(book, addr_at(i));

			if (w->pool[i] != p)
				continue;
			CU_ASSERT_FATAL(next[a->worker] < n[a->worker]);
			CU_ASSERT_EQUAL(ords[a->worker][next[a->worker]++], a->ord);
		}
		for (unsigned int k = 0; k < WORKERS; k++) {
			CU_ASSERT_EQUAL(next[k], n[k]);
			CU_ASSERT_TRUE(n[k] > 0 || w->pools[p].n_ranges == 0);
		}
	}
}

/* Addresses come, go, change their pool, and become empty, at random. */
static void
addresses_keep_worker_and_ordinal_over_many_books(void)
{
	unsigned int n_made = 0, n_refused = 0, seed = 1;
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book, *next;
	struct world w;

	for (uint32_t i = 0; i < ADDRS; i++)
		w.pool[i] = (uint8_t)(i % POOLS);
	configure(&w);
	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&book, &w.conf, NULL, why), 0);
	for (unsigned int round = 0; round < 400; round++) {
		struct world was = w;
		int ret;

		for (uint32_t i = 0; i < ADDRS; i++) {
			const struct cgn_ext_addr *a = cgn_book_find(book, addr_at(i));

			if (rand_r(&seed) % 8 == 0)
				w.pool[i] = (uint8_t)(rand_r(&seed) % (POOLS + 3));
			w.pool[i] = w.pool[i] > POOLS ? POOLS : w.pool[i];
			if (a != NULL && a->is_leaving && rand_r(&seed) % 2 == 0)
				cgn_book_set_empty(book, a->worker, a->ord);
		}
		/* Sometimes a pool has few addresses left: then a worker may have none of them. */
		for (uint32_t i = 0; round % 10 == 0 && i < ADDRS; i++)
			w.pool[i] = (uint8_t)(w.pool[i] == 3 && i % 16 != 0 ? POOLS : w.pool[i]);
		configure(&w);
		ret = cgn_book_create(&next, &w.conf, book, why);
		if (ret < 0) {
			CU_ASSERT_EQUAL(ret, -EADDRNOTAVAIL);
			CU_ASSERT_PTR_NOT_NULL(strstr(why, "worker"));
			w = was;
			configure(&w);
			n_refused++;
			continue;
		}
		compare(&w, next, book);
		look_at_lists(&w, next);
		cgn_book_destroy(book);
		book = next;
		n_made++;
	}
	CU_ASSERT_TRUE(n_made > 200);
	CU_ASSERT_TRUE(n_refused > 0);
	/* Ordinals are used again, so 400 books need no more room than a few. */
	for (unsigned int k = 0; k < WORKERS; k++)
		CU_ASSERT_TRUE(book->parts[k].n < 3 * ADDRS / WORKERS);
	cgn_book_destroy(book);
}

/* A new address goes to the worker that has the fewest of the pool, not to the one that has the fewest at all. */
static void
every_worker_gets_an_address_of_a_new_pool(void)
{
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book, *next;
	struct world w;

	for (uint32_t i = 0; i < ADDRS; i++)
		w.pool[i] = (uint8_t)(i < 30 ? 0 : POOLS);
	configure(&w);
	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&book, &w.conf, NULL, why), 0);
	/* Worker 0 loses seven of ten addresses. */
	for (uint32_t i = 0; i < 21; i += 3)
		w.pool[i] = POOLS;
	w.pool[100] = w.pool[101] = w.pool[102] = 1;
	configure(&w);
	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&next, &w.conf, book, why), 0);
	for (uint32_t i = 100; i < 103; i++)
		CU_ASSERT_EQUAL(cgn_book_find(next, addr_at(i))->worker, i - 100);
	cgn_book_destroy(book);
	cgn_book_destroy(next);
}

static void
too_many_addresses_are_refused(void)
{
	struct cgn_range4 range = { BASE, BASE + 2 };
	struct cgn_conf_pool pool = { .name = "p", .ranges = &range, .n_ranges = 1 };
	struct cgn_conf conf = { .workers = 3, .pools = &pool, .n_pools = 1 };
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book, *next;

	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&book, &conf, NULL, why), 0);
	range.last = BASE + 3 * book->room - 1;
	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&next, &conf, book, why), 0);
	CU_ASSERT_EQUAL(next->room, book->room);
	cgn_book_destroy(next);
	range.last++;
	CU_ASSERT_EQUAL(cgn_book_create(&next, &conf, book, why), -ENOSPC);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "room"));
	cgn_book_destroy(book);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(addresses_are_given_out_in_turn_at_the_start),
	CU_TEST_ROW(addresses_keep_worker_and_ordinal_over_many_books),
	CU_TEST_ROW(every_worker_gets_an_address_of_a_new_pool),
	CU_TEST_ROW(too_many_addresses_are_refused),
};

CU_MAIN("book", tests)
