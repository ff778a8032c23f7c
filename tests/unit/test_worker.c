/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/port.h"
#include "dataplane/engine/snapshot.h"
#include "dataplane/queues.h"
#include "dataplane/worker.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/stub_engine.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eth_ring.h>

#define FRAME 60

/* Two workers and two ports made of rings. Port 0: worker 0 has the rx queue, and a tx queue each.
 * Port 1: worker 1 has the rx queue, worker 0 the only tx queue. */
struct rig {
	struct rte_mempool *mp;
	struct rte_ring *rx[2];
	struct rte_ring *tx[2]; /* of port 0: by worker; port 1 sends into tx[0] of its own */
	struct rte_ring *tx1;
	struct cgn_port ports[2];
	struct cgn_steer steer;
	struct cgn_queues queues;
	struct cgn_conf conf;
	struct cgn_conf_port conf_ports[2];
	int wake_fd;
	struct cgn_worker *w[2];
};

static struct rig rig;
static struct cgn_snapshot snapshot; /* without the parts of workers */

static struct rte_ring *
make_ring(unsigned int n)
{
	static unsigned int serial;
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "wire%u", serial++);
	r = rte_ring_create(name, n, SOCKET_ID_ANY, 0);
	if (r == NULL)
		abort();
	return r;
}

static void
make_port(unsigned int i, struct rte_ring *const *tx, unsigned int n_tx)
{
	static unsigned int serial;
	const struct cgn_port_need need = { .n_workers = 2, .index = i, .mtu = 1500 };
	const struct cgn_port_env env = { .owners.steer = &rig.steer, .mp = rig.mp };
	char name[32];

	rig.rx[i] = make_ring(256);
	snprintf(name, sizeof(name), "%u", serial++);
	CU_ASSERT_TRUE_FATAL(rte_eth_from_rings(name, &rig.rx[i], 1, tx, n_tx, 0) >= 0);
	snprintf(rig.conf_ports[i].device, CGN_DEVICE_MAX, "net_ring_%s", name);
	snprintf(rig.conf_ports[i].name, CGN_NAME_MAX, "port%u", i);
	rig.conf_ports[i].mtu = 1500;
	CU_ASSERT_EQUAL_FATAL(cgn_port_open(&rig.ports[i], &rig.conf_ports[i], &need), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_port_start(&rig.ports[i], &env), 0);
	CU_ASSERT_EQUAL(rig.ports[i].plan.steering, CGN_STEER_HANDOVER);
	CU_ASSERT_EQUAL(rig.ports[i].plan.n_txq, n_tx);
}

static struct cgn_record_door doors[2]; /* without rings: nothing is recorded */

static void
make_worker(unsigned int id)
{
	const struct cgn_worker_rx rx = { .port = (uint16_t)id, .ethdev = rig.ports[id].id };
	const struct cgn_worker_tx tx[2] = {
		{ .ethdev = rig.ports[0].id, .queue = (uint16_t)id },
		{ .ethdev = rig.ports[1].id, .tx_ring = id == 1 ? rig.queues.tx_ring[1][1] : NULL },
	};
	const struct cgn_worker_tx_ring tx_ring = { .ring = rig.queues.tx_ring[1][1], .port = 1 };
	struct rte_ring *from[2] = { rig.queues.handover[0][id], rig.queues.handover[1][id] };
	const struct cgn_worker_cfg cfg = {
		.id = id,
		.n_workers = 2,
		.snapshot = &snapshot,
		.n_rx = 1,
		.rx = &rx,
		.tx = tx,
		.n_tx_rings = id == 0 ? 1 : 0,
		.tx_rings = &tx_ring,
		.from = from,
		.to = rig.queues.handover[id],
		.cmd = rig.queues.cmd[id],
		.evt = rig.queues.evt[id],
		.punt = rig.queues.punt[id],
		.inject = id == 0 ? rig.queues.inject : NULL,
		.records = &doors[id],
		.wake_fd = rig.wake_fd,
		.tsc = cgn_tsc_init(rte_rdtsc(), rte_get_tsc_hz()),
	};

	CU_ASSERT_EQUAL_FATAL(cgn_worker_create(&rig.w[id], &cfg), 0);
}

