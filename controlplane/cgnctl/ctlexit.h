/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLEXIT_H
#define CGN_CTLEXIT_H

/**
 * @file
 * What the exit statuses of cgnctl mean. Help, manual page and reference print this table.
 */

/** An exit status. */
struct cgn_ctlexit {
	unsigned int status;
	const char *of;    /* the command that gives it another meaning; NULL: all commands */
	const char *means; /* without a full stop; NULL ends the table */
};

extern const struct cgn_ctlexit cgn_ctlexits[];

#endif /* CGN_CTLEXIT_H */
