/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The backend of the lease service that gets its answers from the NAT in front.
 */
#include "controlplane/relay/relay.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/relay/relay_announce.h"
#include "controlplane/relay/relay_sweep.h"

#include <errno.h>
#include <stdlib.h>

#define CLIENT_WAITERS 8 /* requests of one client for the address that may wait */

/* A request for the external address that waits for upstream. */
struct waiter {
	struct waiter *next;
	rte_be32_t addr;
	cgn_lessor_done done;
	void *arg;
};

struct cgn_relay {
	struct cgn_relay_cfg cfg;
	struct cgn_relay_upstream *upstream;
	struct cgn_relay_transactions *transactions; /* NULL: no local NAT */
	struct cgn_relay_sweeps sweeps;
	struct cgn_relay_pass *pass; /* NULL: no local NAT */
	struct cgn_relay_announce announce;
	struct cgn_ip server; /* in use, or in use when the relay was switched off */
	struct cgn_timer poll;
	struct cgn_relay_ask address; /* one request to upstream serves all waiters */
	bool is_asking;
	bool has_news; /* to be announced when the address is known */
	bool is_closed;
	struct waiter *waiters;
	bool has_lost; /* leases were lost while cgnd was running, at lost_ms */
	uint64_t lost_ms;
};

/* --- who is outermost ---------------------------------------------------------------------- */

bool
cgn_relay_is_private(rte_be32_t addr)
{
	uint32_t a = rte_be_to_cpu_32(addr);

	return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 ||
			a >> 22 == 0x64400000 >> 22;
}

bool
cgn_relay_has_upstream(const struct cgn_relay *r)
{
	const struct cgn_conf_pool *pool = cgn_conf_first_pool(r->cfg.conf);

	return pool == NULL || pool->n_ranges == 0 ||
			cgn_relay_is_private(rte_cpu_to_be_32(pool->ranges[0].first));
}

bool
cgn_relay_is_open(const struct cgn_relay *r)
{
	return !r->is_closed && cgn_relay_has_upstream(r);
}

/* --- epoch --------------------------------------------------------------------------------- */

static uint32_t
relay_epoch_s(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	const struct cgn_relay *r = ctx;
	uint32_t s = UINT32_MAX;
	uint32_t table_s = UINT32_MAX;

	/* A B4 that passes requests on has no state, and its clients also get answers of the AFTR itself. So they are told its
	 * epoch as it is. */
	if (r->cfg.lessor == NULL && !r->cfg.is_proxy)
		s = cgn_relay_upstream_epoch_s(r->upstream, now_ms);
	else if (cgn_relay_has_upstream(r))
		s = cgn_relay_upstream_age_s(r->upstream, now_ms);
	if (r->cfg.lessor != NULL)
		table_s = cgn_lessor_epoch_s(r->cfg.lessor, realm, addr, now_ms);
	s = table_s < s ? table_s : s;
	/* The youngest epoch counts: a loss in either NAT is a loss for the client. */
	if (r->has_lost && (now_ms - r->lost_ms) / 1000 < s)
		s = (uint32_t)((now_ms - r->lost_ms) / 1000);
	return s == UINT32_MAX ? 0 : s;
}

/* --- external address ---------------------------------------------------------------------- */

/* Clients of PCP want their own format (RFC 6887 section 14.1.3). */
static void
announce_pcp(struct cgn_relay *r, uint64_t now_ms)
{
	const struct cgn_pcp_answer a = { .opcode = CGN_PCP_ANNOUNCE,
		.epoch_s = relay_epoch_s(r, 0, 0, now_ms) };
	struct cgn_pcp_message m;

	if (r->cfg.conf->pcp.enabled && cgn_pcp_codec_answer(&m, &a))
		r->cfg.ops->announce(r->cfg.ctx, m.octets, m.len);
}

static void
relay_announce(void *ctx, uint64_t now_ms)
{
	struct cgn_relay *r = ctx;
	rte_be32_t ext = cgn_relay_upstream_ext(r->upstream);
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	if (!r->cfg.conf->natpmp.announce)
		return;
	cgn_natpmp_codec_address(buf, ext == 0 ? CGN_NATPMP_NETWORK : CGN_NATPMP_OK,
			relay_epoch_s(r, 0, 0, now_ms), ext);
	r->cfg.ops->announce(r->cfg.ctx, buf, sizeof(buf));
	announce_pcp(r, now_ms);
}

