/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/storefix.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Field by field: the padding of a struct may have any value. */
static void
is_lease(const struct cgn_store_lease *a, const struct cgn_store_lease *b)
{
	CU_ASSERT_EQUAL(a->realm, b->realm);
	CU_ASSERT_EQUAL(a->lifetime_s, b->lifetime_s);
	CU_ASSERT_EQUAL(memcmp(&a->in, &b->in, sizeof(a->in)), 0);
	CU_ASSERT_EQUAL(memcmp(&a->ext, &b->ext, sizeof(a->ext)), 0);
	CU_ASSERT_EQUAL(a->by.by, b->by.by);
	CU_ASSERT_EQUAL(memcmp(a->by.nonce, b->by.nonce, sizeof(a->by.nonce)), 0);
	CU_ASSERT_EQUAL(a->end_ms, b->end_ms);
	CU_ASSERT_EQUAL(a->peer.addr, b->peer.addr);
	CU_ASSERT_EQUAL(a->peer.port, b->peer.port);
	CU_ASSERT_EQUAL(memcmp(a->peer.nonce, b->peer.nonce, sizeof(a->peer.nonce)), 0);
	CU_ASSERT_EQUAL(a->peer_end_ms, b->peer_end_ms);
	CU_ASSERT_EQUAL(a->description_len, b->description_len);
	CU_ASSERT_EQUAL(memcmp(seen.description, b->description, b->description_len), 0);
}

/* B-EP-4: port, end, protocol and owner come back. */
static void
committed_lease_comes_back_whole(void)
{
	struct cgn_store_lease l = lease(80, 3600);
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_FALSE(cgn_store_is_dirty(s));
	CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
	CU_ASSERT_TRUE(cgn_store_is_dirty(s));
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	CU_ASSERT_FALSE(cgn_store_is_dirty(s));
	cgn_store_close(s);
	look();
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	is_lease(&seen.lease[0], &l);
	forget();
}

static void
put_again_replaces_and_del_removes(void)
{
	struct cgn_store_lease a = lease(80, 60), b = lease(81, 60);
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &a), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &b), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	a.lifetime_s = 120;
	CU_ASSERT_EQUAL(cgn_store_put(s, &a), 0);
	CU_ASSERT_EQUAL(cgn_store_del(s, 7, &b.in), 0);
	CU_ASSERT_EQUAL(cgn_store_del(s, 8, &a.in), 0); /* another realm's */
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
	look();
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.lease[0].lifetime_s, 120);
	forget();
}

/* B-EP-2: the epoch is restored. */
static void
epoch_comes_back(void)
{
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 0, 0, 1000), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 0, 0, 2000), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
	look();
	CU_ASSERT_EQUAL(seen.n_epochs, 1);
	CU_ASSERT_EQUAL(seen.epoch_ms, 2000);
	forget();
}

static void
store_without_a_path_keeps_nothing(void)
{
	struct cgn_store_lease l = lease(80, 60);
	struct cgn_store *s = (struct cgn_store *)&l;

	CU_ASSERT_EQUAL(cgn_store_open(&s, "", why), 0);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_EQUAL(cgn_store_put(NULL, &l), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(NULL), 0);
	CU_ASSERT_EQUAL(cgn_store_load(NULL, &visitor, &seen), 0);
	CU_ASSERT_FALSE(cgn_store_is_dirty(NULL));
	cgn_store_close(NULL);
}

static unsigned int
files_like(const char *pattern)
{
	char full[sizeof(dir) + 64];
	glob_t g;
	size_t n;

	snprintf(full, sizeof(full), "%s/%s", dir, pattern);
	n = glob(full, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
	globfree(&g);
	return (unsigned int)n;
}

static void
write_file(const char *text, size_t n)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, n), (ssize_t)n);
	close(fd);
}

/* The whole content of the file. @return its length */
static size_t
read_file(char *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, out, size);

	CU_ASSERT_FATAL(fd >= 0 && n >= 0);
	close(fd);
	return (size_t)n;
}

