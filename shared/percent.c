/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Percent encoding, for parameters of questions to telemetry.
 */
#include "shared/percent.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Not isalnum(): its result depends on the locale. */
static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c != '\0' && strchr("-._~", c) != NULL);
}

int
cgn_percent_encode(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n + 4 > size)
			return -ENOSPC;
		if (is_unreserved(*text))
			out[n++] = *text;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X",
					(unsigned int)(unsigned char)*text);
	}
	if (n >= size)
		return -ENOSPC;
	out[n] = '\0';
	return 0;
}

/* @return value of a hexadecimal digit, or -1 */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
cgn_percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		int high, low;

		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		high = digit(from[1]);
		low = high < 0 ? -1 : digit(from[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -EINVAL;
		*to++ = (char)(high << 4 | low);
		from += 2;
	}
	*to = '\0';
	return 0;
}
