/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Remembers the ways to clients, and sends updates of mappings.
 *
 * The table has a fixed size. A new way takes the place of the oldest one of its set.
 */
#include "controlplane/pcp/pcp_update.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/pcp/pcp_codec.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define WAYS   8                            /* of a set */
#define SETS   (CGN_PCP_UPDATE_WAYS / WAYS) /* a power of two */
#define GAP_MS 250                          /* the first gap; the next one is twice as long */

/* The way to the client of a mapping. */
struct way {
	struct cgn_pcp_update *owner; /* NULL: the place is free */
	uint64_t at_ms;               /* of the last answer */
	uint32_t realm;
	struct cgn_ep4 in;
	struct cgn_return_addr to;
	bool is_third_party;
	/* The update under way, if the timer is set. */
	struct cgn_timer timer;
	unsigned int n_sent;
	struct cgn_lease_owner by;
	struct cgn_ep4 ext;
	uint64_t end_ms; /* of the lease; 0: it has ended */
};

struct cgn_pcp_update {
	struct cgn_pcp_update_cfg cfg;
	struct way sets[SETS][WAYS];
};

static struct way *
set_of(struct cgn_pcp_update *u, uint32_t realm, const struct cgn_ep4 *in)
{
	uint64_t x = (uint64_t)in->port << 48 | (uint64_t)in->proto << 32 | in->addr;

	x ^= (uint64_t)realm << 16 ^ u->cfg.seed;
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return u->sets[(x >> 32) % SETS];
}

static bool
is_way_of(const struct way *w, uint32_t realm, const struct cgn_ep4 *in)
{
	return w->owner != NULL && w->realm == realm && w->in.addr == in->addr &&
			w->in.port == in->port && w->in.proto == in->proto;
}

/* @return NULL: it is not known */
static struct way *
find_way(struct cgn_pcp_update *u, uint32_t realm, const struct cgn_ep4 *in)
{
	struct way *set = set_of(u, realm, in);

	for (unsigned int i = 0; i < WAYS; i++) {
		if (is_way_of(&set[i], realm, in))
			return &set[i];
	}
	return NULL;
}

/* A place for a way: its own, a free one, or that of the oldest way. */
static struct way *
place_of(struct cgn_pcp_update *u, uint32_t realm, const struct cgn_ep4 *in)
{
	struct way *set = set_of(u, realm, in), *place = find_way(u, realm, in);

	for (unsigned int i = 0; place == NULL && i < WAYS; i++) {
		if (set[i].owner == NULL)
			place = &set[i];
	}
	for (unsigned int i = 0; place == NULL && i < WAYS; i++) {
		bool is_oldest = true;

		for (unsigned int k = 0; k < WAYS; k++)
			is_oldest &= set[i].at_ms <= set[k].at_ms;
		if (is_oldest)
			place = &set[i];
	}
	return place;
}

/* The client would take an answer without filters for one to a request without them. */
static void
add_filters(struct cgn_pcp_options *o, const struct cgn_lease_extra *extra)
{
	for (unsigned int i = 0; extra != NULL && i < extra->n_filters; i++) {
		const struct cgn_filter *f = &extra->filters[i];

		o->filters[o->n_filters++] = (struct cgn_pcp_filter){
			.remote = { .ip4 = f->addr, .len = f->len },
			.port = rte_be_to_cpu_16(f->port),
		};
	}
}

