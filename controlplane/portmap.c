/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Connects the leases with the protocols and the relay, and listens on UDP port 5351.
 *
 * App and control know only this module of port mapping.
 */
#include "controlplane/portmap.h"

#include "controlplane/loop/loop.h"
#include "controlplane/natpmp/natpmp.h"
#include "controlplane/pcp/pcp.h"
#include "controlplane/portmap_record.h"
#include "controlplane/relay/relay_nat444.h"
#include "shared/wellknown.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct cgn_portmap {
	struct cgn_portmap_cfg cfg;
	struct cgn_leases *leases;
	struct cgn_natpmp *natpmp;
	struct cgn_pcp *pcp;
	struct cgn_relay_nat444 *relay;  /* NULL: natpmp.role was never relay */
	struct cgn_relay_nat444 *next;   /* between the two steps of a reload; NULL: none */
	struct cgn_record_door *records; /* NULL: leases are not recorded */
	bool is_waiting;                 /* a reload has made it, and leases are not back */
	bool had_upstream;               /* what clients know of comes from a NAT in front */
};

/* Whether requests are answered. If a reload has switched the server off, leases stay until they end. */
static bool
is_serving(const struct cgn_portmap *m)
{
	return !m->is_waiting && m->cfg.conf->natpmp.role != CGN_NATPMP_OFF;
}

/* Whether the relay makes the leases. One that a reload has switched off is kept, for its counters and for what is still
 * under way in it. */
static bool
is_relay(const struct cgn_portmap *m)
{
	return m->relay != NULL && m->cfg.conf->natpmp.role == CGN_NATPMP_RELAY;
}

/* Whether there is another NAT in front. Then the relay announces, and all clients get the same
 * announcement. */
static bool
has_upstream(const struct cgn_portmap *m)
{
	return is_relay(m) && cgn_relay_has_upstream(cgn_portmap_relay(m));
}

/* A client has lost a lease. It is told that its epoch has begun anew. */
static void
portmap_lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct cgn_portmap *m = ctx;

	if (is_relay(m))
		cgn_relay_lost(cgn_portmap_relay(m), now_ms);
	if (!has_upstream(m))
		cgn_natpmp_announce_client(cgn_natpmp_get_announce(m->natpmp), realm, addr, now_ms);
}

static void
portmap_revoked(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	const struct cgn_portmap *m = ctx;

	cgn_pcp_revoked(m->pcp, lease, now_ms);
}

/* A lease has another external endpoint. A client of PCP gets an update of the mapping. */
static bool
portmap_moved(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	const struct cgn_portmap *m = ctx;

	return !has_upstream(m) && cgn_pcp_moved(m->pcp, lease, now_ms);
}

static void
portmap_changed(void *ctx, const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms)
{
	const struct cgn_portmap *m = ctx;
	const struct cgn_ip client = { .ip4 = x->client->addr };
	struct cgn_portmap_record who = { .b4 = NULL };

	if (m->records == NULL)
		return;
	/* Homes behind softwires share their inner addresses, so a peer has none of these. */
	if (x->client->realm == 0)
		who.peer = m->cfg.peer(m->cfg.ctx, &client);
	else
		who.b4 = cgn_portmap_b4(m, x->client->realm);
	cgn_portmap_record_put(m->records, x, &who, event, cause, now_ms);
}

/* NAT-PMP and PCP share the port. Version 0 is NAT-PMP, which does not exist over IPv6. If PCP is off, NAT-PMP refuses all
 * other versions. */
static bool
is_pcp(const struct cgn_portmap *m, bool is_ip6, const uint8_t *data, size_t len)
{
	return (is_ip6 || (len > 0 && data[0] != 0)) && cgn_pcp_is_on(m->pcp);
}

static bool
portmap_take_datagram(void *arg, const struct cgn_ip_responder_udp *d, uint64_t now_ms)
{
	struct cgn_portmap *m = arg;

	if (!is_serving(m))
		return false;
	return is_pcp(m, d->src.is_ip6, d->data, d->len) ? cgn_pcp_input(m->pcp, d, now_ms)
							 : cgn_natpmp_input(m->natpmp, d, now_ms);
}

/* --- life ---------------------------------------------------------------------------------- */

static int
create_leases(struct cgn_portmap *m, uint64_t now_ms)
{
	const struct cgn_leases_cfg cfg = {
		.conf = m->cfg.conf,
		.planes = m->cfg.planes,
		.loop = m->cfg.loop,
		.timers = m->cfg.timers,
		.client = m->cfg.client,
		.lost = portmap_lost,
		.changed = portmap_changed,
		.revoked = portmap_revoked,
		.moved = portmap_moved,
		.ctx = m,
		.seed = m->cfg.seed,
	};

	return cgn_leases_create(&m->leases, &cfg, now_ms);
}

