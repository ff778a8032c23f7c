/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_server.h"
#include "tests/support/leasefix.h"

#include <stdlib.h>
#include <unistd.h>

#define STRANGER RTE_BE32(0x0a000001) /* in no group */
#define POLICY   RTE_BE32(0x6440c001) /* 100.64.192.1: a group that may have no leases */
#define GW2      RTE_BE32(0x64400002)
#define OUTSIDE  RTE_BE32(0xc0000202)
#define ANSWERS  64

struct answer {
	struct cgn_return_addr to;
	uint8_t data[1500];
	size_t len;
};

static struct lf f;
static struct cgn_natpmp_server *server;
static struct cgn_realms *realms;
static struct answer answers[ANSWERS];
static unsigned int n_answers;

static struct cgn_conf_port ports[2];
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8 } }, .len = 32, .is_ip6 = true } };
static struct cgn_prefix others = { .ip4 = RTE_BE32(0x6440c000), .len = 24 };
static struct cgn_conf_group groups[2];
static struct cgn_conf_static statics[1];
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 2,
	.groups = groups,
	.n_groups = 2,
	.nat = { .statics = statics },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct answer *a = &answers[n_answers % ANSWERS];

	CU_ASSERT_PTR_EQUAL(ctx, &f);
	n_answers++;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(a->data));
	a->to = *to;
	a->len = len;
	memset(a->data, 0xa5, sizeof(a->data));
	memcpy(a->data, data, len);
}

static unsigned int n_refused; /* requests that no worker has counted */

static void
take_refusal(void *ctx, const struct cgn_asker *asker, enum cgn_refusal why, uint64_t now_ms)
{
	n_refused += ctx == &f && asker->addr != STRANGER && why < CGN_REFUSAL_COUNT && now_ms;
}

static const struct cgn_natpmp_server_ops ops = { .send = take_answer };

static void
begin(void)
{
	struct cgn_natpmp_server_cfg cfg = { .conf = &conf, .ops = &ops, .ctx = &f };

	n_refused = 0;
	ports[0] = (struct cgn_conf_port){
		.side = CGN_SIDE_INSIDE,
		.n_addresses = 2,
		.addresses = { { .ip4 = LF_GW, .len = 10 }, { .ip4 = GW2, .len = 10 } },
	};
	ports[1] = (struct cgn_conf_port){
		.side = CGN_SIDE_OUTSIDE,
		.n_addresses = 1,
		.addresses = { { .ip4 = OUTSIDE, .len = 24 } },
	};
	groups[0] = (struct cgn_conf_group){ .prefixes = residents,
		.n_prefixes = 2,
		.subscriber_prefix_len = 32,
		.leases_max = 64 };
	groups[1] = (struct cgn_conf_group){
		.prefixes = &others, .n_prefixes = 1, .subscriber_prefix_len = 32
	};
	conf.natpmp = (struct cgn_conf_natpmp){
		.lifetime_max_s = 86400,
		.subscriber_limit_code = 6,
		.requests_per_s = 100,
		.version_error_bit = true,
	};
	conf.nat.n_statics = 0;
	n_answers = 0;
	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 1), 0);
	cfg.leases = lf_serve(&f, &conf, realms, take_refusal);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	cgn_natpmp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(realms);
}

static struct cgn_return_addr
peer(rte_be32_t addr)
{
	return (struct cgn_return_addr){ .remote = { .ip4 = addr },
		.local = { .ip4 = LF_GW },
		.remote_port = 7777,
		.mac = { 2, 0, 0, 0, 0, 9 } };
}

static bool
input(rte_be32_t addr, const void *data, size_t len)
{
	const struct cgn_return_addr from = peer(addr);

	return cgn_natpmp_server_input(server, &from, data, len, f.now_ms);
}

/* Let the worker reply and what is due be done. */
static void
settle(void)
{
	lf_reply(&f);
	lf_advance(&f, 0);
}

static const struct answer *
last(void)
{
	return &answers[(n_answers - 1) % ANSWERS];
}

static uint64_t
counted(enum cgn_natpmp_counter c)
{
	return cgn_natpmp_server_stats(server)->counter[c];
}

static uint64_t
results(unsigned int code)
{
	return cgn_natpmp_server_stats(server)->result[code];
}

