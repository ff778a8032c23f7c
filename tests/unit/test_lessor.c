/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/lessor.h"
#include "tests/support/leaseask.h"
#include "tests/support/scratch.h"

#include <stdlib.h>
#include <unistd.h>

#include <rte_log.h>

#define UDP CGN_PROTO_UDP
#define TCP CGN_PROTO_TCP

static struct lf f;
static char path[300];
static char why[CGN_STOREFILE_WHY_MAX];

static uint32_t
epoch(rte_be32_t addr)
{
	return cgn_lessor_epoch_s(f.lessor, 0, addr, f.now_ms);
}

static void
lease_is_known_once_the_worker_has_it(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, TCP, 80, 60);
	struct cgn_lessor_info info;
	uint32_t cursor = 0;

	lf_begin(&f);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.n_sent, 1);
	CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_ADD);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_EXPLICIT);
	CU_ASSERT_EQUAL(f.last.lifetime_s, 60);
	CU_ASSERT_EQUAL(f.n_answers, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.n_answers, 1);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	CU_ASSERT_EQUAL(f.answer.lifetime_s, 60);
	CU_ASSERT_EQUAL(f.answer.ext.addr, LF_X);
	CU_ASSERT_EQUAL(f.answer.ext.port, RTE_BE16(40000));
	CU_ASSERT_FALSE(f.answer.is_static);
	CU_ASSERT_EQUAL(cgn_lessor_read(f.lessor, &cursor, &info, 1, f.now_ms), 1);
	CU_ASSERT_EQUAL(memcmp(&info.in, &r.in, sizeof(r.in)), 0);
	CU_ASSERT_EQUAL(info.ext.port, RTE_BE16(40000));
	CU_ASSERT_EQUAL(info.left_s, 60);
	CU_ASSERT_EQUAL(cgn_lessor_read(f.lessor, &cursor, &info, 1, f.now_ms), 0);
	lf_end(&f);
}

/* B-MAP-7: exact to a second, whatever the traffic. */
static void
lease_ends_by_its_lifetime_and_a_renewal_moves_the_end(void)
{
	lf_begin(&f);
	lf_map(&f, LF_H1, UDP, 1000, 600);
	lf_advance(&f, 400000);
	CU_ASSERT_EQUAL(lf_map(&f, LF_H1, UDP, 1000, 600), 40000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->renewed, 1);
	lf_advance(&f, 599999);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->expired, 1);
	lf_end(&f);
}

static void
refusals_leave_nothing_behind(void)
{
	static const int refusals[] = { -EACCES, -EADDRNOTAVAIL, -EDQUOT, -ENOSPC, -EBUSY };

	lf_begin(&f);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		f.refuse = refusals[i];
		CU_ASSERT_EQUAL(lf_map(&f, LF_H1, UDP, 1000, 600), 0);
		CU_ASSERT_EQUAL(f.answer.ret, refusals[i]);
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(f.timers), UINT64_MAX);
	lf_end(&f);
}

/* B-MAP-13: the operator's mapping is shown, not leased. */
static void
static_mapping_is_no_lease(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, TCP, 80, 60);

	lf_begin(&f);
	lf_add(&f, &r.in, 8080, CGN_MAPPING_STATIC);
	CU_ASSERT_EQUAL(lf_map(&f, LF_H1, TCP, 80, 60), 8080);
	CU_ASSERT_TRUE(f.answer.is_static);
	CU_ASSERT_EQUAL(f.answer.lifetime_s, 60);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, -EPERM);
	lf_end(&f);
}

/* B-DEL-3: what does not exist is deleted with success. */
static void
deletion_ends_one_lease_or_none(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1000, 0);

	lf_begin(&f);
	lf_map(&f, LF_H1, UDP, 1000, 600);
	lf_map(&f, LF_H1, TCP, 1000, 600);
	for (int i = 0; i < 2; i++) {
		cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
		CU_ASSERT_EQUAL(f.last_op, CGN_CMD_MAP_DEL);
		lf_reply(&f);
		CU_ASSERT_EQUAL(f.answer.ret, 0);
		CU_ASSERT_EQUAL(f.answer.n, i == 0 ? 1 : 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	}
	CU_ASSERT_EQUAL(f.n_lost, 0);
	lf_end(&f);
}

