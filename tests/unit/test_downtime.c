/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/downtime.h"
#include "tests/support/leaseask.h"
#include "tests/support/scratch.h"

#include <sqlite3.h>
#include <unistd.h>

/* Restarts and reboots with clocks that step: what becomes of leases and epoch. */

#define UDP  CGN_PROTO_UDP
#define HOUR INT64_C(3600000)

static struct lf f;
static struct cgn_store *store;
static char dir[300], path[320];
static char why[CGN_STOREFILE_WHY_MAX];

static void
open_store(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&store, path, why), 0);
	lf_start(&f, store);
}

static void
begin(int64_t wall_ms)
{
	scratch_make(dir, sizeof(dir), "downtime");
	snprintf(path, sizeof(path), "%s/state.db", dir);
	f = (struct lf){ .now_ms = 5000,
		.wall_ms = wall_ms,
		.boot_ms = 100000,
		.room = LF_CALLS,
		.next_port = 40000 };
	open_store();
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
}

static void
end(void)
{
	char command[sizeof(dir) + 16];

	lf_end(&f);
	cgn_store_close(store);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
}

static void
meddle(const char *statement)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* cgnd ends, by kill -9 if not in order, and comes back after a time. The machine goes on. */
static int
restart(bool in_order, int64_t down_ms)
{
	lf_end(&f);
	if (in_order)
		cgn_store_close(store);
	else
		cgn_store_drop(store);
	f.now_ms = 77;
	f.boot_ms += down_ms;
	f.wall_ms += down_ms;
	f.n_lost = 0;
	open_store();
	return cgn_lessor_load(f.lessor, f.now_ms);
}

/* The same with a reboot: it is off for a time and has run for @p up_ms when cgnd comes. */
static int
reboot(bool in_order, int64_t off_ms, int64_t up_ms)
{
	lf_end(&f);
	if (in_order)
		cgn_store_close(store);
	else
		cgn_store_drop(store);
	meddle("UPDATE stamp SET boot = 'another'");
	f.now_ms = 77;
	f.boot_ms = up_ms;
	f.wall_ms += off_ms + up_ms;
	open_store();
	return cgn_lessor_load(f.lessor, f.now_ms);
}

static void
lease(uint32_t lifetime_s)
{
	CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 1, lifetime_s), 0);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
}

/* Seconds that the lease has left; 0: it is gone. */
static uint32_t
left_s(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1, 0);
	struct cgn_lessor_info info = { 0 };

	return cgn_lessor_find(f.lessor, 0, &r.in, &info, f.now_ms) ? info.left_s : 0;
}

static uint32_t
epoch(void)
{
	return cgn_lessor_epoch_s(f.lessor, 0, LF_H1, f.now_ms);
}

/* B-EP-2, B-EP-4: in one run of the machine a step of the wall clock, at any time, changes nothing. */
static void
step_of_the_wall_clock_changes_nothing_across_a_restart(void)
{
	static const int64_t steps[] = { 2 * HOUR, -2 * HOUR, LF_WALL, -LF_WALL };

	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		for (unsigned int when = 0; when < 4; when++) {
			begin(LF_WALL);
			f.wall_ms += when == 0 ? steps[i] : 0;
			lease(3600);
			f.wall_ms += when == 1 ? steps[i] : 0;
			lf_advance(&f, 100000);
			f.wall_ms += when == 2 ? steps[i] : 0;
			if (when == 3) {
				lf_advance(&f, 11000);
				f.wall_ms += steps[i];
				f.boot_ms -= 11000; /* as if these had not been */
			}
			CU_ASSERT_EQUAL(restart(when % 2 == 0, 10000), 0);
			CU_ASSERT_PTR_NULL(cgn_lessor_epoch_reason(f.lessor));
			CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->ended, 0);
			CU_ASSERT_TRUE(left_s() >= 3490 - 11 && left_s() <= 3490);
			CU_ASSERT_TRUE(epoch() >= 110 - 11 && epoch() <= 121);
			end();
		}
	}
}

/* B-EP-4: 1970 at the first start, NTP while running, reboot with the right time: no lease is lost by that. */
static void
clock_that_is_set_while_running_loses_nothing_at_a_reboot(void)
{
	begin(1000);
	lease(7200);
	lf_advance(&f, 30000);
	f.wall_ms = LF_WALL;
	lf_advance(&f, 30000); /* a stamp with both clocks comes within ten seconds */
	CU_ASSERT_EQUAL(reboot(true, 40000, 20000), 0);
	CU_ASSERT_EQUAL(left_s(), 7200 - 120);
	CU_ASSERT_EQUAL(epoch(), 120);
	end();
}

