/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_announce.h"
#include "tests/support/leaseask.h"

#define GW2    RTE_BE32(0x64400002)
#define ROUTED RTE_BE32(0x0a000001)

struct packet {
	uint64_t at_ms;
	rte_be32_t gateway;
	rte_be32_t to;
	uint16_t udp_port;
	uint8_t data[12];
};

static struct lf f;
static struct cgn_natpmp_announce *announce;
static struct cgn_conf conf;
static struct packet packets[100000];
static unsigned int n_packets;
static rte_be32_t known_gateway;

static void
take(void *ctx, uint32_t realm, rte_be32_t gateway, rte_be32_t to, uint16_t udp_port,
		const void *data, size_t len)
{
	struct packet *p = &packets[n_packets++];

	(void)realm;
	CU_ASSERT_PTR_EQUAL(ctx, &f);
	CU_ASSERT_EQUAL_FATAL(len, 12);
	CU_ASSERT_TRUE_FATAL(n_packets <= sizeof(packets) / sizeof(packets[0]));
	*p = (struct packet){
		.at_ms = f.now_ms, .gateway = gateway, .to = to, .udp_port = udp_port
	};
	memcpy(p->data, data, len);
}

static rte_be32_t
gateway(void *ctx, uint32_t realm, rte_be32_t to)
{
	(void)ctx;
	(void)realm;
	(void)to;
	return known_gateway;
}

static const struct cgn_natpmp_announce_ops ops = { .send = take, .gateway = gateway };

static void
begin(void)
{
	struct cgn_natpmp_announce_cfg cfg = { .conf = &conf, .ops = &ops, .ctx = &f };

	conf.natpmp = (struct cgn_conf_natpmp){ .role = CGN_NATPMP_SERVER, .announce = true };
	n_packets = 0;
	known_gateway = LF_GW;
	lf_begin(&f);
	cfg.lessor = f.lessor;
	cfg.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_announce_create(&announce, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	cgn_natpmp_announce_destroy(announce);
	lf_end(&f);
}

static void
tell(rte_be32_t addr)
{
	cgn_natpmp_announce_client(announce, 0, addr, f.now_ms);
}

/* Let time pass while the worker answers. */
static void
pass(uint64_t ms)
{
	for (uint64_t i = 0; i < ms; i++) {
		lf_advance(&f, 1);
		lf_reply(&f);
	}
}

/* B-ANN-1, B-ANN-2: ten packets, the gaps double, the epoch grows. */
static void
series_has_ten_packets_at_their_times(void)
{
	static const uint64_t due[] = { 0, 250, 750, 1750, 3750, 7750, 15750, 31750, 63750,
		127750 };

	begin();
	lf_advance(&f, 10000);
	tell(LF_H1);
	pass(200000);
	CU_ASSERT_EQUAL(n_packets, 10);
	for (unsigned int i = 0; i < n_packets; i++) {
		const uint8_t *d = packets[i].data;
		static const uint8_t head[4] = { 0, 0x80, 0, 0 };
		uint32_t epoch = (uint32_t)d[4] << 24 | (uint32_t)d[5] << 16 | (uint32_t)d[6] << 8 |
				d[7];

		CU_ASSERT_EQUAL(packets[i].at_ms - packets[0].at_ms, due[i]);
		CU_ASSERT_EQUAL(memcmp(d, head, 4), 0);
		CU_ASSERT_EQUAL(epoch, (packets[i].at_ms - 5000) / 1000);
		CU_ASSERT_EQUAL(memcmp(d + 8, (const uint8_t[]){ 198, 51, 100, 7 }, 4), 0);
		CU_ASSERT_EQUAL(packets[i].udp_port, 5350);
		CU_ASSERT_EQUAL(packets[i].to, LF_H1);
	}
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), 0);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->sent, 10);
	end();
}

/* B-ANN-3: one series at a time. */
static void
new_event_begins_the_series_anew(void)
{
	static const uint64_t due[] = { 0, 250, 750, 1750, 3000, 3250, 3750, 4750, 6750, 10750,
		18750, 34750, 66750, 130750 };

	begin();
	tell(LF_H1);
	pass(3001);
	tell(LF_H1);
	pass(200000);
	CU_ASSERT_EQUAL(n_packets, 14);
	for (unsigned int i = 0; i < n_packets; i++)
		CU_ASSERT_TRUE(packets[i].at_ms - packets[0].at_ms - due[i] <= 1);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->series, 2);
	end();
}

