/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_UTF8_H
#define CGN_UTF8_H

/**
 * @file
 * Texts that may be UTF-8, or may have been.
 *
 * Source:  RFC 3629 section 4.
 * Threads: any. No state.
 */

#include <stddef.h>
#include <stdint.h>

/** The octets of the character at @p p, of which there are @p len at most. @return 0: it is not UTF-8, or it is NUL */
size_t cgn_utf8_character(const uint8_t *p, size_t len);

/**
 * How much of a text to show if there is room for @p max octets. A character of UTF-8 is not cut.
 *
 * @return octets, at most @p max; all if the text is not longer
 */
size_t cgn_utf8_cut(const char *text, size_t max);

/** Replace each octet of a text that belongs to no character of UTF-8 by a question mark. */
void cgn_utf8_repair(char *text);

#endif /* CGN_UTF8_H */
