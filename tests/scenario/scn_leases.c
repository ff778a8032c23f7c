/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdlib.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SUBSCRIBERS 2000u
#else
#define SUBSCRIBERS 20000u
#endif
#define EACH       5u
#define LEASES     (SUBSCRIBERS * EACH)
#define LIFE_MIN_S 300u
#define LIFE_SPAN  120u

/* Resident memory in octets. */
static uint64_t
resident(void)
{
	unsigned long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint32_t
life_of(uint32_t k)
{
	return LIFE_MIN_S + (uint32_t)((uint64_t)k * 2654435761u % LIFE_SPAN);
}

/* Leases that end later than so many seconds after they were made. */
static uint32_t
longer_than(uint32_t seconds)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < LEASES; k++)
		n += life_of(k) > seconds;
	return n;
}

static const char *
host(uint32_t k)
{
	static char text[16];
	uint32_t sub = k / EACH;

	snprintf(text, sizeof(text), "100.80.%u.%u", sub >> 8, sub & 255);
	return text;
}

static uint64_t
mappings(const struct fx *fx)
{
	return fx_gauge(fx, CGN_G_MAPPINGS_UDP) + fx_gauge(fx, CGN_G_MAPPINGS_TCP);
}

static struct fx *
new_city(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 24 / fx->n_workers);
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_max = EACH;
	fx->conf.nat.mappings_max = LEASES;
	fx->conf.nat.hold_down_max = LEASES;
	return fx_start(fx);
}

/* B-MAP-7, A-UDP-6: 100,000 leases, each ends within its second, none before its time. */
static void
each_of_many_leases_ends_within_its_second(void)
{
	struct fx *fx = new_city();
	uint64_t before = resident(), after;

	for (uint32_t k = 0; k < LEASES; k++) {
		struct fx_ep x = { .port = 0 };

		CU_ASSERT_EQUAL_FATAL(
				fx_lease(fx, k % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP, host(k),
						(uint16_t)(6000 + k % EACH), &x, life_of(k)),
				0);
	}
	after = resident();
	printf("\n  %u leases of %u subscribers: %.0f octets a lease in the workers", LEASES,
			SUBSCRIBERS, (double)(after - before) / LEASES);
	CU_ASSERT_EQUAL(mappings(fx), LEASES);
	fx_advance_s(fx, LIFE_MIN_S - 1);
	CU_ASSERT_EQUAL(mappings(fx), LEASES);
	for (uint32_t s = LIFE_MIN_S; s <= LIFE_MIN_S + LIFE_SPAN; s++) {
		/* Never early, and what is a second late is gone. */
		fx_advance_s(fx, 0.5);
		CU_ASSERT_TRUE(mappings(fx) >= longer_than(s - 1));
		CU_ASSERT_TRUE(mappings(fx) <= longer_than(s - 2));
		fx_advance_s(fx, 0.5);
		CU_ASSERT_TRUE(mappings(fx) >= longer_than(s));
		CU_ASSERT_TRUE(mappings(fx) <= longer_than(s - 1));
	}
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(mappings(fx), 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_of_many_leases_ends_within_its_second),
};

CU_MAIN("leases", tests)
