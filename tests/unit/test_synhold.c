/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/synhold.h"
#include "dataplane/pkt/parse.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <string.h>

#define SHARE 8u /* that one remote address may have */
#define MAX   (8 * SHARE)
#define START 16000u

static struct rte_mempool *mp;
static struct cgn_synhold *s;

static void
start(uint32_t max)
{
	if (mp == NULL)
		mp = eal_pool(63);
	CU_ASSERT_EQUAL_FATAL(cgn_synhold_create(&s, max,
					      (const uint64_t[]){ 0x9e3779b97f4a7c15,
							      0xbf58476d1ce4e5b9 }),
			0);
}

static void
stop(void)
{
	cgn_synhold_destroy(s);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(mp), 63);
}

/* A SYN from src:sport to 198.51.100.1:dport, with four octets of options. */
static struct cgn_pkt
syn_from(const char *src, uint16_t sport, uint16_t dport)
{
	static const uint8_t options[4] = { 1, 1, 1, 0 };
	struct pg_ip4 h = { .src = src,
		.dst = "198.51.100.1",
		.proto = IPPROTO_TCP,
		.id = sport,
		.opt = options,
		.opt_len = sizeof(options) };
	struct rte_tcp_hdr tcp = { .src_port = rte_cpu_to_be_16(sport),
		.dst_port = rte_cpu_to_be_16(dport),
		.data_off = 5 << 4,
		.tcp_flags = RTE_TCP_SYN_FLAG };
	struct cgn_pkt_port port = { .mac = pg_mac_us };
	struct cgn_pkt p = {
		.m = pg_ip4(mp, &h, &tcp, sizeof(tcp)), .port = 3, .side = CGN_SIDE_OUTSIDE
	};

	CU_ASSERT_EQUAL_FATAL(cgn_parse(&p, &port), CGN_V_NONE);
	return p;
}

static bool
add_from(const char *src, uint16_t sport, uint16_t dport, cgn_tick now)
{
	struct cgn_pkt p = syn_from(src, sport, dport);
	bool ret = cgn_synhold_add(s, &p, now);

	rte_pktmbuf_free(p.m);
	return ret;
}

static bool
add(uint16_t sport, uint16_t dport, cgn_tick now)
{
	return add_from("192.0.2.9", sport, dport, now);
}

static bool
cancel(uint16_t sport, uint16_t dport)
{
	return cgn_synhold_cancel(s, pg_addr("192.0.2.9"), rte_cpu_to_be_16(sport),
			pg_addr("198.51.100.1"), rte_cpu_to_be_16(dport));
}

/* Source port of the SYN that is due, 0: none is. */
static uint16_t
due(cgn_tick now)
{
	struct cgn_synhold_due d;
	const struct rte_tcp_hdr *tcp;

	if (!cgn_synhold_due(s, now, &d))
		return 0;
	tcp = (const void *)((const uint8_t *)d.ip + 24);
	return rte_be_to_cpu_16(tcp->src_port);
}

/* A-TCP-4: nothing for six seconds, then once. */
static void
syn_is_due_after_six_seconds_and_once(void)
{
	start(MAX);
	CU_ASSERT_TRUE(add(1000, 80, START));
	CU_ASSERT_EQUAL(cgn_synhold_count(s), 1);
	CU_ASSERT_EQUAL(due(START), 0);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(6) - 1), 0);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(6)), 1000);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(60)), 0);
	CU_ASSERT_EQUAL(cgn_synhold_count(s), 0);
	stop();
}

/* A-TCP-4: the ICMP error quotes the SYN as it came, and leaves by the port it came in by. */
static void
what_is_due_is_the_packet_as_it_came(void)
{
	struct cgn_synhold_due d;
	struct cgn_pkt p;

	start(MAX);
	p = syn_from("192.0.2.9", 1000, 80);
	CU_ASSERT_TRUE(cgn_synhold_add(s, &p, START));
	CU_ASSERT_TRUE_FATAL(cgn_synhold_due(s, START + cgn_ticks(6), &d));
	CU_ASSERT_EQUAL(d.len, 24 + 20);
	CU_ASSERT_EQUAL(d.port, 3);
	CU_ASSERT_EQUAL(memcmp(d.ip, cgn_pkt_ip4(&p), d.len), 0);
	rte_pktmbuf_free(p.m);
	stop();
}

