/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Turns SQLite's results into errno values, and runs single statements.
 */
#include "controlplane/lease/store_sql.h"

#include <errno.h>
#include <stdio.h>

int
cgn_store_sql_errno(int rc)
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

int
cgn_store_sql_run(sqlite3 *db, const char *statement)
{
	return cgn_store_sql_errno(sqlite3_exec(db, statement, NULL, NULL, NULL));
}

int
cgn_store_sql_ask(sqlite3 *db, const char *statement, char *answer, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, statement, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		snprintf(answer, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? -EBADMSG : cgn_store_sql_errno(rc);
}
