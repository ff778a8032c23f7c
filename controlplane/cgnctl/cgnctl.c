/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The program cgnctl: reads its command line, asks cgnd, and says what is wrong.
 */
#include "controlplane/cgnctl/ctlshow.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctlyang.h"
#include "shared/ctl.h"
#include "shared/stdfds.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	EXIT_CLEAN = 0,
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2,
};

struct args {
	const char *prefix;
	struct cgn_ctlshow_args show;
	const struct cgn_ctlshow_command *command;
	bool want_help;
	bool want_version;
};

static int
show_yang(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	(void)args; /* it has none */
	return cgn_ctlyang_show(s, out);
}

/* The option --yang, as a command. */
static const struct cgn_ctlshow_command yang_command = {
	.noun = "--yang",
	.args = "",
	.run = show_yang,
};

static void
usage(FILE *out)
{
	fputs("usage: cgnctl [--json] [--prefix NAME] NOUN VERB [ARGS]\n"
	      "       cgnctl --yang [--prefix NAME]\n\n",
			out);
	for (const struct cgn_ctlshow_command *c = cgn_ctlshow_commands; c->noun != NULL; c++) {
		char left[64];

		snprintf(left, sizeof(left), "%s %s%s%s", c->noun, c->verb == NULL ? "" : c->verb,
				c->verb == NULL || c->args[0] == '\0' ? "" : " ", c->args);
		fprintf(out, "  %-39s %s\n", left, c->help);
	}
	fputs("\n"
	      "      --at TIME        trace: when, such as 2026-11-28T03:15:07.120Z or 2026-11-28T04:15:07+01:00\n"
	      "      --confirm-s N    config reload: seconds until cgnd falls back without config confirm\n"
	      "  -c, --config FILE    deterministic, trace: the configuration of cgnd, which need not run\n"
	      "      --csv            CSV instead of text\n"
	      "      --from TIME      trace --subscriber: the ports since then\n"
	      "  -h, --help           this text\n"
	      "  -j, --json           JSON instead of text\n"
	      "  -p, --prefix NAME    telemetry.prefix of the cgnd that is asked (default: cgnd)\n"
	      "  -q, --questions FILE trace: all lines EXTADDR:PORT[/PROTO] TIME of a file, or - for stdin\n"
	      "  -s, --subscriber A   of this subscriber only; trace: which ports it had\n"
	      "      --to TIME        trace --subscriber: the ports until then\n"
	      "  -V, --version        print the version\n"
	      "  -y, --yang           the state by the YANG modules ietf-nat and ietf-dslite, as JSON\n"
	      "\n"
	      "exit status: 0 it is done, 1 error, 2 command line; trace: 3 nobody had it, 4 the records do not say it\n",
			out);
}

static int
wrong(const char *what, const char *value)
{
	fprintf(stderr, "cgnctl: %s%s%s\n", what, value[0] == '\0' ? "" : ": ", value);
	usage(stderr);
	return -EINVAL;
}

