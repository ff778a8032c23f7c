/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sets up an engine, its flows and its packets for the benchmarks.
 */
#include "tests/bench/bench_world.h"

#include "dataplane/engine/snapshot.h"
#include "tests/bench/bench_turn.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#define FRAME_LEN   60 /* the minimum, without the check sequence */
#define IP_LEN      46 /* of a packet in such a frame */
#define BLOCK_SIZE  64 /* if the shape names none */
#define PORT_MIN    1024
#define GROUP_FIRST RTE_IPV4(100, 64, 0, 0)
#define GROUP_BITS  16 /* a group has a /16 of 100.64.0.0/10 */
#define L2_LEN      ((unsigned int)sizeof(struct rte_ether_hdr))

static void
die(const char *what)
{
	fprintf(stderr, "cgn-bench: %s\n", what);
	exit(EXIT_FAILURE);
}

static uint16_t
op_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct world *w = ctx;

	(void)port;
	memcpy(&w->sent[w->n_sent], m, n * sizeof(m[0]));
	w->n_sent += n;
	return n;
}

static unsigned int
op_handover(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	(void)ctx;
	(void)worker;
	(void)msgs;
	return n;
}

static bool
op_punt(void *ctx, const struct cgn_pktmsg *msg, unsigned int spare)
{
	(void)ctx;
	(void)msg;
	(void)spare;
	return false;
}

static bool
op_event(void *ctx, const struct cgn_evt *evt)
{
	(void)ctx;
	(void)evt;
	return true;
}

static const struct cgn_engine_ops ops = { .tx = op_tx,
	.handover = op_handover,
	.punt = op_punt,
	.event = op_event };

static struct cgn_prefix
prefix4(uint32_t addr, uint8_t len)
{
	return (struct cgn_prefix){ .ip4 = rte_cpu_to_be_32(addr), .len = len };
}

static void
init_links(struct world *w)
{
	static const uint32_t own[] = { RTE_IPV4(10, 0, 0, 1), RTE_IPV4(192, 0, 2, 2) };
	static const uint32_t via[] = { RTE_IPV4(10, 0, 0, 2), RTE_IPV4(192, 0, 2, 1) };

	for (unsigned int i = 0; i < 2; i++) {
		w->ports[i] = (struct cgn_conf_port){
			.side = (enum cgn_side)i, .mtu = 1500, .n_addresses = 1
		};
		w->ports[i].addresses[0] = prefix4(own[i], 24);
		w->routes[i].via.ip4 = rte_cpu_to_be_32(via[i]);
		w->routes[i].port = (uint16_t)i;
		w->pkt_ports[i].mac = (struct rte_ether_addr){ { 2, 0, 0, 0, 0,
				(uint8_t)(i + 1) } };
	}
	w->routes[0].prefix = prefix4(RTE_IPV4(100, 64, 0, 0), 10);
	w->routes[1].prefix = prefix4(0, 0);
	w->conf.ports = w->ports;
	w->conf.n_ports = 2;
	w->conf.routes = w->routes;
	w->conf.n_routes = 2;
}

/* A group and its pool: n addresses of 198.18.0.0/15, which is for benchmarks (RFC 2544). */
static void
init_group(struct world *w, unsigned int g, uint32_t n, uint16_t block_size)
{
	uint32_t first = RTE_IPV4(198, 18, 0, 1) + g * n;

	w->range[g] = (struct cgn_range4){ first, first + n - 1 };
	w->pool[g] = (struct cgn_conf_pool){ .ranges = &w->range[g],
		.n_ranges = 1,
		.n_addresses = n,
		.port_min = PORT_MIN,
		.port_max = 65535 };
	w->prefix[g] = prefix4(GROUP_FIRST + (g << GROUP_BITS), w->n_groups == 1 ? 10 : 16);
	w->group[g] = (struct cgn_conf_group){
		.prefixes = &w->prefix[g],
		.n_prefixes = 1,
		.subscriber_prefix_len = 32,
		.subscriber_prefix6_len = 56,
		.pool = (uint16_t)g,
		.block_size = block_size,
		.blocks_max = 2,
		.leases_max = WORLD_PER_SUB,
	};
}

