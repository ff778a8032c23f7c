/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Answers datagrams that are for cgnd itself, or gives them to the listener of their UDP port.
 */
#include "controlplane/link/ip_responder.h"

#include "controlplane/link/ip_packet.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/loop/token_bucket.h"
#include "shared/bucket.h"
#include "shared/dpdk_compat.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_icmp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define LISTENERS_MAX     8
#define TTL               64
#define ERROR_BURST       32
#define SHARE_BURST       8u
#define QUOTE4_MAX        (576 - 20 - 8)  /* RFC 1812 section 4.3.2.3 */
#define QUOTE6_MAX        (1280 - 40 - 8) /* RFC 4443 section 2.4 (c) */
#define FRAME_MAX         (CGN_FRAME_HEAD_MAX + 65535 + 40)

#define ICMP_PROTOCOL     2 /* codes of destination unreachable that refuse a datagram */
#define ICMP_PORT         3
#define ICMP6_UNREACHABLE 1
#define ICMP6_PORT        4
#define ICMP6_ECHO        128
#define ICMP6_ECHO_REPLY  129

struct listener {
	uint16_t udp_port;
	cgn_ip_responder_udp_fn fn;
	cgn_ip_responder_refused_fn refused; /* NULL: it takes no multicasts and no ICMP errors */
	void *arg;
};

struct cgn_ip_responder {
	const struct cgn_conf *conf;
	struct rte_ether_addr macs[CGN_PORTS_MAX];
	const struct cgn_ip_responder_ops *ops;
	void *ctx;
	unsigned int n_listeners;
	struct listener listeners[LISTENERS_MAX];
	struct cgn_token_bucket errors[CGN_SIDE_COUNT]; /* a side cannot use up the other's */
	struct cgn_shares shares;                       /* the share of each source in it */
	uint16_t ip_id;
	struct cgn_ip_responder_stats stats;
	uint8_t out[FRAME_MAX];
};

/** A received datagram, validated up to its IP header. */
struct dgram {
	const struct cgn_frame *f;
	struct cgn_ip_packet ip;
	uint16_t pseudo; /* sum of the pseudo-header */
};

int
cgn_ip_responder_create(struct cgn_ip_responder **out, const struct cgn_conf *conf,
		const struct rte_ether_addr *macs, uint32_t seed,
		const struct cgn_ip_responder_ops *ops, void *ctx)
{
	struct cgn_ip_responder *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	memcpy(l->macs, macs, conf->n_ports * sizeof(*macs));
	l->ops = ops;
	l->ctx = ctx;
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++)
		cgn_token_bucket_init(
				&l->errors[side], conf->nat.icmp_errors_per_s, ERROR_BURST, 0);
	cgn_shares_init(&l->shares, seed, 0);
	l->conf = conf;
	*out = l;
	return 0;
}

void
cgn_ip_responder_destroy(struct cgn_ip_responder *l)
{
	free(l);
}

void
cgn_ip_responder_set_conf(struct cgn_ip_responder *l, const struct cgn_conf *conf)
{
	l->conf = conf;
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++)
		l->errors[side].per_s = conf->nat.icmp_errors_per_s;
}

static struct listener *
find_listener(struct cgn_ip_responder *l, uint16_t udp_port)
{
	for (unsigned int i = 0; i < l->n_listeners; i++) {
		if (l->listeners[i].udp_port == udp_port)
			return &l->listeners[i];
	}
	return NULL;
}

bool
cgn_ip_responder_listens(const struct cgn_ip_responder *l, uint16_t udp_port)
{
	for (unsigned int i = 0; i < l->n_listeners; i++) {
		if (l->listeners[i].udp_port == udp_port)
			return true;
	}
	return false;
}

int
cgn_ip_responder_listen(struct cgn_ip_responder *l, uint16_t udp_port, cgn_ip_responder_udp_fn fn,
		void *arg)
{
	if (find_listener(l, udp_port) != NULL)
		return -EADDRINUSE;
	if (l->n_listeners == LISTENERS_MAX)
		return -ENOSPC;
	l->listeners[l->n_listeners++] = (struct listener){
		.udp_port = udp_port, .fn = fn, .arg = arg
	};
	return 0;
}

