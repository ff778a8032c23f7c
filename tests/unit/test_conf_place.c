/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_place.h"
#include "controlplane/conf/conf_show.h"
#include "tests/support/conftext.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

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

/* Read a text in place of a configuration, which is freed. */
static struct cgn_conf *
reload(struct cgn_conf *in_use, const char *text, const struct cgn_conf_free_places *free_places)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = load(text);

	CU_ASSERT_EQUAL_FATAL(cgn_conf_place(conf, in_use, free_places, &errs), 0);
	CU_ASSERT_TRUE(cgn_conf_errors_none(&errs));
	cgn_conf_errors_fini(&errs);
	cgn_conf_free(in_use);
	return conf;
}

static bool
has_pool(const struct cgn_conf *conf, size_t place, const char *name, bool is_gone)
{
	const struct cgn_conf_pool *p = &conf->pools[place];

	return place < conf->n_pools && strcmp(p->name, name) == 0 && p->is_gone == is_gone &&
			(p->n_ranges == 0) == is_gone && (p->n_addresses == 0) == is_gone;
}

static bool
has_group(const struct cgn_conf *conf, size_t place, const char *name, bool is_gone)
{
	const struct cgn_conf_group *g = &conf->groups[place];

	return place < conf->n_groups && strcmp(g->name, name) == 0 && g->is_gone == is_gone &&
			(g->n_prefixes == 0) == is_gone;
}

#define POOL_A  "{name: a, addresses: [198.51.100.0/30]}"
#define POOL_B  "{name: b, addresses: [198.51.100.4/30], port_range: 2048-4095}"
#define POOL_C  "{name: c, addresses: [198.51.100.8/30]}"
#define GROUP_X "{name: x, prefixes: [100.64.0.0/16], pool: a, mappings_max: 7}"
#define GROUP_Y "{name: y, prefixes: [100.65.0.0/16], pool: b}"
#define GROUP_Z "{name: z, prefixes: [100.66.0.0/16], pool: c}"

static void
names_keep_their_places_in_any_order(void)
{
	struct cgn_conf *conf = load(CONFTEXT_PORTS "pools: [" POOL_A "," POOL_B
						    "]\ngroups: [" GROUP_X "," GROUP_Y "]\n");

	conf = reload(conf,
			CONFTEXT_PORTS "pools: [" POOL_C "," POOL_B "," POOL_A
				       "]\ngroups: [" GROUP_Z "," GROUP_Y "," GROUP_X "]\n",
			NULL);
	CU_ASSERT_EQUAL(conf->n_pools, 3);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", false));
	CU_ASSERT_TRUE(has_pool(conf, 1, "b", false));
	CU_ASSERT_TRUE(has_pool(conf, 2, "c", false));
	CU_ASSERT_EQUAL(conf->n_groups, 3);
	CU_ASSERT_TRUE(has_group(conf, 0, "x", false));
	CU_ASSERT_TRUE(has_group(conf, 1, "y", false));
	CU_ASSERT_TRUE(has_group(conf, 2, "z", false));
	for (size_t g = 0; g < 3; g++)
		CU_ASSERT_EQUAL(conf->groups[g].pool, g);
	cgn_conf_free(conf);
}

static void
a_name_that_is_gone_keeps_its_place_and_gets_it_back(void)
{
	struct cgn_conf *conf = load(CONFTEXT_PORTS "pools: [" POOL_A "," POOL_B
						    "]\ngroups: [" GROUP_X "," GROUP_Y "]\n");

	conf = reload(conf, CONFTEXT_PORTS "pools: [" POOL_B "]\ngroups: [" GROUP_Y "]\n", NULL);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", true));
	CU_ASSERT_TRUE(has_pool(conf, 1, "b", false));
	CU_ASSERT_TRUE(has_group(conf, 0, "x", true));
	CU_ASSERT_TRUE(has_group(conf, 1, "y", false));
	/* Who is still in it has its limits. */
	CU_ASSERT_EQUAL(conf->groups[0].mappings_max, 7);
	CU_ASSERT_EQUAL(conf->groups[0].pool, 0);
	CU_ASSERT_EQUAL(conf->groups[1].pool, 1);
	CU_ASSERT_PTR_EQUAL(cgn_conf_first_pool(conf), &conf->pools[1]);
	/* A second reload does not forget it. */
	conf = reload(conf,
			CONFTEXT_PORTS "pools: [" POOL_C "," POOL_B "]\ngroups: [" GROUP_Z
				       "," GROUP_Y "]\n",
			NULL);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", true));
	CU_ASSERT_TRUE(has_pool(conf, 2, "c", false));
	CU_ASSERT_TRUE(has_group(conf, 2, "z", false));
	CU_ASSERT_EQUAL(conf->groups[2].pool, 2);
	conf = reload(conf, CONFTEXT_PORTS "pools: [" POOL_A "]\ngroups: [" GROUP_X "]\n", NULL);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", false));
	CU_ASSERT_TRUE(has_pool(conf, 1, "b", true));
	CU_ASSERT_TRUE(has_pool(conf, 2, "c", true));
	CU_ASSERT_TRUE(has_group(conf, 0, "x", false));
	CU_ASSERT_TRUE(has_group(conf, 2, "z", true));
	cgn_conf_free(conf);
}

