/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_PCP_H
#define CGN_TEST_RELAYFIX_PCP_H

/**
 * @file
 * Clients of relayfix.h that speak PCP. Their octets are written here by hand.
 */

#include "tests/support/relayfix_run.h"

/** A request for a mapping, or to delete it. @p proto is 6 or 17; the nonce is this octet, 12 times */
static inline void
rf_write_pcp_map(uint8_t out[static RF_PCP_MAP], rte_be32_t client, uint8_t proto, uint16_t in,
		uint16_t ext, uint32_t lifetime_s, uint8_t nonce)
{
	memset(out, 0, RF_PCP_MAP);
	out[0] = 2;
	out[1] = 1;
	rf_put32(out + 4, lifetime_s);
	rf_put_ip4(out + 8, client);
	memset(out + 24, nonce, 12);
	out[36] = proto;
	rf_put16(out + 40, in);
	rf_put16(out + 42, ext);
	rf_put_ip4(out + 44, 0);
}

/** A LAN client sends octets to the PCP server. */
static inline void
rf_pcp_client(struct rf *f, rte_be32_t addr, const void *data, size_t len)
{
	const struct cgn_return_addr from = { .remote = { .ip4 = addr },
		.local = { .ip4 = RF_GW },
		.remote_port = 7777,
		.mac = { 2, 0, 0, 0, 0, 9 } };

	CU_ASSERT_TRUE(cgn_pcp_server_input(f->pcp, &from, data, len, f->lf.now_ms));
}

static inline void
rf_pcp_ask(struct rf *f, rte_be32_t addr, uint8_t proto, uint16_t in, uint16_t ext,
		uint32_t lifetime_s, uint8_t nonce)
{
	uint8_t r[RF_PCP_MAP];

	rf_write_pcp_map(r, addr, proto, in, ext, lifetime_s, nonce);
	rf_pcp_client(f, addr, r, sizeof(r));
}

/** The result code of the last answer, which is PCP's. */
static inline uint8_t
rf_pcp_result(const struct rf *f)
{
	CU_ASSERT_EQUAL(rf_last(f)->data[0], 2);
	CU_ASSERT_TRUE((rf_last(f)->data[1] & 0x80) != 0);
	return rf_last(f)->data[3];
}

static inline uint32_t
rf_pcp_lifetime(const struct rf *f)
{
	return rf_get32(rf_last(f)->data + 4);
}

static inline uint32_t
rf_pcp_epoch(const struct rf *f)
{
	return rf_get32(rf_last(f)->data + 8);
}

/** Ask for a mapping and wait for its answer. @return the result code */
static inline uint8_t
rf_pcp_map(struct rf *f, rte_be32_t addr, uint8_t proto, uint16_t in, uint16_t ext,
		uint32_t lifetime_s, uint8_t nonce)
{
	unsigned int n = f->n_answers;

	rf_pcp_ask(f, addr, proto, in, ext, lifetime_s, nonce);
	rf_settle(f);
	CU_ASSERT_EQUAL_FATAL(f->n_answers, n + 1);
	CU_ASSERT_EQUAL(rf_last(f)->len, RF_PCP_MAP);
	return rf_pcp_result(f);
}

#endif /* CGN_TEST_RELAYFIX_PCP_H */
