/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the subscribers of all workers again and again after a start without a store, so that clients
 * can be told that their leases are lost.
 */
#include "controlplane/workers/subscriber_scan.h"

#include "controlplane/loop/loop.h"
#include "controlplane/workers/table_reader.h"

#include <errno.h>
#include <stdlib.h>

#define LOOK_MS  1000 /* between two readings of all subscribers */
#define PAGE_MAX 256

struct cgn_subscriber_scan {
	struct cgn_subscriber_scan_cfg cfg;
	struct cgn_timer timer;
	struct cgn_table_reader_page page;
	struct cgn_subscriber_info rows[PAGE_MAX];
};

static void
wait(struct cgn_subscriber_scan *w, uint64_t now_ms)
{
	if (now_ms < w->cfg.until_ms)
		(void)cgn_timerq_set(w->cfg.timers, &w->timer, now_ms + LOOK_MS);
}

static void read_page(struct cgn_subscriber_scan *w, uint64_t now_ms);

static void
scan_page_done(void *arg, int ret)
{
	struct cgn_subscriber_scan *w = arg;
	uint64_t now_ms = cgn_loop_now_ms();

	if (ret == -ECANCELED)
		return;
	for (uint32_t i = 0; ret == 0 && i < w->page.n; i++) {
		const struct cgn_subscriber_info *s = &w->rows[i];

		/* A subscriber with more than one IPv4 address does not tell which of them has leases. */
		if ((s->addr.is_ip6 || s->prefix_len == 32) && s->ext_addr != 0)
			w->cfg.seen(w->cfg.ctx, s, now_ms);
	}
	if (ret == 0 && !w->page.is_end)
		read_page(w, now_ms);
	else
		wait(w, now_ms);
}

static void
read_page(struct cgn_subscriber_scan *w, uint64_t now_ms)
{
	if (cgn_table_reader_page(
			    w->cfg.client, w->cfg.planes, &w->page, scan_page_done, w, now_ms) < 0)
		wait(w, now_ms);
}

static void
scan_look(void *arg, uint64_t now_ms)
{
	struct cgn_subscriber_scan *w = arg;

	w->page = (struct cgn_table_reader_page){
		.op = CGN_CMD_READ_SUBSCRIBERS, .rows = w->rows, .max = PAGE_MAX
	};
	read_page(w, now_ms);
}

int
cgn_subscriber_scan_create(struct cgn_subscriber_scan **out,
		const struct cgn_subscriber_scan_cfg *cfg, uint64_t now_ms)
{
	struct cgn_subscriber_scan *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	w->cfg = *cfg;
	w->timer.fire = scan_look;
	w->timer.arg = w;
	wait(w, now_ms);
	*out = w;
	return 0;
}

void
cgn_subscriber_scan_destroy(struct cgn_subscriber_scan *w)
{
	if (w == NULL)
		return;
	cgn_timerq_cancel(w->cfg.timers, &w->timer);
	free(w);
}
