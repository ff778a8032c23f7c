/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How long a change of the configuration keeps a worker from its packets.
 *
 *   cgn-change-bench [FLOWS]
 *
 * One engine without devices has many connections and gets other configurations. Each command and each call of the
 * housekeeping is measured by the CPU time of the thread: what other programs do meanwhile on the core does not count. Calls
 * in which the kernel gave memory to the process are counted apart: with `prefault` there are none.
 */
#include "dataplane/engine/snapshot.h"
#include "tests/bench/bench_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_eal.h>

#define FLOWS     1000000u
#define PER_SUB   10u
#define ROUTES    4096u
#define ADDRESSES 65536u /* of the world with many addresses */
#define SWAPS     200u
#define GUARD_S   120
#define CALLS_MAX 4000000u
#define LIMIT_US  100.0
#define HOURS     3u /* that a world may take until nothing is left of its flows */

/** A configuration of the world. */
struct change {
	struct cgn_conf conf;
	struct cgn_conf_route routes[ROUTES];
	struct cgn_conf_pool pool;
	struct cgn_conf_group group;
	struct cgn_snapshot *snapshot;
};

/** The calls that are measured. */
static struct {
	double us[CALLS_MAX];
	size_t n;
	size_t n_faults; /* calls that are not among them: they needed new memory */
	double begin_s;
	long faults;
} calls;

static void
give_up(const char *why)
{
	fprintf(stderr, "cgn-change-bench: %s\n", why);
	exit(EXIT_FAILURE);
}

/* Page faults of this thread. */
static long
count_faults(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

static void
begin(void)
{
	calls.faults = count_faults();
	calls.begin_s = world_cpu_s();
}

static void
note(void)
{
	double us = (world_cpu_s() - calls.begin_s) * 1e6;

	if (count_faults() != calls.faults)
		calls.n_faults++;
	else
		calls.us[calls.n++ % CALLS_MAX] = us;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Print what was noted, and forget it. @param what  NULL: it is not printed */
static void
print(const char *what)
{
	size_t n = RTE_MIN(calls.n, (size_t)CALLS_MAX), n_long = 0, n_faults = calls.n_faults;

	if (n == 0)
		give_up("nothing was measured");
	calls.n = calls.n_faults = 0;
	if (what == NULL)
		return;
	qsort(calls.us, n, sizeof(calls.us[0]), compare);
	while (n_long < n && calls.us[n - 1 - n_long] > LIMIT_US)
		n_long++;
	printf("%-44s %8zu  %7.1f  %7.1f  %7.1f  %7.1f  %6zu  %6zu\n", what, n, calls.us[n / 2],
			calls.us[n * 99 / 100], calls.us[n * 9999 / 10000], calls.us[n - 1], n_long,
			n_faults);
	fflush(stdout);
}

/* --- configurations ------------------------------------------------------------------------ */

/* Routes of /24 beside the two of the world. @param first  number of the first one */
static void
fill_routes(const struct world *w, struct change *c, uint32_t first)
{
	memcpy(c->routes, w->routes, sizeof(w->routes));
	for (uint32_t i = RTE_DIM(w->routes); i < ROUTES; i++) {
		c->routes[i] = w->routes[1];
		c->routes[i].prefix = (struct cgn_prefix){
			.ip4 = rte_cpu_to_be_32(RTE_IPV4(20, 0, 0, 0) + ((first + i) << 8)),
			.len = 24
		};
	}
	c->conf.routes = c->routes;
	c->conf.n_routes = ROUTES;
}

/* Another configuration of a world: other routes and limits. */
static struct change *
change_create(const struct world *w, uint32_t serial)
{
	struct change *c = calloc(1, sizeof(*c));

	if (c == NULL)
		give_up("no memory");
	c->conf = w->conf;
	fill_routes(w, c, serial % 2 * ROUTES);
	c->pool = w->pool[0];
	c->group = w->group[0];
	c->group.mappings_max = 1000 + serial;
	c->conf.pools = &c->pool;
	c->conf.groups = &c->group;
	c->conf.nat.block_guard_s = GUARD_S;
	return c;
}

/* The last configuration that a world was given. NULL: its own. */
static struct change *in_use;

/* Give a configuration to the engine, and note how long that takes. */
static void
swap(struct world *w, struct change *c)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_CONF_SWAP };
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_evt reply;

	if (cgn_snapshot_create(&c->snapshot, &c->conf, &w->steer, NULL,
			    in_use == NULL ? w->snapshot : in_use->snapshot, why) < 0)
		give_up("no snapshot");
	cmd.u.snapshot = c->snapshot;
	begin();
	cgn_engine_cmd(w->engine, &cmd, &reply, w->now);
	note();
	if (reply.ret != 0)
		give_up("the engine refuses a configuration");
}

static void
change_free(struct change *c)
{
	cgn_snapshot_free(c->snapshot);
	free(c);
}

