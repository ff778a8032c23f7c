/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lines of RFC 5424. Names of parameters are those of information elements of IPFIX (RFC 8158) where there is one.
 */
#include "controlplane/export/export_text.h"

#include "controlplane/export/export_producer.h"
#include "controlplane/export/export_word.h"
#include "shared/addr_text.h"
#include "shared/utc_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define FACILITY 16 /* local0 */
#define SD_ID \
	"cgnd@32473" /* the enterprise number for documentation (RFC 5612): cgnd has none of its own */

/* RFC 5424 section 6.2.1 */
enum severity {
	WARNING = 4,
	NOTICE = 5,
	INFO = 6,
};

/* A line that is being written. */
struct line {
	char *text;
	size_t len;
};

/* Elements with the values of thresholds; "": it has none. */
static const char *const threshold_elements[] = {
#define THRESHOLD_ELEMENT(id, event, element, name) element,
	CGN_RECORD_THRESHOLDS(THRESHOLD_ELEMENT)
#undef THRESHOLD_ELEMENT
};

__attribute__((format(printf, 2, 3))) static void
put(struct line *l, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->text + l->len, CGN_EXPORT_TEXT_MAX - l->len, format, ap);
	va_end(ap);
	/* All values have limits, and their sum fits. */
	assert(n >= 0 && l->len + (size_t)n < CGN_EXPORT_TEXT_MAX);
	l->len += (size_t)n;
}

/* A parameter. RFC 5424 section 6.3.3: '"', '\' and ']' get a '\' in front. */
static void
put_text(struct line *l, const char *name, const char *value)
{
	put(l, " %s=\"", name);
	for (; *value != '\0'; value++)
		put(l, strchr("\"\\]", *value) != NULL ? "\\%c" : "%c", *value);
	put(l, "\"");
}

static void
put_number(struct line *l, const char *name, uint64_t value)
{
	put(l, " %s=\"%" PRIu64 "\"", name, value);
}

static void
put_address(struct line *l, const char *name, const struct cgn_ip *addr)
{
	char text[CGN_ADDR_TEXT_MAX];

	put_text(l, name, cgn_addr_text_format_ip(addr, text));
}

static void
put_producer(struct line *l, const struct cgn_export_origin *o, uint16_t producer)
{
	if (producer < o->n_workers)
		put(l, " producer=\"worker%u\"", producer);
	else
		put(l, " producer=\"%s\"",
				producer == cgn_export_producer_control(o->n_workers) ? "control"
										      : "export");
}

/* --- fields of each event ---------------------------------------------------------------------- */

static void
put_gap(struct line *l, const struct cgn_record *r)
{
	put_number(l, "first", r->gap.first);
	put_number(l, "last", r->seq);
	put_number(l, "lost", cgn_record_gap_size(r));
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++) {
		if (r->gap.lost[k] != 0)
			put(l, " lost.%s=\"%" PRIu32 "\"", cgn_export_word_kind(k), r->gap.lost[k]);
	}
}

static void
put_start(struct line *l, const struct cgn_export_origin *o)
{
	char kinds[CGN_EXPORT_WORD_KINDS_MAX];

	put_text(l, "after", cgn_export_word_after(o->after));
	if (o->previous[0] != '\0')
		put_text(l, "previousBoot", o->previous);
	cgn_export_word_kinds(o->kinds, kinds);
	put_text(l, "records", kinds);
	if (o->n_deterministic != 0)
		put_number(l, "deterministicGroups", o->n_deterministic);
	if (o->is_kept)
		put_text(l, "state", "kept");
	if (o->had.subscribers != 0)
		put_number(l, "hadSubscribers", o->had.subscribers);
	if (o->had.mappings != 0)
		put_number(l, "hadMappings", o->had.mappings);
	if (o->had.sessions != 0)
		put_number(l, "hadSessions", o->had.sessions);
}

/* @param len  of the subscriber's prefix; 0: it is a host */
static void
put_inside(struct line *l, const struct cgn_ip *addr, uint8_t len)
{
	put_address(l, addr->is_ip6 ? "sourceIPv6Address" : "sourceIPv4Address", addr);
	if (len != 0)
		put_number(l, addr->is_ip6 ? "sourceIPv6PrefixLength" : "sourceIPv4PrefixLength",
				len);
}

static void
put_protocol(struct line *l, uint8_t proto)
{
	put_number(l, "protocolIdentifier", cgn_export_word_ip_protocol(proto));
}

static void
put_nat_event(struct line *l, const struct cgn_record *r)
{
	put_number(l, "natEvent", cgn_export_word_nat_event(r->event));
}

