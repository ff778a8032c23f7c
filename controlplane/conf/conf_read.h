/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_READ_H
#define CGN_CONF_READ_H

/**
 * @file
 * A tree of nodes -> struct cgn_conf, row by row of the schema.
 */

#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_yaml.h"

/**
 * Fill a configuration from a tree, with the defaults of what is not given.
 *
 * Every list has as many entries as in the tree, so that indexes agree; entries and values that
 * were refused are zero, their nodes marked bad. Missing keys get a bad node.
 *
 * @param root  its nodes are marked
 * @param conf  all zero
 * @return 0 (errors may have been added to @p errs) or -ENOMEM; @p conf is to be freed either way
 */
int
cgn_conf_read_tree(struct cgn_conf_node *root, struct cgn_conf *conf, struct cgn_conf_errors *errs);

/** Free everything that the schema's rows point to; the struct itself stays. */
void cgn_conf_read_free(struct cgn_conf *conf);

#endif /* CGN_CONF_READ_H */
