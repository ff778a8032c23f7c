/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/wirefix.h"

#include <errno.h>
#include <string.h>

#define UDP  CGN_PROTO_UDP
#define TCP  CGN_PROTO_TCP
#define SYN  RTE_TCP_SYN_FLAG
#define ACK  RTE_TCP_ACK_FLAG
#define HOST "192.168.1.10" /* behind a B4 */

static struct cgn_filter
host_filter(const char *addr, uint16_t port)
{
	return (struct cgn_filter){
		.addr = pg_addr(addr), .port = rte_cpu_to_be_16(port), .len = 32
	};
}

static struct fx *
with_leases(struct fx *fx)
{
	fx->conf.natpmp.role = CGN_NATPMP_SERVER; /* a worker without it has no room for filters */
	return fx_start(fx);
}

/* Make or renew a lease of H1:80 with filters. */
static int
filtered(struct fx *fx, enum cgn_proto proto, struct fx_ep *x, const struct cgn_filter *filters,
		unsigned int n)
{
	struct fx_ep wish = { .port = 0 };
	int ret;

	fx->filters = filters;
	fx->n_filters = (uint8_t)n;
	ret = fx_lease(fx, proto, H1, 80, &wish, 600);
	fx->n_filters = 0;
	if (ret == 0)
		*x = wish;
	return ret;
}

/* Whether a datagram of a remote endpoint reaches H1. If not, it has the right verdict. */
static bool
reaches(struct fx *fx, const char *p, uint16_t pp, const struct fx_ep *x)
{
	const struct fx_pkt *out = fx_udp_in(fx, p, pp, x->addr, x->port);

	if (out->left)
		FX_PKT(out, FX_INSIDE, p, pp, H1, 80);
	else
		FX_DROPPED(fx, CGN_V_FILTERED);
	return out->left;
}

/* E-OPT-3: P1 allowed, P2 dropped; the first packet behind the reply is the first that is filtered. */
static void
only_the_allowed_host_comes_in(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(fx_new());
	struct cgn_mapping_info row;
	struct cgn_who_info who;
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, &f, 1), 0);
	CU_ASSERT_FALSE(reaches(fx, P2, 53, &x));
	CU_ASSERT_TRUE(reaches(fx, P1, 53, &x));
	CU_ASSERT_TRUE(reaches(fx, P1, 54, &x));
	/* It is found like any other mapping. */
	CU_ASSERT_TRUE(fx_mapping(fx, UDP, H1, 80, &row));
	CU_ASSERT_EQUAL(fx_who(fx, UDP, x.addr, x.port, &who), 0);
	CU_ASSERT_TRUE(who.has_mapping);
	CU_ASSERT_EQUAL(who.mapping.in.addr, pg_addr(H1));
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-OPT-3: a filter has a prefix and a port. */
static void
prefix_and_port_both_count(void)
{
	struct cgn_filter f[3] = { host_filter("203.0.113.0", 0), host_filter("192.88.2.0", 7),
		host_filter("0.0.0.0", 500) };
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	f[0].len = 26;
	f[1].len = 31;
	f[2].len = 0;
	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, f, 3), 0);
	CU_ASSERT_TRUE(reaches(fx, "203.0.113.63", 1, &x));
	CU_ASSERT_FALSE(reaches(fx, "203.0.113.64", 1, &x));
	CU_ASSERT_FALSE(reaches(fx, "202.0.113.5", 1, &x));
	CU_ASSERT_TRUE(reaches(fx, "192.88.2.1", 7, &x));
	CU_ASSERT_FALSE(reaches(fx, "192.88.2.1", 8, &x));
	CU_ASSERT_FALSE(reaches(fx, "192.88.2.2", 7, &x));
	CU_ASSERT_TRUE(reaches(fx, "9.9.9.9", 500, &x));
	CU_ASSERT_FALSE(reaches(fx, "9.9.9.9", 501, &x));
	fx_free(fx);
}

