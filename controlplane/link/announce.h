/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ANNOUNCE_H
#define CGN_ANNOUNCE_H

/**
 * @file
 * The addresses that cgnd announces on its links, one after the other: all when it starts, and new ones after a reload.
 * These are the addresses of its ports, and the pool addresses that it answers for (RFC 3022 section 6.2). Announcements
 * correct what neighbours remember from an earlier owner of an address.
 *
 * Threads: single owner.
 */

#include "shared/conf.h"

struct cgn_announce;

/** List the addresses to announce. @p conf is not used later. @return 0 or -ENOMEM */
int cgn_announce_create(struct cgn_announce **out, const struct cgn_conf *conf);

/**
 * Add what one configuration announces and the one before does not. None of them is used later.
 *
 * @param list  NULL in it: a list is created if there is something to announce
 * @return 0 or -ENOMEM: nothing was added
 */
int cgn_announce_add_new(struct cgn_announce **list, const struct cgn_conf *conf,
		const struct cgn_conf *before);

/** Release the list. NULL is allowed. */
void cgn_announce_destroy(struct cgn_announce *list);

/**
 * Take the next address.
 *
 * @param[out] port  index of the port whose link it is announced on
 * @return false: there is none left
 */
bool cgn_announce_next(struct cgn_announce *list, uint16_t *port, struct cgn_ip *addr);

#endif /* CGN_ANNOUNCE_H */
