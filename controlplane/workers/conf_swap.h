/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SWAP_H
#define CGN_CONF_SWAP_H

/**
 * @file
 * Gives a new configuration to all workers, or to none.
 *
 * First every worker is asked whether it works through its commands (CGN_CMD_PING). If one does not reply in time, no
 * worker is given anything. When all have replied and all rings have room, all are told CGN_CMD_CONF_SWAP at once.
 *
 * From then on the change goes forward only. A worker that gets stuck just then takes the configuration when it goes on:
 * the command waits in its ring, and all commands that are sent later wait behind it. The others do not wait for it
 * longer than a time limit. Until it replies, it may use the old configuration, so that one is not freed, and no other
 * change begins.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/workers/dpclient.h"

/** How long all workers have to show that they work. A busy machine needs much less. */
#define CGN_CONF_SWAP_PING_MS 10000

/** How long a change waits for workers that were told the new configuration. */
#define CGN_CONF_SWAP_REPLY_MS 10000

/** How long a change waits from its start on for is_settled(). */
#define CGN_CONF_SWAP_SETTLE_MS 500

struct cgn_conf_swap;

/** Who swaps. */
struct cgn_conf_swap_cfg {
	struct cgn_dpclient *client;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	/** Whether nothing outside is waited for. Otherwise the workers are told some time later. NULL: nothing ever is */
	bool (*is_settled)(void *arg);
	/** Called before the first worker is told. */
	void (*telling)(void *arg);
	/**
	 * Called once for each swap.
	 *
	 * @param ret     0: all workers use the new configuration, or take it when they go on; -ETIMEDOUT: a worker does
	 *                not reply, and no worker was told anything; -ECANCELED: cgnd stops, the same
	 * @param worker  the first one that has not replied; UINT32_MAX: all have
	 */
	void (*decided)(void *arg, int ret, uint32_t worker);
	/** Called once after decided() with 0: no worker uses the old configuration any more. */
	void (*released)(void *arg);
	void *arg;
};

/** Create it. All that @p cfg points to outlives it. @return 0 or -ENOMEM */
int cgn_conf_swap_create(struct cgn_conf_swap **out, const struct cgn_conf_swap_cfg *cfg);

/** Release it. No call of the client may come back any more: destroy the client before. NULL is allowed. */
void cgn_conf_swap_destroy(struct cgn_conf_swap *s);

/** Start. The last swap has ended. @param cmd  CGN_CMD_CONF_SWAP, which is copied */
void cgn_conf_swap_start(struct cgn_conf_swap *s, const struct cgn_cmd *cmd, uint64_t now_ms);

/** Give up if no worker was told anything: decided() gets -ECANCELED. None is started after this. */
void cgn_conf_swap_cancel(struct cgn_conf_swap *s);

#endif /* CGN_CONF_SWAP_H */
