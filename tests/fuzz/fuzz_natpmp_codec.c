/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_codec.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What is read has the form of its kind, and what is written can never be taken for a request. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[CGN_NATPMP_REQUEST_MAX];
	struct cgn_natpmp_request r, again;
	struct cgn_natpmp_map_answer a;
	size_t n = 0;

	if (size > CGN_NATPMP_REQUEST_MAX)
		return 0;
	cgn_natpmp_codec_parse(&r, data, size);
	switch (r.kind) {
	case CGN_NATPMP_IGNORE:
		return 0;
	case CGN_NATPMP_GET_ADDRESS:
		cgn_natpmp_codec_address(buf, 0, 1, RTE_BE32(0xc6336407));
		n = CGN_NATPMP_ADDRESS_LEN;
		break;
	case CGN_NATPMP_MAP:
		assert(size >= 12 && r.proto < CGN_PROTO_ICMP && data[0] == 0);
		a = (struct cgn_natpmp_map_answer){
			.opcode = r.opcode, .in_port = r.in_port, .lifetime_s = r.lifetime_s
		};
		cgn_natpmp_codec_map(buf, &a);
		assert(memcmp(buf + 8, data + 4, 2) == 0 && memcmp(buf + 12, data + 8, 4) == 0);
		n = CGN_NATPMP_MAP_LEN;
		break;
	case CGN_NATPMP_UNKNOWN_VERSION:
		cgn_natpmp_codec_version(buf, 0x80 | r.opcode, 1);
		n = CGN_NATPMP_VERSION_LEN;
		break;
	case CGN_NATPMP_UNKNOWN_OPCODE:
		n = cgn_natpmp_codec_opcode(buf, data, size, 1);
		assert(n >= size && n >= 8);
		break;
	}
	cgn_natpmp_codec_parse(&again, buf, n);
	assert(again.kind == CGN_NATPMP_IGNORE && n <= size + 12);
	return 0;
}
