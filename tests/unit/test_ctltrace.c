/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `cgnctl trace` from its command line to what it prints.
 */
#include "tests/support/ctlrun.h"
#include "tests/support/scratch.h"

static char dir[256], path[300];

/* Write a file. @return its name, valid until the next call */
static const char *
file(const char *name, const char *text)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	return path;
}

#define LINE(second, event, rest)                                                   \
	"<134>1 2026-11-28T03:00:" second ".000Z box cgnd 7 " event " [cgnd@32473 " \
	"instance=\"cgnd\" boot=\"1\" producer=" rest "]\n"

#define BLOCK(seq)                                                           \
	"\"worker0\" seq=\"" seq                                             \
	"\" sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\" " \
	"postNATSourceIPv4Address=\"192.0.2.1\" portRangeStart=\"60000\" "   \
	"portRangeEnd=\"60511\" natPoolName=\"p\""

#define BEGIN(more) \
	LINE("00", "start", "\"export\" seq=\"1\" after=\"nothing\" records=\"blocks\"" more)

#define REST                                               \
	LINE("10", "block-allocated", BLOCK("1"))          \
	LINE("30", "block-released", BLOCK("2"))           \
	LINE("50", "checkpoint", "\"worker0\" last=\"2\"") \
	LINE("59", "stop", "\"export\" seq=\"2\"")

static void
prepare(void)
{
	scratch_make(dir, sizeof(dir), "ctltrace");
	file("records", BEGIN("") REST);
	file("det", BEGIN(" deterministicGroups=\"1\"") REST);
	file("conf",
			"ports:\n"
			"- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}\n"
			"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
			"pools: [{name: p, addresses: [192.0.2.1]}]\n"
			"groups: [{name: homes, prefixes: [198.51.100.0/28], pool: p, deterministic: "
			"{dynamic: 2, ports_max: 5040}}]\n");
}

/* Run cgnctl trace. Each '@' stands for the directory. @return its exit status */
static int
trace(const char *words)
{
	char line[2000] = "trace ";
	size_t n = strlen(line);

	for (; *words != '\0'; words++) {
		if (*words == '@')
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s/", dir);
		else
			line[n++] = *words;
		line[n] = '\0';
	}
	return run(line);
}

static void
one_question_has_one_answer(void)
{
	prepare();
	CU_ASSERT_EQUAL(trace("192.0.2.1:60100/tcp --at 2026-11-28T03:00:20Z @records"), 0);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "\nsubscriber  100.64.0.9/32\nports       60000-60511\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "may be missing"));
	CU_ASSERT_EQUAL(trace("192.0.2.1:60100 --at 2026-11-28T04:00:40+01:00 @records --json"), 3);
	expect(out,
			"{\n  \"external\": \"192.0.2.1:60100\",\n  \"answer\": \"nobody\",\n"
			"  \"at\": \"2026-11-28T03:00:40.000Z\"\n}\n");
	CU_ASSERT_EQUAL(trace("192.0.2.1:60100 --at 2026-11-28T03:00:55Z @records"), 4);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "the records end earlier, at 2026-11-28T03:00:50.000Z\n"));
	/* Behind the stop, cgnd may have started again. */
	CU_ASSERT_EQUAL(trace("192.0.2.1:60100 --at 2026-11-28T03:01:10Z @records"), 4);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "the records end earlier, at 2026-11-28T03:00:59.000Z\n"));
	expect(err, "");
}

