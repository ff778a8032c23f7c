/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/arp_nd.h"
#include "controlplane/link/arp_nd_responder.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver.h"
#include "tests/support/cu.h"

#include <string.h>

/*
 * Links with hosts that come and go, for hours: the second search for a neighbour is like the first one, what
 * the workers know is what is true, and nothing is left of a neighbour that is gone. ARP on a port with a
 * VLAN tag, neighbour discovery on a port without.
 */

#define HOSTS    8
#define FRESH_MS 60000
#define TRY_MS   1000

struct host {
	uint16_t port;
	struct cgn_ip ip;
	struct rte_ether_addr mac;
	bool is_up;
	unsigned int skip; /* questions that are lost on their way */
	/* requests that it has seen */
	unsigned int n_all, n_owned;
	/* what the workers know */
	bool is_known;
	struct rte_ether_addr known;
	unsigned int n_told;
};

static const struct rte_ether_addr macs[2] = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } };
static const struct cgn_ip6 own6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
static struct cgn_conf_port ports[2] = {
	{ .side = CGN_SIDE_INSIDE,
			.vlan = 7,
			.n_addresses = 2,
			.addresses = { { .ip4 = RTE_BE32(0x0a010001), .len = 24 },
					{ .ip4 = RTE_BE32(0x64400001), .len = 10 } } },
	{ .side = CGN_SIDE_OUTSIDE,
			.n_addresses = 2,
			.addresses = { { .ip4 = RTE_BE32(0xc0000202), .len = 24 },
					{ .ip6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
							.len = 64,
							.is_ip6 = true } } },
};
static struct cgn_conf conf = { .ports = ports, .n_ports = 2 };
static struct host hosts[HOSTS];
static struct cgn_timerq *timers;
static struct cgn_resolver *table;
static uint64_t now;
static unsigned int full_of_8; /* how often of 8 times the workers take nothing */
static struct {
	uint8_t data[CGN_ARP_ND_MAX];
	size_t len;
	uint16_t port;
} answers[256]; /* on their way */
static unsigned int n_answers;

static uint32_t
rnd(uint32_t below)
{
	static uint32_t x = 11;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % below;
}

/* A host says where it is. @param request  what it answers */
static void
speak(const struct host *h, const struct rte_ether_addr *mac, const struct cgn_arp_nd *request)
{
	const struct cgn_arp_nd_from from = { .mac = *mac, .vlan = ports[h->port].vlan };

	CU_ASSERT_TRUE_FATAL(n_answers < 256);
	answers[n_answers].port = h->port;
	answers[n_answers].len = cgn_arp_nd_answer(
			answers[n_answers].data, &from, &h->ip, request, &macs[h->port]);
	n_answers++;
}

static void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	struct cgn_frame f;
	struct cgn_arp_nd m;
	struct cgn_ip own;

	(void)ctx;
	CU_ASSERT_EQUAL(((const uint8_t *)frame)[12] == 0x81, port == 0);
	CU_ASSERT_TRUE_FATAL(cgn_frame_parse(&f, port, frame, len));
	CU_ASSERT_TRUE_FATAL(cgn_arp_nd_parse(&m, &f));
	if (m.kind != CGN_ARP_ND_REQUEST || m.is_announced)
		return;
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct host *h = &hosts[i];

		if (h->port != port || !cgn_local_addr_same(&h->ip, &m.target))
			continue;
		/* Asked from the address of the host's own link. */
		CU_ASSERT_TRUE(cgn_local_addr_source(&ports[port], &h->ip, &own));
		CU_ASSERT_TRUE(cgn_local_addr_same(&own, &m.sender));
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&m.mac, &macs[port]));
		if (rte_is_multicast_ether_addr(&f.dst)) {
			h->n_all++;
		} else {
			h->n_owned++;
			CU_ASSERT_TRUE(rte_is_same_ether_addr(&f.dst, &h->known));
		}
		if (h->skip > 0)
			h->skip--;
		else if (h->is_up &&
				(rte_is_multicast_ether_addr(&f.dst) ||
						rte_is_same_ether_addr(&f.dst, &h->mac)))
			speak(h, &h->mac, &m);
	}
}

static bool
tell_workers(void *ctx, bool is_known, const struct cgn_cmd_neigh *n, uint64_t now_ms)
{
	(void)ctx;
	CU_ASSERT_EQUAL(now_ms, now);
	if (rnd(8) < full_of_8)
		return false;
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct host *h = &hosts[i];

		if (h->port != n->port || !cgn_local_addr_same(&h->ip, &n->addr))
			continue;
		h->is_known = is_known;
		memcpy(&h->known, n->mac, sizeof(h->known));
		h->n_told++;
	}
	return true;
}

