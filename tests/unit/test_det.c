/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/addr_text.h"
#include "shared/det.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>

/* One deterministic group with its pool. */
struct fix {
	struct cgn_conf conf;
	struct cgn_conf_pool pool;
	struct cgn_range4 ranges[4];
	struct cgn_conf_group group;
	struct cgn_prefix prefixes[8];
	struct cgn_port_range reserved[16];
	struct cgn_det det;
};

static void
add_prefix(struct fix *f, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(
			cgn_addr_text_parse_prefix(text, &f->prefixes[f->group.n_prefixes++]), 0);
}

/* The group of RFC 7422 section 2.3. */
static void
begin(struct fix *f)
{
	*f = (struct fix){
		.pool = { .n_ranges = 1, .port_min = 1024, .port_max = 65535 },
		.group = { .subscriber_prefix_len = 32,
				.subscriber_prefix6_len = 56,
				.deterministic = { .is_on = true,
						.dynamic = 2,
						.ports_max = 5040 } },
		.ranges = { { 0xc0000201, 0xc0000201 } },
	};
	f->pool.ranges = f->ranges;
	f->group.prefixes = f->prefixes;
	f->group.deterministic.reserved = f->reserved;
}

static struct cgn_det_place
place_of(const struct cgn_det *d, const char *text)
{
	struct cgn_det_place place = { 0 };
	struct cgn_ip ip;

	CU_ASSERT_EQUAL_FATAL(cgn_addr_text_parse_ip(text, &ip), 0);
	CU_ASSERT_TRUE(ip.is_ip6 ? cgn_det_forward6(d, &ip.ip6, &place)
				 : cgn_det_forward4(d, ip.ip4, &place));
	return place;
}

static bool
has_place(const struct cgn_det *d, const char *text)
{
	struct cgn_det_place place;
	rte_be32_t ip4;

	CU_ASSERT_EQUAL_FATAL(cgn_addr_text_parse_ip4(text, &ip4), 0);
	return cgn_det_forward4(d, ip4, &place);
}

/* G-DET-1, G-DET-2: the table of RFC 7422 section 2.3. */
static void
example_of_the_rfc_comes_out_exactly(void)
{
	static const struct {
		uint16_t first, last;
	} table[] = {
		{ 1024, 5055 },
		{ 5056, 9087 },
		{ 9088, 13119 },
		{ 13120, 17151 },
		{ 17152, 21183 },
		{ 21184, 25215 },
		{ 25216, 29247 },
		{ 29248, 33279 },
		{ 33280, 37311 },
		{ 37312, 41343 },
		{ 41344, 45375 },
		{ 45376, 49407 },
		{ 49408, 53439 },
		{ 53440, 57471 },
	};
	struct cgn_port_range reserved;
	char text[CGN_ADDR_TEXT_MAX];
	struct fix f;
	uint32_t number;

	begin(&f);
	add_prefix(&f, "198.51.100.0/28");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.n_subscribers, 14);
	CU_ASSERT_EQUAL(f.det.slots, 14);
	CU_ASSERT_EQUAL(f.det.ports, 4032);
	CU_ASSERT_EQUAL(f.det.dynamic_first, 57472);
	for (uint32_t i = 0; i < RTE_DIM(table); i++) {
		struct cgn_det_place place;
		struct cgn_prefix sub;

		snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
		place = place_of(&f.det, text);
		CU_ASSERT_EQUAL(place.number, i);
		CU_ASSERT_EQUAL(place.outside, 0);
		CU_ASSERT_EQUAL(f.det.starts[place.slot], table[i].first);
		CU_ASSERT_EQUAL(cgn_det_last_port(&f.det, place.slot), table[i].last);
		sub = cgn_det_subscriber(&f.det, i);
		CU_ASSERT_EQUAL(sub.len, 32);
		CU_ASSERT_EQUAL(sub.ip4, rte_cpu_to_be_32(0xc6336401 + i));
		for (uint32_t port = table[i].first; port <= table[i].last; port++) {
			if (port == 5350 || port == 5351)
				continue;
			CU_ASSERT_EQUAL_FATAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201),
							      (uint16_t)port, &number),
					CGN_DET_OWN);
			CU_ASSERT_EQUAL_FATAL(number, i);
		}
	}
	/* The addresses of the network and of broadcast are nobody's. */
	CU_ASSERT_FALSE(has_place(&f.det, "198.51.100.0"));
	CU_ASSERT_FALSE(has_place(&f.det, "198.51.100.15"));
	CU_ASSERT_FALSE(has_place(&f.det, "198.51.100.16"));
	CU_ASSERT_EQUAL(cgn_det_address(&f.det, 0), RTE_BE32(0xc0000201));
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 1023, &number),
			CGN_DET_RESERVED);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 0, &number),
			CGN_DET_RESERVED);
	/* NAT-PMP's and PCP's, in the range of the second subscriber. */
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 5350, &number),
			CGN_DET_RESERVED);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 5351, &number),
			CGN_DET_RESERVED);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 57472, &number),
			CGN_DET_DYNAMIC);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 65535, &number),
			CGN_DET_DYNAMIC);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000202), 2000, &number),
			CGN_DET_FOREIGN);
	CU_ASSERT_TRUE(cgn_det_next_reserved(&f.det, 0, &reserved));
	CU_ASSERT_TRUE(reserved.first == 0 && reserved.last == 1023);
	CU_ASSERT_FALSE(cgn_det_next_reserved(&f.det, 1024, &reserved));
	cgn_det_fini(&f.det);
}

