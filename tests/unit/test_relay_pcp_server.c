/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of both protocols behind a home router whose NAT in front speaks PCP, or another protocol than expected.
 */
#include "tests/support/relayfix_pcp.h"

#define UDP        17
#define TCP        6
#define NPMP_UDP   1
#define NPMP_TCP   2
#define PROBE      5350 /* the port of a request for the address */
#define VERSION(i) (f.sent[i].data[0])

static struct rf f;

static void
begin(enum cgn_upstream_protocol protocol)
{
	rf_begin_with(&f, protocol);
	f.conf.pcp.enabled = true;
}

static uint16_t
wan_port(void)
{
	return rf_wan_port(&f, RF_H1, NPMP_TCP, 8000);
}

/* E-PX-1: client IP and internal port are the WAN's; nonce, suggested pair and lifetime are the client's. */
static void
request_is_translated_on_its_way(void)
{
	uint8_t asked[RF_PCP_MAP], up[RF_PCP_MAP];

	begin(CGN_UPSTREAM_PCP);
	f.most_s = 600;
	rf_write_pcp_map(asked, RF_H1, TCP, 8000, 40080, 3600, 7);
	rf_put_ip4(asked + 44, RTE_BE32(0xcb007163));
	rf_pcp_client(&f, RF_H1, asked, sizeof(asked));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	rf_write_pcp_map(up, RF_WAN, TCP, wan_port(), 40080, 3600, 7);
	rf_put_ip4(up + 44, RTE_BE32(0xcb007163));
	CU_ASSERT_EQUAL_FATAL(f.sent[0].len, sizeof(up));
	CU_ASSERT_EQUAL(memcmp(f.sent[0].data, up, sizeof(up)), 0);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 600);
	CU_ASSERT_EQUAL(rf_last(&f)->data[35], 7);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 40), 8000);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL(rf_get_ip4(rf_last(&f)->data + 44), RF_X);
	rf_end(&f);
}

/* E-PX-1, C-G-10: codes pass with their lifetimes, also unknown ones. Nothing is left. */
static void
codes_pass_as_they_are(void)
{
	begin(CGN_UPSTREAM_PCP);
	/* The relay does speak the version. */
	f.result = 1;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 7);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 30);
	for (uint8_t code = 2; code < 40; code++) {
		f.result = code;
		CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), code);
		CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 77);
		CU_ASSERT_EQUAL(wan_port(), 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lf.lessor), 0);
	}
	rf_end(&f);
}

/* C-G-10: NAT-PMP clients get the twins, and 4 for what has none. */
static void
codes_become_those_of_natpmp(void)
{
	static const uint8_t twins[] = { [1] = 3, [2] = 2, [4] = 5, [7] = 3, [8] = 4, [10] = 6 };

	begin(CGN_UPSTREAM_PCP);
	for (uint8_t code = 1; code < 30; code++) {
		uint8_t twin = code < sizeof(twins) && twins[code] != 0 ? twins[code] : 4;

		f.result = code;
		CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 0, 3600), 0);
		CU_ASSERT_EQUAL(rf_result(&f), twin);
		CU_ASSERT_EQUAL(wan_port(), 0);
	}
	rf_end(&f);
}

