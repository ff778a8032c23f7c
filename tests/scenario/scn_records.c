/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/subscriber.h"
#include "tests/support/cu.h"
#include "tests/support/recordfix.h"
#include "tests/support/wirefix.h"

#include <string.h>

#define MANY 16384 /* records */

/* What the workers have recorded, and the doors through which it came. */
static struct cgn_record_door doors[CGN_WORKERS_MAX];
static struct cgn_record log_of[MANY];
static unsigned int n_log;

/* Record blocks, pairings and leases. @param n  records that a ring holds */
static struct fx *
records(struct fx *fx, unsigned int n)
{
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		recordfix_open(&doors[w], n, (uint16_t)w);
		doors[w].kinds &= ~(
				1u << CGN_RECORD_KIND_MAPPINGS | 1u << CGN_RECORD_KIND_SESSIONS);
	}
	fx->doors = doors;
	n_log = 0;
	return fx;
}

/* Take what was recorded. The records of one worker are in order. @return how many came */
static unsigned int
take(struct fx *fx)
{
	unsigned int before = n_log;

	for (unsigned int w = 0; w < fx->n_workers; w++)
		n_log += recordfix_take(&doors[w], &log_of[n_log], MANY - n_log);
	return n_log - before;
}

static void
end(struct fx *fx)
{
	fx_free(fx);
	/* A test with a single worker has opened more. */
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++)
		recordfix_close(&doors[w]);
}

static bool
is_inside(const struct cgn_record *r, const char *host)
{
	return !r->nat.inside.is_ip6 && r->nat.inside.ip4 == pg_addr(host);
}

static void
check_block(const struct cgn_record *r, enum cgn_record_event event, const char *host,
		const struct fx_ep *x, unsigned int size)
{
	CU_ASSERT_EQUAL(r->event, event);
	CU_ASSERT_TRUE(is_inside(r, host));
	CU_ASSERT_EQUAL(r->nat.inside_len, 32);
	CU_ASSERT_EQUAL(r->nat.ext_addr, pg_addr(x->addr));
	CU_ASSERT_EQUAL(r->nat.pool, 1);
	CU_ASSERT_TRUE(r->nat.port_first <= x->port && x->port <= r->nat.port_last);
	CU_ASSERT_EQUAL(r->nat.port_last - r->nat.port_first + 1u, size);
}

/* G-PBA-1, G-LOG-2: one packet pairs the subscriber and takes one block; the next packets record nothing. */
static void
the_first_packet_records_the_pairing_and_the_block(void)
{
	struct fx *fx = fx_start(records(fx_new(), MANY));
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_BINDING_CREATED);
	CU_ASSERT_TRUE(is_inside(&log_of[0], H1));
	CU_ASSERT_EQUAL(log_of[0].nat.ext_addr, pg_addr(x.addr));
	CU_ASSERT_EQUAL(log_of[0].seq, 1);
	CU_ASSERT_EQUAL(log_of[0].producer, fx_owner(fx, H1));
	check_block(&log_of[1], CGN_RECORD_BLOCK_ALLOCATED, H1, &x, fx->groups[0].block_size);
	CU_ASSERT_EQUAL(log_of[1].seq, 2);
	CU_ASSERT_TRUE(log_of[1].time >= log_of[0].time);
	fx_map_udp(fx, H1, 5001);
	fx_connect(fx, H1, 5002, P2, 80);
	fx_udp_in(fx, P1, 53, x.addr, x.port);
	CU_ASSERT_EQUAL(take(fx), 0);
	end(fx);
}

/* G-PBA-1: 1000 flows, block 256: four records of blocks, all on one address. */
static void
a_thousand_flows_take_four_blocks(void)
{
	struct fx *fx = records(fx_new(), MANY);
	unsigned int blocks = 0;

	fx->groups[0].block_size = 256;
	fx->groups[0].blocks_max = 4;
	fx_start(fx);
	for (unsigned int i = 0; i < 1000; i++)
		fx_map_udp(fx, H1, (uint16_t)(2000 + i));
	take(fx);
	for (unsigned int i = 0; i < n_log; i++) {
		blocks += log_of[i].event == CGN_RECORD_BLOCK_ALLOCATED ? 1 : 0;
		CU_ASSERT_EQUAL(log_of[i].nat.ext_addr, log_of[0].nat.ext_addr);
	}
	CU_ASSERT_EQUAL(blocks, 4);
	CU_ASSERT_EQUAL(n_log, 5);
	end(fx);
}

