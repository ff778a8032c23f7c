/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_UPSTREAMFIX_H
#define CGN_TEST_UPSTREAMFIX_H

/**
 * @file
 * The client side of a relay with a clock, and a NAT in front that says what the test wants.
 */

#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/relay/relay_upstream.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

#define SENT 4096
#define ASKS 1200
#define WAN  RTE_BE32(0x64400002) /* 100.64.0.2 */
#define X1   RTE_BE32(0xcb007107) /* 203.0.113.7 */
#define X2   RTE_BE32(0xcb007108)

static struct cgn_timerq *timers;
static struct cgn_relay_upstream *up;
static uint64_t now;
static struct {
	uint64_t at_ms;
	unsigned int server;
	uint8_t data[64];
	size_t len;
} sent[SENT];
static unsigned int n_sent, n_changed;
static struct cgn_relay_ask asks[ASKS];
static struct cgn_relay_reply replies[ASKS];
static unsigned int n_replies[ASKS];

static inline void
take_sent(void *ctx, const void *data, size_t len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &up);
	CU_ASSERT_TRUE_FATAL(n_sent < SENT && len <= sizeof(sent[0].data));
	sent[n_sent].at_ms = now;
	sent[n_sent].server = cgn_relay_upstream_at(up);
	sent[n_sent].len = len;
	memcpy(sent[n_sent].data, data, len);
	n_sent++;
}

static uint32_t rand_step; /* 1000: RAND is 0 */

static inline uint32_t
take_random(void)
{
	return rand_step;
}

static inline struct cgn_ip
source(void *ctx)
{
	(void)ctx;
	return (struct cgn_ip){ .ip4 = WAN };
}

static inline void
take_changed(void *ctx, uint64_t now_ms)
{
	CU_ASSERT_PTR_EQUAL(ctx, &up);
	CU_ASSERT_EQUAL(now_ms, now);
	n_changed++;
}

static inline void
take_updated(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms)
{
	(void)ctx;
	(void)x;
	(void)now_ms;
}

static inline bool
take_passed(void *ctx, const uint8_t *data, size_t len, uint64_t now_ms)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)now_ms;
	return false;
}

static inline void
take_reply(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	unsigned int i = (unsigned int)((struct cgn_relay_ask *)arg - asks);

	CU_ASSERT_EQUAL(now_ms, now);
	n_replies[i]++;
	replies[i] = *r;
}

static inline void
begin_with(enum cgn_upstream_protocol protocol, unsigned int n_servers)
{
	static const struct cgn_relay_upstream_ops ops = { take_sent, source, take_changed,
		take_updated, take_passed };
	struct cgn_relay_upstream_cfg cfg = {
		.protocol = protocol,
		.n_servers = n_servers,
		.random = take_random,
		.ops = &ops,
		.ctx = &up,
	};

	now = 100000;
	rand_step = 1000;
	n_sent = n_changed = 0;
	memset(n_replies, 0, sizeof(n_replies));
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	cfg.timers = timers;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_upstream_create(&up, &cfg), 0);
}

static inline void
begin(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 1);
}

static inline void
end(void)
{
	cgn_relay_upstream_destroy(up);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
}

static inline void
advance(uint64_t ms)
{
	uint64_t until = now + ms, due;

	while ((due = cgn_timerq_next(timers)) <= until) {
		now = due > now ? due : now;
		cgn_timerq_run(timers, now, 1);
	}
	now = until;
}

/* Ask number i, for a mapping of port 1000 + i, or (i = 0) for the address. */
static inline bool
ask(unsigned int i)
{
	asks[i] = (struct cgn_relay_ask){
		.item.client = i,
		.question = { .op = i == 0 ? CGN_RELAY_ADDRESS : CGN_RELAY_MAP,
				.proto = CGN_PROTO_UDP,
				.in_port = (uint16_t)(1000 + i),
				.lifetime_s = 60 },
		.done = take_reply,
		.arg = &asks[i],
	};
	return cgn_relay_upstream_ask(up, &asks[i], now);
}

static inline void
input(const void *data, size_t len)
{
	cgn_relay_upstream_input(up, data, len, now);
}

static inline void
say_address(uint32_t epoch_s, rte_be32_t ext)
{
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	cgn_natpmp_codec_address(buf, ext == 0 ? 3 : 0, epoch_s, ext);
	input(buf, sizeof(buf));
}

/* Answer to number i. */
static inline void
say_mapped(unsigned int i, uint16_t result, uint32_t lifetime_s)
{
	const struct cgn_natpmp_map_answer a = {
		.opcode = 1,
		.result = result,
		.epoch_s = (uint32_t)(now / 1000),
		.in_port = (uint16_t)(1000 + i),
		.ext_port = (uint16_t)(2000 + i),
		.lifetime_s = lifetime_s,
	};
	uint8_t buf[CGN_NATPMP_MAP_LEN];

	cgn_natpmp_codec_map(buf, &a);
	input(buf, sizeof(buf));
}

static inline uint64_t
counted(enum cgn_relay_upstream_counter c)
{
	return cgn_relay_upstream_stats(up)->counter[c];
}

#endif /* CGN_TEST_UPSTREAMFIX_H */