static void
put_nat(struct line *l, const struct cgn_export_origin *o, const struct cgn_record *r)
{
	const struct cgn_record_nat *n = &r->nat;
	const struct cgn_ip ext = { .ip4 = n->ext_addr };

	put_nat_event(l, r);
	put_inside(l, &n->inside, n->inside_len);
	put_address(l, "postNATSourceIPv4Address", &ext);
	if (cgn_record_kind_of(r->event) == CGN_RECORD_KIND_BLOCKS) {
		put_number(l, "portRangeStart", n->port_first);
		put_number(l, "portRangeEnd", n->port_last);
	}
	put_text(l, "natPoolName", cgn_export_pools_name(&o->pools, n->pool));
}

/* The address of a B4. @param b4  zero: the client is not behind a softwire */
static void
put_b4(struct line *l, const struct cgn_ip6 *b4)
{
	const struct cgn_ip addr = { .ip6 = *b4, .is_ip6 = true };

	if (!cgn_ip6_is_zero(b4))
		put_address(l, "sourceIPv6Address", &addr);
}

static void
put_flow(struct line *l, const struct cgn_record *r)
{
	const struct cgn_record_flow *f = &r->flow;
	const struct cgn_ip in = { .ip4 = f->in_addr }, ext = { .ip4 = f->ext_addr };
	const struct cgn_ip rem = { .ip4 = f->rem_addr };

	put_nat_event(l, r);
	put_address(l, "sourceIPv4Address", &in);
	put_b4(l, &f->b4);
	put_number(l, "sourceTransportPort", f->in_port);
	put_address(l, "postNATSourceIPv4Address", &ext);
	put_number(l, "postNAPTSourceTransportPort", f->ext_port);
	put_protocol(l, f->proto);
	if (f->rem_addr != 0)
		put_address(l, "destinationIPv4Address", &rem);
	if (f->rem_port != 0)
		put_number(l, "destinationTransportPort", f->rem_port);
}

static void
put_lease(struct line *l, const struct cgn_record *r)
{
	const struct cgn_record_lease *x = &r->lease;
	const struct cgn_record_extra *extra = x->extra;
	const struct cgn_ip in = { .ip4 = x->in_addr }, ext = { .ip4 = x->ext_addr };

	if (cgn_export_word_nat_event(r->event) != 0)
		put_nat_event(l, r);
	put_address(l, "sourceIPv4Address", &in);
	if (extra != NULL)
		put_b4(l, &extra->b4);
	put_number(l, "sourceTransportPort", x->in_port);
	put_address(l, "postNATSourceIPv4Address", &ext);
	put_number(l, "postNAPTSourceTransportPort", x->ext_port);
	put_protocol(l, x->proto);
	put_text(l, "leaseProtocol", cgn_export_word_lease_protocol(x));
	put_text(l, "leaseOpcode", cgn_export_word_lease_opcode(x));
	put_text(l, "cause", cgn_export_word_cause(x->cause));
	put_number(l, "lifetimeSeconds", x->lifetime_s);
	if (extra != NULL && extra->peer[0] != '\0')
		put_text(l, "authenticatedPeer", extra->peer);
	if (extra != NULL && extra->description[0] != '\0')
		put_text(l, "description", extra->description);
}

/* The elements of RFC 8158 section 4.6.7. The name of the limit is a field of cgnd: it has more limits than the RFC. */
static void
put_exceeded(struct line *l, const struct cgn_record_quota *q)
{
	static const char *const elements[] = {
		[1] = "maxSessionEntries",
		[2] = "maxBIBEntries",
		[3] = "maxEntriesPerUser",
		[4] = "maxSubscribers",
		[5] = "maxFragmentsPendingReassembly",
	};
	uint8_t quota = cgn_export_word_nat_quota(q->limit);

	put_number(l, "natQuotaExceededEvent", quota);
	put_number(l, elements[quota], q->max);
	if (q->addr_len != 0 || q->limit == CGN_RECORD_LIMIT_FRAGMENTS)
		put_inside(l, &q->addr, q->addr_len);
	put_text(l, "limit", cgn_export_word_limit(q->limit));
}

static void
put_quota(struct line *l, const struct cgn_export_origin *o, const struct cgn_record *r)
{
	const struct cgn_record_quota *q = &r->quota;

	put_nat_event(l, r);
	if (r->event == CGN_RECORD_QUOTA_EXCEEDED)
		put_exceeded(l, q);
	if (r->event == CGN_RECORD_PORTS_EXHAUSTED)
		put_address(l, "postNATSourceIPv4Address", &q->addr);
	if (q->proto != CGN_PROTO_COUNT)
		put_protocol(l, q->proto);
	if (r->event != CGN_RECORD_QUOTA_EXCEEDED)
		put_text(l, "natPoolName", cgn_export_pools_name(&o->pools, q->pool));
	put_number(l, "refused", q->refused);
	if (q->suppressed != 0)
		put_number(l, "suppressed", q->suppressed);
}

