/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Walks through the table of mappings, slice by slice, and ends those that are meant.
 */
#include "dataplane/engine/clear.h"

#include "dataplane/engine/row_filter.h"
#include "dataplane/nat/cut.h"
#include "dataplane/nat/life.h"

#include <errno.h>

#define LOOK_MAX 512 /* places that a slice looks at */
#define COST_MAX 32  /* mappings and connections that a slice ends */

/* Records that the end of a mapping causes at once: of itself, of its first sessions, of its block. */
#define RECORDS_MAX 20

/* Deal with one mapping that is meant. @return false: not now, the ring of records is full */
static bool
clear_one(struct cgn_engine *e, uint32_t ref, struct cgn_evt_clear *reply, unsigned int *cost)
{
	switch (cgn_table_kind_of(e->nat.maps.at[ref].flags)) {
	case CGN_TABLE_STATIC:
		reply->statics++;
		return true;
	case CGN_TABLE_EXPLICIT:
	case CGN_TABLE_PEER:
		reply->leases++;
		return true;
	case CGN_TABLE_IMPLICIT:
	case CGN_TABLE_ANY:
		break;
	}
	if (!cgn_record_door_has_room(e->records, RECORDS_MAX))
		return false;
	*cost += cgn_cut_cleared(&e->nat, ref, e->now);
	reply->ended++;
	return true;
}

int
cgn_clear_some(struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_clear *reply)
{
	const struct cgn_mappings *maps = &e->nat.maps;
	uint32_t ref = RTE_MAX((uint32_t)cmd->cursor, 1u);
	uint32_t end = RTE_MIN(maps->fresh, ref + LOOK_MAX);
	unsigned int cost = 0;

	if (e->nat.quiesced)
		return -ESHUTDOWN;
	for (; ref < end && cost < COST_MAX; ref++) {
		if (cgn_life_is_there(&e->nat, ref) &&
				cgn_row_filter_mapping(e, cmd->filter, &maps->at[ref]) &&
				!clear_one(e, ref, reply, &cost))
			break;
	}
	reply->cursor = ref;
	reply->done = ref >= maps->fresh;
	return 0;
}
