/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The screen of `cgnctl status`: what it shows of the answers of cgnd. config/JSON.md has all keys of --json.
 */
#include "tests/support/ctlasked.h"

#define NO_ROWS "{\"rows\":{}}"
#define STATUS                                                                                   \
	"{\"version\":\"1.2.3\",\"since_ms\":1796046718168,\"up_s\":3605,\"warnings\":7,"        \
	"\"config\":{\"file\":\"/etc/cgnd.yaml\",\"file_state\":\"refused\",\"by\":\"command\"," \
	"\"loaded_ms\":0,\"confirm_left_s\":45},"                                                \
	"\"store\":{\"state\":\"failing\",\"file\":\"/var/\\u001b[2J\",\"leases\":12},"          \
	"\"export\":{\"state\":\"off\",\"sinks\":0,\"sinks_failing\":0},\"host\":{\"state\":\"on\"}}"

static bool
has(const char *text)
{
	bool is = strstr(out, text) != NULL;

	if (!is)
		printf("\nmissing: %s\n%s", text, out);
	return is;
}

/* REQ: G-DAY-10 G-DAY-70 */
static void
screen_has_what_an_operator_looks_for(void)
{
	static const char *const replies[] = { STATUS,
		"{\"rows\":{\"0\":{\"worker\":0,\"load_permille\":123,\"subscribers\":5,\"mappings\":6},"
		"\"1\":{\"worker\":1,\"load_permille\":7,\"subscribers\":0,\"mappings\":0}}}",
		"{\"rows\":{\"0\":{\"port\":\"out0\",\"side\":\"outside\",\"link\":\"no carrier\","
		"\"receiving\":\"no\"}}}",
		"{\"rows\":{\"0\":{\"pool\":\"a\",\"blocks\":10,\"blocks_percent\":10,\"use_percent\":1},"
		"\"1\":{\"pool\":\"b\",\"blocks\":20,\"blocks_percent\":90,\"use_percent\":2}}}",
		"{\"rows\":{\"0\":{\"group\":\"g\",\"subscribers\":1,\"mappings\":2,\"leases\":3,"
		"\"refused\":4}}}",
		"{\"rows\":{\"0\":{\"sink\":\"s\",\"state\":\"failing\",\"written\":1,\"queued\":2,"
		"\"lost\":3,\"to\":\"/var/log/r\"}}}",
		"{\"rows\":{\"0\":{\"at_ms\":0,\"severity\":\"error\",\"state\":\"once\","
		"\"text_0\":\"it%20is%20\",\"text_1\":\"over%1b\"},"
		"\"1\":{\"at_ms\":0,\"severity\":\"warning\",\"state\":\"over\",\"over_ms\":0,"
		"\"text_0\":\"down\"},"
		"\"2\":{\"at_ms\":0,\"severity\":\"warning\",\"state\":\"open\",\"text_0\":\"full\"}}}",
		"{\"rows\":{\"0\":{\"prefix\":\"0.0.0.0/0\",\"via\":\"192.0.2.1\",\"port\":\"out0\",\"resolved\":\"yes\"},"
		"\"1\":{\"prefix\":\"10.0.0.0/8\",\"via\":\"100.64.0.7\",\"port\":\"in0\",\"resolved\":\"no\"},"
		"\"2\":{\"prefix\":\"100.64.0.0/10\",\"port\":\"in0\",\"source\":\"link\"}}}" };
	const char *a, *b;

	CU_ASSERT_EQUAL(ask("status", replies), 0);
	expect(err, "");
	CU_ASSERT_TRUE(has("cgnd      1.2.3, up 1h00m since 2026-11-30T13:51:58.168Z\n"));
	CU_ASSERT_TRUE(has("config    /etc/cgnd.yaml, loaded "));
	CU_ASSERT_TRUE(has("          the file is not in use: refused\n"));
	CU_ASSERT_TRUE(has("not confirmed: cgnd falls back in 45 s\n"));
	CU_ASSERT_TRUE(has("workers   0: load 12.3 %, 5 subscribers, 6 mappings\n"
			   "          1: load 0.7 %, 0 subscribers, 0 mappings\n"));
	CU_ASSERT_TRUE(has(
			"ports     out0: outside, link no carrier, packets reach the device but not cgnd\n"));
	/* A next hop that does not answer comes first. A link has none. */
	CU_ASSERT_TRUE(has("routes    10.0.0.0/8 via 100.64.0.7 on in0: next hop does not answer\n"
			   "          0.0.0.0/0 via 192.0.2.1 on out0: next hop answers\npools "));
	CU_ASSERT_TRUE(has("groups    g: 1 subscribers, 2 mappings, 3 leases, 4 refused\n"));
	CU_ASSERT_TRUE(has("store     failing, 12 leases, /var/\\x1b[2J\n"));
	CU_ASSERT_TRUE(has("export    s: failing, 1 written, 2 waiting, 3 lost, to /var/log/r\n"));
	CU_ASSERT_TRUE(has("host      on\n"));
	CU_ASSERT_TRUE(has("warnings  7 since the start, 1 open now\n          open for "));
	CU_ASSERT_TRUE(has(", warning: full\n"));
	CU_ASSERT_TRUE(has(" ago, error: it is over\\x1b\n"));
	CU_ASSERT_TRUE(has(" ago, over for "));
	CU_ASSERT_TRUE(has(", warning: down\n"));
	/* The fuller pool comes first. */
	a = strstr(out, "a: 10 % of 10 blocks, 1 % of the ports\n");
	b = strstr(out, "pools     b: 90 % of 20 blocks, 2 % of the ports\n");
	CU_ASSERT_TRUE(a != NULL && b != NULL && b < a);
}

