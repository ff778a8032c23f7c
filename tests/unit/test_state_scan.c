/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/state_counts.h"
#include "shared/state_scan.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>

/* A chunk in the making. */
struct draft {
	struct cgn_state_chunk hdr;
	uint8_t records[CGN_STATE_CHUNK_MAX - sizeof(struct cgn_state_chunk)];
};

static struct draft draft;
static uint32_t len;

static void
begin(void)
{
	draft = (struct draft){ .hdr = {
						.magic = CGN_STATE_MAGIC,
						.version = RTE_LE16(CGN_STATE_VERSION),
						.kind = CGN_STATE_OF_WORKER,
						.flags = CGN_STATE_LAST,
						.worker = RTE_LE16(2),
						.n_workers = RTE_LE16(4),
						.serial = RTE_LE32(7),
						.time_ms = RTE_LE64(123456789012),
				} };
	len = sizeof(draft.hdr);
}

static void
add(const void *record, unsigned int size)
{
	memcpy((uint8_t *)&draft + len, record, size);
	len += size;
	draft.hdr.n_records = rte_cpu_to_le_32(rte_le_to_cpu_32(draft.hdr.n_records) + 1);
}

static int
check(struct cgn_state_info *info)
{
	draft.hdr.length = rte_cpu_to_le_32(len);
	draft.hdr.checksum = rte_cpu_to_le_32(cgn_state_scan_checksum(&draft, len));
	return cgn_state_scan_check(&draft, len, info);
}

static struct cgn_state_subscriber
subscriber(uint8_t last, rte_be32_t ext_addr)
{
	return (struct cgn_state_subscriber){
		.hdr = { RTE_LE16(CGN_STATE_SUBSCRIBER),
				RTE_LE16(sizeof(struct cgn_state_subscriber)) },
		.who = { .addr = { 100, 64, 0, last }, .len = 32 },
		.ext_addr = ext_addr,
	};
}

static const struct cgn_state_guard a_guard = {
	.hdr = { RTE_LE16(CGN_STATE_GUARD), RTE_LE16(sizeof(struct cgn_state_guard)) },
};

static void
the_checksum_is_that_of_iscsi(void)
{
	/* RFC 3720 section B.4, and the check value of CRC-32C */
	uint8_t octets[32];

	CU_ASSERT_EQUAL(cgn_state_scan_crc("123456789", 9), 0xe3069283);
	memset(octets, 0, sizeof(octets));
	CU_ASSERT_EQUAL(cgn_state_scan_crc(octets, sizeof(octets)), 0x8a9136aa);
	memset(octets, 0xff, sizeof(octets));
	CU_ASSERT_EQUAL(cgn_state_scan_crc(octets, sizeof(octets)), 0x62a8ab43);
}

/* REQ: N-KEEP-9 */
static void
a_whole_chunk_is_accepted(void)
{
	struct cgn_state_subscriber s = subscriber(9, RTE_BE32(0xc6336401));
	unsigned int type, length;
	struct cgn_state_info info;
	uint32_t at = 0;

	begin();
	add(&s, sizeof(s));
	add(&a_guard, sizeof(a_guard));
	CU_ASSERT_EQUAL(check(&info), 0);
	CU_ASSERT_EQUAL(info.worker, 2);
	CU_ASSERT_EQUAL(info.n_workers, 4);
	CU_ASSERT_EQUAL(info.serial, 7);
	CU_ASSERT_EQUAL(info.flags, CGN_STATE_LAST);
	CU_ASSERT_EQUAL(info.n_records, 2);
	CU_ASSERT_EQUAL(info.length, len);
	CU_ASSERT_EQUAL(info.time_ms, UINT64_C(123456789012));
	CU_ASSERT_EQUAL(cgn_state_scan_length(&draft, sizeof(draft.hdr)), len);
	CU_ASSERT_PTR_EQUAL(cgn_state_scan_next(&draft, &at, &type, &length), draft.records);
	CU_ASSERT_EQUAL(type, CGN_STATE_SUBSCRIBER);
	CU_ASSERT_EQUAL(length, sizeof(s));
	CU_ASSERT_PTR_EQUAL(cgn_state_scan_next(&draft, &at, &type, &length),
			draft.records + sizeof(s));
	CU_ASSERT_EQUAL(type, CGN_STATE_GUARD);
	CU_ASSERT_PTR_NULL(cgn_state_scan_next(&draft, &at, &type, &length));
	CU_ASSERT_PTR_NULL(cgn_state_scan_next(&draft, &at, &type, &length));
}