/* `cgnctl config show` and the comparison of two configurations show what the file has. */
static void
what_is_gone_is_not_shown(void)
{
	static const char text[] = CONFTEXT_PORTS "pools: [" POOL_B "]\ngroups: [" GROUP_Y "]\n";
	struct cgn_conf *conf = load(
			CONFTEXT_PORTS "pools: [" POOL_A "," POOL_B "," POOL_C
				       "]\ngroups: [" GROUP_X "," GROUP_Y "," GROUP_Z "]\n");
	struct cgn_conf *alone = load(text);
	char *json, *want;

	conf = reload(conf, text, NULL);
	CU_ASSERT_EQUAL(conf->n_pools, 3);
	CU_ASSERT_EQUAL_FATAL(cgn_conf_show_json(conf, &json), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_conf_show_json(alone, &want), 0);
	CU_ASSERT_STRING_EQUAL(json, want);
	free(json);
	free(want);
	cgn_conf_free(conf);
	cgn_conf_free(alone);
}

#define PORT_IN "{name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}"
#define PORT_OUT \
	"{name: out0, device: d1, side: outside, addresses: [192.0.2.2/24, '2001:db8::2/64']}"
#define PORT_OUT2 "{name: out1, device: d2, side: outside, addresses: [203.0.113.2/24]}"
#define REST                                                                                            \
	"routes: [{prefix: 0.0.0.0/0, via: 192.0.2.1}, {prefix: 203.0.113.128/25, via: 203.0.113.1}]\n" \
	"neighbours: [{address: 100.64.0.7, mac: '02:00:00:00:00:01'}]\n"                               \
	"pools: [" POOL_A "]\ngroups: [" GROUP_X "]\n"

static void
ports_keep_their_places(void)
{
	struct cgn_conf *conf = load("ports: [" PORT_IN "," PORT_OUT "," PORT_OUT2 "]\n" REST);

	conf = reload(conf, "ports: [" PORT_OUT2 "," PORT_IN "," PORT_OUT "]\n" REST, NULL);
	CU_ASSERT_STRING_EQUAL(conf->ports[0].name, "in0");
	CU_ASSERT_STRING_EQUAL(conf->ports[1].name, "out0");
	CU_ASSERT_STRING_EQUAL(conf->ports[2].name, "out1");
	CU_ASSERT_EQUAL(conf->ports[1].n_addresses, 2);
	CU_ASSERT_EQUAL(conf->routes[0].port, 1);
	CU_ASSERT_EQUAL(conf->routes[1].port, 2);
	CU_ASSERT_EQUAL(conf->neighbours[0].port, 0);
	/* A new name needs a restart: the order stays that of the file. */
	conf = reload(conf,
			"ports: [" PORT_OUT2 "," PORT_IN
			", {name: other, device: d1, side: outside, addresses: [192.0.2.2/24]}]\n" REST,
			NULL);
	CU_ASSERT_STRING_EQUAL(conf->ports[0].name, "out1");
	CU_ASSERT_STRING_EQUAL(conf->ports[2].name, "other");
	CU_ASSERT_EQUAL(conf->routes[1].port, 0);
	cgn_conf_free(conf);
}

/* Configurations with n pools and groups whose names begin with a letter. Pools of another letter have other addresses.
 * The first name is always the same. */
