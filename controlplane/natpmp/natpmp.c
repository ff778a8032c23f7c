/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the NAT-PMP server and its announcements, and connects them with the links.
 */
#include "controlplane/natpmp/natpmp.h"

#include "controlplane/lease/lessor.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/workers/subscriber_scan.h"
#include "shared/log.h"
#include "shared/wellknown.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#define TTL     64
#define SCAN_MS 120000 /* after a start without leases; shorter than a series of announcements */

CGN_LOG_TYPE("natpmp");

struct cgn_natpmp {
	struct cgn_natpmp_cfg cfg;
	struct cgn_natpmp_server *server;
	struct cgn_natpmp_announce *announce;
	struct cgn_subscriber_scan *scan; /* NULL: the epoch goes on */
};

/* --- requests ------------------------------------------------------------------------------ */

static void
send_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_natpmp *n = ctx;

	if (to->is_protected)
		n->cfg.protected(n->cfg.ctx, to, data, len);
	else
		cgn_ip_responder_send(n->cfg.responder, to, data, len);
}

static const struct cgn_natpmp_server_ops server_ops = { .send = send_answer };

bool
cgn_natpmp_input(struct cgn_natpmp *n, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	const struct cgn_return_addr from = cgn_ip_responder_return_addr(d);

	if (d->src.is_ip6)
		return false;
	return cgn_natpmp_server_input(n->server, &from, d->data, d->len, now_ms);
}

void
cgn_natpmp_input_protected(struct cgn_natpmp *n, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms)
{
	(void)cgn_natpmp_server_input(n->server, from, data, len, now_ms);
}

/* --- announcements ------------------------------------------------------------------------- */

static rte_be32_t
natpmp_gateway_of(void *ctx, uint32_t realm, rte_be32_t addr)
{
	const struct cgn_natpmp *n = ctx;
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *port = cgn_local_addr_port_to(n->cfg.conf, addr);
	struct cgn_ip local;

	if (realm != 0)
		return CGN_SOFTWIRE_AFTR_ADDR;
	return port != NULL && cgn_local_addr_source(port, &to, &local) ? local.ip4 : 0;
}

/* On a link of cgnd a TTL of 1 is enough. A client behind a router needs more. */
static uint8_t
ttl_to(const struct cgn_conf *conf, rte_be32_t addr)
{
	const struct cgn_ip to = { .ip4 = addr };
	const struct cgn_conf_port *port = cgn_local_addr_port_to(conf, addr);

	return port != NULL && cgn_local_addr_on_link(port, &to) ? 1 : TTL;
}

/* A client that asks through an SA believes only what comes through it. */
static void
announce_protected(struct cgn_natpmp *n, rte_be32_t gateway, rte_be32_t to, uint16_t udp_port,
		const void *data, size_t len)
{
	const struct cgn_return_addr a = {
		.remote = { .ip4 = to },
		.local = { .ip4 = gateway },
		.remote_port = udp_port,
		.local_port = CGN_NATPMP_PORT,
		.is_protected = true,
	};

	n->cfg.protected(n->cfg.ctx, &a, data, len);
}

static void
send_announcement(void *ctx, uint32_t realm, rte_be32_t gateway, rte_be32_t to, uint16_t udp_port,
		const void *data, size_t len)
{
	struct cgn_natpmp *n = ctx;
	const struct cgn_ip6 *b4 = cgn_realms_b4(cgn_leases_realms(n->cfg.leases), realm);
	const struct cgn_ep4 src = { .addr = gateway, .port = RTE_BE16(CGN_NATPMP_PORT) };
	const struct cgn_ep4 dst = { .addr = to, .port = rte_cpu_to_be_16(udp_port) };
	uint8_t ttl = realm != 0 ? TTL : ttl_to(n->cfg.conf, to);
	alignas(2) uint8_t out[CGN_FRAME_UDP4_HEAD + CGN_NATPMP_ANNOUNCE_PCP_LEN];

	assert(len <= CGN_NATPMP_ANNOUNCE_PCP_LEN);
	if (realm == 0 && cgn_lease_service_needs_ipsec(cgn_leases_service(n->cfg.leases), to)) {
		announce_protected(n, gateway, to, udp_port, data, len);
		return;
	}
	/* The home was forgotten in the meantime. */
	if (realm != 0 && b4 == NULL)
		return;
	(void)cgn_frame_udp4(out, &src, &dst, ttl, data, len);
	if (b4 != NULL)
		n->cfg.wire(n->cfg.ctx, b4, out, CGN_FRAME_UDP4_HEAD + len);
	else
		n->cfg.route(n->cfg.ctx, out, CGN_FRAME_UDP4_HEAD + len);
}

static size_t
write_pcp(void *ctx, uint32_t epoch_s, uint8_t *out)
{
	const struct cgn_natpmp *n = ctx;

	return n->cfg.pcp == NULL ? 0 : n->cfg.pcp(n->cfg.pcp_ctx, epoch_s, out);
}

