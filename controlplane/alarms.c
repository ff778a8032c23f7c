/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Thresholds of pools and of the NAT, and log lines about what is refused or waits.
 */
#include "controlplane/alarms.h"

#include "controlplane/episode.h"
#include "shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ethdev.h>

CGN_LOG_TYPE("alarms");

#define PERIOD_MS 1000

/* One threshold. */
struct alarm {
	bool is_reached; /* since it was below nine tenths */
	bool is_pending; /* not told yet */
	bool is_open;    /* told, and not told to be over */
	bool was_told;
	uint32_t mark; /* value of the threshold; 0: none yet */
	uint64_t told_ms;
};

/* What is new about a threshold. */
enum alarm_news {
	ALARM_NOTHING,
	ALARM_REACHED,
	ALARM_OVER,
};

/* Something that is counted, with log lines that tell how often. */
struct tally {
	uint64_t seen; /* by the last line */
	uint64_t told_ms;
	bool was_told;
};

struct pool_alarms {
	struct alarm high;
	struct alarm low;
	struct alarm blocks;
	struct cgn_episode addresses;
	struct cgn_episode ports;
};

struct group_alarms {
	struct tally thresholds;
	struct cgn_episode limits[CGN_GROUP_LIMIT_COUNT];
};

/* Limits of all subscribers together, with the verdict that counts refusals, and the gauges of what is in use. */
static const struct {
	enum cgn_verdict verdict;
	const char *limit;
	enum cgn_gauge_id first_gauge, last_gauge;
} limits[] = {
	{ CGN_V_MAPPINGS_FULL, "nat.mappings_max", CGN_G_MAPPINGS_UDP, CGN_G_MAPPINGS_ICMP },
	{ CGN_V_SESSIONS_FULL, "nat.sessions_max", CGN_G_SESSIONS, CGN_G_SESSIONS },
	{ CGN_V_SUBSCRIBERS_MAX, "nat.subscribers_max", CGN_G_SUBSCRIBERS, CGN_G_SUBSCRIBERS },
	{ CGN_V_SUBSCRIBERS_FULL, "subscriber_table", CGN_G_SUBSCRIBERS, CGN_G_SUBSCRIBERS },
	{ CGN_V_FRAG_FULL, "nat.fragments_max", CGN_G_HELD_FRAGMENTS, CGN_G_HELD_FRAGMENTS },
};

/* Octets of what a line is about: names and keys. */
#define ABOUT_MAX 128

static const char *const threshold_names[] = {
#define THRESHOLD_NAME(id, event, element, name) name,
	CGN_RECORD_THRESHOLDS(THRESHOLD_NAME)
#undef THRESHOLD_NAME
};

struct cgn_alarms {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	struct cgn_record_door *door;
	struct pool_alarms *pools;   /* by pool */
	struct group_alarms *groups; /* by group */
	struct cgn_episode limits[RTE_DIM(limits)];
	struct cgn_episode buffers;
	uint64_t no_buffer[CGN_PORTS_MAX]; /* rx_nombuf of the devices, when last read */
	uint64_t statics_waiting;          /* when last looked at */
	bool statics_told;                 /* that some wait */
	struct alarm mappings;
	struct alarm sessions;
	struct alarm subscribers;
	struct alarm homes;
};

/* --- whether to tell --------------------------------------------------------------------------- */

static bool
interval_is_over(const struct cgn_alarms *a, bool was_told, uint64_t told_ms, uint64_t now_ms)
{
	return !was_told || now_ms - told_ms >= (uint64_t)a->conf->nat.notify_interval_s * 1000;
}

/*
 * Note what was measured. A reload may have changed the threshold: then it can be reached anew.
 *
 * @param mark        value of the threshold; 0: there is none
 * @param is_reached  the threshold is reached
 * @param is_left     it is so far from being reached that it can be told again
 * @return ALARM_REACHED: to be told now; ALARM_OVER: what was told is over
 */