/* B-EP-1: after a reboot whose clock was not set before or is not yet: leases stay, the epoch is a new one. */
static void
clock_that_was_never_set_begins_a_new_epoch_and_keeps_leases(void)
{
	/* 1970 -> now */
	begin(1000);
	lease(7200);
	lf_advance(&f, 30000);
	lf_end(&f);
	cgn_store_close(store);
	meddle("UPDATE stamp SET boot = 'another'");
	f.now_ms = 77;
	f.boot_ms = 20000;
	f.wall_ms = LF_WALL;
	open_store();
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
	CU_ASSERT_STRING_EQUAL(cgn_lessor_epoch_reason(f.lessor), "the wall clock was not set");
	CU_ASSERT_EQUAL(left_s(), 7200 - 50);
	CU_ASSERT_EQUAL(epoch(), 0);
	end();
	/* now -> 1970, as of a machine without a clock of its own, before NTP */
	begin(LF_WALL);
	lease(7200);
	f.wall_ms = -19000;
	CU_ASSERT_EQUAL(reboot(true, 0, 20000), -ENOENT);
	CU_ASSERT_EQUAL(left_s(), 7200 - 20);
	CU_ASSERT_EQUAL(epoch(), 0);
	end();
	/* An hour behind. */
	begin(LF_WALL);
	lease(7200);
	f.wall_ms -= HOUR;
	CU_ASSERT_EQUAL(reboot(true, 0, 20000), -ENOENT);
	CU_ASSERT_STRING_EQUAL(cgn_lessor_epoch_reason(f.lessor), "the wall clock was set back");
	CU_ASSERT_EQUAL(left_s(), 7200 - 20);
	end();
}

/* B-EP-1: leases that end by a jump over a reboot are counted, and their clients see a new epoch. */
static void
leases_that_end_over_a_reboot_begin_a_new_epoch(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 2, 0);

	begin(LF_WALL);
	lease(3600);
	/* A client with an older epoch of its own sees the new one, too. */
	lf_map(&f, LF_H1, UDP, 2, 36000);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	lf_map(&f, LF_H2, UDP, 1, 36000);
	lf_advance(&f, 30000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	CU_ASSERT_EQUAL(reboot(true, 2 * HOUR, 20000), -ENOENT);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->ended, 1);
	CU_ASSERT_STRING_EQUAL(cgn_lessor_epoch_reason(f.lessor),
			"leases ended by the wall clock while the machine was down");
	CU_ASSERT_EQUAL(left_s(), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(epoch(), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 0);
	/* The new epoch goes on. */
	lf_reply(&f);
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0)
		lf_reply(&f);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(restart(true, 5000), 0);
	CU_ASSERT_EQUAL(epoch(), 10);
	end();
}

/* B-EP-1: after a power cut commits may be missing: leases stay, no client's epoch goes on. */
static void
power_cut_begins_a_new_epoch_and_keeps_leases(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 2, 0);

	begin(LF_WALL);
	lease(3600);
	lf_map(&f, LF_H1, UDP, 2, 3600);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	lf_advance(&f, 60000);
	CU_ASSERT_EQUAL(epoch(), 60);
	CU_ASSERT_EQUAL(reboot(false, 60000, 20000), -ENOENT);
	CU_ASSERT_STRING_EQUAL(cgn_lessor_epoch_reason(f.lessor),
			"the machine went down with an open store");
	CU_ASSERT_TRUE(left_s() >= 3600 - 150 && left_s() <= 3600 - 140);
	CU_ASSERT_EQUAL(epoch(), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 0);
	end();
}

/* B-EP-1: a store that was not written to any more before cgnd ended may lack what was answered. */
static void
killed_cgnd_whose_store_is_old_begins_a_new_epoch(void)
{
	begin(LF_WALL);
	lease(3600);
	CU_ASSERT_EQUAL(restart(false, 5000), 0);
	CU_ASSERT_EQUAL(restart(false, 60000), -ENOENT);
	CU_ASSERT_EQUAL(left_s(), 3600 - 65);
	CU_ASSERT_EQUAL(epoch(), 0);
	/* Ended in order it may be as old as it likes. */
	CU_ASSERT_EQUAL(restart(true, 60000), 0);
	CU_ASSERT_EQUAL(epoch(), 60);
	end();
}

/* B-EP-4: the store's times may lie in the future, if somebody has changed the file. No epoch begins later than
 * now, and no lease is longer than it was granted. */
