/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/snapshot.h"
#include "tests/support/eal.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_priv.h"
#include "tests/support/flowledger.h"
#include "tests/support/statefix.h"
#include "tests/support/tapfix.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>

#define MBUFS     8192
#define QUEUE_MAX 4096

/* Packets handed to a worker. */
struct fx_queue {
	unsigned int n;
	struct cgn_pktmsg msg[QUEUE_MAX];
};

struct fx_ctx {
	struct fx *fx;
	unsigned int worker;
};

void
fx_fail(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	CU_assertImplementation(CU_FALSE, (unsigned int)line, text, file, "", CU_FALSE);
}

static void
die(const char *why)
{
	fprintf(stderr, "fixture: %s\n", why);
	abort();
}

/* --- what the engines reach the world by --------------------------------------------------- */

struct rte_ether_addr
fx_mac_of(rte_be32_t addr)
{
	struct rte_ether_addr mac = { { 2, 1 } };

	memcpy(&mac.addr_bytes[2], &addr, sizeof(addr));
	return mac;
}

rte_be32_t
fx_neighbour(const struct fx *fx, unsigned int port, rte_be32_t dst)
{
	if (port == FX_OUTSIDE && !cgn_prefix_has4(&fx->ports[port].addresses[0], dst))
		return fx->routes[0].via.ip4;
	return dst;
}

static struct fx_pkt *
add(struct fx_pkt **list, unsigned int *n, unsigned int size)
{
	if (*n == size)
		die("too many packets in one verb");
	return &(*list)[(*n)++];
}

/* Lengths, and of a whole packet what is inside. */
static const char *
verify_outer(const struct fx *fx, const struct fx_pkt *p)
{
	struct rte_mbuf *m;
	const char *bad;

	if (p->outer.len != p->n_bytes - PG_ETH)
		return "IPv6 length is not the frame's";
	if (p->ip == NULL)
		return NULL;
	m = pg_bytes(fx->mp, p->ip, p->outer.payload_len);
	bad = pktgen_verify_ip4(m);
	rte_pktmbuf_free(m);
	return bad;
}

static void
check_frame(const struct fx *fx, unsigned int port, const struct rte_mbuf *m,
		const struct fx_pkt *p)
{
	const char *bad = p->outer.is ? verify_outer(fx, p) : pktgen_verify(m);
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)p->bytes;
	struct rte_ether_addr mac;
	rte_be32_t dst;

	if (bad != NULL && !fx->no_verify)
		fx_fail(__FILE__, __LINE__, "frame from %s to %s: %s", p->src, p->dst, bad);
	if (m->ol_flags != 0)
		fx_fail(__FILE__, __LINE__, "frame to %s asks for offloads", p->dst);
	if (p->ip == NULL || p->outer.is)
		return;
	memcpy(&dst, p->ip + 16, sizeof(dst));
	mac = fx_mac_of(fx_neighbour(fx, port, dst));
	if ((!rte_is_same_ether_addr(&eth->dst_addr, &mac) && !fx->any_mac) ||
			!rte_is_same_ether_addr(&eth->src_addr, &pg_mac_us))
		fx_fail(__FILE__, __LINE__, "frame to %s has wrong MAC addresses", p->dst);
}

static uint16_t
op_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct fx *fx = ((struct fx_ctx *)ctx)->fx;

	n = (uint16_t)RTE_MIN((unsigned int)n, fx->tx_room);
	for (uint16_t i = 0; i < n; i++) {
		if (fx->is_flood) {
			fx->n_out++;
		} else {
			struct fx_pkt *p = add(&fx->out, &fx->n_out, fx->out_size);

			fx_parse(p, port, m[i]);
			check_frame(fx, port, m[i], p);
		}
		rte_pktmbuf_free(m[i]);
	}
	return n;
}

static unsigned int
op_handover(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	struct fx *fx = ((struct fx_ctx *)ctx)->fx;
	struct fx_queue *q = &fx->queues[worker];

	n = RTE_MIN(n, RTE_MIN(fx->handover_room, QUEUE_MAX - q->n));
	memcpy(&q->msg[q->n], msgs, n * sizeof(*msgs));
	q->n += n;
	return n;
}

