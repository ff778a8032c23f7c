/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/pcp/pcp_options.h"
#include "controlplane/pcp/pcp_wire.h"
#include "tests/support/cu.h"

#include <string.h>

#define COUNT(array)      (sizeof(array) / sizeof((array)[0]))
#define MAPPED            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff /* before an IPv4 address */
#define ZERO12            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

#define SUCCESS           CGN_PCP_SUCCESS
#define MALFORMED_REQUEST CGN_PCP_MALFORMED_REQUEST
#define UNSUPP_OPTION     CGN_PCP_UNSUPP_OPTION
#define MALFORMED_OPTION  CGN_PCP_MALFORMED_OPTION

/* Each option, octet by octet, from the figures of its RFC. */
static const uint8_t third_party[] = { 1, 0, 0, 16, MAPPED, 192, 0, 2, 9 };
static const uint8_t third_party6[] = { 1, 0, 0, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 7 };
static const uint8_t prefer_failure[] = { 2, 0, 0, 0 };
static const uint8_t filter[] = { 3, 0, 0, 20, 0, 120, 0x1f, 0x90, MAPPED, 198, 51, 100, 0 };
static const uint8_t filter6[] = { 3, 0, 0, 20, 0, 32, 0, 0, 0x20, 0x01, 0x0d, 0xb8, ZERO12 };
static const uint8_t filter_clear[] = { 3, 0, 0, 20, 0, 0, 0, 0, ZERO12, 0, 0, 0, 0 };
static const uint8_t description[] = { 128, 0, 0, 5, 'c', 'a', 'm', 0xc3, 0xa9, 0, 0, 0 };
static const uint8_t no_description[] = { 128, 0, 0, 0 };
static const uint8_t port_set[] = { 130, 0, 0, 5, 0, 100, 0xc3, 0x50, 1, 0, 0, 0 };
static const uint8_t unknown_mandatory[] = { 60, 0, 0, 1, 0xee, 0, 0, 0 };
static const uint8_t unknown_optional[] = { 200, 0, 0, 2, 0xee, 0xee, 0, 0 };

static const struct cgn_pcp_asked map = {
	.opcode = CGN_PCP_MAP,
	.lifetime_s = 3600,
	.ext_port = 8080,
	.client = { .ip4 = RTE_BE32(0xc0000201) },
	.processed = CGN_PCP_DO_ALL,
};

/* Read the options of a request. Octets of 0xa5 show what was not set. */
static enum cgn_pcp_result
read_request(struct cgn_pcp_options *out, const struct cgn_pcp_asked *asked, const void *data,
		size_t len)
{
	memset(out, 0xa5, sizeof(*out));
	return cgn_pcp_options_read(out, (struct cgn_pcp_cursor){ data, len }, asked);
}

/* The result of options in a MAP request of which all are processed. */
static enum cgn_pcp_result
result_of(const void *data, size_t len)
{
	struct cgn_pcp_options o;

	return read_request(&o, &map, data, len);
}

/* The options that are written, behind a header of 60 octets. */
static size_t
write_options(uint8_t *out, const struct cgn_pcp_options *o)
{
	static struct cgn_pcp_message m;

	memset(&m, 0x5a, sizeof(m));
	m.len = 60;
	CU_ASSERT_TRUE(cgn_pcp_options_write(&m, o));
	memcpy(out, m.octets + 60, m.len - 60);
	return m.len - 60;
}

/* Append octets. @return the new length */
static size_t
append(uint8_t *buf, size_t len, const void *octets, size_t n)
{
	memcpy(buf + len, octets, n);
	return len + n;
}

/* E-OPT-1 */
static void
third_party_has_these_octets(void)
{
	struct cgn_pcp_options o;
	uint8_t buf[64];

	CU_ASSERT_EQUAL(read_request(&o, &map, third_party, sizeof(third_party)), SUCCESS);
	CU_ASSERT_TRUE(o.has_third_party && !o.third_party.is_ip6);
	CU_ASSERT_EQUAL(o.third_party.ip4, RTE_BE32(0xc0000209));
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(third_party));
	CU_ASSERT_EQUAL(memcmp(buf, third_party, sizeof(third_party)), 0);
	CU_ASSERT_EQUAL(read_request(&o, &map, third_party6, sizeof(third_party6)), SUCCESS);
	CU_ASSERT_TRUE(o.has_third_party && o.third_party.is_ip6);
	CU_ASSERT_EQUAL(memcmp(o.third_party.ip6.b, third_party6 + 4, 16), 0);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(third_party6));
	CU_ASSERT_EQUAL(memcmp(buf, third_party6, sizeof(third_party6)), 0);
}

