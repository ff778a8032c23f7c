/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/leaselog.h"
#include "tests/support/cu.h"
#include "tests/support/logfix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

static const struct cgn_conf conf = { .nat.notify_interval_s = 20 };

static struct cgn_leaselog *refusals;
static struct cgn_timerq *timers;
static uint64_t now_ms;

static void
begin(void)
{
	now_ms = 100000;
	logfix_open();
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_leaselog_create(&refusals, timers), 0);
}

static void
end(void)
{
	cgn_leaselog_destroy(refusals);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
	logfix_close();
}

static void
advance_s(unsigned int s)
{
	for (unsigned int i = 0; i < s; i++) {
		now_ms += 1000;
		(void)cgn_timerq_run(timers, now_ms, 10);
	}
}

/* Host number i of the subscriber of a /28. */
static void
refuse(uint32_t i, const char *reason)
{
	struct cgn_asker a = { .addr = rte_cpu_to_be_32(0x64400000 + i) };
	const rte_be32_t prefix = rte_cpu_to_be_32((0x64400000 + i) & ~15u);

	memcpy(a.subscriber.b, &prefix, sizeof(prefix));
	cgn_leaselog_refused(refusals, &conf, &a, reason, now_ms);
}

/* REQ: G-DAY-74 */
static void
subscriber_has_a_line_when_it_begins_and_one_when_it_is_over(void)
{
	struct cgn_asker home = { .is_home = true, .b4.b = { 0x20, 1, 0x0d, 0xb8 } };

	begin();
	for (unsigned int i = 0; i < 30; i++) {
		refuse(i % 16, "subscriber_limit");
		advance_s(1);
	}
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice lease-refused: subscriber=100.64.0.0 reason=subscriber_limit refused=1\n");
	refuse(3, "request_rate");
	refuse(16, "subscriber_limit");
	home.subscriber = home.b4;
	cgn_leaselog_refused(refusals, &conf, &home, "subscriber_limit", now_ms);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice lease-refused: subscriber=100.64.0.3 reason=request_rate refused=1\n"
			"cgnd: notice lease-refused: subscriber=100.64.0.16 reason=subscriber_limit refused=1\n"
			"cgnd: notice lease-refused: subscriber=2001:db8:: reason=subscriber_limit refused=1\n");
	advance_s(18);
	CU_ASSERT_STRING_EQUAL(logfix_new(), "");
	advance_s(1);
	CU_ASSERT_STRING_EQUAL(logfix_new(),
			"cgnd: notice lease-refusals-over: no refusal for 20 s subscriber=100.64.0.0 reason=subscriber_limit after_s=29 refused=30\n");
	advance_s(60);
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "lease-refusals-over: "), 3);
	end();
}

/* A million refusals of thousands of subscribers. REQ: G-DAY-74 */
static void
flood_makes_few_lines_and_counts_the_rest(void)
{
	unsigned int n_begin, n_told = 0;
	const char *text;

	begin();
	for (uint32_t i = 0; i < 100000; i++) {
		refuse(i * 16, "request_rate");
		if (i % 10000 == 9999)
			advance_s(1);
	}
	text = logfix_new();
	n_begin = logfix_count(text, "lease-refused: ");
	CU_ASSERT_TRUE(n_begin >= 10 && n_begin <= 20);
	advance_s(60);
	text = logfix_new();
	CU_ASSERT_EQUAL(logfix_count(text, "lease-refusals-over: "), n_begin);
	CU_ASSERT_EQUAL(logfix_count(text, " untold="), 1);
	n_told = logfix_count(logfix.text, " untold=");
	CU_ASSERT_TRUE(n_told >= 1);
	/* Each refusal was told: in a line of its own, or as one of the untold. */
	{
		unsigned long long sum = n_begin;

		for (const char *p = logfix.text; (p = strstr(p, " untold=")) != NULL; p++)
			sum += strtoull(p + strlen(" untold="), NULL, 10);
		CU_ASSERT_EQUAL(sum, 100000);
	}
	end();
}

static void
more_than_fit_are_untold(void)
{
	begin();
	for (uint32_t i = 0; i < 2 * CGN_LEASELOG_MAX; i++) {
		refuse(i * 16, "request_rate");
		for (uint32_t k = 0; k < i; k++)
			refuse(k * 16, "request_rate");
		advance_s(1);
	}
	CU_ASSERT_EQUAL(logfix_count(logfix_new(), "lease-refused: "), CGN_LEASELOG_MAX);
	end();
}

static void
each_result_that_refuses_has_a_word(void)
{
	CU_ASSERT_PTR_NULL(cgn_leaselog_word(0));
	CU_ASSERT_PTR_NULL(cgn_leaselog_word(-EIO));
	CU_ASSERT_STRING_EQUAL(cgn_leaselog_word(-EDQUOT), "subscriber_limit");
	CU_ASSERT_STRING_EQUAL(cgn_leaselog_word(-ENOSPC), "pool_or_table_full");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(subscriber_has_a_line_when_it_begins_and_one_when_it_is_over),
	CU_TEST_ROW(flood_makes_few_lines_and_counts_the_rest),
	CU_TEST_ROW(more_than_fit_are_untold),
	CU_TEST_ROW(each_result_that_refuses_has_a_word),
};

CU_MAIN("leaselog", tests)
