/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/steer.h"
#include "tests/support/cu.h"

#include <string.h>

#include <rte_common.h>
#include <rte_ip.h>
#include <rte_thash.h>

#define IP4(a, b, c, d) RTE_BE32(RTE_IPV4(a, b, c, d))

/* The published verification suite: IPv4 only, source then destination. */
static const struct {
	rte_be32_t src;
	rte_be32_t dst;
	uint32_t hash;
} vectors[] = {
	{ IP4(66, 9, 149, 187), IP4(161, 142, 100, 80), 0x323e8fc2 },
	{ IP4(199, 92, 111, 2), IP4(65, 69, 140, 83), 0xd718262a },
	{ IP4(24, 19, 198, 95), IP4(12, 22, 207, 184), 0xd2d0a5de },
	{ IP4(38, 27, 205, 30), IP4(209, 142, 163, 6), 0x82989176 },
	{ IP4(153, 39, 163, 191), IP4(202, 188, 127, 2), 0x5d1809c5 },
};

/* Random numbers that are the same in every run. */
static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 32);
}

/* A Toeplitz hash is linear: the published hash of source and destination is the hash of the
 * source xor that of the destination under the key moved by the four octets before it. */
static void
published_vectors_are_source_hash_xor_destination_hash(void)
{
	static struct cgn_steer src, dst;
	uint8_t moved[CGN_STEER_KEY] = { 0 };

	memcpy(moved, cgn_steer_default_key + 4, CGN_STEER_KEY - 4);
	cgn_steer_init(&src, 1, cgn_steer_default_key);
	cgn_steer_init(&dst, 1, moved);
	for (size_t i = 0; i < RTE_DIM(vectors); i++) {
		uint32_t h = cgn_steer_hash(&src, vectors[i].src) ^
				cgn_steer_hash(&dst, vectors[i].dst);

		CU_ASSERT_EQUAL(h, vectors[i].hash);
	}
}

static void
source_only_hash_is_that_of_rte_softrss(void)
{
	static struct cgn_steer s;
	uint64_t state = 1;
	uint8_t key[CGN_STEER_KEY];

	for (unsigned int i = 0; i < CGN_STEER_KEY; i++)
		key[i] = (uint8_t)next_random(&state);
	for (unsigned int k = 0; k < 2; k++) {
		cgn_steer_init(&s, 4, k == 0 ? cgn_steer_default_key : key);
		for (unsigned int i = 0; i < 10000; i++) {
			uint32_t addr = next_random(&state);
			uint32_t want = rte_softrss(&addr, 1, s.key);

			CU_ASSERT_EQUAL_FATAL(cgn_steer_hash(&s, rte_cpu_to_be_32(addr)), want);
		}
	}
}

static void
workers_share_the_indirection_table_within_one_entry(void)
{
	static struct cgn_steer s;

	for (unsigned int n = 1; n <= CGN_WORKERS_MAX; n++) {
		unsigned int share[CGN_WORKERS_MAX] = { 0 };

		cgn_steer_init(&s, n, cgn_steer_default_key);
		for (unsigned int i = 0; i < CGN_STEER_RETA; i++) {
			CU_ASSERT_TRUE_FATAL(s.reta[i] < n);
			share[s.reta[i]]++;
		}
		for (unsigned int w = 0; w < n; w++) {
			CU_ASSERT_TRUE(share[w] >= CGN_STEER_RETA / n);
			CU_ASSERT_TRUE(share[w] <= CGN_STEER_RETA / n + 1);
		}
	}
}

static void
consecutive_subscribers_spread_over_all_workers(void)
{
	static struct cgn_steer s;

	for (unsigned int n = 1; n <= 4; n++) {
		unsigned int share[4] = { 0 };

		cgn_steer_init(&s, n, cgn_steer_default_key);
		for (uint32_t i = 0; i < 65536; i++) {
			unsigned int w = cgn_steer_inside(&s, rte_cpu_to_be_32(0x64400000 + i));

			CU_ASSERT_TRUE_FATAL(w < n);
			share[w]++;
		}
		for (unsigned int w = 0; w < n; w++)
			CU_ASSERT_TRUE(share[w] > 65536 / n / 2);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(published_vectors_are_source_hash_xor_destination_hash),
	CU_TEST_ROW(source_only_hash_is_that_of_rte_softrss),
	CU_TEST_ROW(workers_share_the_indirection_table_within_one_entry),
	CU_TEST_ROW(consecutive_subscribers_spread_over_all_workers),
};
CU_MAIN("steer", tests)
