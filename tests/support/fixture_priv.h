/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_PRIV_H
#define CGN_TEST_FIXTURE_PRIV_H

/**
 * @file
 * Functions that only the files of the fixture use.
 */

#include "tests/support/fixture.h"

/** Fill the default configuration. */
void fx_conf_init(struct fx *fx);

/** Finish the configuration: sizes and sums that conf_check.c would have made. */
void fx_conf_finish(struct fx *fx);

/** Parse a frame. Its octets are copied. */
void fx_parse(struct fx_pkt *p, unsigned int port, const struct rte_mbuf *m);

/** Fail the running test with a message. */
void
fx_fail(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Forget what left with the last verb and note all counters. */
void fx_begin(struct fx *fx);

/**
 * Let the workers process the packets that were handed over until there are no more, and poll the workers.
 */
void fx_settle(struct fx *fx);

/** A command and its reply. What left before is not forgotten, and no worker is polled. */
void fx_cmd_only(struct fx *fx, unsigned int worker, struct cgn_cmd *cmd, struct cgn_evt *reply);

/** The MAC address of a neighbour. */
struct rte_ether_addr fx_mac_of(rte_be32_t addr);

/** The neighbour that a frame to an address must go to. */
rte_be32_t fx_neighbour(const struct fx *fx, unsigned int port, rte_be32_t dst);

#endif /* CGN_TEST_FIXTURE_PRIV_H */
