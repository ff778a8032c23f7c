/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_LINKS_H
#define CGN_CONF_CHECK_LINKS_H

/**
 * @file
 * Rules of routes and neighbours: what depends on the links of the ports.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check routes and neighbours, and find the port of each. Errors are added to those of @p c.
 *
 * @param c  the names of its ports were checked
 */
void cgn_conf_check_links_all(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_LINKS_H */
