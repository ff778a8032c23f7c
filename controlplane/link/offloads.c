/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds kernel offloads that spoil a port's packets, and the command that turns them off. It follows the packets' way
 * through interfaces (iflinks.c) and reads the features of each by the ethtool ioctl. port_watch.c logs the result.
 */
#include "controlplane/link/offloads.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Merging matters at the interfaces that receive for a port. Sending matters at the other end of a veth. */
#define MERGING      (CGN_OFFLOAD_GRO | CGN_OFFLOAD_GRO_HW | CGN_OFFLOAD_LRO)
#define SENDING      (CGN_OFFLOAD_TX_SUM | CGN_OFFLOAD_TSO | CGN_OFFLOAD_USO)

#define FEATURES_MAX 256 /* features of a kernel; Linux 6 has about 64 */

/* The kernel's name of each feature, and the name that the ethtool command takes for it. */
static const struct feature {
	const char *kernel;
	const char *ethtool;
	uint32_t bit;
} features[] = {
	{ "rx-gro", "gro", CGN_OFFLOAD_GRO },
	{ "rx-gro-hw", "rx-gro-hw", CGN_OFFLOAD_GRO_HW },
	{ "rx-lro", "lro", CGN_OFFLOAD_LRO },
	{ "tx-checksum-ipv4", "tx", CGN_OFFLOAD_TX_SUM },
	{ "tx-checksum-ip-generic", "tx", CGN_OFFLOAD_TX_SUM },
	{ "tx-checksum-ipv6", "tx", CGN_OFFLOAD_TX_SUM },
	{ "tx-tcp-segmentation", "tso", CGN_OFFLOAD_TSO },
	{ "tx-udp-segmentation", "tx-udp-segmentation", CGN_OFFLOAD_USO },
};

#define N_FEATURES (sizeof(features) / sizeof(features[0]))

static int
offloads_ioctl(int fd, const char *name, void *request)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = request;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

/* The number of features that the kernel knows, 0 if it does not tell. */
static uint32_t
count_names(int fd, const char *name)
{
	/* The kernel writes the count into the word behind the structure. */
	union {
		struct ethtool_sset_info info;
		uint32_t word[sizeof(struct ethtool_sset_info) / sizeof(uint32_t) + 1];
	} request = {
		.info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES },
	};

	uint32_t count;

	if (offloads_ioctl(fd, name, &request) < 0 || request.info.sset_mask == 0)
		return 0;
	count = request.word[sizeof(request.info) / sizeof(uint32_t)];
	return count < FEATURES_MAX ? count : FEATURES_MAX;
}

static uint32_t
offloads_bit_of(const char *kernel)
{
	for (size_t i = 0; i < N_FEATURES; i++) {
		if (strncmp(features[i].kernel, kernel, ETH_GSTRING_LEN) == 0)
			return features[i].bit;
	}
	return 0;
}

/* The features that matter and are on. The kernel numbers features as it likes, so their names are read first. */
static uint32_t
read_features(int fd, const char *name)
{
	const size_t n_blocks = FEATURES_MAX / 32;
	uint32_t n = count_names(fd, name), found = 0;
	struct ethtool_gstrings *names = calloc(
			1, sizeof(*names) + FEATURES_MAX * (size_t)ETH_GSTRING_LEN);
	struct ethtool_gfeatures *values = calloc(
			1, sizeof(*values) + n_blocks * sizeof(values->features[0]));

	if (names != NULL && values != NULL && n > 0) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_FEATURES;
		names->len = n;
		values->cmd = ETHTOOL_GFEATURES;
		values->size = (n + 31) / 32;
		if (offloads_ioctl(fd, name, names) < 0 || offloads_ioctl(fd, name, values) < 0)
			n = 0;
		for (uint32_t i = 0; i < n; i++) {
			if ((values->features[i / 32].active & 1u << i % 32) != 0)
				found |= offloads_bit_of((const char *)names->data +
						(size_t)i * ETH_GSTRING_LEN);
		}
	}
	free(names);
	free(values);
	return found;
}

/* Whether an interface is in the list already. This ends the walk when interfaces refer to each other, as the two
 * ends of a veth do. */
