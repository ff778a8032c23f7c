/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_SCAN_H
#define CGN_SUBSCRIBER_SCAN_H

/**
 * @file
 * Looks at the workers' subscribers again and again for a while and tells of each that is a single
 * address: after a start without memory they are all that is known of clients.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/workers/dpclient.h"

struct cgn_subscriber_scan;

/** What a scan reads, and whom it tells. */
struct cgn_subscriber_scan_cfg {
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/** A subscriber: told of at every look. */
	void (*seen)(void *ctx, const struct cgn_subscriber_info *s, uint64_t now_ms);
	void *ctx;
	uint64_t until_ms; /* the last look */
};

/** Create it and begin. @return 0 or -ENOMEM */
int cgn_subscriber_scan_create(struct cgn_subscriber_scan **out,
		const struct cgn_subscriber_scan_cfg *cfg, uint64_t now_ms);

/** Release it; the client was destroyed. NULL is allowed. */
void cgn_subscriber_scan_destroy(struct cgn_subscriber_scan *w);

#endif /* CGN_SUBSCRIBER_SCAN_H */
