/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/hostfix.h"

/* What cgnd itself sends as a host, octet by octet, for each way in that there is. */

/* --- what goes out ------------------------------------------------------------------------- */

/* The checksum over a packet's layer 4 with what IP adds to it. */
static bool
sum_ok(const void *ip, bool is_ip6, uint8_t proto, const void *l4, size_t len)
{
	uint16_t pseudo = is_ip6                ? rte_ipv6_phdr_cksum(ip, 0)
			: proto == IPPROTO_ICMP ? 0
						: rte_ipv4_phdr_cksum(ip, 0);

	return cgn_frame_csum_ok(l4, len, pseudo);
}

/* The only answer to a packet that came this way. Checks everything up to layer 4, which it returns. */
static const uint8_t *
only_answer(const struct way *w, uint8_t proto, uint8_t tos, size_t *len)
{
	const struct sent *s = &sent[0];
	const uint8_t *l3 = s->data;
	size_t l3_len = s->len;

	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_EQUAL(s->is_wire, w->is_wire);
	if (w->is_wire) {
		CU_ASSERT_EQUAL(memcmp(&s->b4, &home6, sizeof(home6)), 0);
	} else {
		uint16_t type = w->is_ip6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4;
		size_t off = ports[w->port].vlan != 0 ? 18 : 14;

		CU_ASSERT_EQUAL(s->port, w->port);
		CU_ASSERT_EQUAL(memcmp(s->data, &peer, 6), 0);
		CU_ASSERT_EQUAL(memcmp(s->data + 6, &macs[w->port], 6), 0);
		if (off == 18)
			CU_ASSERT_EQUAL(memcmp(s->data + 12, (const uint8_t[]){ 0x81, 0, 0, 7 }, 4),
					0);
		CU_ASSERT_EQUAL(s->data[off - 2] << 8 | s->data[off - 1], type);
		l3 += off;
		l3_len -= off;
	}
	if (w->is_ip6) {
		const struct rte_ipv6_hdr *ip = (const void *)l3;

		/* Version, traffic class without ECN, flow label zero. */
		CU_ASSERT_EQUAL(rte_be_to_cpu_32(ip->vtc_flow),
				0x60000000 | (uint32_t)(tos & 0xfc) << 20);
		CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->payload_len), l3_len - sizeof(*ip));
		CU_ASSERT_EQUAL(ip->proto, proto == IPPROTO_ICMP ? IPPROTO_ICMPV6 : proto);
		CU_ASSERT_EQUAL(ip->hop_limits, 64);
		CU_ASSERT_EQUAL(memcmp(&ip->src_addr, &own6, 16), 0);
		CU_ASSERT_EQUAL(memcmp(&ip->dst_addr, &client6, 16), 0);
		*len = l3_len - sizeof(*ip);
	} else {
		const struct rte_ipv4_hdr *ip = (const void *)l3;

		CU_ASSERT_EQUAL(ip->version_ihl, 0x45);
		CU_ASSERT_EQUAL(ip->type_of_service, tos & 0xfc);
		CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->total_length), l3_len);
		CU_ASSERT_EQUAL(ip->fragment_offset, 0);
		CU_ASSERT_EQUAL(ip->time_to_live, 64);
		CU_ASSERT_EQUAL(ip->next_proto_id, proto);
		CU_ASSERT_EQUAL(ip->src_addr, w->dst);
		CU_ASSERT_EQUAL(ip->dst_addr, w->src);
		CU_ASSERT_EQUAL(rte_raw_cksum(ip, sizeof(*ip)), 0xffff);
		*len = l3_len - sizeof(*ip);
	}
	l3_len -= *len;
	CU_ASSERT_TRUE(sum_ok(l3, w->is_ip6, proto, l3 + l3_len, *len));
	return l3 + l3_len;
}

