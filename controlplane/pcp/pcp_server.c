/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes PCP requests: parses them, checks the rules of PCP, asks the lease service, and answers.
 */
#include "controlplane/pcp/pcp_server.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/pcp/pcp_pass.h"
#include "controlplane/pcp/pcp_result.h"
#include "controlplane/pcp/pcp_update.h"
#include "controlplane/pcp/pcp_wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* The options that the server processes for everybody. */
#define PROCESSED (CGN_PCP_DO_PREFER_FAILURE | CGN_PCP_DO_FILTER | CGN_PCP_DO_DESCRIPTION)

/* The datagram of a request under way. */
struct kept {
	struct kept *next;           /* free */
	unsigned int processed;      /* options: enum cgn_pcp_processed */
	struct cgn_lease_pass *pass; /* its own; NULL: nothing is passed on */
	size_t len;
	uint8_t data[CGN_PCP_MESSAGE_MAX];
};

struct cgn_pcp_server {
	struct cgn_pcp_server_cfg cfg;
	struct cgn_lease_protocol protocol;
	struct cgn_pcp_server_stats stats;
	struct cgn_pcp_update *updates; /* NULL: none are sent */
	struct kept *unused;
	struct kept kept[CGN_LEASE_SERVICE_OPEN_MAX];
};

/* A datagram, and who sent it. */
struct question {
	const struct cgn_return_addr *from;
	const uint8_t *data;
	size_t len;
	struct cgn_asker asker; /* the client: the sender, or the one that it asks for */
	unsigned int processed; /* options that the sender may use: enum cgn_pcp_processed */
	struct cgn_pcp_request r;
};

static void
pcp_count(struct cgn_pcp_server *s, enum cgn_pcp_counter c)
{
	s->stats.counter[c]++;
}

/* --- answers ------------------------------------------------------------------------------- */

static void
pcp_send(struct cgn_pcp_server *s, const struct cgn_return_addr *to, enum cgn_pcp_result result,
		const struct cgn_pcp_message *m)
{
	if (result < CGN_PCP_RESULTS)
		s->stats.result[result]++;
	s->cfg.send(s->cfg.ctx, to, m->octets, m->len);
}

static void
answer_error(struct cgn_pcp_server *s, const struct question *q, enum cgn_pcp_result result,
		uint64_t now_ms)
{
	uint32_t epoch_s = cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms);
	struct cgn_pcp_message m;

	cgn_pcp_codec_error(&m, q->data, q->len, result, cgn_pcp_codes_lifetime_s(result), epoch_s);
	pcp_send(s, q->from, result, &m);
}

/* ANNOUNCE of a client: it wants to know whether the server lives, and its epoch (RFC 6887 section 14.1.2). */
static void
answer_announce(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	const struct cgn_pcp_answer a = {
		.opcode = CGN_PCP_ANNOUNCE,
		.epoch_s = cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms),
	};
	struct cgn_pcp_message m;

	pcp_count(s, CGN_PCP_C_REQUESTS_ANNOUNCE);
	(void)cgn_pcp_codec_answer(&m, &a); /* 24 octets always fit */
	pcp_send(s, q->from, CGN_PCP_SUCCESS, &m);
}

/* The options of a success: those that the server has processed. A description is told as it is kept. */
static void
options_of_success(struct cgn_pcp_options *o, const struct cgn_lease_result *x)
{
	const struct cgn_lease_extra *extra = x->ask->extra;

	/* A set of one port is none (RFC 7753 section 4.2). */
	if (x->ask->op == CGN_LEASE_MAP) {
		o->has_port_set = o->has_port_set && x->set_size > 1;
		o->port_set.size = x->set_size;
	}
	o->port_set.first_in_port = x->ask->in_port;
	o->has_description = o->has_description && extra != NULL;
	if (o->has_description) {
		o->description_len = extra->description_len;
		memcpy(o->description, extra->description, extra->description_len);
	}
}

/* Whether the answer tells an external endpoint. A deletion has the suggested one in it (RFC 6887 section 15.1), and so
 * has the answer to PEER if it has made nothing and found nothing. */
