/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/port.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <string.h>

#include <rte_ethdev.h>

#define WORKERS 3

static struct cgn_steer steer;

/* net_null stores hash key and indirection table, and knows no flow rules. */
static struct cgn_port
open_null(enum cgn_side side)
{
	static struct cgn_conf_port conf;
	const struct cgn_port_need need = {
		.n_workers = WORKERS,
		.index = 1,
		.side = side,
		.mtu = 1500,
		.n_dst = 1,
	};
	struct cgn_port p;

	eal_start();
	cgn_steer_init(&steer, WORKERS, cgn_steer_default_key);
	conf = (struct cgn_conf_port){ .name = "null", .device = "net_null0,no-rx=1" };
	CU_ASSERT_EQUAL_FATAL(cgn_port_open(&p, &conf, &need), 0);
	return p;
}

static struct cgn_port_env
env(void)
{
	static const struct cgn_port_dst dst = { .addr = RTE_BE32(0xc6336401), .worker = 1 };
	static struct rte_mempool *mp;

	if (mp == NULL)
		mp = eal_pool(1023);
	return (struct cgn_port_env){
		.owners = { .steer = &steer, .dst = &dst, .n_dst = 1 },
		.mp = mp,
	};
}

static void
hashing_device_gets_our_key_and_table(void)
{
	struct rte_eth_rss_reta_entry64 reta[2] = { { .mask = UINT64_MAX },
		{ .mask = UINT64_MAX } };
	uint8_t key[CGN_STEER_KEY] = { 0 };
	struct rte_eth_rss_conf rss = { .rss_key = key, .rss_key_len = sizeof(key) };
	struct cgn_port p = open_null(CGN_SIDE_INSIDE);
	const struct cgn_port_env e = env();

	p.plan.steering = CGN_STEER_RSS_SRC;
	p.plan.n_rxq = WORKERS;
	p.plan.first_worker = 0;
	p.plan.rss = RTE_ETH_RSS_IPV4; /* net_null does not offer the source alone */
	CU_ASSERT_EQUAL_FATAL(cgn_port_start(&p, &e), 0);
	CU_ASSERT_EQUAL(p.plan.steering, CGN_STEER_RSS_SRC);
	CU_ASSERT_EQUAL(rte_eth_dev_rss_reta_query(p.id, reta, 128), 0);
	for (unsigned int i = 0; i < 128; i++)
		CU_ASSERT_EQUAL(reta[i / 64].reta[i % 64], steer.reta[i]);
	CU_ASSERT_EQUAL(rte_eth_dev_rss_hash_conf_get(p.id, &rss), 0);
	CU_ASSERT_EQUAL(memcmp(key, steer.key, sizeof(key)), 0);
	cgn_port_close(&p);
}

static void
device_that_refuses_rules_starts_without_them(void)
{
	struct cgn_port p = open_null(CGN_SIDE_OUTSIDE);
	const struct cgn_port_env e = env();

	p.plan.steering = CGN_STEER_FLOW;
	p.plan.n_rxq = WORKERS;
	p.plan.first_worker = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_port_start(&p, &e), 0);
	CU_ASSERT_EQUAL(p.plan.steering, CGN_STEER_HANDOVER);
	CU_ASSERT_EQUAL(p.plan.n_rxq, 1);
	CU_ASSERT_EQUAL(p.plan.n_txq, WORKERS);
	CU_ASSERT_EQUAL(p.plan.first_worker, 1);
	cgn_port_close(&p);
}

static void
closed_port_may_be_opened_again(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct cgn_port p = open_null(CGN_SIDE_INSIDE);
		const struct cgn_port_env e = env();

		CU_ASSERT_EQUAL(cgn_port_start(&p, &e), 0);
		cgn_port_close(&p);
		cgn_port_close(&p);
		CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
	}
}

static void
longer_key_of_a_device_begins_with_ours(void)
{
	uint8_t key[52];

	cgn_steer_init(&steer, WORKERS, cgn_steer_default_key);
	cgn_port_steer_key(key, sizeof(key), &steer);
	CU_ASSERT_EQUAL(memcmp(key, cgn_steer_default_key, CGN_STEER_KEY), 0);
	CU_ASSERT_EQUAL(memcmp(key + CGN_STEER_KEY, cgn_steer_default_key, 12), 0);
}

