/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FOLLOW_H
#define CGN_FOLLOW_H

/**
 * @file
 * The external addresses of a worker follow the address book: new ones come, empty ones that have left go, and the ports
 * of the others are cut anew if block_size or port_range has changed. drain.c calls this address by address.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"

/**
 * The book has an address at an ordinal where the worker has none: open it. If the book has none either, the worker
 * reports that the ordinal is empty.
 *
 * @return whether an address was opened
 */
bool cgn_follow_open(struct cgn_subscribers *s, uint32_t ord);

/** A closed and empty address has left. The ordinal is free, and cgn_follow_open() may open it. */
void cgn_follow_remove(struct cgn_subscribers *s, uint32_t ord);

/** What has become of the ports of an address. */
enum cgn_follow_result {
	CGN_FOLLOW_SAME,  /* they are cut as the configuration wants it */
	CGN_FOLLOW_CUT,   /* they were cut anew */
	CGN_FOLLOW_LATER, /* too many former cuts are in use: try again later */
};

/** Cut the ports of an address as the configuration wants it now. */
enum cgn_follow_result cgn_follow_cut(struct cgn_subscribers *s, uint32_t ord);

#endif /* CGN_FOLLOW_H */
