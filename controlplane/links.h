/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LINKS_H
#define CGN_LINKS_H

/**
 * @file
 * The links in a change of the configuration: MTUs of devices, interfaces of the host plane, and next hops.
 *
 * A device must take larger packets before a worker sends them. So it gets a larger MTU when the change is prepared, and
 * a smaller one when it is committed. When the change is prepared, the resolver asks for new next hops before the workers
 * need them. All else that it knows and announces changes with the commit.
 *
 * Threads: the control thread.
 */

#include "controlplane/change.h"
#include "controlplane/host/host.h"
#include "controlplane/link/resolver.h"
#include "shared/planes.h"

/** What changes. The caller sets all but `next`; all that it points to outlives it. */
struct cgn_links {
	const struct cgn_conf *conf; /* in use */
	const struct cgn_conf *next; /* prepared; NULL: none */
	const struct cgn_planes *planes;
	struct cgn_host *host;
	struct cgn_resolver *resolver;
};

/** Let the links follow changes. @param l  outlives @p change @return 0 or -ENOSPC */
int cgn_links_join(struct cgn_links *l, struct cgn_change *change);

#endif /* CGN_LINKS_H */
