/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SHOW_H
#define CGN_CONF_SHOW_H

/**
 * @file
 * A configuration as JSON, every key with its value or default: `cgnctl config show`.
 */

#include "controlplane/conf/conf_schema.h"

/**
 * Write a configuration as one JSON object, shaped like the YAML file.
 *
 * @param[out] json  the text; the caller frees it
 * @return 0 or -ENOMEM
 */
int cgn_conf_show_json(const struct cgn_conf *conf, char **json);

#endif /* CGN_CONF_SHOW_H */