/* Which addresses of a prefix are subscribers. */
static void
only_large_prefixes_lose_their_ends(void)
{
	struct fix f;

	begin(&f);
	add_prefix(&f, "10.0.0.4/31");
	add_prefix(&f, "10.0.0.9/32");
	add_prefix(&f, "10.0.0.0/30");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.n_subscribers, 5);
	/* Numbers follow the configured order, not that of the addresses. */
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.4").number, 0);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.5").number, 1);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.9").number, 2);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.1").number, 3);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.2").number, 4);
	CU_ASSERT_FALSE(has_place(&f.det, "10.0.0.0"));
	CU_ASSERT_FALSE(has_place(&f.det, "10.0.0.3"));
	CU_ASSERT_FALSE(has_place(&f.det, "10.0.0.6"));
	cgn_det_fini(&f.det);

	/* A subscriber that is a prefix has the address of its network, too. */
	begin(&f);
	f.group.subscriber_prefix_len = 30;
	add_prefix(&f, "10.0.0.0/28");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.n_subscribers, 4);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.0").number, 0);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.15").number, 3);
	CU_ASSERT_EQUAL(cgn_det_subscriber(&f.det, 3).ip4, RTE_BE32(0x0a00000c));
	CU_ASSERT_EQUAL(cgn_det_subscriber(&f.det, 3).len, 30);
	cgn_det_fini(&f.det);
}

/* I may be IPv6 prefixes of homes behind softwires, beside IPv4 prefixes. */
static void
homes_behind_softwires_have_numbers_too(void)
{
	struct cgn_prefix sub;
	struct fix f;

	begin(&f);
	add_prefix(&f, "2001:db8:0:100::/55");
	add_prefix(&f, "10.0.0.0/30");
	add_prefix(&f, "2001:db8::/56");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.n_subscribers, 5);
	CU_ASSERT_EQUAL(place_of(&f.det, "2001:db8:0:100::1").number, 0);
	CU_ASSERT_EQUAL(place_of(&f.det, "2001:db8:0:1ff:1::").number, 0);
	CU_ASSERT_EQUAL(place_of(&f.det, "2001:db8:0:200::").number, 1);
	CU_ASSERT_EQUAL(place_of(&f.det, "10.0.0.1").number, 2);
	CU_ASSERT_EQUAL(place_of(&f.det, "2001:db8:0:ff::1").number, 4);
	sub = cgn_det_subscriber(&f.det, 1);
	CU_ASSERT_TRUE(sub.is_ip6);
	CU_ASSERT_EQUAL(sub.len, 56);
	CU_ASSERT_EQUAL(sub.ip6.b[6], 2);
	cgn_det_fini(&f.det);
}

/* G-DET-2: with D = 0 there is no dynamic part, and what is left over is nobody's. */
static void
without_a_dynamic_part_the_rest_is_unused(void)
{
	uint32_t number;
	struct fix f;

	begin(&f);
	f.group.deterministic.dynamic = 0;
	add_prefix(&f, "10.0.0.0/28"); /* 64512 = 14 * 4608 */
	add_prefix(&f, "10.0.1.0/32"); /* 64512 = 15 * 4300 + 12 */
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.ports, 4300);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 65523, &number), CGN_DET_OWN);
	CU_ASSERT_EQUAL(number, 14);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 65524, &number),
			CGN_DET_UNUSED);
	cgn_det_fini(&f.det);

	begin(&f);
	f.group.deterministic.dynamic = 0;
	add_prefix(&f, "10.0.0.0/28");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(cgn_det_last_port(&f.det, 13), 65535);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, RTE_BE32(0xc0000201), 65535, &number), CGN_DET_OWN);
	cgn_det_fini(&f.det);
}

