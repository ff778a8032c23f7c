/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * cgn-bench: TSC cycles per packet of the whole engine, from the mbuf received to the mbuf ready for
 * the device. One core, flows in random order, packets of minimum size. It only prints: it never fails
 * on a number.
 */
#include "tests/bench/bench_cold.h"
#include "tests/bench/bench_plot.h"
#include "tests/bench/bench_rows.h"
#include "tests/bench/bench_scale.h"
#include "tests/bench/bench_steps.h"
#include "tests/support/eal.h"
#include "tests/support/recordfix.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#define LEASES        100000u
#define LEASES_OF     5u      /* of a subscriber */
#define PACKETS       200000u /* per run */

#define RECORDED      16000u /* subscribers whose blocks are recorded */

#define SCALE_FLOWS   64000u
#define SCALE_SECONDS 0.3

#define POLLS_MAX     100000 /* calls of the housekeeping that are kept */

struct options {
	unsigned int burst;
	unsigned int runs;
	uint32_t per_sub; /* mappings of a subscriber */
	uint32_t sizes[8];
	unsigned int n_sizes;
	FILE *csv;
	const char *plot; /* file, NULL: none */
};

/* Established flows; with `mixed` every other burst comes from outside. On a shared machine a few bursts hold an
 * interruption of thousands of packets' worth: they do not count. */
static struct bench_sample
run_established(struct world *w, const struct options *o, enum world_kind kind, bool mixed)
{
	static double burst[PACKETS + 1];
	uint32_t rounds = PACKETS / o->burst;
	size_t n = 0;

	for (uint32_t r = 0; r < rounds; r++) {
		uint64_t cycles = 0;

		for (unsigned int half = 0; half < (mixed ? 2u : 1u); half++) {
			enum world_kind k = half != 0 ? WORLD_UDP_IN : kind;

			for (unsigned int i = 0; i < o->burst; i++)
				world_frame(w, i, world_below(w, w->n_flows), k, RTE_TCP_ACK_FLAG);
			cycles += world_run(w, o->burst, k);
		}
		if (world_is_whole(cycles))
			burst[n++] = (double)cycles / o->burst / (mixed ? 2 : 1);
	}
	return bench_rows_sample(burst, n);
}

static double
budget_of(uint32_t size)
{
	return size <= 1024 ? 60 : size <= 65536 ? 80 : size <= 1100000 ? 130 : 150;
}

/** Median and mean of one measurement, as two rows. */
struct row_pair {
	char mean_name[32];
	struct bench_row row[2];
};

static void
start_pair(struct row_pair *p, const struct options *o, const char *name)
{
	snprintf(p->mean_name, sizeof(p->mean_name), "%s_mean", name);
	p->row[0] = (struct bench_row){ .name = name, .n = o->runs };
	p->row[1] = (struct bench_row){ .name = p->mean_name, .n = o->runs };
}

static void
note_pair(struct row_pair *p, unsigned int run, struct bench_sample sample)
{
	p->row[0].run[run] = sample.median;
	p->row[1].run[run] = sample.mean;
}

static void
print_pair(const struct options *o, uint32_t size, struct row_pair *p)
{
	bench_rows_print(o->csv, size, &p->row[0]);
	bench_rows_print(o->csv, size, &p->row[1]);
}

static void
measure(struct world *w, const struct options *o, const char *name, enum world_kind kind,
		bool mixed)
{
	struct row_pair rows;

	start_pair(&rows, o, name);
	rows.row[0].budget = budget_of(w->n_flows);
	rows.row[0].plotted = true;
	run_established(w, o, kind, mixed); /* warm up */
	for (unsigned int i = 0; i < o->runs; i++)
		note_pair(&rows, i, run_established(w, o, kind, mixed));
	print_pair(o, w->n_flows, &rows);
}

/** Frames that are in no cache. */
struct cold_row {
	const char *name;
	bool is_plotted; /* the mean */
	uint32_t n_buffers;
	bool is_huge; /* in pages of 2 MB, else of 4 KB */
	bool no_df;
	enum world_kind kinds[2];
};

