/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/change.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PARTS 5

/* What the parts have done, one letter and the part's number each. */
static char done[256];
static unsigned int refuses; /* part that refuses; PARTS: none */
static bool has_reason;
static unsigned int numbers[PARTS];

static void
note(char what, const void *ctx)
{
	size_t len = strlen(done);

	snprintf(done + len, sizeof(done) - len, "%c%u ", what, *(const unsigned int *)ctx);
}

static int
prepare(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	CU_ASSERT_PTR_NOT_NULL(next);
	note('p', ctx);
	if (*(unsigned int *)ctx != refuses)
		return 0;
	if (has_reason)
		cgn_conf_errors_add(errors, 0, 0, "export", "/x", "a file that can be written");
	return -EACCES;
}

static void
abandon(void *ctx)
{
	note('a', ctx);
}

static void
commit(void *ctx, const struct cgn_conf *next, uint64_t now_ms)
{
	CU_ASSERT_PTR_NOT_NULL(next);
	CU_ASSERT_EQUAL(now_ms, 7);
	note('c', ctx);
}

/* Part 2 has nothing to prepare. */
static void
begin(struct cgn_change *c)
{
	*c = (struct cgn_change){ 0 };
	done[0] = '\0';
	for (unsigned int i = 0; i < PARTS; i++) {
		const struct cgn_change_part part = {
			.name = "part",
			.ctx = &numbers[i],
			.prepare = i == 2 ? NULL : prepare,
			.abandon = i == 2 ? NULL : abandon,
			.commit = commit,
		};

		numbers[i] = i;
		CU_ASSERT_EQUAL(cgn_change_join(c, &part), 0);
	}
}

/* REQ: N-CONF-2 */
static void
all_parts_prepare_before_the_first_one_commits(void)
{
	const struct cgn_conf conf = { 0 };
	struct cgn_conf_errors errs = { 0 };
	struct cgn_change c;

	begin(&c);
	refuses = PARTS;
	CU_ASSERT_EQUAL(cgn_change_prepare(&c, &conf, &errs), 0);
	CU_ASSERT_STRING_EQUAL(done, "p0 p1 p3 p4 ");
	cgn_change_commit(&c, &conf, 7);
	CU_ASSERT_STRING_EQUAL(done, "p0 p1 p3 p4 c0 c1 c2 c3 c4 ");
	CU_ASSERT_TRUE(cgn_conf_errors_none(&errs));
	done[0] = '\0';
	CU_ASSERT_EQUAL(cgn_change_prepare(&c, &conf, &errs), 0);
	cgn_change_abandon(&c);
	CU_ASSERT_STRING_EQUAL(done, "p0 p1 p3 p4 a4 a3 a1 a0 ");
}

/* Whichever part refuses, those before it abandon, those behind it are not asked, and none commits. REQ: N-CONF-2 */
static void
refusal_of_each_part_in_turn_leaves_nothing_prepared(void)
{
	static const char *const wanted[PARTS] = { "p0 ", "p0 p1 a0 ", "", "p0 p1 p3 a1 a0 ",
		"p0 p1 p3 p4 a3 a1 a0 " };
	const struct cgn_conf conf = { 0 };
	struct cgn_change c;

	for (refuses = 0; refuses < PARTS; refuses++) {
		struct cgn_conf_errors errs = { 0 };

		if (refuses == 2)
			continue;
		begin(&c);
		has_reason = refuses % 2 != 0;
		CU_ASSERT_EQUAL(cgn_change_prepare(&c, &conf, &errs), -EACCES);
		CU_ASSERT_STRING_EQUAL(done, wanted[refuses]);
		CU_ASSERT_EQUAL_FATAL(errs.n, 1);
		CU_ASSERT_STRING_EQUAL(errs.list[0].text,
				has_reason ? "export: /x: a file that can be written"
					   : "part: not ready for this file: Permission denied");
		cgn_conf_errors_fini(&errs);
	}
}

static bool
must_wait(void *ctx, const struct cgn_conf *next)
{
	(void)next;
	return *(unsigned int *)ctx >= 3;
}

/* REQ: N-LIVE-63 */
static void
first_part_that_must_wait_is_named(void)
{
	const struct cgn_conf conf = { 0 };
	struct cgn_change c;

	begin(&c);
	CU_ASSERT_PTR_NULL(cgn_change_must_wait(&c, &conf));
	for (unsigned int i = 1; i < PARTS; i++)
		c.parts[i].must_wait = must_wait;
	c.parts[3].name = "third";
	CU_ASSERT_STRING_EQUAL(cgn_change_must_wait(&c, &conf), "third");
	CU_ASSERT_STRING_EQUAL(done, "");
}

static void
more_parts_than_there_is_room_are_refused(void)
{
	struct cgn_change c = { 0 };
	const struct cgn_change_part part = { .name = "part" };

	for (unsigned int i = 0; i < CGN_CHANGE_PARTS_MAX; i++)
		CU_ASSERT_EQUAL(cgn_change_join(&c, &part), 0);
	CU_ASSERT_EQUAL(cgn_change_join(&c, &part), -ENOSPC);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(all_parts_prepare_before_the_first_one_commits),
	CU_TEST_ROW(refusal_of_each_part_in_turn_leaves_nothing_prepared),
	CU_TEST_ROW(first_part_that_must_wait_is_named),
	CU_TEST_ROW(more_parts_than_there_is_room_are_refused),
};

CU_MAIN("change", tests)
