/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MANUAL_H
#define CGN_MANUAL_H

/**
 * @file
 * Writes a manual page in the format man(7). Callers give plain text. What stands `between two of these` becomes bold.
 *
 * Text is ASCII. No function fails: whoever owns the file finds errors of writing there.
 *
 * Threads: any, one page each.
 */

#include <stdbool.h>
#include <stdio.h>

/** A page that is being written. Begin with zeros and the file. */
struct cgn_manual {
	FILE *out;
	bool has_text; /* since the last heading */
};

/** What the head of a page says. */
struct cgn_manual_head {
	const char *name;         /* of the page */
	unsigned int section;     /* 5: files, 8: programs of the administrator */
	const char *brief;        /* what the page is about, in a line without a full stop */
	const char *date;         /* of the release, such as 2026-11-30 */
	const char *version;      /* of the release */
	const char *const *begin; /* lines of the synopsis; NULL ends them */
};

/** Begin a page: its title, its name, its synopsis. */
void cgn_manual_begin(struct cgn_manual *m, const struct cgn_manual_head *head);

/** Begin a section. @param title  in capitals */
void cgn_manual_section(struct cgn_manual *m, const char *title);

/** Begin a part of a section. */
void cgn_manual_part(struct cgn_manual *m, const char *title);

/** Write a paragraph. */
void cgn_manual_paragraph(struct cgn_manual *m, const char *text);

/** Write an item of a list: its name stands out, its text is behind it. */
void cgn_manual_item(struct cgn_manual *m, const char *name, const char *text);

/** Write lines as they are. @param lines  each ends with a newline */
void cgn_manual_verbatim(struct cgn_manual *m, const char *lines);

/** Write a help of a table, which has no capital and no full stop, as a sentence. @return @p buf */
const char *cgn_manual_sentence(const char *help, char *buf, size_t size);

#endif /* CGN_MANUAL_H */
