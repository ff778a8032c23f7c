/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_READ_H
#define CGN_CONF_READ_H

/**
 * @file
 * Fills a struct cgn_conf from the tree of nodes of a file. The rows of the schema tell how.
 */

#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_yaml.h"

/**
 * Fill a configuration from a tree. Keys that are not in the tree get their default.
 *
 * Every list has as many entries as in the tree, so that the indexes are the same. Entries and values that are refused
 * are zero, and their nodes are marked as bad. If a key must be given and is missing, the tree gets a bad node for it.
 *
 * @param root  the tree; nodes are marked and added
 * @param conf  zeroed by the caller
 * @return 0 (errors may have been added to @p errs) or -ENOMEM; the caller frees @p conf in both cases
 */
int
cgn_conf_read_tree(struct cgn_conf_node *root, struct cgn_conf *conf, struct cgn_conf_errors *errs);

/** Free everything that the fields of the schema's rows point to. The struct itself is not freed. */
void cgn_conf_read_free(struct cgn_conf *conf);

#endif /* CGN_CONF_READ_H */
