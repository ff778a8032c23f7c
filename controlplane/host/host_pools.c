/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Decides when the interface of the pools has a carrier.
 */
#include "controlplane/host/host_pools.h"

#include "controlplane/host/host_tun.h"
#include "shared/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Packets that are dropped in one turn of the loop, so that other work of the control thread does not wait. */
#define READS_MAX 64

CGN_LOG_TYPE("host");

/* When a worker was last seen to turn. */
struct beat {
	uint64_t turns;
	uint64_t at_ms;
};

/* A reload releases the configuration of the start, so nothing here points into it. */
struct cgn_host_pools {
	struct cgn_host_pools_cfg cfg;
	struct cgn_timer timer;
	char name[CGN_HOST_TUN_NAME_MAX];
	uint16_t n_ports;
	enum cgn_side sides[CGN_PORTS_MAX];
	int fd;     /* -1: it is given up */
	int socket; /* to ask the kernel about the interface */
	bool is_on;
	struct beat beats[CGN_WORKERS_MAX];
};

/* Without the interface's descriptor the kernel takes the carrier away, so that the pools are not announced. */
static void
pools_give_up(struct cgn_host_pools *h, const char *why, int err)
{
	CGN_LOG(POOLS_NOT_ANNOUNCED,
			"interface of the pools %s, so the pools are not announced; restart cgnd name=%s errno=%d",
			why, h->name, err);
	cgn_timerq_cancel(cgn_loop_timers(h->cfg.loop), &h->timer);
	cgn_loop_del_fd(h->cfg.loop, h->fd);
	close(h->fd);
	h->fd = -1;
	h->is_on = false;
}

static void
pools_set(struct cgn_host_pools *h, bool is_on, const char *why)
{
	int ret;

	if (h->is_on == is_on)
		return;
	ret = h->cfg.set_carrier(h->fd, h->socket, h->name, is_on);
	if (ret < 0) {
		pools_give_up(h, "takes no carrier", -ret);
		return;
	}
	h->is_on = is_on;
	CGN_LOG(POOLS_CARRIER, "interface of the pools name=%s carrier=%s why=\"%s\"", h->name,
			is_on ? "on" : "off", why);
}

static bool
are_workers_alive(struct cgn_host_pools *h, uint64_t now_ms)
{
	bool all = true;

	for (unsigned int w = 0; w < h->cfg.n_workers; w++) {
		uint64_t turns = h->cfg.turns(h->cfg.ctx, w);
		struct beat *b = &h->beats[w];

		if (turns != b->turns)
			*b = (struct beat){ turns, now_ms };
		all &= now_ms - b->at_ms < CGN_HOST_POOLS_DEAD_MS;
	}
	return all;
}

static bool
is_side_up(const struct cgn_host_pools *h, enum cgn_side side)
{
	for (uint16_t i = 0; i < h->n_ports; i++) {
		if (h->sides[i] == side && h->cfg.is_up(h->cfg.ctx, i))
			return true;
	}
	return false;
}

static void
pools_look(void *arg, uint64_t now_ms)
{
	struct cgn_host_pools *h = arg;

	if (!are_workers_alive(h, now_ms))
		pools_set(h, false, "a worker does not run");
	else if (!is_side_up(h, CGN_SIDE_OUTSIDE))
		pools_set(h, false, "no outside port is up");
	else if (!is_side_up(h, CGN_SIDE_INSIDE))
		pools_set(h, false, "no inside port is up");
	else
		pools_set(h, true, "cgnd translates");
	if (h->fd < 0)
		return;
	/* A timer that is running, as this one is, can always be set again. */
	(void)cgn_timerq_set(
			cgn_loop_timers(h->cfg.loop), &h->timer, now_ms + CGN_HOST_POOLS_LOOK_MS);
}

/* Drop what the kernel sends, so that it does not wait in the interface. */
static void
pools_ready(void *arg, uint64_t now_ms)
{
	struct cgn_host_pools *h = arg;
	uint8_t data[CGN_MTU_MAX];

	(void)now_ms;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = read(h->fd, data, sizeof(data));

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			pools_give_up(h, "is gone", n < 0 ? errno : 0);
		if (n <= 0)
			return;
	}
}

int
cgn_host_pools_create(struct cgn_host_pools **out, const struct cgn_host_pools_cfg *cfg)
{
	struct cgn_host_pools *h = calloc(1, sizeof(*h));
	int ret;

	if (h == NULL)
		return -ENOMEM;
	h->cfg = *cfg;
	h->timer = (struct cgn_timer){ .fire = pools_look, .arg = h };
	snprintf(h->name, sizeof(h->name), "%s", cfg->conf->host.pools_interface);
	h->n_ports = (uint16_t)cfg->conf->n_ports;
	for (uint16_t i = 0; i < h->n_ports; i++)
		h->sides[i] = cfg->conf->ports[i].side;
	h->cfg.conf = NULL;
	h->socket = -1;
	h->fd = cfg->open(cfg->conf, &h->socket);
	ret = h->fd < 0 ? h->fd : cgn_loop_add_fd(cfg->loop, h->fd, pools_ready, h);
	if (ret < 0) {
		cgn_host_pools_destroy(h);
		return ret;
	}
	*out = h;
	return 0;
}

void
cgn_host_pools_destroy(struct cgn_host_pools *h)
{
	if (h == NULL)
		return;
	cgn_timerq_cancel(cgn_loop_timers(h->cfg.loop), &h->timer);
	if (h->fd >= 0) {
		cgn_loop_del_fd(h->cfg.loop, h->fd);
		close(h->fd);
	}
	if (h->socket >= 0)
		close(h->socket);
	free(h);
}

void
cgn_host_pools_start(struct cgn_host_pools *h, uint64_t now_ms)
{
	if (h == NULL || h->fd < 0)
		return;
	for (unsigned int w = 0; w < h->cfg.n_workers; w++)
		h->beats[w] = (struct beat){ h->cfg.turns(h->cfg.ctx, w), now_ms };
	pools_look(h, now_ms);
}

/* The messages of the routing daemon, and the last packets of the subscribers, go by the workers. */
static void
pools_drain(struct cgn_host_pools *h)
{
	uint64_t end = cgn_loop_now_ms() + CGN_HOST_POOLS_DRAIN_MS;

	while (cgn_loop_now_ms() < end) {
		if (cgn_loop_turn(h->cfg.loop, 20) < 0)
			break;
	}
}

void
cgn_host_pools_stop(struct cgn_host_pools *h)
{
	bool was_on;

	if (h == NULL || h->fd < 0)
		return;
	was_on = h->is_on;
	cgn_timerq_cancel(cgn_loop_timers(h->cfg.loop), &h->timer);
	pools_set(h, false, "cgnd stops");
	if (was_on)
		pools_drain(h);
}

bool
cgn_host_pools_is_on(const struct cgn_host_pools *h)
{
	return h->is_on;
}
