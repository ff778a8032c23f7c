/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Lets the modules of the control thread prepare, abandon and commit another configuration, for control.c.
 */
#include "controlplane/control_change.h"

#include "controlplane/control_state.h"

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

/* Make the server if a reload switches it on for the first time. If it has been on before, it is there. */
static int
prepare_portmap(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	struct cgn_control *c = ctx;
	enum cgn_natpmp_role from = c->conf->natpmp.role, to = next->natpmp.role;

	if (from == to || next->softwire.role == CGN_SOFTWIRE_B4)
		return 0;
	/* A relay asks the NAT in front for its leases. A server has none there. Sockets of IPsec are opened at the start. */
	if (from == CGN_NATPMP_RELAY || to == CGN_NATPMP_RELAY ||
			(c->portmap == NULL && cgn_portmap_has_ipsec(next))) {
		cgn_conf_errors_add(errors, 0, 0, "natpmp.role", "another role",
				"it needs a restart to or from relay, and where IPsec protects NAT-PMP");
		return -EPERM;
	}
	return c->portmap == NULL ? c->create_portmap(c, next, &c->next_portmap) : 0;
}

static void
abandon_portmap(void *ctx)
{
	struct cgn_control *c = ctx;

	cgn_portmap_destroy(c->next_portmap);
	c->next_portmap = NULL;
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
	if (c->next_portmap != NULL) {
		c->portmap = c->next_portmap;
		c->next_portmap = NULL;
		c->is_restoring = true;
		cgn_drains_set_lessor(c->drains, cgn_portmap_lessor(c->portmap));
	}
	cgn_control_change_use_doors(c);
	c->conf = conf;
	cgn_ip_responder_set_conf(c->responder, conf);
	cgn_port_watch_set_conf(c->port_watch, conf);
	cgn_alarms_set_conf(c->alarms, conf);
	cgn_drains_set_conf(c->drains, conf, now_ms);
	if (c->portmap != NULL)
		cgn_portmap_set_conf(c->portmap, conf);
	if (c->relay_b4 != NULL)
		cgn_relay_b4_set_conf(c->relay_b4, conf);
}

/* The parts in the order in which they prepare. The links come last, because they ask next hops on the wire. */
void
cgn_control_change_join(struct cgn_control *c)
{
	const struct cgn_change_part parts[] = {
		{ "natpmp.role", c, prepare_portmap, abandon_portmap, NULL },
		{ "export", c, prepare_records, abandon_records, NULL },
		{ "control", c, NULL, NULL, commit_own },
	};

	for (size_t i = 0; i < RTE_DIM(parts); i++)
		(void)cgn_change_join(&c->change, &parts[i]);
	c->links = (struct cgn_links){
		.conf = c->conf, .planes = c->planes, .host = c->host, .resolver = c->resolver
	};
	(void)cgn_links_join(&c->links, &c->change);
}
