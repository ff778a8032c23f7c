/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tables of mappings, subscribers, leases, peers, pools, ports and workers as telemetry data, for telemetry.c.
 */
#include "controlplane/telemetry/telemetry_rows.h"

#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_show.h"
#include "controlplane/host/host_tun.h"
#include "controlplane/report.h"
#include "shared/addr_text.h"
#include "shared/ctl.h"
#include "shared/dpdk_compat.h"
#include "shared/percent.h"
#include "shared/tcpstate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_telemetry.h>

static const char *const proto_names[CGN_PROTO_COUNT] = {
	[CGN_PROTO_UDP] = "udp",
	[CGN_PROTO_TCP] = "tcp",
	[CGN_PROTO_ICMP] = "icmp",
};

static const char *const steering_names[] = {
	[CGN_STEER_SINGLE] = "single",
	[CGN_STEER_RSS_SRC] = "rss_source",
	[CGN_STEER_FLOW] = "flow_destination",
	[CGN_STEER_HANDOVER] = "handover",
};

static void
row_text(struct rte_tel_data *d, const char *name, const char *value)
{
	rte_tel_data_add_dict_string(d, name, value);
}

static void
row_number(struct rte_tel_data *d, const char *name, uint64_t value)
{
	rte_tel_data_add_dict_uint(d, name, value);
}

struct rte_tel_data *
cgn_telemetry_rows_child(struct rte_tel_data *d, const char *name)
{
	struct rte_tel_data *c = rte_tel_data_alloc();

	if (c == NULL)
		return NULL;
	rte_tel_data_start_dict(c);
	if (rte_tel_data_add_dict_container(d, name, c, 0) < 0) {
		rte_tel_data_free(c);
		return NULL;
	}
	return c;
}

struct rte_tel_data *
cgn_telemetry_rows_row(struct rte_tel_data *rows, unsigned int i)
{
	char name[12];

	snprintf(name, sizeof(name), "%u", i);
	return cgn_telemetry_rows_child(rows, name);
}

struct rte_tel_data *
cgn_telemetry_rows_table(struct rte_tel_data *out, const char *next)
{
	rte_tel_data_start_dict(out);
	if (next[0] != '\0')
		row_text(out, "next", next);
	return cgn_telemetry_rows_child(out, "rows");
}

uint32_t
cgn_telemetry_rows_page_end(uint32_t first, uint32_t n, uint32_t max, char next[static 16])
{
	next[0] = '\0';
	if (first >= n || n - first <= max)
		return n;
	snprintf(next, 16, "%u", first + max);
	return first + max;
}

void
cgn_telemetry_rows_long(struct rte_tel_data *d, const char *prefix, const char *text)
{
	char octet[] = "?", encoded[4], part[RTE_TEL_MAX_STRING_LEN] = "", name[32];
	size_t len = 0, n_parts = 0;

	for (const char *c = text; *c != '\0'; c++) {
		octet[0] = *c;
		(void)cgn_percent_encode(encoded, sizeof(encoded), octet); /* it fits */
		len += (size_t)snprintf(part + len, sizeof(part) - len, "%s", encoded);
		if (c[1] != '\0' && len + sizeof(encoded) <= sizeof(part))
			continue;
		snprintf(name, sizeof(name), "%s%zu", prefix, n_parts++);
		row_text(d, name, part);
		len = 0;
	}
}

/* Whether DPDK takes a text as it is. */
static bool
is_plain(const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0'; n++) {
		if (text[n] < ' ' || text[n] > '~' || text[n] == '"' || text[n] == '\\')
			return false;
	}
	return n < RTE_TEL_MAX_STRING_LEN;
}

void
cgn_telemetry_rows_text(struct rte_tel_data *d, const char *name, const char *text)
{
	char prefix[24];

	if (is_plain(text)) {
		row_text(d, name, text);
		return;
	}
	snprintf(prefix, sizeof(prefix), "%s_", name);
	cgn_telemetry_rows_long(d, prefix, text);
}

static void
endpoint(struct rte_tel_data *d, const char *name, const struct cgn_ep4 *ep)
{
	char buf[CGN_ADDR_TEXT_MAX];

	row_text(d, name, cgn_addr_text_format_ep4(ep->addr, rte_be_to_cpu_16(ep->port), buf));
}

