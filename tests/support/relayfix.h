/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_H
#define CGN_TEST_RELAYFIX_H

/**
 * @file
 * A home router between LAN clients and a provider's NAT: the real server, relay and table of leases;
 * the worker (leasefix.h) and the NAT in front are arrays in the test's hands.
 */

#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/natpmp/relay.h"
#include "tests/support/leasefix.h"

#define RF_WAN     RTE_BE32(0x64400002) /* 100.64.0.2 */
#define RF_X       RTE_BE32(0xcb007107) /* 203.0.113.7: outermost external address */
#define RF_H1      RTE_BE32(0xc0a8010b) /* 192.168.1.11 */
#define RF_H2      RTE_BE32(0xc0a8010c)
#define RF_GW      RTE_BE32(0xc0a80101)
#define RF_SENT    4096
#define RF_ANSWERS 1024
#define RF_MAPS    256

struct rf_sent {
	uint8_t data[CGN_NATPMP_ASK_MAX];
	size_t len;
};

struct rf_answer {
	struct cgn_natpmp_peer to;
	uint8_t data[64];
	size_t len;
};

/** A mapping of the NAT in front. */
struct rf_map {
	uint8_t opcode;
	uint16_t in_port;
	uint16_t ext_port;
	uint64_t end_ms;
};

struct rf {
	struct lf lf;
	struct cgn_conf conf;
	struct cgn_conf_port ports[2];
	struct cgn_conf_group group;
	struct cgn_conf_pool pool;
	struct cgn_range4 range;
	struct cgn_prefix lan;
	struct cgn_conf_static statics[1];
	struct cgn_natpmp_server *server;
	struct cgn_relay *relay;
	/* the NAT in front */
	bool is_silent;
	uint16_t result;       /* what it refuses mappings with; 0: it grants them */
	uint16_t refuse_unmap; /* what it refuses deletions with */
	uint32_t most_s;       /* longest lease that it grants */
	rte_be32_t ext;
	uint64_t born_ms; /* start of its epoch */
	uint16_t next_port;
	struct rf_map maps[RF_MAPS];
	struct rf_sent sent[RF_SENT];
	unsigned int n_sent;
	unsigned int n_answered; /* of sent[] */
	/* the LAN */
	struct rf_answer answers[RF_ANSWERS];
	unsigned int n_answers;
	struct rf_sent announced[64];
	unsigned int n_announced;
};

static inline void
rf_send(void *ctx, const void *data, size_t len)
{
	struct rf *f = ctx;

	CU_ASSERT_TRUE_FATAL(f->n_sent < RF_SENT && len <= CGN_NATPMP_ASK_MAX);
	memcpy(f->sent[f->n_sent].data, data, len);
	f->sent[f->n_sent++].len = len;
}

static inline void
rf_announce(void *ctx, const void *data, size_t len)
{
	struct rf *f = ctx;

	CU_ASSERT_TRUE_FATAL(len == CGN_NATPMP_ADDRESS_LEN);
	memcpy(f->announced[f->n_announced % 64].data, data, len);
	f->announced[f->n_announced++ % 64].len = len;
}

static inline void
rf_answered(void *ctx, const struct cgn_natpmp_peer *to, const void *data, size_t len)
{
	struct rf *f = ctx;
	struct rf_answer *a = &f->answers[f->n_answers++ % RF_ANSWERS];

	CU_ASSERT_TRUE_FATAL(len <= sizeof(a->data));
	a->to = *to;
	a->len = len;
	memcpy(a->data, data, len);
}

/** lf_lost() and what portmap.c does. */
static inline void
rf_lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct rf *f = ctx;

	lf_lost(&f->lf, realm, addr, now_ms);
	cgn_relay_lost(f->relay, now_ms);
}

