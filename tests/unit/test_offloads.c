/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/offloads.h"
#include "tests/support/cu.h"

#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* The tests with interfaces need a network namespace of their own, iproute2 and ethtool. */
static bool has_net;
static struct cgn_offload found[CGN_OFFLOADS_MAX];
static unsigned int n_found;

static bool
run(const char *command)
{
	return system(command) == 0;
}

static void
enter_namespace(void)
{
	has_net = unshare(CLONE_NEWNET) == 0 && run("ethtool -k lo >/dev/null 2>&1") &&
			run("ip link set lo up 2>/dev/null");
	if (!has_net)
		printf("without network namespaces or ethtool: tests of interfaces are skipped\n");
}

static const struct cgn_offload *
find(const char *name, bool is_sender)
{
	for (unsigned int i = 0; i < n_found; i++) {
		if (strcmp(found[i].name, name) == 0 && found[i].is_sender == is_sender)
			return &found[i];
	}
	return NULL;
}

static uint32_t
features_of(const char *name, bool is_sender)
{
	const struct cgn_offload *o = find(name, is_sender);

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	return o->features;
}

static void
command_names_each_active_feature_once(void)
{
	static const struct {
		struct cgn_offload o;
		const char *cure;
	} rows[] = {
		{ { .name = "eth0", .features = CGN_OFFLOAD_GRO }, "ethtool -K eth0 gro off" },
		{ { .name = "eth0", .features = CGN_OFFLOAD_LRO | CGN_OFFLOAD_GRO_HW },
				"ethtool -K eth0 rx-gro-hw off lro off" },
		{ { .name = "vb", .features = CGN_OFFLOAD_TX_SUM, .is_sender = true },
				"ethtool -K vb tx off" },
		{ { .name = "vb",
				  .features = CGN_OFFLOAD_TX_SUM | CGN_OFFLOAD_TSO |
						  CGN_OFFLOAD_USO },
				"ethtool -K vb tx off tso off tx-udp-segmentation off" },
		{ { .name = "va", .features = CGN_OFFLOAD_HIDDEN },
				"ethtool -K NAME tx off tso off" },
	};
	char cure[CGN_OFFLOADS_CURE];

	for (size_t i = 0; i < N(rows); i++) {
		cgn_offloads_cure(&rows[i].o, cure);
		CU_ASSERT_STRING_EQUAL(cure, rows[i].cure);
	}
}

static void
longest_command_fits(void)
{
	struct cgn_offload o = { .name = "fifteen_letters", .features = ~CGN_OFFLOAD_HIDDEN };
	char cure[CGN_OFFLOADS_CURE];

	cgn_offloads_cure(&o, cure);
	CU_ASSERT_PTR_NOT_NULL(strstr(cure, " tx-udp-segmentation off"));
}

static void
way_goes_through_vlan_bond_bridge_and_veth(void)
{
	static const struct cgn_iflink links[] = {
		{ .index = 1, .name = "lo" },
		{ .index = 2, .name = "vlan5", .lower = 3 },
		{ .index = 3, .name = "bond0" },
		{ .index = 4, .name = "eth0", .master = 3 },
		{ .index = 5, .name = "eth1", .master = 3 },
		{ .index = 6, .name = "other" },
		{ .index = 7, .name = "br0" },
		{ .index = 8, .name = "va", .lower = 9, .is_veth = true, .master = 7 },
		{ .index = 9, .name = "vb", .lower = 8, .is_veth = true },
		{ .index = 10,
				.name = "vc",
				.lower = 4,
				.is_lower_hidden = true,
				.is_veth = true,
				.master = 7 },
		{ .index = 11, .name = "tunnel", .lower = 6, .is_lower_hidden = true },
	};

	n_found = cgn_offloads_way(links, N(links), 2, found);
	CU_ASSERT_EQUAL(n_found, 4);
	CU_ASSERT_PTR_NOT_NULL(find("vlan5", false));
	CU_ASSERT_PTR_NOT_NULL(find("bond0", false));
	CU_ASSERT_PTR_NOT_NULL(find("eth0", false));
	CU_ASSERT_PTR_NOT_NULL(find("eth1", false));

	n_found = cgn_offloads_way(links, N(links), 7, found);
	CU_ASSERT_EQUAL(n_found, 5);
	CU_ASSERT_PTR_NOT_NULL(find("br0", false));
	CU_ASSERT_PTR_NOT_NULL(find("va", false));
	CU_ASSERT_PTR_NOT_NULL(find("vb", true));
	CU_ASSERT_PTR_NOT_NULL(find("vc", false));
	/* The index of its other end means nothing here. */
	CU_ASSERT_EQUAL(features_of("vc", true), CGN_OFFLOAD_HIDDEN);

	n_found = cgn_offloads_way(links, N(links), 11, found);
	CU_ASSERT_EQUAL(n_found, 1);
	CU_ASSERT_EQUAL(cgn_offloads_way(links, N(links), 99, found), 0);
}

static void
way_through_many_interfaces_ends(void)
{
	static struct cgn_iflink links[200];

	for (unsigned int i = 0; i < N(links); i++)
		links[i] = (struct cgn_iflink){ .index = i + 1, .master = 1, .lower = 1 };
	CU_ASSERT_EQUAL(cgn_offloads_way(links, N(links), 1, found), CGN_OFFLOADS_MAX);
}

