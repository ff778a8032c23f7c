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

/** Write the verdict and where a packet went, in one line. @return @p buf */
const char *cgn_ctlpackets_verdict(const struct cgn_tap_names *names,
		const struct cgn_tap_record *r, char *buf, size_t size);

#endif /* CGN_CTLPACKETS_H */
