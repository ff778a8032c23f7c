/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints the answers of telemetry under the names of RFC 8512 and RFC 8513.
 */
#include "controlplane/cgnctl/ctlyang.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_errors.h"
#include "shared/addr_text.h"
#include "shared/utc_text.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* What an answer is made of. */
struct yang_state {
	const struct cgn_conf *conf;
	json_t *verdicts;
	json_t *counters;
	json_t *pools; /* array of rows */
	char since[CGN_UTC_TEXT_MAX];
};

/* A protocol with its number, and its name in our gauges. */
static const struct yang_protocol {
	int number;
	const char *name;
	const char *gauge;
} protocols[] = {
	{ IPPROTO_ICMP, "ICMP", "mappings_icmp" },
	{ IPPROTO_TCP, "TCP", "mappings_tcp" },
	{ IPPROTO_UDP, "UDP", "mappings_udp" },
};

#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* RFC 7951 section 6.1: numbers of 64 bits are strings, because readers of JSON may have fewer bits. */
static json_t *
number64(uint64_t n)
{
	return json_sprintf("%" PRIu64, n);
}

static uint64_t
count(const json_t *group, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(group, name));
}

static void
set_number(json_t *object, const char *name, uint64_t n)
{
	json_object_set_new(object, name, json_integer((json_int_t)n));
}

static json_t *
protocol_list(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < N_PROTOCOLS; i++)
		json_array_append_new(list,
				json_pack("{s:i, s:s}", "protocol-id", protocols[i].number,
						"protocol-name", protocols[i].name));
	return list;
}

/* --- configuration -------------------------------------------------------------------------- */

/* Append the addresses of a pool as prefixes, each with the next pool-id. @param list  NULL: only count */
static void
add_pool(json_t *list, const struct cgn_conf_pool *pool, unsigned int *id)
{
	char buf[CGN_ADDR_TEXT_MAX];

	for (size_t i = 0; i < pool->n_ranges; i++) {
		const struct cgn_range4 *r = &pool->ranges[i];

		for (uint64_t at = r->first; at <= r->last; ++*id) {
			const struct cgn_prefix p = cgn_range4_next_prefix(r, &at);

			if (list != NULL)
				json_array_append_new(list,
						json_pack("{s:i, s:s}", "pool-id", (int)*id,
								"external-ip-pool",
								cgn_addr_text_format_prefix(
										&p, buf)));
		}
	}
}

/* The pool-id of the first prefix of a pool. */
static unsigned int
first_pool_id(const struct cgn_conf *conf, size_t pool)
{
	unsigned int id = 1;

	for (size_t p = 0; p < pool; p++)
		add_pool(NULL, &conf->pools[p], &id);
	return id;
}

static json_t *
pool_list(const struct cgn_conf *conf, size_t pool)
{
	unsigned int id = first_pool_id(conf, pool);
	json_t *list = json_array();

	add_pool(list, &conf->pools[pool], &id);
	return list;
}

/* A list of prefixes whose entries have an id and a prefix. */
static json_t *
prefix_list(const struct cgn_prefix *prefixes, size_t n, const char *id, const char *prefix)
{
	json_t *list = json_array();
	char buf[CGN_ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				json_pack("{s:i, s:s}", id, (int)(i + 1), prefix,
						cgn_addr_text_format_prefix(&prefixes[i], buf)));
	return list;
}

static json_t *
timers(const struct cgn_conf_nat *nat)
{
	json_t *t = json_object();

	set_number(t, "udp-timeout", nat->timeouts.udp_s);
	set_number(t, "tcp-idle-timeout", nat->timeouts.tcp_established_s);
	set_number(t, "tcp-trans-open-timeout", nat->timeouts.tcp_opening_s);
	set_number(t, "tcp-trans-close-timeout", nat->timeouts.tcp_closing_s);
	set_number(t, "fragment-min-timeout", nat->timeouts.fragment_s);
	set_number(t, "icmp-timeout", nat->timeouts.icmp_s);
	set_number(t, "hold-down-timeout", nat->hold_down_s);
	set_number(t, "hold-down-max", nat->hold_down_max);
	return t;
}

