/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MEM_H
#define CGN_MEM_H

/**
 * @file
 * Big tables of a worker: address space is reserved at once, memory is committed by the kernel when
 * a page is written for the first time. A table for the worst case costs what is used of it, and
 * nothing depends on the size of the EAL's heap.
 *
 * Zeroing a huge page at its first use holds a worker for longer than a loop may take; who cannot
 * have that commits all pages beforehand.
 *
 * Threads: any; each area belongs to whoever mapped it.
 * Errors:  NULL when the address space cannot be reserved.
 */

#include <stddef.h>

/**
 * Reserve zeroed memory for a table that fills up densely: huge pages where the kernel has them.
 *
 * @param bytes  size; 0 is allowed
 * @return start, aligned to a page, or to 2 MB from 2 MB on
 */
void *cgn_mem_map(size_t bytes);

/**
 * Reserve zeroed memory for a table of which few places are used: small pages only, so that the
 * first use of a place commits 4 KB.
 *
 * @param bytes  size; 0 is allowed
 * @return start, aligned to a page
 */
void *cgn_mem_map_sparse(size_t bytes);

/** Release what either function made. NULL is allowed. @param bytes as mapped */
void cgn_mem_unmap(void *p, size_t bytes);

/** Areas that are mapped from now on belong to @p owner, 0 at first: a group to be committed together. */
void cgn_mem_set_owner(unsigned int owner);

/** Octets reserved now, in all areas together: what the tables take when all of them are full. */
size_t cgn_mem_reserved(void);

/**
 * Commit all pages of an owner's areas, on the NUMA node of the calling thread. What is in them stays.
 * Nobody maps or unmaps an area meanwhile; several threads may commit.
 *
 * @return 0, -ENOMEM, -EINVAL: the kernel cannot (before Linux 5.14)
 */
int cgn_mem_commit(unsigned int owner);

/** Octets of memory that the machine has left for programs; 0 if it does not say. */
size_t cgn_mem_available(void);

#endif /* CGN_MEM_H */