static bool
look(const char *name, bool is_xdp)
{
	n_found = cgn_offloads_find(if_nametoindex(name), is_xdp, found);
	return n_found != 0;
}

/* The pair "va" and "vb" without offloads. */
static bool
make_pair(void)
{
	return run("ip link add va type veth peer name vb && ip link set va up && ip link set vb up") &&
			run("ethtool -K va gro off >/dev/null && ethtool -K vb tx off tso off tx-udp-segmentation off >/dev/null");
}

static void
features_of_a_pair_are_read(void)
{
	if (!has_net)
		return;
	CU_ASSERT_TRUE_FATAL(make_pair());
	CU_ASSERT_TRUE(look("va", false));
	CU_ASSERT_EQUAL(n_found, 2);
	CU_ASSERT_EQUAL(features_of("va", false), 0);
	CU_ASSERT_EQUAL(features_of("vb", true), 0);
	CU_ASSERT_TRUE(run("ethtool -K va gro on >/dev/null"));
	CU_ASSERT_TRUE(look("va", false));
	CU_ASSERT_EQUAL(features_of("va", false), CGN_OFFLOAD_GRO);
	/* XDP takes packets before they are merged, if its program runs in the driver. */
	CU_ASSERT_TRUE(look("va", true));
	CU_ASSERT_EQUAL(features_of("va", false), 0);
	CU_ASSERT_TRUE(run("ethtool -K va gro off >/dev/null && ethtool -K vb tx on >/dev/null"));
	CU_ASSERT_TRUE(look("va", false));
	CU_ASSERT_EQUAL(features_of("va", false), 0);
	CU_ASSERT_EQUAL(features_of("vb", true) & CGN_OFFLOAD_TX_SUM, CGN_OFFLOAD_TX_SUM);
	CU_ASSERT_TRUE(run("ip link del va"));
}

/* What a command of ours turns off is off. */
static void
cure_cures(void)
{
	char cure[CGN_OFFLOADS_CURE];

	if (!has_net)
		return;
	CU_ASSERT_TRUE_FATAL(run("ip link add va type veth peer name vb"));
	CU_ASSERT_TRUE(run(
			"ethtool -K va gro on >/dev/null && ethtool -K vb tx on tso on >/dev/null"));
	CU_ASSERT_TRUE(look("va", false));
	for (unsigned int i = 0; i < n_found; i++) {
		CU_ASSERT_NOT_EQUAL(found[i].features, 0);
		cgn_offloads_cure(&found[i], cure);
		strcat(cure, " >&2");
		CU_ASSERT_TRUE(run(cure));
	}
	CU_ASSERT_TRUE(look("va", false));
	CU_ASSERT_EQUAL(features_of("va", false), 0);
	CU_ASSERT_EQUAL(features_of("vb", true), 0);
	CU_ASSERT_TRUE(run("ip link del va"));
}

static void
trunk_of_a_vlan_is_looked_at(void)
{
	if (!has_net)
		return;
	CU_ASSERT_TRUE_FATAL(make_pair());
	if (run("ip link add link va name va.5 type vlan id 5 2>/dev/null")) {
		CU_ASSERT_TRUE(run("ethtool -K va gro on >/dev/null"));
		CU_ASSERT_TRUE(look("va.5", false));
		CU_ASSERT_EQUAL(features_of("va", false), CGN_OFFLOAD_GRO);
		CU_ASSERT_PTR_NOT_NULL(find("vb", true));
	}
	CU_ASSERT_TRUE(run("ip link del va"));
}

static bool
is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
change_of_a_feature_is_told(void)
{
	unsigned int va, other;
	int fd;

	if (!has_net)
		return;
	CU_ASSERT_TRUE_FATAL(make_pair());
	va = if_nametoindex("va");
	other = if_nametoindex("lo");
	fd = cgn_iflinks_open();
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_FALSE(is_ready(fd));
	CU_ASSERT_TRUE(run("ethtool -K va gro on >/dev/null"));
	CU_ASSERT_TRUE(is_ready(fd));
	CU_ASSERT_TRUE(cgn_iflinks_changed(fd, &va, 1));
	CU_ASSERT_FALSE(is_ready(fd));
	CU_ASSERT_TRUE(run("ethtool -K va gro off >/dev/null"));
	CU_ASSERT_FALSE(cgn_iflinks_changed(fd, &other, 1));
	CU_ASSERT_FALSE(is_ready(fd));
	close(fd);
	CU_ASSERT_TRUE(run("ip link del va"));
}

static const struct cu_test tests[] = {
	{ "in_a_namespace_of_its_own", enter_namespace },
	CU_TEST_ROW(command_names_each_active_feature_once),
	CU_TEST_ROW(longest_command_fits),
	CU_TEST_ROW(way_goes_through_vlan_bond_bridge_and_veth),
	CU_TEST_ROW(way_through_many_interfaces_ends),
	CU_TEST_ROW(features_of_a_pair_are_read),
	CU_TEST_ROW(cure_cures),
	CU_TEST_ROW(trunk_of_a_vlan_is_looked_at),
	CU_TEST_ROW(change_of_a_feature_is_told),
};
CU_MAIN("offloads", tests)
