/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_EPOCH_H
#define CGN_RELAY_EPOCH_H

/**
 * @file
 * The epoch of another NAT as its clients judge it: what it says, and whether it has lost its state.
 *
 * Source:  RFC 6886 section 3.6.
 * Units:   seconds of epoch, milliseconds of the loop's clock.
 * Threads: any. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/** All zero: nothing is known. */
struct cgn_relay_epoch {
	bool is_known;
	uint32_t said_s; /* by the last packet */
	uint64_t at_ms;  /* when that was */
};

/**
 * Take the epoch of a packet.
 *
 * @return true: it has lost its state. Its clock may run 1/8 slower than ours and may seem to go back
 *         by two seconds
 */
bool cgn_relay_epoch_take(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms);

/** What it would say now; UINT32_MAX while nothing is known. */
uint32_t cgn_relay_epoch_s(const struct cgn_relay_epoch *e, uint64_t now_ms);

#endif /* CGN_RELAY_EPOCH_H */
