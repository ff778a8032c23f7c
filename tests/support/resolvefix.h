/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RESOLVEFIX_H
#define CGN_TEST_RESOLVEFIX_H

/**
 * @file
 * A resolver between two links, with its clock. Keeps the frames that it sends and what it tells the
 * workers.
 */

#include "controlplane/link/arp_nd.h"
#include "controlplane/link/arp_nd_responder.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver.h"
#include "tests/support/cu.h"

#include <string.h>

#define FRAMES 4096

struct sent {
	uint8_t data[128];
	size_t len;
	uint16_t port;
};

struct told {
	bool is_known;
	struct cgn_cmd_neigh n;
};

static struct sent sent[FRAMES];
static unsigned int n_sent;
static struct told told[FRAMES];
static unsigned int n_told;
static bool workers_full;

static struct cgn_timerq *timers;
static struct cgn_resolver *table;
static uint64_t now;

static const struct rte_ether_addr macs[2] = {
	{ .addr_bytes = { 2, 0, 0, 0, 0, 1 } },
	{ .addr_bytes = { 2, 0, 0, 0, 0, 2 } },
};
static const struct rte_ether_addr peer = { .addr_bytes = { 2, 0, 0, 0, 9, 9 } };
static const struct rte_ether_addr other = { .addr_bytes = { 2, 0, 0, 0, 9, 10 } };

#define IP4(a, b, c, d) \
	((struct cgn_ip){ .ip4 = RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)) })

static inline struct cgn_ip
ip6(uint8_t last)
{
	return (struct cgn_ip){ .ip6.b = { 0x20, 0x01, 0x0d, 0xb8, [15] = last }, .is_ip6 = true };
}

/*
 * Inside 100.64.0.1/10, VLAN 7; outside 192.0.2.2/24 and 2001:db8::2/64; the pool has some addresses of
 * each link, and others.
 */
static struct cgn_conf_port ports[2];
static struct cgn_range4 ranges[3] = {
	{ 0x64400005, 0x64400006 },
	{ 0xc0000264, 0xc0000265 },
	{ 0xc6336400, 0xc633640f },
};
static struct cgn_conf_pool pool = { .ranges = ranges, .n_ranges = 3 };
static struct cgn_conf conf = { .ports = ports, .n_ports = 2, .pools = &pool, .n_pools = 1 };

static inline void
send_frame(void *ctx, uint16_t port, const void *frame, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(n_sent < FRAMES && len <= sizeof(sent[0].data));
	memcpy(sent[n_sent].data, frame, len);
	sent[n_sent].len = len;
	sent[n_sent++].port = port;
}

static inline bool
tell_workers(void *ctx, bool is_known, const struct cgn_cmd_neigh *n, uint64_t now_ms)
{
	(void)ctx;
	(void)now_ms;
	if (workers_full)
		return false;
	CU_ASSERT_TRUE_FATAL(n_told < FRAMES);
	told[n_told].is_known = is_known;
	told[n_told++].n = *n;
	return true;
}

static const struct cgn_resolver_ops ops = { .send = send_frame, .tell = tell_workers };

static inline void
begin_with(uint32_t max, uint32_t rate)
{
	struct cgn_resolver_cfg cfg = {
		.conf = &conf,
		.macs = macs,
		.timers = NULL,
		.ops = &ops,
		.max = max,
		.requests_per_s = rate,
		.seed = 1,
	};

	ports[0] = (struct cgn_conf_port){
		.side = CGN_SIDE_INSIDE,
		.vlan = 7,
		.n_addresses = 1,
		.addresses = { { .ip4 = RTE_BE32(0x64400001), .len = 10 } },
	};
	ports[1] = (struct cgn_conf_port){
		.side = CGN_SIDE_OUTSIDE,
		.n_addresses = 2,
		.addresses = { { .ip4 = RTE_BE32(0xc0000202), .len = 24 },
				{ .ip6 = ip6(2).ip6, .len = 64, .is_ip6 = true } },
	};
	n_sent = n_told = 0;
	workers_full = false;
	now = 1000000;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	cfg.timers = timers;
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_create(&table, &cfg), 0);
	cgn_resolver_start(table, now);
}

