/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_diff.h"
#include "controlplane/conf/conf_reference.h"
#include "controlplane/conf/conf_schema.h"
#include "tests/support/cu.h"

#include <string.h>

/*
 * What every key does at a reload, one row a key: it changes while cgnd runs, or it asks for a restart. A key
 * that is added to the schema needs a row here.
 */

/* The text is put together from a line each for ports and lists, which rows can replace. */
#define PORTS                                                                          \
	"ports:\n"                                                                     \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10, " \
	"\"2001:db8:1::1/64\"]}\n"                                                     \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"
#define POOLS \
	"pools: [{name: p, addresses: [198.51.100.0/28]}, {name: q, addresses: [203.0.113.0/28]}]\n"
#define G1     "{name: g, prefixes: [100.64.0.0/11], pool: p}"
#define G2     "{name: h, prefixes: [100.96.0.0/11], pool: q}"
#define GROUPS "groups: [" G1 ", " G2 "]\n"
#define REST                                                \
	"routes: [{prefix: 10.0.0.0/8, via: 100.64.0.2}]\n" \
	"neighbours: [{address: 192.0.2.9, mac: \"02:00:5e:10:00:01\"}]\n"
#define STATIC \
	"nat: {static_mappings: [{protocol: tcp, inside: \"100.64.0.9:80\", external: \"198.51.100.3:80\"}]}\n"
#define AFTR "softwire: {role: aftr, local: \"2001:db8:f::1\"}\n"

struct row {
	const char *key;
	bool is_live;
	const char *from;
	const char *to;
};

#define NAT(key, value, live)                                                         \
	{                                                                             \
		"nat." key, live, PORTS POOLS GROUPS REST,                            \
				PORTS POOLS GROUPS REST "nat: {" key ": " value "}\n" \
	}
#define SUB(s, key, value, live)                                                               \
	{                                                                                      \
		"nat." s "." key, live, PORTS POOLS GROUPS REST,                               \
				PORTS POOLS GROUPS REST "nat: {" s ": {" key ": " value "}}\n" \
	}
#define PCP(key, value)                                                               \
	{                                                                             \
		"pcp." key, true, PORTS POOLS GROUPS REST,                            \
				PORTS POOLS GROUPS REST "pcp: {" key ": " value "}\n" \
	}
#define PMP(key, value, live)                                                            \
	{                                                                                \
		"natpmp." key, live, PORTS POOLS GROUPS REST,                            \
				PORTS POOLS GROUPS REST "natpmp: {" key ": " value "}\n" \
	}
#define TOP(key, value)                                                                          \
	{                                                                                        \
		key, false, PORTS POOLS GROUPS REST, PORTS POOLS GROUPS REST key ": " value "\n" \
	}
/* The second group: the first one is not the only one that is compared. */
#define GRP(key, value, live)                                                         \
	{                                                                             \
		"groups[h]." key, live, PORTS POOLS GROUPS REST,                      \
				PORTS POOLS "groups: [" G1                            \
					    ", {name: h, prefixes: [100.96.0.0/11], " \
					    "pool: q, " key ": " value "}]\n" REST    \
	}
#define WIRE(key, value, live)                                                                     \
	{                                                                                          \
		"softwire." key, live, PORTS POOLS GROUPS REST AFTR,                               \
				PORTS POOLS GROUPS REST "softwire: {role: aftr, local: "           \
							"\"2001:db8:f::1\", " key ": " value "}\n" \
	}
#define DETERMINISTIC(text)                                                           \
	PORTS POOLS "groups: [" G1 ", {name: h, prefixes: [100.96.0.0/24], pool: q, " \
		    "deterministic: {" text "}}]\n" REST
#define DET(key, text, live)                                                                 \
	{                                                                                    \
		"groups[h].deterministic." key, live, DETERMINISTIC(""), DETERMINISTIC(text) \
	}
#define HOST(key, text, live)                                                \
	{                                                                    \
		"host." key, live, PORTS POOLS GROUPS REST "host: {}\n",     \
				PORTS POOLS GROUPS REST "host: {" text "}\n" \
	}
#define EXPORTS(records, queue_max, name, path)                                         \
	"export: {records: " records ", queue_max: " queue_max ", sinks: [{name: " name \
	", type: file, path: " path "}]}\n"
