/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/keeper.h"
#include "tests/support/leaseask.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_log.h>

#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

static struct lf f;
static struct cgn_keeper *keeper;
static char dir[300], path[330];
static char *said;
static size_t said_len;
static FILE *log_file;

static void
make_dir(void)
{
	scratch_make(dir, sizeof(dir), "keeper");
	snprintf(path, sizeof(path), "%s/state.db", dir);
	f = (struct lf){ .now_ms = 5000,
		.wall_ms = LF_WALL,
		.boot_ms = LF_BOOT,
		.room = LF_CALLS,
		.next_port = 40000 };
	log_file = open_memstream(&said, &said_len);
	rte_openlog_stream(log_file);
}

/* A start of cgnd. @return as cgn_keeper_load() */
static int
start(const char *where)
{
	struct cgn_lessor_cfg cfg = { .ops = &lf_ops, .ctx = &f, .seed = 1 };
	struct cgn_keeper_cfg kc;
	int ret;

	memset(f.mappings, 0, sizeof(f.mappings));
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 1), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f.timers), 0);
	kc = (struct cgn_keeper_cfg){ .path = where,
		.timers = f.timers,
		.realms = f.realms,
		.wall_ms = f.wall_ms,
		.boot_ms = f.boot_ms };
	CU_ASSERT_EQUAL_FATAL(cgn_keeper_create(&keeper, &kc), 0);
	cfg.timers = f.timers;
	cfg.realms = f.realms;
	cfg.store = cgn_keeper_store(keeper);
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f.lessor, &cfg, f.now_ms), 0);
	ret = cgn_keeper_load(keeper, f.lessor, f.now_ms);
	/* The worker's array is smaller than what some tests keep. */
	f.room = LF_MAPPINGS;
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0) {
		lf_reply(&f);
		memset(f.mappings, 0, sizeof(f.mappings));
	}
	f.room = LF_CALLS;
	return ret;
}

static void
stop(void)
{
	lf_time_out(&f);
	cgn_lessor_destroy(f.lessor);
	cgn_keeper_destroy(keeper);
	cgn_timerq_destroy(f.timers);
	cgn_realms_destroy(f.realms);
	f.now_ms += 1000;
	f.boot_ms += 1000;
	f.wall_ms += 1000;
}

static void
end(void)
{
	char command[sizeof(dir) + 16];

	stop();
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(said);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
}

static unsigned int
n_said(const char *text)
{
	unsigned int n = 0;

	fflush(log_file);
	for (const char *p = said; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static uint32_t
epoch(rte_be32_t addr)
{
	return cgn_lessor_epoch_s(f.lessor, 0, addr, f.now_ms);
}

/* A lease of a home behind a softwire. */
static uint32_t
map_home(uint8_t number)
{
	struct cgn_lessor_request r = lf_request(LF_H2, TCP, 80, 6000);
	const struct cgn_ip6 b4 = { .b = { 0x20, 1, 0x0d, 0xb8, 0, 0, number, [15] = 7 } };

	r.realm = cgn_realms_get(f.realms, &b4, 56);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	cgn_realms_release(f.realms, r.realm);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	return r.realm;
}

/* The store that has come has everything for long enough. */
static void
prove_good(void)
{
	lf_advance(&f, CGN_KEEPER_PATIENCE_MS + CGN_KEEPER_RETRY_MS);
}

/* It is relied upon: answers wait for it. */
static void
be_relied_upon(void)
{
	lf_advance(&f, 310000);
}

/*
 * B-EP-4: where the store cannot be used at the start, leases are answered without it. It is said once and
 * shown all the time. When it comes it gets the leases, epochs and homes in hand.
 */
static void
store_that_comes_late_gets_what_is_in_hand(void)
{
	struct cgn_lessor_request gone = lf_request(LF_H1, UDP, 2, 0);
	const struct cgn_ip6 *b4;
	uint32_t realm;
	char in[320];
	int fd;

	make_dir();
	/* A file where the directory should be. */
	snprintf(in, sizeof(in), "%s/in", dir);
	fd = open(in, O_CREAT | O_WRONLY, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/in/state.db", dir);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_EQUAL(n_said("leases are not kept"), 1);
	CU_ASSERT_EQUAL(n_said("Not a directory"), 1);
	CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 1, 6000), 0);
	CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 2, 6000), 0);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	realm = map_home(9);
	lf_advance(&f, 35000);
	cgn_lessor_revoke(f.lessor, &gone, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(n_said("leases are not kept"), 1);
	CU_ASSERT_EQUAL(unlink(in), 0);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(n_said("leases are kept again"), 0);
	prove_good();
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	CU_ASSERT_EQUAL(n_said("leases are kept again"), 1);
	stop();
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 2);
	CU_ASSERT_EQUAL(epoch(LF_H2), 86);
	CU_ASSERT_EQUAL(epoch(LF_H1), 51);
	b4 = cgn_realms_b4(f.realms, realm);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b4);
	CU_ASSERT_EQUAL(b4->b[6], 9);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	end();
}

