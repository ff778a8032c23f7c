/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which limit has refused, its value, and whom it has refused.
 */
#include "dataplane/nat/limit.h"

#include "dataplane/nat/subscriber_read.h"

/* @param max  value of the limit */
static struct cgn_record
draft_of(enum cgn_record_event event, enum cgn_record_limit limit, uint32_t max)
{
	return (struct cgn_record){
		.event = (uint8_t)event,
		.quota = {
			.limit = (uint8_t)limit,
			.max = max,
			.proto = CGN_PROTO_COUNT,
		},
	};
}

static struct cgn_record
exceeded(enum cgn_record_limit limit, uint32_t max)
{
	return draft_of(CGN_RECORD_QUOTA_EXCEEDED, limit, max);
}

/* The subscriber is the party. */
static struct cgn_record
exceeded_by(const struct cgn_subscriber *pub, enum cgn_record_limit limit, uint32_t max)
{
	struct cgn_record r = exceeded(limit, max);

	r.quota.addr = pub->addr;
	r.quota.addr_len = pub->prefix_len;
	return r;
}

/* The limit of one protocol. */
static struct cgn_record
exceeded_of(const struct cgn_subscriber *pub, const struct cgn_conf_group *g, uint8_t proto)
{
	struct cgn_record r = exceeded_by(
			pub, CGN_RECORD_LIMIT_SUB_MAPPINGS_UDP + proto, g->mappings_of_max[proto]);

	r.quota.proto = proto;
	return r;
}

static void
limit_tell(struct cgn_nat *n, const struct cgn_record *r, cgn_tick now)
{
	if (cgn_notice_wants(n->notices, CGN_RECORD_KIND_QUOTAS))
		cgn_notice_tell(n->notices, r, now);
}

/* The subscriber has no port left, although its address has. */
static struct cgn_record
no_ports(const struct cgn_nat *n, uint32_t sub, const struct cgn_subscriber *pub, uint8_t proto)
{
	const struct cgn_conf_group *g = cgn_subscribers_group_of(n->subs, sub);
	uint32_t ports_max = cgn_subscriber_read_ports_max(n->subs, sub, proto);

	if (ports_max == 0)
		return exceeded_by(pub, CGN_RECORD_LIMIT_SUB_BLOCKS, g->blocks_max);
	return exceeded_by(pub, CGN_RECORD_LIMIT_SUB_PORTS, ports_max);
}

static struct cgn_record
ports_exhausted(const struct cgn_nat *n, const struct cgn_subscriber *pub, uint8_t proto)
{
	struct cgn_record r = draft_of(CGN_RECORD_PORTS_EXHAUSTED, CGN_RECORD_LIMIT_COUNT, 0);

	r.quota.addr.ip4 = n->ext.owned_addr[pub->ext_ord];
	r.quota.pool = cgn_ext_pool_number(&n->ext, pub->ext_ord);
	r.quota.proto = proto;
	return r;
}

void
cgn_limit_write_sub(
		struct cgn_nat *n, uint32_t sub, uint8_t proto, enum cgn_verdict v, cgn_tick now)
{
	const struct cgn_subscriber *pub = cgn_subscribers_at(n->subs, sub);
	const struct cgn_conf_group *g = cgn_subscribers_group_of(n->subs, sub);
	struct cgn_record r;

	if (v == CGN_V_SUB_MAPPINGS)
		r = exceeded_by(pub, CGN_RECORD_LIMIT_SUB_MAPPINGS, g->mappings_max);
	else if (v == CGN_V_SUB_PROTOCOL)
		r = exceeded_of(pub, g, proto);
	else if (v == CGN_V_SUB_PORTS)
		r = no_ports(n, sub, pub, proto);
	else if (v == CGN_V_SUB_SESSIONS)
		r = exceeded_by(pub, CGN_RECORD_LIMIT_SUB_SESSIONS, g->sessions_max);
	else if (v == CGN_V_POOL_PORTS)
		r = ports_exhausted(n, pub, proto);
	else if (v == CGN_V_MAPPINGS_FULL)
		r = exceeded(CGN_RECORD_LIMIT_MAPPINGS, n->maps.capacity);
	else if (v == CGN_V_SESSIONS_FULL)
		r = exceeded(CGN_RECORD_LIMIT_SESSIONS, n->sessions.capacity);
	else
		return;
	limit_tell(n, &r, now);
}

void
cgn_limit_write_group(
		struct cgn_nat *n, const struct cgn_conf_group *g, enum cgn_verdict v, cgn_tick now)
{
	struct cgn_record r;

	if (v == CGN_V_POOL_FULL) {
		r = draft_of(CGN_RECORD_ADDRESSES_EXHAUSTED, CGN_RECORD_LIMIT_COUNT, 0);
		r.quota.pool = n->conf->pools[g->pool].number;
	} else if (v == CGN_V_SUBSCRIBERS_MAX) {
		r = exceeded(CGN_RECORD_LIMIT_SUBSCRIBERS, n->conf->nat.subscribers_max);
	} else if (v == CGN_V_SUBSCRIBERS_FULL) {
		r = exceeded(CGN_RECORD_LIMIT_SUBSCRIBER_TABLE,
				cgn_subscriber_read_capacity(n->subs));
	} else {
		return;
	}
	limit_tell(n, &r, now);
}

void
cgn_limit_write_leases(struct cgn_nat *n, uint32_t sub, cgn_tick now)
{
	const struct cgn_record r = exceeded_by(cgn_subscribers_at(n->subs, sub),
			CGN_RECORD_LIMIT_SUB_LEASES,
			cgn_subscribers_group_of(n->subs, sub)->leases_max);

	limit_tell(n, &r, now);
}

void
cgn_limit_write_fragments(struct cgn_nat *n, const struct cgn_ip *source, cgn_tick now)
{
	struct cgn_record r = exceeded(CGN_RECORD_LIMIT_FRAGMENTS, n->conf->nat.fragments_max);

	r.quota.addr = *source;
	limit_tell(n, &r, now);
}
