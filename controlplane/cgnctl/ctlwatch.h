/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLWATCH_H
#define CGN_CTLWATCH_H

/**
 * @file
 * The option --watch: a command is carried out again and again, and numbers that only grow become rates.
 */

#include "controlplane/cgnctl/ctlargs.h"

#include <jansson.h>
#include <sys/ioctl.h>

/** A round of a command. A command asks it for rates, and need not know the other rounds. */
struct cgn_ctlwatch {
	json_t *last;     /* numbers of the round before, by their names; NULL: this is the first */
	json_t *now;      /* numbers of this round */
	double elapsed_s; /* time between them */
};

/**
 * Note a number of this round.
 *
 * @param name  the same in each round, and different from other names
 * @return how much it has grown per second; negative: this is not known, because it is new or has begun anew
 */
double cgn_ctlwatch_rate(struct cgn_ctlwatch *w, const char *name, json_int_t value);

/**
 * Find out how much of a text a terminal can show, with a line left for the cursor. Long lines take several.
 *
 * @param size  a number of 0 is not known, and does not limit
 * @param[out] left  lines of the text that it cannot show
 * @return octets of the lines that it can show
 */
size_t cgn_ctlwatch_fit(const char *text, size_t len, struct winsize size, size_t *left);

/**
 * Carry out the command of @p args until it fails. The first round is not printed: it is needed for rates. A terminal
 * is cleared before each round, gets no more lines than it has, and is told how many are missing. Another output gets one
 * block after the other.
 *
 * @return as the command
 */
int cgn_ctlwatch_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLWATCH_H */
