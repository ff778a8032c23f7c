/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_STORE_H
#define CGN_LESSOR_STORE_H

/**
 * @file
 * The inside of the lessor, and its part that has to do with time: what is put into the store, epochs, and
 * what is read at a start. Requests and the workers' replies are in lessor.c.
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

enum cgn_lessor_call_kind {
	CALL_MAP,
	CALL_UNMAP,
	CALL_BIND,
	CALL_RESTORE,
};

struct cgn_lessor_call {
	struct cgn_lessor *lessor;
	enum cgn_lessor_call_kind kind;
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	struct cgn_lessor_batch *batch; /* of CALL_UNMAP; NULL: alone */
};

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

/** Prepare timers and the callback of the realms; the table of leases is there. */
void cgn_lessor_store_init(struct cgn_lessor *l, uint64_t now_ms);

/** The reverse. */
void cgn_lessor_store_fini(struct cgn_lessor *l);

/** Make a lease that ends at a time. NULL: no memory. */
struct cgn_leasetable_lease *cgn_lessor_store_add(
		struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms);

/** Put a lease into the store, and its realm. */
void cgn_lessor_store_put(struct cgn_leasetable_lease *x, uint64_t now_ms);

/** Take a lease out of the store and the table. */
void cgn_lessor_store_forget(struct cgn_leasetable_lease *x, uint64_t now_ms);

/**
 * A client has lost something: its epoch begins anew, the others' goes on.
 *
 * @param lifetime_s  the longest lifetime of what it has lost
 */
void cgn_lessor_store_reset(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t lifetime_s, uint64_t now_ms);

/** When a client's epoch started; may lie before the clock's zero. */
int64_t cgn_lessor_store_epoch(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr);

/** cgn_lessor_load() */
int cgn_lessor_store_load(struct cgn_lessor *l, uint64_t now_ms);

/** cgn_lessor_set_store() */
int cgn_lessor_store_set(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms);

/** cgn_lessor_commit() */
int cgn_lessor_store_commit(struct cgn_lessor *l, uint64_t now_ms);

/** cgn_lessor_wait() */
void cgn_lessor_store_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms);

/** Call all who wait. */
void cgn_lessor_store_release(struct cgn_lessor *l, int ret, uint64_t now_ms);

/** cgn_lessor_stored() */
void cgn_lessor_store_stored(struct cgn_lessor *l, uint64_t now_ms);

/** cgn_lessor_old_stamp() */
void cgn_lessor_store_old_stamp(const struct cgn_lessor *l, int64_t *wall_ms, int64_t *boot_ms);

#endif /* CGN_LESSOR_STORE_H */
