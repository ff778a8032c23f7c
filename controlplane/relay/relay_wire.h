/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_WIRE_H
#define CGN_RELAY_WIRE_H

/**
 * @file
 * What the relay asks the NAT in front, apart from the octets of NAT-PMP and PCP. Each of the two protocols has a struct
 * cgn_relay_wire that writes questions and reads answers.
 *
 * PCP has no request for the external address. To learn the address, the relay asks for a mapping that lives for
 * CGN_RELAY_PROBE_S (RFC 6887 section 11.6). It maps TCP port 5350 of the WAN address, because no client gets this port,
 * nothing listens to it, and many servers refuse ports below 1024. When the address is known, CGN_RELAY_ADDRESS_END
 * deletes this mapping, because a server limits the mappings of a client. Later, ANNOUNCE asks whether the server lives,
 * and what its epoch is.
 *
 * Source:  RFC 6886 sections 3.2 and 3.3, RFC 6887 sections 7, 11 and 14, RFC 7648 section 3.
 * Units:   ports in host order, addresses in network order, seconds.
 * Threads: any. Pure.
 */

#include "controlplane/lease/lease_owner.h"
#include "controlplane/lease/lease_pass.h"
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/relay/relay_epoch.h"
#include "shared/addr.h"
#include "shared/wellknown.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_RELAY_WIRE_MAX   1100 /* octets of the longest message (RFC 6887 section 7) */
#define CGN_RELAY_PROBE_PORT CGN_NATPMP_ANNOUNCE_PORT
#define CGN_RELAY_PROBE_S    120

/** What the relay asks for. */
enum cgn_relay_op {
	CGN_RELAY_ADDRESS,     /* the external address, and whether the server lives */
	CGN_RELAY_ADDRESS_END, /* the end of the mapping that told the address. Only PCP has it */
	CGN_RELAY_MAP,         /* a mapping, or the end of one */
	CGN_RELAY_FOR_HOST, /* what a host of a B4 asks for. It is written already. Only PCP has it */
};

/** A question to the NAT in front. */
struct cgn_relay_question {
	enum cgn_relay_op op;
	uint8_t proto;       /* enum cgn_proto */
	uint16_t in_port;    /* of the WAN address */
	uint16_t ext_port;   /* suggested; 0: any */
	rte_be32_t ext_addr; /* suggested; 0: any. Only PCP has it */
	bool must_have_ext;  /* only the suggested pair will do (PREFER_FAILURE). Only PCP has it */
	uint32_t lifetime_s; /* 0: delete */
	uint8_t nonce[CGN_LEASE_NONCE]; /* only PCP has it */
	const struct cgn_pcp_request *
			request; /* CGN_RELAY_FOR_HOST: what message has; both outlive the question */
	const struct cgn_pcp_message *message;
	bool only_pcp; /* only the nonce makes the question safe: NAT-PMP asks for the address instead */
	/** Options that are passed on; NULL: none. Only PCP has them. NAT-PMP asks for the address if they are needed. */
	struct cgn_lease_pass *pass;
};

/** Kinds of messages of a server. */
enum cgn_relay_kind {
	CGN_RELAY_SAYS_ADDRESS, /* the external address, or why there is none */
	CGN_RELAY_SAYS_ALIVE,   /* ANNOUNCE of PCP: only the epoch */
	CGN_RELAY_SAYS_ENDED,   /* the mapping that told the address has ended */
	CGN_RELAY_SAYS_MAP,
	CGN_RELAY_SAYS_VERSION, /* it does not speak the protocol of the question */
	CGN_RELAY_SAYS_OTHER,   /* something that the relay does not ask for */
};

/** A message of the NAT in front: an answer or an announcement. */
struct cgn_relay_said {
	enum cgn_relay_kind kind;
	uint8_t version; /* as in the message. With CGN_RELAY_SAYS_VERSION: one that the server speaks */
	uint8_t opcode;  /* as in the message; only to tell answers of NAT-PMP apart */
	uint16_t result; /* a code of the protocol; 0: success */
	uint32_t epoch_s;
	bool has_ports; /* the fields of a mapping are set. A short error of NAT-PMP has none */
	bool has_ext;   /* the message says the external address */
	rte_be32_t ext; /* 0: there is none */
	uint8_t proto;  /* enum cgn_proto; CGN_PROTO_COUNT: neither UDP nor TCP */
	uint16_t in_port;
	uint16_t ext_port;
	uint32_t lifetime_s; /* of the mapping, also the one that told the address; PCP: or of the error */
	uint8_t nonce[CGN_LEASE_NONCE];
	struct cgn_pcp_cursor rest; /* options of PCP, inside the message */
	const uint8_t *data;        /* the message itself, valid as long as the datagram */
	size_t len;
};

/** A protocol. */
struct cgn_relay_wire {
	enum cgn_lease_by by;
	const char *name;   /* as in natpmp.upstream_protocol */
	uint32_t gap_ms;    /* until the first repetition; each next wait is twice as long */
	bool has_rand;      /* each wait is longer or shorter by up to a tenth, at random */
	unsigned int tries; /* packets of a question */
	/**
	 * Write a question.
	 *
	 * @param client   the address that the datagram is sent from. An IPv6 address is that of a B4, which asks for its
	 *                 inner address 192.0.0.2 (RFC 7648 section 3.3)
	 * @param has_ext  the external address is known; only the epoch is of interest
	 * @return octets
	 */
	size_t (*write)(uint8_t buf[static CGN_RELAY_WIRE_MAX], const struct cgn_relay_question *q,
			const struct cgn_ip *client, bool has_ext);
	/** Read a message of a server. @return false: it is none */
	bool (*read)(struct cgn_relay_said *out, const uint8_t *data, size_t len);
	/** Whether a message may be the answer to a question. */
	bool (*fits)(const struct cgn_relay_question *q, const struct cgn_relay_said *x);
	/** Take an epoch, by the rule of the protocol (relay_epoch.h). @return true: the server has lost its state */
	bool (*take_epoch)(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms);
	/** Convert a result code to -errno. @return 0: success; -EREMOTEIO: no errno fits the code */
	int (*to_errno)(uint16_t result);
};

/** The two protocols. */
extern const struct cgn_relay_wire cgn_relay_wire_natpmp;
extern const struct cgn_relay_wire cgn_relay_wire_pcp;

/** Whether a question makes sense for PCP only, because the client needs what it passes on. */
bool cgn_relay_wire_needs_pcp(const struct cgn_relay_question *q);

/** The protocol of a message, by its version. Version 0 is NAT-PMP. */
const struct cgn_relay_wire *cgn_relay_wire_of(const uint8_t *data, size_t len);

#endif /* CGN_RELAY_WIRE_H */
