/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SUBSCRIBERS 2048u
#else
#define SUBSCRIBERS 16384u
#endif
#define PER_SUBSCRIBER 62u /* of a block of 64, of which NAT-PMP may have two */
#define MAPPINGS       (SUBSCRIBERS * PER_SUBSCRIBER)
#define ROUNDS         3

/* Resident memory in octets. */
static uint64_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size = 0, pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The k-th flow's packet: a copy of a template with another source. */
static struct rte_mbuf *
flow(struct fx *fx, const struct rte_mbuf *like, uint32_t k)
{
	struct rte_mbuf *m = rte_pktmbuf_copy(like, fx->mp, 0, UINT32_MAX);
	uint32_t host = rte_be_to_cpu_32(pg_addr("100.80.0.0")) + k % SUBSCRIBERS;
	struct rte_ipv4_hdr *ip;
	struct rte_udp_hdr *udp;

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	ip = pg_ip(m);
	udp = pg_l4(m);
	ip->src_addr = rte_cpu_to_be_32(host);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = rte_cpu_to_be_16((uint16_t)(20000 + k / SUBSCRIBERS));
	udp->dgram_cksum = 0;
	return m;
}

/* One packet of every flow. @return how many left */
static uint64_t
send_all(struct fx *fx, const struct rte_mbuf *like)
{
	uint64_t before = fx_verdict(fx, CGN_V_OUT);

	for (uint32_t k = 0; k < MAPPINGS;) {
		struct rte_mbuf *m[CGN_BURST];
		unsigned int n = 0;

		while (n < CGN_BURST && k < MAPPINGS)
			m[n++] = flow(fx, like, k++);
		fx_rx_burst(fx, FX_INSIDE, m, n);
	}
	return fx_verdict(fx, CGN_V_OUT) - before;
}

static uint64_t
made(const struct fx *fx)
{
	return fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP);
}

/* Make, use and expire all of them. */
static void
check_round(struct fx *fx, const struct rte_mbuf *like)
{
	uint64_t before = made(fx);

	CU_ASSERT_EQUAL(send_all(fx, like), MAPPINGS);
	CU_ASSERT_EQUAL(made(fx) - before, MAPPINGS);
	fx_advance_s(fx, 200);
	CU_ASSERT_EQUAL(send_all(fx, like), MAPPINGS);
	CU_ASSERT_EQUAL(made(fx) - before, MAPPINGS);
	fx_advance_s(fx, 299);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), MAPPINGS);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), SUBSCRIBERS);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, SUBSCRIBERS);
	fx_advance_s(fx, 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), MAPPINGS);
	fx_advance_s(fx, 122);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	fx_advance_s(fx, 310);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
}

/* A-RES-1, A-POOL-8, A-PORT-6: a million mappings, three times over: nothing is lost, nothing grows. */
static void
million_mappings_come_and_go(void)
{
	static struct cgn_record_door no_kinds[CGN_WORKERS_MAX];
	struct fx *fx = fx_new();
	struct rte_mbuf *like;
	uint64_t rss[ROUNDS];

	fx_pool_per_worker(fx, 24 / fx->n_workers);
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->conf.nat.mappings_max = MAPPINGS;
	fx->conf.nat.hold_down_max = MAPPINGS;
	fx->is_flood = true;
	/* Nothing is recorded: a ledger of records would be measured, too. */
	fx->doors = no_kinds;
	fx_start(fx);
	like = pg_udp(fx->mp, H1, 1, P1, 53, 8);
	/* Every worker learns its next hop first: it holds but a few packets meanwhile. */
	for (uint32_t k = 0; k < 64; k++)
		fx_inside(fx, flow(fx, like, k));
	fx_advance_s(fx, 900);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		check_round(fx, like);
		rss[i] = resident();
	}
	printf("\n  resident after each round: %lu %lu %lu MB ", (unsigned long)(rss[0] >> 20),
			(unsigned long)(rss[1] >> 20), (unsigned long)(rss[2] >> 20));
	/* A tenth of what one more table per mapping would take. */
	/* The allocator and the sanitizer move by a megabyte; an octet lost per mapping shows in the hour, a
	 * mapping's cache line in one round. */
	CU_ASSERT_TRUE(rss[2] < rss[1] + (4u << 20));
	rte_pktmbuf_free(like);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(million_mappings_come_and_go),
};

CU_MAIN("scn_million", tests)
