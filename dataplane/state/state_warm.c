/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks up the subscribers of some mappings or held ports at once, and prefetches their ports and their places in the indexes.
 */
#include "dataplane/state/state_warm.h"

#include "dataplane/nat/subscriber_warm.h"
#include "shared/state_scan.h"

/* Where mappings and held ports begin in the same way. */
struct place {
	struct cgn_state_record hdr;
	uint8_t pad[4];
	struct cgn_state_in in;
	rte_be32_t ext_addr;
	rte_be16_t ext_port;
};
static_assert(offsetof(struct place, in) == offsetof(struct cgn_state_mapping, in) &&
				offsetof(struct place, in) == offsetof(struct cgn_state_hold, in),
		"the inside endpoint");
static_assert(offsetof(struct place, ext_addr) == offsetof(struct cgn_state_mapping, ext_addr) &&
				offsetof(struct place, ext_addr) ==
						offsetof(struct cgn_state_hold, ext_addr),
		"the external address");
static_assert(offsetof(struct place, ext_port) == offsetof(struct cgn_state_mapping, ext_port) &&
				offsetof(struct place, ext_port) ==
						offsetof(struct cgn_state_hold, ext_port),
		"the external port");

/* Copy the places of a record and of those of its type that follow it. @return how many */
static unsigned int
collect(const void *chunk, const uint8_t *record, struct place out[CGN_BURST])
{
	uint32_t at = (uint32_t)(record - (const uint8_t *)chunk);
	unsigned int type, length, n = 0, first = 0;
	const uint8_t *p;

	while (n < CGN_BURST && (p = cgn_state_scan_next(chunk, &at, &type, &length)) != NULL &&
			(n == 0 || type == first) && length >= sizeof(out[0])) {
		memcpy(&out[n++], p, sizeof(out[0]));
		first = type;
	}
	return n;
}

static void
fetch(const struct cgn_state_tables *t, const struct place *m, uint32_t sub)
{
	const struct cgn_nat *n = t->nat;
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, m->ext_addr);

	if (h == NULL || m->in.proto >= CGN_PROTO_COUNT || !cgn_ip6_is_zero(&m->in.home))
		return;
	rte_prefetch0(cgn_index_bucket(&n->maps.index,
			cgn_index_hash(&n->maps.index, 0, m->in.addr, m->in.port, m->in.proto)));
	for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++)
		rte_prefetch0(cgn_ext_slot(&n->ext, h->ord, proto, rte_be_to_cpu_16(m->ext_port)));
	cgn_subscribers_fetch_port(
			n->subs, sub, h->ord, m->in.proto, rte_be_to_cpu_16(m->ext_port));
}

uint32_t
cgn_state_warm_next(struct cgn_state_warm *w, const struct cgn_state_tables *t, const void *chunk,
		const uint8_t *record)
{
	struct place m[CGN_BURST];
	rte_be32_t addrs[CGN_BURST];

	if (w->at < w->n)
		return w->subs[w->at++];
	w->at = 0;
	w->n = collect(chunk, record, m);
	if (w->n == 0)
		return CGN_SUB_NONE; /* the record is too short */
	for (unsigned int i = 0; i < w->n; i++)
		addrs[i] = m[i].in.addr;
	if (!cgn_subscriber_warm_find4(t->nat->subs, addrs, w->n, w->subs))
		memset(w->subs, 0xff, sizeof(w->subs)); /* CGN_SUB_NONE */
	for (unsigned int i = 0; i < w->n; i++)
		fetch(t, &m[i], w->subs[i]);
	return w->subs[w->at++];
}