/* All in one pass, in their order, and a line each. */
static void
many_questions_are_answered_in_their_order(void)
{
	prepare();
	file("questions",
			"# of the police\n\n"
			"192.0.2.1:60100/udp 2026-11-28T03:00:40Z\n"
			"192.0.2.1:60200\t2026-11-28T04:00:20.5+01:00\r\n"
			"192.0.2.1:60200/tcp 2026-11-28T03:00:55Z\n"
			"203.0.113.9:1 2026-11-28T02:00:00Z");
	CU_ASSERT_EQUAL(trace("--questions @questions @records"), 4);
	expect(out,
			"192.0.2.1:60100/udp 2026-11-28T03:00:40.000Z nobody\n"
			"192.0.2.1:60200 2026-11-28T03:00:20.500Z found 100.64.0.9/32\n"
			"192.0.2.1:60200/tcp 2026-11-28T03:00:55.000Z unsure reason=behind_records\n"
			"203.0.113.9:1 2026-11-28T02:00:00.000Z unsure reason=before_records\n");
	expect(err, "");
	file("questions",
			"192.0.2.1:60100/udp 2026-11-28T03:00:20Z\n"
			"192.0.2.1:60100/udp 2026-11-28T03:00:40Z\n");
	CU_ASSERT_EQUAL(trace("-q @questions @records -j"), 0);
	CU_ASSERT_EQUAL(strncmp(out, "{\"external\":\"192.0.2.1:60100/udp\",\"answer\":\"found\",",
					51),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "}\n{\"external\":"));
}

/* Nothing is answered, so that no line is missed. */
static void
bad_lines_of_questions_are_told(void)
{
	char want[2000];

	prepare();
	file("questions",
			"192.0.2.1:60100/udp 2026-11-28T03:00:40Z\n"
			"192.0.2.1:60100/udp\n"
			"192.0.2.1:60100/udp yesterday\n"
			"192.0.2.1:x 2026-11-28T03:00:40Z\n"
			"192.0.2.1:1 2026-11-28T03:00:40Z more\n");
	CU_ASSERT_EQUAL(trace("-q @questions @records"), 2);
	snprintf(want, sizeof(want),
			"cgnctl: trace: %s: line 2: a line is EXTADDR:PORT[/PROTO] TIME\n"
			"cgnctl: trace: %s: line 3: a time is such as 2026-11-28T03:15:07Z, with Z or an offset\n"
			"cgnctl: trace: %s: line 4: not EXTADDR:PORT[/PROTO]\n"
			"cgnctl: trace: %s: line 5: a line is EXTADDR:PORT[/PROTO] TIME\n",
			path, path, path, path);
	expect(err, want);
	expect(out, "");
	file("questions", "# none\n");
	CU_ASSERT_EQUAL(trace("-q @questions @records"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "there is no question: "));
	CU_ASSERT_EQUAL(trace("-q @nowhere @records"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "nowhere: No such file or directory\n"));
}

