/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_RECORD_H
#define CGN_TAP_RECORD_H

/**
 * @file
 * What workers tell of packets while an operator traces or captures (cgnctl trace-packets, cgnctl capture).
 *
 * The control thread gives each worker a door: the question, and a ring for the answers. A worker writes records into its
 * ring and never waits: if the ring is full, it counts the record as lost. The control thread sends all records as one
 * stream to cgnctl. The stream begins with a struct cgn_tap_names and ends with a struct cgn_tap_end. cgnd and cgnctl run
 * on the same machine, so records have its byte order. CGN_TAP_FORMAT changes with their layout.
 *
 * Units:   addresses and ports in network order; lengths in octets. All records begin at a multiple of eight octets.
 */

#include "shared/addr.h"
#include "shared/limits.h"
#include "shared/tap_ring.h"
#include "shared/verdict.h"

struct bpf_insn;

#define CGN_TAP_FORMAT     1
#define CGN_TAP_FRAMES_MAX 9 /* of one record: the one that came, and eight that left */
#define CGN_TAP_SNAP_MAX \
	16384 /* octets of a frame that are kept; larger than every frame of CGN_MTU_MAX */
#define CGN_TAP_SNAP_TRACE \
	192 /* octets of a frame that a trace needs: headers, and those of a quoted packet */

/** Kinds of records. */
enum cgn_tap_kind {
	CGN_TAP_PAD = CGN_TAP_RING_PAD,
	CGN_TAP_NAMES,
	CGN_TAP_PACKET,
	CGN_TAP_END,
};

/** How a packet came to the worker. */
enum cgn_tap_entry {
	CGN_TAP_RECEIVED, /* by a port */
	CGN_TAP_HANDED,   /* as received by a port, from another worker */
	CGN_TAP_HAIRPIN,  /* translated by another worker, to a pool address of this one */
	CGN_TAP_LATER,    /* it was held; this is what became of it */
	CGN_TAP_LEFT,     /* a frame that left by a port; what it was before is not known */
};

/** What became of a packet. */
enum cgn_tap_fate {
	CGN_TAP_DECIDED, /* it has its verdict */
	CGN_TAP_PASSED,  /* handed over to the worker `to_worker` */
	CGN_TAP_HELD,    /* it waits for its next hop, or for the rest of its datagram */
};

/** Result of a look-up of a mapping. */
enum cgn_tap_found {
	CGN_TAP_NOT_SOUGHT,
	CGN_TAP_NONE,
	CGN_TAP_FOUND,
	CGN_TAP_MADE,      /* by this packet */
	CGN_TAP_HOLD_DOWN, /* the external port is in hold-down */
	CGN_TAP_ELSEWHERE, /* another worker has the tables for this key */
};

/** A look-up of a mapping. If none was found, only the end that was the key is set. */
struct cgn_tap_mapping {
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	rte_be32_t rem_addr; /* of its first session; 0: none */
	rte_be16_t rem_port;
	uint8_t found; /* enum cgn_tap_found */
	uint8_t flags; /* CGN_MAPPING_* */
	uint32_t realm;
	uint8_t tcp_state;
	uint8_t pad[3];
};

/** State of a next hop. */
enum cgn_tap_hop_state {
	CGN_TAP_HOP_NOT_SOUGHT,
	CGN_TAP_HOP_NO_ROUTE,
	CGN_TAP_HOP_UNRESOLVED, /* its MAC address is not known */
	CGN_TAP_HOP_KNOWN,
};

/** A look-up of a next hop. */
struct cgn_tap_hop {
	struct cgn_ip to;   /* the address that was looked up */
	struct cgn_ip addr; /* the neighbour: a gateway, or `to` itself on a link */
	uint8_t state;      /* enum cgn_tap_hop_state */
	uint8_t port;
	uint16_t mtu;
	uint8_t mac[6];
	uint8_t pad[2];
};

/** Names of the ports, by index. */
struct cgn_tap_names {
	struct cgn_tap_head head;
	uint32_t n_ports;
	uint32_t pad;
	char port[CGN_PORTS_MAX][CGN_NAME_MAX];
};