/* The module has one filtering for all protocols. @return NULL: TCP and UDP differ */
static const char *
filtering(const struct cgn_conf_nat *nat)
{
	static const char *const names[] = {
		[CGN_FILTERING_EI] = "eif",
		[CGN_FILTERING_AD] = "adf",
		[CGN_FILTERING_APD] = "edf",
	};

	return nat->filtering[CGN_PROTO_UDP] == nat->filtering[CGN_PROTO_TCP]
			? names[nat->filtering[CGN_PROTO_UDP]]
			: NULL;
}

/* Add the thresholds of a pool, if it has some. */
static void
add_pool_usage(json_t *policy, const struct cgn_conf *conf, size_t pool)
{
	const struct cgn_conf_pool *p = &conf->pools[pool];
	json_t *usage;

	if (p->use_low_percent == 0 && p->use_high_percent == 0)
		return;
	usage = json_object();
	set_number(usage, "pool-id", first_pool_id(conf, pool));
	if (p->use_low_percent != 0)
		set_number(usage, "low-threshold", p->use_low_percent);
	if (p->use_high_percent != 0)
		set_number(usage, "high-threshold", p->use_high_percent);
	set_number(usage, "notify-interval", conf->nat.notify_interval_s);
	json_object_set_new(policy, "notify-pool-usage", usage);
}

static json_t *
policy(const struct cgn_conf *conf, size_t group)
{
	const struct cgn_conf_group *g = &conf->groups[group];
	const struct cgn_conf_pool *pool = &conf->pools[g->pool];
	json_t *p = json_object();

	set_number(p, "id", group + 1);
	json_object_set_new(p, "external-ip-address-pool", pool_list(conf, g->pool));
	json_object_set_new(p, "port-set-restrict",
			json_pack("{s:i, s:i}", "start-port-number", pool->port_min,
					"end-port-number", pool->port_max));
	json_object_set_new(p, "transport-protocols", protocol_list());
	set_number(p, "subscriber-mask-v6", g->subscriber_prefix6_len);
	json_object_set_new(p, "subscriber-match",
			prefix_list(g->prefixes, g->n_prefixes, "match-id", "subnet"));
	json_object_set_new(p, "address-allocation-type", json_string("paired"));
	json_object_set_new(p, "port-allocation-type", json_string("port-range-allocation"));
	json_object_set_new(p, "mapping-type", json_string("eim"));
	if (filtering(&conf->nat) != NULL)
		json_object_set_new(p, "filtering-type", json_string(filtering(&conf->nat)));
	json_object_set_new(p, "fragment-behavior", json_string("out-of-order"));
	if (g->mappings_max != 0 && g->mappings_max <= UINT16_MAX)
		json_object_set_new(p, "port-quota",
				json_pack("[{s:i, s:i}]", "quota-type", 0, "port-limit",
						(int)g->mappings_max));
	json_object_set_new(p, "port-set", json_pack("{s:i}", "port-set-size", g->block_size));
	json_object_set_new(p, "timers", timers(&conf->nat));
	set_number(p, "fragments-limit", conf->nat.fragments_max);
	add_pool_usage(p, conf, g->pool);
	if (conf->softwire.role == CGN_SOFTWIRE_AFTR) {
		set_number(p, "ietf-dslite:max-softwires-per-subscriber", 1);
		json_object_set_new(p, "ietf-dslite:state-migrate", json_true());
		set_number(p, "ietf-dslite:b4-address-change-limit", conf->softwire.move_min_s);
	}
	return p;
}

/* What cgnd can do, whatever is configured. */
static json_t *
capabilities(void)
{
	static const char *const can[] = {
		"restricted-port-support",
		"static-mapping-support",
		"port-randomization-support",
		"port-range-allocation-support",
		"port-preservation-suport", /* so in the module */
		"port-parity-preservation-support",
		"paired-address-pooling-support",
		"endpoint-independent-mapping-support",
		"endpoint-independent-filtering-support",
		"address-dependent-filtering",
		"address-and-port-dependent-filtering",
	};
	static const char *const cannot[] = {
		"address-roundrobin-support",
		"address-dependent-mapping-support",
		"address-and-port-dependent-mapping-support",
	};
	json_t *c = json_pack("{s:[s], s:[s]}", "nat-flavor", "ietf-nat:napt44",
			"per-interface-binding", "dslite");

	json_object_set_new(c, "transport-protocols", protocol_list());
	for (size_t i = 0; i < sizeof(can) / sizeof(can[0]); i++)
		json_object_set_new(c, can[i], json_true());
	for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++)
		json_object_set_new(c, cannot[i], json_false());
	json_object_set_new(c, "fragment-behavior", json_string("out-of-order"));
	return c;
}

