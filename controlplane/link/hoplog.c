/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Next hops that are down, for the resolver. They are kept apart from its table, which forgets who does not answer.
 */
#include "controlplane/link/hoplog.h"

#include "controlplane/link/local_addr.h"
#include "shared/addr_text.h"
#include "shared/log.h"

#include <inttypes.h>
#include <stdio.h>

CGN_LOG_TYPE("hoplog");

#define ABOUT_MAX (CGN_ADDR_TEXT_MAX + CGN_NAME_MAX + 16)

/* @return its index, or l->n */
static size_t
hoplog_find(const struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port)
{
	size_t i = 0;

	while (i < l->n &&
			(l->down[i].port != port || !cgn_local_addr_same(&l->down[i].addr, addr)))
		i++;
	return i;
}

static void
hoplog_about(const struct cgn_hoplog_hop *hop, char about[static ABOUT_MAX])
{
	char text[CGN_ADDR_TEXT_MAX];

	snprintf(about, ABOUT_MAX, "address=%s port=%s", cgn_addr_text_format_ip(&hop->addr, text),
			hop->name);
}

static void
hoplog_remove(struct cgn_hoplog *l, size_t i)
{
	l->down[i] = l->down[--l->n];
}

void
cgn_hoplog_down(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, const char *name,
		uint64_t now_ms)
{
	struct cgn_hoplog_hop *hop;
	char about[ABOUT_MAX];

	if (l->n == CGN_HOPLOG_MAX || hoplog_find(l, addr, port) < l->n)
		return;
	hop = &l->down[l->n++];
	*hop = (struct cgn_hoplog_hop){ .addr = *addr, .port = port, .since_ms = now_ms };
	snprintf(hop->name, sizeof(hop->name), "%s", name);
	hoplog_about(hop, about);
	CGN_LOG_ABOUT(NEXT_HOP_DOWN, about, "next hop does not answer %s", about);
}

/* @param why  begins the line */
static void
hoplog_end(struct cgn_hoplog *l, size_t i, const char *why, uint64_t now_ms)
{
	char about[ABOUT_MAX];

	hoplog_about(&l->down[i], about);
	CGN_LOG_ABOUT(NEXT_HOP_UP, about, "%s %s after_s=%" PRIu64, why, about,
			(now_ms - l->down[i].since_ms) / 1000);
	hoplog_remove(l, i);
}

void
cgn_hoplog_up(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, uint64_t now_ms)
{
	const size_t i = hoplog_find(l, addr, port);

	if (i < l->n)
		hoplog_end(l, i, "next hop answers again", now_ms);
}

void
cgn_hoplog_configured(
		struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, uint64_t now_ms)
{
	const size_t i = hoplog_find(l, addr, port);

	if (i < l->n)
		hoplog_end(l, i, "next hop is in neighbours now, so it is not asked any more",
				now_ms);
}

void
cgn_hoplog_keep(struct cgn_hoplog *l,
		bool (*has)(const void *arg, const struct cgn_hoplog_hop *hop), const void *arg)
{
	char about[ABOUT_MAX];

	for (size_t i = l->n; i-- > 0;) {
		if (has(arg, &l->down[i]))
			continue;
		hoplog_about(&l->down[i], about);
		CGN_LOG_ABOUT(NEXT_HOP_UNUSED, about, "no route has the next hop any more %s",
				about);
		hoplog_remove(l, i);
	}
}
