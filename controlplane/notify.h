/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NOTIFY_H
#define CGN_NOTIFY_H

/**
 * @file
 * Tells the service manager the state of cgnd, as sd_notify(3) does: with a datagram to the socket $NOTIFY_SOCKET.
 *
 * If the manager is slow and its socket is full, cgnd does not wait for it.
 *
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"

/**
 * Send a state such as "READY=1". Does nothing without $NOTIFY_SOCKET.
 *
 * @param state  must stay valid until the next call
 * @return
 *   - 0: the state was sent. With timers: if the socket is full, it is sent later, unless a newer state comes before
 *   - -EAGAIN: without timers: the socket is full, and the state is not sent
 *   - -errno
 */
int cgn_notify_send(const char *state);

/** Send that the configuration is being read again. The next state must be "READY=1". @return as cgn_notify_send() */
int cgn_notify_reloading(void);

/** Use these timers to send a state again. NULL: use no timers; call it with NULL before the timers are released. */
void cgn_notify_attach(struct cgn_timerq *timers);

#endif /* CGN_NOTIFY_H */