static char *
many(char letter, unsigned int n)
{
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fprintf(out, CONFTEXT_PORTS "pools:\n- " POOL_A "\n");
	for (unsigned int i = 1; i < n; i++)
		fprintf(out, "- {name: %c%u, addresses: [203.%u.%u.%u]}\n", letter, i, letter - 'a',
				i / 200, i % 200 + 1);
	fprintf(out, "groups:\n- " GROUP_X "\n");
	for (unsigned int i = 1; i < n; i++)
		fprintf(out, "- {name: %c%u, prefixes: [100.65.%u.0/24], pool: %c%u}\n", letter, i,
				i - 1, letter, i);
	CU_ASSERT_EQUAL_FATAL(fclose(out), 0);
	return text;
}

static void
there_is_an_end_of_places(void)
{
	struct cgn_conf_free_places places = { 0 };
	char *m = many('m', 200), *n = many('n', 60);
	struct cgn_conf *conf = load(m), *next = load(n);
	struct cgn_conf_errors errs = { 0 };

	/* 200 names are in use. One of them stays, so 56 of 59 new ones get a place. */
	CU_ASSERT_EQUAL(cgn_conf_place(next, conf, NULL, &errs), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(errs.n, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errs.list[0].text, "256"));
	cgn_conf_errors_fini(&errs);
	cgn_conf_free(next);
	/* The free places are used first. Three of pools are free, but only two of groups. */
	places.pool[7] = places.pool[9] = places.pool[150] = true;
	places.group[0] = places.group[1] = places.group[199] = true;
	next = load(n);
	CU_ASSERT_EQUAL(cgn_conf_place(next, conf, &places, &errs), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(errs.list[0].text, "groups"));
	cgn_conf_errors_fini(&errs);
	cgn_conf_free(next);
	places.group[11] = true;
	conf = reload(conf, n, &places);
	CU_ASSERT_EQUAL(conf->n_pools, CGN_POOLS_MAX);
	CU_ASSERT_EQUAL(conf->n_groups, CGN_GROUPS_MAX);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", false));
	CU_ASSERT_TRUE(has_pool(conf, 8, "m8", true));
	CU_ASSERT_TRUE(has_pool(conf, 7, "n1", false));
	CU_ASSERT_TRUE(has_pool(conf, 150, "n3", false));
	CU_ASSERT_TRUE(has_pool(conf, 200, "n4", false));
	CU_ASSERT_TRUE(has_group(conf, 0, "x", false));
	CU_ASSERT_TRUE(has_group(conf, 1, "n1", false));
	CU_ASSERT_TRUE(has_group(conf, 11, "n2", false));
	CU_ASSERT_TRUE(has_group(conf, 200, "n4", false));
	CU_ASSERT_EQUAL(conf->groups[1].pool, 7);
	CU_ASSERT_EQUAL(conf->groups[200].pool, 200);
	cgn_conf_free(conf);
	free(m);
	free(n);
}

/* One pool and one group, each with a number in its name. */
static char *
renamed(unsigned int i)
{
	char *text;

	CU_ASSERT_TRUE_FATAL(
			asprintf(&text,
					CONFTEXT_PORTS
					"pools: [{name: p%u, addresses: [198.51.100.%u/30]}]\n"
					"groups: [{name: g%u, prefixes: [100.64.0.0/16], pool: p%u}]\n",
					i, i % 2 * 4, i, i) > 0);
	return text;
}

/* A pool with the addresses of one that the file does not name any more is that one. REQ: N-LIVE-35 */
static void
a_pool_that_is_renamed_keeps_its_place(void)
{
	struct cgn_conf *conf = load(CONFTEXT_PORTS "pools: [" POOL_A "," POOL_B
						    "]\ngroups: [" GROUP_X "," GROUP_Y "]\n");

	conf = reload(conf,
			CONFTEXT_PORTS
			"pools: [{name: new, addresses: [198.51.100.4/30]}," POOL_A
			"]\ngroups: [{name: y, prefixes: [100.65.0.0/16], pool: new}," GROUP_X
			"]\n",
			NULL);
	CU_ASSERT_EQUAL(conf->n_pools, 2);
	CU_ASSERT_TRUE(has_pool(conf, 0, "a", false));
	CU_ASSERT_TRUE(has_pool(conf, 1, "new", false));
	CU_ASSERT_EQUAL(conf->pools[0].number, 1);
	CU_ASSERT_EQUAL(conf->pools[1].number, 3);
	CU_ASSERT_EQUAL(conf->groups[1].pool, 1);
	/* With other addresses it is another one. */
	conf = reload(conf,
			CONFTEXT_PORTS
			"pools: [{name: other, addresses: [198.51.100.4/31]}," POOL_A
			"]\ngroups: [{name: y, prefixes: [100.65.0.0/16], pool: other}," GROUP_X
			"]\n",
			NULL);
	CU_ASSERT_EQUAL(conf->n_pools, 3);
	CU_ASSERT_TRUE(has_pool(conf, 1, "new", true));
	CU_ASSERT_TRUE(has_pool(conf, 2, "other", false));
	cgn_conf_free(conf);
}