/* It is refused with the reason, and neither it nor anything beside it changes. */
static void
expect_refused(int ret, const char *reason, unsigned int n_files)
{
	static char before[65536], after[65536];
	struct cgn_store *s = NULL;
	size_t n = read_file(before, sizeof(before));
	struct stat st, now;

	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), ret);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_STRING_EQUAL(why, reason);
	CU_ASSERT_EQUAL(read_file(after, sizeof(after)), n);
	CU_ASSERT_EQUAL(memcmp(before, after, n), 0);
	CU_ASSERT_EQUAL(stat(path, &now), 0);
	CU_ASSERT_EQUAL(now.st_ino, st.st_ino);
	CU_ASSERT_EQUAL(now.st_mode, st.st_mode);
	CU_ASSERT_EQUAL(files_like("*"), n_files);
}

static void
file_that_is_no_store_is_left_alone(void)
{
	static const char yaml[] = "ports:\n  - {name: inside0}\n";
	char junk[8192];

	memset(junk, 'x', sizeof(junk));
	write_file(junk, sizeof(junk));
	expect_refused(-EPERM, "is not a store of cgnd", 1);
	write_file(yaml, sizeof(yaml) - 1);
	expect_refused(-EPERM, "is not a store of cgnd", 1);
	forget();
}

/* Also while the other program has it open, with a log beside it. */
static void
database_of_another_program_is_left_alone(void)
{
	sqlite3 *db;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
					"PRAGMA application_id = 7; CREATE TABLE lease (x); INSERT INTO lease VALUES (1)",
					NULL, NULL, NULL),
			SQLITE_OK);
	expect_refused(-EPERM, "is not a store of cgnd", 1);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "PRAGMA journal_mode = WAL; INSERT INTO lease VALUES (2)",
					NULL, NULL, NULL),
			SQLITE_OK);
	expect_refused(-EPERM, "is not a store of cgnd", 3);
	sqlite3_close(db);
	forget();
}

static void
what_is_no_regular_file_is_left_alone(void)
{
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL(cgn_store_open(&s, "/dev/null", why), -EPERM);
	CU_ASSERT_STRING_EQUAL(why, "is not a regular file");
	CU_ASSERT_NOT_EQUAL(access("/dev/null-journal", F_OK), 0);
	CU_ASSERT_EQUAL(cgn_store_open(&s, dir, why), -EPERM);
	/* Nobody reads this one: it must not be waited for. */
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), -EPERM);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_EQUAL(files_like("*"), 1);
	forget();
}

/* A store may be a link to a file that is there, but none is made through a link. */
static void
link_to_nothing_is_refused_by_name(void)
{
	struct cgn_store *s = NULL;
	char target[sizeof(path) + 8];

	snprintf(target, sizeof(target), "%s-real", path);
	CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
	CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), -ENOENT);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_STRING_EQUAL(why, "is a symbolic link to a file that does not exist");
	CU_ASSERT_NOT_EQUAL(access(target, F_OK), 0);
	close(open(target, O_WRONLY | O_CREAT, 0600));
	CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), 0);
	cgn_store_close(s);
	unlink(target);
	forget();
}

/* Only root can give files away. */
static void
file_of_another_user_is_left_alone(void)
{
	struct cgn_store *s = NULL;

	if (geteuid() != 0)
		return;
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	cgn_store_close(s);
	CU_ASSERT_EQUAL(chown(path, 65534, 65534), 0);
	expect_refused(-EPERM, "belongs to another user", 1);
	forget();
}

/* After a downgrade the newer store waits for the newer program. */
static void
store_of_a_newer_layout_is_left_alone(void)
{
	struct cgn_store_lease l = lease(80, 60);
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
	meddle("PRAGMA user_version = 5");
	expect_refused(-EPROTONOSUPPORT, "was written by a newer cgnd", 1);
	meddle("PRAGMA user_version = 4");
	look();
	CU_ASSERT_EQUAL(seen.n, 1);
	forget();
}

