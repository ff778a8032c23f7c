/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/wirefix.h"

#include "tests/support/fixture_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IP6_LEN 40

struct cgn_ip6
wx_addr(const char *text)
{
	struct cgn_ip6 a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		abort();
	return a;
}

static struct cgn_prefix
prefix6(const char *addr, uint8_t len)
{
	return (struct cgn_prefix){ .ip6 = wx_addr(addr), .len = len, .is_ip6 = true };
}

struct fx *
wx_aftr(void)
{
	struct fx *fx = fx_new();
	struct cgn_conf_softwire *s = &fx->conf.softwire;

	*s = (struct cgn_conf_softwire){
		.role = CGN_SOFTWIRE_AFTR,
		.local = wx_addr(WX_LOCAL),
		.tunnel_mtu = 1500,
		.hop_limit = 64,
		.move_min_s = 1800,
	};
	fx->ports[FX_INSIDE].addresses[fx->ports[FX_INSIDE].n_addresses++] = prefix6(
			"2001:db8:1::1", 64);
	fx->routes[fx->conf.n_routes++] = (struct cgn_conf_route){
		.prefix = prefix6("2001:db8:100::", 40),
		.via = { .ip6 = wx_addr("2001:db8:1::2"), .is_ip6 = true },
		.port = FX_INSIDE,
	};
	fx->prefixes[0][fx->groups[0].n_prefixes++] = prefix6("2001:db8:100::", 40);
	return fx;
}

struct fx *
wx_b4(void)
{
	struct fx *fx = fx_new();

	fx->conf.softwire = (struct cgn_conf_softwire){
		.role = CGN_SOFTWIRE_B4,
		.local = wx_addr(WX_HOME),
		.remote = wx_addr(WX_LOCAL),
		.tunnel_mtu = 1500,
		.hop_limit = 64,
	};
	fx->conf.natpmp.role = CGN_NATPMP_RELAY;
	fx->conf.natpmp.upstreams[0].ip4 = pg_addr("192.0.0.5");
	fx->conf.natpmp.upstreams[1].ip4 = pg_addr("192.0.0.1");
	fx->conf.natpmp.n_upstreams = 2;
	fx->conf.n_pools = 0;
	fx->conf.n_groups = 0;
	fx->ports[FX_INSIDE].addresses[0] = (struct cgn_prefix){ .ip4 = pg_addr("192.168.1.1"),
		.len = 24 };
	fx->ports[FX_OUTSIDE].addresses[0] = prefix6(WX_HOME, 64);
	fx->routes[0] = (struct cgn_conf_route){
		.prefix = prefix6("::", 0),
		.via = { .ip6 = wx_addr("2001:db8:5::1"), .is_ip6 = true },
		.port = FX_OUTSIDE,
	};
	fx->drain_s = 10;
	return fx;
}

struct rte_mbuf *
wx_udp6(struct fx *fx, const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	static uint8_t frame[PG_ETH + IP6_LEN + 8 + 24];
	struct rte_mbuf *m = pg_udp(fx->mp, H1, sport, P1, dport, 24);
	uint8_t *ip = frame + PG_ETH, *udp = ip + IP6_LEN;
	struct cgn_ip6 a = wx_addr(src), b = wx_addr(dst);

	memset(frame, 0, sizeof(frame));
	memcpy(frame, rte_pktmbuf_mtod(m, void *), 12);
	rte_pktmbuf_free(m);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	ip[0] = 0x60;
	ip[5] = 8 + 24;
	ip[6] = 17;
	ip[7] = 64;
	memcpy(ip + 8, &a, sizeof(a));
	memcpy(ip + 24, &b, sizeof(b));
	udp[0] = (uint8_t)(sport >> 8);
	udp[1] = (uint8_t)sport;
	udp[2] = (uint8_t)(dport >> 8);
	udp[3] = (uint8_t)dport;
	udp[5] = 8 + 24;
	return pg_bytes(fx->mp, frame, sizeof(frame));
}

