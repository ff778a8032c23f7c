/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_TABLES_H
#define CGN_STATE_TABLES_H

/**
 * @file
 * The tables of a worker that are saved and loaded, and how their functions reach the engine.
 */

#include "dataplane/nat/nat.h"
#include "dataplane/softwire/softwire.h"

/** The tables of a worker. The caller owns everything that the pointers refer to. */
struct cgn_state_tables {
	struct cgn_nat *nat;
	struct cgn_softwires *wires; /* NULL: this is no AFTR */
	uint16_t worker;
	uint16_t n_workers;
	/** Whether packets of a subscriber go to this worker. @param prefix  its first address */
	bool (*is_owner)(const void *engine, const struct cgn_ip *prefix);
	/** Make a softwire that is not there. @return its number; 0: it cannot be made */
	uint32_t (*add_home)(void *engine, const struct cgn_ip6 *b4);
	void *engine; /* first argument of both */
};

#endif /* CGN_STATE_TABLES_H */
