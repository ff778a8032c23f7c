/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/statefix.h"

#include "tests/support/fixture_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include <CUnit/CUnit.h>

#define TIME_MS UINT64_C(7000000) /* of the clock of the format, when sx_restart() saves */

static void *
grow(void *p, size_t octets)
{
	p = realloc(p, octets);
	if (p == NULL)
		abort();
	return p;
}

struct sx *
sx_new(uint64_t time_ms)
{
	struct sx *s = grow(NULL, sizeof(*s));

	*s = (struct sx){ .time_ms = time_ms };
	return s;
}

void
sx_free(struct sx *s)
{
	if (s == NULL)
		return;
	free(s->octets);
	free(s->pairings);
	free(s);
}

/* Take over a chunk, and its pairings. */
static void
add_chunk(struct sx *s, const void *chunk, uint32_t len)
{
	struct cgn_state_pairing p;
	uint32_t at = 0;

	s->octets = grow(s->octets, s->len + len);
	memcpy(s->octets + s->len, chunk, len);
	s->len += len;
	s->n_chunks++;
	while (cgn_state_scan_pairing(chunk, &at, &p)) {
		s->pairings = grow(s->pairings, (s->n_pairings + 1) * sizeof(p));
		s->pairings[s->n_pairings++] = p;
	}
}

void
sx_append(struct sx *s, struct fx *fx, unsigned int worker)
{
	static uint8_t chunk[CGN_STATE_CHUNK_MAX] __attribute__((aligned(8)));
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_SAVE };
	struct cgn_state_info info;
	struct cgn_evt reply;

	cmd.u.state = (struct cgn_cmd_state){
		.time_ms = s->time_ms, .out = chunk, .len = sizeof(chunk)
	};
	do {
		CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, worker, &cmd, &reply), 0);
		CU_ASSERT_EQUAL_FATAL(cgn_state_scan_check(chunk, reply.u.state.len, &info), 0);
		CU_ASSERT_EQUAL(info.serial, cmd.u.state.serial);
		CU_ASSERT_EQUAL(info.worker, worker);
		CU_ASSERT_EQUAL(info.n_workers, fx->n_workers);
		CU_ASSERT_EQUAL(info.time_ms, s->time_ms);
		CU_ASSERT_EQUAL(info.flags, reply.u.state.done ? CGN_STATE_LAST : 0);
		add_chunk(s, chunk, reply.u.state.len);
		cmd.u.state.cursor = reply.u.state.cursor;
		cmd.u.state.serial++;
	} while (!reply.u.state.done);
}

struct sx *
sx_save(struct fx *fx, uint64_t time_ms)
{
	struct sx *s = sx_new(time_ms);
	struct cgn_evt reply;

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_PAUSE };

		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
	for (unsigned int w = 0; w < fx->n_workers; w++)
		sx_append(s, fx, w);
	return s;
}

void
sx_put(struct sx *s, const struct sx_record *records, unsigned int n, unsigned int worker,
		unsigned int n_workers)
{
	static uint8_t chunk[CGN_STATE_CHUNK_MAX] __attribute__((aligned(8)));
	struct cgn_state_chunk h = {
		.version = RTE_LE16(CGN_STATE_VERSION),
		.kind = CGN_STATE_OF_WORKER,
		.worker = rte_cpu_to_le_16((uint16_t)worker),
		.n_workers = rte_cpu_to_le_16((uint16_t)n_workers),
		.n_records = rte_cpu_to_le_32(n),
		.time_ms = rte_cpu_to_le_64(s->time_ms),
	};
	uint32_t len = sizeof(h);

	memcpy(h.magic, CGN_STATE_MAGIC, sizeof(h.magic));
	for (unsigned int i = 0; i < n; i++) {
		memcpy(chunk + len, records[i].p, records[i].length);
		len += records[i].length;
	}
	h.length = rte_cpu_to_le_32(len);
	memcpy(chunk, &h, sizeof(h));
	h.checksum = rte_cpu_to_le_32(cgn_state_scan_checksum(chunk, len));
	memcpy(chunk, &h, sizeof(h));
	add_chunk(s, chunk, len);
}

