/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The formula of deterministic NAT (RFC 7422 section 2) with algorithm 0, and its reverse.
 */
#include "shared/det.h"

#include "shared/wellknown.h"

#include <errno.h>
#include <stdlib.h>

#define PORTS           65536u
#define SUBSCRIBERS_MAX (UINT64_C(1) << 30)

static_assert(CGN_DET_SLOTS_MAX * CGN_BLOCK_MIN >= PORTS,
		"ranges of the least size find room in the list, whatever the range of the pool");

static unsigned __int128
number_of(const struct cgn_ip6 *a)
{
	unsigned __int128 v = 0;

	for (size_t i = 0; i < sizeof(a->b); i++)
		v = v << 8 | a->b[i];
	return v;
}

/* --- inside: prefixes and numbers ---------------------------------------------------------- */

/* The subscribers of a prefix, all of them if there are too many. */
static struct cgn_det_prefix
det_prefix(const struct cgn_det *d, const struct cgn_prefix *p)
{
	unsigned int len = p->is_ip6 ? d->len6 : d->len4;
	unsigned int bits = len > p->len ? len - p->len : 0;
	struct cgn_det_prefix out = {
		.first = p->is_ip6 ? number_of(&p->ip6) : rte_be_to_cpu_32(p->ip4),
		.n = bits > 31 ? UINT32_MAX : UINT32_C(1) << bits,
		.is_ip6 = p->is_ip6,
	};

	/* The addresses of the network and of broadcast are no hosts. A /31 has none of them (RFC 3021). */
	if (!p->is_ip6 && len == 32 && bits >= 2 && bits < 32) {
		out.first++;
		out.n -= 2;
	}
	return out;
}

