/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_DETERMINISTIC_H
#define CGN_CONF_DETERMINISTIC_H

/**
 * @file
 * The part of the configuration that is about deterministic NAT (RFC 7422): groups[].deterministic.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Ports, both ends included, host order. */
struct cgn_port_range {
	uint16_t first;
	uint16_t last;
};

/** Deterministic NAT of one group. */
struct cgn_conf_deterministic {
	bool is_on;         /* the section is in the file */
	uint16_t dynamic;   /* D: shares of the ports of an address that are the dynamic part */
	uint16_t ports_max; /* M: ports of one subscriber in one protocol */
	uint8_t use_high_percent; /* threshold: ports of an own range in one protocol; 0: none */
	struct cgn_port_range *
			reserved; /* R, besides what is outside of the pool's port_range; no order */
	size_t n_reserved;
};

#endif /* CGN_CONF_DETERMINISTIC_H */
