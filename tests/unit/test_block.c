/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/block_map.h"
#include "tests/support/bookfix.h"
#include "tests/support/cu.h"

#include <errno.h>

/* Two addresses of one pool. */
struct fix {
	struct cgn_range4 range;
	struct cgn_conf_pool pool;
	struct cgn_conf conf;
	struct cgn_ext ext;
	struct cgn_det_set dets; /* none */
	struct cgn_block_map map;
	struct cgn_rand rnd;
};

static int
start(struct fix *f, uint16_t port_min, uint16_t port_max, uint16_t size)
{
	static const uint8_t seed[32] = "a constant";

	f->range = (struct cgn_range4){ 0xc6336400, 0xc6336401 };
	f->pool = (struct cgn_conf_pool){ .ranges = &f->range,
		.n_ranges = 1,
		.n_addresses = 2,
		.port_min = port_min,
		.port_max = port_max };
	f->conf.workers = 1;
	f->conf.pools = &f->pool;
	f->conf.n_pools = 1;
	cgn_rand_init(&f->rnd, seed);
	bookfix_ext_init(&f->ext, &f->conf, 0);
	return cgn_block_map_init(&f->map, &f->ext, &f->conf, &size, &f->dets);
}

/* The second address is one of a port that gives the host services. */
static void
share_address(struct fix *f, struct cgn_conf_port *port, enum cgn_side side)
{
	static struct cgn_prefix addr;

	addr = (struct cgn_prefix){ .ip4 = rte_cpu_to_be_32(0xc6336401), .len = 24 };
	*port = (struct cgn_conf_port){
		.side = side,
		.addresses = { addr },
		.n_addresses = 1,
		.host = { CGN_HOST_BFD, CGN_HOST_TCP, CGN_HOST_IKE },
		.n_host = 3,
	};
	f->conf.ports = port;
	f->conf.n_ports = 1;
	f->conf.host.is_on = true;
}

static void
end(struct fix *f)
{
	cgn_block_map_fini(&f->map);
	bookfix_ext_fini(&f->ext);
}

/* A-PORT-10: blocks are cut once for all protocols, whole blocks only, inside of the range. */
static void
range_is_cut_into_whole_blocks_that_do_not_overlap(void)
{
	static const struct {
		uint16_t min, max, size, count;
	} cases[] = {
		{ 1024, 65535, 512, 126 },
		{ 1024, 65535, 4096, 15 },
		{ 1024, 65535, 64, 1008 },
		{ 1, 65535, 64, 1023 },
		{ 1000, 2100, 64, 16 },
		{ 65472, 65535, 64, 1 },
		{ 65500, 65535, 64, 0 },
		{ 2000, 2010, 64, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t in_block[1024] = { 0 };
		struct fix f = { 0 };

		CU_ASSERT_EQUAL_FATAL(start(&f, cases[i].min, cases[i].max, cases[i].size), 0);
		/* Also an address without a block has a number. */
		CU_ASSERT_EQUAL(f.map.n_blocks, 2U * RTE_MAX(cases[i].count, 1U));
		for (uint32_t port = 0; port <= UINT16_MAX; port++) {
			uint32_t b = cgn_block_of(&f.map, 1, (uint16_t)port), first;

			if (b == CGN_BLOCK_NONE)
				continue;
			CU_ASSERT_FATAL(b >= cases[i].count && b < 2U * cases[i].count);
			CU_ASSERT_TRUE(port >= cases[i].min && port <= cases[i].max);
			first = cgn_block_span_of(&f.map, 1, b).first;
			CU_ASSERT_TRUE(port >= first && port < first + cases[i].size);
			in_block[b - cases[i].count]++;
		}
		for (uint32_t b = 0; b < cases[i].count; b++)
			CU_ASSERT_EQUAL(in_block[b], cases[i].size);
		end(&f);
	}
}

static void
block_size_that_is_no_multiple_of_64_is_refused(void)
{
	static const uint16_t sizes[] = { 0, 1, 63, 100, 8192 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct fix f = { 0 };

		CU_ASSERT_EQUAL(start(&f, 1024, 65535, sizes[i]), -EINVAL);
		end(&f);
	}
}

/* A-PORT-10: a number is free when no protocol uses it. */
static void
block_counts_numbers_and_protocols(void)
{
	struct fix f = { 0 };
	uint32_t b;

	CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 128), 0);
	b = cgn_block_of(&f.map, 1, 2048);
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, b), 128);
	cgn_block_use(&f.map, 1, CGN_PROTO_UDP, 2050, CGN_BLOCK_NONE);
	cgn_block_use(&f.map, 1, CGN_PROTO_TCP, 2050, CGN_BLOCK_NONE);
	cgn_block_use(&f.map, 1, CGN_PROTO_ICMP, 2051, CGN_BLOCK_NONE);
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, b), 126);
	CU_ASSERT_EQUAL(f.map.blocks[b].used[CGN_PROTO_TCP], 1);
	CU_ASSERT_EQUAL(f.map.blocks[b].n_counted, 3);
	CU_ASSERT_TRUE(cgn_block_unuse(&f.map, 1, CGN_PROTO_UDP, 2050));
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, b), 126);
	CU_ASSERT_TRUE(cgn_block_unuse(&f.map, 1, CGN_PROTO_TCP, 2050));
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, b), 127);
	CU_ASSERT_TRUE(cgn_block_unuse(&f.map, 1, CGN_PROTO_ICMP, 2051));
	CU_ASSERT_EQUAL(f.map.blocks[b].n_counted, 0);
	/* The same ports of the other address are others. */
	CU_ASSERT_EQUAL(f.map.blocks[cgn_block_of(&f.map, 0, 2048)].numbers, 0);
	end(&f);
}

