/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Start and stop of the data plane: ports, packet buffers, rings and workers are created in this order and
 * released in reverse.
 */
#include "dataplane/dataplane.h"

#include "dataplane/device/packet_pool.h"
#include "dataplane/device/port.h"
#include "dataplane/engine/snapshot.h"
#include "dataplane/link/neigh.h"
#include "dataplane/nat/ext.h"
#include "dataplane/packet_budget.h"
#include "dataplane/prefault.h"
#include "dataplane/queues.h"
#include "dataplane/worker.h"
#include "shared/log.h"
#include "shared/mem.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

CGN_LOG_TYPE("dataplane");

#define LINK_WAIT_MS 2000
#define STOP_WAIT_MS 5000
#define DRAIN_ROUNDS 64 /* a packet is handed over twice at most; rings are emptied by bursts */

static_assert(CGN_HEADROOM <= RTE_PKTMBUF_HEADROOM, "headers in front need the headroom");

struct cgn_dataplane {
	const struct cgn_conf *conf; /* of create() */
	const struct cgn_state_await
			*await; /* used only in create(); NULL: no state will be loaded */
	unsigned int n_workers;
	unsigned int n_ports;
	bool is_running;
	int wake_fd;
	int socket;
	struct cgn_steer steer;
	struct cgn_moved *moved;       /* of all snapshots; NULL: no subscriber has moved */
	struct cgn_snapshot *snapshot; /* in use */
	struct cgn_snapshot *lent;     /* workers begin to use it; NULL: none */
	struct cgn_port ports[CGN_PORTS_MAX];
	struct cgn_queues queues;
	struct rte_mempool *mp;
	struct rte_mempool *ctl_pool;
	unsigned int lcores[CGN_WORKERS_MAX];
	struct cgn_worker *workers[CGN_WORKERS_MAX];
	_Atomic(uint32_t) n_subscribers; /* of all workers; all of them write it */
	struct cgn_record_door *records; /* by worker; NULL: nothing is exported */
	struct cgn_planes planes;
};

static int
place_workers(struct cgn_dataplane *dp)
{
	unsigned int lcore, n = 0;

	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (n < dp->n_workers)
			dp->lcores[n] = lcore;
		n++;
	}
	if (n < dp->n_workers) {
		CGN_LOG(LCORES, "%u workers need as many lcores beside the main one, EAL has %u",
				dp->n_workers, n);
		return -EINVAL;
	}
	/* All memory is on the NUMA node of the first worker. */
	dp->socket = (int)rte_lcore_to_socket_id(dp->lcores[0]);
	return 0;
}

static bool
is_shared_with(unsigned int lcore, unsigned int other)
{
	rte_cpuset_t a = rte_lcore_cpuset(lcore), b = rte_lcore_cpuset(other), both;

	CPU_AND(&both, &a, &b);
	return lcore != other && CPU_COUNT(&both) > 0;
}

static bool
shares_core(const struct cgn_dataplane *dp, unsigned int lcore)
{
	if (is_shared_with(lcore, rte_get_main_lcore()))
		return true;
	for (unsigned int w = 0; w < dp->n_workers; w++) {
		if (is_shared_with(lcore, dp->lcores[w]))
			return true;
	}
	return false;
}

static size_t
count_pool_addresses(const struct cgn_conf *conf)
{
	size_t n = 0;

	for (size_t p = 0; p < conf->n_pools; p++)
		n += conf->pools[p].n_addresses;
	return n;
}

