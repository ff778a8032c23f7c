/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_show.h"
#include "controlplane/conf/conf_yaml.h"
#include "tests/support/confcase.h"

static char *
shown(const char *yaml)
{
	struct cgn_conf *conf = accepted(yaml);
	char *json = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_conf_show_json(conf, &json), 0);
	cgn_conf_free(conf);
	return json;
}

static void
small_configuration_is_shown_with_all_defaults(void)
{
	static const char expected[] =
			"{\"workers\":1,\"eal\":[],\"runtime_dir\":\"/run/cgnd\",\"prefault\":false,\"ports\":["
			"{\"name\":\"in0\",\"device\":\"d0\",\"side\":\"inside\",\"addresses\":[\"100.64.0.1/10\"],\"vlan\":0,\"mtu\":1500,\"ttl_exceeded\":true,\"source_check\":\"neighbour\",\"host\":[]},"
			"{\"name\":\"out0\",\"device\":\"d1\",\"side\":\"outside\",\"addresses\":[\"192.0.2.2/24\"],\"vlan\":0,\"mtu\":1500,\"ttl_exceeded\":true,\"source_check\":\"neighbour\",\"host\":[]}],"
			"\"routes\":[],\"neighbours\":[],"
			"\"pools\":[{\"name\":\"p\",\"addresses\":[\"198.51.100.0/28\"],\"exclude\":[],\"port_range\":\"1024-65535\",\"use_high_percent\":0,\"use_low_percent\":0,\"blocks_high_percent\":90,\"drain\":[],\"drain_max_s\":0}],"
			"\"groups\":[{\"name\":\"g\",\"prefixes\":[\"100.64.0.0/10\"],\"subscriber_prefix_len\":32,\"subscriber_prefix6_len\":56,\"pool\":\"p\","
			"\"block_size\":512,\"blocks_max\":4,\"mappings_max\":2048,\"mappings_udp_max\":0,\"mappings_tcp_max\":0,\"mappings_icmp_max\":0,\"mappings_high\":0,\"mappings_per_s\":200,\"sessions_max\":8192,\"leases_max\":64,\"leases_reserve\":16,\"natpmp_auth\":\"none\",\"ipsec_mark\":\"0x0/0x0\"}],"
			"\"nat\":{\"mapping\":\"endpoint_independent\",\"filtering\":{\"udp\":\"endpoint_independent\",\"tcp\":\"endpoint_independent\"},"
			"\"hairpin\":true,\"port_choice\":\"random\",\"port_parity\":false,\"inbound_refresh\":false,\"pool_echo\":false,\"syn_unreachable\":true,"
			"\"hold_down_s\":120,\"hold_down_max\":1000000,\"block_guard_s\":180,\"mappings_max\":0,\"sessions_max\":1000000,\"fragments_max\":4096,\"subscribers_max\":0,\"mappings_high\":0,\"sessions_high\":0,\"subscribers_high\":0,\"notify_interval_s\":20,\"syn_hold_max\":4096,"
			"\"icmp_errors_per_s\":1000,\"pass_through\":[],\"static_mappings\":[],"
			"\"timeouts\":{\"udp_s\":300,\"icmp_s\":60,\"tcp_established_s\":7440,\"tcp_opening_s\":240,\"tcp_closing_s\":240,\"fragment_s\":2}},"
			"\"natpmp\":{\"role\":\"server\",\"upstream\":[],\"upstream_protocol\":\"auto\",\"upstream_auth\":\"none\",\"lifetime_max_s\":86400,\"subscriber_limit_code\":6,\"requests_per_s\":50,\"announce\":true,\"announce_to_5351\":false,\"version_error_bit\":true},"
			"\"pcp\":{\"enabled\":true,\"map\":true,\"peer\":true,\"lifetime_min_s\":120,\"lifetime_max_s\":86400,\"filters_max\":8,\"port_set_max\":32,\"anycast\":true,\"relay_unknown\":false,\"third_party\":[]},"
			"\"softwire\":{\"role\":\"off\",\"local\":\"::\",\"remote\":\"::\",\"tunnel_mtu\":1500,\"df\":\"icmp\",\"dscp\":\"uniform\",\"hop_limit\":64,\"move_min_s\":1800,\"homes_high\":0},"
			"\"limits\":{\"station_addresses_max\":1024},"
			"\"store\":{\"path\":\"/var/lib/cgnd/state.db\"},\"restart\":{\"keep_state\":false,\"max_age_s\":60},\"telemetry\":{\"prefix\":\"cgnd\"},\"metrics\":{\"listen\":\"\"},\"allow_rfc_violations\":[]}";
	char *json = shown(PORTS POOLS GROUPS);

	CU_ASSERT_STRING_EQUAL(json, expected);
	free(json);
}

