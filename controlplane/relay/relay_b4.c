/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The relay of a B4. It rewrites the addresses of requests and answers. Then it sends them into the softwire or to
 * the LAN. A PCP proxy gets the requests instead, and asks the AFTR over IPv6.
 */
#include "controlplane/relay/relay_b4.h"

#include "controlplane/link/frame.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/relay/relay_nat444.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>

#include <rte_udp.h>

#define TTL         64
#define CLIENT_PORT CGN_NATPMP_ANNOUNCE_PORT
#define DATA_MAX    1400   /* octets of a datagram that is passed on; RFC 6886 needs 16 */
#define NOTES       1024   /* a power of two */
#define NOTE_MS     128000 /* as long as a client repeats its request (RFC 6886 section 3.1) */

/* Notes which of cgnd's addresses a client has asked. */
struct note {
	rte_be32_t client;
	rte_be32_t gateway;
	uint16_t udp_port;
	uint64_t until_ms;
};

/* What answers the hosts of the home. */
struct front {
	struct cgn_relay *relay;
	struct cgn_relay_proxy *proxy; /* NULL: it passes all requests on */
};

struct cgn_relay_b4 {
	struct cgn_relay_b4_cfg cfg;
	struct front front; /* in use */
	struct front next;  /* between the two steps of a reload; its relay is NULL: none */
	struct note notes
			[NOTES]; /* by hash of the client; a new note replaces the old one in its place */
	struct cgn_relay_b4_stats stats;
};

/* The address of upstream that is used now. */
static const struct cgn_ip *
b4_upstream(const struct cgn_relay_b4 *w)
{
	return &w->cfg.conf->natpmp.upstreams[cgn_relay_upstream_at(
			cgn_relay_get_upstream(w->front.relay))];
}

/* The address of the AFTR in the softwire. A proxy needs it for what it passes on, and for announcements. */
static rte_be32_t
b4_server(const struct cgn_relay_b4 *w)
{
	return w->front.proxy != NULL ? CGN_SOFTWIRE_AFTR_ADDR : b4_upstream(w)->ip4;
}

/* --- gateway addresses --------------------------------------------------------------------- */

static struct note *
note_of(struct cgn_relay_b4 *w, rte_be32_t client, uint16_t udp_port)
{
	uint32_t x = rte_be_to_cpu_32(client) * 31 + udp_port;

	return &w->notes[x * UINT32_C(0x9e3779b1) >> 20 & (NOTES - 1)];
}

/* The address that a client has asked, and expects the answer from. 0: it has not asked here. An
 * announcement needs no request: it comes from the address of cgnd on the client's link. A proxy announces itself. */
static rte_be32_t
b4_gateway_of(struct cgn_relay_b4 *w, rte_be32_t client, uint16_t udp_port, uint64_t now_ms)
{
	const struct note *n = note_of(w, client, udp_port);
	const struct cgn_conf *conf = w->cfg.conf;
	const struct cgn_ip to = { .ip4 = client };
	struct cgn_ip local;

	if (n->client == client && n->udp_port == udp_port && now_ms < n->until_ms)
		return n->gateway;
	if (udp_port != CGN_NATPMP_ANNOUNCE_PORT || w->front.proxy != NULL)
		return 0;
	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == CGN_SIDE_INSIDE &&
				cgn_local_addr_on_link(&conf->ports[i], &to) &&
				cgn_local_addr_source(&conf->ports[i], &to, &local))
			return local.ip4;
	}
	return 0;
}

/* --- from home ----------------------------------------------------------------------------- */

/* Pass a request on. Only its destination changes, because the AFTR must know the client. */
static void
pass_up(struct cgn_relay_b4 *w, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_ep4 src = { .addr = d->src.ip4, .port = rte_cpu_to_be_16(d->src_port) };
	const struct cgn_ep4 dst = { .addr = b4_server(w), .port = RTE_BE16(CGN_NATPMP_PORT) };
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + DATA_MAX];
	struct note *n;

	if (d->len > DATA_MAX) {
		w->stats.ignored++;
		return;
	}
	n = note_of(w, d->src.ip4, d->src_port);
	*n = (struct note){ d->src.ip4, d->dst.ip4, d->src_port, now_ms + NOTE_MS };
	w->stats.up++;
	w->cfg.wire(w->cfg.ctx, out, cgn_frame_udp4(out, &src, &dst, TTL, d->data, d->len));
}

