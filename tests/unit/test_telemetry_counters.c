/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each row of the lists of counters reaches telemetry, with its name and with its help text, and nothing else does.
 */
#include "controlplane/telemetry/telemetry_counters.h"
#include "shared/counter_help.h"
#include "tests/support/planefix.h"
#include "tests/support/telfix.h"

#include <errno.h>

#define HOME                                                                              \
	"ports:\n"                                                                        \
	"  - {name: in0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n" \
	"  - {name: out0, device: net_null1, side: outside, addresses: [100.64.0.2/10, "  \
	"\"2001:db8::2/64\"]}\n"                                                          \
	"store: {path: \"\"}\n"
#define NAT                                             \
	"pools: [{name: p, addresses: [100.64.0.2]}]\n" \
	"groups: [{name: g, prefixes: [192.168.1.0/24], pool: p}]\n"
#define RELAY "natpmp: {role: relay, upstream: 100.64.0.1}\n"
#define B4                                             \
	"natpmp: {role: relay, upstream: 192.0.0.1}\n" \
	"softwire: {role: b4, local: \"2001:db8::2\", remote: \"2001:db8:f::1\"}\n"
#define PROXY                                                                          \
	"natpmp: {role: relay, upstream: \"2001:db8:f::1\", upstream_protocol: pcp}\n" \
	"softwire: {role: b4, local: \"2001:db8::3\", remote: \"2001:db8:f::1\"}\n"

/* Between them these have all that cgnd counts. */
static const char *const configurations[] = { HOME NAT, HOME NAT RELAY, HOME B4, HOME PROXY };

/* Add what an answer has, group by group, to what others have had. */
static void
merge(json_t *all, const json_t *answer)
{
	const char *group;
	json_t *counters;

	json_object_foreach((json_t *)(uintptr_t)answer, group, counters)
	{
		if (!json_is_object(counters))
			continue; /* sums such as "received" */
		if (json_object_get(all, group) == NULL)
			json_object_set_new(all, group, json_object());
		json_object_update(json_object_get(all, group), counters);
	}
}

static json_t *
everything_counted(void)
{
	json_t *all = json_object();

	tel_n_wrong = 0;
	for (size_t i = 0; i < RTE_DIM(configurations); i++) {
		struct rte_tel_data *d = tel_new();
		json_t *answer;

		pf_begin(configurations[i], "");
		CU_ASSERT_EQUAL(cgn_telemetry_counters_all(d, pf.control, 0, PF_WORKERS), 0);
		answer = tel_json(d);
		CU_ASSERT_TRUE(tel_size("/cgn/counters", answer) < TEL_ANSWER_MAX);
		merge(all, answer);
		json_decref(answer);
		d = tel_new();
		CU_ASSERT_EQUAL(cgn_telemetry_counters_verdicts(d, &pf.planes, 0, PF_WORKERS), 0);
		answer = tel_json(d);
		merge(all, answer);
		json_decref(answer);
		pf_end();
	}
	return all;
}

static void
each_row_and_nothing_else_is_counted(void)
{
	json_t *all = everything_counted();
	const char *group, *name;
	json_t *counters, *value;
	size_t n, shown = 0;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);

	for (size_t i = 0; i < n; i++) {
		bool is_shown = json_is_integer(
				json_object_get(json_object_get(all, rows[i].group), rows[i].name));

		CU_ASSERT_TRUE(is_shown);
		if (!is_shown)
			printf("\n%s %s is not counted\n", rows[i].group, rows[i].name);
	}
	json_object_foreach(all, group, counters)
	{
		json_object_foreach(counters, name, value)
		{
			shown++;
			CU_ASSERT_PTR_NOT_NULL(cgn_counter_help_find(group, name));
			if (cgn_counter_help_find(group, name) == NULL)
				printf("\n%s %s has no row\n", group, name);
		}
	}
	CU_ASSERT_EQUAL(shown, n);
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	json_decref(all);
}

static json_t *
help(const char *group)
{
	struct rte_tel_data *d = tel_new();

	CU_ASSERT_EQUAL(cgn_telemetry_counters_help(d, group), 0);
	return tel_json(d);
}

static void
help_of_each_row_is_told(void)
{
	json_t *groups, *count, *texts;
	const char *group;
	size_t n, told = 0;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);

	tel_n_wrong = 0;
	groups = help("");
	json_object_foreach(groups, group, count)
	{
		texts = help(group);
		CU_ASSERT_EQUAL(json_object_size(texts), (size_t)json_integer_value(count));
		CU_ASSERT_TRUE(tel_size("/cgn/counters/help", texts) < TEL_ANSWER_MAX);
		for (size_t i = 0; i < n; i++) {
			if (strcmp(rows[i].group, group) != 0)
				continue;
			told++;
			CU_ASSERT_STRING_EQUAL(
					json_string_value(json_object_get(texts, rows[i].name)),
					rows[i].help);
		}
		json_decref(texts);
	}
	CU_ASSERT_EQUAL(told, n);
	CU_ASSERT_EQUAL(tel_n_wrong, 0);
	json_decref(groups);
}

static void
unknown_group_has_no_help(void)
{
	struct rte_tel_data *d = tel_new();

	CU_ASSERT_EQUAL(cgn_telemetry_counters_help(d, "contro"), -ENOENT);
	json_decref(tel_json(d));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_row_and_nothing_else_is_counted),
	CU_TEST_ROW(help_of_each_row_is_told),
	CU_TEST_ROW(unknown_group_has_no_help),
};

int
main(void)
{
	eal_start();
	return cu_main("telemetry_counters", tests, RTE_DIM(tests));
}