/* Without the section there is no host plane, so what is shown must not have it either. */
static void
the_host_plane_is_shown_only_if_there_is_one(void)
{
	static const char expected[] =
			",\"host\":{\"netns\":\"\",\"interface_prefix\":\"cgx\",\"pools_interface\":\"cgp0\",\"ipsec_mode\":\"transport\",\"ipsec_interface\":\"\",\"punts_per_s\":{"
			"\"routing\":10000,\"ipsec\":10000,\"natpmp\":100000,\"other\":200000}},\"limits\":";
	char *without = shown(PORTS POOLS GROUPS);
	char *with = shown(PORTS POOLS GROUPS "host: {}\n");

	CU_ASSERT_PTR_NULL(strstr(without, "\"host\":{"));
	CU_ASSERT_PTR_NOT_NULL(strstr(with, expected));
	free(without);
	free(with);
}

/* JSON is YAML: what is shown can be loaded, and is shown the same. */
static void
what_is_shown_can_be_loaded_again(void)
{
	char *once = shown(PORTS GROUPS
			"pools:\n"
			"- {name: p, addresses: [203.0.113.7-203.0.113.9, 198.51.100.0/28], exclude: [198.51.100.9], port_range: 512-65535}\n"
			"eal: ['a\"b\\c']\n"
			"routes:\n"
			"- {prefix: '::/0', via: 'fe80::1', port: out0}\n"
			"neighbours:\n"
			"- {address: 100.64.0.2, mac: 02:00:5E:10:00:fF}\n"
			"- {address: 'fe80::1', mac: '0a:00:00:00:00:01', port: out0}\n"
			"nat:\n"
			"  pass_through: [203.0.113.0/24]\n"
			"  static_mappings: [{protocol: tcp, inside: '100.64.0.9:80', external: '198.51.100.3:81'}]\n"
			"  timeouts: {udp_s: 5}\n"
			"allow_rfc_violations: [nat.timeouts.udp_s]\n"
			"store: {path: ''}\n");
	char *twice = shown(once);

	CU_ASSERT_STRING_EQUAL(once, twice);
	CU_ASSERT_PTR_NOT_NULL(strstr(once, "\"eal\":[\"a\\\"b\\\\c\"]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(once, "\"exclude\":[\"198.51.100.9\"]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(once, "\"port\":\"out0\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(once,
			"\"neighbours\":["
			"{\"address\":\"100.64.0.2\",\"mac\":\"02:00:5e:10:00:ff\",\"port\":\"in0\"},"
			"{\"address\":\"fe80::1\",\"mac\":\"0a:00:00:00:00:01\",\"port\":\"out0\"}]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(once, "\"external\":\"198.51.100.3:81\""));
	free(once);
	free(twice);
}

/* `config show` prints keys that only other sinks have. cgnctl reads this text, too (yang show). */
static void
sinks_that_are_shown_can_be_loaded_again(void)
{
	static const char *const sinks[] = {
		"type: file, path: /var/log/records",
		"type: syslog, target: 'udp://192.0.2.9:514'",
		"type: syslog, target: 'tls://192.0.2.9:6514', ca: /etc/ca.pem",
		"type: ipfix, target: 'udp://192.0.2.9:4739', domain: 7",
		"type: ipfix, target: 'tcp://192.0.2.9:4739'",
	};

	for (size_t i = 0; i < RTE_DIM(sinks); i++) {
		char yaml[1024];
		char *once, *twice;

		snprintf(yaml, sizeof(yaml),
				PORTS POOLS GROUPS
				"export: {records: [blocks], sinks: [{name: s, %s}]}\n",
				sinks[i]);
		once = shown(yaml);
		twice = shown(once);
		CU_ASSERT_STRING_EQUAL(once, twice);
		free(once);
		free(twice);
	}
}

/* The comment lines right above a line, joined. */
static void
comment_above(char *text, uint32_t line, char *out, size_t size)
{
	char *lines[1000];
	uint32_t n = 0, first;

	for (char *l = strtok(text, "\n"); l != NULL && n < 1000; l = strtok(NULL, "\n"))
		lines[n++] = l;
	CU_ASSERT_FATAL(line <= n && line > 1);
	out[0] = '\0';
	for (first = line - 1; first > 0; first--) {
		if (lines[first - 1][strspn(lines[first - 1], " ")] != '#')
			break;
	}
	for (; first < line - 1; first++) {
		const char *l = lines[first] + strspn(lines[first], " #");

		CU_ASSERT_FATAL(strlen(out) + strlen(l) + 2 < size);
		strcat(strcat(out, l), " ");
	}
}

