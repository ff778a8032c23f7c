/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any octets as saved state of workers: the reader, and all tables that it fills.
 *
 * Input: a flag octet, then octets. With flag 1 they are a whole chunk. Otherwise they are records, and they get a header
 * with a right checksum and a right number of records: else nothing behind the checksum would ever be reached. Flag 2:
 * they are read twice. Flag 4: the chunk is a day old. Flag 8: it is of another worker.
 *
 * Checked: every record is counted once; the counts of all tables agree with what is in them, after reading, and after
 * a day in which most of it ends; what is there can be saved, and read again without a loss.
 */

#include "dataplane/engine/engine.h"
#include "dataplane/engine/snapshot.h"
#include "shared/state_counts.h"
#include "shared/state_scan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/books.h"
#include "tests/support/eal.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW_MS UINT64_C(200000000)
#define DAY_S  86400u

static struct rte_mempool *mp;
static struct cgn_steer steer;
static struct cgn_snapshot *snapshot; /* of all engines: none gets a packet */

/* The chunk in hand. */
struct input {
	uint8_t octets[CGN_STATE_CHUNK_MAX];
	uint32_t len;
	uint32_t n_records; /* 0: the input is a whole chunk */
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_state: %s\n", what);
	abort();
}

static uint16_t
op_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	(void)ctx;
	(void)port;
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

static bool
op_event(void *ctx, const struct cgn_evt *evt)
{
	(void)ctx;
	(void)evt;
	return true;
}

/* 100.64.0.0/10 and the homes of 2001:db8:100::/40 share a few addresses. */
static const struct cgn_conf *
configuration(void)
{
	static struct cgn_range4 range = { RTE_IPV4(198, 51, 100, 0), RTE_IPV4(198, 51, 100, 15) };
	static struct cgn_prefix prefixes[] = {
		{ .ip4 = RTE_BE32(RTE_IPV4(100, 64, 0, 0)), .len = 10 },
		{ .ip6.b = { 0x20, 0x01, 0x0d, 0xb8, 0x01 }, .len = 40, .is_ip6 = true },
	};
	static struct cgn_conf_port ports[] = {
		{ .name = "inside0", .side = CGN_SIDE_INSIDE, .mtu = 1500 },
		{ .name = "outside0", .side = CGN_SIDE_OUTSIDE, .mtu = 1500 },
	};
	static struct cgn_conf_pool pool = { .name = "pool0",
		.ranges = &range,
		.n_ranges = 1,
		.n_addresses = 16,
		.port_min = 1024,
		.port_max = 65535 };
	static struct cgn_conf_group group = { .name = "all",
		.prefixes = prefixes,
		.n_prefixes = RTE_DIM(prefixes),
		.subscriber_prefix_len = 32,
		.subscriber_prefix6_len = 56,
		.block_size = 64,
		.blocks_max = 20,
		.sessions_max = 64,
		.leases_max = 64 };
	static struct cgn_conf_static static_mapping = { .proto = CGN_PROTO_TCP,
		.in_addr = RTE_BE32(RTE_IPV4(100, 64, 0, 10)),
		.in_port = 80,
		.ext_addr = RTE_BE32(RTE_IPV4(198, 51, 100, 3)),
		.ext_port = 8080 };
	static const struct cgn_conf conf = {
		.workers = 1,
		.ports = ports,
		.n_ports = RTE_DIM(ports),
		.pools = &pool,
		.n_pools = 1,
		.groups = &group,
		.n_groups = 1,
		.nat = { .hold_down_s = 120,
				.hold_down_max = 64,
				.block_guard_s = 1500,
				.mappings_max = 256,
				.sessions_max = 64,
				.fragments_max = 8,
				.syn_hold_max = 8,
				.notify_interval_s = 20,
				.icmp_errors_per_s = 1000,
				.statics = &static_mapping,
				.n_statics = 1,
				.timeouts = { 300, 60, 7440, 240, 240, 2 } },
		.natpmp.role = CGN_NATPMP_SERVER,
		.softwire = { .role = CGN_SOFTWIRE_AFTR, .tunnel_mtu = 1500, .hop_limit = 64 },
	};

	return &conf;
}

/* What all inputs share. */
static void
begin(void)
{
	char why[CGN_BOOK_WHY_MAX];

	mp = eal_pool(1023);
	cgn_steer_init(&steer, 1, cgn_steer_default_key);
	must(cgn_snapshot_create(&snapshot, configuration(), &steer, NULL, NULL, why) == 0,
			"no snapshot");
}

static struct cgn_engine *
start(cgn_tick now)
{
	static const struct cgn_engine_ops ops = { .tx = op_tx, .event = op_event };
	static const struct cgn_pkt_port ports[2];
	const struct cgn_engine_cfg cfg = {
		.snapshot = snapshot,
		.steer = &steer,
		.mp = mp,
		.ports = ports,
		.ops = &ops,
		.awaits_state = true,
		.now = now,
	};
	struct cgn_engine *e;

	must(cgn_engine_create(&e, &cfg) == 0, "no engine");
	return e;
}

static void
check_books(const struct cgn_engine *e, const char *when)
{
	static const struct books_forgotten nothing;
	const char *bad = books_check(e, false, &nothing);

	if (bad != NULL)
		fprintf(stderr, "%s: %s\n", when, bad);
	must(bad == NULL, "the books are wrong");
}

