/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_STEER_H
#define CGN_PORT_STEER_H

/**
 * @file
 * Tell a started device which worker's queue a packet goes to: the indirection table behind its
 * hash of the source address, or one rule per pool address.
 *
 * Not every NIC puts a lone source address where the verification suite has it; then its packets
 * come to another queue and are handed over: slower, not wrong.
 */

#include "dataplane/device/port_plan.h"
#include "dataplane/device/steer.h"

/** Packets to this address belong to this worker. */
struct cgn_port_dst {
	rte_be32_t addr;
	uint16_t worker;
};

/** Who owns what. */
struct cgn_port_owners {
	const struct cgn_steer *steer;  /* inside addresses */
	const struct cgn_port_dst *dst; /* pool addresses */
	size_t n_dst;
};

/**
 * Our key at the length of the device's.
 *
 * @param[out] key   @p len octets; CGN_STEER_KEY if that is 0
 */
void cgn_port_steer_key(uint8_t *key, uint8_t len, const struct cgn_steer *steer);

/**
 * Do what the plan says.
 *
 * @param id  the ethdev, started
 * @return 0, or -errno if the device refuses any of it; its rules are flushed then
 */
int cgn_port_steer_apply(uint16_t id, const struct cgn_port_plan *plan,
		const struct cgn_port_caps *caps, const struct cgn_port_owners *owners);

#endif /* CGN_PORT_STEER_H */
