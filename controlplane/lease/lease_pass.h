/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_PASS_H
#define CGN_LEASE_PASS_H

/**
 * @file
 * The part of a request that a relay passes on to the NAT in front without understanding it, and the part of the answer
 * that it passes back. Only PCP has such requests. The lease service and the lessor do not look at these octets.
 *
 * The protocol that has received the request owns the struct, and keeps it until the request was answered.
 *
 * Source:  RFC 7648 section 3.4.
 * Threads: the control thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_LEASE_PASS_MAX 1100 /* octets of the longest message (RFC 6887 section 7) */

/** Octets that are passed on: options, or a whole message of an unknown opcode. */
struct cgn_lease_pass {
	/** The request must not succeed unless the NAT in front has processed the octets. */
	bool is_needed;
	bool is_processed; /* set by the relay: a PCP server in front has answered with success */
	size_t len;
	size_t answer_len; /* set by the relay */
	uint8_t octets[CGN_LEASE_PASS_MAX];
	uint8_t answer[CGN_LEASE_PASS_MAX]; /* written by the relay */
};

/** Whether two requests pass the same octets on. NULL passes nothing on. */
bool cgn_lease_pass_same(const struct cgn_lease_pass *a, const struct cgn_lease_pass *b);

#endif /* CGN_LEASE_PASS_H */
