/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STORE_SQL_H
#define CGN_STORE_SQL_H

/**
 * @file
 * Helpers for SQLite: convert its results to -errno, and run a statement once.
 *
 * Threads: the thread that uses the database.
 */

#include <sqlite3.h>
#include <stddef.h>

/** Convert an SQLite result to -errno. 0 for success. */
int cgn_store_sql_errno(int rc);

/** Run one or more statements. @return 0 or -errno */
int cgn_store_sql_run(sqlite3 *db, const char *statement);

/**
 * Run a statement, and read the first column of its first row as text.
 *
 * @param[out] answer  cut to @p size octets
 * @return 0; -EBADMSG: there is no row; -errno
 */
int cgn_store_sql_ask(sqlite3 *db, const char *statement, char *answer, size_t size);

#endif /* CGN_STORE_SQL_H */
