/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_OCTETS_H
#define CGN_TEST_OCTETS_H

/**
 * @file
 * Messages of PCP and NAT-PMP as lists of octets, so that a test shows all of them. No code of cgnd writes them.
 */

#include "tests/support/cu.h"

#include <stdint.h>
#include <string.h>

#define MAPPED(a, b, c, d)       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d
#define HOST1                    MAPPED(192, 168, 1, 11)
#define NONE                     MAPPED(0, 0, 0, 0)
#define EXT                      MAPPED(203, 0, 113, 7)
#define B4_OCTETS                0x20, 1, 0x0d, 0xb8, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define U16(x)                   (uint8_t)((x) >> 8), (uint8_t)(x)
#define U32(x)                   U16((x) >> 16), U16((x)&0xffff)
#define THIRD_PARTY(...)         1, 0, 0, 16, __VA_ARGS__
#define PROBE                    'c', 'g', 'n', 'd', ' ', 'a', 'd', 'd', 'r', 'e', 's', 's'
#define NONCE                    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define NATPMP_NONCE(h, p, port) 'c', 'g', 'n', 'd', 192, 168, 1, h, 0, p, U16(port)
#define REQUEST(op, s, client)   2, op, 0, 0, U32(s), client
#define ANSWER(op, result, s, epoch) \
	2, 0x80 | (op), 0, result, U32(s), U32(epoch), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define MAPPING(nonce, p, in, ext_port, ext) nonce, p, 0, 0, 0, U16(in), U16(ext_port), ext

#define NATPMP_TCP(in, ext, s)               0, 2, 0, 0, U16(in), U16(ext), U32(s)
#define NATPMP_SAID(op, result, epoch, in, ext, s) \
	0, 0x80 | (op), 0, result, U32(epoch), U16(in), U16(ext), U32(s)

/** Check that a message has these octets, and print those that differ. */
static inline void
oc_is(const uint8_t *message, size_t message_len, const uint8_t *octets, size_t len)
{
	CU_ASSERT_EQUAL_FATAL(message_len, len);
	for (size_t i = 0; i < len; i++) {
		if (message[i] != octets[i])
			printf("octet %zu is %02x, not %02x\n", i, message[i], octets[i]);
	}
	CU_ASSERT_EQUAL(memcmp(message, octets, len), 0);
}

/** The same for a list of octets, and a struct with the fields data and len. */
#define IS_SENT(s, ...)                                               \
	do {                                                          \
		static const uint8_t octets_[] = { __VA_ARGS__ };     \
		oc_is((s)->data, (s)->len, octets_, sizeof(octets_)); \
	} while (0)

#endif /* CGN_TEST_OCTETS_H */