static bool
has_ext(const struct cgn_lease_result *x)
{
	return x->ask->op == CGN_LEASE_MAP || (x->ask->op == CGN_LEASE_PEER && x->ext.port != 0);
}

/* The answer to a mapping that was made or deleted. @return false: it is too long */
static bool
write_success(struct cgn_pcp_message *m, const struct kept *k, const struct cgn_lease_result *x,
		const struct cgn_pcp_outcome *o)
{
	struct cgn_pcp_answer a = { .lifetime_s = o->lifetime_s, .epoch_s = x->epoch_s };
	enum cgn_pcp_result result;
	struct cgn_pcp_request r;

	(void)cgn_pcp_codec_parse(&r, &result, k->data, k->len); /* it was read before */
	(void)cgn_pcp_codec_check(&r, k->processed);
	a.opcode = r.opcode;
	a.mapping = r.mapping;
	a.options = r.options;
	options_of_success(&a.options, x);
	if (has_ext(x)) {
		a.mapping.ext = (struct cgn_ip){ .ip4 = x->ext.addr };
		a.mapping.ext_port = rte_be_to_cpu_16(x->ext.port);
	}
	return cgn_pcp_codec_answer(m, &a) && (k->pass == NULL || cgn_pcp_pass_add(m, k->pass));
}

/* Write the answer to a mapping. A success is none if nobody has processed an option that must be processed: the relay
 * has deleted a mapping without the NAT in front. */
static void
write_outcome(struct cgn_pcp_message *m, const struct kept *k, const struct cgn_lease_result *x,
		struct cgn_pcp_outcome *o)
{
	if (o->result == CGN_PCP_SUCCESS) {
		if (k->pass != NULL && k->pass->is_needed && !k->pass->is_processed)
			o->result = CGN_PCP_UNSUPP_OPTION;
		else if (write_success(m, k, x, o))
			return;
		else
			o->result = CGN_PCP_MALFORMED_REQUEST; /* RFC 6887 section 7.3 */
		o->lifetime_s = cgn_pcp_codes_lifetime_s(o->result);
	}
	cgn_pcp_codec_error(m, k->data, k->len, o->result, o->lifetime_s, x->epoch_s);
}

static void
count_refusal(struct cgn_pcp_server *s, const struct cgn_lease_result *x,
		enum cgn_pcp_result result)
{
	if (x->upstream_code != 0)
		return;
	if (x->ret == -EACCES && x->is_policy)
		pcp_count(s, CGN_PCP_C_REFUSED_POLICY);
	else if (x->ret == -EKEYREJECTED)
		pcp_count(s, CGN_PCP_C_REFUSED_NONCE);
	else if (result == CGN_PCP_USER_EX_QUOTA)
		pcp_count(s, CGN_PCP_C_REFUSED_SUBSCRIBER);
	else if (result == CGN_PCP_NO_RESOURCES)
		pcp_count(s, CGN_PCP_C_REFUSED_BOX);
}

static void
answer_mapping(struct cgn_pcp_server *s, const struct kept *k, const struct cgn_lease_result *x,
		uint64_t now_ms)
{
	struct cgn_pcp_outcome o;
	struct cgn_pcp_message m;

	if (!cgn_pcp_result_of(x, &o)) {
		pcp_count(s, CGN_PCP_C_UNANSWERED);
		return;
	}
	count_refusal(s, x, o.result);
	if (o.result == CGN_PCP_SUCCESS && s->updates != NULL)
		cgn_pcp_update_answered(s->updates, x, now_ms);
	write_outcome(&m, k, x, &o);
	if (x->is_late)
		pcp_count(s, CGN_PCP_C_LATE);
	else
		pcp_send(s, x->to, o.result, &m);
}

/* The NAT in front has answered a request of an unknown opcode. */
static void
answer_passed(struct cgn_pcp_server *s, const struct kept *k, const struct cgn_lease_result *x)
{
	const struct cgn_lease_pass *p = k->pass;
	struct cgn_pcp_message m;

	cgn_pcp_codec_pass_answer(&m, p->answer, p->answer_len, x->epoch_s, &x->to->remote);
	pcp_send(s, x->to, (enum cgn_pcp_result)m.octets[3], &m);
}

