/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/portmap.h"

#include "controlplane/lease/keeper.h"
#include "controlplane/lease/realms.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/loop/loop.h"
#include "controlplane/relay/relay_nat444.h"
#include "controlplane/workers/subscriber_scan.h"
#include "shared/log.h"
#include "shared/wellknown.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define TTL      64
#define WATCH_MS 120000 /* after a start without memory; shorter than a series of announcements */
#define REPLY_MS 1000   /* workers answer within microseconds; late answers are not wanted anyway */

CGN_LOG_TYPE("portmap");

struct cgn_portmap {
	struct cgn_portmap_cfg cfg;
	struct cgn_keeper *keeper; /* of the store */
	struct cgn_realms *realms; /* homes behind softwires */
	struct cgn_lessor *lessor;
	struct cgn_lease_service *service;
	struct cgn_natpmp_server *server;
	struct cgn_natpmp_announce *announce;
	struct cgn_relay_nat444 *relay;    /* NULL: natpmp.role is server */
	struct cgn_subscriber_scan *watch; /* NULL: the epoch goes on */
	uint64_t created_ms;
	int store_fd; /* the store's threads wake this one by it; -1: it has none */
	bool is_kept; /* the epoch goes on: the store had it */
};

/* Whether there is another NAT in front: its relay announces then, to all clients the same. */
static bool
has_upstream(const struct cgn_portmap *m)
{
	const struct cgn_relay *relay = cgn_portmap_relay(m);

	return relay != NULL && cgn_relay_has_upstream(relay);
}

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
	const struct cgn_ip6 *b4 = cgn_realms_b4(m->realms, map->realm);
	struct cgn_cmd cmd = { .op = op };
	unsigned int worker;

	/* Without a B4 it would be about a native client that has the same address. */
	if (map->realm != 0 && b4 == NULL)
		return -ENOENT;
	worker = b4 != NULL ? planes->owner6(planes->owner_ctx, b4)
			    : planes->owner(planes->owner_ctx, map->in.addr);
	cmd.u.map = *map;
	if (b4 != NULL)
		cmd.u.map.b4 = *b4;
	return cgn_dpclient_send(m->cfg.client, worker, &cmd, &wait, now_ms);
}

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_REALTIME);
}

static int64_t
boot_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_BOOTTIME);
}

static void
lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct cgn_portmap *m = ctx;
	struct cgn_relay *relay = cgn_portmap_relay(m);

	if (relay != NULL)
		cgn_relay_lost(relay, now_ms);
	if (!has_upstream(m))
		cgn_natpmp_announce_client(m->announce, realm, addr, now_ms);
}

static const struct cgn_lessor_ops lessor_ops = { .send = send_command,
	.wall_ms = wall_ms,
	.boot_ms = boot_ms,
	.lost = lost };

/* --- server to responder ------------------------------------------------------------------- */

static bool
take_datagram(void *arg, const struct cgn_responder_udp *d, uint64_t now_ms)
{
	struct cgn_portmap *m = arg;
	const struct cgn_return_addr from = cgn_responder_return_addr(d);

	if (d->src.is_ip6)
		return false;
	return cgn_natpmp_server_input(m->server, &from, d->data, d->len, now_ms);
}

static void
send_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_portmap *m = ctx;

	cgn_responder_send(m->cfg.responder, to, data, len);
}

/* The worker of the client counts it. Nothing is lost but a number if its ring is full. */
static void
count_refused(void *ctx, const struct cgn_asker *asker, uint64_t now_ms)
{
	struct cgn_portmap *m = ctx;
	const struct cgn_planes *planes = m->cfg.planes;
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };

	cmd.u.map.in.addr = asker->addr;
	if (asker->is_home)
		cmd.u.map.b4 = asker->b4;
	(void)cgn_dpclient_send(m->cfg.client,
			asker->is_home ? planes->owner6(planes->owner_ctx, &asker->b4)
				       : planes->owner(planes->owner_ctx, asker->addr),
			&cmd, NULL, now_ms);
}

static const struct cgn_natpmp_server_ops server_ops = { .send = send_answer };

/* --- announcements ------------------------------------------------------------------------- */

