/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASELOG_H
#define CGN_LEASELOG_H

/**
 * @file
 * Log lines about requests for ports that are refused: one when a subscriber is refused for a reason, and one when it was
 * refused nothing for this reason for nat.notify_interval_s.
 *
 * A flood of requests must not flood the log. CGN_LEASELOG_MAX pairs of a subscriber and a reason have lines at the same
 * time at most, and at most one line a second begins, after ten at once. The other refusals are counted, and the next line
 * tells how many there were.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/asker.h"
#include "controlplane/loop/timerq.h"

/** Pairs of a subscriber and a reason that are remembered. */
#define CGN_LEASELOG_MAX 32

struct cgn_leaselog;

/** Start with none. @param timers  outlives the log @return 0 or -ENOMEM */
int cgn_leaselog_create(struct cgn_leaselog **out, struct cgn_timerq *timers);

/** Stop. NULL is allowed. */
void cgn_leaselog_destroy(struct cgn_leaselog *l);

/**
 * A request was refused. Logs it if it is the first one.
 *
 * @param conf    in use: has nat.notify_interval_s
 * @param reason  a word that is there as long as the log
 */
void cgn_leaselog_refused(struct cgn_leaselog *l, const struct cgn_conf *conf,
		const struct cgn_asker *asker, const char *reason, uint64_t now_ms);

/** The word for the result of a request that a worker or the store has decided. @return NULL: it is no refusal */
const char *cgn_leaselog_word(int ret);

#endif /* CGN_LEASELOG_H */