/* B-DEL-5: of this client and protocol only. */
static void
deletion_of_all_spares_other_protocols_and_clients(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 0, 0);
	struct cgn_lessor_info rows[8];
	uint32_t cursor = 0;

	lf_begin(&f);
	for (uint16_t port = 1; port <= 100; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	lf_map(&f, LF_H1, TCP, 1, 600);
	lf_map(&f, LF_H2, UDP, 1, 600);
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.n_answers, 102);
	CU_ASSERT_EQUAL(f.n_calls, 100);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.n_answers, 103);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	CU_ASSERT_EQUAL(f.answer.n, 100);
	CU_ASSERT_EQUAL(cgn_lessor_read(f.lessor, &cursor, rows, 8, f.now_ms), 2);
	CU_ASSERT_TRUE(rows[0].in.proto == TCP || rows[0].in.addr == LF_H2);
	CU_ASSERT_TRUE(rows[1].in.proto == TCP || rows[1].in.addr == LF_H2);
	/* Nothing left: answered all the same. */
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.n_answers, 104);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	lf_end(&f);
}

/* E-MAP-6: a client that does not know the nonce of PCP does not delete what PCP has made. The operator does. */
static void
deletion_of_all_spares_leases_of_another_owner(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 0, 0);
	struct cgn_lessor_request pcp = lf_request(LF_H1, UDP, 7, 600);

	pcp.by = (struct cgn_lease_owner){ .by = CGN_LEASE_BY_PCP, .nonce = { 1 } };
	lf_begin(&f);
	cgn_lessor_map(f.lessor, &pcp, lf_done, &f, f.now_ms);
	lf_reply(&f);
	lf_map(&f, LF_H1, UDP, 8, 600);
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, -EPERM);
	CU_ASSERT_EQUAL(f.answer.n, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	r.in.proto = CGN_PROTO_COUNT;
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

/* E-LIFE-2, E-LIFE-5: PCP ends nothing that is in use: the lease is shortened, and a repetition gets the same answer.
 * NAT-PMP ends it (RFC 6886 section 3.4). */
static void
pcp_does_not_end_what_traffic_uses(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 7, 600);
	struct cgn_lessor_info lease;

	r.by.by = CGN_LEASE_BY_PCP;
	lf_begin(&f);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_EXPLICIT | CGN_MAPPING_AGES);
	lf_reply(&f);
	lf_find(&f, &r.in)->used_s = 200;
	for (int i = 0; i < 2; i++) {
		cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
		lf_reply(&f);
		CU_ASSERT_EQUAL(f.answer.ret, 0);
		CU_ASSERT_EQUAL(f.answer.lifetime_s, 200);
		CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &r.in, &lease, f.now_ms));
		CU_ASSERT_EQUAL(lease.left_s, 200);
		CU_ASSERT_EQUAL(lease.by.by, CGN_LEASE_BY_PCP);
	}
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->deleted, 0);
	lf_advance(&f, 200000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* Its mapping goes on, and belongs to traffic. NAT-PMP speaks of leases only. */
	lf_find(&f, &r.in)->flags = CGN_MAPPING_IMPLICIT;
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, -EADDRINUSE);
	r.by.by = CGN_LEASE_BY_NATPMP;
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.lifetime_s, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

static void
deletion_of_all_with_a_full_ring_is_no_success_and_can_be_repeated(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 0, 0);

	lf_begin(&f);
	for (uint16_t port = 1; port <= 10; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	f.room = 4;
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, -ENOBUFS);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 6);
	f.room = LF_CALLS;
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

static void
worker_that_is_full_or_silent_gives_an_error_and_no_lease(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1, 60);

	lf_begin(&f);
	f.room = 0;
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.answer.ret, -ENOBUFS);
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.answer.ret, -ENOBUFS);
	cgn_lessor_bind(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.answer.ret, -ENOBUFS);
	f.room = LF_CALLS;
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	cgn_lessor_bind(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(f.answer.ret, -ETIMEDOUT);
	CU_ASSERT_EQUAL(f.n_answers, 5);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_end(&f);
}

static void
requests_for_one_mapping_are_carried_out_in_order(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1, 60);

	lf_begin(&f);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	cgn_lessor_map(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.n_answers, 4);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->made, 2);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->deleted, 1);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->renewed, 1);
	lf_end(&f);
}

