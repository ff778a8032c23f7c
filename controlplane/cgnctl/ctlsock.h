/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSOCK_H
#define CGN_CTLSOCK_H

/**
 * @file
 * cgnctl's end of the telemetry socket of a running cgnd.
 *
 * Errors: what went wrong is kept as text for the user.
 */

#include <jansson.h>
#include <stdbool.h>

struct cgn_ctlsock;

/** Octets that hold a question. */
#define CGN_CTLSOCK_QUESTION_MAX 256

/** Whether a text can be a telemetry.prefix: one part of a path, which leads nowhere else. */
bool cgn_ctlsock_is_prefix(const char *prefix);

/**
 * Find and open the socket of the cgnd with this EAL file prefix. A socket is believed if it is root's or
 * this user's: the directories that it is in, which nobody else may write to, and the process behind it.
 *
 * @return
 *   - 0
 *   - -ENOENT: there is none; -ENOMEM
 *   - -EACCES: it is closed to this user
 *   - -EPERM: there is one that is not believed
 */
int cgn_ctlsock_open(struct cgn_ctlsock **out, const char *prefix);

/** Close it. NULL is allowed. */
void cgn_ctlsock_close(struct cgn_ctlsock *s);

/**
 * Ask for a path such as "/cgn/who,192.0.2.1:80/tcp".
 *
 * @param[out] answer  the value behind the path; the caller's reference
 * @return 0; -EIO: see cgn_ctlsock_error()
 */
int cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer);

/** Why the last question has no answer. */
const char *cgn_ctlsock_error(const struct cgn_ctlsock *s);

#endif /* CGN_CTLSOCK_H */
