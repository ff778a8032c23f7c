/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_STEER_H
#define CGN_PORT_STEER_H

/**
 * @file
 * Steering on a started device: its indirection table behind the hash of the source address, or one rule
 * per pool address, tells it the queue of a packet.
 *
 * Some NICs hash a lone source address differently from the verification suite. Their packets come to
 * another queue and are handed over: slower, not wrong.
 */

#include "dataplane/device/port_plan.h"
#include "dataplane/device/steer.h"

/** The worker that owns a pool address. */
struct cgn_port_dst {
	rte_be32_t addr;
	uint16_t worker;
};

/** The owners of inside and pool addresses. */
struct cgn_port_owners {
	const struct cgn_steer *steer;  /* inside addresses */
	const struct cgn_port_dst *dst; /* pool addresses */
	size_t n_dst;
};

/**
 * The RSS key in the length that the device has.
 *
 * @param[out] key   @p len octets; CGN_STEER_KEY if that is 0
 */
void cgn_port_steer_key(uint8_t *key, uint8_t len, const struct cgn_steer *steer);

/**
 * Set up the steering of a plan.
 *
 * @param id  the ethdev, started
 * @return 0, or -errno if the device refuses any of it; then its rules are removed
 */
int cgn_port_steer_apply(uint16_t id, const struct cgn_port_plan *plan,
		const struct cgn_port_caps *caps, const struct cgn_port_owners *owners);

#endif /* CGN_PORT_STEER_H */
