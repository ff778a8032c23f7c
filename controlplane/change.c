/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Asks the parts of the control thread one after the other, for control.c.
 */
#include "controlplane/change.h"

#include <errno.h>
#include <string.h>

int
cgn_change_join(struct cgn_change *c, const struct cgn_change_part *part)
{
	if (c->n == CGN_CHANGE_PARTS_MAX)
		return -ENOSPC;
	c->parts[c->n++] = *part;
	return 0;
}

const char *
cgn_change_must_wait(const struct cgn_change *c, const struct cgn_conf *next)
{
	for (unsigned int i = 0; i < c->n; i++) {
		const struct cgn_change_part *p = &c->parts[i];

		if (p->must_wait != NULL && p->must_wait(p->ctx, next))
			return p->name;
	}
	return NULL;
}

/* The first n parts abandon what they have prepared. Later parts may rely on earlier ones, so they come first. */
static void
abandon_first(struct cgn_change *c, unsigned int n)
{
	while (n-- > 0) {
		if (c->parts[n].abandon != NULL)
			c->parts[n].abandon(c->parts[n].ctx);
	}
}

int
cgn_change_prepare(
		struct cgn_change *c, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	for (unsigned int i = 0; i < c->n; i++) {
		const struct cgn_change_part *p = &c->parts[i];
		int ret = p->prepare == NULL ? 0 : p->prepare(p->ctx, next, errors);

		if (ret == 0)
			continue;
		if (cgn_conf_errors_none(errors))
			cgn_conf_errors_add(errors, 0, 0, p->name, "not ready for this file", "%s",
					strerror(-ret));
		abandon_first(c, i);
		return ret;
	}
	return 0;
}

void
cgn_change_abandon(struct cgn_change *c)
{
	abandon_first(c, c->n);
}

void
cgn_change_commit(struct cgn_change *c, const struct cgn_conf *next, uint64_t now_ms)
{
	for (unsigned int i = 0; i < c->n; i++) {
		if (c->parts[i].commit != NULL)
			c->parts[i].commit(c->parts[i].ctx, next, now_ms);
	}
}
