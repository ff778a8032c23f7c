/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Rules of a device for pool addresses. The functions of rte_flow are replaced: no device is needed.
 */
#include "dataplane/device/port.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_flow.h>

#define ID 7

/* What the device has. */
struct rte_flow {
	rte_be32_t addr;
	uint16_t queue;
	bool is_there;
};

static struct rte_flow flows[2 * CGN_PORT_PLAN_RULES];
static size_t n_flows; /* that were ever made */
static size_t room;    /* of the device */
static bool keeps;     /* it does not remove rules */
static unsigned int n_calls;

static size_t
n_there(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_flows; i++)
		n += flows[i].is_there;
	return n;
}

int __wrap_rte_flow_validate(uint16_t id, const struct rte_flow_attr *attr,
		const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
		struct rte_flow_error *error);
struct rte_flow *__wrap_rte_flow_create(uint16_t id, const struct rte_flow_attr *attr,
		const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
		struct rte_flow_error *error);
int __wrap_rte_flow_destroy(uint16_t id, struct rte_flow *flow, struct rte_flow_error *error);
int __wrap_rte_flow_flush(uint16_t id, struct rte_flow_error *error);

int
__wrap_rte_flow_validate(uint16_t id, const struct rte_flow_attr *attr,
		const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
		struct rte_flow_error *error)
{
	(void)pattern;
	(void)actions;
	(void)error;
	n_calls++;
	CU_ASSERT_EQUAL(id, ID);
	CU_ASSERT_TRUE(attr->ingress);
	return n_there() < room ? 0 : -ENOSPC;
}

struct rte_flow *
__wrap_rte_flow_create(uint16_t id, const struct rte_flow_attr *attr,
		const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
		struct rte_flow_error *error)
{
	const struct rte_flow_item_ipv4 *ip = pattern[1].spec;
	const struct rte_flow_action_queue *queue = actions[0].conf;

	(void)attr;
	(void)error;
	n_calls++;
	CU_ASSERT_EQUAL(id, ID);
	CU_ASSERT_FATAL(n_flows < RTE_DIM(flows));
	flows[n_flows] = (struct rte_flow){ ip->hdr.dst_addr, queue->index, true };
	return &flows[n_flows++];
}

int
__wrap_rte_flow_destroy(uint16_t id, struct rte_flow *flow, struct rte_flow_error *error)
{
	(void)error;
	n_calls++;
	CU_ASSERT_EQUAL(id, ID);
	CU_ASSERT_TRUE(flow->is_there);
	if (keeps)
		return -EBUSY;
	flow->is_there = false;
	return 0;
}

int
__wrap_rte_flow_flush(uint16_t id, struct rte_flow_error *error)
{
	(void)error;
	CU_ASSERT_EQUAL(id, ID);
	for (size_t i = 0; i < n_flows; i++)
		flows[i].is_there = false;
	return 0;
}

/* --- the owners ----------------------------------------------------------------------------- */

static struct cgn_port_dst dst[2 * CGN_PORT_PLAN_RULES];
static struct cgn_port port;

/* n addresses from a first one on. Their workers are given out in turn, beginning with one. */
static struct cgn_port_owners
own(uint32_t first, size_t n, uint16_t worker)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = (struct cgn_port_dst){ rte_cpu_to_be_32(first + (uint32_t)i),
			(uint16_t)((first + i + worker) % 3) };
	qsort(dst, n, sizeof(dst[0]), cgn_port_steer_compare);
	return (struct cgn_port_owners){ .dst = dst, .n_dst = n };
}

static int
begin(const struct cgn_port_owners *owners)
{
	n_flows = 0;
	keeps = false;
	port = (struct cgn_port){ .name = "out0", .id = ID, .plan.steering = CGN_STEER_FLOW };
	return cgn_port_steer_apply(ID, &port.plan, &port.caps, owners, &port.rules);
}

