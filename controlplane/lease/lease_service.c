/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Requests under way: from a protocol's question to the result after the commit.
 *
 * Each request is in a hash table until its result is out, so a repeated one is recognised.
 */
#include "controlplane/lease/lease_service.h"

#include "controlplane/lease/ask_rate.h"
#include "controlplane/lease/authorization.h"
#include "controlplane/lease/leaselog.h"
#include "controlplane/link/local_addr.h"
#include "controlplane/loop/token_bucket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS     256 /* requests under way, by what they ask; a power of two */
#define TELL_PER_S 200 /* refusals that workers are told */
#define CHECK_MS   251 /* between two checks of the requests that wait for a slow store */

/* A request under way. */
struct pending {
	struct cgn_lease_service *service;
	struct pending *next;  /* free, or ready and waiting for the store */
	struct pending *chain; /* of the same bucket */
	const struct cgn_lease_protocol *protocol;
	struct cgn_asker asker;
	struct cgn_return_addr to;
	struct cgn_lease_ask ask;
	uint64_t at_ms;
	struct cgn_ep4 ext; /* of a success that waits for the store */
	uint32_t lifetime_s;
	uint16_t set_size;
	bool is_static;
};

struct cgn_lease_service {
	struct cgn_lease_service_cfg cfg;
	struct cgn_askers askers;
	struct cgn_ask_rate *rate;
	struct cgn_token_bucket tell; /* refusals that workers are told */
	struct cgn_leaselog *log;
	struct pending *unused;
	struct pending *ready; /* in the order of their replies */
	struct pending **ready_end;
	struct pending *keeping; /* the store is at work on these */
	struct cgn_lessor_wait wait;
	struct cgn_timer flush;
	struct cgn_timer late;
	unsigned int n_open;
	struct pending *chains[CHAINS];
	struct pending pending[CGN_LEASE_SERVICE_OPEN_MAX];
};

/* --- requests under way -------------------------------------------------------------------- */

static struct pending **
chain_of(struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_lease_ask *ask)
{
	/* Not the port: requests for sets of ports may overlap. */
	uint64_t x = (uint64_t)ask->proto << 40 | asker->addr;

	x ^= s->cfg.seed;
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return &s->chains[(x >> 32) % CHAINS];
}

static bool
is_same_ask(const struct cgn_lease_ask *a, const struct cgn_lease_ask *b)
{
	return a->op == b->op && a->proto == b->proto && a->in_port == b->in_port &&
			a->ext_port == b->ext_port && a->lifetime_s == b->lifetime_s &&
			a->must_have_ext == b->must_have_ext && a->rem_addr == b->rem_addr &&
			a->rem_port == b->rem_port && a->set_size == b->set_size &&
			a->set_parity == b->set_parity && a->ext_addr == b->ext_addr &&
			cgn_lease_owner_same(&a->by, &b->by) &&
			cgn_lease_extra_same(a->extra, b->extra) &&
			cgn_lease_pass_same(a->pass, b->pass) &&
			memcmp(a->token, b->token, sizeof(a->token)) == 0;
}

/* Whether two answers go to one place. A client and a host that asks for it are two. */
static bool
is_same_way(const struct cgn_return_addr *a, const struct cgn_return_addr *b)
{
	return cgn_local_addr_same(&a->remote, &b->remote) &&
			cgn_local_addr_same(&a->local, &b->local) &&
			a->remote_port == b->remote_port;
}

static bool
is_same(const struct pending *p, const struct pending *q)
{
	return p->protocol == q->protocol && p->asker.realm == q->asker.realm &&
			p->asker.addr == q->asker.addr && is_same_way(&p->to, &q->to) &&
			is_same_ask(&p->ask, &q->ask);
}

static bool
is_about_mapping(const struct pending *p)
{
	return p->ask.op == CGN_LEASE_MAP || p->ask.op == CGN_LEASE_PEER ||
			p->ask.op == CGN_LEASE_UNMAP;
}