/* A-TCP-4: an outbound SYN of the same 4-tuple within the time: the held one is forgotten. */
static void
cancelled_syn_is_never_due(void)
{
	start(MAX);
	CU_ASSERT_TRUE(add(1000, 80, START));
	CU_ASSERT_TRUE(add(1001, 80, START + 1));
	CU_ASSERT_TRUE(add(1002, 80, START + 2));
	CU_ASSERT_TRUE(cancel(1001, 80));
	CU_ASSERT_FALSE(cancel(1001, 80));
	CU_ASSERT_EQUAL(cgn_synhold_count(s), 2);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(7)), 1000);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(7)), 1002);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(7)), 0);
	stop();
}

/* A-TCP-4: the same 4-tuple, not one that shares a part of it. */
static void
every_part_of_the_connection_counts(void)
{
	rte_be32_t rem, ext;

	start(MAX);
	rem = pg_addr("192.0.2.9");
	ext = pg_addr("198.51.100.1");
	CU_ASSERT_TRUE(add(1000, 80, START));
	CU_ASSERT_FALSE(cancel(1001, 80));
	CU_ASSERT_FALSE(cancel(1000, 81));
	CU_ASSERT_FALSE(cgn_synhold_cancel(
			s, pg_addr("192.0.2.10"), RTE_BE16(1000), ext, RTE_BE16(80)));
	CU_ASSERT_FALSE(cgn_synhold_cancel(
			s, rem, RTE_BE16(1000), pg_addr("198.51.100.2"), RTE_BE16(80)));
	CU_ASSERT_EQUAL(cgn_synhold_count(s), 1);
	CU_ASSERT_TRUE(cgn_synhold_cancel(s, rem, RTE_BE16(1000), ext, RTE_BE16(80)));
	stop();
}

/* A-TCP-4: the six seconds run from the first SYN, and a repetition takes no room. */
static void
repeated_syn_is_held_once_from_its_first_time(void)
{
	start(MAX);
	for (uint32_t i = 0; i < 3 * MAX; i++)
		CU_ASSERT_TRUE(add(1000, 80, START + i));
	CU_ASSERT_EQUAL(cgn_synhold_count(s), 1);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(6)), 1000);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(60)), 0);
	stop();
}

/* A-TCP-4: the store is bounded; overflow is silence, and what is held stays. */
static void
full_store_refuses_and_keeps_what_it_has(void)
{
	static const char *const sources[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4",
		"192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8" };

	start(MAX);
	for (uint16_t i = 0; i < MAX; i++)
		CU_ASSERT_TRUE(add_from(sources[i % 8], (uint16_t)(1000 + i), 80, START));
	CU_ASSERT_FALSE(add(2000, 80, START));
	CU_ASSERT_TRUE(add_from(sources[3], 1003, 80, START));
	CU_ASSERT_EQUAL(cgn_synhold_count(s), MAX);
	for (uint16_t i = 0; i < MAX; i++)
		CU_ASSERT_EQUAL(due(START + cgn_ticks(6)), 1000 + i);
	CU_ASSERT_EQUAL(due(START + cgn_ticks(6)), 0);
	CU_ASSERT_TRUE(add(2000, 80, START + cgn_ticks(6)));
	stop();
}

/* A-TCP-4: one remote address gets its part of the store, others are held all the same. A place comes back when
 * its SYN is due or is cancelled. */
static void
remote_address_fills_no_more_than_its_part(void)
{
	cgn_tick now = START;

	start(MAX);
	for (uint32_t round = 0; round < 100; round++, now += cgn_ticks(7)) {
		for (uint16_t i = 0; i < MAX; i++)
			CU_ASSERT_EQUAL(add((uint16_t)(1000 + i), 80, now), i < SHARE);
		CU_ASSERT_TRUE(add(1000, 80, now));
		CU_ASSERT_TRUE(add_from("192.0.2.1", 1, 80, now));
		CU_ASSERT_TRUE(cancel(1000, 80));
		CU_ASSERT_TRUE(add(2000, 80, now));
		CU_ASSERT_FALSE(add(2001, 80, now));
		CU_ASSERT_TRUE(cancel(1003, 80)); /* between others: its place comes back later */
		for (uint16_t i = 1; i < SHARE; i++) {
			if (i != 3)
				CU_ASSERT_EQUAL(due(now + cgn_ticks(6)), 1000 + i);
		}
		CU_ASSERT_EQUAL(due(now + cgn_ticks(6)), 1);
		CU_ASSERT_EQUAL(due(now + cgn_ticks(6)), 2000);
		CU_ASSERT_EQUAL(cgn_synhold_count(s), 0);
	}
	stop();
}

