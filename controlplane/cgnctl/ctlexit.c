/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of exit statuses.
 */
#include "controlplane/cgnctl/ctlexit.h"

#include "controlplane/cgnctl/ctltrace.h"

#include <stddef.h>

const struct cgn_ctlexit cgn_ctlexits[] = {
	{ 0, NULL, "it is done" },
	{ 1, NULL, "an error, or there is no such thing" },
	{ 2, NULL, "the command line is wrong" },
	{ 1, "config diff", "something differs" },
	{ 2, "config diff", "an error" },
	{ CGN_CTLTRACE_NOBODY, "trace", "nobody had the port, for sure" },
	{ CGN_CTLTRACE_UNSURE, "trace", "the records do not say it" },
	{ 0, NULL, NULL },
};
