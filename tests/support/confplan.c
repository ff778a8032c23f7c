/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confplan.h"

#include <stdio.h>
#include <stdlib.h>

#define NET   "198.51.100"
#define BLOCK 64 /* ports of the smallest block */
#define SIZES 3  /* of blocks: 64, 128, 256 */

/* Prefixes, from short to long: one may be a part of another. The last ones have one host each. */
static const struct {
	const char *prefix;
	const char *host; /* the first one in it */
	unsigned int n;   /* hosts */
} units[CP_UNITS] = {
	{ "100.64.0.0/10", "100.64.9.16", 2 },
	{ "100.64.1.0/24", "100.64.1.16", 3 },
	{ "100.64.1.32/27", "100.64.1.32", 4 },
	{ "100.64.2.0/24", "100.64.2.16", 3 },
	{ "100.127.0.0/16", "100.127.0.16", 2 },
	{ "100.64.1.36/32", "100.64.1.36", 1 },
};

unsigned int
confplan_hosts(uint32_t hosts[static MR_HOSTS])
{
	unsigned int n = 0;

	for (unsigned int u = 0; u < CP_UNITS; u++) {
		for (unsigned int i = 0; i < units[u].n; i++)
			hosts[n++] = mr_number(units[u].host) + i;
	}
	return n;
}

/* --- changes -------------------------------------------------------------------------------- */

static void
new_range(struct cp_pool *p, struct mr *r)
{
	p->first = (uint8_t)(1 + mr_below(r, 40));
	p->n = (uint8_t)(4 + mr_below(r, 5));
	p->excluded = 0;
	p->drain = 0;
}

static void
new_ports(struct cp_pool *p, struct mr *r)
{
	p->port_min = (uint16_t)(mr_below(r, 2) == 0 ? 1024 : 5120 + BLOCK * mr_below(r, 4));
	p->n_ports = (uint16_t)(256 << mr_below(r, 2));
}

static void
new_drain(struct cp_pool *p, struct mr *r)
{
	static const uint32_t times[] = { 0, 61, 301, 1201 };

	p->drain = (uint8_t)(p->first + mr_below(r, p->n));
	p->n_drain = (uint8_t)(1 + mr_below(r, (uint32_t)(p->first + p->n - p->drain)));
	p->drain_max_s = times[mr_below(r, 4)];
	if (p->drain == p->excluded || mr_below(r, 3) == 0)
		p->drain = 0;
}

static void
new_pool(struct cp_pool *p, struct mr *r)
{
	p->is_there = true;
	new_range(p, r);
	new_ports(p, r);
	p->drain_max_s = 301;
	p->block_size = (uint16_t)(BLOCK << mr_below(r, SIZES));
}

static void
new_limits(struct cp_group *g, struct mr *r)
{
	g->blocks_max = (uint16_t)(1 + mr_below(r, 2));
	g->mappings_max = (uint16_t)(mr_below(r, 2) == 0 ? 0 : 4 + mr_below(r, 12));
	for (unsigned int i = 0; i < CGN_PROTO_COUNT; i++)
		g->mappings_of_max[i] = (uint16_t)(mr_below(r, 3) != 0 ? 0 : 2 + mr_below(r, 6));
	g->leases_max = (uint16_t)mr_below(r, 5);
	g->leases_reserve = (uint16_t)(mr_below(r, 2) == 0 ? 0 : mr_below(r, 60));
}

static void
new_group(struct cp_group *g, struct mr *r, unsigned int pool)
{
	g->is_there = true;
	g->pool = (uint8_t)pool;
	g->units = (uint8_t)(1 + mr_below(r, (1 << CP_UNITS) - 1));
	g->len = mr_below(r, 3) == 0 ? 31 : 32;
	new_limits(g, r);
}

static struct cp_pool *
some_pool(struct confplan *p, struct mr *r)
{
	return &p->pools[mr_below(r, CP_POOLS)];
}

static struct cp_group *
some_group(struct confplan *p, struct mr *r)
{
	return &p->groups[mr_below(r, CP_GROUPS)];
}

