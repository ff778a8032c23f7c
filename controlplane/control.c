/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The control thread: takes events and packets from the workers, and gives each to its module.
 *
 * The modules below do no input or output of their own. This file gives them rings, packet buffers,
 * timers and the loop.
 */
#include "controlplane/control.h"

#include "controlplane/control_change.h"
#include "controlplane/control_state.h"
#include "controlplane/link/arp_nd_responder.h"
#include "controlplane/link/local_addr.h"
#include "shared/clock_ms.h"
#include "shared/log.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#define PUNT_BURST   32
#define PUNT_ROUNDS  4   /* bursts per worker and turn */
#define INJECT_SPARE 256 /* places of the ring to worker 0 that the host plane leaves free */
#define QUIESCE_MS   300 /* workers answer within microseconds; a stop takes less than two seconds */

CGN_LOG_TYPE("control");

/* Copy a frame into packet buffers, as many as it needs. */
static struct rte_mbuf *
make_mbuf(struct rte_mempool *mp, const uint8_t *frame, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	struct rte_mbuf *last = m;

	if (m == NULL)
		return NULL;
	m->pkt_len = (uint32_t)len;
	for (;;) {
		size_t n = rte_pktmbuf_tailroom(last) < len ? rte_pktmbuf_tailroom(last) : len;

		memcpy(rte_pktmbuf_mtod(last, void *), frame, n);
		last->data_len = (uint16_t)n;
		frame += n;
		len -= n;
		if (len == 0)
			return m;
		last->next = rte_pktmbuf_alloc(mp);
		if (last->next == NULL) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		last = last->next;
		m->nb_segs++;
	}
}

/* @return false: the packet is lost, because there is no room for it */
static bool
inject(struct cgn_control *c, enum cgn_pktmsg_op op, uint16_t port, const void *data, size_t len)
{
	struct cgn_pktmsg msg = {
		.op = (uint8_t)op,
		.port = (uint8_t)port,
		.verdict = CGN_V_NONE,
		.m = make_mbuf(c->planes->ctl_pool, data, len),
	};

	if (msg.m == NULL || rte_ring_enqueue_elem(c->planes->inject, &msg, sizeof(msg)) != 0) {
		rte_pktmbuf_free(msg.m);
		c->stats.inject_full++;
		return false;
	}
	c->stats.injected++;
	return true;
}

static void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)inject(ctx, CGN_PKT_TX, port, frame, len);
}

static void
route_packet(void *ctx, const void *packet, size_t len)
{
	(void)inject(ctx, CGN_PKT_ROUTE, 0, packet, len);
}

static void
route_packet_out(void *ctx, const void *packet, size_t len)
{
	(void)inject(ctx, CGN_PKT_ROUTE_OUT, 0, packet, len);
}

/* Send a packet into a softwire. The worker writes the outer header. Here the header only says which B4 the
 * packet goes to. */
static void
send_wire(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len)
{
	struct cgn_control *c = ctx;
	struct rte_ipv6_hdr ip = { .proto = IPPROTO_IPIP };

	if (len > sizeof(c->wire) - sizeof(ip))
		return;
	memcpy(&ip.dst_addr, b4, sizeof(ip.dst_addr));
	memcpy(c->wire, &ip, sizeof(ip));
	memcpy(c->wire + sizeof(ip), packet, len);
	(void)inject(c, CGN_PKT_SOFTWIRE, 0, c->wire, sizeof(ip) + len);
}

/* A B4 has one softwire. */
static void
send_to_aftr(void *ctx, const void *packet, size_t len)
{
	const struct cgn_control *c = ctx;

	send_wire(ctx, &c->conf->softwire.remote, packet, len);
}

static bool
tell_workers(void *ctx, bool is_known, const struct cgn_cmd_neigh *n, uint64_t now_ms)
{
	struct cgn_control *c = ctx;
	struct cgn_cmd cmd = { .op = is_known ? CGN_CMD_NEIGH_SET : CGN_CMD_NEIGH_DEL };
	bool all = true;

	cmd.u.neigh = *n;
	for (unsigned int w = 0; w < c->planes->n_workers; w++)
		all &= cgn_dpclient_send(c->client, w, &cmd, NULL, now_ms) == 0;
	return all;
}

