/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLTABLE_H
#define CGN_CTLTABLE_H

/**
 * @file
 * Prints rows of JSON as a text table, a page at a time. Numbers have units that people can read.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** How the value of a column is printed. */
enum cgn_ctltable_format {
	CGN_CTLTABLE_TEXT,
	CGN_CTLTABLE_NUMBER,
	CGN_CTLTABLE_BYTES,
	CGN_CTLTABLE_SECONDS,
	CGN_CTLTABLE_UTC, /* milliseconds since 1970 */
	CGN_CTLTABLE_NANOSECONDS,
	CGN_CTLTABLE_PERCENT,
	CGN_CTLTABLE_PERMILLE, /* printed in percent, too */
	CGN_CTLTABLE_COUNT,    /* a number that only grows */
	CGN_CTLTABLE_PACKETS,  /* the same, of packets */
	CGN_CTLTABLE_OCTETS,   /* the same, of octets */
};

/** A column of a table: a key of the JSON rows with its title. */
struct cgn_ctltable_column {
	const char *key;
	const char *title; /* its words are words of the key; NULL: the key is in JSON only */
	enum cgn_ctltable_format format;
	int width;        /* least width; it grows to what the first page needs */
	const char *help; /* what the key means, one line for documents. May be Markdown with `code` */
};

#define CGN_CTLTABLE_COLUMNS_MAX 24

/** A table that is being printed. Begin with zeros but for the first three. */
struct cgn_ctltable {
	FILE *out;
	const struct cgn_ctltable_column *columns;
	size_t n_columns;
	bool is_begun;
	bool is_shown[CGN_CTLTABLE_COLUMNS_MAX]; /* the columns that have something yet */
	size_t last;                             /* the last of them */
	int width[CGN_CTLTABLE_COLUMNS_MAX];
};

/** Octets that are enough for a number with its unit. */
#define CGN_CTLTABLE_UNIT_MAX 32

/** Write octets as "512 B", "1.5 kB", "23.4 GB". @return @p buf */
const char *cgn_ctltable_bytes(uint64_t n, char buf[static CGN_CTLTABLE_UNIT_MAX]);

/** Write a time as "45s", "5m00s", "2h04m", "3d01h". @return @p buf */
const char *cgn_ctltable_seconds(uint64_t s, char buf[static CGN_CTLTABLE_UNIT_MAX]);

/** Write a time as "830 ns", "20.5 ms", "1.2 s". @return @p buf */
const char *cgn_ctltable_nanoseconds(uint64_t n, char buf[static CGN_CTLTABLE_UNIT_MAX]);

/**
 * Write how fast a number grows: "1.2 Mpps" of packets, "9.8 Gbit/s" of octets, "3.0 k/s" of other things.
 *
 * @param v  per second
 * @return @p buf
 */
const char *cgn_ctltable_rate(
		double v, enum cgn_ctltable_format format, char buf[static CGN_CTLTABLE_UNIT_MAX]);

/**
 * Copy a text that came from elsewhere, so that it cannot control the terminal. Control characters become \\xNN, also
 * those of UTF-8 and those that change the direction of writing. Text that does not fit is left out.
 *
 * @return @p out
 */
const char *cgn_ctltable_escape(char *out, size_t size, const char *text);

/**
 * Octets that are enough for a text of a table, such as the longest path of a configuration, also if each octet is escaped.
 */
#define CGN_CTLTABLE_CELL_MAX 4128

/**
 * Print a page of rows. The first page also prints the titles. A column is left out until a row has something in it. If
 * a later page is the first to have something in a column, the titles are printed again.
 *
 * @param rows  an object of objects; its order is kept. A real number in a row is a rate per second
 */
void cgn_ctltable_page(struct cgn_ctltable *t, json_t *rows);

/** Print a JSON value over several lines, as --json prints it. In ASCII, because a text may control the terminal. */
void cgn_ctltable_json(FILE *out, const json_t *value);

/** Print a JSON value as YAML. */
void cgn_ctltable_yaml(FILE *out, const json_t *value);

#endif /* CGN_CTLTABLE_H */
