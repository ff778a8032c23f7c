/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCP clients of a home router whose NAT in front speaks NAT-PMP only.
 */
#include "tests/support/relayfix_pcp.h"

#define UDP      17
#define TCP      6
#define NPMP_TCP 2

static struct rf f;

static void
begin(void)
{
	rf_begin(&f);
	f.conf.pcp.enabled = true;
}

/* The local mapping of H1's TCP port 8000, NULL: none. */
static struct lf_mapping *
local_mapping(void)
{
	const struct cgn_ep4 ep = { .addr = RF_H1, .port = RTE_BE16(8000), .proto = CGN_PROTO_TCP };

	return lf_find(&f.lf, &ep);
}

/* E-PX-1: the outermost pair goes down, with the nonce, and no longer than upstream has granted. */
static void
outermost_pair_goes_down(void)
{
	static const uint8_t address[] = { 0, 0 };
	static const uint8_t map[] = { 0, 2, 0, 0, 0x9c, 0x40, 0x9c, 0x90, 0, 0, 0x0e, 0x10 };

	begin();
	f.most_s = 600;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	/* NAT-PMP says the address apart from the mapping. */
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 2);
	CU_ASSERT_EQUAL(f.sent[0].len, sizeof(address));
	CU_ASSERT_EQUAL(memcmp(f.sent[0].data, address, sizeof(address)), 0);
	CU_ASSERT_EQUAL(f.sent[1].len, sizeof(map));
	CU_ASSERT_EQUAL(memcmp(f.sent[1].data, map, sizeof(map)), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 600);
	CU_ASSERT_EQUAL(rf_last(&f)->data[24], 7);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 40), 8000);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL(rf_get_ip4(rf_last(&f)->data + 44), RF_X);
	CU_ASSERT_EQUAL(local_mapping()->ext.port, RTE_BE16(40000));
	/* From now on the address is known. */
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H2, TCP, 8000, 0, 3600, 8), 0);
	CU_ASSERT_EQUAL(f.n_sent, 3);
	rf_end(&f);
}

/* E-PX-1: without an address upstream, a mapping would be of no use. */
static void
no_address_upstream_is_a_failure(void)
{
	begin();
	f.ext = 0;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 7);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 30);
	CU_ASSERT_PTR_NULL(local_mapping());
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	rf_end(&f);
}

/* C-G-10: what upstream refuses with becomes PCP's code, and nothing is left. */
static void
codes_become_those_of_pcp(void)
{
	static const struct {
		uint16_t natpmp;
		uint8_t pcp;
		uint32_t lifetime_s;
	} rows[] = { { 1, 7, 30 }, { 2, 2, 1800 }, { 3, 7, 30 }, { 4, 8, 30 }, { 5, 4, 1800 },
		{ 6, 10, 30 }, { 99, 7, 30 } };

	begin();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.result = rows[i].natpmp;
		CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), rows[i].pcp);
		CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), rows[i].lifetime_s);
		CU_ASSERT_PTR_NULL(local_mapping());
	}
	rf_end(&f);
}

/* C-G-8: nobody answers upstream. */
static void
silence_is_a_failure_of_the_network(void)
{
	begin();
	f.is_silent = true;
	rf_pcp_ask(&f, RF_H1, TCP, 8000, 0, 3600, 7);
	rf_settle(&f);
	rf_advance(&f, 130000);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 7);
	CU_ASSERT_PTR_NULL(local_mapping());
	rf_end(&f);
}

/* E-PX-3: a deletion ends both, and has the suggested port in its answer (E-LIFE-2). */
static void
deletion_ends_both(void)
{
	begin();
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 1234, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 0);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 1234);
	CU_ASSERT_PTR_NULL(local_mapping());
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lf.lessor), 0);
	/* Another nonce deletes nothing. */
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 8), 2);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* E-LIFE-5, E-PX-3: traffic uses the mapping, so both NATs keep it for its idle time-out. */
static void
mapping_in_use_is_shortened_in_both(void)
{
	struct rf_map *m;

	begin();
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 40080, 3600, 7), 0);
	local_mapping()->used_s = 240;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 0, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_lifetime(&f), 240);
	m = rf_upstream_has(&f, NPMP_TCP, 40000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ext_port, 40080);
	CU_ASSERT_EQUAL(m->end_ms, f.lf.now_ms + 240000);
	rf_end(&f);
}

