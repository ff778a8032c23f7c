/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RUNDIR_H
#define CGN_RUNDIR_H

/**
 * @file
 * The directory of state and sockets (runtime_dir).
 */

#include <stdbool.h>

/**
 * Make the directory and those above it, mode 0755, as far as they are missing.
 *
 * @param[out] is_made  it was missing
 * @return
 *   - 0: it is there and can be written to.
 *   - -errno: it cannot be, of which the reason is logged; -ENOTDIR: something else has the name.
 */
int cgn_rundir_make(const char *path, bool *is_made);

#endif /* CGN_RUNDIR_H */
