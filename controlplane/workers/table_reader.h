/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TABLE_READER_H
#define CGN_TABLE_READER_H

/**
 * @file
 * Reads the tables of the workers, a page at a time, one worker after the other. It ends mappings in the same way.
 *
 * For one command, a worker copies at most CGN_READ_SLICE rows, so that reading does not hold it up. The reader sends
 * as many commands as a page needs.
 *
 * The workers write to a buffer of the reader. It is not freed before the last reply. The reader writes to the memory
 * of the caller only before it calls done().
 *
 * Threads: the control thread.
 */

#include "controlplane/workers/dpclient.h"
#include "shared/table.h"

/** Where a page begins. It is {0, 0} for the first page. Each page tells where the next one begins. */
struct cgn_table_reader_cursor {
	uint32_t worker;
	uint64_t at; /* place in the worker's table */
};

/** What to read, and where the rows go. */
struct cgn_table_reader_page {
	uint16_t op;            /* CGN_CMD_READ_MAPPINGS, _SUBSCRIBERS or _DRAINS */
	bool has_filter;        /* read only the subscriber with the address filter or filter6 */
	rte_be32_t filter;      /* inside address, if filter6 is zero */
	struct cgn_ip6 filter6; /* an address of a home behind a softwire, or zero */
	bool has_conditions;    /* `conditions` hold for each row, too */
	struct cgn_table_filter conditions;
	void *rows;   /* struct cgn_mapping_info, cgn_subscriber_info or cgn_drain_info */
	uint32_t max; /* most rows */
	uint32_t n;   /* out: number of rows */
	struct cgn_table_reader_cursor
			cursor; /* in: where to begin; out: where the next page does */
	bool is_end;            /* out: there is no next page */
};

typedef void (*cgn_table_reader_done)(void *arg, int ret);

/**
 * Read a page. done() is called once, after this function has returned 0. It gets 0 or -errno.
 *
 * @return 0; -ENOMEM, -ENOBUFS: done() will not be called
 */
int cgn_table_reader_page(struct cgn_dpclient *client, const struct cgn_planes *planes,
		struct cgn_table_reader_page *page, cgn_table_reader_done done, void *arg,
		uint64_t now_ms);

/** Which mappings are ended. Only those that traffic has made are; leases and static mappings stay, and are counted. */
struct cgn_table_reader_clear {
	struct cgn_table_filter conditions;
	struct cgn_table_reader_cursor
			cursor; /* in: where to begin; out: where the next page does */
	uint32_t ended;         /* out: mappings of this page that were ended */
	uint32_t leases;        /* out: those that meet the conditions and stay */
	uint32_t statics;       /* out: the same */
	bool is_end;            /* out: there is no next page */
};

/**
 * End mappings of the next page.
 *
 * @return as cgn_table_reader_page(). If done() gets an error, some mappings may have ended
 */
int cgn_table_reader_clear(struct cgn_dpclient *client, const struct cgn_planes *planes,
		struct cgn_table_reader_clear *clear, cgn_table_reader_done done, void *arg,
		uint64_t now_ms);

/** Ask who holds an external endpoint. done() gets -ENOENT if no worker has the address. */
int cgn_table_reader_who(struct cgn_dpclient *client, const struct cgn_planes *planes,
		const struct cgn_ep4 *ep, struct cgn_who_info *out, cgn_table_reader_done done,
		void *arg, uint64_t now_ms);

/**
 * Read all that the workers know of the subscriber of an inside address, or of an address of a home.
 *
 * @param addr  IPv4: a native inside address
 * @return as cgn_table_reader_page(); done() gets 0 also if no group has the address
 */
int cgn_table_reader_subscriber(struct cgn_dpclient *client, const struct cgn_planes *planes,
		const struct cgn_ip *addr, struct cgn_subscriber_detail *out,
		cgn_table_reader_done done, void *arg, uint64_t now_ms);

#endif /* CGN_TABLE_READER_H */
