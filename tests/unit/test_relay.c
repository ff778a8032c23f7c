/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/relayfix_run.h"

#define UDP 1
#define TCP 2

static struct rf f;

static const struct cgn_relay_transactions_stats *
transactions(void)
{
	return cgn_relay_transactions_stats(cgn_relay_get_transactions(f.relay));
}

static unsigned int
leases(void)
{
	return cgn_lessor_count(f.lf.lessor);
}

/* Mappings of the own NAT. */
static unsigned int
redirections(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LF_MAPPINGS; i++)
		n += f.lf.mappings[i].is_used ? 1 : 0;
	return n;
}

/* C-N-1, C-G-1: the octets at each step: w upstream, i downstream, E and the lease as they are. */
static void
mapping_is_translated_on_its_way(void)
{
	static const uint8_t asked[] = { 0, 1, 0, 0, 0x1f, 0x90, 0xc3, 0x50, 0, 0, 0x1c, 0x20 };
	static const uint8_t up[] = { 0, 1, 0, 0, 0x9c, 0x40, 0xc3, 0x50, 0, 0, 0x1c, 0x20 };
	static const uint8_t granted[] = { 0, 129, 0, 0, 0, 0, 1, 0, 0x9c, 0x40, 0xea, 0x60, 0, 0,
		0x0e, 0x10 };
	static const uint8_t down[] = { 0, 129, 0, 0, 0, 0, 0, 100, 0x1f, 0x90, 0xea, 0x60, 0, 0,
		0x0e, 0x10 };

	rf_begin(&f);
	f.is_silent = true;
	rf_client(&f, RF_H1, asked, sizeof(asked));
	/* Step 2: first the own NAT, for as long as the answer may take. */
	CU_ASSERT_EQUAL(f.lf.last_op, CGN_CMD_MAP_ADD);
	CU_ASSERT_EQUAL(f.lf.last.lifetime_s, CGN_RELAY_PENDING_S);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_settle(&f);
	/* Step 3. */
	CU_ASSERT_EQUAL_FATAL(f.n_sent, 1);
	CU_ASSERT_EQUAL_FATAL(f.sent[0].len, sizeof(up));
	CU_ASSERT_EQUAL(memcmp(f.sent[0].data, up, sizeof(up)), 0);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	/* Step 4: the own lease is upstream's before the client hears of it. */
	rf_say(&f, granted, sizeof(granted));
	CU_ASSERT_EQUAL(f.n_answers, 0);
	CU_ASSERT_EQUAL(f.lf.last_op, CGN_CMD_MAP_ADD);
	CU_ASSERT_EQUAL(f.lf.last.lifetime_s, 3600);
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL_FATAL(rf_last(&f)->len, sizeof(down));
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data, down, sizeof(down)), 0);
	CU_ASSERT_EQUAL(rf_last(&f)->to.local.ip4, RF_GW);
	CU_ASSERT_EQUAL(transactions()->committed, 1);
	rf_end(&f);
}

/* C-N-2, C-G-10: whatever upstream refuses with passes, and nothing of the mapping is left. */
static void
refusal_leaves_no_half_mapping(void)
{
	static const uint16_t codes[] = { 1, 2, 3, 4, 5, 6, 7, 99, 0x1234 };

	rf_begin(&f);
	for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		f.result = codes[i];
		CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 3600), 0);
		/* The relay does speak the version, so a refused version is a failure of the network. */
		CU_ASSERT_EQUAL(rf_result(&f), codes[i] == 1 ? 3 : codes[i]);
		CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 12), 0);
		CU_ASSERT_EQUAL(redirections(), 0);
		CU_ASSERT_EQUAL(leases(), 0);
	}
	CU_ASSERT_EQUAL(transactions()->aborted, sizeof(codes) / sizeof(codes[0]));
	rf_end(&f);
}

/* C-G-8, C-N-2: nobody answers upstream: 3 after the schedule, and nothing is left. */
static void
silence_is_result_3_after_the_schedule(void)
{
	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 3600);
	rf_settle(&f);
	CU_ASSERT_NOT_EQUAL(rf_wan_port(&f, RF_H1, TCP, 8000), 0);
	for (unsigned int i = 0; i < 8; i++) {
		/* The client's own repetitions are one request. */
		rf_advance(&f, 250u << i);
		rf_ask_map(&f, RF_H1, TCP, 8000, 0, 3600);
		rf_settle(&f);
	}
	rf_advance(&f, 63999);
	CU_ASSERT_EQUAL(f.n_sent, 9);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	rf_advance(&f, 2);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_result(&f), 3);
	CU_ASSERT_EQUAL(redirections(), 0);
	CU_ASSERT_EQUAL(leases(), 0);
	rf_end(&f);
}

