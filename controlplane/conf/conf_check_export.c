/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rules of the export: it has records and sinks. Each sink has what its type needs, and nothing else. No two sinks
 * write to one file or to one collector.
 */
#include "controlplane/conf/conf_check_export.h"

#include <string.h>

#include <rte_common.h>

#define at     cgn_conf_checker_at
#define refuse cgn_conf_checker_refuse

static void
check_records(struct cgn_conf_checker *c)
{
	const struct cgn_conf_export *e = &c->conf->export;

	if (e->n_records == 0 && at(c, "export.records"))
		refuse(c, "must have at least one kind of records");
	for (unsigned int i = 1; i < e->n_records; i++) {
		for (unsigned int k = 0; k < i; k++) {
			if (e->records[k] != e->records[i] || !at(c, "export.records[%u]", i))
				continue;
			refuse(c, "must be there once");
			break;
		}
	}
}

/* The place of a kind in the list. @return e->n_records: it is not there */
static unsigned int
find_kind(const struct cgn_conf_export *e, enum cgn_record_kind kind)
{
	unsigned int i = 0;

	while (i < e->n_records && e->records[i] != kind)
		i++;
	return i;
}

/* RFC 8158 section 4.6.1: without destinations, a session tells the same as its mapping. */
static void
check_sessions(struct cgn_conf_checker *c)
{
	const struct cgn_conf_export *e = &c->conf->export;
	unsigned int mappings = find_kind(e, CGN_RECORD_KIND_MAPPINGS);
	unsigned int sessions = find_kind(e, CGN_RECORD_KIND_SESSIONS);

	if (e->has_destinations) {
		if (sessions == e->n_records && at(c, "export.destinations"))
			refuse(c, "must be false without sessions in export.records");
		return;
	}
	if (mappings != e->n_records && sessions != e->n_records &&
			at(c, "export.records[%u]", RTE_MAX(mappings, sessions)))
		refuse(c, "must be mappings or sessions, not both, unless export.destinations is true");
}

/* Files with this end belong to the export itself (controlplane/export/export_boot.h). */
static bool
is_boot_file(const char *path)
{
	static const char suffix[] = ".boot";
	size_t len = strlen(path), n = sizeof(suffix) - 1;

	return len >= n && strcmp(path + len - n, suffix) == 0;
}

/* The store, or a file that SQLite has beside it: records would destroy it. */
static bool
is_of_store(const char *path, const char *store)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal" };
	size_t len = strlen(store);

	for (unsigned int i = 0; i < RTE_DIM(suffix); i++) {
		if (len > 0 && strncmp(path, store, len) == 0 && strcmp(path + len, suffix[i]) == 0)
			return true;
	}
	return false;
}

static void
check_path(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export *e = &c->conf->export;

	if (!at(c, "export.sinks[%zu].path", sink))
		return;
	if (e->sinks[sink].path[0] != '/') {
		refuse(c, "must be an absolute path");
		return;
	}
	if (is_boot_file(e->sinks[sink].path)) {
		refuse(c, "must be a name without .boot at its end: such files tell a crash from a stop");
		return;
	}
	if (is_of_store(e->sinks[sink].path, c->conf->store_path)) {
		refuse(c, "must be another file than that of store.path");
		return;
	}
	for (size_t k = 0; k < sink; k++) {
		if (!at(c, "export.sinks[%zu].path", k) ||
				strcmp(e->sinks[k].path, e->sinks[sink].path) != 0 ||
				!at(c, "export.sinks[%zu].path", sink))
			continue;
		refuse(c, "must be another file; export.sinks[%zu] has it as well", k);
		return;
	}
}

/* The ports of each protocol: RFC 5426, RFC 6587, RFC 5425, RFC 7011 section 10. */
static uint16_t
default_port(enum cgn_export_type type, enum cgn_target_transport transport)
{
	static const uint16_t syslog[] = {
		[CGN_TARGET_UDP] = 514,
		[CGN_TARGET_TCP] = 601,
		[CGN_TARGET_TLS] = 6514,
	};

	if (type == CGN_EXPORT_SYSLOG)
		return syslog[transport];
	return transport == CGN_TARGET_TLS ? 4740 : 4739;
}