static void
new_event_while_the_worker_is_asked_begins_anew(void)
{
	begin();
	tell(LF_H1);
	lf_advance(&f, 5);
	CU_ASSERT_EQUAL(f.n_calls, 1);
	tell(LF_H1);
	tell(LF_H1);
	CU_ASSERT_EQUAL(f.n_calls, 1);
	pass(200000);
	CU_ASSERT_EQUAL(n_packets, 10);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	end();
}

/* B-ANN-4: as the address that the client asked, or would ask. */
static void
source_is_the_gateway_that_the_client_knows(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, CGN_PROTO_UDP, 1, 600);

	begin();
	r.gateway = GW2;
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	tell(LF_H1);
	tell(ROUTED);
	pass(10);
	CU_ASSERT_EQUAL(n_packets, 2);
	CU_ASSERT_EQUAL(packets[0].gateway, GW2);
	CU_ASSERT_EQUAL(packets[1].gateway, LF_GW);
	/* Who cannot be reached is not told. */
	known_gateway = 0;
	tell(LF_H2);
	pass(1000);
	CU_ASSERT_FALSE(cgn_natpmp_announce_has(announce, 0, LF_H2));
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->failed, 1);
	end();
}

/* B-ANN-5: to each its own address, and to nobody else. */
static void
nobody_is_told_of_anothers_address(void)
{
	begin();
	tell(LF_H1);
	tell(LF_H2);
	pass(200000);
	CU_ASSERT_EQUAL(n_packets, 20);
	for (unsigned int i = 0; i < n_packets; i++) {
		CU_ASSERT_EQUAL(packets[i].data[11], packets[i].to == LF_H1 ? 7 : 8);
		CU_ASSERT_TRUE(packets[i].to == LF_H1 || packets[i].to == LF_H2);
	}
	end();
}

/* B-ANN-6: a mass of series begins at a rate; the gaps are kept; nothing piles up. */
static void
many_series_are_spread_and_keep_their_gaps(void)
{
	enum {
		CLIENTS = 5000
	};
	static uint64_t first[CLIENTS];
	static unsigned int seen[CLIENTS];
	static const uint64_t due[] = { 0, 250, 750, 1750, 3750, 7750, 15750, 31750, 63750,
		127750 };
	unsigned int most = 0, n;

	begin();
	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < CLIENTS; i++)
		tell(rte_cpu_to_be_32(0x64410000 + i));
	for (int s = 0; s < 140; s++) {
		n = n_packets;
		pass(1000);
		most = n_packets - n > most ? n_packets - n : most;
	}
	CU_ASSERT_EQUAL(n_packets, 10 * CLIENTS);
	/* All of a second's starts, and of those before whose next packet is due. */
	CU_ASSERT_TRUE(most <= 10 * CGN_NATPMP_ANNOUNCE_PER_S);
	for (unsigned int i = 0; i < n_packets; i++) {
		uint32_t c = rte_be_to_cpu_32(packets[i].to) - 0x64410000;

		if (seen[c] == 0)
			first[c] = packets[i].at_ms;
		CU_ASSERT_EQUAL(packets[i].at_ms, first[c] + due[seen[c]]);
		seen[c]++;
	}
	CU_ASSERT_TRUE(first[CLIENTS - 1] - first[0] + 2 >=
			1000 * (CLIENTS - 1) / CGN_NATPMP_ANNOUNCE_PER_S);
	end();
}

/* B-ANN-7 */
static void
old_port_is_told_too_if_wanted(void)
{
	begin();
	conf.natpmp.announce_to_5351 = true;
	tell(LF_H1);
	pass(10);
	CU_ASSERT_EQUAL(n_packets, 2);
	CU_ASSERT_EQUAL(packets[0].udp_port, 5350);
	CU_ASSERT_EQUAL(packets[1].udp_port, 5351);
	CU_ASSERT_EQUAL(memcmp(packets[0].data, packets[1].data, 12), 0);
	end();
}

static void
switched_off_tells_nobody(void)
{
	begin();
	conf.natpmp.announce = false;
	tell(LF_H1);
	pass(1000);
	CU_ASSERT_EQUAL(n_packets, 0);
	end();
}

