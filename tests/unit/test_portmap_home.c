/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/portmap.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"

#include <errno.h>

#define CLIENT  RTE_BE32(0x64400004)
#define GATEWAY RTE_BE32(0x64400001)

#define SERVER  "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP

static void
note_answer(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	(void)now_ms;
	*(int *)arg = a->ret;
}

/* F-ID-1: what is asked for a home whose number nobody knows is not done to a native client of that address. */
static void
home_without_a_number_does_not_speak_for_a_native_client(void)
{
	static const uint8_t request[12] = { 0, 2, 0, 0, 0, 80, 0, 0, 0, 0, 14, 16 };
	const struct cgn_ep4 src = { .addr = CLIENT, .port = RTE_BE16(6000) };
	const struct cgn_ep4 dst = { .addr = GATEWAY, .port = RTE_BE16(5351) };
	const struct cgn_lessor_request r = {
		.realm = 77,
		.in = { .addr = CLIENT, .port = RTE_BE16(80), .proto = CGN_PROTO_TCP },
		.lifetime_s = 60,
	};
	struct cgn_lessor *lessor;
	int ret = 0;

	pf_begin(SERVER, "store: {path: \"\"}\n");
	pf_work();
	pf_send(0, 0, &src, &dst, request, sizeof(request));
	pf_turn();
	pf_work();
	CU_ASSERT_EQUAL(pf.n_mappings, 1);
	lessor = cgn_portmap_lessor(cgn_control_portmap(pf.control));
	cgn_lessor_unmap(lessor, &r, note_answer, &ret, pf.now_ms);
	pf_work();
	CU_ASSERT_EQUAL(ret, -ENOENT);
	cgn_lessor_map(lessor, &r, note_answer, &ret, pf.now_ms);
	pf_work();
	CU_ASSERT_EQUAL(ret, -ENOENT);
	CU_ASSERT_EQUAL(pf.n_mappings, 1);
	CU_ASSERT_EQUAL(cgn_lessor_count(lessor), 1);
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(home_without_a_number_does_not_speak_for_a_native_client),
};

int
main(void)
{
	eal_start();
	return cu_main("portmap_home", tests, RTE_DIM(tests));
}
