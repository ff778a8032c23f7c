/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RUNTIMEDIR_H
#define CGN_RUNTIMEDIR_H

/**
 * @file
 * The directory that systemd gives a service for its sockets.
 *
 * EAL puts its directory "dpdk" below RUNTIME_DIRECTORY. If a unit has several directories, systemd writes
 * a list with colons into the variable. EAL would use the whole list as one path.
 */

#include <stdlib.h>
#include <string.h>

#define CGN_RUNTIMEDIR_ENV "RUNTIME_DIRECTORY"

/**
 * The directory in the environment. NULL: there is none, or the variable is a list, which EAL cannot use.
 */
static inline const char *
cgn_runtimedir(void)
{
	const char *value = getenv(CGN_RUNTIMEDIR_ENV);

	return value == NULL || strchr(value, ':') != NULL ? NULL : value;
}

/**
 * Remove the variable from the environment if it is a list, so that EAL uses its default directory. Call
 * this function before any thread starts.
 */
static inline void
cgn_runtimedir_drop_list(void)
{
	if (cgn_runtimedir() == NULL)
		(void)unsetenv(CGN_RUNTIMEDIR_ENV);
}

#endif /* CGN_RUNTIMEDIR_H */