static const struct cgn_resolver_ops resolver_ops = { .send = send_frame, .tell = tell_workers };
static const struct cgn_ip_responder_ops responder_ops = { .send = send_frame, .wire = send_wire };

/* Take a packet that came out of the softwire of a B4. If it is not for cgnd itself, it is an answer for
 * the relay, or goes to a host of the home. @return false: it is for cgnd itself */
static bool
take_home(struct cgn_control *c, const struct cgn_frame *f, uint64_t now_ms)
{
	const struct rte_ipv4_hdr *ip = (const void *)f->l3;
	struct cgn_ip dst = { 0 };
	size_t len;

	if (f->l3_len < sizeof(*ip))
		return true;
	dst.ip4 = ip->dst_addr;
	if (cgn_local_addr_has(c->conf, &dst))
		return false;
	if (c->relay_b4 != NULL && cgn_relay_b4_input(c->relay_b4, f->l3, f->l3_len, now_ms))
		return true;
	len = rte_be_to_cpu_16(ip->total_length);
	/* A multicast for the home is not forwarded. */
	if (len <= f->l3_len && rte_be_to_cpu_32(dst.ip4) >> 28 != 0xe)
		route_packet(c, ip, len);
	return true;
}

static void
take_packet(struct cgn_control *c, const struct cgn_pktmsg *msg, uint64_t now_ms)
{
	struct rte_mbuf *m = msg->m;
	struct cgn_frame f;
	const uint8_t *data;

	c->stats.punted++;
	if (m->pkt_len > sizeof(c->flat))
		return;
	/* The packet is copied only if it has several segments. */
	data = rte_pktmbuf_read(m, 0, m->pkt_len, c->flat);
	if (data == NULL || !cgn_frame_parse(&f, msg->port, data, m->pkt_len))
		return;
	if (c->conf->softwire.role != CGN_SOFTWIRE_OFF)
		cgn_frame_open(&f, &c->conf->softwire.local);
	if (f.is_wire && c->conf->softwire.role == CGN_SOFTWIRE_B4 && take_home(c, &f, now_ms))
		return;
	if (cgn_host_input(c->host, &f))
		return;
	if (!cgn_arp_nd_responder_input(c->resolver, &f, now_ms))
		cgn_ip_responder_input(c->responder, &f, now_ms);
}

static bool
take_packets(struct cgn_control *c, uint64_t now_ms)
{
	struct cgn_pktmsg msgs[PUNT_BURST];
	bool has_more = false;

	for (unsigned int w = 0; w < c->planes->n_workers; w++) {
		unsigned int n = PUNT_BURST;

		for (int round = 0; round < PUNT_ROUNDS && n == PUNT_BURST; round++) {
			n = rte_ring_dequeue_burst_elem(c->planes->workers[w].punt, msgs,
					sizeof(msgs[0]), PUNT_BURST, NULL);
			for (unsigned int i = 0; i < n; i++) {
				take_packet(c, &msgs[i], now_ms);
				rte_pktmbuf_free(msgs[i].m);
			}
		}
		has_more |= n == PUNT_BURST;
	}
	return has_more;
}

static void
take_event(void *arg, const struct cgn_evt *evt, uint64_t now_ms)
{
	struct cgn_control *c = arg;

	if (evt->op == CGN_EVT_NEIGH_WANTED)
		cgn_resolver_wanted(c->resolver, &evt->u.neigh, now_ms);
}

/* Leases come back after a reload has switched the server on. @return whether some are not back yet */
static bool
restore_portmap(struct cgn_control *c, uint64_t now_ms)
{
	if (!c->is_restoring)
		return false;
	if (cgn_portmap_restore(c->portmap, now_ms) > 0)
		return true;
	c->is_restoring = false;
	cgn_portmap_start(c->portmap, now_ms);
	return false;
}

static bool
poll_rings(void *arg, uint64_t now_ms)
{
	struct cgn_control *c = arg;
	bool has_more = cgn_dpclient_poll(c->client, take_event, c, now_ms);

	cgn_records_settle(c->records);
	has_more |= restore_portmap(c, now_ms);
	return take_packets(c, now_ms) || has_more;
}

