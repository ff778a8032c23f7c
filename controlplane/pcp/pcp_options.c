/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes the options of PCP messages. It trusts no octet of a message.
 *
 * A table has one rule for each option. The options of a request pass the rules in the order of the request, and the
 * first error counts.
 */
#include "controlplane/pcp/pcp_options.h"

#include "controlplane/pcp/pcp_wire.h"
#include "shared/utf8.h"

#include <assert.h>
#include <string.h>

#define OPTION_HEAD    4 /* code, reserved, length */
#define FILTER_LEN     20
#define PORT_SET_LEN   5
#define MAPPED_BITS    96 /* an IPv4 address has so many bits before it */
#define MAP_REQUEST    60 /* octets of a MAP request before its options */
#define BIT(opcode)    (1U << (opcode))
#define OF_MAP         BIT(CGN_PCP_MAP)
#define OF_MAPPINGS    (BIT(CGN_PCP_MAP) | BIT(CGN_PCP_PEER))
#define PARITY         0x01 /* the P bit of PORT_SET */
#define NEVER          0    /* no bit of what is processed */
#define PADDED(octets) (((size_t)(octets) + 3) / 4 * 4)

static_assert((CGN_PCP_MESSAGE_MAX - MAP_REQUEST) / (OPTION_HEAD + FILTER_LEN) ==
				CGN_PCP_FILTERS_MAX,
		"all FILTER options of a MAP request must fit");

/* What is done with an option. read() gets data of a length from min to max. @return whether the data are valid */
struct option_rule {
	uint8_t code;
	unsigned int bit;              /* enum cgn_pcp_processed */
	unsigned int opcodes;          /* it is valid for: bits */
	enum cgn_pcp_result elsewhere; /* with another opcode; SUCCESS: it is ignored */
	enum cgn_pcp_result invalid;   /* with wrong data; SUCCESS: it is ignored */
	bool repeats;
	uint16_t min, max;
	bool (*read)(struct cgn_pcp_options *out, const struct cgn_pcp_option *o);
};

static bool
read_third_party(struct cgn_pcp_options *out, const struct cgn_pcp_option *o)
{
	out->has_third_party = true;
	out->third_party = cgn_pcp_wire_get_ip(o->data);
	return true;
}

static bool
read_prefer_failure(struct cgn_pcp_options *out, const struct cgn_pcp_option *o)
{
	(void)o;
	out->prefer_failure = true;
	return true;
}

static bool
read_filter(struct cgn_pcp_options *out, const struct cgn_pcp_option *o)
{
	struct cgn_ip ip = cgn_pcp_wire_get_ip(o->data + 4);
	unsigned int bits = o->data[1], before = ip.is_ip6 ? 0 : MAPPED_BITS;
	struct cgn_pcp_filter *f = &out->filters[out->n_filters];

	if (bits > MAPPED_BITS + 32 || (bits != 0 && bits < before) ||
			out->n_filters == CGN_PCP_FILTERS_MAX)
		return false;
	f->is_clear = bits == 0;
	f->remote.is_ip6 = ip.is_ip6;
	f->remote.len = (uint8_t)(f->is_clear ? 0 : bits - before);
	f->remote.ip6 = ip.ip6;
	f->port = cgn_pcp_wire_get16(o->data + 2);
	out->n_filters++;
	return true;
}

static bool
read_description(struct cgn_pcp_options *out, const struct cgn_pcp_option *o)
{
	for (size_t at = 0, n; at < o->len; at += n) {
		n = cgn_utf8_character(o->data + at, o->len - at);
		if (n == 0)
			return false;
	}
	memset(out->description, 0, sizeof(out->description));
	out->has_description = true;
	out->description_len = o->len;
	if (o->len > 0)
		memcpy(out->description, o->data, o->len);
	return true;
}

static bool
read_port_set(struct cgn_pcp_options *out, const struct cgn_pcp_option *o)
{
	uint16_t size = cgn_pcp_wire_get16(o->data);

	if (size == 0)
		return false;
	out->has_port_set = true;
	out->port_set.size = size;
	out->port_set.first_in_port = cgn_pcp_wire_get16(o->data + 2);
	out->port_set.parity = (o->data[4] & PARITY) != 0;
	return true;
}

