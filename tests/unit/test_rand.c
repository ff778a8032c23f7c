/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/rand.h"
#include "tests/support/cu.h"

#include <string.h>

/* A-PORT-4: the stream is ChaCha with 8 rounds: first block of the published vector TC1 (all-zero
 * key and nonce, draft-strombergson-chacha-test-vectors). */
static void
stream_is_the_published_chacha8_vector(void)
{
	static const uint8_t zero[32];
	static const uint8_t want[64] = { 0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f,
		0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1, 0x2c, 0x84, 0x0e, 0xc3, 0xce, 0x9a, 0x7f,
		0x3b, 0x18, 0x1b, 0xe1, 0x88, 0xef, 0x71, 0x1a, 0x1e, 0x98, 0x4c, 0xe1, 0x72, 0xb9,
		0x21, 0x6f, 0x41, 0x9f, 0x44, 0x53, 0x67, 0x45, 0x6d, 0x56, 0x19, 0x31, 0x4a, 0x42,
		0xa3, 0xda, 0x86, 0xb0, 0x01, 0x38, 0x7b, 0xfd, 0xb8, 0x0e, 0x0c, 0xfe, 0x42 };
	struct cgn_rand r;

	cgn_rand_init(&r, zero);
	for (unsigned int i = 0; i < 16; i++) {
		uint32_t w = (uint32_t)want[4 * i] | (uint32_t)want[4 * i + 1] << 8 |
				(uint32_t)want[4 * i + 2] << 16 | (uint32_t)want[4 * i + 3] << 24;

		CU_ASSERT_EQUAL(cgn_rand_u32(&r), w);
	}
}

/* A-PORT-4 */
static void
other_seeds_and_later_blocks_give_other_numbers(void)
{
	uint8_t seed[32] = { 0 };
	uint32_t first[64], v;
	unsigned int equal = 0;
	struct cgn_rand r;

	cgn_rand_init(&r, seed);
	for (unsigned int i = 0; i < 64; i++) {
		first[i] = cgn_rand_u32(&r);
		for (unsigned int k = 0; k < i; k++)
			equal += first[i] == first[k];
	}
	seed[31] = 1;
	cgn_rand_init(&r, seed);
	for (unsigned int i = 0; i < 64; i++) {
		v = cgn_rand_u32(&r);
		equal += v == first[i];
	}
	CU_ASSERT_EQUAL(equal, 0);
}

/* The block counter has 64 bits: the stream does not repeat after 2^32 blocks. */
static void
block_counter_carries_into_its_upper_half(void)
{
	static const uint8_t seed[32] = { 9 };
	struct cgn_rand a, b;

	cgn_rand_init(&a, seed);
	b = a;
	b.state[12] = UINT32_MAX;
	for (unsigned int i = 0; i < 16; i++)
		(void)cgn_rand_u32(&b);
	CU_ASSERT_NOT_EQUAL(cgn_rand_u32(&b), cgn_rand_u32(&a));
}

/* A-PORT-4 */
static void
numbers_below_n_are_uniform(void)
{
	static const uint8_t seed[32] = "constant: no failure by chance";
	static const uint32_t ns[] = { 1, 2, 3, 7, 100, 512 };
	struct cgn_rand r;
	unsigned int thirds = 0;

	cgn_rand_init(&r, seed);
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		uint32_t n = ns[i], draws = 1000 * n, count[512] = { 0 };
		double chi2 = 0, dof = n - 1;

		for (uint32_t k = 0; k < draws; k++) {
			uint32_t v = cgn_rand_below(&r, n);

			CU_ASSERT_FATAL(v < n);
			count[v]++;
		}
		for (uint32_t v = 0; v < n; v++)
			chi2 += ((double)count[v] - 1000) * ((double)count[v] - 1000) / 1000;
		/* Mean dof, variance 2 dof: 16 dof is four standard deviations squared. */
		CU_ASSERT_TRUE(chi2 <= dof || (chi2 - dof) * (chi2 - dof) <= 32 * dof);
	}
	/* Three quarters of 2^32: what 32 bits have too much is refused, not folded onto each third
	 * number. Standard deviation 26. */
	for (unsigned int k = 0; k < 3000; k++)
		thirds += cgn_rand_below(&r, UINT32_C(0xc0000000)) % 3 == 0;
	CU_ASSERT_TRUE(thirds > 1000 - 4 * 26 && thirds < 1000 + 4 * 26);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(stream_is_the_published_chacha8_vector),
	CU_TEST_ROW(other_seeds_and_later_blocks_give_other_numbers),
	CU_TEST_ROW(block_counter_carries_into_its_upper_half),
	CU_TEST_ROW(numbers_below_n_are_uniform),
};

CU_MAIN("rand", tests)
