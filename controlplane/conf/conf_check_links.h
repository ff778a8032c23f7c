/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_LINKS_H
#define CGN_CONF_CHECK_LINKS_H

/**
 * @file
 * Rules for routes and neighbours. They depend on the links of the ports.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check routes and neighbours, and find the port of each. Errors are added to c->errs.
 *
 * @param c  the names of its ports were checked before
 */
void cgn_conf_check_links_all(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_LINKS_H */
