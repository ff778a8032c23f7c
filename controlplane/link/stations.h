/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATIONS_H
#define CGN_STATIONS_H

/**
 * @file
 * How many addresses each station (MAC address) of a port has.
 *
 * A station is in the table as long as it has an address, so that there are never more stations than addresses.
 *
 * Threads: single owner.
 * Memory:  32 octets an address, allocated in init().
 */

#include <stdbool.h>
#include <stdint.h>

struct cgn_station {
	uint8_t mac[6];
	uint16_t port;
	uint32_t next;        /* of the bucket; of the free ones */
	uint32_t n_addresses; /* of the table */
	uint32_t n_admitted;  /* of them, the owner's to count */
	bool is_said;         /* the owner's: that it has too many was logged */
};

struct cgn_stations {
	struct cgn_station *at;
	uint32_t *buckets;
	uint32_t mask; /* buckets - 1 */
	uint32_t seed;
	uint32_t free;
};

/** Start with no station. @param max  addresses there can be. @return 0, -ENOMEM */
int cgn_stations_init(struct cgn_stations *s, uint32_t max, uint32_t seed);

/** Release it; one of zeros is allowed. */
void cgn_stations_fini(struct cgn_stations *s);

/** A station of a port, NULL if it has no address. */
struct cgn_station *cgn_stations_find(struct cgn_stations *s, uint16_t port, const uint8_t mac[6]);

/** The station gets one more address. Returns it; it stays until cgn_stations_give() takes its last address. */
struct cgn_station *cgn_stations_take(struct cgn_stations *s, uint16_t port, const uint8_t mac[6]);

/** The station has one address less. */
void cgn_stations_give(struct cgn_stations *s, struct cgn_station *station);

#endif /* CGN_STATIONS_H */
