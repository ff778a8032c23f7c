/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/frame.h"
#include "controlplane/portmap.h"
#include "shared/wellknown.h"
#include "tests/support/planefix.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <unistd.h>

#include <rte_ip.h>
#include <rte_udp.h>

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define SERIES         10
#define SERIES_MS      130000 /* the last of ten announcements leaves after 127 s */

#define SERVER                                                                                      \
	"workers: 2\n"                                                                              \
	"ports:\n"                                                                                  \
	"  - {name: in0, device: net_null0, side: inside, addresses: [100.64.0.1/10], vlan: 7}\n"   \
	"  - {name: in1, device: net_null1, side: inside, addresses: [10.1.0.1/24, 10.2.0.1/24]}\n" \
	"  - {name: out0, device: net_null2, side: outside, addresses: [192.0.2.2/24]}\n"           \
	"routes:\n"                                                                                 \
	"  - {prefix: 10.9.3.0/24, via: 100.64.0.7}\n"                                              \
	"  - {prefix: 10.9.0.0/16, via: 10.1.0.9}\n"                                                \
	"neighbours:\n" /* the routers: otherwise cgnd asks for them now and then */                \
	"  - {address: 100.64.0.7, mac: \"02:09:64:40:00:07\"}\n"                                   \
	"  - {address: 10.1.0.9, mac: \"02:09:0a:01:00:09\"}\n"                                     \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                                \
	"groups: [{name: g, prefixes: [100.64.0.0/10, 10.0.0.0/8], pool: p}]\n"

#define AFTR                                                                                           \
	"workers: 2\n"                                                                                 \
	"ports:\n"                                                                                     \
	"  - {name: in0, device: net_null0, side: inside, addresses: [\"2001:db8:1::1/64\"]}\n"        \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"              \
	"routes: [{prefix: \"2001:db8:100::/40\", via: \"2001:db8:1::2\"}]\n"                          \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                                   \
	"groups: [{name: g, prefixes: [\"2001:db8:100::/40\"], subscriber_prefix_len: 56, pool: p}]\n" \
	"softwire: {role: aftr, local: \"2001:db8:f::1\"}\n"

/** Who asks, and how he is reached. */
struct client {
	rte_be32_t addr;
	rte_be32_t gateway;
	uint16_t port;
	uint8_t ttl; /* of announcements: 1 on the link, 64 behind a router */
};

static const struct client clients[] = {
	{ IP(100, 64, 0, 4), IP(100, 64, 0, 1), 0, 1 },
	{ IP(100, 64, 0, 5), IP(100, 64, 0, 1), 0, 1 },
	{ IP(10, 1, 0, 6), IP(10, 1, 0, 1), 1, 1 },
	{ IP(10, 2, 0, 7), IP(10, 2, 0, 1), 1, 1 },
	{ IP(10, 9, 1, 8), IP(10, 1, 0, 1), 1, 64 },
	{ IP(10, 9, 3, 9), IP(100, 64, 0, 1), 0, 64 },
};

static const struct cgn_ip6 homes[] = {
	{ .b = { 0x20, 0x01, 0x0d, 0xb8, 0x01, 0, 0, [15] = 1 } },
	{ .b = { 0x20, 0x01, 0x0d, 0xb8, 0x01, 0, 1, [15] = 1 } },
	{ .b = { 0x20, 0x01, 0x0d, 0xb8, 0x01, 0, 3, [15] = 1 } },
};

static const char *
with_store(const char *more)
{
	static char text[768];

	snprintf(text, sizeof(text), "store: {path: %s/planefix.db}\npcp: {enabled: true}\n%s",
			scratch_dir(), more);
	return text;
}

#define NO_STORE "store: {path: \"\"}\n"

/* --- what was sent ------------------------------------------------------------------------- */

/** A UDP datagram that the control thread gave to worker 0. */
struct seen {
	struct cgn_frame frame; /* of CGN_PKT_TX */
	struct cgn_ip6 b4;      /* of CGN_PKT_SOFTWIRE */
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	const uint8_t *data;
	size_t len;
};

/* Take a packet apart; checks what has to be right in all of them. @return false: no UDP */
static bool
look(const struct pf_packet *p, struct seen *s)
{
	const uint8_t *l3 = p->data;
	size_t l3_len = p->len;

	if (p->op == CGN_PKT_TX) {
		if (!cgn_frame_parse(&s->frame, p->port, p->data, p->len) ||
				s->frame.ethertype != RTE_ETHER_TYPE_IPV4)
			return false;
		l3 = s->frame.l3;
		l3_len = s->frame.l3_len;
	} else if (p->op == CGN_PKT_SOFTWIRE) {
		const struct rte_ipv6_hdr *ip6 = (const void *)p->data;

		CU_ASSERT_EQUAL(ip6->proto, IPPROTO_IPIP);
		memcpy(&s->b4, &ip6->dst_addr, sizeof(s->b4));
		l3 += sizeof(*ip6);
		l3_len -= sizeof(*ip6);
	}
	memcpy(&s->ip, l3, sizeof(s->ip));
	memcpy(&s->udp, l3 + sizeof(s->ip), sizeof(s->udp));
	if (s->ip.next_proto_id != IPPROTO_UDP)
		return false;
	s->data = l3 + sizeof(s->ip) + sizeof(s->udp);
	s->len = l3_len - sizeof(s->ip) - sizeof(s->udp);
	CU_ASSERT_EQUAL(s->ip.version_ihl, 0x45);
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(s->ip.total_length), l3_len);
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(s->udp.dgram_len), l3_len - sizeof(s->ip));
	CU_ASSERT_EQUAL(rte_raw_cksum(l3, sizeof(s->ip)), 0xffff);
	CU_ASSERT_TRUE(cgn_frame_csum_ok(l3 + sizeof(s->ip), l3_len - sizeof(s->ip),
			rte_ipv4_phdr_cksum(&s->ip, 0)));
	return true;
}