/* What the store had when it was done without is no more: the workers gave these ports to others. */
static void
store_that_comes_late_forgets_what_it_had(void)
{
	sqlite3 *db;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	lf_map(&f, LF_H1, UDP, 1, 6000);
	map_home(1);
	stop();
	/* Somebody looks at it with another program while cgnd starts. */
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_map(&f, LF_H2, UDP, 5, 6000);
	sqlite3_close(db);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	prove_good();
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	stop();
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	end();
}

static void
file_that_is_not_ours_is_done_without_and_stays(void)
{
	struct stat st;
	int fd;

	make_dir();
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	CU_ASSERT_EQUAL(write(fd, "workers: 1\n", 11), 11);
	close(fd);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(n_said("is not a store of cgnd"), 1);
	lf_map(&f, LF_H1, UDP, 1, 6000);
	lf_advance(&f, 5 * CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 11);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0644);
	end();
}

/* A file that is removed takes what is written without a word: a new one gets everything. */
static void
store_that_is_removed_or_replaced_is_made_anew(void)
{
	char moved[360];
	struct stat st;
	uint32_t realm;
	int fd;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	lf_map(&f, LF_H1, UDP, 1, 6000);
	realm = map_home(5);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(n_said("removed, replaced or emptied"), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	lf_map(&f, LF_H1, UDP, 2, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(n_said("removed, replaced or emptied"), 1);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	prove_good();
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	stop();
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 3);
	/* The home as well, which the first store had. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(cgn_realms_b4(f.realms, realm));
	CU_ASSERT_EQUAL(cgn_realms_b4(f.realms, realm)->b[6], 5);
	/* In its place there is somebody else's file by now: that one is left alone. */
	snprintf(moved, sizeof(moved), "%s/moved", dir);
	CU_ASSERT_EQUAL(rename(path, moved), 0);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	CU_ASSERT_EQUAL(write(fd, "mine", 4), 4);
	close(fd);
	lf_advance(&f, 2 * CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 4);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 3);
	end();
}

/*
 * B-EP-4: a disk that is full for a moment makes answers wait, one that stays full is done without, and what is
 * kept aside for it does not grow. The next start with the old store begins a new epoch.
 */
static void
disk_that_is_full_is_survived_alike_at_the_start_and_later(void)
{
	make_dir();
	signal(SIGXFSZ, SIG_IGN);
	scratch_set_disk(true);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 1, 6000), 0);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	scratch_set_disk(false);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	be_relied_upon();
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	scratch_set_disk(true);
	lf_map(&f, LF_H1, UDP, 2, 6000);
	CU_ASSERT_TRUE(cgn_lessor_commit(f.lessor, f.now_ms) < 0);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_FAILING);
	lf_advance(&f, CGN_KEEPER_PATIENCE_MS + 2 * CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	lf_map(&f, LF_H1, UDP, 3, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	scratch_set_disk(false);
	/* Killed before the store comes back: what it lacks nobody knows. */
	stop();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	CU_ASSERT_EQUAL(epoch(LF_H1), 0);
	end();
}

/* Give the lessor a store that comes late, on a disk that takes nothing from now on. */
static struct cgn_store *
late_store_on_a_full_disk(void)
{
	char why[CGN_STOREFILE_WHY_MAX];
	struct cgn_store *s = NULL;
	int64_t wall, boot;

	cgn_lessor_old_stamp(f.lessor, &wall, &boot);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_begin(s, 0, true, wall, boot), 0);
	scratch_set_disk(true);
	CU_ASSERT_EQUAL(cgn_lessor_set_store(f.lessor, s, f.now_ms), 0);
	return s;
}

