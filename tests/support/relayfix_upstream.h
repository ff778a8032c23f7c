/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_UPSTREAM_H
#define CGN_TEST_RELAYFIX_UPSTREAM_H

/**
 * @file
 * The upstream NAT of relayfix.h: carries out the requests of the home router, in NAT-PMP and in PCP. The octets of PCP
 * are read and written here by hand.
 */

#include "tests/support/relayfix.h"

#define RF_PCP_MAP 60 /* octets of a MAP message */

static inline uint16_t
rf_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
rf_get32(const uint8_t *p)
{
	return (uint32_t)rf_get16(p) << 16 | rf_get16(p + 2);
}

/** ::ffff:a.b.c.d */
static inline void
rf_put_ip4(uint8_t *p, rte_be32_t addr)
{
	memset(p, 0, 10);
	memset(p + 10, 0xff, 2);
	memcpy(p + 12, &addr, 4);
}

static inline rte_be32_t
rf_get_ip4(const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	rte_be32_t addr;

	CU_ASSERT_EQUAL(memcmp(p, mapped, sizeof(mapped)), 0);
	memcpy(&addr, p + 12, 4);
	return addr;
}

static inline void
rf_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
rf_put32(uint8_t *p, uint32_t v)
{
	rf_put16(p, (uint16_t)(v >> 16));
	rf_put16(p + 2, (uint16_t)v);
}

/** A live mapping of the upstream NAT, NULL: none. */
static inline struct rf_map *
rf_upstream_has(struct rf *f, uint8_t opcode, uint16_t in_port)
{
	for (unsigned int i = 0; i < RF_MAPS; i++) {
		struct rf_map *m = &f->maps[i];

		if (m->opcode == opcode && m->in_port == in_port && m->end_ms > f->lf.now_ms)
			return m;
	}
	return NULL;
}

static inline unsigned int
rf_upstream_count(struct rf *f)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RF_MAPS; i++)
		n += f->maps[i].end_ms > f->lf.now_ms ? 1 : 0;
	return n;
}

static inline uint32_t
rf_upstream_epoch(const struct rf *f)
{
	return (uint32_t)((f->lf.now_ms - f->born_ms) / 1000);
}

static inline void
rf_say(struct rf *f, const void *data, size_t len)
{
	cgn_relay_upstream_input(cgn_relay_get_upstream(f->relay), data, len, f->lf.now_ms);
}

static inline void
rf_say_address(struct rf *f)
{
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	cgn_natpmp_codec_address(buf, f->ext == 0 ? 3 : 0, rf_upstream_epoch(f), f->ext);
	rf_say(f, buf, sizeof(buf));
}

/* A new mapping of the upstream NAT, or the live one. */
static inline struct rf_map *
rf_upstream_make(struct rf *f, uint8_t opcode, uint16_t in_port, uint16_t ext_port)
{
	struct rf_map *m = rf_upstream_has(f, opcode, in_port);

	if (m != NULL)
		return m;
	for (unsigned int i = 0; m == NULL && i < RF_MAPS; i++)
		m = f->maps[i].end_ms <= f->lf.now_ms ? &f->maps[i] : NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	*m = (struct rf_map){ .opcode = opcode, .in_port = in_port, .ext_port = ext_port };
	if (ext_port == 0 || f->is_busy)
		m->ext_port = f->next_port++;
	return m;
}

static inline void
rf_serve_natpmp(struct rf *f, const struct rf_sent *s)
{
	struct cgn_natpmp_map_answer a = { .opcode = s->data[1],
		.epoch_s = rf_upstream_epoch(f),
		.in_port = rf_get16(s->data + 4) };
	uint32_t lifetime_s = rf_get32(s->data + 8);
	uint8_t buf[CGN_NATPMP_MAP_LEN];
	struct rf_map *m;

	if (a.opcode == 0) {
		rf_say_address(f);
		return;
	}
	a.result = lifetime_s == 0 ? f->refuse_unmap : f->result;
	if (a.result == 0 && lifetime_s == 0) {
		for (unsigned int i = 0; i < RF_MAPS; i++) {
			if (f->maps[i].opcode == a.opcode &&
					(a.in_port == 0 || f->maps[i].in_port == a.in_port))
				f->maps[i].end_ms = 0;
		}
	} else if (a.result == 0) {
		m = rf_upstream_make(f, a.opcode, a.in_port, rf_get16(s->data + 6));
		a.lifetime_s = lifetime_s < f->most_s ? lifetime_s : f->most_s;
		a.ext_port = m->ext_port;
		m->end_ms = f->lf.now_ms + (uint64_t)a.lifetime_s * 1000;
	}
	cgn_natpmp_codec_map(buf, &a);
	rf_say(f, buf, sizeof(buf));
}

