/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Creates the parts of the host plane, and passes calls to them.
 */
#include "controlplane/host/host.h"

#include "controlplane/host/host_pools.h"
#include "controlplane/host/host_tun.h"
#include "shared/log.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CGN_LOG_TYPE("host");

struct cgn_host {
	struct cgn_host_cfg cfg;
	struct cgn_host_plane *ports;    /* NULL: no host plane */
	struct cgn_host_pools *pools;    /* NULL: no interface of the pools */
	struct cgn_host_ipsec *server;   /* NULL: no group has ever required IPsec */
	struct cgn_host_ipsec *upstream; /* NULL: no relay whose upstream has ever required IPsec */
	/* Between the two steps of a reload. NULL: none */
	struct cgn_host_ipsec *next_server, *next_upstream;
	struct cgn_host_peers *peers;
};

static int
create_ports(struct cgn_host *h)
{
	const struct cgn_host_plane_cfg cfg = {
		.conf = h->cfg.conf,
		.loop = h->cfg.loop,
		.open = cgn_host_tun_open,
		.listens = h->cfg.listens,
		.route = h->cfg.route,
		.ctx = h->cfg.ctx,
	};

	return cgn_host_plane_create(&h->ports, &cfg);
}

/* What the configuration asks for is allowed, but nobody can be authorized. */
static void
warn_of_ipsec(const struct cgn_conf *conf, enum cgn_side side, const char *key)
{
	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == side &&
				cgn_conf_port_has_host(&conf->ports[i], CGN_HOST_IKE))
			return;
	}
	CGN_LOG(IPSEC_NO_EFFECT,
			"%s: ipsec, but no port of the side lists ike in ports[].host, so IKE reaches no daemon side=%s",
			key, side == CGN_SIDE_INSIDE ? "inside" : "outside");
}

static void
warn_of_softwires(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_groups; i++) {
		const struct cgn_conf_group *g = &conf->groups[i];
		bool has_native = false;

		for (size_t k = 0; k < g->n_prefixes; k++)
			has_native |= !g->prefixes[k].is_ip6;
		if (!g->is_gone && g->natpmp_auth == CGN_NATPMP_AUTH_IPSEC && !has_native)
			CGN_LOG(IPSEC_NO_EFFECT,
					"natpmp_auth: ipsec, but the group has only softwires, which cannot use IPsec: all requests are refused group=%s",
					g->name);
	}
}

/* Open the sockets that a configuration needs and that are not there. */
static int
open_ipsec(struct cgn_host *h, const struct cgn_conf *conf, const char **key)
{
	struct cgn_host_ipsec_cfg cfg = {
		.conf = conf,
		.loop = h->cfg.loop,
		.udp_port = CGN_NATPMP_PORT,
		.side = CGN_SIDE_INSIDE,
		.input = h->cfg.protected_input,
		.ctx = h->cfg.ctx,
	};
	int ret = 0;

	*key = "groups[].natpmp_auth";
	if (h->server == NULL && cgn_host_ipsec_is_needed(conf)) {
		warn_of_ipsec(conf, CGN_SIDE_INSIDE, *key);
		warn_of_softwires(conf);
		ret = cgn_host_ipsec_create(&h->next_server, &cfg);
	}
	if (ret < 0 || h->upstream != NULL || conf->natpmp.upstream_auth == CGN_NATPMP_AUTH_NONE)
		return ret;
	*key = "natpmp.upstream_auth";
	warn_of_ipsec(conf, CGN_SIDE_OUTSIDE, *key);
	cfg.udp_port = CGN_NATPMP_ANNOUNCE_PORT;
	cfg.side = CGN_SIDE_OUTSIDE;
	return cgn_host_ipsec_create(&h->next_upstream, &cfg);
}

int
cgn_host_open(struct cgn_host *h, const struct cgn_conf *conf, const char **key)
{
	int ret = h->ports == NULL ? 0 : open_ipsec(h, conf, key);

	if (ret < 0)
		cgn_host_close(h);
	return ret;
}

void
cgn_host_close(struct cgn_host *h)
{
	cgn_host_ipsec_destroy(h->next_server);
	cgn_host_ipsec_destroy(h->next_upstream);
	h->next_server = h->next_upstream = NULL;
}

/* The sockets that were opened are used from now on. */
static void
use_opened(struct cgn_host *h)
{
	if (h->next_server != NULL)
		h->server = h->next_server;
	if (h->next_upstream != NULL)
		h->upstream = h->next_upstream;
	h->next_server = h->next_upstream = NULL;
}

static uint64_t
turns_of(void *ctx, unsigned int worker)
{
	const struct cgn_host *h = ctx;

	return cgn_counter_get(&h->cfg.planes->workers[worker].stats->turns);
}

static bool
is_port_up(void *ctx, uint16_t port)
{
	const struct cgn_host *h = ctx;

	return h->cfg.is_up(h->cfg.ctx, port);
}

static int
create_pools(struct cgn_host *h)
{
	const struct cgn_host_pools_cfg cfg = {
		.conf = h->cfg.conf,
		.loop = h->cfg.loop,
		.n_workers = h->cfg.planes->n_workers,
		.open = cgn_host_tun_open_pools,
		.set_carrier = cgn_host_tun_set_carrier,
		.turns = turns_of,
		.is_up = is_port_up,
		.ctx = h,
	};

	return h->cfg.conf->host.pools_interface[0] == '\0'
			? 0
			: cgn_host_pools_create(&h->pools, &cfg);
}