static enum alarm_news
alarm_note(const struct cgn_alarms *a, struct alarm *x, uint32_t mark, bool is_reached,
		bool is_left, uint64_t now_ms)
{
	if (x->mark != 0 && x->mark != mark)
		x->is_reached = x->is_pending = false;
	x->mark = mark;
	if (mark == 0 || is_left) {
		x->is_reached = x->is_pending = false;
	} else if (is_reached && !x->is_reached) {
		x->is_reached = x->is_pending = true;
	}
	if (x->is_open && (x->is_pending || !x->is_reached)) {
		x->is_open = false;
		return ALARM_OVER;
	}
	if (!x->is_pending || !interval_is_over(a, x->was_told, x->told_ms, now_ms))
		return ALARM_NOTHING;
	x->is_pending = false;
	x->was_told = x->is_open = true;
	x->told_ms = now_ms;
	return ALARM_REACHED;
}

/* @return what was counted since the last line, if it is to be told now; else 0 */
static uint64_t
tally_take(const struct cgn_alarms *a, struct tally *t, uint64_t count, uint64_t now_ms)
{
	uint64_t n = count - t->seen;

	if (n == 0 || !interval_is_over(a, t->was_told, t->told_ms, now_ms))
		return 0;
	t->seen = count;
	t->was_told = true;
	t->told_ms = now_ms;
	return n;
}

/* --- thresholds -------------------------------------------------------------------------------- */

/* @param pool  NULL: the threshold is not one of a pool */
static void
about_threshold(char about[static ABOUT_MAX], enum cgn_record_threshold_id id,
		const struct cgn_conf_pool *pool)
{
	snprintf(about, ABOUT_MAX, "threshold=%s%s%s", threshold_names[id],
			pool == NULL ? "" : " pool=", pool == NULL ? "" : pool->name);
}

/* @param pool  NULL: the threshold is not one of a pool */
static void
tell_threshold(struct cgn_alarms *a, enum alarm_news news, const struct cgn_record_threshold *t,
		const struct cgn_conf_pool *pool)
{
	struct cgn_record r = { .event = CGN_RECORD_THRESHOLD_REACHED, .threshold = *t };
	char about[ABOUT_MAX];

	about_threshold(about, t->threshold, pool);
	if (news == ALARM_OVER)
		CGN_LOG_ABOUT(THRESHOLD_OVER, about,
				"%s mark=%" PRIu32 " value=%" PRIu32 " entries=%" PRIu32, about,
				t->mark, t->value, t->entries);
	if (news != ALARM_REACHED)
		return;
	CGN_LOG_ABOUT(THRESHOLD_REACHED, about,
			"%s mark=%" PRIu32 " value=%" PRIu32 " entries=%" PRIu32, about, t->mark,
			t->value, t->entries);
	if (cgn_record_door_wants(a->door, CGN_RECORD_KIND_THRESHOLDS))
		(void)cgn_record_door_put(a->door, &r);
}

/* The protocol that has most of the ports of a pool. */
static uint8_t
busiest_protocol(const struct cgn_pool_stats *s)
{
	uint8_t most = 0;

	for (uint8_t p = 1; p < CGN_PROTO_COUNT; p++) {
		if (cgn_counter_get(&s->ports_used[p]) > cgn_counter_get(&s->ports_used[most]))
			most = p;
	}
	return most;
}

static void
look_at_use(struct cgn_alarms *a, size_t pool, const struct cgn_pool_stats *s, uint64_t now_ms)
{
	const struct cgn_conf_pool *p = &a->conf->pools[pool];
	struct pool_alarms *x = &a->pools[pool];
	uint8_t proto = busiest_protocol(s);
	uint64_t all = (uint64_t)p->n_addresses * (p->port_max - p->port_min + 1u);
	uint64_t used = cgn_counter_get(&s->ports_used[proto]);
	/* In hundredths of a port, so that nothing is rounded. */
	uint64_t high = all * p->use_high_percent, low = all * p->use_low_percent;
	struct cgn_record_threshold t = {
		.value = (uint32_t)(used * 100 / all),
		.entries = (uint32_t)used,
		.pool = p->number,
		.proto = proto,
	};
	enum alarm_news news;

	t.threshold = CGN_RECORD_THRESHOLD_POOL_HIGH;
	t.mark = p->use_high_percent;
	news = alarm_note(a, &x->high, t.mark, used * 100 >= high, used * 100 < high - high / 10,
			now_ms);
	tell_threshold(a, news, &t, p);
	t.threshold = CGN_RECORD_THRESHOLD_POOL_LOW;
	t.mark = p->use_low_percent;
	news = alarm_note(
			a, &x->low, t.mark, used * 100 <= low, used * 100 > low + low / 10, now_ms);
	tell_threshold(a, news, &t, p);
}

