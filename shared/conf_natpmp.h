/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_NATPMP_H
#define CGN_CONF_NATPMP_H

/**
 * @file
 * The part of struct cgn_conf for NAT-PMP and its relay: the section natpmp.
 *
 * Units:   as in conf.h.
 * Threads: any. Read only.
 */

#include "shared/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CGN_UPSTREAMS_MAX 4

/** Role of cgnd in NAT-PMP (natpmp.role). */
enum cgn_natpmp_role {
	CGN_NATPMP_OFF,
	CGN_NATPMP_SERVER,
	CGN_NATPMP_RELAY,
};

/** What the relay speaks with the NAT in front (natpmp.upstream_protocol). */
enum cgn_upstream_protocol {
	CGN_UPSTREAM_AUTO,
	CGN_UPSTREAM_PCP,
	CGN_UPSTREAM_NATPMP
};

/** How the requests of a group must be protected (groups[].natpmp_auth). */
enum cgn_natpmp_auth {
	CGN_NATPMP_AUTH_NONE,
	CGN_NATPMP_AUTH_IPSEC, /* a request that did not come through an IPsec SA is refused */
};

/** The NAT-PMP server or relay. */
struct cgn_conf_natpmp {
	enum cgn_natpmp_role role;
	struct cgn_ip upstreams
			[CGN_UPSTREAMS_MAX]; /* addresses of one server, the NAT in front; of one family */
	unsigned int n_upstreams;
	enum cgn_upstream_protocol upstream_protocol;
	enum cgn_natpmp_auth
			upstream_auth; /* ipsec: the relay and its upstream speak through an SA */
	uint32_t lifetime_max_s;
	uint16_t subscriber_limit_code; /* 6 or 4 */
	uint32_t requests_per_s;
	bool announce;
	bool announce_to_5351; /* announce also to clients of the drafts of 2005 */
	bool version_error_bit; /* answer unknown versions with the response bit (RFC 6887 section 8.3) */
};

/** Whether an IPv4 address is one of the NAT in front. */
static inline bool
cgn_conf_is_upstream(const struct cgn_conf_natpmp *n, rte_be32_t addr)
{
	for (unsigned int i = 0; i < n->n_upstreams; i++) {
		if (!n->upstreams[i].is_ip6 && n->upstreams[i].ip4 == addr)
			return true;
	}
	return false;
}

/** Whether an IPv6 address is one of the NAT in front. @param addr  16 octets, at any address */
static inline bool
cgn_conf_is_upstream6(const struct cgn_conf_natpmp *n, const uint8_t *addr)
{
	for (unsigned int i = 0; i < n->n_upstreams; i++) {
		if (n->upstreams[i].is_ip6 &&
				memcmp(&n->upstreams[i].ip6, addr, sizeof(struct cgn_ip6)) == 0)
			return true;
	}
	return false;
}

/**
 * Whether the relay is the PCP proxy of a B4, which asks the AFTR over IPv6. Only such a relay may have an upstream of
 * IPv6, and it has no other (conf_check_relay.h).
 */
static inline bool
cgn_conf_is_proxy(const struct cgn_conf_natpmp *n)
{
	return n->role == CGN_NATPMP_RELAY && n->n_upstreams > 0 && n->upstreams[0].is_ip6;
}

#endif /* CGN_CONF_NATPMP_H */