static void
put_threshold(struct line *l, const struct cgn_export_origin *o, const struct cgn_record *r)
{
	const struct cgn_record_threshold *t = &r->threshold;
	uint8_t event = cgn_export_word_nat_threshold(t->threshold);

	if (event != 0) {
		put_nat_event(l, r);
		put_number(l, "natThresholdEvent", event);
		if (threshold_elements[t->threshold][0] != '\0')
			put_number(l, threshold_elements[t->threshold], t->mark);
	}
	if (t->inside_len != 0)
		put_inside(l, &t->inside, t->inside_len);
	if (t->threshold == CGN_RECORD_THRESHOLD_POOL_HIGH ||
			t->threshold == CGN_RECORD_THRESHOLD_POOL_LOW)
		put_text(l, "natPoolName", cgn_export_pools_name(&o->pools, t->pool));
	if (t->proto != CGN_PROTO_COUNT)
		put_protocol(l, t->proto);
	put_text(l, "threshold", cgn_export_word_threshold(t->threshold));
	put_number(l, "mark", t->mark);
	put_number(l, "value", t->value);
	put_number(l, "entries", t->entries);
}

/* --- the line ---------------------------------------------------------------------------------- */

static enum severity
severity_of(const struct cgn_export_origin *o, const struct cgn_record *r)
{
	if (r->event == CGN_RECORD_GAP || r->event == CGN_RECORD_CLOCK_STEP)
		return WARNING;
	if (r->event == CGN_RECORD_START && o->after == CGN_EXPORT_AFTER_CRASH)
		return WARNING;
	/* What hits one subscriber is less than what hits all. */
	if (cgn_record_kind_of(r->event) == CGN_RECORD_KIND_QUOTAS)
		return r->quota.addr_len != 0 ? NOTICE : WARNING;
	if (r->event == CGN_RECORD_THRESHOLD_REACHED)
		return r->threshold.inside_len != 0 ? NOTICE : WARNING;
	return INFO;
}

static void
put_fields(struct line *l, const struct cgn_export_origin *o, const struct cgn_record *r)
{
	switch ((enum cgn_record_event)r->event) {
	case CGN_RECORD_GAP:
		put_gap(l, r);
		break;
	case CGN_RECORD_START:
		put_start(l, o);
		break;
	case CGN_RECORD_CHECKPOINT:
		put_number(l, "last", r->seq);
		break;
	case CGN_RECORD_CLOCK_STEP:
		put(l, " stepMilliseconds=\"%" PRId64 "\"", r->step_ms);
		break;
	case CGN_RECORD_BINDING_CREATED:
	case CGN_RECORD_BINDING_DELETED:
	case CGN_RECORD_BLOCK_ALLOCATED:
	case CGN_RECORD_BLOCK_RELEASED:
		put_nat(l, o, r);
		break;
	case CGN_RECORD_LEASE_MADE:
	case CGN_RECORD_LEASE_RENEWED:
	case CGN_RECORD_LEASE_ENDED:
		put_lease(l, r);
		break;
	case CGN_RECORD_ADDRESSES_EXHAUSTED:
	case CGN_RECORD_PORTS_EXHAUSTED:
	case CGN_RECORD_QUOTA_EXCEEDED:
		put_quota(l, o, r);
		break;
	case CGN_RECORD_THRESHOLD_REACHED:
		put_threshold(l, o, r);
		break;
	case CGN_RECORD_MAPPING_CREATED:
	case CGN_RECORD_MAPPING_DELETED:
	case CGN_RECORD_SESSION_CREATED:
	case CGN_RECORD_SESSION_DELETED:
		put_flow(l, r);
		break;
	case CGN_RECORD_STOP:
	case CGN_RECORD_EVENT_COUNT:
		break;
	}
	/* A lease has told its cause already. */
	if (r->is_restored)
		put_text(l, "cause", cgn_export_word_cause(CGN_RECORD_CAUSE_RESTORED));
}

size_t
cgn_export_text_line(char out[static CGN_EXPORT_TEXT_MAX], const struct cgn_export_origin *o,
		const struct cgn_record *r)
{
	struct line l = { .text = out };
	char time[CGN_UTC_TEXT_MAX];

	put(&l, "<%d>1 ", FACILITY * 8 + (int)severity_of(o, r));
	put(&l, "%s", cgn_utc_text_format((int64_t)r->time, time));
	put(&l, " %s cgnd %d %s [" SD_ID, o->host, o->pid, cgn_export_word_event(r->event));
	put_text(&l, "instance", o->instance);
	put_text(&l, "boot", o->boot);
	put_producer(&l, o, r->producer);
	if (cgn_record_is_numbered(r))
		put_number(&l, "seq", r->seq);
	put_fields(&l, o, r);
	put(&l, "]\n");
	return l.len;
}
