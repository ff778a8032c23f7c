/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_value.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Every key of the schema at the edges of what it allows. */

#define GUARD 0x5a

/* What the parser writes is the field of the row and not one octet more. */
static int
parse(const struct cgn_conf_key *key, const char *text, void *field, size_t room)
{
	uint8_t *octets = field;
	int ret;

	memset(octets, GUARD, room);
	ret = cgn_conf_value_parse(key, text, octets);
	for (size_t i = ret < 0 ? 0 : key->size; i < room; i++)
		CU_ASSERT_EQUAL(octets[i], GUARD);
	return ret;
}

static void
numbers_are_taken_from_the_least_to_the_most_and_no_further(void)
{
	static const char *const bad[] = { "", " ", "-1", "+1", "1 ", " 1", "0x10", "1.0", "1e3",
		"one", "4294967296", "4294967297", "18446744073709551616", "18446744073709551617",
		"99999999999999999999999" };
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n);

	for (size_t i = 0; i < n; i++) {
		const struct cgn_conf_key *k = &keys[i];
		uint64_t edges[4];
		uint64_t field[2];
		char text[32];

		if (k->type != CGN_CONF_UINT)
			continue;
		edges[0] = k->min;
		edges[1] = k->max;
		edges[2] = (uint64_t)k->max + 1;
		edges[3] = k->min > 0 ? k->min - 1 : (uint64_t)k->max + 2;
		for (unsigned int e = 0; e < 4; e++) {
			snprintf(text, sizeof(text), "%" PRIu64, edges[e]);
			CU_ASSERT_EQUAL(parse(k, text, field, sizeof(field)) == 0, e < 2);
			if (e < 2)
				CU_ASSERT_EQUAL(cgn_conf_value_uint(k, field), edges[e]);
		}
		for (size_t b = 0; b < RTE_DIM(bad); b++)
			CU_ASSERT_TRUE(parse(k, bad[b], field, sizeof(field)) < 0);
	}
}

/* L-IPS-1: marks in the forms that iproute2 and strongSwan take; a bit outside the mask could never match. */
static void
marks_have_a_value_within_their_mask(void)
{
	static const struct {
		const char *text;
		uint32_t value;
		uint32_t mask;
	} good[] = {
		{ "0/0", 0, 0 },
		{ "1/1", 1, 1 },
		{ "0x1000/0xffff", 0x1000, 0xffff },
		{ "0xFFFFFFFF/0xffffffff", UINT32_MAX, UINT32_MAX },
		{ "4294967295/4294967295", UINT32_MAX, UINT32_MAX },
		{ "0/4294967295", 0, UINT32_MAX },
	};
	static const char *const bad[] = { "", "/", "1", "1/", "/1", "2/1", "1/0", "0x/0xff",
		"0x1/0xg", "1/1/1", "-1/1", " 1/1", "1/1 ", "+1/1", "0X1/0x1",
		"4294967296/4294967296", "0x100000000/0x100000000", "0/4294967296", "1.0/1",
		"a/f" };
	const struct cgn_conf_key *k = cgn_conf_schema_find("groups[].ipsec_mark");
	uint32_t field[4];

	for (size_t i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL(parse(k, good[i].text, field, sizeof(field)), 0);
		CU_ASSERT_EQUAL(field[0], good[i].value);
		CU_ASSERT_EQUAL(field[1], good[i].mask);
	}
	for (size_t i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_EQUAL(parse(k, bad[i], field, sizeof(field)), -EINVAL);
}

/* Each word of a choice, and none that begins like it or is longer. */
static void
choices_are_taken_word_by_word(void)
{
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n);

	for (size_t i = 0; i < n; i++) {
		const struct cgn_conf_key *k = &keys[i];
		uint64_t field[2];
		char text[64];

		if (k->type != CGN_CONF_CHOICE)
			continue;
		for (const struct cgn_conf_choice *c = k->choices; c->name != NULL; c++) {
			CU_ASSERT_EQUAL(parse(k, c->name, field, sizeof(field)), 0);
			CU_ASSERT_EQUAL(cgn_conf_value_uint(k, field), c->value);
			snprintf(text, sizeof(text), "%sx", c->name);
			CU_ASSERT_TRUE(parse(k, text, field, sizeof(field)) < 0);
			text[strlen(c->name) - 1] = '\0';
			CU_ASSERT_TRUE(parse(k, text, field, sizeof(field)) < 0);
		}
		CU_ASSERT_TRUE(parse(k, "", field, sizeof(field)) < 0);
	}
}

/* Names and strings of the greatest length, and one octet more. */
static void
texts_are_taken_up_to_their_length(void)
{
	size_t n;
	const struct cgn_conf_key *keys = cgn_conf_schema_keys(&n);

	for (size_t i = 0; i < n; i++) {
		const struct cgn_conf_key *k = &keys[i];
		static char text[4096], field[4096];
		size_t max;

		if (k->type == CGN_CONF_NAME)
			max = CGN_NAME_MAX - 1;
		else if (k->type == CGN_CONF_DEVICE)
			max = k->size - 1;
		else if (k->type == CGN_CONF_STRING || k->type == CGN_CONF_WORD)
			max = k->max;
		else
			continue;
		memset(text, 'x', sizeof(text));
		for (int over = 0; over < 2; over++) {
			text[max + (size_t)over] = '\0';
			memset(field, 0, sizeof(field));
			CU_ASSERT_EQUAL(cgn_conf_value_parse(k, text, field) == 0, over == 0);
			if (over == 0)
				cgn_conf_value_free(k, field);
			text[max + (size_t)over] = 'x';
		}
		memset(field, 0, sizeof(field));
		CU_ASSERT_EQUAL(cgn_conf_value_parse(k, "", field) == 0,
				(k->type == CGN_CONF_STRING || k->type == CGN_CONF_WORD) &&
						k->min == 0);
		cgn_conf_value_free(k, field);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(marks_have_a_value_within_their_mask),
	CU_TEST_ROW(numbers_are_taken_from_the_least_to_the_most_and_no_further),
	CU_TEST_ROW(choices_are_taken_word_by_word),
	CU_TEST_ROW(texts_are_taken_up_to_their_length),
};

CU_MAIN("conf_value", tests)
