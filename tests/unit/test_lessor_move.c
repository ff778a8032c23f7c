/* SPDX-License-Identifier: BSD-3-Clause */
/* Leases whose external address is out of use. */
#include "controlplane/lease/lessor.h"
#include "controlplane/lease/lessor_move.h"
#include "tests/support/leaseask.h"

#include <string.h>

#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

static struct lf f;
static bool tells; /* what moved() answers */
static unsigned int n_moved, n_revoked;
static struct cgn_lessor_info moved;
static struct {
	enum cgn_record_event event;
	enum cgn_record_cause cause;
	struct cgn_ep4 ext;
} records[256];
static unsigned int n_records;

static bool
hear_moved(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	(void)ctx;
	(void)now_ms;
	n_moved++;
	moved = *lease;
	return tells;
}

static void
hear_revoked(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	(void)ctx;
	(void)lease;
	(void)now_ms;
	n_revoked++;
}

static void
hear_changed(void *ctx, const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	(void)ctx;
	(void)now_ms;
	CU_ASSERT_FATAL(n_records < RTE_DIM(records));
	records[n_records].event = event;
	records[n_records].cause = cause;
	records[n_records++].ext = x->ext;
}

static void
begin(void)
{
	lf_ops.moved = hear_moved;
	lf_ops.revoked = hear_revoked;
	lf_ops.changed = hear_changed;
	tells = false;
	n_moved = n_revoked = n_records = 0;
	lf_begin(&f);
}

static bool
is_out(const void *ctx, rte_be32_t addr)
{
	(void)ctx;
	return addr == LF_X;
}

/* The worker has ended all mappings. New ones get another address. */
static void
leave_address(void)
{
	memset(f.mappings, 0, sizeof(f.mappings));
	f.ext_addr = LF_X2;
	n_records = 0;
	cgn_lessor_move_begin(f.lessor);
}

/* @return calls until all was done */
static unsigned int
move_all(void)
{
	unsigned int n = 1;

	while (!cgn_lessor_move_some(f.lessor, is_out, NULL, f.now_ms) && n < 100) {
		lf_reply(&f);
		n++;
	}
	return n;
}

static struct cgn_lessor_info
info_of(rte_be32_t addr, uint8_t proto, uint16_t port)
{
	const struct cgn_ep4 in = { .addr = addr, .port = rte_cpu_to_be_16(port), .proto = proto };
	struct cgn_lessor_info info = { .lifetime_s = 0 };

	CU_ASSERT_TRUE(cgn_lessor_find(f.lessor, 0, &in, &info, f.now_ms));
	return info;
}

/* N-DRAIN-11: the lease keeps its port if it can, and its time. The epoch of its client alone begins anew. */
static void
lease_moves_with_its_port_and_its_time(void)
{
	struct cgn_lessor_info info;

	begin();
	f.next_port = 41000;
	lf_map(&f, LF_H1, UDP, 1000, 600);
	f.ext_addr = LF_X2;
	lf_map(&f, LF_H2, UDP, 1000, 600);
	lf_advance(&f, 100000);
	leave_address();
	f.next_port = 50000;
	CU_ASSERT_TRUE(move_all() < 10);
	CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_ADD);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 500);
	info = info_of(LF_H1, UDP, 1000);
	CU_ASSERT_EQUAL(info.ext.addr, LF_X2);
	CU_ASSERT_EQUAL(info.ext.port, RTE_BE16(41000));
	CU_ASSERT_EQUAL(info.left_s, 500);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->moved, 1);
	CU_ASSERT_EQUAL(n_moved, 1);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	CU_ASSERT_EQUAL(f.lost_addr, LF_H1);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H1, f.now_ms), 0);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H2, f.now_ms), 100);
	/* In the records, one lease ends and another one begins. */
	CU_ASSERT_EQUAL_FATAL(n_records, 2);
	CU_ASSERT_EQUAL(records[0].event, CGN_RECORD_LEASE_ENDED);
	CU_ASSERT_EQUAL(records[0].cause, CGN_RECORD_CAUSE_DRAINED);
	CU_ASSERT_EQUAL(records[0].ext.addr, LF_X);
	CU_ASSERT_EQUAL(records[1].event, CGN_RECORD_LEASE_MADE);
	CU_ASSERT_EQUAL(records[1].cause, CGN_RECORD_CAUSE_DRAINED);
	CU_ASSERT_EQUAL(records[1].ext.addr, LF_X2);
	lf_advance(&f, 500000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

/* N-DRAIN-11, E-ANN-4: a client that gets an update of its mapping keeps its epoch. */
static void
epoch_of_a_told_client_goes_on(void)
{
	begin();
	lf_map(&f, LF_H1, TCP, 80, 600);
	lf_advance(&f, 50000);
	leave_address();
	tells = true;
	move_all();
	CU_ASSERT_EQUAL(n_moved, 1);
	CU_ASSERT_EQUAL(moved.ext.addr, LF_X2);
	CU_ASSERT_EQUAL(moved.map_left_s, 550);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H1, f.now_ms), 50);
	lf_end(&f);
}

