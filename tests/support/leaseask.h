/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_LEASEASK_H
#define CGN_TEST_LEASEASK_H

/**
 * @file
 * Requests to the lessor of a lease fixture, without a lease service.
 */

#include "tests/support/leasefix.h"

static inline void
lf_done(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct lf *f = arg;

	CU_ASSERT_EQUAL(now_ms, f->now_ms);
	f->n_answers++;
	f->answer = *a;
}

static inline struct cgn_lessor_request
lf_request(rte_be32_t addr, uint8_t proto, uint16_t port, uint32_t lifetime_s)
{
	return (struct cgn_lessor_request){
		.in = { .addr = addr, .port = rte_cpu_to_be_16(port), .proto = proto },
		.lifetime_s = lifetime_s,
		.gateway = LF_GW,
	};
}

/** Make or renew a lease and wait for the answer. @return the external port, 0: refused */
static inline uint16_t
lf_map(struct lf *f, rte_be32_t addr, uint8_t proto, uint16_t port, uint32_t lifetime_s)
{
	struct cgn_lessor_request r = lf_request(addr, proto, port, lifetime_s);
	unsigned int n = f->n_answers;

	cgn_lessor_map(f->lessor, &r, lf_done, f, f->now_ms);
	lf_reply(f);
	CU_ASSERT_EQUAL(f->n_answers, n + 1);
	return f->answer.ret == 0 ? rte_be_to_cpu_16(f->answer.ext.port) : 0;
}

#endif /* CGN_TEST_LEASEASK_H */
