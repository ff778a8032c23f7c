/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The subscribers, blocks and ports of an external address that is taken out of use.
 */
#include "dataplane/nat/subscriber_drain.h"

#include "dataplane/nat/subscriber_state.h"

void
cgn_subscriber_drain_close(struct cgn_subscribers *s, uint32_t ord)
{
	cgn_pool_close(&s->ports.pools, ord);
}

void
cgn_subscriber_drain_shut(struct cgn_subscribers *s, uint32_t ord)
{
	cgn_pool_shut(&s->ports.pools, ord);
}

void
cgn_subscriber_drain_open(struct cgn_subscribers *s, uint32_t ord, cgn_tick now)
{
	cgn_pool_open(&s->ports.pools, ord, now);
}

uint32_t
cgn_subscriber_drain_paired(const struct cgn_subscribers *s, uint32_t ord)
{
	return s->ports.pools.links[ord].n_paired;
}

uint32_t
cgn_subscriber_drain_guarded(const struct cgn_subscribers *s, uint32_t ord)
{
	return s->ports.pools.links[ord].n_guarded;
}

uint32_t
cgn_subscriber_drain_ports(const struct cgn_subscribers *s, uint32_t ord)
{
	const struct cgn_block_cell *c = cgn_block_cell(&s->ports.map, ord, 0);
	uint32_t n = 0;

	for (unsigned int i = 0; i < CGN_SUBSCRIBER_DRAIN_CELLS; i++) {
		for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++)
			n += (uint32_t)__builtin_popcountll(c[i].used[proto]);
	}
	return n;
}

uint32_t
cgn_subscriber_drain_sweep(struct cgn_subscribers *s, uint32_t *at, uint32_t look,
		unsigned int *budget, cgn_tick now)
{
	uint32_t n = 0;

	for (; n < look && n<s->table.end && * budget> 0; n++) {
		const struct cgn_subtable_entry *e;

		if (*at >= s->table.end)
			*at = 0;
		e = &s->table.at[*at];
		if (e->pub.is_live && e->n_ports == 0 &&
				cgn_pool_is_closed(&s->ports.pools, e->pub.ext_ord)) {
			cgn_subscribers_forget(s, *at, now);
			*budget -= 1;
		}
		++*at;
	}
	return n;
}

uint32_t
cgn_subscriber_drain_next(struct cgn_subscribers *s, uint32_t ord, uint16_t *cell,
		unsigned int *budget, cgn_tick now)
{
	for (; *cell < CGN_SUBSCRIBER_DRAIN_CELLS; ++*cell) {
		const struct cgn_block_cell *c = cgn_block_cell(
				&s->ports.map, ord, (uint16_t)(*cell * 64));

		for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
			while (c->used[proto] != 0) {
				uint32_t port = *cell * 64u +
						(uint32_t)__builtin_ctzll(c->used[proto]);
				uint32_t slot = *cgn_ext_slot(s->ext, ord, proto, (uint16_t)port);

				if (!cgn_ext_is_held(slot))
					return cgn_ext_mapping(s->ext, slot);
				if (*budget == 0)
					return 0;
				--*budget;
				cgn_subscribers_end_hold(s,
						cgn_hold_at(&s->ports.hold, slot & ~CGN_EXT_HELD),
						now);
			}
		}
	}
	return 0;
}

bool
cgn_subscriber_drain_unguard(struct cgn_subscribers *s, uint32_t ord, bool all, cgn_tick now)
{
	return cgn_pool_unguard_closed(
			&s->ports.pools, ord, now, all ? 0 : cgn_ticks(s->ports.guard_s));
}

void
cgn_subscriber_drain_count(
		const struct cgn_subscribers *s, uint32_t ord, struct cgn_drain_info *out)
{
	out->subscribers = cgn_subscriber_drain_paired(s, ord);
	out->blocks = cgn_pool_used_blocks(&s->ports.pools, ord);
	out->ports = cgn_subscriber_drain_ports(s, ord);
	out->leases = s->ports.pools.links[ord].n_leases;
}
