/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_FORMAT_H
#define CGN_STATE_FORMAT_H

/**
 * @file
 * The format in which the state of workers is saved, so that another cgnd can go on with it. Another program can read or
 * write it by this description alone.
 *
 * The state is a sequence of chunks. A chunk is a header (struct cgn_state_chunk) and records behind it, without gaps.
 * Each chunk can be read alone. It is whole if its length, its magic and its checksum are right. The chunks of one worker
 * are a stream: they are numbered, and the last one has CGN_STATE_LAST.
 *
 * A record begins with struct cgn_state_record: its type and its length, both with this header. The length is a multiple
 * of 8. A record of each type has one shape. Only a mapping may be longer than its shape: its filters follow.
 *
 * Records refer to each other by what they are about, never by places: a block names the prefix of its subscriber, a
 * session the inside endpoint of its mapping. What a record needs comes before it in its stream. A reader drops a
 * record whose subscriber or mapping it does not have.
 *
 * Integers are little endian. Addresses, transport ports and numbers of TCP are as in packets. A port of the address
 * pools in a span (first, last) is an integer. Octets without a meaning (pad) are 0.
 *
 * Times are ages or times that are left, in ticks of 1/16 s, at the time of the chunk. That is a time of the clock of the
 * machine that never stops and is never set (CLOCK_BOOTTIME of Linux). So ages go on between writing and reading.
 */

#include "shared/addr.h"

#include <stddef.h>

#define CGN_STATE_MAGIC "cgnstate"
#ifndef CGN_STATE_VERSION /* a test builds a cgnd with another one */
#define CGN_STATE_VERSION 1
#endif
#define CGN_STATE_CHUNK_MAX 8192u /* octets of a chunk: reading one takes 20 to 110 us */

#define CGN_STATE_LAST      0x01 /* flag of a chunk: it is the last one of its stream */

/** What the records of a chunk are about. */
enum cgn_state_kind {
	CGN_STATE_OF_WORKER = 1, /* enum cgn_state_type */
};

/** The header of a chunk. */
struct cgn_state_chunk {
	uint8_t magic[8]; /* CGN_STATE_MAGIC */
	rte_le16_t version;
	uint8_t kind;         /* enum cgn_state_kind */
	uint8_t flags;        /* CGN_STATE_LAST */
	rte_le16_t worker;    /* that has written it, from 0 on */
	rte_le16_t n_workers; /* of that cgnd */
	rte_le32_t length;    /* octets, with this header */
	rte_le32_t n_records;
	rte_le32_t serial; /* number of the chunk in its stream, from 0 on */
	rte_le32_t checksum; /* CRC-32C (RFC 3720 section 12.1) of the whole chunk, with 0 in this field */
	rte_le64_t time_ms; /* milliseconds of the clock of all times in the records */
	uint8_t pad[8];
};
static_assert(sizeof(struct cgn_state_chunk) == 48, "part of the format");

/** Types of records. Those of blocks follow that of their subscriber; else a stream has them in this order. */
enum cgn_state_type {
	CGN_STATE_IDENTS = 1,
	CGN_STATE_HOME,
	CGN_STATE_SUBSCRIBER,
	CGN_STATE_BLOCK,
	CGN_STATE_GUARD,
	CGN_STATE_MAPPING,
	CGN_STATE_SESSION,
	CGN_STATE_HOLD,
	CGN_STATE_TYPE_COUNT,
};

/** The header of a record. */
struct cgn_state_record {
	rte_le16_t type;   /* enum cgn_state_type */
	rte_le16_t length; /* octets, with this header */
};

/** A subscriber: its prefix. */
struct cgn_state_who {
	uint8_t addr[16]; /* the first address; IPv4 in the first four octets, 0 behind them */
	uint8_t len;
	uint8_t is_ip6; /* 1: a home behind a softwire */
	uint8_t pad[2];
};

/** Counters per IPv4 ID of CGN_STATE_IDENTS. */
#define CGN_STATE_IDENTS_N 512u

/** CGN_STATE_IDENTS: a part of the worker's next IPv4 IDs. Only a worker with the same place among as many goes on. */
struct cgn_state_idents {
	struct cgn_state_record hdr;
	rte_le16_t first; /* place of the first one; a multiple of CGN_STATE_IDENTS_N */
	uint8_t pad[2];
	rte_le16_t next[CGN_STATE_IDENTS_N];
};
static_assert(sizeof(struct cgn_state_idents) == 1032, "part of the format");

#define CGN_STATE_HOME_SEEN  0x01 /* a packet has come from b4 */
#define CGN_STATE_HOME_MOVED 0x02 /* moved_age counts */

/** CGN_STATE_HOME: a softwire. */
struct cgn_state_home {
	struct cgn_state_record hdr;
	uint8_t prefix_len;
	uint8_t flags;       /* CGN_STATE_HOME_* */
	rte_le16_t path_mtu; /* octets of an IPv6 packet; 0: not learned */
	struct cgn_ip6 b4;
	struct cgn_ip6 prefix;
	rte_le32_t seen_age;  /* of the last packet */
	rte_le32_t moved_age; /* since b4 has changed */
	rte_le32_t mtu_age;   /* since path_mtu was learned */
	uint8_t pad[4];
};
static_assert(sizeof(struct cgn_state_home) == 56, "part of the format");

