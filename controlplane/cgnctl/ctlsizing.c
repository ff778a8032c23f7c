/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The formulas by which cgnctl sizes a machine.
 */
#include "controlplane/cgnctl/ctlsizing.h"

#include "dataplane/footprint.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define MIB      1048576.0
#define HUGE_MIB 2
#define DAY_S    86400.0
#define MARGIN   1.1 /* EAL takes its heap in pieces, which do not fill pages */

static const struct {
	const char *key;
	const char *title;
	unsigned int decimals;
} names[CGN_CTLSIZING_COUNT] = {
	[CGN_CTLSIZING_BLOCKS] = { "blocks_per_subscriber", "blocks of a subscriber", 2 },
	[CGN_CTLSIZING_REFUSED] = { "subscribers_at_limit_percent", "at their limit (sub_ports), %",
			3 },
	[CGN_CTLSIZING_ADDRESSES] = { "external_addresses", "external addresses", 0 },
	[CGN_CTLSIZING_MAPPINGS] = { "mappings", "mappings", 0 },
	[CGN_CTLSIZING_PACKETS] = { "packets_per_s", "packets a second", 0 },
	[CGN_CTLSIZING_NEW_MAPPINGS] = { "new_mappings_per_s", "new mappings a second", 0 },
	[CGN_CTLSIZING_WORKERS] = { "worker_cores", "worker cores", 0 },
	[CGN_CTLSIZING_CORES] = { "cores", "cores", 0 },
	[CGN_CTLSIZING_START] = { "memory_start_mib", "memory after the start, MiB", 0 },
	[CGN_CTLSIZING_TABLES] = { "memory_tables_mib", "memory of tables in use, MiB", 0 },
	[CGN_CTLSIZING_MEMORY] = { "memory_mib", "memory, MiB", 0 },
	[CGN_CTLSIZING_PREFAULT] = { "memory_tables_full_mib",
			"memory of full tables (prefault), MiB", 0 },
	[CGN_CTLSIZING_BUFFERS] = { "packet_buffers_mib", "packet buffers, MiB", 0 },
	[CGN_CTLSIZING_HUGEPAGES] = { "hugepages_mib", "hugepages to reserve, MiB", 0 },
	[CGN_CTLSIZING_RECORDS] = { "records_per_day", "records a day", 0 },
	[CGN_CTLSIZING_RECORD_MB] = { "records_mb_per_day", "their lines, MB a day", 0 },
};

static double
figure(enum cgn_ctlfigure f)
{
	return cgn_ctlfigures[f].value;
}

static void __attribute__((format(printf, 4, 5)))
put(struct cgn_ctlsizing *out, enum cgn_ctlsizing_result r, double value, const char *format, ...)
{
	struct cgn_ctlsizing_row *row = &out->rows[r];
	va_list ap;

	row->key = names[r].key;
	row->title = names[r].title;
	row->decimals = names[r].decimals;
	row->value = value;
	va_start(ap, format);
	(void)vsnprintf(row->formula, sizeof(row->formula), format, ap);
	va_end(ap);
}

static double
value_of(const struct cgn_ctlsizing *out, enum cgn_ctlsizing_result r)
{
	return out->rows[r].value;
}

/* The blocks of the mean subscriber who has one: one, and a further one for each part of the tail. */
static void
size_blocks(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	const struct cgn_conf_group *g = c->group;
	double size = g->block_size, most = g->blocks_max, tail = c->profile.tail;
	double more = exp(-size / tail), all = (1 - pow(more, most)) / (1 - more);
	double usable = fmax(most * size - g->leases_reserve, 0);

	if (c->blocks > 0)
		put(out, CGN_CTLSIZING_BLOCKS, c->blocks, "as cgnd has counted");
	else
		put(out, CGN_CTLSIZING_BLOCKS, all,
				"sum over k < blocks_max %g of exp(-k x block_size %g / tail %g)",
				most, size, tail);
	put(out, CGN_CTLSIZING_REFUSED, 100 * exp(-usable / tail),
			"exp(-(blocks_max %g x block_size %g - leases_reserve %u) / tail %g)", most,
			size, g->leases_reserve, tail);
}

static void
size_addresses(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	const struct cgn_conf_pool *pool = &c->conf->pools[c->group->pool];
	unsigned int ports = pool->port_max - pool->port_min + 1u;
	unsigned int per_address = ports / c->group->block_size;
	double blocks = value_of(out, CGN_CTLSIZING_BLOCKS);

	if (c->shared != 0)
		put(out, CGN_CTLSIZING_ADDRESSES, ceil(c->subscribers / c->shared),
				"%.0f / %u ranges of an address (deterministic); pool %s has %zu",
				c->subscribers, c->shared, pool->name, pool->n_addresses);
	else
		put(out, CGN_CTLSIZING_ADDRESSES, ceil(c->subscribers * blocks / per_address),
				"%.0f x %.2f / (%u ports / %u); pool %s has %zu", c->subscribers,
				blocks, ports, c->group->block_size, pool->name, pool->n_addresses);
}

