/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLTRACE_H
#define CGN_CTLTRACE_H

/**
 * @file
 * The command `cgnctl trace`: who had an external port, by files of records (config/RECORDS.md). It needs no running cgnd.
 */

/** Exit statuses beside 0 (the answer is printed), 1 (an error) and 2 (the command line). */
#define CGN_CTLTRACE_NOBODY 3 /* nobody had the port, for sure */
#define CGN_CTLTRACE_UNSURE 4 /* the records do not say it */

/**
 * Run the command.
 *
 * @param argv  argv[0] is "trace"
 * @return exit status
 */
int cgn_ctltrace_main(int argc, char *argv[]);

#endif /* CGN_CTLTRACE_H */
