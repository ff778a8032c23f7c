/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLMANUAL_H
#define CGN_CTLMANUAL_H

/**
 * @file
 * The manual page cgnctl(8), from the tables of commands and options, for `cgnctl --man`.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Print it. @param date  of the release, such as 2026-11-30 */
void cgn_ctlmanual_print(const struct cgn_ctlcommand *table, const char *version, const char *date,
		FILE *out);

#endif /* CGN_CTLMANUAL_H */
