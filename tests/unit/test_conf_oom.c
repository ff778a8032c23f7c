/* SPDX-License-Identifier: BSD-3-Clause */

/* Every allocation of the configuration fails once. Linked with --wrap for the allocators. */

#include "controlplane/conf/conf_show.h"
#include "tests/support/confcase.h"

static unsigned int countdown; /* the allocation that fails; 0: none */
static bool has_failed;

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static bool
fails(void)
{
	if (countdown == 0 || --countdown != 0)
		return false;
	has_failed = true;
	return true;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* Load a file with each allocation failing once. @return how many there were */
static unsigned int
fail_each(const char *path, int want_without)
{
	unsigned int n = 0;

	do {
		struct cgn_conf_errors errs = { 0 };
		struct cgn_conf *conf = NULL;
		int ret;

		has_failed = false;
		countdown = ++n;
		ret = cgn_conf_load(path, &conf, &errs);
		countdown = 0;
		CU_ASSERT_TRUE(has_failed ? ret == -ENOMEM || (ret == -EINVAL && want_without < 0)
					  : ret == want_without);
		CU_ASSERT_EQUAL(conf != NULL, ret == 0);
		cgn_conf_free(conf);
		cgn_conf_errors_fini(&errs);
	} while (has_failed && n < 100000);
	return n;
}

static void
good_file_without_memory_is_not_half_loaded(void)
{
	CU_ASSERT_TRUE(fail_each(CGN_SOURCE_DIR "/config/cgn.yaml", 0) > 100);
}

static void
bad_file_without_memory_is_still_refused(void)
{
	const char *corpus = CGN_SOURCE_DIR "/tests/fuzz/corpus/conf_yaml/";
	const char *files[] = { "missing_keys_are_named.yaml", "two_documents.yaml",
		"all_errors_of_a_file_are_reported_at_once_and_in_order.yaml" };
	char path[1024];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", corpus, files[i]);
		CU_ASSERT_TRUE(fail_each(path, -EINVAL) > 5);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(good_file_without_memory_is_not_half_loaded),
	CU_TEST_ROW(bad_file_without_memory_is_still_refused),
};

CU_MAIN("conf_oom", tests)
