/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HOST_NETNS_H
#define CGN_HOST_NETNS_H

/**
 * @file
 * Work in the network namespace of the host plane.
 *
 * Threads: any. Only the calling thread changes its namespace, and it comes back.
 */

/**
 * Run a function in a network namespace.
 *
 * @param name  as `ip netns` shows it; "": the namespace of the thread, nothing is changed
 * @param fn    its value is returned
 * @return what @p fn returns; -ENOENT: there is no such namespace; -EPERM: CAP_SYS_ADMIN is missing;
 *         another -errno. The log says which.
 */
int cgn_host_netns_run(const char *name, int (*fn)(void *arg), void *arg);

#endif /* CGN_HOST_NETNS_H */