/* G-DET-1: the own ranges of deterministic groups have no records. */
static void
configuration_tells_of_deterministic_ports(void)
{
	prepare();
	CU_ASSERT_EQUAL(trace("192.0.2.1:2001 --at 2026-11-28T03:00:20Z @det"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "deterministic groups have no records"));
	CU_ASSERT_EQUAL(trace("192.0.2.1:2001 --at 2026-11-28T03:00:20Z -c @conf @det"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out,
			"\nby          the configuration, which must be the one of that time\n"
			"subscriber  198.51.100.1/32\nports       1024-5055\ngroup       homes\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "may be missing"));
	file("questions",
			"192.0.2.1:2001 2026-11-28T03:00:20Z\n"
			"192.0.2.1:60001 2026-11-28T03:00:20Z\n"
			"192.0.2.1:60001 2026-11-28T03:00:40Z\n"
			"192.0.2.1:80 2026-11-28T03:00:40Z\n");
	CU_ASSERT_EQUAL(trace("-q @questions -c @conf @det"), 0);
	expect(out,
			"192.0.2.1:2001 2026-11-28T03:00:20.000Z found 198.51.100.1/32 by=configuration\n"
			"192.0.2.1:60001 2026-11-28T03:00:20.000Z found 100.64.0.9/32\n"
			"192.0.2.1:60001 2026-11-28T03:00:40.000Z nobody by=configuration\n"
			"192.0.2.1:80 2026-11-28T03:00:40.000Z nobody by=configuration\n");
	/* Without records, the configuration is all there is. */
	CU_ASSERT_EQUAL(trace("192.0.2.1:2001 --at 2026-11-28T03:00:20Z -c @conf"), 0);
	CU_ASSERT_EQUAL(trace("192.0.2.1:60001 --at 2026-11-28T03:00:20Z -c @conf"), 4);
	CU_ASSERT_EQUAL(trace("192.0.2.1:2001 --at 2026-11-28T03:00:20Z -c @records @det"), 2);
}

static void
ports_of_a_subscriber_are_listed(void)
{
	prepare();
	CU_ASSERT_EQUAL(trace("--subscriber 100.64.0.9 --to 2026-11-28T03:00:45Z @records"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "192.0.2.1        60000-60511  100.64.0.9/32\n"));
	CU_ASSERT_EQUAL(trace("--subscriber 100.64.0.9 --from 2026-11-28T03:00:40Z --to "
			      "2026-11-28T03:00:45Z @records"),
			3);
	expect(out, "100.64.0.9 had no ports in this time\n");
	file("quiet",
			BEGIN("") LINE("59", "checkpoint", "\"worker0\" last=\"0\"")
					LINE("59", "stop", "\"export\" seq=\"2\""));
	CU_ASSERT_EQUAL(trace("--subscriber 100.64.0.9 --to 2026-11-28T03:00:59Z @quiet"), 3);
	CU_ASSERT_EQUAL(trace("--subscriber 100.64.0.9 --to 2026-11-28T03:01:10Z @quiet"), 4);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "the records end earlier, at 2026-11-28T03:00:59.000Z\n"));
	CU_ASSERT_EQUAL(trace("-s 198.51.100.1 --to 2026-11-28T03:00:45Z @det"), 4);
	CU_ASSERT_EQUAL(trace("-s 198.51.100.1 --to 2026-11-28T03:00:45Z @det -c @conf"), 0);
	expect(out,
			"By the configuration, which must be the one of that time, 198.51.100.1/32 has "
			"ports 1024-5055 of 192.0.2.1.\n");
	CU_ASSERT_EQUAL(trace("-s 198.51.100.1 --to 2026-11-28T03:00:45Z @det -c @conf --json"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"complete\": true"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"port_last\": 5055"));
}

/* REQ: G-DAY-16 */
static void
holders_of_an_address_are_listed(void)
{
	static const char *const times[] = { " --at 2026-11-28T03:00:20Z",
		" --from 2026-11-28T03:00:20Z --to 2026-11-28T03:00:25Z" };
	char words[200];

	prepare();
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		snprintf(words, sizeof(words), "192.0.2.1%s @records", times[i]);
		CU_ASSERT_EQUAL(trace(words), 0);
		expect(out,
				"SINCE                     UNTIL                     END        EXTERNAL "
				"        PORTS        SUBSCRIBER\n"
				"2026-11-28T03:00:10.000Z  2026-11-28T03:00:30.000Z  released   192.0.2.1"
				"        60000-60511  100.64.0.9/32\n");
	}
	CU_ASSERT_EQUAL(trace("192.0.2.1 --at 2026-11-28T03:00:40Z @records"), 3);
	expect(out, "nobody had ports of 192.0.2.1 in this time\n");
	CU_ASSERT_EQUAL(trace("192.0.2.2 --at 2026-11-28T03:00:20Z @records"), 3);
	CU_ASSERT_EQUAL(trace("192.0.2.1 --json --at 2026-11-28T03:00:20Z @records"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"external\": \"192.0.2.1\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"complete\": true"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"subscriber\": \"100.64.0.9/32\""));
	CU_ASSERT_PTR_NULL(strstr(out, "ranges"));
	/* The last worker's record is older than the stop. */
	CU_ASSERT_EQUAL(trace("192.0.2.1 @records"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "192.0.2.1        60000-60511  100.64.0.9/32\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "The list may be incomplete:\n"));
	/* The configuration has the owners for whom there are no records. */
	CU_ASSERT_EQUAL(trace("192.0.2.1 --at 2026-11-28T03:00:20Z @det"), 4);
	CU_ASSERT_EQUAL(trace("192.0.2.1 --at 2026-11-28T03:00:20Z @det -c @conf"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "192.0.2.1        60000-60511  100.64.0.9/32\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out,
			"By the configuration, which must be the one of that time, 198.51.100.1/32 has "
			"ports "));
	CU_ASSERT_PTR_NOT_NULL(
			strstr(out, "\n198.51.100.2/32 has ports 5056-9087 of 192.0.2.1.\n"));
	CU_ASSERT_EQUAL(trace("192.0.2.1 --json -c @conf"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"ranges\": ["));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\"port_last\": 5055"));
}

