/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_RESULT_H
#define CGN_NATPMP_RESULT_H

/**
 * @file
 * NAT-PMP's result codes: which code a client gets for a result of the lease service.
 *
 * Source:  RFC 6886 section 3.5, draft-woodyatt-spnatpmp-appl-01 section 3.1 (code 6).
 * Threads: any. Pure.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/conf.h"

/**
 * The result code of an answer.
 *
 * @return the code; if the NAT in front has refused, it is the code of that NAT; -1: no code fits, so the client gets
 *         no answer and asks again
 */
int cgn_natpmp_result(const struct cgn_conf_natpmp *conf, const struct cgn_lease_result *r);

#endif /* CGN_NATPMP_RESULT_H */
