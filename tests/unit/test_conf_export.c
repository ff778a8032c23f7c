/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

#define BASE PORTS POOLS GROUPS
#define DISK "{name: disk, type: file, path: /r.log}"

static void
the_section_sets_the_kinds_and_the_sinks(void)
{
	struct cgn_conf *conf = accepted(BASE "export: {records: [bindings], sinks: [" DISK "]}\n");

	CU_ASSERT_TRUE(conf->export.is_on);
	CU_ASSERT_EQUAL(conf->export.queue_max, 65536);
	CU_ASSERT_EQUAL(cgn_conf_export_kinds(&conf->export),
			1u << CGN_RECORD_KIND_PROCESS | 1u << CGN_RECORD_KIND_BINDINGS);
	CU_ASSERT_EQUAL(conf->export.n_sinks, 1);
	CU_ASSERT_STRING_EQUAL(conf->export.sinks[0].name, "disk");
	CU_ASSERT_STRING_EQUAL(conf->export.sinks[0].path, "/r.log");
	cgn_conf_free(conf);
	conf = accepted(BASE);
	CU_ASSERT_FALSE(conf->export.is_on);
	CU_ASSERT_EQUAL(cgn_conf_export_kinds(&conf->export), 0);
	cgn_conf_free(conf);
}

static void
the_export_has_rules(void)
{
	refused(BASE "export: {}\n",
			"t:8:9: export.records: not given: must have at least one kind of records\n"
			"t:8:9: export.sinks: not given: must have at least one sink\n");
	refused(BASE "export: {records: [blocks, blocks], sinks: [" DISK "]}\n",
			"t:8:28: export.records[1]: blocks: must be there once\n");
	refused(BASE "export: {records: [flows], queue_max: 15, sinks: [" DISK "]}\n",
			"t:8:20: export.records[0]: flows: must be blocks or bindings or leases or quotas or thresholds or mappings or sessions\n"
			"t:8:39: export.queue_max: 15: must be 16..4194304 records\n");
	refused(BASE "export: {records: [blocks], sinks: [" DISK ", " DISK "]}\n",
			"t:8:84: export.sinks[1].name: disk: must be another name; export.sinks[0] has it as well\n"
			"t:8:108: export.sinks[1].path: /r.log: must be another file; export.sinks[0] has it as well\n");
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: tape, path: r}]}\n",
			"t:8:56: export.sinks[0].type: tape: must be file or syslog or ipfix\n");
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: file}]}\n",
			"t:8:37: export.sinks[0].path: not given: must be an absolute path\n");
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: file, path: r.log}]}\n",
			"t:8:68: export.sinks[0].path: r.log: must be an absolute path\n");
	/* Another sink may have the file /r, and this name then is that of its boot file. */
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: file, path: /r.boot}]}\n",
			"t:8:68: export.sinks[0].path: /r.boot: must be a name without .boot at its end: "
			"such files tell a crash from a stop\n");
	cgn_conf_free(accepted(BASE
			"export: {records: [blocks], sinks: [{name: disk, type: file, path: /r.reboot}]}\n"));
	/* SQLite has files beside the store, whose names begin with its own one. */
	refused(BASE "store: {path: /s.db}\n"
		     "export: {records: [blocks], sinks: [{name: disk, type: file, path: /s.db}]}\n",
			"t:9:68: export.sinks[0].path: /s.db: must be another file than that of store.path\n");
	refused(BASE "store: {path: /s.db}\n"
		     "export: {records: [blocks], sinks: [{name: disk, type: file, path: /s.db-wal}]}\n",
			"t:9:68: export.sinks[0].path: /s.db-wal: must be another file than that of store.path\n");
	cgn_conf_free(accepted(BASE
			"store: {path: /s.db}\n"
			"export: {records: [blocks], sinks: [{name: disk, type: file, path: /s.db.log}]}\n"));
}

#define SINKS(sinks) BASE "export:\n  records: [blocks]\n  sinks:\n" sinks
#define TO(target)   SINKS("    - {name: a, type: syslog, target: \"" target "\"}\n")
#define NO_TARGET                                                                     \
	"must be udp, tcp or tls, an address or a name, and perhaps a port, such as " \
	"tls://logs.example.net:6514 or udp://[2001:db8::1]\n"

