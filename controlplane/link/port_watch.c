/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Watches the ports once a second for the operator. It reads the device, the kernel interface and the workers'
 * counters, and logs what has changed since the last look. telemetry_rows.c shows the last reading.
 */
#include "controlplane/link/port_watch.h"

#include "shared/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>

CGN_LOG_TYPE("port_watch");

#define LOOK_MS   1000 /* between two looks */
#define ABOUT_MAX 64   /* octets of what a line is about */

/* What is known of a port since the last look. */
struct port {
	struct cgn_port_reading reading;
	struct cgn_receipt receipt;
	struct cgn_offload offloads[CGN_OFFLOADS_MAX];
	unsigned int n_offloads;
	uint8_t mac[6]; /* of its interface at the first look: cgnd uses it until it ends */
	bool has_mac;
	bool has_other_mac; /* the interface, now */
	bool is_short;      /* the MTU of the interface, for the port */
};

struct cgn_port_watch {
	struct cgn_port_watch_cfg cfg;
	struct cgn_timer timer;
	int fd;        /* ready when an interface has changed; -1: no port has one */
	bool is_stale; /* the next look reads the offloads again */
	struct port ports[CGN_PORTS_MAX];
};

/* Packets that all workers took from a port. A worker that has not started yet has no counters. */
static uint64_t
port_watch_received(const struct cgn_planes *planes, unsigned int port)
{
	uint64_t sum = 0;

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		if (planes->workers[w].stats != NULL)
			sum += cgn_counter_get(&planes->workers[w].stats->port[port].rx_pkts);
	}
	return sum;
}

/* The link as the device reports it. It must not wait: the control thread serves subscribers meanwhile. */
static enum cgn_link
device_link(uint16_t id)
{
	struct rte_eth_link link;

	if (rte_eth_link_get_nowait(id, &link) != 0)
		return CGN_LINK_UNKNOWN;
	return link.link_status == RTE_ETH_LINK_UP ? CGN_LINK_UP : CGN_LINK_DOWN;
}

/* Read how many packets came to the device without reaching a worker. The kernel counts all packets of an interface.
 * Its counters are read only while the port receives nothing, because that opens a file of /proc. */
static void
read_arrivals(const struct cgn_plane_port *p, struct cgn_port_reading *r)
{
	struct rte_eth_stats stats;
	uint64_t rx = 0;

	r->look.has_arrived = false;
	if (rte_eth_stats_get(p->dpdk_port, &stats) != 0)
		return;
	if (p->if_index != 0 && !cgn_netif_rx_packets(r->netif.name, &rx))
		return;
	r->look.arrived = stats.imissed + stats.rx_nombuf + rx;
	r->look.has_arrived = true;
}

static void
read_link(void *ctx, unsigned int port, struct cgn_netif *n)
{
	const struct cgn_port_watch *w = ctx;
	const struct cgn_plane_port *p = &w->cfg.planes->ports[port];

	if (!rte_eth_dev_is_valid_port(p->dpdk_port))
		return;
	/* An interface that is gone stays gone: the sockets on it are dead, even if its index comes back. */
	if (p->if_index == 0)
		n->link = device_link(p->dpdk_port);
	else if (n->link != CGN_LINK_GONE)
		cgn_netif_read(p->if_index, n);
}

static void
read_counters(void *ctx, unsigned int port, struct cgn_port_reading *r)
{
	const struct cgn_port_watch *w = ctx;
	const struct cgn_plane_port *p = &w->cfg.planes->ports[port];
	uint64_t before = r->look.received;

	if (!rte_eth_dev_is_valid_port(p->dpdk_port))
		return;
	r->look.is_up = r->netif.link == CGN_LINK_UP;
	r->look.received = port_watch_received(w->cfg.planes, port);
	if (r->look.received == before)
		read_arrivals(p, r);
}

