/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes the requests of the hosts of a home, asks the AFTR for them, and answers.
 */
#include "controlplane/relay/relay_proxy.h"

#include "controlplane/lease/ask_rate.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/natpmp/natpmp_result.h"
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/relay/relay_held.h"
#include "controlplane/relay/relay_nonce.h"
#include "controlplane/relay/relay_proxy_wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RESPONSE_BIT 0x80 /* the top bit, which a PCP client looks for */

/* The options of a host's request. THIRD_PARTY is for the B4 alone. */
#define OF_HOSTS ((CGN_PCP_DO_ALL & ~CGN_PCP_DO_THIRD_PARTY) | CGN_PCP_PASS_UNKNOWN)

/* What a host asks for, and where from. */
struct matter {
	struct cgn_return_addr from;
	bool is_natpmp;
	struct cgn_natpmp_request natpmp;
	uint8_t proto; /* of the mapping: number of the IP protocol. 0 of PCP: all protocols */
	uint16_t in_port; /* of the mapping. 0 of NAT-PMP: all mappings of proto; of PCP: all ports of proto */
};

/* A request of a host that needs the AFTR. */
struct errand {
	struct cgn_relay_proxy *owner;
	struct errand *next; /* a younger one */
	struct matter m;
	bool is_waiting; /* for an older request that it must not overtake, or until its host may ask more */
	uint16_t result; /* a deletion of all: the first refusal, a code of NAT-PMP */
	struct cgn_relay_ask ask;
	void (*done)(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms);
	uint8_t nonce[CGN_LEASE_NONCE]; /* of the host's PCP request */
	struct cgn_pcp_request request; /* to the AFTR */
	struct cgn_pcp_message message;
	size_t len; /* of the datagram */
	uint8_t data[CGN_PCP_MESSAGE_MAX];
};

struct cgn_relay_proxy {
	struct cgn_relay_proxy_cfg cfg;
	struct errand *first; /* oldest first */
	unsigned int n;
	struct cgn_relay_proxy_stats stats;
	struct cgn_relay_held_table held;
	struct cgn_ask_rate *rate;
	uint8_t buf[CGN_NATPMP_REQUEST_MAX];
};

static uint32_t
proxy_epoch_s(const struct cgn_relay_proxy *p, uint64_t now_ms)
{
	return cgn_relay_backend.epoch_s(p->cfg.relay, 0, 0, now_ms);
}

/* --- answers without the AFTR -------------------------------------------------------------- */

static void
answer_local(struct cgn_relay_proxy *p, const struct cgn_return_addr *to, const void *data,
		size_t len)
{
	p->stats.local++;
	p->cfg.send(p->cfg.ctx, to, data, len);
}

static void
refuse_pcp(struct cgn_relay_proxy *p, const struct cgn_return_addr *to, const uint8_t *data,
		size_t len, enum cgn_pcp_result result, uint64_t now_ms)
{
	struct cgn_pcp_message m;

	cgn_pcp_codec_error(&m, data, len, result, cgn_pcp_codes_lifetime_s(result),
			proxy_epoch_s(p, now_ms));
	answer_local(p, to, m.octets, m.len);
}

/* The epoch is that of the proxy, so the AFTR is not asked. */
static void
proxy_announce(struct cgn_relay_proxy *p, const struct cgn_return_addr *to, uint64_t now_ms)
{
	const struct cgn_pcp_answer a = { .opcode = CGN_PCP_ANNOUNCE,
		.epoch_s = proxy_epoch_s(p, now_ms) };
	struct cgn_pcp_message m;

	(void)cgn_pcp_codec_answer(&m, &a); /* 24 octets always fit */
	answer_local(p, to, m.octets, m.len);
}

/* --- requests under way -------------------------------------------------------------------- */

/* Whether it asks for the external address. That has no state, so nothing waits for it. */
static bool
wants_address(const struct errand *e)
{
	return e->m.is_natpmp && e->m.natpmp.kind == CGN_NATPMP_GET_ADDRESS;
}

/* Whether two requests are about the same mapping. A deletion of all is about each mapping of NAT-PMP's protocol. */
static bool
is_same_matter(const struct errand *a, const struct errand *b)
{
	return a->m.from.remote.ip4 == b->m.from.remote.ip4 && a->m.proto == b->m.proto &&
			(a->m.in_port == b->m.in_port || a->m.in_port == 0 || b->m.in_port == 0);
}

