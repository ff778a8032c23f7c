/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_FIXED_H
#define CGN_CONF_FIXED_H

/**
 * @file
 * Keys that a reload cannot change, although the schema says that it can, because of other keys of the configuration.
 *
 * The formula of a deterministic group maps all its subscribers to addresses and ports (RFC 7422), and the log of the group
 * says so once, at the start. So its prefixes, its pool and its blocks stay, and so do the addresses and ports of the pool.
 * The sockets for groups[].natpmp_auth ipsec are made at the start, so such a group cannot come or go.
 */

#include <jansson.h>
#include <stdbool.h>

/**
 * Whether a configuration needs a restart if a key differs.
 *
 * @param root  the configuration in use or the new one, as cgn_conf_show_json() shows it
 * @param path  as cgn_conf_diff.path
 */
bool cgn_conf_fixed_has(const json_t *root, const char *path);

#endif /* CGN_CONF_FIXED_H */
