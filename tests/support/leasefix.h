/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_LEASEFIX_H
#define CGN_TEST_LEASEFIX_H

/**
 * @file
 * A table of leases with a simulated worker, which is an array. The test sets the clocks and says when the
 * worker replies.
 */

#include "controlplane/lease/lease_service.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

#define LF_MAPPINGS 256
#define LF_CALLS    4096

#define LF_X        RTE_BE32(0xc6336407) /* 198.51.100.7: everybody's external address */
#define LF_X2       RTE_BE32(0xc6336408) /* but H2 is bound to this one */
#define LF_H1       RTE_BE32(0x6440010b) /* 100.64.1.11 */
#define LF_H2       RTE_BE32(0x6440010c)
#define LF_GW       RTE_BE32(0x64400001)
#define LF_WALL     INT64_C(1800000000000)
#define LF_BOOT     INT64_C(900000)

struct lf_mapping {
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	uint8_t flags;
	bool is_used;
	uint32_t used_s; /* traffic keeps it for so long after a deletion by PCP */
};

struct lf_call {
	struct cgn_lessor_call *call;
	struct cgn_cmd_map map;
	const struct cgn_lease_extra *extra; /* valid until the reply; NULL: no filters */
	uint16_t op;
};

struct lf {
	struct cgn_timerq *timers;
	struct cgn_lessor *lessor;
	struct cgn_realms *realms;         /* of lf_start(): NULL unless the test sets it */
	struct cgn_lease_service *service; /* of lf_serve() */
	uint64_t now_ms;
	int64_t wall_ms; /* at now_ms */
	int64_t boot_ms; /* the same of CLOCK_BOOTTIME */
	struct lf_mapping mappings[LF_MAPPINGS];
	struct lf_call calls[LF_CALLS]; /* not replied to yet */
	unsigned int n_calls;
	unsigned int room; /* commands that the worker's ring takes */
	unsigned int n_sent;
	struct cgn_cmd_map last; /* command sent last */
	uint16_t last_op;
	struct cgn_filter filters[CGN_FILTERS_MAX]; /* of the last command that has some */
	uint16_t set_max; /* ports of a set that the worker makes; 0: all */
	int refuse;       /* result of new mappings and bindings: 0 or -errno */
	uint16_t next_port;
	rte_be32_t ext_addr;     /* of new mappings; 0: LF_X */
	uint32_t lifetime_max_s; /* that the worker grants; 0: as asked */
	unsigned int n_lost;     /* clients reported as lost */
	rte_be32_t lost_addr;
	unsigned int n_answers; /* lf_done() calls */
	struct cgn_lessor_answer answer;
};

static inline int
lf_send(void *ctx, uint16_t op, const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms)
{
	struct lf *f = ctx;
	const struct cgn_filter *filters = extra == NULL ? NULL : extra->filters;

	CU_ASSERT_EQUAL(now_ms, f->now_ms);
	if (f->n_calls >= f->room)
		return -ENOBUFS;
	f->calls[f->n_calls++] = (struct lf_call){
		.call = call, .map = *map, .extra = extra, .op = op
	};
	f->n_sent++;
	f->last = *map;
	f->last_op = op;
	CU_ASSERT_EQUAL(map->n_filters != 0, filters != NULL);
	if (filters != NULL)
		memcpy(f->filters, filters, map->n_filters * sizeof(*filters));
	return 0;
}

static inline int64_t
lf_wall(void *ctx)
{
	return ((const struct lf *)ctx)->wall_ms;
}

static inline int64_t
lf_boot(void *ctx)
{
	return ((const struct lf *)ctx)->boot_ms;
}

static inline void
lf_lost(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct lf *f = ctx;

	(void)realm;
	CU_ASSERT_EQUAL(now_ms, f->now_ms);
	f->n_lost++;
	f->lost_addr = addr;
}

static inline struct lf_mapping *
lf_find(struct lf *f, const struct cgn_ep4 *in)
{
	for (unsigned int i = 0; i < LF_MAPPINGS; i++) {
		if (f->mappings[i].is_used && memcmp(&f->mappings[i].in, in, sizeof(*in)) == 0)
			return &f->mappings[i];
	}
	return NULL;
}

static inline struct lf_mapping *
lf_add(struct lf *f, const struct cgn_ep4 *in, uint16_t ext_port, uint8_t flags)
{
	unsigned int i = 0;

	while (i < LF_MAPPINGS && f->mappings[i].is_used)
		i++;
	CU_ASSERT_TRUE_FATAL(i < LF_MAPPINGS);
	f->mappings[i] = (struct lf_mapping){
		.in = *in,
		.ext = { .addr = f->ext_addr != 0 ? f->ext_addr : LF_X,
				.port = rte_cpu_to_be_16(ext_port),
				.proto = in->proto },
		.flags = flags,
		.is_used = true,
	};
	return &f->mappings[i];
}

/* The other ports of a set. */
static inline void
lf_add_set(struct lf *f, struct cgn_cmd_map *map)
{
	uint16_t i = 1;

	for (; i < map->set_size && (f->set_max == 0 || i < f->set_max); i++) {
		struct cgn_ep4 in = map->in;

		in.port = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(in.port) + i));
		if (lf_find(f, &in) == NULL)
			lf_add(f, &in, (uint16_t)(rte_be_to_cpu_16(map->ext.port) + i),
					CGN_MAPPING_EXPLICIT);
	}
	map->set_size = i;
}

