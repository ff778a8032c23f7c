/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECORD_H
#define CGN_RECORD_H

/**
 * @file
 * A record: what happened, to whom, and when. With the records of cgnd an operator can tell who had an external port at
 * a time.
 *
 * A producer is a thread that makes records: each worker, the control thread and the exporter. It numbers its records
 * from 1 on. Records go through rings and queues of a fixed size. If one is full, records are lost. Then a record
 * CGN_RECORD_GAP takes their place in the order. It has the numbers of the first and the last lost record, and how many
 * were lost of each kind. It has no number of its own. So a reader sees each number of a producer exactly once, in order:
 * in a record or in a gap.
 *
 * CGN_RECORD_CHECKPOINT tells that a producer has made no record behind a number up to a time. So a reader knows that no
 * record is missing at the end of what it has. It has no number of its own either. It may be lost without a gap, because
 * the next one tells the same.
 *
 * Source:  RFC 6888 section 4, RFC 7768 section 2, RFC 8158 section 5.
 * A record of a lease refers to memory with a count of users. Who takes a record out of a ring or queue owns it, and
 * calls cgn_record_release() at the end.
 *
 * Units:   addresses in network order, ports in host order.
 */

#include "shared/addr.h"
#include "shared/record_event.h"

#include <stdatomic.h>
#include <stdlib.h>

/** Room for the counts of a gap. */
#define CGN_RECORD_KINDS_MAX 8
static_assert(CGN_RECORD_KIND_COUNT <= CGN_RECORD_KINDS_MAX, "a gap counts each kind");

/** Who had what: events of the kinds BLOCKS and BINDINGS. */
struct cgn_record_nat {
	struct cgn_ip inside; /* address of the subscriber's prefix; IPv6: of its home behind a softwire */
	rte_be32_t ext_addr; /* external address */
	uint16_t port_first; /* block: its first port; a claim is a block of one port (dataplane/nat/block.h) */
	uint16_t port_last; /* inclusive */
	uint32_t pool;      /* its number (shared/conf_pools.h) */
	uint8_t inside_len; /* bits of the prefix */
};

/** Why a lease was made or has ended. */
enum cgn_record_cause {
	CGN_RECORD_CAUSE_REQUEST,  /* a client has asked for it */
	CGN_RECORD_CAUSE_RESTORED, /* it is back after a restart */
	CGN_RECORD_CAUSE_EXPIRED,  /* its time is over */
	CGN_RECORD_CAUSE_REVOKED,  /* the operator has ended it */
	CGN_RECORD_CAUSE_LOST,     /* a worker could not bring it back after a restart */
	CGN_RECORD_CAUSE_DRAINED,  /* its external address is out of use */
	CGN_RECORD_CAUSE_COUNT,
};

/** The part of a lease that is too large for a record. All copies of the record share it. */
struct cgn_record_extra {
	_Atomic(uint32_t) n_users;
	struct cgn_ip6 b4;     /* address of the client's B4; zero: not behind a softwire */
	char peer[128];        /* identity of the authenticated peer; "": there is none */
	char description[388]; /* percent-encoded (shared/percent.h); "": there is none */
};

/** A lease: events of the kind LEASES. */
struct cgn_record_lease {
	struct cgn_record_extra *extra; /* the record is one of its users; NULL: there is none */
	rte_be32_t in_addr;             /* the client */
	rte_be32_t ext_addr;
	uint16_t in_port;
	uint16_t ext_port;
	uint32_t lifetime_s; /* that it has left; 0: it has ended */
	uint8_t proto;       /* enum cgn_proto */
	bool is_pcp;         /* who has asked for it last: PCP, or NAT-PMP */
	bool is_peer;        /* by the opcode PEER alone */
	uint8_t cause;       /* enum cgn_record_cause */
};

/** Something was refused, perhaps often: events of the kind QUOTAS. */
struct cgn_record_quota {
	/**
	 * Limits of a subscriber: address of its prefix. CGN_RECORD_LIMIT_FRAGMENTS: source of the fragment.
	 * CGN_RECORD_PORTS_EXHAUSTED: external address. Else not used.
	 */
	struct cgn_ip addr;
	uint32_t max;     /* value of the limit; exhausted: 0 */
	uint32_t refused; /* how often, since the last record of the same limit and party */
	uint32_t suppressed; /* further refusals, of others, that got no record of their own since the last record */
	uint32_t pool;    /* exhausted: its number */
	uint8_t addr_len; /* bits of the subscriber's prefix; 0: addr is no subscriber */
	uint8_t limit;    /* enum cgn_record_limit; CGN_RECORD_LIMIT_COUNT: exhausted */
	uint8_t proto;    /* enum cgn_proto; CGN_PROTO_COUNT: no special one */
};

