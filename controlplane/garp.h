/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_GARP_H
#define CGN_GARP_H

/**
 * @file
 * The addresses that cgnd announces on its links when it starts, one after the other: its own, and
 * the pool addresses that it answers for (RFC 3022 section 6.2).
 *
 * Threads: single owner.
 */

#include "shared/conf.h"

struct cgn_garp;

/** List what is to be announced. @p conf is not used later. @return 0 or -ENOMEM */
int cgn_garp_create(struct cgn_garp **out, const struct cgn_conf *conf);

/** Release the list. NULL is allowed. */
void cgn_garp_destroy(struct cgn_garp *g);

/** Take the next address. @return false: that was all */
bool cgn_garp_next(struct cgn_garp *g, uint16_t *port, struct cgn_ip *addr);

#endif /* CGN_GARP_H */
