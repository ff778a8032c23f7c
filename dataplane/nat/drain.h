/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DRAIN_H
#define CGN_DRAIN_H

/**
 * @file
 * External addresses that are taken out of use (pools[].drain), or that have left the configuration.
 *
 *   OPEN --> DRAINING --> ENDING --> EMPTY
 *
 * A DRAINING address gets no new subscriber, block or lease. What is on it goes on: a subscriber may use the blocks that it
 * has for new mappings, too, because all its mappings have one external address (RFC 4787 REQ-2). If these are full, it gets
 * the verdict pool_ports. A subscriber without a port, in use or in hold-down, leaves the address at once: it gets another
 * address when it comes again. A lease can be renewed up to the end of the time.
 *
 * When the time is over (drain_max_s), the address is ENDING: it gives out no port at all, and its mappings are ended, a
 * few in each turn of the worker. Hold-down and guard are cut. They protect from another use of a port, and there is none.
 * A subscriber leaves the address when its last port is free.
 *
 * The address is EMPTY when no subscriber, port or guarded block is left. It stays closed until it is opened again.
 *
 * cgnd does not know the sequence numbers of a connection that the inside has opened. Without them, an end ignores a reset.
 * So each end of such a connection gets a probe: a segment without data and with impossible numbers. The end answers with an
 * ACK that has its numbers (RFC 9293 section 3.10.7.4). A mapping is not there any more then, so the answer to this ACK is a
 * reset with these numbers, as from a host without the connection. This holds for CGN_DRAIN_RESET_S seconds for all segments
 * without SYN or RST. So a connection in use is reset with its next segment.
 *
 * The time runs in ticks of the worker. A reload does not restart it. A restart does.
 *
 * Source:  RFC 6146 section 3.5.2.3 (a probe to an end of a connection), RFC 9293 section 3.5.2 (reset of what is unknown).
 * Threads: single owner, the worker.
 * Memory:  24 bytes per address.
 * Cost:    nothing for a packet while no address is closed. A turn works off what its budget allows.
 */

#include "dataplane/nat/drain_left.h"
#include "dataplane/nat/drain_reset.h"

/** All addresses are open. @param n  addresses @param room  addresses that there may be later @return 0, -ENOMEM */
int cgn_drain_init(struct cgn_drain *d, uint32_t n, uint32_t room);

/** Release what init made. */
void cgn_drain_fini(struct cgn_drain *d);

/** At the start: close the addresses that the configuration drains. */
void cgn_drain_begin(struct cgn_nat *n, cgn_tick now);

/**
 * The NAT has another configuration. cgn_drain_poll() opens, closes and cuts addresses by it (follow.h). An address that has
 * left its pool is closed, and its time is over, whatever pools[].drain says. When it is empty, the worker has it no more.
 */
void cgn_drain_set_conf(struct cgn_nat *n);

/** Subscribers have left their addresses: look at all closed addresses at once, because some may be empty now. */
void cgn_drain_revisit(struct cgn_nat *n);

/** Go on with all of this, as far as @p budget allows. @return true if more is to be done at once */
bool cgn_drain_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget);

/** Whether some addresses are still to be compared with the configuration. */
bool cgn_drain_is_looking(const struct cgn_nat *n);

/** Whether addresses are still to be compared with the configuration, or some that have left it are not empty. */
bool cgn_drain_is_following(const struct cgn_nat *n);

/**
 * Read addresses that are not open.
 *
 * @param[in,out] cursor  0 at the beginning
 * @param[out] n_rows  rows filled
 * @return true when all were read
 */
bool cgn_drain_read(const struct cgn_nat *n, cgn_tick now, uint64_t *cursor,
		struct cgn_drain_info *rows, uint32_t max, uint32_t *n_rows);

#endif /* CGN_DRAIN_H */