/* What config/cgn.yaml has to say of a key. */
static void
expect_comment(const struct cgn_conf_key *key, const char *comment)
{
	char want[128] = "";

	if (key->is_list)
		strcpy(want, key->n_min > 0 ? "o default. " : "Default: []. ");
	else if (key->def == NULL)
		strcpy(want, "No default. ");
	else if (key->def[0] == '\0')
		strcpy(want, "Default: none. ");
	else
		snprintf(want, sizeof(want), "Default: %s. ", key->def);
	/* "ports" is the one list that must be there and says so in other words. */
	if (strcmp(key->path, "ports") != 0 && strstr(comment, want) == NULL) {
		fprintf(stderr, "%s: \"%s\" lacks \"%s\"\n", key->path, comment, want);
		CU_FAIL("comment lacks the default");
	}
	if (key->type == CGN_CONF_UINT) {
		snprintf(want, sizeof(want), "Range: %u..%u. ", key->min, key->max);
		if (strstr(comment, want) == NULL) {
			fprintf(stderr, "%s: \"%s\" lacks \"%s\"\n", key->path, comment, want);
			CU_FAIL("comment lacks the range");
		}
	}
	if (key->rfc != NULL && strstr(comment, key->rfc) == NULL) {
		fprintf(stderr, "%s: \"%s\" lacks \"%s\"\n", key->path, comment, key->rfc);
		CU_FAIL("comment lacks the RFC");
	}
}

/* Some sections mean something by being there, so the file has them as comments. Such lines begin with a '#'
 * and no blank, or two or more. @return the new length */
static size_t
uncomment(char *text, size_t len)
{
	size_t j = 0;

	for (size_t i = 0; i < len; i++) {
		bool is_first = i == 0 || text[i - 1] == '\n';
		bool is_key = text[i] == '#' && text[i + 1] != '\n' &&
				(text[i + 1] != ' ' || text[i + 2] == ' ');

		if (!is_first || !is_key)
			text[j++] = text[i];
	}
	return j;
}

/* Find a key of the schema. "ports[].name" is looked for in the first entries: some keys are not for all of them. */
static bool
find_in_file(struct cgn_conf_node *root, const char *key, struct cgn_conf_node **node)
{
	for (char entry = '0'; entry < '4'; entry++) {
		char path[CGN_CONF_YAML_PATH_MAX] = "", *p = path;

		for (const char *s = key; *s != '\0'; s++) {
			*p++ = *s;
			if (*s == '[')
				*p++ = entry;
		}
		if (cgn_conf_yaml_at(root, path, node))
			return true;
	}
	return false;
}

static void
shipped_file_has_every_key_with_default_range_and_rfc(void)
{
	static char text[65536], copy[65536], comment[4096];
	struct cgn_conf_errors errs = { 0 };
	const struct cgn_conf_key *keys;
	struct cgn_conf_node *root, *node;
	size_t n, len;
	FILE *in = fopen(CGN_SOURCE_DIR "/config/cgn.yaml", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	len = uncomment(text, len);
	/* strtok() skips empty lines: give each a blank, to keep the line numbers. */
	for (size_t i = 0, j = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] == '\n'))
			copy[j++] = ' ';
		copy[j++] = text[i];
		CU_ASSERT_FATAL(j < sizeof(copy) - 2);
	}
	CU_ASSERT_EQUAL_FATAL(cgn_conf_yaml_parse(text, len, &errs, &root), 0);
	keys = cgn_conf_schema_keys(&n);
	for (size_t i = 0; i < n; i++) {
		static char lines[65536];

		if (!find_in_file(root, keys[i].path, &node)) {
			fprintf(stderr, "%s is not in config/cgn.yaml\n", keys[i].path);
			CU_FAIL("key is not in config/cgn.yaml");
			continue;
		}
		if (keys[i].type == CGN_CONF_SECTION && !keys[i].is_list)
			continue;
		if (keys[i].def != NULL && keys[i].def[0] != '\0')
			CU_ASSERT_STRING_EQUAL(node->text, keys[i].def);
		memcpy(lines, copy, sizeof(lines));
		comment_above(lines, node->key_line, comment, sizeof(comment));
		expect_comment(&keys[i], comment);
	}
	cgn_conf_yaml_free(root);
	cgn_conf_errors_fini(&errs);
}

static void
schema_explains_every_key(void)
{
	const struct cgn_conf_key *keys;
	size_t n;

	keys = cgn_conf_schema_keys(&n);
	CU_ASSERT_TRUE(n > 0);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_PTR_NOT_NULL(keys[i].help);
		CU_ASSERT_TRUE(keys[i].help[strlen(keys[i].help) - 1] == '.');
		CU_ASSERT_PTR_EQUAL(cgn_conf_schema_find(keys[i].path), &keys[i]);
		if (keys[i].must != 0)
			CU_ASSERT_PTR_NOT_NULL(keys[i].rfc);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(small_configuration_is_shown_with_all_defaults),
	CU_TEST_ROW(the_host_plane_is_shown_only_if_there_is_one),
	CU_TEST_ROW(what_is_shown_can_be_loaded_again),
	CU_TEST_ROW(sinks_that_are_shown_can_be_loaded_again),
	CU_TEST_ROW(shipped_file_has_every_key_with_default_range_and_rfc),
	CU_TEST_ROW(schema_explains_every_key),
};

CU_MAIN("conf_show", tests)
