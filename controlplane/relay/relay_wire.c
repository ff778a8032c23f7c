/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The questions of the relay as octets of NAT-PMP and of PCP.
 */
#include "controlplane/relay/relay_wire.h"

#include "controlplane/natpmp/natpmp_codec.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static_assert(CGN_LEASE_NONCE == CGN_PCP_NONCE_LEN, "the nonce of a lease is that of PCP");
static_assert(CGN_RELAY_WIRE_MAX >= CGN_PCP_MESSAGE_MAX, "a message of a host fits");

/* There is nothing to protect in a mapping to which nobody listens. A fixed nonce still knows it after a restart. */
static const uint8_t probe_nonce[CGN_PCP_NONCE_LEN] = "cgnd address";

bool
cgn_relay_wire_needs_pcp(const struct cgn_relay_question *q)
{
	return q->pass != NULL && q->pass->is_needed;
}

/* --- NAT-PMP ------------------------------------------------------------------------------- */

static uint8_t
natpmp_opcode(const struct cgn_relay_question *q)
{
	if (q->op != CGN_RELAY_MAP || q->only_pcp || cgn_relay_wire_needs_pcp(q))
		return 0;
	return q->proto == CGN_PROTO_UDP ? 1 : 2;
}

static size_t
natpmp_write(uint8_t buf[static CGN_RELAY_WIRE_MAX], const struct cgn_relay_question *q,
		const struct cgn_ip *client, bool has_ext)
{
	const struct cgn_natpmp_request r = {
		.opcode = natpmp_opcode(q),
		.in_port = q->in_port,
		.ext_port = q->ext_port,
		.lifetime_s = q->lifetime_s,
	};

	(void)client;
	(void)has_ext;
	return cgn_natpmp_codec_ask(buf, &r);
}

static enum cgn_relay_kind
natpmp_kind(const struct cgn_natpmp_answer *x)
{
	if (x->result == CGN_NATPMP_BAD_VERSION)
		return CGN_RELAY_SAYS_VERSION;
	return x->opcode == 0 ? CGN_RELAY_SAYS_ADDRESS : CGN_RELAY_SAYS_MAP;
}

static bool
natpmp_read(struct cgn_relay_said *out, const uint8_t *data, size_t len)
{
	struct cgn_natpmp_answer x;

	if (!cgn_natpmp_codec_parse_answer(&x, data, len))
		return false;
	*out = (struct cgn_relay_said){
		.data = data,
		.len = len,
		.kind = natpmp_kind(&x),
		.opcode = x.opcode,
		.result = x.result,
		.epoch_s = x.epoch_s,
		.has_ports = x.has_ports,
		.has_ext = x.has_ext,
		.ext = x.ext,
		.proto = x.opcode == 1 ? CGN_PROTO_UDP : CGN_PROTO_TCP,
		.in_port = x.in_port,
		.ext_port = x.ext_port,
		.lifetime_s = x.lifetime_s,
	};
	return true;
}

static bool
natpmp_fits(const struct cgn_relay_question *q, const struct cgn_relay_said *x)
{
	/* The opcode of this answer may be 0, whatever was asked. */
	if (x->kind == CGN_RELAY_SAYS_VERSION)
		return x->opcode == 0 || x->opcode == natpmp_opcode(q);
	if (x->opcode != natpmp_opcode(q))
		return false;
	if (!x->has_ports)
		return true;
	if (q->in_port != x->in_port)
		return false;
	if (x->result != CGN_NATPMP_OK)
		return true;
	/* A late second answer to a deletion must not be taken for the answer to a mapping that was asked
	 * for after it. Only the answer to a mapping has a port and a lifetime. */
	return q->lifetime_s == 0 ? x->lifetime_s == 0 : x->lifetime_s != 0 && x->ext_port != 0;
}

static int
natpmp_to_errno(uint16_t result)
{
	switch (result) {
	case CGN_NATPMP_OK:
		return 0;
	case CGN_NATPMP_REFUSED:
		return -EACCES;
	case CGN_NATPMP_NETWORK:
		return -EADDRNOTAVAIL;
	case CGN_NATPMP_RESOURCES:
		return -ENOSPC;
	case CGN_NATPMP_SUBSCRIBER_LIMIT:
		return -EDQUOT;
	default:
		return -EREMOTEIO;
	}
}