static void
a_collector_has_a_target_with_a_port(void)
{
	static const struct {
		const char *text;
		enum cgn_target_transport transport;
		uint16_t port;
	} rows[] = {
		{ TO("udp://192.0.2.1"), CGN_TARGET_UDP, 514 },
		{ TO("tcp://192.0.2.1"), CGN_TARGET_TCP, 601 },
		{ TO("tls://[2001:db8::1]"), CGN_TARGET_TLS, 6514 },
		{ TO("tls://logs:4000"), CGN_TARGET_TLS, 4000 },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cgn_conf *conf = accepted(rows[i].text);

		CU_ASSERT_EQUAL(conf->export.sinks[0].type, CGN_EXPORT_SYSLOG);
		CU_ASSERT_EQUAL(conf->export.sinks[0].to.transport, rows[i].transport);
		CU_ASSERT_EQUAL(conf->export.sinks[0].to.port, rows[i].port);
		cgn_conf_free(conf);
	}
	refused(TO("192.0.2.1"), "t:11:39: export.sinks[0].target: 192.0.2.1: " NO_TARGET);
	refused(SINKS("    - {name: a, type: syslog, ca: /c}\n"),
			"t:11:7: export.sinks[0].target: not given: " NO_TARGET);
	refused(SINKS("    - {name: a, type: syslog, target: udp://LOGS}\n"
		      "    - {name: b, type: syslog, target: udp://logs:514}\n"),
			"t:12:39: export.sinks[1].target: udp://logs:514: must be another collector; "
			"export.sinks[0] has it as well\n");
	cgn_conf_free(accepted(SINKS("    - {name: a, type: syslog, target: udp://logs:514}\n"
				     "    - {name: b, type: syslog, target: tcp://logs:514}\n")));
}

static void
each_key_is_for_some_sinks(void)
{
	refused(SINKS("    - {name: a, type: file, path: /r, target: udp://logs, ca: /c, cert: /c, key: /k, "
		      "domain: 7, templates_every_s: 601, connect_every_s: 61}\n"),
			"t:11:47: export.sinks[0].target: udp://logs: must be left out: it is only for the types syslog and ipfix\n"
			"t:11:63: export.sinks[0].ca: /c: must be left out: it is only for a target tls://\n"
			"t:11:73: export.sinks[0].cert: /c: must be left out: it is only for a target tls://\n"
			"t:11:82: export.sinks[0].key: /k: must be left out: it is only for a target tls://\n"
			"t:11:94: export.sinks[0].domain: 7: must be left out: it is only for type ipfix\n"
			"t:11:116: export.sinks[0].templates_every_s: 601: must be left out: it is only for type ipfix and a target udp://\n"
			"t:11:138: export.sinks[0].connect_every_s: 61: must be left out: it is only for type ipfix and a target "
			"tcp:// or tls://\n");
	refused(SINKS("    - {name: a, type: syslog, path: /r, target: udp://logs, ca: /c, domain: 1}\n"),
			"t:11:37: export.sinks[0].path: /r: must be left out: it is only for type file\n"
			"t:11:65: export.sinks[0].ca: /c: must be left out: it is only for a target tls://\n"
			"t:11:77: export.sinks[0].domain: 1: must be left out: it is only for type ipfix\n");
	refused(SINKS("    - {name: a, type: ipfix, path: /r, domain: 1}\n"),
			"t:11:7: export.sinks[0].target: not given: " NO_TARGET
			"t:11:36: export.sinks[0].path: /r: must be left out: it is only for type file\n");
}