static bool
take_request(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_return_addr from = cgn_ip_responder_return_addr(d);
	struct cgn_relay_b4 *w = arg;
	const struct cgn_conf *conf = w->cfg.conf;

	if (d->src.is_ip6 || !cgn_relay_is_open(w->front.relay))
		return false;
	if (conf->ports[d->frame->port].side != CGN_SIDE_INSIDE ||
			!cgn_local_addr_is_inside(conf, d->dst.ip4))
		w->stats.ignored++;
	else if (w->front.proxy == NULL ||
			!cgn_relay_proxy_input(w->front.proxy, &from, d->data, d->len, now_ms))
		pass_up(w, d, now_ms);
	return true;
}

static void
b4_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	const struct cgn_relay_b4 *w = ctx;

	cgn_ip_responder_send(w->cfg.responder, to, data, len);
}

/* --- from the AFTR ------------------------------------------------------------------------- */

/* The UDP header of a NAT-PMP datagram of the AFTR. NULL: it is something else, or damaged. */
static const struct rte_udp_hdr *
read_datagram(const struct cgn_relay_b4 *w, const struct rte_ipv4_hdr *ip, size_t len)
{
	const struct rte_udp_hdr *udp;
	size_t head, total, udp_len;

	if (len < sizeof(*ip) || ip->version_ihl >> 4 != 4)
		return NULL;
	head = (size_t)(ip->version_ihl & 0xf) * 4;
	total = rte_be_to_cpu_16(ip->total_length);
	if (head < sizeof(*ip) || total > len || total < head + sizeof(*udp) ||
			ip->next_proto_id != IPPROTO_UDP ||
			(ip->fragment_offset & ~RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0 ||
			ip->src_addr != b4_server(w))
		return NULL;
	udp = (const void *)((const uint8_t *)ip + head);
	udp_len = rte_be_to_cpu_16(udp->dgram_len);
	if (udp->src_port != RTE_BE16(CGN_NATPMP_PORT) || udp_len < sizeof(*udp) ||
			udp_len > total - head)
		return NULL;
	if (udp->dgram_cksum != 0 && !cgn_frame_csum_ok(udp, udp_len, rte_ipv4_phdr_cksum(ip, 0)))
		return NULL;
	return udp;
}

/* Give the answer to a passed request to its host. A proxy has an epoch of its own. */
static void
pass_down(struct cgn_relay_b4 *w, const struct cgn_ep4 *src, const struct cgn_ep4 *dst,
		const uint8_t *data, size_t len, uint64_t now_ms)
{
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + DATA_MAX];
	const struct cgn_ip client = { .ip4 = dst->addr };
	struct cgn_pcp_message m;
	struct cgn_pcp_answer a;

	if (len > DATA_MAX) {
		w->stats.ignored++;
		return;
	}
	if (w->front.proxy != NULL && cgn_pcp_codec_parse_answer(&a, data, len) &&
			a.result != CGN_PCP_UNSUPP_VERSION) {
		cgn_pcp_codec_pass_answer(&m, data, len,
				cgn_relay_backend.epoch_s(w->front.relay, 0, 0, now_ms), &client);
		data = m.octets;
	}
	w->stats.down++;
	w->cfg.route(w->cfg.ctx, out, cgn_frame_udp4(out, src, dst, TTL, data, len));
}

bool
cgn_relay_b4_input(struct cgn_relay_b4 *w, const void *packet, size_t len, uint64_t now_ms)
{
	const struct rte_ipv4_hdr *ip = packet;
	const struct rte_udp_hdr *udp = read_datagram(w, ip, len);
	struct cgn_ep4 src = { .port = RTE_BE16(CGN_NATPMP_PORT) }, dst;
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(w->front.relay);
	const uint8_t *data;
	size_t n;

	if (udp == NULL || !cgn_relay_is_open(w->front.relay))
		return false;
	data = (const void *)(udp + 1);
	n = rte_be_to_cpu_16(udp->dgram_len) - sizeof(*udp);
	if (ip->dst_addr == CGN_ALL_HOSTS) {
		cgn_relay_upstream_input(up, data, n, now_ms);
		return true;
	}
	/* The answer is for a host, but it also tells the address and epoch of the AFTR. */
	cgn_relay_upstream_overhear(up, data, n, now_ms);
	dst = (struct cgn_ep4){ .addr = ip->dst_addr, .port = udp->dst_port };
	src.addr = b4_gateway_of(w, ip->dst_addr, rte_be_to_cpu_16(udp->dst_port), now_ms);
	/* A host may have asked the AFTR directly. Then it expects the answer from the AFTR's address, so
	 * nothing is rewritten. */
	if (src.addr == 0)
		return false;
	pass_down(w, &src, &dst, data, n, now_ms);
	return true;
}

