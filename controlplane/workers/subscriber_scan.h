/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_SCAN_H
#define CGN_SUBSCRIBER_SCAN_H

/**
 * @file
 * Reads the subscribers of the workers every second for some time, and reports those that can be clients of NAT-PMP:
 * homes, and subscribers with a single IPv4 address. It is used after a start without a store. Then cgnd knows no
 * clients but these.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/workers/dpclient.h"

struct cgn_subscriber_scan;

/** What cgn_subscriber_scan_create() needs. */
struct cgn_subscriber_scan_cfg {
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/** Called for each such subscriber that has an external address, each time that it is read. */
	void (*seen)(void *ctx, const struct cgn_subscriber_info *s, uint64_t now_ms);
	void *ctx;
	uint64_t until_ms; /* subscribers are not read after this time */
};

/** Create a scan, and begin it. @return 0 or -ENOMEM */
int cgn_subscriber_scan_create(struct cgn_subscriber_scan **out,
		const struct cgn_subscriber_scan_cfg *cfg, uint64_t now_ms);

/** Release it. The client of the workers must be destroyed before. NULL is allowed. */
void cgn_subscriber_scan_destroy(struct cgn_subscriber_scan *w);

#endif /* CGN_SUBSCRIBER_SCAN_H */