static void
set_up(void)
{
	static struct rte_mempool *mp;

	if (mp == NULL)
		mp = eal_pool(8191);
	rig = (struct rig){ .mp = mp };
	memset(doors, 0, sizeof(doors));
	rig.conf.ports = rig.conf_ports;
	rig.conf.n_ports = 2;
	snapshot.conf = &rig.conf;
	cgn_steer_init(&rig.steer, 2, cgn_steer_default_key);
	rig.wake_fd = eventfd(0, EFD_NONBLOCK);
	rig.tx[0] = make_ring(256);
	rig.tx[1] = make_ring(256);
	rig.tx1 = make_ring(64);
	make_port(0, rig.tx, 2);
	make_port(1, &rig.tx1, 1);
	CU_ASSERT_EQUAL_FATAL(cgn_queues_init(&rig.queues, 2, 0), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_queues_add_tx_ring(&rig.queues, 1, 1, 0), 0);
	make_worker(0);
	make_worker(1);
	cgn_worker_open(rig.w[0]);
	cgn_worker_open(rig.w[1]);
}

static void
free_ring(struct rte_ring *r)
{
	struct rte_mbuf *m = NULL;

	while (rte_ring_dequeue(r, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(r);
}

/* Every packet buffer must have come back. */
static void
tear_down(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		cgn_worker_destroy(rig.w[i]);
		cgn_port_close(&rig.ports[i]);
		free_ring(rig.rx[i]);
		free_ring(rig.tx[i]);
	}
	free_ring(rig.tx1);
	cgn_queues_fini(&rig.queues);
	close(rig.wake_fd);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(rig.mp), 0);
}

static struct rte_mbuf *
frame(uint8_t what, uint8_t a, uint8_t b)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.mp);
	uint8_t *data;

	if (m == NULL)
		abort();
	data = (uint8_t *)rte_pktmbuf_append(m, FRAME);
	data[0] = what;
	data[1] = a;
	data[2] = b;
	return m;
}

static void
arrive(unsigned int port, unsigned int n, uint8_t what, uint8_t a, uint8_t b)
{
	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = frame(what, a, b);

		m->hash.usr = i;
		CU_ASSERT_EQUAL_FATAL(rte_ring_enqueue(rig.rx[port], m), 0);
	}
}

static uint64_t
verdict(unsigned int w, enum cgn_verdict v)
{
	return cgn_counter_get(&stub_engines[w]->stats.verdict[v]);
}

static struct cgn_port_stats *
port_stats(unsigned int w, unsigned int port)
{
	return &stub_engines[w]->stats.port[port];
}

static void
received_frames_reach_the_engine_and_the_device(void)
{
	set_up();
	arrive(0, 100, 'T', 0, 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[0]), CGN_BURST);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_FALSE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[0]), 100);
	CU_ASSERT_EQUAL(verdict(0, CGN_V_OUT), 100);
	CU_ASSERT_EQUAL(stub_engines[0]->n_polls, 4);
	CU_ASSERT_TRUE(cgn_tick_reached(stub_engines[0]->last, CGN_TSC_FIRST));
	tear_down();
}

/* Records have the time of their turn, or of the burst before in the same turn. */
static void
each_burst_dates_the_records(void)
{
	uint64_t first, before;

	set_up();
	CU_ASSERT_EQUAL(doors[0].now, 0);
	before = rte_rdtsc();
	CU_ASSERT_FALSE(cgn_worker_turn(rig.w[0]));
	first = doors[0].now;
	CU_ASSERT_TRUE(first >= before && first <= rte_rdtsc());
	before = rte_rdtsc();
	arrive(0, 1, 'T', 0, 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_TRUE(doors[0].now > before);
	CU_ASSERT_EQUAL(doors[1].now, 0);
	tear_down();
}

/* REQ: N-LIVE-48: the export is switched off, or records in another door. */
static void
a_command_changes_the_door_whose_records_are_dated(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_RECORDS };

	set_up();
	(void)cgn_worker_turn(rig.w[0]);
	cmd.u.records.door = &doors[1];
	CU_ASSERT_EQUAL(rte_ring_sp_enqueue_elem(rig.queues.cmd[0], &cmd, sizeof(cmd)), 0);
	(void)cgn_worker_turn(rig.w[0]);
	doors[0].now = 0;
	(void)cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(doors[0].now, 0);
	CU_ASSERT_NOT_EQUAL(doors[1].now, 0);
	doors[1].now = 0;
	cmd.u.records.door = NULL;
	CU_ASSERT_EQUAL(rte_ring_sp_enqueue_elem(rig.queues.cmd[0], &cmd, sizeof(cmd)), 0);
	(void)cgn_worker_turn(rig.w[0]);
	doors[1].now = 0;
	(void)cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(doors[1].now, 0);
	tear_down();
}

