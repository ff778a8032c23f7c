/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLPACKETS_H
#define CGN_CTLPACKETS_H

/**
 * @file
 * cgnctl trace-packets: shows what becomes of packets, one by one.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "shared/tap_record.h"

/** Carry out trace-packets. With --json, each packet is one line. @return as a cgn_ctlcommand_fn */
int cgn_ctlpackets_trace(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Print a packet as text. */
void
cgn_ctlpackets_print(FILE *out, const struct cgn_tap_names *names, const struct cgn_tap_record *r);

/** A packet as an object of JSON. @return the caller releases it; NULL: no memory */
json_t *cgn_ctlpackets_json(const struct cgn_tap_names *names, const struct cgn_tap_record *r);

/** Octets that hold a comment. */
#define CGN_CTLPACKETS_COMMENT_MAX 1024

/**
 * Write in one line what a capture says of a frame: the verdict of its packet, the mapping, and where it came from or went.
 *
 * @param f  of the record
 * @return @p buf
 */
const char *
cgn_ctlpackets_comment(const struct cgn_tap_names *names, const struct cgn_tap_record *r,
		const struct cgn_tap_frame *f, char buf[static CGN_CTLPACKETS_COMMENT_MAX]);

#endif /* CGN_CTLPACKETS_H */
