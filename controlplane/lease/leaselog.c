/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Subscribers whose requests are refused, for the lease service. Once a second it looks which of them are refused no more.
 */
#include "controlplane/lease/leaselog.h"

#include "controlplane/loop/token_bucket.h"
#include "shared/addr_text.h"
#include "shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

CGN_LOG_TYPE("leaselog");

#define LOOK_MS     1000
#define LINES_PER_S 1
#define LINES_BURST 10
#define ABOUT_MAX   (CGN_ADDR_TEXT_MAX + 64)

/* A subscriber that is refused for a reason. */
struct refused {
	struct cgn_ip6 subscriber;
	bool is_home;
	const char *reason;
	char about[ABOUT_MAX]; /* "subscriber=100.64.0.11 reason=subscriber_limit" */
	uint64_t n;
	uint64_t since_ms;
	uint64_t last_ms;
	uint32_t quiet_s;
};

struct cgn_leaselog {
	struct cgn_timerq *timers;
	struct cgn_timer timer; /* set while some are refused */
	struct cgn_token_bucket lines;
	struct refused at[CGN_LEASELOG_MAX];
	unsigned int n;
	uint64_t untold; /* refusals without a line, since the last line */
};

/* " untold=5" once, or nothing */
static const char *
take_untold(struct cgn_leaselog *l, char buf[static 32])
{
	buf[0] = '\0';
	if (l->untold != 0)
		snprintf(buf, 32, " untold=%" PRIu64, l->untold);
	l->untold = 0;
	return buf;
}

static void
leaselog_look(void *arg, uint64_t now_ms)
{
	struct cgn_leaselog *l = arg;
	char untold[32];

	for (unsigned int i = l->n; i-- > 0;) {
		struct refused *x = &l->at[i];

		if (now_ms - x->last_ms < (uint64_t)x->quiet_s * 1000)
			continue;
		CGN_LOG_ABOUT(LEASE_REFUSALS_OVER, x->about,
				"no refusal for %" PRIu32 " s %s after_s=%" PRIu64
				" refused=%" PRIu64 "%s",
				x->quiet_s, x->about, (x->last_ms - x->since_ms) / 1000, x->n,
				take_untold(l, untold));
		*x = l->at[--l->n];
	}
	if (l->n > 0)
		(void)cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS);
}

int
cgn_leaselog_create(struct cgn_leaselog **out, struct cgn_timerq *timers)
{
	struct cgn_leaselog *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->timers = timers;
	l->timer = (struct cgn_timer){ .fire = leaselog_look, .arg = l };
	cgn_token_bucket_init(&l->lines, LINES_PER_S, LINES_BURST, 0);
	*out = l;
	return 0;
}

void
cgn_leaselog_destroy(struct cgn_leaselog *l)
{
	if (l == NULL)
		return;
	cgn_timerq_cancel(l->timers, &l->timer);
	free(l);
}

/* @return NULL: it has no line */
static struct refused *
leaselog_find(struct cgn_leaselog *l, const struct cgn_asker *asker, const char *reason)
{
	for (unsigned int i = 0; i < l->n; i++) {
		struct refused *x = &l->at[i];

		if (x->is_home == asker->is_home && strcmp(x->reason, reason) == 0 &&
				memcmp(&x->subscriber, &asker->subscriber, sizeof(x->subscriber)) ==
						0)
			return x;
	}
	return NULL;
}

/* Whether a new line may begin. Its end needs the timer. */
static bool
may_begin(struct cgn_leaselog *l, uint64_t now_ms)
{
	return l->n < CGN_LEASELOG_MAX && cgn_token_bucket_take(&l->lines, now_ms) &&
			(l->n > 0 || cgn_timerq_set(l->timers, &l->timer, now_ms + LOOK_MS) == 0);
}

void
cgn_leaselog_refused(struct cgn_leaselog *l, const struct cgn_conf *conf,
		const struct cgn_asker *asker, const char *reason, uint64_t now_ms)
{
	struct refused *x = leaselog_find(l, asker, reason);
	struct cgn_ip who = { .is_ip6 = asker->is_home };
	char text[CGN_ADDR_TEXT_MAX], untold[32];

	if (x != NULL) {
		x->n++;
		x->last_ms = now_ms;
		x->quiet_s = conf->nat.notify_interval_s;
		return;
	}
	if (!may_begin(l, now_ms)) {
		l->untold++;
		return;
	}
	if (asker->is_home)
		who.ip6 = asker->b4;
	else
		who.ip4 = asker->addr;
	x = &l->at[l->n++];
	*x = (struct refused){
		.subscriber = asker->subscriber,
		.is_home = asker->is_home,
		.reason = reason,
		.n = 1,
		.since_ms = now_ms,
		.last_ms = now_ms,
		.quiet_s = conf->nat.notify_interval_s,
	};
	snprintf(x->about, sizeof(x->about), "subscriber=%s reason=%s",
			cgn_addr_text_format_ip(&who, text), reason);
	CGN_LOG_ABOUT(LEASE_REFUSED, x->about, "%s refused=1%s", x->about, take_untold(l, untold));
}

const char *
cgn_leaselog_word(int ret)
{
	static const struct {
		int ret;
		const char *word;
	} words[] = {
		{ -EACCES, "not_authorized" },
		{ -EPERM, "static_mapping" },
		{ -EKEYREJECTED, "other_owner" },
		{ -EBUSY, "port_taken" },
		{ -EADDRNOTAVAIL, "no_external_address" },
		{ -EDQUOT, "subscriber_limit" },
		{ -ENOSPC, "pool_or_table_full" },
	};

	for (size_t i = 0; i < RTE_DIM(words); i++) {
		if (words[i].ret == ret)
			return words[i].word;
	}
	return NULL;
}
