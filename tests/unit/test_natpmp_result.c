/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_server.h"
#include "tests/support/leasefix.h"

#define NONE 255 /* no answer: the client asks again */

static struct lf f;
static struct cgn_natpmp_server *server;
static unsigned int n_answers;
static unsigned int code; /* of the last answer */

static struct cgn_prefix residents = { .ip4 = RTE_BE32(0x64400000), .len = 10 };
static struct cgn_conf_group group = { .prefixes = &residents,
	.n_prefixes = 1,
	.subscriber_prefix_len = 32,
	.leases_max = 64 };
static struct cgn_conf_port port = { .side = CGN_SIDE_INSIDE,
	.n_addresses = 1,
	.addresses = { { .ip4 = LF_GW, .len = 10 } } };
static struct cgn_conf conf = {
	.ports = &port,
	.n_ports = 1,
	.groups = &group,
	.n_groups = 1,
	.natpmp = { .lifetime_max_s = 86400, .subscriber_limit_code = 6, .requests_per_s = 1000 },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	const uint8_t *octets = data;

	(void)ctx;
	(void)to;
	CU_ASSERT_TRUE_FATAL(len >= 4);
	n_answers++;
	code = (unsigned int)octets[2] << 8 | octets[3];
}

static const struct cgn_natpmp_server_ops ops = { .send = take_answer };

static void
begin(void)
{
	struct cgn_natpmp_server_cfg cfg = { .conf = &conf, .ops = &ops };

	n_answers = 0;
	lf_begin(&f);
	cfg.leases = lf_serve(&f, &conf, NULL, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	cgn_natpmp_server_destroy(server);
	lf_end(&f);
}

/* Ask, let the worker say @p ret, and look at the code of the answer. */
static unsigned int
code_of(const void *request, size_t len, int ret)
{
	const struct cgn_return_addr from = {
		.remote = { .ip4 = LF_H1 }, .local = { .ip4 = LF_GW }, .remote_port = 7777
	};
	unsigned int n = n_answers;

	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, request, len, f.now_ms));
	CU_ASSERT_EQUAL_FATAL(f.n_calls, 1);
	if (ret == 0)
		lf_reply(&f);
	else
		cgn_lessor_replied(f.calls[0].call, ret, NULL, f.now_ms);
	f.n_calls = 0;
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	return n_answers == n ? NONE : code;
}

/*
 * B-ERR-1, B-MAP-14: RFC 6886 section 3.5 by table: what a worker says, and the code that each of the three
 * kinds of request is answered with.
 */
static void
worker_answers_have_the_result_codes_of_the_rfc(void)
{
	static const struct {
		int ret;
		unsigned int address, map, unmap;
	} rows[] = {
		{ 0, 0, 0, 0 },
		{ -EACCES, 2, 2, 2 },
		{ -EPERM, 2, 2, 2 },
		{ -EADDRNOTAVAIL, 3, 3, 3 },
		{ -ENOSPC, 4, 4, 4 },
		{ -EDQUOT, 6, 6, 6 },
		{ -ETIMEDOUT, NONE, NONE, NONE },
		{ -ENOMEM, NONE, NONE, NONE },
		{ -EBUSY, NONE, NONE, NONE },
	};
	static const uint8_t address[] = { 0, 0 };
	static const uint8_t map[] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };
	static const uint8_t unmap[] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0 };

	begin();
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		CU_ASSERT_EQUAL(code_of(address, sizeof(address), rows[i].ret), rows[i].address);
		CU_ASSERT_EQUAL(code_of(map, sizeof(map), rows[i].ret), rows[i].map);
		CU_ASSERT_EQUAL(code_of(unmap, sizeof(unmap), rows[i].ret), rows[i].unmap);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(worker_answers_have_the_result_codes_of_the_rfc),
};

CU_MAIN("natpmp_result", tests)