/* Paths come in parts, which are put together and not cut. */
static void
long_paths_are_whole(void)
{
	static char status[4096], part[128], line[2048];
	const char *replies[] = { status, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS,
		NO_ROWS };

	memset(part, 'p', sizeof(part) - 1);
	snprintf(status, sizeof(status),
			"{\"config\":{\"by\":\"start\",\"file_0\":\"%%2F%s\",\"file_1\":\"%s\",\"file_2\":\"end\"},"
			"\"store\":{\"state\":\"in_use\",\"file_0\":\"%%22%s\"}}",
			part, part, part);
	CU_ASSERT_EQUAL(ask("status", replies), 0);
	snprintf(line, sizeof(line), "config    /%s%send, loaded ", part, part);
	CU_ASSERT_TRUE(has(line));
	snprintf(line, sizeof(line), "store     in_use, 0 leases, \"%s\n", part);
	CU_ASSERT_TRUE(has(line));
	CU_ASSERT_EQUAL(ask("-j status", replies), 0);
	snprintf(line, sizeof(line), "\"file\": \"/%s%send\"", part, part);
	CU_ASSERT_TRUE(has(line));
	CU_ASSERT_PTR_NULL(strstr(out, "file_0"));
}

/* Of many pools, the fullest are shown, each once, and the rest is counted. */
static void
of_many_pools_the_fullest_are_shown(void)
{
	char rows[4096] = "{\"rows\":{";
	const char *replies[] = { STATUS, NO_ROWS, NO_ROWS, rows, NO_ROWS, NO_ROWS, NO_ROWS,
		NO_ROWS };
	unsigned int n = 0;

	for (unsigned int i = 0; i < 20; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows),
				"%s\"%u\":{\"pool\":\"p%u\",\"blocks\":1,\"blocks_percent\":%u}",
				i == 0 ? "" : ",", i, i, i < 5 ? 50 : i);
	strcat(rows, "}}");
	CU_ASSERT_EQUAL(ask("status", replies), 0);
	for (const char *p = out; (p = strstr(p, "% of 1 blocks")) != NULL; p++)
		n++;
	CU_ASSERT_EQUAL(n, 8);
	for (unsigned int i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), " p%u: ", i);
		CU_ASSERT_EQUAL(strstr(out, text) != NULL, i < 5 || i > 16);
	}
	CU_ASSERT_TRUE(has("and 12 more: cgnctl pools show\n"));
}

static void
an_error_on_the_way_is_an_error(void)
{
	static const char *const first[] = { NULL };
	static const char *const later[] = { STATUS, NO_ROWS, NULL };

	why = "bad parameters";
	CU_ASSERT_EQUAL(ask("status", first), 1);
	CU_ASSERT_EQUAL(ask("status", later), 1);
	expect(out, "");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(screen_has_what_an_operator_looks_for),
	CU_TEST_ROW(long_paths_are_whole),
	CU_TEST_ROW(of_many_pools_the_fullest_are_shown),
	CU_TEST_ROW(an_error_on_the_way_is_an_error),
};

int
main(void)
{
	return asked_main("ctlstatus", tests, sizeof(tests) / sizeof(tests[0]));
}
