/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATIONLOG_H
#define CGN_STATIONLOG_H

/**
 * @file
 * Log lines about stations that use more addresses than they may. There is one line when a station begins, and one when it
 * has had no address above its limit for nat.notify_interval_s.
 *
 * A station that has a line is remembered until the second one. If more than CGN_STATIONLOG_MAX have too many addresses at
 * the same time, the others have no lines. The counter neigh_over counts the addresses of all.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/stations.h"
#include "controlplane/loop/timerq.h"
#include "shared/conf.h"

#define CGN_STATIONLOG_MAX 32 /* stations remembered */

/** The limit that a station has reached. */
struct cgn_stationlog_limit {
	uint32_t max;
	const char *pool; /* whose blocks set it; NULL: limits.station_addresses_max does */
};

/** The stations that have too many addresses. */
struct cgn_stationlog {
	const struct cgn_conf *const *conf;
	struct cgn_stations *stations;
	struct cgn_timerq *timers;
	struct cgn_timer timer; /* set while there are some */
	struct {
		uint8_t mac[6];
		uint16_t port;
		uint64_t since_ms;
		uint64_t last_ms; /* when it was seen with too many */
	} at[CGN_STATIONLOG_MAX];
	unsigned int n;
};

/** Start with none. @param conf  the owner's pointer to the configuration, which outlives the log, as the others do */
void cgn_stationlog_init(struct cgn_stationlog *l, const struct cgn_conf *const *conf,
		struct cgn_stations *stations, struct cgn_timerq *timers);

/** Stop. A log of zeros is allowed. */
void cgn_stationlog_fini(struct cgn_stationlog *l);

/** A station has an address above its limit. Logs it if it had none. */
void cgn_stationlog_over(struct cgn_stationlog *l, const struct cgn_station *s,
		const struct cgn_ip *addr, const struct cgn_stationlog_limit *limit,
		uint64_t now_ms);

#endif /* CGN_STATIONLOG_H */