/* The inside port by which an address is reached, NULL: none. */
static const struct cgn_conf_port *
port_to(const struct cgn_conf *conf, rte_be32_t addr)
{
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *best = NULL;
	int len = -1;

	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == CGN_SIDE_INSIDE &&
				cgn_local_addr_on_link(&conf->ports[i], &to))
			return &conf->ports[i];
	}
	for (size_t i = 0; i < conf->n_routes; i++) {
		const struct cgn_conf_route *r = &conf->routes[i];

		if (conf->ports[r->port].side == CGN_SIDE_INSIDE && r->prefix.len > len &&
				cgn_prefix_has4(&r->prefix, addr)) {
			best = &conf->ports[r->port];
			len = r->prefix.len;
		}
	}
	return best;
}

static rte_be32_t
gateway_of(void *ctx, uint32_t realm, rte_be32_t addr)
{
	const struct cgn_portmap *m = ctx;
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *port = port_to(m->cfg.conf, addr);
	struct cgn_ip own;

	if (realm != 0)
		return CGN_SOFTWIRE_AFTR_ADDR;
	return port != NULL && cgn_local_addr_source(port, &to, &own) ? own.ip4 : 0;
}

/* On the client's own link a TTL of 1 is enough; behind a router it would end there. */
static uint8_t
ttl_to(const struct cgn_conf *conf, rte_be32_t addr)
{
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *port = port_to(conf, addr);

	return port != NULL && cgn_local_addr_on_link(port, &to) ? 1 : TTL;
}

static void
send_announcement(void *ctx, uint32_t realm, rte_be32_t gateway, rte_be32_t to, uint16_t udp_port,
		const void *data, size_t len)
{
	struct cgn_portmap *m = ctx;
	const struct cgn_ip6 *b4 = cgn_realms_b4(m->realms, realm);
	const struct cgn_ep4 src = { .addr = gateway, .port = RTE_BE16(CGN_NATPMP_PORT) };
	const struct cgn_ep4 dst = { .addr = to, .port = rte_cpu_to_be_16(udp_port) };
	uint8_t ttl = realm != 0 ? TTL : ttl_to(m->cfg.conf, to);
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + CGN_NATPMP_ADDRESS_LEN];

	assert(len == CGN_NATPMP_ADDRESS_LEN);
	if (realm != 0 && b4 == NULL)
		return;
	(void)cgn_frame_udp4(out, &src, &dst, ttl, data, len);
	if (b4 != NULL)
		m->cfg.wire(m->cfg.ctx, b4, out, sizeof(out));
	else
		m->cfg.route(m->cfg.ctx, out, sizeof(out));
}

static const struct cgn_natpmp_announce_ops announce_ops = { .send = send_announcement,
	.gateway = gateway_of };

/* A client that may have had leases before the start: nobody knows. */
static void
seen(void *ctx, const struct cgn_subscriber_info *s, uint64_t now_ms)
{
	struct cgn_portmap *m = ctx;
	rte_be32_t addr = s->addr.ip4;
	uint32_t realm;

	if (!s->addr.is_ip6) {
		cgn_natpmp_announce_stranger(m->announce, 0, addr, now_ms);
	} else if (!cgn_ip6_is_zero(&s->b4)) {
		realm = cgn_realms_get(m->realms, &s->b4, s->prefix_len);
		if (realm != 0)
			cgn_natpmp_announce_stranger(m->announce, realm, CGN_LESSOR_ALL, now_ms);
		cgn_realms_release(
				m->realms, realm); /* the series has it for as long as it lasts */
	}
}

/* Renewals rebuild what is forgotten: for as long as a released port would be held, nobody else is to
 * get what leases had (RFC 6886 section 3.7). */
static void
begin_grace(struct cgn_portmap *m, uint64_t now_ms)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_GRACE };

	cmd.u.map.lifetime_s = m->cfg.conf->nat.hold_down_s;
	for (unsigned int w = 0; w < m->cfg.planes->n_workers; w++) {
		if (cgn_dpclient_send(m->cfg.client, w, &cmd, NULL, now_ms) < 0)
			CGN_LOG(ERR, "worker does not hear of the grace time worker=%u", w);
	}
}

/* A home behind a softwire is told once. */
static void
announce_row(struct cgn_portmap *m, const struct cgn_lessor_client *c, uint64_t now_ms)
{
	rte_be32_t addr = c->realm == 0 ? c->addr : CGN_LESSOR_ALL;

	if (c->realm == 0 || !cgn_natpmp_announce_has(m->announce, c->realm, addr))
		cgn_natpmp_announce_client(m->announce, c->realm, addr, now_ms);
}