/* E-PX-1: a NAT-PMP client has no nonce. Its mapping gets one that renewals and the deletion have, too. */
static void
natpmp_client_has_one_nonce_for_a_mapping(void)
{
	uint8_t nonce[12];
	const struct rf_map *m;

	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 40080, 3600), 40080);
	m = rf_upstream_has(&f, NPMP_TCP, wan_port());
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	memcpy(nonce, m->nonce, sizeof(nonce));
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, NPMP_TCP, 8000, 0, 3600), 50000);
	m = rf_upstream_has(&f, NPMP_TCP, rf_wan_port(&f, RF_H2, NPMP_TCP, 8000));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_NOT_EQUAL(memcmp(m->nonce, nonce, sizeof(nonce)), 0);
	/* The upstream NAT refuses another nonce. */
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 40080, 600), 40080);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* RFC 6887 section 11.6: PCP has no request for the address. */
static void
address_comes_from_a_short_mapping(void)
{
	static const uint8_t address[] = { 0, 0 };

	begin(CGN_UPSTREAM_PCP);
	rf_client(&f, RF_H1, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data + 8, &f.ext, 4), 0);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(rf_get16(f.sent[0].data + 40), PROBE);
	CU_ASSERT_EQUAL(rf_get32(f.sent[0].data + 4), CGN_RELAY_PROBE_S);
	/* The mapping has ended. The answer to its deletion does not tell an address. */
	CU_ASSERT_EQUAL(rf_get16(f.sent[1].data + 40), PROBE);
	CU_ASSERT_EQUAL(rf_get32(f.sent[1].data + 4), 0);
	CU_ASSERT_EQUAL(rf_get_ip4(f.sent[1].data + 44), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(cgn_relay_get_upstream(f.relay)), RF_X);
	/* It is known now: ANNOUNCE shows that the server lives. */
	rf_client(&f, RF_H2, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 3);
	CU_ASSERT_EQUAL(f.sent[2].len, 24);
	/* So does an error of a server that does not know it. */
	f.no_announce = true;
	rf_client(&f, RF_H2, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 3);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	f.no_announce = false;
	/* After a loss the address may be another one. */
	f.born_ms = f.lf.now_ms;
	f.ext = RTE_BE32(0xcb007108);
	rf_client(&f, RF_H1, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 4);
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data + 8, &f.ext, 4), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	rf_end(&f);
}

/* Traffic keeps the mapping for the address, so each answer to its deletion looks like a new mapping. */
static void
short_mapping_is_deleted_once(void)
{
	static const uint8_t address[] = { 0, 0 };

	begin(CGN_UPSTREAM_PCP);
	f.used_s = 240;
	rf_client(&f, RF_H1, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(cgn_relay_get_upstream(f.relay)), RF_X);
	rf_end(&f);
}

/* An answer to the deletion that comes late is not the address that is asked for, and says nothing new. */
static void
late_answer_to_a_deletion_is_no_address(void)
{
	static const uint8_t address[] = { 0, 0 };
	uint8_t m[RF_PCP_MAP];

	begin(CGN_UPSTREAM_PCP);
	f.is_silent = true;
	rf_client(&f, RF_H1, address, sizeof(address));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	memcpy(m, f.sent[0].data, sizeof(m));
	m[1] = 0x81;
	rf_put32(m + 4, 0);
	rf_put32(m + 8, rf_upstream_epoch(&f));
	memset(m + 12, 0, 12);
	rf_say(&f, m, sizeof(m));
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_stats(cgn_relay_get_upstream(f.relay))
					->counter[CGN_RELAY_C_STRAY],
			0);
	f.is_silent = false;
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	rf_end(&f);
}

/* E-PX-3: an upstream deletion, whether or not there is a local mapping. */
static void
unknown_mapping_is_deleted_upstream(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 0);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(rf_get32(f.sent[0].data + 4), 0);
	CU_ASSERT_EQUAL(f.sent[0].data[24], 7);
	/* NAT-PMP would delete what others have. */
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_end(&f);
}

/* E-PX-3: upstream did not answer the deletion. Its repetition names the right port. */
static void
deletion_is_repeated_upstream(void)
{
	uint16_t wan;

	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	wan = wan_port();
	f.is_silent = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 0, 0, 7);
	rf_settle(&f);
	rf_advance(&f, 60000);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 7);
	CU_ASSERT_EQUAL(wan_port(), 0);
	CU_ASSERT_NOT_EQUAL(wan, 8000);
	f.is_silent = false;
	f.n_answered = f.n_sent;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	rf_end(&f);
}

/* The port that would be guessed has another mapping. */
static void
guess_spares_what_is_in_use(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H2, TCP, 9000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, rf_wan_port(&f, RF_H2, NPMP_TCP, 9000), 0, 0, 7),
			0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* The server speaks NAT-PMP now, which has no nonce. So it does not hear of a mapping that may be somebody else's. */
