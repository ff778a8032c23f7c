/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLANSWER_H
#define CGN_CTLANSWER_H

/**
 * @file
 * Prints the answers of `cgnctl trace`.
 */

#include "controlplane/cgnctl/ctldet.h"
#include "controlplane/trace/trace.h"

#include <jansson.h>

/** The answer to a question about a port. */
struct cgn_ctlanswer {
	const char *endpoint; /* as it was given */
	int64_t at_ms;
	struct cgn_trace_answer records; /* what the records say */
	bool is_by_conf;                 /* the answer is that of the configuration */
	bool has_owner;                  /* by the configuration; else nobody had the port */
	struct cgn_ctldet_owner owner;
};

/** How an answer is printed. */
enum cgn_ctlanswer_style {
	CGN_CTLANSWER_TEXT,
	CGN_CTLANSWER_JSON,
	CGN_CTLANSWER_LINE,      /* one line of text */
	CGN_CTLANSWER_JSON_LINE, /* an object in one line */
};

/** Print an answer. */
void cgn_ctlanswer_print(const struct cgn_ctlanswer *a, enum cgn_ctlanswer_style style, FILE *out);

/** Print a row of a table of ports that a subscriber had. @param is_first  with the titles in front */
void cgn_ctlanswer_row(const struct cgn_trace_tenure *x, bool is_first, FILE *out);

/** The same as JSON. */
json_t *cgn_ctlanswer_row_json(const struct cgn_trace_tenure *x);

/** The range of a subscriber by the configuration, as JSON. */
json_t *cgn_ctlanswer_owner_json(const struct cgn_ctldet_owner *o);

/** The word for a reason. */
const char *cgn_ctlanswer_reason(enum cgn_trace_reason reason);

/** Print a line that explains the reason of an answer. */
void cgn_ctlanswer_print_reason(const struct cgn_trace_answer *a, FILE *out);

/** Print JSON, and release it. @param is_line  in one line */
void cgn_ctlanswer_dump(json_t *o, bool is_line, FILE *out);

#endif /* CGN_CTLANSWER_H */