/* Ask for a mapping and let it be answered. @return whether there was one answer of @p expected */
static bool
says(rte_be32_t addr, uint8_t op, uint16_t in, uint16_t ext, uint32_t lifetime,
		const uint8_t expected[16])
{
	const uint8_t request[12] = { 0, op, 0, 0, (uint8_t)(in >> 8), (uint8_t)in,
		(uint8_t)(ext >> 8), (uint8_t)ext, (uint8_t)(lifetime >> 24),
		(uint8_t)(lifetime >> 16), (uint8_t)(lifetime >> 8), (uint8_t)lifetime };
	unsigned int n = n_answers;

	CU_ASSERT_TRUE(input(addr, request, sizeof(request)));
	settle();
	return n_answers == n + 1 && last()->len == 16 && memcmp(last()->data, expected, 16) == 0;
}

#define SAYS(addr, op, in, ext, lifetime, ...)                     \
	CU_ASSERT_TRUE(says((addr), (op), (in), (ext), (lifetime), \
			(const uint8_t[16]){ __VA_ARGS__ }))

/* B-RX-1, B-EXT-1: twelve octets, from the address asked to the port asked from. */
static void
address_is_answered_to_the_asker_from_the_address_asked(void)
{
	static const uint8_t request[] = { 0, 0 };
	static const uint8_t expected[] = { 0, 0x80, 0, 0, 0, 0, 0, 3, 198, 51, 100, 7 };
	struct cgn_return_addr from = peer(LF_H1);

	begin();
	lf_advance(&f, 3000);
	from.local.ip4 = GW2;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 2, f.now_ms));
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(f.last_op, CGN_CMD_BIND);
	CU_ASSERT_EQUAL(f.last.in.addr, LF_H1);
	settle();
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(last()->len, 12);
	CU_ASSERT_EQUAL(memcmp(last()->data, expected, 12), 0);
	CU_ASSERT_EQUAL(memcmp(&last()->to, &from, sizeof(from)), 0);
	end();
}

/* B-EXT-3, B-ERR-1 */
static void
address_that_is_not_there_is_a_network_failure(void)
{
	static const uint8_t request[] = { 0, 0 };
	static const uint8_t none[] = { 0, 0x80, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t full[] = { 0, 0x80, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0 };

	begin();
	f.refuse = -EADDRNOTAVAIL;
	CU_ASSERT_TRUE(input(LF_H1, request, 2));
	settle();
	CU_ASSERT_EQUAL(last()->len, 12);
	CU_ASSERT_EQUAL(memcmp(last()->data, none, 12), 0);
	f.refuse = -ENOSPC;
	CU_ASSERT_TRUE(input(LF_H1, request, 2));
	settle();
	CU_ASSERT_EQUAL(memcmp(last()->data, full, 12), 0);
	end();
}

/* B-MAP-1, B-MAP-2, B-RX-3: that protocol, that client, that suggestion. */
static void
mapping_is_made_for_the_source_of_the_request(void)
{
	begin();
	SAYS(LF_H1, 1, 8080, 50000, 7200, 0, 0x81, 0, 0, 0, 0, 0, 0, 0x1f, 0x90, 0xc3, 0x50, 0, 0,
			0x1c, 0x20);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(f.last.in.addr, LF_H1);
	CU_ASSERT_EQUAL(f.last.in.port, RTE_BE16(8080));
	CU_ASSERT_EQUAL(f.last.in.proto, CGN_PROTO_UDP);
	CU_ASSERT_EQUAL(f.last.ext.port, RTE_BE16(50000));
	SAYS(LF_H2, 2, 80, 0, 60, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 80, 0x9c, 0x40, 0, 0, 0, 60);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(f.last.in.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(f.last.ext.port, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(results(0), 2);
	end();
}

/* B-MAP-4: the port that is there, whatever is suggested. */
static void
existing_mapping_is_answered_with_its_port(void)
{
	struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(7), .proto = CGN_PROTO_TCP };

	begin();
	lf_add(&f, &in, 3000, CGN_MAPPING_EXPLICIT);
	SAYS(LF_H1, 2, 7, 50000, 60, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 7, 0x0b, 0xb8, 0, 0, 0, 60);
	SAYS(LF_H1, 2, 7, 50001, 61, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 7, 0x0b, 0xb8, 0, 0, 0, 61);
	end();
}

/* B-MAP-6: never more than asked, and no more than the maximum. */
static void
lifetime_is_cut_and_never_raised(void)
{
	begin();
	SAYS(LF_H1, 1, 7, 0, 10, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0x9c, 0x40, 0, 0, 0, 10);
	SAYS(LF_H1, 1, 7, 0, 1, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0x9c, 0x40, 0, 0, 0, 1);
	SAYS(LF_H1, 1, 7, 0, UINT32_MAX, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0x9c, 0x40, 0, 1, 0x51,
			0x80);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 86400);
	end();
}

/* B-MAP-15: the worker has it first. */
static void
answer_waits_for_the_worker(void)
{
	static const uint8_t request[12] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };

	begin();
	CU_ASSERT_TRUE(input(LF_H1, request, sizeof(request)));
	lf_advance(&f, 100);
	CU_ASSERT_EQUAL(n_answers, 0);
	settle();
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

/* B-MAP-13 */
static void
static_mapping_is_answered_with_the_lifetime_asked(void)
{
	struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };

	begin();
	lf_add(&f, &in, 80, CGN_MAPPING_STATIC);
	SAYS(LF_H1, 2, 80, 0, 60, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 80, 0, 80, 0, 0, 0, 60);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* B-MAP-11, B-MAP-12: internal port 0 cannot be mapped, and is echoed. */
static void
internal_port_zero_is_refused_without_asking_a_worker(void)
{
	begin();
	SAYS(LF_H1, 1, 0, 5, 60, 0, 0x81, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(n_refused, 1);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_POLICY), 0);
	end();
}

