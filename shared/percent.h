/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PERCENT_H
#define CGN_PERCENT_H

/**
 * @file
 * Percent encoding of texts, so that they can be a parameter of a question to telemetry. Commas and equals signs
 * divide parameters there.
 *
 * Each octet that is not a letter, a digit, or one of "-._~" becomes "%XX".
 *
 * Source:  RFC 3986 section 2.1.
 * Threads: any.
 */

#include <stddef.h>

/** Encode a text. @param size  octets of @p out @return 0; -ENOSPC: it does not fit, and @p out is not usable */
int cgn_percent_encode(char *out, size_t size, const char *text);

/** Decode a text in its place. @return 0; -EINVAL: wrong digits, or an encoded NUL; @p text is not usable */
int cgn_percent_decode(char *text);

#endif /* CGN_PERCENT_H */
