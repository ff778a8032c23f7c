/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EAL_H
#define CGN_EAL_H

/**
 * @file
 * Start of DPDK's EAL from the configuration.
 *
 * The arguments of the user (the `eal` list, then those after "--") are passed on unchanged. Arguments that
 * the user does not set are added: file prefix, lcores, PCI allow list, memory without hugepages.
 */

#include "shared/conf.h"

#define CGN_EAL_ARGS_MAX  128
#define CGN_EAL_CORES_MAX 256

/** Properties of the machine that the arguments depend on. */
struct cgn_eal_host {
	unsigned int n_cores;                  /* cores that the process may run on; at least 1 */
	unsigned int cores[CGN_EAL_CORES_MAX]; /* their numbers, ascending */
	bool has_hugepages;                    /* some are free, and a hugetlbfs is mounted */
};

/** An argument vector. It owns its strings. */
struct cgn_eal_args {
	int argc;
	char *argv[CGN_EAL_ARGS_MAX + 1];
	bool shares_cores; /* several lcores run on one core, because there are too few */
	bool no_hugepages; /* --no-huge was added */
};

/**
 * Make the argument vector.
 *
 * @param user  arguments after "--" of the command line
 * @return 0; -E2BIG, -ENOMEM: @p args holds nothing
 */
int cgn_eal_args(struct cgn_eal_args *args, const struct cgn_conf *conf,
		const struct cgn_eal_host *host, int n_user, char *const *user);

/** Release the strings. */
void cgn_eal_args_fini(struct cgn_eal_args *args);

/**
 * Look at the machine, make the arguments and start EAL. Then make the ports visible to dpdk-dumpcap.
 * cgn_eal_stop() is the counterpart.
 *
 * @return 0 or -errno (the reason is logged); -EBUSY: another process uses the file prefix
 */
int cgn_eal_start(const struct cgn_conf *conf, int n_user, char *const *user);

/**
 * Look for an argument of the user that EAL does not take, for --check. A fault is printed. EAL does not run before or
 * after that. Cores are not looked at: the file may be for another machine.
 *
 * @param path  of the configuration, for the message
 * @return 0; -EINVAL: there is one
 */
int cgn_eal_check(const char *path, const struct cgn_conf *conf, int n_user, char *const *user);

/**
 * End EAL and remove its directory (/run/dpdk/PREFIX) with the files that EAL makes there. Files that a
 * crashed process left are removed too. If the directory contains other files, they and the directory stay.
 */
void cgn_eal_stop(void);

#endif /* CGN_EAL_H */
