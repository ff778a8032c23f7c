/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fuzz target: the stream of a trace as cgnctl takes it apart and shows it. Captured frames are in it.
 */
#include "controlplane/cgnctl/ctlpackets.h"
#include "controlplane/cgnctl/ctltap.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
comment(const struct cgn_tap_record *r)
{
	static const struct cgn_tap_names names = { .n_ports = 1, .port = { "inside0" } };
	char buf[CGN_CTLPACKETS_COMMENT_MAX];

	for (unsigned int i = 0; i < r->n_frames; i++)
		(void)cgn_ctlpackets_comment(&names, r, cgn_ctltap_frame(r, i), buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cgn_tap_names names = { .n_ports = 1, .port = { "inside0" } };
	static FILE *out;
	uint8_t *octets = malloc(size > 0 ? size : 1); /* aligned, and no more than it has */
	size_t at = 0;
	long len;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	if (octets == NULL || out == NULL)
		abort();
	memcpy(octets, data, size);
	while ((len = cgn_ctltap_next(octets + at, size - at)) > 0) {
		const struct cgn_tap_head *h = (const void *)(octets + at);

		if (h->kind == CGN_TAP_PACKET) {
			cgn_ctlpackets_print(out, &names, (const void *)h);
			json_decref(cgn_ctlpackets_json(&names, (const void *)h));
			comment((const void *)h);
		}
		at += (size_t)len;
	}
	free(octets);
	return 0;
}
