/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECORD_DOOR_H
#define CGN_RECORD_DOOR_H

/**
 * @file
 * The producer's end of a ring of records. A producer never waits: if the ring is full, the record becomes part of a gap.
 *
 * The gap goes into the ring as soon as a quarter of the ring is free again: with the next record, or by
 * cgn_record_door_settle(). Until then all records are lost, so that there are few gaps.
 *
 * Threads: single owner, the producer. After the producer has ended, the exporter takes what is left.
 */

#include "shared/record.h"

#include <stdalign.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ring_elem.h>

/**
 * Where a producer puts its records. The owner of the ring sets ring, kinds, producer and has_destinations, and zeroes the
 * rest. The hot fields are in one cache line.
 */
struct cgn_record_door {
	alignas(64) struct rte_ring *ring; /* struct cgn_record; one producer, one consumer */
	uint32_t kinds;                    /* bit for each enum cgn_record_kind that is exported */
	uint16_t producer;
	bool has_destinations; /* a session is recorded with the host outside */
	bool is_restoring; /* what begins now is from a former process; only the producer writes it */
	_Atomic(uint64_t) seq; /* number of the last record; only the producer writes it */
	/* Time of the next records, cycles; 0: read the counter for each of them. Only the producer writes it, with release. */
	_Atomic(uint64_t) now;
	struct cgn_record gap;  /* what was lost and is not in the ring yet; all zero: nothing */
	struct cgn_record lost; /* what is filled while there is no room */
};

/** Whether records of a kind are exported. @param d  NULL: none are */
static inline bool
cgn_record_door_wants(const struct cgn_record_door *d, enum cgn_record_kind kind)
{
	return unlikely(d != NULL) && (d->kinds >> kind & 1) != 0;
}

/**
 * A place for the next record, in the ring itself. The caller assigns a whole record to it and calls
 * cgn_record_door_end(), with nothing of this door in between.
 */
struct cgn_record *cgn_record_door_begin(struct cgn_record_door *d);

/**
 * Number the record, set its time and its producer, and give it to the exporter.
 *
 * @param[in,out] r  from cgn_record_door_begin(). Not used any more
 * @return false: it is lost, and part of a gap. What it refers to still belongs to the caller
 */
bool cgn_record_door_end(struct cgn_record_door *d, struct cgn_record *r);

/** The two together. @param r  is copied; time, number and producer are not used. @return as cgn_record_door_end() */
bool cgn_record_door_put(struct cgn_record_door *d, const struct cgn_record *r);

/**
 * Go on where another door of the same producer ends: with the next number, and with its gap. The producer no longer uses
 * the other one. What is in its ring comes first.
 */
void cgn_record_door_succeed(struct cgn_record_door *d, struct cgn_record_door *before);

/** Put the gap into the ring if there is one and there is room. @return false: there is one, but no room */
bool cgn_record_door_settle(struct cgn_record_door *d);

/** Whether a number of records fits into the ring now, or the ring is empty. @param d  NULL: nothing is recorded */
bool cgn_record_door_has_room(struct cgn_record_door *d, unsigned int n);

/**
 * A time, cycles, up to which cgn_record_door_last() counts all records if it is called afterwards: a record with a
 * higher number has this time or a later one. Any thread.
 */
static inline uint64_t
cgn_record_door_time(const struct cgn_record_door *d)
{
	uint64_t now = atomic_load_explicit(&d->now, memory_order_acquire);

	return now != 0 ? now : rte_rdtsc();
}

/** Number of the last record. Any thread. */
static inline uint64_t
cgn_record_door_last(const struct cgn_record_door *d)
{
	return atomic_load_explicit(&d->seq, memory_order_acquire);
}

#endif /* CGN_RECORD_DOOR_H */
