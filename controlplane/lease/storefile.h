/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STOREFILE_H
#define CGN_STOREFILE_H

/**
 * @file
 * Checks whether a file is a store of cgnd, before anything is written to it.
 *
 * The first 100 octets of an SQLite file tell which program has made it (application_id), and the version of its tables
 * (user_version). The check changes nothing but the mode of a store of cgnd.
 *
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Octets for the reason of a refusal. */
#define CGN_STOREFILE_WHY_MAX 256

/**
 * Look at a file before it is opened as a store. If the file is missing, an empty one is made with mode 0600. If its
 * directory is missing, it is made with mode 0700.
 *
 * @param id       application_id of the stores of cgnd
 * @param layout   newest user_version that this cgnd can read
 * @param[out] is_new  the file is empty
 * @param[out] why     on failure: the reason, as a text to print behind the path
 * @return
 *   - 0
 *   - -EPERM: the file is no regular file, or belongs to another user, or another program has made it
 *   - -EPROTONOSUPPORT: a newer cgnd has made it
 *   - -ENOENT: a symbolic link to a file that does not exist; no file is made through a link
 *   - -errno: the file cannot be made or read
 */
int cgn_storefile_look(const char *path, uint32_t id, uint32_t layout, bool *is_new,
		char why[static CGN_STOREFILE_WHY_MAX]);

/**
 * Rename a damaged store to PATH.damaged-SECONDS, together with the files that SQLite keeps beside it. This is logged.
 */
void cgn_storefile_set_aside(const char *path);

/**
 * The process that has a lock on a file, as the kernel tells it (/proc/locks). The file is not opened: closing it would end
 * the locks of this process.
 *
 * @return 0: none, one of another PID namespace, or it cannot be known
 */
pid_t cgn_storefile_holder(dev_t dev, ino_t ino);

#endif /* CGN_STOREFILE_H */