static const struct cgn_natpmp_announce_ops announce_ops = { .send = send_announcement,
	.pcp = write_pcp,
	.gateway = natpmp_gateway_of };

/* Announce to a client that has traffic. It may have had leases before the start, but nobody knows. */
static void
seen(void *ctx, const struct cgn_subscriber_info *s, uint64_t now_ms)
{
	struct cgn_natpmp *n = ctx;
	struct cgn_realms *realms = cgn_leases_realms(n->cfg.leases);
	uint32_t realm;

	if (!s->addr.is_ip6) {
		cgn_natpmp_announce_stranger(n->announce, 0, s->addr.ip4, now_ms);
	} else if (!cgn_ip6_is_zero(&s->b4)) {
		realm = cgn_realms_get(realms, &s->b4, s->prefix_len);
		if (realm != 0)
			cgn_natpmp_announce_stranger(n->announce, realm, CGN_LESSOR_ALL, now_ms);
		cgn_realms_release(realms, realm); /* the series of announcements holds it now */
	}
}

/* Announce to a client. All hosts of a home have one epoch, so a home is told once. */
static void
announce_row(struct cgn_natpmp *n, const struct cgn_lessor_client *c, uint64_t now_ms)
{
	rte_be32_t addr = c->realm == 0 ? c->addr : CGN_LESSOR_ALL;

	if (c->realm == 0 || !cgn_natpmp_announce_has(n->announce, c->realm, addr))
		cgn_natpmp_announce_client(n->announce, c->realm, addr, now_ms);
}

void
cgn_natpmp_tell(struct cgn_natpmp *n, uint64_t now_ms)
{
	const struct cgn_lessor *lessor = cgn_leases_lessor(n->cfg.leases);
	struct cgn_lessor_client rows[64];
	uint32_t cursor = 0, n_rows;

	while ((n_rows = cgn_lessor_read_clients(lessor, &cursor, rows, RTE_DIM(rows))) > 0) {
		for (uint32_t i = 0; i < n_rows; i++)
			announce_row(n, &rows[i], now_ms);
	}
}

void
cgn_natpmp_start(struct cgn_natpmp *n, uint64_t now_ms)
{
	const struct cgn_subscriber_scan_cfg cfg = {
		.client = n->cfg.client,
		.planes = n->cfg.planes,
		.timers = n->cfg.timers,
		.seen = seen,
		.ctx = n,
		.until_ms = now_ms + SCAN_MS,
	};

	if (cgn_leases_are_undisturbed(n->cfg.leases))
		return;
	cgn_natpmp_tell(n, now_ms);
	if (!cgn_leases_are_kept(n->cfg.leases) &&
			cgn_subscriber_scan_create(&n->scan, &cfg, now_ms) < 0)
		CGN_LOG(NO_MEMORY, "no memory to announce the start");
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_natpmp_create(struct cgn_natpmp **out, const struct cgn_natpmp_cfg *cfg)
{
	struct cgn_natpmp *n = calloc(1, sizeof(*n));
	const struct cgn_natpmp_server_cfg server = {
		.conf = cfg->conf,
		.leases = cgn_leases_service(cfg->leases),
		.ops = &server_ops,
		.ctx = n,
	};
	const struct cgn_natpmp_announce_cfg announce = {
		.conf = cfg->conf,
		.lessor = cgn_leases_lessor(cfg->leases),
		.realms = cgn_leases_realms(cfg->leases),
		.timers = cfg->timers,
		.ops = &announce_ops,
		.ctx = n,
		.seed = cfg->seed,
	};
	int ret;

	if (n == NULL)
		return -ENOMEM;
	n->cfg = *cfg;
	ret = cgn_natpmp_server_create(&n->server, &server);
	if (ret == 0)
		ret = cgn_natpmp_announce_create(&n->announce, &announce);
	if (ret < 0) {
		cgn_natpmp_destroy(n);
		return ret;
	}
	*out = n;
	return 0;
}

void
cgn_natpmp_destroy(struct cgn_natpmp *n)
{
	if (n == NULL)
		return;
	cgn_subscriber_scan_destroy(n->scan);
	cgn_natpmp_announce_destroy(n->announce);
	cgn_natpmp_server_destroy(n->server);
	free(n);
}

void
cgn_natpmp_set_conf(struct cgn_natpmp *n, const struct cgn_conf *conf)
{
	n->cfg.conf = conf;
	cgn_natpmp_server_set_conf(n->server, conf);
	cgn_natpmp_announce_set_conf(n->announce, conf);
}

struct cgn_natpmp_announce *
cgn_natpmp_get_announce(const struct cgn_natpmp *n)
{
	return n->announce;
}

const struct cgn_natpmp_server *
cgn_natpmp_get_server(const struct cgn_natpmp *n)
{
	return n->server;
}