static void
init_groups(struct world *w, const struct world_shape *shape)
{
	const uint16_t block_size = shape->block_size == 0 ? BLOCK_SIZE : shape->block_size;
	uint32_t blocks = w->n_flows / w->per_sub / w->n_groups + 2,
		 per_addr = (65536u - PORT_MIN) / block_size - 2;

	/* The halves of two workers are not quite equal. */
	for (unsigned int g = 0; g < w->n_groups; g++)
		init_group(w, g,
				RTE_MAX((blocks / per_addr + 1) * w->conf.workers,
						shape->n_addresses),
				block_size);
	w->conf.pools = w->pool;
	w->conf.n_pools = w->n_groups;
	w->conf.groups = w->group;
	w->conf.n_groups = w->n_groups;
}

/* The command that tells the MAC address of a port's gateway. */
static struct cgn_cmd
neighbour(const struct world *w, uint16_t port)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET };

	cmd.u.neigh.addr = w->routes[port].via;
	cmd.u.neigh.port = port;
	cmd.u.neigh.mac[0] = 2;
	cmd.u.neigh.mac[5] = (uint8_t)(0x10 + port);
	return cmd;
}

void
world_set_neighbours(const struct world *w, struct cgn_engine *engine)
{
	for (uint16_t i = 0; i < 2; i++) {
		struct cgn_cmd cmd = neighbour(w, i);
		struct cgn_evt reply;

		cgn_engine_cmd(engine, &cmd, &reply, w->now);
	}
}

/* B4s are of 2001:db8::/32, the 24 bits behind it are the subscriber's number. */
static void
configure_wires(struct world *w)
{
	const struct cgn_ip6 net = { .b = { 0x20, 0x01, 0x0d, 0xb8 } };
	struct cgn_ip6 via = { .b = { 0xfe, 0x80, [15] = 2 } };

	w->wires = true;
	w->prefix[0] = (struct cgn_prefix){ .ip6 = net, .len = 32, .is_ip6 = true };
	w->routes[0].prefix = w->prefix[0];
	w->routes[0].via = (struct cgn_ip){ .ip6 = via, .is_ip6 = true };
	w->conf.softwire = (struct cgn_conf_softwire){ .role = CGN_SOFTWIRE_AFTR,
		.local = { .b = { 0xfd, [15] = 1 } },
		.tunnel_mtu = 1500,
		.hop_limit = 64,
		.move_min_s = 1800 };
}

void
world_configure(struct world *w, const struct world_shape *shape, unsigned int workers)
{
	char why[CGN_BOOK_WHY_MAX];

	*w = (struct world){ .n_flows = shape->n_flows,
		.per_sub = shape->per_sub,
		.n_groups = RTE_MAX(shape->n_groups, 1u),
		.rnd = 88172645463325252ull,
		.now = cgn_ticks(1000),
		.conf.workers = workers };
	init_links(w);
	init_groups(w, shape);
	w->conf.natpmp.role = CGN_NATPMP_SERVER;
	w->conf.nat = (struct cgn_conf_nat){ .hairpin = true,
		.hold_down_s = 120,
		.hold_down_max = 1000000,
		.sessions_max = 4096,
		.fragments_max = 256,
		.notify_interval_s = 20,
		.syn_hold_max = 256,
		.icmp_errors_per_s = 1000,
		.timeouts = { 300, 60, 7440, 240, 240, 2 } };
	cgn_steer_init(&w->steer, workers, cgn_steer_default_key);
	if (shape->wires)
		configure_wires(w);
	if (cgn_snapshot_create(&w->snapshot, &w->conf, &w->steer, NULL, NULL, why) < 0)
		die("no snapshot");
}

void
world_init(struct world *w, const struct world_shape *shape)
{
	world_init_recorded(w, shape, NULL);
}

