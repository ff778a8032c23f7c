/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How long a worker needs to save its state and to load it again, in all and for the longest command.
 *
 *   cgn-state-bench [FLOWS...]
 *
 * Two engines without devices: the first one makes the flows and saves them, the second one loads them.
 */
#include "shared/state_counts.h"
#include "shared/state_format.h"
#include "tests/bench/bench_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>

#define FLOWS_MAX  4000000u
#define OCTETS_MAX ((size_t)1 << 30)

/* How long a kind of commands took. */
struct took {
	uint64_t all; /* cycles */
	double cpu_s; /* of this thread: others may have had the core meanwhile */
	uint64_t longest;
	unsigned int n;
};

static uint8_t *chunks;
static size_t n_octets;

static void
give_up(const char *why)
{
	fprintf(stderr, "cgn-state-bench: %s\n", why);
	exit(EXIT_FAILURE);
}

static struct cgn_evt
obey(struct cgn_engine *e, const struct cgn_cmd *cmd, cgn_tick now, struct took *t)
{
	struct cgn_evt reply;
	double cpu = world_cpu_s();
	uint64_t begin = rte_rdtsc(), cycles;

	cgn_engine_cmd(e, cmd, &reply, now);
	cycles = rte_rdtsc() - begin;
	if (reply.ret != 0)
		give_up("a command failed");
	if (t == NULL)
		return reply;
	t->all += cycles;
	t->cpu_s += world_cpu_s() - cpu;
	t->n++;
	/* A longer one was interrupted. */
	if (world_is_whole(cycles))
		t->longest = RTE_MAX(t->longest, cycles);
	return reply;
}

static void
save(const struct world *w, struct took *t)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_PAUSE };
	struct cgn_evt reply;

	(void)obey(w->engine, &cmd, w->now, NULL);
	cmd.op = CGN_CMD_STATE_SAVE;
	cmd.u.state = (struct cgn_cmd_state){ .len = CGN_STATE_CHUNK_MAX };
	n_octets = 0;
	do {
		if (OCTETS_MAX - n_octets < CGN_STATE_CHUNK_MAX)
			give_up("too many flows");
		/* The reader takes any alignment. */
		cmd.u.state.out = chunks + RTE_ALIGN_CEIL(n_octets, (size_t)8);
		reply = obey(w->engine, &cmd, w->now, t);
		cmd.u.state.cursor = reply.u.state.cursor;
		cmd.u.state.serial++;
		n_octets += reply.u.state.len;
	} while (!reply.u.state.done);
}

static void
load(const struct world *w, struct took *t, uint64_t *mappings)
{
	struct cgn_engine_cfg cfg = {
		.snapshot = w->snapshot,
		.steer = &w->steer,
		.ports = w->pkt_ports,
		.mp = w->mp,
		.now = w->now,
		.awaits_state = true,
	};
	struct cgn_state_counts counts = { 0 };
	struct cgn_cmd cmd = { .op = CGN_CMD_STATE_LOAD };
	struct cgn_engine *e;

	if (cgn_engine_create(&e, &cfg) < 0)
		give_up("the engine does not start");
	for (size_t at = 0; at < n_octets; at += cmd.u.state.len) {
		struct cgn_state_chunk h;

		memcpy(&h, chunks + at, sizeof(h));
		cmd.u.state = (struct cgn_cmd_state){
			.in = chunks + at, .len = rte_le_to_cpu_32(h.length), .counts = &counts
		};
		(void)obey(e, &cmd, w->now, t);
	}
	cmd.op = CGN_CMD_STATE_LOADED;
	(void)obey(e, &cmd, w->now, NULL);
	*mappings = counts.taken[CGN_STATE_MAPPING];
	cgn_engine_destroy(e);
}

static void
print(const char *what, const struct took *t)
{
	double hz = (double)rte_get_tsc_hz();

	printf("  %s: %.3f s, of which CPU time %.3f s, %u commands, %.1f us each, longest %.1f us\n",
			what, (double)t->all / hz, t->cpu_s, t->n, (double)t->all / t->n / hz * 1e6,
			(double)t->longest / hz * 1e6);
}

static void
bench(uint32_t n_flows)
{
	static struct world w;
	struct took saved = { 0 }, loaded = { 0 };
	uint64_t mappings = 0;

	world_init(&w, &(struct world_shape){ .n_flows = n_flows, .per_sub = WORLD_PER_SUB });
	(void)world_make(&w, 0, n_flows, false, 32);
	save(&w, &saved);
	load(&w, &loaded, &mappings);
	printf("%u flows: %zu octets, %" PRIu64 " mappings came back\n", n_flows, n_octets,
			mappings);
	print("save", &saved);
	print("load", &loaded);
	world_fini(&w);
	if (mappings != n_flows)
		give_up("mappings are missing");
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], (char[]){ "--no-huge" }, (char[]){ "-m" }, (char[]){ "512" },
		(char[]){ "--no-shconf" }, (char[]){ "--no-pci" }, (char[]){ "--no-telemetry" },
		(char[]){ "--lcores=0" } };

	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		give_up("EAL does not start");
	chunks = aligned_alloc(64, OCTETS_MAX);
	if (chunks == NULL)
		give_up("no memory");
	if (argc == 1) {
		bench(64000);
		bench(1000000);
	}
	for (int i = 1; i < argc; i++) {
		unsigned long n = strtoul(argv[i], NULL, 10);

		if (n == 0 || n > FLOWS_MAX)
			give_up("flows are 1 to 4000000");
		bench((uint32_t)n);
	}
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
