/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/store.h"

#include "shared/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

CGN_LOG_TYPE("store");

/* Says that the file is ours ("cgnS"), and which layout of tables it has. */
#define APPLICATION_ID 0x63676e53
#define LAYOUT         1

#define STRING(x)      #x
#define TEXT(x)        STRING(x)

enum op_kind {
	OP_PUT,
	OP_DEL,
	OP_EPOCH,
	OP_REALM,
	OP_COUNT,
};

/** One change that is not committed yet. */
struct op {
	enum op_kind kind;
	int64_t start_ms;             /* OP_EPOCH, of the client in lease.in.addr */
	struct cgn_store_lease lease; /* OP_REALM: its realm */
	int64_t b4[2];                /* OP_REALM: halves of the address */
	int64_t len;                  /* OP_REALM */
};

struct cgn_store {
	sqlite3 *db;
	sqlite3_stmt *stmt[OP_COUNT];
	char *path;
	struct op *ops;
	size_t n_ops;
	size_t room;
	bool failing; /* the last commit failed, which was logged */
	bool in_use;  /* the file says so */
};

static const char *const sql[OP_COUNT] = {
	[OP_PUT] = ("INSERT OR REPLACE INTO lease (realm, in_addr, in_port, proto, ext_addr, ext_port, "
		    "lifetime_s, end_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[OP_DEL] = "DELETE FROM lease WHERE realm = ?1 AND in_addr = ?2 AND in_port = ?3 AND proto = ?4",
	[OP_EPOCH] = "INSERT OR REPLACE INTO epoch (realm, addr, start_ms) VALUES (?1, ?2, ?3)",
	[OP_REALM] = "INSERT OR REPLACE INTO realm (realm, len, high, low) VALUES (?1, ?2, ?3, ?4)",
};

static const char *const layout =
		"CREATE TABLE lease (realm INTEGER NOT NULL, in_addr INTEGER NOT NULL, in_port INTEGER NOT NULL, "
		"proto INTEGER NOT NULL, ext_addr INTEGER NOT NULL, ext_port INTEGER NOT NULL, "
		"lifetime_s INTEGER NOT NULL, end_ms INTEGER NOT NULL, "
		"PRIMARY KEY (realm, in_addr, in_port, proto)) STRICT, WITHOUT ROWID;"
		"CREATE TABLE epoch (realm INTEGER NOT NULL, addr INTEGER NOT NULL, start_ms INTEGER NOT NULL, "
		"PRIMARY KEY (realm, addr)) STRICT, WITHOUT ROWID;"
		"PRAGMA application_id = " TEXT(APPLICATION_ID) "; PRAGMA user_version = " TEXT(
				LAYOUT) ";";

/* -errno of an SQLite result. */
static int
error_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	default:
		return -EIO;
	}
}

static int
run(struct cgn_store *s, const char *statement)
{
	return error_of(sqlite3_exec(s->db, statement, NULL, NULL, NULL));
}

