/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/local_service.h"
#include "tests/support/cu.h"

#include <netinet/in.h>

#include <rte_common.h>

#define NONE CGN_HOST_SERVICE_COUNT

/* L-HOST-1, L-IPS-4: each service and class, and the ports beside theirs. */
static void
services_and_classes_are_told_by_protocol_and_port(void)
{
	static const struct {
		uint8_t proto;
		uint16_t sport;
		uint16_t dport;
		enum cgn_host_service service;
		enum cgn_punt_class class;
	} rows[] = {
		{ IPPROTO_UDP, 500, 500, CGN_HOST_IKE, CGN_PUNT_IPSEC },
		{ IPPROTO_UDP, 9, 4500, CGN_HOST_IKE, CGN_PUNT_IPSEC },
		{ IPPROTO_UDP, 500, 501, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_UDP, 4500, 9, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_UDP, 49152, 3784, CGN_HOST_BFD, CGN_PUNT_ROUTING },
		{ IPPROTO_UDP, 49152, 3785, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_UDP, 49152, 4784, CGN_HOST_BFD, CGN_PUNT_ROUTING },
		{ IPPROTO_UDP, 3784, 49152, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_UDP, 9, 5351, NONE, CGN_PUNT_NATPMP },
		{ IPPROTO_UDP, 5351, 5350, NONE, CGN_PUNT_NATPMP },
		{ IPPROTO_UDP, 5351, 5352, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_TCP, 9, 179, CGN_HOST_TCP, CGN_PUNT_ROUTING },
		{ IPPROTO_TCP, 179, 9, CGN_HOST_TCP, CGN_PUNT_ROUTING },
		{ IPPROTO_TCP, 9, 22, CGN_HOST_TCP, CGN_PUNT_OTHER },
		{ IPPROTO_TCP, 9, 5351, CGN_HOST_TCP, CGN_PUNT_OTHER },
		{ IPPROTO_TCP, 9, 3784, CGN_HOST_TCP, CGN_PUNT_OTHER },
		{ IPPROTO_ESP, 179, 179, CGN_HOST_ESP, CGN_PUNT_IPSEC },
		{ IPPROTO_AH, 500, 500, NONE, CGN_PUNT_OTHER },
		{ IPPROTO_SCTP, 500, 179, NONE, CGN_PUNT_OTHER },
	};

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		const uint8_t l4[4] = { (uint8_t)(rows[i].sport >> 8), (uint8_t)rows[i].sport,
			(uint8_t)(rows[i].dport >> 8), (uint8_t)rows[i].dport };
		struct cgn_local_packet p = cgn_local_service_read(i % 2 == 0, rows[i].proto, l4);

		CU_ASSERT_EQUAL(cgn_local_service_of(&p), rows[i].service);
		CU_ASSERT_EQUAL(cgn_local_service_class(&p), rows[i].class);
	}
}

/* L-HOST-1: cgnd keeps echo requests and neighbour discovery. */
static void
icmp_is_the_hosts_but_for_what_cgnd_answers(void)
{
	for (unsigned int type = 0; type < 256; type++) {
		const uint8_t l4[4] = { (uint8_t)type };
		struct cgn_local_packet p4 = cgn_local_service_read(false, IPPROTO_ICMP, l4);
		struct cgn_local_packet p6 = cgn_local_service_read(true, IPPROTO_ICMPV6, l4);
		bool keeps6 = type == 128 || (type >= 133 && type <= 137);

		CU_ASSERT_EQUAL(cgn_local_service_of(&p4), type == 8 ? NONE : CGN_HOST_ICMP);
		CU_ASSERT_EQUAL(cgn_local_service_of(&p6), keeps6 ? NONE : CGN_HOST_ICMP);
		CU_ASSERT_EQUAL(cgn_local_service_class(&p4), CGN_PUNT_OTHER);
		CU_ASSERT_EQUAL(cgn_local_service_class(&p6), CGN_PUNT_OTHER);
	}
}

/* L-HOST-1: each version of IP has its own ICMP. */
static void
icmp_of_the_other_version_is_nobodys(void)
{
	const uint8_t l4[4] = { 3 };
	struct cgn_local_packet p4 = cgn_local_service_read(false, IPPROTO_ICMPV6, l4);
	struct cgn_local_packet p6 = cgn_local_service_read(true, IPPROTO_ICMP, l4);

	CU_ASSERT_EQUAL(cgn_local_service_of(&p4), NONE);
	CU_ASSERT_EQUAL(cgn_local_service_of(&p6), NONE);
	CU_ASSERT_EQUAL(cgn_local_service_class(&p4), CGN_PUNT_OTHER);
}

/* A packet that ends before its ports belongs to its protocol, but to no port. */
static void
short_packets_have_no_ports(void)
{
	struct cgn_local_packet udp = cgn_local_service_read(false, IPPROTO_UDP, NULL);
	struct cgn_local_packet tcp = cgn_local_service_read(false, IPPROTO_TCP, NULL);
	struct cgn_local_packet esp = cgn_local_service_read(false, IPPROTO_ESP, NULL);
	struct cgn_local_packet icmp = cgn_local_service_read(false, IPPROTO_ICMP, NULL);
	struct cgn_local_packet icmp6 = cgn_local_service_read(true, IPPROTO_ICMPV6, NULL);

	CU_ASSERT_EQUAL(cgn_local_service_of(&udp), NONE);
	CU_ASSERT_EQUAL(cgn_local_service_of(&tcp), CGN_HOST_TCP);
	CU_ASSERT_EQUAL(cgn_local_service_of(&icmp), NONE);
	CU_ASSERT_EQUAL(cgn_local_service_of(&icmp6), NONE);
	CU_ASSERT_EQUAL(cgn_local_service_class(&tcp), CGN_PUNT_OTHER);
	CU_ASSERT_EQUAL(cgn_local_service_of(&esp), CGN_HOST_ESP);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(services_and_classes_are_told_by_protocol_and_port),
	CU_TEST_ROW(icmp_is_the_hosts_but_for_what_cgnd_answers),
	CU_TEST_ROW(icmp_of_the_other_version_is_nobodys),
	CU_TEST_ROW(short_packets_have_no_ports),
};

CU_MAIN("local_service", tests)