/** CGN_STATE_SUBSCRIBER: a subscriber and the external address that it is paired with. */
struct cgn_state_subscriber {
	struct cgn_state_record hdr;
	struct cgn_state_who who;
	rte_be32_t ext_addr;
	rte_le32_t tokens;     /* for new mappings, in 1/16 of one */
	rte_le32_t tokens_age; /* when there were so many */
	rte_le32_t idle_age;   /* since it has had no port; without a meaning if it has one */
	rte_le64_t mappings_total;
	rte_le64_t refused_total;
	rte_le32_t mappings_peak;
	rte_le32_t sessions_peak;
	rte_le16_t blocks_peak;
	uint8_t reached; /* bit 0: its threshold of mappings, bit 1: that of its own range */
	uint8_t pad[5];
};
static_assert(sizeof(struct cgn_state_subscriber) == 72, "part of the format");

/** CGN_STATE_BLOCK: a block of ports of the subscriber's external address that belongs to the subscriber. */
struct cgn_state_block {
	struct cgn_state_record hdr;
	struct cgn_state_who who;
	rte_be32_t ext_addr;
	rte_le16_t first;
	rte_le16_t last; /* inclusive */
};
static_assert(sizeof(struct cgn_state_block) == 32, "part of the format");

/** CGN_STATE_GUARD: a block that nobody gets yet. */
struct cgn_state_guard {
	struct cgn_state_record hdr;
	rte_be32_t ext_addr;
	rte_le16_t first;
	rte_le16_t last; /* inclusive */
	rte_le32_t age;  /* since its subscriber gave it back */
};
static_assert(sizeof(struct cgn_state_guard) == 16, "part of the format");

/** An inside endpoint. */
struct cgn_state_in {
	struct cgn_ip6 home; /* prefix of the home; 0: not behind a softwire */
	rte_be32_t addr;
	rte_be16_t port;
	uint8_t proto; /* enum cgn_proto: 0 UDP, 1 TCP, 2 ICMP with the identifier as port */
	uint8_t pad;
};
static_assert(sizeof(struct cgn_state_in) == 24, "part of the format");

/** A filter of a lease, behind its mapping. */
struct cgn_state_filter {
	rte_be32_t addr;
	rte_be16_t port; /* 0: all */
	uint8_t len;
	uint8_t pad;
};
static_assert(sizeof(struct cgn_state_filter) == 8, "part of the format");

/** CGN_STATE_MAPPING: a mapping, with its first connection if it is one of TCP. n_filters filters follow. */
struct cgn_state_mapping {
	struct cgn_state_record hdr;
	uint8_t pad;
	uint8_t flags;     /* CGN_MAPPING_* of shared/table.h, without _FILTERED */
	uint8_t tcp_state; /* enum cgn_tcp_state; 0: there is no connection */
	uint8_t n_filters;
	struct cgn_state_in in;
	rte_be32_t ext_addr;
	rte_be16_t ext_port;
	rte_be16_t rem_port;
	rte_be32_t rem_addr; /* of the first connection; UDP, ICMP: of the first packet */
	rte_le32_t in_if; /* CRC-32C of the name of the port that received its last packet from inside */
	rte_le32_t age;        /* of its last use */
	rte_le32_t lease_left; /* of a lease */
};
static_assert(sizeof(struct cgn_state_mapping) == 56, "part of the format");

#define CGN_STATE_FROM_OUTSIDE 0x01 /* session: a remote host has opened it */
#define CGN_STATE_UNPROVEN     0x02 /* that has not proved its address */
#define CGN_STATE_ANSWERED     0x04 /* unproven: the inside has sent from ack_out to sent_end */

/** CGN_STATE_SESSION: a further connection of a mapping, or a filter entry. */
struct cgn_state_session {
	struct cgn_state_record hdr;
	uint8_t state; /* enum cgn_tcp_state */
	uint8_t marks; /* CGN_STATE_FROM_OUTSIDE, ... */
	rte_be16_t rem_port;
	struct cgn_state_in in;
	rte_be32_t rem_addr;
	rte_le32_t age;    /* of its last use */
	rte_be32_t ack_in; /* the last acknowledgement of each end; 0: none */
	rte_be32_t ack_out;
	rte_le32_t sent_end;
	rte_be32_t ext_addr; /* of its mapping */
};
static_assert(sizeof(struct cgn_state_session) == 56, "part of the format");

/** CGN_STATE_HOLD: a port in hold-down. */
struct cgn_state_hold {
	struct cgn_state_record hdr;
	uint8_t pad[4];
	struct cgn_state_in in; /* that had it */
	rte_be32_t ext_addr;
	rte_be16_t ext_port;
	uint8_t pad2[2];
	rte_le32_t left;
	uint8_t pad3[4];
};
static_assert(sizeof(struct cgn_state_hold) == 48, "part of the format");

#endif /* CGN_STATE_FORMAT_H */
