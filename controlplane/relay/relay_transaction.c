/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One mapping through two NATs: the steps, and how they are undone when one of them fails.
 *
 * To make a mapping: the local NAT makes one for a short time (inserted), upstream is asked, and if it grants, the local
 * mapping is renewed for this time (transaction_committed). To delete one for NAT-PMP, upstream is asked first, and then
 * the local mapping ends. PCP has the other order: only the local NAT knows whether traffic uses the mapping.
 */
#include "controlplane/relay/relay_transaction.h"

#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/pcp/pcp_codes.h"
#include "controlplane/relay/relay_grants.h"
#include "controlplane/relay/relay_nonce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One request, from its arrival to its answer. */
struct transaction {
	struct cgn_relay_transactions *owner;
	struct transaction *next;   /* another transaction, for another endpoint */
	struct transaction *behind; /* for the same endpoint: it begins when this one ends */
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	struct cgn_relay_ask ask;
	struct cgn_lessor_answer answer;
	rte_be16_t wan_port; /* external port of the local mapping; upstream sees it as the inside port */
	uint8_t nonce[CGN_LEASE_NONCE]; /* for PCP upstream */
	bool is_unmap;
	bool is_new;   /* the local mapping was made for this transaction */
	bool is_again; /* the local mapping had ended, and was made a second time */
	bool is_gone; /* a deletion: the local lease has ended or was shortened, as the answer says */
	bool is_undo; /* upstream has another pair than must_have_ext says, and is asked to delete it */
	bool is_other; /* upstream is asked to delete the mapping of a NAT-PMP client that PCP takes over */
	bool is_late;  /* a deletion: there was no local lease any more */
	bool is_guess; /* a deletion: there was no local lease. What upstream says does not matter */
};

struct cgn_relay_transactions {
	struct cgn_relay_transactions_cfg cfg;
	struct cgn_relay_grants *grants;
	struct transaction *open;
	uint32_t n_open;
	bool is_closed;
	struct cgn_relay_transactions_stats stats;
};

static void begin(struct transaction *x, uint64_t now_ms);

static void
transaction_fail(cgn_lessor_done done, void *arg, int ret, uint64_t now_ms)
{
	const struct cgn_lessor_answer a = { .ret = ret };

	done(arg, &a, now_ms);
}

/* --- the end of a transaction -------------------------------------------------------------- */

static void
transaction_take_out(struct transaction *x)
{
	struct cgn_relay_transactions *t = x->owner;
	struct transaction **at = &t->open;

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	if (x->behind != NULL) {
		x->behind->next = t->open;
		t->open = x->behind;
	}
	t->n_open--;
}

/* Answer the request, then start the next one for the same endpoint. It fails at once if upstream did not answer. */
static void
transaction_finish(struct transaction *x, uint64_t now_ms)
{
	struct cgn_relay_transactions *t = x->owner;
	struct transaction *behind = x->behind;
	const struct cgn_lessor_answer failed = x->answer;

	transaction_take_out(x);
	x->done(x->arg, &x->answer, now_ms);
	free(x);
	if (behind == NULL)
		return;
	if (cgn_relay_transactions_is_silence(&failed) || t->is_closed) {
		behind->answer.ret = failed.ret;
		behind->answer.upstream_code = failed.upstream_code;
		behind->answer.upstream_by = failed.upstream_by;
		transaction_finish(behind, now_ms);
	} else {
		begin(behind, now_ms);
	}
}

static void
finish_with(struct transaction *x, int ret, uint64_t now_ms)
{
	x->answer.ret = ret;
	transaction_finish(x, now_ms);
}

/* The local mapping was removed. If the worker did not answer, the mapping ends on its own after its short time. */
static void
aborted(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)a;
	transaction_finish(arg, now_ms);
}