static void
guess_is_not_told_to_natpmp(void)
{
	begin(CGN_UPSTREAM_AUTO);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H2, TCP, 9000, 40080, 3600, 8), 0);
	f.no_pcp = true;
	f.n_sent = f.n_answered = 0;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 7), 0);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(VERSION(0), 2);
	CU_ASSERT_EQUAL(VERSION(1), 0);
	CU_ASSERT_EQUAL(f.sent[1].len, 2);
	rf_end(&f);
}

/* E-PX-3, E-LIFE-5: the deletion goes up as it is, and both NATs may keep what traffic uses. */
static void
deletion_goes_up(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	CU_ASSERT_EQUAL(wan_port(), 0);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	lf_find(&f.lf,
			&(struct cgn_ep4){ .addr = RF_H1,
					.port = RTE_BE16(8000),
					.proto = CGN_PROTO_TCP })
			->used_s = 240;
	f.used_s = 200;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_get32(f.sent[f.n_sent - 1].data + 4), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 200);
	/* A renewal is not answered with the lifetime from before. */
	f.n_sent = f.n_answered = 0;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 100, 7), 0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_end(&f);
}

/* E-VER-1, RFC 6887 section 9: PCP first. The version error says NAT-PMP, and that is remembered. */
static void
natpmp_only_server_is_found(void)
{
	begin(CGN_UPSTREAM_AUTO);
	f.no_pcp = true;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_get_ip4(rf_last(&f)->data + 44), RF_X);
	CU_ASSERT_EQUAL(VERSION(0), 2);
	for (unsigned int i = 1; i < f.n_sent; i++)
		CU_ASSERT_EQUAL(VERSION(i), 0);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, NPMP_TCP, 8000, 40081, 3600), 40081);
	CU_ASSERT_EQUAL(VERSION(f.n_sent - 1), 0);
	/* The server is replaced: its epoch begins anew, and it speaks PCP now. */
	f.no_pcp = false;
	f.born_ms = f.lf.now_ms - 1000;
	memset(f.maps, 0, sizeof(f.maps));
	rf_say_address(&f);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, NPMP_TCP, 8000, 40081, 3600), 40081);
	CU_ASSERT_EQUAL(VERSION(f.n_sent - 1), 2);
	rf_end(&f);
}

static void
pcp_only_server_is_found(void)
{
	begin(CGN_UPSTREAM_AUTO);
	f.no_natpmp = true;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 40080, 3600), 40080);
	for (unsigned int i = 0; i < f.n_sent; i++)
		CU_ASSERT_EQUAL(VERSION(i), 2);
	rf_end(&f);
}

/* Some servers do not answer a version that they do not speak. */
static void
mute_server_is_found(void)
{
	begin(CGN_UPSTREAM_AUTO);
	f.no_pcp = f.is_mute = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 40080, 3600, 7);
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_advance(&f, 2000);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL(VERSION(2), 2);
	CU_ASSERT_EQUAL(VERSION(3), 0);
	rf_end(&f);
}

/* Such a server also replaces one of PCP that was found before. */
static void
mute_server_is_found_after_another(void)
{
	begin(CGN_UPSTREAM_AUTO);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	f.is_silent = true;
	rf_pcp_ask(&f, RF_H2, TCP, 8000, 40081, 3600, 8);
	rf_settle(&f);
	rf_advance(&f, 400000);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 2);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 7);
	f.is_silent = false;
	f.no_pcp = f.is_mute = true;
	rf_pcp_ask(&f, RF_H2, TCP, 8000, 40081, 3600, 8);
	rf_settle(&f);
	rf_advance(&f, 60000);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 3);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	rf_end(&f);
}

/* Two version errors that contradict each other do not make the relay send without end. */
static void
contradiction_ends(void)
{
	begin(CGN_UPSTREAM_AUTO);
	f.no_pcp = f.no_natpmp = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 0, 3600, 7);
	rf_settle(&f);
	rf_advance(&f, 400000);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 7);
	CU_ASSERT_TRUE(f.n_sent <= 10);
	CU_ASSERT_EQUAL(wan_port(), 0);
	rf_end(&f);
}

