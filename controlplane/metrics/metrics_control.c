/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The families of metrics about the control thread, pools, groups, ports and next hops.
 */
#include "controlplane/metrics/metrics_control.h"

#include "controlplane/counters.h"
#include "shared/addr_text.h"

#include <stdio.h>

#include <rte_ethdev.h>

#define COUNTER CGN_OPENMETRICS_COUNTER
#define GAUGE   CGN_OPENMETRICS_GAUGE

static void
begin_family(struct cgn_openmetrics *om, enum cgn_openmetrics_type type, const char *room,
		const char *name, const char *unit, const char *help)
{
	const struct cgn_openmetrics_family f = {
		.type = type, .name = { "cgnd_", room, name }, .unit = unit, .help = help
	};

	cgn_openmetrics_family(om, &f);
}

/* --- the control thread ------------------------------------------------------------------------ */

/** Where the values of a group of counters go. */
struct target {
	struct cgn_openmetrics *om;
	const char *room;
};

/* Write a family with one value and no label. */
static void
write_value(void *arg, const struct cgn_counters_value *v)
{
	const struct target *t = arg;

	begin_family(t->om, v->is_gauge ? GAUGE : COUNTER, t->room, v->name, NULL, v->help);
	cgn_openmetrics_value(t->om, NULL, 0, v->value);
}

static void
write_control(struct cgn_openmetrics *om, struct cgn_control *control)
{
	struct target process = { om, "process_" }, own = { om, "control_" },
		      portmap = { om, "portmap_" };

	cgn_counters_process(write_value, &process);
	cgn_counters_control(control, write_value, &own);
	if (cgn_counters_has_portmap(control))
		cgn_counters_portmap(control, write_value, &portmap);
}

/* --- pools and groups -------------------------------------------------------------------------- */

/* Write a family "cgnd_pool_<name>" with one value for each pool. `field` is read from `sum`. */
#define POOL_FAMILY(type, field, label, help)                                                      \
	begin_family(om, type, "pool_", label, NULL, help);                                        \
	for (size_t i = 0; i < conf->n_pools; i++) {                                               \
		if (conf->pools[i].is_gone)                                                        \
			continue;                                                                  \
		cgn_openmetrics_value(om,                                                          \
				&(struct cgn_openmetrics_label){ "pool", conf->pools[i].name }, 1, \
				cgn_counter_get(&sum[i].field));                                   \
	}

#define GROUP_FAMILY(type, field, label, help)                                                    \
	begin_family(om, type, "group_", label, NULL, help);                                      \
	for (size_t i = 0; i < conf->n_groups; i++) {                                             \
		if (conf->groups[i].is_gone)                                                      \
			continue;                                                                 \
		cgn_openmetrics_value(om,                                                         \
				&(struct cgn_openmetrics_label){ "group", conf->groups[i].name }, \
				1, cgn_counter_get(&sum[i].field));                               \
	}

static void
write_pools(struct cgn_openmetrics *om, const struct cgn_conf *conf,
		const struct cgn_planes *planes)
{
	struct cgn_pool_stats sum[CGN_POOLS_MAX] = { 0 };

	for (unsigned int i = 0; i < conf->n_pools; i++) {
		for (unsigned int w = 0; w < planes->n_workers; w++)
			cgn_stats_add_pool(&sum[i], planes->workers[w].stats, i);
	}
#define POOL_GAUGE(field, label, help)   POOL_FAMILY(GAUGE, field, label, help)
#define POOL_COUNTER(field, label, help) POOL_FAMILY(COUNTER, field, label, help)
	CGN_POOL_GAUGES(POOL_GAUGE)
	CGN_POOL_COUNTERS(POOL_COUNTER)
#undef POOL_GAUGE
#undef POOL_COUNTER
}

static void
write_groups(struct cgn_openmetrics *om, const struct cgn_conf *conf,
		const struct cgn_planes *planes)
{
	struct cgn_group_stats sum[CGN_GROUPS_MAX] = { 0 };

	for (unsigned int i = 0; i < conf->n_groups; i++) {
		for (unsigned int w = 0; w < planes->n_workers; w++)
			cgn_stats_add_group(&sum[i], planes->workers[w].stats, i);
	}
#define GROUP_GAUGE(field, label, help)   GROUP_FAMILY(GAUGE, field, label, help)
#define GROUP_COUNTER(field, label, help) GROUP_FAMILY(COUNTER, field, label, help)
	CGN_GROUP_GAUGES(GROUP_GAUGE)
	CGN_GROUP_COUNTERS(GROUP_COUNTER)
#undef GROUP_GAUGE
#undef GROUP_COUNTER
}

/* --- ports ------------------------------------------------------------------------------------- */

/** What a family about ports shows of a port. */
struct port_now {
	uint64_t rx_pkts;
	uint64_t rx_bytes;
	uint64_t tx_pkts;
	uint64_t tx_bytes;
	uint64_t missed;
	uint64_t no_buffer;
	bool has_device; /* the device tells missed and no_buffer */
	bool is_up;
	bool is_receiving;
};