/* C-G-8: three packets go lost: one answer, late as it is. */
static void
answer_comes_late_and_once(void)
{
	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 3600);
	rf_settle(&f);
	rf_advance(&f, 1000);
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 3600);
	rf_advance(&f, 800);
	CU_ASSERT_EQUAL(f.n_sent, 4);
	f.n_answered = 3;
	f.is_silent = false;
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	/* Upstream's lease may have begun with the first packet. */
	CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 12), 3599);
	rf_advance(&f, 10000);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(f.n_sent, 4);
	rf_end(&f);
}

/* C-G-11: never longer than upstream's, nor than asked for; also in the own NAT. */
static void
lease_is_no_longer_than_upstreams(void)
{
	rf_begin(&f);
	f.most_s = 30;
	CU_ASSERT_NOT_EQUAL(rf_map(&f, RF_H1, UDP, 7000, 0, 7200), 0);
	CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 12), 30);
	CU_ASSERT_EQUAL(f.lf.last.lifetime_s, 30);
	rf_advance(&f, 29900);
	CU_ASSERT_EQUAL(leases(), 1);
	rf_advance(&f, 200);
	CU_ASSERT_EQUAL(leases(), 0);
	rf_end(&f);
}

/* C-G-11: an upstream that grants more than it was asked for. */
static void
lease_is_no_longer_than_asked(void)
{
	static const uint8_t granted[] = { 0, 129, 0, 0, 0, 0, 1, 0, 0x9c, 0x40, 0xea, 0x60, 0, 0,
		0x0e, 0x10 };

	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, UDP, 7000, 0, 60);
	rf_settle(&f);
	rf_say(&f, granted, sizeof(granted));
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 12), 60);
	CU_ASSERT_EQUAL(f.lf.last.lifetime_s, 60);
	rf_end(&f);
}

/* C-N-3: the same w and E; both leases are extended together. */
static void
renewal_takes_the_same_path(void)
{
	uint16_t w, ext;

	rf_begin(&f);
	ext = rf_map(&f, RF_H1, TCP, 8000, 0, 600);
	w = rf_wan_port(&f, RF_H1, TCP, 8000);
	rf_advance(&f, 300000);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), ext);
	CU_ASSERT_EQUAL(rf_wan_port(&f, RF_H1, TCP, 8000), w);
	rf_advance(&f, 599000);
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, TCP, w));
	CU_ASSERT_EQUAL(redirections(), 1);
	rf_end(&f);
}

/* B-MAP-8, C-N-6: upstream takes all hosts for one; another host is not given half of a port. */
static void
companion_of_another_host_is_not_asked_for(void)
{
	rf_begin(&f);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 40080, 3600), 40080);
	CU_ASSERT_NOT_EQUAL(rf_map(&f, RF_H2, UDP, 9000, 40080, 3600), 40080);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, UDP, 8000, 40080, 3600), 40080);
	/* A port is free for all when its half is gone: deleted, expired or changed upstream. */
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8001, 40090, 3600), 40090);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8001, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, UDP, 9001, 40090, 3600), 40090);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8002, 40100, 10), 40100);
	rf_advance(&f, 11000);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, UDP, 9002, 40100, 3600), 40100);
	/* What is refused keeps nothing. */
	f.result = 4;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8003, 40110, 3600), 0);
	f.result = 0;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H2, UDP, 9003, 40110, 3600), 40110);
	rf_end(&f);
}

/* C-G-1, B-MAP-12: a success without a port is no success; upstream is asked again. */
static void
success_without_a_port_is_no_answer(void)
{
	static const uint8_t granted[] = { 0, 129, 0, 0, 0, 0, 1, 0, 0x9c, 0x40, 0, 0, 0, 0, 0x0e,
		0x10 };

	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, UDP, 8000, 0, 3600);
	rf_settle(&f);
	rf_say(&f, granted, sizeof(granted));
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	f.is_silent = false;
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_NOT_EQUAL(rf_get16(rf_last(&f)->data + 10), 0);
	rf_end(&f);
}

