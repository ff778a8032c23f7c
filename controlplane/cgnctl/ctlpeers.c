/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Changes cgnd's list of IPsec peers, one by one or from a file.
 */
#include "controlplane/cgnctl/ctlpeers.h"

#include "controlplane/cgnctl/ctltable.h"
#include "shared/ctl.h"
#include "shared/percent.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* If cgnd does not answer any more, all lines are refused. So many are printed. */
#define REFUSED_MAX 20

/* A question has a path, an address, an SA, and an identity with three octets for each of its octets. */
static_assert(CGN_CTLSOCK_QUESTION_MAX > 40 + 100 + 100 + 3 * CGN_CTL_IDENTITY_MAX,
		"every question fits");

static int
ctlpeers_ask(struct cgn_ctlsock *s, const char *path, const struct cgn_ctlpeers_peer *p,
		json_t **answer)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	char id[3 * CGN_CTL_IDENTITY_MAX + 2] = "";

	if (p->identity != NULL && cgn_percent_encode(id, sizeof(id), p->identity) < 0)
		return -ENAMETOOLONG;
	snprintf(question, sizeof(question), "%s,%s%s%s%s%s", path, p->address,
			p->identity == NULL ? "" : ",id=", id,
			p->sa == NULL ? "" : ",sa=", p->sa == NULL ? "" : p->sa);
	return cgn_ctlsock_ask(s, question, answer);
}

int
cgn_ctlpeers_set(struct cgn_ctlsock *s, const struct cgn_ctlpeers_peer *p, json_t **answer)
{
	return ctlpeers_ask(s, "/cgn/peers/set", p, answer);
}

int
cgn_ctlpeers_unset(struct cgn_ctlsock *s, const struct cgn_ctlpeers_peer *p, json_t **answer)
{
	return ctlpeers_ask(s, "/cgn/peers/unset", p, answer);
}

/* --- from a file --------------------------------------------------------------------------- */

struct loading {
	struct cgn_ctlsock *s;
	json_int_t n_set;
	json_int_t n_removed;
	json_int_t n_refused;
};

/* Take a line apart. @param[out] verb  its first word @return false: it has too few words, or too long ones */
static bool
read_line(char *line, const char **verb, struct cgn_ctlpeers_peer *p)
{
	char *rest;

	line[strcspn(line, "\n")] = '\0';
	*verb = strtok_r(line, " ", &rest);
	p->address = *verb == NULL ? NULL : strtok_r(NULL, " ", &rest);
	p->sa = p->address == NULL ? NULL : strtok_r(NULL, " ", &rest);
	if (p->sa == NULL)
		return false;
	p->identity = rest;
	if (*rest == '\0' || strlen(rest) > CGN_CTL_IDENTITY_MAX || strlen(p->address) > 100 ||
			strlen(p->sa) > 10)
		return false;
	if (strcmp(p->sa, "-") == 0)
		p->sa = NULL;
	return true;
}

/* Carry out one line. @return NULL, or what is wrong with it */
static const char *
load_line(struct loading *l, char *line)
{
	struct cgn_ctlpeers_peer p;
	const char *verb;
	json_t *answer;
	bool is_set;
	int ret;

	if (!read_line(line, &verb, &p))
		return "not \"set\" or \"unset\", ADDRESS, SA, IDENTITY";
	is_set = strcmp(verb, "set") == 0;
	if (!is_set && strcmp(verb, "unset") != 0)
		return "neither \"set\" nor \"unset\"";
	ret = is_set ? cgn_ctlpeers_set(l->s, &p, &answer) : cgn_ctlpeers_unset(l->s, &p, &answer);
	if (ret < 0)
		return cgn_ctlsock_error(l->s);
	if (is_set)
		l->n_set++;
	else
		l->n_removed += json_integer_value(json_object_get(answer, "removed"));
	json_decref(answer);
	return NULL;
}

int
cgn_ctlpeers_load(struct cgn_ctlsock *s, FILE *in, json_t **answer)
{
	struct loading l = { .s = s };
	char text[256];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	for (unsigned int n = 1;
			l.n_refused < REFUSED_MAX && (len = getline(&line, &size, in)) >= 0; n++) {
		const char *why = strlen(line) == (size_t)len ? load_line(&l, line)
							      : "a NUL in the line";

		if (why == NULL)
			continue;
		l.n_refused++;
		fprintf(stderr, "cgnctl: line %u: %s\n", n,
				cgn_ctltable_escape(text, sizeof(text), why));
	}
	free(line);
	if (l.n_refused == REFUSED_MAX) {
		fputs("cgnctl: the rest is not read\n", stderr);
		return -EBADMSG;
	}
	*answer = json_pack(
			"{sIsIsI}", "set", l.n_set, "removed", l.n_removed, "refused", l.n_refused);
	return *answer == NULL ? -ENOMEM : 0;
}
