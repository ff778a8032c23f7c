/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_H
#define CGN_CONTROL_H

/**
 * @file
 * The control thread: what happens to the events and packets that the workers hand up, and who
 * sends them commands.
 *
 * Here the pieces that do no I/O of their own (resolver, responder) get rings and packet buffers.
 *
 * Threads: the main lcore.
 */

#include "controlplane/link/ip_responder.h"
#include "controlplane/link/port_watch.h"
#include "controlplane/link/resolver.h"
#include "controlplane/loop/loop.h"
#include "controlplane/portmap.h"
#include "controlplane/relay/relay_b4.h"
#include "controlplane/workers/dpclient.h"
#include "shared/control_counters.h"
#include "shared/planes.h"

struct cgn_control;

/** What the control thread counts. */
struct cgn_control_stats {
	CGN_CONTROL_COUNTERS(CGN_STATS_FIELD)
};

/**
 * Create the control thread's parts; nothing is sent yet.
 *
 * @param conf    used until cgn_control_set_conf(), else as long as this lives
 * @param planes  of a data plane that was created; outlives this
 * @return 0 or -errno
 */
int cgn_control_create(struct cgn_control **out, const struct cgn_conf *conf,
		const struct cgn_planes *planes);

/** Release it; the workers have stopped. NULL is allowed. */
void cgn_control_destroy(struct cgn_control *c);

/** The workers run: set configured neighbours, announce addresses. */
void cgn_control_start(struct cgn_control *c);

/**
 * Bring back the leases that the store has: the workers run, and nothing is received yet.
 *
 * A signal that asks for the end is obeyed meanwhile. Leases that are not back by then stay in the store.
 *
 * @return 0; -ECANCELED: the end was asked for; or -errno of the loop
 */
int cgn_control_restore(struct cgn_control *c);

/** Serve until a signal. @return 0 or -errno */
int cgn_control_run(struct cgn_control *c);

/** Ask all workers to make no more mappings and wait shortly for them. @return 0 or -ETIMEDOUT */
int cgn_control_quiesce(struct cgn_control *c);

/** Use another snapshot with the same ports, pools and neighbours. */
void cgn_control_set_conf(struct cgn_control *c, const struct cgn_conf *conf);

/** The snapshot in use. */
const struct cgn_conf *cgn_control_conf(const struct cgn_control *c);

/** The parts, for those who add to them. */
struct cgn_loop *cgn_control_loop(struct cgn_control *c);
/** The client of the workers. */
struct cgn_dpclient *cgn_control_client(struct cgn_control *c);
/** The neighbours. */
struct cgn_resolver *cgn_control_resolver(struct cgn_control *c);
/** Datagrams for cgnd itself; where a server listens. */
struct cgn_ip_responder *cgn_control_responder(struct cgn_control *c);
/** Port mapping for subscribers; NULL: natpmp.role is off. */
struct cgn_portmap *cgn_control_portmap(struct cgn_control *c);
/** The relay of a B4; NULL: there is none. */
struct cgn_relay_b4 *cgn_control_relay_b4(struct cgn_control *c);

/** What watches the ports. */
const struct cgn_port_watch *cgn_control_port_watch(const struct cgn_control *c);
/** The queues to the workers and their counters. */
const struct cgn_planes *cgn_control_planes(const struct cgn_control *c);
/** The counters. */
const struct cgn_control_stats *cgn_control_stats(const struct cgn_control *c);

#endif /* CGN_CONTROL_H */
