/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_UTC_TEXT_H
#define CGN_UTC_TEXT_H

/**
 * @file
 * Times as text: RFC 3339 in UTC with milliseconds, such as 2026-11-28T03:15:07.120Z.
 *
 * Threads: any.
 */

#include <stdint.h>

/** Octets of the longest text, with its NUL. */
#define CGN_UTC_TEXT_MAX 40

/** Write a time. @param ms  milliseconds since 1970 UTC, also before it @return @p buf */
const char *cgn_utc_text_format(int64_t ms, char buf[static CGN_UTC_TEXT_MAX]);

#endif /* CGN_UTC_TEXT_H */