static void
check_target(struct cgn_conf_checker *c, size_t sink)
{
	struct cgn_conf_export_sink *s = &c->conf->export.sinks[sink];

	if (!at(c, "export.sinks[%zu].target", sink))
		return;
	if (cgn_target_parse(s->target, &s->to) < 0) {
		refuse(c,
				"must be udp, tcp or tls, an address or a name, and perhaps a port, "
				"such as tls://logs.example.net:6514 or udp://[2001:db8::1]");
		return;
	}
	if (s->to.port == 0)
		s->to.port = default_port(s->type, s->to.transport);
	for (size_t k = 0; k < sink; k++) {
		if (!cgn_target_equal(&c->conf->export.sinks[k].to, &s->to))
			continue;
		refuse(c, "must be another collector; export.sinks[%zu] has it as well", k);
		return;
	}
}

/* Files of TLS. A certificate is of no use without its key. */
static void
check_tls(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export_sink *s = &c->conf->export.sinks[sink];
	const struct {
		const char *key, *path;
	} files[] = { { "ca", s->ca }, { "cert", s->cert }, { "key", s->key } };

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (at(c, "export.sinks[%zu].%s", sink, files[i].key) && files[i].path[0] != '\0' &&
				files[i].path[0] != '/')
			refuse(c, "must be an absolute path");
	}
	if (!at(c, "export.sinks[%zu].key", sink) || !at(c, "export.sinks[%zu].cert", sink))
		return;
	if ((s->cert[0] == '\0') != (s->key[0] == '\0'))
		refuse(c, "must be given with its other half: both cert and key, or none of them");
}

/* Keys that only some sinks have. Every sink may have their defaults, because `config show` prints all keys. */
static void
check_keys(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export_sink *s = &c->conf->export.sinks[sink];
	const bool is_file = s->type == CGN_EXPORT_FILE;
	/* A target with an error may have been meant as TLS. */
	const bool is_tls = !is_file &&
			(s->to.transport == CGN_TARGET_NONE || s->to.transport == CGN_TARGET_TLS);
	const bool is_ipfix = s->type == CGN_EXPORT_IPFIX;
	const bool is_udp = s->to.transport == CGN_TARGET_UDP;
	const bool is_stream = s->to.transport == CGN_TARGET_TCP ||
			s->to.transport == CGN_TARGET_TLS;
	const struct {
		const char *key;
		bool is_allowed;
		const char *where;
	} keys[] = {
		{ "path", is_file, "type file" },
		{ "target", !is_file, "the types syslog and ipfix" },
		{ "ca", is_tls, "a target tls://" },
		{ "cert", is_tls, "a target tls://" },
		{ "key", is_tls, "a target tls://" },
		{ "domain", is_ipfix, "type ipfix" },
		{ "templates_every_s", is_ipfix && !is_stream, "type ipfix and a target udp://" },
		{ "connect_every_s", is_ipfix && !is_udp,
				"type ipfix and a target tcp:// or tls://" },
	};

	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!keys[i].is_allowed && at(c, "export.sinks[%zu].%s", sink, keys[i].key) &&
				cgn_conf_checker_is_changed(c))
			refuse(c, "must be left out: it is only for %s", keys[i].where);
	}
}

static void
check_type(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export_sink *s = &c->conf->export.sinks[sink];

	if (!at(c, "export.sinks[%zu].type", sink))
		return;
	if (s->type == CGN_EXPORT_FILE)
		check_path(c, sink);
	else
		check_target(c, sink);
	check_keys(c, sink);
	if (s->to.transport == CGN_TARGET_TLS)
		check_tls(c, sink);
}

static void
check_sink_name(struct cgn_conf_checker *c, size_t sink)
{
	const struct cgn_conf_export *e = &c->conf->export;

	for (size_t k = 0; k < sink; k++) {
		if (!at(c, "export.sinks[%zu].name", sink) ||
				strcmp(e->sinks[k].name, e->sinks[sink].name) != 0)
			continue;
		refuse(c, "must be another name; export.sinks[%zu] has it as well", k);
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
	check_sessions(c);
	if (e->n_sinks == 0 && at(c, "export.sinks"))
		refuse(c, "must have at least one sink");
	for (size_t i = 0; i < e->n_sinks; i++) {
		check_sink_name(c, i);
		check_type(c, i);
	}
}