#define EXPORT(key, records, queue_max, name, path)                                             \
	{                                                                                       \
		"export." key, true,                                                            \
				PORTS POOLS GROUPS REST EXPORTS(                                \
						"[blocks]", "8000", "disk", "/r.log"),          \
				PORTS POOLS GROUPS REST EXPORTS(records, queue_max, name, path) \
	}
#define FLOWS(text)                                                                                \
	PORTS POOLS GROUPS REST                                                                    \
			"export: {records: [blocks], sinks: [{name: a, type: ipfix, target: " text \
			"}]}\n"
#define FILES(sinks) PORTS POOLS GROUPS REST "export: {records: [blocks], sinks: [" sinks "]}\n"
#define COLLECTOR(text)                                                                     \
	PORTS POOLS GROUPS REST                                                             \
			"export: {records: [blocks], sinks: [{name: a, type: syslog, " text \
			"}]}\n"
#define TLS_FILES(ca, cert, key) \
	COLLECTOR("target: tls://logs, ca: /" ca ", cert: /" cert ", key: /" key)
#define OUT0(key, live, text)                                                                          \
	{                                                                                              \
		"ports[out0]." key, live, PORTS POOLS GROUPS REST,                                     \
				"ports:\n  - {name: in0, device: net_null0, side: inside, addresses: " \
				"[100.64.0.1/10, \"2001:db8:1::1/64\"]}\n  - {name: out0, " text       \
				"}\n" POOLS GROUPS REST                                                \
	}
#define DEV  "device: net_null1, "
#define SIDE "side: outside, addresses: [192.0.2.2/24]"

