/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLFETCH_H
#define CGN_CTLFETCH_H

/**
 * @file
 * Fetches answers that are longer than one message of telemetry: tables page after page, and the configuration piece by
 * piece.
 *
 * Errors: -EIO: cgn_ctlsock_error() tells why.
 */

#include "controlplane/cgnctl/ctlsock.h"

#include <stddef.h>

/** Takes the rows of a page: an object with one member for each row. It may change them. */
typedef void (*cgn_ctlfetch_page_fn)(void *ctx, json_t *rows);

/**
 * Fetch all pages of a table.
 *
 * @param path    such as "/cgn/mappings"
 * @param filter  parameters; "": none
 * @param fn      is called for each page, also for one without rows
 * @return 0 or -EIO
 */
int cgn_ctlfetch_pages(struct cgn_ctlsock *s, const char *path, const char *filter,
		cgn_ctlfetch_page_fn fn, void *ctx);

/** Takes the rows of a page. It may change them. @return whether it wants the next page */
typedef bool (*cgn_ctlfetch_some_fn)(void *ctx, json_t *rows);

/** Fetch the pages of a table that are wanted. @return 0 or -EIO */
int cgn_ctlfetch_some(struct cgn_ctlsock *s, const char *path, const char *filter,
		cgn_ctlfetch_some_fn fn, void *ctx);

/**
 * Fetch the configuration in use, as JSON.
 *
 * @param[out] text  the caller frees it; it does not end with a zero
 * @param[out] len   octets of @p text
 * @return 0, -EIO or -ENOMEM
 */
int cgn_ctlfetch_config(struct cgn_ctlsock *s, char **text, size_t *len);

#endif /* CGN_CTLFETCH_H */
