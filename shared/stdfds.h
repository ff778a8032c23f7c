/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STDFDS_H
#define CGN_STDFDS_H

/**
 * @file
 * Ensures that standard input, output and error are open, however the program was started.
 */

/**
 * Open descriptors 0 to 2 as /dev/null where they are closed. Otherwise a file or socket opened later would
 * get such a number, and printed text would go into it. Call it before anything is opened.
 *
 * @return 0 or -errno
 */
int cgn_stdfds_open(void);

#endif /* CGN_STDFDS_H */
