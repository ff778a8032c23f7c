/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Adds up the memory of packet buffers, EAL's heap and tables.
 */
#include "dataplane/footprint.h"

#include "dataplane/device/port_plan.h"
#include "dataplane/link/neigh.h"
#include "dataplane/nat/block.h"
#include "dataplane/nat/capacity.h"
#include "dataplane/nat/filters.h"
#include "dataplane/nat/hold.h"
#include "dataplane/nat/index.h"
#include "dataplane/nat/mapping.h"
#include "dataplane/nat/pool.h"
#include "dataplane/nat/remotes.h"
#include "dataplane/nat/session.h"
#include "dataplane/nat/subtable.h"
#include "dataplane/packet_budget.h"
#include "dataplane/queues.h"
#include "shared/msg.h"
#include "shared/record.h"

#include <rte_common.h>
#include <rte_mbuf.h>

#define PORTS       ((size_t)1 << 16)
#define LOAD_TENTHS 35 /* entries of a bucket of an index, in tenths: index.h */
#define POOL_HEADER 64 /* octets that rte_mempool puts in front of a buffer */
#define POOL_SPREAD 64 /* and behind it, so that buffers use all channels of the memory */
#define HASH_ALIGN  16 /* of an entry of rte_hash */
#define HASH_HEADER 8  /* octets in front of its key */
#define HASH_BUCKET 64 /* octets of a bucket of rte_hash */
#define HASH_WAYS   8  /* entries of a bucket */
#define SESSION_KEY 12 /* octets of a key of the sessions' hash: session.c */
#define WORKER_HEAP ((size_t)4 << 20) /* counters, reassembly, rings with the control thread */
#define EAL_HEAP    ((size_t)4 << 20)

/* What the addresses and groups of a configuration add up to, for one worker. */
struct share {
	size_t addresses;
	uint64_t ports; /* of all protocols */
	size_t blocks;
};

static unsigned int
block_size_of(const struct cgn_conf *conf, size_t pool)
{
	for (size_t g = 0; g < conf->n_groups; g++) {
		if (!conf->groups[g].is_gone && conf->groups[g].pool == pool)
			return conf->groups[g].block_size;
	}
	return CGN_BLOCK_MAX;
}

static struct share
share_of(const struct cgn_conf *conf, unsigned int n_workers)
{
	struct share s = { 0 };

	for (size_t p = 0; p < conf->n_pools; p++) {
		const struct cgn_conf_pool *pool = &conf->pools[p];
		size_t n = (pool->n_addresses + n_workers - 1) / n_workers;
		unsigned int ports = pool->port_max - pool->port_min + 1u;

		s.addresses += n;
		s.ports += (uint64_t)n * ports * CGN_PROTO_COUNT;
		s.blocks += n * (ports / block_size_of(conf, p));
	}
	return s;
}

/* An rte_hash with a table of further buckets. */
static size_t
hash_octets(size_t entries, size_t key)
{
	size_t slots = rte_align64pow2(entries), buckets = slots / HASH_WAYS;

	return entries * RTE_ALIGN_CEIL(HASH_HEADER + key, (size_t)HASH_ALIGN) +
			2 * buckets * HASH_BUCKET + 2 * slots * sizeof(uint32_t);
}

static size_t
index_octets(uint32_t capacity)
{
	size_t n = (size_t)cgn_index_buckets_max(capacity) + capacity / CGN_INDEX_WAYS + 2;

	return n * sizeof(struct cgn_index_bucket);
}

/* By address: the index by the external endpoint, the ports in use, and who claimed them. */
static size_t
address_octets(void)
{
	return PORTS * sizeof(uint32_t) * CGN_PROTO_COUNT +
			PORTS / 64 * sizeof(struct cgn_block_cell) + PORTS * sizeof(uint32_t) +
			sizeof(struct cgn_block_grid) + sizeof(struct cgn_pool_link);
}