/* Announcements to a client since pf_forget(), the last of them in s. */
static unsigned int
announced(rte_be32_t addr, const struct cgn_ip6 *b4, struct seen *s)
{
	unsigned int n = 0, n_pcp = 0;

	for (unsigned int i = 0; i < pf.n_packets && i < PF_PACKETS; i++) {
		struct seen x;

		if (pf.packets[i].op == CGN_PKT_TX || !look(&pf.packets[i], &x) ||
				x.ip.dst_addr != addr || x.udp.dst_port != RTE_BE16(5350))
			continue;
		if (b4 != NULL && memcmp(b4, &x.b4, sizeof(*b4)) != 0)
			continue;
		CU_ASSERT_EQUAL(pf.packets[i].op, b4 == NULL ? CGN_PKT_ROUTE : CGN_PKT_SOFTWIRE);
		CU_ASSERT_EQUAL(x.udp.src_port, RTE_BE16(5351));
		CU_ASSERT_EQUAL(x.data[1], 0x80);
		CU_ASSERT_TRUE_FATAL(x.len == 12 || x.len == 24);
		CU_ASSERT_EQUAL(x.data[0], x.len == 24 ? 2 : 0);
		if (x.len == 24) {
			n_pcp++;
			continue;
		}
		*s = x;
		n++;
	}
	/* E-ANN-2: both protocols, because nobody knows what the client speaks. */
	CU_ASSERT_EQUAL(n_pcp, cgn_control_conf(pf.control)->pcp.enabled ? n : 0);
	return n;
}

/* --- requests ------------------------------------------------------------------------------ */

static size_t
make_request(uint8_t *buf, uint8_t op, uint16_t in_port, uint16_t ext_port, uint32_t lifetime)
{
	const uint8_t all[12] = { 0, op, 0, 0, (uint8_t)(in_port >> 8), (uint8_t)in_port,
		(uint8_t)(ext_port >> 8), (uint8_t)ext_port, (uint8_t)(lifetime >> 24),
		(uint8_t)(lifetime >> 16), (uint8_t)(lifetime >> 8), (uint8_t)lifetime };

	memcpy(buf, all, sizeof(all));
	return op == 0 ? 2 : 12;
}

/* A client asks by a worker that need not be its own. */
static void
ask(unsigned int w, const struct client *c, uint16_t udp_port, uint8_t op, uint16_t in_port,
		uint32_t lifetime)
{
	const struct cgn_ep4 src = { .addr = c->addr, .port = rte_cpu_to_be_16(udp_port) };
	const struct cgn_ep4 dst = { .addr = c->gateway, .port = RTE_BE16(5351) };
	uint8_t buf[12];
	size_t len = make_request(buf, op, in_port, 0, lifetime);

	pf_send(w, c->port, &src, &dst, buf, len);
	pf_turn();
}

