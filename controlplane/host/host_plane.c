/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Gives received packets to the kernel, and the kernel's packets to the data plane.
 */
#include "controlplane/host/host_plane.h"

#include "controlplane/host/host_tun.h"
#include "controlplane/link/ip_packet.h"
#include "controlplane/link/local_addr.h"
#include "shared/local_service.h"
#include "shared/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_icmp.h>

/* Packets of one port that are read in one turn of the loop, so that other work of the control thread does
 * not wait for them. */
#define READS_MAX 64

CGN_LOG_TYPE("host");

struct tun {
	struct cgn_host_plane *host;
	uint16_t port; /* index into conf ports */
	int fd;        /* -1: not open */
	struct cgn_host_plane_stats stats;
};

struct cgn_host_plane {
	struct cgn_host_plane_cfg cfg;
	struct tun tuns[CGN_PORTS_MAX];
};

/* --- to the host --------------------------------------------------------------------------- */

/* Whether an ICMP error is about a UDP datagram that cgnd itself has sent. */
static bool
is_about_cgnd(const struct cgn_host_plane *h, const struct cgn_ip_packet *p)
{
	const size_t head = sizeof(struct rte_icmp_hdr);
	const size_t fixed = p->src.is_ip6 ? sizeof(struct rte_ipv6_hdr)
					   : sizeof(struct rte_ipv4_hdr);
	struct cgn_ip_packet quoted;
	rte_be16_t sport;

	if (p->l4_len < head + fixed || p->l4[head] >> 4 != p->data[0] >> 4)
		return false;
	/* A quote may be cut, so its length field promises more than there is. */
	if (!cgn_ip_packet_read(&quoted, p->l4 + head, SIZE_MAX) || quoted.proto != IPPROTO_UDP ||
			(size_t)(quoted.l4 - p->l4) + sizeof(sport) > p->l4_len)
		return false;
	memcpy(&sport, quoted.l4, sizeof(sport));
	return h->cfg.listens(h->cfg.ctx, rte_be_to_cpu_16(sport));
}

static struct cgn_local_packet
read_service(const struct cgn_ip_packet *p)
{
	return cgn_local_service_read(p->dst.is_ip6, p->proto, p->l4_len < 4 ? NULL : p->l4);
}

static bool
is_for_host(const struct cgn_host_plane *h, const struct cgn_ip_packet *p, uint16_t port)
{
	const struct cgn_local_packet what = read_service(p);
	enum cgn_host_service service = cgn_local_service_of(&what);

	if (!cgn_conf_port_has_host(&h->cfg.conf->ports[port], service) ||
			!cgn_local_addr_has(h->cfg.conf, &p->dst) ||
			!cgn_local_addr_is_host(&p->src) ||
			cgn_local_addr_has(h->cfg.conf, &p->src))
		return false;
	return service != CGN_HOST_ICMP || !is_about_cgnd(h, p);
}

bool
cgn_host_plane_input(struct cgn_host_plane *h, const struct cgn_frame *f)
{
	struct tun *t;
	struct cgn_ip_packet p;

	if (f->is_wire || f->port >= h->cfg.conf->n_ports || !rte_is_unicast_ether_addr(&f->dst) ||
			(f->ethertype != RTE_ETHER_TYPE_IPV4 &&
					f->ethertype != RTE_ETHER_TYPE_IPV6) ||
			!cgn_ip_packet_read(&p, f->l3, f->l3_len) || !is_for_host(h, &p, f->port))
		return false;
	t = &h->tuns[f->port];
	if (write(t->fd, p.data, p.len) == (ssize_t)p.len)
		t->stats.in++;
	else
		t->stats.in_lost++;
	return true;
}

/* --- from the host ------------------------------------------------------------------------- */

/* Whether the host may send a packet by a port. An inside address means another host outside (RFC 6598
 * section 4), so it is no source there. Multicast does not leave: its link address is not made here. Neighbour
 * discovery is cgnd's. */
static bool
may_leave(const struct cgn_conf *conf, const struct cgn_ip_packet *p, enum cgn_side side)
{
	const struct cgn_local_packet what = read_service(p);

	if (!cgn_local_addr_is_host(&p->dst) || cgn_local_service_is_discovery(&what))
		return false;
	return side == CGN_SIDE_INSIDE ? cgn_local_addr_has(conf, &p->src)
				       : cgn_local_addr_is_outside(conf, &p->src);
}

