/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who asks the PCP server for whom: by the anycast address, and for other hosts with THIRD_PARTY. Requests and answers
 * are octets written by hand.
 */
#include "controlplane/link/ip_responder.h"
#include "controlplane/pcp/pcp_server.h"
#include "tests/support/cu.h"
#include "tests/support/leaseask.h"

#include <errno.h>
#include <string.h>

#define MAP_LEN    60
#define PARTY_LEN  20 /* a THIRD_PARTY option */
#define WITH_PARTY (MAP_LEN + PARTY_LEN)
#define LIFETIME   3600
#define MANAGER    RTE_BE32(0x0a000007) /* no subscriber */
#define ANYCAST    RTE_BE32(0xc0000009)
#define INNER      RTE_BE32(0xc0a80102) /* 192.168.1.2, behind a softwire */
#define NOBODY     RTE_BE32(0x08080808)

static struct lf f;
static struct cgn_pcp_server *server;
static uint8_t answer[1500];
static size_t answer_len;
static struct cgn_return_addr answered;
static unsigned int n_answers;

static struct cgn_conf_port ports[1] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip6.b = { 0x20, 1, 0xd, 0xb8, 1 }, .len = 40, .is_ip6 = true } };
static struct cgn_prefix managers = { .ip4 = RTE_BE32(0x0a000000), .len = 8 };
static struct cgn_conf_group groups[1];
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = groups,
	.n_groups = 1,
	.natpmp = { .role = CGN_NATPMP_SERVER },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(answer));
	memcpy(answer, data, len);
	answer_len = len;
	answered = *to;
	n_answers++;
}

