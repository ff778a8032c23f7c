/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DRAINS_H
#define CGN_DRAINS_H

/**
 * @file
 * Watches the external addresses that are taken out of use (dataplane/nat/drain.h). The workers drain them. This room logs
 * when a drain begins and when an address is empty. Then it moves the leases that were there to other addresses
 * (lease/lessor_move.h). It does the same with leases that the workers have ended because of a reload, when they have done
 * all that follows from it: the counter leases_cut tells that there are some.
 *
 * While an address is closed, the table of the workers is read each second, and four times a second while mappings are being
 * ended. The log has a line for each of the first CGN_DRAINS_LOGGED addresses of one reading, and one for the others.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 * Memory:  70 octets an address that is closed.
 */

#include "controlplane/workers/dpclient.h"
#include "shared/conf.h"

struct cgn_drains;
struct cgn_lessor;

#define CGN_DRAINS_LOGGED 20

/** What cgn_drains_create() needs. All of it outlives the room, but conf only until cgn_drains_set_conf(). */
struct cgn_drains_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_dpclient *client;
	struct cgn_timerq *timers;
	struct cgn_lessor *lessor; /* NULL: there are no leases */
};

/** Begin to watch. @return 0 or -ENOMEM */
int cgn_drains_create(struct cgn_drains **out, const struct cgn_drains_cfg *cfg, uint64_t now_ms);

/** Stop. The client of the workers must be destroyed before, and the lessor after this. NULL is allowed. */
void cgn_drains_destroy(struct cgn_drains *d);

/** The lessor is there from now on: a reload has switched it on. It outlives the room. */
void cgn_drains_set_lessor(struct cgn_drains *d, struct cgn_lessor *lessor);

/** Use another configuration. The workers have it already. */
void cgn_drains_set_conf(struct cgn_drains *d, const struct cgn_conf *conf, uint64_t now_ms);

#endif /* CGN_DRAINS_H */
