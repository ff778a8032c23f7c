/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_RUN_H
#define CGN_TEST_RELAYFIX_RUN_H

/**
 * @file
 * Actions of the clients and the worker of relayfix.h.
 */

#include "tests/support/relayfix_upstream.h"

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
