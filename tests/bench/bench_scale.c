/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Measures several workers together, with hand-over between them.
 */
#include "tests/bench/bench_scale.h"

#include "tests/bench/bench_world.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <rte_ring_elem.h>

#define RING_SIZE 1024
#define MBUFS     16383

struct scale;

/** One worker with its generator. */
struct lane {
	alignas(RTE_CACHE_LINE_SIZE) struct scale *scale;
	unsigned int id;
	struct cgn_engine *engine;
	uint32_t *flows; /* that it generates packets of */
	uint32_t n_flows;
	uint64_t rnd;
	uint64_t sent;
	uint64_t measured; /* of these, within the time */
};

struct scale {
	struct world world;
	struct rte_mempool *mp;
	unsigned int workers;
	enum scale_path path;
	double seconds;
	atomic_uint made; /* workers that have made their mappings */
	struct lane lane[SCALE_WORKERS_MAX];
	struct rte_ring *ring[SCALE_WORKERS_MAX][SCALE_WORKERS_MAX]; /* from, to */
};

static uint16_t
op_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct lane *l = ctx;

	(void)port;
	l->sent += n;
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

static unsigned int
op_handover(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	struct lane *l = ctx;

	return rte_ring_sp_enqueue_burst_elem(
			l->scale->ring[l->id][worker], msgs, sizeof(*msgs), n, NULL);
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

static const struct cgn_engine_ops ops = {
	.tx = op_tx,
	.handover = op_handover,
	.punt = op_punt,
	.event = op_event,
};

static uint32_t
below(struct lane *l, uint32_t n)
{
	l->rnd ^= l->rnd << 13;
	l->rnd ^= l->rnd >> 7;
	l->rnd ^= l->rnd << 17;
	return (uint32_t)(((l->rnd >> 32) * n) >> 32);
}

/* A turn of a worker: receive a burst, take what others handed on, housekeeping. */
static void
turn(struct lane *l, const uint32_t *flow, unsigned int n)
{
	struct scale *s = l->scale;
	struct cgn_pktmsg msgs[SCALE_WORKERS_MAX][CGN_BURST];
	unsigned int n_msgs[SCALE_WORKERS_MAX] = { 0 };
	struct rte_mbuf *m[CGN_BURST];

	for (unsigned int from = 0; from < s->workers; from++) {
		if (from != l->id)
			n_msgs[from] = rte_ring_sc_dequeue_burst_elem(s->ring[from][l->id],
					msgs[from], sizeof(msgs[0][0]), CGN_BURST, NULL);
		cgn_engine_expect(msgs[from], n_msgs[from]);
	}
	if (rte_pktmbuf_alloc_bulk(s->mp, m, n) == 0) {
		for (unsigned int i = 0; i < n; i++)
			world_write(&s->world, m[i], flow[i], WORLD_UDP_OUT, 0);
		cgn_engine_rx(l->engine, 0, m, (uint16_t)n, s->world.now);
	}
	for (unsigned int from = 0; from < s->workers; from++) {
		if (n_msgs[from] > 0)
			cgn_engine_pktmsgs(l->engine, msgs[from], n_msgs[from], s->world.now);
	}
	cgn_engine_poll(l->engine, s->world.now);
}

/* Make the mappings of the flows that the worker owns. */
static void
make_flows(struct lane *l)
{
	const struct scale *s = l->scale;

	for (uint32_t f = 0; f < s->world.n_flows; f++) {
		if (cgn_steer_inside(&s->world.steer, world_in_addr(&s->world, f)) == l->id)
			turn(l, &f, 1);
	}
}

static int
run(void *lane)
{
	struct lane *l = lane;
	struct scale *s = l->scale;
	uint32_t flow[CGN_BURST];
	uint64_t begin, end, before;

	make_flows(l);
	atomic_fetch_add(&s->made, 1);
	while (atomic_load(&s->made) < s->workers)
		rte_pause();
	begin = rte_rdtsc();
	end = begin + (uint64_t)(s->seconds * (double)rte_get_tsc_hz());
	before = l->sent;
	while (rte_rdtsc() < end) {
		for (unsigned int i = 0; i < CGN_BURST; i++)
			flow[i] = l->flows[below(l, l->n_flows)];
		turn(l, flow, CGN_BURST);
	}
	l->measured = l->sent - before;
	return 0;
}

static bool
set_up_lane(struct scale *s, unsigned int id)
{
	struct lane *l = &s->lane[id];
	struct cgn_engine_cfg cfg = {
		.snapshot = s->world.snapshot,
		.worker = id,
		.steer = &s->world.steer,
		.mp = s->mp,
		.ports = s->world.pkt_ports,
		.ops = &ops,
		.ctx = l,
		.seed = { (uint8_t)(7 + id) },
		.now = s->world.now,
	};

	*l = (struct lane){ .scale = s, .id = id, .rnd = 88172645463325252ull + id };
	l->flows = malloc(s->world.n_flows * sizeof(*l->flows));
	if (l->flows == NULL || cgn_engine_create(&l->engine, &cfg) < 0)
		return false;
	world_set_neighbours(&s->world, l->engine);
	for (uint32_t f = 0; f < s->world.n_flows; f++) {
		if (s->path == SCALE_HANDED_ON ||
				cgn_steer_inside(&s->world.steer, world_in_addr(&s->world, f)) ==
						id)
			l->flows[l->n_flows++] = f;
	}
	return l->n_flows > 0;
}

static bool
set_up(struct scale *s, uint32_t n_flows)
{
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];

	world_configure(&s->world,
			&(struct world_shape){ .n_flows = n_flows, .per_sub = WORLD_PER_SUB },
			s->workers);
	snprintf(name, sizeof(name), "scale%u", serial++);
	s->mp = rte_pktmbuf_pool_create(
			name, MBUFS, 256, 0, 512 + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (s->mp == NULL)
		return false;
	for (unsigned int i = 0; i < s->workers * s->workers; i++) {
		struct rte_ring **r = &s->ring[i / s->workers][i % s->workers];

		snprintf(name, sizeof(name), "scale%u_%u", serial, i);
		*r = rte_ring_create_elem(name, sizeof(struct cgn_pktmsg), RING_SIZE, SOCKET_ID_ANY,
				RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (*r == NULL)
			return false;
	}
	for (unsigned int w = 0; w < s->workers; w++) {
		if (!set_up_lane(s, w))
			return false;
	}
	return true;
}

static void
tear_down(struct scale *s)
{
	for (unsigned int w = 0; w < s->workers; w++) {
		cgn_engine_destroy(s->lane[w].engine);
		free(s->lane[w].flows);
		for (unsigned int to = 0; to < s->workers; to++)
			rte_ring_free(s->ring[w][to]);
	}
	rte_mempool_free(s->mp);
}

double
bench_scale(unsigned int workers, uint32_t n_flows, enum scale_path path, double seconds)
{
	static struct scale s;
	unsigned int lcore, w = 1;
	uint64_t sum = 0;

	s = (struct scale){ .workers = workers, .path = path, .seconds = seconds };
	if (workers > SCALE_WORKERS_MAX || workers > rte_lcore_count() || !set_up(&s, n_flows)) {
		tear_down(&s);
		return 0;
	}
	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (w < workers)
			rte_eal_remote_launch(run, &s.lane[w++], lcore);
	}
	run(&s.lane[0]);
	rte_eal_mp_wait_lcore();
	for (w = 0; w < workers; w++)
		sum += s.lane[w].measured;
	tear_down(&s);
	return (double)sum / seconds;
}

/* Arithmetic in registers: nothing that two cores share. */
static int
spin(void *arg)
{
	struct lane *l = arg;
	uint64_t end = rte_rdtsc() + (uint64_t)(l->scale->seconds * (double)rte_get_tsc_hz());
	uint64_t x = l->id + 1, y = 2, z = 3;

	while (rte_rdtsc() < end) {
		for (unsigned int i = 0; i < 1000; i++) {
			x = x * 3 + 1;
			y = y * 5 + x;
			z = z * 7 ^ y;
		}
		l->measured++;
	}
	l->rnd = x ^ y ^ z;
	return 0;
}

double
bench_spin(unsigned int workers, double seconds)
{
	static struct scale s;
	unsigned int lcore, w = 1;
	uint64_t sum = 0;

	if (workers > SCALE_WORKERS_MAX || workers > rte_lcore_count())
		return 0;
	s.seconds = seconds;
	for (unsigned int i = 0; i < workers; i++)
		s.lane[i] = (struct lane){ .scale = &s, .id = i };
	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (w < workers)
			rte_eal_remote_launch(spin, &s.lane[w++], lcore);
	}
	spin(&s.lane[0]);
	rte_eal_mp_wait_lcore();
	for (w = 0; w < workers; w++)
		sum += s.lane[w].measured;
	return (double)sum / seconds;
}
