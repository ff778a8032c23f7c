/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The resolver as a whole: start and end, reload, announcements, and the next hops that workers want.
 * resolver_state.c has the life of one neighbour, arp_nd_responder.c what received frames change.
 */
#include "controlplane/link/resolver.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver_room.h"
#include "controlplane/link/resolver_state.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEFAULT 65536 /* neighbours */
/* Requests per second. One half probes known stations: enough for 30000 of them once a minute. The other half asks
 * for what the workers want. */
#define RATE_DEFAULT (2 * CGN_ASKS_PER_S)
#define BURST        64   /* requests at once */
#define HOPS_PER_S   64   /* requests for next hops beyond that rate, per second and at once */
#define ANNOUNCE_MS  10   /* between announcements: 100 per second */
#define READ_LOOKS   4096 /* entries that one call of cgn_resolver_read() looks at */

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
	cgn_token_bucket_init(&t->hop_rate, HOPS_PER_S, HOPS_PER_S, 0);
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

/* Whether the workers send packets to the station of an entry. */
static bool
resolver_has_station(const struct cgn_resolver_entry *e)
{
	return e != NULL && (cgn_resolver_is_known(e) || e->state == CGN_RESOLVER_STATE_STATIC);
}

/* An entry has the MAC address of the configuration. A prepared configuration may still be refused, so the log waits for
 * the second step. */
static void
resolver_listed(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	e->is_listed = true;
	if (t->before != NULL)
		return;
	e->is_down = false;
	e->again_ms = 0;
	cgn_hoplog_configured(&t->hops, &e->n.addr, e->n.port, now_ms);
}

/* Enter a configured neighbour, or change the one that the link has told. @return false: the table is full */
static bool
resolver_enter(struct cgn_resolver *t, const struct cgn_conf_neighbour *n, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = cgn_resolver_table_find(t, n->port, &n->address);

	/* Packets go where they went until the reload is sure. */
	if (t->before != NULL && resolver_has_station(e))
		return true;
	if (e != NULL && e->state == CGN_RESOLVER_STATE_STATIC &&
			memcmp(e->n.mac, n->mac, sizeof(n->mac)) == 0) {
		resolver_listed(e, now_ms);
		return true;
	}
	if (e == NULL) {
		if (t->free == CGN_RESOLVER_NONE)
			cgn_resolver_room_make(t, 0, now_ms);
		e = cgn_resolver_table_add(t, n->port, &n->address, CGN_RESOLVER_STATE_STATIC);
	}
	if (e == NULL)
		return false;
	cgn_timerq_cancel(t->timers, &e->timer);
	cgn_resolver_queue_remove(&t->queue, &e->turn);
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_STATIC);
	e->has_claim = false;
	resolver_listed(e, now_ms);
	cgn_resolver_table_set_mac(e, n->mac, now_ms);
	cgn_resolver_state_tell(e, now_ms);
	return true;
}

static void
resolver_enter_all(struct cgn_resolver *t, uint64_t now_ms)
{
	for (size_t i = 0; i < t->conf->n_neighbours; i++) {
		if (resolver_enter(t, &t->conf->neighbours[i], now_ms))
			continue;
		if (t->before != NULL)
			return; /* told with the second step */
		CGN_LOG(NEIGHBOURS_FULL, "not all configured neighbours fit into the table max=%u",
				t->max);
		t->lacks_neighbours = true;
		return;
	}
	if (t->lacks_neighbours && t->before == NULL) {
		CGN_LOG(NEIGHBOURS_FIT, "all configured neighbours are in the table");
		t->lacks_neighbours = false;
	}
}

/* Announce the addresses that the new configuration has more than the old one. */
static void
resolver_announce_new(struct cgn_resolver *t, const struct cgn_conf *old, uint64_t now_ms)
{
	struct cgn_announce *list = NULL;
	int ret = cgn_announce_add_new(&list, t->conf, old);

	/* One that is under way is begun again, with all addresses. Some of its addresses may be gone. */
	if (ret == 0 && t->announce != NULL)
		ret = cgn_announce_add_new(&list, old, t->conf);
	if (ret == 0 && list == NULL)
		return;
	if (ret == 0 && t->announce != NULL) {
		cgn_announce_destroy(list);
		list = NULL;
		ret = cgn_announce_create(&list, t->conf);
	}
	if (ret < 0) {
		CGN_LOG(ANNOUNCE_FAILED, "new addresses are not announced errno=%d", -ret);
		cgn_announce_destroy(list);
		return;
	}
	cgn_timerq_cancel(t->timers, &t->announce_timer);
	cgn_announce_destroy(t->announce);
	t->announce = list;
	resolver_announce(t, now_ms);
}

static bool
resolver_has_hop(const void *conf, const struct cgn_hoplog_hop *hop)
{
	const struct cgn_conf *c = conf;

	for (size_t i = 0; i < c->n_routes; i++) {
		if (c->routes[i].port == hop->port &&
				cgn_local_addr_same(&c->routes[i].via, &hop->addr))
			return true;
	}
	return false;
}

/* Mark the entries of the next hops of the routes, and no others. */
static void
resolver_mark_next_hops(struct cgn_resolver *t)
{
	for (uint32_t i = 0; i < t->max; i++)
		t->entries[i].is_next_hop = false;
	for (size_t i = 0; i < t->conf->n_routes; i++) {
		const struct cgn_conf_route *r = &t->conf->routes[i];
		struct cgn_resolver_entry *e = cgn_resolver_table_find(t, r->port, &r->via);

		if (e != NULL)
			e->is_next_hop = true;
	}
}

/* Watch the next hops of the routes. Those that are new are asked for before a worker holds packets for them. All marks
 * come first: a new one may displace a neighbour, but no next hop. */
