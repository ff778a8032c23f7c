/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The SQLite database of leases, epochs and homes, and its commits in a thread.
 *
 * The control thread only queues changes. The thread that has the database writes them in one transaction.
 */
#include "controlplane/lease/store.h"

#include "controlplane/lease/aside.h"
#include "controlplane/lease/store_rows.h"
#include "controlplane/lease/store_sql.h"
#include "shared/clock_ms.h"
#include "shared/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

CGN_LOG_TYPE("store");

/* In the header of the file: that it is a store of cgnd ("cgnS"), and which layout its tables have. */
#define APPLICATION_ID 0x63676e53
#define LAYOUT         4

#define STRING(x)      #x
#define TEXT(x)        STRING(x)

enum op_kind {
	OP_PUT,
	OP_DEL,
	OP_EPOCH,
	OP_EPOCH_DEL,
	OP_REALM,
	OP_REALM_DEL,
	OP_STAMP,
	OP_CLEAR_LEASES,
	OP_CLEAR_EPOCHS,
	OP_CLEAR_REALMS,
	OP_COUNT,
};

#define VALUES_MAX 16

/** One change that is not committed yet: the parameters of its statement. */
struct op {
	enum op_kind kind;
	int64_t values[VALUES_MAX];
	char *text; /* the parameters behind the numbers: a text, and octets behind it. NULL: there are none */
	int text_len; /* 0: the parameter is NULL */
	int blob_len; /* 0: the parameter is NULL */
};

struct cgn_store {
	sqlite3 *db;
	sqlite3_stmt *stmt[OP_COUNT];
	char *path;
	struct op *ops;
	size_t n_ops;
	size_t room;
	struct cgn_store_stamp stamp; /* as it was found */
	bool failing;                 /* the last commit failed */
	bool is_quiet;                /* failures of commits are not logged */
	bool in_use;                  /* the file says that it is in use */
	dev_t dev;                    /* of the file */
	ino_t ino;
	/* What belongs to a commit. While the thread works, only the thread may use it. */
	struct cgn_aside *aside; /* the thread; NULL: the owner of the store writes */
	struct op *taken;        /* the changes that it writes */
	size_t n_taken;
	size_t taken_room;
	uint64_t n_commits;
	_Atomic(bool) is_gone; /* somebody removed, replaced or emptied the file */
	char reason[128];
};

static const char *const sql[OP_COUNT] = {
	[OP_PUT] = ("INSERT OR REPLACE INTO lease (realm, in_addr, in_port, proto, ext_addr, ext_port, "
		    "lifetime_s, end_ms, made_by, nonce_high, nonce_low, "
		    "peer_high, peer_low, peer_addr, peer_port, peer_end_ms, description, filters) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"),
	[OP_DEL] = "DELETE FROM lease WHERE realm = ?1 AND in_addr = ?2 AND in_port = ?3 AND proto = ?4",
	[OP_EPOCH] = "INSERT OR REPLACE INTO epoch (realm, addr, start_ms) VALUES (?1, ?2, ?3)",
	[OP_EPOCH_DEL] = "DELETE FROM epoch WHERE realm = ?1 AND addr = ?2",
	[OP_REALM] = "INSERT OR REPLACE INTO realm (realm, len, high, low) VALUES (?1, ?2, ?3, ?4)",
	[OP_REALM_DEL] = "DELETE FROM realm WHERE realm = ?1",
	[OP_STAMP] = "UPDATE stamp SET wall_ms = ?1, boot_ms = ?2",
	[OP_CLEAR_LEASES] = "DELETE FROM lease",
	[OP_CLEAR_EPOCHS] = "DELETE FROM epoch",
	[OP_CLEAR_REALMS] = "DELETE FROM realm",
};

#define STAMP_TABLE                                                                                    \
	"CREATE TABLE stamp (boot TEXT NOT NULL, is_open INTEGER NOT NULL, wall_ms INTEGER NOT NULL, " \
	"boot_ms INTEGER NOT NULL) STRICT;"

