/* SPDX-License-Identifier: BSD-3-Clause */

/* Reloads make a server of port mapping a relay, and the other way round, and name another NAT in front. */

#include "controlplane/lease/lessor.h"
#include "tests/support/planefix.h"

#include <errno.h>

#include <rte_ip.h>
#include <rte_udp.h>

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define HOST           IP(192, 168, 1, 9)
#define GW             IP(192, 168, 1, 1)
#define WAN            IP(100, 64, 0, 2)
#define UP1            IP(100, 64, 0, 1)
#define UP2            IP(100, 64, 0, 3)
#define ALL            IP(224, 0, 0, 1)
#define BORN_S         1000 /* the epoch of a NAT in front when it is asked first */
#define TEXT                                                                               \
	"workers: 1\n"                                                                     \
	"ports:\n"                                                                         \
	"  - {name: in0, device: net_null0, side: inside, addresses: [192.168.1.1/24]}\n"  \
	"  - {name: out0, device: net_null1, side: outside, addresses: [100.64.0.2/10]}\n" \
	"pools: [{name: p, addresses: [100.64.0.2]}]\n"                                    \
	"groups: [{name: g, prefixes: [192.168.1.0/24], pool: p}]\n"
#define ASKS   "upstream_protocol: natpmp"
#define SERVER "natpmp: {role: server}\n"
#define OFF    "natpmp: {role: \"off\"}\n"
#define RELAY1 "natpmp: {role: relay, upstream: 100.64.0.1, " ASKS "}\n"
#define RELAY2 "natpmp: {role: relay, upstream: 100.64.0.3, " ASKS "}\n"
#define RELAYS "natpmp: {role: relay, upstream: [100.64.0.3, 100.64.0.1], " ASKS "}\n"

/* What cgnd has sent since forget(). */
static struct {
	unsigned int n_asked1, n_asked2; /* requests to the NATs in front */
	unsigned int n_told;             /* announcements to the host, or to all */
	uint32_t told_epoch_s;           /* of the last one */
	rte_be32_t told_ext;
	bool has_answer; /* for the host's request for a mapping */
	uint16_t port;
	uint32_t epoch_s;
} seen;

static bool is_mute; /* no NAT in front answers */
static uint32_t ups_s;

