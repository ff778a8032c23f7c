/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The engine of one worker: creation, and the entry points that the worker calls. It decides which stage a
 * burst begins with, and sends what the stages have queued when a call ends.
 */
#include "dataplane/engine/engine.h"

#include "dataplane/engine/b4.h"
#include "dataplane/engine/command.h"
#include "dataplane/engine/context.h"
#include "dataplane/engine/decap.h"
#include "dataplane/engine/dispatch.h"
#include "dataplane/engine/hairpin.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/inject.h"
#include "dataplane/engine/inside.h"
#include "dataplane/engine/outside.h"
#include "dataplane/engine/reassemble6.h"
#include "dataplane/engine/snapshot.h"
#include "dataplane/engine/source.h"
#include "dataplane/engine/swap.h"
#include "dataplane/engine/tcp_reset.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/static_turn.h"
#include "dataplane/nat/subscriber_group.h"
#include "dataplane/nat/subscriber_restore.h"
#include "dataplane/pkt/parse.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_malloc.h>

/* Mappings and other things that one housekeeping call ends, all kinds together. Ending a mapping takes about 1700
 * cycles in a table of a million, so packets wait some 20 microseconds. */
#define POLL_BUDGET 32

/* If more than 1/MIXED_PART of a burst goes to other workers, the next burst is dispatched. */
#define MIXED_PART 8

/* Each side has its own table of shares: invented senders of one side must not use up the shares of the
 * other. */
static int
init_limits(struct cgn_engine *e)
{
	struct cgn_rand *rnd = &e->nat.rnd;
	int ret;

	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
		cgn_bucket_init(&e->icmp_tokens[side], e->now);
		cgn_shares_init(&e->icmp_shares[side], cgn_rand_u64(rnd), e->now);
	}
	ret = cgn_source_init(e);
	if (ret < 0)
		return ret;
	return cgn_punt_limits_init(&e->punts, e->conf, &e->out.neighs, &e->owner, rnd, e->now);
}

static int
engine_init_tables(struct cgn_engine *e, const struct cgn_engine_cfg *cfg)
{
	int ret = cgn_out_init(&e->out, cfg, e->conf, &e->stats);

	if (ret == 0)
		ret = cgn_nat_init(&e->nat, &cfg->snapshot->nat, cfg->worker, cfg->seed, &e->stats,
				cfg->records, cfg->n_subscribers, cfg->now);
	if (ret == 0) {
		cgn_subscriber_restore_await(e->nat.subs, cfg->awaits_state);
		ret = cgn_static_turn_start(&e->nat, &cfg->snapshot->nat.statics, cfg->now);
	}
	/* From here on the NAT's random numbers are used. */
	if (ret == 0)
		ret = init_limits(e);
	if (ret == 0)
		ret = cgn_reassembly_create(&e->frags, RTE_MAX(e->conf->nat.fragments_max, 8u),
				cgn_rand_u32(&e->nat.rnd), (int)rte_socket_id());
	if (ret == 0)
		ret = cgn_tunnel_create(e);
	if (ret == 0)
		ret = cgn_reassemble6_init(e);
	return ret;
}

/* Whether a subscriber belongs to this worker. */
static bool
engine_is_mine(const void *ctx, const struct cgn_ip *addr)
{
	const struct cgn_engine *e = ctx;

	return (addr->is_ip6 ? cgn_owner_of6(&e->owner, &addr->ip6)
			     : cgn_owner_of(&e->owner, addr->ip4)) == e->worker;
}

