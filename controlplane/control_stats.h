/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_STATS_H
#define CGN_CONTROL_STATS_H

/**
 * @file
 * The counters of the control thread itself.
 */

#include "shared/control_counters.h"
#include "shared/stats.h"

/** What the control thread counts. */
struct cgn_control_stats {
	CGN_CONTROL_COUNTERS(CGN_STATS_FIELD)
};

#endif /* CGN_CONTROL_STATS_H */