static void
ports_count_packets_and_octets_both_ways(void)
{
	set_up();
	arrive(0, 10, 'T', 0, 0);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 0)->rx_pkts), 10);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 0)->rx_bytes), 10 * FRAME);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 0)->tx_pkts), 10);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 0)->tx_bytes), 10 * FRAME);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(1, 0)->tx_pkts), 0);
	tear_down();
}

static void
frames_a_full_device_refuses_are_not_counted_as_sent(void)
{
	set_up();
	arrive(0, 100, 'T', 1, 0);
	while (cgn_worker_turn(rig.w[0]))
		continue;
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx1), 63);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 1)->tx_pkts), 63);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 1)->tx_bytes), 63 * FRAME);
	CU_ASSERT_EQUAL(verdict(0, CGN_V_OUT), 63);
	CU_ASSERT_EQUAL(verdict(0, CGN_V_TX_FULL), 37);
	tear_down();
}

static void
each_worker_sends_by_its_own_queue(void)
{
	set_up();
	arrive(0, 3, 'T', 0, 0);
	arrive(1, 5, 'T', 0, 0);
	cgn_worker_turn(rig.w[0]);
	cgn_worker_turn(rig.w[1]);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[0]), 3);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[1]), 5);
	tear_down();
}

static void
packets_are_handed_over_to_their_owner(void)
{
	set_up();
	arrive(0, 20, 'H', 1, 0);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[1]), 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[1]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[1]), 20);
	CU_ASSERT_EQUAL(verdict(1, CGN_V_OUT), 20);
	tear_down();
}

static void
full_handover_ring_refuses_the_rest(void)
{
	unsigned int room;

	set_up();
	room = rte_ring_get_capacity(rig.queues.handover[0][1]);
	for (unsigned int i = 0; i < room + 40; i += 20) {
		arrive(0, 20, 'H', 1, 0);
		cgn_worker_turn(rig.w[0]);
	}
	CU_ASSERT_EQUAL(rte_ring_count(rig.queues.handover[0][1]), room);
	CU_ASSERT_TRUE(verdict(0, CGN_V_HANDOVER_FULL) >= 20);
	tear_down();
}

static void
worker_without_a_tx_queue_sends_through_the_one_that_has_it(void)
{
	struct rte_mbuf *m[30];

	set_up();
	arrive(1, 30, 'T', 1, 0);
	cgn_worker_turn(rig.w[1]);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx1), 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL_FATAL(rte_ring_dequeue_bulk(rig.tx1, (void **)m, 30, NULL), 30);
	for (unsigned int i = 0; i < 30; i++)
		CU_ASSERT_EQUAL(m[i]->hash.usr, i);
	CU_ASSERT_EQUAL(verdict(1, CGN_V_OUT), 30);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 1)->tx_pkts), 30);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(1, 1)->tx_pkts), 0);
	rte_pktmbuf_free_bulk(m, 30);
	tear_down();
}

