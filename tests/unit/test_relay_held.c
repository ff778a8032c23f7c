/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/relay/relay_held.h"
#include "tests/support/cu.h"

#include <stdlib.h>

#define H1  RTE_BE32(0xc0a8010b) /* 192.168.1.11 */
#define H2  RTE_BE32(0xc0a8010c)
#define UDP 17
#define TCP 6

static struct cgn_relay_held_table *t;

static void
put(rte_be32_t host, uint8_t proto, uint16_t in_port, bool is_natpmp, uint64_t until_ms)
{
	const struct cgn_relay_held x = {
		.until_ms = until_ms,
		.host = host,
		.proto = proto,
		.in_port = in_port,
		.is_natpmp = is_natpmp,
		.ext_port = (uint16_t)(in_port + 1),
	};

	cgn_relay_held_put(t, &x, 1000);
}

/* E-PX-5: host, protocol and inside port say which mapping it is, as long as it lives. */
static void
mapping_is_found_by_its_inside_endpoint(void)
{
	t = calloc(1, sizeof(*t));
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	put(H1, TCP, 80, true, 5000);
	put(H1, UDP, 80, true, 6000);
	CU_ASSERT_EQUAL(cgn_relay_held_find(t, H1, UDP, 80, 1000)->until_ms, 6000);
	CU_ASSERT_EQUAL(cgn_relay_held_find(t, H1, TCP, 80, 4999)->ext_port, 81);
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H1, TCP, 80, 5000));
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H2, TCP, 80, 1000));
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H1, TCP, 81, 1000));
	/* The renewal takes the place of the mapping: when it is dropped, there is none. */
	put(H1, TCP, 80, true, 9000);
	CU_ASSERT_EQUAL(cgn_relay_held_find(t, H1, TCP, 80, 5000)->until_ms, 9000);
	cgn_relay_held_drop(cgn_relay_held_find(t, H1, TCP, 80, 1000));
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H1, TCP, 80, 1000));
	cgn_relay_held_drop(NULL);
	free(t);
}

/* B-DEL-5: what a host has by NAT-PMP for one protocol, and nothing else. */
static void
mappings_of_natpmp_are_found_one_by_one(void)
{
	const struct cgn_relay_held *x;

	t = calloc(1, sizeof(*t));
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	put(H1, TCP, 80, false, 5000);
	put(H2, TCP, 81, true, 5000);
	put(H1, UDP, 82, true, 5000);
	put(H1, TCP, 83, true, 1000);
	CU_ASSERT_PTR_NULL(cgn_relay_held_natpmp(t, H1, TCP, 1000));
	put(H1, TCP, 84, true, 5000);
	x = cgn_relay_held_natpmp(t, H1, TCP, 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT_EQUAL(x->in_port, 84);
	free(t);
}

/* A full table forgets the mapping that ends first. */
static void
full_table_forgets_what_ends_first(void)
{
	t = calloc(1, sizeof(*t));
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	for (uint16_t i = 1; i <= CGN_RELAY_HELD_MAX; i++)
		put(H1, UDP, i, true, i == 700 ? 4000 : 5000u + i);
	put(H2, UDP, 1, true, 9000);
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H1, UDP, 700, 1000));
	CU_ASSERT_PTR_NOT_NULL(cgn_relay_held_find(t, H2, UDP, 1, 1000));
	put(H2, UDP, 2, true, 9000);
	CU_ASSERT_PTR_NULL(cgn_relay_held_find(t, H1, UDP, 1, 1000));
	for (uint16_t i = 2; i <= CGN_RELAY_HELD_MAX; i++)
		CU_ASSERT_EQUAL(cgn_relay_held_find(t, H1, UDP, i, 1000) != NULL, i != 700);
	free(t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mapping_is_found_by_its_inside_endpoint),
	CU_TEST_ROW(mappings_of_natpmp_are_found_one_by_one),
	CU_TEST_ROW(full_table_forgets_what_ends_first),
};

CU_MAIN("relay_held", tests)
