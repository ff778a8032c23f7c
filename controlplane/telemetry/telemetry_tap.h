/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_TAP_H
#define CGN_TELEMETRY_TAP_H

/**
 * @file
 * The path /cgn/tap: traces and captures of packets, for cgnctl.
 *
 * do=start begins one and answers its id. If it has filter=N, the capture begins when do=filter has brought N
 * instructions (shared/tap_filter.h), some in each part. do=read answers the next octets of the stream (shared/tap_record.h), two
 * hexadecimal digits for each. do=stop ends it.
 */

#include "controlplane/telemetry/telemetry_question.h"

/** Keys of its parameters. */
#define CGN_TELEMETRY_TAP_KEYS \
	"do,id,mode,port,verdict,subscriber,external,count,seconds,snap,filter,part,"

/** Octets of the stream in one answer. */
#define CGN_TELEMETRY_TAP_STEP 4000

/** Answer a question. @return 0, -EINVAL: its parameters are wrong, or as cgn_tapper_start() and the others */
int cgn_telemetry_tap(struct cgn_telemetry_question *q, uint64_t now_ms);

#endif /* CGN_TELEMETRY_TAP_H */
