/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The answer to the question for one subscriber.
 */
#include "controlplane/telemetry/telemetry_subscriber.h"

#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdio.h>

#include <rte_telemetry.h>

/* A resource of which a subscriber has some now, had most at its peak, and may have at most so many. */
struct use {
	const char *name;
	uint64_t now;
	uint64_t peak;
	uint64_t max; /* 0: no limit */
};

static const char *
state_of(const struct cgn_subscriber_detail *s)
{
	if (s->is_subscriber)
		return s->is_idle ? "idle" : "active";
	return s->info.refused_total != 0 ? "refused" : "none";
}

static struct rte_tel_data *
add_use(struct rte_tel_data *out, const struct use *u)
{
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, u->name);

	if (d == NULL)
		return NULL;
	rte_tel_data_add_dict_uint(d, "now", u->now);
	rte_tel_data_add_dict_uint(d, "peak", u->peak);
	if (u->max != 0)
		rte_tel_data_add_dict_uint(d, "max", u->max);
	return d;
}

/* Add the ports of the blocks: "1024-1535". */
static int
add_spans(struct rte_tel_data *d, const struct cgn_subscriber_detail *s)
{
	struct rte_tel_data *list = rte_tel_data_alloc();
	char text[16];

	if (list == NULL)
		return -ENOMEM;
	rte_tel_data_start_array(list, RTE_TEL_STRING_VAL);
	for (unsigned int i = 0; i < s->n_blocks; i++) {
		snprintf(text, sizeof(text), "%u-%u", s->blocks[i].first, s->blocks[i].last);
		rte_tel_data_add_array_string(list, text);
	}
	if (rte_tel_data_add_dict_container(d, "ports", list, 0) < 0) {
		rte_tel_data_free(list);
		return -ENOMEM;
	}
	return 0;
}

/* Add how many ports of the blocks are taken. A port in hold-down is taken, too, so these may be more than the mappings. */
static int
add_ports(struct rte_tel_data *out, const struct cgn_subscriber_detail *s)
{
	struct rte_tel_data *d = cgn_telemetry_rows_child(out, "ports");

	if (d == NULL)
		return -ENOMEM;
	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		rte_tel_data_add_dict_uint(
				d, cgn_telemetry_rows_proto((uint8_t)p), s->ports_used[p]);
	rte_tel_data_add_dict_uint(d, "of", s->ports);
	return 0;
}

static int
add_uses(struct rte_tel_data *out, const struct cgn_subscriber_detail *s,
		const struct cgn_conf_group *g)
{
	const struct use blocks = { "blocks", s->info.blocks, s->blocks_peak, g->blocks_max };
	const struct use mappings = { "mappings", s->info.mappings, s->mappings_peak,
		g->mappings_max };
	const struct use sessions = { "sessions", s->info.sessions, s->sessions_peak,
		g->sessions_max };
	struct rte_tel_data *d = add_use(out, &blocks);

	if (d == NULL || add_spans(d, s) < 0 || add_ports(out, s) < 0)
		return -ENOMEM;
	d = add_use(out, &mappings);
	if (d == NULL)
		return -ENOMEM;
	if (g->mappings_per_s != 0)
		rte_tel_data_add_dict_uint(d, "per_s_max", g->mappings_per_s);
	rte_tel_data_add_dict_uint(d, "total", s->info.mappings_total);
	if (add_use(out, &sessions) == NULL)
		return -ENOMEM;
	d = cgn_telemetry_rows_child(out, "leases");
	if (d == NULL)
		return -ENOMEM;
	rte_tel_data_add_dict_uint(d, "now", s->info.leases);
	rte_tel_data_add_dict_uint(d, "max", g->leases_max);
	return 0;
}

static int
add_refusals(struct rte_tel_data *out, const struct cgn_subscriber_detail *s)
{
	struct rte_tel_data *all = cgn_telemetry_rows_child(out, "refusals"), *d;

	rte_tel_data_add_dict_uint(out, "refused_total", s->info.refused_total);
	for (unsigned int i = 0; all != NULL && i < CGN_REFUSAL_COUNT; i++) {
		if (s->refused[i].n == 0)
			continue;
		d = cgn_telemetry_rows_child(all, cgn_refusal_name((enum cgn_refusal)i));
		if (d == NULL)
			return -ENOMEM;
		rte_tel_data_add_dict_uint(d, "count", s->refused[i].n);
		rte_tel_data_add_dict_uint(d, "ago_s", s->refused[i].ago_s);
	}
	return all == NULL ? -ENOMEM : 0;
}

int
cgn_telemetry_subscriber(struct rte_tel_data *out, const struct cgn_ip *addr,
		const struct cgn_subscriber_detail *s, const struct cgn_conf *conf,
		const struct cgn_host_peers *peers)
{
	const struct cgn_ip b4 = { .is_ip6 = true, .ip6 = s->info.b4 };
	const char *peer = cgn_host_peers_find(peers, cgn_ip6_is_zero(&s->info.b4) ? addr : &b4);

	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_string(out, "state", state_of(s));
	cgn_telemetry_rows_identity(out, &s->info, conf);
	if (peer != NULL)
		rte_tel_data_add_dict_string(out, "peer", peer);
	if (s->is_subscriber)
		rte_tel_data_add_dict_uint(out, "worker", s->info.worker);
	if (s->is_idle)
		rte_tel_data_add_dict_uint(out, "idle_s", s->idle_s);
	if (s->is_subscriber && s->info.group < conf->n_groups &&
			add_uses(out, s, &conf->groups[s->info.group]) < 0)
		return -ENOMEM;
	return add_refusals(out, s);
}
