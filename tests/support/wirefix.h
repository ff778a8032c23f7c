/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_WIREFIX_H
#define CGN_TEST_WIREFIX_H

/**
 * @file
 * The fixture as an AFTR or a B4: packets into and out of softwires.
 */

#include "tests/support/fixture.h"

#define WX_LOCAL "2001:db8:f::1" /* the AFTR's tunnel endpoint */
#define WX_HOME  "2001:db8:5::2" /* the B4's */

/* B4s: two homes, and another address of the first one's prefix. */
#define B1  "2001:db8:100:100::1"
#define B1B "2001:db8:100:1ff::2"
#define B2  "2001:db8:100:200::1"

/**
 * An outer IPv6 header. Members that are zero have defaults: WX_LOCAL as address, hop limit 64, IPv4
 * inside.
 */
struct wx_outer {
	const char *src;
	const char *dst;
	uint8_t tc;
	uint8_t next;    /* 0: IPv4 */
	const void *ext; /* extension headers behind the IPv6 header; the first is ext_first */
	size_t ext_len;
	uint8_t ext_first;
};

/**
 * An AFTR with B4s of 2001:db8:100::/40 on inside0, in addition to native subscribers. It is not started.
 */
struct fx *wx_aftr(void);

/** A B4. The home 192.168.1.1/24 is on inside0, the AFTR on outside0. It is not started. */
struct fx *wx_b4(void);

/** Put a frame's IPv4 packet behind an outer header. The original frame is freed. */
struct rte_mbuf *wx_wrap(struct fx *fx, const struct wx_outer *o, struct rte_mbuf *m);

/** Receive an IPv4 packet from the softwire of a B4. */
const struct fx_pkt *wx_up(struct fx *fx, const char *b4, struct rte_mbuf *m);

/** Receive a UDP packet from a host behind a B4. */
const struct fx_pkt *
wx_udp(struct fx *fx, const char *b4, const char *h, uint16_t hp, const char *p, uint16_t pp);

/** A UDP datagram over IPv6 with the length of a PCP header, which workers do not read. */
struct rte_mbuf *
wx_udp6(struct fx *fx, const char *src, uint16_t sport, const char *dst, uint16_t dport);

/** Open a mapping of a host behind a B4 by a packet to P1. */
struct fx_ep wx_map(struct fx *fx, const char *b4, const char *h, uint16_t hp);

/**
 * Cut an IPv6 frame into fragments whose payloads are not longer than @p step, which is a multiple of
 * eight. The original frame is freed. @return number of fragments
 */
unsigned int
wx_fragment(struct fx *fx, struct rte_mbuf *m, size_t step, uint32_t id, struct rte_mbuf **out);

/** ICMPv6 error about an IPv6 frame that left. */
struct rte_mbuf *
wx_icmp6(struct fx *fx, const char *src, uint8_t type, uint32_t rest, const struct fx_pkt *about);

/** Reassemble the fragments that left. Returns the packet. Its bytes are valid until the next call. */
const struct fx_pkt *wx_whole(struct fx *fx);

/** Make or renew a lease of a host behind a B4, or restore it if x has an address. Returns 0 or -errno. */
int wx_lease(struct fx *fx, const char *b4, enum cgn_proto proto, const char *in, uint16_t in_port,
		struct fx_ep *x, uint32_t lifetime_s);

/** The subscriber of a B4. */
bool wx_subscriber(struct fx *fx, const char *b4, struct cgn_subscriber_info *out);

/** The IPv6 address in a text. */
struct cgn_ip6 wx_addr(const char *text);

/** Check what FX_PKT() checks, and the IPv6 destination. */
void wx_check_pkt(const struct fx_pkt *p, unsigned int port, const char *b4, const char *src,
		unsigned int sport, const char *dst, unsigned int dport, const char *file,
		int line);

/** Check that a packet with these endpoints left into a softwire. */
#define WX_PKT(p, port, b4, s, sp, d, dp) \
	wx_check_pkt((p), (port), (b4), (s), (sp), (d), (dp), __FILE__, __LINE__)

#endif /* CGN_TEST_WIREFIX_H */