static int
create_relay(struct cgn_portmap *m, const struct cgn_conf *conf, struct cgn_relay_nat444 **out)
{
	const struct cgn_relay_nat444_cfg cfg = {
		.conf = conf,
		.lessor = cgn_leases_lessor(m->leases),
		.leases = m->leases,
		.timers = m->cfg.timers,
		.responder = m->cfg.responder,
		.route = m->cfg.route_out,
		.protected = m->cfg.protected,
		.ctx = m->cfg.ctx,
	};

	return cgn_relay_nat444_create(out, &cfg);
}

static int
serve(struct cgn_portmap *m)
{
	if (m->relay == NULL)
		return cgn_leases_serve(m->leases, NULL, NULL);
	return cgn_leases_serve(m->leases, &cgn_relay_backend, cgn_portmap_relay(m));
}

static int
create_pcp(struct cgn_portmap *m)
{
	const struct cgn_pcp_cfg cfg = {
		.conf = m->cfg.conf,
		.responder = m->cfg.responder,
		.leases = m->leases,
		.timers = m->cfg.timers,
		.protected = m->cfg.protected,
		.ctx = m->cfg.ctx,
		.seed = m->cfg.seed,
	};

	return cgn_pcp_create(&m->pcp, &cfg);
}

static_assert(CGN_PCP_ANNOUNCE_LEN <= CGN_NATPMP_ANNOUNCE_PCP_LEN, "the room that NAT-PMP gives");

static size_t
write_announcement(void *ctx, uint32_t epoch_s, uint8_t *out)
{
	return cgn_pcp_announcement(ctx, epoch_s, out);
}

static int
create_natpmp(struct cgn_portmap *m)
{
	const struct cgn_natpmp_cfg cfg = {
		.conf = m->cfg.conf,
		.planes = m->cfg.planes,
		.timers = m->cfg.timers,
		.client = m->cfg.client,
		.responder = m->cfg.responder,
		.leases = m->leases,
		.route = m->cfg.route,
		.wire = m->cfg.wire,
		.protected = m->cfg.protected,
		.pcp = write_announcement,
		.pcp_ctx = m->pcp,
		.ctx = m->cfg.ctx,
		.seed = m->cfg.seed,
	};

	return cgn_natpmp_create(&m->natpmp, &cfg);
}

int
cgn_portmap_create(struct cgn_portmap **out, const struct cgn_portmap_cfg *cfg, uint64_t now_ms)
{
	struct cgn_portmap *m = calloc(1, sizeof(*m));
	int ret;

	if (m == NULL)
		return -ENOMEM;
	m->cfg = *cfg;
	m->is_waiting = cfg->is_reload;
	/* The relay needs the leases, the lease service needs the relay, and the protocols need the service.
	 * Datagrams are taken last. */
	ret = create_leases(m, now_ms);
	if (ret == 0 && cfg->conf->natpmp.role == CGN_NATPMP_RELAY)
		ret = create_relay(m, cfg->conf, &m->relay);
	if (ret == 0)
		ret = serve(m);
	if (ret == 0)
		ret = create_pcp(m);
	if (ret == 0)
		ret = create_natpmp(m);
	if (ret == 0)
		ret = cgn_ip_responder_listen(
				cfg->responder, CGN_NATPMP_PORT, portmap_take_datagram, m);
	if (ret < 0) {
		cgn_portmap_destroy(m);
		return ret;
	}
	*out = m;
	return 0;
}

void
cgn_portmap_input_protected(struct cgn_portmap *m, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms)
{
	if (!is_serving(m))
		return;
	if (from->local_port == CGN_NATPMP_PORT && is_pcp(m, from->remote.is_ip6, data, len))
		cgn_pcp_input_protected(m->pcp, from, data, len, now_ms);
	else if (from->local_port == CGN_NATPMP_PORT)
		cgn_natpmp_input_protected(m->natpmp, from, data, len, now_ms);
	else if (is_relay(m))
		cgn_relay_nat444_input_protected(m->relay, from, data, len, now_ms);
}

void
cgn_portmap_close(struct cgn_portmap *m)
{
	if (m->relay != NULL)
		cgn_relay_close(cgn_relay_nat444_relay(m->relay));
}

void
cgn_portmap_destroy(struct cgn_portmap *m)
{
	if (m == NULL)
		return;
	cgn_portmap_abandon(m);
	cgn_ip_responder_unlisten(m->cfg.responder, CGN_NATPMP_PORT);
	cgn_leases_stop(m->leases, cgn_loop_now_ms());
	cgn_natpmp_destroy(m->natpmp);
	cgn_pcp_destroy(m->pcp);
	cgn_relay_nat444_destroy(m->relay);
	cgn_leases_destroy(m->leases);
	free(m);
}

uint32_t
cgn_portmap_restore(struct cgn_portmap *m, uint64_t now_ms)
{
	return cgn_leases_restore(m->leases, now_ms);
}

void
cgn_portmap_start(struct cgn_portmap *m, uint64_t now_ms)
{
	m->is_waiting = false;
	m->had_upstream = has_upstream(m);
	cgn_leases_start(m->leases, now_ms);
	if (is_relay(m))
		cgn_relay_start(cgn_portmap_relay(m), now_ms);
	if (m->had_upstream)
		return;
	if (!cgn_leases_are_kept(m->leases))
		cgn_leases_grace(m->leases, now_ms);
	cgn_natpmp_start(m->natpmp, now_ms);
}

