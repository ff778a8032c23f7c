/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lists the names that are allowed in the place of a wrong word.
 */
#include "shared/choice.h"

#include "shared/utf8.h"

#include <stdio.h>
#include <string.h>

#define WORD_SHOWN 60 /* octets */

void
cgn_choice_begin(struct cgn_choice *c, const char *word)
{
	memset(c, 0, sizeof(*c));
	c->word = word;
}

void
cgn_choice_add(struct cgn_choice *c, const char *name)
{
	size_t len = strlen(name) + (c->n == 0 ? 0 : strlen(", "));

	cgn_spelling_near(&c->near, c->word, name);
	/* The list has no holes: behind the first name that has no room, all are only counted. */
	if (c->n_listed == c->n && c->len + len < sizeof(c->list)) {
		snprintf(c->list + c->len, sizeof(c->list) - c->len, "%s%s", c->n == 0 ? "" : ", ",
				name);
		c->len += len;
		c->n_listed++;
	}
	c->n++;
}

const char *
cgn_choice_text(const struct cgn_choice *c, const char *what, char buf[static CGN_CHOICE_TEXT_MAX])
{
	const char *near = c->near.name == NULL ? "" : c->near.name;
	char more[32] = "";

	if (c->n > c->n_listed)
		snprintf(more, sizeof(more), " and %u more", c->n - c->n_listed);
	snprintf(buf, CGN_CHOICE_TEXT_MAX, "no %s is called \"%.*s%s\"%s%s%s %s%s", what,
			(int)cgn_utf8_cut(c->word, WORD_SHOWN), c->word,
			strlen(c->word) > WORD_SHOWN ? "..." : "",
			near[0] == '\0' ? "." : ". Did you mean ", near, near[0] == '\0' ? "" : "?",
			c->n == 0                   ? "There are none"
					: c->n == 1 ? "There is only "
						    : "There are ",
			c->list);
	strncat(buf, more, CGN_CHOICE_TEXT_MAX - strlen(buf) - 1);
	return buf;
}
