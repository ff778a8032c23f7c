/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ARP_ND_H
#define CGN_ARP_ND_H

/**
 * @file
 * ARP (RFC 826) and neighbour discovery (RFC 4861 sections 4.3 and 4.4): frames <-> struct.
 *
 * Threads: any. Pure.
 */

#include "controlplane/link/frame.h"
#include "shared/addr.h"

/** Octets that hold any frame made here. */
#define CGN_ARP_ND_MAX 96

enum cgn_arp_nd_kind {
	CGN_ARP_ND_REQUEST, /* ARP request, neighbour solicitation */
	CGN_ARP_ND_ANSWER,  /* ARP reply, neighbour advertisement */
};

struct cgn_arp_nd {
	enum cgn_arp_nd_kind kind;
	struct cgn_ip sender; /* who has `mac`; zero: a probe for duplicate addresses */
	struct cgn_ip target; /* of requests: who is asked for */
	struct rte_ether_addr mac;
	bool has_mac;      /* false: a discovery message without the link-layer address option */
	bool is_announced; /* sender has told all its neighbours, asked by nobody */
	bool is_weak;      /* an advertisement that must not replace a known `mac` (Override = 0) */
};

/** The port that a frame is made for. */
struct cgn_arp_nd_from {
	struct rte_ether_addr mac;
	uint16_t vlan;
};

/**
 * Take a received frame apart and check it as the RFCs ask (RFC 4861 section 7.1).
 *
 * @return false: neither ARP for IPv4 nor a solicitation or advertisement, or malformed
 */
bool cgn_arp_nd_parse(struct cgn_arp_nd *m, const struct cgn_frame *f);

/**
 * Make a request.
 *
 * @param to  NULL: everybody (ARP) or the solicited-node group (ND); else a probe of that neighbour
 * @return octets of the frame
 */
size_t cgn_arp_nd_request(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_ip *target,
		const struct rte_ether_addr *to);

/** Make the answer to a request. @param own  the address asked for. @return octets of the frame */
size_t cgn_arp_nd_answer(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_arp_nd *request,
		const struct rte_ether_addr *to);

/** Announce an own address to all on the link (RFC 5227, RFC 4861 section 7.2.6). */
size_t cgn_arp_nd_announce(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local);

#endif /* CGN_ARP_ND_H */
