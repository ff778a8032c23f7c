/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NOTICE_H
#define CGN_NOTICE_H

/**
 * @file
 * Records of refusals and of thresholds of subscribers, limited in their rate.
 *
 * A party is a limit or a threshold, together with the subscriber, pool or address that it is about. The first refusal
 * of a party makes a record at once. Further ones are counted for nat.notify_interval_s, and then one record tells how
 * many there were. After an interval without any the party is forgotten. So the sum of the refusals in all records is
 * the number of refusals, and a party makes at most one record in an interval. A threshold makes no record afterwards.
 *
 * All parties of a worker together make at most CGN_NOTICE_PER_S records a second in the long run, and CGN_NOTICE_BURST
 * at once. What is above is not lost: it is counted, and its record comes later. If there is no room for a party, its
 * refusal is counted as suppressed. The next record of a refusal tells the number.
 *
 * Source:  RFC 6888 REQ-11 C, RFC 8158 sections 4.6.5, 4.6.6 and 5.2 (rate limits), RFC 7659 section 3.1.2 (interval).
 * Threads: single owner, the worker.
 * Memory:  112 KB. The kernel commits them when such records are exported first.
 * Cost:    cgn_notice_tell() is one hash and at most CGN_NOTICE_WAYS comparisons.
 */

#include "shared/clock.h"
#include "shared/counter.h"
#include "shared/record_door.h"

#define CGN_NOTICE_SETS  128 /* a power of two */
#define CGN_NOTICE_WAYS  8
#define CGN_NOTICE_MAX   (CGN_NOTICE_SETS * CGN_NOTICE_WAYS) /* parties */
#define CGN_NOTICE_PER_S 32u
#define CGN_NOTICE_BURST 256u

struct cgn_notices;

/** What notices are made with. */
struct cgn_notice_cfg {
	cgn_counter *suppressed; /* counts what has got no record; outlives them */
	uint32_t salt;           /* random number for the hash */
	uint32_t interval_s;
	cgn_tick now;
};

/** Make the table. It wants no records until cgn_notice_set_door(). @return 0 or -ENOMEM */
int cgn_notice_create(struct cgn_notices **out, const struct cgn_notice_cfg *cfg);

/** Release. NULL is allowed. */
void cgn_notice_destroy(struct cgn_notices *t);

/**
 * Make records in a door from now on. What was counted for records of a kind that the door does not take is forgotten.
 *
 * @param door  outlives the table, or until the next call; NULL: none
 * @return whether it takes records of quotas or thresholds
 */
bool cgn_notice_set_door(struct cgn_notices *t, struct cgn_record_door *door);

/** Use another interval for records from now on. NULL is allowed. */
void cgn_notice_set_interval(struct cgn_notices *t, uint32_t interval_s);

/** Whether records of a kind are wanted. @param t  NULL: none are */
bool cgn_notice_wants(const struct cgn_notices *t, enum cgn_record_kind kind);

/**
 * Tell of one refusal, or of a threshold that was reached. Its kind must be wanted.
 *
 * @param draft  event, and quota or threshold but for refused and suppressed. What is not used is zero
 */
void cgn_notice_tell(struct cgn_notices *t, const struct cgn_record *draft, cgn_tick now);

/**
 * Make the records that are due. Each call looks at a few parties, and a second begins with the first one again.
 *
 * @param t  NULL is allowed
 * @return whether there are more to look at
 */
bool cgn_notice_expire(struct cgn_notices *t, cgn_tick now);

#endif /* CGN_NOTICE_H */
