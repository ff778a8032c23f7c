/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sorts static mappings, and finds them by halving.
 */
#include "dataplane/nat/statics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

/* Address, port and protocol of the inside as one number. */
static uint64_t
place_of(rte_be32_t addr, uint16_t port, uint8_t proto)
{
	return (uint64_t)rte_be_to_cpu_32(addr) << 24 | (uint64_t)port << 8 | proto;
}

static uint64_t
place_of_static(const struct cgn_conf_static *s)
{
	return place_of(s->in_addr, s->in_port, (uint8_t)s->proto);
}

static int
compare_statics(const void *a, const void *b)
{
	uint64_t x = place_of_static(a), y = place_of_static(b);

	return x < y ? -1 : x > y;
}

int
cgn_statics_init(struct cgn_statics *s, const struct cgn_conf *conf)
{
	size_t n = conf->nat.n_statics;

	*s = (struct cgn_statics){ 0 };
	if (n == 0)
		return 0;
	s->at = calloc(n, sizeof(*s->at));
	if (s->at == NULL)
		return -ENOMEM;
	memcpy(s->at, conf->nat.statics, n * sizeof(*s->at));
	s->n = n;
	qsort(s->at, n, sizeof(*s->at), compare_statics);
	return 0;
}

void
cgn_statics_fini(struct cgn_statics *s)
{
	free(s->at);
	*s = (struct cgn_statics){ 0 };
}

/* The first one that is not before a place; n: there is none. */
static size_t
first_from(const struct cgn_statics *s, uint64_t place)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (place_of_static(&s->at[middle]) < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct cgn_conf_static *
cgn_statics_find(const struct cgn_statics *s, rte_be32_t addr, rte_be16_t port, uint8_t proto)
{
	uint64_t place = place_of(addr, rte_be_to_cpu_16(port), proto);
	size_t i = first_from(s, place);

	return i < s->n && place_of_static(&s->at[i]) == place ? &s->at[i] : NULL;
}

const struct cgn_conf_static *
cgn_statics_of(const struct cgn_statics *s, const struct cgn_prefix *subscriber)
{
	rte_be32_t first = subscriber->ip4 & rte_cpu_to_be_32(cgn_mask4(subscriber->len));
	size_t i = first_from(s, place_of(first, 0, 0));

	return i < s->n && cgn_prefix_has4(subscriber, s->at[i].in_addr) ? &s->at[i] : NULL;
}