/* G-LOG-2, G-PBA-2: every block and every pairing that was recorded ends, in this order. */
static void
what_was_recorded_ends(void)
{
	struct fx *fx = fx_start(records(fx_new(), MANY));
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	take(fx);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 2);
	/* The port is in hold-down: the subscriber still has the block. */
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_block(&log_of[2], CGN_RECORD_BLOCK_RELEASED, H1, &x, fx->groups[0].block_size);
	fx_advance_s(fx, CGN_SUB_IDLE_S + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[3].event, CGN_RECORD_BINDING_DELETED);
	CU_ASSERT_TRUE(is_inside(&log_of[3], H1));
	CU_ASSERT_EQUAL(log_of[3].nat.ext_addr, pg_addr(x.addr));
	CU_ASSERT_EQUAL(log_of[3].seq, 4);
	end(fx);
}

/* Who has a port at the end of the log. @return NULL: nobody */
static const struct cgn_record *
resolve(rte_be32_t addr, uint16_t port)
{
	const struct cgn_record *who = NULL;

	for (unsigned int i = 0; i < n_log; i++) {
		const struct cgn_record *r = &log_of[i];

		if (cgn_record_kind_of(r->event) != CGN_RECORD_KIND_BLOCKS ||
				r->nat.ext_addr != addr || port < r->nat.port_first ||
				port > r->nat.port_last)
			continue;
		/* A claim is a block of one port, which counts more than the block around it. */
		if (r->event == CGN_RECORD_BLOCK_ALLOCATED)
			who = r;
		else if (who != NULL && who->nat.inside.ip4 == r->nat.inside.ip4)
			who = NULL;
	}
	return who;
}

/* G-LOG-1: the subscriber of each of 1000 external ports is found by the records alone. */
static void
the_records_alone_tell_who_has_a_port(void)
{
	struct fx *fx = records(fx_new(), MANY);
	char host[16];

	fx->groups[0].block_size = 64;
	fx_start(fx);
	for (unsigned int i = 0; i < 1000; i++) {
		const struct cgn_record *who;
		struct fx_ep x;

		snprintf(host, sizeof(host), "100.70.1.%u", i % 200 + 1);
		x = fx_map_udp(fx, host, (uint16_t)(2000 + i));
		take(fx);
		who = resolve(pg_addr(x.addr), x.port);
		CU_ASSERT_TRUE_FATAL(who != NULL);
		CU_ASSERT_TRUE(is_inside(who, host));
	}
	end(fx);
}

static bool
has_octets(const struct cgn_record *r, const void *octets, size_t n)
{
	for (size_t i = 0; i + n <= sizeof(*r); i++) {
		if (memcmp((const char *)r + i, octets, n) == 0)
			return true;
	}
	return false;
}

/* Let two hosts talk to a host outside, and record everything. @return how many records have its address, and its port */
static unsigned int
count_destinations(bool has_destinations, unsigned int *with_port)
{
	static const char far[] = "203.0.113.77";
	struct fx *fx = records(fx_new(), MANY);
	rte_be32_t addr = pg_addr(far);
	uint16_t port = 0xbeef;
	unsigned int with_addr = 0;
	struct fx_ep x;

	*with_port = 0;
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		doors[w].kinds = UINT32_MAX;
		doors[w].has_destinations = has_destinations;
	}
	fx_start(fx);
	x = fx_connect(fx, H1, 5000, far, port);
	fx_tcp_in(fx, far, port, x.addr, x.port, RTE_TCP_ACK_FLAG);
	fx_udp_out(fx, H2, 5000, far, port);
	fx_advance_s(fx, 8000);
	CU_ASSERT_TRUE(take(fx) >= 16);
	for (unsigned int i = 0; i < n_log; i++) {
		struct cgn_record r = log_of[i];

		r.time = 0; /* any octets may be in it */
		with_addr += has_octets(&r, &addr, sizeof(addr));
		*with_port += has_octets(&r, &port, sizeof(port));
	}
	end(fx);
	return with_addr;
}

/* G-LOG-3, RFC 6888 REQ-12: a record has the address and the port of a host outside only if the operator asks for it. */
static void
records_have_destinations_only_if_asked_for(void)
{
	unsigned int with_port;

	CU_ASSERT_EQUAL(count_destinations(false, &with_port), 0);
	CU_ASSERT_EQUAL(with_port, 0);
	CU_ASSERT_EQUAL(count_destinations(true, &with_port), 4);
	CU_ASSERT_EQUAL(with_port, 4);
}

