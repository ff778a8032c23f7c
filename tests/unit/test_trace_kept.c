/* SPDX-License-Identifier: BSD-3-Clause */
/* Who had a port around a restart that keeps state. */
#include "tests/support/tracefix.h"

static void
restored(double second, uint64_t seq, unsigned int host, unsigned int first, unsigned int last)
{
	put(second, "block-allocated", 2, "worker0", seq, BLOCK " cause=\"restored\"", host, first,
			last);
}

/* A restart that keeps state: block 1024 goes on, 1536 does not, 2048 is new. */
static void
kept_restart(void)
{
	begin();
	started(0, 1, "nothing", 0);
	allocated(10, 1, 9, 1024, 1535);
	allocated(20, 2, 10, 1536, 2047);
	checkpoint(29, "worker0", 2);
	put(30, "stop", 1, "export", 2, "%s", "");
	put(32, "start", 2, "export", 1, "after=\"stop\" previousBoot=\"1\" state=\"kept\"");
	restored(33, 1, 9, 1024, 1535);
	put(40, "block-allocated", 2, "worker0", 2, BLOCK, 11, 2048, 2559);
	put(50, "block-released", 2, "worker0", 3, BLOCK, 9, 1024, 1535);
	put(59, "checkpoint", 2, "worker0", 0, "last=\"3\"");
	put(60, "stop", 2, "export", 2, "%s", "");
}

/* REQ: N-KEEP-28 */
static void
kept_restart_continues_blocks(void)
{
	struct cgn_trace_answer a;

	for (int i = 0; i < 2; i++) {
		add_twice_and_backwards = i == 1;
		kept_restart();
		CU_ASSERT_EQUAL(who(9, 1100), 0);
		for (double s = 10; s < 50; s += 0.5)
			CU_ASSERT_EQUAL(who(s, 1100), 9);
		CU_ASSERT_EQUAL(who(31.999, 1100), 9);
		CU_ASSERT_EQUAL(who(32.001, 1100), 9);
		CU_ASSERT_EQUAL(who(50, 1100), 0);
		/* Nobody else can have the ports of the other one until the start. */
		CU_ASSERT_EQUAL(who(30, 1600), 10);
		CU_ASSERT_EQUAL(who(31.5, 1600), 10);
		CU_ASSERT_EQUAL(who(32, 1600), 0);
		CU_ASSERT_EQUAL(who(33.5, 1600), 0);
		CU_ASSERT_EQUAL(who(39, 2100), 0);
		CU_ASSERT_EQUAL(who(45, 2100), 11);
	}
	add_twice_and_backwards = false;
	kept_restart();
	a = ask(32.5, 1100);
	CU_ASSERT_EQUAL(a.tenure.since_ms, BASE_MS + 32000);
	CU_ASSERT_EQUAL(a.tenure.boot, 2);
	/* Without `state`, nobody had ports in between. */
	kept_restart();
	for (unsigned int i = 0; i < n_lines; i++) {
		char *at = strstr(lines[i], "kept");

		if (at != NULL)
			memcpy(at, "gone", 4);
	}
	CU_ASSERT_EQUAL(who(31, 1100), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(kept_restart_continues_blocks),
};

CU_MAIN("trace_kept", tests)
