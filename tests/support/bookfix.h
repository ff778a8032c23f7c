/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_BOOKFIX_H
#define CGN_TEST_BOOKFIX_H

/**
 * @file
 * Address books for tests of what is below the NAT.
 */

#include "dataplane/nat/ext.h"
#include "tests/support/cu.h"

/** The first book of a configuration. */
static inline struct cgn_book *
bookfix(const struct cgn_conf *conf)
{
	char why[CGN_BOOK_WHY_MAX];
	struct cgn_book *book = NULL;

	CU_ASSERT_EQUAL_FATAL(cgn_book_create(&book, conf, NULL, why), 0);
	return book;
}

/** Set up external addresses with a book of their own. */
static inline void
bookfix_ext_init(struct cgn_ext *e, const struct cgn_conf *conf, unsigned int worker)
{
	CU_ASSERT_EQUAL_FATAL(cgn_ext_init(e, bookfix(conf), worker), 0);
}

/** Release them and the book. */
static inline void
bookfix_ext_fini(struct cgn_ext *e)
{
	struct cgn_book *book = (struct cgn_book *)(uintptr_t)e->book;

	cgn_ext_fini(e);
	cgn_book_destroy(book);
}

#endif /* CGN_TEST_BOOKFIX_H */
