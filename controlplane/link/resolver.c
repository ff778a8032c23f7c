/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The resolver as a whole: start and end, reload, announcements at the start, and the next hops that workers want.
 * resolver_state.c has the life of one neighbour, arp_nd_responder.c what received frames change.
 */
#include "controlplane/link/resolver.h"

#include "controlplane/link/resolver_room.h"
#include "controlplane/link/resolver_state.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_DEFAULT 65536 /* neighbours */
/* Requests per second. One half probes known stations: enough for 30000 of them once a minute. The other half asks
 * for what the workers want. */
#define RATE_DEFAULT (2 * CGN_ASKS_PER_S)
#define BURST        64 /* requests at once */
#define ANNOUNCE_MS  10 /* between announcements: 100 per second */

CGN_LOG_TYPE("resolver");

/* Announce the next address, then set the timer for the one after it. The pauses keep thousands of pool addresses from
 * becoming a burst of broadcasts. */
static void
resolver_announce(void *arg, uint64_t now_ms)
{
	struct cgn_resolver *t = arg;
	uint8_t buf[CGN_ARP_ND_MAX];
	struct cgn_ip a;
	uint16_t port;
	size_t len;

	if (!cgn_announce_next(t->announce, &port, &a)) {
		cgn_announce_destroy(t->announce);
		t->announce = NULL;
		return;
	}
	len = cgn_arp_nd_announce(buf, &t->from[port], &a);
	t->ops->send(t->ctx, port, buf, len);
	t->stats.announced++;
	cgn_timerq_set(t->timers, &t->announce_timer, now_ms + ANNOUNCE_MS);
}

int
cgn_resolver_create(struct cgn_resolver **out, const struct cgn_resolver_cfg *cfg)
{
	struct cgn_resolver *t = calloc(1, sizeof(*t));
	int ret;

	if (t == NULL)
		return -ENOMEM;
	t->conf = cfg->conf;
	t->timers = cfg->timers;
	t->ops = cfg->ops;
	t->ctx = cfg->ctx;
	t->fire = cgn_resolver_state_due;
	t->seed = cfg->seed;
	t->max = cfg->max == 0 ? MAX_DEFAULT : cfg->max;
	TAILQ_INIT(&t->asking);
	cgn_resolver_queue_init(&t->queue, t->timers, cgn_resolver_state_ask_now,
			cfg->requests_per_s == 0 ? RATE_DEFAULT : cfg->requests_per_s, BURST);
	t->announce_timer = (struct cgn_timer){ .fire = resolver_announce, .arg = t };
	for (size_t i = 0; i < cfg->conf->n_ports; i++) {
		t->from[i].mac = cfg->macs[i];
		t->from[i].vlan = cfg->conf->ports[i].vlan;
	}
	cgn_resolver_table_set_limits(t);
	ret = cgn_resolver_table_init(t);
	if (ret == 0)
		/* One timer per entry, and some for the rest of the control thread. Later sets cannot fail. */
		ret = cgn_timerq_reserve(t->timers, (size_t)t->max + MAX_DEFAULT);
	if (ret == 0)
		ret = cgn_announce_create(&t->announce, cfg->conf);
	if (ret < 0) {
		cgn_resolver_destroy(t);
		return ret;
	}
	*out = t;
	return 0;
}

void
cgn_resolver_destroy(struct cgn_resolver *t)
{
	if (t == NULL)
		return;
	cgn_timerq_cancel(t->timers, &t->announce_timer);
	cgn_resolver_queue_fini(&t->queue);
	cgn_announce_destroy(t->announce);
	cgn_resolver_table_fini(t);
	free(t);
}

void
cgn_resolver_start(struct cgn_resolver *t, uint64_t now_ms)
{
	cgn_claimlog_init(&t->claims, now_ms);
	for (size_t i = 0; i < t->conf->n_neighbours; i++) {
		const struct cgn_conf_neighbour *n = &t->conf->neighbours[i];
		struct cgn_resolver_entry *e = cgn_resolver_table_add(
				t, n->port, &n->address, CGN_RESOLVER_STATE_STATIC);

		if (e == NULL) {
			CGN_LOG(ERR, "not all configured neighbours fit into the table max=%u",
					t->max);
			break;
		}
		cgn_resolver_table_set_mac(e, n->mac, now_ms);
		cgn_resolver_state_tell(e, now_ms);
	}
	resolver_announce(t, now_ms);
}

void
cgn_resolver_set_conf(struct cgn_resolver *t, const struct cgn_conf *conf, uint64_t now_ms)
{
	t->conf = conf;
	cgn_resolver_table_set_limits(t);
	/* Routes may have changed: mark the next hops anew. One that waits for the rate is asked now. */
	for (uint32_t i = 0; i < t->max; i++)
		t->entries[i].is_next_hop = false;
	for (size_t i = 0; i < conf->n_routes; i++) {
		struct cgn_resolver_entry *e = cgn_resolver_table_find(
				t, conf->routes[i].port, &conf->routes[i].via);

		if (e == NULL)
			continue;
		e->is_next_hop = true;
		if (e->turn.is_waiting)
			cgn_resolver_state_ask(e, now_ms);
	}
	/* Limits of stations may have changed: judge all neighbours anew, and tell the workers what differs. */
	for (uint32_t i = 0; i < t->max; i++) {
		struct cgn_resolver_entry *e = &t->entries[i];

		if (cgn_resolver_table_judge_again(e, now_ms) && cgn_resolver_is_known(e))
			cgn_resolver_state_tell(e, now_ms);
	}
}

void
cgn_resolver_wanted(struct cgn_resolver *t, const struct cgn_cmd_neigh *n, uint64_t now_ms)
{
	struct cgn_resolver_entry *e;

	if (n->port >= t->conf->n_ports)
		return;
	e = cgn_resolver_table_find(t, n->port, &n->addr);
	if (e == NULL) {
		cgn_resolver_room_bound_asking(t, now_ms);
		if (t->free == CGN_RESOLVER_NONE)
			cgn_resolver_room_make(t, 0, now_ms);
		e = cgn_resolver_table_add(t, n->port, &n->addr, CGN_RESOLVER_STATE_LOST);
		if (e == NULL) {
			/* The workers drop what they hold for it. A worker that cannot be told drops it on its own a
			 * little later. */
			t->ops->tell(t->ctx, false, n, now_ms);
			return;
		}
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		return;
	}
	switch ((enum cgn_resolver_state)e->state) {
	case CGN_RESOLVER_STATE_ASKING: /* another worker wants it too; all get the answer */
		break;
	case CGN_RESOLVER_STATE_KNOWN:
	case CGN_RESOLVER_STATE_PROBING:
	case CGN_RESOLVER_STATE_DOUBTED:
	case CGN_RESOLVER_STATE_STATIC:
		cgn_resolver_state_tell(e, now_ms); /* the worker asked before it was told */
		break;
	case CGN_RESOLVER_STATE_LOST:
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		break;
	}
}

bool
cgn_resolver_has(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *addr)
{
	const struct cgn_resolver_entry *e = cgn_resolver_table_find(t, port, addr);

	return e != NULL && (cgn_resolver_is_known(e) || e->state == CGN_RESOLVER_STATE_STATIC);
}

uint32_t
cgn_resolver_count(const struct cgn_resolver *t)
{
	return t->count;
}

const struct cgn_resolver_stats *
cgn_resolver_stats(const struct cgn_resolver *t)
{
	return &t->stats;
}
