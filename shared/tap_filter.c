/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes, reads, checks and runs a filter of frames. libpcap runs it.
 */
#include "shared/tap_filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *
cgn_tap_filter_format(
		const struct bpf_insn *code, size_t n, char text[static CGN_TAP_FILTER_TEXT_MAX])
{
	text[0] = '\0';
	for (size_t i = 0; i < n && i < CGN_TAP_FILTER_PART; i++)
		snprintf(text + i * CGN_TAP_FILTER_DIGITS, CGN_TAP_FILTER_DIGITS + 1,
				"%04x%02x%02x%08x", code[i].code, code[i].jt, code[i].jf,
				code[i].k);
	return text;
}

/* Read hexadecimal digits, all of which were checked. */
static uint32_t
number(const char *text, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 4 | (uint32_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
	return v;
}

int
cgn_tap_filter_parse(const char *text, struct bpf_insn *code, size_t max)
{
	size_t len = strlen(text), n = len / CGN_TAP_FILTER_DIGITS;

	if (len == 0 || len % CGN_TAP_FILTER_DIGITS != 0 || n > max ||
			strspn(text, "0123456789abcdef") != len)
		return -EINVAL;
	for (size_t i = 0; i < n; i++, text += CGN_TAP_FILTER_DIGITS)
		code[i] = (struct bpf_insn){
			.code = (u_short)number(text, 4),
			.jt = (u_char)number(text + 4, 2),
			.jf = (u_char)number(text + 6, 2),
			.k = number(text + 8, 8),
		};
	return (int)n;
}

/*
 * All that bpf_filter() of libpcap knows. It aborts at another code, and bpf_validate() lets some of them pass, and loops,
 * too. So the check is here.
 */
static const u_short codes[] = {
	BPF_RET | BPF_K,
	BPF_RET | BPF_A,
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS,
	BPF_LD | BPF_B | BPF_ABS,
	BPF_LD | BPF_W | BPF_IND,
	BPF_LD | BPF_H | BPF_IND,
	BPF_LD | BPF_B | BPF_IND,
	BPF_LD | BPF_W | BPF_LEN,
	BPF_LD | BPF_IMM,
	BPF_LD | BPF_MEM,
	BPF_LDX | BPF_W | BPF_LEN,
	BPF_LDX | BPF_MSH | BPF_B,
	BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_MEM,
	BPF_ST,
	BPF_STX,
	BPF_JMP | BPF_JA,
	BPF_JMP | BPF_JEQ | BPF_K,
	BPF_JMP | BPF_JEQ | BPF_X,
	BPF_JMP | BPF_JGT | BPF_K,
	BPF_JMP | BPF_JGT | BPF_X,
	BPF_JMP | BPF_JGE | BPF_K,
	BPF_JMP | BPF_JGE | BPF_X,
	BPF_JMP | BPF_JSET | BPF_K,
	BPF_JMP | BPF_JSET | BPF_X,
	BPF_ALU | BPF_ADD | BPF_K,
	BPF_ALU | BPF_ADD | BPF_X,
	BPF_ALU | BPF_SUB | BPF_K,
	BPF_ALU | BPF_SUB | BPF_X,
	BPF_ALU | BPF_MUL | BPF_K,
	BPF_ALU | BPF_MUL | BPF_X,
	BPF_ALU | BPF_DIV | BPF_K,
	BPF_ALU | BPF_DIV | BPF_X,
	BPF_ALU | BPF_MOD | BPF_K,
	BPF_ALU | BPF_MOD | BPF_X,
	BPF_ALU | BPF_AND | BPF_K,
	BPF_ALU | BPF_AND | BPF_X,
	BPF_ALU | BPF_OR | BPF_K,
	BPF_ALU | BPF_OR | BPF_X,
	BPF_ALU | BPF_XOR | BPF_K,
	BPF_ALU | BPF_XOR | BPF_X,
	BPF_ALU | BPF_LSH | BPF_K,
	BPF_ALU | BPF_LSH | BPF_X,
	BPF_ALU | BPF_RSH | BPF_K,
	BPF_ALU | BPF_RSH | BPF_X,
	BPF_ALU | BPF_NEG,
	BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA,
};

static bool
is_known(u_short code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* Whether a constant cannot harm: a place in the memory, a divisor, bits to shift. */
static bool
is_safe_constant(const struct bpf_insn *in)
{
	bool is_load = BPF_CLASS(in->code) == BPF_LD || BPF_CLASS(in->code) == BPF_LDX;

	if (in->code == BPF_ST || in->code == BPF_STX || (is_load && BPF_MODE(in->code) == BPF_MEM))
		return in->k < BPF_MEMWORDS;
	if (BPF_CLASS(in->code) != BPF_ALU || BPF_SRC(in->code) != BPF_K)
		return true;
	if (BPF_OP(in->code) == BPF_DIV || BPF_OP(in->code) == BPF_MOD)
		return in->k != 0;
	if (BPF_OP(in->code) == BPF_LSH || BPF_OP(in->code) == BPF_RSH)
		return in->k < 32;
	return true;
}

/* Whether a jump leads forward, to one of the @p left instructions behind it. So the program ends. */
static bool
is_forward(const struct bpf_insn *in, size_t left)
{
	if (BPF_CLASS(in->code) != BPF_JMP)
		return true;
	if (BPF_OP(in->code) == BPF_JA)
		return in->k < left;
	return in->jt < left && in->jf < left;
}

bool
cgn_tap_filter_check(const struct bpf_insn *code, size_t n)
{
	if (n < 1 || n > CGN_TAP_FILTER_MAX || BPF_CLASS(code[n - 1].code) != BPF_RET)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_known(code[i].code) || !is_safe_constant(&code[i]) ||
				!is_forward(&code[i], n - i - 1))
			return false;
	}
	return true;
}

bool
cgn_tap_filter_takes(const struct bpf_insn *code, const void *frame, uint32_t len)
{
	return bpf_filter(code, frame, len, len) != 0;
}