static void
wrong_command_lines_are_explained(void)
{
	static const struct {
		const char *words, *error;
	} cases[] = {
		{ "", "cgnctl: trace: EXTADDR[:PORT] is missing\n" },
		{ "192.0.2.1:1", "cgnctl: trace: --at TIME is missing\n" },
		{ "192.0.2.1:1 --at 2026-11-28T03:00:20Z",
				"cgnctl: trace: a FILE of records is missing\n" },
		{ "192.0.2.1/tcp --at 2026-11-28T03:00:20Z x",
				"cgnctl: trace: not EXTADDR:PORT[/PROTO]: 192.0.2.1/tcp\n" },
		{ "192.0.2.1 --at 2026-11-28T03:00:20Z --to 2026-11-28T03:00:20Z x",
				"cgnctl: trace: either --at, or --from and --to\n" },
		{ "192.0.2.1 --at soon x",
				"cgnctl: trace: a time is such as 2026-11-28T03:15:07Z, with Z or an "
				"offset: soon\n" },
		{ "192.0.2.1 --from 2026-11-28T03:00:20Z --to 2026-11-28T03:00:19Z x",
				"cgnctl: trace: --from is later than --to\n" },
		{ "192.0.2.1", "cgnctl: trace: a FILE of records is missing\n" },
		{ "192.0.2.1:1 --at 2026-11-28 x",
				"cgnctl: trace: a time is such as 2026-11-28T03:15:07Z, with Z or an "
				"offset: 2026-11-28\n" },
		{ "192.0.2.1:1 --at 2026-11-28T03:00:20Z --from 2026-11-28T03:00:20Z x",
				"cgnctl: trace: --from and --to need --subscriber, or an address without a port\n" },
		{ "-s 100.64.0.9 --at 2026-11-28T03:00:20Z x",
				"cgnctl: trace: --subscriber takes --from and --to\n" },
		{ "-s home x", "cgnctl: trace: not an address: home\n" },
		{ "-s 100.64.0.9 --from 2026-11-28T03:00:20Z --to 2026-11-28T03:00:19Z x",
				"cgnctl: trace: --from is later than --to\n" },
		{ "-q - -", "cgnctl: trace: standard input can be read only once\n" },
		{ "-q - --at 2026-11-28T03:00:20Z x",
				"cgnctl: trace: --questions have their times in their lines, and --at is "
				"for one question\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(trace(cases[i].words), 2);
		expect(err, cases[i].error);
		expect(out, "");
	}
	CU_ASSERT_EQUAL(run("pools show --at 2026-11-28T03:00:20Z"), 2);
	CU_ASSERT_EQUAL(run("trace 192.0.2.1:1 --at 2026-11-28T03:00:20Z /nowhere/x"), 1);
	expect(err, "cgnctl: trace: /nowhere/x: No such file or directory\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(one_question_has_one_answer),
	CU_TEST_ROW(many_questions_are_answered_in_their_order),
	CU_TEST_ROW(bad_lines_of_questions_are_told),
	CU_TEST_ROW(configuration_tells_of_deterministic_ports),
	CU_TEST_ROW(ports_of_a_subscriber_are_listed),
	CU_TEST_ROW(holders_of_an_address_are_listed),
	CU_TEST_ROW(wrong_command_lines_are_explained),
};

CU_MAIN("ctltrace", tests)