static void
pcp_keep_free(struct cgn_pcp_server *s, struct kept *k)
{
	free(k->pass);
	k->pass = NULL;
	k->next = s->unused;
	s->unused = k;
}

static void
pcp_answer(void *ctx, const struct cgn_lease_result *x, uint64_t now_ms)
{
	struct cgn_pcp_server *s = ctx;
	struct kept *k = x->ask->cookie;

	if (x->ask->op == CGN_LEASE_PASS && x->ret == 0)
		answer_passed(s, k, x);
	else
		answer_mapping(s, k, x, now_ms);
	pcp_keep_free(s, k);
}

/* --- requests ------------------------------------------------------------------------------ */

/* Keep the datagram until its answer. @return NULL: there is no room */
static struct kept *
pcp_keep(struct cgn_pcp_server *s, const struct question *q)
{
	struct kept *k = s->unused;

	if (k == NULL)
		return NULL;
	s->unused = k->next;
	k->processed = q->processed;
	k->len = q->len;
	memcpy(k->data, q->data, q->len);
	return k;
}

static uint32_t
clamp_lifetime(const struct cgn_conf_pcp *conf, uint32_t lifetime_s)
{
	return RTE_MIN(RTE_MAX(lifetime_s, conf->lifetime_min_s), conf->lifetime_max_s);
}

/* Add the filters of a request to those that the lease has. @return false: they are more than allowed */
static bool
add_request_filters(
		struct cgn_lease_extra *extra, const struct cgn_pcp_options *o, unsigned int max)
{
	for (unsigned int i = 0; i < o->n_filters; i++) {
		const struct cgn_pcp_filter *f = &o->filters[i];
		const struct cgn_filter filter = {
			.addr = f->remote.ip4 & rte_cpu_to_be_32(cgn_mask4(f->remote.len)),
			.port = rte_cpu_to_be_16(f->port),
			.len = f->remote.len,
		};

		if (f->is_clear)
			extra->n_filters = 0;
		else if (!cgn_lease_extra_filter(extra, &filter, max))
			return false;
	}
	return true;
}

/*
 * Compute what the lease will have: what it has now, changed by the options of the request.
 *
 * @return 0, -ENOBUFS: no memory, -E2BIG: too many filters
 */
static int
extra_of(struct cgn_pcp_server *s, const struct question *q, struct cgn_lease_ask *a)
{
	const struct cgn_pcp_options *o = &q->r.options;
	const struct cgn_lease_extra *now;

	if (!o->has_description && o->n_filters == 0)
		return 0;
	a->extra = cgn_lease_extra_new();
	if (a->extra == NULL)
		return -ENOBUFS;
	now = cgn_lease_service_extra(s->cfg.leases, &q->asker, &a->by, a->proto, a->in_port);
	if (now != NULL)
		cgn_lease_extra_copy(a->extra, now);
	if (o->has_description)
		cgn_lease_extra_describe(a->extra, o->description, o->description_len);
	return add_request_filters(a->extra, o, s->cfg.conf->pcp.filters_max) ? 0 : -E2BIG;
}

/* Take out of a request what is passed on: unknown options, or all of it. @return 0 or -ENOBUFS */
static int
pass_of(const struct question *q, struct cgn_lease_ask *a)
{
	struct kept *k = a->cookie;
	int ret = 0;

	if (a->op == CGN_LEASE_PASS) {
		k->pass = cgn_pcp_pass_message(q->data, q->len);
		ret = k->pass == NULL ? -ENOBUFS : 0;
	} else if ((q->processed & CGN_PCP_PASS_UNKNOWN) != 0) {
		ret = cgn_pcp_pass_options(&k->pass, q->r.rest);
	}
	a->pass = k->pass;
	return ret;
}