/** A threshold was reached: CGN_RECORD_THRESHOLD_REACHED. */
struct cgn_record_threshold {
	struct cgn_ip inside; /* thresholds of a subscriber: address of its prefix */
	uint32_t mark;        /* value of the threshold */
	uint32_t value;       /* what was measured, in the unit of the threshold */
	uint32_t entries;     /* the same as a number: mappings, subscribers, sessions or homes */
	uint32_t pool;        /* thresholds of a pool: its number */
	uint8_t inside_len;   /* bits of the subscriber's prefix; 0: no subscriber */
	uint8_t threshold;    /* enum cgn_record_threshold_id */
	uint8_t proto; /* the protocol that was measured, enum cgn_proto; CGN_PROTO_COUNT: all */
};

/** A mapping or a session: events of the kinds MAPPINGS and SESSIONS. */
struct cgn_record_flow {
	struct cgn_ip6 b4;  /* address of the client's B4; zero: not behind a softwire */
	rte_be32_t in_addr; /* the client */
	rte_be32_t ext_addr;
	rte_be32_t rem_addr; /* session: the host outside; 0: not recorded (export.destinations), or not known */
	uint16_t in_port; /* or the identifier of ICMP, like ext_port */
	uint16_t ext_port;
	uint16_t rem_port; /* 0: not recorded, not known, any port, or ICMP */
	uint8_t proto;     /* enum cgn_proto */
};

/** What was lost: CGN_RECORD_GAP. The sum of lost[] is seq - first + 1, unless one of them has reached UINT32_MAX. */
struct cgn_record_gap {
	uint64_t first; /* number of the first lost record; the last one is in seq */
	uint32_t lost[CGN_RECORD_KINDS_MAX];
};

/** A record. It crosses rings and queues by value. */
struct cgn_record {
	/** Cycles of the time stamp counter; behind the exporter: milliseconds since 1970 UTC. */
	uint64_t time;
	uint64_t seq; /* number within the producer, from 1 on; CGN_RECORD_CHECKPOINT: of its last record, 0: none */
	uint16_t producer; /* a worker; behind the workers those of export.h */
	uint8_t event;     /* enum cgn_record_event */
	bool is_restored; /* a block, a pairing, a mapping or a session that a former process had */
	union {
		struct cgn_record_nat nat;
		struct cgn_record_lease lease;
		struct cgn_record_quota quota;
		struct cgn_record_threshold threshold;
		struct cgn_record_flow flow;
		struct cgn_record_gap gap;
		int64_t step_ms; /* CGN_RECORD_CLOCK_STEP: how far the wall clock went forward */
	};
};
static_assert(sizeof(struct cgn_record) == 64, "one cache line");

/** Whether a record has a number of its own, so that it is counted, and leaves a gap if it is lost. */
static inline bool
cgn_record_is_numbered(const struct cgn_record *r)
{
	return r->event != CGN_RECORD_GAP && r->event != CGN_RECORD_CHECKPOINT;
}

/** Add a user to what a record refers to. Call it for a copy. */
static inline void
cgn_record_hold(const struct cgn_record *r)
{
	if (cgn_record_kind_of(r->event) == CGN_RECORD_KIND_LEASES && r->lease.extra != NULL)
		atomic_fetch_add(&r->lease.extra->n_users, 1);
}

/** The record is not used any more. The last user frees what it refers to. */
static inline void
cgn_record_release(const struct cgn_record *r)
{
	if (cgn_record_kind_of(r->event) == CGN_RECORD_KIND_LEASES && r->lease.extra != NULL &&
			atomic_fetch_sub(&r->lease.extra->n_users, 1) == 1)
		free(r->lease.extra);
}

/** Number of records that a gap stands for. */
static inline uint64_t
cgn_record_gap_size(const struct cgn_record *gap)
{
	return gap->seq - gap->gap.first + 1;
}

/** Add to a count of a gap. A sink may be down for so long that the count does not fit: then it stays at UINT32_MAX. */
static inline void
cgn_record_gap_count(uint32_t *count, uint32_t n)
{
	*count = *count > UINT32_MAX - n ? UINT32_MAX : *count + n;
}

/**
 * Add a lost record to a gap. The record may be a gap, too.
 *
 * @param[in,out] gap  the gap; all zero: there is none yet
 * @param lost         comes directly behind the gap in the order of its producer
 */
static inline void
cgn_record_gap_add(struct cgn_record *gap, const struct cgn_record *lost)
{
	bool is_gap = lost->event == CGN_RECORD_GAP;

	if (gap->seq == 0) {
		*gap = (struct cgn_record){
			.time = lost->time,
			.producer = lost->producer,
			.event = CGN_RECORD_GAP,
			.gap.first = is_gap ? lost->gap.first : lost->seq,
		};
	}
	gap->seq = lost->seq;
	for (unsigned int k = 0; is_gap && k < CGN_RECORD_KINDS_MAX; k++)
		cgn_record_gap_count(&gap->gap.lost[k], lost->gap.lost[k]);
	if (!is_gap)
		cgn_record_gap_count(&gap->gap.lost[cgn_record_kind_of(lost->event)], 1);
}

#endif /* CGN_RECORD_H */