/* Fail. If the local mapping was made for this request, remove it, so that no half mapping is left. */
static void
abort_with(struct transaction *x, int ret, uint64_t now_ms)
{
	struct cgn_relay_transactions *t = x->owner;

	x->answer.ret = ret;
	if (!x->is_new || t->is_closed) {
		transaction_finish(x, now_ms);
		return;
	}
	t->stats.aborted++;
	cgn_relay_grants_drop(t->grants, x->request.in.proto, rte_be_to_cpu_16(x->wan_port));
	x->request.is_undo = true;
	cgn_lessor_unmap(t->cfg.lessor, &x->request, aborted, x, now_ms);
}

/* --- upstream ------------------------------------------------------------------------------ */

/* Upstream has refused, or does not answer. */
static void
abort_refused(struct transaction *x, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	x->answer.upstream_code = r->result;
	x->answer.upstream_by = r->by;
	x->answer.lifetime_s = r->by == CGN_LEASE_BY_PCP ? r->lifetime_s : 0;
	x->owner->stats.timed_out += r->is_down;
	abort_with(x, r->ret, now_ms);
}

static void ask_upstream(struct transaction *x, uint64_t now_ms);
static void ask_address(struct transaction *x, uint64_t now_ms);

/* The local NAT has renewed its mapping. Now both NATs have one. */
static void
transaction_committed(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct transaction *x = arg;

	if (a->ret < 0) {
		finish_with(x, a->ret, now_ms);
	} else if (a->ext.port == x->wan_port) {
		x->owner->stats.committed++;
		transaction_finish(x, now_ms);
	} else if (!x->is_again && !x->owner->is_closed) {
		/* The local mapping had ended, and somebody else got its port. Upstream is asked for the new one. */
		x->is_again = x->is_new = true;
		x->wan_port = a->ext.port;
		ask_upstream(x, now_ms);
	} else {
		finish_with(x, -EAGAIN, now_ms);
	}
}

static void
commit(struct transaction *x, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	struct cgn_relay_transactions *t = x->owner;
	struct cgn_lessor_request request = x->request;
	uint32_t granted = r->lifetime_s < request.lifetime_s ? r->lifetime_s : request.lifetime_s;

	/* The lifetime began when upstream got the request. That may have been the first of several. */
	granted = granted > r->took_s ? granted - r->took_s : 1;
	x->answer.ext.addr = r->by == CGN_LEASE_BY_PCP ? r->ext
						       : cgn_relay_upstream_ext(t->cfg.upstream);
	x->answer.ext.port = rte_cpu_to_be_16(r->ext_port);
	x->answer.ext.proto = request.in.proto;
	x->answer.lifetime_s = granted;
	cgn_relay_grants_put(t->grants, request.in.proto, rte_be_to_cpu_16(x->wan_port),
			&x->answer.ext, x->nonce, &request.in, now_ms + (uint64_t)granted * 1000);
	request.ext_port = x->wan_port;
	request.must_have_ext = false;
	request.lifetime_s = granted;
	cgn_lessor_map(t->cfg.lessor, &request, transaction_committed, x, now_ms);
}

static void
removed(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct transaction *x = arg;

	x->answer = *a;
	x->owner->stats.deleted += a->ret == 0 ? a->n : 0;
	transaction_finish(x, now_ms);
}

static void
transaction_unmap(struct transaction *x, uint64_t now_ms)
{
	cgn_relay_grants_drop(x->owner->grants, x->request.in.proto, rte_be_to_cpu_16(x->wan_port));
	cgn_lessor_unmap(x->owner->cfg.lessor, &x->request, removed, x, now_ms);
}

/* Both NATs have done what a PCP client has asked for. If traffic uses the mapping, each keeps it for its own time, and
 * the client is told the shorter one. The table must not answer a renewal with the lifetime from before. */
static void
finish_gone(struct transaction *x, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	if (r->by == CGN_LEASE_BY_PCP)
		x->answer.lifetime_s = RTE_MIN(x->answer.lifetime_s, r->lifetime_s);
	x->owner->stats.deleted += x->answer.n;
	cgn_relay_grants_drop(x->owner->grants, x->request.in.proto, rte_be_to_cpu_16(x->wan_port));
	transaction_finish(x, now_ms);
}

