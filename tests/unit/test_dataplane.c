/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/dataplane.h"
#include "dataplane/device/port.h"
#include "dataplane/link/neigh.h"
#include "dataplane/prefault.h"
#include "shared/mem.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"
#include "tests/support/stub_engine.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#define PORTS   2
#define PATIENT 60000 /* milliseconds for what takes a few */

static char prefix[] = "test";
static struct cgn_range4 range = { .first = 0xc6336400, .last = 0xc633640f };
static struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1, .n_addresses = 16 };
static struct cgn_conf_port ports[PORTS];
static struct cgn_conf conf;

/* net_ring sends a frame by queue q and receives it by queue q again. */
static void
set_up(uint32_t workers)
{
	eal_start_with("0@0,1@0,2@0", 256);
	ports[0] = (struct cgn_conf_port){ .name = "in", .device = "net_ring_a", .mtu = 1500 };
	ports[1] = (struct cgn_conf_port){
		.name = "out",
		.device = "net_ring_b",
		.mtu = 1500,
		.side = CGN_SIDE_OUTSIDE,
	};
	conf = (struct cgn_conf){
		.workers = workers,
		.ports = ports,
		.n_ports = PORTS,
		.pools = &pool,
		.n_pools = 1,
		.nat = { .fragments_max = 64, .syn_hold_max = 64 },
		.telemetry_prefix = prefix,
	};
}

static struct cgn_dataplane *
create(void)
{
	struct cgn_dataplane *dp = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_dataplane_create(&dp, &conf, NULL), 0);
	return dp;
}

static uint64_t
total(const struct cgn_planes *planes, enum cgn_verdict v)
{
	uint64_t sum = 0;

	for (unsigned int w = 0; w < planes->n_workers; w++)
		sum += cgn_counter_get(
				(cgn_counter *)(uintptr_t)&planes->workers[w].stats->verdict[v]);
	return sum;
}

static bool
comes_to(const struct cgn_planes *planes, enum cgn_verdict v, uint64_t n)
{
	for (unsigned int ms = 0; ms < PATIENT && total(planes, v) < n; ms++)
		rte_delay_us_sleep(1000);
	return total(planes, v) == n;
}

/* Frames that port 0 receives; no worker sends by it. */
static void
arrive(const struct cgn_planes *planes, unsigned int n, uint8_t what, uint8_t a, uint8_t b)
{
	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(planes->ctl_pool);
		uint8_t *data;

		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		data = (uint8_t *)rte_pktmbuf_append(m, 60);
		data[0] = what;
		data[1] = a;
		data[2] = b;
		CU_ASSERT_EQUAL_FATAL(rte_eth_tx_burst(planes->ports[0].dpdk_port, 0, &m, 1), 1);
	}
}

static void
planes_tell_what_there_is(void)
{
	struct cgn_dataplane *dp;
	const struct cgn_planes *p;

	set_up(2);
	dp = create();
	p = cgn_dataplane_planes(dp);
	CU_ASSERT_EQUAL(p->n_workers, 2);
	CU_ASSERT_EQUAL(p->n_ports, PORTS);
	CU_ASSERT_EQUAL(p->workers[0].lcore, 1);
	CU_ASSERT_EQUAL(p->workers[1].lcore, 2);
	CU_ASSERT_PTR_EQUAL(p->workers[1].stats, &stub_engines[1]->stats);
	CU_ASSERT_EQUAL(p->ports[0].steering, CGN_STEER_HANDOVER);
	CU_ASSERT_EQUAL(p->ports[0].n_txq, 2);
	CU_ASSERT_TRUE(p->wake_fd >= 0);
	cgn_dataplane_destroy(dp);
}

/* A device may keep what it has sent. The control thread can send all the same, and the workers can hold as many
 * of its packets for neighbours as they may. */
