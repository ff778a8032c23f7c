/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates of mappings that the operator has ended, as their octets. */
#include "controlplane/lease/lessor_move.h"
#include "controlplane/pcp/pcp_server.h"
#include "controlplane/pcp/pcp_update.h"
#include "shared/wellknown.h"
#include "tests/support/cu.h"
#include "tests/support/leaseask.h"

#include <string.h>

#define MAP_LEN    60
#define WITH_PARTY 80
#define MANAGER    RTE_BE32(0x0a000007)
#define INNER      RTE_BE32(0xc0a80102)

struct sent {
	uint8_t octets[WITH_PARTY];
	size_t len;
	struct cgn_return_addr to;
	uint64_t at_ms;
};

static struct lf f;
static struct cgn_pcp_server *server;
static struct sent sent[64];
static unsigned int n_sent;

static const struct cgn_ip aftr = { .ip6.b = { 0x20, 1, 0xd, 0xb8, 0xf, [15] = 1 },
	.is_ip6 = true };
static struct cgn_conf_port ports[1] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip6.b = { 0x20, 1, 0xd, 0xb8, 1 }, .len = 40, .is_ip6 = true } };
static struct cgn_prefix managers = { .ip4 = RTE_BE32(0x0a000000), .len = 8 };
static struct cgn_conf_group groups[1] = { { .prefixes = residents,
		.n_prefixes = 2,
		.subscriber_prefix_len = 32,
		.subscriber_prefix6_len = 56,
		.leases_max = 64 } };
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = groups,
	.n_groups = 1,
	.natpmp = { .role = CGN_NATPMP_SERVER, .requests_per_s = 100000 },
	.softwire = { .role = CGN_SOFTWIRE_AFTR },
};

static void
take(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct sent *s = &sent[n_sent++ % RTE_DIM(sent)];

	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(s->octets));
	*s = (struct sent){ .len = len, .to = *to, .at_ms = f.now_ms };
	memcpy(s->octets, data, len);
}

static void
hear_revoked(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	(void)ctx;
	cgn_pcp_server_revoked(server, lease, now_ms);
}

static bool
hear_moved(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	(void)ctx;
	return cgn_pcp_server_moved(server, lease, now_ms);
}

static void
begin(void)
{
	struct cgn_pcp_server_cfg cfg = { .conf = &conf, .send = take, .ctx = &f, .seed = 3 };
	static struct cgn_lessor_ops ops;
	struct cgn_lessor_cfg lessor = { .ops = &ops, .ctx = &f, .seed = 1 };

	conf.natpmp.announce = true;
	conf.softwire.local = aftr.ip6;
	conf.pcp = (struct cgn_conf_pcp){ .enabled = true,
		.map = true,
		.lifetime_min_s = 120,
		.lifetime_max_s = 86400,
		.third_party = &managers,
		.n_third_party = 1 };
	n_sent = 0;
	f = (struct lf){ .now_ms = 5000, .wall_ms = LF_WALL, .room = LF_CALLS, .next_port = 40000 };
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 1), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f.timers), 0);
	ops = lf_ops;
	ops.revoked = hear_revoked;
	ops.moved = hear_moved;
	lessor.realms = f.realms;
	lessor.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f.lessor, &lessor, f.now_ms), 0);
	cfg.leases = lf_serve(&f, &conf, f.realms, NULL);
	cfg.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	cgn_pcp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(f.realms);
}

static struct cgn_return_addr
native(rte_be32_t addr)
{
	return (struct cgn_return_addr){ .remote = { .ip4 = addr },
		.local = { .ip4 = LF_GW },
		.remote_port = 7777,
		.local_port = 5351,
		.mac = { 2, 7 } };
}

static struct cgn_return_addr
b4(void)
{
	return (struct cgn_return_addr){
		.remote = { .ip6.b = { 0x20, 1, 0xd, 0xb8, 1, 0, 1, [15] = 1 }, .is_ip6 = true },
		.local = aftr,
		.remote_port = 8888,
		.local_port = 5351,
	};
}