/* PCP wants the external address in the answer to a mapping, and a NAT-PMP server does not say it there. */
static bool
lacks_address(const struct transaction *x)
{
	const struct cgn_relay_upstream *up = x->owner->cfg.upstream;

	return x->request.by.by == CGN_LEASE_BY_PCP && !x->is_unmap &&
			cgn_relay_upstream_wire(up)->by == CGN_LEASE_BY_NATPMP &&
			cgn_relay_upstream_ext(up) == 0;
}

/* Whether a NAT-PMP server has granted another pair than the client insists on. A PCP server refuses that itself. */
static bool
is_another_pair(const struct transaction *x, const struct cgn_relay_reply *r)
{
	const struct cgn_lessor_request *q = &x->request;
	rte_be32_t ext = cgn_relay_upstream_ext(x->owner->cfg.upstream);

	return q->must_have_ext && r->by == CGN_LEASE_BY_NATPMP &&
			(r->ext_port != rte_be_to_cpu_16(q->ext_port) ||
					(q->ext_addr != 0 && q->ext_addr != ext));
}

/* Take another pair back. A mapping that the client had before stays. */
static void
refuse_pair(struct transaction *x, uint64_t now_ms)
{
	x->is_undo = true;
	x->ask.question.lifetime_s = 0;
	x->ask.question.ext_port = 0;
	if (!x->is_new || !cgn_relay_upstream_ask(x->owner->cfg.upstream, &x->ask, now_ms))
		abort_with(x, -EBUSY, now_ms);
}

/* Upstream has deleted the mapping of the NAT-PMP client, so the table must not know it any more. */
static void
replace_other(struct transaction *x, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	if (r->ret == 0)
		cgn_relay_grants_drop(x->owner->grants, x->request.in.proto,
				rte_be_to_cpu_16(x->wan_port));
	ask_upstream(x, now_ms);
}

static void
transaction_replied(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	struct transaction *x = arg;

	if (x->owner->is_closed)
		finish_with(x, -ECANCELED, now_ms);
	else if (x->is_guess)
		transaction_finish(x, now_ms);
	else if (x->is_other && !r->is_down)
		replace_other(x, r, now_ms);
	else if (x->is_undo)
		abort_with(x, -EBUSY, now_ms);
	else if (r->ret < 0)
		abort_refused(x, r, now_ms);
	else if (x->is_gone)
		finish_gone(x, r, now_ms);
	else if (x->is_unmap)
		transaction_unmap(x, now_ms);
	else if (lacks_address(x))
		ask_address(x, now_ms);
	else if (is_another_pair(x, r))
		refuse_pair(x, now_ms);
	else
		commit(x, r, now_ms);
}

/* The external port to ask for: what the client suggests, unless another client has it in the other protocol. */
static uint16_t
suggest(struct transaction *x, uint64_t now_ms)
{
	const struct cgn_lessor_request *r = &x->request;
	struct cgn_relay_grants *g = x->owner->grants;
	uint16_t port = rte_be_to_cpu_16(r->ext_port);

	if (cgn_relay_grants_is_others(g, r->in.proto, port, r->in.addr, now_ms))
		return 0;
	cgn_relay_grants_reserve(g, r->in.proto, rte_be_to_cpu_16(x->wan_port), port, &r->in,
			now_ms + CGN_RELAY_PENDING_S * UINT64_C(1000), now_ms);
	return port;
}

/* Upstream has said its address, or not. */
static void
transaction_told(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	static const struct cgn_relay_reply none = { .result = CGN_NATPMP_NETWORK,
		.ret = -EADDRNOTAVAIL };
	struct transaction *x = arg;

	if (x->owner->is_closed)
		finish_with(x, -ECANCELED, now_ms);
	else if (r->ret < 0)
		abort_refused(x, r, now_ms);
	else if (lacks_address(x))
		abort_refused(x, &none, now_ms);
	else
		ask_upstream(x, now_ms);
}

static void
ask_address(struct transaction *x, uint64_t now_ms)
{
	x->ask.item.client = x->request.in.addr;
	x->ask.done = transaction_told;
	x->ask.arg = x;
	x->ask.question = (struct cgn_relay_question){ .op = CGN_RELAY_ADDRESS };
	if (!cgn_relay_upstream_ask(x->owner->cfg.upstream, &x->ask, now_ms))
		abort_with(x, -ENOBUFS, now_ms);
}

