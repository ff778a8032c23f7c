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

CGN_LOG_TYPE("hoplog");

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
hoplog_remove(struct cgn_hoplog *l, size_t i)
{
	l->down[i] = l->down[--l->n];
}

void
cgn_hoplog_down(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, const char *name,
		uint64_t now_ms)
{
	char text[CGN_ADDR_TEXT_MAX];

	if (l->n == CGN_HOPLOG_MAX || hoplog_find(l, addr, port) < l->n)
		return;
	l->down[l->n++] = (struct cgn_hoplog_hop){
		.addr = *addr, .port = port, .since_ms = now_ms
	};
	CGN_LOG(NEXT_HOP_DOWN, "next hop does not answer address=%s port=%s",
			cgn_addr_text_format_ip(addr, text), name);
}

void
cgn_hoplog_up(struct cgn_hoplog *l, const struct cgn_ip *addr, uint16_t port, const char *name,
		uint64_t now_ms)
{
	const size_t i = hoplog_find(l, addr, port);
	char text[CGN_ADDR_TEXT_MAX];

	if (i == l->n)
		return;
	CGN_LOG(NEXT_HOP_UP, "next hop answers again address=%s port=%s after_s=%" PRIu64,
			cgn_addr_text_format_ip(addr, text), name,
			(now_ms - l->down[i].since_ms) / 1000);
	hoplog_remove(l, i);
}

void
cgn_hoplog_keep(struct cgn_hoplog *l,
		bool (*has)(const void *arg, const struct cgn_hoplog_hop *hop), const void *arg)
{
	for (size_t i = l->n; i-- > 0;) {
		if (!has(arg, &l->down[i]))
			hoplog_remove(l, i);
	}
}
