/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_APP_H
#define CGN_APP_H

/**
 * @file
 * cgnd while it serves: from a checked configuration to a clean stop.
 */

#include "controlplane/opts.h"
#include "shared/conf.h"

/**
 * Start everything, serve until a signal, stop in reverse order.
 *
 * @param opts  the command line
 * @param conf  the configuration; ownership moves here
 * @return 0 after a clean stop, -errno otherwise (the reason was logged)
 */
int cgn_app_run(const struct cgn_opts *opts, struct cgn_conf *conf);

#endif /* CGN_APP_H */