/* Only the kinds that the configuration asks for are recorded. */
static void
what_is_not_asked_for_is_not_recorded(void)
{
	struct fx *fx = records(fx_new(), MANY);

	for (unsigned int w = 0; w < fx->n_workers; w++)
		doors[w].kinds = 1u << CGN_RECORD_KIND_BINDINGS;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_BINDING_CREATED);
	for (unsigned int w = 0; w < fx->n_workers; w++)
		doors[w].kinds = 1u << CGN_RECORD_KIND_BLOCKS;
	fx_map_udp(fx, H2, 5000);
	CU_ASSERT_EQUAL(take(fx), 1);
	CU_ASSERT_EQUAL(log_of[1].event, CGN_RECORD_BLOCK_ALLOCATED);
	end(fx);
}

/* A port that is in no block of its subscriber. */
static uint16_t
port_outside(const struct cgn_record *block)
{
	return (uint16_t)(block->nat.port_first >= 2048 ? block->nat.port_first - 100
							: block->nat.port_last + 100);
}

/* G-LOG-1: a lease outside of the blocks of its subscriber is recorded as a block of one port. */
static void
a_claimed_port_is_a_block_of_one_port(void)
{
	struct fx *fx = fx_start(records(fx_new(), MANY));
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	take(fx);
	x.port = port_outside(&log_of[1]);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 600), 0);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_block(&log_of[2], CGN_RECORD_BLOCK_ALLOCATED, H1, &x, 1);
	/* The same number in another protocol is no second claim. */
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 80, &x, 600), 0);
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 80), 0);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_block(&log_of[3], CGN_RECORD_BLOCK_RELEASED, H1, &x, 1);
	end(fx);
}

/* G-PBA-3: a lease keeps its block; after the lease the block goes, and both are recorded. */
static void
a_lease_keeps_its_block(void)
{
	struct fx *fx = fx_start(records(fx_new(), MANY));
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 86400), 0);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_block(&log_of[1], CGN_RECORD_BLOCK_ALLOCATED, H1, &x, fx->groups[0].block_size);
	fx_advance_s(fx, 8000);
	CU_ASSERT_EQUAL(take(fx), 0);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_block(&log_of[2], CGN_RECORD_BLOCK_RELEASED, H1, &x, fx->groups[0].block_size);
	end(fx);
}

/* A static mapping is recorded when the worker starts, before its first packet. */
static void
a_static_mapping_is_recorded_at_the_start(void)
{
	struct fx *fx = records(fx_new(), MANY);
	struct fx_ep x = { .addr = "198.51.100.1", .port = 80 };

	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, x.addr, x.port);
	fx_start(fx);
	CU_ASSERT_EQUAL_FATAL(take(fx), 3);
	CU_ASSERT_EQUAL(log_of[0].event, CGN_RECORD_BINDING_CREATED);
	check_block(&log_of[2], CGN_RECORD_BLOCK_ALLOCATED, H1, &x, 1);
	end(fx);
}

/* G-LOG-1, RFC 6888 section 4: the identity of a home behind a softwire is the prefix of its B4. */
static void
a_home_is_recorded_by_its_prefix(void)
{
	struct fx *fx = fx_start(records(wx_aftr(), MANY));
	struct cgn_ip6 b4 = wx_addr(B1), prefix = cgn_ip6_prefix(&b4, 56);

	wx_map(fx, B1, "192.168.1.10", 5000);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	for (unsigned int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(log_of[i].nat.inside.is_ip6);
		CU_ASSERT_EQUAL(log_of[i].nat.inside_len, 56);
		CU_ASSERT_EQUAL(memcmp(&log_of[i].nat.inside.ip6, &prefix, sizeof(prefix)), 0);
	}
	end(fx);
}

/* G-LOG-2: with a full ring packets pass as before, and a gap tells what is missing. */
static void
a_full_ring_leaves_a_gap(void)
{
	struct fx *fx = records(fx_new(), 16);
	const struct cgn_record *gap;
	char host[16];

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 20; i++) {
		snprintf(host, sizeof(host), "100.70.1.%u", i + 1);
		fx_map_udp(fx, host, 5000);
	}
	CU_ASSERT_EQUAL_FATAL(take(fx), 16);
	/* The gap comes without another record, because there is room again. */
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	gap = &log_of[16];
	CU_ASSERT_EQUAL(gap->event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(gap->gap.first, 17);
	CU_ASSERT_EQUAL(gap->seq, 40);
	CU_ASSERT_EQUAL(gap->gap.lost[CGN_RECORD_KIND_BLOCKS], 12);
	CU_ASSERT_EQUAL(gap->gap.lost[CGN_RECORD_KIND_BINDINGS], 12);
	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	CU_ASSERT_EQUAL(log_of[17].seq, 41);
	end(fx);
}

