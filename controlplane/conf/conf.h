/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CONF_H
#define CGN_CONF_CONF_H

/**
 * @file
 * Reads and checks the configuration file. If the file has errors, it is refused, and all errors are reported together.
 *
 * The result is a struct cgn_conf (shared/conf.h). Nobody changes it after this.
 */

#include "controlplane/conf/conf_errors.h"
#include "shared/conf.h"

/**
 * Read a configuration file.
 *
 * It must be a regular file. A FIFO or a device is refused without waiting for it.
 *
 * @param path       path of the file
 * @param[out] out   the configuration; the caller frees it with cgn_conf_free()
 * @param[out] errs  zeroed by the caller, who may set want_warnings. On -EINVAL it has the errors, on 0 the warnings if
 *                   they are wanted; cgn_conf_errors_print() prints them. The caller frees it with
 *                   cgn_conf_errors_fini().
 * @return
 *   - 0: @p out is set, @p errs has no errors.
 *   - -EINVAL: the file cannot be read, or has errors; the reasons are in @p errs.
 *   - -ENOMEM: no memory.
 */
int cgn_conf_load(const char *path, struct cgn_conf **out, struct cgn_conf_errors *errs);

/** Read a configuration from memory, as cgn_conf_load() does. @param name  printed in errors as the name of the file */
int cgn_conf_load_text(const char *name, const char *text, size_t len, struct cgn_conf **out,
		struct cgn_conf_errors *errs);

/** Free a configuration. NULL is allowed. */
void cgn_conf_free(struct cgn_conf *conf);

#endif /* CGN_CONF_CONF_H */
