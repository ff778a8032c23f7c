/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/mapping.h"
#include "tests/support/cu.h"

#include <string.h>

#define CAPACITY 1000u
#define STEPS    200000u

static const uint64_t seed[2] = { 1, 2 };

/* xorshift64: fixed start, so that a failure comes again. */
static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 33) % n;
}

static uint32_t
add(struct cgn_mappings *t, uint32_t *slot)
{
	static uint16_t port;
	const struct cgn_mapping_key key = {
		.in = { .addr = 1, .port = port, .proto = CGN_PROTO_UDP },
		.ext = { .addr = 2, .port = port, .proto = CGN_PROTO_UDP },
	};

	port++;
	return cgn_mappings_add(t, &key, slot, 0);
}

static void
end(struct cgn_mappings *t, uint32_t ref)
{
	cgn_mappings_unlink(t, ref);
	cgn_mappings_free(t, ref);
}

/* A-RES-1: each free mapping is given out once, and none is lost, in whatever order they come back. */
static void
free_mappings_are_given_out_once_each(void)
{
	struct cgn_mappings t;
	uint32_t live[CAPACITY], n = 0, slot;
	bool is_live[CAPACITY + 1] = { false };
	uint64_t s = 88172645463325252u;

	CU_ASSERT_EQUAL_FATAL(cgn_mappings_init(&t, CAPACITY, seed, 0), 0);
	for (uint32_t i = 0; i < STEPS; i++) {
		/* The table fills and empties several times. */
		bool fills = i / (4 * CAPACITY) % 2 == 0;

		if (below(&s, 4) < (fills ? 3u : 1u)) {
			uint32_t ref = add(&t, &slot);

			CU_ASSERT_EQUAL_FATAL(ref == 0, n == CAPACITY);
			if (ref == 0)
				continue;
			CU_ASSERT_FATAL(ref <= CAPACITY && !is_live[ref]);
			is_live[ref] = true;
			live[n++] = ref;
		} else if (n > 0) {
			uint32_t k = below(&s, n), ref = live[k];

			end(&t, ref);
			CU_ASSERT_EQUAL(t.at[ref].proto, UINT8_MAX);
			is_live[ref] = false;
			live[k] = live[--n];
		}
	}
	cgn_mappings_fini(&t);
}

/* What is foreseen is what comes. Only the first mapping of a bundle is not foreseen: the next bundle is in its place. */
static void
foreseen_mappings_are_those_that_come(void)
{
	struct cgn_mappings t;
	uint32_t refs[100], foreseen[5] = { 0 }, slot, hits = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_mappings_init(&t, CAPACITY, seed, 0), 0);
	CU_ASSERT_EQUAL(cgn_mappings_foresee(&t, 0), 1);
	CU_ASSERT_EQUAL(cgn_mappings_foresee(&t, CAPACITY - 1), CAPACITY);
	CU_ASSERT_EQUAL(cgn_mappings_foresee(&t, CAPACITY), 0);
	for (unsigned int i = 0; i < 100; i++)
		refs[i] = add(&t, &slot);
	for (unsigned int i = 0; i < 100; i++)
		end(&t, refs[i * 37 % 100]);
	for (unsigned int i = 0; i < 100; i++) {
		uint32_t ref;

		foreseen[(i + 3) % 5] = cgn_mappings_foresee(&t, 3);
		ref = add(&t, &slot);
		hits += ref == foreseen[i % 5];
		CU_ASSERT_TRUE(ref <= 100);
	}
	/* 100 mappings are 7 bundles of 13 and one of 9. Nobody looked at the first three. */
	CU_ASSERT_EQUAL(hits, 100 - 3 - 8);
	CU_ASSERT_EQUAL(cgn_mappings_foresee(&t, 0), 101);
	cgn_mappings_fini(&t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(free_mappings_are_given_out_once_each),
	CU_TEST_ROW(foreseen_mappings_are_those_that_come),
};

CU_MAIN("mapping", tests)