/* B-MAP-12, B-ERR-1, D-LIM-1, D-LIM-2: three reasons, three codes, three counters. */
static void
reasons_of_refusals_have_codes_and_counters_of_their_own(void)
{
	begin();
	f.refuse = -EDQUOT;
	SAYS(LF_H1, 1, 7, 9, 60, 0, 0x81, 0, 6, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	f.refuse = -ENOSPC;
	SAYS(LF_H1, 2, 7, 9, 60, 0, 0x82, 0, 4, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	f.refuse = -EADDRNOTAVAIL;
	SAYS(LF_H1, 1, 7, 9, 60, 0, 0x81, 0, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	SAYS(POLICY, 1, 7, 9, 60, 0, 0x81, 0, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	for (unsigned int code = 2; code <= 6; code++)
		CU_ASSERT_EQUAL(results(code), code == 5 ? 0 : 1);
	/* A-RES-3: of the first three the workers know. */
	CU_ASSERT_EQUAL(n_refused, 1);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_SUBSCRIBER), 1);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_BOX), 1);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_POLICY), 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* The knob: the code changes, the counter does not. */
	conf.natpmp.subscriber_limit_code = 4;
	f.refuse = -EDQUOT;
	SAYS(LF_H1, 1, 7, 9, 60, 0, 0x81, 0, 4, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_SUBSCRIBER), 2);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REFUSED_BOX), 1);
	end();
}

/* B-MAP-14: version before opcode before policy before what the worker knows; renewals pass. */
static void
tests_are_made_in_their_order(void)
{
	static const uint8_t version[] = { 9, 77 };
	static const uint8_t opcode[] = { 0, 77 };

	begin();
	f.refuse = -EADDRNOTAVAIL;
	input(POLICY, version, 2);
	CU_ASSERT_EQUAL(last()->data[3], 1);
	input(POLICY, opcode, 2);
	CU_ASSERT_EQUAL(last()->data[3], 5);
	SAYS(POLICY, 1, 7, 0, 60, 0, 0x81, 0, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	f.refuse = 0;
	SAYS(LF_H1, 1, 7, 0, 60, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0x9c, 0x40, 0, 0, 0, 60);
	f.refuse = -EDQUOT;
	SAYS(LF_H1, 1, 8, 0, 60, 0, 0x81, 0, 6, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0);
	SAYS(LF_H1, 1, 7, 0, 60, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0x9c, 0x40, 0, 0, 0, 60);
	end();
}

/* B-RX-9: policy off answers the address and refuses mappings. */
static void
policy_off_answers_the_address_all_the_same(void)
{
	static const uint8_t request[] = { 0, 0 };

	begin();
	CU_ASSERT_TRUE(input(POLICY, request, 2));
	settle();
	CU_ASSERT_EQUAL(last()->len, 12);
	CU_ASSERT_EQUAL(last()->data[3], 0);
	CU_ASSERT_EQUAL(memcmp(last()->data + 8, (const uint8_t[]){ 198, 51, 100, 7 }, 4), 0);
	end();
}

/* B-RX-8: not ours, as if nobody listened. G-DAY-88 */
static void
stranger_is_not_answered_at_all(void)
{
	static const uint8_t request[] = { 0, 0 };
	begin();
	CU_ASSERT_FALSE(input(STRANGER, request, 2));
	CU_ASSERT_FALSE(input(STRANGER, request, 0));
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_NO_GROUP), 2);
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	end();
}