/* A worker has woken this thread. The rings are polled in each turn of the loop, so it is enough that the
 * sleep has ended. */
static void
woken(void *arg, uint64_t now_ms)
{
	struct cgn_control *c = arg;
	uint64_t count;

	(void)now_ms;
	if (read(c->planes->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		CGN_LOG(SYSTEM_ERROR, "wake-up cannot be read errno=%d", errno);
}

static int
create_relay_b4(struct cgn_control *c, const struct cgn_conf *conf, struct cgn_relay_b4 **out)
{
	const struct cgn_relay_b4_cfg cfg = {
		.conf = conf,
		.timers = cgn_loop_timers(c->loop),
		.responder = c->responder,
		.wire = send_to_aftr,
		.route = route_packet,
		.route_out = route_packet_out,
		.ctx = c,
	};

	return cgn_relay_b4_create(out, &cfg);
}

/* Answers and announcements through IPsec. */
static void
send_protected(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_control *c = ctx;

	cgn_host_send_protected(c->host, to, data, len);
}

static void
take_protected(void *ctx, const struct cgn_return_addr *from, const void *data, size_t len,
		uint64_t now_ms)
{
	struct cgn_control *c = ctx;

	if (c->portmap != NULL)
		cgn_portmap_input_protected(c->portmap, from, data, len, now_ms);
}

static bool
listens(void *ctx, uint16_t udp_port)
{
	const struct cgn_control *c = ctx;

	/* The listeners stay while the server or the relay is off, because the leases do. */
	if (udp_port == CGN_NATPMP_PORT && c->conf->natpmp.role == CGN_NATPMP_OFF)
		return false;
	if (udp_port == CGN_NATPMP_ANNOUNCE_PORT && c->conf->natpmp.role != CGN_NATPMP_RELAY)
		return false;
	return cgn_ip_responder_listens(c->responder, udp_port);
}

/* The host can send faster than a worker takes packets. The last places of the ring, and the last packet buffers, are
 * for cgnd's own packets: ARP, neighbour discovery and answers. A large packet takes several buffers. */
static bool
route_host(void *ctx, enum cgn_side side, const void *packet, size_t len)
{
	struct cgn_control *c = ctx;
	size_t room = rte_pktmbuf_data_room_size(c->planes->ctl_pool) - RTE_PKTMBUF_HEADROOM;

	if (rte_ring_free_count(c->planes->inject) <= INJECT_SPARE ||
			rte_mempool_avail_count(c->planes->ctl_pool) <= INJECT_SPARE + len / room)
		return false;
	return inject(c, side == CGN_SIDE_INSIDE ? CGN_PKT_ROUTE : CGN_PKT_ROUTE_OUT, 0, packet,
			len);
}

/* The pools look at the links far more often than the port watch does by itself. */
static bool
is_port_up(void *ctx, uint16_t port)
{
	struct cgn_control *c = ctx;
	enum cgn_link link = cgn_port_watch_look_at_link(c->port_watch, port);

	return link == CGN_LINK_UP || link == CGN_LINK_UNKNOWN;
}

static int
control_create_host(struct cgn_control *c, uint32_t seed)
{
	const struct cgn_host_cfg cfg = {
		.conf = c->conf,
		.planes = c->planes,
		.loop = c->loop,
		.seed = seed,
		.listens = listens,
		.route = route_host,
		.protected_input = take_protected,
		.is_up = is_port_up,
		.ctx = c,
	};

	return cgn_host_create(&c->host, &cfg);
}

static void
interface_changed(void *arg, uint64_t now_ms)
{
	struct cgn_control *c = arg;

	(void)now_ms;
	cgn_port_watch_changed(c->port_watch);
}

static int
create_port_watch(struct cgn_control *c)
{
	const struct cgn_port_watch_cfg cfg = {
		.conf = c->conf,
		.planes = c->planes,
		.timers = cgn_loop_timers(c->loop),
	};

	int ret = cgn_port_watch_create(&c->port_watch, &cfg);

	if (ret < 0 || cgn_port_watch_fd(c->port_watch) < 0)
		return ret;
	return cgn_loop_add_fd(c->loop, cgn_port_watch_fd(c->port_watch), interface_changed, c);
}

static int
control_create_alarms(struct cgn_control *c)
{
	const struct cgn_alarms_cfg cfg = {
		.conf = c->conf,
		.planes = c->planes,
		.timers = cgn_loop_timers(c->loop),
	};

	return cgn_alarms_create(&c->alarms, &cfg, cgn_loop_now_ms());
}

static int
control_create_drains(struct cgn_control *c)
{
	const struct cgn_drains_cfg cfg = {
		.conf = c->conf,
		.planes = c->planes,
		.client = c->client,
		.timers = cgn_loop_timers(c->loop),
		.lessor = c->portmap == NULL ? NULL : cgn_portmap_lessor(c->portmap),
	};

	return cgn_drains_create(&c->drains, &cfg, cgn_loop_now_ms());
}

static const char *
peer_of(void *ctx, const struct cgn_ip *addr)
{
	const struct cgn_control *c = ctx;

	return cgn_host_peers_find(cgn_host_peers(c->host), addr);
}

static int
create_portmap(struct cgn_control *c, const struct cgn_conf *conf, struct cgn_portmap **out)
{
	const struct cgn_portmap_cfg cfg = {
		.conf = conf,
		.planes = c->planes,
		.loop = c->loop,
		.timers = cgn_loop_timers(c->loop),
		.client = c->client,
		.responder = c->responder,
		.route = route_packet,
		.route_out = route_packet_out,
		.wire = send_wire,
		.protected = send_protected,
		.peer = peer_of,
		.ctx = c,
		.seed = c->seed,
		.is_reload = conf != c->conf,
	};

	return cgn_portmap_create(out, &cfg, cgn_loop_now_ms());
}

static int
start_portmap(struct cgn_control *c)
{
	if (c->conf->natpmp.role == CGN_NATPMP_OFF)
		return 0;
	if (c->conf->softwire.role != CGN_SOFTWIRE_B4)
		return create_portmap(c, c->conf, &c->portmap);
	if (c->conf->natpmp.role == CGN_NATPMP_RELAY)
		return create_relay_b4(c, c->conf, &c->relay_b4);
	CGN_LOG(CONFIG_NO_EFFECT,
			"natpmp.role server has no effect in a B4, because a B4 has no NAT; use natpmp.role relay");
	return 0;
}

int
cgn_control_join(struct cgn_control *c, const struct cgn_change_part *part)
{
	return cgn_change_join(&c->change, part);
}

const char *
cgn_control_must_wait(const struct cgn_control *c, const struct cgn_conf *conf)
{
	return cgn_change_must_wait(&c->change, conf);
}

int
cgn_control_prepare_conf(
		struct cgn_control *c, const struct cgn_conf *conf, struct cgn_conf_errors *errors)
{
	return cgn_change_prepare(&c->change, conf, errors);
}

void
cgn_control_abandon_conf(struct cgn_control *c)
{
	cgn_change_abandon(&c->change);
}

bool
cgn_control_is_settled(const struct cgn_control *c)
{
	return cgn_resolver_is_settled(c->resolver);
}

void
cgn_control_set_conf(struct cgn_control *c, const struct cgn_conf *conf)
{
	cgn_change_commit(&c->change, conf, cgn_loop_now_ms());
}

/* What takes packets and events of the workers. */
static int
control_create_links(struct cgn_control *c, const struct cgn_resolver_cfg *cfg)
{
	int ret = cgn_dpclient_create(&c->client, c->planes, cfg->timers);

	if (ret == 0)
		ret = cgn_resolver_create(&c->resolver, cfg);
	if (ret == 0)
		ret = cgn_ip_responder_create(
				&c->responder, c->conf, cfg->macs, cfg->seed, &responder_ops, c);
	if (ret == 0)
		ret = cgn_loop_add_fd(c->loop, c->planes->wake_fd, woken, c);
	return ret;
}

/* What serves clients and operators; it uses the links. */
static int
control_create_services(struct cgn_control *c, uint32_t seed)
{
	struct cgn_timerq *timers = cgn_loop_timers(c->loop);
	int ret = start_portmap(c);

	if (ret == 0)
		ret = control_create_host(c, seed);
	if (ret == 0)
		ret = create_port_watch(c);
	if (ret == 0)
		ret = control_create_alarms(c);
	if (ret == 0)
		ret = cgn_loads_create(
				&c->loads, c->planes, timers, rte_get_tsc_hz(), cgn_loop_now_ms());
	if (ret == 0)
		ret = control_create_drains(c);
	if (ret == 0)
		ret = cgn_tapper_create(&c->tapper, c->planes, c->client, timers);
	if (ret == 0)
		ret = cgn_detlog_create(&c->detlog, c->conf, timers, cgn_loop_now_ms());
	return ret;
}

int
cgn_control_create(struct cgn_control **out, const struct cgn_conf *conf,
		const struct cgn_planes *planes)
{
	struct cgn_control *c = calloc(1, sizeof(*c));
	struct rte_ether_addr macs[CGN_PORTS_MAX];
	struct cgn_resolver_cfg cfg = {
		.conf = conf, .macs = macs, .ops = &resolver_ops, .ctx = c
	};
	int ret;

	if (c == NULL)
		return -ENOMEM;
	c->conf = conf;
	c->planes = planes;
	c->create_portmap = create_portmap;
	c->create_relay_b4 = create_relay_b4;
	c->since_ms = cgn_clock_ms(CLOCK_REALTIME);
	for (unsigned int i = 0; i < planes->n_ports; i++)
		macs[i] = planes->ports[i].mac;
	ret = -EIO;
	if (getrandom(&cfg.seed, sizeof(cfg.seed), 0) != (ssize_t)sizeof(cfg.seed))
		goto fail;
	ret = cgn_loop_create(&c->loop);
	if (ret < 0)
		goto fail;
	c->seed = cfg.seed;
	cfg.timers = cgn_loop_timers(c->loop);
	ret = control_create_links(c, &cfg);
	if (ret == 0)
		ret = control_create_services(c, cfg.seed);
	if (ret < 0)
		goto fail;
	cgn_control_change_join(c);
	/* This comes last: from here on the modules get packets. */
	cgn_loop_on_poll(c->loop, poll_rings, c);
	*out = c;
	return 0;

fail:
	if (ret != -ECANCELED)
		CGN_LOG(START_FAILED, "control thread cannot be created errno=%d", -ret);
	cgn_control_destroy(c);
	return ret;
}

void
cgn_control_destroy(struct cgn_control *c)
{
	if (c == NULL)
		return;
	if (c->portmap != NULL)
		cgn_portmap_close(c->portmap);
	if (c->records != NULL)
		cgn_records_detach(c->records);
	/* This ends the calls that wait, so their owners must still exist. */
	cgn_dpclient_destroy(c->client);
	cgn_tapper_destroy(c->tapper);
	cgn_drains_destroy(c->drains);
	cgn_portmap_destroy(c->portmap);
	cgn_portmap_destroy(c->next_portmap);
	cgn_host_destroy(c->host);
	cgn_port_watch_destroy(c->port_watch);
	cgn_alarms_destroy(c->alarms);
	cgn_loads_destroy(c->loads);
	cgn_detlog_destroy(c->detlog);
	cgn_relay_b4_destroy(c->relay_b4);
	cgn_relay_b4_destroy(c->next_relay_b4);
	cgn_ip_responder_destroy(c->responder);
	cgn_resolver_destroy(c->resolver);
	cgn_loop_destroy(c->loop);
	free(c);
}

void
cgn_control_start(struct cgn_control *c)
{
	cgn_port_watch_start(c->port_watch, cgn_loop_now_ms());
	cgn_resolver_start(c->resolver, cgn_loop_now_ms());
}

void
cgn_control_announce(struct cgn_control *c)
{
	cgn_host_start(c->host, cgn_loop_now_ms());
}

void
cgn_control_withdraw(struct cgn_control *c)
{
	cgn_host_stop(c->host);
}

int
cgn_control_restore(struct cgn_control *c)
{
	int ret = 0;

	if (c->relay_b4 != NULL)
		cgn_relay_b4_start(c->relay_b4, cgn_loop_now_ms());
	if (c->portmap == NULL)
		return 0;
	/* The leases come back before cgnd serves: a packet must not take a port that a lease has. */
	while (ret == 0 && cgn_portmap_restore(c->portmap, cgn_loop_now_ms()) > 0) {
		ret = cgn_loop_turn(c->loop, 10);
		if (ret == 0 && cgn_loop_is_stopped(c->loop))
			ret = -ECANCELED;
	}
	if (ret == 0)
		cgn_portmap_start(c->portmap, cgn_loop_now_ms());
	return ret;
}

int
cgn_control_run(struct cgn_control *c)
{
	return cgn_loop_run(c->loop);
}

static void
quiesced(void *arg, int ret, const struct cgn_evt *evt)
{
	struct cgn_control *c = arg;

	(void)evt;
	if (ret == 0 && ++c->n_quiesced == c->planes->n_workers)
		cgn_loop_rouse(c->loop);
}

int
cgn_control_quiesce(struct cgn_control *c)
{
	struct cgn_dpclient_call call = { .done = quiesced, .arg = c, .timeout_ms = QUIESCE_MS };
	struct cgn_cmd cmd = { .op = CGN_CMD_QUIESCE };
	uint64_t now = cgn_loop_now_ms();
	uint64_t end = now + QUIESCE_MS;

	c->n_quiesced = 0;
	for (unsigned int w = 0; w < c->planes->n_workers; w++) {
		if (cgn_dpclient_send(c->client, w, &cmd, &call, now) < 0)
			CGN_LOG(STOP_INCOMPLETE, "worker cannot be quiesced worker=%u", w);
	}
	while (c->n_quiesced < c->planes->n_workers && cgn_loop_now_ms() < end)
		cgn_loop_turn(c->loop, 20);
	return c->n_quiesced == c->planes->n_workers ? 0 : -ETIMEDOUT;
}

const struct cgn_conf *
cgn_control_conf(const struct cgn_control *c)
{
	return c->conf;
}

int64_t
cgn_control_since_ms(const struct cgn_control *c)
{
	return c->since_ms;
}

struct cgn_loop *
cgn_control_loop(struct cgn_control *c)
{
	return c->loop;
}

struct cgn_dpclient *
cgn_control_client(struct cgn_control *c)
{
	return c->client;
}

struct cgn_resolver *
cgn_control_resolver(struct cgn_control *c)
{
	return c->resolver;
}

struct cgn_ip_responder *
cgn_control_responder(struct cgn_control *c)
{
	return c->responder;
}

struct cgn_relay_b4 *
cgn_control_relay_b4(struct cgn_control *c)
{
	return c->relay_b4;
}

void
cgn_control_set_records(struct cgn_control *c, struct cgn_records *records)
{
	c->records = records;
	cgn_records_attach(records, c->client, cgn_loop_timers(c->loop));
	cgn_control_change_use_doors(c);
}

struct cgn_records *
cgn_control_records(const struct cgn_control *c)
{
	return c->records;
}

const struct cgn_host *
cgn_control_host(const struct cgn_control *c)
{
	return c->host;
}

const struct cgn_port_watch *
cgn_control_port_watch(const struct cgn_control *c)
{
	return c->port_watch;
}

void
cgn_control_set_reload(struct cgn_control *c, struct cgn_reload *reload)
{
	c->reload = reload;
}

struct cgn_reload *
cgn_control_reload(const struct cgn_control *c)
{
	return c->reload;
}

struct cgn_portmap *
cgn_control_portmap(struct cgn_control *c)
{
	return c->portmap;
}

const struct cgn_loads *
cgn_control_loads(const struct cgn_control *c)
{
	return c->loads;
}

struct cgn_tapper *
cgn_control_tapper(const struct cgn_control *c)
{
	return c->tapper;
}

const struct cgn_planes *
cgn_control_planes(const struct cgn_control *c)
{
	return c->planes;
}

struct cgn_state_counts *
cgn_control_kept(struct cgn_control *c)
{
	return &c->kept;
}

const struct cgn_control_stats *
cgn_control_stats(const struct cgn_control *c)
{
	return &c->stats;
}
