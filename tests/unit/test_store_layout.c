/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores that former releases have made, and rows that nobody can have written. */
#include "tests/support/storefix.h"

#include <errno.h>
#include <time.h>

/* The table of leases as former releases have made it. */
#define OLD_LEASE                                                                                  \
	"DROP TABLE lease; CREATE TABLE lease (realm INTEGER NOT NULL, in_addr INTEGER NOT NULL, " \
	"in_port INTEGER NOT NULL, proto INTEGER NOT NULL, ext_addr INTEGER NOT NULL, "            \
	"ext_port INTEGER NOT NULL, lifetime_s INTEGER NOT NULL, end_ms INTEGER NOT NULL, "        \
	"PRIMARY KEY (realm, in_addr, in_port, proto)) STRICT, WITHOUT ROWID;"

/* A store of layout 1, as a former release has made it: leases and epochs go on, by the wall clock. */
static void
store_of_layout_1_is_converted(void)
{
	struct cgn_store *s = NULL;
	struct timespec wall, boot;
	char statement[2048];
	int64_t apart;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	cgn_store_close(s);
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	apart = (int64_t)(wall.tv_sec - boot.tv_sec) * 1000;
	snprintf(statement, sizeof(statement),
			OLD_LEASE
			"DROP TABLE stamp; DROP TABLE realm; CREATE TABLE boot (id TEXT NOT NULL) STRICT;"
			"INSERT INTO boot VALUES ('another'); PRAGMA user_version = 1;"
			"INSERT INTO lease VALUES (0, 1, 2, 1, 3, 4, 60, %lld);"
			"INSERT INTO epoch VALUES (0, 0, %lld)",
			(long long)apart + 60000, (long long)apart - 60000);
	meddle(statement);
	look();
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	CU_ASSERT_TRUE(seen.lease[0].end_ms > 58000 && seen.lease[0].end_ms < 62000);
	CU_ASSERT_TRUE(seen.epoch_ms > -62000 && seen.epoch_ms < -58000);
	CU_ASSERT_TRUE(stamp().was_open);
	CU_ASSERT_FALSE(stamp().is_this_boot);
	forget();
}

/* Layout 2 did not say who has made a lease: only NAT-PMP could. Layout 3 had no descriptions. */
static void
store_of_layout_2_or_3_is_converted(void)
{
	static const char *const old[] = {
		OLD_LEASE
		"PRAGMA user_version = 2; INSERT INTO lease VALUES (0, 1, 2, 1, 3, 4, 60, 70)",
		"ALTER TABLE lease DROP COLUMN description; ALTER TABLE lease DROP COLUMN filters; "
		"ALTER TABLE lease DROP COLUMN peer_high; "
		"ALTER TABLE lease DROP COLUMN peer_low; ALTER TABLE lease DROP COLUMN peer_addr; "
		"ALTER TABLE lease DROP COLUMN peer_port; ALTER TABLE lease DROP COLUMN peer_end_ms; "
		"PRAGMA user_version = 3; "
		"INSERT INTO lease VALUES (0, 1, 2, 1, 3, 4, 60, 70, 1, 5, 6)",
	};
	struct cgn_store *s = NULL;

	for (uint8_t i = 0; i < RTE_DIM(old); i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
		cgn_store_close(s);
		meddle(old[i]);
		/* It is converted once. */
		for (int again = 0; again < 2; again++) {
			look();
			CU_ASSERT_EQUAL_FATAL(seen.n, 1);
			CU_ASSERT_EQUAL(seen.lease[0].end_ms, 70);
			CU_ASSERT_EQUAL(seen.lease[0].by.by, i);
			CU_ASSERT_EQUAL(seen.lease[0].by.nonce[0], 5 * i);
			CU_ASSERT_EQUAL(seen.lease[0].description_len, 0);
			CU_ASSERT_EQUAL(seen.lease[0].peer.port, 0);
		}
		forget();
	}
}

/* What nobody can have written is damage. */
static void
owner_that_cannot_be_is_damage(void)
{
	static const char *const bad[] = { "made_by = 2", "made_by = 3", "made_by = -1",
		"peer_low = -1", "peer_addr = 4294967296", "peer_port = 65536", "nonce_low = -1",
		"nonce_low = 4294967296", "description = printf('%129s', '')" };
	struct cgn_store_lease l = lease(80, 60);
	char statement[128];

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		struct cgn_store *s = NULL;

		CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
		CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
		CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
		cgn_store_close(s);
		snprintf(statement, sizeof(statement), "UPDATE lease SET %s", bad[i]);
		meddle(statement);
		CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
		CU_ASSERT_EQUAL(cgn_store_load(s, &visitor, &seen), -EBADMSG);
		cgn_store_close(s);
		forget();
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(store_of_layout_1_is_converted),
	CU_TEST_ROW(store_of_layout_2_or_3_is_converted),
	CU_TEST_ROW(owner_that_cannot_be_is_damage),
};

int
main(void)
{
	return run_in_scratch("store_layout", tests, RTE_DIM(tests));
}
