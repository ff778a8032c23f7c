/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FUZZ_H
#define CGN_TEST_FUZZ_H

/**
 * @file
 * What every fuzz target defines. Linked with libFuzzer it is fuzzed; linked with replay_main.c it
 * runs a corpus, as a test of every build.
 */

#include <stddef.h>
#include <stdint.h>

/** One input; ends the program when an invariant is broken. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* CGN_TEST_FUZZ_H */