/* E-OPT-2 */
static void
prefer_failure_has_these_octets(void)
{
	struct cgn_pcp_options o;
	uint8_t buf[64];

	CU_ASSERT_EQUAL(read_request(&o, &map, prefer_failure, sizeof(prefer_failure)), SUCCESS);
	CU_ASSERT_TRUE(o.prefer_failure);
	CU_ASSERT_TRUE(!o.has_third_party && o.n_filters == 0 && !o.has_description &&
			!o.has_port_set);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(prefer_failure));
	CU_ASSERT_EQUAL(memcmp(buf, prefer_failure, sizeof(prefer_failure)), 0);
}

/* E-OPT-3: the length of an IPv4 prefix has 96 more in the message; 0 forgets all filters. */
static void
filters_have_these_octets_and_keep_their_order(void)
{
	uint8_t data[128], buf[128];
	struct cgn_pcp_options o;
	size_t len = append(data, 0, filter_clear, sizeof(filter_clear));

	len = append(data, len, filter, sizeof(filter));
	len = append(data, len, filter6, sizeof(filter6));
	CU_ASSERT_EQUAL(read_request(&o, &map, data, len), SUCCESS);
	CU_ASSERT_EQUAL_FATAL(o.n_filters, 3);
	CU_ASSERT_TRUE(o.filters[0].is_clear);
	CU_ASSERT_TRUE(!o.filters[1].is_clear && !o.filters[1].remote.is_ip6);
	CU_ASSERT_EQUAL(o.filters[1].remote.len, 24);
	CU_ASSERT_EQUAL(o.filters[1].remote.ip4, RTE_BE32(0xc6336400));
	CU_ASSERT_EQUAL(o.filters[1].port, 8080);
	CU_ASSERT_TRUE(!o.filters[2].is_clear && o.filters[2].remote.is_ip6);
	CU_ASSERT_EQUAL(o.filters[2].remote.len, 32);
	CU_ASSERT_EQUAL(memcmp(o.filters[2].remote.ip6.b, filter6 + 8, 16), 0);
	CU_ASSERT_EQUAL(o.filters[2].port, 0);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), len);
	CU_ASSERT_EQUAL(memcmp(buf, data, len), 0);
}

/* E-OPT-5: the text has no NUL behind it; the padding is not part of it. */
static void
description_has_these_octets(void)
{
	struct cgn_pcp_options o;
	uint8_t buf[64];

	CU_ASSERT_EQUAL(read_request(&o, &map, description, sizeof(description)), SUCCESS);
	CU_ASSERT_TRUE(o.has_description);
	CU_ASSERT_EQUAL(o.description_len, 5);
	CU_ASSERT_EQUAL(memcmp(o.description, "cam\xc3\xa9", 5), 0);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(description));
	CU_ASSERT_EQUAL(memcmp(buf, description, sizeof(description)), 0);
	CU_ASSERT_EQUAL(read_request(&o, &map, no_description, sizeof(no_description)), SUCCESS);
	CU_ASSERT_TRUE(o.has_description && o.description_len == 0);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(no_description));
	CU_ASSERT_EQUAL(memcmp(buf, no_description, sizeof(no_description)), 0);
}

/* E-OPT-4: the parity bit is the last bit of its octet; the bits before it are ignored. */
static void
port_set_has_these_octets(void)
{
	uint8_t other[sizeof(port_set)], buf[64];
	struct cgn_pcp_options o;

	CU_ASSERT_EQUAL(read_request(&o, &map, port_set, sizeof(port_set)), SUCCESS);
	CU_ASSERT_TRUE(o.has_port_set && o.port_set.parity);
	CU_ASSERT_EQUAL(o.port_set.size, 100);
	CU_ASSERT_EQUAL(o.port_set.first_in_port, 50000);
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(port_set));
	CU_ASSERT_EQUAL(memcmp(buf, port_set, sizeof(port_set)), 0);
	memcpy(other, port_set, sizeof(other));
	other[8] = 0xfe;
	CU_ASSERT_EQUAL(read_request(&o, &map, other, sizeof(other)), SUCCESS);
	CU_ASSERT_FALSE(o.port_set.parity);
	other[8] = 0;
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), sizeof(port_set));
	CU_ASSERT_EQUAL(memcmp(buf, other, sizeof(other)), 0);
}

