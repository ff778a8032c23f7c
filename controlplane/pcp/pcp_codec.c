/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes PCP messages. It trusts no octet of a message.
 */
#include "controlplane/pcp/pcp_codec.h"

#include "controlplane/pcp/pcp_wire.h"

#include <assert.h>
#include <string.h>

#define R_BIT       0x80
#define REQUEST_MIN 2 /* octets that are enough for an answer */
#define ANSWER_MIN  4 /* octets that are enough for a result */
#define HEADER_LEN  24
#define MAP_LEN     36
#define PEER_LEN    56
#define LIFETIME_AT 4
#define CLIENT_AT   8 /* request */
#define EPOCH_AT    8 /* answer */
#define RESERVED_AT 12
#define RESERVED    12 /* octets */

static size_t
data_len(uint8_t opcode)
{
	switch (opcode) {
	case CGN_PCP_MAP:
		return MAP_LEN;
	case CGN_PCP_PEER:
		return PEER_LEN;
	default:
		return 0;
	}
}

static bool
is_known_opcode(uint8_t opcode)
{
	return opcode <= CGN_PCP_PEER;
}

static bool
is_message_len(size_t len)
{
	return len >= HEADER_LEN && len <= CGN_PCP_MESSAGE_MAX && len % 4 == 0;
}

static void
get_mapping(struct cgn_pcp_mapping *out, uint8_t opcode, const uint8_t *p)
{
	memcpy(out->nonce, p, sizeof(out->nonce));
	out->proto = p[12];
	out->in_port = cgn_pcp_wire_get16(p + 16);
	out->ext_port = cgn_pcp_wire_get16(p + 18);
	out->ext = cgn_pcp_wire_get_ip(p + 20);
	if (opcode == CGN_PCP_PEER) {
		out->rem_port = cgn_pcp_wire_get16(p + 36);
		out->rem = cgn_pcp_wire_get_ip(p + 40);
	}
}

/* The reserved fields are 0 before. */
static void
put_mapping(uint8_t *p, uint8_t opcode, const struct cgn_pcp_mapping *m)
{
	memcpy(p, m->nonce, sizeof(m->nonce));
	p[12] = m->proto;
	cgn_pcp_wire_put16(p + 16, m->in_port);
	cgn_pcp_wire_put16(p + 18, m->ext_port);
	cgn_pcp_wire_put_ip(p + 20, &m->ext);
	if (opcode == CGN_PCP_PEER) {
		cgn_pcp_wire_put16(p + 36, m->rem_port);
		cgn_pcp_wire_put_ip(p + 40, &m->rem);
	}
}

/* Read the data of MAP or PEER, and find the options. The data are there. */
static void
get_body(struct cgn_pcp_mapping *mapping, struct cgn_pcp_cursor *rest, uint8_t opcode,
		const uint8_t *data, size_t len)
{
	size_t n = data_len(opcode);

	if (n > 0)
		get_mapping(mapping, opcode, data + HEADER_LEN);
	rest->at = data + HEADER_LEN + n;
	rest->len = len - HEADER_LEN - n;
}

bool
cgn_pcp_codec_parse(struct cgn_pcp_request *out, enum cgn_pcp_result *result, const uint8_t *data,
		size_t len)
{
	memset(out, 0, sizeof(*out));
	/* Nothing answers an answer, so two servers cannot answer each other without end. */
	if (len < REQUEST_MIN || (data[1] & R_BIT) != 0)
		return false;
	out->opcode = data[1];
	*result = CGN_PCP_UNSUPP_VERSION;
	if (data[0] != CGN_PCP_VERSION)
		return true;
	if (len < HEADER_LEN)
		return false;
	*result = CGN_PCP_MALFORMED_REQUEST;
	if (!is_message_len(len))
		return true;
	out->lifetime_s = cgn_pcp_wire_get32(data + LIFETIME_AT);
	out->client = cgn_pcp_wire_get_ip(data + CLIENT_AT);
	if (len < HEADER_LEN + data_len(out->opcode))
		return true;
	*result = CGN_PCP_UNSUPP_OPCODE;
	if (!is_known_opcode(out->opcode))
		return true;
	get_body(&out->mapping, &out->rest, out->opcode, data, len);
	*result = CGN_PCP_SUCCESS;
	return true;
}

