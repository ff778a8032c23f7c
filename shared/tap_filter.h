/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TAP_FILTER_H
#define CGN_TAP_FILTER_H

/**
 * @file
 * The filter of a capture: a program of classic BPF for Ethernet frames. cgnctl compiles it, and cgnd runs it.
 *
 * It travels as text, 16 hexadecimal digits for each instruction: 4 of code, 2 of jt, 2 of jf, 8 of k.
 */

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_TAP_FILTER_MAX    2048 /* instructions of a filter */
#define CGN_TAP_FILTER_DIGITS 16   /* of an instruction */
#define CGN_TAP_FILTER_PART   24   /* most instructions in one question */

/** Octets that hold the text of a part. */
#define CGN_TAP_FILTER_TEXT_MAX (CGN_TAP_FILTER_PART * CGN_TAP_FILTER_DIGITS + 1)

/** Write instructions as text. @param n  at most CGN_TAP_FILTER_PART @return @p text */
const char *cgn_tap_filter_format(
		const struct bpf_insn *code, size_t n, char text[static CGN_TAP_FILTER_TEXT_MAX]);

/**
 * Read instructions. They are not checked.
 *
 * @param max  room in @p code
 * @return how many; -EINVAL: not whole instructions, none, or too many
 */
int cgn_tap_filter_parse(const char *text, struct bpf_insn *code, size_t max);

/** Whether a program is safe to run: each instruction is known, it ends, and it stays in its memory. */
bool cgn_tap_filter_check(const struct bpf_insn *code, size_t n);

/** Whether a program that was checked takes a frame. @param frame  the whole frame */
bool cgn_tap_filter_takes(const struct bpf_insn *code, const void *frame, uint32_t len);

#endif /* CGN_TAP_FILTER_H */