/* B-EP-1, B-EP-2: whole seconds of the monotonic clock, whatever is done to the wall clock. */
static void
epoch_counts_seconds_and_does_not_jump(void)
{
	lf_begin(&f);
	CU_ASSERT_EQUAL(epoch(LF_H1), 0);
	lf_advance(&f, 999);
	CU_ASSERT_EQUAL(epoch(LF_H1), 0);
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 1);
	f.wall_ms += 3600000;
	CU_ASSERT_EQUAL(epoch(LF_H1), 1);
	f.wall_ms -= 7200000;
	lf_advance(&f, 100000);
	CU_ASSERT_EQUAL(epoch(LF_H1), 101);
	CU_ASSERT_EQUAL(epoch(LF_H2), 101);
	lf_end(&f);
}

/* B-EP-3: only who has lost something sees it. */
static void
revoked_lease_resets_the_epoch_of_its_client_alone(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, CGN_PROTO_COUNT, 0, 0);

	lf_begin(&f);
	lf_map(&f, LF_H1, UDP, 1, 6000);
	lf_map(&f, LF_H1, TCP, 1, 6000);
	lf_map(&f, LF_H2, UDP, 1, 6000);
	lf_advance(&f, 50000);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.n, 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->revoked, 2);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	CU_ASSERT_EQUAL(f.lost_addr, LF_H1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 0);
	CU_ASSERT_EQUAL(epoch(LF_H2), 50);
	lf_advance(&f, 7000);
	CU_ASSERT_EQUAL(epoch(LF_H1), 7);
	/* Nothing lost, nothing reset. */
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	CU_ASSERT_EQUAL(f.answer.n, 0);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 7);
	lf_end(&f);
}

/*
 * B-EP-3: the epoch of its own is kept for as long as what was lost would have lived: then whoever has not
 * heard of the loss has renewed. After that nothing is left of the client.
 */
static void
client_without_leases_is_forgotten_with_its_epoch(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, CGN_PROTO_COUNT, 0, 0);

	lf_begin(&f);
	lf_map(&f, LF_H1, UDP, 1, 60);
	lf_map(&f, LF_H1, UDP, 2, 6000);
	lf_advance(&f, 50000);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 1);
	lf_advance(&f, 5999000);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 5999);
	lf_advance(&f, 30000);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 0);
	CU_ASSERT_EQUAL(epoch(LF_H1), epoch(LF_H2));
	CU_ASSERT_EQUAL(cgn_timerq_next(f.timers), UINT64_MAX);
	lf_end(&f);
}

/* B-DEL-8: a subscriber is gone: one lease of it, or all, by management. */
static void
one_lease_can_be_revoked(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, TCP, 2, 0);

	lf_begin(&f);
	lf_map(&f, LF_H1, UDP, 2, 6000);
	lf_map(&f, LF_H1, TCP, 1, 6000);
	lf_map(&f, LF_H1, TCP, 2, 6000);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.n, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	lf_end(&f);
}

static void
tables_grow_and_shrink_and_find_everything(void)
{
	enum {
		CLIENTS = 2000,
		EACH = 5
	};
	struct cgn_lessor_info rows[64];
	struct cgn_lessor_client clients[64];
	uint32_t cursor = 0, n, sum = 0;

	lf_begin(&f);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		for (uint16_t p = 1; p <= EACH; p++) {
			lf_map(&f, rte_cpu_to_be_32(0x64400100 + i), i % 2 ? UDP : TCP, p, 600 + p);
			memset(f.mappings, 0, sizeof(f.mappings));
		}
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), CLIENTS * EACH);
	while ((n = cgn_lessor_read(f.lessor, &cursor, rows, 64, f.now_ms)) > 0)
		sum += n;
	CU_ASSERT_EQUAL(sum, CLIENTS * EACH);
	sum = cursor = 0;
	while ((n = cgn_lessor_read_clients(f.lessor, &cursor, clients, 64)) > 0)
		sum += n;
	CU_ASSERT_EQUAL(sum, CLIENTS);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		rte_be32_t addr = rte_cpu_to_be_32(0x64400100 + i);

		cursor = 0;
		CU_ASSERT_TRUE(cgn_lessor_find_client(f.lessor, 0, addr, &clients[0]));
		CU_ASSERT_EQUAL(clients[0].gateway, LF_GW);
		CU_ASSERT_EQUAL(cgn_lessor_read_client(
						f.lessor, 0, addr, &cursor, rows, 3, f.now_ms),
				3);
		CU_ASSERT_EQUAL(cgn_lessor_read_client(
						f.lessor, 0, addr, &cursor, rows, 3, f.now_ms),
				2);
		CU_ASSERT_EQUAL(rows[0].in.addr, addr);
	}
	/* Exact to the second: one port's leases end each second. */
	lf_advance(&f, 600999);
	for (uint32_t left = EACH; left > 0; left--) {
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), CLIENTS * left);
		lf_advance(&f, 1000);
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_FALSE(cgn_lessor_find_client(f.lessor, 0, RTE_BE32(0x64400100), &clients[0]));
	lf_end(&f);
}