/* B-MAP-8, C-N-6: nor when both ask in the same moment. */
static void
companions_asked_for_at_once_are_not_shared(void)
{
	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 40080, 3600);
	rf_ask_map(&f, RF_H2, UDP, 9000, 40080, 3600);
	rf_settle(&f);
	f.is_silent = false;
	rf_settle(&f);
	CU_ASSERT_EQUAL_FATAL(f.n_answers, 2);
	CU_ASSERT_NOT_EQUAL(rf_get16(f.answers[0].data + 10), rf_get16(f.answers[1].data + 10));
	rf_end(&f);
}

/* C-N-3: a refused renewal leaves the mapping as long as the lease that it stands on. */
static void
refused_renewal_ends_with_the_old_lease(void)
{
	rf_begin(&f);
	CU_ASSERT_NOT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), 0);
	rf_advance(&f, 300000);
	f.result = 4;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 4);
	CU_ASSERT_EQUAL(redirections(), 1);
	rf_advance(&f, 299000);
	CU_ASSERT_EQUAL(leases(), 1);
	rf_advance(&f, 1000);
	CU_ASSERT_EQUAL(leases(), 0);
	rf_end(&f);
}

/* C-N-3: upstream has given E to somebody else: the client learns its new one. */
static void
other_external_port_is_passed_down(void)
{
	uint16_t ext;

	rf_begin(&f);
	ext = rf_map(&f, RF_H1, TCP, 8000, 0, 600);
	memset(f.maps, 0, sizeof(f.maps));
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 55555, 600), 55555);
	CU_ASSERT_NOT_EQUAL(ext, 55555);
	rf_end(&f);
}

/* C-N-4: upstream first, then here; a second time nothing upstream. */
static void
deletion_goes_through_both(void)
{
	unsigned int sent;
	uint16_t w;

	rf_begin(&f);
	(void)rf_map(&f, RF_H1, TCP, 8000, 0, 600);
	w = rf_wan_port(&f, RF_H1, TCP, 8000);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_PTR_NULL(rf_upstream_has(&f, TCP, w));
	CU_ASSERT_EQUAL(redirections(), 0);
	CU_ASSERT_EQUAL(leases(), 0);
	sent = f.n_sent;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(f.n_sent, sent);
	rf_end(&f);
}

/* C-N-4: what upstream refuses to delete stays in both. */
static void
refused_deletion_changes_nothing(void)
{
	rf_begin(&f);
	(void)rf_map(&f, RF_H1, TCP, 8000, 0, 600);
	f.refuse_unmap = 2;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 2);
	CU_ASSERT_EQUAL(redirections(), 1);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* C-N-5: port 0 never goes upstream; the other host and the other protocol keep theirs. */
static void
delete_all_is_so_many_single_deletions(void)
{
	rf_begin(&f);
	for (uint16_t port = 5000; port < 5040; port++)
		CU_ASSERT_NOT_EQUAL(rf_map(&f, RF_H1, TCP, port, 0, 600), 0);
	(void)rf_map(&f, RF_H1, UDP, 5000, 0, 600);
	(void)rf_map(&f, RF_H2, TCP, 5000, 0, 600);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 42);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 2);
	CU_ASSERT_EQUAL(leases(), 2);
	CU_ASSERT_NOT_EQUAL(rf_wan_port(&f, RF_H2, TCP, 5000), 0);
	CU_ASSERT_NOT_EQUAL(rf_wan_port(&f, RF_H1, UDP, 5000), 0);
	for (unsigned int i = 0; i < f.n_sent; i++)
		CU_ASSERT_NOT_EQUAL(rf_get16(f.sent[i].data + 4), 0);
	rf_end(&f);
}

/* C-N-5: the answer is 0 only if all have gone. */
static void
delete_all_says_if_one_was_refused(void)
{
	rf_begin(&f);
	(void)rf_map(&f, RF_H1, TCP, 5000, 0, 600);
	(void)rf_map(&f, RF_H1, TCP, 5001, 0, 600);
	f.refuse_unmap = 2;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 2);
	CU_ASSERT_EQUAL(leases(), 2);
	f.refuse_unmap = 0;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_EQUAL(leases(), 0);
	/* Nothing to delete is success, too. */
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	rf_end(&f);
}