static void
times_of_the_future_are_not_believed(void)
{
	static const struct {
		const char *change;
		uint32_t left_s, epoch_s;
	} cases[] = {
		{ "UPDATE epoch SET start_ms = start_ms + 110000", 3500, 0 },
		{ "UPDATE epoch SET start_ms = start_ms + 110001", 3500, 0 },
		{ "UPDATE epoch SET start_ms = start_ms + 10000000", 3500, 0 },
		{ "UPDATE epoch SET start_ms = 9000000000000", 3500, 0 },
		{ "UPDATE lease SET end_ms = end_ms + 99000", 3599, 110 },
		{ "UPDATE lease SET end_ms = end_ms + 100000", 3600, 110 },
		{ "UPDATE lease SET end_ms = end_ms + 101000", 3600, 110 },
		{ "UPDATE lease SET end_ms = end_ms + 10000000", 3600, 110 },
		{ "UPDATE lease SET end_ms = 9000000000000", 3600, 110 },
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		for (int has_own = 0; has_own < 2; has_own++) {
			struct cgn_lessor_request r = lf_request(LF_H1, UDP, 2, 0);

			begin(LF_WALL);
			lf_advance(&f, 10000);
			if (has_own) {
				lf_map(&f, LF_H1, UDP, 2, 3600);
				cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
				lf_reply(&f);
			}
			lease(3600);
			lf_advance(&f, 90000);
			lf_end(&f);
			cgn_store_close(store);
			meddle(cases[i].change);
			f.now_ms = 77;
			f.boot_ms += 10000;
			f.wall_ms += 10000;
			open_store();
			CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), 0);
			CU_ASSERT_EQUAL(left_s(), cases[i].left_s);
			CU_ASSERT_EQUAL(epoch(),
					cases[i].epoch_s == 0     ? 0
							: has_own ? 100
								  : cases[i].epoch_s);
			lf_advance(&f, 5000);
			CU_ASSERT_EQUAL(left_s(), cases[i].left_s - 5);
			end();
		}
	}
}

/* B-MAP-7: the rest of a lease is told to the worker in whole seconds, upwards: 0 would delete it. */
static void
rest_of_a_lease_is_rounded_up(void)
{
	static const struct {
		uint32_t left_ms, told_s;
	} cases[] = { { 1, 1 }, { 999, 1 }, { 1000, 1 }, { 1001, 2 }, { 1999, 2 }, { 59001, 60 },
		{ 60000, 60 } };

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		begin(LF_WALL);
		lease(60);
		CU_ASSERT_EQUAL(restart(true, 60000 - cases[i].left_ms), 0);
		(void)cgn_lessor_restore(f.lessor, f.now_ms);
		CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_ADD);
		CU_ASSERT_EQUAL(f.last.lifetime_s, cases[i].told_s);
		lf_reply(&f);
		CU_ASSERT_EQUAL(left_s(), cases[i].told_s);
		lf_advance(&f, cases[i].left_ms - 1);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
		lf_advance(&f, 1);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
		end();
	}
}

/* The table itself. */
static void
downtime_is_judged(void)
{
	static const struct {
		struct cgn_store_stamp stamp;
		int64_t wall_ms, boot_ms;
		int64_t elapsed_ms, shift_ms;
		bool goes_on;
	} rows[] = {
		{ { LF_WALL, 5000, true, false, false }, 0, 6000, 1000, 0, true },
		{ { LF_WALL, 5000, true, true, false }, 0, 35000, 30000, 0, true },
		{ { LF_WALL, 5000, true, true, false }, 0, 35001, 30001, 0, false },
		{ { LF_WALL, 5000, true, false, false }, 0, 4000, 0, -1000, false },
		{ { LF_WALL, 5000, false, false, false }, LF_WALL + 9000, 3000, 9000, -11000,
				true },
		{ { LF_WALL, 5000, false, true, false }, LF_WALL + 9000, 3000, 9000, -11000,
				false },
		{ { LF_WALL, 5000, false, false, false }, LF_WALL + 500, 3000, 3000, -5000, false },
		{ { LF_WALL, 5000, false, false, false }, LF_WALL - HOUR, 3000, 3000, -5000,
				false },
		{ { LF_WALL, 5000, false, false, false }, 3000, 3000, 3000, -5000, false },
		{ { 3000, 5000, false, false, false }, LF_WALL, 3000, 3000, -5000, false },
	};

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_downtime d = cgn_downtime_judge(
				&rows[i].stamp, rows[i].wall_ms, rows[i].boot_ms);

		CU_ASSERT_EQUAL(d.elapsed_ms, rows[i].elapsed_ms);
		CU_ASSERT_EQUAL(d.shift_ms, rows[i].shift_ms);
		CU_ASSERT_EQUAL(d.lost_reason == NULL, rows[i].goes_on);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(times_of_the_future_are_not_believed),
	CU_TEST_ROW(rest_of_a_lease_is_rounded_up),
	CU_TEST_ROW(downtime_is_judged),
	CU_TEST_ROW(step_of_the_wall_clock_changes_nothing_across_a_restart),
	CU_TEST_ROW(clock_that_is_set_while_running_loses_nothing_at_a_reboot),
	CU_TEST_ROW(clock_that_was_never_set_begins_a_new_epoch_and_keeps_leases),
	CU_TEST_ROW(leases_that_end_over_a_reboot_begin_a_new_epoch),
	CU_TEST_ROW(power_cut_begins_a_new_epoch_and_keeps_leases),
	CU_TEST_ROW(killed_cgnd_whose_store_is_old_begins_a_new_epoch),
};

CU_MAIN("downtime", tests)
