/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/flowledger.h"

#include "dataplane/engine/context.h"
#include "tests/support/recordfix.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RING  32768
#define HEADS (1u << 14)

/* A mapping or a session that has begun and not ended. */
struct flow {
	struct flow *next; /* of the same hash */
	struct cgn_record_flow f;
	bool is_session;
};

struct flowledger {
	struct cgn_record_door door;
	struct flow *heads[HEADS];
	size_t n; /* flows */
	const struct flowledger_tap *tap;
	bool is_wrong; /* text says what */
	char text[256];
};

/* Note the first thing that is wrong. */
__attribute__((format(printf, 4, 5))) static void
wrong(struct flowledger *l, bool is_session, const struct cgn_record_flow *f, const char *fmt, ...)
{
	char what[64];
	va_list ap;

	if (l->is_wrong)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(l->text, sizeof(l->text),
			"record of %s proto %u in %08x:%u ext %08x:%u rem %08x:%u: %s",
			is_session ? "session" : "mapping", f->proto, rte_be_to_cpu_32(f->in_addr),
			f->in_port, rte_be_to_cpu_32(f->ext_addr), f->ext_port,
			rte_be_to_cpu_32(f->rem_addr), f->rem_port, what);
	l->is_wrong = true;
}

/* The B4 may change while the mapping lives, so it does not count. */
static bool
is_same(const struct flow *a, const struct cgn_record_flow *f, bool is_session)
{
	return a->is_session == is_session && a->f.proto == f->proto &&
			a->f.in_addr == f->in_addr && a->f.in_port == f->in_port &&
			a->f.ext_addr == f->ext_addr && a->f.ext_port == f->ext_port &&
			a->f.rem_addr == f->rem_addr && a->f.rem_port == f->rem_port;
}

/* Where the link to a flow is, or would be. */
static struct flow **
ledger_find(struct flowledger *l, const struct cgn_record_flow *f, bool is_session)
{
	uint32_t h = f->in_addr ^ f->ext_addr ^ f->rem_addr ^
			((uint32_t)f->in_port << 16 | f->ext_port) ^ (uint32_t)f->rem_port << 8;
	struct flow **at = &l->heads[(h * UINT32_C(0x9e3779b1)) >> 18];

	while (*at != NULL && !is_same(*at, f, is_session))
		at = &(*at)->next;
	return at;
}

static void
begins(struct flowledger *l, const struct cgn_record_flow *f, bool is_session)
{
	struct flow **at = ledger_find(l, f, is_session);

	if (*at != NULL) {
		wrong(l, is_session, f, "begins twice");
		return;
	}
	*at = calloc(1, sizeof(**at));
	if (*at == NULL)
		exit(EXIT_FAILURE);
	(*at)->f = *f;
	(*at)->is_session = is_session;
	l->n++;
}

static void
ends(struct flowledger *l, const struct cgn_record_flow *f, bool is_session)
{
	struct flow **at = ledger_find(l, f, is_session), *gone = *at;

	if (gone == NULL) {
		wrong(l, is_session, f, "ends without a beginning");
		return;
	}
	*at = gone->next;
	free(gone);
	l->n--;
}

static void
enter(struct flowledger *l, const struct cgn_record *r)
{
	enum cgn_record_kind kind = cgn_record_kind_of(r->event);
	bool is_session = kind == CGN_RECORD_KIND_SESSIONS;

	if (kind == CGN_RECORD_KIND_BLOCKS && l->tap != NULL)
		l->tap->fn(l->tap->arg, r);
	else if (kind != CGN_RECORD_KIND_MAPPINGS && !is_session)
		wrong(l, false, &r->flow, "event %u", r->event);
	else if (r->event == CGN_RECORD_MAPPING_CREATED || r->event == CGN_RECORD_SESSION_CREATED)
		begins(l, &r->flow, is_session);
	else
		ends(l, &r->flow, is_session);
}

struct flowledger *
flowledger_create(unsigned int worker)
{
	struct flowledger *l = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*l));

	if (l == NULL)
		exit(EXIT_FAILURE);
	memset(l, 0, sizeof(*l));
	recordfix_open(&l->door, RING, (uint16_t)worker);
	l->door.has_destinations = true;
	l->door.kinds = 1u << CGN_RECORD_KIND_MAPPINGS | 1u << CGN_RECORD_KIND_SESSIONS;
	return l;
}

