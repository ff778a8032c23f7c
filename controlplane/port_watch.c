/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/port_watch.h"

#include "shared/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

CGN_LOG_TYPE("port_watch");

#define LOOK_MS 1000

struct port {
	struct cgn_port_reading reading;
	struct cgn_receipt receipt;
};

struct cgn_port_watch {
	struct cgn_port_watch_cfg cfg;
	struct cgn_timer timer;
	struct port ports[CGN_PORTS_MAX];
};

static uint64_t
received(const struct cgn_planes *planes, unsigned int port)
{
	uint64_t sum = 0;

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		if (planes->workers[w].stats != NULL)
			sum += cgn_counter_get(&planes->workers[w].stats->port[port].rx_pkts);
	}
	return sum;
}

static enum cgn_link
device_link(uint16_t id)
{
	struct rte_eth_link link;

	if (rte_eth_link_get_nowait(id, &link) != 0)
		return CGN_LINK_UNKNOWN;
	return link.link_status == RTE_ETH_LINK_UP ? CGN_LINK_UP : CGN_LINK_DOWN;
}

/* The sockets of a deleted interface stay dead, even if an interface with its index comes back. */
static enum cgn_link
interface_link(const struct cgn_plane_port *p, struct cgn_port_reading *r)
{
	return r->link == CGN_LINK_GONE ? CGN_LINK_GONE : cgn_netif_link(p->if_index, r->interface);
}

/* What came to the device and did not get to a worker. The kernel counts all packets of an interface; its
 * counters are read only while the port receives nothing, since that takes a file of /proc. */
static void
read_arrivals(const struct cgn_plane_port *p, struct cgn_port_reading *r)
{
	struct rte_eth_stats stats;
	uint64_t rx = 0;

	r->look.has_arrived = false;
	if (rte_eth_stats_get(p->dpdk_port, &stats) != 0)
		return;
	if (p->if_index != 0 && !cgn_netif_rx_packets(r->interface, &rx))
		return;
	r->look.arrived = stats.imissed + stats.rx_nombuf + rx;
	r->look.has_arrived = true;
}

static void
read_port(void *ctx, unsigned int port, struct cgn_port_reading *r)
{
	const struct cgn_port_watch *w = ctx;
	const struct cgn_plane_port *p = &w->cfg.planes->ports[port];
	uint64_t before = r->look.received;

	if (!rte_eth_dev_is_valid_port(p->dpdk_port))
		return;
	r->link = p->if_index != 0 ? interface_link(p, r) : device_link(p->dpdk_port);
	r->look.is_up = r->link == CGN_LINK_UP;
	r->look.received = received(w->cfg.planes, port);
	if (r->look.received == before)
		read_arrivals(p, r);
}

/* "port inside0: interface in0 is" or "port inside0: link is" */
static const char *
subject(const struct cgn_port_watch *w, unsigned int port, char *buf, size_t size)
{
	const char *interface = w->ports[port].reading.interface;

	snprintf(buf, size, "port %s: %s%s", w->cfg.conf->ports[port].name,
			interface[0] != '\0' ? "interface " : "link",
			interface[0] != '\0' ? interface : "");
	return buf;
}

static void
log_link(const struct cgn_port_watch *w, unsigned int port)
{
	enum cgn_link link = w->ports[port].reading.link;
	char who[CGN_NAME_MAX + IF_NAMESIZE + 32];

	subject(w, port, who, sizeof(who));
	switch (link) {
	case CGN_LINK_UP:
		CGN_LOG(NOTICE, "%s is up", who);
		break;
	case CGN_LINK_DOWN:
		CGN_LOG(WARNING, "%s is down", who);
		break;
	case CGN_LINK_NO_CARRIER:
		CGN_LOG(WARNING, "%s has no carrier", who);
		break;
	case CGN_LINK_GONE:
		CGN_LOG(ERR, "%s is gone, deleted or moved to another network namespace; restart cgnd when it is there again",
				who);
		break;
	case CGN_LINK_UNKNOWN:
	case CGN_LINK_COUNT:
		break;
	}
}

static void
log_receipt(const struct cgn_port_watch *w, unsigned int port)
{
	const char *name = w->cfg.conf->ports[port].name;
	const char *interface = w->ports[port].reading.interface;

	if (!w->ports[port].receipt.is_silent)
		CGN_LOG(NOTICE, "port %s receives again", name);
	else if (interface[0] != '\0')
		CGN_LOG(ERR, "port %s receives nothing, but packets arrive at its interface %s; restart cgnd if it stays so",
				name, interface);
	else
		CGN_LOG(ERR, "port %s receives nothing, but its device counts packets that it drops; restart cgnd if it stays so",
				name);
}

/* A link that is up at the first look is no news. One that cannot be read once is as it was. */
static void
look_at(struct cgn_port_watch *w, unsigned int port)
{
	struct port *p = &w->ports[port];
	enum cgn_link before = p->reading.link;

	w->cfg.read(w->cfg.ctx, port, &p->reading);
	if (p->reading.link == CGN_LINK_UNKNOWN)
		p->reading.link = before;
	if (p->reading.link != before &&
			!(before == CGN_LINK_UNKNOWN && p->reading.link == CGN_LINK_UP))
		log_link(w, port);
	if (cgn_receipt_judge(&p->receipt, &p->reading.look))
		log_receipt(w, port);
}

static void
look(void *arg, uint64_t now_ms)
{
	struct cgn_port_watch *w = arg;

	for (unsigned int i = 0; i < w->cfg.planes->n_ports; i++)
		look_at(w, i);
	(void)cgn_timerq_set(w->cfg.timers, &w->timer, now_ms + LOOK_MS);
}

int
cgn_port_watch_create(struct cgn_port_watch **out, const struct cgn_port_watch_cfg *cfg)
{
	struct cgn_port_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	w->cfg = *cfg;
	if (w->cfg.read == NULL) {
		w->cfg.read = read_port;
		w->cfg.ctx = w;
	}
	w->timer.fire = look;
	w->timer.arg = w;
	*out = w;
	return 0;
}

void
cgn_port_watch_destroy(struct cgn_port_watch *w)
{
	if (w == NULL)
		return;
	cgn_timerq_cancel(w->cfg.timers, &w->timer);
	free(w);
}

void
cgn_port_watch_start(struct cgn_port_watch *w, uint64_t now_ms)
{
	look(w, now_ms);
}

void
cgn_port_watch_set_conf(struct cgn_port_watch *w, const struct cgn_conf *conf)
{
	w->cfg.conf = conf;
}

const struct cgn_port_reading *
cgn_port_watch_reading(const struct cgn_port_watch *w, unsigned int port)
{
	return &w->ports[port].reading;
}

bool
cgn_port_watch_is_silent(const struct cgn_port_watch *w, unsigned int port)
{
	return w->ports[port].receipt.is_silent;
}