static void
announce_all(struct cgn_portmap *m, uint64_t now_ms)
{
	const struct cgn_subscriber_scan_cfg cfg = {
		.client = m->cfg.client,
		.planes = m->cfg.planes,
		.timers = m->cfg.timers,
		.seen = seen,
		.ctx = m,
		.until_ms = now_ms + WATCH_MS,
	};
	struct cgn_lessor_client rows[64];
	uint32_t cursor = 0, n;

	while ((n = cgn_lessor_read_clients(m->lessor, &cursor, rows, RTE_DIM(rows))) > 0) {
		for (uint32_t i = 0; i < n; i++)
			announce_row(m, &rows[i], now_ms);
	}
	if (!m->is_kept)
		begin_grace(m, now_ms);
	if (!m->is_kept && cgn_subscriber_scan_create(&m->watch, &cfg, now_ms) < 0)
		CGN_LOG(ERR, "no memory to announce the start");
}

/* --- life ---------------------------------------------------------------------------------- */

static void
store_ready(void *arg, uint64_t now_ms)
{
	struct cgn_portmap *m = arg;

	cgn_keeper_ready(m->keeper, now_ms);
}

/* Where the threads of the store wake this one. It is watched before there is a thread: what a thread has
 * done and nobody hears of would be waited for without end. */
static int
open_store_fd(struct cgn_portmap *m)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int ret = fd < 0 ? -errno : cgn_loop_add_fd(m->cfg.loop, fd, store_ready, m);

	if (ret == 0)
		m->store_fd = fd;
	else if (fd >= 0)
		close(fd);
	return ret;
}

/* From now on nobody waits for the disk. */
static void
go_aside(struct cgn_portmap *m)
{
	int ret;

	if (m->cfg.loop == NULL || cgn_keeper_state(m->keeper) == CGN_KEEPER_OFF)
		return;
	ret = open_store_fd(m);
	if (ret == 0)
		ret = cgn_keeper_go_aside(m->keeper, m->store_fd);
	if (ret < 0)
		CGN_LOG(ERR, "store has no thread of its own, so that a slow disk makes cgnd slow: %s",
				strerror(-ret));
}

/* Nothing that a disk does stops the start. */
static int
create_lessor(struct cgn_portmap *m, uint64_t now_ms)
{
	struct cgn_lessor_cfg cfg = { .timers = m->cfg.timers,
		.realms = m->realms,
		.ops = &lessor_ops,
		.ctx = m,
		.seed = m->cfg.seed };
	const struct cgn_keeper_cfg keeper = { .path = m->cfg.conf->store_path,
		.timers = m->cfg.timers,
		.realms = m->realms,
		.wall_ms = lessor_ops.wall_ms(m),
		.boot_ms = lessor_ops.boot_ms(m) };
	int ret = cgn_keeper_create(&m->keeper, &keeper);

	if (ret < 0)
		return ret;
	cfg.store = cgn_keeper_store(m->keeper);
	ret = cgn_lessor_create(&m->lessor, &cfg, now_ms);
	if (ret < 0)
		return ret;
	ret = cgn_keeper_load(m->keeper, m->lessor, now_ms);
	m->is_kept = ret == 0;
	if (ret < 0 && ret != -ENOENT)
		return ret;
	go_aside(m);
	return 0;
}

static int
create_relay(struct cgn_portmap *m, struct cgn_lease_service_cfg *service)
{
	const struct cgn_relay_nat444_cfg cfg = {
		.conf = m->cfg.conf,
		.lessor = m->lessor,
		.timers = m->cfg.timers,
		.responder = m->cfg.responder,
		.route = m->cfg.route_out,
		.ctx = m->cfg.ctx,
	};
	int ret;

	if (m->cfg.conf->natpmp.role != CGN_NATPMP_RELAY)
		return 0;
	ret = cgn_relay_nat444_create(&m->relay, &cfg);
	if (ret == 0) {
		service->backend = &cgn_relay_backend;
		service->backend_ctx = cgn_relay_nat444_relay(m->relay);
	}
	return ret;
}

static int
create_service(struct cgn_portmap *m)
{
	struct cgn_lease_service_cfg cfg = {
		.conf = m->cfg.conf,
		.lessor = m->lessor,
		.realms = m->realms,
		.timers = m->cfg.timers,
		.refused = count_refused,
		.ctx = m,
		.seed = m->cfg.seed,
	};
	int ret = create_relay(m, &cfg);

	return ret < 0 ? ret : cgn_lease_service_create(&m->service, &cfg);
}