static const struct row rows[] = {
	TOP("workers", "2"),
	TOP("eal", "[\"-v\"]"),
	TOP("runtime_dir", "/run/other"),
	TOP("prefault", "true"),
	OUT0("device", false, "device: net_null7, " SIDE),
	OUT0("addresses", true, DEV "side: outside, addresses: [192.0.2.3/24]"),
	OUT0("vlan", false, DEV SIDE ", vlan: 9"),
	OUT0("mtu", true, DEV SIDE ", mtu: 1400"),
	OUT0("ttl_exceeded", true, DEV SIDE ", ttl_exceeded: false"),
	OUT0("source_check", true, DEV SIDE ", source_check: route"),
	{ "ports[out0].host", true, PORTS POOLS GROUPS REST "host: {}\n",
			"ports:\n  - {name: in0, device: net_null0, side: inside, addresses: "
			"[100.64.0.1/10, \"2001:db8:1::1/64\"]}\n  - {name: out0, " DEV SIDE
			", host: [bfd]}\n" POOLS GROUPS REST "host: {}\n" },
	{ "routes[10.0.0.0/8,in0].via", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS
			"routes: [{prefix: 10.0.0.0/8, via: 100.64.0.3}]\n"
			"neighbours: [{address: 192.0.2.9, mac: \"02:00:5e:10:00:01\"}]\n" },
	{ "neighbours[192.0.2.9,out0].mac", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS
			"routes: [{prefix: 10.0.0.0/8, via: 100.64.0.2}]\n"
			"neighbours: [{address: 192.0.2.9, mac: \"02:00:5e:10:00:02\"}]\n" },
	{ "pools[q].addresses", true, PORTS POOLS GROUPS REST,
			PORTS "pools: [{name: p, addresses: [198.51.100.0/28]}, "
			      "{name: q, addresses: [203.0.113.0/29]}]\n" GROUPS REST },
	{ "pools[p].port_range", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28], port_range: 2048-65535}, "
			"{name: q, addresses: [203.0.113.0/28]}]\n" GROUPS REST },
	{ "pools[q].use_high_percent", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28]}, "
			"{name: q, addresses: [203.0.113.0/28], use_high_percent: 80}]\n" GROUPS
					REST },
	{ "pools[q].blocks_high_percent", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28]}, "
			"{name: q, addresses: [203.0.113.0/28], blocks_high_percent: 8}]\n" GROUPS
					REST },
	{ "pools[q].use_low_percent", true, PORTS POOLS GROUPS REST,
			PORTS "pools: [{name: p, addresses: [198.51.100.0/28]}, "
			      "{name: q, addresses: [203.0.113.0/28], use_low_percent: 8}]\n" GROUPS
					      REST },
	{ "pools[p].exclude", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28], exclude: [198.51.100.9]}, "
			"{name: q, addresses: [203.0.113.0/28]}]\n" GROUPS REST },
	{ "pools[p].drain", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28], drain: [198.51.100.9]}, "
			"{name: q, addresses: [203.0.113.0/28]}]\n" GROUPS REST },
	{ "pools[q].drain_max_s", true, PORTS POOLS GROUPS REST,
			PORTS
			"pools: [{name: p, addresses: [198.51.100.0/28]}, "
			"{name: q, addresses: [203.0.113.0/28], drain_max_s: 8}]\n" GROUPS REST },
	{ "groups[h].pool", true, PORTS POOLS GROUPS REST,
			PORTS POOLS "groups: [" G1
				    ", {name: h, prefixes: [100.96.0.0/11], pool: p}]\n" REST },
	{ "groups[h].prefixes", true, PORTS POOLS GROUPS REST,
			PORTS POOLS "groups: [" G1
				    ", {name: h, prefixes: [100.96.0.0/12], pool: q}]\n" REST },
	GRP("block_size", "256", true),
	GRP("subscriber_prefix_len", "29", false),
	GRP("blocks_max", "5", true),
	GRP("mappings_max", "99", true),
	GRP("mappings_udp_max", "99", true),
	GRP("mappings_tcp_max", "99", true),
	GRP("mappings_icmp_max", "99", true),
	GRP("mappings_high", "99", true),
	GRP("mappings_per_s", "99", true),
	GRP("sessions_max", "99", true),
	GRP("leases_max", "9", true),
	GRP("leases_reserve", "9", true),
	SUB("filtering", "udp", "address_dependent", true),
	SUB("filtering", "tcp", "address_and_port_dependent", true),
	NAT("hairpin", "false", true),
	NAT("port_choice", "preserve", true),
	NAT("port_parity", "true", true),
	NAT("inbound_refresh", "true", true),
	NAT("pool_echo", "true", true),
	NAT("syn_unreachable", "false", true),
	NAT("hold_down_s", "121", true),
	NAT("hold_down_max", "999", false),
	NAT("block_guard_s", "0", true),
	NAT("mappings_max", "70000", false),
	NAT("sessions_max", "70000", false),
	NAT("fragments_max", "99", false),
	NAT("subscribers_max", "99", true),
	NAT("mappings_high", "99", true),
	NAT("sessions_high", "99", true),
	NAT("subscribers_high", "99", true),
	NAT("notify_interval_s", "99", true),
	NAT("syn_hold_max", "99", false),
	NAT("icmp_errors_per_s", "99", true),
	NAT("pass_through", "[192.0.2.128/25]", true),
	{ "nat.static_mappings[tcp,198.51.100.3:80].inside", true, PORTS POOLS GROUPS REST STATIC,
			PORTS POOLS GROUPS REST
			"nat: {static_mappings: [{protocol: tcp, inside: "
			"\"100.64.0.9:81\", external: \"198.51.100.3:80\"}]}\n" },
	SUB("timeouts", "udp_s", "301", true),
	SUB("timeouts", "icmp_s", "61", true),
	SUB("timeouts", "tcp_established_s", "7441", true),
	SUB("timeouts", "tcp_opening_s", "241", true),
	SUB("timeouts", "tcp_closing_s", "241", true),
	SUB("timeouts", "fragment_s", "3", true),
	PMP("role", "off", true),
	PMP("lifetime_max_s", "3600", true),
	PMP("subscriber_limit_code", "4", true),
	PMP("requests_per_s", "51", true),
	PMP("announce", "false", true),
	PMP("announce_to_5351", "true", true),
	PMP("version_error_bit", "false", true),
	PCP("enabled", "false"),
	PCP("map", "false"),
	PCP("peer", "false"),
	PCP("lifetime_min_s", "60"),
	PCP("lifetime_max_s", "3600"),
	PCP("filters_max", "43"),
	PCP("port_set_max", "0"),
	PCP("anycast", "false"),
	PCP("relay_unknown", "true"),
	PCP("third_party", "[192.0.2.0/24]"),
	WIRE("tunnel_mtu", "1400", true),
	WIRE("df", "fragment", true),
	WIRE("dscp", "pipe", true),
	WIRE("hop_limit", "63", true),
	WIRE("move_min_s", "1799", true),
	WIRE("homes_high", "99", true),
	{ "softwire.local", false, PORTS POOLS GROUPS REST AFTR,
			PORTS POOLS GROUPS REST
			"softwire: {role: aftr, local: \"2001:db8:f::2\"}\n" },
	{ "natpmp.upstream", true,
			PORTS "pools: [{name: p, addresses: [192.0.2.2]}]\n"
			      "groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			      "natpmp: {role: relay, upstream: 192.0.2.1}\n",
			PORTS "pools: [{name: p, addresses: [192.0.2.2]}]\n"
			      "groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			      "natpmp: {role: relay, upstream: [192.0.2.9, 192.0.2.1]}\n" },
	{ "natpmp.upstream_protocol", true,
			PORTS "pools: [{name: p, addresses: [192.0.2.2]}]\n"
			      "groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			      "natpmp: {role: relay, upstream: 192.0.2.1}\n",
			PORTS
			"pools: [{name: p, addresses: [192.0.2.2]}]\n"
			"groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			"natpmp: {role: relay, upstream: 192.0.2.1, upstream_protocol: pcp}\n" },
	{ "natpmp.upstream_auth", true,
			PORTS "pools: [{name: p, addresses: [192.0.2.2]}]\n"
			      "groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			      "natpmp: {role: relay, upstream: 192.0.2.1}\nhost: {}\n",
			PORTS
			"pools: [{name: p, addresses: [192.0.2.2]}]\n"
			"groups: [{name: g, prefixes: [100.64.0.0/11], pool: p}]\n"
			"natpmp: {role: relay, upstream: 192.0.2.1, upstream_auth: ipsec}\nhost: {}\n" },
	{ "groups[h].natpmp_auth", true, PORTS POOLS GROUPS REST "host: {}\n",
			PORTS POOLS "groups: [" G1
				    ", {name: h, prefixes: [100.96.0.0/11], pool: q, "
				    "natpmp_auth: ipsec}]\n" REST "host: {}\n" },
	{ "groups[h].ipsec_mark", true,
			PORTS POOLS "groups: [" G1
				    ", {name: h, prefixes: [100.96.0.0/11], pool: q, "
				    "natpmp_auth: ipsec}]\n" REST "host: {}\n",
			PORTS POOLS "groups: [" G1
				    ", {name: h, prefixes: [100.96.0.0/11], pool: q, "
				    "natpmp_auth: ipsec, ipsec_mark: 1/3}]\n" REST "host: {}\n" },
	DET("dynamic", "dynamic: 3", false),
	DET("ports_max", "ports_max: 9000", false),
	DET("use_high_percent", "use_high_percent: 80", true),
	DET("reserved", "reserved: [5060]", false),
	HOST("netns", "netns: cgn", false),
	HOST("interface_prefix", "interface_prefix: tun", false),
	HOST("pools_interface", "pools_interface: cgp1", false),
	HOST("ipsec_mode", "ipsec_mode: tunnel", false),
	HOST("ipsec_interface", "ipsec_interface: ipsec0", false),
	HOST("punts_per_s.routing", "punts_per_s: {routing: 9}", true),
	HOST("punts_per_s.ipsec", "punts_per_s: {ipsec: 9}", true),
	HOST("punts_per_s.natpmp", "punts_per_s: {natpmp: 9}", true),
	HOST("punts_per_s.other", "punts_per_s: {other: 9}", true),
	EXPORT("records", "[bindings]", "8000", "disk", "/r.log"),
	EXPORT("queue_max", "[blocks]", "8001", "disk", "/r.log"),
	{ "export", true, PORTS POOLS GROUPS REST, COLLECTOR("target: udp://logs") },
	{ "export.destinations", true,
			PORTS POOLS GROUPS REST EXPORTS("[sessions]", "8000", "disk", "/r.log"),
			PORTS POOLS GROUPS REST EXPORTS("[sessions], destinations: true", "8000",
					"disk", "/r.log") },
	EXPORT("sinks[disk].path", "[blocks]", "8000", "disk", "/s.log"),
	{ "export.sinks[a].target", true, COLLECTOR("target: udp://logs"),
			COLLECTOR("target: tcp://logs") },
	{ "export.sinks[a].ca", true, TLS_FILES("c", "p", "k"), TLS_FILES("d", "p", "k") },
	{ "export.sinks[a].cert", true, TLS_FILES("c", "p", "k"), TLS_FILES("c", "q", "k") },
	{ "export.sinks[a].key", true, TLS_FILES("c", "p", "k"), TLS_FILES("c", "p", "l") },
	{ "export.sinks[a].domain", true, FLOWS("udp://f, domain: 1"),
			FLOWS("udp://f, domain: 2") },
	{ "export.sinks[a].templates_every_s", true, FLOWS("udp://f, templates_every_s: 9"),
			FLOWS("udp://f, templates_every_s: 8") },
	{ "export.sinks[a].connect_every_s", true, FLOWS("tls://f, connect_every_s: 9"),
			FLOWS("tls://f, connect_every_s: 8") },
	{ "limits.station_addresses_max", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "limits: {station_addresses_max: 9}\n" },
	{ "store.path", false, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "store: {path: /other}\n" },
	{ "restart.keep_state", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "restart: {keep_state: true}\n" },
	{ "restart.max_age_s", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "restart: {max_age_s: 9}\n" },
	{ "telemetry.prefix", false, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "telemetry: {prefix: other}\n" },
	{ "metrics.listen", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "metrics: {listen: \"127.0.0.1:9469\"}\n" },
	{ "allow_rfc_violations", true, PORTS POOLS GROUPS REST,
			PORTS POOLS GROUPS REST "allow_rfc_violations: [nat.timeouts.udp_s]\n" },
};

/* Keys that no running configuration can differ in alone. */
static const char *const not_alone[] = { "ports[].side", "groups[].subscriber_prefix6_len",
	"nat.mapping", "softwire.role", "softwire.remote", "export.sinks[].type" };

/* Those of them that a reload changes, together with others. */
static const char *const live_together[] = { "export.sinks[].type" };

static char told[512];
static int n_live, n_restart;

static void
changed(void *arg, const struct cgn_conf_diff *d)
{
	(void)arg;
	snprintf(told, sizeof(told), "%s", d->path);
	n_live += !d->needs_restart;
	n_restart += d->needs_restart;
}

static struct cgn_conf *
load(const char *text)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	if (cgn_conf_load_text("test", text, strlen(text), &conf, &errs) < 0)
		cgn_conf_errors_print(&errs, stdout);
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	return conf;
}

