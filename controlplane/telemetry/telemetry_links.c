/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Neighbours and routes for telemetry_tables.c.
 */
#include "controlplane/telemetry/telemetry_links.h"

#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/addr_text.h"
#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdio.h>

#include <rte_telemetry.h>

static void
links_text(struct rte_tel_data *d, const char *name, const char *value)
{
	rte_tel_data_add_dict_string(d, name, value);
}

static void
neighbour(struct rte_tel_data *d, const struct cgn_resolver_row *r, const struct cgn_conf *conf,
		uint64_t now_ms)
{
	char text[CGN_ADDR_TEXT_MAX], mac[RTE_ETHER_ADDR_FMT_SIZE];

	links_text(d, "address", cgn_addr_text_format_ip(&r->addr, text));
	links_text(d, "port", r->port < conf->n_ports ? conf->ports[r->port].name : "");
	links_text(d, "state", r->state);
	if (r->has_mac) {
		rte_ether_format_addr(mac, sizeof(mac), &r->mac);
		links_text(d, "mac", mac);
	}
	if (r->heard_ms != 0)
		rte_tel_data_add_dict_uint(d, "heard_ago_s", (now_ms - r->heard_ms) / 1000);
	links_text(d, "next_hop", r->is_next_hop ? "yes" : "no");
}

int
cgn_telemetry_links_neighbours(struct rte_tel_data *out, struct cgn_control *control,
		uint32_t cursor, uint64_t now_ms)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	struct cgn_resolver_row rows[CGN_TELEMETRY_LINKS_ROWS];
	bool is_end;
	uint32_t n = cgn_resolver_read(cgn_control_resolver(control), &cursor, rows,
			CGN_TELEMETRY_LINKS_ROWS, &is_end);
	struct rte_tel_data *t, *d;
	char next[16] = "";

	if (!is_end)
		snprintf(next, sizeof(next), "%u", cursor);
	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t i = 0; t != NULL && i < n; i++) {
		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		neighbour(d, &rows[i], conf, now_ms);
	}
	return t == NULL ? -ENOMEM : 0;
}

static void
route(struct rte_tel_data *d, struct cgn_control *control, const struct cgn_conf_route *r)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	char text[CGN_ADDR_TEXT_MAX];

	links_text(d, "prefix", cgn_addr_text_format_prefix(&r->prefix, text));
	links_text(d, "via", cgn_addr_text_format_ip(&r->via, text));
	links_text(d, "port", conf->ports[r->port].name);
	links_text(d, "resolved",
			cgn_resolver_has(cgn_control_resolver(control), r->port, &r->via) ? "yes"
											  : "no");
	links_text(d, "source", "configuration");
}

/* A prefix without the bits of the host. */
static struct cgn_prefix
link_of(const struct cgn_prefix *address)
{
	struct cgn_prefix p = *address;

	if (p.is_ip6)
		p.ip6 = cgn_ip6_prefix(&address->ip6, p.len);
	else
		p.ip4 &= rte_cpu_to_be_32(cgn_mask4(p.len));
	return p;
}

static void
link_route(struct rte_tel_data *d, const struct cgn_conf_port *port, unsigned int i)
{
	const struct cgn_prefix p = link_of(&port->addresses[i]);
	char text[CGN_ADDR_TEXT_MAX];

	links_text(d, "prefix", cgn_addr_text_format_prefix(&p, text));
	links_text(d, "port", port->name);
	links_text(d, "source", "link");
}

/* Add row @p i of all routes: those of the configuration, then the links of the ports. @param i  less than count_routes() */
static int
add_route(struct rte_tel_data *t, uint32_t place, struct cgn_control *control, uint32_t i)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	struct rte_tel_data *d = cgn_telemetry_rows_row(t, place);
	unsigned int p = 0;

	if (d == NULL)
		return -ENOMEM;
	if (i < conf->n_routes) {
		route(d, control, &conf->routes[i]);
		return 0;
	}
	i -= (uint32_t)conf->n_routes;
	while (i >= conf->ports[p].n_addresses)
		i -= conf->ports[p++].n_addresses;
	link_route(d, &conf->ports[p], i);
	return 0;
}

static uint32_t
count_routes(const struct cgn_conf *conf)
{
	uint32_t n = (uint32_t)conf->n_routes;

	for (unsigned int p = 0; p < conf->n_ports; p++)
		n += conf->ports[p].n_addresses;
	return n;
}

int
cgn_telemetry_links_routes(struct rte_tel_data *out, struct cgn_control *control, uint32_t first)
{
	uint32_t end = count_routes(cgn_control_conf(control));
	struct rte_tel_data *t;
	char next[16] = "";
	int ret = 0;

	if (first < end && end - first > CGN_TELEMETRY_LINKS_ROWS) {
		end = first + CGN_TELEMETRY_LINKS_ROWS;
		snprintf(next, sizeof(next), "%u", end);
	}
	t = cgn_telemetry_rows_table(out, next);
	if (t == NULL)
		return -ENOMEM;
	for (uint32_t i = first; ret == 0 && i < end; i++)
		ret = add_route(t, i - first, control, i);
	return ret;
}
