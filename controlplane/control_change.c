/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lets the modules of the control thread prepare, abandon and commit another configuration, for control.c.
 */
#include "controlplane/control_change.h"

#include "controlplane/control_state.h"
#include "controlplane/lease/lease_service.h"
#include "controlplane/lease/leases.h"

#include <errno.h>

void
cgn_control_change_use_doors(struct cgn_control *c)
{
	struct cgn_export *export = cgn_records_export(c->records);

	cgn_alarms_set_records(c->alarms, cgn_export_door(export, CGN_RECORD_KIND_THRESHOLDS));
	if (c->portmap != NULL)
		cgn_portmap_set_records(
				c->portmap, cgn_export_door(export, CGN_RECORD_KIND_LEASES));
}

/* A B4 has no leases, and its relay no server beside it. */
static int
prepare_relay_b4(struct cgn_control *c, const struct cgn_conf *next)
{
	int ret;

	if (c->relay_b4 != NULL)
		return cgn_relay_b4_prepare(c->relay_b4, next);
	if (next->natpmp.role != CGN_NATPMP_RELAY)
		return 0;
	ret = c->create_relay_b4(c, next, &c->next_relay_b4);
	if (ret == 0)
		cgn_relay_pause(cgn_relay_b4_relay(c->next_relay_b4), cgn_loop_now_ms());
	return ret;
}

/* Make the server or the relay if a reload switches it on for the first time. If it has been on before, it is there. */
static int
prepare_portmap(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	struct cgn_control *c = ctx;

	(void)errors;
	if (next->softwire.role == CGN_SOFTWIRE_B4)
		return prepare_relay_b4(c, next);
	if (c->portmap != NULL)
		return cgn_portmap_prepare(c->portmap, next);
	if (next->natpmp.role == CGN_NATPMP_OFF)
		return 0;
	return c->create_portmap(c, next, &c->next_portmap);
}

static void
abandon_portmap(void *ctx)
{
	struct cgn_control *c = ctx;

	cgn_portmap_destroy(c->next_portmap);
	c->next_portmap = NULL;
	cgn_relay_b4_destroy(c->next_relay_b4);
	c->next_relay_b4 = NULL;
	if (c->portmap != NULL)
		cgn_portmap_abandon(c->portmap);
	if (c->relay_b4 != NULL)
		cgn_relay_b4_abandon(c->relay_b4);
}

/* What was made for the new configuration takes its place. */
static void
use_next(struct cgn_control *c)
{
	if (c->next_portmap != NULL) {
		c->portmap = c->next_portmap;
		c->next_portmap = NULL;
		c->is_restoring = true;
		cgn_drains_set_lessor(c->drains, cgn_portmap_lessor(c->portmap));
	}
	if (c->next_relay_b4 != NULL) {
		c->relay_b4 = c->next_relay_b4;
		c->next_relay_b4 = NULL;
	}
}

static bool
must_records_wait(void *ctx, const struct cgn_conf *next)
{
	const struct cgn_control *c = ctx;

	return c->records != NULL && cgn_records_must_wait(c->records, c->conf, next);
}

static int
prepare_askers(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	struct cgn_control *c = ctx;

	(void)errors;
	return c->portmap == NULL
			? 0
			: cgn_lease_service_prepare(
					  cgn_leases_service(cgn_portmap_leases(c->portmap)), next);
}

static void
abandon_askers(void *ctx)
{
	struct cgn_control *c = ctx;

	if (c->portmap != NULL)
		cgn_lease_service_abandon(cgn_leases_service(cgn_portmap_leases(c->portmap)));
}

static int
prepare_records(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	struct cgn_control *c = ctx;

	(void)errors;
	return c->records == NULL ? 0 : cgn_records_prepare(c->records, c->conf, next);
}

static void
abandon_records(void *ctx)
{
	struct cgn_control *c = ctx;

	if (c->records != NULL)
		cgn_records_abort(c->records);
}

static void
commit_own(void *ctx, const struct cgn_conf *conf, uint64_t now_ms)
{
	struct cgn_control *c = ctx;

	if (c->records != NULL)
		cgn_records_commit(c->records, c->conf, conf, now_ms);
	use_next(c);
	cgn_control_change_use_doors(c);
	c->conf = conf;
	cgn_ip_responder_set_conf(c->responder, conf);
	cgn_port_watch_set_conf(c->port_watch, conf);
	cgn_alarms_set_conf(c->alarms, conf);
	cgn_drains_set_conf(c->drains, conf, now_ms);
	if (c->portmap != NULL)
		cgn_portmap_set_conf(c->portmap, conf, now_ms);
	if (c->relay_b4 != NULL)
		cgn_relay_b4_set_conf(c->relay_b4, conf, now_ms);
}

/* The parts in the order in which they prepare. The links come last, because they ask next hops on the wire. */
void
cgn_control_change_join(struct cgn_control *c)
{
	const struct cgn_change_part parts[] = {
		{ "natpmp.role", c, prepare_portmap, abandon_portmap, NULL, NULL },
		{ "groups", c, prepare_askers, abandon_askers, NULL, NULL },
		{ "export", c, prepare_records, abandon_records, NULL, must_records_wait },
		{ "control", c, NULL, NULL, commit_own, NULL },
	};

	for (size_t i = 0; i < RTE_DIM(parts); i++)
		(void)cgn_change_join(&c->change, &parts[i]);
	c->links = (struct cgn_links){
		.conf = c->conf, .planes = c->planes, .host = c->host, .resolver = c->resolver
	};
	(void)cgn_links_join(&c->links, &c->change);
}
