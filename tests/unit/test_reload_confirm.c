/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reloads that somebody asks for: their reports, confirmations and fall-backs, and refusals in the middle.
 */
#include "shared/log_recent.h"
#include "tests/support/reloadfix.h"

#include <errno.h>

#include <rte_log.h>

/* --- reports ------------------------------------------------------------------------------- */

/* REQ: N-CONF-5 */
static void
report_tells_what_has_changed_or_what_stands_in_the_way(void)
{
	begin();
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	CU_ASSERT_STRING_EQUAL(said(0, "keys"), "[\"nat.hold_down_s\"]");
	CU_ASSERT_STRING_EQUAL(said(0, "file"), pf.path);
	CU_ASSERT_STRING_EQUAL(cgn_reload_status(pf.reload).by, "command");
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "unchanged");
	CU_ASSERT_STRING_EQUAL(said(0, "keys"), "[]");
	CU_ASSERT_STRING_EQUAL(file_state(), "in_use");

	CU_ASSERT_STRING_EQUAL(
			reload(CONFTEXT_GROUP "nat: {hold_down_s: 400, mappings_max: 70000}\n", 0),
			"refused");
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "restart");
	CU_ASSERT_STRING_EQUAL(said(0, "keys"), "[\"nat.mappings_max\"]");
	CU_ASSERT_STRING_EQUAL(file_state(), "refused");

	CU_ASSERT_STRING_EQUAL(reload(CONFTEXT_GROUP "nat: {hold_down_s: soon}\n", 0), "refused");
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "file");
	CU_ASSERT_STRING_EQUAL(said(0, "keys"), "[]");
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"), "nat.hold_down_s: soon: "));
	CU_ASSERT_EQUAL(strncmp(said(0, "errors"), pf.path, strlen(pf.path)), 0);

	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(stats()->done, 1);
	CU_ASSERT_EQUAL(stats()->refused, 2);
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "unchanged");
	CU_ASSERT_STRING_EQUAL(file_state(), "in_use");
	pf_end();
}

/* Each unknown key has a long line, and there are more than fit. */
static void
report_of_many_errors_fits_into_an_answer(void)
{
	static char text[60000];
	size_t len = (size_t)snprintf(text, sizeof(text), CONFTEXT_GROUP "nat:\n");

	for (unsigned int i = 0; i < 30; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "  unknown_%u: 1\n", i);
	begin();
	CU_ASSERT_STRING_EQUAL(reload(text, 0), "refused");
	CU_ASSERT_TRUE(strlen(asked[0].report) <= 6000);
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"), "nat.unknown_0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"), " more\n"));
	pf_end();
}

/* A part of a file may be correct. Who asks is warned. */
static void
report_warns_of_a_file_that_may_be_cut(void)
{
	begin();
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	CU_ASSERT_STRING_EQUAL(said(0, "errors"), "");
	CU_ASSERT_STRING_EQUAL(reload(CONFTEXT_GROUP "nat: {hold_down_s: 301}", 0), "reloaded");
	CU_ASSERT_EQUAL(hold_down(), 301);
	CU_ASSERT_PTR_NOT_NULL(
			strstr(said(0, "errors"), ": warning: the last line has no newline"));
	CU_ASSERT_STRING_EQUAL(reload(CONFTEXT_GROUP "nat: {hold_down_s: soon}", 0), "refused");
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "file");
	CU_ASSERT_PTR_NOT_NULL(
			strstr(said(0, "errors"), ": warning: the last line has no newline"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"), "nat.hold_down_s: soon: "));
	pf_end();
}

/* Each of several requests has its own reload, one after the other. REQ: N-CONF-5 */
static void
requests_at_the_same_time_are_answered_one_after_the_other(void)
{
	begin();
	pf_write(SERVER, with_hold_down(300));
	for (unsigned int i = 0; i < 3; i++)
		ask(i, 0);
	settle();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "reloaded");
	CU_ASSERT_STRING_EQUAL(said(1, "result"), "unchanged");
	CU_ASSERT_STRING_EQUAL(said(2, "result"), "unchanged");
	pf_end();
}

