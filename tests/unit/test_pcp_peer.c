/* SPDX-License-Identifier: BSD-3-Clause */
/* The opcode PEER at the PCP server. */
#include "tests/support/pcpfix.h"

#define PEER_LEN 80
#define P1       RTE_BE32(0xcb007105) /* 203.0.113.5 */

/* A PEER request of LF_H1 for a connection with P1: RFC 6887 section 12.1. */
static void
make_peer(uint8_t out[static PEER_LEN], uint32_t lifetime_s, uint8_t nonce, uint8_t proto,
		uint16_t in_port)
{
	memset(out, 0, PEER_LEN);
	make_map(out, lifetime_s, nonce, proto, in_port);
	out[1] = 2;
	out[61] = 53;
	out[74] = out[75] = 0xff;
	memcpy(out + 76, &(rte_be32_t){ P1 }, 4);
}

static int
ask_peer(uint32_t lifetime_s, uint8_t nonce, uint8_t proto, uint16_t in_port)
{
	uint8_t request[PEER_LEN];

	make_peer(request, lifetime_s, nonce, proto, in_port);
	return ask(LF_H1, request, sizeof(request));
}

/* E-PEER-2: the worker learns the remote endpoint. The answer is as long as the request, and has the external endpoint. */
static void
peer_is_answered_with_the_external_endpoint(void)
{
	uint8_t request[PEER_LEN], ext[16] = { [10] = 0xff, [11] = 0xff };

	begin();
	make_peer(request, LIFETIME, 7, 6, 8080);
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_PEER | CGN_MAPPING_AGES | CGN_MAPPING_AS_IT_IS);
	CU_ASSERT_EQUAL(f.last.rem_addr, P1);
	CU_ASSERT_EQUAL(f.last.rem_port, RTE_BE16(53));
	CU_ASSERT_EQUAL(answer_len, PEER_LEN);
	CU_ASSERT_EQUAL(answer[1], 0x82);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME);
	CU_ASSERT_EQUAL(memcmp(answer + 24, request + 24, 18), 0);
	CU_ASSERT_EQUAL(port_at(42), 40000);
	memcpy(ext + 12, &(rte_be32_t){ LF_X }, 4);
	CU_ASSERT_EQUAL(memcmp(answer + 44, ext, sizeof(ext)), 0);
	CU_ASSERT_EQUAL(memcmp(answer + 60, request + 60, 20), 0);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REQUESTS_PEER), 1);
	end();
}

/* E-PEER-2: it never shortens and never deletes. Lifetime 0 asks what there is. */
static void
peer_never_shortens(void)
{
	uint8_t request[PEER_LEN];

	begin();
	make_peer(request, 0, 7, 6, 8080);
	request[42] = 9;
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(word_at(4), 0);
	CU_ASSERT_EQUAL(port_at(42), 9 << 8);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 7, 6, 8080), 0);
	lf_advance(&f, 600000);
	CU_ASSERT_EQUAL(ask_peer(1, 7, 6, 8080), 0);
	CU_ASSERT_EQUAL(word_at(4), 3000);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 3000);
	CU_ASSERT_EQUAL(ask_peer(0, 7, 6, 8080), 0);
	CU_ASSERT_EQUAL(word_at(4), 3000);
	CU_ASSERT_EQUAL(port_at(42), 40000);
	lf_advance(&f, 2990000);
	CU_ASSERT_EQUAL(ask_peer(1, 7, 6, 8080), 0);
	CU_ASSERT_EQUAL(word_at(4), 120);
	lf_advance(&f, 121000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* E-PEER-2: the nonce of PEER protects what PEER has asked for; MAP may have another one. */
static void
peer_and_map_have_nonces_of_their_own(void)
{
	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(ask_peer(2 * LIFETIME, 8, 6, 80), 0);
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_LEASE, CGN_MAPPING_LEASE);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 9, 6, 80), 2);
	CU_ASSERT_EQUAL(word_at(4), 2 * LIFETIME);
	CU_ASSERT_EQUAL(ask_peer(0, 9, 6, 80), 2);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 8, 6, 80), 2);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME);
	/* A renewal of MAP keeps what PEER has asked for. */
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME);
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_LEASE, CGN_MAPPING_LEASE);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 2 * LIFETIME);
	CU_ASSERT_EQUAL(f.last.rem_port, 0); /* a connection that was closed is not opened again */
	/* When MAP has ended, another client may ask. */
	lf_advance(&f, (LIFETIME + 1) * 1000);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 10, 6, 80), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* E-LIFE-2: a deletion leaves what PEER has asked for. A lease of PEER only is nothing that MAP can delete. */
