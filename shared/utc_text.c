/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Times of RFC 3339.
 */
#include "shared/utc_text.h"

#include <stdio.h>
#include <time.h>

const char *
cgn_utc_text_format(int64_t ms, char buf[static CGN_UTC_TEXT_MAX])
{
	/* Rounded down: a time before 1970 has positive milliseconds, too. */
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(buf, CGN_UTC_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, CGN_UTC_TEXT_MAX - n, ".%03uZ", (unsigned int)(ms - s * 1000) % 1000u);
	return buf;
}
