/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Devices without a driver: the table of functions that rte_eth_rx_burst() and rte_eth_tx_burst() use is
 * filled in for two port numbers that no device has.
 */
#include "tests/bench/bench_turn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_ring_elem.h>

#define DEVICES    2
#define FIRST_PORT (RTE_MAX_ETHPORTS - DEVICES)
#define RING_SIZE  256

struct device {
	struct bench_turn *turn;
	struct rte_mbuf *const *rx;
	uint16_t n_rx;
	uint16_t len; /* octets of each frame */
	/* Lists by queue, as the table of functions has them. */
	void *data[1];
	void *clbk[1];
};

struct bench_turn {
	struct cgn_worker *worker;
	struct device device[DEVICES];
	struct rte_mbuf **sent;
	unsigned int *n_sent;
	struct rte_ring *cmd;
	struct rte_ring *evt;
	struct rte_ring *punt;
	_Atomic(uint32_t) n_subscribers;
	int wake_fd;
};

static uint16_t
device_rx(void *queue, struct rte_mbuf **m, uint16_t n)
{
	struct device *d = queue;

	if (n > d->n_rx)
		n = d->n_rx;
	if (n > 0)
		memcpy(m, d->rx, n * sizeof(m[0]));
	d->n_rx = 0;
	return n;
}

static uint16_t
device_tx(void *queue, struct rte_mbuf **m, uint16_t n)
{
	struct device *d = queue;
	struct bench_turn *t = d->turn;

	memcpy(&t->sent[*t->n_sent], m, n * sizeof(m[0]));
	*t->n_sent += n;
	return n;
}

static void
open_device(struct bench_turn *t, const struct bench_turn_cfg *cfg, unsigned int i)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[FIRST_PORT + i];
	struct device *d = &t->device[i];

	d->turn = t;
	d->len = cfg->frame_len;
	d->data[0] = d;
	ops->rx_pkt_burst = device_rx;
	ops->tx_pkt_burst = device_tx;
	ops->rxq.data = d->data;
	ops->rxq.clbk = d->clbk;
	ops->txq.data = d->data;
	ops->txq.clbk = d->clbk;
}

static struct rte_ring *
make_ring(const char *what, unsigned int size)
{
	static unsigned int serial;
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "turn%u_%s", serial++, what);
	return rte_ring_create_elem(
			name, size, RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static int
make_worker(struct bench_turn *t, const struct bench_turn_cfg *cfg)
{
	const struct cgn_worker_rx rx[DEVICES] = { { .port = 0, .ethdev = FIRST_PORT },
		{ .port = 1, .ethdev = FIRST_PORT + 1 } };
	const struct cgn_worker_tx tx[DEVICES] = { { .ethdev = FIRST_PORT },
		{ .ethdev = FIRST_PORT + 1 } };
	struct rte_ring *none[1] = { NULL };
	struct cgn_worker_cfg worker = {
		.n_workers = 1,
		.socket = SOCKET_ID_ANY,
		.snapshot = cfg->snapshot,
		.steer = cfg->steer,
		.pkt_ports = cfg->ports,
		.mp = cfg->mp,
		.seed = { 7 },
		.n_rx = DEVICES,
		.rx = rx,
		.tx = tx,
		.from = none,
		.to = none,
		.cmd = t->cmd,
		.evt = t->evt,
		.punt = t->punt,
		.n_subscribers = &t->n_subscribers,
		.wake_fd = t->wake_fd,
		.tsc = cgn_tsc_init(rte_rdtsc(), rte_get_tsc_hz()),
	};

	return cgn_worker_create(&t->worker, &worker);
}

struct bench_turn *
bench_turn_create(const struct bench_turn_cfg *cfg)
{
	struct bench_turn *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->sent = cfg->sent;
	t->n_sent = cfg->n_sent;
	t->cmd = make_ring("cmd", sizeof(struct cgn_cmd));
	t->evt = make_ring("evt", sizeof(struct cgn_evt));
	t->punt = make_ring("punt", sizeof(struct cgn_pktmsg));
	t->wake_fd = eventfd(0, EFD_NONBLOCK);
	for (unsigned int i = 0; i < DEVICES; i++)
		open_device(t, cfg, i);
	if (t->cmd == NULL || t->evt == NULL || t->punt == NULL || t->wake_fd < 0 ||
			make_worker(t, cfg) < 0) {
		bench_turn_destroy(t);
		return NULL;
	}
	cgn_worker_open(t->worker);
	return t;
}

void
bench_turn_destroy(struct bench_turn *t)
{
	if (t == NULL)
		return;
	cgn_worker_destroy(t->worker);
	rte_ring_free(t->cmd);
	rte_ring_free(t->evt);
	rte_ring_free(t->punt);
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	free(t);
}

void
bench_turn_command(struct bench_turn *t, struct cgn_cmd *cmd)
{
	struct cgn_evt reply;

	(void)rte_ring_sp_enqueue_elem(t->cmd, cmd, sizeof(*cmd));
	cgn_worker_turn(t->worker);
	(void)rte_ring_sc_dequeue_elem(t->evt, &reply, sizeof(reply));
}

void
bench_turn_offer(struct bench_turn *t, unsigned int port, struct rte_mbuf *const *m, unsigned int n)
{
	struct device *d = &t->device[port];

	d->rx = m;
	d->n_rx = (uint16_t)n;
	for (unsigned int i = 0; i < n; i++) {
		rte_pktmbuf_reset(m[i]);
		m[i]->pkt_len = d->len;
		m[i]->data_len = d->len;
	}
}

uint64_t
bench_turn_run(struct bench_turn *t)
{
	uint64_t t0 = rte_rdtsc_precise();

	cgn_worker_turn(t->worker);
	return rte_rdtsc_precise() - t0;
}