/* Groups that cannot be: too many subscribers for the addresses, or at all. */
static void
ranges_that_are_too_small_are_refused(void)
{
	struct fix f;

	begin(&f);
	f.group.deterministic.dynamic = 0;
	add_prefix(&f, "10.0.0.0/22"); /* 1022 on one address: 63 ports */
	CU_ASSERT_EQUAL(cgn_det_init(&f.det, &f.group, &f.pool), -ERANGE);
	CU_ASSERT_EQUAL(f.det.slots, 1022);
	CU_ASSERT_EQUAL(f.det.ports, 63);
	cgn_det_fini(&f.det);
	f.ranges[0].last++;
	CU_ASSERT_EQUAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.slots, 511);
	cgn_det_fini(&f.det);

	begin(&f);
	add_prefix(&f, "2001:db8::/20");
	CU_ASSERT_EQUAL(cgn_det_init(&f.det, &f.group, &f.pool), -E2BIG);
	cgn_det_fini(&f.det);

	begin(&f);
	add_prefix(&f, "10.0.0.0/30");
	f.pool.n_ranges = 0;
	CU_ASSERT_EQUAL(cgn_det_init(&f.det, &f.group, &f.pool), -ERANGE);
	cgn_det_fini(&f.det);
}

/* Ports below 1024 may be among the ports of a pool. Then an address has more ranges. */
static void
pool_with_all_ports_has_the_most_ranges(void)
{
	struct cgn_det_place place;
	struct fix f;
	uint32_t number;

	begin(&f);
	f.group.deterministic.dynamic = 0;
	f.pool.port_min = 1;
	add_prefix(&f, "10.0.0.0/22");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	CU_ASSERT_EQUAL(f.det.slots, 1022);
	CU_ASSERT_EQUAL(f.det.ports, 64);
	CU_ASSERT_PTR_NULL(f.det.reserved);
	place = place_of(&f.det, "10.0.3.254");
	CU_ASSERT_EQUAL(place.slot, 1021);
	CU_ASSERT_EQUAL(f.det.starts[place.slot], 1 + 1021 * 64);
	CU_ASSERT_EQUAL(cgn_det_last_port(&f.det, 1021), 1022 * 64);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, rte_cpu_to_be_32(0xc0000201), 1022 * 64, &number),
			CGN_DET_OWN);
	CU_ASSERT_EQUAL(number, 1021);
	CU_ASSERT_EQUAL(cgn_det_reverse(&f.det, rte_cpu_to_be_32(0xc0000201), 1022 * 64 + 1,
					&number),
			CGN_DET_UNUSED);
	cgn_det_fini(&f.det);

	/* 1023 ranges are the most. One more makes them too small. */
	begin(&f);
	f.group.deterministic.dynamic = 0;
	f.pool.port_min = 1;
	add_prefix(&f, "10.0.0.0/22");
	add_prefix(&f, "10.0.4.0/32");
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	place = place_of(&f.det, "10.0.4.0");
	CU_ASSERT_EQUAL(f.det.starts[place.slot], 1 + 1022 * 64);
	cgn_det_fini(&f.det);
	add_prefix(&f, "10.0.4.1/32");
	CU_ASSERT_EQUAL(cgn_det_init(&f.det, &f.group, &f.pool), -ERANGE);
	CU_ASSERT_EQUAL(f.det.ports, 63);
	cgn_det_fini(&f.det);
}

/* --- any configuration, against the text of the requirement -------------------------------- */

static uint32_t
draw(uint32_t below)
{
	return (uint32_t)rand() % below;
}