/* Whether a request must wait: for an older one about the same mapping, or because the AFTR is asked for as many requests
 * of its host as may be. */
static bool
must_wait(const struct errand *e)
{
	unsigned int n_asked = 0;
	bool is_older = true;

	if (wants_address(e))
		return false;
	for (const struct errand *x = e->owner->first; x != NULL; x = x->next) {
		if (x == e)
			is_older = false;
		if (x == e || wants_address(x))
			continue;
		if (is_older && is_same_matter(x, e))
			return true;
		n_asked += x->m.from.remote.ip4 == e->m.from.remote.ip4 && !x->is_waiting;
	}
	return n_asked >= CGN_RELAY_PROXY_ASKED;
}

static void begin_errand(struct errand *e, uint64_t now_ms);

/* Begin the next request for the same mapping. It may end at once and so change the list. */
static void
begin_waiting(struct cgn_relay_proxy *p, uint64_t now_ms)
{
	struct errand *e = p->first;

	while (e != NULL) {
		if (e->is_waiting && !must_wait(e)) {
			e->is_waiting = false;
			begin_errand(e, now_ms);
			e = p->first;
		} else {
			e = e->next;
		}
	}
}

static void
take_out_errand(struct errand *e)
{
	struct cgn_relay_proxy *p = e->owner;
	struct errand **at = &p->first;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	p->n--;
}

static void
end_errand(struct errand *e, uint64_t now_ms)
{
	struct cgn_relay_proxy *p = e->owner;

	take_out_errand(e);
	free(e);
	begin_waiting(p, now_ms);
}

static void
answer_errand(const struct errand *e, const void *data, size_t len)
{
	struct cgn_relay_proxy *p = e->owner;

	p->stats.answered++;
	p->cfg.send(p->cfg.ctx, &e->m.from, data, len);
}

static void
answer_mapped(const struct errand *e, uint16_t result, uint16_t ext_port, uint32_t lifetime_s,
		uint64_t now_ms)
{
	uint8_t buf[CGN_NATPMP_MAP_LEN];
	size_t len = cgn_relay_proxy_wire_mapped(buf, &e->m.natpmp, result, ext_port, lifetime_s,
			proxy_epoch_s(e->owner, now_ms));

	answer_errand(e, buf, len);
}

static void
answer_error(const struct errand *e, enum cgn_pcp_result result, uint32_t lifetime_s,
		uint64_t now_ms)
{
	struct cgn_pcp_message m;

	cgn_pcp_codec_error(
			&m, e->data, e->len, result, lifetime_s, proxy_epoch_s(e->owner, now_ms));
	answer_errand(e, m.octets, m.len);
}

/* Answer a request for which the AFTR was not asked. */
static void
answer_failure(const struct errand *e, uint64_t now_ms)
{
	if (e->m.is_natpmp)
		answer_mapped(e, CGN_NATPMP_NETWORK, 0, 0, now_ms);
	else
		answer_error(e, CGN_PCP_NETWORK_FAILURE,
				cgn_pcp_codes_lifetime_s(CGN_PCP_NETWORK_FAILURE), now_ms);
}

/* The AFTR is down. If the requests that wait began one after the other, each of them would take as long as the first
 * one, and their hosts would have given up. */
static void
fail_waiting(struct cgn_relay_proxy *p, uint64_t now_ms)
{
	struct errand *e, *next;

	for (e = p->first; e != NULL; e = next) {
		next = e->next;
		if (!e->is_waiting)
			continue;
		answer_failure(e, now_ms);
		take_out_errand(e);
		free(e);
	}
}

static void
drop_errand(struct errand *e, uint64_t now_ms)
{
	e->owner->stats.dropped++;
	end_errand(e, now_ms);
}

static void
aftr_said(void *arg, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	struct errand *e = arg;

	if (r->is_down && cgn_relay_upstream_is_down(e->ask.owner))
		fail_waiting(e->owner, now_ms);
	e->done(e, r, now_ms);
}

