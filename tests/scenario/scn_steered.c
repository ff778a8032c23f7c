/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device that steers leaves to the workers: nothing is handed over. The device here hashes inside
 * sources as rte_softrss does, into the indirection table, and matches outside destinations by the
 * rules that a port gets.
 */
#include "dataplane/nat/ext.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <arpa/inet.h>

#include <rte_thash.h>

#define HOSTS 300

static void
host_text(unsigned int i, char *text, size_t size)
{
	snprintf(text, size, "100.64.%u.%u", i / 250 + 1, i % 250 + 2);
}

/* Queue of a frame that comes from inside. */
static unsigned int
inside_queue(const struct fx *fx, const char *src)
{
	uint32_t tuple = ntohl(inet_addr(src));

	return fx->steer.reta[rte_softrss(&tuple, 1, fx->steer.key) % CGN_STEER_RETA];
}

/* A datagram of each host and its answer, received by the queue that the device chooses. */
static void
exchange(struct fx *fx, const struct cgn_ext *rules)
{
	for (unsigned int i = 0; i < HOSTS; i++) {
		const struct cgn_ext_home *home;
		struct fx_pkt out;
		char host[16];

		host_text(i, host, sizeof(host));
		fx->turn = inside_queue(fx, host);
		out = *fx_udp_out(fx, host, 5000, P1, 53);
		CU_ASSERT_EQUAL_FATAL(out.port, FX_OUTSIDE);
		home = cgn_ext_find(rules, inet_addr(out.src));
		CU_ASSERT_PTR_NOT_NULL_FATAL(home);
		fx->turn = home->worker;
		CU_ASSERT_EQUAL(fx_udp_in(fx, P1, 53, out.src, out.sport)->port, FX_INSIDE);
	}
}

/* A device with source-only RSS inside and destination rules outside. */
static void
nothing_is_handed_over_where_the_device_steers(void)
{
	struct fx *fx = fx_new();
	struct cgn_ext rules;

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	CU_ASSERT_EQUAL_FATAL(cgn_ext_init(&rules, &fx->conf, 0), 0);
	exchange(fx, &rules);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_HANDOVER_OUT), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_HANDOVER_IN), 0);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), HOSTS);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_IN), HOSTS);
	cgn_ext_fini(&rules);
	fx_free(fx);
}

/* The same packets, received by the workers in turn: the software does what the device did. */
static void
most_is_handed_over_where_it_does_not(void)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, 4);
	fx_start(fx);
	for (unsigned int i = 0; i < HOSTS; i++) {
		char host[16];

		host_text(i, host, sizeof(host));
		fx_udp_out(fx, host, 5000, P1, 53);
	}
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_OUT), HOSTS);
	if (fx->n_workers > 1)
		CU_ASSERT_TRUE(fx_counter(fx, CGN_C_HANDOVER_OUT) > HOSTS / 4);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nothing_is_handed_over_where_the_device_steers),
	CU_TEST_ROW(most_is_handed_over_where_it_does_not),
};

CU_MAIN("steered", tests)