/* Limits and thresholds of the whole instance. The limits of mappings and sessions are for each worker of cgnd. */
static void
add_limits(json_t *instance, const struct cgn_conf *conf)
{
	const struct cgn_conf_nat *nat = &conf->nat;
	json_t *mappings = json_object(), *notices = json_object();

	/* A subscriber has one external address. */
	if (nat->subscribers_max != 0) {
		set_number(mappings, "limit-subscribers", nat->subscribers_max);
		set_number(mappings, "limit-address-mappings", nat->subscribers_max);
	}
	if (nat->mappings_max != 0)
		set_number(mappings, "limit-port-mappings",
				(uint64_t)nat->mappings_max * conf->workers);
	if (json_object_size(mappings) != 0)
		json_object_set(instance, "mapping-limits", mappings);
	json_decref(mappings);
	json_object_set_new(instance, "connection-limits",
			json_pack("{s:I}", "limit-per-instance",
					(json_int_t)nat->sessions_max * conf->workers));
	set_number(notices, "notify-interval", nat->notify_interval_s);
	if (nat->subscribers_high != 0)
		set_number(notices, "notify-subscribers-limit", nat->subscribers_high);
	json_object_set_new(instance, "notification-limits", notices);
}

static void
add_configuration(json_t *instance, const struct cgn_conf *conf)
{
	json_t *policies = json_array();

	set_number(instance, "id", 1);
	json_object_set_new(instance, "name", json_string(conf->telemetry_prefix));
	json_object_set_new(instance, "enable", json_true());
	json_object_set_new(instance, "capabilities", capabilities());
	json_object_set_new(instance, "type", json_string("ietf-nat:napt44"));
	json_object_set_new(instance, "per-interface-binding",
			json_string(conf->softwire.role == CGN_SOFTWIRE_AFTR ? "dslite"
									     : "disabled"));
	json_object_set_new(instance, "nat-pass-through",
			prefix_list(conf->nat.pass_through, conf->nat.n_pass_through, "id",
					"prefix"));
	for (size_t g = 0; g < conf->n_groups; g++)
		json_array_append_new(policies, policy(conf, g));
	json_object_set_new(instance, "policy", policies);
	add_limits(instance, conf);
}

/* --- statistics ------------------------------------------------------------------------------ */

/* The sum of some verdicts. */
static json_t *
dropped(const struct yang_state *y, const char *const *names, size_t n)
{
	const json_t *all = json_object_get(y->verdicts, "dropped");
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += count(all, names[i]);
	return number64(sum);
}

static json_t *
sum_of(json_t *group)
{
	uint64_t sum = 0;
	const char *name;
	json_t *value;

	json_object_foreach(group, name, value) sum += (uint64_t)json_integer_value(value);
	return number64(sum);
}

#define DROPPED(y, ...)                                  \
	dropped(y, (const char *const[]){ __VA_ARGS__ }, \
			sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static json_t *
traffic(const struct yang_state *y)
{
	json_t *t = json_object();

	json_object_set_new(t, "sent-packets", sum_of(json_object_get(y->verdicts, "forwarded")));
	json_object_set_new(t, "rcvd-packets", number64(count(y->verdicts, "received")));
	json_object_set_new(t, "dropped-packets", sum_of(json_object_get(y->verdicts, "dropped")));
	json_object_set_new(t, "dropped-fragments",
			DROPPED(y, "frag_tiny", "frag_overlap", "frag_length", "frag_timeout",
					"frag_full"));
	json_object_set_new(t, "dropped-address-packets", DROPPED(y, "pool_full"));
	json_object_set_new(t, "dropped-port-limit-packets",
			DROPPED(y, "sub_ports", "sub_mappings", "sub_protocol", "sub_rate"));
	json_object_set_new(t, "dropped-port-packets", DROPPED(y, "pool_ports", "mappings_full"));
	json_object_set_new(t, "dropped-subscriber-limit-packets",
			DROPPED(y, "subscribers_full", "subscribers_max"));
	return t;
}

static json_t *
mapping_counts(const struct yang_state *y)
{
	const json_t *gauges = json_object_get(y->counters, "gauges");
	json_t *m = json_object(), *list = json_array();
	uint64_t sum = 0;

	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		uint64_t n = count(gauges, protocols[i].gauge);

		sum += n;
		json_array_append_new(list,
				json_pack("{s:i, s:I}", "protocol-id", protocols[i].number, "total",
						(json_int_t)n));
	}
	set_number(m, "total-active-subscribers", count(gauges, "subscribers"));
	/* A subscriber has one external address. */
	set_number(m, "total-address-mappings", count(gauges, "subscribers"));
	set_number(m, "total-port-mappings", sum);
	json_object_set_new(m, "total-per-protocol", list);
	if (y->conf->softwire.role == CGN_SOFTWIRE_AFTR)
		set_number(m, "ietf-dslite:active-softwires", count(gauges, "softwires"));
	return m;
}

