/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLAIMLOG_H
#define CGN_CLAIMLOG_H

/**
 * @file
 * Log lines about stations that claim an address of somebody else. A flood of claims must not flood the log. So an
 * address gets one line an hour. All addresses together get one line a second, and ten at once.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: single owner.
 */

#include "controlplane/loop/token_bucket.h"
#include "shared/addr.h"

#include <stdbool.h>

#include <rte_ether.h>

#define CGN_CLAIMLOG_MAX 32 /* addresses remembered */

/** What was logged, and the rate of lines. */
struct cgn_claimlog {
	struct {
		struct cgn_ip addr;
		uint16_t port;
		bool is_used;
		uint64_t at_ms;
	} last[CGN_CLAIMLOG_MAX];
	struct cgn_token_bucket lines;
};

/** A line to log. */
struct cgn_claimlog_line {
	const char *event; /* the message */
	const char *port;  /* name of the port */
	uint16_t port_index;
	const struct cgn_ip *addr;
	const struct rte_ether_addr *mac; /* of the station that claims the address */
};

/** Start with nothing logged. */
void cgn_claimlog_init(struct cgn_claimlog *l, uint64_t now_ms);

/** Log a claim as a warning, unless a limit forbids it. @return whether it was logged */
bool
cgn_claimlog_write(struct cgn_claimlog *l, const struct cgn_claimlog_line *line, uint64_t now_ms);

#endif /* CGN_CLAIMLOG_H */