/* E-OPT-3: each renewal brings all filters; they are added, changed and cleared. */
static void
renewal_replaces_the_filters(void)
{
	const struct cgn_filter f[2] = { host_filter(P1, 0), host_filter(P2, 9) };
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x, y;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, NULL, 0), 0);
	CU_ASSERT_TRUE(reaches(fx, P2, 9, &x));
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, f, 1), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	CU_ASSERT_FALSE(reaches(fx, P2, 9, &x));
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, f, 2), 0);
	CU_ASSERT_TRUE(reaches(fx, P1, 9, &x));
	CU_ASSERT_TRUE(reaches(fx, P2, 9, &x));
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, &f[1], 1), 0);
	CU_ASSERT_FALSE(reaches(fx, P1, 9, &x));
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, NULL, 0), 0);
	CU_ASSERT_TRUE(reaches(fx, P1, 9, &x));
	CU_ASSERT_TRUE(reaches(fx, "9.9.9.9", 1, &x));
	fx_free(fx);
}

/* E-OPT-3: many filters are more than a line; the last one counts as much as the first. */
static void
last_of_many_filters_counts(void)
{
	struct cgn_filter f[CGN_FILTERS_MAX];
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	for (unsigned int i = 0; i < CGN_FILTERS_MAX; i++) {
		f[i] = host_filter(P1, 0);
		f[i].addr = rte_cpu_to_be_32(RTE_IPV4(203u, 0, 113, 100 + i));
	}
	for (unsigned int n = 1; n <= CGN_FILTERS_MAX; n += 6) {
		CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, f, n), 0);
		for (unsigned int i = 0; i < CGN_FILTERS_MAX; i++) {
			char p[16];

			snprintf(p, sizeof(p), "203.0.113.%u", 100 + i);
			CU_ASSERT_EQUAL(reaches(fx, p, 53, &x), i < n);
		}
		FX_BOOKS(fx);
	}
	fx->filters = f;
	fx->n_filters = CGN_FILTERS_MAX + 1;
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 80, &x, 600), -EINVAL);
	fx->n_filters = 0;
	fx_free(fx);
}

/* E-OPT-3: filters end with their lease. What comes after it has none. */
static void
filters_end_with_the_lease(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, &f, 1), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 80), 0);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_NO_MAPPING);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(filtered(fx, UDP, &x, NULL, 0), 0);
	CU_ASSERT_TRUE(reaches(fx, P2, 53, &x));
	/* By its own clock, too. */
	CU_ASSERT_EQUAL(filtered(fx, UDP, &x, &f, 1), 0);
	fx_advance_s(fx, 602);
	FX_BOOKS(fx);
	CU_ASSERT_FALSE(fx_udp_in(fx, P1, 53, x.addr, x.port)->left);
	/* A mapping that traffic uses goes on without the lease, and without its filters. */
	CU_ASSERT_EQUAL(filtered(fx, UDP, &x, &f, 1), 0);
	(void)fx_udp_out(fx, H1, 80, P1, 53);
	CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 80, CGN_MAPPING_UNDO), 0);
	CU_ASSERT_TRUE(reaches(fx, P2, 53, &x));
	fx_free(fx);
}

/* E-OPT-3, E-LIFE-5: a lease of PCP that is in use keeps its filters for the rest of its life. */
static void
shortened_lease_keeps_its_filters(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, &f, 1), 0);
	(void)fx_udp_out(fx, H1, 80, P1, 53);
	CU_ASSERT_EQUAL(fx_end_lease(fx, UDP, H1, 80, CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES), 0);
	CU_ASSERT_FALSE(reaches(fx, P2, 53, &x));
	CU_ASSERT_TRUE(reaches(fx, P1, 53, &x));
	fx_free(fx);
}