/* First column of the first row of a statement. */
static int
ask(struct cgn_store *s, const char *statement, char *answer, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, statement, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		snprintf(answer, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? -EBADMSG : error_of(rc);
}

static void
close_db(struct cgn_store *s)
{
	for (unsigned int i = 0; i < OP_COUNT; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	s->in_use = false;
}

/* Move a damaged file out of the way, with what SQLite keeps beside it. */
static void
set_aside(struct cgn_store *s)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	long long now = (long long)time(NULL);

	close_db(s);
	for (unsigned int i = 0; i < RTE_DIM(suffix); i++) {
		char from[4096], to[4096];

		snprintf(from, sizeof(from), "%s%s", s->path, suffix[i]);
		snprintf(to, sizeof(to), "%s.damaged-%lld%s", s->path, now, suffix[i]);
		if (rename(from, to) == 0 && i == 0)
			CGN_LOG(ERR, "store is damaged, set aside path=%s as=%s", from, to);
		else if (i == 0)
			CGN_LOG(ERR, "store is damaged and stays in the way path=%s", from);
	}
}

/* Make the directory of a new store, so that the default path works on a fresh machine. */
static void
make_directory(const char *path)
{
	char dir[4096];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return;
	*slash = '\0';
	(void)mkdir(dir, 0755);
}

/* One process, one writer: the lock is taken once and kept. Every write waits for the disk at first. */
static int
configure(struct cgn_store *s)
{
	char answer[64];
	int ret = run(s,
			"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");

	if (ret == 0)
		ret = run(s, "BEGIN EXCLUSIVE; COMMIT;");
	if (ret == 0)
		ret = ask(s, "PRAGMA quick_check(1)", answer, sizeof(answer));
	if (ret == 0 && strcmp(answer, "ok") != 0)
		ret = -EBADMSG;
	return ret;
}

/* Make the tables in an empty file; refuse a file that has others. */
static int
check_layout(struct cgn_store *s)
{
	char tables[64], id[64], version[64];
	int ret = ask(s, "SELECT count(*) FROM sqlite_schema", tables, sizeof(tables));

	if (ret == 0 && strcmp(tables, "0") == 0)
		ret = run(s, layout);
	if (ret == 0)
		ret = ask(s, "PRAGMA application_id", id, sizeof(id));
	if (ret == 0)
		ret = ask(s, "PRAGMA user_version", version, sizeof(version));
	if (ret == 0 &&
			(strtol(id, NULL, 10) != APPLICATION_ID ||
					strtol(version, NULL, 10) != LAYOUT))
		ret = -EBADMSG;
	if (ret == 0)
		ret = run(s,
				"CREATE TABLE IF NOT EXISTS realm (realm INTEGER PRIMARY KEY, len INTEGER NOT NULL, "
				"high INTEGER NOT NULL, low INTEGER NOT NULL) STRICT");
	return ret;
}

/* Which run of the machine this is; "" if nobody knows. */
static void
boot_id(char *out, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	*out = '\0';
	if (f == NULL)
		return;
	if (fgets(out, (int)size, f) == NULL)
		*out = '\0';
	out[strcspn(out, "\n'")] = '\0';
	fclose(f);
}

/*
 * A commit survives the end of the process at any point, since the system has it by then. That the disk
 * has it is not waited for: on a busy one that takes seconds, in which nobody would be answered. What a
 * power cut destroys is not silently missed either: the store says on disk in which run of the machine it
 * was opened, until it is closed. If another run finds that, leases may be missing, so the epochs are
 * over (RFC 6886 section 3.6).
 */
static int
begin_use(struct cgn_store *s)
{
	char now[64], then[64] = "", statement[256];
	int ret = run(s, "CREATE TABLE IF NOT EXISTS boot (id TEXT NOT NULL) STRICT");

	boot_id(now, sizeof(now));
	if (ret == 0)
		ret = ask(s, "SELECT coalesce(max(id), '') FROM boot", then, sizeof(then));
	if (ret == 0 && then[0] != '\0' && strcmp(now, then) != 0) {
		CGN_LOG(WARNING,
				"the machine went down with an open store, leases may be missing path=%s",
				s->path);
		ret = run(s, "DELETE FROM epoch");
	}
	snprintf(statement, sizeof(statement),
			"BEGIN; DELETE FROM boot; INSERT INTO boot VALUES ('%s'); COMMIT;", now);
	if (ret == 0)
		ret = run(s, statement);
	if (ret == 0)
		ret = run(s, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = OFF;");
	s->in_use = ret == 0;
	return ret;
}

/* All of it is on disk from now on. */
static void
end_use(struct cgn_store *s)
{
	if (run(s, "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);") == 0)
		(void)run(s, "DELETE FROM boot");
}

static int
open_db(struct cgn_store *s)
{
	int ret;

	make_directory(s->path);
	ret = error_of(sqlite3_open_v2(
			s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	if (ret == 0)
		ret = configure(s);
	if (ret == 0)
		ret = check_layout(s);
	if (ret == 0)
		ret = begin_use(s);
	for (unsigned int i = 0; ret == 0 && i < OP_COUNT; i++)
		ret = error_of(sqlite3_prepare_v3(
				s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL));
	/* Statements that every store takes do not fit: tables are missing or have become others. */
	if (ret == -EIO && sqlite3_errcode(s->db) == SQLITE_ERROR)
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		set_aside(s);
	else if (ret < 0)
		CGN_LOG(ERR, "store does not open path=%s reason=\"%s\"", s->path,
				sqlite3_errmsg(s->db));
	return ret;
}

int
cgn_store_open(struct cgn_store **out, const char *path)
{
	struct cgn_store *s;
	int ret;

	if (path == NULL || path[0] == '\0') {
		*out = NULL;
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->path = strdup(path);
	ret = s->path == NULL ? -ENOMEM : open_db(s);
	if (ret < 0) {
		cgn_store_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void
cgn_store_close(struct cgn_store *s)
{
	if (s == NULL)
		return;
	if (s->in_use && cgn_store_commit(s) == 0)
		end_use(s);
	close_db(s);
	free(s->ops);
	free(s->path);
	free(s);
}

static int
add_op(struct cgn_store *s, const struct op *op)
{
	if (s->n_ops == s->room) {
		size_t room = s->room == 0 ? 64 : 2 * s->room;
		struct op *ops = realloc(s->ops, room * sizeof(*ops));

		if (ops == NULL)
			return -ENOMEM;
		s->ops = ops;
		s->room = room;
	}
	s->ops[s->n_ops++] = *op;
	return 0;
}

int
cgn_store_put(struct cgn_store *s, const struct cgn_store_lease *l)
{
	struct op op = { .kind = OP_PUT, .lease = *l };

	return s == NULL ? 0 : add_op(s, &op);
}

int
cgn_store_del(struct cgn_store *s, uint32_t realm, const struct cgn_ep4 *in)
{
	struct op op = { .kind = OP_DEL, .lease = { .realm = realm, .in = *in } };

	return s == NULL ? 0 : add_op(s, &op);
}

int
cgn_store_put_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr, int64_t start_ms)
{
	struct op op = { .kind = OP_EPOCH,
		.start_ms = start_ms,
		.lease = { .realm = realm, .in = { .addr = addr } } };

	return s == NULL ? 0 : add_op(s, &op);
}

int
cgn_store_put_realm(struct cgn_store *s, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	struct op op = { .kind = OP_REALM, .lease = { .realm = realm }, .len = len };

	memcpy(op.b4, b4, sizeof(op.b4));
	return s == NULL ? 0 : add_op(s, &op);
}

bool
cgn_store_is_dirty(const struct cgn_store *s)
{
	return s != NULL && s->n_ops != 0;
}

static int
apply_realm(struct cgn_store *s, const struct op *op)
{
	sqlite3_stmt *stmt = s->stmt[op->kind];
	int rc;

	sqlite3_bind_int64(stmt, 1, op->lease.realm);
	sqlite3_bind_int64(stmt, 2, op->len);
	sqlite3_bind_int64(stmt, 3, op->b4[0]);
	sqlite3_bind_int64(stmt, 4, op->b4[1]);
	rc = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return error_of(rc);
}

static int
apply(struct cgn_store *s, const struct op *op)
{
	const struct cgn_store_lease *l = &op->lease;
	const sqlite3_int64 key[] = { l->realm, rte_be_to_cpu_32(l->in.addr),
		rte_be_to_cpu_16(l->in.port), l->in.proto };
	const sqlite3_int64 value[] = { rte_be_to_cpu_32(l->ext.addr),
		rte_be_to_cpu_16(l->ext.port), l->lifetime_s, l->end_ms };
	sqlite3_stmt *stmt = s->stmt[op->kind];
	int at = 0, rc;

	if (op->kind == OP_REALM)
		return apply_realm(s, op);
	for (unsigned int i = 0; i < (op->kind == OP_EPOCH ? 2u : RTE_DIM(key)); i++)
		sqlite3_bind_int64(stmt, ++at, key[i]);
	for (unsigned int i = 0; op->kind == OP_PUT && i < RTE_DIM(value); i++)
		sqlite3_bind_int64(stmt, ++at, value[i]);
	if (op->kind == OP_EPOCH)
		sqlite3_bind_int64(stmt, ++at, op->start_ms);
	rc = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return error_of(rc);
}

int
cgn_store_commit(struct cgn_store *s)
{
	int ret;

	if (!cgn_store_is_dirty(s))
		return 0;
	if (s->db == NULL)
		return -EIO;
	ret = run(s, "BEGIN");
	for (size_t i = 0; ret == 0 && i < s->n_ops; i++)
		ret = apply(s, &s->ops[i]);
	if (ret == 0)
		ret = run(s, "COMMIT");
	if (ret < 0) {
		if (!s->failing)
			CGN_LOG(ERR, "store does not take changes path=%s reason=\"%s\"", s->path,
					sqlite3_errmsg(s->db));
		s->failing = true;
		(void)run(s, "ROLLBACK");
		return ret;
	}
	if (s->failing)
		CGN_LOG(NOTICE, "store takes changes again path=%s", s->path);
	s->failing = false;
	s->n_ops = 0;
	return 0;
}

static bool
is_in(sqlite3_stmt *stmt, int column, sqlite3_int64 max)
{
	sqlite3_int64 v = sqlite3_column_int64(stmt, column);

	return v >= 0 && v <= max;
}

/* One row of the table lease. */
static int
visit_lease(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	static const sqlite3_int64 max[] = { UINT32_MAX, UINT32_MAX, UINT16_MAX,
		CGN_PROTO_COUNT - 1, UINT32_MAX, UINT16_MAX, UINT32_MAX, INT64_MAX };
	struct cgn_store_lease l = { 0 };

	for (int i = 0; i < (int)RTE_DIM(max); i++) {
		if (!is_in(stmt, i, max[i]))
			return -EBADMSG;
	}
	l.realm = (uint32_t)sqlite3_column_int64(stmt, 0);
	l.in.addr = rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 1));
	l.in.port = rte_cpu_to_be_16((uint16_t)sqlite3_column_int(stmt, 2));
	l.in.proto = (uint8_t)sqlite3_column_int(stmt, 3);
	l.ext.addr = rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 4));
	l.ext.port = rte_cpu_to_be_16((uint16_t)sqlite3_column_int(stmt, 5));
	l.ext.proto = l.in.proto;
	l.lifetime_s = (uint32_t)sqlite3_column_int64(stmt, 6);
	l.end_ms = sqlite3_column_int64(stmt, 7);
	return v->lease(arg, &l);
}

static int
visit_epoch(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	if (!is_in(stmt, 0, UINT32_MAX) || !is_in(stmt, 1, UINT32_MAX))
		return -EBADMSG;
	return v->epoch(arg, (uint32_t)sqlite3_column_int64(stmt, 0),
			rte_cpu_to_be_32((uint32_t)sqlite3_column_int64(stmt, 1)),
			sqlite3_column_int64(stmt, 2));
}

static int
visit_realm(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg)
{
	const sqlite3_int64 halves[2] = { sqlite3_column_int64(stmt, 2),
		sqlite3_column_int64(stmt, 3) };
	struct cgn_ip6 b4;

	if (!is_in(stmt, 0, UINT32_MAX) || !is_in(stmt, 1, 128))
		return -EBADMSG;
	memcpy(&b4, halves, sizeof(b4));
	return v->realm(arg, (uint32_t)sqlite3_column_int64(stmt, 0), &b4,
			(unsigned int)sqlite3_column_int64(stmt, 1));
}

static int
load_table(struct cgn_store *s, const char *select,
		int (*visit)(sqlite3_stmt *stmt, const struct cgn_store_visitor *v, void *arg),
		const struct cgn_store_visitor *v, void *arg)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, select, -1, &stmt, NULL), ret = error_of(rc);

	while (ret == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = visit(stmt, v, arg);
	sqlite3_finalize(stmt);
	return ret < 0 ? ret : error_of(rc);
}

int
cgn_store_load(struct cgn_store *s, const struct cgn_store_visitor *v, void *arg)
{
	int ret;

	if (s == NULL)
		return 0;
	ret = v->realm == NULL ? 0
			       : load_table(s, "SELECT realm, len, high, low FROM realm",
						 visit_realm, v, arg);
	if (ret == 0 && v->epoch != NULL)
		ret = load_table(s, "SELECT realm, addr, start_ms FROM epoch", visit_epoch, v, arg);
	if (ret == 0 && v->lease != NULL)
		ret = load_table(s,
				"SELECT realm, in_addr, in_port, proto, ext_addr, ext_port, lifetime_s, end_ms FROM lease",
				visit_lease, v, arg);
	if (ret == -EBADMSG)
		set_aside(s);
	return ret;
}