static int
diff(const char *from, const char *to)
{
	struct cgn_conf *a = load(from);
	struct cgn_conf *b = load(to);
	int n;

	told[0] = '\0';
	n_live = n_restart = 0;
	n = cgn_conf_diff_walk(a, b, changed, NULL);
	cgn_conf_free(a);
	cgn_conf_free(b);
	return n;
}

/* There and back. */
static void
each_key_changes_alive_or_asks_for_a_restart(void)
{
	for (unsigned int i = 0; i < 2 * RTE_DIM(rows); i++) {
		const struct row *r = &rows[i / 2];

		CU_ASSERT_EQUAL(i % 2 == 0 ? diff(r->from, r->to) : diff(r->to, r->from), 1);
		CU_ASSERT_STRING_EQUAL(told, r->key);
		CU_ASSERT_EQUAL(n_live, r->is_live);
		CU_ASSERT_EQUAL(n_restart, !r->is_live);
		if (strcmp(told, r->key) != 0 || n_live != r->is_live)
			printf("%s: told %s live %d\n", r->key, told, n_live);
	}
}

static void
strip(const char *path, char *out)
{
	for (; *path != '\0'; path++) {
		*out++ = *path;
		if (*path == '[')
			path += strcspn(path, "]") - 1;
	}
	*out = '\0';
}

