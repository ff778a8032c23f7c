/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The datagrams of a home router's relay. It sends them to the NAT in front and to the LAN, and takes the answers of
 * the NAT in front.
 */
#include "controlplane/relay/relay_nat444.h"

#include "controlplane/lease/leases.h"
#include "controlplane/link/local_addr.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#define TTL         64
#define CLIENT_PORT CGN_NATPMP_ANNOUNCE_PORT

struct cgn_relay_nat444 {
	struct cgn_relay_nat444_cfg cfg;
	struct cgn_relay *relay;
	bool is_listening;
};

static rte_be32_t
wan_address(const struct cgn_conf *conf)
{
	return rte_cpu_to_be_32(cgn_conf_first_pool(conf)->ranges[0].first);
}

static bool
needs_ipsec(const struct cgn_relay_nat444 *k)
{
	return k->cfg.conf->natpmp.upstream_auth == CGN_NATPMP_AUTH_IPSEC;
}

/* The address of the NAT in front that is used now. */
static rte_be32_t
nat444_server(const struct cgn_relay_nat444 *k)
{
	return k->cfg.conf->natpmp
			.upstreams[cgn_relay_upstream_at(cgn_relay_get_upstream(k->relay))]
			.ip4;
}

static void
nat444_send_upstream(void *ctx, const void *data, size_t len)
{
	const struct cgn_relay_nat444 *k = ctx;
	const struct cgn_ep4 src = { .addr = wan_address(k->cfg.conf),
		.port = RTE_BE16(CLIENT_PORT) };
	const struct cgn_ep4 dst = { .addr = nat444_server(k), .port = RTE_BE16(CGN_NATPMP_PORT) };
	const struct cgn_return_addr to = {
		.remote = { .ip4 = dst.addr },
		.local = { .ip4 = src.addr },
		.remote_port = CGN_NATPMP_PORT,
		.local_port = CLIENT_PORT,
		.is_protected = true,
	};
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + CGN_RELAY_WIRE_MAX];

	assert(len <= CGN_RELAY_WIRE_MAX);
	if (needs_ipsec(k)) {
		k->cfg.protected(k->cfg.ctx, &to, data, len);
		return;
	}
	k->cfg.route(k->cfg.ctx, out, cgn_frame_udp4(out, &src, &dst, TTL, data, len));
}

void
cgn_relay_nat444_announce(struct cgn_ip_responder *responder, const struct cgn_conf *conf,
		const void *data, size_t len)
{
	for (uint16_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side != CGN_SIDE_INSIDE)
			continue;
		cgn_ip_responder_multicast(
				responder, i, CGN_NATPMP_PORT, CGN_NATPMP_ANNOUNCE_PORT, data, len);
		if (conf->natpmp.announce_to_5351)
			cgn_ip_responder_multicast(
					responder, i, CGN_NATPMP_PORT, CGN_NATPMP_PORT, data, len);
	}
}

/* Whether some client may believe a plain announcement. */
static bool
has_plain_clients(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_groups; i++) {
		if (!conf->groups[i].is_gone && conf->groups[i].natpmp_auth == CGN_NATPMP_AUTH_NONE)
			return true;
	}
	return conf->n_groups == 0;
}

static void
announce_protected(const struct cgn_relay_nat444 *k, const struct cgn_lessor_client *c,
		uint16_t udp_port, const void *data, size_t len)
{
	const struct cgn_conf_port *port = cgn_local_addr_port_to(k->cfg.conf, c->addr);
	const struct cgn_ip client = { .ip4 = c->addr };
	struct cgn_return_addr to = {
		.remote = client,
		.local = { .ip4 = c->gateway },
		.remote_port = udp_port,
		.local_port = CGN_NATPMP_PORT,
		.is_protected = true,
	};

	/* The client has asked nothing since the start. */
	if (c->gateway == 0 && (port == NULL || !cgn_local_addr_source(port, &client, &to.local)))
		return;
	k->cfg.protected(k->cfg.ctx, &to, data, len);
}

/* A client that asks through an SA believes only what comes through it. So each of these clients gets an announcement of
 * its own. */
static void
announce_to_protected(const struct cgn_relay_nat444 *k, const void *data, size_t len)
{
	const struct cgn_lease_service *service = cgn_leases_service(k->cfg.leases);
	struct cgn_lessor_client rows[64];
	uint32_t cursor = 0, n;

	while ((n = cgn_lessor_read_clients(k->cfg.lessor, &cursor, rows, RTE_DIM(rows))) > 0) {
		for (uint32_t i = 0; i < n; i++) {
			if (!cgn_lease_service_needs_ipsec(service, rows[i].addr))
				continue;
			announce_protected(k, &rows[i], CGN_NATPMP_ANNOUNCE_PORT, data, len);
			if (k->cfg.conf->natpmp.announce_to_5351)
				announce_protected(k, &rows[i], CGN_NATPMP_PORT, data, len);
		}
	}
}

