/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/cgnctl/ctltable.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

static char *text;
static size_t len;

static FILE *
begin(void)
{
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	return out;
}

static void
expect(FILE *out, const char *want)
{
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, want);
	if (strcmp(text, want) != 0)
		printf("\n%s", text);
	free(text);
}

static json_t *
json(const char *source)
{
	json_t *value = json_loads(source, JSON_DECODE_ANY, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	return value;
}

static void
octets_have_units_of_a_thousand(void)
{
	char buf[CGN_CTLTABLE_UNIT_MAX];

	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(0, buf), "0 B");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(999, buf), "999 B");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(1000, buf), "1.0 kB");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(999949, buf), "999.9 kB");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(999960, buf), "1.0 MB");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(23400000000, buf), "23.4 GB");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_bytes(UINT64_MAX, buf), "18.4 EB");
}

static void
times_have_two_units(void)
{
	char buf[CGN_CTLTABLE_UNIT_MAX];

	CU_ASSERT_STRING_EQUAL(cgn_ctltable_seconds(59, buf), "59s");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_seconds(300, buf), "5m00s");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_seconds(7440, buf), "2h04m");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_seconds(90000, buf), "1d01h");
}

static void
short_times_and_rates_have_units(void)
{
	char buf[CGN_CTLTABLE_UNIT_MAX];

	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(0, buf), "0 ns");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(999, buf), "999 ns");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(1000, buf), "1.0 us");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(20460000, buf), "20.5 ms");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(1200000000, buf), "1.2 s");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_nanoseconds(5000000000000, buf), "5000.0 s");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_rate(1234567, CGN_CTLTABLE_PACKETS, buf), "1.2 Mpps");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_rate(0, CGN_CTLTABLE_PACKETS, buf), "0 pps");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_rate(1225e6, CGN_CTLTABLE_OCTETS, buf), "9.8 Gbit/s");
	CU_ASSERT_STRING_EQUAL(cgn_ctltable_rate(2950, CGN_CTLTABLE_COUNT, buf), "3.0 k/s");
}

static const struct cgn_ctltable_column columns[] = {
	{ "name", "NAME", CGN_CTLTABLE_TEXT, 0, "what it is" },
	{ "n", "COUNT", CGN_CTLTABLE_NUMBER, 0, "what it is" },
	{ "t", "LEFT", CGN_CTLTABLE_SECONDS, 6, "what it is" },
	{ "note", "NOTE", CGN_CTLTABLE_TEXT, 0, "what it is" },
};

static void
rows_stand_under_their_titles_on_all_pages(void)
{
	json_t *first = json("{\"0\":{\"name\":\"longer name\",\"n\":5,\"t\":61,\"note\":\"x\"},"
			     "\"1\":{\"name\":\"b\",\"n\":1234567}}");
	json_t *second = json("{\"0\":{\"name\":\"c\",\"n\":1,\"t\":1,\"note\":\"yy\"}}");
	FILE *out = begin();
	struct cgn_ctltable t = { .out = out, .columns = columns, .n_columns = 4 };

	cgn_ctltable_page(&t, first);
	cgn_ctltable_page(&t, second);
	expect(out,
			"NAME           COUNT    LEFT  NOTE\n"
			"longer name        5   1m01s  x\n"
			"b            1234567       -  -\n"
			"c                  1      1s  yy\n");
	json_decref(first);
	json_decref(second);
}

/* REQ: G-DAY-4 */
static void
columns_without_anything_are_left_out(void)
{
	json_t *first = json("{\"0\":{\"name\":\"a\",\"t\":5,\"note\":\"\"}}");
	json_t *second = json("{\"0\":{\"name\":\"b\",\"n\":0}}");
	FILE *out = begin();
	struct cgn_ctltable t = { .out = out, .columns = columns, .n_columns = 4 };

	cgn_ctltable_page(&t, first);
	cgn_ctltable_page(&t, second);
	/* A later page has something in a column that the first had not. */
	expect(out,
			"NAME    LEFT\n"
			"a         5s\n"
			"\n"
			"NAME  COUNT    LEFT\n"
			"b         0       -\n");
	json_decref(first);
	json_decref(second);
}

static void
an_empty_table_has_its_titles(void)
{
	json_t *none = json("{}");
	FILE *out = begin();
	struct cgn_ctltable t = { .out = out, .columns = columns, .n_columns = 4 };

	cgn_ctltable_page(&t, none);
	expect(out, "NAME  COUNT    LEFT  NOTE\n");
	json_decref(none);
}

