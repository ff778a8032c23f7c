/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_H
#define CGN_CONF_CHECK_H

/**
 * @file
 * The rules between keys, and what follows from several of them: references by name, the ranges
 * that are left of a pool.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check ports, routes, groups, roles and the RFCs' minima; resolve references.
 *
 * @param c  conf was filled by cgn_conf_read_tree()
 * @return 0 (errors may have been added) or -ENOMEM
 */
int cgn_conf_check_all(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_H */
