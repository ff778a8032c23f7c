/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A city's leases: 100,000 of 20,000 clients, with a store. The clocks are the test's; what is printed of
 * memory and time is for the reader.
 */
#include "controlplane/lease/lessor.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_ip.h>

#define CLIENTS    20000u
#define EACH       5u
#define LEASES     (CLIENTS * EACH)
#define ROOM       4096u /* commands that the workers' rings take */
#define LIFE_MIN_S 600u
#define LIFE_SPAN  600u

struct pending {
	struct cgn_lessor_call *call;
	struct cgn_cmd_map map;
};

static struct {
	struct cgn_timerq *timers;
	struct cgn_lessor *lessor;
	struct cgn_store *store;
	struct pending pending[ROOM];
	unsigned int n_pending;
	uint64_t now_ms;
	int64_t wall_ms;
	unsigned int n_answers;
	unsigned int n_lost;
	char path[300];
	char why[CGN_STOREFILE_WHY_MAX];
} f;

/* --- the k-th lease ------------------------------------------------------------------------ */

static struct cgn_ep4
in_of(uint32_t k)
{
	return (struct cgn_ep4){ .addr = rte_cpu_to_be_32(RTE_IPV4(100, 64, 0, 2) + k / EACH),
		.port = rte_cpu_to_be_16((uint16_t)(6000 + k % EACH)),
		.proto = k % 2 == 0 ? CGN_PROTO_UDP : CGN_PROTO_TCP };
}

static struct cgn_ep4
ext_of(const struct cgn_ep4 *in)
{
	uint32_t k = (rte_be_to_cpu_32(in->addr) - RTE_IPV4(100, 64, 0, 2)) * EACH +
			rte_be_to_cpu_16(in->port) - 6000;

	return (struct cgn_ep4){ .addr = rte_cpu_to_be_32(UINT32_C(0xc6336400) + k / 50000),
		.port = rte_cpu_to_be_16((uint16_t)(1024 + k % 50000)),
		.proto = in->proto };
}

static uint32_t
life_of(uint32_t k)
{
	return LIFE_MIN_S + (uint32_t)((uint64_t)k * 2654435761u % LIFE_SPAN);
}

/* --- what the table stands on -------------------------------------------------------------- */

static int
send_command(void *ctx, uint16_t op, const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms)
{
	(void)ctx;
	(void)extra;
	(void)now_ms;
	CU_ASSERT_EQUAL(op, CGN_CMD_MAP_ADD);
	if (f.n_pending == ROOM)
		return -ENOBUFS;
	f.pending[f.n_pending++] = (struct pending){ .call = call, .map = *map };
	return 0;
}

static void
reply(void)
{
	for (unsigned int i = 0; i < f.n_pending; i++) {
		struct pending *p = &f.pending[i];
		struct cgn_ep4 ext = ext_of(&p->map.in);

		if ((p->map.flags & CGN_MAPPING_EXACT) != 0)
			CU_ASSERT_EQUAL(memcmp(&p->map.ext, &ext, sizeof(ext)), 0);
		p->map.ext = ext;
		cgn_lessor_replied(p->call, 0, &p->map, f.now_ms);
	}
	f.n_pending = 0;
}

static int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return f.wall_ms;
}

static void
lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	(void)ctx;
	(void)realm;
	(void)addr;
	(void)now_ms;
	f.n_lost++;
}

static void
done(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	f.n_answers += a->ret == 0;
}

static void
start(void)
{
	static const struct cgn_lessor_ops ops = {
		.send = send_command, .wall_ms = wall_ms, .boot_ms = wall_ms, .lost = lost
	};
	struct cgn_lessor_cfg cfg = { .ops = &ops, .seed = 7 };

	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&f.store, f.path, f.why), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f.timers), 0);
	cfg.store = f.store;
	cfg.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f.lessor, &cfg, f.now_ms), 0);
}

static void
stop(void)
{
	cgn_lessor_destroy(f.lessor);
	cgn_timerq_destroy(f.timers);
	cgn_store_close(f.store);
}

static void
advance_to(uint64_t now_ms)
{
	f.wall_ms += (int64_t)(now_ms - f.now_ms);
	f.now_ms = now_ms;
	while (cgn_timerq_next(f.timers) <= now_ms)
		cgn_timerq_run(f.timers, now_ms, 1000);
}

