/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WATCH_H
#define CGN_WATCH_H

/**
 * @file
 * Looks at the workers' subscribers again and again for a while and tells of each that is a single
 * address: after a start without memory they are all that is known of clients.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/dpclient.h"

struct cgn_watch;

struct cgn_watch_cfg {
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/** A subscriber: told of at every look. */
	void (*seen)(void *ctx, const struct cgn_subscriber_info *s, uint64_t now_ms);
	void *ctx;
	uint64_t until_ms; /* the last look */
};

/** Create it and begin. @return 0 or -ENOMEM */
int cgn_watch_create(struct cgn_watch **out, const struct cgn_watch_cfg *cfg, uint64_t now_ms);

/** Release it; the client was destroyed. NULL is allowed. */
void cgn_watch_destroy(struct cgn_watch *w);

#endif /* CGN_WATCH_H */
