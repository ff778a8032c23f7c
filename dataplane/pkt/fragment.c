/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fragmentation of an IPv4 packet into copies.
 */
#include "dataplane/pkt/fragment.h"

#include <errno.h>
#include <string.h>

#define IP4_MTU_MIN  68u /* RFC 791: a full header and eight octets */
#define OPT_COPIED   0x80
#define OPT_EOL      0
#define OPT_NOP      1
#define HDR_MAX      60
#define FRAG_UNIT    RTE_IPV4_HDR_OFFSET_UNITS
#define FRAG_OFF_MAX RTE_IPV4_HDR_OFFSET_MASK

/* An IPv4 header: one for the first fragment, one for all others. */
struct header {
	uint8_t b[HDR_MAX];
	unsigned int len;
};

/* State of a fragmentation in progress. */
struct cut {
	struct rte_mempool *mp;
	const struct cgn_pkt *p;
	unsigned int limit;   /* octets of a fragment */
	unsigned int payload; /* octets behind the header */
	unsigned int done;
	uint16_t field; /* offset and flags of the packet that is cut, host order */
};

/* Make the header of the later fragments, with the copied options only. parse.c has checked the options. */
static void
later_header(const struct header *first, struct header *later)
{
	unsigned int i = sizeof(struct rte_ipv4_hdr);

	*later = (struct header){ .len = sizeof(struct rte_ipv4_hdr) };
	memcpy(later->b, first->b, later->len);
	while (i < first->len && first->b[i] != OPT_EOL) {
		unsigned int n = 1;

		if (first->b[i] != OPT_NOP)
			n = i + 1 < first->len ? first->b[i + 1] : 0;
		if (n == 0 || n > first->len - i)
			break;
		if ((first->b[i] & OPT_COPIED) != 0) {
			memcpy(later->b + later->len, first->b + i, n);
			later->len += n;
		}
		i += n;
	}
	/* The padding is zero, which means "end of options". */
	later->len = RTE_ALIGN_CEIL(later->len, 4u);
	later->b[0] = (uint8_t)(4u << 4 | later->len / 4);
}

/* Make the next fragment. @return NULL: no mbuf left */
static struct rte_mbuf *
next_fragment(struct cut *c, const struct header *h)
{
	unsigned int left = c->payload - c->done;
	unsigned int room = c->limit - h->len;
	unsigned int n = left <= room ? left : room - room % FRAG_UNIT;
	bool more = n < left || (c->field & RTE_IPV4_HDR_MF_FLAG) != 0;
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->mp);
	struct rte_ipv4_hdr *ip;
	const void *from;
	uint8_t *to;

	if (m == NULL)
		return NULL;
	ip = (void *)rte_pktmbuf_append(m, (uint16_t)(h->len + n));
	memcpy(ip, h->b, h->len);
	ip->total_length = rte_cpu_to_be_16((uint16_t)(h->len + n));
	ip->fragment_offset = rte_cpu_to_be_16((uint16_t)((c->field & RTE_IPV4_HDR_DF_FLAG) |
			(more ? RTE_IPV4_HDR_MF_FLAG : 0) |
			((c->field & FRAG_OFF_MAX) + c->done / FRAG_UNIT)));
	ip->hdr_checksum = 0;
	ip->hdr_checksum = (rte_be16_t)~rte_raw_cksum(ip, h->len);
	to = (uint8_t *)ip + h->len;
	from = rte_pktmbuf_read(c->p->m, c->p->l4_off + c->done, n, to);
	if (from != to)
		memcpy(to, from, n);
	m->port = c->p->m->port;
	c->done += n;
	return m;
}

int
cgn_fragment(struct rte_mempool *mp, const struct cgn_pkt *p, uint16_t mtu, struct rte_mbuf **out,
		unsigned int max)
{
	struct header first = { .len = (unsigned int)p->l4_off - p->l3_off }, later;
	unsigned int room = (unsigned int)rte_pktmbuf_data_room_size(mp) - RTE_PKTMBUF_HEADROOM;
	unsigned int n = 0;
	struct cut c = {
		.mp = mp,
		.p = p,
		/* A fragment must also fit into one mbuf. */
		.limit = RTE_MIN((unsigned int)mtu, room),
		.payload = p->total_len - first.len,
		.field = rte_be_to_cpu_16(cgn_pkt_ip4(p)->fragment_offset),
	};
	int ret = -ENOMEM;

	if (c.limit < IP4_MTU_MIN)
		return -EINVAL;
	memcpy(first.b, cgn_pkt_ip4(p), first.len);
	later_header(&first, &later);
	do {
		if (n == max) {
			ret = -ENOSPC;
			goto free_out;
		}
		out[n] = next_fragment(&c, n == 0 ? &first : &later);
		if (out[n] == NULL)
			goto free_out;
		n++;
	} while (c.done < c.payload);
	return (int)n;

free_out:
	rte_pktmbuf_free_bulk(out, n);
	return ret;
}
