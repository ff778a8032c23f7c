/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_IPFIX_MESSAGE_H
#define CGN_EXPORT_IPFIX_MESSAGE_H

/**
 * @file
 * Writes messages of IPFIX (RFC 7011) with records of RFC 8158.
 *
 * libfixbuf writes templates and records. The header gets its time and its sequence number later, when the message
 * leaves, because a message may wait, and a new connection counts from 0 on.
 *
 * Threads: one at a time. GLib ends the process if there is no memory, see export_ipfix_schema.h.
 */

#include "controlplane/export/export_origin.h"

/**
 * Octets of a message. It has to fit into a packet of UDP. Each path of IPv6 carries packets of 1280 octets (RFC 8200
 * section 5), and so do those of IPv4 today. A lease with a long description needs 700 octets.
 */
#define CGN_EXPORT_IPFIX_MESSAGE_MAX 1232

/** A message. */
struct cgn_export_ipfix_message {
	uint16_t len;       /* octets */
	uint16_t n_records; /* data records, also those of options */
	uint8_t data[CGN_EXPORT_IPFIX_MESSAGE_MAX];
};

struct cgn_export_ipfix_writer;

/**
 * Create a writer.
 *
 * @param origin  complete; outlives the writer. The pools of its last configuration are told of at the beginning, any
 *                other one before the first record of it
 * @param domain  observation domain
 * @return 0 or -ENOMEM
 */
int cgn_export_ipfix_message_create(struct cgn_export_ipfix_writer **out,
		const struct cgn_export_origin *origin, uint32_t domain);

/** Release it. NULL is allowed. */
void cgn_export_ipfix_message_destroy(struct cgn_export_ipfix_writer *w);

/**
 * Add a record to the message that is being written.
 *
 * @param r  its time is in milliseconds since 1970
 * @return whether there was room; if not, end the message first
 */
bool cgn_export_ipfix_message_add(struct cgn_export_ipfix_writer *w, const struct cgn_record *r);

/** End the message that is being written. @return false: it has no records, @p out is untouched */
bool cgn_export_ipfix_message_end(
		struct cgn_export_ipfix_writer *w, struct cgn_export_ipfix_message *out);

/**
 * The messages that a collector needs before all others: templates, and options: elements of cgnd (RFC 5610), names of
 * the domain and of pools. The messages of names change in cgn_export_ipfix_message_end().
 *
 * @param[out] n  how many there are
 */
struct cgn_export_ipfix_message *
cgn_export_ipfix_message_templates(struct cgn_export_ipfix_writer *w, size_t *n);

/** Whether these messages have names that they did not have at the last call. */
bool cgn_export_ipfix_message_take_news(struct cgn_export_ipfix_writer *w);

/**
 * Set the header of a message that leaves.
 *
 * @param time_s    seconds since 1970
 * @param sequence  number of data records that have left before
 */
void cgn_export_ipfix_message_stamp(
		struct cgn_export_ipfix_message *m, uint32_t time_s, uint32_t sequence);

#endif /* CGN_EXPORT_IPFIX_MESSAGE_H */
