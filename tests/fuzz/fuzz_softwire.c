/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any octets as IPv6 packets: the walk over the headers in front of the inner packet of a softwire, and the
 * store of fragments.
 *
 * Input: records of a flag octet (1: the packet is in two segments, 2: another sender, 4: later, 8: marked,
 * 16: another destination), an octet (first header), two octets length, and what stands behind the IPv6
 * header. Checked: places inside the packet, a whole packet as long as its parts, no mbuf lost, the bounds
 * of the store.
 */

#include "dataplane/softwire/reassembly6.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#include <stdlib.h>

#define POOL        512
#define STORE       64
#define RECORDS_MAX 64
#define BODY_MAX    2000
#define HEAD        (PG_ETH + sizeof(struct rte_ipv6_hdr))

static struct rte_mempool *mp;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static struct rte_mbuf *
make(const uint8_t *body, size_t len, uint8_t flags)
{
	uint8_t frame[HEAD + BODY_MAX] = { 0 };
	struct rte_mbuf *m;

	memcpy(frame + HEAD, body, len);
	m = pg_bytes(mp, frame, HEAD + len);
	return (flags & 1) != 0 && len > 0 ? pg_split(mp, m, HEAD + len / 2, false) : m;
}

/* Reassembly of one fragment. */
static void
take(struct cgn_reassembly6 *f, struct rte_mbuf *m, const struct cgn_outer *o, uint8_t flags,
		cgn_tick now)
{
	struct cgn_reassembly6_out out = { 0 };
	unsigned int held = cgn_reassembly6_held(f);
	const struct cgn_reassembly6_key key = {
		.sender = (flags & 2) != 0 ? 2 : 1,
		.id = o->id,
		.dst.b = { [15] = (flags & 16) != 0 },
	};
	struct cgn_outer inner;

	if (cgn_reassembly6_add(f, &key, m, o, m->pkt_len, (flags & 8) != 0, now, &out) !=
			CGN_V_NONE) {
		rte_pktmbuf_free(m);
		must(cgn_reassembly6_held(f) + out.n_freed == held);
		return;
	}
	if (out.whole == NULL) {
		must(cgn_reassembly6_held(f) + out.n_freed == held + 1);
		return;
	}
	must(cgn_reassembly6_held(f) + out.n_freed + out.n_merged == held);
	must(out.at <= out.whole->pkt_len && out.at >= HEAD + sizeof(struct cgn_ip6_frag));
	rte_mbuf_sanity_check(out.whole, 1);
	inner = (struct cgn_outer){ .at = out.at, .next = out.next };
	if (cgn_outer_walk(out.whole, out.whole->pkt_len, &inner) == CGN_V_NONE)
		must(inner.at <= out.whole->pkt_len);
	rte_pktmbuf_free(out.whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgn_reassembly6 *f;
	cgn_tick now = 0;

	if (mp == NULL) {
		mp = eal_pool(POOL);
		must(cgn_reassembly6_create(&f, STORE, 1) == 0);
	}
	for (unsigned int i = 0; i < RECORDS_MAX && size >= 4; i++) {
		size_t len = RTE_MIN((size_t)(data[2] << 8 | data[3]), size - 4);
		struct cgn_outer o = { .at = (uint16_t)HEAD, .next = data[1] };
		uint8_t flags = data[0];
		struct rte_mbuf *m;

		len = RTE_MIN(len, (size_t)BODY_MAX);
		m = make(data + 4, len, flags);
		data += 4 + len;
		size -= 4 + len;
		now += (flags & 4) != 0 ? cgn_ticks(20) : 1;
		if (cgn_outer_walk(m, m->pkt_len, &o) != CGN_V_NONE) {
			rte_pktmbuf_free(m);
		} else {
			must(o.at >= HEAD && o.at <= m->pkt_len);
			if (o.is_frag)
				take(f, m, &o, flags, now);
			else
				rte_pktmbuf_free(m);
		}
		cgn_reassembly6_expire(f, now, 2);
		must(cgn_reassembly6_held(f) <= STORE);
	}
	cgn_reassembly6_flush(f);
	must(rte_mempool_avail_count(mp) == POOL);
	return 0;
}
