/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_RUN_H
#define CGN_TEST_RELAYFIX_RUN_H

/**
 * @file
 * Actions of the clients, the worker and the upstream NAT of relayfix.h.
 */

#include "tests/support/relayfix.h"

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

/** The upstream NAT carries out one request and answers. */
static inline void
rf_serve(struct rf *f, const struct rf_sent *s)
{
	struct cgn_natpmp_map_answer a = { .opcode = s->data[1],
		.epoch_s = rf_upstream_epoch(f),
		.in_port = rf_get16(s->data + 4) };
	uint32_t lifetime_s = rf_get32(s->data + 8);
	struct rf_map *m = rf_upstream_has(f, a.opcode, a.in_port);
	uint8_t buf[CGN_NATPMP_MAP_LEN];

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
		for (unsigned int i = 0; m == NULL && i < RF_MAPS; i++)
			m = f->maps[i].end_ms <= f->lf.now_ms ? &f->maps[i] : NULL;
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		if (m->end_ms <= f->lf.now_ms) {
			*m = (struct rf_map){ .opcode = a.opcode, .in_port = a.in_port };
			m->ext_port = rf_get16(s->data + 6);
			if (m->ext_port == 0)
				m->ext_port = f->next_port++;
		}
		a.lifetime_s = lifetime_s < f->most_s ? lifetime_s : f->most_s;
		a.ext_port = m->ext_port;
		m->end_ms = f->lf.now_ms + (uint64_t)a.lifetime_s * 1000;
	}
	cgn_natpmp_codec_map(buf, &a);
	rf_say(f, buf, sizeof(buf));
}

/** The worker replies and the upstream NAT answers until nobody has anything to do. */
static inline void
rf_settle(struct rf *f)
{
	do {
		lf_reply(&f->lf);
		while (!f->is_silent && f->n_answered < f->n_sent)
			rf_serve(f, &f->sent[f->n_answered++]);
		lf_advance(&f->lf, 0);
	} while (f->lf.n_calls > 0 || (!f->is_silent && f->n_answered < f->n_sent));
}

/** Let time pass in steps. In each step, the worker and the upstream NAT do their work. */
static inline void
rf_advance(struct rf *f, uint64_t ms)
{
	uint64_t end = f->lf.now_ms + ms;

	while (f->lf.now_ms < end) {
		uint64_t due = cgn_timerq_next(f->lf.timers);

		due = due < f->lf.now_ms ? f->lf.now_ms : due;
		lf_advance(&f->lf, (due < end ? due : end) - f->lf.now_ms);
		rf_settle(f);
	}
}

/** A LAN client sends octets from this UDP port. */
static inline void
rf_client_from(struct rf *f, rte_be32_t addr, uint16_t udp_port, const void *data, size_t len)
{
	const struct cgn_return_addr from = { .remote = { .ip4 = addr },
		.local = { .ip4 = RF_GW },
		.remote_port = udp_port,
		.mac = { 2, 0, 0, 0, 0, 9 } };

	CU_ASSERT_TRUE(cgn_natpmp_server_input(f->server, &from, data, len, f->lf.now_ms));
}

/** A LAN client sends octets from its usual port. */
static inline void
rf_client(struct rf *f, rte_be32_t addr, const void *data, size_t len)
{
	rf_client_from(f, addr, 7777, data, len);
}

static inline void
rf_ask_map(struct rf *f, rte_be32_t addr, uint8_t opcode, uint16_t in, uint16_t ext,
		uint32_t lifetime_s)
{
	const uint8_t r[] = { 0, opcode, 0, 0, (uint8_t)(in >> 8), (uint8_t)in, (uint8_t)(ext >> 8),
		(uint8_t)ext, (uint8_t)(lifetime_s >> 24), (uint8_t)(lifetime_s >> 16),
		(uint8_t)(lifetime_s >> 8), (uint8_t)lifetime_s };

	rf_client(f, addr, r, sizeof(r));
}

static inline const struct rf_answer *
rf_last(const struct rf *f)
{
	return &f->answers[(f->n_answers - 1) % RF_ANSWERS];
}

static inline uint16_t
rf_result(const struct rf *f)
{
	return rf_get16(rf_last(f)->data + 2);
}

/**
 * Ask for a client's mapping and wait for the answer.
 *
 * @return external port; 0: refused, see rf_result()
 */
static inline uint16_t
rf_map(struct rf *f, rte_be32_t addr, uint8_t opcode, uint16_t in, uint16_t ext,
		uint32_t lifetime_s)
{
	unsigned int n = f->n_answers;

	rf_ask_map(f, addr, opcode, in, ext, lifetime_s);
	rf_settle(f);
	CU_ASSERT_EQUAL_FATAL(f->n_answers, n + 1);
	CU_ASSERT_EQUAL(rf_last(f)->len, CGN_NATPMP_MAP_LEN);
	CU_ASSERT_EQUAL(rf_last(f)->data[1], 128 + opcode);
	CU_ASSERT_EQUAL(rf_get16(rf_last(f)->data + 8), in);
	CU_ASSERT_EQUAL(rf_last(f)->to.remote.ip4, addr);
	return rf_get16(rf_last(f)->data + 10);
}

/** The external port that the home router's NAT gave an inside endpoint; 0: no mapping in this NAT. */
static inline uint16_t
rf_wan_port(struct rf *f, rte_be32_t addr, uint8_t opcode, uint16_t in)
{
	const struct cgn_ep4 ep = { .addr = addr,
		.port = rte_cpu_to_be_16(in),
		.proto = opcode == 1 ? CGN_PROTO_UDP : CGN_PROTO_TCP };
	const struct lf_mapping *m = lf_find(&f->lf, &ep);

	return m == NULL ? 0 : rte_be_to_cpu_16(m->ext.port);
}

#endif /* CGN_TEST_RELAYFIX_RUN_H */