/*
 * B-EP-4: a store that can be opened but takes nothing, as on a disk that stays full, holds up no answer. It is
 * relied upon when it has taken everything, and looks incomplete until then.
 */
static void
late_store_that_takes_nothing_holds_up_nobody(void)
{
	for (unsigned int is_killed = 0; is_killed < 2; is_killed++) {
		struct cgn_store *s;
		uint16_t port;

		make_dir();
		signal(SIGXFSZ, SIG_IGN);
		CU_ASSERT_EQUAL(start(""), -ENOENT);
		lf_map(&f, LF_H1, UDP, 1, 6000);
		s = late_store_on_a_full_disk();
		for (port = 2; port < 20; port++) {
			CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, port, 6000), 0);
			CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
			CU_ASSERT_TRUE(cgn_lessor_store_is_late(f.lessor));
			lf_advance(&f, 700);
		}
		scratch_set_disk(false);
		lf_advance(&f, 3000);
		CU_ASSERT_FALSE(cgn_lessor_store_is_late(f.lessor));
		/* The room was for what is in hand only. */
		scratch_set_disk(true);
		lf_map(&f, LF_H1, UDP, port, 6000);
		CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		CU_ASSERT_TRUE(cgn_lessor_store_is_late(f.lessor));
		scratch_set_disk(false);
		if (is_killed != 0) {
			/* It takes changes again, but cgnd is killed before it has the last lease. */
			CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
			lf_map(&f, LF_H1, UDP, (uint16_t)(port + 1), 6000);
		} else {
			be_relied_upon();
			CU_ASSERT_FALSE(cgn_lessor_store_is_late(f.lessor));
			scratch_set_disk(true);
			lf_map(&f, LF_H1, UDP, port, 6000);
			CU_ASSERT_TRUE(cgn_lessor_commit(f.lessor, f.now_ms) < 0);
			scratch_set_disk(false);
			CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		}
		cgn_lessor_set_store(f.lessor, NULL, f.now_ms);
		cgn_store_drop(s);
		stop();
		CU_ASSERT_EQUAL(start(path), is_killed == 0 ? 0 : -ENOENT);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 20);
		end();
	}
}

/* B-EP-4: a file that somebody empties is no store any more: it is made anew while cgnd runs, and nothing is left
 * in it that the next start would refuse. */
static void
store_that_is_emptied_is_made_anew(void)
{
	for (unsigned int is_seen = 0; is_seen < 2; is_seen++) {
		make_dir();
		CU_ASSERT_EQUAL(start(path), -ENOENT);
		for (uint16_t port = 1; port < 100; port++)
			lf_map(&f, LF_H1, UDP, port, 6000);
		CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		CU_ASSERT_EQUAL(truncate(path, 0), 0);
		lf_map(&f, LF_H1, UDP, 200, 6000);
		CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		if (is_seen != 0) {
			lf_advance(&f, CGN_KEEPER_RETRY_MS);
			CU_ASSERT_EQUAL(n_said("removed, replaced or emptied"), 1);
			lf_advance(&f, 2 * CGN_KEEPER_RETRY_MS);
			prove_good();
			CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
		}
		stop();
		CU_ASSERT_EQUAL(start(path), is_seen != 0 ? 0 : -ENOENT);
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), is_seen != 0 ? 100 : 0);
		end();
	}
}

/* B-EP-4: a disk that is full for a moment, several times: each time it is said once that the store does not
 * take changes and once that it does again, and in between it is as good as before. */
