/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The loop of a worker: receive, take handed-over packets, send for others, carry out commands,
 * housekeeping.
 */
#include "dataplane/worker.h"

#include "dataplane/engine/snapshot.h"
#include "dataplane/tap/tap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_ring_elem.h>

#define CMD_BURST  4    /* commands per turn; the slowest makes a set of CGN_PORT_SET_MAX ports */
#define IDLE_TURNS 1000 /* turns without work before a worker that shares its core sleeps */
#define IDLE_US    50
#define KEEP_MIN   (CGN_BURST / 2) /* packets of a burst that is kept for the next turn */
#define COMING_MAX (2 * CGN_BURST) /* frames whose headers are prefetched ahead in a turn */

/* Frames taken from a tx ring that the device has not taken yet. */
struct tx_ring {
	struct rte_ring *ring;
	uint16_t port;
	uint16_t first;
	uint16_t n;
	struct rte_mbuf *m[CGN_BURST];
};

/* Packets taken from the hand-over ring of another worker. */
struct inbox {
	struct rte_ring *ring; /* NULL: this worker */
	unsigned int n;
	struct cgn_pktmsg msg[CGN_BURST];
};

/* An rx queue with the burst of this turn, and one that was kept in the turn before. */
struct rx_queue {
	struct cgn_worker_rx at;
	unsigned int half; /* the half of m[] that the kept burst is in; the other one is for the new burst */
	uint16_t n_kept;
	uint16_t n_new;
	struct rte_mbuf *m[2][CGN_BURST];
};

struct cgn_worker {
	struct cgn_engine *engine;
	struct cgn_tap *tap; /* stands before the engine while an operator traces or captures; NULL: nobody does */
	struct cgn_stats *stats;
	struct cgn_tsc tsc;
	cgn_tick now;
	uint64_t turned_at; /* cycles at the beginning of the turn */
	uint64_t noted_at;  /* cycles when the counter was last read */
	bool had_work;      /* the last turn had work */
	bool wake;          /* something was queued to the control thread in this turn */
	bool has_reply;     /* `reply` found the event ring full */
	bool shares_core;
	unsigned int id;
	unsigned int n_workers;
	unsigned int n_rx;
	struct rx_queue *rx;
	struct rte_mbuf *coming[COMING_MAX]; /* new frames, while kept ones are processed */
	unsigned int n_tx_rings;
	struct tx_ring *tx_rings;
	struct rte_ring *cmd;
	struct rte_ring *evt;
	struct rte_ring *punt;
	struct rte_ring *inject;
	struct cgn_record_door *records; /* NULL: nothing is exported */
	struct cgn_tap *idle_tap;        /* what `tap` is when somebody does */
	int wake_fd;
	struct cgn_evt reply;
	struct cgn_worker_tx tx[CGN_PORTS_MAX];
	struct inbox from[CGN_WORKERS_MAX];
	struct rte_ring *to[CGN_WORKERS_MAX];
	/* The control thread writes, the worker reads. Relaxed, because they publish nothing else. */
	alignas(RTE_CACHE_LINE_SIZE) atomic_bool is_open;
	atomic_bool is_stopping;
};

/* Send frames by this worker's tx queue. */
static uint16_t
send_frames(struct cgn_worker *w, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_worker_tx *tx = &w->tx[port];
	struct cgn_port_stats *stats = &w->stats->port[port];
	uint64_t bytes = 0;
	uint16_t n_sent;

	for (uint16_t i = 0; i < n; i++)
		bytes += rte_pktmbuf_pkt_len(m[i]);
	/* The octets are counted before: afterwards the device owns the mbufs. */
	n_sent = rte_eth_tx_burst(tx->ethdev, tx->queue, m, n);
	for (uint16_t i = n_sent; i < n; i++)
		bytes -= rte_pktmbuf_pkt_len(m[i]);
	cgn_counter_add(&stats->tx_pkts, n_sent);
	cgn_counter_add(&stats->tx_bytes, bytes);
	return n_sent;
}

