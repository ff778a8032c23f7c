/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_CONFPLAN_H
#define CGN_TEST_CONFPLAN_H

/**
 * @file
 * Random configurations of pools, groups and the NAT, as text of a file: each one is a change of the one before.
 *
 * The ports are those of the fixture. All times are 1 modulo 4, as the model wants them (model.h).
 */

#include "shared/addr.h"
#include "tests/support/modelrun.h"

#define CP_POOLS  3
#define CP_GROUPS 3
#define CP_UNITS  6 /* inside prefixes that groups can have */
#define CP_TIMES  3 /* sets of timeouts */

/** A fault, because of which cgnd must refuse a file, or needs a restart for it. */
enum cp_fault {
	CP_NO_FAULT,
	CP_UNKNOWN_KEY,
	CP_UNKNOWN_POOL,
	CP_POOLS_OVERLAP,
	CP_PREFIX_TWICE,
	CP_BLOCK_SIZE,
	CP_DRAIN_OUTSIDE,
	CP_EXCLUDE_OUTSIDE,
	CP_PORT_RANGE,
	CP_HOLD_DOWN,
	CP_STATIC_OUTSIDE,
	CP_WORKERS,
	CP_TABLE,
	CP_VLAN,
	CP_SUBSCRIBER_LEN,
	CP_FAULTS,
};

/** A pool. */
struct cp_pool {
	bool is_there;
	uint16_t name; /* how often it got another one */
	uint8_t first; /* last octet of its first address */
	uint8_t n;
	uint8_t excluded; /* last octet; 0: none */
	uint8_t drain;    /* last octet of the first drained address; 0: none */
	uint8_t n_drain;  /* addresses in a row */
	uint32_t drain_max_s;
	uint16_t port_min;
	uint16_t n_ports;
	uint16_t block_size; /* of its groups */
};

/** A group. */
struct cp_group {
	bool is_there;
	uint16_t name; /* how often it got another one */
	uint8_t pool;
	uint8_t units; /* a bit for each prefix */
	uint8_t len;   /* of a subscriber */
	uint16_t blocks_max;
	uint16_t mappings_max;
	uint16_t mappings_of_max[CGN_PROTO_COUNT];
	uint16_t leases_max;
	uint16_t leases_reserve;
};

/** What a configuration says. */
struct confplan {
	unsigned int workers;
	enum cp_fault fault;
	struct cp_pool pools[CP_POOLS];
	struct cp_group groups[CP_GROUPS];
	bool is_reversed;     /* the order of pools and groups in the file */
	uint8_t filtering[2]; /* of UDP and TCP: enum cgn_filtering */
	bool hairpin;
	bool preserve;
	bool parity;
	bool refresh;
	bool syn_unreachable;
	uint32_t hold_down_s;
	uint32_t guard_s;
	uint8_t times; /* a higher one has longer timeouts */
};

/** A first plan: one pool and one group. */
void confplan_init(struct confplan *p, struct mr *r, unsigned int workers);

/** Change something. The result may be a configuration that cgnd refuses. */
void confplan_change(struct confplan *p, struct mr *r);

/** The timeouts of a new process: shorter or longer ones. A reload only makes them longer, because running timers go on. */
void confplan_new_times(struct confplan *p, struct mr *r);

/** Give a plan a fault. @param in_use  the plan in force: a new group may have any value */
void confplan_spoil(struct confplan *p, const struct confplan *in_use, struct mr *r);

/** The file. @return its text, to be freed */
char *confplan_text(const struct confplan *p);

/** Inside addresses of all prefixes that groups can have. @return how many */
unsigned int confplan_hosts(uint32_t hosts[static MR_HOSTS]);

#endif /* CGN_TEST_CONFPLAN_H */