/* --- another configuration ----------------------------------------------------------------- */

int
cgn_portmap_prepare(struct cgn_portmap *m, const struct cgn_conf *next)
{
	int ret;

	if (m->relay != NULL || next->natpmp.role != CGN_NATPMP_RELAY)
		return 0;
	ret = create_relay(m, next, &m->next);
	if (ret == 0)
		cgn_relay_pause(cgn_relay_nat444_relay(m->next), cgn_loop_now_ms());
	return ret;
}

void
cgn_portmap_abandon(struct cgn_portmap *m)
{
	cgn_relay_nat444_destroy(m->next);
	m->next = NULL;
}

/* Clients have external endpoints of the NAT in front, or of this one. If it is the other one now, they ask again. */
static void
tell_of_front(struct cgn_portmap *m, uint64_t now_ms)
{
	bool has = has_upstream(m);

	if (!is_serving(m) || m->had_upstream == has)
		return;
	m->had_upstream = has;
	cgn_lessor_renew_epoch(cgn_portmap_lessor(m), now_ms);
	/* The relay announces when it knows the address. */
	if (has)
		cgn_natpmp_announce_cancel(cgn_natpmp_get_announce(m->natpmp));
	else
		cgn_natpmp_tell(m->natpmp, now_ms);
}

/* Let the relay make leases, or the lessor. */
static void
change_backend(struct cgn_portmap *m, bool was_relay, uint64_t now_ms)
{
	if (was_relay)
		cgn_leases_use(m->leases, NULL, NULL);
	else
		cgn_leases_use(m->leases, &cgn_relay_backend, cgn_portmap_relay(m));
	if (was_relay)
		cgn_relay_pause(cgn_portmap_relay(m), now_ms);
}

void
cgn_portmap_set_conf(struct cgn_portmap *m, const struct cgn_conf *conf, uint64_t now_ms)
{
	bool was_relay = is_relay(m), had_upstream = has_upstream(m);

	if (m->next != NULL)
		m->relay = m->next;
	m->next = NULL;
	m->cfg.conf = conf;
	cgn_leases_set_conf(m->leases, conf);
	cgn_natpmp_set_conf(m->natpmp, conf);
	cgn_pcp_set_conf(m->pcp, conf);
	if (is_relay(m) != was_relay)
		change_backend(m, was_relay, now_ms);
	if (m->relay != NULL)
		cgn_relay_nat444_set_conf(m->relay, conf, now_ms);
	tell_of_front(m, now_ms);
	if (has_upstream(m) && !had_upstream && is_serving(m))
		cgn_relay_start(cgn_portmap_relay(m), now_ms);
}

void
cgn_portmap_set_records(struct cgn_portmap *m, struct cgn_record_door *door)
{
	m->records = door;
}

struct cgn_leases *
cgn_portmap_leases(struct cgn_portmap *m)
{
	return m->leases;
}

struct cgn_lessor *
cgn_portmap_lessor(struct cgn_portmap *m)
{
	return cgn_leases_lessor(m->leases);
}

bool
cgn_portmap_store_is_busy(const struct cgn_portmap *m)
{
	return cgn_leases_store_is_busy(m->leases);
}

enum cgn_keeper_state
cgn_portmap_store(const struct cgn_portmap *m)
{
	return cgn_leases_store(m->leases);
}

uint32_t
cgn_portmap_realms(const struct cgn_portmap *m)
{
	return cgn_realms_count(cgn_leases_realms(m->leases));
}

uint32_t
cgn_portmap_realm_of(const struct cgn_portmap *m, const struct cgn_ip6 *home)
{
	return cgn_lease_service_realm(cgn_leases_service(m->leases), home);
}

uint32_t
cgn_portmap_group_of(const struct cgn_portmap *m, uint32_t realm, rte_be32_t addr)
{
	return cgn_lease_service_group(cgn_leases_service(m->leases), addr,
			realm == 0 ? NULL : cgn_portmap_b4(m, realm));
}

const struct cgn_ip6 *
cgn_portmap_b4(const struct cgn_portmap *m, uint32_t realm)
{
	return cgn_realms_b4(cgn_leases_realms(m->leases), realm);
}

const struct cgn_natpmp_announce *
cgn_portmap_announce(const struct cgn_portmap *m)
{
	return cgn_natpmp_get_announce(m->natpmp);
}

const struct cgn_natpmp_server *
cgn_portmap_server(const struct cgn_portmap *m)
{
	return cgn_natpmp_get_server(m->natpmp);
}

const struct cgn_pcp_server *
cgn_portmap_pcp(const struct cgn_portmap *m)
{
	return cgn_pcp_get_server(m->pcp);
}

struct cgn_relay *
cgn_portmap_relay(const struct cgn_portmap *m)
{
	return m->relay == NULL ? NULL : cgn_relay_nat444_relay(m->relay);
}