static void
make_any(struct fix *f)
{
	uint32_t at = 0x0a000000;

	begin(f);
	f->pool.port_min = (uint16_t)(1 + draw(3000));
	f->pool.port_max = (uint16_t)(40000 + draw(25536));
	f->pool.n_ranges = 1 + draw(3);
	for (size_t i = 0; i < f->pool.n_ranges; i++)
		f->ranges[i] = (struct cgn_range4){ 0xc6336400 + (uint32_t)i * 16,
			0xc6336400 + (uint32_t)i * 16 + draw(5) };
	f->group.subscriber_prefix_len = (uint8_t)(29 + draw(4));
	f->group.n_prefixes = 1 + draw(4);
	for (size_t i = 0; i < f->group.n_prefixes; i++) {
		f->prefixes[i] = (struct cgn_prefix){ .len = (uint8_t)(25 + draw(5)) };
		at = (at + 256 + draw(4096)) & cgn_mask4(f->prefixes[i].len);
		f->prefixes[i].ip4 = rte_cpu_to_be_32(at);
	}
	/* Not ascending. */
	if (draw(2) == 0) {
		struct cgn_prefix first = f->prefixes[0];

		f->prefixes[0] = f->prefixes[f->group.n_prefixes - 1];
		f->prefixes[f->group.n_prefixes - 1] = first;
	}
	f->group.deterministic.dynamic = (uint16_t)draw(4);
	f->group.deterministic.n_reserved = draw(8);
	for (size_t i = 0; i < f->group.deterministic.n_reserved; i++) {
		f->reserved[i].first = (uint16_t)(1 + draw(60000));
		f->reserved[i].last = (uint16_t)(f->reserved[i].first + draw(3) * draw(700));
	}
}

static bool
is_in_list(const struct fix *f, uint32_t port)
{
	bool is_in = port < f->pool.port_min || port > f->pool.port_max;

	for (size_t i = 0; i < f->group.deterministic.n_reserved; i++)
		is_in |= port >= f->reserved[i].first && port <= f->reserved[i].last;
	return is_in;
}

/* The ports of each address as the requirement has them: U, cut into C + D parts of B. */
static void
expect_ports(const struct fix *f)
{
	static uint16_t u[65536];
	const struct cgn_det *d = &f->det;
	uint32_t n = 0, number;

	for (uint32_t port = 0; port < 65536; port++) {
		if (!is_in_list(f, port))
			u[n++] = (uint16_t)port;
	}
	CU_ASSERT_EQUAL(d->ports, n / (d->slots + d->dynamic));
	for (uint32_t port = 0, j = 0; port < 65536; port++) {
		for (uint32_t k = 0; k < d->n_outside; k++) {
			rte_be32_t addr = cgn_det_address(d, k);
			enum cgn_det_kind kind = cgn_det_reverse(d, addr, (uint16_t)port, &number);

			if (is_in_list(f, port) || port == 5350 || port == 5351) {
				CU_ASSERT_EQUAL_FATAL(kind, CGN_DET_RESERVED);
			} else if (j >= d->slots * d->ports) {
				CU_ASSERT_EQUAL_FATAL(kind,
						d->dynamic > 0 ? CGN_DET_DYNAMIC : CGN_DET_UNUSED);
			} else if (d->slots * k + j / d->ports >= d->n_subscribers) {
				CU_ASSERT_EQUAL_FATAL(kind, CGN_DET_UNUSED);
			} else {
				CU_ASSERT_EQUAL_FATAL(kind, CGN_DET_OWN);
				CU_ASSERT_EQUAL_FATAL(number, d->slots * k + j / d->ports);
			}
		}
		if (!is_in_list(f, port)) {
			CU_ASSERT_EQUAL_FATAL(u[j], port);
			j++;
		}
	}
	for (uint32_t s = 0; s < d->slots; s++) {
		CU_ASSERT_EQUAL(d->starts[s], u[s * d->ports]);
		CU_ASSERT_EQUAL(cgn_det_last_port(d, s), u[(s + 1) * d->ports - 1]);
	}
}

/* The last port of a slot that is none of NAT-PMP's. */
static uint16_t
own_port(const struct cgn_det *d, uint32_t slot)
{
	uint16_t port = cgn_det_last_port(d, slot);

	while (port == 5350 || port == 5351 || cgn_det_is_reserved(d, port))
		port--;
	return port;
}

