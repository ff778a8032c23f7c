/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One port: finding or creating its device, configuring queues and offloads, starting and closing it.
 */
#include "dataplane/device/port.h"

#include "shared/log.h"
#include "shared/netif.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus_pci.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_string_fns.h>

CGN_LOG_TYPE("port");

#define SOCKET "net_af_packet"
#define XDP    "net_af_xdp"

bool
cgn_port_device_name(const char *device, char *name)
{
	struct rte_pci_addr pci;

	snprintf(name, CGN_DEVICE_MAX, "%s", device);
	name[strcspn(name, ",")] = '\0';
	if (rte_pci_addr_parse(name, &pci) != 0)
		return false;
	rte_pci_device_name(&pci, name, CGN_DEVICE_MAX);
	return true;
}

/* Find the ethdev of an EAL device. */
static int
find_ethdev(const char *name, uint16_t *id, struct rte_eth_dev_info *info)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (rte_eth_dev_is_valid_port(i) && rte_eth_dev_info_get(i, info) == 0 &&
				info->device != NULL &&
				strcmp(rte_dev_name(info->device), name) == 0) {
			*id = i;
			return 0;
		}
	}
	return -ENODEV;
}

static uint16_t
memif_slots(const struct rte_eth_dev_info *info)
{
	const struct rte_devargs *said = rte_dev_devargs(info->device);

	return said == NULL || said->args == NULL ? 0 : cgn_port_plan_memif_slots(said->args);
}

static void
read_caps(struct cgn_port_caps *caps, const struct rte_eth_dev_info *info, bool is_pci)
{
	const struct cgn_port_quirk *quirk = cgn_port_plan_quirk(info->driver_name);

	*caps = (struct cgn_port_caps){
		.max_rxq = info->max_rx_queues,
		.max_txq = info->max_tx_queues,
		.has_flow = is_pci,
		.has_dma = true,
		.min_mtu = info->min_mtu,
		.max_mtu = info->max_mtu,
		.max_frame = info->max_rx_pktlen,
		.reta_size = info->reta_size,
		.key_size = info->hash_key_size,
		.rss = info->flow_type_rss_offloads,
		.rx_offloads = info->rx_offload_capa,
		.tx_offloads = info->tx_offload_capa,
	};
	if (quirk == NULL)
		return;
	caps->queues_fixed = quirk->queues_fixed;
	caps->queues_equal = quirk->queues_equal;
	if (strcmp(quirk->driver, "net_memif") == 0)
		caps->memif_slots = memif_slots(info);
	caps->copies = quirk->copies && caps->memif_slots == 0;
	caps->is_socket = quirk->is_socket;
	caps->mtu_outside = quirk->mtu_outside;
	caps->is_umem = quirk->is_umem;
	caps->has_dma = caps->memif_slots != 0;
	caps->is_interface = quirk->is_interface;
}

static bool
is_driver(const char *device, const char *driver)
{
	return strncmp(device, driver, strlen(driver)) == 0;
}

/* The arguments of the user come first. An argument that the user has set is not added. */
void
cgn_port_args(const char *device, uint16_t mtu, bool has_hugepages, char *args, size_t size)
{
	const char *count = strstr(device, "framecnt=") == NULL ? ",framecnt=1024" : "";
	uint32_t frame = cgn_port_plan_ring_frame(mtu);

	rte_strscpy(args, device, size);
	if (is_driver(device, SOCKET) && strstr(device, "framesz=") == NULL)
		snprintf(args + strlen(args), size - strlen(args), ",blocksz=%u,framesz=%u%s",
				frame, frame, count);
	if (is_driver(device, XDP) && !has_hugepages && strstr(device, "force_copy=") == NULL)
		snprintf(args + strlen(args), size - strlen(args), ",force_copy=1");
}

