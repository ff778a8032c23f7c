/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TELFIX_H
#define CGN_TEST_TELFIX_H

/**
 * @file
 * A replacement for DPDK's telemetry library. It makes JSON of jansson from an answer and checks DPDK's
 * limits. A program that links this file uses these functions instead of DPDK's.
 *
 * Threads: tel_ask() calls the handler of a path on a separate thread, as DPDK does. Meanwhile it drives
 * planefix.
 */

#include <jansson.h>

/** Most octets of JSON that DPDK sends. DPDK leaves out what does not fit. */
#define TEL_ANSWER_MAX (16 * 1024)

/** Number of faults in answers that DPDK would not accept, such as names and texts that are too long. */
extern unsigned int tel_n_wrong;

/**
 * Ask a path while planefix's workers work and its loop turns.
 *
 * @param params  parameters as DPDK gives them: the text behind the first comma; NULL: there is none
 * @return the answer, which the caller releases

 */
json_t *tel_ask(const char *path, const char *params);

/** Ask a path while only the loop turns. The workers do not answer, and time passes. */
json_t *tel_ask_alone(const char *path, const char *params);

/** How many paths are registered. DPDK keeps them for ever. */
unsigned int tel_n_paths(void);

/** Make a value that a function of teldata can fill with an answer. @return the value, see tel_json() */
struct rte_tel_data *tel_new(void);

/** Make the JSON of a value, which the caller releases. The value is released. */
json_t *tel_json(struct rte_tel_data *d);

/** Put a long text together that comes in parts. @param[out] text  "": there is none */
void tel_long(const json_t *row, const char *name, char *text, size_t size);

/** Octets of an answer as DPDK sends it. */
size_t tel_size(const char *path, const json_t *answer);

#endif /* CGN_TEST_TELFIX_H */
