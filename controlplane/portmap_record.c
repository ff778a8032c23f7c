/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fills records of leases.
 */
#include "controlplane/portmap_record.h"

#include "shared/percent.h"

#include <stdio.h>

static_assert(3 * CGN_LEASE_DESCRIPTION_MAX <
				sizeof(((struct cgn_record_extra *)NULL)->description),
		"a description fits, even if each octet is encoded");

/* A description may have control characters, and a line must not. */
static void
describe(struct cgn_record_extra *extra, const struct cgn_lease_extra *from)
{
	char text[CGN_LEASE_DESCRIPTION_MAX + 1] = "";

	if (from == NULL)
		return;
	memcpy(text, from->description, from->description_len);
	(void)cgn_percent_encode(extra->description, sizeof(extra->description), text);
}

/* @return NULL: there is nothing that is large, or no memory */
static struct cgn_record_extra *
make_extra(const struct cgn_leasetable_lease *x, const struct cgn_portmap_record *who)
{
	struct cgn_record_extra *extra;

	if (who->b4 == NULL && who->peer == NULL &&
			(x->extra == NULL || x->extra->description_len == 0))
		return NULL;
	extra = calloc(1, sizeof(*extra));
	if (extra == NULL)
		return NULL;
	atomic_init(&extra->n_users, 1);
	if (who->b4 != NULL)
		extra->b4 = *who->b4;
	if (who->peer != NULL)
		snprintf(extra->peer, sizeof(extra->peer), "%s", who->peer);
	describe(extra, x->extra);
	return extra;
}

void
cgn_portmap_record_put(struct cgn_record_door *d, const struct cgn_leasetable_lease *x,
		const struct cgn_portmap_record *who, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	bool has_map = x->map_end_ms > now_ms;
	uint64_t end_ms = has_map && x->map_end_ms > x->peer_end_ms ? x->map_end_ms
								    : x->peer_end_ms;
	uint64_t left_ms = event != CGN_RECORD_LEASE_ENDED && end_ms > now_ms ? end_ms - now_ms : 0;
	struct cgn_record r = {
		.event = (uint8_t)event,
		.lease = {
			.extra = make_extra(x, who),
			.in_addr = x->in.addr,
			.ext_addr = x->ext.addr,
			.in_port = rte_be_to_cpu_16(x->in.port),
			.ext_port = rte_be_to_cpu_16(x->ext.port),
			.lifetime_s = (uint32_t)((left_ms + 999) / 1000),
			.proto = x->in.proto,
			.is_pcp = x->by.by != CGN_LEASE_BY_NATPMP || x->map_end_ms == 0,
			.is_peer = x->map_end_ms == 0,
			.cause = (uint8_t)cause,
		},
	};

	if (!cgn_record_door_put(d, &r))
		cgn_record_release(&r);
}
