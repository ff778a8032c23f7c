/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_SCRATCH_H
#define CGN_TEST_SCRATCH_H

/**
 * @file
 * The files of a test program: one directory below TMPDIR (or /tmp) that is removed with everything
 * in it when the program ends, however it ends.
 *
 * A child in a session of its own waits for the end of the program and removes the directory, so a
 * program that crashes or that is killed leaves nothing behind.
 */

#include <stddef.h>

/** The directory of this program; the first call makes it. @return its path, kept until the end */
const char *scratch_dir(void);

/** Make a new empty directory in it. Ends the program if that is not possible.
 *
 * @param[out] path  of the new directory
 * @param size  of @p path in octets
 * @param what  beginning of its name
 */
void scratch_make(char *path, size_t size, const char *what);

#endif /* CGN_TEST_SCRATCH_H */