/* A-ICQ-5, A-HDR-3: identifier, sequence number and data of an echo are the request's. */
static void
echo_reply_is_the_request_turned_round(void)
{
	static const size_t lengths[] = { 0, 1, 2, 55, 56, 1000 };
	static const uint8_t toses[] = { 0, 1, 2, 3, 0xb8, 0xbb, 0xff };

	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(lengths) * RTE_DIM(toses); i++) {
		const struct way *w = &ways[i % RTE_DIM(ways)];
		size_t n = lengths[i / RTE_DIM(ways) % RTE_DIM(lengths)], len;
		uint8_t tos = toses[i / RTE_DIM(ways) / RTE_DIM(lengths)];
		struct packet *p = make_echo(w, tos, n);
		const uint8_t *l4;

		receive(p, i * UINT64_C(1000));
		l4 = only_answer(w, IPPROTO_ICMP, tos, &len);
		CU_ASSERT_EQUAL_FATAL(len, 8 + n);
		CU_ASSERT_EQUAL(l4[0], w->is_ip6 ? 129 : 0);
		CU_ASSERT_EQUAL(l4[1], 0);
		CU_ASSERT_EQUAL(memcmp(l4 + 4, p->data + p->head + 4, 4 + n), 0);
	}
	end();
}

/* A-ICE-12: type, code, four octets of zero, then as much of the packet as the size allows. */
static void
unreachable_quotes_what_fits_and_no_more(void)
{
	static const size_t lengths[] = { 0, 1, 8, 511, 519, 520, 521, 528, 1183, 1184, 1191, 1192,
		1193, 1300 };

	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(lengths); i++) {
		const struct way *w = &ways[i % RTE_DIM(ways)];
		size_t n = lengths[i / RTE_DIM(ways)], len;
		size_t most = (w->is_ip6 ? 1280 - 40 : 576 - 20) - 8;
		struct packet *p = make_udp(w, 0x2e << 2 | 1, 9, n);
		const uint8_t *l4;

		receive(p, i * UINT64_C(1000));
		l4 = only_answer(w, IPPROTO_ICMP, 0x2e << 2, &len);
		CU_ASSERT_EQUAL(l4[0], w->is_ip6 ? 1 : 3);
		CU_ASSERT_EQUAL(l4[1], w->is_ip6 ? 4 : 3);
		CU_ASSERT_EQUAL(memcmp(l4 + 4, (const uint8_t[4]){ 0 }, 4), 0);
		CU_ASSERT_EQUAL_FATAL(len, 8 + (p->len < most ? p->len : most));
		CU_ASSERT_EQUAL(memcmp(l4 + 8, p->data, len - 8), 0);
	}
	end();
}

/* RFC 9293 section 3.5.2, all combinations of flags: with ACK the reset takes its sequence number from
 * there, without it acknowledges all of the segment; nothing answers a reset. */
static void
resets_fit_the_segment_that_they_answer(void)
{
	static const struct {
		uint32_t seq, ack;
		unsigned int options;
		size_t data;
	} shapes[] = {
		{ 1000, 2000, 0, 0 },
		{ 1000, 2000, 0, 1 },
		{ 0xffffffff, 0, 5, 0 },
		{ 0xfffffff0, 0xfffffff0, 10, 100 },
		{ 0, 1, 3, 7 },
	};

	begin();
	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(shapes) * 64; i++) {
		const struct way *w = &ways[i % RTE_DIM(ways)];
		unsigned int k = i / RTE_DIM(ways) % RTE_DIM(shapes);
		uint8_t flags = (uint8_t)(i / RTE_DIM(ways) / RTE_DIM(shapes));
		struct packet *p = make_tcp(w, flags, shapes[k].seq, shapes[k].ack,
				shapes[k].options, shapes[k].data);
		const struct rte_tcp_hdr *th;
		uint32_t space = (uint32_t)shapes[k].data + ((flags & RTE_TCP_SYN_FLAG) != 0) +
				((flags & RTE_TCP_FIN_FLAG) != 0);
		size_t len;

		receive(p, i * UINT64_C(1000));
		if ((flags & RTE_TCP_RST_FLAG) != 0) {
			CU_ASSERT_EQUAL(n_sent, 0);
			continue;
		}
		th = (const void *)only_answer(w, IPPROTO_TCP, 0, &len);
		CU_ASSERT_EQUAL(len, sizeof(*th));
		CU_ASSERT_EQUAL(th->data_off, 0x50);
		CU_ASSERT_EQUAL(th->src_port, RTE_BE16(22));
		CU_ASSERT_EQUAL(th->dst_port, RTE_BE16(5000));
		CU_ASSERT_EQUAL(th->tcp_urp, 0);
		if ((flags & RTE_TCP_ACK_FLAG) != 0) {
			CU_ASSERT_EQUAL(th->tcp_flags, RTE_TCP_RST_FLAG);
			CU_ASSERT_EQUAL(rte_be_to_cpu_32(th->sent_seq), shapes[k].ack);
			CU_ASSERT_EQUAL(th->recv_ack, 0);
		} else {
			CU_ASSERT_EQUAL(th->tcp_flags, RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG);
			CU_ASSERT_EQUAL(th->sent_seq, 0);
			CU_ASSERT_EQUAL(rte_be_to_cpu_32(th->recv_ack), shapes[k].seq + space);
		}
	}
	end();
}