/* Send the message to the AFTR. */
static void
ask_aftr(struct errand *e,
		void (*done)(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms),
		uint64_t now_ms)
{
	struct cgn_relay_upstream *up = cgn_relay_get_upstream(e->owner->cfg.relay);

	e->done = done;
	e->ask = (struct cgn_relay_ask){
		.item = { .client = e->m.from.remote.ip4 },
		.question = { .op = CGN_RELAY_FOR_HOST,
				.request = &e->request,
				.message = &e->message },
		.done = aftr_said,
		.arg = e,
	};
	e->owner->stats.asked++;
	if (!cgn_relay_upstream_ask(up, &e->ask, now_ms))
		drop_errand(e, now_ms);
}

static struct cgn_relay_proxy_wire
who_of(const struct errand *e)
{
	return (struct cgn_relay_proxy_wire){ .b4 = e->owner->cfg.conf->softwire.local,
		.host = e->m.from.remote.ip4 };
}

/* The lifetime began when the AFTR got the request. That may have been the first of several. */
static uint32_t
left_of(const struct cgn_relay_reply *r)
{
	if (r->lifetime_s == 0 || r->lifetime_s == UINT32_MAX)
		return r->lifetime_s;
	return r->lifetime_s > r->took_s ? r->lifetime_s - r->took_s : 1;
}

/* What the host is told. The AFTR may grant more than it was asked for, but a NAT-PMP client gets no more than that
 * (RFC 6886 section 3.3). 0: a deletion of NAT-PMP */
static uint32_t
granted_s(const struct errand *e, const struct cgn_relay_reply *r)
{
	return RTE_MIN(left_of(r),
			e->m.is_natpmp ? e->m.natpmp.lifetime_s
				       : e->owner->cfg.conf->pcp.lifetime_max_s);
}

/* Note what the AFTR has granted or deleted. */
static void
note_held(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	struct cgn_relay_held_table *t = &e->owner->held;
	struct cgn_relay_held x = {
		.host = e->m.from.remote.ip4,
		.in_port = e->m.in_port,
		.proto = e->m.proto,
		.is_natpmp = e->m.is_natpmp,
		.ext = r->ext,
		.ext_port = r->ext_port,
		.until_ms = now_ms + granted_s(e, r) * UINT64_C(1000),
		.to = e->m.from,
	};

	memcpy(x.nonce, e->request.mapping.nonce, sizeof(x.nonce));
	/* An update is an answer to MAP. */
	if (e->request.opcode != CGN_PCP_MAP)
		return;
	if (e->request.lifetime_s != 0)
		cgn_relay_held_put(t, &x, now_ms);
	else
		cgn_relay_held_drop(cgn_relay_held_find(t, x.host, x.proto, x.in_port, now_ms));
}

/* --- NAT-PMP ------------------------------------------------------------------------------- */

static uint16_t
natpmp_result_of(const struct errand *e, const struct cgn_relay_reply *r)
{
	const struct cgn_lease_result x = {
		.ret = r->ret, .upstream_code = r->result, .upstream_by = r->by
	};
	int result = cgn_natpmp_result(&e->owner->cfg.conf->natpmp, &x);

	return result < 0 ? CGN_NATPMP_NETWORK : (uint16_t)result;
}

static void
natpmp_mapped(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	bool is_delete = e->m.natpmp.lifetime_s == 0;
	uint16_t result = natpmp_result_of(e, r);

	if (result == CGN_NATPMP_OK)
		note_held(e, r, now_ms);
	answer_mapped(e, result, is_delete ? 0 : r->ext_port, granted_s(e, r), now_ms);
	end_errand(e, now_ms);
}

static void
ask_natpmp(struct errand *e, const struct cgn_natpmp_request *n,
		void (*done)(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms),
		uint64_t now_ms)
{
	const struct cgn_relay_proxy_wire who = who_of(e);

	cgn_relay_proxy_wire_natpmp(&e->message, &e->request, n, &who);
	ask_aftr(e, done, now_ms);
}

static void delete_next(struct errand *e, uint64_t now_ms);