static bool
is_known(const char *path)
{
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		char key[128];

		strip(rows[i].key, key);
		if (strcmp(key, path) == 0)
			return true;
	}
	for (size_t i = 0; i < RTE_DIM(not_alone); i++) {
		if (strcmp(not_alone[i], path) == 0)
			return true;
	}
	return false;
}

static void
no_key_of_the_schema_is_left_out(void)
{
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n);

	for (size_t i = 0; i < n; i++) {
		/* A key of an entry tells which entry it is; entries have a test of their own. */
		if (keys[i].type == CGN_CONF_SECTION || keys[i].is_key)
			continue;
		CU_ASSERT_TRUE(is_known(keys[i].path));
		if (!is_known(keys[i].path))
			printf("%s has no row: does it change while cgnd runs?\n", keys[i].path);
	}
}

/* Lists of maps whose entries come and go with a reload. */
static const char *const live_lists[] = { "export.sinks", "groups", "nat.static_mappings",
	"neighbours", "pools", "routes" };

static bool
is_live_list(const char *path)
{
	for (size_t i = 0; i < RTE_DIM(live_lists); i++) {
		if (strcmp(live_lists[i], path) == 0)
			return true;
	}
	return false;
}

/* What the test's row of a key says; keys that cannot differ alone do not change by a reload. */
static bool
is_expected_live(const char *path)
{
	const struct cgn_conf_key *row = cgn_conf_schema_find(path);
	char list[128];

	if (row != NULL && row->is_key) {
		snprintf(list, sizeof(list), "%.*s", (int)(strrchr(path, '[') - path), path);
		return is_live_list(list);
	}
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		char key[128];

		strip(rows[i].key, key);
		if (strcmp(key, path) == 0)
			return rows[i].is_live;
	}
	for (size_t i = 0; i < RTE_DIM(live_together); i++) {
		if (strcmp(live_together[i], path) == 0)
			return true;
	}
	return false;
}