static void
store_of_no_size_holds_nothing(void)
{
	start(0);
	CU_ASSERT_FALSE(add(1000, 80, START));
	CU_ASSERT_EQUAL(due(START + cgn_ticks(60)), 0);
	CU_ASSERT_FALSE(cancel(1000, 80));
	stop();
	cgn_synhold_destroy(NULL);
}

/* Round and round the store, with cancellations of the first, the last and one between. */
static void
store_stays_right_over_many_rounds(void)
{
	cgn_tick now = START;

	start(MAX);
	for (uint32_t round = 0; round < 1000; round++, now += cgn_ticks(7)) {
		uint16_t n = (uint16_t)(1 + round % SHARE), out = (uint16_t)(round % n), left = 0;

		for (uint16_t i = 0; i < n; i++)
			CU_ASSERT_TRUE(add((uint16_t)(1000 + i), (uint16_t)(80 + round % 5), now));
		CU_ASSERT_TRUE(cancel((uint16_t)(1000 + out), (uint16_t)(80 + round % 5)));
		for (uint16_t i = 0; i < n; i++) {
			if (i != out)
				CU_ASSERT_EQUAL(due(now + cgn_ticks(6)), 1000 + i);
			left = (uint16_t)(left + (i != out));
		}
		CU_ASSERT_EQUAL(left, n - 1);
		CU_ASSERT_EQUAL(due(now + cgn_ticks(6)), 0);
		CU_ASSERT_EQUAL(cgn_synhold_count(s), 0);
	}
	stop();
}

/* The clock is 32 bits and wraps. */
static void
time_runs_across_the_wrap_of_the_clock(void)
{
	cgn_tick at = UINT32_MAX - 10;

	start(MAX);
	CU_ASSERT_TRUE(add(1000, 80, at));
	CU_ASSERT_EQUAL(due(UINT32_MAX), 0);
	CU_ASSERT_EQUAL(due(at + cgn_ticks(6) - 1), 0);
	CU_ASSERT_EQUAL(due(at + cgn_ticks(6)), 1000);
	stop();
}

/* A-TCP-4: only the very same 4-tuple, however many entries share a bucket. */
static void
syn_to_another_port_or_from_another_one_cancels_nothing(void)
{
	start(MAX);
	for (uint16_t i = 0; i < SHARE; i++)
		CU_ASSERT_TRUE(add(1000, (uint16_t)(80 + i), START));
	for (uint16_t i = 0; i < 1000; i++) {
		CU_ASSERT_FALSE(cancel(1000, (uint16_t)(2000 + i)));
		CU_ASSERT_FALSE(cancel((uint16_t)(2000 + i), 80));
	}
	CU_ASSERT_EQUAL(cgn_synhold_count(s), SHARE);
	stop();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(syn_is_due_after_six_seconds_and_once),
	CU_TEST_ROW(what_is_due_is_the_packet_as_it_came),
	CU_TEST_ROW(syn_to_another_port_or_from_another_one_cancels_nothing),
	CU_TEST_ROW(cancelled_syn_is_never_due),
	CU_TEST_ROW(every_part_of_the_connection_counts),
	CU_TEST_ROW(repeated_syn_is_held_once_from_its_first_time),
	CU_TEST_ROW(full_store_refuses_and_keeps_what_it_has),
	CU_TEST_ROW(remote_address_fills_no_more_than_its_part),
	CU_TEST_ROW(store_of_no_size_holds_nothing),
	CU_TEST_ROW(store_stays_right_over_many_rounds),
	CU_TEST_ROW(time_runs_across_the_wrap_of_the_clock),
};

CU_MAIN("synhold", tests)
