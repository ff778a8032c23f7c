/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fills in the fields of each event.
 */
#include "controlplane/export/export_ipfix_fields.h"

#include "controlplane/export/export_producer.h"

#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

void
cgn_export_ipfix_fields_begin(struct cgn_export_ipfix_run *run, const struct cgn_export_origin *o)
{
	*run = (struct cgn_export_ipfix_run){
		.origin = o,
		.boot = strtoull(o->boot, NULL, 16),
		.previous_boot = strtoull(o->previous, NULL, 16),
	};
	cgn_export_word_kinds(o->kinds, run->records);
}

fbVarfield_t
cgn_export_ipfix_fields_text(const char *text)
{
	/* libfixbuf only reads it. */
	return (fbVarfield_t){ .len = strlen(text), .buf = (uint8_t *)(uintptr_t)text };
}

/* The number of workers may change from run to run, those of the other threads do not. */
static uint16_t
producer_number(const struct cgn_export_origin *o, uint16_t producer)
{
	if (producer < o->n_workers)
		return producer;
	return producer == cgn_export_producer_control(o->n_workers) ? CGN_EXPORT_IPFIX_CONTROL
								     : CGN_EXPORT_IPFIX_EXPORTER;
}

static enum cgn_export_ipfix_template
fill_gap(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	f->first = r->gap.first;
	f->last = r->seq;
#define FILL_LOST(id, name) f->lost_##id = r->gap.lost[CGN_RECORD_KIND_##id];
	CGN_RECORD_KINDS(FILL_LOST)
#undef FILL_LOST
	return CGN_EXPORT_IPFIX_GAP;
}

static enum cgn_export_ipfix_template
fill_start(struct cgn_export_ipfix_fields *f, const struct cgn_export_ipfix_run *run)
{
	f->after = cgn_export_ipfix_fields_text(cgn_export_word_after(run->origin->after));
	f->previous_boot = run->previous_boot;
	f->records = cgn_export_ipfix_fields_text(run->records);
	f->n_deterministic = run->origin->n_deterministic;
	f->state = cgn_export_ipfix_fields_text(run->origin->is_kept ? "kept" : "");
	f->had_subscribers = run->origin->had.subscribers;
	f->had_mappings = run->origin->had.mappings;
	f->had_sessions = run->origin->had.sessions;
	return CGN_EXPORT_IPFIX_START;
}

/* @return whether the subscriber is known by its IPv6 prefix */
static bool
fill_inside(struct cgn_export_ipfix_fields *f, const struct cgn_ip *inside, uint8_t len)
{
	if (inside->is_ip6) {
		f->in_addr6 = inside->ip6;
		f->in_len6 = len;
	} else {
		f->in_addr = rte_be_to_cpu_32(inside->ip4);
		f->in_len = len;
	}
	return inside->is_ip6;
}

static enum cgn_export_ipfix_template
fill_nat(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	const struct cgn_record_nat *n = &r->nat;
	bool is_of_b4 = fill_inside(f, &n->inside, n->inside_len);

	f->ext_addr = rte_be_to_cpu_32(n->ext_addr);
	f->pool = n->pool;
	if (cgn_record_kind_of(r->event) == CGN_RECORD_KIND_BINDINGS)
		return is_of_b4 ? CGN_EXPORT_IPFIX_BINDING_OF_B4 : CGN_EXPORT_IPFIX_BINDING;
	f->port_first = n->port_first;
	f->port_last = n->port_last;
	return is_of_b4 ? CGN_EXPORT_IPFIX_BLOCK_OF_B4 : CGN_EXPORT_IPFIX_BLOCK;
}