/* Send an update of the mapping of H1's TCP port 8000. */
static void
say_update(uint16_t wan, uint16_t ext, uint32_t lifetime_s, uint8_t nonce)
{
	uint8_t m[RF_PCP_MAP];

	rf_write_pcp_map(m, RF_WAN, TCP, wan, ext, lifetime_s, nonce);
	m[1] = 0x81;
	memset(m + 8, 0, 16);
	rf_put32(m + 8, rf_upstream_epoch(&f));
	rf_put_ip4(m + 44, RF_X);
	rf_say(&f, m, sizeof(m));
	rf_settle(&f);
}

/* E-PX-2: with three quarters of the asked lifetime left, the answer comes from the table. */
static void
early_renewal_is_answered_at_once(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	rf_advance(&f, 999000);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 3001);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL(rf_get_ip4(rf_last(&f)->data + 44), RF_X);
	rf_advance(&f, 2000);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	CU_ASSERT_EQUAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 4000);
	/* Another nonce is not answered from it. */
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 8), 2);
	rf_end(&f);
}

/* E-PX-2: the table does not know yet what a deletion under way will leave. */
static void
renewal_waits_for_a_deletion(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	lf_find(&f.lf,
			&(struct cgn_ep4){ .addr = RF_H1,
					.port = RTE_BE16(8000),
					.proto = CGN_PROTO_TCP })
			->used_s = 3900;
	f.is_silent = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 0, 0, 7);
	rf_settle(&f);
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 40080, 4000, 7);
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	rf_end(&f);
}

/* E-PX-2, E-PX-7: an update that shortens a mapping counts for the answers from the table. */
static void
update_shortens_what_is_answered_at_once(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	say_update(wan_port(), 40080, 3500, 7);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 3500);
	rf_end(&f);
}

/* E-PX-4: after a loss upstream, the table means nothing. */
static void
loss_upstream_ends_early_answers(void)
{
	static const uint8_t announce[24] = { 2, 0x80, [11] = 1 };

	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	/* E-PX-7: an announcement without a change is told to nobody. */
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_advance(&f, 200000);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 1);
	f.n_sent = f.n_answered = 0;
	f.born_ms = f.lf.now_ms - 1000;
	memset(f.maps, 0, sizeof(f.maps));
	rf_say(&f, announce, sizeof(announce));
	rf_settle(&f);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 2);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 1);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, NPMP_TCP, wan_port()));
	rf_say(&f, announce, sizeof(announce));
	rf_settle(&f);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 2);
	rf_end(&f);
}

/* E-PX-7: what upstream says of a mapping goes down only if it changes something. Then the clients renew. */
static void
update_upstream_lets_clients_renew(void)
{
	uint16_t wan;

	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_advance(&f, 200000);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 1);
	wan = wan_port();
	say_update(wan, 40080, 3000, 7);
	say_update(wan, 40080, 0, 8);
	say_update(wan + 1, 40080, 0, 7);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 1);
	memset(f.maps, 0, sizeof(f.maps));
	say_update(wan, 40080, 0, 7);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 2);
	say_update(wan, 40080, 0, 7);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 2);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 4000, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 0);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, NPMP_TCP, wan));
	say_update(wan, 40081, 3000, 7);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 3);
	rf_end(&f);
}

/* E-MAP-6: PCP takes over the mapping of NAT-PMP, which upstream knows by another nonce. */
static void
pcp_takes_over_what_natpmp_has(void)
{
	begin(CGN_UPSTREAM_PCP);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 40080, 600), 40080);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	CU_ASSERT_EQUAL(rf_upstream_has(&f, NPMP_TCP, wan_port())->nonce[0], 7);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 7200, 7), 0);
	rf_end(&f);
}

/* E-OPT-2: the option goes up. */
static void
prefer_failure_goes_up(void)
{
	uint8_t r[RF_PCP_MAP + 4] = { 0 };

	begin(CGN_UPSTREAM_PCP);
	f.is_silent = true;
	rf_write_pcp_map(r, RF_H1, TCP, 8000, 40081, 3600, 7);
	r[RF_PCP_MAP] = 2;
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_EQUAL_FATAL(f.sent[0].len, sizeof(r));
	CU_ASSERT_EQUAL(memcmp(f.sent[0].data + RF_PCP_MAP, r + RF_PCP_MAP, 4), 0);
	rf_end(&f);
}