static bool
op_punt(void *ctx, const struct cgn_pktmsg *msg, unsigned int spare)
{
	struct fx *fx = ((struct fx_ctx *)ctx)->fx;

	if (fx->punt_full || (fx->punt_room != 0 && fx->punt_room <= spare))
		return false;
	fx_parse(add(&fx->punted, &fx->n_punted, fx->out_size), msg->port, msg->m);
	rte_pktmbuf_free(msg->m);
	return true;
}

static bool
op_event(void *ctx, const struct cgn_evt *evt)
{
	struct fx *fx = ((struct fx_ctx *)ctx)->fx;

	if (fx->event_full)
		return false;
	if (fx->n_events == fx->out_size)
		die("too many events in one verb");
	fx->events[fx->n_events++] = *evt;
	return true;
}

static const struct cgn_engine_ops ops = {
	.tx = op_tx,
	.handover = op_handover,
	.punt = op_punt,
	.event = op_event,
};

/* --- life cycle ---------------------------------------------------------------------------- */

static unsigned int
workers_of_environment(void)
{
	const char *text = getenv("CGN_TEST_WORKERS");
	unsigned int n = text == NULL ? 1 : (unsigned int)strtoul(text, NULL, 10);

	return n >= 1 && n <= CGN_WORKERS_MAX ? n : 1;
}

struct fx *
fx_new(void)
{
	struct fx *fx = calloc(1, sizeof(*fx));

	if (fx == NULL)
		die("out of memory");
	fx->n_workers = workers_of_environment();
	fx->now = 1000 * CGN_TICK_HZ + 3;
	fx->seed = 1;
	fx->drain_s = 8000;
	fx->tx_room = UINT16_MAX;
	fx->handover_room = UINT_MAX;
	fx->out_size = 4096;
	fx_conf_init(fx);
	return fx;
}

static void
start_engine(struct fx *fx, unsigned int worker)
{
	struct cgn_pkt_port ports[RTE_DIM(fx->ports)];
	struct cgn_engine_cfg cfg = {
		.snapshot = fx->snapshot,
		.worker = worker,
		.steer = &fx->steer,
		.mp = fx->mp,
		.ports = ports,
		.tx_multi_seg = UINT64_MAX,
		.ops = &ops,
		.ctx = &fx->ctx[worker],
		.now = fx->now,
		.n_subscribers = &fx->n_subscribers,
		.awaits_state = fx->saved != NULL,
	};
	int ret;

	if (fx->doors == NULL) {
		fx->ledgers[worker] = flowledger_create(worker);
		flowledger_set_tap(fx->ledgers[worker], fx->tap);
		cfg.records = flowledger_door(fx->ledgers[worker]);
	} else {
		cfg.records = &fx->doors[worker];
	}
	for (unsigned int i = 0; i < RTE_DIM(ports); i++)
		ports[i] = (struct cgn_pkt_port){ .mac = pg_mac_us, .vlan = fx->ports[i].vlan };
	fx->ctx[worker] = (struct fx_ctx){ .fx = fx, .worker = worker };
	memset(cfg.seed, fx->seed, sizeof(cfg.seed));
	cfg.seed[0] = (uint8_t)worker;
	ret = cgn_engine_create(&fx->engines[worker], &cfg);
	if (ret < 0) {
		fprintf(stderr, "fixture: engine: %s\n", strerror(-ret));
		exit(EXIT_FAILURE);
	}
}

struct fx *
fx_start(struct fx *fx)
{
	static struct rte_mempool *mp;
	char why[CGN_BOOK_WHY_MAX];

	if (mp == NULL)
		mp = eal_pool(MBUFS);
	fx->mp = mp;
	if (fx->single_worker)
		fx->n_workers = 1;
	fx->conf.workers = fx->n_workers;
	fx_conf_finish(fx);
	cgn_steer_init(&fx->steer, fx->n_workers, cgn_steer_default_key);
	fx->queues = calloc(fx->n_workers, sizeof(*fx->queues));
	fx->ctx = calloc(fx->n_workers, sizeof(*fx->ctx));
	fx->out = calloc(fx->out_size, sizeof(*fx->out));
	fx->punted = calloc(fx->out_size, sizeof(*fx->punted));
	fx->events = calloc(fx->out_size, sizeof(*fx->events));
	if (fx->queues == NULL || fx->ctx == NULL || fx->out == NULL || fx->punted == NULL ||
			fx->events == NULL)
		die("out of memory");
	if (fx->saved != NULL &&
			cgn_moved_create(&fx->moved, &fx->conf, &fx->steer, fx->saved->pairings,
					fx->saved->n_pairings) < 0)
		die("no table of moved subscribers");
	if (cgn_snapshot_create(&fx->snapshot, &fx->conf, &fx->steer, fx->moved, NULL, why) < 0)
		die("no snapshot");
	for (unsigned int i = 0; i < fx->n_workers; i++)
		start_engine(fx, i);
	if (getenv("CGN_TEST_TAP") != NULL) {
		const struct cgn_tap_ask all = tapfix_all();

		tapfix_start(fx, &all);
	}
	return fx;
}