/* B-RX-2, D-SEC-6: not by way of the outside, and not to an outside address; without a word. */
static void
outside_is_not_served(void)
{
	static const uint8_t request[12] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };
	struct cgn_return_addr from = peer(LF_H1);

	begin();
	from.link = 1;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 12, f.now_ms));
	from.link = 0;
	from.local.ip4 = OUTSIDE;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 12, f.now_ms));
	from.local.ip4 = LF_X;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 12, f.now_ms));
	settle();
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_NOT_INSIDE), 3);
	end();
}

/* B-RX-2, B-RX-11: out of a softwire 192.0.0.1 and the inside addresses answer, no outside address. */
static void
softwires_reach_inside_addresses_only(void)
{
	static const uint8_t request[] = { 0, 0 };
	static const struct {
		rte_be32_t gateway;
		bool ok;
	} rows[] = {
		{ RTE_BE32(0xc0000001), true },
		{ LF_GW, true },
		{ OUTSIDE, false },
		{ LF_X, false },
	};
	struct cgn_return_addr from = { .remote = { .ip4 = RTE_BE32(0xc0a8010a) },
		.is_wire = true,
		.b4 = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } },
		.remote_port = 5000 };

	begin();
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		unsigned int n = n_answers;

		from.local.ip4 = rows[i].gateway;
		CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 2, f.now_ms));
		settle();
		CU_ASSERT_EQUAL(n_answers, rows[i].ok ? n + 1 : n);
	}
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_NOT_INSIDE), 2);
	end();
}

/* B-RX-11: every address of an inside port answers, as itself. */
static void
all_inside_addresses_are_served(void)
{
	static const uint8_t request[] = { 0, 0 };
	struct cgn_return_addr from = peer(LF_H1);

	begin();
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 2, f.now_ms));
	settle();
	CU_ASSERT_EQUAL(last()->to.local.ip4, LF_GW);
	from.local.ip4 = GW2;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 2, f.now_ms));
	settle();
	CU_ASSERT_EQUAL(last()->to.local.ip4, GW2);
	CU_ASSERT_EQUAL(n_answers, 2);
	end();
}

/* B-RX-5, B-RX-6: no answer, no state. */
static void
what_is_no_request_is_ignored(void)
{
	uint8_t octets[1100] = { 0, 1 };

	begin();
	CU_ASSERT_TRUE(input(LF_H1, octets, 0));
	CU_ASSERT_TRUE(input(LF_H1, octets, 1));
	CU_ASSERT_TRUE(input(LF_H1, octets, 3));
	CU_ASSERT_TRUE(input(LF_H1, octets, 11));
	octets[1] = 0x80;
	CU_ASSERT_TRUE(input(LF_H1, octets, 12));
	octets[0] = 2;
	CU_ASSERT_TRUE(input(LF_H1, octets, sizeof(octets)));
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_IGNORED), 6);
	end();
}

/* B-RX-6, B-RX-7: longer and reserved octets change nothing. */
static void
longer_requests_are_served(void)
{
	uint8_t octets[1100] = { 0, 1, 0xff, 0xff, 0, 7, 0, 0, 0, 0, 0, 60, 0xee, 0xee };

	begin();
	CU_ASSERT_TRUE(input(LF_H1, octets, 13));
	settle();
	CU_ASSERT_TRUE(input(LF_H1, octets, sizeof(octets)));
	settle();
	CU_ASSERT_EQUAL(n_answers, 2);
	CU_ASSERT_EQUAL(last()->len, 16);
	CU_ASSERT_EQUAL(results(0), 2);
	end();
}

