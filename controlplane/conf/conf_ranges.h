/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_RANGES_H
#define CGN_CONF_RANGES_H

/**
 * @file
 * Sets of IPv4 addresses as lists of ranges.
 *
 * In a sorted list, the ranges ascend and do not overlap, and there is a gap between any two of them.
 */

#include "shared/addr.h"

#include <stddef.h>

/** Sort a list in place, and join ranges that overlap or touch. @return the new number of ranges */
size_t cgn_conf_ranges_sort(struct cgn_range4 *list, size_t n);

/** Whether a sorted list contains an address (host order). */
bool cgn_conf_ranges_has(const struct cgn_range4 *sorted, size_t n, uint32_t addr);

/** Whether a sorted list contains a whole range. */
bool
cgn_conf_ranges_cover(const struct cgn_range4 *sorted, size_t n, const struct cgn_range4 *range);

/**
 * Remove the addresses of the sorted list @p b from the sorted list @p a.
 *
 * @param[out] out  room for na + nb ranges; sorted
 * @return number of ranges in @p out
 */
size_t cgn_conf_ranges_subtract(const struct cgn_range4 *a, size_t na, const struct cgn_range4 *b,
		size_t nb, struct cgn_range4 *out);

/** Number of addresses of a list. */
uint64_t cgn_conf_ranges_count(const struct cgn_range4 *list, size_t n);

/**
 * Whether a range has an address that no packet may carry as a source: 0/8, 127/8, 169.254/16,
 * multicast and above (RFC 1812 section 5.3.7, RFC 3927 section 2.7).
 */
bool cgn_conf_ranges_has_martian(const struct cgn_range4 *range);

/** Whether all addresses of a range are such that no packet may carry them as a source. */
bool cgn_conf_ranges_all_martian(const struct cgn_range4 *range);

#endif /* CGN_CONF_RANGES_H */
