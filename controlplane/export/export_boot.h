/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_BOOT_H
#define CGN_EXPORT_BOOT_H

/**
 * @file
 * A file that tells the next start how this run of cgnd has ended. It has one line: "cgnd 1 BOOT running" while cgnd
 * runs, and "cgnd 1 BOOT stopped" after a clean stop. It says "unknown" if the export was switched off before the stop.
 * After a crash it still says "running". Then the port blocks of that run end with the next record CGN_RECORD_START.
 *
 * A start that fails leaves the file as it was, so that the next start still knows of a crash.
 *
 * While cgnd runs, it has a lock on the file, so that two cgnds do not take each other's runs for crashes.
 *
 * Threads: single owner.
 */

#include "controlplane/export/export_origin.h"

#include <stdbool.h>
#include <stddef.h>

/** What stands behind the name of a sink's file. */
#define CGN_EXPORT_BOOT_SUFFIX ".boot"

/** Octets that are read of the file. Its line is shorter. */
#define CGN_EXPORT_BOOT_LINE_MAX 48

/** The open file. The owner zeroes it at first. */
struct cgn_export_boot {
	int fd;         /* -1: there is no usable file */
	bool is_missed; /* it was logged that there is none */
	size_t n_before;
	char before[CGN_EXPORT_BOOT_LINE_MAX]; /* its content before this run, n_before octets */
};

/** There is no place for a file. This is logged. */
void cgn_export_boot_miss(struct cgn_export_boot *b);

/**
 * Open the file, read how the run before has ended, and write that this one runs. If the file cannot be used or was
 * damaged, this is logged, and o->after is CGN_EXPORT_AFTER_UNKNOWN. A damaged file is written anew.
 *
 * @param[in,out] o  has boot; gets after and previous
 */
void
cgn_export_boot_begin(struct cgn_export_boot *b, const char *path, struct cgn_export_origin *o);

/**
 * Write in another file that this run goes on. The file before tells that it has stopped. If the other file cannot be used,
 * this is logged.
 */
void cgn_export_boot_move(
		struct cgn_export_boot *b, const char *path, const struct cgn_export_origin *o);

/**
 * Write that this run has stopped, and close the file.
 *
 * @param goes_on  cgnd goes on without the export: what happens from now on is unknown
 */
void
cgn_export_boot_end(struct cgn_export_boot *b, const struct cgn_export_origin *o, bool goes_on);

/** The start has failed: give the file the content that it had before, and close it. */
void cgn_export_boot_undo(struct cgn_export_boot *b);

#endif /* CGN_EXPORT_BOOT_H */