static int
cgnctl_parse_options(int argc, char *argv[], struct args *a)
{
	static const struct option options[] = {
		{ "at", required_argument, NULL, 'a' },
		{ "config", required_argument, NULL, 'c' },
		{ "confirm-s", required_argument, NULL, 'n' },
		{ "csv", no_argument, NULL, 'C' },
		{ "from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "prefix", required_argument, NULL, 'p' },
		{ "questions", required_argument, NULL, 'q' },
		{ "subscriber", required_argument, NULL, 's' },
		{ "to", required_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'V' },
		{ "worker", required_argument, NULL, 'w' },
		{ "yang", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:hjp:q:s:Vw:y", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			a->show.at = optarg;
			break;
		case 'c':
			a->show.config = optarg;
			break;
		case 'n':
			a->show.confirm_s = optarg;
			break;
		case 'C':
			a->show.want_csv = true;
			break;
		case 'f':
			a->show.from = optarg;
			break;
		case 'h':
			a->want_help = true;
			break;
		case 'j':
			a->show.want_json = true;
			break;
		case 'p':
			a->prefix = optarg;
			break;
		case 'q':
			a->show.questions = optarg;
			break;
		case 's':
			a->show.subscriber = optarg;
			break;
		case 't':
			a->show.to = optarg;
			break;
		case 'V':
			a->want_version = true;
			break;
		case 'w':
			a->show.worker = optarg;
			break;
		case 'y':
			a->command = &yang_command;
			break;
		default:
			usage(stderr);
			return -EINVAL;
		}
	}
	return 0;
}

/* Take the words behind the noun and the verb. A null pointer ends them. */
static int
cgnctl_parse_words(const struct cgn_ctlshow_command *c, char **word, struct args *a)
{
	if (c->takes_words) {
		a->show.words = word;
		return 0;
	}
	if (*word != NULL && c->takes_subject)
		a->show.subject = *word++;
	for (unsigned int i = 0; i < c->more_max && *word != NULL; i++) {
		if (strlen(*word) > (i == 0 ? CGN_CTL_IDENTITY_MAX : 100))
			return wrong("an argument is too long", c->args);
		a->show.more[i] = *word++;
	}
	if (*word != NULL)
		return wrong("too many arguments", *word);
	if ((c->needs_subject && a->show.subject == NULL) ||
			(c->more_min > 0 && a->show.more[c->more_min - 1] == NULL))
		return wrong("an argument is missing", c->args);
	return 0;
}

/* Take the noun, the verb and what follows. */
static int
cgnctl_parse_command(char **word, int left, struct args *a)
{
	const struct cgn_ctlshow_command *c;

	if (left == 0)
		return wrong("a noun is missing", "");
	c = cgn_ctlshow_find(word[0], left > 1 ? word[1] : NULL);
	if (c == NULL && cgn_ctlshow_has(word[0]))
		return wrong(left > 1 ? "unknown verb" : "a verb is missing behind",
				left > 1 ? word[1] : word[0]);
	if (c == NULL)
		return wrong("unknown noun", word[0]);
	if (cgnctl_parse_words(c, word + (c->verb == NULL ? 1 : 2), a) < 0)
		return -EINVAL;
	if (a->show.subscriber != NULL && !c->takes_subscriber && !c->takes_words)
		return wrong("this noun does not take --subscriber", c->noun);
	if (a->show.worker != NULL && !c->takes_worker)
		return wrong("this noun does not take --worker", c->noun);
	if (a->show.confirm_s != NULL && !c->takes_confirm)
		return wrong("this command does not take --confirm-s", c->noun);
	if (a->show.config != NULL && !c->is_offline)
		return wrong("this noun does not take --config", c->noun);
	if ((a->show.at != NULL || a->show.from != NULL || a->show.to != NULL ||
			    a->show.questions != NULL) &&
			!c->takes_words)
		return wrong("this noun does not take --at, --from, --to or --questions", c->noun);
	if (a->show.want_csv && (!c->takes_csv || a->show.want_json))
		return wrong(c->takes_csv ? "either --csv or --json"
					  : "this noun does not take --csv",
				c->noun);
	/* A longer argument does not fit into the parameters of a question. */
	if ((a->show.subject != NULL && !c->takes_file && strlen(a->show.subject) > 100) ||
			(a->show.confirm_s != NULL && strlen(a->show.confirm_s) > 100) ||
			(a->show.subscriber != NULL && strlen(a->show.subscriber) > 100) ||
			(a->show.worker != NULL && strlen(a->show.worker) > 100))
		return wrong("an argument is longer than 100 octets", "");
	a->command = c;
	return 0;
}

static int
cgnctl_parse(int argc, char *argv[], struct args *a)
{
	if (cgnctl_parse_options(argc, argv, a) < 0)
		return -EINVAL;
	if (a->want_help || a->want_version)
		return 0;
	if (a->command == &yang_command && optind < argc)
		return wrong("--yang shows everything, it takes no noun", argv[optind]);
	if (a->command == NULL && cgnctl_parse_command(argv + optind, argc - optind, a) < 0)
		return -EINVAL;
	if (!cgn_ctlsock_is_prefix(a->prefix))
		return wrong("--prefix is not one part of a path", a->prefix);
	return 0;
}

/* Print why cgnd has refused a question, with the subject of the question and the right form of the
 * command. */
static void
print_refusal(const struct args *a, const char *why)
{
	const struct cgn_ctlshow_command *c = a->command;
	const char *about = a->show.subject != NULL  ? a->show.subject
			: a->show.confirm_s != NULL  ? a->show.confirm_s
			: a->show.subscriber != NULL ? a->show.subscriber
						     : a->show.worker;
	char text[512];

	fprintf(stderr, "cgnctl: %s%s%s (%s%s%s%s%s)\n",
			cgn_ctltable_escape(text, sizeof(text), why), about == NULL ? "" : ": ",
			about == NULL ? "" : about, c->noun, c->verb == NULL ? "" : " ",
			c->verb == NULL ? "" : c->verb, c->args[0] == '\0' ? "" : " ", c->args);
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
run_offline(const struct args *a)
{
	int ret = a->command->run(NULL, &a->show, stdout);

	if (fflush(stdout) != 0 && ret >= 0) {
		fprintf(stderr, "cgnctl: cannot write: %s\n", strerror(errno));
		return EXIT_RUNTIME;
	}
	if (ret == -EINVAL)
		return EXIT_USAGE;
	return ret < 0 ? EXIT_RUNTIME : ret;
}

static int
error_status(const struct cgn_ctlshow_command *c)
{
	return c->error_status != 0 ? c->error_status : EXIT_RUNTIME;
}

int
main(int argc, char *argv[])
{
	struct args a = { .prefix = "cgnd" };
	struct cgn_ctlsock *s;
	int ret;

	if (cgn_stdfds_open() < 0)
		return EXIT_RUNTIME;
	if (cgnctl_parse(argc, argv, &a) < 0)
		return EXIT_USAGE;
	if (a.want_help) {
		usage(stdout);
		return EXIT_CLEAN;
	}
	if (a.want_version) {
		printf("cgnctl %s\n", CGN_VERSION);
		return EXIT_CLEAN;
	}
	if (a.command->is_offline)
		return run_offline(&a);
	ret = cgn_ctlsock_open(&s, &(struct cgn_ctlsock_cfg){ .prefix = a.prefix });
	if (ret < 0) {
		print_no_socket(a.prefix, ret);
		return error_status(a.command);
	}
	ret = a.command->run(s, &a.show, stdout);
	if (ret == -EIO)
		print_refusal(&a, cgn_ctlsock_error(s));
	else if (ret == -EBADMSG)
		fputs("cgnctl: some lines were refused\n", stderr);
	else if (ret < 0)
		fprintf(stderr, "cgnctl: %s\n", strerror(-ret));
	cgn_ctlsock_close(s);
	if (fflush(stdout) != 0 && ret >= 0) {
		fprintf(stderr, "cgnctl: cannot write: %s\n", strerror(errno));
		return error_status(a.command);
	}
	return ret < 0 ? error_status(a.command) : ret;
}
