/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares what two requests pass on.
 */
#include "controlplane/lease/lease_pass.h"

#include <string.h>

bool
cgn_lease_pass_same(const struct cgn_lease_pass *a, const struct cgn_lease_pass *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}
