/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_WARN_H
#define CGN_CONF_WARN_H

/**
 * @file
 * Warnings about a configuration without errors: what is legal but surely not meant.
 *
 * A warning is a fact about the file. It never depends on the machine, and never on how much traffic there will be.
 */

#include "controlplane/conf/conf_checker.h"

/** Add all warnings. The configuration has passed all checks. */
void cgn_conf_warn_all(struct cgn_conf_checker *c);

#endif /* CGN_CONF_WARN_H */
