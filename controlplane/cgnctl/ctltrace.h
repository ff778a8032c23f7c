/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLTRACE_H
#define CGN_CTLTRACE_H

/**
 * @file
 * The command `cgnctl trace`: who had an external port, by files of records (config/RECORDS.md). It needs no running cgnd.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdio.h>

/** Exit statuses beside 0: the answer is printed. */
#define CGN_CTLTRACE_NOBODY 3 /* nobody had the port, for sure */
#define CGN_CTLTRACE_UNSURE 4 /* the records do not say it; of many questions: at least of one */

/**
 * Run the command.
 *
 * @return 0 or one of the statuses above; after the reason was printed on stderr: -EINVAL: the arguments, a question or
 *   the file of --config is wrong; another -errno: a file cannot be read, or there is no memory
 */
int cgn_ctltrace(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLTRACE_H */