static void
stop_ends_the_requests_that_wait(void)
{
	begin();
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	ask(1, 0);
	cgn_reload_close(pf.reload);
	CU_ASSERT_TRUE(asked[0].is_done && asked[1].is_done);
	CU_ASSERT_STRING_EQUAL(asked[0].report, "");
	ask(2, 0);
	CU_ASSERT_TRUE(asked[2].is_done);
	CU_ASSERT_STRING_EQUAL(asked[2].report, "");
	pf_end();
}

/* --- confirmation -------------------------------------------------------------------------- */

/* REQ: N-CONF-3 */
static void
confirmed_change_stays(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_reload_confirm(pf.reload), -ENODATA);
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 60), "reloaded");
	CU_ASSERT_STRING_EQUAL(said(0, "confirm_left_s"), "60");
	CU_ASSERT_EQUAL(left_s(), 60);
	pass(59000);
	CU_ASSERT_EQUAL(left_s(), 1);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(cgn_reload_confirm(pf.reload), 0);
	CU_ASSERT_EQUAL(left_s(), 0);
	pass(200000);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(cgn_reload_confirm(pf.reload), -ENODATA);
	CU_ASSERT_EQUAL(stats()->fell_back, 0);
	pf_end();
}

/* And the workers use the same as the control thread. REQ: N-CONF-3 */
static void
change_that_nobody_confirms_is_undone(void)
{
	begin();
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300 + i), 60), "reloaded");
		pass(59500);
		CU_ASSERT_EQUAL(hold_down(), 300 + i);
		pf.n_log = 0;
		pf.now_ms += 500;
		pf_turn();
		for (int t = 0; t < ROUNDS && pf_count(1, CGN_CMD_CONF_SWAP) == 0; t++) {
			pf_work();
			usleep(1000);
		}
		CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_CONF_SWAP), 1);
		CU_ASSERT_EQUAL(pf_count(1, CGN_CMD_CONF_SWAP), 1);
		settle();
		CU_ASSERT_EQUAL(hold_down(), 120);
		CU_ASSERT_EQUAL(stats()->fell_back, i + 1);
		CU_ASSERT_STRING_EQUAL(file_state(), "not_confirmed");
		CU_ASSERT_STRING_EQUAL(cgn_reload_status(pf.reload).by, "fall_back");
		CU_ASSERT_EQUAL(cgn_reload_confirm(pf.reload), -ENODATA);
	}
	pf_end();
}

/* logrotate sends SIGHUP at night, and must not bring back what nobody could confirm. REQ: N-CONF-3 */
static void
file_that_was_not_confirmed_is_taken_only_by_command(void)
{
	begin();
	(void)reload(with_hold_down(300), 60);
	pass(61000);
	CU_ASSERT_EQUAL(hold_down(), 120);
	hang_up();
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_STRING_EQUAL(file_state(), "not_confirmed");
	CU_ASSERT_EQUAL(stats()->refused, 1);
	/* Another file is a new change. */
	pf_write(SERVER, with_hold_down(301));
	hang_up();
	CU_ASSERT_EQUAL(hold_down(), 301);
	CU_ASSERT_STRING_EQUAL(file_state(), "in_use");
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 60), "reloaded");
	pass(61000);
	CU_ASSERT_EQUAL(hold_down(), 301);
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	pass(61000);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_STRING_EQUAL(file_state(), "in_use");
	pf_end();
}

/* As a further commit of Junos. REQ: N-CONF-4 */
static void
further_reload_confirms_unless_it_is_refused(void)
{
	begin();
	(void)reload(with_hold_down(300), 60);
	CU_ASSERT_STRING_EQUAL(reload(CONFTEXT_GROUP "nat: {hold_down_s: soon}\n", 0), "refused");
	CU_ASSERT_EQUAL(left_s(), 60);
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(301), 0), "reloaded");
	CU_ASSERT_EQUAL(left_s(), 0);
	(void)reload(with_hold_down(302), 60);
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(302), 0), "unchanged");
	CU_ASSERT_EQUAL(left_s(), 0);
	pass(200000);
	CU_ASSERT_EQUAL(hold_down(), 302);
	pf_end();
}

