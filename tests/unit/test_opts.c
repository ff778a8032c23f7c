/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/opts.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

/* Parse a command line; what is said of it ends in @p said. */
static int
parse(char *argv[], struct cgn_opts *opts, char *said, size_t size)
{
	FILE *out = fmemopen(said, size, "w");
	int argc = 0, ret;

	while (argv[argc] != NULL)
		argc++;
	ret = cgn_opts_parse(argc, argv, opts, out);
	fclose(out);
	return ret;
}

static char cgnd[] = "cgnd", c[] = "-c", file[] = "f.yaml", v[] = "-v", vv[] = "-vv",
	    dashes[] = "--", l[] = "-l", lcores[] = "0-3", check[] = "--check",
	    config[] = "--config=g.yaml";

static void
options_and_eal_arguments_are_told_apart(void)
{
	char *argv[] = { cgnd, vv, c, file, v, check, dashes, l, lcores, NULL };
	char said[1024] = "";
	struct cgn_opts o;

	CU_ASSERT_EQUAL_FATAL(parse(argv, &o, said, sizeof(said)), 0);
	CU_ASSERT_STRING_EQUAL(o.conf_path, "f.yaml");
	CU_ASSERT_EQUAL(o.verbose, 3);
	CU_ASSERT_TRUE(o.want_check);
	CU_ASSERT_FALSE(o.want_help);
	CU_ASSERT_EQUAL_FATAL(o.n_eal, 2);
	CU_ASSERT_STRING_EQUAL(o.eal[0], "-l");
	CU_ASSERT_STRING_EQUAL(o.eal[1], "0-3");
	CU_ASSERT_STRING_EQUAL(said, "");
}

static void
long_options_do_the_same(void)
{
	char *argv[] = { cgnd, config, NULL };
	char said[1024] = "";
	struct cgn_opts o;

	CU_ASSERT_EQUAL_FATAL(parse(argv, &o, said, sizeof(said)), 0);
	CU_ASSERT_STRING_EQUAL(o.conf_path, "g.yaml");
	CU_ASSERT_FALSE(o.want_check);
	CU_ASSERT_EQUAL(o.n_eal, 0);
}

/* REQ: G-DAY-30 */
static void
strict_belongs_to_check(void)
{
	char strict[] = "--strict";
	char *both[] = { cgnd, c, file, check, strict, NULL },
	     *alone[] = { cgnd, c, file, strict, NULL };
	char said[1024] = "";
	struct cgn_opts o;

	CU_ASSERT_EQUAL_FATAL(parse(both, &o, said, sizeof(said)), 0);
	CU_ASSERT_TRUE(o.want_check && o.is_strict);
	CU_ASSERT_EQUAL(parse(alone, &o, said, sizeof(said)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "--strict: needs --check"));
}

static void
unusable_command_lines_are_explained_with_the_usage(void)
{
	char x[] = "-vx", xx[] = "--frob", stray[] = "stray", checks[] = "--check=1";
	char *unknown[] = { cgnd, c, file, x, NULL }, *unknown_long[] = { cgnd, xx, NULL };
	char *no_file[] = { cgnd, c, NULL }, *nothing[] = { cgnd, NULL };
	char *forgotten[] = { cgnd, check, file, NULL };
	char *extra[] = { cgnd, c, file, stray, NULL }, *value[] = { cgnd, c, file, checks, NULL };
	const struct {
		char **argv;
		const char *said;
	} rows[] = {
		{ unknown, "cgnd: -x: unknown option\nusage: " },
		{ unknown_long, "cgnd: --frob: unknown option\nusage: " },
		{ value, "cgnd: --check=1: unknown option\nusage: " },
		{ no_file, "cgnd: -c: needs an argument\nusage: " },
		{ nothing, "cgnd: -c FILE: is missing\nusage: " },
		{ forgotten, "cgnd: f.yaml: not an option; did you mean \"-c f.yaml\"?\nusage: " },
		{ extra, "cgnd: stray: not an option; EAL arguments stand behind \"--\"\nusage: " },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cgn_opts o = { .verbose = 77 };
		char said[2048] = "";

		CU_ASSERT_EQUAL(parse(rows[i].argv, &o, said, sizeof(said)), -EINVAL);
		CU_ASSERT_NSTRING_EQUAL(said, rows[i].said, strlen(rows[i].said));
		CU_ASSERT_EQUAL(o.verbose, 77);
	}
}

static void
help_and_version_need_no_file(void)
{
	char h[] = "-h", version[] = "-V";
	char *help_argv[] = { cgnd, h, NULL }, *version_argv[] = { cgnd, version, NULL };
	char said[1024] = "";
	struct cgn_opts o;

	CU_ASSERT_EQUAL(parse(help_argv, &o, said, sizeof(said)), 0);
	CU_ASSERT_TRUE(o.want_help);
	CU_ASSERT_EQUAL(parse(version_argv, &o, said, sizeof(said)), 0);
	CU_ASSERT_TRUE(o.want_version);
}

/* What only the build uses is in no help. */
static void
usage_has_each_option_that_people_use(void)
{
	char said[4096] = "";
	FILE *out = fmemopen(said, sizeof(said), "w");

	cgn_opts_usage(out);
	fclose(out);
	for (const struct cgn_opts_row *row = cgn_opts_rows; row->name != NULL; row++) {
		char line[64];

		snprintf(line, sizeof(line), "--%s ", row->name);
		CU_ASSERT_EQUAL(strstr(said, line) != NULL, row->help != NULL);
		CU_ASSERT(row - cgn_opts_rows < CGN_OPTS_MAX - 1);
	}
}

static void
pages_of_the_manual_need_no_file(void)
{
	char man[] = "--man", yaml[] = "--man-yaml", said[1024] = "";
	char *man_argv[] = { cgnd, man, NULL }, *yaml_argv[] = { cgnd, yaml, NULL };
	struct cgn_opts o;

	CU_ASSERT_EQUAL(parse(man_argv, &o, said, sizeof(said)), 0);
	CU_ASSERT(o.want_man && !o.want_man_yaml);
	CU_ASSERT_EQUAL(parse(yaml_argv, &o, said, sizeof(said)), 0);
	CU_ASSERT(o.want_man_yaml && !o.want_man);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(options_and_eal_arguments_are_told_apart),
	CU_TEST_ROW(long_options_do_the_same),
	CU_TEST_ROW(strict_belongs_to_check),
	CU_TEST_ROW(unusable_command_lines_are_explained_with_the_usage),
	CU_TEST_ROW(help_and_version_need_no_file),
	CU_TEST_ROW(usage_has_each_option_that_people_use),
	CU_TEST_ROW(pages_of_the_manual_need_no_file),
};

CU_MAIN("opts", tests)