static void
measure_cold(struct world *w, const struct options *o, const struct cold_row *r)
{
	struct bench_cold cold;
	struct row_pair rows;

	if (bench_cold_create(&cold, w, r->n_buffers, r->is_huge) < 0) {
		printf("%10u  %-22s no memory\n", w->n_flows, r->name);
		return;
	}
	start_pair(&rows, o, r->name);
	rows.row[1].plotted = r->is_plotted;
	w->no_df = r->no_df;
	(void)bench_cold_run(&cold, w, r->kinds, PACKETS); /* warm up */
	for (unsigned int i = 0; i < o->runs; i++)
		note_pair(&rows, i, bench_cold_run(&cold, w, r->kinds, PACKETS));
	w->no_df = false;
	print_pair(o, w->n_flows, &rows);
	bench_cold_free(&cold);
}

#define OUT                                  \
	{                                    \
		WORLD_UDP_OUT, WORLD_UDP_OUT \
	}
#define IN                                 \
	{                                  \
		WORLD_UDP_IN, WORLD_UDP_IN \
	}
#define MIXED                               \
	{                                   \
		WORLD_UDP_OUT, WORLD_UDP_IN \
	}

static const struct cold_row cold_rows[] = {
	{ "cold64_out", false, 64, true, false, OUT },
	{ "cold4096_out", true, 4096, true, false, OUT },
	{ "cold4096_in", false, 4096, true, false, IN },
	{ "cold4096_out_no_df", false, 4096, true, true, OUT },
	{ "cold32768_out", false, 32768, true, false, OUT },
	{ "cold4096_4k_out", false, 4096, false, false, OUT },
	{ "cold32768_4k_out", false, 32768, false, false, OUT },
};

static const struct cold_row turn_rows[] = {
	{ "turn_out", false, 4096, true, false, OUT },
	{ "turn_in", false, 4096, true, false, IN },
	{ "turn_mixed", true, 4096, true, false, MIXED },
};

static void
single(const struct options *o, uint32_t size, const char *name, double budget, double value)
{
	struct bench_row row = { .name = name, .budget = budget, .run = { value }, .n = 1 };

	bench_rows_print(o->csv, size, &row);
}

static void
measure_steps(struct world *w, const struct options *o)
{
	/* Filling tables of that size takes longer than asking them. */
	unsigned int lookups = w->n_flows > 2000000 ? 1 : o->runs;
	uint32_t rounds = PACKETS / o->burst;
	struct bench_row rows[] = {
		{ .name = "harness", .n = o->runs },
		{ .name = "parse", .n = o->runs },
		{ .name = "floor_parse_rewrite", .n = o->runs, .plotted = true },
		{ .name = "lookup_index", .n = lookups, .plotted = true },
		{ .name = "lookup_rte_hash", .n = lookups, .plotted = true },
		{ .name = "line_of_memory", .n = lookups },
		{ .name = "apply", .n = o->runs },
		{ .name = "route_and_out", .n = o->runs },
		{ .name = "poll_idle_per_packet", .n = o->runs },
	};

	for (unsigned int i = 0; i < o->runs; i++) {
		uint64_t cycles = 0;

		for (uint32_t r = 0; r < rounds; r++)
			cycles += world_run(w, 0, WORLD_UDP_OUT);
		rows[0].run[i] = (double)cycles / rounds / o->burst;
		bench_floor(w, o->burst, rounds, &rows[1].run[i], &rows[2].run[i]);
		if (i < lookups) {
			rows[3].run[i] = bench_index(w->n_flows, o->burst, rounds);
			rows[4].run[i] = bench_rte_hash(w->n_flows, o->burst, rounds);
			rows[5].run[i] = bench_line(w->n_flows, o->burst, rounds);
		}
		bench_apply(w, o->burst, rounds, &rows[6].run[i], &rows[7].run[i], &rows[8].run[i]);
	}
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		bench_rows_print(o->csv, w->n_flows, &rows[i]);
}

