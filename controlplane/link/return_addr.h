/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RETURN_ADDR_H
#define CGN_RETURN_ADDR_H

/**
 * @file
 * The address to which the answer to a UDP datagram goes: the sender, by the same link and station or the same
 * softwire. It has no pointers, so it can be kept after the datagram was freed.
 */

#include "shared/addr.h"

/** The address of an answer. */
struct cgn_return_addr {
	struct cgn_ip remote; /* address that has sent the datagram */
	struct cgn_ip local;  /* local address to which it was sent */
	uint16_t remote_port; /* UDP, host order */
	uint16_t local_port;
	uint16_t link;     /* index into conf ports */
	uint8_t mac[6];    /* of the station that sent it */
	bool is_wire;      /* it came out of a softwire */
	struct cgn_ip6 b4; /* if is_wire: the other end of the softwire */
	bool is_protected; /* it came through an IPsec SA, by the host plane; the answer goes the same way */
	uint32_t mark; /* if is_protected: what the kernel has marked it with, host order */
};

#endif /* CGN_RETURN_ADDR_H */