static uint16_t
op_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct cgn_worker *w = ctx;

	if (w->tx[port].tx_ring != NULL)
		return (uint16_t)rte_ring_sp_enqueue_burst(
				w->tx[port].tx_ring, (void *const *)m, n, NULL);
	return send_frames(w, port, m, n);
}

static unsigned int
op_handover(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	struct cgn_worker *w = ctx;

	return rte_ring_sp_enqueue_burst_elem(w->to[worker], msgs, sizeof(*msgs), n, NULL);
}

static bool
op_punt(void *ctx, const struct cgn_pktmsg *msg, unsigned int spare)
{
	struct cgn_worker *w = ctx;

	w->wake = true;
	if (spare != 0 && rte_ring_free_count(w->punt) <= spare)
		return false;
	return rte_ring_sp_enqueue_bulk_elem(w->punt, msg, sizeof(*msg), 1, NULL) == 1;
}

static bool
op_event(void *ctx, const struct cgn_evt *evt)
{
	struct cgn_worker *w = ctx;

	w->wake = true;
	return rte_ring_sp_enqueue_bulk_elem(w->evt, evt, sizeof(*evt), 1, NULL) == 1;
}

static const struct cgn_engine_ops engine_ops = {
	.tx = op_tx,
	.handover = op_handover,
	.punt = op_punt,
	.event = op_event,
};

/* The counter was read. Records have this time until it is read again: to read it for each of them would cost almost as
 * much as the rest of the record. */
static void
note_time(struct cgn_worker *w, uint64_t cycles)
{
	w->noted_at = cycles;
	if (w->records != NULL)
		atomic_store_explicit(&w->records->now, cycles, memory_order_release);
}

/* Note the duration of a burst, from the end of the work before it. */
static void
note_burst(struct cgn_worker *w)
{
	uint64_t cycles = rte_rdtsc();

	cgn_latency_note(&w->stats->latency[CGN_LATENCY_BURST], cycles - w->noted_at);
	note_time(w, cycles);
}

/* Process the kept burst of a queue. @return its packets */
static unsigned int
process_kept(struct cgn_worker *w, struct rx_queue *q)
{
	uint16_t n = q->n_kept;

	q->n_kept = 0;
	if (n == 0)
		return 0;
	if (unlikely(w->tap != NULL))
		cgn_tap_rx(w->tap, q->at.port, q->m[q->half], n, w->now);
	else
		cgn_engine_rx(w->engine, q->at.port, q->m[q->half], n, w->now);
	note_burst(w);
	return n;
}

/* Receive a burst of a queue. */
static void
receive_burst(struct cgn_worker *w, struct rx_queue *q)
{
	struct cgn_port_stats *stats = &w->stats->port[q->at.port];
	struct rte_mbuf **m = q->m[1 - q->half];
	uint64_t bytes = 0;

	q->n_new = rte_eth_rx_burst(q->at.ethdev, q->at.queue, m, CGN_BURST);
	if (q->n_new == 0)
		return;
	for (uint16_t i = 0; i < q->n_new; i++)
		bytes += rte_pktmbuf_pkt_len(m[i]);
	cgn_counter_add(&stats->rx_pkts, q->n_new);
	cgn_counter_add(&stats->rx_bytes, bytes);
}

/* Process what the turn before has kept. Meanwhile the headers of the new frames arrive. */
static unsigned int
process_all_kept(struct cgn_worker *w)
{
	unsigned int work = 0, n = 0;
	bool has_kept = false;

	for (unsigned int i = 0; i < w->n_rx; i++)
		has_kept |= w->rx[i].n_kept != 0;
	if (!has_kept)
		return 0;
	for (unsigned int i = 0; i < w->n_rx; i++) {
		const struct rx_queue *q = &w->rx[i];
		unsigned int k = RTE_MIN(q->n_new, COMING_MAX - n);

		memcpy(&w->coming[n], q->m[1 - q->half], k * sizeof(w->coming[0]));
		n += k;
	}
	cgn_engine_coming(w->engine, w->coming, n);
	for (unsigned int i = 0; i < w->n_rx; i++)
		work += process_kept(w, &w->rx[i]);
	cgn_engine_coming(w->engine, w->coming, 0);
	return work;
}