void
cgn_ip_responder_unlisten(struct cgn_ip_responder *l, uint16_t udp_port)
{
	struct listener *x = find_listener(l, udp_port);

	if (x != NULL)
		*x = l->listeners[--l->n_listeners];
}

void
cgn_ip_responder_listen_more(
		struct cgn_ip_responder *l, uint16_t udp_port, cgn_ip_responder_refused_fn refused)
{
	struct listener *x = find_listener(l, udp_port);

	if (x != NULL)
		x->refused = refused;
}

/* --- receive ------------------------------------------------------------------------------- */

/* Read a datagram to cgnd. The sum of the pseudo-header is that of its transport. */
static bool
read_dgram(struct dgram *d, const struct cgn_frame *f)
{
	uint8_t version = f->ethertype == RTE_ETHER_TYPE_IPV6 ? 6 : 4;

	d->f = f;
	if ((f->ethertype != RTE_ETHER_TYPE_IPV4 && f->ethertype != RTE_ETHER_TYPE_IPV6) ||
			!cgn_ip_packet_read(&d->ip, f->l3, f->l3_len) ||
			d->ip.data[0] >> 4 != version)
		return false;
	d->pseudo = version == 6 ? rte_ipv6_phdr_cksum((const void *)f->l3, 0)
				 : rte_ipv4_phdr_cksum((const void *)f->l3, 0);
	/* Workers reassemble datagrams for cgnd, so a fragment here is not valid. */
	return !d->ip.is_fragment;
}

/* Whether an address is one of cgnd's own. */
static bool
is_own(const struct cgn_ip_responder *l, const struct cgn_ip *a)
{
	return cgn_local_addr_has(l->conf, a) || cgn_local_addr_is_anycast(l->conf, a);
}

/* Whether there may be an answer at all (RFC 1812 section 4.3.2.7). */
static bool
is_answerable(const struct cgn_ip_responder *l, const struct dgram *d)
{
	return rte_is_unicast_ether_addr(&d->f->dst) && rte_is_unicast_ether_addr(&d->f->src) &&
			!rte_is_zero_ether_addr(&d->f->src) && cgn_local_addr_is_host(&d->ip.src) &&
			!is_own(l, &d->ip.src);
}

/* --- send ---------------------------------------------------------------------------------- */

/* Cut an IPv4 packet in l->out to the link's MTU; layer 3 begins at off. */
static void
send_fragments(struct cgn_ip_responder *l, uint16_t port, size_t off, size_t ip_len)
{
	static uint8_t frag[CGN_FRAME_HEAD_MAX + CGN_MTU_MAX];
	const struct rte_ipv4_hdr *whole = (const void *)(l->out + off);
	struct rte_ipv4_hdr *ip = (void *)(frag + off);
	size_t step = (l->conf->ports[port].mtu - sizeof(*ip)) & ~(size_t)7;
	size_t data_len = ip_len - sizeof(*ip);

	for (size_t at = 0; at < data_len; at += step) {
		size_t n = data_len - at < step ? data_len - at : step;
		uint16_t more = at + n < data_len ? RTE_IPV4_HDR_MF_FLAG : 0;

		memcpy(frag, l->out, off + sizeof(*ip));
		memcpy(ip + 1, (const uint8_t *)(whole + 1) + at, n);
		ip->total_length = rte_cpu_to_be_16((uint16_t)(n + sizeof(*ip)));
		ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(at / 8 | more));
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		l->ops->send(l->ctx, port, frag, off + sizeof(*ip) + n);
	}
}

/* Where layer 4 of the answer to a datagram goes in l->out. The headers are put in front of it later, so
 * their lengths must be known here. */
static uint8_t *
answer_l4(struct cgn_ip_responder *l, const struct dgram *d)
{
	size_t head = l->conf->ports[d->f->port].vlan != 0 ? 18 : 14;

	return l->out + head +
			(d->ip.src.is_ip6 ? sizeof(struct rte_ipv6_hdr)
					  : sizeof(struct rte_ipv4_hdr));
}

