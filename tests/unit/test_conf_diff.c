/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_diff.h"
#include "controlplane/conf/conf_ends.h"
#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_show.h"
#include "tests/support/conftext.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BASE           \
	CONFTEXT_PORTS \
	"pools: [{name: p, addresses: [198.51.100.0/28]}]\n"

static char live[2048];
static char restart[2048];
static char values[1024]; /* of the last difference */
static char ended[1024];  /* what the differences end, each with a semicolon */

static void
changed(void *arg, const struct cgn_conf_diff *d)
{
	char *list = d->needs_restart ? restart : live;

	(void)arg;
	if (cgn_conf_ends_what(d) != NULL)
		snprintf(ended + strlen(ended), sizeof(ended) - strlen(ended), "%s;",
				cgn_conf_ends_what(d));
	strcat(list, d->path);
	strcat(list, " ");
	snprintf(values, sizeof(values), "%s -> %s", d->from == NULL ? "none" : d->from,
			d->to == NULL ? "none" : d->to);
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

	live[0] = restart[0] = ended[0] = '\0';
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
a_group_can_change_but_for_the_size_of_its_subscribers(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP,
					BASE
					"groups: [{name: g, prefixes: [100.64.0.0/11], pool: p, "
					"block_size: 256, mappings_max: 100, "
					"subscriber_prefix_len: 30}]\n"),
			4);
	CU_ASSERT_STRING_EQUAL(
			live, "groups[g].prefixes groups[g].block_size groups[g].mappings_max ");
	CU_ASSERT_STRING_EQUAL(restart, "groups[g].subscriber_prefix_len ");
}