static void
pcp_ask(struct cgn_pcp_server *s, const struct question *q, struct cgn_lease_ask *a,
		uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &q->r.mapping;
	int ret = -ENOBUFS;

	a->proto = m->proto == IPPROTO_TCP ? CGN_PROTO_TCP : CGN_PROTO_UDP;
	a->in_port = m->in_port;
	a->ext_port = m->ext_port;
	a->ext_addr = m->ext.is_ip6 ? 0 : m->ext.ip4;
	a->by.by = CGN_LEASE_BY_PCP;
	memcpy(a->by.nonce, m->nonce, sizeof(a->by.nonce));
	a->cookie = pcp_keep(s, q);
	if (a->cookie != NULL)
		ret = pass_of(q, a);
	if (ret == 0 && a->lifetime_s != 0)
		ret = extra_of(s, q, a);
	if (ret == 0)
		ret = cgn_lease_service_ask(
				s->cfg.leases, &s->protocol, &q->asker, q->from, a, now_ms);
	cgn_lease_extra_release(a->extra);
	if (ret < 0 && a->cookie != NULL)
		pcp_keep_free(s, a->cookie);
	if (ret == -E2BIG)
		answer_error(s, q, CGN_PCP_EXCESSIVE_REMOTE_PEERS, now_ms);
	else if (ret < 0)
		pcp_count(s, ret == -EALREADY ? CGN_PCP_C_REPEATED : CGN_PCP_C_OVERLOAD);
}

/* How many ports a client may get at once. A deletion may name more: the limit may have been another one. */
static uint16_t
set_size_of(const struct cgn_conf_pcp *conf, const struct question *q)
{
	uint32_t size = RTE_MIN(q->r.options.port_set.size, UINT16_MAX + 1 - q->r.mapping.in_port);

	return (uint16_t)RTE_MIN(
			size, q->r.lifetime_s == 0 ? CGN_PORT_SET_MAX : conf->port_set_max);
}

static void
ask_mapping(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	bool is_delete = q->r.lifetime_s == 0;
	struct cgn_lease_ask a = {
		.op = is_delete ? CGN_LEASE_UNMAP : CGN_LEASE_MAP,
		.lifetime_s = is_delete ? 0 : clamp_lifetime(&s->cfg.conf->pcp, q->r.lifetime_s),
		.must_have_ext = q->r.options.prefer_failure,
	};

	if (q->r.options.has_port_set) {
		a.set_size = set_size_of(&s->cfg.conf->pcp, q);
		a.set_parity = q->r.options.port_set.parity;
	}
	pcp_count(s, is_delete ? CGN_PCP_C_REQUESTS_UNMAP : CGN_PCP_C_REQUESTS_MAP);
	pcp_ask(s, q, &a, now_ms);
}

/* A lifetime of 0 asks what there is: PEER deletes nothing. */
static void
ask_peer(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &q->r.mapping;
	struct cgn_lease_ask a = {
		.op = CGN_LEASE_PEER,
		.lifetime_s = q->r.lifetime_s == 0
				? 0
				: clamp_lifetime(&s->cfg.conf->pcp, q->r.lifetime_s),
		.must_have_ext = m->ext_port != 0 || !cgn_pcp_wire_is_any(&m->ext),
		.rem_addr = m->rem.ip4,
		.rem_port = m->rem_port,
	};

	pcp_count(s, CGN_PCP_C_REQUESTS_PEER);
	pcp_ask(s, q, &a, now_ms);
}

/* Whether only an external IPv6 address will do. cgnd has none. */
static bool
insists_on_ip6(const struct cgn_pcp_request *r)
{
	return (r->options.prefer_failure || r->opcode == CGN_PCP_PEER) && r->mapping.ext.is_ip6 &&
			!cgn_pcp_wire_is_any(&r->mapping.ext);
}

/* There is nothing to delete. */
static void
answer_nothing(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	const struct cgn_pcp_answer none = {
		.opcode = CGN_PCP_MAP,
		.epoch_s = cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms),
		.mapping = q->r.mapping,
		.options = q->r.options,
	};
	struct cgn_pcp_message answer;

	(void)cgn_pcp_codec_answer(&answer, &none); /* it is no longer than the request */
	pcp_send(s, q->from, CGN_PCP_SUCCESS, &answer);
}

