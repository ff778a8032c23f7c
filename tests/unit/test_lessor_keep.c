/* SPDX-License-Identifier: BSD-3-Clause */
/* Leases, epochs and homes that a restart keeps without a store. */
#include "controlplane/lease/lease_rows.h"
#include "controlplane/lease/lessor.h"
#include "controlplane/lease/lessor_keep.h"
#include "tests/support/leasefix.h"
#include "tests/support/scratch.h"

#define B4_LEN 56

static struct lf f;
static uint8_t rows[1 << 20];
static size_t rows_len;
static const struct cgn_ip6 b4 = { .b = { 0x20, 1, 0xd, 0xb8, 0, 7, [15] = 9 } };

static int
put(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(rows_len + len <= sizeof(rows));
	CU_ASSERT_TRUE(len <= CGN_LESSOR_KEEP_MAX);
	memcpy(rows + rows_len, data, len);
	rows_len += len;
	return 0;
}

static int
put_fails(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return -ENOSPC;
}

static void
answered(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)now_ms;
	f.answer = *a;
	f.n_answers += arg == NULL ? 1 : 0;
}

static void
map(const struct cgn_lessor_request *r)
{
	cgn_lessor_map(f.lessor, r, answered, NULL, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(f.answer.ret, 0);
}

static struct cgn_lessor_request
request(rte_be32_t addr, uint16_t port, uint32_t lifetime_s)
{
	return (struct cgn_lessor_request){
		.in = { .addr = addr, .port = rte_cpu_to_be_16(port), .proto = CGN_PROTO_UDP },
		.lifetime_s = lifetime_s,
	};
}

static void
begin(void)
{
	struct cgn_realms *realms;

	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 3), 0);
	cgn_lessor_destroy(f.lessor);
	cgn_timerq_destroy(f.timers);
	f.realms = realms;
	lf_start(&f, NULL);
	rows_len = 0;
}

/* cgnd stops, and starts again a second later with nothing but the rows. */
static void
restart(void)
{
	rows_len = 0;
	CU_ASSERT_EQUAL(cgn_lessor_keep_write(f.lessor, put, NULL, f.now_ms), 0);
	cgn_lessor_destroy(f.lessor);
	cgn_timerq_destroy(f.timers);
	cgn_realms_destroy(f.realms);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 4), 0);
	f.now_ms = 100; /* another process has another clock of its loop */
	f.boot_ms += 1000;
	f.wall_ms += 1000;
	lf_start(&f, NULL);
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
	cgn_lessor_keep_begin(f.lessor, f.now_ms);
}

static void
end(void)
{
	struct cgn_realms *realms = f.realms;

	lf_end(&f);
	cgn_realms_destroy(realms);
}

static void
bring_back(void)
{
	while (cgn_lessor_restore(f.lessor, f.now_ms) > 0)
		lf_reply(&f);
}

static struct cgn_lessor_info
info(uint32_t realm, const struct cgn_ep4 *in)
{
	struct cgn_lessor_info i = { 0 };

	CU_ASSERT_TRUE(cgn_lessor_find(f.lessor, realm, in, &i, f.now_ms));
	return i;
}

/* Owner, nonce, ports, filters, description and what is left of the lifetime. REQ: N-KEEP-26 */
static void
leases_come_back_as_they_were(void)
{
	struct cgn_lessor_request plain = request(LF_H1, 6000, 600),
				  pcp = request(LF_H2, 7000, 900);
	struct cgn_lease_extra *extra = cgn_lease_extra_new();
	const struct cgn_filter filter = { .addr = RTE_BE32(0xcb007100), .len = 24 };
	struct cgn_lessor_info before, after;

	begin();
	cgn_lease_extra_describe(extra, "door bell", 9);
	CU_ASSERT_TRUE(cgn_lease_extra_filter(extra, &filter, CGN_FILTERS_MAX));
	pcp.by.by = CGN_LEASE_BY_PCP;
	memset(pcp.by.nonce, 0xab, sizeof(pcp.by.nonce));
	pcp.extra = extra;
	map(&plain);
	map(&pcp);
	before = info(0, &pcp.in);
	lf_advance(&f, 100000);
	restart();
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	CU_ASSERT_TRUE(cgn_lessor_keep_end(f.lessor, f.now_ms));
	bring_back();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 2);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->restored, 2);
	CU_ASSERT_EQUAL(f.n_lost, 0);
	after = info(0, &pcp.in);
	CU_ASSERT_EQUAL(after.ext.port, before.ext.port);
	CU_ASSERT_EQUAL(after.ext.addr, before.ext.addr);
	CU_ASSERT_EQUAL(after.lifetime_s, 900);
	CU_ASSERT_EQUAL(after.left_s, 900 - 101);
	CU_ASSERT_TRUE(cgn_lease_owner_same(&after.by, &pcp.by));
	CU_ASSERT_TRUE(cgn_lease_extra_same(cgn_lessor_extra(f.lessor, 0, &pcp.in), extra));
	CU_ASSERT_EQUAL(info(0, &plain.in).left_s, 600 - 101);
	CU_ASSERT_PTR_NULL(cgn_lessor_extra(f.lessor, 0, &plain.in));
	end();
	cgn_lease_extra_release(extra);
}