static unsigned int
mode_of(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* Who talks to whom is nobody else's business. */
static void
store_is_for_its_owner_only(void)
{
	struct cgn_store *s = NULL;
	char inner[320], file[340];

	umask(0);
	snprintf(inner, sizeof(inner), "%s/inner", dir);
	snprintf(file, sizeof(file), "%s/state.db", inner);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, file, why), 0);
	CU_ASSERT_EQUAL(cgn_store_begin(s, 0, true, 1, 1), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 0, 0, 1), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	CU_ASSERT_EQUAL(mode_of(inner), 0700);
	CU_ASSERT_EQUAL(mode_of(file), 0600);
	strcat(file, "-wal");
	CU_ASSERT_EQUAL(mode_of(file), 0600);
	cgn_store_close(s);
	/* One that an earlier release has made. */
	file[strlen(file) - 4] = '\0';
	CU_ASSERT_EQUAL(chmod(file, 0644), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, file, why), 0);
	CU_ASSERT_EQUAL(mode_of(file), 0600);
	cgn_store_close(s);
	umask(022);
	forget();
}

static void
damaged_page_is_found_and_set_aside(void)
{
	struct cgn_store *s = NULL;
	char junk[4096];
	int fd;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	for (uint16_t i = 1; i <= 2000; i++) {
		struct cgn_store_lease l = lease(i, 60);

		CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
	}
	cgn_store_close(s);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(path, O_WRONLY);
	CU_ASSERT_FATAL(fd >= 0);
	for (off_t at = 2 * 4096; at < 12 * 4096; at += 4096)
		CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), at), (ssize_t)sizeof(junk));
	close(fd);
	s = NULL;
	CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), -EBADMSG);
	CU_ASSERT_EQUAL(files_like("state.db.damaged-*"), 1);
	look();
	CU_ASSERT_EQUAL(seen.n, 0);
	forget();
}

/* Damage that leaves a sound database: tables or columns have other names or are gone. */
static void
store_without_its_tables_is_set_aside(void)
{
	static const char *const damage[] = { "DROP TABLE lease", "DROP TABLE epoch",
		"ALTER TABLE lease RENAME COLUMN end_ms TO dnd_ms",
		"ALTER TABLE stamp RENAME COLUMN boot TO hd", "DELETE FROM stamp",
		"DROP TABLE stamp; CREATE VIEW stamp AS SELECT 1",
		"DROP TABLE realm; CREATE INDEX realm ON epoch (start_ms)" };

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		struct cgn_store *s = NULL;
		sqlite3 *db;

		CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
		cgn_store_close(s);
		CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
		CU_ASSERT_EQUAL(sqlite3_exec(db, damage[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		s = NULL;
		CU_ASSERT_EQUAL(cgn_store_open(&s, path, why), -EBADMSG);
		CU_ASSERT_PTR_NULL(s);
		CU_ASSERT_EQUAL(files_like("state.db.damaged-*"), 1);
		look();
		forget();
	}
}

static void
second_process_is_kept_out(void)
{
	struct cgn_store *s = NULL, *other = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_open(&other, path, why), -EBUSY);
	CU_ASSERT_PTR_NULL(other);
	cgn_store_close(s);
	forget();
}

/* Two cgnd on one store: the second one says whose it is. REQ: G-DAY-36 */
static void
process_that_has_the_store_is_named(void)
{
	struct cgn_store *s = NULL, *other = NULL;
	char expected[64], c;
	int ready[2], done[2];
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(done), 0);
	pid = fork();
	CU_ASSERT_TRUE_FATAL(pid >= 0);
	if (pid == 0) {
		close(done[1]);
		c = cgn_store_open(&s, path, why) == 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			(void)!read(done[0], &c, 1);
		_exit(0);
	}
	CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
	CU_ASSERT_EQUAL(c, 'y');
	CU_ASSERT_EQUAL(cgn_store_open(&other, path, why), -EBUSY);
	snprintf(expected, sizeof(expected), "process %d has it open", (int)pid);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, expected));
	close(done[1]);
	waitpid(pid, NULL, 0);
	for (unsigned int i = 0; i < 2; i++)
		close(ready[i]);
	close(done[0]);
	forget();
}