static void
ask_home(const struct cgn_ip6 *b4, uint8_t op, uint16_t in_port, uint32_t lifetime)
{
	const struct cgn_ep4 src = { .addr = IP(192, 168, 1, 9), .port = RTE_BE16(4000) };
	const struct cgn_ep4 dst = { .addr = CGN_SOFTWIRE_AFTR_ADDR, .port = RTE_BE16(5351) };
	uint8_t buf[12];
	size_t len = make_request(buf, op, in_port, 0, lifetime);

	pf_send_wire(0, 0, b4, &src, &dst, buf, len);
	pf_turn();
}

/* The only answer since pf_forget(). */
static struct seen
answer(void)
{
	struct seen s = { 0 };
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf.n_packets; i++) {
		struct seen x = { 0 };

		if (look(&pf.packets[i], &x) && x.udp.dst_port != RTE_BE16(5350)) {
			s = x;
			n++;
		}
	}
	CU_ASSERT_EQUAL_FATAL(n, 1);
	return s;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* B-RX-1: the command goes to the worker that owns the client and to no other; the answer leaves
 * by the port and to the station that the request came from, from the address that was asked. */
static void
each_request_is_the_owning_workers_and_is_answered_to_the_asker(void)
{
	pf_begin(SERVER, NO_STORE);
	pf_work();
	for (unsigned int i = 0; i < 3 * RTE_DIM(clients); i++) {
		const struct client *c = &clients[i / 3];
		const struct rte_ether_addr mac = pf_mac(c->addr);
		uint8_t op = (uint8_t)(i % 3);
		unsigned int w = pf_owner(c->addr);
		const struct cgn_cmd *cmd;
		struct seen s;

		pf_forget();
		ask(i % PF_WORKERS, c, (uint16_t)(6000 + i), op, (uint16_t)(80 + i), 3600);
		CU_ASSERT_EQUAL(pf.n_packets, 0);
		CU_ASSERT_EQUAL(pf_obey(1 - w), 0);
		CU_ASSERT_EQUAL(pf_obey(w), op == 0 ? CGN_CMD_BIND : CGN_CMD_MAP_ADD);
		cmd = &pf.log[0].cmd;
		CU_ASSERT_EQUAL(cmd->u.map.in.addr, c->addr);
		CU_ASSERT_EQUAL(cmd->u.map.realm, 0);
		if (op != 0) {
			CU_ASSERT_EQUAL(cmd->u.map.in.port, rte_cpu_to_be_16((uint16_t)(80 + i)));
			CU_ASSERT_EQUAL(cmd->u.map.in.proto,
					op == 1 ? CGN_PROTO_UDP : CGN_PROTO_TCP);
			CU_ASSERT_EQUAL(cmd->u.map.lifetime_s, 3600);
			CU_ASSERT_EQUAL(cmd->u.map.flags, CGN_MAPPING_EXPLICIT);
		}
		pf_work();
		s = answer();
		CU_ASSERT_EQUAL(s.frame.port, c->port);
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&s.frame.dst, &mac));
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&s.frame.src, &pf.planes.ports[c->port].mac));
		CU_ASSERT_EQUAL(pf.packets[0].data[12] == 0x81, c->port == 0);
		CU_ASSERT_EQUAL(s.ip.src_addr, c->gateway);
		CU_ASSERT_EQUAL(s.ip.dst_addr, c->addr);
		CU_ASSERT_EQUAL(s.ip.time_to_live, 64);
		CU_ASSERT_EQUAL(s.udp.src_port, RTE_BE16(5351));
		CU_ASSERT_EQUAL(s.udp.dst_port, rte_cpu_to_be_16((uint16_t)(6000 + i)));
		CU_ASSERT_EQUAL_FATAL(s.len, op == 0 ? 12 : 16);
		CU_ASSERT_EQUAL(get32(s.data), (uint32_t)(0x80 | op) << 16);
		if (op == 0)
			CU_ASSERT_EQUAL(get32(s.data + 8), 0xc0000264 + w);
	}
	pf_end();
}

