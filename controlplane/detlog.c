/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Log lines with the variables of deterministic groups: at the start, and once a day.
 */
#include "controlplane/detlog.h"

#include "shared/addr_text.h"
#include "shared/det.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <rte_common.h>

CGN_LOG_TYPE("deterministic");

#define DAY_MS UINT64_C(86400000)

/* The lines of one group, but for the time in them. */
struct group_lines {
	char name[CGN_NAME_MAX];
	char **text; /* what follows the time */
	size_t n;
};

struct cgn_detlog {
	struct cgn_timerq *timers;
	struct cgn_timer timer;
	struct group_lines *groups;
	size_t n_groups;
};

static void
log_variables(const struct cgn_detlog *l)
{
	const time_t now = time(NULL);
	char when[32];
	struct tm tm;

	/* As asctime() has it: the RFC shows this form. */
	strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", gmtime_r(&now, &tm));
	for (size_t g = 0; g < l->n_groups; g++) {
		const struct group_lines *lines = &l->groups[g];

		for (size_t i = 0; i < lines->n; i++)
			CGN_LOG(DETERMINISTIC_RANGES, "deterministic group=%s [%s]%s", lines->name,
					when, lines->text[i]);
	}
}

static void
detlog_fire(void *arg, uint64_t now_ms)
{
	struct cgn_detlog *l = arg;

	log_variables(l);
	/* Cannot fail: the timer was set before. */
	(void)cgn_timerq_set(l->timers, &l->timer, now_ms + DAY_MS);
}

/* The reserved ports: "0-1023,5004". @return NULL: no memory */
static char *
reserved_text(const struct cgn_det *d)
{
	struct cgn_port_range r;
	uint32_t from = 0;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	while (cgn_det_next_reserved(d, from, &r)) {
		fprintf(out, "%s%u", from == 0 ? "" : ",", r.first);
		if (r.last != r.first)
			fprintf(out, "-%u", r.last);
		from = r.last + 1u;
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Add a line. @param text  taken over; NULL: there was no memory for it */
static int
add_line(struct group_lines *lines, char *text)
{
	char **more = text == NULL ? NULL
				   : realloc(lines->text, (lines->n + 1) * sizeof(*lines->text));

	if (more == NULL) {
		free(text);
		return -ENOMEM;
	}
	lines->text = more;
	lines->text[lines->n++] = text;
	return 0;
}

/* What the lines of a group are made of. */
struct det_source {
	const struct cgn_conf_group *group;
	const struct cgn_conf_pool *pool;
	const struct cgn_det *det;
	char *reserved;
};

/* --- a line for each pair of prefixes --------------------------------------------------------- */

static char *
pair_text(const struct det_source *s, const struct cgn_prefix *inside,
		const struct cgn_prefix *outside)
{
	char in[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX], *text;

	if (inside->is_ip6)
		cgn_addr_text_format_ip6(&inside->ip6, in);
	else
		cgn_addr_text_format_ip4(inside->ip4, in);
	cgn_addr_text_format_ip4(outside->ip4, ext);
	if (asprintf(&text, ":%s%s%s:%u:%s:%u:%u:%u:0:%s:%u", inside->is_ip6 ? "[" : "", in,
			    inside->is_ip6 ? "]" : "", inside->len, ext, outside->len,
			    s->det->dynamic, s->det->ports_max, s->reserved,
			    inside->is_ip6 ? s->det->len6 : s->det->len4) < 0)
		return NULL;
	return text;
}

/* The prefixes of all outside ranges. */
static uint64_t
count_outside(const struct cgn_conf_pool *pool)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pool->n_ranges; i++) {
		for (uint64_t at = pool->ranges[i].first; at <= pool->ranges[i].last; n++)
			(void)cgn_range4_next_prefix(&pool->ranges[i], &at);
	}
	return n;
}

static int
add_pairs(struct group_lines *lines, const struct det_source *s, const struct cgn_prefix *inside)
{
	int ret = 0;

	for (size_t i = 0; i < s->pool->n_ranges; i++) {
		uint64_t at = s->pool->ranges[i].first;

		while (ret == 0 && at <= s->pool->ranges[i].last) {
			const struct cgn_prefix outside = cgn_range4_next_prefix(
					&s->pool->ranges[i], &at);

			ret = add_line(lines, pair_text(s, inside, &outside));
		}
	}
	return ret;
}

/* --- lists, if there are too many pairs ------------------------------------------------------- */

/* Write an entry of a list. */
typedef void (*entry_fn)(const struct det_source *s, size_t i, FILE *out);

static void
put_inside_prefix(const struct det_source *s, size_t i, FILE *out)
{
	char text[CGN_ADDR_TEXT_MAX];

	fprintf(out, " %s", cgn_addr_text_format_prefix(&s->group->prefixes[i], text));
}