/* Whether the AFTR answers a request that cgnd itself has sent. A proxy has sent it from the softwire's address. */
static bool
is_aftrs(const struct cgn_relay_b4 *w, const struct cgn_ip_responder_udp *d)
{
	const struct cgn_ip local = { .is_ip6 = true, .ip6 = w->cfg.conf->softwire.local };

	return cgn_local_addr_same(&d->src, b4_upstream(w)) && d->src_port == CGN_NATPMP_PORT &&
			w->cfg.conf->ports[d->frame->port].side == CGN_SIDE_OUTSIDE &&
			(!d->dst.is_ip6 || cgn_local_addr_same(&d->dst, &local));
}

static bool
take_answer(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	struct cgn_relay_b4 *w = arg;
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(w->front.relay);

	if (!cgn_relay_is_open(w->front.relay))
		return false;
	/* Others outside get no ICMP error, so that nobody there can find out that this port is used. */
	if (!is_aftrs(w, d)) {
		cgn_relay_upstream_forged(up);
		return w->cfg.conf->ports[d->frame->port].side == CGN_SIDE_OUTSIDE;
	}
	cgn_relay_upstream_input(up, d->data, d->len, now_ms);
	return true;
}

/* --- requests of cgnd itself --------------------------------------------------------------- */

static void
b4_send_upstream(void *ctx, const void *data, size_t len)
{
	struct cgn_relay_b4 *w = ctx;
	const struct cgn_ep4 src = { .addr = CGN_SOFTWIRE_B4_ADDR, .port = RTE_BE16(CLIENT_PORT) };
	const struct cgn_ep4 dst = { .addr = b4_server(w), .port = RTE_BE16(CGN_NATPMP_PORT) };
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + DATA_MAX];

	w->cfg.wire(w->cfg.ctx, out, cgn_frame_udp4(out, &src, &dst, TTL, data, len));
}

/* The AFTR takes requests from the address of the softwire alone, whatever the address of the port is. */
static void
b4_send_upstream6(void *ctx, const void *data, size_t len)
{
	const struct cgn_relay_b4 *w = ctx;
	alignas(2) uint8_t out[CGN_FRAME_UDP6_HEAD + CGN_RELAY_WIRE_MAX];

	w->cfg.route_out(w->cfg.ctx, out,
			cgn_frame_udp6(out, &w->cfg.conf->softwire.local, CLIENT_PORT,
					&b4_upstream(w)->ip6, CGN_NATPMP_PORT, data, len));
}

static void
b4_announce(void *ctx, const void *data, size_t len)
{
	const struct cgn_relay_b4 *w = ctx;

	cgn_relay_nat444_announce(w->cfg.responder, w->cfg.conf, data, len);
}

static struct cgn_ip
b4_source(void *ctx)
{
	(void)ctx;
	return (struct cgn_ip){ .ip4 = CGN_SOFTWIRE_B4_ADDR };
}

static struct cgn_ip
b4_source6(void *ctx)
{
	const struct cgn_relay_b4 *w = ctx;

	return (struct cgn_ip){ .is_ip6 = true, .ip6 = w->cfg.conf->softwire.local };
}

static void
b4_updated(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms)
{
	const struct cgn_relay_b4 *w = ctx;

	cgn_relay_proxy_updated(w->front.proxy, x, now_ms);
}

static const struct cgn_relay_ops relay_ops = {
	.send = b4_send_upstream,
	.source = b4_source,
	.announce = b4_announce,
};

static const struct cgn_relay_ops proxy_ops = {
	.send = b4_send_upstream6,
	.source = b4_source6,
	.announce = b4_announce,
	.updated = b4_updated,
};

static void
destroy_front(struct front *front)
{
	cgn_relay_destroy(front->relay);
	cgn_relay_proxy_destroy(front->proxy);
	*front = (struct front){ .relay = NULL };
}