static void
each_failure_of_the_store_begins_and_ends(void)
{
	make_dir();
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	for (unsigned int round = 1; round <= 4; round++) {
		scratch_set_disk(true);
		lf_map(&f, LF_H1, UDP, (uint16_t)round, 6000);
		for (unsigned int i = 0; i < 3; i++)
			CU_ASSERT_TRUE(cgn_lessor_commit(f.lessor, f.now_ms) < 0);
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_FAILING);
		scratch_set_disk(false);
		for (unsigned int i = 0; i < 3; i++) {
			lf_map(&f, LF_H2, UDP, (uint16_t)(10 * round + i), 6000);
			CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
			CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
		}
		CU_ASSERT_EQUAL(n_said("store does not take changes"), round);
		CU_ASSERT_EQUAL(n_said("store takes changes again"), round);
		/* The patience for the next failure is a whole one. */
		lf_advance(&f, CGN_KEEPER_PATIENCE_MS + 2 * CGN_KEEPER_RETRY_MS);
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	}
	end();
}

/* Fill the file system of the store, or make room again. */
static void
fill_disk(bool is_full)
{
	static const char zeros[4096];
	char name[360];
	int fd;

	snprintf(name, sizeof(name), "%s/filler", dir);
	if (!is_full) {
		CU_ASSERT_EQUAL(unlink(name), 0);
		return;
	}
	fd = open(name, O_CREAT | O_WRONLY | O_APPEND, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		continue;
	close(fd);
}

static void
set_read_only(bool is_read_only)
{
	CU_ASSERT_EQUAL(mount("", dir, "", MS_REMOUNT | (is_read_only ? MS_RDONLY : 0), "size=1m"),
			0);
}

/*
 * B-EP-4: a file system of our own that is full, or read only, with a store on it or without. Needs root; the
 * mount is seen by this process only.
 */
static void
file_system_that_takes_nothing_is_survived_at_the_start(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
			mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	for (unsigned int i = 0; i < 4; i++) {
		bool has_store = i % 2 != 0, is_full = i < 2;

		make_dir();
		if (mount("none", dir, "tmpfs", 0, "size=1m") < 0) {
			rte_openlog_stream(NULL);
			return;
		}
		if (has_store) {
			CU_ASSERT_EQUAL(start(path), -ENOENT);
			lf_map(&f, LF_H1, UDP, 7, 6000);
			stop();
		}
		if (is_full)
			fill_disk(true);
		else
			set_read_only(true);
		CU_ASSERT_EQUAL(start(path), -ENOENT);
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
		CU_ASSERT_EQUAL(n_said("leases are not kept"), 1);
		CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 1, 6000), 0);
		CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		lf_advance(&f, 2 * CGN_KEEPER_RETRY_MS);
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
		if (is_full)
			fill_disk(false);
		else
			set_read_only(false);
		lf_advance(&f, CGN_KEEPER_RETRY_MS);
		prove_good();
		CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
		stop();
		CU_ASSERT_EQUAL(start(path), 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
		stop();
		CU_ASSERT_EQUAL(umount(dir), 0);
		CU_ASSERT_EQUAL(start(""), -ENOENT);
		end();
	}
}

/* Many leases, without a worker's array that would be too small. */
static void
map_many(uint16_t first, uint16_t n, uint32_t lifetime_s)
{
	for (uint16_t i = 0; i < n; i++) {
		CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, (uint16_t)(first + i), lifetime_s), 0);
		memset(f.mappings, 0, sizeof(f.mappings));
	}
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
}

/* Nobody waits for all leases to be put; those that end, are renewed or are made meanwhile are right, too. */
static void
late_store_is_filled_in_slices(void)
{
	make_dir();
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	map_many(1, 1000, 6000);
	map_many(10001, 1000, 11);
	map_many(20001, 1000, 6000);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	lf_advance(&f, CGN_KEEPER_RETRY_MS);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_MISSING);
	CU_ASSERT_TRUE(cgn_timerq_next(f.timers) <= f.now_ms + 1);
	lf_advance(&f, 2);
	map_many(20500, 10, 7000);
	map_many(30000, 10, 6000);
	lf_advance(&f, 2000);
	CU_ASSERT_TRUE(cgn_timerq_next(f.timers) > f.now_ms + 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2010);
	prove_good();
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_KEEPS);
	stop();
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2010);
	end();
}