int
cgn_portmap_create(struct cgn_portmap **out, const struct cgn_portmap_cfg *cfg, uint64_t now_ms)
{
	struct cgn_portmap *m = calloc(1, sizeof(*m));
	struct cgn_natpmp_server_cfg server = { .conf = cfg->conf, .ops = &server_ops, .ctx = m };
	struct cgn_natpmp_announce_cfg announce = {
		.conf = cfg->conf,
		.timers = cfg->timers,
		.ops = &announce_ops,
		.ctx = m,
		.seed = cfg->seed,
	};
	int ret;

	if (m == NULL)
		return -ENOMEM;
	m->cfg = *cfg;
	m->store_fd = -1;
	m->created_ms = now_ms;
	ret = cgn_realms_create(&m->realms, cfg->seed);
	if (ret == 0)
		ret = create_lessor(m, now_ms);
	if (ret == 0)
		ret = create_service(m);
	server.leases = m->service;
	announce.lessor = m->lessor;
	announce.realms = m->realms;
	if (ret == 0)
		ret = cgn_natpmp_server_create(&m->server, &server);
	if (ret == 0)
		ret = cgn_natpmp_announce_create(&m->announce, &announce);
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
cgn_portmap_close(struct cgn_portmap *m)
{
	if (m->relay != NULL)
		cgn_relay_close(cgn_relay_nat444_relay(m->relay));
}

void
cgn_portmap_destroy(struct cgn_portmap *m)
{
	if (m == NULL)
		return;
	if (m->lessor != NULL)
		cgn_lessor_wait_cancel(m->lessor, cgn_loop_now_ms());
	if (m->store_fd >= 0)
		cgn_loop_del_fd(m->cfg.loop, m->store_fd);
	cgn_subscriber_scan_destroy(m->watch);
	cgn_natpmp_announce_destroy(m->announce);
	cgn_relay_nat444_destroy(m->relay);
	cgn_natpmp_server_destroy(m->server);
	cgn_lease_service_destroy(m->service);
	cgn_lessor_destroy(m->lessor);
	cgn_keeper_destroy(m->keeper);
	if (m->store_fd >= 0)
		close(m->store_fd);
	cgn_realms_destroy(m->realms);
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
	const char *reason = cgn_lessor_epoch_reason(m->lessor);
	int ret;

	if (cgn_keeper_store(m->keeper) != NULL)
		CGN_LOG(NOTICE, "leases are back restored=%llu lost=%llu ended=%llu took_ms=%llu epoch_s=%u epoch=\"%s\"",
				(unsigned long long)s->restored, (unsigned long long)s->lost,
				(unsigned long long)s->ended,
				(unsigned long long)(now_ms - m->created_ms),
				cgn_lessor_epoch_s(m->lessor, 0, 0, now_ms),
				reason == NULL ? "goes on" : reason);
	ret = cgn_lessor_commit(m->lessor, now_ms);
	if (ret < 0 && ret != -EINPROGRESS)
		CGN_LOG(ERR, "store does not take what was restored");
	if (has_upstream(m))
		cgn_relay_start(cgn_portmap_relay(m), now_ms);
	else
		announce_all(m, now_ms);
}

void
cgn_portmap_set_conf(struct cgn_portmap *m, const struct cgn_conf *conf)
{
	m->cfg.conf = conf;
	cgn_lease_service_set_conf(m->service, conf);
	cgn_natpmp_server_set_conf(m->server, conf);
	cgn_natpmp_announce_set_conf(m->announce, conf);
	if (m->relay != NULL)
		cgn_relay_nat444_set_conf(m->relay, conf);
}

struct cgn_lessor *
cgn_portmap_lessor(struct cgn_portmap *m)
{
	return m->lessor;
}

bool
cgn_portmap_store_is_busy(const struct cgn_portmap *m)
{
	return cgn_keeper_is_busy(m->keeper);
}

enum cgn_keeper_state
cgn_portmap_store(const struct cgn_portmap *m)
{
	return cgn_keeper_state(m->keeper);
}

uint32_t
cgn_portmap_realms(const struct cgn_portmap *m)
{
	return cgn_realms_count(m->realms);
}

const struct cgn_natpmp_announce *
cgn_portmap_announce(const struct cgn_portmap *m)
{
	return m->announce;
}

const struct cgn_natpmp_server *
cgn_portmap_server(const struct cgn_portmap *m)
{
	return m->server;
}

struct cgn_relay *
cgn_portmap_relay(const struct cgn_portmap *m)
{
	return m->relay == NULL ? NULL : cgn_relay_nat444_relay(m->relay);
}
