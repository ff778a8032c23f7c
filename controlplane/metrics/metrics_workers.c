/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The families of metrics that have a value for each worker.
 */
#include "controlplane/metrics/metrics_workers.h"

#include <stdio.h>

/* Upper bounds of the buckets, the same on every machine, so that machines can be compared and added up. */
static const struct {
	const char *le;
	uint64_t ns;
} bounds[] = {
	{ "1e-06", 1000 },
	{ "2e-06", 2000 },
	{ "5e-06", 5000 },
	{ "1e-05", 10000 },
	{ "2e-05", 20000 },
	{ "5e-05", 50000 },
	{ "0.0001", 100000 },
	{ "0.0002", 200000 },
	{ "0.0005", 500000 },
	{ "0.001", 1000000 },
	{ "0.002", 2000000 },
	{ "0.005", 5000000 },
	{ "0.01", 10000000 },
	{ "0.1", 100000000 },
	{ "1.0", 1000000000 },
};

#define N_BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

/** The label of a worker, with its text. */
struct worker_label {
	char text[11];
	struct cgn_openmetrics_label label;
};

static const struct cgn_openmetrics_label *
label_of(unsigned int worker, struct worker_label *l)
{
	snprintf(l->text, sizeof(l->text), "%u", worker);
	l->label = (struct cgn_openmetrics_label){ "worker", l->text };
	return &l->label;
}

/* Begin a family "cgnd_worker_<name>". */
static void
worker_family(struct cgn_openmetrics *om, enum cgn_openmetrics_type type, const char *name,
		const char *unit, const char *help)
{
	const struct cgn_openmetrics_family f = {
		.type = type, .name = { "cgnd_worker_", name, NULL }, .unit = unit, .help = help
	};

	cgn_openmetrics_family(om, &f);
}

/* Write one value for each worker. */
#define EACH_WORKER(om, planes, value)                                                        \
	for (unsigned int w = 0; w < (planes)->n_workers; w++) {                              \
		const struct cgn_stats *s = (planes)->workers[w].stats;                       \
		struct worker_label label;                                                    \
                                                                                              \
		cgn_openmetrics_value(om, label_of(w, &label), 1, cgn_counter_get(&(value))); \
	}

static void
write_verdicts(struct cgn_openmetrics *om, const struct cgn_planes *planes)
{
	static const struct cgn_openmetrics_family packets = {
		.type = CGN_OPENMETRICS_COUNTER,
		.name = { "cgnd_packets" },
		.unit = "packets",
		.help = "packets by what became of them; cgnd_verdict_info says what a verdict means",
	};
	static const struct cgn_openmetrics_family meanings = {
		.type = CGN_OPENMETRICS_INFO,
		.name = { "cgnd_verdict" },
		.help = "what the verdicts of cgnd_packets mean",
	};
	struct worker_label worker;

	cgn_openmetrics_family(om, &packets);
	for (unsigned int w = 0; w < planes->n_workers; w++) {
		for (unsigned int i = 0; i < CGN_V_COUNT; i++) {
			enum cgn_verdict v = (enum cgn_verdict)i;
			const struct cgn_openmetrics_label labels[] = {
				*label_of(w, &worker),
				{ "class", cgn_verdict_class_name(cgn_verdict_class(v)) },
				{ "verdict", cgn_verdict_name(v) },
			};

			cgn_openmetrics_value(om, labels, 3,
					cgn_counter_get(&planes->workers[w].stats->verdict[v]));
		}
	}
	cgn_openmetrics_family(om, &meanings);
	for (unsigned int i = 0; i < CGN_V_COUNT; i++) {
		enum cgn_verdict v = (enum cgn_verdict)i;
		const struct cgn_openmetrics_label labels[] = {
			{ "class", cgn_verdict_class_name(cgn_verdict_class(v)) },
			{ "verdict", cgn_verdict_name(v) },
			{ "meaning", cgn_verdict_help(v) },
		};

		cgn_openmetrics_info(om, labels, 3);
	}
}