static void
expect_args(const char *device, uint16_t mtu, bool has_hugepages, const char *want)
{
	char args[CGN_PORT_ARGS_MAX];

	cgn_port_args(device, mtu, has_hugepages, args, sizeof(args));
	CU_ASSERT_STRING_EQUAL(args, want);
}

static void
packet_socket_gets_frames_for_its_mtu(void)
{
	expect_args("net_af_packet0,iface=in0", 1500, false,
			"net_af_packet0,iface=in0,blocksz=8192,framesz=8192,framecnt=1024");
	expect_args("net_af_packet0,iface=in0", 9000, true,
			"net_af_packet0,iface=in0,blocksz=16384,framesz=16384,framecnt=1024");
	expect_args("net_af_packet0,iface=in0,framesz=2048", 1500, false,
			"net_af_packet0,iface=in0,framesz=2048");
	expect_args("net_af_packet0,iface=in0,framecnt=4096", 1500, false,
			"net_af_packet0,iface=in0,framecnt=4096,blocksz=8192,framesz=8192");
}

static bool
opened_has_dma(const char *device)
{
	const struct cgn_port_need need = { .n_workers = 1, .side = CGN_SIDE_INSIDE, .mtu = 1500 };
	struct cgn_conf_port conf = { .name = "opened" };
	struct cgn_port p;

	eal_start();
	snprintf(conf.device, sizeof(conf.device), "%s", device);
	CU_ASSERT_EQUAL_FATAL(cgn_port_open(&p, &conf, &need), 0);
	cgn_port_close(&p);
	return p.caps.has_dma;
}

/* Buffers outside of EAL's memory are only for drivers of which it is known that they can use them. */
static void
memory_is_shared_by_zero_copy_and_by_unknown_drivers(void)
{
	CU_ASSERT_FALSE(opened_has_dma("net_null1"));
	CU_ASSERT_FALSE(opened_has_dma("net_memif0"));
	CU_ASSERT_FALSE(opened_has_dma("net_memif0,role=client,zero-copy=no"));
	CU_ASSERT_TRUE(opened_has_dma("net_memif0,role=client,zero-copy=yes"));
	CU_ASSERT_TRUE(opened_has_dma("net_bonding0,mode=1"));
}

/* Pages of ordinary memory lie apart: a NIC cannot write a buffer that crosses from one to the next. */
static void
af_xdp_copies_without_hugepages(void)
{
	expect_args("net_af_xdp0,iface=in0", 1500, false, "net_af_xdp0,iface=in0,force_copy=1");
	expect_args("net_af_xdp0,iface=in0", 1500, true, "net_af_xdp0,iface=in0");
	expect_args("net_af_xdp0,iface=in0,force_copy=0", 1500, false,
			"net_af_xdp0,iface=in0,force_copy=0");
	expect_args("0000:3b:00.0,x=1", 1500, false, "0000:3b:00.0,x=1");
}

static void
longest_device_string_keeps_what_is_added(void)
{
	char device[CGN_DEVICE_MAX], args[CGN_PORT_ARGS_MAX];

	memset(device, 'a', sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	memcpy(device, "net_af_packet0,", 15);
	cgn_port_args(device, 9600, false, args, sizeof(args));
	CU_ASSERT_PTR_NOT_NULL(strstr(args, ",framecnt=1024"));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(hashing_device_gets_our_key_and_table),
	CU_TEST_ROW(device_that_refuses_rules_starts_without_them),
	CU_TEST_ROW(closed_port_may_be_opened_again),
	CU_TEST_ROW(longer_key_of_a_device_begins_with_ours),
	CU_TEST_ROW(packet_socket_gets_frames_for_its_mtu),
	CU_TEST_ROW(memory_is_shared_by_zero_copy_and_by_unknown_drivers),
	CU_TEST_ROW(af_xdp_copies_without_hugepages),
	CU_TEST_ROW(longest_device_string_keeps_what_is_added),
};
CU_MAIN("port", tests)