/* Whether two requests are about the same port. */
static bool
do_overlap(const struct cgn_lease_ask *a, const struct cgn_lease_ask *b)
{
	uint32_t a_end = a->in_port + RTE_MAX(a->set_size, 1u);
	uint32_t b_end = b->in_port + RTE_MAX(b->set_size, 1u);

	return a->in_port < b_end && b->in_port < a_end;
}

/* Whether one request deletes all mappings of the client, and the other one is about one of them. What is under way is
 * in no table yet, so the deletion would miss it. And what it will delete must not be told to be granted. */
static bool
is_about_all(const struct pending *p, const struct pending *q)
{
	return (p->ask.op == CGN_LEASE_UNMAP_ALL && is_about_mapping(q)) ||
			(q->ask.op == CGN_LEASE_UNMAP_ALL && is_about_mapping(p));
}

/* Whether two requests about one mapping are of different owners, or change its extra, or one of them is of PEER. The
 * second one has to wait until it is known whose the mapping is, and what it has. */
static bool
is_about_same(const struct pending *p, const struct pending *q)
{
	return is_about_mapping(p) && is_about_mapping(q) && do_overlap(&p->ask, &q->ask) &&
			(!cgn_lease_owner_same(&p->ask.by, &q->ask.by) || p->ask.extra != NULL ||
					q->ask.extra != NULL || p->ask.set_size > 1 ||
					q->ask.set_size > 1 || p->ask.op == CGN_LEASE_PEER ||
					q->ask.op == CGN_LEASE_PEER);
}

/* Whether the second of two requests has to wait for the first one. */
static bool
is_rival(const struct pending *p, const struct pending *q)
{
	return p->asker.realm == q->asker.realm && p->asker.addr == q->asker.addr &&
			p->ask.proto == q->ask.proto && (is_about_same(p, q) || is_about_all(p, q));
}

/* Enter a request into the table. @return 0; -EALREADY: the same one is under way; -ENOBUFS: there is no
 * room */
static int
open_request(struct cgn_lease_service *s, const struct pending *q, struct pending **out)
{
	struct pending **chain = chain_of(s, &q->asker, &q->ask);
	struct pending *p = *chain;

	while (p != NULL && !is_same(p, q) && !is_rival(p, q))
		p = p->chain;
	if (p != NULL)
		return -EALREADY;
	p = s->unused;
	if (p == NULL)
		return -ENOBUFS;
	s->unused = p->next;
	*p = *q;
	p->chain = *chain;
	*chain = p;
	s->n_open++;
	(void)cgn_lease_extra_hold(p->ask.extra);
	cgn_realms_hold(s->cfg.realms, p->asker.realm);
	*out = p;
	return 0;
}

static void
close_request(struct pending *p)
{
	struct cgn_lease_service *s = p->service;
	struct pending **at = chain_of(s, &p->asker, &p->ask);

	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;
	cgn_lease_extra_release(p->ask.extra);
	p->next = s->unused;
	s->unused = p;
	s->n_open--;
	cgn_realms_release(s->cfg.realms, p->asker.realm);
}

/* --- results ------------------------------------------------------------------------------- */

static bool
is_late(const struct pending *p, uint64_t now_ms)
{
	return !p->service->cfg.backend->is_slow && now_ms - p->at_ms > p->protocol->late_ms;
}

/* The worker counts only what it refuses itself. */
void
cgn_lease_service_refuse(struct cgn_lease_service *s, const struct cgn_asker *asker,
		enum cgn_refusal why, uint64_t now_ms)
{
	cgn_leaselog_refused(s->log, s->cfg.conf, asker, cgn_refusal_name(why), now_ms);
	if (s->cfg.refused != NULL && cgn_token_bucket_take(&s->tell, now_ms))
		s->cfg.refused(s->cfg.ctx, asker, why, now_ms);
}

/* Why a request for a mapping was refused without a worker. CGN_REFUSAL_COUNT: a worker has decided */
static enum cgn_refusal
why_refused(const struct cgn_lease_result *r)
{
	if (r->upstream_code != 0)
		return CGN_REFUSAL_UPSTREAM;
	if (r->ret == -EKEYREJECTED || (r->is_policy && r->ret == -EACCES))
		return CGN_REFUSAL_NOT_AUTHORIZED;
	return r->is_policy ? CGN_REFUSAL_OTHER : CGN_REFUSAL_COUNT;
}

