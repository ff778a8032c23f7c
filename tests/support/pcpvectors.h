/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_PCPVECTORS_H
#define CGN_TEST_PCPVECTORS_H

/**
 * @file
 * PCP messages octet by octet, written from the figures of RFC 6887, and the structs that they mean.
 */

#include "controlplane/pcp/pcp_codec.h"

#include <stdbool.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAPPED       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff /* before an IPv4 address */
#define NONCE        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define DOC6         0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0 /* 2001:db8::/88 */
#define ZERO8        0, 0, 0, 0, 0, 0, 0, 0

/* The messages, octet by octet, from figures 2, 3, 9, 10, 11 and 12 of RFC 6887. */
/* clang-format off */
static const uint8_t map_request[] = {
	2, 1, 0, 0,              /* version, R = 0 and opcode, reserved */
	0, 0, 0x1c, 0x20,        /* lifetime: 7200 */
	MAPPED, 100, 64, 1, 11,  /* client */
	NONCE,
	17, 0, 0, 0,             /* protocol, reserved */
	0x1f, 0x90, 0xc3, 0x50,  /* inside port 8080, external port 50000 */
	MAPPED, 198, 51, 100, 7, /* external address */
};
static const uint8_t delete6_request[] = {
	2, 1, 0, 0,
	0, 0, 0, 0,
	DOC6, 0, 0, 0, 0, 9,
	NONCE,
	6, 0, 0, 0,
	0, 80, 0, 0,
	ZERO8, ZERO8,
};
static const uint8_t peer_request[] = {
	2, 2, 0, 0,
	0xff, 0xff, 0xff, 0xfe,
	MAPPED, 100, 64, 1, 11,
	NONCE,
	6, 0, 0, 0,
	0xd4, 0x31, 0, 0,        /* inside port 54321, any external port */
	MAPPED, 0, 0, 0, 0,
	1, 0xbb, 0, 0,           /* remote port 443, reserved */
	MAPPED, 203, 0, 113, 5,  /* remote address */
};
static const uint8_t announce_request[] = {
	2, 0, 0, 0,
	0, 0, 0, 0,
	MAPPED, 100, 64, 1, 11,
};
static const uint8_t map_answer[] = {
	2, 0x81, 0, 0,           /* version, R = 1 and opcode, reserved, result */
	0, 0, 0x0e, 0x10,        /* lifetime: 3600 */
	0, 0x01, 0xe2, 0x40,     /* epoch: 123456 */
	0, 0, 0, 0, ZERO8,       /* reserved */
	NONCE,
	17, 0, 0, 0,
	0x1f, 0x90, 0x9c, 0x40,  /* inside port 8080, external port 40000 */
	MAPPED, 198, 51, 100, 7,
};
static const uint8_t peer_answer[] = {
	2, 0x82, 0, 0,
	0, 0, 0x0e, 0x10,
	0xff, 0, 0, 1,
	0, 0, 0, 0, ZERO8,
	NONCE,
	6, 0, 0, 0,
	0xd4, 0x31, 0x9c, 0x40,
	MAPPED, 198, 51, 100, 7,
	1, 0xbb, 0, 0,
	DOC6, 0, 0, 0, 0, 5,
};
static const uint8_t announce_answer[] = {
	2, 0x80, 0, 0,
	0, 0, 0, 0,
	0, 0, 0, 9,
	0, 0, 0, 0, ZERO8,
};
static const uint8_t refused_update[] = {
	2, 0x81, 0, 11,          /* CANNOT_PROVIDE_EXTERNAL */
	0, 0, 0, 30,
	0, 0, 0, 9,
	0, 0, 0, 0, ZERO8,
	NONCE,
	17, 0, 0, 0,
	0x1f, 0x90, 0xc3, 0x50,
	MAPPED, 198, 51, 100, 7,
};
/* clang-format on */