/* A SIGHUP for the same file says nothing about it: logrotate sends it. REQ: N-CONF-4 */
static void
signal_confirms_only_with_another_file(void)
{
	begin();
	(void)reload(with_hold_down(300), 60);
	hang_up();
	CU_ASSERT_EQUAL(left_s(), 60);
	pf_write(SERVER, with_hold_down(301));
	hang_up();
	CU_ASSERT_EQUAL(left_s(), 0);
	pass(200000);
	CU_ASSERT_EQUAL(hold_down(), 301);
	pf_end();
}

/* RFC 6241 section 8.4.1: back to what was before the first of them. REQ: N-CONF-4 */
static void
several_changes_without_confirmation_are_undone_together(void)
{
	begin();
	(void)reload(with_hold_down(300), 60);
	pass(50000);
	(void)reload(with_hold_down(301), 60);
	CU_ASSERT_EQUAL(left_s(), 60);
	pass(50000);
	CU_ASSERT_EQUAL(hold_down(), 301);
	/* The same file again: only the time starts again. */
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(301), 60), "unchanged");
	CU_ASSERT_EQUAL(left_s(), 60);
	pass(50000);
	CU_ASSERT_EQUAL(hold_down(), 301);
	pass(11000);
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_EQUAL(stats()->fell_back, 1);
	/* Where nothing has changed, nothing has to be confirmed. */
	pf_write(SERVER, CONFTEXT_GROUP);
	CU_ASSERT_STRING_EQUAL(reload(CONFTEXT_GROUP, 60), "unchanged");
	CU_ASSERT_EQUAL(left_s(), 0);
	pf_end();
}

/* The time is over while another reload is under way, which gives it more, or confirms it. REQ: N-CONF-4 */
static void
end_of_the_time_during_a_reload_waits_for_that_reload(void)
{
	for (uint32_t confirm_s = 0; confirm_s <= 60; confirm_s += 60) {
		begin();
		(void)reload(with_hold_down(300), 60);
		pf_write(SERVER, with_hold_down(301));
		ask(0, confirm_s);
		pf.now_ms += 61000;
		pf_turn(); /* the timer fires; the file may be read or not */
		settle();
		CU_ASSERT_STRING_EQUAL(said(0, "result"), "reloaded");
		CU_ASSERT_EQUAL(hold_down(), 301);
		CU_ASSERT_EQUAL(stats()->fell_back, 0);
		pass(61000);
		CU_ASSERT_EQUAL(hold_down(), confirm_s == 0 ? 301 : 120);
		pf_end();
	}
}

/* --- refusals in the middle ------------------------------------------------------------------ */

static bool is_refusing;
static unsigned int n_prepared, n_abandoned, n_committed;

static int
part_prepare(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	(void)ctx;
	(void)next;
	n_prepared++;
	if (is_refusing)
		cgn_conf_errors_add(errors, 0, 0, "export.sinks[d].path", "/x",
				"a file that can be written");
	return is_refusing ? -EACCES : 0;
}

static void
part_abandon(void *ctx)
{
	(void)ctx;
	n_abandoned++;
}

static void
part_commit(void *ctx, const struct cgn_conf *next, uint64_t now_ms)
{
	(void)ctx;
	(void)next;
	(void)now_ms;
	n_committed++;
}

static unsigned int n_looks;     /* how often it was asked whether it is still busy */
static unsigned int is_busy_for; /* so many times it says yes */

static bool
part_must_wait(void *ctx, const struct cgn_conf *next)
{
	(void)ctx;
	CU_ASSERT_PTR_NOT_EQUAL(next, cgn_reload_conf(pf.reload));
	return n_looks++ < is_busy_for;
}

static void
begin_with_part(void)
{
	static const struct cgn_change_part part = {
		.name = "part",
		.prepare = part_prepare,
		.abandon = part_abandon,
		.commit = part_commit,
		.must_wait = part_must_wait,
	};

	begin();
	is_refusing = false;
	n_looks = is_busy_for = 0;
	n_prepared = n_abandoned = n_committed = 0;
	CU_ASSERT_EQUAL(cgn_control_join(pf.control, &part), 0);
}