/* Tell the protocol, and end the request. */
static void
service_finish(struct pending *p, struct cgn_lease_result *r, uint64_t now_ms)
{
	const bool is_map = p->ask.op == CGN_LEASE_MAP || p->ask.op == CGN_LEASE_PEER;
	enum cgn_refusal why = why_refused(r);

	if (is_map && why != CGN_REFUSAL_COUNT)
		cgn_lease_service_refuse(p->service, &p->asker, why, now_ms);
	else if (is_map && cgn_leaselog_word(r->ret) != NULL)
		cgn_leaselog_refused(p->service->log, p->service->cfg.conf, &p->asker,
				cgn_leaselog_word(r->ret), now_ms);
	r->ask = &p->ask;
	r->asker = &p->asker;
	r->to = &p->to;
	r->is_late = is_late(p, now_ms);
	r->epoch_s = cgn_lease_service_epoch_s(p->service, &p->asker, now_ms);
	p->protocol->answer(p->protocol->ctx, r, now_ms);
	close_request(p);
}

/* Finish a request that has waited for the store. */
static void
finish_kept(struct pending *p, int ret, uint64_t now_ms)
{
	struct cgn_lease_result r = { .ret = ret };

	if (ret == 0) {
		r.ext = p->ext;
		r.lifetime_s = p->lifetime_s;
		r.set_size = p->set_size;
		r.is_static = p->is_static;
	}
	service_finish(p, &r, now_ms);
}

/* The commit has ended. If it has failed, all requests fail with -EIO: an errno of the store would mean
 * something else to the protocol. */
static void
kept(void *arg, int ret, uint64_t now_ms)
{
	struct cgn_lease_service *s = arg;
	struct pending *p = s->keeping;

	s->keeping = NULL;
	cgn_timerq_cancel(s->cfg.timers, &s->late);
	while (p != NULL) {
		struct pending *next = p->next;

		finish_kept(p, ret == 0 ? 0 : -EIO, now_ms);
		p = next;
	}
	if (s->ready != NULL)
		(void)cgn_timerq_set(s->cfg.timers, &s->flush, now_ms); /* reserved */
}

/* Begin a commit for all requests that are ready. While a commit is under way, the requests that become
 * ready wait for the next one. So one commit serves many requests. */
static void
flush(void *arg, uint64_t now_ms)
{
	struct cgn_lease_service *s = arg;

	if (s->wait.is_set)
		return;
	s->keeping = s->ready;
	s->ready = NULL;
	s->ready_end = &s->ready;
	cgn_lessor_wait(s->cfg.lessor, &s->wait, now_ms);
	if (s->wait.is_set)
		(void)cgn_timerq_set(s->cfg.timers, &s->late, now_ms + CHECK_MS); /* reserved */
}

/* Finish those requests of a list whose answer nobody waits for any more. @return where the next one is to
 * be put */
static struct pending **
drop_late(struct pending **at, uint64_t now_ms)
{
	while (*at != NULL) {
		struct pending *p = *at;

		if (is_late(p, now_ms)) {
			*at = p->next;
			finish_kept(p, 0, now_ms);
		} else {
			at = &p->next;
		}
	}
	return at;
}

/* The store may hang. Its requests must not take the room of others for ever. */
static void
make_room(void *arg, uint64_t now_ms)
{
	struct cgn_lease_service *s = arg;

	(void)drop_late(&s->keeping, now_ms);
	s->ready_end = drop_late(&s->ready, now_ms);
	if (s->wait.is_set)
		(void)cgn_timerq_set(s->cfg.timers, &s->late, now_ms + CHECK_MS);
}

/* Let a request wait for the commit. The client is told only what the store has. */
static void
make_ready(struct pending *p, uint64_t now_ms)
{
	struct cgn_lease_service *s = p->service;

	p->next = NULL;
	*s->ready_end = p;
	s->ready_end = &p->next;
	/* A timer that is due at once: the commit begins after all packets of this turn of the loop. */
	if (cgn_timerq_set(s->cfg.timers, &s->flush, now_ms) < 0)
		flush(s, now_ms);
}