static void
put_ip(uint8_t *at, const struct cgn_ip *ip)
{
	memset(at, 0, 16);
	if (ip->is_ip6) {
		memcpy(at, ip->ip6.b, 16);
		return;
	}
	at[10] = at[11] = 0xff;
	memcpy(at + 12, &ip->ip4, 4);
}

/* Map UDP port @p port of @p client, with an option for it if it does not ask itself. */
static void
map(const struct cgn_return_addr *from, rte_be32_t client, uint16_t port, uint32_t lifetime_s)
{
	uint8_t request[WITH_PARTY] = { 2, 1 };
	bool is_itself = !from->remote.is_ip6 && from->remote.ip4 == client;

	for (int i = 0; i < 4; i++)
		request[4 + i] = (uint8_t)(lifetime_s >> (24 - 8 * i));
	put_ip(request + 8, &from->remote);
	memset(request + 24, 9, 12);
	request[36] = 17;
	request[40] = (uint8_t)(port >> 8);
	request[41] = (uint8_t)port;
	request[54] = request[55] = 0xff;
	request[60] = 1;
	request[63] = 16;
	put_ip(request + 64, &(struct cgn_ip){ .ip4 = client });
	CU_ASSERT_TRUE(cgn_pcp_server_input(
			server, from, request, is_itself ? MAP_LEN : WITH_PARTY, f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
}

static void
revoke(uint32_t realm, rte_be32_t addr)
{
	struct cgn_lessor_request r = lf_request(addr, CGN_PROTO_COUNT, 0, 0);

	r.realm = realm;
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
}

static uint32_t
word_at(const struct sent *s, size_t at)
{
	return (uint32_t)s->octets[at] << 24 | (uint32_t)s->octets[at + 1] << 16 |
			(uint32_t)s->octets[at + 2] << 8 | s->octets[at + 3];
}

/* E-ANN-4: three times, 250 and 500 ms apart, to the last address and port of the client, with the new epoch. */
static void
client_is_told_three_times(void)
{
	struct cgn_return_addr from = native(LF_H1);
	uint64_t start;

	begin();
	lf_advance(&f, 7000);
	map(&from, LF_H1, 80, 3600);
	from.remote_port = 7778; /* of the same client, later */
	map(&from, LF_H1, 80, 3600);
	CU_ASSERT_EQUAL(n_sent, 2);
	revoke(0, LF_H1);
	start = f.now_ms;
	lf_advance(&f, 0);
	lf_advance(&f, 249);
	CU_ASSERT_EQUAL(n_sent, 3);
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(n_sent, 4);
	lf_advance(&f, 1000);
	CU_ASSERT_EQUAL(n_sent, 5);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL_FATAL(n_sent, 5);
	for (unsigned int i = 2; i < 5; i++) {
		const struct sent *s = &sent[i];

		CU_ASSERT_EQUAL(s->at_ms, start + (i == 2 ? 0 : i == 3 ? 250 : 750));
		CU_ASSERT_EQUAL(s->len, MAP_LEN);
		CU_ASSERT_EQUAL(memcmp(&s->to, &from, sizeof(from)), 0);
		CU_ASSERT_EQUAL(word_at(s, 0), 0x02810000);
		CU_ASSERT_EQUAL(word_at(s, 4), 0); /* lifetime */
		CU_ASSERT_EQUAL(word_at(s, 8), 0); /* epoch */
		/* Nonce, protocol, ports and external address are those of the answer. */
		CU_ASSERT_EQUAL(memcmp(s->octets + 12, sent[1].octets + 12, MAP_LEN - 12), 0);
	}
	CU_ASSERT_EQUAL(cgn_pcp_server_stats(server)->counter[CGN_PCP_C_UPDATES], 3);
	end();
}

/* E-ANN-4: a client that has asked again is told no more. */
static void
refreshed_mapping_is_not_told_again(void)
{
	const struct cgn_return_addr from = native(LF_H1);

	begin();
	map(&from, LF_H1, 80, 3600);
	map(&from, LF_H1, 81, 3600);
	revoke(0, LF_H1);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_sent, 4);
	map(&from, LF_H1, 80, 3600);
	CU_ASSERT_EQUAL(n_sent, 5);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 7); /* those of port 81 */
	CU_ASSERT_EQUAL(sent[5].octets[41], 81);
	CU_ASSERT_EQUAL(sent[6].octets[41], 81);
	end();
}

