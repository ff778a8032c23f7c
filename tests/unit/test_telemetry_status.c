/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an operator sees first: the state of cgnd as a whole. config/JSON.md has all keys, and no others.
 */
#include "controlplane/telemetry/telemetry.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "controlplane/telemetry/telemetry_status.h"
#include "shared/log.h"
#include "shared/log_recent.h"
#include "shared/percent.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <stdio.h>

#define GROUPS   90
#define AHEAD_MS UINT64_C(1000000000000) /* no wait by the real clock ends before this */

CGN_LOG_TYPE("telemetry_status_test");

static void
begin(const char *more)
{
	pf_begin("workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL, more);
	pf.now_ms += AHEAD_MS;
	pf_work();
	tel_n_wrong = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_telemetry_start(pf.control, "1.2.3"), 0);
}

static void
end(void)
{
	cgn_telemetry_stop();
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	pf.now_ms -= AHEAD_MS;
	pf_end();
}

static const char *
text_at(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* REQ: G-DAY-10 */
static void
status_has_version_configuration_and_store(void)
{
	json_t *a, *config, *store;

	begin(pf_with_store(CONFTEXT_GROUP));
	a = tel_ask("/cgn/status", NULL);
	config = json_object_get(a, "config");
	store = json_object_get(a, "store");
	CU_ASSERT_STRING_EQUAL(text_at(a, "version"), "1.2.3");
	CU_ASSERT_TRUE(json_is_integer(json_object_get(a, "since_ms")));
	CU_ASSERT_TRUE(json_is_integer(json_object_get(a, "up_s")));
	CU_ASSERT_STRING_EQUAL(text_at(config, "file"), pf.path);
	CU_ASSERT_STRING_EQUAL(text_at(config, "file_state"), "in_use");
	CU_ASSERT_STRING_EQUAL(text_at(store, "state"), "in_use");
	CU_ASSERT_STRING_EQUAL(text_at(store, "file"), pf.store);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(store, "leases")), 0);
	CU_ASSERT_STRING_EQUAL(text_at(json_object_get(a, "export"), "state"), "off");
	CU_ASSERT_STRING_EQUAL(text_at(json_object_get(a, "host"), "state"), "off");
	json_decref(a);
	end();
}

static void
store_is_off_without_a_path(void)
{
	json_t *a;

	begin("store: {path: \"\"}\n" CONFTEXT_GROUP);
	a = tel_ask("/cgn/status", NULL);
	CU_ASSERT_STRING_EQUAL(text_at(json_object_get(a, "store"), "state"), "off");
	json_decref(a);
	a = tel_ask("/cgn/sinks", NULL);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(a, "rows")), 0);
	json_decref(a);
	end();
}

