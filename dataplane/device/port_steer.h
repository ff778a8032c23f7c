/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_STEER_H
#define CGN_PORT_STEER_H

/**
 * @file
 * Steering on a started device. The device finds the queue of a packet in one of two ways: by the hash of
 * the source address and its indirection table, or by one rule per pool address.
 *
 * Some NICs hash a source address alone in another way than the RSS verification suite. Their packets come
 * to the wrong queue and are handed over. That is slower, but correct.
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
 * The RSS key in the length that the device needs.
 *
 * @param[out] key  room of @p len octets, or of CGN_STEER_KEY octets if @p len is 0
 */
void cgn_port_steer_key(uint8_t *key, uint8_t len, const struct cgn_steer *steer);

/**
 * Set up the steering of a plan.
 *
 * @param id  the ethdev, started
 * @return 0; -errno: the device refuses a part of it, and all its rules are removed
 */
int cgn_port_steer_apply(uint16_t id, const struct cgn_port_plan *plan,
		const struct cgn_port_caps *caps, const struct cgn_port_owners *owners);

#endif /* CGN_PORT_STEER_H */
