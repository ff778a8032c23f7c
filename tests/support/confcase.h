/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_CONFCASE_H
#define CGN_TEST_CONFCASE_H

/**
 * @file
 * Tests of configurations as text: the error lines of a bad one, the result of a good one.
 */

#include "controlplane/conf/conf.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

/* A small configuration of seven lines; further keys start in line 8. */
#define PORTS                                                                   \
	"ports:\n"                                                              \
	"- {name: in0, device: d0, side: inside, addresses: [100.64.0.1/10]}\n" \
	"- {name: out0, device: d1, side: outside, addresses: [192.0.2.2/24]}\n"
#define POOLS      \
	"pools:\n" \
	"- {name: p, addresses: [198.51.100.0/28]}\n"
#define GROUPS      \
	"groups:\n" \
	"- {name: g, prefixes: [100.64.0.0/10], pool: p}\n"

/* Check that a text of this length is refused with exactly these lines. */
static inline void
refused_bytes(const char *yaml, size_t yaml_len, const char *expected)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_EQUAL(cgn_conf_load_text("t", yaml, yaml_len, &conf, &errs), -EINVAL);
	CU_ASSERT_PTR_NULL(conf);
	cgn_conf_free(conf);
	cgn_conf_errors_print(&errs, out);
	cgn_conf_errors_fini(&errs);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected) != 0)
		fprintf(stderr, "said:\n%sexpected:\n%s", text, expected);
	free(text);
}

static inline void
refused(const char *yaml, const char *expected)
{
	refused_bytes(yaml, strlen(yaml), expected);
}

/* Check that a text is accepted. The caller frees the configuration. */
static inline struct cgn_conf *
accepted(const char *yaml)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;

	CU_ASSERT_EQUAL(cgn_conf_load_text("t", yaml, strlen(yaml), &conf, &errs), 0);
	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	return conf;
}

#endif /* CGN_TEST_CONFCASE_H */