static void
put_outside_range(const struct det_source *s, size_t i, FILE *out)
{
	char first[CGN_ADDR_TEXT_MAX], last[CGN_ADDR_TEXT_MAX];
	const struct cgn_range4 *r = &s->pool->ranges[i];

	fprintf(out, " %s-%s", cgn_addr_text_format_ip4(rte_cpu_to_be_32(r->first), first),
			cgn_addr_text_format_ip4(rte_cpu_to_be_32(r->last), last));
}

/* Add a line with the entries from @p from to @p to of @p n. */
static int
add_part(struct group_lines *lines, const struct det_source *s, const char *name, entry_fn put,
		size_t from, size_t to, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return -ENOMEM;
	fprintf(out, " %s %zu-%zu of %zu:", name, from + 1, to + 1, n);
	for (size_t i = from; i <= to; i++)
		put(s, i, out);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	return add_line(lines, text);
}

static int
add_list(struct group_lines *lines, const struct det_source *s, const char *name, entry_fn put,
		size_t n)
{
	int ret = 0;

	for (size_t from = 0; ret == 0 && from < n; from += CGN_DETLOG_LIST_MAX)
		ret = add_part(lines, s, name, put, from,
				RTE_MIN(from + CGN_DETLOG_LIST_MAX, n) - 1, n);
	return ret;
}

static int
add_lists(struct group_lines *lines, const struct det_source *s)
{
	char *text;
	int ret = add_list(lines, s, "inside", put_inside_prefix, s->group->n_prefixes);

	if (ret == 0)
		ret = add_list(lines, s, "outside", put_outside_range, s->pool->n_ranges);
	if (ret < 0)
		return ret;
	if (asprintf(&text, " variables:%u:%u:0:%s:%u:%u", s->det->dynamic, s->det->ports_max,
			    s->reserved, s->det->len4, s->det->len6) < 0)
		return -ENOMEM;
	return add_line(lines, text);
}

/* --- all lines --------------------------------------------------------------------------------- */

static int
add_group(struct group_lines *lines, const struct cgn_conf *conf, const struct cgn_conf_group *g,
		const struct cgn_det *d)
{
	struct det_source s = { g, &conf->pools[g->pool], d, reserved_text(d) };
	int ret = s.reserved == NULL ? -ENOMEM : 0;

	snprintf(lines->name, sizeof(lines->name), "%s", g->name);
	if (ret == 0 && count_outside(s.pool) * g->n_prefixes > CGN_DETLOG_PAIRS_MAX)
		ret = add_lists(lines, &s);
	else
		for (size_t i = 0; ret == 0 && i < g->n_prefixes; i++)
			ret = add_pairs(lines, &s, &g->prefixes[i]);
	free(s.reserved);
	return ret;
}

static int
add_groups(struct cgn_detlog *l, const struct cgn_conf *conf, const struct cgn_det_set *dets)
{
	l->groups = calloc(dets->n, sizeof(*l->groups));
	if (l->groups == NULL)
		return -ENOMEM;
	for (size_t g = 0; g < conf->n_groups; g++) {
		int ret;

		if (dets->by_group[g] == NULL)
			continue;
		ret = add_group(&l->groups[l->n_groups++], conf, &conf->groups[g],
				dets->by_group[g]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int
cgn_detlog_create(struct cgn_detlog **out, const struct cgn_conf *conf, struct cgn_timerq *timers,
		uint64_t now_ms)
{
	struct cgn_det_set dets;
	struct cgn_detlog *l;
	int ret = cgn_det_set_init(&dets, conf);

	*out = NULL;
	if (ret < 0 || dets.n == 0) {
		cgn_det_set_fini(&dets);
		return ret;
	}
	l = calloc(1, sizeof(*l));
	ret = -ENOMEM;
	if (l != NULL) {
		l->timers = timers;
		l->timer = (struct cgn_timer){ .fire = detlog_fire, .arg = l };
		ret = add_groups(l, conf, &dets);
	}
	cgn_det_set_fini(&dets);
	if (ret == 0)
		ret = cgn_timerq_set(timers, &l->timer, now_ms + DAY_MS);
	if (ret < 0) {
		cgn_detlog_destroy(l);
		return ret;
	}
	log_variables(l);
	*out = l;
	return 0;
}

void
cgn_detlog_destroy(struct cgn_detlog *l)
{
	if (l == NULL)
		return;
	cgn_timerq_cancel(l->timers, &l->timer);
	for (size_t g = 0; g < l->n_groups; g++) {
		for (size_t i = 0; i < l->groups[g].n; i++)
			free(l->groups[g].text[i]);
		free(l->groups[g].text);
	}
	free(l->groups);
	free(l);
}
