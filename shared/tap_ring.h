/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_RING_H
#define CGN_TAP_RING_H

/**
 * @file
 * A ring of records of any size, from one thread to another. A record lies in one piece.
 *
 * Threads: one producer, one consumer.
 */

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/** The kind of what is skipped at the end of the memory. */
#define CGN_TAP_RING_PAD 0

/** What every record begins with. */
struct cgn_tap_head {
	uint32_t size; /* of the whole record; a multiple of eight */
	uint32_t kind; /* tap_record.h has the others */
};

/** The ring. */
struct cgn_tap_ring {
	uint8_t *at;
	uint64_t size;                      /* a power of two */
	alignas(64) _Atomic(uint64_t) head; /* octets ever written; the producer's */
	uint64_t pad; /* octets to skip before the record that is written now */
	alignas(64) _Atomic(uint64_t) tail; /* octets ever read; the consumer's */
};

/** Make a ring. @param size  octets, a power of two @return 0, -ENOMEM */
int cgn_tap_ring_init(struct cgn_tap_ring *r, size_t size);

/** Release it. */
void cgn_tap_ring_fini(struct cgn_tap_ring *r);

/**
 * Producer: room for the next record.
 *
 * @param max  octets, a multiple of eight, at most half of the ring
 * @return NULL: there is no room
 */
void *cgn_tap_ring_begin(struct cgn_tap_ring *r, size_t max);

/** Producer: the record is there. @param h  from cgn_tap_ring_begin(); its size is set */
void cgn_tap_ring_end(struct cgn_tap_ring *r, const struct cgn_tap_head *h);

/** Consumer: the next record. @return NULL: there is none */
const struct cgn_tap_head *cgn_tap_ring_peek(struct cgn_tap_ring *r);

/** Consumer: the record of cgn_tap_ring_peek() is not used any more. */
void cgn_tap_ring_next(struct cgn_tap_ring *r, const struct cgn_tap_head *h);

#endif /* CGN_TAP_RING_H */
