/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_IPFIX_FIELDS_H
#define CGN_EXPORT_IPFIX_FIELDS_H

/**
 * @file
 * What records of IPFIX have: all fields of all records, as one struct, and the templates that say which of them are in
 * a record. config/RECORDS.md describes both.
 *
 * Information elements of IANA have their names and numbers (RFC 8158 and others). Those of cgnd have the enterprise
 * number CGN_EXPORT_IPFIX_PEN, and a name with the prefix "cgn" and the name of the same field of export_text.h.
 * Collectors depend on numbers: add elements behind the others, and never give a number to another element.
 *
 * Threads: any.
 */

#include "controlplane/export/export_word.h"

#include <fixbuf/public.h>

/** The enterprise number for documentation (RFC 5612), because cgnd has none of its own. */
#define CGN_EXPORT_IPFIX_PEN 32473

/** Number of the control thread in cgnProducer. A worker has its own number. */
#define CGN_EXPORT_IPFIX_CONTROL 65534

/** Number of the exporter in cgnProducer. */
#define CGN_EXPORT_IPFIX_EXPORTER 65535

/** protocolIdentifier of what is about no special protocol: reserved by IANA, never in a packet. */
#define CGN_EXPORT_IPFIX_ANY_PROTOCOL 255

/* clang-format off */
/**
 * Fields with a fixed length: type, member, element. Large types come first, so that the struct has no gaps: libfixbuf
 * allows none. Numbers and IPv4 addresses are in host order. Each kind of records has a row lost_KIND.
 */
#define CGN_EXPORT_IPFIX_NUMBERS(N)                                    \
	N(uint64_t, time,            "observationTimeMilliseconds")     \
	N(uint64_t, time_last,       "observationTimeMilliseconds")     \
	N(uint64_t, boot,            "cgnBoot")                         \
	N(uint64_t, seq,             "cgnSeq")                          \
	N(uint64_t, first,           "cgnFirst")                        \
	N(uint64_t, last,            "cgnLast")                         \
	N(uint64_t, previous_boot,   "cgnPreviousBoot")                 \
	N(int64_t, step_ms,          "cgnStepMilliseconds")             \
	N(uint64_t, not_sent,        "notSentFlowTotalCount")           \
	N(struct cgn_ip6, in_addr6,  "sourceIPv6Address")               \
	N(uint32_t, in_addr,         "sourceIPv4Address")               \
	N(uint32_t, ext_addr,        "postNATSourceIPv4Address")        \
	N(uint32_t, pool,            "natPoolId")                       \
	N(uint32_t, domain,          "observationDomainId")             \
	N(uint32_t, process,         "exportingProcessId")              \
	N(uint32_t, lifetime_s,      "cgnLifetimeSeconds")              \
	N(uint32_t, lost_PROCESS,    "cgnLostProcess")                  \
	N(uint32_t, lost_BLOCKS,     "cgnLostBlocks")                   \
	N(uint32_t, lost_BINDINGS,   "cgnLostBindings")                 \
	N(uint32_t, lost_LEASES,     "cgnLostLeases")                   \
	N(uint32_t, lost_QUOTAS,     "cgnLostQuotas")                   \
	N(uint32_t, lost_THRESHOLDS, "cgnLostThresholds")               \
	N(uint32_t, lost_MAPPINGS,   "cgnLostMappings")                 \
	N(uint32_t, lost_SESSIONS,   "cgnLostSessions")                 \
	N(uint32_t, quota_event,     "natQuotaExceededEvent")           \
	N(uint32_t, max_sessions,    "maxSessionEntries")               \
	N(uint32_t, max_mappings,    "maxBIBEntries")                   \
	N(uint32_t, max_of_user,     "maxEntriesPerUser")               \
	N(uint32_t, max_subscribers, "maxSubscribers")                  \
	N(uint32_t, max_fragments,   "maxFragmentsPendingReassembly")   \
	N(uint32_t, refused,         "cgnRefused")                      \
	N(uint32_t, suppressed,      "cgnSuppressed")                   \
	N(uint32_t, threshold_event, "natThresholdEvent")               \
	N(uint32_t, pool_high,       "addressPoolHighThreshold")        \
	N(uint32_t, pool_low,        "addressPoolLowThreshold")         \
	N(uint32_t, mappings_high,   "addressPortMappingHighThreshold") \
	N(uint32_t, of_user_high,    "addressPortMappingPerUserHighThreshold") \
	N(uint32_t, subscribers_high, "globalAddressMappingHighThreshold") \
	N(uint32_t, mark,            "cgnMark")                         \
	N(uint32_t, value,           "cgnValue")                        \
	N(uint32_t, entries,         "cgnEntries")                      \
	N(uint32_t, n_deterministic, "cgnDeterministicGroups")          \
	N(uint32_t, had_subscribers, "cgnHadSubscribers")               \
	N(uint32_t, had_mappings,    "cgnHadMappings")                  \
	N(uint32_t, had_sessions,    "cgnHadSessions")                  \
	N(uint32_t, rem_addr,        "destinationIPv4Address")          \
	N(uint16_t, producer,        "cgnProducer")                     \
	N(uint16_t, in_port,         "sourceTransportPort")             \
	N(uint16_t, ext_port,        "postNAPTSourceTransportPort")     \
	N(uint16_t, rem_port,        "destinationTransportPort")        \
	N(uint16_t, port_first,      "portRangeStart")                  \
	N(uint16_t, port_last,       "portRangeEnd")                    \
	N(uint8_t, nat_event,        "natEvent")                        \
	N(uint8_t, in_len,           "sourceIPv4PrefixLength")          \
	N(uint8_t, in_len6,          "sourceIPv6PrefixLength")          \
	N(uint8_t, proto,            "protocolIdentifier")