static void
relay_told(void *arg, const struct cgn_relay_reply *reply, uint64_t now_ms)
{
	struct cgn_relay *r = arg;
	struct cgn_lessor_answer a = { .ext = { .addr = reply->ext } };
	struct waiter *w = r->waiters;
	bool has_news = r->has_news && !reply->is_down;

	/* The list is taken first: a client that gets its answer may ask again at once. */
	r->waiters = NULL;
	r->is_asking = false;
	r->has_news &= reply->is_down;
	a.ret = reply->ret;
	a.upstream_code = reply->result;
	a.upstream_by = reply->by;
	if (reply->ret == 0 && reply->ext == 0) {
		a.ret = -EADDRNOTAVAIL;
		a.upstream_code = CGN_NATPMP_NETWORK;
		a.upstream_by = CGN_LEASE_BY_NATPMP;
	}
	while (w != NULL) {
		struct waiter *next = w->next;

		w->done(w->arg, &a, now_ms);
		free(w);
		w = next;
	}
	if (has_news)
		cgn_relay_announce_begin(&r->announce, now_ms);
}

/* Ask upstream for the address, unless a request for it is under way. @return false: too many requests
 * wait */
static bool
relay_ask(struct cgn_relay *r, uint64_t now_ms)
{
	if (r->is_asking)
		return true;
	r->address = (struct cgn_relay_ask){
		.question = { .op = CGN_RELAY_ADDRESS }, .done = relay_told, .arg = r
	};
	r->is_asking = true;
	if (!cgn_relay_upstream_ask(r->upstream, &r->address, now_ms))
		r->is_asking = false;
	return r->is_asking;
}

/* Whether a client has too many requests that wait. Repetitions of a request do not come here. */
static bool
relay_has_too_many(const struct cgn_relay *r, rte_be32_t addr)
{
	unsigned int n = 0;

	for (const struct waiter *w = r->waiters; w != NULL; w = w->next)
		n += w->addr == addr;
	return n >= CLIENT_WAITERS;
}

static void
relay_address(void *ctx, const struct cgn_lessor_request *request, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	struct cgn_relay *r = ctx;
	struct cgn_lessor_answer failed = { .ret = -ENOBUFS };
	struct waiter *w;

	if (!cgn_relay_has_upstream(r)) {
		cgn_lessor_bind(r->cfg.lessor, request, done, arg, now_ms);
		return;
	}
	w = r->is_closed || relay_has_too_many(r, request->in.addr) ? NULL : malloc(sizeof(*w));
	if (w == NULL) {
		done(arg, &failed, now_ms);
		return;
	}
	*w = (struct waiter){
		.next = r->waiters, .addr = request->in.addr, .done = done, .arg = arg
	};
	r->waiters = w;
	if (!relay_ask(r, now_ms)) {
		r->waiters = w->next;
		free(w);
		done(arg, &failed, now_ms);
	}
}

/* --- mappings ------------------------------------------------------------------------------ */

static void
relay_map(void *ctx, const struct cgn_lessor_request *request, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	struct cgn_relay *r = ctx;

	if (cgn_relay_has_upstream(r))
		cgn_relay_transactions_map(r->transactions, request, done, arg, now_ms);
	else
		cgn_lessor_map(r->cfg.lessor, request, done, arg, now_ms);
}

static void
relay_unmap(void *ctx, const struct cgn_lessor_request *request, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	struct cgn_relay *r = ctx;

	if (cgn_relay_has_upstream(r))
		cgn_relay_transactions_unmap(r->transactions, request, done, arg, now_ms);
	else
		cgn_lessor_unmap(r->cfg.lessor, request, done, arg, now_ms);
}

static void
relay_unmap_all(void *ctx, const struct cgn_lessor_request *request, cgn_lessor_done done,
		void *arg, uint64_t now_ms)
{
	static const struct cgn_lessor_answer closed = { .ret = -ECANCELED };
	struct cgn_relay *r = ctx;

	if (!cgn_relay_has_upstream(r))
		cgn_lessor_unmap_all(r->cfg.lessor, request, done, arg, now_ms);
	else if (r->is_closed)
		done(arg, &closed, now_ms);
	else
		cgn_relay_sweeps_begin(&r->sweeps, request, done, arg, now_ms);
}

static bool
relay_outermost(void *ctx, const struct cgn_ep4 *wan, struct cgn_ep4 *out, uint64_t now_ms)
{
	const struct cgn_relay *r = ctx;

	if (cgn_relay_has_upstream(r))
		return cgn_relay_transactions_outermost(r->transactions, wan, out, now_ms);
	*out = *wan;
	return true;
}