/* A line of the reference, "| `key` | value | default | change | ...", below the heading of a section. */
static void
expect_line(const char *section, char *line)
{
	char path[128];
	char *name = strtok(line, "`"), *cell;
	const struct cgn_conf_key *key = cgn_conf_schema_find(section);

	name = strtok(NULL, "`");
	snprintf(path, sizeof(path), "%s%s%s%s", section, key != NULL && key->is_list ? "[]" : "",
			section[0] == '\0' ? "" : ".", name);
	strtok(NULL, "|"); /* the blank behind the key */
	strtok(NULL, "|");
	strtok(NULL, "|");
	cell = strtok(NULL, "|");
	CU_ASSERT_PTR_NOT_NULL_FATAL(cgn_conf_schema_find(path));
	CU_ASSERT_STRING_EQUAL(cell, is_expected_live(path) ? " reload " : " restart ");
	if (strcmp(cell, is_expected_live(path) ? " reload " : " restart ") != 0)
		printf("\n%s:%s\n", path, cell);
}

static void
reference_says_what_makes_each_key_effective(void)
{
	char section[64] = "", line[4096];
	FILE *f = tmpfile();
	size_t n_keys, n_values = 0, n_lines = 0;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n_keys);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < n_keys; i++)
		n_values += keys[i].type != CGN_CONF_SECTION;
	cgn_conf_reference_print(f);
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		CU_ASSERT_PTR_NOT_NULL(strchr(line, '\n'));
		if (sscanf(line, "## %63s", section) == 1 || strncmp(line, "| `", 3) != 0)
			continue;
		n_lines++;
		expect_line(section, line);
	}
	fclose(f);
	CU_ASSERT_EQUAL(n_lines, n_values);
}

/* Only entries of lists, and sections that a file may lack, are told as a whole. */
static void
only_lists_and_sections_that_may_be_absent_are_live_as_a_whole(void)
{
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n);

	for (size_t i = 0; i < n; i++) {
		if (keys[i].is_key)
			CU_ASSERT_FALSE(keys[i].is_live);
		if (keys[i].type != CGN_CONF_SECTION)
			continue;
		if (keys[i].is_list)
			CU_ASSERT_EQUAL(keys[i].is_live, is_live_list(keys[i].path));
		if (!keys[i].is_list && keys[i].size == 0)
			CU_ASSERT_FALSE(keys[i].is_live);
	}
}

