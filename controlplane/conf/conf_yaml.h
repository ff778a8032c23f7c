/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_YAML_H
#define CGN_CONF_YAML_H

/**
 * @file
 * YAML text -> a tree of nodes that remember where they stood.
 *
 * The subset that a configuration needs: one document of maps, lists and scalars. Anchors, aliases,
 * tags and duplicate keys are errors; depth, size and keys per map are bounded. What a scalar means
 * is the schema's business.
 */

#include "controlplane/conf/conf_errors.h"

#include <stdbool.h>

#define CGN_CONF_YAML_PATH_MAX 256 /* octets of a dotted path with its NUL */

/** What a node of the tree is. */
enum cgn_conf_yaml_kind {
	CGN_CONF_YAML_SCALAR,
	CGN_CONF_YAML_LIST,
	CGN_CONF_YAML_MAP,
};

/** A node of the tree: a scalar, a list or a map, and where it stands in the file. */
struct cgn_conf_node {
	enum cgn_conf_yaml_kind kind;
	bool is_plain; /* scalar without quotes */
	bool is_bad;   /* refused, and reported: rules between keys leave it alone */
	uint32_t line; /* of the value, from 1 */
	uint32_t column;
	uint32_t key_line; /* of the key; of the value if it has none */
	uint32_t key_column;
	char *key;  /* NULL in a list and at the root */
	char *text; /* scalars */
	const struct cgn_conf_node *parent;
	size_t index; /* in the parent */
	struct cgn_conf_node **children;
	size_t n_children;
	size_t n_alloc;
};

/**
 * Parse one document.
 *
 * @param[out] root  the tree, also when some of it was refused; NULL if there is none
 * @return
 *   - 0: @p root is set; errors may have been added to @p errs.
 *   - -EINVAL: no YAML, or over the bounds; the reason was added to @p errs.
 *   - -ENOMEM: no memory.
 */
int cgn_conf_yaml_parse(const char *text, size_t len, struct cgn_conf_errors *errs,
		struct cgn_conf_node **root);

/** Free a tree. NULL is allowed. */
void cgn_conf_yaml_free(struct cgn_conf_node *root);

/** The value of a key of a map, or NULL. */
struct cgn_conf_node *cgn_conf_yaml_get(const struct cgn_conf_node *map, const char *key);

/**
 * Follow a path such as "groups[0].prefixes[2]".
 *
 * @param[out] node  the last node of the path that exists
 * @return whether that is the whole path
 */
bool cgn_conf_yaml_at(struct cgn_conf_node *root, const char *path, struct cgn_conf_node **node);

/** Write the dotted path of a node. @return @p buf */
const char *
cgn_conf_yaml_path(const struct cgn_conf_node *node, char buf[static CGN_CONF_YAML_PATH_MAX]);

/** Add a refused child to a map, in place of a key that is missing. @return 0 or -ENOMEM */
int cgn_conf_yaml_add_missing(struct cgn_conf_node *map, const char *key);

/** What an error says of a node's value. @return the text, or a word for lists and maps */
const char *cgn_conf_yaml_value(const struct cgn_conf_node *node);

#endif /* CGN_CONF_YAML_H */