static uint64_t
resident_octets(void)
{
	unsigned long long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Fill the table. The first flow of each subscriber brings its block; the rest has one in hand.
 * @return cycles per mapping */
static double
create_all(struct world *w, const struct options *o, bool is_tcp)
{
	uint32_t subs = (w->n_flows + w->per_sub - 1) / w->per_sub;

	for (uint32_t s = 0; s < subs; s++)
		world_make(w, s * w->per_sub, s * w->per_sub + 1, is_tcp, 1);
	/* The first ones of subscribers were there already. */
	return world_make(w, 0, w->n_flows, is_tcp, o->burst);
}

/* Fill tables that were never used: the kernel zeroes their pages on the way. */
static void
create_first(struct world *w, const struct options *o)
{
	uint64_t before = resident_octets();

	single(o, w->n_flows, "create_first", 0, create_all(w, o, false));
	single(o, w->n_flows, "octets_per_mapping", 128,
			(double)(resident_octets() - before) / w->n_flows);
}

/* Let everything expire. @param[out] p99_us of a call @return cycles per mapping */
static double
expire_all(struct world *w, double *p99_us)
{
	struct cgn_stats *st = cgn_engine_stats(w->engine);
	static double took[POLLS_MAX];
	uint64_t t0, cycles = 0, ended = 0;
	size_t n = 0;

	for (unsigned int s = 0; s < 800; s++) {
		bool more = true;

		w->now += cgn_ticks(1);
		while (more) {
			uint64_t one, before = cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]);

			t0 = rte_rdtsc_precise();
			more = cgn_engine_poll(w->engine, w->now);
			one = rte_rdtsc_precise() - t0;
			if (ended != 0 ||
					before != cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]))
				took[n++ % POLLS_MAX] = (double)one;
			if (!world_is_whole(one))
				continue;
			cycles += one;
			ended += cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]) - before;
		}
	}
	n = RTE_MIN(n, (size_t)POLLS_MAX);
	qsort(took, n, sizeof(took[0]), bench_rows_compare);
	/* Not the very longest: that is another program's slice. */
	*p99_us = n == 0 ? 0 : took[n * 99 / 100] * 1e6 / (double)rte_get_tsc_hz();
	return (double)cycles / (double)RTE_MAX(ended, 1u);
}

/* Empty the table and fill it again, as a busy day does. */
static void
measure_turnover(struct world *w, const struct options *o)
{
	struct bench_row rows[] = {
		{ .name = "expire", .n = o->runs },
		{ .name = "expire_call_p99_us", .n = o->runs, .budget = 100 },
		{ .name = "create", .n = o->runs, .budget = 400, .plotted = true },
	};

	for (unsigned int i = 0; i < o->runs; i++) {
		rows[0].run[i] = expire_all(w, &rows[1].run[i]);
		rows[2].run[i] = create_all(w, o, false);
	}
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		bench_rows_print(o->csv, w->n_flows, &rows[i]);
}

/* How often another program took the core away. */
static long
preemptions(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) == 0 ? u.ru_nivcsw : 0;
}

/* All mappings are due while packets still come, for flows that ended and for some that live on: what a
 * loop takes that receives a burst and does its share of housekeeping. */