static void
change_pool(struct confplan *p, struct mr *r)
{
	struct cp_pool *pool = some_pool(p, r);

	if (!pool->is_there)
		return;
	switch (mr_below(r, 7)) {
	case 0:
		new_range(pool, r);
		break;
	case 1: /* grow or shrink, at either end */
		pool->n = (uint8_t)(4 + mr_below(r, 5));
		break;
	case 2:
		pool->first = (uint8_t)(1 + (pool->first + mr_below(r, 3)) % 40);
		break;
	case 3:
		new_ports(pool, r);
		break;
	case 4:
		pool->block_size = (uint16_t)(BLOCK << mr_below(r, SIZES));
		break;
	case 5:
		pool->excluded = (uint8_t)(mr_below(r, 2) == 0
						? 0
						: pool->first + mr_below(r, pool->n));
		break;
	default:
		new_drain(pool, r);
		break;
	}
}

/* A prefix goes to a group, or to none. */
static void
move_unit(struct confplan *p, struct mr *r)
{
	unsigned int unit = mr_below(r, CP_UNITS), to = mr_below(r, CP_GROUPS + 1);

	for (unsigned int g = 0; g < CP_GROUPS; g++)
		p->groups[g].units &= (uint8_t) ~(1u << unit);
	if (to < CP_GROUPS)
		p->groups[to].units |= (uint8_t)(1u << unit);
}

static void
change_group(struct confplan *p, struct mr *r)
{
	struct cp_group *g = some_group(p, r);

	if (!g->is_there)
		return;
	switch (mr_below(r, 4)) {
	case 0:
		new_limits(g, r);
		break;
	case 1:
		g->pool = (uint8_t)mr_below(r, CP_POOLS);
		break;
	default:
		move_unit(p, r);
		break;
	}
}

static void
change_nat(struct confplan *p, struct mr *r)
{
	p->filtering[0] = (uint8_t)mr_below(r, 3);
	p->filtering[1] = (uint8_t)mr_below(r, 3);
	p->hairpin = mr_below(r, 4) != 0;
	p->preserve = mr_below(r, 2) == 0;
	p->parity = mr_below(r, 3) == 0;
	p->refresh = p->filtering[0] == CGN_FILTERING_EI && mr_below(r, 2) == 0;
	p->syn_unreachable = mr_below(r, 2) == 0;
	p->hold_down_s = mr_below(r, 3) == 0 ? 0 : 121;
	p->guard_s = mr_below(r, 2) == 0 ? 0 : 181;
}

void
confplan_new_times(struct confplan *p, struct mr *r)
{
	p->times = (uint8_t)mr_below(r, CP_TIMES);
}

/* A pool or a group gets another name, and all else stays. */
static void
rename_some(struct confplan *p, struct mr *r)
{
	if (mr_below(r, 2) == 0)
		some_pool(p, r)->name++;
	else
		some_group(p, r)->name++;
}

/* A pool or a group comes or goes. */
static void
come_or_go(struct confplan *p, struct mr *r)
{
	unsigned int i = mr_below(r, CP_POOLS);

	if (mr_below(r, 2) == 0) {
		if (!p->pools[i].is_there)
			new_pool(&p->pools[i], r);
		else
			p->pools[i].is_there = false;
		return;
	}
	i = mr_below(r, CP_GROUPS);
	if (p->groups[i].is_there)
		p->groups[i].is_there = false;
	else
		new_group(&p->groups[i], r, mr_below(r, CP_POOLS));
}

/* Repair what cgnd would refuse most often: groups of pools that are not there, and prefixes of several groups. */
static void
repair(struct confplan *p, struct mr *r)
{
	uint8_t taken = 0;

	for (unsigned int i = 0; i < CP_GROUPS; i++) {
		struct cp_group *g = &p->groups[i];

		if (!g->is_there)
			continue;
		if (!p->pools[g->pool].is_there)
			new_pool(&p->pools[g->pool], r);
		g->units &= (uint8_t)~taken;
		taken |= g->units;
		g->is_there = g->units != 0;
	}
	if (taken == 0)
		new_group(&p->groups[0], r, 0);
	if (!p->pools[p->groups[0].pool].is_there)
		new_pool(&p->pools[p->groups[0].pool], r);
}

void
confplan_init(struct confplan *p, struct mr *r, unsigned int workers)
{
	*p = (struct confplan){ .workers = workers };
	new_pool(&p->pools[0], r);
	new_group(&p->groups[0], r, 0);
	p->groups[0].units |= 1;
	change_nat(p, r);
}

