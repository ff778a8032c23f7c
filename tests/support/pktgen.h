/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PKTGEN_H
#define CGN_TEST_PKTGEN_H

/**
 * @file
 * Packets for tests. There are builders, functions that change frames, and a check of a whole frame.
 * Builders return frames with an Ethernet header from pg_mac_peer to pg_mac_us and with right checksums.
 * Nothing here uses dataplane/pkt, because that is code under test.
 *
 * Addresses are text, ports and lengths in host order. Defaults: TTL 64, TOS 0, ID 0x1234, DF clear, and a
 * counting pattern as payload. If no mbuf is left, a builder aborts the program.
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

/** The IPv4 address in a text. The program aborts if the text is not an address. */
rte_be32_t pg_addr(const char *text);

/**
 * Address of remote host number @p i. Each is in another network. The text is valid until the next call.
 */
const char *pg_stranger(unsigned int i);

/** An IPv4 header. Members that are zero have the default values. */
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

/** A frame of any octets, in as many segments as necessary. */
struct rte_mbuf *pg_bytes(struct rte_mempool *mp, const void *bytes, size_t len);

/** An IPv4 packet with these octets behind its header. The transport checksum is filled in. */
struct rte_mbuf *pg_ip4(struct rte_mempool *mp, const struct pg_ip4 *h, const void *l4, size_t len);

/** UDP. */
struct rte_mbuf *pg_udp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst,
		uint16_t dport, size_t payload_len);

/** TCP without options. The sequence number is 1000. The acknowledgement is 2000 if @p flags has ACK. */
struct rte_mbuf *pg_tcp(struct rte_mempool *mp, const char *src, uint16_t sport, const char *dst,
		uint16_t dport, uint8_t flags, size_t payload_len);

/** ICMP query or reply of any type that has an identifier. */
struct rte_mbuf *pg_icmp_query(struct rte_mempool *mp, const char *src, const char *dst,
		uint8_t type, uint16_t ident, size_t payload_len);

/**
 * ICMP error about a frame.
 *
 * @param rest       second word of the ICMP header, host order. For type 3 code 4 the low half is the MTU.
 *   For RFC 4884 the second octet is a length.
 * @param quote_len  octets to quote of the frame's IPv4 packet; if the packet is shorter, zeros are added
 */
struct rte_mbuf *
pg_icmp_error(struct rte_mempool *mp, const char *src, const char *dst, uint8_t type, uint8_t code,
		uint32_t rest, const struct rte_mbuf *about, size_t quote_len);

/** ARP request (op 1, broadcast) or reply (op 2). */
struct rte_mbuf *
pg_arp(struct rte_mempool *mp, uint16_t op, const char *sender, const char *target);

/** IPv6 from 2001:db8::1 to 2001:db8::2, with the pattern as payload. */
struct rte_mbuf *pg_ip6(struct rte_mempool *mp, uint8_t next_header, size_t payload_len);

/** One fragment of a frame's IPv4 packet: @p len octets from octet @p off on. */
struct rte_mbuf *
pg_slice(struct rte_mempool *mp, const struct rte_mbuf *m, size_t off, size_t len, bool more);

/**
 * Cut a frame's IPv4 packet into fragments that are not longer than the MTU.
 *
 * @return number of fragments
 */
unsigned int pg_fragment(struct rte_mempool *mp, const struct rte_mbuf *m, size_t mtu,
		struct rte_mbuf **out, unsigned int max);

/**
 * Split a frame into two segments. The second begins at octet @p at. If that is 0, the first segment is
 * empty. The original is freed.
 *
 * @param tight  no tailroom behind the data of the first segment, except for alignment to two
 */
struct rte_mbuf *pg_split(struct rte_mempool *mp, struct rte_mbuf *m, size_t at, bool tight);

/** Put an 802.1Q tag into a frame. The original is freed. */
struct rte_mbuf *pg_vlan(struct rte_mempool *mp, struct rte_mbuf *m, uint16_t tci);

/** Cut a frame to a length, or pad it with zeros to this length. The original is freed. */
struct rte_mbuf *pg_resize(struct rte_mempool *mp, struct rte_mbuf *m, size_t len);

/** Copy a frame's octets. @return its length */
size_t pg_read(const struct rte_mbuf *m, void *buf, size_t size);

/** IPv4 header of an untagged frame. */
struct rte_ipv4_hdr *pg_ip(struct rte_mbuf *m);

/** Transport header of an untagged IPv4 frame. */
void *pg_l4(struct rte_mbuf *m);

/** Compute the IPv4, TCP, UDP and ICMP checksums again. A UDP checksum of 0 stays 0. */
void pg_fix(struct rte_mbuf *m);

/**
 * Whether @p len octets of a frame from octet @p off on are the counting pattern.
 *
 * @param first  number of the octet in the pattern that is expected at @p off
 */
bool pg_is_pattern(const struct rte_mbuf *m, size_t off, size_t len, size_t first);

/**
 * Check a frame: mbuf chain, lengths, IPv4 header checksum, TCP, UDP and ICMP checksums (not of fragments),
 * and the packet that an ICMP error quotes: its header checksum, and its transport checksum if the whole
 * packet is quoted.
 *
 * @return NULL if everything is right, else what is wrong
 */
const char *pktgen_verify(const struct rte_mbuf *m);

/** pktgen_verify() for a packet that begins with its IPv4 header. */
const char *pktgen_verify_ip4(const struct rte_mbuf *m);

#endif /* CGN_TEST_PKTGEN_H */
