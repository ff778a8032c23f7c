/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLTAP_H
#define CGN_CTLTAP_H

/**
 * @file
 * Runs a trace or a capture at a cgnd, and takes the stream apart (shared/tap_record.h).
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "shared/tap_record.h"

struct bpf_program;

/** A reader returns this when it wants no more. What still comes is left out. */
#define CGN_CTLTAP_ENOUGH 1

/**
 * What is wanted, and who takes it. The functions return 0 to go on, CGN_CTLTAP_ENOUGH, or an error, which
 * cgn_ctltap_run() then returns.
 */
struct cgn_ctltap_reader {
	const char *mode;                 /* "trace" or "capture" */
	const struct bpf_program *filter; /* of a capture; NULL: none */
	int (*names)(void *ctx,
			const struct cgn_tap_names *names); /* it has begun; NULL: who cares */
	int (*packet)(void *ctx, const struct cgn_tap_names *names, const struct cgn_tap_record *r);
	void *ctx;
};

/**
 * Run one until it ends. An interrupt from the keyboard ends it, and what was recorded by then is still read.
 *
 * @param[out] end  how it ended
 * @return 0, -EIO: cgn_ctlsock_error() tells why; -EPROTO: cgnd has another format; or an error of the reader
 */
int cgn_ctltap_run(struct cgn_ctlsock *s, const struct cgn_ctlargs *args,
		const struct cgn_ctltap_reader *reader, struct cgn_tap_end *end);

/**
 * Take the next whole record of a stream.
 *
 * @param at  a multiple of eight octets in memory
 * @return its octets; 0: more octets are needed; -EPROTO: it is no record
 */
long cgn_ctltap_next(const uint8_t *at, size_t n);

/** The frame number @p i of a record that cgn_ctltap_next() has accepted. @return NULL: there are fewer */
const struct cgn_tap_frame *cgn_ctltap_frame(const struct cgn_tap_record *r, unsigned int i);

/** The octets of a frame. */
static inline const uint8_t *
cgn_ctltap_octets(const struct cgn_tap_frame *f)
{
	return (const uint8_t *)(f + 1);
}

/** Why it ended, as the beginning of a line. "": as many packets came as were wanted */
const char *cgn_ctltap_why(const struct cgn_tap_end *end);

/**
 * Print to stderr what was lost, if anything was, and that a worker does not answer.
 *
 * @return exit status: 0; 1 if a worker does not answer
 */
int cgn_ctltap_tell_lost(const struct cgn_tap_end *end, const char *what);

/** If stderr is a terminal, print there what happens now, and how it ends. @param what  such as "waits for packets" */
void cgn_ctltap_tell_start(const struct cgn_ctlargs *args, const char *what);

/**
 * Print to stderr why it ended and what was lost, if that is not as asked for. On a terminal, print always how many there
 * were.
 *
 * @return as cgn_ctltap_tell_lost()
 */
int cgn_ctltap_tell_end(const struct cgn_tap_end *end, const char *what);

#endif /* CGN_CTLTAP_H */
