/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_STUB_ENGINE_H
#define CGN_TEST_STUB_ENGINE_H

/**
 * @file
 * A simple engine for tests of the code around the engine. The first octets of a frame say what it does:
 *
 *   'T' port          send by the port, as 'D' 'H' worker port   hand over to the worker, which sends by
 *   the port, as 'D' 'P'               punt 'D'               it arrived: counted as CGN_V_IN and freed
 *
 * Verdicts are counted as in the real engine. The reply to a command has the port of u.neigh as ret.
 */

#include "dataplane/engine/engine.h"

#include <stdlib.h>

struct cgn_engine {
	struct cgn_stats stats;
	const struct cgn_engine_ops *ops;
	void *ctx;
	unsigned int worker;
	unsigned int n_polls;
	cgn_tick last;
	bool want_event; /* the next command sends an event before its reply */
	bool is_flushed;
	unsigned int n_coming;   /* of the last list of cgn_engine_coming() that had frames */
	unsigned int n_at_pause; /* verdicts when CGN_CMD_PAUSE came */
	struct cgn_record_door *records; /* as created, until the command CGN_CMD_RECORDS */
};

static struct cgn_engine *stub_engines[CGN_WORKERS_MAX];

int
cgn_engine_create(struct cgn_engine **out, const struct cgn_engine_cfg *cfg)
{
	struct cgn_engine *e = aligned_alloc(64, sizeof(*e));

	if (e == NULL)
		return -1;
	*e = (struct cgn_engine){
		.ops = cfg->ops, .ctx = cfg->ctx, .worker = cfg->worker, .records = cfg->records
	};
	stub_engines[cfg->worker] = e;
	*out = e;
	return 0;
}

void
cgn_engine_coming(struct cgn_engine *e, struct rte_mbuf *const *m, unsigned int n)
{
	(void)m;
	if (n > 0)
		e->n_coming = n;
}

struct cgn_record_door *
cgn_engine_records(struct cgn_engine *e)
{
	return e->records;
}

void
cgn_engine_destroy(struct cgn_engine *e)
{
	free(e);
}

static void
stub_end(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_verdict v)
{
	cgn_counter_add(&e->stats.verdict[v], 1);
	if (m != NULL)
		rte_pktmbuf_free(m);
}

static void
stub_send(struct cgn_engine *e, struct rte_mbuf *m, uint16_t port)
{
	rte_pktmbuf_mtod(m, uint8_t *)[0] = 'D';
	if (e->ops->tx(e->ctx, port, &m, 1) == 1)
		stub_end(e, NULL, CGN_V_OUT);
	else
		stub_end(e, m, CGN_V_TX_FULL);
}

static void
stub_handover(struct cgn_engine *e, struct rte_mbuf *m, uint16_t port)
{
	const struct cgn_pktmsg msg = { .m = m, .op = CGN_PKT_RX, .port = (uint8_t)port };

	if (e->ops->handover(e->ctx, rte_pktmbuf_mtod(m, uint8_t *)[1], &msg, 1) == 1)
		cgn_counter_add(&e->stats.counter[CGN_C_HANDOVER_OUT], 1);
	else
		stub_end(e, m, CGN_V_HANDOVER_FULL);
}

static void
stub_punt(struct cgn_engine *e, struct rte_mbuf *m, uint16_t port)
{
	const struct cgn_pktmsg msg = { .m = m, .op = CGN_PKT_PUNT, .port = (uint8_t)port };

	if (e->ops->punt(e->ctx, &msg, 0))
		stub_end(e, NULL, CGN_V_LOCAL);
	else
		stub_end(e, m, CGN_V_PUNT_FULL);
}

void
cgn_engine_rx(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now)
{
	e->last = now;
	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *data = rte_pktmbuf_mtod(m[i], const uint8_t *);

		if (data[0] == 'T')
			stub_send(e, m[i], data[1]);
		else if (data[0] == 'H')
			stub_handover(e, m[i], port);
		else if (data[0] == 'P')
			stub_punt(e, m[i], port);
		else
			stub_end(e, m[i], data[0] == 'D' ? CGN_V_IN : CGN_V_L2_ETHERTYPE);
	}
}

void
cgn_engine_pktmsgs(
		struct cgn_engine *e, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now)
{
	e->last = now;
	for (unsigned int i = 0; i < n; i++) {
		if (msgs[i].op == CGN_PKT_RX)
			stub_send(e, msgs[i].m, rte_pktmbuf_mtod(msgs[i].m, uint8_t *)[2]);
		else
			stub_send(e, msgs[i].m, msgs[i].port);
	}
}

void
cgn_engine_cmd(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply, cgn_tick now)
{
	const struct cgn_evt evt = { .op = CGN_EVT_NEIGH_WANTED };

	if (cmd->op == CGN_CMD_RECORDS)
		e->records = cmd->u.records.door;
	if (cmd->op == CGN_CMD_PAUSE)
		e->n_at_pause = (unsigned int)cgn_counter_get(&e->stats.verdict[CGN_V_IN]);
	e->last = now;
	if (e->want_event && !e->ops->event(e->ctx, &evt))
		cgn_counter_add(&e->stats.counter[CGN_C_EVENTS_LOST], 1);
	reply->ret = cmd->u.neigh.port;
}

bool
cgn_engine_poll(struct cgn_engine *e, cgn_tick now)
{
	e->last = now;
	e->n_polls++;
	return false;
}

void
cgn_engine_flush(struct cgn_engine *e)
{
	e->is_flushed = true;
}

struct cgn_stats *
cgn_engine_stats(struct cgn_engine *e)
{
	return &e->stats;
}

#endif /* CGN_TEST_STUB_ENGINE_H */