/* REQ: N-KEEP-26 */
static void
epochs_go_on(void)
{
	struct cgn_lessor_request r = request(LF_H1, 6000, 6000);

	begin();
	lf_advance(&f, 50000);
	map(&r);
	lf_advance(&f, 50000);
	/* The epoch of one client begins anew. */
	cgn_lessor_revoke(f.lessor, &r, answered, &f, f.now_ms);
	lf_reply(&f);
	lf_advance(&f, 20000);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H1, f.now_ms), 20);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H2, f.now_ms), 120);
	restart();
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	CU_ASSERT_TRUE(cgn_lessor_keep_end(f.lessor, f.now_ms));
	CU_ASSERT_PTR_NULL(cgn_lessor_epoch_reason(f.lessor));
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H1, f.now_ms), 21);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, LF_H2, f.now_ms), 121);
	end();
}

/* REQ: N-KEEP-26 */
static void
homes_keep_their_numbers(void)
{
	struct cgn_lessor_request r = request(LF_H1, 6000, 600);
	struct cgn_ip6 first = b4;
	uint32_t one;

	begin();
	first.b[5] = 6;
	one = cgn_realms_get(f.realms, &first, B4_LEN);
	r.realm = cgn_realms_get(f.realms, &b4, B4_LEN);
	CU_ASSERT_EQUAL(r.realm, 2);
	map(&r);
	cgn_realms_release(f.realms, r.realm);
	cgn_realms_release(f.realms, one);
	restart();
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	CU_ASSERT_TRUE(cgn_lessor_keep_end(f.lessor, f.now_ms));
	CU_ASSERT_EQUAL(cgn_realms_find(f.realms, &b4, B4_LEN), 2);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	bring_back();
	CU_ASSERT_EQUAL(info(2, &r.in).left_s, 599);
	end();
}

/* A store that missed the end of the run before gets what the rows say. REQ: N-KEEP-26 */
static void
rows_replace_what_a_store_had(void)
{
	struct cgn_lessor_request r = request(LF_H1, 6000, 600), old = request(LF_H2, 6001, 600);
	char dir[300], path[320], why[CGN_STOREFILE_WHY_MAX];
	struct cgn_store *store;

	scratch_make(dir, sizeof(dir), "keep");
	snprintf(path, sizeof(path), "%s/db", dir);
	begin();
	map(&old);
	restart(); /* rows: old only */
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	(void)cgn_lessor_keep_end(f.lessor, f.now_ms);
	bring_back();
	map(&r);
	cgn_lessor_unmap(f.lessor, &old, answered, NULL, f.now_ms);
	lf_reply(&f);
	restart(); /* rows: r only */
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&store, path, why), 0);
	cgn_lessor_destroy(f.lessor);
	cgn_timerq_destroy(f.timers);
	lf_start(&f, store);
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
	map(&old);
	cgn_lessor_keep_begin(f.lessor, f.now_ms);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	CU_ASSERT_TRUE(cgn_lessor_keep_end(f.lessor, f.now_ms));
	bring_back();
	lf_advance(&f, 5000);
	CU_ASSERT_FALSE(cgn_lessor_store_is_late(f.lessor));
	/* What the next start finds in the store. */
	cgn_lessor_destroy(f.lessor);
	cgn_timerq_destroy(f.timers);
	cgn_store_close(store);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&store, path, why), 0);
	lf_start(&f, store);
	(void)cgn_lessor_load(f.lessor, f.now_ms);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	(void)info(0, &r.in);
	end();
	cgn_store_close(store);
}

/* Many rows are given out in pieces. REQ: N-KEEP-26 */
static void
rows_come_in_pieces(void)
{
	begin();
	for (uint16_t p = 0; p < 240; p++) {
		struct cgn_lessor_request r = request(LF_H1, (uint16_t)(1000 + p), 600);
		struct cgn_lease_extra *extra = cgn_lease_extra_new();
		char text[CGN_LEASE_DESCRIPTION_MAX];

		memset(text, 'a', sizeof(text));
		cgn_lease_extra_describe(extra, text, (uint16_t)(p % (sizeof(text) + 1)));
		for (uint32_t i = 0; i < p % (CGN_FILTERS_MAX + 1u); i++) {
			const struct cgn_filter filter = { .addr = rte_cpu_to_be_32(i), .len = 32 };

			(void)cgn_lease_extra_filter(extra, &filter, CGN_FILTERS_MAX);
		}
		r.extra = extra;
		map(&r);
		cgn_lease_extra_release(extra);
	}
	CU_ASSERT_EQUAL(cgn_lessor_keep_write(f.lessor, put_fails, NULL, f.now_ms), -ENOSPC);
	restart();
	CU_ASSERT_TRUE(rows_len > CGN_LESSOR_KEEP_MAX);
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, rows_len, f.now_ms), 0);
	CU_ASSERT_TRUE(cgn_lessor_keep_end(f.lessor, f.now_ms));
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 240);
	end();
}