/* All options in one answer, in the order of the codes. */
static void
options_are_written_one_behind_the_other(void)
{
	uint8_t want[128], buf[128];
	struct cgn_pcp_options o = {
		.has_third_party = true,
		.third_party = { .ip4 = RTE_BE32(0xc0000209) },
		.prefer_failure = true,
		.n_filters = 1,
		.filters = { { .remote = { .ip4 = RTE_BE32(0xc6336400), .len = 24 },
				.port = 8080 } },
		.has_description = true,
		.description_len = 5,
		.description = "cam\xc3\xa9",
		.has_port_set = true,
		.port_set = { .size = 100, .first_in_port = 50000, .parity = true },
	};
	size_t len = append(want, 0, third_party, sizeof(third_party));

	len = append(want, len, prefer_failure, sizeof(prefer_failure));
	len = append(want, len, filter, sizeof(filter));
	len = append(want, len, description, sizeof(description));
	len = append(want, len, port_set, sizeof(port_set));
	CU_ASSERT_EQUAL_FATAL(write_options(buf, &o), len);
	CU_ASSERT_EQUAL(memcmp(buf, want, len), 0);
	memset(&o, 0, sizeof(o));
	CU_ASSERT_EQUAL(write_options(buf, &o), 0);
}

/* RFC 6887 section 7.3: the reserved octet and the padding are ignored; data of 0 octets are allowed. */
static void
options_are_found_in_their_order(void)
{
	static const uint8_t data[] = { 200, 0xff, 0, 0, 7, 0, 0, 1, 9, 0xee, 0xee, 0xee, 128, 0, 0,
		4, 'a', 'b', 'c', 'd', 3, 0, 0, 3, 1, 2, 3, 0xee };
	static const struct {
		uint8_t code;
		uint16_t len;
		size_t at, left;
	} want[] = { { 200, 0, 4, 24 }, { 7, 1, 8, 16 }, { 128, 4, 16, 8 }, { 3, 3, 24, 0 } };
	struct cgn_pcp_cursor c = { data, sizeof(data) };
	struct cgn_pcp_option o;

	for (size_t i = 0; i < COUNT(want); i++) {
		CU_ASSERT_TRUE_FATAL(cgn_pcp_options_next(&c, &o));
		CU_ASSERT_EQUAL(o.code, want[i].code);
		CU_ASSERT_EQUAL(o.len, want[i].len);
		CU_ASSERT_PTR_EQUAL(o.data, data + want[i].at);
		CU_ASSERT_EQUAL(c.len, want[i].left);
	}
	CU_ASSERT_FALSE(cgn_pcp_options_next(&c, &o));
	CU_ASSERT_EQUAL(c.len, 0);
}

/* E-RX-5: octets that are no option, or an option that is longer than the message, with its padding. */
static void
nonsense_length_is_a_malformed_option(void)
{
	static const struct {
		uint8_t octets[24];
		size_t len;
	} bad[] = {
		{ { 128, 0, 0, 1 }, 4 }, { { 128, 0, 0xff, 0xff, 'a' }, 8 },
		{ { 128, 0, 0xff, 0xfd, 'a' }, 8 }, { { 128, 0, 0, 5, 'a', 'b', 'c', 'd' }, 8 },
		{ { 200, 0, 0, 21 }, 24 }, { { 2, 0, 0, 0, 200, 0, 0, 4 }, 8 },
		{ { 60, 0, 0, 0, 200, 0, 0, 4 }, 8 }, /* before the unknown option is looked at */
	};
	struct cgn_pcp_option o;

	for (size_t i = 0; i < COUNT(bad); i++)
		CU_ASSERT_EQUAL(result_of(bad[i].octets, bad[i].len), MALFORMED_OPTION);
	for (size_t len = 1; len < sizeof(third_party); len++) {
		struct cgn_pcp_cursor c = { third_party, len };

		CU_ASSERT_EQUAL(result_of(third_party, len), MALFORMED_OPTION);
		CU_ASSERT_FALSE(cgn_pcp_options_next(&c, &o));
		CU_ASSERT_TRUE(c.at == third_party && c.len == len);
	}
	CU_ASSERT_EQUAL(result_of(third_party, 0), SUCCESS);
	/* The padding belongs to the option. */
	for (size_t len = 9; len < sizeof(description); len++)
		CU_ASSERT_EQUAL(result_of(description, len), MALFORMED_OPTION);
}

/* E-RX-5: the top bit of the code decides whether an unknown option may be ignored. */
static void
unknown_options_are_refused_or_left_out(void)
{
	uint8_t data[8] = { 0, 0, 0, 4 };
	struct cgn_pcp_options o, none;

	memset(&none, 0, sizeof(none));
	for (unsigned int code = 0; code < 256; code++) {
		data[0] = (uint8_t)code;
		if (code == 1 || code == 2 || code == 3 || code == 128 || code == 130) {
			CU_ASSERT_TRUE(cgn_pcp_options_is_known((uint8_t)code));
			continue;
		}
		CU_ASSERT_EQUAL(cgn_pcp_options_is_known((uint8_t)code), code == 13);
		CU_ASSERT_EQUAL(read_request(&o, &map, data, sizeof(data)),
				code < 128 ? UNSUPP_OPTION : SUCCESS);
		if (code >= 128)
			CU_ASSERT_EQUAL(memcmp(&o, &none, sizeof(o)), 0);
	}
}

