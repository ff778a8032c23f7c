/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RELAYFIX_H
#define CGN_TEST_RELAYFIX_H

/**
 * @file
 * A home router between LAN clients and the NAT of a provider (the upstream NAT). Servers, relay and table
 * of leases are real. The worker (leasefix.h) and the upstream NAT are simulated with arrays that the test
 * can change.
 */

#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/pcp/pcp_server.h"
#include "controlplane/relay/relay.h"
#include "tests/support/leaseask.h"

#define RF_WAN     RTE_BE32(0x64400002) /* 100.64.0.2 */
#define RF_X       RTE_BE32(0xcb007107) /* 203.0.113.7: outermost external address */
#define RF_H1      RTE_BE32(0xc0a8010b) /* 192.168.1.11 */
#define RF_H2      RTE_BE32(0xc0a8010c)
#define RF_GW      RTE_BE32(0xc0a80101)
#define RF_SENT    4096
#define RF_ANSWERS 1024
#define RF_MAPS    256

struct rf_sent {
	uint8_t data[128];
	size_t len;
};

struct rf_answer {
	struct cgn_return_addr to;
	uint8_t data[128];
	size_t len;
};

/** A mapping of the upstream NAT. */
struct rf_map {
	uint8_t opcode;
	uint16_t in_port;
	uint16_t ext_port;
	uint64_t end_ms;
	uint8_t nonce[12];
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
	struct cgn_pcp_server *pcp;
	struct cgn_relay *relay;
	/* the upstream NAT */
	bool is_silent;
	bool is_busy;          /* no suggested port is free */
	bool no_natpmp;        /* it speaks PCP only */
	bool no_pcp;           /* it speaks NAT-PMP only */
	bool no_announce;      /* it refuses ANNOUNCE */
	bool is_mute;          /* it does not answer the version that it does not speak */
	uint32_t used_s;       /* traffic keeps mappings for so long after a deletion by PCP */
	uint16_t result;       /* result code for mappings; 0: it grants them */
	uint16_t refuse_unmap; /* result code for deletions */
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

	CU_ASSERT_TRUE_FATAL(f->n_sent < RF_SENT && len <= sizeof(f->sent[0].data));
	memcpy(f->sent[f->n_sent].data, data, len);
	f->sent[f->n_sent++].len = len;
}

/* What the waits of PCP are multiplied with is 1. */
static inline uint32_t
rf_random(void)
{
	return 1000;
}

static inline struct cgn_ip
rf_source(void *ctx)
{
	(void)ctx;
	return (struct cgn_ip){ .ip4 = RF_WAN };
}

static inline void
rf_announce(void *ctx, const void *data, size_t len)
{
	struct rf *f = ctx;

	CU_ASSERT_TRUE_FATAL(len <= sizeof(f->announced[0].data));
	memcpy(f->announced[f->n_announced % 64].data, data, len);
	f->announced[f->n_announced++ % 64].len = len;
}

static inline void
rf_answered(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct rf *f = ctx;
	struct rf_answer *a = &f->answers[f->n_answers++ % RF_ANSWERS];

	CU_ASSERT_TRUE_FATAL(len <= sizeof(a->data));
	a->to = *to;
	a->len = len;
	memcpy(a->data, data, len);
}

/** Does the same as lf_lost(), and tells the relay as portmap.c does. */
static inline void
rf_lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct rf *f = ctx;

	lf_lost(&f->lf, realm, addr, now_ms);
	cgn_relay_lost(f->relay, now_ms);
}

static inline void
rf_begin_with(struct rf *f, enum cgn_upstream_protocol protocol)
{
	static const struct cgn_natpmp_server_ops server_ops = { .send = rf_answered };
	static const struct cgn_lessor_ops lessor_ops = {
		.send = lf_send, .wall_ms = lf_wall, .boot_ms = lf_boot, .lost = rf_lost
	};
	static const struct cgn_relay_ops relay_ops = {
		.send = rf_send, .source = rf_source, .announce = rf_announce
	};
	struct cgn_lessor_cfg lessor = { .ops = &lessor_ops, .ctx = f, .seed = 1 };
	struct cgn_natpmp_server_cfg server = { .conf = &f->conf, .ops = &server_ops, .ctx = f };
	struct cgn_pcp_server_cfg pcp = { .conf = &f->conf, .send = rf_answered, .ctx = f };
	struct cgn_lease_service_cfg service = { .conf = &f->conf };
	struct cgn_relay_cfg relay = {
		.conf = &f->conf, .random = rf_random, .ops = &relay_ops, .ctx = f
	};

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
				.upstream_protocol = protocol,
				.lifetime_max_s = 86400,
				.subscriber_limit_code = 6,
				.requests_per_s = 1000,
				.announce = true },
		.pcp = { .map = true, .lifetime_min_s = 120, .lifetime_max_s = 86400 } };
	f->most_s = 86400;
	f->ext = RF_X;
	f->born_ms = f->lf.now_ms - 500000;
	f->next_port = 50000;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f->lf.timers), 0);
	lessor.timers = service.timers = relay.timers = f->lf.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f->lf.lessor, &lessor, f->lf.now_ms - 100000), 0);
	service.lessor = relay.lessor = f->lf.lessor;
	CU_ASSERT_EQUAL_FATAL(cgn_relay_create(&f->relay, &relay), 0);
	service.backend = &cgn_relay_backend;
	service.backend_ctx = f->relay;
	CU_ASSERT_EQUAL_FATAL(cgn_lease_service_create(&f->lf.service, &service), 0);
	server.leases = pcp.leases = f->lf.service;
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&f->pcp, &pcp), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&f->server, &server), 0);
}

/** The home router speaks only NAT-PMP with the upstream NAT. */
static inline void
rf_begin(struct rf *f)
{
	rf_begin_with(f, CGN_UPSTREAM_NATPMP);
}

static inline void
rf_end(struct rf *f)
{
	cgn_relay_close(f->relay);
	lf_time_out(&f->lf);
	cgn_relay_destroy(f->relay);
	cgn_natpmp_server_destroy(f->server);
	cgn_pcp_server_destroy(f->pcp);
	cgn_lease_service_destroy(f->lf.service);
	cgn_lessor_destroy(f->lf.lessor);
	cgn_timerq_destroy(f->lf.timers);
}

#endif /* CGN_TEST_RELAYFIX_H */