/* Compute the checksum of the answer's layer 4. Its own field must be zero. */
static uint16_t
answer_csum(const struct dgram *d, uint8_t proto, const void *l4, size_t len)
{
	struct rte_ipv4_hdr ip4 = {
		.src_addr = d->ip.dst.ip4,
		.dst_addr = d->ip.src.ip4,
		.next_proto_id = proto,
		.total_length = rte_cpu_to_be_16((uint16_t)(len + sizeof(ip4))),
		.version_ihl = 0x45,
	};
	struct rte_ipv6_hdr ip6 = {
		.proto = proto,
		.payload_len = rte_cpu_to_be_16((uint16_t)len),
	};
	uint16_t csum;

	if (!d->ip.src.is_ip6) {
		csum = proto == IPPROTO_ICMP ? (uint16_t)~rte_raw_cksum(l4, len)
					     : rte_ipv4_udptcp_cksum(&ip4, l4);
	} else {
		memcpy(&ip6.src_addr, &d->ip.dst.ip6, sizeof(d->ip.dst.ip6));
		memcpy(&ip6.dst_addr, &d->ip.src.ip6, sizeof(d->ip.src.ip6));
		csum = rte_ipv6_udptcp_cksum(&ip6, l4);
	}
	return csum;
}

/* Put the headers in front of layer 4 and send it back to where the datagram came from. */
static void
responder_answer(struct cgn_ip_responder *l, const struct dgram *d, uint8_t proto, size_t len)
{
	const struct cgn_conf_port *port = &l->conf->ports[d->f->port];
	size_t off = cgn_frame_head(
			l->out, &d->f->src, &l->macs[d->f->port], port->vlan, d->f->ethertype);

	if (!d->ip.src.is_ip6) {
		struct rte_ipv4_hdr *ip = (void *)(l->out + off);

		*ip = (struct rte_ipv4_hdr){
			.version_ihl = 0x45,
			.type_of_service = d->ip.tos & 0xfc, /* without the ECN bits */
			.total_length = rte_cpu_to_be_16((uint16_t)(len + sizeof(*ip))),
			.packet_id = rte_cpu_to_be_16(l->ip_id++),
			.time_to_live = TTL,
			.next_proto_id = proto,
			.src_addr = d->ip.dst.ip4,
			.dst_addr = d->ip.src.ip4,
		};
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		/* A worker encapsulates it, and fragments it if necessary. */
		if (d->f->is_wire)
			l->ops->wire(l->ctx, &d->f->b4, ip, len + sizeof(*ip));
		else if (len + sizeof(*ip) > port->mtu)
			send_fragments(l, d->f->port, off, len + sizeof(*ip));
		else
			l->ops->send(l->ctx, d->f->port, l->out, off + sizeof(*ip) + len);
	} else {
		struct rte_ipv6_hdr *ip = (void *)(l->out + off);

		if (len + sizeof(*ip) > port->mtu) {
			l->stats.ignored++; /* IPv6 fragments are not made here */
			return;
		}
		*ip = (struct rte_ipv6_hdr){
			.vtc_flow = rte_cpu_to_be_32(
					0x60000000 | (uint32_t)(d->ip.tos & 0xfc) << 20),
			.payload_len = rte_cpu_to_be_16((uint16_t)len),
			.proto = proto,
			.hop_limits = TTL,
		};
		memcpy(&ip->src_addr, &d->ip.dst.ip6, sizeof(d->ip.dst.ip6));
		memcpy(&ip->dst_addr, &d->ip.src.ip6, sizeof(d->ip.src.ip6));
		l->ops->send(l->ctx, d->f->port, l->out, off + sizeof(*ip) + len);
	}
}

/* --- protocols ----------------------------------------------------------------------------- */

static void
take_echo(struct cgn_ip_responder *l, const struct dgram *d)
{
	struct rte_icmp_hdr *icmp = (void *)answer_l4(l, d);
	bool is_ip6 = d->ip.src.is_ip6;

	if (d->ip.l4_len < sizeof(*icmp) ||
			!cgn_frame_csum_ok(d->ip.l4, d->ip.l4_len, is_ip6 ? d->pseudo : 0) ||
			d->ip.l4[0] != (is_ip6 ? ICMP6_ECHO : RTE_ICMP_TYPE_ECHO_REQUEST) ||
			d->ip.l4[1] != 0) {
		l->stats.ignored++;
		return;
	}
	memcpy(icmp, d->ip.l4, d->ip.l4_len);
	icmp->icmp_type = is_ip6 ? ICMP6_ECHO_REPLY : RTE_ICMP_TYPE_ECHO_REPLY;
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = answer_csum(d, d->ip.proto, icmp, d->ip.l4_len);
	responder_answer(l, d, d->ip.proto, d->ip.l4_len);
	l->stats.echoes++;
}