/* B-RX-3: the same out of softwires, where homes use the same addresses. */
static void
each_home_is_the_owning_workers_and_is_answered_into_its_softwire(void)
{
	uint32_t realms[RTE_DIM(homes)];

	pf_begin(AFTR, NO_STORE);
	pf_work();
	for (unsigned int i = 0; i < RTE_DIM(homes); i++) {
		unsigned int w = homes[i].b[6] % PF_WORKERS;
		struct seen s;

		pf_forget();
		ask_home(&homes[i], 2, 80, 600);
		CU_ASSERT_EQUAL(pf_obey(1 - w), 0);
		CU_ASSERT_EQUAL(pf_obey(w), CGN_CMD_MAP_ADD);
		CU_ASSERT_EQUAL(memcmp(&pf.log[0].cmd.u.map.b4, &homes[i], sizeof(homes[i])), 0);
		realms[i] = pf.log[0].cmd.u.map.realm;
		CU_ASSERT_NOT_EQUAL(realms[i], 0);
		for (unsigned int k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(realms[i], realms[k]);
		pf_work();
		s = answer();
		CU_ASSERT_EQUAL(pf.packets[0].op, CGN_PKT_SOFTWIRE);
		CU_ASSERT_EQUAL(memcmp(&s.b4, &homes[i], sizeof(s.b4)), 0);
		CU_ASSERT_EQUAL(s.ip.src_addr, CGN_SOFTWIRE_AFTR_ADDR);
		CU_ASSERT_EQUAL(s.ip.dst_addr, IP(192, 168, 1, 9));
	}
	pf_end();
}

/* A B4 that gets another address within the prefix of its home is the same home, again and again. */
static void
home_whose_b4_moves_keeps_its_realm_and_is_reached_at_the_new_address(void)
{
	struct cgn_ip6 b4 = homes[1];
	uint32_t realm = 0;

	pf_begin(AFTR, NO_STORE);
	pf_work();
	for (unsigned int move = 0; move < 4; move++) {
		struct seen s;

		b4.b[15] = (uint8_t)(1 + move);
		pf_forget();
		ask_home(&b4, 1, 80, 600);
		CU_ASSERT_EQUAL(pf_obey(1), CGN_CMD_MAP_ADD);
		CU_ASSERT_EQUAL(memcmp(&pf.log[0].cmd.u.map.b4, &b4, sizeof(b4)), 0);
		if (move > 0)
			CU_ASSERT_EQUAL(pf.log[0].cmd.u.map.realm, realm);
		realm = pf.log[0].cmd.u.map.realm;
		pf_work();
		s = answer();
		CU_ASSERT_EQUAL(memcmp(&s.b4, &b4, sizeof(b4)), 0);
	}
	pf_end();
}

/* --- start --------------------------------------------------------------------------------- */

/* B-EP-5: after a start without memory every worker keeps what leases may have had. */
static void
start_without_memory_tells_every_worker_of_the_grace_time(void)
{
	static const char *const more[] = { NO_STORE, NO_STORE "nat: {hold_down_s: 300}\n" };
	static const uint32_t seconds[] = { 120, 300 };

	for (unsigned int i = 0; i < RTE_DIM(more); i++) {
		pf_begin(SERVER, more[i]);
		pf_work();
		for (unsigned int w = 0; w < PF_WORKERS; w++)
			CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_GRACE), 1);
		for (unsigned int n = 0; n < pf.n_log; n++) {
			if (pf.log[n].cmd.op == CGN_CMD_GRACE)
				CU_ASSERT_EQUAL(pf.log[n].cmd.u.map.lifetime_s, seconds[i]);
		}
		pf_end();
	}
}

static void
map_all(uint32_t lifetime)
{
	for (unsigned int i = 0; i < RTE_DIM(clients); i++) {
		ask(0, &clients[i], 6000, 2, 80, lifetime);
		pf_work();
	}
}

/* B-EP-4, B-ANN-4: each start is like the first one after it: no grace time, every lease back at its
 * port, one series to every client, from its gateway, with the TTL that reaches it. */