static enum cgn_export_ipfix_template
fill_lease(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	const struct cgn_record_lease *x = &r->lease;
	const struct cgn_record_extra *extra = x->extra;
	bool is_of_b4 = extra != NULL && !cgn_ip6_is_zero(&extra->b4);

	f->in_addr = rte_be_to_cpu_32(x->in_addr);
	f->in_port = x->in_port;
	f->ext_addr = rte_be_to_cpu_32(x->ext_addr);
	f->ext_port = x->ext_port;
	f->proto = cgn_export_word_ip_protocol(x->proto);
	f->lease_proto = cgn_export_ipfix_fields_text(cgn_export_word_lease_protocol(x));
	f->lease_opcode = cgn_export_ipfix_fields_text(cgn_export_word_lease_opcode(x));
	f->cause = cgn_export_ipfix_fields_text(cgn_export_word_cause(x->cause));
	f->lifetime_s = x->lifetime_s;
	if (extra != NULL) {
		f->in_addr6 = extra->b4;
		f->peer = cgn_export_ipfix_fields_text(extra->peer);
		f->description = cgn_export_ipfix_fields_text(extra->description);
	}
	if (f->nat_event == 0)
		return is_of_b4 ? CGN_EXPORT_IPFIX_RENEWAL_OF_B4 : CGN_EXPORT_IPFIX_RENEWAL;
	return is_of_b4 ? CGN_EXPORT_IPFIX_LEASE_OF_B4 : CGN_EXPORT_IPFIX_LEASE;
}

static enum cgn_export_ipfix_template
fill_flow(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	const struct cgn_record_flow *x = &r->flow;
	bool is_of_b4 = !cgn_ip6_is_zero(&x->b4);

	f->in_addr6 = x->b4;
	f->in_addr = rte_be_to_cpu_32(x->in_addr);
	f->in_port = x->in_port;
	f->ext_addr = rte_be_to_cpu_32(x->ext_addr);
	f->ext_port = x->ext_port;
	f->proto = cgn_export_word_ip_protocol(x->proto);
	if (x->rem_addr == 0)
		return is_of_b4 ? CGN_EXPORT_IPFIX_FLOW_OF_B4 : CGN_EXPORT_IPFIX_FLOW;
	f->rem_addr = rte_be_to_cpu_32(x->rem_addr);
	f->rem_port = x->rem_port;
	return is_of_b4 ? CGN_EXPORT_IPFIX_FLOW_OF_B4_TO : CGN_EXPORT_IPFIX_FLOW_TO;
}

static uint8_t
protocol_or_any(uint8_t proto)
{
	return proto == CGN_PROTO_COUNT ? CGN_EXPORT_IPFIX_ANY_PROTOCOL
					: cgn_export_word_ip_protocol(proto);
}

/* The maximum has an element for each quota; the template tells which one it is. */
static enum cgn_export_ipfix_template
fill_exceeded(struct cgn_export_ipfix_fields *f, const struct cgn_record_quota *q)
{
	bool is_of_ip6 = fill_inside(f, &q->addr, q->addr_len);

	f->quota_event = cgn_export_word_nat_quota(q->limit);
	f->limit = cgn_export_ipfix_fields_text(cgn_export_word_limit(q->limit));
	f->max_sessions = f->max_mappings = f->max_of_user = f->max_subscribers = f->max_fragments =
			q->max;
	switch (f->quota_event) {
	case 1:
		return CGN_EXPORT_IPFIX_QUOTA_SESSIONS;
	case 2:
		return CGN_EXPORT_IPFIX_QUOTA_MAPPINGS;
	case 3:
		return is_of_ip6 ? CGN_EXPORT_IPFIX_QUOTA_OF_B4 : CGN_EXPORT_IPFIX_QUOTA_OF_USER;
	case 4:
		return CGN_EXPORT_IPFIX_QUOTA_SUBSCRIBERS;
	default:
		return is_of_ip6 ? CGN_EXPORT_IPFIX_QUOTA_FRAGMENTS6
				 : CGN_EXPORT_IPFIX_QUOTA_FRAGMENTS;
	}
}

static enum cgn_export_ipfix_template
fill_quota(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	const struct cgn_record_quota *q = &r->quota;

	f->proto = protocol_or_any(q->proto);
	f->refused = q->refused;
	f->suppressed = q->suppressed;
	if (r->event == CGN_RECORD_QUOTA_EXCEEDED)
		return fill_exceeded(f, q);
	f->pool = q->pool;
	if (r->event == CGN_RECORD_ADDRESSES_EXHAUSTED)
		return CGN_EXPORT_IPFIX_ADDRESSES_EXHAUSTED;
	f->ext_addr = rte_be_to_cpu_32(q->addr.ip4);
	return CGN_EXPORT_IPFIX_PORTS_EXHAUSTED;
}

