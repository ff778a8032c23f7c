/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A hash of stations by port (or another key) and MAC address, each with its number of addresses. The resolver's table
 * uses it to count addresses per station.
 */
#include "controlplane/link/stations.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#define NONE UINT32_MAX

int
cgn_stations_init(struct cgn_stations *s, uint32_t max, uint32_t seed)
{
	/* One more than there are addresses: an address that moves has two stations for a moment. */
	uint32_t n = 1, room = max + 1;

	while (n < max)
		n *= 2;
	*s = (struct cgn_stations){ .mask = n - 1, .seed = seed };
	s->at = calloc(room, sizeof(*s->at));
	s->buckets = malloc(n * sizeof(*s->buckets));
	if (s->at == NULL || s->buckets == NULL) {
		cgn_stations_fini(s);
		return -ENOMEM;
	}
	memset(s->buckets, 0xff, n * sizeof(*s->buckets));
	for (uint32_t i = 0; i < room; i++)
		s->at[i].next = i + 1 < room ? i + 1 : NONE;
	return 0;
}

void
cgn_stations_fini(struct cgn_stations *s)
{
	free(s->at);
	free(s->buckets);
	*s = (struct cgn_stations){ 0 };
}

static uint32_t *
stations_bucket(struct cgn_stations *s, uint16_t port, const uint8_t mac[6])
{
	/* Six octets and two zeros: the hash reads whole words. */
	uint32_t w[2] = { 0 };

	memcpy(w, mac, 6);
	return &s->buckets[rte_jhash_3words(w[0], w[1], port, s->seed) & s->mask];
}

struct cgn_station *
cgn_stations_find(struct cgn_stations *s, uint16_t port, const uint8_t mac[6])
{
	uint32_t i = *stations_bucket(s, port, mac);

	while (i != NONE && (s->at[i].port != port || memcmp(s->at[i].mac, mac, 6) != 0))
		i = s->at[i].next;
	return i == NONE ? NULL : &s->at[i];
}

struct cgn_station *
cgn_stations_take(struct cgn_stations *s, uint16_t port, const uint8_t mac[6])
{
	struct cgn_station *station = cgn_stations_find(s, port, mac);
	uint32_t *b = stations_bucket(s, port, mac), i = s->free;

	if (station == NULL) {
		/* There are never more stations than addresses, so a free one is left. */
		assert(i != NONE);
		station = &s->at[i];
		s->free = station->next;
		*station = (struct cgn_station){ .port = port, .next = *b };
		memcpy(station->mac, mac, 6);
		*b = i;
	}
	station->n_addresses++;
	return station;
}

void
cgn_stations_give(struct cgn_stations *s, struct cgn_station *station)
{
	uint32_t i = (uint32_t)(station - s->at);
	uint32_t *link;

	if (--station->n_addresses != 0)
		return;
	/* The last address is gone: the station is forgotten. */
	link = stations_bucket(s, station->port, station->mac);
	while (*link != i)
		link = &s->at[*link].next;
	*link = station->next;
	station->next = s->free;
	s->free = i;
}
