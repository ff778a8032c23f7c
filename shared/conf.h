/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_H
#define CGN_CONF_H

/**
 * @file
 * The configuration for both planes: a snapshot that does not change.
 *
 * controlplane/conf makes and checks a snapshot. A reference that is a name in the file (a group's pool, a route's port)
 * is an index here. Readers may rely on everything that controlplane/conf/conf_check.c checks.
 *
 * Units:   addresses in types that tell their byte order; ports in host order; times in seconds.
 * Threads: a snapshot is read only after it was made. It is freed after the last reader has reported.
 */

#include "shared/addr.h"
#include "shared/conf_export.h"
#include "shared/conf_natpmp.h"
#include "shared/conf_pools.h"
#include "shared/conf_restart.h"
#include "shared/conf_softwire.h"
#include "shared/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the source check of an inside port compares (ports.source_check). */
enum cgn_source_check {
	CGN_SOURCE_ROUTE,     /* the route to the source leads to the port */
	CGN_SOURCE_NEIGHBOUR, /* and the source's known neighbour sent the frame */
};

/** Which remote hosts may send to a mapping (nat.filtering). */
enum cgn_filtering {
	CGN_FILTERING_EI,  /* endpoint_independent (RFC 4787 REQ-8) */
	CGN_FILTERING_AD,  /* address_dependent */
	CGN_FILTERING_APD, /* address_and_port_dependent */
};

/** How the external port of a mapping is chosen (nat.port_choice). */
enum cgn_port_choice {
	CGN_PORT_CHOICE_RANDOM,
	CGN_PORT_CHOICE_PRESERVE, /* the inside port if it is in a block and free */
};

/** What the host's own software may receive on the local addresses of a port (ports[].host). */
enum cgn_host_service {
	CGN_HOST_IKE,  /* UDP 500 and 4500 (RFC 7296, RFC 3948) */
	CGN_HOST_ESP,  /* IP protocol 50 (RFC 4303) */
	CGN_HOST_TCP,  /* all TCP */
	CGN_HOST_BFD,  /* UDP 3784 and 4784 (RFC 5881, RFC 5883) */
	CGN_HOST_ICMP, /* ICMP but for echo requests, which cgnd answers, and neighbour discovery */
	CGN_HOST_SERVICE_COUNT,
};

/** What packets for cgnd itself and for the host are about (host.punts_per_s). Each class has limits of its own. */
enum cgn_punt_class {
	CGN_PUNT_ROUTING, /* BGP and BFD */
	CGN_PUNT_IPSEC,   /* IKE and ESP */
	CGN_PUNT_NATPMP,  /* UDP 5350 and 5351 */
	CGN_PUNT_OTHER,
	CGN_PUNT_CLASS_COUNT,
};

/** A port: a device that connects cgnd to one link. */
struct cgn_conf_port {
	char name[CGN_NAME_MAX];
	char device[CGN_DEVICE_MAX]; /* PCI address or vdev string */
	enum cgn_side side;
	uint16_t vlan;     /* 0: untagged */
	uint16_t mtu;      /* octets of an IP packet */
	bool ttl_exceeded; /* answer expired packets received here with ICMP 11/0 */
	enum cgn_source_check source_check; /* inside ports only */
	unsigned int n_addresses;
	struct cgn_prefix addresses
			[CGN_PORT_ADDRS_MAX]; /* local addresses with the prefix lengths of their links */
	uint32_t n_host;
	enum cgn_host_service host[CGN_HOST_SERVICE_COUNT]; /* what the host receives; no order */
};

/** Whether the host receives a service on the local addresses of a port. */
static inline bool
cgn_conf_port_has_host(const struct cgn_conf_port *port, enum cgn_host_service service)
{
	for (uint32_t i = 0; i < port->n_host; i++) {
		if (port->host[i] == service)
			return true;
	}
	return false;
}

/** A static route to a gateway. */
struct cgn_conf_route {
	struct cgn_prefix prefix;
	struct cgn_ip via;
	uint16_t port; /* index into ports: the link of this port has `via` */
};

/** A static neighbour. It is not resolved, because for example a capture device does not answer ARP. */
struct cgn_conf_neighbour {
	struct cgn_ip address;
	uint8_t mac[6];
	uint16_t port; /* index into ports: the link of this port has the address */
};

/** A static mapping. Ports in host order. */
struct cgn_conf_static {
	enum cgn_proto proto;
	rte_be32_t in_addr;
	uint16_t in_port;
	rte_be32_t ext_addr;
	uint16_t ext_port;
};

/** Timeouts of mappings, sessions and fragments. */
struct cgn_conf_timeouts {
	uint32_t udp_s;
	uint32_t icmp_s;
	uint32_t tcp_established_s;
	uint32_t tcp_opening_s;
	uint32_t tcp_closing_s;
	uint32_t fragment_s;
};

