/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Command lines of cgnctl: which are understood, and what is said about the others.
 */
#include "controlplane/cgnctl/ctlexit.h"
#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctloption.h"
#include "tests/support/ctlasked.h"

/* Exit status 2, one line of usage and one that says what is wrong; nobody is asked. */
static void
expect_wrong(const char *line, const char *error)
{
	char *second;

	CU_ASSERT_EQUAL(ask(line, NULL), 2);
	CU_ASSERT_STRING_EQUAL(out, "");
	CU_ASSERT_STRING_EQUAL(asked->prefix, "");
	CU_ASSERT_EQUAL(strncmp(err, "usage: cgnctl ", 14), 0);
	second = strchr(err, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(second);
	expect(second + 1, error);
}

/* REQ: G-DAY-1 */
static void
wrong_command_lines_are_explained(void)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "", "cgnctl: a noun is missing\n" },
		{ "nouns", "cgnctl: nouns: unknown noun\n" },
		{ "nouns show", "cgnctl: nouns: unknown noun\n" },
		{ "pols show", "cgnctl: pols: unknown noun. Did you mean pools?\n" },
		{ "shwo pools", "cgnctl: shwo: unknown noun. Did you mean show?\n" },
		{ "help pols", "cgnctl: pols: unknown noun. Did you mean pools?\n" },
		{ "p show", "cgnctl: p: this may be peers show, pools show, ports show\n" },
		{ "p", "cgnctl: p: this may be peers, pools, ports\n" },
		{ "delete", "cgnctl: delete: this may be leases delete\n" },
		{ "leases end", "cgnctl: end: unknown verb. leases has delete, show\n" },
		{ "leases shaw", "cgnctl: shaw: unknown verb. Did you mean leases show?\n" },
		{ "clear", "cgnctl: clear: this may be mappings clear\n" },
		{ "mappings clear",
				"cgnctl: mappings clear needs one of --all, --external, --group, "
				"--proto, --state, --subscriber\n" },
		{ "mappings clear --json",
				"cgnctl: mappings clear needs one of --all, --external, --group, "
				"--proto, --state, --subscriber\n" },
		{ "mappings clear 100.64.0.9 --all", "cgnctl: 100.64.0.9: too many arguments\n" },
		{ "deterministic",
				"cgnctl: deterministic: a verb is missing: export, forward, reverse\n" },
		{ "pools show now", "cgnctl: now: too many arguments\n" },
		{ "pools 192.0.2.1", "cgnctl: 192.0.2.1: too many arguments\n" },
		{ "subscribers show 100.64.0.1 100.64.0.2",
				"cgnctl: 100.64.0.2: too many arguments\n" },
		{ "who", "cgnctl: an argument is missing: EXTADDR[:PORT[/PROTO]]\n" },
		{ "who 192.0.2.1:80/tcp now", "cgnctl: now: too many arguments\n" },
		{ "leases delete", "cgnctl: an argument is missing: A[:PORT/PROTO]\n" },
		{ "leases delete 100.64.0.1 100.64.0.2",
				"cgnctl: 100.64.0.2: too many arguments\n" },
		{ "peers set", "cgnctl: an argument is missing: ADDRESS IDENTITY [SA]\n" },
		{ "peers set 100.64.0.1",
				"cgnctl: an argument is missing: ADDRESS IDENTITY [SA]\n" },
		{ "peers set 100.64.0.1 home 5 6", "cgnctl: 6: too many arguments\n" },
		{ "peers unset", "cgnctl: an argument is missing: ADDRESS [IDENTITY [SA]]\n" },
		{ "peers unset 100.64.0.1 home 5 6", "cgnctl: 6: too many arguments\n" },
		{ "peers load 100.64.0.1", "cgnctl: 100.64.0.1: too many arguments\n" },
		{ "config diff", "cgnctl: an argument is missing: FILE\n" },
		{ "config show --confirm-s 5", "cgnctl: config show does not take --confirm-s\n" },
		{ "leases show 100.64.0.1", "cgnctl: 100.64.0.1: too many arguments\n" },
		{ "pools show --subscriber 100.64.0.1",
				"cgnctl: pools show does not take --subscriber\n" },
		{ "mappings show --worker 1", "cgnctl: mappings show does not take --worker\n" },
		{ "workers show -w 1", "cgnctl: workers show does not take --write\n" },
		{ "capture --port inside0", "cgnctl: an option is missing: --write FILE\n" },
		{ "capture -w", "cgnctl: a value is missing: --write FILE\n" },
		{ "--prefix a/b pools show",
				"cgnctl: a/b: the telemetry prefix is not one part of a path\n" },
		{ "pools show -c x", "cgnctl: pools show does not take --config\n" },
		{ "pools show --csv", "cgnctl: pools show does not take --csv\n" },
		{ "pools show --at x", "cgnctl: pools show does not take --at\n" },
		{ "deterministic reverse", "cgnctl: an argument is missing: EXTADDR:PORT\n" },
		{ "deterministic forward 100.64.0.1 --csv",
				"cgnctl: deterministic forward does not take --csv\n" },
		{ "deterministic export --csv --json", "cgnctl: either --csv or --json\n" },
	};

	open_with = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_wrong(cases[i].line, cases[i].error);
}