/* --- what the backend says ----------------------------------------------------------------- */

/* Finish a request that has changed nothing. It does not wait for the store. */
static void
finish_now(struct pending *p, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct cgn_lease_result r = {
		.ret = a->ret,
		.upstream_code = a->upstream_code,
		.upstream_by = a->upstream_by,
		.ext = a->ext,
		.lifetime_s = a->lifetime_s,
	};

	service_finish(p, &r, now_ms);
}

static void
service_told(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	finish_now(arg, a, now_ms);
}

/* A success is told after the commit. */
static void
wait_for_commit(struct pending *p, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	p->ext = a->ext;
	p->lifetime_s = a->lifetime_s;
	p->set_size = a->set_size;
	p->is_static = a->is_static;
	make_ready(p, now_ms);
}

static void
service_mapped(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct pending *p = arg;

	if (a->ret != 0) {
		finish_now(p, a, now_ms);
		return;
	}
	wait_for_commit(p, a, now_ms);
}

/* Whether a client has static mappings of a protocol. */
static bool
has_static(const struct cgn_conf *conf, rte_be32_t addr, uint8_t proto)
{
	for (size_t i = 0; i < conf->nat.n_statics; i++) {
		if (conf->nat.statics[i].in_addr == addr && conf->nat.statics[i].proto == proto)
			return true;
	}
	return false;
}

static void
service_unmapped(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct pending *p = arg;
	struct cgn_lessor_answer kept_some = { .ret = -EPERM };

	if (a->ret != 0)
		finish_now(p, a, now_ms);
	else if (p->ask.op == CGN_LEASE_UNMAP_ALL && !p->asker.is_home &&
			has_static(p->service->cfg.conf, p->asker.addr, p->ask.proto))
		finish_now(p, &kept_some, now_ms); /* RFC 6886 section 3.4 */
	else
		wait_for_commit(p, a, now_ms);
}

/* --- requests ------------------------------------------------------------------------------ */

/* @return 0, or why this mapping is refused without asking a worker */
static int
check_map(const struct cgn_conf *conf, const struct pending *p)
{
	if (conf->groups[p->asker.group].leases_max == 0)
		return -EACCES;
	return p->ask.in_port == 0 ? -EINVAL : 0;
}

/* What a request about a lease of another owner gets. NAT-PMP only reads: it is told what there is (RFC 6886 section
 * 3.3 lets it have less time than it asks for). */
static struct cgn_lease_result
result_of_foreign(const struct cgn_lease_ask *ask, const struct cgn_lessor_info *lease)
{
	struct cgn_lease_result r = { .ret = -EKEYREJECTED, .lifetime_s = lease->map_left_s };

	if (ask->op == CGN_LEASE_MAP && ask->by.by == CGN_LEASE_BY_NATPMP) {
		/* A lease that ends now is not told: a lifetime of 0 would say that it was deleted. */
		r.ret = lease->map_left_s == 0 ? -EAGAIN : 0;
		r.ext = lease->ext;
		r.lifetime_s = RTE_MIN(lease->map_left_s, ask->lifetime_s);
	}
	return r;
}

/* If PCP is off, nobody can say a nonce. Then NAT-PMP may change the leases that PCP has made. */
static bool
service_may_change(const struct pending *p, const struct cgn_lease_owner *owner)
{
	return cgn_lease_owner_may_change(owner, &p->ask.by) || !p->service->cfg.conf->pcp.enabled;
}

/* Answer a request about a lease that the sender may not change. @return false: it may */
static bool
answer_foreign(struct pending *p, const struct cgn_lessor_request *r, uint64_t now_ms)
{
	const struct cgn_lease_backend *backend = p->service->cfg.backend;
	struct cgn_lessor_info lease;
	struct cgn_lease_result result;

	if (!is_about_mapping(p) ||
			!cgn_lessor_find(
					p->service->cfg.lessor, r->realm, &r->in, &lease, now_ms) ||
			service_may_change(p, &lease.by))
		return false;
	result = result_of_foreign(&p->ask, &lease);
	if (result.ret == 0 && backend->outermost != NULL &&
			!backend->outermost(p->service->cfg.backend_ctx, &lease.ext, &result.ext,
					now_ms))
		result.ret = -EAGAIN;
	service_finish(p, &result, now_ms);
	return true;
}