static void
deletion_leaves_what_peer_has_asked_for(void)
{
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };

	begin();
	CU_ASSERT_EQUAL(ask_map(2 * LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(word_at(4), 2 * LIFETIME);
	lf_advance(&f, 600000);
	CU_ASSERT_EQUAL(ask_map(0, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME - 600);
	CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_ADD);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_PEER | CGN_MAPPING_AGES);
	CU_ASSERT_EQUAL(f.last.lifetime_s, LIFETIME - 600);
	CU_ASSERT_EQUAL(ask_map(0, 7, 6, 80), 2);
	CU_ASSERT_PTR_NOT_NULL(lf_find(&f, &in));
	CU_ASSERT_EQUAL(ask_peer(0, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(word_at(4), LIFETIME - 600);
	lf_advance(&f, LIFETIME * 1000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* Requests of PEER and MAP for one mapping wait for each other: what the first one leaves is not known yet. */
static void
peer_and_map_wait_for_each_other(void)
{
	const struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[PEER_LEN];

	begin();
	make_map(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, MAP_LEN, f.now_ms));
	make_peer(request, LIFETIME, 7, 6, 80);
	CU_ASSERT_TRUE(cgn_pcp_server_input(server, &from, request, PEER_LEN, f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(answer[1], 0x81);
	CU_ASSERT_EQUAL(counted(CGN_PCP_C_REPEATED), 1);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 7, 6, 80), 0);
	end();
}

/* Who has no PEER, as a relay, answers as if the opcode did not exist. */
static void
opcode_is_unsupported_where_nobody_serves_it(void)
{
	struct cgn_lease_backend backend = cgn_lease_backend_lessor;
	struct cgn_lease_service_cfg service = { .conf = &conf, .backend = &backend, .ctx = &f };
	struct cgn_pcp_server_cfg cfg = { .conf = &conf, .send = take_answer, .ctx = &f };

	begin();
	cgn_pcp_server_destroy(server);
	cgn_lease_service_destroy(f.service);
	backend.peer = NULL;
	service.lessor = service.backend_ctx = f.lessor;
	service.realms = realms;
	service.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lease_service_create(&f.service, &service), 0);
	cfg.leases = f.service;
	CU_ASSERT_EQUAL_FATAL(cgn_pcp_server_create(&server, &cfg), 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 7, 6, 80), 4);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	end();
}

/* E-PEER-2: when MAP ends first, the worker closes the port to strangers, and the description goes. */
static void
map_ends_beside_peer(void)
{
	const uint8_t described[8] = { 128, 0, 0, 4, 'g', 'a', 'm', 'e' };
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };
	uint8_t request[MAP_LEN + 8];
	struct cgn_lessor_info info;
	unsigned int sent;

	begin();
	make_map(request, 600, 7, 6, 80);
	memcpy(request + MAP_LEN, described, sizeof(described));
	CU_ASSERT_EQUAL(ask(LF_H1, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 8, 6, 80), 0);
	/* The worker has no room at first. */
	f.room = 0;
	sent = f.n_sent;
	lf_advance(&f, 601000);
	CU_ASSERT_EQUAL(f.n_sent, sent);
	f.room = LF_CALLS;
	lf_advance(&f, 2000);
	CU_ASSERT_EQUAL(f.n_sent, sent + 1);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_PEER | CGN_MAPPING_AGES);
	CU_ASSERT_TRUE(f.last.lifetime_s > 2990 && f.last.lifetime_s < 3000);
	lf_reply(&f);
	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &in, &info, f.now_ms));
	CU_ASSERT_EQUAL(info.by.by, CGN_LEASE_BY_PEER);
	CU_ASSERT_EQUAL(info.description_len, 0);
	/* The other way round: PEER ends first. */
	CU_ASSERT_EQUAL(ask_map(2 * LIFETIME, 9, 6, 80), 0);
	lf_advance(&f, LIFETIME * 1000);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 10, 6, 80), 2);
	lf_advance(&f, 2 * LIFETIME * 1000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

/* Send a request, which the worker does not answer yet. */
static void
send_request(bool is_peer, uint32_t lifetime_s, uint8_t nonce)
{
	const struct cgn_return_addr from = sender(LF_H1);
	uint8_t request[PEER_LEN];

	if (is_peer)
		make_peer(request, lifetime_s, nonce, 6, 80);
	else
		make_map(request, lifetime_s, nonce, 6, 80);
	CU_ASSERT_TRUE(cgn_pcp_server_input(
			server, &from, request, is_peer ? PEER_LEN : MAP_LEN, f.now_ms));
}

/* What the worker has been told last about a mapping that has not ended. */
static unsigned int
told_last(void)
{
	lf_reply(&f);
	lf_advance(&f, 2000);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_ADD);
	return f.last.flags & CGN_MAPPING_LEASE;
}

