/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/pcp/pcp_codec.h"
#include "controlplane/pcp/pcp_pass.h"
#include "controlplane/pcp/pcp_wire.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* End the program when an invariant is broken, in a release too. */
static void
must(bool ok)
{
	if (!ok)
		abort();
}

static bool
is_same_mapping(const struct cgn_pcp_mapping *a, const struct cgn_pcp_mapping *b)
{
	return memcmp(a->nonce, b->nonce, sizeof(a->nonce)) == 0 && a->proto == b->proto &&
			a->in_port == b->in_port && a->ext_port == b->ext_port &&
			cgn_pcp_wire_same_ip(&a->ext, &b->ext) && a->rem_port == b->rem_port &&
			cgn_pcp_wire_same_ip(&a->rem, &b->rem);
}

static bool
is_same_filter(const struct cgn_pcp_filter *a, const struct cgn_pcp_filter *b)
{
	return a->is_clear == b->is_clear && a->port == b->port && a->remote.len == b->remote.len &&
			a->remote.is_ip6 == b->remote.is_ip6 &&
			(a->remote.is_ip6 ? memcmp(&a->remote.ip6, &b->remote.ip6, 16) == 0
					  : a->remote.ip4 == b->remote.ip4);
}

static bool
is_same_options(const struct cgn_pcp_options *a, const struct cgn_pcp_options *b)
{
	if (a->n_filters != b->n_filters)
		return false;
	for (unsigned int i = 0; i < a->n_filters; i++) {
		if (!is_same_filter(&a->filters[i], &b->filters[i]))
			return false;
	}
	return a->has_third_party == b->has_third_party &&
			cgn_pcp_wire_same_ip(&a->third_party, &b->third_party) &&
			a->prefer_failure == b->prefer_failure &&
			a->has_description == b->has_description &&
			a->description_len == b->description_len &&
			memcmp(a->description, b->description, a->description_len) == 0 &&
			a->has_port_set == b->has_port_set &&
			a->port_set.size == b->port_set.size &&
			a->port_set.first_in_port == b->port_set.first_in_port &&
			a->port_set.parity == b->port_set.parity;
}

static bool
is_same_answer(const struct cgn_pcp_answer *a, const struct cgn_pcp_answer *b)
{
	return a->version == b->version && a->opcode == b->opcode && a->result == b->result &&
			a->lifetime_s == b->lifetime_s && a->epoch_s == b->epoch_s &&
			is_same_mapping(&a->mapping, &b->mapping) &&
			is_same_options(&a->options, &b->options);
}

/* What an error answer must be, whatever the request was. */
static void
check_error(const uint8_t *data, size_t size, enum cgn_pcp_result result)
{
	size_t copied = size < CGN_PCP_MESSAGE_MAX ? size : CGN_PCP_MESSAGE_MAX;
	static struct cgn_pcp_message m;
	struct cgn_pcp_request r;
	struct cgn_pcp_answer a;

	cgn_pcp_codec_error(&m, data, size, result, cgn_pcp_codes_lifetime_s(result), 1);
	must(m.len >= 24 && m.len <= CGN_PCP_MESSAGE_MAX && m.len % 4 == 0);
	must(m.len >= copied && (m.len == 24 || m.len < copied + 4));
	must(copied <= 24 || memcmp(m.octets + 24, data + 24, copied - 24) == 0);
	must(m.octets[0] == 2 && m.octets[1] == (data[1] | 0x80) && m.octets[3] == result);
	must(!cgn_pcp_codec_parse(&r, &result, m.octets, m.len)); /* nobody answers it */
	if (cgn_pcp_codec_parse_answer(&a, m.octets, m.len))
		must(a.result == m.octets[3] && a.epoch_s == 1);
}

/* A request that is written and read again is the same. */
static void
check_request(const struct cgn_pcp_request *r)
{
	static struct cgn_pcp_message m, again;
	static struct cgn_pcp_request other;
	enum cgn_pcp_result result;

	must(cgn_pcp_codec_request(&m, r));
	must(cgn_pcp_codec_parse(&other, &result, m.octets, m.len));
	must(result == CGN_PCP_SUCCESS);
	result = cgn_pcp_codec_check(&other, CGN_PCP_DO_ALL);
	must(result == CGN_PCP_SUCCESS);
	must(other.opcode == r->opcode && other.lifetime_s == r->lifetime_s);
	must(cgn_pcp_wire_same_ip(&other.client, &r->client));
	must(is_same_mapping(&other.mapping, &r->mapping));
	must(is_same_options(&other.options, &r->options));
	must(cgn_pcp_codec_request(&again, &other));
	must(again.len == m.len && memcmp(again.octets, m.octets, m.len) == 0);
}

