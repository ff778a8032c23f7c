/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_PROXY_WIRE_H
#define CGN_RELAY_PROXY_WIRE_H

/**
 * @file
 * The messages of the PCP proxy of a B4: turns a request of a host into one of the B4, and an answer to the B4 into one
 * to the host.
 *
 * A request of the B4 has the address of its softwire as client, and the option THIRD_PARTY with the inner address of
 * the host. Everything else of a PCP request is copied: nonce, suggestion, and the other options in their order, also
 * those that cgnd does not know. The answer to the host is without this THIRD_PARTY, and has the epoch of the proxy.
 *
 * Source:  RFC 7648 sections 3, 3.3 and 3.4.1, RFC 6887 sections 11 to 13.
 * Units:   seconds, addresses in network order.
 * Threads: any. Pure.
 */

#include "controlplane/lease/lease_owner.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/pcp/pcp_codec.h"

/** The two addresses in a request of the proxy. */
struct cgn_relay_proxy_wire {
	struct cgn_ip6 b4; /* the address that the proxy asks from */
	rte_be32_t host;   /* the host that it asks for */
};

/**
 * Turn a MAP or PEER request of a host into a request of the B4.
 *
 * @param[out] out  the message
 * @param r         cgn_pcp_codec_check() has read it without CGN_PCP_DO_THIRD_PARTY, and its datagram still exists. It
 *                  becomes the request of the B4: what cgn_pcp_codec_belongs() needs
 * @return false: more than 1100 octets
 */
bool cgn_relay_proxy_wire_pcp(struct cgn_pcp_message *out, struct cgn_pcp_request *r,
		const struct cgn_relay_proxy_wire *who);

/**
 * Turn a request of a host for a mapping by NAT-PMP, or for its end, into a request of the B4 with the nonce of
 * cgn_relay_nonce_of_host(). @param[out] r  the request of the B4
 */
void cgn_relay_proxy_wire_natpmp(struct cgn_pcp_message *out, struct cgn_pcp_request *r,
		const struct cgn_natpmp_request *n, const struct cgn_relay_proxy_wire *who);

/**
 * Turn a successful answer to MAP or PEER, or an update of a mapping, into one to a host.
 *
 * @param data        what the AFTR has sent; cgn_pcp_codec_parse_answer() accepts it
 * @param nonce       by which the host knows the mapping
 * @param lifetime_s  for the host
 * @param epoch_s     of the proxy
 */
void cgn_relay_proxy_wire_answer(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		const uint8_t nonce[static CGN_LEASE_NONCE], uint32_t lifetime_s, uint32_t epoch_s);

/**
 * Write the answer to a request of NAT-PMP for a mapping or its end.
 *
 * @param ext_port    host order. It and the lifetime are 0 in the answer if the result is not CGN_NATPMP_OK
 * @param lifetime_s  for the host
 * @param epoch_s     of the proxy
 * @return octets
 */
size_t cgn_relay_proxy_wire_mapped(uint8_t buf[static CGN_NATPMP_MAP_LEN],
		const struct cgn_natpmp_request *n, uint16_t result, uint16_t ext_port,
		uint32_t lifetime_s, uint32_t epoch_s);

/**
 * The result code for a host if the AFTR has refused.
 *
 * Codes about the request of the B4, and not about that of the host, do not pass: UNSUPP_VERSION and ADDRESS_MISMATCH
 * become NETWORK_FAILURE. UNSUPP_OPTION becomes NOT_AUTHORIZED if the host has sent no option: the AFTR does not let
 * this B4 ask for its hosts.
 *
 * @param has_options  the request of the host had an option
 */
enum cgn_pcp_result cgn_relay_proxy_wire_result(unsigned int result, bool has_options);

#endif /* CGN_RELAY_PROXY_WIRE_H */
