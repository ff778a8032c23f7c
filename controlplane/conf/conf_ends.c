/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of changes that end connections, for `cgnctl config diff`. config/OPERATE.md has the reasons.
 */
#include "controlplane/conf/conf_ends.h"

#include <string.h>

/* When a difference ends something. */
enum when {
	WHEN_GONE,    /* the entry or some values are not there any more */
	WHEN_COME,    /* the entry or some values are new */
	WHEN_CHANGED, /* always */
};

static const struct {
	const char *list; /* the path begins with this and a name in brackets */
	const char *key;  /* behind the brackets; "": the whole entry */
	enum when when;
	const char *what;
} ends[] = {
	{ "pools[", "", WHEN_GONE, "connections and leases on its addresses" },
	{ "pools[", ".addresses", WHEN_GONE, "connections and leases on the addresses that go" },
	{ "pools[", ".exclude", WHEN_COME, "connections and leases on these addresses" },
	{ "pools[", ".drain", WHEN_COME,
			"connections and leases on these addresses, after drain_max_s" },
	{ "groups[", "", WHEN_GONE,
			"connections and leases of subscribers that no other group has" },
	{ "groups[", ".prefixes", WHEN_GONE,
			"connections and leases of subscribers that no other group has" },
	{ "groups[", ".pool", WHEN_CHANGED, "connections of its subscribers; leases move" },
	{ "nat.static_mappings[", "", WHEN_COME, "what others have on this external port" },
	{ "nat.static_mappings[", ".inside", WHEN_CHANGED, "connections of this static mapping" },
	{ "nat.static_mappings[", "", WHEN_GONE, "connections of this static mapping" },
};

/* @return whether a side of the difference has something */
static bool
has_some(const char *side)
{
	return side != NULL && strcmp(side, "[]") != 0;
}

/* The part of a path behind the name of the entry. The name may have dots and brackets, too. */
static const char *
behind_entry(const char *path, const char *list)
{
	const char *end;

	if (strncmp(path, list, strlen(list)) != 0)
		return NULL;
	end = strrchr(path, ']');
	return end == NULL ? NULL : end + 1;
}

const char *
cgn_conf_ends_what(const struct cgn_conf_diff *diff)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *key = behind_entry(diff->path, ends[i].list);

		if (key == NULL || strcmp(key, ends[i].key) != 0)
			continue;
		if (ends[i].when == WHEN_CHANGED ||
				has_some(ends[i].when == WHEN_GONE ? diff->from : diff->to))
			return ends[i].what;
	}
	return NULL;
}