/** Texts: member, element. They refer to memory of others. */
#define CGN_EXPORT_IPFIX_TEXTS(T)                   \
	T(event,        "cgnEvent")                  \
	T(after,        "cgnAfter")                  \
	T(records,      "cgnRecords")                \
	T(state,        "cgnState")                  \
	T(host,         "cgnHost")                   \
	T(lease_proto,  "cgnLeaseProtocol")          \
	T(lease_opcode, "cgnLeaseOpcode")            \
	T(cause,        "cgnCause")                  \
	T(peer,         "cgnAuthenticatedPeer")      \
	T(description,  "cgnDescription")            \
	T(limit,        "cgnLimit")                  \
	T(threshold,    "cgnThreshold")              \
	T(domain_name,  "observationDomainName")     \
	T(pool_name,    "natPoolName")

/** Elements of cgnd: number, name, type and octets of libfixbuf, semantics and units, description (RFC 5610). */
#define CGN_EXPORT_IPFIX_ELEMENTS(E)                                                                       \
	E(1, "cgnBoot", FB_UINT_64, 8, FB_IE_IDENTIFIER, "random number of the start of cgnd")              \
	E(2, "cgnProducer", FB_UINT_16, 2, FB_IE_IDENTIFIER,                                                \
		"thread that made the record: a worker, 65534 control, 65535 exporter")                      \
	E(3, "cgnSeq", FB_UINT_64, 8, FB_IE_IDENTIFIER, "number of the record in its producer and boot")    \
	E(4, "cgnEvent", FB_STRING, FB_IE_VARLEN, 0, "event that has no natEvent")                          \
	E(5, "cgnFirst", FB_UINT_64, 8, FB_IE_IDENTIFIER, "cgnSeq of the first lost record")                \
	E(6, "cgnLast", FB_UINT_64, 8, FB_IE_IDENTIFIER,                                                    \
		"cgnSeq of the last lost record; in a checkpoint of the last record")                        \
	E(7, "cgnAfter", FB_STRING, FB_IE_VARLEN, 0, "how the run before has ended")                        \
	E(8, "cgnPreviousBoot", FB_UINT_64, 8, FB_IE_IDENTIFIER, "cgnBoot of the run before, 0 if unknown") \
	E(9, "cgnRecords", FB_STRING, FB_IE_VARLEN, 0, "kinds of records of this run")                      \
	E(10, "cgnHost", FB_STRING, FB_IE_VARLEN, 0, "name of the machine")                                 \
	E(11, "cgnStepMilliseconds", FB_INT_64, 8, FB_UNITS_MILLISECONDS, "how far the clock was set forward") \
	E(12, "cgnLeaseProtocol", FB_STRING, FB_IE_VARLEN, 0, "who has asked: natpmp or pcp")               \
	E(13, "cgnLeaseOpcode", FB_STRING, FB_IE_VARLEN, 0, "map, or peer if there is only PEER")           \
	E(14, "cgnCause", FB_STRING, FB_IE_VARLEN, 0, "why the lease was made or has ended")                \
	E(15, "cgnLifetimeSeconds", FB_UINT_32, 4, FB_IE_QUANTITY | FB_UNITS_SECONDS, "how long the lease will last") \
	E(16, "cgnAuthenticatedPeer", FB_STRING, FB_IE_VARLEN, 0, "identity that IPsec has proved")         \
	E(17, "cgnDescription", FB_STRING, FB_IE_VARLEN, 0, "description of PCP, percent-encoded")          \
	E(18, "cgnLimit", FB_STRING, FB_IE_VARLEN, 0, "key of the configuration that has the limit")        \
	E(19, "cgnRefused", FB_UINT_32, 4, FB_IE_DELTACOUNTER, "refusals since the last record of this limit and party") \
	E(20, "cgnSuppressed", FB_UINT_32, 4, FB_IE_DELTACOUNTER, "refusals of others without a record")    \
	E(21, "cgnThreshold", FB_STRING, FB_IE_VARLEN, 0, "key of the configuration that has the threshold") \
	E(22, "cgnMark", FB_UINT_32, 4, FB_IE_QUANTITY, "value of the threshold")                           \
	E(23, "cgnValue", FB_UINT_32, 4, FB_IE_QUANTITY, "what was measured, in the unit of the threshold") \
	E(24, "cgnEntries", FB_UINT_32, 4, FB_IE_QUANTITY | FB_UNITS_ENTRIES, "the same as a number of entries") \
	E(25, "cgnDeterministicGroups", FB_UINT_32, 4, FB_IE_QUANTITY, "deterministic groups of this run")  \
	E(26, "cgnState", FB_STRING, FB_IE_VARLEN, 0, "kept if the state of the run before goes on, else empty") \
	E(27, "cgnHadSubscribers", FB_UINT_32, 4, FB_IE_QUANTITY, "subscribers that a crashed cgnd had")    \
	E(28, "cgnHadMappings", FB_UINT_32, 4, FB_IE_QUANTITY, "mappings that a crashed cgnd had")          \
	E(29, "cgnHadSessions", FB_UINT_32, 4, FB_IE_QUANTITY, "sessions that a crashed cgnd had")          \
	E(32, "cgnLostProcess", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")        \
	E(33, "cgnLostBlocks", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")         \
	E(34, "cgnLostBindings", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")       \
	E(35, "cgnLostLeases", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")         \
	E(36, "cgnLostQuotas", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")         \
	E(37, "cgnLostThresholds", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")     \
	E(38, "cgnLostMappings", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")       \
	E(39, "cgnLostSessions", FB_UINT_32, 4, FB_IE_QUANTITY, "lost records of this kind in a gap")

/* What each record has, and one with a number. */
#define IPFIX_EACH "observationTimeMilliseconds", "cgnBoot", "cgnProducer"
#define IPFIX_HEAD IPFIX_EACH, "cgnSeq"
#define IPFIX_SUB4 "sourceIPv4Address", "sourceIPv4PrefixLength"
#define IPFIX_SUB6 "sourceIPv6Address", "sourceIPv6PrefixLength"
#define IPFIX_FLOW "sourceIPv4Address", "sourceTransportPort", "postNATSourceIPv4Address", \
	"postNAPTSourceTransportPort", "protocolIdentifier"
#define IPFIX_TO "destinationIPv4Address", "destinationTransportPort"
#define IPFIX_LEASE IPFIX_FLOW, "cgnLeaseProtocol", "cgnLeaseOpcode", "cgnCause", "cgnLifetimeSeconds", \
	"cgnAuthenticatedPeer", "cgnDescription"
#define IPFIX_QUOTA IPFIX_HEAD, "natEvent", "natQuotaExceededEvent", "cgnLimit"
#define IPFIX_REFUSED "protocolIdentifier", "cgnRefused", "cgnSuppressed"
#define IPFIX_THRESHOLD IPFIX_HEAD, "natEvent", "natThresholdEvent"
#define IPFIX_MEASURED "cgnThreshold", "protocolIdentifier", "cgnValue", "cgnEntries"

/**
 * Templates: name, number of scope fields (0: it is no options template), elements. In the order of their numbers, from
 * 256 on. The mandatory elements of RFC 8158 section 5 come first.
 */
#define CGN_EXPORT_IPFIX_TEMPLATES(T)                                                                       \
	T(BLOCK, 0, IPFIX_HEAD, "natEvent", IPFIX_SUB4, "postNATSourceIPv4Address", "portRangeStart",        \
		"portRangeEnd", "natPoolId")                                                                  \
	T(BLOCK_OF_B4, 0, IPFIX_HEAD, "natEvent", IPFIX_SUB6, "postNATSourceIPv4Address", "portRangeStart",  \
		"portRangeEnd", "natPoolId")                                                                  \
	T(BINDING, 0, IPFIX_HEAD, "natEvent", IPFIX_SUB4, "postNATSourceIPv4Address", "natPoolId")           \
	T(BINDING_OF_B4, 0, IPFIX_HEAD, "natEvent", IPFIX_SUB6, "postNATSourceIPv4Address", "natPoolId")     \
	T(LEASE, 0, IPFIX_HEAD, "natEvent", IPFIX_LEASE)                                                     \
	T(LEASE_OF_B4, 0, IPFIX_HEAD, "natEvent", IPFIX_LEASE, "sourceIPv6Address")                          \
	T(RENEWAL, 0, IPFIX_HEAD, "cgnEvent", IPFIX_LEASE)                                                   \
	T(RENEWAL_OF_B4, 0, IPFIX_HEAD, "cgnEvent", IPFIX_LEASE, "sourceIPv6Address")                        \
	T(FLOW, 0, IPFIX_HEAD, "natEvent", IPFIX_FLOW)                                                       \
	T(FLOW_OF_B4, 0, IPFIX_HEAD, "natEvent", IPFIX_FLOW, "sourceIPv6Address")                            \
	T(FLOW_TO, 0, IPFIX_HEAD, "natEvent", IPFIX_FLOW, IPFIX_TO)                                          \
	T(FLOW_OF_B4_TO, 0, IPFIX_HEAD, "natEvent", IPFIX_FLOW, "sourceIPv6Address", IPFIX_TO)               \
	T(ADDRESSES_EXHAUSTED, 0, IPFIX_HEAD, "natEvent", "natPoolId", IPFIX_REFUSED)                        \
	T(PORTS_EXHAUSTED, 0, IPFIX_HEAD, "natEvent", "postNATSourceIPv4Address", "natPoolId", IPFIX_REFUSED) \
	T(QUOTA_SESSIONS, 0, IPFIX_QUOTA, "maxSessionEntries", IPFIX_REFUSED)                                \
	T(QUOTA_MAPPINGS, 0, IPFIX_QUOTA, "maxBIBEntries", IPFIX_REFUSED)                                    \
	T(QUOTA_OF_USER, 0, IPFIX_QUOTA, "maxEntriesPerUser", IPFIX_SUB4, IPFIX_REFUSED)                     \
	T(QUOTA_OF_B4, 0, IPFIX_QUOTA, "maxEntriesPerUser", IPFIX_SUB6, IPFIX_REFUSED)                       \
	T(QUOTA_SUBSCRIBERS, 0, IPFIX_QUOTA, "maxSubscribers", IPFIX_REFUSED)                                \
	T(QUOTA_FRAGMENTS, 0, IPFIX_QUOTA, "maxFragmentsPendingReassembly", "sourceIPv4Address", IPFIX_REFUSED) \
	T(QUOTA_FRAGMENTS6, 0, IPFIX_QUOTA, "maxFragmentsPendingReassembly", "sourceIPv6Address", IPFIX_REFUSED) \
	T(THRESHOLD_POOL_HIGH, 0, IPFIX_THRESHOLD, "natPoolId", "addressPoolHighThreshold", IPFIX_MEASURED)  \
	T(THRESHOLD_POOL_LOW, 0, IPFIX_THRESHOLD, "natPoolId", "addressPoolLowThreshold", IPFIX_MEASURED)    \
	T(THRESHOLD_MAPPINGS, 0, IPFIX_THRESHOLD, "addressPortMappingHighThreshold", IPFIX_MEASURED)         \
	T(THRESHOLD_OF_USER, 0, IPFIX_THRESHOLD, "addressPortMappingPerUserHighThreshold", IPFIX_SUB4, IPFIX_MEASURED) \
	T(THRESHOLD_OF_B4, 0, IPFIX_THRESHOLD, "addressPortMappingPerUserHighThreshold", IPFIX_SUB6, IPFIX_MEASURED) \
	T(THRESHOLD_SUBSCRIBERS, 0, IPFIX_THRESHOLD, "globalAddressMappingHighThreshold", IPFIX_MEASURED)    \
	T(THRESHOLD_OTHER, 0, IPFIX_HEAD, "cgnEvent", "cgnMark", IPFIX_MEASURED)                             \
	T(GAP, 0, IPFIX_EACH, "cgnEvent", "cgnFirst", "cgnLast", "cgnLostProcess", "cgnLostBlocks",          \
		"cgnLostBindings", "cgnLostLeases", "cgnLostQuotas", "cgnLostThresholds", "cgnLostMappings", "cgnLostSessions")                     \
	T(START, 0, IPFIX_HEAD, "cgnEvent", "cgnAfter", "cgnPreviousBoot", "cgnRecords",                     \
		"cgnDeterministicGroups", "cgnState", "cgnHadSubscribers", "cgnHadMappings", "cgnHadSessions") \
	T(STOP, 0, IPFIX_HEAD, "cgnEvent")                                                                   \
	T(CLOCK_STEP, 0, IPFIX_HEAD, "cgnEvent", "cgnStepMilliseconds")                                      \
	T(CHECKPOINT, 0, IPFIX_EACH, "cgnEvent", "cgnLast")                                                  \
	T(DOMAIN, 1, "observationDomainId", "observationDomainName", "cgnHost", "exportingProcessId", "cgnBoot")                   \
	T(POOL, 1, "natPoolId", "natPoolName")                                                               \
	T(LOSSES, 1, "exportingProcessId", "observationTimeMilliseconds", "observationTimeMilliseconds", \
		"notSentFlowTotalCount")
/* clang-format on */

/** Numbers of templates, as in set headers. */
enum cgn_export_ipfix_template {
	CGN_EXPORT_IPFIX_BEFORE = 255,
#define CGN_EXPORT_IPFIX_TEMPLATE_ENUM(id, ...) CGN_EXPORT_IPFIX_##id,
	CGN_EXPORT_IPFIX_TEMPLATES(CGN_EXPORT_IPFIX_TEMPLATE_ENUM)
#undef CGN_EXPORT_IPFIX_TEMPLATE_ENUM
	CGN_EXPORT_IPFIX_END, /* behind the last one */
};

/** All fields of all records. A record has those of its template. */
struct cgn_export_ipfix_fields {
#define CGN_EXPORT_IPFIX_TEXT_MEMBER(member, element) fbVarfield_t member;
	CGN_EXPORT_IPFIX_TEXTS(CGN_EXPORT_IPFIX_TEXT_MEMBER)
#undef CGN_EXPORT_IPFIX_TEXT_MEMBER
#define CGN_EXPORT_IPFIX_NUMBER_MEMBER(type, member, element) type member;
	CGN_EXPORT_IPFIX_NUMBERS(CGN_EXPORT_IPFIX_NUMBER_MEMBER)
#undef CGN_EXPORT_IPFIX_NUMBER_MEMBER
};

/** What all records of a run have in common, as fields. */
struct cgn_export_ipfix_run {
	const struct cgn_export_origin *origin;
	uint64_t boot;
	uint64_t previous_boot; /* 0: unknown */
	char records[CGN_EXPORT_WORD_KINDS_MAX];
};

/** Fill in what a run has in common. @param o  outlives @p run */
void
cgn_export_ipfix_fields_begin(struct cgn_export_ipfix_run *run, const struct cgn_export_origin *o);

/**
 * Fill in the fields of a record.
 *
 * @param[out] f  its texts refer to memory of @p run and @p r
 * @param r       its time is in milliseconds since 1970
 * @return the template
 */
enum cgn_export_ipfix_template cgn_export_ipfix_fields_fill(struct cgn_export_ipfix_fields *f,
		const struct cgn_export_ipfix_run *run, const struct cgn_record *r);

/** Refer to a text. */
fbVarfield_t cgn_export_ipfix_fields_text(const char *text);

#endif /* CGN_EXPORT_IPFIX_FIELDS_H */
