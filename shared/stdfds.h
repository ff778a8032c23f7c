/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STDFDS_H
#define CGN_STDFDS_H

/**
 * @file
 * Standard input, output and error are open, whoever starts the program.
 */

/**
 * Open what is closed of descriptors 0 to 2 as /dev/null. Else a file or socket that the program opens later gets
 * such a number, and what is printed goes into it. To be called before anything is opened.
 *
 * @return 0 or -errno
 */
int cgn_stdfds_open(void);

#endif /* CGN_STDFDS_H */
