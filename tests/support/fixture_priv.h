/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_PRIV_H
#define CGN_TEST_FIXTURE_PRIV_H

/**
 * @file
 * Between the fixture's own files.
 */

#include "tests/support/fixture.h"

/** Fill the default configuration. */
void fx_conf_init(struct fx *fx);

/** Finish the configuration: sizes and sums that conf_check.c would have made. */
void fx_conf_finish(struct fx *fx);

/** Take a frame apart; its octets are copied. */
void fx_parse(struct fx_pkt *p, unsigned int port, const struct rte_mbuf *m);

/** Fail the running test with a message of its own. */
void
fx_fail(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Forget what left with the last verb and note all counters. */
void fx_begin(struct fx *fx);

/** Let the workers take what was handed to them until all is quiet, and poll them. */
void fx_settle(struct fx *fx);

/** MAC address that a neighbour answers with. */
struct rte_ether_addr fx_mac_of(rte_be32_t addr);

/** The neighbour that a frame to an address has to go to. */
rte_be32_t fx_neighbour(const struct fx *fx, unsigned int port, rte_be32_t dst);

#endif /* CGN_TEST_FIXTURE_PRIV_H */