const struct cgn_relay_wire cgn_relay_wire_natpmp = {
	.by = CGN_LEASE_BY_NATPMP,
	.name = "natpmp",
	.gap_ms = 250, /* RFC 6886 section 3.1 */
	.tries = 9,
	.write = natpmp_write,
	.read = natpmp_read,
	.fits = natpmp_fits,
	.take_epoch = cgn_relay_epoch_take,
	.to_errno = natpmp_to_errno,
};

/* --- PCP ----------------------------------------------------------------------------------- */

static void
write_mapping(struct cgn_pcp_request *r, const struct cgn_relay_question *q)
{
	r->opcode = CGN_PCP_MAP;
	r->lifetime_s = q->lifetime_s;
	memcpy(r->mapping.nonce, q->nonce, sizeof(r->mapping.nonce));
	r->mapping.proto = q->proto == CGN_PROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	r->mapping.in_port = q->in_port;
	r->mapping.ext_port = q->ext_port;
	r->mapping.ext.ip4 = q->ext_addr;
	r->options.prefer_failure = q->must_have_ext;
}

static void
write_probe(struct cgn_pcp_request *r, uint32_t lifetime_s)
{
	r->opcode = CGN_PCP_MAP;
	r->lifetime_s = lifetime_s;
	memcpy(r->mapping.nonce, probe_nonce, sizeof(r->mapping.nonce));
	r->mapping.proto = IPPROTO_TCP;
	r->mapping.in_port = CGN_RELAY_PROBE_PORT;
	/* The IPv6 address of a B4 has no NAT, but its address in the softwire has one. */
	r->options.has_third_party = r->client.is_ip6;
	r->options.third_party.ip4 = CGN_SOFTWIRE_B4_ADDR;
}

static size_t
pcp_write(uint8_t buf[static CGN_RELAY_WIRE_MAX], const struct cgn_relay_question *q,
		const struct cgn_ip *client, bool has_ext)
{
	struct cgn_pcp_request r = { .opcode = CGN_PCP_ANNOUNCE, .client = *client };
	struct cgn_pcp_message m;

	if (q->op == CGN_RELAY_FOR_HOST) {
		memcpy(buf, q->message->octets, q->message->len);
		return q->message->len;
	}
	if (q->op == CGN_RELAY_MAP)
		write_mapping(&r, q);
	else if (q->op == CGN_RELAY_ADDRESS_END)
		write_probe(&r, 0);
	else if (!has_ext)
		write_probe(&r, CGN_RELAY_PROBE_S);
	(void)cgn_pcp_codec_request(&m, &r); /* 84 octets always fit */
	memcpy(buf, m.octets, m.len);
	/* What is passed on fits, too: the request of the client was no shorter than this one. */
	if (q->pass != NULL && q->pass->len <= CGN_RELAY_WIRE_MAX - m.len) {
		memcpy(buf + m.len, q->pass->octets, q->pass->len);
		m.len += q->pass->len;
	}
	return m.len;
}

static bool
is_probe(const struct cgn_pcp_mapping *m)
{
	return m->proto == IPPROTO_TCP && m->in_port == CGN_RELAY_PROBE_PORT &&
			memcmp(m->nonce, probe_nonce, sizeof(probe_nonce)) == 0;
}

static enum cgn_relay_kind
pcp_kind(const struct cgn_pcp_answer *a)
{
	if (a->result == CGN_PCP_UNSUPP_VERSION)
		return CGN_RELAY_SAYS_VERSION;
	if (a->opcode == CGN_PCP_ANNOUNCE)
		return CGN_RELAY_SAYS_ALIVE;
	if (a->opcode != CGN_PCP_MAP)
		return CGN_RELAY_SAYS_OTHER;
	if (!is_probe(&a->mapping))
		return CGN_RELAY_SAYS_MAP;
	/* The answer to a deletion copies the address of the request, which is zero. */
	return a->result == CGN_PCP_SUCCESS && a->lifetime_s == 0 ? CGN_RELAY_SAYS_ENDED
								  : CGN_RELAY_SAYS_ADDRESS;
}