/* G-LOG-4, RFC 7011 sections 8.4, 10 and 10.4.4 */
static void
ipfix_has_its_ports_and_times(void)
{
	static const struct {
		const char *target;
		uint16_t port;
	} rows[] = {
		{ SINKS("    - {name: a, type: ipfix, target: \"udp://[2001:db8::1]\"}\n"), 4739 },
		{ SINKS("    - {name: a, type: ipfix, target: tcp://flows}\n"), 4739 },
		{ SINKS("    - {name: a, type: ipfix, target: tls://flows}\n"), 4740 },
	};
	struct cgn_conf *conf;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		conf = accepted(rows[i].target);
		CU_ASSERT_EQUAL(conf->export.sinks[0].type, CGN_EXPORT_IPFIX);
		CU_ASSERT_EQUAL(conf->export.sinks[0].to.port, rows[i].port);
		CU_ASSERT_EQUAL(conf->export.sinks[0].domain, 0);
		CU_ASSERT_EQUAL(conf->export.sinks[0].templates_every_s, 600);
		CU_ASSERT_EQUAL(conf->export.sinks[0].connect_every_s, 60);
		cgn_conf_free(conf);
	}
	conf = accepted(SINKS(
			"    - {name: a, type: ipfix, target: udp://flows, domain: 4294967295, "
			"templates_every_s: 1}\n"
			"    - {name: b, type: ipfix, target: tcp://flows, connect_every_s: 1}\n"));
	CU_ASSERT_EQUAL(conf->export.sinks[0].domain, UINT32_MAX);
	CU_ASSERT_EQUAL(conf->export.sinks[0].templates_every_s, 1);
	CU_ASSERT_EQUAL(conf->export.sinks[1].connect_every_s, 1);
	cgn_conf_free(conf);
	refused(SINKS("    - {name: a, type: ipfix, target: udp://flows, connect_every_s: 61}\n"
		      "    - {name: b, type: ipfix, target: tcp://flows, templates_every_s: 601}\n"),
			"t:11:68: export.sinks[0].connect_every_s: 61: must be left out: it is only for type ipfix and a target "
			"tcp:// or tls://\n"
			"t:12:70: export.sinks[1].templates_every_s: 601: must be left out: it is only for type ipfix and a target "
			"udp://\n");
}

static void
tls_has_files(void)
{
	struct cgn_conf *conf = accepted(SINKS("    - {name: a, type: syslog, target: tls://logs, "
					       "ca: /c, cert: /p, key: /k}\n"));

	CU_ASSERT_STRING_EQUAL(conf->export.sinks[0].ca, "/c");
	CU_ASSERT_STRING_EQUAL(conf->export.sinks[0].cert, "/p");
	CU_ASSERT_STRING_EQUAL(conf->export.sinks[0].key, "/k");
	cgn_conf_free(conf);
	refused(SINKS("    - {name: a, type: syslog, target: tls://logs, ca: c, cert: p, key: k}\n"),
			"t:11:55: export.sinks[0].ca: c: must be an absolute path\n"
			"t:11:64: export.sinks[0].cert: p: must be an absolute path\n"
			"t:11:72: export.sinks[0].key: k: must be an absolute path\n");
	refused(SINKS("    - {name: a, type: syslog, target: tls://logs, cert: /p}\n"),
			"t:11:57: export.sinks[0].cert: /p: must be given with its other half: both cert and key, or none of them\n");
	refused(SINKS("    - {name: a, type: syslog, target: tls://logs, key: /k}\n"),
			"t:11:7: export.sinks[0].cert: not given: must be given with its other half: both cert and key, or none of them\n");
}

/* G-LOG-3, RFC 8158 section 4.6.1: without destinations either mappings or sessions, not both. */
static void
destinations_are_recorded_only_if_asked_for(void)
{
	struct cgn_conf *conf = accepted(
			BASE "export: {records: [blocks, sessions], sinks: [" DISK "]}\n");

	CU_ASSERT_FALSE(conf->export.has_destinations);
	cgn_conf_free(conf);
	conf = accepted(BASE
			"export: {records: [mappings, sessions], destinations: true, sinks: [" DISK
			"]}\n");
	CU_ASSERT_TRUE(conf->export.has_destinations);
	cgn_conf_free(conf);
	cgn_conf_free(accepted(BASE "export: {records: [mappings], sinks: [" DISK "]}\n"));
	refused(BASE "export: {records: [sessions, mappings], sinks: [" DISK "]}\n",
			"t:8:30: export.records[1]: mappings: must be mappings or sessions, not both, unless "
			"export.destinations is true\n");
	refused(BASE "export: {records: [blocks, mappings], destinations: true, sinks: [" DISK
		     "]}\n",
			"t:8:53: export.destinations: true: must be false without sessions in export.records\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_section_sets_the_kinds_and_the_sinks),
	CU_TEST_ROW(the_export_has_rules),
	CU_TEST_ROW(a_collector_has_a_target_with_a_port),
	CU_TEST_ROW(each_key_is_for_some_sinks),
	CU_TEST_ROW(ipfix_has_its_ports_and_times),
	CU_TEST_ROW(tls_has_files),
	CU_TEST_ROW(destinations_are_recorded_only_if_asked_for),
};

CU_MAIN("conf_export", tests)
