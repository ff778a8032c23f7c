/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SHOW_H
#define CGN_CONF_SHOW_H

/**
 * @file
 * Writes a configuration as JSON, for `cgnctl config show`. Every key has its value or its default.
 */

#include "controlplane/conf/conf_schema.h"

/**
 * Write a configuration as one JSON object, with the same structure as the YAML file.
 *
 * @param[out] json  the text; the caller frees it
 * @return 0 or -ENOMEM
 */
int cgn_conf_show_json(const struct cgn_conf *conf, char **json);

#endif /* CGN_CONF_SHOW_H */