static void
workers_and_tables_need_a_restart_and_another_group_does_not(void)
{
	CU_ASSERT_EQUAL(diff(BASE CONFTEXT_GROUP,
					BASE
					"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}, "
					"{name: h, prefixes: [10.0.0.0/8], pool: p}]\n"
					"workers: 2\n"
					"nat: {mappings_max: 5000}\n"),
			3);
	CU_ASSERT_STRING_EQUAL(live, "groups[h] ");
	CU_ASSERT_STRING_EQUAL(restart, "workers nat.mappings_max ");
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

#define ENTRIES(routes, neighbours, pools, statics)                                   \
	CONFTEXT_PORTS "pools: [" pools "]\n" CONFTEXT_GROUP "routes: [" routes "]\n" \
		       "neighbours: [" neighbours "]\nnat: {static_mappings: [" statics "]}\n"
#define R1 "{prefix: 10.0.0.0/8, via: 100.64.0.2}"
#define R2 "{prefix: 10.0.0.0/8, via: 192.0.2.1}" /* the same prefix on the other side */
#define R3 "{prefix: 0.0.0.0/0, via: 192.0.2.1}"
#define N1 "{address: 192.0.2.9, mac: '02:00:5e:10:00:01'}"
#define N2 "{address: 100.64.0.9, mac: '02:00:5e:10:00:01'}"
#define P1 "{name: p, addresses: [198.51.100.0/29, 198.51.100.8/29], exclude: [198.51.100.1]}"
#define P2 "{name: q, addresses: [203.0.113.0/28]}"
#define S1 "{protocol: tcp, inside: '100.64.0.9:80', external: '198.51.100.3:80'}"
#define S2 "{protocol: udp, inside: '100.64.0.9:80', external: '198.51.100.3:80'}"

/* REQ: N-CONF-1 */
static void
order_of_entries_has_no_meaning(void)
{
	CU_ASSERT_EQUAL(diff(ENTRIES(R1 "," R2 "," R3, N1 "," N2, P1 "," P2, S1 "," S2),
					ENTRIES(R3 "," R1 "," R2, N2 "," N1, P2 "," P1, S2 "," S1)),
			0);
	CU_ASSERT_EQUAL(diff(ENTRIES(R1, N1, P1, S1),
					ENTRIES(R1, N1,
							"{name: p, addresses: [198.51.100.8/29, "
							"198.51.100.0/29], exclude: [198.51.100.1]}",
							S1)),
			0);
}

/* REQ: N-CONF-1 */
static void
only_what_an_entry_has_else_is_told_of_it(void)
{
	CU_ASSERT_EQUAL(diff(ENTRIES(R1 "," R2, N1, P1 "," P2, S1),
					ENTRIES("{prefix: 10.0.0.0/8, via: 192.0.2.7}," R1, N1,
							P2 "," P1, S1)),
			1);
	CU_ASSERT_STRING_EQUAL(live, "routes[10.0.0.0/8,out0].via ");
	CU_ASSERT_STRING_EQUAL(values, "\"192.0.2.1\" -> \"192.0.2.7\"");
	CU_ASSERT_EQUAL(diff(ENTRIES(R1, N1, P1, S1),
					ENTRIES(R1, N1,
							"{name: p, addresses: [198.51.100.0/29, "
							"203.0.113.0/29], exclude: [198.51.100.1]}",
							S1)),
			1);
	CU_ASSERT_STRING_EQUAL(live, "pools[p].addresses ");
	CU_ASSERT_STRING_EQUAL(values, "[\"198.51.100.8/29\"] -> [\"203.0.113.0/29\"]");
}

/* REQ: N-CONF-1 */
static void
entry_that_comes_or_goes_has_its_keys_as_value(void)
{
	CU_ASSERT_EQUAL(diff(ENTRIES(R1, N1, P1, S1), ENTRIES(R1, "", P1, S1)), 1);
	CU_ASSERT_STRING_EQUAL(live, "neighbours[192.0.2.9,out0] ");
	CU_ASSERT_STRING_EQUAL(values,
			"{\"address\":\"192.0.2.9\",\"mac\":\"02:00:5e:10:00:01\",\"port\":\"out0\"} "
			"-> none");
	CU_ASSERT_EQUAL(diff(ENTRIES("", N1, P1, S1), ENTRIES(R1, N1, P1, S1)), 1);
	CU_ASSERT_STRING_EQUAL(live, "routes[10.0.0.0/8,in0] ");
	CU_ASSERT_STRING_EQUAL(values,
			"none -> "
			"{\"prefix\":\"10.0.0.0/8\",\"via\":\"100.64.0.2\",\"port\":\"in0\"}");
	/* Another external endpoint is another static mapping. */
	CU_ASSERT_EQUAL(diff(ENTRIES(R1, N1, P1, S1), ENTRIES(R1, N1, P1, S2)), 2);
	CU_ASSERT_STRING_EQUAL(live,
			"nat.static_mappings[tcp,198.51.100.3:80] "
			"nat.static_mappings[udp,198.51.100.3:80] ");
}

/* The numbers of subscribers in deterministic groups follow the order of prefixes (RFC 7422). */
static void
order_that_has_a_meaning_is_told_with_the_whole_list(void)
{
	CU_ASSERT_EQUAL(diff(BASE "groups: [{name: g, prefixes: [10.0.0.0/8, 10.1.0.0/16], pool: p}]\n",
					BASE
					"groups: [{name: g, prefixes: [10.1.0.0/16, 10.0.0.0/8], "
					"pool: p}]\n"),
			1);
	CU_ASSERT_STRING_EQUAL(live, "groups[g].prefixes ");
	CU_ASSERT_STRING_EQUAL(values,
			"[\"10.0.0.0/8\",\"10.1.0.0/16\"] -> [\"10.1.0.0/16\",\"10.0.0.0/8\"]");
}

/* --- generated configurations ---------------------------------------------------------------- */

#define LIST_MAX 12

static uint32_t seed = 1;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* A list of neighbours: entry i is there if mac[i] is not 0. It begins at a random place. */
static const char *
neighbours_of(const uint8_t mac[LIST_MAX], char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, BASE CONFTEXT_GROUP "neighbours: [");
	uint32_t first = below(LIST_MAX);

	for (uint32_t k = 0; k < LIST_MAX; k++) {
		uint32_t i = (first + k) % LIST_MAX;

		if (mac[i] != 0)
			len += (size_t)snprintf(text + len, size - len,
					"{address: 192.0.2.%u, mac: '02:00:00:00:00:%02x'}, ",
					10 + i, mac[i]);
	}
	snprintf(text + len, size - len, "]\n");
	return text;
}

/* Each entry is told once, with the right path; the others are not. REQ: N-CONF-1 */
static void
differences_of_generated_lists_are_those_of_the_sets(void)
{
	char from[2048], to[2048], path[64];

	for (int round = 0; round < 300; round++) {
		uint8_t a[LIST_MAX], b[LIST_MAX];
		int n = 0;

		for (uint32_t i = 0; i < LIST_MAX; i++) {
			a[i] = (uint8_t)below(3);
			b[i] = (uint8_t)below(3);
			n += a[i] != b[i];
		}
		CU_ASSERT_EQUAL(diff(neighbours_of(a, from, sizeof(from)),
						neighbours_of(b, to, sizeof(to))),
				n);
		CU_ASSERT_STRING_EQUAL(restart, "");
		for (uint32_t i = 0; i < LIST_MAX; i++) {
			bool is_changed = a[i] != 0 && b[i] != 0 && a[i] != b[i];
			bool is_told = a[i] != b[i];

			snprintf(path, sizeof(path), "neighbours[192.0.2.%u,out0]%s", 10 + i,
					is_changed ? ".mac " : " ");
			CU_ASSERT_EQUAL(strstr(live, path) != NULL, is_told);
		}
	}
}

