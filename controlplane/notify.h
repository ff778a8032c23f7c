/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NOTIFY_H
#define CGN_NOTIFY_H

/**
 * @file
 * Tell the service manager what we do (sd_notify(3)), if there is one: a datagram to $NOTIFY_SOCKET.
 *
 * A manager that is slow and whose socket is full is not waited for.
 *
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"

/**
 * Send a state such as "READY=1". Without $NOTIFY_SOCKET nothing happens.
 *
 * @param state  stays where it is until the next call
 * @return
 *   - 0: sent; or, with timers, tried again until it is sent or there is a newer state
 *   - -EAGAIN: the socket is full, and nobody tries again
 *   - -errno
 */
int cgn_notify_send(const char *state);

/** From now on use these timers to try again. NULL: none; before they are released. */
void cgn_notify_attach(struct cgn_timerq *timers);

#endif /* CGN_NOTIFY_H */
