/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORTS_H
#define CGN_PORTS_H

/**
 * @file
 * Choice of a port for a subscriber: in the blocks it has, or in one more block of its paired address.
 *
 * A number that nobody uses comes first, then a number that the client itself uses in another protocol. Of
 * the latter only CGN_PORTS_TRIES are tried, since each try looks at other mappings.
 *
 * Source:  RFC 4787 REQ-4 (parity), RFC 6056 and RFC 7857 section 9 (random choice), RFC 6886 section 3.3
 * (companions).
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/client.h"
#include "dataplane/nat/hold.h"
#include "dataplane/nat/pool.h"
#include "shared/verdict.h"

#define CGN_PORTS_TRIES 64 /* companions tried for one packet, so that its work is bounded */

/** The ports of a worker: blocks, pools, hold-down. Owned by its subscribers. */
struct cgn_ports {
	const struct cgn_ext *ext;
	struct cgn_rand *rnd;
	cgn_same_client_fn same;
	const void *same_ctx;
	struct cgn_block_map map;
	struct cgn_pool_set pools;
	struct cgn_hold hold;
};

/**
 * Which numbers are preferred. Leases take CGN_BLOCK_LEASE first. Traffic avoids those while clients
 * restore leases that cgnd has lost (RFC 6886 section 3.7).
 */
enum cgn_ports_zone {
	CGN_PORTS_ANY,
	CGN_PORTS_LEASE,
	CGN_PORTS_TRAFFIC,
};

/** Request for a port. */
struct cgn_ports_ask {
	struct cgn_subscriber *pub;
	uint32_t sub; /* its number */
	const struct cgn_client *c;
	uint32_t blocks_max;
	bool wants_fresh; /* numbers that nobody uses may be taken */
	bool preserve;    /* the inside port if possible */
	enum cgn_ports_zone zone;
	bool parity; /* odd or even as the inside port, if possible */
};

/** Set up all ports. @return 0, -ENOMEM, -EINVAL: block sizes */
int cgn_ports_init(struct cgn_ports *p, const struct cgn_conf *conf, const struct cgn_ext *ext,
		struct cgn_rand *rnd, cgn_same_client_fn same, const void *ctx);

/** Release what init made. */
void cgn_ports_fini(struct cgn_ports *p);

/** Give a subscriber one more block of its paired address; false if there is none. */
bool cgn_ports_grow(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t sub);

/** Take an unused block of a subscriber back. */
void cgn_ports_shrink(struct cgn_ports *p, struct cgn_subscriber *pub, uint32_t block);

/** Whether all other protocols of a number, in use or held, belong to the client. */
bool cgn_ports_is_clients(
		const struct cgn_ports *p, uint32_t ord, uint16_t port, const struct cgn_client *c);

/**
 * Find a port; it is not marked used yet, but blocks may have been added.
 *
 * @param[out] port  host order
 * @return CGN_V_NONE, or CGN_V_SUB_PORTS, CGN_V_POOL_PORTS
 */
enum cgn_verdict
cgn_ports_find(struct cgn_ports *p, const struct cgn_ports_ask *ask, uint16_t *port);

#endif /* CGN_PORTS_H */
