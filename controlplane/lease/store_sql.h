/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STORE_SQL_H
#define CGN_STORE_SQL_H

/**
 * @file
 * SQLite as the store needs it: results as -errno, and statements that are used once.
 *
 * Threads: that of the database.
 */

#include <sqlite3.h>
#include <stddef.h>

/** The -errno of an SQLite result; 0 for success. */
int cgn_store_sql_errno(int rc);

/** Carry out statements. @return 0 or -errno */
int cgn_store_sql_run(sqlite3 *db, const char *statement);

/**
 * First column of the first row of a statement, as text.
 *
 * @param[out] answer  cut to @p size octets
 * @return 0; -EBADMSG: there is no row; -errno
 */
int cgn_store_sql_ask(sqlite3 *db, const char *statement, char *answer, size_t size);

#endif /* CGN_STORE_SQL_H */