static void
begin(void)
{
	struct cgn_pcp_server_cfg cfg = { .conf = &conf, .send = take_answer, .ctx = &f };

	groups[0] = (struct cgn_conf_group){ .prefixes = residents,
		.n_prefixes = 2,
		.subscriber_prefix_len = 32,
		.subscriber_prefix6_len = 56,
		.leases_max = 64 };
	conf.natpmp.requests_per_s = 100;
	conf.pcp = (struct cgn_conf_pcp){ .enabled = true,
		.map = true,
		.lifetime_min_s = 120,
		.lifetime_max_s = 86400,
		.anycast = true,
		.third_party = &managers,
		.n_third_party = 1 };
	n_answers = 0;
	f = (struct lf){ .now_ms = 5000, .wall_ms = LF_WALL, .room = LF_CALLS, .next_port = 40000 };
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 1), 0);
	lf_start(&f, NULL);
	cfg.leases = lf_serve(&f, &conf, f.realms, NULL);
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
sender(rte_be32_t addr)
{
	return (struct cgn_return_addr){
		.remote = { .ip4 = addr }, .local = { .ip4 = LF_GW }, .remote_port = 7777
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

/* A MAP request of UDP port 80: RFC 6887 sections 7.1 and 11.1. Behind it THIRD_PARTY: section 13.1. */
static void
make_map(uint8_t out[static WITH_PARTY], uint32_t lifetime_s, uint8_t nonce,
		const struct cgn_ip *client, rte_be32_t party)
{
	memset(out, 0, WITH_PARTY);
	out[0] = 2;
	out[1] = 1;
	for (int i = 0; i < 4; i++)
		out[4 + i] = (uint8_t)(lifetime_s >> (24 - 8 * i));
	put_ip(out + 8, client);
	memset(out + 24, nonce, 12);
	out[36] = 17;
	out[41] = 80;
	out[54] = out[55] = 0xff;
	out[60] = 1;
	out[63] = 16;
	put_ip(out + 64, &(struct cgn_ip){ .ip4 = party });
}

/* Send a datagram, and let the worker reply. @return the result code of the answer, -1: none, -2: refused */
static int
ask(const struct cgn_return_addr *from, const void *data, size_t len)
{
	unsigned int n = n_answers;

	if (!cgn_pcp_server_input(server, from, data, len, f.now_ms))
		return -2;
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_TRUE_FATAL(n_answers <= n + 1);
	if (n_answers == n)
		return -1;
	CU_ASSERT_EQUAL(answer[1] & 0x80, 0x80);
	return answer[3];
}

static uint32_t
word_at(size_t at)
{
	return (uint32_t)answer[at] << 24 | (uint32_t)answer[at + 1] << 16 |
			(uint32_t)answer[at + 2] << 8 | answer[at + 3];
}

/* One address asks for another. */
static int
ask_for(const struct cgn_return_addr *from, rte_be32_t party, uint32_t lifetime_s, uint8_t nonce)
{
	uint8_t request[WITH_PARTY];

	make_map(request, lifetime_s, nonce, &from->remote, party);
	return ask(from, request, sizeof(request));
}

static uint64_t
counted(enum cgn_pcp_counter c)
{
	return cgn_pcp_server_stats(server)->counter[c];
}

static bool
has_lease(rte_be32_t addr)
{
	const struct cgn_ep4 in = { .addr = addr, .port = RTE_BE16(80), .proto = CGN_PROTO_UDP };
	struct cgn_lessor_info lease;

	return cgn_lessor_find(f.lessor, 0, &in, &lease, f.now_ms);
}

/* --- anycast ------------------------------------------------------------------------------- */

/* E-ADR-1: what was sent to the anycast address is answered from it. */
static void
anycast_address_answers(void)
{
	struct cgn_return_addr from = sender(LF_H1);
	struct cgn_lessor_client client;
	uint8_t request[WITH_PARTY];

	begin();
	from.local.ip4 = ANYCAST;
	make_map(request, LIFETIME, 7, &from.remote, 0);
	CU_ASSERT_EQUAL(ask(&from, request, MAP_LEN), 0);
	CU_ASSERT_EQUAL(answered.local.ip4, ANYCAST);
	/* Announcements come from the address that was asked. */
	CU_ASSERT_TRUE(cgn_lessor_find_client(f.lessor, 0, LF_H1, &client));
	CU_ASSERT_EQUAL(client.gateway, ANYCAST);
	conf.pcp.anycast = false;
	CU_ASSERT_EQUAL(ask(&from, request, MAP_LEN), -1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_NOT_INSIDE), 1);
	end();
}

/* --- THIRD_PARTY --------------------------------------------------------------------------- */

/* E-OPT-1, D-SEC-4: from a subscriber, from a home, and where no host is listed. */
static void
nobody_else_asks_for_others(void)
{
	struct cgn_return_addr from = sender(LF_H1);

	begin();
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 5);
	CU_ASSERT_EQUAL(word_at(4), 1800);
	CU_ASSERT_EQUAL(answer_len, WITH_PARTY);
	/* The inner address of a home may be in a prefix of the list. It is not this host. */
	from.remote.ip4 = MANAGER;
	from.is_wire = true;
	from.b4 = (struct cgn_ip6){ .b = { 0x20, 1, 0xd, 0xb8, 1, 2, [15] = 1 } };
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 5);
	conf.pcp.n_third_party = 0;
	from = sender(MANAGER);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), -2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* E-OPT-1: the mapping is that of the other host, and the answer has the option. */
static void
listed_host_asks_for_a_subscriber(void)
{
	const struct cgn_return_addr from = sender(MANAGER);
	uint8_t request[WITH_PARTY];

	begin();
	make_map(request, LIFETIME, 7, &from.remote, LF_H2);
	CU_ASSERT_EQUAL(ask(&from, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(answer_len, WITH_PARTY);
	CU_ASSERT_EQUAL(memcmp(answer + 60, request + 60, PARTY_LEN), 0);
	CU_ASSERT_EQUAL(answered.remote.ip4, MANAGER);
	CU_ASSERT_TRUE(has_lease(LF_H2));
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	/* The nonce protects it as well (RFC 6887 section 11.3), also against the subscriber. */
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 8), 2);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, 0, 8), 2);
	make_map(request, LIFETIME, 8, &(struct cgn_ip){ .ip4 = LF_H2 }, 0);
	CU_ASSERT_EQUAL(ask(&(struct cgn_return_addr){ .remote.ip4 = LF_H2, .local.ip4 = LF_GW },
					request, MAP_LEN),
			2);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, 0, 7), 0);
	CU_ASSERT_EQUAL(answer_len, WITH_PARTY);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* E-OPT-1: itself, somebody who is no subscriber, and an address that has no NAT. */
