/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_FILE_H
#define CGN_EXPORT_FILE_H

/**
 * @file
 * A sink that appends lines to a file.
 *
 * The file is made with mode 0640. It must be a regular file, and no symbolic link. It gets whole lines only: if the disk
 * is full in the middle of a line, the beginning of the line is cut off again, and the line is written later. Before the
 * file is closed, its content is on the disk.
 *
 * Threads: as export_sink.h.
 */

#include "controlplane/export/export_origin.h"
#include "controlplane/export/export_sink.h"

/** The functions of the sink; the argument is a struct cgn_export_file. */
extern const struct cgn_export_sink_ops cgn_export_file_ops;

struct cgn_export_file;

/**
 * Create the sink. The file is opened later.
 *
 * @param path    copied
 * @param origin  outlives the sink
 * @return 0 or -ENOMEM
 */
int cgn_export_file_create(struct cgn_export_file **out, const char *path,
		const struct cgn_export_origin *origin);

#endif /* CGN_EXPORT_FILE_H */