static void
every_restart_brings_leases_back_and_announces_to_every_client(void)
{
	uint32_t epoch = 0;

	pf_begin(SERVER, with_store(""));
	pf_work();
	CU_ASSERT_EQUAL(pf_count(1, CGN_CMD_GRACE), 1);
	map_all(86400);
	CU_ASSERT_EQUAL(cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control))),
			RTE_DIM(clients));
	for (unsigned int start = 0; start < 3; start++) {
		pf_pass(5000, 1000);
		pf_stop();
		pf.now_ms += 10000;
		pf.wall_ms += 10000;
		pf_forget();
		/* Workers begin anew; what they are asked for comes back at its port. */
		pf.n_mappings = 0;
		pf_create();
		cgn_control_start(pf.control);
		while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
			pf_work();
		cgn_portmap_start(cgn_control_portmap(pf.control), pf.now_ms);
		pf_pass(SERIES_MS, 50);
		CU_ASSERT_EQUAL(pf.n_mappings, RTE_DIM(clients));
		for (unsigned int i = 0; i < RTE_DIM(clients); i++) {
			const struct client *c = &clients[i];
			struct seen s;

			CU_ASSERT_EQUAL_FATAL(announced(c->addr, NULL, &s), SERIES);
			CU_ASSERT_EQUAL(s.ip.src_addr, c->gateway);
			CU_ASSERT_EQUAL(s.ip.time_to_live, c->ttl);
			CU_ASSERT_EQUAL(get32(s.data + 8), 0xc0000264 + pf_owner(c->addr));
			CU_ASSERT_TRUE(get32(s.data + 4) > epoch + 100);
			if (i + 1 == RTE_DIM(clients))
				epoch = get32(s.data + 4);
		}
		for (unsigned int w = 0; w < PF_WORKERS; w++)
			CU_ASSERT_EQUAL(pf_count(w, CGN_CMD_GRACE), 0);
	}
	pf_end();
}

/* The end that is asked for while leases come back does not wait for the workers. No lease is lost by it. */
static void
end_while_leases_come_back_loses_none(void)
{
	pf_begin(SERVER, with_store(""));
	pf_work();
	map_all(86400);
	for (unsigned int start = 0; start < 3; start++) {
		pf_stop();
		pf.now_ms += 10000;
		pf.wall_ms += 10000;
		pf.n_mappings = 0;
		pf_create();
		cgn_loop_stop(cgn_control_loop(pf.control));
		/* No worker answers. */
		CU_ASSERT_EQUAL(cgn_control_restore(pf.control), -ECANCELED);
	}
	pf_stop();
	pf_create();
	CU_ASSERT_PTR_NULL(cgn_lessor_epoch_reason(
			cgn_portmap_lessor(cgn_control_portmap(pf.control))));
	while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
		pf_work();
	CU_ASSERT_EQUAL(pf.n_mappings, RTE_DIM(clients));
	pf_end();
}

/* B-ANN-1: homes are told once each, in their softwires. */
static void
homes_are_announced_to_in_their_softwires(void)
{
	pf_begin(AFTR, with_store(""));
	pf_work();
	for (unsigned int i = 0; i < RTE_DIM(homes); i++) {
		ask_home(&homes[i], 1, 80, 86400);
		pf_work();
		ask_home(&homes[i], 2, 80, 86400);
		pf_work();
	}
	pf_stop();
	pf_forget();
	pf.n_mappings = 0;
	pf_create();
	while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
		pf_work();
	cgn_portmap_start(cgn_control_portmap(pf.control), pf.now_ms);
	pf_pass(SERIES_MS, 50);
	for (unsigned int i = 0; i < RTE_DIM(homes); i++) {
		struct seen s = { 0 };

		CU_ASSERT_EQUAL_FATAL(announced(CGN_ALL_HOSTS, &homes[i], &s), SERIES);
		CU_ASSERT_EQUAL(s.ip.src_addr, CGN_SOFTWIRE_AFTR_ADDR);
		CU_ASSERT_EQUAL(s.ip.time_to_live, 64);
		CU_ASSERT_EQUAL(get32(s.data + 8), 0xc0000264 + homes[i].b[6] % PF_WORKERS);
	}
	pf_end();
}

/* --- subscribers seen after a start without memory ----------------------------------------- */

static void
show(unsigned int w, rte_be32_t addr, uint8_t prefix_len, rte_be32_t ext)
{
	pf.rows[w][pf.n_rows[w]++] = (struct cgn_subscriber_info){
		.addr.ip4 = addr, .prefix_len = prefix_len, .ext_addr = ext
	};
}

