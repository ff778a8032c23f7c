/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/stations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

int
cgn_stations_init(struct cgn_stations *s, uint32_t max, uint32_t seed)
{
	uint32_t n = 1;

	while (n < max)
		n *= 2;
	s->n = calloc(n, sizeof(*s->n));
	s->mask = n - 1;
	s->seed = seed;
	return s->n == NULL ? -ENOMEM : 0;
}

void
cgn_stations_fini(struct cgn_stations *s)
{
	free(s->n);
	s->n = NULL;
}

uint32_t *
cgn_stations_of(struct cgn_stations *s, uint16_t port, const uint8_t mac[6])
{
	uint32_t w[2] = { 0 };

	memcpy(w, mac, 6);
	return &s->n[rte_jhash_3words(w[0], w[1], port, s->seed) & s->mask];
}