/* --- mappings and sessions -------------------------------------------------------------------- */

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG

/* Record mappings and sessions only. @param n  records that a ring holds */
static struct fx *
flows(struct fx *fx, unsigned int n, bool has_destinations)
{
	records(fx, n);
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		doors[w].kinds = 1u << CGN_RECORD_KIND_MAPPINGS | 1u << CGN_RECORD_KIND_SESSIONS;
		doors[w].has_destinations = has_destinations;
	}
	return fx;
}

/* Check the endpoints of a record. @param rem  NULL: the record has none */
static void
check_flow(unsigned int i, enum cgn_record_event event, enum cgn_proto proto, const char *host,
		uint16_t port, const struct fx_ep *x, const char *rem, uint16_t rem_port)
{
	const struct cgn_record_flow *f = &log_of[i].flow;

	CU_ASSERT_TRUE_FATAL(i < n_log);
	CU_ASSERT_EQUAL(log_of[i].event, event);
	CU_ASSERT_EQUAL(f->proto, proto);
	CU_ASSERT_EQUAL(f->in_addr, pg_addr(host));
	CU_ASSERT_EQUAL(f->in_port, port);
	CU_ASSERT_EQUAL(f->ext_addr, pg_addr(x->addr));
	CU_ASSERT_EQUAL(f->ext_port, x->port);
	CU_ASSERT_EQUAL(f->rem_addr, rem == NULL ? 0 : pg_addr(rem));
	CU_ASSERT_EQUAL(f->rem_port, rem_port);
	CU_ASSERT_TRUE(cgn_ip6_is_zero(&f->b4));
}

/* G-LOG-2: a mapping of UDP or ICMP is one session, with its first destination. */
static void
a_mapping_of_udp_is_one_session(void)
{
	struct fx *fx = fx_start(flows(fx_new(), MANY, true));
	struct fx_ep x = fx_map_udp(fx, H1, 5000), ping;

	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(0, CGN_RECORD_MAPPING_CREATED, CGN_PROTO_UDP, H1, 5000, &x, NULL, 0);
	check_flow(1, CGN_RECORD_SESSION_CREATED, CGN_PROTO_UDP, H1, 5000, &x, P1,
			fx_first(fx)->dport);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 5000, P2, 53)->left);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(2, CGN_RECORD_SESSION_DELETED, CGN_PROTO_UDP, H1, 5000, &x, P1,
			log_of[1].flow.rem_port);
	check_flow(3, CGN_RECORD_MAPPING_DELETED, CGN_PROTO_UDP, H1, 5000, &x, NULL, 0);
	ping.port = fx_ping_out(fx, H1, P1, 77)->sport;
	memcpy(ping.addr, fx_first(fx)->src, sizeof(ping.addr));
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(5, CGN_RECORD_SESSION_CREATED, CGN_PROTO_ICMP, H1, 77, &ping, P1, 0);
	end(fx);
}