/* E-OPT-1, E-RX-5: an option that is switched off is like an unknown one. */
static void
options_that_are_not_processed_are_like_unknown_ones(void)
{
	static const struct {
		const uint8_t *octets;
		size_t len;
		unsigned int bit;
		enum cgn_pcp_result without;
	} options[] = {
		{ third_party, sizeof(third_party), CGN_PCP_DO_THIRD_PARTY, UNSUPP_OPTION },
		{ prefer_failure, sizeof(prefer_failure), CGN_PCP_DO_PREFER_FAILURE,
				UNSUPP_OPTION },
		{ filter, sizeof(filter), CGN_PCP_DO_FILTER, UNSUPP_OPTION },
		{ description, sizeof(description), CGN_PCP_DO_DESCRIPTION, SUCCESS },
		{ port_set, sizeof(port_set), CGN_PCP_DO_PORT_SET, SUCCESS },
	};
	struct cgn_pcp_options o, none;

	memset(&none, 0, sizeof(none));
	for (size_t i = 0; i < COUNT(options); i++) {
		struct cgn_pcp_asked asked = map;

		asked.processed = options[i].bit;
		CU_ASSERT_EQUAL(read_request(&o, &asked, options[i].octets, options[i].len),
				SUCCESS);
		CU_ASSERT_NOT_EQUAL(memcmp(&o, &none, sizeof(o)), 0);
		asked.processed = CGN_PCP_DO_ALL & ~options[i].bit;
		CU_ASSERT_EQUAL(read_request(&o, &asked, options[i].octets, options[i].len),
				options[i].without);
		if (options[i].without == SUCCESS)
			CU_ASSERT_EQUAL(memcmp(&o, &none, sizeof(o)), 0);
	}
}

/* E-PEER-1, E-RX-5 */
static void
options_belong_to_opcodes(void)
{
	static const struct {
		const uint8_t *octets;
		size_t len;
		enum cgn_pcp_result announce, peer;
	} options[] = {
		{ third_party, sizeof(third_party), MALFORMED_OPTION, SUCCESS },
		{ prefer_failure, sizeof(prefer_failure), MALFORMED_REQUEST, MALFORMED_REQUEST },
		{ filter, sizeof(filter), MALFORMED_OPTION, MALFORMED_OPTION },
		{ description, sizeof(description), SUCCESS, SUCCESS },
		{ port_set, sizeof(port_set), SUCCESS, SUCCESS },
		{ unknown_mandatory, sizeof(unknown_mandatory), UNSUPP_OPTION, UNSUPP_OPTION },
		{ unknown_optional, sizeof(unknown_optional), SUCCESS, SUCCESS },
	};
	struct cgn_pcp_asked announce = map, peer = map;
	struct cgn_pcp_options o;

	announce.opcode = CGN_PCP_ANNOUNCE;
	announce.lifetime_s = announce.ext_port = 0;
	peer.opcode = CGN_PCP_PEER;
	for (size_t i = 0; i < COUNT(options); i++) {
		CU_ASSERT_EQUAL(read_request(&o, &announce, options[i].octets, options[i].len),
				options[i].announce);
		CU_ASSERT_FALSE(options[i].announce == SUCCESS && o.has_description);
		CU_ASSERT_EQUAL(read_request(&o, &peer, options[i].octets, options[i].len),
				options[i].peer);
		CU_ASSERT_FALSE(options[i].peer == SUCCESS && o.has_port_set);
	}
	CU_ASSERT_EQUAL(read_request(&o, &peer, description, sizeof(description)), SUCCESS);
	CU_ASSERT_TRUE(o.has_description);
	/* PEER refuses PREFER_FAILURE also if MAP does not process it. */
	peer.processed = 0;
	CU_ASSERT_EQUAL(read_request(&o, &peer, prefer_failure, sizeof(prefer_failure)),
			MALFORMED_REQUEST);
}

/* E-RX-5: an option has its length, not more and not less. */
static void
wrong_length_is_a_malformed_option(void)
{
	static const struct {
		uint8_t code;
		uint16_t len;
	} options[] = { { 1, 16 }, { 2, 0 }, { 3, 20 }, { 130, 5 } };

	for (size_t i = 0; i < COUNT(options); i++) {
		for (uint16_t len = 0; len < 40; len++) {
			uint8_t data[44] = { options[i].code, 0, 0, (uint8_t)len, 1, 100 };

			CU_ASSERT_EQUAL(result_of(data, 4 + (len + 3U) / 4 * 4),
					len == options[i].len ? SUCCESS : MALFORMED_OPTION);
		}
	}
}