#define BLOCKS_TEXT "pool=%s blocks_used=%" PRIu64 " blocks=%" PRIu64 " percent=%" PRIu64

/* Blocks are what new subscribers need. They run out long before all ports have mappings. */
static void
look_at_blocks(struct cgn_alarms *a, size_t pool, const struct cgn_pool_stats *s, uint64_t now_ms)
{
	const struct cgn_conf_pool *p = &a->conf->pools[pool];
	uint64_t all = cgn_counter_get(&s->blocks), used = cgn_counter_get(&s->blocks_used);
	uint64_t high = all * p->blocks_high_percent;
	uint64_t percent = all == 0 ? 0 : used * 100 / all;
	enum alarm_news news;

	/* A pool without blocks can have lost them, so a warning must end. */
	news = alarm_note(a, &a->pools[pool].blocks, p->blocks_high_percent,
			all != 0 && used * 100 >= high, all == 0 || used * 100 < high - high / 10,
			now_ms);
	if (news == ALARM_REACHED)
		CGN_LOG_ABOUT(BLOCKS_HIGH, p->name, BLOCKS_TEXT, p->name, used, all, percent);
	else if (news == ALARM_OVER)
		CGN_LOG_ABOUT(BLOCKS_HIGH_OVER, p->name, BLOCKS_TEXT, p->name, used, all, percent);
}

/* A threshold of all workers together. @param have  entries now */
static void
look_at_entries(struct cgn_alarms *a, struct alarm *x, enum cgn_record_threshold_id id,
		uint32_t mark, uint64_t have, uint64_t now_ms)
{
	const struct cgn_record_threshold t = {
		.mark = mark,
		.value = (uint32_t)have,
		.entries = (uint32_t)have,
		.threshold = (uint8_t)id,
		.proto = CGN_PROTO_COUNT,
	};

	tell_threshold(a,
			alarm_note(a, x, mark, have >= mark, have * 10 < (uint64_t)mark * 9,
					now_ms),
			&t, NULL);
}

static uint64_t
sum_of_gauge(const struct cgn_alarms *a, enum cgn_gauge_id id)
{
	uint64_t sum = 0;

	for (unsigned int w = 0; w < a->planes->n_workers; w++)
		sum += cgn_counter_get(&a->planes->workers[w].stats->gauge[id]);
	return sum;
}

static void
look_at_nat(struct cgn_alarms *a, uint64_t now_ms)
{
	const struct cgn_conf_nat *nat = &a->conf->nat;
	uint64_t mappings = sum_of_gauge(a, CGN_G_MAPPINGS_UDP) +
			sum_of_gauge(a, CGN_G_MAPPINGS_TCP) + sum_of_gauge(a, CGN_G_MAPPINGS_ICMP);

	look_at_entries(a, &a->mappings, CGN_RECORD_THRESHOLD_MAPPINGS_HIGH, nat->mappings_high,
			mappings, now_ms);
	look_at_entries(a, &a->sessions, CGN_RECORD_THRESHOLD_SESSIONS_HIGH, nat->sessions_high,
			sum_of_gauge(a, CGN_G_SESSIONS), now_ms);
	look_at_entries(a, &a->subscribers, CGN_RECORD_THRESHOLD_SUBSCRIBERS_HIGH,
			nat->subscribers_high, sum_of_gauge(a, CGN_G_SUBSCRIBERS), now_ms);
	look_at_entries(a, &a->homes, CGN_RECORD_THRESHOLD_SOFTWIRES_HIGH,
			a->conf->softwire.homes_high, sum_of_gauge(a, CGN_G_SOFTWIRES), now_ms);
}

/* --- what is refused --------------------------------------------------------------------------- */

static enum cgn_episode_news
look_at_episode(const struct cgn_alarms *a, struct cgn_episode *e, uint64_t count, uint64_t now_ms)
{
	return cgn_episode_look(e, count, now_ms, (uint64_t)a->conf->nat.notify_interval_s * 1000);
}