static void
claimed_number_stays_a_claim_until_all_its_protocols_are_free(void)
{
	struct fix f = { 0 };
	uint32_t b;

	CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 64), 0);
	b = cgn_block_of(&f.map, 0, 3000);
	cgn_block_use(&f.map, 0, CGN_PROTO_UDP, 3000, 17);
	cgn_block_use(&f.map, 0, CGN_PROTO_TCP, 3000, CGN_BLOCK_NONE);
	CU_ASSERT_EQUAL(f.map.claimant[3000], 17);
	CU_ASSERT_EQUAL(f.map.blocks[b].n_counted, 0);
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 0, b), 63);
	CU_ASSERT_FALSE(cgn_block_unuse(&f.map, 0, CGN_PROTO_UDP, 3000));
	CU_ASSERT_FALSE(cgn_block_unuse(&f.map, 0, CGN_PROTO_TCP, 3000));
	cgn_block_use(&f.map, 0, CGN_PROTO_TCP, 3000, CGN_BLOCK_NONE);
	CU_ASSERT_EQUAL(f.map.blocks[b].n_counted, 1);
	/* Outside of every block there are claims, too. */
	cgn_block_use(&f.map, 0, CGN_PROTO_TCP, 80, 17);
	CU_ASSERT_FALSE(cgn_block_unuse(&f.map, 0, CGN_PROTO_TCP, 80));
	end(&f);
}

/* Mean dof, variance 2 dof: within four standard deviations. */
static bool
is_uniform(const uint32_t *count, uint32_t n, double expect)
{
	double chi2 = 0, dof = n - 1;

	for (uint32_t i = 0; i < n; i++)
		chi2 += ((double)count[i] - expect) * ((double)count[i] - expect) / expect;
	return (chi2 - dof) * (chi2 - dof) <= 16 * 2 * dof;
}

/* A-PORT-4: each free number has the same chance, however full the block is. */
static void
choice_is_uniform_over_the_free_numbers(void)
{
	static const unsigned int used[] = { 0, 100, 256, 257, 400, 500, 511 };

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		uint32_t count[512] = { 0 }, seen[512], n = 0, b, wrong = 0;
		struct fix f = { 0 };

		CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 512), 0);
		b = cgn_block_of(&f.map, 1, 8192);
		/* Scattered, of changing protocols: 389 has no common divisor with 512. */
		for (unsigned int k = 0; k < used[i]; k++)
			cgn_block_use(&f.map, 1, k % 3, (uint16_t)(8192 + k * 389 % 512),
					CGN_BLOCK_NONE);
		for (uint32_t k = 0; k < 200 * (512 - used[i]); k++) {
			uint16_t port;

			CU_ASSERT_TRUE_FATAL(cgn_block_choose(
					&f.map, 1, b, CGN_BLOCK_ANY, &f.rnd, &port));
			CU_ASSERT_FATAL(port >= 8192 && port < 8192 + 512);
			count[port - 8192]++;
		}
		for (unsigned int k = 0; k < 512; k++) {
			unsigned int port = k * 389 % 512;

			if (k >= used[i])
				seen[n++] = count[port];
			else
				wrong += count[port];
		}
		CU_ASSERT_EQUAL(wrong, 0);
		CU_ASSERT_TRUE(n == 1 || is_uniform(seen, n, 200));
		end(&f);
	}
}

