/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Opens and configures the persistent TUN of a port.
 */
#include "controlplane/host/host_tun.h"

#include "controlplane/host/host_link.h"
#include "controlplane/host/host_netns.h"
#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static_assert(CGN_HOST_TUN_NAME_MAX == IFNAMSIZ, "the kernel's limit");

#define POOLS_MTU 1500 /* no packet goes by it */

CGN_LOG_TYPE("host");

/* What is done in the namespace. */
struct work {
	const struct cgn_conf *conf;
	const char *name;
	const struct cgn_conf_port
			*port; /* NULL: the interface of the pools, which has no addresses */
	int fd;
	int socket; /* only for the pools */
};

const char *
cgn_host_tun_name(
		const struct cgn_conf *conf, uint16_t port, char name[static CGN_HOST_TUN_NAME_MAX])
{
	snprintf(name, CGN_HOST_TUN_NAME_MAX, "%.12s%u", conf->host.interface_prefix, port % 1000u);
	return name;
}

static uint32_t
side_mtu(const struct cgn_conf *conf, enum cgn_side side)
{
	uint32_t mtu = CGN_MTU_MAX;

	for (size_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == side && conf->ports[i].mtu < mtu)
			mtu = conf->ports[i].mtu;
	}
	return mtu;
}

static const char *
tun_reason(int err)
{
	switch (err) {
	case EPERM:
		return "it needs CAP_NET_ADMIN, or an interface that this user owns";
	case EBUSY:
		return "another program has it";
	case ENOTTY:
		return "/dev/net/tun is not the device of the kernel module tun";
	case EINVAL:
		return "there is another kind of interface with this name";
	default:
		return "the kernel says no more";
	}
}

/* The kernel gives an interface a carrier when a program attaches to it, except with IFF_NO_CARRIER (Linux 6.2). On
 * older kernels the carrier of the pools' interface is on until it is taken away a moment later. */
static int
tun_attach(int fd, const char *name, bool has_carrier)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int err;

	if (!has_carrier)
		ifr.ifr_flags |= IFF_NO_CARRIER;
	memcpy(ifr.ifr_name, name, strlen(name) + 1);
	if (ioctl(fd, TUNSETIFF, &ifr) == 0 && ioctl(fd, TUNSETPERSIST, 1) == 0)
		return 0;
	err = errno;
	CGN_LOG(HOST_PLANE_FAILED,
			"interface of the host plane cannot be opened name=%s errno=%d; %s", name,
			err, tun_reason(err));
	return -err;
}

/* Configure the interface. Without the privilege, somebody must have prepared it. */
static int
tun_configure(const struct work *w)
{
	struct cgn_host_link link = { .name = w->name, .mtu = POOLS_MTU };
	int ret;

	if (w->port != NULL) {
		link.mtu = side_mtu(w->conf, w->port->side);
		link.addresses = w->port->addresses;
		link.n_addresses = w->port->n_addresses;
	}
	ret = cgn_host_link_configure(&link);
	if (ret != -EPERM)
		return ret;
	ret = cgn_host_link_check(&link);
	if (ret == 0)
		CGN_LOG(HOST_INTERFACE_USED,
				"interface of the host plane is used as it was prepared name=%s",
				w->name);
	else
		CGN_LOG(HOST_PLANE_FAILED,
				"interface of the host plane is not right, and cgnd needs CAP_NET_ADMIN to change it name=%s",
				w->name);
	return ret;
}

/* Replies may take another way than the kernel's routes say, so the strict reverse path filter of the kernel would
 * drop packets without a word. Mode 2 only asks for any route to the source. */
static void
tun_filter(const char *name)
{
	char path[sizeof("/proc/sys/net/ipv4/conf//rp_filter") + CGN_HOST_TUN_NAME_MAX];
	bool is_set;
	int is = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
	f = fopen(path, "re");
	if (f != NULL) {
		is = fgetc(f);
		fclose(f);
	}
	if (is == '2') /* somebody has prepared it, and cgnd may not write */
		return;
	f = fopen(path, "we");
	is_set = f != NULL && fputs("2", f) >= 0;
	/* The value is written when the file is closed. */
	if (f != NULL && fclose(f) != 0)
		is_set = false;
	if (!is_set)
		CGN_LOG_ABOUT(HOST_RP_FILTER, name,
				"reverse path filter of the interface cannot be set name=%s errno=%d; set it to 2",
				name, errno);
}

/* Without a carrier, and with a socket to ask about it. */
static int
tun_open_carrier(struct work *w)
{
	int off = 0;

	if (ioctl(w->fd, TUNSETCARRIER, &off) < 0)
		return -errno;
	w->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return w->socket < 0 ? -errno : 0;
}

static int
tun_open(void *arg)
{
	struct work *w = arg;
	int ret;

	w->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (w->fd < 0) {
		ret = -errno;
		CGN_LOG(HOST_PLANE_FAILED,
				"/dev/net/tun cannot be opened errno=%d; the host plane needs the kernel module tun",
				-ret);
		return ret;
	}
	ret = tun_attach(w->fd, w->name, w->port != NULL);
	if (ret == 0 && w->port == NULL)
		ret = tun_open_carrier(w);
	if (ret == 0)
		ret = tun_configure(w);
	if (ret == 0)
		tun_filter(w->name);
	return ret;
}

static int
tun_open_there(struct work *w)
{
	int ret = cgn_host_netns_run(w->conf->host.netns, tun_open, w);

	if (ret < 0 && w->fd >= 0)
		close(w->fd);
	if (ret < 0 && w->socket >= 0)
		close(w->socket);
	return ret < 0 ? ret : w->fd;
}

/* The work on the interface of a port. @param name  room for the name of the interface; outlives the work */
static struct work
tun_work(const struct cgn_conf *conf, uint16_t port, char name[CGN_HOST_TUN_NAME_MAX])
{
	return (struct work){
		.conf = conf,
		.name = cgn_host_tun_name(conf, port, name),
		.port = &conf->ports[port],
		.fd = -1,
		.socket = -1,
	};
}

int
cgn_host_tun_open(const struct cgn_conf *conf, uint16_t port)
{
	char name[CGN_HOST_TUN_NAME_MAX];
	struct work w = tun_work(conf, port, name);

	return tun_open_there(&w);
}

static int
tun_change(void *arg)
{
	return tun_configure(arg);
}

int
cgn_host_tun_change(const struct cgn_conf *conf, uint16_t port)
{
	char name[CGN_HOST_TUN_NAME_MAX];
	struct work w = tun_work(conf, port, name);

	return cgn_host_netns_run(conf->host.netns, tun_change, &w);
}

int
cgn_host_tun_open_pools(const struct cgn_conf *conf, int *socket)
{
	struct work w = {
		.conf = conf, .name = conf->host.pools_interface, .fd = -1, .socket = -1
	};
	int ret = tun_open_there(&w);

	if (ret >= 0)
		*socket = w.socket;
	return ret;
}

int
cgn_host_tun_set_carrier(int fd, int socket, const char *name, bool is_on)
{
	struct ethtool_value ask = { .cmd = ETHTOOL_GLINK };
	struct ifreq ifr = { .ifr_data = (void *)&ask };
	int on = is_on;

	if (ioctl(fd, TUNSETCARRIER, &on) < 0)
		return -errno;
	/* The kernel may wait for up to a second before it tells the routing daemon that a carrier is gone. Linux 6.8
	 * and later tells at once when somebody asks for the state of the link. Older ones only answer. */
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	(void)ioctl(socket, SIOCETHTOOL, &ifr);
	return 0;
}