/** Behaviour and limits of the NAT. */
struct cgn_conf_nat {
	enum cgn_filtering filtering[CGN_PROTO_COUNT]; /* ICMP is always endpoint independent */
	bool hairpin;
	enum cgn_port_choice port_choice;
	bool port_parity;       /* odd ports stay odd, even ones even (RFC 4787 REQ-4) */
	bool inbound_refresh;   /* inbound packets keep a UDP mapping alive (RFC 4787 REQ-6a) */
	bool pool_echo;         /* answer ICMP echo to pool addresses */
	bool syn_unreachable;   /* ICMP 3/3 six seconds after an unsolicited SYN (RFC 5382 REQ-4) */
	uint32_t hold_down_s;   /* RFC 6888 REQ-8 */
	uint32_t block_guard_s; /* RFC 7768 section 2 */
	uint32_t hold_down_max; /* ports held per worker */
	uint32_t mappings_max;  /* per worker; 0: what the pools can hold */
	uint32_t sessions_max;  /* per worker */
	uint32_t fragments_max; /* fragments held per worker */
	uint32_t syn_hold_max;  /* unsolicited SYNs held per worker */
	uint32_t subscribers_max;        /* of all workers; 0: no limit */
	uint32_t mappings_high;          /* threshold of all workers; 0: none */
	uint32_t sessions_high;          /* the same */
	uint32_t subscribers_high;       /* the same */
	uint32_t notify_interval_s;      /* at least between two notices about the same */
	uint32_t icmp_errors_per_s;      /* ICMP errors made per worker and side */
	struct cgn_prefix *pass_through; /* destinations that are not translated (RFC 6888 REQ-6) */
	size_t n_pass_through;
	struct cgn_conf_static *statics;
	size_t n_statics;
	struct cgn_conf_timeouts timeouts;
};

/** The PCP server (RFC 6887), beside NAT-PMP on the same port. */
struct cgn_conf_pcp {
	bool enabled;          /* does not count if natpmp.role is off */
	bool map;              /* serve MAP requests */
	bool peer;             /* serve PEER requests */
	uint32_t port_set_max; /* ports of a set, up to CGN_PORT_SET_MAX; 0: no sets */
	uint32_t lifetime_min_s;
	uint32_t lifetime_max_s;
	uint32_t filters_max;           /* of one mapping; 1 to CGN_FILTERS_MAX */
	bool anycast;                   /* listen on 192.0.0.9, see anycast.h */
	bool relay_unknown;             /* a relay passes unknown opcodes and options on */
	struct cgn_prefix *third_party; /* hosts that may ask for others */
	size_t n_third_party;
};

/** How IPsec protects NAT-PMP (host.ipsec_mode). */
enum cgn_ipsec_mode {
	CGN_IPSEC_TRANSPORT,
	CGN_IPSEC_TUNNEL,
};

/** The host plane: the kernel behind cgnd's local addresses. */
struct cgn_conf_host {
	bool is_on;             /* the section is in the file */
	char *netns;            /* name of the network namespace; "": the one that cgnd runs in */
	char *interface_prefix; /* interfaces are named after it and the number of their port */
	char *pools_interface;  /* the one that stands for the pools; "": none */
	uint32_t punts_per_s[CGN_PUNT_CLASS_COUNT]; /* packets per second and worker */
	enum cgn_ipsec_mode ipsec_mode;
	char *ipsec_interface; /* by which protected datagrams arrive; "": the policy of the socket decides */
};

/** Where a server listens. */
struct cgn_conf_listen {
	struct cgn_ip addr;
	uint16_t port; /* host order; 0: it does not listen */
};

/** The whole configuration. The control plane owns it; CGN_CMD_CONF_SWAP replaces it, as a part of a snapshot. */
struct cgn_conf {
	uint32_t workers;
	char **eal; /* extra EAL arguments */
	size_t n_eal;
	char *runtime_dir;
	bool prefault;
	struct cgn_conf_port *ports;
	size_t n_ports;
	struct cgn_conf_route *routes;
	size_t n_routes;
	struct cgn_conf_neighbour *neighbours;
	size_t n_neighbours;
	struct cgn_conf_pool *pools;
	size_t n_pools;
	uint32_t n_pool_numbers; /* given to names of pools in this run */
	struct cgn_conf_group *groups;
	size_t n_groups;
	struct cgn_conf_nat nat;
	struct cgn_conf_natpmp natpmp;
	struct cgn_conf_pcp pcp;
	struct cgn_conf_softwire softwire;
	struct cgn_conf_host host;
	struct cgn_conf_export export;
	uint32_t station_addresses_max; /* limits.station_addresses_max; 0: no limit */
	char *store_path;               /* "": memory only */
	struct cgn_conf_restart restart;
	char *telemetry_prefix;
	struct cgn_conf_listen metrics_listen;
	char **allow_rfc_violations; /* keys whose values may be below an RFC's minimum */
	size_t n_allow_rfc_violations;
};

/** The first pool of the file; NULL: it has none. */
static inline const struct cgn_conf_pool *
cgn_conf_first_pool(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_pools; i++) {
		if (!conf->pools[i].is_gone)
			return &conf->pools[i];
	}
	return NULL;
}

#endif /* CGN_CONF_H */