/* Ended before it had everything: some leases come back, and a new epoch tells of the others. */
static void
half_filled_store_begins_a_new_epoch(void)
{
	for (unsigned int ways = 0; ways < 2; ways++) {
		make_dir();
		CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
		CU_ASSERT_EQUAL(start(path), -ENOENT);
		map_many(1, 1000, 6000);
		CU_ASSERT_EQUAL(rmdir(path), 0);
		lf_advance(&f, CGN_KEEPER_RETRY_MS + ways);
		stop();
		CU_ASSERT_EQUAL(start(path), -ENOENT);
		CU_ASSERT_TRUE(cgn_lessor_count(f.lessor) < 1000);
		CU_ASSERT_NOT_EQUAL(cgn_lessor_count(f.lessor), 0);
		CU_ASSERT_EQUAL(epoch(LF_H1), 0);
		end();
	}
}

/* F-ID-1: homes without a lease, which an earlier release has left in the store, go. */
static void
homes_without_leases_leave_the_store(void)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	map_home(1);
	stop();
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
					"WITH RECURSIVE n(i) AS (VALUES(2) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
					"INSERT INTO realm SELECT i, 56, i * 65536, 0 FROM n;"
					"INSERT INTO lease VALUES (6000, 1, 2, 1, 3, 4, 60, 999999999, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0)",
					NULL, NULL, NULL),
			SQLITE_OK);
	sqlite3_close(db);
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	stop();
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_prepare_v2(db,
					"SELECT (SELECT count(*) FROM realm) + (SELECT count(*) FROM lease)",
					-1, &stmt, NULL),
			SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_step(stmt), SQLITE_ROW);
	CU_ASSERT_EQUAL(sqlite3_column_int(stmt, 0), 2);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	CU_ASSERT_EQUAL(start(path), 0);
	end();
}

static void
run_sql(const char *text)
{
	sqlite3 *db;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* F-ID-1: an epoch of a home that the store does not have goes; it is nobody else's either. */
static void
epoch_of_an_unknown_home_is_not_loaded(void)
{
	uint32_t before;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	map_home(1);
	f.now_ms += 100000;
	f.boot_ms += 100000;
	f.wall_ms += 100000;
	before = epoch(LF_H1);
	stop();
	run_sql("INSERT INTO epoch VALUES (6000, 0, 1), (6000, 3758096385, 1)");
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(epoch(LF_H1), before + 1);
	/* What is known of 6000 is what is known of any other. */
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 6000, LF_H1, f.now_ms), before + 1);
	stop();
	/* It is in the store no more. */
	run_sql("CREATE TABLE x (n INTEGER CHECK (n = 0)) STRICT;"
		"INSERT INTO x SELECT count(*) FROM epoch WHERE realm = 6000; DROP TABLE x");
	CU_ASSERT_EQUAL(start(path), 0);
	end();
}

/* F-ID-1: homes of a store that turns out to be damaged go, unless a lease of theirs was read. */
static void
homes_of_a_damaged_store_go(void)
{
	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	map_home(1);
	stop();
	run_sql("WITH RECURSIVE n(i) AS (VALUES(2) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
		"INSERT INTO realm SELECT i, 56, i * 65536, 0 FROM n;"
		"INSERT INTO lease VALUES (6000, 1, 70000, 1, 3, 4, 60, 999999999, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0)");
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	end();
}