static void
measure_expiry_under_traffic(struct world *w, const struct options *o)
{
	static struct cgn_latency loops;
	double us = 1e6 / (double)rte_get_tsc_hz();
	bool more = true;

	memset(&loops, 0, sizeof(loops));
	w->now += cgn_ticks(299); /* of the 300 s of UDP */
	for (unsigned int r = 0; r < 64; r++) {
		for (unsigned int i = 0; i < o->burst; i++)
			world_frame(w, i, world_below(w, w->n_flows), WORLD_UDP_OUT, 0);
		world_run(w, o->burst, WORLD_UDP_OUT);
	}
	w->now += cgn_ticks(2);
	while (more) {
		long before = preemptions();
		uint64_t cycles;

		for (unsigned int i = 0; i < o->burst; i++)
			world_frame(w, i, world_below(w, w->n_flows), WORLD_UDP_OUT, 0);
		cycles = world_run(w, o->burst, WORLD_UDP_OUT);
		cycles -= rte_rdtsc_precise();
		more = cgn_engine_poll(w->engine, w->now);
		cycles += rte_rdtsc_precise();
		/* Another program's slice is no loop of ours. */
		if (preemptions() == before)
			cgn_latency_note(&loops, cycles);
	}
	single(o, w->n_flows, "expiry_loop_p50_us", 0,
			(double)cgn_latency_quantile(&loops, 500000) * us);
	single(o, w->n_flows, "expiry_loop_p99_us", 100,
			(double)cgn_latency_quantile(&loops, 990000) * us);
	single(o, w->n_flows, "expiry_loop_p999_us", 100,
			(double)cgn_latency_quantile(&loops, 999000) * us);
	single(o, w->n_flows, "expiry_loop_max_us", 0,
			(double)cgn_latency_quantile(&loops, 1000000) * us);
	single(o, w->n_flows, "expiry_loops_over_100us_ppm", 0,
			1e6 * (double)cgn_latency_count_above(&loops, rte_get_tsc_hz() / 10000) /
					(double)cgn_latency_count(&loops));
}

/* A complete worker. */
static void
bench_turns(const struct options *o, const struct world_shape *shape)
{
	static struct world w;

	world_init_turn(&w, shape);
	(void)create_all(&w, o, false);
	for (unsigned int i = 0; i < RTE_DIM(turn_rows); i++)
		measure_cold(&w, o, &turn_rows[i]);
	if (w.lost != 0)
		printf("%10u  %llu packets were not forwarded\n", w.n_flows,
				(unsigned long long)w.lost);
	world_fini(&w);
}

static void
bench_size(const struct options *o, uint32_t size)
{
	const struct world_shape shape = { .n_flows = size, .per_sub = o->per_sub };
	static struct world w;

	world_init(&w, &shape);
	create_first(&w, o);
	measure(&w, o, "udp_out", WORLD_UDP_OUT, false);
	measure(&w, o, "udp_in", WORLD_UDP_IN, false);
	measure(&w, o, "udp_mixed", WORLD_UDP_OUT, true);
	w.no_df = true;
	measure(&w, o, "udp_out_no_df", WORLD_UDP_OUT, false);
	w.no_df = false;
	for (unsigned int i = 0; i < RTE_DIM(cold_rows); i++)
		measure_cold(&w, o, &cold_rows[i]);
	measure_steps(&w, o);
	measure_turnover(&w, o);
	measure_expiry_under_traffic(&w, o);
	world_fini(&w);
	bench_turns(o, &shape);
	world_init(&w, &shape);
	(void)create_all(&w, o, true);
	measure(&w, o, "tcp_out", WORLD_TCP_OUT, false);
	measure(&w, o, "tcp_in", WORLD_TCP_IN, false);
	if (w.lost != 0)
		printf("%10u  %llu packets were not forwarded\n", size, (unsigned long long)w.lost);
	world_fini(&w);
}

/** Two worlds with as many flows, of which one has more of something. */
struct comparison {
	const char *more; /* names of rows */
	const char *less;
	struct world_shape shape[2];
	bool are_leases;        /* the first one's mappings */
	unsigned int n_filters; /* of each of these leases */
};