static inline void
pass(uint64_t ms)
{
	for (uint64_t end = now + ms; now < end; now++)
		cgn_timerq_run(timers, now, 1000);
}

/* Start the resolver and wait until it has sent all announcements. */
static inline void
begin(void)
{
	begin_with(64, 0);
	pass(100);
	n_sent = n_told = 0;
}

/** Both steps of a reload. */
static inline void
set_conf(const struct cgn_conf *to)
{
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, to, now), 0);
	cgn_resolver_commit(table, now);
}

static inline void
end(void)
{
	cgn_resolver_destroy(table);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
}

static inline bool
input(uint16_t port, const uint8_t *frame, size_t len)
{
	struct cgn_frame f;

	CU_ASSERT_TRUE_FATAL(cgn_frame_parse(&f, port, frame, len));
	return cgn_arp_nd_responder_input(table, &f, now);
}

/* The peer on a port sends a request for an address. */
static inline void
peer_asks(uint16_t port, struct cgn_ip from, struct cgn_ip target)
{
	struct cgn_arp_nd_from p = { .mac = peer, .vlan = ports[port].vlan };
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len = cgn_arp_nd_request(buf, &p, &from, &target, NULL);

	CU_ASSERT_TRUE(input(port, buf, len));
}

static inline void
peer_answers(uint16_t port, const struct rte_ether_addr *mac, struct cgn_ip own,
		struct cgn_ip asker)
{
	struct cgn_arp_nd_from p = { .mac = *mac, .vlan = ports[port].vlan };
	struct cgn_arp_nd request = { .sender = asker, .target = own };
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len = cgn_arp_nd_answer(buf, &p, &own, &request, &macs[port]);

	CU_ASSERT_TRUE(input(port, buf, len));
}

static inline void
want(uint16_t port, struct cgn_ip a)
{
	struct cgn_cmd_neigh n = { .addr = a, .port = port };

	cgn_resolver_wanted(table, &n, now);
}

static inline bool
sent_is(unsigned int i, enum cgn_arp_nd_kind kind, struct cgn_ip sender, struct cgn_ip target)
{
	struct cgn_frame f;
	struct cgn_arp_nd m;

	return i < n_sent && cgn_frame_parse(&f, sent[i].port, sent[i].data, sent[i].len) &&
			cgn_arp_nd_parse(&m, &f) && m.kind == kind &&
			cgn_local_addr_same(&m.sender, &sender) &&
			cgn_local_addr_same(&m.target, &target);
}

static inline bool
is_sent_to(unsigned int i, const struct rte_ether_addr *mac)
{
	return i < n_sent && memcmp(sent[i].data, mac, sizeof(*mac)) == 0;
}

/** One of many hosts of the inside link. */
static inline struct cgn_ip
inside_host(uint32_t n)
{
	return (struct cgn_ip){ .ip4 = rte_cpu_to_be_32(0x64500000 + n) };
}

/** A station of the inside link asks for our address. The request contains the station's address. */
static inline void
station_asks(const struct rte_ether_addr *mac, struct cgn_ip sender)
{
	struct cgn_arp_nd_from p = { .mac = *mac, .vlan = 7 };
	struct cgn_ip own = IP4(100, 64, 0, 1);
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len = cgn_arp_nd_request(buf, &p, &sender, &own, NULL);

	CU_ASSERT_TRUE(input(0, buf, len));
}

/** Whether the workers were told last that an address is known. */
static inline bool
workers_know(struct cgn_ip a)
{
	bool is_known = false;

	for (unsigned int i = 0; i < n_told; i++) {
		if (cgn_local_addr_same(&told[i].n.addr, &a))
			is_known = told[i].is_known;
	}
	return is_known;
}

#endif /* CGN_TEST_RESOLVEFIX_H */
