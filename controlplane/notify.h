/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NOTIFY_H
#define CGN_NOTIFY_H

/**
 * @file
 * Tell the service manager what we do (sd_notify(3)), if there is one: a datagram to $NOTIFY_SOCKET.
 */

/** Send a state such as "READY=1". Without $NOTIFY_SOCKET nothing happens. @return 0 or -errno */
int cgn_notify_send(const char *state);

#endif /* CGN_NOTIFY_H */