static void
visitor_ends_the_load(void)
{
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	for (uint16_t i = 1; i <= 3; i++) {
		struct cgn_store_lease l = lease(i, 60);

		CU_ASSERT_EQUAL(cgn_store_put(s, &l), 0);
	}
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	memset(&seen, 0, sizeof(seen));
	seen.stop_with = -ECANCELED;
	CU_ASSERT_EQUAL(cgn_store_load(s, &visitor, &seen), -ECANCELED);
	CU_ASSERT_EQUAL(seen.n, 1);
	cgn_store_close(s);
	forget();
}

/* Child: put one lease after the other and say so after each commit, until it is killed. */
static void
child(int says)
{
	struct cgn_store *s = NULL;

	if (cgn_store_open(&s, path, why) != 0)
		_exit(1);
	for (uint16_t port = 1; port < LEASES_MAX; port++) {
		struct cgn_store_lease l = lease(port, 60);

		if (cgn_store_put(s, &l) != 0 || cgn_store_commit(s) != 0)
			_exit(2);
		if (write(says, &port, sizeof(port)) != sizeof(port))
			_exit(3);
	}
	pause();
	_exit(0);
}

/* B-EP-4: kill -9 at any point loses nothing that was committed. */
static void
killed_process_loses_nothing_committed(void)
{
	for (unsigned int round = 0; round < 20; round++) {
		unsigned int enough = 1 + round * 7;
		uint16_t port = 0, last = 0;
		int fd[2];
		pid_t pid;

		CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
		pid = fork();
		if (pid == 0)
			child(fd[1]);
		close(fd[1]);
		while (last < enough && read(fd[0], &port, sizeof(port)) == sizeof(port))
			last = port;
		kill(pid, SIGKILL);
		/* What it said before the signal came counts as well. */
		while (read(fd[0], &port, sizeof(port)) == sizeof(port))
			last = port;
		close(fd[0]);
		waitpid(pid, NULL, 0);
		look();
		CU_ASSERT_TRUE(last >= enough);
		CU_ASSERT_TRUE(seen.n >= last);
		forget();
	}
}

/* A process with a lease and an epoch that ends by kill -9. */
static void
be_killed(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct cgn_store_lease l = lease(80, 3600);
		struct cgn_store *s = NULL;

		if (cgn_store_open(&s, path, why) == 0 &&
				cgn_store_begin(s, 0, true, 1000, 50) == 0 &&
				cgn_store_put(s, &l) == 0 &&
				cgn_store_put_epoch(s, 0, 0, 12345) == 0 &&
				cgn_store_put_stamp(s, 1010, 60) == 0)
			(void)cgn_store_commit(s);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
}

/* B-EP-1: whether something may be missing is for the reader to judge: the stamp says what there is. */
static void
stamp_says_when_and_in_which_run_the_store_was_written(void)
{
	struct cgn_store *s = NULL;
	struct cgn_store_stamp st = stamp();

	CU_ASSERT_TRUE(st.is_new);
	be_killed();
	st = stamp();
	CU_ASSERT_FALSE(st.is_new);
	CU_ASSERT_TRUE(st.is_this_boot);
	CU_ASSERT_TRUE(st.was_open);
	CU_ASSERT_EQUAL(st.wall_ms, 1010);
	CU_ASSERT_EQUAL(st.boot_ms, 60);
	meddle("UPDATE stamp SET boot = 'another'");
	CU_ASSERT_FALSE(stamp().is_this_boot);
	/* Times move into this run; closed in order. */
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_begin(s, -40, true, 2000, 20), 0);
	cgn_store_close(s);
	st = stamp();
	CU_ASSERT_TRUE(st.is_this_boot);
	CU_ASSERT_FALSE(st.was_open);
	CU_ASSERT_EQUAL(st.boot_ms, 20);
	look();
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.lease[0].end_ms, lease(80, 3600).end_ms - 40);
	CU_ASSERT_EQUAL(seen.lease[0].peer_end_ms, lease(80, 3600).peer_end_ms - 40);
	CU_ASSERT_EQUAL(seen.epoch_ms, 12345 - 40);
	/* Without its epochs. */
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_begin(s, 0, false, 2000, 20), 0);
	cgn_store_close(s);
	look();
	CU_ASSERT_EQUAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.n_epochs, 0);
	forget();
}