struct sx_record *
sx_records(const struct sx *s, size_t *n)
{
	struct sx_record *out = NULL;
	size_t size = 0;

	*n = 0;
	for (size_t at = 0; at < s->len; at += cgn_state_scan_length(s->octets + at, s->len - at)) {
		uint32_t in_chunk = 0;
		struct sx_record r;

		while ((r.p = cgn_state_scan_next(s->octets + at, &in_chunk, &r.type, &r.length)) !=
				NULL) {
			if (*n == size) {
				size = 2 * size + 64;
				out = grow(out, size * sizeof(*out));
			}
			out[(*n)++] = r;
		}
	}
	return out;
}

size_t
sx_count(const struct sx *s, enum cgn_state_type type)
{
	size_t n, k = 0;
	struct sx_record *r = sx_records(s, &n);

	for (size_t i = 0; i < n; i++)
		k += r[i].type == type;
	free(r);
	return k;
}

struct fx *
sx_start(struct fx *fx, const struct sx *s)
{
	fx->saved = s;
	return fx_start(fx);
}

int
sx_load_chunk(struct fx *fx, unsigned int worker, const void *chunk, uint32_t len, uint64_t time_ms,
		struct cgn_state_counts *counts)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_LOAD };
	struct cgn_evt reply;

	cmd.u.state = (struct cgn_cmd_state){
		.in = chunk, .len = len, .time_ms = time_ms, .counts = counts
	};
	return fx_cmd(fx, worker, &cmd, &reply);
}

uint64_t
sx_dropped(const struct cgn_state_counts *c)
{
	uint64_t n = 0;

	for (unsigned int why = 0; why < CGN_STATE_DROP_COUNT; why++)
		n += cgn_state_counts_dropped(c, (enum cgn_state_drop)why);
	return n;
}

void
sx_print_drops(const struct cgn_state_counts *c)
{
	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++) {
		for (unsigned int why = 0; why < CGN_STATE_DROP_COUNT; why++) {
			if (c->dropped[type][why] != 0)
				printf("  %s: %lu dropped because of %s\n",
						cgn_state_counts_type_name(
								(enum cgn_state_type)type),
						(unsigned long)c->dropped[type][why],
						cgn_state_counts_drop_name(
								(enum cgn_state_drop)why));
		}
	}
}

/* @return number of chunks that workers have refused */
static unsigned int
load_all(struct fx *fx, const struct sx *s, uint64_t time_ms, struct cgn_state_counts *counts)
{
	unsigned int n_refused = 0;
	struct cgn_evt reply;
	uint32_t len;

	for (size_t at = 0; at < s->len; at += len) {
		len = cgn_state_scan_length(s->octets + at, s->len - at);
		for (unsigned int w = 0; w < fx->n_workers && len != 0; w++)
			n_refused += sx_load_chunk(fx, w, s->octets + at, len, time_ms, counts) !=
					0;
		if (len == 0) {
			n_refused++;
			break;
		}
	}
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_STATE_LOADED };

		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	}
	return n_refused;
}

void
sx_load_any(struct fx *fx, const struct sx *s, uint64_t time_ms, struct cgn_state_counts *counts)
{
	*counts = (struct cgn_state_counts){ 0 };
	(void)load_all(fx, s, time_ms, counts);
}

void
sx_load(struct fx *fx, const struct sx *s, uint64_t time_ms, struct cgn_state_counts *counts)
{
	struct cgn_state_counts own = { 0 };

	CU_ASSERT_EQUAL(load_all(fx, s, time_ms, &own), 0);
	if (counts != NULL) {
		*counts = own;
	} else if (sx_dropped(&own) != 0) {
		fx_fail(__FILE__, __LINE__, "records were dropped");
		sx_print_drops(&own);
	}
}

struct fx *
sx_restart(struct fx *fx, struct fx *next, uint64_t pause_ms, struct cgn_state_counts *counts)
{
	struct sx *s = sx_save(fx, TIME_MS);

	fx_free(fx);
	sx_start(next, s);
	sx_load(next, s, TIME_MS + pause_ms, counts);
	FX_BOOKS(next);
	next->saved = NULL;
	sx_free(s);
	return next;
}
