/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/store.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

static char dir[300];
static char path[320];
static char why[CGN_STOREFILE_WHY_MAX];

static const struct cgn_filter filters[] = {
	{ .addr = RTE_BE32(0xcb007100), .port = RTE_BE16(443), .len = 24 },
	{ .addr = RTE_BE32(0xcb007105), .len = 32 },
	{ .len = 0 },
};

static struct {
	unsigned int n;
	unsigned int n_filters;
	struct cgn_filter filters[CGN_FILTERS_MAX];
	unsigned int description_len;
} seen;

static int
see(void *arg, const struct cgn_store_lease *l)
{
	(void)arg;
	seen.n++;
	seen.n_filters = l->n_filters;
	seen.description_len = l->description_len;
	if (l->n_filters != 0)
		memcpy(seen.filters, l->filters, l->n_filters * sizeof(*l->filters));
	return 0;
}

static const struct cgn_store_visitor visitor = { .lease = see };

static int
load(void)
{
	struct cgn_store *s = NULL;
	int ret;

	memset(&seen, 0, sizeof(seen));
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	ret = cgn_store_load(s, &visitor, NULL);
	cgn_store_close(s);
	return ret;
}

static void
put(unsigned int n_filters, const char *description)
{
	const struct cgn_store_lease l = {
		.lifetime_s = 60,
		.in = { .addr = RTE_BE32(0x64400009), .port = RTE_BE16(80) },
		.ext = { .addr = RTE_BE32(0xc6336401), .port = RTE_BE16(40000) },
		.by = { .by = CGN_LEASE_BY_PCP },
		.description = description,
		.description_len = (uint16_t)strlen(description),
		.filters = n_filters == 0 ? NULL : filters,
		.n_filters = (uint8_t)n_filters,
	};
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
}

/* E-OPT-3: the filters of a lease come back, and those that were cleared do not. A description is kept beside them. */
static void
filters_come_back(void)
{
	static const char *const descriptions[] = { "", "a game" };

	for (unsigned int n = 0; n <= RTE_DIM(filters); n++) {
		for (size_t i = 0; i < RTE_DIM(descriptions); i++) {
			put(RTE_DIM(filters), "something else");
			put(n, descriptions[i]);
			CU_ASSERT_EQUAL(load(), 0);
			CU_ASSERT_EQUAL(seen.n, 1);
			CU_ASSERT_EQUAL(seen.n_filters, n);
			CU_ASSERT_EQUAL(memcmp(seen.filters, filters, n * sizeof(filters[0])), 0);
			CU_ASSERT_EQUAL(seen.description_len, strlen(descriptions[i]));
		}
	}
	unlink(path);
}

/* What nobody can have written is damage: octets missing, too many, a length, bits behind the prefix, the padding. */
static void
filters_that_cannot_be_are_damage(void)
{
	static const char *const bad[] = { "x'cb007105000020'", "zeroblob(352)",
		"x'cb00710500002100'", "x'cb00710500001800'", "x'cb00710500002001'" };
	char statement[128];

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		sqlite3 *db = NULL;

		put(1, "");
		snprintf(statement, sizeof(statement), "UPDATE lease SET filters = %s", bad[i]);
		CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
		CU_ASSERT_EQUAL(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		CU_ASSERT_EQUAL(load(), -EBADMSG);
		CU_ASSERT_EQUAL(seen.n, 0);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(filters_come_back),
	CU_TEST_ROW(filters_that_cannot_be_are_damage),
};

int
main(void)
{
	scratch_make(dir, sizeof(dir), "filters");
	snprintf(path, sizeof(path), "%s/state.db", dir);
	return cu_main("store_filters", tests, sizeof(tests) / sizeof(tests[0]));
}