static const struct option_rule rules[] = {
	{
			.code = CGN_PCP_THIRD_PARTY,
			.bit = CGN_PCP_DO_THIRD_PARTY,
			.opcodes = OF_MAPPINGS,
			.elsewhere = CGN_PCP_MALFORMED_OPTION,
			.invalid = CGN_PCP_MALFORMED_OPTION,
			.min = CGN_PCP_WIRE_IP_LEN,
			.max = CGN_PCP_WIRE_IP_LEN,
			.read = read_third_party,
	},
	{
			.code = CGN_PCP_PREFER_FAILURE,
			.bit = CGN_PCP_DO_PREFER_FAILURE,
			.opcodes = OF_MAP,
			.elsewhere = CGN_PCP_MALFORMED_REQUEST, /* RFC 6887 section 12.1 */
			.invalid = CGN_PCP_MALFORMED_OPTION,
			.read = read_prefer_failure,
	},
	{
			.code = CGN_PCP_FILTER,
			.bit = CGN_PCP_DO_FILTER,
			.opcodes = OF_MAP,
			.elsewhere = CGN_PCP_MALFORMED_OPTION,
			.invalid = CGN_PCP_MALFORMED_OPTION,
			.repeats = true,
			.min = FILTER_LEN,
			.max = FILTER_LEN,
			.read = read_filter,
	},
	/* It names a subscriber, so a proxy must not pass it on for a client. */
	{
			.code = CGN_PCP_THIRD_PARTY_ID,
			.bit = NEVER,
			.opcodes = OF_MAPPINGS,
			.elsewhere = CGN_PCP_UNSUPP_OPTION,
	},
	{
			.code = CGN_PCP_DESCRIPTION,
			.bit = CGN_PCP_DO_DESCRIPTION,
			.opcodes = OF_MAPPINGS,
			.max = CGN_PCP_DESCRIPTION_MAX,
			.read = read_description,
	},
	{
			.code = CGN_PCP_PORT_SET,
			.bit = CGN_PCP_DO_PORT_SET,
			.opcodes = OF_MAP,
			.invalid = CGN_PCP_MALFORMED_OPTION,
			.min = PORT_SET_LEN,
			.max = PORT_SET_LEN,
			.read = read_port_set,
	},
};

static const struct option_rule *
find_rule(uint8_t code)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].code == code)
			return &rules[i];
	}
	return NULL;
}

bool
cgn_pcp_options_is_known(uint8_t code)
{
	return find_rule(code) != NULL;
}

bool
cgn_pcp_options_next(struct cgn_pcp_cursor *c, struct cgn_pcp_option *out)
{
	uint16_t len;

	if (c->len < OPTION_HEAD)
		return false;
	len = cgn_pcp_wire_get16(c->at + 2);
	if (PADDED(len) > c->len - OPTION_HEAD)
		return false;
	out->code = c->at[0];
	out->len = len;
	out->data = c->at + OPTION_HEAD;
	c->at += OPTION_HEAD + PADDED(len);
	c->len -= OPTION_HEAD + PADDED(len);
	return true;
}

/* Whether all octets of a message belong to options. */
static bool
is_whole(struct cgn_pcp_cursor c)
{
	struct cgn_pcp_option o;

	while (cgn_pcp_options_next(&c, &o))
		;
	return c.len == 0;
}

static bool
read_valid(struct cgn_pcp_options *out, const struct option_rule *rule,
		const struct cgn_pcp_option *o)
{
	return o->len >= rule->min && o->len <= rule->max && rule->read(out, o);
}

/* The answer to an option that is not processed. */
static enum cgn_pcp_result
refuse_option(uint8_t code)
{
	return code < CGN_PCP_OPTIONAL_FIRST ? CGN_PCP_UNSUPP_OPTION : CGN_PCP_SUCCESS;
}

/* Read an option of a request. @p seen has the bits of the options before it. */
static enum cgn_pcp_result
read_one(struct cgn_pcp_options *out, const struct cgn_pcp_option *o,
		const struct cgn_pcp_asked *asked, unsigned int *seen)
{
	const struct option_rule *rule = find_rule(o->code);

	if (rule == NULL)
		return (asked->processed & CGN_PCP_PASS_UNKNOWN) != 0 ? CGN_PCP_SUCCESS
								      : refuse_option(o->code);
	if ((rule->opcodes & BIT(asked->opcode)) == 0)
		return rule->elsewhere;
	if ((asked->processed & rule->bit) == 0)
		return refuse_option(o->code);
	if ((*seen & rule->bit) != 0 && !rule->repeats)
		return CGN_PCP_MALFORMED_OPTION;
	*seen |= rule->bit;
	return read_valid(out, rule, o) ? CGN_PCP_SUCCESS : rule->invalid;
}

/* The rules between an option and the rest of the request. */
static enum cgn_pcp_result
check_sense(const struct cgn_pcp_options *o, const struct cgn_pcp_asked *asked)
{
	if (o->has_third_party && cgn_pcp_wire_same_ip(&o->third_party, &asked->client))
		return CGN_PCP_MALFORMED_REQUEST;
	if (o->prefer_failure &&
			(asked->lifetime_s == 0 || asked->ext_port == 0 || o->has_port_set))
		return CGN_PCP_MALFORMED_OPTION;
	if (o->n_filters > 0 && asked->lifetime_s == 0)
		return CGN_PCP_MALFORMED_OPTION;
	return CGN_PCP_SUCCESS;
}

