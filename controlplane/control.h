/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_H
#define CGN_CONTROL_H

/**
 * @file
 * The control thread. It takes the events and packets that workers send to it, gives them to its modules, and sends
 * commands to the workers.
 *
 * Modules such as the resolver and the responder do no I/O. This file gives them functions that use the rings and the
 * packet buffers.
 *
 * Threads: the main lcore.
 */

#include "controlplane/change.h"
#include "controlplane/control_stats.h"
#include "controlplane/host/host.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/link/port_watch.h"
#include "controlplane/link/resolver.h"
#include "controlplane/loads.h"
#include "controlplane/loop/loop.h"
#include "controlplane/portmap.h"
#include "controlplane/records.h"
#include "controlplane/relay/relay_b4.h"
#include "controlplane/tapper.h"
#include "controlplane/workers/dpclient.h"
#include "shared/planes.h"
#include "shared/state_counts.h"

struct cgn_control;
struct cgn_reload;

/**
 * Create the modules of the control thread. Nothing is sent yet.
 *
 * @param conf    must not be freed before cgn_control_set_conf() or cgn_control_destroy()
 * @param planes  of a data plane that was created; outlives the control thread
 * @return 0 or -errno
 */
int cgn_control_create(struct cgn_control **out, const struct cgn_conf *conf,
		const struct cgn_planes *planes);

/** Release it. The workers must have stopped. NULL is allowed. */
void cgn_control_destroy(struct cgn_control *c);

/** The workers run now: enter configured neighbours, and announce addresses. */
void cgn_control_start(struct cgn_control *c);

/** The workers receive packets now: let the routing daemon announce the pools. */
void cgn_control_announce(struct cgn_control *c);

/**
 * cgnd is about to stop: let the routing daemon withdraw the pools, and serve on meanwhile (CGN_HOST_POOLS_DRAIN_MS).
 * Returns at once if the pools are not announced.
 */
void cgn_control_withdraw(struct cgn_control *c);

/**
 * Bring back the leases of the store. The workers run, but receive no packets yet.
 *
 * A signal that asks cgnd to end is obeyed meanwhile. Leases that are not back by then stay in the store.
 *
 * @return 0; -ECANCELED: a signal has asked cgnd to end; -errno of the loop
 */
int cgn_control_restore(struct cgn_control *c);

/** Serve until a signal asks cgnd to end. @return 0 or -errno */
int cgn_control_run(struct cgn_control *c);

/** Ask all workers to make no more mappings, and wait a short time for their replies. @return 0 or -ETIMEDOUT */
int cgn_control_quiesce(struct cgn_control *c);

/** Let another part of cgnd follow changes of the configuration, behind those of the control thread. @return 0 or -ENOSPC */
int cgn_control_join(struct cgn_control *c, const struct cgn_change_part *part);

/** The first part that still works on the change before, and cannot prepare for @p conf yet. @return its name, NULL: none */
const char *cgn_control_must_wait(const struct cgn_control *c, const struct cgn_conf *conf);

/**
 * Ask all parts to prepare for another configuration. Each uses the present one until cgn_control_set_conf(), but for
 * the resolver, which asks for the new next hops.
 *
 * @param conf    must not be freed before cgn_control_abandon_conf(), or before the next cgn_control_set_conf()
 * @param errors  gets the reasons of a refusal
 * @return 0; -errno: a part refuses, and nothing is prepared
 */
int cgn_control_prepare_conf(
		struct cgn_control *c, const struct cgn_conf *conf, struct cgn_conf_errors *errors);

/** After cgn_control_prepare_conf(): whether no next hop waits for its first answer. Workers hold few packets meanwhile. */
bool cgn_control_is_settled(const struct cgn_control *c);

/** Give up the configuration that was prepared. */
void cgn_control_abandon_conf(struct cgn_control *c);

/** Use the configuration that was prepared. This cannot fail. */
void cgn_control_set_conf(struct cgn_control *c, const struct cgn_conf *conf);

/** The configuration in use. */
const struct cgn_conf *cgn_control_conf(const struct cgn_control *c);

/** When the counters began to count, in milliseconds since 1970. */
int64_t cgn_control_since_ms(const struct cgn_control *c);

/** The loop. */
struct cgn_loop *cgn_control_loop(struct cgn_control *c);
/** The client of the workers. */
struct cgn_dpclient *cgn_control_client(struct cgn_control *c);
/** The resolver, which knows the neighbours. */
struct cgn_resolver *cgn_control_resolver(struct cgn_control *c);
/** The responder, which takes datagrams for cgnd itself. */
struct cgn_ip_responder *cgn_control_responder(struct cgn_control *c);
/** Port mapping for subscribers. NULL: natpmp.role is off */
struct cgn_portmap *cgn_control_portmap(struct cgn_control *c);
/** The relay of a B4. NULL: there is none */
struct cgn_relay_b4 *cgn_control_relay_b4(struct cgn_control *c);

/** Use the export from now on, for leases and counters. @param records  outlives the control thread */
void cgn_control_set_records(struct cgn_control *c, struct cgn_records *records);

/** The export of records. NULL: cgn_control_set_records() was not called */
struct cgn_records *cgn_control_records(const struct cgn_control *c);

/** Who reloads the configuration, for telemetry and counters. @param reload  outlives the control thread */
void cgn_control_set_reload(struct cgn_control *c, struct cgn_reload *reload);

/** Who reloads the configuration. NULL: nobody */
struct cgn_reload *cgn_control_reload(const struct cgn_control *c);

/** The watch of the ports. */
const struct cgn_port_watch *cgn_control_port_watch(const struct cgn_control *c);
/** The traces and captures of operators. */
struct cgn_tapper *cgn_control_tapper(const struct cgn_control *c);
/** The host plane. */
const struct cgn_host *cgn_control_host(const struct cgn_control *c);
/** The loads of the workers. */
const struct cgn_loads *cgn_control_loads(const struct cgn_control *c);
/** The queues to the workers and their counters. */
const struct cgn_planes *cgn_control_planes(const struct cgn_control *c);
/** What became of the state of the run before (kept.h). All 0: there was none. */
struct cgn_state_counts *cgn_control_kept(struct cgn_control *c);
/** The counters. */
const struct cgn_control_stats *cgn_control_stats(const struct cgn_control *c);

#endif /* CGN_CONTROL_H */
