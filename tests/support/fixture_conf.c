/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/fixture_priv.h"

#include <stdio.h>
#include <string.h>

static struct cgn_prefix
prefix(const char *addr, uint8_t len)
{
	return (struct cgn_prefix){ .ip4 = pg_addr(addr), .len = len };
}

static void
init_ports(struct fx *fx)
{
	static const struct {
		const char *name;
		enum cgn_side side;
		const char *addr;
		uint8_t len;
	} rows[] = {
		[FX_INSIDE] = { "inside0", CGN_SIDE_INSIDE, "100.64.0.1", 10 },
		[FX_OUTSIDE] = { "outside0", CGN_SIDE_OUTSIDE, "192.0.2.2", 24 },
		[FX_INSIDE2] = { "inside1", CGN_SIDE_INSIDE, "10.0.0.1", 8 },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct cgn_conf_port *p = &fx->ports[i];

		snprintf(p->name, sizeof(p->name), "%s", rows[i].name);
		p->side = rows[i].side;
		p->mtu = 1500;
		p->ttl_exceeded = true;
		p->n_addresses = 1;
		p->addresses[0] = prefix(rows[i].addr, rows[i].len);
	}
	fx->conf.ports = fx->ports;
	fx->conf.n_ports = 2;
	fx->routes[0] = (struct cgn_conf_route){
		.prefix = prefix("0.0.0.0", 0),
		.via = { .ip4 = pg_addr(R1) },
		.port = FX_OUTSIDE,
	};
	fx->conf.routes = fx->routes;
	fx->conf.n_routes = 1;
}

static void
init_group(struct fx *fx)
{
	struct cgn_conf_group *g = &fx->groups[0];

	snprintf(g->name, sizeof(g->name), "homes");
	fx->prefixes[0][0] = prefix("100.64.0.0", 10);
	for (unsigned int i = 0; i < 2; i++)
		fx->groups[i].prefixes = fx->prefixes[i];
	g->n_prefixes = 1;
	g->subscriber_prefix_len = 32;
	g->subscriber_prefix6_len = 56;
	g->block_size = 512;
	g->blocks_max = 4;
	g->leases_max = 64;
	fx->conf.groups = fx->groups;
	fx->conf.n_groups = 1;
	fx->groups[1] = *g;
	fx->groups[1].prefixes = fx->prefixes[1];
	fx->groups[1].n_prefixes = 0;
	fx->groups[1].pool = 1;
	snprintf(fx->groups[1].name, sizeof(fx->groups[1].name), "others");
}

static void
init_nat(struct cgn_conf_nat *n)
{
	*n = (struct cgn_conf_nat){
		.hairpin = true,
		.syn_unreachable = true,
		.hold_down_s = 120,
		.hold_down_max = 4096,
		.mappings_max = 16384,
		.sessions_max = 4096,
		.fragments_max = 256,
		.syn_hold_max = 64,
		.notify_interval_s = 20,
		.icmp_errors_per_s = 1000,
		.timeouts = {
			.udp_s = 300,
			.icmp_s = 60,
			.tcp_established_s = 7440,
			.tcp_opening_s = 240,
			.tcp_closing_s = 240,
			.fragment_s = 2,
		},
	};
}

void
fx_conf_init(struct fx *fx)
{
	init_ports(fx);
	init_group(fx);
	init_nat(&fx->conf.nat);
	fx->conf.nat.statics = fx->statics;
	fx->conf.nat.pass_through = fx->pass;
	fx->conf.pools = fx->pools;
	fx->conf.natpmp.requests_per_s = 50;
	fx_pool_add(fx, 0, "198.51.100.0", "198.51.100.15");
}

void
fx_conf_finish(struct fx *fx)
{
	/* A test that brings pools of its own has finished them. */
	for (size_t i = 0; fx->conf.pools == fx->pools && i < fx->conf.n_pools; i++) {
		struct cgn_conf_pool *p = &fx->pools[i];

		p->ranges = fx->ranges[i];
		p->n_addresses = 0;
		for (size_t r = 0; r < p->n_ranges; r++)
			p->n_addresses += (size_t)p->ranges[r].last - p->ranges[r].first + 1;
	}
}

void
fx_use_inside2(struct fx *fx)
{
	fx->conf.n_ports = 3;
	fx->prefixes[0][fx->groups[0].n_prefixes++] = prefix("10.0.0.0", 8);
}

void
fx_pool_clear(struct fx *fx, unsigned int pool)
{
	fx->pools[pool].n_ranges = 0;
}

void
fx_pool_add(struct fx *fx, unsigned int pool, const char *first, const char *last)
{
	struct cgn_conf_pool *p = &fx->pools[pool];

	if (pool == fx->conf.n_pools) {
		fx->conf.n_pools++;
		snprintf(p->name, sizeof(p->name), "pool%u", pool);
		p->number = pool + 1;
		p->port_min = 1024;
		p->port_max = 65535;
	}
	fx->ranges[pool][p->n_ranges++] = (struct cgn_range4){
		.first = rte_be_to_cpu_32(pg_addr(first)),
		.last = rte_be_to_cpu_32(pg_addr(last)),
	};
}

void
fx_pool_per_worker(struct fx *fx, unsigned int n)
{
	uint32_t first = rte_be_to_cpu_32(pg_addr("198.51.100.0"));

	fx->pools[0].n_ranges = 1;
	fx->ranges[0][0] = (struct cgn_range4){ .first = first,
		.last = first + n * fx->n_workers - 1 };
}

void
fx_add_static(struct fx *fx, enum cgn_proto proto, const char *in, uint16_t in_port,
		const char *ext, uint16_t ext_port)
{
	fx->statics[fx->conf.nat.n_statics++] = (struct cgn_conf_static){
		.proto = proto,
		.in_addr = pg_addr(in),
		.in_port = in_port,
		.ext_addr = pg_addr(ext),
		.ext_port = ext_port,
	};
	fx->keeps++;
}

void
fx_add_pass_through(struct fx *fx, const char *addr, uint8_t len)
{
	fx->pass[fx->conf.nat.n_pass_through++] = prefix(addr, len);
}