/* clang-format off */
#define CLIENT4 { .ip4 = RTE_BE32(0x6440010b) }
#define CLIENT6 { .ip6.b = { DOC6, 0, 0, 0, 0, 9 }, .is_ip6 = true }
/* The data of map_request. */
#define MAPPING { .nonce = { NONCE }, .proto = 17, .in_port = 8080, .ext_port = 50000, \
		.ext = { .ip4 = RTE_BE32(0xc6336407) } }
/* clang-format on */

static const struct cgn_ip client4 = CLIENT4;

static const struct {
	const uint8_t *octets;
	size_t len;
	struct cgn_pcp_request request;
} requests[] = {
	{ map_request, sizeof(map_request),
			{ .opcode = CGN_PCP_MAP,
					.lifetime_s = 7200,
					.client = CLIENT4,
					.mapping = MAPPING } },
	{ delete6_request, sizeof(delete6_request),
			{ .opcode = CGN_PCP_MAP,
					.client = CLIENT6,
					.mapping = { .nonce = { NONCE },
							.proto = 6,
							.in_port = 80,
							.ext = { .is_ip6 = true } } } },
	{ peer_request, sizeof(peer_request),
			{ .opcode = CGN_PCP_PEER,
					.lifetime_s = UINT32_MAX - 1,
					.client = CLIENT4,
					.mapping = { .nonce = { NONCE },
							.proto = 6,
							.in_port = 54321,
							.rem_port = 443,
							.rem = { .ip4 = RTE_BE32(0xcb007105) } } } },
	{ announce_request, sizeof(announce_request),
			{ .opcode = CGN_PCP_ANNOUNCE, .client = CLIENT4 } },
};

static const struct {
	const uint8_t *octets;
	size_t len;
	struct cgn_pcp_answer answer;
} answers[] = {
	{ map_answer, sizeof(map_answer),
			{ .opcode = CGN_PCP_MAP,
					.lifetime_s = 3600,
					.epoch_s = 123456,
					.mapping = { .nonce = { NONCE },
							.proto = 17,
							.in_port = 8080,
							.ext_port = 40000,
							.ext = { .ip4 = RTE_BE32(0xc6336407) } } } },
	{ peer_answer, sizeof(peer_answer),
			{ .opcode = CGN_PCP_PEER,
					.lifetime_s = 3600,
					.epoch_s = 0xff000001,
					.mapping = { .nonce = { NONCE },
							.proto = 6,
							.in_port = 54321,
							.ext_port = 40000,
							.ext = { .ip4 = RTE_BE32(0xc6336407) },
							.rem_port = 443,
							.rem = { .ip6.b = { DOC6, 0, 0, 0, 0, 5 },
									.is_ip6 = true } } } },
	{ announce_answer, sizeof(announce_answer), { .opcode = CGN_PCP_ANNOUNCE, .epoch_s = 9 } },
	{ refused_update, sizeof(refused_update),
			{ .opcode = CGN_PCP_MAP,
					.result = CGN_PCP_CANNOT_PROVIDE_EXTERNAL,
					.lifetime_s = 30,
					.epoch_s = 9,
					.mapping = MAPPING } },
};

/* Whether two addresses have the same family and octets. */
static inline bool
is_ip(const struct cgn_ip *a, const struct cgn_ip *b)
{
	return a->is_ip6 == b->is_ip6 &&
			(a->is_ip6 ? memcmp(&a->ip6, &b->ip6, 16) == 0 : a->ip4 == b->ip4);
}

/* Whether all fields of two mappings are the same. */
static inline bool
is_mapping(const struct cgn_pcp_mapping *a, const struct cgn_pcp_mapping *b)
{
	return memcmp(a->nonce, b->nonce, 12) == 0 && a->proto == b->proto &&
			a->in_port == b->in_port && a->ext_port == b->ext_port &&
			is_ip(&a->ext, &b->ext) && a->rem_port == b->rem_port &&
			is_ip(&a->rem, &b->rem);
}

#endif /* CGN_TEST_PCPVECTORS_H */