struct fx *
fx_default(void)
{
	return fx_start(fx_new());
}

static void
check_sum(struct fx *fx, const char *when)
{
	uint64_t sum = fx_gauge(fx, CGN_G_HELD_FRAGMENTS) + fx_gauge(fx, CGN_G_HELD_NEIGH);

	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		sum += fx_verdict(fx, (enum cgn_verdict)v);
	if (sum == fx->received)
		return;
	fx_fail(__FILE__, __LINE__, "%s: received %lu, verdicts and held %lu", when,
			(unsigned long)fx->received, (unsigned long)sum);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		if (fx_verdict(fx, (enum cgn_verdict)v) != 0)
			printf("  %s: %lu\n", cgn_verdict_name((enum cgn_verdict)v),
					(unsigned long)fx_verdict(fx, (enum cgn_verdict)v));
	}
}

static void
check_gauge(struct fx *fx, enum cgn_gauge_id g, uint64_t want)
{
	uint64_t is = fx_gauge(fx, g);

	if (is != want)
		fx_fail(__FILE__, __LINE__, "at the end: gauge %s is %lu, not %lu",
				cgn_stats_gauge_name(g), (unsigned long)is, (unsigned long)want);
}

static void
check_empty(struct fx *fx)
{
	check_gauge(fx, CGN_G_SESSIONS, 0);
	check_gauge(fx, CGN_G_PORTS_HELD, 0);
	check_gauge(fx, CGN_G_HELD_FRAGMENTS, 0);
	check_gauge(fx, CGN_G_HELD_SYNS, 0);
	if (fx_gauge(fx, CGN_G_MAPPINGS_UDP) + fx_gauge(fx, CGN_G_MAPPINGS_TCP) +
					fx_gauge(fx, CGN_G_MAPPINGS_ICMP) !=
			fx->keeps)
		fx_fail(__FILE__, __LINE__, "at the end: mappings are left");
	if (fx->keeps != 0)
		return;
	check_gauge(fx, CGN_G_SUBSCRIBERS, 0);
	check_gauge(fx, CGN_G_SOFTWIRES,
			fx->conf.softwire.role == CGN_SOFTWIRE_B4 ? fx->n_workers : 0);
	for (unsigned int i = 0; i < fx->snapshot->conf->n_pools; i++) {
		struct fx_pool g = fx_pool_stats(fx, i);

		if (g.blocks_used != 0 || g.addresses_used != 0 || g.ports_held != 0 ||
				g.subscribers != 0 ||
				g.ports_used[0] + g.ports_used[1] + g.ports_used[2] != 0)
			fx_fail(__FILE__, __LINE__,
					"at the end: pool %u has %lu blocks, %lu subscribers, %lu ports held",
					i, (unsigned long)g.blocks_used,
					(unsigned long)g.subscribers, (unsigned long)g.ports_held);
	}
	for (unsigned int i = 0; i < fx->snapshot->conf->n_groups; i++) {
		struct fx_group g = fx_group_stats(fx, i);

		if (g.subscribers != 0 || g.mappings != 0 || g.leases != 0)
			fx_fail(__FILE__, __LINE__, "at the end: something of group %u is left", i);
	}
}

static void
forget_frames(struct fx *fx)
{
	for (unsigned int i = 0; i < fx->n_out && !fx->is_flood; i++)
		free(fx->out[i].bytes);
	for (unsigned int i = 0; i < fx->n_punted; i++)
		free(fx->punted[i].bytes);
	fx->n_out = 0;
	fx->n_punted = 0;
	fx->n_events = 0;
	fx->n_resolved = 0;
}