/* The lifetime that a deletion asks upstream for. A PCP server finds out itself whether traffic uses the mapping. */
static uint32_t
left_upstream_s(const struct transaction *x)
{
	bool is_pcp = cgn_relay_upstream_wire(x->owner->cfg.upstream)->by == CGN_LEASE_BY_PCP;

	return is_pcp ? 0 : x->answer.lifetime_s;
}

/* Ask for a mapping, or for a deletion if the lifetime is 0. */
static void
ask_for(struct transaction *x, uint32_t lifetime_s, const uint8_t nonce[CGN_LEASE_NONCE],
		uint64_t now_ms)
{
	const struct cgn_lessor_request *r = &x->request;
	bool is_map = lifetime_s != 0 && !x->is_unmap;

	x->ask.item.client = r->in.addr;
	x->ask.done = transaction_replied;
	x->ask.arg = x;
	x->ask.question = (struct cgn_relay_question){
		.op = CGN_RELAY_MAP,
		.proto = r->in.proto,
		.in_port = rte_be_to_cpu_16(x->wan_port),
		.ext_port = is_map ? suggest(x, now_ms) : 0,
		.ext_addr = is_map ? r->ext_addr : 0,
		.must_have_ext = is_map && r->must_have_ext,
		.lifetime_s = lifetime_s,
		.only_pcp = x->is_late,
		.pass = is_map || x->is_unmap ? r->pass : NULL,
	};
	memcpy(x->ask.question.nonce, nonce, CGN_LEASE_NONCE);
	/* Another client has the port, so this one cannot have it. */
	if (x->ask.question.must_have_ext && x->ask.question.ext_port == 0)
		abort_with(x, -EBUSY, now_ms);
	else if (!cgn_relay_upstream_ask(x->owner->cfg.upstream, &x->ask, now_ms))
		abort_with(x, -ENOBUFS, now_ms);
}

static void
ask_upstream(struct transaction *x, uint64_t now_ms)
{
	x->is_other = false;
	if (lacks_address(x))
		ask_address(x, now_ms);
	else
		ask_for(x, x->is_unmap ? left_upstream_s(x) : x->request.lifetime_s, x->nonce,
				now_ms);
}

/* --- the local NAT ------------------------------------------------------------------------- */

static void
inserted(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct transaction *x = arg;

	if (a->ret < 0) {
		finish_with(x, a->ret, now_ms);
		return;
	}
	x->is_new = !a->is_static;
	x->answer.is_static = a->is_static;
	x->wan_port = a->ext.port;
	if (x->owner->is_closed)
		finish_with(x, -ECANCELED, now_ms);
	else
		ask_upstream(x, now_ms);
}

/* The local NAT has ended the lease of a PCP client, or has shortened it because traffic uses the mapping (RFC 6887
 * section 15). */
static void
gone(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct transaction *x = arg;

	x->answer = *a;
	x->is_gone = true;
	if (x->owner->is_closed && a->ret == 0)
		x->answer.ret = -ECANCELED;
	if (x->answer.ret < 0)
		transaction_finish(x, now_ms);
	else
		ask_upstream(x, now_ms);
}

/* There is no such local lease, but upstream may have one (RFC 7648 section 3), because it did not answer the deletion
 * before. If the table does not say which port of the WAN address it had, the best guess is the inside port, unless
 * another mapping has it. If the guess is wrong, the nonce protects the mappings of others. NAT-PMP has no nonce, so it
 * is not asked. */
