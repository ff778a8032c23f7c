/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DET_H
#define CGN_DET_H

/**
 * @file
 * Deterministic NAT (RFC 7422): the formula that gives each subscriber of a group an outside address and a range of
 * ports, and that finds the subscriber of an outside endpoint. Both planes and cgnctl use it.
 *
 * The variables of the RFC:
 *   - I, inside: the prefixes of the group in the configured order. Subscribers are numbered from 0. If a subscriber is
 *     one IPv4 address, the first and the last address of a prefix have no number, unless the prefix is a /31 or a /32.
 *   - O, outside: the addresses of the pool in ascending order.
 *   - C, slots: subscribers per outside address, rounded up.
 *   - D, dynamic: shares of the ports that make the dynamic part of each address; 0: there is none.
 *   - M, ports_max: ports of one subscriber in one protocol.
 *   - A, algorithm: 0, sequential.
 *   - R, reserved: ports outside of the pool's port_range, and those that the group reserves.
 *
 * With U, the ports that are not reserved, in ascending order, and B = |U| / (C + D), rounded down: subscriber k has
 * outside address k / C and the ports U[k % C * B] to U[k % C * B + B - 1]. The ports from U[C * B] on are dynamic.
 *
 * Source:  RFC 7422 sections 2 and 2.3.
 * Units:   ports in host order.
 * Threads: read only after init.
 * Memory:  allocated in init; it does not refer to the configuration afterwards.
 */

#include "shared/conf.h"

#define CGN_DET_SLOTS_MAX 1024 /* C: all ports in ranges of CGN_BLOCK_MIN */
#define CGN_DET_NONE      UINT32_MAX

/** What an outside endpoint is. */
enum cgn_det_kind {
	CGN_DET_FOREIGN,  /* not an address of the pool */
	CGN_DET_RESERVED, /* nobody ever has this port: it is in R, or it is 5350 or 5351 */
	CGN_DET_OWN,      /* in the range of one subscriber */
	CGN_DET_DYNAMIC,  /* in the dynamic part: only the log knows who had it */
	CGN_DET_UNUSED, /* in no range: the range of a slot without a subscriber, or what is left over with D = 0 */
};

/** Consecutive subscribers of one prefix. */
struct cgn_det_prefix {
	unsigned __int128
			first; /* address of the first one, without the bits behind the subscriber's prefix */
	uint32_t n;
	uint32_t number; /* of the first one */
	bool is_ip6;
};

/** Consecutive addresses of the pool, host order. */
struct cgn_det_outside {
	uint32_t first;
	uint32_t n;
	uint32_t index; /* of the first one among all addresses of the pool */
};

/** Deterministic NAT of one group. */
struct cgn_det {
	uint32_t n_subscribers;
	uint32_t n_outside; /* addresses of the pool */
	uint32_t slots;     /* C */
	uint32_t dynamic;   /* D */
	uint32_t ports_max; /* M */
	uint32_t ports;     /* B */
	uint8_t len4;       /* prefix length of an IPv4 subscriber */
	uint8_t len6;
	uint16_t port_min; /* the range of the pool */
	uint16_t port_max;
	uint32_t dynamic_first; /* first port behind all own ranges; port_max + 1: there is none */
	uint16_t starts[CGN_DET_SLOTS_MAX]; /* by slot: first port */
	uint64_t *reserved; /* 1024 words, one bit for each port; NULL: only port_range reserves */
	struct cgn_det_prefix *by_number;  /* in the configured order */
	struct cgn_det_prefix *by_address; /* ascending, IPv4 before IPv6 */
	size_t n_prefixes;
	size_t n_prefixes4;
	struct cgn_det_outside *outside;
	size_t n_ranges;
};

/** The deterministic groups of a configuration. */
struct cgn_det_set {
	struct cgn_det **by_group; /* NULL: the group is not deterministic */
	size_t n_groups;
	size_t n; /* deterministic groups */
};

/** A subscriber's place outside. */
struct cgn_det_place {
	uint32_t number;
	uint32_t outside; /* index of the outside address in the pool */
	uint32_t slot;
};

/**
 * Compute the ranges of a group.
 *
 * @return 0; -ENOMEM; -E2BIG: more than 2^30 subscribers; -ERANGE: a subscriber would have fewer than CGN_BLOCK_MIN
 *   ports. With -ERANGE slots, ports and n_subscribers are set, unless the pool is empty.
 */
int cgn_det_init(struct cgn_det *d, const struct cgn_conf_group *group,
		const struct cgn_conf_pool *pool);

/** Release what init made. It may be called after init has failed. */
void cgn_det_fini(struct cgn_det *d);

/** Compute the ranges of all deterministic groups. @return 0 or -errno as cgn_det_init() */
int cgn_det_set_init(struct cgn_det_set *s, const struct cgn_conf *conf);

/** Release what cgn_det_set_init() made. */
void cgn_det_set_fini(struct cgn_det_set *s);

/** The deterministic group of a pool; NULL: the pool has none. A deterministic group has a pool of its own. */
const struct cgn_det *
cgn_det_of_pool(const struct cgn_det_set *s, const struct cgn_conf *conf, size_t pool);

/** The place of the subscriber with an IPv4 address. @return false: the address has no number */
bool cgn_det_forward4(const struct cgn_det *d, rte_be32_t addr, struct cgn_det_place *place);

/** The place of the subscriber with an IPv6 address. @return false: the address has no number */
bool
cgn_det_forward6(const struct cgn_det *d, const struct cgn_ip6 *addr, struct cgn_det_place *place);

/** Prefix of the subscriber with a number below n_subscribers. */
struct cgn_prefix cgn_det_subscriber(const struct cgn_det *d, uint32_t number);

/** The outside address with an index below n_outside. */
rte_be32_t cgn_det_address(const struct cgn_det *d, uint32_t index);

/** The port behind the range of a slot; up to 65536. The range may have reserved ports in it. */
static inline uint32_t
cgn_det_end(const struct cgn_det *d, uint32_t slot)
{
	return slot + 1 < d->slots ? d->starts[slot + 1] : d->dynamic_first;
}

/** Whether a port is on the list of reserved ports. Ports outside of port_range need not be on it. */
static inline bool
cgn_det_is_reserved(const struct cgn_det *d, uint16_t port)
{
	return d->reserved != NULL && (d->reserved[port >> 6] >> (port & 63) & 1) != 0;
}

/** The slot whose range has a port, reserved ports included; CGN_DET_NONE: none. */
uint32_t cgn_det_slot_of(const struct cgn_det *d, uint16_t port);

/**
 * Tell what an outside endpoint is.
 *
 * @param[out] number  of the subscriber; set only with CGN_DET_OWN
 */
enum cgn_det_kind
cgn_det_reverse(const struct cgn_det *d, rte_be32_t addr, uint16_t port, uint32_t *number);

/** Ports that a range has at its end, behind its last port that is not reserved, are not shown. @return last port */
uint16_t cgn_det_last_port(const struct cgn_det *d, uint32_t slot);

/** Next reserved range from a port on. @return false: there is none. For lists: begin with 0, go on with last + 1 */
bool cgn_det_next_reserved(const struct cgn_det *d, uint32_t from, struct cgn_port_range *out);

#endif /* CGN_DET_H */
