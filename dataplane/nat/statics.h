/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATICS_H
#define CGN_STATICS_H

/**
 * @file
 * The static mappings of a configuration, in the order of their inside endpoints, so that they are found fast.
 *
 * Threads: read only after init.
 */

#include "shared/conf.h"

/** Static mappings of all workers. */
struct cgn_statics {
	struct cgn_conf_static *at; /* copies, sorted by inside address, port and protocol */
	size_t n;
};

/** Copy and sort them. @return 0 or -ENOMEM */
int cgn_statics_init(struct cgn_statics *s, const struct cgn_conf *conf);

/** Release what init made. */
void cgn_statics_fini(struct cgn_statics *s);

/** The static mapping of an inside endpoint. @param port  network order @return NULL: there is none */
const struct cgn_conf_static *
cgn_statics_find(const struct cgn_statics *s, rte_be32_t addr, rte_be16_t port, uint8_t proto);

/** The first static mapping of a subscriber. @return NULL: it has none */
const struct cgn_conf_static *
cgn_statics_of(const struct cgn_statics *s, const struct cgn_prefix *subscriber);

#endif /* CGN_STATICS_H */