static int
by_address(const void *a, const void *b)
{
	const struct cgn_det_prefix *x = a, *y = b;

	if (x->is_ip6 != y->is_ip6)
		return x->is_ip6 ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

static int
number_subscribers(struct cgn_det *d, const struct cgn_conf_group *group)
{
	size_t size = (group->n_prefixes + 1) * sizeof(*d->by_number);
	uint64_t n = 0;

	d->by_number = malloc(size);
	d->by_address = malloc(size);
	if (d->by_number == NULL || d->by_address == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < group->n_prefixes; i++) {
		d->by_number[i] = det_prefix(d, &group->prefixes[i]);
		d->by_number[i].number = (uint32_t)n;
		n += d->by_number[i].n;
		if (n > SUBSCRIBERS_MAX)
			return -E2BIG;
		d->by_address[i] = d->by_number[i];
		d->n_prefixes4 += !group->prefixes[i].is_ip6;
	}
	d->n_prefixes = group->n_prefixes;
	d->n_subscribers = (uint32_t)n;
	qsort(d->by_address, d->n_prefixes, sizeof(*d->by_address), by_address);
	return 0;
}

static bool
det_forward(const struct cgn_det *d, const struct cgn_det_prefix *list, size_t n,
		unsigned __int128 addr, unsigned int shift, struct cgn_det_place *place)
{
	unsigned __int128 offset;

	/* The last prefix that begins at the address or before it. */
	for (size_t left = n; left > 1;) {
		size_t half = left / 2;

		list = list[half].first <= addr ? list + half : list;
		left -= half;
	}
	if (n == 0 || addr < list->first)
		return false;
	offset = (addr - list->first) >> shift;
	if (offset >= list->n)
		return false;
	place->number = list->number + (uint32_t)offset;
	place->outside = place->number / d->slots;
	place->slot = place->number % d->slots;
	return true;
}

bool
cgn_det_forward4(const struct cgn_det *d, rte_be32_t addr, struct cgn_det_place *place)
{
	return det_forward(d, d->by_address, d->n_prefixes4, rte_be_to_cpu_32(addr), 32u - d->len4,
			place);
}

bool
cgn_det_forward6(const struct cgn_det *d, const struct cgn_ip6 *addr, struct cgn_det_place *place)
{
	return det_forward(d, d->by_address + d->n_prefixes4, d->n_prefixes - d->n_prefixes4,
			number_of(addr), 128u - d->len6, place);
}

struct cgn_prefix
cgn_det_subscriber(const struct cgn_det *d, uint32_t number)
{
	const struct cgn_det_prefix *p = d->by_number;
	struct cgn_prefix out = { 0 };
	unsigned __int128 addr;

	/* The last prefix whose first number is not above this one. Prefixes without subscribers do not exist. */
	for (size_t left = d->n_prefixes; left > 1;) {
		size_t half = left / 2;

		p = p[half].number <= number ? p + half : p;
		left -= half;
	}
	out.is_ip6 = p->is_ip6;
	out.len = p->is_ip6 ? d->len6 : d->len4;
	addr = p->first +
			((unsigned __int128)(number - p->number)
					<< ((p->is_ip6 ? 128u : 32u) - out.len));
	if (!p->is_ip6) {
		out.ip4 = rte_cpu_to_be_32((uint32_t)addr);
		return out;
	}
	for (unsigned int i = sizeof(out.ip6.b); i-- > 0; addr >>= 8)
		out.ip6.b[i] = (uint8_t)addr;
	return out;
}

/* --- outside: addresses and ports ---------------------------------------------------------- */

static int
list_outside(struct cgn_det *d, const struct cgn_conf_pool *pool)
{
	d->outside = malloc((pool->n_ranges + 1) * sizeof(*d->outside));
	if (d->outside == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < pool->n_ranges; i++) {
		d->outside[i] = (struct cgn_det_outside){
			.first = pool->ranges[i].first,
			.n = pool->ranges[i].last - pool->ranges[i].first + 1,
			.index = d->n_outside,
		};
		d->n_outside += d->outside[i].n;
	}
	d->n_ranges = pool->n_ranges;
	return 0;
}

static int
reserve(struct cgn_det *d, const struct cgn_conf_group *group)
{
	const struct cgn_conf_deterministic *c = &group->deterministic;

	if (c->n_reserved == 0)
		return 0;
	d->reserved = calloc(PORTS / 64, sizeof(*d->reserved));
	if (d->reserved == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_reserved; i++) {
		for (uint32_t port = c->reserved[i].first; port <= c->reserved[i].last; port++)
			d->reserved[port >> 6] |= UINT64_C(1) << (port & 63);
	}
	return 0;
}

static bool
is_usable(const struct cgn_det *d, uint32_t port)
{
	return port >= d->port_min && port <= d->port_max &&
			!cgn_det_is_reserved(d, (uint16_t)port);
}

/* Share the ports of an address out: own ranges first, behind them the dynamic part. */
static int
share_ports(struct cgn_det *d)
{
	uint32_t usable = 0, i = 0;

	for (uint32_t port = 0; port < PORTS; port++)
		usable += is_usable(d, port);
	d->slots = (uint32_t)(((uint64_t)d->n_subscribers + d->n_outside - 1) / d->n_outside);
	if (d->slots == 0)
		d->slots = 1;
	d->ports = usable / (d->slots + d->dynamic);
	if (d->ports < CGN_BLOCK_MIN)
		return -ERANGE;
	d->dynamic_first = d->port_max + 1u;
	for (uint32_t port = d->port_min; port <= d->port_max; port++) {
		if (!is_usable(d, port))
			continue;
		if (i == d->slots * d->ports) {
			d->dynamic_first = port;
			break;
		}
		if (i % d->ports == 0)
			d->starts[i / d->ports] = (uint16_t)port;
		i++;
	}
	return 0;
}

int
cgn_det_init(struct cgn_det *d, const struct cgn_conf_group *group,
		const struct cgn_conf_pool *pool)
{
	int ret;

	*d = (struct cgn_det){
		.dynamic = group->deterministic.dynamic,
		.ports_max = group->deterministic.ports_max,
		.len4 = group->subscriber_prefix_len,
		.len6 = group->subscriber_prefix6_len,
		.port_min = pool->port_min,
		.port_max = pool->port_max,
	};
	ret = number_subscribers(d, group);
	if (ret == 0)
		ret = list_outside(d, pool);
	if (ret == 0)
		ret = reserve(d, group);
	if (ret == 0)
		ret = d->n_outside == 0 ? -ERANGE : share_ports(d);
	return ret;
}

void
cgn_det_fini(struct cgn_det *d)
{
	free(d->by_number);
	free(d->by_address);
	free(d->outside);
	free(d->reserved);
	*d = (struct cgn_det){ 0 };
}

rte_be32_t
cgn_det_address(const struct cgn_det *d, uint32_t index)
{
	const struct cgn_det_outside *r = d->outside;

	for (size_t left = d->n_ranges; left > 1;) {
		size_t half = left / 2;

		r = r[half].index <= index ? r + half : r;
		left -= half;
	}
	return rte_cpu_to_be_32(r->first + (index - r->index));
}

/* Index of an outside address; CGN_DET_NONE: it is not in the pool. */
static uint32_t
outside_index(const struct cgn_det *d, uint32_t addr)
{
	const struct cgn_det_outside *r = d->outside;

	for (size_t left = d->n_ranges; left > 1;) {
		size_t half = left / 2;

		r = r[half].first <= addr ? r + half : r;
		left -= half;
	}
	return addr >= r->first && addr - r->first < r->n ? r->index + (addr - r->first)
							  : CGN_DET_NONE;
}

uint32_t
cgn_det_slot_of(const struct cgn_det *d, uint16_t port)
{
	const uint16_t *s = d->starts;

	if (port < d->starts[0] || port >= d->dynamic_first)
		return CGN_DET_NONE;
	for (uint32_t left = d->slots; left > 1;) {
		uint32_t half = left / 2;

		s = s[half] <= port ? s + half : s;
		left -= half;
	}
	return (uint32_t)(s - d->starts);
}

enum cgn_det_kind
cgn_det_reverse(const struct cgn_det *d, rte_be32_t addr, uint16_t port, uint32_t *number)
{
	uint32_t index = outside_index(d, rte_be_to_cpu_32(addr)), k;

	if (index == CGN_DET_NONE)
		return CGN_DET_FOREIGN;
	/* The two ports have a place in U, but the NAT never gives them out (RFC 6887 section 11.3). */
	if (!is_usable(d, port) || port == CGN_NATPMP_PORT || port == CGN_NATPMP_ANNOUNCE_PORT)
		return CGN_DET_RESERVED;
	if (port >= d->dynamic_first)
		return d->dynamic > 0 ? CGN_DET_DYNAMIC : CGN_DET_UNUSED;
	k = index * d->slots + cgn_det_slot_of(d, port);
	if (k >= d->n_subscribers)
		return CGN_DET_UNUSED;
	*number = k;
	return CGN_DET_OWN;
}

uint16_t
cgn_det_last_port(const struct cgn_det *d, uint32_t slot)
{
	uint32_t last = cgn_det_end(d, slot) - 1;

	while (cgn_det_is_reserved(d, (uint16_t)last))
		last--;
	return (uint16_t)last;
}

bool
cgn_det_next_reserved(const struct cgn_det *d, uint32_t from, struct cgn_port_range *out)
{
	uint32_t last;

	while (from < PORTS && is_usable(d, from))
		from++;
	if (from == PORTS)
		return false;
	for (last = from; last + 1 < PORTS && !is_usable(d, last + 1); last++)
		;
	*out = (struct cgn_port_range){ (uint16_t)from, (uint16_t)last };
	return true;
}

/* --- all groups ---------------------------------------------------------------------------- */

int
cgn_det_set_init(struct cgn_det_set *s, const struct cgn_conf *conf)
{
	int ret = -ENOMEM;

	*s = (struct cgn_det_set){ .n_groups = conf->n_groups };
	s->by_group = calloc(conf->n_groups + 1, sizeof(*s->by_group));
	if (s->by_group == NULL)
		return ret;
	for (size_t g = 0; g < conf->n_groups; g++) {
		const struct cgn_conf_group *group = &conf->groups[g];

		if (!group->deterministic.is_on)
			continue;
		s->by_group[g] = calloc(1, sizeof(*s->by_group[g]));
		ret = s->by_group[g] == NULL
				? -ENOMEM
				: cgn_det_init(s->by_group[g], group, &conf->pools[group->pool]);
		if (ret < 0) {
			cgn_det_set_fini(s);
			return ret;
		}
		s->n++;
	}
	return 0;
}

void
cgn_det_set_fini(struct cgn_det_set *s)
{
	for (size_t g = 0; s->by_group != NULL && g < s->n_groups; g++) {
		if (s->by_group[g] != NULL)
			cgn_det_fini(s->by_group[g]);
		free(s->by_group[g]);
	}
	free(s->by_group);
	*s = (struct cgn_det_set){ 0 };
}

const struct cgn_det *
cgn_det_of_pool(const struct cgn_det_set *s, const struct cgn_conf *conf, size_t pool)
{
	for (size_t g = 0; s->n > 0 && g < s->n_groups; g++) {
		if (s->by_group[g] != NULL && conf->groups[g].pool == pool)
			return s->by_group[g];
	}
	return NULL;
}
