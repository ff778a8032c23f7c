/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <math.h>
#include <string.h>

/* One address per worker with n_blocks blocks of 64 ports from port_min on. */
static struct fx *
new_small(uint16_t port_min, unsigned int n_blocks, unsigned int blocks_max)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 1);
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = (uint16_t)blocks_max;
	fx->pools[0].port_min = port_min;
	fx->pools[0].port_max = (uint16_t)(port_min + 64 * n_blocks - 1);
	return fx;
}

/* A subscriber of the same worker as H1. */
static const char *
other_of_same_worker(const struct fx *fx, unsigned int k)
{
	static char text[16];

	for (unsigned int i = 1; i < 255; i++) {
		snprintf(text, sizeof(text), "100.64.77.%u", i);
		if (fx_owner(fx, text) == fx_owner(fx, H1) && k-- == 0)
			break;
	}
	return text;
}

/* A-PORT-1: the low range is withheld: a high port, every time, RFC 6908 section 2.11. */
static void
low_inside_port_gets_a_high_external_one(void)
{
	struct fx *fx = fx_default();

	for (unsigned int i = 1; i < 1024; i += 7)
		CU_ASSERT_TRUE(fx_map_udp(fx, H1, (uint16_t)i).port >= 1024);
	fx_free(fx);
}

/* A-PORT-2: parity is kept where configured, RFC 4787 REQ-4. */
static void
parity_is_kept_when_configured(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.port_parity = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 200; i++) {
		uint16_t port = (uint16_t)(1024 + i * 317 % 60000);

		CU_ASSERT_EQUAL(fx_map_udp(fx, H1, port).port & 1, port & 1);
	}
	fx_free(fx);
}

/* A-PORT-4: statistics of n ports of one block of size ports. */
static void
check_random(const unsigned int *port, unsigned int n, unsigned int size)
{
	double sum = 0, square = 0, product = 0, chi = 0, mean, var;
	unsigned int bin[16] = { 0 }, base = port[0] / size * size, steps = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum += port[i] % size;
		square += (double)(port[i] % size) * (port[i] % size);
		bin[port[i] % size * 16 / size]++;
		steps += i > 0 && port[i] == port[i - 1] + 1;
		CU_ASSERT_EQUAL(port[i] / size * size, base);
	}
	mean = sum / n;
	var = square / n - mean * mean;
	for (unsigned int i = 0; i + 1 < n; i++)
		product += (port[i] % size - mean) * (port[i + 1] % size - mean);
	for (unsigned int i = 0; i < 16; i++)
		chi += (bin[i] - n / 16.0) * (bin[i] - n / 16.0) / (n / 16.0);
	/* Four standard deviations; chi-square of 15 degrees of freedom at 0.1 %. */
	CU_ASSERT_TRUE(fabs(product / (n - 1) / var) < 4 / sqrt(n));
	CU_ASSERT_TRUE(chi < 37.7);
	CU_ASSERT_TRUE(steps < 12);
}

/* A-PORT-3, A-PORT-4: no sequence in the ports of sequential flows; all of a block is used. */
static void
ports_are_random_over_their_block(void)
{
	struct fx *fx = fx_new();
	unsigned int port[1024];

	fx->groups[0].block_size = 4096;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 4096;
	fx_start(fx);
	for (unsigned int k = 0; k < 5; k++) {
		char h[16];

		snprintf(h, sizeof(h), "100.64.8.%u", k + 1);
		for (unsigned int i = 0; i < RTE_DIM(port); i++)
			port[i] = fx_map_udp(fx, h, (uint16_t)(10000 + i)).port;
		check_random(port, RTE_DIM(port), 4096);
	}
	fx_free(fx);
}

/* A-PORT-5: the inside port is kept where configured if it is free, RFC 4787 section 4.2.1. */
static void
inside_port_is_preserved_when_configured(void)
{
	struct fx *fx = new_small(1024, 16, 16);
	uint16_t near;
	struct fx_ep x, y;

	fx->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	fx->groups[0].subscriber_prefix_len = 28;
	fx_start(fx);
	/* A port of the block that the first flow got. */
	near = fx_map_udp(fx, H1, 60000).port ^ 1;
	x = fx_map_udp(fx, H1, near);
	CU_ASSERT_EQUAL(x.port, near);
	/* The other host of the subscriber collides. */
	y = fx_map_udp(fx, H2, near);
	CU_ASSERT_STRING_EQUAL(x.addr, y.addr);
	CU_ASSERT_NOT_EQUAL(y.port, near);
	fx_free(fx);
}

