/* SPDX-License-Identifier: BSD-3-Clause */

/* A reload changes the addresses of the NAT in front and its protocol, or switches the relay off. */

#include "tests/support/upstreamfix.h"

static void
change(enum cgn_upstream_protocol protocol, unsigned int n, unsigned int at)
{
	const struct cgn_relay_upstream_servers servers = {
		.protocol = protocol, .n = n, .at = at
	};

	n_sent = 0;
	cgn_relay_upstream_change(up, &servers, now);
}

/* REQ: N-LIVE-59: the address in use has another place in the list: nothing is sent, and nothing is forgotten. */
static void
address_in_use_stays_in_another_list(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 2);
	CU_ASSERT_TRUE(ask(0));
	cgn_relay_upstream_refused(up, now);
	say_address(100, X1);
	CU_ASSERT_TRUE(ask(1));
	change(CGN_UPSTREAM_NATPMP, 3, 2);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_at(up), 2);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), X1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_epoch_s(up, now), 100);
	say_mapped(1, 0, 60);
	CU_ASSERT_TRUE(n_replies[1] == 1 && !replies[1].is_down);
	CU_ASSERT_EQUAL(n_changed, 0);
	end();
}

/* REQ: N-LIVE-59: the address in use is gone: the first new one gets what is under way, with the whole schedule, and
 * what the other one has told does not count. */
static void
address_in_use_is_gone(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 1);
	CU_ASSERT_TRUE(ask(0));
	say_address(100, X1);
	CU_ASSERT_TRUE(ask(1));
	CU_ASSERT_TRUE(ask(2));
	advance(100000); /* the last of nine packets was sent long ago */
	change(CGN_UPSTREAM_NATPMP, 2, 2);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_TRUE(sent[0].server == 0 && sent[1].server == 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_epoch_s(up, now), UINT32_MAX);
	CU_ASSERT_EQUAL(n_replies[1], 0);
	advance(3749);
	CU_ASSERT_EQUAL(n_sent, 8);
	/* Another epoch and another address are no loss and no news. */
	say_address(7, X2);
	CU_ASSERT_EQUAL(n_changed, 0);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_LOST), 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), X2);
	say_mapped(1, 0, 60);
	say_mapped(2, 0, 60);
	CU_ASSERT_TRUE(n_replies[1] == 1 && !replies[1].is_down);
	CU_ASSERT_TRUE(n_replies[2] == 1 && !replies[2].is_down);
	end();
}

/* REQ: N-LIVE-59: the server that was silent is gone: the other one is asked as often as any. */
static void
other_server_is_not_down(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	cgn_relay_upstream_refused(up, now);
	CU_ASSERT_TRUE(cgn_relay_upstream_is_down(up));
	change(CGN_UPSTREAM_NATPMP, 1, 1);
	CU_ASSERT_FALSE(cgn_relay_upstream_is_down(up));
	CU_ASSERT_TRUE(ask(2));
	advance(64000);
	CU_ASSERT_EQUAL(n_sent, 9);
	end();
}

/* REQ: N-LIVE-60: a protocol that may not be spoken any more is not spoken, also not for what is under way. */
static void
protocol_changes_with_what_is_under_way(void)
{
	begin_with(CGN_UPSTREAM_AUTO, 1);
	CU_ASSERT_TRUE(ask(1));
	CU_ASSERT_EQUAL(sent[0].data[0], 2);
	change(CGN_UPSTREAM_PCP, 1, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	advance(40000);
	CU_ASSERT_EQUAL(n_sent, 4);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_EQUAL(sent[i].data[0], 2);
	change(CGN_UPSTREAM_PCP, 1, 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	change(CGN_UPSTREAM_NATPMP, 1, 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	advance(60000);
	CU_ASSERT_EQUAL(n_sent, 8);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_EQUAL(sent[i].data[0], 0);
	say_mapped(1, 0, 60);
	CU_ASSERT_TRUE(n_replies[1] == 1 && !replies[1].is_down);
	/* What it speaks now is allowed. */
	change(CGN_UPSTREAM_AUTO, 1, 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_TRUE(ask(2));
	CU_ASSERT_EQUAL(sent[0].data[0], 0);
	end();
}

/* REQ: N-LIVE-61: no request stays when the relay is switched off. */
static void
canceled_requests_are_answered_once(void)
{
	begin();
	for (unsigned int i = 0; i < 40; i++)
		CU_ASSERT_TRUE(ask(i));
	advance(3000);
	cgn_relay_upstream_cancel(up, now);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 0);
	n_sent = 0;
	advance(200000);
	CU_ASSERT_EQUAL(n_sent, 0);
	for (unsigned int i = 0; i < 40; i++) {
		CU_ASSERT_EQUAL(n_replies[i], 1);
		CU_ASSERT_EQUAL(replies[i].ret, -ECANCELED);
	}
	CU_ASSERT_FALSE(cgn_relay_upstream_is_down(up));
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_in_use_stays_in_another_list),
	CU_TEST_ROW(address_in_use_is_gone),
	CU_TEST_ROW(other_server_is_not_down),
	CU_TEST_ROW(protocol_changes_with_what_is_under_way),
	CU_TEST_ROW(canceled_requests_are_answered_once),
};

CU_MAIN("relay_upstream_change", tests)