/* E-RX-5, E-OPT-4: an option that is understood is there once; FILTER is the exception. */
static void
repeated_option_is_malformed(void)
{
	static const struct {
		const uint8_t *octets;
		size_t len;
		unsigned int bit;
		enum cgn_pcp_result twice;
	} options[] = {
		{ third_party, sizeof(third_party), CGN_PCP_DO_THIRD_PARTY, MALFORMED_OPTION },
		{ prefer_failure, sizeof(prefer_failure), CGN_PCP_DO_PREFER_FAILURE,
				MALFORMED_OPTION },
		{ filter, sizeof(filter), CGN_PCP_DO_FILTER, SUCCESS },
		{ description, sizeof(description), CGN_PCP_DO_DESCRIPTION, MALFORMED_OPTION },
		{ port_set, sizeof(port_set), CGN_PCP_DO_PORT_SET, MALFORMED_OPTION },
		{ unknown_optional, sizeof(unknown_optional), 0, SUCCESS },
	};
	struct cgn_pcp_asked asked = map;
	struct cgn_pcp_options o;
	uint8_t data[128];

	for (size_t i = 0; i < COUNT(options); i++) {
		size_t len = append(data, 0, options[i].octets, options[i].len);

		len = append(data, len, unknown_optional, sizeof(unknown_optional));
		len = append(data, len, options[i].octets, options[i].len);
		CU_ASSERT_EQUAL(result_of(data, len), options[i].twice);
		/* An option that is ignored may be there twice. */
		asked.processed = CGN_PCP_DO_ALL & ~options[i].bit;
		if (options[i].octets[0] >= 128)
			CU_ASSERT_EQUAL(read_request(&o, &asked, data, len), SUCCESS);
	}
}

/* E-RX-5, E-OPT-2, E-OPT-3, E-OPT-4: options that make no sense together, or in this request. */
static void
senseless_option_is_malformed(void)
{
	static const struct {
		bool prefer_failure, filter, port_set;
		uint32_t lifetime_s;
		uint16_t ext_port;
		enum cgn_pcp_result result;
	} cases[] = {
		{ true, false, false, 1, 1, SUCCESS },
		{ true, false, false, 0, 1, MALFORMED_OPTION },
		{ true, false, false, 1, 0, MALFORMED_OPTION },
		{ false, true, false, 1, 0, SUCCESS },
		{ false, true, false, 0, 0, MALFORMED_OPTION },
		{ false, false, true, 1, 0, SUCCESS },
		{ false, false, true, 0, 0, SUCCESS }, /* the set is deleted as one */
		{ true, false, true, 1, 1, MALFORMED_OPTION },
		{ true, true, false, 1, 1, SUCCESS },
		{ false, true, true, 1, 1, SUCCESS },
	};
	struct cgn_pcp_options o;
	uint8_t data[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgn_pcp_asked asked = map;
		size_t len = 0;

		asked.lifetime_s = cases[i].lifetime_s;
		asked.ext_port = cases[i].ext_port;
		if (cases[i].port_set)
			len = append(data, len, port_set, sizeof(port_set));
		if (cases[i].prefer_failure)
			len = append(data, len, prefer_failure, sizeof(prefer_failure));
		if (cases[i].filter)
			len = append(data, len, filter, sizeof(filter));
		CU_ASSERT_EQUAL(read_request(&o, &asked, data, len), cases[i].result);
		/* A PORT_SET that is not processed is not there. */
		asked.processed = CGN_PCP_DO_ALL & ~CGN_PCP_DO_PORT_SET;
		if (cases[i].port_set)
			CU_ASSERT_EQUAL(read_request(&o, &asked, data, len), SUCCESS);
	}
}

/* E-OPT-4 */
static void
empty_port_set_is_malformed(void)
{
	static const uint8_t empty[] = { 130, 0, 0, 5, 0, 0, 0xc3, 0x50, 0, 0, 0, 0 };
	static const uint8_t one[] = { 130, 0, 0, 5, 0, 1, 0xc3, 0x50, 0, 0, 0, 0 };
	static const uint8_t all[] = { 130, 0, 0, 5, 0xff, 0xff, 0, 1, 0, 0, 0, 0 };
	struct cgn_pcp_options o;

	CU_ASSERT_EQUAL(result_of(empty, sizeof(empty)), MALFORMED_OPTION);
	CU_ASSERT_EQUAL(read_request(&o, &map, one, sizeof(one)), SUCCESS);
	CU_ASSERT_EQUAL(o.port_set.size, 1);
	CU_ASSERT_EQUAL(read_request(&o, &map, all, sizeof(all)), SUCCESS);
	CU_ASSERT_EQUAL(o.port_set.size, 65535);
}

