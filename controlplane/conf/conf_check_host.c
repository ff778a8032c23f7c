/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of the host plane: a port that gives the host something needs the section `host`, and a B4 has no host
 * plane.
 */
#include "controlplane/conf/conf_check_host.h"

#include <string.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

static void
check_services(struct cgn_conf_checker *c, size_t port)
{
	const struct cgn_conf_port *p = &c->conf->ports[port];

	if (p->n_host != 0 && !c->conf->host.is_on && at(c, "ports[%zu].host", port))
		refuse(c, "must be an empty list, since there is no section host");
	for (uint32_t i = 1; i < p->n_host; i++) {
		if (!at(c, "ports[%zu].host[%u]", port, i))
			continue;
		for (uint32_t k = 0; k < i; k++) {
			if (p->host[k] == p->host[i]) {
				refuse(c, "must be there once");
				break;
			}
		}
	}
}

/* A group that no request can satisfy is surely a mistake. */
static void
check_auth(struct cgn_conf_checker *c, size_t group)
{
	const struct cgn_conf_group *g = &c->conf->groups[group];

	if (g->natpmp_auth == CGN_NATPMP_AUTH_NONE) {
		if (g->ipsec_mark.mask != 0 && at(c, "groups[%zu].ipsec_mark", group))
			refuse(c, "must be 0/0, since natpmp_auth is none");
		return;
	}
	if (!c->conf->host.is_on && at(c, "groups[%zu].natpmp_auth", group))
		refuse(c, "must be none, since there is no section host");
}

static void
check_upstream_auth(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	if (conf->natpmp.upstream_auth == CGN_NATPMP_AUTH_NONE || !at(c, "natpmp.upstream_auth"))
		return;
	if (conf->natpmp.role != CGN_NATPMP_RELAY)
		refuse(c, "must be none, since natpmp.role is not relay");
	else if (!conf->host.is_on)
		refuse(c, "must be none, since there is no section host");
}

/* Whether a name could be that of a port's interface: host.interface_prefix and a number. */
static bool
is_of_port(const struct cgn_conf *conf, const char *name)
{
	size_t n = strlen(conf->host.interface_prefix);

	return strncmp(name, conf->host.interface_prefix, n) == 0 && name[n] != '\0' &&
			name[n + strspn(name + n, "0123456789")] == '\0';
}

static void
check_names(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	if (at(c, "host.interface_prefix") && at(c, "host.pools_interface") &&
			is_of_port(conf, conf->host.pools_interface))
		refuse(c, "must be another name; the interfaces of ports are host.interface_prefix and a number");
	if (at(c, "host.pools_interface") &&
			(strcmp(conf->host.pools_interface, "all") == 0 ||
					strcmp(conf->host.pools_interface, "default") == 0))
		refuse(c, "must be another name; the kernel keeps this one for its settings");
	if (at(c, "host.netns") &&
			(strchr(conf->host.netns, '/') != NULL ||
					strcmp(conf->host.netns, ".") == 0 ||
					strcmp(conf->host.netns, "..") == 0))
		refuse(c, "must be a name without '/', as `ip netns` shows it");
}

void
cgn_conf_check_host(struct cgn_conf_checker *c)
{
	const struct cgn_conf *conf = c->conf;

	for (size_t i = 0; i < conf->n_ports; i++)
		check_services(c, i);
	for (size_t i = 0; i < conf->n_groups; i++)
		check_auth(c, i);
	check_upstream_auth(c);
	if (!conf->host.is_on)
		return;
	check_names(c);
	if (at(c, "softwire.role") && conf->softwire.role == CGN_SOFTWIRE_B4 && at(c, "host"))
		refuse(c, "must be left out, since softwire.role is b4");
}
