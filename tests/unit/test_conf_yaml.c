/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_yaml.h"
#include "tests/support/confcase.h"

#include <sys/stat.h>
#include <unistd.h>

static struct cgn_conf_node *
parsed(const char *yaml)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf_node *root = NULL;

	CU_ASSERT_EQUAL(cgn_conf_yaml_parse(yaml, strlen(yaml), &errs, &root), 0);
	CU_ASSERT_TRUE(cgn_conf_errors_none(&errs));
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	return root;
}

static void
nodes_remember_where_they_stood(void)
{
	struct cgn_conf_node *root = parsed("a: 1\nb:\n  - {c: x, d: [y, z]}\n");
	char path[CGN_CONF_YAML_PATH_MAX];
	struct cgn_conf_node *n;

	CU_ASSERT_TRUE(cgn_conf_yaml_at(root, "b[0].d[1]", &n));
	CU_ASSERT_STRING_EQUAL(n->text, "z");
	CU_ASSERT_EQUAL(n->line, 3);
	CU_ASSERT_EQUAL(n->column, 19);
	CU_ASSERT_STRING_EQUAL(cgn_conf_yaml_path(n, path), "b[0].d[1]");
	CU_ASSERT_TRUE(cgn_conf_yaml_at(root, "b[0].c", &n));
	CU_ASSERT_EQUAL(n->key_line, 3);
	CU_ASSERT_EQUAL(n->key_column, 6);
	CU_ASSERT_EQUAL(n->column, 9);
	cgn_conf_yaml_free(root);
}

static void
path_that_does_not_exist_ends_at_the_last_node_that_does(void)
{
	struct cgn_conf_node *root = parsed("a: {b: [1, 2]}\n");
	struct cgn_conf_node *n;

	CU_ASSERT_FALSE(cgn_conf_yaml_at(root, "a.b[2].c", &n));
	CU_ASSERT_PTR_EQUAL(n, cgn_conf_yaml_get(cgn_conf_yaml_get(root, "a"), "b"));
	CU_ASSERT_FALSE(cgn_conf_yaml_at(root, "x.y", &n));
	CU_ASSERT_PTR_EQUAL(n, root);
	cgn_conf_yaml_free(root);
}

static void
quoted_text_is_not_plain(void)
{
	struct cgn_conf_node *root = parsed("a: ''\nb:\n");

	CU_ASSERT_FALSE(cgn_conf_yaml_get(root, "a")->is_plain);
	CU_ASSERT_TRUE(cgn_conf_yaml_get(root, "b")->is_plain);
	cgn_conf_yaml_free(root);
}

static void
text_that_is_no_yaml_is_refused_with_its_position(void)
{
	refused("a: [b\nc: d\n",
			"t:2:2: yaml: did not find expected ',' or ']': must be correct YAML, while parsing a flow sequence\n");
	refused("a: 1\nb: \xff\n",
			"t:2:4: yaml: invalid leading UTF-8 octet: must be correct YAML\n");
}

/* A tab looks like spaces, so the message names it, and its place. */
static void
tab_in_front_of_a_line_is_named(void)
{
	static const struct {
		const char *text, *place;
	} rows[] = {
		{ "a: 1\n\tb: 2\n", "2:1" },
		{ "a:\n\tb: 2\n", "2:1" },
		{ "a:\n  b: 2\n  \tc: 3\n", "3:3" },
		{ "a: 1\n# text\n\nb:\n  - c: 1\n\t\td: 2\n", "6:1" },
		{ "\ta: 1\n", "1:1" },
		{ "a:\n  -\tb: 1\n  \tc: 2\n", "2:4" },
		{ "\xef\xbb\xbf"
		  "a:\n\tb: 2\n",
				"2:1" },
	};
	char said[160];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(said, sizeof(said),
				"t:%s: yaml: tab: must have spaces, not tabs, at the beginning of a line\n",
				rows[i].place);
		refused(rows[i].text, said);
	}
	/* One that is not at fault is not named. */
	refused("a:\tb\nc: [d\ne: f\n",
			"t:3:2: yaml: did not find expected ',' or ']': must be correct YAML, while parsing a flow sequence\n");
}

/* Editors of Windows write one. Lines and columns are as if it were not there. */
static void
file_may_begin_with_a_bom(void)
{
	struct cgn_conf_node *root = parsed("\xef\xbb\xbf# text\na: 1\n");

	CU_ASSERT_STRING_EQUAL(cgn_conf_yaml_get(root, "a")->text, "1");
	cgn_conf_yaml_free(root);
	refused("\xef\xbb\xbf"
		"a: \xff\n",
			"t:1:4: yaml: invalid leading UTF-8 octet: must be correct YAML\n");
	refused("\xef\xbb\xbf", "t:1:1: yaml: empty: must be a map of keys\n");
	refused("\xef\xbb", "t:1:1: yaml: incomplete UTF-8 octet sequence: must be correct YAML\n");
}

static void
file_holds_one_document(void)
{
	refused("", "t:1:1: yaml: empty: must be a map of keys\n");
	refused("# nothing\n", "t:1:1: yaml: empty: must be a map of keys\n");
	refused("a: 1\n---\nb: 2\n", "t:2:1: yaml: second document: must be one document\n");
	refused("- a\n", "t:1:1: yaml: list: must be a map of keys\n");
	refused("a\n", "t:1:1: yaml: a: must be a map of keys\n");
}

static void
anchors_aliases_and_tags_are_refused(void)
{
	refused(PORTS POOLS GROUPS "workers: &w 1\nnat: {hold_down_s: *w}\nnatpmp: !!map {}\n",
			"t:8:10: workers: anchor: must have no anchors, aliases or tags\n"
			"t:9:20: nat.hold_down_s: alias: must have no anchors, aliases or tags\n"
			"t:10:9: natpmp: tag: must have no anchors, aliases or tags\n");
}

