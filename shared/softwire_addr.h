/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOFTWIRE_ADDR_H
#define CGN_SOFTWIRE_ADDR_H

/**
 * @file
 * The inner addresses of softwires.
 *
 * Source:  RFC 6333 sections 5.7 and 11.
 * Threads: any. Pure.
 */

#include "shared/wellknown.h"

#include <stdbool.h>

/**
 * Whether a host of a home may have an IPv4 address. It may have a private one (RFC 1918), or one of 192.0.0.0/29, but
 * not that of the AFTR.
 *
 * @param addr  network order
 */
static inline bool
cgn_softwire_is_inner(rte_be32_t addr)
{
	uint32_t a = rte_be_to_cpu_32(addr);

	return a >> 24 == 10 || a >> 20 == (172u << 4 | 1) || a >> 16 == (192u << 8 | 168) ||
			(a >> 3 == UINT32_C(0xc0000000) >> 3 && addr != CGN_SOFTWIRE_AFTR_ADDR);
}

#endif /* CGN_SOFTWIRE_ADDR_H */