static const char *const layout =
		"CREATE TABLE lease (realm INTEGER NOT NULL, in_addr INTEGER NOT NULL, in_port INTEGER NOT NULL, "
		"proto INTEGER NOT NULL, ext_addr INTEGER NOT NULL, ext_port INTEGER NOT NULL, "
		"lifetime_s INTEGER NOT NULL, end_ms INTEGER NOT NULL, made_by INTEGER NOT NULL DEFAULT 0, "
		"nonce_high INTEGER NOT NULL DEFAULT 0, nonce_low INTEGER NOT NULL DEFAULT 0, "
		"description TEXT, filters BLOB, "
		"peer_high INTEGER NOT NULL DEFAULT 0, peer_low INTEGER NOT NULL DEFAULT 0, "
		"peer_addr INTEGER NOT NULL DEFAULT 0, peer_port INTEGER NOT NULL DEFAULT 0, "
		"peer_end_ms INTEGER NOT NULL DEFAULT 0, "
		"PRIMARY KEY (realm, in_addr, in_port, proto)) STRICT, WITHOUT ROWID;"
		"CREATE TABLE epoch (realm INTEGER NOT NULL, addr INTEGER NOT NULL, start_ms INTEGER NOT NULL, "
		"PRIMARY KEY (realm, addr)) STRICT, WITHOUT ROWID;"
		"CREATE TABLE realm (realm INTEGER PRIMARY KEY, len INTEGER NOT NULL, "
		"high INTEGER NOT NULL, low INTEGER NOT NULL) STRICT;" STAMP_TABLE
		"INSERT INTO stamp VALUES ('', 0, 0, 0);"
		"PRAGMA application_id = " TEXT(APPLICATION_ID) "; PRAGMA user_version = " TEXT(
				LAYOUT) ";";

/* Whether somebody has removed, replaced or emptied the file. Then nobody would find what is written. */
static bool
has_gone(const struct cgn_store *s)
{
	struct stat st;

	if (stat(s->path, &st) < 0)
		return errno == ENOENT;
	return st.st_dev != s->dev || st.st_ino != s->ino || st.st_size == 0;
}

static void
close_db(struct cgn_store *s)
{
	/* Otherwise SQLite would copy its log into the empty file. The log alone is no store. */
	if (s->db != NULL && has_gone(s))
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	for (unsigned int i = 0; i < OP_COUNT; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	s->in_use = false;
}

/* Rename the file and the files that belong to it, so that a new store can be made. */
static void
set_aside(struct cgn_store *s)
{
	close_db(s);
	cgn_storefile_set_aside(s->path);
}

/* The id if the kernel does not tell it. It counts as different from every id, even from itself. */
#define BOOT_UNKNOWN "unknown"

/* Read the id of this run of the machine. The kernel makes a new one at each boot. */
static void
boot_id(char *out, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f == NULL || fgets(out, (int)size, f) == NULL)
		snprintf(out, size, BOOT_UNKNOWN);
	out[strcspn(out, "\n'")] = '\0';
	if (f != NULL)
		fclose(f);
}

/*
 * Make the tables of an empty file.
 *
 * This comes before the file gets a write-ahead log. So the header says from the first write on that the file
 * is a store of cgnd, even if the process ends at once.
 */
static int
make_tables(struct cgn_store *s)
{
	int ret = cgn_store_sql_run(s->db, "BEGIN EXCLUSIVE;");

	if (ret == 0)
		ret = cgn_store_sql_run(s->db, layout);
	return ret < 0 ? ret : cgn_store_sql_run(s->db, "COMMIT;");
}

/* Configure SQLite for one process. The lock is taken once and kept. At first every write waits for the
 * disk; cgn_store_begin() changes that. */