/* B-VER-1, B-VER-2, B-VER-3, B-VER-4: at once, eight octets, with the bit that PCP clients look for. */
static void
unknown_versions_are_answered_at_once(void)
{
	static const uint8_t versions[] = { 1, 2, 3, 255 };
	static const uint8_t expected[8] = { 0, 0x81, 0, 1, 0, 0, 0, 2 };
	static const uint8_t literal[8] = { 0, 0, 0, 1, 0, 0, 0, 2 };

	begin();
	lf_advance(&f, 2500);
	for (size_t i = 0; i < sizeof(versions); i++) {
		const uint8_t request[] = { versions[i], 1 };

		CU_ASSERT_TRUE(input(LF_H1, request, 2));
		CU_ASSERT_EQUAL(n_answers, i + 1);
		CU_ASSERT_EQUAL(last()->len, 8);
		CU_ASSERT_EQUAL(memcmp(last()->data, expected, 8), 0);
	}
	conf.natpmp.version_error_bit = false;
	CU_ASSERT_TRUE(input(LF_H1, (const uint8_t[]){ 3, 1 }, 2));
	CU_ASSERT_EQUAL(memcmp(last()->data, literal, 8), 0);
	CU_ASSERT_EQUAL(results(1), 5);
	end();
}

/* B-ERR-5 */
static void
unknown_opcodes_are_echoed(void)
{
	uint8_t request[40] = { 0, 17, 1, 2, 3, 4, 5, 6, 7, 8 };

	begin();
	CU_ASSERT_TRUE(input(LF_H1, request, sizeof(request)));
	CU_ASSERT_EQUAL(last()->len, 40);
	CU_ASSERT_EQUAL(memcmp(last()->data, (const uint8_t[]){ 0, 0x91, 0, 5, 0, 0, 0, 0, 7, 8 },
					10),
			0);
	for (unsigned int op = 3; op < 128; op += 31) {
		request[1] = (uint8_t)op;
		CU_ASSERT_TRUE(input(LF_H1, request, 2));
		CU_ASSERT_EQUAL(last()->len, 8);
		CU_ASSERT_EQUAL(last()->data[1], op | 0x80);
	}
	CU_ASSERT_EQUAL(f.n_sent, 0);
	end();
}

/* B-DEL-1, B-DEL-2, B-DEL-3: one answer for every deletion, whatever was suggested or there. */
static void
deletions_are_answered_alike(void)
{
	begin();
	SAYS(LF_H1, 1, 7, 50000, 60, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0xc3, 0x50, 0, 0, 0, 60);
	for (int i = 0; i < 2; i++) {
		SAYS(LF_H1, 1, 7, 0x1234, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	}
	SAYS(LF_H1, 2, 9, 0, 0, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REQUESTS_UNMAP), 3);
	end();
}