/* Cycles of a packet, by the mappings of a worker: in between, by their logarithm. */
static double
cycles_of_packet(double mappings)
{
	static const double sizes[] = { 1e3, 64e3, 1e6, 10e6 };
	const double cycles[] = { figure(CGN_CTLFIGURE_PACKET_SMALL),
		figure(CGN_CTLFIGURE_PACKET_MIDDLE), figure(CGN_CTLFIGURE_PACKET_LARGE),
		figure(CGN_CTLFIGURE_PACKET_HUGE) };
	size_t i = 1;

	if (mappings <= sizes[0])
		return cycles[0];
	/* Nothing was measured above the last size. The growth from the size before it goes on there. */
	while (i + 1 < sizeof(sizes) / sizeof(sizes[0]) && mappings > sizes[i])
		i++;
	return cycles[i - 1] +
			(cycles[i] - cycles[i - 1]) * log(mappings / sizes[i - 1]) /
			log(sizes[i] / sizes[i - 1]);
}

static double
cycles_per_s(const struct cgn_ctlsizing *out, double packet)
{
	return value_of(out, CGN_CTLSIZING_PACKETS) * (packet + figure(CGN_CTLFIGURE_DRIVER)) +
			value_of(out, CGN_CTLSIZING_NEW_MAPPINGS) *
			figure(CGN_CTLFIGURE_NEW_MAPPING);
}

/* More workers have fewer mappings each, and then a packet takes less: the fewest that are enough. */
static void
size_cores(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	double room = figure(CGN_CTLFIGURE_HZ) * figure(CGN_CTLFIGURE_BUSY), packet, n = 0;
	double mappings = value_of(out, CGN_CTLSIZING_MAPPINGS);

	do {
		n++;
		packet = cycles_of_packet(mappings / n);
	} while (cycles_per_s(out, packet) > n * room);
	put(out, CGN_CTLSIZING_WORKERS, n,
			"(%.3g packets x (%.0f + %.0f) + %.3g new x %.0f) / (%.1f GHz x %.1f); the file has workers: %u",
			value_of(out, CGN_CTLSIZING_PACKETS), packet, figure(CGN_CTLFIGURE_DRIVER),
			value_of(out, CGN_CTLSIZING_NEW_MAPPINGS),
			figure(CGN_CTLFIGURE_NEW_MAPPING), figure(CGN_CTLFIGURE_HZ) / 1e9,
			figure(CGN_CTLFIGURE_BUSY), c->conf->workers);
	put(out, CGN_CTLSIZING_CORES, n + 1, "%.0f workers + 1 for the control thread", n);
}

/* Workers that there will be: those of the file, or more if they are needed. */
static double
workers_of(const struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	return fmin(fmax(value_of(out, CGN_CTLSIZING_WORKERS), c->conf->workers), CGN_WORKERS_MAX);
}

static void
size_memory(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	double n = workers_of(out, c);
	const struct cgn_footprint f = cgn_footprint_of(c->conf, (unsigned int)n);
	double fixed = figure(CGN_CTLFIGURE_START_FIXED), each = figure(CGN_CTLFIGURE_START_WORKER);
	double buffers = (double)f.buffers / MIB, start = fixed + each * n + buffers;
	double sessions = c->subscribers * c->profile.sessions;
	double leases = c->subscribers * c->profile.leases;
	double held = fmin(value_of(out, CGN_CTLSIZING_NEW_MAPPINGS) * c->conf->nat.hold_down_s,
			n * c->conf->nat.hold_down_max);
	double tables = value_of(out, CGN_CTLSIZING_MAPPINGS) * (double)f.mapping +
			held * (double)f.held + sessions * (double)f.session +
			c->subscribers * figure(CGN_CTLFIGURE_SUBSCRIBER) +
			value_of(out, CGN_CTLSIZING_ADDRESSES) * (double)f.address +
			leases * figure(CGN_CTLFIGURE_LEASE);
	double heap = ceil(MARGIN * (double)f.heap / MIB / HUGE_MIB) * HUGE_MIB;

	put(out, CGN_CTLSIZING_START, start, "%.0f + %.1f x %.0f workers + buffers %.0f", fixed,
			each, n, buffers);
	put(out, CGN_CTLSIZING_TABLES, tables / MIB,
			"%.3g mappings x %zu + %.3g held ports x %zu + %.3g sessions x %zu + %.3g subscribers x %.0f + %.3g addresses x %zu + %.3g leases x %.0f",
			value_of(out, CGN_CTLSIZING_MAPPINGS), f.mapping, held, f.held, sessions,
			f.session, c->subscribers, figure(CGN_CTLFIGURE_SUBSCRIBER),
			value_of(out, CGN_CTLSIZING_ADDRESSES), f.address, leases,
			figure(CGN_CTLFIGURE_LEASE));
	put(out, CGN_CTLSIZING_MEMORY, start + tables / MIB, "after the start + tables in use");
	put(out, CGN_CTLSIZING_PREFAULT, (double)f.full / MIB,
			"all that the pools, nat.mappings_max, nat.sessions_max allow");
	put(out, CGN_CTLSIZING_BUFFERS, buffers,
			"%u buffers of %zu octets for %zu ports and %.0f workers", f.n_buffers,
			f.buffers / f.n_buffers, c->conf->n_ports, n);
	put(out, CGN_CTLSIZING_HUGEPAGES, heap + ceil(buffers / HUGE_MIB) * HUGE_MIB,
			"buffers %.0f + heap of EAL %.0f (eal: [-m, ...])", buffers, heap);
}

