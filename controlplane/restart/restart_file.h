/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESTART_FILE_H
#define CGN_RESTART_FILE_H

/**
 * @file
 * The file by which a stop hands the state of cgnd to the next start: runtime_dir/state.cgn.
 *
 * The file is a header and chunks. A chunk has a kind and octets; this file does not know what they mean. The last chunk
 * says how many there were, so that a file that was cut short is noticed. Every chunk has a checksum.
 *
 * The header has the version of the format, the build that has written the file (information only), the boot of the
 * machine (/proc/sys/kernel/random/boot_id) and the time of CLOCK_BOOTTIME.
 *
 * A file is used once. While a start uses it, it has another name. A start that fails gives it its name back, and one
 * that serves removes it. After a crash in between, the file still has the other name. Then nobody uses it, because the
 * file may have caused the crash. A file that is not good from its first to its last octet is not used at all.
 *
 * The directory and the file belong to the user that cgnd runs as (the directory may belong to root), nobody else may
 * write to them, and neither is a symbolic link.
 *
 * Units:   little endian in the file; milliseconds of CLOCK_BOOTTIME.
 * Threads: single owner.
 * Memory:  one chunk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Its name in runtime_dir, its name while it is written, and its name while a start uses it. */
#define CGN_RESTART_FILE_NAME  "state.cgn"
#define CGN_RESTART_FILE_NEW   "state.cgn.new"
#define CGN_RESTART_FILE_TAKEN "state.cgn.taken"

/** The version of the format. A file of another one is not used. */
#define CGN_RESTART_FILE_VERSION 1u

/** Most octets of a chunk. */
#define CGN_RESTART_FILE_CHUNK_MAX (1u << 20)

/** Octets for a reason, for the text of a build and for a boot id, with their ends. */
#define CGN_RESTART_FILE_WHY_MAX   160
#define CGN_RESTART_FILE_BUILD_MAX 56
#define CGN_RESTART_FILE_BOOT_MAX  40

/** Octets of the header of the file and of the header of a chunk. */
#define CGN_RESTART_FILE_HEADER_LEN 128
#define CGN_RESTART_FILE_CHUNK_LEN  16

/** A file that is written, or one that is read. */
struct cgn_restart_file {
	int dir;  /* runtime_dir; -1: closed */
	int file; /* -1: closed */
	/** What it is called until it is finished; NULL: it has no name. */
	const char *name;
	uint64_t n_chunks;
	uint64_t n_octets;                      /* of the contents of chunks */
	int64_t saved_ms;                       /* when the file was begun */
	char build[CGN_RESTART_FILE_BUILD_MAX]; /* that has written it */
};

/**
 * Begin a file. A file of before is removed. The new one gets its name in cgn_restart_file_commit().
 *
 * @param build  a short text without spaces
 * @param[out] why  on failure: the reason, as a text to print behind the path
 * @return 0; -EPERM: the directory is not safe; -errno: it cannot be opened, or the file cannot be made
 */
int cgn_restart_file_create(struct cgn_restart_file *f, const char *runtime_dir, const char *build,
		char why[static CGN_RESTART_FILE_WHY_MAX]);

/**
 * Add a chunk.
 *
 * @param kind  not 0
 * @param len   at most CGN_RESTART_FILE_CHUNK_MAX
 * @return 0 or -errno; after an error, call cgn_restart_file_close()
 */
int cgn_restart_file_put(struct cgn_restart_file *f, uint32_t kind, const void *data, size_t len);

/** Finish the file, give it its name, and close it. @return 0; -errno: there is no file */
int cgn_restart_file_commit(struct cgn_restart_file *f);

/**
 * Looks at a chunk while the file is checked, before anything is used.
 *
 * @param[out] why  on a refusal: the reason
 * @return 0; -errno: the file is refused
 */
typedef int (*cgn_restart_file_look)(void *ctx, uint32_t kind, const void *data, size_t len,
		char why[static CGN_RESTART_FILE_WHY_MAX]);

/**
 * Give the file of the last stop the name CGN_RESTART_FILE_TAKEN, and check all of it. Its chunks can be read then. A file
 * that is refused is removed.
 *
 * @param max_age_s  an older file is refused
 * @param look       NULL: nobody looks at the chunks
 * @param[out] why   on a refusal: the reason, as a text to print behind the path
 * @return
 *   - 0
 *   - -ENOENT: there is no file
 *   - -EPERM: the directory is not safe, or the file belongs to somebody else. Such a file is not read; it is removed if
 *     the directory is safe
 *   - -EOWNERDEAD: a start has crashed while it used the file
 *   - -ESTALE: it is of another boot, or too old
 *   - -EPROTONOSUPPORT: it has another version
 *   - -EBADMSG: it was cut short, or it is damaged
 *   - -errno: it cannot be opened or renamed; what @p look has returned
 */
int cgn_restart_file_open(struct cgn_restart_file *f, const char *runtime_dir, uint32_t max_age_s,
		cgn_restart_file_look look, void *ctx, char why[static CGN_RESTART_FILE_WHY_MAX]);

/** cgn_restart_file_open() for a file that is open already; takes it over. For tests. */
int cgn_restart_file_open_fd(struct cgn_restart_file *f, int fd, uint32_t max_age_s,
		cgn_restart_file_look look, void *ctx, char why[static CGN_RESTART_FILE_WHY_MAX]);

/**
 * Read the next chunk.
 *
 * @param data  room for CGN_RESTART_FILE_CHUNK_MAX octets
 * @return 1: there was one; 0: there are no more; -errno: the file has changed since it was opened
 */
int cgn_restart_file_next(struct cgn_restart_file *f, uint32_t *kind, void *data, size_t *len);

/** Close a file. One that was not committed is removed, and one that was read, too. Does nothing to a closed one. */
void cgn_restart_file_close(struct cgn_restart_file *f);

/** Close a file that was read, for the next start. @return 0; -errno: it is lost */
int cgn_restart_file_put_back(struct cgn_restart_file *f);

/**
 * Open runtime_dir if nobody else may write to it.
 *
 * @param[out] why  on a refusal: the reason
 * @return a descriptor, or -errno
 */
int cgn_restart_file_open_dir(const char *path, char why[static CGN_RESTART_FILE_WHY_MAX]);

/** Remove a file that is not wanted, without a look into it. @return whether there was one */
bool cgn_restart_file_remove(const char *runtime_dir);

#endif /* CGN_RESTART_FILE_H */
