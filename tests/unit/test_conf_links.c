/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/confcase.h"

/* Own addresses and neighbours at the edges of links of every length, for every address of a port. */

/* @return whether the inside port may have these addresses, with more keys behind */
static bool
is_taken(const char *addresses, const char *more)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;
	char text[1024];
	int ret;

	snprintf(text, sizeof(text),
			"ports:\n"
			"- {name: in0, device: d0, side: inside, addresses: [%s]}\n"
			"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n" POOLS
					GROUPS "%s",
			addresses, more);
	ret = cgn_conf_load_text("t", text, strlen(text), &conf, &errs);
	cgn_conf_errors_fini(&errs);
	cgn_conf_free(conf);
	return ret == 0;
}

/* RFC 1122 section 3.2.1.3, RFC 3021, RFC 6164: the first and the last address of a link are no host's, but
 * of one with two addresses or one they are. */
static void
ends_of_a_link_are_own_addresses_of_the_shortest_links_only(void)
{
	static const struct {
		const char *address;
		bool is_taken;
	} cases[] = {
		{ "100.64.0.0/29", false },
		{ "100.64.0.1/29", true },
		{ "100.64.0.6/29", true },
		{ "100.64.0.7/29", false },
		{ "100.64.0.0/30", false },
		{ "100.64.0.1/30", true },
		{ "100.64.0.2/30", true },
		{ "100.64.0.3/30", false },
		{ "100.64.0.0/31", true },
		{ "100.64.0.1/31", true },
		{ "100.64.0.0/32", true },
		{ "\"2001:db8::/64\"", false },
		{ "\"2001:db8::1/64\"", true },
		{ "\"2001:db8::ffff:ffff:ffff:ffff/64\"", true },
		{ "\"2001:db8::/126\"", false },
		{ "\"2001:db8::1/126\"", true },
		{ "\"2001:db8::3/126\"", true },
		{ "\"2001:db8::/127\"", true },
		{ "\"2001:db8::1/127\"", true },
		{ "\"2001:db8::/128\"", true },
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		CU_ASSERT_EQUAL(is_taken(cases[i].address, ""), cases[i].is_taken);
		if (is_taken(cases[i].address, "") != cases[i].is_taken)
			printf("%s\n", cases[i].address);
	}
}

/* Neighbours and next hops on the link of any address of a port, and never at any of its own addresses. */
static void
each_address_of_a_port_has_a_link_of_neighbours(void)
{
	static const char *const own[] = { "10.1.0.1", "10.2.0.1", "2001:db8:1::1",
		"2001:db8:2::1" };
	static const char *const other[] = { "10.1.0.9", "10.2.0.9", "2001:db8:1::9",
		"2001:db8:2::9" };
	static const char *const far[] = { "10.3.0.9", "2001:db8:3::9" };
	static const char *const all = "10.1.0.1/24, 10.2.0.1/24, \"2001:db8:1::1/64\", "
				       "\"2001:db8:2::1/64\"";
	static const char *const neighbour =
			"neighbours: [{address: \"%s\", mac: \"02:00:00:00:00:01\"}]\n";
	static const char *const route = "routes: [{prefix: \"%s\", via: \"%s\"}]\n";
	char more[256];

	for (size_t i = 0; i < RTE_DIM(own); i++) {
		const char *prefix = i < 2 ? "172.16.0.0/12" : "2001:db8:f000::/40";

		snprintf(more, sizeof(more), neighbour, own[i]);
		CU_ASSERT_FALSE(is_taken(all, more));
		snprintf(more, sizeof(more), neighbour, other[i]);
		CU_ASSERT_TRUE(is_taken(all, more));
		snprintf(more, sizeof(more), route, prefix, own[i]);
		CU_ASSERT_FALSE(is_taken(all, more));
		snprintf(more, sizeof(more), route, prefix, other[i]);
		CU_ASSERT_TRUE(is_taken(all, more));
	}
	for (size_t i = 0; i < RTE_DIM(far); i++) {
		snprintf(more, sizeof(more), neighbour, far[i]);
		CU_ASSERT_FALSE(is_taken(all, more));
		snprintf(more, sizeof(more), route, i == 0 ? "172.16.0.0/12" : "2001:db8:f000::/40",
				far[i]);
		CU_ASSERT_FALSE(is_taken(all, more));
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(ends_of_a_link_are_own_addresses_of_the_shortest_links_only),
	CU_TEST_ROW(each_address_of_a_port_has_a_link_of_neighbours),
};

CU_MAIN("conf_links", tests)