/* G-LOG-2: two connections of one inside port are two sessions of one mapping. */
static void
each_connection_is_a_session(void)
{
	struct fx *fx = fx_start(flows(fx_new(), MANY, true));
	struct fx_ep x = fx_connect(fx, H1, 5000, P1, 80);

	fx_connect(fx, H1, 5000, P2, 443);
	CU_ASSERT_EQUAL_FATAL(take(fx), 3);
	check_flow(0, CGN_RECORD_MAPPING_CREATED, CGN_PROTO_TCP, H1, 5000, &x, NULL, 0);
	check_flow(1, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H1, 5000, &x, P1, 80);
	check_flow(2, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H1, 5000, &x, P2, 443);
	/* The first one ends, and the second one takes its place in the mapping. */
	fx_tcp_out(fx, H1, 5000, P1, 80, RTE_TCP_RST_FLAG);
	fx_advance_s(fx, fx->conf.nat.timeouts.tcp_closing_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_flow(3, CGN_RECORD_SESSION_DELETED, CGN_PROTO_TCP, H1, 5000, &x, P1, 80);
	fx_advance_s(fx, fx->conf.nat.timeouts.tcp_established_s + 2);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(4, CGN_RECORD_SESSION_DELETED, CGN_PROTO_TCP, H1, 5000, &x, P2, 443);
	check_flow(5, CGN_RECORD_MAPPING_DELETED, CGN_PROTO_TCP, H1, 5000, &x, NULL, 0);
	end(fx);
}

/* Only a host that has proved its address makes a record: forged SYNs make none. */
static void
a_stranger_makes_a_record_when_it_is_proven(void)
{
	struct fx *fx = fx_start(flows(fx_new(), MANY, true));
	struct fx_ep x = { .port = 0 };

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &x, 600), 0);
	CU_ASSERT_EQUAL(take(fx), 1);
	fx_tcp_in(fx, P1, 4000, x.addr, x.port, SYN);
	fx_tcp_out(fx, H1, 80, P1, 4000, SYN | ACK);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_tcp_in(fx, P1, 4000, x.addr, x.port, ACK);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_flow(1, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H1, 80, &x, P1, 4000);
	fx_tcp_in(fx, P2, 4000, x.addr, x.port, SYN);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(2, CGN_RECORD_SESSION_DELETED, CGN_PROTO_TCP, H1, 80, &x, P1, 4000);
	check_flow(3, CGN_RECORD_MAPPING_DELETED, CGN_PROTO_TCP, H1, 80, &x, NULL, 0);
	end(fx);
}

/* A connection between two subscribers is a session of each of them. */
static void
a_hairpin_is_two_sessions(void)
{
	struct fx *fx = fx_start(flows(fx_new(), MANY, true));
	struct fx_ep k = { .port = 0 }, h;
	unsigned int first;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H2, 80, &k, 600), 0);
	take(fx);
	h.port = fx_tcp_out(fx, H1, 5000, k.addr, k.port, SYN)->sport;
	memcpy(h.addr, fx_first(fx)->src, sizeof(h.addr));
	fx_tcp_out(fx, H2, 80, h.addr, h.port, SYN | ACK);
	first = n_log;
	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	check_flow(first + 1, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H1, 5000, &h, k.addr,
			k.port);
	fx_tcp_out(fx, H1, 5000, k.addr, k.port, ACK);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_flow(first + 2, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H2, 80, &k, h.addr,
			h.port);
	end(fx);
}

/* If a filter looks at the host outside, the NAT knows each destination of UDP. */
static void
filters_of_udp_know_more_destinations(void)
{
	static const enum cgn_filtering kinds[] = { CGN_FILTERING_AD, CGN_FILTERING_APD };

	for (unsigned int i = 0; i < RTE_DIM(kinds); i++) {
		struct fx *fx = flows(fx_new(), MANY, true);
		bool has_port = kinds[i] == CGN_FILTERING_APD;
		struct fx_ep x;

		fx->conf.nat.filtering[CGN_PROTO_UDP] = kinds[i];
		fx_start(fx);
		x = fx_map_udp(fx, H1, 5000);
		CU_ASSERT_EQUAL(take(fx), 2);
		fx_udp_out(fx, H1, 5000, P2, 53);
		fx_udp_out(fx, H1, 5000, P2, 53);
		CU_ASSERT_EQUAL_FATAL(take(fx), 1);
		check_flow(2, CGN_RECORD_SESSION_CREATED, CGN_PROTO_UDP, H1, 5000, &x, P2,
				has_port ? 53 : 0);
		fx_udp_out(fx, H1, 5000, P2, 54);
		CU_ASSERT_EQUAL(take(fx), has_port ? 1 : 0);
		fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 2);
		CU_ASSERT_EQUAL(take(fx), has_port ? 4 : 3);
		end(fx);
	}
}

/* A static mapping is configuration; what goes through it is not. */
static void
a_static_mapping_has_no_record_but_its_connections_have(void)
{
	struct fx *fx = flows(fx_new(), MANY, true);
	struct fx_ep x = { "198.51.100.1", 80 };

	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, x.addr, x.port);
	fx_add_static(fx, CGN_PROTO_UDP, H1, 53, x.addr, 53);
	fx_start(fx);
	CU_ASSERT_TRUE(fx_udp_out(fx, H1, 53, P1, 4000)->left);
	CU_ASSERT_EQUAL(take(fx), 0);
	fx_connect(fx, H1, 80, P1, 4000);
	CU_ASSERT_EQUAL_FATAL(take(fx), 1);
	check_flow(0, CGN_RECORD_SESSION_CREATED, CGN_PROTO_TCP, H1, 80, &x, P1, 4000);
	end(fx);
}