static void
gone_before(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct transaction *x = arg;
	const struct cgn_ep4 *in = &x->request.in;
	uint16_t wan_port = cgn_relay_grants_find_wan(x->owner->grants, in, x->nonce, now_ms);

	x->answer = *a;
	x->is_gone = wan_port != 0;
	x->is_guess = wan_port == 0;
	x->wan_port = x->is_guess ? in->port : rte_cpu_to_be_16(wan_port);
	if (a->ret < 0 || x->owner->is_closed || x->request.by.by != CGN_LEASE_BY_PCP ||
			cgn_relay_upstream_wire(x->owner->cfg.upstream)->by != CGN_LEASE_BY_PCP ||
			(x->is_guess &&
					cgn_relay_grants_has(x->owner->grants, in->proto,
							rte_be_to_cpu_16(in->port), now_ms))) {
		removed(x, a, now_ms);
		return;
	}
	x->is_late = true;
	ask_upstream(x, now_ms);
}

/* A PCP client takes over the mapping of a NAT-PMP client (lease_owner.h). Upstream knows it by another nonce, so it is
 * deleted there first. If traffic uses it, it stays, and the client is told for how long. */
static bool
takes_over(const struct transaction *x, const struct cgn_lessor_info *lease)
{
	return !x->is_unmap && x->request.by.by == CGN_LEASE_BY_PCP &&
			lease->by.by == CGN_LEASE_BY_NATPMP && cgn_relay_nonce_has(&lease->by) &&
			cgn_relay_upstream_wire(x->owner->cfg.upstream)->by == CGN_LEASE_BY_PCP;
}

static void
delete_other(struct transaction *x, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	x->is_other = true;
	ask_for(x, 0, lease->by.nonce, now_ms);
}

/* Begin with the local NAT. If it refuses the mapping, upstream is not asked. */
static void
begin(struct transaction *x, uint64_t now_ms)
{
	struct cgn_lessor *lessor = x->owner->cfg.lessor;
	struct cgn_lessor_request request;
	struct cgn_lessor_info lease;
	bool is_known = cgn_lessor_find(lessor, x->request.realm, &x->request.in, &lease, now_ms);

	cgn_relay_nonce_choose(&x->request.by, is_known ? &lease.by : NULL);
	memcpy(x->nonce, x->request.by.nonce, sizeof(x->nonce));
	request = x->request;
	if (is_known) {
		x->wan_port = lease.ext.port;
		if (x->is_unmap && request.by.by == CGN_LEASE_BY_PCP)
			cgn_lessor_unmap(lessor, &request, gone, x, now_ms);
		else if (takes_over(x, &lease))
			delete_other(x, &lease, now_ms);
		else
			ask_upstream(x, now_ms);
	} else if (x->is_unmap) {
		cgn_lessor_unmap(lessor, &request, gone_before, x, now_ms);
	} else {
		request.ext_port = 0;
		request.must_have_ext = false;
		/* If cgnd ends before upstream answers, the local mapping ends soon. */
		request.lifetime_s = CGN_RELAY_PENDING_S;
		cgn_lessor_map(lessor, &request, inserted, x, now_ms);
	}
}

static bool
is_same_endpoint(const struct cgn_lessor_request *a, const struct cgn_lessor_request *b)
{
	return a->realm == b->realm && a->in.addr == b->in.addr && a->in.port == b->in.port &&
			a->in.proto == b->in.proto;
}

/* The request for the same endpoint that is under way. @return NULL: none */
static struct transaction *
find_same(const struct cgn_relay_transactions *t, const struct cgn_lessor_request *r)
{
	struct transaction *x = t->open;

	while (x != NULL && !is_same_endpoint(&x->request, r))
		x = x->next;
	return x;
}

/* Whether a client has too many requests under way. One client must not use up the room of the lease service. */
static bool
transaction_has_too_many(const struct cgn_relay_transactions *t, const struct cgn_lessor_request *r)
{
	uint32_t n = 0;

	for (const struct transaction *x = t->open; x != NULL; x = x->next) {
		for (const struct transaction *y = x; y != NULL; y = y->behind)
			n += y->request.in.addr == r->in.addr && y->request.realm == r->realm;
	}
	return n >= CGN_RELAY_CLIENT_MAX;
}