/* Take a token from the share of a source. An IPv6 host can use any address of its /64, so all of them have
 * one share. */
static bool
take_share(struct cgn_ip_responder *l, const struct dgram *d, enum cgn_side side, uint64_t now_ms)
{
	uint32_t rate = l->conf->nat.icmp_errors_per_s;
	uint32_t share = cgn_shares_rate(rate);
	uint32_t burst = RTE_MAX(SHARE_BURST, share / CGN_TICK_HZ + 1);
	cgn_tick now = (cgn_tick)(now_ms * CGN_TICK_HZ / 1000);
	uint64_t who = d->ip.src.ip4;

	if (d->ip.src.is_ip6)
		memcpy(&who, d->ip.src.ip6.b, sizeof(who));
	return cgn_bucket_take(cgn_shares_of(&l->shares, who << 1 | side, now), share, burst, now);
}

/* Whether a refusal may be sent. Each side has a budget of its own, and each source has a share of it. So a
 * host that sends without end does not take the answers from others. */
static bool
may_refuse(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	enum cgn_side side = (enum cgn_side)l->conf->ports[d->f->port].side;

	if (take_share(l, d, side, now_ms) && cgn_token_bucket_take(&l->errors[side], now_ms))
		return true;
	l->stats.limited++;
	return false;
}

static void
send_unreachable(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	struct rte_icmp_hdr *icmp = (void *)answer_l4(l, d);
	size_t max = d->ip.src.is_ip6 ? QUOTE6_MAX : QUOTE4_MAX;
	size_t quote = d->ip.len < max ? d->ip.len : max;
	uint8_t proto = d->ip.src.is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (!may_refuse(l, d, now_ms))
		return;
	*icmp = (struct rte_icmp_hdr){
		.icmp_type = d->ip.src.is_ip6 ? ICMP6_UNREACHABLE : 3,
		.icmp_code = d->ip.src.is_ip6 ? ICMP6_PORT : 3,
	};
	memcpy(icmp + 1, d->f->l3, quote);
	icmp->icmp_cksum = answer_csum(d, proto, icmp, sizeof(*icmp) + quote);
	responder_answer(l, d, proto, sizeof(*icmp) + quote);
	l->stats.unreachable++;
}

/* @return false: malformed or with a wrong checksum */
static bool
read_udp(const struct dgram *d, struct cgn_ip_responder_udp *u)
{
	const struct rte_udp_hdr *uh = (const void *)d->ip.l4;
	size_t len;

	if (d->ip.l4_len < sizeof(*uh) || uh->src_port == 0)
		return false;
	len = rte_be_to_cpu_16(uh->dgram_len);
	if (len < sizeof(*uh) || len != d->ip.l4_len)
		return false;
	/* Only IPv4 allows UDP without a checksum (RFC 8200 section 8.1). */
	if ((uh->dgram_cksum != 0 || d->ip.src.is_ip6) && !cgn_frame_csum_ok(uh, len, d->pseudo))
		return false;
	*u = (struct cgn_ip_responder_udp){
		.frame = d->f,
		.src = d->ip.src,
		.dst = d->ip.dst,
		.src_port = rte_be_to_cpu_16(uh->src_port),
		.dst_port = rte_be_to_cpu_16(uh->dst_port),
		.data = (const uint8_t *)(uh + 1),
		.len = len - sizeof(*uh),
	};
	return true;
}

static void
take_udp(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	struct cgn_ip_responder_udp u;
	const struct listener *x;

	if (!read_udp(d, &u)) {
		l->stats.ignored++;
		return;
	}
	x = find_listener(l, u.dst_port);
	if (x != NULL && x->fn(x->arg, &u, now_ms))
		l->stats.udp++;
	else
		send_unreachable(l, d, now_ms);
}

