/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOPLOG_H
#define CGN_HOPLOG_H

/**
 * @file
 * Log lines about next hops of routes that do not answer. There is one line when a next hop stops answering, and one
 * when it answers again, when `neighbours` has its MAC address, or when no route has it any more.
 *
 * A next hop that is down is remembered until the second line. If more than CGN_HOPLOG_MAX are down at the same time,
 * the others have no lines.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "shared/addr.h"
#include "shared/limits.h"

#include <stddef.h>

#define CGN_HOPLOG_MAX 64

/** A next hop that is down. */
struct cgn_hoplog_hop {
	struct cgn_ip addr;
	uint16_t port;           /* index into ports of the configuration */
	char name[CGN_NAME_MAX]; /* of the port */
	uint64_t since_ms;
};

/** The next hops that are down. The owner zeroes it at first. */
struct cgn_hoplog {
	struct cgn_hoplog_hop down[CGN_HOPLOG_MAX];
	size_t n;
};

/** A next hop has not answered. Logs it if it was not down. @param name  of the port */
void cgn_hoplog_down(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port,
		const char *name, uint64_t now_ms);

/** A next hop has answered. Logs it if it was down. */
void cgn_hoplog_up(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, uint64_t now_ms);

/** The configuration has the MAC address of a next hop from now on. Logs it if the next hop was down. */
void cgn_hoplog_configured(
		struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, uint64_t now_ms);

/** Forget all for which @p has is false: no route has them any more. Logs each. */
void cgn_hoplog_keep(struct cgn_hoplog *l,
		bool (*has)(const void *arg, const struct cgn_hoplog_hop *hop), const void *arg);

#endif /* CGN_HOPLOG_H */