/* The subject of a log line: "port inside0: interface in0" or "port inside0: link". */
static const char *
port_watch_subject(const struct cgn_port_watch *w, unsigned int port, char *buf, size_t size)
{
	const char *interface = w->ports[port].reading.netif.name;

	snprintf(buf, size, "port %s: %s%s", w->cfg.conf->ports[port].name,
			interface[0] != '\0' ? "interface " : "link",
			interface[0] != '\0' ? interface : "");
	return buf;
}

static void
log_link(const struct cgn_port_watch *w, unsigned int port)
{
	const char *port_name = w->cfg.conf->ports[port].name;
	enum cgn_link link = w->ports[port].reading.netif.link;
	char who[CGN_NAME_MAX + IF_NAMESIZE + 32];

	port_watch_subject(w, port, who, sizeof(who));
	switch (link) {
	case CGN_LINK_UP:
		CGN_LOG_ABOUT(LINK_UP, port_name, "%s is up", who);
		break;
	case CGN_LINK_DOWN:
		CGN_LOG_ABOUT(LINK_DOWN, port_name, "%s is down", who);
		break;
	case CGN_LINK_NO_CARRIER:
		CGN_LOG_ABOUT(LINK_DOWN, port_name, "%s has no carrier", who);
		break;
	case CGN_LINK_GONE:
		CGN_LOG_ABOUT(INTERFACE_GONE, port_name,
				"%s is gone: it was deleted or moved to another network namespace; restart cgnd when it is back",
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
	const char *interface = w->ports[port].reading.netif.name;

	if (!w->ports[port].receipt.is_silent)
		CGN_LOG_ABOUT(PORT_RECEIVES, name, "port %s receives again", name);
	else if (interface[0] != '\0')
		CGN_LOG_ABOUT(PORT_SILENT, name,
				"port %s receives nothing, but packets arrive at its interface %s; restart cgnd if this does not end",
				name, interface);
	else
		CGN_LOG_ABOUT(PORT_SILENT, name,
				"port %s receives nothing, but its device counts dropped packets; restart cgnd if this does not end",
				name);
}

/* Whether the interface drops packets that the port may send or receive. */
static bool
is_short(const struct cgn_netif *n, uint32_t mtu)
{
	return n->name[0] != '\0' && n->mtu < mtu;
}

static void
compare_mtu(struct port *x, const struct cgn_conf_port *p, const struct cgn_netif *now)
{
	const bool was_short = x->is_short;
	char about[ABOUT_MAX];

	snprintf(about, sizeof(about), "%s mtu", p->name);
	x->is_short = is_short(now, p->mtu);
	if (x->is_short && !was_short)
		CGN_LOG_ABOUT(INTERFACE_CHANGED, about,
				"port %s: interface %s loses packets above its own mtu %u, the port has %u",
				p->name, now->name, now->mtu, p->mtu);
	else if (!x->is_short && was_short)
		CGN_LOG_ABOUT(INTERFACE_RESTORED, about,
				"port %s: interface %s takes all packets again, its mtu is %u",
				p->name, now->name, now->mtu);
}

static void
compare_mac(struct port *x, const struct cgn_conf_port *p, const struct cgn_netif *now)
{
	const bool was_other = x->has_other_mac;
	char about[ABOUT_MAX];

	snprintf(about, sizeof(about), "%s mac", p->name);
	if (!x->has_mac)
		memcpy(x->mac, now->mac, sizeof(x->mac));
	x->has_mac = true;
	x->has_other_mac = memcmp(x->mac, now->mac, sizeof(x->mac)) != 0;
	if (x->has_other_mac && !was_other)
		CGN_LOG_ABOUT(INTERFACE_CHANGED, about,
				"port %s: interface %s has got another MAC address, but cgnd still uses the old one; restart cgnd",
				p->name, now->name);
	else if (!x->has_other_mac && was_other)
		CGN_LOG_ABOUT(INTERFACE_RESTORED, about,
				"port %s: interface %s has the MAC address again that cgnd uses",
				p->name, now->name);
}

/* Tell of an interface that no longer suits its port, or suits it again. The kernel drops packets above the interface's
 * MTU without any error to the driver. cgnd reads the MAC address at its start only, and goes on answering with that one. */
static void
port_watch_compare(struct cgn_port_watch *w, unsigned int port)
{
	const struct cgn_conf_port *p = &w->cfg.conf->ports[port];
	struct port *x = &w->ports[port];

	if (x->reading.netif.name[0] == '\0')
		return;
	compare_mtu(x, p, &x->reading.netif);
	compare_mac(x, p, &x->reading.netif);
}

/* A link that is up at the first look is no news. A link that cannot be read keeps its last state. */
enum cgn_link
cgn_port_watch_look_at_link(struct cgn_port_watch *w, unsigned int port)
{
	struct cgn_netif *now = &w->ports[port].reading.netif;
	const struct cgn_netif before = *now;

	w->cfg.read_link(w->cfg.ctx, port, now);
	if (now->link == CGN_LINK_UNKNOWN)
		*now = before;
	if (now->link != before.link &&
			!(before.link == CGN_LINK_UNKNOWN && now->link == CGN_LINK_UP))
		log_link(w, port);
	port_watch_compare(w, port);
	return now->link;
}

static void
port_watch_look_at(struct cgn_port_watch *w, unsigned int port)
{
	struct port *p = &w->ports[port];

	(void)cgn_port_watch_look_at_link(w, port);
	w->cfg.read_counters(w->cfg.ctx, port, &p->reading);
	if (cgn_receipt_judge(&p->receipt, &p->reading.look))
		log_receipt(w, port);
}

/* Only a port on a kernel interface gets packets that the kernel has changed. */
static unsigned int
find_offloads(void *ctx, unsigned int port, struct cgn_offload *out)
{
	const struct cgn_port_watch *w = ctx;
	const struct cgn_plane_port *p = &w->cfg.planes->ports[port];

	return p->if_index == 0 ? 0 : cgn_offloads_find(p->if_index, p->is_xdp, out);
}

static void
about_offload(const char *port, const struct cgn_offload *o, char about[static ABOUT_MAX])
{
	snprintf(about, ABOUT_MAX, "%s %u %d", port, o->if_index, o->is_sender);
}

static void
log_offload(const char *port, const struct cgn_offload *o)
{
	char cure[CGN_OFFLOADS_CURE], about[ABOUT_MAX];

	cgn_offloads_cure(o, cure);
	about_offload(port, o, about);
	if ((o->features & CGN_OFFLOAD_HIDDEN) != 0)
		CGN_LOG(OFFLOADS_PEER,
				"port %s: the other end of interface %s is in another network namespace; if it leaves checksums to the device, packets arrive with incomplete checksums; turn that off there, with the name of that end: %s",
				port, o->name, cure);
	else if (o->is_sender)
		CGN_LOG_ABOUT(OFFLOADS_ON, about,
				"port %s: packets from interface %s arrive with incomplete checksums or merged; turn that off: %s",
				port, o->name, cure);
	else
		CGN_LOG_ABOUT(OFFLOADS_ON, about,
				"port %s: interface %s merges packets that it receives, which breaks TCP through cgnd; turn that off: %s",
				port, o->name, cure);
}

/* The features that a reading has of an interface. */
static uint32_t
features_of(const struct cgn_offload *list, unsigned int n, const struct cgn_offload *o)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct cgn_offload *k = &list[i];

		if (k->if_index == o->if_index && k->is_sender == o->is_sender)
			return k->features;
	}
	return 0;
}

