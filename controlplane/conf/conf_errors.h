/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_ERRORS_H
#define CGN_CONF_ERRORS_H

/**
 * @file
 * Collects and prints all errors of one configuration file, in the order of the file.
 *
 * Each error is one line: `file:line:column: key: value: what it must be`. A warning is no error: it tells what is legal
 * but surely not meant (`file:line:column: warning: key: value: why`), or that the file may have been cut off.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** One error or warning. */
struct cgn_conf_error {
	uint32_t line; /* from 1; 0: the error is about the whole file */
	uint32_t column;
	char *text; /* "key: value: what it must be" */
	bool is_warning;
};

/** The collected errors. The caller zeroes it at first. */
struct cgn_conf_errors {
	bool want_warnings; /* set by the caller: a file without errors is searched for what is surely not meant */
	char *file; /* name of the file, as it is printed */
	struct cgn_conf_error *list;
	size_t n;
	size_t n_warnings; /* entries of the list that are warnings */
	size_t n_dropped;  /* errors that are not in the list: there are too many, or no memory */
	bool may_be_cut;   /* the last line of the file has no end: a warning */
};

/**
 * Add one error.
 *
 * @param key    dotted path of the key
 * @param value  the value in the file; it is shortened, and unprintable octets are replaced
 * @param fmt    text that tells what the value must be, such as "must be less than max"
 */
void
cgn_conf_errors_add(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/** Add one warning. The arguments are those of cgn_conf_errors_add(); @p fmt tells what is wrong with the value. */
void
cgn_conf_errors_warn(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/** Whether there are no errors. A warning is none. */
bool cgn_conf_errors_none(const struct cgn_conf_errors *errs);

/** Whether there are warnings. */
bool cgn_conf_errors_has_warnings(const struct cgn_conf_errors *errs);

/** Put the errors into the order of the file. */
void cgn_conf_errors_sort(struct cgn_conf_errors *errs);

/** Print all errors and warnings, one a line. */
void cgn_conf_errors_print(const struct cgn_conf_errors *errs, FILE *out);

/** Print the first @p max errors and warnings, one a line, and the number of the others. */
void cgn_conf_errors_print_some(const struct cgn_conf_errors *errs, size_t max, FILE *out);

/** The first error; warnings are none. @return NULL: there is none, or it was not kept */
const struct cgn_conf_error *cgn_conf_errors_first(const struct cgn_conf_errors *errs);

/** Free the collected errors. The struct can be used again. */
void cgn_conf_errors_fini(struct cgn_conf_errors *errs);

#endif /* CGN_CONF_ERRORS_H */