void
flowledger_destroy(struct flowledger *l)
{
	if (l == NULL)
		return;
	for (unsigned int i = 0; i < HEADS; i++) {
		while (l->heads[i] != NULL)
			ends(l, &l->heads[i]->f, l->heads[i]->is_session);
	}
	recordfix_close(&l->door);
	free(l);
}

void
flowledger_set_tap(struct flowledger *l, const struct flowledger_tap *tap)
{
	l->tap = tap;
	if (tap != NULL)
		l->door.kinds |= 1u << CGN_RECORD_KIND_BLOCKS;
}

struct cgn_record_door *
flowledger_door(struct flowledger *l)
{
	return &l->door;
}

void
flowledger_read(struct flowledger *l)
{
	struct cgn_record r[64];
	unsigned int n;

	while ((n = recordfix_take(&l->door, r, RTE_DIM(r))) > 0) {
		for (unsigned int i = 0; i < n; i++)
			enter(l, &r[i]);
	}
}

/* --- the tables -------------------------------------------------------------------------------- */

/* Look up what the tables have. @return 1: it counts */
static size_t
expect(struct flowledger *l, const struct cgn_mapping *m, rte_be32_t addr, rte_be16_t port,
		bool is_session)
{
	struct cgn_record_flow f = {
		.proto = m->proto,
		.in_addr = m->in_addr,
		.in_port = rte_be_to_cpu_16(m->in_port),
		.ext_addr = m->ext_addr,
		.ext_port = rte_be_to_cpu_16(m->ext_port),
		.rem_addr = addr,
		.rem_port = m->proto == CGN_PROTO_ICMP ? 0 : rte_be_to_cpu_16(port),
	};

	if (*ledger_find(l, &f, is_session) == NULL)
		wrong(l, is_session, &f, "is missing");
	return 1;
}

/* Whether a further session must have a record. One that a remote host has opened needs none until it is proven; it may
 * have been proven before. */
static bool
must_have(const struct cgn_mapping *m, const struct cgn_session *s)
{
	bool is_own = s->rem_addr == m->rem_addr &&
			(s->rem_port == 0 || s->rem_port == m->rem_port);

	if (s->state == CGN_TCP_FILTER)
		return m->proto == CGN_PROTO_UDP && !is_own;
	return !s->is_unproven || s->is_recorded;
}

static size_t
expect_list(struct flowledger *l, const struct cgn_nat *n, const struct cgn_mapping *m,
		uint32_t list)
{
	size_t sum = 0;

	for (uint32_t s = list; s != 0; s = n->sessions.at[s].next) {
		const struct cgn_session *at = &n->sessions.at[s];

		if (must_have(m, at))
			sum += expect(l, m, at->rem_addr, at->rem_port, true);
	}
	return sum;
}

/* A mapping that packets find. */
static size_t
expect_live(struct flowledger *l, const struct cgn_mapping *m)
{
	bool is_static = (m->flags & CGN_MAPPING_STATIC) != 0;
	size_t sum = is_static ? 0 : expect(l, m, 0, 0, false);

	if (m->proto == CGN_PROTO_TCP ? m->tcp_state != CGN_TCP_NONE : !is_static)
		sum += expect(l, m, m->rem_addr, m->rem_port, true);
	return sum;
}

const char *
flowledger_check(struct flowledger *l, const struct cgn_engine *e)
{
	struct cgn_nat *n = &((struct cgn_engine *)(uintptr_t)e)->nat;
	size_t sum = 0;

	flowledger_read(l);
	for (uint32_t ref = 1; ref < n->maps.fresh; ref++) {
		const struct cgn_mapping *m = &n->maps.at[ref];

		if (m->proto == UINT8_MAX)
			continue; /* free */
		if (cgn_nat_find_in(n, m->realm, m->in_addr, m->in_port, m->proto) == m)
			sum += expect_live(l, m);
		sum += expect_list(l, n, m, m->sessions) + expect_list(l, n, m, m->pending);
	}
	if (!l->is_wrong && sum != l->n) {
		snprintf(l->text, sizeof(l->text),
				"records of %zu mappings and sessions, there are %zu", l->n, sum);
		l->is_wrong = true;
	}
	return l->is_wrong ? l->text : NULL;
}