static bool
relay_can_pass(void *ctx)
{
	const struct cgn_relay *r = ctx;

	return r->pass != NULL && cgn_relay_is_open(r) &&
			cgn_relay_upstream_wire(r->upstream)->by == CGN_LEASE_BY_PCP;
}

static void
relay_pass(void *ctx, const struct cgn_lessor_request *request, cgn_lessor_done done, void *arg,
		uint64_t now_ms)
{
	struct cgn_relay *r = ctx;

	cgn_relay_pass_ask(r->pass, request, done, arg, now_ms);
}

const struct cgn_lease_backend cgn_relay_backend = {
	.address = relay_address,
	.map = relay_map,
	.unmap = relay_unmap,
	.unmap_all = relay_unmap_all,
	.pass = relay_pass,
	.can_pass = relay_can_pass,
	.epoch_s = relay_epoch_s,
	.outermost = relay_outermost,
	.is_slow = true,
};

/* --- news ---------------------------------------------------------------------------------- */

static void
relay_send(void *ctx, const void *data, size_t len)
{
	struct cgn_relay *r = ctx;

	if (!r->is_closed)
		r->cfg.ops->send(r->cfg.ctx, data, len);
}

/* Upstream has news, which may not include its address. First ask for the address, then announce. */
static void
changed(void *ctx, uint64_t now_ms)
{
	struct cgn_relay *r = ctx;

	if (r->transactions != NULL)
		cgn_relay_grants_doubt(cgn_relay_transactions_grants(r->transactions));
	r->has_news = true;
	(void)relay_ask(r, now_ms);
}

/* Upstream has ended or moved one of the mappings. An epoch that begins anew lets all clients renew theirs. */
static void
updated(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms)
{
	const struct cgn_ep4 ext = { .addr = x->ext, .port = rte_cpu_to_be_16(x->ext_port) };
	struct cgn_relay *r = ctx;

	if (r->cfg.is_proxy)
		r->cfg.ops->updated(r->cfg.ctx, x, now_ms);
	else if (r->transactions != NULL &&
			cgn_relay_grants_update(cgn_relay_transactions_grants(r->transactions),
					x->proto, x->in_port, &ext, x->nonce, x->lifetime_s,
					now_ms))
		cgn_relay_lost(r, now_ms);
}

/* Upstream has sent an answer of an unknown opcode. */
static bool
relay_passed(void *ctx, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct cgn_relay *r = ctx;

	return r->pass != NULL && cgn_relay_pass_input(r->pass, data, len, now_ms);
}

static struct cgn_ip
relay_source(void *ctx)
{
	const struct cgn_relay *r = ctx;

	return r->cfg.ops->source(r->cfg.ctx);
}

static const struct cgn_relay_upstream_ops upstream_ops = {
	.send = relay_send,
	.source = relay_source,
	.changed = changed,
	.updated = updated,
	.passed = relay_passed,
};

static void
poll(void *arg, uint64_t now_ms)
{
	struct cgn_relay *r = arg;

	(void)cgn_timerq_set(r->cfg.timers, &r->poll, now_ms + CGN_RELAY_POLL_MS);
	(void)relay_ask(r, now_ms);
}