/* Packets of both worlds in turns: what the more costs is the ratio. */
static void
compare_worlds(const struct options *o, const struct comparison *c)
{
	static const enum world_kind kinds[] = { WORLD_UDP_OUT, WORLD_UDP_IN };
	static const char *const way[] = { "out", "in" };
	static struct world w[2];

	for (unsigned int i = 0; i < 2; i++) {
		world_init(&w[i], &c->shape[i]);
		world_make(&w[i], 0, w[i].n_flows, false, o->burst);
	}
	if (c->are_leases)
		world_lease(&w[0], c->n_filters);
	for (unsigned int k = 0; k < RTE_DIM(kinds); k++) {
		char names[3][32];
		struct bench_row rows[] = {
			{ .name = names[0], .n = o->runs },
			{ .name = names[1], .n = o->runs },
			{ .name = names[2], .n = o->runs, .is_ratio = true },
		};

		snprintf(names[0], sizeof(names[0]), "%s_%s", c->more, way[k]);
		snprintf(names[1], sizeof(names[1]), "%s_%s", c->less, way[k]);
		snprintf(names[2], sizeof(names[2]), "%s_%s_ratio", c->more, way[k]);
		run_established(&w[0], o, kinds[k], false); /* warm up */
		run_established(&w[1], o, kinds[k], false);
		for (unsigned int i = 0; i < o->runs; i++) {
			rows[0].run[i] = run_established(&w[0], o, kinds[k], false).median;
			rows[1].run[i] = run_established(&w[1], o, kinds[k], false).median;
			rows[2].run[i] = rows[0].run[i] / rows[1].run[i];
		}
		for (unsigned int i = 0; i < RTE_DIM(rows); i++)
			bench_rows_print(o->csv, c->shape[0].n_flows, &rows[i]);
	}
	if (w[0].lost + w[1].lost != 0)
		printf("%10u  %llu packets were not forwarded\n", c->shape[0].n_flows,
				(unsigned long long)(w[0].lost + w[1].lost));
	world_fini(&w[0]);
	world_fini(&w[1]);
}

static void
bench_comparisons(const struct options *o)
{
	static const struct comparison all[] = {
		{ "leases", "no_leases",
				{ { 100000, 5, 1, false, 0, 0 }, { 100000, 5, 1, false, 0, 0 } },
				true, 0 },
		{ "filters1", "unfiltered",
				{ { 10000, 5, 1, false, 0, 0 }, { 10000, 5, 1, false, 0, 0 } },
				true, 1 },
		{ "filters8", "unfiltered8",
				{ { 10000, 5, 1, false, 0, 0 }, { 10000, 5, 1, false, 0, 0 } },
				true, 8 },
		{ "subs100k", "subs2k",
				{ { 100000, 1, 1, false, 0, 0 }, { 100000, 50, 1, false, 0, 0 } },
				false, 0 },
		{ "groups64", "group1",
				{ { 64000, 10, 64, false, 0, 0 }, { 64000, 10, 1, false, 0, 0 } },
				false, 0 },
		{ "blocks512", "blocks64",
				{ { 1000000, WORLD_PER_SUB, 1, false, 0, 512 },
						{ 1000000, WORLD_PER_SUB, 1, false, 0, 64 } },
				false, 0 },
		{ "softwire", "native",
				{ { 64000, WORLD_PER_SUB, 1, true, 0, 0 },
						{ 64000, WORLD_PER_SUB, 1, false, 0, 0 } },
				false, 0 },
	};

	for (unsigned int i = 0; i < RTE_DIM(all); i++)
		compare_worlds(o, &all[i]);
}

/* Throw away what was recorded. In a real cgnd another thread takes it. */
static void
forget_records(struct cgn_record_door *door)
{
	static struct cgn_record r[64];

	while (recordfix_take(door, r, RTE_DIM(r)) > 0)
		continue;
}

