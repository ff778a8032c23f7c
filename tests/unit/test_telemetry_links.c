/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours and routes as telemetry shows them.
 */
#include "controlplane/telemetry/telemetry.h"
#include "controlplane/telemetry/telemetry_links.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#define AHEAD_MS UINT64_C(1000000000000) /* no wait by the real clock ends before this */

static void
begin(const char *more)
{
	pf_begin("workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP "store: {path: \"\"}\n",
			more);
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

/* All rows of all pages that have a text. @return how many; the first one in *found */
static unsigned int
find(const char *path, const char *key, const char *text, json_t **found)
{
	char params[32] = "";
	unsigned int n = 0;

	*found = NULL;
	for (const char *next = ""; next != NULL;) {
		json_t *a = tel_ask(path, params[0] == '\0' ? NULL : params), *row;
		const char *name, *value;

		CU_ASSERT_TRUE(tel_size(path, a) < TEL_ANSWER_MAX);
		json_object_foreach(json_object_get(a, "rows"), name, row)
		{
			value = json_string_value(json_object_get(row, key));
			if (text != NULL && (value == NULL || strcmp(value, text) != 0))
				continue;
			if (n++ == 0)
				*found = json_incref(row);
		}
		next = json_string_value(json_object_get(a, "next"));
		if (next != NULL)
			snprintf(params, sizeof(params), "cursor=%s", next);
		json_decref(a);
	}
	return n;
}

static void
expect(json_t *row, const char *json)
{
	json_t *wanted = json_loads(json, 0, NULL);

	CU_ASSERT_TRUE(json_equal(row, wanted));
	if (!json_equal(row, wanted)) {
		printf("\n");
		json_dumpf(row, stdout, JSON_COMPACT);
	}
	json_decref(wanted);
	json_decref(row);
}

/* REQ: G-DAY-14 */
static void
neighbours_have_their_state(void)
{
	json_t *row;

	begin("routes: [{prefix: 0.0.0.0/0, via: 192.0.2.1}, {prefix: 10.0.0.0/8, via: 100.64.0.2}]\n"
	      "neighbours: [{address: 192.0.2.1, mac: \"02:00:00:00:00:09\"}]\n");
	CU_ASSERT_EQUAL(find("/cgn/neighbours", "address", "192.0.2.1", &row), 1);
	expect(row,
			"{\"address\":\"192.0.2.1\",\"port\":\"out0\",\"state\":\"static\","
			"\"mac\":\"02:00:00:00:00:09\",\"next_hop\":\"yes\"}");
	CU_ASSERT_EQUAL(find("/cgn/routes", "via", "192.0.2.1", &row), 1);
	expect(row,
			"{\"prefix\":\"0.0.0.0/0\",\"via\":\"192.0.2.1\",\"port\":\"out0\","
			"\"resolved\":\"yes\",\"source\":\"configuration\"}");
	CU_ASSERT_EQUAL(find("/cgn/routes", "via", "100.64.0.2", &row), 1);
	expect(row,
			"{\"prefix\":\"10.0.0.0/8\",\"via\":\"100.64.0.2\",\"port\":\"in0\","
			"\"resolved\":\"no\",\"source\":\"configuration\"}");
	CU_ASSERT_EQUAL(find("/cgn/routes", "source", "link", &row), 2);
	expect(row, "{\"prefix\":\"100.64.0.0/10\",\"port\":\"in0\",\"source\":\"link\"}");
	end();
}

/* Many neighbours and routes come in pages, each once. REQ: G-DAY-14 */
static void
many_neighbours_and_routes_come_in_pages(void)
{
	static char text[200 * 120];
	size_t n;
	json_t *row;

	n = (size_t)snprintf(text, sizeof(text), "neighbours:\n");
	for (unsigned int i = 0; i < 150; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				"  - {address: 192.0.2.%u, mac: \"02:00:00:00:00:%02x\"}\n",
				i + 104, i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "routes:\n");
	for (unsigned int i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				"  - {prefix: 10.%u.0.0/16, via: 192.0.2.%u}\n", i, i + 104);
	begin(text);
	CU_ASSERT_EQUAL(find("/cgn/neighbours", "port", "out0", &row), 150);
	json_decref(row);
	CU_ASSERT_EQUAL(find("/cgn/neighbours", "next_hop", "yes", &row), 100);
	json_decref(row);
	CU_ASSERT_EQUAL(find("/cgn/routes", "resolved", "yes", &row), 100);
	json_decref(row);
	CU_ASSERT_EQUAL(find("/cgn/routes", NULL, NULL, &row), 102);
	json_decref(row);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(neighbours_have_their_state),
	CU_TEST_ROW(many_neighbours_and_routes_come_in_pages),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_links", tests, RTE_DIM(tests));
}