/* E-ANN-4: to the host that has asked, with THIRD_PARTY. A B4 is told over IPv6. */
static void
host_that_has_asked_for_a_client_is_told(void)
{
	struct cgn_return_addr from = native(MANAGER);
	struct cgn_ip party;
	uint32_t realm;

	begin();
	map(&from, LF_H2, 80, 3600);
	revoke(0, LF_H2);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_EQUAL(sent[1].len, WITH_PARTY);
	CU_ASSERT_EQUAL(memcmp(&sent[1].to, &from, sizeof(from)), 0);
	CU_ASSERT_EQUAL(memcmp(sent[1].octets + 12, sent[0].octets + 12, WITH_PARTY - 12), 0);
	lf_advance(&f, 5000);
	n_sent = 0;
	from = b4();
	map(&from, INNER, 80, 3600);
	realm = cgn_lease_service_realm(f.service, &from.remote.ip6);
	CU_ASSERT_NOT_EQUAL(realm, 0);
	revoke(realm, CGN_LESSOR_ALL);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_EQUAL(memcmp(&sent[1].to, &from, sizeof(from)), 0);
	CU_ASSERT_EQUAL(word_at(&sent[1], 8), 0);
	memcpy(&party.ip4, sent[1].octets + 76, 4);
	CU_ASSERT_EQUAL(party.ip4, INNER);
	end();
}

/* What a client has ended itself, what NAT-PMP has, and where announcements or PCP are off. */
static void
nobody_else_is_told(void)
{
	const struct cgn_return_addr from = native(LF_H1);
	struct cgn_lessor_request r;

	begin();
	map(&from, LF_H1, 80, 3600);
	map(&from, LF_H1, 80, 0);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 2);
	/* NAT-PMP makes it now, and PCP has asked for it before. */
	r = lf_request(LF_H1, CGN_PROTO_UDP, 80, 3600);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	revoke(0, LF_H1);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 2);
	map(&from, LF_H1, 80, 3600);
	conf.natpmp.announce = false;
	revoke(0, LF_H1);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 3);
	map(&from, LF_H1, 80, 3600);
	conf.natpmp.announce = true;
	conf.pcp.enabled = false;
	revoke(0, LF_H1);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 4);
	end();
}

static bool
is_out(const void *ctx, rte_be32_t addr)
{
	(void)ctx;
	return addr == LF_X;
}

/* Its external address is out of use: all mappings there were ended, and leases get another one. */
static void
move_all(void)
{
	memset(f.mappings, 0, sizeof(f.mappings));
	f.ext_addr = LF_X2;
	cgn_lessor_move_begin(f.lessor);
	for (unsigned int i = 0; i < 10; i++) {
		(void)cgn_lessor_move_some(f.lessor, is_out, NULL, f.now_ms);
		lf_reply(&f);
	}
}

/* E-ANN-4, N-DRAIN-11: three times the new external endpoint, with the time that is left, in the same epoch. */
static void
client_is_told_where_its_mapping_is_now(void)
{
	const struct cgn_return_addr from = native(LF_H1);
	const rte_be32_t x2 = LF_X2;

	begin();
	lf_advance(&f, 7000);
	map(&from, LF_H1, 80, 3600);
	lf_advance(&f, 100000);
	move_all();
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL_FATAL(n_sent, 4);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	for (unsigned int i = 1; i < 4; i++) {
		const struct sent *s = &sent[i];

		CU_ASSERT_EQUAL(s->len, MAP_LEN);
		CU_ASSERT_EQUAL(memcmp(&s->to, &from, sizeof(from)), 0);
		CU_ASSERT_EQUAL(word_at(s, 0), 0x02810000);
		CU_ASSERT_EQUAL(word_at(s, 4), 3500);
		CU_ASSERT_EQUAL(word_at(s, 8), 107);
		/* All but the address is as before: nonce, protocol and both ports. */
		CU_ASSERT_EQUAL(memcmp(s->octets + 12, sent[0].octets + 12, 44), 0);
		CU_ASSERT_EQUAL(memcmp(s->octets + 56, &x2, sizeof(x2)), 0);
	}
	end();
}

