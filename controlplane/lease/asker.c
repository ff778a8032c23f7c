/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the client and the subscriber behind the source of a request, for the lease service.
 */
#include "controlplane/lease/asker.h"

#include "controlplane/link/local_addr.h"
#include "shared/softwire_addr.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <string.h>

int
cgn_askers_init(struct cgn_askers *a, const struct cgn_conf *conf, const struct cgn_realms *realms)
{
	*a = (struct cgn_askers){ .conf = conf, .realms = realms };
	return cgn_group_map_init(&a->groups, conf);
}

int
cgn_askers_prepare(struct cgn_askers *a, const struct cgn_conf *next)
{
	return cgn_group_map_init(&a->next, next);
}

void
cgn_askers_abandon(struct cgn_askers *a)
{
	cgn_group_map_fini(&a->next);
}

void
cgn_askers_set_conf(struct cgn_askers *a, const struct cgn_conf *conf)
{
	a->conf = conf;
	if (a->next.n4 == 0)
		return;
	cgn_group_map_fini(&a->groups);
	a->groups = a->next;
	a->next = (struct cgn_group_map){ 0 };
}

void
cgn_askers_fini(struct cgn_askers *a)
{
	cgn_askers_abandon(a);
	cgn_group_map_fini(&a->groups);
}

/* Only an AFTR takes requests over IPv6: at its end of the softwires, and at the anycast address. */
static bool
is_inside6(const struct cgn_conf *conf, const struct cgn_return_addr *from)
{
	const struct cgn_ip aftr = { .is_ip6 = true, .ip6 = conf->softwire.local };

	return conf->softwire.role == CGN_SOFTWIRE_AFTR && from->link < conf->n_ports &&
			conf->ports[from->link].side == CGN_SIDE_INSIDE &&
			(cgn_local_addr_same(&from->local, &aftr) ||
					cgn_local_addr_is_anycast(conf, &from->local));
}

/* Whether a request came by an inside port or a softwire, to an address of the inside. */
static bool
is_inside(const struct cgn_conf *conf, const struct cgn_return_addr *from)
{
	if (from->remote.is_ip6 != from->local.is_ip6)
		return false;
	if (from->remote.is_ip6)
		return is_inside6(conf, from);
	if (from->is_wire && from->local.ip4 == CGN_SOFTWIRE_AFTR_ADDR)
		return true;
	if (!from->is_wire &&
			(from->link >= conf->n_ports ||
					conf->ports[from->link].side != CGN_SIDE_INSIDE))
		return false;
	return cgn_local_addr_is_inside(conf, from->local.ip4) ||
			cgn_local_addr_is_anycast(conf, &from->local);
}

/* A client that is reached without a softwire. Limits count by subscriber: its IPv4 prefix. */
static int
find_native(const struct cgn_askers *a, rte_be32_t addr, struct cgn_asker *out)
{
	uint32_t group = cgn_group_find4(&a->groups, addr);
	rte_be32_t prefix;

	if (group == CGN_GROUP_NONE)
		return -ENOENT;
	prefix = addr & rte_cpu_to_be_32(cgn_mask4(a->conf->groups[group].subscriber_prefix_len));
	*out = (struct cgn_asker){ .addr = addr, .group = group };
	memcpy(&out->subscriber, &prefix, sizeof(prefix));
	return 0;
}

/* A client behind a softwire. Limits count by home. */
static int
find_in_home(const struct cgn_askers *a, const struct cgn_ip6 *b4, rte_be32_t addr,
		struct cgn_asker *out)
{
	uint32_t group = a->realms == NULL ? CGN_GROUP_NONE : cgn_group_find6(&a->groups, b4);
	uint8_t len;

	if (group == CGN_GROUP_NONE)
		return -ENOENT;
	len = a->conf->groups[group].subscriber_prefix6_len;
	*out = (struct cgn_asker){ .addr = addr,
		.realm = cgn_realms_find(a->realms, b4, len),
		.group = group,
		.is_home = true,
		.b4 = *b4,
		.subscriber = cgn_ip6_prefix(b4, len) };
	return 0;
}

/* A host that is no subscriber has a rate of its own. */
static struct cgn_asker
stranger(const struct cgn_return_addr *from)
{
	struct cgn_asker out = { .group = CGN_GROUP_NONE };

	if (from->remote.is_ip6)
		out.subscriber = from->remote.ip6;
	else
		memcpy(&out.subscriber, &from->remote.ip4, sizeof(from->remote.ip4));
	return out;
}

int
cgn_askers_find(const struct cgn_askers *a, const struct cgn_return_addr *from,
		struct cgn_asker *out)
{
	int ret;

	if (!is_inside(a->conf, from))
		return -ENETUNREACH;
	if (from->remote.is_ip6)
		ret = find_in_home(a, &from->remote.ip6, 0, out);
	else
		ret = from->is_wire ? find_in_home(a, &from->b4, from->remote.ip4, out)
				    : find_native(a, from->remote.ip4, out);
	if (ret == -ENOENT)
		*out = stranger(from);
	return ret;
}

int
cgn_askers_find_other(const struct cgn_askers *a, const struct cgn_asker *asks,
		const struct cgn_ip *client, struct cgn_asker *out)
{
	if (client->is_ip6)
		return -ENOENT;
	if (!cgn_asker_is_b4(asks))
		return find_native(a, client->ip4, out);
	if (!cgn_softwire_is_inner(client->ip4))
		return -ENOENT;
	*out = *asks;
	out->addr = client->ip4;
	return 0;
}

uint32_t
cgn_askers_find_realm(const struct cgn_askers *a, const struct cgn_ip6 *b4)
{
	struct cgn_asker home;

	return find_in_home(a, b4, 0, &home) < 0 ? 0 : home.realm;
}
