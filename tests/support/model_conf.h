/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_MODEL_CONF_H
#define CGN_TEST_MODEL_CONF_H

/**
 * @file
 * What a new configuration, the time of a drain, and a restart do to the model.
 */

#include "tests/support/model_ports.h"

/**
 * Take a configuration. At a reload, end what cannot stay.
 *
 * @param conf  stays valid as long as it is used
 */
void mo_set_conf(struct mo *m, const struct cgn_conf *conf);

/** End what is on addresses whose time is over. */
void mo_drain(struct mo *m);

/**
 * One process ends, and another one begins with what it has saved. mo_set_conf() must follow, when the clock of the model
 * has reached the time of the start.
 *
 * The next process brings the blocks back with its records. Mappings become unsure (is_unsure) whose addresses the new
 * configuration does not have.
 *
 * @param is_whole  nothing of what was saved is lost; otherwise all mappings become unsure
 */
void mo_restart(struct mo *m, const struct cgn_conf *conf, bool is_whole);

/**
 * Hold-downs may end late after a restart. What had ended by shorter timeouts or during the pause ends with the start. And
 * those of several workers are put one behind the other: a later one ends no earlier than the one before.
 */
void mo_delay_held(struct mo *m);

/** Forget all mappings and held ports: nothing was saved. */
void mo_lose(struct mo *m);

#endif /* CGN_TEST_MODEL_CONF_H */
