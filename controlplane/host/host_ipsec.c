/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Receives and sends NAT-PMP through IPsec, by a socket of the kernel.
 */
#include "controlplane/host/host_ipsec.h"

#include "controlplane/host/host_netns.h"
#include "controlplane/host/host_xfrm.h"
#include "controlplane/link/local_addr.h"
#include "shared/log.h"

#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>

/* Datagrams that are read in one turn of the loop, so that other work does not wait for them. */
#define READS_MAX      64
#define DATAGRAM_MAX   1500

#define LOOPBACK_INDEX 1 /* of the loopback interface, in each network namespace */

CGN_LOG_TYPE("host");

struct cgn_host_ipsec {
	struct cgn_host_ipsec_cfg cfg;
	int fd;
	struct cgn_host_ipsec_stats stats;
};

/* A received datagram, and what the kernel says about it. */
struct arrival {
	struct sockaddr_in from;
	struct in_pktinfo to;
	uint32_t mark;
	uint8_t data[DATAGRAM_MAX];
};

/* --- opening ------------------------------------------------------------------------------- */

/* Let the kernel block plain datagrams from one of our addresses, and those to it where the socket has no policy. */
static int
block_address(const struct cgn_host_ipsec *h, rte_be32_t local)
{
	int ret = cgn_host_xfrm_block_out(local, h->cfg.udp_port);

	if (ret == 0 && h->cfg.conf->host.ipsec_mode == CGN_IPSEC_TUNNEL)
		ret = cgn_host_xfrm_block_in(local, h->cfg.udp_port);
	return ret;
}

/* What a former cgnd has blocked must pass if a daemon does ESP. Without XFRM, or without the privilege, there was
 * nothing. */
static int
unblock_address(const struct cgn_host_ipsec *h, rte_be32_t local)
{
	(void)cgn_host_xfrm_unblock(local, h->cfg.udp_port);
	return 0;
}

/* Do something for each IPv4 address of the side. @return 0, or the first error */
static int
for_each_address(const struct cgn_host_ipsec *h,
		int (*run)(const struct cgn_host_ipsec *h, rte_be32_t local))
{
	const struct cgn_conf *conf = h->cfg.conf;
	int ret = 0;

	for (size_t i = 0; i < conf->n_ports; i++) {
		const struct cgn_conf_port *p = &conf->ports[i];

		for (unsigned int k = 0; ret == 0 && p->side == h->cfg.side && k < p->n_addresses;
				k++) {
			if (!p->addresses[k].is_ip6)
				ret = run(h, p->addresses[k].ip4);
		}
	}
	return ret;
}

/* The general policies of the kernel do not look at the loopback interface. IP_PKTINFO does not tell that a datagram came
 * by it: it tells the interface that has the local address. */
static int
refuse_loopback(const struct cgn_host_ipsec *h)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOOPBACK_INDEX, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { .len = RTE_DIM(code), .filter = code };

	return setsockopt(h->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0
			? -errno
			: 0;
}

/* Let the socket take only what ESP of the kernel has protected. */
static int
require_esp(const struct cgn_host_ipsec *h)
{
	int ret = refuse_loopback(h);

	if (ret == 0)
		ret = for_each_address(h, block_address);

	if (ret == 0 && h->cfg.conf->host.ipsec_mode == CGN_IPSEC_TRANSPORT)
		ret = cgn_host_xfrm_require_transport(h->fd);
	return ret;
}

static int
ipsec_bind(int fd, uint16_t udp_port)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_port = rte_cpu_to_be_16(udp_port) };
	const int on = 1;

	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
			setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)) < 0 ||
			bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	return 0;
}

/* In the namespace of the host plane. */
static int
ipsec_open(void *arg)
{
	struct cgn_host_ipsec *h = arg;
	int ret;

	h->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ret = h->fd < 0 ? -errno : 0;
	/* The policies come before the address: no datagram may arrive in between. */
	if (ret == 0)
		ret = h->cfg.conf->host.ipsec_interface[0] == '\0'
				? require_esp(h)
				: for_each_address(h, unblock_address);
	if (ret < 0) {
		CGN_LOG(HOST_PLANE_FAILED,
				"policies for NAT-PMP through IPsec cannot be set errno=%d; they need CAP_NET_ADMIN and a kernel with XFRM",
				-ret);
		return ret;
	}
	ret = ipsec_bind(h->fd, h->cfg.udp_port);
	if (ret < 0)
		CGN_LOG(HOST_PLANE_FAILED,
				"UDP port cannot be used in the namespace of the host plane port=%u errno=%d%s",
				h->cfg.udp_port, -ret,
				ret == -EPERM ? "; it needs CAP_NET_ADMIN to read marks"
						: ret == -ENOPROTOOPT
						? "; it needs Linux 5.19 to read marks"
						: "");
	return ret;
}

/* --- datagrams ----------------------------------------------------------------------------- */

static void
ipsec_read_control(struct msghdr *m, struct arrival *a)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK)
			memcpy(&a->mark, CMSG_DATA(c), sizeof(a->mark));
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			memcpy(&a->to, CMSG_DATA(c), sizeof(a->to));
	}
}

