/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACE_FILE_H
#define CGN_TRACE_FILE_H

/**
 * @file
 * Reads the lines of a file, which gzip may have compressed.
 *
 * Threads: any.
 */

#include <stddef.h>
#include <stdint.h>

/** Longest line. Longer ones are skipped: no record is so long. */
#define CGN_TRACE_FILE_LINE_MAX 8192

/** Takes a line without its newline. @return 0, or -errno to stop */
typedef int (*cgn_trace_file_fn)(void *ctx, const char *line, size_t len);

/**
 * Read all lines of a file.
 *
 * @param path          "-": standard input
 * @param[out] skipped  lines that were too long; the last line counts if it has no newline, as it may be cut
 * @return 0; -errno of the file; -EBADMSG: the compressed data is damaged or cut; what @p fn returned
 */
int cgn_trace_file_read(const char *path, cgn_trace_file_fn fn, void *ctx, uint64_t *skipped);

#endif /* CGN_TRACE_FILE_H */
