/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/wirefix.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Limits that many senders have in common: one sender does not take the part of the others. */

/* D-LIM-3, D-LIM-5: a home has one share, whichever inner sources it makes up; another home is heard. */
static void
hosts_of_a_home_share_its_punts(void)
{
	struct fx *fx = wx_aftr();
	unsigned int n = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 5000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "10.1.%u.%u", i >> 8, i & 0xff);
		wx_udp(fx, B1, src, 5000, "192.0.0.1", 5351);
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 32);
	CU_ASSERT_TRUE(n <= 100);
	wx_udp(fx, B2, "10.1.0.1", 5000, "192.0.0.1", 5351);
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

/* D-LIM-3, D-LIM-5: a subscriber of many addresses has one share, whichever of them it sends from. */
static void
addresses_of_a_subscriber_share_their_punts(void)
{
	struct fx *fx = fx_new();
	unsigned int n = 0;

	fx->single_worker = true;
	fx->groups[0].subscriber_prefix_len = 24;
	fx_start(fx);
	for (unsigned int i = 0; i < 2000; i++) {
		char src[INET_ADDRSTRLEN];

		snprintf(src, sizeof(src), "100.64.1.%u", 2 + i % 250);
		fx_inside(fx, pg_udp(fx->mp, src, 5000, "100.64.0.1", 5351, 2));
		n += fx->n_punted;
	}
	CU_ASSERT_TRUE(n >= 32);
	CU_ASSERT_TRUE(n <= 100);
	fx_inside(fx, pg_udp(fx->mp, K1, 5000, "100.64.0.1", 5351, 2));
	CU_ASSERT_EQUAL(fx->n_punted, 1);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(hosts_of_a_home_share_its_punts),
	CU_TEST_ROW(addresses_of_a_subscriber_share_their_punts),
};

CU_MAIN("scn_fairness", tests)