/* F-LOG-1, RFC 6908 section 2.3: the address of the B4, the protocol, the external address and port. */
static void
a_mapping_of_a_home_has_the_address_of_its_b4(void)
{
	struct fx *fx = fx_start(flows(wx_aftr(), MANY, false));
	struct cgn_ip6 b4 = wx_addr(B1);
	struct fx_ep x = wx_map(fx, B1, "192.168.1.10", 5000);

	CU_ASSERT_EQUAL_FATAL(take(fx), 2);
	for (unsigned int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(memcmp(&log_of[i].flow.b4, &b4, sizeof(b4)), 0);
		CU_ASSERT_EQUAL(log_of[i].flow.in_addr, pg_addr("192.168.1.10"));
		CU_ASSERT_EQUAL(log_of[i].flow.ext_addr, pg_addr(x.addr));
		CU_ASSERT_EQUAL(log_of[i].flow.ext_port, x.port);
	}
	end(fx);
}

/* G-LOG-2: a storm of sessions. Packets pass as before, and each number is in a record or in a gap, by kind. */
static void
a_storm_loses_no_number(void)
{
	struct fx *fx = flows(fx_new(), 16, true);
	unsigned int lost[CGN_RECORD_KIND_COUNT] = { 0 }, made[CGN_RECORD_KIND_COUNT] = { 0 };
	uint64_t seq = 0;

	fx->single_worker = true;
	fx_start(fx);
	for (unsigned int i = 0; i < 400; i++) {
		CU_ASSERT_TRUE(fx_tcp_out(
				fx, H1, (uint16_t)(5000 + i / 4), P1, (uint16_t)(80 + i % 4), SYN)
						->left);
		if (i % 50 == 49)
			take(fx);
	}
	take(fx);
	fx_advance_s(fx, 1);
	take(fx);
	for (unsigned int i = 0; i < n_log; i++) {
		const struct cgn_record *r = &log_of[i];

		CU_ASSERT_EQUAL(r->event == CGN_RECORD_GAP ? r->gap.first : r->seq, seq + 1);
		seq = r->seq;
		for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT && r->event == CGN_RECORD_GAP;
				k++)
			lost[k] += r->gap.lost[k];
		made[cgn_record_kind_of(r->event)]++;
	}
	CU_ASSERT_EQUAL(seq, 500);
	CU_ASSERT_TRUE(lost[CGN_RECORD_KIND_MAPPINGS] > 0);
	CU_ASSERT_EQUAL(made[CGN_RECORD_KIND_MAPPINGS] + lost[CGN_RECORD_KIND_MAPPINGS], 100);
	CU_ASSERT_EQUAL(made[CGN_RECORD_KIND_SESSIONS] + lost[CGN_RECORD_KIND_SESSIONS], 400);
	end(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_first_packet_records_the_pairing_and_the_block),
	CU_TEST_ROW(a_thousand_flows_take_four_blocks),
	CU_TEST_ROW(what_was_recorded_ends),
	CU_TEST_ROW(the_records_alone_tell_who_has_a_port),
	CU_TEST_ROW(records_have_destinations_only_if_asked_for),
	CU_TEST_ROW(what_is_not_asked_for_is_not_recorded),
	CU_TEST_ROW(a_claimed_port_is_a_block_of_one_port),
	CU_TEST_ROW(a_lease_keeps_its_block),
	CU_TEST_ROW(a_static_mapping_is_recorded_at_the_start),
	CU_TEST_ROW(a_home_is_recorded_by_its_prefix),
	CU_TEST_ROW(a_full_ring_leaves_a_gap),
	CU_TEST_ROW(a_mapping_of_udp_is_one_session),
	CU_TEST_ROW(each_connection_is_a_session),
	CU_TEST_ROW(a_stranger_makes_a_record_when_it_is_proven),
	CU_TEST_ROW(a_hairpin_is_two_sessions),
	CU_TEST_ROW(filters_of_udp_know_more_destinations),
	CU_TEST_ROW(a_static_mapping_has_no_record_but_its_connections_have),
	CU_TEST_ROW(a_mapping_of_a_home_has_the_address_of_its_b4),
	CU_TEST_ROW(a_storm_loses_no_number),
};

CU_MAIN("records", tests)