void
fx_free(struct fx *fx)
{
	fx_begin(fx);
	fx_settle(fx);
	check_sum(fx, "after the test");
	FX_BOOKS(fx);
	if (fx->drain_s != 0) {
		fx_advance_s(fx, fx->drain_s);
		check_sum(fx, "after all timers");
		check_empty(fx);
		FX_BOOKS(fx);
	}
	tapfix_stop(fx);
	for (unsigned int i = 0; i < fx->n_workers; i++)
		cgn_engine_flush(fx->engines[i]);
	check_gauge(fx, CGN_G_HELD_NEIGH, 0);
	check_sum(fx, "after flush");
	if (fx_counter(fx, CGN_C_HANDOVER_OUT) != fx_counter(fx, CGN_C_HANDOVER_IN))
		fx_fail(__FILE__, __LINE__, "handed out %lu, handed in %lu",
				(unsigned long)fx_counter(fx, CGN_C_HANDOVER_OUT),
				(unsigned long)fx_counter(fx, CGN_C_HANDOVER_IN));
	forget_frames(fx);
	for (unsigned int i = 0; i < fx->n_workers; i++)
		cgn_engine_destroy(fx->engines[i]);
	cgn_snapshot_free(fx->snapshot);
	cgn_moved_destroy(fx->moved);
	for (unsigned int i = 0; i < fx->n_workers; i++)
		flowledger_destroy(fx->ledgers[i]);
	if (rte_mempool_avail_count(fx->mp) != MBUFS)
		fx_fail(__FILE__, __LINE__, "%u packet buffers are lost",
				MBUFS - rte_mempool_avail_count(fx->mp));
	free(fx->queues);
	free(fx->ctx);
	free(fx->out);
	free(fx->punted);
	free(fx->events);
	free(fx);
}

/* --- verbs --------------------------------------------------------------------------------- */

void
fx_begin(struct fx *fx)
{
	forget_frames(fx);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		fx->verdicts[v] = fx_verdict(fx, (enum cgn_verdict)v);
	for (unsigned int c = 0; c < CGN_C_COUNT; c++)
		fx->counters[c] = fx_counter(fx, (enum cgn_counter_id)c);
}

static bool
deliver(struct fx *fx)
{
	bool any = false;

	for (unsigned int i = 0; i < fx->n_workers; i++) {
		struct cgn_pktmsg msg[CGN_BURST];
		struct fx_queue *q = &fx->queues[i];
		unsigned int n = RTE_MIN(q->n, (unsigned int)CGN_BURST);

		if (n == 0)
			continue;
		memcpy(msg, q->msg, n * sizeof(*msg));
		q->n -= n;
		memmove(q->msg, q->msg + n, q->n * sizeof(*msg));
		tapfix_pktmsgs(fx, i, msg, n);
		any = true;
	}
	return any;
}

/* Answer for the neighbours that were asked for. */
static bool
resolve(struct fx *fx)
{
	bool any = false;

	for (; fx->n_resolved < fx->n_events; fx->n_resolved++) {
		const struct cgn_evt *evt = &fx->events[fx->n_resolved];
		struct cgn_cmd cmd = { .seq = ++fx->seq, .op = CGN_CMD_NEIGH_SET };
		struct rte_ether_addr mac = fx_mac_of(evt->u.neigh.addr.ip4);
		struct cgn_evt reply;

		if (evt->op != CGN_EVT_NEIGH_WANTED || fx->no_resolve)
			continue;
		cmd.u.neigh = evt->u.neigh;
		memcpy(cmd.u.neigh.mac, mac.addr_bytes, sizeof(cmd.u.neigh.mac));
		tapfix_cmd(fx, evt->worker, &cmd, &reply);
		any = true;
	}
	return any;
}

void
fx_settle(struct fx *fx)
{
	bool again;

	do {
		again = false;
		for (unsigned int i = 0; i < fx->n_workers; i++) {
			again |= tapfix_poll(fx, i);
			if (fx->ledgers[i] != NULL)
				flowledger_read(fx->ledgers[i]);
		}
		again |= deliver(fx);
		again |= resolve(fx);
	} while (again);
}

const struct fx_pkt *
fx_first(const struct fx *fx)
{
	static const struct fx_pkt nothing = { .port = FX_NOWHERE };

	return fx->n_out == 0 || fx->is_flood ? &nothing : &fx->out[0];
}

unsigned int
fx_rx_burst(struct fx *fx, unsigned int port, struct rte_mbuf **m, unsigned int n)
{
	fx_begin(fx);
	fx->received += n;
	tapfix_rx(fx, fx->turn++ % fx->n_workers, (uint16_t)port, m, (uint16_t)n);
	fx_settle(fx);
	return fx->n_out;
}