/* Log a beginning or an end: two events, with the same keys. "refused" is what the episode has refused until now. An end
 * tells what is in use, too: what is full may be asked for no more, and still be full. */
#define TELL(a, news, e, begins, ends, about, use)                                             \
	do {                                                                                   \
		if ((news) == CGN_EPISODE_BEGINS)                                              \
			CGN_LOG_ABOUT(begins, about, "%s refused=%" PRIu64, about,             \
					cgn_episode_refused(e));                               \
		else if ((news) == CGN_EPISODE_IS_OVER)                                        \
			CGN_LOG_ABOUT(ends, about,                                             \
					"no refusal for %" PRIu32 " s %s after_s=%" PRIu64     \
					" refused=%" PRIu64 "%s",                              \
					(a)->conf->nat.notify_interval_s, about,               \
					cgn_episode_lasted_s(e), cgn_episode_refused(e), use); \
	} while (0)

/* Log an end because a reload has removed what refused. */
#define TELL_REMOVED(e, ends, about)                                                             \
	do {                                                                                     \
		if (cgn_episode_is_on(e))                                                        \
			CGN_LOG_ABOUT(ends, about,                                               \
					"a reload has removed it %s after_s=%" PRIu64            \
					" refused=%" PRIu64,                                     \
					about, cgn_episode_lasted_s(e), cgn_episode_refused(e)); \
	} while (0)

static void
about_pool(char about[static ABOUT_MAX], const struct cgn_conf_pool *pool)
{
	snprintf(about, ABOUT_MAX, "pool=%s", pool->name);
}

static void
look_at_pool(struct cgn_alarms *a, size_t pool, uint64_t now_ms)
{
	struct pool_alarms *x = &a->pools[pool];
	struct cgn_pool_stats s = { 0 };
	char about[ABOUT_MAX], use[ABOUT_MAX];
	enum cgn_episode_news news;

	for (unsigned int w = 0; w < a->planes->n_workers; w++)
		cgn_stats_add_pool(&s, a->planes->workers[w].stats, (unsigned int)pool);
	look_at_use(a, pool, &s, now_ms);
	look_at_blocks(a, pool, &s, now_ms);
	about_pool(about, &a->conf->pools[pool]);
	snprintf(use, sizeof(use), " blocks_used=%" PRIu64 " blocks=%" PRIu64,
			cgn_counter_get(&s.blocks_used), cgn_counter_get(&s.blocks));
	news = look_at_episode(a, &x->addresses, cgn_counter_get(&s.address_failures), now_ms);
	TELL(a, news, &x->addresses, ADDRESSES_EXHAUSTED, ADDRESS_REFUSALS_OVER, about, use);
	news = look_at_episode(a, &x->ports, cgn_counter_get(&s.port_failures), now_ms);
	TELL(a, news, &x->ports, PORTS_EXHAUSTED, PORT_REFUSALS_OVER, about, use);
}

static void
about_limit(char about[static ABOUT_MAX], const struct cgn_conf_group *group, unsigned int limit)
{
	snprintf(about, ABOUT_MAX, "group=%s limit=%s", group->name, cgn_stats_limit_name(limit));
}

static void
look_at_group(struct cgn_alarms *a, size_t group, uint64_t now_ms)
{
	const struct cgn_conf_group *g = &a->conf->groups[group];
	struct group_alarms *x = &a->groups[group];
	struct cgn_group_stats s = { 0 };
	enum cgn_episode_news news;
	char about[ABOUT_MAX];
	uint64_t n;

	for (unsigned int w = 0; w < a->planes->n_workers; w++)
		cgn_stats_add_group(&s, a->planes->workers[w].stats, (unsigned int)group);
	n = tally_take(a, &x->thresholds, cgn_counter_get(&s.thresholds), now_ms);
	if (n != 0)
		CGN_LOG(SUBSCRIBER_THRESHOLD, "group=%s subscribers=%" PRIu64, g->name, n);
	for (unsigned int i = 0; i < CGN_GROUP_LIMIT_COUNT; i++) {
		news = look_at_episode(a, &x->limits[i], cgn_counter_get(&s.limited[i]), now_ms);
		if (news == CGN_EPISODE_NOTHING)
			continue; /* as nearly always, and there are many */
		about_limit(about, g, i);
		TELL(a, news, &x->limits[i], GROUP_LIMITED, GROUP_REFUSALS_OVER, about, "");
	}
}

