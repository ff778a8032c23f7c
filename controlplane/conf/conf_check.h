/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_H
#define CGN_CONF_CHECK_H

/**
 * @file
 * Checks rules that concern several keys. Also computes values from several keys: it resolves names of ports and pools,
 * and computes the address ranges of pools.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check ports, routes, groups, roles and the minima of the RFCs, and resolve names.
 *
 * @param c  its conf was filled by cgn_conf_read_tree()
 * @return 0 (errors may have been added) or -ENOMEM
 */
int cgn_conf_check_all(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_H */