void
cgn_relay_lost(struct cgn_relay *r, uint64_t now_ms)
{
	r->has_lost = true;
	r->lost_ms = now_ms;
	if (cgn_relay_is_open(r))
		changed(r, now_ms);
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_relay_create(struct cgn_relay **out, const struct cgn_relay_cfg *cfg)
{
	struct cgn_relay *r = calloc(1, sizeof(*r));
	struct cgn_relay_upstream_cfg up = {
		.timers = cfg->timers,
		.protocol = cfg->conf->natpmp.upstream_protocol,
		.n_servers = cfg->conf->natpmp.n_upstreams,
		/* A B4 asks only for the address, and NAT-PMP has a request for it. */
		.prefers_natpmp = cfg->lessor == NULL,
		.random = cfg->random,
		.ops = &upstream_ops,
		.ctx = r,
	};
	struct cgn_relay_transactions_cfg transactions = { .lessor = cfg->lessor };
	const struct cgn_relay_pass_cfg pass = {
		.timers = cfg->timers, .send = relay_send, .source = relay_source, .ctx = r
	};
	int ret;

	if (r == NULL)
		return -ENOMEM;
	r->cfg = *cfg;
	r->poll = (struct cgn_timer){ .fire = poll, .arg = r };
	r->announce = (struct cgn_relay_announce){
		.timers = cfg->timers, .send = relay_announce, .ctx = r
	};
	ret = cgn_relay_upstream_create(&r->upstream, &up);
	transactions.upstream = r->upstream;
	if (ret == 0 && cfg->lessor != NULL)
		ret = cgn_relay_transactions_create(&r->transactions, &transactions);
	r->sweeps = (struct cgn_relay_sweeps){ .lessor = cfg->lessor,
		.transactions = r->transactions };
	if (ret == 0 && cfg->lessor != NULL)
		ret = cgn_relay_pass_create(&r->pass, &pass);
	if (ret < 0) {
		cgn_relay_destroy(r);
		return ret;
	}
	*out = r;
	return 0;
}

/* Begin or end to send. */
static void
set_closed(struct cgn_relay *r, bool is_closed)
{
	r->is_closed = is_closed;
	if (r->transactions != NULL)
		cgn_relay_transactions_set_closed(r->transactions, is_closed);
}

void
cgn_relay_start(struct cgn_relay *r, uint64_t now_ms)
{
	set_closed(r, false);
	if (!cgn_relay_has_upstream(r))
		return;
	r->has_news = true;
	/* A proxy keeps its table in memory. The clients fill it again, because its epoch begins anew (RFC 7648 section 3). */
	if (r->cfg.is_proxy) {
		r->has_lost = true;
		r->lost_ms = now_ms;
	}
	poll(r, now_ms);
}

void
cgn_relay_close(struct cgn_relay *r)
{
	set_closed(r, true);
}

void
cgn_relay_pause(struct cgn_relay *r, uint64_t now_ms)
{
	set_closed(r, true);
	cgn_timerq_cancel(r->cfg.timers, &r->poll);
	cgn_relay_announce_end(&r->announce);
	cgn_relay_upstream_cancel(r->upstream, now_ms);
	if (r->pass != NULL)
		cgn_relay_pass_cancel(r->pass, now_ms);
}

void
cgn_relay_destroy(struct cgn_relay *r)
{
	if (r == NULL)
		return;
	cgn_timerq_cancel(r->cfg.timers, &r->poll);
	cgn_relay_announce_end(&r->announce);
	while (r->waiters != NULL) {
		struct waiter *next = r->waiters->next;

		free(r->waiters);
		r->waiters = next;
	}
	cgn_relay_upstream_destroy(r->upstream);
	cgn_relay_transactions_destroy(r->transactions);
	cgn_relay_sweeps_fini(&r->sweeps);
	cgn_relay_pass_destroy(r->pass);
	free(r);
}

/* The place of an address in another list. n_upstreams: it is not there */
static unsigned int
place_of(const struct cgn_conf_natpmp *to, const struct cgn_ip *addr)
{
	unsigned int i = 0;

	while (i < to->n_upstreams && !cgn_local_addr_same(&to->upstreams[i], addr))
		i++;
	return i;
}

void
cgn_relay_set_conf(struct cgn_relay *r, const struct cgn_conf *conf, uint64_t now_ms)
{
	const struct cgn_conf_natpmp *from = &r->cfg.conf->natpmp, *to = &conf->natpmp;
	struct cgn_relay_upstream_servers servers = {
		.protocol = to->upstream_protocol,
		.n = to->n_upstreams,
	};

	if (from->role == CGN_NATPMP_RELAY)
		r->server = from->upstreams[cgn_relay_upstream_at(r->upstream)];
	r->cfg.conf = conf;
	if (to->role != CGN_NATPMP_RELAY)
		return;
	servers.at = place_of(to, &r->server);
	cgn_relay_upstream_change(r->upstream, &servers, now_ms);
	if (servers.at == servers.n)
		cgn_relay_lost(r, now_ms);
}

struct cgn_relay_upstream *
cgn_relay_get_upstream(struct cgn_relay *r)
{
	return r->upstream;
}

const struct cgn_relay_transactions *
cgn_relay_get_transactions(const struct cgn_relay *r)
{
	return r->transactions;
}

const struct cgn_relay_pass *
cgn_relay_get_pass(const struct cgn_relay *r)
{
	return r->pass;
}

struct cgn_relay_stats
cgn_relay_stats(const struct cgn_relay *r)
{
	return (struct cgn_relay_stats){ .series = r->announce.series,
		.announced = r->announce.sent };
}
