/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_ANNOUNCE_H
#define CGN_RELAY_ANNOUNCE_H

/**
 * @file
 * Announcements of a relay: all its clients have one external address, so that one packet to all hosts
 * of a link serves them (RFC 6886 section 3.2.1), unlike those of a CGN (natpmp_announce.h).
 *
 * Ten packets, the first gap 250 ms, each further one twice as long. A new event begins anew.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"

#define CGN_RELAY_ANNOUNCE_COUNT 10  /* packets of a series */
#define CGN_RELAY_ANNOUNCE_GAP   250 /* ms after the first; each next gap is twice as long */

/** A series of announcements. The owner sets the first three fields. */
struct cgn_relay_announce {
	struct cgn_timerq *timers;
	/** Send one packet to all links: address and epoch of the moment. */
	void (*send)(void *ctx, uint64_t now_ms);
	void *ctx;
	/* its own */
	struct cgn_timer timer;
	uint64_t first_ms;
	unsigned int n_sent;
	uint64_t sent;   /* packets of all series */
	uint64_t series; /* begun */
};

/** Begin the series, or begin it anew: the first packet leaves now. */
void cgn_relay_announce_begin(struct cgn_relay_announce *a, uint64_t now_ms);

/** End the series. */
void cgn_relay_announce_end(struct cgn_relay_announce *a);

#endif /* CGN_RELAY_ANNOUNCE_H */