/* E-MAP-6: what PCP has made stays, also upstream. */
static void
delete_all_spares_leases_of_pcp(void)
{
	struct cgn_lessor_request pcp = lf_request(RF_H1, CGN_PROTO_TCP, 5001, 600);

	rf_begin(&f);
	(void)rf_map(&f, RF_H1, TCP, 5000, 0, 600);
	(void)rf_map(&f, RF_H1, TCP, 5001, 0, 600);
	pcp.by.by = CGN_LEASE_BY_PCP;
	cgn_lessor_map(f.lf.lessor, &pcp, lf_done, &f.lf, f.lf.now_ms);
	lf_reply(&f.lf);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 2);
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	CU_ASSERT_NOT_EQUAL(rf_wan_port(&f, RF_H1, TCP, 5001), 0);
	rf_end(&f);
}

/* C-N-1 step 1: what cannot be met here is not asked for upstream. */
static void
local_refusal_asks_nobody(void)
{
	static const struct {
		int ret;
		uint16_t result;
	} refusals[] = { { -EACCES, 2 }, { -ENOSPC, 4 }, { -EDQUOT, 6 } };

	rf_begin(&f);
	for (unsigned int i = 0; i < 3; i++) {
		f.lf.refuse = refusals[i].ret;
		CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), 0);
		CU_ASSERT_EQUAL(rf_result(&f), refusals[i].result);
	}
	f.lf.refuse = 0;
	f.group.leases_max = 0;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 2);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

static void
ask_address(rte_be32_t addr)
{
	static const uint8_t request[] = { 0, 0 };

	rf_client(&f, addr, request, sizeof(request));
}

/* C-G-3: the outermost address; C-G-8: one question for all who ask meanwhile. */
static void
address_is_the_outermost_one(void)
{
	static const uint8_t down[] = { 0, 128, 0, 0, 0, 0, 0, 100, 203, 0, 113, 7 };

	rf_begin(&f);
	ask_address(RF_H1);
	ask_address(RF_H2);
	ask_address(RF_H1);
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(f.n_answers, 2);
	CU_ASSERT_EQUAL_FATAL(rf_last(&f)->len, sizeof(down));
	CU_ASSERT_EQUAL(memcmp(rf_last(&f)->data, down, sizeof(down)), 0);
	f.ext = 0;
	ask_address(RF_H1);
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_result(&f), 3);
	CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 8), 0);
	rf_end(&f);
}

/* C-G-12: with a public address of its own it is the outermost NAT and asks nobody. */
static void
public_address_ends_the_recursion(void)
{
	static const rte_be32_t public[] = { RTE_BE32(0xcb007109), RTE_BE32(0x09ffffff),
		RTE_BE32(0x0b000000), RTE_BE32(0xac0fffff), RTE_BE32(0xac200000),
		RTE_BE32(0xc0a7ffff), RTE_BE32(0xc0a90000), RTE_BE32(0x643fffff),
		RTE_BE32(0x64800000) };
	static const rte_be32_t private[] = { RTE_BE32(0x0a000000), RTE_BE32(0x0affffff),
		RTE_BE32(0xac100000), RTE_BE32(0xac1fffff), RTE_BE32(0xc0a80000),
		RTE_BE32(0xc0a8ffff), RTE_BE32(0x64400000), RTE_BE32(0x647fffff) };

	for (unsigned int i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		CU_ASSERT_FALSE(cgn_relay_is_private(public[i]));
	for (unsigned int i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		CU_ASSERT_TRUE(cgn_relay_is_private(private[i]));
	rf_begin(&f);
	f.range.first = f.range.last = rte_be_to_cpu_32(public[0]);
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 8000, 0, 600), 40000);
	ask_address(RF_H1);
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_get32(rf_last(&f)->data + 8), rte_be_to_cpu_32(LF_X));
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(leases(), 0);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	rf_end(&f);
}

static uint32_t
epoch(void)
{
	ask_address(RF_H1);
	rf_settle(&f);
	return rf_get32(rf_last(&f)->data + 4);
}

/* C-G-4, C-G-5: it falls when either of the two loses its state. */
static void
epoch_is_the_smaller_one(void)
{
	rf_begin(&f);
	CU_ASSERT_EQUAL(epoch(), 100);
	rf_advance(&f, 7000);
	CU_ASSERT_EQUAL(epoch(), 107);
	f.born_ms = f.lf.now_ms - 3000;
	CU_ASSERT_EQUAL(epoch(), 3);
	rf_advance(&f, 5000);
	CU_ASSERT_EQUAL(epoch(), 8);
	rf_end(&f);
}

