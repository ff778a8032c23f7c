/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MEM_H
#define CGN_MEM_H

/**
 * @file
 * Big tables of a worker: address space is reserved at once, and the kernel commits memory when a page is
 * first written. A table for the worst case therefore costs only what is used of it, and nothing depends on
 * the size of the EAL's heap.
 *
 * Zeroing a huge page at its first use stops a worker for longer than a loop may take. Where that is not
 * acceptable, all pages are committed beforehand (cgn_mem_commit()).
 *
 * Threads: any; an area belongs to the thread that mapped it.
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

/**
 * Set the owner of areas that are mapped from now on, 0 at first. The areas of an owner are committed
 * together.
 */
void cgn_mem_set_owner(unsigned int owner);

/** Octets reserved in all areas: the size of all tables when full. */
size_t cgn_mem_reserved(void);

/**
 * Commit all pages of an owner's areas, on the NUMA node of the calling thread. Their contents stay. No
 * thread may map or unmap areas meanwhile; several may commit.
 *
 * @return 0, -ENOMEM, -EINVAL: the kernel cannot (before Linux 5.14)
 */
int cgn_mem_commit(unsigned int owner);

/** Octets of memory that the machine has left for programs; 0 if it does not say. */
size_t cgn_mem_available(void);

#endif /* CGN_MEM_H */