static const struct {
	enum cgn_openmetrics_type type;
	const char *name;
	const char *unit;
	const char *help;
	bool is_of_device; /* it comes from the device, not from the workers */
} port_families[] = {
	{ COUNTER, "rx_packets", "packets", "packets received", false },
	{ COUNTER, "rx_bytes", "bytes", "octets received", false },
	{ COUNTER, "tx_packets", "packets", "packets sent", false },
	{ COUNTER, "tx_bytes", "bytes", "octets sent", false },
	{ COUNTER, "rx_missed_packets", "packets",
			"packets that the device dropped because the worker was too slow", true },
	{ COUNTER, "rx_no_buffer_packets", "packets",
			"packets that the device dropped because there was no packet buffer",
			true },
	{ GAUGE, "link_up", NULL, "1: the link carries packets, or the device does not say",
			false },
	{ GAUGE, "receiving", NULL, "0: packets arrive at the interface, but cgnd receives none",
			false },
};

/* The value of a port for a row of port_families. */
static uint64_t
port_value(const struct port_now *p, size_t row)
{
	const uint64_t values[] = { p->rx_pkts, p->rx_bytes, p->tx_pkts, p->tx_bytes, p->missed,
		p->no_buffer, p->is_up, p->is_receiving };

	static_assert(sizeof(values) / sizeof(values[0]) ==
					sizeof(port_families) / sizeof(port_families[0]),
			"one value for each family");
	return values[row];
}

static struct port_now
read_port(struct cgn_control *control, unsigned int port)
{
	const struct cgn_planes *planes = cgn_control_planes(control);
	const struct cgn_port_watch *watch = cgn_control_port_watch(control);
	enum cgn_link link = cgn_port_watch_reading(watch, port)->netif.link;
	struct rte_eth_stats device;
	struct port_now p = {
		.is_up = link == CGN_LINK_UP || link == CGN_LINK_UNKNOWN,
		.is_receiving = !cgn_port_watch_is_silent(watch, port),
	};

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		const struct cgn_port_stats *s = &planes->workers[w].stats->port[port];

		p.rx_pkts += cgn_counter_get(&s->rx_pkts);
		p.rx_bytes += cgn_counter_get(&s->rx_bytes);
		p.tx_pkts += cgn_counter_get(&s->tx_pkts);
		p.tx_bytes += cgn_counter_get(&s->tx_bytes);
	}
	p.has_device = rte_eth_stats_get(planes->ports[port].dpdk_port, &device) == 0;
	if (p.has_device) {
		p.missed = device.imissed;
		p.no_buffer = device.rx_nombuf;
	}
	return p;
}

static void
write_ports(struct cgn_openmetrics *om, struct cgn_control *control)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	struct port_now now[CGN_PORTS_MAX];

	for (unsigned int i = 0; i < conf->n_ports; i++)
		now[i] = read_port(control, i);
	for (size_t row = 0; row < sizeof(port_families) / sizeof(port_families[0]); row++) {
		begin_family(om, port_families[row].type, "port_", port_families[row].name,
				port_families[row].unit, port_families[row].help);
		for (unsigned int i = 0; i < conf->n_ports; i++) {
			const struct cgn_openmetrics_label labels[] = {
				{ "port", conf->ports[i].name },
				{ "side",
						conf->ports[i].side == CGN_SIDE_INSIDE
								? "inside"
								: "outside" },
			};

			/* A counter that is not known is left out: 0 would look like a restart. */
			if (now[i].has_device || !port_families[row].is_of_device)
				cgn_openmetrics_value(om, labels, 2, port_value(&now[i], row));
		}
	}
}

/* What the kernel gets of each port, and its packets. */
static void
write_host(struct cgn_openmetrics *om, struct cgn_control *control)
{
	const struct cgn_host_plane *host = cgn_host_ports(cgn_control_host(control));
	const struct cgn_conf *conf = cgn_control_conf(control);

	if (host == NULL)
		return;
#define HOST_FAMILY(field, label, help)                                                            \
	begin_family(om, COUNTER, "port_", label, NULL, help);                                     \
	for (uint16_t i = 0; i < conf->n_ports; i++)                                               \
		cgn_openmetrics_value(om,                                                          \
				&(struct cgn_openmetrics_label){ "port", conf->ports[i].name }, 1, \
				cgn_host_plane_stats(host, i)->field);
	CGN_HOST_COUNTERS(HOST_FAMILY)
#undef HOST_FAMILY
}

/* --- next hops --------------------------------------------------------------------------------- */

static void
write_next_hops(struct cgn_openmetrics *om, struct cgn_control *control)
{
	const struct cgn_conf *conf = cgn_control_conf(control);

	begin_family(om, GAUGE, "route_", "next_hop_known", NULL,
			"1: the MAC address of the route's next hop is known; 0: it does not answer, or no packet has needed it yet");
	for (size_t i = 0; i < conf->n_routes; i++) {
		const struct cgn_conf_route *r = &conf->routes[i];
		char prefix[CGN_ADDR_TEXT_MAX], via[CGN_ADDR_TEXT_MAX];
		const struct cgn_openmetrics_label labels[] = {
			{ "prefix", cgn_addr_text_format_prefix(&r->prefix, prefix) },
			{ "via", cgn_addr_text_format_ip(&r->via, via) },
			{ "port", conf->ports[r->port].name },
		};

		cgn_openmetrics_value(om, labels, 3,
				cgn_resolver_has(cgn_control_resolver(control), r->port, &r->via));
	}
}

void
cgn_metrics_control_write(struct cgn_openmetrics *om, struct cgn_control *control)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	const struct cgn_planes *planes = cgn_control_planes(control);

	write_control(om, control);
	write_pools(om, conf, planes);
	write_groups(om, conf, planes);
	write_ports(om, control);
	write_host(om, control);
	write_next_hops(om, control);
}
