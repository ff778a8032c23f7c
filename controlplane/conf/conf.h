/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CONF_H
#define CGN_CONF_CONF_H

/**
 * @file
 * The configuration file: read, checked, or refused with every reason at once.
 *
 * The result is the snapshot of shared/conf.h, immutable from here on.
 */

#include "controlplane/conf/conf_errors.h"
#include "shared/conf.h"

/**
 * Read a configuration file.
 *
 * It must be a regular file: a FIFO or a device is refused and never waited for.
 *
 * @param path       of the file
 * @param[out] out   the configuration; the caller frees it with cgn_conf_free()
 * @param[out] errs  zero-initialised; on -EINVAL what is wrong, to be printed with
 *                   cgn_conf_errors_print(). The caller frees it with cgn_conf_errors_fini().
 * @return
 *   - 0: @p out is set, @p errs is empty.
 *   - -EINVAL: the file cannot be read or is refused; the reasons are in @p errs.
 *   - -ENOMEM: no memory.
 */
int cgn_conf_load(const char *path, struct cgn_conf **out, struct cgn_conf_errors *errs);

/** The same from memory. @param name  what stands for the file in errors */
int cgn_conf_load_text(const char *name, const char *text, size_t len, struct cgn_conf **out,
		struct cgn_conf_errors *errs);

/** Free a configuration. NULL is allowed. */
void cgn_conf_free(struct cgn_conf *conf);

#endif /* CGN_CONF_CONF_H */
