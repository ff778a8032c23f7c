/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_DETERMINISTIC_H
#define CGN_CONF_CHECK_DETERMINISTIC_H

/**
 * @file
 * The rules of deterministic groups (RFC 7422), so that the formula is the truth about who has a port.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check the deterministic groups and their static mappings. Pools and groups must be checked before.
 *
 * @return 0 or -ENOMEM
 */
int cgn_conf_check_deterministic(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_DETERMINISTIC_H */