/* A-PORT-5: not preserved by default but by chance. */
static void
inside_port_is_not_preserved_by_default(void)
{
	struct fx *fx = fx_default();
	uint16_t base = fx_map_udp(fx, H1, 1).port / 512 * 512;
	unsigned int same = 0;

	for (unsigned int i = 0; i < 200; i++)
		same += fx_map_udp(fx, H1, (uint16_t)(base + i)).port == base + i;
	CU_ASSERT_TRUE(same < 8);
	fx_free(fx);
}

static bool
is_one_of(const struct fx_ep *e, unsigned int n, const struct fx_pkt *p)
{
	for (unsigned int i = 0; i < n; i++) {
		if (e[i].port == p->sport && strcmp(e[i].addr, p->src) == 0)
			return true;
	}
	return false;
}

/* Flood from two other subscribers; how many of the ports they get are among those of before. */
static unsigned int
count_reused(struct fx *fx, const struct fx_ep *e, unsigned int n)
{
	unsigned int reused = 0;

	for (unsigned int k = 0; k < 2; k++) {
		for (unsigned int i = 0; i < 128; i++) {
			fx_udp_out(fx, other_of_same_worker(fx, k), (uint16_t)(7000 + i), P2, 99);
			reused += fx_first(fx)->left && fx_first(fx)->port == FX_OUTSIDE &&
					is_one_of(e, n, fx_first(fx));
		}
	}
	return reused;
}

/* A-PORT-6: a released port is nobody else's for 120 s, then it is, RFC 6888 REQ-8. */
static void
released_port_is_held_down(void)
{
	struct fx *fx = new_small(1024, 2, 2);
	struct fx_ep e[128];

	fx_start(fx);
	for (unsigned int i = 0; i < 128; i++)
		e[i] = fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_advance_s(fx, 301);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 128);
	CU_ASSERT_EQUAL(count_reused(fx, e, 128), 0);
	fx_advance_s(fx, 117);
	CU_ASSERT_EQUAL(count_reused(fx, e, 128), 0);
	fx_advance_s(fx, 4);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	CU_ASSERT_TRUE(count_reused(fx, e, 128) > 0);
	fx_free(fx);
}

/* A-PORT-6: within its own block a subscriber does not get the held port for another endpoint. */
static void
held_port_is_not_given_to_another_endpoint_of_the_host(void)
{
	struct fx *fx = new_small(1024, 1, 1);
	struct fx_ep e[10];

	fx_start(fx);
	for (unsigned int i = 0; i < 10; i++)
		e[i] = fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_advance_s(fx, 301);
	for (unsigned int i = 0; i < 54; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, H1, (uint16_t)(6000 + i), P1, 53);

		CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
		CU_ASSERT_FALSE(is_one_of(e, 10, p));
	}
	fx_udp_out(fx, H1, 6100, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	fx_free(fx);
}

/* A-PORT-6: time and number of the held ports are configurable. */
static void
hold_down_is_configurable(void)
{
	struct fx *fx = new_small(1024, 2, 2);
	struct fx_ep e[128];

	fx->conf.nat.hold_down_max = 8;
	fx->conf.nat.hold_down_s = 60;
	fx_start(fx);
	for (unsigned int i = 0; i < 128; i++)
		e[i] = fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_advance_s(fx, 310);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 8);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_HOLD_DOWN_OVERFLOW), 120);
	CU_ASSERT_TRUE(count_reused(fx, e, 128) > 0);
	fx_advance_s(fx, 55);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
	fx = new_small(1024, 2, 2);
	fx->conf.nat.hold_down_s = 0;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, 301);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
}

/* A-PORT-6: exception a of RFC 6888 REQ-8: a tracked TCP connection that was closed. */
static void
port_of_a_closed_connection_is_not_held(void)
{
	const uint8_t fin = RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG;
	struct fx *fx = fx_default();
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	fx_tcp_out(fx, H1, 5000, P1, 80, fin);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, fin);
	fx_tcp_out(fx, H1, 5001, P1, 80, RTE_TCP_SYN_FLAG);
	fx_advance_s(fx, 242);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 0);
	/* The one that was given up half open is. */
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	fx_free(fx);
}

