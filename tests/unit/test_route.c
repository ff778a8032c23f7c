/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/link/route.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <string.h>

#define ROUTES_MAX 64

static struct cgn_conf_port ports[3];
static struct cgn_conf_route routes[ROUTES_MAX];
static struct cgn_conf conf;

static void
add_port(enum cgn_side side, const char *addr, uint8_t len, uint16_t mtu)
{
	struct cgn_conf_port *p = &ports[conf.n_ports++];

	*p = (struct cgn_conf_port){ .side = side, .mtu = mtu, .n_addresses = 1 };
	p->addresses[0] = (struct cgn_prefix){ .ip4 = pg_addr(addr), .len = len };
}

static void
add_route(const char *addr, uint8_t len, const char *via, uint16_t port)
{
	routes[conf.n_routes++] = (struct cgn_conf_route){
		.prefix = { .ip4 = pg_addr(addr), .len = len },
		.via = { .ip4 = pg_addr(via) },
		.port = port,
	};
}

/* Two links inside, one outside; a route of every kind of length. */
static void
start(void)
{
	eal_start();
	conf = (struct cgn_conf){ .workers = 1, .ports = ports, .routes = routes };
	add_port(CGN_SIDE_INSIDE, "100.64.0.1", 24, 1500);
	add_port(CGN_SIDE_OUTSIDE, "192.0.2.2", 25, 1400);
	add_port(CGN_SIDE_INSIDE, "100.65.0.1", 16, 9000);
	add_route("0.0.0.0", 0, "192.0.2.1", 1);
	add_route("10.0.0.0", 8, "100.64.0.2", 0);
	add_route("10.1.0.0", 16, "100.64.0.3", 0);
	add_route("10.1.2.3", 32, "100.65.0.4", 2);
	add_route("10.1.2.0", 28, "100.64.0.2", 0);
	add_route("11.32.0.0", 11, "100.64.0.3", 0);
}

/* More routes than are scanned, so that the table is used; they lie apart from the first ones. */
static void
add_many(void)
{
	char text[2][16];

	for (unsigned int i = 0; i < 40; i++) {
		snprintf(text[0], sizeof(text[0]), "172.16.%u.0", i);
		snprintf(text[1], sizeof(text[1]), "100.64.0.%u", 10 + i);
		add_route(text[0], (uint8_t)(24 + i % 3), text[1], 0);
	}
}

/* The longest prefix of a side, plainly. */
static bool
expect(enum cgn_side side, rte_be32_t dst, struct cgn_nexthop *nh)
{
	int best = -1;

	for (size_t i = 0; i < conf.n_ports; i++) {
		const struct cgn_prefix *a = &ports[i].addresses[0];

		if (ports[i].side == side && cgn_prefix_has4(a, dst) && a->len > best) {
			best = a->len;
			*nh = (struct cgn_nexthop){ .port = (uint16_t)i, .mtu = ports[i].mtu };
		}
	}
	for (size_t i = 0; i < conf.n_routes; i++) {
		const struct cgn_conf_route *r = &routes[i];

		if (ports[r->port].side == side && cgn_prefix_has4(&r->prefix, dst) &&
				r->prefix.len > best) {
			best = r->prefix.len;
			*nh = (struct cgn_nexthop){
				.gateway = r->via.ip4, .port = r->port, .mtu = ports[r->port].mtu
			};
		}
	}
	return best >= 0;
}

/* The first and last address of a link are its own (RFC 2644). */
static bool
is_not_a_host(const struct cgn_nexthop *nh, rte_be32_t dst)
{
	const struct cgn_prefix *link = &ports[nh->port].addresses[0];
	uint32_t host = rte_be_to_cpu_32(dst) & ~cgn_mask4(link->len);

	return nh->gateway == 0 && (host == 0 || host == ~cgn_mask4(link->len));
}

static bool
agrees(const struct cgn_routes *r, enum cgn_side side, rte_be32_t dst)
{
	const struct cgn_nexthop *nh = cgn_routes_lookup(r, dst);
	struct cgn_nexthop want;

	if (!expect(side, dst, &want) || is_not_a_host(&want, dst))
		return nh == NULL;
	return nh != NULL && nh->gateway == want.gateway && nh->port == want.port &&
			nh->mtu == want.mtu;
}

/* Destinations at both ends of every prefix and next to them, and random ones. */
static uint32_t
disagreements(const struct cgn_routes *r, enum cgn_side side)
{
	uint32_t n = 0, rnd = 1;

	for (size_t i = 0; i < conf.n_routes + conf.n_ports; i++) {
		const struct cgn_prefix *p = i < conf.n_routes
				? &routes[i].prefix
				: &ports[i - conf.n_routes].addresses[0];
		uint32_t first = rte_be_to_cpu_32(p->ip4) & cgn_mask4(p->len);
		uint32_t last = first | ~cgn_mask4(p->len);

		n += !agrees(r, side, rte_cpu_to_be_32(first));
		n += !agrees(r, side, rte_cpu_to_be_32(last));
		n += !agrees(r, side, rte_cpu_to_be_32(first - 1));
		n += !agrees(r, side, rte_cpu_to_be_32(last + 1));
		for (unsigned int k = 0; k < 500; k++) {
			rnd = rnd * 1664525 + 1013904223;
			n += !agrees(r, side, rte_cpu_to_be_32(first | (rnd >> p->len % 32)));
		}
	}
	return n;
}