struct rte_mbuf *
wx_wrap(struct fx *fx, const struct wx_outer *o, struct rte_mbuf *m)
{
	static uint8_t buf[PG_LEN_MAX], frame[PG_LEN_MAX + 256];
	size_t len = pg_read(m, buf, sizeof(buf)) - PG_ETH;
	struct cgn_ip6 a;
	uint8_t *ip = frame + PG_ETH;
	size_t at = PG_ETH + IP6_LEN;

	rte_pktmbuf_free(m);
	memcpy(frame, buf, 12);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	memset(ip, 0, IP6_LEN);
	ip[0] = (uint8_t)(0x60 | o->tc >> 4);
	ip[1] = (uint8_t)(o->tc << 4);
	ip[4] = (uint8_t)((len + o->ext_len) >> 8);
	ip[5] = (uint8_t)(len + o->ext_len);
	ip[6] = o->ext_len != 0 ? o->ext_first : o->next != 0 ? o->next : 4;
	ip[7] = 64;
	a = wx_addr(o->src == NULL ? WX_LOCAL : o->src);
	memcpy(ip + 8, &a, sizeof(a));
	a = wx_addr(o->dst == NULL ? WX_LOCAL : o->dst);
	memcpy(ip + 24, &a, sizeof(a));
	if (o->ext_len != 0)
		memcpy(frame + at, o->ext, o->ext_len);
	at += o->ext_len;
	memcpy(frame + at, buf + PG_ETH, len);
	return pg_bytes(fx->mp, frame, at + len);
}

const struct fx_pkt *
wx_up(struct fx *fx, const char *b4, struct rte_mbuf *m)
{
	return fx_rx(fx, FX_INSIDE, wx_wrap(fx, &(struct wx_outer){ .src = b4 }, m));
}

const struct fx_pkt *
wx_udp(struct fx *fx, const char *b4, const char *h, uint16_t hp, const char *p, uint16_t pp)
{
	return wx_up(fx, b4, pg_udp(fx->mp, h, hp, p, pp, 32));
}

struct fx_ep
wx_map(struct fx *fx, const char *b4, const char *h, uint16_t hp)
{
	const struct fx_pkt *p = wx_udp(fx, b4, h, hp, P1, 53);
	struct fx_ep x = { .port = p->sport };

	if (!p->left || p->port != FX_OUTSIDE)
		fx_fail(__FILE__, __LINE__, "packet of %s did not leave outside", b4);
	memcpy(x.addr, p->left ? p->src : "0.0.0.0", p->left ? sizeof(x.addr) : 8);
	return x;
}

unsigned int
wx_fragment(struct fx *fx, struct rte_mbuf *m, size_t step, uint32_t id, struct rte_mbuf **out)
{
	static uint8_t buf[PG_LEN_MAX], frame[PG_LEN_MAX];
	const size_t head = PG_ETH + IP6_LEN;
	size_t len = pg_read(m, buf, sizeof(buf)) - head;
	unsigned int n = 0;

	rte_pktmbuf_free(m);
	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		uint8_t *fh = frame + head;

		memcpy(frame, buf, head);
		frame[PG_ETH + 4] = (uint8_t)((part + 8) >> 8);
		frame[PG_ETH + 5] = (uint8_t)(part + 8);
		frame[PG_ETH + 6] = 44;
		fh[0] = buf[PG_ETH + 6];
		fh[1] = 0;
		fh[2] = (uint8_t)(at >> 8);
		fh[3] = (uint8_t)(at | (at + part < len ? 1 : 0));
		for (int i = 0; i < 4; i++)
			fh[4 + i] = (uint8_t)(id >> (24 - 8 * i));
		memcpy(fh + 8, buf + head + at, part);
		out[n++] = pg_bytes(fx->mp, frame, head + 8 + part);
	}
	return n;
}

struct rte_mbuf *
wx_icmp6(struct fx *fx, const char *src, uint8_t type, uint32_t rest, const struct fx_pkt *about)
{
	size_t quote = about->n_bytes - PG_ETH < 1200 ? about->n_bytes - PG_ETH : 1200;
	size_t len = 8 + quote;
	uint8_t frame[PG_ETH + IP6_LEN + 8 + 1200] = { 0 };
	uint8_t *ip = frame + PG_ETH, *icmp = ip + IP6_LEN;
	struct cgn_ip6 from = wx_addr(src), to = wx_addr(WX_LOCAL);
	uint32_t sum = (uint32_t)len + 58;

	memcpy(frame, &pg_mac_us, 6);
	memcpy(frame + 6, &pg_mac_peer, 6);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	ip[0] = 0x60;
	ip[4] = (uint8_t)(len >> 8);
	ip[5] = (uint8_t)len;
	ip[6] = 58;
	ip[7] = 64;
	memcpy(ip + 8, &from, 16);
	memcpy(ip + 24, &to, 16);
	icmp[0] = type;
	for (int i = 0; i < 4; i++)
		icmp[4 + i] = (uint8_t)(rest >> (24 - 8 * i));
	memcpy(icmp + 8, about->bytes + PG_ETH, quote);
	for (size_t i = 0; i < 32; i += 2)
		sum += (uint32_t)ip[8 + i] << 8 | ip[9 + i];
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)icmp[i] << 8 | (i + 1 < len ? icmp[i + 1] : 0);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
	return pg_bytes(fx->mp, frame, (size_t)(icmp - frame) + len);
}