/* --- datagrams of servers ------------------------------------------------------------------ */

static const size_t answer_lengths[] = { 0, 1, 12, 16, 1000 };
static size_t answer_len;
static unsigned int n_heard;

static bool
hear(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_return_addr to = cgn_ip_responder_return_addr(d);
	static uint8_t data[1000];

	(void)arg;
	(void)now_ms;
	n_heard++;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 3);
	cgn_ip_responder_send(responder, &to, data, answer_len);
	return true;
}

static void
answers_of_servers_come_from_where_they_were_asked(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_ip_responder_listen(responder, 5351, hear, NULL), 0);
	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(answer_lengths); i++) {
		const struct way *w = &ways[i % RTE_DIM(ways)];
		const struct rte_udp_hdr *uh;
		size_t len;

		answer_len = answer_lengths[i / RTE_DIM(ways)];
		receive(make_udp(w, 0xff, 5351, 12), 0);
		uh = (const void *)only_answer(w, IPPROTO_UDP, 0, &len);
		CU_ASSERT_EQUAL_FATAL(len, sizeof(*uh) + answer_len);
		CU_ASSERT_EQUAL(rte_be_to_cpu_16(uh->dgram_len), len);
		CU_ASSERT_EQUAL(uh->src_port, RTE_BE16(5351));
		CU_ASSERT_EQUAL(uh->dst_port, RTE_BE16(5000));
		CU_ASSERT_NOT_EQUAL(uh->dgram_cksum, 0);
		for (size_t k = 0; k < answer_len; k++)
			CU_ASSERT_EQUAL(((const uint8_t *)(uh + 1))[k], (uint8_t)(k + 3));
	}
	end();
}