/* B-EXT-3: no address to tell. */
static void
client_without_an_address_is_told_so(void)
{
	begin();
	f.refuse = -EADDRNOTAVAIL;
	tell(LF_H1);
	pass(10);
	CU_ASSERT_EQUAL(n_packets, 1);
	CU_ASSERT_EQUAL(packets[0].data[3], 3);
	CU_ASSERT_EQUAL(memcmp(packets[0].data + 8, (const uint8_t[4]){ 0 }, 4), 0);
	end();
}

static void
silent_worker_ends_the_series(void)
{
	begin();
	tell(LF_H1);
	lf_advance(&f, 5);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), 0);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->failed, 1);
	f.room = 0;
	tell(LF_H1);
	lf_advance(&f, 5);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), 0);
	end();
}

/* Whoever is seen after a start may be made up: no more are told than can be, and no known client waits. */
static void
strangers_do_not_pile_up(void)
{
	begin();
	for (uint32_t i = 0; i < 2 * CGN_NATPMP_ANNOUNCE_STRANGERS; i++)
		cgn_natpmp_announce_stranger(
				announce, 0, rte_cpu_to_be_32(0x64410000 + i), f.now_ms);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), CGN_NATPMP_ANNOUNCE_STRANGERS);
	CU_ASSERT_FALSE(cgn_natpmp_announce_has(announce, 0, LF_H1));
	tell(LF_H1);
	CU_ASSERT_TRUE(cgn_natpmp_announce_has(announce, 0, LF_H1));
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->series,
			CGN_NATPMP_ANNOUNCE_STRANGERS + 1);
	/* One that is being told is not told anew. */
	cgn_natpmp_announce_stranger(announce, 0, LF_H1, f.now_ms);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_stats(announce)->series,
			CGN_NATPMP_ANNOUNCE_STRANGERS + 1);
	end();
}

/* B-ANN-3: each series says what is true at its own start: the address or that there is none, and the gateway of
 * now, whatever the one before it said. */
static void
series_again_says_what_is_true_now(void)
{
	static const struct {
		int refuse;
		rte_be32_t gateway;
	} rounds[] = {
		{ 0, LF_GW },
		{ -EADDRNOTAVAIL, LF_GW },
		{ 0, GW2 },
		{ -EADDRNOTAVAIL, GW2 },
		{ -EADDRNOTAVAIL, LF_GW },
		{ 0, LF_GW },
	};

	begin();
	for (unsigned int i = 0; i < 2 * sizeof(rounds) / sizeof(rounds[0]); i++) {
		bool is_whole = i >= sizeof(rounds) / sizeof(rounds[0]);
		unsigned int k = i % (sizeof(rounds) / sizeof(rounds[0]));

		f.refuse = rounds[k].refuse;
		known_gateway = rounds[k].gateway;
		n_packets = 0;
		tell(LF_H1);
		/* In the middle of the one before, then after its end. */
		pass(is_whole ? 130000 : 400);
		CU_ASSERT_EQUAL(n_packets, is_whole ? 10 : 2);
		CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), !is_whole);
		for (unsigned int n = 0; n < n_packets; n++) {
			CU_ASSERT_EQUAL(packets[n].gateway, rounds[k].gateway);
			CU_ASSERT_EQUAL(packets[n].data[3], f.refuse == 0 ? 0 : 3);
			CU_ASSERT_EQUAL(packets[n].data[8], f.refuse == 0 ? 198 : 0);
			CU_ASSERT_EQUAL(packets[n].data[11], f.refuse == 0 ? 7 : 0);
		}
		n_packets = 0;
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(strangers_do_not_pile_up),
	CU_TEST_ROW(series_has_ten_packets_at_their_times),
	CU_TEST_ROW(new_event_begins_the_series_anew),
	CU_TEST_ROW(new_event_while_the_worker_is_asked_begins_anew),
	CU_TEST_ROW(source_is_the_gateway_that_the_client_knows),
	CU_TEST_ROW(nobody_is_told_of_anothers_address),
	CU_TEST_ROW(many_series_are_spread_and_keep_their_gaps),
	CU_TEST_ROW(old_port_is_told_too_if_wanted),
	CU_TEST_ROW(switched_off_tells_nobody),
	CU_TEST_ROW(client_without_an_address_is_told_so),
	CU_TEST_ROW(series_again_says_what_is_true_now),
	CU_TEST_ROW(silent_worker_ends_the_series),
};

CU_MAIN("natpmp_announce", tests)
