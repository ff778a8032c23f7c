/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_EXTRA_H
#define CGN_LEASE_EXTRA_H

/**
 * @file
 * What a client may say about its lease beside the ports: a description, and filters. Few leases have them, so they are
 * in memory of their own.
 *
 * Nobody changes a lease extra after it was made. It is shared by its request and its lease, and counts its users.
 *
 * Source:  RFC 7220, RFC 6887 section 13.3.
 * Threads: the control thread.
 */

#include "shared/filter.h"

#include <stdbool.h>
#include <stdint.h>

/** Octets of a description that are kept. RFC 7220 section 3 wants at least 128. */
#define CGN_LEASE_DESCRIPTION_MAX 128

/** The extra of a lease. */
struct cgn_lease_extra {
	uint32_t n_users;
	uint16_t description_len; /* 0: there is no description */
	/** UTF-8 without NUL, but perhaps with control characters. It has no NUL at its end. */
	char description[CGN_LEASE_DESCRIPTION_MAX];
	uint8_t n_filters;
	struct cgn_filter filters[CGN_FILTERS_MAX]; /* no two are the same */
};

/** Make an extra of zeros with one user. @return NULL: no memory */
struct cgn_lease_extra *cgn_lease_extra_new(void);

/** Take over all that another extra says. */
void cgn_lease_extra_copy(struct cgn_lease_extra *e, const struct cgn_lease_extra *from);

/** Set the description. A long one is cut between two characters of UTF-8. @param text  valid UTF-8 */
void cgn_lease_extra_describe(struct cgn_lease_extra *e, const char *text, uint16_t len);

/**
 * Add a filter. One that is there already is not added again.
 *
 * @param max  filters that are allowed, at most CGN_FILTERS_MAX
 * @return false: it would be one more than that
 */
bool cgn_lease_extra_filter(
		struct cgn_lease_extra *e, const struct cgn_filter *filter, unsigned int max);

/** Whether two extras say the same. NULL says nothing, so it is the same as NULL only. */
bool cgn_lease_extra_same(const struct cgn_lease_extra *a, const struct cgn_lease_extra *b);

/** Whether two extras have the same filters. NULL has none. */
bool cgn_lease_extra_same_filters(const struct cgn_lease_extra *a, const struct cgn_lease_extra *b);

/** Add a user. @return @p e; NULL is allowed */
struct cgn_lease_extra *cgn_lease_extra_hold(struct cgn_lease_extra *e);

/** Remove a user. The last one frees the extra. NULL is allowed. */
void cgn_lease_extra_release(struct cgn_lease_extra *e);

#endif /* CGN_LEASE_EXTRA_H */