/* @return octets, or -errno */
static ssize_t
ipsec_receive(struct cgn_host_ipsec *h, struct arrival *a)
{
	alignas(struct cmsghdr) char control[128];
	struct iovec data = { a->data, sizeof(a->data) };
	struct msghdr m = {
		.msg_name = &a->from,
		.msg_namelen = sizeof(a->from),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	memset(&a->to, 0, sizeof(a->to));
	a->mark = 0;
	n = recvmsg(h->fd, &m, 0);
	if (n < 0)
		return -errno;
	ipsec_read_control(&m, a);
	return n;
}

/* Whether a datagram came by the interface of the daemon that does ESP. Where the kernel does ESP, its policies and the
 * filter of the socket have decided already. */
static bool
is_by_interface(const struct cgn_host_ipsec *h, int ifindex)
{
	struct ifreq ifr = { .ifr_ifindex = ifindex };

	if (h->cfg.conf->host.ipsec_interface[0] == '\0')
		return true;
	return ioctl(h->fd, SIOCGIFNAME, &ifr) == 0 &&
			strncmp(ifr.ifr_name, h->cfg.conf->host.ipsec_interface,
					sizeof(ifr.ifr_name)) == 0;
}

/* The port of a side that has a local address; n_ports: none has it. */
static uint16_t
port_of(const struct cgn_conf *conf, enum cgn_side side, rte_be32_t addr)
{
	const struct cgn_ip local = { .ip4 = addr };

	for (uint16_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].side == side && cgn_local_addr_port_has(&conf->ports[i], &local))
			return i;
	}
	return (uint16_t)conf->n_ports;
}

static void
ipsec_take(struct cgn_host_ipsec *h, const struct arrival *a, size_t len, uint64_t now_ms)
{
	const struct cgn_return_addr from = {
		.remote = { .ip4 = a->from.sin_addr.s_addr },
		.local = { .ip4 = a->to.ipi_addr.s_addr },
		.remote_port = rte_be_to_cpu_16(a->from.sin_port),
		.local_port = h->cfg.udp_port,
		.link = port_of(h->cfg.conf, h->cfg.side, a->to.ipi_addr.s_addr),
		.is_protected = true,
		.mark = a->mark,
	};

	if (from.link == h->cfg.conf->n_ports || !is_by_interface(h, a->to.ipi_ifindex)) {
		h->stats.foreign++;
		return;
	}
	h->stats.in++;
	h->cfg.input(h->cfg.ctx, &from, a->data, len, now_ms);
}

static void
ipsec_ready(void *arg, uint64_t now_ms)
{
	struct cgn_host_ipsec *h = arg;
	struct arrival a;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = ipsec_receive(h, &a);

		/* ICMP errors about answers are read as errors of the socket. The next read goes on. */
		if (n == -EAGAIN)
			return;
		if (n >= 0)
			ipsec_take(h, &a, (size_t)n, now_ms);
	}
}

void
cgn_host_ipsec_send(struct cgn_host_ipsec *h, const struct cgn_return_addr *to, const void *data,
		size_t len)
{
	struct sockaddr_in dst = { .sin_family = AF_INET,
		.sin_port = rte_cpu_to_be_16(to->remote_port),
		.sin_addr.s_addr = to->remote.ip4 };
	const struct in_pktinfo src = { .ipi_spec_dst.s_addr = to->local.ip4 };
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(src))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr m = {
		.msg_name = &dst,
		.msg_namelen = sizeof(dst),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(src));
	memcpy(CMSG_DATA(c), &src, sizeof(src));
	if (sendmsg(h->fd, &m, 0) == (ssize_t)len)
		h->stats.out++;
	else
		h->stats.out_lost++;
}

/* --- life cycle ---------------------------------------------------------------------------- */

bool
cgn_host_ipsec_is_needed(const struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_groups; i++) {
		if (!conf->groups[i].is_gone &&
				conf->groups[i].natpmp_auth == CGN_NATPMP_AUTH_IPSEC)
			return conf->natpmp.role != CGN_NATPMP_OFF;
	}
	return false;
}

int
cgn_host_ipsec_create(struct cgn_host_ipsec **out, const struct cgn_host_ipsec_cfg *cfg)
{
	struct cgn_host_ipsec *h = calloc(1, sizeof(*h));
	int ret;

	if (h == NULL)
		return -ENOMEM;
	h->cfg = *cfg;
	h->fd = -1;
	ret = cgn_host_netns_run(cfg->conf->host.netns, ipsec_open, h);
	if (ret == 0)
		ret = cgn_loop_add_fd(cfg->loop, h->fd, ipsec_ready, h);
	if (ret < 0) {
		cgn_host_ipsec_destroy(h);
		return ret;
	}
	*out = h;
	return 0;
}

void
cgn_host_ipsec_destroy(struct cgn_host_ipsec *h)
{
	if (h == NULL)
		return;
	if (h->fd >= 0) {
		cgn_loop_del_fd(h->cfg.loop, h->fd);
		close(h->fd);
	}
	free(h);
}

void
cgn_host_ipsec_set_conf(struct cgn_host_ipsec *h, const struct cgn_conf *conf)
{
	h->cfg.conf = conf;
}

const struct cgn_host_ipsec_stats *
cgn_host_ipsec_stats(const struct cgn_host_ipsec *h)
{
	return &h->stats;
}
