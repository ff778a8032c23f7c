/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SOFTWIRE_H
#define CGN_CONF_SOFTWIRE_H

/**
 * @file
 * The section `softwire` of the configuration (conf.h).
 */

#include "shared/addr.h"

/** Role of cgnd in DS-Lite (softwire.role). */
enum cgn_softwire_role {
	CGN_SOFTWIRE_OFF,
	CGN_SOFTWIRE_AFTR,
	CGN_SOFTWIRE_B4,
};

/** What cgnd does with a packet with DF that is too big for a softwire (softwire.df). */
enum cgn_softwire_df {
	CGN_SOFTWIRE_DF_ICMP,     /* tell the sender the MTU (RFC 2473 section 7.2) */
	CGN_SOFTWIRE_DF_FRAGMENT, /* fragment the IPv6 packet anyway */
};

/** How the DSCP of the inner and the outer header are set (softwire.dscp). */
enum cgn_softwire_dscp {
	CGN_SOFTWIRE_DSCP_UNIFORM, /* copied both ways (RFC 6333 section 7.1) */
	CGN_SOFTWIRE_DSCP_PIPE,    /* the outer DSCP is 0, the inner one is kept (RFC 2983) */
};

/** The tunnel endpoint of DS-Lite. */
struct cgn_conf_softwire {
	enum cgn_softwire_role role;
	struct cgn_ip6 local;
	struct cgn_ip6 remote;
	uint16_t tunnel_mtu; /* octets of an IPv6 packet */
	enum cgn_softwire_df df;
	enum cgn_softwire_dscp dscp;
	uint16_t hop_limit;
	uint32_t move_min_s; /* least time between two changes of a B4's address (RFC 7785 section 4) */
	uint32_t homes_high; /* threshold of softwires of all workers; 0: none */
};

#endif /* CGN_CONF_SOFTWIRE_H */
