/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ASKER_H
#define CGN_ASKER_H

/**
 * @file
 * Who asks for a lease: the client, and the subscriber that it belongs to.
 *
 * A native client is found by its IPv4 address. A client behind a softwire is found by the IPv6 address of
 * its B4: its inner IPv4 address says nothing, since every home may use the same one.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/realms.h"
#include "controlplane/link/return_addr.h"
#include "shared/conf.h"
#include "shared/group.h"

/** A client that asks, and its subscriber. It stays true across a reload. */
struct cgn_asker {
	rte_be32_t addr;   /* inside address of the client */
	uint32_t realm;    /* of its home; 0: it is native, or its home has no number */
	uint32_t group;    /* index into conf groups */
	bool is_home;      /* it is behind a softwire */
	struct cgn_ip6 b4; /* if is_home: the other end of the softwire */
	/** The subscriber: prefix of the home, or its IPv4 prefix in the first four octets. */
	struct cgn_ip6 subscriber;
};

/** What is needed to find out who asks. */
struct cgn_askers {
	const struct cgn_conf *conf;
	const struct cgn_realms *realms; /* NULL: there are no softwires */
	struct cgn_group_map groups;
};

/** Prepare it. @p realms may be NULL. Both outlive it. @return 0 or -ENOMEM */
int
cgn_askers_init(struct cgn_askers *a, const struct cgn_conf *conf, const struct cgn_realms *realms);

/** Release what init made. */
void cgn_askers_fini(struct cgn_askers *a);

/**
 * Find out who sent a request.
 *
 * @return 0; -ENETUNREACH: it came by an outside port, or to an address that is not of the inside;
 *         -ENOENT: the sender is no subscriber
 */
int cgn_askers_find(const struct cgn_askers *a, const struct cgn_return_addr *from,
		struct cgn_asker *out);

#endif /* CGN_ASKER_H */