/* Each address has exactly one rule, to the queue of its worker, and no other one has one. */
static void
check_rules(const struct cgn_port_owners *owners)
{
	CU_ASSERT_EQUAL(n_there(), owners->n_dst);
	for (size_t i = 0; i < owners->n_dst; i++) {
		unsigned int n = 0;

		for (size_t k = 0; k < n_flows; k++)
			n += flows[k].is_there && flows[k].addr == owners->dst[i].addr &&
					flows[k].queue == owners->dst[i].worker;
		CU_ASSERT_EQUAL(n, 1);
	}
}

/* REQ: N-LIVE-34 */
static void
rules_follow_the_addresses(void)
{
	static const struct {
		uint32_t first;
		size_t n;
		uint16_t worker;
	} steps[] = {
		{ 0xc6336400, 40, 0 }, /* more */
		{ 0xc63363f8, 40, 0 }, /* others at both ends */
		{ 0xc63363f8, 40, 1 }, /* they have left and come again at other workers */
		{ 0xc63363f8, 3, 1 },  /* fewer */
		{ 0xcb007100, 9, 0 },  /* all are other ones */
	};
	struct cgn_port_owners owners = own(0xc6336400, 16, 0);
	unsigned int before;

	room = SIZE_MAX;
	CU_ASSERT_EQUAL(begin(&owners), 0);
	check_rules(&owners);
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		owners = own(steps[i].first, steps[i].n, steps[i].worker);
		cgn_port_follow(&port, &owners);
		check_rules(&owners);
		/* What is right stays untouched: its packets go on. */
		before = n_calls;
		cgn_port_follow(&port, &owners);
		CU_ASSERT_EQUAL(n_calls, before);
	}
	cgn_port_steer_forget(&port.rules);
}

/* What the device refuses is handed over. It is tried again with the next change. REQ: N-LIVE-34 */
static void
a_device_may_refuse_some(void)
{
	struct cgn_port_owners owners = own(0xc6336400, 16, 0);

	room = 20;
	CU_ASSERT_EQUAL(begin(&owners), 0);
	owners = own(0xc6336400, 30, 0);
	CU_ASSERT_EQUAL(cgn_port_steer_follow(ID, &owners, &port.rules), 10);
	CU_ASSERT_EQUAL(n_there(), 20);
	keeps = true;
	owners = own(0xc6336408, 30, 0);
	CU_ASSERT_EQUAL(cgn_port_steer_follow(ID, &owners, &port.rules), 8 + 18);
	keeps = false;
	room = SIZE_MAX;
	CU_ASSERT_EQUAL(cgn_port_steer_follow(ID, &owners, &port.rules), 0);
	check_rules(&owners);
	cgn_port_steer_forget(&port.rules);
	/* At the start, all or none. */
	room = 20;
	CU_ASSERT_EQUAL(begin(&owners), -ENOSPC);
	CU_ASSERT_EQUAL(n_there(), 0);
	CU_ASSERT_PTR_NULL(port.rules.at);
}

/* REQ: N-LIVE-34 */
static void
there_are_not_more_rules_than_devices_hold(void)
{
	struct cgn_port_owners owners = own(0xc6336400, 16, 0);

	room = SIZE_MAX;
	CU_ASSERT_EQUAL(begin(&owners), 0);
	owners = own(0xc6336400, CGN_PORT_PLAN_RULES + 5, 0);
	CU_ASSERT_EQUAL(cgn_port_steer_follow(ID, &owners, &port.rules), 5);
	CU_ASSERT_EQUAL(n_there(), CGN_PORT_PLAN_RULES);
	cgn_port_steer_forget(&port.rules);
}

/* A port without rules gets none. REQ: N-LIVE-34 */
static void
other_ports_are_left_alone(void)
{
	struct cgn_port_owners owners = own(0xc6336400, 16, 0);
	unsigned int before = n_calls;

	port = (struct cgn_port){ .id = ID, .plan.steering = CGN_STEER_HANDOVER };
	cgn_port_follow(&port, &owners);
	CU_ASSERT_EQUAL(n_calls, before);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(rules_follow_the_addresses),
	CU_TEST_ROW(a_device_may_refuse_some),
	CU_TEST_ROW(there_are_not_more_rules_than_devices_hold),
	CU_TEST_ROW(other_ports_are_left_alone),
};

CU_MAIN("port_steer", tests)
