/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PCPFIX_H
#define CGN_TEST_PCPFIX_H

/**
 * @file
 * A PCP server over a lease service with a worker that the test plays (leasefix.h). Requests and answers are octets
 * written by hand. A program has one server, so all state is here.
 */

#include "controlplane/pcp/pcp_server.h"
#include "tests/support/cu.h"
#include "tests/support/leasefix.h"

#include <errno.h>
#include <string.h>

#define MAP_LEN  60
#define LIFETIME 3600

static struct lf f;
static struct cgn_pcp_server *server;
static struct cgn_realms *realms;
static uint8_t answer[1500];
static size_t answer_len;
static unsigned int n_answers;

static struct cgn_conf_port ports[1] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 } };
static struct cgn_conf_group groups[1];
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = groups,
	.n_groups = 1,
	.natpmp = { .requests_per_s = 100 },
};

static inline void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)to;
	CU_ASSERT_PTR_EQUAL(ctx, &f);
	CU_ASSERT_TRUE_FATAL(len <= sizeof(answer));
	memcpy(answer, data, len);
	answer_len = len;
	n_answers++;
}

static inline void
begin(void)
{
	struct cgn_pcp_server_cfg cfg = { .conf = &conf, .send = take_answer, .ctx = &f };

	groups[0] = (struct cgn_conf_group){ .prefixes = residents,
		.n_prefixes = 1,
		.subscriber_prefix_len = 32,
		.leases_max = 64 };
	conf.pcp = (struct cgn_conf_pcp){ .enabled = true,
		.map = true,
		.peer = true,
		.lifetime_min_s = 120,
		.lifetime_max_s = 86400,
		.filters_max = 2 };
	n_answers = 0;
	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 1), 0);
	cfg.leases = lf_serve(&f, &conf, realms, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&server, &cfg), 0);
}

static inline void
end(void)
{
	lf_time_out(&f);
	cgn_pcp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(realms);
}

static inline struct cgn_return_addr
sender(rte_be32_t addr)
{
	return (struct cgn_return_addr){
		.remote = { .ip4 = addr }, .local = { .ip4 = LF_GW }, .remote_port = 7777
	};
}

/* Send a datagram of an address, and let the worker reply. @return the result code of the answer, -1: none */
static inline int
ask(rte_be32_t addr, const void *data, size_t len)
{
	const struct cgn_return_addr from = sender(addr);
	unsigned int n = n_answers;

	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, data, len, f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_TRUE_FATAL(n_answers <= n + 1);
	if (n_answers == n)
		return -1;
	CU_ASSERT_EQUAL(answer[0], 2);
	CU_ASSERT_EQUAL(answer[1] & 0x80, 0x80);
	CU_ASSERT_EQUAL(answer[2], 0);
	return answer[3];
}

static inline uint32_t
word_at(size_t at)
{
	return (uint32_t)answer[at] << 24 | (uint32_t)answer[at + 1] << 16 |
			(uint32_t)answer[at + 2] << 8 | answer[at + 3];
}

static inline uint32_t
port_at(size_t at)
{
	return (uint32_t)answer[at] << 8 | answer[at + 1];
}

static inline void
put_word(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A MAP request of LF_H1: RFC 6887 sections 7.1 and 11.1. */
static inline void
make_map(uint8_t out[static MAP_LEN], uint32_t lifetime_s, uint8_t nonce, uint8_t proto,
		uint16_t in_port)
{
	memset(out, 0, MAP_LEN);
	out[0] = 2;
	out[1] = 1;
	put_word(out + 4, lifetime_s);
	out[18] = out[19] = 0xff;
	memcpy(out + 20, &(rte_be32_t){ LF_H1 }, 4);
	memset(out + 24, nonce, 12);
	out[36] = proto;
	out[40] = (uint8_t)(in_port >> 8);
	out[41] = (uint8_t)in_port;
	out[54] = out[55] = 0xff;
}

static inline int
ask_map(uint32_t lifetime_s, uint8_t nonce, uint8_t proto, uint16_t in_port)
{
	uint8_t request[MAP_LEN];

	make_map(request, lifetime_s, nonce, proto, in_port);
	return ask(LF_H1, request, sizeof(request));
}

static inline uint64_t
counted(enum cgn_pcp_counter c)
{
	return cgn_pcp_server_stats(server)->counter[c];
}

#endif /* CGN_TEST_PCPFIX_H */