static int
dataplane_open_ports(struct cgn_dataplane *dp)
{
	for (unsigned int i = 0; i < dp->n_ports; i++) {
		const struct cgn_conf_port *conf = &dp->conf->ports[i];
		const struct cgn_port_need need = {
			.n_workers = dp->n_workers,
			.index = i,
			.side = conf->side,
			.mtu = conf->mtu,
			.n_dst = count_pool_addresses(dp->conf),
		};
		int ret = cgn_port_open(&dp->ports[i], conf, &need);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Worker w has tx queue w, or else sends through worker w % n_txq. */
static int
create_queues(struct cgn_dataplane *dp)
{
	int ret = cgn_queues_init(&dp->queues, dp->n_workers, dp->socket);

	for (unsigned int p = 0; p < dp->n_ports; p++) {
		for (unsigned int w = dp->ports[p].plan.n_txq; ret == 0 && w < dp->n_workers; w++)
			ret = cgn_queues_add_tx_ring(&dp->queues, p, w, dp->socket);
	}
	if (ret < 0)
		CGN_LOG(MEMORY, "memory is too small for the rings of %u workers; give EAL more (scripts/hugepages.sh MIB, or eal: [-m, MIB])",
				dp->n_workers);
	return ret;
}

static int
create_records(struct cgn_dataplane *dp)
{
	const struct cgn_conf_export *e = &dp->conf->export;
	int ret;

	if (!e->is_on)
		return 0;
	dp->records = rte_zmalloc_socket("cgn_records", dp->n_workers * sizeof(*dp->records),
			RTE_CACHE_LINE_SIZE, dp->socket);
	if (dp->records == NULL)
		return -ENOMEM;
	ret = cgn_queues_add_records(&dp->queues, dp->n_workers, e->queue_max, dp->socket);
	if (ret < 0) {
		CGN_LOG(MEMORY, "memory is too small for the queues of records; give EAL more, or lower export.queue_max");
		return ret;
	}
	for (unsigned int w = 0; w < dp->n_workers; w++)
		dp->records[w] = (struct cgn_record_door){
			.ring = dp->queues.records[w],
			.kinds = cgn_conf_export_kinds(e),
			.producer = (uint16_t)w,
			.has_destinations = e->has_destinations,
		};
	return 0;
}

static struct cgn_packet_budget
make_budget(const struct cgn_dataplane *dp)
{
	struct cgn_packet_budget b = {
		.n_workers = dp->n_workers,
		.n_ports = dp->n_ports,
		.n_inject = CGN_QUEUES_INJECT,
		.n_handover = cgn_queues_handover(dp->n_workers),
		.n_rings = cgn_queues_mbufs(&dp->queues, dp->n_workers),
	};

	for (unsigned int i = 0; i < dp->n_ports; i++) {
		b.n_txd += cgn_port_tx_mbufs(&dp->ports[i]);
		b.n_devices += cgn_port_mbufs(&dp->ports[i]);
	}
	return b;
}

/* Log why there is no pool. @param err  rte_errno after cgn_packet_pool_create() */
static void
log_no_pool(const struct cgn_packet_pool_cfg *cfg, int err)
{
	size_t size = RTE_PKTMBUF_HEADROOM + cfg->room, left = cgn_mem_available();
	size_t bytes = cfg->n * (size + sizeof(struct rte_mbuf) + 64);

	if (rte_eal_has_hugepages() == 0 && left != 0 && bytes > left)
		CGN_LOG(MEMORY, "memory is too small: %u packet buffers of %zu octets take %zu MiB, the machine has %zu MiB left",
				cfg->n, size, bytes >> 20, left >> 20);
	else
		CGN_LOG(MEMORY, "memory is too small: %u packet buffers of %zu octets take %zu MiB beside what is taken already: %s; give EAL more (scripts/hugepages.sh MIB, or eal: [-m, MIB])",
				cfg->n, size, bytes >> 20, rte_strerror(err));
}

static struct rte_mempool *
create_pool(const struct cgn_packet_pool_cfg *cfg)
{
	unsigned int n_useless;
	struct rte_mempool *mp = cgn_packet_pool_create(cfg, &n_useless);

	if (mp == NULL)
		log_no_pool(cfg, rte_errno);
	else if (n_useless != 0)
		CGN_LOG(BUFFERS_UNUSED, "packet buffers that AF_XDP cannot use n=%u of=%u",
				n_useless, cfg->n);
	return mp;
}

/* Say in which pages the packet buffers are. Of small ones, the processor must look up most anew each time. */
static void
log_pages(const struct cgn_dataplane *dp, bool has_dma)
{
	struct cgn_packet_pool_pages pages = { 0 };

	cgn_packet_pool_count(dp->mp, &pages);
	cgn_packet_pool_count(dp->ctl_pool, &pages);
	if (pages.huge >= pages.bytes / 2)
		CGN_LOG(BUFFERS_MEMORY, "packet buffers mib=%zu huge_mib=%zu", pages.bytes >> 20,
				pages.huge >> 20);
	else
		CGN_LOG(SMALL_PAGES,
				"packet buffers mib=%zu huge_mib=%zu: small pages are slower; reserve hugepages (scripts/hugepages.sh MIB)%s",
				pages.bytes >> 20, pages.huge >> 20,
				has_dma ? ""
					: ", or write madvise to /sys/kernel/mm/transparent_hugepage/enabled");
}

static int
create_pools(struct cgn_dataplane *dp)
{
	const struct cgn_packet_budget budget = make_budget(dp);
	struct cgn_packet_pool_cfg cfg = {
		.name = "cgn_packets",
		.n = cgn_packet_budget_workers(&budget, dp->conf),
		.cache = CGN_PACKET_BUDGET_CACHE,
		.room = CGN_PORT_PLAN_ROOM,
		.socket = dp->socket,
	};

	for (unsigned int i = 0; i < dp->n_ports; i++) {
		cfg.room = RTE_MAX(cfg.room, dp->ports[i].plan.room);
		cfg.is_umem |= dp->ports[i].caps.is_umem;
		cfg.has_dma |= dp->ports[i].caps.has_dma;
	}
	dp->mp = create_pool(&cfg);
	if (dp->mp == NULL)
		return -ENOMEM;
	/* The pool of the control thread. Drivers copy its packets or map its memory, so it is never a
	 * UMEM. */
	cfg.name = "cgn_control";
	cfg.n = cgn_packet_budget_control(&budget);
	cfg.cache = 0;
	cfg.room = CGN_PORT_PLAN_ROOM;
	cfg.is_umem = false;
	dp->ctl_pool = create_pool(&cfg);
	if (dp->ctl_pool == NULL)
		return -ENOMEM;
	log_pages(dp, cfg.has_dma);
	return 0;
}

/* List the owners of the pool addresses, for devices that can match destinations. */
static int
list_owners(const struct cgn_book *book, struct cgn_port_dst **out, size_t *n_out)
{
	struct cgn_port_dst *dst;
	size_t n = 0;

	for (unsigned int w = 0; w < book->n_workers; w++)
		n += book->parts[w].n;
	dst = calloc(n + 1, sizeof(*dst));
	if (dst == NULL)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i <= book->mask; i++) {
		if (book->addrs[i].addr != 0)
			dst[n++] = (struct cgn_port_dst){
				.addr = book->addrs[i].addr,
				.worker = book->addrs[i].worker,
			};
	}
	qsort(dst, n, sizeof(*dst), cgn_port_steer_compare);
	*out = dst;
	*n_out = n;
	return 0;
}

static int
start_ports(struct cgn_dataplane *dp)
{
	struct cgn_port_env env = { .mp = dp->mp, .socket = dp->socket };
	struct cgn_port_dst *dst = NULL;
	int ret = 0;

	env.owners.steer = &dp->steer;
	/* One worker owns all addresses: there is nothing to match. */
	if (dp->n_workers > 1)
		ret = list_owners(dp->snapshot->nat.book, &dst, &env.owners.n_dst);
	env.owners.dst = dst;
	for (unsigned int i = 0; ret == 0 && i < dp->n_ports; i++)
		ret = cgn_port_start(&dp->ports[i], &env);
	free(dst);
	if (ret == 0)
		cgn_port_wait_links(dp->ports, dp->n_ports, LINK_WAIT_MS);
	return ret;
}

/* List the rx queues of a worker. @param rx NULL: only count */
static unsigned int
list_rx(const struct cgn_dataplane *dp, unsigned int worker, struct cgn_worker_rx *rx)
{
	unsigned int n = 0;

	for (unsigned int p = 0; p < dp->n_ports; p++) {
		const struct cgn_port_plan *plan = &dp->ports[p].plan;

		for (uint16_t q = 0; q < plan->n_rxq; q++) {
			if (cgn_port_plan_worker(plan, q, dp->n_workers) != worker)
				continue;
			if (rx != NULL)
				rx[n] = (struct cgn_worker_rx){
					.port = (uint16_t)p,
					.ethdev = dp->ports[p].id,
					.queue = q,
				};
			n++;
		}
	}
	return n;
}

static void
list_tx(const struct cgn_dataplane *dp, unsigned int worker, struct cgn_worker_tx *tx)
{
	for (unsigned int p = 0; p < dp->n_ports; p++)
		tx[p] = (struct cgn_worker_tx){
			.ethdev = dp->ports[p].id,
			.queue = (uint16_t)worker,
			.tx_ring = dp->queues.tx_ring[p][worker],
		};
}

/* List the tx rings that a worker serves. @param tx_rings NULL: only count */
static unsigned int
list_tx_rings(const struct cgn_dataplane *dp, unsigned int worker,
		struct cgn_worker_tx_ring *tx_rings)
{
	unsigned int n = 0;

	for (unsigned int p = 0; p < dp->n_ports; p++) {
		unsigned int n_txq = dp->ports[p].plan.n_txq;

		for (unsigned int w = worker + n_txq; worker < n_txq && w < dp->n_workers;
				w += n_txq) {
			if (tx_rings != NULL)
				tx_rings[n] = (struct cgn_worker_tx_ring){
					.ring = dp->queues.tx_ring[p][w],
					.port = (uint16_t)p,
				};
			n++;
		}
	}
	return n;
}

static void
list_pkt_ports(const struct cgn_dataplane *dp, struct cgn_worker_cfg *cfg,
		struct cgn_pkt_port *pkt_ports)
{
	for (unsigned int p = 0; p < dp->n_ports; p++) {
		pkt_ports[p] = (struct cgn_pkt_port){
			.mac = dp->ports[p].mac,
			.vlan = dp->conf->ports[p].vlan,
		};
		if ((dp->ports[p].plan.tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0)
			cfg->tx_multi_seg |= UINT64_C(1) << p;
	}
	cfg->pkt_ports = pkt_ports;
}

/* Create one worker. cfg already has what is the same for all workers. */
static int
create_worker(struct cgn_dataplane *dp, unsigned int w, struct cgn_worker_cfg *cfg)
{
	struct rte_ring *from[CGN_WORKERS_MAX];
	struct cgn_worker_tx tx[CGN_PORTS_MAX];
	struct cgn_worker_tx_ring *tx_rings = NULL;
	struct cgn_worker_rx *rx = NULL;
	int ret = -ENOMEM;

	cfg->id = w;
	cfg->shares_core = shares_core(dp, dp->lcores[w]);
	cfg->n_rx = list_rx(dp, w, NULL);
	cfg->n_tx_rings = list_tx_rings(dp, w, NULL);
	rx = calloc(cfg->n_rx + 1, sizeof(*rx));
	tx_rings = calloc(cfg->n_tx_rings + 1, sizeof(*tx_rings));
	if (rx == NULL || tx_rings == NULL)
		goto free_lists;
	list_rx(dp, w, rx);
	list_tx(dp, w, tx);
	list_tx_rings(dp, w, tx_rings);
	for (unsigned int i = 0; i < dp->n_workers; i++)
		from[i] = dp->queues.handover[i][w];
	cfg->rx = rx;
	cfg->tx = tx;
	cfg->tx_rings = tx_rings;
	cfg->from = from;
	cfg->to = dp->queues.handover[w];
	cfg->cmd = dp->queues.cmd[w];
	cfg->evt = dp->queues.evt[w];
	cfg->punt = dp->queues.punt[w];
	cfg->inject = w == 0 ? dp->queues.inject : NULL;
	cfg->n_subscribers = &dp->n_subscribers;
	cfg->awaits_state = dp->await != NULL;
	cfg->records = dp->records == NULL ? NULL : &dp->records[w];
	ret = -EIO;
	if (getrandom(cfg->seed, sizeof(cfg->seed), 0) == (ssize_t)sizeof(cfg->seed))
		ret = cgn_worker_create(&dp->workers[w], cfg);

free_lists:
	free(rx);
	free(tx_rings);
	return ret;
}

static int
create_workers(struct cgn_dataplane *dp)
{
	struct cgn_pkt_port pkt_ports[CGN_PORTS_MAX];
	struct cgn_worker_cfg cfg = {
		.n_workers = dp->n_workers,
		.socket = dp->socket,
		.snapshot = dp->snapshot,
		.steer = &dp->steer,
		.mp = dp->mp,
		.wake_fd = dp->wake_fd,
		.tsc = cgn_tsc_init(rte_rdtsc(), rte_get_tsc_hz()),
	};

	list_pkt_ports(dp, &cfg, pkt_ports);
	for (unsigned int w = 0; w < dp->n_workers; w++) {
		int ret;

		/* What is reserved from here on belongs to this worker. It commits that memory itself
		 * (prefault.c). */
		cgn_mem_set_owner(w);
		ret = create_worker(dp, w, &cfg);
		if (ret < 0) {
			CGN_LOG(MEMORY, "worker %u cannot be created: %s%s", w, rte_strerror(-ret),
					ret == -ENOMEM ? "; give EAL more (scripts/hugepages.sh MIB, or eal: [-m, MIB])"
						       : "");
			return ret;
		}
	}
	return 0;
}

static unsigned int
dataplane_owner_of(const void *ctx, rte_be32_t addr)
{
	const struct cgn_dataplane *dp = ctx;

	return cgn_owner_of(&dp->snapshot->owner, addr);
}

static unsigned int
owner_of6(const void *ctx, const struct cgn_ip6 *b4)
{
	const struct cgn_dataplane *dp = ctx;

	return cgn_owner_of6(&dp->snapshot->owner, b4);
}

/* Devices match the destinations of a snapshot before workers use it. That is right, because an address that stays keeps
 * its worker, and packets to a new one are dropped by any worker. If the snapshot is given up, an address that it does
 * not have has no rule until the next reload: its packets are handed over. So this need not wait for the change, and the
 * thread that reads the file has time for slow devices. */
static int
follow_owners(struct cgn_dataplane *dp, const struct cgn_snapshot *next)
{
	struct cgn_port_owners owners = { .steer = &dp->steer };
	struct cgn_port_dst *dst;
	int ret;

	if (dp->n_workers == 1)
		return 0;
	ret = list_owners(next->nat.book, &dst, &owners.n_dst);
	if (ret < 0)
		return ret;
	owners.dst = dst;
	for (unsigned int i = 0; i < dp->n_ports; i++)
		cgn_port_follow(&dp->ports[i], &owners);
	free(dst);
	return 0;
}

static int
snapshot_create(void *ctx, const struct cgn_conf *conf, struct cgn_snapshot **out,
		char why[static CGN_PLANES_WHY_MAX])
{
	struct cgn_dataplane *dp = ctx;
	struct cgn_snapshot *s;
	int ret;

	static_assert(CGN_PLANES_WHY_MAX >= CGN_BOOK_WHY_MAX, "room for a reason of the book");
	ret = cgn_snapshot_create(&s, conf, &dp->steer, dp->moved, dp->snapshot, why);
	if (ret < 0)
		return ret;
	ret = follow_owners(dp, s);
	if (ret < 0)
		cgn_snapshot_free(s);
	else
		*out = s;
	return ret;
}

/* The snapshot of the start. The subscribers of the process before this one must be known before. */
static int
first_snapshot(struct cgn_dataplane *dp)
{
	char why[CGN_PLANES_WHY_MAX] = "";
	int ret = 0;

	if (dp->await != NULL)
		ret = cgn_moved_create(&dp->moved, dp->conf, &dp->steer, dp->await->pairings,
				dp->await->n);
	if (ret == 0)
		ret = snapshot_create(dp, dp->conf, &dp->snapshot, why);
	if (ret < 0 && why[0] != '\0')
		CGN_LOG(ADDRESSES_UNUSABLE, "external addresses: %s", why);
	return ret;
}

static void
snapshot_lend(void *ctx, struct cgn_snapshot *s)
{
	struct cgn_dataplane *dp = ctx;

	dp->lent = s;
}

static int
dataplane_set_mtu(void *ctx, unsigned int port, uint16_t mtu, uint16_t *max)
{
	struct cgn_dataplane *dp = ctx;

	return cgn_port_set_mtu(&dp->ports[port], mtu, max);
}

static struct cgn_snapshot *
snapshot_use(void *ctx)
{
	struct cgn_dataplane *dp = ctx;
	struct cgn_snapshot *old = dp->snapshot;

	dp->snapshot = dp->lent;
	dp->lent = NULL;
	return old;
}

static void
fill_planes(struct cgn_dataplane *dp)
{
	struct cgn_planes *planes = &dp->planes;

	planes->n_workers = dp->n_workers;
	for (unsigned int w = 0; w < dp->n_workers; w++)
		planes->workers[w] = (struct cgn_plane_worker){
			.cmd = dp->queues.cmd[w],
			.evt = dp->queues.evt[w],
			.punt = dp->queues.punt[w],
			.records = dp->records == NULL ? NULL : &dp->records[w],
			.stats = cgn_worker_stats(dp->workers[w]),
			.lcore = dp->lcores[w],
		};
	planes->n_ports = dp->n_ports;
	for (unsigned int p = 0; p < dp->n_ports; p++)
		planes->ports[p] = (struct cgn_plane_port){
			.dpdk_port = dp->ports[p].id,
			.if_index = dp->ports[p].if_index,
			.is_xdp = dp->ports[p].caps.is_umem,
			.n_rxq = dp->ports[p].plan.n_rxq,
			.n_txq = dp->ports[p].plan.n_txq,
			.steering = dp->ports[p].plan.steering,
			.mac = dp->ports[p].mac,
		};
	planes->inject = dp->queues.inject;
	planes->ctl_pool = dp->ctl_pool;
	planes->owner = dataplane_owner_of;
	planes->owner6 = owner_of6;
	planes->ctx = dp;
	planes->snapshot_create = snapshot_create;
	planes->snapshot_free = cgn_snapshot_free;
	planes->snapshot_lend = snapshot_lend;
	planes->snapshot_use = snapshot_use;
	planes->set_mtu = dataplane_set_mtu;
	planes->wake_fd = dp->wake_fd;
}

static int
build_dataplane(struct cgn_dataplane *dp)
{
	int ret;

	dp->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (dp->wake_fd < 0)
		return -errno;
	/* The order follows the dependencies: the packet pool is sized by the ports' descriptors and the
	 * rings, started ports need the pool and the address book, and workers need the MAC addresses of started
	 * ports. */
	ret = place_workers(dp);
	if (ret == 0)
		ret = dataplane_open_ports(dp);
	if (ret == 0)
		ret = create_queues(dp);
	if (ret == 0)
		ret = create_records(dp);
	if (ret == 0)
		ret = create_pools(dp);
	if (ret == 0)
		ret = first_snapshot(dp);
	if (ret == 0)
		ret = start_ports(dp);
	if (ret == 0)
		ret = create_workers(dp);
	/* All tables are reserved now, so their size is known. */
	if (ret == 0)
		ret = cgn_prefault_check(
				cgn_mem_reserved(), cgn_mem_available(), dp->conf->prefault);
	if (ret == 0 && dp->conf->prefault)
		ret = cgn_prefault_run(dp->lcores, dp->n_workers);
	if (ret == 0)
		fill_planes(dp);
	return ret;
}

int
cgn_dataplane_create(struct cgn_dataplane **out, const struct cgn_conf *conf,
		const struct cgn_state_await *await)
{
	struct cgn_dataplane *dp = calloc(1, sizeof(*dp));
	int ret;

	if (dp == NULL)
		return -ENOMEM;
	dp->conf = conf;
	dp->await = await;
	dp->n_workers = conf->workers;
	dp->n_ports = (unsigned int)conf->n_ports;
	cgn_steer_init(&dp->steer, dp->n_workers, cgn_steer_default_key);
	ret = build_dataplane(dp);
	dp->await = NULL;
	if (ret < 0) {
		cgn_dataplane_destroy(dp);
		return ret;
	}
	*out = dp;
	return 0;
}

int
cgn_dataplane_start(struct cgn_dataplane *dp)
{
	dp->is_running = true;
	for (unsigned int w = 0; w < dp->n_workers; w++) {
		int ret = rte_eal_remote_launch(cgn_worker_run, dp->workers[w], dp->lcores[w]);

		if (ret < 0) {
			CGN_LOG(START_FAILED, "worker %u does not start on lcore %u: %s", w,
					dp->lcores[w], rte_strerror(-ret));
			cgn_dataplane_stop(dp);
			return ret;
		}
	}
	return 0;
}

void
cgn_dataplane_open(struct cgn_dataplane *dp)
{
	for (unsigned int w = 0; w < dp->n_workers; w++)
		cgn_worker_open(dp->workers[w]);
}

static int
join_workers(const struct cgn_dataplane *dp)
{
	unsigned int waited_ms = 0;

	for (unsigned int w = 0; w < dp->n_workers; w++)
		cgn_worker_stop(dp->workers[w]);
	for (unsigned int w = 0; w < dp->n_workers; w++) {
		/* rte_eal_wait_lcore() alone would wait for ever for a worker that hangs. */
		while (rte_eal_get_lcore_state(dp->lcores[w]) == RUNNING) {
			if (waited_ms >= STOP_WAIT_MS) {
				CGN_LOG(WORKER_STUCK, "worker %u does not stop", w);
				return -ETIMEDOUT;
			}
			rte_delay_us_sleep(1000);
			waited_ms++;
		}
		rte_eal_wait_lcore(dp->lcores[w]);
	}
	return 0;
}

int
cgn_dataplane_stop(struct cgn_dataplane *dp)
{
	bool is_left = true;
	int ret;

	if (!dp->is_running)
		return 0;
	ret = join_workers(dp);
	if (ret < 0)
		return ret;
	dp->is_running = false;
	/* A packet that one worker drains may go to the ring of another. */
	for (unsigned int round = 0; is_left && round < DRAIN_ROUNDS; round++) {
		is_left = false;
		for (unsigned int w = 0; w < dp->n_workers; w++)
			is_left |= cgn_worker_drain(dp->workers[w]);
	}
	for (unsigned int w = 0; w < dp->n_workers; w++)
		cgn_worker_flush(dp->workers[w]);
	return 0;
}

void
cgn_dataplane_destroy(struct cgn_dataplane *dp)
{
	if (dp == NULL)
		return;
	if (dp->is_running && cgn_dataplane_stop(dp) < 0)
		return; /* a worker still uses it */
	/* The workers come first: they hold packets of the pools and use the ports. The pools come last. */
	for (unsigned int w = 0; w < dp->n_workers; w++)
		cgn_worker_destroy(dp->workers[w]);
	for (unsigned int p = 0; p < dp->n_ports; p++)
		cgn_port_close(&dp->ports[p]);
	cgn_snapshot_free(dp->snapshot);
	cgn_snapshot_free(dp->lent);
	cgn_moved_destroy(dp->moved);
	cgn_queues_fini(&dp->queues);
	rte_free(dp->records);
	rte_mempool_free(dp->ctl_pool);
	rte_mempool_free(dp->mp);
	if (dp->wake_fd >= 0)
		close(dp->wake_fd);
	free(dp);
}

const struct cgn_planes *
cgn_dataplane_planes(const struct cgn_dataplane *dp)
{
	return &dp->planes;
}
