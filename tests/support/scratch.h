/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_SCRATCH_H
#define CGN_TEST_SCRATCH_H

/**
 * @file
 * The files of a test program are in one directory below TMPDIR (or /tmp). When the program ends, the
 * directory is removed with everything in it, however the program ends.
 *
 * A child process in a separate session waits for the end of the program and removes the directory. A
 * program that crashes or is killed therefore leaves nothing behind.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * The directory of this program. The first call makes it.
 *
 * @return its path, valid until the program ends
 */
const char *scratch_dir(void);

/**
 * Make a new empty directory in scratch_dir(). The program ends if that is not possible.
 *
 * @param[out] path  of the new directory
 * @param size  of @p path in octets
 * @param what  beginning of its name

 */
void scratch_make(char *path, size_t size, const char *what);

/** From now on no file can grow, as on a full disk, or all files can grow again. */
void scratch_set_disk(bool is_full);

#endif /* CGN_TEST_SCRATCH_H */