/* E-OPT-3: a mapping of traffic becomes a lease with filters. They hold for what the inside has opened, too. */
static void
mapping_of_traffic_gets_filters(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x = fx_map_udp(fx, H1, 80), y;

	FX_PKT(fx_udp_out(fx, H1, 80, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
	CU_ASSERT_TRUE(reaches(fx, P2, 53, &x));
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, &f, 1), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	FX_PKT(fx_udp_out(fx, H1, 80, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
	CU_ASSERT_FALSE(reaches(fx, P2, 53, &x));
	CU_ASSERT_TRUE(reaches(fx, P1, 53, &x));
	fx_free(fx);
}

/* E-OPT-3: a connection opened before the filter, one of a host that is let in, and one of another host. */
static void
tcp_segments_of_all_connections_are_filtered(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = fx_new();
	struct fx_ep x, y;

	fx->conf.nat.syn_unreachable = false;
	with_leases(fx);
	x = fx_connect(fx, H1, 80, P2, 443);
	CU_ASSERT_EQUAL(filtered(fx, TCP, &y, &f, 1), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	fx_tcp_in(fx, P2, 443, x.addr, x.port, ACK);
	FX_DROPPED(fx, CGN_V_FILTERED);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, SYN);
	FX_DROPPED(fx, CGN_V_FILTERED);
	FX_PKT(fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN), FX_INSIDE, P1, 4000, H1, 80);
	FX_PKT(fx_tcp_out(fx, H1, 80, P1, 4000, SYN | ACK), FX_OUTSIDE, x.addr, x.port, P1, 4000);
	FX_PKT(fx_tcp_in(fx, P1, 4000, x.addr, x.port, ACK), FX_INSIDE, P1, 4000, H1, 80);
	/* Without the filter, the old connection goes on. */
	CU_ASSERT_EQUAL(filtered(fx, TCP, &y, NULL, 0), 0);
	FX_PKT(fx_tcp_in(fx, P2, 443, x.addr, x.port, ACK), FX_INSIDE, P2, 443, H1, 80);
	fx_free(fx);
}

/* E-OPT-3, A-FRG-1: a datagram in fragments is filtered as a whole one. */
static void
fragments_are_filtered(void)
{
	const struct cgn_filter f = host_filter(P1, 53);
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, &f, 1), 0);
	for (unsigned int i = 0; i < 3; i++) {
		const char *p = i == 1 ? P2 : P1;
		uint16_t port = i == 2 ? 54 : 53;
		struct rte_mbuf *m = pg_udp(fx->mp, p, port, x.addr, x.port, 2000), *frag[2];

		CU_ASSERT_EQUAL_FATAL(pg_fragment(fx->mp, m, 1500, frag, 2), 2);
		rte_pktmbuf_free(m);
		fx_outside(fx, frag[1]);
		CU_ASSERT_EQUAL(fx->n_out, 0);
		fx_outside(fx, frag[0]);
		CU_ASSERT_EQUAL(fx->n_out, i == 0 ? 2 : 0);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FILTERED), i == 0 ? 0 : 1);
	}
	fx_free(fx);
}

/* E-OPT-3: an ICMP error passes if it is about a packet to a host that is let in. */
static void
errors_about_allowed_hosts_pass(void)
{
	const struct cgn_filter f = host_filter(P1, 53);
	struct fx *fx = with_leases(fx_new());
	struct rte_mbuf *about, *error;
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, &f, 1), 0);
	for (unsigned int i = 0; i < 2; i++) {
		about = pg_udp(fx->mp, x.addr, x.port, i == 0 ? P1 : P2, 53, 64);
		error = pg_icmp_error(fx->mp, R1, x.addr, 3, 1, 0, about, 60);
		rte_pktmbuf_free(about);
		fx_outside(fx, error);
		CU_ASSERT_EQUAL(fx->n_out, i == 0 ? 1 : 0);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FILTERED), i == 0 ? 0 : 1);
	}
	fx_free(fx);
}

