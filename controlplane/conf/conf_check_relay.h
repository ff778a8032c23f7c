/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_RELAY_H
#define CGN_CONF_CHECK_RELAY_H

/**
 * @file
 * Rules for natpmp.role relay. natpmp.upstream must be the address of another NAT. If a pool has private addresses, the
 * WAN address must be the only pool address, and an address of an outside port: the relay asks from there.
 */

#include "controlplane/conf/conf_checker.h"

/** Check the keys of the relay. The ranges of pools must be computed before. */
void cgn_conf_check_relay(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_RELAY_H */
