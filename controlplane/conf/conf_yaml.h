/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_YAML_H
#define CGN_CONF_YAML_H

/**
 * @file
 * Parses YAML text into a tree of nodes. Each node has its line and column in the file.
 *
 * Only the part of YAML that a configuration needs is accepted: one document of maps, lists and scalars. Anchors,
 * aliases, tags and duplicate keys are errors. Depth, size and keys per map are limited. A scalar is text here; the
 * schema tells what it means.
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
	bool is_bad;   /* it was refused, and the error was reported; rules between keys skip it */
	uint32_t line; /* of the value, from 1 */
	uint32_t column;
	uint32_t key_line; /* of the key; without a key: of the value */
	uint32_t key_column;
	char *key;  /* NULL in a list and at the root */
	char *text; /* scalars */
	const struct cgn_conf_node *parent;
	size_t index; /* index among the children of the parent */
	struct cgn_conf_node **children;
	size_t n_children;
	size_t n_alloc;
};

/**
 * Parse one document.
 *
 * @param[out] root  the tree, even if some of its nodes were refused; NULL: there is none
 * @return
 *   - 0: @p root is set; errors may have been added to @p errs.
 *   - -EINVAL: the text is not YAML, or exceeds a limit; the reason was added to @p errs.
 *   - -ENOMEM: no memory.
 */
int cgn_conf_yaml_parse(const char *text, size_t len, struct cgn_conf_errors *errs,
		struct cgn_conf_node **root);

/** Free a tree. NULL is allowed. */
void cgn_conf_yaml_free(struct cgn_conf_node *root);

/** The value of a key of a map. @return NULL: the map does not have the key */
struct cgn_conf_node *cgn_conf_yaml_get(const struct cgn_conf_node *map, const char *key);

/**
 * Follow a path such as "groups[0].prefixes[2]".
 *
 * @param[out] node  the last node of the path that exists
 * @return whether the whole path exists
 */
bool cgn_conf_yaml_at(struct cgn_conf_node *root, const char *path, struct cgn_conf_node **node);

/** Write the dotted path of a node. @return @p buf */
const char *
cgn_conf_yaml_path(const struct cgn_conf_node *node, char buf[static CGN_CONF_YAML_PATH_MAX]);

/** Add a child that is marked as bad to a map, for a key that is missing. @return 0 or -ENOMEM */
int cgn_conf_yaml_add_missing(struct cgn_conf_node *map, const char *key);

/** The text that an error prints for the value of a node. For a list or map it is the word "list" or "map". */
const char *cgn_conf_yaml_value(const struct cgn_conf_node *node);

#endif /* CGN_CONF_YAML_H */
