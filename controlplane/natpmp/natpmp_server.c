/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes NAT-PMP requests: parses them, checks the rules of NAT-PMP, asks the lease service, and answers.
 */
#include "controlplane/natpmp/natpmp_server.h"

#include "controlplane/natpmp/natpmp_result.h"

#include <errno.h>
#include <stdlib.h>

#define RESPONSE_BIT 0x80 /* the top bit, which a PCP client looks for */

struct cgn_natpmp_server {
	struct cgn_natpmp_server_cfg cfg;
	struct cgn_lease_protocol protocol;
	struct cgn_natpmp_server_stats stats;
	uint8_t buf[CGN_NATPMP_REQUEST_MAX];
};

/* A request, and who sent it. */
struct request {
	const struct cgn_return_addr *from;
	struct cgn_asker asker;
	struct cgn_natpmp_request r;
};

static void
server_count(struct cgn_natpmp_server *s, enum cgn_natpmp_counter c)
{
	s->stats.counter[c]++;
}

/* --- answers ------------------------------------------------------------------------------- */

static void
server_send(struct cgn_natpmp_server *s, const struct cgn_return_addr *to, uint16_t result,
		const void *data, size_t len)
{
	if (result < CGN_NATPMP_RESULTS)
		s->stats.result[result]++;
	s->cfg.ops->send(s->cfg.ctx, to, data, len);
}

/* Count why a mapping is refused. Refusals by the upstream NAT are not counted here. */
static void
server_count_refusal(struct cgn_natpmp_server *s, const struct cgn_lease_result *x)
{
	if (x->upstream_code != 0)
		return;
	if (x->ret == -EACCES && x->is_policy)
		server_count(s, CGN_NATPMP_C_REFUSED_POLICY);
	else if (x->ret == -EDQUOT)
		server_count(s, CGN_NATPMP_C_REFUSED_SUBSCRIBER);
	else if (x->ret == -ENOSPC)
		server_count(s, CGN_NATPMP_C_REFUSED_BOX);
}

static void
send_address(struct cgn_natpmp_server *s, const struct cgn_lease_result *x, uint16_t result)
{
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	cgn_natpmp_codec_address(
			buf, result, x->epoch_s, result == CGN_NATPMP_OK ? x->ext.addr : 0);
	server_send(s, x->to, result, buf, sizeof(buf));
}

static void
send_map(struct cgn_natpmp_server *s, const struct cgn_lease_result *x, uint16_t result)
{
	uint8_t buf[CGN_NATPMP_MAP_LEN];
	/* A deletion is answered with a lifetime of 0 (RFC 6886 section 3.4), also if PEER keeps the mapping. */
	bool is_granted = result == CGN_NATPMP_OK && x->ask->op == CGN_LEASE_MAP;
	const struct cgn_natpmp_map_answer a = {
		.opcode = x->ask->token[0],
		.result = result,
		.epoch_s = x->epoch_s,
		.in_port = x->ask->in_port,
		.ext_port = is_granted ? rte_be_to_cpu_16(x->ext.port) : 0,
		.lifetime_s = is_granted ? x->lifetime_s : 0,
	};

	cgn_natpmp_codec_map(buf, &a);
	server_send(s, x->to, result, buf, sizeof(buf));
}

static void
server_answer(void *ctx, const struct cgn_lease_result *x, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = ctx;
	int result = cgn_natpmp_result(&s->cfg.conf->natpmp, x);

	(void)now_ms;
	if (x->ask->op == CGN_LEASE_MAP)
		server_count_refusal(s, x);
	if (result < 0)
		server_count(s, CGN_NATPMP_C_UNANSWERED);
	else if (x->is_late)
		server_count(s, CGN_NATPMP_C_LATE);
	else if (x->ask->op == CGN_LEASE_ADDRESS)
		send_address(s, x, (uint16_t)result);
	else
		send_map(s, x, (uint16_t)result);
}

/* --- requests ------------------------------------------------------------------------------ */

static void
refuse_version(struct cgn_natpmp_server *s, const struct request *q, uint64_t now_ms)
{
	uint8_t opcode = s->cfg.conf->natpmp.version_error_bit ? RESPONSE_BIT | q->r.opcode : 0;
	uint8_t buf[CGN_NATPMP_VERSION_LEN];

	cgn_natpmp_codec_version(
			buf, opcode, cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms));
	server_send(s, q->from, CGN_NATPMP_BAD_VERSION, buf, sizeof(buf));
}

static void
refuse_opcode(struct cgn_natpmp_server *s, const struct request *q, const uint8_t *data, size_t len,
		uint64_t now_ms)
{
	uint32_t epoch_s = cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms);

	if (len > sizeof(s->buf)) {
		server_count(s, CGN_NATPMP_C_IGNORED);
		return;
	}
	len = cgn_natpmp_codec_opcode(s->buf, data, len, epoch_s);
	server_send(s, q->from, CGN_NATPMP_BAD_OPCODE, s->buf, len);
}

/* A lifetime of 0 deletes a mapping. If the internal port is 0, too, it deletes all (RFC 6886 section
 * 3.4). */