static void
only_the_relay_restarts(void)
{
	rf_begin(&f);
	f.born_ms = f.lf.now_ms - 50000;
	CU_ASSERT_EQUAL(epoch(), 50);
	cgn_relay_lost(f.relay, f.lf.now_ms);
	CU_ASSERT_EQUAL(epoch(), 0);
	rf_advance(&f, 4000);
	CU_ASSERT_EQUAL(epoch(), 4);
	rf_end(&f);
}

/* C-G-5: a day, asked every minute, clocks that differ: clients have no reason to renew. */
static void
quiet_day_has_no_loss(void)
{
	uint32_t last;

	rf_begin(&f);
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_settle(&f);
	last = epoch();
	for (unsigned int minute = 0; minute < 24 * 60; minute++) {
		uint32_t now;

		rf_advance(&f, 60000);
		f.born_ms += minute % 2 == 0 ? 12 : 0; /* 100 ppm slower */
		now = epoch();
		CU_ASSERT_TRUE(now + 2 >= last + 60 * 7 / 8);
		last = now;
	}
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 1);
	rf_end(&f);
}

/* C-G-6, C-G-3: the loss upstream, then ten announcements with the address and the new epoch. */
static void
loss_is_announced_ten_times(void)
{
	static const uint8_t first[] = { 0, 128, 0, 0, 0, 0, 0, 1, 203, 0, 113, 8 };

	rf_begin(&f);
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_settle(&f);
	rf_advance(&f, 200000);
	CU_ASSERT_EQUAL(f.n_announced, 10);
	f.born_ms = f.lf.now_ms - 1000;
	f.ext = RTE_BE32(0xcb007108);
	rf_say_address(&f); /* the upstream's own announcement */
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_announced, 11);
	CU_ASSERT_EQUAL(memcmp(f.announced[10].data, first, sizeof(first)), 0);
	rf_advance(&f, 249);
	CU_ASSERT_EQUAL(f.n_announced, 11);
	for (unsigned int i = 1; i < 10; i++) {
		rf_advance(&f, i == 1 ? 1 : 250u << (i - 1));
		CU_ASSERT_EQUAL(f.n_announced, 11 + i);
	}
	rf_advance(&f, 300000);
	CU_ASSERT_EQUAL(f.n_announced, 20);
	rf_end(&f);
}

/* C-G-6: -1 and -2 s announce nothing, -3 s do. */
static void
two_seconds_back_announce_nothing(void)
{
	rf_begin(&f);
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_settle(&f);
	CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, 1);
	for (unsigned int back = 1; back <= 3; back++) {
		f.born_ms += (uint64_t)back * 1000;
		rf_say_address(&f);
		rf_settle(&f);
		CU_ASSERT_EQUAL(cgn_relay_stats(f.relay).series, back < 3 ? 1 : 2);
	}
	rf_end(&f);
}

static void
announce_can_be_switched_off(void)
{
	rf_begin(&f);
	f.conf.natpmp.announce = false;
	cgn_relay_start(f.relay, f.lf.now_ms);
	rf_advance(&f, 200000);
	CU_ASSERT_EQUAL(f.n_announced, 0);
	rf_end(&f);
}

/* C-G-6: a transaction under way when upstream loses its state is carried out on the new one. */
static void
loss_restarts_transactions(void)
{
	rf_begin(&f);
	(void)epoch();
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 600);
	rf_settle(&f);
	f.n_answered = f.n_sent; /* lost with the old state */
	f.born_ms = f.lf.now_ms;
	f.is_silent = false;
	rf_say_address(&f);
	rf_settle(&f);
	CU_ASSERT_EQUAL(rf_result(&f), 0);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, TCP, rf_wan_port(&f, RF_H1, TCP, 8000)));
	rf_end(&f);
}

/* C-G-8: what one endpoint wants is done in its order, never at the same time. */
static void
requests_for_one_endpoint_keep_their_order(void)
{
	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 600);
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 0);
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 1200);
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	f.is_silent = false;
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 3);
	CU_ASSERT_EQUAL(rf_get32(f.answers[0].data + 12), 600);
	CU_ASSERT_EQUAL(rf_get32(f.answers[1].data + 12), 0);
	CU_ASSERT_EQUAL(rf_get32(f.answers[2].data + 12), 1200);
	CU_ASSERT_EQUAL(redirections(), 1);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 1);
	rf_end(&f);
}