static void
service_map(struct pending *p, struct cgn_lessor_request *r, uint64_t now_ms)
{
	const struct cgn_lease_service_cfg *cfg = &p->service->cfg;
	struct cgn_lease_result refused = { .ret = check_map(cfg->conf, p), .is_policy = true };

	if (refused.ret != 0) {
		service_finish(p, &refused, now_ms);
		return;
	}
	if (answer_foreign(p, r, now_ms))
		return;
	cfg->backend->map(cfg->backend_ctx, r, service_mapped, p, now_ms);
}

/* PEER protects only what PEER has asked for: MAP may have another nonce. Without a lifetime, the request only wants to
 * know what there is. @return whether the request is answered */
static bool
answer_peer(struct pending *p, const struct cgn_lessor_request *r, uint64_t now_ms)
{
	struct cgn_lease_result result = { .ret = 0 };
	struct cgn_lessor_info lease;

	if (!cgn_lessor_find(p->service->cfg.lessor, r->realm, &r->in, &lease, now_ms))
		lease = (struct cgn_lessor_info){ .left_s = 0 };
	if (lease.peer_left_s != 0 &&
			memcmp(lease.peer.nonce, r->by.nonce, sizeof(lease.peer.nonce)) != 0) {
		result.ret = -EKEYREJECTED;
		result.lifetime_s = lease.peer_left_s;
	} else if (r->lifetime_s == 0) {
		result.ext = lease.ext;
		result.lifetime_s = lease.left_s;
	} else {
		return false;
	}
	service_finish(p, &result, now_ms);
	return true;
}

static void
service_peer(struct pending *p, struct cgn_lessor_request *r, uint64_t now_ms)
{
	const struct cgn_lease_service_cfg *cfg = &p->service->cfg;
	struct cgn_lease_result refused = { .ret = check_map(cfg->conf, p), .is_policy = true };

	if (refused.ret != 0)
		service_finish(p, &refused, now_ms);
	else if (!answer_peer(p, r, now_ms))
		cfg->backend->peer(cfg->backend_ctx, r, service_mapped, p, now_ms);
}

/* A group without leases gets nothing of the NAT in front, either. */
static void
service_pass(struct pending *p, const struct cgn_lessor_request *r, uint64_t now_ms)
{
	const struct cgn_lease_service_cfg *cfg = &p->service->cfg;
	struct cgn_lease_result refused = { .ret = -EACCES, .is_policy = true };

	if (cfg->conf->groups[p->asker.group].leases_max == 0)
		service_finish(p, &refused, now_ms);
	else
		cfg->backend->pass(cfg->backend_ctx, r, service_told, p, now_ms);
}

/* Announcements come from the address that the client has asked. If another host has asked for it, nobody knows. */
static rte_be32_t
gateway_of(const struct pending *p)
{
	const struct cgn_ip client = { .ip4 = p->asker.addr };

	return cgn_local_addr_same(&p->to.remote, &client) ? p->to.local.ip4 : 0;
}

static void
carry_out(struct pending *p, uint64_t now_ms)
{
	const struct cgn_lease_service_cfg *cfg = &p->service->cfg;
	struct cgn_lessor_request r = {
		.realm = p->asker.realm,
		.in = { .addr = p->asker.addr,
				.port = rte_cpu_to_be_16(p->ask.in_port),
				.proto = p->ask.proto },
		.ext_port = rte_cpu_to_be_16(p->ask.ext_port),
		.ext_addr = p->ask.ext_addr,
		.must_have_ext = p->ask.must_have_ext,
		.extra = p->ask.extra,
		.lifetime_s = p->ask.lifetime_s,
		.by = p->ask.by,
		.gateway = gateway_of(p),
		.set_size = p->ask.set_size,
		.set_parity = p->ask.set_parity,
		.rem_addr = p->ask.rem_addr,
		.rem_port = rte_cpu_to_be_16(p->ask.rem_port),
		.pass = p->ask.pass,
	};

	switch (p->ask.op) {
	case CGN_LEASE_ADDRESS:
		cfg->backend->address(cfg->backend_ctx, &r, service_told, p, now_ms);
		break;
	case CGN_LEASE_MAP:
		service_map(p, &r, now_ms);
		break;
	case CGN_LEASE_PEER:
		service_peer(p, &r, now_ms);
		break;
	case CGN_LEASE_UNMAP:
		if (answer_foreign(p, &r, now_ms))
			break;
		cfg->backend->unmap(cfg->backend_ctx, &r, service_unmapped, p, now_ms);
		break;
	case CGN_LEASE_UNMAP_ALL:
		cfg->backend->unmap_all(cfg->backend_ctx, &r, service_unmapped, p, now_ms);
		break;
	case CGN_LEASE_PASS:
		service_pass(p, &r, now_ms);
		break;
	}
}

