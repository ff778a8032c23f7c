/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MEM_H
#define CGN_MEM_H

/**
 * @file
 * Memory for the big tables of a worker. The address space is reserved at once, and the kernel commits
 * memory when a page is first written. A table for the worst case therefore needs memory only for the part
 * that is used. The size of the EAL's heap does not matter.
 *
 * The kernel zeroes a huge page at its first use. That stops a worker for longer than a turn of its loop
 * may take. If that is not acceptable, all pages are committed at the start (cgn_mem_commit()).
 *
 * Threads: any; an area belongs to the thread that mapped it.
 * Errors:  NULL when the address space cannot be reserved.
 */

#include <stddef.h>

/** Octets of a huge page. */
#define CGN_MEM_HUGE_PAGE ((size_t)2 << 20)

/**
 * Reserve zeroed memory for a table that is filled without gaps. Huge pages are used if the kernel has
 * them.
 *
 * @param bytes  size; 0 is allowed
 * @return start, aligned to a page; areas of 2 MB or more are aligned to 2 MB
 */
void *cgn_mem_map(size_t bytes);

/**
 * Reserve zeroed memory for a table of which few places are used. Only small pages are used, so that the
 * first use of a place commits only 4 KB.
 *
 * @param bytes  size; 0 is allowed
 * @return start, aligned to a page
 */
void *cgn_mem_map_sparse(size_t bytes);

/**
 * Reserve memory as cgn_mem_map() does, for a table that may grow. What is behind @p bytes does not count as reserved,
 * is not committed by cgn_mem_commit(), and has small pages.
 *
 * @param bytes  size of the table now
 * @param room   size that it may have later, at least @p bytes; also the size for cgn_mem_unmap()
 */
void *cgn_mem_map_room(size_t bytes, size_t room);

/** The same as cgn_mem_map_sparse() does. */
void *cgn_mem_map_sparse_room(size_t bytes, size_t room);

/**
 * Reserve memory as cgn_mem_map() does, for packet buffers. It is no table: cgn_mem_reserved() does not count it, and
 * cgn_mem_commit() leaves it alone.
 *
 * @param bytes  size; all of it can be in huge pages if it is a multiple of CGN_MEM_HUGE_PAGE
 */
void *cgn_mem_map_buffers(size_t bytes);

/**
 * Release what one of the functions above made. NULL is allowed.
 *
 * @param bytes  size as reserved
 */
void cgn_mem_unmap(void *p, size_t bytes);

/**
 * Find out how much of an area the kernel has put into huge pages by now.
 *
 * @return octets, at most @p bytes. If the kernel treats the area and its neighbours as one, huge pages of the
 *         neighbours may count. 0 if that is not known
 */
size_t cgn_mem_huge(const void *p, size_t bytes);

/**
 * Set the owner of the areas that are reserved from now on. Before the first call the owner is 0. The areas
 * of an owner are committed together.
 */
void cgn_mem_set_owner(unsigned int owner);

/** Octets reserved in all areas. That is the size of all tables when they are full. */
size_t cgn_mem_reserved(void);

/**
 * Commit all pages of an owner's areas, on the NUMA node of the calling thread. Their contents do not
 * change. During the call no thread may reserve or release areas. Several threads may commit at the same
 * time.
 *
 * @return 0, -ENOMEM, -EINVAL: the kernel is too old (before Linux 5.14)
 */
int cgn_mem_commit(unsigned int owner);

/** Octets of memory that the machine has left for programs; 0 if that is not known. */
size_t cgn_mem_available(void);

#endif /* CGN_MEM_H */
