/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLLIST_H
#define CGN_CTLLIST_H

/**
 * @file
 * Shows a table of cgnd, which comes page after page, as text or as JSON.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctltable.h"

#include <stddef.h>

/** A table of cgnd. */
struct cgn_ctllist {
	const char *path; /* of telemetry, such as "/cgn/mappings" */
	const char *one;  /* what a row is, such as "mapping" */
	const char *none; /* printed in place of a table without rows; NULL: only the headings */
	const struct cgn_ctltable_column *columns;
	size_t n_columns;
};

/** The fields of the columns in an initializer. */
#define CGN_CTLLIST_COLUMNS(c) .columns = (c), .n_columns = sizeof(c) / sizeof((c)[0])

/**
 * Run a command that has a list. The options of the command that are filters go to cgnd.
 *
 * @return 0; 1: no row is left by the filters, and a line on stderr says so; -EIO: cgn_ctlsock_error() tells why
 */
int cgn_ctllist_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLLIST_H */
