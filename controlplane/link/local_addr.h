/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOCAL_ADDR_H
#define CGN_LOCAL_ADDR_H

/**
 * @file
 * Finds out which addresses are local addresses, and for which addresses cgnd answers ARP and ND. The configuration
 * tells both. A local address is an address of a port, or of the local end of a softwire.
 *
 * A pool address may be in the prefix of an outside link. Then cgnd answers for it on that link, so a router there
 * needs no route to it (RFC 3022 section 6.2). cgnd does not answer for it on any other link.
 *
 * Threads: any. Pure.
 */

#include "shared/conf.h"

/** Whether two addresses are the same. */
bool cgn_local_addr_same(const struct cgn_ip *a, const struct cgn_ip *b);

/** Whether an address can belong to one host: it is not zero, loopback, multicast or broadcast. */
bool cgn_local_addr_is_host(const struct cgn_ip *a);

/** Whether it is an address of a port. */
bool cgn_local_addr_port_has(const struct cgn_conf_port *port, const struct cgn_ip *a);

/** Whether an address is a local address. */
bool cgn_local_addr_has(const struct cgn_conf *conf, const struct cgn_ip *a);

/**
 * Whether an address is an anycast address of PCP, and cgnd has it. It is no local address: it belongs to no link, so
 * nobody asks for it by ARP, and the host plane does not have it.
 */
bool cgn_local_addr_is_anycast(const struct cgn_conf *conf, const struct cgn_ip *a);

/** Whether an address is an address of an outside port. */
bool cgn_local_addr_is_outside(const struct cgn_conf *conf, const struct cgn_ip *a);

/** Whether an IPv4 address is an address of an inside port. */
bool cgn_local_addr_is_inside(const struct cgn_conf *conf, rte_be32_t a);

/** Whether an address is in a prefix. */
bool cgn_local_addr_in_prefix(const struct cgn_prefix *p, const struct cgn_ip *a);

/** Whether an IPv4 address is in a pool. */
bool cgn_local_addr_in_pool(const struct cgn_conf *conf, rte_be32_t a);

/** Whether an address is on the link of a port. */
bool cgn_local_addr_on_link(const struct cgn_conf_port *port, const struct cgn_ip *a);

/** The inside port by which an IPv4 address is reached: by its link, or else by a route. NULL: there is none */
const struct cgn_conf_port *cgn_local_addr_port_to(const struct cgn_conf *conf, rte_be32_t addr);

/** Whether a port answers ARP or ND requests for an address with its own MAC address. */
bool cgn_local_addr_answers(const struct cgn_conf *conf, uint16_t port, const struct cgn_ip *a);

/**
 * The local address from which a port asks for a neighbour. An address in the same prefix as the neighbour is
 * preferred.
 *
 * @param target  the neighbour
 * @return false: the port has no address of that family
 */
bool cgn_local_addr_source(
		const struct cgn_conf_port *port, const struct cgn_ip *target, struct cgn_ip *out);

#endif /* CGN_LOCAL_ADDR_H */