static int
create_front(struct cgn_relay_b4 *w, const struct cgn_conf *conf, struct front *out)
{
	const bool is_proxy = cgn_conf_is_proxy(&conf->natpmp);
	const struct cgn_relay_cfg relay = {
		.conf = conf,
		.is_proxy = is_proxy,
		.timers = w->cfg.timers,
		.random = w->cfg.random,
		.ops = is_proxy ? &proxy_ops : &relay_ops,
		.ctx = w,
	};
	struct cgn_relay_proxy_cfg proxy = { .conf = conf, .send = b4_answer, .ctx = w };
	int ret = cgn_relay_create(&out->relay, &relay);

	proxy.relay = out->relay;
	if (ret == 0 && is_proxy)
		ret = cgn_relay_proxy_create(&out->proxy, &proxy);
	if (ret < 0)
		destroy_front(out);
	return ret;
}

int
cgn_relay_b4_create(struct cgn_relay_b4 **out, const struct cgn_relay_b4_cfg *cfg)
{
	struct cgn_relay_b4 *w = calloc(1, sizeof(*w));
	int ret;

	if (w == NULL)
		return -ENOMEM;
	w->cfg = *cfg;
	ret = create_front(w, cfg->conf, &w->front);
	if (ret == 0)
		ret = cgn_ip_responder_listen(cfg->responder, CGN_NATPMP_PORT, take_request, w);
	if (ret == 0)
		ret = cgn_ip_responder_listen(cfg->responder, CLIENT_PORT, take_answer, w);
	if (ret < 0) {
		cgn_relay_b4_destroy(w);
		return ret;
	}
	*out = w;
	return 0;
}

void
cgn_relay_b4_destroy(struct cgn_relay_b4 *w)
{
	if (w == NULL)
		return;
	cgn_ip_responder_unlisten(w->cfg.responder, CGN_NATPMP_PORT);
	cgn_ip_responder_unlisten(w->cfg.responder, CLIENT_PORT);
	destroy_front(&w->front);
	destroy_front(&w->next);
	free(w);
}

void
cgn_relay_b4_start(struct cgn_relay_b4 *w, uint64_t now_ms)
{
	cgn_relay_start(w->front.relay, now_ms);
}

int
cgn_relay_b4_prepare(struct cgn_relay_b4 *w, const struct cgn_conf *next)
{
	if (next->natpmp.role != CGN_NATPMP_RELAY ||
			cgn_conf_is_proxy(&next->natpmp) == (w->front.proxy != NULL))
		return 0;
	return create_front(w, next, &w->next);
}

void
cgn_relay_b4_abandon(struct cgn_relay_b4 *w)
{
	destroy_front(&w->next);
}

/* The hosts hear from the other front that they must ask again: its epoch begins now. */
static void
replace_front(struct cgn_relay_b4 *w, uint64_t now_ms)
{
	destroy_front(&w->front);
	w->front = w->next;
	w->next = (struct front){ .relay = NULL };
	cgn_relay_lost(w->front.relay, now_ms);
}

void
cgn_relay_b4_set_conf(struct cgn_relay_b4 *w, const struct cgn_conf *conf, uint64_t now_ms)
{
	bool is_on = conf->natpmp.role == CGN_NATPMP_RELAY;
	bool must_start = is_on && (w->next.relay != NULL || !cgn_relay_is_open(w->front.relay));

	if (!is_on && cgn_relay_is_open(w->front.relay))
		cgn_relay_pause(w->front.relay, now_ms);
	w->cfg.conf = conf;
	if (w->next.relay != NULL)
		replace_front(w, now_ms);
	else
		cgn_relay_set_conf(w->front.relay, conf, now_ms);
	if (w->front.proxy != NULL)
		cgn_relay_proxy_set_conf(w->front.proxy, conf);
	if (must_start)
		cgn_relay_start(w->front.relay, now_ms);
}

struct cgn_relay *
cgn_relay_b4_relay(struct cgn_relay_b4 *w)
{
	return w->front.relay;
}

const struct cgn_relay_b4_stats *
cgn_relay_b4_stats(const struct cgn_relay_b4 *w)
{
	return &w->stats;
}

const struct cgn_relay_proxy_stats *
cgn_relay_b4_proxy_stats(const struct cgn_relay_b4 *w)
{
	return w->front.proxy == NULL ? NULL : cgn_relay_proxy_stats(w->front.proxy);
}