/* B-ANN-1: whoever appears within two minutes, at any worker, is told once. */
static void
subscribers_of_every_worker_are_told_once_while_the_start_is_watched(void)
{
	const rte_be32_t ext = IP(192, 0, 2, 100);
	struct seen s;

	pf_begin(SERVER, NO_STORE);
	show(0, clients[0].addr, 32, ext);
	show(1, clients[1].addr, 32, ext);
	show(0, clients[2].addr, 29, ext); /* nobody knows which host of the prefix */
	show(1, clients[3].addr, 32, 0);   /* has no address yet */
	pf_pass(60000, 50);
	show(0, clients[4].addr, 32, ext);
	show(1, clients[5].addr, 32, ext);
	pf_pass(55000, 50);
	CU_ASSERT_TRUE(pf_count(0, CGN_CMD_READ_SUBSCRIBERS) >= 110);
	CU_ASSERT_TRUE(pf_count(1, CGN_CMD_READ_SUBSCRIBERS) >= 110);
	pf_pass(SERIES_MS, 50);
	CU_ASSERT_EQUAL(announced(clients[0].addr, NULL, &s), SERIES);
	CU_ASSERT_EQUAL(announced(clients[1].addr, NULL, &s), SERIES);
	CU_ASSERT_EQUAL(announced(clients[2].addr, NULL, &s), 0);
	CU_ASSERT_EQUAL(announced(clients[3].addr, NULL, &s), 0);
	CU_ASSERT_EQUAL(announced(clients[4].addr, NULL, &s), SERIES);
	CU_ASSERT_EQUAL(announced(clients[5].addr, NULL, &s), SERIES);
	pf_forget();
	show(0, IP(100, 64, 0, 20), 32, ext);
	pf_pass(10000, 50);
	CU_ASSERT_EQUAL(pf.n_packets, 0);
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_READ_SUBSCRIBERS), 0);
	pf_end();
}

/* A page of a large table that is nearly empty ends with few rows; what is behind it is found all the same,
 * at every look. */
static void
subscribers_behind_many_holes_are_found(void)
{
	struct seen s;

	pf_begin(SERVER, NO_STORE);
	pf.holes = 300;
	show(1, clients[1].addr, 32, IP(192, 0, 2, 100));
	pf_pass(1500, 100);
	CU_ASSERT_TRUE(announced(clients[1].addr, NULL, &s) > 0);
	pf_pass(2000, 100);
	show(0, clients[0].addr, 32, IP(192, 0, 2, 100));
	show(1, clients[3].addr, 32, IP(192, 0, 2, 100));
	pf.n_log = 0;
	pf_pass(1500, 100);
	CU_ASSERT_TRUE(announced(clients[0].addr, NULL, &s) > 0);
	CU_ASSERT_TRUE(announced(clients[3].addr, NULL, &s) > 0);
	pf_end();
}

/* --- losses -------------------------------------------------------------------------------- */

/* B-EP-3: only who lost something is told, and only his epoch begins anew. */
static void
lease_that_does_not_come_back_is_announced_to_its_client(void)
{
	struct seen s;

	pf_begin(SERVER, with_store(""));
	pf_pass(100000, 1000);
	map_all(86400);
	pf_stop();
	/* Somebody else has got the port of the second client's lease. */
	pf.n_mappings = 1;
	pf.mappings[0] = (struct cgn_cmd_map){
		.in = { .addr = clients[1].addr, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
		.ext = { .addr = IP(192, 0, 2, 101), .port = RTE_BE16(9), .proto = CGN_PROTO_TCP },
	};
	pf_create();
	while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
		pf_work();
	pf_forget();
	pf_pass(2000, 50);
	CU_ASSERT_TRUE(announced(clients[1].addr, NULL, &s) > 0);
	CU_ASSERT_TRUE(get32(s.data + 4) <= 3);
	CU_ASSERT_EQUAL(announced(clients[0].addr, NULL, &s), 0);
	pf_forget();
	ask(0, &clients[0], 6000, 0, 0, 0);
	pf_work();
	CU_ASSERT_TRUE(get32(answer().data + 4) >= 100);
	CU_ASSERT_EQUAL(cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control))),
			RTE_DIM(clients) - 1);
	pf_end();
}

static void
restart(void)
{
	pf_stop();
	pf_forget();
	pf.n_mappings = 0;
	pf_create();
	while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
		pf_work();
	cgn_portmap_start(cgn_control_portmap(pf.control), pf.now_ms);
	pf_work();
}

/* B-EP-2: whatever is done to the wall clock, while cgnd runs and while it does not, the epoch goes on and
 * no lease is lost or lengthened. */
