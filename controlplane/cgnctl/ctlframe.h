/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLFRAME_H
#define CGN_CTLFRAME_H

/**
 * @file
 * Describes a frame in one line, such as "udp 10.0.0.11:5000 > 203.0.113.5:53, ttl 64, 36 octets".
 */

#include <stddef.h>
#include <stdint.h>

/** Octets that hold a line. */
#define CGN_CTLFRAME_MAX 320

/**
 * Describe a frame. What it says about its lengths is not trusted.
 *
 * @param caplen  octets at @p frame
 * @param len     octets that the frame has
 * @return @p buf
 */
const char *cgn_ctlframe_text(
		const uint8_t *frame, size_t caplen, size_t len, char buf[static CGN_CTLFRAME_MAX]);

#endif /* CGN_CTLFRAME_H */