/* --- hostile rows -------------------------------------------------------------------------------- */

static int
see_lease(void *arg, const struct cgn_store_lease *l)
{
	(void)arg;
	CU_ASSERT_TRUE(l->description_len <= CGN_LEASE_DESCRIPTION_MAX);
	CU_ASSERT_TRUE(l->n_filters <= CGN_FILTERS_MAX);
	CU_ASSERT_TRUE(l->by.by < CGN_LEASE_BY_COUNT);
	CU_ASSERT_TRUE(l->in.proto < CGN_PROTO_COUNT);
	return 0;
}

/* REQ: N-KEEP-26 */
static void
rows_that_are_none_are_refused(void)
{
	static const struct cgn_store_visitor v = { .lease = see_lease };
	const struct cgn_filter filter = { .addr = RTE_BE32(0x0a000000), .len = 8 };
	struct cgn_store_lease l = { .lifetime_s = 9,
		.n_filters = 1,
		.filters = &filter,
		.description = "abc",
		.description_len = 3 };
	uint8_t row[CGN_LEASE_ROWS_MAX], bad[CGN_LEASE_ROWS_MAX];
	size_t len = cgn_lease_rows_lease(row, &l);
	unsigned int n_refused = 0;

	CU_ASSERT_EQUAL(len, 96);
	CU_ASSERT_EQUAL(cgn_lease_rows_visit(row, len, &v, NULL), 0);
	for (size_t n = 1; n < len; n++)
		CU_ASSERT_EQUAL(cgn_lease_rows_visit(row, n, &v, NULL), -EBADMSG);
	for (size_t at = 0; at < len; at++) {
		memcpy(bad, row, len);
		bad[at] = 0xff;
		n_refused += cgn_lease_rows_visit(bad, len, &v, NULL) == -EBADMSG ? 1 : 0;
	}
	/* type, length, length of the description, protocol, owner, number of filters, length and pad of the filter */
	CU_ASSERT_EQUAL(n_refused, 2 + 2 + 2 + 1 + 1 + 1 + 2 + 3);
	/* The same lease twice. */
	begin();
	l.end_ms = LF_BOOT + 9000;
	l.by.by = CGN_LEASE_BY_NATPMP;
	len = cgn_lease_rows_lease(rows, &l);
	memcpy(rows + len, rows, len);
	cgn_lessor_keep_begin(f.lessor, f.now_ms);
	CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, 2 * len, f.now_ms), -EBADMSG);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	end();
}

/* No difference of two times overflows. REQ: N-KEEP-26 */
static void
rows_may_have_any_times(void)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX };
	struct cgn_store_lease l = { .lifetime_s = 9, .by.by = CGN_LEASE_BY_NATPMP };

	for (unsigned int i = 0; i < RTE_DIM(times); i++) {
		size_t len = cgn_lease_rows_epoch(rows, 0, 0, times[i]);

		len += cgn_lease_rows_epoch(rows + len, 0, RTE_BE32(0x64400009), times[i]);
		l.end_ms = l.peer_end_ms = times[i];
		l.in.port = RTE_BE16(80);
		l.peer.port = RTE_BE16(1);
		len += cgn_lease_rows_lease(rows + len, &l);
		begin();
		cgn_lessor_keep_begin(f.lessor, f.now_ms);
		CU_ASSERT_EQUAL(cgn_lessor_keep_rows(f.lessor, rows, len, f.now_ms), 0);
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), times[i] < 0 ? 0 : 1);
		f.now_ms += 5000;
		CU_ASSERT_TRUE(times[i] < 0 || cgn_lessor_epoch_s(f.lessor, 0, 0, f.now_ms) == 5);
		end();
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(leases_come_back_as_they_were),
	CU_TEST_ROW(epochs_go_on),
	CU_TEST_ROW(homes_keep_their_numbers),
	CU_TEST_ROW(rows_replace_what_a_store_had),
	CU_TEST_ROW(rows_come_in_pieces),
	CU_TEST_ROW(rows_that_are_none_are_refused),
	CU_TEST_ROW(rows_may_have_any_times),
};

CU_MAIN("lessor_keep", tests)