static void
send_update(struct way *w, uint64_t now_ms)
{
	const struct cgn_pcp_update_cfg *cfg = &w->owner->cfg;
	const struct cgn_asker client = {
		.addr = w->in.addr, .realm = w->realm, .is_home = w->realm != 0
	};
	struct cgn_pcp_answer a = {
		.opcode = CGN_PCP_MAP,
		.epoch_s = cgn_lease_service_epoch_s(cfg->leases, &client, now_ms),
		.mapping = { .proto = w->in.proto == CGN_PROTO_TCP ? IPPROTO_TCP : IPPROTO_UDP,
				.in_port = rte_be_to_cpu_16(w->in.port),
				.ext_port = rte_be_to_cpu_16(w->ext.port),
				.ext = { .ip4 = w->ext.addr } },
		.options = { .has_third_party = w->is_third_party,
				.third_party = { .ip4 = w->in.addr } },
	};
	struct cgn_pcp_message m;

	memcpy(a.mapping.nonce, w->by.nonce, sizeof(a.mapping.nonce));
	if (w->end_ms > now_ms) {
		a.lifetime_s = (uint32_t)((w->end_ms - now_ms + 999) / 1000);
		add_filters(&a.options,
				cgn_lease_service_extra(cfg->leases, &client, &w->by, w->in.proto,
						rte_be_to_cpu_16(w->in.port)));
	}
	/* As many filters as a lease can have came in one request, so they fit. */
	if (cgn_pcp_codec_answer(&m, &a))
		cfg->send(cfg->ctx, &w->to, m.octets, m.len);
}

static void
update_again(void *arg, uint64_t now_ms)
{
	struct way *w = arg;

	send_update(w, now_ms);
	if (++w->n_sent < CGN_PCP_UPDATE_COUNT)
		(void)cgn_timerq_set(w->owner->cfg.timers, &w->timer,
				now_ms + ((uint64_t)GAP_MS << (w->n_sent - 1)));
}

void
cgn_pcp_update_answered(struct cgn_pcp_update *u, const struct cgn_lease_result *x, uint64_t now_ms)
{
	const struct cgn_ip client = { .ip4 = x->asker->addr };
	const struct cgn_ep4 in = { .addr = client.ip4,
		.port = rte_cpu_to_be_16(x->ask->in_port),
		.proto = x->ask->proto };
	struct way *w;

	/* An update is an answer to MAP. */
	if (x->ask->op != CGN_LEASE_MAP)
		return;
	w = place_of(u, x->asker->realm, &in);
	cgn_timerq_cancel(u->cfg.timers, &w->timer);
	*w = (struct way){ .owner = u,
		.at_ms = now_ms,
		.realm = x->asker->realm,
		.in = in,
		.to = *x->to,
		.is_third_party = !cgn_local_addr_same(&x->to->remote, &client),
		.timer = { .fire = update_again, .arg = w } };
}

/* @param end_ms  of the lease; 0: it has ended */
static bool
begin_update(struct cgn_pcp_update *u, const struct cgn_lessor_info *lease, uint64_t end_ms,
		uint64_t now_ms)
{
	struct way *w = find_way(u, lease->realm, &lease->in);

	if (w == NULL || lease->by.by != CGN_LEASE_BY_PCP)
		return false;
	w->n_sent = 0;
	w->ext = lease->ext;
	w->by = lease->by;
	w->end_ms = end_ms;
	/* The epoch of the client begins anew when all its leases are ended. So the update leaves in the next turn. */
	return cgn_timerq_set(u->cfg.timers, &w->timer, now_ms) == 0;
}

void
cgn_pcp_update_revoked(
		struct cgn_pcp_update *u, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	(void)begin_update(u, lease, 0, now_ms);
}

bool
cgn_pcp_update_moved(struct cgn_pcp_update *u, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	return begin_update(u, lease, now_ms + (uint64_t)lease->map_left_s * 1000, now_ms);
}

int
cgn_pcp_update_create(struct cgn_pcp_update **out, const struct cgn_pcp_update_cfg *cfg)
{
	struct cgn_pcp_update *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->cfg = *cfg;
	*out = u;
	return 0;
}

void
cgn_pcp_update_destroy(struct cgn_pcp_update *u)
{
	if (u == NULL)
		return;
	for (unsigned int i = 0; i < SETS; i++) {
		for (unsigned int k = 0; k < WAYS; k++)
			cgn_timerq_cancel(u->cfg.timers, &u->sets[i][k].timer);
	}
	free(u);
}
