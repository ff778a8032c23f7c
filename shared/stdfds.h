/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STDFDS_H
#define CGN_STDFDS_H

/**
 * @file
 * Makes sure that standard input, output and error are open, however the program was started.
 */

/**
 * Open those of the descriptors 0 to 2 that are closed, as /dev/null. Otherwise a file or socket that is
 * opened later would get one of these numbers, and printed text would be written into it. Call this
 * function before anything else is opened.
 *
 * @return 0 or -errno
 */
int cgn_stdfds_open(void);

#endif /* CGN_STDFDS_H */