/* An entry that comes or goes is one difference, and no change of the others, wherever it stands. */
static void
entry_that_comes_or_goes_is_told_as_a_whole(void)
{
	static const char *const none = PORTS POOLS GROUPS REST;
	static const struct {
		const char *list, *entry, *from, *to;
	} cases[] = {
		{ "groups", "groups[h]", none, PORTS POOLS "groups: [" G1 "]\n" REST },
		{ "groups", "groups[g]", none, PORTS POOLS "groups: [" G2 "]\n" REST },
		{ "pools", "pools[r]", none,
				PORTS
				"pools: [{name: r, addresses: [203.0.113.16/28]}, {name: p, addresses: "
				"[198.51.100.0/28]}, {name: q, addresses: [203.0.113.0/28]}]\n" GROUPS
						REST },
		{ "ports", "ports[out1]", none,
				PORTS
				"  - {name: out1, device: net_null2, side: outside, addresses: "
				"[198.18.0.1/24]}\n" POOLS GROUPS REST },
		{ "routes", "routes[10.0.0.0/8,in0]", none,
				PORTS POOLS GROUPS
				"neighbours: [{address: 192.0.2.9, mac: \"02:00:5e:10:00:01\"}]\n" },
		{ "neighbours", "neighbours[192.0.2.9,out0]", none,
				PORTS POOLS GROUPS
				"routes: [{prefix: 10.0.0.0/8, via: 100.64.0.2}]\n" },
		{ "nat.static_mappings", "nat.static_mappings[tcp,198.51.100.3:80]", none,
				PORTS POOLS GROUPS REST STATIC },
		{ "export.sinks", "export.sinks[tape]", FILES("{name: disk, type: file, path: /r}"),
				FILES("{name: tape, type: file, path: /t}, "
				      "{name: disk, type: file, path: /r}") },
	};

	for (size_t i = 0; i < 2 * RTE_DIM(cases); i++) {
		const char *from = cases[i / 2].from, *to = cases[i / 2].to;
		bool is_live = is_live_list(cases[i / 2].list);

		CU_ASSERT_EQUAL(i % 2 == 0 ? diff(from, to) : diff(to, from), 1);
		CU_ASSERT_STRING_EQUAL(told, cases[i / 2].entry);
		CU_ASSERT_EQUAL(n_live, is_live);
		CU_ASSERT_EQUAL(n_restart, !is_live);
	}
}

/* A deterministic group holds what its formula depends on, and its pool. REQ: N-LIVE-29 */
static void
what_a_deterministic_group_depends_on_asks_for_a_restart(void)
{
#define DETERMINED(q, h)                                                               \
	PORTS "pools: [{name: p, addresses: [198.51.100.0/28]}, {name: r, addresses: " \
	      "[203.0.113.32/28]}, {name: q, " q "}]\n"                                \
	      "groups: [" G1 ", {name: h, " h "}]\n" REST
#define Q "addresses: [203.0.113.0/28]"
#define H "prefixes: [100.96.0.0/24], pool: q"
#define D ", deterministic: {}"
	static const char *const none = DETERMINED(Q, H D);
	static const struct {
		const char *path, *to;
	} cases[] = {
		{ "groups[h].deterministic", DETERMINED(Q, H) },
		{ "groups[h].prefixes", DETERMINED(Q, "prefixes: [100.96.0.0/25], pool: q" D) },
		{ "groups[h].pool", DETERMINED(Q, "prefixes: [100.96.0.0/24], pool: r" D) },
		{ "groups[h].block_size", DETERMINED(Q, H D ", block_size: 256") },
		{ "pools[q].addresses", DETERMINED("addresses: [203.0.113.0/29]", H D) },
		{ "pools[q].exclude", DETERMINED(Q ", exclude: [203.0.113.9]", H D) },
		{ "pools[q].port_range", DETERMINED(Q ", port_range: 2048-65535", H D) },
		{ "groups[h]",
				PORTS "pools: [{name: p, addresses: [198.51.100.0/28]}, {name: r, "
				      "addresses: [203.0.113.32/28]}, {name: q, " Q "}]\n"
				      "groups: [" G1 "]\n" REST },
	};
#undef D
#undef H
#undef Q
#undef DETERMINED

	for (size_t i = 0; i < 2 * RTE_DIM(cases); i++) {
		const char *to = cases[i / 2].to;

		CU_ASSERT_EQUAL(i % 2 == 0 ? diff(none, to) : diff(to, none), 1);
		CU_ASSERT_STRING_EQUAL(told, cases[i / 2].path);
		CU_ASSERT_EQUAL(n_restart, 1);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_key_changes_alive_or_asks_for_a_restart),
	CU_TEST_ROW(no_key_of_the_schema_is_left_out),
	CU_TEST_ROW(reference_says_what_makes_each_key_effective),
	CU_TEST_ROW(only_lists_and_sections_that_may_be_absent_are_live_as_a_whole),
	CU_TEST_ROW(entry_that_comes_or_goes_is_told_as_a_whole),
	CU_TEST_ROW(what_a_deterministic_group_depends_on_asks_for_a_restart),
};

CU_MAIN("conf_live", tests)