/* REQ: G-DAY-1 */
static void
wrong_options_are_explained(void)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "--colour pools show", "cgnctl: --colour: unknown option\n" },
		{ "--jsn pools show", "cgnctl: --jsn: unknown option. Did you mean --json?\n" },
		{ "pools show --co x",
				"cgnctl: --co: this may be --config, --confirm-s, --count\n" },
		/* Only what the command takes, if it is clear which one it is. */
		{ "mappings show --s x",
				"cgnctl: --s: this may be --sort, --state, --subscriber\n" },
		{ "--s x mappings show",
				"cgnctl: --s: this may be --sort, --state, --subscriber\n" },
		{ "p show --lim 1", "cgnctl: p: this may be peers show, pools show, ports show\n" },
		{ "pools show --sub x",
				"cgnctl: --sub: this may be --subscriber, --subscribers\n" },
		{ "mappings --sub", "cgnctl: a value is missing: --subscriber A\n" },
		{ "workers --wo 1", "cgnctl: workers show does not take --worker\n" },
		{ "-x pools show", "cgnctl: -x: unknown option\n" },
		{ "-jx pools show", "cgnctl: -jx: unknown option\n" },
		{ "counters show --worker", "cgnctl: a value is missing: --worker N\n" },
		{ "counters show --worker --json", "cgnctl: a value is missing: --worker N\n" },
		{ "pools show -p", "cgnctl: a value is missing: --prefix NAME\n" },
		{ "--yang pools show",
				"cgnctl: pools: --yang shows everything, it takes no noun\n" },
		{ "pools show --limit 0", "cgnctl: --limit: not a number from 1 to 999999999\n" },
		{ "pools show --limit 00", "cgnctl: --limit: not a number from 1 to 999999999\n" },
		{ "pools show --limit 1x", "cgnctl: --limit: not a number from 1 to 999999999\n" },
		{ "pools show --limit 1000000000",
				"cgnctl: --limit: not a number from 1 to 999999999\n" },
		{ "config reload --confirm-s soon",
				"cgnctl: --confirm-s: not a number from 1 to 86400\n" },
		{ "config reload --confirm-s 86401",
				"cgnctl: --confirm-s: not a number from 1 to 86400\n" },
		{ "trace-packets --seconds 3601",
				"cgnctl: --seconds: not a number from 1 to 3600\n" },
		{ "trace-packets --count 1000001",
				"cgnctl: --count: not a number from 1 to 1000000\n" },
		{ "pools show --watch 0",
				"cgnctl: --watch: not a number of seconds from 0.1 to 86400\n" },
		{ "pools show --watch=2s",
				"cgnctl: --watch: not a number of seconds from 0.1 to 86400\n" },
		{ "pools show --watch --json", "cgnctl: either --watch or --json\n" },
		{ "pools show --zero", "cgnctl: pools show does not take --zero\n" },
		{ "config show --watch", "cgnctl: config show does not take --watch\n" },
		{ "--yang=1", "cgnctl: --yang takes no value\n" },
	};

	open_with = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_wrong(cases[i].line, cases[i].error);
}