static void
a_chunk_without_records_is_whole(void)
{
	struct cgn_state_info info;
	unsigned int type, length;
	uint32_t at = 0;

	begin();
	CU_ASSERT_EQUAL(check(&info), 0);
	CU_ASSERT_PTR_NULL(cgn_state_scan_next(&draft, &at, &type, &length));
}

/* REQ: N-KEEP-9 */
static void
each_flipped_bit_and_each_cut_is_noticed(void)
{
	struct cgn_state_subscriber s = subscriber(9, RTE_BE32(0xc6336401));
	struct cgn_state_info info;

	begin();
	add(&s, sizeof(s));
	CU_ASSERT_EQUAL(check(&info), 0);
	for (uint32_t bit = 0; bit < len * 8; bit++) {
		uint8_t *octet = (uint8_t *)&draft + bit / 8;
		bool is_version = bit / 8 - offsetof(struct cgn_state_chunk, version) < 2;

		*octet ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_EQUAL(cgn_state_scan_check(&draft, len, &info),
				is_version ? -EPROTONOSUPPORT : -EBADMSG);
		*octet ^= (uint8_t)(1u << bit % 8);
	}
	for (uint32_t cut = 0; cut < len; cut++)
		CU_ASSERT_EQUAL(cgn_state_scan_check(&draft, cut, &info), -EBADMSG);
	CU_ASSERT_EQUAL(cgn_state_scan_check(&draft, len + 8, &info), -EBADMSG);
	CU_ASSERT_EQUAL(cgn_state_scan_check(&draft, len, &info), 0);
}

/* REQ: N-KEEP-10 */
static void
other_versions_and_kinds_are_told_apart_from_damage(void)
{
	struct cgn_state_info info;

	begin();
	draft.hdr.version = RTE_LE16(CGN_STATE_VERSION + 1);
	CU_ASSERT_EQUAL(check(&info), -EPROTONOSUPPORT);
	/* Its checksum need not be known. */
	draft.hdr.checksum ^= 1;
	CU_ASSERT_EQUAL(cgn_state_scan_check(&draft, len, &info), -EPROTONOSUPPORT);
	begin();
	draft.hdr.kind = 77;
	CU_ASSERT_EQUAL(check(&info), -EPROTONOSUPPORT);
	begin();
	draft.hdr.magic[0] ^= 1;
	CU_ASSERT_EQUAL(check(&info), -EBADMSG);
	CU_ASSERT_EQUAL(cgn_state_scan_length(&draft, len), 0);
}

/* A checksum can be right over wrong lengths. */
static void
records_must_fill_their_chunk(void)
{
	static const uint16_t lengths[] = { 0, 4, 12, 15, 24, 0xfff8 };
	struct cgn_state_guard g = a_guard;
	struct cgn_state_info info;

	for (size_t i = 0; i < RTE_DIM(lengths); i++) {
		begin();
		g.hdr.length = rte_cpu_to_le_16(lengths[i]);
		add(&g, sizeof(g));
		CU_ASSERT_EQUAL(check(&info), -EBADMSG);
	}
	begin();
	add(&a_guard, sizeof(a_guard));
	draft.hdr.n_records = RTE_LE32(2);
	CU_ASSERT_EQUAL(check(&info), -EBADMSG);
	draft.hdr.n_records = RTE_LE32(1);
	len -= 8;
	CU_ASSERT_EQUAL(check(&info), -EBADMSG);
	len += 10; /* half of a header of a record is left */
	CU_ASSERT_EQUAL(check(&info), -EBADMSG);
}

static void
impossible_lengths_of_chunks_are_refused(void)
{
	static const uint32_t lengths[] = { 0, sizeof(struct cgn_state_chunk) - 1,
		CGN_STATE_CHUNK_MAX + 1, UINT32_MAX };

	begin();
	for (size_t i = 0; i < RTE_DIM(lengths); i++) {
		draft.hdr.length = rte_cpu_to_le_32(lengths[i]);
		CU_ASSERT_EQUAL(cgn_state_scan_length(&draft, sizeof(draft)), 0);
	}
	draft.hdr.length = rte_cpu_to_le_32(CGN_STATE_CHUNK_MAX);
	CU_ASSERT_EQUAL(cgn_state_scan_length(&draft, sizeof(draft)), CGN_STATE_CHUNK_MAX);
	CU_ASSERT_EQUAL(cgn_state_scan_length(&draft, sizeof(draft.hdr) - 1), 0);
}