/* E-OPT-3, A-HP-3: a hairpin has the external endpoint of its sender. */
static void
hairpins_are_filtered(void)
{
	static const char *const senders[] = { "100.64.2.21", "100.64.2.22", "100.64.2.23",
		"100.64.2.24" };
	struct fx *fx = with_leases(fx_new());

	for (unsigned int i = 0; i < RTE_DIM(senders); i++) {
		struct fx_ep k = fx_map_udp(fx, senders[i], 7000), x;
		const struct cgn_filter f[2] = { host_filter(P1, 0), host_filter(k.addr, k.port) };

		CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, f, 1), 0);
		fx_udp_out(fx, senders[i], 7000, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
		CU_ASSERT_EQUAL(filtered(fx, UDP, &x, f, 2), 0);
		FX_PKT(fx_udp_out(fx, senders[i], 7000, x.addr, x.port), FX_INSIDE, k.addr, k.port,
				H1, 80);
		/* Its other endpoint is another one. */
		fx_udp_out(fx, senders[i], 7001, x.addr, x.port);
		FX_DROPPED(fx, CGN_V_FILTERED);
	}
	fx_free(fx);
}

/* E-OPT-3: in softwires; another host of another home has the same inner address. */
static void
softwires_are_filtered(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(wx_aftr());
	struct fx_ep a = { .port = 0 }, b = { .port = 0 };

	fx->filters = &f;
	fx->n_filters = 1;
	CU_ASSERT_EQUAL_FATAL(wx_lease(fx, B1, UDP, HOST, 80, &a, 600), 0);
	fx->n_filters = 0;
	CU_ASSERT_EQUAL_FATAL(wx_lease(fx, B2, UDP, HOST, 80, &b, 600), 0);
	WX_PKT(fx_udp_in(fx, P1, 53, a.addr, a.port), FX_INSIDE, B1, P1, 53, HOST, 80);
	fx_udp_in(fx, P2, 53, a.addr, a.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	WX_PKT(fx_udp_in(fx, P2, 53, b.addr, b.port), FX_INSIDE, B2, P2, 53, HOST, 80);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* E-OPT-3: packets of one burst to mappings with filters, without them, and in hold-down. */
static void
packets_of_a_burst_get_what_is_theirs(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = fx_new();
	struct fx_ep x, open = { .port = 0 }, gone;
	struct rte_mbuf *m[32];

	fx->single_worker = true;
	with_leases(fx);
	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &gone, NULL, 0), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 80), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 81, &open, 600), 0);
	fx->filters = &f;
	fx->n_filters = 1;
	x = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 82, &x, 600), 0);
	/* Then the neighbour is known, and nothing waits for it. */
	CU_ASSERT_TRUE(fx_udp_in(fx, P1, 53, open.addr, open.port)->left);
	for (unsigned int i = 0; i < RTE_DIM(m); i++) {
		const struct fx_ep *to = i % 4 < 2 ? &x : i % 4 == 2 ? &open : &gone;

		m[i] = pg_udp(fx->mp, i % 4 == 1 ? P1 : P2, 53, to->addr, to->port, 32);
	}
	CU_ASSERT_EQUAL(fx_rx_burst(fx, FX_OUTSIDE, m, RTE_DIM(m)), RTE_DIM(m) / 2);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_FILTERED), RTE_DIM(m) / 4);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_MAPPING), RTE_DIM(m) / 4);
	fx_free(fx);
}