const struct fx_pkt *
wx_whole(struct fx *fx)
{
	static uint8_t frame[PG_LEN_MAX];
	static struct fx_pkt whole;
	size_t head = PG_ETH + IP6_LEN, len = 0;
	struct rte_mbuf *m;

	free(whole.bytes);
	whole = (struct fx_pkt){ 0 };
	for (unsigned int i = 0; i < fx->n_out; i++) {
		const struct fx_pkt *p = &fx->out[i];

		if (!p->outer.is || p->outer.id != fx->out[0].outer.id) {
			fx_fail(__FILE__, __LINE__, "not all fragments of one packet");
			return &whole;
		}
		memcpy(frame + head + p->outer.off, p->outer.payload, p->outer.payload_len);
		len += p->outer.payload_len;
	}
	if (fx->n_out == 0)
		return &whole;
	memcpy(frame, fx->out[0].bytes, head);
	frame[PG_ETH + 4] = (uint8_t)(len >> 8);
	frame[PG_ETH + 5] = (uint8_t)len;
	frame[PG_ETH + 6] = fx->out[0].outer.next;
	m = pg_bytes(fx->mp, frame, head + len);
	fx_parse(&whole, fx->out[0].port, m);
	rte_pktmbuf_free(m);
	if (whole.ip == NULL)
		fx_fail(__FILE__, __LINE__, "no IPv4 packet in the fragments");
	return &whole;
}

static unsigned int
owner_of(struct fx *fx, const struct cgn_ip6 *b4)
{
	struct cgn_ip6 p = *b4;
	unsigned int len = fx->groups[0].subscriber_prefix6_len;

	memset(p.b + len / 8, 0, sizeof(p.b) - len / 8);
	return fx->n_workers == 1
			? 0
			: fx->steer.reta[cgn_steer_hash6(&fx->steer, &p) % CGN_STEER_RETA];
}

int
wx_lease(struct fx *fx, const char *b4, enum cgn_proto proto, const char *in, uint16_t in_port,
		struct fx_ep *x, uint32_t lifetime_s)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;
	int ret;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(in),
				.port = rte_cpu_to_be_16(in_port),
				.proto = (uint8_t)proto },
		.ext = { .port = rte_cpu_to_be_16(x->port), .proto = (uint8_t)proto },
		.realm = 4711, /* the control thread's own number, which comes back */
		.b4 = wx_addr(b4),
		.lifetime_s = lifetime_s,
		.flags = CGN_MAPPING_EXPLICIT,
		.n_filters = fx->n_filters,
	};
	cmd.u.filters = fx->filters;
	if (x->addr[0] != '\0') {
		cmd.u.map.ext.addr = pg_addr(x->addr);
		cmd.u.map.flags |= CGN_MAPPING_EXACT;
	}
	ret = fx_cmd(fx, owner_of(fx, &cmd.u.map.b4), &cmd, &reply);
	if (ret == 0) {
		inet_ntop(AF_INET, &reply.u.map.ext.addr, x->addr, sizeof(x->addr));
		x->port = rte_be_to_cpu_16(reply.u.map.ext.port);
		if (reply.u.map.realm != 4711)
			fx_fail(__FILE__, __LINE__, "reply in another realm");
	}
	return ret;
}

bool
wx_subscriber(struct fx *fx, const char *b4, struct cgn_subscriber_info *out)
{
	for (unsigned int i = 0; i < fx->n_workers; i++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_SUBSCRIBERS };
		struct cgn_evt reply;

		cmd.u.read = (struct cgn_cmd_read){
			.out = out, .max = 1, .has_filter = 1, .b4 = wx_addr(b4)
		};
		if (fx_cmd(fx, i, &cmd, &reply) == 0 && reply.u.read.n == 1)
			return true;
	}
	return false;
}

void
wx_check_pkt(const struct fx_pkt *p, unsigned int port, const char *b4, const char *src,
		unsigned int sport, const char *dst, unsigned int dport, const char *file, int line)
{
	fx_check_pkt(p, port, src, sport, dst, dport, file, line);
	if (strcmp(p->outer.dst, b4) != 0)
		fx_fail(file, line, "to B4 %s, not %s", p->outer.dst, b4);
}