/* E-OPT-3: 96 to 128 for IPv4, up to 128 for IPv6, and 0. */
static void
filter_prefix_length_has_bounds(void)
{
	uint8_t four[sizeof(filter)], six[sizeof(filter6)], buf[64];
	struct cgn_pcp_options o;

	memcpy(four, filter, sizeof(four));
	memcpy(six, filter6, sizeof(six));
	for (unsigned int bits = 0; bits < 256; bits++) {
		bool is_valid4 = bits == 0 || (bits >= 96 && bits <= 128), is_valid6 = bits <= 128;

		four[5] = six[5] = (uint8_t)bits;
		CU_ASSERT_EQUAL(read_request(&o, &map, four, sizeof(four)),
				is_valid4 ? SUCCESS : MALFORMED_OPTION);
		if (is_valid4) {
			CU_ASSERT_EQUAL(o.filters[0].is_clear, bits == 0);
			CU_ASSERT_EQUAL(o.filters[0].remote.len, bits == 0 ? 0 : bits - 96);
			CU_ASSERT_EQUAL(write_options(buf, &o), sizeof(four));
			CU_ASSERT_EQUAL(memcmp(buf, four, sizeof(four)), 0);
		}
		CU_ASSERT_EQUAL(read_request(&o, &map, six, sizeof(six)),
				is_valid6 ? SUCCESS : MALFORMED_OPTION);
		if (is_valid6) {
			CU_ASSERT_EQUAL(o.filters[0].is_clear, bits == 0);
			CU_ASSERT_EQUAL(o.filters[0].remote.len, bits);
			CU_ASSERT_EQUAL(write_options(buf, &o), sizeof(six));
			CU_ASSERT_EQUAL(memcmp(buf, six, sizeof(six)), 0);
		}
	}
}

/* E-OPT-3: as many as fit into a request; a longer run, which no message can have, is refused. */
static void
filters_fill_a_request(void)
{
	static uint8_t data[44 * sizeof(filter)];
	struct cgn_pcp_options o;

	for (size_t i = 0; i < 44; i++) {
		memcpy(data + i * sizeof(filter), filter, sizeof(filter));
		data[i * sizeof(filter) + 7] = (uint8_t)i;
	}
	CU_ASSERT_EQUAL(read_request(&o, &map, data, 43 * sizeof(filter)), SUCCESS);
	CU_ASSERT_EQUAL_FATAL(o.n_filters, 43);
	for (unsigned int i = 0; i < 43; i++)
		CU_ASSERT_EQUAL(o.filters[i].port, 0x1f00 + i);
	CU_ASSERT_EQUAL(result_of(data, sizeof(data)), MALFORMED_OPTION);
}

/* E-OPT-5: a text that is not UTF-8 makes no error, but the option is left out (RFC 7220 section 3). */
static void
description_that_is_no_text_is_left_out(void)
{
	static const struct {
		const char *text;
		size_t len;
		bool is_valid;
	} texts[] = {
		{ "a", 1, true },
		{ "\xc2\x80", 2, true },
		{ "\xdf\xbf", 2, true },
		{ "\xe0\xa0\x80", 3, true },
		{ "\xed\x9f\xbf", 3, true },
		{ "\xee\x80\x80", 3, true },
		{ "\xf0\x90\x80\x80", 4, true },
		{ "\xf4\x8f\xbf\xbf", 4, true },
		{ "\xf1\x80\x80\x80z", 5, true },
		{ "ab\0", 3, false },
		{ "\0", 1, false },
		{ "\x80", 1, false },
		{ "\xc1\xbf", 2, false },
		{ "\xc2", 1, false },
		{ "\xc2z", 2, false },
		{ "\xe0\x9f\xbf", 3, false },
		{ "\xe1\x80", 2, false },
		{ "\xe1\x80z", 3, false },
		{ "\xed\xa0\x80", 3, false },
		{ "\xf0\x8f\xbf\xbf", 4, false },
		{ "\xf1\x80\x80", 3, false },
		{ "\xf1\x80\x80z", 4, false },
		{ "\xf4\x90\x80\x80", 4, false },
		{ "\xf5\x80\x80\x80", 4, false },
		{ "\xff", 1, false },
	};
	struct cgn_pcp_options o;

	for (size_t i = 0; i < COUNT(texts); i++) {
		uint8_t data[12] = { 128, 0, 0, (uint8_t)texts[i].len };

		/* Padding that would go on with a character that is cut. */
		memset(data + 4, 0xbf, sizeof(data) - 4);
		memcpy(data + 4, texts[i].text, texts[i].len);
		CU_ASSERT_EQUAL(read_request(&o, &map, data, 4 + (texts[i].len + 3) / 4 * 4),
				SUCCESS);
		CU_ASSERT_EQUAL(o.has_description, texts[i].is_valid);
		if (texts[i].is_valid)
			CU_ASSERT_EQUAL(o.description_len, texts[i].len);
	}
}

