/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tables of words and numbers.
 */
#include "controlplane/export/export_word.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

static const char *const events[] = {
#define EVENT_NAME(id, kind, name, nat_event) name,
	CGN_RECORD_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

static const uint8_t nat_events[] = {
#define NAT_EVENT(id, kind, name, nat_event) nat_event,
	CGN_RECORD_EVENTS(NAT_EVENT)
#undef NAT_EVENT
};

static const char *const kind_names[] = {
#define KIND_NAME(id, name) name,
	CGN_RECORD_KINDS(KIND_NAME)
#undef KIND_NAME
};

static const struct {
	uint8_t quota;
	const char *name;
} limits[] = {
#define LIMIT_ROW(id, quota, name) { quota, name },
	CGN_RECORD_LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};

static const struct {
	uint8_t event;
	const char *name;
} thresholds[] = {
#define THRESHOLD_ROW(id, event, element, name) { event, name },
	CGN_RECORD_THRESHOLDS(THRESHOLD_ROW)
#undef THRESHOLD_ROW
};

const char *
cgn_export_word_event(enum cgn_record_event event)
{
	return events[event];
}

uint8_t
cgn_export_word_nat_event(enum cgn_record_event event)
{
	return nat_events[event];
}

const char *
cgn_export_word_kind(enum cgn_record_kind kind)
{
	return kind_names[kind];
}

void
cgn_export_word_kinds(uint32_t kinds, char out[static CGN_EXPORT_WORD_KINDS_MAX])
{
	size_t len = 0;

	for (unsigned int k = CGN_RECORD_KIND_PROCESS + 1; k < CGN_RECORD_KIND_COUNT; k++) {
		size_t n = strlen(kind_names[k]);

		if ((kinds >> k & 1) == 0)
			continue;
		if (len > 0)
			out[len++] = ',';
		assert(len + n + 1 < CGN_EXPORT_WORD_KINDS_MAX);
		memcpy(out + len, kind_names[k], n);
		len += n;
	}
	out[len] = '\0';
}

const char *
cgn_export_word_after(enum cgn_export_after after)
{
	static const char *const words[] = {
		[CGN_EXPORT_AFTER_NOTHING] = "nothing",
		[CGN_EXPORT_AFTER_STOP] = "stop",
		[CGN_EXPORT_AFTER_CRASH] = "crash",
		[CGN_EXPORT_AFTER_UNKNOWN] = "unknown",
		[CGN_EXPORT_AFTER_RELOAD] = "reload",
	};

	return words[after];
}

const char *
cgn_export_word_cause(enum cgn_record_cause cause)
{
	static const char *const words[] = {
		[CGN_RECORD_CAUSE_REQUEST] = "request",
		[CGN_RECORD_CAUSE_RESTORED] = "restored",
		[CGN_RECORD_CAUSE_EXPIRED] = "expired",
		[CGN_RECORD_CAUSE_REVOKED] = "revoked",
		[CGN_RECORD_CAUSE_LOST] = "lost",
		[CGN_RECORD_CAUSE_DRAINED] = "drained",
	};

	return words[cause];
}

const char *
cgn_export_word_lease_protocol(const struct cgn_record_lease *lease)
{
	return lease->is_pcp ? "pcp" : "natpmp";
}

const char *
cgn_export_word_lease_opcode(const struct cgn_record_lease *lease)
{
	return lease->is_peer ? "peer" : "map";
}

const char *
cgn_export_word_limit(enum cgn_record_limit limit)
{
	return limits[limit].name;
}

uint8_t
cgn_export_word_nat_quota(enum cgn_record_limit limit)
{
	return limits[limit].quota;
}

const char *
cgn_export_word_threshold(enum cgn_record_threshold_id threshold)
{
	return thresholds[threshold].name;
}

uint8_t
cgn_export_word_nat_threshold(enum cgn_record_threshold_id threshold)
{
	return thresholds[threshold].event;
}

uint8_t
cgn_export_word_ip_protocol(enum cgn_proto proto)
{
	static const uint8_t numbers[] = {
		[CGN_PROTO_UDP] = IPPROTO_UDP,
		[CGN_PROTO_TCP] = IPPROTO_TCP,
		[CGN_PROTO_ICMP] = IPPROTO_ICMP,
	};

	return numbers[proto];
}