/* N-DRAIN-11: without another endpoint, the lease ends and its client hears of it. */
static void
lease_without_another_address_ends(void)
{
	begin();
	lf_map(&f, LF_H1, UDP, 1, 600);
	lf_map(&f, LF_H1, TCP, 1, 600);
	leave_address();
	f.refuse = -ENOSPC;
	tells = true;
	move_all();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(n_revoked, 2);
	CU_ASSERT_EQUAL(f.n_lost, 2);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->revoked, 2);
	CU_ASSERT_EQUAL_FATAL(n_records, 2);
	CU_ASSERT_EQUAL(records[0].event, CGN_RECORD_LEASE_ENDED);
	CU_ASSERT_EQUAL(records[0].cause, CGN_RECORD_CAUSE_DRAINED);
	lf_end(&f);
}

/* N-DRAIN-11: the connection of PEER had the old address. */
static void
peer_ends_with_its_address(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, TCP, 5000, 600);

	begin();
	r.by.by = CGN_LEASE_BY_PCP;
	r.rem_addr = LF_GW;
	r.rem_port = RTE_BE16(443);
	cgn_lessor_peer(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	leave_address();
	move_all();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	lf_end(&f);
}

static bool
is_any(const void *ctx, rte_be32_t addr)
{
	(void)ctx;
	(void)addr;
	return true;
}

/* N-LIVE-32: after a reload, all leases are looked at. Only those that the worker has ended move. */
static void
lease_that_the_worker_has_stays(void)
{
	struct cgn_lessor_request peer = lf_request(LF_H1, TCP, 5000, 600);
	const struct cgn_ep4 in = { .addr = LF_H1, .port = RTE_BE16(2), .proto = UDP };

	begin();
	for (uint16_t port = 1; port <= 3; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	peer.by.by = CGN_LEASE_BY_PCP;
	peer.rem_addr = LF_GW;
	peer.rem_port = RTE_BE16(443);
	cgn_lessor_peer(f.lessor, &peer, lf_done, &f, f.now_ms);
	lf_reply(&f);
	lf_find(&f, &in)->in.port = 0;
	f.ext_addr = LF_X2;
	n_records = 0;
	cgn_lessor_move_begin(f.lessor);
	for (unsigned int i = 0; i < 10 && !cgn_lessor_move_some(f.lessor, is_any, NULL, f.now_ms);
			i++)
		lf_reply(&f);
	CU_ASSERT_TRUE(cgn_lessor_move_some(f.lessor, is_any, NULL, f.now_ms));
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 4);
	CU_ASSERT_EQUAL(n_moved, 1);
	CU_ASSERT_EQUAL(n_revoked, 0);
	CU_ASSERT_EQUAL(n_records, 2);
	CU_ASSERT_EQUAL(info_of(LF_H1, UDP, 1).ext.addr, LF_X);
	CU_ASSERT_EQUAL(info_of(LF_H1, UDP, 2).ext.addr, LF_X2);
	CU_ASSERT_EQUAL(info_of(LF_H1, UDP, 3).ext.addr, LF_X);
	lf_end(&f);
}

/* A worker that takes no command, or does not answer, loses nothing. */
static void
busy_worker_is_asked_again(void)
{
	begin();
	for (uint16_t port = 1; port <= 100; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	leave_address();
	f.room = 7;
	CU_ASSERT_FALSE(cgn_lessor_move_some(f.lessor, is_out, NULL, f.now_ms));
	CU_ASSERT_EQUAL(f.n_calls, 7);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 100);
	CU_ASSERT_EQUAL(n_moved, 0);
	CU_ASSERT_TRUE(move_all() < 100);
	CU_ASSERT_EQUAL(n_moved, 100);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 100);
	lf_end(&f);
}

/* The client asks by itself: the answer tells it the new endpoint. */
static void
request_under_way_decides(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1000, 900);

	begin();
	lf_map(&f, LF_H1, UDP, 1000, 600);
	leave_address();
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	f.n_sent = 0;
	CU_ASSERT_FALSE(cgn_lessor_move_some(f.lessor, is_out, NULL, f.now_ms));
	CU_ASSERT_EQUAL(f.n_sent, 0);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ext.addr, LF_X2);
	move_all();
	CU_ASSERT_EQUAL(n_moved, 0);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	CU_ASSERT_EQUAL(info_of(LF_H1, UDP, 1000).left_s, 900);
	lf_end(&f);
}

/* N-DRAIN-5: the worker gives less time than the client has asked for. */
static void
lease_gets_the_time_that_the_worker_grants(void)
{
	begin();
	f.lifetime_max_s = 70;
	lf_map(&f, LF_H1, UDP, 1000, 600);
	CU_ASSERT_EQUAL(f.answer.lifetime_s, 70);
	CU_ASSERT_EQUAL(info_of(LF_H1, UDP, 1000).left_s, 70);
	lf_advance(&f, 70000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(lease_moves_with_its_port_and_its_time),
	CU_TEST_ROW(epoch_of_a_told_client_goes_on),
	CU_TEST_ROW(lease_without_another_address_ends),
	CU_TEST_ROW(peer_ends_with_its_address),
	CU_TEST_ROW(lease_that_the_worker_has_stays),
	CU_TEST_ROW(busy_worker_is_asked_again),
	CU_TEST_ROW(request_under_way_decides),
	CU_TEST_ROW(lease_gets_the_time_that_the_worker_grants),
};

CU_MAIN("lessor_move", tests)