/* The features that were on at the last reading: only new ones are logged. */
static uint32_t
known_features(const struct port *p, const struct cgn_offload *o)
{
	return features_of(p->offloads, p->n_offloads, o);
}

/* Log the interfaces that spoil packets no more. */
static void
log_cured(const struct port *p, const char *port, const struct cgn_offload *found, unsigned int n)
{
	char about[ABOUT_MAX];

	for (unsigned int i = 0; i < p->n_offloads; i++) {
		const struct cgn_offload *o = &p->offloads[i];

		if ((o->features & ~CGN_OFFLOAD_HIDDEN) == 0 || features_of(found, n, o) != 0)
			continue;
		about_offload(port, o, about);
		CGN_LOG_ABOUT(OFFLOADS_OFF, about,
				"port %s: interface %s does not spoil packets any more", port,
				o->name);
	}
}

/* Read the offloads of a port and log new ones. @return false: the kernel has not told; try again */
static bool
look_for_offloads(struct cgn_port_watch *w, unsigned int port)
{
	struct port *p = &w->ports[port];
	struct cgn_offload found[CGN_OFFLOADS_MAX];
	unsigned int n = w->cfg.find(w->cfg.ctx, port, found);

	for (unsigned int i = 0; i < n; i++) {
		if ((found[i].features & ~known_features(p, &found[i])) != 0)
			log_offload(w->cfg.conf->ports[port].name, &found[i]);
	}
	/* If the kernel does not tell, keep the list: its interfaces are watched for changes. */
	if (n == 0)
		return w->cfg.planes->ports[port].if_index == 0 ||
				p->reading.netif.link == CGN_LINK_GONE;
	log_cured(p, w->cfg.conf->ports[port].name, found, n);
	memcpy(p->offloads, found, n * sizeof(found[0]));
	p->n_offloads = n;
	return true;
}