/* Receive from all queues. A large burst is kept for the next turn, so that its headers arrive while the kept burst of
 * the turn before is processed. Without load no burst is large, so no packet waits. */
static unsigned int
receive_all(struct cgn_worker *w)
{
	unsigned int work;

	for (unsigned int i = 0; i < w->n_rx; i++)
		receive_burst(w, &w->rx[i]);
	work = process_all_kept(w);
	for (unsigned int i = 0; i < w->n_rx; i++) {
		struct rx_queue *q = &w->rx[i];

		work += q->n_new;
		q->half = 1 - q->half;
		q->n_kept = q->n_new;
		q->n_new = 0;
		if (q->n_kept < KEEP_MIN)
			(void)process_kept(w, q);
	}
	return work;
}

/* Take the packets that other workers have handed over. This is called early in a turn. So the memory of
 * these packets arrives while the bursts of the rx queues are processed. */
static void
collect_handovers(struct cgn_worker *w)
{
	for (unsigned int i = 0; i < w->n_workers; i++) {
		struct inbox *in = &w->from[i];

		if (in->ring == NULL)
			continue;
		in->n = rte_ring_sc_dequeue_burst_elem(
				in->ring, in->msg, sizeof(in->msg[0]), CGN_BURST, NULL);
		cgn_engine_expect(in->msg, in->n);
	}
}

static void
give_pktmsgs(struct cgn_worker *w, const struct cgn_pktmsg *msgs, unsigned int n)
{
	if (unlikely(w->tap != NULL))
		cgn_tap_pktmsgs(w->tap, msgs, n, w->now);
	else
		cgn_engine_pktmsgs(w->engine, msgs, n, w->now);
}

static unsigned int
take_handovers(struct cgn_worker *w)
{
	unsigned int work = 0;

	for (unsigned int i = 0; i < w->n_workers; i++) {
		struct inbox *in = &w->from[i];

		if (in->n > 0)
			give_pktmsgs(w, in->msg, in->n);
		work += in->n;
		in->n = 0;
	}
	return work;
}

static unsigned int
take_injected(struct cgn_worker *w)
{
	struct cgn_pktmsg msgs[CGN_BURST];
	unsigned int n = rte_ring_sc_dequeue_burst_elem(
			w->inject, msgs, sizeof(msgs[0]), CGN_BURST, NULL);

	if (n > 0)
		give_pktmsgs(w, msgs, n);
	return n;
}

/* Send frames of another worker. If the device does not take all of them, the rest keeps its order and is
 * tried again in the next turn. */
static unsigned int
serve_tx_ring(struct cgn_worker *w, struct tx_ring *r)
{
	uint16_t n_sent;

	if (r->n == 0) {
		r->first = 0;
		r->n = (uint16_t)rte_ring_sc_dequeue_burst(r->ring, (void **)r->m, CGN_BURST, NULL);
		if (r->n == 0)
			return 0;
	}
	n_sent = send_frames(w, r->port, r->m + r->first, r->n);
	r->first = (uint16_t)(r->first + n_sent);
	r->n = (uint16_t)(r->n - n_sent);
	return n_sent;
}

static unsigned int
serve_tx_rings(struct cgn_worker *w)
{
	unsigned int work = 0;

	for (unsigned int i = 0; i < w->n_tx_rings; i++)
		work += serve_tx_ring(w, &w->tx_rings[i]);
	return work;
}

static void
carry_out(struct cgn_worker *w, const struct cgn_cmd *cmd)
{
	/* What the devices receive from now on stays in their queues. */
	if (cmd->op == CGN_CMD_PAUSE) {
		atomic_store_explicit(&w->is_open, false, memory_order_relaxed);
		(void)process_all_kept(w);
	}
	if (cmd->op == CGN_CMD_TAP) {
		cgn_tap_set(w->idle_tap, cmd->u.tap);
		w->tap = cmd->u.tap == NULL ? NULL : w->idle_tap;
	}
	if (unlikely(w->tap != NULL))
		cgn_tap_cmd(w->tap, cmd, &w->reply, w->now);
	else
		cgn_engine_cmd(w->engine, cmd, &w->reply, w->now);
	w->records = cgn_engine_records(w->engine);
}

