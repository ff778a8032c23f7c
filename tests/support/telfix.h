/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TELFIX_H
#define CGN_TEST_TELFIX_H

/**
 * @file
 * DPDK's telemetry library in place of the real one: what is answered becomes JSON of jansson, and its limits are
 * checked. The program that links this has these functions instead of DPDK's.
 *
 * Threads: tel_ask() calls the path on a thread of its own, as DPDK does, and drives planefix meanwhile.
 */

#include <jansson.h>

/** Octets of JSON that DPDK sends; it leaves out what does not fit. */
#define TEL_ANSWER_MAX (16 * 1024)

/** What the answers did that DPDK would not take: names and texts that are too long, and the like. */
extern unsigned int tel_n_wrong;

/** Ask a path while planefix's workers work and its loop turns.
 *
 * @param params  as DPDK gives them: what stands behind the first comma; NULL: nothing
 * @return the answer, to be released
 */
json_t *tel_ask(const char *path, const char *params);

/** The same while only the loop turns: the workers do not answer, and time passes. */
json_t *tel_ask_alone(const char *path, const char *params);

/** How many paths are registered; DPDK keeps them for ever. */
unsigned int tel_n_paths(void);

/** An answer made by a function of teldata. @return a value for it, see tel_json() */
struct rte_tel_data *tel_new(void);

/** The JSON of it, to be released; the value is released. */
json_t *tel_json(struct rte_tel_data *d);

/** Octets of an answer as DPDK sends it. */
size_t tel_size(const char *path, const json_t *answer);

#endif /* CGN_TEST_TELFIX_H */
