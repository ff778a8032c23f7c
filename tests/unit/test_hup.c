/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/confload.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT        "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP "store: {path: \"\"}\n"

#define LARGE_LINES 40000
#define TURNS_MAX   3000 /* of 10 ms, until a thread must have read a file */

static char *said;
static size_t said_len;
static FILE *log_file;

/* --- which thread frees -------------------------------------------------------------------- */

static pthread_t control_thread;
static _Atomic(unsigned int) freed_here;  /* by the control thread */
static _Atomic(unsigned int) freed_aside; /* configurations, by others */
static _Atomic(unsigned int) errors_aside;

void __real_cgn_conf_free(struct cgn_conf *conf);
void __wrap_cgn_conf_free(struct cgn_conf *conf);
void __real_cgn_conf_errors_fini(struct cgn_conf_errors *errs);
void __wrap_cgn_conf_errors_fini(struct cgn_conf_errors *errs);

static void
count(_Atomic(unsigned int) *aside)
{
	(*(pthread_equal(pthread_self(), control_thread) ? &freed_here : aside))++;
}

void
__wrap_cgn_conf_free(struct cgn_conf *conf)
{
	bool is_any = conf != NULL;

	__real_cgn_conf_free(conf);
	if (is_any)
		count(&freed_aside);
}

void
__wrap_cgn_conf_errors_fini(struct cgn_conf_errors *errs)
{
	bool is_any = errs->n > 0;

	__real_cgn_conf_errors_fini(errs);
	if (is_any)
		count(&errors_aside);
}

static void
begin(void)
{
	pf_begin(TEXT, "");
	pf_work();
	pf_forget();
	log_file = open_memstream(&said, &said_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	rte_openlog_stream(log_file);
	rte_log_set_global_level(RTE_LOG_DEBUG);
	rte_log_set_level_pattern("cgn.*", RTE_LOG_NOTICE);
}

static void
end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(said);
	pf_end();
}

static bool
has_said(const char *text)
{
	fflush(log_file);
	return strstr(said, text) != NULL;
}

static unsigned int
times_said(const char *text)
{
	unsigned int n = 0;

	fflush(log_file);
	for (const char *p = said; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* SIGHUP, and the turn of the loop that takes it. */
static void
hang_up(void)
{
	CU_ASSERT_EQUAL(kill(getpid(), SIGHUP), 0);
	CU_ASSERT_EQUAL(cgn_loop_turn(cgn_control_loop(pf.control), 0), 0);
}

static void
wait_until_said(const char *text, unsigned int times)
{
	for (unsigned int i = 0; i < TURNS_MAX && times_said(text) < times; i++) {
		/* The clock stands still, so that the loop itself may not sleep. */
		usleep(10000);
		pf_work();
	}
	CU_ASSERT_EQUAL(times_said(text), times);
}

static void
wait_for(const _Atomic(unsigned int) *n, unsigned int want)
{
	for (unsigned int i = 0; i < TURNS_MAX && *n < want; i++) {
		usleep(10000);
		pf_work();
	}
	CU_ASSERT_EQUAL_FATAL(*n, want);
}

/* Wrong in 80000 places. */
static void
write_large(void)
{
	FILE *f = fopen(pf.path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(TEXT "nat:\n  static_mappings:\n", f);
	for (unsigned int i = 0; i < LARGE_LINES; i++)
		fprintf(f, "  - {protocol: tcp, external: x%u}\n", i);
	fclose(f);
}

static void
control_thread_goes_on_while_a_file_is_read(void)
{
	begin();
	errors_aside = 0;
	write_large();
	hang_up();
	/* The turn that took the signal has not read the file: its result comes by a later turn. */
	CU_ASSERT_FALSE(has_said("reload"));
	wait_until_said("reload refused, the configuration in use stays", 1);
	/* So that the next test does not count them. */
	wait_for(&errors_aside, 1);
	end();
}

/* A large configuration takes long to be freed: the refused one, the one that is no longer used, and errors. */
static void
control_thread_goes_on_while_a_configuration_is_freed(void)
{
	begin();
	freed_here = freed_aside = errors_aside = 0;
	pf_write(TEXT, "nat: {mappings_max: 5000}\n");
	hang_up();
	wait_until_said("reload refused, the configuration in use stays", 1);
	wait_for(&freed_aside, 1);
	pf_write(TEXT, "nat: {hold_down_s: 300}\n");
	hang_up();
	wait_until_said("reloaded file=", 1);
	wait_for(&freed_aside, 2);
	CU_ASSERT_EQUAL(errors_aside, 0);
	pf_write(TEXT, "nat: {hold_down_s: x}\n");
	hang_up();
	wait_until_said("reload refused, the configuration in use stays", 2);
	wait_for(&errors_aside, 1);
	CU_ASSERT_EQUAL(freed_here, 0);
	end();
}

static void
good_file_is_used_after_a_hangup(void)
{
	begin();
	pf_write(TEXT, "nat: {hold_down_s: 300}\n");
	hang_up();
	wait_until_said("reloaded file=", 1);
	CU_ASSERT_TRUE(has_said("changed key=nat.hold_down_s"));
	CU_ASSERT_EQUAL(cgn_control_conf(pf.control)->nat.hold_down_s, 300);
	end();
}

static void
hangup_that_comes_while_a_file_is_read_is_obeyed_afterwards(void)
{
	begin();
	write_large();
	hang_up();
	hang_up();
	hang_up();
	pf_write(TEXT, "nat: {hold_down_s: 301}\n");
	wait_until_said("reloaded file=", 1);
	CU_ASSERT_EQUAL(cgn_control_conf(pf.control)->nat.hold_down_s, 301);
	/* The thread is there for the next one as well. */
	pf_write(TEXT, "nat: {hold_down_s: 302}\n");
	hang_up();
	wait_until_said("reloaded file=", 2);
	CU_ASSERT_EQUAL(cgn_control_conf(pf.control)->nat.hold_down_s, 302);
	end();
}

static void
fifo_in_place_of_the_file_is_refused_and_not_waited_for(void)
{
	begin();
	unlink(pf.path);
	CU_ASSERT_EQUAL_FATAL(mkfifo(pf.path, 0600), 0);
	hang_up();
	wait_until_said("reload refused, the configuration in use stays", 1);
	unlink(pf.path);
	pf_write(TEXT, "nat: {hold_down_s: 300}\n");
	hang_up();
	wait_until_said("reloaded file=", 1);
	end();
}

/* `cgnctl warnings show` and programs that read the log have only the line of the event. REQ: G-DAY-87 */
static void
line_of_a_refusal_has_the_first_error(void)
{
	begin();
	pf_write(TEXT, "nat: {hold_down_s: '\"x\"', mappings_max: y}\n");
	hang_up();
	wait_until_said("reload refused, the configuration in use stays", 1);
	CU_ASSERT_TRUE(has_said("configuration in use stays why=file first=\""));
	CU_ASSERT_TRUE(has_said(":20: nat.hold_down_s: 'x': must be 0..86400 s\" file="));
	end();
}

static void
refused_reload_names_only_what_stands_in_the_way(void)
{
	begin();
	pf_write(TEXT, "nat: {hold_down_s: 300, mappings_max: 5000}\n");
	hang_up();
	wait_until_said("reload refused, the configuration in use stays", 1);
	CU_ASSERT_TRUE(has_said("needs a restart key=nat.mappings_max"));
	CU_ASSERT_TRUE(has_said(" why=restart first=\"nat.mappings_max\" file="));
	CU_ASSERT_FALSE(has_said("changed key"));
	CU_ASSERT_FALSE(has_said("hold_down_s"));
	CU_ASSERT_EQUAL(cgn_control_conf(pf.control)->nat.hold_down_s, 120);
	end();
}

static void
stop_while_a_file_is_read_waits_for_nobody(void)
{
	for (unsigned int i = 0; i < 5; i++) {
		begin();
		if (i % 2 == 0)
			write_large();
		else
			pf_write(TEXT, "nat: {hold_down_s: 300}\n");
		hang_up();
		usleep(i * 1000);
		end();
	}
}

/* A file that is wrong in a thousand places must not fill a slow log. */
static void
few_of_many_errors_are_printed_with_the_number_of_the_others(void)
{
	struct cgn_confload_result res;
	unsigned int lines = 0;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	begin();
	write_large();
	cgn_confload_read(&res,
			&(struct cgn_confload_job){ .path = pf.path,
					.use = cgn_reload_conf(pf.reload),
					.planes = &pf.planes });
	CU_ASSERT_EQUAL(res.ret, -EINVAL);
	CU_ASSERT_TRUE(res.errs.n + res.errs.n_dropped > 20);
	cgn_conf_errors_print_some(&res.errs, 20, out);
	fclose(out);
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	CU_ASSERT_EQUAL(lines, 21);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " more\n"));
	free(text);
	cgn_confload_fini(&res);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(control_thread_goes_on_while_a_file_is_read),
	CU_TEST_ROW(control_thread_goes_on_while_a_configuration_is_freed),
	CU_TEST_ROW(good_file_is_used_after_a_hangup),
	CU_TEST_ROW(hangup_that_comes_while_a_file_is_read_is_obeyed_afterwards),
	CU_TEST_ROW(fifo_in_place_of_the_file_is_refused_and_not_waited_for),
	CU_TEST_ROW(line_of_a_refusal_has_the_first_error),
	CU_TEST_ROW(refused_reload_names_only_what_stands_in_the_way),
	CU_TEST_ROW(stop_while_a_file_is_read_waits_for_nobody),
	CU_TEST_ROW(few_of_many_errors_are_printed_with_the_number_of_the_others),
};

int
main(void)
{
	control_thread = pthread_self();
	/* The threads of EAL inherit it: a signal that one of them took would end the process. */
	cgn_loop_block_signals();
	eal_start();
	return cu_main("hup", tests, RTE_DIM(tests));
}
