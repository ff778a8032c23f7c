/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATIONS_H
#define CGN_STATIONS_H

/**
 * @file
 * How many addresses each station (MAC address) of a port has.
 *
 * A table of counters, found by a keyed hash. Two stations that share a counter are counted together,
 * so a count may be too large, never too small; nobody can choose with whom, as the key is random.
 *
 * Threads: single owner.
 * Memory:  4 octets per counter, allocated in init().
 */

#include <stdint.h>

#include <rte_ether.h>

struct cgn_stations {
	uint32_t *n; /* addresses */
	uint32_t mask;
	uint32_t seed;
};

/** Start with no address counted. @param max  addresses there can be. @return 0, -ENOMEM */
int cgn_stations_init(struct cgn_stations *s, uint32_t max, uint32_t seed);

/** Release it; one of zeros is allowed. */
void cgn_stations_fini(struct cgn_stations *s);

/** The station's counter: how many addresses it has. Whoever gives or takes one changes it. */
uint32_t *cgn_stations_of(struct cgn_stations *s, uint16_t port, const uint8_t mac[6]);

#endif /* CGN_STATIONS_H */
