/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/detlog.h"
#include "tests/support/confcase.h"

#include <rte_log.h>

#define DAY_MS UINT64_C(86400000)

static char *text;
static size_t len, at; /* of `text`; the part that was looked at */
static FILE *log_file;
static struct cgn_timerq *timers;
static struct cgn_detlog *detlog;

static void
begin(const char *yaml)
{
	struct cgn_conf *conf = accepted(yaml);

	at = 0;
	log_file = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	rte_openlog_stream(log_file);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_detlog_create(&detlog, conf, timers, 1000), 0);
	/* It is not used afterwards. */
	cgn_conf_free(conf);
}

static void
end(void)
{
	cgn_detlog_destroy(detlog);
	cgn_timerq_destroy(timers);
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(text);
	text = NULL;
}

/* What was logged since the last call, with `T` in place of each time. */
static const char *
logged(void)
{
	static char out[65536];
	size_t n = 0;

	fflush(log_file);
	for (const char *p = text + at; *p != '\0' && n < sizeof(out) - 2; p++) {
		out[n++] = *p;
		/* "[Wed Oct 11 14:32:52 2000]" */
		if (p[0] == '[' && strlen(p) > 25 && p[25] == ']' && p[4] == ' ') {
			out[n++] = 'T';
			p += 24;
		}
	}
	out[n] = '\0';
	at = len;
	return out;
}

static unsigned int
lines(const char *s)
{
	unsigned int n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

#define RFC                                                                                  \
	PORTS "pools: [{name: p, addresses: [192.0.2.1]}]\n"                                 \
	      "groups: [{name: homes, prefixes: [198.51.100.0/28], pool: p, deterministic: " \
	      "{dynamic: 2, ports_max: 5040, reserved: [5060, 5004]}}]\n"

/* G-DET-5: at the start, and a day later, and again a day later; not in between. */
static void
variables_are_logged_at_the_start_and_once_a_day(void)
{
	static const char line[] =
			"cgnd: notice deterministic-ranges: deterministic group=homes "
			"[T]:198.51.100.0:28:192.0.2.1:32:2:5040:0:0-1023,5004,5060:32\n";

	begin(RFC);
	CU_ASSERT_STRING_EQUAL(logged(), line);
	for (uint64_t day = 1; day < 4; day++) {
		CU_ASSERT_EQUAL(cgn_timerq_run(timers, 1000 + day * DAY_MS - 1, 10), 0);
		CU_ASSERT_STRING_EQUAL(logged(), "");
		CU_ASSERT_EQUAL(cgn_timerq_run(timers, 1000 + day * DAY_MS, 10), 1);
		CU_ASSERT_STRING_EQUAL(logged(), line);
	}
	end();
}

/* Each pair of an inside and an outside prefix has a line. */
static void
pairs_are_in_the_configured_order(void)
{
	begin(PORTS "pools: [{name: p, addresses: [203.0.113.1-203.0.113.4, 203.0.113.128/26]}]\n"
		    "softwire: {role: aftr, local: '2001:db8:f::1'}\n"
		    "groups: [{name: a, prefixes: ['2001:db8::/48', 10.0.0.0/24], pool: p, "
		    "deterministic: {ports_max: 20000}}]\n");
	CU_ASSERT_STRING_EQUAL(logged(),
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:[2001:db8::]:48:203.0.113.1:32:0:20000:0:0-1023:56\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:[2001:db8::]:48:203.0.113.2:31:0:20000:0:0-1023:56\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:[2001:db8::]:48:203.0.113.4:32:0:20000:0:0-1023:56\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:[2001:db8::]:48:203.0.113.128:26:0:20000:0:0-1023:56\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:10.0.0.0:24:203.0.113.1:32:0:20000:0:0-1023:32\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:10.0.0.0:24:203.0.113.2:31:0:20000:0:0-1023:32\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:10.0.0.0:24:203.0.113.4:32:0:20000:0:0-1023:32\n"
			"cgnd: notice deterministic-ranges: deterministic group=a [T]:10.0.0.0:24:203.0.113.128:26:0:20000:0:0-1023:32\n");
	end();
}

/* Many pairs must not flood the log. The lists have all that the formula needs, too. */
static void
many_pairs_are_logged_as_lists(void)
{
	char yaml[32768] = PORTS "pools: [{name: p, addresses: [";
	const char *said;

	for (unsigned int i = 0; i < 90; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "%s198.18.0.%u",
				i == 0 ? "" : ", ", i * 2 + 1);
	strcat(yaml,
			"]}]\ngroups: [{name: a, prefixes: [10.0.3.0/24, 10.0.0.0/30, 10.0.1.0/31], pool: p, "
			"deterministic: {reserved: [7000]}}]\n");
	begin(yaml);
	said = logged();
	CU_ASSERT_EQUAL(lines(said), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
			"group=a [T] inside 1-3 of 3: 10.0.3.0/24 10.0.0.0/30 10.0.1.0/31\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
			"group=a [T] outside 1-40 of 90: 198.18.0.1-198.18.0.1 198.18.0.3-198.18.0.3 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " 198.18.0.79-198.18.0.79\n"));
	CU_ASSERT_PTR_NOT_NULL(
			strstr(said, "group=a [T] outside 41-80 of 90: 198.18.0.81-198.18.0.81 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(
			said, "group=a [T] outside 81-90 of 90: 198.18.0.161-198.18.0.161 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " 198.18.0.179-198.18.0.179\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "group=a [T] variables:0:65535:0:0-1023,7000:32:56\n"));
	end();
}

/* 256 pairs still have lines of their own. */
static void
lines_of_a_group_are_limited(void)
{
	char yaml[32768] = PORTS "pools: [{name: p, addresses: [203.0.113.0]}]\n"
				 "groups: [{name: a, pool: p, deterministic: {}, prefixes: [";

	for (unsigned int i = 0; i < CGN_DETLOG_PAIRS_MAX; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "%s10.0.%u.0/32",
				i == 0 ? "" : ", ", i);
	begin(strcat(yaml, "]}]\n"));
	CU_ASSERT_EQUAL(lines(logged()), CGN_DETLOG_PAIRS_MAX);
	end();
	yaml[strlen(yaml) - 4] = '\0';
	begin(strcat(yaml, ", 10.1.0.0/32]}]\n"));
	CU_ASSERT_EQUAL(lines(logged()), (CGN_DETLOG_PAIRS_MAX + 1 + 39) / 40 + 2);
	end();
}

static void
nothing_is_logged_without_a_deterministic_group(void)
{
	begin(PORTS POOLS GROUPS);
	CU_ASSERT_PTR_NULL(detlog);
	CU_ASSERT_STRING_EQUAL(logged(), "");
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(variables_are_logged_at_the_start_and_once_a_day),
	CU_TEST_ROW(pairs_are_in_the_configured_order),
	CU_TEST_ROW(many_pairs_are_logged_as_lists),
	CU_TEST_ROW(lines_of_a_group_are_limited),
	CU_TEST_ROW(nothing_is_logged_without_a_deterministic_group),
};

CU_MAIN("detlog", tests)
