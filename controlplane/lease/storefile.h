/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STOREFILE_H
#define CGN_STOREFILE_H

/**
 * @file
 * The file of the store: whether it is ours, before anything is written.
 *
 * Nothing is changed but the mode of a file that is ours. An SQLite file says in its first 100 octets
 * which program made it (application_id) and which layout of tables it has (user_version).
 *
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Octets for the reason of a refusal. */
#define CGN_STOREFILE_WHY_MAX 256

/**
 * Look at a file before it is opened as a store. A file that is missing is made, empty and mode 0600, in a
 * directory that is made with mode 0700 if it is missing.
 *
 * @param id       application_id of our files
 * @param layout   newest layout that we know
 * @param[out] is_new  the file is empty
 * @param[out] why     on failure: the reason, a text that follows the path
 * @return
 *   - 0
 *   - -EPERM: the file is not ours: not regular, another user's or another program's
 *   - -EPROTONOSUPPORT: ours, but of a newer layout
 *   - -ENOENT: a symbolic link to a file that does not exist; none is made through a link
 *   - -errno: it cannot be made or read
 */
int cgn_storefile_look(const char *path, uint32_t id, uint32_t layout, bool *is_new,
		char why[static CGN_STOREFILE_WHY_MAX]);

/**
 * Move a damaged file of ours out of the way, with what SQLite keeps beside it: PATH.damaged-SECONDS.
 * Logged.
 */
void cgn_storefile_set_aside(const char *path);

#endif /* CGN_STOREFILE_H */