static inline int
lf_carry_out(struct lf *f, uint16_t op, struct cgn_cmd_map *map)
{
	struct lf_mapping *m = lf_find(f, &map->in);
	bool is_peer = (map->flags & CGN_MAPPING_PEER) != 0;
	uint16_t port;

	if (op == CGN_CMD_BIND) {
		map->ext.addr = map->in.addr == LF_H2 ? LF_X2 : LF_X;
		return f->refuse;
	}
	if (op == CGN_CMD_MAP_DEL) {
		if (m == NULL)
			return -ENOENT;
		if ((m->flags & CGN_MAPPING_STATIC) != 0)
			return -EPERM;
		if (m->flags == CGN_MAPPING_IMPLICIT)
			return -EADDRINUSE;
		map->lifetime_s = (map->flags & CGN_MAPPING_AGES) != 0 ? m->used_s : 0;
		m->is_used = map->lifetime_s != 0;
		return 0;
	}
	if (m == NULL && (map->flags & CGN_MAPPING_IF_LOST) != 0 && map->lifetime_s == 0)
		return -ENOENT;
	if (m == NULL) {
		if (f->refuse < 0)
			return f->refuse;
		port = map->ext.port != 0 ? rte_be_to_cpu_16(map->ext.port) : f->next_port++;
		m = lf_add(f, &map->in, port, CGN_MAPPING_EXPLICIT);
	}
	if ((m->flags & CGN_MAPPING_STATIC) == 0)
		m->flags = CGN_MAPPING_EXPLICIT;
	map->ext = m->ext;
	map->flags = m->flags;
	if (f->lifetime_max_s != 0)
		map->lifetime_s = RTE_MIN(map->lifetime_s, f->lifetime_max_s);
	if (!is_peer && (map->flags & CGN_MAPPING_STATIC) == 0 && map->set_size > 1)
		lf_add_set(f, map);
	return 0;
}

/** The worker carries out its commands in order and replies. */
static inline void
lf_reply(struct lf *f)
{
	for (unsigned int i = 0; i < f->n_calls; i++) {
		struct lf_call *c = &f->calls[i];
		int ret = lf_carry_out(f, c->op, &c->map);

		cgn_lessor_replied(c->call, ret, &c->map, f->now_ms);
	}
	f->n_calls = 0;
}

/** The worker does not answer. */
static inline void
lf_time_out(struct lf *f)
{
	for (unsigned int i = 0; i < f->n_calls; i++)
		cgn_lessor_replied(f->calls[i].call, -ETIMEDOUT, NULL, f->now_ms);
	f->n_calls = 0;
}

/** Let time pass. Timers run when they are due. */
static inline void
lf_advance(struct lf *f, uint64_t ms)
{
	uint64_t end = f->now_ms + ms;
	uint64_t due;

	while ((due = cgn_timerq_next(f->timers)) <= end) {
		due = due > f->now_ms ? due : f->now_ms;
		f->wall_ms += (int64_t)(due - f->now_ms);
		f->boot_ms += (int64_t)(due - f->now_ms);
		f->now_ms = due;
		cgn_timerq_run(f->timers, due, 1);
	}
	f->wall_ms += (int64_t)(end - f->now_ms);
	f->boot_ms += (int64_t)(end - f->now_ms);
	f->now_ms = end;
}

/* A test may add functions before it begins. */
static struct cgn_lessor_ops lf_ops = { .send = lf_send,
	.wall_ms = lf_wall,
	.boot_ms = lf_boot,
	.lost = lf_lost };

/** Make a lessor with a new worker, as after a start of cgnd. The clocks go on. */
static inline void
lf_start(struct lf *f, struct cgn_store *store)
{
	struct cgn_lessor_cfg cfg = {
		.ops = &lf_ops, .ctx = f, .store = store, .realms = f->realms, .seed = 1
	};

	memset(f->mappings, 0, sizeof(f->mappings));
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&f->timers), 0);
	cfg.timers = f->timers;
	CU_ASSERT_EQUAL_FATAL(cgn_lessor_create(&f->lessor, &cfg, f->now_ms), 0);
}

static inline void
lf_begin(struct lf *f)
{
	*f = (struct lf){ .now_ms = 5000,
		.wall_ms = LF_WALL,
		.boot_ms = LF_BOOT,
		.room = LF_CALLS,
		.next_port = 40000 };
	lf_start(f, NULL);
}

/** Make a lease service that uses the lessor. @p refused may be NULL */
static inline struct cgn_lease_service *
lf_serve(struct lf *f, const struct cgn_conf *conf, struct cgn_realms *realms,
		void (*refused)(void *ctx, const struct cgn_asker *asker, enum cgn_refusal why,
				uint64_t now_ms))
{
	const struct cgn_lease_service_cfg cfg = { .conf = conf,
		.lessor = f->lessor,
		.realms = realms,
		.timers = f->timers,
		.refused = refused,
		.ctx = f };

	CU_ASSERT_EQUAL_FATAL(cgn_lease_service_create(&f->service, &cfg), 0);
	return f->service;
}

static inline void
lf_end(struct lf *f)
{
	lf_time_out(f);
	cgn_lease_service_destroy(f->service);
	cgn_lessor_destroy(f->lessor);
	cgn_timerq_destroy(f->timers);
}

#endif /* CGN_TEST_LEASEFIX_H */
