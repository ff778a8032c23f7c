/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSIZE_H
#define CGN_CTLSIZE_H

/**
 * @file
 * The command `cgnctl size`: what a number of subscribers needs, by a profile or by what a running cgnd has.
 */

#include "controlplane/cgnctl/ctlargs.h"

/**
 * Print it.
 *
 * With --config, no cgnd is asked, and --subscribers says how many there are. Without, the profile is measured of the
 * cgnd that runs, with the file that it uses.
 *
 * @param s  NULL
 * @return 0; what is wrong was printed, and -EINVAL: the command line is wrong, other -errno
 */
int cgn_ctlsize(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLSIZE_H */