/* --- with a store -------------------------------------------------------------------------- */

static struct cgn_store *store;

static void
open_store(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&store, path, why), 0);
}

static void
begin_with_store(void)
{
	scratch_make(path, sizeof(path), "lessor");
	strcat(path, "/state.db");
	f = (struct lf){ .now_ms = 5000,
		.wall_ms = LF_WALL,
		.boot_ms = LF_BOOT,
		.room = LF_CALLS,
		.next_port = 40000 };
	open_store();
	lf_start(&f, store);
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
}

/* As after kill -9: what was not committed is gone. The monotonic clock starts anew. */
static void
restart(uint64_t down_ms)
{
	struct cgn_store *old = store;

	lf_end(&f);
	f.now_ms = 77;
	f.wall_ms += (int64_t)down_ms;
	f.boot_ms += (int64_t)down_ms;
	f.n_lost = 0;
	cgn_store_close(old);
	open_store();
	lf_start(&f, store);
}

static void
restore(void)
{
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), 0);
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0)
		lf_reply(&f);
}

static void
end_with_store(void)
{
	char wal[sizeof(path) + 8];

	lf_end(&f);
	cgn_store_close(store);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	unlink(wal);
	snprintf(wal, sizeof(wal), "%s-shm", path);
	unlink(wal);
	unlink(path);
	*strrchr(path, '/') = '\0';
	CU_ASSERT_EQUAL(rmdir(path), 0);
}

/* B-EP-4: a worker that is busy for long after a start, as on a machine that is short of cores, loses nobody's
 * lease: it is asked again. What it did although its answer came too late is found done. */
static void
leases_come_back_although_the_worker_answers_late(void)
{
	begin_with_store();
	for (uint16_t port = 1; port <= 100; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(1000);
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), 0);
	for (unsigned int round = 0; round < 5; round++) {
		CU_ASSERT_EQUAL(cgn_lessor_restore(f.lessor, f.now_ms), 100);
		CU_ASSERT_EQUAL(f.n_calls, 100);
		for (unsigned int i = 0; i < f.n_calls / 2; i++)
			(void)lf_carry_out(&f, f.calls[i].op, &f.calls[i].map);
		lf_time_out(&f);
	}
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0)
		lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 100);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->lost, 0);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	end_with_store();
}

/* E-PEER-2, E-EP-1: what PEER has asked for comes back with its connection, beside MAP or alone. So no epoch begins. */
static void
leases_of_peer_survive_a_restart(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, TCP, 5, 600);
	struct cgn_lessor_info info;

	begin_with_store();
	r.rem_addr = LF_X2;
	r.rem_port = RTE_BE16(53);
	r.by = (struct cgn_lease_owner){ .by = CGN_LEASE_BY_PCP, .nonce = { 3 } };
	cgn_lessor_peer(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	/* For the other one, PEER has asked for a shorter time than NAT-PMP. */
	lf_map(&f, LF_H2, TCP, 5, 6000);
	r.in.addr = LF_H2;
	cgn_lessor_peer(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.lifetime_s, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(40000);
	restore();
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 2);
	CU_ASSERT_EQUAL(f.last.rem_addr, LF_X2);
	CU_ASSERT_EQUAL(f.last.rem_port, RTE_BE16(53));
	CU_ASSERT_EQUAL(f.last.flags & CGN_MAPPING_PEER, CGN_MAPPING_PEER);
	r.in.addr = LF_H1;
	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &r.in, &info, f.now_ms));
	CU_ASSERT_EQUAL(info.by.by, CGN_LEASE_BY_PEER);
	CU_ASSERT_EQUAL(info.map_left_s, 0);
	CU_ASSERT_EQUAL(info.peer_left_s, 560);
	CU_ASSERT_EQUAL(info.peer.nonce[0], 3);
	r.in.addr = LF_H2;
	CU_ASSERT_TRUE_FATAL(cgn_lessor_find(f.lessor, 0, &r.in, &info, f.now_ms));
	CU_ASSERT_EQUAL(info.by.by, CGN_LEASE_BY_NATPMP);
	CU_ASSERT_EQUAL(info.map_left_s, 5960);
	CU_ASSERT_EQUAL(info.peer_left_s, 560);
	/* NAT-PMP deletes its part only. With the operator's deletion, nothing stays. */
	r.by.by = CGN_LEASE_BY_NATPMP;
	r.in.addr = LF_H1;
	r.in.port = 0;
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.n, 0);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->deleted, 0);
	r.in.addr = LF_H2;
	cgn_lessor_unmap_all(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end_with_store();
}

