/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_STATE_H
#define CGN_LESSOR_STATE_H

/**
 * @file
 * The state of the lessor. Only its own files include it: lessor.c (requests, and the replies of workers),
 * lessor_record.c, lessor_commit.c, lessor_epoch.c, lessor_load.c and lessor_move.c.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/leasetable.h"
#include "controlplane/lease/lessor_cfg.h"

/** Several deletions that get one answer. */
struct cgn_lessor_batch {
	struct cgn_lessor *lessor;
	cgn_lessor_done done;
	void *arg;
	uint32_t n_open;
	struct cgn_lessor_answer answer;
	bool is_revoked;
	uint32_t realm;
	rte_be32_t addr;
	uint32_t lifetime_s; /* the longest lifetime of the lost leases */
};

/** What a command to a worker is for. */
enum cgn_lessor_call_kind {
	CGN_LESSOR_CALL_MAP,
	CGN_LESSOR_CALL_GO_ON, /* one of two parts of a lease is over; nobody waits for the reply */
	CGN_LESSOR_CALL_UNMAP,
	CGN_LESSOR_CALL_BIND,
	CGN_LESSOR_CALL_RESTORE,
	CGN_LESSOR_CALL_MOVE, /* request.ext_addr is the address that the lease leaves */
};

/** A command that a worker has not answered yet. */
struct cgn_lessor_call {
	struct cgn_lessor *lessor;
	struct cgn_lessor_call *next, **prev; /* of the calls of the lessor */
	enum cgn_lessor_call_kind kind;
	struct cgn_lessor_request request;
	cgn_lessor_done done;
	void *arg;
	bool is_peer;        /* of CGN_LESSOR_CALL_MAP: PEER has asked */
	bool is_beside_peer; /* of CGN_LESSOR_CALL_UNMAP: the lease goes on as one of PEER */
	struct cgn_lessor_batch *batch; /* of CGN_LESSOR_CALL_UNMAP; NULL: not in a batch */
};

/** The lessor. Only its own files change it. */
struct cgn_lessor {
	struct cgn_lessor_cfg cfg;
	struct cgn_leasetable table;
	struct cgn_lessor_call *calls; /* not answered yet */
	int64_t epoch_ms;              /* start of the epoch of all clients */
	const char *epoch_reason;      /* why the epoch began anew at the start; NULL: it went on */
	struct cgn_timer lazy;         /* commits changes that nobody waits for */
	struct cgn_timer tidy; /* puts a stamp into the store, and removes epochs that have ended */
	struct cgn_timer fill; /* puts leases into a store that came late */
	uint32_t n_unstored;   /* leases that the store does not have */
	uint32_t filled_to;    /* index of the lease that is looked at next to fill the store */
	bool is_filling;       /* the store does not have all leases yet */
	bool is_late; /* the store came late and has not committed all leases: no answer waits for it */
	uint64_t trusted_ms;  /* answers leave before it, even if a store that came late fails */
	bool is_whole_commit; /* the last commit that has begun includes all leases */
	struct cgn_lessor_wait *coming;  /* those who wait for the next commit */
	struct cgn_lessor_wait *waiting; /* those who wait for the commit under way */
	uint32_t n_loaded;  /* leases of the store that are not back at their workers yet */
	uint32_t restoring; /* commands under way that bring leases back */
	uint32_t restored_to;
	uint32_t move_left; /* the first leases of the table, which are to be looked at for a move (lessor_move.h) */
	uint32_t moving;      /* commands under way that move leases */
	bool must_look_again; /* some lease could not be asked for */
	struct cgn_lessor_stats stats;
};

/** When a lease ends: the later one of what MAP and PEER have asked for. */
static inline uint64_t
cgn_lessor_end(const struct cgn_leasetable_lease *x)
{
	return RTE_MAX(x->map_end_ms, x->peer_end_ms);
}

/** Seconds to a time of the loop's clock, rounded up. */
static inline uint32_t
cgn_lessor_left_s(uint64_t end_ms, uint64_t now_ms)
{
	return end_ms > now_ms ? (uint32_t)((end_ms - now_ms + 999) / 1000) : 0;
}

/** Whether a lease is one of NAT-PMP or MAP, perhaps beside PEER. */
static inline bool
cgn_lessor_has_map(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	return x->map_end_ms > now_ms;
}

/** Whether a lease is one of PEER, perhaps beside NAT-PMP or MAP. */
static inline bool
cgn_lessor_has_peer(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	return x->peer_end_ms > now_ms;
}

/** When something of a lease ends: what MAP has asked for, or PEER. @return 0: all has ended */
static inline uint64_t
cgn_lessor_next_end(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	if (cgn_lessor_has_map(x, now_ms) && cgn_lessor_has_peer(x, now_ms))
		return RTE_MIN(x->map_end_ms, x->peer_end_ms);
	return cgn_lessor_has_map(x, now_ms)             ? x->map_end_ms
			: cgn_lessor_has_peer(x, now_ms) ? x->peer_end_ms
							 : 0;
}

/**
 * Whether one part of a lease has ended while the other one goes on, and the worker does not know: the end of a part is
 * set to 0 when the worker is told.
 */
static inline bool
cgn_lessor_is_overdue(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	bool has_map = cgn_lessor_has_map(x, now_ms), has_peer = cgn_lessor_has_peer(x, now_ms);

	return (has_map && !has_peer && x->peer_end_ms != 0) ||
			(has_peer && !has_map && x->map_end_ms != 0);
}

/** Who may change what NAT-PMP or MAP has asked for. */
static inline struct cgn_lease_owner
cgn_lessor_owner(const struct cgn_leasetable_lease *x, uint64_t now_ms)
{
	return cgn_lessor_has_map(x, now_ms) ? x->by
					     : (struct cgn_lease_owner){ .by = CGN_LEASE_BY_PEER };
}

/** The wall clock: wall_ms() of struct cgn_lessor_ops. */
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