/* Whether the fields of the opcode go together. */
static bool
has_valid_fields(const struct cgn_pcp_request *r)
{
	const struct cgn_pcp_mapping *m = &r->mapping;

	if (r->opcode == CGN_PCP_MAP)
		return m->proto != 0 || m->in_port == 0;
	if (r->opcode == CGN_PCP_PEER)
		return m->proto != 0 && m->in_port != 0 && m->rem_port != 0;
	return true;
}

enum cgn_pcp_result
cgn_pcp_codec_check(struct cgn_pcp_request *r, unsigned int processed)
{
	const struct cgn_pcp_asked asked = {
		.opcode = r->opcode,
		.lifetime_s = r->lifetime_s,
		.ext_port = r->mapping.ext_port,
		.client = r->client,
		.processed = processed,
	};

	if (!has_valid_fields(r))
		return CGN_PCP_MALFORMED_REQUEST;
	return cgn_pcp_options_read(&r->options, r->rest, &asked);
}

/* Start a message of a known opcode: the first octets and the mapping. */
static uint8_t *
start_message(struct cgn_pcp_message *out, uint8_t opcode, uint32_t lifetime_s,
		const struct cgn_pcp_mapping *mapping)
{
	assert(is_known_opcode(opcode));
	out->len = HEADER_LEN + data_len(opcode);
	memset(out->octets, 0, out->len);
	out->octets[0] = CGN_PCP_VERSION;
	out->octets[1] = opcode;
	cgn_pcp_wire_put32(out->octets + LIFETIME_AT, lifetime_s);
	if (data_len(opcode) > 0)
		put_mapping(out->octets + HEADER_LEN, opcode, mapping);
	return out->octets;
}

bool
cgn_pcp_codec_answer(struct cgn_pcp_message *out, const struct cgn_pcp_answer *a)
{
	uint8_t *p = start_message(out, a->opcode, a->lifetime_s, &a->mapping);

	p[1] |= R_BIT;
	p[3] = a->result;
	cgn_pcp_wire_put32(p + EPOCH_AT, a->epoch_s);
	return cgn_pcp_options_write(out, &a->options);
}

/* Whether a result says that the request could not be read. */
static bool
is_unread(enum cgn_pcp_result result)
{
	return result == CGN_PCP_UNSUPP_VERSION || result == CGN_PCP_MALFORMED_REQUEST ||
			result == CGN_PCP_UNSUPP_OPCODE || result == CGN_PCP_MALFORMED_OPTION;
}

void
cgn_pcp_codec_error(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		enum cgn_pcp_result result, uint32_t lifetime_s, uint32_t epoch_s)
{
	size_t copied = len < CGN_PCP_MESSAGE_MAX ? len : CGN_PCP_MESSAGE_MAX;
	uint8_t *p = out->octets;

	assert(len >= REQUEST_MIN && result != CGN_PCP_SUCCESS);
	out->len = copied < HEADER_LEN ? HEADER_LEN : (copied + 3) / 4 * 4;
	memcpy(p, data, copied);
	memset(p + copied, 0, out->len - copied);
	p[0] = CGN_PCP_VERSION;
	p[1] |= R_BIT;
	p[2] = 0;
	p[3] = (uint8_t)result;
	cgn_pcp_wire_put32(p + LIFETIME_AT, lifetime_s);
	cgn_pcp_wire_put32(p + EPOCH_AT, epoch_s);
	if (!is_unread(result))
		memset(p + RESERVED_AT, 0, RESERVED);
}

bool
cgn_pcp_codec_request(struct cgn_pcp_message *out, const struct cgn_pcp_request *r)
{
	uint8_t *p = start_message(out, r->opcode, r->lifetime_s, &r->mapping);

	cgn_pcp_wire_put_ip(p + CLIENT_AT, &r->client);
	return cgn_pcp_options_write(out, &r->options);
}

