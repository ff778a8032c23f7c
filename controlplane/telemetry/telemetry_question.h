/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_QUESTION_H
#define CGN_TELEMETRY_QUESTION_H

/**
 * @file
 * A question to a path of telemetry, for the files of telemetry that answer.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"
#include "controlplane/reload.h"
#include "controlplane/telemetry/telemetry_params.h"
#include "controlplane/telemetry/telemetry_rows.h"
#include "shared/choice.h"

struct cgn_request_queue_req;
struct cgn_telemetry_path;
struct rte_tel_data;

/** A question, on the stack of the telemetry thread that waits for its answer. */
struct cgn_telemetry_question {
	const struct cgn_telemetry_path *path;
	struct cgn_control *control;
	const char *version; /* of cgnd */
	struct cgn_request_queue_req *req;
	struct rte_tel_data *out;
	char params[CGN_TELEMETRY_PARAMS_MAX];
	char why[CGN_CHOICE_TEXT_MAX]; /* what is wrong with it; "": its error says all */
	struct cgn_table_reader_page page;
	struct cgn_table_reader_clear clear;
	struct cgn_ep4 ep;                   /* who has it? */
	struct cgn_table_reader_cursor from; /* where it began */
	struct cgn_who_info who;
	struct cgn_ip addr; /* of the subscriber */
	struct cgn_subscriber_detail detail;
	struct cgn_lessor_wait wait;
	struct cgn_reload_request reload;
	uint32_t n_deleted;
	union {
		struct cgn_mapping_info mappings[CGN_TELEMETRY_ROWS_MAPPINGS];
		struct cgn_subscriber_info subscribers[CGN_TELEMETRY_ROWS_SUBSCRIBERS];
		struct cgn_drain_info drains[CGN_TELEMETRY_ROWS_DRAINS];
		struct cgn_lessor_info leases[CGN_TELEMETRY_ROWS_LEASES];
		struct cgn_host_peers_row peers[CGN_TELEMETRY_ROWS_PEERS];
	} rows;
};

/** A path, and who answers. */
struct cgn_telemetry_path {
	const char *name;
	const char *help;
	/** Keys of its parameters, with a comma behind each. A word in capitals is one without a key. */
	const char *keys;
	/** Begin to answer. @return 0: it is answered, or will be; otherwise the reason why not */
	int (*answer)(struct cgn_telemetry_question *q, uint64_t now_ms);
	/** It ends later, with cgn_request_queue_done(). */
	bool is_slow;
};

/** Paths that are answered at once (telemetry_tables.c). A row without a name ends the list. */
extern const struct cgn_telemetry_path cgn_telemetry_tables_paths[];

/** Paths about leases (telemetry_leases.c). */
extern const struct cgn_telemetry_path cgn_telemetry_leases_paths[];

/**
 * Note that a parameter has a wrong value, for cgn_telemetry_question_fail().
 *
 * @param key    what it is, such as "subscriber"
 * @param must   what it must be, such as "an address or a prefix"
 * @return @p ret
 */
int cgn_telemetry_question_wrong(struct cgn_telemetry_question *q, int ret, const char *key,
		const char *value, const char *must);

/** Note that a parameter names none of the things that there are. @param what  as cgn_choice_text() @return @p ret */
int cgn_telemetry_question_none(struct cgn_telemetry_question *q, int ret, const char *what,
		const struct cgn_choice *there);

/** Answer a question with an error, and with what was noted. @param ret  -errno */
void cgn_telemetry_question_fail(struct cgn_telemetry_question *q, int ret);

/** Parse "ADDR:PORT/PROTO". @p text is changed. @return 0 or -EINVAL */
int cgn_telemetry_question_endpoint(char *text, struct cgn_ep4 *ep);

/** Find a parameter of a question, as cgn_telemetry_params_find(). */
bool cgn_telemetry_question_param(const struct cgn_telemetry_question *q, const char *key,
		char buf[static CGN_TELEMETRY_PARAMS_MAX]);

#endif /* CGN_TELEMETRY_QUESTION_H */