/* A-PORT-7: the same client gets its held port back at once, RFC 6887 section 15. */
static void
same_client_gets_its_held_port_back(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 0 }, y;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 5000), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 1);
	y = x;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &y, 600), 0);
	CU_ASSERT_EQUAL(y.port, x.port);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	/* Another endpoint of the same host does not. */
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 5000), 0);
	y = x;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5001, &y, 600), 0);
	CU_ASSERT_NOT_EQUAL(y.port, x.port);
	fx_free(fx);
}

/* A-PORT-9: 5350 and 5351 are never given out, RFC 6887 section 11.3. */
static void
natpmp_ports_are_never_given_out(void)
{
	struct fx *fx = new_small(5312, 1, 1);
	struct fx_ep x;

	fx_start(fx);
	for (unsigned int i = 0; i < 62; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, H1, (uint16_t)(5300 + i), P1, 53);

		CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
		CU_ASSERT_TRUE(p->sport != 5350 && p->sport != 5351);
	}
	fx_udp_out(fx, H1, 6000, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	fx_free(fx);
	fx = fx_default();
	x = (struct fx_ep){ .port = 5351 };
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 5000, &x, 600), 0);
	CU_ASSERT_TRUE(x.port != 5350 && x.port != 5351);
	fx_free(fx);
}

/* A-PORT-10: a number is one client's over all protocols, RFC 6886 section 3.3. */
static void
number_belongs_to_one_client_over_all_protocols(void)
{
	struct fx *fx = new_small(1024, 1, 1);
	bool of_h1[65536] = { false };

	fx->groups[0].subscriber_prefix_len = 28;
	fx_start(fx);
	for (unsigned int i = 0; i < 40; i++)
		of_h1[fx_map_udp(fx, H1, (uint16_t)(5000 + i)).port] = true;
	for (unsigned int i = 0; i < 24; i++) {
		const struct fx_pkt *p = fx_tcp_out(
				fx, H2, (uint16_t)(5000 + i), P1, 80, RTE_TCP_SYN_FLAG);

		CU_ASSERT_EQUAL(p->port, FX_OUTSIDE);
		CU_ASSERT_FALSE(of_h1[p->sport]);
	}
	fx_tcp_out(fx, H2, 6000, P1, 80, RTE_TCP_SYN_FLAG);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	/* The client itself may use its numbers in other protocols. */
	fx_tcp_out(fx, H1, 6000, P1, 80, RTE_TCP_SYN_FLAG);
	CU_ASSERT_EQUAL(fx_first(fx)->port, FX_OUTSIDE);
	CU_ASSERT_TRUE(of_h1[fx_first(fx)->sport]);
	fx_free(fx);
}

/* A-PORT-11: a source port of zero makes no state. */
static void
port_zero_leaves_nothing_behind(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x;

	fx_udp_out(fx, H1, 0, P1, 53);
	FX_DROPPED(fx, CGN_V_L4_PORT_ZERO);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	x = fx_map_udp(fx, H1, 5000);
	fx_udp_in(fx, P1, 0, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_L4_PORT_ZERO);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(low_inside_port_gets_a_high_external_one),
	CU_TEST_ROW(parity_is_kept_when_configured),
	CU_TEST_ROW(ports_are_random_over_their_block),
	CU_TEST_ROW(inside_port_is_preserved_when_configured),
	CU_TEST_ROW(inside_port_is_not_preserved_by_default),
	CU_TEST_ROW(released_port_is_held_down),
	CU_TEST_ROW(held_port_is_not_given_to_another_endpoint_of_the_host),
	CU_TEST_ROW(hold_down_is_configurable),
	CU_TEST_ROW(port_of_a_closed_connection_is_not_held),
	CU_TEST_ROW(same_client_gets_its_held_port_back),
	CU_TEST_ROW(natpmp_ports_are_never_given_out),
	CU_TEST_ROW(number_belongs_to_one_client_over_all_protocols),
	CU_TEST_ROW(port_zero_leaves_nothing_behind),
};

CU_MAIN("scn_port_choice", tests)
