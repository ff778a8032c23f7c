/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PKTGEN_H
#define CGN_TEST_PKTGEN_H

/**
 * @file
 * Packets for tests: builders that return frames with an Ethernet header from pg_mac_peer to
 * pg_mac_us and right checksums, tools that change them, and a check of everything. Written apart
 * from dataplane/pkt on purpose: nothing here uses the code under test.
 *
 * Addresses are text, ports and lengths in host order. Defaults: TTL 64, TOS 0, ID 0x1234, DF
 * clear, payload a counting pattern. A builder that finds no mbuf aborts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define PG_ETH     14
#define PG_IP      20
#define PG_LEN_MAX (65535 + 64)

extern const struct rte_ether_addr pg_mac_us;   /* 02:00:00:00:00:01 */
extern const struct rte_ether_addr pg_mac_peer; /* 02:00:00:00:00:aa */

/** IPv4 address of a text; aborts if it is none. */
rte_be32_t pg_addr(const char *text);

/** Address of the i-th of many outside hosts, each in a network of its own. Valid until the next call. */
const char *pg_stranger(unsigned int i);

/** An IPv4 header; zero members are the defaults. */
struct pg_ip4 {
	const char *src;
	const char *dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	uint16_t id;
	bool df;
	const void *opt; /* options, a multiple of four octets */
	size_t opt_len;
};

/** Any octets as a frame, in as many segments as they need. */
struct rte_mbuf *pg_bytes(struct rte_mempool *mp, const void *bytes, size_t len);

/** An IPv4 packet with these octets behind its header. Its transport checksum is filled in. */
struct rte_mbuf *pg_ip4(struct rte_mempool *mp, const struct pg_ip4 *h, const void *l4, size_t len);

/** UDP. */
struct rte_mbuf *pg_udp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst,
		uint16_t dport, size_t payload_len);

/** TCP without options; sequence number 1000, acknowledgement 2000 if flags have ACK. */
struct rte_mbuf *pg_tcp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst,
		uint16_t dport, uint8_t flags, size_t payload_len);

/** ICMP query or reply of any type that has an identifier. */
struct rte_mbuf *pg_icmp_query(struct rte_mempool *mp, const char *src, const char *dst,
		uint8_t type, uint16_t ident, size_t payload_len);

/**
 * ICMP error about a frame.
 *
 * @param rest       second word of the ICMP header, host order: 3/4 has the MTU in its low half, RFC
 *   4884 a length in its second octet
 * @param quote_len  octets of the frame's IPv4 packet that are quoted; longer than it: padded with 0
 */
struct rte_mbuf *
pg_icmp_error(struct rte_mempool *mp, const char *src, const char *dst, uint8_t type, uint8_t code,
		uint32_t rest, const struct rte_mbuf *about, size_t quote_len);

/** ARP request (op 1, broadcast) or reply (op 2). */
struct rte_mbuf *
pg_arp(struct rte_mempool *mp, uint16_t op, const char *sender, const char *target);

/** IPv6 with a payload pattern; addresses are 2001:db8::1 to 2001:db8::2. */
struct rte_mbuf *pg_ip6(struct rte_mempool *mp, uint8_t next_header, size_t payload_len);

/** One fragment of a frame's IPv4 packet: len octets from off, in units of octets. */
struct rte_mbuf *
pg_slice(struct rte_mempool *mp, const struct rte_mbuf *m, size_t off, size_t len, bool more);

/** Cut a frame's IPv4 packet so that none is longer than the MTU. @return number of fragments */
unsigned int pg_fragment(struct rte_mempool *mp, const struct rte_mbuf *m, size_t mtu,
		struct rte_mbuf **out, unsigned int max);

/**
 * The same frame in two segments, the second from octet @p at; frees the original. At 0 the first
 * segment is empty.
 *
 * @param tight  no tailroom behind the first segment's data but what alignment to two needs
 */
struct rte_mbuf *pg_split(struct rte_mempool *mp, struct rte_mbuf *m, size_t at, bool tight);

/** Put an 802.1Q tag into a frame; frees the original. */
struct rte_mbuf *pg_vlan(struct rte_mempool *mp, struct rte_mbuf *m, uint16_t tci);

/** The same frame cut to, or padded with zeros to, a length; frees the original. */
struct rte_mbuf *pg_resize(struct rte_mempool *mp, struct rte_mbuf *m, size_t len);

/** Copy a frame's octets. @return its length */
size_t pg_read(const struct rte_mbuf *m, void *buf, size_t size);

/** IPv4 header of an untagged frame. */
struct rte_ipv4_hdr *pg_ip(struct rte_mbuf *m);

/** Transport header of an untagged IPv4 frame. */
void *pg_l4(struct rte_mbuf *m);

/** Make the IPv4, TCP, UDP and ICMP checksums right again; a UDP checksum of 0 stays. */
void pg_fix(struct rte_mbuf *m);

/** Whether len octets from off of a frame are the counting pattern from its octet number first. */
bool pg_is_pattern(const struct rte_mbuf *m, size_t off, size_t len, size_t first);

/**
 * Check a frame: mbuf chain, lengths, IPv4 header checksum, TCP, UDP and ICMP checksums (not of
 * fragments), and what an ICMP error quotes: header checksum, and transport checksum if it is whole.
 *
 * @return NULL if everything is right, else what is not
 */
const char *pktgen_verify(const struct rte_mbuf *m);

/** The same for a packet that begins with its IPv4 header. */
const char *pktgen_verify_ip4(const struct rte_mbuf *m);

#endif /* CGN_TEST_PKTGEN_H */
