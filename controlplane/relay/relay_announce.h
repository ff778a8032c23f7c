/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_ANNOUNCE_H
#define CGN_RELAY_ANNOUNCE_H

/**
 * @file
 * Announcements of a relay. All its clients have the same external address. So one packet to all hosts of a link tells
 * all of them (RFC 6886 section 3.2.1). The clients of a CGN have different external addresses, so natpmp_announce.h
 * sends a packet to each client.
 *
 * A series has ten packets. The first gap is 250 ms. Each further gap is twice as long. A new event begins the series
 * anew.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"

#define CGN_RELAY_ANNOUNCE_COUNT 10  /* packets of a series */
#define CGN_RELAY_ANNOUNCE_GAP   250 /* ms after the first; each next gap is twice as long */

/** A series of announcements. Its owner sets the first three fields, and zeroes the other ones. */
struct cgn_relay_announce {
	struct cgn_timerq *timers;
	/** Send one packet with the present address and epoch to all links. */
	void (*send)(void *ctx, uint64_t now_ms);
	void *ctx;
	/* the fields below are changed only by the functions below */
	struct cgn_timer timer;
	uint64_t first_ms;
	unsigned int n_sent;
	uint64_t sent;   /* packets of all series */
	uint64_t series; /* number of series that have begun */
};

/** Begin a series, or begin it anew. The first packet is sent at once. */
void cgn_relay_announce_begin(struct cgn_relay_announce *a, uint64_t now_ms);

/** End the series. */
void cgn_relay_announce_end(struct cgn_relay_announce *a);

#endif /* CGN_RELAY_ANNOUNCE_H */