/* A-PORT-2, A-PORT-4: with parity only the low bit is fixed. */
static void
choice_with_parity_is_uniform_over_half_of_the_numbers(void)
{
	static const uint64_t masks[] = { CGN_BLOCK_EVEN, CGN_BLOCK_ODD };

	for (unsigned int odd = 0; odd < 2; odd++) {
		uint32_t count[256] = { 0 };
		struct fix f = { 0 };
		uint16_t port;
		uint32_t b;

		CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 512), 0);
		b = cgn_block_of(&f.map, 0, 8192);
		for (unsigned int k = 0; k < 256 * 200; k++) {
			CU_ASSERT_TRUE_FATAL(
					cgn_block_choose(&f.map, 0, b, masks[odd], &f.rnd, &port));
			CU_ASSERT_EQUAL_FATAL(port % 2, odd);
			count[(port - 8192) / 2]++;
		}
		CU_ASSERT_TRUE(is_uniform(count, 256, 200));
		for (unsigned int k = 0; k < 256; k++)
			cgn_block_use(&f.map, 0, CGN_PROTO_UDP, (uint16_t)(8192 + 2 * k + odd),
					CGN_BLOCK_NONE);
		CU_ASSERT_FALSE(cgn_block_choose(&f.map, 0, b, masks[odd], &f.rnd, &port));
		CU_ASSERT_TRUE(cgn_block_choose(&f.map, 0, b, CGN_BLOCK_ANY, &f.rnd, &port));
		end(&f);
	}
}

/* A-PORT-9: also when nothing else is left, and for all protocols. */
static void
ports_of_natpmp_are_never_chosen(void)
{
	static const uint16_t sizes[] = { 64, 128, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct fix f = { 0 };
		uint16_t port;
		uint32_t b;

		CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, sizes[i]), 0);
		b = cgn_block_of(&f.map, 0, 5350);
		CU_ASSERT_EQUAL(cgn_block_free(&f.map, 0, b), sizes[i] - 2U);
		CU_ASSERT_EQUAL(cgn_block_free(&f.map, 0, b + 1), sizes[i]);
		for (unsigned int k = 0; k < sizes[i] - 2U; k++) {
			CU_ASSERT_TRUE_FATAL(cgn_block_choose(
					&f.map, 0, b, CGN_BLOCK_ANY, &f.rnd, &port));
			CU_ASSERT_TRUE(port != 5350 && port != 5351);
			cgn_block_use(&f.map, 0, CGN_PROTO_UDP, port, CGN_BLOCK_NONE);
		}
		CU_ASSERT_EQUAL(cgn_block_free(&f.map, 0, b), 0);
		CU_ASSERT_FALSE(cgn_block_choose(&f.map, 0, b, CGN_BLOCK_ANY, &f.rnd, &port));
		end(&f);
	}
}

struct asked {
	uint32_t n[128];
	uint16_t yes;
};

static bool
may(void *ctx, uint16_t port)
{
	struct asked *a = ctx;

	a->n[port - 2048]++;
	return port == a->yes;
}

/* B-MAP-8: companions are asked for once each, from a random one on. */
static void
shared_choice_asks_for_every_companion_once(void)
{
	struct fix f = { 0 };
	uint32_t b;

	CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 128), 0);
	b = cgn_block_of(&f.map, 0, 2048);
	for (uint16_t port = 2048; port < 2176; port += 3)
		cgn_block_use(&f.map, 0, CGN_PROTO_TCP, port, CGN_BLOCK_NONE);
	cgn_block_use(&f.map, 0, CGN_PROTO_UDP, 2051, CGN_BLOCK_NONE);
	for (unsigned int round = 0; round < 200; round++) {
		struct asked a = { .yes = 0 };
		struct cgn_block_search s = {
			.proto = CGN_PROTO_UDP,
			.mask = CGN_BLOCK_ANY,
			.tries = 1000,
			.may = may,
			.ctx = &a,
		};
		uint16_t port;

		CU_ASSERT_FALSE(cgn_block_choose_shared(&f.map, 0, b, &s, &f.rnd, &port));
		for (unsigned int k = 0; k < 128; k++)
			CU_ASSERT_EQUAL(a.n[k], k % 3 == 0 && k != 3);
		CU_ASSERT_EQUAL(s.tries, 1000 - 42);
		a.yes = 2174;
		CU_ASSERT_TRUE(cgn_block_choose_shared(&f.map, 0, b, &s, &f.rnd, &port));
		CU_ASSERT_EQUAL(port, 2174);
		/* And never more often than it may. */
		a = (struct asked){ .yes = 0 };
		s.tries = 10;
		CU_ASSERT_FALSE(cgn_block_choose_shared(&f.map, 0, b, &s, &f.rnd, &port));
		CU_ASSERT_EQUAL(s.tries, 0);
	}
	end(&f);
}