static size_t
full_octets(const struct cgn_conf *conf, const struct share *s)
{
	const struct cgn_conf_nat *nat = &conf->nat;
	uint32_t mappings = cgn_capacity_mappings(conf, s->ports);
	uint32_t subscribers = cgn_capacity_subscribers((uint32_t)s->blocks);

	return mappings * sizeof(struct cgn_mapping) + index_octets(mappings) +
			cgn_capacity_filters(mappings) * sizeof(struct cgn_filters_line) +
			nat->sessions_max * sizeof(struct cgn_session) +
			(sizeof(uint32_t) << cgn_remotes_bits(nat->sessions_max)) +
			nat->hold_down_max * sizeof(struct cgn_hold_entry) +
			s->addresses * address_octets() +
			s->blocks * (sizeof(struct cgn_block) + sizeof(struct cgn_pool_guard)) +
			subscribers * sizeof(struct cgn_subtable_entry) +
			CGN_NEIGH_MAX * sizeof(struct cgn_neigh);
}

static size_t
heap_octets(const struct cgn_conf *conf, const struct share *s, unsigned int n_workers)
{
	size_t handover = (size_t)(n_workers - 1) * cgn_queues_handover(n_workers) *
			sizeof(struct cgn_pktmsg);
	size_t records = conf->export.is_on
			? rte_align64pow2(conf->export.queue_max + 1) * sizeof(struct cgn_record)
			: 0;
	size_t hashes = hash_octets(conf->nat.sessions_max, SESSION_KEY) +
			hash_octets(cgn_capacity_subscribers((uint32_t)s->blocks),
					sizeof(struct cgn_subtable_key));

	return EAL_HEAP + n_workers * (WORKER_HEAP + handover + records + hashes);
}

/* A NIC has a queue for each worker. Devices of interfaces have one queue. */
static void
add_device(struct cgn_packet_budget *b, const char *device)
{
	const struct cgn_port_quirk *quirk = cgn_port_plan_quirk(device);
	unsigned int n = b->n_workers * CGN_PORT_PLAN_DESCRIPTORS;

	if (quirk != NULL && quirk->is_umem) {
		b->n_devices += CGN_PORT_PLAN_DESCRIPTORS + CGN_PORT_PLAN_UMEM;
	} else if (quirk == NULL || !quirk->copies) {
		b->n_txd += n;
		b->n_devices += 2 * n;
	}
}

/* Octets that the data of a packet may have in a buffer of the workers. Packet sockets need large ones. */
static size_t
room_of(const struct cgn_conf *conf)
{
	size_t room = CGN_PORT_PLAN_ROOM;

	for (size_t p = 0; p < conf->n_ports; p++) {
		const struct cgn_port_quirk *quirk = cgn_port_plan_quirk(conf->ports[p].device);

		if (quirk != NULL && quirk->is_socket)
			room = RTE_MAX(room, (size_t)cgn_port_plan_ring_frame(conf->ports[p].mtu));
	}
	return room;
}

static void
size_buffers(struct cgn_footprint *f, const struct cgn_conf *conf)
{
	const size_t around = sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM + POOL_HEADER +
			POOL_SPREAD;
	struct cgn_packet_budget b = {
		.n_workers = f->n_workers,
		.n_ports = (unsigned int)conf->n_ports,
		.n_inject = CGN_QUEUES_INJECT,
		.n_handover = cgn_queues_handover(f->n_workers),
		.n_rings = cgn_queues_mbufs_of_workers(f->n_workers),
	};
	unsigned int n_control;

	for (size_t p = 0; p < conf->n_ports; p++)
		add_device(&b, conf->ports[p].device);
	n_control = cgn_packet_budget_control(&b);
	f->n_buffers = cgn_packet_budget_workers(&b, conf);
	f->buffers = f->n_buffers * (around + room_of(conf)) +
			n_control * (around + CGN_PORT_PLAN_ROOM);
	f->n_buffers += n_control;
}

struct cgn_footprint
cgn_footprint_of(const struct cgn_conf *conf, unsigned int n_workers)
{
	const struct share s = share_of(conf, n_workers);
	struct cgn_footprint f = { .n_workers = n_workers };

	size_buffers(&f, conf);
	f.heap = heap_octets(conf, &s, n_workers);
	f.full = n_workers * full_octets(conf, &s);
	f.mapping = sizeof(struct cgn_mapping) + sizeof(struct cgn_index_bucket) * 10 / LOAD_TENTHS;
	/* TCP and UDP; ICMP has few identifiers, and they are in small pages. */
	f.address = 2 * PORTS * sizeof(uint32_t) + PORTS / 64 * sizeof(struct cgn_block_cell);
	f.held = sizeof(struct cgn_hold_entry);
	f.session = sizeof(struct cgn_session) + hash_octets(HASH_WAYS, SESSION_KEY) / HASH_WAYS;
	return f;
}