static void
rows_keep_the_order_in_which_they_came(void)
{
	char source[4096] = "{";
	FILE *out = begin();
	struct cgn_ctltable t = { .out = out, .columns = columns, .n_columns = 1 };
	char want[4096] = "NAME\n";
	json_t *rows;

	for (int i = 0; i < 64; i++) {
		snprintf(source + strlen(source), sizeof(source) - strlen(source),
				"%s\"%d\":{\"name\":\"%d\"}", i == 0 ? "" : ",", i, i);
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%d\n", i);
	}
	strcat(source, "}");
	rows = json(source);
	cgn_ctltable_page(&t, rows);
	expect(out, want);
	json_decref(rows);
}

static void
a_configuration_comes_as_yaml_that_can_be_read_again(void)
{
	json_t *value = json("{\"workers\":1,\"eal\":[],\"ports\":[{\"name\":\"in0\",\"vlan\":0,"
			     "\"addresses\":[\"100.64.0.1/10\",\"a b\"]},{\"name\":\"off\"}],"
			     "\"nat\":{\"hairpin\":true,\"timeouts\":{\"udp_s\":300}},"
			     "\"store\":{\"path\":\"\"}}");
	FILE *out = begin();

	cgn_ctltable_yaml(out, value);
	expect(out,
			"workers: 1\n"
			"eal: []\n"
			"ports:\n"
			"  - name: in0\n"
			"    vlan: 0\n"
			"    addresses: [\"100.64.0.1/10\", \"a b\"]\n"
			"  - name: \"off\"\n"
			"nat:\n"
			"  hairpin: true\n"
			"  timeouts:\n"
			"    udp_s: 300\n"
			"store:\n"
			"  path: \"\"\n");
	json_decref(value);
}

/* Whatever answers: no terminal obeys it, and no row looks like two. */
static void
control_characters_are_shown_and_not_sent(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "B\xc3\xbcro \xe2\x82\xac", "B\xc3\xbcro \xe2\x82\xac" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "a\nb\rc\td\x7f", "a\\x0ab\\x0dc\\x09d\\x7f" },
		{ "\xc2\x9b"
		  "31m",
				"\\xc2\\x9b31m" },
		{ "\xe2\x80\xae"
		  "x",
				"\\xe2\\x80\\xaex" },
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "cut\x1b", "cut\\x1b" },
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(
				cgn_ctltable_escape(buf, sizeof(buf), rows[i].in), rows[i].out);
	for (size_t size = 5; size < 20; size++) {
		cgn_ctltable_escape(buf, size, "ab\x1b\x1b\x1b\x1b\x1b\x1b");
		CU_ASSERT_TRUE(strlen(buf) < size);
	}
}

static void
rows_and_yaml_of_a_hostile_answer_are_harmless(void)
{
	static const struct cgn_ctltable_column hostile[] = { { "a", "A", CGN_CTLTABLE_TEXT, 0,
			"what it is" } };
	FILE *out = begin();
	struct cgn_ctltable t = { .out = out, .columns = hostile, .n_columns = 1 };
	json_t *rows = json("{\"1\": {\"a\": \"x\\u001b]0;t\\u0007\\ny\"}}");
	json_t *tree = json("{\"k\\u001b\": [\"\\u009b1m\", \"\\u001b\"]}");

	cgn_ctltable_page(&t, rows);
	cgn_ctltable_yaml(out, tree);
	expect(out,
			"A\nx\\x1b]0;t\\x07\\x0ay\n"
			"k\\x1b: [\"\\u009B1m\", \"\\u001B\"]\n");
	json_decref(rows);
	json_decref(tree);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(control_characters_are_shown_and_not_sent),
	CU_TEST_ROW(rows_and_yaml_of_a_hostile_answer_are_harmless),
	CU_TEST_ROW(octets_have_units_of_a_thousand),
	CU_TEST_ROW(times_have_two_units),
	CU_TEST_ROW(short_times_and_rates_have_units),
	CU_TEST_ROW(rows_stand_under_their_titles_on_all_pages),
	CU_TEST_ROW(columns_without_anything_are_left_out),
	CU_TEST_ROW(an_empty_table_has_its_titles),
	CU_TEST_ROW(rows_keep_the_order_in_which_they_came),
	CU_TEST_ROW(a_configuration_comes_as_yaml_that_can_be_read_again),
};

CU_MAIN("ctltable", tests)
