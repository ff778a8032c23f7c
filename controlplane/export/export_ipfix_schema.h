/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_IPFIX_SCHEMA_H
#define CGN_EXPORT_IPFIX_SCHEMA_H

/**
 * @file
 * Tells libfixbuf the elements and templates of export_ipfix_fields.h.
 *
 * GLib ends the process if there is no memory. So all memory is taken at the start of cgnd, but for what records with
 * texts need for the time of the call.
 *
 * Threads: any, but each model and session is used by one thread at a time.
 */

#include "controlplane/export/export_ipfix_fields.h"

/** Template of the options that describe the elements of cgnd (RFC 5610). */
#define CGN_EXPORT_IPFIX_SCHEMA_TYPES CGN_EXPORT_IPFIX_END

/** How libfixbuf reads struct cgn_export_ipfix_fields. */
enum cgn_export_ipfix_layout {
	CGN_EXPORT_IPFIX_LAYOUT_ALL = CGN_EXPORT_IPFIX_SCHEMA_TYPES + 1, /* from its beginning */
	CGN_EXPORT_IPFIX_LAYOUT_NUMBERS, /* from the first number on: faster, for records without texts */
};

/** Create the elements: those of IANA, and those of cgnd. Release them with fbInfoModelFree(). */
fbInfoModel_t *cgn_export_ipfix_schema_model(void);

/**
 * Create a session with all templates and layouts.
 *
 * @param model   outlives the session
 * @param domain  observation domain
 */
fbSession_t *cgn_export_ipfix_schema_session(fbInfoModel_t *model, uint32_t domain);

/** The layout for records of a template. */
enum cgn_export_ipfix_layout cgn_export_ipfix_schema_layout(enum cgn_export_ipfix_template id);

/** The numbers of the elements of cgnd, and how many there are. */
const uint16_t *cgn_export_ipfix_schema_elements(size_t *n);

#endif /* CGN_EXPORT_IPFIX_SCHEMA_H */