static void
wall_clock_that_is_set_changes_neither_epoch_nor_leases(void)
{
	static const int64_t steps_s[] = { -3600, 7200, -1700000000, 1700000000, 86400, -1 };
	struct cgn_lessor *l;
	uint32_t before, left = 100000, cursor;
	struct cgn_lessor_info rows[RTE_DIM(clients)];

	pf_begin(SERVER, with_store(""));
	map_all(80000);
	for (unsigned int i = 0; i < 2 * RTE_DIM(steps_s); i++) {
		pf_pass(500000, 1000);
		l = cgn_portmap_lessor(cgn_control_portmap(pf.control));
		before = cgn_lessor_epoch_s(l, 0, 0, pf.now_ms);
		if (i % 2 == 0) {
			pf.wall_ms += steps_s[i / 2] * 1000;
			/* Something is written down meanwhile. */
			ask(0, &clients[0], 7000, 1, (uint16_t)(2000 + i), 3);
			pf_work();
			pf_pass(10000, 1000);
			before += 10;
			restart();
		} else {
			pf_stop();
			pf.wall_ms += steps_s[i / 2] * 1000;
			pf_create();
			restart();
		}
		l = cgn_portmap_lessor(cgn_control_portmap(pf.control));
		CU_ASSERT_EQUAL(cgn_lessor_epoch_s(l, 0, 0, pf.now_ms), before);
		CU_ASSERT_EQUAL_FATAL(cgn_lessor_count(l), RTE_DIM(clients));
		cursor = 0;
		CU_ASSERT_EQUAL(cgn_lessor_read(l, &cursor, rows, RTE_DIM(rows), pf.now_ms),
				RTE_DIM(clients));
		for (unsigned int k = 0; k < RTE_DIM(clients); k++)
			CU_ASSERT_TRUE(rows[k].left_s < left && rows[k].left_s > 70000);
		left = rows[0].left_s;
		CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_GRACE), 0);
	}
	pf_end();
}

static unsigned int
rows_of_the_store(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	unsigned int n = 0;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(pf.store, &db), SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db, "SELECT count(*) FROM lease", -1, &stmt, NULL),
			SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = (unsigned int)sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

static void
remove_damaged(void)
{
	char command[sizeof(pf.store) + 32];

	snprintf(command, sizeof(command), "rm -f %s.damaged-*", pf.store);
	CU_ASSERT_EQUAL(system(command), 0);
}

/* B-EP-2: a store that turns out to be damaged while it is read is replaced; what was read before the
 * damage is not forgotten, and neither is it at the next start. */
static void
leases_read_before_the_damage_are_in_the_new_store(void)
{
	sqlite3 *db = NULL;

	pf_begin(SERVER, with_store(""));
	map_all(86400);
	pf_stop();
	CU_ASSERT_EQUAL(rows_of_the_store(), RTE_DIM(clients));
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(pf.store, &db), SQLITE_OK);
	/* The last row in the order of the key. */
	CU_ASSERT_EQUAL(sqlite3_exec(db,
					"INSERT INTO lease VALUES (0, 4294967295, 80, 77, 1, 1, 1, "
					"9000000000000, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0)",
					NULL, NULL, NULL),
			SQLITE_OK);
	sqlite3_close(db);
	pf_forget();
	pf.n_mappings = 0;
	pf_create();
	while (cgn_portmap_restore(cgn_control_portmap(pf.control), pf.now_ms) > 0)
		pf_work();
	cgn_portmap_start(cgn_control_portmap(pf.control), pf.now_ms);
	CU_ASSERT_EQUAL(cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control))),
			RTE_DIM(clients));
	pf_work();
	/* Nobody knows what the damage took: as after a start without memory. */
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_GRACE), 1);
	CU_ASSERT_EQUAL(pf_count(1, CGN_CMD_GRACE), 1);
	pf_stop();
	CU_ASSERT_EQUAL(rows_of_the_store(), RTE_DIM(clients));
	pf_create();
	CU_ASSERT_EQUAL(cgn_lessor_count(cgn_portmap_lessor(cgn_control_portmap(pf.control))),
			RTE_DIM(clients));
	remove_damaged();
	pf_end();
}

/* --- what must not pile up ----------------------------------------------------------------- */