static void
look_at_limits(struct cgn_alarms *a, uint64_t now_ms)
{
	char about[ABOUT_MAX], use[ABOUT_MAX];
	enum cgn_episode_news news;

	for (size_t i = 0; i < RTE_DIM(limits); i++) {
		uint64_t sum = 0, in_use = 0;

		for (unsigned int w = 0; w < a->planes->n_workers; w++)
			sum += cgn_counter_get(
					&a->planes->workers[w].stats->verdict[limits[i].verdict]);
		news = look_at_episode(a, &a->limits[i], sum, now_ms);
		for (enum cgn_gauge_id g = limits[i].first_gauge; g <= limits[i].last_gauge; g++)
			in_use += sum_of_gauge(a, g);
		snprintf(about, sizeof(about), "limit=%s", limits[i].limit);
		snprintf(use, sizeof(use), " in_use=%" PRIu64, in_use);
		TELL(a, news, &a->limits[i], QUOTA_EXCEEDED, QUOTA_REFUSALS_OVER, about, use);
	}
}

/* Packets that were lost because there was no buffer for them: by the devices and by the workers. */
static void
look_at_buffers(struct cgn_alarms *a, uint64_t now_ms)
{
	struct rte_eth_stats stats;
	enum cgn_episode_news news;
	uint64_t sum = 0;

	for (unsigned int w = 0; w < a->planes->n_workers; w++)
		sum += cgn_counter_get(&a->planes->workers[w].stats->verdict[CGN_V_NO_MBUF]);
	for (unsigned int i = 0; i < a->planes->n_ports; i++) {
		if (rte_eth_stats_get(a->planes->ports[i].dpdk_port, &stats) == 0)
			a->no_buffer[i] = stats.rx_nombuf;
		sum += a->no_buffer[i];
	}
	news = look_at_episode(a, &a->buffers, sum, now_ms);
	TELL(a, news, &a->buffers, BUFFERS_EXHAUSTED, BUFFER_LOSSES_OVER,
			"where=\"ports and workers\"", "");
}

/* --- static mappings --------------------------------------------------------------------------- */

/* Tell once that some wait, and once that none waits any more. After a reload, some may wait for a moment. */
static void
look_at_statics(struct cgn_alarms *a)
{
	uint64_t n = sum_of_gauge(a, CGN_G_STATICS_WAITING);

	if (n != 0 && a->statics_waiting != 0 && !a->statics_told) {
		CGN_LOG(STATIC_MAPPINGS_WAIT,
				"mappings=%" PRIu64
				" reason=\"no free port block on their external address, or a table is "
				"full\"",
				n);
		a->statics_told = true;
	} else if (n == 0 && a->statics_told) {
		CGN_LOG(STATIC_MAPPINGS_MADE, "no static mapping waits any more");
		a->statics_told = false;
	}
	a->statics_waiting = n;
}

/* --- the module -------------------------------------------------------------------------------- */

static void
alarms_fire(void *arg, uint64_t now_ms)
{
	struct cgn_alarms *a = arg;

	for (size_t i = 0; i < a->conf->n_pools; i++) {
		if (!a->conf->pools[i].is_gone)
			look_at_pool(a, i, now_ms);
	}
	for (size_t i = 0; i < a->conf->n_groups; i++) {
		if (!a->conf->groups[i].is_gone)
			look_at_group(a, i, now_ms);
	}
	look_at_nat(a, now_ms);
	look_at_limits(a, now_ms);
	look_at_buffers(a, now_ms);
	look_at_statics(a);
	/* Cannot fail: the timer was set before. */
	(void)cgn_timerq_set(a->timers, &a->timer, now_ms + PERIOD_MS);
}

/* A pool is empty when it is new, which is no news. */
static const struct pool_alarms new_pool = { .low.is_reached = true };