/** A packet on its way through a worker. Its frames follow it. */
struct cgn_tap_record {
	struct cgn_tap_head head;
	uint64_t time_ns; /* since 1970 */
	uint32_t number; /* of the packet at this worker, from 1 on; a LATER record has that of its packet */
	uint16_t worker;
	uint16_t to_worker;
	uint8_t entry;   /* enum cgn_tap_entry */
	uint8_t fate;    /* enum cgn_tap_fate */
	uint8_t verdict; /* enum cgn_verdict; CGN_V_NONE: none yet, or cgnd itself made the packet */
	uint8_t parsed;  /* what the parser says: CGN_V_NONE or a verdict */
	uint8_t port;    /* the port that received it; LEFT: the port that sends it */
	uint8_t side;    /* enum cgn_side of this port */
	uint8_t l4; /* protocol number of the IPv4 packet, which may be in a softwire; 0: none */
	uint8_t n_frames;
	bool is_fragment;
	bool is_error;    /* an ICMP error: mappings are looked up for the packet that it quotes */
	bool has_asked;   /* the control thread was asked to resolve an address */
	bool is_punted;   /* it is on its way to the control thread */
	uint32_t n_parts; /* a datagram was completed: fragments that became part of it */
	rte_be32_t src;   /* of the IPv4 packet, which may be in a softwire; 0: none */
	rte_be32_t dst;
	rte_be16_t id; /* of the IPv4 packet */
	uint16_t pad;
	struct cgn_ip6 b4; /* address of the B4 that it came from; zero: not behind a softwire */
	struct cgn_tap_mapping from; /* looked up by the inside endpoint */
	struct cgn_tap_mapping to;   /* looked up by the external endpoint */
	struct cgn_tap_hop back;     /* to its source inside */
	struct cgn_tap_hop hop;      /* to where it goes */
	char group[CGN_NAME_MAX];    /* of its subscriber; "": none */
	uint32_t pad2;
};
static_assert(sizeof(struct cgn_tap_record) % 8 == 0, "frames follow at a multiple of eight");

/** A frame of a record. The first caplen octets of it follow, and padding to a multiple of eight. */
struct cgn_tap_frame {
	uint32_t size;   /* with the octets and the padding */
	uint32_t len;    /* of the frame */
	uint32_t caplen; /* octets that follow */
	uint8_t port;
	bool is_sent;   /* it left by the port; else it came by it */
	bool is_wanted; /* a capture writes it into its file */
	uint8_t pad;
};
static_assert(sizeof(struct cgn_tap_frame) % 8 == 0, "octets follow at a multiple of eight");

/** Most octets of a record. */
#define CGN_TAP_RECORD_MAX               \
	(sizeof(struct cgn_tap_record) + \
			CGN_TAP_FRAMES_MAX * (sizeof(struct cgn_tap_frame) + CGN_TAP_SNAP_MAX))

/** Why a stream has ended. */
enum cgn_tap_why {
	CGN_TAP_WHY_COUNT, /* as many records as asked for */
	CGN_TAP_WHY_TIME,
	CGN_TAP_WHY_ASKED, /* cgnctl has asked for it */
	CGN_TAP_WHY_SILENT, /* it should end, and a worker does not answer: records of it may be missing */
};

/** The last record of a stream. */
struct cgn_tap_end {
	struct cgn_tap_head head;
	uint32_t why; /* enum cgn_tap_why */
	uint32_t pad;
	uint64_t n;    /* records of packets */
	uint64_t lost; /* records for which the ring had no room */
};

/** What is wanted of the workers. The control thread fills it; workers only read it. */
struct cgn_tap_ask {
	bool is_capture; /* frames of `port`, whole; else all packets with what was looked up for them */
	bool has_verdicts;
	uint8_t verdicts[CGN_V_COUNT]; /* 1: only packets with one of these verdicts */
	uint16_t port;                 /* CGN_PORTS_MAX: any */
	uint16_t snap;                 /* octets of a frame */
	struct cgn_prefix
			subscriber; /* inside address, or of a home; is_ip6 false and len 0: any */
	rte_be32_t ext_addr;        /* 0: any */
	rte_be16_t ext_port;        /* 0: any */
	const struct bpf_insn *filter; /* checked (shared/tap_filter.h); NULL: any frame */
};

/** What a worker and the control thread share while a trace or a capture runs. */
struct cgn_tap_door {
	const struct cgn_tap_ask *ask;
	struct cgn_tap_ring ring;
	_Atomic(int64_t) *left; /* records that all workers together may still write */
	_Atomic(uint64_t) lost; /* only the worker writes it */
};

#endif /* CGN_TAP_RECORD_H */
