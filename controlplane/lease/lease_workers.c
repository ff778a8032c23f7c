/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sends the lessor's commands to the worker that owns a client, and gives the replies back.
 */
#include "controlplane/lease/lease_workers.h"

#include "controlplane/lease/lessor.h"
#include "controlplane/loop/loop.h"
#include "shared/log.h"

#include <errno.h>

#define REPLY_MS 1000 /* workers answer within microseconds; nobody waits for a later answer */

CGN_LOG_TYPE("lease_workers");

/* The worker of a client. @p b4 NULL: the client is native */
static unsigned int
worker_of(const struct cgn_lease_workers *w, rte_be32_t addr, const struct cgn_ip6 *b4)
{
	const struct cgn_planes *planes = w->planes;

	return b4 != NULL ? planes->owner6(planes->ctx, b4) : planes->owner(planes->ctx, addr);
}

static void
workers_replied(void *arg, int ret, const struct cgn_evt *evt)
{
	cgn_lessor_replied(arg, ret, evt == NULL ? NULL : &evt->u.map, cgn_loop_now_ms());
}

static void
release_extra(void *lent)
{
	cgn_lease_extra_release(lent);
}

int
cgn_lease_workers_send(const struct cgn_lease_workers *w, uint16_t op,
		const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms)
{
	/* The worker reads the filters where they are. */
	const struct cgn_dpclient_call wait = {
		.done = workers_replied,
		.arg = call,
		.release = extra == NULL ? NULL : release_extra,
		.lent = extra,
		.timeout_ms = REPLY_MS,
	};
	const struct cgn_ip6 *b4 = cgn_realms_b4(w->realms, map->realm);
	struct cgn_cmd cmd = { .op = op };
	int ret;

	/* Without a B4 the worker would take the command for one about a native client with the same
	 * address. */
	if (map->realm != 0 && b4 == NULL)
		return -ENOENT;
	cmd.u.map = *map;
	if (b4 != NULL)
		cmd.u.map.b4 = *b4;
	if (extra != NULL)
		cmd.u.filters = extra->filters;
	ret = cgn_dpclient_send(w->client, worker_of(w, map->in.addr, b4), &cmd, &wait, now_ms);
	if (ret == 0)
		(void)cgn_lease_extra_hold(extra);
	return ret;
}

void
cgn_lease_workers_refused(const struct cgn_lease_workers *w, const struct cgn_asker *asker,
		enum cgn_refusal why, uint64_t now_ms)
{
	const struct cgn_ip6 *b4 = asker->is_home ? &asker->b4 : NULL;
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };

	cmd.u.refused = (struct cgn_cmd_refused){ .host.is_ip6 = b4 != NULL, .why = why };
	if (b4 != NULL)
		cmd.u.refused.host.ip6 = *b4;
	else
		cmd.u.refused.host.ip4 = asker->addr;
	(void)cgn_dpclient_send(w->client, worker_of(w, asker->addr, b4), &cmd, NULL, now_ms);
}

void
cgn_lease_workers_grace(const struct cgn_lease_workers *w, uint32_t seconds, uint64_t now_ms)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_GRACE };

	cmd.u.map.lifetime_s = seconds;
	for (unsigned int i = 0; i < w->planes->n_workers; i++) {
		if (cgn_dpclient_send(w->client, i, &cmd, NULL, now_ms) < 0)
			CGN_LOG(LEASES_NOT_RESTORED,
					"cannot tell a worker the grace time worker=%u", i);
	}
}
