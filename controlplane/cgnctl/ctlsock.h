/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSOCK_H
#define CGN_CTLSOCK_H

/**
 * @file
 * Connects cgnctl to the telemetry socket of a running cgnd.
 *
 * If cgnd is busy, cgnctl waits for it. After a short time, a line on stderr tells what cgnctl waits for. The wait
 * fails only if cgnd hangs or is stopped.
 *
 * Units:  milliseconds.
 * Errors: cgn_ctlsock_error() has a text for the user.
 */

#include <jansson.h>
#include <stdbool.h>

struct cgn_ctlsock;

/** Octets that hold a question. */
#define CGN_CTLSOCK_QUESTION_MAX 768

/** How to reach a cgnd, and how long to wait for it. */
struct cgn_ctlsock_cfg {
	const char *prefix;     /* EAL file prefix of that cgnd; outlives the socket */
	unsigned int notice_ms; /* wait before the line on stderr; 0: CGN_CTLSOCK_NOTICE_MS */
	unsigned int answer_ms; /* longest wait for one answer; 0: CGN_CTL_ANSWER_MS */
};

/** A wait of this length is explained to the user. */
#define CGN_CTLSOCK_NOTICE_MS 1000

/** Whether a text can be a telemetry.prefix. It must be one part of a path, and not lead to another directory. */
bool cgn_ctlsock_is_prefix(const char *prefix);

/**
 * Find and open the socket of a cgnd, and wait for its greeting.
 *
 * A socket is trusted only if two things are true. The process behind it runs as root or as this user. Root or this
 * user owns all directories above the socket, and nobody else may write to them.
 *
 * @return
 *   - 0
 *   - -ENOENT: there is no socket; -ENOMEM
 *   - -EACCES: this user may not open the socket
 *   - -EPERM: there is a socket, but it is not trusted
 *   - -EBUSY: cgnd has closed the connection, because it has too many
 *   - -ETIMEDOUT: cgnd hangs or is stopped
 */
int cgn_ctlsock_open(struct cgn_ctlsock **out, const struct cgn_ctlsock_cfg *cfg);

/** Set how long to wait for each of the next answers. */
void cgn_ctlsock_set_answer_ms(struct cgn_ctlsock *s, unsigned int answer_ms);

/** Close it. NULL is allowed. */
void cgn_ctlsock_close(struct cgn_ctlsock *s);

/**
 * Ask for a path such as "/cgn/who,192.0.2.1:80/tcp". If cgnd answers that it is too busy, ask again.
 *
 * @param[out] answer  the value of the path; the caller releases this reference
 * @return 0; -EIO: see cgn_ctlsock_error()
 */
int cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer);

/** A text that tells why the last question got no answer. */
const char *cgn_ctlsock_error(const struct cgn_ctlsock *s);

#endif /* CGN_CTLSOCK_H */