/* E-OPT-3, E-RX-4: a worker without room refuses, and changes nothing. */
static void
full_table_refuses_and_changes_nothing(void)
{
	struct cgn_filter f[CGN_FILTERS_MAX];
	struct fx *fx = fx_new();
	unsigned int n = 0;
	struct fx_ep x, y;
	int ret = 0;

	fx->single_worker = true;
	fx->groups[0].leases_max = 65535;
	fx->groups[0].blocks_max = 200;
	with_leases(fx);
	for (unsigned int i = 0; i < CGN_FILTERS_MAX; i++)
		f[i] = host_filter(P1, (uint16_t)(i + 1));
	CU_ASSERT_EQUAL_FATAL(filtered(fx, UDP, &x, f, 1), 0);
	fx->filters = f;
	fx->n_filters = CGN_FILTERS_MAX;
	while (ret == 0 && n++ < 1000) {
		y = (struct fx_ep){ .port = 0 };
		ret = fx_lease(fx, UDP, H1, (uint16_t)(1000 + n), &y, 600);
	}
	CU_ASSERT_EQUAL(ret, -ENOSPC);
	CU_ASSERT_TRUE(n > 100);
	FX_BOOKS(fx);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), n);
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, f, CGN_FILTERS_MAX), -ENOSPC);
	CU_ASSERT_TRUE(reaches(fx, P1, 1, &x));
	CU_ASSERT_FALSE(reaches(fx, P1, 2, &x));
	/* A renewal needs no room for as many filters as the lease has. */
	fx->n_filters = CGN_FILTERS_MAX;
	y = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, H1, 1002, &y, 600), 0);
	/* What one lease had is room for another one. */
	CU_ASSERT_EQUAL(fx_unlease(fx, UDP, H1, 1001), 0);
	CU_ASSERT_EQUAL(filtered(fx, UDP, &y, f, CGN_FILTERS_MAX), 0);
	CU_ASSERT_TRUE(reaches(fx, P1, 2, &x));
	fx_free(fx);
}

/* E-OPT-3: a static mapping is open to all, so a request for filters is refused. */
static void
static_mapping_gets_no_filters(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx_ep s = { "198.51.100.3", 8080 }, x;
	struct fx *fx = fx_new();

	fx_add_static(fx, UDP, H1, 80, s.addr, s.port);
	fx->keeps = 1;
	with_leases(fx);
	CU_ASSERT_EQUAL(filtered(fx, UDP, &x, &f, 1), -EPERM);
	CU_ASSERT_TRUE(reaches(fx, P2, 53, &s));
	CU_ASSERT_EQUAL(filtered(fx, UDP, &x, NULL, 0), 0);
	fx_free(fx);
}

/* E-OPT-3: with the RFC 5382 answer on, a SYN that is refused waits for six seconds like any other. */
static void
refused_syn_is_answered_late(void)
{
	const struct cgn_filter f = host_filter(P1, 0);
	struct fx *fx = with_leases(fx_new());
	struct fx_ep x;

	CU_ASSERT_EQUAL_FATAL(filtered(fx, TCP, &x, &f, 1), 0);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, SYN);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SYN_HELD), 1);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_advance_s(fx, 7);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	CU_ASSERT_STRING_EQUAL(fx_first(fx)->dst, P2);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(only_the_allowed_host_comes_in),
	CU_TEST_ROW(prefix_and_port_both_count),
	CU_TEST_ROW(renewal_replaces_the_filters),
	CU_TEST_ROW(last_of_many_filters_counts),
	CU_TEST_ROW(filters_end_with_the_lease),
	CU_TEST_ROW(shortened_lease_keeps_its_filters),
	CU_TEST_ROW(mapping_of_traffic_gets_filters),
	CU_TEST_ROW(tcp_segments_of_all_connections_are_filtered),
	CU_TEST_ROW(fragments_are_filtered),
	CU_TEST_ROW(errors_about_allowed_hosts_pass),
	CU_TEST_ROW(hairpins_are_filtered),
	CU_TEST_ROW(softwires_are_filtered),
	CU_TEST_ROW(packets_of_a_burst_get_what_is_theirs),
	CU_TEST_ROW(full_table_refuses_and_changes_nothing),
	CU_TEST_ROW(static_mapping_gets_no_filters),
	CU_TEST_ROW(refused_syn_is_answered_late),
};

CU_MAIN("scn_filters", tests)