/* B-EP-4, B-EP-2: ports, ends and epoch go on. */
static void
leases_and_epoch_survive_a_restart(void)
{
	struct cgn_lessor_info info;
	uint32_t cursor = 0;

	begin_with_store();
	lf_map(&f, LF_H1, UDP, 1, 600);
	lf_map(&f, LF_H1, TCP, 1, 60);
	lf_map(&f, LF_H2, TCP, 5, 6000);
	lf_advance(&f, 30000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(40000);
	restore();
	CU_ASSERT_EQUAL(f.last.flags, CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 2);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->lost, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(cgn_lessor_read_client(f.lessor, 0, LF_H1, &cursor, &info, 1, f.now_ms), 1);
	CU_ASSERT_EQUAL(info.ext.port, RTE_BE16(40000));
	CU_ASSERT_EQUAL(info.ext.addr, LF_X);
	CU_ASSERT_EQUAL(info.left_s, 530);
	CU_ASSERT_EQUAL(info.lifetime_s, 600);
	CU_ASSERT_EQUAL(epoch(LF_H1), 70);
	lf_advance(&f, 529999);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end_with_store();
}

/* B-EP-3 */
static void
lease_that_cannot_come_back_resets_the_epoch_of_its_client_alone(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1, 600);

	begin_with_store();
	lf_map(&f, LF_H1, UDP, 1, 600);
	lf_map(&f, LF_H2, TCP, 5, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(10000);
	lf_add(&f, &r.in, 1234, CGN_MAPPING_STATIC); /* another port than the lease had */
	restore();
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 1);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->lost, 1);
	CU_ASSERT_EQUAL(f.n_lost, 1);
	CU_ASSERT_EQUAL(f.lost_addr, LF_H1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 0);
	CU_ASSERT_EQUAL(epoch(LF_H2), 10);
	/* That, too, is remembered. */
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(5000);
	restore();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(epoch(LF_H1), 5);
	CU_ASSERT_EQUAL(epoch(LF_H2), 15);
	end_with_store();
}

/* The first ten are named, the others are counted. REQ: G-DAY-35 */
static void
start_names_the_leases_that_it_has_lost(void)
{
	static char said[8192];
	FILE *log_file = fmemopen(said, sizeof(said), "w");
	struct cgn_lessor_request r;
	unsigned int n = 0;

	begin_with_store();
	for (uint16_t port = 1; port <= 12; port++)
		lf_map(&f, LF_H1, UDP, port, 600);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(10000);
	for (uint16_t port = 1; port <= 12; port++) {
		r = lf_request(LF_H1, UDP, port, 600);
		lf_add(&f, &r.in, (uint16_t)(5000 + port),
				CGN_MAPPING_STATIC); /* another port than the lease */
	}
	rte_openlog_stream(log_file);
	restore();
	rte_openlog_stream(NULL);
	fclose(log_file);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->lost, 12);
	for (const char *p = said;
			(p = strstr(p, "warning lease-lost: lease is lost client=")) != NULL; p++)
		n++;
	CU_ASSERT_EQUAL(n, CGN_LESSOR_LOST_SAID);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, ":1 external="));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " protocol=udp\n"));
	end_with_store();
}

