/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Walks through the ports of subscribers that cannot stay.
 */
#include "dataplane/nat/subscriber_regroup.h"

#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_state.h"

/* What a port is in a protocol: a mapping, or in hold-down. A hold-down is ended. */
static uint32_t
regroup_port(struct cgn_subscribers *s, uint32_t ord, uint16_t port, unsigned int proto,
		unsigned int *budget, cgn_tick now)
{
	uint32_t slot = *cgn_ext_slot(s->ext, ord, proto, port);

	if (!cgn_ext_is_held(slot))
		return cgn_ext_mapping(s->ext, slot);
	*budget -= 1;
	cgn_subscribers_end_hold(s, cgn_hold_at(&s->ports.hold, slot & ~CGN_EXT_HELD), now);
	return 0;
}

uint32_t
cgn_subscriber_regroup_next(struct cgn_subscribers *s, uint32_t sub,
		struct cgn_subscriber_port_walk *walk, unsigned int *budget, cgn_tick now)
{
	uint32_t ord = s->table.at[sub].pub.ext_ord;

	while (*budget > 0 && s->table.at[sub].n_ports > 0 &&
			cgn_subscriber_read_next_port(s, sub, &walk->cursor)) {
		uint32_t ref = regroup_port(s, ord, (uint16_t)(walk->cursor / CGN_PROTO_COUNT),
				(unsigned int)(walk->cursor % CGN_PROTO_COUNT), budget, now);

		/* When it has ended, its port may be in hold-down. So the walk comes here again. */
		if (ref != 0)
			return ref;
		walk->cursor++;
	}
	return 0;
}

bool
cgn_subscriber_regroup_forget(struct cgn_subscribers *s, uint32_t sub, cgn_tick now)
{
	if (s->table.at[sub].n_ports != 0)
		return false;
	cgn_subscribers_forget(s, sub, now);
	return true;
}