static void
scan_finds_the_longest_prefix(void)
{
	struct cgn_routes r;

	start();
	for (int side = 0; side < CGN_SIDE_COUNT; side++) {
		CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&r, &conf, (enum cgn_side)side, NULL), 0);
		CU_ASSERT_PTR_NULL(r.fib);
		CU_ASSERT_EQUAL(disagreements(&r, (enum cgn_side)side), 0);
		cgn_routes_fini(&r);
	}
}

static void
table_of_many_routes_finds_the_longest_prefix(void)
{
	struct cgn_routes r;

	start();
	add_many();
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&r, &conf, CGN_SIDE_INSIDE, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(r.fib);
	CU_ASSERT_EQUAL(disagreements(&r, CGN_SIDE_INSIDE), 0);
	cgn_routes_fini(&r);
}

/* A-ADR-1: a route of one side says nothing about the same numbers on the other. */
static void
sides_have_routes_of_their_own(void)
{
	struct cgn_routes in, out;
	const struct cgn_nexthop *nh;

	start();
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&in, &conf, CGN_SIDE_INSIDE, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&out, &conf, CGN_SIDE_OUTSIDE, NULL), 0);
	nh = cgn_routes_lookup(&out, pg_addr("10.1.2.3"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(nh);
	CU_ASSERT_EQUAL(nh->gateway, pg_addr("192.0.2.1"));
	nh = cgn_routes_lookup(&in, pg_addr("10.1.2.3"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(nh);
	CU_ASSERT_EQUAL(nh->gateway, pg_addr("100.65.0.4"));
	CU_ASSERT_EQUAL(nh->port, 2);
	CU_ASSERT_PTR_NULL(cgn_routes_lookup(&in, pg_addr("203.0.113.1")));
	CU_ASSERT_PTR_NULL(cgn_routes_lookup(&in, pg_addr("192.0.2.1")));
	cgn_routes_fini(&in);
	cgn_routes_fini(&out);
}

static void
neighbour_on_the_link_is_its_own_next_hop(void)
{
	struct cgn_routes r;
	const struct cgn_nexthop *nh;

	start();
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&r, &conf, CGN_SIDE_OUTSIDE, NULL), 0);
	nh = cgn_routes_lookup(&r, pg_addr("192.0.2.77"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(nh);
	CU_ASSERT_EQUAL(nh->gateway, 0);
	CU_ASSERT_EQUAL(nh->port, 1);
	CU_ASSERT_EQUAL(nh->mtu, 1400);
	nh = cgn_routes_lookup(&r, pg_addr("192.0.2.128"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(nh);
	CU_ASSERT_EQUAL(nh->gateway, pg_addr("192.0.2.1"));
	cgn_routes_fini(&r);
}

/* Gateways that several routes share are one next hop: it is resolved once. */
static void
routes_by_one_gateway_share_their_next_hop(void)
{
	struct cgn_routes r;

	start();
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&r, &conf, CGN_SIDE_INSIDE, NULL), 0);
	CU_ASSERT_PTR_EQUAL(cgn_routes_lookup(&r, pg_addr("10.9.9.9")),
			cgn_routes_lookup(&r, pg_addr("10.1.2.1")));
	CU_ASSERT_EQUAL(r.n_nexthops, 5);
	cgn_routes_fini(&r);
}

/* A-ADR-1: shared address space is a martian outside unless a route says that it is known there. */
static void
default_route_is_not_specific(void)
{
	struct cgn_routes in, out;

	start();
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&in, &conf, CGN_SIDE_INSIDE, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&out, &conf, CGN_SIDE_OUTSIDE, NULL), 0);
	CU_ASSERT_FALSE(cgn_routes_has_specific(&out, pg_addr("100.64.0.9")));
	CU_ASSERT_TRUE(cgn_routes_has_specific(&in, pg_addr("100.64.0.9")));
	CU_ASSERT_FALSE(cgn_routes_has_specific(&in, pg_addr("10.200.0.1")));
	CU_ASSERT_FALSE(cgn_routes_has_specific(&in, pg_addr("203.0.113.1")));
	cgn_routes_fini(&in);
	cgn_routes_fini(&out);
}

static void
ip6_routes_do_not_disturb(void)
{
	struct cgn_routes r;

	start();
	ports[1].addresses[1] = (struct cgn_prefix){ .is_ip6 = true, .len = 0 };
	ports[1].n_addresses = 2;
	routes[conf.n_routes++] = (struct cgn_conf_route){
		.prefix = { .is_ip6 = true }, .via = { .is_ip6 = true }, .port = 0
	};
	CU_ASSERT_EQUAL_FATAL(cgn_routes_init(&r, &conf, CGN_SIDE_INSIDE, NULL), 0);
	CU_ASSERT_PTR_NULL(cgn_routes_lookup(&r, pg_addr("203.0.113.1")));
	CU_ASSERT_EQUAL(r.n_routes, 7);
	cgn_routes_fini(&r);
	cgn_routes_fini(&r);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(scan_finds_the_longest_prefix),
	CU_TEST_ROW(table_of_many_routes_finds_the_longest_prefix),
	CU_TEST_ROW(sides_have_routes_of_their_own),
	CU_TEST_ROW(neighbour_on_the_link_is_its_own_next_hop),
	CU_TEST_ROW(routes_by_one_gateway_share_their_next_hop),
	CU_TEST_ROW(default_route_is_not_specific),
	CU_TEST_ROW(ip6_routes_do_not_disturb),
};

CU_MAIN("route", tests)