/* Ports of a block of a pool. All groups of a pool have the same. */
static uint64_t
block_size(const struct cgn_conf *conf, const char *pool)
{
	for (size_t g = 0; g < conf->n_groups; g++) {
		if (strcmp(conf->pools[conf->groups[g].pool].name, pool) == 0)
			return conf->groups[g].block_size;
	}
	return 0;
}

static json_t *
port_counts(uint64_t allocated, uint64_t all)
{
	return json_pack("{s:I, s:I}", "ports-allocated", (json_int_t)allocated, "ports-free",
			(json_int_t)(all - allocated));
}

static json_t *
pool_counts(const struct yang_state *y)
{
	json_t *stats = json_object(), *list = json_array(), *row;
	uint64_t allocated = 0, all = 0;
	size_t i;

	json_array_foreach(y->pools, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "pool"));
		uint64_t size = block_size(y->conf, name);
		json_t *entry = json_object();

		set_number(entry, "pool-id", first_pool_id(y->conf, i));
		json_object_set_new(entry, "discontinuity-time", json_string(y->since));
		json_object_set_new(entry, "port-stats",
				port_counts(count(row, "blocks_used") * size,
						count(row, "blocks") * size));
		json_array_append_new(list, entry);
		allocated += count(row, "blocks_used") * size;
		all += count(row, "blocks") * size;
	}
	json_object_set_new(stats, "ports-stats", port_counts(allocated, all));
	json_object_set_new(stats, "per-pool-stats", list);
	return stats;
}

static json_t *
statistics(const struct yang_state *y)
{
	json_t *s = json_object();

	json_object_set_new(s, "discontinuity-time", json_string(y->since));
	json_object_set_new(s, "traffic-statistics", traffic(y));
	json_object_set_new(s, "mappings-statistics", mapping_counts(y));
	json_object_set_new(s, "pools-stats", pool_counts(y));
	return s;
}

/* --- mappings -------------------------------------------------------------------------------- */

struct yang_entries {
	FILE *out;
	uint32_t n;
};

/* Set the address and the port of an endpoint such as "192.0.2.1:80". */
static void
set_endpoint(json_t *entry, const char *side, const char *text)
{
	char buf[CGN_ADDR_TEXT_MAX], name[32];
	struct cgn_prefix p = { .len = 32 };
	uint16_t port;

	if (text == NULL || cgn_addr_text_parse_ep4(text, &p.ip4, &port) < 0)
		return;
	snprintf(name, sizeof(name), "%s-src-address", side);
	json_object_set_new(entry, name, json_string(cgn_addr_text_format_prefix(&p, buf)));
	snprintf(name, sizeof(name), "%s-src-port", side);
	json_object_set_new(entry, name, json_pack("{s:i}", "start-port-number", port));
}

static const char *
mapping_type(const char *kind)
{
	static const struct {
		const char *kind;
		const char *type;
	} types[] = {
		{ "static", "static" },
		{ "explicit", "dynamic-explicit" },
		{ "peer", "dynamic-explicit" },
	};

	for (size_t i = 0; kind != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(kind, types[i].kind) == 0)
			return types[i].type;
	}
	return "dynamic-implicit";
}