/* Mappings of all ports, or of all protocols, cannot be made on a shared address. So there is none to delete, either. */
static void
take_map(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &q->r.mapping;
	bool is_known = (m->proto == IPPROTO_TCP || m->proto == IPPROTO_UDP) && m->in_port != 0;

	if (is_known && insists_on_ip6(&q->r)) {
		answer_error(s, q, CGN_PCP_CANNOT_PROVIDE_EXTERNAL, now_ms);
	} else if (is_known) {
		ask_mapping(s, q, now_ms);
	} else if (q->r.lifetime_s != 0) {
		answer_error(s, q, CGN_PCP_UNSUPP_PROTOCOL, now_ms);
	} else {
		answer_nothing(s, q, now_ms);
	}
}

/* Whether a filter is for IPv6 hosts, which no mapping of cgnd can be reached by. */
static bool
filters_ip6(const struct cgn_pcp_options *o)
{
	for (unsigned int i = 0; i < o->n_filters; i++) {
		if (o->filters[i].remote.is_ip6 && !o->filters[i].is_clear)
			return true;
	}
	return false;
}

/* Whether a packet of the inside to this address would be translated. */
static bool
is_remote(const struct cgn_ip *ip)
{
	uint32_t first = ip->is_ip6 ? 0 : rte_be_to_cpu_32(ip->ip4) >> 24;

	return first != 0 && first != 127 && first < 224;
}

/* RFC 6887 section 12.3 */
static void
take_peer(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	const struct cgn_pcp_mapping *m = &q->r.mapping;

	if (!is_remote(&m->rem))
		answer_error(s, q, CGN_PCP_MALFORMED_REQUEST, now_ms);
	else if (m->proto != IPPROTO_TCP && m->proto != IPPROTO_UDP)
		answer_error(s, q, CGN_PCP_UNSUPP_PROTOCOL, now_ms);
	else if (insists_on_ip6(&q->r))
		answer_error(s, q, CGN_PCP_CANNOT_PROVIDE_EXTERNAL, now_ms);
	else
		ask_peer(s, q, now_ms);
}

/* Whether a host may ask for others. The inner address of a softwire says nothing: each home can have it. */
static bool
may_ask_for_others(const struct cgn_conf_pcp *conf, const struct cgn_return_addr *from)
{
	for (size_t i = 0; !from->is_wire && i < conf->n_third_party; i++) {
		if (cgn_local_addr_in_prefix(&conf->third_party[i], &from->remote))
			return true;
	}
	return false;
}

/* Whether a sender has a NAT itself. An IPv6 address has none, nor has a host that is no subscriber. */
static bool
has_nat(const struct cgn_asker *asker)
{
	return asker->group != CGN_GROUP_NONE && !cgn_asker_is_b4(asker);
}

/* Find the client of a request for a mapping. It may be another host than the sender (RFC 6887 section 13.1). */
static enum cgn_pcp_result
find_client(struct cgn_pcp_server *s, struct question *q)
{
	struct cgn_asker other;

	if (!q->r.options.has_third_party)
		return has_nat(&q->asker) ? CGN_PCP_SUCCESS : CGN_PCP_NOT_AUTHORIZED;
	if (cgn_lease_service_identify_other(
			    s->cfg.leases, &q->asker, &q->r.options.third_party, &other) < 0)
		return CGN_PCP_NOT_AUTHORIZED;
	if (!cgn_lease_service_is_authorized(s->cfg.leases, &other, q->from)) {
		pcp_count(s, CGN_PCP_C_UNAUTHORIZED);
		return CGN_PCP_NOT_AUTHORIZED;
	}
	q->asker = other;
	return CGN_PCP_SUCCESS;
}

/* Test who sent a request that could be parsed. @return SUCCESS: go on */
static enum cgn_pcp_result
check_sender(struct cgn_pcp_server *s, const struct question *q)
{
	const struct cgn_ip *source = &q->from->remote;

	if (!cgn_pcp_wire_same_ip(&q->r.client, source)) {
		pcp_count(s, CGN_PCP_C_MISMATCH);
		return CGN_PCP_ADDRESS_MISMATCH;
	}
	if (!cgn_lease_service_is_authorized(s->cfg.leases, &q->asker, q->from)) {
		pcp_count(s, CGN_PCP_C_UNAUTHORIZED);
		return CGN_PCP_NOT_AUTHORIZED;
	}
	return CGN_PCP_SUCCESS;
}