/* What got the verdict "out" must go out, in order, however slow the device is. */
static void
relayed_frames_wait_for_a_full_device(void)
{
	struct rte_mbuf *m = NULL;
	uint32_t next = 0;

	set_up();
	arrive(1, 200, 'T', 1, 0);
	for (unsigned int i = 0; i < 4; i++)
		cgn_worker_turn(rig.w[1]);
	CU_ASSERT_EQUAL(verdict(1, CGN_V_OUT), 200);
	for (unsigned int i = 0; i < 100 && next < 200; i++) {
		cgn_worker_turn(rig.w[0]);
		while (rte_ring_dequeue(rig.tx1, (void **)&m) == 0) {
			CU_ASSERT_EQUAL(m->hash.usr, next);
			next++;
			rte_pktmbuf_free(m);
		}
	}
	CU_ASSERT_EQUAL(next, 200);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 1)->tx_pkts), 200);
	tear_down();
}

static void
frames_that_a_relay_still_holds_are_freed_at_the_end(void)
{
	set_up();
	arrive(1, 200, 'T', 1, 0);
	for (unsigned int i = 0; i < 4; i++)
		cgn_worker_turn(rig.w[1]);
	for (unsigned int i = 0; i < 4; i++)
		cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx1), 63);
	tear_down();
}

static void
injected_frames_are_sent(void)
{
	struct cgn_pktmsg msg = { .op = CGN_PKT_TX, .port = 1, .verdict = CGN_V_NONE };

	set_up();
	msg.m = frame('X', 0, 0);
	rte_ring_sp_enqueue_elem(rig.queues.inject, &msg, sizeof(msg));
	CU_ASSERT_FALSE(cgn_worker_turn(rig.w[1]));
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx1), 1);
	tear_down();
}

static void
a_turn_with_punts_wakes_the_control_thread_once(void)
{
	struct cgn_pktmsg msg;
	uint64_t woken = 0;

	set_up();
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_TRUE(read(rig.wake_fd, &woken, sizeof(woken)) < 0);
	arrive(0, 7, 'P', 0, 0);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(read(rig.wake_fd, &woken, sizeof(woken)), (ssize_t)sizeof(woken));
	CU_ASSERT_EQUAL(woken, 1);
	CU_ASSERT_EQUAL(rte_ring_count(rig.queues.punt[0]), 7);
	CU_ASSERT_EQUAL(rte_ring_sc_dequeue_elem(rig.queues.punt[0], &msg, sizeof(msg)), 0);
	CU_ASSERT_EQUAL(msg.op, CGN_PKT_PUNT);
	rte_pktmbuf_free(msg.m);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_TRUE(read(rig.wake_fd, &woken, sizeof(woken)) < 0);
	tear_down();
}

static void
give_command(uint32_t seq)
{
	struct cgn_cmd cmd = { .seq = seq, .op = CGN_CMD_NEIGH_SET };

	cmd.u.neigh.port = (uint16_t)(seq + 1000);
	CU_ASSERT_EQUAL_FATAL(rte_ring_sp_enqueue_elem(rig.queues.cmd[1], &cmd, sizeof(cmd)), 0);
}

static void
commands_are_answered_in_order_with_their_seq(void)
{
	struct cgn_evt evt;

	set_up();
	for (uint32_t seq = 0; seq < 10; seq++)
		give_command(seq);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[1]));
	CU_ASSERT_TRUE(rte_ring_count(rig.queues.evt[1]) < 10);
	for (unsigned int i = 0; i < 10; i++)
		cgn_worker_turn(rig.w[1]);
	for (uint32_t seq = 0; seq < 10; seq++) {
		CU_ASSERT_EQUAL_FATAL(
				rte_ring_sc_dequeue_elem(rig.queues.evt[1], &evt, sizeof(evt)), 0);
		CU_ASSERT_EQUAL(evt.seq, seq);
		CU_ASSERT_EQUAL(evt.op, CGN_EVT_REPLY);
		CU_ASSERT_EQUAL(evt.worker, 1);
		CU_ASSERT_EQUAL(evt.ret, (int32_t)seq + 1000);
	}
	CU_ASSERT_TRUE(rte_ring_empty(rig.queues.evt[1]));
	tear_down();
}