static void
nat444_announce(void *ctx, const void *data, size_t len)
{
	const struct cgn_relay_nat444 *k = ctx;

	if (has_plain_clients(k->cfg.conf))
		cgn_relay_nat444_announce(k->cfg.responder, k->cfg.conf, data, len);
	announce_to_protected(k, data, len);
}

static struct cgn_ip
nat444_source(void *ctx)
{
	const struct cgn_relay_nat444 *k = ctx;

	return (struct cgn_ip){ .ip4 = wan_address(k->cfg.conf) };
}

static const struct cgn_relay_ops relay_ops = {
	.send = nat444_send_upstream,
	.source = nat444_source,
	.announce = nat444_announce,
};

/* Whether a datagram comes from the NAT in front. Others are ignored, because anybody can send one (RFC
 * 6886 section 3.2.1). */
static bool
is_upstreams(const struct cgn_relay_nat444 *k, const struct cgn_ip_responder_udp *d)
{
	return k->cfg.conf->ports[d->frame->port].side == CGN_SIDE_OUTSIDE && !d->src.is_ip6 &&
			d->src.ip4 == nat444_server(k) && d->src_port == CGN_NATPMP_PORT;
}

/* Take an answer or announcement of the NAT in front. Other datagrams from outside get no ICMP error, so
 * that nobody there can find out that this port is used. */
static bool
nat444_take_datagram(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	struct cgn_relay_nat444 *k = arg;
	const struct cgn_conf *conf = k->cfg.conf;
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(k->relay);

	if (!cgn_relay_is_open(k->relay))
		return false;
	if (is_upstreams(k, d) && !needs_ipsec(k))
		cgn_relay_upstream_input(up, d->data, d->len, now_ms);
	else
		cgn_relay_upstream_forged(up);
	return conf->ports[d->frame->port].side == CGN_SIDE_OUTSIDE;
}

void
cgn_relay_nat444_input_protected(struct cgn_relay_nat444 *k, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms)
{
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(k->relay);

	if (!cgn_relay_is_open(k->relay))
		return;
	/* The SA of another peer proves nothing about the NAT in front. */
	if (from->remote.ip4 == nat444_server(k) && from->remote_port == CGN_NATPMP_PORT)
		cgn_relay_upstream_input(up, data, len, now_ms);
	else
		cgn_relay_upstream_forged(up);
}

/* The NAT in front may say that nobody listens for NAT-PMP. Only its own ICMP error is believed. */
static void
nat444_refused(void *arg, const struct cgn_ip_responder_refusal *r, uint64_t now_ms)
{
	struct cgn_relay_nat444 *k = arg;
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(k->relay);

	if (!needs_ipsec(k) && r->from == nat444_server(k) && r->dst == r->from &&
			r->dst_port == CGN_NATPMP_PORT && r->src == wan_address(k->cfg.conf))
		cgn_relay_upstream_refused(up, now_ms);
	else
		cgn_relay_upstream_forged(up);
}

int
cgn_relay_nat444_create(struct cgn_relay_nat444 **out, const struct cgn_relay_nat444_cfg *cfg)
{
	struct cgn_relay_nat444 *k = calloc(1, sizeof(*k));
	const struct cgn_relay_cfg relay = {
		.conf = cfg->conf,
		.lessor = cfg->lessor,
		.timers = cfg->timers,
		.ops = &relay_ops,
		.ctx = k,
	};
	int ret;

	if (k == NULL)
		return -ENOMEM;
	k->cfg = *cfg;
	ret = cgn_relay_create(&k->relay, &relay);
	if (ret == 0)
		ret = cgn_ip_responder_listen(cfg->responder, CLIENT_PORT, nat444_take_datagram, k);
	if (ret < 0) {
		cgn_relay_nat444_destroy(k);
		return ret;
	}
	k->is_listening = true;
	cgn_ip_responder_listen_more(cfg->responder, CLIENT_PORT, nat444_refused);
	*out = k;
	return 0;
}

void
cgn_relay_nat444_destroy(struct cgn_relay_nat444 *k)
{
	if (k == NULL)
		return;
	if (k->is_listening)
		cgn_ip_responder_unlisten(k->cfg.responder, CLIENT_PORT);
	cgn_relay_destroy(k->relay);
	free(k);
}

void
cgn_relay_nat444_set_conf(struct cgn_relay_nat444 *k, const struct cgn_conf *conf, uint64_t now_ms)
{
	k->cfg.conf = conf;
	cgn_relay_set_conf(k->relay, conf, now_ms);
}

struct cgn_relay *
cgn_relay_nat444_relay(struct cgn_relay_nat444 *k)
{
	return k->relay;
}