/* Whether a packet of the host is a plain datagram of a port of cgnd. The host has only the sockets for IPsec there, so
 * the kernel had no SA for it. No such datagram is so long that the kernel cuts it. */
static bool
is_plain_of_cgnd(const struct cgn_host_plane *h, const struct cgn_ip_packet *p)
{
	rte_be16_t sport;

	if (p->proto != IPPROTO_UDP || p->is_fragment || p->l4_len < sizeof(sport))
		return false;
	memcpy(&sport, p->l4, sizeof(sport));
	return h->cfg.listens(h->cfg.ctx, rte_be_to_cpu_16(sport));
}

/* The kernel has taken the interface away, for example by `ip link del`. It is not made again: cgnd may not have
 * the privilege any more. */
static void
tun_gone(struct tun *t, int err)
{
	char name[CGN_HOST_TUN_NAME_MAX];

	cgn_host_tun_name(t->host->cfg.conf, t->port, name);
	CGN_LOG_ABOUT(HOST_INTERFACE_GONE, name,
			"interface of the host plane is gone, restart cgnd name=%s errno=%d", name,
			err);
	cgn_loop_del_fd(t->host->cfg.loop, t->fd);
	close(t->fd);
	t->fd = -1;
}

static void
tun_send(struct tun *t, const uint8_t *data, size_t len)
{
	struct cgn_host_plane *h = t->host;
	enum cgn_side side = (enum cgn_side)h->cfg.conf->ports[t->port].side;
	struct cgn_ip_packet p;

	if (!cgn_ip_packet_read(&p, data, len) || !may_leave(h->cfg.conf, &p, side))
		t->stats.foreign++;
	else if (is_plain_of_cgnd(h, &p))
		t->stats.plain++;
	else if (h->cfg.route(h->cfg.ctx, side, p.data, p.len))
		t->stats.out++;
	else
		t->stats.out_lost++;
}

static void
tun_ready(void *arg, uint64_t now_ms)
{
	struct tun *t = arg;
	uint8_t data[CGN_MTU_MAX];

	(void)now_ms;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = read(t->fd, data, sizeof(data));

		if (n > 0) {
			tun_send(t, data, (size_t)n);
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			tun_gone(t, n == 0 ? ENODEV : errno);
		return;
	}
}

/* --- life cycle ---------------------------------------------------------------------------- */

static int
host_open(struct cgn_host_plane *h, uint16_t port)
{
	struct tun *t = &h->tuns[port];

	t->host = h;
	t->port = port;
	t->fd = h->cfg.open(h->cfg.conf, port);
	if (t->fd < 0)
		return t->fd;
	return cgn_loop_add_fd(h->cfg.loop, t->fd, tun_ready, t);
}

int
cgn_host_plane_create(struct cgn_host_plane **out, const struct cgn_host_plane_cfg *cfg)
{
	struct cgn_host_plane *h = calloc(1, sizeof(*h));
	int ret = 0;

	if (h == NULL)
		return -ENOMEM;
	h->cfg = *cfg;
	for (unsigned int i = 0; i < CGN_PORTS_MAX; i++)
		h->tuns[i].fd = -1;
	for (uint16_t i = 0; i < cfg->conf->n_ports && ret == 0; i++)
		ret = host_open(h, i);
	if (ret < 0) {
		cgn_host_plane_destroy(h);
		return ret;
	}
	*out = h;
	return 0;
}

void
cgn_host_plane_destroy(struct cgn_host_plane *h)
{
	if (h == NULL)
		return;
	for (unsigned int i = 0; i < CGN_PORTS_MAX; i++) {
		if (h->tuns[i].fd < 0)
			continue;
		cgn_loop_del_fd(h->cfg.loop, h->tuns[i].fd);
		close(h->tuns[i].fd);
	}
	free(h);
}

void
cgn_host_plane_set_conf(struct cgn_host_plane *h, const struct cgn_conf *conf)
{
	h->cfg.conf = conf;
}

const struct cgn_host_plane_stats *
cgn_host_plane_stats(const struct cgn_host_plane *h, uint16_t port)
{
	return &h->tuns[port].stats;
}
