/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Saves and loads the state of an engine, chunk by chunk.
 */
#include "dataplane/engine/keep.h"

#include "dataplane/engine/context.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/subscriber_restore.h"
#include "dataplane/state/state_read.h"
#include "dataplane/state/state_write.h"
#include "shared/state_scan.h"

#include <errno.h>

/* Records that the shortest records of a chunk may cause: each mapping begins, and so does its connection. */
#define RECORDS_MAX (2 * CGN_STATE_CHUNK_MAX / sizeof(struct cgn_state_block))

static bool
keep_is_owner(const void *engine, const struct cgn_ip *prefix)
{
	const struct cgn_engine *e = engine;
	unsigned int worker = prefix->is_ip6 ? cgn_owner_of6(&e->owner, &prefix->ip6)
					     : cgn_owner_of(&e->owner, prefix->ip4);

	return worker == e->worker;
}

static uint32_t
keep_add_home(void *engine, const struct cgn_ip6 *b4)
{
	struct cgn_engine *e = engine;

	return cgn_tunnel_add(e, cgn_subscribers_group6(e->nat.subs, b4), b4);
}

static struct cgn_state_tables
tables_of(struct cgn_engine *e)
{
	bool is_aftr = e->conf->softwire.role == CGN_SOFTWIRE_AFTR;

	return (struct cgn_state_tables){
		.nat = &e->nat,
		.wires = is_aftr ? &e->tunnel->wires : NULL,
		.worker = (uint16_t)e->worker,
		.n_workers = (uint16_t)e->n_workers,
		.is_owner = keep_is_owner,
		.add_home = keep_add_home,
		.engine = e,
	};
}

int
cgn_keep_save(struct cgn_engine *e, const struct cgn_cmd_state *cmd, struct cgn_evt_state *reply)
{
	const struct cgn_state_tables t = tables_of(e);
	struct cgn_state_write w = {
		.cursor = cmd->cursor, .time_ms = cmd->time_ms, .serial = cmd->serial
	};

	if (cmd->len < CGN_STATE_CHUNK_MAX)
		return -EINVAL;
	do {
		reply->len += cgn_state_write_chunk(
				&t, &w, (uint8_t *)cmd->out + reply->len, e->now);
		w.serial++;
	} while (!w.done && cmd->len - reply->len >= CGN_STATE_CHUNK_MAX);
	reply->cursor = w.cursor;
	reply->done = w.done;
	return 0;
}

static int
load_chunk(struct cgn_engine *e, const struct cgn_cmd_state *cmd, const void *chunk, uint32_t len)
{
	const struct cgn_state_tables t = tables_of(e);
	const struct cgn_state_read r = {
		.chunk = chunk, .len = len, .time_ms = cmd->time_ms, .counts = cmd->counts
	};
	int ret;

	/* A small ring must be empty. */
	if (!cgn_record_door_has_room(e->records, RECORDS_MAX))
		return -EAGAIN;
	if (e->records != NULL)
		e->records->is_restoring = true;
	ret = cgn_state_read_chunk(&t, &r, e->now);
	if (e->records != NULL)
		e->records->is_restoring = false;
	return ret;
}

int
cgn_keep_load(struct cgn_engine *e, const struct cgn_cmd_state *cmd, struct cgn_evt_state *reply)
{
	int ret = 0;

	while (ret == 0 && reply->len < cmd->len) {
		const uint8_t *chunk = (const uint8_t *)cmd->in + reply->len;
		uint32_t left = cmd->len - reply->len, len = cgn_state_scan_length(chunk, left);

		/* What is no chunk, or is cut off, is for the reader to refuse. */
		len = len == 0 || len > left ? left : len;
		ret = load_chunk(e, cmd, chunk, len);
		if (ret == 0)
			reply->len += len;
	}
	return ret;
}

void
cgn_keep_loaded(struct cgn_engine *e)
{
	cgn_subscriber_restore_await(e->nat.subs, false);
	for (size_t i = 0; i < e->conf->nat.n_statics; i++) {
		uint32_t sub = cgn_subscribers_find4(e->nat.subs, e->conf->nat.statics[i].in_addr);

		if (sub != CGN_SUB_NONE)
			cgn_subscriber_restore_first_block(e->nat.subs, sub);
	}
}
