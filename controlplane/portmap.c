/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/portmap.h"

#include "controlplane/lease/store.h"
#include "controlplane/loop.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPLY_MS 1000 /* workers answer within microseconds; late answers are not wanted anyway */

CGN_LOG_TYPE("portmap");

struct cgn_portmap {
	struct cgn_portmap_cfg cfg;
	struct cgn_store *store;
	struct cgn_lessor *lessor;
	struct cgn_natpmp_server *server;
	uint64_t created_ms;
	bool is_kept; /* the epoch goes on: the store had it */
};

/* --- lessor to workers --------------------------------------------------------------------- */

static void
replied(void *arg, int ret, const struct cgn_evt *evt)
{
	cgn_lessor_replied(arg, ret, evt == NULL ? NULL : &evt->u.map, cgn_loop_now_ms());
}

static int
send_command(void *ctx, uint16_t op, const struct cgn_cmd_map *map, struct cgn_lessor_call *call,
		uint64_t now_ms)
{
	struct cgn_portmap *m = ctx;
	const struct cgn_planes *planes = m->cfg.planes;
	const struct cgn_dpclient_call wait = {
		.done = replied, .arg = call, .timeout_ms = REPLY_MS
	};
	struct cgn_cmd cmd = { .op = op };

	cmd.u.map = *map;
	return cgn_dpclient_send(m->cfg.client, planes->owner(planes->owner_ctx, map->in.addr),
			&cmd, &wait, now_ms);
}

static int64_t
wall_ms(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	(void)ctx;
	(void)realm;
	(void)addr;
	(void)now_ms;
}

static const struct cgn_lessor_ops lessor_ops = { .send = send_command,
	.wall_ms = wall_ms,
	.lost = lost };

/* --- server to responder ------------------------------------------------------------------- */

static bool
take_datagram(void *arg, const struct cgn_responder_udp *d, uint64_t now_ms)
{
	struct cgn_portmap *m = arg;
	struct cgn_natpmp_peer from = {
		.addr = d->src.ip4,
		.gateway = d->dst.ip4,
		.udp_port = d->src_port,
		.link = d->frame->port,
	};

	if (d->src.is_ip6)
		return false;
	memcpy(from.mac, d->frame->src.addr_bytes, sizeof(from.mac));
	return cgn_natpmp_server_input(m->server, &from, d->data, d->len, now_ms);
}

static void
send_answer(void *ctx, const struct cgn_natpmp_peer *to, const void *data, size_t len)
{
	struct cgn_portmap *m = ctx;
	struct cgn_frame frame = { .port = to->link, .ethertype = RTE_ETHER_TYPE_IPV4 };
	const struct cgn_responder_udp d = {
		.frame = &frame,
		.src = { .ip4 = to->addr },
		.dst = { .ip4 = to->gateway },
		.src_port = to->udp_port,
		.dst_port = CGN_NATPMP_PORT,
	};

	memcpy(frame.src.addr_bytes, to->mac, sizeof(to->mac));
	cgn_responder_answer(m->cfg.responder, &d, data, len);
}

static const struct cgn_natpmp_server_ops server_ops = { .send = send_answer };

/* --- life ---------------------------------------------------------------------------------- */

/* A damaged store was set aside, which the store has logged: go on with a new one. */
static int
open_store(struct cgn_portmap *m)
{
	const char *path = m->cfg.conf->store_path;
	int ret = cgn_store_open(&m->store, path);

	if (ret == -EBADMSG)
		ret = cgn_store_open(&m->store, path);
	if (ret < 0)
		CGN_LOG(ERR, "store cannot be opened path=%s errno=%d (%s)", path, -ret,
				strerror(-ret));
	return ret;
}

static int
load_store(struct cgn_portmap *m, uint64_t now_ms)
{
	int ret = cgn_lessor_load(m->lessor, now_ms);

	m->is_kept = ret == 0;
	if (ret == -ENOENT)
		return 0;
	if (ret == -EBADMSG) {
		cgn_store_close(m->store);
		m->store = NULL;
		ret = open_store(m);
		if (ret == 0)
			cgn_lessor_set_store(m->lessor, m->store, now_ms);
	}
	return ret;
}

int
cgn_portmap_create(struct cgn_portmap **out, const struct cgn_portmap_cfg *cfg, uint64_t now_ms)
{
	struct cgn_portmap *m = calloc(1, sizeof(*m));
	struct cgn_lessor_cfg lessor = {
		.timers = cfg->timers, .ops = &lessor_ops, .ctx = m, .seed = cfg->seed
	};
	struct cgn_natpmp_server_cfg server = {
		.conf = cfg->conf,
		.timers = cfg->timers,
		.ops = &server_ops,
		.ctx = m,
		.seed = cfg->seed,
	};
	int ret;

	if (m == NULL)
		return -ENOMEM;
	m->cfg = *cfg;
	m->created_ms = now_ms;
	ret = open_store(m);
	if (ret == 0) {
		lessor.store = m->store;
		ret = cgn_lessor_create(&m->lessor, &lessor, now_ms);
	}
	if (ret == 0)
		ret = load_store(m, now_ms);
	if (ret == 0) {
		server.lessor = m->lessor;
		ret = cgn_natpmp_server_create(&m->server, &server);
	}
	if (ret == 0)
		ret = cgn_responder_listen(cfg->responder, CGN_NATPMP_PORT, take_datagram, m);
	if (ret < 0) {
		cgn_portmap_destroy(m);
		return ret;
	}
	*out = m;
	return 0;
}

void
cgn_portmap_destroy(struct cgn_portmap *m)
{
	if (m == NULL)
		return;
	cgn_natpmp_server_destroy(m->server);
	cgn_lessor_destroy(m->lessor);
	cgn_store_close(m->store);
	free(m);
}

uint32_t
cgn_portmap_restore(struct cgn_portmap *m, uint64_t now_ms)
{
	return cgn_lessor_restore(m->lessor, now_ms);
}

void
cgn_portmap_start(struct cgn_portmap *m, uint64_t now_ms)
{
	const struct cgn_lessor_stats *s = cgn_lessor_stats(m->lessor);

	if (m->store != NULL)
		CGN_LOG(NOTICE, "leases are back restored=%llu lost=%llu took_ms=%llu epoch_s=%u",
				(unsigned long long)s->restored, (unsigned long long)s->lost,
				(unsigned long long)(now_ms - m->created_ms),
				cgn_lessor_epoch_s(m->lessor, 0, 0, now_ms));
	if (cgn_lessor_commit(m->lessor, now_ms) < 0)
		CGN_LOG(ERR, "store does not take what was restored");
}

void
cgn_portmap_set_conf(struct cgn_portmap *m, const struct cgn_conf *conf)
{
	m->cfg.conf = conf;
	cgn_natpmp_server_set_conf(m->server, conf);
}

struct cgn_lessor *
cgn_portmap_lessor(struct cgn_portmap *m)
{
	return m->lessor;
}

const struct cgn_natpmp_server *
cgn_portmap_server(const struct cgn_portmap *m)
{
	return m->server;
}