/* Fill a table and let it expire again, with records of some kinds and without. */
static void
compare_records(const struct options *o, const char *name, const struct world_shape *shape,
		uint32_t kinds)
{
	static const char *const whats[] = { "recorded", "unrecorded", "recorded_ratio",
		"end_recorded", "end_unrecorded", "end_recorded_ratio" };
	static struct cgn_record_door door;
	char names[RTE_DIM(whats)][32];
	struct bench_row rows[RTE_DIM(whats)];
	static struct world w;
	double p99_us;

	for (unsigned int i = 0; i < RTE_DIM(whats); i++) {
		snprintf(names[i], sizeof(names[i]), "%s_%s", name, whats[i]);
		rows[i] = (struct bench_row){
			.name = names[i], .n = o->runs, .is_ratio = i % 3 == 2
		};
	}
	recordfix_open(&door, 8 * shape->n_flows, 0);
	world_init_recorded(&w, shape, &door);
	for (unsigned int i = 0; i < 2 * o->runs; i++) {
		door.kinds = i % 2 == 0 ? kinds : 0;
		rows[i % 2].run[i / 2] = shape->per_sub == 1
				? world_make(&w, 0, w.n_flows, false, o->burst)
				: create_all(&w, o, false);
		forget_records(&door);
		rows[3 + i % 2].run[i / 2] = expire_all(&w, &p99_us);
		forget_records(&door);
	}
	for (unsigned int i = 0; i < 2 * o->runs; i++)
		rows[i % 2 * 3 + 2].run[i / 2] = rows[i % 2 * 3].run[i / 2] /
				rows[i % 2 * 3 + 1].run[i / 2];
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		bench_rows_print(o->csv, shape->n_flows, &rows[i]);
	world_fini(&w);
	recordfix_close(&door);
}

/* What records cost: the first packets of subscribers, each of which takes a pairing and a block, and mappings of
 * subscribers that have one. */
static void
bench_records(const struct options *o)
{
	const struct world_shape firsts = { .n_flows = RECORDED, .per_sub = 1, .n_groups = 1 };
	const struct world_shape later = {
		.n_flows = RECORDED, .per_sub = WORLD_PER_SUB, .n_groups = 1
	};
	const uint32_t blocks = 1u << CGN_RECORD_KIND_BLOCKS,
		       mappings = 1u << CGN_RECORD_KIND_MAPPINGS;

	compare_records(o, "first_block", &firsts, blocks);
	compare_records(o, "first", &firsts, blocks | 1u << CGN_RECORD_KIND_BINDINGS);
	compare_records(o, "later", &later, blocks | 1u << CGN_RECORD_KIND_BINDINGS);
	compare_records(o, "mapping", &later, mappings);
	compare_records(o, "session", &later, mappings | 1u << CGN_RECORD_KIND_SESSIONS);
}

/* What a second worker adds, on a core of its own; needs both cores to itself. */
static void
bench_two_workers(const struct options *o)
{
	struct bench_row rows[] = {
		{ .name = "one_worker_mpps", .n = o->runs },
		{ .name = "two_steered_mpps", .n = o->runs },
		{ .name = "two_handed_on_mpps", .n = o->runs },
		{ .name = "two_cores_ratio", .n = o->runs, .is_ratio = true },
		{ .name = "two_steered_ratio",
				.n = o->runs,
				.is_ratio = true,
				.budget = 1.8,
				.at_least = true },
		{ .name = "two_handed_on_ratio",
				.n = o->runs,
				.is_ratio = true,
				.budget = 1.4,
				.at_least = true },
	};

	if (rte_lcore_count() < 2)
		return;
	for (unsigned int i = 0; i < o->runs; i++) {
		double one = bench_scale(1, SCALE_FLOWS, SCALE_STEERED, SCALE_SECONDS);
		double steered = bench_scale(2, SCALE_FLOWS, SCALE_STEERED, SCALE_SECONDS);
		double handed = bench_scale(2, SCALE_FLOWS, SCALE_HANDED_ON, SCALE_SECONDS);

		rows[0].run[i] = one / 1e6;
		rows[1].run[i] = steered / 1e6;
		rows[2].run[i] = handed / 1e6;
		rows[3].run[i] = bench_spin(2, SCALE_SECONDS) / bench_spin(1, SCALE_SECONDS);
		rows[4].run[i] = steered / one;
		rows[5].run[i] = handed / one;
	}
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		bench_rows_print(o->csv, SCALE_FLOWS, &rows[i]);
}

