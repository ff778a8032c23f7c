/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Operations on mbufs of several segments.
 */
#include "dataplane/pkt/pkt.h"

#include "shared/csum.h"

#include <string.h>

static_assert(RTE_PKTMBUF_HEADROOM >= CGN_HEADROOM, "fresh mbufs have the headroom we promise");

/* Move `need` octets from the later segments behind the data of the first one. */
static void
take_from_next(struct rte_mbuf *m, uint16_t need)
{
	while (need > 0) {
		struct rte_mbuf *next = m->next;
		uint16_t n = need < next->data_len ? need : next->data_len;

		memcpy(rte_pktmbuf_mtod_offset(m, void *, m->data_len),
				rte_pktmbuf_mtod(next, const void *), n);
		m->data_len = (uint16_t)(m->data_len + n);
		next->data_off = (uint16_t)(next->data_off + n);
		next->data_len = (uint16_t)(next->data_len - n);
		need = (uint16_t)(need - n);
		if (next->data_len == 0) {
			m->next = next->next;
			m->nb_segs--;
			rte_pktmbuf_free_seg(next);
		}
	}
}

enum cgn_verdict
cgn_pkt_pullup(struct rte_mbuf *m, uint32_t len)
{
	uint32_t need, tail;

	if (len <= m->data_len)
		return CGN_V_NONE;
	if (len > m->pkt_len)
		return CGN_V_L3_SHORT;
	/* Others read the data of a shared mbuf, so it must not be moved. */
	if (!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1)
		return CGN_V_NO_MBUF;
	need = len - m->data_len;
	tail = rte_pktmbuf_tailroom(m);
	if (need > tail) {
		uint32_t shift = RTE_ALIGN_CEIL(need - tail, 2u); /* keeps the headers aligned */
		const void *from = rte_pktmbuf_mtod(m, const void *);

		if (shift > m->data_off)
			return CGN_V_NO_MBUF;
		m->data_off = (uint16_t)(m->data_off - shift);
		memmove(rte_pktmbuf_mtod(m, void *), from, m->data_len);
	}
	take_from_next(m, (uint16_t)need);
	return CGN_V_NONE;
}

void
cgn_pkt_trim(struct rte_mbuf *m, uint32_t len)
{
	struct rte_mbuf *s = m;
	uint32_t left = len;
	uint16_t segs = 1;

	if (len >= m->pkt_len)
		return;
	for (; left > s->data_len; s = s->next, segs++)
		left -= s->data_len;
	s->data_len = (uint16_t)left;
	rte_pktmbuf_free(s->next);
	s->next = NULL;
	m->nb_segs = segs;
	m->pkt_len = len;
}

uint16_t
cgn_pkt_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint32_t sum = 0;
	bool odd = false;

	for (; m != NULL && len > 0; m = m->next) {
		uint32_t n;
		uint16_t part;

		if (off >= m->data_len) {
			off -= m->data_len;
			continue;
		}
		n = RTE_MIN(len, m->data_len - off);
		part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, off), n);
		sum = cgn_csum_fold(sum + (odd ? rte_bswap16(part) : part));
		/* After an odd number of octets, the sum of the next segment is byte-swapped. */
		odd ^= (n & 1) != 0;
		len -= n;
		off = 0;
	}
	return (uint16_t)sum;
}

struct rte_mbuf *
cgn_pkt_linearize(struct rte_mempool *mp, const struct rte_mbuf *m)
{
	struct rte_mbuf *n = rte_pktmbuf_alloc(mp);
	uint8_t *to;

	if (n == NULL)
		return NULL;
	if (m->pkt_len > rte_pktmbuf_tailroom(n)) {
		rte_pktmbuf_free(n);
		return NULL;
	}
	to = rte_pktmbuf_mtod(n, uint8_t *);
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next) {
		memcpy(to, rte_pktmbuf_mtod(s, const void *), s->data_len);
		to += s->data_len;
	}
	n->data_len = (uint16_t)m->pkt_len;
	n->pkt_len = m->pkt_len;
	n->port = m->port;
	return n;
}
