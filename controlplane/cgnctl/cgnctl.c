/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The program cgnctl: reads its command line, asks cgnd, and says what is wrong.
 */
#include "controlplane/cgnctl/ctlcommand.h"
#include "controlplane/cgnctl/ctlhelp.h"
#include "controlplane/cgnctl/ctlmanual.h"
#include "controlplane/cgnctl/ctlparse.h"
#include "controlplane/cgnctl/ctlreference.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctlusage.h"
#include "controlplane/cgnctl/ctlwatch.h"
#include "shared/ctl.h"
#include "shared/stdfds.h"
#include "shared/version.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	EXIT_CLEAN = 0,
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2,
};

/* Whether a text has this word. "a" is not named by "bad parameters". */
static bool
has_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = text; len > 0 && (at = strstr(at, word)) != NULL; at++) {
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
				!isalnum((unsigned char)at[len]))
			return true;
	}
	return false;
}

/* Print why cgnd has refused a question, with the subject of the question and the right form of the
 * command. */
static void
print_refusal(const struct cgn_ctlargs *a, const char *why)
{
	const char *about = a->subject != NULL ? a->subject : a->confirm_s;
	char text[8192], line[CGN_CTLUSAGE_MAX];

	/* What is wrong may have it already. */
	if (about != NULL && has_word(why, about))
		about = NULL;

	fprintf(stderr, "cgnctl: %s%s%s (%s)\n", cgn_ctltable_escape(text, sizeof(text), why),
			about == NULL ? "" : ": ", about == NULL ? "" : about,
			cgn_ctlusage_short(a->command, line));
}

/* Print why cgnd cannot be asked. */
static void
print_no_socket(const char *prefix, int ret)
{
	if (ret == -EACCES)
		fprintf(stderr, "cgnctl: this user may not use cgnd's socket: run cgnctl as the user that runs cgnd\n");
	else if (ret == -EPERM)
		fprintf(stderr, "cgnctl: the socket with telemetry prefix \"%s\" belongs to another user: cgnctl does not trust it\n",
				prefix);
	else if (ret == -ETIMEDOUT)
		fprintf(stderr, "cgnctl: cgnd (prefix %s) has not answered for %u s: it hangs or is stopped\n",
				prefix, CGN_CTL_ANSWER_MS / 1000);
	else if (ret == -EBUSY)
		fprintf(stderr, "cgnctl: cgnd (prefix %s) has closed the connection: too many programs ask it\n",
				prefix);
	else
		fprintf(stderr, "cgnctl: no cgnd with telemetry prefix \"%s\" answers\n", prefix);
}

/* Carry out a command that asks no cgnd. It has printed what is wrong. @return the exit status */
static int
run_offline(const struct cgn_ctlargs *a)
{
	int ret = a->command->run(NULL, a, stdout);

	if (fflush(stdout) != 0 && ret >= 0) {
		fprintf(stderr, "cgnctl: cannot write: %s\n", strerror(errno));
		return EXIT_RUNTIME;
	}
	if (ret == -EINVAL)
		return EXIT_USAGE;
	return ret < 0 ? EXIT_RUNTIME : ret;
}

static int
error_status(const struct cgn_ctlcommand *c)
{
	return c->error_status != 0 ? c->error_status : EXIT_RUNTIME;
}

/* Carry out a command that asks cgnd. @return the exit status */
static int
run_online(const struct cgn_ctlargs *a)
{
	struct cgn_ctlsock *s;
	int ret = cgn_ctlsock_open(&s, &(struct cgn_ctlsock_cfg){ .prefix = a->prefix });

	if (ret < 0) {
		print_no_socket(a->prefix, ret);
		return error_status(a->command);
	}
	ret = a->watch != NULL ? cgn_ctlwatch_run(s, a, stdout) : a->command->run(s, a, stdout);
	/* A disk that fails says the same: then cgnd has refused nothing. */
	if (ret == -EIO && !ferror(stdout))
		print_refusal(a, cgn_ctlsock_error(s));
	else if (ret == -EBADMSG)
		fputs("cgnctl: some lines were refused\n", stderr);
	else if (ret < 0)
		fprintf(stderr, "cgnctl: %s\n", strerror(-ret));
	cgn_ctlsock_close(s);
	if (fflush(stdout) != 0 && ret >= 0) {
		fprintf(stderr, "cgnctl: cannot write: %s\n", strerror(errno));
		return error_status(a->command);
	}
	return ret < 0 ? error_status(a->command) : ret;
}

/* Print what the program is, without carrying out a command. */
static int
print_about(const struct cgn_ctlargs *a)
{
	if (a->want_help)
		cgn_ctlhelp_print(a, stdout);
	else if (a->want_version)
		printf("cgnctl %s\n", CGN_VERSION);
	else if (a->want_reference)
		cgn_ctlreference_print(cgn_ctlcommands, stdout);
	else
		cgn_ctlmanual_print(cgn_ctlcommands, CGN_RELEASE, CGN_RELEASE_DATE, stdout);
	if (fflush(stdout) == 0)
		return EXIT_CLEAN;
	fprintf(stderr, "cgnctl: cannot write: %s\n", strerror(errno));
	return EXIT_RUNTIME;
}

int
main(int argc, char *argv[])
{
	struct cgn_ctlargs a;

	if (cgn_stdfds_open() < 0)
		return EXIT_RUNTIME;
	if (cgn_ctlparse(argc, argv, cgn_ctlcommands, &a, stderr) < 0)
		return EXIT_USAGE;
	if (a.command == NULL)
		return print_about(&a);
	return a.command->is_offline ? run_offline(&a) : run_online(&a);
}