/* E-OPT-5 */
static void
description_of_1016_octets_is_the_longest(void)
{
	uint8_t data[1024] = { 128, 0, 0x03, 0xf8 };
	struct cgn_pcp_options o;

	memset(data + 4, 'x', sizeof(data) - 4);
	CU_ASSERT_EQUAL(read_request(&o, &map, data, 4 + 1016), SUCCESS);
	CU_ASSERT_TRUE(o.has_description && o.description_len == 1016);
	CU_ASSERT_EQUAL(o.description[1015], 'x');
	data[3] = 0xf9;
	CU_ASSERT_EQUAL(read_request(&o, &map, data, 4 + 1020), SUCCESS);
	CU_ASSERT_FALSE(o.has_description);
}

/* E-OPT-1: for both families; without the right to use the option, it is only unsupported. */
static void
third_party_is_not_the_client(void)
{
	struct cgn_pcp_asked asked = map;
	struct cgn_pcp_options o;

	asked.client.ip4 = RTE_BE32(0xc0000209);
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party, sizeof(third_party)),
			MALFORMED_REQUEST);
	asked.processed = 0;
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party, sizeof(third_party)), UNSUPP_OPTION);
	asked = map;
	asked.client = cgn_pcp_wire_get_ip(third_party6 + 4);
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party6, sizeof(third_party6)),
			MALFORMED_REQUEST);
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party, sizeof(third_party)), SUCCESS);
}

/* E-RX-5: the first error in the order of the request is the answer. */
static void
first_error_counts(void)
{
	static const uint8_t long_prefer_failure[] = { 2, 0, 0, 1, 0, 0, 0, 0 };
	uint8_t data[64];
	size_t len = append(data, 0, unknown_mandatory, sizeof(unknown_mandatory));

	len = append(data, len, long_prefer_failure, sizeof(long_prefer_failure));
	CU_ASSERT_EQUAL(result_of(data, len), UNSUPP_OPTION);
	len = append(data, 0, long_prefer_failure, sizeof(long_prefer_failure));
	len = append(data, len, unknown_mandatory, sizeof(unknown_mandatory));
	CU_ASSERT_EQUAL(result_of(data, len), MALFORMED_OPTION);
}

/* RFC 7648 section 3.4: a proxy passes unknown options on, but never one that names another subscriber. */
static void
proxy_does_not_refuse_unknown_options(void)
{
	static const uint8_t third_party_id[] = { 13, 0, 0, 4, 0, 0, 0, 1 };
	struct cgn_pcp_asked asked = map;
	struct cgn_pcp_options o;

	asked.processed = CGN_PCP_DO_FILTER | CGN_PCP_PASS_UNKNOWN;
	CU_ASSERT_EQUAL(read_request(&o, &asked, unknown_mandatory, sizeof(unknown_mandatory)),
			SUCCESS);
	CU_ASSERT_EQUAL(read_request(&o, &asked, unknown_optional, sizeof(unknown_optional)),
			SUCCESS);
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party, sizeof(third_party)), UNSUPP_OPTION);
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party_id, sizeof(third_party_id)),
			UNSUPP_OPTION);
	asked.opcode = CGN_PCP_ANNOUNCE;
	CU_ASSERT_EQUAL(read_request(&o, &asked, third_party_id, sizeof(third_party_id)),
			UNSUPP_OPTION);
}

