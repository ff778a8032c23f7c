/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TARGET_H
#define CGN_TARGET_H

/**
 * @file
 * A receiver in a network, such as "udp://192.0.2.10:514", "tls://[2001:db8::1]" or "tcp://logs.example.net:601".
 *
 * Threads: any.
 */

#include <stdbool.h>
#include <stdint.h>

/** Octets of a host, with its NUL: a name has up to 253 characters (RFC 1035 section 2.3.4). */
#define CGN_TARGET_HOST_MAX 254

/** Octets that are enough for each target as text, with its NUL. */
#define CGN_TARGET_TEXT_MAX (CGN_TARGET_HOST_MAX + 16)

/** How a receiver is reached. */
enum cgn_target_transport {
	CGN_TARGET_NONE, /* there is no target */
	CGN_TARGET_UDP,
	CGN_TARGET_TCP,
	CGN_TARGET_TLS, /* over TCP */
};

/** A receiver. */
struct cgn_target {
	enum cgn_target_transport transport;
	bool is_address;                /* the host is an address, not a name */
	uint16_t port;                  /* host order; 0: not given */
	char host[CGN_TARGET_HOST_MAX]; /* an address without brackets (RFC 5952), or a name in lower case */
};

/**
 * Parse a target. A name is a host name of RFC 1123: letters, digits and hyphens between dots, and the last part is not
 * a number. The unspecified addresses 0.0.0.0 and :: are no receivers.
 *
 * @return 0 or -EINVAL; @p out is untouched on failure
 */
int cgn_target_parse(const char *text, struct cgn_target *out);

/** Write a target; without its port if that is 0. @return @p buf */
const char *cgn_target_format(const struct cgn_target *t, char buf[static CGN_TARGET_TEXT_MAX]);

/** Whether two targets have the same transport, host and port. */
bool cgn_target_equal(const struct cgn_target *a, const struct cgn_target *b);

#endif /* CGN_TARGET_H */
