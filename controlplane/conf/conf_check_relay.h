/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_RELAY_H
#define CGN_CONF_CHECK_RELAY_H

/**
 * @file
 * What natpmp.role relay needs: a NAT in front that is somebody else, and one WAN address, an own one,
 * from which it is asked.
 */

#include "controlplane/conf/conf_checker.h"

/** Check the keys of the relay; the ranges of pools are known. */
void cgn_conf_check_relay(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_RELAY_H */
