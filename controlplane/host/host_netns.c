/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Enters a network namespace for one function call.
 */
#include "controlplane/host/host_netns.h"

#include "shared/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where `ip netns` keeps its names. */
#define NETNS_DIR "/run/netns/"

CGN_LOG_TYPE("host");

/* Come back. A thread that stayed in the foreign namespace would open its later sockets there. */
static int
host_netns_leave(int home)
{
	int ret;

	if (setns(home, CLONE_NEWNET) == 0)
		return 0;
	ret = -errno;
	CGN_LOG(HOST_PLANE_FAILED, "own network namespace cannot be entered again errno=%d", -ret);
	return ret;
}

int
cgn_host_netns_run(const char *name, int (*fn)(void *arg), void *arg)
{
	char path[128];
	int home, netns, ret, back;

	if (name[0] == '\0')
		return fn(arg);
	snprintf(path, sizeof(path), NETNS_DIR "%s", name);
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0) {
		ret = -errno;
		CGN_LOG(HOST_PLANE_FAILED,
				"host.netns: there is no network namespace name=%s errno=%d%s",
				name, -ret, ret == -ENOENT ? "; `ip netns add` makes it" : "");
		return ret;
	}
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ret = home < 0 || setns(netns, CLONE_NEWNET) < 0 ? -errno : 0;
	close(netns);
	if (ret < 0) {
		CGN_LOG(HOST_PLANE_FAILED,
				"host.netns: network namespace cannot be entered name=%s errno=%d%s",
				name, -ret, ret == -EPERM ? "; it needs CAP_SYS_ADMIN" : "");
	} else {
		ret = fn(arg);
		back = host_netns_leave(home);
		if (back < 0)
			ret = back;
	}
	if (home >= 0)
		close(home);
	return ret;
}
