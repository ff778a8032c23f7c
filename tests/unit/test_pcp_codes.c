/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/pcp/pcp_codes.h"
#include "tests/support/cu.h"

#include <string.h>

/* RFC 6887 section 7.4, RFC 7652 section 7, RFC 7843 section 4.1: long is 1800 s, short is 30 s. */
static const struct {
	unsigned int code;
	const char *name;
	uint32_t lifetime_s;
} known[] = {
	{ 0, "SUCCESS", 0 },
	{ 1, "UNSUPP_VERSION", 1800 },
	{ 2, "NOT_AUTHORIZED", 1800 },
	{ 3, "MALFORMED_REQUEST", 1800 },
	{ 4, "UNSUPP_OPCODE", 1800 },
	{ 5, "UNSUPP_OPTION", 1800 },
	{ 6, "MALFORMED_OPTION", 1800 },
	{ 7, "NETWORK_FAILURE", 30 },
	{ 8, "NO_RESOURCES", 30 },
	{ 9, "UNSUPP_PROTOCOL", 1800 },
	{ 10, "USER_EX_QUOTA", 30 },
	{ 11, "CANNOT_PROVIDE_EXTERNAL", 30 },
	{ 12, "ADDRESS_MISMATCH", 1800 },
	{ 13, "EXCESSIVE_REMOTE_PEERS", 1800 },
	{ 14, "INITIATION", 30 },
	{ 15, "AUTHENTICATION_REQUIRED", 30 },
	{ 16, "AUTHENTICATION_FAILED", 30 },
	{ 17, "AUTHENTICATION_SUCCEEDED", 30 },
	{ 18, "AUTHORIZATION_FAILED", 30 },
	{ 19, "SESSION_TERMINATED", 30 },
	{ 20, "UNKNOWN_SESSION_ID", 30 },
	{ 21, "DOWNGRADE_ATTACK_DETECTED", 30 },
	{ 22, "AUTHENTICATION_REQUEST", 30 },
	{ 23, "AUTHENTICATION_REPLY", 30 },
	{ 24, "THIRD_PARTY_ID_UNKNOWN", 1800 },
	{ 25, "THIRD_PARTY_MISSING_OPTION", 1800 },
	{ 26, "UNSUPP_THIRD_PARTY_ID_LENGTH", 1800 },
};

static void
result_codes_have_the_names_of_the_rfcs(void)
{
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CU_ASSERT_EQUAL(known[i].code, i);
		CU_ASSERT_STRING_EQUAL(cgn_pcp_codes_result_name(i), known[i].name);
	}
	for (unsigned int i = sizeof(known) / sizeof(known[0]); i < 256; i++)
		CU_ASSERT_PTR_NULL(cgn_pcp_codes_result_name(i));
}

/* The lifetimes of section E.2. */
static void
errors_live_long_or_short(void)
{
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		CU_ASSERT_EQUAL(cgn_pcp_codes_lifetime_s(i), known[i].lifetime_s);
	CU_ASSERT_EQUAL(cgn_pcp_codes_lifetime_s(27), 30);
}

/* The numbers of the messages. */
static void
codes_have_the_numbers_of_the_rfcs(void)
{
	CU_ASSERT_EQUAL(CGN_PCP_ANNOUNCE, 0);
	CU_ASSERT_EQUAL(CGN_PCP_MAP, 1);
	CU_ASSERT_EQUAL(CGN_PCP_PEER, 2);
	CU_ASSERT_EQUAL(CGN_PCP_THIRD_PARTY, 1);
	CU_ASSERT_EQUAL(CGN_PCP_PREFER_FAILURE, 2);
	CU_ASSERT_EQUAL(CGN_PCP_FILTER, 3);
	CU_ASSERT_EQUAL(CGN_PCP_THIRD_PARTY_ID, 13);
	CU_ASSERT_EQUAL(CGN_PCP_DESCRIPTION, 128);
	CU_ASSERT_EQUAL(CGN_PCP_PORT_SET, 130);
	CU_ASSERT_EQUAL(CGN_PCP_UNSUPP_VERSION, 1);
	CU_ASSERT_EQUAL(CGN_PCP_MALFORMED_REQUEST, 3);
	CU_ASSERT_EQUAL(CGN_PCP_UNSUPP_OPCODE, 4);
	CU_ASSERT_EQUAL(CGN_PCP_UNSUPP_OPTION, 5);
	CU_ASSERT_EQUAL(CGN_PCP_MALFORMED_OPTION, 6);
	CU_ASSERT_EQUAL(CGN_PCP_USER_EX_QUOTA, 10);
	CU_ASSERT_EQUAL(CGN_PCP_ADDRESS_MISMATCH, 12);
	CU_ASSERT_EQUAL(CGN_PCP_EXCESSIVE_REMOTE_PEERS, 13);
	CU_ASSERT_EQUAL(CGN_PCP_UNSUPP_THIRD_PARTY_ID_LENGTH, 26);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(result_codes_have_the_names_of_the_rfcs),
	CU_TEST_ROW(errors_live_long_or_short),
	CU_TEST_ROW(codes_have_the_numbers_of_the_rfcs),
};

CU_MAIN("pcp_codes", tests)