static const struct cgn_resolver_ops ops = { .send = send_frame, .tell = tell_workers };

static void
deliver(void)
{
	while (n_answers > 0) {
		struct cgn_frame f;

		n_answers--;
		CU_ASSERT_TRUE(cgn_frame_parse(&f, answers[n_answers].port, answers[n_answers].data,
				answers[n_answers].len));
		CU_ASSERT_TRUE(cgn_arp_nd_responder_input(table, &f, now));
	}
}

static void
pass(uint64_t ms)
{
	uint64_t end = now + ms;

	deliver();
	while (cgn_timerq_next(timers) <= end) {
		now = cgn_timerq_next(timers) > now ? cgn_timerq_next(timers) : now;
		cgn_timerq_run(timers, now, 1000);
		deliver();
	}
	now = end;
}

static void
begin_with(uint32_t max)
{
	const struct cgn_resolver_cfg cfg = {
		.conf = &conf, .macs = macs, .ops = &ops, .max = max, .seed = 1
	};
	struct cgn_resolver_cfg c = cfg;

	now = 1000;
	full_of_8 = n_answers = 0;
	memset(hosts, 0, sizeof(hosts));
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct host *h = &hosts[i];

		h->port = (uint16_t)(i % 2);
		h->mac = (struct rte_ether_addr){ { 2, 1, 0, 0, 0, (uint8_t)i } };
		if (h->port == 1) {
			h->ip.is_ip6 = true;
			h->ip.ip6 = own6;
			h->ip.ip6.b[15] = (uint8_t)(0x10 + i);
		} else {
			h->ip.ip4 = rte_cpu_to_be_32((i % 4 == 0 ? 0x0a010010 : 0x64400010) + i);
		}
	}
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	c.timers = timers;
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_create(&table, &c), 0);
	cgn_resolver_start(table, now);
	pass(1000);
}

static void
end(void)
{
	cgn_resolver_destroy(table);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
}

static void
want(const struct host *h)
{
	const struct cgn_cmd_neigh n = { .addr = h->ip, .port = h->port };

	cgn_resolver_wanted(table, &n, now);
	deliver();
}

static void
set_all(bool is_up)
{
	for (unsigned int i = 0; i < HOSTS; i++) {
		hosts[i].is_up = is_up;
		hosts[i].n_all = hosts[i].n_owned = hosts[i].n_told = 0;
	}
}

/* Whether the workers know what is true of all hosts. */
static void
check_known(void)
{
	for (unsigned int i = 0; i < HOSTS; i++) {
		CU_ASSERT_EQUAL(hosts[i].is_known, hosts[i].is_up);
		CU_ASSERT_TRUE(!hosts[i].is_up ||
				rte_is_same_ether_addr(&hosts[i].known, &hosts[i].mac));
	}
}

/* RFC 4861 section 7.2.2 and 7.3.3: found, lost after three questions to its station, searched for in vain
 * with three questions to all, found again with another station: each time as the first time. */
static void
neighbour_that_comes_and_goes_is_searched_as_at_first(void)
{
	const struct cgn_resolver_stats *s;

	begin_with(0);
	s = cgn_resolver_stats(table);
	for (unsigned int cycle = 0; cycle < 5; cycle++) {
		uint64_t expired = s->expired, failed = s->failed, resolved = s->resolved;

		set_all(true);
		for (unsigned int i = 0; i < HOSTS; i++) {
			hosts[i].mac.addr_bytes[4] = (uint8_t)cycle;
			want(&hosts[i]);
			CU_ASSERT_EQUAL(hosts[i].n_all, 1);
			CU_ASSERT_EQUAL(hosts[i].n_told, 1);
		}
		check_known();
		CU_ASSERT_EQUAL(s->resolved, resolved + HOSTS);
		set_all(false);
		pass(FRESH_MS - 1);
		for (unsigned int i = 0; i < HOSTS; i++)
			CU_ASSERT_EQUAL(hosts[i].n_all + hosts[i].n_owned, 0);
		for (unsigned int n = 1; n <= 3; n++) {
			pass(n == 1 ? 1 : TRY_MS);
			for (unsigned int i = 0; i < HOSTS; i++)
				CU_ASSERT_EQUAL(hosts[i].n_owned, n);
		}
		pass(TRY_MS - 1);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), HOSTS);
		pass(1);
		check_known();
		CU_ASSERT_EQUAL(s->expired, expired + HOSTS);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
		/* Wanted again, twice, while nobody is there. */
		for (unsigned int again = 1; again <= 2; again++) {
			set_all(false);
			for (unsigned int i = 0; i < HOSTS; i++) {
				want(&hosts[i]);
				want(&hosts[i]);
			}
			for (unsigned int n = 1; n <= 3; n++) {
				for (unsigned int i = 0; i < HOSTS; i++)
					CU_ASSERT_EQUAL(hosts[i].n_all, n);
				pass(TRY_MS);
			}
			for (unsigned int i = 0; i < HOSTS; i++) {
				CU_ASSERT_EQUAL(hosts[i].n_all, 3);
				CU_ASSERT_EQUAL(hosts[i].n_owned, 0);
				CU_ASSERT_EQUAL(hosts[i].n_told, 1);
			}
			CU_ASSERT_EQUAL(s->failed, failed + again * HOSTS);
			CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
			CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
		}
	}
	end();
}

