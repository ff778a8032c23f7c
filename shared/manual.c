/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Manual pages, for `cgnd --man` and `cgnctl --man`.
 */
#include "shared/manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Longest line of a page's source, where its words allow that: people read these, too. */
#define LINE_MAX_OCTETS 78

/* A character, so that man(7) takes it for text. A plain "-" may become a hyphen that no shell takes, and a range of ports
 * may be broken at it. */
static void
put_char(FILE *out, char c)
{
	if (c == '\\')
		fputs("\\e", out);
	else if (c == '-')
		fputs("\\-", out);
	else
		fputc(c, out);
}

/* A word, in which ` begins and ends bold type. @param[in,out] is_bold */
static void
put_word(FILE *out, const char *word, size_t len, bool *is_bold)
{
	for (size_t i = 0; i < len; i++) {
		if (word[i] != '`') {
			put_char(out, word[i]);
			continue;
		}
		*is_bold = !*is_bold;
		fputs(*is_bold ? "\\fB" : "\\fP", out);
	}
}

/* Octets of a word in the source of the page, at most. */
static size_t
word_width(const char *word, size_t len)
{
	size_t width = len;

	for (size_t i = 0; i < len; i++)
		width += word[i] == '`' ? 2 : word[i] == '-' || word[i] == '\\';
	return width;
}

/* A text, in lines of a readable length. */
static void
put_text(FILE *out, const char *text)
{
	bool is_bold = false;
	size_t column = 0;

	text += strspn(text, " \n");
	while (*text != '\0') {
		size_t len = strcspn(text, " \n"), width = word_width(text, len);

		if (column > 0 && column + 1 + width > LINE_MAX_OCTETS) {
			fputc('\n', out);
			column = 0;
		}
		if (column > 0) {
			fputc(' ', out);
			column++;
		} else if (*text == '.' || *text == '\'') {
			fputs("\\&", out); /* otherwise it is a request */
		}
		put_word(out, text, len, &is_bold);
		column += width;
		text += len;
		text += strspn(text, " \n");
	}
	fputs(is_bold ? "\\fP\n" : "\n", out);
}

void
cgn_manual_begin(struct cgn_manual *m, const struct cgn_manual_head *head)
{
	fputs(".\\\" Generated. Do not edit.\n.TH \"", m->out);
	for (const char *c = head->name; *c != '\0'; c++)
		fputc(toupper((unsigned char)*c), m->out);
	fprintf(m->out, "\" %u \"%s\" \"cgnd %s\"\n", head->section, head->date, head->version);
	fprintf(m->out, ".SH NAME\n%s \\- ", head->name);
	put_text(m->out, head->brief);
	cgn_manual_section(m, "SYNOPSIS");
	for (const char *const *line = head->begin; *line != NULL; line++) {
		if (line != head->begin)
			fputs(".br\n", m->out);
		put_text(m->out, *line);
	}
}

void
cgn_manual_section(struct cgn_manual *m, const char *title)
{
	fprintf(m->out, ".SH %s\n", title);
	m->has_text = false;
}

void
cgn_manual_part(struct cgn_manual *m, const char *title)
{
	fprintf(m->out, ".SS %s\n", title);
	m->has_text = false;
}

/* A new paragraph. The first one behind a heading needs no request, and man(7) wants none there. */
static void
manual_break(struct cgn_manual *m)
{
	if (m->has_text)
		fputs(".PP\n", m->out);
	m->has_text = true;
}

void
cgn_manual_paragraph(struct cgn_manual *m, const char *text)
{
	manual_break(m);
	put_text(m->out, text);
}

void
cgn_manual_item(struct cgn_manual *m, const char *name, const char *text)
{
	fputs(".TP\n", m->out);
	put_text(m->out, name);
	put_text(m->out, text);
	m->has_text = true;
}

void
cgn_manual_verbatim(struct cgn_manual *m, const char *lines)
{
	manual_break(m);
	fputs(".nf\n", m->out);
	for (const char *c = lines; *c != '\0'; c++) {
		if ((*c == '.' || *c == '\'') && (c == lines || c[-1] == '\n'))
			fputs("\\&", m->out);
		put_char(m->out, *c);
	}
	fputs(".fi\n", m->out);
}

const char *
cgn_manual_sentence(const char *help, char *buf, size_t size)
{
	snprintf(buf, size, "%c%s.", toupper((unsigned char)help[0]),
			help[0] == '\0' ? "" : help + 1);
	return buf;
}