/* The AFTR has deleted a mapping, or refused to. It is asked once for each of them, unless it is silent. */
static void
deleted_one(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &e->request.mapping;

	if (e->result == CGN_NATPMP_OK)
		e->result = natpmp_result_of(e, r);
	if (!r->is_down) {
		cgn_relay_held_drop(cgn_relay_held_find(&e->owner->held, e->m.from.remote.ip4,
				m->proto, m->in_port, now_ms));
		delete_next(e, now_ms);
		return;
	}
	answer_mapped(e, e->result, 0, 0, now_ms);
	end_errand(e, now_ms);
}

/* A PCP server has no request that deletes all mappings of a client, so they are deleted one by one. */
static void
delete_next(struct errand *e, uint64_t now_ms)
{
	const struct cgn_relay_held *x = cgn_relay_held_natpmp(
			&e->owner->held, e->m.from.remote.ip4, e->m.proto, now_ms);
	struct cgn_natpmp_request one = e->m.natpmp;

	if (x != NULL) {
		one.in_port = x->in_port;
		ask_natpmp(e, &one, deleted_one, now_ms);
		return;
	}
	answer_mapped(e, e->result, 0, 0, now_ms);
	end_errand(e, now_ms);
}

/* The relay knows the external address, or not. */
static void
natpmp_told(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct errand *e = arg;
	const struct cgn_lease_result x = {
		.ret = a->ret, .upstream_code = a->upstream_code, .upstream_by = a->upstream_by
	};
	int result = cgn_natpmp_result(&e->owner->cfg.conf->natpmp, &x);
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	if (result < 0) {
		drop_errand(e, now_ms);
		return;
	}
	cgn_natpmp_codec_address(buf, (uint16_t)result, proxy_epoch_s(e->owner, now_ms),
			result == CGN_NATPMP_OK ? a->ext.addr : 0);
	answer_errand(e, buf, sizeof(buf));
	end_errand(e, now_ms);
}

static void
begin_natpmp(struct errand *e, uint64_t now_ms)
{
	const struct cgn_lessor_request q = { .in = { .addr = e->m.from.remote.ip4 } };

	if (wants_address(e))
		cgn_relay_backend.address(e->owner->cfg.relay, &q, natpmp_told, e, now_ms);
	else if (e->m.in_port == 0)
		delete_next(e, now_ms);
	else
		ask_natpmp(e, &e->m.natpmp, natpmp_mapped, now_ms);
}

/* --- PCP ----------------------------------------------------------------------------------- */

/* An error that the proxy has made of another one has its usual lifetime, and not that of the other one. */
static void
finish_refused(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	enum cgn_pcp_result result = r->is_down
			? CGN_PCP_NETWORK_FAILURE
			: cgn_relay_proxy_wire_result(r->result, e->request.rest.len != 0);
	bool is_own = r->is_down || result != r->result;

	answer_error(e, result, is_own ? cgn_pcp_codes_lifetime_s(result) : r->lifetime_s, now_ms);
	end_errand(e, now_ms);
}

static void
pcp_mapped(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	struct cgn_pcp_message m;

	if (r->is_down || r->result != CGN_PCP_SUCCESS) {
		finish_refused(e, r, now_ms);
		return;
	}
	note_held(e, r, now_ms);
	cgn_relay_proxy_wire_answer(&m, r->said->data, r->said->len, e->nonce, granted_s(e, r),
			proxy_epoch_s(e->owner, now_ms));
	answer_errand(e, m.octets, m.len);
	end_errand(e, now_ms);
}

static uint32_t
lifetime_of(const struct cgn_conf_pcp *conf, uint32_t asked_s)
{
	if (asked_s == 0)
		return 0;
	return RTE_MIN(RTE_MAX(asked_s, conf->lifetime_min_s), conf->lifetime_max_s);
}

/* Write the request of a PCP client for the AFTR. @param is_of_natpmp  the host has mapped the port with NAT-PMP, and the
 * AFTR deletes that only by its nonce @return false: no room for THIRD_PARTY (RFC 6887 section 7.3) */
static bool
write_pcp(struct errand *e, bool is_of_natpmp)
{
	const struct cgn_relay_proxy_wire who = who_of(e);
	struct cgn_pcp_request *r = &e->request;
	enum cgn_pcp_result result;

	(void)cgn_pcp_codec_parse(r, &result, e->data, e->len); /* it was read before */
	(void)cgn_pcp_codec_check(r, OF_HOSTS);
	memcpy(e->nonce, r->mapping.nonce, sizeof(e->nonce));
	r->lifetime_s = lifetime_of(&e->owner->cfg.conf->pcp, r->lifetime_s);
	if (is_of_natpmp && r->opcode == CGN_PCP_MAP && r->lifetime_s == 0)
		cgn_relay_nonce_of_host(
				r->mapping.nonce, who.host, r->mapping.proto, r->mapping.in_port);
	return cgn_relay_proxy_wire_pcp(&e->message, r, &who);
}

