/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_STOREFIX_H
#define CGN_TEST_STOREFIX_H

/**
 * @file
 * A store in a scratch directory: a lease to put, what a load sees, and SQL to damage the file.
 */

#include "controlplane/lease/store.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define LEASES_MAX 4096

static char dir[300];
static char path[320];
static char why[CGN_STOREFILE_WHY_MAX];

struct seen {
	struct cgn_store_lease lease[LEASES_MAX];
	unsigned int n;
	int64_t epoch_ms;
	unsigned int n_epochs;
	int stop_with;
	char description[CGN_LEASE_DESCRIPTION_MAX]; /* of the last lease */
};

static inline int
see_lease(void *arg, const struct cgn_store_lease *l)
{
	struct seen *s = arg;

	if (s->n < LEASES_MAX)
		s->lease[s->n] = *l;
	if (l->description_len != 0 && l->description_len <= sizeof(s->description))
		memcpy(s->description, l->description, l->description_len);
	s->n++;
	return s->stop_with;
}

static inline int
see_epoch(void *arg, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	struct seen *s = arg;

	(void)realm;
	(void)addr;
	s->n_epochs++;
	s->epoch_ms = start_ms;
	return 0;
}

static const struct cgn_store_visitor visitor = { .lease = see_lease, .epoch = see_epoch };
static struct seen seen;

static inline struct cgn_store_lease
lease(uint16_t port, uint32_t lifetime_s)
{
	return (struct cgn_store_lease){
		.realm = 7,
		.lifetime_s = lifetime_s,
		.in = { .addr = RTE_BE32(0x64400009),
				.port = rte_cpu_to_be_16(port),
				.proto = CGN_PROTO_TCP },
		.ext = { .addr = RTE_BE32(0xc6336401),
				.port = RTE_BE16(40000),
				.proto = CGN_PROTO_TCP },
		.by = { .by = CGN_LEASE_BY_PCP, .nonce = { 0xff, 2, [8] = 0xfe, [11] = 9 } },
		.end_ms = INT64_C(1700000000000) + port,
		.peer = { .addr = RTE_BE32(0xcb007105),
				.port = RTE_BE16(53),
				.nonce = { 0xfd, [11] = 8 } },
		.peer_end_ms = INT64_C(1700000000001) + port,
		.description = "a game",
		.description_len = 6,
	};
}

static inline void
forget(void)
{
	char command[sizeof(dir) + 16];

	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	if (system(command) != 0)
		CU_FAIL("cannot clean up");
}

/* Open, load into `seen`, close. */
static inline void
look(void)
{
	struct cgn_store *s = NULL;

	memset(&seen, 0, sizeof(seen));
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_load(s, &visitor, &seen), 0);
	cgn_store_close(s);
}

/* Carry out a statement on the closed store. */
static inline void
meddle(const char *statement)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* What a store says of when it was written. */
static inline struct cgn_store_stamp
stamp(void)
{
	struct cgn_store *s = NULL;
	struct cgn_store_stamp st;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	st = cgn_store_stamp(s);
	cgn_store_close(s);
	return st;
}

/* Run the tests in a directory of their own. */
static inline int
run_in_scratch(const char *suite, const struct cu_test *tests, size_t n)
{
	int ret;

	scratch_make(dir, sizeof(dir), "store");
	snprintf(path, sizeof(path), "%s/state.db", dir);
	ret = cu_main(suite, tests, n);
	rmdir(dir);
	return ret;
}

#endif /* CGN_TEST_STOREFIX_H */