static void
port_watch_look(void *arg, uint64_t now_ms)
{
	struct cgn_port_watch *w = arg;
	bool is_stale = false;

	for (unsigned int i = 0; i < w->cfg.planes->n_ports; i++) {
		port_watch_look_at(w, i);
		if (w->is_stale)
			is_stale |= !look_for_offloads(w, i);
	}
	w->is_stale = is_stale;
	(void)cgn_timerq_set(w->cfg.timers, &w->timer, now_ms + LOOK_MS);
}

int
cgn_port_watch_create(struct cgn_port_watch **out, const struct cgn_port_watch_cfg *cfg)
{
	struct cgn_port_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	w->cfg = *cfg;
	w->fd = -1;
	w->is_stale = true;
	/* Tests bring their own readings. */
	if (w->cfg.read_link == NULL) {
		w->cfg.read_link = read_link;
		w->cfg.read_counters = read_counters;
		w->cfg.find = find_offloads;
		w->cfg.ctx = w;
	}
	w->timer.fire = port_watch_look;
	w->timer.arg = w;
	/* One socket serves all ports: it tells of every interface of the namespace. */
	for (unsigned int i = 0; i < cfg->planes->n_ports && w->fd < 0; i++) {
		if (cfg->planes->ports[i].if_index != 0)
			w->fd = cgn_iflinks_open();
	}
	*out = w;
	return 0;
}

void
cgn_port_watch_destroy(struct cgn_port_watch *w)
{
	if (w == NULL)
		return;
	cgn_timerq_cancel(w->cfg.timers, &w->timer);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

void
cgn_port_watch_start(struct cgn_port_watch *w, uint64_t now_ms)
{
	port_watch_look(w, now_ms);
}

int
cgn_port_watch_fd(const struct cgn_port_watch *w)
{
	return w->fd;
}

void
cgn_port_watch_changed(struct cgn_port_watch *w)
{
	unsigned int indexes[CGN_PORTS_MAX * CGN_OFFLOADS_MAX];
	size_t n = 0;

	for (unsigned int i = 0; i < w->cfg.planes->n_ports; i++) {
		for (unsigned int j = 0; j < w->ports[i].n_offloads; j++)
			indexes[n++] = w->ports[i].offloads[j].if_index;
	}
	if (cgn_iflinks_changed(w->fd, indexes, n))
		cgn_port_watch_expire(w);
}

void
cgn_port_watch_expire(struct cgn_port_watch *w)
{
	w->is_stale = true;
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