/* A path that is longer than a text of DPDK is not cut, nor is the longest one. */
static void
long_paths_come_whole(void)
{
	char longest[1025], text[1100];
	struct cgn_conf *conf;
	char *store;
	json_t *a;

	memset(longest, '"', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	begin(pf_with_store(CONFTEXT_GROUP));
	conf = (struct cgn_conf *)(uintptr_t)cgn_control_conf(pf.control);
	store = conf->store_path;
	conf->store_path = longest;
	a = tel_ask("/cgn/status", NULL);
	tel_long(json_object_get(a, "store"), "file", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, longest);
	/* As long is the path of a sink. */
	CU_ASSERT_TRUE(CGN_TELEMETRY_STATUS_SINKS * tel_size("", json_object_get(a, "store")) <
			TEL_ANSWER_MAX - 1000);
	json_decref(a);
	conf->store_path = store;
	end();
}

/* The same for the longest names of devices. */
static void
long_devices_come_whole(void)
{
	char longest[CGN_DEVICE_MAX], text[CGN_DEVICE_MAX + 1];
	struct cgn_conf_port *ports;
	json_t *a, *row;

	memset(longest, '"', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	begin("store: {path: \"\"}\n" CONFTEXT_GROUP);
	ports = cgn_control_conf(pf.control)->ports;
	strcpy(ports[1].device, longest);
	a = tel_ask("/cgn/ports", "cursor=1");
	row = json_object_get(json_object_get(a, "rows"), "0");
	tel_long(row, "device", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, longest);
	CU_ASSERT_TRUE(CGN_TELEMETRY_ROWS_PORTS * tel_size("", row) < TEL_ANSWER_MAX - 1000);
	json_decref(a);
	end();
}

/* Groups in pages, each the sum of both workers. */
static void
every_group_is_the_sum_of_the_workers(void)
{
	char text[GROUPS * 80] = "store: {path: \"\"}\ngroups:\n", params[32] = "";
	size_t n = strlen(text);
	unsigned int g = 0;

	for (unsigned int i = 0; i < GROUPS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				"  - {name: g%u, prefixes: [100.64.%u.0/24], pool: p}\n", i, i);
	begin(text);
	for (unsigned int i = 0; i < GROUPS; i++) {
		pf.stats[0].group[i] = (struct cgn_group_stats){ 1, 2, 3, 4, 5, 6, { 0 } };
		pf.stats[1].group[i] = (struct cgn_group_stats){ 10 + i, 20, 30, 40, 50, 60,
			{ 0 } };
	}
	for (const char *next = ""; next != NULL;) {
		json_t *a = tel_ask("/cgn/groups", params[0] == '\0' ? NULL : params), *row;
		const char *key;

		CU_ASSERT_TRUE(tel_size("/cgn/groups", a) < TEL_ANSWER_MAX);
		json_object_foreach(json_object_get(a, "rows"), key, row)
		{
			char name[16];

			snprintf(name, sizeof(name), "g%u", g);
			CU_ASSERT_STRING_EQUAL(text_at(row, "group"), name);
			CU_ASSERT_STRING_EQUAL(text_at(row, "pool"), "p");
			CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "subscribers")),
					11 + g);
			CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "mappings")), 22);
			CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "refused")), 55);
			g++;
		}
		next = json_string_value(json_object_get(a, "next"));
		if (next != NULL)
			snprintf(params, sizeof(params), "cursor=%s", next);
		json_decref(a);
	}
	CU_ASSERT_EQUAL(g, GROUPS);
	memset(pf.stats, 0, sizeof(pf.stats));
	end();
}

/* The longest lines of all fit into an answer, with all octets that a line may have. */
static void
last_warnings_come_whole(void)
{
	static const char event[] = "no-memory: ";
	char text[CGN_LOG_RECENT_TEXT - sizeof(event) + 1], line[CGN_LOG_RECENT_TEXT];
	json_t *a;

	begin("store: {path: \"\"}\n" CONFTEXT_GROUP);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		memset(text, '\x80' + (int)i, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		CGN_LOG(NO_MEMORY, "%s", text);
	}
	a = tel_ask("/cgn/warnings", NULL);
	CU_ASSERT_TRUE(tel_size("/cgn/warnings", a) < TEL_ANSWER_MAX);
	CU_ASSERT_EQUAL(json_object_size(json_object_get(a, "rows")), CGN_LOG_RECENT_MAX);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		char key[16], whole[4 * CGN_LOG_RECENT_TEXT] = "";
		const json_t *row;
		const char *part = "";

		snprintf(key, sizeof(key), "%u", i);
		row = json_object_get(json_object_get(a, "rows"), key);
		CU_ASSERT_STRING_EQUAL(text_at(row, "severity"), "error");
		for (unsigned int p = 0; part != NULL; p++) {
			snprintf(key, sizeof(key), "text_%u", p);
			part = json_string_value(json_object_get(row, key));
			if (part != NULL)
				strncat(whole, part, sizeof(whole) - strlen(whole) - 1);
		}
		CU_ASSERT_EQUAL(cgn_percent_decode(whole), 0);
		memset(text, '\x80' + (int)(CGN_LOG_RECENT_MAX - 1 - i), sizeof(text) - 1);
		snprintf(line, sizeof(line), "%s%s", event, text);
		CU_ASSERT_STRING_EQUAL(whole, line);
	}
	json_decref(a);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(status_has_version_configuration_and_store),
	CU_TEST_ROW(store_is_off_without_a_path),
	CU_TEST_ROW(long_paths_come_whole),
	CU_TEST_ROW(long_devices_come_whole),
	CU_TEST_ROW(every_group_is_the_sum_of_the_workers),
	CU_TEST_ROW(last_warnings_come_whole),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_status", tests, RTE_DIM(tests));
}
