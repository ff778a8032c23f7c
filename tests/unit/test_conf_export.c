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
			"t:8:9: export.records: not given: at least one kind of records\n"
			"t:8:9: export.sinks: not given: at least one sink\n");
	refused(BASE "export: {records: [blocks, blocks], sinks: [" DISK "]}\n",
			"t:8:28: export.records[1]: blocks: each word once\n");
	refused(BASE "export: {records: [flows], queue_max: 15, sinks: [" DISK "]}\n",
			"t:8:20: export.records[0]: flows: blocks or bindings or leases or quotas or thresholds\n"
			"t:8:39: export.queue_max: 15: 16..4194304 records\n");
	refused(BASE "export: {records: [blocks], sinks: [" DISK ", " DISK "]}\n",
			"t:8:84: export.sinks[1].name: disk: each name once; export.sinks[0] has it as well\n"
			"t:8:108: export.sinks[1].path: /r.log: each file once; export.sinks[0] has it as well\n");
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: syslog, path: r}]}\n",
			"t:8:56: export.sinks[0].type: syslog: file\n"
			"t:8:70: export.sinks[0].path: r: text of 2..1024 octets\n");
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: file, path: r.log}]}\n",
			"t:8:68: export.sinks[0].path: r.log: an absolute path\n");
	/* Another sink may have the file /r, and this name then is that of its boot file. */
	refused(BASE "export: {records: [blocks], sinks: [{name: disk, type: file, path: /r.boot}]}\n",
			"t:8:68: export.sinks[0].path: /r.boot: a name without .boot at its end: "
			"such files tell a crash from a stop\n");
	cgn_conf_free(accepted(BASE
			"export: {records: [blocks], sinks: [{name: disk, type: file, path: /r.reboot}]}\n"));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_section_sets_the_kinds_and_the_sinks),
	CU_TEST_ROW(the_export_has_rules),
};

CU_MAIN("conf_export", tests)