void
confplan_change(struct confplan *p, struct mr *r)
{
	uint32_t kind = mr_below(r, 12);

	if (kind < 4)
		change_pool(p, r);
	else if (kind < 7)
		change_group(p, r);
	else if (kind < 8)
		change_nat(p, r);
	else if (kind < 9)
		come_or_go(p, r);
	else if (kind < 10)
		rename_some(p, r);
	else if (kind < 11)
		p->is_reversed = !p->is_reversed;
	else
		p->times = (uint8_t)RTE_MIN(p->times + 1u, CP_TIMES - 1u);
	if (mr_below(r, 8) != 0)
		repair(p, r);
}

void
confplan_spoil(struct confplan *p, const struct confplan *in_use, struct mr *r)
{
	p->fault = (enum cp_fault)(1 + mr_below(r, CP_FAULTS - 1));
	for (unsigned int i = 0; i < CP_GROUPS; i++) {
		if (p->fault == CP_SUBSCRIBER_LEN && p->groups[i].is_there &&
				(!in_use->groups[i].is_there ||
						in_use->groups[i].name != p->groups[i].name ||
						in_use->groups[i].len != p->groups[i].len))
			p->fault = CP_UNKNOWN_KEY;
	}
}

/* --- text ----------------------------------------------------------------------------------- */

static bool
has(const struct confplan *p, enum cp_fault fault, unsigned int i)
{
	return p->fault == fault && i == 0;
}

static void
write_ports(const struct confplan *p, FILE *f)
{
	fprintf(f, "workers: %u\n", p->workers + (p->fault == CP_WORKERS));
	fprintf(f,
			"ports:\n"
			"- {name: inside0, device: d0, side: inside, addresses: [100.64.0.1/10], "
			"source_check: route}\n"
			"- {name: outside0, device: d1, side: outside, addresses: [192.0.2.2/24], vlan: %u}\n"
			"routes: [{prefix: 0.0.0.0/0, via: 192.0.2.1}]\n",
			p->fault == CP_VLAN ? 7u : 0u);
	if (p->fault == CP_UNKNOWN_KEY)
		fprintf(f, "bogus: 1\n");
}

/* Faults are those of the n-th pool of the file. */
static void
write_pool(const struct confplan *p, unsigned int i, unsigned int n, FILE *f)
{
	const struct cp_pool *at = &p->pools[i];
	unsigned int last = at->first + at->n - 1u;

	fprintf(f, "- name: pool%u-%u\n  addresses: [%s.%u-%s.%u]\n", i, at->name, NET, at->first,
			NET, last);
	fprintf(f, "  port_range: %u-%u\n", at->port_min,
			has(p, CP_PORT_RANGE, n) ? 1000u : at->port_min + at->n_ports - 1u);
	if (has(p, CP_EXCLUDE_OUTSIDE, n))
		fprintf(f, "  exclude: [203.0.113.1]\n");
	else if (at->excluded != 0)
		fprintf(f, "  exclude: [%s.%u]\n", NET, at->excluded);
	if (has(p, CP_DRAIN_OUTSIDE, n))
		fprintf(f, "  drain: [203.0.113.1]\n");
	else if (at->drain != 0)
		fprintf(f, "  drain: [%s.%u-%s.%u]\n", NET, at->drain, NET,
				at->drain + at->n_drain - 1u);
	fprintf(f, "  drain_max_s: %u\n", at->drain_max_s);
	if (has(p, CP_POOLS_OVERLAP, n))
		fprintf(f, "- {name: twin, addresses: [%s.%u]}\n", NET,
				last == at->excluded ? at->first : last);
}

static void
write_prefixes(const struct confplan *p, const struct cp_group *g, unsigned int n, FILE *f)
{
	const char *comma = "";

	fprintf(f, "  prefixes: [");
	for (unsigned int u = 0; u < CP_UNITS; u++) {
		if ((g->units >> u & 1) == 0)
			continue;
		fprintf(f, "%s%s", comma, units[u].prefix);
		comma = ", ";
		if (has(p, CP_PREFIX_TWICE, n))
			fprintf(f, "%s%s", comma, units[u].prefix);
	}
	fprintf(f, "]\n");
}