/* B-DEL-4, B-DEL-5 */
static void
static_mappings_are_not_deleted(void)
{
	struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };

	begin();
	statics[0] = (struct cgn_conf_static){
		.proto = CGN_PROTO_TCP, .in_addr = LF_H1, .in_port = 80
	};
	conf.nat.n_statics = 1;
	lf_add(&f, &in, 80, CGN_MAPPING_STATIC);
	SAYS(LF_H1, 2, 80, 0, 0, 0, 0x82, 0, 2, 0, 0, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0);
	SAYS(LF_H1, 2, 81, 50000, 60, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 81, 0xc3, 0x50, 0, 0, 0, 60);
	SAYS(LF_H1, 1, 81, 50000, 60, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 81, 0xc3, 0x50, 0, 0, 0, 60);
	SAYS(LF_H2, 2, 81, 50002, 60, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 81, 0xc3, 0x52, 0, 0, 0, 60);
	/* All of TCP: the lease goes, the operator's stays and is told. */
	SAYS(LF_H1, 2, 0, 0, 0, 0, 0x82, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_PTR_NOT_NULL(lf_find(&f, &in));
	SAYS(LF_H1, 1, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	SAYS(LF_H2, 2, 0, 0, 0, 0, 0x82, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* B-EP-1: fresh in every packet, taken when it leaves. */
static void
every_answer_carries_the_epoch(void)
{
	static const uint8_t requests[][12] = {
		{ 0, 0 },
		{ 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 },
		{ 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0 },
		{ 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60 },
		{ 0, 99 },
		{ 7, 0 },
	};

	begin();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		lf_advance(&f, 100000);
		CU_ASSERT_TRUE(input(LF_H1, requests[i], 12));
		settle();
		CU_ASSERT_EQUAL(n_answers, i + 1);
		CU_ASSERT_EQUAL((size_t)(last()->data[6] << 8 | last()->data[7]), 100 * (i + 1));
	}
	end();
}

/* B-RX-10: equal requests, equal answers; a retransmission in flight is no second request. */
static void
retransmissions_are_answered_once_or_alike(void)
{
	static const uint8_t request[12] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };
	struct cgn_return_addr from = peer(LF_H1);
	uint8_t first[16];

	begin();
	CU_ASSERT_TRUE(input(LF_H1, request, 12));
	CU_ASSERT_TRUE(input(LF_H1, request, 12));
	CU_ASSERT_EQUAL(f.n_sent, 1);
	from.remote_port++;
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, 12, f.now_ms));
	CU_ASSERT_EQUAL(f.n_sent, 2);
	settle();
	CU_ASSERT_EQUAL(n_answers, 2);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_REPEATED), 1);
	memcpy(first, last()->data, 16);
	CU_ASSERT_TRUE(input(LF_H1, request, 12));
	settle();
	CU_ASSERT_EQUAL(n_answers, 3);
	CU_ASSERT_EQUAL(memcmp(first, last()->data, 16), 0);
	end();
}

/* D-LIM-3, D-LIM-5: the bucket is the subscriber's, of all its hosts; others do not feel it. */
static void
requests_are_limited_by_subscriber(void)
{
	static const uint8_t request[] = { 3, 1 };

	begin();
	for (int i = 0; i < 150; i++)
		CU_ASSERT_TRUE(input(LF_H1, request, 2));
	CU_ASSERT_EQUAL(n_answers, 100);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_LIMITED), 50);
	CU_ASSERT_TRUE(input(LF_H2, request, 2));
	CU_ASSERT_EQUAL(n_answers, 101);
	lf_advance(&f, 500);
	for (int i = 0; i < 150; i++)
		CU_ASSERT_TRUE(input(LF_H1, request, 2));
	CU_ASSERT_EQUAL(n_answers, 151);
	/* Ten hosts in one home. */
	groups[0].subscriber_prefix_len = 24;
	for (uint32_t i = 0; i < 300; i++)
		CU_ASSERT_TRUE(input(rte_cpu_to_be_32(0x64420100 + i % 10), request, 2));
	CU_ASSERT_EQUAL(n_answers, 251);
	end();
}

static void
many_subscribers_have_buckets_of_their_own(void)
{
	static const uint8_t request[] = { 3, 1 };

	begin();
	conf.natpmp.requests_per_s = 2;
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 4000; i++)
			CU_ASSERT_TRUE(input(rte_cpu_to_be_32(0x64410000 + i), request, 2));
	}
	CU_ASSERT_EQUAL(n_answers, 8000);
	end();
}

/* B-ERR-6: no more than a bounded number is owed, and nothing is answered late. */
static void
overload_drops_and_does_not_delay(void)
{
	uint8_t request[12] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };
	unsigned int n = 0;

	begin();
	conf.natpmp.requests_per_s = 100000;
	for (; n < CGN_LEASE_SERVICE_OPEN_MAX + 10; n++) {
		request[4] = (uint8_t)(n >> 8 | 1);
		request[5] = (uint8_t)n;
		CU_ASSERT_TRUE(input(rte_cpu_to_be_32(0x64410000 + n), request, 12));
	}
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), CGN_LEASE_SERVICE_OPEN_MAX);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_OVERLOAD), 10);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_UNANSWERED), CGN_LEASE_SERVICE_OPEN_MAX);
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	/* At 250 ms it is just in time. */
	input(LF_H1, request, 12);
	lf_advance(&f, CGN_NATPMP_SERVER_LATE_MS);
	settle();
	CU_ASSERT_EQUAL(n_answers, 1);
	input(LF_H1, request, 12);
	input(LF_H1, (const uint8_t[]){ 0, 0 }, 2);
	f.refuse = -ENOSPC;
	input(LF_H2, request, 12);
	lf_advance(&f, CGN_NATPMP_SERVER_LATE_MS + 1);
	settle();
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_LATE), 3);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	end();
}

