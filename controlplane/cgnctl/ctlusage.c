/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How commands are written.
 */
#include "controlplane/cgnctl/ctlusage.h"

#include "controlplane/cgnctl/ctloption.h"

#include <string.h>

static void
append(char buf[static CGN_CTLUSAGE_MAX], const char *between, const char *text)
{
	size_t n = strlen(buf);

	snprintf(buf + n, CGN_CTLUSAGE_MAX - n, "%s%s", n == 0 ? "" : between, text);
}

const char *
cgn_ctlusage_name(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX])
{
	snprintf(buf, CGN_CTLUSAGE_MAX, "%s%s%s", c->noun, c->verb == NULL ? "" : " ",
			c->verb == NULL ? "" : c->verb);
	return buf;
}

static void
append_option(char buf[static CGN_CTLUSAGE_MAX], const struct cgn_ctloption *o, bool is_needed)
{
	const char *blank = o->value == NULL ? "" : " ";
	char text[64];

	snprintf(text, sizeof(text),
			is_needed                     ? "--%s%s%s"
					: o->may_miss ? "[--%s%s[%s]]"
						      : "[--%s%s%s]",
			o->name, blank, o->value == NULL ? "" : o->value);
	append(buf, " ", text);
}

const char *
cgn_ctlusage_short(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX])
{
	cgn_ctlusage_name(c, buf);
	if (c->words[0] != '\0')
		append(buf, " ", c->words);
	return buf;
}

const char *
cgn_ctlusage_option(const struct cgn_ctloption *o, char buf[static CGN_CTLUSAGE_MAX])
{
	char letter[8] = "";

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(buf, CGN_CTLUSAGE_MAX, o->may_miss ? "%s--%s%s[%s]" : "%s--%s%s%s", letter,
			o->name, o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
	return buf;
}

const char *
cgn_ctlusage_line(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX])
{
	cgn_ctlusage_short(c, buf);
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		if (cgn_ctloption_is_in(c->options, i))
			append_option(buf, &cgn_ctloptions[i], c->needs == UINT64_C(1) << i);
	}
	return buf;
}

const char *
cgn_ctlusage_verbs(const struct cgn_ctlmatch *m, const char *between,
		char buf[static CGN_CTLUSAGE_MAX])
{
	buf[0] = '\0';
	for (size_t i = 0; i < m->n; i++)
		append(buf, between, m->found[i]->verb);
	return buf;
}

unsigned int
cgn_ctlusage_words(const struct cgn_ctlcommand *c, unsigned int *max)
{
	unsigned int n = 0;
	const char *p = c->words;

	*max = 0;
	for (size_t len; *p != '\0'; p += len + strspn(p + len, " ")) {
		len = strcspn(p, " ");
		n += p[0] != '[' ? 1 : 0;
		(*max)++;
		if (memmem(p, len, "...", 3) != NULL)
			*max = CGN_CTLUSAGE_MANY;
	}
	return n;
}