static enum cgn_lease_op
op_of(const struct cgn_natpmp_request *r)
{
	if (r->kind == CGN_NATPMP_GET_ADDRESS)
		return CGN_LEASE_ADDRESS;
	if (r->lifetime_s != 0)
		return CGN_LEASE_MAP;
	return r->in_port == 0 ? CGN_LEASE_UNMAP_ALL : CGN_LEASE_UNMAP;
}

static void
count_request(struct cgn_natpmp_server *s, enum cgn_lease_op op)
{
	if (op == CGN_LEASE_ADDRESS)
		server_count(s, CGN_NATPMP_C_REQUESTS_ADDRESS);
	else
		server_count(s,
				op == CGN_LEASE_MAP ? CGN_NATPMP_C_REQUESTS_MAP
						    : CGN_NATPMP_C_REQUESTS_UNMAP);
}

/* The group requires IPsec, and the request came without. It leaves no state. */
static void
refuse_plain(struct cgn_natpmp_server *s, const struct request *q, const struct cgn_lease_ask *a,
		uint64_t now_ms)
{
	const struct cgn_lease_result x = {
		.ask = a,
		.asker = &q->asker,
		.to = q->from,
		.ret = -EACCES,
		.epoch_s = cgn_lease_service_epoch_s(s->cfg.leases, &q->asker, now_ms),
	};

	server_count(s, CGN_NATPMP_C_UNAUTHORIZED);
	cgn_lease_service_refuse(s->cfg.leases, &q->asker, CGN_REFUSAL_NOT_AUTHORIZED, now_ms);
	if (a->op == CGN_LEASE_ADDRESS)
		send_address(s, &x, CGN_NATPMP_REFUSED);
	else
		send_map(s, &x, CGN_NATPMP_REFUSED);
}

static void
server_ask(struct cgn_natpmp_server *s, const struct request *q, uint64_t now_ms)
{
	const struct cgn_lease_ask a = {
		.op = op_of(&q->r),
		.proto = q->r.proto,
		.in_port = q->r.in_port,
		.ext_port = q->r.ext_port,
		.lifetime_s = RTE_MIN(q->r.lifetime_s, s->cfg.conf->natpmp.lifetime_max_s),
		.token = { q->r.opcode },
	};
	int ret;

	count_request(s, a.op);
	if (!cgn_lease_service_is_authorized(s->cfg.leases, &q->asker, q->from)) {
		refuse_plain(s, q, &a, now_ms);
		return;
	}
	ret = cgn_lease_service_ask(s->cfg.leases, &s->protocol, &q->asker, q->from, &a, now_ms);
	if (ret == -EALREADY)
		server_count(s, CGN_NATPMP_C_REPEATED);
	else if (ret < 0)
		server_count(s, CGN_NATPMP_C_OVERLOAD);
}

bool
cgn_natpmp_server_input(struct cgn_natpmp_server *s, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct request q = { .from = from };
	int ret = cgn_lease_service_identify(s->cfg.leases, from, &q.asker);

	/* A host that is no subscriber gets an ICMP error, as if nobody listened here. */
	if (ret == -ENOENT) {
		server_count(s, CGN_NATPMP_C_NO_GROUP);
		return false;
	}
	if (ret < 0) {
		server_count(s, CGN_NATPMP_C_NOT_INSIDE);
		return true;
	}
	cgn_natpmp_codec_parse(&q.r, data, len);
	if (q.r.kind == CGN_NATPMP_IGNORE)
		server_count(s, CGN_NATPMP_C_IGNORED);
	else if (!cgn_lease_service_may_ask(s->cfg.leases, &q.asker, from, now_ms))
		server_count(s, CGN_NATPMP_C_LIMITED);
	else if (q.r.kind == CGN_NATPMP_UNKNOWN_VERSION)
		refuse_version(s, &q, now_ms);
	else if (q.r.kind == CGN_NATPMP_UNKNOWN_OPCODE)
		refuse_opcode(s, &q, data, len, now_ms);
	else
		server_ask(s, &q, now_ms);
	return true;
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_natpmp_server_create(struct cgn_natpmp_server **out, const struct cgn_natpmp_server_cfg *cfg)
{
	struct cgn_natpmp_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	s->protocol = (struct cgn_lease_protocol){
		.answer = server_answer, .ctx = s, .late_ms = CGN_NATPMP_SERVER_LATE_MS
	};
	*out = s;
	return 0;
}

void
cgn_natpmp_server_destroy(struct cgn_natpmp_server *s)
{
	free(s);
}

void
cgn_natpmp_server_set_conf(struct cgn_natpmp_server *s, const struct cgn_conf *conf)
{
	s->cfg.conf = conf;
}

unsigned int
cgn_natpmp_server_open(const struct cgn_natpmp_server *s)
{
	return cgn_lease_service_open(s->cfg.leases);
}

const struct cgn_natpmp_server_stats *
cgn_natpmp_server_stats(const struct cgn_natpmp_server *s)
{
	return &s->stats;
}
