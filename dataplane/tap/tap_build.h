/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_BUILD_H
#define CGN_TAP_BUILD_H

/**
 * @file
 * Builds the record of one packet, with its frames, and writes it into the ring.
 *
 * Threads: single owner, the worker.
 */

#include "shared/tap_record.h"

struct rte_mbuf;

/** A record that is being built. */
struct cgn_tap_build {
	struct cgn_tap_record *r; /* CGN_TAP_RECORD_MAX octets; frames follow the record */
	uint32_t frame_at[CGN_TAP_FRAMES_MAX];
};

/** Make room. @return 0, -ENOMEM */
int cgn_tap_build_init(struct cgn_tap_build *b);

/** Release it. */
void cgn_tap_build_fini(struct cgn_tap_build *b);

/** Begin a record without frames. All other fields are zero, the verdict is CGN_V_NONE. */
struct cgn_tap_record *cgn_tap_build_begin(struct cgn_tap_build *b, enum cgn_tap_entry entry);

/**
 * Add a frame, if the record has not too many already.
 *
 * @param snap  octets of the frame that are kept
 * @return the frame; NULL: it was not added
 */
struct cgn_tap_frame *cgn_tap_build_frame(
		struct cgn_tap_build *b, const struct rte_mbuf *m, uint16_t port, uint16_t snap);

/** A capture writes none of the frames so far. */
void cgn_tap_build_forgo(struct cgn_tap_build *b);

/** Whether a capture writes any of its frames. */
bool cgn_tap_build_is_wanted(const struct cgn_tap_build *b);

/** Remove frames from the end. @param n  frames that stay */
void cgn_tap_build_keep(struct cgn_tap_build *b, unsigned int n);

/** Take over a record that was written elsewhere. @param r  at most CGN_TAP_RECORD_MAX octets */
void cgn_tap_build_load(struct cgn_tap_build *b, const struct cgn_tap_record *r);

/** Write the record into the ring of a door. If there is no room, it is counted as lost. */
void cgn_tap_build_write(const struct cgn_tap_build *b, struct cgn_tap_door *d);

#endif /* CGN_TAP_BUILD_H */
