/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Changes devices, the host plane and next hops, for control.c.
 */
#include "controlplane/links.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/** A port that does not change its MTU. */
struct kept_mtu {
	unsigned int port;
	uint16_t max; /* on -ENOSPC */
};

/* Change the MTUs of the ports that get a larger one, or a smaller one. @return 0, or -errno of the port at->port */
static int
change_mtus(const struct cgn_links *l, const struct cgn_conf *from, const struct cgn_conf *to,
		bool is_larger, struct kept_mtu *at)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < l->planes->n_ports; i++) {
		uint16_t is = from->ports[i].mtu, will = to->ports[i].mtu;

		at->port = i;
		if (is_larger ? will > is : will < is)
			ret = l->planes->set_mtu(l->planes->ctx, i, will, &at->max);
	}
	return ret;
}

/* Give the ports that have a larger MTU a smaller one. If a device keeps the larger one, no harm is done: the workers send
 * no larger packets. */
static void
lower_mtus(const struct cgn_links *l, const struct cgn_conf *from, const struct cgn_conf *to)
{
	struct kept_mtu at;

	(void)change_mtus(l, from, to, false, &at);
}

static void
refuse_mtu(const struct cgn_conf_port *port, int ret, uint16_t max, struct cgn_conf_errors *errors)
{
	char key[sizeof(port->name) + sizeof("ports[].mtu")], value[8];

	snprintf(key, sizeof(key), "ports[%s].mtu", port->name);
	snprintf(value, sizeof(value), "%u", port->mtu);
	if (ret == -ENOSPC)
		cgn_conf_errors_add(errors, 0, 0, key, value,
				"must be at most %u while the port runs: its packet buffers are made at the start",
				max);
	else
		cgn_conf_errors_add(errors, 0, 0, key, value,
				"the port cannot change to it now: %s", strerror(-ret));
}

/* Open sockets, then change the interfaces. */
static int
prepare_host(const struct cgn_links *l, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	const char *key;
	int ret = cgn_host_open(l->host, next, &key);

	if (ret < 0) {
		cgn_conf_errors_add(errors, 0, 0, key, "ipsec",
				"its socket cannot be opened now (%s); a restart can do it",
				strerror(-ret));
		return ret;
	}
	ret = cgn_host_prepare(l->host, next);
	if (ret < 0)
		cgn_host_close(l->host);
	return ret;
}

static void
abandon_host(const struct cgn_links *l, const struct cgn_conf *next)
{
	cgn_host_abandon(l->host, next);
	cgn_host_close(l->host);
}

static int
links_prepare(void *ctx, const struct cgn_conf *next, struct cgn_conf_errors *errors)
{
	struct cgn_links *l = ctx;
	struct kept_mtu at = { 0 };
	int ret = change_mtus(l, l->conf, next, true, &at);

	if (ret < 0)
		refuse_mtu(&next->ports[at.port], ret, at.max, errors);
	else
		ret = prepare_host(l, next, errors);
	if (ret == 0) {
		ret = cgn_resolver_prepare(l->resolver, next, cgn_loop_now_ms());
		if (ret < 0)
			abandon_host(l, next);
	}
	if (ret < 0) {
		lower_mtus(l, next, l->conf);
		return ret;
	}
	l->next = next;
	return 0;
}

static void
links_abandon(void *ctx)
{
	struct cgn_links *l = ctx;

	if (l->next == NULL)
		return;
	cgn_resolver_abandon(l->resolver, cgn_loop_now_ms());
	abandon_host(l, l->next);
	lower_mtus(l, l->next, l->conf);
	l->next = NULL;
}

static void
links_commit(void *ctx, const struct cgn_conf *next, uint64_t now_ms)
{
	struct cgn_links *l = ctx;

	lower_mtus(l, l->conf, next);
	cgn_host_set_conf(l->host, next);
	cgn_resolver_commit(l->resolver, now_ms);
	l->conf = next;
	l->next = NULL;
}

int
cgn_links_join(struct cgn_links *l, struct cgn_change *change)
{
	return cgn_change_join(change,
			&(struct cgn_change_part){
					.name = "ports",
					.ctx = l,
					.prepare = links_prepare,
					.abandon = links_abandon,
					.commit = links_commit,
			});
}
