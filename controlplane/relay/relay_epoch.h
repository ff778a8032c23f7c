/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_EPOCH_H
#define CGN_RELAY_EPOCH_H

/**
 * @file
 * The epoch of another NAT. A client compares it with the time that has passed, and so notices when that NAT has lost
 * its state.
 *
 * Source:  RFC 6886 section 3.6, RFC 6887 section 8.5.
 * Units:   seconds of epoch, milliseconds of the loop's clock.
 * Threads: any. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/** The last epoch that the NAT has told. All zero: none yet. */
struct cgn_relay_epoch {
	bool is_known;
	bool has_age;    /* since_ms is set */
	uint32_t said_s; /* the epoch in the last packet */
	uint64_t at_ms;  /* when that packet came */
	int64_t since_ms; /* when the NAT last lost its state, by the clock here; may be before the clock's 0 */
};

/**
 * Take the epoch of a packet.
 *
 * The epoch may run slower than the clock here, by 1/8. It may also seem to go back by two seconds.
 *
 * @return true: the epoch is smaller than that, so the NAT has lost its state
 */
bool cgn_relay_epoch_take(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms);

/**
 * Take the epoch of a PCP message.
 *
 * The epoch may run slower or faster than the clock here, by 1/16 and two seconds. It may go back by one second. An
 * epoch that jumps forward is a loss, too: another NAT answers now.
 *
 * @return true: the NAT has lost its state
 */
bool cgn_relay_epoch_take_pcp(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms);

/** The NAT speaks another protocol from now on, which may have an epoch of its own. The age goes on, or falls. */
void cgn_relay_epoch_forget(struct cgn_relay_epoch *e);

/** The age begins anew, because the NAT has another external address. Its own epoch may go on. */
void cgn_relay_epoch_begin(struct cgn_relay_epoch *e, uint64_t now_ms);

/** The epoch that the NAT would tell now. UINT32_MAX: not known */
uint32_t cgn_relay_epoch_s(const struct cgn_relay_epoch *e, uint64_t now_ms);

/**
 * Seconds since the NAT has lost its state, by the clock here. UINT32_MAX: not known
 *
 * It begins with the epoch that the NAT has told first. From then on it grows by one in each second, and falls only when
 * the NAT loses its state. So a relay can build its own epoch on it, without a copy of the epoch of another NAT (RFC
 * 7648 section 3).
 */
uint32_t cgn_relay_epoch_age_s(const struct cgn_relay_epoch *e, uint64_t now_ms);

#endif /* CGN_RELAY_EPOCH_H */
