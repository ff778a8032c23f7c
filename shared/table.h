/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TABLE_H
#define CGN_TABLE_H

/**
 * @file
 * Rows of the tables that the control thread reads from a worker. The worker copies them slice by slice.
 */

#include "shared/addr.h"
#include "shared/refusal.h"

#define CGN_MAPPING_IMPLICIT 0x00 /* made by traffic */
#define CGN_MAPPING_EXPLICIT 0x01 /* a lease (NAT-PMP, PCP) */
#define CGN_MAPPING_STATIC   0x02 /* by configuration */
#define CGN_MAPPING_EXACT    0x04 /* in commands: only this external endpoint will do (restore) */
#define CGN_MAPPING_AS_ASKED \
	0x40 /* in MAP_ADD: the external port, and the address if given, as asked, or no mapping */
#define CGN_MAPPING_UNDO 0x08 /* in MAP_DEL: undo the lease; a mapping that traffic uses stays */
#define CGN_MAPPING_AGES \
	0x10 /* of a lease, and in commands: it ends no sooner than traffic's mapping would */
#define CGN_MAPPING_FILTERED 0x20 /* of a lease: it has filters */
#define CGN_MAPPING_IF_LOST \
	0x20 /* in MAP_ADD: what is there stays as it is. With lifetime_s 0, nothing is made: -ENOENT */

#define CGN_MAPPING_PEER \
	0x80 /* a lease of the opcode PEER of PCP: it keeps connections that the inside has opened */
#define CGN_MAPPING_AS_IT_IS \
	0x08 /* in MAP_ADD, with _AS_ASKED: a mapping that exists may have another external port; as _UNDO */
#define CGN_MAPPING_LEASE \
	(CGN_MAPPING_EXPLICIT | CGN_MAPPING_PEER) /* it has an end, in both cases */

/** The kinds of mappings as the tables show them. */
enum cgn_table_kind {
	CGN_TABLE_ANY,
	CGN_TABLE_IMPLICIT,
	CGN_TABLE_EXPLICIT,
	CGN_TABLE_PEER,
	CGN_TABLE_STATIC,
};

/** The kind of a mapping. @param flags  CGN_MAPPING_* */
static inline enum cgn_table_kind
cgn_table_kind_of(uint8_t flags)
{
	return (flags & CGN_MAPPING_STATIC) != 0              ? CGN_TABLE_STATIC
			: (flags & CGN_MAPPING_EXPLICIT) != 0 ? CGN_TABLE_EXPLICIT
			: (flags & CGN_MAPPING_PEER) != 0     ? CGN_TABLE_PEER
							      : CGN_TABLE_IMPLICIT;
}

/** What a subscriber has. */
enum cgn_table_use {
	CGN_TABLE_USE_ANY,
	CGN_TABLE_USE_ACTIVE,  /* it has ports */
	CGN_TABLE_USE_IDLE,    /* it has an external address and no port */
	CGN_TABLE_USE_REFUSED, /* it was refused something within the last day, whatever it has */
};

/**
 * Which rows of a table are read. A row must meet each condition that is set. All zero, but for proto and tcp_state: all
 * rows.
 */
struct cgn_table_filter {
	struct cgn_prefix subscriber; /* its subscriber and this prefix overlap */
	bool has_subscriber;
	bool has_group;
	uint8_t group;       /* of its subscriber, index into conf groups */
	uint8_t proto;       /* enum cgn_proto; CGN_PROTO_COUNT: any */
	uint8_t kind;        /* enum cgn_table_kind */
	uint8_t tcp_state;   /* enum cgn_tcp_state; UINT8_MAX: any */
	uint8_t use;         /* enum cgn_table_use */
	rte_be16_t ext_port; /* 0: any */
	rte_be32_t ext_addr; /* 0: any */
};