static void
listed_host_names_only_other_subscribers(void)
{
	struct cgn_return_addr from = sender(MANAGER);
	uint8_t request[WITH_PARTY];

	begin();
	CU_ASSERT_EQUAL(ask_for(&from, MANAGER, LIFETIME, 7), 3);
	CU_ASSERT_EQUAL(ask_for(&from, NOBODY, LIFETIME, 7), 2);
	make_map(request, LIFETIME, 7, &from.remote, 0);
	memcpy(request + 64, residents[1].ip6.b, 16);
	CU_ASSERT_EQUAL(ask(&from, request, sizeof(request)), 2);
	/* It has no NAT itself. */
	CU_ASSERT_EQUAL(ask(&from, request, MAP_LEN), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* A subscriber that is listed asks for itself and for others. */
	managers.ip4 = RTE_BE32(0x64400000);
	from = sender(LF_H1);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	make_map(request, LIFETIME, 7, &from.remote, 0);
	CU_ASSERT_EQUAL(ask(&from, request, MAP_LEN), 0);
	CU_ASSERT_EQUAL(answer_len, MAP_LEN);
	CU_ASSERT_TRUE(has_lease(LF_H1) && has_lease(LF_H2));
	managers.ip4 = RTE_BE32(0x0a000000);
	end();
}

/* E-ANN-3: the epoch of all clients. */
static void
listed_host_hears_the_epoch(void)
{
	const struct cgn_return_addr from = sender(MANAGER);
	uint8_t request[24] = { 2, 0 };

	begin();
	lf_advance(&f, 60000);
	put_ip(request + 8, &from.remote);
	CU_ASSERT_EQUAL(ask(&from, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(word_at(8), 60);
	end();
}

/* E-EP-1, E-RX-6: the rate is the host's own. The epoch is that of the client, and begins anew when it has lost something. */
static void
rate_is_of_the_sender_and_epoch_of_the_client(void)
{
	const struct cgn_return_addr from = sender(MANAGER), h2 = sender(LF_H2);
	struct cgn_lessor_request revoked = lf_request(LF_H2, CGN_PROTO_COUNT, 0, 0);
	uint8_t request[WITH_PARTY];

	begin();
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	CU_ASSERT_EQUAL(word_at(8), 5);
	cgn_lessor_revoke(f.lessor, &revoked, lf_done, &f, f.now_ms);
	lf_reply(&f);
	lf_advance(&f, 2000);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	CU_ASSERT_EQUAL(word_at(8), 2);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H1, LIFETIME, 7), 0);
	CU_ASSERT_EQUAL(word_at(8), 7);
	conf.natpmp.requests_per_s = 2;
	lf_advance(&f, 60000);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H1, LIFETIME, 7), 0);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	CU_ASSERT_EQUAL(ask_for(&from, LF_H1, LIFETIME, 7), -1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_LIMITED), 1);
	make_map(request, LIFETIME, 7, &h2.remote, 0);
	CU_ASSERT_EQUAL(ask(&h2, request, MAP_LEN), 0);
	end();
}

/* L-IPS-1: a client whose group requires IPsec gets nothing by a plain request of another host. */
static void
plain_request_for_a_client_with_ipsec_is_refused(void)
{
	struct cgn_return_addr from = sender(MANAGER);

	begin();
	groups[0].natpmp_auth = CGN_NATPMP_AUTH_IPSEC;
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNAUTHORIZED), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	from.is_protected = true;
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	end();
}

/* Announcements to a client come from the address that it has asked itself. */
static void
other_host_does_not_change_where_announcements_come_from(void)
{
	struct cgn_return_addr from = sender(MANAGER);
	const struct cgn_return_addr h2 = sender(LF_H2);
	struct cgn_lessor_client client;
	uint8_t request[WITH_PARTY];

	begin();
	make_map(request, LIFETIME, 7, &h2.remote, 0);
	CU_ASSERT_EQUAL(ask(&h2, request, MAP_LEN), 0);
	from.local.ip4 = ANYCAST;
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	CU_ASSERT_TRUE(cgn_lessor_find_client(f.lessor, 0, LF_H2, &client));
	CU_ASSERT_EQUAL(client.gateway, LF_GW);
	end();
}

/* A client and a host that asks for it are two, also if their requests are alike. */
static void
same_request_of_two_hosts_is_answered_twice(void)
{
	struct cgn_return_addr from = sender(MANAGER), other = sender(MANAGER + RTE_BE32(1));
	uint8_t request[WITH_PARTY];

	begin();
	make_map(request, LIFETIME, 7, &from.remote, LF_H2);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, sizeof(request), f.now_ms));
	make_map(request, LIFETIME, 7, &other.remote, LF_H2);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &other, request, sizeof(request), f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 0);
	end();
}

