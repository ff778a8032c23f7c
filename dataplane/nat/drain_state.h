/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DRAIN_STATE_H
#define CGN_DRAIN_STATE_H

/**
 * @file
 * The external addresses of a worker that are taken out of use. Only drain.c changes them.
 */

#include "shared/clock.h"
#include "shared/table.h"

/** An external address. If all fields are zero, it is in use. */
struct cgn_drain_addr {
	uint32_t place;  /* in closed[]; only if it is not open */
	cgn_tick since;  /* when it was taken out of use */
	uint32_t ended;  /* mappings that were ended because its time was over */
	uint32_t leases; /* those of them that were leases */
	uint32_t cut_no; /* cgn_drain.cut_no when a mapping was ended here because of the configuration */
	uint16_t cell; /* 64 ports that are looked at next */
	uint8_t state; /* enum cgn_drain_state */
	bool has_left; /* it has left the configuration: its time is over at once */
};

/** All external addresses of a worker. */
struct cgn_drain {
	struct cgn_drain_addr *at; /* by ordinal */
	uint32_t *closed;          /* ordinals of those that are not open */
	uint32_t n_closed;
	uint32_t n_leaving; /* addresses with has_left */
	uint32_t room;      /* ordinals */
	uint32_t look_at;   /* ordinal whose configuration is looked at next */
	bool is_postponed; /* some address could not be cut anew: look at all of them again at look_again */
	cgn_tick look_again;
	uint32_t work_at;    /* place in closed[] that is worked on next */
	uint32_t sweep_at;   /* subscriber that is looked at next */
	uint32_t sweep_left; /* subscribers that are looked at without a pause */
	uint32_t visit_left; /* closed addresses that are worked on without a pause */
	uint32_t cut_no;     /* how often is_resetting has become true */
	bool is_resetting; /* until reset_end, TCP segments without a mapping are answered with a reset */
	cgn_tick reset_end;
};

#endif /* CGN_DRAIN_STATE_H */
