/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESTART_MARK_H
#define CGN_RESTART_MARK_H

/**
 * @file
 * A file in runtime_dir that is there while cgnd runs, with the numbers of what cgnd has. After a crash it tells the next
 * start what was lost.
 *
 * The file is locked while cgnd runs, so that no second cgnd uses the directory. A start that fails leaves it as it
 * was. On a tmpfs it is gone after a reboot.
 *
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stdint.h>

/** Its name in runtime_dir. */
#define CGN_RESTART_MARK_NAME "running.cgn"

/** What a cgnd has, or had a second before its crash at most. */
struct cgn_restart_numbers {
	uint64_t subscribers;
	uint64_t mappings;
	uint64_t sessions;
	uint64_t leases;
};

/** The open file. */
struct cgn_restart_mark {
	int dir;       /* -1: there is no usable file */
	int file;      /* -1: the same */
	bool has_said; /* a failure was logged */
	bool is_ours;  /* cgn_restart_mark_write() was called */
};

/**
 * Open and lock the file, and read how the run before has ended. A failure is logged. The lock is one of fcntl(): it
 * ends if this process closes any descriptor of the file.
 *
 * @param[out] lost  what a crashed cgnd had
 * @return 1: the run before has crashed; 0: it has not, or nobody knows; -EBUSY: another cgnd has the lock
 */
int cgn_restart_mark_begin(struct cgn_restart_mark *m, const char *runtime_dir,
		struct cgn_restart_numbers *lost);

/** Write what cgnd has now. */
void cgn_restart_mark_write(struct cgn_restart_mark *m, const struct cgn_restart_numbers *now);

/** Close the file. It is removed if it was written. */
void cgn_restart_mark_end(struct cgn_restart_mark *m);

#endif /* CGN_RESTART_MARK_H */
