/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/netif.h"
#include "tests/support/cu.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The tests with interfaces need a network namespace of their own, and iproute2. */
static bool has_net;

static struct cgn_netif netif;

static enum cgn_link
link_of(unsigned int if_index)
{
	cgn_netif_read(if_index, &netif);
	return netif.link;
}

static bool
run(const char *command)
{
	return system(command) == 0;
}

static void
enter_namespace(void)
{
	has_net = unshare(CLONE_NEWNET) == 0 && run("ip link set lo up 2>/dev/null");
	if (!has_net)
		printf("without network namespaces: tests of interfaces are skipped\n");
}

/* The kernel tells changes of the carrier with up to a second's delay. */
static bool
becomes(unsigned int if_index, enum cgn_link want)
{
	const struct timespec ms10 = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < 3000; i++) {
		if (link_of(if_index) == want)
			return true;
		nanosleep(&ms10, NULL);
	}
	return false;
}

/* @return the index of va, whose other end is vb */
static unsigned int
make_veth(void)
{
	CU_ASSERT_TRUE_FATAL(run("ip link add va type veth peer name vb"));
	return if_nametoindex("va");
}

static void
link_follows_interface_and_peer(void)
{
	unsigned int index;

	if (!has_net)
		return;
	index = make_veth();
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_DOWN));
	CU_ASSERT_TRUE(run("ip link set va up"));
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_NO_CARRIER));
	CU_ASSERT_TRUE(run("ip link set vb up"));
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_UP));
	CU_ASSERT_TRUE(run("ip link set vb down"));
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_NO_CARRIER));
	CU_ASSERT_TRUE(run("ip link set va down"));
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_DOWN));
	CU_ASSERT_TRUE(run("ip link del va"));
	CU_ASSERT_TRUE(becomes(index, CGN_LINK_GONE));
}

static void
new_interface_with_the_name_of_a_deleted_one_is_another_one(void)
{
	unsigned int index;

	if (!has_net)
		return;
	index = make_veth();
	CU_ASSERT_TRUE(run("ip link del va"));
	(void)make_veth();
	CU_ASSERT_TRUE(run("ip link set va up"));
	CU_ASSERT_TRUE(run("ip link set vb up"));
	strcpy(netif.name, "before");
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_GONE);
	CU_ASSERT_STRING_EQUAL(netif.name, "before");
	CU_ASSERT_TRUE(becomes(if_nametoindex("va"), CGN_LINK_UP));
	CU_ASSERT_TRUE(run("ip link del va"));
}

static void
renamed_interface_is_the_same_one(void)
{
	unsigned int index;

	if (!has_net)
		return;
	index = make_veth();
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_DOWN);
	CU_ASSERT_STRING_EQUAL(netif.name, "va");
	CU_ASSERT_TRUE(run("ip link set va name other"));
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_DOWN);
	CU_ASSERT_STRING_EQUAL(netif.name, "other");
	CU_ASSERT_TRUE(run("ip link del other"));
}

static void
mtu_and_mac_address_are_the_present_ones(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 1, 2, 3 };
	unsigned int index;

	if (!has_net)
		return;
	index = make_veth();
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_DOWN);
	CU_ASSERT_EQUAL(netif.mtu, 1500);
	CU_ASSERT_TRUE(run("ip link set va mtu 1400 address 02:00:00:01:02:03"));
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_DOWN);
	CU_ASSERT_EQUAL(netif.mtu, 1400);
	CU_ASSERT_EQUAL(memcmp(netif.mac, mac, sizeof(mac)), 0);
	CU_ASSERT_TRUE(run("ip link del va"));
}

static void
interface_in_another_namespace_is_gone(void)
{
	unsigned int index;

	if (!has_net)
		return;
	index = make_veth();
	/* The namespace ends with its only process. */
	CU_ASSERT_TRUE(run("unshare -n sleep 60 & p=$!; "
			   "while [ /proc/$p/ns/net -ef /proc/$$/ns/net ]; do sleep 0.01; done; "
			   "ip link set va netns $p; s=$?; kill $p; exit $s"));
	CU_ASSERT_EQUAL(link_of(index), CGN_LINK_GONE);
}

static void
received_packets_are_those_of_the_whole_name(void)
{
	uint64_t rx = 99;

	if (!has_net)
		return;
	CU_ASSERT_TRUE_FATAL(run("ip link add va type veth peer name v"));
	CU_ASSERT_TRUE(cgn_netif_rx_packets("v", &rx));
	CU_ASSERT_EQUAL(rx, 0);
	rx = 99;
	CU_ASSERT_FALSE(cgn_netif_rx_packets("vaa", &rx));
	CU_ASSERT_FALSE(cgn_netif_rx_packets("", &rx));
	CU_ASSERT_EQUAL(rx, 99);
	CU_ASSERT_TRUE(run("ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null"));
	CU_ASSERT_TRUE(cgn_netif_rx_packets("lo", &rx));
	CU_ASSERT_TRUE(rx >= 3);
	CU_ASSERT_TRUE(run("ip link del va"));
}

static void
each_link_has_a_word(void)
{
	for (int i = 0; i < CGN_LINK_COUNT; i++) {
		const char *name = cgn_netif_link_name((enum cgn_link)i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(name);
		for (int j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(name, cgn_netif_link_name((enum cgn_link)j));
	}
}

static void
index_that_never_was_is_gone(void)
{
	CU_ASSERT_EQUAL(link_of(0x7ffffff0), CGN_LINK_GONE);
	CU_ASSERT_EQUAL(link_of(UINT32_MAX), CGN_LINK_GONE);
}

static const struct cu_test tests[] = {
	{ "in_a_namespace_of_its_own", enter_namespace },
	CU_TEST_ROW(link_follows_interface_and_peer),
	CU_TEST_ROW(new_interface_with_the_name_of_a_deleted_one_is_another_one),
	CU_TEST_ROW(renamed_interface_is_the_same_one),
	CU_TEST_ROW(mtu_and_mac_address_are_the_present_ones),
	CU_TEST_ROW(interface_in_another_namespace_is_gone),
	CU_TEST_ROW(received_packets_are_those_of_the_whole_name),
	CU_TEST_ROW(each_link_has_a_word),
	CU_TEST_ROW(index_that_never_was_is_gone),
};
CU_MAIN("netif", tests)