/* REQ: N-KEEP-12 */
static void
pairings_are_listed(void)
{
	struct cgn_state_subscriber a = subscriber(9, RTE_BE32(0xc6336401));
	struct cgn_state_subscriber b = subscriber(10, RTE_BE32(0xc6336402));
	struct cgn_state_pairing p;
	struct cgn_state_info info;
	uint32_t at = 0;

	b.who.is_ip6 = 1;
	b.who.len = 56;
	begin();
	add(&a_guard, sizeof(a_guard));
	add(&a, sizeof(a));
	add(&a_guard, sizeof(a_guard));
	add(&b, sizeof(b));
	a.hdr.length = RTE_LE16(16); /* too short: not a subscriber */
	add(&a, 16);
	CU_ASSERT_EQUAL(check(&info), 0);
	CU_ASSERT_TRUE(cgn_state_scan_pairing(&draft, &at, &p));
	CU_ASSERT_FALSE(p.prefix.is_ip6);
	CU_ASSERT_EQUAL(p.prefix.ip4, RTE_BE32(0x64400009));
	CU_ASSERT_EQUAL(p.len, 32);
	CU_ASSERT_EQUAL(p.ext_addr, RTE_BE32(0xc6336401));
	CU_ASSERT_TRUE(cgn_state_scan_pairing(&draft, &at, &p));
	CU_ASSERT_TRUE(p.prefix.is_ip6);
	CU_ASSERT_EQUAL(memcmp(&p.prefix.ip6, b.who.addr, 16), 0);
	CU_ASSERT_EQUAL(p.len, 56);
	CU_ASSERT_EQUAL(p.ext_addr, RTE_BE32(0xc6336402));
	CU_ASSERT_FALSE(cgn_state_scan_pairing(&draft, &at, &p));
}

static void
counts_have_names_and_sums(void)
{
	struct cgn_state_counts sum = { 0 }, c = { 0 };

	c.taken[CGN_STATE_MAPPING] = 5;
	c.foreign[CGN_STATE_HOLD] = 6;
	c.dropped[CGN_STATE_MAPPING][CGN_STATE_DROP_PORT] = 7;
	c.dropped[CGN_STATE_HOLD][CGN_STATE_DROP_PORT] = 8;
	cgn_state_counts_add(&sum, &c);
	cgn_state_counts_add(&sum, &c);
	CU_ASSERT_EQUAL(sum.taken[CGN_STATE_MAPPING], 10);
	CU_ASSERT_EQUAL(sum.foreign[CGN_STATE_HOLD], 12);
	CU_ASSERT_EQUAL(cgn_state_counts_dropped(&sum, CGN_STATE_DROP_PORT), 30);
	CU_ASSERT_EQUAL(cgn_state_counts_dropped(&sum, CGN_STATE_DROP_OVER), 0);
	CU_ASSERT_STRING_EQUAL(cgn_state_counts_drop_name(CGN_STATE_DROP_PORT), "port");
	for (unsigned int type = 0; type < CGN_STATE_TYPE_COUNT; type++)
		CU_ASSERT_PTR_NOT_NULL(cgn_state_counts_type_name((enum cgn_state_type)type));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_checksum_is_that_of_iscsi),
	CU_TEST_ROW(a_whole_chunk_is_accepted),
	CU_TEST_ROW(a_chunk_without_records_is_whole),
	CU_TEST_ROW(each_flipped_bit_and_each_cut_is_noticed),
	CU_TEST_ROW(other_versions_and_kinds_are_told_apart_from_damage),
	CU_TEST_ROW(records_must_fill_their_chunk),
	CU_TEST_ROW(impossible_lengths_of_chunks_are_refused),
	CU_TEST_ROW(pairings_are_listed),
	CU_TEST_ROW(counts_have_names_and_sums),
};

CU_MAIN("state_scan", tests)
