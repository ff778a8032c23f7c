/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter of a capture, from its text to the frames that it takes.
 */
#include "shared/tap_filter.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A UDP datagram 10.0.0.1:5000 > 203.0.113.5:53 with two octets. */
static const uint8_t udp[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 30, 0, 1, 0, 0,
	64, 17, 0, 0, 10, 0, 0, 1, 203, 0, 113, 5, 0x13, 0x88, 0, 53, 0, 10, 0, 0, 'h', 'i' };

/* Compile a filter, and bring it over as text. The caller frees it. */
static struct bpf_insn *
compile(const char *text, unsigned int *n)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	char part[CGN_TAP_FILTER_TEXT_MAX];
	struct bpf_program code;
	struct bpf_insn *out;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL_FATAL(pcap_compile(p, &code, text, 1, PCAP_NETMASK_UNKNOWN), 0);
	pcap_close(p);
	*n = code.bf_len;
	out = calloc(*n, sizeof(*out));
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	for (unsigned int i = 0; i < *n; i += CGN_TAP_FILTER_PART) {
		unsigned int len = *n - i < CGN_TAP_FILTER_PART ? *n - i : CGN_TAP_FILTER_PART;

		(void)cgn_tap_filter_format(code.bf_insns + i, len, part);
		CU_ASSERT_EQUAL(cgn_tap_filter_parse(part, out + i, *n - i), (int)len);
	}
	CU_ASSERT_EQUAL(memcmp(out, code.bf_insns, *n * sizeof(*out)), 0);
	pcap_freecode(&code);
	return out;
}

/* G-DAY-27 */
static void
filters_take_the_frames_that_they_name(void)
{
	static const struct {
		const char *filter;
		bool takes;
	} cases[] = {
		{ "udp", true },
		{ "tcp", false },
		{ "udp dst port 53", true },
		{ "udp src port 53", false },
		{ "host 10.0.0.1 and not port 80", true },
		{ "net 10.0.0.0/8", true },
		{ "ip6 or arp", false },
		{ "udp[8:2] = 0x6869", true },
		{ "udp[8:2] = 0x6868", false },
		{ "ether src 02:00:00:00:00:02", true },
		{ "len >= 44", true },
		{ "greater 45", false },
		{ "ip[8] % 3 = 1", true },
		/* Behind the end of the frame. */
		{ "udp[100] = 0", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int n;
		struct bpf_insn *code = compile(cases[i].filter, &n);

		CU_ASSERT_TRUE(cgn_tap_filter_check(code, n));
		CU_ASSERT_EQUAL(cgn_tap_filter_takes(code, udp, sizeof(udp)), cases[i].takes);
		if (cgn_tap_filter_takes(code, udp, sizeof(udp)) != cases[i].takes)
			printf("\n%s\n", cases[i].filter);
		/* A frame that is cut is no danger. */
		for (uint32_t len = 0; len < sizeof(udp); len++)
			(void)cgn_tap_filter_takes(code, udp, len);
		free(code);
	}
}

/* G-DAY-27 */
static void
long_filter_needs_many_parts(void)
{
	char text[8192] = "dst port 53";
	unsigned int n;
	struct bpf_insn *code;

	for (unsigned int i = 1; i <= 200; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
				" or dst host 192.0.2.%u", i);
	code = compile(text, &n);
	CU_ASSERT_TRUE(n > 4 * CGN_TAP_FILTER_PART);
	CU_ASSERT_TRUE(cgn_tap_filter_check(code, n));
	CU_ASSERT_TRUE(cgn_tap_filter_takes(code, udp, sizeof(udp)));
	free(code);
}

static void
texts_that_are_no_instructions_are_refused(void)
{
	static const char *const bad[] = { "", "0", "000600000000ffff0", "00060000 000ffff",
		"000600000000FFFF", "000600000000ffffg00600000000ffff",
		"000600000000ffff000600000000ffff000600000000ffff" };
	struct bpf_insn code[2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(cgn_tap_filter_parse(bad[i], code, 2), -EINVAL);
	CU_ASSERT_EQUAL(cgn_tap_filter_parse("001502030a0b0c0d000600000000ffff", code, 2), 2);
	CU_ASSERT_EQUAL(code[0].code, 0x15);
	CU_ASSERT_EQUAL(code[0].jt, 2);
	CU_ASSERT_EQUAL(code[0].jf, 3);
	CU_ASSERT_EQUAL(code[0].k, 0x0a0b0c0d);
}

/* G-DAY-27: a program from the socket may be anything. */
static void
programs_that_are_not_safe_are_refused(void)
{
	static const struct bpf_insn bad[][2] = {
		/* It does not end. */
		{ { BPF_LD | BPF_IMM, 0, 0, 1 }, { BPF_LD | BPF_IMM, 0, 0, 1 } },
		/* A jump behind the end, both ways. */
		{ { BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_JMP | BPF_JA, 0, 0, 1 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		/* It would loop. */
		{ { BPF_JMP | BPF_JA, 0, 0, UINT32_MAX }, { BPF_RET | BPF_K, 0, 0, 1 } },
		/* Memory that it does not have. */
		{ { BPF_ST, 0, 0, BPF_MEMWORDS }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_LD | BPF_MEM, 0, 0, UINT32_MAX }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_ALU | BPF_MOD | BPF_K, 0, 0, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_LDX | BPF_MEM, 0, 0, BPF_MEMWORDS }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { BPF_STX, 0, 0, BPF_MEMWORDS }, { BPF_RET | BPF_K, 0, 0, 1 } },
		/* Codes that nobody knows. libpcap would abort. */
		{ { BPF_LD | BPF_ABS | 0x18, 0, 0, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
		{ { 0xffff, 0, 0, 0 }, { BPF_RET | BPF_K, 0, 0, 1 } },
	};
	static const struct bpf_insn end = { BPF_RET | BPF_K, 0, 0, 1 };

	for (unsigned int code = 0; code <= UINT16_MAX; code++) {
		const struct bpf_insn any[2] = { { (u_short)code, 0, 0, 1 }, end };

		/* What the check lets pass does not make libpcap abort. */
		if (cgn_tap_filter_check(any, 2))
			(void)cgn_tap_filter_takes(any, udp, sizeof(udp));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(cgn_tap_filter_check(bad[i], 2));
		if (cgn_tap_filter_check(bad[i], 2))
			printf("\nprogram %zu\n", i);
	}
	CU_ASSERT_TRUE(cgn_tap_filter_check(&end, 1));
	CU_ASSERT_FALSE(cgn_tap_filter_check(&end, 0));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(filters_take_the_frames_that_they_name),
	CU_TEST_ROW(long_filter_needs_many_parts),
	CU_TEST_ROW(texts_that_are_no_instructions_are_refused),
	CU_TEST_ROW(programs_that_are_not_safe_are_refused),
};

CU_MAIN("tap_filter", tests)
