/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SINK_H
#define CGN_SINK_H

/**
 * @file
 * A stream for text. Threads that write to it never wait.
 *
 * Text goes into a buffer of CGN_SINK_ROOM octets, and a thread of the sink writes it to the descriptor.
 * Only this thread waits if the descriptor is a pipe that nobody reads, a journal that is stuck, or a file
 * on a disk that hangs. Lines for which the buffer has no room are lost and counted. As soon as half of the
 * buffer is free again, one line reports the number.
 *
 * Threads: any thread may write. Only the owner opens and closes the sink.
 * Memory:  CGN_SINK_ROOM octets and a thread.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CGN_SINK_ROOM 262144

struct cgn_sink;

/**
 * Open a sink, and start its thread with all signals blocked.
 *
 * @param fd  descriptor to which the text is written; the caller owns it and keeps it open until the thread
 *   has ended
 * @return 0 or -errno
 */
int cgn_sink_open(struct cgn_sink **out, int fd);

/**
 * Close the sink when all text is written, but wait at most @p wait_ms. If not all text is written by then,
 * the thread goes on alone and releases the memory when its write returns. NULL is allowed.
 *
 * @return 0; -ETIMEDOUT: not everything was written
 */
int cgn_sink_close(struct cgn_sink *s, uint32_t wait_ms);

/** The stream to print to, buffered by lines. It is closed with the sink. */
FILE *cgn_sink_stream(struct cgn_sink *s);

/** Let the sink's thread run on the cores of the calling thread. */
void cgn_sink_follow(struct cgn_sink *s);

/** Lines that were lost until now. Any thread. */
uint64_t cgn_sink_lost(const struct cgn_sink *s);

/**
 * Write as much of the buffer as the descriptor takes without waiting. This function is for the signal
 * handler of a process that is about to die: it takes no lock. Afterwards the thread of the sink does not
 * begin another write.
 */
void cgn_sink_rescue(struct cgn_sink *s);

#endif /* CGN_SINK_H */