int
cgn_engine_create(struct cgn_engine **out, const struct cgn_engine_cfg *cfg)
{
	struct cgn_engine *e = aligned_alloc(
			RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*e), RTE_CACHE_LINE_SIZE));
	int ret;

	if (e == NULL)
		return -ENOMEM;
	memset(e, 0, sizeof(*e));
	e->steer = cfg->steer;
	e->worker = cfg->worker;
	e->records = cfg->records;
	e->n_workers = cfg->snapshot->n_workers;
	e->now = cfg->now;
	cgn_swap_begin(e, cfg->snapshot);
	e->handover = aligned_alloc(RTE_CACHE_LINE_SIZE, e->n_workers * sizeof(*e->handover));
	ret = -ENOMEM;
	if (e->handover != NULL) {
		memset(e->handover, 0, e->n_workers * sizeof(*e->handover));
		ret = engine_init_tables(e, cfg);
	}
	if (ret < 0) {
		cgn_engine_destroy(e);
		return ret;
	}
	e->nat.check_source = cgn_source_check;
	e->nat.reset = cgn_tcp_reset_ends;
	e->nat.probe = cgn_tcp_reset_probe;
	e->nat.home = cgn_tunnel_home;
	e->nat.b4 = cgn_tunnel_b4;
	e->nat.engine = e;
	cgn_subscriber_group_set_mine(e->nat.subs, engine_is_mine, e);
	*out = e;
	return 0;
}

void
cgn_engine_destroy(struct cgn_engine *e)
{
	if (e == NULL)
		return;
	cgn_reassembly_destroy(e->frags);
	cgn_reassemble6_fini(e);
	cgn_tunnel_destroy(e->tunnel);
	cgn_nat_fini(&e->nat);
	cgn_out_fini(&e->out);
	cgn_punt_limits_fini(&e->punts);
	cgn_source_fini(e);
	free(e->handover);
	free(e);
}

/* Second half of a hairpin: a packet that another worker has translated, or one that cgnd made itself. */
static void
take_hairpin(struct cgn_engine *e, const struct cgn_pktmsg *msg)
{
	struct cgn_pkt p = { .m = msg->m, .port = msg->port, .side = CGN_SIDE_OUTSIDE };
	enum cgn_verdict v = cgn_parse(&p, &e->out.ports[msg->port]);

	if (msg->verdict == CGN_V_NONE)
		p.flags |= CGN_PF_OWN;
	if (msg->frag_size != 0) {
		p.flags |= CGN_PF_WAS_FRAG;
		p.frag_size = msg->frag_size;
	}
	if (v == CGN_V_NONE)
		cgn_hairpin_received(e, &p);
	else
		cgn_context_drop(e, &p, v);
}

/* End a call: forward packets that were made for pool addresses, then send everything that is queued to
 * devices and workers. */
static void
engine_end_call(struct cgn_engine *e)
{
	/* The list does not grow here: nothing answers a packet that cgnd made. */
	for (unsigned int i = 0; i < e->n_own; i++)
		take_hairpin(e, &e->own[i]);
	e->n_own = 0;
	cgn_out_flush(&e->out);
	for (unsigned int i = 0; i < e->n_workers; i++) {
		if (e->handover[i].n != 0)
			cgn_context_flush_handover(e, i);
	}
}

static void
engine_walk(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	if (unlikely(e->conf->softwire.role == CGN_SOFTWIRE_B4))
		cgn_b4_burst(e, port, m, n);
	else if (e->conf->ports[port].side == CGN_SIDE_OUTSIDE)
		cgn_outside_burst(e, port, m, n);
	else if (unlikely(e->tunnel != NULL))
		cgn_decap_burst(e, port, m, n);
	else
		cgn_inside_burst(e, port, m, n);
}

/* Drop packets that came after the pause. */
static void
drop_paused(struct cgn_engine *e, struct rte_mbuf **m, unsigned int n)
{
	cgn_counter_add(&e->stats.verdict[CGN_V_SHUTDOWN], n);
	rte_pktmbuf_free_bulk(m, n);
}

/* The same for a packet on its way to a pool address. One that cgnd has made has no verdict. */
static void
drop_paused_hairpin(struct cgn_engine *e, const struct cgn_pktmsg *msg)
{
	if (msg->verdict != CGN_V_NONE)
		cgn_counter_add(&e->stats.verdict[CGN_V_SHUTDOWN], 1);
	rte_pktmbuf_free(msg->m);
}