/* Test a request that could be parsed. @return SUCCESS: carry it out */
static enum cgn_pcp_result
pcp_check(struct cgn_pcp_server *s, struct question *q)
{
	enum cgn_pcp_result result = check_sender(s, q);

	if (result != CGN_PCP_SUCCESS)
		return result;
	if (q->r.opcode == CGN_PCP_PEER && !cgn_lease_service_has_peer(s->cfg.leases))
		return CGN_PCP_UNSUPP_OPCODE;
	if ((q->r.opcode == CGN_PCP_MAP && !s->cfg.conf->pcp.map) ||
			(q->r.opcode == CGN_PCP_PEER && !s->cfg.conf->pcp.peer))
		return CGN_PCP_NOT_AUTHORIZED;
	result = cgn_pcp_codec_check(&q->r, q->processed);
	if (result == CGN_PCP_SUCCESS && filters_ip6(&q->r.options))
		result = CGN_PCP_MALFORMED_OPTION;
	return result == CGN_PCP_SUCCESS && q->r.opcode != CGN_PCP_ANNOUNCE ? find_client(s, q)
									    : result;
}

/* Test a request of an unknown opcode. The NAT in front takes it for one of this router, so it must ask for nobody else.
 * @return SUCCESS: pass it on */
static enum cgn_pcp_result
check_unknown(struct cgn_pcp_server *s, const struct question *q)
{
	enum cgn_pcp_result result = check_sender(s, q);

	if (result == CGN_PCP_SUCCESS && !has_nat(&q->asker))
		result = CGN_PCP_NOT_AUTHORIZED;
	if (result == CGN_PCP_SUCCESS && cgn_pcp_pass_names_others(q->data, q->len)) {
		pcp_count(s, CGN_PCP_C_REFUSED_PASS);
		result = CGN_PCP_UNSUPP_OPCODE;
	}
	return result;
}

static void
take_unknown(struct cgn_pcp_server *s, const struct question *q, uint64_t now_ms)
{
	struct cgn_lease_ask a = { .op = CGN_LEASE_PASS };
	enum cgn_pcp_result result = check_unknown(s, q);

	if (result != CGN_PCP_SUCCESS) {
		answer_error(s, q, result, now_ms);
		return;
	}
	pcp_count(s, CGN_PCP_C_REQUESTS_PASS);
	pcp_ask(s, q, &a, now_ms);
}

/* Whether a request may have parts that this server does not know, because they are passed on (RFC 7648 section 3.4.2).
 * PEER and ANNOUNCE are not passed on, so their options are not, either. */
static bool
may_pass(const struct cgn_pcp_server *s, const struct question *q)
{
	return q->r.opcode != CGN_PCP_ANNOUNCE && q->r.opcode != CGN_PCP_PEER &&
			s->cfg.conf->pcp.relay_unknown && cgn_lease_service_can_pass(s->cfg.leases);
}

static void
pcp_take(struct cgn_pcp_server *s, struct question *q, enum cgn_pcp_result result, uint64_t now_ms)
{
	if (may_pass(s, q))
		q->processed |= CGN_PCP_PASS_UNKNOWN;
	if (result == CGN_PCP_UNSUPP_OPCODE && (q->processed & CGN_PCP_PASS_UNKNOWN) != 0) {
		take_unknown(s, q, now_ms);
		return;
	}
	if (result == CGN_PCP_SUCCESS)
		result = pcp_check(s, q);
	if (result == CGN_PCP_NOT_AUTHORIZED)
		cgn_lease_service_refuse(
				s->cfg.leases, &q->asker, CGN_REFUSAL_NOT_AUTHORIZED, now_ms);
	if (result != CGN_PCP_SUCCESS)
		answer_error(s, q, result, now_ms);
	else if (q->r.opcode == CGN_PCP_ANNOUNCE)
		answer_announce(s, q, now_ms);
	else if (q->r.opcode == CGN_PCP_PEER)
		take_peer(s, q, now_ms);
	else
		take_map(s, q, now_ms);
}