/* N-LIVE-12: the answer tells what would be possible. */
static void
refusal_of_an_mtu_tells_the_largest(void)
{
	begin();
	pf.snapshots.mtu_max = 1500;
	pf_write("workers: 2\nports:\n"
		 "  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10], mtu: 9000}\n"
		 "  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n" CONFTEXT_POOL
		 "store: {path: \"\"}\n",
			with_hold_down(300));
	ask(0, 0);
	settle();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "refused");
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"),
			"ports[in0].mtu: 9000: must be at most 1500 while the port runs"));
	pf.snapshots.mtu_max = 0;
	pf_end();
}

/* REQ: N-CONF-2 */
static void
refusal_of_a_part_changes_nothing(void)
{
	begin_with_part();
	is_refusing = true;
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 60), "refused");
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "module");
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"),
			"export.sinks[d].path: /x: a file that can be written\n"));
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_EQUAL(left_s(), 0);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_PING) + pf_count(0, CGN_CMD_CONF_SWAP), 0);
	CU_ASSERT_EQUAL(n_prepared, 1);
	CU_ASSERT_EQUAL(n_abandoned + n_committed, 0);
	is_refusing = false;
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	CU_ASSERT_EQUAL(n_committed, 1);
	CU_ASSERT_EQUAL(hold_down(), 300);
	pf_end();
}

/* Let time pass until a change has ended, or @p looks times somebody has looked whether it can begin. */
static void
wait_for_looks(unsigned int looks)
{
	for (int i = 0; i < ROUNDS && n_looks < looks && cgn_reload_status(pf.reload).is_busy;
			i++) {
		pf.now_ms += n_looks > 0 ? 20 : 0;
		pf_work();
		usleep(1000);
	}
}

/* REQ: N-LIVE-63: a part still works on the change before: the reload waits for it, and those that come meanwhile wait for
 * the reload. */
static void
reload_waits_for_the_change_before(void)
{
	begin_with_part();
	is_busy_for = 50;
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	wait_for_looks(20);
	CU_ASSERT_TRUE(cgn_reload_status(pf.reload).is_busy);
	CU_ASSERT_EQUAL(n_prepared, 0);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_PING), 0);
	ask(1, 0);
	CU_ASSERT_EQUAL(cgn_reload_now(pf.reload, pf.now_ms), -EBUSY);
	wait_for_looks(51);
	settle();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "reloaded");
	CU_ASSERT_STRING_EQUAL(said(1, "result"), "unchanged");
	CU_ASSERT_EQUAL(n_looks, 51);
	CU_ASSERT_EQUAL(n_prepared, 1);
	CU_ASSERT_EQUAL(n_committed, 1);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(stats()->refused, 0);
	pf_end();
}

/* REQ: N-LIVE-63: a part that hangs: the reload is refused with a reason after its time. A later one is taken. */
static void
reload_does_not_wait_for_ever(void)
{
	begin_with_part();
	is_busy_for = UINT32_MAX;
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	wait_for_looks(1 + CGN_RELOAD_WAIT_MS / 20);
	CU_ASSERT_TRUE(n_looks > CGN_RELOAD_WAIT_MS / 20 - 10);
	settle();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "refused");
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "module");
	CU_ASSERT_PTR_NOT_NULL(strstr(said(0, "errors"), "part: another change: it has not ended"));
	CU_ASSERT_EQUAL(n_prepared, 0);
	CU_ASSERT_EQUAL(hold_down(), 120);
	is_busy_for = 0;
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	CU_ASSERT_EQUAL(hold_down(), 300);
	pf_end();
}

/* REQ: N-LIVE-63: cgnd stops while a reload waits. */
static void
stop_ends_the_wait(void)
{
	begin_with_part();
	is_busy_for = UINT32_MAX;
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	wait_for_looks(5);
	cgn_reload_close(pf.reload);
	CU_ASSERT_TRUE(asked[0].is_done);
	pf_end();
}

