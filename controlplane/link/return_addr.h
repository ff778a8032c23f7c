/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RETURN_ADDR_H
#define CGN_RETURN_ADDR_H

/**
 * @file
 * Where a UDP datagram came from, which is where the answer goes: the same link and station, or the same
 * softwire. It is a plain value: it can be kept after the datagram is gone.
 */

#include "shared/addr.h"

/** Where an answer goes. */
struct cgn_return_addr {
	struct cgn_ip remote; /* who sent the datagram */
	struct cgn_ip local;  /* cgnd's address that it was sent to */
	uint16_t remote_port; /* UDP, host order */
	uint16_t local_port;
	uint16_t link;     /* index into conf ports */
	uint8_t mac[6];    /* of the station that sent it */
	bool is_wire;      /* it came out of a softwire */
	struct cgn_ip6 b4; /* if is_wire: the other end of the softwire */
};

#endif /* CGN_RETURN_ADDR_H */
