/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FRAGFIX_H
#define CGN_TEST_FRAGFIX_H

/**
 * @file
 * Fragments for the tests of the reassembly store, and counts of what the store did with them.
 */

#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/reassembly.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/pktgen.h"

#define POOL    4096
#define STORE   1024 /* fragments */
#define TIMEOUT (2 * CGN_TICK_HZ)
#define SUB     "100.64.0.1"
#define SUB2    "100.64.0.2"
#define REM     "198.51.100.7"

static const struct cgn_pkt_port port = { .mac = { { 2, 0, 0, 0, 0, 0x01 } } };

/* Counts of what the store did with the fragments of a test. */
struct tally {
	unsigned int taken;
	unsigned int whole;
	unsigned int merged;
	unsigned int freed;
	unsigned int dropped;
};

static inline struct rte_mempool *
pool(void)
{
	static struct rte_mempool *mp;

	if (mp == NULL)
		mp = eal_pool(POOL);
	return mp;
}

static inline void
no_leak(void)
{
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool()), POOL);
}

static inline struct cgn_reassembly *
store(unsigned int max)
{
	struct cgn_reassembly *f = NULL;

	eal_start();
	CU_ASSERT_EQUAL_FATAL(cgn_reassembly_create(&f, max, 4711, SOCKET_ID_ANY), 0);
	return f;
}

/* Add a frame. A fragment that the store does not take is freed. The test owns p->m of a whole datagram. */
static inline enum cgn_verdict
add_to(struct cgn_reassembly *f, struct rte_mbuf *m, uint32_t realm, enum cgn_side side,
		cgn_tick now, struct cgn_pkt *p, struct cgn_reassembly_out *out)
{
	enum cgn_verdict v;

	*p = (struct cgn_pkt){ .m = m, .side = (uint8_t)side, .port = 5 };
	CU_ASSERT_EQUAL_FATAL(cgn_parse(p, &port), CGN_V_NONE);
	CU_ASSERT_EQUAL_FATAL(p->kind, CGN_PK_FRAGMENT);
	v = cgn_reassembly_add(f, p, realm, now, TIMEOUT, out);
	if (v != CGN_V_NONE)
		rte_pktmbuf_free(p->m);
	return v;
}

/* Add a frame from inside, count the result, and free a whole datagram. */
static inline enum cgn_verdict
add(struct cgn_reassembly *f, struct rte_mbuf *m, cgn_tick now, struct tally *t)
{
	struct cgn_reassembly_out out;
	struct cgn_pkt p;
	enum cgn_verdict v = add_to(f, m, 0, CGN_SIDE_INSIDE, now, &p, &out);

	t->freed += out.n_freed;
	t->merged += out.n_merged;
	if (v != CGN_V_NONE) {
		t->dropped++;
	} else if (out.whole) {
		t->whole++;
		rte_pktmbuf_free(p.m);
	} else {
		t->taken++;
	}
	return v;
}

/* A UDP datagram of 8 + len octets with this ID. pg_slice() cuts it. */
static inline struct rte_mbuf *
datagram(const char *src, uint16_t id, size_t len)
{
	struct rte_mbuf *m = pg_udp(pool(), src, 5000, REM, 53, len);

	pg_ip(m)->packet_id = rte_cpu_to_be_16(id);
	pg_fix(m);
	return m;
}

/* One fragment of a datagram. The UDP length is legal, but the datagram ends with this fragment. */
static inline struct rte_mbuf *
piece(const char *src, uint16_t id, size_t off, size_t len, bool more)
{
	struct rte_mbuf *m = datagram(src, id, off + len - 8),
			*s = pg_slice(pool(), m, off, len, more);

	rte_pktmbuf_free(m);
	return s;
}

#endif /* CGN_TEST_FRAGFIX_H */
