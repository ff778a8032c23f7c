/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/fixture_reload.h"

#include "dataplane/engine/snapshot.h"
#include "tests/support/cu.h"
#include "tests/support/fixture_priv.h"

#include <string.h>
#include <sys/mman.h>

/* A configuration that points to nothing but itself. */
struct fx_copy {
	struct cgn_conf conf;
	struct cgn_conf_port ports[3];
	struct cgn_conf_route routes[4];
	struct cgn_conf_pool pools[2];
	struct cgn_range4 ranges[2][FX_RANGES];
	struct cgn_conf_group groups[2];
	struct cgn_prefix prefixes[2][FX_PREFIXES];
	struct cgn_conf_static statics[FX_STATICS];
	struct cgn_prefix pass[FX_PREFIXES];
};

static struct fx_copy *
copy_of(const struct fx *fx)
{
	struct fx_copy *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CU_ASSERT_NOT_EQUAL_FATAL(c, MAP_FAILED);
	c->conf = fx->conf;
	memcpy(c->ports, fx->ports, sizeof(c->ports));
	memcpy(c->routes, fx->routes, sizeof(c->routes));
	memcpy(c->pools, fx->pools, sizeof(c->pools));
	memcpy(c->ranges, fx->ranges, sizeof(c->ranges));
	memcpy(c->groups, fx->groups, sizeof(c->groups));
	memcpy(c->prefixes, fx->prefixes, sizeof(c->prefixes));
	memcpy(c->statics, fx->statics, sizeof(c->statics));
	memcpy(c->pass, fx->pass, sizeof(c->pass));
	for (unsigned int i = 0; i < 2; i++) {
		c->pools[i].ranges = c->ranges[i];
		c->groups[i].prefixes = c->prefixes[i];
	}
	c->conf.ports = c->ports;
	c->conf.routes = c->routes;
	c->conf.pools = c->pools;
	c->conf.groups = c->groups;
	c->conf.nat.statics = c->statics;
	c->conf.nat.pass_through = c->pass;
	return c;
}

/* @param settles  each worker does what is due before the next one takes the configuration */
static void
swap_snapshot(struct fx *fx, struct cgn_snapshot *s, bool settles)
{
	fx_begin(fx);
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_CONF_SWAP, .u.snapshot = s };
		struct cgn_evt reply;

		books_forget(&fx->forgotten[w], fx->engines[w], s);
		fx_cmd_only(fx, w, &cmd, &reply);
		if (reply.ret != 0)
			fx_fail(__FILE__, __LINE__, "worker %u does not take it: %d", w, reply.ret);
		if (settles)
			fx_settle(fx);
		FX_BOOKS(fx);
	}
	cgn_snapshot_free(fx->snapshot);
	fx->snapshot = s;
}

static void
swap(struct fx *fx, const struct cgn_conf *next, bool settles)
{
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_snapshot *s;

	if (cgn_snapshot_create(&s, next, &fx->steer, fx->moved, fx->snapshot, why) < 0)
		fx_fail(__FILE__, __LINE__, "no snapshot: %s", why);
	else
		swap_snapshot(fx, s, settles);
}

void
fx_reload(struct fx *fx, const struct cgn_conf *next)
{
	swap(fx, next, true);
}

void
fx_swap(struct fx *fx, const struct cgn_conf *next)
{
	swap(fx, next, false);
}

void
fx_reload_snapshot(struct fx *fx, struct cgn_snapshot *s)
{
	swap_snapshot(fx, s, true);
}

void
fx_swap_snapshot(struct fx *fx, struct cgn_snapshot *s)
{
	swap_snapshot(fx, s, false);
}

void
fx_copy_free(struct fx_copy *c)
{
	munmap(c, sizeof(*c));
}

void
fx_reload_copy(struct fx *fx, struct fx_copy **now)
{
	struct fx_copy *next = copy_of(fx);

	fx_reload(fx, &next->conf);
	if (*now != NULL)
		fx_copy_free(*now);
	*now = next;
}