/* --- over IPv6 ----------------------------------------------------------------------------- */

static const struct cgn_ip aftr = { .ip6.b = { 0x20, 1, 0xd, 0xb8, 0xf, [15] = 1 },
	.is_ip6 = true };

/* The B4 of home @p home. */
static struct cgn_return_addr
b4_of(uint8_t home)
{
	return (struct cgn_return_addr){
		.remote = { .ip6.b = { 0x20, 1, 0xd, 0xb8, 1, [6] = home, [15] = 1 },
				.is_ip6 = true },
		.local = aftr,
		.remote_port = 7777,
	};
}

static void
begin_aftr(void)
{
	conf.softwire = (struct cgn_conf_softwire){ .role = CGN_SOFTWIRE_AFTR, .local = aftr.ip6 };
	begin();
}

static void
end_aftr(void)
{
	end();
	conf.softwire.role = CGN_SOFTWIRE_OFF;
}

static bool
home_has_lease(const struct cgn_return_addr *b4, rte_be32_t addr)
{
	const struct cgn_ep4 in = { .addr = addr, .port = RTE_BE16(80), .proto = CGN_PROTO_UDP };
	struct cgn_lessor_info lease;
	uint32_t realm = cgn_lease_service_realm(f.service, &b4->remote.ip6);

	return realm != 0 && cgn_lessor_find(f.lessor, realm, &in, &lease, f.now_ms);
}

/* E-OPT-1, F-ID-1: the mapping is in the home of the B4. */
static void
b4_asks_for_its_home(void)
{
	const struct cgn_return_addr one = b4_of(1), two = b4_of(2);
	uint8_t request[WITH_PARTY];

	begin_aftr();
	make_map(request, LIFETIME, 7, &one.remote, INNER);
	CU_ASSERT_EQUAL(ask(&one, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(answer_len, WITH_PARTY);
	CU_ASSERT_EQUAL(memcmp(answer + 60, request + 60, PARTY_LEN), 0);
	CU_ASSERT_TRUE(home_has_lease(&one, INNER));
	CU_ASSERT_FALSE(home_has_lease(&two, INNER));
	CU_ASSERT_FALSE(has_lease(INNER));
	/* Another home has the same inner address. */
	CU_ASSERT_EQUAL(ask_for(&two, INNER, LIFETIME, 9), 0);
	CU_ASSERT_TRUE(home_has_lease(&two, INNER));
	CU_ASSERT_EQUAL(ask_for(&one, INNER, LIFETIME, 9), 2);
	CU_ASSERT_EQUAL(ask_for(&one, INNER, 0, 7), 0);
	CU_ASSERT_FALSE(home_has_lease(&one, INNER));
	CU_ASSERT_TRUE(home_has_lease(&two, INNER));
	end_aftr();
}

/* The same mapping by IPv4 in the softwire. */
static void
home_asks_both_ways_for_one_mapping(void)
{
	const struct cgn_return_addr b4 = b4_of(1);
	struct cgn_return_addr host = sender(INNER);
	uint8_t request[WITH_PARTY];
	uint16_t port;

	begin_aftr();
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), 0);
	port = (uint16_t)(answer[42] << 8 | answer[43]);
	host.is_wire = true;
	host.b4 = b4.remote.ip6;
	host.local.ip4 = CGN_SOFTWIRE_AFTR_ADDR;
	make_map(request, LIFETIME, 7, &host.remote, 0);
	CU_ASSERT_EQUAL(ask(&host, request, MAP_LEN), 0);
	CU_ASSERT_EQUAL(answer[42] << 8 | answer[43], port);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end_aftr();
}

