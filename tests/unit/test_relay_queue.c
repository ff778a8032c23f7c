/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/relay/relay_queue.h"
#include "tests/support/cu.h"

static struct cgn_relay_item items[CGN_RELAY_QUEUE_MAX + 1];

static bool
push(struct cgn_relay_queue *q, unsigned int i, rte_be32_t client)
{
	items[i].client = client;
	return cgn_relay_queue_push(q, &items[i]);
}

static void
one_clients_items_keep_their_order(void)
{
	struct cgn_relay_queue q = { 0 };

	for (unsigned int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(push(&q, i, 1));
	for (unsigned int i = 0; i < 5; i++)
		CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[i]);
	CU_ASSERT_PTR_NULL(cgn_relay_queue_pop(&q));
	CU_ASSERT_EQUAL(q.n, 0);
}

/* C-G-9: who asks for one thing need not wait for somebody who asks for a hundred. */
static void
clients_take_turns(void)
{
	struct cgn_relay_queue q = { 0 };

	for (unsigned int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(push(&q, i, 1));
	CU_ASSERT_TRUE(push(&q, 100, 2));
	CU_ASSERT_TRUE(push(&q, 101, 3));
	CU_ASSERT_TRUE(push(&q, 102, 2));
	CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[0]);
	CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[100]);
	CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[101]);
	CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[1]);
	CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[102]);
	for (unsigned int i = 2; i < 100; i++)
		CU_ASSERT_PTR_EQUAL(cgn_relay_queue_pop(&q), &items[i]);
	CU_ASSERT_PTR_NULL(cgn_relay_queue_pop(&q));
}

/* C-G-9: bounded for one client and for all. */
static void
queue_is_bounded(void)
{
	struct cgn_relay_queue q = { 0 };
	unsigned int i = 0;

	for (unsigned int n = 0; n < CGN_RELAY_QUEUE_CLIENT; n++)
		CU_ASSERT_TRUE(push(&q, i++, 1));
	CU_ASSERT_FALSE(push(&q, i, 1));
	for (rte_be32_t client = 2; i < CGN_RELAY_QUEUE_MAX; client++)
		CU_ASSERT_TRUE(push(&q, i++, client));
	CU_ASSERT_FALSE(push(&q, i, 99999));
	CU_ASSERT_PTR_NOT_NULL(cgn_relay_queue_pop(&q));
	CU_ASSERT_TRUE(push(&q, i, 99999));
	while (cgn_relay_queue_pop(&q) != NULL)
		i--;
	CU_ASSERT_EQUAL(q.n, 0);
	CU_ASSERT_EQUAL(i, 0);
}

/* C-G-9: the bound is on what waits, not on what has ever waited, for one client and for several in turn. */
static void
place_of_what_was_taken_is_free_again(void)
{
	for (rte_be32_t clients = 1; clients <= 3; clients++) {
		struct cgn_relay_queue q = { 0 };
		unsigned int n = 0;

		for (; n < clients * CGN_RELAY_QUEUE_CLIENT; n++)
			CU_ASSERT_TRUE(push(&q, n, 1 + n % clients));
		for (unsigned int i = 0; i < 10 * clients * CGN_RELAY_QUEUE_CLIENT; i++) {
			struct cgn_relay_item *x = cgn_relay_queue_pop(&q);
			rte_be32_t client;

			CU_ASSERT_PTR_NOT_NULL_FATAL(x);
			client = x->client;
			CU_ASSERT_EQUAL(q.n, n - 1);
			CU_ASSERT_TRUE(push(&q, (unsigned int)(x - items), client));
			for (rte_be32_t c = 1; c <= clients; c++)
				CU_ASSERT_FALSE(push(&q, n, c));
			CU_ASSERT_EQUAL(q.n, n);
		}
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(one_clients_items_keep_their_order),
	CU_TEST_ROW(clients_take_turns),
	CU_TEST_ROW(queue_is_bounded),
	CU_TEST_ROW(place_of_what_was_taken_is_free_again),
};

CU_MAIN("relay_queue", tests)
