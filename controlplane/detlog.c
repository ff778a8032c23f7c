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
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

CGN_LOG_TYPE("deterministic");

#define DAY_MS UINT64_C(86400000)

/* The lines of one group, but for the time in them. */
struct group_lines {
	char name[CGN_NAME_MAX];
	char **text;
	size_t n;
	uint64_t n_more; /* lines that are not logged */
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
			CGN_LOG(NOTICE, "deterministic group=%s [%s]:%s", lines->name, when,
					lines->text[i]);
		if (lines->n_more > 0)
			CGN_LOG(NOTICE, "deterministic group=%s [%s] more pairs of prefixes=%" PRIu64,
					lines->name, when, lines->n_more);
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

/* Length of the largest prefix that begins at an address and ends at another one or before. */
static unsigned int
largest_prefix(uint32_t first, uint32_t last)
{
	unsigned int len = 32;

	while (len > 0 && (first & ~cgn_mask4(len - 1)) == 0 &&
			(first | ~cgn_mask4(len - 1)) <= last)
		len--;
	return len;
}

static char *
pair_text(const struct cgn_prefix *inside, uint32_t outside, unsigned int len,
		const struct cgn_conf_deterministic *c, const char *reserved)
{
	char in[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX], *text;

	if (inside->is_ip6)
		cgn_addr_text_format_ip6(&inside->ip6, in);
	else
		cgn_addr_text_format_ip4(inside->ip4, in);
	cgn_addr_text_format_ip4(rte_cpu_to_be_32(outside), ext);
	if (asprintf(&text, "%s%s%s:%u:%s:%u:%u:%u:0:%s", inside->is_ip6 ? "[" : "", in,
			    inside->is_ip6 ? "]" : "", inside->len, ext, len, c->dynamic,
			    c->ports_max, reserved) < 0)
		return NULL;
	return text;
}

/* Add the lines of one inside prefix. */
static int
add_prefix(struct group_lines *lines, const struct cgn_prefix *inside,
		const struct cgn_conf_pool *pool, const struct cgn_conf_deterministic *c,
		const char *reserved)
{
	for (size_t i = 0; i < pool->n_ranges; i++) {
		uint64_t at = pool->ranges[i].first;

		while (at <= pool->ranges[i].last) {
			unsigned int len = largest_prefix((uint32_t)at, pool->ranges[i].last);

			if (lines->n == CGN_DETLOG_LINES_MAX) {
				lines->n_more++;
			} else {
				char *text = pair_text(inside, (uint32_t)at, len, c, reserved);

				if (text == NULL)
					return -ENOMEM;
				lines->text[lines->n++] = text;
			}
			at += UINT64_C(1) << (32 - len);
		}
	}
	return 0;
}

static int
add_group(struct group_lines *lines, const struct cgn_conf *conf, const struct cgn_conf_group *g,
		const struct cgn_det *d)
{
	char *reserved = reserved_text(d);
	int ret = 0;

	snprintf(lines->name, sizeof(lines->name), "%s", g->name);
	lines->text = calloc(CGN_DETLOG_LINES_MAX, sizeof(*lines->text));
	if (reserved == NULL || lines->text == NULL)
		ret = -ENOMEM;
	for (size_t i = 0; ret == 0 && i < g->n_prefixes; i++)
		ret = add_prefix(lines, &g->prefixes[i], &conf->pools[g->pool], &g->deterministic,
				reserved);
	free(reserved);
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
