/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_STATE_H
#define CGN_LESSOR_STATE_H

/**
 * @file
 * The inside of the lessor, for the files that it consists of: lessor.c (requests and the workers' replies),
 * lessor_record.c, lessor_commit.c, lessor_epoch.c and lessor_load.c.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/leasetable.h"
#include "controlplane/lease/lessor_cfg.h"

/** Deletions that are answered together. */
struct cgn_lessor_batch {
	cgn_lessor_done done;
	void *arg;
	uint32_t n_open;
	struct cgn_lessor_answer answer;
	bool is_revoked;
	uint32_t realm;
	rte_be32_t addr;
	uint32_t lifetime_s; /* the longest of what is lost */
};

/** What a command to a worker is for. */
enum cgn_lessor_call_kind {
	CGN_LESSOR_CALL_MAP,
	CGN_LESSOR_CALL_UNMAP,
	CGN_LESSOR_CALL_BIND,
	CGN_LESSOR_CALL_RESTORE,
};

/** A command that a worker has not answered yet. */
struct cgn_lessor_call {
	struct cgn_lessor *lessor;
	enum cgn_lessor_call_kind kind;
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	struct cgn_lessor_batch *batch; /* of CGN_LESSOR_CALL_UNMAP; NULL: alone */
};

/** The lessor. Its own files change it, nobody else. */
struct cgn_lessor {
	struct cgn_lessor_cfg cfg;
	struct cgn_leasetable table;
	int64_t epoch_ms;         /* start of the epoch */
	const char *epoch_reason; /* why it began at the start; NULL: it went on */
	struct cgn_timer lazy;    /* commits what nobody waits for */
	struct cgn_timer tidy;    /* says what the clocks show, and forgets epochs */
	struct cgn_timer fill;    /* puts leases into a store that came late */
	uint32_t n_unstored;      /* leases that the store does not have */
	uint32_t filled_to;       /* place in the table */
	bool is_filling;          /* the store does not have all leases yet */
	bool is_late;             /* it came late and does not have all: answers do without it */
	uint64_t trusted_ms;      /* answers wait for one that came late if it fails after this */
	bool is_whole_commit;     /* the commit that began last leaves nothing out */
	struct cgn_lessor_wait *coming;  /* wait for the next commit */
	struct cgn_lessor_wait *waiting; /* wait for the one under way */
	uint32_t n_loaded;               /* leases not back yet */
	uint32_t restoring;              /* commands under way for them */
	uint32_t restored_to;
	struct cgn_lessor_stats stats;
};

/** Time that a lease has left. */
static inline uint64_t
cgn_lessor_left_ms(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	return x->timer.due_ms > now_ms ? x->timer.due_ms - now_ms : 0;
}

/** The wall clock, as struct cgn_lessor_ops has it. */
static inline int64_t
cgn_lessor_wall_ms(const struct cgn_lessor *l)
{
	return l->cfg.ops->wall_ms(l->cfg.ctx);
}

/** The clock of the store's times. */
static inline int64_t
cgn_lessor_boot_ms(const struct cgn_lessor *l)
{
	return l->cfg.ops->boot_ms(l->cfg.ctx);
}

#endif /* CGN_LESSOR_STATE_H */