const char *
cgn_telemetry_rows_proto(uint8_t proto)
{
	return proto_names[proto];
}

int
cgn_telemetry_rows_parse_proto(const char *name, uint8_t *proto)
{
	for (uint8_t i = 0; i < CGN_PROTO_COUNT; i++) {
		if (strcasecmp(name, proto_names[i]) == 0) {
			*proto = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *
cgn_telemetry_rows_kind(enum cgn_table_kind kind)
{
	static const char *const names[] = {
		[CGN_TABLE_IMPLICIT] = "implicit",
		[CGN_TABLE_EXPLICIT] = "explicit",
		[CGN_TABLE_PEER] = "peer",
		[CGN_TABLE_STATIC] = "static",
	};

	return names[kind];
}

const char *
cgn_telemetry_rows_use(enum cgn_table_use use)
{
	static const char *const names[] = {
		[CGN_TABLE_USE_ACTIVE] = "active",
		[CGN_TABLE_USE_IDLE] = "idle",
		[CGN_TABLE_USE_REFUSED] = "refused",
	};

	return names[use];
}

static void
mapping(struct rte_tel_data *d, const struct cgn_mapping_info *m)
{
	const struct cgn_ep4 rem = { .addr = m->rem_addr, .port = m->rem_port };
	char buf[CGN_ADDR_TEXT_MAX];

	row_text(d, "protocol", m->in.proto < CGN_PROTO_COUNT ? proto_names[m->in.proto] : "?");
	endpoint(d, "in", &m->in);
	endpoint(d, "ext", &m->ext);
	if (m->rem_addr != 0)
		endpoint(d, "rem", &rem);
	row_text(d, "kind", cgn_telemetry_rows_kind(cgn_table_kind_of(m->flags)));
	if (m->realm != 0)
		row_text(d, "b4",
				cgn_addr_text_format_ip(
						&(struct cgn_ip){ .is_ip6 = true, .ip6 = m->b4 },
						buf));
	if (m->in.proto == CGN_PROTO_TCP)
		row_text(d, "tcp_state", cgn_tcpstate_name((enum cgn_tcp_state)m->tcp_state));
	row_number(d, "sessions", m->sessions);
	if (m->expires_s != UINT32_MAX)
		row_number(d, "expires_s", m->expires_s);
}

int
cgn_telemetry_rows_mappings(struct rte_tel_data *out, const struct cgn_mapping_info *rows,
		uint32_t n, const char *next)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	struct rte_tel_data *d;

	for (uint32_t i = 0; t != NULL && i < n; i++) {
		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		mapping(d, &rows[i]);
	}
	return t == NULL ? -ENOMEM : 0;
}

void
cgn_telemetry_rows_identity(struct rte_tel_data *d, const struct cgn_subscriber_info *s,
		const struct cgn_conf *conf)
{
	struct cgn_prefix p = { .len = s->prefix_len, .is_ip6 = s->addr.is_ip6 };
	char buf[CGN_ADDR_TEXT_MAX];

	if (p.is_ip6)
		p.ip6 = s->addr.ip6;
	else
		p.ip4 = s->addr.ip4;
	if (!p.is_ip6 && p.len == 32)
		row_text(d, "subscriber", cgn_addr_text_format_ip(&s->addr, buf));
	else
		row_text(d, "subscriber", cgn_addr_text_format_prefix(&p, buf));
	if (s->group < conf->n_groups)
		row_text(d, "group", conf->groups[s->group].name);
	if (!cgn_ip6_is_zero(&s->b4))
		row_text(d, "b4",
				cgn_addr_text_format_ip(
						&(struct cgn_ip){ .is_ip6 = true, .ip6 = s->b4 },
						buf));
	if (s->ext_addr != 0)
		row_text(d, "ext", cgn_addr_text_format_ip4(s->ext_addr, buf));
}

static enum cgn_table_use
use_of(const struct cgn_subscriber_info *s)
{
	if (s->ext_addr == 0)
		return CGN_TABLE_USE_REFUSED;
	return s->is_idle ? CGN_TABLE_USE_IDLE : CGN_TABLE_USE_ACTIVE;
}

static void
subscriber(struct rte_tel_data *d, const struct cgn_subscriber_info *s, const struct cgn_conf *conf)
{
	cgn_telemetry_rows_identity(d, s, conf);
	row_text(d, "state", cgn_telemetry_rows_use(use_of(s)));
	row_number(d, "worker", s->worker);
	row_number(d, "blocks", s->blocks);
	row_number(d, "mappings", s->mappings);
	row_number(d, "sessions", s->sessions);
	row_number(d, "leases", s->leases);
	row_number(d, "mappings_total", s->mappings_total);
	row_number(d, "refused_total", s->refused_total);
	if (s->has_refusal) {
		row_text(d, "refused_reason", cgn_refusal_name((enum cgn_refusal)s->refused_why));
		row_number(d, "refused_ago_s", s->refused_ago_s);
	}
}

int
cgn_telemetry_rows_subscribers(struct rte_tel_data *out, const struct cgn_subscriber_info *rows,
		uint32_t n, const char *next, const struct cgn_conf *conf)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	struct rte_tel_data *d;

	for (uint32_t i = 0; t != NULL && i < n; i++) {
		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		subscriber(d, &rows[i], conf);
	}
	return t == NULL ? -ENOMEM : 0;
}

/* Name the peer of an inside address. Homes behind softwires (realms) share their inner addresses. */
static void
peer_of(struct rte_tel_data *d, const struct cgn_host_peers *peers, uint32_t realm, rte_be32_t addr)
{
	const struct cgn_ip in = { .ip4 = addr };
	const char *identity = realm == 0 ? cgn_host_peers_find(peers, &in) : NULL;

	if (identity != NULL)
		row_text(d, "peer", identity);
}

/* Add a description, which a subscriber has written. */
static void
row_description(struct rte_tel_data *d, const struct cgn_lessor_info *lease)
{
	char text[CGN_LEASE_DESCRIPTION_MAX + 1];

	snprintf(text, sizeof(text), "%.*s", (int)lease->description_len, lease->description);
	cgn_telemetry_rows_long(d, CGN_CTL_DESCRIPTION, text);
}

static void
lease_home(struct rte_tel_data *d, const struct cgn_portmap *m, uint32_t realm)
{
	const struct cgn_ip6 *b4 = m == NULL ? NULL : cgn_portmap_b4(m, realm);
	char buf[CGN_ADDR_TEXT_MAX];

	row_number(d, "realm", realm);
	if (b4 != NULL)
		row_text(d, "b4",
				cgn_addr_text_format_ip(
						&(struct cgn_ip){ .is_ip6 = true, .ip6 = *b4 },
						buf));
}

/* Add the filters, if there are some: "203.0.113.0/24", or "203.0.113.0/24:80" for one port. */
static int
row_filters(struct rte_tel_data *d, const struct cgn_lessor_info *lease)
{
	struct rte_tel_data *list;

	if (lease->n_filters == 0)
		return 0;
	list = rte_tel_data_alloc();
	if (list == NULL)
		return -ENOMEM;
	rte_tel_data_start_array(list, RTE_TEL_STRING_VAL);
	for (unsigned int i = 0; i < lease->n_filters; i++) {
		const struct cgn_filter *f = &lease->filters[i];
		const struct cgn_prefix p = { .ip4 = f->addr, .len = f->len };
		char prefix[CGN_ADDR_TEXT_MAX], text[CGN_ADDR_TEXT_MAX + 8];

		cgn_addr_text_format_prefix(&p, prefix);
		if (f->port == 0)
			snprintf(text, sizeof(text), "%s", prefix);
		else
			snprintf(text, sizeof(text), "%s:%u", prefix, rte_be_to_cpu_16(f->port));
		rte_tel_data_add_array_string(list, text);
	}
	if (rte_tel_data_add_dict_container(d, "filters", list, 0) < 0) {
		rte_tel_data_free(list);
		return -ENOMEM;
	}
	return 0;
}

/* What a lease lives for. NAT-PMP has the same kind of request as MAP. */
static const char *
opcode_of(const struct cgn_lessor_info *lease)
{
	if (lease->peer_left_s == 0)
		return "map";
	return lease->map_left_s == 0 ? "peer" : "map+peer";
}

int
cgn_telemetry_rows_leases(struct rte_tel_data *out, const struct cgn_lessor_info *rows, uint32_t n,
		const char *next, const struct cgn_portmap *m, const struct cgn_host_peers *peers)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	struct rte_tel_data *d;

	for (uint32_t i = 0; t != NULL && i < n; i++) {
		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		row_text(d, "protocol", proto_names[rows[i].in.proto]);
		endpoint(d, "in", &rows[i].in);
		endpoint(d, "ext", &rows[i].ext);
		if (rows[i].realm != 0)
			lease_home(d, m, rows[i].realm);
		row_number(d, "lifetime_s", rows[i].lifetime_s);
		row_number(d, "left_s", rows[i].left_s);
		row_text(d, "by", cgn_lease_owner_by(&rows[i].by));
		row_text(d, "opcode", opcode_of(&rows[i]));
		row_description(d, &rows[i]);
		if (row_filters(d, &rows[i]) < 0)
			return -ENOMEM;
		peer_of(d, peers, rows[i].realm, rows[i].in.addr);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_rows_peers(struct rte_tel_data *out, const struct cgn_host_peers_row *rows,
		uint32_t n, const char *next, uint64_t now_ms)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	char buf[CGN_ADDR_TEXT_MAX];
	struct rte_tel_data *d;

	for (uint32_t i = 0; t != NULL && i < n; i++) {
		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		row_text(d, "address", cgn_addr_text_format_ip(&rows[i].addr, buf));
		if (rows[i].sa != 0)
			row_number(d, "sa", rows[i].sa);
		row_number(d, "since_s", (now_ms - rows[i].since_ms) / 1000);
		row_text(d, "identity", rows[i].identity);
	}
	return t == NULL ? -ENOMEM : 0;
}

static uint64_t
percent(uint64_t part, uint64_t all)
{
	return all == 0 ? 0 : part * 100 / all;
}

/* The use of a pool as its thresholds have it: ports of the protocol that has most of them. */
static uint64_t
ports_percent(const struct cgn_conf_pool *pool, const struct cgn_pool_stats *s)
{
	uint64_t most = 0;

	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		most = RTE_MAX(most, cgn_counter_get(&s->ports_used[p]));
	return percent(most, (uint64_t)pool->n_addresses * (pool->port_max - pool->port_min + 1u));
}

int
cgn_telemetry_rows_pools(struct rte_tel_data *out, const struct cgn_planes *planes, uint32_t first,
		uint32_t max, const struct cgn_conf *conf)
{
	uint32_t left = first < conf->n_pools ? (uint32_t)conf->n_pools - first : 0;
	uint32_t n = left < max ? left : max, shown = 0;
	char next[16] = "";
	struct rte_tel_data *t;
	struct rte_tel_data *d;

	if (n < left)
		snprintf(next, sizeof(next), "%u", first + n);
	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t i = 0; t != NULL && i < n; i++) {
		struct cgn_pool_stats sum = { 0 };

		if (conf->pools[first + i].is_gone)
			continue;
		d = cgn_telemetry_rows_row(t, shown++);
		if (d == NULL)
			return -ENOMEM;
		for (unsigned int w = 0; w < planes->n_workers; w++)
			cgn_stats_add_pool(&sum, planes->workers[w].stats, first + i);
		row_text(d, "pool", conf->pools[first + i].name);
		row_number(d, "use_percent", ports_percent(&conf->pools[first + i], &sum));
		row_number(d, "blocks_percent",
				percent(cgn_counter_get(&sum.blocks_used),
						cgn_counter_get(&sum.blocks)));
#define ROW_FIELD(field, label, help) row_number(d, label, cgn_counter_get(&sum.field));
		CGN_POOL_GAUGES(ROW_FIELD)
		CGN_POOL_COUNTERS(ROW_FIELD)
#undef ROW_FIELD
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_rows_drains(struct rte_tel_data *out, const struct cgn_drain_info *rows, uint32_t n,
		const char *next, const struct cgn_conf *conf)
{
	static const char *const states[] = {
		[CGN_DRAIN_OPEN] = "open",
		[CGN_DRAIN_DRAINING] = "draining",
		[CGN_DRAIN_ENDING] = "ending",
		[CGN_DRAIN_EMPTY] = "empty",
	};
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	char text[CGN_ADDR_TEXT_MAX];

	for (uint32_t i = 0; t != NULL && i < n; i++) {
		struct rte_tel_data *d = cgn_telemetry_rows_row(t, i);

		if (d == NULL)
			return -ENOMEM;
		row_text(d, "address", cgn_addr_text_format_ip4(rows[i].addr, text));
		row_text(d, "pool",
				rows[i].pool < conf->n_pools ? conf->pools[rows[i].pool].name : "");
		row_text(d, "state", states[rows[i].state]);
		row_number(d, "left_s", rows[i].left_s);
		row_number(d, "age_s", rows[i].age_s);
		row_number(d, "subscribers", rows[i].subscribers);
		row_number(d, "blocks", rows[i].blocks);
		row_number(d, "ports", rows[i].ports);
		row_number(d, "leases", rows[i].leases);
		row_number(d, "mappings_ended", rows[i].ended);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_rows_cleared(struct rte_tel_data *out, const struct cgn_table_reader_clear *clear,
		const char *next)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, next);
	struct rte_tel_data *d = t == NULL ? NULL : cgn_telemetry_rows_row(t, 0);

	if (d == NULL)
		return -ENOMEM;
	row_number(d, "ended", clear->ended);
	row_number(d, "leases", clear->leases);
	row_number(d, "static", clear->statics);
	return 0;
}

/* The pool that has an address. @return NULL: none has it */
static const struct cgn_conf_pool *
pool_of(const struct cgn_conf *conf, rte_be32_t addr)
{
	for (size_t p = 0; p < conf->n_pools; p++) {
		if (cgn_range4_has(conf->pools[p].ranges, conf->pools[p].n_ranges,
				    rte_be_to_cpu_32(addr)))
			return &conf->pools[p];
	}
	return NULL;
}

/* Say that a free port is one that the pool gives to nobody. @return whether it is one */
static bool
row_outside(struct rte_tel_data *out, const struct cgn_ep4 *ep, const struct cgn_conf *conf)
{
	const struct cgn_conf_pool *pool = pool_of(conf, ep->addr);
	uint16_t port = rte_be_to_cpu_16(ep->port);

	if (pool == NULL || (port >= pool->port_min && port <= pool->port_max))
		return false;
	row_text(out, "state", "outside_range");
	row_text(out, "pool", pool->name);
	row_number(out, "port_min", pool->port_min);
	row_number(out, "port_max", pool->port_max);
	return true;
}

int
cgn_telemetry_rows_who(struct rte_tel_data *out, const struct cgn_ep4 *ep,
		const struct cgn_who_info *who, const struct cgn_conf *conf,
		const struct cgn_host_peers *peers)
{
	const char *state = !who->is_pool_addr ? "not_pool"
			: who->has_mapping     ? "mapped"
			: who->is_held         ? "hold_down"
			: who->has_owner       ? "free_in_block"
					       : "free";
	struct rte_tel_data *d;

	rte_tel_data_start_dict(out);
	if (strcmp(state, "free") != 0 || !row_outside(out, ep, conf))
		row_text(out, "state", state);
	if (who->has_mapping) {
		d = cgn_telemetry_rows_child(out, "mapping");
		if (d == NULL)
			return -ENOMEM;
		mapping(d, &who->mapping);
		peer_of(out, peers, who->mapping.realm, who->mapping.in.addr);
	}
	if (who->has_owner) {
		d = cgn_telemetry_rows_child(out, "subscriber");
		if (d == NULL)
			return -ENOMEM;
		subscriber(d, &who->subscriber, conf);
	}
	return 0;
}

/* The services of a port, one word after the other. */
static void
host_services(struct rte_tel_data *d, const struct cgn_conf_port *port)
{
	const struct cgn_conf_choice *words = cgn_conf_schema_find("ports[].host")->choices;
	char text[64] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < port->n_host; i++) {
		const struct cgn_conf_choice *w = words;

		while (w->value != (uint32_t)port->host[i])
			w++;
		len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%s%s", i == 0 ? "" : " ", w->name);
	}
	row_text(d, "services", text);
}

int
cgn_telemetry_rows_host(struct rte_tel_data *out, const struct cgn_control *control)
{
	const struct cgn_conf *conf = cgn_control_conf(control);
	const struct cgn_host_plane *host = cgn_host_ports(cgn_control_host(control));
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, "");
	char name[CGN_HOST_TUN_NAME_MAX];
	struct rte_tel_data *d;

	for (uint16_t i = 0; t != NULL && host != NULL && i < conf->n_ports; i++) {
		const struct cgn_host_plane_stats *s = cgn_host_plane_stats(host, i);

		d = cgn_telemetry_rows_row(t, i);
		if (d == NULL)
			return -ENOMEM;
		row_text(d, "port", conf->ports[i].name);
		row_text(d, "interface", cgn_host_tun_name(conf, i, name));
		row_text(d, "netns", conf->host.netns);
		host_services(d, &conf->ports[i]);
#define ROW_FIELD(field, label, help) row_number(d, label, s->field);
		CGN_HOST_COUNTERS(ROW_FIELD)
#undef ROW_FIELD
	}
	return t == NULL ? -ENOMEM : 0;
}