/* RFC 6886 section 3.2.1: to all hosts of the link, TTL 1, from the port's own IPv4 address. */
static void
multicast_is_for_the_link_and_from_the_ports_own_address(void)
{
	static const rte_be32_t own[PORTS] = { IP4(100, 64, 0, 1), IP4(10, 1, 0, 1),
		IP4(192, 0, 2, 2) };
	uint8_t data[1400] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

	begin();
	for (uint16_t i = 0; i < PORTS; i++) {
		size_t off = ports[i].vlan != 0 ? 18 : 14;
		const struct rte_ipv4_hdr *ip = (const void *)(sent[0].data + off);
		const struct rte_udp_hdr *uh = (const void *)(ip + 1);

		n_sent = 0;
		cgn_ip_responder_multicast(responder, i, 5351, 5350, data, 12);
		CU_ASSERT_EQUAL_FATAL(n_sent, 1);
		CU_ASSERT_EQUAL(sent[0].port, i);
		CU_ASSERT_EQUAL(memcmp(sent[0].data, (const uint8_t[]){ 0x01, 0x00, 0x5e, 0, 0, 1 },
						6),
				0);
		CU_ASSERT_EQUAL(memcmp(sent[0].data + 6, &macs[i], 6), 0);
		CU_ASSERT_EQUAL(sent[0].data[12] == 0x81, off == 18);
		CU_ASSERT_EQUAL(sent[0].len, off + 20 + 8 + 12);
		CU_ASSERT_EQUAL(ip->time_to_live, 1);
		CU_ASSERT_EQUAL(ip->src_addr, own[i]);
		CU_ASSERT_EQUAL(ip->dst_addr, CGN_ALL_HOSTS);
		CU_ASSERT_EQUAL(rte_raw_cksum(ip, sizeof(*ip)), 0xffff);
		CU_ASSERT_EQUAL(uh->src_port, RTE_BE16(5351));
		CU_ASSERT_EQUAL(uh->dst_port, RTE_BE16(5350));
		CU_ASSERT_TRUE(sum_ok(ip, false, IPPROTO_UDP, uh, 20));
		CU_ASSERT_EQUAL(memcmp(uh + 1, data, 12), 0);
		/* As long as the link takes, and not one octet more. */
		n_sent = 0;
		cgn_ip_responder_multicast(
				responder, i, 5351, 5350, data, ports[i].mtu - 28U - 200);
		CU_ASSERT_EQUAL(n_sent, 1);
	}
	n_sent = 0;
	cgn_ip_responder_multicast(responder, 1, 5351, 5350, data, 1400 - 28);
	CU_ASSERT_EQUAL(n_sent, 1);
	cgn_ip_responder_multicast(responder, 1, 5351, 5350, data, 1400 - 27);
	CU_ASSERT_EQUAL(n_sent, 1);
	/* A port without an IPv4 address has nothing to send from. */
	ports[1].n_addresses = 1;
	cgn_ip_responder_multicast(responder, 1, 5351, 5350, data, 12);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* --- longer than the link takes ------------------------------------------------------------ */

/* RFC 791: fragments of one packet share an identification that the next packet does not have. */
static void
fragments_share_an_identification_that_no_other_packet_has(void)
{
	rte_be16_t before = 0;

	begin();
	for (unsigned int i = 0; i < 20; i++) {
		const struct way *w = &ways[i % 3];
		size_t off = ports[w->port].vlan != 0 ? 18 : 14, at = 0;
		const struct rte_ipv4_hdr *ip = (const void *)(sent[0].data + off);
		rte_be16_t id;
		struct packet *p = make_echo(w, 0, 1390 + i * 100);

		receive(p, i * UINT64_C(1000));
		CU_ASSERT_TRUE_FATAL(n_sent > 0);
		id = ip->packet_id;
		CU_ASSERT_TRUE(i == 0 || id != before);
		before = id;
		for (unsigned int k = 0; k < n_sent; k++) {
			ip = (const void *)(sent[k].data + off);
			CU_ASSERT_EQUAL(ip->packet_id, id);
			CU_ASSERT_EQUAL(rte_raw_cksum(ip, sizeof(*ip)), 0xffff);
			CU_ASSERT_TRUE(rte_be_to_cpu_16(ip->total_length) <= ports[w->port].mtu);
			CU_ASSERT_EQUAL(sent[k].len, off + rte_be_to_cpu_16(ip->total_length));
			CU_ASSERT_EQUAL(sent[k].port, w->port);
			CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->fragment_offset),
					at / 8 | (k + 1 < n_sent ? RTE_IPV4_HDR_MF_FLAG : 0));
			CU_ASSERT_EQUAL(sent[k].data[12] == 0x81, off == 18);
			at += rte_be_to_cpu_16(ip->total_length) - sizeof(*ip);
		}
		CU_ASSERT_EQUAL(at, 8 + 1390 + i * 100);
	}
	end();
}

/* IPv6 is sent whole or not at all; the longest that fits is sent. */
static void
ip6_answers_are_never_longer_than_the_link_takes(void)
{
	begin();
	receive(make_echo(&ways[5], 0, 1400 - 48), 0);
	CU_ASSERT_EQUAL(n_sent, 1);
	receive(make_echo(&ways[5], 0, 1400 - 47), 0);
	CU_ASSERT_EQUAL(n_sent, 0);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(echo_reply_is_the_request_turned_round),
	CU_TEST_ROW(unreachable_quotes_what_fits_and_no_more),
	CU_TEST_ROW(resets_fit_the_segment_that_they_answer),
	CU_TEST_ROW(answers_of_servers_come_from_where_they_were_asked),
	CU_TEST_ROW(multicast_is_for_the_link_and_from_the_ports_own_address),
	CU_TEST_ROW(fragments_share_an_identification_that_no_other_packet_has),
	CU_TEST_ROW(ip6_answers_are_never_longer_than_the_link_takes),
};

CU_MAIN("ip_responder_sends", tests)
