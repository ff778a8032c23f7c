/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fuzz target: the filter of a capture as it comes by telemetry. The first line is its text, the rest is a frame.
 */
#include "shared/tap_filter.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bpf_insn code[CGN_TAP_FILTER_MAX];
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t len = end == NULL ? size : (size_t)(end - data);
	char *text = malloc(len + 1);
	uint8_t *frame = malloc(size - len + 1); /* no more than it has */
	int n;

	if (text == NULL || frame == NULL)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	len += end == NULL ? 0 : 1;
	memcpy(frame, data + len, size - len);
	n = cgn_tap_filter_parse(text, code, CGN_TAP_FILTER_MAX);
	if (n > 0 && cgn_tap_filter_check(code, (size_t)n))
		(void)cgn_tap_filter_takes(code, frame, (uint32_t)(size - len));
	free(text);
	free(frame);
	return 0;
}
