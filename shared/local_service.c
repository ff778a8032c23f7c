/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tells the host's services and the classes of punted packets apart, by protocol and port.
 */
#include "shared/local_service.h"

#include "shared/wellknown.h"

#include <netinet/in.h>
#include <string.h>

#define PORT_BGP       179
#define PORT_IKE       500
#define PORT_IKE_NATT  4500 /* IKE and ESP in UDP (RFC 3948) */
#define PORT_BFD       3784
#define PORT_BFD_MULTI 4784 /* several hops (RFC 5883) */

#define ICMP_ECHO      8
#define ICMP6_ECHO     128
#define ICMP6_ND_FIRST 133 /* router solicitation to redirect (RFC 4861) */
#define ICMP6_ND_LAST  137

struct cgn_local_packet
cgn_local_service_read(bool is_ip6, uint8_t proto, const uint8_t *l4)
{
	struct cgn_local_packet p = { .proto = proto };
	bool is_icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;

	/* Without a type, or with the other version of IP, it is not ICMP. */
	if (is_icmp && (l4 == NULL || is_ip6 != (proto == IPPROTO_ICMPV6)))
		p.proto = IPPROTO_NONE;
	if (l4 == NULL || p.proto == IPPROTO_NONE)
		return p;
	if (is_icmp) {
		p.icmp = l4[0];
	} else if (proto == IPPROTO_UDP || proto == IPPROTO_TCP) {
		memcpy(&p.sport, l4, sizeof(p.sport));
		memcpy(&p.dport, l4 + 2, sizeof(p.dport));
	}
	return p;
}

bool
cgn_local_service_is_discovery(const struct cgn_local_packet *p)
{
	return p->proto == IPPROTO_ICMPV6 && p->icmp >= ICMP6_ND_FIRST && p->icmp <= ICMP6_ND_LAST;
}

static enum cgn_host_service
udp_service(rte_be16_t dport)
{
	switch (rte_be_to_cpu_16(dport)) {
	case PORT_IKE:
	case PORT_IKE_NATT:
		return CGN_HOST_IKE;
	case PORT_BFD:
	case PORT_BFD_MULTI:
		return CGN_HOST_BFD;
	default:
		return CGN_HOST_SERVICE_COUNT;
	}
}

enum cgn_host_service
cgn_local_service_of(const struct cgn_local_packet *p)
{
	switch (p->proto) {
	case IPPROTO_TCP:
		return CGN_HOST_TCP;
	case IPPROTO_UDP:
		return udp_service(p->dport);
	case IPPROTO_ESP:
		return CGN_HOST_ESP;
	case IPPROTO_ICMP:
		return p->icmp == ICMP_ECHO ? CGN_HOST_SERVICE_COUNT : CGN_HOST_ICMP;
	case IPPROTO_ICMPV6:
		return p->icmp == ICMP6_ECHO || cgn_local_service_is_discovery(p)
				? CGN_HOST_SERVICE_COUNT
				: CGN_HOST_ICMP;
	default:
		return CGN_HOST_SERVICE_COUNT;
	}
}

static bool
has_address4(const struct cgn_conf_port *port, rte_be32_t addr)
{
	for (unsigned int i = 0; i < port->n_addresses; i++) {
		if (!port->addresses[i].is_ip6 && port->addresses[i].ip4 == addr)
			return true;
	}
	return false;
}

unsigned int
cgn_local_service_kept(
		const struct cgn_conf *conf, rte_be32_t addr, uint16_t ports[CGN_LOCAL_KEPT_MAX])
{
	unsigned int n = 0;

	for (size_t i = 0; i < conf->n_ports && conf->host.is_on; i++) {
		const struct cgn_conf_port *port = &conf->ports[i];

		if (port->side != CGN_SIDE_OUTSIDE || !has_address4(port, addr))
			continue;
		/* No two ports have the same address. */
		if (cgn_conf_port_has_host(port, CGN_HOST_IKE)) {
			ports[n++] = PORT_IKE;
			ports[n++] = PORT_IKE_NATT;
		}
		if (cgn_conf_port_has_host(port, CGN_HOST_BFD)) {
			ports[n++] = PORT_BFD;
			ports[n++] = PORT_BFD_MULTI;
		}
		break;
	}
	return n;
}

static bool
is_port(const struct cgn_local_packet *p, uint16_t port)
{
	return p->sport == rte_cpu_to_be_16(port) || p->dport == rte_cpu_to_be_16(port);
}

enum cgn_punt_class
cgn_local_service_class(const struct cgn_local_packet *p)
{
	switch (cgn_local_service_of(p)) {
	case CGN_HOST_BFD:
		return CGN_PUNT_ROUTING;
	case CGN_HOST_TCP:
		/* Either side may have opened the connection. */
		return is_port(p, PORT_BGP) ? CGN_PUNT_ROUTING : CGN_PUNT_OTHER;
	case CGN_HOST_IKE:
	case CGN_HOST_ESP:
		return CGN_PUNT_IPSEC;
	case CGN_HOST_ICMP:
	case CGN_HOST_SERVICE_COUNT:
		break;
	}
	return p->proto == IPPROTO_UDP &&
					(p->dport == RTE_BE16(CGN_NATPMP_PORT) ||
							p->dport == RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT))
			? CGN_PUNT_NATPMP
			: CGN_PUNT_OTHER;
}