static void
cleared_store_keeps_what_is_put_afterwards(void)
{
	struct cgn_store_lease a = lease(80, 60), b = lease(81, 60);
	struct cgn_store *s = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &a), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 7, 1, 5), 0);
	CU_ASSERT_EQUAL(cgn_store_put_realm(s, 7, &(struct cgn_ip6){ .b = { 1 } }, 48), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	CU_ASSERT_EQUAL(cgn_store_clear(s), 0);
	CU_ASSERT_EQUAL(cgn_store_put(s, &b), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 0, 0, 6), 0);
	CU_ASSERT_EQUAL(cgn_store_put_epoch(s, 7, 2, 7), 0);
	CU_ASSERT_EQUAL(cgn_store_del_epoch(s, 7, 2), 0);
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
	look();
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.lease[0].in.port, b.in.port);
	CU_ASSERT_EQUAL(seen.n_epochs, 1);
	CU_ASSERT_EQUAL(seen.epoch_ms, 6);
	forget();
}

static struct cgn_ip6 seen_b4;
static unsigned int seen_len;

static int
see_realm(void *arg, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	(void)arg;
	CU_ASSERT_EQUAL(realm, 7);
	seen_b4 = *b4;
	seen_len = len;
	return 0;
}

/* F-HA-1: the B4 of a realm is kept with its leases; put again, the last one counts. */
static void
b4_of_a_realm_is_kept(void)
{
	static const struct cgn_store_visitor realms = { .realm = see_realm };
	struct cgn_ip6 b4 = { .b = { 0x20, 1, 0x0d, 0xb8, 0xff, 1, 0x80, [15] = 0xfe } };
	struct cgn_store *s;

	unlink(path);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_put_realm(s, 7, &(struct cgn_ip6){ .b = { 1 } }, 48), 0);
	CU_ASSERT_EQUAL(cgn_store_put_realm(s, 7, &b4, 56), 0);
	CU_ASSERT_TRUE(cgn_store_is_dirty(s));
	CU_ASSERT_EQUAL(cgn_store_commit(s), 0);
	cgn_store_close(s);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&s, path, why), 0);
	CU_ASSERT_EQUAL(cgn_store_load(s, &realms, NULL), 0);
	CU_ASSERT_EQUAL(memcmp(&seen_b4, &b4, sizeof(b4)), 0);
	CU_ASSERT_EQUAL(seen_len, 56);
	cgn_store_close(s);
	unlink(path);
	CU_ASSERT_EQUAL(cgn_store_put_realm(NULL, 7, &b4, 56), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(committed_lease_comes_back_whole),
	CU_TEST_ROW(put_again_replaces_and_del_removes),
	CU_TEST_ROW(epoch_comes_back),
	CU_TEST_ROW(store_without_a_path_keeps_nothing),
	CU_TEST_ROW(file_that_is_no_store_is_left_alone),
	CU_TEST_ROW(database_of_another_program_is_left_alone),
	CU_TEST_ROW(what_is_no_regular_file_is_left_alone),
	CU_TEST_ROW(link_to_nothing_is_refused_by_name),
	CU_TEST_ROW(file_of_another_user_is_left_alone),
	CU_TEST_ROW(store_of_a_newer_layout_is_left_alone),
	CU_TEST_ROW(store_is_for_its_owner_only),
	CU_TEST_ROW(damaged_page_is_found_and_set_aside),
	CU_TEST_ROW(store_without_its_tables_is_set_aside),
	CU_TEST_ROW(second_process_is_kept_out),
	CU_TEST_ROW(process_that_has_the_store_is_named),
	CU_TEST_ROW(visitor_ends_the_load),
	CU_TEST_ROW(killed_process_loses_nothing_committed),
	CU_TEST_ROW(b4_of_a_realm_is_kept),
	CU_TEST_ROW(stamp_says_when_and_in_which_run_the_store_was_written),
	CU_TEST_ROW(cleared_store_keeps_what_is_put_afterwards),
};

int
main(void)
{
	return run_in_scratch("store", tests, RTE_DIM(tests));
}
