/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_ERRORS_H
#define CGN_CONF_ERRORS_H

/**
 * @file
 * Everything that is wrong with one configuration file, in the order of the file.
 *
 * Printed one a line as `file:line:column: key: value: what is allowed`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** One thing that is wrong. */
struct cgn_conf_error {
	uint32_t line; /* from 1; 0: the file as a whole */
	uint32_t column;
	char *text; /* "key: value: what is allowed" */
};

/** Collected errors; zero-initialise. */
struct cgn_conf_errors {
	char *file; /* as it is printed */
	struct cgn_conf_error *list;
	size_t n;
	size_t n_dropped; /* not kept: too many, or no memory */
};

/**
 * Add one error.
 *
 * @param key    dotted path of the key
 * @param value  what stands there; shortened, unprintable octets replaced
 * @param fmt    what is allowed
 */
void
cgn_conf_errors_add(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/** Whether nothing was added. */
bool cgn_conf_errors_none(const struct cgn_conf_errors *errs);

/** Put the errors into the order of the file. */
void cgn_conf_errors_sort(struct cgn_conf_errors *errs);

/** Print all errors, one a line. */
void cgn_conf_errors_print(const struct cgn_conf_errors *errs, FILE *out);

/** Print the first @p max errors, one a line, and the number of the others. */
void cgn_conf_errors_print_some(const struct cgn_conf_errors *errs, size_t max, FILE *out);

/** Free what was collected; the struct can be used again. */
void cgn_conf_errors_fini(struct cgn_conf_errors *errs);

#endif /* CGN_CONF_ERRORS_H */