/* The mapping of NAT-PMP is gone, or the AFTR has refused that. Then it will refuse the new nonce, too. */
static void
taken_over(struct errand *e, const struct cgn_relay_reply *r, uint64_t now_ms)
{
	if (r->is_down) {
		finish_refused(e, r, now_ms);
		return;
	}
	if (r->result == CGN_PCP_SUCCESS)
		cgn_relay_held_drop(cgn_relay_held_find(&e->owner->held, e->m.from.remote.ip4,
				e->m.proto, e->m.in_port, now_ms));
	(void)write_pcp(e, false); /* there was room before */
	ask_aftr(e, pcp_mapped, now_ms);
}

/* A PCP client takes over a mapping that its host has made with NAT-PMP (lease_owner.h). The AFTR knows it by another
 * nonce, so it is deleted there first. But not for a request that cannot be sent. */
static void
begin_pcp(struct errand *e, uint64_t now_ms)
{
	const struct cgn_relay_held *x = cgn_relay_held_find(
			&e->owner->held, e->m.from.remote.ip4, e->m.proto, e->m.in_port, now_ms);
	const struct cgn_natpmp_request gone = { .kind = CGN_NATPMP_MAP,
		.proto = e->m.proto == IPPROTO_TCP ? CGN_PROTO_TCP : CGN_PROTO_UDP,
		.in_port = e->m.in_port };
	bool is_of_natpmp = x != NULL && x->is_natpmp;

	if (!write_pcp(e, is_of_natpmp)) {
		answer_error(e, CGN_PCP_MALFORMED_REQUEST,
				cgn_pcp_codes_lifetime_s(CGN_PCP_MALFORMED_REQUEST), now_ms);
		end_errand(e, now_ms);
	} else if (is_of_natpmp && e->request.opcode == CGN_PCP_MAP && e->request.lifetime_s != 0) {
		ask_natpmp(e, &gone, taken_over, now_ms);
	} else {
		ask_aftr(e, pcp_mapped, now_ms);
	}
}

static void
begin_errand(struct errand *e, uint64_t now_ms)
{
	if (e->m.is_natpmp)
		begin_natpmp(e, now_ms);
	else
		begin_pcp(e, now_ms);
}

/* --- requests ------------------------------------------------------------------------------ */

/* Whether the same datagram of the same client is under way. Also counts what its host has under way. */
static bool
is_under_way(const struct cgn_relay_proxy *p, const struct errand *e, unsigned int *n)
{
	for (const struct errand *x = p->first; x != NULL; x = x->next) {
		if (x->m.from.remote.ip4 != e->m.from.remote.ip4)
			continue;
		(*n)++;
		if (x->m.from.remote_port == e->m.from.remote_port &&
				x->m.from.local.ip4 == e->m.from.local.ip4 && x->len == e->len &&
				memcmp(x->data, e->data, e->len) == 0)
			return true;
	}
	return false;
}

