/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TABLE_READER_H
#define CGN_TABLE_READER_H

/**
 * @file
 * The workers' tables, read a page at a time, worker after worker.
 *
 * A worker copies at most CGN_READ_SLICE rows for one command, so reading never stops it; a page is
 * made of as many slices as it takes. What the workers write to is a buffer of the reader's own,
 * which lives until the last reply; the caller's memory is written before done() is called and
 * not after.
 *
 * Threads: the control thread.
 */

#include "controlplane/workers/dpclient.h"
#include "shared/table.h"

/** Where a page begins: {0, 0} for the first, then what the page before said. */
struct cgn_table_reader_cursor {
	uint32_t worker;
	uint64_t at; /* within the worker's table */
};

/** What is read and where to. */
struct cgn_table_reader_page {
	uint16_t op;     /* CGN_CMD_READ_MAPPINGS or CGN_CMD_READ_SUBSCRIBERS */
	bool has_filter; /* only the subscriber with this inside address */
	rte_be32_t filter;
	struct cgn_ip6 filter6; /* in place of it, an address of a home behind a softwire; else zero */
	void *rows;             /* struct cgn_mapping_info or struct cgn_subscriber_info */
	uint32_t max;
	uint32_t n;
	struct cgn_table_reader_cursor
			cursor; /* in: where to begin; out: where the next page does */
	bool is_end;            /* out: there is no next page */
};

typedef void (*cgn_table_reader_done)(void *arg, int ret);

/**
 * Read a page. done() is called once, with 0 or -errno; never before this returns 0.
 *
 * @return 0; -ENOMEM, -ENOBUFS: done() will not be called
 */
int cgn_table_reader_page(struct cgn_dpclient *client, const struct cgn_planes *planes,
		struct cgn_table_reader_page *page, cgn_table_reader_done done, void *arg,
		uint64_t now_ms);

/** Ask who holds an external endpoint; done() is told -ENOENT if no worker has the address. */
int cgn_table_reader_who(struct cgn_dpclient *client, const struct cgn_planes *planes,
		const struct cgn_ep4 *ep, struct cgn_who_info *out, cgn_table_reader_done done,
		void *arg, uint64_t now_ms);

/** Read the gauges of @p n pools from @p first on, summed over the workers. */
int cgn_table_reader_pools(struct cgn_dpclient *client, const struct cgn_planes *planes,
		uint32_t first, uint32_t n, struct cgn_pool_gauges *out, cgn_table_reader_done done,
		void *arg, uint64_t now_ms);

#endif /* CGN_TABLE_READER_H */