static void
open_transaction(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		bool is_unmap, cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	struct transaction *x = t->is_closed ? NULL : calloc(1, sizeof(*x));
	struct transaction *same;

	if (x == NULL || transaction_has_too_many(t, r)) {
		free(x);
		transaction_fail(done, arg, t->is_closed ? -ECANCELED : -ENOBUFS, now_ms);
		return;
	}
	x->owner = t;
	x->request = *r;
	x->is_unmap = is_unmap;
	x->done = done;
	x->arg = arg;
	t->n_open++;
	/* Requests for one endpoint are carried out one after the other. Otherwise their steps would mix. */
	same = find_same(t, r);
	if (same != NULL) {
		while (same->behind != NULL)
			same = same->behind;
		same->behind = x;
		return;
	}
	x->next = t->open;
	t->open = x;
	begin(x, now_ms);
}

/* Answer a renewal of a PCP client, if the mapping lives long enough in both NATs. A renewal that changes more than the
 * lifetime is carried out. So is one that comes after another request for the same endpoint, which may change all. */
static bool
answer_at_once(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		struct cgn_lessor_answer *out, uint64_t now_ms)
{
	struct cgn_lessor_info lease;
	uint64_t until_ms, left_s;

	if (t->is_closed || r->by.by != CGN_LEASE_BY_PCP || r->extra != NULL || r->must_have_ext ||
			r->pass != NULL || find_same(t, r) != NULL ||
			!cgn_lessor_find(t->cfg.lessor, r->realm, &r->in, &lease, now_ms) ||
			!cgn_lease_owner_same(&lease.by, &r->by) ||
			!cgn_relay_grants_find(t->grants, r->in.proto,
					rte_be_to_cpu_16(lease.ext.port), &out->ext, &until_ms,
					now_ms))
		return false;
	left_s = RTE_MIN((until_ms - now_ms) / 1000, lease.left_s);
	out->lifetime_s = (uint32_t)left_s;
	return left_s * 4 >= UINT64_C(3) * r->lifetime_s;
}

struct cgn_relay_grants *
cgn_relay_transactions_grants(const struct cgn_relay_transactions *t)
{
	return t->grants;
}

void
cgn_relay_transactions_map(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	struct cgn_lessor_answer a = { 0 };

	if (answer_at_once(t, r, &a, now_ms))
		done(arg, &a, now_ms);
	else
		open_transaction(t, r, false, done, arg, now_ms);
}

void
cgn_relay_transactions_unmap(struct cgn_relay_transactions *t, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	open_transaction(t, r, true, done, arg, now_ms);
}

bool
cgn_relay_transactions_outermost(const struct cgn_relay_transactions *t, const struct cgn_ep4 *wan,
		struct cgn_ep4 *out, uint64_t now_ms)
{
	uint64_t until_ms;

	return cgn_relay_grants_find(
			t->grants, wan->proto, rte_be_to_cpu_16(wan->port), out, &until_ms, now_ms);
}

/* --- life ---------------------------------------------------------------------------------- */

bool
cgn_relay_transactions_is_silence(const struct cgn_lessor_answer *a)
{
	uint16_t code = a->upstream_by == CGN_LEASE_BY_PCP ? CGN_PCP_NETWORK_FAILURE
							   : CGN_NATPMP_NETWORK;

	return a->upstream_code == code;
}

uint32_t
cgn_relay_transactions_open(const struct cgn_relay_transactions *t)
{
	return t->n_open;
}

const struct cgn_relay_transactions_stats *
cgn_relay_transactions_stats(const struct cgn_relay_transactions *t)
{
	return &t->stats;
}

int
cgn_relay_transactions_create(
		struct cgn_relay_transactions **out, const struct cgn_relay_transactions_cfg *cfg)
{
	struct cgn_relay_transactions *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->cfg = *cfg;
	t->grants = cgn_relay_grants_create();
	if (t->grants == NULL) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void
cgn_relay_transactions_set_closed(struct cgn_relay_transactions *t, bool is_closed)
{
	t->is_closed = is_closed;
}

void
cgn_relay_transactions_destroy(struct cgn_relay_transactions *t)
{
	if (t == NULL)
		return;
	while (t->open != NULL) {
		struct transaction *x = t->open;

		transaction_take_out(x);
		free(x);
	}
	cgn_relay_grants_destroy(t->grants);
	free(t);
}
