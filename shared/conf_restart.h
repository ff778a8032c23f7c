/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_RESTART_H
#define CGN_CONF_RESTART_H

/**
 * @file
 * The configuration of a restart (section `restart`).
 */

#include <stdbool.h>
#include <stdint.h>

/** What a restart keeps. */
struct cgn_conf_restart {
	bool keep_state;    /* the stop saves the state of the workers, and the start loads it */
	uint32_t max_age_s; /* an older state is not loaded */
};

#endif /* CGN_CONF_RESTART_H */