void
cgn_engine_coming(struct cgn_engine *e, struct rte_mbuf *const *m, unsigned int n)
{
	e->coming = m;
	e->coming_end = m + n;
}

void
cgn_engine_rx(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now)
{
	uint64_t handed = e->n_handed;
	uint16_t kept = n;

	cgn_context_set_now(e, now);
	if (unlikely(e->is_paused)) {
		drop_paused(e, m, n);
		return;
	}
	/* Dispatching is an extra pass over the burst. It pays only while many packets belong to other
	 * workers, which the last burst of the port tells. */
	e->must_check_owner = e->n_workers > 1 && !e->is_mixed[port];
	if (e->is_mixed[port])
		kept = cgn_dispatch(e, port, m, n);
	engine_walk(e, port, m, kept);
	e->is_mixed[port] = e->n_handed - handed > n / MIXED_PART;
	e->must_check_owner = false;
	engine_end_call(e);
}

void
cgn_engine_pktmsgs(
		struct cgn_engine *e, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now)
{
	struct rte_mbuf *m[CGN_BURST];
	unsigned int i = 0;

	cgn_context_set_now(e, now);
	while (i < n) {
		const struct cgn_pktmsg *msg = &msgs[i];
		uint16_t run = 0;

		/* Consecutive packets of one port are processed as one burst. */
		while (i < n && msgs[i].op == CGN_PKT_RX && msgs[i].port == msg->port)
			m[run++] = msgs[i++].m;
		if (run > 0) {
			cgn_counter_add(&e->stats.counter[CGN_C_HANDOVER_IN], run);
			if (likely(!e->is_paused))
				engine_walk(e, msg->port, m, run);
			else
				drop_paused(e, m, run);
			continue;
		}
		if (msg->op == CGN_PKT_HAIRPIN) {
			cgn_counter_add(&e->stats.counter[CGN_C_HANDOVER_IN], 1);
			if (likely(!e->is_paused))
				take_hairpin(e, msg);
			else
				drop_paused_hairpin(e, msg);
		} else if (msg->op == CGN_PKT_ROUTE || msg->op == CGN_PKT_ROUTE_OUT) {
			cgn_counter_add(&e->stats.counter[CGN_C_INJECTED], 1);
			cgn_inject_route(e, msg->m,
					msg->op == CGN_PKT_ROUTE ? CGN_SIDE_INSIDE
								 : CGN_SIDE_OUTSIDE);
		} else if (msg->op == CGN_PKT_SOFTWIRE) {
			cgn_counter_add(&e->stats.counter[CGN_C_INJECTED], 1);
			cgn_inject_softwire(e, msg->m);
		} else if (msg->op == CGN_PKT_SOFTWIRE_ON) {
			cgn_counter_add(&e->stats.counter[CGN_C_HANDOVER_IN], 1);
			cgn_inject_softwire(e, msg->m);
		} else if (msg->op == CGN_PKT_TX) {
			cgn_counter_add(&e->stats.counter[CGN_C_INJECTED], 1);
			cgn_out_frame(&e->out, msg->port, msg->m, (enum cgn_verdict)msg->verdict);
		} else {
			rte_pktmbuf_free(msg->m);
		}
		i++;
	}
	engine_end_call(e);
}

/* From now on nothing changes any more, so that what is saved fits together. */
static void
engine_pause(struct cgn_engine *e)
{
	cgn_engine_flush(e);
	e->nat.quiesced = true;
	e->is_paused = true;
}

void
cgn_engine_cmd(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply, cgn_tick now)
{
	cgn_context_set_now(e, now);
	cgn_command_run(e, cmd, reply);
	if (cmd->op == CGN_CMD_PAUSE)
		engine_pause(e);
	engine_end_call(e);
}

