/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSOCK_H
#define CGN_CTLSOCK_H

/**
 * @file
 * cgnctl's end of the telemetry socket of a running cgnd.
 *
 * A busy cgnd is waited for: after a moment a line on stderr says what is waited for. Only a cgnd that hangs or is
 * stopped ends the wait.
 *
 * Units:  milliseconds.
 * Errors: what went wrong is kept as text for the user.
 */

#include <jansson.h>
#include <stdbool.h>

struct cgn_ctlsock;

/** Octets that hold a question. */
#define CGN_CTLSOCK_QUESTION_MAX 256

/** How to reach a cgnd, and how long to wait for it. */
struct cgn_ctlsock_cfg {
	const char *prefix;     /* its EAL file prefix; outlives the socket */
	unsigned int notice_ms; /* until stderr says what is waited for; 0: CGN_CTLSOCK_NOTICE_MS */
	unsigned int answer_ms; /* until the wait for one answer ends; 0: CGN_CTL_ANSWER_MS */
};

/** A wait of this length is explained to the user. */
#define CGN_CTLSOCK_NOTICE_MS 1000

/** Whether a text can be a telemetry.prefix: one part of a path, which leads nowhere else. */
bool cgn_ctlsock_is_prefix(const char *prefix);

/**
 * Find and open the socket of a cgnd, and wait for its greeting. A socket is believed if it is root's or
 * this user's: the directories that it is in, which nobody else may write to, and the process behind it.
 *
 * @return
 *   - 0
 *   - -ENOENT: there is none; -ENOMEM
 *   - -EACCES: it is closed to this user
 *   - -EPERM: there is one that is not believed
 *   - -EBUSY: cgnd has closed the connection, because it has too many
 *   - -ETIMEDOUT: cgnd hangs or is stopped
 */
int cgn_ctlsock_open(struct cgn_ctlsock **out, const struct cgn_ctlsock_cfg *cfg);

/** Wait so long for each of the next answers. */
void cgn_ctlsock_set_answer_ms(struct cgn_ctlsock *s, unsigned int answer_ms);

/** Close it. NULL is allowed. */
void cgn_ctlsock_close(struct cgn_ctlsock *s);

/**
 * Ask for a path such as "/cgn/who,192.0.2.1:80/tcp". When cgnd says that it is too busy, ask again.
 *
 * @param[out] answer  the value behind the path; the caller's reference
 * @return 0; -EIO: see cgn_ctlsock_error()
 */
int cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer);

/** Why the last question has no answer. */
const char *cgn_ctlsock_error(const struct cgn_ctlsock *s);

#endif /* CGN_CTLSOCK_H */