/* What is shown as under way is under way: nothing is left of it, whatever waits for whatever, time after time. */
static void
transactions_under_way_are_counted_until_they_end(void)
{
	rf_begin(&f);
	for (unsigned int round = 0; round < 5; round++) {
		f.is_silent = true;
		for (uint16_t i = 0; i < 3; i++) {
			rf_ask_map(&f, RF_H1, TCP, (uint16_t)(8000 + i), 0, 600);
			rf_ask_map(&f, RF_H1, TCP, (uint16_t)(8000 + i), 0, 0);
			rf_ask_map(&f, RF_H1, TCP, (uint16_t)(8000 + i), 0, 1200);
			rf_ask_map(&f, RF_H2, UDP, (uint16_t)(8000 + i), 0, 600);
		}
		lf_reply(&f.lf);
		CU_ASSERT_EQUAL(cgn_relay_transactions_open(cgn_relay_get_transactions(f.relay)),
				12);
		f.is_silent = round % 2 == 1; /* answered, or given up */
		rf_settle(&f);
		rf_advance(&f, 130000);
		CU_ASSERT_EQUAL(cgn_relay_transactions_open(cgn_relay_get_transactions(f.relay)),
				0);
		CU_ASSERT_EQUAL(cgn_natpmp_server_open(f.server), 0);
	}
	rf_end(&f);
}

/* C-G-9: 200 hosts renew at once; upstream sees them one after the other, all are answered. */
static void
many_hosts_at_once_are_all_served(void)
{
	rf_begin(&f);
	for (uint32_t i = 0; i < 200; i++)
		rf_ask_map(&f, rte_cpu_to_be_32(0xc0a8010b + i), TCP, 8000, 0, 600);
	lf_reply(&f.lf);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	rf_settle(&f);
	CU_ASSERT_EQUAL(f.n_answers, 200);
	CU_ASSERT_EQUAL(rf_upstream_count(&f), 200);
	CU_ASSERT_EQUAL(redirections(), 200);
	rf_end(&f);
}

/* C-N-2: the worker says no when upstream has said yes: no success is told. */
static void
lost_worker_is_no_success(void)
{
	static const uint8_t granted[] = { 0, 130, 0, 0, 0, 0, 1, 0, 0x9c, 0x40, 0xea, 0x60, 0, 0,
		0x0e, 0x10 };

	rf_begin(&f);
	f.is_silent = true;
	rf_ask_map(&f, RF_H1, TCP, 8000, 0, 3600);
	rf_settle(&f);
	rf_say(&f, granted, sizeof(granted));
	lf_time_out(&f.lf);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(f.server), 0);
	/* What is left of it ends as pending mappings do. */
	rf_advance(&f, CGN_RELAY_PENDING_S * 1000);
	CU_ASSERT_EQUAL(leases(), 0);
	rf_end(&f);
}

/* C-N-1: the operator's static mapping is asked for with its own port and never taken back. */
static void
static_mapping_stays(void)
{
	const struct cgn_ep4 in = { .addr = RF_H1, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP };

	rf_begin(&f);
	(void)lf_add(&f.lf, &in, 8080, CGN_MAPPING_STATIC);
	f.result = 6;
	CU_ASSERT_EQUAL(rf_map(&f, RF_H1, TCP, 80, 0, 600), 0);
	CU_ASSERT_EQUAL(rf_result(&f), 6);
	CU_ASSERT_EQUAL(rf_wan_port(&f, RF_H1, TCP, 80), 8080);
	f.result = 0;
	CU_ASSERT_NOT_EQUAL(rf_map(&f, RF_H1, TCP, 80, 0, 600), 0);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, TCP, 8080));
	rf_end(&f);
}