int
cgn_host_create(struct cgn_host **out, const struct cgn_host_cfg *cfg)
{
	struct cgn_host *h = calloc(1, sizeof(*h));
	const char *key;
	int ret;

	if (h == NULL)
		return -ENOMEM;
	h->cfg = *cfg;
	ret = cgn_host_peers_create(&h->peers, CGN_HOST_PEERS_MAX, cfg->seed);
	if (ret == 0 && cfg->conf->host.is_on) {
		ret = create_ports(h);
		if (ret == 0)
			ret = cgn_host_open(h, cfg->conf, &key);
		use_opened(h);
		if (ret == 0)
			ret = create_pools(h);
	}
	if (ret < 0) {
		cgn_host_destroy(h);
		return ret;
	}
	*out = h;
	return 0;
}

void
cgn_host_destroy(struct cgn_host *h)
{
	if (h == NULL)
		return;
	cgn_host_pools_destroy(h->pools);
	cgn_host_close(h);
	cgn_host_ipsec_destroy(h->upstream);
	cgn_host_ipsec_destroy(h->server);
	cgn_host_plane_destroy(h->ports);
	cgn_host_peers_destroy(h->peers);
	free(h);
}

void
cgn_host_start(struct cgn_host *h, uint64_t now_ms)
{
	cgn_host_pools_start(h->pools, now_ms);
}

void
cgn_host_stop(struct cgn_host *h)
{
	cgn_host_pools_stop(h->pools);
}

static bool
has_same_addresses(const struct cgn_conf_port *a, const struct cgn_conf_port *b)
{
	return a->n_addresses == b->n_addresses &&
			memcmp(a->addresses, b->addresses,
					a->n_addresses * sizeof(a->addresses[0])) == 0;
}

/* The interface of a port has the smallest MTU of its side, so each of them may change with any port. */
static bool
differs(const struct cgn_conf *a, const struct cgn_conf *b, size_t port)
{
	bool same = has_same_addresses(&a->ports[port], &b->ports[port]);

	for (size_t i = 0; i < a->n_ports; i++)
		same &= a->ports[i].side != a->ports[port].side ||
				a->ports[i].mtu == b->ports[i].mtu;
	return !same;
}

/* The policies of the kernel were made for the addresses of the start. */
static bool
is_protected(const struct cgn_host *h, enum cgn_side side)
{
	return side == CGN_SIDE_INSIDE ? h->server != NULL : h->upstream != NULL;
}

/* The interfaces of the first ports go back to what is in use. */
static void
host_abandon_first(struct cgn_host *h, const struct cgn_conf *conf, uint16_t n)
{
	while (n-- > 0) {
		if (differs(h->cfg.conf, conf, n))
			(void)cgn_host_tun_change(h->cfg.conf, n);
	}
}

int
cgn_host_prepare(struct cgn_host *h, const struct cgn_conf *conf)
{
	const struct cgn_conf *old = h->cfg.conf;
	uint16_t i;
	int ret = 0;

	for (i = 0; h->ports != NULL && i < conf->n_ports; i++) {
		if (!has_same_addresses(&old->ports[i], &conf->ports[i]) &&
				is_protected(h, conf->ports[i].side)) {
			CGN_LOG(RELOAD_REFUSED,
					"other addresses of a port need a restart where IPsec protects NAT-PMP port=%s",
					conf->ports[i].name);
			return -EPERM;
		}
	}
	for (i = 0; h->ports != NULL && ret == 0 && i < conf->n_ports; i++) {
		if (differs(old, conf, i))
			ret = cgn_host_tun_change(conf, i);
	}
	/* What fails here has not been changed either. */
	if (ret < 0)
		host_abandon_first(h, conf, i);
	return ret;
}

void
cgn_host_abandon(struct cgn_host *h, const struct cgn_conf *conf)
{
	if (h->ports != NULL)
		host_abandon_first(h, conf, (uint16_t)conf->n_ports);
}

void
cgn_host_set_conf(struct cgn_host *h, const struct cgn_conf *conf)
{
	h->cfg.conf = conf;
	use_opened(h);
	if (h->ports != NULL)
		cgn_host_plane_set_conf(h->ports, conf);
	if (h->server != NULL)
		cgn_host_ipsec_set_conf(h->server, conf);
	if (h->upstream != NULL)
		cgn_host_ipsec_set_conf(h->upstream, conf);
}

bool
cgn_host_input(struct cgn_host *h, const struct cgn_frame *f)
{
	return h->ports != NULL && cgn_host_plane_input(h->ports, f);
}

void
cgn_host_send_protected(
		struct cgn_host *h, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_host_ipsec *s = to->local_port == CGN_NATPMP_PORT ? h->server : h->upstream;

	if (s != NULL)
		cgn_host_ipsec_send(s, to, data, len);
}

const struct cgn_host_plane *
cgn_host_ports(const struct cgn_host *h)
{
	return h->ports;
}

static void
add_ipsec(struct cgn_host_ipsec_stats *sum, const struct cgn_host_ipsec *socket)
{
	const struct cgn_host_ipsec_stats *s;

	if (socket == NULL)
		return;
	s = cgn_host_ipsec_stats(socket);
#define ADD_FIELD(field, name, help) sum->field += s->field;
	CGN_HOST_IPSEC_COUNTERS(ADD_FIELD)
#undef ADD_FIELD
}

struct cgn_host_ipsec_stats
cgn_host_protected_stats(const struct cgn_host *h)
{
	struct cgn_host_ipsec_stats sum = { 0 };

	add_ipsec(&sum, h->server);
	add_ipsec(&sum, h->upstream);
	return sum;
}

struct cgn_host_peers *
cgn_host_peers(const struct cgn_host *h)
{
	return h->peers;
}