/* Everything but the engine. */
static void
prepare(struct world *w, const struct world_shape *shape)
{
	static unsigned int n_worlds;
	char name[RTE_MEMPOOL_NAMESIZE];

	world_configure(w, shape, 1);
	w->ext_addr = calloc(w->n_flows, sizeof(*w->ext_addr));
	w->ext_port = calloc(w->n_flows, sizeof(*w->ext_port));
	snprintf(name, sizeof(name), "bench%u", n_worlds++);
	w->mp = rte_pktmbuf_pool_create(name, 511, 0, 0, 2048 + RTE_PKTMBUF_HEADROOM, 0);
	if (w->ext_addr == NULL || w->ext_port == NULL || w->mp == NULL)
		die("no memory");
	if (rte_pktmbuf_alloc_bulk(w->mp, w->m, WORLD_BURST) < 0)
		die("no packet buffers");
}

void
world_init_recorded(
		struct world *w, const struct world_shape *shape, struct cgn_record_door *records)
{
	struct cgn_engine_cfg cfg = {
		.steer = &w->steer, .ports = w->pkt_ports, .ops = &ops, .ctx = w
	};

	prepare(w, shape);
	cfg.snapshot = w->snapshot;
	cfg.mp = w->mp;
	cfg.now = w->now;
	cfg.records = records;
	w->records = records;
	cfg.seed[0] = 7;
	if (cgn_engine_create(&w->engine, &cfg) < 0)
		die("the engine does not start");
	world_set_neighbours(w, w->engine);
}

void
world_init_turn(struct world *w, const struct world_shape *shape)
{
	prepare(w, shape);
	w->turn = bench_turn_create(&(struct bench_turn_cfg){
			.snapshot = w->snapshot,
			.steer = &w->steer,
			.ports = w->pkt_ports,
			.mp = w->mp,
			.sent = w->sent,
			.n_sent = &w->n_sent,
			.frame_len = FRAME_LEN,
	});
	if (w->turn == NULL)
		die("the worker does not start");
	for (uint16_t i = 0; i < 2; i++) {
		struct cgn_cmd cmd = neighbour(w, i);

		bench_turn_command(w->turn, &cmd);
	}
}

void
world_fini(struct world *w)
{
	bench_turn_destroy(w->turn);
	cgn_engine_destroy(w->engine);
	cgn_snapshot_free(w->snapshot);
	rte_mempool_free(w->mp);
	free(w->ext_addr);
	free(w->ext_port);
}

uint32_t
world_below(struct world *w, uint32_t n)
{
	w->rnd ^= w->rnd << 13;
	w->rnd ^= w->rnd >> 7;
	w->rnd ^= w->rnd << 17;
	return (uint32_t)(((w->rnd >> 32) * n) >> 32);
}

uint32_t
world_shuffle(uint32_t k, uint32_t n)
{
	/* A prime above every n: it has no common divisor with one. */
	return (uint32_t)((uint64_t)k * 2654435761u % n);
}

static rte_be32_t
remote_of(uint32_t flow)
{
	return rte_cpu_to_be_32(RTE_IPV4(203, 0, 0, 0) + (flow * 2654435761u >> 16));
}

rte_be32_t
world_in_addr(const struct world *w, uint32_t flow)
{
	uint32_t sub = flow / w->per_sub;

	return rte_cpu_to_be_32(
			GROUP_FIRST + 2 + sub / w->n_groups + (sub % w->n_groups << GROUP_BITS));
}

static rte_be16_t
in_port_of(const struct world *w, uint32_t flow)
{
	return rte_cpu_to_be_16((uint16_t)(20000 + flow % w->per_sub * 601u));
}

static rte_be16_t
remote_port(uint32_t flow)
{
	return rte_cpu_to_be_16((uint16_t)(1024 + flow * 40503u % 64000u));
}