static void
usage(void)
{
	fputs("usage: cgn-bench [--burst N] [--csv FILE] [--per-sub N] [--plot FILE] [--runs N]\n"
	      "                 [--sizes N,N,...]\n"
	      "  --burst N   packets per burst, 1 to 64 (64)\n"
	      "  --csv FILE  write the rows there as well\n"
	      "  --per-sub N mappings of a subscriber, 1 to 63 (63)\n"
	      "  --plot FILE draw them there (SVG)\n"
	      "  --runs N    runs per row, 1 to 25; the median counts (7)\n"
	      "  --sizes L   mappings (1000,64000,1000000); comparisons and two workers come behind them\n",
			stderr);
	exit(2);
}
static void
parse_sizes(struct options *o, char *list)
{
	o->n_sizes = 0;
	for (char *t = strtok(list, ","); t != NULL; t = strtok(NULL, ",")) {
		unsigned long v = strtoul(t, NULL, 10);

		if (v == 0 || v > 100000000 || o->n_sizes == RTE_DIM(o->sizes))
			usage();
		o->sizes[o->n_sizes++] = (uint32_t)v;
	}
}

static void
parse_options(struct options *o, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "burst", required_argument, NULL, 'b' },
		{ "csv", required_argument, NULL, 'c' },
		{ "per-sub", required_argument, NULL, 'n' },
		{ "plot", required_argument, NULL, 'p' },
		{ "runs", required_argument, NULL, 'r' },
		{ "sizes", required_argument, NULL, 's' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "b:c:n:p:r:s:", longs, NULL)) != -1) {
		if (c == 'b')
			o->burst = (unsigned int)strtoul(optarg, NULL, 10);
		else if (c == 'c')
			o->csv = fopen(optarg, "w");
		else if (c == 'n')
			o->per_sub = (uint32_t)strtoul(optarg, NULL, 10);
		else if (c == 'p')
			o->plot = optarg;
		else if (c == 'r')
			o->runs = (unsigned int)strtoul(optarg, NULL, 10);
		else if (c == 's')
			parse_sizes(o, optarg);
		else
			usage();
		if (c == 'c' && o->csv == NULL) {
			fprintf(stderr, "cgn-bench: %s: %s\n", optarg, strerror(errno));
			exit(EXIT_FAILURE);
		}
	}
	if (optind != argc || o->burst == 0 || o->burst > WORLD_BURST || o->runs == 0 ||
			o->runs > BENCH_RUNS_MAX || o->per_sub == 0 || o->per_sub > WORLD_PER_SUB)
		usage();
}

static void
print_machine(const struct options *o)
{
	char line[256] = "";
	FILE *f = fopen("/proc/cpuinfo", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL &&
			strncmp(line, "model name", 10) != 0)
		;
	if (f != NULL)
		fclose(f);
	printf("%sTSC at %.2f GHz, bursts of %u, medians of %u runs, cycles per packet\n",
			strchr(line, ':') != NULL ? strchr(line, ':') + 2 : "",
			(double)rte_get_tsc_hz() / 1e9, o->burst, o->runs);
	printf("%10s  %-22s %8s  %8s .. %-8s  %6s\n", "mappings", "what", "median", "least", "most",
			"budget");
	if (o->csv != NULL)
		fputs("mappings,what,median,min,max,budget\n", o->csv);
}

int
main(int argc, char *argv[])
{
	struct options o = { .burst = 64,
		.runs = 7,
		.per_sub = WORLD_PER_SUB,
		.sizes = { 1000, 64000, 1000000 },
		.n_sizes = 3 };
	int ret;

	parse_options(&o, argc, argv);
	eal_start_with(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "0,1" : "0", 1024);
	print_machine(&o);
	for (unsigned int i = 0; i < o.n_sizes; i++)
		bench_size(&o, o.sizes[i]);
	bench_comparisons(&o);
	bench_records(&o);
	bench_two_workers(&o);
	if (o.csv != NULL)
		fclose(o.csv);
	ret = o.plot == NULL ? 0 : bench_plot_write(o.plot, o.burst);
	if (ret < 0) {
		fprintf(stderr, "cgn-bench: %s: %s\n", o.plot, strerror(-ret));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
