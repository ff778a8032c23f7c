/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ASKER_H
#define CGN_ASKER_H

/**
 * @file
 * Finds out who asks for a lease: the client, and the subscriber to which the client belongs.
 *
 * A native client is found by its IPv4 address. A client behind a softwire is found by the IPv6 address of its B4.
 * Its inner IPv4 address is not enough, because every home may use the same inner addresses. A B4 may also ask over IPv6,
 * from the address of its softwire, for the clients of its home.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/realms.h"
#include "controlplane/link/return_addr.h"
#include "shared/conf.h"
#include "shared/group.h"

/** A client that asks, and its subscriber. A reload does not change these values. */
struct cgn_asker {
	rte_be32_t addr; /* inside address of the client; 0: a B4 asks over IPv6 */
	uint32_t realm; /* of the client's home; 0: the client is native, or its home has no number */
	uint32_t group;    /* index into conf groups; CGN_GROUP_NONE: the sender is no subscriber */
	bool is_home;      /* the client is behind a softwire */
	struct cgn_ip6 b4; /* if is_home: the other end of the softwire */
	/** The subscriber: the prefix of the home. If it is native: its IPv4 prefix, in the first four octets. */
	struct cgn_ip6 subscriber;
};

/** The data that cgn_askers_find() looks at. */
struct cgn_askers {
	const struct cgn_conf *conf;
	const struct cgn_realms *realms; /* NULL: there are no softwires */
	struct cgn_group_map groups;
	struct cgn_group_map next; /* of the configuration that is prepared; else empty */
};

/** Prepare @p a. @p realms may be NULL. @p conf and @p realms outlive @p a. @return 0 or -ENOMEM */
int
cgn_askers_init(struct cgn_askers *a, const struct cgn_conf *conf, const struct cgn_realms *realms);

/** Prepare another configuration. @return 0 or -ENOMEM */
int cgn_askers_prepare(struct cgn_askers *a, const struct cgn_conf *next);

/** Release what cgn_askers_prepare() has allocated. */
void cgn_askers_abandon(struct cgn_askers *a);

/** Use another configuration. If it has other groups, it was prepared. */
void cgn_askers_set_conf(struct cgn_askers *a, const struct cgn_conf *conf);

/** Release what cgn_askers_init() has allocated. */
void cgn_askers_fini(struct cgn_askers *a);

/**
 * Find out who sent a request.
 *
 * @return 0; -ENETUNREACH: the request came through an outside port, or its destination is not an inside address of
 *         cgnd; -ENOENT: the sender is no subscriber. @p out has what its rate and the epoch need
 */
int cgn_askers_find(const struct cgn_askers *a, const struct cgn_return_addr *from,
		struct cgn_asker *out);

/**
 * Find the client that another host asks for. If this host is a B4, the client is in its home. Else it is a native
 * client, because the address of a client behind a softwire does not say which home it is in.
 *
 * @param asks  the host, from cgn_askers_find()
 * @return 0; -ENOENT: it is no subscriber, or no host of a home can have this address
 */
int cgn_askers_find_other(const struct cgn_askers *a, const struct cgn_asker *asks,
		const struct cgn_ip *client, struct cgn_asker *out);

/** Whether a B4 itself asks, over IPv6. It has no inside address, so it asks only for the clients of its home. */
static inline bool
cgn_asker_is_b4(const struct cgn_asker *asker)
{
	return asker->is_home && asker->addr == 0;
}

/** Find the realm of the home that an IPv6 address belongs to. @return 0: it has none */
uint32_t cgn_askers_find_realm(const struct cgn_askers *a, const struct cgn_ip6 *b4);

#endif /* CGN_ASKER_H */