/* cgnctl compares with the text that a running cgnd shows. */
static void
text_of_another_process_is_compared_alike(void)
{
	struct cgn_conf *a = load(BASE CONFTEXT_GROUP),
			*b = load(BASE CONFTEXT_GROUP "workers: 2\n");
	char *text;

	CU_ASSERT_EQUAL_FATAL(cgn_conf_show_json(a, &text), 0);
	live[0] = restart[0] = '\0';
	CU_ASSERT_EQUAL(cgn_conf_diff_walk_text(text, strlen(text), b, changed, NULL), 1);
	CU_ASSERT_STRING_EQUAL(restart, "workers ");
	CU_ASSERT_STRING_EQUAL(values, "1 -> 2");
	CU_ASSERT_EQUAL(cgn_conf_diff_walk_text(text, strlen(text) - 1, b, changed, NULL), -EINVAL);
	free(text);
	/* A newer cgnd may have keys that this schema does not know. */
	text = strdup("{\"workers\":2,\"unknown\":[{\"a\":1}]}");
	live[0] = restart[0] = '\0';
	CU_ASSERT_TRUE(cgn_conf_diff_walk_text(text, strlen(text), b, changed, NULL) > 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(restart, "unknown "));
	free(text);
	cgn_conf_free(a);
	cgn_conf_free(b);
}

/* Without its keys, an entry could not be found again. */
static void
every_list_of_maps_has_keys(void)
{
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n), *key;

	for (size_t i = 0; i < n; i++) {
		char level[128];
		bool has_key = false;

		if (keys[i].type != CGN_CONF_SECTION || !keys[i].is_list)
			continue;
		snprintf(level, sizeof(level), "%s[]", keys[i].path);
		for (key = NULL; (key = cgn_conf_schema_next(level, key)) != NULL;)
			has_key |= key->is_key;
		CU_ASSERT_TRUE(has_key);
	}
}

/* REQ: G-DAY-38 */
static void
differences_that_end_connections_are_told(void)
{
	static const char groups[] = "groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n";
	static const char more[] = CONFTEXT_PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28, 203.0.113.9]}]\n"
			"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n";
	char base[1024], text[2048];

	snprintf(base, sizeof(base), "%s%s", BASE, groups);
	/* What comes ends nothing, what goes does. */
	CU_ASSERT_EQUAL(diff(base, more), 1);
	CU_ASSERT_STRING_EQUAL(ended, "");
	CU_ASSERT_EQUAL(diff(more, base), 1);
	CU_ASSERT_STRING_EQUAL(ended, "connections and leases on the addresses that go;");
	/* An exclusion is the other way round. */
	snprintf(text, sizeof(text),
			CONFTEXT_PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28], exclude: [198.51.100.3]}]\n%s",
			groups);
	CU_ASSERT_EQUAL(diff(base, text), 1);
	CU_ASSERT_STRING_EQUAL(ended, "connections and leases on these addresses;");
	CU_ASSERT_EQUAL(diff(text, base), 1);
	CU_ASSERT_STRING_EQUAL(ended, "");
	snprintf(text, sizeof(text),
			"%snat: {hold_down_s: 300, static_mappings: "
			"[{protocol: tcp, inside: '100.64.0.9:80', external: '198.51.100.1:80'}]}\n",
			base);
	CU_ASSERT_EQUAL(diff(base, text), 2);
	CU_ASSERT_STRING_EQUAL(ended, "what others have on this external port;");
	CU_ASSERT_EQUAL(diff(text, base), 2);
	CU_ASSERT_STRING_EQUAL(ended, "connections of this static mapping;");
	snprintf(text, sizeof(text), "%s- {name: q, addresses: [203.0.113.9]}\n%s",
			CONFTEXT_PORTS "pools:\n- {name: p, addresses: [198.51.100.0/28]}\n",
			"groups: [{name: g, prefixes: [100.64.0.0/10], pool: q}]\n");
	CU_ASSERT_EQUAL(diff(base, text), 2);
	CU_ASSERT_STRING_EQUAL(ended, "connections of its subscribers; leases move;");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(differences_that_end_connections_are_told),
	CU_TEST_ROW(the_same_configuration_has_no_difference),
	CU_TEST_ROW(what_the_workers_look_up_can_change_while_they_run),
	CU_TEST_ROW(a_group_can_change_but_for_the_size_of_its_subscribers),
	CU_TEST_ROW(workers_and_tables_need_a_restart_and_another_group_does_not),
	CU_TEST_ROW(a_host_plane_comes_with_a_restart),
	CU_TEST_ROW(order_of_entries_has_no_meaning),
	CU_TEST_ROW(only_what_an_entry_has_else_is_told_of_it),
	CU_TEST_ROW(entry_that_comes_or_goes_has_its_keys_as_value),
	CU_TEST_ROW(order_that_has_a_meaning_is_told_with_the_whole_list),
	CU_TEST_ROW(differences_of_generated_lists_are_those_of_the_sets),
	CU_TEST_ROW(text_of_another_process_is_compared_alike),
	CU_TEST_ROW(every_list_of_maps_has_keys),
};

CU_MAIN("conf_diff", tests)
