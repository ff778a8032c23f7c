/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_EXPORT_H
#define CGN_CONF_EXPORT_H

/**
 * @file
 * The part of the configuration about records: which ones are made, and where they go.
 */

#include "shared/limits.h"
#include "shared/record.h"
#include "shared/target.h"

#include <stddef.h>

/** Where records go (export.sinks[].type). */
enum cgn_export_type {
	CGN_EXPORT_FILE,   /* lines of RFC 5424 */
	CGN_EXPORT_SYSLOG, /* the same lines, to a collector */
	CGN_EXPORT_IPFIX,  /* messages of RFC 7011, to a collector */
};

/** A receiver of records. */
struct cgn_conf_export_sink {
	char name[CGN_NAME_MAX];
	enum cgn_export_type type;
	char *path;           /* of the file, absolute; "": no file */
	char *target;         /* the collector as configured; "": none */
	struct cgn_target to; /* the same, with its port; CGN_TARGET_NONE: a file */
	char *ca;             /* TLS: certificates that are trusted; "": those of the system */
	char *cert;           /* TLS: certificate of cgnd for the collector; "": none */
	char *key;            /* TLS: its private key; "": none */
	uint32_t domain;      /* IPFIX: observation domain */
	uint32_t templates_every_s; /* IPFIX over UDP: how often templates are sent again */
	uint32_t connect_every_s; /* IPFIX over TCP and TLS: at least this between two attempts to connect */
};

/** The export of records. */
struct cgn_conf_export {
	bool is_on; /* the section is in the file */
	unsigned int n_records;
	enum cgn_record_kind records[CGN_RECORD_KIND_COUNT]; /* no order */
	bool has_destinations; /* a record of a session has the host outside */
	uint32_t queue_max;    /* records of a ring or queue */
	struct cgn_conf_export_sink *sinks;
	size_t n_sinks;
};

/** The kinds of records to make, a bit for each enum cgn_record_kind; 0: there is no export. */
static inline uint32_t
cgn_conf_export_kinds(const struct cgn_conf_export *e)
{
	uint32_t kinds = e->is_on ? UINT32_C(1) << CGN_RECORD_KIND_PROCESS : 0;

	for (unsigned int i = 0; e->is_on && i < e->n_records; i++)
		kinds |= UINT32_C(1) << e->records[i];
	return kinds;
}

#endif /* CGN_CONF_EXPORT_H */