enum cgn_pcp_result
cgn_pcp_options_read(struct cgn_pcp_options *out, struct cgn_pcp_cursor c,
		const struct cgn_pcp_asked *asked)
{
	enum cgn_pcp_result result;
	struct cgn_pcp_option o;
	unsigned int seen = 0;

	assert(asked->opcode <= CGN_PCP_PEER);
	memset(out, 0, sizeof(*out));
	if (!is_whole(c))
		return CGN_PCP_MALFORMED_OPTION;
	while (cgn_pcp_options_next(&c, &o)) {
		result = read_one(out, &o, asked, &seen);
		if (result != CGN_PCP_SUCCESS)
			return result;
	}
	return check_sense(out, asked);
}

void
cgn_pcp_options_read_answer(struct cgn_pcp_options *out, struct cgn_pcp_cursor c)
{
	struct cgn_pcp_option o;

	memset(out, 0, sizeof(*out));
	while (cgn_pcp_options_next(&c, &o)) {
		const struct option_rule *rule = find_rule(o.code);

		if (rule != NULL && rule->bit != NEVER)
			read_valid(out, rule, &o);
	}
}

bool
cgn_pcp_options_add(struct cgn_pcp_message *m, const struct cgn_pcp_option *o)
{
	uint8_t *at = m->octets + m->len;

	if (OPTION_HEAD + PADDED(o->len) > sizeof(m->octets) - m->len)
		return false;
	memset(at, 0, OPTION_HEAD + PADDED(o->len));
	at[0] = o->code;
	cgn_pcp_wire_put16(at + 2, o->len);
	if (o->len > 0)
		memcpy(at + OPTION_HEAD, o->data, o->len);
	m->len += OPTION_HEAD + PADDED(o->len);
	return true;
}

static bool
add_data(struct cgn_pcp_message *m, uint8_t code, const void *data, uint16_t len)
{
	const struct cgn_pcp_option o = { .code = code, .len = len, .data = data };

	return cgn_pcp_options_add(m, &o);
}

static bool
add_third_party(struct cgn_pcp_message *m, const struct cgn_ip *ip)
{
	uint8_t data[CGN_PCP_WIRE_IP_LEN];

	cgn_pcp_wire_put_ip(data, ip);
	return add_data(m, CGN_PCP_THIRD_PARTY, data, sizeof(data));
}

static bool
add_filter(struct cgn_pcp_message *m, const struct cgn_pcp_filter *f)
{
	const struct cgn_ip ip = { .ip6 = f->remote.ip6, .is_ip6 = f->remote.is_ip6 };
	uint8_t data[FILTER_LEN] = { 0 };

	if (!f->is_clear)
		data[1] = (uint8_t)(f->remote.len + (ip.is_ip6 ? 0 : MAPPED_BITS));
	cgn_pcp_wire_put16(data + 2, f->port);
	cgn_pcp_wire_put_ip(data + 4, &ip);
	return add_data(m, CGN_PCP_FILTER, data, sizeof(data));
}

static bool
add_filters(struct cgn_pcp_message *m, const struct cgn_pcp_options *o)
{
	for (unsigned int i = 0; i < o->n_filters; i++) {
		if (!add_filter(m, &o->filters[i]))
			return false;
	}
	return true;
}

static bool
add_port_set(struct cgn_pcp_message *m, const struct cgn_pcp_port_set *s)
{
	uint8_t data[PORT_SET_LEN] = { 0 };

	cgn_pcp_wire_put16(data, s->size);
	cgn_pcp_wire_put16(data + 2, s->first_in_port);
	data[4] = s->parity ? PARITY : 0;
	return add_data(m, CGN_PCP_PORT_SET, data, sizeof(data));
}

bool
cgn_pcp_options_write(struct cgn_pcp_message *m, const struct cgn_pcp_options *o)
{
	size_t before = m->len;

	if ((!o->has_third_party || add_third_party(m, &o->third_party)) &&
			(!o->prefer_failure || add_data(m, CGN_PCP_PREFER_FAILURE, NULL, 0)) &&
			add_filters(m, o) &&
			(!o->has_description ||
					add_data(m, CGN_PCP_DESCRIPTION, o->description,
							o->description_len)) &&
			(!o->has_port_set || add_port_set(m, &o->port_set)))
		return true;
	m->len = before;
	return false;
}