static void
port_device(struct rte_tel_data *d, const struct cgn_port_watch *watch, unsigned int port,
		uint16_t dpdk_port)
{
	const struct cgn_port_reading *r = cgn_port_watch_reading(watch, port);
	struct rte_eth_stats stats;

	row_text(d, "link", cgn_netif_link_name(r->netif.link));
	row_text(d, "interface", r->netif.name);
	row_text(d, "receiving", cgn_port_watch_is_silent(watch, port) ? "no" : "yes");
	if (rte_eth_stats_get(dpdk_port, &stats) == 0) {
		row_number(d, "rx_missed", stats.imissed);
		row_number(d, "rx_no_buffer", stats.rx_nombuf);
	}
}

static void
row_port(struct rte_tel_data *d, const struct cgn_control *control, unsigned int port)
{
	const struct cgn_planes *planes = cgn_control_planes(control);
	const struct cgn_conf_port *conf = &cgn_control_conf(control)->ports[port];
	const struct cgn_plane_port *p = &planes->ports[port];
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	uint64_t sum[4] = { 0 };

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		const struct cgn_port_stats *s = &planes->workers[w].stats->port[port];

		sum[0] += cgn_counter_get(&s->rx_pkts);
		sum[1] += cgn_counter_get(&s->rx_bytes);
		sum[2] += cgn_counter_get(&s->tx_pkts);
		sum[3] += cgn_counter_get(&s->tx_bytes);
	}
	row_text(d, "port", conf->name);
	row_text(d, "side", conf->side == CGN_SIDE_INSIDE ? "inside" : "outside");
	cgn_telemetry_rows_text(d, "device", conf->device);
	rte_ether_format_addr(mac, sizeof(mac), &p->mac);
	row_text(d, "mac", mac);
	row_number(d, "rx_queues", p->n_rxq);
	row_number(d, "tx_queues", p->n_txq);
	row_text(d, "steering", steering_names[p->steering]);
	row_number(d, "rx_pkts", sum[0]);
	row_number(d, "rx_bytes", sum[1]);
	row_number(d, "tx_pkts", sum[2]);
	row_number(d, "tx_bytes", sum[3]);
	port_device(d, cgn_control_port_watch(control), port, p->dpdk_port);
}