/* The answer to a request belongs to it, and is the same after it was written and read again. */
static void
check_success(const struct cgn_pcp_request *r)
{
	static struct cgn_pcp_message m;
	static struct cgn_pcp_answer a, other;

	memset(&a, 0, sizeof(a));
	a.version = CGN_PCP_VERSION;
	a.opcode = r->opcode;
	a.lifetime_s = r->lifetime_s;
	a.epoch_s = UINT32_MAX;
	a.mapping = r->mapping;
	a.options = r->options;
	must(cgn_pcp_codec_answer(&m, &a));
	must(cgn_pcp_codec_parse_answer(&other, m.octets, m.len));
	must(cgn_pcp_codec_belongs(&other, r));
	must(is_same_answer(&a, &other));
}

/* An answer of any server is read, and written again if its opcode is known. */
static void
check_answer(const uint8_t *data, size_t size)
{
	static const struct cgn_ip client = { .ip4 = 0x01020304 };
	static struct cgn_pcp_answer a, other;
	static struct cgn_pcp_message m;

	if (!cgn_pcp_codec_parse_answer(&a, data, size) || a.result == CGN_PCP_UNSUPP_VERSION)
		return;
	must(size <= CGN_PCP_MESSAGE_MAX && size % 4 == 0);
	if (a.opcode > CGN_PCP_PEER) {
		cgn_pcp_codec_pass_answer(&m, data, size, a.epoch_s, &client);
		must(m.len == size && memcmp(m.octets, data, 12) == 0 &&
				memcmp(m.octets + 24, data + 24, size - 24) == 0);
		return;
	}
	/* The answer has a repeated option only once, so it is not longer. */
	must(cgn_pcp_codec_answer(&m, &a));
	must(cgn_pcp_codec_parse_answer(&other, m.octets, m.len));
	must(m.len <= size);
	must(is_same_answer(&a, &other));
}

/* Whether the octets from here to the end are options, and one of them asks for another host. */
static bool
has_others(struct cgn_pcp_cursor c)
{
	struct cgn_pcp_option o;
	bool found = false;

	while (cgn_pcp_options_next(&c, &o))
		found |= o.code == CGN_PCP_THIRD_PARTY || o.code == CGN_PCP_THIRD_PARTY_ID;
	return found && c.len == 0;
}

/* The fast search finds what a slow one finds. */
static void
check_others(const uint8_t *data, size_t size)
{
	bool found = false;

	for (size_t at = 24; at < size; at += 4)
		found |= has_others((struct cgn_pcp_cursor){ .at = data + at, .len = size - at });
	must(found == cgn_pcp_pass_names_others(data, size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgn_pcp_request r;
	enum cgn_pcp_result result;
	struct cgn_pcp_message m;

	check_answer(data, size);
	if (!cgn_pcp_codec_parse(&r, &result, data, size)) {
		must(size < 24 || (data[1] & 0x80) != 0);
		return 0;
	}
	must(size >= 2 && (result == CGN_PCP_UNSUPP_VERSION) == (data[0] != CGN_PCP_VERSION));
	if (result == CGN_PCP_UNSUPP_OPCODE) {
		cgn_pcp_codec_pass_request(&m, data, size, &r.client);
		must(m.len == size && memcmp(m.octets, data, size) == 0);
		check_others(data, size);
	}
	if (result == CGN_PCP_SUCCESS) {
		/* What a proxy accepts, a server accepts or refuses for an unknown option. */
		enum cgn_pcp_result proxy = cgn_pcp_codec_check(
				&r, CGN_PCP_DO_ALL | CGN_PCP_PASS_UNKNOWN);

		result = cgn_pcp_codec_check(&r, CGN_PCP_DO_ALL);
		must(proxy == result || result == CGN_PCP_UNSUPP_OPTION);
	}
	if (result != CGN_PCP_SUCCESS) {
		check_error(data, size, result);
		return 0;
	}
	check_success(&r);
	check_request(&r);
	return 0;
}