static void
write_ip(const struct world *w, struct rte_ipv4_hdr *ip, uint32_t flow, bool is_out, bool is_tcp)
{
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = 0x45,
		.total_length = RTE_BE16(IP_LEN),
		.fragment_offset = w->no_df ? 0 : RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = 64,
		.next_proto_id = is_tcp ? IPPROTO_TCP : IPPROTO_UDP,
	};
	if (is_out) {
		ip->src_addr = w->wires ? RTE_BE32(RTE_IPV4(192, 168, 1, 10))
					: world_in_addr(w, flow);
		ip->dst_addr = remote_of(flow);
	} else {
		ip->src_addr = remote_of(flow);
		ip->dst_addr = w->ext_addr[flow];
	}
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* @return where the inner packet goes */
static struct rte_ipv4_hdr *
write_outer(const struct world *w, struct rte_ether_hdr *eth, uint32_t flow)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(eth + 1);
	uint32_t home = flow / w->per_sub;
	const uint8_t src[16] = { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(home >> 16),
		(uint8_t)(home >> 8), (uint8_t)home, [15] = 1 };

	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
	*ip = (struct rte_ipv6_hdr){ .vtc_flow = RTE_BE32(UINT32_C(6) << 28),
		.payload_len = RTE_BE16(IP_LEN),
		.proto = IPPROTO_IPIP,
		.hop_limits = 64 };
	memcpy(&ip->src_addr, src, sizeof(src));
	memcpy(&ip->dst_addr, &w->conf.softwire.local, sizeof(ip->dst_addr));
	return (struct rte_ipv4_hdr *)(ip + 1);
}

void
world_frame(struct world *w, unsigned int i, uint32_t flow, enum world_kind kind, uint8_t tcp_flags)
{
	world_write(w, w->m[i], flow, kind, tcp_flags);
}

void
world_write(const struct world *w, struct rte_mbuf *m, uint32_t flow, enum world_kind kind,
		uint8_t tcp_flags)
{
	bool is_out = world_is_out(kind);
	bool is_tcp = kind == WORLD_TCP_OUT || kind == WORLD_TCP_IN;
	rte_be16_t in_port = in_port_of(w, flow);
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;
	struct rte_tcp_hdr *l4;

	rte_pktmbuf_reset(m);
	m->data_len = FRAME_LEN;
	m->pkt_len = FRAME_LEN;
	eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	eth->dst_addr = w->pkt_ports[is_out ? 0 : 1].mac;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip = (struct rte_ipv4_hdr *)(eth + 1);
	if (w->wires && is_out) {
		ip = write_outer(w, eth, flow);
		m->data_len = sizeof(*eth) + sizeof(struct rte_ipv6_hdr) + IP_LEN;
		m->pkt_len = m->data_len;
	}
	write_ip(w, ip, flow, is_out, is_tcp);
	/* UDP and TCP have their ports at the same place. */
	l4 = (struct rte_tcp_hdr *)(ip + 1);
	l4->src_port = is_out ? in_port : remote_port(flow);
	l4->dst_port = is_out ? remote_port(flow) : w->ext_port[flow];
	if (is_tcp) {
		l4->data_off = 5 << 4;
		l4->tcp_flags = tcp_flags;
		l4->cksum = 0x1234;
	} else {
		((struct rte_udp_hdr *)l4)->dgram_len = rte_cpu_to_be_16(26);
		((struct rte_udp_hdr *)l4)->dgram_cksum = 0x1234;
	}
}

uint64_t
world_give(struct world *w, struct rte_mbuf *const *m, unsigned int n, enum world_kind kind)
{
	struct rte_mbuf *burst[WORLD_BURST];
	unsigned int port = world_is_out(kind) ? 0 : 1;
	uint64_t t0, t1;

	w->n_sent = 0;
	if (w->turn != NULL) {
		bench_turn_offer(w->turn, port, m, n);
		return bench_turn_run(w->turn);
	}
	/* The engine writes into the array that it gets. */
	for (unsigned int i = 0; i < n; i++)
		burst[i] = m[i];
	t0 = rte_rdtsc_precise();
	if (w->records != NULL)
		atomic_store_explicit(
				&w->records->now, t0, memory_order_release); /* as a worker does */
	cgn_engine_rx(w->engine, (uint16_t)port, burst, (uint16_t)n, w->now);
	t1 = rte_rdtsc_precise();
	return t1 - t0;
}

