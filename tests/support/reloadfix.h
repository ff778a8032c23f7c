/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELOADFIX_H
#define CGN_TEST_RELOADFIX_H

/**
 * @file
 * Reloads that a test asks for, and their reports. One program has one of it.
 */

#include "tests/support/conftext.h"
#include "tests/support/planefix.h"

#include <jansson.h>
#include <signal.h>
#include <unistd.h>

#define SERVER   "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL "store: {path: \"\"}\n"
#define WATCH_MS 125000
#define PING_MS  10000 /* how long a worker has to show that it works */
#define ROUNDS   5000  /* of a millisecond, until a thread must have read a file */

/* A request, and its report. */
struct asked {
	struct cgn_reload_request q;
	bool is_done;
	char report[8192]; /* "": none */
};

static struct asked asked[3];

static inline void
take_report(void *arg, const char *report)
{
	struct asked *a = arg;

	CU_ASSERT_FALSE(a->is_done);
	a->is_done = true;
	snprintf(a->report, sizeof(a->report), "%s", report == NULL ? "" : report);
}

static inline void
begin(void)
{
	pf_begin(SERVER, CONFTEXT_GROUP);
	pf_pass(WATCH_MS, 1000); /* what follows a start has an end */
	pf_forget();
}

static inline const char *
with_hold_down(uint32_t s)
{
	static char text[256];

	snprintf(text, sizeof(text), CONFTEXT_GROUP "nat: {hold_down_s: %u}\n", s);
	return text;
}

static inline void
ask(unsigned int i, uint32_t confirm_s)
{
	asked[i] = (struct asked){
		.q = { .confirm_s = confirm_s, .done = take_report, .arg = &asked[i] }
	};
	cgn_reload_ask(pf.reload, &asked[i].q, pf.now_ms);
}

/* Whoever has something to do does it, until no change is under way. */
static inline void
settle(void)
{
	for (int i = 0; i < ROUNDS && cgn_reload_status(pf.reload).is_busy; i++) {
		pf.n_log = 0;
		pf_work();
		usleep(1000);
	}
	CU_ASSERT_FALSE(cgn_reload_status(pf.reload).is_busy);
}

static inline uint32_t
hold_down(void)
{
	CU_ASSERT_PTR_EQUAL(cgn_control_conf(pf.control), cgn_reload_conf(pf.reload));
	return cgn_control_conf(pf.control)->nat.hold_down_s;
}

/* A text of the report of a request. */
static inline const char *
said(unsigned int i, const char *key)
{
	static char text[8192];
	json_t *root = json_loads(asked[i].report, 0, NULL), *value = json_object_get(root, key);
	char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	snprintf(text, sizeof(text), "%s",
			json_is_string(value)          ? json_string_value(value)
					: dump != NULL ? dump
						       : "");
	free(dump);
	json_decref(root);
	return text;
}

/* Reload a text, and wait for the end. @return the result */
static inline const char *
reload(const char *more, uint32_t confirm_s)
{
	pf_write(SERVER, more);
	ask(0, confirm_s);
	settle();
	CU_ASSERT_TRUE(asked[0].is_done);
	return said(0, "result");
}

static inline void
hang_up(void)
{
	CU_ASSERT_EQUAL(kill(getpid(), SIGHUP), 0);
	pf_turn();
	settle();
}

static inline const struct cgn_reload_stats *
stats(void)
{
	return cgn_reload_stats(pf.reload);
}

static inline uint32_t
left_s(void)
{
	return cgn_reload_status(pf.reload).confirm_left_s;
}

static inline const char *
file_state(void)
{
	return cgn_reload_status(pf.reload).file_state;
}

/* Time passes, and changes that begin end. */
static inline void
pass(uint64_t ms)
{
	pf.n_log = 0;
	pf_pass(ms, 500);
	settle();
}

#endif /* CGN_TEST_RELOADFIX_H */
