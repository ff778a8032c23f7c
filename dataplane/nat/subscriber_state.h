/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_STATE_H
#define CGN_SUBSCRIBER_STATE_H

/**
 * @file
 * The data of the subscribers of one worker, for subscriber.c, the files subscriber_*.c, follow.c and static_turn.c. All
 * other files use the functions of their headers.
 */

#include "dataplane/nat/ports.h"
#include "dataplane/nat/refused.h"
#include "dataplane/nat/subtable.h"
#include "shared/group.h"
#include "shared/stats.h"

/** All subscribers of one worker, with their ports. */
struct cgn_subscribers {
	const struct cgn_nat_plan *plan;
	const struct cgn_conf *conf; /* of the plan */
	struct cgn_ext *ext;
	struct cgn_group_map groups; /* of the plan */
	struct cgn_ports ports;
	struct cgn_subtable table;
	struct cgn_refused refused;  /* subscribers and hosts that were refused */
	struct cgn_stats *stats;     /* of the worker; here: its pools and groups */
	_Atomic(uint32_t) *total;    /* subscribers of all workers */
	_Atomic(uint32_t) own_total; /* total points here if there is no other worker */
	uint64_t held_short;         /* hold-downs that ended early */
	bool is_regrouping; /* not all subscribers were compared with the configuration yet */
	cgn_subscriber_mine_fn is_mine; /* NULL: all are */
	const void *is_mine_ctx;
	bool has_grace; /* until grace_end traffic avoids ports that leases take first */
	cgn_tick grace_end;
	bool awaits_state; /* new subscribers get no first block (subscriber_restore.h) */
};

/** Whether clients may still restore leases that cgnd has lost. */
static inline bool
cgn_subscribers_in_grace(const struct cgn_subscribers *s, cgn_tick now)
{
	return s->has_grace && !cgn_tick_reached(now, s->grace_end);
}

/** The numbers that traffic prefers. */
static inline enum cgn_ports_zone
cgn_subscribers_zone(const struct cgn_subscribers *s, cgn_tick now)
{
	return cgn_subscribers_in_grace(s, now) ? CGN_PORTS_TRAFFIC : CGN_PORTS_ANY;
}

/**
 * Add a subscriber that is not in the table, and pair it with an address. It has no block. An idle one may be removed to
 * make room.
 *
 * @param[out] sub  its number
 * @return CGN_V_NONE, or CGN_V_SUBSCRIBERS_MAX, CGN_V_SUBSCRIBERS_FULL
 */
enum cgn_verdict
cgn_subscribers_enter(struct cgn_subscribers *s, const struct cgn_subtable_key *key, uint32_t group,
		uint32_t ord, cgn_tick now, uint32_t *sub);

#endif /* CGN_SUBSCRIBER_STATE_H */
