/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the group or the pool of a path, and what holds its keys.
 */
#include "controlplane/conf/conf_fixed.h"

#include "controlplane/conf/conf_json.h"

#include <string.h>

/* The rest of a path after "list[name]". NULL: it is another entry. */
static const char *
fixed_rest(const char *path, const char *list, const char *name)
{
	size_t list_len = strlen(list), name_len = strlen(name);

	if (strncmp(path, list, list_len) != 0 || path[list_len] != '[')
		return NULL;
	path += list_len + 1;
	if (strncmp(path, name, name_len) != 0 || path[name_len] != ']')
		return NULL;
	return path + name_len + 1;
}

/* @param keys  ends with NULL */
static bool
fixed_is_one_of(const char *rest, const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		if (strcmp(rest, *keys) == 0)
			return true;
	}
	return false;
}

/* Whether a group holds a key of its own or of its pool. */
static bool
fixed_by_group(const json_t *group, const char *path)
{
	static const char *const of_group[] = { "", ".prefixes", ".pool", ".block_size", NULL };
	static const char *const of_pool[] = { "", ".addresses", ".exclude", ".port_range", NULL };
	const char *rest = fixed_rest(path, "groups", cgn_conf_json_text(group, "name"));

	if (rest != NULL && rest[0] == '\0' &&
			strcmp(cgn_conf_json_text(group, "natpmp_auth"), "ipsec") == 0)
		return true;
	if (!json_is_object(json_object_get(group, "deterministic")))
		return false;
	if (rest != NULL)
		return fixed_is_one_of(rest, of_group);
	rest = fixed_rest(path, "pools", cgn_conf_json_text(group, "pool"));
	return rest != NULL && fixed_is_one_of(rest, of_pool);
}

bool
cgn_conf_fixed_has(const json_t *root, const char *path)
{
	const json_t *group;
	size_t i;

	json_array_foreach(json_object_get(root, "groups"), i, group)
	{
		if (fixed_by_group(group, path))
			return true;
	}
	return false;
}