static inline void
rf_begin(struct rf *f)
{
	static const struct cgn_natpmp_server_ops server_ops = { .send = rf_answered };
	static const struct cgn_relay_ops relay_ops = { .send = rf_send, .announce = rf_announce };
	static const struct cgn_lessor_ops lessor_ops = { lf_send, lf_wall, rf_lost };
	struct cgn_lessor_cfg lessor = { .ops = &lessor_ops, .ctx = f, .seed = 1 };
	struct cgn_natpmp_server_cfg server = { .conf = &f->conf, .ops = &server_ops, .ctx = f };
	struct cgn_relay_cfg relay = { .conf = &f->conf, .ops = &relay_ops, .ctx = f };

	memset(f, 0, sizeof(*f));
	f->lf.now_ms = 1000000;
	f->lf.wall_ms = LF_WALL;
	f->lf.room = LF_CALLS;
	f->lf.next_port = 40000;
	f->lan = (struct cgn_prefix){ .ip4 = RTE_BE32(0xc0a80100), .len = 24 };
	f->ports[0] = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.n_addresses = 1,
		.addresses = { { .ip4 = RF_GW, .len = 24 } } };
	f->ports[1] = (struct cgn_conf_port){ .side = CGN_SIDE_OUTSIDE,
		.n_addresses = 1,
		.addresses = { { .ip4 = RF_WAN, .len = 10 } } };
	f->group = (struct cgn_conf_group){
		.prefixes = &f->lan, .n_prefixes = 1, .subscriber_prefix_len = 32, .leases_max = 64
	};
	f->range.first = f->range.last = rte_be_to_cpu_32(RF_WAN);
	f->pool = (struct cgn_conf_pool){ .ranges = &f->range, .n_ranges = 1, .n_addresses = 1 };
	f->conf = (struct cgn_conf){ .ports = f->ports,
		.n_ports = 2,
		.groups = &f->group,
		.n_groups = 1,
		.pools = &f->pool,
		.n_pools = 1,
		.nat = { .statics = f->statics },
		.natpmp = { .role = CGN_NATPMP_RELAY,
				.lifetime_max_s = 86400,
				.subscriber_limit_code = 6,
				.requests_per_s = 1000,
				.announce = true } };
	f->most_s = 86400;
	f->ext = RF_X;
	f->born_ms = f->lf.now_ms - 500000;
	f->next_port = 50000;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f->lf.timers), 0);
	lessor.timers = server.timers = relay.timers = f->lf.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f->lf.lessor, &lessor, f->lf.now_ms - 100000), 0);
	server.lessor = relay.lessor = f->lf.lessor;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_create(&f->relay, &relay), 0);
	server.backend = &cgn_relay_backend;
	server.backend_ctx = f->relay;
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&f->server, &server), 0);
}

static inline void
rf_end(struct rf *f)
{
	cgn_relay_close(f->relay);
	lf_time_out(&f->lf);
	cgn_relay_destroy(f->relay);
	cgn_natpmp_server_destroy(f->server);
	cgn_lessor_destroy(f->lf.lessor);
	cgn_timerq_destroy(f->lf.timers);
}

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

/** A live mapping of the NAT in front, NULL: none. */
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

/** The NAT in front carries out one request and answers. */
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

/** Workers reply, the NAT in front answers, until nobody has anything to do. */
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

/** Let time pass in steps, everybody doing his work. */
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

/** A LAN client sends octets. */
static inline void
rf_client(struct rf *f, rte_be32_t addr, const void *data, size_t len)
{
	const struct cgn_natpmp_peer from = {
		.addr = addr, .gateway = RF_GW, .udp_port = 7777, .mac = { 2, 0, 0, 0, 0, 9 }
	};

	CU_ASSERT_TRUE(cgn_natpmp_server_input(f->server, &from, data, len, f->lf.now_ms));
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

/** A client's mapping to the end. @return external port; 0: refused, see rf_result() */
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
	CU_ASSERT_EQUAL(rf_last(f)->to.addr, addr);
	return rf_get16(rf_last(f)->data + 10);
}

/** The own external port w of an inside endpoint; 0: no mapping in the own NAT. */
static inline uint16_t
rf_wan_port(struct rf *f, rte_be32_t addr, uint8_t opcode, uint16_t in)
{
	const struct cgn_ep4 ep = { .addr = addr,
		.port = rte_cpu_to_be_16(in),
		.proto = opcode == 1 ? CGN_PROTO_UDP : CGN_PROTO_TCP };
	const struct lf_mapping *m = lf_find(&f->lf, &ep);

	return m == NULL ? 0 : rte_be_to_cpu_16(m->ext.port);
}

#endif /* CGN_TEST_RELAYFIX_H */