/* REQ: G-DAY-1 */
static void
commands_may_be_cut_and_turned_around(void)
{
	static const char *const rows[] = { "{\"rows\":{}}" };
	static const struct {
		const char *line, *question;
	} cases[] = {
		{ "show mappings", "/cgn/mappings" },
		{ "mapping show", "/cgn/mappings" },
		{ "map sh", "/cgn/mappings" },
		{ "sh map", "/cgn/mappings" },
		{ "map", "/cgn/mappings" },
		{ "mappings --json", "/cgn/mappings" },
		{ "map --sub 100.64.0.9", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "--sub 100.64.0.9 map", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "sh --sub=100.64.0.9 map", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "map --js --sub 100.64.0.9 --l 3", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "-plab --sub 100.64.0.9 map", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "-p lab --sub 100.64.0.9 map", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "--c 30 config reload", "/cgn/config/reload,confirm_s=30" },
		{ "map cl --a", "/cgn/mappings/clear,all=1" },
		{ "clear map --st tcp --sub 100.64.0.9",
				"/cgn/mappings/clear,state=tcp,subscriber=100.64.0.9" },
		{ "map --ext 192.0.2.1", "/cgn/mappings,external=192.0.2.1" },
		{ "map --subscriber=100.64.0.9", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "map -js100.64.0.9", "/cgn/mappings,subscriber=100.64.0.9" },
		{ "drains pools", "/cgn/drains" },
		{ "po d", "/cgn/drains" },
		{ "lea del 100.64.0.9", "/cgn/leases/delete,100.64.0.9" },
		{ "delete lease 100.64.0.9", "/cgn/leases/delete,100.64.0.9" },
		{ "wh 192.0.2.1:80/tcp", "/cgn/who,192.0.2.1:80/tcp" },
		{ "who show", "/cgn/who,show" },
		{ "subs 2001:db8::1", "/cgn/subscriber,2001:db8::1" },
		{ "show sub 100.64.0.9", "/cgn/subscriber,100.64.0.9" },
		{ "work", "/cgn/workers" },
	};

	open_with = 0;
	why = "";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)ask(cases[i].line, rows);
		CU_ASSERT_EQUAL(asked->n, 1);
		CU_ASSERT_STRING_EQUAL(asked->questions[0], cases[i].question);
		if (asked->n != 1)
			printf("\n%s: %s", cases[i].line, err);
	}
}

/* REQ: G-DAY-1 */
static void
prefix_of_the_environment_is_the_default(void)
{
	static const char *const rows[] = { "{\"rows\":{}}" };

	open_with = 0;
	setenv("CGNCTL_PREFIX", "other", 1);
	CU_ASSERT_EQUAL(ask("pools show", rows), 0);
	CU_ASSERT_STRING_EQUAL(asked->prefix, "other");
	CU_ASSERT_EQUAL(ask("pools show --prefix lab", rows), 0);
	CU_ASSERT_STRING_EQUAL(asked->prefix, "lab");
	setenv("CGNCTL_PREFIX", "a/b", 1);
	expect_wrong("pools show", "cgnctl: a/b: the telemetry prefix is not one part of a path\n");
	setenv("CGNCTL_PREFIX", "", 1);
	CU_ASSERT_EQUAL(ask("pools show", rows), 0);
	CU_ASSERT_STRING_EQUAL(asked->prefix, "cgnd");
	unsetenv("CGNCTL_PREFIX");
}