static void
write_group(const struct confplan *p, unsigned int i, unsigned int n, FILE *f)
{
	const struct cp_group *g = &p->groups[i];

	fprintf(f, "- name: group%u-%u\n", i, g->name);
	write_prefixes(p, g, n, f);
	fprintf(f, "  pool: pool%u-%u\n", has(p, CP_UNKNOWN_POOL, n) ? 77 : g->pool,
			p->pools[g->pool].name);
	fprintf(f, "  subscriber_prefix_len: %u\n",
			(unsigned int)g->len - has(p, CP_SUBSCRIBER_LEN, n));
	fprintf(f, "  block_size: %u\n",
			has(p, CP_BLOCK_SIZE, n) ? 96u : p->pools[g->pool].block_size);
	fprintf(f, "  blocks_max: %u\n  mappings_max: %u\n", g->blocks_max, g->mappings_max);
	fprintf(f, "  mappings_udp_max: %u\n", g->mappings_of_max[CGN_PROTO_UDP]);
	fprintf(f, "  mappings_tcp_max: %u\n", g->mappings_of_max[CGN_PROTO_TCP]);
	fprintf(f, "  mappings_icmp_max: %u\n", g->mappings_of_max[CGN_PROTO_ICMP]);
	fprintf(f, "  mappings_per_s: 0\n  leases_max: %u\n  leases_reserve: %u\n", g->leases_max,
			g->leases_reserve);
}

static const char *
yes_or_no(bool is)
{
	return is ? "true" : "false";
}

static void
write_nat(const struct confplan *p, FILE *f)
{
	static const char *const filterings[] = { [CGN_FILTERING_EI] = "endpoint_independent",
		[CGN_FILTERING_AD] = "address_dependent",
		[CGN_FILTERING_APD] = "address_and_port_dependent" };

	fprintf(f, "nat:\n  filtering: {udp: %s, tcp: %s}\n", filterings[p->filtering[0]],
			filterings[p->filtering[1]]);
	fprintf(f, "  hairpin: %s\n  port_choice: %s\n  port_parity: %s\n", yes_or_no(p->hairpin),
			p->preserve ? "preserve" : "random", yes_or_no(p->parity));
	fprintf(f, "  inbound_refresh: %s\n  syn_unreachable: %s\n", yes_or_no(p->refresh),
			yes_or_no(p->syn_unreachable));
	fprintf(f, "  hold_down_s: %u\n  block_guard_s: %u\n",
			p->fault == CP_HOLD_DOWN ? 5u : p->hold_down_s, p->guard_s);
	fprintf(f,
			"  hold_down_max: 4096\n  sessions_max: %u\n  fragments_max: 256\n"
			"  syn_hold_max: 64\n",
			p->fault == CP_TABLE ? 2048u : 4096u);
	if (p->fault == CP_STATIC_OUTSIDE)
		fprintf(f,
				"  static_mappings: [{protocol: tcp, inside: 100.64.1.16:80, "
				"external: 203.0.113.1:80}]\n");
	fprintf(f, "  timeouts: {udp_s: %u, icmp_s: %u, tcp_established_s: %u, tcp_opening_s: %u, ",
			301 + 40u * p->times, 61 + 20u * p->times, 7441 + 400u * p->times,
			241 + 20u * p->times);
	fprintf(f, "tcp_closing_s: %u, fragment_s: 2}\n", 245 + 20u * p->times);
	if (p->hold_down_s == 0 && p->fault != CP_HOLD_DOWN)
		fprintf(f, "allow_rfc_violations: [nat.hold_down_s]\n");
}

char *
confplan_text(const struct confplan *p)
{
	unsigned int n = 0;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	write_ports(p, f);
	fprintf(f, "pools:\n");
	for (unsigned int i = 0; i < CP_POOLS; i++) {
		unsigned int at = p->is_reversed ? CP_POOLS - 1 - i : i;

		if (p->pools[at].is_there)
			write_pool(p, at, n++, f);
	}
	n = 0;
	fprintf(f, "groups:\n");
	for (unsigned int i = 0; i < CP_GROUPS; i++) {
		unsigned int at = p->is_reversed ? CP_GROUPS - 1 - i : i;

		if (p->groups[at].is_there)
			write_group(p, at, n++, f);
	}
	write_nat(p, f);
	fclose(f);
	return text;
}