/* E-RX-2, E-OPT-1: what a B4 does not get. */
static void
b4_asks_for_nothing_else(void)
{
	static const rte_be32_t others[] = { LF_H1, NOBODY, CGN_SOFTWIRE_AFTR_ADDR, 0 };
	struct cgn_return_addr b4 = b4_of(1);
	uint8_t request[WITH_PARTY];

	begin_aftr();
	for (size_t i = 0; i < RTE_DIM(others); i++)
		CU_ASSERT_EQUAL(ask_for(&b4, others[i], LIFETIME, 7), 2);
	/* Its own address has no NAT. */
	make_map(request, LIFETIME, 7, &b4.remote, INNER);
	CU_ASSERT_EQUAL(ask(&b4, request, MAP_LEN), 2);
	put_ip(request + 64, &b4.remote);
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 3);
	make_map(request, LIFETIME, 7, &(struct cgn_ip){ .ip4 = INNER }, INNER);
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 12);
	/* E-VER-1: there is no NAT-PMP over IPv6. */
	request[0] = 0;
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 1);
	CU_ASSERT_EQUAL(answer[0], 2);
	/* L-IPS-1 */
	groups[0].natpmp_auth = CGN_NATPMP_AUTH_IPSEC;
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), 2);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_UNAUTHORIZED), 1);
	groups[0].natpmp_auth = CGN_NATPMP_AUTH_NONE;
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* E-RX-1: to another address, by another link, and where there are no softwires. */
	b4.local.ip6.b[15] = 2;
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), -1);
	b4 = b4_of(1);
	ports[0].side = CGN_SIDE_OUTSIDE;
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), -1);
	ports[0].side = CGN_SIDE_INSIDE;
	conf.softwire.role = CGN_SOFTWIRE_OFF;
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), -1);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_NOT_INSIDE), 3);
	end_aftr();
}

/* E-ANN-3, E-ADR-1 */
static void
b4_hears_the_epoch_of_its_home(void)
{
	struct cgn_return_addr b4 = b4_of(1);
	struct cgn_lessor_request revoked = lf_request(CGN_LESSOR_ALL, CGN_PROTO_COUNT, 0, 0);
	uint8_t request[24] = { 2, 0 };

	begin_aftr();
	lf_advance(&f, 9000);
	put_ip(request + 8, &b4.remote);
	b4.local.ip6 = (struct cgn_ip6){ .b = { 0x20, 1, 0, 1, [15] = 1 } };
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(memcmp(&answered.local, &b4.local, sizeof(b4.local)), 0);
	CU_ASSERT_EQUAL(word_at(8), 9);
	CU_ASSERT_EQUAL(ask_for(&b4, INNER, LIFETIME, 7), 0);
	revoked.realm = cgn_lease_service_realm(f.service, &b4.remote.ip6);
	cgn_lessor_revoke(f.lessor, &revoked, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.n, 1);
	lf_advance(&f, 3000);
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(word_at(8), 3);
	/* Another home has lost nothing. */
	b4 = b4_of(2);
	put_ip(request + 8, &b4.remote);
	CU_ASSERT_EQUAL(ask(&b4, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(word_at(8), 12);
	end_aftr();
}

/* E-OPT-1: a listed host that speaks IPv6 asks for native subscribers. */
static void
listed_host_asks_over_ip6(void)
{
	struct cgn_prefix list[] = {
		{ .ip6.b = { 0x20, 1, 0xd, 0xb8, 9 }, .len = 64, .is_ip6 = true }
	};
	struct cgn_return_addr from = b4_of(0);

	begin_aftr();
	from.remote.ip6.b[4] = 9;
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), -2);
	conf.pcp.third_party = list;
	CU_ASSERT_EQUAL(ask_for(&from, LF_H2, LIFETIME, 7), 0);
	CU_ASSERT_TRUE(has_lease(LF_H2));
	CU_ASSERT_EQUAL(ask_for(&from, INNER, LIFETIME, 7), 2);
	end_aftr();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(anycast_address_answers),
	CU_TEST_ROW(nobody_else_asks_for_others),
	CU_TEST_ROW(listed_host_asks_for_a_subscriber),
	CU_TEST_ROW(listed_host_names_only_other_subscribers),
	CU_TEST_ROW(listed_host_hears_the_epoch),
	CU_TEST_ROW(rate_is_of_the_sender_and_epoch_of_the_client),
	CU_TEST_ROW(plain_request_for_a_client_with_ipsec_is_refused),
	CU_TEST_ROW(other_host_does_not_change_where_announcements_come_from),
	CU_TEST_ROW(same_request_of_two_hosts_is_answered_twice),
	CU_TEST_ROW(b4_asks_for_its_home),
	CU_TEST_ROW(home_asks_both_ways_for_one_mapping),
	CU_TEST_ROW(b4_asks_for_nothing_else),
	CU_TEST_ROW(b4_hears_the_epoch_of_its_home),
	CU_TEST_ROW(listed_host_asks_over_ip6),
};

CU_MAIN("pcp_askers", tests)