/* Take a datagram to all hosts of a link. Only listeners on outside links get it, and nobody answers it. */
static void
take_group(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	struct cgn_ip_responder_udp u;
	const struct listener *x;

	if (l->conf->ports[d->f->port].side == CGN_SIDE_OUTSIDE &&
			cgn_local_addr_is_host(&d->ip.src) &&
			!cgn_local_addr_has(l->conf, &d->ip.src) && read_udp(d, &u)) {
		x = find_listener(l, u.dst_port);
		if (x != NULL && x->refused != NULL && x->fn(x->arg, &u, now_ms)) {
			l->stats.udp++;
			return;
		}
	}
	l->stats.ignored++;
}

/* Tell a listener that a datagram which it has sent was refused. @return false: the message is no such
 * error */
static bool
take_refusal(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	const struct rte_icmp_hdr *icmp = (const void *)d->ip.l4;
	const struct rte_ipv4_hdr *ip = (const void *)(icmp + 1);
	const struct rte_udp_hdr *uh = (const void *)(ip + 1); /* cgnd sends no options */
	struct cgn_ip_responder_refusal r;
	const struct listener *x;

	if (d->ip.src.is_ip6 || d->ip.l4_len < sizeof(*icmp) + sizeof(*ip) + sizeof(*uh) ||
			icmp->icmp_type != 3 ||
			(icmp->icmp_code != ICMP_PROTOCOL && icmp->icmp_code != ICMP_PORT) ||
			ip->version_ihl != 0x45 || ip->next_proto_id != IPPROTO_UDP ||
			ip->src_addr != d->ip.dst.ip4 ||
			!cgn_frame_csum_ok(d->ip.l4, d->ip.l4_len, 0))
		return false;
	r = (struct cgn_ip_responder_refusal){
		.from = d->ip.src.ip4,
		.src = ip->src_addr,
		.dst = ip->dst_addr,
		.src_port = rte_be_to_cpu_16(uh->src_port),
		.dst_port = rte_be_to_cpu_16(uh->dst_port),
	};
	x = find_listener(l, r.src_port);
	if (x == NULL || x->refused == NULL)
		return false;
	x->refused(x->arg, &r, now_ms);
	return true;
}

static void
take_tcp(struct cgn_ip_responder *l, const struct dgram *d, uint64_t now_ms)
{
	const struct rte_tcp_hdr *th = (const void *)d->ip.l4;
	struct rte_tcp_hdr *reset = (void *)answer_l4(l, d);
	size_t head;
	uint32_t len;

	if (d->ip.l4_len < sizeof(*th))
		goto ignore;
	head = (size_t)(th->data_off >> 4) * 4;
	if (head < sizeof(*th) || head > d->ip.l4_len || (th->tcp_flags & RTE_TCP_RST_FLAG) != 0 ||
			!cgn_frame_csum_ok(th, d->ip.l4_len, d->pseudo))
		goto ignore;
	if (!may_refuse(l, d, now_ms))
		return;
	*reset = (struct rte_tcp_hdr){
		.src_port = th->dst_port,
		.dst_port = th->src_port,
		.data_off = 5 << 4,
		.tcp_flags = RTE_TCP_RST_FLAG,
	};
	/* The numbers of a reset to a closed port (RFC 9293 section 3.10.7.1). */
	if ((th->tcp_flags & RTE_TCP_ACK_FLAG) != 0) {
		reset->sent_seq = th->recv_ack;
	} else {
		len = (uint32_t)(d->ip.l4_len - head);
		len += (th->tcp_flags & RTE_TCP_SYN_FLAG) != 0 ? 1 : 0;
		len += (th->tcp_flags & RTE_TCP_FIN_FLAG) != 0 ? 1 : 0;
		reset->recv_ack = rte_cpu_to_be_32(rte_be_to_cpu_32(th->sent_seq) + len);
		reset->tcp_flags |= RTE_TCP_ACK_FLAG;
	}
	reset->cksum = answer_csum(d, IPPROTO_TCP, reset, sizeof(*reset));
	responder_answer(l, d, IPPROTO_TCP, sizeof(*reset));
	l->stats.resets++;
	return;

ignore:
	l->stats.ignored++;
}