static int
configure(struct cgn_store *s, bool is_new)
{
	char answer[64];
	int ret = cgn_store_sql_run(
			s->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;");

	if (ret == 0 && is_new)
		ret = make_tables(s);
	if (ret == 0)
		ret = cgn_store_sql_run(
				s->db, "PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE; COMMIT;");
	if (ret == 0)
		ret = cgn_store_sql_ask(s->db, "PRAGMA quick_check(1)", answer, sizeof(answer));
	if (ret == 0 && strcmp(answer, "ok") != 0)
		ret = -EBADMSG;
	return ret;
}

/* Convert a store of layout 1. It had times of the wall clock, and a table with the id of the run of the
 * machine that had it open. It did not note what the clocks showed then, so what they show now has to
 * do. */
static int
convert_layout_1(struct cgn_store *s)
{
	int64_t wall = cgn_clock_ms(CLOCK_REALTIME), boot = cgn_clock_ms(CLOCK_BOOTTIME);
	char statement[1024], now[64];

	boot_id(now, sizeof(now));
	snprintf(statement, sizeof(statement),
			"BEGIN; UPDATE lease SET end_ms = end_ms - %lld; UPDATE epoch SET start_ms = start_ms - %lld;"
			"CREATE TABLE IF NOT EXISTS realm (realm INTEGER PRIMARY KEY, len INTEGER NOT NULL, "
			"high INTEGER NOT NULL, low INTEGER NOT NULL) STRICT;"
			"CREATE TABLE IF NOT EXISTS boot (id TEXT NOT NULL) STRICT;" STAMP_TABLE
			"INSERT INTO stamp SELECT coalesce(max(id), '%s'), count(*), %lld, %lld FROM boot;"
			"DROP TABLE boot; PRAGMA user_version = 2; COMMIT;",
			(long long)(wall - boot), (long long)(wall - boot), now, (long long)wall,
			(long long)boot);
	return cgn_store_sql_run(s->db, statement);
}

/* Convert a store of layout 2. All its leases are of NAT-PMP. */
static int
convert_layout_2(struct cgn_store *s)
{
	return cgn_store_sql_run(s->db,
			"BEGIN; ALTER TABLE lease ADD COLUMN made_by INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN nonce_high INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN nonce_low INTEGER NOT NULL DEFAULT 0;"
			"PRAGMA user_version = 3; COMMIT;");
}

/* Convert a store of layout 3. It had no descriptions, no filters, and nothing of PEER. */
static int
convert_layout_3(struct cgn_store *s)
{
	return cgn_store_sql_run(s->db,
			"BEGIN; ALTER TABLE lease ADD COLUMN description TEXT;"
			"ALTER TABLE lease ADD COLUMN filters BLOB;"
			"ALTER TABLE lease ADD COLUMN peer_high INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN peer_low INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN peer_addr INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN peer_port INTEGER NOT NULL DEFAULT 0;"
			"ALTER TABLE lease ADD COLUMN peer_end_ms INTEGER NOT NULL DEFAULT 0;"
			"PRAGMA user_version = 4; COMMIT;");
}

/* Convert a store of a former layout, one layout after the other. */
static int
convert(struct cgn_store *s, long from)
{
	int ret = 0;

	if (from == 1)
		ret = convert_layout_1(s);
	if (ret == 0 && from <= 2)
		ret = convert_layout_2(s);
	return ret < 0 ? ret : convert_layout_3(s);
}

static int
check_layout(struct cgn_store *s, char *why)
{
	char version[64];
	int ret = cgn_store_sql_ask(s->db, "PRAGMA user_version", version, sizeof(version));

	long found;

	if (ret < 0)
		return ret;
	found = strtol(version, NULL, 10);
	if (found < 1)
		return -EBADMSG;
	if (found <= LAYOUT)
		return found == LAYOUT ? 0 : convert(s, found);
	snprintf(why, CGN_STOREFILE_WHY_MAX, "was written by a newer cgnd");
	return -EPROTONOSUPPORT;
}

static int
read_stamp(struct cgn_store *s)
{
	sqlite3_stmt *stmt = NULL;
	char now[64];
	int rc = sqlite3_prepare_v2(s->db, "SELECT boot, is_open, wall_ms, boot_ms FROM stamp", -1,
			&stmt, NULL);

	boot_id(now, sizeof(now));
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *boot = (const char *)sqlite3_column_text(stmt, 0);

		s->stamp = (struct cgn_store_stamp){
			.is_this_boot = boot != NULL && strcmp(boot, now) == 0 &&
					strcmp(boot, BOOT_UNKNOWN) != 0,
			.was_open = sqlite3_column_int(stmt, 1) != 0,
			.wall_ms = sqlite3_column_int64(stmt, 2),
			.boot_ms = sqlite3_column_int64(stmt, 3),
			.is_new = boot != NULL && boot[0] == '\0',
		};
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? -EBADMSG : cgn_store_sql_errno(rc);
}

static void
tell_holder(const struct cgn_store *s, char *why)
{
	const pid_t pid = cgn_storefile_holder(s->dev, s->ino);
	char who[40] = "another process";

	if (pid > 0)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	snprintf(why, CGN_STOREFILE_WHY_MAX,
			"%s has it open; each cgnd needs a store.path of its own", who);
}

static int
open_db(struct cgn_store *s, char *why)
{
	bool is_new = false;
	struct stat st;
	int ret = cgn_storefile_look(s->path, APPLICATION_ID, LAYOUT, &is_new, why);

	if (ret < 0)
		return ret;
	ret = cgn_store_sql_errno(sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL));
	if (stat(s->path, &st) == 0) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	if (ret == 0)
		ret = configure(s, is_new);
	if (ret == 0)
		ret = check_layout(s, why);
	if (ret == 0)
		ret = read_stamp(s);
	for (unsigned int i = 0; ret == 0 && i < OP_COUNT; i++)
		ret = cgn_store_sql_errno(sqlite3_prepare_v3(
				s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL));
	/* The statements fit every store. If SQLite refuses one, tables are missing or have been
	 * changed. */
	if (ret == -EIO && sqlite3_errcode(s->db) == SQLITE_ERROR)
		ret = -EBADMSG;
	if (ret == -EBUSY)
		tell_holder(s, why);
	else if (ret < 0 && why[0] == '\0')
		snprintf(why, CGN_STOREFILE_WHY_MAX, "%s", sqlite3_errmsg(s->db));
	if (ret == -EBADMSG)
		set_aside(s);
	return ret;
}