static bool
offloads_has(const struct cgn_offload *way, unsigned int n, unsigned int if_index)
{
	for (unsigned int i = 0; i < n; i++) {
		if (way[i].if_index == if_index && (way[i].features & CGN_OFFLOAD_HIDDEN) == 0)
			return true;
	}
	return false;
}

static unsigned int
offloads_add(struct cgn_offload *way, unsigned int n, const struct cgn_iflink *l, bool is_sender,
		uint32_t marks)
{
	if (l == NULL || n == CGN_OFFLOADS_MAX || (marks == 0 && offloads_has(way, n, l->index)))
		return n;
	way[n] = (struct cgn_offload){
		.if_index = l->index, .features = marks, .is_sender = is_sender
	};
	memcpy(way[n].name, l->name, sizeof(way[n].name));
	return n + 1;
}

/* Add what lies below an interface (members, trunk) or at its other end (veth). */
static unsigned int
offloads_add_next(struct cgn_offload *way, unsigned int n, const struct cgn_iflink *links,
		size_t n_links, const struct cgn_iflink *l)
{
	for (size_t i = 0; i < n_links; i++) {
		if (links[i].master == l->index)
			n = offloads_add(way, n, &links[i], false, 0);
	}
	if (l->lower == 0)
		return n;
	if (!l->is_lower_hidden)
		return offloads_add(
				way, n, cgn_iflinks_find(links, n_links, l->lower), l->is_veth, 0);
	return l->is_veth ? offloads_add(way, n, l, true, CGN_OFFLOAD_HIDDEN) : n;
}

unsigned int
cgn_offloads_way(const struct cgn_iflink *links, size_t n, unsigned int if_index,
		struct cgn_offload *out)
{
	unsigned int n_way = offloads_add(out, 0, cgn_iflinks_find(links, n, if_index), false, 0);

	/* The list grows while it is walked. The way ends at the other end of a veth: packets are sent there. */
	for (unsigned int i = 0; i < n_way; i++) {
		if (!out[i].is_sender)
			n_way = offloads_add_next(out, n_way, links, n,
					cgn_iflinks_find(links, n, out[i].if_index));
	}
	return n_way;
}

unsigned int
cgn_offloads_find(unsigned int if_index, bool is_xdp, struct cgn_offload *out)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct cgn_iflink *links = NULL;
	const struct cgn_iflink *self;
	unsigned int n_out = 0;
	size_t n = 0;

	if (fd < 0)
		return 0;
	if (cgn_iflinks_read(&links, &n) == 0)
		n_out = cgn_offloads_way(links, n, if_index, out);
	self = cgn_iflinks_find(links, n, if_index);
	for (unsigned int i = 0; i < n_out; i++) {
		if ((out[i].features & CGN_OFFLOAD_HIDDEN) != 0)
			continue;
		out[i].features = read_features(fd, out[i].name) &
				(out[i].is_sender ? SENDING : MERGING);
		/* A program in the driver takes packets before the kernel can merge them. */
		if (is_xdp && !self->is_xdp_generic && !out[i].is_sender)
			out[i].features = 0;
	}
	free(links);
	close(fd);
	return n_out;
}

void
cgn_offloads_cure(const struct cgn_offload *o, char cure[CGN_OFFLOADS_CURE])
{
	uint32_t left = o->features;
	bool is_hidden = (left & CGN_OFFLOAD_HIDDEN) != 0;
	size_t len;

	/* The features of an interface in another namespace cannot be read: name the usual ones. */
	if (is_hidden)
		left = CGN_OFFLOAD_TX_SUM | CGN_OFFLOAD_TSO;
	len = (size_t)snprintf(
			cure, CGN_OFFLOADS_CURE, "ethtool -K %s", is_hidden ? "NAME" : o->name);
	for (size_t i = 0; i < N_FEATURES; i++) {
		if ((left & features[i].bit) != 0)
			len += (size_t)snprintf(cure + len, CGN_OFFLOADS_CURE - len, " %s off",
					features[i].ethtool);
		/* Several kernel features have one ethtool name, which the command has once. */
		left &= ~features[i].bit;
	}
}