void
cgn_ip_responder_input(struct cgn_ip_responder *l, const struct cgn_frame *f, uint64_t now_ms)
{
	struct dgram d;
	bool is_icmp;

	if (f->port >= l->conf->n_ports || !read_dgram(&d, f)) {
		l->stats.ignored++;
		return;
	}
	if (!d.ip.dst.is_ip6 && d.ip.dst.ip4 == CGN_ALL_HOSTS && d.ip.proto == IPPROTO_UDP) {
		take_group(l, &d, now_ms);
		return;
	}
	if (!is_answerable(l, &d)) {
		l->stats.ignored++;
		return;
	}
	is_icmp = d.ip.proto == (d.ip.src.is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (!is_own(l, &d.ip.dst) &&
			!(is_icmp && !d.ip.dst.is_ip6 && l->conf->nat.pool_echo &&
					cgn_local_addr_in_pool(l->conf, d.ip.dst.ip4)))
		l->stats.ignored++;
	else if (is_icmp && !take_refusal(l, &d, now_ms))
		take_echo(l, &d);
	else if (is_icmp)
		return;
	else if (d.ip.proto == IPPROTO_UDP)
		take_udp(l, &d, now_ms);
	else if (d.ip.proto == IPPROTO_TCP)
		take_tcp(l, &d, now_ms);
	else
		l->stats.ignored++;
}

struct cgn_return_addr
cgn_ip_responder_return_addr(const struct cgn_ip_responder_udp *d)
{
	struct cgn_return_addr a = {
		.remote = d->src,
		.local = d->dst,
		.remote_port = d->src_port,
		.local_port = d->dst_port,
		.link = d->frame->port,
		.is_wire = d->frame->is_wire,
		.b4 = d->frame->b4,
	};

	memcpy(a.mac, d->frame->src.addr_bytes, sizeof(a.mac));
	return a;
}

void
cgn_ip_responder_send(struct cgn_ip_responder *l, const struct cgn_return_addr *to,
		const void *data, size_t len)
{
	struct cgn_frame frame = { .port = to->link,
		.ethertype = to->remote.is_ip6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4,
		.is_wire = to->is_wire,
		.b4 = to->b4 };
	const struct dgram d = {
		.f = &frame,
		.ip = { .src = to->remote, .dst = to->local, .proto = IPPROTO_UDP },
	};
	struct rte_udp_hdr *uh = (void *)answer_l4(l, &d);

	/* The longest UDP datagram of IPv4. */
	if (len > 65507)
		return;
	memcpy(frame.src.addr_bytes, to->mac, sizeof(to->mac));
	*uh = (struct rte_udp_hdr){
		.src_port = rte_cpu_to_be_16(to->local_port),
		.dst_port = rte_cpu_to_be_16(to->remote_port),
		.dgram_len = rte_cpu_to_be_16((uint16_t)(len + sizeof(*uh))),
	};
	memcpy(uh + 1, data, len);
	uh->dgram_cksum = answer_csum(&d, IPPROTO_UDP, uh, len + sizeof(*uh));
	responder_answer(l, &d, IPPROTO_UDP, len + sizeof(*uh));
}

void
cgn_ip_responder_multicast(struct cgn_ip_responder *l, uint16_t port, uint16_t src_port,
		uint16_t dst_port, const void *data, size_t len)
{
	static const struct rte_ether_addr all = { { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 } };
	const struct cgn_conf_port *p = &l->conf->ports[port];
	const struct cgn_ip to = { .ip4 = CGN_ALL_HOSTS };
	size_t off = cgn_frame_head(l->out, &all, &l->macs[port], p->vlan, RTE_ETHER_TYPE_IPV4);
	struct cgn_ep4 src = { .port = rte_cpu_to_be_16(src_port) };
	const struct cgn_ep4 dst = { .addr = CGN_ALL_HOSTS, .port = rte_cpu_to_be_16(dst_port) };
	struct cgn_ip local;

	if (!cgn_local_addr_source(p, &to, &local) || CGN_FRAME_UDP4_HEAD + len > p->mtu)
		return;
	src.addr = local.ip4;
	l->ops->send(l->ctx, port, l->out,
			off + cgn_frame_udp4(l->out + off, &src, &dst, 1, data, len));
}

const struct cgn_ip_responder_stats *
cgn_ip_responder_stats(const struct cgn_ip_responder *l)
{
	return &l->stats;
}
