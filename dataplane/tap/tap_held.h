/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_HELD_H
#define CGN_TAP_HELD_H

/**
 * @file
 * Packets that the engine holds: fragments, and packets whose next hop is not resolved. Their records wait here for what
 * becomes of them.
 *
 * The table is small. If it is full, the oldest record gives way, and nothing more is told of its packet.
 *
 * A record is found by its packet buffer. The engine may free the buffer without a word, and use it for a packet that it
 * makes itself. So the buffer is marked: `port`, which nothing but a device sets, has a number that only this record has.
 * Every new packet in the buffer has another `port`: that of its device, or none.
 *
 * Threads: single owner, the worker.
 */

#include "shared/clock.h"
#include "shared/tap_record.h"

struct rte_mbuf;

#define CGN_TAP_HELD_MAX  64
#define CGN_TAP_HELD_SIZE 2048 /* octets of a record; its frame is cut to fit */

/** A record that waits. */
struct cgn_tap_held_entry {
	const struct rte_mbuf
			*m; /* only compared; it may be free by now. NULL: the place is free */
	cgn_tick since;
	alignas(8) uint8_t record[CGN_TAP_HELD_SIZE];
};

/** All of a worker. */
struct cgn_tap_held {
	unsigned int n;
	struct cgn_tap_held_entry at[CGN_TAP_HELD_MAX];
};

/** Keep a record. @param m  the engine holds it; it is marked @param r  of this packet, with one frame */
void cgn_tap_held_keep(struct cgn_tap_held *h, struct rte_mbuf *m, const struct cgn_tap_record *r,
		cgn_tick now);

/** The record of an entry. */
static inline const struct cgn_tap_record *
cgn_tap_held_record(const struct cgn_tap_held_entry *e)
{
	return (const struct cgn_tap_record *)(const void *)e->record;
}

/**
 * The entry of a packet that the engine has held until now.
 *
 * @param m  a buffer in use. If it has another packet by now, its entry is freed.
 * @return NULL: there is none
 */
struct cgn_tap_held_entry *cgn_tap_held_find(struct cgn_tap_held *h, const struct rte_mbuf *m);

/** Forget the packet of before of a buffer that has come again. */
void cgn_tap_held_forget(struct cgn_tap_held *h, const struct rte_mbuf *m);

/** A fragment of the same datagram as @p r. @return NULL: there is none */
struct cgn_tap_held_entry *
cgn_tap_held_sibling(struct cgn_tap_held *h, const struct cgn_tap_record *r);

/** The fragment that waits longest. @param before  only one that has waited since then. @return NULL: there is none */
struct cgn_tap_held_entry *cgn_tap_held_oldest(struct cgn_tap_held *h, cgn_tick before);

/** Free an entry. */
void cgn_tap_held_free(struct cgn_tap_held *h, struct cgn_tap_held_entry *e);

#endif /* CGN_TAP_HELD_H */
