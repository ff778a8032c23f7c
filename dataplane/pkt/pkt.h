/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PKT_H
#define CGN_PKT_H

/**
 * @file
 * One packet on its way through the engine. The parser (parse.h) has validated it.
 *
 * No code after the parser computes a header offset or checks a length. Every field of struct cgn_pkt was
 * read from inside the packet. The headers up to the end of the transport header are contiguous in the
 * first segment. In an ICMP error everything up to the end of the quoted packet is contiguous, at most
 * CGN_PKT_PULLUP octets.
 */

#include "shared/addr.h"
#include "shared/limits.h"
#include "shared/verdict.h"

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

/** Octets of an ICMP error that are made contiguous: RFC 1812 wants 576 at most. */
#define CGN_PKT_PULLUP 640

/**
 * The kinds of packets. The order matters: kinds up to CGN_PK_ICMP_QUERY are translated by their own
 * endpoints, and the code compares with CGN_PK_ICMP_QUERY to find them.
 */
enum cgn_pkt_kind {
	CGN_PK_TCP,
	CGN_PK_UDP,
	CGN_PK_ICMP_QUERY, /* echo, timestamp, address mask: request or reply */
	CGN_PK_ICMP_ERROR, /* destination unreachable, time exceeded, parameter problem, ... */
	CGN_PK_ICMP_OTHER, /* any other ICMP type */
	CGN_PK_FRAGMENT,   /* not a whole datagram; its transport header was not parsed */
	CGN_PK_OTHER_L4,   /* IPv4 with a transport that is not translated */
	CGN_PK_IP6,
	CGN_PK_ARP,
};

/** Flags of struct cgn_pkt. */
#define CGN_PF_DF        0x01 /* don't fragment */
#define CGN_PF_WAS_FRAG  0x02 /* reassembled by cgnd: may be fragmented again even with DF */
#define CGN_PF_REQUEST   0x04 /* the ICMP query is a request, not a reply */
#define CGN_PF_BROADCAST 0x08 /* was received as a link-layer broadcast or multicast */
#define CGN_PF_OWN       0x10 /* made by cgnd, not received: it has no verdict */

/** What the parser must know of the port that received a packet. */
struct cgn_pkt_port {
	struct rte_ether_addr mac;
	uint16_t vlan; /* 0: untagged */
};
static_assert(sizeof(struct cgn_pkt_port) == 8, "compared with a frame's first octets as one word");

/** A packet. Addresses and ports are in network order. The owner of the struct also owns the mbuf. */
struct cgn_pkt {
	struct rte_mbuf *m;
	union {
		struct {
			rte_be32_t src; /* IPv4 */
			rte_be32_t dst;
			rte_be16_t sport; /* TCP, UDP: ports; ICMP query: the identifier in both */
			rte_be16_t dport;
		};
		uint8_t ends[12]; /* src to dport, as in a packet without IPv4 options */
	};
	uint16_t l3_off; /* octets from the start of the mbuf's data */
	uint16_t l4_off;
	uint16_t total_len; /* octets of the IP packet; padding behind it is trimmed */
	uint8_t kind;       /* enum cgn_pkt_kind */
	uint8_t flags;      /* CGN_PF_* */
	uint8_t proto;      /* enum cgn_proto; CGN_PROTO_COUNT for other transports and fragments */
	uint8_t tcp_flags;
	uint8_t port;       /* index of the port that received the packet */
	uint8_t side;       /* enum cgn_side of that port */
	uint16_t frag_size; /* reassembled: octets of the largest fragment */
	/* Scratch fields of the engine: results that one stage passes to the next. */
	uint32_t realm; /* realm of the home behind a softwire, 0: native */
	uint32_t ref;   /* mapping or external index */
	uint32_t bucket; /* outbound: bucket of the index; if it was split since, the slow path finds the entry */
	uint64_t key; /* inside endpoint and port, as in struct cgn_mapping */
	uint64_t hash;
};
static_assert(sizeof(struct cgn_pkt) == 64, "one cache line per packet");

/** The IPv4 header. */
static inline struct rte_ipv4_hdr *
cgn_pkt_ip4(const struct cgn_pkt *p)
{
	return rte_pktmbuf_mtod_offset(p->m, struct rte_ipv4_hdr *, p->l3_off);
}

/** The transport header. */
static inline void *
cgn_pkt_l4(const struct cgn_pkt *p)
{
	return rte_pktmbuf_mtod_offset(p->m, void *, p->l4_off);
}

/** The packet that an ICMP error quotes. cgn_parse_quote() fills it. */
struct cgn_quote {
	uint16_t ip_off; /* quoted IPv4 header, octets from the start of the mbuf's data */
	uint16_t l4_off; /* quoted transport header */
	uint16_t len; /* octets of the quoted packet that are there, limited by an RFC 4884 length */
	uint8_t proto;         /* enum cgn_proto */
	bool is_query_request; /* the quoted ICMP query is a request */
	bool has_l4_csum;      /* the quoted transport checksum lies inside the quote */
	rte_be32_t src;
	rte_be32_t dst;
	rte_be16_t sport; /* ICMP query: the identifier in both */
	rte_be16_t dport;
};

/**
 * Make the first @p len octets contiguous in the first segment, in place.
 *
 * Octets are moved from the later segments into the room behind or before the data of the first segment. A
 * segment that becomes empty is freed.
 *
 * @return CGN_V_NONE; CGN_V_L3_SHORT: the packet is shorter; CGN_V_NO_MBUF: the first segment is shared or
 *   has not enough room
 */
enum cgn_verdict cgn_pkt_pullup(struct rte_mbuf *m, uint32_t len);

/**
 * Cut a packet to @p len octets and free the segments behind. Nothing happens if the packet is not longer.
 */
void cgn_pkt_trim(struct rte_mbuf *m, uint32_t len);

/**
 * One's complement sum of @p len octets from @p off on, folded but not inverted. Segments may have any
 * length, also an odd one. The range must lie inside the packet.
 */
uint16_t cgn_pkt_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len);

/**
 * Copy a packet of several segments into one mbuf with CGN_HEADROOM octets of headroom, for a device that
 * takes only single segments. The caller still owns the original.
 *
 * @return NULL if no mbuf is left or the packet does not fit into one
 */
struct rte_mbuf *cgn_pkt_linearize(struct rte_mempool *mp, const struct rte_mbuf *m);

#endif /* CGN_PKT_H */
