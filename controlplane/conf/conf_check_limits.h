/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_LIMITS_H
#define CGN_CONF_CHECK_LIMITS_H

/**
 * @file
 * The rules for thresholds: each can be reached before its limit refuses.
 */

#include "controlplane/conf/conf_checker.h"

/** Check the thresholds of pools, of groups, and of the NAT. */
void cgn_conf_check_limits(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_LIMITS_H */
