/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_FILTER_H
#define CGN_TELEMETRY_FILTER_H

/**
 * @file
 * The filters of tables: parameters of a question as conditions on rows.
 *
 * | parameter | condition |
 * |---|---|
 * | subscriber=A or A/LEN  | rows of the subscribers that A belongs to, or that have an address in A/LEN |
 * | group=NAME             | rows of the subscribers of a group |
 * | external=ADDR[:PORT]   | rows with this external address and port |
 * | proto=udp, tcp, icmp   | rows of this protocol |
 * | state=WORD             | rows in this state; the words differ by table |
 *
 * Threads: the control thread.
 */

#include "controlplane/telemetry/telemetry_question.h"

/** What a table can be filtered by. */
enum cgn_telemetry_filter_table {
	CGN_TELEMETRY_FILTER_MAPPINGS,    /* states: kinds of mappings, and states of TCP */
	CGN_TELEMETRY_FILTER_SUBSCRIBERS, /* states: active, idle, refused */
	CGN_TELEMETRY_FILTER_LEASES,      /* it has no states */
};

/** Keys of the parameters, for struct cgn_telemetry_path. */
#define CGN_TELEMETRY_FILTER_KEYS        "ADDR,subscriber,group,external,proto,state,"
#define CGN_TELEMETRY_FILTER_KEYS_LEASES "ADDR,subscriber,group,external,proto,"
#define CGN_TELEMETRY_FILTER_KEYS_HOSTS  "ADDR,subscriber,group,external,state,"

/**
 * Read the conditions of a question.
 *
 * @param[out] out  the conditions
 * @return 1: there are some; 0: there are none; -EAFNOSUPPORT, -ESRCH, -EADDRNOTAVAIL, -EPROTONOSUPPORT, -EDOM: the
 *   subscriber, group, external address, protocol or state is none. @p q has what is wrong, for the answer
 */
int cgn_telemetry_filter_read(struct cgn_telemetry_question *q,
		enum cgn_telemetry_filter_table table, struct cgn_table_filter *out);

#endif /* CGN_TELEMETRY_FILTER_H */
