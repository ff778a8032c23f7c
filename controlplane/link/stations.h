/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATIONS_H
#define CGN_STATIONS_H

/**
 * @file
 * How many addresses each station (MAC address) of a port has.
 *
 * A station is in the table while it has at least one address. So there are never more stations than addresses.
 *
 * The key is the index of a port. Another table may count by another number: resolver_table.c has one that counts the
 * addresses of each station whose subscribers use the same pool, by a number made of port and pool.
 *
 * Threads: single owner.
 * Memory:  32 octets an address, allocated in init().
 */

#include <stdbool.h>
#include <stdint.h>

/** A station. The owner of the table may change n_admitted and n_over. */
struct cgn_station {
	uint8_t mac[6];
	uint16_t port;        /* index, or another key of the table */
	uint32_t next;        /* in its bucket, or in the list of free stations */
	uint32_t n_addresses; /* addresses that it has */
	uint32_t n_admitted;  /* addresses that count against its limit; kept by the owner */
	uint32_t n_over;      /* addresses above its limit; kept by the owner */
};

/** The table. */
struct cgn_stations {
	struct cgn_station *at;
	uint32_t *buckets;
	uint32_t mask; /* buckets - 1 */
	uint32_t seed;
	uint32_t free;
};

/** Start with no station. @param max  the most addresses there can be. @return 0 or -ENOMEM */
int cgn_stations_init(struct cgn_stations *s, uint32_t max, uint32_t seed);

/** Release it. A table of zeros is allowed. */
void cgn_stations_fini(struct cgn_stations *s);

/** Find a station of a port. @param port  the key of the table. @return NULL: it has no address */
struct cgn_station *cgn_stations_find(struct cgn_stations *s, uint16_t port, const uint8_t mac[6]);

/**
 * Count one more address of a station.
 *
 * @return the station; valid until cgn_stations_give() takes its last address
 */
struct cgn_station *cgn_stations_take(struct cgn_stations *s, uint16_t port, const uint8_t mac[6]);

/** Count one address of a station less. A station without addresses is forgotten. */
void cgn_stations_give(struct cgn_stations *s, struct cgn_station *station);

#endif /* CGN_STATIONS_H */
