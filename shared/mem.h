/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MEM_H
#define CGN_MEM_H

/**
 * @file
 * Big tables of a worker: address space is reserved at once, memory is committed by the kernel when
 * a page is written for the first time. A table for the worst case costs what is used of it, and
 * nothing depends on the size of the EAL's heap.
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

#endif /* CGN_MEM_H */
