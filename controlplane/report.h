/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REPORT_H
#define CGN_REPORT_H

/**
 * @file
 * Prints how many packets had each verdict, when cgnd stops.
 */

#include "shared/stats.h"

#include <stdio.h>

/** The counters of all workers together. */
struct cgn_report {
	uint64_t received;
	uint64_t verdict[CGN_V_COUNT];
	uint64_t held; /* packets that were received and have no verdict yet */
};

/** Add one worker's counters. */
void cgn_report_add(struct cgn_report *r, const struct cgn_stats *stats);

/** Print the number of received packets, each verdict that is not zero with its class and help, and their sum. */
void cgn_report_print(const struct cgn_report *r, FILE *out);

#endif /* CGN_REPORT_H */
