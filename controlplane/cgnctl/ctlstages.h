/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSTAGES_H
#define CGN_CTLSTAGES_H

/**
 * @file
 * The stages that a packet goes through, in the words of an operator, and the stage that decides each verdict.
 */

#include "shared/tap_record.h"

/** The most stages of a packet. */
#define CGN_CTLSTAGES_MAX 16

/** The stage that decides a verdict. @return NULL: v is no verdict */
const char *cgn_ctlstages_of(uint8_t v);

/**
 * The stages of a packet, in order.
 *
 * @param[out] stage  their names
 * @param[out] is_decided  the last one decided: the packet did not pass it, or it ended there
 * @return how many
 */
unsigned int cgn_ctlstages_list(const struct cgn_tap_record *r,
		const char *stage[static CGN_CTLSTAGES_MAX], bool *is_decided);

#endif /* CGN_CTLSTAGES_H */
