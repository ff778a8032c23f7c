/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The log lines about `cgnctl mappings clear` and `cgnctl leases delete`.
 */
#include "controlplane/telemetry/clearlog.h"

#include "shared/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CGN_LOG_TYPE("clearlog");

#define LOOK_MS 1000
#define CURSOR  "cursor="

/* Copy the parameters but for the cursor. What could spoil the log line becomes a question mark. */
static void
copy_filter(char filter[static CGN_TELEMETRY_PARAMS_MAX], const char *params)
{
	size_t n = 0;

	while (*params != '\0') {
		const size_t len = strcspn(params, ",");

		if (strncmp(params, CURSOR, strlen(CURSOR)) != 0) {
			if (n > 0)
				filter[n++] = ',';
			for (size_t i = 0; i < len && n < CGN_TELEMETRY_PARAMS_MAX - 2; i++)
				filter[n++] = params[i] > ' ' && params[i] < 0x7f &&
								params[i] != '"'
						? params[i]
						: '?';
		}
		params += len + (params[len] == ',');
	}
	filter[n] = '\0';
}

static void
tell(const struct cgn_clearlog_sum *x, bool is_complete)
{
	CGN_LOG(MAPPINGS_CLEARED,
			"mappings=%" PRIu64 " leases_left=%" PRIu64 " static_left=%" PRIu64
			" is_complete=%s filter=\"%s\"",
			x->ended, x->leases, x->statics, is_complete ? "yes" : "no", x->filter);
}

static void
clearlog_remove(struct cgn_clearlog *l, struct cgn_clearlog_sum *x)
{
	*x = l->at[--l->n];
	if (l->n == 0)
		cgn_timerq_cancel(l->timers, &l->timer);
}

static void
clearlog_look(void *arg, uint64_t now_ms)
{
	struct cgn_clearlog *l = arg;

	for (unsigned int i = l->n; i-- > 0;) {
		if (now_ms - l->at[i].at_ms < CGN_CLEARLOG_WAIT_MS)
			continue;
		tell(&l->at[i], false);
		l->at[i] = l->at[--l->n];
	}
	if (l->n > 0)
		(void)cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS);
}

void
cgn_clearlog_init(struct cgn_clearlog *l, struct cgn_timerq *timers)
{
	*l = (struct cgn_clearlog){ .timers = timers };
	l->timer = (struct cgn_timer){ .fire = clearlog_look, .arg = l };
}

void
cgn_clearlog_fini(struct cgn_clearlog *l)
{
	while (l->n > 0)
		tell(&l->at[--l->n], false);
	cgn_timerq_cancel(l->timers, &l->timer);
}

void
cgn_clearlog_leases(const char *params, uint32_t n, bool is_stored)
{
	char filter[CGN_TELEMETRY_PARAMS_MAX];

	copy_filter(filter, params);
	CGN_LOG(LEASES_DELETED, "leases=%" PRIu32 " is_stored=%s filter=\"%s\"", n,
			is_stored ? "yes" : "no", filter);
}

/* @return NULL: it is the first page of one, or there was no room before */
static struct cgn_clearlog_sum *
clearlog_find(struct cgn_clearlog *l, const char *filter,
		const struct cgn_table_reader_cursor *from)
{
	for (unsigned int i = 0; i < l->n; i++) {
		struct cgn_clearlog_sum *x = &l->at[i];

		if (strcmp(x->filter, filter) == 0 && x->next.worker == from->worker &&
				x->next.at == from->at)
			return x;
	}
	return NULL;
}

void
cgn_clearlog_page(struct cgn_clearlog *l, const char *params,
		const struct cgn_table_reader_cursor *from,
		const struct cgn_table_reader_clear *page, uint64_t now_ms)
{
	struct cgn_clearlog_sum first = { 0 }, *x;

	copy_filter(first.filter, params);
	x = clearlog_find(l, first.filter, from);
	if (x == NULL && !page->is_end && l->n < CGN_CLEARLOG_MAX &&
			cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS) == 0) {
		x = &l->at[l->n++];
		*x = first;
	}
	if (x == NULL)
		x = &first;
	x->ended += page->ended;
	x->leases += page->leases;
	x->statics += page->statics;
	x->next = page->cursor;
	x->at_ms = now_ms;
	if (page->is_end || x == &first)
		tell(x, page->is_end);
	if (page->is_end && x != &first)
		clearlog_remove(l, x);
}