/* E-OPT-3: the home router filters itself, because each packet to the client passes it. Upstream knows no filter. A
 * renewal that changes filters is not answered from the table. */
static void
filter_stays_here(void)
{
	enum {
		FILTER = 24
	};
	uint8_t r[RF_PCP_MAP + FILTER] = { 0 };

	begin(CGN_UPSTREAM_PCP);
	f.conf.pcp.filters_max = 8;
	rf_write_pcp_map(r, RF_H1, TCP, 8000, 40080, 3600, 7);
	r[RF_PCP_MAP] = 3;
	r[RF_PCP_MAP + 3] = 20;
	r[RF_PCP_MAP + 5] = 128;
	rf_put_ip4(r + RF_PCP_MAP + 8, RTE_BE32(0xcb007105));
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL_FATAL(rf_last(&f)->len, sizeof(r));
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data + RF_PCP_MAP, r + RF_PCP_MAP, FILTER), 0);
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(f.sent[0].len, RF_PCP_MAP);
	CU_ASSERT_EQUAL(f.lf.last.n_filters, 1);
	CU_ASSERT_EQUAL(f.lf.filters[0].addr, RTE_BE32(0xcb007105));
	rf_put_ip4(r + RF_PCP_MAP + 8, RTE_BE32(0xcb007106));
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL(f.lf.last.n_filters, 2);
	/* One without filters is, and it leaves them as they are. */
	f.n_sent = f.n_answered = 0;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(f.lf.last.n_filters, 2);
	rf_end(&f);
}

/* RFC 6887 section 8.1.1, RFC 7488 section 3: 3 s, 6 s, 12 s, and after 24 s nobody is there. */
static void
silence_is_asked_four_times(void)
{
	begin(CGN_UPSTREAM_PCP);
	f.is_silent = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 0, 3600, 7);
	rf_settle(&f);
	rf_advance(&f, 2999);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_advance(&f, 42000);
	CU_ASSERT_EQUAL(f.n_sent, 4);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_advance(&f, 1);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 7);
	rf_end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(request_is_translated_on_its_way),
	CU_TEST_ROW(codes_pass_as_they_are),
	CU_TEST_ROW(codes_become_those_of_natpmp),
	CU_TEST_ROW(natpmp_client_has_one_nonce_for_a_mapping),
	CU_TEST_ROW(address_comes_from_a_short_mapping),
	CU_TEST_ROW(short_mapping_is_deleted_once),
	CU_TEST_ROW(late_answer_to_a_deletion_is_no_address),
	CU_TEST_ROW(unknown_mapping_is_deleted_upstream),
	CU_TEST_ROW(deletion_is_repeated_upstream),
	CU_TEST_ROW(guess_spares_what_is_in_use),
	CU_TEST_ROW(guess_is_not_told_to_natpmp),
	CU_TEST_ROW(deletion_goes_up),
	CU_TEST_ROW(natpmp_only_server_is_found),
	CU_TEST_ROW(pcp_only_server_is_found),
	CU_TEST_ROW(mute_server_is_found),
	CU_TEST_ROW(mute_server_is_found_after_another),
	CU_TEST_ROW(contradiction_ends),
	CU_TEST_ROW(early_renewal_is_answered_at_once),
	CU_TEST_ROW(renewal_waits_for_a_deletion),
	CU_TEST_ROW(update_shortens_what_is_answered_at_once),
	CU_TEST_ROW(loss_upstream_ends_early_answers),
	CU_TEST_ROW(update_upstream_lets_clients_renew),
	CU_TEST_ROW(pcp_takes_over_what_natpmp_has),
	CU_TEST_ROW(prefer_failure_goes_up),
	CU_TEST_ROW(filter_stays_here),
	CU_TEST_ROW(silence_is_asked_four_times),
};

CU_MAIN("relay_pcp_server", tests)