/* N-DRAIN-11: a client whose way is not known hears of a new epoch. */
static void
client_without_a_way_gets_a_new_epoch(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, CGN_PROTO_UDP, 80, 3600);

	begin();
	r.by.by = CGN_LEASE_BY_PCP;
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	move_all();
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(n_sent, 0);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	end();
}

static unsigned int told;
static rte_be32_t told_last;

static void
count_told(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	CU_ASSERT_EQUAL(len, MAP_LEN);
	told++;
	told_last = to->remote.ip4;
}

/* Client number @p n. */
static rte_be32_t
client_of(uint32_t n)
{
	return rte_cpu_to_be_32(0x64400000 + n);
}

static void
answer_to(struct cgn_pcp_update *u, uint32_t n)
{
	const struct cgn_asker asker = { .addr = client_of(n) };
	const struct cgn_lease_ask ask = {
		.op = CGN_LEASE_MAP, .proto = CGN_PROTO_UDP, .in_port = 80
	};
	const struct cgn_return_addr to = native(client_of(n));
	const struct cgn_lease_result x = { .ask = &ask, .asker = &asker, .to = &to };

	cgn_pcp_update_answered(u, &x, f.now_ms);
}

/* @return how many messages the client got */
static unsigned int
end_lease_of(struct cgn_pcp_update *u, uint32_t n)
{
	const struct cgn_lessor_info lease = {
		.in = { .addr = client_of(n), .port = RTE_BE16(80), .proto = CGN_PROTO_UDP },
		.by = { .by = CGN_LEASE_BY_PCP }
	};

	told = 0;
	cgn_pcp_update_revoked(u, &lease, f.now_ms);
	lf_advance(&f, 5000);
	CU_ASSERT_TRUE(told == 0 || told_last == client_of(n));
	return told;
}

/* The table has room for those who have asked last. */
static void
latest_ways_are_known(void)
{
	struct cgn_pcp_update_cfg cfg = { .send = count_told, .seed = 5 };
	const uint32_t n = 4 * CGN_PCP_UPDATE_WAYS;
	struct cgn_pcp_update *u;
	unsigned int known = 0;

	begin();
	cfg.leases = f.service;
	cfg.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_update_create(&u, &cfg), 0);
	for (uint32_t i = 0; i < n; i++) {
		answer_to(u, i);
		f.now_ms++;
	}
	for (uint32_t i = 0; i < n; i++) {
		bool is_known = end_lease_of(u, i) == 3;

		known += is_known ? 1 : 0;
		CU_ASSERT_TRUE(is_known || i < n - 1000);
	}
	CU_ASSERT_EQUAL(known, CGN_PCP_UPDATE_WAYS);
	/* A place that another client gets is that client's, also while a message is due. */
	told = 0;
	cgn_pcp_update_revoked(u,
			&(struct cgn_lessor_info){ .in = { .addr = client_of(n - 1),
								   .port = RTE_BE16(80),
								   .proto = CGN_PROTO_UDP },
					.by = { .by = CGN_LEASE_BY_PCP } },
			f.now_ms);
	for (uint32_t i = 0; i < n - 1; i++) {
		f.now_ms++;
		answer_to(u, i);
	}
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(told, 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(f.timers), UINT64_MAX);
	cgn_pcp_update_destroy(u);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(client_is_told_three_times),
	CU_TEST_ROW(refreshed_mapping_is_not_told_again),
	CU_TEST_ROW(host_that_has_asked_for_a_client_is_told),
	CU_TEST_ROW(nobody_else_is_told),
	CU_TEST_ROW(client_is_told_where_its_mapping_is_now),
	CU_TEST_ROW(client_without_a_way_gets_a_new_epoch),
	CU_TEST_ROW(latest_ways_are_known),
};

CU_MAIN("pcp_update", tests)