/** One mapping. Addresses and ports in network order. */
struct cgn_mapping_info {
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	rte_be32_t rem_addr; /* remote endpoint of the first session; 0: none is known */
	rte_be16_t rem_port;
	uint8_t flags;     /* CGN_MAPPING_* */
	uint8_t tcp_state; /* enum cgn_tcp_state of the first session */
	uint32_t realm;
	uint32_t sessions;  /* further ones, besides the first */
	uint32_t expires_s; /* seconds left if no more packets come; UINT32_MAX: never expires */
	uint32_t pad;
	struct cgn_ip6 b4; /* address of its B4; zero: not behind a softwire */
};

/** One subscriber. */
struct cgn_subscriber_info {
	struct cgn_ip addr;
	uint8_t prefix_len;
	uint8_t group; /* index into conf groups */
	uint16_t blocks;
	uint16_t worker;
	rte_be32_t ext_addr; /* 0: not paired */
	struct cgn_ip6 b4;   /* address of its B4; zero: not known */
	uint32_t mappings;
	uint32_t sessions;
	uint32_t leases;
	uint64_t mappings_total;
	uint64_t refused_total;
	bool has_refusal;       /* it was refused something within the last day */
	uint32_t refused_ago_s; /* since the last refusal, if has_refusal */
	uint8_t refused_why;    /* of the last refusal, if has_refusal: enum cgn_refusal */
	bool is_idle;           /* it is paired and has no port */
};

/** Most blocks of a subscriber in a struct cgn_subscriber_detail. */
#define CGN_SUBSCRIBER_DETAIL_BLOCKS 16

/** What becomes of an external address of a worker (dataplane/nat/drain.h). */
enum cgn_drain_state {
	CGN_DRAIN_OPEN,     /* it is in use */
	CGN_DRAIN_DRAINING, /* it gets nothing new; what is on it may go on */
	CGN_DRAIN_ENDING,   /* what is left on it is being ended */
	CGN_DRAIN_EMPTY,    /* nothing is on it */
};

/** An external address that is taken out of use. */
struct cgn_drain_info {
	rte_be32_t addr;
	uint16_t pool; /* index into conf pools */
	uint8_t state; /* enum cgn_drain_state, not CGN_DRAIN_OPEN */
	uint8_t pad;
	uint32_t age_s;       /* since it was taken out of use */
	uint32_t left_s;      /* until what is left on it is ended; 0: now */
	uint32_t subscribers; /* paired with it */
	uint32_t blocks;      /* of subscribers */
	uint32_t ports;       /* with a mapping or in hold-down */
	uint32_t leases;      /* of the subscribers that have blocks of it */
	uint32_t ended;       /* mappings that were ended because its time was over */
};

/** All that a worker knows of one subscriber, or of a host that is none. */
struct cgn_subscriber_detail {
	bool is_member; /* the address is in a group; if not, nothing else is valid */
	bool is_subscriber; /* it is paired; if not, only addr, prefix_len, group and refusals are valid */
	bool is_idle;         /* it is paired and has no port */
	uint32_t idle_s;      /* since when it is idle */
	uint16_t blocks_peak; /* most since it became a subscriber */
	uint16_t n_blocks;    /* in `blocks` */
	uint32_t mappings_peak;
	uint32_t sessions_peak;
	struct cgn_subscriber_info info;
	struct {
		uint16_t first; /* ports, host order */
		uint16_t last;
	} blocks[CGN_SUBSCRIBER_DETAIL_BLOCKS];
	uint32_t ports;                       /* of all its blocks */
	uint32_t ports_used[CGN_PROTO_COUNT]; /* and how many are in use or in hold-down */
	struct {
		uint32_t n;
		uint32_t ago_s; /* since the last one */
	} refused[CGN_REFUSAL_COUNT];
};

/** Who has an external port. */
struct cgn_who_info {
	bool is_pool_addr;
	bool has_mapping;
	bool is_held;   /* in hold-down */
	bool has_owner; /* the port's block belongs to a subscriber */
	struct cgn_mapping_info mapping;
	struct cgn_subscriber_info subscriber;
};

#endif /* CGN_TABLE_H */