/* Each subscriber has one place, and the endpoint leads back to it. */
static void
expect_inverse(const struct fix *f)
{
	const struct cgn_det *d = &f->det;
	uint32_t number;

	for (uint32_t k = 0; k < d->n_subscribers; k++) {
		struct cgn_prefix sub = cgn_det_subscriber(d, k);
		uint32_t last = rte_be_to_cpu_32(sub.ip4) | ~cgn_mask4(sub.len);
		struct cgn_det_place a, b;

		CU_ASSERT_TRUE_FATAL(cgn_det_forward4(d, sub.ip4, &a));
		CU_ASSERT_TRUE_FATAL(cgn_det_forward4(d, rte_cpu_to_be_32(last), &b));
		CU_ASSERT_TRUE_FATAL(a.number == k && b.number == k);
		CU_ASSERT_TRUE_FATAL(a.outside < d->n_outside && a.slot < d->slots);
		CU_ASSERT_EQUAL_FATAL(cgn_det_reverse(d, cgn_det_address(d, a.outside),
						      own_port(d, a.slot), &number),
				CGN_DET_OWN);
		CU_ASSERT_EQUAL_FATAL(number, k);
	}
}

/* G-DET-1, G-DET-2: both functions, for configurations that nobody has thought of. */
static void
forward_and_reverse_are_inverse_in_any_configuration(void)
{
	unsigned int n = 0;

	srand(7422);
	for (int i = 0; i < 60; i++) {
		struct fix f;
		int ret;

		make_any(&f);
		ret = cgn_det_init(&f.det, &f.group, &f.pool);
		CU_ASSERT_TRUE_FATAL(ret == 0 || ret == -ERANGE);
		if (ret == 0) {
			n++;
			expect_ports(&f);
			expect_inverse(&f);
		}
		cgn_det_fini(&f.det);
	}
	CU_ASSERT_TRUE(n > 40);
}

/* The list of reserved ports has no overlaps and no gaps. */
static void
reserved_ports_are_listed_in_order(void)
{
	struct cgn_port_range r = { 0 };
	char text[128] = "";
	struct fix f;

	begin(&f);
	add_prefix(&f, "10.0.0.0/30");
	f.group.deterministic.n_reserved = 4;
	f.reserved[0] = (struct cgn_port_range){ 65535, 65535 };
	f.reserved[1] = (struct cgn_port_range){ 5060, 5061 };
	f.reserved[2] = (struct cgn_port_range){ 5004, 5004 };
	f.reserved[3] = (struct cgn_port_range){ 5061, 5062 };
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&f.det, &f.group, &f.pool), 0);
	for (uint32_t from = 0; cgn_det_next_reserved(&f.det, from, &r); from = r.last + 1u)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u-%u,", r.first,
				r.last);
	CU_ASSERT_STRING_EQUAL(text, "0-1023,5004-5004,5060-5062,65535-65535,");
	cgn_det_fini(&f.det);
}

/* The set of a configuration: who is deterministic, by group and by pool. */
static void
set_has_the_deterministic_groups_only(void)
{
	struct cgn_conf_group groups[2];
	struct cgn_conf_pool pools[2];
	struct cgn_det_set set;
	struct fix f;

	begin(&f);
	add_prefix(&f, "10.0.0.0/30");
	pools[0] = pools[1] = f.pool;
	groups[0] = groups[1] = f.group;
	groups[0].deterministic.is_on = false;
	groups[1].pool = 1;
	f.conf = (struct cgn_conf){ .pools = pools, .n_pools = 2, .groups = groups, .n_groups = 2 };
	CU_ASSERT_EQUAL_FATAL(cgn_det_set_init(&set, &f.conf), 0);
	CU_ASSERT_PTR_NULL(set.by_group[0]);
	CU_ASSERT_PTR_NOT_NULL(set.by_group[1]);
	CU_ASSERT_PTR_NULL(cgn_det_of_pool(&set, &f.conf, 0));
	CU_ASSERT_PTR_EQUAL(cgn_det_of_pool(&set, &f.conf, 1), set.by_group[1]);
	cgn_det_set_fini(&set);
	groups[1].deterministic.dynamic = 1007;
	CU_ASSERT_EQUAL(cgn_det_set_init(&set, &f.conf), -ERANGE);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(example_of_the_rfc_comes_out_exactly),
	CU_TEST_ROW(only_large_prefixes_lose_their_ends),
	CU_TEST_ROW(homes_behind_softwires_have_numbers_too),
	CU_TEST_ROW(without_a_dynamic_part_the_rest_is_unused),
	CU_TEST_ROW(ranges_that_are_too_small_are_refused),
	CU_TEST_ROW(pool_with_all_ports_has_the_most_ranges),
	CU_TEST_ROW(forward_and_reverse_are_inverse_in_any_configuration),
	CU_TEST_ROW(reserved_ports_are_listed_in_order),
	CU_TEST_ROW(set_has_the_deterministic_groups_only),
};

CU_MAIN("det", tests)