static void
set_gauges(struct cgn_engine *e)
{
	cgn_nat_gauges(&e->nat);
	if (e->tunnel == NULL) {
		cgn_counter_set(&e->stats.gauge[CGN_G_HELD_FRAGMENTS],
				cgn_reassembly_held(e->frags) + cgn_reassemble6_held(e));
	} else {
		cgn_counter_set(&e->stats.gauge[CGN_G_HELD_FRAGMENTS],
				cgn_reassembly_held(e->frags) + cgn_reassemble6_held(e) +
						cgn_reassembly6_held(e->tunnel->frags));
		cgn_counter_set(&e->stats.gauge[CGN_G_SOFTWIRES], e->tunnel->wires.count);
	}
	cgn_counter_set(&e->stats.gauge[CGN_G_HELD_NEIGH], e->out.neighs.n_held);
	cgn_counter_set(&e->stats.gauge[CGN_G_NEIGHBOURS], e->out.neighs.n_known);
}

/* Drop packets that have waited for too long. @return whether more is due */
static bool
expire_packets(struct cgn_engine *e, cgn_tick now, unsigned int *budget)
{
	unsigned int timed_out = cgn_reassembly_expire(
			e->frags, now, *budget, cgn_icmp_reply_frag_expired, e);
	bool more;

	*budget -= RTE_MIN(*budget, timed_out);
	if (timed_out != 0)
		cgn_counter_add(&e->stats.verdict[CGN_V_FRAG_TIMEOUT], timed_out);
	more = cgn_reassembly_is_due(e->frags, now);
	if (e->tunnel != NULL)
		more |= cgn_tunnel_expire(e, budget);
	more |= cgn_reassemble6_expire(e, budget);
	more |= cgn_icmp_reply_syns(e, budget);
	return more;
}

/* End what is over. All kinds of work share one budget, however many of them are due. @return whether more is due */
static bool
engine_expire(struct cgn_engine *e, cgn_tick now)
{
	unsigned int budget = POLL_BUDGET;
	bool more;

	/* Whoever comes second gets what is left. */
	e->is_nat_last = !e->is_nat_last;
	if (e->is_nat_last) {
		more = expire_packets(e, now, &budget);
		return cgn_nat_expire(&e->nat, now, &budget) || more;
	}
	more = cgn_nat_expire(&e->nat, now, &budget);
	return expire_packets(e, now, &budget) || more;
}

bool
cgn_engine_poll(struct cgn_engine *e, cgn_tick now)
{
	bool more;

	/* Nothing new is due within a tick, so a busy loop only sets the gauges. */
	if (now == e->polled_at && !e->has_more_due) {
		set_gauges(e);
		return false;
	}
	cgn_context_set_now(e, now);
	more = !e->is_paused && engine_expire(e, now);
	if (e->records != NULL)
		(void)cgn_record_door_settle(e->records);
	cgn_out_expire(&e->out);
	more |= cgn_out_sweep(&e->out, POLL_BUDGET);
	set_gauges(e);
	engine_end_call(e);
	e->polled_at = now;
	e->has_more_due = more;
	return more;
}

void
cgn_engine_flush(struct cgn_engine *e)
{
	cgn_counter_add(&e->stats.verdict[CGN_V_SHUTDOWN], cgn_reassembly_flush(e->frags));
	cgn_counter_add(&e->stats.verdict[CGN_V_SHUTDOWN], cgn_reassemble6_flush(e));
	if (e->tunnel != NULL)
		cgn_counter_add(&e->stats.verdict[CGN_V_SHUTDOWN],
				cgn_reassembly6_flush(e->tunnel->frags));
	cgn_out_drop_held(&e->out);
	engine_end_call(e);
	set_gauges(e);
}

struct cgn_stats *
cgn_engine_stats(struct cgn_engine *e)
{
	return &e->stats;
}

struct cgn_record_door *
cgn_engine_records(struct cgn_engine *e)
{
	return e->records;
}
