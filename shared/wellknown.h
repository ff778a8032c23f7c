/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WELLKNOWN_H
#define CGN_WELLKNOWN_H

/**
 * @file
 * Numbers from RFCs that both planes use.
 */

#include <stdint.h>

#include <rte_byteorder.h>

/** UDP ports of NAT-PMP and PCP, host order (RFC 6886 section 3.2.1, RFC 6887 section 19.1). */
#define CGN_NATPMP_PORT          5351 /* port of the server */
#define CGN_NATPMP_ANNOUNCE_PORT 5350 /* port of clients that listen to announcements */

/** 224.0.0.1: all hosts of a link. */
#define CGN_ALL_HOSTS RTE_BE32(UINT32_C(0xe0000001))

/** 192.0.0.1 and 192.0.0.2: the AFTR and the B4 in every softwire (RFC 6333 section 5.7). */
#define CGN_SOFTWIRE_AFTR_ADDR RTE_BE32(UINT32_C(0xc0000001))
#define CGN_SOFTWIRE_B4_ADDR   RTE_BE32(UINT32_C(0xc0000002))

#endif /* CGN_WELLKNOWN_H */