/* One that answers only the second or the third question is found and kept all the same. */
static void
neighbour_that_misses_questions_is_kept(void)
{
	begin_with(0);
	for (unsigned int missed = 0; missed < 3; missed++) {
		struct host *h = &hosts[missed];

		set_all(false);
		h->is_up = true;
		h->skip = missed;
		want(h);
		pass(missed * TRY_MS);
		CU_ASSERT_TRUE(h->is_known);
		CU_ASSERT_EQUAL(h->n_all, missed + 1);
		/* The same at each probe, for an hour. */
		for (unsigned int minute = 1; minute <= 60; minute++) {
			h->skip = missed;
			pass(FRESH_MS + missed * TRY_MS);
			CU_ASSERT_EQUAL(h->skip, 0);
			CU_ASSERT_EQUAL(h->n_owned, minute * (missed + 1));
			CU_ASSERT_TRUE(h->is_known);
			h->n_told = 0;
			want(h); /* a worker that has forgotten it is told again */
			CU_ASSERT_EQUAL(h->n_told, 1);
		}
		h->is_up = false;
		pass(2 * FRESH_MS);
		CU_ASSERT_FALSE(h->is_known);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

/* Once a minute, to its station, and nothing more for as long as it is there. */
static void
neighbour_that_stays_is_asked_once_a_minute(void)
{
	begin_with(0);
	set_all(true);
	for (unsigned int i = 0; i < HOSTS; i++)
		want(&hosts[i]);
	set_all(true);
	for (unsigned int minute = 1; minute <= 180; minute++) {
		pass(FRESH_MS);
		for (unsigned int i = 0; i < HOSTS; i++) {
			CU_ASSERT_EQUAL(hosts[i].n_owned, minute);
			CU_ASSERT_EQUAL(hosts[i].n_all, 0);
			CU_ASSERT_EQUAL(hosts[i].n_told, 0);
		}
		check_known();
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), HOSTS);
	end();
}

/* Workers whose rings are full most of the time, hosts that come and go at random: as soon as there is room
 * the workers know what is true. */
static void
workers_know_the_truth_as_soon_as_they_have_room(void)
{
	begin_with(0);
	for (unsigned int round = 0; round < 200; round++) {
		full_of_8 = round % 2 == 0 ? 7 : 8;
		for (unsigned int step = 0; step < 20; step++) {
			struct host *h = &hosts[rnd(HOSTS)];

			switch (rnd(4)) {
			case 0:
				h->is_up = !h->is_up;
				h->mac.addr_bytes[3] = (uint8_t)(h->mac.addr_bytes[3] + h->is_up);
				break;
			case 1:
				want(h);
				break;
			default:
				pass(rnd(30000));
				break;
			}
		}
		full_of_8 = 0;
		pass(2 * FRESH_MS);
		for (unsigned int i = 0; i < HOSTS; i++)
			want(&hosts[i]);
		pass(4 * TRY_MS);
		check_known();
		if (round % 10 == 0) {
			set_all(false);
			pass(2 * FRESH_MS);
			check_known();
			CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
			CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
		}
	}
	end();
}

/* Wanted while the workers have not heard of its loss yet: the search begins anew, and ends. */
static void
neighbour_wanted_in_the_middle_of_its_loss_is_searched_anew(void)
{
	begin_with(0);
	for (unsigned int round = 0; round < 4; round++) {
		struct host *h = &hosts[round];

		set_all(false);
		want(h);
		full_of_8 = 8;
		pass(4 * TRY_MS);
		CU_ASSERT_EQUAL(h->n_all, 3);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 1);
		h->is_up = round % 2 == 0;
		want(h);
		CU_ASSERT_EQUAL(h->n_all, 4);
		full_of_8 = 0;
		pass(4 * TRY_MS);
		CU_ASSERT_EQUAL(h->n_all, h->is_up ? 4 : 6);
		CU_ASSERT_EQUAL(h->is_known, h->is_up);
		h->is_up = false;
		pass(2 * FRESH_MS);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

/* A table of few places is enough for any number of neighbours after another. */
static void
places_of_lost_neighbours_are_used_again(void)
{
	begin_with(4);
	for (unsigned int i = 0; i < 400; i++) {
		struct host *h = &hosts[i % HOSTS];

		set_all(false);
		h->is_up = i % 3 != 0;
		want(h);
		pass(4 * TRY_MS);
		CU_ASSERT_EQUAL(h->is_known, h->is_up);
		h->is_up = false;
		pass(2 * FRESH_MS);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 0);
	/* More at once than fit: who does not fit is told so, again and again, and the others are served. */
	for (unsigned int round = 0; round < 3; round++) {
		set_all(true);
		for (unsigned int i = 0; i < HOSTS; i++)
			want(&hosts[i]);
		for (unsigned int i = 0; i < HOSTS; i++) {
			CU_ASSERT_EQUAL(hosts[i].is_known, i < 4);
			CU_ASSERT_EQUAL(hosts[i].n_told, 1);
		}
		set_all(false);
		pass(2 * FRESH_MS);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

/* --- claims -------------------------------------------------------------------------------- */

/* Somebody says to be a host. */
static void
claim(const struct host *h, uint8_t last)
{
	const struct rte_ether_addr mac = { { 2, 6, 6, 6, 6, last } };
	struct cgn_arp_nd to = { 0 };

	to.sender.is_ip6 = h->ip.is_ip6;
	if (h->ip.is_ip6)
		to.sender.ip6 = own6;
	else
		to.sender.ip4 = RTE_BE32(0x0a010001);
	speak(h, &mac, &to);
	deliver();
}

/* RFC 4861 section 7.2.5, D-SEC-1: claims never end; the station that is there keeps its address at each of
 * them, and what was claimed long ago is not followed when it goes. */
static void
station_keeps_its_address_against_every_claim(void)
{
	begin_with(0);
	for (unsigned int i = 0; i < 4; i++) {
		struct host *h = &hosts[i];

		set_all(true);
		want(h);
		for (unsigned int n = 0; n < 300; n++) {
			claim(h, (uint8_t)n);
			pass(rnd(3) == 0 ? 5000 : rnd(400));
			CU_ASSERT_TRUE(h->is_known);
			CU_ASSERT_TRUE(rte_is_same_ether_addr(&h->known, &h->mac));
		}
		pass(5000);
		/* It is not told again and again. */
		CU_ASSERT_EQUAL(h->n_told, 1);
		/* Probed within a minute, lost after three questions: no other station had it meanwhile. */
		h->is_up = false;
		pass(FRESH_MS + 3 * TRY_MS);
		CU_ASSERT_FALSE(h->is_known);
		CU_ASSERT_EQUAL(h->n_told, 2);
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->moved, 0);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

/* A neighbour that has moved is followed, however often it moves, within a second each time. */
static void
station_that_moves_is_followed_each_time(void)
{
	begin_with(0);
	for (unsigned int i = 0; i < 4; i++) {
		struct host *h = &hosts[i];

		set_all(true);
		want(h);
		for (unsigned int n = 1; n < 20; n++) {
			const struct rte_ether_addr mac = { { 2, 6, 6, 6, 6, (uint8_t)n } };

			pass(n % 3 == 0 ? 100000 : 2000);
			h->mac = mac;
			claim(h, (uint8_t)n);
			pass(1001);
			CU_ASSERT_TRUE(h->is_known);
			CU_ASSERT_TRUE(rte_is_same_ether_addr(&h->known, &mac));
		}
		h->is_up = false;
		pass(2 * FRESH_MS);
		CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(neighbour_that_comes_and_goes_is_searched_as_at_first),
	CU_TEST_ROW(neighbour_that_misses_questions_is_kept),
	CU_TEST_ROW(neighbour_that_stays_is_asked_once_a_minute),
	CU_TEST_ROW(workers_know_the_truth_as_soon_as_they_have_room),
	CU_TEST_ROW(neighbour_wanted_in_the_middle_of_its_loss_is_searched_anew),
	CU_TEST_ROW(places_of_lost_neighbours_are_used_again),
	CU_TEST_ROW(station_keeps_its_address_against_every_claim),
	CU_TEST_ROW(station_that_moves_is_followed_each_time),
};

CU_MAIN("resolver_again", tests)