/* E-PX-7, E-ANN-3: ANNOUNCE is answered here. */
static void
announce_is_answered_here(void)
{
	uint8_t r[24] = { 2 };

	begin();
	rf_put_ip4(r + 8, RF_H1);
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_last(&f)->len, sizeof(r));
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

/* E-PX-4, E-EP-2: the epoch runs by the clock here. Only a loss of either NAT changes it. */
static void
epoch_is_its_own(void)
{
	begin();
	f.born_ms = f.lf.now_ms - 50000;
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 50);
	/* Upstream goes back by two seconds. For NAT-PMP that is no loss; a PCP client must not see it. */
	f.born_ms += 2000;
	rf_say_address(&f);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 50);
	/* A jump forward is not copied, either. */
	f.born_ms -= 20000;
	rf_say_address(&f);
	rf_advance(&f, 1000);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 51);
	/* Upstream has another address (E-EP-1). */
	f.ext = RF_X + RTE_BE32(1);
	rf_say_address(&f);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 0);
	rf_advance(&f, 20000);
	f.born_ms = f.lf.now_ms - 5000;
	rf_say_address(&f);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 5);
	cgn_relay_lost(f.relay, f.lf.now_ms);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_pcp_epoch(&f), 0);
	rf_end(&f);
}

/* E-ANN-2: both formats, each ten times. */
static void
loss_is_announced_in_both_formats(void)
{
	unsigned int pcp = 0;

	begin();
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_settle(&f);
	rf_advance(&f, 200000);
	CU_ASSERT_EQUAL_FATAL(f.n_announced, 20);
	for (unsigned int i = 0; i < 20; i++) {
		const struct rf_sent *a = &f.announced[i];

		CU_ASSERT_EQUAL(a->len, i % 2 == 0 ? CGN_NATPMP_ADDRESS_LEN : 24);
		pcp += a->data[0] == 2 && a->data[1] == 0x80 && a->data[3] == 0 ? 1 : 0;
	}
	CU_ASSERT_EQUAL(pcp, 10);
	rf_end(&f);
}

/* E-MAP-6: NAT-PMP reads a mapping of PCP; PCP takes over one of NAT-PMP. */
static void
protocols_share_the_mappings(void)
{
	begin();
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 40080, 600), 40080);
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H1, TCP, 8000, 0, 3600, 7), 0);
	CU_ASSERT_EQUAL(rf_get16(rf_last(&f)->data + 42), 40080);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	/* C-G-3: the port is that of the outermost NAT. */
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 0, 600), 40080);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, NPMP_TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 2);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* E-OPT-2: NAT-PMP cannot say it, so another port is taken back. */
static void
prefer_failure_takes_another_port_back(void)
{
	uint8_t r[RF_PCP_MAP + 4] = { 0 };

	begin();
	CU_ASSERT_EQUAL(rf_pcp_map(&f, RF_H2, TCP, 8000, 40080, 3600, 8), 0);
	rf_write_pcp_map(r, RF_H1, TCP, 8000, 40081, 3600, 7);
	r[RF_PCP_MAP] = 2;
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 0);
	f.is_busy = true;
	rf_write_pcp_map(r, RF_H1, TCP, 8001, 40082, 3600, 7);
	rf_pcp_client(&f, RF_H1, r, sizeof(r));
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_pcp_result(&f), 11);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lf.lessor), 2);
	rf_end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(outermost_pair_goes_down),
	CU_TEST_ROW(no_address_upstream_is_a_failure),
	CU_TEST_ROW(codes_become_those_of_pcp),
	CU_TEST_ROW(silence_is_a_failure_of_the_network),
	CU_TEST_ROW(deletion_ends_both),
	CU_TEST_ROW(mapping_in_use_is_shortened_in_both),
	CU_TEST_ROW(announce_is_answered_here),
	CU_TEST_ROW(epoch_is_its_own),
	CU_TEST_ROW(loss_is_announced_in_both_formats),
	CU_TEST_ROW(protocols_share_the_mappings),
	CU_TEST_ROW(prefer_failure_takes_another_port_back),
};

CU_MAIN("relay_pcp_client", tests)
