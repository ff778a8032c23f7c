/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_diff.h"
#include "tests/support/conftext.h"
#include "tests/support/cu.h"

#include <string.h>

#define BASE           \
	CONFTEXT_PORTS \
	"pools: [{name: p, addresses: [198.51.100.0/28]}]\n"

static char live[512];
static char restart[512];

static void
changed(void *arg, const char *path, bool needs_restart)
{
	char *list = needs_restart ? restart : live;

	(void)arg;
	strcat(list, path);
	strcat(list, " ");
}

static struct cgn_conf *
load(const char *text)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	if (cgn_conf_load_text("test", text, strlen(text), &conf, &errs) < 0)
		cgn_conf_errors_print(&errs, stdout);
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	return conf;
}

static int
diff(const char *from, const char *to)
{
	struct cgn_conf *a = load(from);
	struct cgn_conf *b = load(to);
	int n;

	live[0] = restart[0] = '\0';
	n = cgn_conf_diff_walk(a, b, changed, NULL);
	cgn_conf_free(a);
	cgn_conf_free(b);
	return n;
}

static void
the_same_configuration_has_no_difference(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP, BASE CONFTEXT_GROUP "workers: 1\n"), 0);
}

static void
what_the_workers_look_up_can_change_while_they_run(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP,
					BASE CONFTEXT_GROUP
					"nat: {hold_down_s: 300, timeouts: {udp_s: 400}, "
					"pass_through: [203.0.113.0/24], filtering: "
					"{udp: address_dependent}}\n"),
			4);
	CU_ASSERT_STRING_EQUAL(live,
			"nat.filtering.udp nat.hold_down_s nat.pass_through "
			"nat.timeouts.udp_s ");
	CU_ASSERT_STRING_EQUAL(restart, "");
}

static void
limits_of_a_group_can_change_and_its_blocks_and_prefixes_cannot(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP,
					BASE
					"groups: [{name: g, prefixes: [100.64.0.0/11], pool: p, "
					"block_size: 256, mappings_max: 100}]\n"),
			3);
	CU_ASSERT_STRING_EQUAL(live, "groups[0].mappings_max ");
	CU_ASSERT_STRING_EQUAL(restart, "groups[0].prefixes groups[0].block_size ");
}

static void
another_group_and_ports_and_tables_need_a_restart(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP,
					BASE
					"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}, "
					"{name: h, prefixes: [10.0.0.0/8], pool: p}]\n"
					"workers: 2\n"
					"nat: {mappings_max: 5000}\n"),
			3);
	CU_ASSERT_STRING_EQUAL(live, "");
	CU_ASSERT_STRING_EQUAL(restart, "workers groups nat.mappings_max ");
}

/* A host plane comes and goes with a restart; its limits change at once. */
static void
a_host_plane_comes_with_a_restart(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP, BASE CONFTEXT_GROUP "host: {}\n"), 1);
	CU_ASSERT_STRING_EQUAL(restart, "host ");
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP "host: {}\n", BASE CONFTEXT_GROUP), 1);
	CU_ASSERT_STRING_EQUAL(restart, "host ");
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP "host: {}\n",
					BASE CONFTEXT_GROUP "host: {punts_per_s: {ipsec: 7}}\n"),
			1);
	CU_ASSERT_STRING_EQUAL(live, "host.punts_per_s.ipsec ");
	CU_ASSERT_STRING_EQUAL(restart, "");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_same_configuration_has_no_difference),
	CU_TEST_ROW(what_the_workers_look_up_can_change_while_they_run),
	CU_TEST_ROW(limits_of_a_group_can_change_and_its_blocks_and_prefixes_cannot),
	CU_TEST_ROW(another_group_and_ports_and_tables_need_a_restart),
	CU_TEST_ROW(a_host_plane_comes_with_a_restart),
};

CU_MAIN("conf_diff", tests)