static void
control_pool_outlasts_full_devices_and_rings(void)
{
	struct cgn_dataplane *dp;
	const struct cgn_planes *p;
	struct cgn_pktmsg msg = { 0 };
	struct rte_mbuf *m;
	unsigned int n_sent = 0;

	set_up(2);
	dp = create();
	p = cgn_dataplane_planes(dp);
	CU_ASSERT_EQUAL(p->ctl_pool->cache_size, 0);
	for (uint16_t i = 0; i < PORTS * 2; i++) {
		while ((m = rte_pktmbuf_alloc(p->ctl_pool)) != NULL &&
				rte_eth_tx_burst(p->ports[i / 2].dpdk_port, i % 2, &m, 1) == 1)
			n_sent++;
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_TRUE(n_sent >= 4 * 1000);
	while ((msg.m = rte_pktmbuf_alloc(p->ctl_pool)) != NULL &&
			rte_ring_enqueue_elem(p->inject, &msg, sizeof(msg)) == 0)
		;
	CU_ASSERT_PTR_NOT_NULL_FATAL(msg.m);
	rte_pktmbuf_free(msg.m);
	CU_ASSERT_TRUE(rte_mempool_avail_count(p->ctl_pool) >= 2 * CGN_NEIGH_HELD_MAX);
	for (uint16_t i = 0; i < PORTS * 2; i++) {
		while (rte_eth_rx_burst(p->ports[i / 2].dpdk_port, i % 2, &m, 1) == 1)
			rte_pktmbuf_free(m);
	}
	cgn_dataplane_destroy(dp);
}

static void
packets_cross_workers_and_come_out_counted(void)
{
	struct cgn_dataplane *dp;
	const struct cgn_planes *p;

	set_up(2);
	dp = create();
	p = cgn_dataplane_planes(dp);
	CU_ASSERT_EQUAL_FATAL(cgn_dataplane_start(dp), 0);
	arrive(p, 100, 'H', 1, 1);
	CU_ASSERT_EQUAL(total(p, CGN_V_OUT), 0);
	cgn_dataplane_open(dp);
	CU_ASSERT_TRUE(comes_to(p, CGN_V_OUT, 100));
	CU_ASSERT_TRUE(comes_to(p, CGN_V_IN, 100));
	CU_ASSERT_EQUAL(cgn_dataplane_stop(dp), 0);
	CU_ASSERT_TRUE(stub_engines[0]->is_flushed && stub_engines[1]->is_flushed);
	CU_ASSERT_EQUAL(total(p, CGN_V_OUT), 100);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(p->ctl_pool), 0);
	cgn_dataplane_destroy(dp);
}

static void
commands_are_obeyed_before_the_ports_are_open(void)
{
	struct cgn_cmd cmd = { .seq = 77, .op = CGN_CMD_QUIESCE };
	struct cgn_dataplane *dp;
	const struct cgn_planes *p;
	struct cgn_evt evt = { 0 };

	set_up(1);
	dp = create();
	p = cgn_dataplane_planes(dp);
	rte_ring_sp_enqueue_elem(p->workers[0].cmd, &cmd, sizeof(cmd));
	CU_ASSERT_EQUAL_FATAL(cgn_dataplane_start(dp), 0);
	for (unsigned int ms = 0; ms < PATIENT && evt.op == 0; ms++) {
		rte_delay_us_sleep(1000);
		rte_ring_sc_dequeue_elem(p->workers[0].evt, &evt, sizeof(evt));
	}
	CU_ASSERT_EQUAL(evt.op, CGN_EVT_REPLY);
	CU_ASSERT_EQUAL(evt.seq, 77);
	cgn_dataplane_destroy(dp);
}

static void
what_was_never_started_is_destroyed_with_its_packets(void)
{
	struct cgn_pktmsg msg = { .op = CGN_PKT_TX };
	struct cgn_dataplane *dp;
	const struct cgn_planes *p;

	set_up(2);
	dp = create();
	p = cgn_dataplane_planes(dp);
	msg.m = rte_pktmbuf_alloc(p->ctl_pool);
	rte_ring_sp_enqueue_elem(p->inject, &msg, sizeof(msg));
	CU_ASSERT_EQUAL(cgn_dataplane_stop(dp), 0);
	cgn_dataplane_destroy(dp);
	cgn_dataplane_destroy(NULL);
}

static void
more_workers_than_lcores_are_refused(void)
{
	struct cgn_dataplane *dp = NULL;

	set_up(3);
	CU_ASSERT_EQUAL(cgn_dataplane_create(&dp, &conf, NULL), -EINVAL);
	CU_ASSERT_PTR_NULL(dp);
}

