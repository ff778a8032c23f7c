/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSIZING_H
#define CGN_CTLSIZING_H

/**
 * @file
 * What a number of subscribers needs: addresses, blocks, cores, memory, records. Each result comes with its formula, in
 * which the numbers stand.
 *
 * Threads: any; pure.
 */

#include "controlplane/cgnctl/ctlfigures.h"
#include "shared/conf.h"

/** The results, in the order in which they are printed. */
enum cgn_ctlsizing_result {
	CGN_CTLSIZING_BLOCKS,
	CGN_CTLSIZING_REFUSED,
	CGN_CTLSIZING_ADDRESSES,
	CGN_CTLSIZING_MAPPINGS,
	CGN_CTLSIZING_PACKETS,
	CGN_CTLSIZING_NEW_MAPPINGS,
	CGN_CTLSIZING_WORKERS,
	CGN_CTLSIZING_CORES,
	CGN_CTLSIZING_START,
	CGN_CTLSIZING_TABLES,
	CGN_CTLSIZING_MEMORY,
	CGN_CTLSIZING_PREFAULT,
	CGN_CTLSIZING_BUFFERS,
	CGN_CTLSIZING_HUGEPAGES,
	CGN_CTLSIZING_RECORDS,
	CGN_CTLSIZING_RECORD_MB,
	CGN_CTLSIZING_COUNT,
};

/** Octets that a formula takes. */
#define CGN_CTLSIZING_FORMULA_MAX 208

/** A result. */
struct cgn_ctlsizing_row {
	const char *key;   /* in JSON; it ends with the unit */
	const char *title; /* in text */
	unsigned int decimals;
	double value;
	char formula[CGN_CTLSIZING_FORMULA_MAX]; /* with the numbers of this case */
};

/** What to size. */
struct cgn_ctlsizing_case {
	double subscribers;
	struct cgn_ctlfigures_profile profile;
	double blocks; /* of a subscriber, as counted by a running cgnd; 0: by the tail of the profile */
	const struct cgn_conf *conf;
	const struct cgn_conf_group *group; /* of it: whose block_size and limits count */
	unsigned int shared; /* subscribers of an address in a deterministic group; 0: it is not one */
};

/** Most keys that can be too small. */
#define CGN_CTLSIZING_LIMITS_MAX 5

/** A key of the configuration that is too small for the case. */
struct cgn_ctlsizing_limit {
	const char *key;
	double value;    /* in the file */
	double needs;    /* at least */
	const char *why; /* how it is computed */
};

/** The results of a case. */
struct cgn_ctlsizing {
	struct cgn_ctlsizing_row rows[CGN_CTLSIZING_COUNT];
	struct cgn_ctlsizing_limit limits[CGN_CTLSIZING_LIMITS_MAX];
	unsigned int n_limits; /* that are too small */
};

/** Size it. */
void cgn_ctlsizing_run(struct cgn_ctlsizing *out, const struct cgn_ctlsizing_case *c);

#endif /* CGN_CTLSIZING_H */