int
cgn_lease_service_ask(struct cgn_lease_service *s, const struct cgn_lease_protocol *protocol,
		const struct cgn_asker *asker, const struct cgn_return_addr *to,
		const struct cgn_lease_ask *ask, uint64_t now_ms)
{
	const struct cgn_conf_group *g = &s->cfg.conf->groups[asker->group];
	struct pending *p,
			q = { .service = s,
				.protocol = protocol,
				.asker = *asker,
				.to = *to,
				.ask = *ask,
				.at_ms = now_ms };
	uint32_t realm = 0;
	int ret;

	/* The home gets a number, and keeps it at least until its request has been looked at. The request
	 * itself holds it from then on. */
	if (asker->is_home) {
		realm = cgn_realms_get(s->cfg.realms, &asker->b4, g->subscriber_prefix6_len);
		if (realm == 0)
			return -ENOBUFS;
		q.asker.realm = realm;
	}
	ret = open_request(s, &q, &p);
	if (ret == 0)
		carry_out(p, now_ms);
	cgn_realms_release(s->cfg.realms, realm);
	return ret;
}

int
cgn_lease_service_identify(const struct cgn_lease_service *s, const struct cgn_return_addr *from,
		struct cgn_asker *out)
{
	return cgn_askers_find(&s->askers, from, out);
}

int
cgn_lease_service_identify_other(const struct cgn_lease_service *s, const struct cgn_asker *asks,
		const struct cgn_ip *client, struct cgn_asker *out)
{
	return cgn_askers_find_other(&s->askers, asks, client, out);
}

uint32_t
cgn_lease_service_realm(const struct cgn_lease_service *s, const struct cgn_ip6 *b4)
{
	return cgn_askers_find_realm(&s->askers, b4);
}

uint32_t
cgn_lease_service_group(
		const struct cgn_lease_service *s, rte_be32_t addr, const struct cgn_ip6 *b4)
{
	return b4 == NULL ? cgn_group_find4(&s->askers.groups, addr)
			  : cgn_group_find6(&s->askers.groups, b4);
}

bool
cgn_lease_service_is_authorized(const struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_return_addr *from)
{
	/* A host that is no subscriber gets nothing for itself, so there is nothing to require. */
	return asker->group == CGN_GROUP_NONE ||
			cgn_authorization_allows(&s->cfg.conf->groups[asker->group], from);
}

bool
cgn_lease_service_needs_ipsec(const struct cgn_lease_service *s, rte_be32_t addr)
{
	uint32_t group = cgn_group_find4(&s->askers.groups, addr);

	return group != CGN_GROUP_NONE &&
			s->cfg.conf->groups[group].natpmp_auth == CGN_NATPMP_AUTH_IPSEC;
}

bool
cgn_lease_service_may_ask(struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_return_addr *from, uint64_t now_ms)
{
	bool may = cgn_ask_rate_take(s->rate, &asker->subscriber,
			cgn_lease_service_is_authorized(s, asker, from),
			s->cfg.conf->natpmp.requests_per_s, now_ms);

	if (!may)
		cgn_lease_service_refuse(s, asker, CGN_REFUSAL_REQUEST_RATE, now_ms);
	return may;
}