static void
device_that_is_not_there_is_refused(void)
{
	struct cgn_dataplane *dp = NULL;

	set_up(1);
	snprintf(ports[1].device, sizeof(ports[1].device), "net_af_packet7,iface=none-such");
	CU_ASSERT_EQUAL(cgn_dataplane_create(&dp, &conf, NULL), -ENODEV);
	snprintf(ports[1].device, sizeof(ports[1].device), "0000:ff:1f.7");
	CU_ASSERT_EQUAL(cgn_dataplane_create(&dp, &conf, NULL), -ENODEV);
	CU_ASSERT_PTR_NULL(dp);
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
}

static void
mtu_below_what_the_device_takes_is_refused(void)
{
	struct cgn_dataplane *dp = NULL;

	set_up(1);
	ports[0].mtu = 40;
	CU_ASSERT_EQUAL(cgn_dataplane_create(&dp, &conf, NULL), -ERANGE);
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
}

static void
too_little_memory_is_refused(void)
{
	struct cgn_dataplane *dp = NULL;

	set_up(1);
	/* One packet buffer for each fragment: more than the machine has, whatever EAL has. */
	conf.nat.fragments_max = (uint32_t)(cgn_mem_available() / CGN_PORT_PLAN_ROOM + 1);
	CU_ASSERT_EQUAL(cgn_dataplane_create(&dp, &conf, NULL), -ENOMEM);
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
}

static void
device_name_is_what_eal_calls_it(void)
{
	char name[CGN_DEVICE_MAX];

	CU_ASSERT_FALSE(cgn_port_device_name("net_af_packet0,iface=veth0", name));
	CU_ASSERT_STRING_EQUAL(name, "net_af_packet0");
	CU_ASSERT_TRUE(cgn_port_device_name("3b:00.1,mprq_en=1", name));
	CU_ASSERT_STRING_EQUAL(name, "0000:3b:00.1");
	CU_ASSERT_TRUE(cgn_port_device_name("0001:3b:00.1", name));
	CU_ASSERT_STRING_EQUAL(name, "0001:3b:00.1");
}

static void
tables_that_do_not_fit_are_refused_only_if_they_are_committed(void)
{
	CU_ASSERT_EQUAL(cgn_prefault_check(1000, 1000, true), 0);
	CU_ASSERT_EQUAL(cgn_prefault_check(1001, 1000, true), -ENOMEM);
	CU_ASSERT_EQUAL(cgn_prefault_check(1001, 1000, false), 0);
	CU_ASSERT_EQUAL(cgn_prefault_check(1001, 0, true), 0);
}

/* Tables are made by the stub of the engine, which has none: an area of the worker's stands for them. */
static void
tables_are_committed_at_the_start_if_asked_for(void)
{
	size_t bytes = 64 << 10;
	unsigned char in[16];
	struct cgn_dataplane *dp;
	void *table;

	set_up(2);
	conf.prefault = true;
	cgn_mem_set_owner(1);
	table = cgn_mem_map_sparse(bytes);
	dp = create();
	CU_ASSERT_EQUAL_FATAL(mincore(table, bytes, in), 0);
	for (size_t i = 0; i < sizeof(in); i++)
		CU_ASSERT_EQUAL(in[i] & 1, 1);
	cgn_dataplane_destroy(dp);
	cgn_mem_unmap(table, bytes);
	cgn_mem_set_owner(0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(planes_tell_what_there_is),
	CU_TEST_ROW(control_pool_outlasts_full_devices_and_rings),
	CU_TEST_ROW(packets_cross_workers_and_come_out_counted),
	CU_TEST_ROW(commands_are_obeyed_before_the_ports_are_open),
	CU_TEST_ROW(what_was_never_started_is_destroyed_with_its_packets),
	CU_TEST_ROW(more_workers_than_lcores_are_refused),
	CU_TEST_ROW(device_that_is_not_there_is_refused),
	CU_TEST_ROW(mtu_below_what_the_device_takes_is_refused),
	CU_TEST_ROW(too_little_memory_is_refused),
	CU_TEST_ROW(device_name_is_what_eal_calls_it),
	CU_TEST_ROW(tables_that_do_not_fit_are_refused_only_if_they_are_committed),
	CU_TEST_ROW(tables_are_committed_at_the_start_if_asked_for),
};
CU_MAIN("dataplane", tests)