/* L-IPS-4: an address of an outside port leaves the host its ports, and only such an address. */
static void
ports_of_the_host_are_never_chosen(void)
{
	static const uint16_t ports[] = { 500, 4500, 3784, 4784 };

	for (unsigned int round = 0; round < 3; round++) {
		struct cgn_conf_port conf_port;
		struct fix f = { 0 };
		uint16_t port;

		share_address(&f, &conf_port, round == 1 ? CGN_SIDE_INSIDE : CGN_SIDE_OUTSIDE);
		f.conf.host.is_on = round != 2;
		CU_ASSERT_EQUAL_FATAL(start(&f, 448, 65535, 64), 0);
		for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
			for (uint32_t ord = 0; ord < 2; ord++) {
				uint32_t b = cgn_block_of(&f.map, ord, ports[i]);
				unsigned int kept = round == 0 && ord == 1, n = 0;

				CU_ASSERT_EQUAL(cgn_block_is_excluded(&f.map, ord, ports[i]), kept);
				CU_ASSERT_EQUAL(cgn_block_free(&f.map, ord, b), 64 - kept);
				for (; cgn_block_choose(
						     &f.map, ord, b, CGN_BLOCK_ANY, &f.rnd, &port);
						n++) {
					CU_ASSERT_TRUE(kept == 0 || port != ports[i]);
					cgn_block_use(&f.map, ord, CGN_PROTO_UDP, port,
							CGN_BLOCK_NONE);
				}
				CU_ASSERT_EQUAL(n, 64 - kept);
				CU_ASSERT_EQUAL(cgn_block_free(&f.map, ord, b), 0);
			}
		}
		end(&f);
	}
}

/* N-LIVE-13: an address of the pool becomes one of a port. A number of the host that is in use stays until its mapping
 * ends; the count of free numbers is right before, meanwhile and after. */
static void
numbers_are_kept_from_a_reload_on(void)
{
	struct fix f = { 0 };
	struct cgn_conf_port port;
	struct cgn_conf next;
	unsigned int before;
	uint32_t block;

	CU_ASSERT_EQUAL_FATAL(start(&f, 1024, 65535, 64), 0);
	block = cgn_block_of(&f.map, 1, 4500);
	before = cgn_block_free(&f.map, 1, block);
	cgn_block_use(&f.map, 1, CGN_PROTO_UDP, 4500, CGN_BLOCK_NONE);
	next = f.conf;
	share_address(&f, &port, CGN_SIDE_OUTSIDE);
	cgn_block_map_keep_again(&f.map, &f.conf, &next);
	CU_ASSERT_FALSE(cgn_block_is_excluded(&f.map, 1, 4500));
	cgn_block_map_keep_again(&f.map, &f.conf, &f.conf);
	CU_ASSERT_TRUE(cgn_block_is_excluded(&f.map, 1, 4500));
	CU_ASSERT_FALSE(cgn_block_is_excluded(&f.map, 0, 4500));
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, block), before - 1);
	cgn_block_unuse(&f.map, 1, CGN_PROTO_UDP, 4500);
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, block), before - 1);
	next = f.conf;
	next.n_ports = 0;
	cgn_block_map_keep_again(&f.map, &next, &f.conf);
	CU_ASSERT_FALSE(cgn_block_is_excluded(&f.map, 1, 4500));
	CU_ASSERT_EQUAL(cgn_block_free(&f.map, 1, block), before);
	end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(range_is_cut_into_whole_blocks_that_do_not_overlap),
	CU_TEST_ROW(block_size_that_is_no_multiple_of_64_is_refused),
	CU_TEST_ROW(block_counts_numbers_and_protocols),
	CU_TEST_ROW(claimed_number_stays_a_claim_until_all_its_protocols_are_free),
	CU_TEST_ROW(choice_is_uniform_over_the_free_numbers),
	CU_TEST_ROW(choice_with_parity_is_uniform_over_half_of_the_numbers),
	CU_TEST_ROW(ports_of_natpmp_are_never_chosen),
	CU_TEST_ROW(ports_of_the_host_are_never_chosen),
	CU_TEST_ROW(shared_choice_asks_for_every_companion_once),
	CU_TEST_ROW(numbers_are_kept_from_a_reload_on),
};

CU_MAIN("block", tests)