/* Meanwhile the configuration that was not confirmed stays, whole. REQ: N-CONF-3 */
static void
refused_fall_back_is_tried_again(void)
{
	uint64_t lines;

	rte_log_set_global_level(RTE_LOG_WARNING);
	begin_with_part();
	(void)reload(with_hold_down(300), 60);
	is_refusing = true;
	lines = cgn_log_recent_count();
	pass(61000);
	/* That it falls back, and that it does not. The next attempts say no more. */
	CU_ASSERT_EQUAL(cgn_log_recent_count(), lines + 2);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(stats()->refused, 1);
	CU_ASSERT_EQUAL(stats()->fell_back, 0);
	CU_ASSERT_STRING_EQUAL(file_state(), "in_use");
	CU_ASSERT_TRUE(left_s() > 0);
	pass(10000);
	CU_ASSERT_EQUAL(stats()->refused, 2);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), lines + 2);
	CU_ASSERT_EQUAL(hold_down(), 300);
	is_refusing = false;
	pass(11000);
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_EQUAL(stats()->fell_back, 1);
	CU_ASSERT_EQUAL(left_s(), 0);
	pf_end();
	rte_log_set_global_level(RTE_LOG_ERR);
}

/* REQ: N-CONF-3 */
static void
fall_back_that_was_refused_can_still_be_confirmed(void)
{
	begin_with_part();
	(void)reload(with_hold_down(300), 60);
	is_refusing = true;
	pass(61000);
	is_refusing = false;
	CU_ASSERT_EQUAL(cgn_reload_confirm(pf.reload), 0);
	pass(200000);
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(stats()->fell_back, 0);
	pf_end();
}

/* REQ: N-CONF-3 */
static void
fall_back_waits_for_a_worker_that_is_stuck(void)
{
	begin_with_part();
	(void)reload(with_hold_down(300), 60);
	pf.is_silent[1] = true;
	pf_forget();
	pf_pass(60000, 500);
	for (int i = 0; i < ROUNDS && pf_count(1, CGN_CMD_PING) == 0; i++) {
		pf_work();
		usleep(1000);
	}
	pf.now_ms += PING_MS;
	settle();
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(stats()->refused, 1);
	CU_ASSERT_EQUAL(n_abandoned, 1);
	pf.is_silent[1] = false;
	pass(11000);
	CU_ASSERT_EQUAL(hold_down(), 120);
	CU_ASSERT_EQUAL(stats()->fell_back, 1);
	pf_end();
}

/* Turns until a worker has a command. */
static void
await_command(unsigned int w)
{
	for (int i = 0; i < ROUNDS && rte_ring_empty(pf.planes.workers[w].cmd); i++) {
		pf_turn();
		usleep(1000);
	}
}

/* REQ: N-CONF-2 */
static void
worker_that_is_stuck_changes_nothing(void)
{
	for (unsigned int stuck = 0; stuck < PF_WORKERS; stuck++) {
		begin_with_part();
		pf_write(SERVER, with_hold_down(300));
		ask(0, 0);
		await_command(1);
		CU_ASSERT_EQUAL(pf_obey(1 - stuck), CGN_CMD_PING);
		pf_turn();
		CU_ASSERT_EQUAL(pf_obey(1 - stuck), 0);
		CU_ASSERT_FALSE(asked[0].is_done);
		pf.now_ms += PING_MS;
		pf_turn();
		CU_ASSERT_TRUE(asked[0].is_done);
		CU_ASSERT_STRING_EQUAL(said(0, "why"), "worker");
		CU_ASSERT_EQUAL(n_abandoned, 1);
		CU_ASSERT_EQUAL(n_committed, 0);
		CU_ASSERT_EQUAL(hold_down(), 120);
		/* The late reply has no effect, and the next reload is as any. */
		CU_ASSERT_EQUAL(pf_obey(stuck), CGN_CMD_PING);
		pf_turn();
		CU_ASSERT_EQUAL(pf_obey(0) + pf_obey(1), 0);
		CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
		CU_ASSERT_EQUAL(hold_down(), 300);
		pf_end();
	}
}