/* A PCP server's MAP. @param out  the request, which becomes the answer @return result code */
static inline uint8_t
rf_carry_out(struct rf *f, uint8_t *out, uint32_t *lifetime_s)
{
	uint8_t opcode = out[36] == 17 ? 1 : 2;
	uint16_t in_port = rf_get16(out + 40);
	struct rf_map *m = rf_upstream_has(f, opcode, in_port);

	if (m != NULL && memcmp(m->nonce, out + 24, 12) != 0) {
		*lifetime_s = (uint32_t)((m->end_ms - f->lf.now_ms) / 1000);
		return 2;
	}
	if (*lifetime_s == 0) {
		*lifetime_s = m == NULL ? 0 : f->used_s;
		if (m != NULL)
			m->end_ms = f->lf.now_ms + f->used_s * UINT64_C(1000);
		return 0;
	}
	m = rf_upstream_make(f, opcode, in_port, rf_get16(out + 42));
	memcpy(m->nonce, out + 24, 12);
	*lifetime_s = *lifetime_s < f->most_s ? *lifetime_s : f->most_s;
	m->end_ms = f->lf.now_ms + (uint64_t)*lifetime_s * 1000;
	rf_put16(out + 42, m->ext_port);
	rf_put_ip4(out + 44, f->ext);
	return 0;
}

static inline void
rf_serve_pcp(struct rf *f, const struct rf_sent *s)
{
	uint32_t lifetime_s = rf_get32(s->data + 4);
	uint8_t out[RF_PCP_MAP];
	uint8_t result = 0;

	CU_ASSERT_EQUAL_FATAL(s->len, s->data[1] == 0 ? 24 : RF_PCP_MAP);
	CU_ASSERT_EQUAL(rf_get_ip4(s->data + 8), RF_WAN);
	memcpy(out, s->data, s->len);
	if (out[1] == 1 && f->result != 0 && rf_get16(out + 40) != 5350) {
		result = (uint8_t)f->result;
		lifetime_s = 77;
	} else if (out[1] == 1) {
		result = rf_carry_out(f, out, &lifetime_s);
	} else if (out[1] == 0 && f->no_announce) {
		result = 4;
	}
	out[1] |= 0x80;
	out[3] = result;
	rf_put32(out + 4, lifetime_s);
	rf_put32(out + 8, rf_upstream_epoch(f));
	memset(out + 12, 0, 12);
	rf_say(f, out, s->len);
}

/** The upstream NAT carries out one request and answers. */
static inline void
rf_serve(struct rf *f, const struct rf_sent *s)
{
	const uint8_t natpmp_only[8] = { 0, 0x80 | s->data[1], 0, 1 };
	const uint8_t pcp_only[24] = { 2, 0x80 | s->data[1], 0, 1, 0, 0, 7, 8 };
	bool is_pcp = s->data[0] == 2;

	if (is_pcp ? !f->no_pcp : !f->no_natpmp) {
		if (is_pcp)
			rf_serve_pcp(f, s);
		else
			rf_serve_natpmp(f, s);
	} else if (!f->is_mute && is_pcp) {
		rf_say(f, natpmp_only, sizeof(natpmp_only));
	} else if (!f->is_mute) {
		rf_say(f, pcp_only, sizeof(pcp_only));
	}
}

#endif /* CGN_TEST_RELAYFIX_UPSTREAM_H */