/* Octets of a good store change anywhere: cgnd starts and answers, with what is left or without. */
static void
any_damage_is_survived(void)
{
	enum {
		ROUNDS = 50
	};
	static uint8_t good[1 << 18];
	unsigned int state = 1, n_kept = 0;
	char command[sizeof(path) + 128];
	ssize_t len;
	int fd;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	map_many(1, 200, 60000);
	map_home(3);
	stop();
	fd = open(path, O_RDONLY);
	len = read(fd, good, sizeof(good));
	CU_ASSERT_FATAL(fd >= 0 && len > 4096 && len < (ssize_t)sizeof(good));
	close(fd);
	snprintf(command, sizeof(command), "rm -f %s/*", dir);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		CU_ASSERT_EQUAL(write(fd, good, (size_t)len), len);
		for (unsigned int i = 0; i < 1u + round % 40; i++) {
			uint8_t octet = (uint8_t)rand_r(&state);

			/* Now and then in the header, where most depends on one octet. */
			CU_ASSERT_EQUAL(pwrite(fd, &octet, 1,
							rand_r(&state) %
									(round % 3 == 0 ? 100
											: len)),
					1);
		}
		close(fd);
		n_kept += start(path) == 0;
		CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H2, UDP, 9999, 600), 0);
		CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		lf_advance(&f, CGN_KEEPER_RETRY_MS);
		stop();
		CU_ASSERT_EQUAL(system(command), 0);
	}
	CU_ASSERT_TRUE(n_kept < ROUNDS);
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	end();
}

static void
no_path_is_no_complaint(void)
{
	make_dir();
	CU_ASSERT_EQUAL(start(""), -ENOENT);
	CU_ASSERT_EQUAL(cgn_keeper_state(keeper), CGN_KEEPER_OFF);
	CU_ASSERT_EQUAL(cgn_timerq_next(f.timers), UINT64_MAX);
	CU_ASSERT_EQUAL(n_said("kept"), 0);
	end();
}

/* A signal that asks for the end while a store is read at the start is obeyed, and nothing is lost by it. */
static void
end_while_the_store_is_read_loses_nothing(void)
{
	uint32_t before;
	sigset_t set;
	int sig;

	make_dir();
	CU_ASSERT_EQUAL(start(path), -ENOENT);
	f.now_ms += 100000;
	f.boot_ms += 100000;
	f.wall_ms += 100000;
	CU_ASSERT_NOT_EQUAL(lf_map(&f, LF_H1, UDP, 1, 6000), 0);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	before = epoch(LF_H1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (unsigned int i = 0; i < 4; i++) {
		stop();
		raise(SIGTERM);
		CU_ASSERT_EQUAL(start(path), -ECANCELED);
		CU_ASSERT_EQUAL(sigwait(&set, &sig), 0);
		if (i != 1)
			continue;
		/* From here on there are homes, which are read first. */
		stop();
		CU_ASSERT_EQUAL(start(path), 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
		(void)map_home(1);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	stop();
	CU_ASSERT_EQUAL(start(path), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(epoch(LF_H1), before + 6);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(store_that_comes_late_gets_what_is_in_hand),
	CU_TEST_ROW(homes_of_a_damaged_store_go),
	CU_TEST_ROW(epoch_of_an_unknown_home_is_not_loaded),
	CU_TEST_ROW(store_that_comes_late_forgets_what_it_had),
	CU_TEST_ROW(file_that_is_not_ours_is_done_without_and_stays),
	CU_TEST_ROW(store_that_is_removed_or_replaced_is_made_anew),
	CU_TEST_ROW(disk_that_is_full_is_survived_alike_at_the_start_and_later),
	CU_TEST_ROW(late_store_that_takes_nothing_holds_up_nobody),
	CU_TEST_ROW(store_that_is_emptied_is_made_anew),
	CU_TEST_ROW(each_failure_of_the_store_begins_and_ends),
	CU_TEST_ROW(file_system_that_takes_nothing_is_survived_at_the_start),
	CU_TEST_ROW(late_store_is_filled_in_slices),
	CU_TEST_ROW(half_filled_store_begins_a_new_epoch),
	CU_TEST_ROW(homes_without_leases_leave_the_store),
	CU_TEST_ROW(any_damage_is_survived),
	CU_TEST_ROW(no_path_is_no_complaint),
	CU_TEST_ROW(end_while_the_store_is_read_loses_nothing),
};

CU_MAIN("keeper", tests)
