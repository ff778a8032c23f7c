/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which client has which port of the outermost NAT, for the transactions of the relay.
 */
#include "controlplane/relay/relay_grants.h"

#include <stdlib.h>
#include <string.h>

#define PORTS 65536

struct grant {
	uint64_t until_ms;
	rte_be32_t client;
	rte_be32_t ext_addr; /* 0: only reserved */
	uint32_t generation;
	uint16_t wan_port;
	rte_be16_t in_port; /* of the client */
	uint8_t nonce[CGN_LEASE_NONCE];
};

struct half {
	struct grant grants[PORTS]; /* by external port */
	uint16_t ext_ports[PORTS];  /* by port of the WAN address; 0: none */
};

struct cgn_relay_grants {
	uint32_t generation; /* entries of an older one are in doubt */
	struct half halves[2];
};

static unsigned int
half_of(enum cgn_proto proto)
{
	return proto == CGN_PROTO_UDP ? 0 : 1;
}

struct cgn_relay_grants *
cgn_relay_grants_create(void)
{
	return calloc(1, sizeof(struct cgn_relay_grants));
}

void
cgn_relay_grants_destroy(struct cgn_relay_grants *g)
{
	free(g);
}

/* The grant of a port of the WAN address. NULL: it has none. The two tables may disagree: another port of
 * the WAN address may have got the external port since. */
static struct grant *
by_wan(struct half *h, uint16_t wan_port)
{
	uint16_t ext_port = h->ext_ports[wan_port];

	return ext_port != 0 && h->grants[ext_port].wan_port == wan_port ? &h->grants[ext_port]
									 : NULL;
}

uint16_t
cgn_relay_grants_find_wan(const struct cgn_relay_grants *g, const struct cgn_ep4 *client,
		const uint8_t nonce[CGN_LEASE_NONCE], uint64_t now_ms)
{
	const struct half *h = &g->halves[half_of(client->proto)];

	for (uint32_t wan_port = 1; wan_port < PORTS; wan_port++) {
		const struct grant *x = &h->grants[h->ext_ports[wan_port]];

		if (h->ext_ports[wan_port] != 0 && x->wan_port == wan_port &&
				x->until_ms > now_ms && x->client == client->addr &&
				x->in_port == client->port &&
				memcmp(x->nonce, nonce, CGN_LEASE_NONCE) == 0)
			return (uint16_t)wan_port;
	}
	return 0;
}

bool
cgn_relay_grants_has(const struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint64_t now_ms)
{
	const struct half *h = &g->halves[half_of(proto)];
	uint16_t ext_port = h->ext_ports[wan_port];
	const struct grant *x = &h->grants[ext_port];

	return ext_port != 0 && x->wan_port == wan_port && x->until_ms > now_ms;
}

bool
cgn_relay_grants_find(const struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		struct cgn_ep4 *ext, uint64_t *until_ms, uint64_t now_ms)
{
	const struct half *h = &g->halves[half_of(proto)];
	uint16_t ext_port = h->ext_ports[wan_port];
	const struct grant *x = &h->grants[ext_port];

	if (ext_port == 0 || x->wan_port != wan_port || x->ext_addr == 0 || x->until_ms <= now_ms ||
			x->generation != g->generation)
		return false;
	*ext = (struct cgn_ep4){
		.addr = x->ext_addr, .port = rte_cpu_to_be_16(ext_port), .proto = (uint8_t)proto
	};
	*until_ms = x->until_ms;
	return true;
}

void
cgn_relay_grants_drop(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port)
{
	struct half *h = &g->halves[half_of(proto)];
	struct grant *old = by_wan(h, wan_port);

	if (old != NULL)
		old->until_ms = 0;
	h->ext_ports[wan_port] = 0;
}

void
cgn_relay_grants_put(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		const struct cgn_ep4 *ext, const uint8_t nonce[CGN_LEASE_NONCE],
		const struct cgn_ep4 *client, uint64_t until_ms)
{
	struct half *h = &g->halves[half_of(proto)];
	uint16_t ext_port = rte_be_to_cpu_16(ext->port);

	cgn_relay_grants_drop(g, proto, wan_port);
	h->ext_ports[wan_port] = ext_port;
	h->grants[ext_port] = (struct grant){
		.until_ms = until_ms,
		.client = client->addr,
		.in_port = client->port,
		.ext_addr = ext->addr,
		.generation = g->generation,
		.wan_port = wan_port,
	};
	memcpy(h->grants[ext_port].nonce, nonce, CGN_LEASE_NONCE);
}

bool
cgn_relay_grants_update(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		const struct cgn_ep4 *ext, const uint8_t nonce[CGN_LEASE_NONCE],
		uint32_t lifetime_s, uint64_t now_ms)
{
	struct grant *x = by_wan(&g->halves[half_of(proto)], wan_port);
	struct cgn_ep4 old;
	uint64_t until_ms;

	if (!cgn_relay_grants_find(g, proto, wan_port, &old, &until_ms, now_ms) ||
			memcmp(x->nonce, nonce, CGN_LEASE_NONCE) != 0)
		return false;
	if (lifetime_s != 0 && old.addr == ext->addr && old.port == ext->port) {
		x->until_ms = RTE_MIN(until_ms, now_ms + lifetime_s * UINT64_C(1000));
		return false;
	}
	cgn_relay_grants_drop(g, proto, wan_port);
	return true;
}

void
cgn_relay_grants_doubt(struct cgn_relay_grants *g)
{
	g->generation++;
}

void
cgn_relay_grants_reserve(struct cgn_relay_grants *g, enum cgn_proto proto, uint16_t wan_port,
		uint16_t ext_port, const struct cgn_ep4 *client, uint64_t until_ms, uint64_t now_ms)
{
	struct half *h = &g->halves[half_of(proto)];
	const struct grant *old = by_wan(h, wan_port);
	const struct cgn_ep4 ext = { .port = rte_cpu_to_be_16(ext_port) };
	static const uint8_t none[CGN_LEASE_NONCE];

	/* A reservation takes nothing from a grant that is still valid. */
	if (ext_port == 0 || h->grants[ext_port].until_ms > now_ms ||
			(old != NULL && old->until_ms > now_ms))
		return;
	cgn_relay_grants_put(g, proto, wan_port, &ext, none, client, until_ms);
}

bool
cgn_relay_grants_is_others(const struct cgn_relay_grants *g, enum cgn_proto proto,
		uint16_t ext_port, rte_be32_t client, uint64_t now_ms)
{
	/* The other protocol: a client owns a port number in both (RFC 6886 section 3.3). */
	const struct grant *x = &g->halves[1 - half_of(proto)].grants[ext_port];

	return x->until_ms > now_ms && x->client != client;
}
