/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_TEXT_H
#define CGN_EXPORT_TEXT_H

/**
 * @file
 * Writes a record as a line of syslog: RFC 5424 with structured data and without a message. config/RECORDS.md has the
 * fields.
 *
 * Collectors depend on the format. Add fields behind the others, and never rename one.
 *
 * Threads: any.
 */

#include "controlplane/export/export_origin.h"

#include <stddef.h>

/** Octets that are enough for each line, with its NUL. */
#define CGN_EXPORT_TEXT_MAX 2048

/**
 * Write a record.
 *
 * @param[out] out  the line with its "\n"
 * @param r         its time is in milliseconds since 1970
 * @return octets without the NUL
 */
size_t cgn_export_text_line(char out[static CGN_EXPORT_TEXT_MAX], const struct cgn_export_origin *o,
		const struct cgn_record *r);

#endif /* CGN_EXPORT_TEXT_H */