uint32_t
cgn_lease_service_epoch_s(
		const struct cgn_lease_service *s, const struct cgn_asker *asker, uint64_t now_ms)
{
	/* A home without a number has lost nothing, so the epoch of all is valid for it. Its inner address
	 * must not be used: a native client may have the same one. */
	rte_be32_t addr = asker->is_home && asker->realm == 0 ? CGN_LESSOR_ALL : asker->addr;

	return s->cfg.backend->epoch_s(s->cfg.backend_ctx, asker->realm, addr, now_ms);
}

void
cgn_lease_service_use(struct cgn_lease_service *s, const struct cgn_lease_backend *backend,
		void *backend_ctx)
{
	s->cfg.backend = backend == NULL ? &cgn_lease_backend_lessor : backend;
	s->cfg.backend_ctx = backend == NULL ? s->cfg.lessor : backend_ctx;
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_lease_service_create(struct cgn_lease_service **out, const struct cgn_lease_service_cfg *cfg)
{
	struct cgn_lease_service *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	cgn_lease_service_use(s, cfg->backend, cfg->backend_ctx);
	s->ready_end = &s->ready;
	cgn_token_bucket_init(&s->tell, TELL_PER_S, TELL_PER_S, 0);
	s->flush = (struct cgn_timer){ .fire = flush, .arg = s };
	s->late = (struct cgn_timer){ .fire = make_room, .arg = s };
	s->wait.done = kept;
	s->wait.arg = s;
	for (unsigned int i = 0; i < CGN_LEASE_SERVICE_OPEN_MAX; i++) {
		s->pending[i].next = s->unused;
		s->unused = &s->pending[i];
	}
	if (cgn_askers_init(&s->askers, cfg->conf, cfg->realms) < 0 ||
			cgn_ask_rate_create(&s->rate, cfg->seed) < 0 ||
			cgn_leaselog_create(&s->log, cfg->timers) < 0 ||
			cgn_timerq_reserve(cfg->timers, 3) < 0) {
		cgn_lease_service_destroy(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void
cgn_lease_service_destroy(struct cgn_lease_service *s)
{
	if (s == NULL)
		return;
	cgn_timerq_cancel(s->cfg.timers, &s->flush);
	cgn_timerq_cancel(s->cfg.timers, &s->late);
	cgn_leaselog_destroy(s->log);
	cgn_ask_rate_destroy(s->rate);
	cgn_askers_fini(&s->askers);
	free(s);
}

int
cgn_lease_service_prepare(struct cgn_lease_service *s, const struct cgn_conf *next)
{
	return cgn_askers_prepare(&s->askers, next);
}

void
cgn_lease_service_abandon(struct cgn_lease_service *s)
{
	cgn_askers_abandon(&s->askers);
}

void
cgn_lease_service_set_conf(struct cgn_lease_service *s, const struct cgn_conf *conf)
{
	s->cfg.conf = conf;
	cgn_askers_set_conf(&s->askers, conf);
}

bool
cgn_lease_service_can_pass(const struct cgn_lease_service *s)
{
	const struct cgn_lease_backend *backend = s->cfg.backend;

	return backend->can_pass != NULL && backend->can_pass(s->cfg.backend_ctx);
}

bool
cgn_lease_service_has_peer(const struct cgn_lease_service *s)
{
	return s->cfg.backend->peer != NULL;
}

const struct cgn_lease_extra *
cgn_lease_service_extra(const struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_lease_owner *by, uint8_t proto, uint16_t in_port)
{
	struct cgn_lessor_info lease;
	const struct cgn_ep4 in = {
		.addr = asker->addr, .port = rte_cpu_to_be_16(in_port), .proto = proto
	};

	/* A home without a number has no lease. */
	if (asker->is_home && asker->realm == 0)
		return NULL;
	if (!cgn_lessor_find(s->cfg.lessor, asker->realm, &in, &lease, 0) ||
			!cgn_lease_owner_may_change(&lease.by, by))
		return NULL;
	return cgn_lessor_extra(s->cfg.lessor, asker->realm, &in);
}

unsigned int
cgn_lease_service_open(const struct cgn_lease_service *s)
{
	return s->n_open;
}