/* A ring without room: no worker is told anything before there is room. REQ: N-CONF-2 */
static void
full_ring_of_a_worker_changes_nothing(void)
{
	struct cgn_cmd other = { .op = CGN_CMD_NEIGH_SET };

	begin_with_part();
	while (cgn_dpclient_send(cgn_control_client(pf.control), 1, &other, NULL, pf.now_ms) == 0)
		;
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	await_command(0);
	for (unsigned int t = 0; t < 2 * PING_MS / 100 && !asked[0].is_done; t++) {
		(void)pf_obey(0);
		pf.now_ms += 100;
		pf_turn();
	}
	CU_ASSERT_STRING_EQUAL(said(0, "why"), "worker");
	CU_ASSERT_EQUAL(n_abandoned, 1);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_CONF_SWAP), 0);
	CU_ASSERT_EQUAL(hold_down(), 120);
	while (pf_obey(1) != 0)
		;
	CU_ASSERT_STRING_EQUAL(reload(with_hold_down(300), 0), "reloaded");
	pf_end();
}

/* The ring is full again between the question and the command: still all are told, or none. REQ: N-CONF-2 */
static void
ring_that_fills_after_the_question_delays_all_workers(void)
{
	struct cgn_cmd other = { .op = CGN_CMD_NEIGH_SET };

	begin_with_part();
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	await_command(1);
	CU_ASSERT_EQUAL(pf_obey(0), CGN_CMD_PING);
	CU_ASSERT_EQUAL(pf_obey(1), CGN_CMD_PING);
	while (cgn_dpclient_send(cgn_control_client(pf.control), 1, &other, NULL, pf.now_ms) == 0)
		;
	for (unsigned int t = 0; t < 50; t++) {
		pf.now_ms += 20;
		pf_turn();
	}
	CU_ASSERT_EQUAL(pf_obey(0), 0);
	CU_ASSERT_FALSE(asked[0].is_done);
	pf.n_log = 0;
	pf_pass(100, 20);
	settle();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "reloaded");
	CU_ASSERT_EQUAL(hold_down(), 300);
	pf_end();
}

/* Told is told: the others do not wait for ever, and the next change waits for it. REQ: N-CONF-2 */
static void
worker_that_gets_stuck_with_the_command_takes_it_later(void)
{
	begin_with_part();
	pf_write(SERVER, with_hold_down(300));
	ask(0, 0);
	await_command(1);
	pf_ping();
	CU_ASSERT_EQUAL(pf_obey(0), CGN_CMD_CONF_SWAP);
	pf_turn();
	CU_ASSERT_EQUAL(hold_down(), 120);
	pf.now_ms += PING_MS;
	pf_turn();
	CU_ASSERT_STRING_EQUAL(said(0, "result"), "reloaded");
	CU_ASSERT_EQUAL(hold_down(), 300);
	CU_ASSERT_EQUAL(n_committed, 1);
	/* The old one is not freed yet, so that nothing else begins. */
	pf_write(SERVER, with_hold_down(301));
	ask(1, 0);
	pf_turn();
	CU_ASSERT_TRUE(cgn_reload_status(pf.reload).is_busy);
	CU_ASSERT_EQUAL(pf_obey(0), 0);
	CU_ASSERT_EQUAL(pf_obey(1), CGN_CMD_CONF_SWAP);
	pf_turn();
	settle();
	CU_ASSERT_STRING_EQUAL(said(1, "result"), "reloaded");
	CU_ASSERT_EQUAL(hold_down(), 301);
	pf_end();
}

/* --- the stop -------------------------------------------------------------------------------- */

