/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Keeps known neighbours over a restart.
 */
#include "controlplane/link/resolver_keep.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_ASK_MS 2000 /* all neighbours are asked within this time after the start */

/** A neighbour. Network order. */
struct row {
	char port[CGN_NAME_MAX];
	uint8_t addr[16]; /* IPv4 in the first four octets, 0 behind them */
	uint8_t mac[6];
	uint8_t is_ip6;
	uint8_t pad;
};
static_assert(sizeof(struct row) == CGN_NAME_MAX + 24, "part of the format");
static_assert(sizeof(struct row) <= CGN_RESOLVER_KEEP_MAX, "a row fits");

#define ROWS (CGN_RESOLVER_KEEP_MAX / sizeof(struct row))

static struct row
row_of(const struct cgn_resolver *t, const struct cgn_resolver_entry *e)
{
	struct row r = { .is_ip6 = e->n.addr.is_ip6 };

	memcpy(r.port, t->conf->ports[e->n.port].name, sizeof(r.port));
	if (e->n.addr.is_ip6)
		memcpy(r.addr, &e->n.addr.ip6, sizeof(r.addr));
	else
		memcpy(r.addr, &e->n.addr.ip4, sizeof(e->n.addr.ip4));
	memcpy(r.mac, e->n.mac, sizeof(r.mac));
	return r;
}

int
cgn_resolver_keep_write(const struct cgn_resolver *t, cgn_resolver_keep_put put, void *ctx)
{
	struct row *rows = calloc(ROWS, sizeof(*rows));
	size_t n = 0;
	int ret = 0;

	if (rows == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; ret == 0 && i < t->max; i++) {
		const struct cgn_resolver_entry *e = &t->entries[i];

		if (e->table == NULL || !cgn_resolver_is_known(e))
			continue;
		rows[n++] = row_of(t, e);
		if (n == ROWS) {
			ret = put(ctx, rows, n * sizeof(*rows));
			n = 0;
		}
	}
	if (ret == 0 && n != 0)
		ret = put(ctx, rows, n * sizeof(*rows));
	free(rows);
	return ret;
}

/* @return the index of a port; n_ports: there is none of that name */
static uint16_t
find_port(const struct cgn_conf *conf, const char name[static CGN_NAME_MAX])
{
	uint16_t i = 0;

	while (i < conf->n_ports && strncmp(conf->ports[i].name, name, CGN_NAME_MAX) != 0)
		i++;
	return i;
}

/* @return false: it does not fit */
static bool
take_row(struct cgn_resolver *t, const struct row *r, uint64_t now_ms)
{
	uint16_t port = find_port(t->conf, r->port);
	struct cgn_ip addr = { .is_ip6 = r->is_ip6 != 0 };
	struct rte_ether_addr mac;
	struct cgn_resolver_entry *e;

	if (addr.is_ip6)
		memcpy(&addr.ip6, r->addr, sizeof(addr.ip6));
	else
		memcpy(&addr.ip4, r->addr, sizeof(addr.ip4));
	memcpy(&mac, r->mac, sizeof(mac));
	if (port == t->conf->n_ports || rte_is_multicast_ether_addr(&mac) ||
			rte_is_zero_ether_addr(&mac) || !cgn_local_addr_is_host(&addr) ||
			!cgn_local_addr_on_link(&t->conf->ports[port], &addr) ||
			cgn_local_addr_answers(t->conf, port, &addr))
		return false;
	e = cgn_resolver_table_find(t, port, &addr);
	if (e != NULL && e->state != CGN_RESOLVER_STATE_ASKING)
		return false;
	if (e == NULL)
		e = cgn_resolver_table_add(t, port, &addr, CGN_RESOLVER_STATE_LOST);
	if (e == NULL)
		return false;
	cgn_resolver_table_set_mac(e, &mac, now_ms);
	cgn_resolver_state_hint(e, now_ms, KEEP_ASK_MS * (uint64_t)t->count / t->max);
	return true;
}

uint32_t
cgn_resolver_keep_take(struct cgn_resolver *t, const void *rows, size_t len, uint64_t now_ms)
{
	uint32_t n = 0;
	struct row r;

	for (size_t at = 0; len - at >= sizeof(r); at += sizeof(r)) {
		memcpy(&r, (const uint8_t *)rows + at, sizeof(r));
		n += take_row(t, &r, now_ms) ? 1 : 0;
	}
	return n;
}