const struct fx_pkt *
fx_rx(struct fx *fx, unsigned int port, struct rte_mbuf *m)
{
	fx_rx_burst(fx, port, &m, 1);
	return fx_first(fx);
}

const struct fx_pkt *
fx_inject(struct fx *fx, const struct cgn_pktmsg *msg)
{
	fx_begin(fx);
	tapfix_pktmsgs(fx, 0, msg, 1);
	fx_settle(fx);
	return fx_first(fx);
}

const struct fx_pkt *
fx_inside(struct fx *fx, struct rte_mbuf *m)
{
	bool is_10 = (pg_ip(m)->src_addr & RTE_BE32(0xff000000)) == RTE_BE32(0x0a000000);

	return fx_rx(fx, is_10 && fx->conf.n_ports > FX_INSIDE2 ? FX_INSIDE2 : FX_INSIDE, m);
}

const struct fx_pkt *
fx_outside(struct fx *fx, struct rte_mbuf *m)
{
	return fx_rx(fx, FX_OUTSIDE, m);
}

void
fx_advance_s(struct fx *fx, double s)
{
	cgn_tick end = fx->now + (cgn_tick)(s * CGN_TICK_HZ + 0.5);
	cgn_tick step = s <= 30 ? 1 : CGN_TICK_HZ;

	fx_begin(fx);
	while (fx->now != end) {
		fx->now += RTE_MIN(step, end - fx->now);
		fx_settle(fx);
	}
}

/* --- what happened ------------------------------------------------------------------------- */

uint64_t
fx_verdict(const struct fx *fx, enum cgn_verdict v)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		sum += cgn_counter_get(&cgn_engine_stats(fx->engines[i])->verdict[v]);
	return sum;
}

uint64_t
fx_counter(const struct fx *fx, enum cgn_counter_id c)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		sum += cgn_counter_get(&cgn_engine_stats(fx->engines[i])->counter[c]);
	return sum;
}

uint64_t
fx_gauge(const struct fx *fx, enum cgn_gauge_id g)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++)
		sum += cgn_counter_get(&cgn_engine_stats(fx->engines[i])->gauge[g]);
	return sum;
}

uint64_t
fx_rose(const struct fx *fx, enum cgn_verdict v)
{
	return fx_verdict(fx, v) - fx->verdicts[v];
}

uint64_t
fx_counted(const struct fx *fx, enum cgn_counter_id c)
{
	return fx_counter(fx, c) - fx->counters[c];
}

void
fx_check_dropped(const struct fx *fx, enum cgn_verdict v, unsigned int n_out, const char *file,
		int line)
{
	if (fx->n_out != n_out)
		fx_fail(file, line, "%u frames left, not %u", fx->n_out, n_out);
	if (fx_rose(fx, v) == 1)
		return;
	for (unsigned int i = 0; i < CGN_V_COUNT; i++) {
		if (fx_rose(fx, (enum cgn_verdict)i) != 0)
			fx_fail(file, line, "verdict is %s, not %s",
					cgn_verdict_name((enum cgn_verdict)i), cgn_verdict_name(v));
	}
	fx_fail(file, line, "verdict is not %s", cgn_verdict_name(v));
}

void
fx_check_books(struct fx *fx, const char *file, int line)
{
	for (unsigned int i = 0; i < fx->n_workers; i++) {
		const char *bad = books_check(fx->engines[i], fx->is_swapped, &fx->forgotten[i]);

		if (bad == NULL && fx->ledgers[i] != NULL)
			bad = flowledger_check(fx->ledgers[i], fx->engines[i]);
		if (bad != NULL)
			fx_fail(file, line, "worker %u: %s", i, bad);
	}
}

void
fx_check_pkt(const struct fx_pkt *p, unsigned int port, const char *src, unsigned int sport,
		const char *dst, unsigned int dport, const char *file, int line)
{
	if (!p->left)
		fx_fail(file, line, "no frame left");
	else if (p->port != port || strcmp(p->src, src) != 0 || p->sport != sport ||
			strcmp(p->dst, dst) != 0 || p->dport != dport)
		fx_fail(file, line, "port %u %s:%u > %s:%u, not port %u %s:%u > %s:%u", p->port,
				p->src, p->sport, p->dst, p->dport, port, src, sport, dst, dport);
}