/* An engine that fills the ring with events may cost events, never a reply. */
static void
every_command_has_one_reply_though_the_event_ring_is_full(void)
{
	uint32_t given = 0, answered = 0;
	struct cgn_evt evt;

	set_up();
	stub_engines[1]->want_event = true;
	for (unsigned int i = 0; i < 3000; i++) {
		if (given < 2000 && rte_ring_free_count(rig.queues.cmd[1]) > 0)
			give_command(given++);
		cgn_worker_turn(rig.w[1]);
	}
	for (unsigned int i = 0; i < 10000 && answered < given; i++) {
		cgn_worker_turn(rig.w[1]);
		if (rte_ring_sc_dequeue_elem(rig.queues.evt[1], &evt, sizeof(evt)) == 0 &&
				evt.op == CGN_EVT_REPLY)
			CU_ASSERT_EQUAL(evt.seq, answered++);
	}
	CU_ASSERT_EQUAL(answered, given);
	CU_ASSERT_TRUE(cgn_counter_get(&stub_engines[1]->stats.counter[CGN_C_EVENTS_LOST]) > 0);
	tear_down();
}

static void
worker_that_is_not_open_takes_commands_but_no_packets(void)
{
	set_up();
	cgn_worker_destroy(rig.w[1]);
	make_worker(1);
	arrive(1, 5, 'T', 0, 0);
	give_command(1);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[1]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.queues.evt[1]), 1);
	CU_ASSERT_EQUAL(rte_ring_count(rig.rx[1]), 5);
	cgn_worker_open(rig.w[1]);
	cgn_worker_turn(rig.w[1]);
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx[1]), 5);
	tear_down();
}

/* A small burst does not wait. A large one waits for the next turn, in which its headers are there. */
static void
large_burst_is_kept_for_one_turn(void)
{
	set_up();
	arrive(0, CGN_BURST / 2 - 1, 'D', 0, 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), CGN_BURST / 2 - 1);
	CU_ASSERT_EQUAL(stub_engines[0]->n_coming, 0);
	arrive(0, CGN_BURST / 2, 'D', 0, 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), CGN_BURST / 2 - 1);
	CU_ASSERT_EQUAL(cgn_counter_get(&port_stats(0, 0)->rx_pkts), CGN_BURST - 1);
	/* The next one is large, too: the engine knows it while it processes the kept one. */
	arrive(0, CGN_BURST, 'D', 0, 0);
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), CGN_BURST - 1);
	CU_ASSERT_EQUAL(stub_engines[0]->n_coming, CGN_BURST);
	/* Nothing comes any more. */
	CU_ASSERT_TRUE(cgn_worker_turn(rig.w[0]));
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), 2 * CGN_BURST - 1);
	CU_ASSERT_FALSE(cgn_worker_turn(rig.w[0]));
	tear_down();
}

static void
kept_burst_goes_before_a_new_one(void)
{
	struct rte_mbuf *m = NULL;

	set_up();
	arrive(0, CGN_BURST, 'T', 0, 1);
	cgn_worker_turn(rig.w[0]);
	arrive(0, 3, 'T', 0, 2);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL_FATAL(rte_ring_count(rig.tx[0]), CGN_BURST + 3);
	for (unsigned int i = 0; i < CGN_BURST + 3; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_ring_dequeue(rig.tx[0], (void **)&m), 0);
		CU_ASSERT_EQUAL(rte_pktmbuf_mtod(m, uint8_t *)[2], i < CGN_BURST ? 1 : 2);
		CU_ASSERT_EQUAL(m->hash.usr, i % CGN_BURST);
		rte_pktmbuf_free(m);
	}
	tear_down();
}

/* A restart that keeps state loses no packet that was received before the pause. */
static void
kept_burst_is_processed_before_the_pause(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_PAUSE };

	set_up();
	arrive(0, CGN_BURST, 'D', 0, 0);
	CU_ASSERT_EQUAL(rte_ring_enqueue_elem(rig.queues.cmd[0], &cmd, sizeof(cmd)), 0);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(stub_engines[0]->n_at_pause, CGN_BURST);
	tear_down();
}

static void
drain_takes_a_kept_burst(void)
{
	set_up();
	arrive(0, CGN_BURST, 'D', 0, 0);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), 0);
	CU_ASSERT_TRUE(cgn_worker_drain(rig.w[0]));
	CU_ASSERT_EQUAL(verdict(0, CGN_V_IN), CGN_BURST);
	CU_ASSERT_FALSE(cgn_worker_drain(rig.w[0]));
	tear_down();
}