static void
keys_are_plain_text_of_bounded_length(void)
{
	refused("? [a]\n: b\n", "t:1:3: yaml: not a key: must be a plain key\n");
	refused(PORTS POOLS GROUPS "'a\\nb': 1\n\"c\\nd\": 1\n",
			"t:8:1: a\\nb: unknown key: must be one of workers, eal, runtime_dir, prefault, ports, routes, neighbours, pools, groups, nat, natpmp, pcp, softwire, host, export, limits, store, restart, telemetry, metrics, allow_rfc_violations\n"
			"t:9:1: c?d: not a key: must be printable, 64 octets at most\n");
}

static void
text_with_control_characters_is_refused_and_not_printed(void)
{
	refused_bytes(PORTS POOLS GROUPS "runtime_dir: \"/run\\e[2J\"\n",
			sizeof(PORTS POOLS GROUPS "runtime_dir: \"/run\\e[2J\"\n") - 1,
			"t:8:14: runtime_dir: /run?[2J: must be printable text in one line\n");
	refused(PORTS POOLS GROUPS "runtime_dir: \"/run\\0x\"\n",
			"t:8:14: runtime_dir: /run: must be printable text in one line\n");
}

static void
depth_is_bounded(void)
{
	refused("a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n",
			"t:1:12: a[0][0][0][0][0][0][0][0]: too deep: must have 8 levels at most\n");
}

static void
keys_of_a_map_are_bounded(void)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;
	char text[4096];
	size_t len = 0;

	for (unsigned int i = 0; i < 300; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "k%u: 1\n", i);
	CU_ASSERT_EQUAL(cgn_conf_load_text("t", text, len, &conf, &errs), -EINVAL);
	CU_ASSERT_EQUAL(errs.n, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errs.list[0].text, "128 keys at most"));
	cgn_conf_errors_fini(&errs);
}

static void
errors_are_bounded_and_the_rest_is_counted(void)
{
	struct cgn_conf_errors errs = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (uint32_t i = 2000; i > 0; i--)
		cgn_conf_errors_add(&errs, i, 1, "k", "v", "nothing");
	cgn_conf_errors_sort(&errs);
	CU_ASSERT_EQUAL(errs.n, 1000);
	CU_ASSERT_EQUAL(errs.n_dropped, 1000);
	CU_ASSERT_EQUAL(errs.list[0].line, 1001);
	cgn_conf_errors_print(&errs, out);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "-: and 1000 more\n"));
	free(text);
	cgn_conf_errors_fini(&errs);
}

static void
long_values_are_shortened(void)
{
	char yaml[512] = PORTS POOLS GROUPS "workers: ", expected[512] = "t:8:10: workers: ";

	memset(yaml + strlen(yaml), 'x', 200);
	memset(expected + strlen(expected), 'x', 80);
	strcat(expected, "...: must be 1..64 lcores\n");
	refused(yaml, expected);
}

static void
file_that_cannot_be_read_is_an_error_of_the_configuration(void)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	CU_ASSERT_EQUAL(cgn_conf_load("/nonexistent/cgn.yaml", &conf, &errs), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(errs.n, 1);
	CU_ASSERT_STRING_EQUAL(errs.file, "/nonexistent/cgn.yaml");
	CU_ASSERT_STRING_EQUAL(errs.list[0].text,
			"file: No such file or directory: must be a readable regular file of 4 MiB at most");
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_EQUAL(cgn_conf_load("/", &conf, &errs), -EINVAL);
	cgn_conf_errors_fini(&errs);
}

/* Nobody writes into the FIFO: an open() that waits would wait for ever. */
static void
file_that_is_not_regular_is_refused_and_not_waited_for(void)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;
	char fifo[64];

	snprintf(fifo, sizeof(fifo), "test_conf_yaml_%d.fifo", getpid());
	CU_ASSERT_EQUAL_FATAL(mkfifo(fifo, 0600), 0);
	CU_ASSERT_EQUAL(cgn_conf_load(fifo, &conf, &errs), -EINVAL);
	unlink(fifo);
	CU_ASSERT_EQUAL_FATAL(errs.n, 1);
	CU_ASSERT_STRING_EQUAL(errs.list[0].text,
			"file: FIFO, socket or device: must be a readable regular file of 4 MiB at most");
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_EQUAL(cgn_conf_load("/dev/zero", &conf, &errs), -EINVAL);
	cgn_conf_errors_fini(&errs);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nodes_remember_where_they_stood),
	CU_TEST_ROW(path_that_does_not_exist_ends_at_the_last_node_that_does),
	CU_TEST_ROW(quoted_text_is_not_plain),
	CU_TEST_ROW(text_that_is_no_yaml_is_refused_with_its_position),
	CU_TEST_ROW(tab_in_front_of_a_line_is_named),
	CU_TEST_ROW(file_may_begin_with_a_bom),
	CU_TEST_ROW(file_holds_one_document),
	CU_TEST_ROW(anchors_aliases_and_tags_are_refused),
	CU_TEST_ROW(keys_are_plain_text_of_bounded_length),
	CU_TEST_ROW(text_with_control_characters_is_refused_and_not_printed),
	CU_TEST_ROW(depth_is_bounded),
	CU_TEST_ROW(keys_of_a_map_are_bounded),
	CU_TEST_ROW(errors_are_bounded_and_the_rest_is_counted),
	CU_TEST_ROW(long_values_are_shortened),
	CU_TEST_ROW(file_that_cannot_be_read_is_an_error_of_the_configuration),
	CU_TEST_ROW(file_that_is_not_regular_is_refused_and_not_waited_for),
};

CU_MAIN("conf_yaml", tests)