int
cgn_store_open(struct cgn_store **out, const char *path, char why[static CGN_STOREFILE_WHY_MAX])
{
	struct cgn_store *s;
	int ret;

	why[0] = '\0';
	if (path == NULL || path[0] == '\0') {
		*out = NULL;
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->path = strdup(path);
	ret = s->path == NULL ? -ENOMEM : open_db(s, why);
	if (ret < 0) {
		cgn_store_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

struct cgn_store_stamp
cgn_store_stamp(const struct cgn_store *s)
{
	return s == NULL ? (struct cgn_store_stamp){ 0 } : s->stamp;
}

/*
 * After a commit the kernel has the data, so it survives the end of the process at any point.
 *
 * Nobody waits until the disk has it. On a busy disk that takes seconds, in which nobody would be answered. So
 * a power cut may destroy commits. The next start notices that: as long as the store is open, it says on disk
 * in which run of the machine it was opened.
 */
int
cgn_store_begin(struct cgn_store *s, int64_t shift_ms, bool keeps_epochs, int64_t wall_ms,
		int64_t boot_ms)
{
	char statement[512], now[64];
	int ret;

	if (s == NULL)
		return 0;
	if (s->db == NULL)
		return -EBADMSG;
	if (s->in_use)
		return 0;
	boot_id(now, sizeof(now));
	snprintf(statement, sizeof(statement),
			"BEGIN; UPDATE lease SET end_ms = end_ms + %lld, peer_end_ms = peer_end_ms + %lld "
			"WHERE %lld != 0;"
			"UPDATE epoch SET start_ms = start_ms + %lld WHERE %lld != 0; %s"
			"UPDATE stamp SET boot = '%s', is_open = 1, wall_ms = %lld, boot_ms = %lld; COMMIT;",
			(long long)shift_ms, (long long)shift_ms, (long long)shift_ms,
			(long long)shift_ms, (long long)shift_ms,
			keeps_epochs ? "" : "DELETE FROM epoch;", now, (long long)wall_ms,
			(long long)boot_ms);
	ret = cgn_store_sql_run(s->db, statement);
	if (ret == 0)
		ret = cgn_store_sql_run(s->db,
				"PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = OFF;");
	s->in_use = ret == 0;
	if (ret == -EBADMSG)
		set_aside(s);
	return ret;
}

static int
apply(struct cgn_store *s, const struct op *op)
{
	sqlite3_stmt *stmt = s->stmt[op->kind];
	int rc;

	for (int i = 0; i < RTE_MIN(sqlite3_bind_parameter_count(stmt), VALUES_MAX); i++)
		sqlite3_bind_int64(stmt, i + 1, op->values[i]);
	if (op->kind == OP_PUT) {
		sqlite3_bind_text(stmt, VALUES_MAX + 1, op->text_len == 0 ? NULL : op->text,
				op->text_len, SQLITE_STATIC);
		sqlite3_bind_blob(stmt, VALUES_MAX + 2,
				op->blob_len == 0 ? NULL : op->text + op->text_len, op->blob_len,
				SQLITE_STATIC);
	}
	rc = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return cgn_store_sql_errno(rc);
}

/* Write the changes that were taken, in one transaction. This runs in the thread of the store, if it has
 * one. */
static int
write_taken(void *arg)
{
	struct cgn_store *s = arg;
	int ret = s->db == NULL ? -EIO : 0;

	s->reason[0] = '\0';
	if (ret < 0 || s->n_taken == 0)
		return ret;
	ret = cgn_store_sql_run(s->db, "BEGIN");
	for (size_t i = 0; ret == 0 && i < s->n_taken; i++)
		ret = apply(s, &s->taken[i]);
	if (ret == 0)
		ret = cgn_store_sql_run(s->db, "COMMIT");
	if (ret < 0) {
		snprintf(s->reason, sizeof(s->reason), "%s", sqlite3_errmsg(s->db));
		(void)cgn_store_sql_run(s->db, "ROLLBACK");
	}
	s->is_gone = has_gone(s);
	return ret;
}

/* Move the new changes to those that the next commit writes. Changes of a commit that failed are still
 * there and come first. */
static int
take_ops(struct cgn_store *s)
{
	size_t n = s->n_taken + s->n_ops;

	if (n > s->taken_room) {
		struct op *ops = realloc(s->taken, n * sizeof(*ops));

		if (ops == NULL)
			return -ENOMEM;
		s->taken = ops;
		s->taken_room = n;
	}
	if (s->n_ops > 0)
		memcpy(s->taken + s->n_taken, s->ops, s->n_ops * sizeof(*s->ops));
	s->n_taken = n;
	s->n_ops = 0;
	return 0;
}

/* Write everything to the disk, and note that the store is closed. */
static void
end_use(struct cgn_store *s)
{
	if (cgn_store_sql_run(s->db,
			    "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);") == 0)
		(void)cgn_store_sql_run(s->db, "UPDATE stamp SET is_open = 0");
}

static void
free_ops(struct op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(ops[i].text);
}

/* Close and free the store. This runs in the thread that writes, because closing may wait for the disk. */
static void
release(void *arg)
{
	struct cgn_store *s = arg;

	close_db(s);
	free_ops(s->ops, s->n_ops);
	free_ops(s->taken, s->n_taken);
	free(s->ops);
	free(s->taken);
	free(s->path);
	free(s);
}

void
cgn_store_drop(struct cgn_store *s)
{
	if (s != NULL)
		cgn_aside_leave(s->aside, release, s);
}

static int
store_finish(void *arg)
{
	struct cgn_store *s = arg;

	if (write_taken(s) == 0 && !s->is_gone)
		end_use(s);
	close_db(s);
	return 0;
}

void
cgn_store_close(struct cgn_store *s)
{
	int ret;

	if (s == NULL)
		return;
	/* The last changes are written, if the disk answers in time. The end of cgnd does not wait for a
	 * disk that hangs. */
	if (s->aside != NULL) {
		if (cgn_aside_wait(s->aside, CGN_STORE_CLOSE_MS))
			(void)cgn_store_poll(s, &ret);
		if (!cgn_aside_is_busy(s->aside) && s->in_use && take_ops(s) == 0 &&
				cgn_aside_run(s->aside, store_finish, s) == 0)
			(void)cgn_aside_wait(s->aside, CGN_STORE_CLOSE_MS);
	} else if (s->in_use && cgn_store_commit(s) == 0 && !has_gone(s)) {
		end_use(s);
	}
	cgn_store_drop(s);
}

void
cgn_store_distrust(struct cgn_store *s)
{
	if (s != NULL)
		s->in_use = false;
}

int
cgn_store_go_aside(struct cgn_store *s, int wake_fd)
{
	return s == NULL ? 0 : cgn_aside_create(&s->aside, wake_fd);
}

/* Note a change for the next commit: the kind and parameters of its statement. */
static int
add_op(struct cgn_store *s, enum op_kind kind, const int64_t *values, size_t n)
{
	struct op op = { .kind = kind };

	if (s == NULL)
		return 0;
	if (s->n_ops == s->room) {
		size_t room = s->room == 0 ? 64 : 2 * s->room;
		struct op *ops = realloc(s->ops, room * sizeof(*ops));

		if (ops == NULL)
			return -ENOMEM;
		s->ops = ops;
		s->room = room;
	}
	if (n > 0)
		memcpy(op.values, values, n * sizeof(*values));
	s->ops[s->n_ops++] = op;
	return 0;
}

#define ADD_OP(s, kind, ...)                                  \
	add_op((s), (kind), (const int64_t[]){ __VA_ARGS__ }, \
			sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

int
cgn_store_put(struct cgn_store *s, const struct cgn_store_lease *l)
{
	struct cgn_store_nonce nonce = cgn_store_rows_of_nonce(l->by.nonce);
	size_t filters_len = l->n_filters * sizeof(*l->filters);
	struct cgn_store_nonce peer = cgn_store_rows_of_nonce(l->peer.nonce);
	char *text = NULL;
	int ret;

	if (s != NULL && l->description_len + filters_len != 0) {
		text = malloc(l->description_len + filters_len);
		if (text == NULL)
			return -ENOMEM;
		if (l->description_len != 0)
			memcpy(text, l->description, l->description_len);
		if (filters_len != 0)
			memcpy(text + l->description_len, l->filters, filters_len);
	}
	ret = ADD_OP(s, OP_PUT, l->realm, rte_be_to_cpu_32(l->in.addr),
			rte_be_to_cpu_16(l->in.port), l->in.proto, rte_be_to_cpu_32(l->ext.addr),
			rte_be_to_cpu_16(l->ext.port), l->lifetime_s, l->end_ms, l->by.by,
			nonce.high, nonce.low, peer.high, peer.low, rte_be_to_cpu_32(l->peer.addr),
			rte_be_to_cpu_16(l->peer.port), l->peer_end_ms);
	if (ret == 0 && text != NULL) {
		s->ops[s->n_ops - 1].text = text;
		s->ops[s->n_ops - 1].text_len = l->description_len;
		s->ops[s->n_ops - 1].blob_len = (int)filters_len;
	} else {
		free(text);
	}
	return ret;
}

int
cgn_store_del(struct cgn_store *s, uint32_t realm, const struct cgn_ep4 *in)
{
	return ADD_OP(s, OP_DEL, realm, rte_be_to_cpu_32(in->addr), rte_be_to_cpu_16(in->port),
			in->proto);
}

int
cgn_store_clear(struct cgn_store *s)
{
	int ret = add_op(s, OP_CLEAR_LEASES, NULL, 0);

	if (ret == 0)
		ret = add_op(s, OP_CLEAR_EPOCHS, NULL, 0);
	return ret < 0 ? ret : add_op(s, OP_CLEAR_REALMS, NULL, 0);
}

int
cgn_store_put_stamp(struct cgn_store *s, int64_t wall_ms, int64_t boot_ms)
{
	return ADD_OP(s, OP_STAMP, wall_ms, boot_ms);
}

int
cgn_store_put_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	return ADD_OP(s, OP_EPOCH, realm, rte_be_to_cpu_32(addr), start_ms);
}

int
cgn_store_del_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr)
{
	return ADD_OP(s, OP_EPOCH_DEL, realm, rte_be_to_cpu_32(addr));
}

int
cgn_store_put_realm(struct cgn_store *s, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	int64_t half[2];

	memcpy(half, b4, sizeof(half));
	return ADD_OP(s, OP_REALM, realm, len, half[0], half[1]);
}

int
cgn_store_del_realm(struct cgn_store *s, uint32_t realm)
{
	return ADD_OP(s, OP_REALM_DEL, realm);
}

void
cgn_store_set_quiet(struct cgn_store *s, bool is_quiet)
{
	s->is_quiet = is_quiet;
}

bool
cgn_store_is_failing(const struct cgn_store *s)
{
	return s != NULL && s->failing;
}

bool
cgn_store_is_dirty(const struct cgn_store *s)
{
	return s != NULL && s->n_ops + s->n_taken != 0;
}

bool
cgn_store_is_busy(const struct cgn_store *s, uint64_t *n)
{
	*n = s == NULL ? 0 : s->n_commits;
	return s != NULL && s->aside != NULL && cgn_aside_is_busy(s->aside);
}

bool
cgn_store_has_gone(const struct cgn_store *s)
{
	return s->aside == NULL ? has_gone(s) : s->is_gone;
}

/* A commit has ended. After a success its changes are forgotten. After a failure they are written again,
 * with those that have come since. */
static int
store_committed(struct cgn_store *s, int ret)
{
	if (ret < 0 && !s->failing && !s->is_quiet)
		CGN_LOG_ABOUT(STORE_FAILS, s->path,
				"store does not take changes path=%s reason=\"%s\"", s->path,
				s->reason);
	if (ret == 0 && s->failing && !s->is_quiet)
		CGN_LOG_ABOUT(STORE_WORKS, s->path, "store takes changes again path=%s", s->path);
	s->failing = ret < 0;
	if (ret == 0) {
		free_ops(s->taken, s->n_taken);
		s->n_taken = 0;
	}
	return ret;
}

bool
cgn_store_poll(struct cgn_store *s, int *ret)
{
	if (s == NULL || s->aside == NULL || !cgn_aside_take(s->aside, ret))
		return false;
	*ret = store_committed(s, *ret);
	return true;
}

int
cgn_store_commit(struct cgn_store *s)
{
	int ret;

	if (s != NULL && s->aside != NULL && cgn_aside_is_busy(s->aside))
		return -EINPROGRESS;
	if (!cgn_store_is_dirty(s))
		return 0;
	ret = take_ops(s);
	if (ret < 0)
		return ret;
	s->n_commits++;
	if (s->aside == NULL)
		return store_committed(s, write_taken(s));
	ret = cgn_aside_run(s->aside, write_taken, s);
	return ret < 0 ? ret : -EINPROGRESS;
}

int
cgn_store_load(struct cgn_store *s, const struct cgn_store_visitor *v, void *arg)
{
	int ret;

	if (s == NULL)
		return 0;
	if (s->db == NULL)
		return -EBADMSG;
	ret = cgn_store_rows_load(s->db, v, arg);
	if (ret == -EBADMSG)
		set_aside(s);
	return ret;
}