static void
arguments_are_of_a_hundred_octets_at_most(void)
{
	static const char *const reply[] = { "{\"state\":\"free\"}", "{\"rows\":{\"0\":{}}}" };
	static const char *const counters[] = { "{}", "{}" };
	static const struct {
		const char *before, *error;
		const char *const *replies;
	} cases[] = {
		{ "who ", "cgnctl: an argument is longer than 100 octets\n", reply },
		{ "mappings show -s ", "cgnctl: --subscriber: longer than 100 octets\n",
				reply + 1 },
		{ "counters show --worker ", "cgnctl: --worker: longer than 100 octets\n",
				counters },
	};
	char line[400];

	open_with = 0;
	why = "";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t n = 99; n < 103; n++) {
			memset(line, 0, sizeof(line));
			strcpy(line, cases[i].before);
			memset(line + strlen(line), '1', n);
			if (n > 100)
				expect_wrong(line, cases[i].error);
			else
				CU_ASSERT_EQUAL(ask(line, cases[i].replies), 0);
			CU_ASSERT_EQUAL(asked->n != 0, n <= 100);
		}
	}
}

/* L-IPS-6: an identity is never cut. */
static void
identities_are_of_limited_length(void)
{
	static const char *const reply[] = { "{\"set\":1}" };
	char line[200];

	for (int n = CGN_CTL_IDENTITY_MAX - 1; n < CGN_CTL_IDENTITY_MAX + 3; n++) {
		snprintf(line, sizeof(line), "peers set 100.64.0.9 %.*s", n,
				"======================================================================"
				"======================================================================");
		CU_ASSERT_EQUAL(ask(line, reply), n <= CGN_CTL_IDENTITY_MAX ? 0 : 2);
		CU_ASSERT_EQUAL(asked->n, n <= CGN_CTL_IDENTITY_MAX ? 1 : 0);
		if (asked->n == 1)
			CU_ASSERT_EQUAL(strlen(asked->questions[0]),
					strlen("/cgn/peers/set,100.64.0.9,id=") + 3 * (size_t)n);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "\ncgnctl: an argument is longer than 127 octets\n"));
}