/* A worker that is silent costs an answer and nothing that stays, however often. */
static void
silent_worker_leaves_nothing_behind(void)
{
	struct cgn_portmap *m;

	pf_begin(SERVER, NO_STORE);
	pf_pass(125000, 1000);
	m = cgn_control_portmap(pf.control);
	for (unsigned int round = 0; round < 40; round++) {
		struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = 0 };

		pf_forget();
		pf.is_silent[0] = true;
		for (unsigned int i = 0; i < 10; i++)
			ask(1, &clients[0], (uint16_t)(6000 + i), (uint8_t)(i % 3), 80, 60);
		pf_work();
		CU_ASSERT_EQUAL(pf.n_packets, 0);
		CU_ASSERT_EQUAL(cgn_natpmp_server_open(cgn_portmap_server(m)), 10);
		pf_pass(1100, 100);
		CU_ASSERT_EQUAL(cgn_natpmp_server_open(cgn_portmap_server(m)), 0);
		CU_ASSERT_EQUAL(pf.n_packets, 0);
		pf.is_silent[0] = false;
		/* It wakes up: late replies are nobody's. */
		for (unsigned int i = 0; i < pf.n_log; i++) {
			evt.seq = pf.log[i].cmd.seq;
			rte_ring_enqueue_elem(pf.planes.workers[0].evt, &evt, sizeof(evt));
		}
		pf_turn();
		CU_ASSERT_EQUAL(cgn_dpclient_open(cgn_control_client(pf.control)), 0);
		CU_ASSERT_EQUAL(pf.n_packets, 0);
	}
	CU_ASSERT_EQUAL(cgn_lessor_count(cgn_portmap_lessor(m)), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(cgn_control_client(pf.control))->unknown, 0);
	pf_end();
}

/* What does not come from the inside, or is no subscriber's, reaches no worker. */
static void
strangers_reach_no_worker(void)
{
	const struct client outside = { IP(192, 0, 2, 50), IP(192, 0, 2, 2), 2, 0 };
	const struct client forged = { IP(100, 64, 0, 4), IP(100, 64, 0, 1), 2, 0 };
	const struct client nobodys = { IP(172, 16, 0, 4), IP(100, 64, 0, 1), 0, 0 };

	pf_begin(SERVER, NO_STORE);
	pf_work();
	pf_forget();
	ask(0, &outside, 6000, 2, 80, 60);
	ask(0, &forged, 6000, 2, 80, 60);
	ask(0, &nobodys, 6000, 2, 80, 60);
	pf_work();
	CU_ASSERT_EQUAL(pf_count(0, CGN_CMD_MAP_ADD) + pf_count(1, CGN_CMD_MAP_ADD), 0);
	pf_end();
}

/* A-RES-3: what is refused without a worker is counted by the client's worker. */
static void
refused_request_is_told_to_the_clients_worker(void)
{
	pf_begin(SERVER, NO_STORE);
	pf_work();
	for (unsigned int i = 0; i < RTE_DIM(clients); i++) {
		unsigned int own = pf_owner(clients[i].addr);

		pf_forget();
		ask(1 - own, &clients[i], 6000, 2, 0, 60);
		pf_work();
		CU_ASSERT_EQUAL(pf_count(own, CGN_CMD_REFUSED), 1);
		CU_ASSERT_EQUAL(pf_count(1 - own, CGN_CMD_REFUSED), 0);
		/* One that is granted is not. */
		pf_forget();
		ask(own, &clients[i], 6000, 2, 80, 60);
		pf_work();
		CU_ASSERT_EQUAL(pf_count(own, CGN_CMD_REFUSED), 0);
		CU_ASSERT_EQUAL(pf_count(own, CGN_CMD_MAP_ADD), 1);
	}
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(refused_request_is_told_to_the_clients_worker),
	CU_TEST_ROW(each_request_is_the_owning_workers_and_is_answered_to_the_asker),
	CU_TEST_ROW(each_home_is_the_owning_workers_and_is_answered_into_its_softwire),
	CU_TEST_ROW(home_whose_b4_moves_keeps_its_realm_and_is_reached_at_the_new_address),
	CU_TEST_ROW(start_without_memory_tells_every_worker_of_the_grace_time),
	CU_TEST_ROW(every_restart_brings_leases_back_and_announces_to_every_client),
	CU_TEST_ROW(end_while_leases_come_back_loses_none),
	CU_TEST_ROW(homes_are_announced_to_in_their_softwires),
	CU_TEST_ROW(subscribers_of_every_worker_are_told_once_while_the_start_is_watched),
	CU_TEST_ROW(subscribers_behind_many_holes_are_found),
	CU_TEST_ROW(lease_that_does_not_come_back_is_announced_to_its_client),
	CU_TEST_ROW(wall_clock_that_is_set_changes_neither_epoch_nor_leases),
	CU_TEST_ROW(leases_read_before_the_damage_are_in_the_new_store),
	CU_TEST_ROW(silent_worker_leaves_nothing_behind),
	CU_TEST_ROW(strangers_reach_no_worker),
};

int
main(void)
{
	eal_start();
	return cu_main("portmap", tests, RTE_DIM(tests));
}