int
cgn_telemetry_rows_ports(struct rte_tel_data *out, const struct cgn_control *control,
		uint32_t first, uint32_t max)
{
	char next[16];
	uint32_t end = cgn_telemetry_rows_page_end(
			first, cgn_control_planes(control)->n_ports, max, next);
	struct rte_tel_data *t, *d;

	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t i = first; t != NULL && i < end; i++) {
		d = cgn_telemetry_rows_row(t, i - first);
		if (d == NULL)
			return -ENOMEM;
		row_port(d, control, i);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_rows_workers(struct rte_tel_data *out, const struct cgn_planes *planes,
		const struct cgn_loads *loads)
{
	struct rte_tel_data *t = cgn_telemetry_rows_table(out, "");
	struct rte_tel_data *d;

	for (unsigned int w = 0; t != NULL && w < planes->n_workers; w++) {
		const struct cgn_stats *s = planes->workers[w].stats;
		struct cgn_report r = { 0 };

		d = cgn_telemetry_rows_row(t, w);
		if (d == NULL)
			return -ENOMEM;
		cgn_report_add(&r, s);
		row_number(d, "worker", w);
		row_number(d, "lcore", planes->workers[w].lcore);
		if (loads != NULL)
			row_number(d, "load_permille", cgn_loads_permille(loads, w));
		row_number(d, "received", r.received);
		row_number(d, "subscribers", cgn_counter_get(&s->gauge[CGN_G_SUBSCRIBERS]));
		row_number(d, "mappings",
				cgn_counter_get(&s->gauge[CGN_G_MAPPINGS_UDP]) +
						cgn_counter_get(&s->gauge[CGN_G_MAPPINGS_TCP]) +
						cgn_counter_get(&s->gauge[CGN_G_MAPPINGS_ICMP]));
		row_number(d, "handover_in", cgn_counter_get(&s->counter[CGN_C_HANDOVER_IN]));
		row_number(d, "handover_out", cgn_counter_get(&s->counter[CGN_C_HANDOVER_OUT]));
	}
	return t == NULL ? -ENOMEM : 0;
}

static uint64_t
nanoseconds(uint64_t cycles)
{
	return (uint64_t)((double)cycles * 1e9 / (double)rte_get_tsc_hz());
}

static void
row_latency(struct rte_tel_data *d, const struct cgn_latency *l)
{
	static const struct {
		const char *name;
		uint32_t per_million;
	} quantiles[] = {
		{ "p50_ns", 500000 },
		{ "p99_ns", 990000 },
		{ "p999_ns", 999000 },
		{ "max_ns", 1000000 },
	};
	uint64_t n = cgn_latency_count(l);

	row_number(d, "count", n);
	row_number(d, "cycles", cgn_counter_get(&l->cycles));
	row_number(d, "mean_ns", n == 0 ? 0 : nanoseconds(cgn_counter_get(&l->cycles) / n));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		row_number(d, quantiles[i].name,
				nanoseconds(cgn_latency_quantile(l, quantiles[i].per_million)));
	row_number(d, "over_100us", cgn_latency_count_above(l, rte_get_tsc_hz() / 10000));
}

int
cgn_telemetry_rows_latency(struct rte_tel_data *out, const struct cgn_planes *planes,
		uint32_t first, uint32_t max)
{
	char next[16];
	uint32_t end = cgn_telemetry_rows_page_end(
			first, planes->n_workers * CGN_LATENCY_COUNT, max, next);
	struct rte_tel_data *t;
	struct rte_tel_data *d;

	t = cgn_telemetry_rows_table(out, next);
	for (uint32_t i = first; t != NULL && i < end; i++) {
		const struct cgn_stats *s = planes->workers[i / CGN_LATENCY_COUNT].stats;

		d = cgn_telemetry_rows_row(t, i - first);
		if (d == NULL)
			return -ENOMEM;
		row_number(d, "worker", i / CGN_LATENCY_COUNT);
		row_text(d, "of", cgn_latency_name((enum cgn_latency_id)(i % CGN_LATENCY_COUNT)));
		row_latency(d, &s->latency[i % CGN_LATENCY_COUNT]);
	}
	return t == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_rows_config(struct rte_tel_data *out, const struct cgn_conf *conf, uint32_t offset,
		uint32_t max)
{
	char *json;
	size_t len;
	int ret = cgn_conf_show_json(conf, &json);

	if (ret < 0)
		return ret;
	len = strlen(json);
	if (offset < len && len - offset > max)
		json[offset + max] = '\0';
	rte_tel_data_string(out, offset < len ? json + offset : "");
	free(json);
	return 0;
}
