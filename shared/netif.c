/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * State and counters of a kernel interface, by ioctl and /proc.
 */
#include "shared/netif.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Shows the interfaces of the thread's network namespace; /sys may show another one. */
#define COUNTERS "/proc/thread-self/net/dev"

const char *
cgn_netif_link_name(enum cgn_link link)
{
	static const char *const names[CGN_LINK_COUNT] = {
		[CGN_LINK_UNKNOWN] = "unknown",
		[CGN_LINK_UP] = "up",
		[CGN_LINK_NO_CARRIER] = "no carrier",
		[CGN_LINK_DOWN] = "down",
		[CGN_LINK_GONE] = "gone",
	};

	return names[link];
}

static enum cgn_link
link_by_error(void)
{
	return errno == ENODEV || errno == ENXIO ? CGN_LINK_GONE : CGN_LINK_UNKNOWN;
}

static bool
ask_by_name(int fd, unsigned long what, const char *name, struct ifreq *ifr)
{
	*ifr = (struct ifreq){ 0 };
	memcpy(ifr->ifr_name, name, sizeof(ifr->ifr_name));
	return ioctl(fd, what, ifr) == 0;
}

/* Read the state of an interface. The kernel takes a name for these requests. Another interface may get the
 * name between two of them, so the index of the name is compared at the end. */
static enum cgn_link
netif_ask(int fd, unsigned int if_index, struct cgn_netif *n)
{
	/* ioctl, because netlink would wait for the kernel's configuration lock. */
	struct ifreq by_index = { .ifr_ifindex = (int)if_index };
	struct ifreq flags, mtu, mac, check;

	if (ioctl(fd, SIOCGIFNAME, &by_index) < 0)
		return link_by_error();
	if (!ask_by_name(fd, SIOCGIFFLAGS, by_index.ifr_name, &flags) ||
			!ask_by_name(fd, SIOCGIFMTU, by_index.ifr_name, &mtu) ||
			!ask_by_name(fd, SIOCGIFHWADDR, by_index.ifr_name, &mac) ||
			!ask_by_name(fd, SIOCGIFINDEX, by_index.ifr_name, &check) ||
			(unsigned int)check.ifr_ifindex != if_index)
		return CGN_LINK_UNKNOWN;
	memcpy(n->name, by_index.ifr_name, sizeof(n->name));
	memcpy(n->mac, mac.ifr_hwaddr.sa_data, sizeof(n->mac));
	n->mtu = (uint32_t)mtu.ifr_mtu;
	if ((flags.ifr_flags & IFF_UP) == 0)
		return CGN_LINK_DOWN;
	return (flags.ifr_flags & IFF_RUNNING) != 0 ? CGN_LINK_UP : CGN_LINK_NO_CARRIER;
}

void
cgn_netif_read(unsigned int if_index, struct cgn_netif *n)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	n->link = CGN_LINK_UNKNOWN;
	if (fd < 0)
		return;
	n->link = netif_ask(fd, if_index, n);
	close(fd);
}

bool
cgn_netif_rx_packets(const char *name, uint64_t *rx)
{
	size_t len = strlen(name);
	bool is_read = false;
	char line[512];
	FILE *f = fopen(COUNTERS, "re");

	if (f == NULL)
		return false;
	while (!is_read && fgets(line, sizeof(line), f) != NULL) {
		const char *at = line + strspn(line, " ");
		uint64_t octets;

		if (strncmp(at, name, len) == 0 && at[len] == ':')
			is_read = sscanf(at + len + 1, "%" SCNu64 "%" SCNu64, &octets, rx) == 2;
	}
	fclose(f);
	return is_read;
}