/* Carry out commands. The next one is taken only when the reply of the last one is queued, so that every
 * command gets a reply. */
static unsigned int
obey(struct cgn_worker *w)
{
	struct cgn_cmd cmd;
	unsigned int work = 0;

	if (w->has_reply)
		w->has_reply = !op_event(w, &w->reply);
	while (work < CMD_BURST && !w->has_reply &&
			rte_ring_sc_dequeue_elem(w->cmd, &cmd, sizeof(cmd)) == 0) {
		w->reply = (struct cgn_evt){ 0 };
		carry_out(w, &cmd);
		w->reply.seq = cmd.seq;
		w->reply.op = CGN_EVT_REPLY;
		w->reply.worker = (uint16_t)w->id;
		w->has_reply = !op_event(w, &w->reply);
		work++;
	}
	return work;
}

/* Wake the control thread. One wake-up per turn is enough, however much was queued. It comes after the
 * queueing, so that the control thread cannot go back to sleep before it sees the message. */
static void
wake_control(struct cgn_worker *w)
{
	const uint64_t one = 1;

	w->wake = false;
	/* EAGAIN: the counter is full, so the control thread has not slept since */
	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static void
read_clock(struct cgn_worker *w)
{
	uint64_t cycles = rte_rdtsc();
	cgn_tick now = cgn_tsc_tick(&w->tsc, cycles);

	/* A turn lasts until the next one begins. Idle turns do not count: the worker may sleep after them. */
	if (w->had_work)
		cgn_latency_note(&w->stats->latency[CGN_LATENCY_LOOP], cycles - w->turned_at);
	w->turned_at = cycles;
	note_time(w, cycles);
	/* The clock of a worker never goes back. */
	if (cgn_tick_reached(now, w->now))
		w->now = now;
}

bool
cgn_worker_turn(struct cgn_worker *w)
{
	unsigned int work = 0;
	bool is_more;

	cgn_counter_add(&w->stats->turns, 1);
	read_clock(w);
	collect_handovers(w);
	if (atomic_load_explicit(&w->is_open, memory_order_relaxed))
		work += receive_all(w);
	/* By now the memory of the handed-over packets has arrived. */
	work += take_handovers(w);
	work += serve_tx_rings(w);
	if (w->inject != NULL)
		work += take_injected(w);
	work += obey(w);
	is_more = unlikely(w->tap != NULL) ? cgn_tap_poll(w->tap, w->now)
					   : cgn_engine_poll(w->engine, w->now);
	if (w->wake)
		wake_control(w);
	w->had_work = work > 0 || is_more;
	return w->had_work;
}

int
cgn_worker_run(void *worker)
{
	struct cgn_worker *w = worker;
	unsigned int idle = 0;

	while (!atomic_load_explicit(&w->is_stopping, memory_order_relaxed)) {
		if (cgn_worker_turn(w)) {
			idle = 0;
		} else if (w->shares_core && ++idle > IDLE_TURNS) {
			usleep(IDLE_US);
		} else {
			rte_pause();
		}
	}
	/* The control thread may release the door now. */
	if (w->tap != NULL)
		cgn_tap_set(w->tap, NULL);
	w->tap = NULL;
	return 0;
}

void
cgn_worker_open(struct cgn_worker *w)
{
	atomic_store_explicit(&w->is_open, true, memory_order_relaxed);
}

void
cgn_worker_stop(struct cgn_worker *w)
{
	atomic_store_explicit(&w->is_stopping, true, memory_order_relaxed);
}

bool
cgn_worker_drain(struct cgn_worker *w)
{
	unsigned int kept = process_all_kept(w);

	collect_handovers(w);
	return kept + take_handovers(w) + serve_tx_rings(w) > 0;
}

void
cgn_worker_flush(struct cgn_worker *w)
{
	cgn_engine_flush(w->engine);
}

const struct cgn_stats *
cgn_worker_stats(const struct cgn_worker *w)
{
	return w->stats;
}

static int
create_engine(struct cgn_worker *w, const struct cgn_worker_cfg *cfg)
{
	struct cgn_engine_cfg engine = {
		.snapshot = cfg->snapshot,
		.worker = cfg->id,
		.steer = cfg->steer,
		.mp = cfg->mp,
		.ports = cfg->pkt_ports,
		.tx_multi_seg = cfg->tx_multi_seg,
		.ops = &engine_ops,
		.ctx = w,
		.now = CGN_TSC_FIRST,
		.records = cfg->records,
		.n_subscribers = cfg->n_subscribers,
		.awaits_state = cfg->awaits_state,
	};
	int ret;

	memcpy(engine.seed, cfg->seed, sizeof(engine.seed));
	ret = cgn_engine_create(&w->engine, &engine);
	if (ret < 0)
		return ret;
	w->stats = cgn_engine_stats(w->engine);
	return cgn_tap_create(&w->idle_tap, w->engine);
}

static int
copy_devices(struct cgn_worker *w, const struct cgn_worker_cfg *cfg)
{
	w->rx = rte_calloc_socket(
			"cgn_rx", cfg->n_rx + 1, sizeof(*w->rx), RTE_CACHE_LINE_SIZE, cfg->socket);
	w->tx_rings = rte_calloc_socket("cgn_tx_rings", cfg->n_tx_rings + 1, sizeof(*w->tx_rings),
			RTE_CACHE_LINE_SIZE, cfg->socket);
	if (w->rx == NULL || w->tx_rings == NULL)
		return -ENOMEM;
	w->n_rx = cfg->n_rx;
	for (unsigned int i = 0; i < cfg->n_rx; i++)
		w->rx[i].at = cfg->rx[i];
	w->n_tx_rings = cfg->n_tx_rings;
	for (unsigned int i = 0; i < cfg->n_tx_rings; i++) {
		w->tx_rings[i].ring = cfg->tx_rings[i].ring;
		w->tx_rings[i].port = cfg->tx_rings[i].port;
	}
	memcpy(w->tx, cfg->tx, cfg->snapshot->conf->n_ports * sizeof(*w->tx));
	for (unsigned int i = 0; i < cfg->n_workers; i++)
		w->from[i].ring = cfg->from[i];
	memcpy(w->to, cfg->to, cfg->n_workers * sizeof(*w->to));
	return 0;
}

int
cgn_worker_create(struct cgn_worker **out, const struct cgn_worker_cfg *cfg)
{
	struct cgn_worker *w = rte_zmalloc_socket(
			"cgn_worker", sizeof(*w), RTE_CACHE_LINE_SIZE, cfg->socket);
	int ret;

	if (w == NULL)
		return -ENOMEM;
	w->id = cfg->id;
	w->n_workers = cfg->n_workers;
	w->shares_core = cfg->shares_core;
	w->cmd = cfg->cmd;
	w->evt = cfg->evt;
	w->punt = cfg->punt;
	w->inject = cfg->inject;
	w->records = cfg->records;
	w->wake_fd = cfg->wake_fd;
	w->tsc = cfg->tsc;
	w->now = CGN_TSC_FIRST;
	atomic_init(&w->is_open, false);
	atomic_init(&w->is_stopping, false);
	ret = copy_devices(w, cfg);
	if (ret == 0)
		ret = create_engine(w, cfg);
	if (ret < 0) {
		cgn_worker_destroy(w);
		return ret;
	}
	*out = w;
	return 0;
}

void
cgn_worker_destroy(struct cgn_worker *w)
{
	if (w == NULL)
		return;
	cgn_tap_destroy(w->idle_tap);
	cgn_engine_destroy(w->engine);
	for (unsigned int i = 0; i < w->n_tx_rings; i++)
		rte_pktmbuf_free_bulk(w->tx_rings[i].m + w->tx_rings[i].first, w->tx_rings[i].n);
	for (unsigned int i = 0; i < w->n_rx; i++)
		rte_pktmbuf_free_bulk(w->rx[i].m[w->rx[i].half], w->rx[i].n_kept);
	rte_free(w->tx_rings);
	rte_free(w->rx);
	rte_free(w);
}
