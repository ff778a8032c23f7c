/* SPDX-License-Identifier: BSD-3-Clause */

/* The server for port mapping is switched on and off by reloads. */

#include "controlplane/lease/lessor.h"
#include "tests/support/planefix.h"

#include <errno.h>

#include <rte_ip.h>
#include <rte_udp.h>

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define TEXT                                                                              \
	"workers: 2\n"                                                                    \
	"ports:\n"                                                                        \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n"  \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n" \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                      \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p}]\n"
#define SERVER "natpmp: {role: server}\n"
#define OFF    "natpmp: {role: \"off\"}\n"

/* Ask for a mapping of TCP port 80 by NAT-PMP. @return its external port; 0: no answer */
static uint16_t
ask(uint32_t lifetime_s)
{
	const struct cgn_ep4 src = { .addr = IP(100, 64, 0, 9), .port = RTE_BE16(4000) };
	const struct cgn_ep4 dst = { .addr = IP(100, 64, 0, 1), .port = RTE_BE16(5351) };
	uint8_t request[12] = { 0, 2, 0, 0, 0, 80 };
	uint32_t lifetime = rte_cpu_to_be_32(lifetime_s);

	memcpy(request + 8, &lifetime, sizeof(lifetime));
	pf_forget();
	pf_send(0, 0, &src, &dst, request, sizeof(request));
	pf_turn();
	pf_work();
	for (unsigned int i = 0; i < pf.n_packets; i++) {
		const uint8_t *ip = pf.packets[i].data + RTE_ETHER_HDR_LEN;
		const struct rte_udp_hdr *udp = (const void *)(ip + sizeof(struct rte_ipv4_hdr));
		const uint8_t *answer = (const uint8_t *)(udp + 1);

		if (ip[9] == 17 && udp->src_port == RTE_BE16(5351) &&
				udp->dst_port == RTE_BE16(4000) && answer[1] == 130 &&
				answer[3] == 0)
			return (uint16_t)(answer[10] << 8 | answer[11]);
	}
	return 0;
}

static void
reload(const char *role)
{
	CU_ASSERT_EQUAL(pf_reload(TEXT, pf_with_store(role)), 0);
	pf_work();
	pf_pass(50, 10);
}

static uint32_t
leases(void)
{
	return cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control)));
}

/* REQ: N-LIVE-56: off, and on again: leases stay meanwhile, and clients renew them afterwards. */
static void
server_that_is_switched_off_keeps_its_leases(void)
{
	uint16_t port;

	pf_begin(TEXT, pf_with_store(SERVER));
	pf_pass(200, 10);
	port = ask(7200);
	CU_ASSERT_NOT_EQUAL(port, 0);
	reload(OFF);
	CU_ASSERT_EQUAL(ask(7200), 0);
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_MAP_DEL) + pf_count(1, CGN_CMD_MAP_DEL), 0);
	reload(SERVER);
	CU_ASSERT_EQUAL(ask(7200), port);
	CU_ASSERT_EQUAL(leases(), 1);
	pf_end();
}

/* REQ: N-LIVE-57: a cgnd that began without the server gets it, with the leases of its store. */
static void
server_is_switched_on_later_with_its_leases(void)
{
	uint16_t port;

	pf_begin(TEXT, pf_with_store(SERVER));
	pf_pass(200, 10);
	port = ask(7200);
	pf_stop();
	pf_begin(TEXT, pf_with_store(OFF));
	CU_ASSERT_PTR_NULL(cgn_control_portmap(pf.control));
	CU_ASSERT_EQUAL(ask(7200), 0);
	reload(SERVER);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cgn_control_portmap(pf.control));
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_EQUAL(ask(7200), port);
	reload(OFF);
	CU_ASSERT_EQUAL(ask(7200), 0);
	pf_end();
}

/* An external address that has become empty. */
static struct cgn_drain_info drained;

static int
read_drains(unsigned int w, const struct cgn_cmd *cmd, struct cgn_evt *evt)
{
	if (cmd->op != CGN_CMD_READ_DRAINS)
		return 0;
	evt->u.read = (struct cgn_evt_read){ .cursor = 1, .done = true };
	if (w != 0)
		return 0;
	memcpy(cmd->u.read.out, &drained, sizeof(drained));
	evt->u.read.n = 1;
	return 0;
}

/* N-DRAIN-11: leases of a server that a reload has switched on leave an empty address, too. */
static void
leases_of_a_server_that_is_switched_on_leave_an_empty_address(void)
{
	pf_begin(TEXT, pf_with_store(OFF));
	pf.read = read_drains;
	reload(SERVER);
	CU_ASSERT_NOT_EQUAL(ask(7200), 0);
	CU_ASSERT_EQUAL_FATAL(leases(), 1);
	drained = (struct cgn_drain_info){ .addr = pf.mappings[0].ext.addr,
		.state = CGN_DRAIN_EMPTY };
	cgn_counter_set(&pf.stats[0].pool[0].addresses_closed, 1);
	/* The worker has no other address. */
	pf.n_mappings = 0;
	pf.refuse = -ENOSPC;
	pf_pass(3000, 10);
	CU_ASSERT_EQUAL(leases(), 0);
	pf.refuse = 0;
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(server_that_is_switched_off_keeps_its_leases),
	CU_TEST_ROW(server_is_switched_on_later_with_its_leases),
	CU_TEST_ROW(leases_of_a_server_that_is_switched_on_leave_an_empty_address),
};

int
main(void)
{
	eal_start();
	return cu_main("portmap_live", tests, RTE_DIM(tests));
}