bool
cgn_pcp_codec_parse_answer(struct cgn_pcp_answer *out, const uint8_t *data, size_t len)
{
	memset(out, 0, sizeof(*out));
	if (len < ANSWER_MIN || (data[1] & R_BIT) == 0)
		return false;
	out->version = data[0];
	out->opcode = data[1] & (uint8_t)~R_BIT;
	out->result = data[3];
	/* NAT-PMP has its epoch in the place of the lifetime. */
	if (out->version != 0 && len >= RESERVED_AT) {
		out->lifetime_s = cgn_pcp_wire_get32(data + LIFETIME_AT);
		out->epoch_s = cgn_pcp_wire_get32(data + EPOCH_AT);
	}
	if (out->result == CGN_PCP_UNSUPP_VERSION)
		return true;
	if (out->version != CGN_PCP_VERSION || !is_message_len(len) ||
			len < HEADER_LEN + data_len(out->opcode))
		return false;
	get_body(&out->mapping, &out->rest, out->opcode, data, len);
	if (is_known_opcode(out->opcode))
		cgn_pcp_options_read_answer(&out->options, out->rest);
	return true;
}

static bool
is_same_mapping(const struct cgn_pcp_mapping *a, const struct cgn_pcp_mapping *b, uint8_t opcode)
{
	return memcmp(a->nonce, b->nonce, sizeof(a->nonce)) == 0 && a->proto == b->proto &&
			a->in_port == b->in_port &&
			(opcode != CGN_PCP_PEER ||
					(a->rem_port == b->rem_port &&
							cgn_pcp_wire_same_ip(&a->rem, &b->rem)));
}

static bool
is_same_third_party(const struct cgn_pcp_options *a, const struct cgn_pcp_options *b)
{
	if (!a->has_third_party || !b->has_third_party)
		return a->has_third_party == b->has_third_party;
	return cgn_pcp_wire_same_ip(&a->third_party, &b->third_party);
}

bool
cgn_pcp_codec_belongs(const struct cgn_pcp_answer *a, const struct cgn_pcp_request *r)
{
	if (a->result == CGN_PCP_UNSUPP_VERSION)
		return true;
	if (a->opcode != r->opcode)
		return false;
	if (r->opcode == CGN_PCP_ANNOUNCE)
		return true;
	if (!is_same_mapping(&a->mapping, &r->mapping, r->opcode) ||
			!is_same_third_party(&a->options, &r->options))
		return false;
	return !r->options.prefer_failure || a->result != CGN_PCP_SUCCESS ||
			(a->mapping.ext_port == r->mapping.ext_port &&
					(cgn_pcp_wire_is_any(&r->mapping.ext) ||
							cgn_pcp_wire_same_ip(&a->mapping.ext,
									&r->mapping.ext)));
}

static uint8_t *
copy_message(struct cgn_pcp_message *out, const uint8_t *data, size_t len)
{
	assert(is_message_len(len));
	memcpy(out->octets, data, len);
	out->len = len;
	return out->octets;
}

void
cgn_pcp_codec_pass_request(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		const struct cgn_ip *client)
{
	cgn_pcp_wire_put_ip(copy_message(out, data, len) + CLIENT_AT, client);
}

void
cgn_pcp_codec_pass_answer(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		uint32_t epoch_s, const struct cgn_ip *client)
{
	static const uint8_t none[RESERVED];
	uint8_t *p = copy_message(out, data, len);
	uint8_t ip[CGN_PCP_WIRE_IP_LEN];

	cgn_pcp_wire_put32(p + EPOCH_AT, epoch_s);
	cgn_pcp_wire_put_ip(ip, client);
	if (memcmp(p + RESERVED_AT, none, RESERVED) != 0)
		memcpy(p + RESERVED_AT, ip + RESERVED_AT - CLIENT_AT, RESERVED);
}
