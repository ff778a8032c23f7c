/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ARP_ND_H
#define CGN_ARP_ND_H

/**
 * @file
 * ARP (RFC 826) and neighbour discovery (RFC 4861 sections 4.3 and 4.4): frames to struct and back.
 *
 * Threads: any. No state.
 */

#include "controlplane/link/frame.h"
#include "shared/addr.h"

/** Octets that are enough for any frame made here. */
#define CGN_ARP_ND_MAX 96

/** What a message is, whichever the protocol. */
enum cgn_arp_nd_kind {
	CGN_ARP_ND_REQUEST, /* ARP request, neighbour solicitation */
	CGN_ARP_ND_ANSWER,  /* ARP reply, neighbour advertisement */
};

/** A received message. */
struct cgn_arp_nd {
	enum cgn_arp_nd_kind kind;
	struct cgn_ip sender; /* the address that has `mac`; zero: a probe for duplicate addresses */
	struct cgn_ip target; /* of requests: the address asked for */
	struct rte_ether_addr mac;
	bool has_mac;      /* false: an ND message without the link-layer address option */
	bool is_announced; /* the sender tells all its neighbours; nobody has asked it */
	bool is_weak;      /* an advertisement that must not replace a known `mac` (Override = 0) */
};

/** The port that sends a frame. */
struct cgn_arp_nd_from {
	struct rte_ether_addr mac;
	uint16_t vlan; /* 0: no tag */
};

/**
 * Read a received frame, and check it as the RFCs ask (RFC 826, RFC 4861 section 7.1).
 *
 * @return false: it is malformed, or neither ARP for IPv4 nor a solicitation or advertisement
 */
bool cgn_arp_nd_parse(struct cgn_arp_nd *m, const struct cgn_frame *f);

/**
 * Make a request.
 *
 * @param local   local address to ask from, of the same family as @p target
 * @param to      the station that is asked; NULL: all stations (ARP) or the solicited-node group (ND)
 * @return octets of the frame
 */
size_t cgn_arp_nd_request(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_ip *target,
		const struct rte_ether_addr *to);

/**
 * Make the answer to a request.
 *
 * @param local  the address asked for
 * @param to     the station that gets the answer
 * @return octets of the frame
 */
size_t cgn_arp_nd_answer(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_arp_nd *request,
		const struct rte_ether_addr *to);

/**
 * Make an announcement of a local address to all on the link (RFC 5227, RFC 4861 section 7.2.6).
 *
 * @return octets of the frame
 */
size_t cgn_arp_nd_announce(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local);

#endif /* CGN_ARP_ND_H */