/* E-PEER-2: the end of one part of a lease does not undo the renewal of this part that is under way. */
static void
part_ends_while_its_renewal_is_under_way(void)
{
	for (unsigned int is_peer = 0; is_peer < 2; is_peer++) {
		begin();
		CU_ASSERT_EQUAL(ask_map(is_peer ? LIFETIME : 600, 7, 6, 80), 0);
		CU_ASSERT_EQUAL(ask_peer(is_peer ? 600 : LIFETIME, 8, 6, 80), 0);
		lf_advance(&f, 599900);
		send_request(is_peer, 2 * LIFETIME, is_peer ? 8 : 7);
		lf_advance(&f, 1000);
		CU_ASSERT_EQUAL(told_last(), CGN_MAPPING_LEASE);
		CU_ASSERT_EQUAL(answer[3], 0);
		CU_ASSERT_TRUE(word_at(4) >= 2 * LIFETIME - 2);
		end();
	}
}

/* The renewal is of the other part. The end is told after it, because the renewal still includes what has ended. */
static void
part_ends_while_a_renewal_of_the_other_is_under_way(void)
{
	for (unsigned int is_late = 0; is_late < 2; is_late++) {
		for (unsigned int is_peer = 0; is_peer < 2; is_peer++) {
			begin();
			CU_ASSERT_EQUAL(ask_map(is_peer ? 600 : LIFETIME, 7, 6, 80), 0);
			CU_ASSERT_EQUAL(ask_peer(is_peer ? LIFETIME : 600, 8, 6, 80), 0);
			lf_advance(&f, 599900);
			send_request(is_peer, 2 * LIFETIME, is_peer ? 8 : 7);
			/* Not late: the worker replies before the timer of the lease is looked at. */
			if (is_late)
				lf_advance(&f, 1000);
			else
				f.now_ms += 200;
			CU_ASSERT_EQUAL(told_last(),
					is_peer ? CGN_MAPPING_PEER : CGN_MAPPING_EXPLICIT);
			end();
		}
	}
}

/* E-LIFE-2: MAP is deleted while PEER ends: the end of PEER does not bring MAP back. */
static void
peer_ends_while_map_is_deleted(void)
{
	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(ask_peer(600, 8, 6, 80), 0);
	lf_advance(&f, 599900);
	send_request(false, 0, 7);
	lf_advance(&f, 1000);
	CU_ASSERT_EQUAL(told_last(), CGN_MAPPING_PEER);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

static enum cgn_record_cause last_cause;

static void
hear_changed(void *ctx, const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	(void)ctx;
	(void)x;
	(void)now_ms;
	CU_ASSERT_NOT_EQUAL(event, CGN_RECORD_LEASE_ENDED);
	last_cause = cause;
}

/* A record tells why an end of a lease has changed: a client has asked, or one part is over and the other one goes on. */
static void
record_of_a_change_has_its_cause(void)
{
	for (unsigned int is_peer = 0; is_peer < 2; is_peer++) {
		lf_ops.changed = hear_changed;
		begin();
		CU_ASSERT_EQUAL(ask_map(is_peer ? LIFETIME : 600, 7, 6, 80), 0);
		CU_ASSERT_EQUAL(ask_peer(is_peer ? 600 : LIFETIME, 8, 6, 80), 0);
		CU_ASSERT_EQUAL(last_cause, CGN_RECORD_CAUSE_REQUEST);
		lf_advance(&f, 601000);
		CU_ASSERT_EQUAL(last_cause, CGN_RECORD_CAUSE_EXPIRED);
		lf_reply(&f);
		CU_ASSERT_EQUAL(is_peer ? ask_map(LIFETIME, 7, 6, 80)
					: ask_peer(LIFETIME, 8, 6, 80),
				0);
		CU_ASSERT_EQUAL(last_cause, CGN_RECORD_CAUSE_REQUEST);
		lf_ops.changed = NULL;
		end();
	}
	/* A client deletes what MAP has asked for. */
	lf_ops.changed = hear_changed;
	begin();
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 8, 6, 80), 0);
	last_cause = CGN_RECORD_CAUSE_LOST;
	CU_ASSERT_EQUAL(ask_map(0, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(last_cause, CGN_RECORD_CAUSE_REQUEST);
	lf_ops.changed = NULL;
	end();
}

/* The worker never replies to the renewal. Then the end is told all the same. */
static void
end_of_a_part_is_told_without_a_reply(void)
{
	begin();
	CU_ASSERT_EQUAL(ask_map(600, 7, 6, 80), 0);
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 8, 6, 80), 0);
	lf_advance(&f, 599900);
	send_request(false, 2 * LIFETIME, 7);
	lf_advance(&f, 1000);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(told_last(), CGN_MAPPING_PEER);
	CU_ASSERT_EQUAL(ask_map(LIFETIME, 10, 6, 80), 0);
	end();
}