/* RFC 6887 section 7.3: a client cannot refuse an answer because of its options. */
static void
client_reads_what_it_understands(void)
{
	static const uint8_t shorter[] = { 128, 0, 0, 1, 'x', 0, 0, 0 };
	static const uint8_t bad[] = { 1, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t too_long[] = { 130, 0, 0, 5, 0, 1, 0, 1 };
	struct cgn_pcp_options o;
	uint8_t data[256];
	size_t len = append(data, 0, unknown_mandatory, sizeof(unknown_mandatory));

	len = append(data, len, bad, sizeof(bad));
	len = append(data, len, description, sizeof(description));
	len = append(data, len, filter, sizeof(filter));
	len = append(data, len, unknown_optional, sizeof(unknown_optional));
	len = append(data, len, shorter, sizeof(shorter));
	len = append(data, len, too_long, sizeof(too_long));
	memset(&o, 0xa5, sizeof(o));
	cgn_pcp_options_read_answer(&o, (struct cgn_pcp_cursor){ data, len });
	CU_ASSERT_TRUE(!o.has_third_party && !o.prefer_failure && !o.has_port_set);
	CU_ASSERT_EQUAL(o.n_filters, 1);
	CU_ASSERT_TRUE(o.has_description && o.description_len == 1);
	CU_ASSERT_EQUAL(memcmp(o.description, "x\0\0\0\0", 5), 0);
}

/* A message has at most 1100 octets; what does not fit is not there in part. */
static void
message_without_room_stays_as_it_is(void)
{
	static struct cgn_pcp_message m, before;
	const struct cgn_pcp_option five = { .code = 200, .len = 5, .data = description };
	struct cgn_pcp_options o = { .n_filters = 2, .prefer_failure = true };

	m.len = 1100 - 8;
	before = m;
	CU_ASSERT_FALSE(cgn_pcp_options_add(&m, &five));
	CU_ASSERT_EQUAL(memcmp(&m, &before, sizeof(m)), 0);
	m.len = 1100 - 12;
	CU_ASSERT_TRUE(cgn_pcp_options_add(&m, &five));
	CU_ASSERT_EQUAL(m.len, 1100);
	CU_ASSERT_FALSE(cgn_pcp_options_add(&m, &five));
	m.len = 1100 - 4 - 24 - 20;
	CU_ASSERT_FALSE(cgn_pcp_options_write(&m, &o));
	CU_ASSERT_EQUAL(m.len, 1100 - 4 - 24 - 20);
	m.len = 1100 - 4 - 24 - 24;
	CU_ASSERT_TRUE(cgn_pcp_options_write(&m, &o));
	CU_ASSERT_EQUAL(m.len, 1100);
}

/* RFC 6887 section 5: all 96 leading bits decide; zero addresses have a family. */
static void
addresses_have_128_bits(void)
{
	static const struct {
		uint8_t octets[16];
		bool is_ip6;
		rte_be32_t ip4;
	} addresses[] = {
		{ { MAPPED, 192, 0, 2, 1 }, false, RTE_BE32(0xc0000201) },
		{ { MAPPED, 0, 0, 0, 0 }, false, 0 },
		{ { ZERO12, 0, 0, 0, 0 }, true, 0 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 192, 0, 2, 1 }, true, 0 },
		{ { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1 }, true, 0 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 192, 0, 2, 1 }, true, 0 },
		{ { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, true, 0 },
	};
	uint8_t buf[16];

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct cgn_ip ip = cgn_pcp_wire_get_ip(addresses[i].octets);

		CU_ASSERT_EQUAL(ip.is_ip6, addresses[i].is_ip6);
		if (ip.is_ip6)
			CU_ASSERT_EQUAL(memcmp(ip.ip6.b, addresses[i].octets, 16), 0);
		if (!ip.is_ip6)
			CU_ASSERT_EQUAL(ip.ip4, addresses[i].ip4);
		memset(buf, 0xa5, sizeof(buf));
		cgn_pcp_wire_put_ip(buf, &ip);
		CU_ASSERT_EQUAL(memcmp(buf, addresses[i].octets, 16), 0);
		for (size_t k = 0; k < COUNT(addresses); k++) {
			struct cgn_ip other = cgn_pcp_wire_get_ip(addresses[k].octets);

			CU_ASSERT_EQUAL(cgn_pcp_wire_same_ip(&ip, &other), i == k);
		}
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(third_party_has_these_octets),
	CU_TEST_ROW(prefer_failure_has_these_octets),
	CU_TEST_ROW(filters_have_these_octets_and_keep_their_order),
	CU_TEST_ROW(description_has_these_octets),
	CU_TEST_ROW(port_set_has_these_octets),
	CU_TEST_ROW(options_are_written_one_behind_the_other),
	CU_TEST_ROW(options_are_found_in_their_order),
	CU_TEST_ROW(nonsense_length_is_a_malformed_option),
	CU_TEST_ROW(unknown_options_are_refused_or_left_out),
	CU_TEST_ROW(options_that_are_not_processed_are_like_unknown_ones),
	CU_TEST_ROW(options_belong_to_opcodes),
	CU_TEST_ROW(wrong_length_is_a_malformed_option),
	CU_TEST_ROW(repeated_option_is_malformed),
	CU_TEST_ROW(senseless_option_is_malformed),
	CU_TEST_ROW(empty_port_set_is_malformed),
	CU_TEST_ROW(filter_prefix_length_has_bounds),
	CU_TEST_ROW(filters_fill_a_request),
	CU_TEST_ROW(description_that_is_no_text_is_left_out),
	CU_TEST_ROW(description_of_1016_octets_is_the_longest),
	CU_TEST_ROW(third_party_is_not_the_client),
	CU_TEST_ROW(first_error_counts),
	CU_TEST_ROW(proxy_does_not_refuse_unknown_options),
	CU_TEST_ROW(client_reads_what_it_understands),
	CU_TEST_ROW(message_without_room_stays_as_it_is),
	CU_TEST_ROW(addresses_have_128_bits),
};

CU_MAIN("pcp_options", tests)