/* What is saved at the stop must not change meanwhile. REQ: N-CONF-2 */
static void
stop_gives_up_a_change_that_no_worker_was_told(void)
{
	/* The file is being read; the workers are asked; all of them have replied, and a next hop has not. */
	for (unsigned int phase = 0; phase < 3; phase++) {
		begin_with_part();
		pf_write(SERVER,
				phase == 2 ? CONFTEXT_GROUP
						"routes: [{prefix: 0.0.0.0/0, via: 192.0.2.77}]\n"
					   : with_hold_down(300));
		ask(0, 0);
		if (phase > 0)
			await_command(1);
		if (phase == 2)
			pf_work();
		CU_ASSERT_FALSE(asked[0].is_done);
		cgn_reload_close(pf.reload);
		CU_ASSERT_TRUE(asked[0].is_done);
		pf_pass(1000, 10);
		settle();
		CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_CONF_SWAP) + pf_count(1, CGN_CMD_CONF_SWAP), 0);
		CU_ASSERT_EQUAL(n_prepared, n_abandoned);
		CU_ASSERT_EQUAL(n_prepared, phase == 0 ? 0 : 1);
		CU_ASSERT_EQUAL(n_committed, 0);
		CU_ASSERT_EQUAL(hold_down(), 120);
		pf_end();
	}
}

/* And the old one is not freed before the data plane has ended. REQ: N-CONF-2 */
static void
stop_lets_a_change_go_on_that_a_worker_was_told(void)
{
	for (unsigned int stuck = 0; stuck < 2; stuck++) {
		begin_with_part();
		CU_ASSERT_STRING_EQUAL(reload(with_hold_down(301), 0), "reloaded");
		pf_write(SERVER, with_hold_down(300));
		ask(0, 0);
		await_command(1);
		pf_ping();
		CU_ASSERT_EQUAL(pf_obey(0), CGN_CMD_CONF_SWAP);
		cgn_reload_close(pf.reload);
		if (stuck == 0) {
			pf_work();
			settle();
			CU_ASSERT_EQUAL(hold_down(), 300);
			CU_ASSERT_EQUAL(n_committed, 2);
		} else {
			pf.now_ms += PING_MS;
			pf_turn();
			CU_ASSERT_EQUAL(hold_down(), 300);
		}
		pf_end();
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(report_tells_what_has_changed_or_what_stands_in_the_way),
	CU_TEST_ROW(report_of_many_errors_fits_into_an_answer),
	CU_TEST_ROW(report_warns_of_a_file_that_may_be_cut),
	CU_TEST_ROW(requests_at_the_same_time_are_answered_one_after_the_other),
	CU_TEST_ROW(stop_ends_the_requests_that_wait),
	CU_TEST_ROW(confirmed_change_stays),
	CU_TEST_ROW(change_that_nobody_confirms_is_undone),
	CU_TEST_ROW(file_that_was_not_confirmed_is_taken_only_by_command),
	CU_TEST_ROW(further_reload_confirms_unless_it_is_refused),
	CU_TEST_ROW(signal_confirms_only_with_another_file),
	CU_TEST_ROW(several_changes_without_confirmation_are_undone_together),
	CU_TEST_ROW(end_of_the_time_during_a_reload_waits_for_that_reload),
	CU_TEST_ROW(refusal_of_an_mtu_tells_the_largest),
	CU_TEST_ROW(refusal_of_a_part_changes_nothing),
	CU_TEST_ROW(reload_waits_for_the_change_before),
	CU_TEST_ROW(reload_does_not_wait_for_ever),
	CU_TEST_ROW(stop_ends_the_wait),
	CU_TEST_ROW(refused_fall_back_is_tried_again),
	CU_TEST_ROW(fall_back_that_was_refused_can_still_be_confirmed),
	CU_TEST_ROW(fall_back_waits_for_a_worker_that_is_stuck),
	CU_TEST_ROW(worker_that_is_stuck_changes_nothing),
	CU_TEST_ROW(full_ring_of_a_worker_changes_nothing),
	CU_TEST_ROW(ring_that_fills_after_the_question_delays_all_workers),
	CU_TEST_ROW(worker_that_gets_stuck_with_the_command_takes_it_later),
	CU_TEST_ROW(stop_gives_up_a_change_that_no_worker_was_told),
	CU_TEST_ROW(stop_lets_a_change_go_on_that_a_worker_was_told),
};

int
main(void)
{
	/* Before EAL starts threads: none of them may take the signal. */
	cgn_loop_block_signals();
	eal_start();
	return cu_main("reload_confirm", tests, RTE_DIM(tests));
}