/* Make the chunk of an input. */
static void
make_chunk(struct input *in, const uint8_t *data, size_t size, uint8_t flags)
{
	struct cgn_state_chunk h = {
		.version = RTE_LE16(CGN_STATE_VERSION),
		.kind = CGN_STATE_OF_WORKER,
		.worker = rte_cpu_to_le_16((flags & 8) != 0),
		.n_workers = RTE_LE16(1),
		.time_ms = rte_cpu_to_le_64(NOW_MS - ((flags & 4) != 0 ? DAY_S * 1000 : 0)),
	};
	struct cgn_state_record r;
	size_t head = (flags & 1) != 0 ? 0 : sizeof(h);

	size = RTE_MIN(size, sizeof(in->octets) - head);
	in->len = (uint32_t)(head + size);
	in->n_records = 0;
	memcpy(in->octets + head, data, size);
	if (head == 0)
		return;
	/* The last record may be cut off: then the chunk ends in front of it. */
	for (uint32_t at = sizeof(h);;) {
		bool is_whole = in->len - at >= sizeof(r);

		if (is_whole) {
			memcpy(&r, in->octets + at, sizeof(r));
			is_whole = r.length != 0 && rte_le_to_cpu_16(r.length) % 8 == 0 &&
					rte_le_to_cpu_16(r.length) <= in->len - at;
		}
		if (!is_whole) {
			in->len = at;
			break;
		}
		at += rte_le_to_cpu_16(r.length);
		in->n_records++;
	}
	memcpy(h.magic, CGN_STATE_MAGIC, sizeof(h.magic));
	h.length = rte_cpu_to_le_32(in->len);
	h.n_records = rte_cpu_to_le_32(in->n_records);
	memcpy(in->octets, &h, sizeof(h));
	h.checksum = rte_cpu_to_le_32(cgn_state_scan_checksum(in->octets, in->len));
	memcpy(in->octets, &h, sizeof(h));
}

static uint64_t
sum(const struct cgn_state_counts *c)
{
	uint64_t n = 0;

	for (unsigned int why = 0; why < CGN_STATE_DROP_COUNT; why++)
		n += cgn_state_counts_dropped(c, (enum cgn_state_drop)why);
	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++)
		n += c->taken[type] + c->foreign[type];
	return n;
}

static int
load(struct cgn_engine *e, const void *chunk, uint32_t len, struct cgn_state_counts *counts,
		cgn_tick now)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_LOAD };
	struct cgn_evt reply;

	cmd.u.state = (struct cgn_cmd_state){
		.time_ms = NOW_MS, .in = chunk, .len = len, .counts = counts
	};
	cgn_engine_cmd(e, &cmd, &reply, now);
	return reply.ret;
}

static void
tell(struct cgn_engine *e, enum cgn_cmd_op op, cgn_tick now)
{
	const struct cgn_cmd cmd = { .op = (uint16_t)op };
	struct cgn_evt reply;

	cgn_engine_cmd(e, &cmd, &reply, now);
	must(reply.ret == 0, "a command failed");
}

/* Save an engine, and load that into another one: nothing may be lost. */
static void
go_on(struct cgn_engine *e, cgn_tick now)
{
	static uint8_t chunk[CGN_STATE_CHUNK_MAX] __attribute__((aligned(8)));
	struct cgn_engine *next = start(now);
	struct cgn_state_counts counts = { 0 };
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_SAVE };
	struct cgn_evt reply;

	tell(e, CGN_CMD_PAUSE, now);
	cmd.u.state = (struct cgn_cmd_state){
		.time_ms = NOW_MS, .out = chunk, .len = sizeof(chunk)
	};
	do {
		cgn_engine_cmd(e, &cmd, &reply, now);
		must(reply.ret == 0, "it cannot be saved");
		must(load(next, chunk, reply.u.state.len, &counts, now) == 0,
				"what was saved cannot be read");
		cmd.u.state.cursor = reply.u.state.cursor;
	} while (!reply.u.state.done);
	for (unsigned int why = 0; why < CGN_STATE_DROP_COUNT; why++) {
		if (why != CGN_STATE_DROP_OVER)
			must(cgn_state_counts_dropped(&counts, (enum cgn_state_drop)why) == 0,
					cgn_state_counts_drop_name((enum cgn_state_drop)why));
	}
	check_books(next, "gone on");
	cgn_engine_destroy(next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	struct cgn_state_counts counts = { 0 };
	cgn_tick now = 1000 * CGN_TICK_HZ;
	unsigned int times;
	struct cgn_engine *e;

	if (size == 0)
		return 0;
	if (mp == NULL)
		begin();
	make_chunk(&in, data + 1, size - 1, data[0]);
	times = (data[0] & 2) != 0 ? 2 : 1;
	e = start(now);
	for (unsigned int i = 0; i < times; i++) {
		/* A copy of exactly this size, so that a sanitizer sees a read behind it. */
		uint8_t *copy = malloc(in.len + 1);
		int ret;

		must(copy != NULL, "no memory");
		memcpy(copy, in.octets, in.len);
		ret = load(e, copy, in.len, &counts, now);
		free(copy);
		if (in.n_records != 0)
			must(ret == 0, "a right chunk is refused");
	}
	if (in.n_records != 0)
		must(sum(&counts) == (uint64_t)times * in.n_records, "records are not counted");
	check_books(e, "read");
	tell(e, CGN_CMD_STATE_LOADED, now);
	check_books(e, "loaded");
	if ((size & 1) != 0) {
		go_on(e, now);
	} else {
		for (unsigned int i = 0; i < 24 * 4; i++) {
			now += cgn_ticks(DAY_S / 24 / 4);
			for (unsigned int k = 0; k < 64 && cgn_engine_poll(e, now); k++)
				;
		}
		check_books(e, "a day later");
	}
	cgn_engine_destroy(e);
	must(rte_mempool_avail_count(mp) == 1023, "a packet buffer is lost");
	return 0;
}