static void
forget(void)
{
	memset(&seen, 0, sizeof(seen));
	pf_forget();
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The NAT in front at an address answers: 203.0.113.1 maps 50000 and more, 203.0.113.3 60000 and more. */
static void
answer(rte_be32_t up, const uint8_t *q)
{
	const struct cgn_ep4 src = { .addr = up, .port = RTE_BE16(5351) };
	const struct cgn_ep4 dst = { .addr = WAN, .port = RTE_BE16(5350) };
	bool is_first = up == UP1;
	uint8_t a[16] = { 0, q[1] | 0x80 };
	uint32_t epoch_s = rte_cpu_to_be_32(ups_s + (uint32_t)(pf.now_ms / 1000));

	*(is_first ? &seen.n_asked1 : &seen.n_asked2) += 1;
	if (is_mute)
		return;
	memcpy(a + 4, &epoch_s, 4);
	if (q[1] == 0) {
		memcpy(a + 8, (const uint8_t[]){ 203, 0, 113, is_first ? 1 : 3 }, 4);
		pf_send(0, 1, &src, &dst, a, 12);
		return;
	}
	memcpy(a + 8, q + 4, 2);
	a[10] = is_first ? 50000 >> 8 : 60000 >> 8;
	a[11] = (is_first ? 50000 : 60000) & 0xff;
	memcpy(a + 12, q + 8, 4);
	pf_send(0, 1, &src, &dst, a, 16);
}

static void
see(const struct rte_ipv4_hdr *ip)
{
	const struct rte_udp_hdr *udp = (const void *)(ip + 1);
	const uint8_t *data = (const uint8_t *)(udp + 1);

	if (ip->next_proto_id != 17 || ip->version_ihl != 0x45)
		return;
	if (udp->dst_port == RTE_BE16(5351)) {
		answer(ip->dst_addr, data);
	} else if (udp->dst_port == RTE_BE16(5350) &&
			(ip->dst_addr == HOST || ip->dst_addr == ALL) && data[0] == 0) {
		seen.n_told++;
		seen.told_epoch_s = get32(data + 4);
		memcpy(&seen.told_ext, data + 8, 4);
	} else if (udp->dst_port == RTE_BE16(4000) && data[1] == 130 && data[3] == 0) {
		seen.has_answer = true;
		seen.epoch_s = get32(data + 4);
		seen.port = (uint16_t)(data[10] << 8 | data[11]);
	}
}

/* Look at all packets, until nobody has anything more to say. */
static void
settle(void)
{
	do {
		unsigned int n;

		pf_turn();
		pf_work();
		n = pf.n_packets;
		for (unsigned int i = 0; i < n; i++) {
			const uint8_t *data = pf.packets[i].data;

			see((const void *)(data +
					(pf.packets[i].op == CGN_PKT_TX ? RTE_ETHER_HDR_LEN : 0)));
		}
		pf_forget();
		pf_turn();
		pf_work();
	} while (pf.n_packets > 0);
}

static void
wait_for(uint64_t ms)
{
	uint64_t step = ms < 10000 ? 50 : 1000;

	for (uint64_t i = 0; i < ms; i += step) {
		pf_pass(step, step);
		settle();
	}
}

/* Ask for a mapping of TCP port 80. @return its external port; 0: no answer */
static uint16_t
ask(void)
{
	const struct cgn_ep4 src = { .addr = HOST, .port = RTE_BE16(4000) };
	const struct cgn_ep4 dst = { .addr = GW, .port = RTE_BE16(5351) };
	const uint8_t request[12] = { 0, 2, 0, 0, 0, 80, 0, 0, 0, 0, 28, 32 };

	seen.has_answer = false;
	pf_send(0, 0, &src, &dst, request, sizeof(request));
	settle();
	return seen.has_answer ? seen.port : 0;
}

static void
begin(const char *role)
{
	memset(&seen, 0, sizeof(seen));
	is_mute = false;
	pf_begin(TEXT, pf_with_store(role));
	ups_s = BORN_S - (uint32_t)(pf.now_ms / 1000);
	settle();
	wait_for(200000); /* all announcements of the start */
	forget();
}

static void
reload(const char *role)
{
	CU_ASSERT_EQUAL(pf_reload(TEXT, pf_with_store(role)), 0);
	settle();
	wait_for(1000);
}

static uint32_t
leases(void)
{
	return cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control)));
}

/* REQ: N-LIVE-58: a server becomes a relay: its lease stays, the client is told, and gets a port of both NATs. */
static void
server_becomes_a_relay(void)
{
	uint16_t port;

	begin(SERVER);
	port = ask();
	CU_ASSERT_TRUE(port != 0 && port != 50000);
	CU_ASSERT_TRUE(seen.epoch_s >= 200);
	forget();
	reload(RELAY1);
	CU_ASSERT_TRUE(seen.n_told >= 3);
	CU_ASSERT_TRUE(seen.told_epoch_s <= 1);
	CU_ASSERT_EQUAL(seen.told_ext, IP(203, 0, 113, 1));
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_EQUAL(ask(), 50000);
	CU_ASSERT_TRUE(seen.epoch_s <= 2);
	CU_ASSERT_EQUAL(leases(), 1);
	CU_ASSERT_TRUE(seen.n_asked1 >= 2);
	pf_end();
}

/* REQ: N-LIVE-58: and back: the client is told the port that it has here. */
static void
relay_becomes_a_server(void)
{
	uint16_t port;

	begin(SERVER);
	port = ask();
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	wait_for(200000);
	forget();
	reload(SERVER);
	CU_ASSERT_TRUE(seen.n_told >= 3);
	CU_ASSERT_TRUE(seen.told_epoch_s <= 1);
	CU_ASSERT_NOT_EQUAL(seen.told_ext, IP(203, 0, 113, 1));
	CU_ASSERT_EQUAL(ask(), port);
	CU_ASSERT_EQUAL(leases(), 1);
	wait_for(130000);
	CU_ASSERT_EQUAL(seen.n_asked1, 0);
	/* Once more: what was made before serves again. */
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	CU_ASSERT_TRUE(seen.epoch_s <= 2);
	pf_end();
}

