/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RUNTIMEDIR_H
#define CGN_RUNTIMEDIR_H

/**
 * @file
 * The directory that systemd gives a service for its sockets.
 *
 * EAL puts its directory "dpdk" below RUNTIME_DIRECTORY. systemd joins the directories of a unit that has
 * several with colons; EAL would take that list for one path.
 */

#include <stdlib.h>
#include <string.h>

#define CGN_RUNTIMEDIR_ENV "RUNTIME_DIRECTORY"

/** The one directory of the environment, or NULL: none is given, or a list, which says nothing to EAL. */
static inline const char *
cgn_runtimedir(void)
{
	const char *value = getenv(CGN_RUNTIMEDIR_ENV);

	return value == NULL || strchr(value, ':') != NULL ? NULL : value;
}

/** Take a list out of the environment, so that EAL uses its default place. Before any thread starts. */
static inline void
cgn_runtimedir_drop_list(void)
{
	if (cgn_runtimedir() == NULL)
		(void)unsetenv(CGN_RUNTIMEDIR_ENV);
}

#endif /* CGN_RUNTIMEDIR_H */