static uint8_t
proto_of_number(uint8_t number)
{
	if (number == IPPROTO_UDP)
		return CGN_PROTO_UDP;
	return number == IPPROTO_TCP ? CGN_PROTO_TCP : CGN_PROTO_COUNT;
}

static bool
pcp_read(struct cgn_relay_said *out, const uint8_t *data, size_t len)
{
	struct cgn_pcp_answer a;

	if (!cgn_pcp_codec_parse_answer(&a, data, len))
		return false;
	*out = (struct cgn_relay_said){
		.data = data,
		.len = len,
		.kind = pcp_kind(&a),
		.version = a.version,
		.opcode = a.opcode,
		.result = a.result,
		.epoch_s = a.epoch_s,
		.has_ports = a.opcode == CGN_PCP_MAP,
		.proto = proto_of_number(a.mapping.proto),
		.in_port = a.mapping.in_port,
		.ext_port = a.mapping.ext_port,
		.lifetime_s = a.lifetime_s,
		.rest = a.rest,
	};
	if (a.result == CGN_PCP_SUCCESS && !a.mapping.ext.is_ip6)
		out->ext = a.mapping.ext.ip4;
	out->has_ext = out->ext != 0;
	memcpy(out->nonce, a.mapping.nonce, sizeof(out->nonce));
	return true;
}

/* A late second answer to a deletion is not that to a mapping, as below. */
static bool
fits_host(const struct cgn_pcp_request *r, const struct cgn_relay_said *x)
{
	struct cgn_pcp_answer a;

	return cgn_pcp_codec_parse_answer(&a, x->data, x->len) && cgn_pcp_codec_belongs(&a, r) &&
			(a.result != CGN_PCP_SUCCESS || r->lifetime_s == 0 || a.lifetime_s != 0);
}

static bool
pcp_fits(const struct cgn_relay_question *q, const struct cgn_relay_said *x)
{
	if (x->kind == CGN_RELAY_SAYS_VERSION)
		return true;
	if (q->op == CGN_RELAY_ADDRESS)
		return x->kind == CGN_RELAY_SAYS_ADDRESS || x->kind == CGN_RELAY_SAYS_ALIVE;
	if (q->op == CGN_RELAY_FOR_HOST)
		return fits_host(q->request, x);
	if (x->kind != CGN_RELAY_SAYS_MAP || x->proto != q->proto || x->in_port != q->in_port ||
			memcmp(x->nonce, q->nonce, sizeof(x->nonce)) != 0)
		return false;
	/* A late second answer to a deletion is not that to a mapping. A deletion may have a lifetime in its answer: traffic
	 * uses the mapping (RFC 6887 section 15). */
	return x->result != CGN_PCP_SUCCESS || q->lifetime_s == 0 ||
			(x->lifetime_s != 0 && x->ext_port != 0 && x->ext != 0);
}

static int
pcp_to_errno(uint16_t result)
{
	switch (result) {
	case CGN_PCP_SUCCESS:
		return 0;
	case CGN_PCP_NOT_AUTHORIZED:
		return -EACCES;
	case CGN_PCP_NETWORK_FAILURE:
		return -EADDRNOTAVAIL;
	case CGN_PCP_NO_RESOURCES:
		return -ENOSPC;
	case CGN_PCP_USER_EX_QUOTA:
		return -EDQUOT;
	default:
		return -EREMOTEIO;
	}
}

const struct cgn_relay_wire cgn_relay_wire_pcp = {
	.by = CGN_LEASE_BY_PCP,
	.name = "pcp",
	.gap_ms = 3000, /* RFC 6887 section 8.1.1 */
	.has_rand = true,
	.tries = 4, /* RFC 7488 section 3 */
	.write = pcp_write,
	.read = pcp_read,
	.fits = pcp_fits,
	.take_epoch = cgn_relay_epoch_take_pcp,
	.to_errno = pcp_to_errno,
};

const struct cgn_relay_wire *
cgn_relay_wire_of(const uint8_t *data, size_t len)
{
	return len > 0 && data[0] != 0 ? &cgn_relay_wire_pcp : &cgn_relay_wire_natpmp;
}
