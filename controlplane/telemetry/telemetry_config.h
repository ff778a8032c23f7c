/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_CONFIG_H
#define CGN_TELEMETRY_CONFIG_H

/**
 * @file
 * The state of the configuration as telemetry data.
 */

#include "controlplane/reload.h"

struct rte_tel_data;

/** Fill in the state of the configuration and what reloads have counted. @return 0 */
int cgn_telemetry_config_status(struct rte_tel_data *out, const struct cgn_reload *reload);

/** Add the same to a dict. */
void cgn_telemetry_config_add(struct rte_tel_data *out, const struct cgn_reload *reload);

#endif /* CGN_TELEMETRY_CONFIG_H */