static void
resolver_watch_next_hops(struct cgn_resolver *t, uint64_t now_ms)
{
	resolver_mark_next_hops(t);
	for (size_t i = 0; i < t->conf->n_routes; i++) {
		const struct cgn_cmd_neigh via = { .addr = t->conf->routes[i].via,
			.port = t->conf->routes[i].port };
		struct cgn_resolver_entry *e = cgn_resolver_table_find(t, via.port, &via.addr);

		if (e == NULL)
			cgn_resolver_wanted(t, &via, now_ms);
		else
			cgn_resolver_state_watch(e, now_ms);
	}
}

void
cgn_resolver_start(struct cgn_resolver *t, uint64_t now_ms)
{
	cgn_claimlog_init(&t->claims, now_ms);
	resolver_enter_all(t, now_ms);
	resolver_announce(t, now_ms);
	resolver_watch_next_hops(t, now_ms);
}

/* Whether nobody can reach a neighbour any more: its link is gone, or cgnd itself has its address now. */
static bool
resolver_is_gone(const struct cgn_resolver *t, const struct cgn_resolver_entry *e)
{
	const struct cgn_conf_port *port = &t->conf->ports[e->n.port];

	return cgn_local_addr_port_has(port, &e->n.addr) ||
			(!e->is_next_hop && !cgn_local_addr_on_link(port, &e->n.addr) &&
					e->state != CGN_RESOLVER_STATE_STATIC);
}

/* Compare an entry with the new configuration, and tell the workers what differs. */
static void
resolver_judge(struct cgn_resolver *t, struct cgn_resolver_entry *e, uint64_t now_ms)
{
	bool is_changed;

	if (e->table == NULL || e->state == CGN_RESOLVER_STATE_LOST)
		return;
	/* The operator has said the station until now. Packets still go to it while it is asked. */
	if (e->state == CGN_RESOLVER_STATE_STATIC && !e->is_listed)
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_PROBING, now_ms);
	if (resolver_is_gone(t, e)) {
		cgn_resolver_state_lose(e, now_ms);
		return;
	}
	is_changed = cgn_resolver_table_judge_again(e, now_ms);
	if (is_changed && cgn_resolver_is_known(e))
		cgn_resolver_state_tell(e, now_ms);
}

/* Let all entries follow t->conf. */
static void
resolver_follow(struct cgn_resolver *t, uint64_t now_ms)
{
	cgn_resolver_table_set_limits(t);
	cgn_hoplog_keep(&t->hops, resolver_has_hop, t->conf);
	for (uint32_t i = 0; i < t->max; i++)
		t->entries[i].is_listed = false;
	resolver_enter_all(t, now_ms);
	for (uint32_t i = 0; i < t->max; i++)
		resolver_judge(t, &t->entries[i], now_ms);
}

int
cgn_resolver_prepare(struct cgn_resolver *t, const struct cgn_conf *conf, uint64_t now_ms)
{
	int ret = cgn_group_map_init(&t->next_groups, conf);

	if (ret < 0)
		return ret;
	t->before = t->conf;
	t->conf = conf;
	resolver_enter_all(t, now_ms);
	resolver_watch_next_hops(t, now_ms);
	return 0;
}

void
cgn_resolver_abandon(struct cgn_resolver *t, uint64_t now_ms)
{
	cgn_group_map_fini(&t->next_groups);
	t->conf = t->before;
	t->before = NULL;
	resolver_watch_next_hops(t, now_ms);
	resolver_follow(t, now_ms);
}

void
cgn_resolver_commit(struct cgn_resolver *t, uint64_t now_ms)
{
	const struct cgn_conf *old = t->before;

	cgn_group_map_fini(&t->groups);
	t->groups = t->next_groups;
	t->next_groups = (struct cgn_group_map){ 0 };
	t->before = NULL;
	resolver_follow(t, now_ms);
	resolver_announce_new(t, old, now_ms);
}

bool
cgn_resolver_is_settled(struct cgn_resolver *t)
{
	const struct cgn_resolver_entry *e;

	TAILQ_FOREACH(e, &t->asking, asking_link) {
		if (e->is_next_hop && !e->is_down)
			return false;
	}
	return true;
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
	return resolver_has_station(cgn_resolver_table_find(t, port, addr));
}

static void
show_neighbour(const struct cgn_resolver_entry *e, struct cgn_resolver_row *out)
{
	static const char *const names[] = {
		[CGN_RESOLVER_STATE_ASKING] = "asking",
		[CGN_RESOLVER_STATE_KNOWN] = "known",
		[CGN_RESOLVER_STATE_PROBING] = "probing",
		[CGN_RESOLVER_STATE_DOUBTED] = "doubted",
		[CGN_RESOLVER_STATE_STATIC] = "static",
		[CGN_RESOLVER_STATE_LOST] = "lost",
	};

	*out = (struct cgn_resolver_row){
		.addr = e->n.addr,
		.heard_ms = e->heard_ms,
		.port = e->n.port,
		.has_mac = resolver_has_station(e),
		.is_next_hop = e->is_next_hop,
		.state = names[e->state],
	};
	memcpy(&out->mac, e->n.mac, sizeof(out->mac));
}

uint32_t
cgn_resolver_read(const struct cgn_resolver *t, uint32_t *cursor, struct cgn_resolver_row *rows,
		uint32_t max, bool *is_end)
{
	uint32_t n = 0;

	for (uint32_t looked = 0; *cursor < t->max && n < max && looked < READ_LOOKS;
			looked++, ++*cursor) {
		if (t->entries[*cursor].table != NULL)
			show_neighbour(&t->entries[*cursor], &rows[n++]);
	}
	*is_end = *cursor >= t->max;
	return n;
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
