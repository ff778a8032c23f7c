/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Walk over the extension headers of a softwire's outer packet.
 */
#include "dataplane/softwire/outer.h"

#define HEADERS_MAX 8   /* a real softwire packet has fewer */
#define OPTIONS_MAX 256 /* octets of one header */

/* Skip a header. Its second octet is its length in units of eight octets. */
static bool
skip(const uint8_t h[8], struct cgn_outer *o)
{
	/* Segments left: the packet is not at its destination yet. */
	if (o->next == CGN_IP6_ROUTING && h[3] != 0)
		return false;
	o->at = (uint16_t)(o->at + 8 + 8u * h[1]);
	o->next = h[0];
	return 8u * h[1] < OPTIONS_MAX;
}

bool
cgn_outer_take_fragment(const uint8_t h[8], uint32_t end, struct cgn_outer *o)
{
	struct cgn_ip6_frag f;
	unsigned int field;
	uint32_t len;

	memcpy(&f, h, sizeof(f));
	field = rte_be_to_cpu_16(f.field);
	o->at = (uint16_t)(o->at + sizeof(f));
	o->next = f.next;
	o->off = (uint16_t)(field & CGN_IP6_FRAG_OFF);
	o->more = (field & CGN_IP6_FRAG_MORE) != 0;
	o->id = f.id;
	o->is_frag = o->off != 0 || o->more;
	len = end - o->at;
	return !o->is_frag || (len > 0 && (!o->more || len % 8 == 0) && o->off + len <= UINT16_MAX);
}

enum cgn_verdict
cgn_outer_walk(const struct rte_mbuf *m, uint32_t end, struct cgn_outer *o)
{
	bool had_fragment = false;

	for (unsigned int n = 0; n < HEADERS_MAX; n++) {
		const uint8_t *h;
		uint8_t buf[8];
		bool ok;

		switch (o->next) {
		case CGN_IP6_HOP_BY_HOP:
		case CGN_IP6_DEST_OPTS:
		case CGN_IP6_ROUTING:
		case CGN_IP6_FRAGMENT:
			break;
		default:
			return CGN_V_NONE;
		}
		/* Hop-by-hop options come first only (RFC 8200 section 4.1). A second fragment header would
		 * be a fragment of a fragment. */
		if (o->at + sizeof(buf) > end || (o->next == CGN_IP6_HOP_BY_HOP && n != 0) ||
				(o->next == CGN_IP6_FRAGMENT && had_fragment))
			return CGN_V_SOFTWIRE_HEADER;
		h = rte_pktmbuf_read(m, o->at, sizeof(buf), buf);
		if (h == NULL)
			return CGN_V_SOFTWIRE_HEADER;
		if (o->next == CGN_IP6_FRAGMENT) {
			had_fragment = true;
			ok = cgn_outer_take_fragment(h, end, o);
		} else {
			ok = skip(h, o);
		}
		if (!ok || o->at > end)
			return CGN_V_SOFTWIRE_HEADER;
		if (o->is_frag)
			return CGN_V_NONE;
	}
	return CGN_V_SOFTWIRE_HEADER;
}