static void
help_and_version_ask_nobody(void)
{
	CU_ASSERT_EQUAL(ask("--help", NULL), 0);
	CU_ASSERT_EQUAL(strncmp(out, "usage: cgnctl ", 14), 0);
	/* Each command is in it, and has a help of its own. */
	for (const struct cgn_ctlcommand *c = cgn_ctlcommands; c->noun != NULL; c++) {
		char line[CGN_CTLUSAGE_MAX];

		CU_ASSERT_EQUAL(ask("--help", NULL), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, c->help));
		CU_ASSERT_PTR_NOT_NULL(strstr(out, c->words));
		snprintf(line, sizeof(line), "help %s %s", c->noun, c->verb == NULL ? "" : c->verb);
		CU_ASSERT_EQUAL(ask(line, NULL), 0);
		CU_ASSERT_EQUAL(strncmp(out, "usage: cgnctl ", 14), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, cgn_ctlusage_line(c, line)));
		CU_ASSERT_PTR_NOT_NULL(strstr(out, c->help));
	}
	CU_ASSERT_EQUAL(ask("map show --help", NULL), 0);
	CU_ASSERT_EQUAL(strncmp(out, "usage: cgnctl mappings show ", 28), 0);
	CU_ASSERT_EQUAL(ask("help pools", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "pools drains "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "pools show "));
	CU_ASSERT_EQUAL(ask("--man", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\n.TH "));
	CU_ASSERT_EQUAL(ask("--reference", NULL), 0);
	CU_ASSERT_EQUAL(strncmp(out, "# The commands of cgnctl\n", 25), 0);
	CU_ASSERT_EQUAL(ask("-V", NULL), 0);
	CU_ASSERT_EQUAL(strncmp(out, "cgnctl ", 7), 0);
	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_STRING_EQUAL(asked->prefix, "");
}

static void
socket_that_is_not_there_is_told(void)
{
	static const struct {
		int ret;
		const char *error;
	} cases[] = {
		{ -ENOENT, "cgnctl: no cgnd with telemetry prefix \"lab\" answers\n" },
		{ -EACCES, "cgnctl: this user may not use cgnd's socket: run cgnctl as the user that runs cgnd\n" },
		{ -EPERM, "cgnctl: the socket with telemetry prefix \"lab\" belongs to another user: cgnctl does not trust it\n" },
		{ -ETIMEDOUT, "cgnctl: cgnd (prefix lab) has not answered for 60 s: it hangs or is stopped\n" },
		{ -EBUSY, "cgnctl: cgnd (prefix lab) has closed the connection: too many programs ask it\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_with = cases[i].ret;
		CU_ASSERT_EQUAL(ask("--prefix lab pools show", NULL), 1);
		expect(err, cases[i].error);
		CU_ASSERT_STRING_EQUAL(asked->prefix, "lab");
		CU_ASSERT_EQUAL(asked->n, 0);
	}
	open_with = 0;
}

/* Whether each word of a heading is a word of the key. */
static bool
are_words_of(const char *title, const char *key)
{
	char words[64], keys[64], *rest;

	snprintf(words, sizeof(words), "%s", title);
	snprintf(keys, sizeof(keys), "_%s_", key);
	for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
		char part[64];

		snprintf(part, sizeof(part), "_%s_", w);
		if (strcasestr(keys, part) == NULL)
			return false;
	}
	return true;
}

/* The document has each command, and what its JSON is. REQ: G-DAY-5 */
static void
every_command_tells_its_json(void)
{
	for (const struct cgn_ctlcommand *c = cgn_ctlcommands; c->noun != NULL; c++) {
		CU_ASSERT_TRUE(c->list != NULL || c->answer != NULL || c->json != NULL);
		/* Sorted, so that rows of a noun stand together. */
		CU_ASSERT_TRUE(c == cgn_ctlcommands || strcmp(c[-1].noun, c->noun) < 0 ||
				(strcmp(c[-1].noun, c->noun) == 0 &&
						strcmp(c[-1].verb, c->verb) < 0));
	}
	for (unsigned int i = 1; i < CGN_CTLOPT_COUNT; i++)
		CU_ASSERT_TRUE(strcmp(cgn_ctloptions[i - 1].name, cgn_ctloptions[i].name) < 0);
}

/* Who knows the heading knows the key, and no two headings are the same. REQ: G-DAY-5 */
static void
headings_are_words_of_their_keys(void)
{
	for (const struct cgn_ctlcommand *c = cgn_ctlcommands; c->noun != NULL; c++) {
		for (size_t i = 0; c->list != NULL && i < c->list->n_columns; i++) {
			const struct cgn_ctltable_column *x = &c->list->columns[i];

			CU_ASSERT_NOT_EQUAL(x->help[0], '\0');
			for (size_t j = 0; x->title != NULL && j < i; j++)
				CU_ASSERT_TRUE(c->list->columns[j].title == NULL ||
						strcmp(c->list->columns[j].title, x->title) != 0);
			if (x->title == NULL || are_words_of(x->title, x->key))
				continue;
			CU_FAIL("a heading has another word than its key");
			printf("\n%s %s: %s, %s\n", c->noun, c->verb, x->title, x->key);
		}
	}
}

/* REQ: G-DAY-3 */
static void
help_has_every_exit_status(void)
{
	CU_ASSERT_EQUAL(ask("help", NULL), 0);
	for (const struct cgn_ctlexit *e = cgn_ctlexits; e->means != NULL; e++) {
		char line[200], left[64];

		snprintf(left, sizeof(left), e->of == NULL ? "%u" : "%u of %s", e->status, e->of);
		snprintf(line, sizeof(line), "\n  %-38s  %s\n", left, e->means);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, line));
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(wrong_command_lines_are_explained),
	CU_TEST_ROW(wrong_options_are_explained),
	CU_TEST_ROW(commands_may_be_cut_and_turned_around),
	CU_TEST_ROW(prefix_of_the_environment_is_the_default),
	CU_TEST_ROW(arguments_are_of_a_hundred_octets_at_most),
	CU_TEST_ROW(identities_are_of_limited_length),
	CU_TEST_ROW(help_and_version_ask_nobody),
	CU_TEST_ROW(socket_that_is_not_there_is_told),
	CU_TEST_ROW(every_command_tells_its_json),
	CU_TEST_ROW(headings_are_words_of_their_keys),
	CU_TEST_ROW(help_has_every_exit_status),
};

int
main(void)
{
	return asked_main("ctlline", tests, sizeof(tests) / sizeof(tests[0]));
}
