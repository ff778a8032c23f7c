/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RUNDIR_H
#define CGN_RUNDIR_H

/**
 * @file
 * Makes the directory runtime_dir, which has the state and the sockets of cgnd.
 */

#include <stdbool.h>

/**
 * Make the directory and the directories above it if they are missing, with mode 0755.
 *
 * @param[out] is_made  whether a directory was missing
 * @return
 *   - 0: the directory exists and can be written to.
 *   - -errno: it cannot be made or written to; the reason was logged. -ENOTDIR: the path is not a directory.
 */
int cgn_rundir_make(const char *path, bool *is_made);

#endif /* CGN_RUNDIR_H */