static int
protocol_number(const char *name)
{
	for (size_t i = 0; name != NULL && i < N_PROTOCOLS; i++) {
		if (strcasecmp(name, protocols[i].name) == 0)
			return protocols[i].number;
	}
	return 0;
}

static const char *
text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static json_t *
mapping_entry(const json_t *row, uint32_t index)
{
	json_t *e = json_object();

	set_number(e, "index", index);
	json_object_set_new(e, "type", json_string(mapping_type(text_of(row, "kind"))));
	set_number(e, "transport-protocol", (uint64_t)protocol_number(text_of(row, "protocol")));
	set_endpoint(e, "internal", text_of(row, "in"));
	set_endpoint(e, "external", text_of(row, "ext"));
	if (json_object_get(row, "expires_s") != NULL)
		set_number(e, "lifetime", count(row, "expires_s"));
	if (text_of(row, "b4") != NULL)
		json_object_set_new(e, "ietf-dslite:b4-ipv6-address",
				json_pack("{s:s}", "address", text_of(row, "b4")));
	return e;
}

static void
print_entries(void *ctx, json_t *rows)
{
	struct yang_entries *e = ctx;
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		json_t *entry = mapping_entry(row, ++e->n);

		fputs(e->n > 1 ? ",\n" : "\n", e->out);
		json_dumpf(entry, e->out, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_decref(entry);
	}
}

/* --- all of it ------------------------------------------------------------------------------- */

static void
append_rows(void *ctx, json_t *rows)
{
	json_t *list = ctx, *row;
	const char *key;

	json_object_foreach(rows, key, row) json_array_append(list, row);
}

/* Read the configuration in use with the reader of cgnd, so that ranges and defaults are the same. */
static int
load_conf(struct cgn_ctlsock *s, struct cgn_conf **conf)
{
	struct cgn_conf_errors errs = { 0 };
	char *text;
	size_t len;
	int ret = cgn_ctlfetch_config(s, &text, &len);

	if (ret < 0)
		return ret;
	ret = cgn_conf_load_text("configuration in use", text, len, conf, &errs);
	cgn_conf_errors_fini(&errs);
	free(text);
	return ret == -EINVAL ? -EPROTO : ret;
}

static int
fetch(struct cgn_ctlsock *s, struct yang_state *y)
{
	int ret = cgn_ctlsock_ask(s, "/cgn/verdicts", &y->verdicts);

	if (ret == 0)
		ret = cgn_ctlsock_ask(s, "/cgn/counters", &y->counters);
	if (ret == 0)
		ret = cgn_ctlfetch_pages(s, "/cgn/pools", "", append_rows, y->pools);
	if (ret == 0)
		(void)cgn_utc_text_format((int64_t)count(y->counters, "since_ms"), y->since);
	return ret;
}

static int
print_all(struct cgn_ctlsock *s, const struct yang_state *y, FILE *out)
{
	struct yang_entries e = { .out = out };
	json_t *instance = json_object();
	int ret;

	add_configuration(instance, y->conf);
	json_object_set_new(instance, "statistics", statistics(y));
	fputs("{\"ietf-nat:nat\":{\"instances\":{\"instance\":[{\n", out);
	json_dumpf(instance, out, JSON_EMBED | JSON_INDENT(1) | JSON_ENSURE_ASCII);
	json_decref(instance);
	fputs(",\n\"mapping-table\":{\"mapping-entry\":[", out);
	ret = cgn_ctlfetch_pages(s, "/cgn/mappings", "", print_entries, &e);
	fputs("\n]}}]}}}\n", out);
	return ret;
}

int
cgn_ctlyang_show(struct cgn_ctlsock *s, FILE *out)
{
	struct yang_state y = { .pools = json_array() };
	struct cgn_conf *conf = NULL;
	int ret = load_conf(s, &conf);

	y.conf = conf;
	if (ret == 0)
		ret = fetch(s, &y);
	if (ret == 0)
		ret = print_all(s, &y, out);
	json_decref(y.pools);
	json_decref(y.verdicts);
	json_decref(y.counters);
	cgn_conf_free(conf);
	return ret;
}

int
cgn_ctlyang_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	(void)args; /* it is JSON always */
	return cgn_ctlyang_show(s, out);
}