static void
size_records(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	uint32_t kinds = cgn_conf_export_kinds(&c->conf->export);
	double made = c->profile.new_mappings_per_s * DAY_S * figure(CGN_CTLFIGURE_DAY);
	double blocks = (kinds & 1u << CGN_RECORD_KIND_BLOCKS) != 0 ? c->profile.blocks_per_day : 0;
	double mappings = (kinds & 1u << CGN_RECORD_KIND_MAPPINGS) != 0 ? made : 0;
	double sessions = (kinds & 1u << CGN_RECORD_KIND_SESSIONS) != 0 ? made : 0;
	double all = c->subscribers * 2 * (blocks + mappings + sessions);

	if (all > 0)
		put(out, CGN_CTLSIZING_RECORDS, all,
				"%.0f x 2 x (%g blocks + %.0f mappings + %.0f sessions a day)",
				c->subscribers, blocks, mappings, sessions);
	else
		put(out, CGN_CTLSIZING_RECORDS, 0,
				"export.records has no blocks, mappings or sessions; blocks would be %.0f",
				c->subscribers * 2 * c->profile.blocks_per_day);
	put(out, CGN_CTLSIZING_RECORD_MB, all * figure(CGN_CTLFIGURE_LINE) / 1e6,
			"x %.0f octets; IPFIX takes %.0f for a block", figure(CGN_CTLFIGURE_LINE),
			figure(CGN_CTLFIGURE_IPFIX));
}

/* Note a key that is too small. @param value  0: it does not limit */
static void
need(struct cgn_ctlsizing *out, const char *key, double value, double needs, const char *why)
{
	if (value != 0 && value < ceil(needs))
		out->limits[out->n_limits++] = (struct cgn_ctlsizing_limit){ key, value,
			ceil(needs), why };
}

/* The keys that limit what was computed. Workers differ, so their tables have room for twice the mean. */
static void
size_limits(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	const struct cgn_conf_nat *nat = &c->conf->nat;
	double n = workers_of(out, c);

	out->n_limits = 0;
	need(out, "nat.subscribers_max", nat->subscribers_max, c->subscribers, "the subscribers");
	need(out, "nat.mappings_max", nat->mappings_max,
			2 * value_of(out, CGN_CTLSIZING_MAPPINGS) / n,
			"2 x mappings / workers, as workers differ");
	need(out, "nat.sessions_max", nat->sessions_max,
			2 * c->subscribers * c->profile.sessions / n,
			"2 x sessions / workers, as workers differ");
	need(out, "nat.hold_down_max", nat->hold_down_max,
			value_of(out, CGN_CTLSIZING_NEW_MAPPINGS) * nat->hold_down_s / n,
			"new mappings a second x nat.hold_down_s / workers");
	need(out, "groups[].mappings_max", c->group->mappings_max, c->profile.mappings,
			"the mappings of the mean subscriber");
}

void
cgn_ctlsizing_run(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c)
{
	const struct cgn_ctlfigures_profile *p = &c->profile;

	size_blocks(out, c);
	size_addresses(out, c);
	put(out, CGN_CTLSIZING_MAPPINGS, c->subscribers * p->mappings, "%.0f x %g", c->subscribers,
			p->mappings);
	put(out, CGN_CTLSIZING_PACKETS, c->subscribers * p->packets_per_s, "%.0f x %g",
			c->subscribers, p->packets_per_s);
	put(out, CGN_CTLSIZING_NEW_MAPPINGS, c->subscribers * p->new_mappings_per_s, "%.0f x %g",
			c->subscribers, p->new_mappings_per_s);
	size_cores(out, c);
	size_memory(out, c);
	size_records(out, c);
	size_limits(out, c);
}
