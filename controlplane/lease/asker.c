/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the client and the subscriber behind the source of a request, for the lease service.
 */
#include "controlplane/lease/asker.h"

#include "controlplane/link/local_addr.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <string.h>

int
cgn_askers_init(struct cgn_askers *a, const struct cgn_conf *conf, const struct cgn_realms *realms)
{
	*a = (struct cgn_askers){ .conf = conf, .realms = realms };
	return cgn_group_map_init(&a->groups, conf);
}

void
cgn_askers_fini(struct cgn_askers *a)
{
	cgn_group_map_fini(&a->groups);
}

/* Whether a request came by an inside port or a softwire, to an address of the inside. */
static bool
is_inside(const struct cgn_conf *conf, const struct cgn_return_addr *from)
{
	if (from->remote.is_ip6 || from->local.is_ip6)
		return false;
	if (from->is_wire && from->local.ip4 == CGN_SOFTWIRE_AFTR_ADDR)
		return true;
	if (!from->is_wire &&
			(from->link >= conf->n_ports ||
					conf->ports[from->link].side != CGN_SIDE_INSIDE))
		return false;
	return cgn_local_addr_is_inside(conf, from->local.ip4);
}

/* Limits count by subscriber: the prefix of a home, or the IPv4 prefix of a native subscriber. */
static struct cgn_ip6
subscriber_of(const struct cgn_conf_group *g, const struct cgn_return_addr *from)
{
	struct cgn_ip6 prefix = { 0 };
	rte_be32_t addr;

	/* In a group that has only homes, subscriber_prefix_len is not a length of IPv4 prefixes. So homes
	 * are taken first. */
	if (from->is_wire)
		return cgn_ip6_prefix(&from->b4, g->subscriber_prefix6_len);
	addr = from->remote.ip4 & rte_cpu_to_be_32(cgn_mask4(g->subscriber_prefix_len));
	memcpy(&prefix, &addr, sizeof(addr));
	return prefix;
}

int
cgn_askers_find(const struct cgn_askers *a, const struct cgn_return_addr *from,
		struct cgn_asker *out)
{
	const struct cgn_conf_group *g;
	uint32_t group;

	if (!is_inside(a->conf, from))
		return -ENETUNREACH;
	if (from->is_wire && a->realms == NULL)
		return -ENOENT;
	group = from->is_wire ? cgn_group_find6(&a->groups, &from->b4)
			      : cgn_group_find4(&a->groups, from->remote.ip4);
	if (group == CGN_GROUP_NONE)
		return -ENOENT;
	g = &a->conf->groups[group];
	*out = (struct cgn_asker){ .addr = from->remote.ip4,
		.group = group,
		.is_home = from->is_wire,
		.b4 = from->b4,
		.subscriber = subscriber_of(g, from) };
	if (from->is_wire)
		out->realm = cgn_realms_find(a->realms, &from->b4, g->subscriber_prefix6_len);
	return 0;
}
