/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The messages of the PCP proxy of a B4.
 */
#include "controlplane/relay/relay_proxy_wire.h"

#include "controlplane/relay/relay_nonce.h"

#include <netinet/in.h>
#include <string.h>

/* Make it a request of the B4, for its host. */
static void
put_who(struct cgn_pcp_request *r, const struct cgn_relay_proxy_wire *who)
{
	r->client = (struct cgn_ip){ .is_ip6 = true, .ip6 = who->b4 };
	r->options.has_third_party = true;
	r->options.third_party = (struct cgn_ip){ .ip4 = who->host };
}

/* Copy options as they are, but for THIRD_PARTY. @return false: there is no room */
static bool
copy_options(struct cgn_pcp_message *out, struct cgn_pcp_cursor rest)
{
	struct cgn_pcp_option o;

	while (cgn_pcp_options_next(&rest, &o)) {
		if (o.code != CGN_PCP_THIRD_PARTY && !cgn_pcp_options_add(out, &o))
			return false;
	}
	return true;
}

/* A request of 60 or 80 octets and THIRD_PARTY; the options of the host come behind. */
static void
write_head(struct cgn_pcp_message *out, const struct cgn_pcp_request *r)
{
	const struct cgn_pcp_request head = {
		.opcode = r->opcode,
		.lifetime_s = r->lifetime_s,
		.client = r->client,
		.mapping = r->mapping,
		.options = { .has_third_party = true, .third_party = r->options.third_party },
	};

	(void)cgn_pcp_codec_request(out, &head); /* 100 octets always fit */
}

bool
cgn_relay_proxy_wire_pcp(struct cgn_pcp_message *out, struct cgn_pcp_request *r,
		const struct cgn_relay_proxy_wire *who)
{
	put_who(r, who);
	write_head(out, r);
	return copy_options(out, r->rest);
}

void
cgn_relay_proxy_wire_natpmp(struct cgn_pcp_message *out, struct cgn_pcp_request *r,
		const struct cgn_natpmp_request *n, const struct cgn_relay_proxy_wire *who)
{
	*r = (struct cgn_pcp_request){
		.opcode = CGN_PCP_MAP,
		.lifetime_s = n->lifetime_s,
		.mapping = { .proto = n->proto == CGN_PROTO_TCP ? IPPROTO_TCP : IPPROTO_UDP,
				.in_port = n->in_port,
				.ext_port = n->lifetime_s == 0 ? 0 : n->ext_port },
	};
	cgn_relay_nonce_of_host(r->mapping.nonce, who->host, r->mapping.proto, r->mapping.in_port);
	put_who(r, who);
	write_head(out, r);
}

void
cgn_relay_proxy_wire_answer(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		const uint8_t nonce[static CGN_LEASE_NONCE], uint32_t lifetime_s, uint32_t epoch_s)
{
	struct cgn_pcp_answer a;
	struct cgn_pcp_cursor rest;

	(void)cgn_pcp_codec_parse_answer(&a, data, len); /* it was read before */
	rest = a.rest;
	a.options = (struct cgn_pcp_options){ 0 };
	memcpy(a.mapping.nonce, nonce, sizeof(a.mapping.nonce));
	a.lifetime_s = lifetime_s;
	a.epoch_s = epoch_s;
	(void)cgn_pcp_codec_answer(out, &a);
	(void)copy_options(out, rest); /* no more than there were */
}

size_t
cgn_relay_proxy_wire_mapped(uint8_t buf[static CGN_NATPMP_MAP_LEN],
		const struct cgn_natpmp_request *n, uint16_t result, uint16_t ext_port,
		uint32_t lifetime_s, uint32_t epoch_s)
{
	const struct cgn_natpmp_map_answer a = {
		.opcode = n->opcode,
		.result = result,
		.epoch_s = epoch_s,
		.in_port = n->in_port,
		.ext_port = result == CGN_NATPMP_OK ? ext_port : 0,
		.lifetime_s = result == CGN_NATPMP_OK ? lifetime_s : 0,
	};

	cgn_natpmp_codec_map(buf, &a);
	return CGN_NATPMP_MAP_LEN;
}

enum cgn_pcp_result
cgn_relay_proxy_wire_result(unsigned int result, bool has_options)
{
	switch (result) {
	case CGN_PCP_UNSUPP_VERSION:
	case CGN_PCP_ADDRESS_MISMATCH:
		return CGN_PCP_NETWORK_FAILURE;
	case CGN_PCP_UNSUPP_OPTION:
		return has_options ? CGN_PCP_UNSUPP_OPTION : CGN_PCP_NOT_AUTHORIZED;
	default:
		return (enum cgn_pcp_result)result;
	}
}