uint64_t
world_settle(struct world *w)
{
	return w->turn == NULL ? 0 : bench_turn_run(w->turn);
}

uint64_t
world_run(struct world *w, unsigned int n, enum world_kind kind)
{
	uint64_t cycles = world_give(w, w->m, n, kind);

	(void)world_settle(w);
	w->lost += n - w->n_sent;
	for (unsigned int i = 0; i < w->n_sent; i++)
		w->m[i] = w->sent[i];
	if (w->n_sent < n && rte_pktmbuf_alloc_bulk(w->mp, &w->m[w->n_sent], n - w->n_sent) < 0)
		die("no packet buffers left");
	return cycles;
}

static void
learn(struct world *w, unsigned int i, uint32_t flow)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			w->m[i], const struct rte_ipv4_hdr *, L2_LEN);

	w->ext_addr[flow] = ip->src_addr;
	w->ext_port[flow] = ((const struct rte_udp_hdr *)(ip + 1))->src_port;
}

/* Answer and acknowledge, so that the connection is established. */
static void
shake_hands(struct world *w, const uint32_t *flow, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		world_frame(w, i, flow[i], WORLD_TCP_IN, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG);
	world_run(w, n, WORLD_TCP_IN);
	for (unsigned int i = 0; i < n; i++)
		world_frame(w, i, flow[i], WORLD_TCP_OUT, RTE_TCP_ACK_FLAG);
	world_run(w, n, WORLD_TCP_OUT);
}

double
world_make(struct world *w, uint32_t from, uint32_t to, bool is_tcp, unsigned int burst)
{
	enum world_kind kind = is_tcp ? WORLD_TCP_OUT : WORLD_UDP_OUT;
	uint32_t flow[WORLD_BURST], counted = 0;
	uint64_t cycles = 0;

	for (uint32_t k = from; k < to; k += burst) {
		unsigned int n = RTE_MIN(burst, to - k);
		uint64_t took;

		for (unsigned int i = 0; i < n; i++) {
			flow[i] = from + world_shuffle(k + i - from, to - from);
			world_frame(w, i, flow[i], kind, RTE_TCP_SYN_FLAG);
		}
		took = world_run(w, n, kind);
		if (world_is_whole(took)) {
			cycles += took;
			counted += n;
		}
		if (w->n_sent < n)
			die("a flow was refused");
		for (unsigned int i = 0; i < n; i++)
			learn(w, i, flow[i]);
		if (is_tcp)
			shake_hands(w, flow, n);
	}
	return (double)cycles / RTE_MAX(counted, 1u);
}

void
world_lease(struct world *w, unsigned int n_filters)
{
	struct cgn_filter filters[CGN_FILTERS_MAX] = { { 0 } };

	/* The last one is for all hosts; the others match none. */
	for (unsigned int i = 0; i + 1 < n_filters; i++)
		filters[i] = (struct cgn_filter){ .addr = RTE_BE32(RTE_IPV4(192, 0, 2, 1)),
			.len = 32 };
	for (uint32_t flow = 0; flow < w->n_flows; flow++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
		struct cgn_evt reply;

		cmd.u.map = (struct cgn_cmd_map){
			.in = { .addr = world_in_addr(w, flow),
					.port = in_port_of(w, flow),
					.proto = CGN_PROTO_UDP },
			.lifetime_s = 7200,
			.flags = CGN_MAPPING_EXPLICIT,
			.n_filters = (uint8_t)n_filters,
		};
		cmd.u.filters = filters;
		cgn_engine_cmd(w->engine, &cmd, &reply, w->now);
		if (reply.ret != 0 || reply.u.map.ext.port != w->ext_port[flow] ||
				(reply.u.map.flags & CGN_MAPPING_EXPLICIT) == 0)
			die("a mapping does not become a lease");
	}
}
