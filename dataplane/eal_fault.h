/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EAL_FAULT_H
#define CGN_EAL_FAULT_H

/**
 * @file
 * Finds the argument that EAL does not understand. EAL itself prints all its options then, and the argument far above.
 */

#include <stddef.h>

/**
 * Find the first word of @p words that EAL does not take, as an option or as the value of one. It lets child
 * processes try, so call it only after EAL has refused them, or where EAL does not run.
 *
 * @return its index, or that of its option; n: EAL takes each of them by itself, or nobody could try
 */
size_t cgn_eal_fault_find(char *const *words, size_t n);

/**
 * Find a `-m` whose value is no number. EAL takes it, and means "no value" by it. So this may be called at any time.
 *
 * @return its index; n: there is none
 */
size_t cgn_eal_fault_memory(char *const *words, size_t n);

#endif /* CGN_EAL_FAULT_H */