/* Shutdown in the middle of everything: nothing is left (LeakSanitizer looks). */
static void
end_in_the_middle_of_work(void)
{
	rf_begin(&f);
	(void)rf_map(&f, RF_H1, TCP, 5000, 0, 600);
	(void)rf_map(&f, RF_H1, TCP, 5001, 0, 600);
	f.is_silent = true;
	ask_address(RF_H1);
	for (uint16_t i = 0; i < 40; i++) {
		rf_ask_map(&f, RF_H2, TCP, (uint16_t)(6000 + i), 0, 600);
		rf_ask_map(&f, RF_H2, TCP, (uint16_t)(6000 + i), 0, 0);
	}
	rf_ask_map(&f, RF_H1, TCP, 0, 0, 0);
	lf_reply(&f.lf);
	rf_ask_map(&f, RF_H1, UDP, 5000, 0, 600);
	rf_end(&f);
}

/* C-G-9: upstream is silent and one client asks for everything it can think of: the others are served. */
static void
greedy_client_does_not_starve_the_others(void)
{
	static const uint8_t address[] = { 0, 0 };

	rf_begin(&f);
	f.is_silent = true;
	f.conf.natpmp.requests_per_s = 100000;
	for (uint16_t i = 1; i <= 2000; i++) {
		rf_client_from(&f, RF_H1, i, address, sizeof(address));
		rf_ask_map(&f, RF_H1, TCP, 8000, i, 600);
		rf_ask_map(&f, RF_H1, UDP, i, 0, 600);
		rf_ask_map(&f, RF_H1, TCP, 0, i, 0);
		lf_reply(&f.lf);
	}
	CU_ASSERT_TRUE(cgn_natpmp_server_open(f.server) <= 300);
	rf_client(&f, RF_H2, address, sizeof(address));
	rf_ask_map(&f, RF_H2, TCP, 8000, 0, 600);
	rf_settle(&f);
	f.n_answers = 0;
	f.is_silent = false;
	rf_settle(&f);
	rf_advance(&f, 1000);
	CU_ASSERT_NOT_EQUAL(rf_wan_port(&f, RF_H2, TCP, 8000), 0);
	CU_ASSERT_PTR_NOT_NULL(rf_upstream_has(&f, TCP, rf_wan_port(&f, RF_H2, TCP, 8000)));
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(f.server), 0);
	rf_end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mapping_is_translated_on_its_way),
	CU_TEST_ROW(refusal_leaves_no_half_mapping),
	CU_TEST_ROW(silence_is_result_3_after_the_schedule),
	CU_TEST_ROW(answer_comes_late_and_once),
	CU_TEST_ROW(lease_is_no_longer_than_upstreams),
	CU_TEST_ROW(lease_is_no_longer_than_asked),
	CU_TEST_ROW(renewal_takes_the_same_path),
	CU_TEST_ROW(companion_of_another_host_is_not_asked_for),
	CU_TEST_ROW(companions_asked_for_at_once_are_not_shared),
	CU_TEST_ROW(success_without_a_port_is_no_answer),
	CU_TEST_ROW(refused_renewal_ends_with_the_old_lease),
	CU_TEST_ROW(other_external_port_is_passed_down),
	CU_TEST_ROW(deletion_goes_through_both),
	CU_TEST_ROW(refused_deletion_changes_nothing),
	CU_TEST_ROW(delete_all_is_so_many_single_deletions),
	CU_TEST_ROW(delete_all_says_if_one_was_refused),
	CU_TEST_ROW(delete_all_spares_leases_of_pcp),
	CU_TEST_ROW(local_refusal_asks_nobody),
	CU_TEST_ROW(address_is_the_outermost_one),
	CU_TEST_ROW(public_address_ends_the_recursion),
	CU_TEST_ROW(epoch_is_the_smaller_one),
	CU_TEST_ROW(only_the_relay_restarts),
	CU_TEST_ROW(quiet_day_has_no_loss),
	CU_TEST_ROW(loss_is_announced_ten_times),
	CU_TEST_ROW(two_seconds_back_announce_nothing),
	CU_TEST_ROW(announce_can_be_switched_off),
	CU_TEST_ROW(loss_restarts_transactions),
	CU_TEST_ROW(requests_for_one_endpoint_keep_their_order),
	CU_TEST_ROW(transactions_under_way_are_counted_until_they_end),
	CU_TEST_ROW(many_hosts_at_once_are_all_served),
	CU_TEST_ROW(lost_worker_is_no_success),
	CU_TEST_ROW(static_mapping_stays),
	CU_TEST_ROW(end_in_the_middle_of_work),
	CU_TEST_ROW(greedy_client_does_not_starve_the_others),
};

CU_MAIN("relay", tests)
