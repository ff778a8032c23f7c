/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of the export: it has records and sinks, and no two sinks write to one file.
 */
#include "controlplane/conf/conf_check_export.h"

#include <string.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

static void
check_records(struct cgn_conf_checker *c)
{
	const struct cgn_conf_export *e = &c->conf->export;

	if (e->n_records == 0 && at(c, "export.records"))
		refuse(c, "at least one kind of records");
	for (unsigned int i = 1; i < e->n_records; i++) {
		for (unsigned int k = 0; k < i; k++) {
			if (e->records[k] != e->records[i] || !at(c, "export.records[%u]", i))
				continue;
			refuse(c, "each word once");
			break;
		}
	}
}

/* Files with this end belong to the export itself (controlplane/export/export_boot.h). */
static bool
is_boot_file(const char *path)
{
	static const char suffix[] = ".boot";
	size_t len = strlen(path), n = sizeof(suffix) - 1;

	return len >= n && strcmp(path + len - n, suffix) == 0;
}

static void
check_path(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export *e = &c->conf->export;

	if (!at(c, "export.sinks[%zu].path", sink))
		return;
	if (e->sinks[sink].path[0] != '/') {
		refuse(c, "an absolute path");
		return;
	}
	if (is_boot_file(e->sinks[sink].path)) {
		refuse(c, "a name without .boot at its end: such files tell a crash from a stop");
		return;
	}
	for (size_t k = 0; k < sink; k++) {
		if (!at(c, "export.sinks[%zu].path", k) ||
				strcmp(e->sinks[k].path, e->sinks[sink].path) != 0 ||
				!at(c, "export.sinks[%zu].path", sink))
			continue;
		refuse(c, "each file once; export.sinks[%zu] has it as well", k);
		return;
	}
}

static void
check_sink_name(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export *e = &c->conf->export;

	for (size_t k = 0; k < sink; k++) {
		if (!at(c, "export.sinks[%zu].name", sink) ||
				strcmp(e->sinks[k].name, e->sinks[sink].name) != 0)
			continue;
		refuse(c, "each name once; export.sinks[%zu] has it as well", k);
		return;
	}
}

void
cgn_conf_check_export(struct cgn_conf_checker *c)
{
	const struct cgn_conf_export *e = &c->conf->export;

	if (!e->is_on)
		return;
	check_records(c);
	if (e->n_sinks == 0 && at(c, "export.sinks"))
		refuse(c, "at least one sink");
	for (size_t i = 0; i < e->n_sinks; i++) {
		check_sink_name(c, i);
		check_path(c, i);
	}
}