/* What a full ring refuses is dropped: the client asks again. */
static void
full_ring_drops_the_request(void)
{
	static const uint8_t request[12] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };

	begin();
	f.room = 0;
	CU_ASSERT_TRUE(input(LF_H1, request, 12));
	settle();
	CU_ASSERT_EQUAL(n_answers, 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_UNANSWERED), 1);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	end();
}

/* D-SEC-8, D-SEC-9: nothing that the worker refuses and nothing malformed leaves state. */
static void
random_octets_leave_no_state(void)
{
	uint64_t x = 0x9e3779b97f4a7c15;
	uint8_t data[64];

	begin();
	conf.natpmp.requests_per_s = 100000;
	f.refuse = -ENOSPC;
	for (int i = 0; i < 200000; i++) {
		uint8_t *copy;
		size_t len;

		for (size_t j = 0; j < sizeof(data); j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			data[j] = (uint8_t)x;
		}
		len = data[63] % 40;
		if (i % 4 != 0) {
			data[0] = 0;
			data[1] %= 4;
		}
		/* In memory of exactly that size, for AddressSanitizer. */
		copy = malloc(len > 0 ? len : 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, data, len);
		CU_ASSERT_TRUE(input(
				rte_cpu_to_be_32(0x64410000 + (uint32_t)i % 50000), copy, len));
		free(copy);
		if (f.n_calls > 0) {
			CU_ASSERT_NOT_EQUAL(f.last.in.addr, 0);
			settle();
		}
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	CU_ASSERT_TRUE(n_answers > 50000);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_is_answered_to_the_asker_from_the_address_asked),
	CU_TEST_ROW(address_that_is_not_there_is_a_network_failure),
	CU_TEST_ROW(mapping_is_made_for_the_source_of_the_request),
	CU_TEST_ROW(existing_mapping_is_answered_with_its_port),
	CU_TEST_ROW(lifetime_is_cut_and_never_raised),
	CU_TEST_ROW(answer_waits_for_the_worker),
	CU_TEST_ROW(static_mapping_is_answered_with_the_lifetime_asked),
	CU_TEST_ROW(internal_port_zero_is_refused_without_asking_a_worker),
	CU_TEST_ROW(reasons_of_refusals_have_codes_and_counters_of_their_own),
	CU_TEST_ROW(tests_are_made_in_their_order),
	CU_TEST_ROW(policy_off_answers_the_address_all_the_same),
	CU_TEST_ROW(stranger_is_not_answered_at_all),
	CU_TEST_ROW(outside_is_not_served),
	CU_TEST_ROW(softwires_reach_inside_addresses_only),
	CU_TEST_ROW(all_inside_addresses_are_served),
	CU_TEST_ROW(what_is_no_request_is_ignored),
	CU_TEST_ROW(longer_requests_are_served),
	CU_TEST_ROW(unknown_versions_are_answered_at_once),
	CU_TEST_ROW(unknown_opcodes_are_echoed),
	CU_TEST_ROW(deletions_are_answered_alike),
	CU_TEST_ROW(static_mappings_are_not_deleted),
	CU_TEST_ROW(every_answer_carries_the_epoch),
	CU_TEST_ROW(retransmissions_are_answered_once_or_alike),
	CU_TEST_ROW(requests_are_limited_by_subscriber),
	CU_TEST_ROW(many_subscribers_have_buckets_of_their_own),
	CU_TEST_ROW(overload_drops_and_does_not_delay),
	CU_TEST_ROW(full_ring_drops_the_request),
	CU_TEST_ROW(random_octets_leave_no_state),
};

CU_MAIN("natpmp_server", tests)