/* --- for the reader ------------------------------------------------------------------------ */

static uint64_t
resident(void)
{
	unsigned long size = 0, pages = 0;
	FILE *s = fopen("/proc/self/statm", "r");

	if (s == NULL)
		return 0;
	if (fscanf(s, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	fclose(s);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static double
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* --- the test ------------------------------------------------------------------------------ */

/* Every second lease is of PCP, with a nonce of its own. */
static struct cgn_lease_owner
owner_of(uint32_t k)
{
	struct cgn_lease_owner o = { .by = k % 2 == 0 ? CGN_LEASE_BY_NATPMP : CGN_LEASE_BY_PCP };

	if (o.by == CGN_LEASE_BY_PCP) {
		memcpy(o.nonce, &k, sizeof(k));
		memcpy(o.nonce + CGN_LEASE_NONCE - sizeof(k), &k, sizeof(k));
	}
	return o;
}

/* E-MAP-3: the nonce is known after a restart. */
static void
look_at_owners(void)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < LEASES; k++) {
		const struct cgn_lease_owner want = owner_of(k);
		const struct cgn_ep4 in = in_of(k);
		struct cgn_lessor_info lease;

		n += cgn_lessor_find(f.lessor, 0, &in, &lease, f.now_ms) &&
				cgn_lease_owner_same(&lease.by, &want);
	}
	CU_ASSERT_EQUAL(n, LEASES);
}

static void
make_all(void)
{
	for (uint32_t k = 0; k < LEASES; k++) {
		struct cgn_lessor_request r = {
			.in = in_of(k), .lifetime_s = life_of(k), .by = owner_of(k)
		};

		cgn_lessor_map(f.lessor, &r, done, NULL, f.now_ms);
		if (k % 64 == 63 || k == LEASES - 1) { /* as a turn of the loop */
			reply();
			CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
		}
	}
}

static void
restart(uint64_t down_ms)
{
	double begin, loaded, ready;

	stop();
	f.now_ms = 100;
	f.wall_ms += (int64_t)down_ms;
	begin = clock_ms();
	start();
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), 0);
	loaded = clock_ms();
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0)
		reply();
	ready = clock_ms();
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	printf("\n  read from the store in %.0f ms, brought back in %.0f ms", loaded - begin,
			ready - loaded);
}

/* Leases that end later than so many seconds after they were made. */
static uint32_t
longer_than(uint32_t seconds)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < LEASES; k++)
		n += life_of(k) > seconds;
	return n;
}

/* B-MAP-7, B-EP-4: each ends in its own millisecond, across a restart; memory is a cache line or two. */
static void
leases_of_a_city_survive_and_end_in_time(void)
{
	uint64_t before, after, made_ms;

	f.now_ms = 5000;
	f.wall_ms = INT64_C(1800000000000);
	scratch_make(f.path, sizeof(f.path), "leases");
	strcat(f.path, "/state.db");
	start();
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
	before = resident();
	make_all();
	after = resident();
	CU_ASSERT_EQUAL(f.n_answers, LEASES);
	printf("\n  %.0f octets a lease with its client and the store",
			(double)(after - before) / LEASES);
	advance_to(f.now_ms + 20000);
	restart(10000);
	made_ms = f.now_ms - 30000; /* by the new clock; wraps */
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, LEASES);
	look_at_owners();
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, 0, f.now_ms), 30);
	for (uint32_t s = LIFE_MIN_S; s < LIFE_MIN_S + LIFE_SPAN; s += 7) {
		advance_to(made_ms + (uint64_t)s * 1000 - 1);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), longer_than(s - 1));
		advance_to(made_ms + (uint64_t)s * 1000);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), longer_than(s));
	}
	advance_to(made_ms + (LIFE_MIN_S + LIFE_SPAN) * 1000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->expired, LEASES);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	stop();
	unlink(f.path);
	*strrchr(f.path, '/') = '\0';
	CU_ASSERT_EQUAL(rmdir(f.path), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(leases_of_a_city_survive_and_end_in_time),
};

CU_MAIN("lessor_load", tests)
