/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLAIMLOG_H
#define CGN_CLAIMLOG_H

/**
 * @file
 * Log lines about stations that claim the address of somebody else. A flood of claims must not flood the log:
 * an address gets one line an hour. All addresses together get one line a second, and ten at once.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: single owner.
 */

#include "controlplane/loop/token_bucket.h"
#include "shared/addr.h"

#include <stdbool.h>

#include <rte_ether.h>

#define CGN_CLAIMLOG_MAX 32 /* addresses remembered */

struct cgn_claimlog {
	struct {
		struct cgn_ip addr;
		uint16_t port;
		bool is_used;
		uint64_t at_ms;
	} last[CGN_CLAIMLOG_MAX];
	struct cgn_token_bucket lines;
};

struct cgn_claimlog_line {
	const char *event; /* the words of the line */
	const char *port;  /* its name */
	uint16_t port_index;
	const struct cgn_ip *addr;
	const struct rte_ether_addr *mac; /* of who claims it */
};

/** Start with nothing logged. */
void cgn_claimlog_init(struct cgn_claimlog *l, uint64_t now_ms);

/** Log a claim as a warning, unless it was logged within the hour. @return whether it was logged now */
bool
cgn_claimlog_write(struct cgn_claimlog *l, const struct cgn_claimlog_line *line, uint64_t now_ms);

#endif /* CGN_CLAIMLOG_H */