/* REQ: N-LIVE-58: off in between changes nothing: who was served last counts. */
static void
off_lies_between_server_and_relay(void)
{
	begin(OFF);
	CU_ASSERT_EQUAL(ask(), 0);
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	wait_for(200000);
	forget();
	reload(OFF);
	CU_ASSERT_EQUAL(ask(), 0);
	wait_for(130000);
	CU_ASSERT_EQUAL(seen.n_asked1 + seen.n_told, 0);
	CU_ASSERT_EQUAL(leases(), 1);
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	CU_ASSERT_TRUE(seen.epoch_s >= 300);
	reload(OFF);
	forget();
	reload(SERVER);
	CU_ASSERT_TRUE(seen.n_told >= 3);
	CU_ASSERT_TRUE(ask() != 0 && seen.port != 50000);
	CU_ASSERT_TRUE(seen.epoch_s <= 2);
	pf_end();
}

/* REQ: N-LIVE-59: the NAT in front is another one: clients hear of a loss, and their mappings are made there. */
static void
another_nat_in_front(void)
{
	begin(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	CU_ASSERT_TRUE(seen.epoch_s >= 200);
	forget();
	reload(RELAYS);
	CU_ASSERT_EQUAL(seen.n_told, 0);
	CU_ASSERT_EQUAL(ask(), 50000);
	CU_ASSERT_TRUE(seen.epoch_s >= 200);
	forget();
	reload(RELAY2);
	CU_ASSERT_TRUE(seen.n_told >= 3);
	CU_ASSERT_TRUE(seen.told_epoch_s <= 1);
	CU_ASSERT_EQUAL(seen.told_ext, IP(203, 0, 113, 3));
	CU_ASSERT_EQUAL(ask(), 60000);
	CU_ASSERT_TRUE(seen.epoch_s <= 2);
	CU_ASSERT_EQUAL(seen.n_asked1, 0);
	CU_ASSERT_EQUAL(leases(), 1);
	pf_end();
}

/* REQ: N-LIVE-59: a request that waits for the old one is carried out by the new one. */
static void
request_under_way_goes_to_the_other_nat(void)
{
	begin(RELAY1);
	is_mute = true;
	CU_ASSERT_EQUAL(ask(), 0);
	CU_ASSERT_TRUE(seen.n_asked1 > 0);
	is_mute = false;
	reload(RELAY2);
	CU_ASSERT_TRUE(seen.has_answer);
	CU_ASSERT_EQUAL(seen.port, 60000);
	pf_end();
}

/* REQ: N-LIVE-61: a request that waits for the NAT in front ends when the relay does, and is carried out when the client
 * repeats it. */
static void
request_under_way_ends_with_the_relay(void)
{
	begin(RELAY1);
	is_mute = true;
	CU_ASSERT_EQUAL(ask(), 0);
	reload(SERVER);
	CU_ASSERT_FALSE(seen.has_answer);
	CU_ASSERT_NOT_EQUAL(ask(), 0);
	is_mute = false;
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	pf_end();
}

/* REQ: N-LIVE-61: a worker does not reply: nothing has changed, and the next reload can do it. */
static void
relay_that_was_only_prepared_goes(void)
{
	uint16_t port;

	begin(SERVER);
	port = ask();
	pf.is_silent[1] = true;
	CU_ASSERT_EQUAL(pf_reload(TEXT, pf_with_store(RELAY1)), 0);
	wait_for(12000);
	pf.is_silent[1] = false;
	wait_for(1000);
	CU_ASSERT_EQUAL(cgn_reload_stats(pf.reload)->refused, 1);
	CU_ASSERT_EQUAL(ask(), port);
	CU_ASSERT_EQUAL(seen.n_asked1, 0);
	reload(RELAY1);
	CU_ASSERT_EQUAL(ask(), 50000);
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(server_becomes_a_relay),
	CU_TEST_ROW(relay_becomes_a_server),
	CU_TEST_ROW(off_lies_between_server_and_relay),
	CU_TEST_ROW(another_nat_in_front),
	CU_TEST_ROW(request_under_way_goes_to_the_other_nat),
	CU_TEST_ROW(request_under_way_ends_with_the_relay),
	CU_TEST_ROW(relay_that_was_only_prepared_goes),
};

int
main(void)
{
	eal_start();
	return cu_main("portmap_roles", tests, RTE_DIM(tests));
}
