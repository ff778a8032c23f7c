/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_ORIGIN_H
#define CGN_EXPORT_ORIGIN_H

/**
 * @file
 * What all records of one run of cgnd have in common: which cgnd, on which machine, since which start.
 *
 * Threads: set once, then read by all threads of the export. Names of pools come later, too.
 */

#include "controlplane/export/export_pools.h"

/** Octets of the number of a start, as text with its NUL. */
#define CGN_EXPORT_BOOT_MAX 17

/** How the run before has ended. */
enum cgn_export_after {
	CGN_EXPORT_AFTER_NOTHING, /* there was none */
	CGN_EXPORT_AFTER_STOP,    /* it has written its record CGN_RECORD_STOP */
	CGN_EXPORT_AFTER_CRASH,   /* it has not */
	CGN_EXPORT_AFTER_UNKNOWN, /* the file that would tell cannot be read, or cgnd has gone on without an export */
	CGN_EXPORT_AFTER_RELOAD, /* a reload has begun this run: cgnd did not stop, and ports were in use before */
};

/** What a cgnd had before its crash. */
struct cgn_export_had {
	uint32_t subscribers;
	uint32_t mappings;
	uint32_t sessions;
};

/** Where records come from. */
struct cgn_export_origin {
	char host[256];                     /* name of the machine, printable ASCII; "-": unknown */
	char instance[CGN_NAME_MAX];        /* telemetry.prefix: which cgnd of the machine */
	char boot[CGN_EXPORT_BOOT_MAX];     /* random number of this start, hexadecimal */
	char previous[CGN_EXPORT_BOOT_MAX]; /* that of the run before; "": unknown */
	struct cgn_export_pools pools;
	enum cgn_export_after after;
	bool is_kept;              /* the state of the run before goes on */
	struct cgn_export_had had; /* 0: it has not crashed, or nobody knows */
	uint32_t kinds; /* of the records that are configured, as cgn_conf_export_kinds() */
	unsigned int n_workers;
	unsigned int n_deterministic; /* groups that have own ranges, for which there are no records */
	int pid;
};

/** Fill in all but previous and after. @return 0; -EIO: there are no random numbers; -ENOMEM */
int cgn_export_origin_init(struct cgn_export_origin *o, const struct cgn_conf *conf);

/** Release it, also after an error of init. */
void cgn_export_origin_fini(struct cgn_export_origin *o);

#endif /* CGN_EXPORT_ORIGIN_H */