static int
probe(struct cgn_port *p, struct rte_eth_dev_info *info, bool *is_pci)
{
	char name[CGN_DEVICE_MAX], args[CGN_PORT_ARGS_MAX];
	int ret;

	*is_pci = cgn_port_device_name(p->device, name);
	/* EAL has probed NICs, and devices of its arguments, at its start. */
	if (find_ethdev(name, &p->id, info) == 0)
		return 0;
	cgn_port_args(p->device, p->need.mtu, rte_eal_has_hugepages() != 0, args, sizeof(args));
	ret = rte_dev_probe(args);
	if (ret == 0) {
		p->is_probed = true;
		ret = find_ethdev(name, &p->id, info);
	}
	if (ret < 0) {
		/* EAL has logged the errno; many drivers return -1 instead of one */
		CGN_LOG(PORT_FAILED, "port %s: no network device \"%s\"%s", p->name, p->device,
				*is_pci ? ": is it bound to vfio-pci, and eal without --no-pci?"
					: ": do its driver, interface and files exist?");
		return -ENODEV;
	}
	return 0;
}

/* Note the kernel interface of a port. net_pcap has none if it reads a file. */
static void
find_interface(struct cgn_port *p, const struct rte_eth_dev_info *info)
{
	char name[IF_NAMESIZE];

	if (p->caps.is_interface && if_indextoname(info->if_index, name) != NULL)
		p->if_index = info->if_index;
}

static int
log_bad_plan(const struct cgn_port *p, int ret)
{
	if (ret == -ERANGE)
		CGN_LOG(PORT_FAILED, "port %s: device \"%s\" takes an mtu of %u to %u, not %u",
				p->name, p->device, p->caps.min_mtu,
				cgn_port_plan_mtu_max(&p->caps), p->need.mtu);
	else
		CGN_LOG(PORT_FAILED, "port %s: device \"%s\" has no queue to receive or to send by",
				p->name, p->device);
	return ret;
}

int
cgn_port_open(struct cgn_port *p, const struct cgn_conf_port *conf,
		const struct cgn_port_need *need)
{
	struct rte_eth_dev_info info;
	bool is_pci;
	int ret;

	*p = (struct cgn_port){ .need = *need,
		.n_rxd = CGN_PORT_PLAN_DESCRIPTORS,
		.n_txd = CGN_PORT_PLAN_DESCRIPTORS };
	rte_strscpy(p->name, conf->name, sizeof(p->name));
	rte_strscpy(p->device, conf->device, sizeof(p->device));
	ret = probe(p, &info, &is_pci);
	if (ret < 0)
		return ret;
	p->is_open = true;
	read_caps(&p->caps, &info, is_pci);
	find_interface(p, &info);
	ret = cgn_port_plan_make(&p->plan, &p->caps, need);
	if (ret < 0) {
		ret = log_bad_plan(p, ret);
		goto close_port;
	}
	/* Devices have limits of their own for the number of descriptors. */
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &p->n_rxd, &p->n_txd);
	/* This driver takes the size of its rings from its arguments alone. */
	if (p->caps.memif_slots != 0)
		p->n_rxd = p->n_txd = p->caps.memif_slots;
	if (ret == 0)
		ret = rte_eth_macaddr_get(p->id, &p->mac);
	if (ret == 0)
		return 0;
	CGN_LOG(PORT_FAILED, "port %s: device \"%s\" does not answer: %s", p->name, p->device,
			rte_strerror(-ret));

close_port:
	cgn_port_close(p);
	return ret;
}

static int
port_configure(const struct cgn_port *p, const struct cgn_port_env *env)
{
	uint8_t key[UINT8_MAX];
	struct rte_eth_conf conf = {
		.rxmode = { .mtu = p->plan.mtu, .offloads = p->plan.rx_offloads },
		.txmode = { .offloads = p->plan.tx_offloads },
	};

	if (p->plan.rss != 0) {
		cgn_port_steer_key(key, p->caps.key_size, env->owners.steer);
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_key = key;
		conf.rx_adv_conf.rss_conf.rss_key_len = p->caps.key_size != 0 ? p->caps.key_size
									      : CGN_STEER_KEY;
		conf.rx_adv_conf.rss_conf.rss_hf = p->plan.rss;
	}
	return rte_eth_dev_configure(p->id, p->plan.n_rxq, p->plan.n_txq, &conf);
}

