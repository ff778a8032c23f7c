/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Takes unknown parts out of messages, for a relay that passes them on.
 */
#include "controlplane/pcp/pcp_pass.h"

#include "controlplane/pcp/pcp_wire.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 24
#define STEPS  (CGN_PCP_MESSAGE_MAX / 4 + 1) /* places where an option may begin, and the end */

static_assert(CGN_LEASE_PASS_MAX == CGN_PCP_MESSAGE_MAX, "a whole message can be passed on");

/* Copy the options without a rule. @return octets */
static size_t
copy_unknown(uint8_t out[static CGN_LEASE_PASS_MAX], struct cgn_pcp_cursor options,
		bool *has_mandatory)
{
	struct cgn_pcp_message m = { .len = 0 };
	struct cgn_pcp_option o;

	*has_mandatory = false;
	while (cgn_pcp_options_next(&options, &o)) {
		if (cgn_pcp_options_is_known(o.code))
			continue;
		*has_mandatory |= o.code < CGN_PCP_OPTIONAL_FIRST;
		(void)cgn_pcp_options_add(
				&m, &o); /* they fit: a message has more than its options */
	}
	memcpy(out, m.octets, m.len);
	return m.len;
}

int
cgn_pcp_pass_options(struct cgn_lease_pass **out, struct cgn_pcp_cursor options)
{
	uint8_t octets[CGN_LEASE_PASS_MAX];
	bool has_mandatory;
	size_t len = copy_unknown(octets, options, &has_mandatory);

	*out = NULL;
	if (len == 0)
		return 0;
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return -ENOBUFS;
	(*out)->is_needed = has_mandatory;
	(*out)->len = len;
	memcpy((*out)->octets, octets, len);
	return 0;
}

struct cgn_lease_pass *
cgn_pcp_pass_message(const uint8_t *data, size_t len)
{
	struct cgn_lease_pass *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->is_needed = true;
	p->len = len;
	memcpy(p->octets, data, len);
	return p;
}

static bool
is_for_others(uint8_t code)
{
	return code == CGN_PCP_THIRD_PARTY || code == CGN_PCP_THIRD_PARTY_ID;
}

/* From the end to the front: what is known of the octets behind an option is then known of the option, too. */
bool
cgn_pcp_pass_names_others(const uint8_t *data, size_t len)
{
	bool are_options[STEPS] = { false }; /* the octets from here to the end */
	bool are_for_others[STEPS] = { false };
	bool found = false;

	are_options[len / 4] = true;
	for (size_t at = len - 4; at >= HEADER; at -= 4) {
		struct cgn_pcp_cursor c = { .at = data + at, .len = len - at };
		struct cgn_pcp_option o;
		size_t behind;

		if (!cgn_pcp_options_next(&c, &o))
			continue;
		behind = (size_t)(c.at - data) / 4;
		are_options[at / 4] = are_options[behind];
		are_for_others[at / 4] = are_options[behind] &&
				(is_for_others(o.code) || are_for_others[behind]);
		found |= are_for_others[at / 4];
	}
	return found;
}

void
cgn_pcp_pass_take(struct cgn_lease_pass *p, struct cgn_pcp_cursor options)
{
	bool has_mandatory;

	p->answer_len = copy_unknown(p->answer, options, &has_mandatory);
	p->is_processed = true;
}

bool
cgn_pcp_pass_add(struct cgn_pcp_message *m, const struct cgn_lease_pass *p)
{
	if (p->answer_len > sizeof(m->octets) - m->len)
		return false;
	memcpy(m->octets + m->len, p->answer, p->answer_len);
	m->len += p->answer_len;
	return true;
}