static enum cgn_export_ipfix_template
threshold_template(uint32_t event, enum cgn_record_threshold_id threshold, bool is_of_b4)
{
	if (threshold == CGN_RECORD_THRESHOLD_POOL_HIGH)
		return CGN_EXPORT_IPFIX_THRESHOLD_POOL_HIGH;
	if (threshold == CGN_RECORD_THRESHOLD_POOL_LOW)
		return CGN_EXPORT_IPFIX_THRESHOLD_POOL_LOW;
	switch (event) {
	case 3:
		return CGN_EXPORT_IPFIX_THRESHOLD_MAPPINGS;
	case 4:
		return is_of_b4 ? CGN_EXPORT_IPFIX_THRESHOLD_OF_B4
				: CGN_EXPORT_IPFIX_THRESHOLD_OF_USER;
	case 5:
		return CGN_EXPORT_IPFIX_THRESHOLD_SUBSCRIBERS;
	default:
		return CGN_EXPORT_IPFIX_THRESHOLD_OTHER;
	}
}

/* As with quotas, the mark has an element for each threshold. */
static enum cgn_export_ipfix_template
fill_threshold(struct cgn_export_ipfix_fields *f, const struct cgn_record *r)
{
	const struct cgn_record_threshold *t = &r->threshold;
	bool is_of_b4 = fill_inside(f, &t->inside, t->inside_len);

	f->threshold_event = cgn_export_word_nat_threshold(t->threshold);
	f->threshold = cgn_export_ipfix_fields_text(cgn_export_word_threshold(t->threshold));
	f->pool = t->pool;
	f->mark = f->pool_high = f->pool_low = f->mappings_high = f->of_user_high =
			f->subscribers_high = t->mark;
	f->value = t->value;
	f->entries = t->entries;
	f->proto = protocol_or_any(t->proto);
	return threshold_template(f->threshold_event, t->threshold, is_of_b4);
}

static enum cgn_export_ipfix_template
fill_event(struct cgn_export_ipfix_fields *f, const struct cgn_export_ipfix_run *run,
		const struct cgn_record *r)
{
	switch ((enum cgn_record_event)r->event) {
	case CGN_RECORD_GAP:
		return fill_gap(f, r);
	case CGN_RECORD_START:
		return fill_start(f, run);
	case CGN_RECORD_CLOCK_STEP:
		f->step_ms = r->step_ms;
		return CGN_EXPORT_IPFIX_CLOCK_STEP;
	case CGN_RECORD_CHECKPOINT:
		f->last = r->seq;
		return CGN_EXPORT_IPFIX_CHECKPOINT;
	case CGN_RECORD_BINDING_CREATED:
	case CGN_RECORD_BINDING_DELETED:
	case CGN_RECORD_BLOCK_ALLOCATED:
	case CGN_RECORD_BLOCK_RELEASED:
		return fill_nat(f, r);
	case CGN_RECORD_LEASE_MADE:
	case CGN_RECORD_LEASE_RENEWED:
	case CGN_RECORD_LEASE_ENDED:
		return fill_lease(f, r);
	case CGN_RECORD_MAPPING_CREATED:
	case CGN_RECORD_MAPPING_DELETED:
	case CGN_RECORD_SESSION_CREATED:
	case CGN_RECORD_SESSION_DELETED:
		return fill_flow(f, r);
	case CGN_RECORD_ADDRESSES_EXHAUSTED:
	case CGN_RECORD_PORTS_EXHAUSTED:
	case CGN_RECORD_QUOTA_EXCEEDED:
		return fill_quota(f, r);
	case CGN_RECORD_THRESHOLD_REACHED:
		return fill_threshold(f, r);
	case CGN_RECORD_STOP:
	case CGN_RECORD_EVENT_COUNT:
		break;
	}
	return CGN_EXPORT_IPFIX_STOP;
}

enum cgn_export_ipfix_template
cgn_export_ipfix_fields_fill(struct cgn_export_ipfix_fields *f,
		const struct cgn_export_ipfix_run *run, const struct cgn_record *r)
{
	*f = (struct cgn_export_ipfix_fields){
		.time = r->time,
		.boot = run->boot,
		.seq = r->seq,
		.producer = producer_number(run->origin, r->producer),
		.nat_event = cgn_export_word_nat_event(r->event),
		.event = cgn_export_ipfix_fields_text(cgn_export_word_event(r->event)),
	};
	return fill_event(f, run, r);
}
