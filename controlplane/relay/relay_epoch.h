/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_EPOCH_H
#define CGN_RELAY_EPOCH_H

/**
 * @file
 * The epoch of another NAT. A client compares it with the time that has passed, and so notices when that NAT has lost
 * its state.
 *
 * Source:  RFC 6886 section 3.6.
 * Units:   seconds of epoch, milliseconds of the loop's clock.
 * Threads: any. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/** The last epoch that the NAT has told. All zero: none yet. */
struct cgn_relay_epoch {
	bool is_known;
	uint32_t said_s; /* the epoch in the last packet */
	uint64_t at_ms;  /* when that packet came */
};

/**
 * Take the epoch of a packet.
 *
 * The epoch may run slower than the clock here, by 1/8. It may also seem to go back by two seconds.
 *
 * @return true: the epoch is smaller than that, so the NAT has lost its state
 */
bool cgn_relay_epoch_take(struct cgn_relay_epoch *e, uint32_t said_s, uint64_t now_ms);

/** The epoch that the NAT would tell now. UINT32_MAX: not known */
uint32_t cgn_relay_epoch_s(const struct cgn_relay_epoch *e, uint64_t now_ms);

#endif /* CGN_RELAY_EPOCH_H */
