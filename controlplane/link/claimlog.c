/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Limits the log lines about claims for the resolver. It remembers the last addresses that it has logged.
 */
#include "controlplane/link/claimlog.h"

#include "controlplane/link/local_addr.h"
#include "shared/addr_text.h"
#include "shared/log.h"

CGN_LOG_TYPE("claimlog");

#define AGAIN_MS    3600000 /* between two lines about the same address */
#define LINES_PER_S 1
#define LINES_BURST 10

void
cgn_claimlog_init(struct cgn_claimlog *l, uint64_t now_ms)
{
	*l = (struct cgn_claimlog){ 0 };
	cgn_token_bucket_init(&l->lines, LINES_PER_S, LINES_BURST, now_ms);
}

bool
cgn_claimlog_write(struct cgn_claimlog *l, const struct cgn_claimlog_line *line, uint64_t now_ms)
{
	char addr[CGN_ADDR_TEXT_MAX], mac[RTE_ETHER_ADDR_FMT_SIZE];
	unsigned int slot = 0;

	/* Look for the address. On the way, find the slot to use if it is not there: a free one, or the oldest. */
	for (unsigned int i = 0; i < CGN_CLAIMLOG_MAX; i++) {
		if (l->last[i].is_used && l->last[i].port == line->port_index &&
				cgn_local_addr_same(&l->last[i].addr, line->addr)) {
			if (now_ms - l->last[i].at_ms < AGAIN_MS)
				return false;
			slot = i;
			break;
		}
		if (!l->last[i].is_used ||
				(l->last[slot].is_used && l->last[i].at_ms < l->last[slot].at_ms))
			slot = i;
	}
	/* A claim that is not logged is not remembered either: the next one about this address may be logged. */
	if (!cgn_token_bucket_take(&l->lines, now_ms))
		return false;
	l->last[slot].addr = *line->addr;
	l->last[slot].port = line->port_index;
	l->last[slot].is_used = true;
	l->last[slot].at_ms = now_ms;
	rte_ether_format_addr(mac, sizeof(mac), line->mac);
	CGN_LOG(ADDRESS_CLAIMED, "%s port=%s address=%s by=%s", line->event, line->port,
			cgn_addr_text_format_ip(line->addr, addr), mac);
	return true;
}