/* E-OPT-3, E-PEER-2: PEER of another client changes nothing of what MAP has. */
static void
peer_leaves_what_map_has_said(void)
{
	const uint8_t described[2][8] = { { 128, 0, 0, 4, 'g', 'a', 'm', 'e' },
		{ 128, 0, 0, 4, 'f', 'i', 'l', 'm' } };
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };
	uint8_t map[MAP_LEN + 8], peer[PEER_LEN + 8];
	struct cgn_lessor_info info;

	begin();
	make_map(map, LIFETIME, 7, 6, 80);
	memcpy(map + MAP_LEN, described[0], 8);
	CU_ASSERT_EQUAL(ask(LF_H1, map, sizeof(map)), 0);
	make_peer(peer, LIFETIME, 8, 6, 80);
	memcpy(peer + PEER_LEN, described[1], 8);
	CU_ASSERT_EQUAL(ask(LF_H1, peer, sizeof(peer)), 0);
	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &in, &info, f.now_ms));
	CU_ASSERT_EQUAL(memcmp(info.description, "game", 4), 0);
	/* E-OPT-5: a lease of PEER alone has its own description. */
	make_peer(peer, LIFETIME, 8, 6, 81);
	memcpy(peer + PEER_LEN, described[1], 8);
	CU_ASSERT_EQUAL(ask(LF_H1, peer, sizeof(peer)), 0);
	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0,
			&(struct cgn_ep4){ LF_H1, RTE_BE16(81), CGN_PROTO_TCP, 0 }, &info,
			f.now_ms));
	CU_ASSERT_EQUAL(info.description_len, 4);
	CU_ASSERT_EQUAL(memcmp(info.description, "film", 4), 0);
	end();
}

/* E-PEER-1, E-MAP-5: each rule. */
static void
bad_peer_requests_get_their_codes(void)
{
	static const struct {
		unsigned int at;
		uint8_t octet;
		int result;
	} rows[] = {
		{ 36, 0, 3 },   /* all protocols */
		{ 36, 132, 9 }, /* SCTP */
		{ 41, 0, 3 },   /* inside port 0 */
		{ 61, 0, 3 },   /* remote port 0 */
		{ 76, 127, 3 }, /* remote hosts that packets cannot be sent to */
		{ 76, 0, 3 }, { 76, 224, 3 }, { 74, 0, 3 }, /* IPv6 */
		{ 80, 2, 3 },                               /* PREFER_FAILURE */
		{ 44, 0x20, 11 }                            /* an external IPv6 address */
	};
	uint8_t request[PEER_LEN + 4];

	begin();
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		make_peer(request, LIFETIME, 7, 6, 80);
		memset(request + PEER_LEN, 0, 4);
		request[rows[i].at] = rows[i].octet;
		CU_ASSERT_EQUAL(ask(LF_H1, request, rows[i].at < 80 ? PEER_LEN : PEER_LEN + 4),
				rows[i].result);
	}
	/* A suggestion has to be met, also the address alone. */
	make_peer(request, LIFETIME, 7, 6, 80);
	memcpy(request + 56, &(rte_be32_t){ LF_X2 }, 4);
	f.refuse = -EBUSY;
	CU_ASSERT_EQUAL(ask(LF_H1, request, PEER_LEN), 11);
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_AS_ASKED, CGN_MAPPING_AS_ASKED);
	CU_ASSERT_EQUAL(f.last.ext.addr, LF_X2);
	f.refuse = 0;
	conf.pcp.peer = false;
	CU_ASSERT_EQUAL(ask_peer(LIFETIME, 7, 6, 80), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(peer_is_answered_with_the_external_endpoint),
	CU_TEST_ROW(peer_never_shortens),
	CU_TEST_ROW(peer_and_map_have_nonces_of_their_own),
	CU_TEST_ROW(deletion_leaves_what_peer_has_asked_for),
	CU_TEST_ROW(peer_and_map_wait_for_each_other),
	CU_TEST_ROW(opcode_is_unsupported_where_nobody_serves_it),
	CU_TEST_ROW(map_ends_beside_peer),
	CU_TEST_ROW(part_ends_while_its_renewal_is_under_way),
	CU_TEST_ROW(part_ends_while_a_renewal_of_the_other_is_under_way),
	CU_TEST_ROW(peer_ends_while_map_is_deleted),
	CU_TEST_ROW(record_of_a_change_has_its_cause),
	CU_TEST_ROW(end_of_a_part_is_told_without_a_reply),
	CU_TEST_ROW(peer_leaves_what_map_has_said),
	CU_TEST_ROW(bad_peer_requests_get_their_codes),
};

CU_MAIN("pcp_peer", tests)