static void
worker_asked_to_stop_returns(void)
{
	set_up();
	arrive(0, 5, 'T', 0, 0);
	cgn_worker_stop(rig.w[0]);
	CU_ASSERT_EQUAL(cgn_worker_run(rig.w[0]), 0);
	CU_ASSERT_EQUAL(rte_ring_count(rig.rx[0]), 5);
	tear_down();
}

static void
drain_takes_what_other_workers_left(void)
{
	set_up();
	arrive(0, 20, 'H', 1, 1);
	cgn_worker_turn(rig.w[0]);
	CU_ASSERT_TRUE(cgn_worker_drain(rig.w[1]));
	CU_ASSERT_TRUE(cgn_worker_drain(rig.w[0]));
	CU_ASSERT_FALSE(cgn_worker_drain(rig.w[1]));
	CU_ASSERT_FALSE(cgn_worker_drain(rig.w[0]));
	CU_ASSERT_EQUAL(rte_ring_count(rig.tx1), 20);
	cgn_worker_flush(rig.w[0]);
	CU_ASSERT_TRUE(stub_engines[0]->is_flushed);
	tear_down();
}

/* Issue of bounded work: an operator can see how long a loop took. */
static void
loops_and_bursts_with_work_are_timed(void)
{
	struct cgn_latency *l = NULL;

	set_up();
	arrive(0, 100, 'T', 0, 0);
	for (unsigned int i = 0; i < 10; i++)
		cgn_worker_turn(rig.w[0]);
	l = stub_engines[0]->stats.latency;
	CU_ASSERT_EQUAL(cgn_latency_count(&l[CGN_LATENCY_LOOP]), 3);
	CU_ASSERT_EQUAL(cgn_latency_count(&l[CGN_LATENCY_BURST]), 2);
	CU_ASSERT_TRUE(l[CGN_LATENCY_BURST].cycles > 0);
	CU_ASSERT_TRUE(l[CGN_LATENCY_LOOP].cycles >= l[CGN_LATENCY_BURST].cycles);
	tear_down();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(received_frames_reach_the_engine_and_the_device),
	CU_TEST_ROW(each_burst_dates_the_records),
	CU_TEST_ROW(a_command_changes_the_door_whose_records_are_dated),
	CU_TEST_ROW(ports_count_packets_and_octets_both_ways),
	CU_TEST_ROW(frames_a_full_device_refuses_are_not_counted_as_sent),
	CU_TEST_ROW(each_worker_sends_by_its_own_queue),
	CU_TEST_ROW(packets_are_handed_over_to_their_owner),
	CU_TEST_ROW(full_handover_ring_refuses_the_rest),
	CU_TEST_ROW(worker_without_a_tx_queue_sends_through_the_one_that_has_it),
	CU_TEST_ROW(relayed_frames_wait_for_a_full_device),
	CU_TEST_ROW(frames_that_a_relay_still_holds_are_freed_at_the_end),
	CU_TEST_ROW(injected_frames_are_sent),
	CU_TEST_ROW(a_turn_with_punts_wakes_the_control_thread_once),
	CU_TEST_ROW(commands_are_answered_in_order_with_their_seq),
	CU_TEST_ROW(every_command_has_one_reply_though_the_event_ring_is_full),
	CU_TEST_ROW(worker_that_is_not_open_takes_commands_but_no_packets),
	CU_TEST_ROW(large_burst_is_kept_for_one_turn),
	CU_TEST_ROW(kept_burst_goes_before_a_new_one),
	CU_TEST_ROW(kept_burst_is_processed_before_the_pause),
	CU_TEST_ROW(drain_takes_a_kept_burst),
	CU_TEST_ROW(worker_asked_to_stop_returns),
	CU_TEST_ROW(drain_takes_what_other_workers_left),
	CU_TEST_ROW(loops_and_bursts_with_work_are_timed),
};
CU_MAIN("worker", tests)
