/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Stations that have too many addresses, for the resolver's table. Once a second it looks which of them have not any more.
 */
#include "controlplane/link/stationlog.h"

#include "shared/addr_text.h"
#include "shared/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_ether.h>

CGN_LOG_TYPE("stationlog");

#define LOOK_MS   1000
#define ABOUT_MAX (CGN_NAME_MAX + RTE_ETHER_ADDR_FMT_SIZE + 16)

/* "port=inside0 station=02:00:00:00:00:0B" */
static void
stationlog_about(const struct cgn_stationlog *l, uint16_t port, const uint8_t mac[6],
		char about[static ABOUT_MAX])
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_ether_addr a;

	memcpy(a.addr_bytes, mac, sizeof(a.addr_bytes));
	rte_ether_format_addr(text, sizeof(text), &a);
	snprintf(about, ABOUT_MAX, "port=%s station=%s", (*l->conf)->ports[port].name, text);
}

/* @return its index, or l->n */
static unsigned int
stationlog_find(const struct cgn_stationlog *l, const struct cgn_station *s)
{
	unsigned int i = 0;

	while (i < l->n &&
			(l->at[i].port != s->port ||
					memcmp(l->at[i].mac, s->mac, sizeof(s->mac)) != 0))
		i++;
	return i;
}

static bool
has_too_many(const struct cgn_stationlog *l, unsigned int i)
{
	const struct cgn_station *s = cgn_stations_find(l->stations, l->at[i].port, l->at[i].mac);

	return s != NULL && s->n_over != 0;
}

static void
stationlog_look(void *arg, uint64_t now_ms)
{
	struct cgn_stationlog *l = arg;
	const uint64_t quiet_ms = (uint64_t)(*l->conf)->nat.notify_interval_s * 1000;
	char about[ABOUT_MAX];

	for (unsigned int i = l->n; i-- > 0;) {
		if (has_too_many(l, i))
			l->at[i].last_ms = now_ms;
		if (now_ms - l->at[i].last_ms < quiet_ms)
			continue;
		stationlog_about(l, l->at[i].port, l->at[i].mac, about);
		CGN_LOG_ABOUT(STATION_LIMIT_OVER, about,
				"station has no address above its limit any more %s after_s=%" PRIu64,
				about, (l->at[i].last_ms - l->at[i].since_ms) / 1000);
		l->at[i] = l->at[--l->n];
	}
	if (l->n > 0)
		(void)cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS);
}

void
cgn_stationlog_init(struct cgn_stationlog *l, const struct cgn_conf *const *conf,
		struct cgn_stations *stations, struct cgn_timerq *timers)
{
	*l = (struct cgn_stationlog){ .conf = conf, .stations = stations, .timers = timers };
	l->timer = (struct cgn_timer){ .fire = stationlog_look, .arg = l };
}

void
cgn_stationlog_fini(struct cgn_stationlog *l)
{
	if (l->timers != NULL)
		cgn_timerq_cancel(l->timers, &l->timer);
}

void
cgn_stationlog_over(struct cgn_stationlog *l, const struct cgn_station *s,
		const struct cgn_ip *addr, const struct cgn_stationlog_limit *limit,
		uint64_t now_ms)
{
	unsigned int i = stationlog_find(l, s);
	char about[ABOUT_MAX], text[CGN_ADDR_TEXT_MAX], by[CGN_NAME_MAX + 32];

	if (i < l->n)
		l->at[i].last_ms = now_ms;
	/* A station that cannot be watched gets no line, because its end could not be told. */
	if (i < l->n || l->n == CGN_STATIONLOG_MAX ||
			(l->n == 0 && cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS) < 0))
		return;
	memcpy(l->at[i].mac, s->mac, sizeof(s->mac));
	l->at[i].port = s->port;
	l->at[i].since_ms = l->at[i].last_ms = now_ms;
	l->n++;
	stationlog_about(l, s->port, s->mac, about);
	if (limit->pool == NULL)
		snprintf(by, sizeof(by), "limits.station_addresses_max");
	else
		snprintf(by, sizeof(by), "pools[%s]", limit->pool);
	CGN_LOG_ABOUT(STATION_LIMITED, about,
			"station uses more addresses than it may %s address=%s limit=%" PRIu32
			" limit_of=%s",
			about, cgn_addr_text_format_ip(addr, text), limit->max, by);
}