static int
setup_queues(const struct cgn_port *p, const struct cgn_port_env *env)
{
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(p->id, &info);

	if (ret < 0)
		return ret;
	info.default_rxconf.offloads = p->plan.rx_offloads;
	info.default_txconf.offloads = p->plan.tx_offloads;
	for (uint16_t q = 0; q < p->plan.n_rxq; q++) {
		ret = rte_eth_rx_queue_setup(p->id, q, p->n_rxd, (unsigned int)env->socket,
				&info.default_rxconf, env->mp);
		if (ret < 0)
			return ret;
	}
	for (uint16_t q = 0; q < p->plan.n_txq; q++) {
		ret = rte_eth_tx_queue_setup(p->id, q, p->n_txd, (unsigned int)env->socket,
				&info.default_txconf);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Neighbour discovery uses multicast. A device that cannot accept all multicast is set promiscuous. */
static void
accept_multicast(const struct cgn_port *p)
{
	if (rte_eth_allmulticast_enable(p->id) != 0 && rte_eth_promiscuous_enable(p->id) != 0)
		CGN_LOG(PORT_MULTICAST, "port %s: device decides itself about multicast", p->name);
}

static int
port_fail(const struct cgn_port *p, const char *what, int ret)
{
	CGN_LOG(PORT_FAILED, "port %s: device \"%s\" %s: %s", p->name, p->device, what,
			rte_strerror(-ret));
	return ret;
}

static int
bring_up(struct cgn_port *p, const struct cgn_port_env *env)
{
	int ret = port_configure(p, env);

	if (ret < 0)
		return port_fail(p, "cannot be configured", ret);
	ret = setup_queues(p, env);
	if (ret < 0)
		return port_fail(p, "cannot set up its queues", ret);
	if (!p->caps.mtu_outside) {
		ret = rte_eth_dev_set_mtu(p->id, p->plan.mtu);
		if (ret < 0 && ret != -ENOTSUP)
			return port_fail(p, "refuses the mtu", ret);
	}
	ret = rte_eth_dev_start(p->id);
	if (ret < 0)
		return port_fail(p, "does not start", ret);
	p->is_started = true;
	accept_multicast(p);
	return 0;
}

static void
log_started(const struct cgn_port *p)
{
	static const char *const how[] = {
		[CGN_STEER_SINGLE] = "single",
		[CGN_STEER_RSS_SRC] = "rss_source",
		[CGN_STEER_FLOW] = "flow_rules",
		[CGN_STEER_HANDOVER] = "handover",
	};
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(mac, sizeof(mac), &p->mac);
	CGN_LOG(PORT_STARTED,
			"port started port=%s device=\"%s\" mac=%s mtu=%u rxq=%u txq=%u steering=%s",
			p->name, p->device, mac, p->need.mtu, p->plan.n_rxq, p->plan.n_txq,
			how[p->plan.steering]);
}

int
cgn_port_start(struct cgn_port *p, const struct cgn_port_env *env)
{
	int ret = bring_up(p, env);

	if (ret < 0)
		return ret;
	ret = cgn_port_steer_apply(p->id, &p->plan, &p->caps, &env->owners, &p->rules);
	if (ret < 0) {
		CGN_LOG_ABOUT(STEERING_REFUSED, p->name,
				"port %s: device \"%s\" refuses to steer, workers hand over: %s",
				p->name, p->device, rte_strerror(-ret));
		/* The number of queues depends on the steering, so the port is configured again. */
		cgn_port_stop(p);
		cgn_port_plan_unsteered(&p->plan, &p->caps, &p->need);
		ret = bring_up(p, env);
		if (ret < 0)
			return ret;
	}
	/* The workers get the address that the started device has. */
	rte_eth_macaddr_get(p->id, &p->mac);
	log_started(p);
	return 0;
}

void
cgn_port_follow(struct cgn_port *p, const struct cgn_port_owners *owners)
{
	size_t n;

	/* It is not started yet, or it steers in another way. */
	if (p->rules.at == NULL)
		return;
	n = cgn_port_steer_follow(p->id, owners, &p->rules);
	if (n != 0)
		CGN_LOG_ABOUT(STEERING_REFUSED, p->name,
				"port %s: device \"%s\" refuses to steer %zu pool addresses, workers hand over",
				p->name, p->device, n);
}

int
cgn_port_set_mtu(struct cgn_port *p, uint16_t mtu, uint16_t *max)
{
	int ret = 0;

	if (!cgn_port_plan_fits(&p->plan, &p->caps, mtu)) {
		*max = cgn_port_plan_largest(&p->plan, &p->caps);
		return -ENOSPC;
	}
	if (!p->caps.mtu_outside)
		ret = rte_eth_dev_set_mtu(p->id, mtu);
	/* At the start, too, a device without an MTU of its own is no error. */
	if (ret == -ENOTSUP)
		ret = 0;
	if (ret < 0)
		return port_fail(p, "cannot change its mtu while it runs", ret);
	p->need.mtu = mtu;
	return 0;
}

static bool
is_up(const struct cgn_port *p)
{
	struct cgn_netif n;
	struct rte_eth_link link;

	if (p->if_index != 0) {
		cgn_netif_read(p->if_index, &n);
		return n.link == CGN_LINK_UP;
	}
	return rte_eth_link_get_nowait(p->id, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

void
cgn_port_wait_links(const struct cgn_port *ports, unsigned int n, unsigned int timeout_ms)
{
	unsigned int waited_ms = 0;

	for (unsigned int i = 0; i < n; i++) {
		while (!is_up(&ports[i]) && waited_ms < timeout_ms) {
			rte_delay_us_sleep(10 * 1000);
			waited_ms += 10;
		}
	}
}

void
cgn_port_stop(struct cgn_port *p)
{
	int ret;

	if (!p->is_started)
		return;
	ret = rte_eth_dev_stop(p->id);
	if (ret < 0)
		port_fail(p, "does not stop", ret);
	p->is_started = false;
}

void
cgn_port_close(struct cgn_port *p)
{
	struct rte_eth_dev_info info = { 0 };
	int ret;

	if (!p->is_open)
		return;
	cgn_port_stop(p);
	p->is_open = false;
	cgn_port_steer_forget(&p->rules);
	if (rte_eth_dev_info_get(p->id, &info) != 0)
		info.device = NULL;
	ret = rte_eth_dev_close(p->id);
	/* EAL removes the devices that it has probed itself. */
	if (ret == 0 && p->is_probed && info.device != NULL)
		ret = rte_dev_remove(info.device);
	if (ret < 0)
		port_fail(p, "does not close", ret);
}

unsigned int
cgn_port_mbufs(const struct cgn_port *p)
{
	if (p->caps.copies)
		return 0;
	if (p->caps.is_umem)
		return p->plan.n_rxq * (p->n_txd + CGN_PORT_PLAN_UMEM);
	return (unsigned int)p->plan.n_rxq * p->n_rxd + cgn_port_tx_mbufs(p);
}

/* With net_af_xdp, packets of the control thread need no buffers here: the driver copies packets whose
 * buffers are not in the UMEM. */
unsigned int
cgn_port_tx_mbufs(const struct cgn_port *p)
{
	if (p->caps.copies || p->caps.is_umem)
		return 0;
	return (unsigned int)p->plan.n_txq * p->n_txd;
}
