/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ALARMS_H
#define CGN_ALARMS_H

/**
 * @file
 * Compares the gauges of all workers with the thresholds of pools and of the NAT each second, and tells who is refused.
 *
 * A threshold that is reached has a log line and a record. It is told again only after the gauge was below nine tenths of
 * it (hysteresis), and at least nat.notify_interval_s later. If it is reached again within the interval, it is told at the
 * end of the interval, unless it has fallen below by then.
 *
 * What limits of the NAT, of pools and of groups refuse, and what is lost for want of packet buffers, has log lines only:
 * the workers make records of it themselves (dataplane/nat/notice.h). There is one line when refusals begin, and one when
 * nothing was refused for nat.notify_interval_s, with how long it was and how many there were. How many subscribers have
 * reached a threshold of their group has at most one line in that time.
 *
 * config/EVENTS.md has the events of the lines. Records of config/RECORDS.md about the same things have the same names.
 *
 * Source:  RFC 7659 section 3.1.2, RFC 7870 section 6.2, RFC 6888 REQ-11 C.
 * Threads: the control thread.
 * Cost:    each second, it reads the counters of all pools and groups of all workers.
 */

#include "controlplane/loop/timerq.h"
#include "shared/conf.h"
#include "shared/planes.h"
#include "shared/record_door.h"

struct cgn_alarms;

/** What the alarms work with. All of it outlives them. */
struct cgn_alarms_cfg {
	const struct cgn_conf *conf; /* or until cgn_alarms_set_conf() */
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
};

/** Begin to compare. @return 0 or -ENOMEM */
int cgn_alarms_create(struct cgn_alarms **out, const struct cgn_alarms_cfg *cfg, uint64_t now_ms);

/** Stop. NULL is allowed. */
void cgn_alarms_destroy(struct cgn_alarms *a);

/** Use other thresholds from now on. The configuration has the same pools and groups in the same order. */
void cgn_alarms_set_conf(struct cgn_alarms *a, const struct cgn_conf *conf);

/** Make records of thresholds from now on. @param door  of the control thread, outlives the alarms; NULL: make none */
void cgn_alarms_set_records(struct cgn_alarms *a, struct cgn_record_door *door);

#endif /* CGN_ALARMS_H */