/* Take a valid request for the AFTR. */
static void
open_errand(struct cgn_relay_proxy *p, const struct matter *m, const uint8_t *data, size_t len,
		uint64_t now_ms)
{
	struct errand *e = p->n < CGN_RELAY_PROXY_OPEN ? malloc(sizeof(*e)) : NULL;
	struct errand **end = &p->first;
	unsigned int n = 0;
	bool is_same;

	if (e == NULL) {
		p->stats.dropped++;
		return;
	}
	*e = (struct errand){ .owner = p, .m = *m, .len = len };
	memcpy(e->data, data, len);
	is_same = is_under_way(p, e, &n);
	if (is_same || n >= CGN_RELAY_PROXY_CLIENT) {
		p->stats.repeated += is_same;
		p->stats.dropped += !is_same;
		free(e);
		return;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = e;
	p->n++;
	e->is_waiting = must_wait(e);
	if (!e->is_waiting)
		begin_errand(e, now_ms);
}

static void
refuse_natpmp(struct cgn_relay_proxy *p, const struct cgn_return_addr *from,
		const struct cgn_natpmp_request *n, const uint8_t *data, size_t len,
		uint64_t now_ms)
{
	uint8_t opcode = p->cfg.conf->natpmp.version_error_bit ? RESPONSE_BIT | n->opcode : 0;
	uint8_t buf[CGN_NATPMP_MAP_LEN];
	uint32_t epoch_s = proxy_epoch_s(p, now_ms);

	if (n->kind == CGN_NATPMP_UNKNOWN_VERSION) {
		cgn_natpmp_codec_version(buf, opcode, epoch_s);
		answer_local(p, from, buf, CGN_NATPMP_VERSION_LEN);
	} else if (n->kind == CGN_NATPMP_UNKNOWN_OPCODE) {
		answer_local(p, from, p->buf, cgn_natpmp_codec_opcode(p->buf, data, len, epoch_s));
	} else {
		answer_local(p, from, buf,
				cgn_relay_proxy_wire_mapped(
						buf, n, CGN_NATPMP_REFUSED, 0, 0, epoch_s));
	}
}

static void
take_natpmp(struct cgn_relay_proxy *p, const struct cgn_return_addr *from, const uint8_t *data,
		size_t len, uint64_t now_ms)
{
	struct matter m = { .from = *from, .is_natpmp = true };
	struct cgn_natpmp_request *n = &m.natpmp;

	cgn_natpmp_codec_parse(n, data, len);
	n->lifetime_s = RTE_MIN(n->lifetime_s, p->cfg.conf->natpmp.lifetime_max_s);
	if (n->kind == CGN_NATPMP_MAP) {
		m.proto = n->proto == CGN_PROTO_TCP ? IPPROTO_TCP : IPPROTO_UDP;
		m.in_port = n->in_port;
	}
	if (n->kind == CGN_NATPMP_IGNORE || len > sizeof(p->buf))
		p->stats.ignored++;
	else if (n->kind == CGN_NATPMP_GET_ADDRESS ||
			(n->kind == CGN_NATPMP_MAP && (n->in_port != 0 || n->lifetime_s == 0)))
		/* What stands behind a request is ignored (RFC 6886 section 3.3). */
		open_errand(p, &m, data, RTE_MIN(len, CGN_NATPMP_ASK_MAX), now_ms);
	else
		refuse_natpmp(p, from, n, data, len, now_ms);
}

/* Test a request that could be parsed. @return SUCCESS: carry it out */
static enum cgn_pcp_result
check_pcp(const struct cgn_relay_proxy *p, const struct cgn_return_addr *from,
		struct cgn_pcp_request *r)
{
	const struct cgn_conf_pcp *conf = &p->cfg.conf->pcp;

	if (r->client.is_ip6 || r->client.ip4 != from->remote.ip4)
		return CGN_PCP_ADDRESS_MISMATCH;
	if ((r->opcode == CGN_PCP_MAP && !conf->map) || (r->opcode == CGN_PCP_PEER && !conf->peer))
		return CGN_PCP_NOT_AUTHORIZED;
	return cgn_pcp_codec_check(r, r->opcode == CGN_PCP_ANNOUNCE ? 0 : OF_HOSTS);
}

static bool
take_pcp(struct cgn_relay_proxy *p, const struct cgn_return_addr *from, const uint8_t *data,
		size_t len, uint64_t now_ms)
{
	struct matter m = { .from = *from };
	enum cgn_pcp_result result;
	struct cgn_pcp_request r;

	if (!cgn_pcp_codec_parse(&r, &result, data, len)) {
		p->stats.ignored++;
		return true;
	}
	if (result == CGN_PCP_UNSUPP_OPCODE)
		return false;
	if (result == CGN_PCP_SUCCESS)
		result = check_pcp(p, from, &r);
	m.proto = r.mapping.proto;
	m.in_port = r.mapping.in_port;
	if (result != CGN_PCP_SUCCESS)
		refuse_pcp(p, from, data, len, result, now_ms);
	else if (r.opcode == CGN_PCP_ANNOUNCE)
		proxy_announce(p, from, now_ms);
	else
		open_errand(p, &m, data, len, now_ms);
	return true;
}

/* Whether a host has a request left. The AFTR limits the home, so one host must not use up the requests of all. */
static bool
may_ask(struct cgn_relay_proxy *p, rte_be32_t host, uint64_t now_ms)
{
	struct cgn_ip6 key = { .b = { 0 } };

	memcpy(key.b, &host, sizeof(host));
	return cgn_ask_rate_take(p->rate, &key, false, p->cfg.conf->natpmp.requests_per_s, now_ms);
}

bool
cgn_relay_proxy_input(struct cgn_relay_proxy *p, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms)
{
	if (!may_ask(p, from->remote.ip4, now_ms)) {
		p->stats.limited++;
		return true;
	}
	if (len > 0 && data[0] != 0 && p->cfg.conf->pcp.enabled)
		return take_pcp(p, from, data, len, now_ms);
	take_natpmp(p, from, data, len, now_ms);
	return true;
}

/* --- updates of mappings ------------------------------------------------------------------- */

/* The mapping that an update of the AFTR is about. NULL: the proxy does not know it */
static struct cgn_relay_held *
held_of(struct cgn_relay_proxy *p, const struct cgn_pcp_answer *a, uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &a->mapping;
	struct cgn_relay_held *x;

	if (!a->options.has_third_party || a->options.third_party.is_ip6)
		return NULL;
	x = cgn_relay_held_find(&p->held, a->options.third_party.ip4, m->proto, m->in_port, now_ms);
	return x != NULL && memcmp(x->nonce, m->nonce, sizeof(x->nonce)) == 0 ? x : NULL;
}

void
cgn_relay_proxy_updated(
		struct cgn_relay_proxy *p, const struct cgn_relay_said *said, uint64_t now_ms)
{
	struct cgn_relay_held *x;
	struct cgn_pcp_answer a;
	struct cgn_pcp_message m;
	uint32_t lifetime_s;

	if (!cgn_pcp_codec_parse_answer(&a, said->data, said->len))
		return;
	lifetime_s = RTE_MIN(a.lifetime_s, p->cfg.conf->pcp.lifetime_max_s);
	x = held_of(p, &a, now_ms);
	/* It may also be a second answer to a request, which changes nothing. */
	if (x == NULL ||
			(a.lifetime_s != 0 && !x->is_moved && said->ext == x->ext &&
					said->ext_port == x->ext_port))
		return;
	if (x->is_natpmp) {
		cgn_relay_held_drop(x);
		cgn_relay_lost(p->cfg.relay, now_ms);
		return;
	}
	/* The AFTR repeats an update. The host gets all of them, because one may be lost. */
	cgn_relay_proxy_wire_answer(
			&m, said->data, said->len, x->nonce, lifetime_s, proxy_epoch_s(p, now_ms));
	if (lifetime_s != 0)
		cgn_relay_held_move(
				x, said->ext, said->ext_port, now_ms + lifetime_s * UINT64_C(1000));
	p->stats.updates++;
	p->cfg.send(p->cfg.ctx, &x->to, m.octets, m.len);
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_relay_proxy_create(struct cgn_relay_proxy **out, const struct cgn_relay_proxy_cfg *cfg)
{
	struct cgn_relay_proxy *p = calloc(1, sizeof(*p));
	uint32_t seed = 0;

	if (p == NULL)
		return -ENOMEM;
	(void)getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
	if (cgn_ask_rate_create(&p->rate, seed) < 0) {
		free(p);
		return -ENOMEM;
	}
	p->cfg = *cfg;
	*out = p;
	return 0;
}

void
cgn_relay_proxy_destroy(struct cgn_relay_proxy *p)
{
	if (p == NULL)
		return;
	while (p->first != NULL) {
		struct errand *e = p->first;

		p->first = e->next;
		free(e);
	}
	cgn_ask_rate_destroy(p->rate);
	free(p);
}

void
cgn_relay_proxy_set_conf(struct cgn_relay_proxy *p, const struct cgn_conf *conf)
{
	p->cfg.conf = conf;
}

const struct cgn_relay_proxy_stats *
cgn_relay_proxy_stats(const struct cgn_relay_proxy *p)
{
	return &p->stats;
}