/* B-EP-2: the epoch follows the monotonic clock even where only the wall clock is written down. */
static void
wall_clock_that_was_set_moves_no_epoch(void)
{
	begin_with_store();
	lf_map(&f, LF_H1, UDP, 1, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	lf_advance(&f, 100000);
	f.wall_ms += 3600000;
	lf_map(&f, LF_H1, UDP, 1, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(1000);
	restore();
	CU_ASSERT_EQUAL(epoch(LF_H1), 101);
	/* Set back behind the start of it all, and back again far too much: nobody notices. */
	lf_map(&f, LF_H1, UDP, 1, 6000);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	for (unsigned int i = 0; i < 2; i++) {
		f.wall_ms += i == 0 ? -LF_WALL : 2 * LF_WALL;
		restart(1000);
		restore();
		CU_ASSERT_EQUAL(epoch(LF_H1), 102 + i);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
		CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 1);
		CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->ended, 0);
	}
	lf_advance(&f, 5997999);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end_with_store();
}

static void
deleted_and_expired_leases_do_not_come_back(void)
{
	struct cgn_lessor_request r = lf_request(LF_H1, UDP, 1, 0);

	begin_with_store();
	lf_map(&f, LF_H1, UDP, 1, 600);
	lf_map(&f, LF_H1, UDP, 2, 10);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	cgn_lessor_unmap(f.lessor, &r, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_TRUE(cgn_store_is_dirty(store));
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	/* An expiry is written down by itself, soon. */
	lf_advance(&f, 10000);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	lf_advance(&f, 1000);
	CU_ASSERT_FALSE(cgn_store_is_dirty(store));
	restart(0);
	restore();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	end_with_store();
}

static void
restore_goes_on_when_the_ring_is_full_and_leases_end_meanwhile(void)
{
	begin_with_store();
	for (uint16_t p = 1; p <= 200; p++)
		lf_map(&f, LF_H1, UDP, p, p <= 100 ? 20 : 600);
	CU_ASSERT_EQUAL(cgn_lessor_commit(f.lessor, f.now_ms), 0);
	restart(0);
	f.room = 7;
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), 0);
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(cgn_lessor_restore(f.lessor, f.now_ms), 200 - 7 * i);
		CU_ASSERT_EQUAL(f.n_calls, 7);
		lf_reply(&f);
	}
	CU_ASSERT_TRUE(cgn_lessor_restore(f.lessor, f.now_ms) > 0);
	lf_advance(&f, 25000);
	lf_reply(&f);
	for (int i = 0; cgn_lessor_restore(f.lessor, f.now_ms) > 0 && i < 100; i++)
		lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_restore(f.lessor, f.now_ms), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 100);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	end_with_store();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(lease_is_known_once_the_worker_has_it),
	CU_TEST_ROW(lease_ends_by_its_lifetime_and_a_renewal_moves_the_end),
	CU_TEST_ROW(refusals_leave_nothing_behind),
	CU_TEST_ROW(static_mapping_is_no_lease),
	CU_TEST_ROW(deletion_ends_one_lease_or_none),
	CU_TEST_ROW(deletion_of_all_spares_other_protocols_and_clients),
	CU_TEST_ROW(deletion_of_all_spares_leases_of_another_owner),
	CU_TEST_ROW(pcp_does_not_end_what_traffic_uses),
	CU_TEST_ROW(deletion_of_all_with_a_full_ring_is_no_success_and_can_be_repeated),
	CU_TEST_ROW(worker_that_is_full_or_silent_gives_an_error_and_no_lease),
	CU_TEST_ROW(requests_for_one_mapping_are_carried_out_in_order),
	CU_TEST_ROW(epoch_counts_seconds_and_does_not_jump),
	CU_TEST_ROW(revoked_lease_resets_the_epoch_of_its_client_alone),
	CU_TEST_ROW(client_without_leases_is_forgotten_with_its_epoch),
	CU_TEST_ROW(one_lease_can_be_revoked),
	CU_TEST_ROW(tables_grow_and_shrink_and_find_everything),
	CU_TEST_ROW(leases_come_back_although_the_worker_answers_late),
	CU_TEST_ROW(leases_and_epoch_survive_a_restart),
	CU_TEST_ROW(start_names_the_leases_that_it_has_lost),
	CU_TEST_ROW(lease_that_cannot_come_back_resets_the_epoch_of_its_client_alone),
	CU_TEST_ROW(wall_clock_that_was_set_moves_no_epoch),
	CU_TEST_ROW(deleted_and_expired_leases_do_not_come_back),
	CU_TEST_ROW(leases_of_peer_survive_a_restart),
	CU_TEST_ROW(restore_goes_on_when_the_ring_is_full_and_leases_end_meanwhile),
};

CU_MAIN("lessor", tests)
