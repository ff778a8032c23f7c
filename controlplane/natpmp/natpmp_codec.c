/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes NAT-PMP messages. It trusts no octet of a request.
 */
#include "controlplane/natpmp/natpmp_codec.h"

#include <assert.h>
#include <string.h>

#define OP_ADDRESS  0
#define OP_MAP_UDP  1
#define OP_MAP_TCP  2
#define RESPONSE    0x80
#define REQUEST_MIN 2
#define MAP_REQUEST 12
#define HEAD        8 /* octets up to and with the epoch */

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static void
put_head(uint8_t *buf, uint8_t opcode, uint16_t result, uint32_t epoch_s)
{
	buf[0] = 0;
	buf[1] = opcode;
	put16(buf + 2, result);
	put32(buf + 4, epoch_s);
}

void
cgn_natpmp_codec_parse(struct cgn_natpmp_request *out, const uint8_t *data, size_t len)
{
	*out = (struct cgn_natpmp_request){ .kind = CGN_NATPMP_IGNORE };
	/* Nothing answers a response, so two servers cannot answer each other without end. */
	if (len < REQUEST_MIN || (data[1] & RESPONSE) != 0)
		return;
	out->opcode = data[1];
	if (data[0] != 0) {
		out->kind = CGN_NATPMP_UNKNOWN_VERSION;
	} else if (out->opcode > OP_MAP_TCP) {
		out->kind = CGN_NATPMP_UNKNOWN_OPCODE;
	} else if (out->opcode == OP_ADDRESS) {
		out->kind = CGN_NATPMP_GET_ADDRESS;
	} else if (len >= MAP_REQUEST) {
		out->kind = CGN_NATPMP_MAP;
		out->proto = out->opcode == OP_MAP_UDP ? CGN_PROTO_UDP : CGN_PROTO_TCP;
		out->in_port = get16(data + 4);
		out->ext_port = get16(data + 6);
		out->lifetime_s = get32(data + 8);
	}
}

void
cgn_natpmp_codec_address(uint8_t buf[static CGN_NATPMP_ADDRESS_LEN], uint16_t result,
		uint32_t epoch_s, rte_be32_t ext)
{
	put_head(buf, RESPONSE | OP_ADDRESS, result, epoch_s);
	memcpy(buf + 8, &ext, sizeof(ext));
}

void
cgn_natpmp_codec_map(uint8_t buf[static CGN_NATPMP_MAP_LEN], const struct cgn_natpmp_map_answer *a)
{
	put_head(buf, RESPONSE | a->opcode, a->result, a->epoch_s);
	put16(buf + 8, a->in_port);
	put16(buf + 10, a->ext_port);
	put32(buf + 12, a->lifetime_s);
}

void
cgn_natpmp_codec_version(
		uint8_t buf[static CGN_NATPMP_VERSION_LEN], uint8_t opcode, uint32_t epoch_s)
{
	put_head(buf, opcode, CGN_NATPMP_BAD_VERSION, epoch_s);
}

size_t
cgn_natpmp_codec_opcode(uint8_t *buf, const uint8_t *request, size_t len, uint32_t epoch_s)
{
	assert(len >= REQUEST_MIN && len <= CGN_NATPMP_REQUEST_MAX);
	memcpy(buf, request, len);
	put_head(buf, request[1] | RESPONSE, CGN_NATPMP_BAD_OPCODE, epoch_s);
	return len < HEAD ? HEAD : len;
}

size_t
cgn_natpmp_codec_ask(uint8_t buf[static CGN_NATPMP_ASK_MAX], const struct cgn_natpmp_request *r)
{
	assert(r->opcode <= OP_MAP_TCP);
	memset(buf, 0, CGN_NATPMP_ASK_MAX);
	buf[1] = r->opcode;
	if (r->opcode == OP_ADDRESS)
		return REQUEST_MIN;
	put16(buf + 4, r->in_port);
	put16(buf + 6, r->ext_port);
	put32(buf + 8, r->lifetime_s);
	return MAP_REQUEST;
}

bool
cgn_natpmp_codec_parse_answer(struct cgn_natpmp_answer *out, const uint8_t *data, size_t len)
{
	*out = (struct cgn_natpmp_answer){ 0 };
	if (len < HEAD || data[0] != 0)
		return false;
	out->opcode = data[1] & (uint8_t)~RESPONSE;
	out->result = get16(data + 2);
	out->epoch_s = get32(data + 4);
	/* RFC 6886 section 3.5 shows the answer to an unknown version with an opcode of 0. */
	if (((data[1] & RESPONSE) == 0 &&
			    (data[1] != 0 || out->result != CGN_NATPMP_BAD_VERSION)) ||
			out->opcode > OP_MAP_TCP)
		return false;
	/* Behind the epoch, these two answers carry the request or nothing. */
	if (out->result == CGN_NATPMP_BAD_VERSION || out->result == CGN_NATPMP_BAD_OPCODE)
		return true;
	if (out->opcode == OP_ADDRESS && len >= CGN_NATPMP_ADDRESS_LEN) {
		out->has_ext = true;
		memcpy(&out->ext, data + 8, sizeof(out->ext));
	} else if (out->opcode != OP_ADDRESS && len >= CGN_NATPMP_MAP_LEN) {
		out->has_ports = true;
		out->in_port = get16(data + 8);
		out->ext_port = get16(data + 10);
		out->lifetime_s = get32(data + 12);
	}
	return out->result != CGN_NATPMP_OK || out->has_ext || out->has_ports;
}