/* What is left of a name is gone with the second reload after it. REQ: N-LIVE-33 */
static void
places_are_used_again_but_numbers_are_not(void)
{
	const struct cgn_conf_free_places places = { { true, true, true }, { true, true, true } };
	char *text = renamed(0);
	struct cgn_conf *conf = load(text);

	free(text);
	CU_ASSERT_EQUAL(conf->pools[0].number, 1);
	for (unsigned int i = 1; i < 1000; i++) {
		struct cgn_conf_free_places gone = places;

		for (size_t p = 0; p < conf->n_pools; p++)
			gone.pool[p] = gone.group[p] = conf->pools[p].is_gone;
		text = renamed(i);
		conf = reload(conf, text, &gone);
		free(text);
		CU_ASSERT_EQUAL(conf->n_pools, 2);
		CU_ASSERT_EQUAL(conf->n_groups, 2);
		CU_ASSERT_EQUAL(conf->pools[i % 2].number, i + 1);
		CU_ASSERT_FALSE(conf->pools[i % 2].is_gone);
		CU_ASSERT_EQUAL(conf->pools[1 - i % 2].number, i);
		CU_ASSERT_TRUE(conf->pools[1 - i % 2].is_gone);
		CU_ASSERT_EQUAL(conf->groups[i % 2].pool, i % 2);
	}
	/* The name of before is still there, and has its number. One that was forgotten is new. */
	text = renamed(998);
	conf = reload(conf, text, &places);
	free(text);
	CU_ASSERT_EQUAL(conf->pools[0].number, 999);
	CU_ASSERT_EQUAL(conf->n_pool_numbers, 1000);
	text = renamed(7);
	conf = reload(conf, text,
			&(struct cgn_conf_free_places){ { false, true }, { false, true } });
	free(text);
	CU_ASSERT_TRUE(has_pool(conf, 1, "p7", false));
	CU_ASSERT_EQUAL(conf->pools[1].number, 1001);
	cgn_conf_free(conf);
}

/* Names that nobody has had are refused when the numbers are used up. The others are not. REQ: N-LIVE-33 */
static void
there_is_an_end_of_numbers(void)
{
	char *text = renamed(0), *other = renamed(1);
	struct cgn_conf *conf = load(text), *next = load(other);
	struct cgn_conf_errors errs = { 0 };

	conf->n_pool_numbers = CGN_POOL_NUMBERS_MAX;
	CU_ASSERT_EQUAL(cgn_conf_place(next, conf, NULL, &errs), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(errs.n, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errs.list[0].text, "restart"));
	cgn_conf_errors_fini(&errs);
	cgn_conf_free(next);
	conf = reload(conf, text, NULL);
	CU_ASSERT_EQUAL(conf->pools[0].number, 1);
	cgn_conf_free(conf);
	free(text);
	free(other);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(names_keep_their_places_in_any_order),
	CU_TEST_ROW(a_name_that_is_gone_keeps_its_place_and_gets_it_back),
	CU_TEST_ROW(what_is_gone_is_not_shown),
	CU_TEST_ROW(ports_keep_their_places),
	CU_TEST_ROW(there_is_an_end_of_places),
	CU_TEST_ROW(places_are_used_again_but_numbers_are_not),
	CU_TEST_ROW(there_is_an_end_of_numbers),
	CU_TEST_ROW(a_pool_that_is_renamed_keeps_its_place),
};

CU_MAIN("conf_place", tests)
