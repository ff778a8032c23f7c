/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TAPFIX_H
#define CGN_TEST_TAPFIX_H

/**
 * @file
 * The taps of a fixture's workers. While there are taps, the fixture gives them all packets instead of the engines.
 *
 * With CGN_TEST_TAP=1 in the environment, every fixture has taps that want everything. So every scenario also shows that a
 * trace changes nothing.
 */

#include "dataplane/tap/tap.h"

struct fx;
struct tapfix;

/** Taps for a started fixture. Everything is wanted, up to @p ask. The engines must exist. */
void tapfix_start(struct fx *fx, const struct cgn_tap_ask *ask);

/** A question that wants all. */
struct cgn_tap_ask tapfix_all(void);

/** End it and release what it made. */
void tapfix_stop(struct fx *fx);

/** The next record, of any worker. It is valid until the next call. NULL: there is none. */
const struct cgn_tap_record *tapfix_next(struct fx *fx);

/** Forget the records so far. */
void tapfix_forget(struct fx *fx);

/** A frame of a record. NULL: it has fewer. */
const struct cgn_tap_frame *tapfix_frame(const struct cgn_tap_record *r, unsigned int i);

/** Let so many records fit from now on. */
void tapfix_set_left(struct fx *fx, int64_t left);

/** Records that were lost. */
uint64_t tapfix_lost(const struct fx *fx);

/* What the fixture calls instead of the engine. */

void tapfix_rx(struct fx *fx, unsigned int worker, uint16_t port, struct rte_mbuf **m, uint16_t n);
void
tapfix_pktmsgs(struct fx *fx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n);
void
tapfix_cmd(struct fx *fx, unsigned int worker, const struct cgn_cmd *cmd, struct cgn_evt *reply);
bool tapfix_poll(struct fx *fx, unsigned int worker);

#endif /* CGN_TEST_TAPFIX_H */
