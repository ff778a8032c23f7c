/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks at texts that may be UTF-8.
 */
#include "shared/utf8.h"

#include <string.h>

#define CHARACTER_MAX 4 /* octets */

size_t
cgn_utf8_character(const uint8_t *p, size_t len)
{
	/* clang-format off */
	static const struct {
		uint8_t first, last, octets, low, high; /* of the first octet; of the second one */
	} forms[] = {
		{ 0x01, 0x7f, 1, 0, 0 },
		{ 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf }, /* not a form that is too long */
		{ 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f }, /* not a surrogate */
		{ 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf }, /* not a form that is too long */
		{ 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f }, /* not above U+10FFFF */
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].octets > len)
			return 0;
		if (forms[i].octets > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].octets; k++) {
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].octets;
	}
	return 0;
}

size_t
cgn_utf8_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1), n = max;

	if (len <= max)
		return len;
	while (n > 0 && max - n < CHARACTER_MAX && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	/* Without a beginning it is no UTF-8, and there is nothing to keep together. */
	return ((unsigned char)text[n] & 0xc0) == 0x80 ? max : n;
}

void
cgn_utf8_repair(char *text)
{
	uint8_t *p = (uint8_t *)text;
	size_t left = strlen(text), n;

	for (; left > 0; p += n, left -= n) {
		n = cgn_utf8_character(p, left);
		if (n == 0) {
			*p = '?';
			n = 1;
		}
	}
}
