/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_suggest.h"
#include "tests/support/cu.h"

#include <string.h>

static const char *
nearest(const char *wrong, const char *const words[])
{
	struct cgn_conf_suggest s = { 0 };

	for (size_t i = 0; words[i] != NULL; i++)
		cgn_conf_suggest_word(&s, wrong, words[i]);
	return s.best == NULL ? "" : s.best;
}

static const char *const words[] = { "workers", "routes", "ports", "pools", "udp_s", "block_size",
	"blocks_max", NULL };

/* REQ: G-DAY-31 */
static void
near_words_are_found(void)
{
	CU_ASSERT_STRING_EQUAL(nearest("wrokers", words), "workers");
	CU_ASSERT_STRING_EQUAL(nearest("worker", words), "workers");
	CU_ASSERT_STRING_EQUAL(nearest("route", words), "routes");
	CU_ASSERT_STRING_EQUAL(nearest("blocksize", words), "block_size");
	CU_ASSERT_STRING_EQUAL(nearest("udp", words), "udp_s");
	CU_ASSERT_STRING_EQUAL(nearest("port", words), "ports");
}

static void
far_words_are_not_guessed(void)
{
	CU_ASSERT_STRING_EQUAL(nearest("icmp", words), "");
	CU_ASSERT_STRING_EQUAL(nearest("", words), "");
	CU_ASSERT_STRING_EQUAL(nearest("x", words), "");
	CU_ASSERT_STRING_EQUAL(nearest("timeouts", words), "");
	CU_ASSERT_STRING_EQUAL(
			nearest("a_word_that_is_much_longer_than_any_key_of_the_schema", words),
			"");
}

static const char *
guess(const char *path, const char *text)
{
	static char buf[CGN_CONF_SUGGEST_MAX];

	return cgn_conf_suggest_value(cgn_conf_schema_find(path), text, buf);
}

static void
values_are_guessed_by_their_type(void)
{
	CU_ASSERT_STRING_EQUAL(guess("groups[].prefixes", "192.0.2.53"), ", such as 192.0.2.53/32");
	CU_ASSERT_STRING_EQUAL(
			guess("groups[].prefixes", "192.0.2.53/24"), ", such as 192.0.2.0/24");
	CU_ASSERT_STRING_EQUAL(
			guess("routes[].prefix", "2001:db8::1"), ", such as 2001:db8::1/128");
	CU_ASSERT_STRING_EQUAL(guess("nat.pass_through", "2001:db8::/32"), "");
	CU_ASSERT_STRING_EQUAL(
			guess("ports[].addresses", "192.0.2.2"), "; did you mean 192.0.2.2/24?");
	CU_ASSERT_STRING_EQUAL(guess("pools[].addresses", "192.0.2.9-192.0.2.1"),
			", such as 192.0.2.1-192.0.2.9");
	CU_ASSERT_STRING_EQUAL(guess("pools[].port_range", "1024"), ", such as 1024-65535");
	CU_ASSERT_STRING_EQUAL(guess("ports[].side", "insde"), "; did you mean inside?");
	CU_ASSERT_STRING_EQUAL(guess("nat.hairpin", "yes"), "; did you mean true?");
	CU_ASSERT_STRING_EQUAL(guess("nat.hairpin", "maybe"), "");
	CU_ASSERT_STRING_EQUAL(guess("neighbours[].mac", "0200.5E10.0001"),
			"; did you mean 02:00:5e:10:00:01?");
	CU_ASSERT_STRING_EQUAL(guess("neighbours[].mac", "ff-ff-ff-ff-ff-ff"), "");
	CU_ASSERT_STRING_EQUAL(guess("metrics.listen", "127.0.0.1"), ", such as 127.0.0.1:9469");
	CU_ASSERT_STRING_EQUAL(guess("nat.static_mappings[].inside", "10.0.0.1"),
			", such as 10.0.0.1:8080");
	CU_ASSERT_STRING_EQUAL(guess("workers", "many"), "");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(near_words_are_found),
	CU_TEST_ROW(far_words_are_not_guessed),
	CU_TEST_ROW(values_are_guessed_by_their_type),
};

CU_MAIN("conf_suggest", tests)
