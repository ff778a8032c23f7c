/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NEIGHMSG_H
#define CGN_NEIGHMSG_H

/**
 * @file
 * ARP (RFC 826) and neighbour discovery (RFC 4861 sections 4.3 and 4.4): frames <-> struct.
 *
 * Threads: any. Pure.
 */

#include "controlplane/frame.h"
#include "shared/addr.h"

/** Octets that hold any frame made here. */
#define CGN_NEIGHMSG_MAX 96

enum cgn_neighmsg_kind {
	CGN_NEIGHMSG_REQUEST, /* ARP request, neighbour solicitation */
	CGN_NEIGHMSG_ANSWER,  /* ARP reply, neighbour advertisement */
};

struct cgn_neighmsg {
	enum cgn_neighmsg_kind kind;
	struct cgn_ip sender; /* who has `mac`; zero: a probe for duplicate addresses */
	struct cgn_ip target; /* of requests: who is asked for */
	struct rte_ether_addr mac;
	bool has_mac;      /* false: a discovery message without the link-layer address option */
	bool is_announced; /* sender has told all its neighbours, asked by nobody */
	bool is_weak;      /* an advertisement that must not replace a known `mac` (Override = 0) */
};

/** The port that a frame is made for. */
struct cgn_neighmsg_from {
	struct rte_ether_addr mac;
	uint16_t vlan;
};

/**
 * Take a received frame apart and check it as the RFCs ask (RFC 4861 section 7.1).
 *
 * @return false: neither ARP for IPv4 nor a solicitation or advertisement, or malformed
 */
bool cgn_neighmsg_parse(struct cgn_neighmsg *m, const struct cgn_frame *f);

/**
 * Make a request.
 *
 * @param to  NULL: everybody (ARP) or the solicited-node group (ND); else a probe of that neighbour
 * @return octets of the frame
 */
size_t cgn_neighmsg_request(uint8_t buf[static CGN_NEIGHMSG_MAX],
		const struct cgn_neighmsg_from *from, const struct cgn_ip *own,
		const struct cgn_ip *target, const struct rte_ether_addr *to);

/** Make the answer to a request. @param own  the address asked for. @return octets of the frame */
size_t cgn_neighmsg_answer(uint8_t buf[static CGN_NEIGHMSG_MAX],
		const struct cgn_neighmsg_from *from, const struct cgn_ip *own,
		const struct cgn_neighmsg *request, const struct rte_ether_addr *to);

/** Announce an own address to all on the link (RFC 5227, RFC 4861 section 7.2.6). */
size_t cgn_neighmsg_announce(uint8_t buf[static CGN_NEIGHMSG_MAX],
		const struct cgn_neighmsg_from *from, const struct cgn_ip *own);

#endif /* CGN_NEIGHMSG_H */
