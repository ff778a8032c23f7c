/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_KEEP_H
#define CGN_RESOLVER_KEEP_H

/**
 * @file
 * Writes the neighbours that have answered as octets, and takes those of a run before. So the first packets after a
 * restart need not wait for answers.
 *
 * What is taken is a hint: each neighbour is asked within KEEP_ASK_MS after the start, and forgotten if it does not
 * answer. Until then it is a known neighbour.
 *
 * Rows name the port of a neighbour, because its index may be another one after a restart.
 *
 * Threads: the control thread.
 */

#include "controlplane/link/resolver.h"

/** Octets of rows that are given out at once. */
#define CGN_RESOLVER_KEEP_MAX 57344u

/** Takes some whole rows. @return 0; -errno ends the writing */
typedef int (*cgn_resolver_keep_put)(void *ctx, const void *rows, size_t len);

/** Give all known neighbours out; configured ones are not among them. @return 0; -ENOMEM; what @p put has returned */
int cgn_resolver_keep_write(const struct cgn_resolver *t, cgn_resolver_keep_put put, void *ctx);

/**
 * Take rows, after cgn_resolver_start(). They may have any content. What does not fit is passed over: a port that is not
 * there, an address that is not on its link, one that is known already.
 *
 * @return neighbours that were taken
 */
uint32_t
cgn_resolver_keep_take(struct cgn_resolver *t, const void *rows, size_t len, uint64_t now_ms);

#endif /* CGN_RESOLVER_KEEP_H */
