/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/portmap.h"
#include "shared/wellknown.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"

#include <errno.h>
#include <string.h>

#define CLIENT  RTE_BE32(0x64400004)
#define GATEWAY RTE_BE32(0x64400001)

#define SERVER  "workers: 2\n" CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP

#define AFTR                                                                                           \
	"workers: 2\n"                                                                                 \
	"ports:\n"                                                                                     \
	"  - {name: in0, device: net_null0, side: inside, addresses: [\"2001:db8:1::1/64\"]}\n"        \
	"  - {name: out0, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"              \
	"routes: [{prefix: \"2001:db8:100::/40\", via: \"2001:db8:1::2\"}]\n"                          \
	"pools: [{name: p, addresses: [192.0.2.100-192.0.2.103]}]\n"                                   \
	"groups: [{name: g, prefixes: [\"2001:db8:100::/40\"], subscriber_prefix_len: 56, pool: p}]\n" \
	"softwire: {role: aftr, local: \"2001:db8:f::1\"}\n"

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

/* A-RES-3: a refusal of a home is counted by the worker of its B4, and for that B4. */
static void
refused_request_of_a_home_is_told_to_its_worker(void)
{
	static const uint8_t request[12] = { 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60 };
	const struct cgn_ep4 src = { .addr = CLIENT, .port = RTE_BE16(4000) };
	const struct cgn_ep4 dst = { .addr = CGN_SOFTWIRE_AFTR_ADDR, .port = RTE_BE16(5351) };
	struct cgn_ip6 b4 = { .b = { 0x20, 0x01, 0x0d, 0xb8, 0x01, [15] = 1 } };

	pf_begin(AFTR, "store: {path: \"\"}\n");
	pf_work();
	for (b4.b[6] = 0; b4.b[6] < 4; b4.b[6]++) {
		unsigned int own = b4.b[6] % PF_WORKERS;

		pf_forget();
		pf_send_wire(0, 0, &b4, &src, &dst, request, sizeof(request));
		pf_turn();
		pf_work();
		CU_ASSERT_EQUAL(pf_count(own, CGN_CMD_REFUSED), 1);
		CU_ASSERT_EQUAL(pf_count(1 - own, CGN_CMD_REFUSED), 0);
		CU_ASSERT_TRUE(pf.log[0].cmd.u.refused.host.is_ip6);
		CU_ASSERT_EQUAL(memcmp(&pf.log[0].cmd.u.refused.host.ip6, &b4, sizeof(b4)), 0);
	}
	pf_end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(refused_request_of_a_home_is_told_to_its_worker),
	CU_TEST_ROW(home_without_a_number_does_not_speak_for_a_native_client),
};

int
main(void)
{
	eal_start();
	return cu_main("portmap_home", tests, RTE_DIM(tests));
}
