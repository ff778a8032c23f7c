/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_HOST_H
#define CGN_CONF_CHECK_HOST_H

/**
 * @file
 * Rules of the host plane, for conf_check.c.
 */

#include "controlplane/conf/conf_checker.h"

/** Check `host` and `ports[].host`. */
void cgn_conf_check_host(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_HOST_H */
