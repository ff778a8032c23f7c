/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of files of records, which an operator may have from anywhere. */
#include "controlplane/trace/trace.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Texts of a record lie in the line. */
static void
check_text(const uint8_t *data, size_t size, const struct cgn_trace_text *t)
{
	const char *line = (const char *)data;

	if (t->at != NULL && (t->at < line || t->len > size || t->at + t->len > line + size))
		abort();
}

/* Each line of the input is a record of the same trace. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cgn_trace_question q[] = {
		{ .ext = RTE_BE32(0xc6336403), .port = 1030, .at_ms = 1795911607000 },
		{ .ext = RTE_BE32(0xc6336403), .port = 2000, .at_ms = 1795911617000 },
	};
	struct cgn_trace_answer a;
	struct cgn_trace *t;

	if (cgn_trace_create(&t, q, 2) < 0)
		return 0;
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t len = end == NULL ? size - at : (size_t)(end - data) - at;
		struct cgn_trace_record r;

		if (cgn_trace_line_read((const char *)data + at, len, &r)) {
			check_text(data + at, len, &r.host);
			check_text(data + at, len, &r.instance);
			check_text(data + at, len, &r.pool);
			if (cgn_trace_add(t, &r) < 0)
				break;
		}
		at += len + 1;
	}
	if (cgn_trace_end(t) < 0)
		abort();
	for (size_t i = 0; i < 2; i++) {
		cgn_trace_answer(t, &q[i], &a);
		if (a.verdict == CGN_TRACE_UNSURE && a.reason == CGN_TRACE_CERTAIN)
			abort();
	}
	cgn_trace_destroy(t);
	return 0;
}