bool
cgn_pcp_server_input(struct cgn_pcp_server *s, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct question q = { .from = from, .data = data, .len = len, .processed = PROCESSED };
	enum cgn_pcp_result result;
	int ret = cgn_lease_service_identify(s->cfg.leases, from, &q.asker);

	if (s->cfg.conf->pcp.port_set_max != 0 && cgn_lease_service_has_peer(s->cfg.leases))
		q.processed |= CGN_PCP_DO_PORT_SET;
	if (may_ask_for_others(&s->cfg.conf->pcp, from) || (ret == 0 && cgn_asker_is_b4(&q.asker)))
		q.processed |= CGN_PCP_DO_THIRD_PARTY;
	/* Another host that is no subscriber gets an ICMP error, as if nobody listened here. */
	if (ret == -ENOENT && (q.processed & CGN_PCP_DO_THIRD_PARTY) == 0) {
		pcp_count(s, CGN_PCP_C_NO_GROUP);
		return false;
	}
	if (ret < 0 && ret != -ENOENT)
		pcp_count(s, CGN_PCP_C_NOT_INSIDE);
	else if (!cgn_pcp_codec_parse(&q.r, &result, data, len))
		pcp_count(s, CGN_PCP_C_IGNORED);
	else if (!cgn_lease_service_may_ask(s->cfg.leases, &q.asker, from, now_ms))
		pcp_count(s, CGN_PCP_C_LIMITED);
	else
		pcp_take(s, &q, result, now_ms);
	return true;
}

/* --- updates of mappings ------------------------------------------------------------------- */

static void
pcp_send_update(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	struct cgn_pcp_server *s = ctx;

	pcp_count(s, CGN_PCP_C_UPDATES);
	s->cfg.send(s->cfg.ctx, to, data, len);
}

static int
create_updates(struct cgn_pcp_server *s)
{
	const struct cgn_pcp_update_cfg cfg = {
		.leases = s->cfg.leases,
		.timers = s->cfg.timers,
		.send = pcp_send_update,
		.ctx = s,
		.seed = s->cfg.seed,
	};

	return s->cfg.timers == NULL ? 0 : cgn_pcp_update_create(&s->updates, &cfg);
}

static bool
sends_updates(const struct cgn_pcp_server *s)
{
	return s->updates != NULL && s->cfg.conf->natpmp.announce && s->cfg.conf->pcp.enabled;
}

void
cgn_pcp_server_revoked(
		struct cgn_pcp_server *s, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	if (sends_updates(s))
		cgn_pcp_update_revoked(s->updates, lease, now_ms);
}

bool
cgn_pcp_server_moved(struct cgn_pcp_server *s, const struct cgn_lessor_info *lease, uint64_t now_ms)
{
	return sends_updates(s) && cgn_pcp_update_moved(s->updates, lease, now_ms);
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_pcp_server_create(struct cgn_pcp_server **out, const struct cgn_pcp_server_cfg *cfg)
{
	struct cgn_pcp_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	s->protocol = (struct cgn_lease_protocol){
		.answer = pcp_answer, .ctx = s, .late_ms = CGN_PCP_SERVER_LATE_MS
	};
	for (unsigned int i = 0; i < CGN_LEASE_SERVICE_OPEN_MAX; i++)
		pcp_keep_free(s, &s->kept[i]);
	if (create_updates(s) < 0) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void
cgn_pcp_server_destroy(struct cgn_pcp_server *s)
{
	if (s == NULL)
		return;
	cgn_pcp_update_destroy(s->updates);
	for (unsigned int i = 0; i < CGN_LEASE_SERVICE_OPEN_MAX; i++)
		free(s->kept[i].pass);
	free(s);
}

void
cgn_pcp_server_set_conf(struct cgn_pcp_server *s, const struct cgn_conf *conf)
{
	s->cfg.conf = conf;
}

const struct cgn_pcp_server_stats *
cgn_pcp_server_stats(const struct cgn_pcp_server *s)
{
	return &s->stats;
}