int
cgn_alarms_create(struct cgn_alarms **out, const struct cgn_alarms_cfg *cfg, uint64_t now_ms)
{
	struct cgn_alarms *a = calloc(1, sizeof(*a));
	int ret;

	if (a == NULL)
		return -ENOMEM;
	a->conf = cfg->conf;
	a->planes = cfg->planes;
	a->timers = cfg->timers;
	a->timer = (struct cgn_timer){ .fire = alarms_fire, .arg = a };
	/* A reload can add some. */
	a->pools = calloc(CGN_POOLS_MAX, sizeof(*a->pools));
	a->groups = calloc(CGN_GROUPS_MAX, sizeof(*a->groups));
	ret = a->pools == NULL || a->groups == NULL
			? -ENOMEM
			: cgn_timerq_set(a->timers, &a->timer, now_ms + PERIOD_MS);
	if (ret < 0) {
		cgn_alarms_destroy(a);
		return ret;
	}
	for (size_t i = 0; i < CGN_POOLS_MAX; i++)
		a->pools[i] = new_pool;
	*out = a;
	return 0;
}

void
cgn_alarms_destroy(struct cgn_alarms *a)
{
	if (a == NULL)
		return;
	cgn_timerq_cancel(a->timers, &a->timer);
	free(a->pools);
	free(a->groups);
	free(a);
}

/* What was told of a threshold of a pool that is removed is over. */
static void
remove_alarm(const struct alarm *x, enum cgn_record_threshold_id id,
		const struct cgn_conf_pool *pool)
{
	char about[ABOUT_MAX];

	about_threshold(about, id, pool);
	if (x->is_open)
		CGN_LOG_ABOUT(THRESHOLD_OVER, about, "a reload has removed it %s", about);
}

/* @param keeps_counters  if its name comes back to its place, its counters go on where they are */
static void
remove_pool(struct cgn_alarms *a, size_t pool, bool keeps_counters)
{
	const struct cgn_conf_pool *p = &a->conf->pools[pool];
	struct pool_alarms *x = &a->pools[pool], begun;
	char about[ABOUT_MAX];

	about_pool(about, p);
	remove_alarm(&x->high, CGN_RECORD_THRESHOLD_POOL_HIGH, p);
	remove_alarm(&x->low, CGN_RECORD_THRESHOLD_POOL_LOW, p);
	if (x->blocks.is_open)
		CGN_LOG_ABOUT(BLOCKS_HIGH_OVER, p->name, "a reload has removed it %s", about);
	TELL_REMOVED(&x->addresses, ADDRESS_REFUSALS_OVER, about);
	TELL_REMOVED(&x->ports, PORT_REFUSALS_OVER, about);
	begun = *x;
	*x = new_pool;
	if (keeps_counters) {
		x->addresses.seen = begun.addresses.seen;
		x->ports.seen = begun.ports.seen;
	}
}

static void
remove_group(struct cgn_alarms *a, size_t group, bool keeps_counters)
{
	struct group_alarms *x = &a->groups[group], begun;
	char about[ABOUT_MAX];

	for (unsigned int i = 0; i < CGN_GROUP_LIMIT_COUNT; i++) {
		about_limit(about, &a->conf->groups[group], i);
		TELL_REMOVED(&x->limits[i], GROUP_REFUSALS_OVER, about);
	}
	begun = *x;
	*x = (struct group_alarms){ 0 };
	if (!keeps_counters)
		return;
	x->thresholds.seen = begun.thresholds.seen;
	for (unsigned int i = 0; i < CGN_GROUP_LIMIT_COUNT; i++)
		x->limits[i].seen = begun.limits[i].seen;
}

void
cgn_alarms_set_conf(struct cgn_alarms *a, const struct cgn_conf *conf)
{
	/* The place of a name that is gone may have another one, whose counters begin at 0. */
	for (size_t i = 0; i < a->conf->n_pools; i++) {
		const bool has_name = i < conf->n_pools &&
				strcmp(conf->pools[i].name, a->conf->pools[i].name) == 0;

		if (!has_name || conf->pools[i].is_gone)
			remove_pool(a, i, has_name);
	}
	for (size_t i = 0; i < a->conf->n_groups; i++) {
		const bool has_name = i < conf->n_groups &&
				strcmp(conf->groups[i].name, a->conf->groups[i].name) == 0;

		if (!has_name || conf->groups[i].is_gone)
			remove_group(a, i, has_name);
	}
	a->conf = conf;
}

void
cgn_alarms_set_records(struct cgn_alarms *a, struct cgn_record_door *door)
{
	a->door = door;
}
