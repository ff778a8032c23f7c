/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_WORD_H
#define CGN_EXPORT_WORD_H

/**
 * @file
 * Words and numbers that are the same in all formats of records. Collectors depend on them: never change one.
 *
 * Threads: any.
 */

#include "controlplane/export/export_origin.h"

/** Octets that are enough for all kinds of records, with commas and NUL. */
#define CGN_EXPORT_WORD_KINDS_MAX 128

/** The name of an event. */
const char *cgn_export_word_event(enum cgn_record_event event);

/** The natEvent of an event (RFC 8158 section 4.2); 0: it has none. */
uint8_t cgn_export_word_nat_event(enum cgn_record_event event);

/** The name of a kind. */
const char *cgn_export_word_kind(enum cgn_record_kind kind);

/**
 * Write the kinds that are configured, such as "blocks,leases". Starts and the like are always there, and are left out.
 *
 * @param kinds  as cgn_conf_export_kinds()
 */
void cgn_export_word_kinds(uint32_t kinds, char out[static CGN_EXPORT_WORD_KINDS_MAX]);

/** How the run before has ended. */
const char *cgn_export_word_after(enum cgn_export_after after);

/** Why a lease was made or has ended. */
const char *cgn_export_word_cause(enum cgn_record_cause cause);

/** By which protocol a lease was asked for. */
const char *cgn_export_word_lease_protocol(const struct cgn_record_lease *lease);

/** By which opcode of PCP a lease was asked for. */
const char *cgn_export_word_lease_opcode(const struct cgn_record_lease *lease);

/** The key of the configuration that has a limit. */
const char *cgn_export_word_limit(enum cgn_record_limit limit);

/** The natQuotaExceededEvent of a limit (RFC 8158 section 4.4). */
uint8_t cgn_export_word_nat_quota(enum cgn_record_limit limit);

/** The key of the configuration that has a threshold. */
const char *cgn_export_word_threshold(enum cgn_record_threshold_id threshold);

/** The natThresholdEvent of a threshold (RFC 8158 section 4.5); 0: it has none. */
uint8_t cgn_export_word_nat_threshold(enum cgn_record_threshold_id threshold);

/** The number of a protocol in IP headers. */
uint8_t cgn_export_word_ip_protocol(enum cgn_proto proto);

#endif /* CGN_EXPORT_WORD_H */
