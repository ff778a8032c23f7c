/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_ENDS_H
#define CGN_CONF_ENDS_H

/**
 * @file
 * Which differences of two configurations end connections when they are reloaded.
 */

#include "controlplane/conf/conf_diff.h"

/** What a reload of a difference ends, in words such as "connections on these addresses". NULL: nothing */
const char *cgn_conf_ends_what(const struct cgn_conf_diff *diff);

#endif /* CGN_CONF_ENDS_H */