/* --- turns --------------------------------------------------------------------------------- */

/* Housekeeping at one time, until nothing is to be done at once. */
static void
turns(struct world *w)
{
	bool more = true;

	while (more) {
		begin();
		more = cgn_engine_poll(w->engine, w->now);
		note();
		rte_pktmbuf_free_bulk(w->sent, w->n_sent);
		w->n_sent = 0;
	}
}

/* Let time pass, until something is no more. */
static void
pass_until_zero(struct world *w, cgn_tick step, const cgn_counter *what)
{
	cgn_tick end = w->now + cgn_ticks(HOURS * 3600);

	while (cgn_counter_get(what) != 0 && !cgn_tick_reached(w->now, end)) {
		w->now += step;
		turns(w);
	}
	if (cgn_counter_get(what) != 0)
		give_up("something does not end");
}

static void
reload(struct world *w, struct change *c)
{
	swap(w, c);
	w->now++; /* housekeeping does something once in a tick */
	if (in_use != NULL)
		change_free(in_use);
	in_use = c;
}

/* All addresses close. @param max_s  what is on them ends after this time */
static void
close_all(struct world *w, uint32_t max_s)
{
	struct change *c = change_create(w, 1);

	c->pool.drained = c->pool.ranges;
	c->pool.n_drained = c->pool.n_ranges;
	c->pool.drain_max_s = max_s;
	reload(w, c);
	turns(w);
}

static void
open_all(struct world *w)
{
	reload(w, change_create(w, 0));
	turns(w);
	if (cgn_counter_get(&cgn_engine_stats(w->engine)->pool[0].addresses_closed) != 0)
		give_up("an address does not open");
}

/* All addresses close, everything on them is ended, and they open again. @param is_noted  false: only to touch the memory */
static void
drain(struct world *w, bool is_noted)
{
	close_all(w, 0);
	pass_until_zero(w, 1, &cgn_engine_stats(w->engine)->gauge[CGN_G_SUBSCRIBERS]);
	print(is_noted ? "all addresses close, everything is ended" : NULL);
	open_all(w);
	print(is_noted ? "they open again" : NULL);
}

/* Everything on the closed addresses ends by itself. So they have blocks in guard when they open again. */
static void
drain_slowly(struct world *w)
{
	const struct cgn_stats *st = cgn_engine_stats(w->engine);

	close_all(w, HOURS * 3600);
	pass_until_zero(w, cgn_ticks(1), &st->gauge[CGN_G_SUBSCRIBERS]);
	print("closed addresses become empty by themselves");
	if (cgn_counter_get(&st->pool[0].blocks_guarded) == 0)
		give_up("no block is in guard");
	open_all(w);
	print("they open again, with blocks in guard");
}

static void
swap_often(struct world *w)
{
	static double commands[SWAPS];
	size_t n_commands = 0;

	for (uint32_t i = 0; i < SWAPS; i++) {
		size_t n = calls.n;

		reload(w, change_create(w, i));
		if (calls.n != n)
			commands[n_commands++] = calls.us[--calls.n];
		turns(w);
	}
	print("reload: turns after the command");
	memcpy(calls.us, commands, sizeof(commands));
	calls.n = n_commands;
	print("reload: the command");
}

static void
bench(const struct world_shape *shape, bool has_guard)
{
	static struct world w;

	world_init(&w, shape);
	printf("%u connections, %u subscribers, %zu addresses, %u routes\n", shape->n_flows,
			shape->n_flows / shape->per_sub, w.pool[0].n_addresses, ROUTES);
	(void)world_make(&w, 0, shape->n_flows, true, 32);
	drain(&w, false);
	(void)world_make(&w, 0, shape->n_flows, true, 32);
	swap_often(&w);
	drain(&w, true);
	if (has_guard) {
		(void)world_make(&w, 0, shape->n_flows, true, 32);
		drain_slowly(&w);
	}
	world_fini(&w);
	change_free(in_use);
	in_use = NULL;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], (char[]){ "--no-huge" }, (char[]){ "-m" }, (char[]){ "512" },
		(char[]){ "--no-shconf" }, (char[]){ "--no-pci" }, (char[]){ "--no-telemetry" },
		(char[]){ "--lcores=0" } };
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : FLOWS;

	if (n < 1000 || n > 4 * FLOWS)
		give_up("flows are 1000 to 4000000");
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		give_up("EAL does not start");
	printf("%-44s %8s  %7s  %7s  %7s  %7s  %6s  %6s\n", "CPU time in us", "calls", "50 %",
			"99 %", "99.99 %", "longest", "> 100", "faults");
	bench(&(struct world_shape){ .n_flows = (uint32_t)n, .per_sub = PER_SUB }, true);
	bench(&(struct world_shape){ .n_flows = 1000,
			      .per_sub = PER_SUB,
			      .n_addresses = ADDRESSES },
			false);
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
