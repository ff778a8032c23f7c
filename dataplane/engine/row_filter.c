/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares rows with a filter. What is in the row itself comes first, because the subscriber of a mapping is another
 * cache line.
 */
#include "dataplane/engine/row_filter.h"

static bool
is_prefix_meant(const struct cgn_table_filter *f, const struct cgn_ip *addr, uint8_t len)
{
	struct cgn_prefix p = { .len = len, .is_ip6 = addr->is_ip6 };

	if (!f->has_subscriber)
		return true;
	if (p.is_ip6)
		p.ip6 = addr->ip6;
	else
		p.ip4 = addr->ip4;
	return cgn_prefix_overlaps(&p, &f->subscriber);
}

static bool
is_mapping_meant(const struct cgn_table_filter *f, const struct cgn_mapping *m)
{
	if (f->proto != CGN_PROTO_COUNT && m->proto != f->proto)
		return false;
	if (f->ext_addr != 0 && m->ext_addr != f->ext_addr)
		return false;
	if (f->ext_port != 0 && m->ext_port != f->ext_port)
		return false;
	if (f->kind != CGN_TABLE_ANY && cgn_table_kind_of(m->flags) != f->kind)
		return false;
	/* Only TCP mappings have a state. */
	return f->tcp_state == UINT8_MAX ||
			(m->proto == CGN_PROTO_TCP && m->tcp_state == f->tcp_state);
}

bool
cgn_row_filter_mapping(const struct cgn_engine *e, const struct cgn_table_filter *f,
		const struct cgn_mapping *m)
{
	const struct cgn_subscriber *s;

	if (f == NULL)
		return true;
	if (!is_mapping_meant(f, m))
		return false;
	if (!f->has_group && !f->has_subscriber)
		return true;
	s = cgn_subscribers_at(e->nat.subs, m->sub);
	return s != NULL && (!f->has_group || s->group == f->group) &&
			is_prefix_meant(f, &s->addr, s->prefix_len);
}

static bool
is_use_meant(enum cgn_table_use use, const struct cgn_subscriber_info *s)
{
	switch (use) {
	case CGN_TABLE_USE_ACTIVE:
		return s->ext_addr != 0 && !s->is_idle;
	case CGN_TABLE_USE_IDLE:
		return s->is_idle;
	case CGN_TABLE_USE_REFUSED:
		return s->has_refusal;
	case CGN_TABLE_USE_ANY:
		break;
	}
	return true;
}

bool
cgn_row_filter_subscriber(const struct cgn_table_filter *f, const struct cgn_subscriber_info *s)
{
	if (f == NULL)
		return true;
	return (!f->has_group || s->group == f->group) &&
			(f->ext_addr == 0 || s->ext_addr == f->ext_addr) &&
			is_use_meant((enum cgn_table_use)f->use, s) &&
			is_prefix_meant(f, &s->addr, s->prefix_len);
}