static void
write_counters(struct cgn_openmetrics *om, const struct cgn_planes *planes)
{
	for (unsigned int i = 0; i < CGN_C_COUNT; i++) {
		enum cgn_counter_id c = (enum cgn_counter_id)i;

		worker_family(om, CGN_OPENMETRICS_COUNTER, cgn_stats_counter_name(c), NULL,
				cgn_stats_counter_help(c));
		EACH_WORKER(om, planes, s->counter[c])
	}
	for (unsigned int i = 0; i < CGN_G_COUNT; i++) {
		enum cgn_gauge_id g = (enum cgn_gauge_id)i;

		worker_family(om, CGN_OPENMETRICS_GAUGE, cgn_stats_gauge_name(g), NULL,
				cgn_stats_gauge_help(g));
		EACH_WORKER(om, planes, s->gauge[g])
	}
	worker_family(om, CGN_OPENMETRICS_COUNTER, "turns", NULL,
			"turns of the worker's loop, idle ones too: it rises while the worker lives");
	EACH_WORKER(om, planes, s->turns)
}

static void
write_histogram(struct cgn_openmetrics *om, unsigned int worker, const struct cgn_latency *l,
		uint64_t hz)
{
	struct cgn_openmetrics_bucket buckets[N_BOUNDS + 1];
	double cycles = (double)cgn_counter_get(&l->cycles);
	struct worker_label label;
	unsigned int b = 0;
	uint64_t n = 0;

	/* Each count of the worker is read once, so that the buckets fit together while it goes on counting. */
	for (size_t i = 0; i < N_BOUNDS; i++) {
		uint64_t end = (uint64_t)((double)bounds[i].ns * (double)hz / 1e9);

		for (; b < CGN_LATENCY_BUCKETS - 1 && cgn_latency_bound(b) <= end; b++)
			n += cgn_counter_get(&l->n[b]);
		buckets[i] = (struct cgn_openmetrics_bucket){ bounds[i].le, n };
	}
	for (; b < CGN_LATENCY_BUCKETS; b++)
		n += cgn_counter_get(&l->n[b]);
	buckets[N_BOUNDS] = (struct cgn_openmetrics_bucket){ "+Inf", n };
	cgn_openmetrics_histogram(om, label_of(worker, &label), 1, buckets, N_BOUNDS + 1,
			cycles / (double)hz);
}

static void
write_latencies(struct cgn_openmetrics *om, const struct cgn_planes *planes, uint64_t hz)
{
	static const struct {
		const char *name;
		const char *help;
	} families[CGN_LATENCY_COUNT] = {
		[CGN_LATENCY_LOOP] = { "loop_seconds",
				"how long turns of the worker's loop took that had work" },
		[CGN_LATENCY_BURST] = { "burst_seconds",
				"how long it took to receive, translate and transmit a burst" },
	};

	for (unsigned int i = 0; i < CGN_LATENCY_COUNT; i++) {
		worker_family(om, CGN_OPENMETRICS_HISTOGRAM, families[i].name, "seconds",
				families[i].help);
		for (unsigned int w = 0; w < planes->n_workers; w++)
			write_histogram(om, w, &planes->workers[w].stats->latency[i], hz);
	}
}

static void
write_cores(struct cgn_openmetrics *om, const struct cgn_planes *planes)
{
	worker_family(om, CGN_OPENMETRICS_GAUGE, "lcore", NULL, "the core that the worker runs on");
	for (unsigned int w = 0; w < planes->n_workers; w++) {
		struct worker_label label;

		cgn_openmetrics_value(om, label_of(w, &label), 1, planes->workers[w].lcore);
	}
}

void
cgn_metrics_workers_write(struct cgn_openmetrics *om, const struct cgn_planes *planes, uint64_t hz)
{
	write_verdicts(om, planes);
	write_counters(om, planes);
	write_latencies(om, planes, hz);
	write_cores(om, planes);
}
